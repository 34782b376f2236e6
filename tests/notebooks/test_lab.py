"""The figures come alive in JupyterLab, and are readable there before any cell has run."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from browser import block_network

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
SETTINGS = [
    "--no-browser",
    "--ServerApp.ip=127.0.0.1",
    "--IdentityProvider.token=",
    "--ServerApp.allow_root=True",
    "--LabApp.news_url=None",
    "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A JupyterLab of our own that serves one short notebook: a chapter's imports and figure."""
    folder = tmp_path_factory.mktemp("lab")
    chapter = nbformat.read(NOTEBOOKS / "03_convolution.ipynb", as_version=4)
    wanted = {"imports", "example", "sliding-window", "question-1"}
    chapter.cells = [cell for cell in chapter.cells if cell.id in wanted]
    nbformat.write(chapter, folder / "short.ipynb")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    environment = os.environ | {"JUPYTER_CONFIG_DIR": str(folder)}
    command = [sys.executable, "-m", "jupyter", "lab", f"--ServerApp.port={port}", *SETTINGS]
    server = subprocess.Popen(
        [*command, f"--ServerApp.root_dir={folder}"],
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(f"{address}/api")
        yield f"{address}/lab/tree/short.ipynb"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def wait_for(address: str, seconds: float = 60) -> None:
    """Return once the address answers; give up after a while."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            urllib.request.urlopen(address).close()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return


@pytest.mark.browser
def test_figures_are_read_before_a_cell_runs_and_live_after(lab: str, browser: Any):
    context = browser.new_context(viewport={"width": 1280, "height": 1600})
    refused = block_network(context)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.goto(lab)

    stored = page.locator(".jp-OutputArea-output", has_text="slides over a 4×4 image").first
    stored.wait_for()
    assert stored.locator("table").count() >= 3
    assert stored.get_by_text(re.compile("run this cell", re.I)).is_visible()

    page.get_by_text("Python 3 (ipykernel) | Idle").wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_text("Run All Cells", exact=True).click()
    figure = page.locator(".cnn-figure", has=page.locator("table[role=grid]"))
    figure.wait_for()
    corner = figure.locator("table[role=grid]", has_text="Output").locator("td").last
    corner.click()
    assert figure.locator(".cnn-formula-total").inner_text() == corner.inner_text()

    cells = page.locator(".jp-Notebook .jp-Cell").count()
    pixel = figure.locator("table[role=grid]", has_text="Input").locator("td").first
    pixel.click()
    for key in ("Enter", "8", "Enter", "b", "x"):  # outside a figure, b and x add and cut cells
        page.keyboard.press(key)
    assert pixel.inner_text().startswith("8")
    assert page.locator(".jp-Notebook .jp-Cell").count() == cells
    page.locator(".cnn-figure input[type=radio]").first.wait_for()
    assert refused == []
    context.close()

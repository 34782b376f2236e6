"""What colors a reader's own picture is in the book, where npm has brought it."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest
from browser import ROOT
from bs4 import BeautifulSoup
from PIL import Image
from playwright.sync_api import Page, expect

from cnncourse import _runtime

OPENING = "notebooks/00_images"


def test_without_npm_there_is_nothing_to_offer(tmp_path: Path) -> None:
    figure = '<figure class="cnn-figure" data-figure="colorize">'
    assert _runtime.sources(tmp_path) is None
    assert _runtime.offered(figure, tmp_path, "_static") == figure
    (tmp_path / "_static" / _runtime.FOLDER).mkdir(parents=True)
    assert not _runtime.write(tmp_path, tmp_path / "_static")
    # What an earlier build had put there would be offered by nobody.
    assert list((tmp_path / "_static").iterdir()) == []


def test_only_figures_that_need_it_are_told() -> None:
    other = '<figure class="cnn-figure" data-figure="pixels">'
    assert _runtime.offered(other, ROOT, "_static") == other


def test_what_the_opening_chapter_offers_is_there(server: str, book: Path) -> None:
    page = BeautifulSoup((book / f"{OPENING}.html").read_text(encoding="utf-8"), "html.parser")
    offer = json.loads(page.find("figure", {"data-figure": "colorize"})["data-network"])
    sizes = {}
    for name, address in {**offer["files"], "worker": offer["worker"]}.items():
        with urlopen(f"{server}/notebooks/{address}") as answer:
            sizes[name] = len(answer.read())
    assert sizes["graph"] + sizes["weights"] == offer["bytes"]["network"]
    assert sizes["wasm"] == offer["bytes"]["runtime"] < 4_000_000


@pytest.mark.browser
def test_the_opening_chapter_colors_a_picture_of_the_reader(
    server: str, open_page: Callable[..., Page]
) -> None:
    page = open_page(f"{server}/{OPENING}.html")
    figure = page.locator("figure[data-figure=colorize]")
    page.wait_for_selector("figure[data-figure=colorize] .cnn-live[data-ready]")
    content = io.BytesIO()
    Image.linear_gradient("L").save(content, "PNG")
    figure.locator("input[type=file]").set_input_files(
        {"name": "mine.png", "mimeType": "image/png", "buffer": content.getvalue()}
    )
    figure.get_by_role("button", name="Load the network").click()
    expect(figure.locator("[role=status]")).to_contain_text("Colored.", timeout=60_000)

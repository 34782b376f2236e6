"""The committed bundle is what the sources build to, typed, and small."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest
from browser import ROOT
from playwright.sync_api import Page, Route, expect

import cnncourse.figures
from cnncourse.figures import Colorize, ConvMatrix, Figure, LookInside, SlidingWindow
from cnncourse.figures._figure import LargeFigure

STATIC = ROOT / "cnncourse" / "figures" / "static"
NODE = Path(sys.executable).parent / "node"
PAGE = ("figures.page.js", "figures.css")
NOTEBOOK = ("figures.js", "figures.css")
LARGE_PAGE = ("figures-large.page.js",)
LARGE_NOTEBOOK = ("figures-large.js", "figures-large.css")
# The network that look-inside carries: only a page with that figure loads it.
NETWORK = ("look-inside.page.js",)
# The figure colorize is a script of its own, and so are its photographs.
OWN_PAGE = ("colorize.page.js", "colorize.worker.js")
OWN_NOTEBOOK = ("colorize.js", "colorize.css")
PHOTOGRAPHS = ("colorize-photographs.page.js",)
FILES = {
    *(*PAGE, *NOTEBOOK, *LARGE_PAGE, *LARGE_NOTEBOOK, *NETWORK),
    *(*OWN_PAGE, *OWN_NOTEBOOK, *PHOTOGRAPHS),
}
# What every page with a figure loads, in bytes of gzip, script and style together. The large
# figures are a script of their own, which only a page with one of them loads in addition; all
# together weigh about 76,300.
LIMIT = 48_000
LARGE_LIMIT = 33_000
NETWORK_LIMIT = 5_000
OWN_LIMIT = 15_000
PHOTOGRAPHS_LIMIT = 175_000


def test_committed_bundle_is_a_fresh_build(tmp_path: Path) -> None:
    subprocess.run([NODE, "js/build.mjs", tmp_path], cwd=ROOT, check=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), (
            f"{name} is not what js/src builds to: run `make figures` and commit"
        )


def test_sources_pass_the_type_check() -> None:
    run = subprocess.run(
        [NODE, "node_modules/typescript/bin/tsc", "--project", "."],
        cwd=ROOT / "js",
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("files", "limit"),
    [
        (PAGE, LIMIT),
        (NOTEBOOK, LIMIT),
        (LARGE_PAGE, LARGE_LIMIT),
        (LARGE_NOTEBOOK, LIMIT),
        (NETWORK, NETWORK_LIMIT),
        (OWN_PAGE, OWN_LIMIT),
        (OWN_NOTEBOOK, LIMIT),
        (PHOTOGRAPHS, PHOTOGRAPHS_LIMIT),
    ],
    ids=[
        *("page", "notebook", "large on a page", "large in a notebook", "network"),
        *("colorize on a page", "colorize in a notebook", "photographs"),
    ],
)
def test_what_is_loaded_is_small(files, limit, record_property) -> None:
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in files}
    print(f"{sum(sizes.values()):,} bytes gzip of {limit:,}: {sizes}")
    record_property("gzip_bytes", sum(sizes.values()))
    assert sum(sizes.values()) <= limit


def test_second_script_carries_nothing_that_the_first_has() -> None:
    # A sentence that a shared module holds, and one that a large figure holds.
    shared, own = "The PyTorch program is on the clipboard.", "it is one number, shared."
    first, second = (
        (STATIC / name).read_text(encoding="utf-8") for name in (PAGE + LARGE_PAGE)[::2]
    )
    assert (shared in first, own in first) == (True, False)
    assert (shared in second, own in second) == (False, True)


def test_python_and_the_page_agree_which_figures_are_large() -> None:
    classes = [getattr(cnncourse.figures, name) for name in cnncourse.figures.__all__]
    declared = {
        c.figure.default_value: issubclass(c, LargeFigure)
        for c in classes
        if c not in (Figure, Colorize)  # which has a script of its own
    }
    for name, large in declared.items():
        listed = [
            f"./figures/{name}.js" in (ROOT / "js" / "src" / registry).read_text(encoding="utf-8")
            for registry in ("registry.js", "registry-large.js")
        ]
        assert listed == [not large, large], name


@pytest.mark.browser
def test_a_page_loads_the_large_figures_when_it_holds_one(figure_page) -> None:
    def requests(page: Page) -> list[str]:
        names: list[str] = []
        page.on("request", lambda request: names.append(request.url.rsplit("/", 1)[-1]))
        page.reload()
        page.wait_for_function(
            "() => document.querySelectorAll('figure').length"
            " === document.querySelectorAll('figure[data-live]').length"
        )
        return [name for name in names if name.endswith(".page.js")]

    assert requests(figure_page(SlidingWindow())) == ["figures.page.js"]
    own = ["figures.page.js", "colorize.page.js", "colorize-photographs.page.js"]
    assert requests(figure_page(Colorize(), Colorize("coffee"))) == own
    both = ["figures.page.js", "figures-large.page.js"]
    page = figure_page(SlidingWindow(), ConvMatrix(), ConvMatrix())
    assert requests(page) == both
    # Its style has come with it.
    assert page.locator(".cnn-counted").first.evaluate("p => getComputedStyle(p).textAlign") == (
        "center"
    )


@pytest.mark.browser
def test_a_figure_that_is_read_late_comes_to_life_too(new_page, tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A long page</title>'
        f'{ConvMatrix().html()}<script src="{STATIC.as_uri()}/figures.page.js"></script>'
        f'<script src="slow.js"></script>{ConvMatrix().html()}{LookInside().html()}</html>',
        encoding="utf-8",
    )
    (tmp_path / "slow.js").write_text("", encoding="utf-8")
    page = new_page()

    def answer_late(route: Route) -> None:
        # By then the large figures' script has arrived, and two figures are not read yet.
        page.wait_for_selector("figure[data-live]")
        route.continue_()

    page.route("**/slow.js", answer_late)
    page.goto(file.as_uri())
    expect(page.locator("figure[data-live]")).to_have_count(3)


@pytest.mark.browser
def test_without_the_second_script_the_tables_stay(new_page, tmp_path: Path) -> None:
    for name in PAGE:
        (tmp_path / name).write_bytes((STATIC / name).read_bytes())
    file = tmp_path / "page.html"
    file.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
        '<link rel="stylesheet" href="figures.css">'
        f"{ConvMatrix().html()}{SlidingWindow().html()}"
        '<script src="figures.page.js"></script></html>',
        encoding="utf-8",
    )
    page = new_page()
    page.goto(file.as_uri())
    assert page.locator("figure[data-live]").count() == 1
    matrix = page.locator("figure[data-figure=conv-matrix]")
    assert matrix.locator(".cnn-reading table").count() == 4
    assert matrix.locator(".cnn-live").count() == 0
    assert page.locator("figure[data-figure=sliding-window] .cnn-reading").count() == 0
    # The browser says once that the file is not there; nothing else goes wrong.
    assert ["figures-large" in line or "ERR_FILE" in line for line in page.complaints] == [True]
    page.complaints.clear()


def test_bundle_and_lock_name_no_host() -> None:
    lock = (ROOT / "js" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    package = json.loads((ROOT / "js" / "package.json").read_text())
    assert package["devDependencies"].keys() == {"axe-core", "esbuild", "typescript"}
    # What the book ships: `npm ci --omit=dev` brings it alone.
    assert package["dependencies"].keys() == {"onnxruntime-web"}
    for name in FILES:
        text = (STATIC / name).read_text(encoding="utf-8")
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")

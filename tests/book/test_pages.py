"""Every page in a real browser, from a file and from a server, in both themes and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from book_build import CHAPTERS, EXAMPLE, PAGES
from browser import axe
from playwright.sync_api import Page

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


def settle(page: Page) -> None:
    """Wait until figures have come to life and the theme has been chosen."""
    page.wait_for_function(
        "() => document.documentElement.dataset.mode"
        " && !document.querySelector('figure[data-figure]:not([data-live])')"
    )


@pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 360)])
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing_and_the_page_fits(
    book: Path, open_page: Open, name: str, theme: str, width: int
) -> None:
    page = open_page((book / f"{name}.html").as_uri(), theme=theme, width=width)
    settle(page)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_is_folded_passes_as_well(book: Path, open_page: Open, name: str) -> None:
    page = open_page((book / f"{name}.html").as_uri(), theme="dark", width=1280)
    settle(page)
    page.evaluate("for (const box of document.querySelectorAll('details')) box.open = true")
    # Colors on their way from one theme to the other have no contrast worth measuring.
    page.evaluate("Promise.all(document.getAnimations().map((one) => one.finished))")
    assert axe(page) == []
    backgrounds = page.evaluate(
        """() => [...document.querySelectorAll(".output.text_html")]
            .map((element) => getComputedStyle(element).backgroundColor)"""
    )
    # The theme would put the outputs on light paper, and their text is light as well.
    assert set(backgrounds) == {"rgba(0, 0, 0, 0)"}


@pytest.mark.parametrize(("theme", "width"), [("dark", 1280), ("light", 360)])
def test_the_opening_page_passes_the_other_way_round(
    book: Path, open_page: Open, theme: str, width: int
) -> None:
    page = open_page((book / "book/index.html").as_uri(), theme=theme, width=width)
    settle(page)
    assert axe(page) == []


def test_a_server_has_everything_that_pages_ask_for(server: str, open_page: Open) -> None:
    page = open_page("about:blank")
    statuses: list[tuple[str, int]] = []
    page.on("response", lambda response: statuses.append((response.url, response.status)))
    for name in PAGES:
        page.goto(f"{server}/{name}.html", wait_until="load")
        settle(page)
    assert len(statuses) > 10 * len(PAGES)
    assert [(url, status) for url, status in statuses if status not in (200, 304)] == []


@pytest.mark.parametrize("where", ["file", "server"])
def test_figures_are_alive(book: Path, server: str, open_page: Open, where: str) -> None:
    root = book.as_uri() if where == "file" else server
    page = open_page(f"{root}/book/index.html")
    settle(page)
    figure = page.locator("figure[data-figure=sliding-window]")
    formula = figure.locator("text=/= *−?\\d+/").last.text_content()
    figure.locator("input[type=range]").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert figure.locator("text=/= *−?\\d+/").last.text_content() != formula


def test_the_opening_page_shows_what_the_book_does_at_once(book: Path, open_page: Open) -> None:
    page = open_page((book / "book/index.html").as_uri(), width=1280, height=800)
    settle(page)
    figure = page.locator("figure[data-figure]").first
    seen = [
        page.locator("h1").first,
        page.get_by_role("link", name="Begin"),
        *figure.locator("table").all(),
        figure.get_by_role("button", name="Play"),
    ]
    assert len(seen) >= 6
    for element in seen:
        box = element.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
    page.set_viewport_size({"width": 360, "height": 740})
    box = figure.locator("table").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 740


@pytest.mark.parametrize("name", CHAPTERS)
def test_without_scripts_figures_are_tables(book: Path, open_page: Open, name: str) -> None:
    page = open_page((book / f"{name}.html").as_uri(), java_script_enabled=False)
    for figure in page.locator("figure[data-figure]").all():
        assert len(figure.inner_text()) > 40
    tables = page.locator("figure[data-figure] table")
    assert tables.count() > 0
    assert all(table.is_visible() for table in tables.all()[:3])
    assert page.locator("text=Run this cell").first.is_hidden()
    assert page.locator("math").first.is_visible()


def test_the_theme_switch_is_remembered(book: Path, open_page: Open) -> None:
    page = open_page((book / "book/errata.html").as_uri())
    switch = page.get_by_role("button", name="Color mode")
    switch.click()
    switch.click()
    chosen = page.evaluate("document.documentElement.dataset.mode")
    assert chosen in {"light", "dark"}
    page.goto((book / "book/notation.html").as_uri())
    assert page.evaluate("document.documentElement.dataset.mode") == chosen


def test_the_first_tab_stop_leads_to_the_text(book: Path, open_page: Open) -> None:
    page = open_page((book / "book/notation.html").as_uri())
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    page.keyboard.press("Enter")
    assert page.url.endswith("#main-content")


def test_chapters_offer_their_notebook_and_their_neighbors(server: str, open_page: Open) -> None:
    page = open_page(f"{server}/{EXAMPLE}.html")
    page.get_by_text("Notebook", exact=True).click()
    link = page.get_by_role("link", name="Download 03_convolution.ipynb")
    with page.expect_download() as waiting:
        link.click()
    assert waiting.value.suggested_filename == "03_convolution.ipynb"
    link.focus()
    page.keyboard.press("Escape")
    assert link.is_hidden()
    assert page.locator(".prev-next-area .right-next").get_attribute("href") == "04_padding.html"
    assert page.locator(".prev-next-area .left-prev").count() == 1


def test_code_has_a_copy_button_and_output_has_none(book: Path, open_page: Open) -> None:
    page = open_page((book / f"{EXAMPLE}.html").as_uri())
    assert page.locator(".cell_input .copybtn").count() > 5
    assert page.locator(".cell_output .copybtn").count() == 0


@pytest.mark.parametrize("name", CHAPTERS)
def test_what_scrolls_sideways_can_be_reached_by_keyboard(
    book: Path, open_page: Open, name: str
) -> None:
    page = open_page((book / f"{name}.html").as_uri(), width=360)
    out_of_reach = page.evaluate(
        """() => [...document.querySelectorAll(".bd-article *")].filter((element) =>
            element.scrollWidth > element.clientWidth + 1
            && /auto|scroll/.test(getComputedStyle(element).overflowX)
            && element.tabIndex < 0
            && !element.querySelector("a, button, input, [tabindex]")
        ).map((element) => element.outerHTML.slice(0, 80))"""
    )
    assert out_of_reach == []


def test_on_paper_nothing_is_cut(book: Path, open_page: Open) -> None:
    page = open_page((book / f"{EXAMPLE}.html").as_uri(), width=720, theme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    assert page.locator(".bd-header-article").is_hidden()
    assert page.locator("h1:visible").count() == 1
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "light"
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"

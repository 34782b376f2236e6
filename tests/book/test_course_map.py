"""The map on the opening page answers to the pointer, to touch and to the keyboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from browser import axe
from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser
Open = Callable[..., Page]


@pytest.fixture
def opening(book: Path, open_page: Open) -> Page:
    return open_page((book / "book/index.html").as_uri(), width=1280)


def lit(page: Page) -> list[str]:
    """Return the chapters that are marked as being on the way."""
    items = page.locator(".course-map li.is-on")
    return [item.get_attribute("data-chapter") or "" for item in items.all()]


def status(page: Page) -> str:
    return page.locator(".course-map-way [role=status]").inner_text()


def chapter(page: Page, number: str) -> Locator:
    return page.locator(f'.course-map [data-chapter="{number}"]')


def test_pointing_at_a_chapter_shows_what_it_needs(opening: Page):
    assert lit(opening) == []
    chapter(opening, "05").hover()
    needs = (chapter(opening, "05").get_attribute("data-needs") or "").split()
    assert len(needs) >= 3
    assert lit(opening) == needs
    assert status(opening).startswith(f"passes {', '.join(needs)}: about ")
    ends = opening.locator(".course-map path.is-on").evaluate_all(
        "(paths) => paths.map((path) => [path.dataset.from, path.dataset.to])"
    )
    assert {end for pair in ends for end in pair} == {*needs, "05"}


def test_the_time_is_the_sum_of_the_times_shown(opening: Page):
    chapter(opening, "04").hover()
    numbers = [*lit(opening), "04"]
    minutes = [int(chapter(opening, n).get_attribute("data-minutes") or 0) for n in numbers]
    hours = round(sum(minutes) / 30) / 2
    assert status(opening).endswith(f"about {hours:g} hours in all.")


def test_focus_and_the_list_of_chapters_do_the_same(opening: Page):
    chapter(opening, "04").locator("a").focus()
    by_focus = lit(opening)
    chapter(opening, "03").locator("a").focus()
    assert lit(opening) != by_focus
    choice = opening.get_by_label("The way to")
    choice.select_option("04")
    assert lit(opening) == by_focus
    choice.select_option("")
    assert lit(opening) == []
    assert status(opening) == ""


@pytest.mark.parametrize(("theme", "width"), [("light", 320), ("dark", 1280)])
def test_a_lit_map_is_accessible_and_fits(book: Path, open_page: Open, theme: str, width: int):
    page = open_page((book / "book/index.html").as_uri(), theme=theme, width=width)
    page.get_by_label("The way to").select_option("10")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for item in page.locator(".course-map li > :first-child").all():
        assert item.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
        assert item.evaluate("(box) => box.scrollHeight <= box.clientHeight + 1")
    assert axe(page) == []


def test_without_scripts_the_map_is_a_list_with_links(book: Path, open_page: Open):
    page = open_page((book / "book/index.html").as_uri(), java_script_enabled=False)
    items = page.locator(".course-map li")
    assert items.count() == 18
    assert "after 03" in (items.nth(4).text_content() or "")
    assert page.locator(".course-map a").count() >= 2

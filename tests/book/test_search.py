"""Search works from a server and from a file, with no network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("where", ["file", "server"])
def test_a_word_is_found(
    book: Path, server: str, open_page: Callable[..., Page], where: str
) -> None:
    root = book.as_uri() if where == "file" else server
    page = open_page(f"{root}/book/errata.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("dilation")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    page.wait_for_function(
        "() => document.querySelector('.search-summary').textContent.includes('finished')"
    )
    titles = page.locator("#search-results li > a").all_text_contents()
    assert any("Notation" in title for title in titles)
    page.locator("#search-results li > a", has_text="Notation").first.click()
    page.wait_for_load_state("load")
    assert "book/notation.html" in page.url


def test_a_word_that_is_nowhere_is_not_found(book: Path, open_page: Callable[..., Page]) -> None:
    page = open_page(f"{book.as_uri()}/search.html?q=zyzzyva")
    page.wait_for_function(
        "() => document.querySelector('.search-summary').textContent.includes('did not match')"
    )
    assert page.locator("#search-results li").count() == 0

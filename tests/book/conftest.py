"""The book, built once for all tests, and pages of it with the network refused."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from book_build import build
from browser import block_network, watch_console
from playwright.sync_api import Page


@pytest.fixture(scope="session")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the built book, with no repository configured."""
    return build(tmp_path_factory.mktemp("book"))


class QuietHandler(SimpleHTTPRequestHandler):
    """Serve files without a line in the log for each."""

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def server(book: Path) -> Iterator[str]:
    """Serve the book on this machine and return its address."""
    handler = functools.partial(QuietHandler, directory=str(book))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def open_page(browser: Any) -> Iterator[Callable[..., Page]]:
    """Open pages; a request off this machine or a complaint on the console fails the test."""
    opened: list[tuple[Any, list[str], list[str]]] = []

    def new(
        address: str, width: int = 1280, height: int = 800, theme: str = "light", **options: Any
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=theme, **options
        )
        refused = block_network(context)
        page = context.new_page()
        complaints = watch_console(page)
        opened.append((context, refused, complaints))
        page.goto(address, wait_until="load")
        return page

    yield new
    for context, _, _ in opened:
        context.close()
    assert [url for _, refused, _ in opened for url in refused] == []
    assert [line for _, _, complaints in opened for line in complaints] == []

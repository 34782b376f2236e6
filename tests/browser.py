"""What every browser test shares: find a browser, start it, refuse the network, run axe.

A plain module, not a plugin: fixtures live in the ``conftest.py`` of the folder that needs them.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]

# Chromium's own housekeeping calls home unless told not to.
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)

# WCAG 2.2 AA, and axe's own good practices beside it.
AXE_TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


def find_browser(playwright: Any = None) -> str | None:
    """Return the path of a Chromium to drive, or None if there is none.

    Looked for in this order: the environment variable ``CNNCOURSE_BROWSER``, Playwright's own
    download, and the system's Chromium or Chrome on the search path.

    Parameters
    ----------
    playwright
        Playwright, if it is running; else it is started for the moment it takes to ask it.
    """
    named = os.environ.get("CNNCOURSE_BROWSER")
    if named:
        return named
    if playwright is None:
        with sync_playwright() as started:
            own = started.chromium.executable_path
    else:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        path = shutil.which(name)
        if path:
            return path
    return None


def launch(playwright: Any, **options: Any) -> Any:
    """Start Chromium with the flags above and return Playwright's browser object.

    Raises
    ------
    RuntimeError
        If there is no browser; the message says how to get one.
    """
    path = find_browser(playwright)
    if path is None:
        raise RuntimeError(
            "no Chromium found: install one (Debian: apt-get install chromium), run "
            "`playwright install chromium`, or name one in CNNCOURSE_BROWSER"
        )
    return playwright.chromium.launch(executable_path=path, args=list(FLAGS), **options)


def is_local(url: str) -> bool:
    """Whether a request stays on this machine: a file, the page's own data, or loopback.

    >>> is_local("file:///tmp/index.html"), is_local("http://127.0.0.1:8000/")
    (True, True)
    >>> is_local("https://example.org/script.js")
    False
    """
    parts = urlsplit(url)
    if parts.scheme in {"file", "data", "blob", "about"}:
        return True
    return parts.hostname in {"127.0.0.1", "localhost", "::1"}


def block_network(context: Any) -> list[str]:
    """Refuse every request that leaves this machine; the list returned collects their URLs."""
    refused: list[str] = []

    def decide(route: Any) -> None:
        if is_local(route.request.url):
            route.continue_()
        else:
            refused.append(route.request.url)
            route.abort()

    context.route("**/*", decide)
    return refused


def watch_console(page: Any) -> list[str]:
    """Collect what the page complains about: console errors and warnings, uncaught exceptions."""
    complaints: list[str] = []

    def on_console(message: Any) -> None:
        if message.type in {"error", "warning"}:
            complaints.append(f"{message.type}: {message.text} ({message.location.get('url')})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: complaints.append(f"exception: {error}"))
    return complaints


def axe_source() -> str:
    """Return axe-core's script, which `npm ci` in js/ installs.

    Raises
    ------
    FileNotFoundError
        If it is not installed.
    """
    return (ROOT / "js/node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")


def axe(
    page: Any,
    include: str | None = None,
    tags: Sequence[str] = AXE_TAGS,
    disable: Sequence[str] = (),
) -> list[str]:
    """Run axe on the page (or on ``include``, a CSS selector); one line for each violation.

    An empty list means that axe found nothing.
    """
    if not page.evaluate("() => typeof window.axe === 'object'"):
        page.evaluate(axe_source())
    result = page.evaluate(
        """async ([include, tags, disabled]) => {
            const rules = Object.fromEntries(disabled.map((id) => [id, {enabled: false}]));
            const found = await window.axe.run(include || document, {
                runOnly: {type: "tag", values: tags}, rules, resultTypes: ["violations"],
                preload: false,  // it would fetch style sheets, which file: pages may not
            });
            return found.violations.map((violation) => ({
                id: violation.id, impact: violation.impact, help: violation.help,
                nodes: violation.nodes.map((node) => `${node.target.join(" ")}: ${node.html}`),
            }));
        }""",
        [include, list(tags), list(disable)],
    )
    return [
        f"{item['id']} ({item['impact']}): {item['help']}: {node[:300]}"
        for item in result
        for node in item["nodes"]
    ]

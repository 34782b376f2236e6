"""Fixtures for figures in a real browser: pages made on the fly, opened from files, no network."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import ROOT, block_network, watch_console
from playwright.sync_api import Page

STATIC = ROOT / "cnncourse" / "figures" / "static"

PAGE = """<!doctype html>
<html lang="en" data-theme="{theme}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>A figure</title>
<link rel="stylesheet" href="{static}/figures.css">
<style>
html {{ background: {background}; }}
body {{ max-width: 50rem; margin: 0 auto; padding: 0.5rem 1rem; font-family: sans-serif; }}
</style>
{script}
</head>
<body>
<main>
<h1 style="font-size: 1rem; color: {ink}">A figure</h1>
{body}
</main>
</body>
</html>
"""


@pytest.fixture
def new_page(browser: Any) -> Iterator[Callable[..., Page]]:
    """Open pages whose every request off this machine, and every complaint, fails the test.

    A page that is meant to complain says so: ``page.complaints.clear()``.
    """
    opened: list[tuple[Any, list[str], list[str]]] = []

    def new(width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        refused = block_network(context)
        page = context.new_page()
        page.set_default_timeout(5000)
        page.complaints = watch_console(page)
        opened.append((context, refused, page.complaints))
        return page

    yield new
    for context, _, _ in opened:
        context.close()
    assert [url for _, refused, _ in opened for url in refused] == []
    assert [line for _, _, complaints in opened for line in complaints] == []


@pytest.fixture
def figure_page(new_page: Callable[..., Page], tmp_path: Path) -> Callable[..., Page]:
    """Open figures as the book's pages show them: no kernel, no server, `figures.page.js`.

    ``figure_page(figure, …)`` takes any number of figures (or strings of HTML) and these options:
    ``theme``, ``width``, ``height``, ``scripts=False`` (no script runs), and what Playwright's
    ``new_context`` takes (``has_touch``, ``reduced_motion``, ``forced_colors``, …).
    """
    count = 0

    def open_page(
        *figures: Any, theme: str = "light", scripts: bool = True, **options: Any
    ) -> Page:
        nonlocal count
        count += 1
        html = PAGE.format(
            theme=theme,
            background="#14181e" if theme == "dark" else "#ffffff",
            ink="#ffffff" if theme == "dark" else "#000000",
            static=STATIC.as_uri(),
            script=f'<script defer src="{STATIC.as_uri()}/figures.page.js"></script>',
            body="\n".join(item if isinstance(item, str) else item.html() for item in figures),
        )
        file = tmp_path / f"page-{count}.html"
        file.write_text(html, encoding="utf-8")
        page = new_page(java_script_enabled=scripts, **options)
        page.goto(file.as_uri())
        if scripts and any(not isinstance(item, str) for item in figures):
            page.wait_for_selector("figure[data-live]")
        return page

    return open_page


@pytest.fixture
def widget_page(new_page: Callable[..., Page], tmp_path: Path) -> Callable[..., Page]:
    """Open a figure as a notebook shows it: the ES module's ``render`` with anywidget's model.

    The page has ``window.model`` (with ``saved``, the number of ``save_changes`` calls), ``el``
    and ``dispose``, what ``render`` returned.
    """

    def open_page(figure: Any, **options: Any) -> Page:
        page = new_page(**options)
        file = tmp_path / "widget.html"
        file.write_text(
            PAGE.format(
                theme="light",
                background="#fff",
                ink="#000",
                static=STATIC.as_uri(),
                script="",
                body='<div id="el"></div>',
            ),
            encoding="utf-8",
        )
        page.goto(file.as_uri())
        state = {**figure.spec(), "figure": figure.figure, "caption": figure.caption}
        page.evaluate(
            """async ([source, state]) => {
                const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
                const module = (await import(url)).default;
                const listeners = {};
                window.listeners = listeners;
                window.model = {
                    saved: 0,
                    get: (key) => state[key],
                    set(key, value) {
                        if (JSON.stringify(state[key]) === JSON.stringify(value)) return;
                        state[key] = value;
                        for (const f of [...(listeners[`change:${key}`] ?? [])]) f();
                    },
                    on: (event, f) => (listeners[event] ??= new Set()).add(f),
                    off: (event, f) => listeners[event]?.delete(f),
                    save_changes() { this.saved += 1; },
                };
                window.el = document.getElementById("el");
                window.dispose = module.render({model: window.model, el: window.el});
            }""",
            [(STATIC / "figures.js").read_text(encoding="utf-8"), state],
        )
        return page

    return open_page


@pytest.fixture
def slowed_median() -> Callable[[Page, str], float]:
    """Time an interaction on a processor slowed four times.

    ``slowed_median(page, "(i) => …")`` runs the function thirty times, with i from 0 to 29, and
    returns the median in milliseconds of what each took: script, style and forced layout, in the
    page's own processor time. Chromium slows a page by a second thread that keeps interrupting it,
    and where other programs take that thread's turns it slows too much; so a result that is not
    comfortable is compared with four times what the page takes at full speed, and the least counts:
    noise only ever adds.
    """

    def measure(page: Page, action: str) -> float:
        session = page.context.new_cdp_session(page)
        session.send("Performance.enable", {"timeDomain": "threadTicks"})

        def spent() -> float:
            metrics = session.send("Performance.getMetrics")["metrics"]
            values = {metric["name"]: metric["value"] for metric in metrics}
            names = ("ScriptDuration", "LayoutDuration", "RecalcStyleDuration")
            return 1000 * sum(values[name] for name in names)

        def median(rate: int) -> float:
            session.send("Emulation.setCPUThrottlingRate", {"rate": rate})
            times = []
            for index in range(30):
                before = spent()
                page.evaluate(
                    f"(i) => {{ ({action})(i); document.body.getBoundingClientRect(); }}", index
                )
                times.append(spent() - before)
            session.send("Emulation.setCPUThrottlingRate", {"rate": 1})
            return statistics.median(times)

        slowed = median(4)
        for _ in range(3):
            if slowed > 12:
                slowed = min(slowed, 4 * median(1))
        session.detach()
        return slowed

    return measure

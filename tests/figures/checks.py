"""What every figure must hold to, in small functions for the tests of each."""

from __future__ import annotations

import math
import re
from typing import Any

from playwright.sync_api import Page

_ALLOWED = re.compile(r"[0-9.+\-*/() ,a-z]*")


def evaluate(formula: str) -> list[float]:
    """Evaluate each side of a printed chain of equal expressions.

    >>> evaluate("1·1 + 3·(−2) = 1 − 6 = −5")
    [-5, -5, -5]
    >>> evaluate("|−1| = 1")
    [1, 1]
    >>> evaluate("√(3² + (−4)²) = 5")
    [5.0, 5]
    >>> evaluate("⌊5/2⌋ + 1 = 3")
    [3, 3]
    """
    text = formula.replace("−", "-").replace("·", "*").replace("≈", "=").replace("\u00a0", " ")
    text = text.replace("√", "sqrt").replace("²", "**2")
    text = re.sub(r"\|([^|]*)\|", r"abs(\1)", text)
    text = text.replace("⌊", "floor(").replace("⌋", ")")
    sides = [" ".join(side.split()) for side in text.split("=")]
    for side in sides:
        assert _ALLOWED.fullmatch(side), f"not arithmetic: {side}"
    names = {
        "__builtins__": {},
        "abs": abs,
        "floor": math.floor,
        "min": min,
        "max": max,
        "sqrt": math.sqrt,
    }
    return [eval(side, names) for side in sides]


def number(text: str) -> float:
    """Read a printed number."""
    return float(text.replace("−", "-"))


def grid(page: Page, view: str) -> list[list[float]]:
    """Read the numbers of a live grid."""
    rows = page.eval_on_selector_all(
        f"[data-view={view}] tbody tr",
        "rows => rows.map(r => [...r.querySelectorAll('td .cnn-value')].map(c => c.textContent))",
    )
    return [[number(text) for text in row] for row in rows]


def cell(page: Page, view: str, row: int, column: int) -> Any:
    """Return the locator of a live grid's cell."""
    return page.locator(f"[data-view={view}] tbody tr").nth(row).locator("td").nth(column)


def spoken(page: Page) -> str:
    """Return what the figure's live region says."""
    return page.locator("[role=status]").inner_text()


def overflow(page: Page) -> list[str]:
    """Return what sticks out of the page to the right."""
    return page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            if (document.documentElement.scrollWidth <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > width + 0.5)
                .map((element) => element.outerHTML.slice(0, 120));
        }"""
    )


def small_targets(page: Page, side: float = 24) -> list[str]:
    """Return the cells and controls that are smaller than a finger needs."""
    return page.evaluate(
        """(side) => [...document.querySelectorAll(
                "figure td[tabindex], figure button, figure input, figure select, figure summary")]
            .filter((element) => element.offsetParent !== null)
            .map((element) => [element, element.getBoundingClientRect()])
            .filter(([, box]) => box.width < side - 0.01 || box.height < side - 0.01)
            .map(([element, box]) =>
                `${box.width}×${box.height} ${element.outerHTML.slice(0, 120)}`)""",
        side,
    )


def numbers_missing(page: Page, reading: str) -> list[str]:
    """Return the numbers of the live figure's grids that its HTML reading does not contain."""
    told = set(re.findall(r"(?<![\d.])−?\d+(?:\.\d+)?", reading))
    shown = page.eval_on_selector_all(
        ".cnn-grid .cnn-value, .cnn-grid th", "cells => cells.map((cell) => cell.textContent)"
    )
    return [text for text in shown if text and text not in told]


def unscoped_rules(page: Page, css: str) -> list[str]:
    """Return selectors of the figures' style sheet that could touch anything else on a page."""
    return page.evaluate(
        """(css) => {
            const found = [];
            let count = 0;
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(css);
            const walk = (rules, scope) => {
                for (const rule of rules) {
                    if (rule.selectorText) {
                        count += 1;
                        for (const part of rule.selectorText.split(/,(?![^(]*\\))/))
                            if (!scope(part.trim())) found.push(part);
                        walk(rule.cssRules, (part) => part.startsWith("&"));
                    } else if (rule.cssRules && !rule.name) walk(rule.cssRules, scope);
                }
            };
            walk(sheet.cssRules, (part) => part.includes(".cnn-figure"));
            return count > 50 ? found : ["hardly any rules"];
        }""",
        css,
    )


EDITING = """(i) => {
    const cell = document.activeElement;
    cell.dispatchEvent(new KeyboardEvent("keydown", {key: "5", bubbles: true}));
    const editor = document.querySelector(".cnn-editor");
    editor.value = i - 50;
    editor.dispatchEvent(new KeyboardEvent("keydown", {key: "Enter", bubbles: true}));
}"""
"""A script, for `assert_quick`, that types the i-th number into the cell that has the focus."""


def hovering(selector: str, which: str = "i") -> str:
    """Return a script, for `assert_quick`, that moves the pointer to a cell, another for each i."""
    return f"""(i) => document.querySelectorAll("{selector}")[{which}]
        .dispatchEvent(new PointerEvent("pointerover", {{bubbles: true}}))"""


def clicking(selector: str, which: str = "0") -> str:
    """Return a script, for `assert_quick`, that clicks an element, another for each i."""
    return f"""(i) => document.querySelectorAll("{selector}")[{which}].click()"""


def sliding(number: int, value: str) -> str:
    """Return a script, for `assert_quick`, that puts a control's slider at a value made from i."""
    return f"""(i) => {{
        const input = document.querySelectorAll(".cnn-controls input[type=range]")[{number}];
        input.value = {value};
        input.dispatchEvent(new Event("input", {{bubbles: true}}));
    }}"""


def copied_program(page: Page) -> str:
    """Press "Copy as PyTorch" where the clipboard is refused, and return the program shown."""
    page.evaluate(
        "() => { navigator.clipboard.writeText = () => Promise.reject(new Error('refused')); }"
    )
    page.get_by_role("button", name="Copy as PyTorch").click()
    field = page.get_by_label("PyTorch program")
    field.wait_for(state="visible")
    return field.input_value()


def run_program(program: str) -> dict[str, Any]:
    """Run a copied program and return its variables."""
    names: dict[str, Any] = {"print": lambda *values: None}
    exec(program, names)
    return names

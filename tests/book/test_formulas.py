"""Formulas as a reader sees them: MathML everywhere, drawn with the book's own font."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import nbformat
import pytest
from book_build import CHAPTERS, PAGES
from browser import ROOT
from bs4 import BeautifulSoup
from fontTools.ttLib import TTFont
from playwright.sync_api import Page

from cnncourse._mathml import characters


def article(book: Path, name: str) -> BeautifulSoup:
    text = (book / f"{name}.html").read_text(encoding="utf-8")
    found = BeautifulSoup(text, "html.parser").find("article")
    assert found is not None
    return found


def written(name: str) -> tuple[int, int]:
    """Count the inline and the displayed formulas in a chapter's source."""
    notebook = nbformat.read(ROOT / f"{name}.ipynb", as_version=4)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    text = re.sub(r"`[^`\n]+`", "", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    displayed = re.findall(r"\$\$.+?\$\$", text, flags=re.DOTALL)
    rest = re.sub(r"\$\$.+?\$\$", "", text, flags=re.DOTALL)
    return len(re.findall(r"(?<!\\)\$[^$]+(?<!\\)\$", rest)), len(displayed)


@pytest.mark.parametrize("name", CHAPTERS)
def test_every_formula_became_mathml(book: Path, name: str) -> None:
    body = article(book, name)
    inline, displayed = written(name)
    assert displayed > 0
    assert len(body.select('div.math math[display="block"]')) == displayed
    # Headings and captions may repeat a formula in a list of contents, never lose one.
    assert len(body.select('math[display="inline"]')) >= inline
    assert all(formula.find("annotation") is not None for formula in body.select("math"))


@pytest.mark.parametrize("name", [name for name in PAGES if name != "search"])
def test_no_tex_is_left_in_the_text(book: Path, name: str) -> None:
    body = article(book, name)
    for element in body.select("math, pre, code, script"):
        element.decompose()
    assert re.findall(r"\$|\\\(|\\\[|\\[a-z]+\{", body.get_text()) == []


@pytest.mark.parametrize("name", ["book/notation", *CHAPTERS])
def test_numbered_equations_can_be_reached(book: Path, name: str) -> None:
    body = article(book, name)
    numbered = [equation for equation in body.select("div.math") if equation.select(".eqno")]
    assert numbered
    for equation in numbered:
        number = equation.select_one(".eqno").get_text().rstrip("#")
        links = body.select(f'a.reference[href="#{equation["id"]}"]')
        assert all(link.get_text() == number for link in links)


def book_font(book: Path) -> TTFont:
    sheet = (book / "_static" / "math.css").read_text(encoding="utf-8")
    data = re.search(r"base64,([^)]+)\)", sheet)
    assert data is not None
    return TTFont(BytesIO(base64.b64decode(data[1])))


def test_the_font_has_every_character_of_every_formula(book: Path) -> None:
    font = book_font(book)
    formulas = [
        str(formula)
        for name in PAGES
        if name != "search"
        for formula in article(book, name).select("math")
    ]
    assert len(formulas) > 50
    invisible = {"\u2061", "\u2062", "\u200b"}
    needed = set(characters(formulas)) - invisible
    missing = sorted(needed - {chr(code) for code in font.getBestCmap()})
    assert missing == []
    assert "MATH" in font


@pytest.mark.browser
def test_brackets_and_braces_stretch(book: Path, open_page: Callable[..., Page]) -> None:
    page = open_page((book / "book/notation.html").as_uri())
    page.evaluate("document.fonts.ready")
    assert page.evaluate("document.fonts.check('16px \"Book Math\"')")
    # The floor around a fraction is as tall as the fraction, and taller than in running text.
    heights = page.evaluate(
        """() => {
            const tall = [...document.querySelectorAll('div.math mo')]
                .find((mo) => mo.textContent === "⌊").getBoundingClientRect().height;
            const flat = [...document.querySelectorAll('math[display=inline] mo')]
                .find((mo) => mo.textContent === "⌊").getBoundingClientRect().height;
            const fraction = document.querySelector('div.math mfrac')
                .getBoundingClientRect().height;
            return {tall, flat, fraction};
        }"""
    )
    assert heights["tall"] >= 0.95 * heights["fraction"]
    assert heights["tall"] > 1.4 * heights["flat"]

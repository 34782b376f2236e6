"""The glossary and the chapters lead to each other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from book_build import CHAPTERS

from cnncourse._terms import spellings


@pytest.fixture(scope="module")
def glossary(book: Path) -> str:
    return (book / "book/glossary.html").read_text(encoding="utf-8")


def entry(glossary: str, term: str) -> str:
    """Return what follows a term, up to the next one's definition."""
    return glossary.partition(f'id="term-{term}"')[2].partition("</dd>")[0]


def test_a_bold_word_of_a_chapter_leads_to_the_glossary(book: Path):
    page = (book / "notebooks/03_convolution.html").read_text(encoding="utf-8")
    link = (
        r'<strong><a class="glossary-link[^"]*" href="([^"]+)"[^>]*>cross-correlation</a></strong>'
    )
    [address] = set(re.findall(link, page))
    assert address == "../book/glossary.html#term-cross-correlation"


def test_a_bold_word_that_is_no_term_stays_as_it_is(book: Path):
    page = (book / "notebooks/03_convolution.html").read_text(encoding="utf-8")
    assert "<strong>A good place to stop.</strong>" in page


def test_a_term_names_the_sections_that_explain_it(glossary: str):
    places = entry(glossary, "cross-correlation")
    assert re.search(
        r'href="\.\./notebooks/03_convolution\.html#[^"]+"[^>]*><span>03 The formula<', places
    )


def test_another_form_of_a_term_finds_it_as_well(glossary: str):
    assert "04 The formula: how much padding?" in entry(glossary, "valid-padding")


def test_every_place_that_the_glossary_names_is_there(book: Path, glossary: str):
    places = re.findall(r'href="\.\./(notebooks/[^"#]+)#([^"]+)"', glossary)
    assert len(places) > 2 * len(CHAPTERS)
    for page, anchor in places:
        assert f'id="{anchor}"' in (book / page).read_text(encoding="utf-8")


def test_plurals_and_punctuation_are_forgiven():
    assert "filter" in spellings("Filters.")
    assert "bias" in spellings("biases")
    assert spellings("stride") == ["stride"]

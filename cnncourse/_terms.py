"""Links between the glossary and the chapters, in both directions.

A chapter sets a word in bold where it explains it. If the glossary has the word, the bold word
becomes a link to it, and the glossary lists the sections where the word is explained: it is the
book's index as well.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

CHAPTERS = "notebooks/"


class Mention(NamedTuple):
    """A word in bold: what it says, in which section of its page."""

    word: str
    anchor: str
    heading: str


def spellings(word: str) -> list[str]:
    """Return the forms under which the glossary may have a word, the likeliest first.

    Examples
    --------
    >>> spellings("Receptive fields")
    ['receptive fields', 'receptive field']
    >>> spellings("Classes:")
    ['classes', 'classe', 'class']
    """
    plain = " ".join(word.split()).strip(".,:;").lower()
    forms = [plain]
    if plain.endswith("s"):
        forms.append(plain[:-1])
    if plain.endswith("es"):
        forms.append(plain[:-2])
    return forms


def _mentions(env: BuildEnvironment) -> dict[str, list[Mention]]:
    """Return the words in bold of each chapter; they are kept with the environment."""
    if not hasattr(env, "cnncourse_terms"):
        env.cnncourse_terms = {}  # type: ignore[attr-defined]
    return env.cnncourse_terms  # type: ignore[attr-defined]


def _sections(document: nodes.document) -> Iterator[tuple[nodes.strong, nodes.section]]:
    for strong in document.findall(nodes.strong):
        parent = strong.parent
        while parent is not None and not isinstance(parent, nodes.section):
            parent = parent.parent
        if parent is not None:
            yield strong, parent


def collect_terms(app: Sphinx, doctree: nodes.document) -> None:
    """Note the words in bold of a chapter that has just been read."""
    docname = app.env.docname
    if docname.startswith(CHAPTERS):
        _mentions(app.env)[docname] = [
            Mention(strong.astext(), section["ids"][0], section.next_node(nodes.title).astext())
            for strong, section in _sections(doctree)
        ]


def forget_terms(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what was noted of a page that is to be read again."""
    _mentions(env).pop(docname, None)


def merge_terms(
    app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment
) -> None:
    """Take over what another process has read."""
    _mentions(env).update(_mentions(other))


def glossaries(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages to write anew: the glossary lists what any chapter may have changed."""
    return sorted({page for page, _ in _terms(env).values()})


def _terms(env: BuildEnvironment) -> dict[str, tuple[str, str]]:
    """Return page and anchor of each of the glossary's words, in lower case."""
    objects = env.get_domain("std").get_objects()
    return {
        name.lower(): (page, anchor) for name, _, kind, page, anchor, _ in objects if kind == "term"
    }


def _find(terms: dict[str, Any], word: str) -> str | None:
    return next((form for form in spellings(word) if form in terms), None)


class LinkTerms(SphinxPostTransform):
    """Link bold words to the glossary, and the glossary's words to where they are explained."""

    default_priority = 900
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Do so for one page."""
        terms = _terms(self.env)
        docname = self.env.docname
        if docname.startswith(CHAPTERS):
            for strong, _ in _sections(self.document):
                if found := _find(terms, strong.astext()):
                    page, anchor = terms[found]
                    link = make_refnode(
                        self.app.builder, docname, page, anchor, list(strong.children)
                    )
                    link["classes"].append("glossary-link")
                    strong.children = []
                    strong += link
        elif any(page == docname for page, _ in terms.values()):
            self.list_places(terms)

    def list_places(self, terms: dict[str, tuple[str, str]]) -> None:
        """Add to each of the glossary's entries the sections that explain its word."""
        places: dict[str, dict[tuple[str, str], str]] = {}
        for page, mentions in sorted(_mentions(self.env).items()):
            for mention in mentions:
                if found := _find(terms, mention.word):
                    places.setdefault(found, {})[page, mention.anchor] = mention.heading
        for item in self.document.findall(nodes.definition_list_item):
            names = [term.astext().lower() for term in item.findall(nodes.term)]
            where = {key: text for name in names for key, text in places.get(name, {}).items()}
            definition = item.next_node(nodes.definition)
            if where and definition is not None:
                definition += self.line(where)

    def line(self, where: dict[tuple[str, str], str]) -> nodes.paragraph:
        """Return the line of links, such as "03 The formula · 04 Touch it"."""
        line = nodes.paragraph(classes=["glossary-places"])
        for (page, anchor), heading in where.items():
            if len(line):
                line += nodes.Text(" · ")
            chapter = page.removeprefix(CHAPTERS)[:2]
            label = nodes.inline("", f"{chapter} {heading}")
            line += make_refnode(self.app.builder, self.env.docname, page, anchor, label)
        return line

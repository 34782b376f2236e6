"""Make the built book light: style sheets without unused rules, icon fonts without unused icons."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path

from cnncourse._mathml import data_url, subset_font

# The theme's own sheets. The book's and the figures' are written by us and stay as they are.
THEME_SHEETS = (
    "styles/pydata-sphinx-theme.css",
    "styles/sphinx-book-theme.css",
    "basic.css",
    "mystnb.*.css",
    "sphinx-design.min.css",
    "copybutton.css",
)


# What the theme ships and no page of the book asks for.
UNUSED_FILES = (
    "locales",
    "images",
    "vendor",
    "scripts/fontawesome.js*",
    "scripts/bootstrap.js*",
    "*webpack-macros.html",
    "**/*.map",
)


def used_names(pages: Iterable[str], scripts: Iterable[str]) -> set[str]:
    """Collect every word that could be a class: those in pages, and all words of scripts.

    >>> sorted(used_names(['<p class="lead big">text</p>'], ['e.classList.add("is-open")']))
    ['add', 'big', 'classList', 'e', 'is-open', 'lead']
    """
    names: set[str] = set()
    for page in pages:
        for double, single in re.findall(r"""class=(?:"([^"]*)"|'([^']*)')""", page):
            names.update((double or single).split())
    for script in scripts:
        names.update(re.findall(r"[A-Za-z_][\w-]*", script))
    return names


def purge(stylesheet: str, names: set[str]) -> str:
    """Drop the selectors that ask for a class that nothing has, and the rules left without one.

    Only plain class selectors decide. A class inside ``:not(…)`` or ``:is(…)`` never does, nor do
    elements, ids, attributes and states: when in doubt the rule stays.

    >>> purge(".a, .b > p {color: red} @media print {.b {color: blue}} p:not(.b) {top: 0}", {"a"})
    '.a{color: red}p:not(.b) {top: 0}'
    """
    import tinycss2  # type: ignore[import-untyped]

    def prune(rules: list) -> str:
        kept: list[str] = []
        for rule in rules:
            if rule.type == "qualified-rule":
                selectors = [s for s in _split(rule.prelude) if _classes(s) <= names]
                if not selectors:
                    continue
                if len(selectors) == len(_split(rule.prelude)):
                    kept.append(rule.serialize())
                else:
                    head = ",".join(tinycss2.serialize(s).strip() for s in selectors)
                    kept.append(f"{head}{{{tinycss2.serialize(rule.content)}}}")
            elif rule.type == "at-rule" and rule.content and rule.lower_at_keyword in _NESTING:
                inner = prune(
                    tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
                )
                if inner:
                    head = tinycss2.serialize(rule.prelude).strip()
                    kept.append(f"@{rule.at_keyword} {head}{{{inner}}}")
            else:
                kept.append(rule.serialize())
        return "".join(kept)

    return prune(tinycss2.parse_stylesheet(stylesheet, skip_comments=True, skip_whitespace=True))


_NESTING = {"media", "supports", "layer", "container"}


def _split(prelude: list) -> list[list]:
    """Split a rule's prelude into its selectors at the commas outside brackets."""
    selectors: list[list] = [[]]
    for token in prelude:
        if token == ",":
            selectors.append([])
        else:
            selectors[-1].append(token)
    return selectors


def _classes(selector: list) -> set[str]:
    """Return the classes a selector asks for outside its functions."""
    return {
        following.value
        for token, following in pairwise(selector)
        if token == "." and following.type == "ident"
    }


def slim_icon_fonts(stylesheet: str, folder: Path) -> str:
    """Replace the sheet's icon fonts by data: URLs with only the icons it still mentions.

    Parameters
    ----------
    stylesheet
        CSS with ``@font-face`` rules of Font Awesome, already purged.
    folder
        Where the sheet lies: its URLs are relative to it.

    Returns
    -------
    str
        The sheet. It needs no font file any more, so the icons also show where a browser lets a
        page opened from a file read no other file.
    """
    icons = {chr(int(code, 16)) for code in re.findall(r"\\(f[0-9a-f]{3})\b", stylesheet)}
    icons |= {letter for letter in stylesheet if "\ue000" <= letter <= "\uf8ff"}

    def replace(match: re.Match[str]) -> str:
        face = match[0]
        url = re.search(r"""url\(["']?([^"')]+\.woff2)""", face)
        if url is None or "fontawesome" not in url[1]:
            return face
        font = subset_font(folder / url[1], "".join(sorted(icons)))
        return re.sub(r"src:[^;}]*", f'src:url({data_url(font)}) format("woff2")', face)

    return re.sub(r"@font-face\s*{[^}]*}", replace, stylesheet)


def slim(outdir: Path) -> dict[str, tuple[int, int]]:
    """Slim the theme's style sheets of a built book in place.

    Parameters
    ----------
    outdir
        The folder of built HTML, with ``_static`` in it.

    Returns
    -------
    dict
        Bytes before and after, for each style sheet.
    """
    static = outdir / "_static"
    # The fonts are read below and removed after; the rest must not lend its words to the sheets.
    for pattern in UNUSED_FILES:
        if pattern != "vendor":
            _remove(static, pattern)
    pages = (path.read_text(encoding="utf-8") for path in sorted(outdir.rglob("*.html")))
    scripts = (path.read_text(encoding="utf-8") for path in sorted(static.rglob("*.js")))
    names = used_names(pages, scripts)
    sizes = {}
    for pattern in THEME_SHEETS:
        for path in sorted(static.glob(pattern)):
            sheet = path.read_text(encoding="utf-8")
            # Comments that begin with an exclamation mark are license notices: they stay.
            notices = "".join(re.findall(r"/\*!.*?\*/", sheet, flags=re.DOTALL))
            slimmed = notices + slim_icon_fonts(purge(sheet, names), path.parent)
            path.write_text(slimmed, encoding="utf-8")
            sizes[path.relative_to(static).as_posix()] = (len(sheet), len(slimmed))
    _remove(static, "vendor")
    return sizes


def _remove(folder: Path, pattern: str) -> None:
    """Remove the files and folders that match."""
    for path in list(folder.glob(pattern)):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()

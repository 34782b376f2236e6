"""The map of the course: which chapter needs which, drawn from what the chapters say themselves.

The first cell of a chapter names its title, its time and what it builds on.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

LANE = 0.055  # how far apart parallel lines run, in cells


@dataclass(frozen=True)
class Chapter:
    """What the map needs to know of a chapter."""

    number: int
    title: str
    needs: tuple[int, ...]
    minutes: int
    docname: str

    @property
    def label(self) -> str:
        """The number as files and text write it."""
        return f"{self.number:02}"

    @property
    def time(self) -> str:
        """How long it takes, as the map writes it: a project in hours.

        Examples
        --------
        >>> Chapter(4, "Padding", (3,), 75, "04_padding").time
        '75 min'
        >>> Chapter(16, "Colorization", (15,), 510, "16_colorization").time
        '8.5 hours'
        """
        return f"{self.minutes} min" if self.minutes < 180 else f"{self.minutes / 60:.3g} hours"


def read_chapter(path: Path) -> Chapter:
    """Read a notebook's first cell.

    Parameters
    ----------
    path
        Such as ``notebooks/04_padding.ipynb``.

    Raises
    ------
    ValueError
        If the cell does not say the title, the time and what the chapter builds on.
    """
    cell = json.loads(path.read_text(encoding="utf-8"))["cells"][0]
    text = "".join(cell["source"])
    title = re.match(r"# (.+)", text)
    line = re.search(r"^\*Chapter (\d\d) · .*?(\d+) minutes.* · builds on (.+)\*$", text, re.M)
    if title is None or line is None:
        raise ValueError(
            f"{path.name}: the first cell needs a title and a line such as "
            "*Chapter 04 · 60 minutes · builds on convolution (03)*"
        )
    needs = tuple(int(number) for number in re.findall(r"\((\d\d)\)", line[3]))
    return Chapter(int(line[1]), title[1], needs, int(line[2]), f"notebooks/{path.stem}")


def read_course(folder: Path) -> dict[int, Chapter]:
    """Read all chapters of a folder.

    Raises
    ------
    ValueError
        If a chapter needs one that is not there.
    """
    chapters = {
        chapter.number: chapter
        for chapter in map(read_chapter, sorted(folder.glob("[0-9][0-9]_*.ipynb")))
    }
    for chapter in chapters.values():
        if unknown := set(chapter.needs) - set(chapters):
            raise ValueError(
                f"chapter {chapter.label} needs {sorted(unknown)}, which are not there"
            )
    return chapters


def all_needs(chapters: Mapping[int, Chapter], number: int) -> set[int]:
    """Return every chapter that comes before one, however far back.

    Examples
    --------
    >>> needs = {0: (), 1: (0,), 2: (1,)}
    >>> course = {n: Chapter(n, "A title", needs[n], 60, "a_page") for n in needs}
    >>> sorted(all_needs(course, 2))
    [0, 1]
    """
    before: set[int] = set()
    for need in chapters[number].needs:
        before |= {need} | all_needs(chapters, need)
    return before


def direct_needs(chapters: Mapping[int, Chapter], number: int) -> list[int]:
    """Return what a chapter needs, less what those chapters need themselves.

    Examples
    --------
    >>> needs = {0: (), 1: (0,), 2: (0, 1)}
    >>> course = {n: Chapter(n, "A title", needs[n], 60, "a_page") for n in needs}
    >>> direct_needs(course, 2)
    [1]
    """
    needs = chapters[number].needs
    implied = set().union(*(all_needs(chapters, need) for need in needs))
    return [need for need in needs if need not in implied]


def line(start: tuple[int, int], end: tuple[int, int], columns: int) -> str:
    """Return the SVG path from one cell's middle to another's, around the cells between.

    Parameters
    ----------
    start, end
        Row and column.
    columns
        How many the map has.

    Examples
    --------
    >>> line((0, 0), (0, 1), 3)
    'M0.5 0.5H1.5'
    >>> line((0, 1), (1, 0), 3)
    'M1.5 0.5V1H0.5V1.5'
    """
    (row, column), (last_row, last_column) = start, end
    shift = LANE * (column - (columns - 1) / 2)
    path = f"M{column + 0.5:g} {row + 0.5:g}"
    if row == last_row:
        return f"{path}H{last_column + 0.5:g}"
    path += f"V{row + 1 + shift:g}"
    if last_row > row + 1:
        beside = column + 1 if last_column > column or column < columns - 1 else column
        path += f"H{beside + shift:g}V{last_row + shift:g}"
    return f"{path}H{last_column + 0.5:g}V{last_row + 0.5:g}"


def draw(
    chapters: Mapping[int, Chapter],
    rows: Sequence[Iterable[int | None]],
    address: Callable[[str], str],
) -> str:
    """Return the map as HTML: a list of chapters in a grid, and lines behind them.

    Parameters
    ----------
    chapters
        By number.
    rows
        The numbers in each row of the map, from the left; None leaves a cell empty.
    address
        Turns a page's name into what links to it.

    Raises
    ------
    ValueError
        If `rows` does not show every chapter once.
    """
    places = {
        number: (row, column)
        for row, numbers in enumerate(rows)
        for column, number in enumerate(numbers)
        if number is not None
    }
    shown = sorted(number for numbers in rows for number in numbers if number is not None)
    if shown != sorted(chapters):
        raise ValueError(f"the map shows {shown}, the chapters are {sorted(chapters)}")
    columns = max(column for _, column in places.values()) + 1
    lines = "".join(
        f'<path data-from="{need:02}" data-to="{number:02}" '
        f'd="{line(places[need], places[number], columns)}"/>'
        for number in sorted(chapters)
        for need in direct_needs(chapters, number)
    )
    items = "\n".join(
        _item(chapters, number, places[number], address) for number in sorted(chapters)
    )
    return (
        f'<div class="course-map" style="--rows: {len(rows)}; --columns: {columns}">\n'
        f'<svg viewBox="0 0 {columns} {len(rows)}" preserveAspectRatio="none" aria-hidden="true">'
        f"{lines}</svg>\n<ol>\n{items}\n</ol>\n</div>\n"
    )


def _item(
    chapters: Mapping[int, Chapter],
    number: int,
    place: tuple[int, int],
    address: Callable[[str], str],
) -> str:
    chapter = chapters[number]
    title = html.escape(chapter.title)
    words = (
        f'<a href="{address(chapter.docname)}">'
        f'<span class="course-map-number">{chapter.label}</span> '
        f'<span class="course-map-title">{title}</span> '
        f'<span class="course-map-time">{chapter.time}</span></a>'
    )
    needs = ", ".join(chapters[need].label for need in direct_needs(chapters, number))
    after = f'<span class="visually-hidden">, after {needs}</span>' if needs else ""
    before = " ".join(chapters[need].label for need in sorted(all_needs(chapters, number)))
    row, column = place
    return (
        f'<li data-chapter="{chapter.label}" data-needs="{before}" '
        f'data-minutes="{chapter.minutes}" '
        f'style="grid-area: {row + 1} / {column + 1}">{words}{after}</li>'
    )

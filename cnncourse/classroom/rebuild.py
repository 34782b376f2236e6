"""A submission is rebuilt from the release before anything else looks at it.

Only two things are taken from what a student hands in: the text of the answers, and the cells that
the student added. Tests, locked cells, points, names, metadata and the kernel are the release's.
"""

from __future__ import annotations

import copy
import json
import re
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell
from nbgrader import utils

from cnncourse.classroom._outputs import safe_markdown

__all__ = ["rebuild"]

LARGEST_FILE = 20 << 20
"""Bytes of a submission."""

MOST_VALUES = 400_000
"""Commas and brackets in its JSON: each costs far more memory than its byte."""

MOST_TOKENS = 4_000_000
"""Strings and brackets of a text whose outputs are taken out."""

# A string that never ends is read to the end once, not once for every quote in it.
STRING = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
TOKEN = re.compile(rf"{STRING.pattern}|[\[\]{{}}]", re.DOTALL)
LIST = re.compile(r"\s*:\s*\[")
EMBEDDED = re.compile(r"data:image/[^\s)\"'>]*")
"""A picture in the text itself, as Colab puts it there."""

DEFINED = re.compile(r"^(?:(?:async\s+)?def|class)\s+(\w+)|^(\w+)\s*=", re.MULTILINE)

LONGEST_CELL = 200_000
LONGEST_NOTEBOOK = 2_000_000
MOST_CELLS = 1_000


@dataclass(frozen=True)
class Handed:
    """One cell of a submission: where it stands, and the little of it that is read."""

    place: int
    kind: str
    source: str
    name: str
    grade_id: str


def rebuild(raw: bytes, release: NotebookNode) -> tuple[NotebookNode, tuple[str, ...]]:
    """Return a notebook with the release's structure and the student's answers.

    An answer is known by the name that nbgrader gave its cell, or by the cell's own id. Of
    several copies, the one with the cell's own id counts, or else the last. Where a program that
    keeps neither saved the notebook, or cells were merged, an answer is the last cell that defines
    what it must. What is missing is put back, blank. Cells that a student added are kept as
    ungraded ones where they were.

    Parameters
    ----------
    raw : bytes
        The file that was handed in; anything at all.
    release : NotebookNode
        The assignment as it was handed out.

    Returns
    -------
    notebook : NotebookNode
        Ready to be graded.
    notes : tuple of str
        What was unusual, for the instructor.
    """
    notes: list[str] = []
    try:
        handed = _read(raw, notes)
    except _UnreadableError as problem:
        notes.append(f"unreadable notebook ({problem}): graded as blank")
        handed = []
    if len(handed) > MOST_CELLS:
        notes.append(f"{len(handed)} cells: only the first {MOST_CELLS} are kept")
        handed = handed[:MOST_CELLS]
    places, taken = _find(handed, release, notes)
    # Sorted by where it stands in the submission; at the same place, by where in the release.
    order: list[tuple[int, int, NotebookNode]] = []
    previous = -1
    for number, cell in enumerate(release.cells):
        found = places.get(number)
        made = copy.deepcopy(cell)
        if is_answer(cell):
            place = previous if found is None else found.place
            if found is None and handed:
                notes.append(f"answer {_grade_id(cell)} is missing: graded as blank")
        else:
            # What is checked must stand before what checks it, whatever the student moved.
            place = previous if found is None else max(found.place, previous)
        if found is not None and found.source != cell.source and may_change(cell):
            written = cell.cell_type != "code"
            made.source = safe_markdown(found.source) if written else found.source
        previous = place
        order.append((place, number, made))
    free = [each for each in handed if each.place not in taken]
    order += [(each.place, len(release.cells), _free(each)) for each in free]
    rebuilt = copy.deepcopy(release)
    rebuilt.cells = [cell for _, _, cell in sorted(order, key=lambda item: item[:2])]
    return rebuilt, tuple(notes)


def is_answer(cell: NotebookNode) -> bool:
    """Say whether students write in a cell of the release."""
    return bool(utils.is_solution(cell))


def may_change(cell: NotebookNode) -> bool:
    """Say whether what students write in a cell of the release is kept."""
    return is_answer(cell) or (cell.cell_type == "code" and "nbgrader" not in cell.metadata)


class _UnreadableError(ValueError):
    """Says why something is no notebook."""


def _read(raw: bytes, notes: list[str]) -> list[Handed]:
    """Read the cells of a submission, and nothing else of it."""
    if len(raw) > LARGEST_FILE:
        raise _UnreadableError(f"larger than {LARGEST_FILE >> 20} MiB")
    try:
        text = raw.decode(json.detect_encoding(raw))
        if _values(text) > MOST_VALUES:
            text = _without_outputs(text)
        if _values(text) > MOST_VALUES:
            raise _UnreadableError("too many values")
        parsed = json.loads(text)
    except _UnreadableError:
        raise
    except (ValueError, RecursionError) as problem:
        raise _UnreadableError(f"no JSON: {type(problem).__name__}") from None
    cells = parsed.get("cells") if isinstance(parsed, dict) else None
    if not isinstance(cells, list):
        raise _UnreadableError("it has no cells")
    handed, total = [], 0
    for place, cell in enumerate(cells):
        if not isinstance(cell, dict):
            continue
        kind = "code" if cell.get("cell_type") == "code" else "markdown"
        source = _source(cell.get("source"))
        if kind != "code":
            source = EMBEDDED.sub("", source)
        if len(source) > LONGEST_CELL:
            notes.append(f"cell {place + 1} is too long: left out")
            continue
        total += len(source)
        if total > LONGEST_NOTEBOOK:
            raise _UnreadableError("too long")
        metadata = cell.get("metadata")
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
        handed.append(Handed(place, kind, source, _name(cell.get("id")), _name(grade_id)))
    return handed


def _values(text: str) -> int:
    """Return about how many values a JSON text has; what stands in its strings is none."""
    values = sum(map(text.count, ",[{"))
    return values if values <= MOST_VALUES else sum(map(STRING.sub("", text).count, ",[{"))


def _without_outputs(text: str) -> str:
    """Return a notebook's text without what its cells put out, which can be a million lines."""
    if sum(map(text.count, '"[{')) > MOST_TOKENS:
        raise _UnreadableError("too many values")
    kept, start, depth, outputs = [], 0, 0, 0
    for token in TOKEN.finditer(text):
        letter = token[0][0]
        if letter in "[{":
            depth += 1
        elif letter in "]}":
            depth -= 1
            if outputs and depth == 3:
                start, outputs = token.start(), 0
        # A cell lies in a list, in the notebook.
        elif depth == 3 and token[0] == '"outputs"':
            found = LIST.match(text, token.end())
            if found is not None:
                kept.append(text[start : found.end()])
                outputs = found.end()
    return "".join([*kept, "" if outputs else text[start:]])


def _source(given: Any) -> str:
    if isinstance(given, list):
        given = "".join(line for line in given if isinstance(line, str))
    if not isinstance(given, str):
        return ""
    # Lone surrogates cannot be written to a file, and a null ends a text in some places.
    return given.encode("utf-8", "replace").decode().replace("\0", "")


def _name(given: Any) -> str:
    return given if isinstance(given, str) and len(given) < 200 else ""


def _grade_id(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _find(
    handed: list[Handed], release: NotebookNode, notes: list[str]
) -> tuple[dict[int, Handed], set[int]]:
    """Find the release's cells in a submission; return also the places that are accounted for.

    Copies of what students do not write are accounted for and dropped; a copy of an answer stays
    as an ungraded cell.
    """
    places: dict[int, Handed] = {}
    taken: set[int] = set()
    answers_first = sorted(enumerate(release.cells), key=lambda each: not is_answer(each[1]))
    ours = {cell.get("id") for cell in release.cells if is_answer(cell)}
    ours |= {_grade_id(cell) for cell in release.cells if is_answer(cell)}
    nobodys = [each for each in handed if not {each.name, each.grade_id} & (ours - {""})]
    for number, cell in answers_first:
        name, grade_id = str(cell.get("id", "")), _grade_id(cell)
        by_name = [each for each in handed if name and each.name == name]
        by_grade = [each for each in handed if grade_id and each.grade_id == grade_id]
        copies = [each for each in handed if each in by_name or each in by_grade]
        copies = [each for each in copies if each.place not in taken]
        if not copies and is_answer(cell) and cell.cell_type == "code":
            copies = [each for each in nobodys if _defines(each, cell) and each.place not in taken]
            if copies:
                notes.append(f"answer {grade_id} has lost its name: known by what it defines")
                copies = copies[-1:]
        if not copies:
            continue
        both = [each for each in copies if each in by_name and each in by_grade]
        own = [each for each in copies if each in by_name]
        chosen = (both or own or copies[-1:])[0]
        places[number] = chosen
        if is_answer(cell):
            taken.add(chosen.place)
            if len(copies) > 1:
                notes.append(f"{len(copies)} copies of answer {grade_id}: one is graded")
        elif grade_id:
            taken.update(each.place for each in copies)
            if len(copies) > 1:
                notes.append(f"{len(copies)} copies of cell {grade_id}: the release's is used")
        else:
            taken.add(chosen.place)
    return places, taken


def _defines(each: Handed, answer: NotebookNode) -> bool:
    """Say whether a cell defines something that an answer's stub defines."""
    wanted, found = (
        {name for names in DEFINED.findall(source) for name in names if name}
        for source in (answer.source, each.source)
    )
    return each.kind == "code" and bool(wanted & found)


def _free(each: Handed) -> NotebookNode:
    """Make an ungraded cell of what a student added."""
    if each.kind == "code":
        made = new_code_cell(each.source)
    else:
        made = new_markdown_cell(safe_markdown(each.source))
    made["id"] = f"added-{each.place}"
    return made

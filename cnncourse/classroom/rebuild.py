"""A submission is rebuilt from the release before anything else looks at it.

Only two things are taken from what a student hands in: the text of the answers, and the cells that
the student added. Tests, locked cells, points, names, metadata and the kernel are the release's.
"""

from __future__ import annotations

import copy
import json
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
    several copies, the one with the cell's own id counts, or else the last. What is missing is put
    back, blank. Cells that a student added are kept as ungraded ones where they were.

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
        handed = _read(raw)
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


def _read(raw: bytes) -> list[Handed]:
    """Read the cells of a submission, and nothing else of it."""
    if len(raw) > LARGEST_FILE:
        raise _UnreadableError(f"larger than {LARGEST_FILE >> 20} MiB")
    if sum(map(raw.count, (b",", b"[", b"{"))) > MOST_VALUES:
        raise _UnreadableError("too many values")
    try:
        parsed = json.loads(raw.decode(json.detect_encoding(raw)))
    except (ValueError, RecursionError) as problem:
        raise _UnreadableError(f"no JSON: {type(problem).__name__}") from None
    cells = parsed.get("cells") if isinstance(parsed, dict) else None
    if not isinstance(cells, list):
        raise _UnreadableError("it has no cells")
    handed, total = [], 0
    for place, cell in enumerate(cells):
        if not isinstance(cell, dict):
            continue
        source = _source(cell.get("source"))
        total += len(source)
        if total > LONGEST_NOTEBOOK:
            raise _UnreadableError("too long")
        metadata = cell.get("metadata")
        nbgrader = metadata.get("nbgrader") if isinstance(metadata, dict) else None
        kind = "code" if cell.get("cell_type") == "code" else "markdown"
        grade_id = nbgrader.get("grade_id") if isinstance(nbgrader, dict) else None
        handed.append(Handed(place, kind, source, _name(cell.get("id")), _name(grade_id)))
    return handed


def _source(given: Any) -> str:
    if isinstance(given, list):
        given = "".join(line for line in given if isinstance(line, str))
    if not isinstance(given, str):
        return ""
    if len(given) > LONGEST_CELL:
        raise _UnreadableError("a cell is too long")
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
    for number, cell in answers_first:
        name, grade_id = str(cell.get("id", "")), _grade_id(cell)
        by_name = [each for each in handed if name and each.name == name]
        by_grade = [each for each in handed if grade_id and each.grade_id == grade_id]
        copies = [each for each in handed if each in by_name or each in by_grade]
        copies = [each for each in copies if each.place not in taken]
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


def _free(each: Handed) -> NotebookNode:
    """Make an ungraded cell of what a student added."""
    if each.kind == "code":
        made = new_code_cell(each.source)
    else:
        made = new_markdown_cell(safe_markdown(each.source))
    made["id"] = f"added-{each.place}"
    return made

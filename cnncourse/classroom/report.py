"""What a class got wrong: points, misconceptions by name, and a typical wrong answer to each.

The report names no student. Answers are shown without comments, without texts, long numbers and
names of their own, and of several answers that make a mistake the one is shown that most students
wrote. Points that a person gives come from the gradebook.
"""

from __future__ import annotations

import ast
import builtins
import csv
import functools
import io
import json
import keyword
import math
import re
import statistics
import unicodedata
import warnings
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnncourse.classroom.variants import ASSIGNMENTS, families
from cnncourse.exercises._rendering import html_inline, html_paragraphs, number

__all__ = ["Question", "Reason", "Report", "anonymous", "summarize", "to_csv", "to_html", "write"]

REASONS = {
    "not-run": "Nothing could be checked: the answer is missing, or running it raised an error.",
    "empty-stub": "The stub was left empty.",
    "left-as-it-is": "The given code was left as it is.",
    "nothing-returned": "On some inputs nothing comes back.",
    "raised": "On some inputs it stops with an error.",
    "time-up": "It does not come to an end in time.",
    "not-a-function": "The name holds something that is not a function.",
    "wrong-arguments": "The function takes another number of arguments.",
    "not-a-matrix": "The answer is not a matrix of the right size.",
    "not-numbers": "What comes back are not numbers.",
    "not-a-number": "Values are not a number (nan) or not finite.",
    "complex": "The values are complex numbers.",
    "unreadable": "The answer could not be looked at.",
    "wrong-shape": "The shape of what comes back is not right.",
    "wrong-value": "The value is not right, in no way that is known.",
    "wrong-values": "The shape is right; the values differ, in no way that is known.",
    "some-values-differ": "Some values differ, in no way that is known.",
    "height-and-width-exchanged": "Height and width of the output are exchanged.",
    "wrong-sign": "All values have the other sign.",
    "constant-factor": "All values are off by the same factor.",
    "constant-offset": "All values are off by the same amount.",
    "border-differs": "The inside is right, the border is not.",
    "wrong-response": "The matrix responds to some pictures in another way.",
    "changes-its-input": "The values are right, but the caller's array is changed.",
    "solves-another-variant": "It solves another variant of this task.",
    "solves-a-published-exercise": "It is a right answer to an exercise of the book.",
}
"""What is said to instructors about the reasons that are no misconceptions."""

LONGEST_PROBLEM = 300
"""Letters of why a notebook could not be graded."""

SHARED = 3
"""A name in an answer that no text of the course has is shown if so many students write it."""

LONGEST_NUMBER = 5
"""Digits of a number in an answer; longer ones may be students'."""

LONGEST_ANSWER = 40
"""Lines of a typical answer that are shown."""

MOST_BARS = 12
"""The points of all questions together are shown in about so many steps."""


@dataclass(frozen=True)
class Reason:
    """Why answers to a question got less than all points, and how many.

    Attributes
    ----------
    name : str
        The misconception's stable name, or a general reason such as "raised".
    misconception : bool
        Whether it is the name of one of the task's misconceptions.
    count : int
        Students whose answer shows it.
    share : float
        The same, of all students who handed in.
    explanation : str
        The hint that these students read, or what a general reason means.
    answer : str
        A typical answer, made anonymous; empty if there is none to show.
    alike : int
        How many students wrote this answer, names of variables aside.
    """

    name: str
    misconception: bool
    count: int
    share: float
    explanation: str
    answer: str = ""
    alike: int = 0


@dataclass(frozen=True)
class Question:
    """How a class did in one question.

    Attributes
    ----------
    name : str
        As the gradebook has it, in kebab-case.
    title, skills, prompt : str
        What the students read above it, what it examines, and the task; empty if not known.
    possible : float
        Points to be had.
    by_hand : bool
        Whether a person grades it.
    scores : tuple of float
        Each student's points; of a question that a person grades, as far as they are given.
    waiting : int
        Students to whom a person has still to give points.
    examples : int or None
        How many students got the point of the examples that they could see.
    reasons : tuple of Reason
        The misconceptions, the most frequent one first, then what is no misconception.
    """

    name: str
    title: str
    skills: str
    prompt: str
    possible: float
    by_hand: bool
    scores: tuple[float, ...]
    examples: int | None
    reasons: tuple[Reason, ...]
    waiting: int = 0

    @property
    def mean(self) -> float:
        """The average of the points."""
        return statistics.fmean(self.scores) if self.scores else 0.0

    @property
    def outcomes(self) -> tuple[int, int, int]:
        """How many students got all points, some of them, and none."""
        everything = sum(score >= self.possible for score in self.scores)
        nothing = sum(score <= 0 for score in self.scores)
        return everything, len(self.scores) - everything - nothing, nothing

    @property
    def distribution(self) -> list[tuple[str, int]]:
        """How many students got how many points: what occurs, and always all and none."""
        counts = Counter({self.possible: 0, 0.0: 0})
        counts.update(self.scores)
        return [(number(points), counts[points]) for points in sorted(counts, reverse=True)]


@dataclass(frozen=True)
class Report:
    """What is known about a class and one assignment.

    Attributes
    ----------
    assignment, title : str
        Its name, and what the students read at its head.
    totals : tuple of float
        Each student's points in all questions that are graded automatically.
    possible : float
        Points to be had in these.
    ungraded : tuple of (str, int)
        Why notebooks could not be graded, and how many for each reason.
    questions : tuple of Question
        In the order of the notebook.
    """

    assignment: str
    title: str
    totals: tuple[float, ...]
    possible: float
    ungraded: tuple[tuple[str, int], ...]
    questions: tuple[Question, ...]

    @property
    def students(self) -> int:
        """How many students' notebooks the report is about."""
        return len(self.totals)

    @property
    def mean(self) -> float:
        """The average of the students' points."""
        return statistics.fmean(self.totals) if self.totals else 0.0

    @property
    def median(self) -> float:
        """What half of the students have, or more."""
        return statistics.median_high(self.totals) if self.totals else 0.0

    @property
    def distribution(self) -> list[tuple[str, int]]:
        """How many students got how many points in all, in about `MOST_BARS` steps."""
        step = max(1, math.ceil(self.possible / MOST_BARS))
        top = math.ceil(self.possible / step) * step
        counts = Counter(min(int(total // step) * step, top) for total in self.totals)
        rows = []
        for start in range(top, -1, -step):
            last = min(start + step - 0.5, self.possible)
            label = number(start) if last <= start else f"{number(start)} – {number(last)}"
            if start < self.possible or start == self.possible:
                rows.append((label, counts[start]))
        return rows

    @property
    def to_talk_about(self) -> list[tuple[Question, Reason]]:
        """The three most frequent misconceptions of all questions."""
        found = [
            (question, reason)
            for question in self.questions
            for reason in question.reasons
            if reason.misconception
        ]
        return sorted(found, key=lambda pair: -pair[1].count)[:3]


def write(course: Path, assignment: str) -> list[Path]:
    """Write the report on an assignment from the results that grading left in a course's folder.

    Parameters
    ----------
    course : Path
        The course's folder; the results are in its `grading/ASSIGNMENT`.
    assignment : str
        Its name there.

    Returns
    -------
    list of Path
        `reports/ASSIGNMENT.html` and `reports/ASSIGNMENT.csv` in the course's folder. What was
        there is replaced.

    Raises
    ------
    ValueError
        If the course has no such assignment.
    """
    course = Path(course)
    graded, source = course / "grading" / assignment, course / "source" / assignment
    if not graded.is_dir() and not source.is_dir():
        there = sorted(path.name for path in (course / "source").glob("*") if path.is_dir())
        raise ValueError(
            f"report: no assignment {assignment!r} in {course}; "
            f"there {'are ' + ', '.join(there) if there else 'is none'}"
        )
    from cnncourse.classroom.gradebook import given_by_hand

    report = summarize(
        assignment,
        _results(graded, course / "submitted"),
        _notebook(source / f"{assignment}.ipynb"),
        given_by_hand(course, assignment),
    )
    folder = course / "reports"
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for ending, text in (("html", to_html(report)), ("csv", to_csv(report))):
        path = folder / f"{assignment}.{ending}"
        # Spreadsheets read a CSV file as UTF-8 only if it begins with a byte order mark.
        path.write_text(text, encoding="utf-8-sig" if ending == "csv" else "utf-8", newline="")
        paths.append(path)
    return paths


def _results(folder: Path, submitted: Path) -> list[dict[str, Any]]:
    """Read the results of all who handed in; one that cannot be read counts as not graded."""
    results = []
    for path in sorted(folder.glob("*.json")):
        # Whose folder was taken away or renamed would be counted a second time.
        if submitted.is_dir() and not (submitted / path.stem / folder.name).is_dir():
            continue
        try:
            result = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            result = None
        if not _is_result(result, path.stem):
            result = {"ok": False, "problem": "The result's file cannot be read: grade again."}
        results.append(result)
    return results


def _is_result(result: Any, student: str) -> bool:
    """Say whether a file holds what grading writes, and of the student that it is called after."""
    if not isinstance(result, dict):
        return False
    scores, possible, findings = (result.get(name) for name in ("scores", "possible", "findings"))
    if not (isinstance(scores, dict) and isinstance(possible, dict) and isinstance(findings, dict)):
        return False
    whose = unicodedata.normalize("NFC", str(result.get("student")))
    return (
        whose == unicodedata.normalize("NFC", student)
        and all(score is None or _is_number(score) for score in scores.values())
        and all(map(_is_number, possible.values()))
        and all(
            isinstance(each, dict) and {"reason", "misconception", "message"} <= set(each)
            for each in findings.values()
        )
    )


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)


def _notebook(path: Path) -> Mapping[str, Any]:
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        found = {}
    return found


def summarize(
    assignment: str,
    results: Iterable[Mapping[str, Any]],
    source: Mapping[str, Any] | None = None,
    given: Mapping[str, Mapping[str, float | None]] | None = None,
) -> Report:
    r"""Count what a class's results say.

    Parameters
    ----------
    assignment : str
        Its name.
    results : iterable of mapping
        Of each student, as :class:`~cnncourse.classroom.grading.Graded` writes it: "student",
        "ok", "problem", "scores" and "possible" by the name of the graded cell, "findings" by the
        name of the question.
    source : mapping, optional
        The instructor's notebook as JSON, for the order, the titles and the tasks.
    given : mapping, optional
        What a person gave, from a student to the points of graded cells; None where they are
        missing. As :func:`~cnncourse.classroom.gradebook.given_by_hand` returns it.

    Examples
    --------
    >>> finding = {"reason": "pads-once", "misconception": True, "message": "You pad once.",
    ...            "answer": "def size(n):  # by Ada\n    return n + 1"}
    >>> report = summarize("padding", [{
    ...     "student": "ada", "ok": True, "scores": {"size-examples": 1, "size-tests": 0},
    ...     "possible": {"size-examples": 1, "size-tests": 2}, "findings": {"size": finding}}])
    >>> question, = report.questions
    >>> question.mean, question.reasons[0].count
    (1.0, 1)
    >>> print(question.reasons[0].answer)
    def size(n):
        return n + 1
    """
    results = list(results)
    graded = [result for result in results if result.get("ok")]
    problems = Counter(_problem(result) for result in results if not result.get("ok"))
    cells = (source or {}).get("cells") or []
    texts = {cell["id"]: _text(cell) for cell in cells if "id" in cell}
    known = frozenset().union(*(_strings(_text(cell)) for cell in cells))
    skills = _skills(assignment)
    marked = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    possible = {each["grade_id"]: float(each["points"]) for each in marked if each.get("grade")}
    by_hand = {each["grade_id"] for each in marked if each.get("grade") and each.get("solution")}
    for result in graded:
        by_hand.update(cell for cell, score in result["scores"].items() if score is None)
        possible.update(result["possible"])
    names = dict.fromkeys(_question(cell) for cell in _in_order(possible, list(texts)))
    known |= _vocabulary([*texts.values(), *names], graded)
    questions = tuple(
        _summary(
            name,
            texts.get(f"{name}-task", ""),
            anonymous(texts.get(f"{name}-answer", "").partition("### BEGIN SOLUTION")[0]),
            skills.get(name, ""),
            {cell: points for cell, points in possible.items() if _question(cell) == name},
            not by_hand.isdisjoint(cell for cell in possible if _question(cell) == name),
            graded,
            known,
            given or {},
        )
        for name in names
    )
    automatic = [question for question in questions if not question.by_hand]
    title = re.match(r"#\s*([^:\n]+)", texts.get("start", ""))
    return Report(
        assignment,
        title[1].strip() if title else assignment.replace("_", " ").capitalize(),
        tuple(
            math.fsum(question.scores[place] for question in automatic)
            for place in range(len(graded))
        ),
        math.fsum(question.possible for question in automatic),
        tuple(sorted(problems.items(), key=lambda pair: (-pair[1], pair[0]))),
        questions,
    )


def _problem(result: Mapping[str, Any]) -> str:
    """Say why a notebook could not be graded, without its student's name."""
    # Before the last line stands what nbgrader logged; and each has folders and numbers of its own.
    lines = str(result.get("problem") or "No reason is known.").strip().splitlines()
    problem = re.sub(
        r"\w*://\S+|(?<![\w<])/[\w.~-]+(?:/\S*)?|\b\w*[0-9a-f-]{16,}\b", "…", lines[-1]
    )
    student = str(result.get("student") or "")
    if student:
        problem = re.sub(rf"(?<!\w){re.escape(student)}(?!\w)", "…", problem)
    return problem[:LONGEST_PROBLEM]


def _text(cell: Mapping[str, Any]) -> str:
    text = cell.get("source", "")
    return text if isinstance(text, str) else "".join(text)


def _question(cell: str) -> str:
    """Return the name of the question that a graded cell belongs to.

    >>> _question("same-size-tests"), _question("my-own-cell")
    ('same-size', 'my-own-cell')
    """
    return re.sub(r"-(examples|tests|answer)$", "", cell)


def _in_order(names: Iterable[str], order: Sequence[str]) -> list[str]:
    """Sort cells as the notebook has them; those that it does not have come last."""
    places = {name: place for place, name in enumerate(order)}
    return sorted(names, key=lambda name: places.get(name, len(places)))


def _skills(assignment: str) -> dict[str, str]:
    """Return what the questions examine, where the assignment is one of the course's."""
    if assignment not in ASSIGNMENTS:
        return {}
    return {family.name.replace("_", "-"): family.skills for family in families(assignment)}


def _summary(
    name: str,
    task: str,
    stub: str,
    skills: str,
    possible: Mapping[str, float],
    by_hand: bool,
    graded: Sequence[Mapping[str, Any]],
    known: frozenset[str],
    given: Mapping[str, Mapping[str, float | None]],
) -> Question:
    everything = math.fsum(possible.values())
    waiting = 0
    scores = [math.fsum(result["scores"].get(cell) or 0 for cell in possible) for result in graded]
    wrong = [
        (result, _finding(result, name, stub))
        for result, score in zip(graded, scores, strict=True)
        if score < everything
    ]
    if by_hand:
        points = [
            _given(result, possible, given.get(str(result["student"]), {})) for result in graded
        ]
        scores = [each for each in points if each is not None]
        waiting = len(points) - len(scores)
    visible = f"{name}-examples"
    heading = re.match(r"#+\s*(?:Question \d+:\s*)?(.+)", task)
    return Question(
        name=name,
        title=heading[1].strip() if heading else name.replace("-", " ").capitalize(),
        skills=skills,
        prompt=re.sub(r"^#.*\n+(\*.*\*\n+)?", "", task).strip(),
        possible=everything,
        by_hand=by_hand,
        scores=tuple(scores),
        examples=sum((result["scores"].get(visible) or 0) >= possible[visible] for result in graded)
        if visible in possible
        else None,
        reasons=() if by_hand else _reasons(wrong, len(graded), known),
        waiting=waiting,
    )


def _given(
    result: Mapping[str, Any], cells: Iterable[str], given: Mapping[str, float | None]
) -> float | None:
    """Return a student's points in a question that a person grades, None as long as one lacks."""
    points = [given.get(cell, result["scores"].get(cell)) for cell in cells]
    return None if None in points else math.fsum(each for each in points if each is not None)


def _finding(result: Mapping[str, Any], question: str, stub: str) -> Mapping[str, Any]:
    findings = result.get("findings") or {}
    found = findings.get(question.replace("-", "_")) or findings.get(question)
    if not found:
        return {"reason": "not-run", "misconception": False, "message": "", "answer": ""}
    # From outside, a stub that was never touched looks like any function that returns nothing.
    if found["reason"] == "nothing-returned" and stub and anonymous(found["answer"]) == stub:
        return {**found, "reason": "empty-stub"}
    return found


def _reasons(
    wrong: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]],
    students: int,
    known: frozenset[str],
) -> tuple[Reason, ...]:
    groups: dict[tuple[str, bool], list[tuple[Mapping[str, Any], Mapping[str, Any]]]]
    groups = defaultdict(list)
    for result, finding in wrong:
        if finding["reason"] != "passed":
            # Who leaves the given code as it is has not shown a misconception.
            named = bool(finding["misconception"]) and finding["reason"] != "left-as-it-is"
            groups[finding["reason"], named].append((result, finding))
    reasons = []
    for (name, misconception), members in groups.items():
        messages = Counter(str(finding["message"]) for _, finding in members)
        said = messages.most_common(1)[0][0] if misconception else REASONS.get(name, "")
        answer, alike = _typical(
            [
                (str(finding.get("answer", "")), str(result["student"]))
                for result, finding in members
            ],
            known,
        )
        count = len(members)
        shown = name not in ("empty-stub", "left-as-it-is", "not-run")
        reasons.append(
            Reason(
                name,
                misconception,
                count,
                count / students,
                said or f"{name.replace('-', ' ').capitalize()}.",
                answer if shown else "",
                alike if shown else 0,
            )
        )
    return tuple(sorted(reasons, key=lambda each: (not each.misconception, -each.count, each.name)))


def _typical(answers: Sequence[tuple[str, str]], known: frozenset[str]) -> tuple[str, int]:
    """Return the answer that most students gave, the shortest of several, and how many gave it."""
    groups: dict[str, list[str]] = defaultdict(list)
    for source, student in answers:
        text = anonymous(source, known)
        if text and (len(student) < 3 or student.lower() not in text.lower()):
            groups[_same_names(text)].append(text)
    if not groups:
        return "", 0
    most = max(
        groups.values(),
        key=lambda group: (len(group), -min(len(text) for text in group)),
    )
    lines = _unnamed(min(most, key=lambda text: (len(text), text)), known).splitlines()
    if len(lines) > LONGEST_ANSWER:
        lines = [*lines[:LONGEST_ANSWER], "# …"]
    return "\n".join(lines), len(most)


def anonymous(source: str, known: frozenset[str] = frozenset()) -> str:
    r"""Return code without comments, and without texts that are not in `known`.

    Returns
    -------
    str
        Empty if the source is no Python, so that nothing can be said about what is in it.

    Examples
    --------
    >>> print(anonymous('def f(x):  # Ada, group 3\n    "Ada was here."\n    print("hi")\n'))
    def f(x):
        print('…')
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = _Anonymous(known).visit(ast.parse(source))
            return ast.unparse(ast.fix_missing_locations(tree))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


class _Anonymous(ast.NodeTransformer):
    """Takes texts out: those that stand alone, docstrings, and those that are not known."""

    def __init__(self, known: frozenset[str]) -> None:
        self.known = known

    def visit_Expr(self, node: ast.Expr) -> ast.AST | None:
        alone = isinstance(node.value, ast.Constant | ast.JoinedStr)
        if alone and not (isinstance(node.value, ast.Constant) and node.value.value is ...):
            return None
        return self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, str | bytes) and node.value not in self.known:
            return ast.Constant("…")
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = node.body or [ast.Expr(ast.Constant(...))]
        return node


def _vocabulary(texts: Iterable[str], graded: Sequence[Mapping[str, Any]]) -> frozenset[str]:
    """Return the words that say nothing about who uses them: the course's, and those of several."""
    words = {word for text in texts for word in _words(text)}
    written = Counter(
        word
        for result in graded
        for word in set().union(
            *(
                _words(str(each.get("answer", "")))
                for each in (result.get("findings") or {}).values()
            )
        )
    )
    return frozenset(words | {word for word, count in written.items() if count >= SHARED})


def _words(text: str) -> set[str]:
    return set(re.findall(r"[^\W\d_]+", text.lower()))


def _unnamed(source: str, known: frozenset[str]) -> str:
    r"""Return code without names of a student's own, and without long numbers.

    A name stays if each of its words is in `known`, Python's, NumPy's, or has one or two letters.

    Examples
    --------
    >>> source = "def size(n):\n    ada_total = n + 4711081 + np.sum(n)\n    return ada_total"
    >>> print(_unnamed(source, frozenset({"size", "total"})))
    def size(n):
        name1 = n + … + np.sum(n)
        return name1
    """
    renamed: dict[str, str] = {}

    def shown(name: str) -> str:
        own = [word for word in _words(name) if len(word) > 2 and word not in known | _usual()]
        digits = re.search(rf"\d{{{LONGEST_NUMBER + 1}}}", name)
        return renamed.setdefault(name, f"name{len(renamed) + 1}") if own or digits else name

    tree = ast.parse(source)
    for node in ast.walk(tree):
        for field, value in ast.iter_fields(node):
            if isinstance(node, ast.Constant):
                continue
            if isinstance(value, str):
                setattr(node, field, ".".join(shown(part) for part in value.split(".")))
            elif isinstance(value, list) and value and all(isinstance(each, str) for each in value):
                setattr(node, field, [shown(each) for each in value])
    return ast.unparse(ast.fix_missing_locations(_ShortNumbers().visit(tree)))


@functools.cache
def _usual() -> frozenset[str]:
    """Return the words in the names of Python and NumPy."""
    import numpy

    names = (*dir(builtins), *dir(numpy), *dir(numpy.ndarray), *keyword.kwlist)
    return frozenset(word for name in names for word in _words(name))


class _ShortNumbers(ast.NodeTransformer):
    """Takes long numbers out: they may be a student's."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        is_number = isinstance(node.value, int | float | complex)
        digits = re.sub(r"\D", "", repr(node.value).partition("e")[0]).strip("0")
        return ast.Name("…") if is_number and len(digits) > LONGEST_NUMBER else node


def _strings(source: str) -> frozenset[str]:
    """Return the texts in a cell's code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nodes = list(ast.walk(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return frozenset()
    return frozenset(
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


def _same_names(source: str) -> str:
    r"""Return code in which variables are numbered: what they are called does not matter.

    >>> _same_names("def f(size):\n    n = size\n    return n")
    'def f(v0):\n    v1 = v0\n    return v1'
    """
    tree = ast.parse(source)
    bound = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)} | {
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    renamed: dict[str, str] = {}

    class Rename(ast.NodeTransformer):
        def visit_arg(self, node: ast.arg) -> ast.AST:
            node.arg = renamed.setdefault(node.arg, f"v{len(renamed)}")
            return node

        def visit_Name(self, node: ast.Name) -> ast.AST:
            if node.id in bound:
                node.id = renamed.setdefault(node.id, f"v{len(renamed)}")
            return node

    return ast.unparse(Rename().visit(tree))


def to_csv(report: Report) -> str:
    """Return the report as a table: a row for each number of points and for each reason.

    The columns are question, possible (points), kind ("points", "misconception" or "reason"), name
    (the points, "not yet graded", or the reason), students, share, explanation and answer.
    """
    rows: list[Sequence[object]] = [
        ("question", "possible", "kind", "name", "students", "share", "explanation", "answer")
    ]
    for question in report.questions:
        about = (question.name, number(question.possible))
        students = max(report.students, 1)
        counts = question.distribution if question.scores or not question.by_hand else []
        if question.waiting:
            counts.append(("not yet graded", question.waiting))
        rows += [
            (*about, "points", points, count, f"{count / students:.4f}", "", "")
            for points, count in counts
        ]
        for reason in question.reasons:
            kind = "misconception" if reason.misconception else "reason"
            counted = (reason.count, f"{reason.share:.4f}")
            said = (reason.explanation, reason.answer)
            name, *texts = map(_no_formula, (reason.name, *said))
            rows.append((*about, kind, name, *counted, *texts))
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _no_formula(text: str) -> str:
    """Keep a spreadsheet from computing with what a student wrote."""
    return f"'{text}" if text[:1] in tuple("=+-@\t\r\n＝＋－＠") else text


def to_html(report: Report) -> str:
    """Return the report as one page that needs nothing else: no script, no other file."""
    # Installed with nbgrader; counting needs neither.
    import jinja2
    from markupsafe import Markup

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("cnncourse.classroom", "."),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters.update(
        inline=lambda text: Markup(html_inline(text)),
        paragraphs=lambda text: Markup(html_paragraphs(text)),
        number=number,
        tenths=lambda value: f"{value:.1f}",
        percent=percent,
        people=people,
    )
    return environment.get_template("report.html").render(report=report)


def percent(share: float) -> str:
    """Write a share in percent; what is not zero does not read as zero, nor what is not all as all.

    Examples
    --------
    >>> percent(0.314), percent(0.001), percent(0.999), percent(1.0)
    ('31%', 'under 1%', 'over 99%', '100%')
    """
    if 0 < share < 0.01:
        return "under 1%"
    if 0.99 < share < 1:
        return "over 99%"
    return f"{share:.0%}"


def people(count: int) -> str:
    """Count students in words.

    Examples
    --------
    >>> people(1), people(1000)
    ('1 student', '1,000 students')
    """
    return f"{count:,} student{'' if count == 1 else 's'}"

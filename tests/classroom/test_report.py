"""The report on a class: what it counts, whom it does not name, and how its page reads."""

from __future__ import annotations

import ast
import csv
import io
import json
import re
from pathlib import Path

import nbformat
import pytest
from browser import axe, block_network, watch_console

from cnncourse.classroom.assignments import notebook
from cnncourse.classroom.marking import mark_answer
from cnncourse.classroom.report import anonymous, people, percent, summarize, to_csv, to_html, write
from cnncourse.classroom.variants import ASSIGNMENTS, families
from cnncourse.exercises._given import function_from

ADA = "def size(n):  # by Ada Lovelace\n    'Ada was here'\n    total = n + 1\n    return total\n"
GRACE = "def size(m):\n    s = m + 1\n    return s  # G. Hopper\n"
OTHER = "def size(n):\n    return 1 + n\n"


def finding(reason="pads-once", misconception=True, message="You pad `once`.", answer=OTHER):
    return {
        "question": "the_size",
        "points": 0.0,
        "possible": 2,
        "reason": reason,
        "misconception": misconception,
        "message": message,
        "answer": answer,
    }


def result(student, points, found=None, examples=1, problem=""):
    """One student's result as grading writes it: a question of 1 + 2 points."""
    return {
        "student": student,
        "assignment": "padding",
        "ok": not problem,
        "problem": problem,
        "notes": [],
        "scores": {} if problem else {"the-size-examples": examples, "the-size-tests": points},
        "possible": {"the-size-examples": 1, "the-size-tests": 2},
        "findings": {} if found is None else {"the_size": found},
        "seconds": 1.0,
    }


CLASS = [
    result("ada", 0, finding(answer=ADA)),
    result("grace", 0.5, finding(answer=GRACE)),
    result("emmy", 0, finding(answer=OTHER), examples=0),
    result("sofia", 0, finding("raised", False, "It stopped with Sofia.", "def size(n):\n    1/0")),
    result("mary", 0, None, examples=0),
    result("joan", 2, finding("passed", False, "Right.")),
    result("karen", 0, None, problem="It had not finished after 60 seconds."),
    result("mallory", 0, None, problem="It had not finished after 60 seconds."),
    result("radia", 0, None, problem="The notebook of radia holds no JSON."),
]


def test_points_and_reasons_are_counted():
    report = summarize("padding", CLASS)
    (question,) = report.questions
    assert report.students == 6
    assert report.ungraded == (
        ("It had not finished after 60 seconds.", 2),
        ("The notebook of … holds no JSON.", 1),
    )
    assert question.scores == (1, 1.5, 0, 1, 0, 3)
    assert question.possible == report.possible == 3
    assert question.outcomes == (1, 3, 2)
    assert question.examples == 4
    assert question.distribution == [("3", 1), ("1.5", 1), ("1", 2), ("0", 2)]
    counted = [(each.name, each.misconception, each.count) for each in question.reasons]
    assert counted == [("pads-once", True, 3), ("not-run", False, 1), ("raised", False, 1)]
    assert question.reasons[0].share == 0.5
    assert question.reasons[0].explanation == "You pad `once`."
    assert sum(count for _, count in report.distribution) == 6


def test_the_answer_that_most_students_wrote_is_shown():
    """Ada's and Grace's answers differ in names, comments and texts only."""
    reason = summarize("padding", CLASS).questions[0].reasons[0]
    assert reason.alike == 2
    assert reason.answer == "def size(m):\n    s = m + 1\n    return s"


def test_nobody_is_named():
    report = summarize("padding", CLASS)
    for text in (to_html(report), to_csv(report)):
        for name in ("ada", "grace", "emmy", "sofia", "mary", "joan", "karen", "mallory", "radia"):
            assert not re.search(rf"\b{name}", text.lower()), name
        for name in ("lovelace", "hopper", "was here"):
            assert name not in text.lower()


def test_an_answer_with_its_writers_name_in_it_is_not_shown():
    report = summarize(
        "padding", [result("ada", 0, finding(answer="def size(n):\n    return ada"))]
    )
    assert report.questions[0].reasons[0].answer == ""


@pytest.mark.parametrize(
    "source",
    [
        "def f(:",
        "%time f(1)",
        "x = " + "-" * 3000 + "1",
        "x = " + "(" * 1500 + ")" * 1500,
        "x" + ".a" * 1900,
        "x = " + "9" * 3990,
        "\x00",
        "a = '\\d'\n" * 2,
    ],
)
def test_answers_that_no_parser_likes_do_no_harm(source):
    report = summarize("padding", [result("ada", 0, finding(answer=source))])
    assert isinstance(report.questions[0].reasons[0].answer, str)


def test_texts_of_the_task_stay_in_an_answer():
    assert anonymous("pad(x, 'edge', 'Ada')", frozenset({"edge"})) == "pad(x, 'edge', '…')"
    assert "Ada" not in anonymous("print(f'Ada {x} and', b'Ada')")
    assert anonymous("def f(x):\n    'only this'") == "def f(x):\n    ..."


def test_names_and_numbers_of_a_students_own_are_not_shown():
    answer = (
        "from lovelace import ada as countess\n"
        "def size(n, *, ada_lovelace=20271234):\n"
        "    global Ada\n"
        "    def lovelace(ада): return ада.hopper\n"
        "    try: s1234567 = np.pad(n, 100000) + 12.5 + 1234.56789\n"
        "    except Ada as grace: pass\n"
        "    return size(lovelace, ada_lovelace=1)\n"
    )
    report = summarize("padding", [result("204", 0, finding(answer=answer))])
    shown = report.questions[0].reasons[0].answer
    assert not re.search(r"(?i)ada|lovelace|hopper|grace|countess|ада|\d{5}\b(?<!100000)", shown)
    assert "np.pad(n, 100000) + 12.5 + …" in shown
    assert "1234567" not in to_html(report)
    ast.parse(shown.replace("…", "0"))


def test_names_that_the_course_or_several_students_use_are_shown():
    answer = "def size(n):\n    window_{0} = n\n    {0} = window_{0}\n    return {0}"
    source = {"cells": [{"id": "the-size-task", "source": "Slide the `window`."}]}
    few, several = (
        summarize(
            "padding",
            [
                result(f"s{number}", 0, finding(answer=answer.format("extent")))
                for number in range(n)
            ],
            source,
        )
        for n in (2, 3)
    )
    assert "extent" not in few.questions[0].reasons[0].answer
    assert several.questions[0].reasons[0].answer == answer.format("extent")


def test_what_could_not_be_graded_is_told_without_paths_and_logs():
    problems = [
        f"[WARNING] Ada wrote {each}\nOSError(28, '/tmp/cnncourse-grading-x{each}/student is full')"
        for each in range(2)
    ]
    problems += [f"It died: '_grade_one-{n:032x}' at tcp://10.0.0.{n}:8786" for n in range(2)]
    report = summarize("padding", [result("x-@", 0, problem=each) for each in problems])
    assert [count for _, count in report.ungraded] == [2, 2]
    for words in ("Ada", "/tmp", "10.0.0"):
        assert words not in to_html(report)


def test_points_that_a_person_gave_are_counted_and_the_missing_ones_said():
    results = [{**result(name, 2), "scores": {"why-answer": None}} for name in "abcd"]
    results[3]["scores"] = {"why-answer": 0.0}  # left empty: no person is needed
    for each in results:
        each["possible"] = {"why-answer": 4}
    given = {"a": {"why-answer": 3.5}, "b": {"why-answer": None}}
    report = summarize("padding", results, None, given)
    (question,) = report.questions
    assert question.scores == (3.5, 0.0)
    assert question.waiting == 2
    page = to_html(report)
    assert "not yet graded: 2 students" in page
    assert "On average 1.8 of 4 points, of those that are graded" in page
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    counted = {row["name"]: row["students"] for row in rows}
    assert counted == {"4": "0", "3.5": "1", "0": "1", "not yet graded": "2"}
    none = summarize("padding", results[:3])
    assert "not yet graded: 3 students, which is all" in to_html(none)
    everything = {name: {"why-answer": 4} for name in "abcd"}
    assert "not yet graded" not in to_html(summarize("padding", results, None, everything))


def test_leaving_the_given_code_is_no_misconception():
    report = summarize("padding", [result("ada", 0, finding("left-as-it-is"))])
    (reason,) = report.questions[0].reasons
    assert not reason.misconception
    assert reason.answer == ""
    assert report.to_talk_about == []


def test_a_stub_that_was_not_touched_is_told_from_a_function_that_returns_nothing():
    stub = 'def size(n):\n    """Return the size."""\n    ...\n'
    source = {
        "cells": [{"id": "the-size-answer", "source": f"{stub}\n### BEGIN SOLUTION\nsecret\n"}]
    }
    silent = [
        result("ada", 0, finding("nothing-returned", False, answer=f"{stub}\n# Write here.")),
        result("emmy", 0, finding("nothing-returned", False, answer="def size(n):\n    n + 1")),
    ]
    reasons = summarize("padding", silent, source).questions[0].reasons
    assert {each.name: each.count for each in reasons} == {"empty-stub": 1, "nothing-returned": 1}
    assert "secret" not in to_html(summarize("padding", silent, source))


def test_what_students_write_is_text_in_the_page_and_no_formula_in_the_table():
    script = "<script>alert(1)</script>"
    report = summarize(
        "padding",
        [
            result("ada", 0, finding(message=script, answer="-x<script>")),
            result("emmy", 0, finding("=1+1", False)),
            result("grace", 0, None, problem=script),
        ],
    )
    page = to_html(report)
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    rows = list(csv.DictReader(io.StringIO(to_csv(report))))
    for row in rows:
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values()), row


def test_the_table_has_a_row_for_every_count():
    rows = list(csv.DictReader(io.StringIO(to_csv(summarize("padding", CLASS)))))
    assert [row["name"] for row in rows if row["kind"] == "points"] == ["3", "1.5", "1", "0"]
    (named,) = (row for row in rows if row["kind"] == "misconception")
    assert (named["question"], named["students"], named["share"]) == ("the-size", "3", "0.5000")
    assert (named["explanation"], named["answer"].splitlines()[0]) == (
        "You pad `once`.",
        "def size(m):",
    )


def test_an_empty_class_and_a_single_student():
    page = to_html(summarize("padding", []))
    assert "No notebook has been graded yet." in page
    page = to_html(summarize("padding", CLASS[:1]))
    assert "1 student," in page
    assert "an answer may tell who wrote it" in page
    assert "an answer may tell who wrote it" not in to_html(summarize("padding", CLASS))


@pytest.mark.parametrize(
    ("points", "words"),
    [(0, "half of them have none."), (2, "half of them have all."), (1, "have 1 or more.")],
)
def test_the_middle_of_the_class_is_told_so_that_it_says_something(points, words):
    each = {**result("ada", points), "scores": {"a-tests": points}, "possible": {"a-tests": 2}}
    assert words in to_html(summarize("padding", [each]))


def test_everybody_right():
    report = summarize("padding", [result("ada", 2, finding("passed", False))])
    assert report.questions[0].reasons == ()
    assert "Everybody has it right." in to_html(report)


def test_questions_for_a_person_are_named_and_not_counted():
    results = [
        {**result("ada", 2), "scores": {"why-answer": None, "the-size-tests": 2}},
        {**result("grace", 2), "scores": {"why-answer": 0, "the-size-tests": 2}},
    ]
    for each in results:
        each["possible"] = {"the-size-tests": 2, "why-answer": 4}
    report = summarize("padding", results)
    assert [question.by_hand for question in report.questions] == [False, True]
    assert report.possible == 2
    assert report.totals == (2, 2)
    assert "Graded by a person" in to_html(report)


@pytest.mark.parametrize("possible", [1, 3, 10, 23, 60, 7.5])
def test_the_steps_of_the_points_in_all_miss_nobody(possible):
    scores = [0, 0.5, 1, possible / 2, possible - 0.5, possible]
    results = [
        {**result(str(place), 0), "scores": {"a-tests": score}, "possible": {"a-tests": possible}}
        for place, score in enumerate(scores)
    ]
    rows = summarize("padding", results).distribution
    assert sum(count for _, count in rows) == len(scores)
    assert rows[0][1] >= 1
    assert len(rows) <= 14


def course(folder: Path, assignment: str, seed: int, results: list[dict]) -> Path:
    """Make the parts of a course's folder that a report is made from."""
    source = folder / "source" / assignment
    source.mkdir(parents=True)
    nbformat.write(notebook(assignment, seed), source / f"{assignment}.ipynb")
    graded = folder / "grading" / assignment
    graded.mkdir(parents=True)
    for each in results:
        (graded / f"{each['student']}.json").write_text(json.dumps(each), encoding="utf-8")
    return folder


def class_of(assignment: str, seed: int, students: int) -> list[dict]:
    """Return the results of a class in which every way of answering occurs."""
    ways = []
    for family in families(assignment):
        task = family.variant(seed)
        answers = [
            (task.solution, function_from(task.solution)),
            (task.stub, function_from(task.stub)),
            *((task.stub, each.wrong[0]) for each in task.misconceptions),
        ]
        points = family.points - 1
        ways.append(
            [
                (family, {**vars(mark_answer(family, seed, answer, points)), "answer": source})
                for source, answer in answers
            ]
        )
    results = []
    for number in range(students):
        chosen = [each[number % len(each)] for each in ways]
        scores, possible, findings = {}, {}, {}
        for family, found in chosen:
            cell = family.name.replace("_", "-")
            possible |= {f"{cell}-examples": 1, f"{cell}-tests": family.points - 1}
            scores |= {
                f"{cell}-examples": int(found["reason"] == "passed"),
                f"{cell}-tests": found["points"],
            }
            findings[family.name] = found
        results.append(
            {
                "student": f"s{number}",
                "ok": True,
                "problem": "",
                "scores": scores,
                "possible": possible,
                "findings": findings,
            }
        )
    return results


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Write the report on a class of a thousand; return its files and the class."""
    results = class_of(ASSIGNMENTS[0], 2027, 1000)
    folder = course(tmp_path_factory.mktemp("course"), ASSIGNMENTS[0], 2027, results)
    return write(folder, ASSIGNMENTS[0]), results


def test_a_class_of_a_thousand_is_counted_as_it_was_marked(written):
    paths, results = written
    assert [path.name for path in paths] == [f"{ASSIGNMENTS[0]}.html", f"{ASSIGNMENTS[0]}.csv"]
    rows = list(csv.DictReader(io.StringIO(paths[1].read_text(encoding="utf-8-sig"))))
    for family in families(ASSIGNMENTS[0]):
        told = [
            found["reason"]
            for each in results
            for found in [each["findings"][family.name]]
            if found["misconception"] and found["reason"] != "left-as-it-is"
        ]
        listed = {
            row["name"]: int(row["students"])
            for row in rows
            if row["kind"] == "misconception" and row["question"] == family.name.replace("_", "-")
        }
        assert listed == {name: told.count(name) for name in told}
    page = paths[0].read_text(encoding="utf-8")
    assert "1,000 students" in page
    for family in families(ASSIGNMENTS[0]):
        assert family.variant(2027).title in page
        assert family.skills in page


def test_the_questions_come_as_in_the_notebook(written):
    page = written[0][0].read_text(encoding="utf-8")
    names = re.findall(r'<section class="question" id="([^"]+)"', page)
    assert names == [each.name.replace("_", "-") for each in families(ASSIGNMENTS[0])]


def test_the_page_needs_nothing_else(written):
    page = written[0][0].read_text(encoding="utf-8")
    assert "<script" not in page
    assert not re.search(r'(src|href)="(?!#)', page)
    assert "url(" not in page
    assert "@import" not in page


@pytest.mark.browser
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_the_page_is_accessible_and_fits(written, browser, theme, width):
    context = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=theme, java_script_enabled=True
    )
    refused = block_network(context)
    page = context.new_page()
    complaints = watch_console(page)
    page.goto(written[0][0].as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert axe(page) == []
    assert refused == complaints == []
    context.close()


def test_a_course_without_results_gives_an_empty_report(tmp_path):
    folder = course(tmp_path, ASSIGNMENTS[0], 0, [])
    page = write(folder, ASSIGNMENTS[0])[0].read_text(encoding="utf-8")
    assert "No notebook has been graded yet." in page
    assert families(ASSIGNMENTS[0])[0].variant(0).title in page


def test_an_assignment_that_the_course_does_not_have_is_refused(tmp_path):
    course(tmp_path, ASSIGNMENTS[0], 0, [])
    with pytest.raises(ValueError, match=f"no assignment 'paddling'.*there are {ASSIGNMENTS[0]}"):
        write(tmp_path, "paddling")
    with pytest.raises(ValueError, match="there is none"):
        write(tmp_path / "nowhere", "padding")


def test_a_students_result_counts_once_and_only_as_long_as_it_is_handed_in(tmp_path):
    results = [{**CLASS[0], "student": name} for name in ("ada", "bo", "old")]
    folder = course(tmp_path, ASSIGNMENTS[0], 0, results)
    for name in ("ada", "bo"):
        (folder / "submitted" / name / ASSIGNMENTS[0]).mkdir(parents=True)
    graded = folder / "grading" / ASSIGNMENTS[0]
    (graded / "bo.json").write_bytes((graded / "ada.json").read_bytes())
    page = write(folder, ASSIGNMENTS[0])[0].read_text(encoding="utf-8")
    assert "1 student," in page
    assert "1 notebook: The result" in page


@pytest.mark.parametrize(
    "field",
    [
        {"scores": [1]},
        {"scores": {"the-size-tests": "2"}},
        {"scores": {"the-size-tests": float("nan")}},
        {"possible": {"the-size-tests": None}},
        {"findings": {"the_size": {}}},
        {"findings": {"the_size": "passed"}},
    ],
    ids=str,
)
def test_a_result_of_other_types_is_counted_and_not_fatal(tmp_path, field):
    folder = course(tmp_path, ASSIGNMENTS[0], 0, [{**CLASS[0], **field}])
    page = write(folder, ASSIGNMENTS[0])[0].read_text(encoding="utf-8")
    assert "1 notebook: The result" in page


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "\x00"])
def test_a_file_that_cannot_be_read_is_counted_and_not_fatal(tmp_path, content):
    folder = course(tmp_path, ASSIGNMENTS[0], 0, [])
    (folder / "grading" / ASSIGNMENTS[0] / "s1.json").write_text(content, encoding="utf-8")
    page = write(folder, ASSIGNMENTS[0])[0].read_text(encoding="utf-8")
    assert "1 notebook: The result" in page


def test_an_assignment_of_ones_own_is_reported_like_any_other(tmp_path):
    graded = tmp_path / "grading" / "my_own"
    graded.mkdir(parents=True)
    (graded / "ada.json").write_text(json.dumps(CLASS[0]), encoding="utf-8")
    page = write(tmp_path, "my_own")[0].read_text(encoding="utf-8")
    assert "My own: what the class understood" in page
    assert "pads-once" in page


def test_shares_are_not_rounded_to_nothing_or_all():
    assert [percent(share) for share in (0, 0.004, 0.31, 0.996, 1)] == [
        "0%",
        "under 1%",
        "31%",
        "over 99%",
        "100%",
    ]
    assert people(1) == "1 student"

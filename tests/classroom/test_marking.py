"""Points in part, and why: what the hidden tests of a graded question come to."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_output
from nbgrader.utils import determine_grade

from cnncourse.classroom.families import Family, Written, visible_cases
from cnncourse.classroom.marking import MARK_TYPE, mark, mark_answer
from cnncourse.classroom.variants import ASSIGNMENTS, families, introduction, written
from cnncourse.exercises import neurons, padding
from cnncourse.exercises._given import function_from
from cnncourse.exercises.engine import Exercise, Misconception


def doubled(factor):
    """Make a task with ten inputs, of which students see the first two."""
    source = f"def times(n):\n    return {factor} * n\n"
    return Exercise(
        name=f"times_{factor}",
        title="Times",
        stars=1,
        prompt=f"Return {factor} times `n`.",
        stub="def times(n):\n    ...\n",
        source=source,
        reference=function_from(source),
        inputs=lambda rng: [(n,) for n in range(1, 13)],
        misconceptions=[
            Misconception("adds", "You add the factor to the number.", [lambda n: n + factor])
        ],
        success="Right.",
    )


FAMILY = Family(
    name="times", skills="Multiplies.", points=5, variants=(doubled(3), doubled(5), doubled(7))
)
SEED = next(seed for seed in range(100) if FAMILY.number(seed) == 0)


def marked(answer, points=4):
    return mark_answer(FAMILY, SEED, answer, points)


def right_below(limit):
    return lambda n: 3 * n if n < limit else -1


def test_a_right_answer_gets_all_points():
    found = marked(lambda n: n + n + n)
    assert (found.points, found.possible, found.reason) == (4, 4, "passed")
    assert not found.misconception


@pytest.mark.parametrize(
    ("limit", "points"),
    [(1, 0), (3, 0), (4, 0), (6, 0.5), (8, 1.0), (11, 1.5), (12, 1.5)],
)
def test_unseen_inputs_that_are_right_count_up_to_half_of_the_points(limit, points):
    assert visible_cases(FAMILY.variants[0]) == (0, 1)
    assert marked(right_below(limit)).points == points


def test_examples_that_were_copied_earn_nothing_here():
    table = {1: 3, 2: 6}
    found = marked(lambda n: table.get(n, 0))
    assert found.points == 0
    assert found.reason == "some-values-differ"


def test_a_misconception_is_named_for_the_report():
    found = marked(lambda n: n + 3)
    assert found.misconception
    assert (found.reason, found.points) == ("adds", 0)
    assert found.message == "You add the factor to the number."


def test_a_general_reason_is_no_misconception():
    assert not marked(lambda n: 0).misconception


@pytest.mark.parametrize("answer", [lambda n: 5 * n, lambda n: n * 7])
def test_what_solves_another_variant_gets_nothing_and_is_told(answer):
    found = marked(answer)
    assert (found.points, found.reason) == (0, "solves-another-variant")
    assert "similar task" in found.message


def test_what_solves_an_exercise_of_the_book_gets_nothing_under_another_name_too():
    family = next(each for each in families("neurons") if each.name == "one_step")

    def step(X, t, w, b):
        return neurons.gradient.reference(X, t, w, b)

    found = mark_answer(family, 0, step, 4)
    assert (found.points, found.reason) == (0, "solves-a-published-exercise")
    assert "an exercise of the book" in found.message


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (function_from(doubled(3).stub), "empty-stub"),
        (None, "empty-stub"),
        (7, "not-a-function"),
        (lambda: 0, "wrong-arguments"),
        (lambda n: 1 / 0, "raised"),
        (lambda n: "text", "not-numbers"),
    ],
)
def test_what_cannot_be_compared_gets_nothing(answer, reason):
    found = marked(answer)
    assert (found.points, found.reason) == (0, reason)


def test_a_planted_bug_that_was_left_gets_nothing():
    family = next(each for each in families("locality") if each.name == "repair_window")
    for seed in range(20):
        stub = function_from(family.variant(seed).stub)
        found = mark_answer(family, seed, stub, 1)
        assert (found.points, found.reason) == (0, "left-as-it-is")


def test_nbgrader_reads_the_points_and_the_report_the_reason():
    for answer in (lambda n: 3 * n, right_below(8), lambda n: n + 3):
        found = marked(answer)
        data = found._repr_mimebundle_()
        output = new_output("execute_result", data=json.loads(json.dumps(data)))
        cell = new_code_cell(outputs=[output])
        about = {"grade": True, "solution": False, "points": 4, "grade_id": "times-tests"}
        cell.metadata["nbgrader"] = about
        assert determine_grade(cell) == (found.points, 4)
        said = data[MARK_TYPE]
        assert said["question"] == "times"
        assert set(said) == {
            "question",
            "points",
            "possible",
            "reason",
            "misconception",
            "message",
        }


def test_mark_finds_the_question_by_its_names():
    family = families("locality")[1]
    task = family.variant(11)
    found = mark("locality", family.name, 11, task.reference, 2)
    assert (found.points, found.question) == (2, family.name)
    with pytest.raises(ValueError, match=r"no question 'nothing' in locality; it has repair_"):
        mark("locality", "nothing", 0, None, 1)
    for asked in (families, written, introduction):
        with pytest.raises(ValueError, match="no assignment 'nothing'; there are images, "):
            asked("nothing")


def test_examples_are_the_smallest_inputs_and_one_on_which_the_stub_fails():
    stub = "def output_size(size, kernel, padding):\n    return size - kernel + 1\n"
    task = replace(padding.output_size, stub=stub)
    seen = visible_cases(task)
    assert seen[0] == 0
    assert any(
        not np.array_equal(function_from(stub)(*task.cases[number]), task.expected[number])
        for number in seen
    )


def test_a_written_question_adds_up_its_rubric():
    asked = Written(name="n", title="t", prompt="p", guide="g", rubric=(("a", 2), ("b", 3)))
    assert asked.points == 5
    assert sum(len(written(name)) for name in ASSIGNMENTS) == len(written("project")) == 4
    assert introduction("project")
    assert introduction("padding") == ""

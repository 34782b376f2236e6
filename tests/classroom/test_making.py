"""Variants made from a solution's text: changes hit, stubs follow, worked examples are true."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest

from cnncourse.classroom.variants import ASSIGNMENTS, families
from cnncourse.classroom.variants._making import (
    CODE,
    GRIDS,
    Program,
    edited,
    mistake,
    variant,
)
from cnncourse.exercises.engine import Exercise

EXAMPLE = re.compile(r"For example.*?```python\n(.*?)\n```", re.DOTALL)
TASKS = [
    task
    for assignment in ASSIGNMENTS
    for family in families(assignment)
    for task in getattr(family, "variants", ())
    if isinstance(task, Exercise) and EXAMPLE.search(task.prompt)
]
TOTAL = Program(
    '''def total(x, y):
    """Add both."""
    $before
    return x $sign y
''',
    {"before": "", "sign": "+"},
)
WRONG = (
    mistake("takes-away", "You take one away from the other.", {"sign": "-"}),
    mistake("doubles", "You double what you add.", {"before": "x = 2 * x\ny = 2 * y"}),
    mistake("adds", "You add, and that is right here.", {"sign": "+"}),
    mistake("forgets-the-first", "You forget the first one.", lambda x, y: y),
)


def task(source=TOTAL, prompt="Write `total(x, y)`.", mistakes=WRONG, **options):
    return variant(
        source,
        name="total",
        title="Total",
        prompt=prompt,
        inputs=lambda rng: [(1, 2), (4, 3)],
        mistakes=mistakes,
        success="Added.",
        **options,
    )


def names(exercise):
    return [each.name for each in exercise.misconceptions]


@pytest.mark.parametrize("piece", ["y", "x"])
def test_an_edit_that_does_nothing_or_too_much_is_refused(piece):
    with pytest.raises(ValueError, match="times, not once, in"):
        edited("x = x + 1", (piece, "z"))


@pytest.mark.parametrize("change", [("*", "-"), (("x +", "y +"), ("* y", "* x"))])
def test_a_mistake_or_a_bug_whose_edit_misses_is_refused(change):
    with pytest.raises(ValueError, match="0 times, not once, in"):
        task(mistakes=[mistake("misses", "It is none.", change)])
    with pytest.raises(ValueError, match="0 times, not once, in"):
        task(planted=change)


def test_edits_in_a_tuple_make_one_mistake_together():
    swap = (("return x", "return 3 * x"), ("+ y", "+ 2 * y"))
    together = task(mistakes=[mistake("weighs", "You weigh them.", swap)])
    assert [wrong(1, 1) for wrong in together.misconceptions[0].wrong] == [5]
    either = task(mistakes=[mistake("weighs", "You weigh one.", *swap)])
    assert [wrong(1, 1) for wrong in either.misconceptions[0].wrong] == [4, 3]


def test_a_place_takes_several_lines_or_none():
    assert TOTAL.source().splitlines()[2:] == ["    return x + y"]
    doubled = TOTAL.source(before="x = 2 * x\ny = 2 * y").splitlines()[2:]
    assert doubled == ["    x = 2 * x", "    y = 2 * y", "    return x + y"]


def test_a_place_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"no place \$after"):
        TOTAL.source(after="pass")


def test_a_function_has_no_text_to_plant():
    with pytest.raises(TypeError, match="edits or places"):
        task(planted=lambda x, y: y)


def test_what_makes_the_right_program_is_no_mistake():
    assert names(task()) == ["takes-away", "doubles", "forgets-the-first"]
    assert names(task(without=["doubles"])) == ["takes-away", "forgets-the-first"]


def test_an_edit_that_makes_the_right_program_is_not_left_out():
    exercise = task(TOTAL.source(), mistakes=[mistake("adds", "You add.", ("+", "+"))])
    assert names(exercise) == ["adds"]  # so that the test of all variants finds it


def test_the_stub_is_empty_or_has_the_planted_bug():
    assert task().stub == 'def total(x, y):\n    """Add both."""\n    ...\n'
    assert task(TOTAL.source(), mistakes=()).stub == task().stub
    for planted in ({"sign": "-"}, ("+", "-"), (("+", "-"),)):
        broken = task(planted=planted, still="The bug is still there: a minus.")
        assert broken.stub.endswith("return x - y\n")
        assert names(broken) == ["left-as-it-is", "doubles", "forgets-the-first"]
        assert broken.misconceptions[0].hint == "The bug is still there: a minus."


def test_a_planted_mistake_is_no_other_one():
    both_ways = mistake("takes-away", WRONG[0].hint, {"sign": "-"}, lambda x, y: x - y)
    broken = task(planted="takes-away", mistakes=(both_ways, *WRONG[1:]))
    assert broken.stub.endswith("return x - y\n")
    assert names(broken) == ["left-as-it-is", "doubles", "forgets-the-first"]
    assert broken.misconceptions[0].hint == (
        "The planted bug is still in it. You take one away from the other."
    )


def test_code_and_sums_in_a_prompt_are_not_broken():
    words = "seven " * 15
    lines = task(prompt=f"{words}`total(x,\ny)` gives {words}m + 2.").prompt.splitlines()
    assert max(map(len, lines)) <= 100
    assert any("`total(x, y)`" in line for line in lines)
    assert any("m + 2" in line for line in lines)


@pytest.mark.parametrize("style", [GRIDS, CODE])
def test_bold_text_is_not_broken(style):
    assert "**two of these words**" in style.filled("seven " * 15 + "**two of these words**")


def test_lists_and_code_in_a_prompt_stay_as_they_are():
    kept = f"- {'long ' * 30}\n- second\n\n```text\n{'1 ' * 60}\n2\n```"
    assert CODE.filled(f"First:\n\n{kept}") == f"First:\n\n{kept}"


def test_the_example_is_computed():
    assert "total(1, 2)  # 3" in task().prompt
    assert "total(4, 3)  # 7" in task(shown=1).prompt
    assert "total(5, 6)  # 11" in task(shown=(5, 6)).prompt
    assert "`total(5, 6)` returns `11`" in task(shown=(5, 6), style=GRIDS).prompt


def test_the_example_says_where_it_is_rounded():
    assert "For example:" in task(shown=(0.5, 1)).prompt
    for number, text in ((1 / 3, "# 1.333"), (800 + 1 / 3000, "# 801")):
        rounded = task(shown=(number, 1)).prompt
        assert "For example, rounded to three decimal places:" in rounded
        assert text in rounded


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_the_worked_example_of_a_prompt_is_true(task):
    code = EXAMPLE.search(task.prompt)[1]
    name = task.signature.partition("(")[0]
    before, call, after = re.fullmatch(
        rf"(.*?)^({name}\(.*?\))\s*# (.*)", code, re.DOTALL | re.MULTILINE
    ).groups()
    known = {"np": np, name: task.reference}
    exec(before, known)
    shown = ast.literal_eval(after.replace("\n#", "\n"))
    assert np.allclose(eval(call, known), shown, atol=5e-4)

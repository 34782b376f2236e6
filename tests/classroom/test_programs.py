"""Programs with places, of which most graded questions of the later chapters are made."""

from __future__ import annotations

import pytest

from cnncourse.classroom.variants._programs import Program, mistake, variant

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


def task(prompt="Write `total(x, y)`.", **options):
    return variant(
        TOTAL,
        name="total",
        title="Total",
        stars=1,
        prompt=prompt,
        inputs=lambda rng: [(1, 2), (4, 3)],
        mistakes=WRONG,
        success="Added.",
        **options,
    )


def test_a_place_takes_several_lines_or_none():
    assert TOTAL.source().splitlines()[2:] == ["    return x + y"]
    doubled = TOTAL.source(before="x = 2 * x\ny = 2 * y").splitlines()[2:]
    assert doubled == ["    x = 2 * x", "    y = 2 * y", "    return x + y"]


def test_a_place_that_is_not_there_is_refused():
    with pytest.raises(ValueError, match=r"no place \$after"):
        TOTAL.source(after="pass")


def test_what_makes_the_right_program_is_no_mistake():
    names = [each.name for each in task().misconceptions]
    assert names == ["takes-away", "doubles", "forgets-the-first"]
    assert [each.name for each in task(without=["doubles"]).misconceptions] == [
        "takes-away",
        "forgets-the-first",
    ]


def test_the_stub_is_empty_or_has_the_planted_bug():
    assert task().stub == 'def total(x, y):\n    """Add both."""\n    ...\n'
    broken = task(bug={"sign": "-"}, bug_hint="The bug is still there: a minus.")
    assert broken.stub.endswith("return x - y\n")
    names = [each.name for each in broken.misconceptions]
    assert names == ["left-as-it-is", "doubles", "forgets-the-first"]


def test_code_and_sums_in_a_prompt_are_not_broken():
    words = "seven " * 15
    lines = task(f"{words}`total(x,\ny)` gives {words}m + 2.").prompt.splitlines()
    assert max(map(len, lines)) <= 100
    assert any("`total(x, y)`" in line for line in lines)
    assert any("m + 2" in line for line in lines)


def test_the_example_is_computed():
    assert "total(1, 2)  # 3" in task().prompt
    assert "total(5, 6)  # 11" in task(shown=(5, 6)).prompt

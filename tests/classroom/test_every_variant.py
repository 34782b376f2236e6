"""What holds for every graded question: enough variants, told apart, each with its mistakes."""

from __future__ import annotations

import re

import numpy as np
import pytest

from cnncourse.classroom.variants import ASSIGNMENTS, families
from cnncourse.exercises import all_exercises
from cnncourse.exercises._given import function_from

FAMILIES = {f"{name}.{each.name}": each for name in ASSIGNMENTS for each in families(name)}
VARIANTS = [
    pytest.param(family, task, id=f"{name}-{number}")
    for name, family in FAMILIES.items()
    for number, task in enumerate(family.variants)
]
PUBLISHED = all_exercises()
every_family = pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
every_variant = pytest.mark.parametrize(("family", "task"), VARIANTS)


@every_family
def test_a_family_has_six_variants_that_are_called_alike(family):
    assert len(family.variants) >= 6
    assert len({task.signature.split("(")[0] for task in family.variants}) == 1
    assert len({len(task.arguments) for task in family.variants}) == 1
    assert len({task.prompt for task in family.variants}) == len(family.variants)
    assert len({task.name for task in family.variants}) == len(family.variants)
    assert {family.number(seed) for seed in range(200)} == set(range(len(family.variants)))


@every_variant
def test_the_solution_passes_and_the_stub_does_not(family, task):
    assert task.check(function_from(task.solution)).reason == "passed"
    result = task.check(function_from(task.stub))
    assert result.reason in ("empty-stub", "left-as-it-is")


@every_variant
def test_no_solution_of_another_variant_passes(family, task):
    for other in family.variants:
        if other is not task:
            assert not task.check(function_from(other.solution)), other.name


@every_variant
def test_no_published_solution_passes(family, task):
    for name, published in PUBLISHED.items():
        assert not task.check(published.reference), name


@every_variant
def test_each_mistake_is_named_as_itself(family, task):
    names = [each.name for each in task.misconceptions]
    assert len(names) >= 3
    assert len(set(names)) == len(names)
    for misconception in task.misconceptions:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", misconception.name)
        assert 20 < len(misconception.hint) <= 200
        for wrong in misconception.wrong:
            assert task.check(wrong).reason == misconception.name


@every_variant
def test_a_prompt_is_plain_and_names_the_function(family, task):
    assert not re.search(r"[$\\]", task.prompt)
    assert task.prompt.count("`") % 2 == 0
    assert task.signature.partition("(")[0] in task.prompt
    if all(each.name != "left-as-it-is" for each in task.misconceptions):
        assert task.signature in task.prompt


@every_variant
def test_a_hint_shows_no_line_of_the_solution(family, task):
    lines = [line.strip() for line in task.solution.splitlines() if len(line.strip()) > 12]
    for misconception in task.misconceptions:
        assert not any(line in misconception.hint for line in lines)
        assert misconception.hint.rstrip().endswith((".", "?", ")"))


@every_variant
def test_inputs_are_small_and_unharmed_by_an_answer_that_writes_into_them(family, task):
    assert sum(np.size(argument) for case in task.cases for argument in case) < 5000
    before = repr(task.cases)

    def vandal(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 0
        return 0

    task.check(vandal)
    assert repr(task.cases) == before


@every_variant
def test_the_inputs_are_the_same_each_time(family, task):
    first, second = (list(task.inputs(np.random.default_rng(task.seed))) for _ in range(2))
    assert repr(first) == repr(second)

"""Variants made by edits of their solution: no edit misses, and worked examples are true."""

from __future__ import annotations

import ast
import re

import numpy as np
import pytest

from cnncourse.classroom.variants import backprop, channels, factorized, from_scratch, one_by_one
from cnncourse.classroom.variants._edits import edited

TASKS = [
    task
    for module in (channels, one_by_one, factorized, backprop, from_scratch)
    for family in module.families
    for task in family.variants
]


@pytest.mark.parametrize("piece", ["y", "x"])
def test_an_edit_that_does_nothing_or_too_much_is_refused(piece):
    with pytest.raises(ValueError, match="times, not once, in"):
        edited("x = x + 1", [(piece, "z")])


@pytest.mark.parametrize("task", TASKS, ids=[task.name for task in TASKS])
def test_the_worked_example_of_a_prompt_is_true(task):
    code = re.search(r"For example.*?```python\n(.*?)\n```", task.prompt, re.DOTALL)[1]
    name = task.signature.partition("(")[0]
    before, call, after = re.fullmatch(
        rf"(.*?)^({name}\(.*?\))\s*# (.*)", code, re.DOTALL | re.MULTILINE
    ).groups()
    names = {"np": np, name: task.reference}
    exec(before, names)
    shown = ast.literal_eval(after.replace("\n#", "\n"))
    assert np.allclose(eval(call, names), shown, atol=5e-4)

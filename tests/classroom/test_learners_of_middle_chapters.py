"""What learners wrote from the prompt alone, and what they were told: chapters 07 to 12.

None of these answers is a misconception's own. Each was wrong and passed, or was told of a mistake
that it does not make, or of none though many make it.
"""

from __future__ import annotations

import pytest

from cnncourse.classroom.variants import ASSIGNMENTS, families
from cnncourse.classroom.variants._making import edited
from cnncourse.exercises._given import function_from

TASKS = {
    task.name: task for name in ASSIGNMENTS for family in families(name) for task in family.variants
}


def changed(name, *edits):
    """Return a learner's answer: the solution, with something else in it."""
    return function_from(edited(TASKS[name].solution, *edits))


WRONG = [
    ("loss_slope_unlabeled", [("slope[known, labels[known]] -= 1", "pass")], "forgets-the-truth"),
    ("loss_slope_unlabeled", [("return slope", "return nowhere")], "raised"),
    (
        "loss_slope_unlabeled",
        [("slope / known.sum()", "(slope / known.sum())[labels >= 0]")],
        "drops-the-unlabeled",
    ),
    (
        "loss_slope_weighted",
        [("slope[np.arange(len(labels)), labels] -= 1", "pass")],
        "forgets-the-truth",
    ),
    ("loss_slope_weighted", [("return weights", "return nowhere")], "raised"),
    (
        "last_weight_falling_rate",
        [("rate / 2 ** (step // 2)", "rate / max(2 * (step // 2), 1)")],
        None,
    ),
    ("last_weight_falling_rate", [("2 ** (step // 2)", "2 ** min(step // 2, 2)")], None),
    (
        "last_weight_clipped",
        [("(gradient**2).sum()", "max(sum(gradient), 0)")],
        "forgets-the-squares",
    ),
    (
        "last_weight_clipped",
        [("np.sqrt((gradient**2).sum())", "sum(map(abs, gradient))")],
        "adds-the-sizes",
    ),
    (
        "last_weight_clipped",
        [("np.sqrt((gradient**2).sum())", "max(map(abs, gradient))")],
        "measures-the-largest",
    ),
    (
        "last_weight_momentum",
        [("velocity / 2 + gradient", "velocity + 0.5 * gradient")],
        "halves-the-gradient",
    ),
    ("filter_gradient_absolute_loss", [("scores - target", "scores + target")], None),
    (
        "filter_gradient_absolute_loss",
        [("np.sign(scores - target)", "np.where(scores > 0, 1, -1)")],
        None,
    ),
    ("filter_gradient_absolute_loss", [("maps > 0", "maps > -1")], "passes-at-zero"),
    ("filter_gradient_cross_entropy", [("maps > 0", "maps > -1")], "passes-at-zero"),
    ("filter_gradient_largest", [(".max() > 0", ".max() > -1")], "passes-at-zero"),
    ("filter_gradient_hinge", [("scores < 20", "scores < 21")], "pushes-at-the-margin"),
    ("filter_gradient_hinge", [("scores < 20", "scores < 19")], None),
    (
        "merge_one_by_one_last",
        [("second @ first_bias", "second @ np.maximum(first_bias, 0)")],
        "another-bias",
    ),
    ("merge_skip", [("bias = second @ first_bias +", "bias = 2 *")], "another-bias"),
    (
        "merge_normalized_before",
        [("weight.sum(axis=(2, 3)) @ mean", "weight.mean(axis=(2, 3)) @ mean")],
        "another-bias",
    ),
    ("merge_scaled_after", [("(bias - shift) * scale", "bias - shift * scale")], "another-bias"),
    ("merge_parallel", [("first_bias + second_bias", "first_bias")], "loses-the-first-bias"),
    ("merge_parallel", [("kh // 2, kw // 2", "min(kh // 2, 1), kw // 2")], "other-weights"),
    ("merge_columns", [(" + second_bias) / 2", " + second_bias / 2)")], "another-bias"),
    (
        "mix_channels_rectified",
        [("mixed + bias[:, None]", "(mixed > 0) * mixed + bias[:, None]")],
        "rectifies-twice",
    ),
    (
        "dense_filters_back",
        [
            (
                "weight.transpose(2, 3, 1, 0).reshape(height * width * channels, -1)",
                "np.array([each.ravel() for each in weight])",
            )
        ],
        "one-row-a-filter",
    ),
]


@pytest.mark.parametrize(("name", "edits", "reason"), WRONG)
def test_a_wrong_answer_is_told_what_is_wrong_with_it(name, edits, reason):
    result = TASKS[name].check(changed(name, *edits))
    assert not result
    if reason is not None:
        assert result.reason == reason


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_no_misconception_stops_with_an_error_everywhere(task):
    # An answer that stops everywhere, whatever its reason, would be told of that misconception.
    for misconception, outcomes in task.mistakes:
        assert any(outcome.value is not None for outcome in outcomes), misconception.name

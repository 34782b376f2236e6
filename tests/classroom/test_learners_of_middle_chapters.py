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
    (
        "around_a_circle",
        [("(j + dw * b) % W", "(j + dw * b - W * (j + dw * b >= W)) % max(W, j + dw * b - W + 1)")],
        None,
    ),
    ("as_large_as_the_picture", [("kh // 2", "min(kh // 2, 1)")], None),
    (
        "as_large_as_the_picture",
        [
            ("            if 0 <= row < H and 0 <= column < W:\n    ", ""),
            ("x[row, column]", "np.pad(x, 9, mode='wrap')[row + 9, column + 9]"),
        ],
        "goes-around",
    ),
    (
        "holes_between_weights",
        [("dilation[0] + 1, dilation[1] + 1", "dilation")],
        "takes-holes-for-the-distance",
    ),
    (
        "dilation_comes_first",
        [("in layers:", "in reversed(layers):")],
        "starts-from-the-last-layer",
    ),
    ("from_the_top", [("jump *= stride", "jump += stride - 1")], "adds-the-strides"),
    (
        "counted_in_holes",
        [("size +=", "jump *= stride; size +="), ("        jump *= stride\n", "")],
        "takes-the-stride-too-early",
    ),
    ("counted_in_holes", [("*= stride", "*= stride * (1 + holes)")], "dilates-the-jump"),
    ("after_every_layer", [("jump *= stride", "jump = stride")], "last-stride-only"),
    ("first_and_last_pixel", [("return start", "return max(0, start)")], "stops-at-the-picture"),
    ("first_and_last_pixel", [("jump *= stride", "jump += stride - 1")], "adds-the-strides"),
    (
        "shared_by_neighbors",
        [("dilation * (kernel_size - 1)", "dilation * kernel_size")],
        "adds-whole-kernels",
    ),
    ("longest_silence", [("in dilations:", "in np.unique(dilations):")], None),
    ("filter_map_strided", [("(H - kh) // 2", "(H - kh) // 3")], None),
    ("filter_map_mean_channels_last", [("(H - kh) // 3", "(H - kh) // 2")], None),
    ("filter_map_strided", [("return output + bias", "return abs(output + bias)")], None),
    (
        "filter_map_mean_of_channels",
        [("output / C + bias", "output / C + bias / C")],
        "divides-the-bias",
    ),
    (
        "layer_costs_strided",
        [("weights + filters", "weights + channels * 0 + 1")],
        "one-bias-for-the-layer",
    ),
    ("layer_costs_memory", [("8 * filters", "8 * channels")], "first-number-only"),
    ("layer_costs_patches", [("return weights", "return weights + 1")], "second-number-only"),
    ("apply_layer_channels_last", [("2 * i : 2 * i + kh", "2 * i : 3 * i + kh")], None),
    (
        "apply_layer_padded",
        [("+ bias[o]", "+ sum(bias[o] for channel in x)")],
        "one-bias-for-each-channel",
    ),
    ("apply_layer_padded", [("(1, 1)))", "(1, 1)), 'edge')")], "repeats-the-border"),
    (
        "apply_layer_strongest",
        [
            (
                "np.where(y.max(axis=0) > 0, y.argmax(axis=0), -1)",
                "np.maximum(y, 0).argmax(axis=0)",
            )
        ],
        "silence-is-filter-zero",
    ),
    (
        "apply_layer_strongest",
        [("y.argmax(axis=0), -1", "(y.T - bias).T.argmax(axis=0), -1")],
        "chooses-before-the-bias",
    ),
    ("two_passes_repeated", [("(kw // 2, kw // 2)", "(min(kw // 2, 1), min(kw // 2, 1))")], None),
    (
        "two_passes_rectified",
        [("return output", "return output * (output > 0)")],
        "rectifies-twice",
    ),
    (
        "factors_row_sums_to_one",
        [
            ("kernel.sum(axis=1)", "kernel[:, 0]"),
            ("kernel.sum(axis=0) / kernel.sum()", "kernel[0]"),
        ],
        "forgets-to-divide",
    ),
    (
        "factors_row_sums_to_one",
        [("kernel.sum(axis=0) / kernel.sum()", "kernel.sum(axis=0)")],
        "takes-the-sums",
    ),
    (
        "factors_turned",
        [
            ("column = turned[:, 0]", "column = turned[:, 0] / 3"),
            ("row = turned[0] / turned[0, 0]", "row = 3 * turned[0] / turned[0, 0]"),
        ],
        "another-size",
    ),
    (
        "factors_column_of_length_one",
        [
            (
                "    return",
                "    root = np.sqrt(np.sqrt((row**2).sum()))\n"
                "    column, row = column * root, row / root\n    return",
            )
        ],
        "another-size",
    ),
    (
        "separable_strided_rectified",
        [("return np", "return (lambda y: y * (y > 0))(np"), ("axes=1)", "axes=1))")],
        "rectifies-twice",
    ),
    ("separable_strided_rectified", [("2 * i : 2 * i + kh", "2 * i : 3 * i + kh")], None),
    ("separable_half_untouched", [("i + kh // 2", "i + min(kh // 2, 1)")], None),
    (
        "input_gradient_absolute",
        [("np.sign(score)", "(1 if score > 0 else -1)")],
        "passes-at-zero",
    ),
    ("input_gradient_skip", [("i + kh // 2", "i + min(kh // 2, 1)")], None),
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


@pytest.mark.parametrize(
    ("name", "edits", "misunderstood"),
    [
        ("sent_back_average", [("] += ", "] = ")], "won"),
        ("kernel_gradient_padded", [("np.pad(x, 1)", "np.pad(x, 2)")], "both rows"),
        (
            "kernel_gradient_padded",
            [("np.pad(x, 1)", "np.pad(x, ((0, 2), (0, 2)))")],
            "leave the ring",
        ),
        (
            "last_weight_momentum",
            [("velocity / 2 + gradient", "velocity / 2 + gradient / 2")],
            "after the gradient",
        ),
        (
            "last_weight_looking_ahead",
            [
                ("        velocity = velocity / 2 + gradient\n", ""),
                (
                    "velocity / 2)\n",
                    "velocity / 2)\n        velocity = velocity / 2 + gradient\n",
                ),
            ],
            "step by the velocity",
        ),
        ("filter_map_mean_of_channels", [("+ bias", "")], "sums"),
    ],
)
def test_a_hint_is_true_of_all_who_get_it(name, edits, misunderstood):
    # Another mistake than the one it was written for comes to the same numbers.
    result = TASKS[name].check(changed(name, *edits))
    assert result.misconception is not None
    assert misunderstood not in result.message


@pytest.mark.parametrize(
    "name",
    [name for name in TASKS if name.startswith(("last_weight_", "merge_"))]
    + ["apply_layer_leave_one_out"],
)
def test_where_it_is_tempting_to_write_into_an_argument_the_prompt_says_not_to(name):
    # Right values that come with it get half of the points, and no example shows that.
    prompt = " ".join(TASKS[name].prompt.split())
    said = ("Work on a copy:", "Work on copies:", "`weight` itself stays as it is")
    assert any(words in prompt for words in said)

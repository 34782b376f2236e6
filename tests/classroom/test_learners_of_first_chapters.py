"""What learners do with the graded questions on chapters 00 to 06, and what they are told.

The answers here were written from the prompts alone, and go wrong in ways that come easily.
"""

from __future__ import annotations

import numpy as np
import pytest

from cnncourse.classroom.marking import mark_answer
from cnncourse.classroom.variants import families
from cnncourse.exercises._given import function_from

CHAPTERS = ("images", "neurons", "locality", "convolution", "padding", "stride", "pooling")
FAMILIES = {f"{name}.{each.name}": each for name in CHAPTERS for each in families(name)}


def variant_of(family, name):
    return next(each for each in FAMILIES[family].variants if each.name == name)


def worked_example(task):
    return task.prompt[task.prompt.index("For example") :]


def place(formula):
    return eval(f"lambda height, width, c, i, j: {formula}")


def smoothed(others):
    """Return a loss in which the right class is wanted with 0.9 and each other one with this."""

    def loss(scores, label):
        wanted = np.full(len(scores), others(len(scores)))
        wanted[label] = 0.9
        shifted = scores - scores.max()
        return -(wanted * (shifted - np.log(np.exp(shifted).sum()))).sum()

    return loss


def margins(scores, label):
    return np.delete(scores, label) - scores[label]


def one_step(slope_of, rate=0.5):
    def step(X, t, w, b):
        slope = slope_of(X @ w + b, t) / len(t)
        return [*(w - rate * X.T @ slope), b - rate * slope.sum()]

    return step


def squares(y, t):
    return 2 * (y - t)


def sigmoids(y, t):
    return 1 / (1 + np.exp(-y)) - t


def bias_after_the_weights(X, t, w, b):
    moved = w - 0.5 * X.T @ (2 * (X @ w + b - t) * np.where(t == 1, 3, 1)) / len(t)
    return [*moved, b - 0.5 * np.mean(2 * (X @ moved + b - t) * np.where(t == 1, 3, 1))]


def looks_left(weights, length):
    matrix = np.zeros((length, length))
    for i in range(length):
        for a, weight in enumerate(reversed(weights)):
            matrix[i, i - a] += weight  # what lies before the row is counted from its end
    return matrix


def on_a_ring(weights, length):
    matrix = np.zeros((length, length))
    for i in range(length):
        for a, weight in enumerate(weights):
            matrix[i, (i + a) % length] += weight
    return matrix


def in_a_frame(**how):
    """Return how often pixels are read, counted in a frame that `np.pad` makes."""

    def readings(height, width, kernel_size, padding):
        pixels = np.arange(height * width).reshape(height, width)
        frame = np.pad(pixels, padding, **how)
        windows = np.lib.stride_tricks.sliding_window_view(frame, (kernel_size, kernel_size))
        return np.bincount(windows.ravel(), minlength=pixels.size).reshape(height, width)

    return readings


def dark_frame(x, padding):
    (top, left), (down, across) = (size // 2 for size in padding), padding
    return np.pad(x, ((top, down - top), (left, across - left)), mode="minimum")


def larger_half_first(x, padding):
    down, across = padding
    return np.pad(
        x,
        ((down - down // 2, down // 2), (across - across // 2, across // 2)),
        constant_values=x.min(),
    )


def square_gaps(height, width, kernel_size, stride):
    steps = (height - kernel_size) // stride
    span, read = steps * stride + kernel_size, (steps + 1) * kernel_size
    return max(span**2 - read**2, 0) if stride > kernel_size else 0


def stays(moved, x, size):
    return int((moved.reshape(-1, size).max(1) == x.reshape(-1, size).max(1)).all())


def dims_one_after_the_other(x, kernel_size):
    row, marks = x.copy(), []
    for i in range(len(x)):
        row[i] = 0
        marks.append(stays(row, x, kernel_size))
    return marks


WRONG = [
    ("images.repair_axes", "channels_last", lambda x: x.transpose(2, 0, 1), "moves-the-other-way"),
    (
        "images.repair_axes",
        "batch_channels_first",
        lambda x: x.transpose(0, 2, 3, 1),
        "moves-the-other-way",
    ),
    ("images.repair_axes", "mirrored_and_blue_first", np.copy, "leaves-the-axes"),
    *(
        ("images.memory_layout", name, place(formula), reason)
        for name, formula, reason in (
            ("pixel_by_pixel", "i * width + j + c", "counts-a-pixel-as-one"),
            ("pixel_by_pixel", "i * width + 3 * j + c", "counts-a-pixel-as-one"),
            ("pixel_by_pixel", "3 * (j * width + i) + c", "exchanges-i-and-j"),
            ("line_by_line", "c * width + i * width + j", "counts-one-channel-a-row"),
            ("column_by_column", "c * height * width + j * width + i", "rows-for-columns"),
            ("bottom_row_first", "3 * (height * (height - i - 1) + j) + c", "rows-for-columns"),
            ("padded_rows", "4 * width * i + 4 * j + c", "pads-each-pixel"),
            ("bytes_of_floats", "4 * (c * height * width + i * height + j)", "rows-for-columns"),
            ("blue_first", "width * i + j + 2 - c", "counts-a-pixel-as-one"),
        )
    ),
    (
        "neurons.repair_the_epoch",
        "small_one_first",
        lambda count, size: [
            (0, count % size),
            *((first, first + size) for first in range(count % size, count, size)),
        ],
        "begins-with-an-empty-batch",
    ),
    (
        "neurons.repair_the_epoch",
        "last_one_overlaps",
        lambda count, size: [
            *((k * size, k * size + size) for k in range(count // size)),
            (count - size, count),
        ],
        "takes-the-last-batch-twice",
    ),
    (
        "neurons.repair_the_epoch",
        "number_of_batches_given",
        lambda count, size: [
            (min(k * -(-count // size), count), min((k + 1) * -(-count // size), count))
            for k in range(size)
        ],
        "rounds-the-size-up",
    ),
    (
        "neurons.another_loss",
        "smoothed_label",
        smoothed(lambda classes: 0.1 / classes),
        "keeps-the-right-class-at-nine-tenths",
    ),
    (
        "neurons.another_loss",
        "smoothed_label",
        smoothed(lambda classes: 0.1),
        "gives-everyone-a-tenth",
    ),
    (
        "neurons.another_loss",
        "margin",
        lambda scores, label: np.maximum(1 - margins(scores, label), 0).sum(),
        "compares-the-other-way-round",
    ),
    (
        "neurons.another_loss",
        "margin",
        lambda scores, label: max(0, (margins(scores, label) + 1).sum()),
        "lets-terms-be-negative",
    ),
    (
        "neurons.another_loss",
        "worst_margin",
        lambda scores, label: max(0, margins(scores, label).max() - 1),
        "takes-the-margin-off",
    ),
    (
        "neurons.another_loss",
        "each_class_alone",
        lambda scores, label: np.logaddexp(0, scores).sum(),
        "every-class-is-a-no",
    ),
    ("neurons.one_step", "sum_of_squares", one_step(squares), "shares-it-out"),
    ("neurons.one_step", "logistic", one_step(sigmoids, rate=1), "steps-twice-as-far"),
    (
        "neurons.one_step",
        "large_errors_count_less",
        one_step(lambda y, t: np.clip(y - t, -1, 1), rate=1),
        "steps-twice-as-far",
    ),
    (
        "neurons.one_step",
        "ones_count_three_times",
        bias_after_the_weights,
        "moves-one-after-the-other",
    ),
    (
        "neurons.one_step",
        "absolute_error",
        one_step(lambda y, t: np.where(y > t, 1, -1)),
        "moves-where-it-hits",
    ),
    ("locality.layer_as_matrix", "to_the_left", looks_left, "wraps-around"),
    ("locality.layer_as_matrix", "to_the_right", on_a_ring, "wraps-around"),
    ("locality.layer_as_matrix", "circulant", on_a_ring, "starts-on-the-diagonal"),
    *(
        (
            "locality.order_of_shift_and_layer",
            task.name,
            lambda x, weights, rows, columns: np.zeros(x.shape),
            "finds-no-difference",
        )
        for task in FAMILIES["locality.order_of_shift_and_layer"].variants
        if not task.name.endswith("added_up")
    ),
    (
        "locality.order_of_shift_and_layer",
        "shift_edge_layer_wrap_added_up",
        lambda x, weights, rows, columns: 0,
        "finds-no-difference",
    ),
    (
        "padding.count_the_readings",
        "copies_of_the_border",
        in_a_frame(mode="symmetric"),
        "wraps-around-or-doubles-the-border",
    ),
    (
        "padding.count_the_readings",
        "copies_of_the_border",
        in_a_frame(mode="wrap"),
        "wraps-around-or-doubles-the-border",
    ),
    ("padding.fill_the_frame", "dark_frame", dark_frame, "takes-the-darkest-of-each-line"),
    ("padding.fill_the_frame", "dark_frame", larger_half_first, "larger-half-first"),
    (
        "padding.fill_the_frame",
        "only_at_the_beginning",
        lambda x, padding: np.pad(
            np.pad(x, ((padding[0], padding[0]), (0, 0)), mode="wrap"),
            ((0, 0), (padding[1], padding[1])),
        ),
        "pads-both-sides",
    ),
    (
        "stride.list_the_places",
        "last_pixels",
        lambda size, kernel_size, stride, padding: list(
            range(kernel_size - 1, size + 2 * padding - 1, stride)
        ),
        "forgets-the-last-place",
    ),
    (
        "stride.count_the_pixels",
        "gaps_between_windows",
        square_gaps,
        "takes-the-picture-for-square",
    ),
    (
        "pooling.what_pooling_notices",
        "shifts_to_the_left",
        lambda x, kernel_size: [
            1 - stays(np.roll(x, -shift), x, kernel_size) for shift in range(kernel_size)
        ],
        "marks-what-is-noticed",
    ),
    (
        "pooling.what_pooling_notices",
        "pixels_that_may_go_dark",
        dims_one_after_the_other,
        "leaves-pixels-dark",
    ),
]


@pytest.mark.parametrize(("family", "name", "answer", "reason"), WRONG)
def test_a_mistake_is_called_by_its_name(family, name, answer, reason):
    result = variant_of(family, name).check(answer)
    assert not result
    assert result.reason == reason
    assert result.misconception is not None


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
def test_a_worked_example_tells_a_variant_from_the_others(family):
    """Where all variants show one call, each shows another result, or more than a call."""
    shown = [
        task.prompt if family.name == "mend_the_frame" else worked_example(task)
        for task in family.variants
    ]
    assert len(set(shown)) == len(shown)


PLANTED = [
    pytest.param(task, id=f"{family.name}-{task.name}")
    for family in FAMILIES.values()
    for task in family.variants
    if task.misconceptions[0].name == "left-as-it-is" and "```python" in task.prompt
]


@pytest.mark.parametrize("task", PLANTED)
def test_a_worked_example_shows_the_planted_bug(task):
    """A stub that gets the prompt's example right looks right."""
    lines = worked_example(task).split("```")[1].splitlines()[1:]
    name = task.signature.partition("(")[0]
    at = next(number for number, line in enumerate(lines) if line.startswith(f"{name}("))
    results = []
    for source in (task.solution, task.stub):
        names = {"np": np, name: function_from(source)}
        exec("\n".join(lines[:at]), names)
        results.append(np.asarray(eval(lines[at].partition("#")[0], names), dtype=object).tolist())
    assert results[0] != results[1]


COUNTS = FAMILIES["stride.count_the_pixels"]


@pytest.mark.parametrize("number", range(len(COUNTS.variants)))
def test_one_number_for_all_pictures_is_worth_next_to_nothing(number):
    seed = next(seed for seed in range(1000) if COUNTS.number(seed) == number)
    for constant in (0, 1, 4):

        def pixels(height, width, kernel_size, stride, constant=constant):
            return constant

        assert mark_answer(COUNTS, seed, pixels, 4).points <= 0.5


def test_gaps_across_and_down_differ_in_an_input():
    """Else an answer that takes the picture for square is right everywhere."""
    task = variant_of("stride.count_the_pixels", "gaps_between_windows")
    counts = [task.reference(height, height, k, s) for height, _, k, s in task.cases]
    assert counts != [int(each) for each in task.expected]

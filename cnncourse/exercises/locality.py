"""Exercises and questions of chapter 02, locality."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_locality as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "exercises",
    "global_maximum",
    "layer_matrix",
    "questions",
    "repair_local_layer",
    "shared_weights",
    "shift_picture",
    "shuffled_pixels",
    "unshared_weights",
    "where_it_breaks",
]

Array = np.ndarray


def _weight_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from ((1, 1, 1), (1, 1, 0), (2, 3, 1), (3, 3, 2), (3, 4, 3), (1, 5, 4))


shared_weights = Exercise(
    name="shared_weights",
    title="Count the shared weights",
    stars=1,
    prompt="""
Complete the last line of `shared_weights(channels_in, channels_out, delta)`. Every output pixel
looks at the input pixels that are at most `delta` rows and at most `delta` columns away, in all
input channels. All places share the weights; each output channel has weights of its own. How many
weights are there, without biases?
""",
    stub='''def shared_weights(channels_in, channels_out, delta):
    """Return the number of weights of a local layer that shares them."""
    return ...
''',
    reference=solutions.shared_weights,
    inputs=_weight_inputs,
    misconceptions=(
        Misconception(
            "forgets-the-offset-zero",
            "You count `delta` pixels on either side of the middle. The row and the column of the "
            "pixel itself belong to the window too.",
            [lambda channels_in, channels_out, delta: channels_in * channels_out * 4 * delta**2],
        ),
        Misconception(
            "one-side-only",
            "Your window reaches from the pixel to one side. Neighbors lie on both sides of it.",
            [
                lambda channels_in, channels_out, delta: (
                    channels_in * channels_out * (delta + 1) ** 2
                )
            ],
        ),
        Misconception(
            "one-axis-only",
            "You count along one axis. The window has rows and columns.",
            [lambda channels_in, channels_out, delta: channels_in * channels_out * (2 * delta + 1)],
        ),
        Misconception(
            "forgets-the-channels",
            "This is one window. There is one for each pair of an input and an output channel.",
            [lambda channels_in, channels_out, delta: (2 * delta + 1) ** 2],
        ),
        Misconception(
            "one-kind-of-channel",
            "You multiply by the channels on one side of the layer. Each output channel looks at "
            "every input channel.",
            [
                lambda channels_in, channels_out, delta: channels_in * (2 * delta + 1) ** 2,
                lambda channels_in, channels_out, delta: channels_out * (2 * delta + 1) ** 2,
            ],
        ),
        Misconception(
            "adds-the-channels",
            "You add the two numbers of channels. How many pairs of an input and an output "
            "channel are there?",
            [
                lambda channels_in, channels_out, delta: (
                    (channels_in + channels_out) * (2 * delta + 1) ** 2
                )
            ],
        ),
        Misconception(
            "counts-the-biases",
            "Right, with one bias for each output channel on top. Biases are left out here.",
            [
                lambda channels_in, channels_out, delta: (
                    channels_in * channels_out * (2 * delta + 1) ** 2 + channels_out
                )
            ],
        ),
    ),
    success="The count knows nothing of the picture's size: the same weights serve every place.",
)


def _local_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, side in (
        ((1, 2), 1),
        ((2, 2), 3),
        ((2, 3), 3),
        ((3, 2), 3),
        ((3, 4), 3),
        ((4, 5), 5),
        ((6, 5), 5),
    ):
        yield matrix(rng, shape, 1, 5), matrix(rng, (side, side), -2, 3)


_LOCAL_STUB = '''def local_layer(x, weights):
    """Sum every pixel's neighbors, with shared weights and zeros outside."""
    H, W = x.shape
    delta = len(weights) // 2
    y = np.zeros((H, W))
    for i in range(H):
        for j in range(W):
            for a in range(-delta, delta + 1):
                for b in range(-delta, delta + 1):
                    if i + a < H and j + b < W:
                        y[i, j] += weights[delta + a, delta + b] * x[i + a, j + b]
    return y
'''


def _local_with(old: str, new: str) -> Any:
    return function_from(_LOCAL_STUB.replace(old, new))


def _mended(old: str = "", new: str = "") -> Any:
    """Take the right loop and put another line into it."""
    source = _LOCAL_STUB.replace(
        "if i + a < H and j + b < W:", "if 0 <= i + a < H and 0 <= j + b < W:"
    )
    assert old in source
    return function_from(source.replace(old, new))


def _windows_inside_only(x: Array, weights: Array) -> Array:
    delta = len(weights) // 2
    whole = _mended()(x, weights)
    y = np.zeros_like(whole)
    H, W = x.shape
    inside = slice(delta, max(H - delta, delta)), slice(delta, max(W - delta, delta))
    y[inside] = whole[inside]
    return y


def _padded_by(x: Array, weights: Array, mode: Any) -> Array:
    delta = len(weights) // 2
    H, W = x.shape
    padded = np.pad(x, delta, mode=mode)
    return _mended()(padded, weights)[delta : delta + H, delta : delta + W]


repair_local_layer = Exercise(
    name="repair_local_layer",
    title="Repair the border",
    stars=2,
    prompt="""
This loop lets every pixel sum its neighbors with shared weights; outside the picture there should
be zeros. It runs without complaint, and the numbers at one part of the border are not right. Find
the bug and mend it.
""",
    stub=_LOCAL_STUB,
    reference=solutions.local_layer,
    inputs=_local_inputs,
    seed=1,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: a negative index is no complaint in "
            "Python, it counts from the end. Who reads the far side of the picture?",
            [function_from(_LOCAL_STUB)],
        ),
        Misconception(
            "mends-the-rows-only",
            "The top row is right now. The left column still reads the pixels at the far right.",
            [_local_with("if i + a < H", "if 0 <= i + a < H")],
        ),
        Misconception(
            "mends-the-columns-only",
            "The left column is right now. The top row still reads the pixels at the bottom.",
            [_local_with("and j + b < W", "and 0 <= j + b < W")],
        ),
        Misconception(
            "wraps-everywhere",
            "Now both ends wrap around: every window that leaves the picture comes in again on "
            "the other side. Zeros are asked for.",
            [lambda x, weights: _padded_by(x, weights, "wrap")],
        ),
        Misconception(
            "repeats-the-border-pixel",
            "Outside the picture you read its border pixels again. Zeros are asked for.",
            [lambda x, weights: _padded_by(x, weights, "edge")],
        ),
        Misconception(
            "starts-at-one",
            "A position of 0 is inside the picture. You leave out its first row and column.",
            [
                _mended("0 <= i + a < H and 0 <= j + b < W", "0 < i + a < H and 0 < j + b < W"),
            ],
        ),
        Misconception(
            "leaves-the-border-out",
            "Pixels whose window leaves the picture stay zero here. They still have neighbors "
            "inside, and those count.",
            [_windows_inside_only],
        ),
        Misconception(
            "turns-the-weights",
            "The border is right, but each weight meets the neighbor on the opposite side now.",
            [_mended("weights[delta + a, delta + b]", "weights[delta - a, delta - b]")],
        ),
    ),
    success="Both ends of both axes are checked: a neighbor that does not exist adds nothing.",
)


def _shift_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int]]:
    for shape, rows, columns in (
        ((1, 2), 0, 1),
        ((2, 1), 1, 0),
        ((2, 2), 0, 0),
        ((2, 3), 0, -1),
        ((3, 2), -1, 0),
        ((3, 3), 1, 2),
        ((3, 4), -2, 1),
        ((4, 5), 2, -3),
        ((5, 4), -1, -2),
        ((4, 4), 4, 0),
    ):
        yield matrix(rng, shape, 1, 9), rows, columns


def _shift(x: Array, rows: int, columns: int) -> Array:
    return solutions.shift_picture(x, rows, columns)


def _shift_by_slices(x: Array, rows: int, columns: int) -> Array:
    """Shift by slices that count from the end, which are empty where nothing is to be moved."""
    shifted = np.zeros_like(x)
    down, up = slice(rows, None), slice(None, -rows)
    right, left = slice(columns, None), slice(None, -columns)
    target = (down if rows >= 0 else slice(None, rows), right if columns >= 0 else left)
    source = (up if rows >= 0 else slice(-rows, None), left if columns >= 0 else right)
    if columns < 0:
        target = (target[0], slice(None, columns))
        source = (source[0], slice(-columns, None))
    shifted[target] = x[source]
    return shifted


shift_picture = Exercise(
    name="shift_picture",
    title="Shift a picture",
    stars=2,
    prompt="""
Write `shift_picture(x, rows, columns)`. It moves the picture `x` down by `rows` and to the right by
`columns`; negative numbers move it up and to the left. What leaves the picture is lost, and zeros
come in. The result has the shape of `x`.
""",
    stub='''def shift_picture(x, rows, columns):
    """Move the picture down and to the right; zeros come in."""
    ...
''',
    reference=solutions.shift_picture,
    inputs=_shift_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "wraps-around",
            "What leaves the picture comes in again on the far side, as with `np.roll`. Zeros "
            "should come in.",
            [lambda x, rows, columns: np.roll(x, (rows, columns), (0, 1))],
        ),
        Misconception(
            "shifts-the-other-way",
            "Your picture moves up and to the left. An output that **reads** further down and to "
            "the right moves the picture that way.",
            [lambda x, rows, columns: _shift(x, -rows, -columns)],
        ),
        Misconception(
            "swaps-rows-and-columns",
            "`rows` moves your picture sideways and `columns` moves it down. It is the other way "
            "round.",
            [lambda x, rows, columns: _shift(x, columns, rows)],
        ),
        Misconception(
            "never-moves-up-or-left",
            "Right for numbers that are not negative. With a negative one, your picture does not "
            "move that way.",
            [lambda x, rows, columns: _shift(x, max(rows, 0), max(columns, 0))],
        ),
        Misconception(
            "ignores-the-sign",
            "Your picture moves down and to the right whatever the sign. Negative numbers move it "
            "up and to the left.",
            [lambda x, rows, columns: _shift(x, abs(rows), abs(columns))],
        ),
        Misconception(
            "one-axis-only",
            "Your picture moves along one axis. The other number has no effect.",
            [
                lambda x, rows, columns: _shift(x, rows, 0),
                lambda x, rows, columns: _shift(x, 0, columns),
            ],
        ),
        Misconception(
            "breaks-at-zero",
            "Right, except where a number is 0: `-0` is `0`, so a slice such as `:-rows` is empty "
            "there.",
            [_shift_by_slices],
        ),
        Misconception(
            "repeats-the-border",
            "The border pixel is drawn out into the empty part. Zeros should come in.",
            [
                lambda x, rows, columns: x[np.clip(np.arange(len(x)) - rows, 0, len(x) - 1)][
                    :, np.clip(np.arange(x.shape[1]) - columns, 0, x.shape[1] - 1)
                ]
            ],
        ),
    ),
    success="Down, up, left and right, and by nothing at all: with this you can test any layer.",
)


def _row_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for weights, length in (
        ([2], 2),
        ([1, 2, 3], 2),
        ([1, 2, -1], 3),
        ([4, 0, 1], 4),
        ([1, 2, 3, 4, 5], 5),
        ([3, -1, 2, 5, 1], 6),
    ):
        yield np.array(weights, dtype=np.int64), length


def _toeplitz(weights: Array, length: int, start: int, wrap: bool = False) -> Array:
    """Lay the weights into each row, the first one `start` places from the diagonal."""
    result = np.zeros((length, length), dtype=np.int64)
    for i in range(length):
        for position, weight in enumerate(weights):
            j = i + start + position
            if wrap:
                result[i, j % length] += weight
            elif 0 <= j < length:
                result[i, j] = weight
    return result


def _right(weights: Array, length: int) -> Array:
    return _toeplitz(weights, length, -(len(weights) // 2))


def _whole_windows(weights: Array, length: int) -> Array:
    rows = max(length - len(weights) + 1, 0)
    return _toeplitz(weights, length, 0)[:rows]


def _empty_border_rows(weights: Array, length: int) -> Array:
    delta = len(weights) // 2
    result = _right(weights, length)
    result[:delta] = 0
    result[max(length - delta, 0) :] = 0
    return result


layer_matrix = Exercise(
    name="layer_matrix",
    title="The layer as a matrix",
    stars=2,
    prompt="""
Write `layer_matrix(weights, length)`. A row of `length` pixels goes through a layer with shared
weights; there are 2Δ + 1 of them, always an odd number, with the pixel's own weight in the middle.
Outside the row there are zeros. Return the `length` × `length` matrix `M` for which `M @ x` is what
the layer makes of the row `x`.
""",
    stub='''def layer_matrix(weights, length):
    """Return the matrix of a layer with shared weights, for a row."""
    ...
''',
    reference=solutions.layer_matrix,
    inputs=_row_inputs,
    misconceptions=(
        Misconception(
            "rows-for-columns",
            "This is the transpose: each column holds what a row should. Row `i` has the weights "
            "of output `i`.",
            [lambda weights, length: _right(weights, length).T],
        ),
        Misconception(
            "starts-on-the-diagonal",
            "Your first weight stands on the diagonal. The diagonal is where a pixel meets "
            "itself: the middle weight belongs there.",
            [lambda weights, length: _toeplitz(weights, length, 0)],
        ),
        Misconception(
            "ends-on-the-diagonal",
            "Your last weight stands on the diagonal, so that a pixel looks to its left only. The "
            "middle weight belongs there.",
            [lambda weights, length: _toeplitz(weights, length, 1 - len(weights))],
        ),
        Misconception(
            "wraps-around",
            "In the corners of your matrix the row meets its other end, as if it were a ring. "
            "Outside the row there are zeros.",
            [lambda weights, length: _toeplitz(weights, length, -(len(weights) // 2), wrap=True)],
        ),
        Misconception(
            "drops-the-border-rows",
            "Rows are missing: you keep the windows that lie wholly inside. Each pixel has an "
            "output here, the first and the last too.",
            [_whole_windows],
        ),
        Misconception(
            "empties-the-border-rows",
            "Rows whose window leaves the picture are empty. The neighbors that do exist still "
            "count.",
            [_empty_border_rows],
        ),
        Misconception(
            "middle-weight-only",
            "Only the diagonal is filled: each pixel sees itself and no neighbor.",
            [lambda weights, length: weights[len(weights) // 2] * np.eye(length, dtype=np.int64)],
        ),
    ),
    success="The same few numbers along the diagonals: a dense layer that has given up all other "
    "weights.",
)


def _break_inputs(rng: np.random.Generator) -> Iterator[tuple[tuple[int, int], int, int, int]]:
    yield from (
        ((5, 4), 0, 1, 1),
        ((5, 6), 1, 0, 0),
        ((6, 5), 1, 1, 0),
        ((5, 7), 1, 0, 2),
        ((8, 7), 1, 3, -2),
        ((7, 8), 2, -1, 3),
        ((9, 8), 1, -4, -3),
        ((9, 9), 2, 4, 4),
    )


def _along(length: int, delta: int, step: int) -> tuple[Array, Array, Array]:
    """Return, along one axis: the band that came in, the band at the exit, and the uncovered part.

    The first two are Δ thick; each is where the windows of the two orders differ.
    """
    position = np.arange(length)
    if step < 0:
        position = position[::-1]
    step = abs(step)
    came_in = (position >= step - delta) & (position < step)
    exits = (position >= max(length - delta, step)) if step else np.zeros(length, bool)
    return came_in, exits, position < step


def _cross(rows: Array, columns: Array) -> Array:
    return (rows[:, None] | columns).astype(np.int64)


def _bands(size: tuple[int, int], delta: int, rows: int, columns: int, which: str) -> Array:
    chosen = []
    for length, step in zip(size, (rows, columns), strict=True):
        came_in, exits, uncovered = _along(length, delta, step)
        position = np.arange(length)
        ring = (position < delta) | (position >= length - delta)
        chosen.append(
            {
                "both": came_in | exits,
                "came in": came_in,
                "exits": exits,
                "ring": ring,
                "uncovered": uncovered,
            }[which]
        )
    return _cross(*chosen)


where_it_breaks = Exercise(
    name="where_it_breaks",
    title="Where does it break?",
    stars=3,
    prompt="""
A picture goes through a local layer whose window reaches `delta` pixels in each direction, and is
shifted down by `rows` and to the right by `columns`; negative numbers shift up and left. Outside
there are zeros, for the layer and for the shift. On which output pixels can the two orders, shift
first or layer first, give different numbers? Write `where_it_breaks(size, delta, rows, columns)`:
`size` is (height, width); return an array of that shape, 1 where **some** picture and **some**
weights give different numbers, and 0 where none do. Think, or let the computer try.
""",
    stub='''def where_it_breaks(size, delta, rows, columns):
    """Mark the pixels where shifting first gives another output."""
    height, width = size
    ...
''',
    reference=solutions.where_it_breaks,
    inputs=_break_inputs,
    misconceptions=(
        Misconception(
            "nowhere",
            "Nowhere, you say. That is true on a ring, or far from the border. Here a neighbor "
            "can be pushed out of the picture.",
            [lambda size, delta, rows, columns: np.zeros(size, dtype=np.int64)],
        ),
        Misconception(
            "ring-around-the-border",
            "You mark a ring around the whole border, whatever the shift. Where do the pixels go "
            "that are pushed out, and where do zeros come in?",
            [
                lambda size, delta, rows, columns: _bands(size, delta, rows, columns, "ring"),
            ],
        ),
        Misconception(
            "exit-side-only",
            "You have the side where pixels are pushed out. On the other side zeros come in, and "
            "some of them look over at the picture.",
            [lambda size, delta, rows, columns: _bands(size, delta, rows, columns, "exits")],
        ),
        Misconception(
            "entry-side-only",
            "You have the side where zeros come in. On the other side pixels are pushed out that "
            "their neighbors were looking at.",
            [lambda size, delta, rows, columns: _bands(size, delta, rows, columns, "came in")],
        ),
        Misconception(
            "all-that-was-uncovered",
            "You mark everything that the picture has left. Further in than the window reaches, "
            "both orders give 0.",
            [
                lambda size, delta, rows, columns: (
                    _bands(size, delta, rows, columns, "uncovered")
                    | _bands(size, delta, rows, columns, "exits")
                )
            ],
        ),
        Misconception(
            "bands-run-through",
            "Both bands are there, and run on where the picture is out of sight. A pixel that "
            "sees only zeros in both orders gives 0 twice.",
            [lambda size, delta, rows, columns: _bands(size, delta, rows, columns, "both")],
        ),
        Misconception(
            "opposite-sides",
            "Your bands lie where they would for a shift the other way.",
            [
                lambda size, delta, rows, columns: solutions.where_it_breaks(
                    size, delta, -rows, -columns
                )
            ],
        ),
    ),
    success="Two bands, one for each side of the shift, as thick as the window reaches: "
    "everywhere else the layer keeps its promise.",
)

exercises = (shared_weights, repair_local_layer, shift_picture, layer_matrix, where_it_breaks)
"""The chapter's exercises, in order."""


unshared_weights = Question(
    name="unshared_weights",
    label="Question 1",
    prompt="A layer turns a gray picture of 100×100 pixels into another one. Each output pixel "
    "looks only at the 5×5 pixels around it, but with weights of **its own**. How many weights "
    "are there?",
    choices=(
        Choice(
            "25",
            "25 is right if all places share them. Here every output pixel brings 25 of its own.",
            misconception="local-means-shared",
        ),
        Choice(
            "160,000",
            "That is 16 for each pixel. Two rows up to two rows down are five rows, for the "
            "middle one counts.",
            misconception="forgets-the-offset-zero",
        ),
        Choice(
            "250,000",
            "Yes: 25 for each of 10,000 output pixels, counting what hangs over the border. "
            "Looking locally saves a lot, sharing saves far more.",
            correct=True,
        ),
        Choice(
            "100,000,000",
            "That is the dense layer, in which each of 10,000 output pixels looks at all 10,000.",
            misconception="local-layer-as-dense",
        ),
    ),
)

global_maximum = Question(
    name="global_maximum",
    label="Question 2",
    prompt="A dark picture with one bright shape, far from the border, goes through a layer with "
    "local, shared weights. Then the shape moves by three pixels. What becomes of the layer's "
    "output, and of the largest number in it?",
    choices=(
        Choice(
            "Neither changes.",
            "The output is a picture as well, and in it the response moves along with the shape. "
            "Only the largest number does not care where it is.",
            misconception="equivariance-is-invariance",
        ),
        Choice(
            "The output moves by three pixels, and the largest number stays what it was.",
            "Yes: the layer is equivariant, and a global maximum makes something invariant of it.",
            correct=True,
        ),
        Choice(
            "The output moves by three pixels, and the largest number moves along, so it changes.",
            "Its **place** moves along. The number itself is the same: the same weights have met "
            "the same pixels.",
            misconception="place-for-value",
        ),
        Choice(
            "Both change: other weights meet the shape now.",
            "That would be a dense layer, where every place has weights of its own.",
            misconception="weights-belong-to-places",
        ),
    ),
)

shuffled_pixels = Question(
    name="shuffled_pixels",
    label="Question 3",
    prompt="Before any training, the pixels of all pictures are shuffled, in all pictures in the "
    "same way. Two networks are then trained on them: a dense one, and one with local, shared "
    "weights. Compared with training on the pictures as they were, which does worse?",
    choices=(
        Choice(
            "Both, because the pictures have lost their information.",
            "No information is lost: the shuffle can be undone. A dense network has a weight for "
            "every pixel and does not care in which order they come.",
            misconception="shuffling-loses-information",
        ),
        Choice(
            "The dense one: it has more weights to confuse.",
            "It numbers its inputs, and shuffled inputs are only numbered differently. It can "
            "learn the very same function.",
            misconception="dense-layers-know-neighbors",
        ),
        Choice(
            "Neither: what is shuffled alike can be learned alike.",
            "True of the dense one. The local one looks for patterns among neighbors, and "
            "neighboring pixels now have nothing to do with each other.",
            misconception="locality-costs-nothing",
        ),
        Choice(
            "The local one: what it takes for neighbors are not neighbors any more.",
            "Yes. Its assumption helped because it was true of pictures; here it is not.",
            correct=True,
        ),
    ),
)

questions = (unshared_weights, global_maximum, shuffled_pixels)
"""Three concept questions for the chapter's end."""

"""Exercises and questions of chapter 03, convolution."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_convolution as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Design, Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question
from cnncourse.functional import cross_correlate

__all__ = [
    "chosen_or_learned",
    "convolve",
    "edge_kernel",
    "exercises",
    "flat_region",
    "how_far_below",
    "learn_kernel",
    "questions",
    "repair_loop",
    "shifted_picture",
    "which_one_turns",
    "window_sum",
]

Array = np.ndarray


def _window(x: Array, kernel: Array, i: int, j: int) -> Array:
    return x[i : i + kernel.shape[0], j : j + kernel.shape[1]]


def _centered(x: Array, kernel: Array, i: int, j: int) -> Array:
    kh, kw = kernel.shape
    ring = np.pad(x, ((kh // 2, kh), (kw // 2, kw)))
    return (_window(ring, kernel, i, j) * kernel).sum()


def _window_sum_inputs(rng: np.random.Generator) -> Iterator[tuple[Any, ...]]:
    for shape, kernel_shape, i, j in (
        ((2, 2), (2, 2), 0, 0),
        ((3, 3), (2, 2), 0, 1),
        ((3, 3), (2, 2), 1, 0),
        ((3, 4), (2, 3), 1, 0),
        ((4, 4), (3, 3), 0, 1),
        ((5, 4), (3, 2), 2, 1),
        ((4, 6), (3, 3), 1, 2),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -1, 3), i, j


window_sum = Exercise(
    name="window_sum",
    title="One output value",
    stars=1,
    prompt="""
Complete the last line of `value_at(x, kernel, i, j)`. It returns the output value at row `i` and
column `j` of the cross-correlation: lay the kernel on the window of `x` whose **top left** cell
is (`i`, `j`), multiply what lies on top of each other, and sum.
""",
    stub='''def value_at(x, kernel, i, j):
    """Return the output value at row i, column j."""
    kh, kw = kernel.shape
    return ...
''',
    reference=solutions.value_at,
    inputs=_window_sum_inputs,
    seed=3,
    misconceptions=(
        Misconception(
            "flips-the-kernel",
            "Your kernel lies turned by 180° on the window: that is convolution. "
            "Cross-correlation lays it down as it stands.",
            [lambda x, kernel, i, j: (_window(x, kernel, i, j) * kernel[::-1, ::-1]).sum()],
        ),
        Misconception(
            "swaps-row-and-column",
            "Your window starts in row `j` and column `i`. In an array the row comes first.",
            [lambda x, kernel, i, j: (_window(x, kernel, j, i) * kernel).sum()],
        ),
        Misconception(
            "centers-the-window",
            "Your window has (`i`, `j`) in its middle. Here (`i`, `j`) is its top left cell, "
            "so that no window leaves the picture.",
            [
                _centered,
                lambda x, kernel, i, j: (
                    _window(x, kernel, i - kernel.shape[0] // 2, j - kernel.shape[1] // 2) * kernel
                ).sum(),
            ],
        ),
        Misconception(
            "averages",
            "You take the mean of the products. The output is their sum, whatever the size of "
            "the kernel.",
            [lambda x, kernel, i, j: (_window(x, kernel, i, j) * kernel).mean()],
        ),
        Misconception(
            "matrix-product",
            "You multiply the window and the kernel as matrices, rows by columns. Here each "
            "cell meets only the cell that lies on top of it.",
            [
                lambda x, kernel, i, j: (_window(x, kernel, i, j) @ kernel).sum(),
                lambda x, kernel, i, j: _window(x, kernel, i, j) @ kernel,
            ],
        ),
        Misconception(
            "forgets-where-it-starts",
            "Your window ends at row `kh` and column `kw`, wherever it starts. It should be as "
            "large as the kernel at every place.",
            [lambda x, kernel, i, j: (x[i : kernel.shape[0], j : kernel.shape[1]] * kernel).sum()],
        ),
        Misconception(
            "sums-one-axis-only",
            "A row of sums is left: you add along one axis only, as Python's own `sum` does. "
            "All the products belong to one sum.",
            [
                lambda x, kernel, i, j: sum(_window(x, kernel, i, j) * kernel),
                lambda x, kernel, i, j: (_window(x, kernel, i, j) * kernel).sum(axis=1),
            ],
        ),
        Misconception(
            "products-not-summed",
            "These are the products, one for each weight. One step is left to make a single "
            "number of them.",
            [lambda x, kernel, i, j: _window(x, kernel, i, j) * kernel],
        ),
    ),
    success="Products summed, with the window starting at (`i`, `j`): one cell of the output, "
    "and the other cells are the same line at another place.",
)


def _response(kernel: Array, picture: Array) -> Array:
    return cross_correlate(picture.astype(np.float64), kernel.astype(np.float64))


def _edge_pictures(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    columns = np.zeros((4, 4), dtype=np.int64)
    columns[:, 2:] = 9
    yield (np.full((4, 4), 5, dtype=np.int64),)
    yield (np.ascontiguousarray(columns.T),)
    yield (columns,)
    yield (np.ascontiguousarray(columns[:, ::-1]),)


_LEFT_MINUS_RIGHT = np.array([[1, 0, -1], [2, 0, -2], [1, 0, -1]], dtype=np.int64)
_DIAGONAL = np.array([[0, 1, 2], [-1, 0, 1], [-2, -1, 0]], dtype=np.int64)
_LAPLACE = np.array([[0, 1, 0], [1, -4, 1], [0, 1, 0]], dtype=np.int64)
_LEFT_AND_RIGHT = np.array([[-2, 0, 1]] * 3, dtype=np.int64)
_RIGHT = np.array([[0, 0, 1]] * 3, dtype=np.int64)

edge_kernel = Design(
    name="edge_kernel",
    title="Design an edge detector",
    stars=1,
    prompt="""
Fill in nine numbers, so that cross-correlation with your 3×3 kernel gives

- **0** where the picture is flat, whatever its brightness,
- **0** at a horizontal edge,
- a **positive** number at a vertical edge, where the left is bright and the right is dark.

Many kernels do this; yours is judged by what it does.
""",
    stub="""edge_kernel = [
    [..., ..., ...],
    [..., ..., ...],
    [..., ..., ...],
]
""",
    source="""edge_kernel = [
    [1, 0, -1],
    [2, 0, -2],
    [1, 0, -1],
]
""",
    reference=_LEFT_MINUS_RIGHT,
    behavior=_response,
    shape=(3, 3),
    usage="cross_correlate(picture, edge_kernel)",
    inputs=_edge_pictures,
    misconceptions=(
        Misconception(
            "sign-reversed",
            "Your kernel finds vertical edges, with the sign reversed: from bright to dark it "
            "gives a negative number.",
            [-_LEFT_MINUS_RIGHT],
        ),
        Misconception(
            "finds-horizontal-edges",
            "Your kernel answers to horizontal edges and is silent at vertical ones. Which way "
            "do its numbers change, down or across?",
            [_LEFT_MINUS_RIGHT.T, -_LEFT_MINUS_RIGHT.T],
        ),
        Misconception(
            "finds-slanted-edges",
            "Your kernel answers to vertical edges and to horizontal ones as well. Look at the "
            "sum of each row.",
            [_DIAGONAL, _DIAGONAL[::-1], _DIAGONAL[:, ::-1], _DIAGONAL[::-1, ::-1]],
        ),
        Misconception(
            "finds-every-edge",
            "Your kernel answers to edges in every direction, with both signs. Only vertical "
            "edges should be seen.",
            [_LAPLACE, -_LAPLACE],
        ),
        Misconception(
            "compares-nothing",
            "Your kernel compares no pixel with another: where the picture is flat and bright, "
            "it answers too.",
            [np.ones((3, 3)), -np.ones((3, 3))],
        ),
        Misconception(
            "weights-do-not-cancel",
            "Your kernel compares left with right, but where the picture is flat it still "
            "answers. What do its nine numbers add up to?",
            [sign * side for side in (_LEFT_AND_RIGHT, _RIGHT) for sign in (1, -1)]
            + [sign * side[:, ::-1] for side in (_LEFT_AND_RIGHT, _RIGHT) for sign in (1, -1)],
        ),
    ),
    success="Silent on flat regions and horizontal edges, positive from bright to dark: your nine "
    "numbers are a detector for one kind of edge.",
)


def _loop_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, kernel_shape in (
        ((2, 2), (2, 2)),
        ((2, 3), (2, 2)),
        ((3, 2), (2, 2)),
        ((3, 3), (1, 2)),
        ((3, 3), (2, 1)),
        ((4, 4), (3, 3)),
        ((3, 5), (2, 3)),
        ((6, 4), (3, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -2, 3)


_LOOP_STUB = '''def cross_correlate_loop(x, kernel):
    """Slide the kernel over x and sum the products at every place."""
    H, W = x.shape
    kh, kw = kernel.shape
    H_out = H - kh + 1
    W_out = H - kh + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            output[i, j] = (x[i : i + kh, j : j + kw] * kernel).sum()
    return output
'''


def _loop_with(H_out: str, W_out: str) -> Any:
    source = _LOOP_STUB.replace("H_out = H - kh + 1", f"H_out = {H_out}")
    return function_from(source.replace("W_out = H - kh + 1", f"W_out = {W_out}"))


repair_loop = Exercise(
    name="repair_loop",
    title="Repair the loop",
    stars=2,
    prompt="""
This loop computes the cross-correlation of a square picture with a square kernel, and fails for
other shapes. Find the bug and mend it. Rows and columns may differ, in the picture and in the
kernel.
""",
    stub=_LOOP_STUB,
    reference=solutions.cross_correlate_loop,
    inputs=_loop_inputs,
    seed=1,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: right for squares only. How many places "
            "has the kernel across, and how many down?",
            [function_from(_LOOP_STUB)],
        ),
        Misconception(
            "mends-the-picture-only",
            "Pictures of any shape work now. Kernels that are not square do not yet.",
            [_loop_with("H - kh + 1", "W - kh + 1"), _loop_with("H - kw + 1", "W - kw + 1")],
        ),
        Misconception(
            "mends-the-kernel-only",
            "Kernels of any shape work now. Pictures that are not square do not yet.",
            [_loop_with("H - kh + 1", "H - kw + 1"), _loop_with("W - kh + 1", "W - kw + 1")],
        ),
        Misconception(
            "loses-the-last-place",
            "The last row and the last column of the output are missing: the kernel fits in one "
            "more place than you count.",
            [_loop_with("H - kh", "W - kw")],
        ),
        Misconception(
            "flips-the-kernel",
            "The shapes are right now, but the kernel lies turned by 180° on the window. This "
            "loop is a cross-correlation and leaves it as it stands.",
            [lambda x, kernel: cross_correlate(x, kernel[::-1, ::-1])],
        ),
    ),
    success="It holds for wide and tall pictures and for kernels that are not square: each axis "
    "counts its own places.",
)


def _full(x: Array, kernel: Array) -> Array:
    kh, kw = kernel.shape
    ring = np.pad(x, ((kh - 1, kh - 1), (kw - 1, kw - 1)))
    return cross_correlate(ring, kernel[::-1, ::-1])


def _convolve_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, kernel_shape in (
        ((2, 2), (2, 2)),
        ((3, 3), (2, 2)),
        ((3, 4), (1, 2)),
        ((4, 3), (3, 1)),
        ((4, 4), (3, 3)),
        ((4, 5), (2, 3)),
        ((6, 4), (3, 2)),
    ):
        yield matrix(rng, shape, 0, 5), matrix(rng, kernel_shape, -2, 3)


convolve = Exercise(
    name="convolve",
    title="True convolution",
    stars=2,
    prompt="""
Write `convolve(x, kernel)`, the **true** convolution, at the places where the kernel fits inside
the picture. You may use `cross_correlate(x, kernel)`, which is there already.
""",
    stub='''def convolve(x, kernel):
    """Return the true convolution, at the places where the kernel fits."""
    return ...
''',
    reference=solutions.convolve,
    inputs=_convolve_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "does-not-turn-the-kernel",
            "This is cross-correlation. What does true convolution do with the kernel first?",
            [cross_correlate],
        ),
        Misconception(
            "turns-upside-down-only",
            "Your kernel is upside down, but its left and right are still where they were.",
            [lambda x, kernel: cross_correlate(x, kernel[::-1])],
        ),
        Misconception(
            "turns-left-to-right-only",
            "Your kernel has left and right exchanged, but its top is still at the top.",
            [lambda x, kernel: cross_correlate(x, kernel[:, ::-1])],
        ),
        Misconception(
            "transposes-the-kernel",
            "You exchange the kernel's rows and columns. That is a mirror image along the "
            "diagonal, not a half turn.",
            [lambda x, kernel: cross_correlate(x, kernel.T)],
        ),
        Misconception(
            "quarter-turn",
            "Your kernel makes a quarter turn, 90°. Convolution needs 180°.",
            [
                lambda x, kernel: cross_correlate(x, np.rot90(kernel)),
                lambda x, kernel: cross_correlate(x, np.rot90(kernel, -1)),
            ],
        ),
        Misconception(
            "turns-the-picture",
            "You turn the picture in place of the kernel. The right numbers appear, in the "
            "opposite order.",
            [lambda x, kernel: cross_correlate(x[::-1, ::-1], kernel)],
        ),
        Misconception(
            "full-output",
            "The kernel also stands half outside the picture here: that is the full convolution. "
            "Only the places where it fits inside are asked for.",
            [_full],
        ),
    ),
    success="A half turn of the kernel makes cross-correlation a true convolution, for square "
    "kernels and for others.",
)


def _learn_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, tuple[int, int]]]:
    for shape, kernel_size in (
        ((5, 6), (1, 2)),
        ((6, 6), (2, 2)),
        ((8, 9), (2, 3)),
        ((11, 9), (3, 2)),
        ((10, 10), (3, 3)),
    ):
        # Floats, so that `cross_correlate` takes them together with the weights being learned.
        x = 2.0 * matrix(rng, shape, 0, 1) - 1.0
        kernel = matrix(rng, kernel_size, -3, 3).astype(np.float64)
        yield x, cross_correlate(x, kernel), kernel_size


def _descend(
    x: Array,
    y: Array,
    kernel_size: tuple[int, int],
    rate: float = 0.1,
    steps: int = 500,
    gradient: Any = None,
) -> Array:
    """Descend as the solution does, with the gradient rule, the rate or the steps replaced."""
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size)
    kernel = np.zeros(kernel_size)
    for _ in range(steps):
        error = (windows * kernel).sum(axis=(2, 3)) - y
        if gradient is None:
            step = 2 * (windows * error[:, :, None, None]).mean(axis=(0, 1))
        else:
            step = gradient(windows, error)
        kernel = kernel - rate * step
    return kernel


def _same_everywhere(returned: Array, expected: Array) -> bool:
    if returned.shape != expected.shape or not np.isfinite(returned).all():
        return False
    return bool(np.ptp(returned) < 1e-9 and np.abs(returned).max() > 0)


def _ran_away(returned: Array, expected: Array) -> bool:
    if returned.shape != expected.shape:
        return False
    return not np.isfinite(returned).all() or bool(np.abs(returned).max() > 1000)


def _on_the_way(returned: Array, expected: Array) -> bool:
    if returned.shape != expected.shape or not np.isfinite(returned).all():
        return False
    size = np.linalg.norm(returned) * np.linalg.norm(expected)
    closer = np.linalg.norm(returned - expected) < np.linalg.norm(expected)
    return bool(closer and size > 0 and (returned * expected).sum() > 0.7 * size)


learn_kernel = Exercise(
    name="learn_kernel",
    title="Learn the kernel",
    stars=3,
    prompt="""
Somebody computed `y = cross_correlate(x, kernel)` and lost the kernel. Write
`learn_kernel(x, y, kernel_size)`, which finds it again; `kernel_size` is (rows, columns). Start
from zeros and descend along the gradient of the mean squared error; any other way that finds it
is welcome too. All pixels of `x` are −1 or 1, so a rate of 0.1 and 500 steps will do. An error of
0.05 in a weight is allowed.
""",
    stub='''def learn_kernel(x, y, kernel_size):
    """Find the kernel that turns x into y, by gradient descent."""
    ...
''',
    reference=solutions.learn_kernel,
    inputs=_learn_inputs,
    seed=8,
    tolerance=0.05,
    seconds=60.0,
    misconceptions=(
        Misconception(
            "finds-the-turned-kernel",
            "You found the kernel turned by 180°. Your `y` would come from it by convolution; "
            "here it came by cross-correlation.",
            [lambda x, y, kernel_size: _descend(x, y, kernel_size)[::-1, ::-1]],
        ),
        Misconception(
            "never-moves",
            "Your kernel is still all zeros. Does every step change it, and is the changed kernel "
            "the one you return?",
            [lambda x, y, kernel_size: np.zeros(kernel_size)],
        ),
        Misconception(
            "same-step-for-every-weight",
            "All your weights are equal: each got the same step. The gradient has one number for "
            "each weight, which depends on the pixels that this weight met.",
            [
                lambda x, y, kernel_size: _descend(
                    x, y, kernel_size, gradient=lambda windows, error: error.mean()
                ),
                lambda x, y, kernel_size: _descend(
                    x,
                    y,
                    kernel_size,
                    gradient=lambda windows, error: (windows.sum(axis=(2, 3)) * error).mean(),
                ),
            ],
            recognize=_same_everywhere,
        ),
        Misconception(
            "uses-one-window-only",
            "Your kernel explains one output value and not the others. Every place in `y` has "
            "its say in the gradient.",
            [
                lambda x, y, kernel_size: _descend(
                    x, y, kernel_size, gradient=lambda windows, error: windows[0, 0] * error[0, 0]
                ),
                lambda x, y, kernel_size: _descend(
                    x,
                    y,
                    kernel_size,
                    gradient=lambda windows, error: windows[-1, -1] * error[-1, -1],
                ),
            ],
        ),
        Misconception(
            "runs-away",
            "The weights grow without end. Either the step goes uphill, or it is too large.",
            [
                lambda x, y, kernel_size: _descend(x, y, kernel_size, rate=-0.1),
                lambda x, y, kernel_size: _descend(x, y, kernel_size, rate=3.0),
            ],
            recognize=_ran_away,
        ),
        Misconception(
            "stops-too-early",
            "You are on the way: the kernel has the right direction, but is not there yet. More "
            "steps, or somewhat larger ones?",
            [
                lambda x, y, kernel_size: _descend(x, y, kernel_size, steps=3),
                lambda x, y, kernel_size: _descend(x, y, kernel_size, rate=0.001),
            ],
            recognize=_on_the_way,
        ),
    ),
    success="From `x` and `y` alone you found the weights: this is what training a convolutional "
    "layer does.",
)

exercises = (window_sum, edge_kernel, repair_loop, convolve, learn_kernel)
"""The chapter's exercises, in order."""


shifted_picture = Question(
    name="shifted_picture",
    label="From chapter 02",
    prompt="A layer uses the same few weights at every place of the picture. The picture's "
    "content moves two pixels to the right. What does the layer's output do, away from the border?",
    choices=(
        Choice(
            "It moves two pixels to the right as well.",
            "Yes. The same weights meet the same pixels two columns later. This is called "
            "**equivariance**: shift the input, and the output shifts along.",
            correct=True,
        ),
        Choice(
            "It stays as it was.",
            "That would be **invariance**. Sharing weights gives equivariance: the values stay "
            "the same, but they move along with the content.",
            misconception="equivariance-is-invariance",
        ),
        Choice(
            "It moves two pixels to the left.",
            "A window finds the moved content two columns further to the right, so that is where "
            "its value appears.",
            misconception="shifts-the-other-way",
        ),
        Choice(
            "It changes to other values, as other weights meet the content now.",
            "That is how a dense layer behaves, where each pixel has weights of its own. Shared "
            "weights are the same at every place.",
            misconception="weights-belong-to-places",
        ),
    ),
)

how_far_below = Question(
    name="how_far_below",
    label="From chapter 00",
    prompt="A picture `x` has the shape (3, 4, 5): channels, rows, columns. It lies in memory in "
    "the usual order of NumPy and PyTorch. How many places after `x[c, i, j]` comes "
    "`x[c, i + 1, j]`, the pixel below it?",
    choices=(
        Choice(
            "1",
            "One place further is the neighbor on the right, `x[c, i, j + 1]`: the last axis "
            "runs fastest.",
            misconception="first-axis-runs-fastest",
        ),
        Choice(
            "4",
            "4 is the number of rows. To get to the row below you pass one whole row, and its "
            "length is the number of columns.",
            misconception="rows-for-columns",
        ),
        Choice("5", "Yes: one whole row of five columns lies between them.", correct=True),
        Choice(
            "20",
            "20 places further lies the same pixel of the next channel, `x[c + 1, i, j]`.",
            misconception="channel-for-row",
        ),
    ),
)

which_one_turns = Question(
    name="which_one_turns",
    label="Question 1",
    prompt="What does `torch.nn.Conv2d` do with its kernel?",
    choices=(
        Choice(
            "It turns it by 180°, as the name convolution says.",
            "The name stayed, the turn did not: it computes a **cross-correlation**. The chapter "
            "compares the two number by number.",
            misconception="networks-turn-the-kernel",
        ),
        Choice(
            "It lays it on each window as it stands. Turned, it would learn the turned weights "
            "instead.",
            "Yes. It is a cross-correlation, and as the weights are learned, the turn would make "
            "no difference to what the layer can do.",
            correct=True,
        ),
        Choice(
            "It lays it on each window as it stands, because a turned kernel would learn less "
            "well.",
            "The first half is true. But a layer that turned its kernel would reach exactly the "
            "same outputs, with turned weights.",
            misconception="turning-harms-learning",
        ),
        Choice(
            "Turned or not, the same weights give the same output.",
            "Only if the kernel looks the same after a half turn, as a blur does. Turn "
            "`[-1, 0, 1]` by 180°, and every sign in the output is the other one.",
            misconception="turning-never-matters",
        ),
    ),
)

flat_region = Question(
    name="flat_region",
    label="Question 2",
    prompt="The nine weights of a kernel add up to 0. What is certain about its output, with no "
    "padding?",
    choices=(
        Choice(
            "It keeps the brightness of the picture.",
            "For that the weights must add up to **1**, as those of a blur do.",
            misconception="zero-sum-keeps-brightness",
        ),
        Choice(
            "It is 0 everywhere.",
            "It is 0 where the nine pixels are equal. At an edge they differ, and the weights no "
            "longer cancel.",
            misconception="zero-sum-is-silent-everywhere",
        ),
        Choice(
            "It is 0 wherever the picture is flat, dark or bright.",
            "Yes: on a flat region the output is the brightness times the sum of the weights.",
            correct=True,
        ),
        Choice(
            "It is bright at every edge.",
            "Not at every edge. A kernel for vertical edges adds up to 0 too, and gives 0 at a "
            "horizontal one.",
            misconception="zero-sum-finds-every-edge",
        ),
    ),
)

chosen_or_learned = Question(
    name="chosen_or_learned",
    label="Question 3",
    prompt="You train a convolutional layer. What does the training change?",
    choices=(
        Choice(
            "The size of the kernels: they grow until they fit what they look for.",
            "The size is chosen before and stays. Training can only bring weights close to 0, so "
            "that a part of the kernel hardly counts.",
            misconception="size-is-learned",
        ),
        Choice(
            "The numbers in the kernels.",
            "Yes, and the bias of each filter. Everything else about the layer you choose before.",
            correct=True,
        ),
        Choice(
            "Which kernel is used: it picks the best of Sobel, blur and the others.",
            "There is no list to pick from. The weights start at random, and each step changes "
            "them a little; a Sobel-like kernel may come out.",
            misconception="picks-from-a-list",
        ),
        Choice(
            "How many filters there are, and their stride and padding.",
            "These are choices as well. They fix the shape of the output, and training does not "
            "touch them.",
            misconception="geometry-is-learned",
        ),
    ),
)

questions = (shifted_picture, how_far_below, which_one_turns, flat_region, chosen_or_learned)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

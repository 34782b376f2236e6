"""Exercises and questions of chapter 14, transposed convolution."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_transposed as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "back_with_the_same_kernel",
    "exercises",
    "levels",
    "one_column_more",
    "questions",
    "read_the_code",
    "repair_stamps",
    "residual_of_nothing",
    "seven_and_eight",
    "smallest_row",
    "stamped_size",
    "stays_flat",
]

Array = np.ndarray


def _sizes(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int, int]]:
    yield from (
        (2, 3, 1, 0, 0),
        (2, 3, 2, 0, 0),
        (3, 3, 2, 0, 1),
        (3, 2, 2, 0, 0),
        (4, 3, 2, 1, 0),
        (4, 3, 2, 1, 1),
        (5, 4, 2, 1, 0),
        (5, 4, 3, 1, 2),
        (7, 5, 3, 2, 1),
        (6, 2, 4, 0, 3),
        (8, 5, 4, 2, 2),
    )


def _forward(n: int, k: int, s: int, p: int, output_padding: int) -> int:
    return (n + 2 * p - k) // s + 1


stamped_size = Exercise(
    name="stamped_size",
    title="How large does it get?",
    stars=1,
    prompt="""
Complete the last line of `stamped_size(n, k, s, p, output_padding)`. Along one axis, a transposed
convolution puts down `n` stamps of `k` pixels, `s` pixels from one to the next. Then `p` pixels are
cut off at each end, and at the far end `output_padding` fewer (where that is fewer than none, zeros
are added). How many pixels are there then?
""",
    stub='''def stamped_size(n, k, s, p, output_padding):
    """Return how many pixels a transposed convolution writes along an axis."""
    last = (n - 1) * s  # where the last stamp begins
    return ...
''',
    reference=solutions.stamped_size,
    inputs=_sizes,
    misconceptions=(
        Misconception(
            "forward-formula",
            "You divide by the stride: that is how often a window fits, on the way to a smaller "
            "map. Here every pixel puts down a stamp.",
            [
                _forward,
                lambda n, k, s, p, output_padding: (
                    _forward(n, k, s, p, output_padding) + output_padding
                ),
            ],
        ),
        Misconception(
            "padding-is-added",
            "Your padding makes the output larger, as it does the input of a convolution. Here it "
            "is cut off.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k + 2 * p + output_padding],
        ),
        Misconception(
            "padding-on-one-side-only",
            "You cut the padding off once. It goes at both ends.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k - p + output_padding],
        ),
        Misconception(
            "output-padding-on-both-sides",
            "You count the output padding twice. It belongs to the far end only.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k - 2 * p + 2 * output_padding],
        ),
        Misconception(
            "forgets-the-output-padding",
            "Right but for the output padding, which keeps some more pixels at the far end.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k - 2 * p],
        ),
        Misconception(
            "takes-the-output-padding-away",
            "You take the output padding away. It says how many pixels fewer are cut off at the "
            "far end, so the output gets longer.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k - 2 * p - output_padding],
        ),
        Misconception(
            "never-adds-zeros",
            "You stop where the stamps end. Where less was cut than `output_padding` asks for, "
            "zeros make up the rest.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k - p - max(0, p - output_padding)],
        ),
        Misconception(
            "cuts-nothing-off",
            "Right but for the padding: `p` pixels are cut off at each end.",
            [lambda n, k, s, p, output_padding: (n - 1) * s + k + output_padding],
        ),
        Misconception(
            "one-step-too-many",
            "You take as many steps as there are stamps. Between `n` stamps there is one step "
            "fewer.",
            [lambda n, k, s, p, output_padding: n * s + k - 2 * p + output_padding],
        ),
        Misconception(
            "pixels-times-the-stride",
            "Pixels times the stride is what people often want, and choose the padding for. The "
            "last stamp is as long as the kernel, whatever the stride.",
            [
                lambda n, k, s, p, output_padding: n * s,
                lambda n, k, s, p, output_padding: n * s - 2 * p + output_padding,
            ],
        ),
        Misconception(
            "stamps-side-by-side",
            "You lay the stamps side by side, with no overlap and no gap. How far apart they "
            "stand is the stride's business.",
            [lambda n, k, s, p, output_padding: n * k - 2 * p + output_padding],
        ),
    ),
    success="One step between neighbors, a whole stamp at the end, and a cut on both sides: the "
    "forward formula, read backward.",
)


def _stamps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, size, s in (
        ((1, 2), (1, 2), 1),
        ((1, 2), (1, 3), 2),
        ((2, 2), (2, 2), 1),
        ((2, 2), (3, 3), 2),
        ((3, 2), (2, 3), 1),
        ((2, 3), (4, 3), 2),
        ((3, 3), (4, 4), 3),
    ):
        yield matrix(rng, shape, 1, 5), matrix(rng, size, -3, 5), s


_STAMPS_STUB = '''def stamp(x, kernel, s):
    """Put the kernel down once for each pixel, s places apart, and add."""
    H, W = x.shape
    kh, kw = kernel.shape
    y = np.zeros(((H - 1) * s + kh, (W - 1) * s + kw), x.dtype)
    for i in range(H):
        for j in range(W):
            rows = slice(i * s, i * s + kh)
            columns = slice(j * s, j * s + kw)
            y[rows, columns] = x[i, j] * kernel
    return y
'''


def _stamp_by(line: str) -> Callable[..., Array]:
    """Return the stub with another line in place of the planted bug."""
    return function_from(_STAMPS_STUB.replace("y[rows, columns] = x[i, j] * kernel", line))


def _overlaps(x: Array, kernel: Array, s: int) -> Array:
    return solutions.stamp(np.ones_like(x), np.ones_like(kernel), s)


def _averaged(x: Array, kernel: Array, s: int) -> Array:
    return solutions.stamp(x, kernel, s) / np.maximum(_overlaps(x, kernel, s), 1)


def _largest(x: Array, kernel: Array, s: int) -> Array:
    y = np.full(_overlaps(x, kernel, s).shape, -99)
    for i, j in np.ndindex(x.shape):
        place = y[i * s : i * s + kernel.shape[0], j * s : j * s + kernel.shape[1]]
        np.maximum(place, x[i, j] * kernel, out=place)
    return np.where(y == -99, 0, y)


repair_stamps = Exercise(
    name="repair_stamps",
    title="Repair the stamps",
    stars=2,
    prompt="""
`stamp(x, kernel, s)` is a transposed convolution without padding: one stamp for each pixel of `x`,
the kernel times the pixel, `s` rows and columns from one to the next. Where stamps overlap they
**add**. One line of the code does otherwise. Mend it.
""",
    stub=_STAMPS_STUB,
    reference=solutions.stamp,
    inputs=_stamps,
    seed=4,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still is what the planted bug does: where stamps overlap, the later one covers "
            "the earlier one.",
            [function_from(_STAMPS_STUB)],
        ),
        Misconception(
            "keeps-the-first",
            "Where stamps overlap, the first one stays and the later ones are lost.",
            [
                lambda x, kernel, s: _stamp_by("y[rows, columns] = x[i, j] * kernel")(
                    x[::-1, ::-1], kernel[::-1, ::-1], s
                )[::-1, ::-1]
            ],
        ),
        Misconception(
            "turns-the-kernel",
            "The stamps are turned by 180°. A stamp is put down as it stands; only the view with "
            "zeros between the pixels turns it.",
            [_stamp_by("y[rows, columns] += x[i, j] * kernel[::-1, ::-1]")],
        ),
        Misconception(
            "averages-the-overlaps",
            "You divide by the number of stamps on each place. They add, and nothing is divided.",
            [_averaged],
        ),
        Misconception(
            "takes-the-largest",
            "Where stamps overlap you keep the largest value. They add.",
            [_largest],
        ),
        Misconception(
            "stamps-without-the-pixel",
            "All your stamps are equally strong. Each is multiplied by its pixel.",
            [_stamp_by("y[rows, columns] += kernel")],
        ),
        Misconception(
            "adds-the-pixel",
            "You add the pixel to the weights. It multiplies them.",
            [_stamp_by("y[rows, columns] += x[i, j] + kernel")],
        ),
    ),
    success="Each pixel a stamp, and where they overlap they add: the same addition that collects "
    "a pixel's gradient from all windows that read it.",
)


def _blocks(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from ((2, 1), (3, 2), (1, 3), (4, 5), (5, 4), (8, 7), (16, 11))


def _read(
    c: int,
    n: int,
    *,
    sizes: tuple[int, int] | None = None,
    rows: int | None = None,
    biases: int | None = None,
) -> tuple[int, int, int, int]:
    """Return the right answer, with some of its parts replaced."""
    first, second = (2 * c, c) if sizes is None else sizes
    return (
        first,
        second,
        6 * n + 2 if rows is None else rows,
        32 * c * c + 75 * c + (c + 3 if biases is None else biases),
    )


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
The way up of a small network, as it is written in PyTorch, for `2 * c` maps of `n` rows and `n`
columns:

```python
up = nn.Sequential(
    nn.ConvTranspose2d(2 * c, c, 4, stride=2, padding=1),
    nn.ReLU(),
    nn.ConvTranspose2d(c, 3, 5, stride=3, padding=1, output_padding=2),
)
first, second, _, _ = up[0].weight.shape
_, _, rows, _ = up(torch.zeros(1, 2 * c, n, n)).shape
learned = sum(weight.numel() for weight in up.parameters())
```

Read it, do not run it. Write `what_it_is(c, n)`, which returns four numbers: `first`, `second`,
`rows` and `learned`.
""",
    stub='''def what_it_is(c, n):
    """Return the first two sizes of the weight, the rows, and what is learned."""
    first = ...
    second = ...
    rows = ...
    learned = ...
    return first, second, rows, learned
''',
    reference=solutions.what_it_is,
    inputs=_blocks,
    misconceptions=(
        Misconception(
            "weight-shape-as-in-a-convolution",
            "Your weight has the shape of a `Conv2d`, output channels first. A transposed "
            "convolution's is that of the convolution it turns around: **input** channels first.",
            [lambda c, n: _read(c, n, sizes=(c, 2 * c))],
        ),
        Misconception(
            "forward-formula",
            "Your rows become fewer: that is the size formula of a convolution. Here strides "
            "multiply.",
            [
                lambda c, n: _read(c, n, rows=((n + 2 - 4) // 2 + 1 + 2 - 5) // 3 + 1 + 2),
                lambda c, n: _read(c, n, rows=((n + 2 - 4) // 2 + 1 + 2 - 5) // 3 + 1),
            ],
        ),
        Misconception(
            "padding-is-added",
            "Both paddings make your output larger. In a transposed convolution padding is cut "
            "off.",
            [lambda c, n: _read(c, n, rows=6 * n + 18)],
        ),
        Misconception(
            "padding-on-one-side-only",
            "You cut each padding off once. It goes at both ends.",
            [lambda c, n: _read(c, n, rows=6 * n + 6)],
        ),
        Misconception(
            "output-padding-on-both-sides",
            "You count the output padding at both ends. It belongs to the far end only.",
            [lambda c, n: _read(c, n, rows=6 * n + 4)],
        ),
        Misconception(
            "forgets-the-output-padding",
            "Right but for the `output_padding`, which keeps some more rows at the far end.",
            [lambda c, n: _read(c, n, rows=6 * n)],
        ),
        Misconception(
            "pixels-times-the-stride",
            "You multiply by the strides, and that is all. For the second layer kernel and padding "
            "do not cancel.",
            [lambda c, n: _read(c, n, rows=6 * n + 1), lambda c, n: _read(c, n, rows=6 * n - 1)],
        ),
        Misconception(
            "a-bias-for-each-input-channel",
            "You count a bias for each **input** channel. A bias is added to what comes out.",
            [lambda c, n: _read(c, n, biases=3 * c)],
        ),
        Misconception(
            "overlooks-the-biases",
            "The weights are all there. Both layers also have biases, because nothing says "
            "otherwise.",
            [lambda c, n: _read(c, n, biases=0)],
        ),
        Misconception(
            "overlooks-a-bias-inside",
            "You count the biases of one layer only. Both have them.",
            [lambda c, n: _read(c, n, biases=3), lambda c, n: _read(c, n, biases=c)],
        ),
    ),
    success="Input channels first, strides that multiply, padding that cuts: a convolution read "
    "from its far end.",
)


def _kernels(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([[1, 2]]), 1
    yield np.array([[1, 2], [3, 5]]), 2
    yield np.array([[1, 2, 1], [2, 4, 2], [1, 2, 1]]), 2
    yield np.array([[1, 1, 1], [1, 1, 1]]), 2
    for shape, s in (((2, 3), 2), ((3, 3), 2), ((4, 3), 2), ((4, 4), 2), ((3, 4), 3), ((5, 4), 3)):
        yield matrix(rng, shape, -2, 6), s


def _by_phase(kernel: Array, s: int, report: Callable[[Array], float]) -> Array:
    return np.array([[report(kernel[q::s, r::s]) for r in range(s)] for q in range(s)])


def _blocks_of_neighbors(kernel: Array, s: int) -> Array:
    return np.array(
        [
            [part.sum() for part in np.array_split(rows, s, axis=1)]
            for rows in np.array_split(kernel, s, axis=0)
        ]
    )


levels = Exercise(
    name="levels",
    title="Flat or checkered?",
    stars=2,
    prompt="""
"Where the stamps overlap evenly, there is no checkerboard." Is that so? Write
`levels(kernel, s)`. A large picture of ones goes through a transposed convolution with this kernel
at stride `s`, without padding. Away from the border the output repeats itself every `s` rows and
columns. Return its values as a table of `s` × `s`: entry (`q`, `r`) is the value wherever the row
leaves the remainder `q`, and the column the remainder `r`, when divided by `s`. The kernel has at
least `s` rows and `s` columns.
""",
    stub='''def levels(kernel, s):
    """Return the s × s values that a picture of ones takes inside."""
    ...
''',
    reference=solutions.levels,
    inputs=_kernels,
    seed=2,
    misconceptions=(
        Misconception(
            "overlap-counts-decide",
            "You count how many stamps fall on each place. What they **weigh** there is what adds "
            "up.",
            [lambda kernel, s: _by_phase(kernel, s, np.size)],
        ),
        Misconception(
            "overlap-counts-times-the-mean",
            "You count the stamps on each place and give all of them the kernel's mean weight. "
            "Which weights meet there?",
            [lambda kernel, s: _by_phase(kernel, s, np.size) * kernel.mean()],
        ),
        Misconception(
            "flat-without-looking",
            "The same value everywhere: the mean of what comes out. Whether it is flat is the "
            "question.",
            [lambda kernel, s: np.full((s, s), kernel.sum() / s**2)],
        ),
        Misconception(
            "adds-up-neighbors",
            "You add up neighboring weights. Stamps stand `s` places apart: which weights of "
            "different stamps fall on the same place?",
            [_blocks_of_neighbors],
        ),
        Misconception(
            "averages-the-overlaps",
            "You take the mean of the weights that meet on a place. Stamps add.",
            [lambda kernel, s: _by_phase(kernel, s, np.mean)],
        ),
        Misconception(
            "takes-the-largest",
            "You keep the largest of the weights that meet on a place. Stamps add.",
            [lambda kernel, s: _by_phase(kernel, s, np.max)],
        ),
        Misconception(
            "rows-and-columns-exchanged",
            "The sums are right, but rows and columns of your table are exchanged.",
            [lambda kernel, s: solutions.levels(kernel, s).T],
        ),
        Misconception(
            "turns-the-kernel",
            "You turn the kernel first. A stamp is put down as it stands, and weight 0 falls on "
            "the remainder 0.",
            [lambda kernel, s: solutions.levels(kernel[::-1, ::-1], s)],
        ),
        Misconception(
            "looks-at-the-border",
            "You read the values at the upper left corner. At the border some stamps are missing. "
            "Look farther in.",
            [lambda kernel, s: kernel[:s, :s]],
        ),
    ),
    success="The sums of the kernel's phases. If they are equal, a flat picture stays flat, "
    "however unevenly the stamps overlap.",
)


def _answers(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    yield np.array([6]), np.array([1, 2]), 1
    yield np.array([3, 5]), np.array([1, 2]), 1
    yield np.array([2, 4]), np.array([1, 1, 1]), 2
    for length, k, s in ((3, 2, 1), (3, 3, 2), (4, 3, 1), (3, 4, 2), (4, 2, 2), (4, 5, 3)):
        y = matrix(rng, (1, length), -4, 9)[0]
        yield y, matrix(rng, (1, k), 1, 4)[0] * np.where(np.arange(k) % 3 == 1, -1, 1), s


def _matrix_of(y: Array, kernel: Array, s: int) -> Array:
    """Return C, whose rows are the windows of the convolution."""
    C = np.zeros((len(y), (len(y) - 1) * s + len(kernel)))
    for i in range(len(y)):
        C[i, i * s : i * s + len(kernel)] = kernel
    return C


def _row_from_the_left(y: Array, kernel: Array, s: int) -> Array:
    """Return a row that works: each window's last pixel makes its sum right, the rest is 0."""
    C = _matrix_of(y, kernel, s)
    x = np.zeros(C.shape[1])
    for i in range(len(y)):
        x[i * s + len(kernel) - 1] = (y[i] - C[i] @ x) / kernel[-1]
    return x


def _row_near_ones(y: Array, kernel: Array, s: int) -> Array:
    """Return a row that works and is as near as possible to one of ones."""
    C = _matrix_of(y, kernel, s)
    ones = np.ones(C.shape[1])
    return ones + np.linalg.pinv(C) @ (y - C @ ones)


def _descend(y: Array, kernel: Array, s: int, *, rate: float = 0.0, steps: int = 30) -> Array:
    """Return the row after some steps from zeros; without a rate, one that suits the kernel."""
    C = _matrix_of(y, kernel, s)
    rate = rate or 1 / float(np.linalg.norm(C, 2)) ** 2
    x = np.zeros(C.shape[1])
    for _ in range(steps):
        x = x + rate * C.T @ (y - C @ x)
    return x


def _gives_y(returned: Array, expected: Array) -> bool:
    """Say whether a row gives the `y` of the input that this smallest row belongs to."""
    for case, smallest in zip(smallest_row.cases, smallest_row.expected, strict=True):
        if np.array_equal(smallest, expected):
            return returned.shape == expected.shape and np.allclose(
                _matrix_of(*case) @ returned, case[0], rtol=1e-9, atol=1e-9
            )
    return False


def _on_the_way(returned: Array, expected: Array) -> bool:
    """Say whether no pixel is farther from the smallest row than 5 % of its largest."""
    if returned.shape != expected.shape:
        return False
    return bool(np.abs(returned - expected).max() <= 0.05 * np.abs(expected).max())


def _ran_away(returned: Array, expected: Array) -> bool:
    """Say whether a row is near the smallest one, or has grown far beyond it."""
    if returned.shape != expected.shape:
        return False
    distance = np.abs(returned - expected).max() / np.abs(expected).max()
    return not 0.05 < distance < 10


smallest_row = Exercise(
    name="smallest_row",
    title="Back to a row of pixels",
    stars=3,
    prompt="""
"The transposed convolution is the inverse of the convolution." What would an inverse have to do?
Somebody slid `kernel` over a row of pixels in steps of `s`, without padding and without turning it,
and tells you the result `y`. The row ended where the last window ended. Many rows give this `y`.
Write `smallest_row(y, kernel, s)`, which returns the one with the smallest sum of squares. No
weight of the kernel is zero, and `s` is at most its length.
""",
    stub='''def smallest_row(y, kernel, s):
    """Return the smallest row of pixels whose convolution is y."""
    ...
''',
    reference=solutions.smallest_row,
    inputs=_answers,
    seed=8,
    misconceptions=(
        Misconception(
            "transposed-convolution-is-the-inverse",
            "This is the transposed convolution of `y`. The size is right; slide the kernel over "
            "it and see whether `y` comes out.",
            [lambda y, kernel, s: _matrix_of(y, kernel, s).T @ y],
        ),
        Misconception(
            "one-factor-for-all",
            "The transposed convolution, divided by the kernel's sum of squares. That is right "
            "only where no two windows share a pixel.",
            [lambda y, kernel, s: _matrix_of(y, kernel, s).T @ y / (kernel @ kernel)],
        ),
        Misconception(
            "divides-by-the-overlaps",
            "The transposed convolution, divided by the number of stamps on each pixel. Slide "
            "the kernel over it: does `y` come out?",
            [
                lambda y, kernel, s: (
                    _matrix_of(y, kernel, s).T @ y / (_matrix_of(y, kernel, s) != 0).sum(axis=0)
                )
            ],
        ),
        Misconception(
            "divides-by-each-pixel-s-weights",
            "The transposed convolution, each pixel divided by the squares of its weights. Pixels "
            "that share a window are not independent.",
            [
                lambda y, kernel, s: (
                    _matrix_of(y, kernel, s).T @ y / (_matrix_of(y, kernel, s) ** 2).sum(axis=0)
                )
            ],
        ),
        Misconception(
            "works-but-is-not-the-smallest",
            "This row does give `y`. Another one does so with a smaller sum of squares.",
            [
                _row_from_the_left,
                lambda y, kernel, s: _row_from_the_left(y[::-1], kernel[::-1], s)[::-1],
                _row_near_ones,
            ],
            recognize=_gives_y,
        ),
        Misconception(
            "stops-too-early",
            "Nearly: your steps are on the way there. Take more of them, 200 are enough.",
            [_descend, lambda y, kernel, s: _descend(y, kernel, s, steps=25)],
            recognize=_on_the_way,
        ),
        Misconception(
            "runs-away",
            "With some kernels your row grows without end. Either the step goes uphill, or it is "
            "too large: larger weights need smaller steps.",
            [
                lambda y, kernel, s: _descend(y, kernel, s, rate=0.04),
                lambda y, kernel, s: _descend(y, kernel, s, rate=0.04, steps=200),
            ],
            recognize=_ran_away,
        ),
        Misconception(
            "turns-the-kernel",
            "Your row gives `y` if the kernel is turned around. It was slid over the pixels as it "
            "stands.",
            [lambda y, kernel, s: solutions.smallest_row(y, kernel[::-1], s)],
        ),
        Misconception(
            "forgets-the-stride",
            "Your windows stand one pixel apart. They stand `s` pixels apart, and the row is "
            "longer.",
            [lambda y, kernel, s: solutions.smallest_row(y, kernel, 1)],
        ),
    ),
    success="The pseudo-inverse: among all rows that give y, the smallest. The transposed "
    "convolution has its size, and other values.",
)

exercises = (stamped_size, repair_stamps, read_the_code, levels, smallest_row)
"""The chapter's exercises, in order."""


residual_of_nothing = Question(
    name="residual_of_nothing",
    label="From chapter 13",
    prompt="A residual block adds its input to what its two convolutions make of it. All weights "
    "and biases of these convolutions are zero. What does the block put out, before any ReLU that "
    "may follow?",
    choices=(
        Choice(
            "Zeros.",
            "That would be the two convolutions without the connection around them. The input is "
            "added to their zeros.",
            misconception="forgets-the-connection",
        ),
        Choice(
            "Its input.",
            "Yes: nothing is added to it. A block that has learned nothing does no harm, which is "
            "one reason why many of them can be stacked.",
            correct=True,
        ),
        Choice(
            "Twice its input.",
            "That would need convolutions that pass the input on unchanged. With all weights zero "
            "they contribute nothing.",
            misconception="zero-weights-pass-on",
        ),
        Choice(
            "It cannot be told without the input's channels.",
            "Input and output have the same shape here, or they could not be added. With zero "
            "weights the sum is clear.",
            misconception="shape-decides",
        ),
    ),
)

seven_and_eight = Question(
    name="seven_and_eight",
    label="From chapter 05",
    prompt="A 3×3 kernel moves in steps of 2, without padding, first over a picture of 7×7 and "
    "then over one of 8×8. How large are the two results?",
    choices=(
        Choice(
            "3×3 and 4×4",
            "A fourth window would begin in column 6 and need columns 6, 7 and 8. The picture ends "
            "with column 7.",
            misconception="rounds-up",
        ),
        Choice(
            "5×5 and 6×6",
            "Those are the places at a stride of 1.",
            misconception="ignores-the-stride",
        ),
        Choice(
            "2×2 and 2×2",
            "That is how many whole steps fit behind the first window. The place where it starts "
            "counts too.",
            misconception="forgets-the-first-place",
        ),
        Choice(
            "3×3 and 3×3",
            "Yes: the last row and column of the larger one are never read. From the result alone "
            "you cannot tell the two apart, which will matter in this chapter.",
            correct=True,
        ),
    ),
)

stays_flat = Question(
    name="stays_flat",
    label="Question 1",
    prompt="A row of ones goes through a transposed convolution with stride 2. With which of these "
    "weights is the output flat, away from its ends?",
    choices=(
        Choice(
            "1, 2, 1",
            "Yes: places of one kind get the 2, places of the other kind 1 + 1. The stamps overlap "
            "unevenly, and it does not matter.",
            correct=True,
        ),
        Choice(
            "1, 2, 3, 4",
            "Two stamps on every place, but 1 + 3 on one kind and 2 + 4 on the other. What counts "
            "is the sum of the weights that meet.",
            misconception="overlap-counts-decide",
        ),
        Choice(
            "1, 1, 1",
            "The weights are equal, and so the overlaps show: one stamp on every second place, two "
            "on the others.",
            misconception="equal-weights-are-enough",
        ),
        Choice(
            "1, 3, 1",
            "It looks the same from both ends, but 1 + 1 is not 3.",
            misconception="symmetry-is-enough",
        ),
    ),
)

back_with_the_same_kernel = Question(
    name="back_with_the_same_kernel",
    label="Question 2",
    prompt="A convolution with a 3×3 kernel and stride 2 makes 4×4 numbers of a photograph of 9×9 "
    "pixels. You put them through the transposed convolution with the same kernel and stride. What "
    "do you get?",
    choices=(
        Choice(
            "The photograph, as it was.",
            "Sixteen numbers cannot say what 81 pixels were. The transposed convolution goes back "
            "to the size, not to the values.",
            misconception="transposed-convolution-is-the-inverse",
        ),
        Choice(
            "9×9 pixels that give the same 4×4 numbers when convolved again.",
            "That is what the pseudo-inverse gives. The transposed convolution does not even do "
            "this, unless the windows are special.",
            misconception="transposed-is-the-pseudo-inverse",
        ),
        Choice(
            "9×9 pixels with other values.",
            "Yes: the shape of the photograph, filled with sixteen overlapping stamps.",
            correct=True,
        ),
        Choice(
            "2×2 numbers: it is a convolution too.",
            "It is one in the view with zeros between the pixels, and there the picture grows. A "
            "stride pushes stamps apart.",
            misconception="forward-formula",
        ),
    ),
)

one_column_more = Question(
    name="one_column_more",
    label="Question 3",
    prompt="A transposed convolution with a 3×3 kernel, stride 2 and padding 1 makes a map of 7×7 "
    "from one of 4×4. What changes with `output_padding=1`?",
    choices=(
        Choice(
            "A rim of zeros is added all around: 9×9.",
            "Nothing is added on the left and above. The name says padding, but it is about the "
            "far end only.",
            misconception="output-padding-on-both-sides",
        ),
        Choice(
            "A row and a column of zeros are added below and on the right: 8×8.",
            "The size is right. But there are stamps there: the padding had cut them off, and now "
            "they are kept.",
            misconception="output-padding-is-zeros",
        ),
        Choice(
            "The stamps move one pixel farther apart: 10×10.",
            "That would be a larger stride. The stamps stay where they are.",
            misconception="output-padding-is-a-stride",
        ),
        Choice(
            "Less is cut off below and on the right: 8×8.",
            "Yes: one row and one column of what the stamps have written stay. So the layer can "
            "lead back to the 8×8 as well as to the 7×7.",
            correct=True,
        ),
    ),
)

questions = (
    residual_of_nothing,
    seven_and_eight,
    stays_flat,
    back_with_the_same_kernel,
    one_column_more,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

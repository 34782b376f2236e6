"""Exercises and questions of chapter 17, fast convolution."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_fast as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "exercises",
    "few_channels",
    "fewest_products",
    "gradient_is_a_convolution",
    "linear_autoencoder",
    "one_infinity",
    "questions",
    "read_the_code",
    "repair_frequencies",
    "tiles",
    "two_outputs",
    "wrapped_around",
]

Array = np.ndarray


def _rows(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([1, 2, 0, 3]), np.array([2, 1, 3])
    yield np.array([1, 0, 0, 0]), np.array([5, 7, 11])
    yield np.array([0, 0, 0, 1]), np.array([5, 7, 11])
    for _ in range(5):
        yield matrix(rng, (1, 4), -5, 9)[0], matrix(rng, (1, 3), -5, 6)[0]


def _products(d: Array, g: Array) -> tuple[int, int, int, int]:
    return (
        (d[0] - d[2]) * 2 * g[0],
        (d[1] + d[2]) * (g[0] + g[1] + g[2]),
        (d[2] - d[1]) * (g[0] - g[1] + g[2]),
        (d[1] - d[3]) * 2 * g[2],
    )


def _combined(first: tuple[float, ...], second: tuple[float, ...]) -> Callable[..., Array]:
    """Return a program that adds the four products with these factors."""
    return lambda d, g: np.array([first, second]) @ np.array(_products(d, g))


_HALF = 0.5

two_outputs = Exercise(
    name="two_outputs",
    title="Two outputs, four products",
    stars=1,
    prompt="""
Complete the last line of `two_outputs(d, g)`. The four pixels `d` and the three weights `g` have
already been combined and multiplied, four products in all. The first and the last have a 2 where
the chapter has none, and the two in the middle lack its halves, so that whole numbers stay whole:
every product is **doubled**. Return both outputs, `d[0]*g[0] + d[1]*g[1] + d[2]*g[2]` and
`d[1]*g[0] + d[2]*g[1] + d[3]*g[2]`, as sums and differences of the products,
not doubled.
""",
    stub='''def two_outputs(d, g):
    """Return both outputs of three weights over four pixels, from four products."""
    m0 = (d[0] - d[2]) * (2 * g[0])
    m1 = (d[1] + d[2]) * (g[0] + g[1] + g[2])
    m2 = (d[2] - d[1]) * (g[0] - g[1] + g[2])
    m3 = (d[1] - d[3]) * (2 * g[2])
    return ...
''',
    reference=solutions.two_outputs,
    inputs=_rows,
    misconceptions=(
        Misconception(
            "forgets-to-halve",
            "Both outputs are there, doubled: the products were.",
            [_combined((1, 1, 1, 0), (0, 1, -1, -1))],
        ),
        Misconception(
            "adds-the-last-product",
            "The first output is right. In the second, look at the sign of `d[3]` in the last "
            "product.",
            [_combined((_HALF, _HALF, _HALF, 0), (0, _HALF, -_HALF, _HALF))],
        ),
        Misconception(
            "adds-in-both",
            "The first output is right. The second needs the other combination of the two "
            "products in the middle.",
            [
                _combined((_HALF, _HALF, _HALF, 0), (0, _HALF, _HALF, -_HALF)),
                _combined((_HALF, _HALF, _HALF, 0), (0, _HALF, _HALF, _HALF)),
            ],
        ),
        Misconception(
            "exchanges-the-outputs",
            "Both are right, in the other order.",
            [_combined((0, _HALF, -_HALF, -_HALF), (_HALF, _HALF, _HALF, 0))],
        ),
        Misconception(
            "only-the-middle-products",
            "You use the two products in the middle only. The outer ones bring in the pixels at "
            "the ends.",
            [_combined((0, _HALF, _HALF, 0), (0, _HALF, -_HALF, 0))],
        ),
        Misconception(
            "turns-the-weights",
            "The outputs have the weights in reverse order. Nothing is turned here.",
            [lambda d, g: np.convolve(d, g, "valid")],
        ),
        Misconception(
            "one-number",
            "One number came back. The four products give two outputs.",
            [lambda d, g: sum(_products(d, g)) / 2, lambda d, g: sum(_products(d, g))],
        ),
        Misconception(
            "doubled-and-more",
            "Two things: both outputs are still doubled, and halved they would not be right yet. "
            "Halve them first, and read what comes back.",
            [
                _combined((1, 1, 1, 0), (0, 1, -1, 1)),
                _combined((1, 1, 1, 0), (0, 1, 1, -1)),
                _combined((1, 1, 1, 0), (0, 1, 1, 1)),
                _combined((0, 1, -1, -1), (1, 1, 1, 0)),
                _combined((0, 1, 1, 0), (0, 1, -1, 0)),
            ],
        ),
    ),
    success="Four products where six were needed, and additions for the rest.",
)


def _pictures(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([[1, 2, 0], [0, 1, 3], [2, 0, -1]]), np.array([[1, 0], [-2, 3]])
    for (height, width), (kh, kw) in (
        ((4, 5), (2, 3)),
        ((6, 4), (3, 1)),
        ((5, 7), (3, 3)),
        ((8, 9), (5, 2)),
        ((7, 7), (4, 6)),
    ):
        yield matrix(rng, (height, width), -4, 9), matrix(rng, (kh, kw), -5, 4)


def _inverse(
    spectrum: Callable[[Array, Array], Array], start: bool, whole: bool = False
) -> Callable[[Array, Array], Array]:
    """Return a program that transforms back and keeps a part, from the start or the end."""

    def program(x: Array, kernel: Array) -> Array:
        result = np.fft.ifft2(spectrum(np.fft.fft2(x), np.fft.fft2(kernel, x.shape))).real
        kh, kw = kernel.shape
        if whole:
            return result
        if start:
            return result[: len(x) - kh + 1, : x.shape[1] - kw + 1]
        return result[kh - 1 :, kw - 1 :]

    return program


_FREQUENCIES_STUB = '''def through_spectra(x, kernel):
    """Return the cross-correlation of x with the kernel, where it fits."""
    kh, kw = kernel.shape
    spectrum = np.fft.fft2(x) * np.fft.fft2(kernel, x.shape)
    whole = np.fft.ifft2(spectrum).real
    return whole[: len(x) - kh + 1, : x.shape[1] - kw + 1]
'''

repair_frequencies = Exercise(
    name="repair_frequencies",
    title="Repair the product of spectra",
    stars=2,
    prompt="""
`through_spectra(x, kernel)` shall return what `cross_correlate(x, kernel)` returns: each place
where the kernel fits, nothing turned. It transforms both, multiplies and transforms back. The shape
is right, the numbers are not. Mend it. (`np.conj` gives the conjugate.)
""",
    stub=_FREQUENCIES_STUB,
    reference=solutions.through_spectra,
    inputs=_pictures,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "Still the planted bug: a product of spectra is a **convolution**, partly wrapped "
            "around. (The conjugate of real weights is no change: take their spectrum's.)",
            [function_from(_FREQUENCIES_STUB)],
        ),
        Misconception(
            "turns-the-kernel",
            "Nothing wraps around now, but the kernel lies turned by 180°: this is the "
            "convolution.",
            [_inverse(lambda a, b: a * b, start=False)],
        ),
        Misconception(
            "keeps-the-wrapped-part",
            "The product is right, and now the places that wrapped around are kept. With the "
            "conjugate they lie at the end.",
            [_inverse(lambda a, b: a * np.conj(b), start=False)],
        ),
        Misconception(
            "conjugates-the-picture",
            "The conjugate is on the picture, which turns the result around. It belongs to the "
            "kernel.",
            [_inverse(lambda a, b: np.conj(a) * b, start=True)],
        ),
        Misconception(
            "conjugates-both",
            "With both conjugated it is a convolution again, turned around. Only the kernel needs "
            "the conjugate.",
            [_inverse(lambda a, b: np.conj(a * b), start=True)],
        ),
        Misconception(
            "keeps-everything",
            "All places came back, those that wrapped around as well. Keep those where the kernel "
            "fits.",
            [_inverse(lambda a, b: a * np.conj(b), start=True, whole=True)],
        ),
        Misconception(
            "takes-the-magnitude",
            "The sizes are right, and every minus is gone. After the way back, take the real "
            "part, not the magnitude.",
            [lambda x, kernel: np.abs(solutions.through_spectra(x, kernel))],
        ),
    ),
    success="Cross-correlation by a product of spectra, with nothing wrapped in the part that is "
    "kept.",
)


def _lines(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([1, 2, 3, 4]), 2
    for length, outputs in ((5, 2), (6, 2), (3, 2), (9, 4), (10, 4), (11, 4), (8, 3), (4, 4)):
        yield matrix(rng, (1, length), 1, 9)[0], outputs


def _cut(
    row: Array, step: int, length: int, count: int, before: int = 0, mode: str = "zeros"
) -> Array:
    """Cut tiles out of a row, filled up at the end (and by `before` zeros at the beginning)."""
    after = max(step * (count - 1) + length - before - len(row), 0)
    if mode == "edge":
        filled = np.pad(row, (before, after), "edge")
    else:
        filled = np.pad(row, (before, after))
    cut = [filled[step * t : step * t + length] for t in range(count)]
    return np.stack(cut) if cut else np.zeros((0, length), row.dtype)


def _count(row: Array, outputs: int) -> int:
    return math.ceil((len(row) - 2) / outputs)


tiles = Exercise(
    name="tiles",
    title="Tiles that overlap",
    stars=2,
    prompt="""
Write `tiles(row, outputs)`. A row of pixels, at least three, is cut into the tiles of F(m, 3),
where m is `outputs`: each tile has m + 2 pixels and gives m outputs, and the next tile starts where
the next m outputs start. Return a matrix with one tile in each row, as many as it takes for **all**
outputs of the row (a row of n pixels has n − 2 of them), and no more. Where the last tile reaches
beyond the row, fill it with zeros.
""",
    stub='''def tiles(row, outputs):
    """Return the tiles of F(outputs, 3), one in each row."""
    ...
''',
    reference=solutions.tiles,
    inputs=_lines,
    misconceptions=(
        Misconception(
            "does-not-overlap",
            "Your tiles lie side by side. A tile of m + 2 pixels gives only m outputs, so the next "
            "one starts m pixels on, and they share two.",
            [
                lambda row, outputs: _cut(
                    row, outputs + 2, outputs + 2, math.ceil(len(row) / (outputs + 2))
                ),
                lambda row, outputs: _cut(row, outputs + 2, outputs + 2, _count(row, outputs)),
            ],
        ),
        Misconception(
            "one-tile-a-pixel",
            "You start a tile at every pixel, as a window does. A tile stands for m windows at "
            "once.",
            [lambda row, outputs: _cut(row, 1, outputs + 2, len(row) - 2)],
        ),
        Misconception(
            "drops-the-last-outputs",
            "Where the row does not end with a tile, the last outputs are missing. Add one more "
            "tile and fill it up with zeros.",
            [lambda row, outputs: _cut(row, outputs, outputs + 2, (len(row) - 2) // outputs)],
        ),
        Misconception(
            "one-tile-too-many",
            "You go on until the pixels are used up. What counts are the outputs, n − 2 of them.",
            [lambda row, outputs: _cut(row, outputs, outputs + 2, math.ceil(len(row) / outputs))],
        ),
        Misconception(
            "repeats-the-last-pixel",
            "Beyond the row you repeat the last pixel. Fill with zeros.",
            [
                lambda row, outputs: _cut(
                    row, outputs, outputs + 2, _count(row, outputs), mode="edge"
                )
            ],
        ),
        Misconception(
            "pads-in-front",
            "Your first tile starts one pixel before the row. Nothing is padded there.",
            [lambda row, outputs: _cut(row, outputs, outputs + 2, _count(row, outputs), before=1)],
        ),
        Misconception(
            "tiles-of-m-pixels",
            "Your tiles have m pixels. For m outputs of three weights it takes m + 2.",
            [lambda row, outputs: _cut(row, outputs, outputs, _count(row, outputs))],
        ),
        Misconception(
            "lies-on-its-side",
            "The tiles are right and stand in columns. Put one in each row.",
            [lambda row, outputs: solutions.tiles(row, outputs).T],
        ),
    ),
    success="Tiles overlap by two, the outputs do not: a row that does not end with a tile "
    "is where such programs go wrong.",
)


def _layers(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from (
        (1, 1, 1, 6),
        (2, 1, 3, 7),
        (1, 3, 2, 8),
        (3, 2, 5, 9),
        (4, 8, 6, 16),
        (2, 5, 4, 15),
    )


def _made(
    n: int, c: int, f: int, places: int, *, thickness: int | None = None
) -> tuple[int, int, int, int]:
    thickness = 25 * c if thickness is None else thickness
    return thickness, places, n * thickness * places, n * f * places


def _right(n: int, c: int, f: int, size: int) -> tuple[int, int, int, int]:
    return _made(n, c, f, ((size + 1) // 2) ** 2)


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
This is a convolution written out as one matrix product, in PyTorch, for `n` pictures of `c`
channels and `size` rows and columns, and `f` filters:

```python
x, weight = torch.zeros(n, c, size, size), torch.zeros(f, c, 5, 5)
columns = nn.functional.unfold(x, kernel_size=5, padding=2, stride=2)
y = weight.flatten(1) @ columns
height, width = columns.shape[1:]
copied, results = columns.numel(), y.numel()
```

Read it, do not run it. Write `what_it_makes(n, c, f, size)`, which returns four numbers: `height`,
`width`, `copied` and `results`. (`flatten(1)` keeps the first axis and joins all the others;
`numel` counts the numbers in a tensor.)
""",
    stub='''def what_it_makes(n, c, f, size):
    """Return the height and width of `columns`, and how many numbers it and `y` hold."""
    height = ...
    width = ...
    copied = ...
    results = ...
    return height, width, copied, results
''',
    reference=solutions.what_it_makes,
    inputs=_layers,
    misconceptions=(
        Misconception(
            "one-channel-deep",
            "You count 25 numbers for a window. A window is as deep as the picture.",
            [lambda n, c, f, size: _made(n, c, f, ((size + 1) // 2) ** 2, thickness=25)],
        ),
        Misconception(
            "overlooks-the-stride",
            "You count a window at every pixel. They are two pixels apart.",
            [lambda n, c, f, size: _made(n, c, f, size**2)],
        ),
        Misconception(
            "overlooks-the-padding",
            "You count the windows that fit into the picture itself. Two rows and columns were "
            "added on each side.",
            [lambda n, c, f, size: _made(n, c, f, ((size - 5) // 2 + 1) ** 2)],
        ),
        Misconception(
            "rounds-the-rows-down",
            "Even sizes are right. For odd ones a window still fits after the last full step.",
            [lambda n, c, f, size: _made(n, c, f, (size // 2) ** 2)],
        ),
        Misconception(
            "overlooks-the-batch",
            "You count one picture. There are `n` of them.",
            [lambda n, c, f, size: (*_right(1, c, f, size),)],
        ),
        Misconception(
            "copies-every-pixel-once",
            "For `copied` you count the pixels of the pictures. Windows overlap, and each has its "
            "own copy.",
            [
                lambda n, c, f, size: (
                    *_right(n, c, f, size)[:2],
                    n * c * size**2,
                    _right(n, c, f, size)[3],
                )
            ],
        ),
        Misconception(
            "counts-the-multiplications",
            "For `results` you count the multiplications. Each number of `y` is the sum of many.",
            [
                lambda n, c, f, size: (
                    *_right(n, c, f, size)[:3],
                    _right(n, c, f, size)[3] * 25 * c,
                )
            ],
        ),
        Misconception(
            "lies-on-its-side",
            "Height and width are exchanged: a window is one column of it.",
            [
                lambda n, c, f, size: (
                    *_right(n, c, f, size)[1::-1],
                    *_right(n, c, f, size)[2:],
                )
            ],
        ),
    ),
    success="One column a window: at stride 2, every pixel stands in it about six times.",
)


def _sizes(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    yield from (
        *((2, 2), (4, 4), (1, 1), (3, 4), (4, 2), (6, 2)),
        *((5, 5), (7, 9), (6, 10), (13, 14), (8, 3)),
    )


def _along(n: int) -> int:
    return solutions.fewest_products(n, 1) // 4


def _both(along: Callable[[int], float]) -> Callable[[int, int], float]:
    return lambda rows, columns: along(rows) * along(columns)


fewest_products = Exercise(
    name="fewest_products",
    title="Tiles of two sizes",
    stars=3,
    prompt="""
Along one axis, a tile of F(2, 3) gives 2 outputs for 4 products and a tile of F(4, 3) gives 4
outputs for 6. The chapter takes tiles of one size; nothing forbids **mixing** them along an axis.
The last tile may reach beyond the outputs; its products still count. Down and across nest: the
products of the two axes multiply. Write `fewest_products(rows, columns)`, the fewest products for
an output of that size (one channel, one filter).
""",
    stub='''def fewest_products(rows, columns):
    """Return the fewest products for so many outputs, with tiles of 2 and 4 mixed."""
    ...
''',
    reference=solutions.fewest_products,
    inputs=_sizes,
    misconceptions=(
        Misconception(
            "only-large-tiles",
            "You cover everything with tiles of 4. Where one or two outputs are left over, a tile "
            "of 2 is cheaper.",
            [_both(lambda n: 6 * math.ceil(n / 4))],
        ),
        Misconception(
            "only-small-tiles",
            "You cover everything with tiles of 2. Four outputs cost 8 products in this way, and "
            "6 in a tile of 4.",
            [_both(lambda n: 4 * math.ceil(n / 2))],
        ),
        Misconception(
            "one-size-for-an-axis",
            "You take the better size for each axis. The two sizes may also be mixed within one.",
            [_both(lambda n: min(6 * math.ceil(n / 4), 4 * math.ceil(n / 2)))],
        ),
        Misconception(
            "one-size-for-everything",
            "You take one size for both axes. Each axis may choose, and even mix.",
            [
                lambda rows, columns: min(
                    36 * math.ceil(rows / 4) * math.ceil(columns / 4),
                    16 * math.ceil(rows / 2) * math.ceil(columns / 2),
                )
            ],
        ),
        Misconception(
            "leaves-outputs-out",
            "Even numbers are right. An odd one leaves one output that no tile gives yet.",
            [_both(lambda n: 6 * (n // 4) + 4 * (n % 4 // 2))],
        ),
        Misconception(
            "fills-up-with-small-tiles",
            "What is left after the tiles of 4 you cover with tiles of 2. When three are left, "
            "compare with one more large tile.",
            [_both(lambda n: 6 * (n // 4) + 4 * math.ceil(n % 4 / 2))],
        ),
        Misconception(
            "parts-of-tiles",
            "You count one and a half products for each output, as if a tile could be cut. It "
            "costs the same when it reaches beyond the outputs.",
            [_both(lambda n: 1.5 * n)],
        ),
        Misconception(
            "one-huge-tile",
            "You take a single tile as large as the output. The tiles here have 2 and 4 outputs.",
            [_both(lambda n: n + 2)],
        ),
        Misconception(
            "adds-the-axes",
            "Each axis is right, and then you add. Every entry down meets every entry across.",
            [lambda rows, columns: _along(rows) + _along(columns)],
        ),
        Misconception(
            "every-window-on-its-own",
            "That is what windows need, three products an output and axis. The tiles need fewer.",
            [_both(lambda n: 3 * n)],
        ),
    ),
    success="Mixed tiles are never worse than one size. Their price: each size needs transformed "
    "weights of its own.",
)

exercises = (two_outputs, repair_frequencies, tiles, read_the_code, fewest_products)
"""The chapter's exercises, in order."""


linear_autoencoder = Question(
    name="linear_autoencoder",
    label="From chapter 15",
    prompt="An autoencoder without any ReLU squeezes a picture into 10 numbers and is trained for "
    "the least squared error. What is the best it can do?",
    choices=(
        Choice(
            "As well as PCA with 10 components, and no better.",
            "Yes: without a ReLU both halves are linear, and of all linear ways through 10 numbers "
            "PCA has the least squared error.",
            correct=True,
        ),
        Choice(
            "Better than PCA, because it is trained.",
            "Training searches among the linear ways, and PCA is the best of them already.",
            misconception="training-beats-the-optimum",
        ),
        Choice(
            "Perfect, if it is trained long enough.",
            "Ten numbers cannot hold all pixels of all pictures. What does not go through the "
            "bottleneck is lost, however long it is trained.",
            misconception="bottleneck-loses-nothing",
        ),
        Choice(
            "Nothing: without a ReLU a network cannot learn.",
            "It learns a linear map, and a useful one. A ReLU adds what is not linear.",
            misconception="linear-learns-nothing",
        ),
    ),
)

gradient_is_a_convolution = Question(
    name="gradient_is_a_convolution",
    label="From chapter 11",
    prompt="A 3×3 convolution has stride 1 and padding 1. Its gradient for the input is computed "
    "from the upstream gradient. By which operation?",
    choices=(
        Choice(
            "A 3×3 cross-correlation with the turned kernels, padding 1, the roles of input and "
            "output channels exchanged.",
            "Yes. It is a convolution of the same size, so whatever makes the forward pass fast "
            "serves the way back as well.",
            correct=True,
        ),
        Choice(
            "The same cross-correlation again, with the kernels as they are.",
            "A pixel was multiplied by the upper left weight by the window to its lower right. On "
            "the way back the kernel therefore lies turned.",
            misconception="kernel-not-turned",
        ),
        Choice(
            "A division by the kernels' weights.",
            "A gradient does not undo the convolution. Each weight multiplies what flows back "
            "through it.",
            misconception="gradient-inverts",
        ),
        Choice(
            "A cross-correlation of the input with the upstream gradient.",
            "That is the gradient for the **kernels**. The one for the input needs the weights, "
            "not the input.",
            misconception="gradient-for-the-kernel",
        ),
    ),
)

few_channels = Question(
    name="few_channels",
    label="Question 1",
    prompt="F(4×4, 3×3) needs a quarter of the products. For a layer with 3 channels in and 3 "
    "filters it is slower than im2col. Why?",
    choices=(
        Choice(
            "Each channel is transformed on its own, and that work is shared by too few products.",
            "Yes. Products grow with channels times filters, transforms only with channels plus "
            "filters: with few of both, the transforms are most of the work.",
            correct=True,
        ),
        Choice(
            "With 3 channels there are fewer products to save: a third instead of a quarter.",
            "A quarter of the products stays a quarter for any number of channels. Something else "
            "does not shrink.",
            misconception="savings-depend-on-channels",
        ),
        Choice(
            "The transforms multiply by numbers that are not whole.",
            "A processor multiplies fractions as fast as whole numbers. It is how much there is "
            "to do.",
            misconception="fractions-are-slow",
        ),
        Choice(
            "Winograd's filtering is exact only for many channels.",
            "In exact arithmetic it is the same sum, whatever the number of channels.",
            misconception="approximates-convolution",
        ),
    ),
)

wrapped_around = Question(
    name="wrapped_around",
    label="Question 2",
    prompt="A picture of 64×64 and a kernel of 9×9, filled up to 64×64 with zeros, are transformed "
    "and multiplied (one of them conjugated) and transformed back. How many of the 64×64 results "
    "are those of a cross-correlation without padding?",
    choices=(
        Choice(
            "None: the result is circular.",
            "At most places the window does not reach the end, and nothing wraps around there.",
            misconception="all-wrap-around",
        ),
        Choice(
            "All 64×64.",
            "Where the window reaches beyond the last row or column, it reads the first ones. No "
            "zeros were added to the picture.",
            misconception="nothing-wraps-around",
        ),
        Choice(
            "56×56",
            "Yes: 64 − 9 + 1 places in each direction, those at which the kernel fits.",
            correct=True,
        ),
        Choice(
            "60×60",
            "Four on one side would be half a kernel. The whole kernel, less one, wraps around.",
            misconception="loses-half-a-kernel",
        ),
    ),
)

one_infinity = Question(
    name="one_infinity",
    label="Question 3",
    prompt="One pixel of the input is infinite. The library then computes by windows, although "
    "Winograd's filtering would be faster. Why?",
    choices=(
        Choice(
            "Infinity slows a processor down.",
            "Hardly. The result itself would be another one.",
            misconception="infinity-is-slow",
        ),
        Choice(
            "It would turn up, as infinity or NaN, in outputs of its tile whose windows do not "
            "hold that pixel.",
            "Yes. On its way through the tile the pixel is multiplied by a zero or should cancel, "
            "and both 0 · ∞ and ∞ − ∞ are NaN.",
            correct=True,
        ),
        Choice(
            "Because the transformed weights would become infinite.",
            "They are made from the weights alone, and these are finite.",
            misconception="weights-become-infinite",
        ),
        Choice(
            "All outputs are infinite anyway, so nothing is gained.",
            "Only the windows that hold the pixel, nine at most, are spoiled. The others have an "
            "ordinary result.",
            misconception="infinity-reaches-everything",
        ),
    ),
)

questions = (
    linear_autoencoder,
    gradient_is_a_convolution,
    few_channels,
    wrapped_around,
    one_infinity,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

"""Exercises and questions of chapter 16, colorization."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_colorization as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "colors_never_seen",
    "dilated_four_by_four",
    "encode",
    "exercises",
    "pooled_psnr",
    "questions",
    "read_the_code",
    "repair_join",
    "the_red_dress",
    "told_the_toss",
    "vivid",
    "weights_here_or_there",
]

Array = np.ndarray


def _measured_pictures(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for mse, pixels in (
        ([40, 640], [300, 100]),
        ([25, 400], [100, 900]),
        ([5, 90, 1000], [200, 700, 100]),
        # A gray picture that was left gray: its own PSNR is infinite.
        ([0, 300, 1200], [400, 100, 500]),
        ([12, 7, 2000, 150], [64, 1024, 256, 4096]),
    ):
        yield np.array(mse, dtype=np.int64), np.array(pixels, dtype=np.int64)


def _decibels(mse: Any) -> Any:
    return 10 * np.log10(255**2 / mse)


def _mean_over_pixels(values: Array, pixels: Array) -> Any:
    return (values * pixels).sum() / pixels.sum()


pooled_psnr = Exercise(
    name="pooled_psnr",
    title="One number for many pictures",
    stars=1,
    prompt="""
Complete the last line of `pooled_psnr(mse, pixels)`. Some pictures have been colored. Picture `i`
has `pixels[i]` pixels, and on average over them the squared error is `mse[i]`, in levels from 0 to
255. Return the PSNR **pooled** over all pixels, in decibels: the number that one large picture
would get in which all of them lie side by side.
""",
    stub='''def pooled_psnr(mse, pixels):
    """Return the PSNR over all pixels of all pictures together, in decibels."""
    each = 10 * np.log10(255**2 / mse)  # one for each picture by itself
    return ...
''',
    reference=solutions.pooled_psnr,
    inputs=_measured_pictures,
    misconceptions=(
        Misconception(
            "averages-the-decibels",
            "You take the mean of the pictures' decibels. A picture that was nearly gray anyway "
            "then lifts the mean as far as it likes, whatever the others look like.",
            [
                lambda mse, pixels: _decibels(mse).mean(),
                lambda mse, pixels: _decibels(mse[mse > 0]).mean(),
            ],
        ),
        Misconception(
            "weighs-the-decibels",
            "Large pictures count for more now, but you still average decibels. In one large "
            "picture, what is it that adds up?",
            [lambda mse, pixels: _mean_over_pixels(_decibels(mse), pixels)],
        ),
        Misconception(
            "counts-every-picture-once",
            "You average the squared errors, and a small picture counts as much as a large one. "
            "In one large picture it would fill less of it.",
            [lambda mse, pixels: _decibels(mse.mean())],
        ),
        Misconception(
            "averages-the-ratios",
            "You average the ratios before the logarithm. In them the squared errors stand below "
            "the line, where they do not add up.",
            [
                lambda mse, pixels: 10 * np.log10((255**2 / mse).mean()),
                lambda mse, pixels: 10 * np.log10(_mean_over_pixels(255**2 / mse, pixels)),
            ],
        ),
        Misconception(
            "averages-the-roots",
            "You average the roots of the squared errors. In one large picture the squares add up, "
            "and what is taken of them is taken at the end.",
            [
                lambda mse, pixels: 2 * _decibels(np.sqrt(mse).mean()) - _decibels(1),
                lambda mse, pixels: (
                    2 * _decibels(_mean_over_pixels(np.sqrt(mse), pixels)) - _decibels(1)
                ),
            ],
        ),
        Misconception(
            "divides-by-the-pixels-twice",
            "`mse` is a mean over pixels already, and you divide by pixels again. What do the "
            "squared errors of one picture add up to?",
            [
                lambda mse, pixels: _decibels(mse.sum() / pixels.sum()),
                lambda mse, pixels: _decibels((mse / pixels).sum()),
                lambda mse, pixels: _decibels((mse / pixels).mean()),
            ],
        ),
        Misconception(
            "sums-without-dividing",
            "You add up the squared errors of all pixels and do not divide by how many there are: "
            "the more pictures, the lower your PSNR.",
            [
                lambda mse, pixels: _decibels((mse * pixels).sum()),
                lambda mse, pixels: _decibels(mse.sum()),
            ],
        ),
        Misconception(
            "divides-by-the-pictures",
            "You add up the squared errors of all pixels and divide by the number of pictures. "
            "Of what is it the mean?",
            [lambda mse, pixels: _decibels((mse * pixels).sum() / len(mse))],
        ),
        Misconception(
            "only-one-is-squared",
            "Of the peak and the errors that it is compared with, you have squared only one. "
            "Compare like with like.",
            [
                lambda mse, pixels: 10 * np.log10(255 / _mean_over_pixels(mse, pixels)),
                lambda mse, pixels: _decibels(np.sqrt(_mean_over_pixels(mse, pixels))),
            ],
        ),
        Misconception(
            "peak-of-one",
            "You take 1 for the largest value that a pixel can have. These levels go up to 255.",
            [lambda mse, pixels: -10 * np.log10(_mean_over_pixels(mse, pixels))],
        ),
        Misconception(
            "no-logarithm",
            "Pooled as it should be, and not in decibels yet.",
            [
                _mean_over_pixels,
                lambda mse, pixels: 255**2 / _mean_over_pixels(mse, pixels),
                lambda mse, pixels: np.sqrt(_mean_over_pixels(mse, pixels)),
            ],
        ),
        Misconception(
            "another-logarithm",
            "Decibels are **ten** times the logarithm to base **ten** of a ratio of squares.",
            [
                lambda mse, pixels: _decibels(_mean_over_pixels(mse, pixels)) / 10,
                lambda mse, pixels: _decibels(_mean_over_pixels(mse, pixels)) * 2,
                lambda mse, pixels: _decibels(_mean_over_pixels(mse, pixels)) / 2,
                lambda mse, pixels: 10 * np.log(255**2 / _mean_over_pixels(mse, pixels)),
                lambda mse, pixels: 10 * np.log2(255**2 / _mean_over_pixels(mse, pixels)),
                lambda mse, pixels: np.log(255**2 / _mean_over_pixels(mse, pixels)),
            ],
        ),
        Misconception(
            "upside-down",
            "Your ratio is upside down: with it, a worse picture has more decibels.",
            [lambda mse, pixels: -_decibels(_mean_over_pixels(mse, pixels))],
        ),
    ),
    success="Average first what adds up, squared errors of pixels, and take the logarithm last. "
    "Then no picture that needed hardly any color can hide the others.",
)


def _halves(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape, coarse in (
        ((1, 4), (1, 2)),
        ((2, 4), (1, 2)),
        ((4, 2), (2, 1)),
        ((4, 4), (2, 2)),
        ((3, 6), (1, 2)),
        ((1, 6), (1, 2)),
        ((4, 6), (2, 3)),
        ((6, 8), (2, 2)),
    ):
        a, b = (matrix(rng, coarse, -8, 8) * 8 for _ in range(2))
        yield matrix(rng, shape, 1, 9) * 10, np.stack([a, b])


_JOIN_STUB = '''def join(L, ab):
    """Return L and the enlarged ab as one picture of shape (3, H, W)."""

    def enlarge(line, n):
        m = len(line)
        places = np.arange(n) * m / n  # in coarse pixels
        return np.interp(places, np.arange(m), line)

    tall = np.apply_along_axis(enlarge, 1, ab, L.shape[0])
    large = np.apply_along_axis(enlarge, 2, tall, L.shape[1])
    return np.stack([L, large[0], large[1]])
'''


def _placed(places: str) -> Callable[..., Any]:
    """Return the stub with other places in the planted bug's line."""
    return function_from(_JOIN_STUB.replace("np.arange(n) * m / n ", places))


def _coarse_lightness(L: Array, ab: Array) -> Array:
    h, w = ab.shape[1:]
    rows, columns = L.shape[0] // h, L.shape[1] // w
    means = L.reshape(h, rows, w, columns).mean(axis=(1, 3))
    return means.repeat(rows, axis=0).repeat(columns, axis=1)


def _without_holding(line: Array, n: int) -> Array:
    """Enlarge a line, weights falling to 0 at its ends as if zeros stood beyond."""
    places = (np.arange(n) + 0.5) * len(line) / n - 0.5
    weights = np.maximum(0, 1 - np.abs(places[:, None] - np.arange(len(line))))
    enlarged: Array = weights @ line
    return enlarged


def _fading(L: Array, ab: Array) -> Array:
    tall = np.apply_along_axis(_without_holding, 1, ab, L.shape[0])
    return np.stack([L, *np.apply_along_axis(_without_holding, 2, tall, L.shape[1])])


def _as_blocks(L: Array, ab: Array) -> Array:
    rows, columns = (np.array(L.shape) // ab.shape[1:]).tolist()
    return np.stack([L, *ab.repeat(rows, axis=1).repeat(columns, axis=2)])


repair_join = Exercise(
    name="repair_join",
    title="Repair colors that have slipped",
    stars=2,
    prompt="""
The network predicts `ab`, of shape (2, h, w), at a lower resolution. `join(L, ab)` enlarges it and
puts it together with the lightness `L`, of shape (H, W); H is a multiple of h, and W of w. It
enlarges bilinearly: between the middles of two coarse pixels the color changes in a straight line,
and outside the outermost middles it stays as it is (`np.interp` does both). But in the pictures
that come out, all colors stand too far to the left, and too high. Mend the line that does it.
""",
    stub=_JOIN_STUB,
    reference=solutions.join,
    inputs=_halves,
    seed=3,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: it lays the corner of a fine pixel on the "
            "middle of a coarse one. Where is the middle of the fine one?",
            [function_from(_JOIN_STUB)],
        ),
        Misconception(
            "ties-the-ends",
            "You tie the first and last pixels together, and stretch. Near the left edge colors "
            "then stand too far left, near the right edge too far right.",
            [
                _placed("np.linspace(0, m - 1, n)"),
                _placed("np.arange(n) * (m - 1) / max(n - 1, 1)"),
            ],
        ),
        Misconception(
            "middles-on-the-rim",
            "You lay the middle of the first fine pixel on the rim of the picture, and that of the "
            "last one too. Middles lie half a pixel inside.",
            [_placed("np.linspace(-0.5, m - 0.5, n)")],
        ),
        Misconception(
            "adds-half-and-keeps-it",
            "Your colors have slipped further to the left. Counted from the corner, the middles of "
            "the coarse pixels also lie half a pixel in.",
            [_placed("(np.arange(n) + 0.5) * m / n"), _placed("np.arange(n) * m / n + 0.5")],
        ),
        Misconception(
            "takes-half-a-coarse-pixel-away",
            "Half a coarse pixel is too much: now the colors stand too far to the right, by half a "
            "**fine** pixel.",
            [_placed("np.arange(n) * m / n - 0.5")],
        ),
        Misconception(
            "right-for-twice-the-size",
            "Right where a coarse pixel is two fine ones wide. Draw it for three: how far is it "
            "from middle to middle?",
            [_placed("(np.arange(n) - 0.5) * m / n"), _placed("np.arange(n) * m / n - 0.25")],
        ),
        Misconception(
            "moves-in-fine-pixels",
            "As far as you move, it is counted in fine pixels. The places are counted in coarse "
            "ones.",
            [_placed("np.arange(n) * m / n - (n / m - 1) / 2")],
        ),
        Misconception(
            "moves-the-other-way",
            "The size of your step is right; it goes the other way, and the colors have slipped "
            "twice as far.",
            [_placed("(np.arange(n) - 0.5) * m / n + 0.5")],
        ),
        Misconception(
            "repeats-the-pixels",
            "The colors stand where they should, in blocks. Bilinear ones change in a straight "
            "line from the middle of a block to the next.",
            [_as_blocks, _placed("np.arange(n) * m // n")],
        ),
        Misconception(
            "fades-at-the-border",
            "Right inside. Near the border you blend with zeros that nobody predicted; there the "
            "outermost color stays.",
            [_fading],
        ),
        Misconception(
            "exchanges-a-and-b",
            "You have exchanged a and b: what was green to red is blue to yellow now.",
            [lambda L, ab: solutions.join(L, ab)[[0, 2, 1]]],
        ),
        Misconception(
            "coarse-lightness-too",
            "Your lightness has become as coarse as the color. It is known at every pixel, and it "
            "is what makes the picture sharp.",
            [lambda L, ab: np.stack([_coarse_lightness(L, ab), *solutions.join(L, ab)[1:]])],
        ),
        Misconception(
            "color-without-lightness",
            "These are a and b alone. The picture has three channels, L first.",
            [lambda L, ab: solutions.join(L, ab)[1:]],
        ),
    ),
    success="Middles lie on middles, and every edge of L stays sharp: color may be coarse, because "
    "lightness is not.",
)


def _nets(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from ((1, 16, 2), (2, 32, 2), (3, 16, 4), (8, 64, 2), (16, 48, 6), (32, 256, 4))


def _read(
    c: int,
    n: int,
    d: int,
    *,
    rows: int | None = None,
    seen: int | None = None,
    learned: int = 0,
) -> tuple[int, int, int]:
    """Return the right answer, with some of its parts replaced, or `learned` changed by so much."""
    right = solutions.what_it_is(c, n, d)
    return (
        right[0] if rows is None else rows,
        right[1] if seen is None else seen,
        right[2] + learned,
    )


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
A small relative of `SeriesNet`. A layer that is called lazy finds out on its first call
how many channels come in.

```python
def layer(convolution, maps):
    return nn.Sequential(convolution, nn.BatchNorm2d(maps), nn.ReLU())

class Network(nn.Module):
    def __init__(self, c, d):
        super().__init__()
        self.down1 = layer(nn.Conv2d(1, c, 4, stride=2, padding=1), c)
        self.down2 = layer(nn.Conv2d(c, 2 * c, 4, stride=2, padding=1), 2 * c)
        self.dilated = layer(
            nn.Conv2d(2 * c, 2 * c, 4, dilation=d, padding=3 * d // 2), 2 * c)
        self.up2 = layer(nn.LazyConvTranspose2d(c, 4, stride=2, padding=1), c)
        self.up1 = layer(nn.LazyConvTranspose2d(2, 4, stride=2, padding=1), 2)
        self.last = nn.LazyConv2d(2, 3, padding=1)

    def forward(self, L):
        x1 = self.down1(L)
        x2 = self.down2(x1)
        x3 = self.dilated(x2)
        x4 = self.up2(torch.cat([x3, x2], dim=1))
        x5 = self.up1(torch.cat([x4, x1], dim=1))
        return self.last(torch.cat([x5, L], dim=1))

network = Network(c, d)
ab = network(torch.zeros(1, 1, n, n))
learned = sum(weight.numel() for weight in network.parameters())
```

Read it, do not run it; `n` is a multiple of 4, and `d` is even. Write `what_it_is(c, n, d)`, which
returns three numbers: the `rows` of `x3`; how many pixels of a row of L a number of `x3`, far from
the border, depends on (`seen`, its receptive field, batch norm as it is after training); and
`learned`.
""",
    stub='''def what_it_is(c, n, d):
    """Return the rows, the pixels seen along an axis, and the count of parameters."""
    rows = ...
    seen = ...
    learned = ...
    return rows, seen, learned
''',
    reference=solutions.what_it_is,
    inputs=_nets,
    misconceptions=(
        Misconception(
            "dilated-padding-enlarges",
            "Your `x3` has grown. The padding is made for the holes: a kernel of 4 at dilation `d` "
            "stretches over more than 4 pixels.",
            [
                lambda c, n, d: _read(c, n, d, rows=n // 4 + 3 * d - 3),
                lambda c, n, d: _read(c, n, d, rows=n // 4 + 3 * d),
            ],
        ),
        Misconception(
            "even-kernels-lose-a-row",
            "You let the dilated layer lose a row, as a 4×4 kernel does with padding on both "
            "sides. With holes in it, and `d` even, it need not.",
            [lambda c, n, d: _read(c, n, d, rows=n // 4 - 1)],
        ),
        Misconception(
            "rows-of-another-map",
            "Seen and counted right. The rows are those of another map: `x3` comes after both "
            "strides, and before anything enlarges.",
            [
                lambda c, n, d: _read(c, n, d, rows=n // 2),
                lambda c, n, d: _read(c, n, d, rows=n),
                lambda c, n, d: _read(c, n, d, rows=n // 8),
            ],
        ),
        Misconception(
            "forgets-the-strides-before",
            "You add the kernels up as if every layer stepped by one pixel of L. After a stride, a "
            "step is longer.",
            [
                lambda c, n, d: _read(c, n, d, seen=4 + 3 + 3 * d),
                lambda c, n, d: _read(c, n, d, seen=4 + 3 * 2 + 3 * d * 2),
            ],
        ),
        Misconception(
            "adds-whole-kernels",
            "You add whole kernels. The first of a kernel's weights stands on what is seen "
            "already; only the steps to the others add to it.",
            [
                lambda c, n, d: _read(c, n, d, seen=4 + 4 * 2 + (3 * d + 1) * 4),
                lambda c, n, d: _read(c, n, d, seen=4 + 3 * 2 + (3 * d + 1) * 4),
            ],
        ),
        Misconception(
            "counts-its-own-stride",
            "You let a layer's own stride widen what it sees. Only the strides **before** it do.",
            [lambda c, n, d: _read(c, n, d, seen=1 + 3 * 2 + 3 * 4 + 3 * d * 4)],
        ),
        Misconception(
            "dilation-times-kernel",
            "You let 4 weights at dilation `d` stretch over `4 * d` pixels. Between four weights "
            "there are three steps.",
            [
                lambda c, n, d: _read(c, n, d, seen=10 + 4 * (4 * d - 1)),
                lambda c, n, d: _read(c, n, d, seen=10 + 4 * 4 * d),
            ],
        ),
        Misconception(
            "sees-without-dilation",
            "You leave the dilation out of what is seen.",
            [lambda c, n, d: _read(c, n, d, seen=22)],
        ),
        Misconception(
            "only-the-dilated-layer",
            "That is how far the dilated kernel stretches over `x2`. Each pixel of `x2` has seen "
            "several of L.",
            [
                lambda c, n, d: _read(c, n, d, seen=3 * d + 1),
                lambda c, n, d: _read(c, n, d, seen=4 * (3 * d + 1)),
            ],
        ),
        Misconception(
            "overlooks-what-is-joined",
            "You count as if every layer read only the map before it. `torch.cat` lays a second "
            "one on top.",
            [
                lambda c, n, d: _read(c, n, d, learned=-16 * (2 * c * c + 2 * c) - 18),
                lambda c, n, d: _read(c, n, d, learned=-16 * (2 * c * c + 2 * c)),
                lambda c, n, d: _read(c, n, d, learned=-18),
                lambda c, n, d: _read(c, n, d, learned=-32 * c * c),
                lambda c, n, d: _read(c, n, d, learned=-32 * c),
            ],
        ),
        Misconception(
            "overlooks-the-batch-norm",
            "Batch norm learns too: how many numbers for each map?",
            [lambda c, n, d: _read(c, n, d, learned=-2 * (6 * c + 2))],
        ),
        Misconception(
            "counts-the-running-means",
            "You count batch norm's running means and variances. They are kept, and not learned: "
            "no gradient changes them.",
            [
                lambda c, n, d: _read(c, n, d, learned=2 * (6 * c + 2)),
                lambda c, n, d: _read(c, n, d, learned=2 * (6 * c + 2) + 5),
            ],
        ),
        Misconception(
            "overlooks-the-biases",
            "The kernels and the batch norm are all there. Every convolution here also has biases, "
            "as nothing says otherwise.",
            [
                lambda c, n, d: _read(c, n, d, learned=-(6 * c + 2) - 2),
                lambda c, n, d: _read(c, n, d, learned=-2),
            ],
        ),
        Misconception(
            "one-number-a-map-short",
            "For each map before `last`, one number is missing. A convolution adds a bias to it; "
            "batch norm has a scale and a shift.",
            [lambda c, n, d: _read(c, n, d, learned=-(6 * c + 2))],
        ),
        Misconception(
            "learns-the-holes",
            "You count the holes of the dilated kernel. Nothing is learned for them.",
            [lambda c, n, d: _read(c, n, d, learned=4 * c * c * ((3 * d + 1) ** 2 - 16))],
        ),
        Misconception(
            "all-kernels-alike",
            "You take 4×4 for the last kernel too. It is 3×3.",
            [lambda c, n, d: _read(c, n, d, learned=(16 - 9) * 6)],
        ),
    ),
    success="Most parameters sit where maps are joined or dilated, and all they find out must pass "
    "two maps that a ReLU keeps from ever being negative.",
)


def _single_colors(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from (
        (4, 0, 1),
        (7, 2, 1),
        (3, 9, 1),
        (-4, 0, 1),
        (0, -7, 1),
        (-7, 12, 2),
        (18, -3, 2),
        (-16, -11, 2),
        (10, 6, 2),
        (-20, 13, 3),
        (27, -28, 3),
    )


def _corner(a: int, b: int) -> tuple[int, int, float, float]:
    low_a, low_b = a // 10, b // 10
    return low_a, low_b, a / 10 - low_a, b / 10 - low_b


def _four(a: int, b: int, n: int, shares: Callable[[float, float], Any], offset: int = -1) -> Array:
    """Put 2×2 shares on the bins around a color."""
    low_a, low_b, s, t = _corner(a, b)
    table = np.zeros((2 * n + 1, 2 * n + 1))
    offset = n if offset < 0 else offset
    for i in range(2):
        for j in range(2):
            table[low_a + offset + i, low_b + offset + j] = shares(s, t)[i][j]
    return table


def _one_bin(a: int, b: int, n: int, choose: Callable[[float], int]) -> Array:
    table = np.zeros((2 * n + 1, 2 * n + 1))
    table[choose(a / 10) + n, choose(b / 10) + n] = 1
    return table


def _by_distance(weigh: Callable[[Array], Array]) -> Callable[..., Array]:
    """Return an answer that shares among the four bins by some weight of the distance."""

    def shares(s: float, t: float) -> Array:
        distance = np.sqrt(np.add.outer([s * s, (1 - s) ** 2], [t * t, (1 - t) ** 2]))
        weights = weigh(distance)
        return weights / weights.sum()

    return lambda a, b, n: _four(a, b, n, shares)


def _distances(a: int, b: int, n: int) -> Array:
    centers = 10.0 * np.arange(-n, n + 1)
    return np.hypot(a - centers[:, None], b - centers)


def _bell(a: int, b: int, n: int) -> Array:
    weights = np.exp(-(_distances(a, b, n) ** 2) / (2 * 5**2))
    return weights / weights.sum()


def _nearest_five(a: int, b: int, n: int) -> Array:
    weights = np.exp(-(_distances(a, b, n) ** 2) / (2 * 5**2))
    weights[weights < np.sort(weights, axis=None)[-5]] = 0
    return weights / weights.sum()


def _tent(value: int, n: int, width: int) -> Array:
    shares: Array = np.maximum(0, 1 - abs(value - 10 * np.arange(-n, n + 1)) / width)
    return shares


def _diamond(a: int, b: int, n: int) -> Array:
    centers = 10.0 * np.arange(-n, n + 1)
    weights = np.maximum(0, 10 - np.add.outer(abs(a - centers), abs(b - centers)))
    shares: Array = weights / weights.sum()
    return shares


def _cut_toward_zero(a: int, b: int, n: int) -> Array:
    table = np.zeros((2 * n + 1, 2 * n + 1))
    i, j = int(a / 10), int(b / 10)
    s, t = a / 10 - i, b / 10 - j
    table[i + n : i + n + 2, j + n : j + n + 2] = np.outer([1 - s, s], [1 - t, t])
    return table


encode = Exercise(
    name="encode",
    title="Share a color among bins",
    stars=2,
    prompt="""
Write `encode(a, b, n)`. The bins form a table of 2n + 1 rows and columns; the bin in row `i` and
column `j` stands for the color with a = 10(i − n) and b = 10(j − n). So the middle one is gray, and
a grows from row to row. A color rarely lies on the center of a bin. Share it **bilinearly** among
the four bins around it: a share is the product of one that depends on a and one that depends on b,
none is negative, all add up to 1, and the mean of the bins' colors, each weighted by its share, is
the color itself. Return the table of shares. (a and b lie between −10n and 10n, ends left out.)
""",
    stub='''def encode(a, b, n):
    """Return the shares of all bins, as a table of 2n + 1 rows and columns."""
    ...
''',
    reference=solutions.encode,
    inputs=_single_colors,
    misconceptions=(
        Misconception(
            "nearest-bin-takes-all",
            "You give everything to the nearest bin. The mean is then that bin's center and not "
            "the color.",
            [lambda a, b, n: _one_bin(a, b, n, round)],
        ),
        Misconception(
            "lower-bin-takes-all",
            "You give everything to the bin below in a and in b. What is left over of the color "
            "has to go somewhere.",
            [lambda a, b, n: _one_bin(a, b, n, lambda x: int(np.floor(x)))],
        ),
        Misconception(
            "four-equal-shares",
            "The four bins are the right ones, with a quarter each. A color closer to one of them "
            "has more to do with it.",
            [lambda a, b, n: _four(a, b, n, lambda s, t: [[0.25] * 2] * 2)],
        ),
        Misconception(
            "by-inverse-distance",
            "The closer, the larger your share, and they add up to 1. But work out their mean: it "
            "is not the color.",
            [
                _by_distance(lambda distance: 1 / distance),
                _by_distance(lambda distance: 1 / distance**2),
                _by_distance(lambda distance: np.maximum(0, 1 - distance)),
                _by_distance(lambda distance: np.sqrt(2) - distance),
                _diamond,
            ],
        ),
        Misconception(
            "a-bell-over-the-bins",
            "You lay a Gaussian bell over the bins. Its shares reach past the four, and their mean "
            "is pulled away from the color.",
            [
                _bell,
                _nearest_five,
                _by_distance(lambda distance: np.exp(-((10 * distance) ** 2) / (2 * 5**2))),
            ],
        ),
        Misconception(
            "shares-along-one-axis",
            "You share along one axis only. On the other, everything goes to one bin, and there "
            "the mean is not the color.",
            [
                lambda a, b, n: solutions.encode(a, 10 * round(b / 10), n),
                lambda a, b, n: solutions.encode(10 * round(a / 10), b, n),
                lambda a, b, n: solutions.encode(a, 10 * (b // 10), n),
                lambda a, b, n: solutions.encode(10 * (a // 10), b, n),
            ],
        ),
        Misconception(
            "three-bins",
            "Three bins keep the mean as well. But one share can fall below zero, and none of them "
            "is a product.",
            [lambda a, b, n: _four(a, b, n, lambda s, t: [[1 - s - t, t], [s, 0]])],
        ),
        Misconception(
            "goes-on-falling",
            "Your shares go on falling beyond the next bin, and below zero. From there on they "
            "are 0.",
            [
                lambda a, b, n: np.outer(
                    1 - abs(a / 10 - np.arange(-n, n + 1)), 1 - abs(b / 10 - np.arange(-n, n + 1))
                )
            ],
        ),
        Misconception(
            "all-shares-are-zero",
            "All your shares are 0. Are they cut off by a table of whole numbers, or do you count "
            "in units, where bins stand ten apart?",
            [lambda a, b, n: np.zeros((2 * n + 1, 2 * n + 1))],
        ),
        Misconception(
            "reaches-past-the-next-bin",
            "Your shares reach past the next bin. Where it stands, ten further, the share of this "
            "one has come down to 0.",
            [
                lambda a, b, n: np.outer(_tent(a, n, 20), _tent(b, n, 20)),
                lambda a, b, n: (
                    np.outer(_tent(a, n, 20), _tent(b, n, 20))
                    / (_tent(a, n, 20).sum() * _tent(b, n, 20).sum())
                ),
            ],
        ),
        Misconception(
            "far-bin-gets-more",
            "Your shares are exchanged: the bin that is farther away gets more.",
            [lambda a, b, n: _four(a, b, n, lambda s, t: np.outer([s, 1 - s], [t, 1 - t]))],
        ),
        Misconception(
            "adds-the-two-shares",
            "You average the share for a and the share for b. A bin that is far off in one of them "
            "then gets some all the same.",
            [
                lambda a, b, n: _four(
                    a, b, n, lambda s, t: np.add.outer([1 - s, s], [1 - t, t]) / 4
                ),
                lambda a, b, n: (
                    np.add.outer(
                        solutions.encode(a, 0, n).sum(axis=1), solutions.encode(0, b, n).sum(axis=0)
                    )
                    / 2
                ),
            ],
        ),
        Misconception(
            "exchanges-a-and-b",
            "You have exchanged the axes: rows stand for a, columns for b.",
            [
                lambda a, b, n: solutions.encode(b, a, n),
                lambda a, b, n: _four(a, b, n, lambda s, t: np.outer([1 - t, t], [1 - s, s])),
            ],
        ),
        Misconception(
            "cuts-toward-zero",
            "Right where a and b are positive. Below zero `int` cuts upward, and a share becomes "
            "negative.",
            [_cut_toward_zero],
        ),
        Misconception(
            "counts-from-the-gray-bin",
            "Your shares are right. You count rows and columns from gray, and NumPy takes a "
            "negative number to count from the end.",
            [lambda a, b, n: _four(a, b, n, lambda s, t: np.outer([1 - s, s], [1 - t, t]), 0)],
        ),
        Misconception(
            "rows-upside-down",
            "Your table stands on its head: a grows from row to row, downward.",
            [lambda a, b, n: solutions.encode(a, b, n)[::-1]],
        ),
    ),
    success="The mean of the shares is the color, so reading the bins by their mean loses nothing: "
    "whatever is lost later, it is not lost here.",
)


def _predictions(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
    # The smallest take one step each: the mean, then the counts, then the temperature, then both.
    two = [[60, 20], [-40, 10]]
    for counts, percent in (([5, 5], 100), ([7, 1], 100), ([4, 4], 50), ([9, 1], 40)):
        yield _prediction([[[1]], [[0]]], counts, two, percent)
    three = [[0, 0], [50, -10], [-30, 40]]
    yield _prediction(rng.integers(-2, 3, (3, 1, 2)), [90, 8, 2], three, 38)
    # Powers of e overflow in its first pixel and vanish in its second.
    large = [[[1001, -1000, 999]], [[1000, -1001, 1000]], [[999, -1000, 1001]]]
    yield _prediction(large, [60, 30, 10], three, 80)
    four = [[0, 0], [70, 50], [-60, 40], [10, -80]]
    yield _prediction(rng.integers(-3, 4, (4, 2, 2)), [80, 15, 4, 1], four, 25)
    yield _prediction(rng.integers(-3, 4, (4, 2, 3)), [50, 1, 30, 19], four, 60)


def _prediction(logits: Any, counts: Any, bins: Any, percent: int) -> tuple[Any, ...]:
    return (
        np.array(logits, dtype=np.float64),
        np.array(counts, dtype=np.int64),
        np.array(bins, dtype=np.int64),
        percent,
    )


def _softmax(logits: Array, axis: Any = 0) -> Array:
    powers = np.exp(logits - logits.max(axis=axis, keepdims=True))
    probabilities: Array = powers / powers.sum(axis=axis, keepdims=True)
    return probabilities


def _common(counts: Array) -> Array:
    common: Array = (counts / counts.sum() + 1 / len(counts)) / 2
    return common


def _stretched(weights: Array) -> Array:
    return weights[:, None, None]


def _decoded(probabilities: Array, bins: Array, normalize: bool = True) -> Array:
    if normalize:
        probabilities = probabilities / probabilities.sum(axis=0)
    return np.tensordot(bins.T, probabilities, 1)


def _vivid(
    weights: Callable[[Array], Array] = lambda counts: 1 / _common(counts),
    temperature: Callable[[float], float] = lambda T: T,
) -> Callable[..., Array]:
    """Return the right answer, with other weights or another temperature."""

    def answer(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
        weighted = logits + np.log(_stretched(weights(counts)))
        return _decoded(_softmax(weighted / temperature(percent / 100)), bins)

    return answer


def _anneals_first(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weights = _stretched(1 / _common(counts))
    return _decoded(_softmax(logits * 100 / percent) * weights, bins)


def _weights_the_logits(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = logits * _stretched(1 / _common(counts))
    return _decoded(_softmax(weighted * 100 / percent), bins)


def _adds_the_weights(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = logits + _stretched(1 / _common(counts))
    return _decoded(_softmax(weighted * 100 / percent), bins)


def _softmax_of_probabilities(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = _softmax(logits) * _stretched(1 / _common(counts))
    return _decoded(_softmax(weighted / weighted.sum(axis=0) * 100 / percent), bins)


def _softmax_of_weighted(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = _softmax(logits) * _stretched(1 / _common(counts))
    return _decoded(_softmax(weighted * 100 / percent), bins)


def _does_not_normalize(scale: Callable[[Array, Array], Any]) -> Callable[..., Array]:
    """Return an answer that divides the weights by something, and never the product."""

    def answer(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
        weights = 1 / _common(counts)
        weighted = _softmax(logits) * _stretched(weights / scale(counts, weights))
        return _decoded(weighted ** (100 / percent), bins, normalize=False)

    return answer


def _weights_the_colors(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    return _decoded(_softmax(logits * 100 / percent), bins / _common(counts)[:, None])


def _normalizes_before_annealing(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = _softmax(logits) * _stretched(1 / _common(counts))
    return _decoded((weighted / weighted.sum(axis=0)) ** (100 / percent), bins, normalize=False)


def _over_the_pixels(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = logits + np.log(_stretched(1 / _common(counts)))
    return np.tensordot(bins.T, _softmax(weighted * 100 / percent, (1, 2)), 1)


def _over_everything(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = logits + np.log(_stretched(1 / _common(counts)))
    return np.tensordot(bins.T, _softmax(weighted * 100 / percent, (0, 1, 2)), 1)


def _most_probable(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    best = (logits - np.log(_stretched(_common(counts)))).argmax(axis=0)
    return np.moveaxis(bins[best], -1, 0)


def _shifts_all_alike(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    return _overflows(logits - logits.max(), counts, bins, percent)


def _overflows(logits: Array, counts: Array, bins: Array, percent: int) -> Array:
    weighted = np.exp(logits) / _stretched(_common(counts))
    return _decoded(weighted ** (100 / percent), bins)


_OF_LARGE_LOGITS = (2, 1, 3)  # the only answer of this shape


def _right_or_not_a_number(returned: Array, expected: Array) -> bool:
    """Say whether what came back is right, but for the input with large logits."""
    if returned.shape != expected.shape:
        return False
    forgiven = ~np.isfinite(returned) if expected.shape == _OF_LARGE_LOGITS else False
    return bool((forgiven | np.isclose(returned, expected, rtol=1e-6, atol=1e-6)).all())


vivid = Exercise(
    name="vivid",
    title="The vivid head",
    stars=3,
    prompt="""
Write `vivid(logits, counts, bins, percent)`, from a network's output to a color in each pixel.
`logits` has the shape (Q, H, W), one map for each of Q bins, and bin `q` stands for the color
`bins[q]`, its a and its b. In the training pictures it was seen `counts[q]` times. How common a bin
is, that is half its share of all that was seen, plus half of 1/Q. First **rebalance**: divide
the probability of each bin by how common the bin is. Then **anneal** at the temperature T, which
comes in percent: 38 means T = 0.38. Return the mean color under the distribution that results, of
shape (2, H, W). Logits may be large: 1,000 and more.

Nobody has told you what the new probabilities have to be divided by, nor where, so that they add up
to 1. Where does it matter?
""",
    stub='''def vivid(logits, counts, bins, percent):
    """Return the color, (2, H, W), that the vivid head makes of the logits."""
    ...
''',
    reference=solutions.vivid,
    inputs=_predictions,
    seed=1,
    misconceptions=(
        Misconception(
            "overflows",
            "Right for small logits, and not a number for large ones: their powers overflow, or "
            "vanish. Shift each pixel's logits by its largest.",
            [_overflows, _shifts_all_alike],
            recognize=_right_or_not_a_number,
        ),
        Misconception(
            "forgets-to-rebalance",
            "This is the annealed mean alone. How common each bin is changes nothing in it yet.",
            [_vivid(weights=np.ones_like)],
        ),
        Misconception(
            "favors-the-common",
            "You multiply by how common a bin is. That makes gray grayer; rare colors are to "
            "count for more.",
            [_vivid(weights=_common)],
        ),
        Misconception(
            "mixes-nothing-in",
            "You divide by the bins' share of all that was seen. Half of an equal share goes in "
            "too, so that a very rare bin does not outshout the others.",
            [_vivid(weights=lambda counts: 1 / counts)],
        ),
        Misconception(
            "mixes-counts-with-shares",
            "You mix the counts themselves with 1/Q. Beside them an equal share is next to "
            "nothing; make shares of the counts first.",
            [_vivid(weights=lambda counts: 1 / (counts / 2 + 1 / len(counts) / 2))],
        ),
        Misconception(
            "equal-share-of-one",
            "You mix the shares with 1 for every bin. An equal share of Q bins is 1/Q; beside 1, "
            "hardly any bin is rare.",
            [_vivid(weights=lambda counts: 1 / (counts / counts.sum() / 2 + 1 / 2))],
        ),
        Misconception(
            "mixes-the-weights",
            "You mix the weight of a share with an equal weight. Mix how common the bins are, and "
            "divide by the mixture.",
            [_vivid(weights=lambda counts: 0.5 * counts.sum() / counts + 0.5 * len(counts))],
        ),
        Misconception(
            "anneals-first",
            "You anneal, and then rebalance. Annealing first makes the favorite so strong that the "
            "weights hardly matter; the order was the other one.",
            [_anneals_first],
        ),
        Misconception(
            "temperature-upside-down",
            "Your temperature works the other way round: below 1 it flattens. It is to sharpen "
            "there.",
            [_vivid(temperature=lambda T: 1 / T)],
        ),
        Misconception(
            "takes-percent-for-degrees",
            "You take 38 percent for a temperature of 38. At that, all bins are nearly alike.",
            [_vivid(temperature=lambda T: 100 * T)],
        ),
        Misconception(
            "forgets-to-anneal",
            "This is the mean of the rebalanced distribution, at T = 1.",
            [_vivid(temperature=lambda T: 1)],
        ),
        Misconception(
            "weights-the-logits",
            "You apply the weights to the logits as if they were probabilities. What is a product "
            "of probabilities, for logits?",
            [_weights_the_logits, _adds_the_weights],
        ),
        Misconception(
            "softmax-of-probabilities",
            "You divide probabilities by T and send them through softmax again. Softmax is for "
            "logits; a temperature raises probabilities to a power.",
            [_softmax_of_probabilities, _softmax_of_weighted],
        ),
        Misconception(
            "does-not-add-up-to-one",
            "What you take the mean with does not add up to 1. That matters once, at the very end.",
            [
                _does_not_normalize(lambda counts, weights: 1),
                _does_not_normalize(lambda counts, weights: weights.mean()),
                _does_not_normalize(lambda counts, weights: weights.sum()),
                _does_not_normalize(lambda counts, weights: counts @ weights / counts.sum()),
                _normalizes_before_annealing,
            ],
        ),
        Misconception(
            "over-the-pixels",
            "Your softmax compares pixels with each other. It compares the bins of one pixel.",
            [_over_the_pixels, _over_everything],
        ),
        Misconception(
            "plain-mean",
            "This is the mean under the network's own probabilities. It knows neither of the "
            "counts nor of the temperature.",
            [lambda logits, counts, bins, percent: _decoded(_softmax(logits), bins)],
        ),
        Misconception(
            "weights-the-colors",
            "You multiply the bins' colors by the weights, and get colors that no bin stands for. "
            "What the weights change is the probabilities.",
            [_weights_the_colors],
        ),
        Misconception(
            "exchanges-a-and-b",
            "You have exchanged a and b: a comes first, as in `bins`.",
            [lambda *given: solutions.vivid(*given)[::-1]],
        ),
        Misconception(
            "takes-the-most-probable",
            "You take the most probable bin. That is where T = 0 would end; at this T a mean is "
            "asked for.",
            [
                _most_probable,
                lambda logits, counts, bins, percent: np.moveaxis(
                    bins[logits.argmax(axis=0)], -1, 0
                ),
            ],
        ),
    ),
    success="Whatever is the same for all bins of a pixel cancels, so dividing is needed once, at "
    "the end. Weights and temperature make it vivid, and no pixel of it better informed.",
)

exercises = (pooled_psnr, repair_join, read_the_code, encode, vivid)
"""The chapter's exercises, in order."""


told_the_toss = Question(
    name="told_the_toss",
    label="From chapter 15",
    prompt="In the toy world, digits from 5 to 9 were green or purple by the toss of a coin, and "
    "the network painted them pale. What made it paint them in full color?",
    choices=(
        Choice(
            "More training, until the loss was small enough.",
            "Pale **is** the answer with the smallest loss. Longer training learns old tosses by "
            "heart, which help no new digit.",
            misconception="more-training",
        ),
        Choice(
            "A second input channel that told it the toss.",
            "Yes: given the toss, only one color is right, and nothing is left to average. A toss "
            "that you make up draws one of the possible answers.",
            correct=True,
        ),
        Choice(
            "More numbers in the bottleneck.",
            "The code can hold the ink as finely as you like. How the coin fell is not in the ink.",
            misconception="a-wider-bottleneck",
        ),
        Choice(
            "Only tossed digits in its training data.",
            "Then all it ever sees is undecided, and it would paint everything pale.",
            misconception="only-what-is-undecided",
        ),
    ),
)

dilated_four_by_four = Question(
    name="dilated_four_by_four",
    label="From chapter 07",
    prompt="A 4×4 kernel at dilation 2 moves over a map, one pixel at a time. Which padding keeps "
    "the size of the map?",
    choices=(
        Choice(
            "2 on every side",
            "With the holes it stretches over 7×7 pixels. A padding of 2 fits a stretch of 5.",
            misconception="takes-the-dilation-for-the-padding",
        ),
        Choice(
            "None: an even kernel cannot be centered.",
            "Without holes that is so. How far does it stretch with them?",
            misconception="even-stays-even",
        ),
        Choice(
            "3 on every side",
            "Yes: four weights, three steps of 2 between them, 7 pixels, and 3 on each side of the "
            "middle one, although no weight stands there.",
            correct=True,
        ),
        Choice(
            "4 on every side",
            "You let it stretch over 4·2 pixels and more. Between four weights there are three "
            "steps of 2.",
            misconception="kernel-times-dilation",
        ),
    ),
)

colors_never_seen = Question(
    name="colors_never_seen",
    label="Question 1",
    prompt="In the training pictures, every balloon is either red or blue, and nothing in the "
    "gray picture tells which. A network has learned this perfectly: half red, half blue, and no "
    "other bin. Which of its decoders paint a color that no balloon has?",
    choices=(
        Choice(
            "None: it gives no other color any probability.",
            "To other **bins** it gives none. A mean can lie where no bin has any probability, as "
            "purple does between red and blue.",
            misconception="a-mean-is-one-of-them",
        ),
        Choice(
            "Only the mean; annealing makes the annealed mean choose.",
            "Annealing sharpens a preference that is there. Two equal probabilities stay equal at "
            "every temperature above 0.",
            misconception="annealing-breaks-ties",
        ),
        Choice(
            "The mean, the annealed mean, and sampling, since it varies.",
            "A sample is drawn from what has a probability: red or blue, and nothing else.",
            misconception="sampling-blends",
        ),
        Choice(
            "The mean and the annealed mean.",
            "Yes: both average, and of two equals annealing prefers neither. Argmax and sampling "
            "answer with one of the two.",
            correct=True,
        ),
    ),
)

weights_here_or_there = Question(
    name="weights_here_or_there",
    label="Question 2",
    prompt="Network A is trained with the plain cross-entropy, and afterward its probabilities "
    "are multiplied by weights for rare colors. Network B is trained with a loss in which each "
    "pixel counts by the same weight of its true bin, and is decoded as it is. Both learn all that "
    "can be learned. How do they differ?",
    choices=(
        Choice(
            "Not at all: both end at the same distribution.",
            "Yes: B's best answer is proportional to probability times weight, which is A's answer "
            "rebalanced. With A you can change the weights afterward.",
            correct=True,
        ),
        Choice(
            "B knows better what rare colors look like.",
            "While training is short, it may. Here both have learned everything, and what B "
            "answers is A's answer times the weights.",
            misconception="weights-teach",
        ),
        Choice(
            "B's probabilities are the true ones, A's are distorted.",
            "A's are the true ones before they are multiplied. B learns distorted ones on purpose: "
            "rare colors come out more probable than they are.",
            misconception="weighted-is-calibrated",
        ),
        Choice(
            "A is more vivid: its weights also act on colors that it has not learned.",
            "A weight multiplies what is predicted. What has no probability has none afterward.",
            misconception="weights-invent",
        ),
    ),
)

the_red_dress = Question(
    name="the_red_dress",
    label="Question 3",
    prompt="The vivid head colors a photograph from 1910 and paints a dress a strong red. The "
    "uncertainty map says that the network is sure. What have you learned about the dress?",
    choices=(
        Choice(
            "That it was red, with a high probability.",
            "The network's probabilities are those of its training pictures. None of them was "
            "taken in 1910, with that film, of that dress.",
            misconception="confidence-is-evidence",
        ),
        Choice(
            "That it was red or nearly so: a vivid color would be avoided otherwise.",
            "Vividness comes from weights and a temperature that somebody chose. Turn them, and "
            "the dress turns gray.",
            misconception="vivid-means-sure",
        ),
        Choice(
            "That such patches of gray were mostly red in its training pictures.",
            "Yes, and no more. The color of this dress is not in the photograph, and no decoder "
            "puts it there.",
            correct=True,
        ),
        Choice(
            "Nothing, but the faithful head would tell.",
            "It answers with the mean color of such patches in the training pictures. That costs "
            "least on average, and knows this dress no better.",
            misconception="faithful-is-true",
        ),
    ),
)

questions = (
    told_the_toss,
    dilated_four_by_four,
    colors_never_seen,
    weights_here_or_there,
    the_red_dress,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

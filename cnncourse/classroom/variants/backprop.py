"""Graded questions on chapter 11, backpropagation."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families", "input_gradient", "kernel_gradient", "sent_back"]

Array = np.ndarray


# All arrays are floats, so that an answer may add into np.zeros_like of any of them.


def _pooled(step: int, high: int) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array]]]:
    """Return pictures with many equal pixels, and what arrives at their windows of 2×2."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
        for corner in ([[1, 3], [3, 0]], [[-1, -2], [-3, -1]], [[0, -2], [-1, 0]]):
            yield np.array(corner, dtype=np.float64), np.array([[2.0]])
        sizes = ((2, 3), (3, 3), (3, 4), (5, 4), (4, 6), (6, 7))
        for size in sizes:
            places = [(n - 2) // step + 1 for n in size]
            upstream = matrix(rng, (places[0], places[1]), 1, 5)
            upstream *= rng.choice([-1, 1], size=upstream.shape)
            yield matrix(rng, size, -2, high).astype(np.float64), upstream.astype(np.float64)

    return inputs


_SHOWN = {
    1: np.array([[1.0, 3, 3], [-2, -5, 0], [2, 2, -4]]),
    2: np.array([[1.0, 3, 3, 0], [-2, -5, 0, 3], [2, 2, -4, 1], [2, 0, 1, -5]]),
}


def _repair(
    name: str,
    task: str,
    body: str,
    planted: str,
    mistakes: list[Mistake],
    success: str,
    step: int = 1,
    high: int = 3,
) -> Exercise:
    moves = {1: "**one** pixel at a time", 2: "**two** pixels at a time"}[step]
    left = " Rows and columns that are left over at the end are read by no window." * (step > 1)
    return variant(
        name=f"sent_back_{name}",
        title="Repair the way back through a pooling",
        prompt=f"""
A window of 2×2 pixels has moved over the picture `x`, {moves}, down and across, without
padding.{left} {task} `upstream` is the gradient of the loss for the outputs. The program
`sent_back(x, upstream)` should return the gradient for the picture; pixels that get nothing have 0.
It has a planted bug: find it and mend it.
""",
        source=f'''def sent_back(x, upstream):
    """Return the gradient for the picture."""
    gradient = np.zeros(x.shape)
    for i, j in np.ndindex(upstream.shape):
        top, left = {"i, j" if step == 1 else f"{step} * i, {step} * j"}
        window = x[top : top + 2, left : left + 2]
{body}    return gradient
''',
        inputs=_pooled(step, high),
        mistakes=mistakes,
        planted=planted,
        success=success,
        seed=3,
        shown=(_SHOWN[step], np.array([[2.0, -1], [3, 4]])),
    )


_WINNER = """        a, b = divmod({choice}, 2)
        gradient[top + a, left + b] += {back}
"""
_OVERWRITES = mistake(
    "overwrites",
    "Where a pixel has won in several windows, the last one counts. It gets the sum of what they "
    "send.",
    ("] += ", "] = "),
)
_STRIDE = mistake(
    "forgets-the-stride",
    "Your windows begin one pixel apart. Forward they stood two apart, and there they must go "
    "back.",
    ("2 * i, 2 * j", "i, j"),
)
_EXCHANGED = mistake(
    "exchanges-rows-and-columns",
    "Within the window, row and column of the winner are exchanged.",
    ("top + a, left + b", "top + b, left + a"),
)
_CORNER = mistake(
    "pays-the-corner",
    "All of it goes to the window's first pixel. The pixel that the output depends on gets it.",
    ("top + a, left + b", "top, left"),
)
_SIGN_OF_UPSTREAM = (
    "forgets-what-arrives",
    "You let through what is positive on the way back. A negative gradient passes, too.",
)


def _instead(name: str, hint: str, old: str, new: str) -> Mistake:
    return mistake(name, hint, (old, new))


sent_back = Family(
    name="sent_back",
    skills="Repairs the gradient of a pooling: which pixel gets what, where windows overlap, and "
    "what becomes of ties.",
    points=2,
    variants=(
        _repair(
            "overlapping",
            "Its output is the **largest** pixel of the window; among equals, the **first** in "
            "reading order has won.",
            _WINNER.format(choice="window.argmax()", back="upstream[i, j]"),
            "overwrites",
            [
                _OVERWRITES,
                _EXCHANGED,
                _CORNER,
                _instead(
                    "takes-the-smallest",
                    "You pay the smallest pixel. The output was the largest one.",
                    "argmax",
                    "argmin",
                ),
                _instead(
                    "takes-the-last-tie",
                    "Where several pixels are the largest, you take the last. Here the first has "
                    "won.",
                    "window.argmax()",
                    "3 - window[::-1, ::-1].argmax()",
                ),
                _instead(
                    "multiplies-by-the-output",
                    "You multiply by the pixel that won. The output is the pixel itself, so its "
                    "slope is 1.",
                    "upstream[i, j]",
                    "upstream[i, j] * window.max()",
                ),
            ],
            "A pixel that wins twice is paid twice.",
        ),
        _repair(
            "smallest",
            "Its output is the **smallest** pixel of the window; among equals, the **first** in "
            "reading order counts.",
            _WINNER.format(choice="window.argmin()", back="upstream[i, j]"),
            "forgets-the-stride",
            [
                _STRIDE,
                _EXCHANGED,
                _CORNER,
                _instead(
                    "takes-the-largest",
                    "You pay the largest pixel. The output was the smallest one.",
                    "argmin",
                    "argmax",
                ),
                _instead(
                    "sign-reversed",
                    "You turn the sign round. The output is the smallest pixel itself, and grows "
                    "with it.",
                    "+= upstream",
                    "-= upstream",
                ),
                _instead(
                    "takes-the-last-tie",
                    "Where several pixels are the smallest, you take the last. Here the first "
                    "counts.",
                    "window.argmin()",
                    "3 - window[::-1, ::-1].argmin()",
                ),
            ],
            "Whatever the window chooses, what arrives goes to the pixel that was chosen.",
            step=2,
        ),
        _repair(
            "last_of_equals",
            "Its output is the **largest** pixel of the window; among equals, the **last** in "
            "reading order has won.",
            _WINNER.format(choice="3 - window[::-1, ::-1].argmax()", back="upstream[i, j]"),
            "exchanges-rows-and-columns",
            [
                _STRIDE,
                _EXCHANGED,
                _CORNER,
                _instead(
                    "takes-the-first-tie",
                    "Where several pixels are the largest, you take the first. Here the last has "
                    "won.",
                    "3 - window[::-1, ::-1].argmax()",
                    "window.argmax()",
                ),
                _instead(
                    "counts-from-the-end",
                    "You number the pixels from the window's end and use the number from its "
                    "beginning.",
                    "3 - window[::-1, ::-1].argmax()",
                    "window[::-1, ::-1].argmax()",
                ),
                _instead(
                    "last-of-equals-by-columns",
                    "Of equal pixels you take the last when reading down the columns. Reading "
                    "order goes along the rows.",
                    "a, b = divmod(3 - window[::-1, ::-1].argmax(), 2)",
                    "b, a = divmod(3 - window.T[::-1, ::-1].argmax(), 2)",
                ),
            ],
            "Which of equals wins is a convention; the way back must keep to it.",
            step=2,
        ),
        _repair(
            "shared_ties",
            "Its output is the **largest** pixel of the window. Where several pixels are the "
            "largest, they **share** what arrives, each the same part of it.",
            """        winners = window == window.max()
        share = upstream[i, j] / winners.sum()
        gradient[top : top + 2, left : left + 2] += share * winners
""",
            "pays-every-tie",
            [
                _OVERWRITES,
                _instead(
                    "pays-every-tie",
                    "Where several pixels are the largest, each gets the whole gradient. They "
                    "share it.",
                    " / winners.sum()",
                    "",
                ),
                _instead(
                    "averages",
                    "You divide by all the pixels of a window. Only those that won share.",
                    "winners.sum()",
                    "4",
                ),
                _instead(
                    "pays-the-losers-too",
                    "Every pixel of the window gets a share. Those that are not the largest get "
                    "nothing.",
                    "share * winners",
                    "share",
                ),
                _instead(
                    "takes-the-smallest",
                    "You pay the smallest pixels. The output was the largest.",
                    "window.max()",
                    "window.min()",
                ),
                _instead(
                    "first-tie-takes-all",
                    "Where several pixels are the largest, the first gets everything. Here they "
                    "share.",
                    "winners = window == window.max()",
                    "winners = np.arange(4).reshape(2, 2) == window.argmax()",
                ),
            ],
            "Sharing keeps the sum: no more goes back than has arrived.",
        ),
        _repair(
            "largest_in_size",
            "Its output is the pixel that is **largest in size**, with its sign: of −5 and 3 it is "
            "−5. Among equal sizes the **first** in reading order has won.",
            _WINNER.format(choice="np.abs(window).argmax()", back="upstream[i, j]"),
            "multiplies-by-the-sign",
            [
                _OVERWRITES,
                _EXCHANGED,
                _CORNER,
                _instead(
                    "multiplies-by-the-sign",
                    "What arrives is turned round where the pixel is negative. The output keeps "
                    "the pixel's sign, so its slope is 1.",
                    "upstream[i, j]",
                    "upstream[i, j] * np.sign(window[a, b])",
                ),
                _instead(
                    "ignores-the-size",
                    "You pay the largest pixel by its sign. One far below 0 may be larger in size.",
                    "np.abs(window).argmax()",
                    "window.argmax()",
                ),
                _instead(
                    "takes-the-last-tie",
                    "Where several pixels have the largest size, you take the last. Here the first "
                    "has won.",
                    "np.abs(window).argmax()",
                    "3 - np.abs(window)[::-1, ::-1].argmax()",
                ),
            ],
            "The pixel goes through as it is, so its gradient does, too.",
        ),
        _repair(
            "rectified",
            "Its output is the **largest** pixel of the window, and 0 if that is below 0 (ReLU "
            "stands behind the pooling). Among equals, the **first** in reading order has won. "
            "Where the largest pixel is exactly 0, nothing goes back.",
            _WINNER.format(choice="window.argmax()", back="upstream[i, j] * (window.max() > 0)"),
            "forgets-what-arrives",
            [
                _OVERWRITES,
                _EXCHANGED,
                _instead(
                    *_SIGN_OF_UPSTREAM,
                    "(window.max() > 0)",
                    "(upstream[i, j] > 0)",
                ),
                _instead(
                    "forgets-the-relu",
                    "A winner below 0 gets its gradient too. ReLU was shut there.",
                    " * (window.max() > 0)",
                    "",
                ),
                _instead(
                    "passes-at-zero",
                    "A winner of exactly 0 gets its gradient. Here nothing passes at 0.",
                    "> 0",
                    ">= 0",
                ),
                _instead(
                    "multiplies-by-the-output",
                    "You multiply by the output. The slope of ReLU is 1 or 0, however large it is.",
                    "(window.max() > 0)",
                    "max(window.max(), 0)",
                ),
            ],
            "One winner, and only if it could be heard.",
            high=2,
        ),
        _repair(
            "average",
            "Its output is the **mean** of its four pixels.",
            """        share = upstream[i, j] / window.size
        gradient[top : top + 2, left : left + 2] += share
""",
            "forgets-to-divide",
            [
                mistake(
                    "overwrites",
                    "Where windows overlap, the last one counts. A pixel gets the sum of what its "
                    "windows send.",
                    *_OVERWRITES.changes,
                ),
                _instead(
                    "forgets-to-divide",
                    "Every pixel of a window gets all that arrives. The mean gives each a fourth "
                    "of the say.",
                    " / window.size",
                    "",
                ),
                _instead(
                    "divides-by-the-side",
                    "You divide by the length of the window's side. It has four pixels.",
                    "window.size",
                    "len(window)",
                ),
                _instead(
                    "pays-the-corner",
                    "Only the window's first pixel is paid. All four have made the mean.",
                    "gradient[top : top + 2, left : left + 2]",
                    "gradient[top, left]",
                ),
                _instead(
                    "multiplies-by-the-pixels",
                    "You multiply by the pixels. In a mean every pixel has the same slope, however "
                    "bright it is.",
                    "+= share",
                    "+= share * window",
                ),
                _instead(
                    "divides-by-the-pixels-twice",
                    "You divide by the number of pixels twice.",
                    "window.size",
                    "window.size**2",
                ),
            ],
            "A mean has no winners: everyone gets a fourth.",
        ),
    ),
)


def _seen(
    forward: Callable[[tuple[int, int], tuple[int, int]], tuple[int, int]],
    images: int = 0,
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, tuple[int, int]]]]:
    """Return pictures and gradients of the size that `forward(size, kernel_size)` gives."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, tuple[int, int]]]:
        for size, kernel_size in (
            ((3, 4), (1, 2)),
            ((4, 5), (2, 1)),
            ((3, 4), (2, 2)),
            ((5, 5), (2, 2)),
            ((6, 5), (2, 2)),
            ((5, 7), (3, 2)),
            ((7, 8), (2, 3)),
        ):
            places = forward(size, kernel_size)
            count = max(images, 1)
            x = matrix(rng, (count, size[0] * size[1]), 0, 4).reshape(count, *size)
            upstream = matrix(rng, (count, places[0] * places[1]), -3, 3).reshape(count, *places)
            x, upstream = x.astype(np.float64), upstream.astype(np.float64)
            yield (x, upstream, kernel_size) if images else (x[0], upstream[0], kernel_size)

    return inputs


def _fits(size: tuple[int, int], kernel_size: tuple[int, int]) -> tuple[int, int]:
    return size[0] - kernel_size[0] + 1, size[1] - kernel_size[1] + 1


_AVERAGES = (
    "takes-the-mean",
    "You take the mean over the places. The uses of a weight are added.",
)
_TURNED = (
    "turns-the-kernel",
    "Your gradient is turned by 180°. The kernel was laid down as it stands, and so is what "
    "belongs to it.",
)


def _gradient(
    name: str,
    title: str,
    rule: str,
    met: str,
    mistakes: list[Mistake],
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, tuple[int, int]]]],
    success: str,
    before: str = "",
    after: str = "gradient",
    product: str = "(met * upstream).sum()",
    size: str = "kernel_size",
    picture: str = "a picture `x`",
) -> Exercise:
    return variant(
        name=f"kernel_gradient_{name}",
        title=title,
        prompt=f"""
Write `kernel_gradient(x, upstream, kernel_size)`. A kernel of `kernel_size` = (rows, columns) has
moved over {picture}. {rule.strip()} `upstream` is the gradient of the loss for the output. Return
the gradient of the loss for the kernel: an array of shape `kernel_size`. Use NumPy alone.
""",
        source=f'''def kernel_gradient(x, upstream, kernel_size):
    """Return the gradient for the kernel."""
    H_out, W_out = upstream.shape[-2:]
{before}    gradient = np.zeros({size})
    for a, b in np.ndindex(gradient.shape):
        met = {met}
        gradient[a, b] = {product}
    return {after}
''',
        inputs=inputs,
        mistakes=mistakes,
        success=success,
        seed=4,
        shown=2,
    )


kernel_gradient = Family(
    name="kernel_gradient",
    skills="Writes the gradient for a kernel whose forward pass has a stride, a border rule, gaps, "
    "a turn or a tie of its own.",
    points=3,
    variants=(
        _gradient(
            "strided",
            "The kernel's gradient at stride 2",
            "It moved by **2** pixels, down and across, without padding, and was laid down as it "
            "stands; rows and columns that are left over at the end were not read.",
            "x[a : a + 2 * H_out - 1 : 2, b : b + 2 * W_out - 1 : 2]",
            [
                mistake(
                    "forgets-the-stride",
                    "You let each weight meet neighboring pixels. From window to window it moved "
                    "by two.",
                    (
                        "x[a : a + 2 * H_out - 1 : 2, b : b + 2 * W_out - 1 : 2]",
                        "x[a : a + H_out, b : b + W_out]",
                    ),
                ),
                mistake(
                    "moves-by-the-dilation",
                    "Your weights lie two pixels apart and the windows one. It is the other way "
                    "round.",
                    (
                        "x[a : a + 2 * H_out - 1 : 2, b : b + 2 * W_out - 1 : 2]",
                        "x[2 * a : 2 * a + H_out, 2 * b : 2 * b + W_out]",
                    ),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(*_TURNED, ("return gradient", "return gradient[::-1, ::-1]")),
                mistake(
                    "counts-the-places",
                    "You add the pixels that a weight has met. Each counts as much as what arrives "
                    "at its window.",
                    ("met * upstream", "met"),
                ),
                mistake(
                    "ignores-the-sign",
                    "You add sizes. What arrives with a minus pulls the other way.",
                    ("met * upstream", "met * np.abs(upstream)"),
                ),
            ],
            _seen(lambda n, k: ((n[0] - k[0]) // 2 + 1, (n[1] - k[1]) // 2 + 1)),
            "Each weight has met every second pixel; that is a dilated cross-correlation.",
        ),
        _gradient(
            "turned",
            "The kernel's gradient of a true convolution",
            "It moved by one pixel, without padding, and was **turned by 180°** before it was laid "
            "down, as in a true convolution. The gradient belongs to the kernel **before** it is "
            "turned.",
            "x[a : a + H_out, b : b + W_out]",
            [
                mistake(
                    "does-not-turn-the-kernel",
                    "This is the gradient for the kernel as it lies on the picture. The kernel "
                    "itself is that one turned back.",
                    ("gradient[::-1, ::-1]", "gradient"),
                ),
                mistake(
                    "turns-upside-down-only",
                    "You turn it upside down. A turn by 180° also exchanges left and right.",
                    ("gradient[::-1, ::-1]", "gradient[::-1]"),
                ),
                mistake(
                    "turns-left-to-right-only",
                    "You exchange left and right. A turn by 180° also stands it on its head.",
                    ("gradient[::-1, ::-1]", "gradient[:, ::-1]"),
                ),
                mistake(
                    "turns-the-upstream",
                    "You turn what arrives. It stays where it is; the kernel is what was turned.",
                    (
                        ("met * upstream", "met * upstream[::-1, ::-1]"),
                        ("gradient[::-1, ::-1]", "gradient"),
                    ),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(
                    "counts-the-places",
                    "You add the pixels that a weight has met. Each counts as much as what arrives "
                    "at its window.",
                    ("met * upstream", "met"),
                ),
            ],
            _seen(_fits),
            "Turned on the way forward, turned back on the way home.",
            after="gradient[::-1, ::-1]",
        ),
        _gradient(
            "padded",
            "The kernel's gradient with padding",
            "It moved by one pixel and was laid down as it stands. **One** ring of zeros lay "
            "around the picture (`x` comes without it).",
            "x[a : a + H_out, b : b + W_out]",
            [
                mistake(
                    "does-not-pad",
                    "Your first window begins at the picture's first pixel. It began in the ring, "
                    "before it.",
                    (
                        ("    x = np.pad(x, 1)\n", ""),
                        ("(met * upstream)", "(met * upstream[: len(met), : met.shape[1]])"),
                    ),
                ),
                mistake(
                    "repeats-the-border-pixel",
                    "Your ring repeats the pixels at the border. It is made of zeros.",
                    ("np.pad(x, 1)", 'np.pad(x, 1, mode="edge")'),
                ),
                mistake(
                    "pads-in-front",
                    "Your first window begins two pixels before the picture, above it and on its "
                    "left. The ring is one pixel wide.",
                    ("np.pad(x, 1)", "np.pad(x, ((2, 0), (2, 0)))"),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(*_TURNED, ("return gradient", "return gradient[::-1, ::-1]")),
                mistake(
                    "ignores-the-sign",
                    "You add sizes. What arrives with a minus pulls the other way.",
                    ("met * upstream", "met * np.abs(upstream)"),
                ),
            ],
            _seen(lambda n, k: _fits((n[0] + 2, n[1] + 2), k)),
            "What a weight met in the ring was 0, and adds nothing.",
            before="    x = np.pad(x, 1)\n",
        ),
        _gradient(
            "dilated",
            "The kernel's gradient with gaps",
            "It moved by one pixel, without padding, and was laid down as it stands, with a "
            "**dilation of 2**: its weights lie two pixels apart, with one pixel skipped between "
            "neighbors.",
            "x[2 * a : 2 * a + H_out, 2 * b : 2 * b + W_out]",
            [
                mistake(
                    "ignores-the-dilation",
                    "Your weights lie one pixel apart. With a dilation of 2, where does weight "
                    "(0, 1) begin?",
                    (
                        "x[2 * a : 2 * a + H_out, 2 * b : 2 * b + W_out]",
                        "x[a : a + H_out, b : b + W_out]",
                    ),
                ),
                mistake(
                    "takes-dilation-for-stride",
                    "You let a weight meet every second pixel. Windows move by one; it is the "
                    "weights that lie apart.",
                    (
                        (
                            "x[2 * a : 2 * a + H_out, 2 * b : 2 * b + W_out]",
                            "x[a : a + 2 * H_out - 1 : 2, b : b + 2 * W_out - 1 : 2]",
                        ),
                        ("(met * upstream)", "(met * upstream[: len(met), : met.shape[1]])"),
                    ),
                ),
                mistake(
                    "takes-dilation-for-the-holes",
                    "You skip two pixels between the weights. A dilation of 2 skips one.",
                    (
                        "x[2 * a : 2 * a + H_out, 2 * b : 2 * b + W_out]",
                        "np.pad(x, (0, 9))[3 * a : 3 * a + H_out, 3 * b : 3 * b + W_out]",
                    ),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(*_TURNED, ("return gradient", "return gradient[::-1, ::-1]")),
                mistake(
                    "dilates-the-rows-only",
                    "Your weights lie two rows apart, but one column. The gaps go both ways.",
                    ("2 * b : 2 * b + W_out", "b : b + W_out"),
                ),
            ],
            _seen(lambda n, k: (n[0] - 2 * (k[0] - 1), n[1] - 2 * (k[1] - 1))),
            "Each weight has met a block of neighbors that begins two pixels after the last.",
        ),
        _gradient(
            "wrapped",
            "The kernel's gradient on a ring",
            "It moved by one pixel and was laid down as it stands, on a picture that is continued "
            "round and round: behind its last row comes the first again, behind the last column "
            "the first. The window of output (`i`, `j`) **begins** at pixel (`i`, `j`), so that "
            "the output is as large as the picture.",
            "np.roll(x, (-a, -b), axis=(0, 1))",
            [
                mistake(
                    "pads-with-zeros",
                    "Beyond the border you count zeros. The picture begins again there.",
                    (
                        "np.roll(x, (-a, -b), axis=(0, 1))",
                        "np.pad(x, 9)[9 + a : 9 + a + H_out, 9 + b : 9 + b + W_out]",
                    ),
                ),
                mistake(
                    "repeats-the-border-pixel",
                    "Beyond the border you repeat the last pixel. The picture begins again there.",
                    (
                        "np.roll(x, (-a, -b), axis=(0, 1))",
                        'np.pad(x, 9, mode="edge")[9 + a : 9 + a + H_out, 9 + b : 9 + b + W_out]',
                    ),
                ),
                mistake(
                    "moves-the-other-way",
                    "You go up and left from the window's first pixel. The kernel reaches down and "
                    "to the right.",
                    ("(-a, -b)", "(a, b)"),
                ),
                mistake(
                    "centers-the-window",
                    "Your windows have their middle at their pixel. They begin there.",
                    (
                        "(-a, -b)",
                        "(kernel_size[0] // 2 - a, kernel_size[1] // 2 - b)",
                    ),
                ),
                mistake(
                    "leaves-the-border-out",
                    "You leave out windows that go over the border. They are outputs like others.",
                    (
                        (
                            "np.roll(x, (-a, -b), axis=(0, 1))",
                            "x[a : a + H_out - kernel_size[0] + 1, "
                            "b : b + W_out - kernel_size[1] + 1]",
                        ),
                        ("(met * upstream)", "(met * upstream[: len(met), : met.shape[1]])"),
                    ),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(*_TURNED, ("return gradient", "return gradient[::-1, ::-1]")),
            ],
            _seen(lambda n, k: n),
            "On a ring every weight meets every pixel once.",
        ),
        _gradient(
            "mirrored",
            "The gradient for half a kernel",
            "It moved by one pixel, without padding. The kernel is **mirror-symmetric**, so that "
            "only its left half is learned: `kernel_size` is the size of that half. What was laid "
            "down is the half with its mirror image on its right, twice as wide: the learned row "
            "(1, 2) is laid down as (1, 2, 2, 1). The gradient belongs to the half.",
            "x[a : a + H_out, b : b + W_out]",
            [
                mistake(
                    "left-half-only",
                    "These are the uses in the left half. Each learned weight is laid down twice.",
                    ("+ gradient[:, half:][:, ::-1]", "+ 0"),
                ),
                mistake(
                    "right-half-only",
                    "These are the uses in the right half. Each learned weight is laid down twice.",
                    ("gradient[:, :half] + ", ""),
                ),
                mistake(
                    "repeats-instead-of-mirroring",
                    "You add the right half as it stands. It is a mirror image: the last weight "
                    "belongs to the first.",
                    ("gradient[:, half:][:, ::-1]", "gradient[:, half:]"),
                ),
                mistake(
                    "averages-the-halves",
                    "You take the mean of a weight's two places. Uses are added.",
                    (
                        "return gradient[:, :half] + gradient[:, half:][:, ::-1]",
                        "return (gradient[:, :half] + gradient[:, half:][:, ::-1]) / 2",
                    ),
                ),
                mistake(
                    "keeps-both-halves",
                    "Your gradient has twice as many columns as there are learned weights.",
                    ("return gradient[:, :half] + gradient[:, half:][:, ::-1]", "return gradient"),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
            ],
            _seen(lambda n, k: _fits(n, (k[0], 2 * k[1]))),
            "A weight that is laid down twice is used twice, and collects from both places.",
            before="    half = kernel_size[1]\n",
            size="(kernel_size[0], 2 * half)",
            after="gradient[:, :half] + gradient[:, half:][:, ::-1]",
        ),
        _gradient(
            "batch",
            "The kernel's gradient of a batch",
            "`x` has the shape (N, H, W), and `upstream` (N, H_out, W_out). The kernel moved by "
            "**2** rows down and **1** column across, without padding, over each of them, and was "
            "laid down as it stands; rows that are left over at the end were not read.",
            "x[:, a : a + 2 * H_out - 1 : 2, b : b + W_out]",
            [
                mistake(
                    "averages-over-the-batch",
                    "You take the mean over the pictures. All their uses are added; if the loss is "
                    "a mean, that division is in `upstream` already.",
                    (".sum()", ".sum() / len(x)"),
                ),
                mistake(
                    "one-picture-only",
                    "You count the first picture only. The kernel has gone over all of them.",
                    ("(met * upstream)", "(met * upstream)[0]"),
                ),
                mistake(
                    "swaps-the-strides",
                    "You step by one row and two columns. It is the other way round.",
                    (
                        (
                            "a : a + 2 * H_out - 1 : 2, b : b + W_out",
                            "a : a + H_out, b : b + 2 * W_out - 1 : 2",
                        ),
                        ("(met * upstream)", "(met * upstream[:, :, : met.shape[2]])"),
                    ),
                ),
                mistake(
                    "forgets-the-stride",
                    "From window to window the kernel moved by two rows. Yours moves by one.",
                    ("a : a + 2 * H_out - 1 : 2", "a : a + H_out"),
                ),
                mistake(*_AVERAGES, (".sum()", ".mean()")),
                mistake(*_TURNED, ("return gradient", "return gradient[::-1, ::-1]")),
            ],
            _seen(lambda n, k: ((n[0] - k[0]) // 2 + 1, n[1] - k[1] + 1), images=2),
            "All places of all pictures: the kernel was the same everywhere.",
            picture="each picture of a batch `x`",
        ),
    ),
)


def _through(
    places: Callable[[tuple[int, int], tuple[int, int]], tuple[int, int]] = _fits,
    odd: bool = False,
    low: int = 0,
    room: int = 0,
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]]:
    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
        for size, kernel_size in (
            ((1, 3), (1, 2)),
            ((2, 3), (2, 2)),
            ((3, 4), (1, 2)),
            ((3, 4), (2, 2)),
            ((4, 5), (3, 2)),
            ((5, 5), (2, 3)),
            ((6, 7), (3, 3)),
            ((7, 8), (4, 5)),
        ):
            size = (size[0] + room, size[1] + room)
            if odd:
                kernel_size = (kernel_size[0] // 2 * 2 + 1, kernel_size[1] // 2 * 2 + 1)
                size = (max(size[0], kernel_size[0]), size[1] + 1)
            kernel = matrix(rng, kernel_size, -2, 2)
            kernel[0, 0], kernel[-1, -1] = 2, -1  # turned, it is another one
            upstream = matrix(rng, places(size, kernel_size), 1, 3)
            upstream *= rng.choice([-1, 1], size=upstream.shape)
            x = matrix(rng, size, low, 3)
            yield x.astype(np.float64), kernel.astype(np.float64), upstream.astype(np.float64)

    return inputs


def _back(
    name: str,
    title: str,
    rule: str,
    slope: str,
    mistakes: list[Mistake],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]] | None = None,
    before: str = "",
    rows: str = "slice(i, i + kh)",
    columns: str = "slice(j, j + kw)",
    where: str = "rows, columns",
    more: str = "",
    after: str = "gradient",
) -> Exercise:
    return variant(
        name=f"input_gradient_{name}",
        title=title,
        stars=3,
        prompt=f"""
Write `input_gradient(x, kernel, upstream)`, with NumPy alone. {rule.strip()} `upstream` is the
gradient of the loss for the output. Return the gradient of the loss for the picture `x`; a pixel
that no window has read gets 0.
""",
        source=f'''def input_gradient(x, kernel, upstream):
    """Return the gradient of the loss for the picture."""
    kh, kw = kernel.shape
{before}    gradient = np.zeros(x.shape)
    for i, j in np.ndindex(upstream.shape):
        rows, columns = {rows}, {columns}
        score = (x[{where}] * kernel).sum()
        slope = {slope}
        gradient[{where}] += upstream[i, j] * slope * kernel
{more}    return {after}
''',
        inputs=inputs or _through(),
        mistakes=[
            mistake(
                "turns-the-stamp",
                "The kernel is turned once too often: each weight goes back to the pixel that it "
                "has met.",
                ("slope * kernel", "slope * kernel[::-1, ::-1]"),
            ),
            mistake(
                "overwrites",
                "Where windows overlap, the last one counts. A pixel gets the sum of what all its "
                "windows send.",
                ("] += upstream[i, j] *", "] = upstream[i, j] *"),
            ),
            mistake(
                "forgets-the-weights",
                "Every pixel of a window gets the same. Its share is what goes back times the "
                "weight that it met.",
                ("slope * kernel", "slope"),
            ),
            *mistakes,
        ],
        success=success,
        seed=6,
        shown=3,
    )


_PLAIN = "A kernel moves over the picture by one pixel, without padding, laid down as it stands."
_RELU = (
    "forgets-the-relu",
    "All of it passes. Where ReLU put out a zero, a small change of the score changes nothing.",
)
_ASKS_UPSTREAM = (
    "asks-what-arrives",
    "You stop what is negative on the way back. ReLU stopped negative **scores**, on the way "
    "forward.",
)
_AT_ZERO = (
    "passes-at-zero",
    "Where the score is exactly 0 you let the gradient through. Here nothing passes.",
)
_BY_OUTPUT = (
    "multiplies-by-the-output",
    "You multiply by how large the output was. The slope of ReLU is 1 or 0, however large the "
    "score.",
)

input_gradient = Family(
    name="input_gradient",
    skills="Sends a gradient back through an activation and a convolution to the picture, by the "
    "layer's own rules.",
    points=5,
    variants=(
        _back(
            "strided_relu",
            "Back through ReLU and a stride",
            "A kernel moves over the picture by **2** pixels, down and across, without padding, "
            "and is laid down as it stands. The sum of each window is its score, and the output is "
            "the score after **ReLU**: 0 where it is below 0. Where a score is exactly 0, nothing "
            "goes back.",
            "score > 0",
            [
                mistake(*_RELU, ("score > 0", "1")),
                mistake(*_ASKS_UPSTREAM, ("score > 0", "upstream[i, j] > 0")),
                mistake(*_AT_ZERO, ("score > 0", "score >= 0")),
                mistake(*_BY_OUTPUT, ("score > 0", "max(score, 0)")),
                mistake(
                    "forgets-the-stride",
                    "Your windows stand one pixel apart. Forward they stood two apart, and there "
                    "they must go back.",
                    (
                        "slice(2 * i, 2 * i + kh), slice(2 * j, 2 * j + kw)",
                        "slice(i, i + kh), slice(j, j + kw)",
                    ),
                ),
            ],
            "Each window goes back to where it was read, if its neuron spoke.",
            _through(lambda n, k: ((n[0] - k[0]) // 2 + 1, (n[1] - k[1]) // 2 + 1), room=2),
            rows="slice(2 * i, 2 * i + kh)",
            columns="slice(2 * j, 2 * j + kw)",
        ),
        _back(
            "leaky",
            "Back through a leak",
            f"{_PLAIN} The sum of each window is its score. The output is the score itself where "
            "it "
            "is above 0, and **half** the score elsewhere. Where a score is exactly 0, half goes "
            "back.",
            "1 if score > 0 else 0.5",
            [
                mistake(
                    "forgets-the-leak",
                    "Nothing passes where the score is below 0. Here half of it does.",
                    ("1 if score > 0 else 0.5", "score > 0"),
                ),
                mistake(
                    "passes-all",
                    "All of it passes. Where the score is below 0, only half does.",
                    ("1 if score > 0 else 0.5", "1"),
                ),
                mistake(
                    "asks-what-arrives",
                    "You halve what is negative on the way back. It is the **score** that decides.",
                    ("1 if score > 0 else 0.5", "1 if upstream[i, j] > 0 else 0.5"),
                ),
                mistake(
                    "leak-with-a-minus",
                    "Below 0 your slope is −½. Half of a negative score still grows with the "
                    "score.",
                    ("else 0.5", "else -0.5"),
                ),
                mistake(
                    "whole-at-zero",
                    "Where the score is exactly 0 you send the whole back. Here half goes back.",
                    ("score > 0", "score >= 0"),
                ),
                mistake(
                    "multiplies-by-the-output",
                    "You multiply by how large the output was. The slope is 1 or ½, however large "
                    "the score.",
                    ("1 if score > 0 else 0.5", "score if score > 0 else 0.5 * score"),
                ),
            ],
            "With a leak, even a silent neuron can learn.",
        ),
        _back(
            "absolute",
            "Back through the absolute value",
            f"{_PLAIN} The sum of each window is its score, and the output is the **absolute "
            "value** "
            "of the score. Where a score is exactly 0, nothing goes back.",
            "np.sign(score)",
            [
                mistake(
                    "takes-it-for-relu",
                    "Nothing passes where the score is below 0. There the absolute value falls, "
                    "with slope −1.",
                    ("np.sign(score)", "score > 0"),
                ),
                mistake(
                    "drops-the-sign",
                    "Below 0 your slope is 1. There the absolute value **falls** as the score "
                    "grows.",
                    ("np.sign(score)", "np.abs(np.sign(score))"),
                ),
                mistake(
                    "passes-at-zero",
                    "Where the score is exactly 0 you let something through. Here nothing passes.",
                    ("np.sign(score)", "1 if score >= 0 else -1"),
                    ("np.sign(score)", "1 if score > 0 else -1"),
                ),
                mistake(
                    "multiplies-by-the-output",
                    "You multiply by the score itself. Only its sign matters.",
                    ("np.sign(score)", "score"),
                ),
                mistake(
                    "takes-sizes-of-what-arrives",
                    "You drop the sign of what arrives. A negative gradient goes back negative.",
                    ("upstream[i, j] * slope", "abs(upstream[i, j]) * slope"),
                ),
            ],
            "Above 0 it passes, below it turns round.",
        ),
        _back(
            "square",
            "Back through a square",
            f"{_PLAIN} The sum of each window is its score, and the output is the **square** of "
            "the "
            "score.",
            "2 * score",
            [
                mistake(
                    "forgets-the-two",
                    "Your slope is the score. The slope of a square is twice that.",
                    ("2 * score", "score"),
                ),
                mistake(
                    "passes-all",
                    "All of it passes as it is. The slope of a square depends on where it is.",
                    ("2 * score", "1"),
                ),
                mistake(
                    "takes-the-square-for-its-slope",
                    "You multiply by the output, the square. Its slope is another thing.",
                    ("2 * score", "score**2"),
                ),
                mistake(
                    "takes-it-for-relu",
                    "Nothing passes where the score is below 0. A square falls there, it is not "
                    "flat.",
                    ("2 * score", "2 * max(score, 0)"),
                ),
                mistake(
                    "squares-each-product",
                    "You go back as if each product had been squared for itself. The sum is "
                    "squared.",
                    ("slope * kernel", "2 * kernel**2 * x[rows, columns]"),
                ),
            ],
            "The output says nothing of the sign; the way back needs the score itself.",
        ),
        _back(
            "relu_first",
            "Back through a layer that rectifies first",
            "First **ReLU** acts on the picture: every pixel below 0 becomes 0. **Then** a kernel "
            "moves over it by one pixel, without padding, laid down as it stands, and its sums are "
            "the output; nothing comes after it. Where a pixel is exactly 0, nothing goes back.",
            "1",
            [
                mistake(
                    "forgets-the-relu",
                    "Pixels below 0 get a gradient. ReLU has made them 0, whatever they were.",
                    ("gradient * (x > 0)", "gradient"),
                ),
                mistake(
                    "rectifies-the-score",
                    "You stop at scores below 0. Here ReLU acts on the pixels.",
                    (("slope = 1", "slope = score > 0"), ("gradient * (x > 0)", "gradient")),
                ),
                mistake(
                    "asks-what-arrives",
                    "You let back only what is positive. It is the **pixel** that decides.",
                    ("gradient * (x > 0)", "np.maximum(gradient, 0)"),
                ),
                mistake(
                    "passes-at-zero",
                    "Pixels of exactly 0 get a gradient. Here nothing goes back to them.",
                    ("(x > 0)", "(x >= 0)"),
                ),
                mistake(
                    "multiplies-by-the-pixels",
                    "You multiply by how bright a pixel is. The slope of ReLU is 1 or 0.",
                    ("(x > 0)", "np.maximum(x, 0)"),
                ),
            ],
            "The last thing on the way forward is the first on the way back.",
            _through(low=-3),
            after="gradient * (x > 0)",
        ),
        _back(
            "padded_relu",
            "Back through ReLU and padding",
            "**One** ring of zeros is laid around the picture (`x` comes without it). A kernel "
            "moves "
            "over it by one pixel, laid down as it stands. The sum of each window is its score, "
            "and "
            "the output is the score after **ReLU**: 0 where it is below 0. Where a score is "
            "exactly "
            "0, nothing goes back.",
            "score > 0",
            [
                mistake(*_RELU, ("score > 0", "1")),
                mistake(*_ASKS_UPSTREAM, ("score > 0", "upstream[i, j] > 0")),
                mistake(*_AT_ZERO, ("score > 0", "score >= 0")),
                mistake(
                    "forgets-to-crop",
                    "This is the gradient for the picture with its ring. The ring belongs to "
                    "nobody.",
                    ("gradient[1:-1, 1:-1]", "gradient"),
                ),
                mistake(
                    "crops-one-side-only",
                    "The size is right, but your first row and column belong to the ring: it lies "
                    "on all four sides.",
                    ("gradient[1:-1, 1:-1]", "gradient[:-2, :-2]"),
                ),
                mistake(*_BY_OUTPUT, ("score > 0", "max(score, 0)")),
            ],
            "What went into the ring is cut off: nobody can move it.",
            _through(lambda n, k: _fits((n[0] + 2, n[1] + 2), k)),
            before="    x = np.pad(x, 1)\n",
            after="gradient[1:-1, 1:-1]",
        ),
        _back(
            "wrapped_relu",
            "Back through ReLU on a ring",
            "The picture is continued round and round: behind its last row comes the first again, "
            "behind the last column the first. A kernel, no larger than the picture, moves over it "
            "by one pixel, laid down as it stands; the window of output (`i`, `j`) **begins** at "
            "pixel (`i`, `j`), so that the output is as large as the picture. The sum of each "
            "window is its score, and the output is the score after **ReLU**: 0 where it is below "
            "0. Where a score is exactly 0, nothing goes back.",
            "score > 0",
            [
                mistake(*_RELU, ("score > 0", "1")),
                mistake(*_ASKS_UPSTREAM, ("score > 0", "upstream[i, j] > 0")),
                mistake(*_AT_ZERO, ("score > 0", "score >= 0")),
                mistake(*_BY_OUTPUT, ("score > 0", "max(score, 0)")),
                mistake(
                    "leaves-the-border-out",
                    "You leave out windows that go over the border. They have read pixels, too.",
                    (
                        "slope = score > 0",
                        "slope = (score > 0) * (i + kh <= len(x)) * (j + kw <= x.shape[1])",
                    ),
                ),
                mistake(
                    "moves-the-other-way",
                    "Your windows reach up and left from their pixel. They begin there and reach "
                    "down and right.",
                    (
                        ("(i + np.arange(kh)) % len(x)", "(i - np.arange(kh)) % len(x)"),
                        ("(j + np.arange(kw)) % x.shape[1]", "(j - np.arange(kw)) % x.shape[1]"),
                    ),
                ),
            ],
            "What goes over the border comes in again on the other side, on the way back, too.",
            _through(lambda n, k: n),
            rows="(i + np.arange(kh)) % len(x)",
            columns="(j + np.arange(kw)) % x.shape[1]",
            where="np.ix_(rows, columns)",
        ),
        _back(
            "skip",
            "Back through ReLU and a skip",
            "A kernel of odd height and width moves over the picture by one pixel, without "
            "padding, "
            "laid down as it stands. The sum of each window is its score. The output is the score "
            "after **ReLU** (0 where it is below 0) **plus** the pixel in the **middle** of the "
            "window: a skip connection. Where a score is exactly 0, nothing goes back through "
            "ReLU.",
            "score > 0",
            [
                mistake(*_RELU, ("score > 0", "1")),
                mistake(
                    "forgets-the-skip",
                    "What goes back through the kernel is right. The pixel in the middle also has "
                    "a way of its own.",
                    ("        gradient[i + kh // 2, j + kw // 2] += upstream[i, j]\n", ""),
                ),
                mistake(
                    "skip-through-relu",
                    "Your skip is shut where ReLU is. It leads around ReLU.",
                    ("j + kw // 2] += upstream[i, j]", "j + kw // 2] += upstream[i, j] * slope"),
                ),
                mistake(
                    "skip-from-the-corner",
                    "Your skip ends at the first pixel of the window. It came from the middle.",
                    ("i + kh // 2, j + kw // 2", "i, j"),
                ),
                mistake(*_AT_ZERO, ("score > 0", "score >= 0")),
                mistake(
                    "rectifies-the-sum",
                    "You let ReLU decide by score and pixel together. The pixel is added behind "
                    "it.",
                    ("score > 0", "score + x[i + kh // 2, j + kw // 2] > 0"),
                ),
            ],
            "Two ways forward, two ways back: that is how gradients get through deep networks.",
            _through(odd=True),
            more="        gradient[i + kh // 2, j + kw // 2] += upstream[i, j]\n",
        ),
    ),
)

families = (sent_back, kernel_gradient, input_gradient)
"""The chapter's graded questions, in order."""

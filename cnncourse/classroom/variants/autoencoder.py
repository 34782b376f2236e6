"""Graded questions of chapter 15, autoencoders."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families"]

Array = np.ndarray

_DENOISER = Program(
    '''def denoising_loss(clean, $second, weight):
    """$summary"""
    given = $given
    output = $output
    $before
    return $result
''',
    {
        "summary": "",
        "second": "noise",
        "given": "clean + noise",
        "output": "weight * given",
        "before": "",
        "result": "((output - clean) ** 2).mean()",
    },
)


def _noisy(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, weight in (((1, 2), 2), ((2, 2), 3), ((2, 3), 1), ((3, 2), 2), ((3, 4), -1)):
        clean = matrix(rng, shape, 1, 9).astype(np.float64)
        noise = matrix(rng, shape, 1, 4) * rng.choice([-1.0, 1.0], shape)
        yield clean, noise, weight


def _with_holes(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, weight in (((1, 3), 2), ((2, 2), 1), ((2, 3), 3), ((3, 3), 1), ((3, 4), 2)):
        kept = (rng.permutation(shape[0] * shape[1]) % 3 > 0).reshape(shape).astype(np.int64)
        yield matrix(rng, shape, 1, 9).astype(np.float64), kept, weight
    # Of the lost pixels, one is painted too dark and one too bright.
    yield np.array([[4.0, 9, 6], [3, 5, 5]]), np.array([[1, 0, 1], [0, 1, 1]]), 1


def _speckled(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, weight in (((1, 2), 1), ((2, 2), 2), ((2, 3), 3), ((3, 2), 1), ((3, 4), 2)):
        yield matrix(rng, shape, 1, 9).astype(np.float64), matrix(rng, shape, 2, 5), weight
    # Two pixels come out too dark, two too bright.
    yield np.array([[4.0, 2], [6, 1]]), np.array([[0.5, 2], [0.5, 3]]), 1


_WANTS_NOISE = mistake(
    "wants-the-noise",
    "You compare the output with the noise. It is meant to be the picture.",
    {"result": "((output - noise) ** 2).mean()"},
)
_SHOWS_CLEAN = mistake(
    "shows-it-the-clean-picture",
    "You give the denoiser the clean picture. When it is used, there is none.",
    {"given": "clean"},
)
_NOISE_STAYS = mistake(
    "wants-what-it-was-given",
    "You compare the output with what was given, noise and all. That rewards leaving the noise "
    "where it is.",
    {"result": "((output - given) ** 2).mean()"},
)
_CANCELS = mistake(
    "lets-the-noise-cancel",
    "You take the mean of the differences before you square it. Errors up and down cancel, and "
    "noise always has both.",
    {"result": "(output - clean).mean() ** 2"},
)
_SUMS = mistake(
    "sums",
    "You compare the right pictures and then sum. The mean does not depend on how many pixels "
    "there are.",
    {"result": "((output - clean) ** 2).sum()"},
)
_NO_SQUARE = mistake(
    "forgets-the-square",
    "Differences alone can be negative, and a loss that may fall without end has no best weight.",
    {"result": "(output - clean).mean()"},
)
_ABSOLUTE = mistake(
    "takes-absolute-differences",
    "These are absolute differences. The loss of this task squares them.",
    {"result": "np.abs(output - clean).mean()"},
)
_BROKEN = "The code below has one mistake. Find it and mend it."
_SMALL = "The denoiser is as small as it can be: it multiplies every pixel by one `weight`."
_GIVEN = "What is given to it is the clean picture plus the noise."


def _repair(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"denoising_loss_{name}",
        title="Repair the denoiser's loss",
        stars=2,
        inputs=rest.pop("inputs", _noisy),
        seed=5,
        success="What is spoiled goes in, and what comes out is compared with the clean picture, "
        "in the way that this task asks for.",
        **rest,
    )


def _loss_absolute() -> Exercise:
    return _repair(
        "absolute",
        "Return the mean absolute error of a denoiser with one weight.",
        _DENOISER.but(result="np.abs(output - clean).mean()"),
        prompt=f"""
`denoising_loss(clean, noise, weight)` should return the mean **absolute** error of a denoiser: how
far its output is from the picture that it should give back, without a square. {_GIVEN} {_SMALL}
{_BROKEN}
""",
        planted={"result": "np.abs(output - given).mean()"},
        still="This still does what the planted bug does: it compares with what was given, "
        "noise and all, and so rewards doing nothing.",
        mistakes=(
            mistake(
                "wants-the-noise",
                "You compare the output with the noise. It is meant to be the picture.",
                {"result": "np.abs(output - noise).mean()"},
            ),
            mistake(
                "shows-it-the-clean-picture",
                "You give the denoiser the clean picture. When it is used, there is none.",
                {"given": "clean"},
            ),
            mistake(
                "squares-the-differences",
                "You square the differences. This task wants their absolute values.",
                {"result": "((output - clean) ** 2).mean()"},
            ),
            mistake(
                "takes-the-root",
                "This is the root of the mean square. This task wants the mean of the absolute "
                "values.",
                {"result": "np.sqrt(((output - clean) ** 2).mean())"},
            ),
            mistake(
                "lets-the-noise-cancel",
                "You take the mean before the absolute value. Errors up and down cancel, and noise "
                "always has both.",
                {"result": "abs((output - clean).mean())"},
            ),
            mistake(
                "sums",
                "You sum the absolute differences. The mean does not depend on how many pixels "
                "there are.",
                {"result": "np.abs(output - clean).sum()"},
            ),
            _NO_SQUARE,
        ),
    )


def _loss_of_noise() -> Exercise:
    return _repair(
        "of_the_rest",
        "Return the loss of a network that predicts the noise.",
        _DENOISER.but(result="((given - output - clean) ** 2).mean()"),
        prompt=f"""
This network does not answer with a picture but with the **noise** that it finds in what it is
given; the picture is what remains when its answer is **taken away** from what was given.
`denoising_loss(clean, noise, weight)` should return the mean squared error of that picture.
{_GIVEN} The network is as small as it can be: its answer is `weight` times what was given.
{_BROKEN}
""",
        planted={"result": "((output - clean) ** 2).mean()"},
        still="This still does what the planted bug does: it compares the network's answer, "
        "which is noise, with the clean picture.",
        mistakes=(
            mistake(
                "wants-what-it-was-given",
                "You compare with what was given, noise and all.",
                {"result": "((given - output - given) ** 2).mean()"},
                {"result": "((output - given) ** 2).mean()"},
            ),
            mistake(
                "adds-the-noise-again",
                "You add the answer to what was given. It is noise: it has to be taken away.",
                {"result": "((given + output - clean) ** 2).mean()"},
            ),
            mistake(
                "shows-it-the-clean-picture",
                "You give the network the clean picture. When it is used, there is none.",
                {"given": "clean"},
                {"output": "weight * clean"},
            ),
            mistake(
                "lets-the-noise-cancel",
                "You take the mean of the differences before you square it. Errors up and down "
                "cancel.",
                {"result": "(given - output - clean).mean() ** 2"},
            ),
            mistake(
                "sums",
                "You compare the right pictures and then sum. The mean is asked for.",
                {"result": "((given - output - clean) ** 2).sum()"},
            ),
            mistake(
                "takes-absolute-differences",
                "These are absolute differences. The loss of this task squares them.",
                {"result": "np.abs(given - output - clean).mean()"},
            ),
        ),
    )


def _loss_of_holes() -> Exercise:
    paint = "np.where(kept == 1, given, weight * {})"
    return _repair(
        "of_holes",
        "Return the loss of painting lost pixels with a multiple of the mean of the others.",
        _DENOISER.but(
            second="kept",
            given="clean * kept",
            output=paint.format("given.sum() / kept.sum()"),
            result="((output - clean)[kept == 0] ** 2).mean()",
        ),
        prompt=f"""
This network fills **holes**. `kept` is 1 where a pixel of the picture is known and 0 where it is
lost; what is given is the clean picture with zeros at the lost pixels. The network is as small as
it can be: it leaves the known pixels as they are and paints each lost one with `weight` times the
mean of the **known** pixels. `denoising_loss(clean, kept, weight)` should return the mean squared
error over the **lost pixels only**. Some pixels are known and some are lost. {_BROKEN}
""",
        planted={"output": paint.format("given.mean()")},
        still="This still does what the planted bug does: the zeros at the lost pixels go into "
        "the mean.",
        inputs=_with_holes,
        mistakes=(
            mistake(
                "shows-it-the-clean-picture",
                "Your mean knows the lost pixels. When the network is used, nobody does.",
                {"output": paint.format("clean.mean()")},
            ),
            mistake(
                "averages-over-all-pixels",
                "You take the mean over all pixels. The known ones are right without any merit.",
                {"result": "((output - clean) ** 2).mean()"},
            ),
            mistake(
                "looks-at-the-known-pixels",
                "You measure the error where pixels are known. It is 0 there, whatever the weight.",
                {"result": "((output - clean)[kept == 1] ** 2).mean()"},
            ),
            mistake(
                "wants-what-it-was-given",
                "You compare with what was given: at the lost pixels these are zeros.",
                {"result": "((output - given)[kept == 0] ** 2).mean()"},
            ),
            mistake(
                "sums",
                "You sum over the lost pixels. The mean does not depend on how many there are.",
                {"result": "((output - clean)[kept == 0] ** 2).sum()"},
            ),
            mistake(
                "takes-absolute-differences",
                "These are absolute differences. The loss of this task squares them.",
                {"result": "np.abs((output - clean)[kept == 0]).mean()"},
            ),
            mistake(
                "forgets-the-square",
                "You take the mean of the differences as they are. Errors up and down cancel.",
                {"result": "(output - clean)[kept == 0].mean()"},
            ),
            mistake(
                "lets-errors-cancel",
                "You take the mean of the differences before you square it. Errors up and down "
                "cancel.",
                {"result": "(output - clean)[kept == 0].mean() ** 2"},
            ),
        ),
    )


def _loss_of_the_worst() -> Exercise:
    return _repair(
        "of_the_worst",
        "Return the mean squared error of the picture that the denoiser does worst.",
        _DENOISER.but(result="((output - clean) ** 2).mean(axis=1).max()"),
        prompt=f"""
Each **row** of `clean` is a picture, and so is each row of `noise`.
`denoising_loss(clean, noise, weight)` should return the mean squared error of **the picture that
comes out worst**. {_GIVEN} {_SMALL} {_BROKEN}
""",
        planted={"result": "((output - clean) ** 2).mean(axis=0).max()"},
        still="This still does what the planted bug does: it looks for the worst pixel, a mean "
        "over the pictures, and not for the worst picture.",
        shown=1,
        mistakes=(
            mistake(
                "wants-what-it-was-given",
                "You compare the output with what was given, noise and all.",
                {"result": "((output - given) ** 2).mean(axis=1).max()"},
            ),
            mistake(
                "wants-the-noise",
                "You compare the output with the noise. It is meant to be the picture.",
                {"result": "((output - noise) ** 2).mean(axis=1).max()"},
            ),
            mistake(
                "averages-the-pictures",
                "You take the mean over all pictures. The worst one is asked for.",
                {"result": "((output - clean) ** 2).mean()"},
            ),
            mistake(
                "largest-of-all-pixels",
                "This is the largest error of a single pixel. Take the mean over the pixels of "
                "each picture first.",
                {"result": "((output - clean) ** 2).max()"},
            ),
            mistake(
                "takes-the-best-picture",
                "This is the picture that comes out best.",
                {"result": "((output - clean) ** 2).mean(axis=1).min()"},
            ),
            mistake(
                "sums",
                "You sum over the pixels of a picture. Their mean is asked for.",
                {"result": "((output - clean) ** 2).sum(axis=1).max()"},
            ),
            _SHOWS_CLEAN,
        ),
    )


def _loss_with_a_skip() -> Exercise:
    return _repair(
        "with_a_skip",
        "Return the loss of a denoiser whose answer is added to what it was given.",
        _DENOISER.but(output="given + weight * given"),
        prompt=f"""
This denoiser has a connection **around** it: what it computes is **added** to what it was given,
and the sum is its output. `denoising_loss(clean, noise, weight)` should return the mean squared
error of the output. {_GIVEN} What the denoiser computes is as small as it can be, `weight` times
what was given. {_BROKEN}
""",
        planted={"output": "given - weight * given"},
        still="This still does what the planted bug does: it takes what is computed away from "
        "what was given. The two are added.",
        mistakes=(
            mistake(
                "forgets-the-connection",
                "Your output is what the denoiser computes. What it was given is added to that.",
                {"output": "weight * given"},
            ),
            mistake(
                "connects-the-noise",
                "Your connection hands on the noise alone. It hands on all that was given.",
                {"output": "noise + weight * given"},
            ),
            _WANTS_NOISE,
            mistake(
                "wants-what-it-was-given",
                "Only the answer counts in your error: you compare the output with what was "
                "given, or your connection hands on the clean picture.",
                {"result": "((output - given) ** 2).mean()"},
            ),
            mistake(
                "shows-it-the-clean-picture",
                "You give the denoiser the clean picture. When it is used, there is none.",
                {"given": "clean"},
                {"output": "given + weight * clean"},
            ),
            _CANCELS,
            _SUMS,
            _ABSOLUTE,
            _NO_SQUARE,
        ),
    )


def _loss_of_speckles() -> Exercise:
    return _repair(
        "of_speckles",
        "Return the mean squared relative error of a denoiser with one weight.",
        _DENOISER.but(given="clean * noise", result="((output / clean - 1) ** 2).mean()"),
        prompt=f"""
In a radar picture noise **multiplies**: what is given is the clean picture **times** the noise.
Errors are therefore measured in proportion. `denoising_loss(clean, noise, weight)` should return
the mean of the squared **relative** errors: each pixel's error divided by its **clean** value,
squared. {_SMALL} No pixel is 0. {_BROKEN}
""",
        planted={"result": "((output / given - 1) ** 2).mean()"},
        still="This still does what the planted bug does: it compares with what was given, "
        "noise and all.",
        inputs=_speckled,
        mistakes=(
            mistake(
                "divides-by-what-was-given",
                "You measure the error from the clean picture, and then divide it by what was "
                "given. It is divided by the clean value.",
                {"result": "(((output - clean) / given) ** 2).mean()"},
            ),
            mistake(
                "divides-by-the-output",
                "You divide the error by the output. It is divided by the clean value.",
                {"result": "(((output - clean) / output) ** 2).mean()"},
            ),
            mistake(
                "absolute-for-relative",
                "This is the mean squared error in levels. Each error is divided by its clean "
                "value.",
                {"result": "((output - clean) ** 2).mean()"},
            ),
            mistake(
                "divides-outside-the-square",
                "You divide the squared error by the clean value once. Divide first and square "
                "then.",
                {"result": "((output - clean) ** 2 / clean).mean()"},
            ),
            mistake(
                "adds-the-noise",
                "You add the noise. Here it multiplies.",
                {"given": "clean + noise"},
            ),
            mistake(
                "sums",
                "You sum. The mean does not depend on how many pixels there are.",
                {"result": "((output / clean - 1) ** 2).sum()"},
            ),
            mistake(
                "forgets-the-square",
                "You take the mean of the relative errors as they are. Errors up and down cancel.",
                {"result": "(output / clean - 1).mean()"},
            ),
            mistake(
                "takes-absolute-differences",
                "These are absolute relative errors. The loss of this task squares them.",
                {"result": "np.abs(output / clean - 1).mean()"},
            ),
            mistake(
                "one-for-all",
                "You divide the mean error of all by a mean of all. Each pixel's error is divided "
                "by its own value.",
                {"result": "((output - clean) ** 2).mean() / (clean**2).mean()"},
            ),
        ),
    )


def _loss_with_a_price() -> Exercise:
    error = "((output - clean) ** 2).mean()"
    return _repair(
        "with_a_price",
        "Return a denoiser's mean squared error plus the price of its weight.",
        _DENOISER.but(result=f"{error} + weight**2 / 2"),
        prompt=f"""
To keep weights small, a loss may charge for them. `denoising_loss(clean, noise, weight)` should
return the mean squared error of the denoiser **plus half the square of its weight**. {_GIVEN}
{_SMALL} {_BROKEN}
""",
        planted={"result": f"{error} + (output**2).mean() / 2"},
        still="This still does what the planted bug does: it charges for a bright output. The "
        "weight is what has a price.",
        mistakes=(
            mistake(
                "forgets-the-price",
                "This is the error alone. Half the square of the weight is added.",
                {"result": error},
            ),
            mistake(
                "charges-for-each-pixel",
                "You charge for the weight once for each pixel. It is one weight, charged once.",
                {"result": f"{error} + output.size * weight**2 / 2"},
            ),
            mistake(
                "price-without-the-square",
                "You charge half the weight, or half its size. Its square is what is charged.",
                {"result": f"{error} + abs(weight) / 2"},
                {"result": f"{error} + weight / 2"},
            ),
            mistake(
                "charges-twice-as-much",
                "You charge the whole square of the weight. Half of it is asked for.",
                {"result": f"{error} + weight**2"},
            ),
            mistake(
                "pays-for-the-weight",
                "You take the price away, which rewards large weights.",
                {"result": f"{error} - weight**2 / 2"},
            ),
            mistake(
                "wants-what-it-was-given",
                "The price is right. The error compares the output with what was given, noise and "
                "all.",
                {"result": "((output - given) ** 2).mean() + weight**2 / 2"},
            ),
            _SHOWS_CLEAN,
            mistake(
                "sums",
                "The price is right. Of the squared errors, the mean is asked for.",
                {"result": "((output - clean) ** 2).sum() + weight**2 / 2"},
            ),
        ),
    )


repair_denoiser = Family(
    name="repair_the_denoiser",
    skills="Says what goes into a denoiser and what its output is compared with, and finds where a "
    "loss mixes these up.",
    points=2,
    variants=(
        _loss_absolute(),
        _loss_of_noise(),
        _loss_of_holes(),
        _loss_of_the_worst(),
        _loss_with_a_skip(),
        _loss_of_speckles(),
        _loss_with_a_price(),
    ),
)


_LOST = Program(
    '''def lost(pictures, $second):
    """$summary"""
    centered = $centered
    _, values, directions = np.linalg.svd(centered, full_matrices=False)
    $before
    return $result
''',
    {
        "summary": "",
        "second": "size",
        "centered": "pictures - pictures.mean(axis=0)",
        "before": "",
        "result": "(values[size:] ** 2).sum()",
    },
)
_BACK = "kept = directions[:size]\nerrors = centered - centered @ kept.T @ kept"


def _pictures(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, size in (((3, 2), 1), ((4, 3), 1), ((5, 3), 2), ((6, 4), 2), ((8, 5), 3)):
        yield matrix(rng, shape, 0, 9).astype(np.float64), size


def _pictures_in_columns(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for pictures, size in _pictures(rng):
        yield pictures.T.copy(), size


def _pictures_and_percents(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, percent in (
        ((3, 2), 30),
        ((4, 3), 5),
        ((5, 3), 45),
        ((6, 5), 10),
        ((7, 4), 35),
        ((8, 5), 20),
        ((6, 5), 60),
        ((7, 5), 2),
        ((9, 5), 45),
        ((9, 5), 12),
    ):
        pixels = np.array([0.0, 5, 1, 8, 3])[: shape[1]]
        yield matrix(rng, shape, 0, 9) + pixels, percent


def _pictures_far_out(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, size in (((4, 3), 1), ((5, 3), 1), ((5, 4), 2), ((6, 4), 2), ((8, 5), 3)):
        pictures = matrix(rng, shape, 0, 9).astype(np.float64)
        pictures[-1] += 4 * matrix(rng, (1, shape[1]), 0, 5)[0]
        yield pictures, size


def _pictures_in_halves(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, size in (((6, 3), 1), ((6, 4), 2), ((8, 3), 2), ((8, 4), 2), ((10, 5), 3)):
        yield matrix(rng, shape, 0, 9).astype(np.float64), size


_UNCENTERED = mistake(
    "forgets-to-center",
    "You take the pictures as they are. The code describes how they differ from their mean "
    "picture.",
    {"centered": "pictures"},
)
_CENTERS = (
    _UNCENTERED,
    mistake(
        "centers-each-picture",
        "You take from each picture the mean of its own pixels. The mean picture has one number "
        "for each pixel, a mean over the pictures.",
        {"centered": "pictures - pictures.mean(axis=1, keepdims=True)"},
    ),
    mistake(
        "centers-on-one-number",
        "You take away one number, the mean of all pixels of all pictures. Each pixel has its own "
        "mean.",
        {"centered": "pictures - pictures.mean()"},
    ),
)
_CODED = """They are coded by their first `size` principal components (around their mean picture)
and brought back."""


def _by_size(result: str, **parts: str) -> tuple[Any, ...]:
    """Return mistakes about which components are kept; `result` reads `values[size:]` somewhere."""
    return (
        mistake(
            "one-component-too-many",
            "You keep one component more than the code has numbers.",
            {"result": result.replace("size:", "size + 1 :"), **parts},
        ),
        mistake(
            "one-component-too-few",
            "You keep one component less than the code has numbers.",
            {"result": result.replace("size:", "size - 1 :"), **parts},
        ),
        mistake(
            "keeps-the-weakest",
            "You keep the weakest components and lose the strongest.",
            {"before": "values = values[::-1]", "result": result, **parts},
        ),
    )


_NEXT_ONE = (
    "only-the-next-one",
    "You count the first component that is left out. All that are left out are lost.",
)
_COLUMNS = mistake(
    "columns-for-components",
    "You take columns of what `np.linalg.svd` returns last. The components are its rows.",
    ("directions[:size]", "directions[:, :size].T"),
)
_WITHOUT_MEAN = (
    "forgets-the-mean-picture",
    "You compare the pictures with what comes back, and have not added the mean picture to it "
    "again.",
)


def _write(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"lost_{name}",
        title="What is lost",
        stars=2,
        inputs=rest.pop("inputs", _pictures),
        seed=4,
        success="The singular value decomposition knows both: which directions a code of this size "
        "should measure along, and what they leave over.",
        **rest,
    )


def _lost_as_a_share() -> Exercise:
    result = "(values[size:] ** 2).sum() / (values**2).sum()"
    return _write(
        "as_a_share",
        "Return which share of the spread a principal-component code of this size loses.",
        _LOST.but(result=result),
        prompt=f"""
Each row of `pictures` is a picture. {_CODED} Write `lost(pictures, size)`, which returns what
**share** is lost: the sum of all squared errors, divided by the sum of the squared differences of
the pictures from their mean picture. The best matrix of some rank, chapter 10, knows both.
""",
        mistakes=(
            *_CENTERS,
            mistake(
                "returns-what-is-kept",
                "That is the share that the components keep. The share that is lost is asked for.",
                {"result": "(values[:size] ** 2).sum() / (values**2).sum()"},
            ),
            mistake(
                "forgets-to-square",
                "You add the singular values. Squared errors add up to their squares.",
                {"result": "values[size:].sum() / values.sum()"},
            ),
            mistake(
                "forgets-to-divide",
                "This is the sum of the squared errors. What part is it of the whole spread?",
                {"result": "(values[size:] ** 2).sum()"},
            ),
            mistake(
                "divides-by-the-pictures-themselves",
                "You divide by the squares of the pictures. The spread is around the mean picture.",
                {"result": "(values[size:] ** 2).sum() / (pictures**2).sum()"},
            ),
            mistake(
                "compares-with-what-is-kept",
                "You divide what is lost by what is kept. A share is a part of the whole.",
                {"result": "(values[size:] ** 2).sum() / (values[:size] ** 2).sum()"},
            ),
            mistake(*_NEXT_ONE, {"result": "values[size] ** 2 / (values**2).sum()"}),
            *_by_size(result),
        ),
    )


def _lost_around_zero() -> Exercise:
    result = "(values[size:] ** 2).sum()"
    return _write(
        "around_zero",
        "Return the squared error of the best linear code of this size, without a mean.",
        _LOST.but(centered="pictures", result=result),
        prompt="""
Each row of `pictures` is a picture. An autoencoder without a ReLU and **without biases** has a code
of `size` numbers: each number is a weighted sum of the pixels as they are, and each pixel that
comes back a weighted sum of the numbers. **No mean picture is taken away or added.** Write
`lost(pictures, size)`, which returns the smallest **sum** of all squared errors that it can reach.
""",
        mistakes=(
            mistake(
                "centers-the-pictures",
                "You take the mean picture away first. Without biases, nothing in this network can "
                "add it again.",
                {"centered": "pictures - pictures.mean(axis=0)"},
            ),
            mistake(
                "centers-each-picture",
                "You take from each picture the mean of its own pixels. Nothing is taken away "
                "here.",
                {"centered": "pictures - pictures.mean(axis=1, keepdims=True)"},
            ),
            mistake(
                "mean-and-directions-mixed",
                "Your directions come from the pictures without their mean, and measure the "
                "pictures as they are. Other directions lose less.",
                {
                    "centered": "pictures - pictures.mean(axis=0)",
                    "before": "kept = directions[:size]",
                    "result": "((pictures - pictures @ kept.T @ kept) ** 2).sum()",
                },
            ),
            mistake(
                "returns-what-is-kept",
                "That is what the code keeps. Asked for is what is left over.",
                {"result": "(values[:size] ** 2).sum()"},
            ),
            mistake(
                "forgets-to-square",
                "You add the singular values. Squared errors add up to their squares.",
                {"result": "values[size:].sum()"},
            ),
            mistake(
                "averages",
                "You divide by the number of pictures or of values. The sum is asked for.",
                {"result": "(values[size:] ** 2).sum() / pictures.size"},
                {"result": "(values[size:] ** 2).sum() / len(pictures)"},
            ),
            mistake(
                "takes-the-root",
                "You take the root at the end. The sum of the squares is asked for.",
                {"result": "np.sqrt((values[size:] ** 2).sum())"},
            ),
            mistake(*_NEXT_ONE, {"result": "values[size] ** 2"}),
            *_by_size(result),
        ),
    )


def _lost_of_columns() -> Exercise:
    result = "(values[size:] ** 2).sum() / pictures.shape[1]"
    return _write(
        "of_columns",
        "Return the mean, over pictures in columns, of their squared errors.",
        _LOST.but(
            centered="pictures - pictures.mean(axis=1, keepdims=True)",
            result=result,
        ),
        prompt=f"""
Here each **column** of `pictures` is a picture, and each row a pixel. {_CODED} Write
`lost(pictures, size)`: for each picture, the squared errors of all its pixels are added; return the
**mean over the pictures** of these sums.
""",
        inputs=_pictures_in_columns,
        mistakes=(
            mistake(
                "pictures-in-rows",
                "You take rows for pictures. Here a picture is a column.",
                {
                    "centered": "pictures - pictures.mean(axis=0)",
                    "result": "(values[size:] ** 2).sum() / len(pictures)",
                },
            ),
            mistake(
                "mean-along-the-wrong-axis",
                "You divide by the right number, but take away a mean over the pixels of each "
                "picture. The mean picture is a mean over the pictures.",
                {"centered": "pictures - pictures.mean(axis=0)"},
            ),
            mistake(
                "counts-the-pixels",
                "You divide by the number of pixels. The mean over the pictures is asked for.",
                {"result": "(values[size:] ** 2).sum() / len(pictures)"},
            ),
            _UNCENTERED,
            mistake(
                "sums",
                "You add up over the pictures. Their mean is asked for.",
                {"result": "(values[size:] ** 2).sum()"},
            ),
            mistake(
                "averages-over-pixels-too",
                "You divide by the pixels as well. Within a picture the squared errors are added.",
                {"result": "(values[size:] ** 2).sum() / pictures.size"},
            ),
            mistake(
                "returns-what-is-kept",
                "That is what the components keep. Asked for is what is left over.",
                {"result": "(values[:size] ** 2).sum() / pictures.shape[1]"},
            ),
            *_by_size(result),
        ),
    )


def _lost_of_each() -> Exercise:
    return _write(
        "of_each",
        "Return, for each picture, the sum of its squared errors.",
        _LOST.but(before=_BACK, result="(errors**2).sum(axis=1)"),
        prompt=f"""
Each row of `pictures` is a picture. {_CODED} Write `lost(pictures, size)`, which returns a vector:
for **each picture** the sum of the squared errors of its pixels.
""",
        mistakes=(
            *_CENTERS,
            mistake(
                "errors-of-the-pixels",
                "You add up over the pictures, one number for each pixel. One number for each "
                "picture is asked for.",
                {"result": "(errors**2).sum(axis=0)"},
            ),
            mistake(
                "averages",
                "You take the mean over the pixels of a picture. Their sum is asked for.",
                {"result": "(errors**2).mean(axis=1)"},
            ),
            mistake(
                "returns-what-is-kept",
                "That is what the components keep of each picture. Asked for is what is lost.",
                {"result": "((centered @ kept.T @ kept) ** 2).sum(axis=1)"},
            ),
            mistake(
                "takes-the-root",
                "You take the root at the end. The sum of the squares is asked for.",
                {"result": "np.sqrt((errors**2).sum(axis=1))"},
            ),
            mistake(
                *_WITHOUT_MEAN,
                {"before": _BACK.replace("errors = centered", "errors = pictures")},
            ),
            _COLUMNS,
            mistake(
                "one-number-for-all",
                "You return one number. Each picture has one of its own.",
                {"result": "(errors**2).sum()"},
            ),
            mistake(
                "keeps-the-weakest",
                "You keep the weakest components and lose the strongest.",
                {"before": _BACK.replace("[:size]", "[::-1][:size]")},
            ),
            mistake(
                "one-component-too-many",
                "You keep one component more than the code has numbers.",
                {"before": _BACK.replace("[:size]", "[: size + 1]")},
            ),
        ),
    )


def _lost_at_most() -> Exercise:
    before = (
        "left = (values**2).sum() - np.cumsum(np.append(0, values**2))  # by 0, 1, 2, … numbers"
    )
    return _write(
        "at_most",
        "Return the smallest size of a code that loses at most some percent of the spread.",
        _LOST.but(second="percent", before=before, result="(left > percent / 100 * left[0]).sum()"),
        prompt="""
Each row of `pictures` is a picture. They are coded by their first principal components (around
their mean picture) and brought back. What is lost is the sum of all squared errors; with a code of
no numbers, every picture comes back as the mean picture, and that is 100 percent. Write
`lost(pictures, percent)`, which returns **how many numbers the code needs** so that at most
`percent` percent are lost.
""",
        inputs=_pictures_and_percents,
        mistakes=(
            *_CENTERS,
            mistake(
                "forgets-to-square",
                "You compare the singular values. Squared errors add up to their squares.",
                {"before": "left = values.sum() - np.cumsum(np.append(0, values))"},
            ),
            mistake(
                "keeps-only-so-much",
                "Your code **keeps** at least so many percent. It should lose at most so many.",
                {"result": "(left > (1 - percent / 100) * left[0]).sum()"},
            ),
            mistake(
                "one-number-short",
                "With so many numbers, more than that is still lost. One more is needed.",
                {"result": "(left > percent / 100 * left[0]).sum() - 1"},
            ),
            mistake(
                "one-component-too-many",
                "One number fewer is enough.",
                {"result": "(left > percent / 100 * left[0]).sum() + 1"},
            ),
            mistake(
                "each-component-by-itself",
                "You count the components that have more than so many percent each. What the "
                "others lose together is what counts.",
                {"result": "(values**2 > percent / 100 * left[0]).sum()"},
            ),
        ),
    )


def _lost_on_new_ones() -> Exercise:
    return _write(
        "on_new_ones",
        "Return the squared error on the second half of the pictures of the first half's code.",
        Program(
            _LOST.text.replace(
                "    centered = $centered\n",
                "    half = len(pictures) // 2\n    mean = $mean\n    centered = $centered\n",
            ),
            {
                **_LOST.parts,
                "mean": "pictures[:half].mean(axis=0)",
                "centered": "pictures[:half] - mean",
                "before": "kept = directions[:size]\n"
                "new = pictures[half:] - mean\n"
                "errors = new - new @ kept.T @ kept",
                "result": "(errors**2).sum()",
            },
        ),
        prompt="""
Each row of `pictures` is a picture; their number is even. The **first half** of them is there to
learn from: it gives the mean picture and the first `size` principal components. The **second half**
is new: these pictures are coded and brought back with what the first half gave. Write
`lost(pictures, size)`, which returns the **sum** of all squared errors on the **second half**.
""",
        inputs=_pictures_in_halves,
        mistakes=(
            mistake(
                "learns-from-all",
                "Mean and components come from all pictures. The second half is to be new.",
                {
                    "mean": "pictures.mean(axis=0)",
                    "centered": "pictures - mean",
                },
            ),
            mistake(
                "learns-from-the-new-ones",
                "Mean and components come from the second half, on which you measure as well.",
                {
                    "mean": "pictures[half:].mean(axis=0)",
                    "centered": "pictures[half:] - mean",
                },
            ),
            mistake(
                "a-mean-of-their-own",
                "You center the new pictures on their own mean. Encoder and decoder know only the "
                "first half's.",
                {
                    "before": "kept = directions[:size]\n"
                    "new = pictures[half:] - pictures[half:].mean(axis=0)\n"
                    "errors = new - new @ kept.T @ kept",
                },
            ),
            mistake(*_WITHOUT_MEAN, ("errors = new - ", "errors = pictures[half:] - ")),
            _COLUMNS,
            mistake(
                "measures-what-it-learned-from",
                "This is the error on the first half, which it was learned from.",
                {"result": "(values[size:] ** 2).sum()"},
            ),
            mistake(
                "forgets-to-center",
                "You take the pictures as they are. The code describes how they differ from the "
                "mean picture.",
                {"mean": "0"},
            ),
            mistake(
                "returns-what-is-kept",
                "That is what the components keep of the new pictures. Asked for is what is lost.",
                {"result": "((new @ kept.T) ** 2).sum()"},
            ),
            mistake(
                "averages",
                "You divide by the number of pictures or of values. The sum is asked for.",
                {"result": "(errors**2).mean()"},
                {"result": "(errors**2).sum() / half"},
            ),
        ),
    )


def _lost_of_the_worst() -> Exercise:
    return _write(
        "of_the_worst",
        "Return which share of a picture's difference from the mean is lost at worst.",
        _LOST.but(
            before=_BACK,
            result="((errors**2).sum(axis=1) / (centered**2).sum(axis=1)).max()",
        ),
        prompt=f"""
Each row of `pictures` is a picture. {_CODED} For each picture, what is lost is the sum of its
squared errors, and its **share** is that number divided by the sum of its squared differences from
the mean picture. Write `lost(pictures, size)`, which returns the **largest** of these shares. (No
picture equals the mean picture.)
""",
        inputs=_pictures_far_out,
        mistakes=(
            *_CENTERS,
            mistake(
                "largest-in-levels",
                "This is the largest sum of squared errors. Each is divided by the picture's own "
                "differences from the mean picture.",
                {"result": "(errors**2).sum(axis=1).max()"},
            ),
            mistake(
                "worst-picture-by-error",
                "You take the picture with the largest error and return its share. Another one "
                "may have a larger share.",
                {
                    "result": "((errors**2).sum(axis=1) / (centered**2).sum(axis=1))"
                    "[(errors**2).sum(axis=1).argmax()]"
                },
            ),
            mistake(
                "share-of-all",
                "This is the share of all pictures together. The worst one is asked for.",
                {"result": "(errors**2).sum() / (centered**2).sum()"},
            ),
            mistake(
                "averages",
                "This is the mean of the shares. The largest is asked for.",
                {"result": "((errors**2).sum(axis=1) / (centered**2).sum(axis=1)).mean()"},
            ),
            mistake(
                "takes-the-best",
                "This is the smallest of the shares.",
                {"result": "((errors**2).sum(axis=1) / (centered**2).sum(axis=1)).min()"},
            ),
            mistake(
                "worst-pixel",
                "Your shares are those of the pixels. Each picture has one.",
                {"result": "((errors**2).sum(axis=0) / (centered**2).sum(axis=0)).max()"},
            ),
            mistake(
                "divides-by-the-pictures-themselves",
                "You divide by the squares of the picture's pixels. The differences from the mean "
                "picture are asked for.",
                {"result": "((errors**2).sum(axis=1) / (pictures**2).sum(axis=1)).max()"},
            ),
        ),
    )


write_lost = Family(
    name="write_what_is_lost",
    skills="Computes with singular values what a linear code of some size loses: of which "
    "pictures, around which mean, and measured how.",
    points=3,
    variants=(
        _lost_as_a_share(),
        _lost_around_zero(),
        _lost_of_columns(),
        _lost_of_each(),
        _lost_at_most(),
        _lost_on_new_ones(),
        _lost_of_the_worst(),
    ),
)


_BEST = Program(
    '''def smallest_error(given, wanted):
    """$summary"""
    $before
    errors = np.zeros(len(wanted))
    for value in np.unique(given):
        same = given == value
        $errors
    return $result
''',
    {
        "summary": "",
        "before": "",
        "errors": "errors[same] = (wanted[same] - wanted[same].mean()) ** 2",
        "result": "errors.mean()",
    },
)


def _examples(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for given, wanted in (
        ([0, 0, 0, 1], [1, 2, 6, 7]),
        ([3, 2, 2, 2, 3], [8, -3, 3, 3, 1]),
        ([0, 1, 1, 1, 0, 1], [5, -4, 4, 4, 5, 6]),
        ([2, 0, 2, 0, 3, 2, 3, 2], [9, 4, 1, -4, 3, 3, 7, -1]),
        ([0, 0, 5, 0, 0, 0, 5, 0], [1, 0, 4, 0, 2, 9, 2, 24]),
        ([4, 1, 1, 4, 1, 2, 1, 2, 1], [8, 0, 4, -6, 14, 3, 0, 3, 0]),
        ([6, 2, 3, 7, 2, 6, 3, 7, 2, 6], [1, 5, 9, -2, 5, 1, -3, 4, -1, 7]),
        # Two colors that occur more than once, and the widest gap is not the best one to part at.
        ([1, 1, 1, 0, 1, 1, 1, 0, 1, 1], [4, 0, 9, 2, 0, 4, 0, 6, 4, 0]),
    ):
        yield np.array(given, dtype=np.int64), np.array(wanted, dtype=np.float64)


def _errors_by(answer: str, wrong: str = "({}) ** 2") -> dict[str, str]:
    """Return the part that measures one answer for each group."""
    return {"errors": f"errors[same] = {wrong.format(f'wanted[same] - {answer}')}"}


_PERFECT = mistake(
    "large-enough-is-perfect",
    "Your error is 0, and no network gets all right: to one picture it gives one answer, and "
    "several are wanted.",
    {"result": "0.0"},
)
_CONSTANT = mistake(
    "ignores-what-is-given",
    "This is the best that a *constant* answer reaches. A network may answer differently to "
    "different pictures.",
    {"before": "given = np.zeros_like(given)"},
)
_SUM = mistake(
    "sums",
    "You add up over the examples. Their mean is asked for.",
    {"result": "errors.sum()"},
)
_ONCE = mistake(
    "every-picture-counts-once",
    "You average over the gray pictures, each counted once. An example counts once: a picture with "
    "many of them weighs more.",
    {"result": "np.mean([errors[given == value].mean() for value in np.unique(given)])"},
)
_STORY = """A network colors gray pictures. For the same gray picture, the training data hold
several colors: `given[i]` is the number of the gray picture of example `i`, and `wanted[i]` its
color, one number."""
_COMMONEST = "np.unique(wanted[same])[np.unique(wanted[same], return_counts=True)[1].argmax()]"


def _combine(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"smallest_error_{name}",
        title="The error that no network can avoid",
        stars=3,
        inputs=_examples,
        shown=0,
        success="What no network can avoid is in the data, and in what is counted as an error. It "
        "can be computed before anything is trained.",
        **rest,
    )


def _error_absolute() -> Exercise:
    return _combine(
        "absolute",
        "Return the smallest mean absolute error that any function of the given values reaches.",
        _BEST.but(**_errors_by("np.median(wanted[same])", "abs({})")),
        prompt=f"""
{_STORY} This network is trained with **absolute** differences. A network is *any* function of
`given`. Write `smallest_error(given, wanted)`, which returns, from the data alone, the smallest
**mean absolute error** over all examples that any of them reaches.
""",
        mistakes=(
            _PERFECT,
            _CONSTANT,
            mistake(
                "answers-the-mean",
                "Your network answers with the mean, which is best for squared differences. Which "
                "answer is best for absolute ones?",
                _errors_by("wanted[same].mean()", "abs({})"),
            ),
            mistake(
                "squares-the-differences",
                "You square the differences. This network is trained with absolute ones.",
                _errors_by("wanted[same].mean()"),
                _errors_by("np.median(wanted[same])"),
            ),
            mistake(
                "answers-the-commonest",
                "Your network answers with the color that it saw most often. Another one may be "
                "closer to all of them.",
                _errors_by(_COMMONEST, "abs({})"),
            ),
            mistake(
                "answers-the-middle-of-the-range",
                "Your network answers halfway between the smallest and the largest color. How many "
                "lie on each side?",
                _errors_by("(wanted[same].min() + wanted[same].max()) / 2", "abs({})"),
            ),
            _ONCE,
            _SUM,
        ),
    )


def _error_through_a_code() -> Exercise:
    return _combine(
        "through_a_code",
        "Return the smallest mean squared error of any function of half the picture's number.",
        _BEST.but(before="given = given // 2  # all that the bottleneck lets through"),
        prompt=f"""
{_STORY} The network has a **bottleneck**, and its code is too small for all pictures: the pictures
number 0 and 1 have the same code, 2 and 3 have the same, 4 and 5, and so on. What comes out is any
function **of the code**. Write `smallest_error(given, wanted)`, which returns, from the data alone,
the smallest **mean squared error** over all examples that such a network reaches.
""",
        mistakes=(
            mistake(
                "bottleneck-loses-nothing",
                "Your network tells all pictures apart. Behind the bottleneck, 0 and 1 are the "
                "same to it.",
                {"before": ""},
            ),
            mistake(
                "wrong-pictures-share-a-code",
                "In your network the even pictures share a code, or 1 and 2 do. The pairs are 0 "
                "and 1, 2 and 3, and so on.",
                {"before": "given = given % 2"},
                {"before": "given = (given + 1) // 2"},
            ),
            _PERFECT,
            mistake(
                "ignores-what-is-given",
                "This is the best that a *constant* answer reaches. The code still tells pairs of "
                "pictures apart.",
                {"before": "given = np.zeros_like(given)"},
            ),
            mistake(
                "mean-of-the-two-means",
                "Your answer to a code is the mean of its pictures' means. A picture with more "
                "examples pulls harder.",
                {
                    "errors": "means = [wanted[p == given_to].mean() for given_to in "
                    "np.unique(p[same])]\n"
                    "errors[same] = (wanted[same] - np.mean(means)) ** 2",
                    "before": "p = given\ngiven = given // 2",
                },
            ),
            mistake(
                "answers-the-middle-one",
                "Your network answers with the median, which is best for absolute distances. Which "
                "answer is best for squared ones?",
                _errors_by("np.median(wanted[same])"),
            ),
            _SUM,
            mistake(
                "takes-the-root",
                "You take the root at the end. The mean of the squares is asked for.",
                {"result": "np.sqrt(errors.mean())"},
            ),
        ),
    )


def _error_in_choosing() -> Exercise:
    return _combine(
        "in_choosing",
        "Return the smallest share of wrong answers that any function of the given values reaches.",
        _BEST.but(
            before="",
            errors="colors, counts = np.unique(wanted[same], return_counts=True)\n"
            "errors[same] = wanted[same] != colors[counts.argmax()]",
        ),
        prompt=f"""
{_STORY} This network **chooses** a color, and an answer is right or wrong: near misses do not
count. A network is *any* function of `given`. Write `smallest_error(given, wanted)`, which returns,
from the data alone, the smallest **share of wrong answers** among all examples that any of them
reaches.
""",
        mistakes=(
            _PERFECT,
            _CONSTANT,
            mistake(
                "answers-the-mean",
                "Your network answers with the mean of the colors, which is hardly ever one of "
                "them.",
                {"errors": "errors[same] = wanted[same] != wanted[same].mean()"},
            ),
            mistake(
                "answers-the-first-or-last",
                "Your network remembers one color of each picture, the first or last that it saw.",
                {"errors": "errors[same] = wanted[same] != wanted[same][0]"},
                {"errors": "errors[same] = wanted[same] != wanted[same][-1]"},
            ),
            mistake(
                "answers-the-middle-one",
                "Your network answers with the median of the colors. Near misses do not count, so "
                "nothing is gained by standing in the middle.",
                {"errors": "errors[same] = wanted[same] != np.median(wanted[same])"},
            ),
            mistake(
                "counts-the-other-colors",
                "You count the colors that a picture has besides the one that is answered. "
                "It is examples that are counted, and several may have the same color.",
                {
                    "errors": "errors[same] = (len(np.unique(wanted[same])) - 1) / same.sum()",
                },
            ),
            mistake(
                "counts-the-right-ones",
                "This is the share of right answers. The wrong ones are asked for.",
                {"result": "1 - errors.mean()"},
            ),
            mistake(
                "guesses-by-chance",
                "Your network draws a color as often as it saw it. Always choosing the commonest "
                "one is wrong less often.",
                {
                    "errors": "colors, counts = np.unique(wanted[same], return_counts=True)\n"
                    "errors[same] = 1 - ((counts / counts.sum()) ** 2).sum()"
                },
            ),
            mistake(
                "all-or-nothing",
                "You count every picture with several colors as wrong altogether. The commonest "
                "of them is right sometimes.",
                {"errors": "errors[same] = len(np.unique(wanted[same])) > 1"},
            ),
            _ONCE,
            _SUM,
        ),
    )


def _error_at_worst() -> Exercise:
    halfway = "(wanted[same].min() + wanted[same].max()) / 2"
    return _combine(
        "at_worst",
        "Return the smallest largest error that any function of the given values reaches.",
        _BEST.but(**_errors_by(halfway, "abs({})"), result="errors.max()"),
        prompt=f"""
{_STORY} Here the **worst** example decides: the error of a network is the largest absolute
difference between its answer and the color that was wanted, over all examples. A network is *any*
function of `given`. Write `smallest_error(given, wanted)`, which returns, from the data alone, the
smallest such error that any of them reaches.
""",
        mistakes=(
            _PERFECT,
            _CONSTANT,
            mistake(
                "answers-the-mean",
                "Your network answers with the mean, which is best for squared differences. Here "
                "only the farthest color counts.",
                _errors_by("wanted[same].mean()", "abs({})"),
            ),
            mistake(
                "answers-the-middle-one",
                "Your network answers with the median, which is best for the mean absolute error. "
                "Here only the farthest color counts.",
                _errors_by("np.median(wanted[same])", "abs({})"),
            ),
            mistake(
                "averages",
                "You take the mean over the examples. Here the worst one decides.",
                {"result": "errors.mean()"},
            ),
            mistake(
                "whole-range",
                "This is how far the colors of a picture lie apart. An answer may stand between "
                "them.",
                {"result": "2 * errors.max()"},
            ),
            mistake(
                "squares-the-differences",
                "You square the differences. The largest absolute one is asked for.",
                {"result": "errors.max() ** 2"},
            ),
            mistake(
                "the-easiest-picture",
                "This is the picture that is easiest. The worst one decides.",
                {"result": "errors.min()"},
            ),
        ),
    )


def _error_explained() -> Exercise:
    return _combine(
        "explained",
        "Return the largest share of the spread that any function of the given values explains.",
        _BEST.but(result="1 - errors.mean() / wanted.var()"),
        prompt=f"""
{_STORY} How much of the color can a network **explain**? Its mean squared error is compared with
that of answering every picture with the mean of all colors: if it is a quarter of it, three
quarters are explained. A network is *any* function of `given`. Write
`smallest_error(given, wanted)`, which returns, from the data alone, the **largest share** that any
of them explains. (The colors are not all equal.)
""",
        mistakes=(
            mistake(
                "large-enough-is-perfect",
                "You say that all can be explained. To one picture a network gives one answer, and "
                "several are wanted.",
                {"result": "1.0"},
            ),
            mistake(
                "share-that-stays",
                "This is the share that no network explains. What it does explain is the rest.",
                {"result": "errors.mean() / wanted.var()"},
            ),
            mistake(
                "not-divided",
                "This is by how much the squared error falls. Which part of it is that?",
                {"result": "wanted.var() - errors.mean()"},
            ),
            mistake(
                "compares-the-roots",
                "You compare roots of squared errors. The squared errors themselves are compared.",
                {"result": "1 - np.sqrt(errors.mean() / wanted.var())"},
            ),
            mistake(
                "compares-with-zero",
                "You compare with answering 0 to every picture. It is the mean of all colors.",
                {"result": "1 - errors.mean() / (wanted**2).mean()"},
            ),
            mistake(
                "answers-the-middle-one",
                "Your network answers with the median, which is best for absolute distances. Which "
                "answer is best for squared ones?",
                _errors_by("np.median(wanted[same])"),
            ),
            mistake(
                "every-picture-counts-once",
                "You average the errors of the gray pictures, each counted once. An example counts "
                "once.",
                {
                    "result": "1 - np.mean([errors[given == value].mean() for value in "
                    "np.unique(given)]) / wanted.var()"
                },
            ),
            mistake(
                "one-value-less",
                "You divide the spread's squares by one less than there are examples. The mean "
                "squared error has all of them below the line.",
                {"result": "1 - errors.mean() / wanted.var(ddof=1)"},
            ),
        ),
    )


_STRAIGHT = Program(
    '''def smallest_error(given, wanted):
    """$summary"""
    A = $columns
    weights = np.linalg.lstsq(A, wanted, rcond=None)[0]
    errors = (A @ weights - wanted) ** 2
    return $result
''',
    {
        "summary": "",
        "columns": "np.stack([given, np.ones(len(given))], axis=1)",
        "result": "errors.mean()",
    },
)


def _error_on_a_line() -> Exercise:
    return _combine(
        "on_a_line",
        "Return the smallest mean squared error that a weight and a bias reach.",
        _STRAIGHT,
        prompt="""
A network without a ReLU, however many layers it has, is no more than **one weight and one bias**:
for a gray pixel of lightness `g` it answers `weight * g + bias`. `given[i]` is the lightness of
example `i`, and `wanted[i]` the color that was wanted, one number. Write
`smallest_error(given, wanted)`, which returns the smallest **mean squared error** over all examples
that any such network reaches. (`np.linalg.lstsq` is of use.)
""",
        mistakes=(
            mistake(
                "forgets-the-bias",
                "Your network has a weight and no bias.",
                {"columns": "given[:, None].astype(float)"},
            ),
            mistake(
                "ignores-what-is-given",
                "Your network has a bias and no weight: a *constant* answer.",
                {"columns": "np.ones((len(given), 1))"},
            ),
            mistake(
                "any-function-at-all",
                "You let the network answer to each lightness as it likes. Without a ReLU its "
                "answers lie on a line.",
                {"columns": "(given[:, None] == np.unique(given)).astype(float)"},
            ),
            mistake(
                "bends-the-line",
                "Your network also has a weight for the square of the lightness. It has none.",
                {"columns": "np.stack([given**2, given, np.ones(len(given))], axis=1)"},
            ),
            mistake(
                "large-enough-is-perfect",
                "Your error is 0, and the examples do not lie on a line. If you do not square, "
                "errors up and down cancel.",
                {"result": "0.0"},
            ),
            mistake(
                "sums",
                "You add up the squared errors. Their mean is asked for.",
                {"result": "errors.sum()"},
            ),
            mistake(
                "takes-the-root",
                "You take the root at the end. The mean of the squares is asked for.",
                {"result": "np.sqrt(errors.mean())"},
            ),
            mistake(
                "divides-by-what-is-free",
                "You divide by two less than there are examples. The mean is asked for.",
                {"result": "errors.sum() / max(len(wanted) - 2, 1)"},
            ),
        ),
    )


def _error_with_a_palette() -> Exercise:
    return _combine(
        "with_a_palette",
        "Return the smallest mean squared error of a function with values among the colors.",
        _BEST.but(
            errors="squares = (np.unique(wanted)[:, None] - wanted[same]) ** 2\n"
            "errors[same] = squares.mean(axis=1).min()",
        ),
        prompt=f"""
{_STORY} This network may only answer with a color that **occurs somewhere in `wanted`**, with this
picture or with another one. Otherwise it is *any* function of `given`. Write
`smallest_error(given, wanted)`, which returns, from the data alone, the smallest **mean squared
error** over all examples that any such network reaches.
""",
        mistakes=(
            _PERFECT,
            mistake(
                "any-color-at-all",
                "Your network answers with the mean of the colors. That need not be a color that "
                "occurs.",
                _errors_by("wanted[same].mean()"),
            ),
            mistake(
                "only-the-picture-s-own-colors",
                "Your network answers with a color that occurred with this very picture. Those of "
                "the other pictures are allowed as well.",
                {
                    "errors": "squares = (wanted[same][:, None] - wanted[same]) ** 2\n"
                    "errors[same] = squares.mean(axis=1).min()"
                },
            ),
            mistake(
                "answers-the-commonest",
                "Your network answers with the color that it saw most often. Squared, another one "
                "may be closer to all of them.",
                _errors_by(_COMMONEST),
            ),
            mistake(
                "one-answer-for-all",
                "Your network answers every picture with the same color.",
                {"before": "given = np.zeros_like(given)"},
            ),
            _ONCE,
            _SUM,
        ),
    )


def _error_with_two_answers() -> Exercise:
    return _combine(
        "with_two_answers",
        "Return the smallest mean squared error with two answers to each picture.",
        _BEST.but(
            errors="colors = np.sort(wanted[same])\n"
            "splits = [(colors[:cut], colors[cut:]) for cut in range(1, len(colors))]\n"
            "sums = [len(a) * a.var() + len(b) * b.var() for a, b in splits]\n"
            "errors[same] = min(sums, default=0) / len(colors)",
        ),
        prompt=f"""
{_STORY} This network gives **two** answers to each picture, and for each example only the one that
is **nearer** to the wanted color counts. Otherwise it is *any* function of `given`. Write
`smallest_error(given, wanted)`, which returns, from the data alone, the smallest **mean squared
error** over all examples that any such network reaches. (A picture has few examples: you may try
all ways to share them among the two answers.)
""",
        mistakes=(
            mistake(
                "large-enough-is-perfect",
                "Your error is 0, and no network gets all right: to one picture it gives two "
                "answers, and more are wanted.",
                {"result": "0.0"},
            ),
            mistake(
                "only-one-answer",
                "Your network gives one answer to each picture. It may give two.",
                _errors_by("wanted[same].mean()"),
            ),
            mistake(
                "smallest-and-largest",
                "Your two answers are the smallest and the largest color. Two others are nearer to "
                "all of them.",
                {
                    "errors": "ends = wanted[same].min(), wanted[same].max()\n"
                    "errors[same] = np.min([(wanted[same] - end) ** 2 for end in ends], axis=0)"
                },
            ),
            mistake(
                "splits-at-the-mean",
                "You share the examples by whether they lie above the mean. Another way of sharing "
                "them may be better.",
                {
                    "errors": "high = wanted[same] > wanted[same].mean()\n"
                    "middles = np.where(high, wanted[same][high].mean() if high.any() else 0, "
                    "wanted[same][~high].mean())\n"
                    "errors[same] = (wanted[same] - middles) ** 2"
                },
            ),
            mistake(
                "splits-at-the-widest-gap",
                "You part the colors where they lie farthest apart. One color far away from all "
                "others may still be better kept together with some of them.",
                {
                    "errors": "colors = np.sort(wanted[same])\n"
                    "cut = np.diff(colors).argmax() + 1 if len(colors) > 1 else 1\n"
                    "a, b = colors[:cut], colors[cut:]\n"
                    "sums = len(a) * a.var() + (len(b) * b.var() if len(b) else 0)\n"
                    "errors[same] = sums / len(colors)"
                },
            ),
            mistake(
                "splits-in-halves",
                "You give each answer the same number of examples. They need not be shared evenly.",
                {
                    "errors": "colors = np.sort(wanted[same])\n"
                    "a, b = colors[: len(colors) // 2], colors[len(colors) // 2 :]\n"
                    "sums = (len(a) * a.var() if len(a) else 0) + len(b) * b.var()\n"
                    "errors[same] = sums / len(colors)"
                },
            ),
            mistake(
                "two-answers-for-all",
                "Your network has two answers altogether. It has two for each picture.",
                {"before": "given = np.zeros_like(given)"},
            ),
            _ONCE,
            _SUM,
        ),
    )


combine_error = Family(
    name="what_no_network_avoids",
    skills="Derives from data and a measure of error what the best possible network reaches.",
    points=5,
    variants=(
        _error_absolute(),
        _error_through_a_code(),
        _error_in_choosing(),
        _error_at_worst(),
        _error_explained(),
        _error_on_a_line(),
        _error_with_a_palette(),
        _error_with_two_answers(),
    ),
)

families = (repair_denoiser, write_lost, combine_error)
"""Repair, write, combine."""

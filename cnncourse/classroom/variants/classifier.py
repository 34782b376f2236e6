"""Graded questions of chapter 13, a classifier."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, Program, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["families"]

Array = np.ndarray

_LOSS = Program(
    '''def batch_loss(scores, labels):
    """$summary"""
    $before
    shifted = scores - scores.max(axis=$axis, keepdims=True)
    logs = shifted - np.log(np.exp(shifted).sum(axis=$axis, keepdims=True))
    $after
    losses = $losses
    $chosen
    return $result
''',
    {
        "summary": "",
        "before": "",
        "axis": "1",
        "after": "",
        "losses": "-logs[np.arange(len(labels)), labels]",
        "chosen": "",
        "result": "losses.mean()",
    },
)


def _twice(axis: int) -> dict[str, str]:
    """Return the part that takes another softmax before the one in the loss."""
    return {
        "before": f"powers = np.exp(scores - scores.max(axis={axis}, keepdims=True))\n"
        f"scores = powers / powers.sum(axis={axis}, keepdims=True)"
    }


def _batches(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for shape in ((1, 2), (2, 3), (3, 2), (4, 3), (5, 4)):
        scores = matrix(rng, shape, -3, 4).astype(float)
        yield scores, rng.integers(0, shape[1], shape[0], dtype=np.int64)
    yield np.array([[2, 0, -1], [0, 0, 0], [-4, 3, 3]], dtype=float), np.array([1, 2, 0])


def _turned_batches(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for scores, labels in _batches(rng):
        yield scores.T.copy(), labels


def _batches_with_unknown(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for position, (scores, labels) in enumerate(_batches(rng)):
        if position:
            labels[position % len(labels)] = -1
        yield scores, labels


def _batches_of_few_classes(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([[1.0, 0.0]]), np.array([1])
    for labels, classes in (([0, 0, 1], 2), ([2, 0, 0, 2], 3), ([1, 1, 1, 0, 3], 4)):
        scores = matrix(rng, (len(labels), classes), -3, 4).astype(float)
        yield scores, np.array(labels)


def _single_scores(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    yield np.array([1.0]), np.array([0])
    for count in (2, 3, 5, 6):
        scores = matrix(rng, (1, count), -3, 4)[0].astype(float)
        yield scores, (np.arange(count) + rng.integers(2)) % 2


def _batches_with_shares(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for scores, _ in _batches(rng):
        parts = matrix(rng, scores.shape, 0, 3) + np.eye(*scores.shape)
        yield scores, parts / parts.sum(axis=1, keepdims=True)


_LOSS_MISTAKES = (
    mistake(
        "softmax-twice",
        "Your softmax is taken twice, of the scores and of its own result. The scores come "
        "straight from the last layer.",
        _twice(1),
    ),
    mistake(
        "softmax-over-the-batch",
        "Your softmax runs over the pictures. The classes of one picture compete, not the "
        "pictures.",
        {"axis": "0"},
    ),
    mistake(
        "softmax-over-everything",
        "Your softmax makes all scores of all pictures add up to 1. Each picture has a softmax of "
        "its own.",
        {"axis": "None"},
    ),
    mistake(
        "leaves-the-logarithm-out",
        "You use the probabilities themselves. The loss is made of their logarithms.",
        {"after": "logs = np.exp(logs)"},
        {"after": "logs = np.exp(logs) - 1"},
    ),
    mistake(
        "forgets-the-minus",
        "Your loss is negative. A logarithm of a probability is below 0, and a loss turns it "
        "around.",
        {"after": "logs = -logs"},
    ),
)
_ADDS = mistake(
    "adds-the-pictures",
    "You add up over the pictures. The mean is asked for, so that the size of a batch does not "
    "matter.",
    {"result": "losses.sum()"},
)
_LARGEST = mistake(
    "takes-the-largest",
    "You take the class with the largest score. The loss asks for the class that is right.",
    {"losses": "-logs.max(axis=1)"},
)
_ALL_CLASSES = mistake(
    "averages-all-classes",
    "You average over all classes. Only the logarithm of the right class counts.",
    {"losses": "-logs.mean(axis=1)"},
)

_ROWS = """`scores` has a row for each picture and a column for each class, straight from the last
layer; `labels` holds the number of each picture's right class, counted from 0."""
_BROKEN = "The code below has one mistake. Find it and mend it."


def _repair(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"batch_loss_{name}",
        title="Repair the loss",
        stars=2,
        seed=2,
        success="One softmax for each picture, the logarithm of what is right, and the pictures "
        "put together as this task says.",
        **rest,
    )


def _loss_in_bits() -> Exercise:
    return _repair(
        "in_bits",
        "Return the mean cross-entropy of these scores, in bits.",
        _LOSS.but(result="losses.mean() / np.log(2)"),
        prompt=f"""
`batch_loss(scores, labels)` should return the mean cross-entropy of a batch **in bits**: as usual,
but with logarithms to base 2, so that the toss of a coin costs exactly 1. {_ROWS} {_BROKEN}
""",
        planted={"axis": "0"},
        still="This still does what the planted bug does: its softmax makes the scores of one "
        "class add up to 1 over the pictures.",
        inputs=_batches,
        shown=1,
        mistakes=(
            *_LOSS_MISTAKES,
            mistake(
                "adds-the-pictures",
                "You add up over the pictures. The mean is asked for.",
                {"result": "losses.sum() / np.log(2)"},
            ),
            mistake(
                "another-logarithm",
                "Right but for the unit: the logarithms are to base 2 here.",
                {"result": "losses.mean()"},
                {"result": "losses.mean() * np.log(2)"},
                {"result": "losses.mean() / np.log(10)"},
                {"result": "losses.mean() / np.log(2) ** 2"},
            ),
            mistake(
                "powers-of-two",
                "Your softmax takes powers of 2. It is the usual one; only the loss has its "
                "logarithm to base 2.",
                {
                    "after": "logs = shifted * np.log(2)\n"
                    "logs = logs - np.log(np.exp(logs).sum(axis=1, keepdims=True))"
                },
            ),
            mistake(
                "mends-one-of-two-places",
                "You have mended one of two places. The sum in the softmax still runs over the "
                "pictures.",
                (".sum(axis=1, keepdims=True)", ".sum(axis=0, keepdims=True)"),
            ),
            _LARGEST,
            _ALL_CLASSES,
        ),
    )


def _loss_classes_first() -> Exercise:
    return _repair(
        "classes_first",
        "Return the summed cross-entropy of scores with a column for each picture.",
        _LOSS.but(axis="0", losses="-logs[labels, np.arange(len(labels))]", result="losses.sum()"),
        prompt=f"""
Here `scores` lies on its side: a **row for each class** and a column for each picture, straight
from the last layer. `labels` holds the number of each picture's right class, counted from 0.
`batch_loss(scores, labels)` should return the cross-entropies of all pictures, **added up**.
{_BROKEN}
""",
        planted=_twice(0),
        still="This still does what the planted bug does: softmax is taken twice, of the scores "
        "and of its own result.",
        inputs=_turned_batches,
        shown=1,
        mistakes=(
            mistake(
                "softmax-over-the-batch",
                "Your softmax runs over the pictures. In this table the classes of one picture "
                "stand below each other.",
                {"axis": "1"},
            ),
            *(
                each
                for each in _LOSS_MISTAKES
                if each.name not in ("softmax-twice", "softmax-over-the-batch")
            ),
            mistake(
                "averages-the-pictures",
                "You take the mean over the pictures. Here they are added up.",
                {"result": "losses.mean()"},
            ),
            mistake(
                "takes-the-largest",
                "You take the class with the largest score. The loss asks for the class that is "
                "right.",
                {"losses": "-logs.max(axis=0)"},
            ),
            mistake(
                "averages-all-classes",
                "You average over all classes. Only the logarithm of the right class counts.",
                {"losses": "-logs.mean(axis=0)"},
            ),
        ),
    )


def _loss_of_known() -> Exercise:
    return _repair(
        "of_known",
        "Return the mean cross-entropy of the pictures whose class is known.",
        _LOSS.but(chosen="losses = losses[labels >= 0]"),
        prompt=f"""
For some pictures nobody knows the class: their label is −1. `batch_loss(scores, labels)` should
return the mean cross-entropy of the **other** pictures, as if those were not in the batch. {_ROWS}
At least one label is known. {_BROKEN}
""",
        planted={"chosen": "losses = np.where(labels >= 0, losses, 0)"},
        still="This still does what the planted bug does: unknown pictures count as if their "
        "loss were 0.",
        inputs=_batches_with_unknown,
        shown=2,
        mistakes=(
            *_LOSS_MISTAKES,
            mistake(
                "minus-one-is-the-last-class",
                "Your pictures without a label count as if the last class were right: that is "
                "what the index −1 picks.",
                {"chosen": ""},
            ),
            mistake(
                "leaves-out-the-first-class",
                "Pictures of class 0 are left out as well. Their class is known.",
                {"chosen": "losses = losses[labels > 0] if (labels > 0).any() else losses * 0"},
            ),
            mistake(
                "adds-the-pictures",
                "You add up over the known pictures. Their mean is asked for.",
                {"result": "losses.sum()"},
            ),
            mistake(
                "keeps-the-unknown",
                "This is the mean over the pictures whose class is **not** known.",
                {"chosen": "losses = losses[labels < 0] if (labels < 0).any() else losses * 0"},
            ),
        ),
    )


def _loss_smoothed() -> Exercise:
    return _repair(
        "smoothed",
        "Return the mean cross-entropy with smoothed labels.",
        _LOSS.but(
            losses="-(0.75 * logs[np.arange(len(labels)), labels] + 0.25 * logs.mean(axis=1))"
        ),
        prompt=f"""
`batch_loss(scores, labels)` should return the mean cross-entropy with **smoothed labels**. {_ROWS}
The wanted probabilities are not 1 and 0. Three quarters go to the right class; the last quarter is
shared equally by **all** classes, the right one among them. The loss of a picture is minus the sum,
over the classes, of wanted probability times logarithm of the network's probability. {_BROKEN}
""",
        planted={
            "losses": "-(0.75 * logs[np.arange(len(labels)), labels] + 0.25 * logs.sum(axis=1))"
        },
        still="This still does what the planted bug does: every class gets a quarter, and the "
        "wanted probabilities add up to more than 1.",
        inputs=_batches,
        shown=1,
        mistakes=(
            *_LOSS_MISTAKES[:3],
            mistake(
                "forgets-to-smooth",
                "This is the usual cross-entropy: the whole probability goes to the right class.",
                {"losses": "-logs[np.arange(len(labels)), labels]"},
            ),
            mistake(
                "shares-among-the-others",
                "You share the quarter among the **other** classes. The right class gets its part "
                "of it too.",
                {
                    "losses": "-(0.75 * logs[np.arange(len(labels)), labels] + 0.25 * "
                    "(logs.sum(axis=1) - logs[np.arange(len(labels)), labels]) / "
                    "(logs.shape[1] - 1))"
                },
            ),
            mistake(
                "exchanges-the-shares",
                "A quarter goes to the right class and three quarters are shared: the other way "
                "around.",
                {
                    "losses": "-(0.25 * logs[np.arange(len(labels)), labels] + 0.75 * "
                    "logs.mean(axis=1))"
                },
            ),
            mistake(
                "loses-the-last-quarter",
                "Three quarters go to the right class, and the last quarter to nobody.",
                {"losses": "-0.75 * logs[np.arange(len(labels)), labels]"},
            ),
            mistake(
                "shares-more-than-all",
                "The right class gets all, and a quarter more is shared. The wanted probabilities "
                "add up to 1.",
                {"losses": "-(logs[np.arange(len(labels)), labels] + 0.25 * logs.mean(axis=1))"},
            ),
            _ADDS,
            _ALL_CLASSES,
        ),
    )


def _loss_by_class() -> Exercise:
    return _repair(
        "by_class",
        "Return the mean over the classes of their pictures' mean cross-entropy.",
        _LOSS.but(
            result="np.mean([losses[labels == label].mean() for label in np.unique(labels)])"
        ),
        prompt=f"""
In this data set some classes have many more pictures than others, and each class is to count the
same. `batch_loss(scores, labels)` should first take the mean cross-entropy of the pictures of each
class, and then the mean of these means, over the classes that **occur** in the batch. {_ROWS}
{_BROKEN}
""",
        planted={"result": "losses.mean()"},
        still="This still does what the planted bug does: every picture counts the same, so a "
        "class with many of them counts more.",
        inputs=_batches_of_few_classes,
        shown=1,
        mistakes=(
            *_LOSS_MISTAKES,
            mistake(
                "counts-absent-classes",
                "You divide by the number of all classes. Those without a picture in this batch "
                "do not count.",
                {
                    "result": "sum(losses[labels == label].mean() for label in np.unique(labels)) "
                    "/ scores.shape[1]"
                },
            ),
            mistake(
                "adds-the-pictures",
                "You add up the pictures of a class before you take the mean over the classes.",
                {"result": "losses.sum() / len(np.unique(labels))"},
            ),
            mistake(
                "adds-the-classes",
                "You add up the means of the classes. The mean of them is asked for.",
                {"result": "sum(losses[labels == label].mean() for label in np.unique(labels))"},
            ),
        ),
    )


_SINGLE = Program(
    '''def batch_loss(scores, labels):
    """$summary"""
    p = $p
    losses = $losses
    return $result
''',
    {
        "summary": "",
        "p": "1 / (1 + np.exp(-scores))",
        "losses": "-np.log(np.where(labels == 1, p, 1 - p))",
        "result": "losses.mean()",
    },
)


def _loss_of_one_score() -> Exercise:
    return _repair(
        "of_one_score",
        "Return the mean cross-entropy where each picture has one score.",
        _SINGLE,
        prompt=f"""
A network for two classes may end in **one** score for each picture. The probability of class 1 is
then the sigmoid of the score, 1 / (1 + exp(−score)), and class 0 has the rest. `scores` is a vector
of such scores, and `labels` says for each picture which class is right, 0 or 1.
`batch_loss(scores, labels)` should return the mean cross-entropy. {_BROKEN}
""",
        planted={"losses": "-labels * np.log(p)"},
        still="This still does what the planted bug does: pictures of class 0 cost nothing, "
        "whatever their score.",
        inputs=_single_scores,
        shown=1,
        mistakes=(
            mistake(
                "exchanges-the-classes",
                "Your sigmoid is the probability of class 0. It belongs to class 1.",
                {"losses": "-np.log(np.where(labels == 0, p, 1 - p))"},
                {"p": "1 / (1 + np.exp(scores))"},
            ),
            mistake(
                "softmax-over-the-batch",
                "You take a softmax over the pictures. Each picture has a probability of its own.",
                {"p": "np.exp(scores) / np.exp(scores).sum()"},
            ),
            mistake(
                "always-class-one",
                "You take the probability of class 1 for all pictures. Where 0 is right, the rest "
                "counts.",
                {"losses": "-np.log(p)"},
            ),
            mistake(
                "one-minus-is-lost",
                "Your two classes work against each other: the one has a minus before its "
                "logarithm, the other has none.",
                {"losses": "-labels * np.log(p) + (1 - labels) * np.log(1 - p)"},
                {"losses": "labels * np.log(p) - (1 - labels) * np.log(1 - p)"},
            ),
            mistake(
                "class-zero-for-all",
                "You count what class 0 costs for every picture. It costs something only where 0 "
                "is right.",
                {"losses": "-labels * np.log(p) - np.log(1 - p)"},
            ),
            mistake(
                "only-class-one",
                "You take the mean over the pictures of class 1. All pictures count.",
                {
                    "losses": "-labels * np.log(p)",
                    "result": "losses.sum() / max(labels.sum(), 1)",
                },
            ),
            mistake(
                "leaves-the-logarithm-out",
                "You use the probabilities themselves. The loss is made of their logarithms.",
                {"losses": "np.where(labels == 1, p, 1 - p)"},
                {"losses": "1 - np.where(labels == 1, p, 1 - p)"},
            ),
            mistake(
                "squared-error",
                "This is the squared distance to the label. Cross-entropy takes the logarithm of "
                "what is right.",
                {"losses": "(p - labels) ** 2"},
            ),
            mistake(
                "softmax-twice",
                "The sigmoid is taken twice, of the score and of its own result.",
                {"p": "1 / (1 + np.exp(-1 / (1 + np.exp(-scores))))"},
            ),
            _ADDS,
        ),
    )


def _loss_of_shares() -> Exercise:
    return _repair(
        "of_shares",
        "Return the mean cross-entropy where labels are shares.",
        _LOSS.but(losses="-(labels * logs).sum(axis=1)"),
        prompt=f"""
Several people were asked about each picture, and they did not agree. So `labels` is a table like
`scores`: a row for each picture, a column for each class, and in it the **share** of people who
named that class; each row adds up to 1. The scores come straight from the last layer. The loss of a
picture is minus the sum, over the classes, of share times logarithm of the network's probability.
`batch_loss(scores, labels)` should return the mean over the pictures. {_BROKEN}
""",
        planted={"losses": "-np.log((labels * np.exp(logs)).sum(axis=1))"},
        still="This still does what the planted bug does: it takes the logarithm of a mean "
        "probability, where the mean of logarithms is asked for.",
        inputs=_batches_with_shares,
        shown=1,
        mistakes=(
            *_LOSS_MISTAKES[:3],
            _LOSS_MISTAKES[4],
            mistake(
                "divides-by-the-classes",
                "You also divide by the number of classes. The mean runs over the pictures alone.",
                {"losses": "-(labels * logs).mean(axis=1)"},
            ),
            mistake(
                "asks-the-majority",
                "You take only the class that most people named. All shares count.",
                {"losses": "-logs[np.arange(len(labels)), labels.argmax(axis=1)]"},
            ),
            _ADDS,
            _ALL_CLASSES,
        ),
    )


repair_loss = Family(
    name="repair_the_loss",
    skills="Finds a planted bug in a cross-entropy, under a convention of labels, axes or means "
    "that the chapter does not have.",
    points=2,
    variants=(
        _loss_in_bits(),
        _loss_classes_first(),
        _loss_of_known(),
        _loss_smoothed(),
        _loss_by_class(),
        _loss_of_one_score(),
        _loss_of_shares(),
    ),
)


_NORMALIZE = Program(
    '''def normalize(x, weight, bias, eps):
    """$summary"""
    $before
    mean = x.mean(axis=$axes, keepdims=True)
    variance = $variance
    y = (x - mean) / $divisor
    $after
    return $scaled
''',
    {
        "summary": "",
        "before": "",
        "axes": "(0, 2, 3)",
        "variance": "x.var(axis=(0, 2, 3), keepdims=True)",
        "divisor": "np.sqrt(variance + eps)",
        "after": "",
        "scaled": "weight[:, None, None] * y + bias[:, None, None]",
    },
)


def _over(axes: str, **parts: str) -> dict[str, str]:
    """Return the parts that take mean and variance over some axes."""
    return {"axes": axes, "variance": f"x.var(axis={axes}, keepdims=True)", **parts}


def _volumes(
    shapes: tuple[tuple[tuple[int, int, int, int], int], ...], channels: int = 1
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array, int]]]:
    """Return inputs of these shapes and `eps`, with no two numbers alike."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, int]]:
        for shape, eps in shapes:
            size = int(np.prod(shape))
            x = rng.permutation(np.arange(size)).reshape(shape) - size // 3
            C = shape[channels]
            weight, bias = rng.permutation(np.arange(2, 2 + 2 * C, dtype=np.int64)).reshape(2, C)
            yield x.astype(float), weight, -bias, eps

    return inputs


_SHAPES = (
    ((2, 2, 1, 2), 1),
    ((2, 2, 2, 2), 3),
    ((3, 2, 2, 2), 2),
    ((2, 3, 2, 2), 5),
    ((4, 2, 2, 3), 1),
)


def _axes_mistakes(who: str, *right: str, **parts: str) -> tuple[Any, ...]:
    """Return the mistakes of taking other axes, for a task in which `who` share mean and variance.

    Those named in `right` are none there; `parts` undo what only the right axes need.
    """
    table = {
        "over-the-whole-batch": (
            "You take one mean and variance for each channel over the whole batch.",
            ["(0, 2, 3)"],
        ),
        "each-map-alone": ("You normalize each map of each picture by itself.", ["(2, 3)"]),
        "mixes-the-channels": (
            "You take mean and variance over all channels together.",
            ["(1, 2, 3)", "(0, 1, 2, 3)"],
        ),
        "each-place-alone": (
            "You take mean and variance over the pictures only, for each place by itself.",
            ["(0,)"],
        ),
        "each-pixel-alone": (
            "You take mean and variance over the channels of a pixel.",
            ["(1,)"],
        ),
    }
    return tuple(
        mistake(name, f"{hint} {who}", *({**_over(axes), **parts} for axes in wrong))
        for name, (hint, wrong) in table.items()
        if name not in right
    )


_NORMALIZE_MISTAKES = (
    mistake(
        "divides-by-the-variance",
        "You divide by the variance. The standard deviation, its root, brings the spread to 1.",
        {"divisor": "(variance + eps)"},
    ),
    mistake(
        "eps-behind-the-root",
        "You add `eps` to the root. It belongs under it, added to the variance.",
        {"divisor": "(np.sqrt(variance) + eps)"},
    ),
    mistake(
        "forgets-eps",
        "`eps` is missing. What is the same everywhere would be divided by 0.",
        {"divisor": "np.sqrt(variance)"},
    ),
    mistake(
        "leaves-the-mean",
        "You divide, and do not take the mean away first. So it does not become 0.",
        ("(x - mean)", "x"),
    ),
    mistake(
        "does-not-divide",
        "You take the mean away and leave the spread as it is. The variance is to become 1.",
        {"divisor": "1"},
    ),
)
_CHANNEL_MISTAKES = (
    mistake(
        "exchanges-weight-and-bias",
        "You multiply by `bias` and add `weight`.",
        {"scaled": "bias[:, None, None] * y + weight[:, None, None]"},
    ),
    mistake(
        "shifts-before-it-scales",
        "You add `bias` first, so that it gets multiplied as well.",
        {"scaled": "weight[:, None, None] * (y + bias[:, None, None])"},
    ),
    mistake(
        "does-not-scale",
        "The values are normalized; `weight` and `bias` are still to come.",
        {"scaled": "y"},
    ),
    mistake(
        "does-not-shift",
        "The values are normalized and scaled; `bias` is still to come.",
        {"scaled": "weight[:, None, None] * y"},
    ),
)

_THEN = """For the variance, the squares are divided by the number of values, and `eps` is added to
it before the root. Then each channel is multiplied by its number in `weight`, and its number in
`bias` is added."""


def _write(
    name: str, summary: str, program: Program, mistakes: tuple[Any, ...], **rest: Any
) -> Exercise:
    return variant(
        program.but(summary=summary),
        name=f"normalize_{name}",
        title="Write a normalization",
        stars=2,
        seed=4,
        mistakes=mistakes,
        success="The same four steps as batch norm. Only who shares a mean and a variance is "
        "another question, and each answer is a layer of its own.",
        **rest,
    )


def _with_spread(program: Program) -> tuple[Any, ...]:
    """Return the usual mistakes after the mean, for the axes of a program."""
    one_less = mistake(
        "one-value-less",
        "You divide the squares by one less than there are values. Here they are divided by their "
        "number.",
        {"variance": f"x.var(axis={program.parts['axes']}, keepdims=True, ddof=1)"},
    )
    return (*_NORMALIZE_MISTAKES, one_less, _rooted_twice(program), *_CHANNEL_MISTAKES)


def _rooted_twice(program: Program) -> Mistake:
    return mistake(
        "takes-the-root-twice",
        "You take the root of the standard deviation, which is a root already. It is the "
        "variance that `eps` is added to.",
        {"variance": f"np.sqrt({program.parts['variance']})"},
    )


def _normalize_maps() -> Exercise:
    program = _NORMALIZE.but(**_over("(2, 3)"))
    return _write(
        "maps",
        "Normalize each map of each picture by itself, then scale and shift.",
        program,
        (
            *_axes_mistakes("Here each map of each picture has its own.", "each-map-alone"),
            *_with_spread(program),
        ),
        prompt=f"""
**Instance norm** is a relative of batch norm that does not look at other pictures. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W): **each map of each picture**
gets mean 0 and, but for `eps`, variance 1, by its own mean and variance. {_THEN}
""",
        inputs=_volumes(_SHAPES),
    )


def _normalize_pictures() -> Exercise:
    program = _NORMALIZE.but(**_over("(1, 2, 3)"))
    hint = "Here all numbers of one picture share them, and no two pictures do."
    return _write(
        "pictures",
        "Normalize each picture by itself, then scale and shift each channel.",
        program,
        (
            *_axes_mistakes(hint, "mixes-the-channels"),
            mistake(
                "over-everything",
                "You take one mean and variance over all pictures. Each picture has its own.",
                _over("(0, 1, 2, 3)"),
            ),
            *_with_spread(program),
        ),
        prompt=f"""
**Layer norm** is a relative of batch norm that does not look at other pictures. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W): **each picture**, all its
channels together, gets mean 0 and, but for `eps`, variance 1. {_THEN}
""",
        inputs=_volumes(_SHAPES),
    )


def _normalize_pixels() -> Exercise:
    program = _NORMALIZE.but(**_over("(1,)"))
    hint = "Here the channels of one pixel share them, and no two pixels do."
    return _write(
        "pixels",
        "Normalize each pixel over its channels, then scale and shift each channel.",
        program,
        (*_axes_mistakes(hint, "each-pixel-alone"), *_with_spread(program)),
        prompt=f"""
Some networks normalize **across the channels, at each pixel by itself**. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W): the C numbers that stand at one
pixel of one picture get mean 0 and, but for `eps`, variance 1. {_THEN}
""",
        inputs=_volumes(_SHAPES),
    )


def _normalize_groups() -> Exercise:
    flat = {"before": "", "after": ""}
    program = _NORMALIZE.but(
        before="N, C, H, W = x.shape\nx = x.reshape(N, 2, C // 2, H, W)",
        after="y = y.reshape(N, C, H, W)",
        **_over("(2, 3, 4)"),
    )
    hint = "Here half of a picture's channels share them."
    return _write(
        "groups",
        "Normalize both halves of each picture's channels, then scale and shift.",
        program,
        (
            *_axes_mistakes(hint, **flat),
            mistake(
                "every-other-channel",
                "Your groups are the even and the odd channels. The first half of them is one "
                "group, the second half the other.",
                {
                    "before": "N, C, H, W = x.shape\n"
                    "x = x.reshape(N, C // 2, 2, H, W).swapaxes(1, 2)",
                    "after": "y = y.swapaxes(1, 2).reshape(N, C, H, W)",
                },
            ),
            mistake(
                "groups-over-the-batch",
                "Your halves are right, and they share mean and variance over the whole batch. "
                "Each picture has its own.",
                _over("(0, 2, 3, 4)"),
            ),
            *_with_spread(program),
        ),
        prompt=f"""
**Group norm** stands between normalizing a map and normalizing a picture. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W), C even: in each picture by
itself, the **first half of the channels** together gets mean 0 and, but for `eps`, variance 1, and
so does the **second half**. {_THEN}
""",
        inputs=_volumes(
            (
                ((1, 4, 1, 2), 1),
                ((2, 4, 1, 2), 3),
                ((2, 4, 2, 2), 2),
                ((3, 6, 2, 1), 5),
                ((2, 6, 2, 2), 1),
            )
        ),
    )


def _normalize_channels_last() -> Exercise:
    program = _NORMALIZE.but(**_over("(0, 1, 2)", scaled="weight * y + bias"))
    return _write(
        "channels_last",
        "Normalize each channel, the last axis, over the whole batch; then scale and shift.",
        program,
        (
            mistake(
                "channels-at-the-wrong-place",
                "You take axis 1 for the channels, as PyTorch has them. Here they are the last "
                "axis.",
                _over("(0, 2, 3)"),
            ),
            mistake(
                "each-map-alone",
                "You normalize the maps of each picture by themselves. The pictures of the batch "
                "share mean and variance.",
                _over("(1, 2)"),
            ),
            mistake(
                "each-place-alone",
                "You take mean and variance over the pictures only. All places of a channel share "
                "them.",
                _over("(0,)"),
            ),
            mistake(
                "mixes-the-channels",
                "You take mean and variance over the channels too. Each channel has its own.",
                _over("(0, 1, 2, 3)"),
                _over("(1, 2, 3)"),
                _over("(3,)"),
            ),
            *_with_spread(program)[: -len(_CHANNEL_MISTAKES)],
            mistake(
                "exchanges-weight-and-bias",
                "You multiply by `bias` and add `weight`.",
                {"scaled": "bias * y + weight"},
            ),
            mistake(
                "shifts-before-it-scales",
                "You add `bias` first, so that it gets multiplied as well.",
                {"scaled": "weight * (y + bias)"},
            ),
            mistake(
                "does-not-scale",
                "The values are normalized; `weight` and `bias` are still to come.",
                {"scaled": "y"},
            ),
            mistake(
                "does-not-shift",
                "The values are normalized and scaled; `bias` is still to come.",
                {"scaled": "weight * y"},
            ),
        ),
        prompt=f"""
Some libraries keep the **channels last**: `x` has the shape (N, H, W, C). Write batch norm in
training mode for such volumes, `normalize(x, weight, bias, eps)`: each channel gets mean 0 and, but
for `eps`, variance 1 over the whole batch. {_THEN}
""",
        inputs=_volumes(
            (
                ((2, 1, 2, 2), 1),
                ((2, 2, 2, 2), 3),
                ((3, 2, 1, 2), 2),
                ((2, 3, 2, 3), 5),
                ((4, 2, 3, 2), 1),
            ),
            channels=3,
        ),
    )


def _normalize_unbiased() -> Exercise:
    program = _NORMALIZE.but(variance="x.var(axis=(0, 2, 3), keepdims=True, ddof=1)")
    hint = "Here each channel has one of each, over the whole batch."
    return _write(
        "unbiased",
        "Normalize each channel by its unbiased variance, then scale and shift.",
        program,
        (
            *(
                mistake(
                    each.name,
                    each.hint,
                    *(
                        {**change, "variance": change["variance"][:-1] + ", ddof=1)"}
                        for change in each.changes
                    ),
                )
                for each in _axes_mistakes(hint, "over-the-whole-batch")
            ),
            mistake(
                "divides-by-all",
                "You divide the squares by the number of values. Here it is one less.",
                {"variance": "x.var(axis=(0, 2, 3), keepdims=True)"},
            ),
            *_NORMALIZE_MISTAKES,
            _rooted_twice(program),
            *_CHANNEL_MISTAKES,
        ),
        prompt="""
Write `normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W): each channel gets mean 0
over the whole batch and is divided by its spread there. Unlike in PyTorch's batch norm, the
variance is the **unbiased** one, in which the squares are divided by one less than there are
values. `eps` is added to it before the root. Then each channel is multiplied by its number in
`weight`, and its number in `bias` is added.
""",
        inputs=_volumes(_SHAPES),
    )


def _normalize_magnitude() -> Exercise:
    program = _NORMALIZE.but(
        axes="(0, 2, 3)",
        variance="(x**2).mean(axis=(0, 2, 3), keepdims=True)",
    )
    program = Program(
        program.text.replace("    mean = x.mean(axis=$axes, keepdims=True)\n", "").replace(
            "variance = $variance\n    y = (x - mean)", "squares = $variance\n    y = $numerator"
        ),
        {**program.parts, "numerator": "x", "divisor": "np.sqrt(squares + eps)"},
    )

    def squares(axes: str) -> dict[str, str]:
        return {"variance": f"(x**2).mean(axis={axes}, keepdims=True)"}

    return _write(
        "magnitude",
        "Divide each channel by its root mean square, then scale and shift.",
        program,
        (
            mistake(
                "subtracts-the-mean",
                "You take the mean away, as batch norm does. Here the values stay where they are "
                "and are only divided.",
                {
                    "variance": "x.var(axis=(0, 2, 3), keepdims=True)",
                    "numerator": "(x - x.mean(axis=(0, 2, 3), keepdims=True))",
                },
            ),
            mistake(
                "spread-around-the-mean",
                "You divide by the spread around the mean. The squares of the values themselves "
                "are asked for.",
                {"variance": "x.var(axis=(0, 2, 3), keepdims=True)"},
            ),
            mistake(
                "each-map-alone",
                "You divide each map of each picture by its own number. The pictures of the batch "
                "share it.",
                squares("(2, 3)"),
            ),
            mistake(
                "each-place-alone",
                "You take the mean over the pictures only. All places of a channel share it.",
                squares("(0,)"),
            ),
            mistake(
                "mixes-the-channels",
                "You take the mean over the channels too. Each channel has its own.",
                squares("(1, 2, 3)"),
                squares("(0, 1, 2, 3)"),
                squares("(1,)"),
            ),
            mistake(
                "adds-the-squares",
                "You add up the squares. Their mean is asked for.",
                {"variance": "(x**2).sum(axis=(0, 2, 3), keepdims=True)"},
            ),
            mistake(
                "forgets-the-root",
                "You divide by the mean square. Its root has the size of the values.",
                {"divisor": "(squares + eps)"},
            ),
            mistake(
                "eps-behind-the-root",
                "You add `eps` to the root. It belongs under it, added to the mean square.",
                {"divisor": "(np.sqrt(squares) + eps)"},
            ),
            mistake(
                "forgets-eps",
                "`eps` is missing. A channel of zeros would be divided by 0.",
                {"divisor": "np.sqrt(squares)"},
            ),
            *_CHANNEL_MISTAKES,
        ),
        prompt="""
A cheaper relative of batch norm leaves the mean where it is. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W): each channel is divided by its
**root mean square** over the whole batch, that is, by the root of the mean of its squared values.
**No mean is subtracted**, and `eps` is added to the mean of the squares before the root. Then each
channel is multiplied by its number in `weight`, and its number in `bias` is added.
""",
        inputs=_volumes(_SHAPES),
    )


def _normalize_pairs() -> Exercise:
    program = _NORMALIZE.but(
        before="N, C, H, W = x.shape\nx = x.reshape(N // 2, 2, C, H, W)",
        after="y = y.reshape(N, C, H, W)",
        **_over("(1, 3, 4)"),
    )
    hint = "Here two pictures that follow each other share them."
    return _write(
        "pairs",
        "Normalize each channel over two pictures at a time, then scale and shift.",
        program,
        (
            *_axes_mistakes(hint, before="", after=""),
            mistake(
                "pairs-far-apart",
                "Your pairs are a picture of the first half of the batch and one of the second. "
                "Pictures 0 and 1 are a pair, 2 and 3, and so on.",
                {
                    "before": "N, C, H, W = x.shape\n"
                    "x = x.reshape(2, N // 2, C, H, W).swapaxes(0, 1)",
                    "after": "y = y.swapaxes(0, 1).reshape(N, C, H, W)",
                },
            ),
            *_with_spread(program),
        ),
        prompt=f"""
On two devices at once, batch norm sees only the pictures of its own device. Write
`normalize(x, weight, bias, eps)` for `x` of the shape (N, C, H, W), N even, as if every device had
**two pictures**: pictures 0 and 1, then 2 and 3, and so on. Over each such pair, each channel gets
mean 0 and, but for `eps`, variance 1. {_THEN}
""",
        inputs=_volumes(
            (
                ((4, 2, 1, 1), 1),
                ((4, 2, 1, 2), 3),
                ((6, 2, 1, 2), 2),
                ((4, 3, 2, 2), 5),
                ((8, 2, 2, 1), 1),
            )
        ),
    )


write_normalization = Family(
    name="write_a_normalization",
    skills="Writes a relative of batch norm: says over which axes mean and variance are taken, "
    "and broadcasts scale and shift.",
    points=3,
    variants=(
        _normalize_maps(),
        _normalize_pictures(),
        _normalize_pixels(),
        _normalize_groups(),
        _normalize_channels_last(),
        _normalize_unbiased(),
        _normalize_magnitude(),
        _normalize_pairs(),
    ),
)


_LUCK = Program(
    '''def luck(guessers, pictures):
    """$summary"""
    chances = np.ones(1)  # of 0, 1, 2, … right answers of one guesser
    for _ in range(pictures):
        chances = np.convolve(chances, [1 - $right, $right])
    at_most = np.cumsum(chances)
    $before
    reported = $reported
    return $result
''',
    {
        "summary": "",
        "right": "1 / 2",
        "before": "",
        "reported": "np.diff(at_most**guessers, prepend=0)",
        "result": "reported @ np.arange(pictures + 1) / pictures",
    },
)

_TRIALS = ((2, 2), (3, 2), (2, 5), (2, 8), (3, 10), (4, 12), (5, 20), (20, 50))
_WORST = "-np.diff(np.append(np.cumsum(chances[::-1])[::-1], 0) ** guessers)"
_TOSSING = """Several networks have learned nothing: each picks one of two classes by tossing a
coin, for each picture anew. All are tried on the same `pictures` test pictures."""
_GUESSING = """Several networks have learned nothing: each picks one of {classes} classes at random,
all equally likely, for each picture anew, and one class is right. All are tried on the same
`pictures` test pictures."""
_COMPUTED = """Return the mean over all that may happen, computed and not simulated. (`np.convolve`
and `np.cumsum` are of use.)"""

_AT_MOST = mistake(
    "at-most-for-exactly",
    "You weigh each accuracy with the chance of **at most** that much. How likely is it exactly "
    "that much?",
    {"reported": "at_most**guessers"},
)
_POWERS = mistake(
    "raises-each-chance",
    "You raise the chance of **exactly** so many right answers to a power. That is how likely all "
    "guessers have the same number; one of them is enough, if no other has more.",
    {"reported": "chances**guessers"},
    {"reported": "chances**guessers / (chances**guessers).sum()"},
)
_MOST_LIKELY = mistake(
    "most-likely-for-mean",
    "You return the accuracy that is most likely. The mean over all that may happen is asked for.",
    {"result": "reported.argmax() / pictures"},
)
_COUNTS = mistake(
    "counts-pictures",
    "This is a number of pictures. An accuracy is a part of all.",
    {"result": "reported @ np.arange(pictures + 1)"},
)


def _chance(right: str) -> tuple[Any, ...]:
    """Return the mistakes that depend on how likely a guess is right."""
    return (
        mistake(
            "choosing-is-free",
            "You return what one guesser is to be expected to reach. The one that is reported was "
            "chosen among several.",
            {"result": right},
        ),
        mistake(
            "one-of-them-knows",
            "You ask whether any guesser is right, picture by picture. One and the same guesser "
            "has to answer all pictures.",
            {"result": f"1 - (1 - {right}) ** guessers"},
        ),
    )


def _combine(name: str, summary: str, program: Program, **rest: Any) -> Exercise:
    exercise = variant(
        program.but(summary=summary),
        name=f"luck_{name}",
        title="What luck alone brings",
        stars=3,
        inputs=lambda rng: _TRIALS,
        success="Nobody has learned anything, and still the numbers look as if. Whoever reports a "
        "choice has to say among how many.",
        **rest,
    )
    # Last, for what has another name may come close as well.
    close = Misconception(
        "close-and-not-exact",
        "Your numbers come close on all inputs, as those of a simulation or an approximation do. "
        "Add up what may happen, each with its probability.",
        [lambda guessers, pictures: np.round(exercise.reference(guessers, pictures), 2)],
        recognize=lambda returned, expected: (
            returned.shape == () and bool(abs(returned - expected) < 0.02)
        ),
    )
    return replace(exercise, misconceptions=(*exercise.misconceptions, close))


def _luck_of_three_classes() -> Exercise:
    return _combine(
        "of_three_classes",
        "Return the accuracy to expect of the best of several that guess among three.",
        _LUCK.but(right="1 / 3"),
        prompt=f"""
{_GUESSING.format(classes="three")} Only the best accuracy is reported. Write
`luck(guessers, pictures)`: which accuracy is to be **expected** for the best of so many guessers?
{_COMPUTED}
""",
        mistakes=(
            *_chance("1 / 3"),
            mistake(
                "two-classes",
                "You toss coins. Of three classes, a guess hits the right one in a third of all "
                "cases.",
                {"right": "1 / 2"},
            ),
            mistake(
                "wrong-for-right",
                "Your guessers are right in two thirds of all cases. That is how often they are "
                "wrong.",
                {"right": "2 / 3"},
            ),
            _AT_MOST,
            _POWERS,
            mistake(
                "takes-the-worst", "This is what the worst guesser reaches.", {"reported": _WORST}
            ),
            _MOST_LIKELY,
            _COUNTS,
        ),
    )


def _luck_of_the_second() -> Exercise:
    return _combine(
        "of_the_second",
        "Return the accuracy to expect of the second best of several that guess.",
        _LUCK.but(
            before="all_below = at_most**guessers\n"
            "one_above = guessers * at_most ** (guessers - 1) * (1 - at_most)",
            reported="np.diff(all_below + one_above, prepend=0)",
        ),
        prompt=f"""
{_TOSSING} They are ranked by their accuracy, and the **second** of the ranking is reported (equal
accuracies may stand in any order; if two share the top, the second is as good as the first). Write
`luck(guessers, pictures)`, for two guessers or more: which accuracy is to be **expected** for the
second? {_COMPUTED}
""",
        mistakes=(
            *_chance("1 / 2"),
            mistake(
                "takes-the-best",
                "This is what the best guesser is to be expected to reach.",
                {"reported": "np.diff(at_most**guessers, prepend=0)"},
            ),
            mistake(
                "one-guesser-fewer",
                "This is the best of one guesser fewer. Whoever is left out has to be the best of "
                "all, and not just anyone.",
                {"reported": "np.diff(at_most ** (guessers - 1), prepend=0)"},
            ),
            mistake(
                "takes-the-worst",
                "This is the last of the ranking. With two guessers only, it is the second too.",
                {"reported": _WORST},
            ),
            _MOST_LIKELY,
            _COUNTS,
        ),
    )


def _luck_as_a_gap() -> Exercise:
    return _combine(
        "as_a_gap",
        "Return how far the best and the worst of several that guess lie apart.",
        Program(
            _LUCK.text.replace(
                "    $before\n", "    at_least = np.cumsum(chances[::-1])[::-1]\n"
            ).replace("    reported = $reported\n", "    best = $best\n    worst = $worst\n"),
            {
                **_LUCK.parts,
                "best": "np.diff(at_most**guessers, prepend=0)",
                "worst": "-np.diff(at_least**guessers, append=0)",
                "result": "(best - worst) @ np.arange(pictures + 1) / pictures",
            },
        ),
        prompt=f"""
{_TOSSING} The report says that the best of them beats the worst by so much. Write
`luck(guessers, pictures)`: which **difference** between the best and the worst accuracy is to be
expected? {_COMPUTED}
""",
        mistakes=(
            mistake(
                "choosing-is-free",
                "You expect no difference. All are equally able; the best and the worst were "
                "chosen for being lucky and unlucky.",
                {"result": "0.0"},
            ),
            mistake(
                "takes-the-best",
                "This is the accuracy of the best. How far is it from the worst?",
                {"result": "best @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "takes-the-worst",
                "This is the accuracy of the worst. How far is it from the best?",
                {"result": "worst @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "only-to-the-middle",
                "This is how far the best lies above one half. The worst lies as far below.",
                {"result": "best @ np.arange(pictures + 1) / pictures - 1 / 2"},
            ),
            mistake(
                "wrong-sign",
                "You take the best from the worst. The difference is asked for the other way "
                "around.",
                {"result": "(worst - best) @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "at-most-for-exactly",
                "You weigh each accuracy with the chance of at most, or at least, that much. How "
                "likely is it exactly that much?",
                {"best": "at_most**guessers", "worst": "at_least**guessers"},
            ),
            mistake(
                "counts-pictures",
                "This is a number of pictures. A difference of accuracies is a part of all.",
                {"result": "(best - worst) @ np.arange(pictures + 1)"},
            ),
        ),
    )


def _luck_to_impress() -> Exercise:
    return _combine(
        "to_impress",
        "Return how likely one of several that guess is right three times in four.",
        Program(
            _LUCK.text.replace(
                "    at_most = np.cumsum(chances)\n    $before\n", "    $before\n"
            ).replace("reported = $reported", "below = $below"),
            {
                **_LUCK.parts,
                "below": "chances[4 * np.arange(pictures + 1) < 3 * pictures].sum()",
                "result": "1 - below**guessers",
            },
        ),
        prompt=f"""
{_TOSSING} Write `luck(guessers, pictures)`: how likely is it that **at least one** of so many
guessers is right on **three quarters of the pictures or more**? Return the probability, computed
and not simulated. (`np.convolve` is of use.)
""",
        mistakes=(
            mistake(
                "one-guesser-only",
                "This is how likely one given guesser is that good. There are several, and any of "
                "them may be.",
                {"result": "1 - below"},
            ),
            mistake(
                "adds-the-chances",
                "You add up the chances of the guessers. When several do well at once, that counts "
                "them more than once.",
                {"result": "min(guessers * (1 - below), 1)"},
                {"result": "guessers * (1 - below)"},
            ),
            mistake(
                "all-of-them",
                "You ask that all guessers are that good. One is enough.",
                {"result": "(1 - below) ** guessers"},
            ),
            mistake(
                "none-of-them",
                "This is how likely **none** of them is that good.",
                {"result": "below**guessers"},
            ),
            mistake(
                "more-than-three-quarters",
                "Exactly three quarters are enough, and you ask for more.",
                {"below": "chances[4 * np.arange(pictures + 1) <= 3 * pictures].sum()"},
            ),
            mistake(
                "exactly-three-quarters",
                "You count one number of right answers only. More than three quarters is good "
                "enough as well.",
                {"below": "1 - chances[-(-3 * pictures // 4)]"},
            ),
            mistake(
                "one-of-them-knows",
                "You ask whether any guesser is right, picture by picture. One and the same "
                "guesser has to reach three quarters.",
                {
                    "before": "chances = np.ones(1)\n"
                    "for _ in range(pictures):\n"
                    "    chances = np.convolve(chances, [0.5**guessers, 1 - 0.5**guessers])",
                    "result": "1 - below",
                },
            ),
        ),
    )


def _luck_of_the_worst() -> Exercise:
    return _combine(
        "of_the_worst",
        "Return the accuracy to expect of the worst of several that guess among four.",
        _LUCK.but(right="1 / 4", reported=_WORST),
        prompt=f"""
{_GUESSING.format(classes="four")} To look careful, somebody reports only the **worst** accuracy.
Write `luck(guessers, pictures)`: which accuracy is to be **expected** for the worst of so many
guessers? {_COMPUTED}
""",
        mistakes=(
            *_chance("1 / 4"),
            mistake(
                "all-of-them-know",
                "You ask whether all guessers are right, picture by picture. One and the same "
                "guesser has to answer all pictures.",
                {"result": "(1 / 4) ** guessers"},
            ),
            mistake(
                "takes-the-best",
                "This is what the best guesser reaches.",
                {"reported": "np.diff(at_most**guessers, prepend=0)"},
            ),
            mistake(
                "two-classes",
                "You toss coins. Of four classes, a guess hits the right one in a quarter of all "
                "cases.",
                {"right": "1 / 2"},
            ),
            mistake(
                "at-least-for-exactly",
                "You weigh each accuracy with the chance of **at least** that much. How likely is "
                "it exactly that much?",
                {"reported": "np.cumsum(chances[::-1])[::-1] ** guessers"},
            ),
            _MOST_LIKELY,
            _COUNTS,
        ),
    )


def _luck_of_two_tries() -> Exercise:
    lower = "at_most = 1 - (1 - at_most) ** 2  # of the worse of two tries"
    return _combine(
        "of_two_tries",
        "Return the accuracy to expect of the best, where the worse of two tries counts.",
        _LUCK.but(before=lower),
        prompt=f"""
{_TOSSING} Each answers all of them **twice**, tossing anew, and the **worse** of its two accuracies
counts. Only the best of the accuracies that count is reported. Write `luck(guessers, pictures)`:
which accuracy is to be **expected** for the best of so many guessers? {_COMPUTED}
""",
        mistakes=(
            *_chance("1 / 2"),
            mistake(
                "only-one-try",
                "You let each guesser try once. The worse of two tries counts.",
                {"before": ""},
            ),
            mistake(
                "better-of-two",
                "You let the better of two tries count. It is the worse one.",
                {"before": "at_most = at_most**2"},
            ),
            mistake(
                "mean-of-two",
                "You let the mean of both tries count. It is the worse one.",
                {
                    "before": "chances = np.convolve(chances, chances)\n"
                    "at_most = np.cumsum(chances)",
                    "result": "reported @ np.arange(2 * pictures + 1) / (2 * pictures)",
                },
            ),
            mistake(
                "worst-of-the-best",
                "You let everybody try twice and report the worse of the two bests. Each guesser's "
                "worse try counts, before the best is chosen.",
                {
                    "before": "",
                    "reported": "np.diff(1 - (1 - at_most**guessers) ** 2, prepend=0)",
                },
            ),
            _AT_MOST,
            _MOST_LIKELY,
            _COUNTS,
        ),
    )


def _luck_that_is_lost() -> Exercise:
    return _combine(
        "that_is_lost",
        "Return by how much the best of several that guess is going to disappoint.",
        _LUCK.but(right="1 / 3", result="reported @ np.arange(pictures + 1) / pictures - 1 / 3"),
        prompt=f"""
{_GUESSING.format(classes="three")} The best of them is chosen. Then it is tried once more, on new
pictures. Write `luck(guessers, pictures)`: by how much is its accuracy on the new pictures to be
expected **below** the one that it was chosen for? {_COMPUTED}
""",
        mistakes=(
            mistake(
                "choosing-is-free",
                "You expect no loss. The best was chosen for being lucky on these very pictures.",
                {"result": "0.0"},
            ),
            mistake(
                "takes-the-best",
                "This is the accuracy that the best was chosen for. What is it going to reach on "
                "new pictures?",
                {"result": "reported @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "two-classes",
                "You toss coins, at least at one place. Of three classes, a guess hits the right "
                "one in a third of all cases.",
                {
                    "right": "1 / 2",
                    "result": "reported @ np.arange(pictures + 1) / pictures - 1 / 2",
                },
                {"result": "reported @ np.arange(pictures + 1) / pictures - 1 / 2"},
            ),
            mistake(
                "counts-what-was-wrong",
                "This is how much the best one got wrong when it was chosen. How much less is it "
                "going to get right on new pictures?",
                {"result": "1 - reported @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "wrong-sign",
                "Your number is below 0. How much it falls is asked for, as a number above 0.",
                {"result": "1 / 3 - reported @ np.arange(pictures + 1) / pictures"},
            ),
            mistake(
                "at-most-for-exactly",
                "You weigh each accuracy with the chance of **at most** that much. How likely is "
                "it exactly that much?",
                {"reported": "at_most**guessers"},
            ),
            mistake(
                "counts-pictures",
                "This is a number of pictures. A difference of accuracies is a part of all.",
                {"result": "reported @ np.arange(pictures + 1) - pictures / 3"},
            ),
        ),
    )


combine_luck = Family(
    name="what_luck_brings",
    skills="Computes what choosing among networks that know nothing does to a reported accuracy.",
    points=5,
    variants=(
        _luck_of_three_classes(),
        _luck_of_the_second(),
        _luck_as_a_gap(),
        _luck_to_impress(),
        _luck_of_the_worst(),
        _luck_of_two_tries(),
        _luck_that_is_lost(),
    ),
)

families = (repair_loss, write_normalization, combine_luck)
"""Repair, write, combine."""

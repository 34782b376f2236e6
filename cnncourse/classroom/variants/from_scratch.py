"""Graded questions on chapter 12, from scratch."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise

__all__ = ["families", "filter_gradient", "last_weight", "loss_slope"]

Array = np.ndarray


def _scored(
    labeled: Callable[[np.random.Generator, int, int], Array] | None = None,
    classes_first: bool = False,
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array]]]:
    """Return scores, and labels that `labeled(rng, pictures, classes)` draws."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
        for count, classes in ((1, 2), (2, 3), (3, 3), (4, 3), (3, 4), (5, 4), (6, 3)):
            scores = matrix(rng, (count, classes), -2, 3).astype(np.float64)
            labels = rng.permutation(np.arange(count) % classes).astype(np.int64)
            if labeled is not None:
                labels = labeled(rng, count, classes)
            yield scores.T.copy() if classes_first else scores, labels

    return inputs


def _some_unlabeled(rng: np.random.Generator, count: int, classes: int) -> Array:
    labels = rng.permutation(np.arange(count) % classes).astype(np.int64)
    labels[1::2] = -1
    return labels


def _from_one(rng: np.random.Generator, count: int, classes: int) -> Array:
    return rng.permutation(np.arange(count) % classes).astype(np.int64) + 1


_LAID_OUT = (
    "`scores` has one row for each picture and one column for each class, and `labels` holds the "
    "number of each picture's right class, counted from 0."
)
_LOSS = (
    "The probabilities are the softmax of a picture's scores, and a picture's loss is the negative "
    "logarithm of the probability of its right class (cross-entropy)."
)
_TRUTH = "slope[np.arange(len(labels)), labels] -= 1"


def _slope(
    name: str,
    task: str,
    planted: str,
    mistakes: list[Mistake],
    success: str,
    scores: str = "scores",
    axis: int = 1,
    truth: str = _TRUTH,
    after: str = "slope / len(labels)",
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array]]] | None = None,
) -> Exercise:
    """Return a program for the slope of a loss to repair; several mistakes are common to all."""
    common = [
        mistake(
            "forgets-the-truth",
            "These are probabilities. Something is still to be taken away at the right class.",
            (
                f"    {truth}\n",
                "".join(f"    {line.strip()}\n" for line in truth.split("\n") if "-= " not in line),
            ),
        ),
        mistake(
            "adds-the-truth",
            "You add at the right class. Its slope must be negative, so that a step makes its "
            "score larger.",
            tuple(
                (line.strip(), line.strip().replace("-= ", "+= "))
                for line in truth.split("\n")
                if "-= " in line
            ),
        ),
        mistake(
            "softmax-down-the-pictures",
            "Your probabilities add up to 1 over the pictures. Those of one picture should.",
            (f".sum(axis={axis}, keepdims=True)", f".sum(axis={1 - axis}, keepdims=True)"),
        ),
        mistake(
            "softmax-over-everything",
            "All your probabilities together add up to 1. Those of **each** picture should.",
            (
                (f"powers.sum(axis={axis}, keepdims=True)", "powers.sum()"),
                (f"scores.max(axis={axis}, keepdims=True)", "scores.max()"),
            ),
        ),
    ]
    scaled = "" if scores == "scores" else f"    scores = {scores}\n"
    return variant(
        name=f"loss_slope_{name}",
        title="Repair the slope of the loss",
        prompt=f"""
The program `loss_slope(scores, labels)` should return the gradient of a loss for the scores, an
array of the shape of `scores`. {task.strip()} It has a planted bug: find it and mend it.
""",
        source=f'''def loss_slope(scores, labels):
    """Return the gradient of the loss for the scores."""
{scaled}    powers = np.exp(scores - scores.max(axis={axis}, keepdims=True))
    slope = powers / powers.sum(axis={axis}, keepdims=True)
    {truth}
    return {after}
''',
        inputs=inputs or _scored(),
        mistakes=[*mistakes, *common],
        planted=planted,
        success=success,
        seed=4,
        shown=1,
    )


_DIVIDED = (
    "not-divided-by-the-batch",
    "This is the gradient of the **sum** of the losses. The loss is their mean.",
)
_BY_CLASSES = (
    "divides-by-the-classes",
    "You divide by the number of classes. The mean runs over the pictures.",
)
_ALL_LABELS = (
    "takes-from-all-labels",
    "Every picture has something taken away for the labels of **all** pictures. Each has one "
    "label.",
)
_TOO_EARLY = (
    "one-class-too-early",
    "The truth is taken from the class before the right one. Read once more from where labels "
    "count.",
)

loss_slope = Family(
    name="loss_slope",
    skills="Repairs the gradient of a cross-entropy for the scores, with its layout, its mean, its "
    "labels or its truth defined in another way.",
    points=2,
    variants=(
        _slope(
            "classes_first",
            "`scores` has one **row for each class** and one **column for each picture**; `labels` "
            f"holds the number of each picture's right class, counted from 0. {_LOSS} The loss is "
            "the mean over the pictures.",
            "softmax-down-the-pictures",
            [
                mistake(*_DIVIDED, ("slope / len(labels)", "slope")),
                mistake(*_BY_CLASSES, ("len(labels)\n", "len(scores)\n")),
                mistake(
                    *_ALL_LABELS,
                    (
                        "slope[labels, np.arange(len(labels))] -= 1",
                        "slope -= np.bincount(labels, minlength=len(slope))[:, None]",
                    ),
                ),
                mistake(
                    *_TOO_EARLY,
                    ("slope[labels, np", "slope[labels - 1, np"),
                ),
            ],
            "A class a row, a picture a column: the same sums along the other axis.",
            axis=0,
            truth="slope[labels, np.arange(len(labels))] -= 1",
            inputs=_scored(classes_first=True),
        ),
        _slope(
            "sum_of_losses",
            f"{_LAID_OUT} {_LOSS} The loss of the batch is the **sum** over its pictures, not the "
            "mean.",
            "divides-by-the-batch",
            [
                mistake(
                    "divides-by-the-batch",
                    "You divide by the number of pictures. This loss is a sum.",
                    ("return slope", "return slope / len(labels)"),
                ),
                mistake(
                    "divides-by-the-classes",
                    "You divide by the number of classes. Nothing is divided here.",
                    ("return slope", "return slope / scores.shape[1]"),
                ),
                mistake(
                    *_ALL_LABELS, (_TRUTH, "slope -= np.eye(slope.shape[1])[labels].sum(axis=0)")
                ),
                mistake(*_TOO_EARLY, (", labels]", ", labels - 1]")),
            ],
            "Without the mean, a larger batch takes larger steps.",
            after="slope",
        ),
        _slope(
            "unlabeled",
            f"{_LAID_OUT} A label of **−1** says that nobody knows the right class: such a picture "
            f"has no part in the loss. {_LOSS} The loss is the mean over the pictures that "
            "**have** "
            "a label; there is at least one.",
            "divides-by-all",
            [
                mistake(
                    "divides-by-all",
                    "You divide by the number of all pictures. The mean runs over those with a "
                    "label.",
                    ("known.sum()", "len(labels)"),
                ),
                mistake(
                    "not-divided-by-the-batch",
                    "This is the gradient of the **sum** of the losses. The loss is their mean.",
                    (" / known.sum()", ""),
                ),
                mistake(
                    "counts-every-picture",
                    "Pictures without a label pull at the scores as well. They have no part in the "
                    "loss.",
                    ("    slope[~known] = 0\n", ""),
                ),
                mistake(
                    "takes-minus-one-for-the-last",
                    "A label of −1 picks the last class. Here it says that there is none.",
                    ("slope[known, labels[known]] -= 1\n    slope[~known] = 0", _TRUTH),
                ),
                mistake(
                    "takes-minus-one-for-the-first",
                    "A label of −1 picks the first class. Here it says that there is none.",
                    (
                        "slope[known, labels[known]] -= 1\n    slope[~known] = 0",
                        _TRUTH.replace("labels]", "np.maximum(labels, 0)]"),
                    ),
                ),
                mistake(
                    "drops-the-unlabeled",
                    "Rows of pictures without a label have gone. The gradient has the shape of "
                    "`scores`; what is the slope there?",
                    ("slope / known", "slope[known] / known"),
                ),
            ],
            "Who has no label does not vote, and is not counted.",
            truth="known = labels >= 0\n    slope[known, labels[known]] -= 1\n"
            "    slope[~known] = 0",
            after="slope / known.sum()",
            inputs=_scored(_some_unlabeled),
        ),
        _slope(
            "labels_from_one",
            "`scores` has one row for each picture and one column for each class. `labels` holds "
            "the number of each picture's right class, counted **from 1**: label 1 belongs to the "
            f"first column. {_LOSS} The loss is the mean over the pictures.",
            "takes-from-all-labels",
            [
                mistake(*_DIVIDED, ("slope / len(labels)", "slope")),
                mistake(*_BY_CLASSES, ("len(labels)\n", "scores.shape[1]\n")),
                mistake(
                    *_ALL_LABELS,
                    ("slope[np.arange(len(labels)), labels - 1] -= 1", "slope[:, labels - 1] -= 1"),
                ),
                mistake(
                    "counts-from-zero",
                    "The truth is taken from the class after the right one. These labels count "
                    "from 1.",
                    ("labels - 1]", "labels % slope.shape[1]]"),
                ),
                mistake(
                    "one-class-too-early",
                    "The truth is taken from the class before the right one.",
                    ("labels - 1]", "labels - 2]"),
                ),
            ],
            "Columns count from 0, whatever the labels do.",
            truth="slope[np.arange(len(labels)), labels - 1] -= 1",
            inputs=_scored(_from_one),
        ),
        _slope(
            "temperature",
            f"{_LAID_OUT} All scores are **divided by 2** (a temperature of 2) before the softmax. "
            "A picture's loss is the negative logarithm of the probability of its right class "
            "(cross-entropy), and the loss is the mean over the pictures. The gradient is that for "
            "the `scores` **as they come in**.",
            "forgets-the-temperature-on-the-way-back",
            [
                mistake(
                    "forgets-the-temperature-on-the-way-back",
                    "This is the gradient for the divided scores. The division has a slope, too.",
                    (" / len(labels) / 2", " / len(labels)"),
                ),
                mistake(
                    "forgets-the-temperature",
                    "Your probabilities are those of the scores as they come in. They are divided "
                    "by 2 first.",
                    ("    scores = scores / 2\n", ""),
                ),
                mistake(
                    "temperature-upside-down",
                    "You multiply the scores by 2. They are divided by it.",
                    (
                        ("scores = scores / 2", "scores = scores * 2"),
                        (" / len(labels) / 2", " / len(labels) * 2"),
                    ),
                ),
                mistake(
                    "not-divided-by-the-batch",
                    "This is the gradient of the **sum** of the losses. The loss is their mean.",
                    (" / len(labels) / 2", " / 2"),
                ),
                mistake(*_TOO_EARLY, (", labels]", ", labels - 1]")),
            ],
            "Divided on the way forward, divided on the way back.",
            scores="scores / 2",
            after="slope / len(labels) / 2",
        ),
        _slope(
            "smoothed",
            f"{_LAID_OUT} The probabilities are the softmax of a picture's scores. The truth is "
            "**smoothed**: a fifth of it, 0.2, is shared out equally among **all** classes, the "
            "right one too, and the right class has the other 0.8 as well. A picture's loss is the "
            "cross-entropy with this truth, and the loss is the mean over the pictures.",
            "smooths-without-taking",
            [
                mistake(
                    "smooths-without-taking",
                    "Your truth adds up to 1.2: the right class gives nothing of its 1 away.",
                    ("labels] -= 0.8", "labels] -= 1"),
                ),
                mistake(
                    "does-not-smooth",
                    "All the truth is at the right class. A fifth of it belongs to all.",
                    ("labels] -= 0.8\n    slope -= 0.2 / slope.shape[1]", "labels] -= 1"),
                ),
                mistake(
                    "gives-each-a-fifth",
                    "Every class gets 0.2. They **share** 0.2.",
                    ("0.2 / slope.shape[1]", "0.2"),
                ),
                mistake(
                    "leaves-the-right-class-out",
                    "You share 0.2 among the other classes. The right one gets its part of it, "
                    "too.",
                    (
                        "labels] -= 0.8\n    slope -= 0.2 / slope.shape[1]",
                        "labels] -= 0.8 - 0.2 / (slope.shape[1] - 1)\n"
                        "    slope -= 0.2 / (slope.shape[1] - 1)",
                    ),
                ),
                mistake(*_DIVIDED, ("slope / len(labels)", "slope")),
            ],
            "A truth that is not quite sure keeps the scores from running away.",
            truth="slope[np.arange(len(labels)), labels] -= 0.8\n    slope -= 0.2 / slope.shape[1]",
        ),
        _slope(
            "weighted",
            f"{_LAID_OUT} {_LOSS} Pictures of class 0 are rare, so they count **three** times: "
            "each "
            "picture's loss is multiplied by its weight, which is 3 if its label is 0 and else 1. "
            "The loss is the sum of these products **divided by the sum of the weights**.",
            "divides-by-the-pictures",
            [
                mistake(
                    "divides-by-the-pictures",
                    "You divide by the number of pictures. This mean is divided by the sum of the "
                    "weights.",
                    ("weights.sum()", "len(labels)"),
                ),
                mistake(
                    "does-not-weigh",
                    "All pictures count alike. Those of class 0 count three times.",
                    ("np.where(labels == 0, 3, 1)", "np.ones(len(labels))"),
                ),
                mistake(
                    "not-divided-by-the-batch",
                    "The slopes are weighted. Nothing has been divided yet.",
                    (" / weights.sum()", ""),
                ),
                mistake(
                    "weighs-the-columns",
                    "The column of class 0 counts three times. It is the **pictures** of class 0, "
                    "with all their scores.",
                    (
                        "weights[:, None] * slope",
                        "np.where(np.arange(slope.shape[1]) == 0, 3, 1) * slope",
                    ),
                ),
                mistake(
                    "weighs-the-truth-only",
                    "You multiply the truth alone by the weight. It belongs to the whole loss of a "
                    "picture.",
                    (
                        ("weights[:, None] * slope", "slope"),
                        ("labels] -= 1", "labels] -= np.where(labels == 0, 3, 1)"),
                    ),
                ),
            ],
            "Three times the loss, three times the slope, and the divisor knows.",
            truth=_TRUTH + "\n    weights = np.where(labels == 0, 3, 1)",
            after="weights[:, None] * slope / weights.sum()",
        ),
    ),
)


def _steps(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    # Floats, so that an answer may subtract in place from a copy.
    yield np.array([1.0, 2.0]), np.array([[3.0, -4.0], [6.0, 8.0]]), 1
    for count, steps, rate in ((1, 2, 2), (2, 3, 1), (2, 3, 2), (1, 5, 1), (3, 5, 2), (2, 6, 1)):
        gradients = matrix(rng, (steps, count), 1, 6)
        gradients *= rng.choice([-1, 1], size=gradients.shape)
        weight = matrix(rng, (1, count), -4, 4)[0]
        yield weight.astype(np.float64), gradients.astype(np.float64), rate
    # Enough steps for a rate to fall three times, and gradients that are long by any measure.
    yield np.array([2.0]), np.array([[4.0], [-8.0], [2.0], [6.0], [-4.0], [8.0], [16.0], [8.0]]), 1
    yield np.array([1.0, -1.0]), np.array([[12.0, 16.0], [3.0, 4.0], [-20.0, 15.0]]), 2


def _train(
    name: str,
    title: str,
    rule: str,
    body: str,
    mistakes: list[Mistake],
    success: str,
) -> Exercise:
    return variant(
        name=f"last_weight_{name}",
        title=title,
        prompt=f"""
Write `last_weight(weight, gradients, rate)`: where does training lead? `weight` is a row of numbers
to begin with, and `gradients` has one row for each step, the gradient that arrives at that step.
(Here they are given; nothing has to be computed anew.) `rate` is the learning rate. {rule.strip()}
Work on a copy: the arrays that come in stay as they are.
""",
        source="def last_weight(weight, gradients, rate):\n"
        '    """Return what is asked for after all steps."""\n' + body,
        inputs=_steps,
        mistakes=mistakes,
        success=success,
        seed=3,
        shown=(np.array([4.0, 0.0]), np.array([[2.0, -4.0], [4.0, 2.0], [-2.0, 6.0]]), 1),
    )


_UPHILL = (
    "goes-uphill",
    "You add. The gradient points up; a step goes against it.",
)
_NO_MEMORY = (
    "plain-steps",
    "These are plain steps: each gradient by itself. Something of the earlier ones is to be kept.",
)
_FIRST_ONLY = (
    "always-from-the-first-weight",
    "Every step of yours starts from the first weight. Each starts where the last one ended.",
)

last_weight = Family(
    name="last_weight",
    skills="Writes the update of an optimizer: momentum, decay, clipping, accumulation, averaging.",
    points=3,
    variants=(
        _train(
            "momentum",
            "Steps with momentum",
            "There is a **velocity**, 0 to begin with. At each step it is first **halved**, and "
            "then the gradient is added to it; then `rate` times the velocity is taken from the "
            "weight. Return the weight after all steps.",
            """    velocity = np.zeros(len(weight))
    for gradient in gradients:
        velocity = velocity / 2 + gradient
        weight = weight - rate * velocity
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(*_NO_MEMORY, ("velocity / 2 + gradient", "gradient")),
                mistake(
                    "halves-the-sum",
                    "The gradient is halved together with the velocity. Only the velocity is, and "
                    "before the gradient is added.",
                    ("velocity / 2 + gradient", "(velocity + gradient) / 2"),
                ),
                mistake(
                    "never-slows-down",
                    "Your velocity keeps all earlier gradients. It is halved at each step.",
                    ("velocity / 2 + gradient", "velocity + gradient"),
                ),
                mistake(
                    "halves-the-gradient",
                    "You halve the gradient and keep the whole velocity. It is the other way "
                    "round.",
                    ("velocity / 2 + gradient", "velocity + gradient / 2"),
                ),
                mistake(
                    "steps-before-it-hears",
                    "Your step is taken with the velocity of the step before. The new gradient "
                    "comes first.",
                    (
                        "        velocity = velocity / 2 + gradient\n        weight = weight - "
                        "rate * velocity\n",
                        "        weight = weight - rate * velocity\n        velocity = velocity "
                        "/ 2 + gradient\n",
                    ),
                ),
                mistake(
                    "forgets-the-rate",
                    "Your steps are as long as the velocity. They are `rate` times as long.",
                    ("rate * velocity", "velocity"),
                ),
            ],
            "A velocity that forgets half of itself at each step.",
        ),
        _train(
            "averaged_gradient",
            "Steps along an average",
            "There is an **average**, 0 to begin with. At each step it becomes **three quarters** "
            "of what it was plus **one quarter** of the gradient; then `rate` times the average is "
            "taken from the weight. Return the weight after all steps.",
            """    average = np.zeros(len(weight))
    for gradient in gradients:
        average = 0.75 * average + 0.25 * gradient
        weight = weight - rate * average
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(*_NO_MEMORY, ("0.75 * average + 0.25 * gradient", "gradient")),
                mistake(
                    "momentum-the-other-way",
                    "You keep a quarter and take three quarters of the new gradient. It is the "
                    "other way round.",
                    ("0.75 * average + 0.25 * gradient", "0.25 * average + 0.75 * gradient"),
                ),
                mistake(
                    "adds-the-whole-gradient",
                    "The whole gradient is added. Only a quarter of it is.",
                    ("0.25 * gradient", "gradient"),
                ),
                mistake(
                    "starts-from-the-first-gradient",
                    "Your average begins as the first gradient. It begins at 0.",
                    ("np.zeros(len(weight))", "gradients[0]"),
                ),
                mistake(
                    "steps-before-it-hears",
                    "Your step is taken with the average of the step before. The new gradient "
                    "comes first.",
                    (
                        "        average = 0.75 * average + 0.25 * gradient\n        weight = "
                        "weight - rate * average\n",
                        "        weight = weight - rate * average\n        average = 0.75 * "
                        "average + 0.25 * gradient\n",
                    ),
                ),
            ],
            "An average forgets slowly, and hears slowly.",
        ),
        _train(
            "weight_decay",
            "Steps with decay",
            "At each step, a **quarter of the weight** as it is before the step is added to the "
            "gradient; `rate` times this sum is taken from the weight. Return the weight after all "
            "steps.",
            """    for gradient in gradients:
        weight = weight - rate * (gradient + weight / 4)
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "does-not-decay",
                    "These are plain steps. A part of the weight belongs to each gradient.",
                    (" + weight / 4", ""),
                ),
                mistake(
                    "decays-without-the-rate",
                    "You take the quarter away as it is. It is multiplied by `rate`, as the "
                    "gradient is.",
                    ("rate * (gradient + weight / 4)", "rate * gradient - weight / 4"),
                ),
                mistake(
                    "decays-after-the-step",
                    "You take the quarter of the weight **after** the step. It is taken before.",
                    (
                        "weight = weight - rate * (gradient + weight / 4)",
                        "weight = (weight - rate * gradient) * (1 - rate / 4)",
                    ),
                ),
                mistake(
                    "grows-instead",
                    "Your weight grows by a quarter. It should shrink.",
                    ("gradient + weight / 4", "gradient - weight / 4"),
                ),
                mistake(
                    "decays-the-first-weight",
                    "Your quarter is always that of the first weight. It is taken of the weight as "
                    "it is now.",
                    (
                        ("    for gradient in", "    first = weight\n    for gradient in"),
                        ("weight / 4", "first / 4"),
                    ),
                ),
            ],
            "A weight that is not needed fades away.",
        ),
        _train(
            "falling_rate",
            "Steps that grow shorter",
            "The first **two** steps are taken with `rate`, the next two with **half** of it, the "
            "next two with a quarter, and so on: each time, that much of the gradient is taken "
            "from "
            "the weight. Return the weight after all steps.",
            """    for step, gradient in enumerate(gradients):
        weight = weight - rate / 2 ** (step // 2) * gradient
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "does-not-fall",
                    "All your steps have the same rate. It falls after every second one.",
                    (" / 2 ** (step // 2)", ""),
                ),
                mistake(
                    "falls-at-every-step",
                    "Your rate is halved after every step. Two steps have the same.",
                    ("(step // 2)", "step"),
                ),
                mistake(
                    "falls-one-step-early",
                    "Your rate falls one step too early. The first two steps have the whole of it.",
                    ("(step // 2)", "((step + 1) // 2)"),
                ),
                mistake(
                    "divides-by-the-pairs",
                    "Your rate is a half, a third, a fourth. It is halved each time: a half, a "
                    "quarter, an eighth.",
                    ("2 ** (step // 2)", "(1 + step // 2)"),
                ),
                mistake(
                    *_FIRST_ONLY,
                    (
                        ("    for step", "    first = weight\n    for step"),
                        ("weight = weight -", "weight = first -"),
                    ),
                ),
            ],
            "Large steps first, small ones to settle.",
        ),
        _train(
            "clipped",
            "Steps that are never too long",
            "A gradient that is **longer than 5** is shortened to the length 5 before the step; "
            "its "
            "direction stays. (The length is the root of the sum of the squares.) Others stay as "
            "they are. Then `rate` times the gradient is taken from the weight. Return the weight "
            "after all steps.",
            """    for gradient in gradients:
        length = np.sqrt((gradient**2).sum())
        if length > 5:
            gradient = gradient / length * 5
        weight = weight - rate * gradient
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "does-not-clip",
                    "These are plain steps. Gradients that are too long are shortened first.",
                    ("length > 5", "length > 999"),
                ),
                mistake(
                    "clips-each-number",
                    "You clip each number of the gradient for itself, which turns its direction. "
                    "The whole is shortened.",
                    ("gradient = gradient / length * 5", "gradient = np.clip(gradient, -5, 5)"),
                ),
                mistake(
                    "stretches-short-ones",
                    "All your gradients have the length 5. Short ones stay as they are.",
                    ("length > 5", "length > 0"),
                ),
                mistake(
                    "forgets-the-root",
                    "You take the sum of the squares for the length. Its root is the length.",
                    ("np.sqrt((gradient**2).sum())", "(gradient**2).sum()"),
                ),
                mistake(
                    "forgets-the-squares",
                    "You take the root of the sum of the numbers. They are squared first.",
                    ("(gradient**2).sum()", "np.maximum(gradient.sum(), 0)"),
                    ("(gradient**2).sum()", "np.abs(gradient).sum()"),
                ),
                mistake(
                    "adds-the-sizes",
                    "You add up the sizes of the numbers. That is a way along the axes; the length "
                    "is the straight one.",
                    ("np.sqrt((gradient**2).sum())", "np.abs(gradient).sum()"),
                ),
                mistake(
                    "measures-the-largest",
                    "You take the largest of the numbers for the length. All of them count.",
                    ("np.sqrt((gradient**2).sum())", "np.abs(gradient).max()"),
                ),
                mistake(
                    "shortens-to-one",
                    "Long gradients come out with the length 1. They keep a length of 5.",
                    ("gradient / length * 5", "gradient / length"),
                ),
                mistake(
                    "clips-the-step",
                    "You shorten the step, after it was multiplied by `rate`. The gradient is "
                    "shortened.",
                    (
                        (
                            "        length = np",
                            "        gradient = rate * gradient\n        length = np",
                        ),
                        ("rate * gradient\n    return", "gradient\n    return"),
                    ),
                ),
            ],
            "One wild gradient can no longer throw the weight away.",
        ),
        _train(
            "accumulated",
            "One step for two gradients",
            "The weight moves only after every **second** gradient: `rate` times the **mean** of "
            "the "
            "two is taken from it. If one gradient is left over at the end, it makes a step of its "
            "own, with `rate` times itself. Return the weight after all of them.",
            """    for first in range(0, len(gradients), 2):
        weight = weight - rate * gradients[first : first + 2].mean(axis=0)
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "adds-the-gradients",
                    "In all, you take every gradient whole. A step for two of them takes their "
                    "mean.",
                    (".mean(axis=0)", ".sum(axis=0)"),
                ),
                mistake(
                    "halves-what-is-left",
                    "Your last step, for a single gradient, is half as long as it should be: it "
                    "is the mean of one.",
                    (".mean(axis=0)", ".sum(axis=0) / 2"),
                ),
                mistake(
                    "drops-the-last-batch",
                    "A gradient that is left over is dropped. It makes a step of its own.",
                    ("range(0, len(gradients), 2)", "range(0, len(gradients) - 1, 2)"),
                ),
                mistake(
                    "keeps-only-the-last-gradient",
                    "Your steps use the second of two gradients and forget the first.",
                    (".mean(axis=0)", "[-1]"),
                ),
                mistake(
                    "never-clears",
                    "Each step also counts the gradients of the steps before. They are done with.",
                    ("gradients[first : first + 2]", "gradients[: first + 2]"),
                ),
            ],
            "Two small batches make one larger one.",
        ),
        _train(
            "looking_ahead",
            "Steps that look ahead",
            "There is a **velocity**, 0 to begin with. At each step it is first halved, and then "
            "the "
            "gradient is added to it. Then **the gradient plus half the new velocity** is "
            "multiplied "
            "by `rate` and taken from the weight. Return the weight after all steps.",
            """    velocity = np.zeros(len(weight))
    for gradient in gradients:
        velocity = velocity / 2 + gradient
        weight = weight - rate * (gradient + velocity / 2)
    return weight
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "takes-the-velocity",
                    "Your step comes to the new velocity, nothing more. Half of **that one** is "
                    "added to the gradient.",
                    ("(gradient + velocity / 2)", "velocity"),
                ),
                mistake(
                    "adds-the-whole-velocity",
                    "You add the whole velocity to the gradient. Half of it is added.",
                    ("gradient + velocity / 2)", "gradient + velocity)"),
                ),
                mistake(
                    "plain-steps",
                    "These are plain steps: each gradient by itself. The velocity has a say, too.",
                    ("(gradient + velocity / 2)", "gradient"),
                ),
                mistake(
                    "never-slows-down",
                    "Your velocity keeps all earlier gradients. It is halved at each step.",
                    ("velocity / 2 + gradient", "velocity + gradient"),
                ),
            ],
            "This is Nesterov's momentum, as PyTorch writes it.",
        ),
        _train(
            "average_of_weights",
            "The average of all weights",
            "At each step `rate` times the gradient is taken from the weight. Return the **mean of "
            "all weights** after the steps: of the weight after the first step, after the second, "
            "and so on to the last. The weight to begin with does **not** count.",
            """    total = np.zeros(len(weight))
    for gradient in gradients:
        weight = weight - rate * gradient
        total = total + weight
    return total / len(gradients)
""",
            [
                mistake(*_UPHILL, ("weight - rate", "weight + rate")),
                mistake(
                    "returns-the-last",
                    "This is the last weight. Asked for is the mean of all that came after a step.",
                    ("total / len(gradients)", "weight"),
                ),
                mistake(
                    "counts-the-first-weight",
                    "The weight to begin with is in your mean. Only weights after a step count.",
                    (
                        ("np.zeros(len(weight))", "weight"),
                        ("/ len(gradients)", "/ (len(gradients) + 1)"),
                    ),
                ),
                mistake(
                    "reports-the-sum",
                    "You add the weights up. Their mean is asked for.",
                    ("total / len(gradients)", "total"),
                ),
                mistake(
                    "leaves-the-last-out",
                    "You count each weight before its step: the first one is in, the last one is "
                    "missing.",
                    (
                        "        weight = weight - rate * gradient\n        total = total + "
                        "weight\n",
                        "        total = total + weight\n        weight = weight - rate * "
                        "gradient\n",
                    ),
                ),
                mistake(
                    "averages-the-gradients",
                    "You take one step with the mean of the gradients. The mean of the weights is "
                    "another thing.",
                    (
                        "return total / len(gradients)",
                        "return weight + rate * gradients.sum(axis=0) - rate * "
                        "gradients.mean(axis=0)",
                    ),
                ),
            ],
            "The average of a path is steadier than its end.",
        ),
    ),
)


def _networks(
    target: Callable[[np.random.Generator, int], Array | int],
    dense_low: int = -2,
    dense_high: int = 2,
    more: tuple[tuple[Array, Array, Array, Array], ...] = (),
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array, Array | int]]]:
    """Return a picture, filters, dense weights, and the target for so many classes; then `more`."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array | int]]:
        for size, filters, kernel_size, classes in (
            ((2, 3), 1, (1, 2), 2),
            ((2, 3), 2, (2, 2), 2),
            ((3, 3), 2, (2, 2), 2),
            ((3, 4), 2, (2, 1), 3),
            ((4, 4), 3, (2, 3), 3),
            ((4, 5), 3, (3, 2), 2),
        ):
            dense = matrix(rng, (classes, filters), dense_low, dense_high)
            dense[dense == 0] = 1
            weights = matrix(rng, (filters, kernel_size[0] * kernel_size[1]), -2, 2)
            # The two ends differ, so that a turned filter is another one, and some maps are mixed.
            weights[:, 0], weights[:, -1] = 1, -2
            yield (
                matrix(rng, size, 0, 3).astype(np.float64),
                weights.reshape(filters, *kernel_size).astype(np.float64),
                dense,
                target(rng, classes),
            )
        yield from more

    return inputs


def _numbers(rng: np.random.Generator, classes: int) -> Array:
    return matrix(rng, (1, classes), -4, 4)[0]


def _sides(rng: np.random.Generator, classes: int) -> Array:
    return rng.choice(np.array([-1, 1], dtype=np.int64), size=classes)


_ON_BOTH_SIDES = (
    np.array([[1.0, 2.0, 3.0], [2.0, 0.0, 1.0], [0.0, 1.0, 2.0]]),
    np.array([[[1.0]], [[2.0]]]),
    np.array([[1, 0], [0, 1], [1, -1]]),
    np.array([12, 26, -15]),
)
"""The scores are 12, 24 and −12: one meets its target, and the target decides where others go."""

_AT_THE_MARGIN = (
    np.array([[0.0, 0.0, 4.0], [0.0, 1.0, 0.0], [0.0, 0.0, 5.0]]),
    np.array([[[1.0, 0.0]], [[0.0, 1.0]]]),
    np.array([[0, 2], [-1, 2], [1, 2], [0, -2]]),
    np.array([1, 1, 1, -1]),
)
"""The scores are 20, 19, 21 and −20: at the margin, and one to each side of it."""

_HALF_SQUARES = (
    "The loss is **half** the sum of the squared differences between the scores and the "
    "`target`, a "
    "row of as many numbers."
)


def _network(
    name: str,
    title: str,
    pooling: str,
    loss: str,
    pooled: str,
    error: str,
    for_maps: str,
    mistakes: list[Mistake],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array, Array | int]]],
) -> Exercise:
    return variant(
        name=f"filter_gradient_{name}",
        title=title,
        stars=3,
        prompt=f"""
A small network reads a picture `image` of one channel. F filters, together in the array `filters`
of shape (F, kh, kw), move over it by one pixel, without padding and without biases, and are laid
down as they stand: that makes F maps. {pooling.strip()} That makes one number for each filter. A
dense layer without biases, `dense` of shape (classes, F), makes the scores from these F numbers.
{loss.strip()}

Write `filter_gradient(image, filters, dense, target)` with NumPy alone: the gradient of the loss
for the **filters**, an array of shape (F, kh, kw).
""",
        source=f'''def filter_gradient(image, filters, dense, target):
    """Return the gradient of the loss for the filters."""
    F, kh, kw = filters.shape
    maps = np.zeros((F, image.shape[0] - kh + 1, image.shape[1] - kw + 1))
    for f, i, j in np.ndindex(maps.shape):
        maps[f, i, j] = (image[i : i + kh, j : j + kw] * filters[f]).sum()
    scores = dense @ {pooled}
    {error}
    arriving = dense.T @ error
    {for_maps}
    gradient = np.zeros(filters.shape)
    for f, i, j in np.ndindex(maps.shape):
        gradient[f] += for_maps[f, i, j] * image[i : i + kh, j : j + kw]
    return gradient
''',
        inputs=inputs,
        mistakes=[
            *mistakes,
            mistake(
                "turns-the-filters",
                "Your gradient is that for filters turned by 180°. They are laid down as they "
                "stand.",
                ("return gradient", "return gradient[:, ::-1, ::-1]"),
            ),
            mistake(
                "keeps-only-the-last-place",
                "Each place writes over the one before. A filter is used at all places, and the "
                "uses are added.",
                ("gradient[f] +=", "gradient[f] ="),
            ),
            mistake(
                "ignores-the-output-weights",
                "Every filter gets the same. What arrives at a filter has passed the dense layer's "
                "weights.",
                ("arriving = dense.T @ error", "arriving = np.ones(F) * error.sum()"),
            ),
            mistake(
                "takes-the-dense-weights-by-columns",
                "Forward, row `k` of the dense weights makes score `k`. On the way back a filter "
                "collects down its **column**.",
                ("dense.T @ error", "dense @ error"),
            ),
        ],
        success=success,
        seed=5,
        shown=2,
    )


_RELU_AND = (
    "ReLU makes every number of the maps that is below 0 to 0; nothing goes back at exactly 0. "
)
_FORGETS_RELU = (
    "forgets-the-relu",
    "All of the gradient passes. Where ReLU put out a zero, a small change of the score changes "
    "nothing.",
)
_AT_ZERO = (
    "passes-at-zero",
    "Where a map is exactly 0 you let the gradient through. Here nothing passes.",
)
_ERROR = "error = scores - target"
_NOT_HALVED = (
    "forgets-the-half",
    "Your gradient is twice as large. The slope of the square is halved by the half.",
)

filter_gradient = Family(
    name="filter_gradient",
    skills="Takes the loss of a small network back through dense layer, pooling and activation to "
    "its filters.",
    points=5,
    variants=(
        _network(
            "mean",
            "Back to the filters, through a mean",
            _RELU_AND + "Then each map is pooled to the **mean** of all its numbers.",
            _HALF_SQUARES,
            "np.maximum(maps, 0).mean(axis=(1, 2))",
            _ERROR,
            "for_maps = arriving[:, None, None] * (maps > 0) / maps[0].size",
            [
                mistake(*_FORGETS_RELU, ("* (maps > 0) /", "* np.ones(maps.shape) /")),
                mistake(
                    "forgets-to-divide",
                    "Every place gets all that arrives. In a mean each place has its share.",
                    (" / maps[0].size", ""),
                ),
                mistake(
                    "divides-by-the-active",
                    "You divide by the number of places where ReLU was open. The mean counts all "
                    "places.",
                    ("maps[0].size", "np.maximum((maps > 0).sum(axis=(1, 2)), 1)[:, None, None]"),
                ),
                mistake(*_NOT_HALVED, ("scores - target", "2 * (scores - target)")),
                mistake(*_AT_ZERO, ("maps > 0", "maps >= 0")),
            ],
            "A mean shares out; ReLU decides who gets something.",
            _networks(_numbers),
        ),
        _network(
            "largest",
            "Back to the filters, through a maximum",
            "Each map is pooled to its **largest** number (the first of equals in reading order), "
            "and **then** ReLU makes it 0 if it is below 0; nothing goes back at exactly 0.",
            _HALF_SQUARES,
            "np.maximum(maps.max(axis=(1, 2)), 0)",
            _ERROR,
            """for_maps = np.zeros(maps.shape)
    for f in range(F):
        place = np.unravel_index(maps[f].argmax(), maps[f].shape)
        for_maps[f][place] = arriving[f] * (maps[f].max() > 0)""",
            [
                mistake(*_FORGETS_RELU, (" * (maps[f].max() > 0)", "")),
                mistake(
                    "pays-every-place",
                    "Every place of the map is paid. Only the one that won has made the number.",
                    ("for_maps[f][place] =", "for_maps[f] ="),
                ),
                mistake(
                    "pays-every-tie",
                    "Where several places are the largest, each is paid. The first has won.",
                    ("for_maps[f][place] =", "for_maps[f][maps[f] == maps[f].max()] ="),
                ),
                mistake(*_NOT_HALVED, ("scores - target", "2 * (scores - target)")),
                mistake(
                    "takes-the-last-tie",
                    "Where several places are the largest, you pay the last. The first has won.",
                    ("maps[f].argmax()", "maps[f].size - 1 - maps[f].ravel()[::-1].argmax()"),
                ),
                mistake(
                    "passes-at-zero",
                    "Where the largest number is exactly 0 you let the gradient through. Here "
                    "nothing passes.",
                    ("max() > 0", "max() >= 0"),
                ),
            ],
            "One place a filter: the window that won is what the filter learns from.",
            _networks(_numbers),
        ),
        _network(
            "energy",
            "Back to the filters, through an energy",
            "Each map is pooled to its **energy**: the **sum of the squares** of all its numbers. "
            "There is no ReLU.",
            _HALF_SQUARES,
            "(maps**2).sum(axis=(1, 2))",
            _ERROR,
            "for_maps = arriving[:, None, None] * 2 * maps",
            [
                mistake(
                    "forgets-the-two",
                    "The slope of a square is twice the number; yours is the number.",
                    (" * 2 * maps", " * maps"),
                ),
                mistake(
                    "passes-all",
                    "Every place gets the same. The slope of a square depends on where it is.",
                    ("* 2 * maps", "* np.ones(maps.shape)"),
                ),
                mistake(
                    "averages-the-places",
                    "You divide by the number of places. An energy is a sum.",
                    ("2 * maps\n", "2 * maps / maps[0].size\n"),
                ),
                mistake(*_NOT_HALVED, ("scores - target", "2 * (scores - target)")),
                mistake(
                    "drops-the-sign",
                    "Numbers below 0 count as if they were above. Their square falls as they grow.",
                    ("2 * maps", "2 * np.abs(maps)"),
                ),
            ],
            "Loud places learn more: the way back is weighted by the map itself.",
            _networks(_numbers),
        ),
        _network(
            "absolute_loss",
            "Back to the filters, from an absolute loss",
            _RELU_AND + "Then each map is pooled to the **sum** of all its numbers.",
            "The loss is the sum of the **absolute** differences between the scores and the "
            "`target`, a row of as many numbers; a difference of exactly 0 sends nothing back.",
            "np.maximum(maps, 0).sum(axis=(1, 2))",
            "error = np.sign(scores - target)",
            "for_maps = arriving[:, None, None] * (maps > 0)",
            [
                mistake(*_FORGETS_RELU, ("* (maps > 0)", "* np.ones(maps.shape)")),
                mistake(
                    "squares-the-difference",
                    "You send back the difference itself, as for a squared loss. Of an absolute "
                    "one only the sign goes back.",
                    ("np.sign(scores - target)", "scores - target"),
                ),
                mistake(
                    "forgets-the-target",
                    "You take the sign of the scores. It is the **difference** from the target "
                    "whose sign counts.",
                    ("np.sign(scores - target)", "np.sign(scores)"),
                ),
                mistake(*_AT_ZERO, ("maps > 0", "maps >= 0")),
                mistake(
                    "drops-the-sign",
                    "Every score is pushed down. Those below their target should go up.",
                    ("np.sign(scores - target)", "np.abs(np.sign(scores - target))"),
                ),
                mistake(
                    "averages-the-places",
                    "You divide by the number of places. The pooling is a sum.",
                    ("(maps > 0)", "(maps > 0) / maps[0].size"),
                ),
                mistake(
                    "sign-reversed",
                    "Your gradient points down. A gradient points to where the loss grows.",
                    ("scores - target", "target - scores"),
                ),
            ],
            "An absolute loss pulls equally hard from near and far.",
            _networks(_numbers, more=(_ON_BOTH_SIDES,)),
        ),
        _network(
            "cross_entropy",
            "Back to the filters, from a cross-entropy",
            _RELU_AND + "Then each map is pooled to the **mean** of all its numbers.",
            "The loss is the cross-entropy: the negative logarithm of the softmax of the scores at "
            "the right class. `target` is the **number** of that class, counted from 0.",
            "np.maximum(maps, 0).mean(axis=(1, 2))",
            "error = np.exp(scores) / np.exp(scores).sum()\n    error[target] -= 1",
            "for_maps = arriving[:, None, None] * (maps > 0) / maps[0].size",
            [
                mistake(*_FORGETS_RELU, ("* (maps > 0) /", "* np.ones(maps.shape) /")),
                mistake(
                    "forgets-to-divide",
                    "Every place gets all that arrives. In a mean each place has its share.",
                    (" / maps[0].size", ""),
                ),
                mistake(
                    "forgets-the-truth",
                    "You send back the probabilities. The right class has 1 taken away first.",
                    ("    error[target] -= 1\n", ""),
                ),
                mistake(
                    "one-class-too-early",
                    "The 1 is taken from the class before the right one. Classes count from 0.",
                    ("error[target] -= 1", "error[target - 1] -= 1"),
                ),
                mistake(
                    "leaves-the-softmax-out",
                    "You take 1 from the score of the right class. Scores are made to "
                    "probabilities first.",
                    ("error = np.exp(scores) / np.exp(scores).sum()", "error = scores.copy()"),
                ),
                mistake(
                    "adds-the-truth",
                    "You add 1 at the right class. Its slope must be negative, so that its score "
                    "grows.",
                    ("error[target] -= 1", "error[target] += 1"),
                ),
                mistake(*_AT_ZERO, ("maps > 0", "maps >= 0")),
            ],
            "Probability less truth, shared out over the places that spoke.",
            _networks(lambda rng, classes: int(rng.integers(classes)), -1, 2),
        ),
        _network(
            "hinge",
            "Back to the filters, from a margin",
            _RELU_AND + "Then each map is pooled to the **sum** of all its numbers.",
            "`target` is a row of as many numbers, each **1 or −1**. The loss of one score is "
            "**20 less target · score**, and 0 where that is below 0: whoever is on the right side "
            "by 20 or more is left alone. The loss is the sum over the scores; where 20 less "
            "target · score is exactly 0, nothing goes back.",
            "np.maximum(maps, 0).sum(axis=(1, 2))",
            "error = -target * (target * scores < 20)",
            "for_maps = arriving[:, None, None] * (maps > 0)",
            [
                mistake(*_FORGETS_RELU, ("* (maps > 0)", "* np.ones(maps.shape)")),
                mistake(
                    "forgets-the-margin",
                    "Scores on the right side are left alone as soon as they are there. They "
                    "should be there by 20.",
                    ("target * scores < 20", "target * scores < 0"),
                ),
                mistake(
                    "never-content",
                    "You go on pushing scores that are far on the right side. They are left alone.",
                    (" * (target * scores < 20)", ""),
                ),
                mistake(
                    "pushes-at-the-margin",
                    "A score that is on the right side by exactly 20 is still pushed. There "
                    "nothing goes back.",
                    ("scores < 20", "scores <= 20"),
                ),
                mistake(*_AT_ZERO, ("maps > 0", "maps >= 0")),
                mistake(
                    "sign-reversed",
                    "Your gradient points down. A gradient points to where the loss grows.",
                    ("error = -target", "error = target"),
                ),
                mistake(
                    "squares-the-difference",
                    "You send back the difference to the target, as for a squared loss. This loss "
                    "has the slope −target or 0.",
                    ("-target * (target * scores < 20)", "scores - target"),
                ),
                mistake(
                    "averages-the-places",
                    "You divide by the number of places. The pooling is a sum.",
                    ("(maps > 0)", "(maps > 0) / maps[0].size"),
                ),
            ],
            "Who is right by a margin teaches nothing more.",
            _networks(_sides, more=(_AT_THE_MARGIN,)),
        ),
    ),
)

families = (loss_slope, last_weight, filter_gradient)
"""The chapter's graded questions, in order."""

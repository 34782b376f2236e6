"""Exercises and questions of chapter 00, images."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cnncourse.exercises import _solutions_images as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "exercises",
    "likely_neighbors",
    "memory_offset",
    "one_set_of_weights",
    "questions",
    "repair_brighten",
    "repair_channels",
    "shuffled_for_all",
    "too_bright",
    "unshuffle",
]

Array = np.ndarray


def _offset_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int, int]]:
    yield 2, 4, 0, 0, 3
    yield 2, 4, 0, 1, 2
    yield 2, 4, 1, 0, 0
    yield 2, 4, 2, 1, 3
    yield 5, 3, 1, 4, 1
    for _ in range(4):
        height, width = int(rng.integers(3, 9)), int(rng.integers(10, 20))
        c, i, j = (int(rng.integers(1, size)) for size in (3, height, width))
        yield height, width, c, i, j


memory_offset = Exercise(
    name="memory_offset",
    title="Where does it lie?",
    stars=1,
    prompt="""
Complete `memory_offset(height, width, c, i, j)`. A color picture `x` has the shape
`(3, height, width)` and lies in memory in the usual order, the last axis fastest. At which place
does `x[c, i, j]` lie? The first number lies at place 0.
""",
    stub='''def memory_offset(height, width, c, i, j):
    """Return the place in memory of x[c, i, j]."""
    return ...
''',
    reference=solutions.memory_offset,
    inputs=_offset_inputs,
    misconceptions=(
        Misconception(
            "rows-for-columns",
            "To get to the next row you pass one whole row. How many numbers are in a row: as "
            "many as there are rows, or columns?",
            [lambda height, width, c, i, j: (c * width + i) * height + j],
        ),
        Misconception(
            "counts-from-one",
            "The first number of all, `x[0, 0, 0]`, lies at place 0. Here it is at 1.",
            [lambda height, width, c, i, j: (c * height + i) * width + j + 1],
        ),
        Misconception(
            "channels-last",
            "This is where the number lies if the three channels of a pixel stand side by side, "
            "shape (height, width, channels).",
            [lambda height, width, c, i, j: (i * width + j) * 3 + c],
        ),
        Misconception(
            "first-axis-fastest",
            "Here the channel changes first from one place to the next. It is the last axis that "
            "runs fastest.",
            [lambda height, width, c, i, j: c + 3 * (i + height * j)],
        ),
        Misconception(
            "forgets-the-channels-before",
            "This is the place within one channel. The channels before it lie in memory too.",
            [lambda height, width, c, i, j: i * width + j],
        ),
        Misconception(
            "a-channel-is-a-row",
            "Each channel before is counted as one row. It has `height` rows.",
            [lambda height, width, c, i, j: (c + i) * width + j],
        ),
        Misconception(
            "columns-run-down",
            "Within a channel you go down the columns. Memory holds the rows, one after the other.",
            [lambda height, width, c, i, j: (c * width + j) * height + i],
        ),
    ),
    success="Whole channels first, then whole rows, then single pixels: this is how every index "
    "becomes a place in memory.",
)


def _color_pictures(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    for height, width in ((1, 2), (2, 2), (2, 4), (3, 2), (4, 5)):
        yield (rng.integers(0, 256, (height, width, 3), dtype=np.int64),)


_CHANNELS_STUB = '''def channels_first(image):
    """Return a picture of shape (H, W, C) as an array of shape (C, H, W)."""
    H, W, C = image.shape
    return image.reshape(C, H, W)
'''

repair_channels = Exercise(
    name="repair_channels",
    title="Repair the order of the axes",
    stars=1,
    prompt="""
`channels_first(image)` takes a color picture of shape (H, W, C), as it comes from a file, and
should return it in PyTorch's order, (C, H, W): `result[c, i, j]` is `image[i, j, c]`. The code
below returns the right shape, and the picture is in pieces. Mend it.
""",
    stub=_CHANNELS_STUB,
    reference=solutions.channels_first,
    inputs=_color_pictures,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "`reshape` keeps the order in memory and only cuts it anew, so numbers of several "
            "channels land in each picture. This still is what the planted bug does.",
            [function_from(_CHANNELS_STUB)],
        ),
        Misconception(
            "turns-the-picture",
            "The channels come first. But rows and columns are exchanged: each channel lies on "
            "its side.",
            [lambda image: image.T, lambda image: np.swapaxes(image, 0, 2)],
        ),
        Misconception(
            "moves-the-wrong-axis",
            "An axis was moved, but it is not the channels that come first now.",
            [
                lambda image: np.swapaxes(image, 1, 2),
                lambda image: np.moveaxis(image, 0, -1),
                lambda image: np.swapaxes(image, 0, 1),
            ],
        ),
        Misconception(
            "reverses-the-colors",
            "Rows and columns are right. The channels come in the opposite order: blue, green, "
            "red.",
            [lambda image: np.moveaxis(image, -1, 0)[::-1]],
        ),
        Misconception(
            "one-channel-three-times",
            "All channels hold the same numbers here. Each should hold its own color.",
            [
                lambda image: np.stack([image[..., 0]] * 3),
                lambda image: np.stack([image.mean(axis=-1)] * 3),
            ],
        ),
        Misconception(
            "leaves-channels-last",
            "The axes are as they came. The channels should come first.",
            [lambda image: image.copy()],
        ),
    ),
    success="Axes are moved, not cut anew: every pixel keeps its row, its column and its color.",
)


def _brighten_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    yield np.array([[200, 100]]), 10
    yield np.array([[250, 90], [200, 30]]), 40
    yield np.array([[5, 250], [60, 120]]), -50
    for shape, amount in (((2, 3), 100), ((3, 4), -90), ((4, 5), 200)):
        yield matrix(rng, shape, 0, 255), amount


_BRIGHTEN_STUB = '''def brighten(image, amount):
    """Return the picture brighter by amount, within 0 to 255."""
    brighter = (image + amount).astype(np.uint8)
    return np.clip(brighter, 0, 255)
'''


def _clipped(low: int | None, high: int | None) -> Callable[[Array, int], Array]:
    return lambda image, amount: np.clip(image + amount, low, high)


def _keeps_what_overflows(image: Array, amount: int) -> Array:
    brighter = image + amount
    return np.where((brighter < 0) | (brighter > 255), image, brighter)


repair_brighten = Exercise(
    name="repair_brighten",
    title="Repair the brightness",
    stars=2,
    prompt="""
`brighten(image, amount)` should add `amount` (which may be negative) to every pixel of a picture
with values from 0 to 255. What would come out above 255 becomes 255, what would come out below 0
becomes 0. In the code below bright clouds turn black. Mend it.
""",
    stub=_BRIGHTEN_STUB,
    reference=solutions.brighten,
    inputs=_brighten_inputs,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "The sum is put into 8 bits first and starts anew at 0 after 255: nothing is left to "
            "clip. This still is what the planted bug does.",
            [function_from(_BRIGHTEN_STUB)],
        ),
        Misconception(
            "does-not-clip",
            "The sums are right. Some of them lie outside 0 to 255, where a picture has no values.",
            [_clipped(None, None)],
        ),
        Misconception(
            "clips-the-top-only",
            "Bright pixels stop at 255 now. Dark ones should stop at 0.",
            [_clipped(None, 255)],
        ),
        Misconception(
            "clips-the-bottom-only",
            "Dark pixels stop at 0 now. Bright ones should stop at 255.",
            [_clipped(0, None)],
        ),
        Misconception(
            "clips-to-one",
            "You clip to 0 and 1, which is the range of floats. These pixels go up to 255.",
            [_clipped(0, 1)],
        ),
        Misconception(
            "subtracts",
            "The range is kept. But a positive amount makes your picture darker.",
            [lambda image, amount: np.clip(image - amount, 0, 255)],
        ),
        Misconception(
            "skips-what-overflows",
            "Pixels that would leave the range keep their old value. They should go to its end.",
            [_keeps_what_overflows],
        ),
    ),
    success="Added where there is room, clipped where there is none: clouds stay white and "
    "shadows black.",
)


def _shuffled_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, tuple[int, int]]]:
    yield np.array([5, 7, 2]), np.array([1, 2, 0]), (1, 3)
    yield np.array([8, 3, 6, 1, 9, 4]), np.array([2, 0, 3, 5, 1, 4]), (2, 3)
    for shape in ((3, 2), (3, 3), (2, 5)):
        size = shape[0] * shape[1]
        yield (
            rng.permutation(np.arange(10, 10 + size, dtype=np.int64)),
            rng.permutation(np.arange(size, dtype=np.int64)),
            shape,
        )


unshuffle = Exercise(
    name="unshuffle",
    title="Undo the shuffle",
    stars=2,
    prompt="""
A picture was flattened and shuffled: `pixels = picture.ravel()[order]`. So `pixels[k]` came from
place `order[k]` of the flat picture. Write `unshuffle(pixels, order, shape)`, which returns the
picture, with `shape = (H, W)`.
""",
    stub='''def unshuffle(pixels, order, shape):
    """Return the picture whose pixels were taken in this order."""
    ...
''',
    reference=solutions.unshuffle,
    inputs=_shuffled_inputs,
    misconceptions=(
        Misconception(
            "shuffles-again",
            "You take the pixels in this order a second time. To undo it, each pixel goes **to** "
            "the place it came from.",
            [lambda pixels, order, shape: pixels[order].reshape(shape)],
        ),
        Misconception(
            "only-reshapes",
            "The shape is right, the pixels still stand in the shuffled order.",
            [lambda pixels, order, shape: pixels.reshape(shape)],
        ),
        Misconception(
            "stays-flat",
            "The order is right. The picture is still one long row; give it its rows back.",
            [lambda pixels, order, shape: pixels[np.argsort(order)]],
        ),
        Misconception(
            "sorts-the-values",
            "You sort the pixels by their values. It is the places in `order` that count.",
            [lambda pixels, order, shape: np.sort(pixels).reshape(shape)],
        ),
        Misconception(
            "reads-backwards",
            "You read the pixels from the end to the beginning. That undoes only a shuffle that "
            "did just this.",
            [lambda pixels, order, shape: pixels[::-1].reshape(shape)],
        ),
        Misconception(
            "fills-column-by-column",
            "The order is right, but the picture is filled down its columns. A flattened picture "
            "holds row after row.",
            [lambda pixels, order, shape: pixels[np.argsort(order)].reshape(shape, order="F")],
        ),
        Misconception(
            "height-and-width-exchanged",
            "The order is right, but the new rows are as long as the columns should be.",
            [lambda pixels, order, shape: pixels[np.argsort(order)].reshape(shape[::-1])],
        ),
    ),
    success="Every pixel is back in its place: with the order known, nothing was lost.",
)


def _shuffled_pictures(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    # Smooth rows of pixels, all shuffled alike; places whose best match is a tie are not asked.
    for count, places in ((2, 3), (3, 4), (4, 5), (5, 6), (6, 7), (7, 8)):
        while True:
            steps = rng.integers(-3, 4, (count, places), dtype=np.int64)
            pictures = np.clip(steps.cumsum(axis=1) + rng.integers(2, 14, (count, 1)), 0, 16)
            pictures = pictures[:, rng.permutation(places)]
            distance = ((pictures[:, :, None] - pictures[:, None]) ** 2).sum(axis=0)
            nearest = np.sort(distance + 10**6 * np.eye(places, dtype=np.int64), axis=1)
            if (nearest[:, 0] < nearest[:, 1]).all():
                break
        yield (pictures,)


def _most_alike(
    distance: Callable[[Array, Array], Array], itself: bool = False
) -> Callable[[Array], Array]:
    """Make an answer that measures by another distance than the reference's."""

    def answer(pictures: Array) -> Array:
        columns = pictures.T
        table = np.array([[distance(a, b) for b in columns] for a in columns], dtype=np.float64)
        if not itself:
            np.fill_diagonal(table, np.inf)
        return table.argmin(axis=1)

    return answer


def _next_place(pictures: Array) -> Array:
    return np.minimum(np.arange(pictures.shape[1]) + 1, pictures.shape[1] - 1)


likely_neighbors = Exercise(
    name="likely_neighbors",
    title="Find the lost neighbors",
    stars=3,
    prompt="""
Many pictures were flattened and shuffled, all in the same order, and nobody kept the order. Are
the neighbors lost? Neighboring pixels tend to be alike, in picture after picture.

Write `likely_neighbors(pictures)`. `pictures` has shape (N, P): a picture a row, a place a column.
For each of the P places return the number of the **other** place that is most like it: the one
with the smallest sum, over all pictures, of squared differences. (The inputs have no ties.)
""",
    stub='''def likely_neighbors(pictures):
    """Return for each place the other place whose values are most alike."""
    ...
''',
    reference=solutions.likely_neighbors,
    inputs=_shuffled_pictures,
    misconceptions=(
        Misconception(
            "finds-itself",
            "Every place finds itself: nothing is more like a place than the place itself. Leave "
            "it out.",
            [_most_alike(lambda a, b: ((a - b) ** 2).sum(), itself=True)],
        ),
        Misconception(
            "takes-the-next-place",
            "You return the next place in the row. After the shuffle, next to each other means "
            "nothing.",
            [_next_place],
        ),
        Misconception(
            "finds-the-least-alike",
            "You return the place that differs most. The most similar one is asked for.",
            [_most_alike(lambda a, b: -((a - b) ** 2).sum())],
        ),
        Misconception(
            "lets-differences-cancel",
            "Differences of opposite sign cancel in your sum, so that two places may seem alike "
            "only because their means are.",
            [
                _most_alike(lambda a, b: abs((a - b).sum())),
                _most_alike(lambda a, b: (a - b).sum() ** 2),
            ],
        ),
        Misconception(
            "compares-pictures",
            "You compare pictures with each other, rows with rows. Compare places: columns with "
            "columns.",
            [lambda pictures: _most_alike(lambda a, b: ((a - b) ** 2).sum())(pictures.T)],
        ),
        Misconception(
            "one-picture-only",
            "You compare within one picture. Two places may agree there by chance; sum over all "
            "of them.",
            [
                lambda pictures: _most_alike(lambda a, b: ((a - b) ** 2).sum())(pictures[:1]),
                lambda pictures: _most_alike(lambda a, b: ((a - b) ** 2).sum())(pictures[-1:]),
            ],
        ),
    ),
    success="The neighbors can be found again from how pictures tend to look. A shuffle takes "
    "away no information; it takes away what a reader, or a layer, was told beforehand.",
)

exercises = (memory_offset, repair_channels, repair_brighten, unshuffle, likely_neighbors)
"""The chapter's exercises, in order."""


too_bright = Question(
    name="too_bright",
    label="Question 1",
    prompt="Two pixels of type `uint8` are added: `np.uint8([200]) + np.uint8([100])`. What comes "
    "out?",
    choices=(
        Choice(
            "300",
            "300 does not fit into 8 bits, and NumPy keeps the type of the two arrays.",
            misconception="the-type-grows",
        ),
        Choice(
            "255",
            "Nothing stops at the largest value by itself. Who wants that has to clip, and before "
            "the number is put into 8 bits.",
            misconception="clips-by-itself",
        ),
        Choice(
            "44",
            "Yes: after 255 the count starts anew at 0, so 300 − 256 is left.",
            correct=True,
        ),
        Choice(
            "An error",
            "There is not even a warning, which is why this mistake is found late: in a picture "
            "whose bright parts are dark.",
            misconception="overflow-is-reported",
        ),
    ),
)

shuffled_for_all = Question(
    name="shuffled_for_all",
    label="Question 2",
    prompt="All pictures of a collection are shuffled in one fixed order. A score with one weight "
    "a pixel told fours from other digits before. What is the best such score for the shuffled "
    "pictures like?",
    choices=(
        Choice(
            "Exactly as good: shuffle its weights in the same order.",
            "Yes. The same products are added, in another order. The score never knew which "
            "pixels were neighbors.",
            correct=True,
        ),
        Choice(
            "No better than guessing, because no digit can be recognized any more.",
            "You cannot recognize it, for you use what is next to what. A sum of weight times "
            "pixel never did.",
            misconception="the-layer-sees-what-we-see",
        ),
        Choice(
            "Somewhat worse, because flattening and shuffling lose information.",
            "Every number is still there, and the order can be undone. What is missing is only "
            "who is next to whom.",
            misconception="flattening-loses-information",
        ),
        Choice(
            "As good only if the order keeps most neighbors together.",
            "Any order will do: the sum has no place where neighbors would come in.",
            misconception="the-sum-uses-neighbors",
        ),
    ),
)

one_set_of_weights = Question(
    name="one_set_of_weights",
    label="Question 3",
    prompt="A 2×2 set of weights is rolled over a picture of 6 rows and 8 columns, one pixel at a "
    "time, and never leaves it. What is the size of the result, and how many weights are there?",
    choices=(
        Choice(
            "6 rows and 8 columns, 4 weights",
            "In the last row and the last column there is no further neighbor to read. With a "
            "frame of zeros there would be.",
            misconception="output-keeps-the-size",
        ),
        Choice(
            "5 rows and 7 columns, 140 weights",
            "The size is right. But the places do not have weights of their own: one set is used "
            "at all of them.",
            misconception="weights-of-its-own-at-each-place",
        ),
        Choice(
            "3 rows and 4 columns, 4 weights",
            "That is how many 2×2 blocks lie side by side. It moves by one pixel at a time, so "
            "they overlap.",
            misconception="windows-side-by-side",
        ),
        Choice(
            "5 rows and 7 columns, 4 weights",
            "Yes: one row and one column fewer, and the same four weights everywhere, however "
            "large the picture is.",
            correct=True,
        ),
    ),
)

questions = (too_bright, shuffled_for_all, one_set_of_weights)
"""Three concept questions for the end of the chapter. Nothing comes before chapter 00 to recall."""

"""The project: a colorizer for photographs of one's own, measured, shown and described.

Three questions are about tools that the project needs and are graded by tests. Four are about the
project itself: they are answered in words and graded by a person, line by line of a rubric.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from cnncourse.classroom.families import Family, Written
from cnncourse.classroom.variants._making import Mistake, Program, mistake, variant
from cnncourse.exercises.engine import Exercise

__all__ = ["families", "introduction", "written"]

Array = np.ndarray

introduction = """\
Train the course's colorizer on photographs of your own, measure it honestly, show what it does,
failures too, and describe it so that somebody else could use it. Three questions are about tools
that you need on the way; tests grade them. Four are about your project; a person reads your
answers.

- Collect at least 200 color photographs that you may use: your own, or with a license that allows
  it. Chapter 16 is what you build on.
- Train in a terminal, not in this notebook, for instance:

  ```
  cnncourse train-colorizer my-photographs -o first --start photographs
  cnncourse colorize held-out -o vivid --checkpoint first/colorizer.safetensors
  cnncourse colorize held-out -o faithful --head faithful --checkpoint first/colorizer.safetensors
  ```

  `cnncourse train-colorizer --help` lists what can be changed, and
  `cnncourse.colorize.metrics.scores(truth, painted)` gives all measures of the chapter at once.
- Keep the photographs that you test on in a folder of their own, here `held-out`. Training also
  keeps a tenth of `my-photographs` aside, drawn at random, and ships the epoch that is best on
  them: they are no test.
- A laptop is enough. On one core of a common processor, training takes about 40 pictures a second:
  a quarter of an hour for 200 photographs. You need at least three runs: two networks that differ
  in one thing, and one of them with a second seed (`--seed 1`).
- Pictures go into **one PDF file**, which you hand in beside this notebook; your answers refer to
  them by number. When this notebook is graded, it runs from top to bottom without your
  photographs."""
"""What stands at the beginning of the notebook."""


def _series(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for series, count in (
        ([1, 1, 2], 1),
        ([2, 1, 1, 3, 3], 2),
        ([4, 4, 2, 1, 1, 1], 2),
        ([3, 1, 3, 2, 5, 3, 5], 3),
        ([1, 2, 2, 3, 3, 3, 4, 4, 4, 4], 4),
        ([7, 7, 7, 7, 5, 5, 5, 2, 2, 9], 4),
        ([6, 6, 4, 4, 4, 8, 8, 8, 8, 3, 3, 3, 3, 3], 5),
        # Several series fit together, so that their sizes have to be added up.
        ([5, 5, 2, 2, 8, 8, 3, 3, 1, 1], 7),
        ([2, 9, 4, 4, 4, 7, 7, 7, 2, 9, 5], 8),
    ):
        yield np.array(series, dtype=np.int64), count


_SPLIT = Program(
    '''def held_out(series, count):
    """Mark with 1 the pictures that are held out."""
    numbers, sizes = np.unique(series, return_counts=True)
    order = $order
    chosen, total = [], 0
    for k in order:
        $stop
        chosen.append(numbers[k])
        total += $grows
    $after
    return $result
''',
    {
        "order": "np.argsort(numbers)",
        "stop": "if total >= count:\n    break",
        "grows": "sizes[k]",
        "after": "",
        "result": "np.isin(series, chosen).astype(int)",
    },
)
_ORDERS = {
    "oldest": ("np.argsort(numbers)", "the series with the **smallest numbers** (the oldest)"),
    "newest": ("np.argsort(-numbers)", "the series with the **largest numbers** (the newest)"),
    "largest": (
        "np.lexsort((numbers, -sizes))",
        "the **largest** series, and among equally large ones the one with the smaller number",
    ),
    "smallest": (
        "np.lexsort((numbers, sizes))",
        "the **smallest** series, and among equally small ones the one with the smaller number",
    ),
}
_STOPS = {
    "at_least": (
        "if total >= count:\n    break",
        "until **at least** `count` pictures are held out, and not one series more",
    ),
    "at_most": (
        "if total + sizes[k] > count:\n    break",
        "and stop before the first one with which there would be **more than** `count` pictures",
    ),
    "skipping": (
        "if total + sizes[k] > count:\n    continue",
        "but **pass over** each one with which there would be more than `count` pictures, and go "
        "on with the next",
    ),
}


def _split(order: str, stop: str) -> Exercise:
    """Make the task of holding out whole series, in an order, up to a limit."""
    chosen = {"order": _ORDERS[order][0], "stop": _STOPS[stop][0]}
    mistakes = [
        mistake(
            "splits-a-series",
            "You hold out exactly `count` pictures, and cut a series in two: its pictures are "
            "nearly alike, so the test would be on what was learned.",
            {
                "stop": "",
                "after": "pictures = [np.flatnonzero(series == number) for number in chosen]\n"
                "first = np.concatenate(pictures)[:count]",
                "result": "np.isin(np.arange(len(series)), first).astype(int)",
            },
        ),
        mistake(
            "takes-them-in-another-order",
            "You go through the series in another order than the task says.",
            *({"order": each} for name, (each, _) in _ORDERS.items() if name != order),
            {"order": "np.argsort([np.flatnonzero(series == number)[0] for number in numbers])"},
        ),
        mistake(
            "does-not-add-up",
            "You do not add up the sizes. What counts is how many pictures are held out together.",
            {"grows": "sizes[k] - total"},
            *([{"stop": _STOPS[stop][0].replace("total + ", "")}] if stop != "at_least" else []),
        ),
        mistake(
            "stops-at-another-place",
            "You hold out whole series, in the right order, but too many or too few of them.",
            *({"stop": each} for name, (each, _) in _STOPS.items() if name != stop),
        ),
        mistake(
            "misses-by-one-picture",
            "Where exactly `count` pictures are reached, you decide the other way. "
            "Read again what holds then.",
            {
                "stop": _STOPS[stop][0].replace(
                    *((">=", ">") if stop == "at_least" else (">", ">="))
                )
            },
        ),
        mistake(
            "counts-series-for-pictures",
            "You count series. It is `count` pictures that are asked for.",
            {"stop": "if total >= count:\n    break", "grows": "1"},
        ),
        mistake(
            "holds-out-the-others",
            "You mark the pictures to learn from. Those that are held out get the 1.",
            {"result": "1 - np.isin(series, chosen).astype(int)"},
        ),
        mistake(
            "returns-the-series",
            "You return numbers of series. A 0 or a 1 for each picture is asked for.",
            {"result": "np.array(chosen)"},
        ),
        mistake(
            "returns-the-places",
            "You return where the pictures stand. A 0 or a 1 for each picture is asked for.",
            {"result": "np.flatnonzero(np.isin(series, chosen))"},
        ),
        *(
            [
                mistake(
                    "larger-number-first",
                    "Among equally large series you take the one with the larger number first.",
                    {"order": _ORDERS[order][0].replace("(numbers", "(-numbers")},
                )
            ]
            if order in ("largest", "smallest")
            else []
        ),
    ]
    return variant(
        _SPLIT.but(**chosen),
        name=f"{order}_{stop}",
        title="Hold out whole series",
        stars=2,
        prompt=f"""
Photographs taken one after the other look nearly alike. If one of them is learned from and another
is tested on, the test says little. So **whole series** are held out. `series` is an array with the
number of the series that each picture belongs to, as in `[1, 1, 2]`.

Write `held_out(series, count)`. Go through {_ORDERS[order][1]} first; take one series after the
other, {_STOPS[stop][1]}. Return an array with a 1 for each picture that is held out and a 0 for
each other one, in the order of the pictures.
""",
        inputs=_series,
        mistakes=mistakes,
        success="No series is on both sides: the test is on pictures that are new.",
        shown=(np.array([2, 2, 5, 4, 4, 4]), 4),
    )


hold_out_series = Family(
    name="hold_out_series",
    skills="Splits pictures so that near copies do not end up on both sides.",
    points=3,
    variants=(
        _split("oldest", "at_least"),
        _split("newest", "at_least"),
        _split("largest", "at_most"),
        _split("smallest", "at_least"),
        _split("newest", "skipping"),
        _split("largest", "skipping"),
        _split("oldest", "at_most"),
    ),
)


def _painted(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for sizes in ((1, 1), (1, 2), (2, 3), (1, 5, 2), (4, 1, 2, 3), (3, 6, 1, 2)):
        picture = np.repeat(np.arange(len(sizes)), sizes)
        shape = (len(picture), 2)
        truth = rng.integers(-30, 31, shape, dtype=np.int64)
        # Some pixels are close, some far, one exact: every threshold has two sides.
        off = rng.integers(-4, 5, shape, dtype=np.int64) * rng.integers(1, 7, (len(picture), 1))
        off[0] = (3, -4)
        yield truth, truth + off, rng.permutation(picture)
    # Off by exactly 10, by a little less and by a little more; picture 1 was left gray.
    truth = np.array([[0, 12], [9, 0], [8, -6], [-20, 5], [6, 6]])
    painted = np.array([[6, 4], [0, 0], [0, 0], [-24, 14], [10, -4]])
    yield truth, painted, np.array([0, 1, 1, 0, 0])
    # Picture 1 is nearer than gray by its distances and not by their squares.
    truth = np.array([[10, 0], [3, 4], [10, 0], [0, -8]])
    painted = np.array([[10, 0], [6, 8], [-5, 0], [0, -2]])
    yield truth, painted, np.array([1, 0, 1, 0])


_JUDGE = Program(
    '''def judge(truth, painted, picture):
    """Return one number that says how good the painted colors are."""
    $pixels
    $pictures
    return $result
''',
    {"pixels": "", "pictures": "", "result": ""},
)
_DISTANCE = "off = np.sqrt(((painted - truth) ** 2).sum(axis=1))"
_SQUARES = "off = ((painted - truth) ** 2).sum(axis=1)"
_MEANS = "means = np.array([off[picture == k].mean() for k in np.unique(picture)])"
_POOLS = mistake(
    "pools-all-pixels",
    "You take one mean over all pixels, so large pictures count more. Each picture counts once.",
    {"result": "off.mean()"},
)
_EACH = mistake(
    "averages-picture-by-picture",
    "Every picture counts once in your number. Here every pixel does, so large pictures count "
    "more.",
    {"pictures": _MEANS, "result": "means.mean()"},
)
_AXES = mistake(
    "adds-the-axes",
    "You add how far a and b are off. The distance in the plane is asked for.",
    {"pixels": "off = np.abs(painted - truth).sum(axis=1)"},
)
_SQUARED = mistake(
    "forgets-the-root",
    "These are squared distances. Their square root is the distance.",
    {"pixels": _SQUARES},
)


def _judged(name: str, asked: str, right: Mapping[str, str], *mistakes: Mistake) -> Exercise:
    """Make the task of measuring painted pictures."""
    return variant(
        _JUDGE.but(**right),
        name=name,
        title="How good are the colors?",
        stars=2,
        prompt=f"""
Several pictures were painted. All their pixels lie in one table: `truth` and `painted` have the
shape (P, 2), with a and b of each pixel, and `picture` says for each of the P pixels in which
picture it is. Pictures have different numbers of pixels, and their pixels are mixed. A pixel is
**off** by the distance between its true and its painted color in the plane of a and b.

Write `judge(truth, painted, picture)`. {asked}
""",
        inputs=_painted,
        mistakes=mistakes,
        success="A number that says what it says: who counts, how much, and compared with what.",
        # Off by 10, 5, 0 and 14: whoever counts otherwise gets another number.
        shown=(
            np.array([[12, 0], [0, 0], [0, 20], [0, 20]]),
            np.array([[12, 10], [3, 4], [0, 20], [0, 6]]),
            np.array([1, 0, 1, 2]),
        ),
    )


_NEARER = (
    "gray = (truth**2).sum(axis=1)\nbetter = [off[picture == k].sum() < gray[picture == k].sum() "
    "for k in np.unique(picture)]"
)
_GRAY_DISTANCE = "np.sqrt((truth**2).sum(axis=1))"
judge_colors = Family(
    name="judge_colors",
    skills="Measures painted pictures: pooled or picture by picture, against gray.",
    points=4,
    variants=(
        _judged(
            "pooled_distance",
            "Return by how much a pixel is off on average, over **all pixels** of all pictures.",
            {"pixels": _DISTANCE, "result": "off.mean()"},
            _EACH,
            _AXES,
            _SQUARED,
            mistake(
                "takes-the-root-last",
                "You take the root of the mean of the squares. The mean of the distances is asked "
                "for.",
                {"pixels": _SQUARES, "result": "np.sqrt(off.mean())"},
            ),
        ),
        _judged(
            "mean_of_pictures",
            "Return the mean over the **pictures** of how much their pixels are off on average; "
            "every picture counts once.",
            {"pixels": _DISTANCE, "pictures": _MEANS, "result": "means.mean()"},
            _POOLS,
            _AXES,
            _SQUARED,
            mistake(
                "takes-the-middle-one",
                "You take the picture in the middle. The mean over the pictures is asked for.",
                {"result": "np.median(means)"},
            ),
            mistake(
                "takes-the-root-last",
                "You take roots of means of squares. The mean of the distances is asked for.",
                {"pixels": _SQUARES, "pictures": "", "result": "np.sqrt(off.mean())"},
                {"pixels": _SQUARES, "result": "np.sqrt(means).mean()"},
            ),
        ),
        _judged(
            "worst_picture",
            "Return how much the pixels of the **worst picture** are off on average.",
            {"pixels": _DISTANCE, "pictures": _MEANS, "result": "means.max()"},
            mistake(
                "worst-pixel",
                "This is the worst pixel of all. The picture that is worst on average is asked "
                "for.",
                {"pictures": "", "result": "off.max()"},
            ),
            mistake(
                "averages-picture-by-picture",
                "You take the mean over the pictures. The worst one is asked for.",
                {"result": "means.mean()"},
            ),
            _AXES,
            _SQUARED,
            mistake(
                "sums-for-means",
                "Large pictures look worst in your number: you add up their pixels.",
                {
                    "pictures": "means = np.array("
                    "[off[picture == k].sum() for k in np.unique(picture)])"
                },
            ),
        ),
        _judged(
            "share_within_ten",
            "Return the share of **all pixels**, from 0 to 1, that are off by no more than 10.",
            {"pixels": _DISTANCE, "result": "(off <= 10).mean()"},
            mistake(
                "counts-them",
                "You count the pixels. The share of all is asked for.",
                {"result": "(off <= 10).sum()"},
            ),
            mistake(
                "less-than-ten",
                "A pixel that is off by exactly 10 does not count in your number. It should.",
                {"result": "(off < 10).mean()"},
            ),
            mistake(
                "share-of-the-pictures",
                "This is the share of the pictures that are off by no more than 10 on average. "
                "Pixels are asked for.",
                {"pictures": _MEANS, "result": "(means <= 10).mean()"},
            ),
            mistake(
                "adds-the-axes",
                "You add how far a and b are off. The distance in the plane is asked for.",
                {"pixels": "off = np.abs(painted - truth).sum(axis=1)"},
            ),
            mistake(
                "share-beyond",
                "This is the share of the pixels that are off by more.",
                {"result": "(off > 10).mean()"},
            ),
            mistake(
                "each-axis-within-ten",
                "You look whether a and b are each off by no more than 10. It is the distance "
                "that counts.",
                {"pixels": "off = np.abs(painted - truth).max(axis=1)"},
            ),
            mistake(
                "forgets-the-root",
                "You compare squared distances with 10. Their square root is the distance.",
                {"pixels": _SQUARES},
            ),
            mistake(
                "averages-picture-by-picture",
                "Every picture counts once in your number. Here every pixel does.",
                {
                    "pictures": "means = np.array("
                    "[(off[picture == k] <= 10).mean() for k in np.unique(picture)])",
                    "result": "means.mean()",
                },
            ),
        ),
        _judged(
            "pictures_nearer_than_gray",
            "Had it been left gray, every pixel would be painted 0, 0. Return **how many "
            "pictures** are nearer to the truth than that: the sum of the *squares* of what their "
            "pixels are off is smaller than it would be for gray.",
            {"pixels": _SQUARES, "pictures": _NEARER, "result": "sum(better)"},
            mistake(
                "counts-pixels",
                "You count pixels that are nearer than gray. Pictures are asked for.",
                {
                    "pictures": "gray = (truth**2).sum(axis=1)",
                    "result": "(off < gray).sum()",
                },
            ),
            mistake(
                "takes-the-share",
                "This is their share of all pictures. Their number is asked for.",
                {"result": "np.mean(better)"},
            ),
            mistake(
                "counts-the-worse-ones",
                "You count the pictures that gray would have served as well or better.",
                {"result": "len(better) - sum(better)"},
            ),
            mistake(
                "gains-in-distance",
                "You compare distances. Their squares are asked for.",
                {
                    "pixels": _DISTANCE,
                    "pictures": _NEARER.replace("(truth**2).sum(axis=1)", _GRAY_DISTANCE),
                },
            ),
            mistake(
                "counts-the-gray-ones",
                "You count a picture that is as far off as gray, as one that was left gray is. "
                "It is not nearer.",
                {"pictures": _NEARER.replace(" < ", " <= ")},
            ),
        ),
        _judged(
            "gain_over_gray",
            "Had it been left gray, every pixel would be painted 0, 0. Return the gain: the mean "
            "over all pixels of the **square** of what gray is off, **minus** that of the painted "
            "colors.",
            {
                "pixels": f"{_SQUARES}\ngray = (truth**2).sum(axis=1)",
                "result": "gray.mean() - off.mean()",
            },
            mistake(
                "wrong-way-round",
                "Your gain is negative where the painted colors are nearer. Gray comes first.",
                {"result": "off.mean() - gray.mean()"},
            ),
            mistake(
                "gains-in-distance",
                "You compare distances. Their squares are asked for.",
                {
                    "pixels": f"{_DISTANCE}\ngray = np.sqrt((truth**2).sum(axis=1))",
                },
            ),
            mistake(
                "divides-for-subtracts",
                "You divide the one by the other. The difference is asked for.",
                {"result": "gray.mean() / off.mean()"},
                {"result": "1 - off.mean() / gray.mean()"},
            ),
            mistake(
                "averages-picture-by-picture",
                "Every picture counts once in your number. Here every pixel does.",
                {
                    "result": "np.mean("
                    "[(gray - off)[picture == k].mean() for k in np.unique(picture)])"
                },
            ),
            mistake(
                "sums",
                "You add up over the pixels. Their mean is asked for.",
                {"result": "gray.sum() - off.sum()"},
            ),
            mistake(
                "forgets-gray",
                "This is what the painted colors are off. Gray has no part in your number.",
                {"result": "off.mean()"},
            ),
        ),
        _judged(
            "picture_in_the_middle",
            "Sort the pictures by how much their pixels are off on average, and return that "
            "average for the one **in the middle**; with an even number of pictures, the mean of "
            "the two in the middle.",
            {"pixels": _DISTANCE, "pictures": _MEANS, "result": "np.median(means)"},
            mistake(
                "averages-picture-by-picture",
                "You take the mean over the pictures. The one in the middle is asked for.",
                {"result": "means.mean()"},
            ),
            mistake(
                "one-of-two-in-the-middle",
                "With an even number of pictures, you take one of the two in the middle. Their "
                "mean is asked for.",
                {"result": "np.sort(means)[(len(means) - 1) // 2]"},
                {"result": "np.sort(means)[len(means) // 2]"},
            ),
            mistake(
                "pixel-in-the-middle",
                "You take the pixel in the middle. It is pictures that are sorted.",
                {"pictures": "", "result": "np.median(off)"},
            ),
            mistake(
                "middle-of-the-unsorted",
                "You take the picture that happens to stand in the middle. They are to be sorted.",
                {"result": "(means[(len(means) - 1) // 2] + means[len(means) // 2]) / 2"},
            ),
            _AXES,
            _SQUARED,
        ),
    ),
)


def _distributions(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for bins, height, width in ((2, 1, 2), (3, 1, 2), (3, 2, 2), (4, 2, 3), (5, 3, 2)):
        weights = rng.integers(0, 5, (bins, height, width), dtype=np.int64)
        weights[:, 0, 0] = np.arange(1, bins + 1)
        weights[0, -1, -1] += 7  # one place is sure, the others are not
        weights[1] += weights.sum(axis=0) == 0
        # Different everywhere, so that there is one most probable color.
        p = weights + np.linspace(0, 0.5, bins)[:, None, None]
        centers = rng.permutation(np.arange(-4, 5))[:bins] * 10
        yield p / p.sum(axis=0), np.stack([centers, rng.permutation(centers)], axis=1)
    # Eighths are exact: 3/4 is reached exactly, and two colors share the second place.
    p = np.array([[[4, 2, 1]], [[2, 3, 1]], [[2, 1, 5]], [[0, 2, 1]]]) / 8
    yield p, np.array([[0, 0], [30, 10], [-20, 40], [10, -30]])


_UNSURE = Program(
    '''def unsure(p, bins):
    """Return for each pixel how unsure a distribution is."""
    $prepare
    return $result
''',
    {"prepare": "", "result": ""},
)
_MEAN = "mean = np.tensordot(bins.T, p, 1)"
_APART = f"{_MEAN}\napart = np.sqrt(((bins[:, :, None, None] - mean) ** 2).sum(axis=1))"
_FLAT = mistake(
    "one-number-for-all",
    "You return one number for the whole picture. Each pixel should have its own.",
    lambda p, bins: np.float64(1 - p.max(axis=0).mean()),
)
_SURE = mistake(
    "returns-the-probability",
    "This is how probable the most probable color is: large where the network is sure.",
    {"prepare": "", "result": "p.max(axis=0)"},
)
_OVER_WIDTH = mistake(
    "wrong-axis",
    "You go along the rows or columns of the picture. The bins lie along the first axis.",
    {"prepare": "", "result": "1 - p.max(axis=1)"},
    {"prepare": "", "result": "1 - p.max(axis=2)"},
)
_FROM_GRAY = mistake(
    "measures-from-gray",
    "You measure how far the colors are from gray. It is the mean color they are compared with.",
    {"prepare": "apart = np.sqrt((bins**2).sum(axis=1))[:, None, None]"},
)
_FROM_FAVORITE = mistake(
    "measures-from-the-favorite",
    "You measure how far the colors are from the most probable one. It is the mean color they are "
    "compared with.",
    {
        "prepare": "favorite = np.moveaxis(bins[p.argmax(axis=0)], -1, 0)\n"
        "apart = np.sqrt(((bins[:, :, None, None] - favorite) ** 2).sum(axis=1))"
    },
)
_AS_IF_EQUAL = mistake(
    "ignores-the-probabilities",
    "All bins count alike in your number. Each counts with its probability.",
    {"prepare": f"{_APART}", "result": "apart.mean(axis=0)"},
)


def _uncertainty(name: str, asked: str, right: Mapping[str, str], *mistakes: Mistake) -> Exercise:
    """Make the task of reading an uncertainty from distributions over colors."""
    return variant(
        _UNSURE.but(**right),
        name=name,
        title="How unsure is it?",
        stars=3,
        prompt=f"""
The network answers each pixel with probabilities over Q colors. `p` has the shape (Q, H, W) and
adds up to 1 along its first axis; `bins` has the shape (Q, 2), with a and b of each color. A map of
how unsure the network is belongs beside every colored picture.

Write `unsure(p, bins)`. Return an array of shape (H, W): for each pixel, {asked}
""",
        inputs=_distributions,
        mistakes=(*mistakes, _SURE, _OVER_WIDTH, _FLAT),
        success="One more number for each pixel, and the reader knows where to doubt.",
        shown=(
            np.array([[[0.5, 1.0]], [[0.25, 0.0]], [[0.25, 0.0]]]),
            np.array([[0, 0], [3, 4], [-3, 4]]),
        ),
    )


how_unsure = Family(
    name="how_unsure",
    skills="Combines a distribution over colors with their geometry into a map of uncertainty.",
    points=5,
    variants=(
        _uncertainty(
            "root_mean_square",
            "the square root of the mean squared **distance of the colors from their mean color**. "
            "Both means are weighted by the probabilities.",
            {"prepare": _APART, "result": "np.sqrt((p * apart**2).sum(axis=0))"},
            mistake(
                "forgets-the-root",
                "This is the mean of the squares. Its root is asked for.",
                {"result": "(p * apart**2).sum(axis=0)"},
            ),
            mistake(
                "averages-distances",
                "You take the mean of the distances. Square first, and take the root last.",
                {"result": "(p * apart).sum(axis=0)"},
            ),
            mistake(
                "each-axis-by-itself",
                "You take a root for a and one for b, and add them. The distance in the plane has "
                "one root.",
                {
                    "prepare": f"{_MEAN}\napart = (bins[:, :, None, None] - mean) ** 2",
                    "result": "np.sqrt((p[:, None] * apart).sum(axis=0)).sum(axis=0)",
                },
            ),
            _FROM_GRAY,
            _FROM_FAVORITE,
            _AS_IF_EQUAL,
        ),
        _uncertainty(
            "mean_distance",
            "the mean **distance of the colors from their mean color**. Both means are weighted by "
            "the probabilities.",
            {"prepare": _APART, "result": "(p * apart).sum(axis=0)"},
            mistake(
                "squares-the-distances",
                "You take the root of the mean square. The mean of the distances is asked for.",
                {"result": "np.sqrt((p * apart**2).sum(axis=0))"},
            ),
            _AS_IF_EQUAL,
            _FROM_GRAY,
            _FROM_FAVORITE,
        ),
        _uncertainty(
            "entropy",
            "the **entropy in bits**: the sum over the colors of minus the probability times its "
            "logarithm to base 2. A probability of 0 adds nothing.",
            {
                "prepare": "logs = np.log2(np.where(p > 0, p, 1))",
                "result": "-(p * logs).sum(axis=0)",
            },
            mistake(
                "uses-another-logarithm",
                "Off by a constant factor: this is the natural logarithm. Base 2 is asked for.",
                {"prepare": "logs = np.log(np.where(p > 0, p, 1))"},
            ),
            mistake(
                "forgets-the-minus",
                "Your entropy is negative. It grows with how unsure the network is.",
                {"result": "(p * logs).sum(axis=0)"},
            ),
            mistake(
                "ignores-the-probabilities",
                "You add up the logarithms. Each counts with its probability.",
                {"result": "-logs.sum(axis=0)"},
            ),
        ),
        _uncertainty(
            "not_the_favorite",
            "the probability that the true color is **not among the two most probable** ones.",
            {"result": "1 - np.sort(p, axis=0)[-2:].sum(axis=0)"},
            mistake(
                "not-the-first",
                "This is the probability that it is not the most probable one. Two are allowed.",
                {"result": "1 - p.max(axis=0)"},
            ),
            mistake(
                "drops-equal-ones",
                "Where several colors are as probable as the second, you leave out all of them. "
                "Only two are taken.",
                {"result": "np.where(p < np.sort(p, axis=0)[-2], p, 0).sum(axis=0)"},
            ),
            mistake(
                "takes-the-least-probable",
                "You leave out the two least probable ones.",
                {"result": "1 - np.sort(p, axis=0)[:2].sum(axis=0)"},
            ),
            mistake(
                "probability-of-the-two",
                "This is the probability of the two together, large where the network is sure.",
                {"result": "np.sort(p, axis=0)[-2:].sum(axis=0)"},
            ),
        ),
        _uncertainty(
            "favorite_against_mean",
            "the **distance between the most probable color and the mean color**. The mean is "
            "weighted by the probabilities.",
            {
                "prepare": f"{_MEAN}\nfavorite = bins[p.argmax(axis=0)]",
                "result": "np.sqrt(((np.moveaxis(favorite, -1, 0) - mean) ** 2).sum(axis=0))",
            },
            mistake(
                "forgets-the-root",
                "This is the squared distance. Its root is asked for.",
                {"result": "((np.moveaxis(favorite, -1, 0) - mean) ** 2).sum(axis=0)"},
            ),
            mistake(
                "adds-the-axes",
                "You add how far a and b are apart. The distance in the plane is asked for.",
                {"result": "np.abs(np.moveaxis(favorite, -1, 0) - mean).sum(axis=0)"},
            ),
            mistake(
                "ignores-the-probabilities",
                "Your mean color counts all bins alike. Each counts with its probability.",
                {
                    "prepare": "mean = bins.mean(axis=0)[:, None, None]\n"
                    "favorite = bins[p.argmax(axis=0)]"
                },
            ),
            mistake(
                "takes-the-least-probable",
                "You compare the least probable color with the mean.",
                {"prepare": f"{_MEAN}\nfavorite = bins[p.argmin(axis=0)]"},
            ),
        ),
        _uncertainty(
            "two_draws",
            "the **mean distance between two colors** that are drawn independently from its "
            "distribution. (The two may be the same, with distance 0.)",
            {
                "prepare": "apart = np.sqrt(((bins[:, None] - bins) ** 2).sum(axis=-1))",
                "result": "(p * np.tensordot(apart, p, 1)).sum(axis=0)",
            },
            mistake(
                "only-different-pairs",
                "You count each pair of different colors once. Both orders of a pair can be drawn.",
                {"result": "(p * np.tensordot(np.triu(apart), p, 1)).sum(axis=0)"},
            ),
            mistake(
                "squares-the-distances",
                "You take the mean of squared distances. The distances themselves are asked for.",
                {"prepare": "apart = ((bins[:, None] - bins) ** 2).sum(axis=-1)"},
            ),
            mistake(
                "one-draw-only",
                "You compare one drawn color with the mean color. Two draws are compared.",
                {"prepare": _APART, "result": "(p * apart).sum(axis=0)"},
            ),
            mistake(
                "ignores-the-probabilities",
                "All pairs count alike in your number. Each counts with both probabilities.",
                {"result": "apart.mean() + 0 * p[0]"},
            ),
        ),
        _uncertainty(
            "colors_for_most",
            "the **smallest number of colors** whose probabilities together reach at least 0.75.",
            {
                "prepare": "largest_first = -np.sort(-p, axis=0)",
                "result": "(np.cumsum(largest_first, axis=0) < 0.75 - 1e-9).sum(axis=0) + 1",
            },
            mistake(
                "one-too-few",
                "You count the colors that do not reach it yet. One more is needed.",
                {"result": "(np.cumsum(largest_first, axis=0) < 0.75 - 1e-9).sum(axis=0)"},
            ),
            mistake(
                "more-than-enough",
                "Where the sum is exactly 0.75, you take one color more. At least 0.75 is enough.",
                {"result": "(np.cumsum(largest_first, axis=0) < 0.75 + 1e-9).sum(axis=0) + 1"},
            ),
            mistake(
                "does-not-sort",
                "You take the colors in the order of the bins. The most probable ones come first.",
                {"prepare": "largest_first = p"},
            ),
            mistake(
                "smallest-first",
                "You begin with the least probable colors. That takes the most of them.",
                {"prepare": "largest_first = np.sort(p, axis=0)"},
            ),
            mistake(
                "counts-the-probable-ones",
                "You count the colors that have a probability of their own of more than some "
                "limit. It is their sum that should reach 0.75.",
                {"prepare": "", "result": "(p >= 0.25).sum(axis=0)"},
            ),
        ),
    ),
)

families = (hold_out_series, judge_colors, how_unsure)
"""What tests grade."""

written = (
    Written(
        name="photographs_and_split",
        title="Your photographs",
        prompt="""
In at most 250 words, describe what your network learned from and what it was tested on: how many
photographs, of what, from where, and by what right you use them. Say how you split them, what near
copies there are (one scene taken twice, one trip, one camera) and what you did about them. Say what
your photographs do **not** show.
""",
        rubric=(
            ("How many, of what, from where, and by what right they are used", 1),
            (
                "A split that holds whole series out, and is said so exactly that it can be redone",
                2,
            ),
            ("What the photographs do not show, and what that may do to the colors", 1),
        ),
        guide="""
Full points: numbers for both sides of the split; a rule, not "at random", where there are series
(question 1 is the tool); a license or "I took them" for all. What is missing is concrete: "no
people, nearly all at noon, no snow".

Half: a random split of pictures that are clearly in series, if the answer says so and says what it
means for the figures. None for the split if test pictures were learned from.
""",
    ),
    Written(
        name="one_change",
        title="One change at a time",
        prompt="""
Train your network at least twice, with **one** difference between the runs: other starting weights,
more or fewer photographs, another size, width, learning rate or loss. Before you start, write down
what you expect, and why. Then give a table of all runs on the pictures held out, with the pooled
PSNR, the ab error and the colorfulness, and beside them **gray** and a **mean tone**. At least one
of the networks is trained with two seeds. Besides the table, at most 300 words. Say what the
numbers support and what they do not.
""",
        rubric=(
            ("What was expected, with a reason from the course, written before the result", 1),
            ("One difference between the runs; everything else is the same and named", 1),
            (
                "A complete table: three measures, on pictures held out, with both baselines",
                2,
            ),
            ("The spread between two seeds, and differences judged by it", 1),
            ("Conclusions that the numbers carry, and none beyond", 1),
        ),
        guide="""
A refuted expectation earns as much as a confirmed one. The table earns one of its two points if a
measure or a baseline is missing, and none without any baseline. Watch for: two changes at once; the
best epoch chosen on the pictures that are reported; decibels averaged picture by picture without
saying so; "better" for a difference that is smaller than the one between seeds. A network that does
not beat the mean tone can earn full points here if the answer says so plainly and asks why.
""",
    ),
    Written(
        name="gallery",
        title="A gallery, with its failures",
        prompt="""
Show at least eight photographs that were held out, each as gray, faithful, vivid and true, in your
PDF. Choose them **by a rule** that you state (for instance: the two best, the two worst and four
drawn by lot), not by eye. For two failures say, in three or four sentences each, what the network
painted, what it should have painted, and what it could have known from the gray picture.
""",
        rubric=(
            ("Eight photographs, chosen by a rule that is stated and was kept", 2),
            ("Two failures explained by what the gray picture says and does not say", 2),
        ),
        guide="""
"The network was unsure" explains nothing by itself; full points tie the failure to an ambiguity
(the thing could have had another color), to missing training pictures, or to a texture that is
taken for another one. The map of question 3 is good evidence. Half: one failure explained, or two
described only. A gallery of the best pictures only earns nothing on the first line; one point if
a rule is stated and pictures are missing, or one of the four versions.
""",
    ),
    Written(
        name="card",
        title="A card for your network",
        prompt="""
Write the card that goes with your network, at most 250 words, for somebody who has not taken this
course: what it does, what it learned from, how good it is in one number that you explain, what it
is good for and what it must not be used for. End with the line that should stand under every
picture it has painted.
""",
        rubric=(
            ("A reader without the course understands it, in at most 250 words", 1),
            ("The one number is explained and fits what was measured", 1),
            ("Uses that it must not be put to, with a reason from the project", 1),
            ("The line under the picture says that the colors are guesses", 1),
        ),
        guide="""
Reasons from the project are best: "people were not in the training pictures", "the suit could have
had any color". For the last line anything that says *program* and *guess* will do; "colorized" or
"restored" alone does not.
""",
    ),
)
"""What a person grades."""

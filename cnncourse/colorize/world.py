"""Small scenes whose best coloring is known exactly.

Every scene has a sky, a ground and up to four objects. What a thing *is* can be read from the gray
picture, by texture and shape together: a striped disc is a balloon, a plain one the sun, a striped
diamond a kite; the ground's texture says meadow, wheat or lavender. A kind of thing has one color,
with two exceptions. A **balloon** is violet or green, equally often. A **house** is blue two times
in three, otherwise orange. Their colors are drawn for each object on its own when the gray picture
is finished, so nothing in it can give them away.

The distribution of every pixel's color, given the gray picture, is therefore known, and with it
the best that any network can do: the smallest squared error, the share of the variance that can
be explained at all, the smallest cross-entropy. Nothing here needs PyTorch.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import ArrayLike

from cnncourse._integers import integer

Floats = np.ndarray[Any, np.dtype[np.float32]]
Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]

SIZE = 32  # height and width of a scene in pixels
LIGHTNESS = (47.0, 70.0)
"""L stays between these, and every hue of the world is a color of sRGB at any L between them."""


class Kind(NamedTuple):
    """A kind of thing: the colors (a, b) that it can have, and how often it has which."""

    name: str
    hues: tuple[tuple[float, float], ...]
    odds: tuple[float, ...] = (1.0,)


# Where there are two hues, their mean is gray: halfway between violet and green; and an orange
# twice as strong as the blue, but half as frequent. All hues are centers of bins in `losses`, so
# that a distribution over bins can be exactly right.
KINDS = (
    Kind("sky", ((0, -30),)),
    Kind("meadow", ((-30, 30),)),
    Kind("wheat", ((10, 40),)),
    Kind("lavender", ((20, -30),)),
    Kind("nothing", ((0, 0),)),
    Kind("sun", ((0, 50),)),
    Kind("kite", ((40, 20),)),
    Kind("balloon", ((40, -30), (-40, 30)), (1 / 2, 1 / 2)),
    Kind("fir", ((-30, 10),)),
    Kind("rock", ((0, 0),)),
    Kind("house", ((-20, -20), (40, 40)), (2 / 3, 1 / 3)),
)
"""All kinds of things; those without a place in a scene are *nothing*."""

NUMBERS = {kind.name: number for number, kind in enumerate(KINDS)}
"""The place of each kind in `KINDS`, by its name."""

AMBIGUOUS = tuple(number for number, kind in enumerate(KINDS) if len(kind.hues) > 1)
"""The numbers of the two kinds that have two colors."""

GROUNDS = ("meadow", "wheat", "lavender")
# Each scene takes two of the five in the sky, and two on the ground.
IN_THE_SKY = ("balloon", "balloon", "kite", "sun", "nothing")
ON_THE_GROUND = ("house", "house", "fir", "rock", "nothing")

STAMP = 15  # an object is drawn on a square of this many pixels
PHASES = 4  # a texture may begin at any of so many pixels
REGIONS = 6  # the sky, the ground, and places for four objects


@dataclass(frozen=True)
class Scenes:
    """Gray pictures, one true coloring of each, and what is known about all colorings.

    Parameters
    ----------
    L
        Lightness, shape (N, 1, 32, 32), between the two numbers of `LIGHTNESS`.
    regions
        To which region each pixel belongs, shape (N, 32, 32): 0 is the sky, 1 the ground, 2 to 5
        are objects.
    kinds
        What kind of thing each region is, as a place in `KINDS`, shape (N, 6).
    hues
        Which of its kind's hues each region has, shape (N, 6): 0, or 1 for the second.
    """

    L: Floats
    regions: Bytes
    kinds: Bytes
    hues: Bytes

    def __len__(self) -> int:
        return len(self.L)

    @property
    def ab(self) -> Floats:
        """The true colors, shape (N, 2, 32, 32)."""
        return self._fill(_hues()[self.kinds, self.hues])

    @property
    def mean_ab(self) -> Floats:
        """The mean of each pixel's color given the gray picture, shape (N, 2, 32, 32).

        No prediction that is made from the gray picture has a smaller squared error on average.
        """
        return self._fill(_means()[self.kinds])

    @property
    def variance(self) -> Floats:
        """The mean squared distance of a pixel's color from `mean_ab`, shape (N, 32, 32).

        In squared ab units; 0 wherever the gray picture decides the color.
        """
        return self._fill(_variances()[self.kinds][..., None])[:, 0]

    @property
    def entropy(self) -> Floats:
        """The entropy of a pixel's color given the gray picture, in nats, shape (N, 32, 32).

        No predicted distribution has a smaller cross-entropy on average.
        """
        return self._fill(_entropies()[self.kinds][..., None])[:, 0]

    @property
    def ambiguous(self) -> Flags:
        """Whether a pixel belongs to a thing with two possible colors, shape (N, 32, 32)."""
        return self.variance > 0

    @property
    def mean_rgb(self) -> Bytes:
        """The mean of each pixel's RGB given the gray picture, uint8 of shape (N, 32, 32, 3).

        No painting that is made from the gray picture has a smaller squared error in RGB on
        average, but for rounding. It need not have the lightness of the gray picture.
        """
        odds = self._fill(_odds()[self.kinds])[..., None]
        paintings = [replace(self, hues=np.full_like(self.hues, hue)).rgb() for hue in (0, 1)]
        mean = odds[:, 0] * paintings[0] + odds[:, 1] * paintings[1]
        return mean.round().astype(np.uint8)

    def where(self, name: str) -> Flags:
        """Find the pixels of one kind of thing.

        Parameters
        ----------
        name
            Of the kind, such as ``"balloon"``.

        Returns
        -------
        numpy.ndarray
            Shape (N, 32, 32).

        Raises
        ------
        ValueError
            If there is no such kind.

        Examples
        --------
        >>> some = scenes(10, seed=0)
        >>> float(abs(some.ab).max(axis=1)[some.where("rock")].max())
        0.0
        """
        if name not in NUMBERS:
            raise ValueError(f"Scenes.where: no kind {name!r}; there are {', '.join(NUMBERS)}")
        found: Flags = (self.kinds == NUMBERS[name]).take(_places(self.regions))
        return found

    def repainted(self, seed: int) -> Scenes:
        """Return the same gray pictures with colors drawn anew.

        Parameters
        ----------
        seed
            Of the new colors; the one that made the scenes gives the same colors again.

        Returns
        -------
        Scenes
            Everything but `hues`, and so `ab`, is the same.

        Examples
        --------
        >>> one = scenes(10, seed=0)
        >>> other = one.repainted(seed=1)
        >>> bool((one.L == other.L).all()), bool((one.ab == other.ab).all())
        (True, False)
        """
        return replace(self, hues=_draw_hues(self.kinds, seed))

    def rgb(self, ab: ArrayLike | None = None) -> Bytes:
        """Paint the gray pictures.

        Parameters
        ----------
        ab
            Colors of shape (N, 2, 32, 32); the true ones if there are none. Zeros show the gray
            pictures.

        Returns
        -------
        numpy.ndarray
            sRGB, uint8 of shape (N, 32, 32, 3). Colors that no screen can show are clipped; the
            true ones never need it.

        Raises
        ------
        ValueError
            If the shape of `ab` does not fit.
        """
        from skimage.color import lab2rgb

        colors = _check(self, self.ab if ab is None else ab, "Scenes.rgb")
        lab = np.concatenate([self.L, colors], axis=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # says what was clipped
            painted = lab2rgb(lab, channel_axis=1).transpose(0, 2, 3, 1)
        return (255 * painted).round().astype(np.uint8)

    def _fill(self, values: np.ndarray) -> Floats:
        """Give every pixel its region's values: (N, 6, C) to (N, C, 32, 32)."""
        places = _places(self.regions)
        columns = values.astype(np.float32).reshape(-1, values.shape[-1]).T
        return np.stack([column.take(places) for column in columns], axis=1)


class Objects(NamedTuple):
    """What a prediction makes of the objects that have two possible colors, each of shape (M,).

    `scene` says in which scene an object stands, `kind` what it is, as a place in `KINDS`,
    `nearest` which of its kind's hues is nearer to its mean predicted color, 0 or 1, and
    `distance` how far that is, in ab units.
    """

    scene: np.ndarray
    kind: np.ndarray
    nearest: np.ndarray
    distance: np.ndarray


class Variance(NamedTuple):
    """The variance of the color of a pixel, in squared ab units, and its two parts."""

    total: float
    explainable: float
    irreducible: float


def scenes(count: int, seed: int) -> Scenes:
    """Make scenes.

    Parameters
    ----------
    count
        How many.
    seed
        The same seed makes the same scenes.

    Returns
    -------
    Scenes
        See there.

    Raises
    ------
    TypeError
        If `count` is not an integer.
    ValueError
        If `count` is negative.

    Examples
    --------
    >>> eight = scenes(8, seed=0)
    >>> eight.L.shape, eight.ab.shape
    ((8, 1, 32, 32), (8, 2, 32, 32))
    >>> [KINDS[number].name for number in eight.kinds[0]]
    ['sky', 'lavender', 'nothing', 'balloon', 'nothing', 'rock']
    """
    count = integer("scenes", "count", count, minimum=0)
    rng = np.random.default_rng(seed)
    kinds = _draw_kinds(rng, count)
    regions, shade = _draw_background(rng, kinds)
    for place in range(4):
        _draw_object(rng, kinds[:, 2 + place], place, regions, shade)
    middle, contrast = _draw_light(rng, (count, REGIONS))
    places = _places(regions)
    L = middle.take(places) + contrast.take(places) * shade
    return Scenes(L[:, None], regions, kinds, _draw_hues(kinds, seed))


def variance(pictures: Scenes) -> Variance:
    """Split the variance of these scenes' colors into what gray pictures explain and the rest.

    The mean over all pixels of the squared distance from the mean color, as it would be if each
    scene were painted again and again: no chance is left in it but that of the gray pictures.

    Parameters
    ----------
    pictures
        At least one.

    Returns
    -------
    Variance
        `total` is the sum of `explainable`, the variance of `mean_ab`, and `irreducible`, the
        mean of `variance`.

    Examples
    --------
    >>> total, explainable, irreducible = variance(scenes(1000, seed=0))
    >>> print(f"{explainable:.0f} + {irreducible:.0f} = {total:.0f}")
    1034 + 320 = 1354
    """
    best = pictures.mean_ab
    center = best.mean(axis=(0, 2, 3), keepdims=True, dtype=np.float64)
    explainable = float(np.square(best - center).sum(axis=1).mean())
    irreducible = float(pictures.variance.mean(dtype=np.float64))
    return Variance(explainable + irreducible, explainable, irreducible)


def share_explained(ab: ArrayLike, pictures: Scenes) -> float:
    """Return how much of the explainable variance a prediction explains.

    Parameters
    ----------
    ab
        Predicted from the gray pictures, shape (N, 2, 32, 32).
    pictures
        The scenes.

    Returns
    -------
    float
        1 if `ab` is the mean of each pixel's color, 0 if it is only as good as one color for all
        pixels of all pictures, and less than 0 if it is worse.

    Raises
    ------
    ValueError
        If the shape of `ab` does not fit.

    Examples
    --------
    >>> some = scenes(10, seed=0)
    >>> share_explained(some.mean_ab, some)
    1.0
    """
    missed = np.square(_check(pictures, ab, "share_explained") - pictures.mean_ab).sum(axis=1)
    return 1 - float(missed.mean(dtype=np.float64)) / variance(pictures).explainable


def ambiguous_objects(ab: ArrayLike, pictures: Scenes) -> Objects:
    """Hold a prediction's colors for balloons and houses against the colors that they can have.

    Parameters
    ----------
    ab
        Predicted from the gray pictures, shape (N, 2, 32, 32).
    pictures
        The scenes.

    Returns
    -------
    Objects
        One entry for each balloon and house.

    Raises
    ------
    ValueError
        If the shape of `ab` does not fit.

    Examples
    --------
    >>> some = scenes(1000, seed=0)
    >>> true, gray = ambiguous_objects(some.ab, some), ambiguous_objects(0 * some.ab, some)
    >>> float(true.distance.max()), round(float(gray.distance.min()), 1)
    (0.0, 28.3)
    """
    means = _region_means(_check(pictures, ab, "ambiguous_objects"), pictures)
    places = np.isin(pictures.kinds, AMBIGUOUS)
    kind = pictures.kinds[places]
    distances = np.linalg.norm(means[places][:, None] - _hues()[kind], axis=-1)
    return Objects(np.nonzero(places)[0], kind, distances.argmin(axis=1), distances.min(axis=1))


def _region_means(ab: Floats, pictures: Scenes) -> Floats:
    """Return the mean color of every region, (N, 6, 2); not a number where there is none."""
    places, regions = _places(pictures.regions).ravel(), pictures.kinds.size
    sums = [np.bincount(places, ab[:, i].ravel(), regions) for i in (0, 1)]
    with np.errstate(invalid="ignore"):
        means = np.stack(sums, axis=-1) / np.bincount(places, minlength=regions)[:, None]
    return means.reshape(*pictures.kinds.shape, 2).astype(np.float32)


def _check(pictures: Scenes, ab: ArrayLike, function: str) -> Floats:
    colors = np.asarray(ab, dtype=np.float32)
    wanted = (len(pictures), 2, SIZE, SIZE)
    if colors.shape != wanted:
        raise ValueError(f"{function}: ab has shape {colors.shape}; it should be {wanted}")
    return colors


def _places(regions: Bytes) -> np.ndarray:
    """Return each pixel's region, counted through all scenes."""
    return regions + REGIONS * np.arange(len(regions))[:, None, None]


def _draw_kinds(rng: np.random.Generator, count: int) -> Bytes:
    kinds = np.empty((count, REGIONS), dtype=np.uint8)
    kinds[:, 0] = NUMBERS["sky"]
    kinds[:, 1] = rng.choice([NUMBERS[name] for name in GROUNDS], count)
    for places, names in ((slice(2, 4), IN_THE_SKY), (slice(4, 6), ON_THE_GROUND)):
        numbers = np.array([NUMBERS[name] for name in names], dtype=np.uint8)
        kinds[:, places] = rng.permuted(np.tile(numbers, (count, 1)), axis=1)[:, :2]
    return kinds


def _draw_hues(kinds: Bytes, seed: int) -> Bytes:
    # A stream of its own: the gray pictures do not depend on it, nor it on them.
    rng = np.random.default_rng([seed, 1])
    first = np.array([kind.odds[0] for kind in KINDS])
    return (rng.random(kinds.shape) >= first[kinds]).astype(np.uint8)


def _draw_light(rng: np.random.Generator, shape: tuple[int, ...]) -> tuple[Floats, Floats]:
    """Return a middle lightness and a contrast that stay within `LIGHTNESS` together."""
    low, high = LIGHTNESS
    middle = rng.uniform(55, 62, shape).astype(np.float32)
    contrast = rng.uniform(0.7, 1, shape).astype(np.float32)
    return middle, contrast * np.minimum(middle - low, high - middle)


def _draw_background(rng: np.random.Generator, kinds: Bytes) -> tuple[Bytes, Floats]:
    """Return regions 0 and 1 of new scenes, and their textures from −1 to 1."""
    count = len(kinds)
    horizon = rng.integers(13, 19, (count, 1, 1))
    rows = np.arange(SIZE)[:, None]
    below = np.broadcast_to(rows >= horizon, (count, SIZE, SIZE))
    windows = sliding_window_view(_textures(), (SIZE, SIZE), axis=(1, 2))
    down, right = rng.integers(0, windows.shape[1], (2, count))
    sky = (2 * rows / horizon - 1).astype(np.float32)
    return below.astype(np.uint8), np.where(below, windows[kinds[:, 1] - 1, down, right], sky)


def _draw_object(
    rng: np.random.Generator, kinds: Bytes, place: int, regions: Bytes, shade: Floats
) -> None:
    """Put one object into each scene: upper left, upper right, lower left or lower right."""
    count = len(kinds)
    larger, phase = rng.integers(0, 2, count), rng.integers(0, PHASES, count)
    row = 6 if place < 2 else 25 - larger - rng.integers(0, 3, count)
    column = 8 + 15 * (place % 2) + rng.integers(-1, 2, count)
    masks, shades = _stamps()
    which = kinds, larger, phase
    scene, i, j = np.nonzero(masks[which])
    corner = (SIZE * (row - STAMP // 2) + column - STAMP // 2)[scene]
    pixels = scene * SIZE**2 + corner + SIZE * i + j
    regions.reshape(-1)[pixels] = 2 + place
    shade.reshape(-1)[pixels] = shades[which][scene, i, j]


@cache
def _textures() -> Floats:
    """Return the grounds' textures, from −1 to 1, shape (3, 43, 43), to cut windows from."""
    y, x = np.mgrid[: SIZE + 11, : SIZE + 11]  # every texture repeats after twelve pixels
    starts = np.array([3, 0, 2, 1, 3, 2, 0, 1, 2, 0, 3, 1])  # of the blades in twelve columns
    blades = np.where((y + starts[x % 12]) % 4 < 2, 1.0, -1.0) * np.where(x % 2, 1, 0.4)
    ears = np.where((x + y // 2 % 2) % 3 == 0, 1.0, -0.6)
    rows = np.where(y % 4 >= 2, -1.0, np.where((x + y // 4 * 2) % 4 < 2, 1.0, 0.2))
    return np.stack([blades, ears, rows]).astype(np.float32)


@cache
def _stamps() -> tuple[Flags, Floats]:
    """Return masks and textures, from −1 to 1, of all kinds, both sizes and all phases.

    Both have shape (11, 2, 4, 15, 15).
    """
    masks = np.zeros((len(KINDS), 2, PHASES, STAMP, STAMP), dtype=bool)
    shades = np.zeros(masks.shape, dtype=np.float32)
    for name in set(IN_THE_SKY + ON_THE_GROUND) - {"nothing"}:
        for larger in (0, 1):
            for phase in range(PHASES):
                at = NUMBERS[name], larger, phase
                masks[at], shades[at] = _stamp(name, larger, phase)
    return masks, shades


def _stamp(name: str, larger: int, phase: int) -> tuple[np.ndarray, np.ndarray]:
    """Return an object's shape and texture around the middle of a square."""
    y, x = np.mgrid[-(STAMP // 2) : STAMP // 2 + 1, -(STAMP // 2) : STAMP // 2 + 1]
    stripes = np.where((x + phase) // 2 % 2, 1.0, -1.0)
    if name == "sun":
        radius = 4.3 + larger
        return np.hypot(y, x) <= radius, 1 - 2 * (y**2 + x**2) / radius**2
    if name == "balloon":
        basket = (y >= 3 + larger) & (y <= 5 + larger) & (abs(x) <= 1)
        return (np.hypot(y + 1, x) <= 4.3 + larger) | basket, stripes
    if name == "kite":
        return 1.2 * abs(x) + abs(y) <= 5.2 + larger, stripes
    half = 5 + larger
    if name == "house":
        house = np.where(y < -1, abs(x) <= y + half + 2, abs(x) < half)  # roof and walls
        mortar = (y % 3 == phase % 3) | ((x + 2 * ((y - phase % 3) // 3)) % 4 == 0)
        door = (y >= half - 3) & (abs(x) <= 1)
        return house & (y <= half), np.where(mortar | door, -1, 0.6)
    if name == "fir":
        tree = np.where(y < half - 1, 2 * abs(x) <= y + half + 1, abs(x) <= 1)
        return tree & (y <= half), 1.0 - (y + phase) % 3
    grains = np.array([[8, 8, -6, 3], [-9, 6, 9, 1], [3, -5, 7, 9], [8, 2, 6, -9]]) / 10
    dome = (x / (half + 0.5)) ** 2 + ((y - half) / (half + 1)) ** 2 <= 1
    return dome & (y <= half), grains[(y + phase) % 4, (x + y // 4 + phase) % 4]


@cache
def _hues() -> Floats:
    """Return the hues of all kinds, shape (11, 2, 2); a single hue stands in both places."""
    return np.array([(kind.hues * 2)[:2] for kind in KINDS], dtype=np.float32)


@cache
def _odds() -> np.ndarray:
    """Return the probabilities of the first and the second hue, shape (11, 2)."""
    return np.array([(*kind.odds, 0.0)[:2] for kind in KINDS])


@cache
def _means() -> Floats:
    """Return each kind's mean color, shape (11, 2)."""
    return (_odds()[..., None] * _hues()).sum(axis=1).astype(np.float32)


@cache
def _variances() -> np.ndarray:
    """Return the mean squared distance from the mean color, shape (11,)."""
    squares = np.square(_hues() - _means()[:, None]).sum(axis=-1)
    return (_odds() * squares).sum(axis=1)


@cache
def _entropies() -> np.ndarray:
    """Return the entropy of each kind's hue in nats, shape (11,)."""
    odds = _odds()
    return -(odds * np.log(np.where(odds > 0, odds, 1))).sum(axis=1)

"""A gray photograph, the color that a network guesses for it, and the color that it had."""

from __future__ import annotations

import base64
import io
import math
from functools import cache
from html import escape
from typing import Any

import numpy as np
import traitlets

from cnncourse.data import results
from cnncourse.figures._figure import (
    STATIC,
    Figure,
    Setting,
    number,
    one_of,
    paragraph,
    place,
    table,
    whole,
)

Array = np.ndarray[Any, Any]
VIEWS = {
    "gray": ("Gray", "all that the network is given"),
    "faithful": ("Faithful", "the color with the least squared error"),
    "vivid": ("Vivid", "a likely color, not the mean of all"),
    "truth": ("Truth", "the photograph itself"),
    "spread": ("Uncertainty", "how far the possible colors lie apart"),
}
POINTS = ("truth", "faithful", "vivid")
LARGEST_SPREAD = 45  # in ab units; from here on uncertainty is drawn in the last color
LARGEST_SIDE = 512  # pixels of a picture that the page asks the kernel about


@cache
def _stored() -> dict[str, dict[str, Any]]:
    """Return the photographs with their predictions, by name."""
    return {each["name"]: each for each in results("colorize_figure")["photographs"]}


def spread_colors() -> Array:
    """Return the colors in which uncertainty is drawn, from sure to unsure.

    Lightness grows evenly, so that equal steps look equal and their order is seen without color.

    Returns
    -------
    numpy.ndarray
        uint8, shape (256, 3).

    Examples
    --------
    >>> spread_colors().shape
    (256, 3)
    """
    from skimage.color import lab2rgb

    t = np.arange(256) / 255
    hue, chroma = -1.15 + 2.75 * t, 20 + 46 * np.sin(np.pi * (0.12 + 0.76 * t))
    lab = np.stack([14 + 78 * t, chroma * np.cos(hue), chroma * np.sin(hue)], axis=1)
    return (255 * lab2rgb(lab)).round().astype(np.uint8)


def verdict(scores: dict[str, dict[str, Any]], spread: float) -> str:
    """Say what the scores come to.

    Parameters
    ----------
    scores
        Of the views gray, faithful, vivid and, where there is one, truth: each with ``psnr`` in
        dB (None where there is nothing to compare with) and ``colorfulness``.
    spread
        Its mean, in ab units.

    Examples
    --------
    >>> score = {"gray": (20, 0), "faithful": (21.5, 10), "vivid": (19, 30), "truth": (None, 40)}
    >>> print(verdict({k: {"psnr": p, "colorfulness": c} for k, (p, c) in score.items()}, 12.34))
    Compared with the photograph, faithful is 1.5 dB nearer than gray, vivid 1 dB farther than \
gray; vivid has 75 % of the photograph's colorfulness. On average the network's possible colors \
lie 12.3 ab units around their mean.
    """
    sure = (
        f"On average the network's possible colors lie {number(spread, 1)} ab units around their "
        "mean."
    )
    if "truth" not in scores:
        return "The picture has no color of its own, so nothing says which guess is nearer. " + sure
    words = []
    for view in ("faithful", "vivid"):
        more = _tenths(scores[view]["psnr"]) - _tenths(scores["gray"]["psnr"])
        apart = f"{number(abs(more) / 10, 1)} dB {'nearer' if more > 0 else 'farther'} than gray"
        words.append(apart if more else "as near as gray")
    share = math.floor(
        100 * scores["vivid"]["colorfulness"] / scores["truth"]["colorfulness"] + 0.5
    )
    return (
        f"Compared with the photograph, faithful is {words[0]}, vivid {words[1]}; vivid has "
        f"{share} % of the photograph's colorfulness. {sure}"
    )


def distance(guess: tuple[int, int], truth: tuple[int, int]) -> str:
    """Write out how far a guess is from the truth in the ab plane.

    Examples
    --------
    >>> distance((3, -4), (0, 0))
    '√((3 − 0)² + (−4 − 0)²) = 5'
    >>> distance((12, 7), (35, -40))
    '√((12 − 35)² + (7 + 40)²) ≈ 52.3'
    """
    parts = [
        f"({number(one)} {'+' if other < 0 else '−'} {number(abs(other))})²"
        for one, other in zip(guess, truth, strict=True)
    ]
    exact = math.dist(guess, truth)
    sign = "=" if abs(exact * 10 - round(exact * 10)) < 1e-9 else "≈"
    return f"√({parts[0]} + {parts[1]}) {sign} {number(exact, 1)}"


def sureness(spread: float) -> str:
    """Say in a word how sure the network is.

    >>> sureness(3), sureness(40)
    ('sure', 'very unsure')
    """
    limits = ((12, "sure"), (22, "fairly sure"), (32, "unsure"))
    return next((word for limit, word in limits if spread < limit), "very unsure")


class Colorize(Figure):
    """A gray photograph beside what a network guesses of its color, and beside the truth.

    Two of five views share the picture, and a line slides between them: *gray*, all that the
    network is given; *faithful*, the color with the least squared error; *vivid*, a likely color;
    *truth*; and the *spread* of the colors that the network thinks possible, its uncertainty. A
    cursor reads the numbers at a place. The photographs bring their predictions along. One of the
    reader's own is colored by the network: in this kernel, if it has PyTorch; on a page of the
    book, in the browser. It is sent nowhere else.

    Parameters
    ----------
    photograph : str
        ``"astronaut"``, ``"china"``, ``"chelsea"``, ``"coffee"``, ``"flower"`` or ``"camera"``,
        which was never in color.
    left, right : {"gray", "faithful", "vivid", "truth", "spread"}
        The views on both sides of the line.
    split : int
        Where the line stands at first, from 0 (at the left) to 100.
    place : [row, column], optional
        Where the cursor stands at first, in pixels of the picture, 288 × 288.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind or cannot be drawn; the message says what would fit.

    Examples
    --------
    >>> Colorize("china", left="faithful", right="truth")
    Colorize(china: faithful | truth)
    >>> Colorize("mona lisa")
    Traceback (most recent call last):
    ValueError: Colorize: photograph must be one of astronaut, china, chelsea, coffee, flower, \
camera; got 'mona lisa'
    """

    _esm = STATIC / "colorize.js"
    _css = STATIC / "colorize.css"

    figure = traitlets.Unicode("colorize", read_only=True).tag(sync=True)
    photograph = traitlets.Unicode("astronaut").tag(sync=True, spec=True)
    left = Setting("gray", one_of(*VIEWS))
    right = Setting("vivid", one_of(*VIEWS))
    split = Setting(50, whole(0, 100))
    place = Setting([0, 0], place)
    # What a page loads when it has this figure, and a notebook gets with the widget.
    carried = traitlets.Dict().tag(sync=True)
    # A picture of the reader's that the page asks the kernel to color, and the answer.
    asked = traitlets.Dict().tag(sync=True)
    answered = traitlets.Dict().tag(sync=True)

    def __init__(self, photograph: str = "astronaut", **settings: Any) -> None:
        self._check_name(photograph)
        settings.setdefault("place", _stored()[photograph]["place"])
        super().__init__(photograph=photograph, **settings)
        self.carried = {
            "photographs": [
                {key: value for key, value in each.items() if key != "pictures"}
                for each in _stored().values()
            ]
        }

    @staticmethod
    def _check_name(name: Any) -> None:
        if name not in _stored():
            raise ValueError(
                f"Colorize: photograph must be one of {', '.join(_stored())}; got {name!r}"
            )

    @traitlets.validate("photograph")
    def _known(self, proposal: Any) -> str:
        self._check_name(proposal["value"])
        return str(proposal["value"])

    def reading(self) -> str:
        """Return the picture in all its views, the scores, and the colors under the cursor."""
        photo = _stored()[self.photograph]
        parts = [self._picture(photo, view) for view in VIEWS if view in photo["pictures"]]
        left, right = (VIEWS[side][0] for side in (self.left, self.right))
        described = "; ".join(
            f"{VIEWS[view][0]}, {VIEWS[view][1]}" for view in VIEWS if view in photo["pictures"]
        )
        parts.append(
            paragraph(
                f"{photo['label']} ({photo['credit']}), in several views: {described}. In the live "
                f"figure a line slides between {left.lower()} and {right.lower()}."
            )
        )
        scores = photo["scores"]
        rows = [
            [
                "–" if score["psnr"] is None else f"{score['psnr']:.1f}",
                f"{math.floor(score['colorfulness'] + 0.5)}",
            ]
            for score in scores.values()
        ]
        heads = [VIEWS[view][0] for view in scores]
        parts.append(table("The whole picture", rows, heads, ["PSNR, dB", "Colorfulness"]))
        parts.append(paragraph(verdict(scores, photo["spread"])))
        parts.append(self._under_cursor())
        return "\n".join(parts)

    def colors(self) -> dict[str, tuple[int, ...]]:
        """Return what is under the cursor, in whole units.

        Returns
        -------
        dict
            ``L``, one number; ``truth`` (where the picture has color), ``faithful`` and
            ``vivid``, each a and b; and ``spread``, one number.
        """
        photo = _stored()[self.photograph]
        rgb = _decoded(photo["src"])
        height, width = rgb.shape[:2]
        row, column = (
            min(max(at, 0), side - 1) for at, side in zip(self.place, (height, width), strict=True)
        )
        from skimage.color import rgb2lab

        L, a, b = rgb2lab(rgb[row, column] / 255)
        rows, columns = photo["size"]
        maps = _decoded(photo["maps"]).reshape(5, rows, columns).astype(np.float64)
        maps = np.concatenate([maps[:4] - 128, maps[4:] / 2])
        found = _between(maps, (row + 0.5) * rows / height, (column + 0.5) * columns / width)
        whole_numbers = [math.floor(value + 0.5) for value in (L, a, b, *found)]
        light, *truth = whole_numbers[:3]
        named = {
            "L": (light,),
            "truth": tuple(truth),
            "faithful": tuple(whole_numbers[3:5]),
            "vivid": tuple(whole_numbers[5:7]),
            "spread": (whole_numbers[7],),
        }
        return {name: ab for name, ab in named.items() if name != "truth" or not photo["gray"]}

    def __repr__(self) -> str:
        return f"Colorize({self.photograph}: {self.left} | {self.right})"

    def _picture(self, photo: dict[str, Any], view: str) -> str:
        label, says = VIEWS[view]
        alt = f"{label}, {says}: {photo['alt']}."
        if view == "spread":
            alt = (
                f"{label}, {says}: dark where the network is sure, bright where it is not, from 0 "
                f"to {LARGEST_SPREAD} ab units or more."
            )
        # The class keeps the book's dark theme from changing the colors.
        return (
            f'<img class="dark-light" src="{photo["pictures"][view]}" alt="{escape(alt)}" '
            'width="144" height="144">'
        )

    def _under_cursor(self) -> str:
        found = self.colors()
        (light,) = found["L"]
        points = [name for name in POINTS if name in found]
        told = table(
            f"Row {self.place[0]}, column {self.place[1]}: lightness L and color a, b",
            [[str(light), "?", "?"]] + [[str(light), *map(number, found[name])] for name in points],
            ["Gray", *(VIEWS[name][0] for name in points)],
            ["L", "a", "b"],
        )
        (spread,) = found["spread"]
        text = (
            f"The network is {sureness(spread)} here: its possible colors spread by "
            f"{number(spread)}."
        )
        if "truth" in found:
            head = "faithful" if self._shows_faithful_alone() else "vivid"
            (a, b), (true_a, true_b) = found[head], found["truth"]
            off = distance((a, b), (true_a, true_b))
            text = f"{VIEWS[head][0]} is off by {off}. {text}"
        return f"{told}\n{paragraph(text)}"

    def _shows_faithful_alone(self) -> bool:
        shown = {self.left, self.right}
        return "faithful" in shown and "vivid" not in shown

    @traitlets.observe("asked")
    def _answer(self, change: Any) -> None:
        """Color a picture that the page has sent, or say why not."""
        asked = change["new"]
        if not asked:
            return
        try:
            self.answered = {"id": asked["id"], **_predicted(asked)}
        except ModuleNotFoundError:
            self.answered = {
                "id": asked["id"],
                "problem": "The picture stays gray: the kernel of this notebook has no PyTorch. "
                'Install it with pip install "cnncourse[torch]", and restart the kernel.',
            }
        except (KeyError, TypeError, ValueError, FileNotFoundError) as error:
            self.answered = {
                "id": asked.get("id"),
                "problem": f"The kernel could not color the picture: {error}",
            }


def _predicted(asked: dict[str, Any]) -> dict[str, Any]:
    """Color a picture with PyTorch: L as float32 bytes in base64, and so the answer."""
    import torch

    from cnncourse.colorize import export, losses

    width, height = asked["width"], asked["height"]
    numbers = np.frombuffer(base64.b64decode(asked["L"]), "<f4")
    if numbers.size != width * height or max(width, height) > LARGEST_SIDE:
        raise ValueError(f"{numbers.size} numbers are no picture of {height} × {width} pixels")
    network, metadata = export.load("photographs")
    with torch.inference_mode():
        faithful, logits = network(torch.tensor(numbers.reshape(1, 1, height, width).copy()))
        found = {
            "faithful": faithful,
            "vivid": export.vivid(logits, metadata),
            "spread": losses.spread(logits),
        }
    packed = {
        name: base64.b64encode(values.numpy().astype("<f4").tobytes()).decode("ascii")
        for name, values in found.items()
    }
    return {"width": faithful.shape[3], "height": faithful.shape[2], **packed}


@cache
def _decoded(url: str) -> Array:
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",", 1)[1]))))


def _between(maps: Array, y: float, x: float) -> list[float]:
    """Interpolate between the four map pixels around a place; (0.5, 0.5) is the first's middle."""
    (top, down), (left, right) = (
        (math.floor(at - 0.5), at - 0.5 - math.floor(at - 0.5)) for at in (y, x)
    )
    rows = np.clip([top, top + 1], 0, maps.shape[1] - 1)
    columns = np.clip([left, left + 1], 0, maps.shape[2] - 1)
    weights = np.outer([1 - down, down], [1 - right, right])
    return [float((map_[np.ix_(rows, columns)] * weights).sum()) for map_ in maps]


def _tenths(value: float) -> int:
    return math.floor(10 * value + 0.5)

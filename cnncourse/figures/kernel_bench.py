"""A photograph, a kernel, and what one makes of the other."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from html import escape
from typing import Any

import numpy as np
import traitlets

from cnncourse.data import PHOTOGRAPHS
from cnncourse.figures import _filtering as filtering
from cnncourse.figures._figure import (
    LargeFigure,
    Setting,
    describe,
    matrix,
    number_table,
    one_of,
    paragraph,
    place,
    whole,
)
from cnncourse.figures._png import png_url
from cnncourse.functional import cross_correlate

Array = np.ndarray[Any, Any]
SIDE = 150
LARGEST_SIDE = 200
SMALLEST_SIDE = 8
DISPLAYS = {
    "clip": "Results below 0 are drawn black, results above 255 white",
    "signed": (
        "A result of 0 is drawn mid gray, negative results purple and darker, positive ones green "
        "and lighter"
    ),
    "absolute": "Results are drawn without their sign, those above 255 white",
}

# Name: label, weights, divisor, and what to see.
PRESETS: dict[str, tuple[str, filtering.Weights, int, str]] = {
    "identity": (
        "Identity",
        [[0, 0, 0], [0, 1, 0], [0, 0, 0]],
        1,
        "Reads the middle pixel and nothing else: the picture comes back, less its border.",
    ),
    "box-blur": (
        "Box blur",
        [[1, 1, 1]] * 3,
        9,
        "The mean of nine pixels: fine detail goes, and edges become ramps.",
    ),
    "box-blur-5": (
        "Box blur 5×5",
        [[1, 1, 1, 1, 1]] * 5,
        25,
        "The mean of 25 pixels: a stronger blur, whose square corners show around bright points.",
    ),
    "gaussian-blur": (
        "Gaussian blur",
        [[1, 2, 1], [2, 4, 2], [1, 2, 1]],
        16,
        "A mean that trusts the middle most: softer than the box, and without its stripes.",
    ),
    "gaussian-blur-5": (
        "Gaussian blur 5×5",
        [
            [1, 4, 6, 4, 1],
            [4, 16, 24, 16, 4],
            [6, 24, 36, 24, 6],
            [4, 16, 24, 16, 4],
            [1, 4, 6, 4, 1],
        ],
        256,
        "The same bell on twice the width: a stronger blur.",
    ),
    "sharpen": (
        "Sharpen",
        [[0, -1, 0], [-1, 5, -1], [0, -1, 0]],
        1,
        "The pixel, plus how it differs from its four neighbors: edges gain contrast.",
    ),
    "emboss": (
        "Emboss",
        [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]],
        1,
        "Bright where the picture brightens toward the lower right: relief, lit from one side.",
    ),
    "sobel-x": (
        "Sobel x",
        [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]],
        1,
        "Right minus left: large where brightness changes from side to side, at vertical edges.",
    ),
    "sobel-y": (
        "Sobel y",
        [[-1, -2, -1], [0, 0, 0], [1, 2, 1]],
        1,
        "Below minus above: large where brightness changes downward, at horizontal edges.",
    ),
    "laplacian": (
        "Laplacian",
        [[0, 1, 0], [1, -4, 1], [0, 1, 0]],
        1,
        "Four neighbors minus four times the middle: thin lines and points, in every direction.",
    ),
}


@dataclass(frozen=True)
class _Bundled:
    """A photograph's square part, and what is said of it."""

    label: str
    alt: str
    top: int
    left: int
    factor: int
    colored: bool
    lens: tuple[int, int]

    def source(self, name: str) -> str:
        """NumPy that gives the gray part, `factor` times as large as the figure's picture."""
        side = SIDE * self.factor
        rows, columns = f"{self.top}:{self.top + side}", f"{self.left}:{self.left + side}"
        gray = " @ [299, 587, 114] // 1000" if self.colored else ""
        return f"data.{name}()[{rows}, {columns}]{gray}"


_BUNDLED = {
    "camera": _Bundled(
        "Photographer",
        "a man in a dark coat looks through a camera on a tripod, before a lawn and a pale sky",
        *(20, 20, 3, False, (70, 89)),
    ),
    "chelsea": _Bundled(
        "Cat",
        "the face of a tabby cat fills the picture: two large eyes, striped fur, whiskers",
        *(0, 75, 2, True, (60, 68)),
    ),
    "coffee": _Bundled(
        "Coffee",
        "a dark cup with a white rim, seen from above, on a saucer with a shining spoon",
        *(40, 150, 2, True, (34, 11)),
    ),
    "astronaut": _Bundled(
        "Astronaut",
        "a smiling astronaut in her suit, a flag on the left, a model rocket on the right",
        *(0, 40, 3, True, (54, 48)),
    ),
}


@cache
def gray_photograph(name: str) -> Array:
    """Load one of the bench's photographs as its own small gray picture.

    Gray is the luma of Rec. ITU-R BT.601 in thousandths, rounded down; blocks of 2×2 or 3×3
    pixels are averaged and rounded down. Whole numbers all the way: every machine sees the same.

    Parameters
    ----------
    name
        ``"camera"``, ``"chelsea"``, ``"coffee"`` or ``"astronaut"``.

    Returns
    -------
    numpy.ndarray
        uint8, shape (150, 150), read-only.

    Raises
    ------
    ValueError
        If there is no such photograph.

    Examples
    --------
    >>> gray_photograph("camera")[69:72, 88:91]
    array([[  8,  59, 153],
           [  8,  59, 154],
           [  9,  60, 154]], dtype=uint8)
    """
    if name not in _BUNDLED:
        raise ValueError(f"KernelBench: no photograph {name!r}; there are {', '.join(_BUNDLED)}")
    from skimage import data

    photo = _BUNDLED[name]
    pixels = getattr(data, name)().astype(np.int64)
    side = SIDE * photo.factor
    part = pixels[photo.top : photo.top + side, photo.left : photo.left + side]
    if photo.colored:
        part = part @ np.array([299, 587, 114]) // 1000
    blocks = part.reshape(SIDE, photo.factor, SIDE, photo.factor).sum(axis=(1, 3))
    gray = (blocks // photo.factor**2).astype(np.uint8)
    gray.flags.writeable = False
    return gray


def _kernel(figure: str, name: str, value: Any) -> filtering.Weights:
    weights = matrix(5, filtering.LARGEST_WEIGHT)(figure, name, value)
    if np.shape(weights) not in {(3, 3), (5, 5)}:
        raise ValueError(f"{figure}: {name} must be 3×3 or 5×5, got shape {np.shape(weights)}")
    return weights


def _data(figure: str, name: str, value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
        raise TypeError(f"{figure}: {name} must be a list of dictionaries, got {describe(value)}")
    return value


class KernelBench(LargeFigure):
    """A photograph beside what a kernel makes of it, with a lens that shows the sums.

    The kernel is slid over the picture unturned, wherever it fits (cross-correlation, as in
    networks). The reader can choose and edit the kernel, look at another photograph, or open one
    of their own, which never leaves the page.

    Parameters
    ----------
    image : str or array, optional
        A photograph that comes with the figure, ``"camera"``, ``"chelsea"``, ``"coffee"`` or
        ``"astronaut"``; or a gray picture of your own, uint8, shape (H, W), from 8 to 200 pixels
        in each direction.
    kernel : str or matrix
        A preset (the keys of `PRESETS`, such as ``"sobel-x"``), or a 3×3 or 5×5 matrix.
    size : {3, 5}, optional
        Grows the kernel by zeros around it, or cuts it, about the same middle.
    divisor : int
        What the sum of products is divided by, from 1 to 9999; a preset brings its own.
    display : {"clip", "signed", "absolute"}, optional
        How results are drawn. By default signed where the weights add up to 0, else clipped.
    lens : [row, column], optional
        The pixel on which the middle of the kernel stands at first, counted from zero.
    caption : str
        Shown below the figure.

    Raises
    ------
    TypeError, ValueError
        If a setting is of the wrong kind or cannot be drawn; the message says what would fit.

    Examples
    --------
    >>> figure = KernelBench(kernel="sobel-x")
    >>> figure.output().shape
    (148, 148)
    >>> print(figure.sum_under_lens())
    8·(−1) + 59·0 + 153·1 + 8·(−2) + 59·0 + 154·2 + 9·(−1) + 60·0 + 154·1 = 582
    >>> KernelBench(kernel="sobel")
    Traceback (most recent call last):
    ValueError: KernelBench: kernel must be a matrix or one of identity, box-blur, box-blur-5, \
gaussian-blur, gaussian-blur-5, sharpen, emboss, sobel-x, sobel-y, laplacian; got 'sobel'
    """

    figure = traitlets.Unicode("kernel-bench", read_only=True).tag(sync=True)
    photograph = traitlets.Unicode("camera").tag(sync=True, spec=True)
    presets = Setting([], _data)
    kernel = Setting(PRESETS["sobel-x"][1], _kernel)
    divisor = Setting(1, whole(1, filtering.LARGEST_DIVISOR))
    display = Setting("signed", one_of(*DISPLAYS))
    lens = Setting([0, 0], place)
    # Last, and in it the chosen one last: so the same picture in the reading that follows is near
    # enough for a compressed page to hold it once.
    photographs = Setting([], _data)

    def __init__(
        self, image: Any = None, kernel: Any = "sobel-x", size: int | None = None, **settings: Any
    ) -> None:
        weights, divisor = _chosen(kernel, settings.pop("divisor", None))
        if size is not None:
            if size not in (3, 5):
                raise ValueError(f"KernelBench: size must be 3 or 5, got {size!r}")
            weights = filtering.resized(weights, size)
        self._pictures: dict[str, Array] = {}
        photographs = []
        if image is not None and not isinstance(image, str):
            self._pictures["picture"] = _picture(image)
            photographs.append(_given(self._pictures["picture"]))
        for name in _BUNDLED:
            self._pictures[name] = gray_photograph(name)
            photographs.append(_bundled(name))
        chosen = image if isinstance(image, str) else photographs[0]["name"]
        if chosen not in self._pictures:
            gray_photograph(chosen)
        photographs.sort(key=lambda photo: photo["name"] == chosen)
        lens = photographs[-1]["lens"]
        whole_weights, _ = filtering.whole(weights, divisor)
        fitting = "clip" if sum(map(sum, whole_weights)) else "signed"
        super().__init__(
            **{
                "photographs": photographs,
                "photograph": chosen,
                "presets": [
                    {"name": name, "label": label, "weights": preset, "divisor": over, "note": note}
                    for name, (label, preset, over, note) in PRESETS.items()
                ],
                "kernel": weights,
                "divisor": divisor,
                "display": settings.pop("display", None) or fitting,
                "lens": settings.pop("lens", None) or lens,
                **settings,
            }
        )

    @traitlets.validate("photograph")
    def _known(self, proposal: Any) -> str:
        if proposal["value"] not in self._pictures:
            raise ValueError(
                f"KernelBench: photograph must be one of {', '.join(self._pictures)}; "
                f"got {proposal['value']!r}"
            )
        return str(proposal["value"])

    def picture(self) -> Array:
        """Return the picture on the bench: uint8, shape (H, W)."""
        return self._pictures[self.photograph]

    def output(self) -> Array:
        """Return the filtered picture: float64, shape (H − k + 1, W − k + 1)."""
        sums, over = self._sums()
        return sums / over

    def sum_under_lens(self) -> str:
        """Return the sum of products under the lens, written out."""
        _, _, patch = self._patch()
        return filtering.formula(patch.tolist(), self.kernel, self.divisor)

    def reading(self) -> str:
        """Return both pictures, the kernel, and the sum under the lens, in tables and sentences."""
        photo = next(item for item in self.photographs if item["name"] == self.photograph)
        label, note = self._preset()
        sums, over = self._sums()
        seen = filtering.shown(sums, over, self.display)
        palette = filtering.diverging_scale() if self.display == "signed" else None
        row, column, patch = self._patch()
        whole_weights, _ = filtering.whole(self.kernel, self.divisor)
        under_lens = filtering.total(patch.tolist(), whole_weights)
        ends = [filtering.rounded(seen[end], 2 * over)[0] for end in ("low", "high")]
        if self.display == "absolute":
            ends[0] = "0"
        drawn = filtering.drawn_as(under_lens, over, self.display, seen["low"], seen["high"])
        size = len(self.kernel)
        credit = f" ({photo['credit']})" if photo["credit"] else ""
        divided = f", the sum divided by {self.divisor}" if self.divisor != 1 else ""
        picture = self.picture()
        return "\n".join(
            [
                _image(photo["src"], f"{photo['label']}: {photo['alt']}.", picture.shape),
                _image(
                    png_url(seen["levels"], palette),
                    f"The same picture filtered by {label}. {note}",
                    sums.shape,
                ),
                paragraph(
                    f"Left: {photo['label']}, {_size(picture)} pixels{credit}. Right: the "
                    f"picture filtered by {label}, {_size(sums)} results, one for each place at "
                    f"which the whole kernel fits. {note}"
                ),
                number_table(f"Kernel {size} × {size}: {label}{divided}", self.kernel),
                number_table(
                    f"Pixels under the kernel, around row {row}, column {column}",
                    patch.tolist(),
                ),
                paragraph(
                    "At every place the pixels are multiplied by the weights on them, and the "
                    f"products are added; the kernel is not turned. Here: {self.sum_under_lens()}; "
                    f"{drawn}."
                ),
                paragraph(f"{filtering.sum_meaning(self.kernel, self.divisor)}"),
                paragraph(
                    f"{DISPLAYS[self.display]}; the scale goes from {ends[0]} to {ends[1]}. "
                    + filtering.beyond_scale(
                        *(seen["below"], seen["above"], sums.size, over, seen["low"], seen["high"])
                    )
                ),
            ]
        )

    def __repr__(self) -> str:
        label, _ = self._preset()
        height, width = self.picture().shape
        return f"KernelBench({self.photograph}, {height} × {width} pixels; {label})"

    def _preset(self) -> tuple[str, str]:
        for label, weights, divisor, note in PRESETS.values():
            if (weights, divisor) == (self.kernel, self.divisor):
                return label, note
        return "a kernel of one's own", ""

    def _sums(self) -> tuple[Array, int]:
        weights, over = filtering.whole(self.kernel, self.divisor)
        picture = self.picture().astype(np.int64)
        return cross_correlate(picture, np.array(weights, np.int64)), over

    def _patch(self) -> tuple[int, int, Array]:
        """Return the middle of the lens, moved inside where the kernel fits, and its pixels."""
        picture = self.picture()
        half = len(self.kernel) // 2
        row, column = (
            min(max(at, half), side - 1 - half)
            for at, side in zip(self.lens, picture.shape, strict=True)
        )
        return row, column, picture[row - half : row + half + 1, column - half : column + half + 1]


def _chosen(kernel: Any, divisor: Any) -> tuple[filtering.Weights, int]:
    if divisor is not None:
        divisor = whole(1, filtering.LARGEST_DIVISOR)("KernelBench", "divisor", divisor)
    if not isinstance(kernel, str):
        weights, over = filtering.as_kernel(kernel, 1 if divisor is None else divisor)
        for _, preset, own, _ in PRESETS.values():
            same = np.shape(preset) == np.shape(weights)
            if same and np.allclose(np.divide(weights, over), np.divide(preset, own), 0, 1e-12):
                return preset, own
        return weights, over
    if kernel not in PRESETS:
        raise ValueError(
            f"KernelBench: kernel must be a matrix or one of {', '.join(PRESETS)}; got {kernel!r}"
        )
    _, preset, own, _ = PRESETS[kernel]
    return preset, own if divisor is None else divisor


def _picture(image: Any) -> Array:
    picture = np.asarray(image)
    if picture.dtype != np.uint8:
        raise TypeError(
            "KernelBench: image must be an array of uint8, whole numbers from 0 to 255, got "
            f"{picture.dtype}; a picture from 0 to 1 becomes one by "
            "(255 * image).round().astype('uint8')"
        )
    if (
        picture.ndim != 2
        or not SMALLEST_SIDE <= min(picture.shape) <= max(picture.shape) <= LARGEST_SIDE
    ):
        raise ValueError(
            f"KernelBench: image must be gray, shape (H, W), each from {SMALLEST_SIDE} to "
            f"{LARGEST_SIDE}, got shape {picture.shape}"
        )
    return picture


def _given(picture: Array) -> dict[str, Any]:
    return {
        "name": "picture",
        "label": "Picture",
        "alt": "the picture given",
        "credit": "",
        "src": png_url(picture),
        "lens": [side // 2 for side in picture.shape],
    }


@cache
def _bundled(name: str) -> dict[str, Any]:
    photo = _BUNDLED[name]
    return {
        "name": name,
        "label": photo.label,
        "alt": photo.alt,
        "credit": PHOTOGRAPHS[name].terms,
        "src": png_url(gray_photograph(name)),
        "lens": list(photo.lens),
        "source": photo.source(name),
        "factor": photo.factor,
    }


def _size(picture: Array) -> str:
    return f"{picture.shape[0]} × {picture.shape[1]}"


def _image(src: str, alt: str, shape: tuple[int, ...]) -> str:
    height, width = shape
    return f'<img src="{src}" alt="{escape(alt)}" width="{2 * width}" height="{2 * height}">'

"""Reading pictures as people have them, and writing the colored ones. Needs no PyTorch.

Whatever a file holds, the result is either what a viewer would show, or a :class:`PictureError`
whose message is one sentence that can be shown to whoever gave the file.
"""

from __future__ import annotations

import errno
import io
import os
import stat
import uuid
import warnings
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

MOST_PIXELS = 100_000_000
"""The largest picture that is read, in pixels: decoding it takes up to 1.6 GB of memory."""

READABLE = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "AVIF", "JPEG2000", "PPM")
# The first bytes of these are no accident; a text may well begin with BM (BMP) or P1 (PPM).
UNMISTAKABLE = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "AVIF", "JPEG2000")
JPEG_SUFFIXES = (".jpg", ".jpeg", ".jpe", ".jfif")
OTHER_SUFFIXES = (
    *(".png", ".apng", ".gif", ".webp", ".tif", ".tiff", ".bmp", ".dib", ".avif", ".jp2", ".j2k"),
    *(".ppm", ".pgm", ".pbm", ".pnm", ".mpo", ".heic", ".heif"),
)
SUFFIXES = frozenset((*JPEG_SUFFIXES, *OTHER_SUFFIXES))
"""How the names of pictures end, in lower case."""

GRAY_TOLERANCE = 2  # of 255: rounding in JPEG files and color profiles leaves grays this far off


class PictureError(ValueError):
    """A picture can be neither read nor written; the message is a sentence that says why."""


class NotAPictureError(PictureError):
    """A file is there, and is no picture of a kind that can be read."""


@dataclass(frozen=True, eq=False)
class Picture:
    """A picture as read from a file.

    Attributes
    ----------
    rgb
        sRGB, shape (H, W, 3), uint8, upright; not to be written to.
    alpha
        Opacity, shape (H, W), uint8, from 0 (nothing is seen) to 255; None if all is opaque.
    was_gray
        Whether everything seen was gray already: red, green and blue agree but for rounding.
    kind
        What the file held, such as ``"JPEG"``.
    """

    rgb: np.ndarray
    alpha: np.ndarray | None
    was_gray: bool
    kind: str


def read(path: str | os.PathLike[str]) -> Picture:
    """Read a picture, whatever way it is stored.

    JPEG, PNG, GIF, WebP, TIFF, BMP, AVIF, JPEG 2000 and PPM are read, by content, not by name. Of
    several pictures in a file (an animation, the pages of a TIFF) it is the first. It is turned
    as its EXIF data ask for, and converted to sRGB if it brings a color profile. Transparency is
    kept apart. Of 16 bits a channel the upper 8 are kept, rounded.

    Parameters
    ----------
    path
        A file, or a link to one.

    Returns
    -------
    Picture
        Its pixels.

    Raises
    ------
    NotAPictureError
        If the file is of another kind.
    PictureError
        If it is missing, empty, damaged, or has more than ``MOST_PIXELS`` pixels. Those are
        refused before anything is decoded, so a small file cannot fill the memory.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "four.png"
    >>> Image.new("RGBA", (2, 2), (255, 0, 0, 128)).save(file)
    >>> picture = read(file)
    >>> picture.rgb.shape, picture.alpha.tolist(), picture.was_gray, picture.kind
    ((2, 2, 3), [[128, 128], [128, 128]], False, 'PNG')
    >>> read("no such file.png")
    Traceback (most recent call last):
    ...
    cnncourse.colorize.pictures.PictureError: no such file.png does not exist.
    """
    path = Path(path)
    if reason := _no_file(path):
        raise PictureError(f"{shown(path)} {reason}.")
    try:
        file = path.open("rb")
    except OSError as problem:
        raise PictureError(f"{shown(path)} cannot be opened ({problem.strerror}).") from problem
    # Libraries warn of oddities in files on standard error; what matters is raised.
    with file, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return _read(file, shown(path))
        except PictureError:
            raise
        except MemoryError as problem:
            raise PictureError(f"{shown(path)} needs more memory than there is.") from problem
        # A damaged file can make a decoder raise anything at all.
        except Exception as problem:
            if isinstance(problem, OSError) and problem.errno is not None:
                why = f"cannot be read ({problem.strerror})"
            else:
                why = "begins like a picture but is damaged, incomplete, or stored in a rare way"
            raise PictureError(f"{shown(path)} {why}.") from problem


def write(
    path: str | os.PathLike[str],
    rgb: np.ndarray,
    alpha: np.ndarray | None = None,
    overwrite: bool = False,
) -> None:
    """Write a picture: a JPEG of high quality or a PNG, as the name ends.

    In a JPEG the colors are stored at full size (4:4:4): colors are what this is about. The file
    appears under its name only when it is complete.

    Parameters
    ----------
    path
        Where to; ends in .png, .jpg or .jpeg.
    rgb
        sRGB, shape (H, W, 3), uint8.
    alpha
        Opacity, shape (H, W), uint8; only a PNG can keep it.
    overwrite
        Whether a file of that name is replaced.

    Raises
    ------
    PictureError
        If there is such a file and `overwrite` is not set, or the folder cannot be written to.
    ValueError
        If the name ends in something else, or a shape or dtype does not fit.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "red.png"
    >>> write(file, np.full((2, 3, 3), (255, 0, 0), dtype=np.uint8))
    >>> read(file).rgb[0, 0].tolist()
    [255, 0, 0]
    """
    path = Path(path)
    image = _as_image(path, rgb, alpha)
    if path.suffix.lower() in JPEG_SUFFIXES:
        settings: dict[str, Any] = {"format": "JPEG", "quality": 95, "subsampling": 0}
    else:
        settings = {"format": "PNG"}
    if os.path.lexists(path) and not overwrite:
        raise PictureError(f"{shown(path)} exists already and is not overwritten.")
    part = path.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as file:
            image.save(file, **settings)
        part.replace(path)
    except (OSError, ValueError) as problem:
        reason = getattr(problem, "strerror", None) or str(problem)
        raise PictureError(f"{shown(path)} cannot be written ({reason}).") from problem
    finally:
        part.unlink(missing_ok=True)


def shown(path: str | os.PathLike[str]) -> str:
    r"""Return a path as it can be printed on one line: what is unprintable is escaped.

    Examples
    --------
    >>> shown("søster/写真.png"), shown("two\nlines")
    ('søster/写真.png', 'two\\nlines')
    """
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in os.fspath(path)
    )


def _no_file(path: Path) -> str:
    """Say why this is no ordinary file; nothing, if it is one."""
    try:
        mode = path.stat().st_mode
    except OSError as problem:
        if problem.errno in (errno.ENOENT, errno.ELOOP) and path.is_symlink():
            return "is a link that leads nowhere"
        if problem.errno == errno.ENOENT:
            return "does not exist"
        return f"cannot be opened ({problem.strerror})"
    except ValueError:
        return "is not a possible name of a file"
    if stat.S_ISREG(mode):
        return ""
    return "is a folder, not a file" if stat.S_ISDIR(mode) else "is not a file"


def _read(file: Any, name: str) -> Picture:
    head = file.read(32)
    if not head:
        raise PictureError(f"{name} is empty.")
    file.seek(0)
    Image.init()
    known = [kind for kind in READABLE if kind in Image.OPEN]
    try:
        image: Image.Image = Image.open(file, formats=known)
    except Image.DecompressionBombError:
        raise _too_large(name) from None
    except Exception:
        if _is_heic(head):
            raise NotAPictureError(
                f"{name} is a HEIC photograph, which cannot be read here; export it as JPEG first."
            ) from None
        if any(_accepts(kind, head) for kind in UNMISTAKABLE if kind in known):
            raise
        raise NotAPictureError(
            f"{name} is not a picture of a kind that can be read ({', '.join(READABLE)})."
        ) from None
    with image:
        _check_size(image, name)
        kind = "JPEG" if image.format == "MPO" else str(image.format)
        key = _transparent_color(image)
        try:
            image.load()
        except Image.DecompressionBombError:
            raise _too_large(name) from None
        _check_size(image, name)
        # What is written about a picture may be broken where the picture is not.
        with suppress(Exception):
            ImageOps.exif_transpose(image, in_place=True)
        return _convert(image, key, kind, name)


def _accepts(kind: str, head: bytes) -> bool:
    accept = Image.OPEN[kind][1]
    return accept is not None and bool(accept(head[:16]))


def _is_heic(head: bytes) -> bool:
    return head[4:8] == b"ftyp" and head[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"mif1")


def _too_large(name: str, size: tuple[int, int] | None = None) -> PictureError:
    found = f"has {size[0]:,} × {size[1]:,} pixels" if size else "is too large"
    return PictureError(
        f"{name} {found}; pictures of up to {MOST_PIXELS // 10**6} million pixels are read."
    )


def _check_size(image: Image.Image, name: str) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _too_large(name, image.size)
    if width < 1 or height < 1:
        raise PictureError(f"{name} has no pixels ({width} × {height}).")


def _transparent_color(image: Image.Image) -> Any:
    """Return the color that a PNG names as transparent, in the values that its pixels will have."""
    key = image.info.get("transparency")
    if image.format != "PNG" or image.mode not in ("L", "RGB"):
        return key
    if isinstance(key, tuple) and max(key) > 255:  # 16 bits a channel, of which 8 are kept
        return tuple(value >> 8 for value in key)
    tile: Any = image.tile[0] if image.tile else None  # type: ignore[attr-defined]
    if isinstance(key, int) and tile is not None and tile[3] in ("L;2", "L;4"):
        return key * (85 if tile[3] == "L;2" else 17)
    return key


def _convert(image: Image.Image, key: Any, kind: str, name: str) -> Picture:
    alpha = None
    if key is not None:
        image.info["transparency"] = key
    if image.mode == "F" or image.mode.startswith("I"):
        values = _deep_values(image, name)
        if isinstance(key, int):
            alpha = np.where(np.asarray(image) == key, 0, 255).astype(np.uint8)
        color = Image.fromarray(values)
        color.info["icc_profile"] = image.info.get("icc_profile")
    else:
        if image.mode == "La":
            image = image.convert("LA")
        if image.has_transparency_data:
            alpha = np.asarray(image.convert("RGBA").getchannel("A"))
        color = image
    if alpha is not None and alpha.min() == 255:
        alpha = None
    rgb = np.asarray(_to_srgb(color))
    return Picture(rgb, alpha, _is_gray(rgb, alpha), kind)


def _deep_values(image: Image.Image, name: str) -> np.ndarray:
    """Return 8-bit values of a gray picture with more than 8 bits, shape (H, W)."""
    values = np.asarray(image)
    tags = getattr(image, "tag_v2", {})
    if image.mode == "F":
        white = 1.0
    else:
        bits = tags.get(258, (16,))  # BitsPerSample
        white = 4095.0 if bits == (12,) else 65535.0
    low, high = float(values.min()), float(values.max())
    if not (low >= 0 and high <= white):
        raise PictureError(
            f"{name} holds numbers from {low:g} to {high:g}, not the brightness from 0 to "
            f"{white:g} that a photograph has."
        )
    result = (values.astype(np.float32) * np.float32(255 / white) + 0.5).astype(np.uint8)
    white_is_zero = tags.get(262) == 0  # PhotometricInterpretation
    return 255 - result if white_is_zero else result


def _to_srgb(image: Image.Image) -> Image.Image:
    """Convert to the mode RGB, through the color profile if there is one that works."""
    if image.mode == "LAB":
        return _transformed(image, ImageCms.createProfile("LAB"))
    plain = image if image.mode in ("L", "RGB", "CMYK") else None
    if plain is None:
        plain = image.convert("L" if image.mode in ("1", "LA") else "RGB")
    profile = image.info.get("icc_profile")
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            wanted = {"GRAY": "L", "RGB ": "RGB", "CMYK": "CMYK"}
            mode = wanted.get(source.profile.xcolor_space)
            if mode == "RGB" and plain.mode == "L":
                plain = plain.convert("RGB")
            if mode == plain.mode:
                return _transformed(plain, source)
        # A profile that cannot be used is no reason to refuse a picture: viewers ignore it too.
        except Exception:
            pass
    return plain.convert("RGB")


def _transformed(image: Image.Image, source: Any) -> Image.Image:
    result = ImageCms.profileToProfile(
        image,
        source,
        ImageCms.createProfile("sRGB"),
        renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
        outputMode="RGB",
        flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
    assert result is not None  # only a change in place returns nothing
    return result


def _is_gray(rgb: np.ndarray, alpha: np.ndarray | None) -> bool:
    rows = max(1, (1 << 20) // rgb.shape[1])
    for start in range(0, len(rgb), rows):
        part = rgb[start : start + rows]
        colored = part.max(axis=-1) - part.min(axis=-1) > GRAY_TOLERANCE
        if alpha is not None:
            colored &= alpha[start : start + rows] > 0
        if colored.any():
            return False
    return True


def _as_image(path: Path, rgb: np.ndarray, alpha: np.ndarray | None) -> Image.Image:
    suffix = path.suffix.lower()
    if suffix not in (".png", *JPEG_SUFFIXES):
        raise ValueError(f"write: path ends in {suffix!r}; it should end in .png, .jpg or .jpeg")
    if rgb.dtype != np.uint8 or rgb.ndim != 3 or rgb.shape[2] != 3:
        raise ValueError(
            f"write: rgb has shape {rgb.shape} and dtype {rgb.dtype}; it should be (H, W, 3), uint8"
        )
    image = Image.fromarray(rgb)
    if alpha is None:
        return image
    if suffix != ".png":
        raise ValueError(f"write: {suffix} keeps no transparency; path should end in .png")
    if alpha.dtype != np.uint8 or alpha.shape != rgb.shape[:2]:
        raise ValueError(
            f"write: alpha has shape {alpha.shape} and dtype {alpha.dtype}; it should be "
            f"{rgb.shape[:2]}, uint8"
        )
    image.putalpha(Image.fromarray(alpha))
    return image

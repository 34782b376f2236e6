"""Small lossless pictures as ``data:`` URLs, the same bytes on every machine."""

from __future__ import annotations

import base64
import struct
import zlib
from typing import Any

import numpy as np

# Fewer bytes than fill one block of any zlib, so that the blocks end where we say.
_BLOCK = 8192


def encode_png(levels: np.ndarray[Any, Any], palette: np.ndarray[Any, Any] | None = None) -> bytes:
    r"""Encode a picture of 8-bit levels as PNG.

    Stored notebooks are compared letter by letter, and different builds of zlib find different
    matches. Photographs hardly have any, so that coding without matches (by letter frequency
    only) costs next to nothing and leaves a build nothing to choose.

    Parameters
    ----------
    levels
        uint8, shape (H, W): grays, or places in the palette.
    palette
        uint8, shape (256, 3), red, green and blue of each level; grays if not given.

    Returns
    -------
    bytes
        The file's content.

    Examples
    --------
    >>> encode_png(np.zeros((2, 3), np.uint8))[:8]
    b'\x89PNG\r\n\x1a\n'
    """
    height, width = levels.shape
    kind = 0 if palette is None else 3
    parts = [_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, kind, 0, 0, 0))]
    if palette is not None:
        parts.append(_chunk(b"PLTE", palette.astype(np.uint8).tobytes()))
    parts.append(_chunk(b"IDAT", _compressed(_predicted(levels))))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + _chunk(b"IEND", b"")


def png_url(levels: np.ndarray[Any, Any], palette: np.ndarray[Any, Any] | None = None) -> str:
    """Encode a picture as a ``data:`` URL; the arguments are those of `encode_png`.

    Examples
    --------
    >>> png_url(np.zeros((2, 3), np.uint8))[:22]
    'data:image/png;base64,'
    """
    return "data:image/png;base64," + base64.b64encode(encode_png(levels, palette)).decode("ascii")


def _chunk(name: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", checksum)


def _predicted(levels: np.ndarray[Any, Any]) -> bytes:
    """Write each row as differences from its neighbors, by the PNG filter that leaves least."""
    here = levels.astype(np.int64)
    up = np.pad(here, ((1, 0), (0, 0)))[:-1]
    left = np.pad(here, ((0, 0), (1, 0)))[:, :-1]
    corner = np.pad(up, ((0, 0), (1, 0)))[:, :-1]
    guess = left + up - corner
    near_left, near_up, near_corner = (abs(guess - side) for side in (left, up, corner))
    paeth = np.where(
        (near_left <= near_up) & (near_left <= near_corner),
        left,
        np.where(near_up <= near_corner, up, corner),
    )
    guesses = [np.zeros_like(here), left, up, (left + up) // 2, paeth]
    rests = np.stack([here - guess for guess in guesses]) % 256
    best = np.minimum(rests, 256 - rests).sum(axis=2).argmin(axis=0)
    rows = rests[best, np.arange(len(here))]
    return np.hstack([best[:, None], rows]).astype(np.uint8).tobytes()


def _compressed(content: bytes) -> bytes:
    coder = zlib.compressobj(9, zlib.DEFLATED, 15, 8, zlib.Z_HUFFMAN_ONLY)
    parts = []
    for start in range(0, len(content), _BLOCK):
        parts.append(coder.compress(content[start : start + _BLOCK]))
        parts.append(coder.flush(zlib.Z_SYNC_FLUSH))
    parts.append(coder.flush())
    return b"".join(parts)

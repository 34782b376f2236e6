"""Decode the files in which the data sets are published: IDX, and CIFAR-10's pickles in a tar."""

from __future__ import annotations

import gzip
import pickle
import tarfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

Bytes = np.ndarray[Any, np.dtype[np.uint8]]

UNSIGNED_BYTES = 8  # IDX's code for this type of values
BATCHES = {
    "train": tuple(f"cifar-10-batches-py/data_batch_{number}" for number in range(1, 6)),
    "test": ("cifar-10-batches-py/test_batch",),
}
BROKEN = (EOFError, OSError, zlib.error, tarfile.TarError)


def read_idx(path: Path) -> Bytes:
    """Read an array of bytes from a file of MNIST's format, packed by gzip.

    The format: two zero bytes, the type of the values (8 for unsigned bytes), the number of axes,
    the length of each axis as four bytes (highest first), then the values, last axis fastest.

    Parameters
    ----------
    path
        Such as ``train-images-idx3-ubyte.gz``.

    Returns
    -------
    numpy.ndarray
        uint8; its shape stands in the file.

    Raises
    ------
    ValueError
        If the file is damaged, of another type, or its length does not fit its shape.

    References
    ----------
    Y. LeCun, C. Cortes and C. J. C. Burges, The MNIST database of handwritten digits, 1998, last
    section.
    """
    try:
        with gzip.open(path) as file:
            content = file.read()
    except BROKEN as problem:
        raise ValueError(f"read_idx: {path.name} is damaged ({problem})") from problem
    if len(content) < 4 or content[:2] != b"\0\0" or content[2] != UNSIGNED_BYTES:
        raise ValueError(f"read_idx: {path.name} is no IDX file of unsigned bytes")
    start = 4 + 4 * content[3]
    shape = tuple(int(n) for n in np.frombuffer(content[4:start], ">u4"))
    values = np.frombuffer(content[start:], np.uint8)
    if len(shape) != content[3] or values.size != int(np.prod(shape, dtype=np.int64)):
        raise ValueError(
            f"read_idx: {path.name} has {values.size:,} values, its shape {shape} needs others"
        )
    return values.reshape(shape)


def read_cifar10(path: Path) -> dict[str, Bytes]:
    """Read images and labels from CIFAR-10's archive for Python.

    Nothing is unpacked to the disk, and of the pickles inside only plain values and NumPy arrays
    are accepted: a pickle can otherwise call any function of this machine.

    Parameters
    ----------
    path
        ``cifar-10-python.tar.gz``.

    Returns
    -------
    dict
        `x_train` and `x_test`, uint8 of shape (N, 32, 32, 3), red, green, blue; `y_train` and
        `y_test`, uint8 of shape (N,). In the archive's order.

    Raises
    ------
    ValueError
        If the archive is damaged, lacks a batch, or holds something else.

    References
    ----------
    A. Krizhevsky, Learning multiple layers of features from tiny images, 2009.
    """
    arrays = {}
    try:
        with tarfile.open(path, "r:gz") as archive:
            for part, members in BATCHES.items():
                batches = [_batch(archive, member) for member in members]
                arrays[f"x_{part}"] = np.concatenate([images for images, _ in batches])
                arrays[f"y_{part}"] = np.concatenate([labels for _, labels in batches])
    except BROKEN as problem:
        raise ValueError(f"read_cifar10: {path.name} is damaged ({problem})") from problem
    return arrays


def _batch(archive: tarfile.TarFile, member: str) -> tuple[Bytes, Bytes]:
    try:
        file = archive.extractfile(member)
    except KeyError:
        file = None
    if file is None:
        raise ValueError(f"read_cifar10: the archive has no file {member}")
    try:
        content = _PlainUnpickler(file, encoding="bytes").load()
        pixels, labels = content[b"data"], np.asarray(content[b"labels"])
        images = np.asarray(pixels).reshape(len(labels), 3, 32, 32)
    except (pickle.UnpicklingError, TypeError, KeyError, ValueError, AttributeError) as problem:
        raise ValueError(f"read_cifar10: {member} is not a batch ({problem})") from problem
    if images.dtype != np.uint8 or not np.isin(labels, np.arange(10)).all():
        raise ValueError(f"read_cifar10: {member} has values that are not pixels or labels")
    # The file keeps the three colors apart; a picture has them side by side at each pixel.
    return np.ascontiguousarray(images.transpose(0, 2, 3, 1)), labels.astype(np.uint8)


class _PlainUnpickler(pickle.Unpickler):
    """Accepts containers, numbers, bytes, text and NumPy arrays, and calls nothing else."""

    ARRAY_MODULES = ("numpy.core.multiarray", "numpy._core.multiarray")

    def __init__(self, file: IO[bytes], encoding: str) -> None:
        super().__init__(file, encoding=encoding)

    def find_class(self, module: str, name: str) -> Any:
        if module in self.ARRAY_MODULES and name == "_reconstruct":
            return _empty_array
        if module == "numpy" and name in {"ndarray", "dtype"}:
            return getattr(np, name)
        if module == "_codecs" and name == "encode":  # how pickle protocol 2 writes bytes
            return _latin1
        raise pickle.UnpicklingError(f"it wants {module}.{name}, which no picture needs")


def _empty_array(kind: type, shape: Any, dtype: Any) -> Any:
    """Stand in for the function by which NumPy's arrays are unpickled, for arrays alone."""
    if kind is not np.ndarray:
        raise pickle.UnpicklingError("it wants an array of another class")
    return np.ndarray(shape, np.uint8)


def _latin1(text: str, encoding: Any) -> bytes:
    return text.encode("latin1")

"""Plain data between the grading process and the sandbox: JSON and raw arrays, never pickle.

A message is a header of two lengths, a JSON text, and the bytes of all arrays one after the other.
Whoever reads one may have a liar at the other end. So nothing is looked up by a name that the
message gives, no array takes bytes that an earlier one took (or a short message could ask for
gigabytes), and both lengths are known, and refused, before anything is read.

The sandbox's side imports this file by itself, without the package around it: it uses nothing but
the standard library and NumPy.
"""

from __future__ import annotations

import json
import math
import struct
import sys
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

__all__ = [
    "HEADER",
    "LARGEST_DATA",
    "LARGEST_TEXT",
    "Instead",
    "NotPlainError",
    "WireError",
    "header",
    "pack",
    "unpack",
]

HEADER = 8
"""Bytes of a header: the length of the JSON text and that of the arrays, 4 bytes each."""

LARGEST_TEXT = 2 << 20
"""Most bytes of JSON: read, a text of empty lists takes thirty times as much memory."""

LARGEST_DATA = 32 << 20
"""Most bytes of arrays in one message."""

DEEPEST = 24
LARGEST_INTEGER_BITS = 4096
LONGEST_RANGE = 10_000
LARGEST_TABLE = 2_000
"""Most entries of a dictionary or set: keys chosen to collide take quadratic time."""

MOST_CHARACTERS = 8_000_000
"""Entries of a list times its longest text: NumPy gives each entry as much room as the longest."""

MOST_AXES = 6
LARGEST_DEEP = 100_000
"""Most values of an array with more axes: with twenty, of two each, it is always printed whole."""

DTYPES = {
    np.dtype(name).str: np.dtype(name)
    for name in (
        *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
        *("float16", "float32", "float64", "complex64", "complex128"),
    )
}
"""The only element types that are read: all have a fixed size and hold no references."""

Describe = Callable[[Any], Any]


class WireError(ValueError):
    """A message that no honest sender sends."""


class NotPlainError(TypeError):
    """A value that is no plain data, or too much of it."""


class Instead:
    """What `describe` returns to have another value sent."""

    def __init__(self, value: Any) -> None:
        self.value = value


def pack(
    message: Any,
    describe: Describe | None = None,
    text: int = LARGEST_TEXT,
    data: int = LARGEST_DATA,
) -> bytes:
    """Turn a message into bytes.

    Parameters
    ----------
    message : object
        None, truth values, numbers, strings, bytes, `...`, NumPy arrays and numbers, torch
        tensors, and lists, tuples, sets and dictionaries of them.
    describe : callable, optional
        Asked for every other value: returns the JSON that stands for it, or `Instead(another)`.
    text, data : int
        Most bytes of JSON and of arrays.

    Raises
    ------
    NotPlainError
        If there is another value in it and no `describe`, or if it is too deep or too large.

    Examples
    --------
    >>> sent = pack({"shape": (2, 3), "values": np.arange(6.0).reshape(2, 3)})
    >>> sizes = header(sent[:HEADER])
    >>> unpack(sent[HEADER:], *sizes)
    {'shape': (2, 3), 'values': array([[0., 1., 2.],
           [3., 4., 5.]])}
    """
    buffers: list[bytes] = []
    _weigh(message, NotPlainError)
    body = json.dumps(
        _plain(message, buffers, describe, 0), allow_nan=False, separators=(",", ":")
    ).encode()
    size = sum(map(len, buffers))
    if len(body) > text or size > data:
        raise NotPlainError(f"too large to send: {len(body)} bytes of text, {size} of arrays")
    return b"".join([struct.pack("<II", len(body), size), body, *buffers])


def header(received: bytes, text: int = LARGEST_TEXT, data: int = LARGEST_DATA) -> tuple[int, int]:
    """Return the lengths of a message's text and of its arrays, in bytes.

    Raises
    ------
    WireError
        If one of them is larger than allowed.
    """
    lengths = struct.unpack("<II", received)
    if lengths[0] > text or lengths[1] > data:
        raise WireError(f"a message of {lengths[0] + lengths[1]} bytes")
    return lengths[0], lengths[1]


def unpack(
    received: bytes | bytearray, text: int, data: int, resolve: Describe | None = None
) -> Any:
    """Turn the bytes after a header into the message.

    Parameters
    ----------
    received : bytes
        Text and arrays.
    text, data : int
        Their lengths, from :func:`header`.
    resolve : callable, optional
        Turns what `describe` returned on the other side into a value.

    Raises
    ------
    WireError
        If it is not what :func:`pack` makes; whatever the bytes are, nothing else is raised,
        unless `resolve` raises it.
    """
    if len(received) != text + data:
        raise WireError(f"{len(received)} bytes instead of {text + data}")
    try:
        parsed = json.loads(bytes(received[:text]), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise WireError("no JSON") from error
    reader = _Reader(memoryview(received)[text:], resolve)
    value = reader.value(parsed, 0)
    if reader.position != data:
        raise WireError("bytes that belong to no array")
    _weigh(value, WireError)
    return value


def _weigh(value: Any, problem: type[Exception], depth: int = 0) -> tuple[int, int]:
    """Return how many entries a nested list has, and its longest text; refuse it as an array."""
    if isinstance(value, str | bytes):
        return 1, len(value)
    if isinstance(value, np.ndarray):
        return value.size, 1
    if depth > DEEPEST or not isinstance(value, list | tuple | dict):
        return 1, 1
    values = value.values() if isinstance(value, dict) else value
    weights = [_weigh(each, problem, depth + 1) for each in values]
    if isinstance(value, dict) or not weights:
        return 1, 1
    entries, longest = sum(each for each, _ in weights), max(each for _, each in weights)
    if entries * longest > MOST_CHARACTERS and longest > 1:
        raise problem("too much text in a list")
    return entries, longest


def _is_deep(shape: Sequence[int]) -> bool:
    return len(shape) > MOST_AXES and math.prod(length or 1 for length in shape) > LARGEST_DEEP


def _refuse(name: str) -> Any:
    raise WireError(f"{name} in a message")


def _plain(value: Any, buffers: list[bytes], describe: Describe | None, depth: int) -> Any:
    """Return the JSON that stands for a value, and put the bytes of its arrays into `buffers`."""
    if depth > DEEPEST:
        raise NotPlainError("too deep to send")

    def each(values: Any) -> list[Any]:
        return [_plain(item, buffers, describe, depth + 1) for item in values]

    if value is None or isinstance(value, bool):
        return value
    if value is Ellipsis:
        return {"ellipsis": None}
    if isinstance(value, str):  # NumPy's, too
        return _text(str(value))
    if isinstance(value, np.ndarray | np.generic):
        return _array(value, buffers, describe, depth)
    if isinstance(value, int):
        if int(value).bit_length() > LARGEST_INTEGER_BITS:
            raise NotPlainError("too large an integer to send")
        return {"int": hex(value)} if abs(value) > 2**53 else int(value)
    if isinstance(value, float):
        return float(value) if math.isfinite(value) else {"float": repr(float(value))}
    if isinstance(value, complex):
        return {"complex": each([value.real, value.imag])}
    if isinstance(value, bytes | bytearray):
        buffers.append(bytes(value))
        return {"bytes": len(value)}
    if isinstance(value, range) and len(value) <= LONGEST_RANGE:
        return {"list": each(value)}
    if isinstance(value, list):
        return {"list": each(value)}
    if isinstance(value, tuple):
        return {"tuple": each(value)}
    if isinstance(value, set | frozenset | dict) and len(value) > LARGEST_TABLE:
        raise NotPlainError(f"too large to send: {len(value)} entries")
    if isinstance(value, set | frozenset):
        return {"set": each(value)}
    if isinstance(value, dict):
        return {"dict": [each(item) for item in value.items()]}
    if type(value).__module__.partition(".")[0] == "torch" and hasattr(value, "detach"):
        described = _array(np.asarray(value.detach().cpu().numpy()), buffers, describe, depth)
        return {"tensor": described["array"]}
    return _described(value, buffers, describe, depth)


def _described(value: Any, buffers: list[bytes], describe: Describe | None, depth: int) -> Any:
    if describe is None:
        what = (
            f"an array of {value.dtype}" if isinstance(value, np.ndarray) else type(value).__name__
        )
        raise NotPlainError(f"{what} is no plain data")
    described = describe(value)
    if isinstance(described, Instead):
        return _plain(described.value, buffers, describe, depth + 1)
    return {"object": described}


def _array(value: Any, buffers: list[bytes], describe: Describe | None, depth: int) -> Any:
    dtype = value.dtype.newbyteorder("<")
    if dtype == np.longdouble or dtype == np.clongdouble:
        dtype = np.dtype("float64" if dtype.kind == "f" else "complex128")
    if dtype.str not in DTYPES:
        return _described(value, buffers, describe, depth)
    shape = [int(length) for length in value.shape]
    if _is_deep(shape):
        raise NotPlainError("an array of too many axes")
    content = np.ascontiguousarray(value, dtype=dtype).tobytes()
    buffers.append(content)
    return {"scalar" if isinstance(value, np.generic) else "array": [dtype.str, shape]}


def _text(value: str) -> str:
    """Return a string without lone surrogates, which no file takes."""
    return value.encode("utf-8", "replace").decode()


class _Reader:
    """Reads values one after the other; each array takes the bytes that follow."""

    def __init__(self, data: memoryview, resolve: Describe | None) -> None:
        self.data = data
        self.resolve = resolve
        self.position = 0

    def value(self, given: Any, depth: int) -> Any:
        if depth > DEEPEST:
            raise WireError("too deep")
        if given is None or isinstance(given, bool | float):
            return given
        if isinstance(given, str):
            return _text(given)
        if isinstance(given, int):
            if given.bit_length() > LARGEST_INTEGER_BITS:
                raise WireError("too large an integer")
            return given
        if not isinstance(given, dict) or len(given) != 1:
            raise WireError("no value")
        ((kind, content),) = given.items()
        read = getattr(self, f"_read_{kind}", None) if kind in KINDS else None
        if read is None:
            raise WireError("an unknown kind of value")
        return read(content, depth + 1)

    def _read_ellipsis(self, content: Any, depth: int) -> Any:
        return ...

    def _read_int(self, content: Any, depth: int) -> int:
        if not isinstance(content, str) or len(content) > LARGEST_INTEGER_BITS // 4 + 3:
            raise WireError("no integer")
        try:
            return int(content, 16)
        except ValueError:
            raise WireError("no integer") from None

    def _read_float(self, content: Any, depth: int) -> float:
        if content not in ("nan", "inf", "-inf"):
            raise WireError("no number")
        return float(content)

    def _read_complex(self, content: Any, depth: int) -> complex:
        parts = [self.value(part, depth) for part in _items(content)]
        if len(parts) != 2 or not all(type(part) in (int, float) for part in parts):
            raise WireError("no complex number")
        try:
            return complex(*parts)
        except OverflowError:
            raise WireError("no complex number") from None

    def _read_bytes(self, content: Any, depth: int) -> bytes:
        return bytes(self._take(_length(content)))

    def _read_list(self, content: Any, depth: int) -> list[Any]:
        return [self.value(item, depth) for item in _items(content)]

    def _read_tuple(self, content: Any, depth: int) -> tuple[Any, ...]:
        return tuple(self._read_list(content, depth))

    def _read_set(self, content: Any, depth: int) -> set[Any]:
        if len(_items(content)) > LARGEST_TABLE:
            raise WireError("too large a set")
        try:
            return set(self._read_list(content, depth))
        except TypeError:
            raise WireError("a set of what cannot be in one") from None

    def _read_dict(self, content: Any, depth: int) -> dict[Any, Any]:
        if len(_items(content)) > LARGEST_TABLE:
            raise WireError("too large a dictionary")
        pairs = [self._read_list(pair, depth) for pair in content]
        if any(len(pair) != 2 for pair in pairs):
            raise WireError("no dictionary")
        try:
            return dict(pairs)
        except TypeError:
            raise WireError("a dictionary with a key that cannot be one") from None

    def _read_array(self, content: Any, depth: int) -> np.ndarray:
        items = _items(content)
        if len(items) != 2 or not isinstance(items[0], str) or items[0] not in DTYPES:
            raise WireError("no array")
        dtype = DTYPES[items[0]]
        shape = tuple(_length(length) for length in _items(items[1]))
        if (
            len(shape) > 32
            or _is_deep(shape)
            or math.prod(length or 1 for length in shape) > LARGEST_DATA
        ):
            raise WireError("an array of an impossible shape")
        content = self._take(math.prod(shape) * dtype.itemsize)
        if dtype.kind == "b":  # any other byte than 0 and 1 would be a truth value that is neither
            return np.frombuffer(content, np.uint8).reshape(shape).astype(bool)
        return np.frombuffer(content, dtype).reshape(shape).copy()

    def _read_scalar(self, content: Any, depth: int) -> Any:
        array = self._read_array(content, depth)
        if array.shape != ():
            raise WireError("no number")
        return array[()] if isinstance(array, np.ndarray) else array

    def _read_tensor(self, content: Any, depth: int) -> Any:
        """Read a tensor as one where torch is loaded already: a student must not have it loaded."""
        array = self._read_array(content, depth)
        torch = sys.modules.get("torch")
        if torch is None or array.dtype in (np.uint16, np.uint32, np.uint64):
            return array
        return torch.from_numpy(array)

    def _read_object(self, content: Any, depth: int) -> Any:
        if self.resolve is None:
            raise WireError("an object where none can be")
        return self.resolve(content)

    def _take(self, size: int) -> memoryview:
        start, self.position = self.position, self.position + size
        if self.position > len(self.data):
            raise WireError("fewer bytes than its arrays have")
        return self.data[start : self.position]


KINDS = frozenset(
    name.removeprefix("_read_") for name in vars(_Reader) if name.startswith("_read_")
)


def _items(content: Any) -> list[Any]:
    if not isinstance(content, list):
        raise WireError("no list")
    return content


def _length(content: Any) -> int:
    if type(content) is not int or not 0 <= content <= LARGEST_DATA:
        raise WireError("no length")
    return content

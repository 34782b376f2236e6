"""Checks of arrays: what comes in becomes plain NumPy arrays of one dtype, or a clear refusal.

Also the arithmetic that keeps integers exact: operations are computed in a wider type that cannot
overflow, and the result is refused where the narrow type cannot hold it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, TypeAlias

import numpy as np

from cnncourse._integers import describe

Array: TypeAlias = np.ndarray[Any, np.dtype[Any]]
Kinds: TypeAlias = Literal["computes", "moves", "floats"]

# Integers of at most this magnitude are exact in float64, which BLAS multiplies fast.
EXACT_IN_FLOAT64 = 2**53
EXACT_IN_INT64 = 2**63 - 1

# Infinities and NaN go their way without warnings, as in torch.
quietly = np.errstate(all="ignore")

USUAL_DTYPES = ({np.dtype(np.float32)}, {np.dtype(np.float64)})


def arrays(
    function: str, kinds: Kinds = "computes", optional: str = "bias", /, **values: Any
) -> tuple[Any, ...]:
    """Return the named values as native arrays of one dtype.

    Lists and plain numbers take the dtype of the values that have one. `kinds` says which numbers
    the function takes: "computes" floats and integers, "floats" floats only, "moves" (values are
    copied, never computed with) booleans too. The `optional` one may be None.
    """
    for name, value in values.items():
        if value is None and name != optional:
            raise TypeError(
                f"{function}: {name} must be an array or a nested list of numbers, got None"
            )
    # Almost always there is nothing to do, and small images should not wait for it.
    present = [value for value in values.values() if value is not None]
    usual = all(type(value) is np.ndarray for value in present)
    if usual and {value.dtype for value in present} in USUAL_DTYPES:
        return tuple(values.values())
    given = {name: read(function, name, value) for name, value in values.items()}
    typed = {
        name: array
        for name, array in given.items()
        if array is not None and _has_dtype(values[name])
    }
    for name, array in typed.items():
        _check_dtype(function, name, array, kinds)
    listed = {
        name: array for name, array in given.items() if array is not None and name not in typed
    }
    first = next(iter(typed), "")
    dtype = typed[first].dtype if first else _dtype_of_lists(listed.values(), kinds)
    for name, array in typed.items():
        if array.dtype != dtype:
            raise TypeError(
                f"{function}: {first} and {name} must have the same dtype, got {dtype} and "
                f"{array.dtype}; convert one of them, e.g. {name}.astype(np.{dtype})"
            )
    for name, array in listed.items():
        given[name] = _convert_list(function, name, array, dtype, first, kinds)
    return tuple(given.values())


def array(function: str, name: str, value: Any, kinds: Kinds = "computes") -> Array:
    """Return one value as a native array."""
    return arrays(function, kinds, **{name: value})[0]


def integers(function: str, name: str, value: Any) -> Array:
    """Return indices or class numbers as an int64 array; any integer dtype will do."""
    result = read(function, name, value)
    if result is not None and result.dtype.kind in "iu":
        return result.astype(np.int64, copy=False)
    found = describe(value) if result is None else f"dtype {result.dtype}"
    raise TypeError(f"{function}: {name} must be an array of integers, got {found}")


def _has_dtype(value: Any) -> bool:
    return hasattr(value, "dtype") or hasattr(value, "__array__")


def read(function: str, name: str, value: Any) -> Array | None:
    """Return a value as a native array of numbers of any kind; None stays None."""
    if value is None:
        return None
    fits = "an array or a nested list of numbers"
    if isinstance(value, (str, bytes, dict, set, np.ma.MaskedArray)):
        raise TypeError(f"{function}: {name} must be {fits}, got {describe(value)}")
    try:
        result = np.asarray(value)
    except Exception as error:
        if isinstance(value, (list, tuple)):
            raise ValueError(
                f"{function}: {name} must be {fits} whose rows are equally long ({error})"
            ) from None
        raise TypeError(
            f"{function}: {name} must be {fits}; a {type(value).__name__} could not be read as one "
            f"({error})"
        ) from None
    if result.dtype.kind not in "biufc":
        raise TypeError(
            f"{function}: {name} must be {fits}, got {describe(value)} of dtype {result.dtype}"
        )
    if not result.dtype.isnative:
        # Byte-swapped arrays come from files; the arithmetic sees the machine's own order.
        result = result.astype(result.dtype.newbyteorder("="))
    return result


def _check_dtype(function: str, name: str, array: Array, kinds: Kinds) -> None:
    dtype = array.dtype
    if dtype.kind == "b" and kinds == "moves":
        return
    if dtype.kind == "b":
        raise TypeError(
            f"{function}: {name} is bool; convert it first, e.g. {name}.astype(np.float32)"
        )
    if dtype.kind == "c":
        raise TypeError(f"{function}: {name} is {dtype}; complex numbers are not supported")
    if dtype.kind == "f" and dtype.itemsize not in (2, 4, 8):
        raise TypeError(
            f"{function}: {name} is {dtype}; floats must be float16, float32 or float64"
        )
    if dtype.kind in "iu" and kinds == "floats":
        raise TypeError(
            f"{function}: {name} must hold floats, because the result is no whole number; "
            f"got {dtype}, convert it first, e.g. {name}.astype(np.float32)"
        )


def _dtype_of_lists(lists: Iterable[Array], kinds: Kinds) -> np.dtype[Any]:
    # Named, because the default integer has 32 bits in the browser (Pyodide).
    found = {array.dtype.kind for array in lists}
    if found == {"b"} and kinds == "moves":
        return np.dtype(np.bool_)
    if found <= {"i", "u"} and kinds != "floats":
        return np.dtype(np.int64)
    return np.dtype(np.float64)


def _convert_list(
    function: str, name: str, array: Array, dtype: np.dtype[Any], other: str, kinds: Kinds
) -> Array:
    if array.dtype.kind in "bc" and array.dtype != dtype:
        _check_dtype(function, name, array, "computes")
    if dtype.kind in "iu" and array.size:
        whole = array.dtype.kind in "iu" or bool(np.all(np.floor(array) == array))
        limits = np.iinfo(dtype)
        low, high = array.min().item(), array.max().item()
        if not whole or low < limits.min or high > limits.max:
            raise ValueError(
                f"{function}: {name} is a list, so it takes the dtype of {other}, "
                f"{dtype}, which cannot hold its values from {low} to {high}; convert {other} "
                f"first, e.g. {other}.astype(np.float32)"
            )
    converted = array.astype(dtype)
    _check_dtype(function, name, converted, kinds)
    return converted


def check_rank(function: str, name: str, array: Array, shapes: dict[int, str]) -> None:
    """Refuse an array whose number of axes is no key of `shapes`, such as {4: "(N, C, H, W)"}."""
    if array.ndim not in shapes:
        raise ValueError(
            f"{function}: {name} must have shape {' or '.join(shapes.values())}, "
            f"got {array.ndim} axes: shape {array.shape}"
        )


IMAGES = {4: "(N, C, H, W)", 3: "(C, H, W)"}


def check_images(function: str, name: str, array: Array) -> None:
    """Refuse what is no batch of images or single image; only the batch may be empty."""
    check_rank(function, name, array, IMAGES)
    if 0 in array.shape[-3:]:
        raise ValueError(
            f"{function}: {name} may be empty only along its batch axis N, got shape {array.shape}"
        )


def widen(terms: int, *factors: Array, plus: Array | None = None) -> tuple[Any, ...]:
    """Return the arrays in a type in which Σ of `terms` products, `plus` one more, cannot overflow.

    float16 becomes float32, as torch accumulates. Integers become float64 where all sums are exact
    in it (BLAS is fast there), else int64, else Python's own integers. Other floats stay.
    `plus`, which may be None, comes back last.
    """
    dtype = factors[0].dtype
    wide: Any = dtype
    if dtype.kind == "f" and dtype.itemsize > 2:
        return (*factors, plus)
    if dtype == np.float16:
        wide = np.float32
    elif dtype.kind in "iu":
        bound = max(terms, 1)
        for factor in factors:
            bound *= max(largest(factor), 1)
        if plus is not None:
            bound += largest(plus)
        if bound <= EXACT_IN_FLOAT64:
            wide = np.float64
        else:
            wide = np.int64 if bound <= EXACT_IN_INT64 else np.object_
    widened = tuple(factor.astype(wide, copy=False) for factor in factors)
    return (*widened, None if plus is None else plus.astype(wide, copy=False))


def largest(array: Array) -> int:
    """Return the largest magnitude in an integer array, as a Python int: −(−128) is 128."""
    return max(abs(int(array.max())), abs(int(array.min()))) if array.size else 0


def narrow(function: str, result: Array, dtype: np.dtype[Any]) -> Array:
    """Return a result of widened operands in the dtype they came in, never wrapped around."""
    # A result without axes may come as a NumPy scalar.
    result = np.asarray(result)
    if result.dtype == dtype:
        return result
    if dtype.kind in "iu" and result.size:
        limits = np.iinfo(dtype)
        low, high = int(result.min()), int(result.max())
        if low < limits.min or high > limits.max:
            remedy = "np.float64" if dtype.itemsize == 8 else "np.int64"
            raise ValueError(
                f"{function}: the result runs from {low} to {high}, which {dtype} cannot hold "
                f"(it ends at {limits.min} and {limits.max}); convert the arguments first, "
                f"e.g. with .astype({remedy})"
            )
    with np.errstate(over="ignore"):
        return result.astype(dtype)

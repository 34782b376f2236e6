"""Checks of sizes and settings, in pure Python so that `geometry` needs no NumPy.

Every check takes the name of the function and of the argument it speaks for, and either returns
a plain Python value or raises an error that names both, shows what came, and says what would fit.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any, TypeAlias

Pair: TypeAlias = tuple[int, int]
IntOrPair: TypeAlias = int | Sequence[int]

# No kernel, stride or picture is longer. Sizes computed from larger ones overflow NumPy's own.
LONGEST = 2**24


def integer(
    function: str, name: str, value: Any, minimum: int | None = None, maximum: int = 2**63 - 1
) -> int:
    """Return `value` as an int; a bool, a float or a text is not one."""
    # bool is a subclass of int in Python, but `stride=True` is a slip, not a stride of one.
    # NumPy's own bool has no __index__, NumPy's integers do.
    try:
        if isinstance(value, bool):
            raise TypeError
        number = operator.index(value)
    except TypeError:
        raise TypeError(f"{function}: {name} must be an integer, got {describe(value)}") from None
    if minimum is not None and number < minimum:
        raise ValueError(f"{function}: {name} must be at least {minimum}, got {number}")
    if abs(number) > maximum:
        raise ValueError(f"{function}: {name} must be at most {maximum}, got {number}")
    return number


def pair(
    function: str,
    name: str,
    value: Any,
    minimum: int | None = None,
    *,
    one_for_both: bool = False,
) -> Pair:
    """Return `value` as (vertical, horizontal): an int stands for both, a pair for itself.

    torch lets some functions take a list of a single number for both axes, and others not:
    `one_for_both` says which.
    """
    if type(value) is int or not is_sequence(value):
        try:
            number = integer(function, name, value, minimum, LONGEST)
        except TypeError:
            raise TypeError(
                f"{function}: {name} must be an integer or a pair of integers, "
                f"got {describe(value)}"
            ) from None
        return number, number
    numbers = [
        integer(function, f"{name}[{i}]", item, minimum, LONGEST) for i, item in enumerate(value)
    ]
    if one_for_both and len(numbers) == 1:
        numbers *= 2
    if len(numbers) != 2:
        raise ValueError(
            f"{function}: {name} must be an integer or a pair of integers (vertical, horizontal), "
            f"got {len(numbers)} numbers: {value!r}"
        )
    return numbers[0], numbers[1]


def flag(function: str, name: str, value: Any) -> bool:
    """Return `value` as a bool; numbers and texts are not truth values here."""
    # NumPy's bool is no subclass of bool; its type is called "bool" (NumPy 2) or "bool_".
    if isinstance(value, bool) or type(value).__name__ in ("bool", "bool_"):
        return bool(value)
    raise TypeError(f"{function}: {name} must be True or False, got {describe(value)}")


def choice(function: str, name: str, value: Any, choices: Sequence[str]) -> str:
    """Return `value` if it is one of the texts in `choices`."""
    if isinstance(value, str) and value in choices:
        return value
    allowed = ", ".join(repr(item) for item in choices)
    error = ValueError if isinstance(value, str) else TypeError
    raise error(f"{function}: {name} must be one of {allowed}; got {describe(value)}")


def is_sequence(value: Any) -> bool:
    """Whether `value` is a list of things: a list, a tuple or a one-dimensional array."""
    if isinstance(value, (tuple, list)):
        return True
    if isinstance(value, (str, bytes, dict, set)):
        return False
    return isinstance(value, Sequence) or getattr(value, "ndim", None) == 1


def describe(value: Any) -> str:
    """`value` and its type in a few words, for the end of an error message."""
    if value is None:
        return "None"
    text = repr(value)
    return f"{text if len(text) <= 60 else text[:57] + '...'} ({type(value).__name__})"

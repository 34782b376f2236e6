"""Small helpers of the exercises: matrices to try answers on, and functions made from stubs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def matrix(rng: np.random.Generator, shape: tuple[int, int], low: int, high: int) -> np.ndarray:
    """Draw a matrix of whole numbers from `low` to `high`, both included."""
    return rng.integers(low, high, size=shape, dtype=np.int64, endpoint=True)


def function_from(source: str, **given: Any) -> Callable[..., Any]:
    r"""Make the function that a stub defines, with `np` and the given names in its reach.

    Examples
    --------
    >>> function_from("def twice(n):\n    return 2 * n\n")(4)
    8
    """
    names: dict[str, Any] = {"np": np, **given}
    before = set(names)
    exec(source, names)
    return next(value for key, value in names.items() if key not in {*before, "__builtins__"})

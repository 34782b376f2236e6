"""Whole-number filtering of gray pictures, and the sentences about it.

The twin of ``js/src/core/kernels.js``: the live figure and the reading without script say the same
words and show the same numbers, and a test holds the two equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise
from math import lcm
from typing import Any

import numpy as np

Weights = list[list[float]]
LARGEST_WEIGHT = 999
LARGEST_DIVISOR = 9999
_ANCHORS = (
    (0, (43, 10, 74)),
    (64, (122, 74, 170)),
    (128, (140, 140, 140)),
    (192, (84, 184, 112)),
    (255, (232, 252, 222)),
)


def whole(weights: Weights, divisor: int) -> tuple[list[list[int]], int]:
    """Take the decimals out of the weights: 0.25 over 1 is 25 over 100.

    Examples
    --------
    >>> whole([[0.25, 1]], 2)
    ([[25, 100]], 200)
    """
    if all(float(weight).is_integer() for line in weights for weight in line):
        return [[int(weight) for weight in line] for line in weights], divisor
    return [[round(weight * 100) for weight in line] for line in weights], divisor * 100


def as_kernel(kernel: Any, divisor: int = 1) -> tuple[Weights, int]:
    """Write a kernel with weights of at most two decimals and one whole divisor.

    Parameters
    ----------
    kernel
        A square matrix, 3×3 or 5×5.
    divisor
        What the sum of products is divided by.

    Returns
    -------
    weights, divisor
        Weights as nested lists; whole numbers are ints.

    Raises
    ------
    TypeError
        If the kernel is no matrix of numbers.
    ValueError
        If the kernel has another size, a weight is not finite or too large, or the
        weights have no common divisor of at most 9999.

    Examples
    --------
    >>> as_kernel(np.full((3, 3), 1 / 9))
    ([[1, 1, 1], [1, 1, 1], [1, 1, 1]], 9)
    """
    try:
        matrix = np.asarray(kernel, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(
            "KernelBench: kernel must be a matrix of numbers, all rows equally long, got "
            f"{kernel!r}"
        ) from None
    if matrix.shape not in {(3, 3), (5, 5)}:
        raise ValueError(f"KernelBench: kernel must be 3×3 or 5×5, but its shape is {matrix.shape}")
    if not np.isfinite(matrix).all():
        raise ValueError(f"KernelBench: kernel has a weight that is not finite: {matrix.tolist()}")
    if np.array_equal(matrix, np.round(matrix, 2)):
        weights, over = matrix, divisor
    else:
        parts = [Fraction(float(weight)).limit_denominator(1000) for weight in matrix.flat]
        common = lcm(*(part.denominator for part in parts))
        weights, over = np.round(matrix * common), divisor * common
        if np.abs(weights - matrix * common).max() > 1e-6 or over > LARGEST_DIVISOR:
            raise ValueError(
                "KernelBench: kernel must have weights of at most two decimals, or fractions with "
                f"a common divisor of at most {LARGEST_DIVISOR}; kernel {matrix.tolist()}"
            )
    if np.abs(weights).max() > LARGEST_WEIGHT:
        raise ValueError(
            f"KernelBench: kernel must have weights from -{LARGEST_WEIGHT} to {LARGEST_WEIGHT}, "
            f"over a divisor of {over}; it has {weights.tolist()}"
        )
    return [[int(w) if float(w).is_integer() else float(w) for w in line] for line in weights], over


def resized(weights: Weights, size: int) -> Weights:
    """Grow a square kernel by zeros around it, or cut it, about the same middle.

    Examples
    --------
    >>> resized([[1, 2, 3], [4, 5, 6], [7, 8, 9]], 5)[1]
    [0, 1, 2, 3, 0]
    """
    shift = (len(weights) - size) // 2
    places = range(shift, shift + size)
    inside = range(len(weights))
    return [[weights[a][b] if a in inside and b in inside else 0 for b in places] for a in places]


def rounded(numerator: int, divisor: int = 1) -> tuple[str, bool]:
    """Write a fraction with at most two decimals, and say whether that is exact.

    Examples
    --------
    >>> rounded(-339, 2), rounded(1735, 9)
    (('−169.5', True), ('192.78', False))
    """
    size = abs(numerator) * 100
    hundredths = (2 * size + divisor) // (2 * divisor)
    sign = "−" if numerator < 0 and hundredths > 0 else ""
    rest = f"{hundredths % 100:02d}".rstrip("0")
    text = f"{sign}{hundredths // 100}" + (f".{rest}" if rest else "")
    return text, size % divisor == 0


def equals(numerator: int, divisor: int) -> str:
    """Write "= 169.5", or "≈ 192.78" where decimals were cut.

    Examples
    --------
    >>> equals(1735, 9)
    '≈ 192.78'
    """
    text, exact = rounded(numerator, divisor)
    return f"{'=' if exact else '≈'} {text}"


def number(value: float) -> str:
    """Write a weight as people do, with a true minus sign.

    Examples
    --------
    >>> number(-2), number(0.5)
    ('−2', '0.5')
    """
    return f"{value:g}".replace("-", "−")


def total(patch: Sequence[Sequence[int]], weights: Sequence[Sequence[int]]) -> int:
    """Multiply a patch by whole weights and add up.

    Examples
    --------
    >>> total([[10, 20], [30, 40]], [[1, 0], [0, -1]])
    -30
    """
    return int((np.array(patch, np.int64) * np.array(weights, np.int64)).sum())


def formula(patch: Sequence[Sequence[int]], weights: Weights, divisor: int) -> str:
    """Write the sum of products out, with its total, and the division where there is one.

    Examples
    --------
    >>> formula([[10, 20], [30, 40]], [[1, 0], [0, -1]], 4)
    '10·1 + 20·0 + 30·0 + 40·(−1) = −30, and −30 ÷ 4 = −7.5'
    """
    products = [
        f"{value}·{number(weight) if weight >= 0 else f'({number(weight)})'}"
        for values, line in zip(patch, weights, strict=True)
        for value, weight in zip(values, line, strict=True)
    ]
    whole_weights, over = whole(weights, divisor)
    result = total(patch, whole_weights)
    summed, _ = rounded(result, over // divisor)
    written = f"{' + '.join(products)} = {summed}"
    if divisor == 1:
        return written
    return f"{written}, and {summed} ÷ {divisor} {equals(result, over)}"


def sum_meaning(weights: Weights, divisor: int) -> str:
    """Say what the sum of the weights means for a flat region of the picture.

    Examples
    --------
    >>> sum_meaning([[1, 1], [1, 1]], 4)
    'The weights add up to 1: flat regions keep their brightness.'
    """
    whole_weights, over = whole(weights, divisor)
    total = sum(map(sum, whole_weights))
    text, exact = rounded(total, over)
    said = f"The weights add up to {'' if exact else 'about '}{text}"
    if not any(map(any, whole_weights)):
        return f"{said}: every weight is 0, and so is every result."
    if total == 0:
        return f"{said}: flat regions become 0, and only differences are left."
    if total == over:
        return f"{said}: flat regions keep their brightness."
    if total < 0:
        return f"{said}: flat regions become negative."
    change = "brighter" if total > over else "darker"
    return f"{said}: flat regions become {change}, by that factor."


def shown(sums: np.ndarray[Any, Any], divisor: int, display: str) -> dict[str, Any]:
    """Work out the levels that show a filtered picture, and what lies beyond the scale.

    Parameters
    ----------
    sums
        Whole numbers, shape (H_out, W_out), not yet divided.
    divisor
        What they are to be divided by.
    display
        ``"clip"``, ``"signed"`` or ``"absolute"``.

    Returns
    -------
    dict
        ``levels`` (uint8, the shape of `sums`), ``low`` and ``high`` (the ends of the scale as
        doubled sums), ``below`` and ``above`` (how many results lie beyond them).

    Examples
    --------
    >>> shown(np.array([[-10, 0, 300]]), 1, "clip")["levels"]
    array([[  0,   0, 255]], dtype=uint8)
    """
    farthest = int(np.abs(sums).max(initial=0))
    if display == "signed":
        low, high = -farthest, farthest
        reach = np.clip(2 * sums, low, high)
        around = max(farthest, 1)
        levels = 128 + (2 * 127 * reach + farthest) // (2 * around)
    else:
        high = 2 * 255 * divisor
        low = -high if display == "absolute" else 0
        seen = np.abs(sums) if display == "absolute" else sums
        levels = np.clip((2 * seen + divisor) // (2 * divisor), 0, 255)
    return {
        "levels": levels.astype(np.uint8),
        "low": low,
        "high": high,
        "below": int((2 * sums < low).sum()),
        "above": int((2 * sums > high).sum()),
    }


def diverging_scale() -> np.ndarray[Any, Any]:
    """Return the 256 colors of the diverging scale: uint8, shape (256, 3).

    Examples
    --------
    >>> diverging_scale()[128]
    array([140, 140, 140], dtype=uint8)
    """
    colors = np.zeros((256, 3), np.int64)
    for (start, first), (end, last) in pairwise(_ANCHORS):
        steps = np.arange(end - start + 1)[:, None]
        change = np.subtract(last, first)
        colors[start : end + 1] = np.array(first) + change * steps // (end - start)
    return colors.astype(np.uint8)


def drawn_as(total: int, divisor: int, display: str, low: int, high: int) -> str:
    """Say how one result is drawn; `low` and `high` are the doubled ends of the scale.

    Examples
    --------
    >>> drawn_as(300, 1, "clip", 0, 510)
    'above 255: drawn white'
    """
    if display == "signed":
        if total == 0:
            return "zero: drawn mid gray"
        beyond = ", at the end of the scale" if 2 * abs(total) > high else ""
        return f"positive: drawn green{beyond}" if total > 0 else f"negative: drawn purple{beyond}"
    if 2 * total > high:
        return "above 255: drawn white"
    if 2 * total < low:
        return "below 0: drawn black" if display == "clip" else "below −255: drawn white"
    gray = (2 * abs(total) + divisor) // (2 * divisor)
    return f"drawn as gray {gray}"


def beyond_scale(below: int, above: int, results: int, divisor: int, low: int, high: int) -> str:
    """Say how many results the scale cannot show; its doubled ends are `low` and `high`.

    Examples
    --------
    >>> beyond_scale(0, 0, 21904, 1, 0, 510)
    'All 21,904 results fit on the scale.'
    """
    if below + above == 0:
        return f"All {results:,} results fit on the scale."
    share, _ = rounded((2 * 1000 * (below + above) + results) // (2 * results), 10)
    under = f"{below:,} below {rounded(low, 2 * divisor)[0]}"
    over = f"{above:,} above {rounded(high, 2 * divisor)[0]}"
    return f"Beyond the scale: {under}, {over}; {share} % of {results:,} results."

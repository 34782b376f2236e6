"""What can be said about an answer that no named misconception explains.

Each pattern looks at all pairs of returned and expected arrays and is named only if it holds for
every one of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from cnncourse.exercises._rendering import shape_words

Pair = tuple[np.ndarray, np.ndarray]


def close(returned: np.ndarray, expected: np.ndarray, tolerance: float = 1e-6) -> bool:
    """Say whether two arrays have the same shape and, up to `tolerance`, the same values.

    Examples
    --------
    >>> close(np.array([1.0, 2.0]), np.array([1, 2])), close(np.ones(2), np.ones(3))
    (True, False)
    """
    if returned.shape != expected.shape:
        return False
    return bool(np.allclose(returned, expected, rtol=tolerance, atol=tolerance))


def diagnose(pairs: Sequence[Pair], first: Pair, tolerance: float) -> tuple[str, str]:
    """Return a stable name and a sentence for the way in which an answer differs.

    Parameters
    ----------
    pairs : sequence of (returned, expected)
        What came back on every input, in order.
    first : (returned, expected)
        The smallest pair that differs.
    tolerance : float
        Values closer than this count as equal.

    Examples
    --------
    >>> expected = np.array([[1, 2], [3, 4]])
    >>> diagnose([(-expected, expected)], (-expected, expected), 1e-6)
    ('wrong-sign', 'The sizes of the values are right; their sign is the other one.')
    """
    returned, expected = first
    if all(close(np.transpose(got), want, tolerance) for got, want in pairs):
        return "transposed", "The values are right, with rows and columns exchanged."
    if returned.shape != expected.shape:
        return "wrong-shape", wrong_shape(returned.shape, expected.shape)
    if np.isnan(returned).any():
        return "not-a-number", "There are values that are not a number (nan) in what came back."
    if all(close(-got, want, tolerance) for got, want in pairs):
        return "wrong-sign", "The sizes of the values are right; their sign is the other one."
    factor = common_factor(pairs, tolerance)
    if factor is not None:
        return "constant-factor", f"Every value is off by the same factor, {factor:.4g}."
    offset = common_offset(pairs, tolerance)
    if offset is not None:
        direction = "large" if offset > 0 else "small"
        return "constant-offset", f"Every value is too {direction} by the same {abs(offset):.4g}."
    differs = ~np.isclose(returned, expected, rtol=tolerance, atol=tolerance)
    if expected.ndim == 0:
        return "wrong-value", "This value is not the one expected yet."
    inside = differs[(slice(1, -1),) * differs.ndim]
    if inside.size and not inside.any():
        return "border-differs", "The inside is right; look at the border once more."
    right = int(differs.size - differs.sum())
    if right == 0:
        return "wrong-values", "The shape is right; the values differ."
    return "some-values-differ", f"{right} of {differs.size} values are right; the others differ."


def wrong_shape(returned: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Say how a shape differs, in rows and columns where both have two axes.

    Examples
    --------
    >>> wrong_shape((2, 3), (3, 3))
    'The shape is 2×3 where 3×3 is expected: one row is missing.'
    """
    sentence = f"The shape is {shape_words(returned)} where {shape_words(expected)} is expected"
    if len(returned) == len(expected) == 2:
        for axis, what in enumerate(("row", "column")):
            if abs(returned[axis] - expected[axis]) == 1 and (
                returned[1 - axis] == expected[1 - axis]
            ):
                verb = "is missing" if returned[axis] < expected[axis] else "is too many"
                return f"{sentence}: one {what} {verb}."
    return sentence + "."


def common_factor(pairs: Sequence[Pair], tolerance: float) -> float | None:
    """Return c if what came back is c times what is expected, for one c ≠ 0 on all pairs."""
    for got, want in pairs:
        if got.shape != want.shape:
            return None
    sized = [(got, want) for got, want in pairs if want.size and np.abs(want).max() > 0]
    if not sized:
        return None
    got, want = sized[0]
    place = np.unravel_index(np.abs(want).argmax(), want.shape)
    factor = float(got[place]) / float(want[place])
    if not np.isfinite(factor) or factor == 0:
        return None
    same = all(close(got / factor, want, tolerance) for got, want in pairs)
    return factor if same else None


def common_offset(pairs: Sequence[Pair], tolerance: float) -> float | None:
    """Return c if what came back is c more than what is expected, for one c on all pairs."""
    for got, want in pairs:
        if got.shape != want.shape or not want.size:
            return None
    offset = float(pairs[0][0].flat[0]) - float(pairs[0][1].flat[0])
    same = all(close(got - offset, want, tolerance) for got, want in pairs)
    return offset if same else None

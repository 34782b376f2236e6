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
        What came back on every input, in order; empty if something is missing.
    first : (returned, expected)
        The smallest pair that differs.
    tolerance : float
        Values closer than this count as equal.

    Examples
    --------
    >>> expected = np.array([[1, 2], [3, 4]])
    >>> diagnose([(-expected, expected)] * 2, (-expected, expected), 1e-6)
    ('wrong-sign', 'The sizes of the values are right; their sign is the other one.')
    """
    returned, expected = first
    if len(pairs) > 1:
        pattern = common_pattern(pairs, tolerance)
        if pattern is not None:
            return pattern
    if returned.shape != expected.shape:
        return "wrong-shape", wrong_shape(returned.shape, expected.shape)
    if np.isnan(returned).any():
        return "not-a-number", "There are values that are not a number (nan) in what came back."
    differs = ~np.isclose(returned, expected, rtol=tolerance, atol=tolerance)
    if expected.ndim == 0:
        agreeing = sum(close(got, want, tolerance) for got, want in pairs)
        if not agreeing:
            return "wrong-value", "This value is not the one expected yet."
        message = f"Right on {agreeing} of {len(pairs)} inputs; this is the smallest of the others."
        return "some-values-differ", message
    right = int(differs.size - differs.sum())
    if right == 0:
        return "wrong-values", "The shape is right; the values differ."
    verb = "is" if right == 1 else "are"
    message = f"{right} of {differs.size} values {verb} right; the others differ."
    return "some-values-differ", message


def common_pattern(pairs: Sequence[Pair], tolerance: float) -> tuple[str, str] | None:
    """Return the name and sentence of a pattern that holds on every pair, if there is one."""
    if all(close(np.transpose(got), want, tolerance) for got, want in pairs):
        return "transposed", "The values are right, with rows and columns exchanged."
    if all(got.shape == want.shape[::-1] for got, want in pairs) and any(
        got.shape != want.shape for got, want in pairs
    ):
        return "height-and-width-exchanged", "The result has its rows and columns exchanged."
    if all(close(-got, want, tolerance) for got, want in pairs):
        return "wrong-sign", "The sizes of the values are right; their sign is the other one."
    factor = common_factor(pairs, tolerance)
    if factor is not None:
        return "constant-factor", f"Every value is off by the same factor, {factor:.4g}."
    offset = common_offset(pairs, tolerance)
    if offset is not None:
        direction = "large" if offset > 0 else "small"
        return "constant-offset", f"Every value is too {direction} by the same {abs(offset):.4g}."
    if only_the_border(pairs, tolerance):
        return "border-differs", "Only values in the first or last row or column are not right."
    return None


def wrong_shape(returned: tuple[int, ...], expected: tuple[int, ...]) -> str:
    """Say how a shape differs, in rows and columns where both have two axes.

    Examples
    --------
    >>> wrong_shape((2, 3), (3, 3))
    'Here an array of 2×3 came back; an array of 3×3 is expected. One row is missing.'
    """
    sentence = f"Here {shape_words(returned)} came back; {shape_words(expected)} is expected."
    if len(returned) == len(expected) == 2:
        for axis, what in enumerate(("row", "column")):
            if abs(returned[axis] - expected[axis]) == 1 and (
                returned[1 - axis] == expected[1 - axis]
            ):
                verb = "is missing" if returned[axis] < expected[axis] else "is too many"
                return f"{sentence} One {what} {verb}."
    return sentence


def only_the_border(pairs: Sequence[Pair], tolerance: float) -> bool:
    """Say whether all that differs, on all pairs, lies in the first or last row or column."""
    insides = [
        (got[1:-1, 1:-1], want[1:-1, 1:-1])
        for got, want in pairs
        if got.shape == want.shape and want.ndim == 2
    ]
    if len(insides) < len(pairs) or not any(want.size for _, want in insides):
        return False
    return all(close(got, want, tolerance) for got, want in insides)


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

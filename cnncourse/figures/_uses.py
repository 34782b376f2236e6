"""Which pixel meets which weight in which output: the one list behind a convolution's sums."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cnncourse.figures._figure import factor, number, rounded, sum_text


class Use(NamedTuple):
    """One meeting, each part counted in reading order: Y[output] += X[pixel] · K[weight]."""

    output: int
    pixel: int
    weight: int


def uses(
    picture: Sequence[int],
    kernel: Sequence[int],
    output: Sequence[int],
    stride: int = 1,
    padding: Sequence[int] = (0, 0),
    dilation: int = 1,
) -> list[Use]:
    """List all meetings of a convolution, sorted by output, then by weight.

    Parameters
    ----------
    picture, kernel, output : (rows, columns)
        Sizes. What a window reads beside the picture is left out.
    stride, dilation : int
        As in `cnncourse.functional.conv2d`.
    padding : (int, int)
        Rows above and below, columns on the left and right.

    Examples
    --------
    >>> [tuple(use) for use in uses((1, 3), (1, 2), (1, 2))]
    [(0, 0, 0), (0, 1, 1), (1, 1, 0), (1, 2, 1)]
    """
    found = []
    for at, weight in np.ndindex(output[0] * output[1], kernel[0] * kernel[1]):
        row = at // output[1] * stride + weight // kernel[1] * dilation - padding[0]
        column = at % output[1] * stride + weight % kernel[1] * dilation - padding[1]
        if 0 <= row < picture[0] and 0 <= column < picture[1]:
            found.append(Use(at, row * picture[1] + column, weight))
    return found


def written_sum(pairs: Sequence[tuple[float, float]], show: Callable[[float], str] = number) -> str:
    """Write a sum of products as the figures do: products, their values, the total.

    >>> written_sum([(2, 3), (1, -1)])
    '2·3 + 1·(−1) = 6 − 1 = 5'
    >>> written_sum([])
    'no terms, 0'
    """
    if not pairs:
        return "no terms, 0"
    products = " + ".join(f"{factor(a)}·{factor(b)}" for a, b in pairs)
    terms = sum_text(rounded(a * b) for a, b in pairs)
    return f"{products} = {terms} = {show(sum(a * b for a, b in pairs))}"

"""Where the time goes: products of windows and filters as large matrix products.

Each function here equals one line on top of `windows`, written in its docstring.
"""

from __future__ import annotations

import numpy as np

from cnncourse._arguments import Array
from cnncourse._integers import Pair
from cnncourse.windows import add_back, view


def correlate(x: Array, weight: Array, stride: Pair, dilation: Pair, groups: int) -> Array:
    """Multiply every window by every filter of its group, and add.

    ``einsum("ncyxij,ocij->noyx", windows(x), weight)``
    """
    images = x.shape[0]
    filters, depth, kh, kw = weight.shape
    patches = view(x, (kh, kw), stride, dilation)
    rows, columns = patches.shape[2:4]
    matrix = patches.reshape(images, groups, depth, rows, columns, kh, kw)
    matrix = matrix.transpose(0, 1, 2, 5, 6, 3, 4).reshape(
        images, groups, depth * kh * kw, rows * columns
    )
    rows_of_weight = weight.reshape(groups, filters // groups, depth * kh * kw)
    return (rows_of_weight @ matrix).reshape(images, filters, rows, columns)


def correlate_input(
    gradient: Array, weight: Array, size: Pair, stride: Pair, dilation: Pair, groups: int
) -> Array:
    """Adjoint of `correlate` in `x`: scatter filter times gradient.

    ``scatter(einsum("noyx,ocij->ncyxij", gradient, weight), size)``
    """
    images, filters, rows, columns = gradient.shape
    _, depth, kh, kw = weight.shape
    columns_of_weight = weight.reshape(groups, filters // groups, depth * kh * kw).swapaxes(1, 2)
    matrix = columns_of_weight @ gradient.reshape(images, groups, filters // groups, rows * columns)
    patches = matrix.reshape(images, groups * depth, kh, kw, rows, columns)
    return add_back(patches.transpose(0, 1, 4, 5, 2, 3), size, stride, dilation)


def correlate_weight(
    x: Array, gradient: Array, kernel: Pair, stride: Pair, dilation: Pair, groups: int
) -> Array:
    """Adjoint of `correlate` in `weight`: windows times gradient, summed over all places.

    ``einsum("noyx,ncyxij->ocij", gradient, windows(x))``
    """
    images, filters, rows, columns = gradient.shape
    depth = x.shape[1] // groups
    kh, kw = kernel
    # The view may reach further than the gradient where the stride left pixels unread.
    patches = view(x, kernel, stride, dilation)[:, :, :rows, :columns]
    matrix = patches.reshape(images, groups, depth, rows, columns, kh, kw)
    matrix = matrix.transpose(1, 2, 5, 6, 0, 3, 4).reshape(
        groups, depth * kh * kw, images * rows * columns
    )
    rows_of_gradient = (
        gradient.reshape(images, groups, filters // groups, rows * columns)
        .transpose(1, 2, 0, 3)
        .reshape(groups, filters // groups, images * rows * columns)
    )
    result = rows_of_gradient @ np.swapaxes(matrix, 1, 2)
    return result.reshape(filters, depth, kh, kw)

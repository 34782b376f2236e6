# mypy: allow-untyped-defs
"""The solutions that chapter 05 folds away, as a student would write them."""

import numpy as np


def output_size(size, kernel_size, stride, padding):
    """Return how many places a window has along one axis."""
    return (size + 2 * padding - kernel_size) // stride + 1


def strided_loop(x, kernel, stride):
    """Slide the kernel over x in steps of stride = (sh, sw)."""
    (H, W), (kh, kw), (sh, sw) = x.shape, kernel.shape, stride
    H_out = (H - kh) // sh + 1
    W_out = (W - kw) // sw + 1
    output = np.zeros((H_out, W_out))
    for i in range(H_out):
        for j in range(W_out):
            window = x[i * sh : i * sh + kh, j * sw : j * sw + kw]
            output[i, j] = (window * kernel).sum()
    return output


def printed_shape(height, width):
    """Return the four numbers that the code prints."""
    rows = (height + 2 * 2 - 5) // 2 + 1
    columns = (width + 2 * 2 - 5) // 2 + 1
    rows = (rows - 3) // 1 + 1
    columns = (columns - 1) // 3 + 1
    rows = (rows + 1) // 2  # rows 0, 2, 4, … are kept
    return 1, 1, rows, columns


def unread_pixels(height, width, kernel_size, stride):
    """Return how many pixels of the picture no window reads."""
    read = np.zeros((height, width), dtype=bool)
    for i in range(0, height - kernel_size + 1, stride):
        for j in range(0, width - kernel_size + 1, stride):
            read[i : i + kernel_size, j : j + kernel_size] = True
    return read.size - read.sum()


def merge_layers(first, stride, second):
    """Return the kernel of the one layer that does the work of both."""
    (kh, kw), (rows, columns) = first.shape, second.shape
    shape = (stride * (rows - 1) + kh, stride * (columns - 1) + kw)
    merged = np.zeros(shape, dtype=first.dtype)
    for i in range(rows):
        for j in range(columns):
            top, left = i * stride, j * stride
            merged[top : top + kh, left : left + kw] += second[i, j] * first
    return merged

# mypy: allow-untyped-defs
"""The solutions that chapter 07 folds away, as a student would write them."""

import numpy as np


def extent(kernel_size, dilation):
    """Return how many pixels lie from the first weight to the last."""
    return dilation * (kernel_size - 1) + 1


def dilated_loop(x, kernel, dilation):
    """Slide the kernel over x, its weights dilation = (dh, dw) pixels apart."""
    (H, W), (kh, kw), (dh, dw) = x.shape, kernel.shape, dilation
    rows, columns = dh * (kh - 1) + 1, dw * (kw - 1) + 1
    output = np.zeros((H - rows + 1, W - columns + 1))
    for i in range(H - rows + 1):
        for j in range(W - columns + 1):
            window = x[i : i + rows : dh, j : j + columns : dw]
            output[i, j] = (window * kernel).sum()
    return output


def printed_numbers(a, b):
    """Return the two numbers that the code prints."""
    ends = [i * a + j * b for i in range(3) for j in range(3)]  # nine paths
    return len(set(ends)), max(ends.count(end) for end in ends)


def receptive_field(layers):
    """Return (size, jump) after a stack of layers."""
    size, jump = 1, 1
    for kernel_size, stride, dilation in layers:
        size += dilation * (kernel_size - 1) * jump
        jump *= stride
    return size, jump


def densest_dilations(kernel_size, depth):
    """Return the dilations, smallest first, of the largest field without holes."""
    return [kernel_size**layer for layer in range(depth)]

# mypy: allow-untyped-defs
"""The solutions that chapter 08 folds away, as a student would write them."""

import numpy as np


def parameter_count(in_channels, out_channels, kh, kw):
    """Return how many numbers the layer learns."""
    return out_channels * (in_channels * kh * kw + 1)


def filter_response(x, kernels, bias):
    """Apply one filter to all channels of x."""
    C, kh, kw = kernels.shape
    H_out = x.shape[1] - kh + 1
    W_out = x.shape[2] - kw + 1
    output = np.zeros((H_out, W_out))
    for c in range(C):
        for i in range(H_out):
            for j in range(W_out):
                window = x[c, i : i + kh, j : j + kw]
                output[i, j] += (window * kernels[c]).sum()
    return output + bias


def shape_and_count(H, W):
    """Return the five numbers in `answer`."""
    first_weights = 8 * 3 * 5 * 3 + 8
    second_weights = 4 * 8 * 3 * 3
    H_first, W_first = H - 5 + 1, W + 2 - 3 + 1
    H_out = (H_first - 3) // 2 + 1
    W_out = (W_first - 3) // 2 + 1
    return [16, 4, H_out, W_out, first_weights + second_weights]


def conv_layer(x, weight, bias, stride):
    """Apply every filter to every window, with a stride."""
    C_out, _, kh, kw = weight.shape
    H_out = (x.shape[1] - kh) // stride + 1
    W_out = (x.shape[2] - kw) // stride + 1
    y = np.zeros((C_out, H_out, W_out))
    for o, i, j in np.ndindex(y.shape):
        top, left = i * stride, j * stride
        window = x[:, top : top + kh, left : left + kw]
        y[o, i, j] = (window * weight[o]).sum() + bias[o]
    return y


def blind_to_gray(kernels):
    """Return the nearest filter that says 0 to every gray picture."""
    return kernels - kernels.mean(axis=0)

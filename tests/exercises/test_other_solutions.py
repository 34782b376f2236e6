"""Right answers that look nothing like the reference pass as well."""

import itertools

import numpy as np
import pytest

from cnncourse.exercises import convolution, padding
from cnncourse.functional import cross_correlate


def value_by_lists(x, kernel, i, j):
    x, kernel = x.tolist(), kernel.tolist()
    return sum(
        x[i + a][j + b] * weight for a, row in enumerate(kernel) for b, weight in enumerate(row)
    )


def value_as_float(x, kernel, i, j):
    return float(np.tensordot(x[i:, j:][: len(kernel), : len(kernel[0])].astype(float), kernel))


def loop_as_lists(x, kernel):
    rows, columns = len(x) - len(kernel) + 1, len(x[0]) - len(kernel[0]) + 1
    return [[value_by_lists(x, kernel, i, j) for j in range(columns)] for i in range(rows)]


def convolve_by_shifts(x, kernel):
    (H, W), (kh, kw) = x.shape, kernel.shape
    output = np.zeros((H - kh + 1, W - kw + 1), np.float32)
    for a, b in itertools.product(range(kh), range(kw)):
        output += kernel[kh - 1 - a, kw - 1 - b] * x[a : a + len(output), b : b + W - kw + 1]
    return output


def convolve_by_fourier(x, kernel):
    (H, W), (kh, kw) = x.shape, kernel.shape
    size = (H + kh - 1, W + kw - 1)
    full = np.fft.irfft2(np.fft.rfft2(x, size) * np.fft.rfft2(kernel, size), size)
    return full[kh - 1 : H, kw - 1 : W]


def learn_by_least_squares(x, y, kernel_size):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel_size).reshape(y.size, -1)
    return np.linalg.lstsq(windows, y.ravel(), rcond=None)[0].reshape(kernel_size)


def learn_by_loops(x, y, kernel_size):
    (kh, kw), kernel = kernel_size, np.zeros(kernel_size)
    for _ in range(150):
        gradient = np.zeros(kernel_size)
        for i, j in np.ndindex(y.shape):
            window = x[i : i + kh, j : j + kw]
            gradient += 2 * window * ((window * kernel).sum() - y[i, j])
        kernel -= 0.1 * gradient / y.size
    return kernel


def learn_with_summed_gradient(x, y, kernel_size):
    kernel = np.random.default_rng(0).normal(size=kernel_size)
    for _ in range(1000):
        kernel -= 0.002 * cross_correlate(x, cross_correlate(x, kernel) - y)
    return kernel


def learn_pixel_by_pixel(x, y, kernel_size):
    (kh, kw), kernel = kernel_size, np.zeros(kernel_size)
    for _ in range(60):
        for i, j in np.ndindex(y.shape):
            window = x[i : i + kh, j : j + kw]
            kernel = kernel - 0.05 * ((window * kernel).sum() - y[i, j]) * window
    return kernel


def mirror_by_walking(i, size):
    positions = [*range(size), *range(size - 2, 0, -1)]
    return positions[i % len(positions)]


def pad_by_stacking(x, pads):
    ph, pw = pads
    x = np.vstack([x[:1]] * ph + [x] + [x[-1:]] * ph)
    return np.hstack([x[:, :1]] * pw + [x] + [x[:, -1:]] * pw)


def pad_by_lists(x, pads):
    (ph, pw), rows = pads, [list(row) for row in x]
    rows = [[row[0]] * pw + row + [row[-1]] * pw for row in rows]
    return [rows[0]] * ph + rows + [rows[-1]] * ph


def pad_with_floats(x, pads):
    (ph, pw), (H, W) = pads, x.shape
    output = np.zeros((H + 2 * ph, W + 2 * pw))
    for i, j in np.ndindex(output.shape):
        output[i, j] = x[min(max(i - ph, 0), H - 1), min(max(j - pw, 0), W - 1)]
    return output


def counts_by_formula(height, width, kernel_size, pad):
    def along(size):
        return np.array(
            [
                sum(
                    -pad <= start <= size + pad - kernel_size
                    for start in range(i - kernel_size + 1, i + 1)
                )
                for i in range(size)
            ]
        )

    return np.outer(along(height), along(width))


def counts_as_float_lists(*arguments):
    return counts_by_formula(*arguments).astype(float).tolist()


ALTERNATIVES = [
    (convolution.window_sum, value_by_lists),
    (convolution.window_sum, value_as_float),
    (convolution.window_sum, lambda x, k, i, j: cross_correlate(x, k)[i, j]),
    (convolution.window_sum, lambda x, k, i, j: np.vdot(x[i:, j:][: len(k), : k.shape[1]], k)),
    (convolution.edge_kernel, [[1, 0, -1]] * 3),
    (convolution.edge_kernel, [[0, 0, 0], [1, -1, 0], [0, 0, 0]]),
    (convolution.edge_kernel, ((0, 0, 0), (0, 0.5, -0.5), (0, 0, 0))),
    (convolution.edge_kernel, np.array([[3, 0, -3], [10, 0, -10], [3, 0, -3]], np.int8)),
    (convolution.edge_kernel, np.array([[0.1, 0.2, -0.3]] * 3, np.float32)),
    (convolution.repair_loop, cross_correlate),
    (convolution.repair_loop, loop_as_lists),
    (convolution.convolve, convolve_by_shifts),
    (convolution.convolve, convolve_by_fourier),
    (convolution.convolve, lambda x, k: cross_correlate(x, np.rot90(k, 2)).astype(float)),
    (convolution.convolve, lambda x, k: cross_correlate(x[::-1, ::-1], k)[::-1, ::-1]),
    (convolution.learn_kernel, learn_by_least_squares),
    (convolution.learn_kernel, learn_by_loops),
    (convolution.learn_kernel, learn_with_summed_gradient),
    (convolution.learn_kernel, learn_pixel_by_pixel),
    (padding.output_size, lambda n, k, p: len(range(-p, n + p - k + 1))),
    (padding.output_size, lambda n, k, p: (n + 2 * p - k) / 1 + 1),
    (padding.output_size, lambda n, k, p: np.int32(n - k + 1 + p + p)),
    (padding.same_size, lambda kernel_size: [(kernel_size - 1) // 2, kernel_size // 2]),
    (padding.same_size, lambda k: np.array([np.floor((k - 1) / 2), np.ceil((k - 1) / 2)])),
    (padding.repair_reflect, mirror_by_walking),
    (padding.repair_reflect, lambda i, size: size - 1 - abs(size - 1 - abs(i))),
    (padding.repair_reflect, lambda i, size: float(size - 1 - abs(size - 1 - abs(i)))),
    (padding.pad_replicate, pad_by_stacking),
    (padding.pad_replicate, pad_by_lists),
    (padding.pad_replicate, pad_with_floats),
    (padding.pad_replicate, lambda x, p: np.pad(x, [(n, n) for n in p], mode="edge")),
    (padding.read_counts, counts_by_formula),
    (padding.read_counts, counts_as_float_lists),
]


@pytest.mark.parametrize(("exercise", "answer"), ALTERNATIVES)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


@pytest.fixture
def torch():
    """Torch on one thread: for arrays this small, more only wait for each other."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield torch
    torch.set_num_threads(threads)


def test_torch_tensors_pass(torch):
    functional = torch.nn.functional

    def convolve(x, kernel):
        x, kernel = torch.tensor(x), torch.tensor(kernel)
        return functional.conv2d(x[None, None], kernel[None, None].flip(2, 3))[0, 0]

    def pad(x, pads):
        sides = (pads[1], pads[1], pads[0], pads[0])
        return functional.pad(torch.tensor(x)[None].double(), sides, mode="replicate")[0]

    def learn(x, y, kernel_size):
        x, y = torch.tensor(x).double(), torch.tensor(y).double()
        layer = torch.nn.Conv2d(1, 1, kernel_size, bias=False).double()
        for _ in range(100):
            layer.zero_grad()
            ((layer(x[None, None])[0, 0] - y) ** 2).mean().backward()
            with torch.no_grad():
                layer.weight -= 0.2 * layer.weight.grad
        return layer.weight[0, 0]

    assert convolution.convolve.check(convolve)
    assert padding.pad_replicate.check(pad)
    assert convolution.learn_kernel.check(learn)
    assert convolution.edge_kernel.check(torch.tensor([[1.0, 0, -1]] * 3, requires_grad=True))

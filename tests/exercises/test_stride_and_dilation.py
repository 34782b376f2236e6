"""Chapters 05 and 07: right answers of another kind pass, and the questions' numbers hold."""

import itertools

import numpy as np
import pytest

from cnncourse import functional, geometry
from cnncourse.exercises import dilation, stride
from cnncourse.figures import ReceptiveField
from cnncourse.functional import cross_correlate


def loop_over_windows(x, kernel, step):
    windows = np.lib.stride_tricks.sliding_window_view(x, kernel.shape)[:: step[0], :: step[1]]
    return np.einsum("ijab,ab->ij", windows, kernel)


def loop_as_lists(x, kernel, apart):
    (kh, kw), (dh, dw) = kernel.shape, apart
    rows, columns = x.shape[0] - dh * (kh - 1), x.shape[1] - dw * (kw - 1)
    return [
        [
            float(sum(kernel[a, b] * x[i + a * dh, j + b * dw] for a, b in np.ndindex(kh, kw)))
            for j in range(columns)
        ]
        for i in range(rows)
    ]


def shape_of_a_run(height, width):
    x = np.zeros((1, 1, height, width))
    smooth = functional.conv2d(x, np.ones((1, 1, 5, 5)), stride=2, padding=2)
    edges = functional.conv2d(smooth, np.ones((1, 1, 3, 1)), stride=(1, 3))
    return edges[:, :, ::2].shape


def unread_by_lines(height, width, kernel_size, step):
    def read(size):
        starts = range(0, size - kernel_size + 1, step)
        return len({start + a for start in starts for a in range(kernel_size)})

    return height * width - read(height) * read(width)


def merged_by_probing(first, step, second):
    """Ask the two layers for each pixel of one window."""
    shape = [step * (n - 1) + k for n, k in zip(second.shape, first.shape, strict=True)]
    merged = np.zeros(shape)
    for place in np.ndindex(*shape):
        dot = np.zeros(shape)
        dot[place] = 1
        merged[place] = cross_correlate(
            cross_correlate(dot, first.astype(float))[::step, ::step], second.astype(float)
        )[0, 0]
    return merged


def field_from_the_top(layers):
    size, jump = 1, 1
    for kernel_size, step, apart in reversed(layers.tolist()):
        size, jump = (size - 1) * step + apart * (kernel_size - 1) + 1, jump * step
    return np.array([size, jump])


def paths_by_convolution(a, b):
    def spread(apart):
        row = np.zeros(2 * apart + 1, int)
        row[::apart] = 1
        return row

    counts = np.convolve(spread(a), spread(b))
    return [np.count_nonzero(counts), counts.max()]


def densest_by_search(kernel_size, depth):
    """Let each layer step as far as it can without leaving a hole."""
    dilations, reached = [], {0}
    for _ in range(depth):
        fits = []
        for apart in range(1, max(reached) + 3):
            after = {r + a * apart for r in reached for a in range(kernel_size)}
            if len(after) == max(after) + 1:
                fits.append((apart, after))
        apart, reached = fits[-1]
        dilations.append(apart)
    return dilations


@pytest.mark.parametrize(
    ("exercise", "answer"),
    [
        (stride.output_size, lambda n, k, s, p: len(range(-p, n + p - k + 1, s))),
        (stride.output_size, lambda n, k, s, p: np.floor((n + 2 * p - k) / s) + 1),
        (stride.repair_strided_loop, loop_over_windows),
        (stride.read_the_code, shape_of_a_run),
        (stride.unread_pixels, unread_by_lines),
        (stride.merge_layers, merged_by_probing),
        (dilation.extent, lambda k, d: k + (k - 1) * (d - 1)),
        (dilation.extent, lambda k, d: len(range(d * (k - 1) + 1))),
        (dilation.repair_dilated_loop, loop_as_lists),
        (dilation.read_the_code, paths_by_convolution),
        (dilation.receptive_field, field_from_the_top),
        (dilation.densest_dilations, densest_by_search),
        (dilation.densest_dilations, lambda k, depth: float(k) ** np.arange(depth)),
    ],
)
def test_another_right_answer_passes(exercise, answer):
    result = exercise.check(answer)
    assert result, repr(result)


def test_the_merged_kernel_does_the_work_of_both_layers():
    rng = np.random.default_rng(0)
    x = rng.integers(-9, 10, (15, 17))
    for first, step, second in stride.merge_layers.cases:
        merged = stride.merge_layers.reference(first, step, second)
        both = cross_correlate(cross_correlate(x, first)[::step, ::step], second)
        assert np.array_equal(cross_correlate(x, merged)[::step, ::step], both)


def test_no_other_dilations_are_denser():
    """All choices up to the largest that could fit: none without a hole reaches as far."""
    for kernel_size, depth, largest in ((2, 3, 8), (3, 2, 9), (3, 3, 12), (4, 2, 10)):
        sizes = {}
        for apart in itertools.combinations_with_replacement(range(1, largest + 1), depth):
            reached = {0}
            for d in apart:
                reached = {r + a * d for r in reached for a in range(kernel_size)}
            if len(reached) == max(reached) + 1:
                sizes[apart] = len(reached)
        best = [list(apart) for apart, size in sizes.items() if size == max(sizes.values())]
        assert best == [dilation.densest_dilations.reference(kernel_size, depth)]


def test_the_numbers_in_the_questions_of_chapter_05_hold():
    row = np.array([[[3, 1, 4]]])
    for mode, before in (("reflect", [4, 1]), ("replicate", [3, 3]), ("circular", [1, 4])):
        assert functional.pad(row, (2, 2), mode)[0, 0, :2].tolist() == before
    assert len(list(itertools.product(range(-2, 3), repeat=2))) == 25
    assert geometry.output_size(8, 3, 2) == geometry.output_size(7, 3, 2) == 3
    stripes = np.arange(12) % 2
    assert set(stripes[::2]) == {0}
    assert set(stripes[1::2]) == {1}


def test_the_numbers_in_the_questions_of_chapter_07_hold():
    assert functional.max_pool2d(np.zeros((1, 8, 12, 12)), 2).shape == (1, 8, 6, 6)
    twice = functional.convolve(np.ones((3, 3)), np.ones((3, 3)), "full")
    assert (twice.shape, twice[2, 2], twice[0, 0]) == ((5, 5), 9, 1)
    assert geometry.effective_kernel(3, 4) == 9
    gridded = ReceptiveField(layers=[{"kernel_size": 3, "dilation": 2}] * 3).paths(3)
    assert len(gridded) == 13
    assert gridded[6] > 0
    assert gridded[7] == 0
    assert geometry.receptive_field([(3, 2), 3])[-1].size == 7

"""The references of graded questions on chapters 03 to 07, answered another way from the prompts.

Windows come from NumPy's sliding windows, frames from `np.pad`, kernels of kernels from what
they do to a single bright pixel, receptive fields from sets of pixels followed back.
"""

from __future__ import annotations

import itertools
from collections import Counter

import numpy as np
import pytest

from cnncourse.classroom.variants import convolution, dilation, padding, pooling, stride


def windows(x, size):
    return np.lib.stride_tricks.sliding_window_view(x, size)


def correlate(x, kernel):
    return (windows(x, kernel.shape) * kernel).sum(axis=(2, 3))


def convolve(x, kernel):
    return correlate(x, np.rot90(kernel, 2))


def each(report, x, kernel):
    """Report every window for itself."""
    return [[report(window, kernel) for window in row] for row in windows(x, kernel.shape)]


def at_the_last_corner(x, kernel):
    kh, kw = kernel.shape
    return np.pad(correlate(x, kernel), ((kh - 1, 0), (kw - 1, 0)))


def added_to_the_corner(x, kernel):
    answers = convolve(x, kernel)
    return answers + x[: answers.shape[0], : answers.shape[1]]


SLIDE = {
    "absolute_differences": lambda x, k: each(lambda w, k: abs(w - k).sum(), x, k),
    "upside_down": lambda x, k: correlate(x, np.flipud(k)),
    "at_the_last_corner": at_the_last_corner,
    "weighted_mean": lambda x, k: each(lambda w, k: np.average(w, weights=k), x, k),
    "brightness_blind": lambda x, k: correlate(x, k) - correlate(x, k * 0 + 1) * k.mean(),
    "largest_product": lambda x, k: each(lambda w, k: max((w * k).flat), x, k),
}
FILTERED = {
    "turned_to_the_right": lambda x, k: correlate(x, k[::-1].T),
    "strength_to_the_left": lambda x, k: abs(correlate(x, k.T[::-1])),
    "mirrored_and_cut_off": lambda x, k: correlate(x, np.fliplr(k)).clip(min=0),
    "mean_of_the_transposed": lambda x, k: correlate(x, k.T) / k.size,
    "added_to_the_corner": added_to_the_corner,
    "steps_of_upside_down": lambda x, k: correlate(x - 1, k[::-1]),
}


def seen(network, rows, columns):
    """Find the one kernel of a network with a single output, by one bright pixel after another."""
    kernel = np.zeros((rows, columns))
    for place in np.ndindex(rows, columns):
        picture = np.zeros((rows, columns))
        picture[place] = 1
        kernel[place] = network(picture).item()
    return kernel


def in_a_chain(network, passes=1):
    def one_kernel(first, second):
        reach = [passes * (a - 1) + b for a, b in zip(first.shape, second.shape, strict=True)]
        return seen(lambda x: network(x, first, second), *reach)

    return one_kernel


def side_by_side(network):
    def one_kernel(first, second):
        return seen(lambda x: network(x, first, second), *np.maximum(first.shape, second.shape))

    return one_kernel


ONE_KERNEL = {
    "convolution_first": in_a_chain(lambda x, a, b: correlate(convolve(x, a), b)),
    "convolution_second": in_a_chain(lambda x, a, b: convolve(correlate(x, a), b)),
    "convolution_twice": in_a_chain(lambda x, a, b: convolve(convolve(x, a), b)),
    "minus_the_picture": in_a_chain(lambda x, a, b: correlate(correlate(x, a), b) - x[0, 0]),
    "side_by_side": side_by_side(lambda x, a, b: correlate(x, a)[0, 0] + correlate(x, b)[0, 0]),
    "difference_at_the_end": side_by_side(
        lambda x, a, b: correlate(x, a)[-1, -1] - correlate(x, b)[-1, -1]
    ),
    "first_layer_twice": in_a_chain(
        lambda x, a, b: correlate(correlate(correlate(x, a), a), b), passes=2
    ),
}


def padded(x, rows, columns, row_mode, column_mode):
    x = np.pad(x, ((0, 0), columns), mode=column_mode)
    return np.pad(x, (rows, (0, 0)), mode=row_mode)


def copied(before, after):
    """Look up a position in a row of indices, padded by NumPy."""

    def copied_index(i, size):
        mode, width = (before if i < 0 else after), 5 * size
        width = size - 1 if mode == "reflect" and before != after else width
        return np.pad(np.arange(size), width, mode=mode)[i + width]

    return copied_index


def dark_frame(x, padding):
    (top, left), (rows, columns) = (number // 2 for number in padding), x.shape
    framed = np.full((rows + padding[0], columns + padding[1]), x.min())
    framed[top : top + rows, left : left + columns] = x
    return framed


FRAMES = {
    "mirror_and_replicate": copied("reflect", "edge"),
    "circular_at_both_ends": copied("wrap", "wrap"),
    "mirror_and_circle": copied("symmetric", "wrap"),
    "replicate_and_mirror": copied("edge", "symmetric"),
    "folded_on_the_border": copied("reflect", "reflect"),
    "folded_beside_the_border": copied("symmetric", "symmetric"),
    "panorama": lambda x, p: padded(x, (p[0], p[0]), (p[1], p[1]), "edge", "wrap"),
    "shelf": lambda x, p: padded(x, p, p, "constant", "reflect"),
    "width_comes_first": lambda x, p: padded(x, (p[1], p[1]), (p[0], p[0]), "reflect", "edge"),
    "only_at_the_beginning": lambda x, p: padded(x, (p[0], 0), (p[1], 0), "wrap", "constant"),
    "dark_frame": dark_frame,
    "folded_at_the_end": lambda x, p: padded(x, (0, p[0]), (0, p[1]), "symmetric", "reflect"),
}


def numbered(height, width, rows, columns, row_mode, column_mode):
    """Number the pixels from 1 and pad their numbers; zeros stay without one."""
    numbers = np.arange(1, height * width + 1).reshape(height, width)
    return padded(numbers, rows, columns, row_mode, column_mode)


def read(row_mode, column_mode, only=lambda windows: windows, after=True):
    def readings(height, width, kernel_size, padding):
        frame = (padding, padding * after)
        numbers = numbered(height, width, frame, frame, row_mode, column_mode)
        all_windows = windows(numbers, (kernel_size, kernel_size)).reshape(-1, kernel_size**2)
        counts = np.bincount(only(all_windows).ravel(), minlength=height * width + 1)
        return counts[1:].reshape(height, width)

    return readings


def pixels_in_each_window(height, width, kernel_size, padding):
    frame = (padding, padding)
    numbers = numbered(height, width, frame, frame, "constant", "constant")
    return (windows(numbers, (kernel_size, kernel_size)) > 0).sum(axis=(2, 3))


READINGS = {
    "copies_of_the_border": read("edge", "edge"),
    "copies_in_the_mirror": read("reflect", "reflect"),
    "copies_from_the_other_side": read("wrap", "wrap"),
    "padded_before_only": read("constant", "constant", after=False),
    "over_the_border": read("constant", "constant", lambda w: w[(w == 0).any(axis=1)]),
    "on_a_cylinder": read("wrap", "constant"),
    "pixels_in_each_window": pixels_in_each_window,
}


def from_the_end(values, sh, sw):
    return values[::-1, ::-1][::sh, ::sw][::-1, ::-1]


def rest_on_both_sides(x, kernel, stride):
    answers = correlate(x, kernel)
    for axis, step in enumerate(stride):
        places = np.arange(0, answers.shape[axis], step)
        places += (answers.shape[axis] - 1 - places[-1]) // 2
        answers = answers.take(places, axis)
    return answers


def last_window_hangs_over(x, kernel, stride):
    sizes = zip(x.shape, kernel.shape, stride, strict=True)
    more = [(0, -(size - k) % step) for size, k, step in sizes]
    return correlate(np.pad(x, more), kernel)[:: stride[0], :: stride[1]]


def written_where_it_stands(x, kernel, stride):
    answers = at_the_last_corner(x, kernel)
    kept = np.zeros_like(answers)
    first = (kernel.shape[0] - 1, kernel.shape[1] - 1)
    kept[first[0] :: stride[0], first[1] :: stride[1]] = 1
    return np.roll(answers * kept, (-first[0], -first[1]), axis=(0, 1))


STEPS = {
    "columns_come_first": lambda x, k, s: correlate(x, k)[:: s[1], :: s[0]],
    "ends_at_the_far_corner": lambda x, k, s: from_the_end(correlate(x, k), *s),
    "rest_on_both_sides": rest_on_both_sides,
    "last_window_hangs_over": last_window_hangs_over,
    "begins_after_a_step": lambda x, k, s: correlate(x, k)[s[0] - 1 :: s[0], s[1] - 1 :: s[1]],
    "written_where_it_stands": written_where_it_stands,
}


def starts(size, kernel_size, stride, padding, after=None):
    after = padding if after is None else after
    axis = np.arange(-padding, size + after)
    return windows(axis, kernel_size)[::stride, 0].tolist()


def one_more_at_the_end(size, kernel_size, stride, padding):
    begins = starts(size, kernel_size, stride, padding)
    left_over = size + padding - (begins[-1] + kernel_size)
    more = begins[-1] + stride
    return [*begins, more] if left_over and more < size else begins


def from_the_far_end(size, kernel_size, stride, padding):
    axis = np.arange(-padding, size + padding)
    return windows(axis, kernel_size)[::-stride, 0][::-1]


PLACES = {
    "first_pixels": starts,
    "last_pixels": lambda n, k, s, p: [each + p + k - 1 for each in starts(n, k, s, p)],
    "one_more_at_the_end": one_more_at_the_end,
    "from_the_far_end": from_the_far_end,
    "padded_before_only": lambda n, k, s, p: starts(n, k, s, p, after=0),
    "middle_pixels": lambda n, k, s, p: [each + (k - 1) // 2 for each in starts(n, k, s, p)],
}


def times_read(height, width, kernel_size, stride):
    numbers = np.arange(height * width).reshape(height, width)
    kept = windows(numbers, (kernel_size, kernel_size))[::stride, ::stride]
    return np.bincount(kept.ravel(), minlength=numbers.size).reshape(height, width)


def reached(height, width, kernel_size, stride):
    """Return the rectangle from the first pixel read to the last."""
    rows, columns = times_read(height, width, kernel_size, stride).nonzero()
    return rows.max() + 1, columns.max() + 1


def gaps_between_windows(*case):
    bottom, right = reached(*case)
    return (times_read(*case)[:bottom, :right] == 0).sum()


def left_over_at_the_end(*case):
    bottom, right = reached(*case)
    return case[0] * case[1] - bottom * right


def unused_by_two_layers(height, width, kernel_size, stride):
    numbers = np.arange(height * width).reshape(height, width)
    first = windows(numbers, (kernel_size, kernel_size))[::stride, ::stride]
    second = np.lib.stride_tricks.sliding_window_view(first, (kernel_size, kernel_size), (0, 1))
    return numbers.size - len(np.unique(second[::stride, ::stride]))


PIXELS = {
    "read_exactly_once": lambda *case: (times_read(*case) == 1).sum(),
    "read_more_than_once": lambda *case: (times_read(*case) >= 2).sum(),
    "gaps_between_windows": gaps_between_windows,
    "left_over_at_the_end": left_over_at_the_end,
    "readings_to_spare": lambda *case: (times_read(*case) - 1).clip(min=0).sum(),
    "read_most_often": lambda *case: times_read(*case).max(),
    "unused_by_two_layers": unused_by_two_layers,
}


def blocks(x, k, padding, value=0.0):
    """Cut a padded picture into windows side by side."""
    frame = np.pad(x.astype(float), padding, constant_values=value)
    return windows(frame, (k, k))[::k, ::k]


def where_the_largest_is(x, k, padding):
    values = blocks(x, k, padding, -np.inf)
    numbers = blocks(np.arange(x.size).reshape(x.shape), k, padding, np.inf)
    largest = values == values.max(axis=(2, 3), keepdims=True)
    return np.where(largest, numbers, np.inf).min(axis=(2, 3))


def sums_with_the_remainder(x, k, padding):
    frame = np.pad(x, ((padding, 0), (padding, 0)))
    frame = np.pad(frame, [(0, -size % k) for size in frame.shape])
    return blocks(frame, k, 0).sum(axis=(2, 3))


BORDERS = {
    "largest_of_real_pixels": lambda x, k, p: blocks(x, k, p, -np.inf).max(axis=(2, 3)),
    "smallest_of_real_pixels": lambda x, k, p: blocks(x, k, p, np.inf).min(axis=(2, 3)),
    "root_of_the_mean_square": lambda x, k, p: (blocks(x, k, p) ** 2).mean(axis=(2, 3)) ** 0.5,
    "where_the_largest_is": where_the_largest_is,
    "sums_with_the_remainder": sums_with_the_remainder,
    "mean_of_the_row_maxima": lambda x, k, p: blocks(x, k, p).max(axis=3).mean(axis=2),
}


def reports(report, down=None, outside=None):
    """Report every window in turn; `outside` says how `take` treats places beyond the picture."""

    def pool(x, k, stride):
        last = [size if outside else size - k + 1 for size in x.shape]
        rows, columns = range(0, last[0], down(k) if down else stride), range(0, last[1], stride)

        def window(i, j):
            places = (range(i, i + k), range(j, j + k))
            if outside == "wrap":
                return x.take(places[0], 0, mode="wrap").take(places[1], 1, mode="wrap")
            return x[i : i + k, j : j + k]

        return [[report(window(i, j).ravel()) for j in columns] for i in rows]

    return pool


REPORTS = {
    "range_of_values": reports(np.ptp),
    "smallest_from_the_far_end": lambda x, k, s: from_the_end(
        windows(x, (k, k)).min(axis=(2, 3)), s, s
    ),
    "means_of_what_is_there": reports(np.mean, outside="less"),
    "second_largest": reports(lambda window: sorted(window)[-2], down=lambda k: k),
    "length_around_the_circle": reports(np.linalg.norm, outside="wrap"),
    "farthest_from_zero": reports(lambda window: max(window, key=lambda v: (abs(v), v))),
}


def rolled(row, by):
    by %= len(row)
    return [*row[len(row) - by :], *row[: len(row) - by]]


def pooled(row, k, report=max):
    return [report(row[i : i + k]) for i in range(0, len(row), k)]


def unnoticed(x, k, report=max, direction=1):
    before = pooled(x.tolist(), k, report)
    return [pooled(rolled(x.tolist(), direction * by), k, report) == before for by in range(k)]


def how_many_values_change(x, k):
    after = [pooled(rolled(x.tolist(), by), k) for by in range(k)]
    return [sum(a != b for a, b in zip(row, after[0], strict=True)) for row in after]


def moves_as_a_whole(x, k):
    before = pooled(x.tolist(), k)
    along = [rolled(before, by) for by in range(len(before))]
    return [pooled(rolled(x.tolist(), by), k) in along for by in range(len(x))]


def pixels_that_may_go_dark(x, k):
    dark = [[0 if i == j else v for j, v in enumerate(x.tolist())] for i in range(len(x))]
    return [pooled(row, k) == pooled(x.tolist(), k) for row in dark]


def room_to_grow(x, k):
    """Let a pixel grow, one by one, until the pooled row is another."""
    rooms = []
    for i in range(len(x)):
        row, room = x.tolist(), -1
        while pooled(row, k) == pooled(x.tolist(), k) and room < 99:
            row[i] += 1
            room += 1
        rooms.append(room)
    return rooms


def how_often_reported(x, k):
    begins = range(len(x) - k + 1)
    first = Counter(
        start + x[start : start + k].tolist().index(max(x[start : start + k])) for start in begins
    )
    return [first[i] for i in range(len(x))]


NOTICED = {
    "shifts_to_the_left": lambda x, k: unnoticed(x, k, direction=-1),
    "smallest_values": lambda x, k: unnoticed(x, k, report=min),
    "how_many_values_change": how_many_values_change,
    "moves_as_a_whole": moves_as_a_whole,
    "pixels_that_may_go_dark": pixels_that_may_go_dark,
    "room_to_grow": room_to_grow,
    "how_often_reported": how_often_reported,
}


def stuffed(kernel, dilation):
    """Put zeros between the weights, so that an ordinary kernel does the work."""
    (rows, columns), (dh, dw) = kernel.shape, dilation
    zeros = np.zeros((dh * (rows - 1) + 1, dw * (columns - 1) + 1))
    zeros[::dh, ::dw] = kernel
    return zeros


def as_large_as_the_picture(x, kernel, dilation):
    kernel = stuffed(kernel, dilation)
    return correlate(np.pad(x, [(size // 2, size // 2) for size in kernel.shape]), kernel)


def around_a_circle(x, kernel, dilation):
    kernel = stuffed(kernel, dilation)
    more = [(0, size - 1) for size in kernel.shape]
    return correlate(np.pad(x, more, mode="wrap"), kernel)


HOLES = {
    "columns_come_first": lambda x, k, d: correlate(x, stuffed(k, d[::-1])),
    "holes_between_weights": lambda x, k, d: correlate(x, stuffed(k, (d[0] + 1, d[1] + 1))),
    "true_convolution": lambda x, k, d: convolve(x, stuffed(k, d)),
    "as_large_as_the_picture": as_large_as_the_picture,
    "steps_as_long_as_holes": lambda x, k, d: correlate(x, stuffed(k, d))[:: d[0], :: d[1]],
    "around_a_circle": around_a_circle,
}


def pixels_of(output, layers):
    """Follow an output back to the pixels it depends on, from the first of them to the last.

    A layer is (kernel size k, stride s, dilation d, padding p); the first is nearest to the
    picture.
    """
    units = {output}
    for k, s, d, p in reversed(layers):
        units = {unit * s - p + d * tap for unit in units for tap in range(k)}
    return range(min(units), max(units) + 1)


def size_and_jump(layers):
    first, second = (pixels_of(output, layers) for output in (0, 1))
    return len(first), second[0] - first[0]


def first_and_last_pixel(layers):
    pixels = pixels_of(0, layers.tolist())
    return pixels[0], pixels[-1]


def shared_by_neighbors(layers):
    layers = [(*layer, 0) for layer in layers.tolist()]
    first, second = (pixels_of(output, layers) for output in (0, 1))
    return len({*first} & {*second}), second[-1] - first[0] + 1


FIELDS = {
    "dilation_comes_first": lambda layers: size_and_jump([(k, s, d, 0) for d, s, k in layers]),
    "from_the_top": lambda layers: size_and_jump([(*layer, 0) for layer in layers[::-1]]),
    "counted_in_holes": lambda layers: size_and_jump([(k, s, h + 1, 0) for k, s, h in layers]),
    "first_and_last_pixel": first_and_last_pixel,
    "after_every_layer": lambda layers: [
        size_and_jump([(*layer, 0) for layer in layers[: n + 1]])[0] for n in range(len(layers))
    ],
    "shared_by_neighbors": shared_by_neighbors,
}


def paths(kernel_size, dilations):
    """Count the paths to each pixel, by walking every one of them."""
    taps = itertools.product(range(kernel_size), repeat=len(dilations))
    return Counter(int(np.dot(steps, dilations)) for steps in taps)


HEARD = {
    "pixels_heard": lambda k, d: len(paths(k, d)),
    "pixels_in_the_holes": lambda k, d: max(paths(k, d)) + 1 - len(paths(k, d)),
    "most_paths": lambda k, d: max(paths(k, d).values()),
    "heard_along_one_path": lambda k, d: sum(count == 1 for count in paths(k, d).values()),
    "longest_silence": lambda k, d: max(np.diff(sorted(paths(k, d)))) - 1,
    "silent_in_a_square": lambda k, d: (max(paths(k, d)) + 1) ** 2 - len(paths(k, d)) ** 2,
}

ANSWERS = {
    convolution: SLIDE | FILTERED | ONE_KERNEL,
    padding: FRAMES | READINGS,
    stride: STEPS | PLACES | PIXELS,
    pooling: BORDERS | REPORTS | NOTICED,
    dilation: HOLES | FIELDS | HEARD,
}
TASKS = [
    pytest.param(task, ANSWERS[module], id=f"{module.__name__.rpartition('.')[2]}-{task.name}")
    for module in ANSWERS
    for family in module.families
    for task in family.variants
]


@pytest.mark.parametrize(("task", "answers"), TASKS)
def test_an_answer_found_another_way_passes(task, answers):
    result = task.check(answers[task.name])
    assert result, result


@pytest.mark.parametrize(("task", "answers"), TASKS)
def test_mistakes_are_told_apart_in_a_few_lines_without_giving_the_line_away(task, answers):
    lines = [line.strip() for line in task.solution.splitlines() if len(line.strip()) > 12]
    for mistake in task.misconceptions:
        assert not any(line in mistake.hint for line in lines)
        for wrong in mistake.wrong:
            text = repr(task.check(wrong)).splitlines()
            assert len(text) <= 16
            assert max(map(len, text[2:])) <= 100


@pytest.mark.parametrize(("task", "answers"), TASKS)
def test_a_prompt_is_plain_and_shows_the_call(task, answers):
    assert task.signature in task.prompt
    assert "$" not in task.prompt
    assert "\\" not in task.prompt
    assert max(map(len, task.prompt.splitlines())) <= 100
    assert "**" not in task._repr_html_() + repr(task)

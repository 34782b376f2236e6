"""Sizes by counting, against the formulas; and what is refused."""

from __future__ import annotations

import subprocess
import sys
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncourse import geometry

SIZES = st.integers(1, 40)
KERNELS = st.integers(1, 7)
STEPS = st.integers(1, 5)
PADDINGS = st.integers(0, 5)


def starts(size: int, kernel: int, stride: int, padding: int, dilation: int) -> list[int]:
    """List where a window may start, by trying every pixel of the padded axis."""
    last_pixel = size + 2 * padding - 1
    return [
        s for s in range(0, last_pixel + 1, stride) if s + dilation * (kernel - 1) <= last_pixel
    ]


@given(SIZES, KERNELS, STEPS, PADDINGS, STEPS)
def test_output_size_counts_the_windows(size, kernel, stride, padding, dilation):
    places = starts(size, kernel, stride, padding, dilation)
    if places:
        found = geometry.output_size(size, kernel, stride, padding, dilation)
        assert found == len(places)
    else:
        with pytest.raises(ValueError, match="output_size: no window fits"):
            geometry.output_size(size, kernel, stride, padding, dilation)


@given(SIZES, KERNELS, STEPS, PADDINGS, STEPS)
def test_ceil_mode_adds_a_window_that_starts_inside(size, kernel, stride, padding, dilation):
    places = starts(size, kernel, stride, padding, dilation)
    assume(places)
    last = places[-1]
    reaches_end = last + dilation * (kernel - 1) == size + 2 * padding - 1
    one_more = not reaches_end and last + stride < size + padding
    # With a window that already starts in the right padding, none is added and it goes.
    one_less = last >= size + padding
    assume(not one_less)
    found = geometry.output_size(size, kernel, stride, padding, dilation, ceil_mode=True)
    assert found == len(places) + one_more


@given(SIZES, KERNELS, STEPS, PADDINGS, STEPS)
def test_transposed_output_size_goes_back(size, kernel, stride, padding, dilation):
    assume(starts(size, kernel, stride, padding, dilation))
    count = geometry.output_size(size, kernel, stride, padding, dilation)
    unread = (size + 2 * padding - dilation * (kernel - 1) - 1) % stride
    back = geometry.transposed_output_size(count, kernel, stride, padding, unread, dilation)
    assert back == size


@given(KERNELS, STEPS, SIZES)
def test_same_padding_keeps_the_size(kernel, dilation, size):
    before, after = geometry.same_padding(kernel, dilation)
    assert after - before in (0, 1)
    assert before + size + after - dilation * (kernel - 1) == size


@given(st.integers(1, 12), st.integers(-3, 12), st.integers(-3, 12))
def test_padding_indices_obey_their_mode(size, before, after):
    assume(before + size + after > 0)
    assume(max(-before, 0) + max(-after, 0) < size)
    replicated = geometry.padding_indices(size, before, after, "replicate")
    assert len(replicated) == before + size + after
    inside = [i for i in range(-before, size + after) if 0 <= i < size]
    constant = geometry.padding_indices(size, before, after)
    assert [i for i in constant if i is not None] == inside
    if max(before, after) < size:
        reflected = geometry.padding_indices(size, before, after, "reflect")
        # A mirror repeats nothing: neighbors always differ by one pixel.
        assert all(abs(a - b) == 1 for a, b in pairwise(reflected))
    if max(before, after) <= size and min(before, after) >= 0:
        ring = geometry.padding_indices(size, before, after, "circular")
        assert all((b - a) % size in (0, 1 % size) for a, b in pairwise(ring))


@given(
    st.lists(
        st.tuples(st.integers(1, 5), st.integers(1, 3), PADDINGS, st.integers(1, 4)), max_size=5
    )
)
def test_receptive_field_is_what_a_unit_depends_on(layers):
    """Follow the pixels of unit 1 back through the layers, one by one."""
    fields = geometry.receptive_field(layers)
    assert len(fields) == len(layers)
    for depth, field in enumerate(fields, start=1):
        pixels = {1}
        for kernel, stride, padding, dilation in reversed(layers[:depth]):
            pixels = {u * stride - padding + dilation * i for u in pixels for i in range(kernel)}
        assert min(pixels) == field.offset + field.jump
        assert max(pixels) == field.offset + field.jump + field.size - 1


def test_receptive_fields_of_the_chapter():
    plain = geometry.receptive_field([3, 3, 3, 3])
    assert [field.size for field in plain] == [3, 5, 7, 9]
    strided = geometry.receptive_field([(3, 2)] * 4)
    assert [(field.size, field.jump) for field in strided] == [(3, 2), (7, 4), (15, 8), (31, 16)]
    dilated = geometry.receptive_field([(3, 1, d, d) for d in (1, 2, 4, 8)])
    assert [field.size for field in dilated] == [3, 7, 15, 31]
    assert [field.offset for field in dilated] == [-1, -3, -7, -15]
    assert geometry.receptive_field([]) == []


def test_pairs_go_axis_by_axis():
    assert geometry.output_size((7, 9), (3, 2), (2, 1), (1, 0), (1, 3)) == (4, 6)
    assert geometry.output_size(7, (3, 2)) == (5, 6)
    assert geometry.transposed_output_size((3, 4), 3, (2, 1)) == (7, 6)
    assert geometry.effective_kernel(3, (1, 2)) == (3, 5)
    assert geometry.same_padding((4, 3), (1, 2)) == ((1, 2), (2, 2))
    assert geometry.receptive_field([((3, 1), 1), (2, (1, 2))]) == [
        geometry.ReceptiveField((3, 1), (1, 1), (0, 0)),
        geometry.ReceptiveField((4, 2), (1, 2), (0, 0)),
    ]


def test_parameters_and_work_of_the_chapter():
    assert geometry.conv2d_parameters(3, 10, 5) == 760
    assert geometry.conv2d_parameters(64, 64, 3, groups=64, bias=False) == 576
    assert geometry.conv2d_parameters(4, 6, (3, 2), groups=2) == 78
    assert geometry.conv2d_multiply_adds(1, 1, (2, 3), (4, 5)) == 120
    assert geometry.conv2d_multiply_adds(8, 8, 3, 4, groups=8) == 8 * 9 * 16


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: geometry.output_size(5, 7), ValueError, ["kernel 7", "input 5", "padding 0"]),
        (lambda: geometry.output_size(0, 1), ValueError, ["input", "at least 1", "0"]),
        (lambda: geometry.output_size(5, 0), ValueError, ["kernel", "at least 1"]),
        (lambda: geometry.output_size(5, 3, 0), ValueError, ["stride", "at least 1", "0"]),
        (lambda: geometry.output_size(5, 3, -2), ValueError, ["stride", "-2"]),
        (lambda: geometry.output_size(5, 3, 1, -1), ValueError, ["padding", "at least 0", "-1"]),
        (lambda: geometry.output_size(5, 3, dilation=0), ValueError, ["dilation"]),
        (lambda: geometry.output_size(5.0, 3), TypeError, ["input", "5.0 (float)"]),
        (lambda: geometry.output_size("5", 3), TypeError, ["input", "'5' (str)"]),
        (lambda: geometry.output_size(5, True), TypeError, ["kernel", "True (bool)"]),
        (lambda: geometry.output_size(5, None), TypeError, ["kernel", "None"]),
        (lambda: geometry.output_size((5, 5, 5), 3), ValueError, ["input", "3 numbers"]),
        (lambda: geometry.output_size((5,), 3), ValueError, ["input", "1 numbers"]),
        (lambda: geometry.output_size(5, 3, ceil_mode=1), TypeError, ["ceil_mode", "1 (int)"]),
        (lambda: geometry.transposed_output_size(3, 3, 2, 0, 2), ValueError, ["output_padding"]),
        (lambda: geometry.transposed_output_size(1, 1, padding=1), ValueError, ["padding 1"]),
        (lambda: geometry.same_padding(0), ValueError, ["kernel"]),
        (lambda: geometry.effective_kernel([1, 2, 3]), ValueError, ["kernel", "[1, 2, 3]"]),
        (lambda: geometry.padding_indices(4, 4, 0, "reflect"), ValueError, ["reflect", "(4, 0)"]),
        (lambda: geometry.padding_indices(4, 0, 5, "circular"), ValueError, ["circular", "5"]),
        (lambda: geometry.padding_indices(4, 3, -2, "circular"), ValueError, ["circular", "left"]),
        (lambda: geometry.padding_indices(4, -3, -2), ValueError, ["more pixels than there are"]),
        (lambda: geometry.padding_indices(4, 1, 1, "edge"), ValueError, ["mode", "'edge'"]),
        (lambda: geometry.padding_indices(4, 1, 1, None), TypeError, ["mode", "None"]),
        (lambda: geometry.padding_indices(0, 1, 1, "replicate"), ValueError, ["replicate"]),
        (lambda: geometry.receptive_field(3), TypeError, ["layers", "3 (int)"]),
        (lambda: geometry.receptive_field([(3, 0)]), ValueError, ["layers[0] stride"]),
        (lambda: geometry.receptive_field([3, (3, 1, 0, 1, 1)]), ValueError, ["layers[1]"]),
        (lambda: geometry.receptive_field([()]), ValueError, ["layers[0]"]),
        (lambda: geometry.conv2d_parameters(4, 6, 3, groups=3), ValueError, ["groups 3"]),
        (lambda: geometry.conv2d_parameters(4, 6, 3, bias=None), TypeError, ["bias", "None"]),
        (lambda: geometry.conv2d_multiply_adds(4, 6, 3, 0), ValueError, ["output_size"]),
    ],
)
def test_refusals_name_the_argument_and_show_what_came(call, error, words):
    with pytest.raises(error) as raised:
        call()
    message = str(raised.value)
    name = message.split(":")[0]
    assert name in geometry.__all__, message
    assert all(word in message for word in words), message


def test_geometry_needs_no_numpy():
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'numpy':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from cnncourse import geometry\n"
        "print(geometry.output_size(6, 3))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "4\n"

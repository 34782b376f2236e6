"""The pair at the heart of the package: what is viewed, what is put back, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cnncourse.windows import pad, pad_adjoint, scatter, windows

PAIRS = st.tuples(st.integers(1, 3), st.integers(1, 3))


@st.composite
def slides(draw):
    """Draw an image's shape and settings of which at least one window fits."""
    kernel, stride, dilation = draw(PAIRS), draw(PAIRS), draw(PAIRS)
    leading = draw(st.sampled_from([(), (2,), (2, 3)]))
    size = tuple(
        draw(st.integers(d * (k - 1) + 1, d * (k - 1) + 5))
        for k, d in zip(kernel, dilation, strict=True)
    )
    return (*leading, *size), kernel, stride, dilation


@st.composite
def paddings(draw):
    """Draw an image's shape, numbers for `pad`, and a mode that takes them."""
    mode = draw(st.sampled_from(["constant", "reflect", "replicate", "circular"]))
    shape = tuple(draw(st.lists(st.integers(2, 5), min_size=3, max_size=4)))
    axes = len(shape) - 1 if mode == "constant" else draw(st.sampled_from([1, 2]))
    if mode != "constant":
        axes = min(max(axes, len(shape) - 2), len(shape) - 1)
    numbers = []
    for n in shape[::-1][:axes]:
        largest = {"reflect": n - 1, "circular": n}.get(mode, 6)
        before = draw(st.integers(-1, largest))
        # A ring from which a pixel was cut is a pixel shorter.
        largest -= mode == "circular" and before < 0
        numbers += [before, draw(st.integers(0, largest))]
    return shape, numbers, mode


def integers(rng: np.random.Generator, shape) -> np.ndarray:
    """Small whole numbers as floats: sums of them are exact."""
    return rng.integers(-9, 10, shape).astype(np.float64)


@given(slides(), st.integers(0, 2**32))
def test_each_window_holds_what_its_place_says(slide, seed):
    shape, kernel, stride, dilation = slide
    x = integers(np.random.default_rng(seed), shape)
    patches = windows(x, kernel, stride, dilation)
    for r, c, i, j in np.ndindex(patches.shape[-4:]):
        expected = x[..., r * stride[0] + i * dilation[0], c * stride[1] + j * dilation[1]]
        np.testing.assert_array_equal(patches[..., r, c, i, j], expected)


@given(slides(), st.integers(0, 2**32))
def test_scatter_is_the_adjoint_of_windows(slide, seed):
    shape, kernel, stride, dilation = slide
    rng = np.random.default_rng(seed)
    x = integers(rng, shape)
    patches = windows(x, kernel, stride, dilation)
    y = integers(rng, patches.shape)
    back = scatter(y, shape[-2:], stride, dilation)
    assert back.shape == x.shape
    assert np.vdot(patches, y) == np.vdot(x, back)


@given(paddings(), st.integers(0, 2**32))
def test_pad_adjoint_is_the_adjoint_of_pad(padding, seed):
    shape, numbers, mode = padding
    rng = np.random.default_rng(seed)
    x = integers(rng, shape)
    padded = pad(x, numbers, mode)
    assume(padded.size)
    y = integers(rng, padded.shape)
    back = pad_adjoint(y, numbers, mode)
    assert back.shape == x.shape
    assert np.vdot(padded, y) == np.vdot(x, back)


@given(slides())
def test_scattered_windows_count_the_readings(slide):
    shape, kernel, stride, dilation = slide
    counts = scatter(
        windows(np.ones(shape, np.int64), kernel, stride, dilation), shape[-2:], stride, dilation
    )
    by_hand = np.zeros(shape, np.int64)
    rows, columns = windows(np.ones(shape), kernel, stride, dilation).shape[-4:-2]
    for r, c, i, j in np.ndindex(rows, columns, *kernel):
        by_hand[..., r * stride[0] + i * dilation[0], c * stride[1] + j * dilation[1]] += 1
    np.testing.assert_array_equal(counts, by_hand)


def test_windows_are_a_view_that_cannot_be_written():
    x = np.arange(2 * 3 * 6 * 5.0).reshape(2, 3, 6, 5)
    patches = windows(x, (3, 2), 2, (1, 2))
    assert patches.shape == (2, 3, 2, 2, 3, 2)
    assert np.shares_memory(patches, x)
    assert not patches.flags.writeable
    x[0, 0, 0, 0] = 100
    assert patches[0, 0, 0, 0, 0, 0] == 100


@pytest.mark.parametrize("x", [np.ones((5, 5), bool), np.ones((5, 5), np.uint8), [[1, 2], [3, 4]]])
def test_windows_take_any_numbers(x):
    assert windows(x, 2)[0, 0].tolist() == np.asarray(x)[:2, :2].tolist()


def test_corner_edge_and_inside_of_chapter_04():
    """3×3 windows with one row of zeros around: 4, 6 and 9 readings."""
    x = pad(np.ones((5, 5)), (1, 1, 1, 1))
    counts = pad_adjoint(scatter(windows(np.ones_like(x), 3), 7), (1, 1, 1, 1))
    assert counts[0, 0] == 4
    assert counts[0, 2] == 6
    assert counts[2, 2] == 9
    readings = {
        mode: pad_adjoint(scatter(windows(np.ones((1, 7, 7)), 3), 7), (1, 1, 1, 1), mode)
        for mode in ("replicate", "circular", "reflect")
    }
    assert np.all(readings["replicate"] == 9)
    assert np.all(readings["circular"] == 9)
    assert readings["reflect"].min() == 4
    assert readings["reflect"].max() == 16


def test_pad_returns_a_new_array_even_when_there_is_nothing_to_add():
    x = np.ones((2, 3, 3))
    for mode in ("constant", "reflect", "replicate", "circular"):
        assert not np.shares_memory(pad(x, (0, 0, 0, 0), mode), x)
    assert not np.shares_memory(pad(x, ()), x)
    assert not np.shares_memory(pad_adjoint(x, (0, 0)), x)


def test_pad_fills_what_it_is_told():
    assert pad(np.zeros(2, np.float32), (1, 0), value=np.nan).tolist()[1:] == [0, 0]
    assert pad(np.zeros(2, np.int8), (1, 0), value=-7.9).tolist() == [-7, 0, 0]
    assert pad(np.array([True, False]), (0, 1)).tolist() == [True, False, False]
    assert pad(np.zeros(1, np.float16), (1, 0), value=2).dtype == np.float16


def test_scatter_never_wraps_around():
    ones = np.full((2, 2, 2, 2), 100, np.uint8)
    with pytest.raises(ValueError, match=r"scatter: the result runs from 100 to 400.*uint8"):
        scatter(ones, 3)
    assert scatter(ones // 2, 3).dtype == np.uint8
    huge = np.full((2, 2, 2, 2), 2**62, np.int64)
    with pytest.raises(ValueError, match="int64 cannot hold"):
        scatter(huge, 3)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: windows([1, 2, 3], 1), ValueError, ["x", "(..., H, W)", "(3,)"]),
        (lambda: windows(np.ones((3, 3)), 4), ValueError, ["no window fits", "(4, 4)", "(3, 3)"]),
        (lambda: windows(np.ones((3, 3)), 2, dilation=3), ValueError, ["dilation (3, 3)"]),
        (lambda: windows(np.ones((3, 3)), 0), ValueError, ["kernel_size", "at least 1"]),
        (lambda: windows(np.ones((3, 3)), 2, 0), ValueError, ["stride", "at least 1"]),
        (lambda: windows(np.ones((3, 3)), 2.0), TypeError, ["kernel_size", "2.0 (float)"]),
        (lambda: windows(np.ones((0, 3)), 1), ValueError, ["(0, 3)", "no pixels"]),
        (lambda: windows("picture", 2), TypeError, ["x", "'picture' (str)"]),
        (lambda: windows(None, 2), TypeError, ["x", "None"]),
        (lambda: windows([[1, 2], [3]], 1), ValueError, ["x", "equally long"]),
        (lambda: windows([["a"]], 1), TypeError, ["x", "numbers"]),
        (lambda: windows({"a": 1}, 1), TypeError, ["x", "dict"]),
        (lambda: windows(np.ones((3, 3), complex), 1), TypeError, ["x", "complex"]),
        (lambda: windows(np.array([[object()]]), 1), TypeError, ["x", "object"]),
        (lambda: windows(np.ma.ones((3, 3)), 1), TypeError, ["x", "masked"]),
        (lambda: scatter(np.ones((2, 2, 2)), 3), ValueError, ["patches", "(2, 2, 2)"]),
        (lambda: scatter(np.ones((2, 2, 2, 2)), 4), ValueError, ["(3, 3)", "(2, 2)", "(4, 4)"]),
        (lambda: scatter(np.ones((2, 2, 0, 2)), 3), ValueError, ["empty windows"]),
        (lambda: scatter(np.ones((2, 2, 2, 2), bool), 3), TypeError, ["patches", "bool"]),
        (lambda: pad(np.ones(3), 1), TypeError, ["pad must be a sequence", "1 (int)"]),
        (lambda: pad(np.ones(3), "11"), TypeError, ["pad must be a sequence"]),
        (lambda: pad(np.ones(3), (1,)), ValueError, ["two numbers an axis", "(1,)"]),
        (lambda: pad(np.ones(3), (1, 1, 1, 1)), ValueError, ["4 numbers", "1 axes"]),
        (lambda: pad(np.ones(3), (1.0, 1)), TypeError, ["pad[0]", "1.0 (float)"]),
        (lambda: pad(np.ones(3), (True, 1)), TypeError, ["pad[0]", "True (bool)"]),
        (lambda: pad(np.ones(3), (-2, -2)), ValueError, ["more pixels than there are"]),
        (lambda: pad(np.ones((1, 3)), (3, 0), "reflect"), ValueError, ["reflect", "(3, 0)", "3"]),
        (lambda: pad(np.ones((1, 3)), (4, 0), "circular"), ValueError, ["circular", "(4, 0)"]),
        (lambda: pad(np.ones(3), (1, 1), "reflect"), ValueError, ["'reflect'", "(3,)"]),
        (
            lambda: pad(np.ones((1, 3)), (1, 1), "edge"),
            ValueError,
            ["mode", "'edge'", "'replicate'"],
        ),
        (lambda: pad(np.ones((1, 3)), (1, 1), 3), TypeError, ["mode", "3 (int)"]),
        (lambda: pad(np.ones((1, 3)), (1, 1), "reflect", 1), ValueError, ["value", "'constant'"]),
        (lambda: pad(np.ones(3), (1, 1), value="x"), TypeError, ["value", "'x'"]),
        (lambda: pad(np.ones(3, np.uint8), (1, 1), value=300), ValueError, ["300", "uint8"]),
        (lambda: pad(np.ones(3, np.int8), (1, 1), value=np.nan), ValueError, ["nan", "int8"]),
        (lambda: pad_adjoint(np.ones((1, 3)), (2, 2)), ValueError, ["(2, 2)", "(1, 3)"]),
    ],
)
def test_refusals_name_the_argument_and_show_what_came(call, error, words):
    with pytest.raises(error) as raised:
        call()
    message = str(raised.value)
    assert message.split(":")[0] in ("windows", "scatter", "pad", "pad_adjoint"), message
    assert all(word in message for word in words), message

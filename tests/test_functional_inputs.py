"""Kinds of numbers and of containers: exact integers, no wrapping, lists, memory, empty batches."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cnncourse import functional

INTEGERS = ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"]
FLOATS = ["float16", "float32", "float64"]


def calls(dtype: str) -> dict[str, object]:
    """One call of every function on small whole numbers of this dtype."""
    x = np.arange(2 * 2 * 4 * 4).reshape(2, 2, 4, 4).astype(dtype) % np.array(5, dtype)
    w = np.ones((2, 2, 2, 2), dtype)
    y = np.ones((2, 2, 3, 3), dtype)
    return {
        "conv2d": lambda: functional.conv2d(x, w, np.ones(2, dtype)),
        "conv_transpose2d": lambda: functional.conv_transpose2d(x, w, np.ones(2, dtype)),
        "conv2d_input": lambda: functional.conv2d_input(x.shape, w, y),
        "conv2d_weight": lambda: functional.conv2d_weight(x // 2, w.shape, y),
        "pad": lambda: functional.pad(x, (1, 1), value=3),
        "unfold": lambda: functional.unfold(x, 2),
        "fold": lambda: functional.fold(functional.unfold(x, 2), 4, 2),
        "max_pool2d": lambda: functional.max_pool2d(x, 2, padding=1),
        "avg_pool2d": lambda: functional.avg_pool2d(x, 2),
        "max_unpool2d": lambda: functional.max_unpool2d(
            *functional.max_pool2d(x, 2, return_indices=True), 2
        ),
        "interpolate": lambda: functional.interpolate(x, 7),
        "relu": lambda: functional.relu(x),
        "linear": lambda: functional.linear(x, w[0, 0].repeat(2, 1), np.ones(2, dtype)),
        "cross_correlate": lambda: functional.cross_correlate(x[0, 0], w[0, 0]),
        "convolve": lambda: functional.convolve(x[0, 0], w[0, 0], "full"),
    }


@pytest.mark.parametrize("dtype", INTEGERS + FLOATS)
@pytest.mark.parametrize("name", calls("int64"))
def test_every_dtype_gives_the_same_numbers_in_itself(name, dtype):
    exact, found = calls("int64")[name](), calls(dtype)[name]()
    assert found.dtype == dtype
    if name == "avg_pool2d" and dtype in FLOATS:
        exact = calls("float64")[name]()
    np.testing.assert_array_equal(found.astype(np.float64), exact)


@given(st.data())
def test_integer_convolution_is_exact_or_refused_never_wrapped(data):
    """Compare with Python's own integers, up to the edges of every dtype."""
    dtype = np.dtype(data.draw(st.sampled_from(INTEGERS)))
    limits = np.iinfo(dtype)
    numbers = st.one_of(
        st.integers(limits.min, limits.max), st.integers(max(limits.min, -3), 3),
        st.sampled_from([limits.min, limits.max]),
    )  # fmt: skip
    x = np.array(data.draw(st.lists(numbers, min_size=6, max_size=6)), dtype).reshape(1, 2, 3)
    w = np.array(data.draw(st.lists(numbers, min_size=4, max_size=4)), dtype).reshape(1, 1, 2, 2)
    exact = [
        sum(
            int(x[0, i, c + j]) * int(w[0, 0, i, j]) for i in range(2) for j in range(2)
        )
        for c in range(2)
    ]  # fmt: skip
    if limits.min <= min(exact) and max(exact) <= limits.max:
        found = functional.conv2d(x, w)
        assert found.dtype == dtype
        assert found.ravel().tolist() == exact
    else:
        with pytest.raises(ValueError, match=f"{min(exact)} to {max(exact)}, which {dtype}"):
            functional.conv2d(x, w)


@pytest.mark.parametrize(
    "call",
    [
        lambda x: functional.linear(x.ravel(), x.reshape(1, -1)),
        lambda x: functional.conv_transpose2d(x, x[None].swapaxes(0, 1)),
        lambda x: functional.fold(x.reshape(-1, 1).repeat(4, 1), (3, 3), 2),
        lambda x: functional.cross_correlate(x[0], x[0]),
        lambda x: functional.conv2d_weight(x[None], (1, 1, 1, 1), x[None]),
        lambda x: functional.conv2d_input((1, 1, 3, 3), x[None], x[None]),
    ],
)
def test_small_dtypes_are_refused_where_they_would_wrap(call):
    x = np.full((1, 2, 2), 200, np.uint8)
    with pytest.raises(ValueError, match=r"which uint8 cannot hold.*astype\(np.int64\)"):
        call(x)
    assert call(x.astype(np.int64)).max() >= 400


def test_means_of_integers_are_cut_toward_zero_as_torch_cuts_them():
    x = np.array([[[-7, -1], [0, 1]]])
    expected = torch.nn.functional.avg_pool2d(torch.from_numpy(x), 2).numpy()
    np.testing.assert_array_equal(functional.avg_pool2d(x, 2), expected)
    assert functional.avg_pool2d(x, 2).tolist() == [[[-1]]]
    largest = np.full((1, 2, 2), 2**63 - 1, np.int64)
    assert functional.avg_pool2d(largest, 2).tolist() == [[[2**63 - 1]]]


def test_lists_take_the_dtype_of_the_other_arguments():
    x = np.ones((1, 2, 2), np.float32)
    assert functional.conv2d(x, [[[[1, 2], [3, 4]]]]).dtype == np.float32
    assert functional.conv2d(x.astype(np.int8), [[[[1, 2], [3, 4]]]], [1]).dtype == np.int8
    assert functional.conv2d(x.astype(np.int8), [[[[1.0]]]]).dtype == np.int8
    assert functional.linear([1, 2], np.ones((1, 2), np.float64)).dtype == np.float64
    assert functional.cross_correlate([[1, 2]], [[1, 1]]).tolist() == [[3]]
    assert functional.cross_correlate([[1, 2]], [[1, 1]]).dtype == np.int64
    assert functional.cross_correlate([[1, 2]], [[0.5, 1]]).dtype == np.float64
    assert functional.softmax([1, 2], 0).dtype == np.float64
    assert functional.cross_entropy([[1.0, 2.0]], [0]).dtype == np.float64
    assert functional.relu([-1, 2]).tolist() == [0, 2]
    assert functional.pad([[True]], (1, 0)).tolist() == [[False, True]]


def test_classes_and_indices_may_have_any_integer_dtype():
    """Under Pyodide the default integer has 32 bits."""
    scores = np.zeros((2, 3))
    for dtype in INTEGERS:
        loss = functional.cross_entropy(scores, np.array([0, 2], dtype))
        assert loss == pytest.approx(np.log(3))
        places = np.array([[[3]]], dtype)
        assert functional.max_unpool2d(np.ones((1, 1, 1)), places, 2)[0, 1, 1] == 1


def test_half_precision_is_summed_in_single():
    """In half precision itself, a sum of ones would stop at 2048."""
    x = np.ones((1, 1, 64, 64), np.float16)
    assert functional.conv2d(x, x).item() == 4096
    assert functional.avg_pool2d(np.full((1, 2, 2), 60000, np.float16), 2).item() == 60000
    assert functional.conv2d(x * 8, x * 8).item() == np.inf


def test_a_torch_tensor_is_read_like_an_array():
    x, w = torch.rand(1, 2, 5, 5), torch.rand(3, 2, 3, 3)
    found = functional.conv2d(x, w)
    assert isinstance(found, np.ndarray)
    np.testing.assert_allclose(found, torch.nn.functional.conv2d(x, w).numpy(), rtol=1e-5)
    with pytest.raises(TypeError, match=r"conv2d: weight .* Tensor could not be read"):
        functional.conv2d(x, w.requires_grad_())


def test_numpy_numbers_are_good_settings():
    x, w = np.ones((1, 1, 6, 6)), np.ones((1, 1, 3, 3))
    two = np.int64(2)
    found = functional.conv2d(x, w, stride=two, padding=np.array([1, 2]), groups=np.uint8(1))
    np.testing.assert_array_equal(found, functional.conv2d(x, w, stride=2, padding=(1, 2)))
    assert functional.max_pool2d(x, two, ceil_mode=np.True_).shape == (1, 1, 3, 3)
    assert functional.interpolate(x, scale_factor=np.float32(2)).shape == (1, 1, 12, 12)


def test_an_empty_batch_stays_empty():
    x, w = np.ones((0, 2, 5, 5), np.float32), np.ones((4, 2, 3, 3), np.float32)
    y = np.ones((0, 4, 3, 3), np.float32)
    assert functional.conv2d(x, w).shape == (0, 4, 3, 3)
    assert functional.conv2d(x.astype(np.int64), w.astype(np.int64)).shape == (0, 4, 3, 3)
    assert functional.conv_transpose2d(y, w).shape == (0, 2, 5, 5)
    assert functional.conv2d_input(x.shape, w, y).shape == x.shape
    np.testing.assert_array_equal(functional.conv2d_weight(x, w.shape, y), np.zeros_like(w))
    for pool in (functional.max_pool2d, functional.avg_pool2d):
        assert pool(x, 2).shape == (0, 2, 2, 2)
    values, places = functional.max_pool2d(x, 2, return_indices=True)
    assert places.dtype == np.int64
    assert functional.max_unpool2d(values, places, 2).shape == (0, 2, 4, 4)
    assert functional.lp_pool2d(x, 2, 2).shape == (0, 2, 2, 2)
    assert functional.fold(functional.unfold(x, 3), 5, 3).shape == x.shape
    assert functional.interpolate(x, 3, mode="bilinear").shape == (0, 2, 3, 3)
    assert np.isnan(functional.cross_entropy(np.ones((0, 3)), np.ones(0, np.int64)))


def test_softmax_guesses_the_axis_as_torch_does_and_says_so():
    for shape in [(3,), (2, 3), (2, 3, 4), (2, 3, 4, 5)]:
        x = np.random.default_rng(0).standard_normal(shape)
        with pytest.warns(UserWarning, match="give dim"):
            found = functional.softmax(x)
        with pytest.warns(UserWarning, match="Implicit dimension"):
            expected = torch.nn.functional.softmax(torch.from_numpy(x)).numpy()
        np.testing.assert_allclose(found, expected)
    assert functional.softmax(np.array([0, 0]), 0, dtype=np.float32).tolist() == [0.5, 0.5]


def test_nan_is_the_largest_and_its_last_place_counts():
    x = np.array([[[1, np.nan, 3], [np.nan, 2, 9], [1, 2, 3]]])
    values, places = functional.max_pool2d(x, 2, 1, return_indices=True)
    assert places.tolist() == [[[3, 1], [3, 5]]]
    assert np.isnan(values).tolist() == [[[True, True], [True, False]]]


def test_the_twins_work_without_torch():
    code = (
        "import sys\n"
        "class Refuse:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.split('.')[0] == 'torch':\n"
        "            raise ModuleNotFoundError(name)\n"
        "sys.meta_path.insert(0, Refuse())\n"
        "from cnncourse import functional\n"
        "print(functional.conv2d([[[1, 2], [3, 4]]], [[[[1, 1], [1, 1]]]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[[[10]]]\n"

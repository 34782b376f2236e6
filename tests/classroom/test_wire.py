from __future__ import annotations

import contextlib
import json
import math
import struct
import sys
import types

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cnncourse.classroom import wire

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | st.text(st.characters(exclude_categories=("Cs",)))
    | st.binary()
    | st.just(...),
    lambda values: (
        st.lists(values)
        | st.tuples(values, values)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",))), values)
    ),
    max_leaves=20,
)
DTYPES = st.sampled_from(list(wire.DTYPES.values()))


def sent(value, **options):
    packed = wire.pack(value, **options)
    return wire.unpack(packed[wire.HEADER :], *wire.header(packed[: wire.HEADER]))


def forged(value, data=b"", resolve=None):
    """Return what a message of this JSON is read as."""
    text = json.dumps(value).encode()
    return wire.unpack(text + data, len(text), len(data), resolve)


@given(PLAIN)
def test_plain_data_arrives_as_it_was_sent(value):
    assert sent(value) == value
    assert type(sent(value)) is type(value)


@given(arrays.arrays(DTYPES, arrays.array_shapes(min_dims=0, min_side=0, max_dims=4)))
def test_arrays_arrive_with_dtype_and_shape(array):
    arrived = sent(array)
    assert arrived.dtype == array.dtype
    assert arrived.shape == array.shape
    np.testing.assert_array_equal(arrived, array)
    arrived[...] = 0  # a copy of its own, which may be changed


def test_what_is_nearly_plain_arrives_as_what_it_is():
    assert math.isnan(sent(math.nan))
    assert sent({1, 2}) == {1, 2}
    assert sent(range(3)) == [0, 1, 2]
    assert sent("\ud800") == "?"
    assert type(sent(np.float32(2))) is np.float32
    assert sent(np.arange(3, dtype=">i4")).tolist() == [0, 1, 2]
    assert sent(np.arange(6).reshape(2, 3).T).tolist() == [[0, 3], [1, 4], [2, 5]]
    assert sent(np.longdouble(2)) == 2


def test_a_subclass_arrives_as_what_it_pretends_to_be():
    class Ten(int):
        def __eq__(self, other):
            return True

        __hash__ = int.__hash__

    arrived = sent(Ten(10))
    assert type(arrived) is int
    assert arrived != 11


@pytest.mark.parametrize(
    "value",
    [object(), print, np.array([None]), np.array(["a"]), np.zeros(2, "datetime64[s]"), 2**5000],
    ids=["object", "function", "array of objects", "array of text", "array of times", "huge"],
)
def test_what_is_not_plain_is_not_sent(value):
    with pytest.raises(wire.NotPlainError):
        wire.pack(value)


def test_too_much_is_not_sent():
    deep: list = []
    for _ in range(100):
        deep = [deep]
    for value in (deep, "x" * (3 << 20), np.zeros(5 << 20), dict.fromkeys(range(3000))):
        with pytest.raises(wire.NotPlainError):
            wire.pack(value)


@pytest.mark.parametrize(
    "value",
    [
        ["x" * 100_000] + [""] * 4_000,
        [[b"x" * 1_000_000], [1] * 100],
        [np.zeros(100_000), ("x" * 1000,)],
        [np.ones((2,) * 19, bool)],
    ],
    ids=["texts", "bytes", "array", "axes"],
)
def test_a_short_message_does_not_grow_when_it_is_read_as_an_array(value, monkeypatch):
    """NumPy makes gigabytes of one long text among many short ones, or prints every value."""
    with pytest.raises(wire.NotPlainError):
        wire.pack({"value": value})
    with monkeypatch.context() as liar:
        liar.setattr(wire, "_weigh", lambda *_: None)
        liar.setattr(wire, "_is_deep", lambda shape: False)
        sent = wire.pack({"value": value})
    with pytest.raises(wire.WireError):
        wire.unpack(sent[wire.HEADER :], *wire.header(sent[: wire.HEADER]))


def test_long_texts_and_many_axes_that_are_harmless_are_sent():
    value = [{"text": "x" * 1_000_000}] * 2 + [["a"] * 10_000, np.zeros((1, 2, 3, 4, 5, 1, 2))]
    sent = wire.pack({"value": value})
    assert len(wire.unpack(sent[wire.HEADER :], *wire.header(sent[: wire.HEADER]))["value"]) == 4


def test_a_description_can_be_another_value():
    sent = wire.pack(
        [object(), [np.array([1, 2], object)], np.str_("same")],
        lambda value: wire.Instead(np.ones(2)),
    )
    sizes = wire.header(sent[: wire.HEADER])
    one, (other,), text = wire.unpack(sent[wire.HEADER :], *sizes)
    assert one.tolist() == other.tolist() == [1, 1]
    assert text == "same"


def test_other_objects_are_described_and_resolved():
    packed = wire.pack([print], describe=lambda value: [7])
    sizes = wire.header(packed[: wire.HEADER])
    assert wire.unpack(packed[wire.HEADER :], *sizes, resolve=lambda given: given) == [[7]]
    with pytest.raises(wire.WireError):
        wire.unpack(packed[wire.HEADER :], *sizes)


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        {"list": 1},
        {"list": [], "tuple": []},
        {"pickle": "x"},
        {"__init__": []},
        {"value": 1},
        {"array": ["|O", [1]]},
        {"array": ["<U4", [1]]},
        {"array": ["<f8", [-1]]},
        {"array": ["<f8", [1.0]]},
        {"array": ["<f8", [True]]},
        {"array": ["<f8", [2**62, 2**62]]},
        {"array": ["<f8", [0, 2**62]]},
        {"array": ["<f8", [1] * 33]},
        {"array": ["<f8", [1]]},
        {"array": ["V8", [1]]},
        {"array": ["<f8,<f8", [1]]},
        {"array": [["<f8"], [1]]},
        {"scalar": ["<f8", [0]]},
        {"bytes": 10**12},
        {"bytes": -1},
        {"int": "0x" + "f" * 5000},
        {"int": 5},
        {"int": "ten"},
        {"float": "1e5"},
        {"complex": [1]},
        {"complex": ["a", "b"]},
        {"complex": [10**400, 0]},
        {"dict": [[1]]},
        {"dict": [[{"list": []}, 1]]},
        {"dict": [[1, 1]] * 3000},
        {"set": [{"list": []}]},
        {"object": 1},
        10**3000,
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_no_sender_sends_is_refused(value):
    with pytest.raises(wire.WireError):
        forged(value)


def test_no_array_takes_the_bytes_of_another():
    two = {"list": [{"array": ["|u1", [4]]}, {"array": ["|u1", [4]]}]}
    assert [array.tolist() for array in forged(two, b"abcdefgh")] == [
        [97, 98, 99, 100],
        [101, 102, 103, 104],
    ]
    with pytest.raises(wire.WireError):
        forged(two, b"abcd")
    with pytest.raises(wire.WireError):
        forged({"list": []}, b"abcd")


def test_truth_values_are_true_or_false():
    array = forged({"array": ["|b1", [3]]}, b"\x00\x02\xff")
    assert array.view(np.uint8).tolist() == [0, 1, 1]


@given(st.binary(max_size=200))
def test_noise_is_refused_and_nothing_else_happens(noise):
    with contextlib.suppress(wire.WireError):
        wire.unpack(noise, len(noise) // 2, len(noise) - len(noise) // 2)


def test_deep_json_is_refused():
    for text in (b"[" * 100_000, b'{"list":[' * 50_000, b'{"list":[' * 60 + b"]}" * 60, b"NaN"):
        with pytest.raises(wire.WireError):
            wire.unpack(text, len(text), 0)


def test_a_length_is_refused_before_anything_is_read():
    assert wire.header(struct.pack("<II", 5, 6)) == (5, 6)
    for text, data in ((2**31, 0), (0, 2**31)):
        with pytest.raises(wire.WireError):
            wire.header(struct.pack("<II", text, data))


class Tensor:
    """As much of torch's as is asked of it."""

    def __init__(self, values):
        self.values = values

    def detach(self):
        return self

    def cpu(self):
        return self

    def numpy(self):
        return self.values


def test_a_tensor_arrives_as_one_only_where_torch_is_loaded_already(monkeypatch):
    monkeypatch.setattr(Tensor, "__module__", "torch")
    packed = wire.pack(Tensor(np.ones((2, 3))))
    sizes = wire.header(packed[: wire.HEADER])
    monkeypatch.delitem(sys.modules, "torch", raising=False)
    assert isinstance(wire.unpack(packed[wire.HEADER :], *sizes), np.ndarray)
    assert "torch" not in sys.modules
    torch = types.ModuleType("torch")
    torch.from_numpy = Tensor
    monkeypatch.setitem(sys.modules, "torch", torch)
    arrived = wire.unpack(packed[wire.HEADER :], *sizes)
    assert isinstance(arrived, Tensor)
    assert arrived.values.shape == (2, 3)

"""What torch refuses we refuse, in words that name the function and the argument.

Each row is a call that torch refuses as well, and what our message must hold. That torch refuses it
is tested too, so that a row cannot outlive its reason.
"""

# One row a line is read as a table, and `dict` keeps it free of quotation marks.
# ruff: noqa: C408, E501

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as torch_functional
import torch.nn.grad as torch_gradients

from cnncourse import functional


def f(*shape: int, dtype: str = "float32") -> np.ndarray:
    return np.ones(shape, dtype)


X = f(2, 4, 6, 5)
W = f(6, 4, 3, 2)
Y = f(2, 6, 4, 4)
STAMPS = f(4, 3, 3, 2)
COLUMNS = f(2, 16, 20)
PLACES = np.zeros((1, 1, 2, 2), np.int64)
SCORES = f(2, 3)
CLASSES = np.array([0, 1], np.int64)

REFUSED: list[tuple[str, dict[str, Any], type[Exception], list[str]]] = [
    # function, arguments, error, words in the message
    ("conv2d", dict(input=X, weight=f(6, 3, 3, 2)), ValueError, ["weight has 3 input channels", "input has 4", "groups=1", "(2, 4, 6, 5)", "(6, 3, 3, 2)"]),
    ("conv2d", dict(input=X, weight=W, groups=3), ValueError, ["weight has 4 input channels", "groups=3"]),
    ("conv2d", dict(input=X, weight=f(5, 2, 3, 2), groups=2), ValueError, ["groups=2", "5 filters"]),
    ("conv2d", dict(input=X, weight=W, groups=0), ValueError, ["groups", "at least 1", "0"]),
    ("conv2d", dict(input=X, weight=W, groups=-1), ValueError, ["groups", "-1"]),
    ("conv2d", dict(input=X, weight=W, groups=1.0), TypeError, ["groups", "1.0 (float)"]),
    ("conv2d", dict(input=X, weight=W, groups=True), TypeError, ["groups", "True (bool)"]),
    ("conv2d", dict(input=X, weight=W, bias=f(5)), ValueError, ["bias", "6 output channels", "(5,)"]),
    ("conv2d", dict(input=X, weight=W, bias=f(6, 1)), ValueError, ["bias", "(6, 1)"]),
    ("conv2d", dict(input=X, weight=W, bias=f(6, dtype="float64")), TypeError, ["bias", "same dtype", "float64"]),
    ("conv2d", dict(input=X, weight=W.astype("float64")), TypeError, ["input and weight", "float32", "float64"]),
    ("conv2d", dict(input=X, weight=W.astype("int64")), TypeError, ["input and weight", "int64"]),
    ("conv2d", dict(input=X, weight=W, stride=0), ValueError, ["stride", "at least 1", "0"]),
    ("conv2d", dict(input=X, weight=W, stride=-1), ValueError, ["stride", "-1"]),
    ("conv2d", dict(input=X, weight=W, stride=1.0), TypeError, ["stride", "1.0 (float)"]),
    ("conv2d", dict(input=X, weight=W, stride=True), TypeError, ["stride", "True (bool)"]),
    ("conv2d", dict(input=X, weight=W, stride="1"), TypeError, ["stride", "'1' (str)"]),
    ("conv2d", dict(input=X, weight=W, stride=None), TypeError, ["stride", "None"]),
    ("conv2d", dict(input=X, weight=W, stride=(1, 2, 3)), ValueError, ["stride", "3 numbers", "(1, 2, 3)"]),
    ("conv2d", dict(input=X, weight=W, stride=(1, 0)), ValueError, ["stride[1]", "0"]),
    ("conv2d", dict(input=X, weight=W, padding=-1), ValueError, ["padding", "at least 0", "-1"]),
    ("conv2d", dict(input=X, weight=W, padding=1.5), TypeError, ["padding", "1.5 (float)", "'same'"]),
    ("conv2d", dict(input=X, weight=W, padding="full"), ValueError, ["padding", "'full'", "'same'", "'valid'"]),
    ("conv2d", dict(input=X, weight=W, padding="same", stride=2), ValueError, ["'same'", "stride (2, 2)"]),
    ("conv2d", dict(input=X, weight=W, dilation=0), ValueError, ["dilation", "at least 1"]),
    ("conv2d", dict(input=X, weight=W, dilation=3), ValueError, ["no window fits", "(3, 2)", "(3, 3)", "6"]),
    ("conv2d", dict(input=X, weight=f(6, 4, 7, 2)), ValueError, ["no window fits", "(7, 2)", "(2, 4, 6, 5)"]),
    ("conv2d", dict(input=X[0, 0], weight=W), ValueError, ["input", "(N, C, H, W) or (C, H, W)", "(6, 5)"]),
    ("conv2d", dict(input=X[None], weight=W), ValueError, ["input", "5 axes"]),
    ("conv2d", dict(input=X, weight=W[0]), ValueError, ["weight", "(C_out, C_in / groups, kh, kw)", "(4, 3, 2)"]),
    ("conv2d", dict(input=X, weight=f(0, 4, 3, 2)), ValueError, ["weight", "empty", "(0, 4, 3, 2)"]),
    ("conv2d", dict(input=X, weight=f(6, 4, 0, 2)), ValueError, ["weight", "empty"]),
    ("conv2d", dict(input=f(2, 4, 0, 5), weight=W, padding=2), ValueError, ["input", "batch", "(2, 4, 0, 5)"]),
    ("conv2d", dict(input=f(2, 0, 6, 5), weight=W), ValueError, ["input", "batch", "(2, 0, 6, 5)"]),
    ("conv2d", dict(input=X.astype(bool), weight=W.astype(bool)), TypeError, ["input is bool", "astype"]),
    ("conv2d", dict(input=X, weight=None), TypeError, ["weight", "None"]),
    ("conv2d", dict(input=None, weight=W), TypeError, ["input", "None"]),
    ("conv2d", dict(input="picture", weight=W), TypeError, ["input", "'picture' (str)"]),
    ("conv2d", dict(input=X, weight={"w": 1}), TypeError, ["weight", "dict"]),
    ("conv2d", dict(input=X, weight=W, bias=5), ValueError, ["bias", "shape ()"]),
    ("conv_transpose2d", dict(input=X, weight=f(5, 3, 3, 2)), ValueError, ["weight has 5 input channels", "input has 4"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, groups=3), ValueError, ["groups=3", "4 input channels"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, bias=f(4)), ValueError, ["bias", "3 output channels", "(4,)"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, output_padding=1), ValueError, ["output_padding (1, 1)", "stride (1, 1)", "dilation (1, 1)"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, stride=2, output_padding=2), ValueError, ["output_padding (2, 2)"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, output_padding=-1), ValueError, ["output_padding", "-1"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, padding=4), ValueError, ["padding (4, 4)", "removes"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, padding=-1), ValueError, ["padding", "-1"]),
    ("conv_transpose2d", dict(input=X, weight=STAMPS, padding="same"), TypeError, ["padding", "'same'"]),
    ("conv_transpose2d", dict(input=f(1, 4, 0, 3), weight=STAMPS), ValueError, ["input", "batch"]),
    ("conv_transpose2d", dict(input=X, weight=f(4, 0, 3, 2)), ValueError, ["weight", "empty"]),
    ("conv2d_input", dict(input_size=(4, 6, 5), weight=W, grad_output=Y[0]), ValueError, ["input_size", "(4, 6, 5)"]),
    ("conv2d_input", dict(input_size=(2, 4, 6, 5), weight=W, grad_output=Y[..., :3]), ValueError, ["grad_output", "(2, 6, 4, 4)", "(2, 6, 4, 3)"]),
    ("conv2d_input", dict(input_size=(3, 4, 6, 5), weight=W, grad_output=Y), ValueError, ["grad_output", "(3, 6, 4, 4)"]),
    ("conv2d_input", dict(input_size=(2, 4, 6, 5), weight=W, grad_output=Y, padding="valid"), TypeError, ["padding", "'valid'"]),
    ("conv2d_input", dict(input_size=7, weight=W, grad_output=Y), TypeError, ["input_size", "7 (int)"]),
    ("conv2d_weight", dict(input=X[0], weight_size=(6, 4, 3, 2), grad_output=Y[0]), ValueError, ["input", "(4, 6, 5)"]),
    ("conv2d_weight", dict(input=X, weight_size=(6, 4, 3, 2), grad_output=Y[..., :3]), ValueError, ["grad_output", "(2, 6, 4, 3)"]),
    ("conv2d_weight", dict(input=X, weight_size=(6, 4, 3, 2), grad_output=Y, stride=0), ValueError, ["stride"]),
    ("conv2d_weight", dict(input=X, weight_size=(6, 4, 3), grad_output=Y), ValueError, ["weight_size", "(6, 4, 3)"]),
    ("pad", dict(input=X, pad=(1, 2, 3)), ValueError, ["pad", "two numbers an axis", "(1, 2, 3)"]),
    ("pad", dict(input=X, pad=(1,) * 10), ValueError, ["10 numbers", "4 axes"]),
    ("pad", dict(input=X, pad=1), TypeError, ["pad", "1 (int)"]),
    ("pad", dict(input=X, pad=(5, 0, 0, 0), mode="reflect"), ValueError, ["reflect", "(5, 0)", "5"]),
    ("pad", dict(input=X, pad=(6, 0, 0, 0), mode="circular"), ValueError, ["circular", "(6, 0)"]),
    ("pad", dict(input=X, pad=(1, 1), mode="replicate"), ValueError, ["'replicate'", "2 numbers", "(2, 4, 6, 5)"]),
    ("pad", dict(input=X, pad=(-3, -3)), ValueError, ["(-3, -3)", "5"]),
    ("pad", dict(input=X, pad=(1, 1), mode="zeros"), ValueError, ["mode", "'zeros'", "'constant'"]),
    ("max_pool2d", dict(input=X, kernel_size=2, padding=2), ValueError, ["padding", "half", "(2, 2)"]),
    ("max_pool2d", dict(input=X, kernel_size=0), ValueError, ["kernel_size", "at least 1"]),
    ("max_pool2d", dict(input=X, kernel_size=2, stride=0), ValueError, ["stride", "at least 1"]),
    ("max_pool2d", dict(input=X, kernel_size=7), ValueError, ["no window fits", "(7, 7)", "(2, 4, 6, 5)"]),
    ("max_pool2d", dict(input=X, kernel_size=[]), ValueError, ["kernel_size", "0 numbers"]),
    ("max_pool2d", dict(input=X, kernel_size=2.0), TypeError, ["kernel_size", "2.0 (float)"]),
    ("max_pool2d", dict(input=X, kernel_size=2, dilation=0), ValueError, ["dilation"]),
    ("max_pool2d", dict(input=X, kernel_size=2, ceil_mode=1), TypeError, ["ceil_mode", "1 (int)"]),
    ("max_pool2d", dict(input=X[0, 0], kernel_size=2), ValueError, ["input", "(6, 5)"]),
    ("max_pool2d", dict(input=f(0, 4, 4), kernel_size=2), ValueError, ["input", "(0, 4, 4)"]),
    ("max_pool2d", dict(input=X.astype(bool), kernel_size=2), TypeError, ["input is bool"]),
    ("avg_pool2d", dict(input=X, kernel_size=2, padding=2), ValueError, ["padding", "half"]),
    ("avg_pool2d", dict(input=X, kernel_size=2, divisor_override=0), ValueError, ["divisor_override", "zero"]),
    ("avg_pool2d", dict(input=X, kernel_size=2, divisor_override=1.5), TypeError, ["divisor_override", "1.5"]),
    ("avg_pool2d", dict(input=X, kernel_size=7), ValueError, ["no window fits"]),
    ("avg_pool2d", dict(input=X, kernel_size=2, count_include_pad="yes"), TypeError, ["count_include_pad", "'yes'"]),
    ("lp_pool2d", dict(input=X, norm_type=0, kernel_size=2), ValueError, ["norm_type", "0"]),
    ("lp_pool2d", dict(input=X, norm_type="2", kernel_size=2), TypeError, ["norm_type", "'2'"]),
    ("lp_pool2d", dict(input=X, norm_type=2, kernel_size=7), ValueError, ["no window fits"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES + 16, kernel_size=2), ValueError, ["indices", "0 and 15", "16"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES - 1, kernel_size=2), ValueError, ["indices", "-1"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES.astype(float), kernel_size=2), TypeError, ["indices", "float64"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES[:, :, :1], kernel_size=2), ValueError, ["indices", "(1, 1, 2, 2)", "(1, 1, 1, 2)"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES, kernel_size=2, output_size=(6, 5)), ValueError, ["output_size", "(4, 4)", "(6, 5)"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES, kernel_size=2, output_size=(1, 5, 5)), ValueError, ["output_size", "(1, 5, 5)"]),
    ("max_unpool2d", dict(input=f(1, 1, 2, 2), indices=PLACES, kernel_size=2, output_size=5), TypeError, ["output_size", "5 (int)"]),
    ("max_unpool2d", dict(input=f(2, 2), indices=PLACES[0, 0], kernel_size=2), ValueError, ["input", "(2, 2)"]),
    ("unfold", dict(input=X, kernel_size=7), ValueError, ["no window fits", "(7, 7)"]),
    ("unfold", dict(input=X, kernel_size=0), ValueError, ["kernel_size"]),
    ("unfold", dict(input=X, kernel_size=(2,)), ValueError, ["kernel_size", "1 numbers"]),
    ("unfold", dict(input=X, kernel_size=2, padding="same"), TypeError, ["padding", "'same'"]),
    ("unfold", dict(input=X[0, 0], kernel_size=2), ValueError, ["input", "(6, 5)"]),
    ("fold", dict(input=f(2, 15, 20), output_size=(6, 5), kernel_size=2), ValueError, ["input", "2 · 2", "(2, 15, 20)"]),
    ("fold", dict(input=f(2, 16, 19), output_size=(6, 5), kernel_size=2), ValueError, ["5 · 4", "(6, 5)", "(2, 16, 19)"]),
    ("fold", dict(input=COLUMNS, output_size=(6, 5), kernel_size=7), ValueError, ["no window fits"]),
    ("fold", dict(input=f(20), output_size=(6, 5), kernel_size=2), ValueError, ["input", "(20,)"]),
    ("fold", dict(input=COLUMNS, output_size=(0, 5), kernel_size=2), ValueError, ["output_size"]),
    ("interpolate", dict(input=X), ValueError, ["either size or scale_factor"]),
    ("interpolate", dict(input=X, size=3, scale_factor=2), ValueError, ["either size or scale_factor"]),
    ("interpolate", dict(input=X, size=0), ValueError, ["size", "at least 1"]),
    ("interpolate", dict(input=X, size=2.5), TypeError, ["size", "2.5 (float)"]),
    ("interpolate", dict(input=X, size=True), TypeError, ["size", "True"]),
    ("interpolate", dict(input=X, size=(3,)), ValueError, ["size", "2 axes", "(3,)"]),
    ("interpolate", dict(input=X, scale_factor=0), ValueError, ["scale_factor", "positive"]),
    ("interpolate", dict(input=X, scale_factor=0.1), ValueError, ["scale_factor", "(0, 0)"]),
    ("interpolate", dict(input=X, scale_factor=float("nan")), ValueError, ["scale_factor", "nan"]),
    ("interpolate", dict(input=X, scale_factor=float("inf")), ValueError, ["scale_factor", "inf"]),
    ("interpolate", dict(input=X, scale_factor="2"), TypeError, ["scale_factor", "'2'"]),
    ("interpolate", dict(input=X, size=3, align_corners=True), ValueError, ["align_corners", "'bilinear'"]),
    ("interpolate", dict(input=X, size=3, mode="bilinear", align_corners=1), TypeError, ["align_corners", "1 (int)"]),
    ("interpolate", dict(input=X, size=3, recompute_scale_factor=True), ValueError, ["recompute_scale_factor"]),
    ("interpolate", dict(input=X, size=3, mode="linear"), ValueError, ["mode", "'nearest'", "'linear'"]),
    ("interpolate", dict(input=X, size=3, antialias=True), ValueError, ["antialias"]),
    ("interpolate", dict(input=X[0], size=3, mode="bilinear"), ValueError, ["input", "(N, C, H, W)", "(4, 6, 5)"]),
    ("interpolate", dict(input=f(2, 0, 4, 4), size=3), ValueError, ["input", "(2, 0, 4, 4)"]),
    ("relu", dict(input=X.astype(bool)), TypeError, ["input is bool"]),
    ("relu", dict(input=X.astype("complex64")), TypeError, ["input", "complex64"]),
    ("linear", dict(input=f(2, 3), weight=f(4, 2)), ValueError, ["weight takes 2 features", "input has 3"]),
    ("linear", dict(input=f(2, 3), weight=f(4, 3), bias=f(5)), ValueError, ["bias", "(2, 4)", "(5,)"]),
    ("linear", dict(input=f(2, 3), weight=f(1, 4, 3)), ValueError, ["weight", "(1, 4, 3)"]),
    ("linear", dict(input=np.float32(1), weight=f(4, 1)), ValueError, ["input", "features_in"]),
    ("linear", dict(input=f(2, 3), weight=f(3), bias=f(1)), ValueError, ["bias", "(1, 3)"]),
    ("softmax", dict(input=SCORES, dim=2), ValueError, ["dim", "-2 and 1", "2"]),
    ("softmax", dict(input=SCORES, dim=1.0), TypeError, ["dim", "1.0 (float)"]),
    ("softmax", dict(input=SCORES.astype("int64"), dim=1), TypeError, ["input", "floats", "int64"]),
    ("log_softmax", dict(input=SCORES, dim=-3), ValueError, ["dim", "-3"]),
    ("log_softmax", dict(input=SCORES, dim=True), TypeError, ["dim", "True"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES + 2), ValueError, ["target", "0 to 2", "3"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES - 1), ValueError, ["target", "-1"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, weight=f(2)), ValueError, ["weight", "3 classes", "(2,)"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, weight=f(3, dtype="float64")), TypeError, ["weight", "float64"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, label_smoothing=1.1), ValueError, ["label_smoothing", "1.1"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, label_smoothing="a"), TypeError, ["label_smoothing", "'a'"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, reduction="average"), ValueError, ["reduction", "'average'", "'mean'"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, reduction=None), TypeError, ["reduction", "None"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES, ignore_index=1.0), TypeError, ["ignore_index", "1.0"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES[:1]), ValueError, ["target", "(2,)", "(1,)"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES[:, None]), ValueError, ["target", "(2, 1)"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES.astype("float32")), TypeError, ["target", "float32"]),
    ("cross_entropy", dict(input=SCORES, target=CLASSES.astype(bool)), TypeError, ["target", "bool"]),
    ("cross_entropy", dict(input=SCORES, target=SCORES / 3, ignore_index=1), ValueError, ["ignore_index", "probabilities"]),
    ("cross_entropy", dict(input=SCORES.astype("int64"), target=CLASSES), TypeError, ["input", "floats"]),
    ("cross_entropy", dict(input=np.float32(1), target=np.int64(0)), ValueError, ["input", "number"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "arguments", "error", "words"),
    REFUSED,
    ids=[f"{i}-{row[0]}" for i, row in enumerate(REFUSED)],
)
def test_refused_in_words(name, arguments, error, words):
    with pytest.raises(error) as raised:
        getattr(functional, name)(**arguments)
    message = str(raised.value)
    assert message.startswith(f"{name}: "), message
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in {message!r}"

    home = torch_gradients if name in ("conv2d_input", "conv2d_weight") else torch_functional
    given = {
        key: torch.from_numpy(np.array(value))
        if isinstance(value, np.ndarray | np.generic)
        else value
        for key, value in arguments.items()
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(Exception):  # noqa: B017, PT011 - torch raises nearly every kind of error
            getattr(home, name)(**given)


@pytest.mark.parametrize(
    ("name", "arguments", "error", "words"),
    [
        ("conv2d", dict(input=X.astype("complex64"), weight=W.astype("complex64")), TypeError, ["complex64"]),
        ("conv2d", dict(input=X.astype("longdouble"), weight=W.astype("longdouble")), TypeError, ["float64"]),
        ("conv2d", dict(input=[[[1, 2], [3]]], weight=W), ValueError, ["input", "equally long"]),
        ("conv2d", dict(input=np.array([[["a"]]]), weight=W), TypeError, ["input", "numbers"]),
        ("conv2d", dict(input=np.array([[[object()]]]), weight=W), TypeError, ["input", "object"]),
        ("conv2d", dict(input=np.ma.ones((1, 3, 3)), weight=f(1, 1, 2, 2)), TypeError, ["input"]),
        ("conv2d", dict(input=f(1, 2, 2, dtype="uint8"), weight=[[[[-1]]]]), ValueError, ["weight", "uint8", "-1", "input.astype"]),
        ("conv2d", dict(input=f(1, 2, 2, dtype="int64"), weight=[[[[0.5]]]]), ValueError, ["weight", "int64", "0.5"]),
        ("conv2d", dict(input=f(1, 2, 2), weight=[[[[True]]]]), TypeError, ["weight is bool"]),
        ("max_pool2d", dict(input=f(1, 3, 3), kernel_size=2, padding=1, stride=4, dilation=4, return_indices=True), ValueError, ["nothing but padding"]),
        ("lp_pool2d", dict(input=f(1, 3, 3, dtype="int64"), norm_type=2, kernel_size=2), TypeError, ["floats", "int64"]),
        ("interpolate", dict(input=f(1, 1, 3, 3, dtype="uint8"), size=2, mode="bilinear"), TypeError, ["floats"]),
        ("relu", dict(input=X, inplace=True), ValueError, ["inplace"]),
        ("softmax", dict(input=SCORES, dim=0, dtype=np.int64), TypeError, ["dtype", "int64"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(4, 4)), ValueError, ["no window fits", "(4, 4)", "(3, 3)"]),
        ("cross_correlate", dict(x=f(1, 3, 3), kernel=f(2, 2)), ValueError, ["x", "(H, W)", "(1, 3, 3)"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(2)), ValueError, ["kernel", "(kh, kw)"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(0, 2)), ValueError, ["empty"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(2, 2), padding="zeros"), ValueError, ["padding", "'full'"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(2, 2), mode="edge"), ValueError, ["mode", "'replicate'"]),
        ("cross_correlate", dict(x=f(3, 3), kernel=f(2, 2), padding=3, mode="reflect"), ValueError, ["reflect"]),
        ("convolve", dict(x=f(3, 3), kernel=f(4, 4)), ValueError, ["no window fits"]),
        ("convolve", dict(x="x", kernel=f(4, 4)), TypeError, ["x", "'x' (str)"]),
    ],
)  # fmt: skip
def test_refused_though_torch_might_not(name, arguments, error, words):
    with pytest.raises(error) as raised:
        getattr(functional, name)(**arguments)
    message = str(raised.value)
    assert message.startswith(f"{name}: "), message
    missing = [word for word in words if word not in message]
    assert not missing, f"{missing} not in {message!r}"


def test_every_function_that_can_refuse_is_in_the_table():
    assert {row[0] for row in REFUSED} == set(functional.__all__) - {"cross_correlate", "convolve"}

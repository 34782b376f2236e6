"""Random calls for comparing `cnncourse.functional` with PyTorch, odd ones on purpose.

`draw(theme)` returns the same calls on every run. A call is drawn without asking whether it is
legal: where torch refuses it, so must we; where torch computes, we must compute the same.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as torch_functional
import torch.nn.grad as torch_gradients

from cnncourse import functional

# How many calls each theme draws.
THEMES = {
    "conv2d": 700,
    "conv_transpose2d": 450,
    "conv2d_input": 300,
    "conv2d_weight": 300,
    "pad": 500,
    "max_pool2d": 400,
    "avg_pool2d": 300,
    "lp_pool2d": 200,
    "max_unpool2d": 200,
    "unfold": 200,
    "fold": 200,
    "interpolate": 400,
    "linear": 100,
    "softmax": 100,
    "log_softmax": 100,
    "cross_entropy": 400,
    "relu": 50,
}


@dataclass
class Call:
    """A function's name and what it is given."""

    name: str
    arguments: dict[str, Any]

    def ours(self) -> Any:
        return getattr(functional, self.name)(**self.arguments)

    def torchs(self) -> Any:
        home = (
            torch_gradients if self.name in ("conv2d_input", "conv2d_weight") else torch_functional
        )
        return getattr(home, self.name)(
            **{
                name: torch.from_numpy(plain(value)) if _is_array(value) else value
                for name, value in self.arguments.items()
            }
        )

    def __str__(self) -> str:
        words = [
            f"{name}={value.dtype}{value.shape}"
            if isinstance(value, np.ndarray)
            else f"{name}={value!r}"
            for name, value in self.arguments.items()
        ]
        return f"{self.name}({', '.join(words)})"


def draw(theme: str) -> list[Call]:
    """Draw the calls of a theme, the same ones on every run."""
    dice = Dice(np.random.default_rng([ord(letter) for letter in theme]))
    calls = []
    for _ in range(THEMES[theme]):
        arguments = DRAW[theme](dice)
        calls.append(
            Call(
                theme,
                {
                    name: dice.disguise(value) if _is_array(value) else value
                    for name, value in arguments.items()
                },
            )
        )
    return calls


class Dice:
    """Draws sizes and settings that are mostly sensible and often odd."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng

    def int(self, low: int, high: int) -> int:
        return int(self.rng.integers(low, high + 1))

    def one(self, *choices: Any) -> Any:
        return choices[self.int(0, len(choices) - 1)]

    def often(self, usual: Any, *rare: Any) -> Any:
        return usual if self.rng.random() < 0.8 else self.one(*rare)

    def pair(self, low: int, high: int, odd: int | None = None) -> Any:
        """Draw an int, a tuple or a list; now and then the illegal number `odd`."""
        low_or_odd = low if odd is None or self.rng.random() < 0.96 else odd
        first, second = self.int(low, high), self.int(low, high)
        if low_or_odd != low:
            first = low_or_odd
        return self.one(first, (first, second), [second, first], (first, first))

    def array(self, *shape: int, dtype: str = "float32") -> np.ndarray:
        if dtype.startswith("float"):
            return np.asarray(self.rng.standard_normal(shape), dtype)
        return np.asarray(self.rng.integers(-9, 10, shape), dtype)

    def images(
        self, channels: int, low: int = 1, high: int = 9, dtype: str = "float32"
    ) -> np.ndarray:
        batch = self.often((self.int(1, 3),), (), (0,))
        return self.array(*batch, channels, self.int(low, high), self.int(low, high), dtype=dtype)

    def disguise(self, array: np.ndarray) -> np.ndarray:
        """Return the same numbers, but now and then in another arrangement in memory."""
        if self.rng.random() < 0.7 or array.ndim == 0:
            return array
        kind = self.one("column by column", "backwards", "with gaps", "swapped bytes", "read-only")
        if kind == "column by column":
            return np.asfortranarray(array)
        if kind == "backwards":
            return np.ascontiguousarray(array[::-1, ...])[::-1, ...]
        if kind == "with gaps":
            return np.repeat(array, 2, axis=-1)[..., ::2]
        if kind == "swapped bytes":
            return array.astype(array.dtype.newbyteorder())
        array = array.copy()
        array.flags.writeable = False
        return array

    def optional(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Leave out some of the arguments, so that defaults are compared too."""
        return {name: value for name, value in arguments.items() if self.rng.random() < 0.7}


def _conv2d(dice: Dice) -> dict[str, Any]:
    groups = dice.often(1, 2, 3)
    depth, each = dice.int(1, 3), dice.int(1, 3)
    dtype = dice.often("float32", "float64", "int64", "float16")
    filters = groups * each + dice.often(0, 0, 0, 1)
    channels = groups * depth + dice.often(0, 0, 0, 1)
    image = dice.images(channels, dtype=dtype)
    if dtype.startswith("float"):
        image[dice.rng.random(image.shape) < dice.often(0, 0.02)] = dice.one(np.nan, np.inf)
    arguments = {
        "input": image,
        "weight": dice.array(filters, depth, dice.int(1, 4), dice.int(1, 4), dtype=dtype),
    }
    settings = dice.optional(
        {
            "bias": dice.often(
                dice.array(filters, dtype=dtype), None, dice.array(filters + 1, dtype=dtype)
            ),
            "stride": dice.often(dice.pair(1, 3, odd=0), dice.pair(1, 9)),
            "padding": dice.often(dice.pair(0, 3, odd=-1), "same", "valid"),
            "dilation": dice.pair(1, 3, odd=0),
        }
    )
    return arguments | settings | {"groups": groups}


def _conv_transpose2d(dice: Dice) -> dict[str, Any]:
    groups = dice.often(1, 2, 3)
    depth, each = dice.int(1, 3), dice.int(1, 3)
    dtype = dice.often("float32", "float64", "int64", "float16")
    channels = groups * depth
    arguments = {
        "input": dice.images(channels, high=5, dtype=dtype),
        "weight": dice.array(
            channels + dice.often(0, 0, 0, 1), each, dice.int(1, 4), dice.int(1, 4), dtype=dtype
        ),
    }
    bias = dice.array(groups * each + dice.often(0, 0, 1), dtype=dtype)
    settings = dice.optional(
        {
            "bias": dice.often(bias, None),
            "stride": dice.pair(1, 3, odd=0),
            "padding": dice.pair(0, 2, odd=-1),
            "output_padding": dice.often(0, dice.pair(0, 2), dice.pair(0, 1)),
            "dilation": dice.pair(1, 3, odd=0),
        }
    )
    return arguments | settings | {"groups": groups}


def _geometry(
    dice: Dice,
) -> tuple[dict[str, Any], tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Draw settings and the shapes of input, weight and output of a legal convolution."""
    while True:
        groups = dice.often(1, 2, 3)
        settings = {
            "stride": dice.often(dice.pair(1, 3), dice.pair(1, 9)),
            "padding": dice.pair(0, 3),
            "dilation": dice.pair(1, 3),
            "groups": groups,
        }
        image = (
            dice.often(dice.int(1, 3), 0),
            groups * dice.int(1, 3),
            dice.int(1, 9),
            dice.int(1, 9),
        )
        weight = (groups * dice.int(1, 3), image[1] // groups, dice.int(1, 4), dice.int(1, 4))
        try:
            output = torch_functional.conv2d(
                torch.zeros(image), torch.zeros(weight), None, **settings
            )
        except RuntimeError:
            continue
        return settings, image, weight, tuple(output.shape)


def _conv2d_input(dice: Dice) -> dict[str, Any]:
    settings, image, weight, output = _geometry(dice)
    output = (*output[:-1], output[-1] + dice.often(0, 0, 1))
    image = dice.often(image, (*image[:-1], image[-1] + 1))
    dtype = dice.often("float32", "float64")
    return {
        "input_size": image,
        "weight": dice.array(*weight, dtype=dtype),
        "grad_output": dice.array(*output, dtype=dtype),
        **settings,
    }


def _conv2d_weight(dice: Dice) -> dict[str, Any]:
    settings, image, weight, output = _geometry(dice)
    output = (*output[:-1], output[-1] + dice.often(0, 0, 1))
    dtype = dice.often("float32", "float64")
    return {
        "input": dice.array(*image, dtype=dtype),
        "weight_size": weight,
        "grad_output": dice.array(*output, dtype=dtype),
        **settings,
    }


def _pad(dice: Dice) -> dict[str, Any]:
    axes = dice.often(4, 2, 3, 5)
    dtype = dice.often("float32", "float64", "int64", "uint8", "int32")
    shape = tuple(dice.int(2, 6) for _ in range(axes))
    shape = dice.often(shape, (0, *shape[1:]), (*shape[:-1], 1))
    mode = dice.one("constant", "reflect", "replicate", "circular")
    fitting = dice.one(axes - 1, axes - 2) if mode != "constant" else dice.int(0, axes)
    length = dice.often(2 * max(fitting, 1), 0, 6, 8, 3)
    low, high = dice.often((0, 3), (-3, 4))
    pad = tuple(dice.int(low, high) for _ in range(length))
    array = np.abs(dice.array(*shape, dtype="int64")).astype(dtype)
    settings = {"value": dice.one(0, 2.5, -1, 300)} if mode == "constant" else {}
    return {"input": array, "pad": dice.one(pad, list(pad)), "mode": mode} | dice.optional(settings)


def _pooling(dice: Dice, *, padding: bool, dilation: bool) -> dict[str, Any]:
    settings = {
        "stride": dice.often(dice.pair(1, 4, odd=0), None),
        "ceil_mode": dice.one(True, False),
    }
    smallest = 1
    if padding:
        settings["padding"] = dice.often(dice.pair(0, 1, odd=-1), dice.pair(0, 2))
        smallest = dice.often(2, 1)
    if dilation:
        settings["dilation"] = dice.often(1, dice.pair(1, 3, odd=0))
    return {"kernel_size": dice.pair(smallest, 4, odd=0)} | dice.optional(settings)


def _max_pool2d(dice: Dice) -> dict[str, Any]:
    dtype = dice.often("float32", "float64", "int64", "uint8", "int32", "float16")
    image = dice.images(dice.int(1, 3), low=2, dtype=dtype)
    if dtype.startswith("float"):
        # Equal maxima, infinities and NaN decide which index is reported.
        image = np.round(image).astype(dtype)
        image[dice.rng.random(image.shape) < dice.one(0, 0.1)] = dice.one(np.nan, np.inf, -np.inf)
    settings = _pooling(dice, padding=True, dilation=True)
    return {"input": image, "return_indices": dice.one(True, False)} | settings


def _avg_pool2d(dice: Dice) -> dict[str, Any]:
    image = dice.images(
        dice.int(1, 3), low=2, dtype=dice.often("float32", "float64", "int64", "float16")
    )
    settings = dice.optional(
        {"count_include_pad": dice.one(True, False), "divisor_override": dice.one(None, 3, -2, 0)}
    )
    return {"input": image} | _pooling(dice, padding=True, dilation=False) | settings


def _lp_pool2d(dice: Dice) -> dict[str, Any]:
    image = dice.images(dice.int(1, 3), dtype=dice.often("float32", "float64"))
    settings = _pooling(dice, padding=False, dilation=False)
    norm = dice.one(1, 2, 3, 2.0, 1.5, 0.5, -1, np.inf, -np.inf)
    return {"input": dice.one(image, np.abs(image)), "norm_type": norm} | settings


def _max_unpool2d(dice: Dice) -> dict[str, Any]:
    image = dice.images(dice.int(1, 3), low=2)
    pooling = {
        "kernel_size": dice.pair(1, 3),
        "stride": dice.often(None, dice.pair(1, 3)),
        "padding": dice.often(0, (1, 0), 1),
    }
    try:
        values, indices = torch_functional.max_pool2d(
            torch.from_numpy(image), **pooling, return_indices=True
        )
    except RuntimeError:
        return _max_unpool2d(dice)
    height, width = image.shape[-2:]
    size = dice.one(
        None, (height, width), (1, 1, height, width), (height + 1, width), (height, width, 1)
    )
    shift = dice.often(0, 0, 1, -1)
    return {
        "input": values.numpy(),
        "indices": indices.numpy() + shift,
        "output_size": size,
    } | pooling


def _unfold(dice: Dice) -> dict[str, Any]:
    settings = {
        "dilation": dice.pair(1, 3, odd=0),
        "padding": dice.pair(0, 2, odd=-1),
        "stride": dice.often(dice.pair(1, 3, odd=0), 9),
    }
    image = dice.images(dice.int(1, 3), low=2, dtype=dice.often("float32", "float64", "float16"))
    return {"input": image, "kernel_size": dice.pair(1, 3, odd=0)} | dice.optional(settings)


def _fold(dice: Dice) -> dict[str, Any]:
    while True:
        call = _unfold(dice)
        try:
            columns = torch_functional.unfold(
                torch.from_numpy(call["input"]),
                **{name: value for name, value in call.items() if name != "input"},
            )
        except RuntimeError:
            continue
        size = call.pop("input").shape[-2:]
        blocks = dice.array(*columns.shape, dtype=dice.often("float32", "float64"))
        if dice.rng.random() < 0.1:
            blocks = blocks[..., dice.int(0, 1) :, :-1]
        return {**call, "input": blocks, "output_size": dice.often(tuple(size), size[0])}


def _interpolate(dice: Dice) -> dict[str, Any]:
    mode = dice.one("nearest", "bilinear")
    image = dice.array(
        dice.often(2, 0),
        2,
        dice.int(1, 9),
        dice.int(1, 9),
        dtype=dice.often("float32", "float64", "float16"),
    )
    if dice.rng.random() < 0.1:
        image = dice.one(image[None], image[..., 0], image[..., 0, 0])

    def factor() -> float:
        return dice.often(dice.one(0.5, 0.7, 1, 1.1, 1.3, 1.7, 2, 2.0, 2.5, 3), 0.3, 0.01, 0)

    size = dice.often(dice.pair(1, 12), dice.pair(1, 12, odd=0), (3, 4, 5), None)
    scale = dice.often(dice.one(factor(), (factor(), factor())), (2, 2, 2), None)
    chosen = dice.one({"size": size}, {"scale_factor": scale})
    if dice.rng.random() < 0.05:
        chosen = {"size": size, "scale_factor": scale}
    aligned = {"align_corners": dice.one(True, False, None)} if mode == "bilinear" else {}
    odd = {"recompute_scale_factor": dice.often(dice.one(False, None), True)}
    if "scale_factor" in chosen:
        odd = {"recompute_scale_factor": dice.one(True, False, None)}
    return {"input": image, "mode": mode} | chosen | dice.optional(aligned | odd)


def _linear(dice: Dice) -> dict[str, Any]:
    features, outputs = dice.int(0, 4), dice.int(1, 4)
    dtype = dice.often("float32", "float64", "int64")
    leading = dice.one((), (3,), (2, 3), (0,))
    weight = dice.often(
        (outputs, features), (features,), (outputs, features + 1), (1, outputs, features)
    )
    bias = dice.often((outputs,), (), (1,), (outputs + 1,))
    return {
        "input": dice.array(*leading, features, dtype=dtype),
        "weight": dice.array(*weight, dtype=dtype),
        "bias": dice.often(dice.array(*bias, dtype=dtype), None),
    }


def _softmax(dice: Dice) -> dict[str, Any]:
    shape = tuple(dice.int(0 if dice.rng.random() < 0.1 else 1, 4) for _ in range(dice.int(0, 4)))
    dtype = dice.often("float32", "float64", "float16", "int64")
    array = np.asarray(dice.array(*shape, dtype=dtype) * dice.one(1, 1, 5), dtype)
    if dtype.startswith("float"):
        array[dice.rng.random(shape) < dice.one(0, 0.2)] = dice.one(np.nan, np.inf, -np.inf)
    dim = dice.often(dice.int(-max(array.ndim, 1), max(array.ndim, 1) - 1), 4, -5)
    return {"input": array, "dim": dim}


def _cross_entropy(dice: Dice) -> dict[str, Any]:
    classes = dice.int(1, 4)
    spatial = dice.one((), (), (3,), (2, 3))
    batch = dice.often((dice.int(1, 4),), (0,))
    single = dice.rng.random() < 0.1
    shape = (classes,) if single else (*batch, classes, *spatial)
    dtype = dice.often("float32", "float64", "float16")
    scores = dice.array(*shape, dtype=dtype)
    scores[dice.rng.random(shape) < dice.often(0, 0.1)] = dice.one(-np.inf, np.inf, np.nan)
    if dice.rng.random() < 0.4:
        target = dice.rng.random(shape).astype(dtype)
        ignored = dice.often(-100, 1)
    else:
        classes_shape = () if single else (*batch, *spatial)
        target = dice.rng.integers(0, classes + dice.often(0, 0, 0, 1), classes_shape)
        ignored = dice.one(-100, 0, 1)
        if dice.rng.random() < 0.3:
            target = np.where(dice.rng.random(classes_shape) < 0.4, ignored, target)
        if dice.rng.random() < 0.05:
            target = target[..., None]
        target = np.asarray(target, np.int64)
    settings = {
        "weight": dice.array(classes + dice.often(0, 0, 0, 0, 1), dtype=dtype),
        "ignore_index": ignored,
        "reduction": dice.often(dice.one("mean", "sum", "none"), "average"),
        "label_smoothing": dice.one(0.0, 0.1, 1.0, 1.5),
        "size_average": dice.often(None, True, False),
        "reduce": dice.often(None, True, False),
    }
    if settings["label_smoothing"] == 1.5 and dice.rng.random() < 0.7:
        settings["label_smoothing"] = 0.3
    return {"input": scores, "target": target} | dice.optional(settings)


def _relu(dice: Dice) -> dict[str, Any]:
    array = dice.array(
        *dice.one((), (3,), (2, 3), (0, 2)), dtype=dice.often("float32", "int64", "int32")
    )
    return {"input": array}


DRAW: dict[str, Callable[[Dice], dict[str, Any]]] = {
    "conv2d": _conv2d,
    "conv_transpose2d": _conv_transpose2d,
    "conv2d_input": _conv2d_input,
    "conv2d_weight": _conv2d_weight,
    "pad": _pad,
    "max_pool2d": _max_pool2d,
    "avg_pool2d": _avg_pool2d,
    "lp_pool2d": _lp_pool2d,
    "max_unpool2d": _max_unpool2d,
    "unfold": _unfold,
    "fold": _fold,
    "interpolate": _interpolate,
    "linear": _linear,
    "softmax": _softmax,
    "log_softmax": _softmax,
    "cross_entropy": _cross_entropy,
    "relu": _relu,
}


def compare(call: Call) -> str:
    """Compare one call: "equal" or "refused" by both, or an AssertionError that shows the call."""
    before = {name: np.copy(value) for name, value in call.arguments.items() if _is_array(value)}
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            expected = call.torchs()
        refusal = None
    except (RuntimeError, ValueError, TypeError, IndexError, ZeroDivisionError) as error:
        refusal = error
    try:
        found = call.ours()
    except (ValueError, TypeError) as error:
        if refusal is None and not _torch_is_lenient(call):
            raise AssertionError(f"only we refuse {call}: {error}") from error
        if not str(error).startswith(f"{call.name}: "):
            raise AssertionError(f"{call} is refused in whose words? {error}") from error
        return "refused"
    if refusal is not None and _torch_stumbles(call):
        return "equal"
    assert refusal is None, f"only torch refuses {call}: {refusal}"
    pairs = zip(found, expected, strict=True) if isinstance(found, tuple) else [(found, expected)]
    for ours, torchs in pairs:
        assert_same(ours, torchs.numpy(), str(call))
        for name, value in before.items():
            np.testing.assert_array_equal(call.arguments[name], value, f"{call} modified {name}")
            assert not np.shares_memory(ours, call.arguments[name]), f"{call} returns {name} itself"
    return "equal"


def assert_same(found: np.ndarray, expected: np.ndarray, message: str) -> None:
    """Require the same shape, dtype and values, up to the rounding of the dtype."""
    assert isinstance(found, np.ndarray), f"{message}: a {type(found).__name__}"
    assert found.shape == expected.shape, f"{message}: shape {found.shape}, torch {expected.shape}"
    assert found.dtype == expected.dtype, f"{message}: dtype {found.dtype}, torch {expected.dtype}"
    assert found.flags.writeable, f"{message}: read-only"
    tolerance = {"float16": 4e-3, "float32": 2e-5, "float64": 1e-12}.get(found.dtype.name, 0)
    finite = np.abs(expected[np.isfinite(expected)]) if expected.size else np.zeros(0)
    scale = max(1.0, float(finite.max(initial=0)))
    np.testing.assert_allclose(
        found, expected, rtol=tolerance, atol=tolerance * scale, err_msg=message
    )


def _torch_is_lenient(call: Call) -> bool:
    """Whether torch computes something here that has no meaning, so that we may refuse it.

    With an empty batch torch skips checks that it makes with any other batch, a transposed
    convolution may return an image of no columns, and circular padding takes images of no channels.
    """
    if call.name == "pad" and call.arguments["mode"] != "constant":
        # Nothing left to copy, nothing to copy to, or a ring shorter than what is added to it:
        # torch returns whatever was in memory.
        amounts, shape = call.arguments["pad"], call.arguments["input"].shape[::-1]
        for a, b, n in zip(amounts[::2], amounts[1::2], shape, strict=False):
            left = n - max(-a, 0) - max(-b, 0)
            if left <= 0 or (call.arguments["mode"] == "circular" and max(a, b) > left):
                return True
    if call.name == "linear" and call.arguments["weight"].ndim == 1:
        # torch takes a bias of no axes here, but not with a matrix of inputs; we take none.
        return call.arguments["bias"] is not None
    arrays = [value for value in call.arguments.values() if _is_array(value)]
    if any(array.size == 0 for array in arrays) and not call.name.endswith("softmax"):
        return call.name.startswith("conv") or call.arguments.get("mode") == "circular"
    if call.name.endswith("softmax"):
        return call.arguments["input"].dtype.kind == "i"
    return call.name == "conv_transpose2d" and 0 in call.torchs().shape


def _torch_stumbles(call: Call) -> bool:
    """Whether torch fails over something legal: a single sample as a list of one, smoothed."""
    given = call.arguments
    return (
        call.name == "cross_entropy"
        and given["input"].ndim == 1
        and given["target"].shape == (1,)
        and given.get("label_smoothing", 0) > 0
    )


def plain(array: np.ndarray) -> np.ndarray:
    """Copy an array into the arrangement that torch reads."""
    return np.array(array, array.dtype.newbyteorder("="), order="C")


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)

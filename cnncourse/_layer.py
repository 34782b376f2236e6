"""What all layers share: parameters, checks of what flows back, and weights carried to torch."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnncourse._arguments import Array, arrays
from cnncourse._integers import Pair, choice, describe, integer, pair


class Parameter:
    """Numbers that training changes, and what the loss wants of them.

    Parameters
    ----------
    data : array
        The numbers.

    Attributes
    ----------
    data : array
        The numbers; an optimizer changes them in place.
    grad : array, same shape
        The gradient of the loss for them. Each backward pass adds to it, as in torch.
    """

    def __init__(self, data: Array) -> None:
        self.data = data
        self.grad = np.zeros_like(data)

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the numbers."""
        return self.data.shape

    def __repr__(self) -> str:
        return f"Parameter of shape {self.data.shape}, {self.data.dtype}"


class Layer:
    """What all layers share: being called, having parameters, and an equal in `torch.nn`."""

    _settings: tuple[str, ...] = ()
    """Names of the settings, as `torch.nn` spells them; each is an attribute."""

    _output_like: Array | None = None
    """One number, repeated in the shape of the last output, which the next gradient must have."""

    def __call__(self, input: ArrayLike) -> Array:
        """Compute the output: the same as `forward`."""
        return self.forward(input)

    def forward(self, input: ArrayLike) -> Array:
        """Compute the output, and remember what `backward` needs."""
        raise NotImplementedError

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Add to the parameters' gradients; return the gradient for the input.

        Parameters
        ----------
        gradient : array, shape of the last output
            Gradient of the loss for that output.
        input_gradient : bool
            Whether the gradient for the input is wanted. The first layer of a network in training
            can leave it out.

        Returns
        -------
        array, shape of the last input, or None
            Gradient of the loss for that input.

        Raises
        ------
        RuntimeError
            If the layer has computed nothing yet.
        ValueError
            If `gradient` has not the shape of the last output.
        """
        raise NotImplementedError

    def parameters(self) -> list[Parameter]:
        """Return the parameters: weights first, then biases."""
        return list(self._parameters().values())

    def _parameters(self) -> dict[str, Parameter]:
        return {name: value for name, value in vars(self).items() if isinstance(value, Parameter)}

    def _arguments(self) -> dict[str, Any]:
        """Return the settings as `torch.nn` takes them: the bias as whether there is one."""
        given = {name: getattr(self, name) for name in self._settings}
        return {
            name: value is not None if name == "bias" else value for name, value in given.items()
        }

    def zero_grad(self) -> None:
        """Set all gradients to zero."""
        for parameter in self.parameters():
            parameter.grad[...] = 0

    def to_torch(self) -> Any:
        """Make the same layer of `torch.nn`, with a copy of the parameters.

        Returns
        -------
        torch.nn.Module
            In the parameters' dtype.

        Raises
        ------
        ModuleNotFoundError
            If torch is not installed.
        """
        import torch

        module = getattr(torch.nn, type(self).__name__)(**self._arguments())
        for name, parameter in self._parameters().items():
            setattr(module, name, torch.nn.Parameter(torch.from_numpy(parameter.data.copy())))
        return module

    def load_torch(self, module: Any) -> None:
        """Copy the parameters of the same layer of `torch.nn`.

        Parameters
        ----------
        module : torch.nn.Module
            Of the same name, with the same settings.

        Raises
        ------
        ValueError
            If it is another layer, or one with other settings.
        """
        name = type(self).__name__
        if type(module).__name__ != name:
            raise ValueError(
                f"{name}.load_torch: module must be a torch.nn.{name}, got {describe(module)}"
            )
        if (mode := getattr(module, "padding_mode", "zeros")) != "zeros":
            raise ValueError(f"{name}.load_torch: module must pad with zeros, not in mode {mode!r}")
        given = self._arguments()
        for setting, ours in given.items():
            theirs = getattr(module, setting)
            if setting == "bias":
                theirs = theirs is not None
            elif isinstance(theirs, str):
                window = (given[key] for key in ("kernel_size", "stride", "dilation"))
                theirs = padding_in_numbers(name, theirs, *window)
            if _pairs(ours) != _pairs(theirs):
                raise ValueError(
                    f"{name}.load_torch: module must have {setting}={ours}, got {theirs}"
                )
        for key, parameter in self._parameters().items():
            parameter.data[...] = getattr(module, key).detach().cpu().numpy()

    def _remember(self, output: Array) -> Array:
        # Its shape and dtype are what matters: no reason to keep all of it.
        self._output_like = np.broadcast_to(np.zeros((), output.dtype), output.shape)
        return output

    def _upstream(self, gradient: ArrayLike) -> Array:
        """Check the gradient that comes back against the output that went out."""
        name, output = f"{type(self).__name__}.backward", self._output_like
        if output is None:
            raise RuntimeError(f"{name}: there is no output yet; call the layer first")
        checked = arrays(name, "floats", gradient=gradient, output=output)[0]
        if checked.shape != output.shape:
            raise ValueError(
                f"{name}: gradient must have the shape of the output, {output.shape}, "
                f"got {checked.shape}"
            )
        return checked

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self._arguments().items())
        return f"{type(self).__name__}({shown})"


def first_parameters(
    shape: tuple[int, ...],
    outputs: int,
    with_bias: bool,
    rng: np.random.Generator | None,
    dtype: DTypeLike,
) -> tuple[Parameter, Parameter | None]:
    """Draw the first weights and biases as torch does: uniform between ±1/√fan_in."""
    generator = np.random.default_rng(0) if rng is None else rng
    limit = 1 / math.sqrt(math.prod(shape[1:]))
    weight = Parameter(generator.uniform(-limit, limit, shape).astype(dtype))
    if not with_bias:
        return weight, None
    return weight, Parameter(generator.uniform(-limit, limit, outputs).astype(dtype))


def padding_in_numbers(name: str, padding: Any, kernel: Pair, stride: Pair, dilation: Pair) -> Pair:
    """Return the padding in numbers."""
    if not isinstance(padding, str):
        return pair(name, "padding", padding, 0)
    if choice(name, "padding", padding, ("valid", "same")) == "valid":
        return 0, 0
    both_sides = [d * (k - 1) for d, k in zip(dilation, kernel, strict=True)]
    if stride != (1, 1) or any(zeros % 2 for zeros in both_sides):
        raise ValueError(
            f"{name}: padding 'same' needs stride 1 and an even dilation · (kernel_size − 1), so "
            f"that both sides get as many zeros; got stride {stride}, kernel_size {kernel}, "
            f"dilation {dilation}. Pad the input first, with cnncourse.functional.pad"
        )
    return both_sides[0] // 2, both_sides[1] // 2


def checked_groups(name: str, groups: Any, in_channels: int, out_channels: int) -> int:
    """Return the number of groups, which must divide both numbers of channels."""
    parts = integer(name, "groups", groups, 1)
    if in_channels % parts or out_channels % parts:
        raise ValueError(
            f"{name}: groups={parts} must divide in_channels {in_channels} and out_channels "
            f"{out_channels}"
        )
    return parts


def _pairs(setting: Any) -> Any:
    """Spell a number that stands for two axes as a pair."""
    return (setting, setting) if type(setting) is int else tuple(np.ravel(setting))

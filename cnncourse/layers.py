"""Layers that learn, in NumPy: forward and backward next to each other.

A layer is a function with parameters. ``layer(x)`` computes its output and remembers what it was
computed from; ``layer.backward(gradient)`` takes the gradient of the loss for that output, adds to
each parameter's ``grad`` what the loss wants of it, and returns the gradient for the input, which
is the output of the layer before. So a whole network is a list read once forward and once
backward. Names, settings, shapes and meaning are those of `torch.nn`.

Every backward pass is the adjoint of its forward pass. A convolution reads windows, so its gradient
for the input scatters them; a transposed convolution scatters, so its gradient reads windows; a
pooling reads windows and reports one number, so its gradient puts that number's share back.

Examples
--------
A network learns which of two pictures has its bright column on the left.

>>> pictures = np.array([[[[1.0, 0.0], [1.0, 0.0]]], [[[0.0, 1.0], [0.0, 1.0]]]])
>>> network = Sequential(Conv2d(1, 2, kernel_size=2), ReLU(), Flatten(), Linear(2, 2))
>>> loss, optimizer = CrossEntropyLoss(), SGD(network.parameters(), lr=0.5)
>>> for step in range(50):
...     value = loss(network(pictures), [0, 1])
...     optimizer.zero_grad()
...     _ = network.backward(loss.backward())
...     optimizer.step()
>>> network(pictures).argmax(1)
array([0, 1])
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from cnncourse import _gemm, _settings, functional
from cnncourse._arguments import Array, array, arrays, integers
from cnncourse._integers import IntOrPair, describe, flag, integer, pair
from cnncourse._layer import Layer, Parameter, checked_groups, first_parameters, padding_in_numbers
from cnncourse.windows import slide_back, slide_over

__all__ = [
    "SGD",
    "AvgPool2d",
    "Conv2d",
    "ConvTranspose2d",
    "CrossEntropyLoss",
    "Flatten",
    "Layer",
    "Linear",
    "MSELoss",
    "MaxPool2d",
    "Parameter",
    "ReLU",
    "Sequential",
]


class Conv2d(Layer):
    """Slide filters over images: `cnncourse.functional.conv2d` with weights that learn.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input, and filters.
    kernel_size, stride, dilation : int or pair of int
        The window, (vertical, horizontal).
    padding : int, pair of int, "valid" or "same"
        Zeros added on each side; "same" for stride 1 and as many zeros on both sides.
    groups : int
        Into how many equal parts the channels are split.
    bias : bool
        Whether each filter adds a number of its own.
    rng : numpy.random.Generator, optional
        Draws the first weights and biases, uniform between ±1/√fan_in as in torch, where fan_in
        counts the weights of a filter. Without it, a generator of seed 0.
    dtype : dtype
        Of the parameters; the input must have it too.

    Attributes
    ----------
    weight : Parameter, shape (C_out, C_in / groups, kh, kw)
    bias : Parameter, shape (C_out,), or None

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range; when called, as `cnncourse.functional.conv2d`.

    Examples
    --------
    >>> layer = Conv2d(1, 1, kernel_size=(1, 2), bias=False)
    >>> layer.weight.data[...] = [[[[1, 2]]]]
    >>> layer([[[[1, 2, 3, 4]]]])
    array([[[[ 5.,  8., 11.]]]])

    Each window sends back filter times gradient; each weight collects what it met.

    >>> layer.backward([[[[1, 10, 100]]]])
    array([[[[  1.,  12., 120., 200.]]]])
    >>> layer.weight.grad
    array([[[[321., 432.]]]])
    """

    _settings = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "dilation",
        "groups",
        "bias",
    )

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: str | IntOrPair = 0,
        dilation: IntOrPair = 1,
        groups: int = 1,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        name = "Conv2d"
        self.in_channels = integer(name, "in_channels", in_channels, 1)
        self.out_channels = integer(name, "out_channels", out_channels, 1)
        self.kernel_size = pair(name, "kernel_size", kernel_size, 1)
        self.stride = pair(name, "stride", stride, 1)
        self.dilation = pair(name, "dilation", dilation, 1)
        self.padding = padding_in_numbers(
            name, padding, self.kernel_size, self.stride, self.dilation
        )
        self.groups = checked_groups(name, groups, self.in_channels, self.out_channels)
        shape = (self.out_channels, self.in_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = first_parameters(
            shape, self.out_channels, flag(name, "bias", bias), rng, dtype
        )

    def forward(self, input: ArrayLike) -> Array:
        """Multiply every window by every filter, and add.

        Shape (N, C_in, H, W) or (C_in, H, W) gives (N, C_out, H_out, W_out) or without N.
        """
        self.input = _as_array(self, input)
        return self._remember(
            functional.conv2d(self.input, self.weight.data, _data(self.bias), *self._slide())
        )

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Scatter filter times gradient; see `Layer.backward`."""
        upstream, images = _batch(self._upstream(gradient)), _batch(self.input)
        size = self.weight.shape
        self.weight.grad += functional.conv2d_weight(images, size, upstream, *self._slide())
        if self.bias is not None:
            self.bias.grad += upstream.sum((0, 2, 3))
        if not input_gradient:
            return None
        back = functional.conv2d_input(images.shape, self.weight.data, upstream, *self._slide())
        return back.reshape(self.input.shape)

    def _slide(self) -> tuple[Any, ...]:
        return self.stride, self.padding, self.dilation, self.groups


class ConvTranspose2d(Layer):
    """Stamp filters: `cnncourse.functional.conv_transpose2d` with weights that learn.

    It is the adjoint of a `Conv2d` from C_out to C_in channels, so its backward pass is that
    convolution.

    Parameters
    ----------
    in_channels, out_channels : int
        Channels of the input and of the output.
    kernel_size, stride, padding, output_padding, dilation : int or pair of int
        As for `cnncourse.functional.conv_transpose2d`.
    groups : int
        Into how many equal parts the channels are split.
    bias : bool
        Whether each output channel adds a number of its own.
    rng, dtype
        As for `Conv2d`; torch counts as fan_in here the weights that one input channel has.

    Attributes
    ----------
    weight : Parameter, shape (C_in, C_out / groups, kh, kw)
    bias : Parameter, shape (C_out,), or None

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range; when called, as `cnncourse.functional.conv_transpose2d`.

    Examples
    --------
    >>> layer = ConvTranspose2d(1, 1, kernel_size=(1, 3), stride=2, bias=False)
    >>> layer.weight.data[...] = 1
    >>> layer([[[[1, 2]]]])
    array([[[[1., 1., 3., 2., 2.]]]])
    >>> layer.backward([[[[1, 10, 100, 1000, 10000]]]])
    array([[[[  111., 11100.]]]])
    """

    _settings = (
        "in_channels",
        "out_channels",
        "kernel_size",
        "stride",
        "padding",
        "output_padding",
        "groups",
        "bias",
        "dilation",
    )

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: IntOrPair,
        stride: IntOrPair = 1,
        padding: IntOrPair = 0,
        output_padding: IntOrPair = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: IntOrPair = 1,
        *,
        rng: np.random.Generator | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        name = "ConvTranspose2d"
        self.in_channels = integer(name, "in_channels", in_channels, 1)
        self.out_channels = integer(name, "out_channels", out_channels, 1)
        self.kernel_size = pair(name, "kernel_size", kernel_size, 1)
        self.stride = pair(name, "stride", stride, 1)
        self.padding = pair(name, "padding", padding, 0)
        self.output_padding = pair(name, "output_padding", output_padding, 0)
        self.dilation = pair(name, "dilation", dilation, 1)
        self.groups = checked_groups(name, groups, self.in_channels, self.out_channels)
        shape = (self.in_channels, self.out_channels // self.groups, *self.kernel_size)
        self.weight, self.bias = first_parameters(
            shape, self.out_channels, flag(name, "bias", bias), rng, dtype
        )

    def forward(self, input: ArrayLike) -> Array:
        """Put the filters down, each multiplied by the input's value there, and add.

        Shape (N, C_in, H, W) or (C_in, H, W) gives (N, C_out, H_out, W_out) or without N.
        """
        self.input = _as_array(self, input)
        weight, bias = self.weight.data, _data(self.bias)
        output = functional.conv_transpose2d(self.input, weight, bias, *self._slide())
        return self._remember(output)

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Read the gradient through windows, one for each stamp; see `Layer.backward`."""
        upstream, images = _batch(self._upstream(gradient)), _batch(self.input)
        slide, groups, _ = _settings.transposed_convolution(
            "ConvTranspose2d", images, self.weight.data, None, *self._slide()
        )
        self.weight.grad += _gemm.correlate_weight(upstream, images, slide, groups)
        if self.bias is not None:
            self.bias.grad += upstream.sum((0, 2, 3))
        if not input_gradient:
            return None
        back = _gemm.correlate(upstream, self.weight.data, slide, groups)
        return back.reshape(self.input.shape)

    def _slide(self) -> tuple[Any, ...]:
        return self.stride, self.padding, self.output_padding, self.groups, self.dilation


class MaxPool2d(Layer):
    """Report the largest value of every window: `cnncourse.functional.max_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, dilation, ceil_mode
        As for `cnncourse.functional.max_pool2d`.

    Raises
    ------
    TypeError, ValueError
        When called, as `cnncourse.functional.max_pool2d`.

    Examples
    --------
    Only the largest value is told to change; of equal ones, the first.

    >>> layer = MaxPool2d(2)
    >>> layer([[[[1.0, 5.0, 3.0, 3.0], [2.0, 4.0, 3.0, 3.0]]]])
    array([[[[5., 3.]]]])
    >>> layer.backward([[[[10, 20]]]])
    array([[[[ 0., 10., 20.,  0.],
             [ 0.,  0.,  0.,  0.]]]])
    """

    _settings = ("kernel_size", "stride", "padding", "dilation", "ceil_mode")

    def __init__(
        self,
        kernel_size: IntOrPair,
        stride: IntOrPair | None = None,
        padding: IntOrPair = 0,
        dilation: IntOrPair = 1,
        ceil_mode: bool = False,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.ceil_mode = ceil_mode

    def forward(self, input: ArrayLike) -> Array:
        """Find the maxima. Shape (N, C, H, W) or (C, H, W) gives the same with H_out, W_out."""
        self.input = array("MaxPool2d", "input", input, "floats")
        self.output = np.asarray(functional.max_pool2d(self.input, **self._arguments()))
        return self._remember(self.output)

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Give each window's gradient to the pixel that won; see `Layer.backward`."""
        upstream = self._upstream(gradient)
        if not input_gradient:
            return None
        size = self.input.shape[-2:]
        slide = _settings.pooling("MaxPool2d", self.input, **self._arguments())
        patches, inside = slide_over(self.input, slide), slide_over(np.ones(size), slide)
        shares = _empty_patches(patches)
        undecided: Any = True
        for i, j in np.ndindex(slide.kernel):
            value = patches[..., i, j]
            # NaN is the only value that differs from itself, and counts as the largest.
            wins = undecided & (inside[..., i, j] > 0) & ((value == self.output) | (value != value))
            shares[..., i, j] = np.where(wins, upstream, 0)
            undecided = undecided & ~wins
        return slide_back(shares, slide, (size[0], size[1]))


class AvgPool2d(Layer):
    """Report the mean of every window: `cnncourse.functional.avg_pool2d`.

    Parameters
    ----------
    kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override
        As for `cnncourse.functional.avg_pool2d`.

    Raises
    ------
    TypeError, ValueError
        When called, as `cnncourse.functional.avg_pool2d`.

    Examples
    --------
    Every pixel of a window has an equal share in its mean.

    >>> layer = AvgPool2d(2)
    >>> layer([[[[1.0, 5.0], [2.0, 4.0]]]])
    array([[[[3.]]]])
    >>> layer.backward([[[[10]]]])
    array([[[[2.5, 2.5],
             [2.5, 2.5]]]])
    """

    _settings = (
        "kernel_size",
        "stride",
        "padding",
        "ceil_mode",
        "count_include_pad",
        "divisor_override",
    )

    def __init__(
        self,
        kernel_size: IntOrPair,
        stride: IntOrPair | None = None,
        padding: IntOrPair = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: ArrayLike) -> Array:
        """Take the means. Shape (N, C, H, W) or (C, H, W) gives the same with H_out, W_out."""
        self.input = array("AvgPool2d", "input", input, "floats")
        return self._remember(functional.avg_pool2d(self.input, **self._arguments()))

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Give every pixel of a window its share; see `Layer.backward`."""
        upstream = self._upstream(gradient)
        if not input_gradient:
            return None
        size = self.input.shape[-2:]
        slide = _settings.pooling(
            "AvgPool2d", self.input, self.kernel_size, self.stride, self.padding, 1, self.ceil_mode
        )
        divisor = self.divisor_override or functional._pixels_in_windows(
            size, slide, self.count_include_pad
        )
        shares = _empty_patches(slide_over(self.input, slide))
        shares[...] = (upstream / divisor)[..., None, None]
        return slide_back(shares, slide, (size[0], size[1]))


class ReLU(Layer):
    """Replace negative numbers by zero.

    Examples
    --------
    >>> layer = ReLU()
    >>> layer([[-1.0, 0.0, 2.0]])
    array([[0., 0., 2.]])
    >>> layer.backward([[10, 10, 10]])
    array([[ 0.,  0., 10.]])
    """

    def forward(self, input: ArrayLike) -> Array:
        """Compute max(input, 0), in any shape."""
        self.output = functional.relu(array("ReLU", "input", input, "floats"))
        return self._remember(self.output)

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Let the gradient pass where the output is positive; see `Layer.backward`."""
        upstream = self._upstream(gradient)
        # As torch: at 0 nothing passes, where the input is no number everything does.
        return np.where(self.output <= 0, 0, upstream) if input_gradient else None


class Flatten(Layer):
    """Write the values of each picture in one row: (N, C, H, W) becomes (N, C · H · W).

    Examples
    --------
    >>> layer = Flatten()
    >>> layer(np.zeros((5, 2, 3, 4))).shape
    (5, 24)
    >>> layer.backward(np.zeros((5, 24))).shape
    (5, 2, 3, 4)
    """

    def forward(self, input: ArrayLike) -> Array:
        """Keep the first axis, and make one of all others."""
        values = array("Flatten", "input", input, "moves")
        if values.ndim < 2:
            raise ValueError(
                f"Flatten: input must have a batch axis and others, got shape {values.shape}"
            )
        self._unflattened = values.shape
        return self._remember(values.reshape(len(values), math.prod(values.shape[1:])))

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Give the gradient the shape of the input; see `Layer.backward`."""
        upstream = self._upstream(gradient)
        return upstream.reshape(self._unflattened) if input_gradient else None


class Linear(Layer):
    """Weigh and add all values: a dense layer.

    Parameters
    ----------
    in_features, out_features : int
        Length of the input's and of the output's last axis.
    bias : bool
        Whether each output adds a number of its own.
    rng, dtype
        As for `Conv2d`.

    Attributes
    ----------
    weight : Parameter, shape (out_features, in_features)
    bias : Parameter, shape (out_features,), or None

    Raises
    ------
    TypeError, ValueError
        If a setting is out of range; when called, as `cnncourse.functional.linear`.

    Examples
    --------
    >>> layer = Linear(3, 1, bias=False)
    >>> layer.weight.data[...] = [[1, 10, 100]]
    >>> layer([[1, 2, 3]])
    array([[321.]])
    >>> layer.backward([[2]])
    array([[  2.,  20., 200.]])
    >>> layer.weight.grad
    array([[2., 4., 6.]])
    """

    _settings = ("in_features", "out_features", "bias")

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        *,
        rng: np.random.Generator | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        self.in_features = integer("Linear", "in_features", in_features, 1)
        self.out_features = integer("Linear", "out_features", out_features, 1)
        shape = (self.out_features, self.in_features)
        self.weight, self.bias = first_parameters(
            shape, self.out_features, flag("Linear", "bias", bias), rng, dtype
        )

    def forward(self, input: ArrayLike) -> Array:
        """Multiply by the weights. Shape (…, in_features) gives (…, out_features)."""
        self.input = _as_array(self, input)
        return self._remember(functional.linear(self.input, self.weight.data, _data(self.bias)))

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Multiply by the weights transposed; see `Layer.backward`."""
        upstream = self._upstream(gradient)
        rows = upstream.reshape(-1, self.out_features)
        self.weight.grad += rows.T @ self.input.reshape(-1, self.in_features)
        if self.bias is not None:
            self.bias.grad += rows.sum(0)
        return upstream @ self.weight.data if input_gradient else None


class Sequential(Layer):
    """One layer after the other, each given what the one before computed.

    Parameters
    ----------
    *layers : Layer

    Raises
    ------
    TypeError
        If something given is no layer.

    Examples
    --------
    >>> network = Sequential(Conv2d(1, 8, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(72, 10))
    >>> network(np.zeros((5, 1, 8, 8))).shape
    (5, 10)
    >>> sum(parameter.data.size for parameter in network.parameters())
    810
    >>> network[0]
    Conv2d(in_channels=1, out_channels=8, kernel_size=(3, 3), stride=(1, 1), padding=(0, 0), \
dilation=(1, 1), groups=1, bias=True)
    """

    def __init__(self, *layers: Layer) -> None:
        for i, layer in enumerate(layers):
            if not isinstance(layer, Layer):
                raise TypeError(f"Sequential: layers[{i}] must be a layer, got {describe(layer)}")
        self.layers = list(layers)

    def forward(self, input: ArrayLike) -> Array:
        """Call every layer, first to last."""
        output = np.asarray(input)
        for layer in self.layers:
            output = layer(output)
        return self._remember(output)

    def backward(self, gradient: ArrayLike, input_gradient: bool = True) -> Array | None:
        """Ask every layer, last to first; see `Layer.backward`.

        Without `input_gradient` it ends at the first layer that has parameters, and leaves out
        the gradient for that layer's input: nobody is there to use it.
        """
        back: Any = self._upstream(gradient)
        learning = [i for i, layer in enumerate(self.layers) if layer.parameters()]
        first = 0 if input_gradient or not learning else learning[0]
        for i in range(len(self.layers) - 1, first - 1, -1):
            back = self.layers[i].backward(back, input_gradient or i > first)
        return back if input_gradient else None

    def _parameters(self) -> dict[str, Parameter]:
        return {
            f"{i}.{name}": parameter
            for i, layer in enumerate(self.layers)
            for name, parameter in layer._parameters().items()
        }

    def to_torch(self) -> Any:
        """Make the same `torch.nn.Sequential`; see `Layer.to_torch`."""
        import torch

        return torch.nn.Sequential(*(layer.to_torch() for layer in self.layers))

    def load_torch(self, module: Any) -> None:
        """Copy the parameters of the same `torch.nn.Sequential`; see `Layer.load_torch`."""
        modules = list(module) if type(module).__name__ == "Sequential" else []
        if len(modules) != len(self.layers):
            raise ValueError(
                f"Sequential.load_torch: module must be a torch.nn.Sequential of "
                f"{len(self.layers)} layers, got {describe(module)}"
            )
        for layer, each in zip(self.layers, modules, strict=True):
            layer.load_torch(each)

    def __len__(self) -> int:
        return len(self.layers)

    def __getitem__(self, index: int) -> Layer:
        return self.layers[index]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __repr__(self) -> str:
        return f"Sequential({', '.join(map(repr, self.layers))})"


class CrossEntropyLoss:
    """Softmax and cross-entropy in one: how surprising the right classes are, on average.

    Examples
    --------
    The gradient is what softmax says, less what is right, shared among the pictures.

    >>> loss = CrossEntropyLoss()
    >>> print(round(loss([[0.0, 0.0]], [1]), 4))
    0.6931
    >>> loss.backward()
    array([[ 0.5, -0.5]])
    """

    def __call__(self, input: ArrayLike, target: ArrayLike) -> float:
        """Compute the loss.

        Parameters
        ----------
        input : array, shape (N, C)
            Scores of the C classes, as floats, before any softmax.
        target : array of int, shape (N,)
            The right classes.

        Returns
        -------
        float
            Mean of −log softmax(input)[target].

        Raises
        ------
        TypeError, ValueError
            If shapes do not fit together or a class does not exist.
        """
        self.input = array("CrossEntropyLoss", "input", input, "floats")
        self.target = integers("CrossEntropyLoss", "target", target)
        if self.input.ndim != 2:
            raise ValueError(
                f"CrossEntropyLoss: input must have shape (N, C), got {self.input.shape}"
            )
        last = self.input.shape[1] - 1
        if wrong := [int(label) for label in self.target.flat if not 0 <= label <= last]:
            raise ValueError(
                f"CrossEntropyLoss: target must hold classes from 0 to {last}, got {wrong[0]}"
            )
        return float(functional.cross_entropy(self.input, self.target))

    def backward(self) -> Array:
        """Return the gradient of the last loss for its input, shape (N, C)."""
        probabilities = functional.softmax(self.input, 1)
        probabilities[np.arange(len(self.target)), self.target] -= 1
        return probabilities / len(self.target)


class MSELoss:
    """The mean of the squared differences.

    Examples
    --------
    >>> loss = MSELoss()
    >>> loss([[3.0, 5.0]], [[1.0, 5.0]])
    2.0
    >>> loss.backward()
    array([[2., 0.]])
    """

    def __call__(self, input: ArrayLike, target: ArrayLike) -> float:
        """Compute the loss.

        Parameters
        ----------
        input, target : array
            Of one shape and one dtype.

        Returns
        -------
        float
            Mean of (input − target)² over all elements.

        Raises
        ------
        TypeError, ValueError
            If shapes or dtypes differ, or they hold no floats.
        """
        values, wanted = arrays("MSELoss", "floats", input=input, target=target)
        if values.shape != wanted.shape:
            raise ValueError(
                f"MSELoss: input and target must have the same shape, got {values.shape} and "
                f"{wanted.shape}"
            )
        self.difference = values - wanted
        return float(np.mean(self.difference**2))

    def backward(self) -> Array:
        """Return the gradient of the last loss for its input."""
        return 2 * self.difference / self.difference.size


class SGD:
    """Stochastic gradient descent, with momentum if wanted: `torch.optim.SGD`.

    Parameters
    ----------
    parameters : iterable of Parameter
        What to change.
    lr : float
        Learning rate: how far to go against the gradient.
    momentum : float
        How much of the last step's velocity is kept.
    weight_decay : float
        How strongly every number is pulled toward zero.

    Raises
    ------
    ValueError
        If there are no parameters, or a number is negative.

    Examples
    --------
    >>> number = Parameter(np.array([1.0]))
    >>> optimizer = SGD([number], lr=0.1, momentum=0.5)
    >>> for step in range(2):
    ...     number.grad[...] = 1
    ...     optimizer.step()
    ...     print(number.data.round(2))
    [0.9]
    [0.75]
    """

    def __init__(
        self,
        parameters: Iterable[Parameter],
        lr: float,
        momentum: float = 0.0,
        weight_decay: float = 0.0,
    ) -> None:
        self.parameters = list(parameters)
        if not self.parameters:
            raise ValueError("SGD: parameters is empty, so there is nothing to learn")
        for name, value in (("lr", lr), ("momentum", momentum), ("weight_decay", weight_decay)):
            if not value >= 0:
                raise ValueError(f"SGD: {name} must be at least 0, got {value}")
        self.lr, self.momentum, self.weight_decay = lr, momentum, weight_decay
        self._velocities = [np.zeros_like(parameter.data) for parameter in self.parameters]

    def zero_grad(self) -> None:
        """Set all gradients to zero, before the next backward pass adds to them."""
        for parameter in self.parameters:
            parameter.grad[...] = 0

    def step(self) -> None:
        """Set velocity ← momentum · velocity + grad, then data ← data − lr · velocity."""
        for parameter, velocity in zip(self.parameters, self._velocities, strict=True):
            velocity *= self.momentum
            velocity += parameter.grad + self.weight_decay * parameter.data
            parameter.data -= self.lr * velocity


def _as_array(layer: Conv2d | ConvTranspose2d | Linear, input: ArrayLike) -> Array:
    """Read the input; lists take the dtype of the weights."""
    name = type(layer).__name__
    return arrays(name, "floats", input=input, weight=layer.weight.data)[0]


def _data(parameter: Parameter | None) -> Array | None:
    return None if parameter is None else parameter.data


def _batch(images: Array) -> Array:
    """(C, H, W) as a batch of one; (N, C, H, W) as it is."""
    return images[None] if images.ndim == 3 else images


def _empty_patches(patches: Array) -> Array:
    """Make room for as many windows, each position of the kernel in one piece of memory."""
    *places, kh, kw = patches.shape
    return np.moveaxis(np.empty((kh, kw, *places), patches.dtype), (0, 1), (-2, -1))

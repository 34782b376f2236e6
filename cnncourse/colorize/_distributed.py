"""Training in several processes, each with a share of every batch, as if it were one process.

PyTorch's `torchrun` starts the processes and PyTorch's DistributedDataParallel adds up their
gradients. What is here sees to it that the sum is the same number that one process would find:
a share counts by how many pictures it has, and batch normalization takes its mean and variance
over the whole batch.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

Value = TypeVar("Value")


@dataclass(frozen=True)
class Workers:
    """The processes that train together.

    Attributes
    ----------
    rank
        Which one this is, from 0. The first one also judges, writes and prints.
    count
        How many there are.

    Examples
    --------
    >>> [Workers(rank, 2).share(np.arange(5)).tolist() for rank in range(2)]
    [[0, 1, 2], [3, 4]]
    """

    rank: int = 0
    count: int = 1

    @classmethod
    def here(cls) -> Workers:
        """Return the processes that joined in :func:`joined`; without that, this one alone."""
        if distributed.is_available() and distributed.is_initialized():
            return cls(distributed.get_rank(), distributed.get_world_size())
        return cls()

    @property
    def first(self) -> bool:
        """Whether this is the process that judges, writes and prints."""
        return self.rank == 0

    def share(self, batch: np.ndarray) -> np.ndarray:
        """Return this process's part of a batch; where it does not come out even, some get more."""
        return np.array_split(batch, self.count)[self.rank]

    def total(self, *values: float) -> list[float]:
        """Return the sums of these numbers over all processes."""
        if self.count == 1:
            return list(values)
        sums = torch.tensor(values, dtype=torch.float64, device=_meeting_place())
        distributed.all_reduce(sums)
        return [float(value) for value in sums]

    def from_first(self, value: Value) -> Value:
        """Return what the first process passes; what the others pass does not matter."""
        if self.count == 1:
            return value
        box = [value if self.first else None]
        distributed.broadcast_object_list(box, src=0, device=_meeting_place())
        return box[0]  # type: ignore[return-value]

    def parallel(self, network: nn.Module, *, some_unused: bool) -> nn.Module:
        """Return the network, or where there are several processes, one that trains with theirs.

        Parameters
        ----------
        network
            Its batch normalizations are replaced by ones that look at all processes' pictures;
            names and numbers stay.
        some_unused
            Whether the loss does not depend on some of the weights.
        """
        if self.count == 1:
            return network
        device = next(network.parameters()).device
        if device.type == "cuda":
            network = nn.SyncBatchNorm.convert_sync_batchnorm(network)
        else:
            share_statistics(network)
        return DistributedDataParallel(
            network,
            device_ids=[device] if device.type == "cuda" else None,
            find_unused_parameters=some_unused,
        )


@contextmanager
def joined(device: torch.device) -> Iterator[Workers]:
    """Join the other processes that `torchrun` has started, if it did and they have not joined.

    Parameters
    ----------
    device
        Where this process computes: it decides in which way the processes talk.
    """
    several = int(os.environ.get("WORLD_SIZE", "1")) > 1
    if not several or distributed.is_initialized():
        yield Workers.here()
        return
    if device.type == "cuda":
        torch.cuda.set_device(device)
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    try:
        yield Workers.here()
    finally:
        distributed.destroy_process_group()


def _meeting_place() -> torch.device:
    """Return where tensors must be for the processes to exchange them."""
    if distributed.get_backend() == "nccl":
        return torch.device("cuda", torch.cuda.current_device())
    return torch.device("cpu")


class _Normalize(torch.autograd.Function):
    """Batch normalization over the pictures of all processes, and its gradient.

    Each process may have another number of pictures. Forward, the processes exchange their counts,
    means and sums of squared deviations, which are put together as one would for two samples:
    the squares within the groups, plus the squares of the groups' means around the common mean.
    Backward, they add up the two sums over a whole batch that the gradient contains.
    """

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, eps: float
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Return the output, of x's shape, and the batch's mean, variance and count."""
        wide = x.double() if x.dtype == torch.float64 else x.float()
        count = x.numel() // x.shape[1]
        own_mean = wide.mean((0, 2, 3))
        own_squares = (wide - _column(own_mean)).square().sum((0, 2, 3))
        counts, means, squares = _exchange(
            torch.stack([torch.full_like(own_mean, count), own_mean, own_squares])
        ).unbind(1)
        total = counts.sum(0)
        mean = (counts * means).sum(0) / total
        variance = (squares + counts * (means - mean).square()).sum(0) / total
        deviation = (variance + eps).sqrt()
        normal = (wide - _column(mean)) / _column(deviation)
        ctx.save_for_backward(normal, weight, deviation, total)
        ctx.mark_non_differentiable(mean, variance, total)
        y = normal * _column(weight) + _column(bias)
        return y.to(x.dtype), mean, variance, total

    @staticmethod
    def backward(ctx: Any, dy: Tensor, *_: Any) -> tuple[Tensor, Tensor, Tensor, None]:
        """Return the gradients for x, and for weight and bias from this process's pictures."""
        normal, weight, deviation, total = ctx.saved_tensors
        wide = dy.to(normal.dtype)
        d_bias = wide.sum((0, 2, 3))
        d_weight = (wide * normal).sum((0, 2, 3))
        all_bias, all_weight = (_exchange(torch.stack([d_bias, d_weight])).sum(0) / total).unbind(0)
        d_normal = wide - _column(all_bias) - normal * _column(all_weight)
        return (d_normal * _column(weight / deviation)).to(dy.dtype), d_weight, d_bias, None


class SharedBatchNorm2d(nn.BatchNorm2d):
    """Batch normalization over the pictures of all processes, on processors of any kind.

    It is :class:`torch.nn.SyncBatchNorm`, which computes on graphics cards only, for CPUs.
    Parameters and their names are those of :class:`torch.nn.BatchNorm2d`; so is what it does in
    evaluation, or when one process is alone.
    """

    def forward(self, x: Tensor) -> Tensor:
        """Normalize x, shape (N, C, H, W), N that of this process's share."""
        if not self.training or Workers.here().count == 1:
            return super().forward(x)
        y, mean, variance, total = _Normalize.apply(x, self.weight, self.bias, self.eps)
        with torch.no_grad():
            unbiased = variance * (total / (total - 1))
            self.running_mean.lerp_(mean.to(self.running_mean), self.momentum)  # type: ignore[union-attr,arg-type]
            self.running_var.lerp_(unbiased.to(self.running_var), self.momentum)  # type: ignore[union-attr,arg-type]
            self.num_batches_tracked.add_(1)  # type: ignore[union-attr]
        return y


def share_statistics(network: nn.Module) -> None:
    """Turn all batch normalizations in a network into :class:`SharedBatchNorm2d`, weights kept.

    Examples
    --------
    >>> network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    >>> share_statistics(network)
    >>> type(network[1]).__name__, list(network.state_dict())[2]
    ('SharedBatchNorm2d', '1.weight')
    """
    for module in network.modules():
        if type(module) is nn.BatchNorm2d:
            # The two differ in `forward` alone: what the module holds may stay where it is.
            module.__class__ = SharedBatchNorm2d


def _exchange(values: Tensor) -> Tensor:
    """Return the values of all processes, of shape (count, *values.shape), in their order."""
    workers = Workers.here()
    rows = values.new_zeros((workers.count, *values.shape))
    rows[workers.rank] = values
    if workers.count > 1:
        distributed.all_reduce(rows)
    return rows


def _column(values: Tensor) -> Tensor:
    """Return values of shape (C,) as (1, C, 1, 1)."""
    return values.reshape(1, -1, 1, 1)

"""Interactive figures: widgets in a notebook, live in the book's pages, tables everywhere else."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnncourse.figures._figure import Figure
    from cnncourse.figures.backward import Backward
    from cnncourse.figures.channels import Channels
    from cnncourse.figures.colorize import Colorize
    from cnncourse.figures.conv_matrix import ConvMatrix
    from cnncourse.figures.kernel_bench import KernelBench
    from cnncourse.figures.look_inside import LookInside
    from cnncourse.figures.output_size import OutputSize
    from cnncourse.figures.padding_modes import PaddingModes
    from cnncourse.figures.pixels import Pixels
    from cnncourse.figures.pooling_shift import PoolingShift
    from cnncourse.figures.question import Question
    from cnncourse.figures.receptive_field import ReceptiveField
    from cnncourse.figures.sliding_window import SlidingWindow
    from cnncourse.figures.stamp import Stamp

__all__ = [
    "Backward",
    "Channels",
    "Colorize",
    "ConvMatrix",
    "Figure",
    "KernelBench",
    "LookInside",
    "OutputSize",
    "PaddingModes",
    "Pixels",
    "PoolingShift",
    "Question",
    "ReceptiveField",
    "SlidingWindow",
    "Stamp",
]

# A figure's module is read when its class is first asked for: a chapter that shows one figure
# does not load the photographs of another.
_MODULES = {
    "Backward": "backward",
    "Channels": "channels",
    "Colorize": "colorize",
    "ConvMatrix": "conv_matrix",
    "Figure": "_figure",
    "KernelBench": "kernel_bench",
    "LookInside": "look_inside",
    "OutputSize": "output_size",
    "PaddingModes": "padding_modes",
    "Pixels": "pixels",
    "PoolingShift": "pooling_shift",
    "Question": "question",
    "ReceptiveField": "receptive_field",
    "SlidingWindow": "sliding_window",
    "Stamp": "stamp",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)

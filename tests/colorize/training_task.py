"""A task so small that a training takes a tenth of a second: what the tests of training share."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.train import Settings, train

COUNT, SIZE = 20, 8


def pictures(seed: int = 0) -> np.ndarray:
    """Dark red and light green in random halves, uint8 of shape (20, 8, 8, 3): light tells hue."""
    rng = np.random.default_rng(seed)
    colors = np.array([(150, 40, 40), (140, 230, 140)]) + rng.integers(-20, 21, (COUNT, 2, 3))
    halves = np.repeat(colors, SIZE // 2, axis=1)[:, :, None]
    images = np.broadcast_to(halves, (COUNT, SIZE, SIZE, 3)).astype(np.uint8)
    upside_down = rng.random(COUNT) < 0.5
    images[upside_down] = images[upside_down, ::-1]
    return images


def network(seed: int = 0) -> Colorizer:
    torch.manual_seed(seed)
    return Colorizer((4, 8))


def plain(**others: Any) -> Settings:
    return Settings(**{"epochs": 3, "batch": 6, "lr": 1e-2, "every": 2, "zoom": 0.6, **others})


class Run:
    """A training, and what it told while it ran.

    Attributes
    ----------
    curve
        The loss of every step.
    weights
        Of the network afterwards.
    """

    def __init__(
        self,
        *,
        images: np.ndarray | None = None,
        settings: Settings | None = None,
        colorizer: Colorizer | None = None,
        at_step: dict[int, Any] | None = None,
        **others: Any,
    ) -> None:
        self.curve: list[float] = []
        self.calls = 0
        self.network = colorizer or network()

        def progress(curve: Any, history: Any) -> None:
            self.calls += 1
            self.curve = list(curve)
            # Only what is done right after a step: an epoch's end is told with the same curve.
            if len(curve) > before.get("steps", -1):
                before["steps"] = len(curve)
                (at_step or {}).get(len(curve), lambda: None)()

        before: dict[str, int] = {}
        try:
            self.history = train(
                self.network,
                pictures() if images is None else images,
                settings or plain(),
                progress=progress,
                **others,
            )
        finally:
            self.weights = {
                name: tensor.clone() for name, tensor in self.network.state_dict().items()
            }

    def losses(self) -> list[float]:
        return [line["loss"] for line in self.history]

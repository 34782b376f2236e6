"""A task so small that a training takes a tenth of a second: what the tests of training share."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cnncourse.colorize._distributed import Workers
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


def altered(bits: int = 1) -> np.ndarray:
    """The same pictures, but for some bits of one pixel."""
    images = pictures()
    images[7, 3, 3, 1] ^= bits
    return images


def network(seed: int = 0) -> Colorizer:
    torch.manual_seed(seed)
    return Colorizer((4, 8))


def plain(**others: Any) -> Settings:
    options = {"epochs": 3, "batch": 6, "lr": 1e-2, "every": 2, "zoom": 0.6}
    return Settings(**{**options, "jitter": 0.3, "average": 0.5, **others})


# In double precision there is no rounding to speak of, nor a cross-entropy, which has none of it.
# Batches of 7 are not divided evenly by two.
TASKS: dict[str, tuple[torch.dtype, Settings]] = {
    "double": (torch.float64, plain(batch=7, classification=0.0)),
    "single": (torch.float32, plain()),
}


def task(name: str, seed: int = 0) -> dict[str, Any]:
    """Return a network, its weights drawn with this seed, and settings, as :class:`Run` takes."""
    dtype, chosen = TASKS[name]
    return {"colorizer": network(seed).to(dtype), "settings": chosen}


def judged(psnr: list[float]) -> tuple[Any, list[dict[str, Tensor]]]:
    """Return a judge that gives these values, and the list of the weights that it has seen."""
    values = iter(psnr)
    seen: list[dict[str, Tensor]] = []

    def judge(trained: nn.Module) -> dict[str, float]:
        assert not trained.training
        seen.append({name: x.clone() for name, x in trained.state_dict().items()})
        return {"psnr": next(values)}

    return judge, seen


def normalized(normalization: nn.BatchNorm2d, workers: Workers) -> dict[str, Tensor]:
    """Put this process's share of five pictures through a layer of its own, there and back."""
    generator = torch.Generator().manual_seed(0)
    shape = (5, 3, 4, 6)
    # Means far from zero: sums of squares would lose the variance in rounding.
    x = 1e3 + torch.randn(shape, generator=generator, dtype=torch.float64)
    wanted = torch.randn(shape, generator=generator, dtype=torch.float64)
    mine = torch.as_tensor(workers.share(np.arange(5)))
    x = x[mine].requires_grad_()
    y = normalization.double()(x)
    (y * wanted[mine]).sum().backward()
    return {
        "y": y.detach(),
        "dx": x.grad,
        "dweight": normalization.weight.grad,
        "dbias": normalization.bias.grad,
        **{name: buffer.double() for name, buffer in normalization.named_buffers()},
    }


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

"""What computes: choosing it, naming it, and measuring how well it is used."""

from __future__ import annotations

import copy
import os
import platform
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16", "float16")
# Graphics cards from this compute capability on (Ampere, 2020) calculate in bfloat16.
HAS_BFLOAT16 = (8, 0)


def choose_device(name: str = "auto", environment: Mapping[str, str] = os.environ) -> torch.device:
    """Return what to compute on.

    Parameters
    ----------
    name
        ``"auto"`` takes a CUDA graphics card if there is one, else Apple's (MPS) if there is one,
        else the processor. Or one of them by name.
    environment
        `torchrun` tells in it which of a machine's processes this is (``LOCAL_RANK``): each takes
        a card of its own.

    Returns
    -------
    torch.device
        Such as ``cpu`` or ``cuda:1``.

    Raises
    ------
    ValueError
        If there is no such device, there are fewer cards than processes, or several processes
        should share an Apple card.

    Examples
    --------
    >>> choose_device("cpu")
    device(type='cpu')
    """
    if name not in DEVICES:
        raise ValueError(f"device is {name!r}; it should be one of {', '.join(DEVICES)}")
    several = int(environment.get("WORLD_SIZE", "1")) > 1
    local = int(environment.get("LOCAL_RANK", "0"))
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    apple = torch.backends.mps.is_available()
    if name == "auto":
        # Processes talk to each other on CPUs and CUDA cards only.
        name = "cuda" if cards else "mps" if apple and not several else "cpu"
    if name == "cuda":
        if not cards:
            raise ValueError("device is 'cuda', and PyTorch finds no CUDA graphics card here")
        if local >= cards:
            raise ValueError(
                f"this is process {local + 1} of this machine, which has {cards} CUDA graphics "
                f"card{'s' * (cards > 1)}; start as many processes as there are cards, or use "
                "the device 'cpu'"
            )
        return torch.device("cuda", local)
    if name == "mps":
        if not apple:
            raise ValueError("device is 'mps', and PyTorch finds no Apple graphics card here")
        if several:
            raise ValueError("device is 'mps', which several processes cannot share; use 'cpu'")
    return torch.device(name)


def choose_precision(name: str, device: torch.device) -> str:
    """Return in which precision convolutions are computed.

    Parameters
    ----------
    name
        ``"auto"`` takes the fastest that loses nothing worth having: on CUDA cards bfloat16, or
        float16 on those too old for it; on processors bfloat16 if they calculate in it, else
        float32; on Apple's cards float32. Or one of them by name.
    device
        What computes.

    Returns
    -------
    str
        ``"float32"``, ``"bfloat16"`` or ``"float16"``.

    Raises
    ------
    ValueError
        If the device cannot do it.

    Examples
    --------
    >>> choose_precision("float32", torch.device("cpu"))
    'float32'
    """
    if name not in PRECISIONS:
        raise ValueError(f"precision is {name!r}; it should be one of {', '.join(PRECISIONS)}")
    if name == "float16" and device.type != "cuda":
        raise ValueError(
            f"precision is 'float16', and the device is {device.type}: only CUDA graphics cards "
            "train in it; use 'bfloat16' or 'float32'"
        )
    if name != "auto":
        return name
    if device.type == "cuda":
        new = torch.cuda.get_device_capability(device) >= HAS_BFLOAT16
        return "bfloat16" if new else "float16"
    if device.type == "cpu" and _processor_has_bfloat16():
        return "bfloat16"
    return "float32"


def make_repeatable(device: torch.device) -> None:
    """Have a graphics card give the same numbers every time, where that is possible."""
    if device.type != "cuda":
        return
    # cuBLAS needs it said before it is first used.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.backends.cudnn.benchmark = False
    torch.use_deterministic_algorithms(True, warn_only=True)


def describe(device: torch.device) -> dict[str, Any]:
    """Name what a time depends on: processor, graphics card, versions."""
    found: dict[str, Any] = {
        "device": str(device),
        "processor": _processor_name(),
        "cores": os.cpu_count(),
        "threads": torch.get_num_threads(),
        "python": platform.python_version(),
        "torch": str(torch.__version__),
    }
    if device.type == "cuda":
        properties = torch.cuda.get_device_properties(device)
        found["card"] = properties.name
        found["card_memory_gb"] = round(properties.total_memory / 1e9, 1)
        found["cuda"] = torch.version.cuda
    return found


def flops_a_picture(network: nn.Module, size: int) -> int:
    """Count the floating-point operations of learning from one picture, forward and backward.

    Parameters
    ----------
    network
        It is not changed.
    size
        Height and width of the picture.

    Returns
    -------
    int
        Of convolutions and matrix products, as PyTorch counts them: a multiplication and an
        addition are two.

    Examples
    --------
    A 3×3 convolution of 8×8 pixels, 1 channel to 2: 8·8·9·2 multiplications and as many additions
    forward, and as many again for the gradient of the weights (none is asked for the picture).

    >>> flops_a_picture(nn.Conv2d(1, 2, 3, padding=1), 8)
    4608
    """
    twin = copy.deepcopy(network).train()
    device = next(twin.parameters()).device
    with FlopCounterMode(display=False) as counter:
        answer = twin(torch.zeros(1, 1, size, size, device=device))
        parts = answer if isinstance(answer, tuple) else (answer,)
        torch.stack([part.sum() for part in parts]).sum().backward()
    return int(counter.get_total_flops())


def measured_peak(
    device: torch.device, precision: str, size: int = 8192, seconds: float = 1.0
) -> float:
    """Return how many floating-point operations a second the device does at best, measured.

    Parameters
    ----------
    device
        What computes.
    precision
        ``"float32"``, ``"bfloat16"`` or ``"float16"``. On CUDA cards float32 is measured as
        convolutions use it, which by PyTorch's default is TF32 where the card has it.
    size
        Matrices of size × size are multiplied; small ones do not reach the peak.
    seconds
        For how long, about.

    Returns
    -------
    float
        Of the quickest of several rounds.
    """
    dtype = getattr(torch, precision)
    allowed = torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32
    try:
        one = torch.randn(size, size, device=device).to(dtype)
        other = torch.randn(size, size, device=device).to(dtype)
        product = one @ other
        best, rounds, began = float("inf"), 4, time.perf_counter()
        while time.perf_counter() - began < seconds or best == float("inf"):
            _wait_for(device)
            start = time.perf_counter()
            for _ in range(rounds):
                torch.mm(one, other, out=product)
            _wait_for(device)
            best = min(best, (time.perf_counter() - start) / rounds)
    finally:
        torch.backends.cuda.matmul.allow_tf32 = allowed
    return 2 * size**3 / best


def _wait_for(device: torch.device) -> None:
    """Wait until a graphics card has done what it was given: it works while Python goes on."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _processor_has_bfloat16() -> bool:
    # PyTorch has no public way to ask. Emulated, bfloat16 would be slower than float32.
    ask = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(ask is not None and ask())


def _processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()

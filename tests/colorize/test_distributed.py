"""Two processes, started by PyTorch's torchrun, find what one finds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from colorize.training_task import TASKS, Run, network, normalized, pictures, task
from PIL import Image
from torch import Tensor, nn

from cnncourse.colorize import export
from cnncourse.colorize._distributed import SharedBatchNorm2d, Workers, _Normalize, joined

pytestmark = pytest.mark.usefixtures("one_thread")
HERE = Path(__file__).parent


def stop() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("two")


@pytest.fixture(scope="module")
def two(folder: Path) -> list[dict[str, Any]]:
    """Return what each of two processes has found."""
    for name in TASKS:
        with pytest.raises(KeyboardInterrupt):
            Run(checkpoint=folder / f"{name}-begun.pt", at_step={3: stop}, **task(name))
    (folder / "photographs").mkdir()
    for number, picture in enumerate(pictures()):
        Image.fromarray(picture).save(folder / "photographs" / f"{number:02}.png")
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    done = subprocess.run(
        [*launch, str(HERE / "distributed_worker.py"), str(folder)],
        env=os.environ | {"PYTHONPATH": str(HERE.parent), "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    (folder / "said.txt").write_text(done.stdout)
    return torch.load(folder / "found.pt", weights_only=True)


@pytest.fixture(scope="module", params=list(TASKS))
def name(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def one(name: str) -> Run:
    return Run(**task(name))


def assert_same(found: dict[str, Any], one: Run, name: str) -> None:
    """Compare a training of two processes with that of one."""
    tolerance = {"rtol": 1e-10, "atol": 1e-10} if name == "double" else {"rtol": 2e-3, "atol": 2e-4}
    for kind in ("curve", "losses"):
        wanted = one.curve if kind == "curve" else one.losses()
        torch.testing.assert_close(torch.tensor(found[kind]), torch.tensor(wanted), **tolerance)
    assert found["weights"].keys() == one.weights.keys()
    for key, weight in one.weights.items():
        torch.testing.assert_close(found["weights"][key], weight, **tolerance)


def test_the_result_is_that_of_one_process(two: Any, one: Run, name: str) -> None:
    first, second = (found[name]["unbroken"] for found in two)
    assert_same(first, one, name)
    assert all(torch.equal(first["weights"][key], second["weights"][key]) for key in one.weights)


def test_both_stop_when_one_is_asked_and_go_on_exactly(two: Any, name: str) -> None:
    assert all(found[name]["stopped"] for found in two)
    unbroken, resumed = two[0][name]["unbroken"], two[0][name]["resumed"]
    assert resumed["curve"] == unbroken["curve"]
    assert resumed["calls"] < unbroken["calls"]
    for found in two:
        weights = found[name]["resumed"]["weights"]
        assert all(torch.equal(weights[key], unbroken["weights"][key]) for key in weights)


def test_two_go_on_with_what_one_has_begun(two: Any, one: Run, name: str) -> None:
    taken_over = two[0][name]["taken over"]
    assert taken_over["calls"] < one.calls
    assert_same(taken_over, one, name)


def test_one_goes_on_with_what_two_have_begun(two: Any, one: Run, name: str, folder: Path) -> None:
    assert all(found[name]["to hand over"] for found in two)
    run = Run(checkpoint=folder / f"{name}-left.pt", **task(name, seed=5))
    assert run.calls < one.calls
    assert_same({"curve": run.curve, "losses": run.losses(), "weights": run.weights}, one, name)


def test_the_first_alone_writes_and_tells(two: Any, name: str, folder: Path) -> None:
    assert not list(folder.glob("*-of-the-second*"))
    assert two[0][name]["unbroken"]["calls"] > 0
    assert two[1][name]["unbroken"]["calls"] == 0
    # Both know the history.
    assert two[0][name]["unbroken"]["losses"] == two[1][name]["unbroken"]["losses"]


def test_the_command_runs_in_two_processes(two: Any, folder: Path) -> None:
    record = json.loads((folder / "command" / "record.json").read_text())
    assert record["processes"] == 2
    assert export.load(folder / "command" / "colorizer.safetensors")[1]["widths"] == [4, 8]
    assert (folder / "said.txt").read_text().count("epoch 2 of 2: loss") == 1
    assert not (folder / "command-of-the-second").exists()


def test_both_stop_early_with_the_best_weights(two: Any) -> None:
    first, second = (found["early"] for found in two)
    assert (first["epochs"], second["epochs"]) == (4, 4)
    assert (first["judged"], second["judged"]) == (4, 0)
    weights = first["weights"]
    assert all(torch.equal(weights[key], second["weights"][key]) for key in weights)
    assert int(weights["encoder.0.0.1.num_batches_tracked"]) == 6  # two epochs


def test_other_pictures_are_refused_by_both(two: Any) -> None:
    for found in two:
        assert found["refused"].startswith("train: 1 of 2 processes have other settings or other")


def test_batch_normalization_is_over_all_pictures(two: Any) -> None:
    wanted = normalized(nn.BatchNorm2d(3), Workers())
    parts = [found["normalized"] for found in two]
    assert [len(part["y"]) for part in parts] == [3, 2]
    exact = {"rtol": 1e-10, "atol": 1e-10}
    for key in ("y", "dx"):
        torch.testing.assert_close(torch.cat([part[key] for part in parts]), wanted[key], **exact)
    for key in ("dweight", "dbias"):
        torch.testing.assert_close(sum(part[key] for part in parts), wanted[key], **exact)
    for part in parts:
        for key in ("running_mean", "running_var", "num_batches_tracked"):
            torch.testing.assert_close(part[key], wanted[key], **exact)


def test_the_gradient_of_batch_normalization_is_the_derivative() -> None:
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64, requires_grad=True)

    def output(*inputs: Tensor) -> Tensor:
        return _Normalize.apply(*inputs, 1e-5)[0]

    assert torch.autograd.gradcheck(output, (draw(3, 2, 2, 3), draw(2), draw(2)))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_batch_normalization_keeps_the_type(dtype: torch.dtype) -> None:
    x = (torch.rand(4, 3, 5, 5) * 3).to(dtype).requires_grad_()
    weight, bias = torch.rand(3) + 0.5, torch.rand(3)
    found = _Normalize.apply(x, weight, bias, 1e-5)[0]
    (found.float() ** 2).sum().backward()
    wanted = nn.functional.batch_norm(x.detach().float(), None, None, weight, bias, True)
    assert (found.dtype, x.grad.dtype) == (dtype, dtype)
    tolerance = 1e-5 if dtype == torch.float32 else 2e-2
    torch.testing.assert_close(found.float(), wanted, rtol=tolerance, atol=tolerance)


def test_alone_and_in_evaluation_it_is_pytorchs_layer() -> None:
    x = torch.rand(2, 3, 4, 4)
    ours, theirs = SharedBatchNorm2d(3), nn.BatchNorm2d(3)
    for layer in (ours, theirs):
        layer.train()(x)
        layer.eval()
    assert torch.equal(ours(x), theirs(x))
    assert ours.state_dict().keys() == theirs.state_dict().keys()


def test_without_torchrun_a_process_is_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with joined(torch.device("cpu")) as workers:
        assert workers == Workers(0, 1) == Workers.here()
    plain = network()
    assert workers.parallel(plain, some_unused=False) is plain
    assert workers.total(1.5, True) == [1.5, True]
    assert workers.from_first("this") == "this"

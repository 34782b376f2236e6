"""`cnncourse train-colorizer`: from a folder of photographs to a file that colors others."""

from __future__ import annotations

import csv
import json
import os
import re
import signal
import subprocess
import sys
import time
import types
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from colorize.test_cli import BLOCKED, run_python
from colorize.training_task import network, pictures
from PIL import Image
from typer.testing import CliRunner, Result

import cnncourse.data
from cnncourse import cli
from cnncourse.colorize import _hardware, _training_run, export, losses
from cnncourse.colorize._hardware import choose_device, choose_precision
from cnncourse.colorize._logs import Bar, Tables, TensorBoard
from cnncourse.colorize._training_data import from_folder, split
from cnncourse.colorize.models import Colorizer, SeriesNet
from cnncourse.colorize.train import Settings, faithful_psnr

pytestmark = pytest.mark.usefixtures("one_thread")
TINY = ("--widths", "4,8", "--size", "8", "--precision", "float32", "--device", "cpu")


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twenty pictures of several sizes, and what else lies around in people's folders."""
    folder = tmp_path_factory.mktemp("data") / "my photographs"
    folder.mkdir()
    for number, picture in enumerate(pictures()):
        size = (20 + number, 30 - number)
        Image.fromarray(picture).resize(size).save(folder / f"{number:02}.png")
    (folder / "broken.jpg").write_bytes((folder / "00.png").read_bytes()[:100])
    (folder / "notes.txt").write_text("not a picture")
    (folder / "album").mkdir()
    Image.new("L", (9, 9), 100).save(folder / "gray.png")
    return folder


@pytest.fixture(autouse=True)
def without_tensorboard(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)


def command(*arguments: str | Path) -> Result:
    return CliRunner().invoke(cli.app, ["train-colorizer", *map(str, arguments)])


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def unbroken(photographs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("unbroken") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "torch.utils.tensorboard", None)
        result = command(photographs, "-o", folder, *TINY, "--epochs", 15, "--patience", 0)
    assert result.exit_code == 0, result.output
    (folder / "said.txt").write_text(result.stdout)
    return folder


def test_a_folder_of_photographs_becomes_a_colorizer(unbroken: Path, tmp_path: Path) -> None:
    names = {path.name for path in unbroken.iterdir()} - {"said.txt"}
    logs = {"history.csv", "steps.csv", "options.json", "record.json"}
    assert names == {"checkpoint.pt", "colorizer.safetensors", *logs}
    loaded, metadata = export.load(unbroken / "colorizer.safetensors")
    assert metadata["widths"] == [4, 8]
    assert len(metadata["rebalancing"]) == loaded.distribution.out_channels
    assert metadata["psnr"] > metadata["psnr_of_gray"] + 1
    photo = tmp_path / "photo.png"
    Image.new("L", (40, 30), 90).save(photo)
    checkpoint = str(unbroken / "colorizer.safetensors")
    result = CliRunner().invoke(cli.app, ["colorize", str(photo), "--checkpoint", checkpoint])
    assert result.exit_code == 0, result.output
    assert Image.open(tmp_path / "photo-colorized.png").size == (40, 30)


def test_it_says_what_it_does(unbroken: Path) -> None:
    said = (unbroken / "said.txt").read_text()
    for words in (
        "broken.jpg begins like a picture",
        "notes.txt is skipped: not a picture.",
        "album is skipped: a folder in a folder.",
        "1 gray picture left out",
        "18 pictures to learn from and 2 to judge by, 8 × 8",
        "--start photographs goes on from the course's own.",
        "TensorBoard is not installed, so history.csv and steps.csv are the only logs",
        "colorize PHOTO --checkpoint",
    ):
        assert words in said
    assert re.search(r"epoch 15 of 15: loss [\d.]+, [\d.]+ dB, [\d,]+ pictures a second", said)


def test_the_record_says_how_it_came_about(unbroken: Path, photographs: Path) -> None:
    record = json.loads((unbroken / "record.json").read_text())
    assert record["data"] == "the folder my photographs"
    assert (record["pictures"], record["validation_pictures"], record["size"]) == (18, 2, 8)
    assert record["data_sha256"] == _training_run.fingerprint(from_folder(photographs, 8))
    assert record["settings"]["epochs"] == 15
    assert record["hardware"]["torch"] == torch.__version__
    assert record["flops_a_picture"] == _hardware.flops_a_picture(network(), 8)
    seconds = sum(line["seconds"] for line in record["history"])
    assert record["pictures_a_second"] == pytest.approx(15 * 16 / seconds)
    assert "share_of_peak" not in record  # measured on CUDA cards only


def test_the_tables_have_a_row_for_each_epoch_and_step(unbroken: Path) -> None:
    record = json.loads((unbroken / "record.json").read_text())
    history = rows(unbroken / "history.csv")
    assert [float(row["psnr"]) for row in history] == [line["psnr"] for line in record["history"]]
    steps = rows(unbroken / "steps.csv")
    assert [int(row["step"]) for row in steps] == list(range(1, 61))
    last = [float(row["loss"]) for row in steps[-4:]]
    assert float(history[-1]["loss"]) == pytest.approx(np.mean(last))


def test_the_file_holds_probabilities_and_their_weights_apart(
    unbroken: Path, photographs: Path
) -> None:
    trained = Colorizer((4, 8))
    trained.load_state_dict(torch.load(unbroken / "checkpoint.pt", weights_only=True)["network"])
    L = torch.rand(1, 1, 8, 8) * 100
    logits = trained.eval()(L)[1]
    loaded, metadata = export.load(unbroken / "colorizer.safetensors")
    weights = torch.tensor(metadata["rebalancing"])
    balanced = losses.rebalance(loaded(L)[1], weights)
    # Weights of convolutions are kept in half precision.
    torch.testing.assert_close(balanced.softmax(1), logits.softmax(1), atol=2e-3, rtol=2e-2)


def test_ctrl_c_leaves_a_checkpoint_and_says_how_to_go_on(
    photographs: Path, unbroken: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge_and_be_interrupted(*arguments: Any) -> float:
        signal.raise_signal(signal.SIGINT)
        return faithful_psnr(*arguments)

    folder = tmp_path / "an out"
    options = (photographs, "-o", folder, *TINY, "--epochs", 15, "--patience", 0)
    with monkeypatch.context() as patch:
        patch.setattr(_training_run, "faithful_psnr", judge_and_be_interrupted)
        result = command(*options)
    assert result.exit_code == 130
    assert f"cnncourse train-colorizer --resume -o '{folder}'" in result.stderr
    assert len(rows(folder / "steps.csv")) == 5  # one more than an epoch
    refused = command(*options)
    assert (refused.exit_code, refused.stderr) == (
        1,
        f"{folder} holds a training already; --resume goes on with it, and -o names another "
        "folder\n",
    )
    other = command("--resume", "-o", folder, "--lr", "0.5")
    assert other.exit_code == 1
    assert "belongs to another training: lr is 0.002 there and 0.5 here" in other.stderr
    assert command("--resume", "-o", folder).exit_code == 0
    same_tables(folder, unbroken)


def same_tables(folder: Path, unbroken: Path) -> None:
    """All numbers are those of the unbroken training, but for the seconds."""
    assert (folder / "steps.csv").read_text() == (unbroken / "steps.csv").read_text()
    found, wanted = (
        [{**row, "seconds": ""} for row in rows(place / "history.csv")]
        for place in (folder, unbroken)
    )
    assert found == wanted
    one, other = (export.load(place / "colorizer.safetensors")[0] for place in (folder, unbroken))
    assert all(
        torch.equal(one.state_dict()[name], other.state_dict()[name]) for name in one.state_dict()
    )


def test_a_killed_training_goes_on(photographs: Path, unbroken: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    arguments = ["train-colorizer", photographs, "-o", folder, *TINY]
    process = subprocess.Popen(
        [sys.executable, "-m", "cnncourse.cli", *arguments, "--epochs", "15", "--patience", "0"],
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    history = folder / "history.csv"
    # Nothing is proved about time here; the limit only ends a test that hangs.
    deadline = time.monotonic() + 240
    while process.poll() is None and time.monotonic() < deadline:
        if history.exists() and len(rows(history)) >= 2:
            break
        time.sleep(0.01)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    assert len(rows(folder / "steps.csv")) < 60
    result = command("--resume", "-o", folder)
    assert result.exit_code == 0, result.output
    same_tables(folder, unbroken)


def test_begins_with_a_trained_network(photographs: Path, unbroken: Path, tmp_path: Path) -> None:
    before = unbroken / "colorizer.safetensors"
    options = ("--start", before, "--size", 8, "--lr", 1e-9, "--epochs", 1, "--device", "cpu")
    result = command(photographs, "-o", tmp_path, *options)
    assert result.exit_code == 0, result.output
    assert "--start" not in result.stdout
    # It learned almost nothing, so it is almost what it was, the vivid head included.
    one, other = (export.load(path)[0] for path in (before, tmp_path / "colorizer.safetensors"))
    torch.testing.assert_close(one.distribution.bias, other.distribution.bias, atol=1e-3, rtol=1e-3)
    torch.testing.assert_close(one.color.weight, other.color.weight, atol=1e-3, rtol=1e-3)


def test_the_faithful_head_alone(photographs: Path, tmp_path: Path) -> None:
    result = command(
        photographs, "-o", tmp_path, *TINY, "--epochs", 1, "--classification", 0, "--validation", 0
    )
    assert result.exit_code == 0, result.output
    assert "--head faithful" in result.stdout
    metadata = export.load(tmp_path / "colorizer.safetensors")[1]
    assert not {"temperature", "rebalancing", "psnr"} & metadata.keys()


def test_cifar10_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    images = np.repeat(np.repeat(pictures(), 4, axis=1), 4, axis=2)
    asked: list[str] = []

    def cifar10(part: str) -> Any:
        asked.append(part)
        return types.SimpleNamespace(images=images)

    monkeypatch.setattr(cnncourse.data, "cifar10", cifar10)
    result = command("cifar10", "-o", tmp_path, "--epochs", 1, "--widths", "4")
    assert result.exit_code == 0, result.output
    assert asked == ["train"]
    assert json.loads((tmp_path / "record.json").read_text())["data"] == "CIFAR-10"
    assert "size is 64, and CIFAR-10's" in command("cifar10", "-o", "x", "--size", 64).stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "Name what to train with: a folder of color photographs, or cifar10"),
        (("no such folder",), "no such folder is no folder; name a folder"),
        (("DATA", "--widths", "4,x"), "widths are '4,x'; they should be whole numbers, such as"),
        (("DATA", "--widths", "4,8,8,8", "--size", "20"), "needs a multiple of 16"),
        (("DATA", "--validation", "1"), r"validation is 1\.0; it should be from 0 to below 1"),
        (("DATA", "--batch", "64"), "there are 18 pictures and batch is 64"),
        (("DATA", "--start", "sepia"), "no checkpoint 'sepia'"),
        (("DATA", "--precision", "float16", "--device", "cpu"), "only CUDA graphics cards"),
        (("--resume",), "holds no training that could be resumed"),
    ],
)
def test_what_does_not_fit_is_said(
    arguments: tuple[str, ...], message: str, photographs: Path, tmp_path: Path
) -> None:
    given = [str(photographs) if argument == "DATA" else argument for argument in arguments]
    result = command(*given, "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert re.search(message, result.stderr)
    assert "Traceback" not in result.output
    assert not (tmp_path / "out" / "checkpoint.pt").exists()


def test_another_kind_of_network_is_no_beginning(photographs: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    export.save(SeriesNet(), tmp_path / "series.safetensors", {})
    start = tmp_path / "series.safetensors"
    result = command(photographs, "-o", tmp_path / "out", "--start", start)
    assert result.exit_code == 1
    assert "holds a SeriesNet with widths" in result.stderr


def test_a_folder_without_pictures_is_refused(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "notes.txt").write_text("nothing")
    result = command(tmp_path / "data", "-o", tmp_path / "out")
    assert result.exit_code == 1
    assert result.stderr.endswith("data has no pictures with colors in it\n")


def test_without_torch_it_says_what_to_install(tmp_path: Path) -> None:
    result = run_python(BLOCKED, "train-colorizer", "cifar10", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.endswith('pip install "cnncourse[torch]"\n')


@pytest.mark.parametrize(
    ("count", "epochs", "batch", "patience"),
    [(100, 200, 8, 67), (20, 200, 4, 67), (3_000, 37, 64, 13), (50_000, 12, 64, 4)],
)
def test_defaults_suit_the_number_of_pictures(
    count: int, epochs: int, batch: int, patience: int
) -> None:
    known = {"data": "/photographs", "size": 64}
    options = _training_run._choose(known, count, torch.device("cpu"))
    assert (options.settings.epochs, options.settings.batch) == (epochs, batch)
    assert options.patience == patience
    assert count * options.validation == pytest.approx(min(count * 0.1, 1_000))
    assert options.widths == (32, 64, 128, 176)
    kept = count - max(1, round(count * options.validation))
    assert len(split(np.zeros(count), options.validation, 0)[0]) == kept >= 4 * batch


def test_squares_are_cut_from_the_middle(tmp_path: Path) -> None:
    wide = np.zeros((10, 30, 3), np.uint8)
    wide[:, :10], wide[:, 10:20], wide[:, 20:] = (255, 0, 0), (0, 200, 0), (0, 0, 255)
    Image.fromarray(wide).save(tmp_path / "wide.png")
    Image.fromarray(wide.transpose(1, 0, 2)).save(tmp_path / "tall.png")
    images = from_folder(tmp_path, 16)
    assert images.shape == (2, 16, 16, 3)
    assert (images[:, 2:-2, 2:-2] == (0, 200, 0)).all()


def test_nothing_is_both_learned_from_and_judged_by() -> None:
    rest, aside = split(np.arange(100), 0.25, seed=3)
    assert sorted([*rest, *aside]) == list(range(100))
    assert len(aside) == 25
    assert not np.array_equal(aside, split(np.arange(100), 0.25, seed=4)[1])
    assert len(split(np.arange(7), 0.0, seed=0)[1]) == 0
    assert len(split(np.arange(7), 0.01, seed=0)[1]) == 1
    with pytest.raises(ValueError, match="of 1 picture none would be left"):
        split(np.arange(1), 0.5, seed=0)


class Machine:
    """Stands in for a machine with graphics cards."""

    def __init__(
        self,
        monkeypatch: pytest.MonkeyPatch,
        cards: int = 0,
        apple: bool = False,
        capability: tuple[int, int] = (9, 0),
        processor_has_bfloat16: bool = False,
    ) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cards > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cards)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: apple)
        monkeypatch.setattr(_hardware, "_processor_has_bfloat16", lambda: processor_has_bfloat16)


ALONE: dict[str, str] = {}
SECOND = {"WORLD_SIZE": "2", "LOCAL_RANK": "1"}


@pytest.mark.parametrize(
    ("cards", "apple", "name", "environment", "chosen"),
    [
        (0, False, "auto", ALONE, "cpu"),
        (1, False, "auto", ALONE, "cuda:0"),
        (2, True, "auto", SECOND, "cuda:1"),
        (0, True, "auto", ALONE, "mps"),
        (0, True, "auto", SECOND, "cpu"),
        (2, False, "cpu", SECOND, "cpu"),
        (1, True, "mps", ALONE, "mps"),
    ],
)
def test_the_device_is_what_is_there(
    cards: int,
    apple: bool,
    name: str,
    environment: dict[str, str],
    chosen: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Machine(monkeypatch, cards, apple)
    assert str(choose_device(name, environment)) == chosen


@pytest.mark.parametrize(
    ("cards", "apple", "name", "environment", "message"),
    [
        (0, True, "cuda", ALONE, "PyTorch finds no CUDA graphics card here"),
        (1, False, "mps", ALONE, "PyTorch finds no Apple graphics card here"),
        (1, False, "auto", SECOND, "process 2 of this machine, which has 1 CUDA graphics card;"),
        (0, True, "mps", SECOND, "which several processes cannot share"),
        (1, False, "tpu", ALONE, "device is 'tpu'; it should be one of auto, cpu, cuda, mps"),
    ],
)
def test_devices_that_are_not_there_are_refused(
    cards: int,
    apple: bool,
    name: str,
    environment: dict[str, str],
    message: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Machine(monkeypatch, cards, apple)
    with pytest.raises(ValueError, match=message):
        choose_device(name, environment)


@pytest.mark.parametrize(
    ("device", "capability", "processor", "name", "chosen"),
    [
        ("cuda", (9, 0), False, "auto", "bfloat16"),
        ("cuda", (8, 0), False, "auto", "bfloat16"),
        ("cuda", (7, 5), True, "auto", "float16"),
        ("cuda", (7, 5), True, "float32", "float32"),
        ("cpu", (9, 0), True, "auto", "bfloat16"),
        ("cpu", (9, 0), False, "auto", "float32"),
        ("mps", (9, 0), True, "auto", "float32"),
        ("mps", (9, 0), True, "bfloat16", "bfloat16"),
    ],
)
def test_the_precision_is_what_the_device_is_quick_in(
    device: str,
    capability: tuple[int, int],
    processor: bool,
    name: str,
    chosen: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    Machine(monkeypatch, 1, True, capability, processor)
    assert choose_precision(name, torch.device(device)) == chosen


def test_precisions_are_refused_where_they_cannot_be() -> None:
    with pytest.raises(ValueError, match="the device is mps: only CUDA graphics cards"):
        choose_precision("float16", torch.device("mps"))
    with pytest.raises(ValueError, match="precision is 'half'; it should be one of auto, float32"):
        choose_precision("half", torch.device("cpu"))


def test_work_grows_with_the_area() -> None:
    assert _hardware.flops_a_picture(network(), 32) == 4 * _hardware.flops_a_picture(network(), 16)


def test_the_peak_is_that_of_the_quickest_round(monkeypatch: pytest.MonkeyPatch) -> None:
    # Begun; looked at the clock; four products in 2 s; looked again; four in 1 s; and enough.
    clock = iter([0.0, 0.1, 10.0, 12.0, 12.1, 20.0, 21.0, 99.0])
    monkeypatch.setattr(_hardware.time, "perf_counter", lambda: next(clock))
    peak = _hardware.measured_peak(torch.device("cpu"), "bfloat16", size=16, seconds=50)
    assert peak == 4 * 2 * 16**3 / 1.0


def test_the_share_of_the_peak_is_noted_on_cuda(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(_hardware, "measured_peak", lambda *given: asked.append(given) or 4e12)
    cuda = torch.device("cuda", 0)
    found = _training_run._utilization(cuda, Settings(bfloat16=True), 1e12)
    assert found == {"measured_peak_flops": 4e12, "share_of_peak": 0.25}
    assert asked == [(cuda, "bfloat16")]
    assert _training_run._utilization(torch.device("cpu"), Settings(), 1e12) == {}


def test_tables_forget_what_a_crash_left_behind(tmp_path: Path) -> None:
    tables = Tables(tmp_path)
    tables([], [])
    tables([3.0], [])
    tables([3.0, 2.0], [])
    tables([3.0, 2.0], [{"epoch": 1, "loss": 2.5}])
    tables([3.0, 2.0, 1.5], [{"epoch": 1, "loss": 2.5}])
    tables.close()
    assert (tmp_path / "steps.csv").read_text().split() == ["step,loss", "1,3.0", "2,2.0", "3,1.5"]
    again = Tables(tmp_path)
    again([3.0], [])
    assert (tmp_path / "history.csv").read_text().split() == ["epoch"]
    again([3.0, 2.5], [{"epoch": 1, "loss": 2.75}])
    again.close()
    assert (tmp_path / "steps.csv").read_text().split() == ["step,loss", "1,3.0", "2,2.5"]
    assert (tmp_path / "history.csv").read_text().split() == ["epoch,loss", "1,2.75"]


def test_tensorboard_gets_every_number_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class SummaryWriter:
        def __init__(self, folder: str, purge_step: int) -> None:
            written.append((folder, purge_step))

        def add_scalar(self, name: str, value: float, step: int) -> None:
            written.append((name, value, step))

        def flush(self) -> None:
            written.append("flushed")

        def close(self) -> None:
            written.append("closed")

    written: list[Any] = []
    stand_in = types.SimpleNamespace(SummaryWriter=SummaryWriter)
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", stand_in)
    log = TensorBoard(tmp_path)
    log([3.0, 2.0], [])  # gone on with after two steps
    log([3.0, 2.0, 1.0], [])
    log([3.0, 2.0, 1.0], [{"epoch": 1, "loss": 2.0, "seconds": 7.0, "psnr": 21.5, "note": "so"}])
    log.close()
    assert written == [
        (str(tmp_path), 0),
        ("loss", 3.0, 1),
        ("loss", 2.0, 2),
        ("loss", 1.0, 3),
        ("epochs/loss", 2.0, 1),
        ("epochs/psnr", 21.5, 1),
        "flushed",
        "closed",
    ]


def test_the_bar_counts_pictures_from_where_it_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    bar = Bar(steps=6, batch=10, epochs=2, hidden=False)
    bar([5.0, 5.0], [])
    assert (bar.bar.initial, bar.bar.n, bar.bar.total) == (20, 20, 60)
    bar([5.0, 5.0, 4.0], [])
    bar([5.0, 5.0, 4.0], [{"epoch": 1}])
    assert bar.bar.n == 30
    bar.bar.refresh()
    bar.close()
    shown = capsys.readouterr().err
    assert "epoch 2/2" in shown
    assert "30/60" in shown
    assert "loss 4.9" in shown

"""Training goes on exactly where it stopped, and refuses to go on with anything else."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from colorize.training_task import COUNT, Run, altered, judged, network, pictures, plain

from cnncourse.colorize import train as module
from cnncourse.colorize._checkpoints import fingerprint, written_whole
from cnncourse.colorize._distributed import Workers
from cnncourse.colorize.models import Colorizer
from cnncourse.colorize.train import (
    Settings,
    batches,
    faithful_psnr,
    jittered,
    learn,
    targets,
    train,
)

pytestmark = pytest.mark.usefixtures("one_thread")
STEPS = 9  # three epochs of three


class Killed(BaseException):
    """The power went off."""


def kill() -> None:
    raise Killed


def press_ctrl_c() -> None:
    signal.raise_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def unbroken() -> Run:
    return Run()


def same_weights(one: Run, other: Run) -> bool:
    return all(torch.equal(one.weights[name], other.weights[name]) for name in one.weights)


def test_learning_reduces_the_loss() -> None:
    run = Run(settings=plain(epochs=15))
    assert np.mean(run.curve[-3:]) < 0.5 * np.mean(run.curve[:3])
    assert [line["epoch"] for line in run.history] == list(range(1, 16))
    assert run.losses()[2] == pytest.approx(np.mean(run.curve[6:9]))


def test_a_seed_is_a_curve(unbroken: Run) -> None:
    again = Run()
    assert again.curve == unbroken.curve
    assert same_weights(again, unbroken)
    assert Run(settings=plain(seed=1)).curve != unbroken.curve


@pytest.mark.parametrize("stopped", range(1, STEPS))
def test_ctrl_c_at_any_step_costs_nothing(stopped: int, unbroken: Run, tmp_path: Path) -> None:
    checkpoint = tmp_path / "state.pt"
    with pytest.raises(KeyboardInterrupt):
        Run(checkpoint=checkpoint, at_step={stopped: press_ctrl_c})
    resumed = Run(checkpoint=checkpoint, colorizer=network(seed=5))
    # Noticed during the step after the one at which it was pressed, which is finished first.
    assert resumed.calls == 1 + (STEPS - stopped - 1) + 3 - stopped // 3
    assert resumed.curve == unbroken.curve
    assert resumed.losses() == unbroken.losses()
    assert same_weights(resumed, unbroken)


def test_asked_to_end_the_training_keeps_its_state(unbroken: Run, tmp_path: Path) -> None:
    checkpoint = tmp_path / "state.pt"
    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        Run(checkpoint=checkpoint, at_step={4: lambda: signal.raise_signal(signal.SIGTERM)})
    assert signal.getsignal(signal.SIGTERM) is handler
    assert Run(checkpoint=checkpoint).curve == unbroken.curve


def test_a_second_ctrl_c_breaks_off_at_once(tmp_path: Path) -> None:
    def insist() -> None:
        press_ctrl_c()
        press_ctrl_c()

    with pytest.raises(KeyboardInterrupt):
        Run(checkpoint=tmp_path / "state.pt", at_step={2: insist})
    assert not (tmp_path / "state.pt").exists()


def test_without_a_checkpoint_ctrl_c_is_as_usual() -> None:
    with pytest.raises(KeyboardInterrupt):
        Run(at_step={2: press_ctrl_c})


@pytest.mark.parametrize(
    ("killed", "save_every", "kept"), [(2, 1e9, 0), (5, 1e9, 3), (5, -1.0, 4), (9, -1.0, 8)]
)
def test_a_crash_costs_the_steps_since_the_last_checkpoint(
    killed: int, save_every: float, kept: int, unbroken: Run, tmp_path: Path
) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "state.pt", "save_every": save_every}
    with pytest.raises(Killed):
        Run(at_step={killed: kill}, **options)
    began: list[int] = []
    resumed = Run(
        at_step={kept: lambda: began.append(kept)},
        colorizer=network(5 if kept else 0),
        **options,
    )
    assert began == [kept]
    assert resumed.calls == 1 + (STEPS - kept) + 3 - kept // 3
    assert resumed.curve == unbroken.curve
    assert same_weights(resumed, unbroken)


def test_a_crash_while_writing_leaves_the_checkpoint_before(
    unbroken: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(content: Any, file: Any) -> None:
        if len(content["curve"]) == 6:
            file.write(b"PK half of it")
            raise Killed
        genuine(content, file)

    genuine = torch.save
    monkeypatch.setattr(torch, "save", half)
    with pytest.raises(Killed):
        Run(checkpoint=tmp_path / "state.pt")
    monkeypatch.undo()
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]
    assert Run(checkpoint=tmp_path / "state.pt").curve == unbroken.curve


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "file"
    with written_whole(path) as file:
        file.write(b"first")
        assert not path.exists()

    def break_off() -> None:
        with written_whole(path) as file:
            file.write(b"second")
            raise Killed

    with pytest.raises(Killed):
        break_off()
    assert path.read_bytes() == b"first"


def test_a_finished_training_has_nothing_to_do(unbroken: Run, tmp_path: Path) -> None:
    Run(checkpoint=tmp_path / "state.pt")
    again = Run(checkpoint=tmp_path / "state.pt", colorizer=network(5))
    assert again.calls == 1
    assert again.losses() == unbroken.losses()
    assert same_weights(again, unbroken)
    assert not again.network.training  # in training mode, judging would change its batch norms


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    checkpoint = tmp_path_factory.mktemp("begun") / "state.pt"
    with pytest.raises(KeyboardInterrupt):
        Run(checkpoint=checkpoint, at_step={1: press_ctrl_c})
    return checkpoint


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        ({"settings": plain(lr=0.02)}, r"another training: lr is 0\.01 there and 0\.02 here\."),
        (
            {"settings": plain(epochs=4, seed=1)},
            "another training: epochs is 3 there and 4 here; seed is 0 there and 1 here",
        ),
        (
            {"colorizer": Colorizer((4, 6))},
            r"first in encoder\.1\.0\.0\.weight, of shape \(8, 4, 4, 4\) there and \(6, 4, 4, 4\)",
        ),
        ({"images": altered()}, "it has seen other pictures"),
        ({"images": pictures()[:-1]}, "it has seen other pictures"),
    ],
)
def test_another_training_is_refused(options: dict[str, Any], reason: str, begun: Path) -> None:
    content = begun.read_bytes()
    with pytest.raises(ValueError, match=reason):
        Run(checkpoint=begun, **options)
    assert begun.read_bytes() == content


@pytest.mark.parametrize("kept", [0, 1, 100, 5_000, -1])
def test_a_truncated_checkpoint_is_refused(kept: int, begun: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "state.pt"
    damaged.write_bytes(begun.read_bytes()[:kept])
    with pytest.raises(
        ValueError, match=r"state\.pt cannot be read as a checkpoint: it is damaged"
    ):
        Run(checkpoint=damaged)


def test_an_altered_checkpoint_is_refused(begun: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "state.pt"
    content = bytearray(begun.read_bytes())
    weight = torch.load(begun, weights_only=True)["network"]["encoder.0.0.0.weight"]
    place = content.find(weight.numpy().tobytes())
    assert place > 0
    content[place] ^= 1
    damaged.write_bytes(content)
    with pytest.raises(ValueError, match=r"cannot be read as a checkpoint: it is damaged"):
        Run(checkpoint=damaged)


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    torch.save({"network": network().state_dict()}, tmp_path / "state.pt")
    with pytest.raises(
        ValueError, match="no checkpoint that this version of cnncourse has written"
    ):
        Run(checkpoint=tmp_path / "state.pt")
    torch.save(network(), tmp_path / "state.pt")  # a pickle, which could do anything when read
    with pytest.raises(ValueError, match="damaged, or something else"):
        Run(checkpoint=tmp_path / "state.pt")


@pytest.mark.parametrize(
    ("psnr", "epochs", "best"),
    [
        ([20, 22, 21, 21.5], 4, 2),  # the two after the second are no better
        ([20, 22, 22, 22], 4, 2),  # neither are equals
        ([20, 22, 21, 23, 22, 21], 6, 4),
        ([20, 21, 22, 23, 24, 25, 26], 7, 7),
    ],
)
def test_stops_when_validation_does_not_improve(psnr: list[float], epochs: int, best: int) -> None:
    judge, seen = judged(psnr)
    run = Run(settings=plain(epochs=7), judge=judge, patience=2)
    assert len(run.history) == epochs
    assert [line["psnr"] for line in run.history] == psnr
    assert all(torch.equal(run.weights[name], seen[best - 1][name]) for name in run.weights)


def test_patience_and_the_best_weights_survive_an_interruption(tmp_path: Path) -> None:
    options: dict[str, Any] = {"checkpoint": tmp_path / "state.pt", "patience": 2}
    options["settings"] = plain(epochs=7)
    judge, seen = judged([20, 22, 21])
    with pytest.raises(KeyboardInterrupt):
        Run(judge=judge, at_step={9: press_ctrl_c}, **options)
    resumed = Run(judge=judged([21.5])[0], colorizer=network(5), **options)
    assert len(resumed.history) == 4
    assert all(torch.equal(resumed.weights[name], seen[1][name]) for name in resumed.weights)
    finished = Run(judge=judged([])[0], colorizer=network(5), **options)
    assert same_weights(finished, resumed)


def test_without_patience_the_last_weights_stay() -> None:
    judge, seen = judged([22, 21, 20])
    run = Run(judge=judge)
    assert all(torch.equal(run.weights[name], seen[2][name]) for name in run.weights)


def test_patience_needs_something_to_watch() -> None:
    with pytest.raises(ValueError, match=r"a judge that returns 'psnr'; it gave \['epoch', 'loss'"):
        Run(patience=1)


def test_a_diverging_training_says_so(tmp_path: Path) -> None:
    images = pictures()
    with pytest.raises(FloatingPointError, match=r"the loss is (nan|inf) in step \d+ of 9; try a"):
        Run(images=images, settings=plain(lr=1e30), checkpoint=tmp_path / "state.pt")


@pytest.mark.parametrize("every", [1, 2, 3])
def test_bfloat16_is_close_to_float32(every: int) -> None:
    full = Run(settings=plain(every=every, epochs=1))
    half = Run(settings=plain(every=every, epochs=1, bfloat16=True))
    assert half.curve != full.curve
    np.testing.assert_allclose(half.curve, full.curve, rtol=0.02)


def test_compiled_networks_are_trained_too(monkeypatch: pytest.MonkeyPatch, unbroken: Run) -> None:
    compiled: list[torch.nn.Module] = []
    monkeypatch.setattr(torch, "compile", lambda model: compiled.append(model) or model)
    run = Run(compiled=True)
    assert compiled == [run.network]
    assert run.curve == unbroken.curve


@pytest.mark.parametrize("zoom", [1.0, 0.6])
def test_skipped_batches_change_nothing(zoom: float) -> None:
    options = plain(zoom=zoom)
    everything = list(batches(pictures(), options, epoch=1))
    assert len(everything) == 3
    for skip in range(4):
        rest = list(batches(pictures(), options, epoch=1, skip=skip))
        assert len(rest) == 3 - skip
        assert all(
            torch.equal(one, other) for one, other in zip(rest, everything[skip:], strict=True)
        )
    assert not torch.equal(everything[0], next(batches(pictures(), options, epoch=0)))


@pytest.mark.parametrize("zoom", [1.0, 0.6])
def test_workers_divide_each_batch(zoom: float) -> None:
    options = plain(zoom=zoom, batch=7)
    shares = [
        list(batches(pictures(), options, epoch=0, workers=Workers(rank, 3))) for rank in range(3)
    ]
    assert [len(share[0]) for share in shares] == [3, 2, 2]
    for whole, *parts in zip(batches(pictures(), options, epoch=0), *shares, strict=True):
        assert torch.equal(torch.cat(parts), whole)


def test_jitter_changes_contrast_and_exposure_within_its_bounds() -> None:
    L = 45 + 10 * torch.rand(20, 1, 4, 4, generator=torch.Generator().manual_seed(0))
    options = plain(batch=20, jitter=0.2)
    changed = jittered(L, options, step=3)
    contrast = changed.std(dim=(1, 2, 3)) / L.std(dim=(1, 2, 3))
    exposure = (changed - L).mean(dim=(1, 2, 3))
    assert 0.8 <= contrast.min() < 0.9 < 1.1 < contrast.max() <= 1.2
    assert -8 <= exposure.min() < -4 < 4 < exposure.max() <= 8
    assert torch.equal(changed, jittered(L, options, step=3))
    assert not torch.equal(changed, jittered(L, options, step=4))
    ends = jittered(torch.tensor([0.0, 100.0]).expand(20, 1, 1, 2), options, step=3)
    assert ends.min() == 0
    assert ends.max() == 100


def test_workers_jitter_their_own_pictures() -> None:
    L = 50 + torch.rand(7, 1, 4, 4)
    options = plain(batch=7)
    parts = [
        jittered(L[start:end], options, step=2, workers=Workers(rank, 3))
        for rank, (start, end) in enumerate([(0, 3), (3, 5), (5, 7)])
    ]
    torch.testing.assert_close(torch.cat(parts), jittered(L, options, step=2))


def test_the_running_mean_is_judged_and_kept() -> None:
    judge, seen = judged([1.0, 2.0, 3.0])
    averaged = Run(settings=plain(average=0.9), judge=judge)
    last = Run(settings=plain(average=0.0))
    assert averaged.curve == last.curve  # it takes no part in learning
    assert not same_weights(averaged, last)
    assert all(torch.equal(averaged.weights[name], x) for name, x in seen[-1].items())
    # Half of the way with every step, from the first weights on.
    trained, history = network(), []

    def keep() -> None:
        history.append(trained.color.weight.detach().clone())

    half = Run(
        colorizer=trained,
        settings=plain(average=0.5),
        at_step=dict.fromkeys(range(1, STEPS + 1), keep),
    )
    expected = history[0]
    for weights in history[1:]:
        expected = (expected + weights) / 2
    torch.testing.assert_close(half.weights["color.weight"], expected)


def test_an_epoch_shows_every_picture_once_and_mirrors_some() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (COUNT, 4, 4, 3), dtype=np.uint8)
    shown = torch.cat(list(batches(images, Settings(batch=5), epoch=0))).numpy()
    assert shown.shape == images.shape
    turned = 0
    for image in images:
        straight = (shown == image).all(axis=(1, 2, 3)).sum()
        mirrored = (shown == image[:, ::-1]).all(axis=(1, 2, 3)).sum()
        assert straight + mirrored == 1
        turned += mirrored
    assert 0 < turned < COUNT


def test_each_epoch_has_its_own_order(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    genuine = module.batches

    def noted(images: Any, options: Any, epoch: int, **others: Any) -> Any:
        asked.append(epoch)
        return genuine(images, options, epoch, **others)

    monkeypatch.setattr(module, "batches", noted)
    Run()
    assert asked == [0, 1, 2]


def test_a_zoomed_batch_is_a_part_of_the_pictures() -> None:
    """A ramp that is cut and enlarged is a ramp of at most the same steepness."""
    ramp = np.empty((8, 16, 16, 3), np.uint8)
    ramp[:] = np.arange(0, 160, 10)[:, None, None]
    slopes = set()
    for epoch in range(8):
        (batch,) = batches(ramp, Settings(batch=8, zoom=0.5), epoch)
        assert batch.dtype == torch.uint8
        assert batch.shape == (8, 16, 16, 3)
        inner = batch[0, 3:-3, 0, 0].double()
        slopes.add(round(float(inner.diff().mean()), 1))
    assert all(4.9 <= slope <= 10.0 for slope in slopes)
    assert len(slopes) > 3


def test_parts_of_a_batch_add_up_to_its_loss_and_gradient() -> None:
    """What each process contributes, without processes: two networks without batch statistics."""
    batch = torch.as_tensor(pictures()[:7])
    options = plain(batch=7, zoom=1.0)
    weights = module.color_weights(pictures(), 0.5)

    def step(part: torch.Tensor, workers: Workers) -> tuple[float, list[torch.Tensor]]:
        colorizer = network().eval()
        optimizer = torch.optim.SGD(colorizer.parameters(), lr=0.0)
        scaler = torch.amp.GradScaler("cpu", enabled=False)
        found = learn(colorizer, optimizer, scaler, part, options, weights, 1, 10, workers)
        return found, [p.grad for p in colorizer.parameters() if p.grad is not None]

    whole, gradient = step(batch, Workers())
    parts = [step(batch[:4], Workers(0, 2)), step(batch[4:], Workers(1, 2))]
    assert sum(loss for loss, _ in parts) == pytest.approx(whole, rel=1e-5)
    for wanted, *found in zip(gradient, *(gradients for _, gradients in parts), strict=True):
        # DistributedDataParallel takes the mean.
        torch.testing.assert_close(sum(found) / 2, wanted, rtol=1e-3, atol=1e-5)


def test_gray_answers_have_the_psnr_of_gray() -> None:
    class Gray(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.unused = torch.nn.Parameter(torch.zeros(1))

        def forward(self, L: torch.Tensor) -> tuple[torch.Tensor, None]:
            return torch.zeros(len(L), 2, L.shape[2] // 2, L.shape[3] // 2), None

    from skimage.color import lab2rgb, rgb2lab

    from cnncourse.colorize.metrics import psnr

    images = pictures()
    gray = rgb2lab(images)
    gray[..., 1:] = 0
    wanted = psnr(images, (lab2rgb(gray) * 255).round().astype(np.uint8))
    assert faithful_psnr(Gray(), images, batch=7) == pytest.approx(wanted, abs=1e-3)


def test_targets_in_double_precision() -> None:
    L, ab = targets(pictures(), dtype=torch.float64)
    assert (L.dtype, ab.dtype) == (torch.float64, torch.float64)
    torch.testing.assert_close(targets(pictures())[1].double(), ab, rtol=0, atol=1e-3)


def test_fingerprints_tell_pictures_apart() -> None:
    assert fingerprint(pictures()) == fingerprint(np.asfortranarray(pictures()))
    found = {fingerprint(images) for images in (pictures(), altered(), pictures()[::-1])}
    assert len(found) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": 0}, "epochs is 0; it should be 1 or more"),
        ({"batch": -1}, "batch is -1; it should be 1 or more"),
        ({"lr": 0.0}, r"lr is 0\.0; it should be above 0"),
        ({"lr": float("nan")}, "lr is nan; it should be above 0"),
        ({"zoom": 1.5}, r"zoom is 1\.5; it should be above 0, and at most 1"),
        ({"jitter": 1.0}, r"jitter is 1\.0; it should be 0 or more, below 1"),
        ({"average": -0.5}, r"average is -0\.5; it should be 0 or more, below 1"),
        ({"classification": -0.1}, r"classification is -0\.1; it should be 0 or more"),
        ({"bfloat16": True, "float16": True}, "bfloat16 and float16 are both set"),
    ],
)
def test_senseless_settings_are_refused(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**arguments)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"images": pictures()[0]}, r"uint8 of shape \(8, 8, 3\); they should be uint8 of shape"),
        ({"images": pictures() / 255}, r"float64 of shape \(20, 8, 8, 3\); they should be uint8"),
        ({"images": pictures()[:, :4]}, r"images are 4 × 8; zoom 0\.6 needs squares"),
        ({"settings": plain(batch=21)}, "20 pictures and batch is 21; it should be 20 or less"),
        ({"patience": 0}, "patience is 0; it should be 1 or more, or None"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Run(**options)


def test_fewer_pictures_than_processes_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Workers, "here", classmethod(lambda cls: Workers(0, 8)))
    with pytest.raises(ValueError, match="batch is 6 and there are 8 processes"):
        train(network(), pictures(), plain())

"""The measurements of stages 4 and 5: what is cheap is computed again, the rest is complete."""

from __future__ import annotations

import dataclasses
import json
import warnings

import numpy as np
import pytest
import torch
from skimage.color import lab2rgb, rgb2lab
from skimage.metrics import peak_signal_noise_ratio
from torch import nn

from benchmarks._progress import Progress
from benchmarks.colorize import _measuring, cifar, series
from cnncourse import geometry
from cnncourse.colorize import export, losses, metrics
from cnncourse.colorize.models import Colorizer, SeriesNet
from cnncourse.colorize.train import color_weights, targets
from cnncourse.data import results


@pytest.fixture(scope="module")
def pictures():
    """Soft random pictures: few colors, so that a network can paint them a little."""
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (48, 4, 4, 3), dtype=np.uint8)
    images = coarse.repeat(8, axis=1).repeat(8, axis=2)
    return _measuring.Pictures(images, images[:12], images[:20])


@pytest.fixture
def small(monkeypatch):
    """Let our network be small, and train all of them for moments."""
    for module in (series, cifar):
        monkeypatch.setattr(module, "WIDTHS", (4, 8))
    monkeypatch.setattr(series, "SECONDS", 0.03)
    monkeypatch.setattr(series, "SEEDS", [0])
    two_heads = dataclasses.replace(series.STEPS[-1], after=series.SERIES)
    monkeypatch.setattr(series, "STEPS", (series.STEPS[0], two_heads))
    monkeypatch.setattr(series, "CONTROLS", series.CONTROLS[:1])
    monkeypatch.setattr(series.measure_rates, "__defaults__", (1, 1))
    monkeypatch.setattr(series.on_even_gray, "__defaults__", ((50.0,), 128, 32))
    monkeypatch.setattr(cifar, "TEMPERATURES", (1.0, 0.4))
    monkeypatch.setattr(cifar, "POWERS", (0.0, 0.5))
    monkeypatch.setattr(cifar, "SCALES", (1.0, 2.0))


def test_the_stored_networks_are_those_of_the_package():
    stored = results("colorize_series")["networks"]
    assert stored == json.loads(json.dumps(series.describe_networks()))


@pytest.mark.parametrize("build", [SeriesNet, Colorizer])
def test_a_networks_layers_add_up_to_it(build):
    network = build()
    rows = series.layers(network)
    assert sum(r["parameters"] for r in rows) == sum(p.numel() for p in network.parameters())
    # Bilinear interpolation is not counted by either.
    assert sum(r["multiply_adds"] for r in rows) == series.multiply_adds(network)


def test_a_layer_costs_what_geometry_says():
    for row in series.layers(SeriesNet()):
        c_in, c_out = row["channels"]
        norm = 0 if row["layer"] == "last" else 2 * c_out
        assert row["parameters"] == geometry.conv2d_parameters(c_in, c_out, row["kernel"]) + norm
        places = row["size"] // (row["stride"] if row["kind"] == "transposed" else 1)
        expected = geometry.conv2d_multiply_adds(c_in, c_out, row["kernel"], places)
        assert row["multiply_adds"] == expected


def test_three_quarters_of_a_dilated_layer_meet_nothing_but_padding_at_32_pixels():
    # On maps of 2×2 a tap is 1 or 3 places away; only 1 stays on the map: 2 taps of 4 on each axis.
    shares = series.untouched(SeriesNet(), 32)
    assert shares.pop("dilated.0.0") == shares.pop("dilated.1.0") == 0.75
    assert set(shares.values()) == {0.0}
    assert set(series.untouched(SeriesNet(), 64).values()) == {0.0}


def test_each_step_changes_what_it_says():
    networks = {step.name: step.build().eval() for step in series.STEPS}
    L = torch.rand(1, 1, 32, 32, generator=torch.Generator().manual_seed(0)) * 100
    for step in series.STEPS:
        answer = networks[step.name](L)
        ab = answer[0] if isinstance(answer, tuple) else answer
        assert ab.shape == (1, 2, 32 // step.scale, 32 // step.scale), step.name

    def has(name, kind):
        return any(isinstance(part, kind) for part in networks[name].modules())

    assert isinstance(networks[series.SERIES].decoder[-1][-1], nn.ReLU)
    assert isinstance(networks[series.OPEN].decoder[-1][-1], nn.BatchNorm2d)
    assert len(networks[series.HALF].dilated) == 2
    assert len(networks[series.UNDILATED].dilated) == 0
    assert has(series.UNDILATED, nn.ConvTranspose2d)
    assert not has(series.RESIZING, nn.ConvTranspose2d)
    one, two = (
        sum(p.numel() for p in networks[name].parameters())
        for name in (series.RESIDUAL, series.HEADS)
    )
    assert two - one == sum(p.numel() for p in networks[series.HEADS].distribution.parameters())


def test_each_step_and_control_follows_one_that_differs_in_one_thing():
    steps = {step.name: step for step in (*series.STEPS, *series.CONTROLS)}
    assert [step.after for step in series.STEPS[1:]] == [s.name for s in series.STEPS[:-1]]
    for step in (*series.STEPS[1:], *series.CONTROLS):
        before = steps[step.after]
        changed = (step.build is not before.build) + (step.recipe != before.recipe)
        if step.name.startswith(series.LONGER):
            assert (changed, step.times) == (0, 3)
        else:
            assert changed == (2 if step.name == series.HEADS else 1)  # a head, and its loss


def test_a_pattern_by_phases():
    i, j = np.indices((16, 16))
    checkers = np.stack([(-1.0) ** (i + j), np.zeros((16, 16))])
    assert series.by_phase(checkers, 2) == series.by_phase(checkers, 4) == 1
    rows_of_four = np.stack([np.where(i % 4 < 2, 1.0, -1.0)] * 2)
    assert series.by_phase(rows_of_four, 2) == 0
    assert series.by_phase(rows_of_four, 4) == pytest.approx(np.sqrt(2))  # two channels
    assert series.by_phase(np.full((2, 16, 16), 7.0), 4) == 0


def test_transposed_layers_leave_patterns_and_resizing_leaves_none():
    torch.manual_seed(0)
    patterned = series.pattern(SeriesNet(), [50.0])["by_phase"]
    assert patterned["2"] > 0.1
    assert sorted(patterned.values()) == [patterned[str(m)] for m in series.MODULI]
    half = series.pattern(series.undilated(), [50.0])["by_phase"]
    assert half["2"] == pytest.approx(0, abs=1e-3)
    assert half["4"] > 0.01
    for build in (series.resizing, lambda: Colorizer((8, 16))):
        assert max(series.pattern(build(), [50.0])["by_phase"].values()) < 1e-3


def test_phase_sums_are_chapter_14s():
    network = SeriesNet()
    linear = torch.tensor([1.0, 3, 3, 1])
    with torch.no_grad():
        for layer in network.decoder:
            layer[0].weight.copy_(linear[:, None] * linear)
        even = torch.tensor([1.0, 1, 0, 0])  # one weight for each phase, side by side
        network.decoder[1][0].weight.copy_(even[:, None] * even)
    assert series.phase_sums(network) == pytest.approx([0, 0, 0, 0])
    with torch.no_grad():
        network.decoder[0][0].weight.zero_()[..., 0, 0] = 1  # sums 1, 0, 0, 0
    # Their standard deviation is √3/4, their root mean square 1/2.
    assert series.phase_sums(network)[0] == pytest.approx(np.sqrt(3) / 2)


def test_the_bottleneck_is_described_as_it_was_built(pictures):
    network = SeriesNet().eval()
    normalize = network.decoder[-1][1]
    with torch.no_grad():
        normalize.weight.zero_()
        normalize.bias.copy_(torch.tensor([-1.0, 2.0]))  # one channel dead, one always 2
        network.last.weight.zero_()
        network.last.weight[0, 0, 1, 1] = 0.5  # the first channel adds to a, the second to b
        network.last.weight[1, 1, 1, 1] = 0.25
        network.last.bias.zero_()
    found = series.bottleneck(network, pictures.test)
    assert found["zero"] == [1, 0]
    assert (found["dead"], found["both_zero"]) == (1, 0)
    assert found["directions"] == [[50, 0], [0, 25]]
    assert found["degrees"] == pytest.approx(90)
    ab = targets(pictures.test, 1)[1]
    assert found["outside"] == pytest.approx(float((ab < 0).any(dim=1).double().mean()))


def test_the_mean_error_of_gray_is_minus_the_mean_color(pictures):
    class Gray(nn.Module):
        def forward(self, L):
            return torch.zeros(len(L), 2, 16, 16)

    made, error = series.look(Gray(), pictures.test)
    assert np.array_equal(made, _measuring.gray(pictures.test))
    true = rgb2lab(pictures.test)[..., 1:].mean(axis=0).transpose(2, 0, 1)
    np.testing.assert_allclose(error, -true, atol=1e-3)
    assert series.phases_of_error(np.ones((2, 32, 32))) == {
        "by_phase": {"2": 0, "4": 0, "8": 0},
        "middle": pytest.approx(np.sqrt(2)),
        "rim": pytest.approx(np.sqrt(2)),
    }


def test_gray_is_judged_as_scikit_image_judges_it(pictures):
    lightness = rgb2lab(pictures.test)
    lightness[..., 1:] = 0
    gray = np.round(lab2rgb(lightness) * 255).astype(np.uint8)
    made = _measuring.gray(pictures.test)
    assert np.abs(gray.astype(int) - made).max() <= 1
    stored = cifar.measure_baselines(pictures)["test"]
    expected = peak_signal_noise_ratio(pictures.test, gray)
    assert stored["gray"]["psnr"] == pytest.approx(expected, abs=0.01)
    assert stored["gray"]["colorfulness"] < 0.5


def test_true_color_of_half_size_is_the_mean_of_four():
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    lab = rgb2lab(images)
    ab = lab[..., 1:].reshape(3, 4, 2, 4, 2, 2).mean(axis=(2, 4))
    enlarged = torch.nn.functional.interpolate(
        torch.tensor(ab).permute(0, 3, 1, 2), scale_factor=2, mode="bilinear"
    )
    lab[..., 1:] = enlarged.permute(0, 2, 3, 1).numpy()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of colors that no screen shows
        expected = np.round(lab2rgb(lab) * 255)
    assert np.abs(_measuring.true_color(images, 2) - expected).max() <= 1
    assert np.array_equal(_measuring.true_color(images, 1), images)


def test_a_mean_color_does_no_worse_than_gray(pictures):
    color = _measuring.mean_color(pictures.test)
    expected = rgb2lab(pictures.test)[..., 1:].mean(axis=(0, 1, 2))
    np.testing.assert_allclose(color, expected, atol=1e-2)


def test_a_training_with_a_seed_can_be_had_again(pictures):
    def trained(seed):
        torch.manual_seed(seed)
        network = Colorizer((4, 8))
        recipe = _measuring.Recipe("AdamW", batch=8, classification=0.1)
        seen = _measuring.train(network, pictures.train, recipe, seed, lambda step: step / 5)
        assert seen == 40
        return network(torch.full((1, 1, 32, 32), 50.0))[0]

    assert torch.equal(trained(3), trained(3))
    assert not torch.equal(trained(3), trained(4))


def test_batches_show_every_picture_once_a_pass_and_some_mirrored():
    images = np.arange(12 * 4, dtype=np.uint8).reshape(12, 1, 4, 1).repeat(3, axis=3)
    stream = _measuring.batches(images, 4, seed=0)
    found = [next(stream) for _ in range(60)]
    for first in range(0, 60, 3):
        seen = np.concatenate(found[first : first + 3])[:, 0, :, 0]
        assert sorted(np.unique(seen // 4)) == list(range(12))
    mirrored = [bool((np.diff(batch[:, 0, :, 0].astype(int)) < 0).all()) for batch in found]
    assert 15 < sum(mirrored) < 45


def test_the_head_of_distributions_learns_only_if_it_is_asked(pictures):
    for classification in (0.0, 0.1):
        torch.manual_seed(0)
        network = Colorizer((4, 8))
        before = network.distribution.weight.detach().clone()
        recipe = _measuring.Recipe(batch=8, classification=classification)
        _measuring.train(network, pictures.train, recipe, 0, lambda step: step / 2)
        assert torch.equal(before, network.distribution.weight) == (classification == 0)


def test_the_rate_of_adamw_rises_and_falls_and_adams_stays(pictures, monkeypatch):
    rates: list[float] = []
    for name in ("Adam", "AdamW"):
        kind = getattr(torch.optim, name)

        class Watched(kind):
            def step(self, *given):
                rates.append(self.param_groups[0]["lr"])
                return super().step(*given)

        monkeypatch.setattr(torch.optim, name, Watched)
    for name in ("Adam", "AdamW"):
        recipe = _measuring.Recipe(name, lr=0.5, batch=4)
        _measuring.train(Colorizer((4, 8)), pictures.train, recipe, 0, lambda step: step / 40)
    constant, changing = rates[:40], rates[40:]
    assert set(constant) == {0.5}
    assert changing[0] < 0.01
    assert max(changing) > 0.49
    assert changing[-1] < 0.01
    assert np.argmax(changing) in (1, 2, 3)


def test_the_most_faithful_of_the_colorful_ones_is_chosen():
    rows = [
        {"psnr": 22.9, "colorfulness": 25.0},
        {"psnr": 22.0, "colorfulness": 28.5},
        {"psnr": 22.4, "colorfulness": 28.1},
        {"psnr": 21.0, "colorfulness": 33.0},
    ]
    assert cifar.choose(rows) == rows[2]
    assert cifar.choose(rows[:1]) == rows[0]


def test_undoing_the_weights_of_a_training_leaves_the_distribution(pictures):
    plain = cifar.rebalanced(pictures.train, 0.0, 0.5)
    weights = color_weights(pictures.train, 0.5)
    probabilities = torch.rand(2, len(plain), 3, 3)
    trained = losses.rebalance(probabilities.log(), weights)
    np.testing.assert_allclose(
        losses.mean(losses.rebalance(trained, plain)), losses.mean(probabilities.log()), atol=1e-3
    )


def test_the_series_is_measured_and_taken_up_again(pictures, small, monkeypatch, tmp_path):
    monkeypatch.setattr(series, "BUILD", tmp_path)
    path = tmp_path / "results.json"
    described = _measuring.about("benchmarks/colorize/series.py", pictures, [0, 1])

    def measure():
        progress = Progress(tmp_path / "progress.jsonl", 1)
        series.measure(
            pictures, progress, lambda part, found: _measuring.keep(path, described, part, found)
        )
        return json.loads(path.read_text())

    found = measure()
    complete_series(found)
    monkeypatch.setattr(series, "run", None)  # everything is known
    assert measure() == found


def test_cifar_is_measured(pictures, small, tmp_path):
    minute = cifar.measure_minute(pictures, seconds=1.5)
    assert minute["pictures_seen"] >= 32
    assert minute["cpu_seconds"] >= 1.5
    torch.manual_seed(0)
    path = tmp_path / "small.safetensors"
    weights = color_weights(pictures.train, 0.5).tolist()
    metadata = {"temperature": 0.4, "power": 0.5, "rebalancing": weights}
    export.save(Colorizer((4, 8)), path, metadata)
    found = {
        "baselines": cifar.measure_baselines(pictures),
        "minute": minute,
        "checkpoint": cifar.measure_checkpoint(pictures, path),
        "pictures": cifar.measure_pictures(pictures, path),
    }
    complete_cifar(found)
    scaled = found["checkpoint"]["scaled_as_colorful"]
    assert scaled["factor"] >= 1


def test_predictions_for_a_picture_and_its_mirror_are_averaged(pictures):
    torch.manual_seed(0)
    network = Colorizer((4, 8)).eval()
    L = targets(pictures.test)[0]
    with torch.inference_mode():
        ab = (network(L)[0] + network(L.flip(3))[0].flip(3)) / 2
    expected = metrics.psnr(pictures.test, _measuring.paint(L, ab))
    found = cifar.measure_mirrored(network, pictures)
    assert found["psnr"] == pytest.approx(expected, abs=1e-4)


def complete_series(found):
    assert set(found) == {"about", "networks", "frame", "steps", "controls", "arrays"}
    means = {}
    for part, steps in (("steps", series.STEPS), ("controls", series.CONTROLS)):
        assert [row["step"] for row in found[part]] == [step.name for step in steps]
        for row, step in zip(found[part], steps, strict=True):
            network = step.build()
            assert row["parameters"] == sum(p.numel() for p in network.parameters())
            assert row["multiply_adds"] == series.multiply_adds(network)
            assert row["recipe"] == dataclasses.asdict(step.recipe)
            assert len(row["each"]) == len(row["seeds"]) == len(row["cpu_seconds"])
            assert row["pictures_seen"] > 0
            each = {n: r["test"]["psnr"] for n, r in zip(row["seeds"], row["each"], strict=True)}
            assert row["test"]["psnr"]["mean"] == pytest.approx(np.mean(list(each.values())))
            mse = np.mean([10 ** (-psnr / 10) for psnr in each.values()])
            assert row["test"]["rgb_mse"]["mean"] == pytest.approx(mse, abs=2e-5)
            if step.after:
                gains = [psnr - means[step.after][seed] for seed, psnr in each.items()]
                assert row["gain"]["test"]["mean"] == pytest.approx(np.mean(gains), abs=1e-4)
            means[step.name] = each
    assert "bottleneck" in found["steps"][0]["each"][0]
    assert "vivid" in found["steps"][-1]["each"][0]
    assert found["steps"][-1]["on_even_gray"]["16"]["most"] < 1e-2


def complete_cifar(found):
    assert {"baselines", "minute", "checkpoint", "pictures"} <= set(found)
    assert set(found["baselines"]["test"]) == {"gray", "mean ab", "true ab of half size"}
    checkpoint = found["checkpoint"]
    settings = [(row["power"], row["temperature"]) for row in checkpoint["grid"]]
    assert tuple(checkpoint["chosen"].values()) in settings
    curve = {row["decoder"]: row for row in checkpoint["curve"]}
    assert curve["faithful × 1"]["psnr"] == pytest.approx(
        checkpoint["faithful"]["test"]["psnr"], abs=1e-3
    )
    assert set(found["pictures"]["places"]) == {"best", "median", "worst", "random"}
    for part, gate in ((found["minute"], "minute"), (checkpoint["faithful"], "faithful")):
        assert part["met"] == all(
            part["test"][key] >= least for key, least in cifar.GATES[gate].items()
        )


def described_fully(found):
    about = found["about"]
    assert {"script", "seeds", "data_sha256", "commit", "versions", "hardware"} <= set(about)
    assert len(about["data_sha256"]) == 64
    assert len(about["commit"]) == 40


def test_the_stored_series_is_complete():
    found = results("colorize_series")
    described_fully(found)
    complete_series(found)
    assert found["about"]["seeds"] == found["steps"][0]["seeds"]


def test_the_stored_cifar_is_complete():
    found = results("colorize_cifar")
    described_fully(found)
    complete_cifar(found)


def test_the_gates_of_stage_5_are_judged_as_they_were_set():
    """The chapter prints which are met; the faithful head's 23.2 dB is not yet."""
    found = results("colorize_cifar")
    assert found["minute"]["met"]
    for name in ("faithful", "vivid"):
        row = found["checkpoint"][name]
        assert row["gate"] == cifar.GATES[name]
        assert row["met"] == all(row["test"][key] >= row["gate"][key] for key in row["gate"])

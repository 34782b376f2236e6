"""Checkpoints hold what was saved, in half precision; the graph computes what PyTorch does."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import onnx
import pytest
import torch
from onnx.reference import ReferenceEvaluator
from torch import nn

from cnncourse.colorize import export, losses
from cnncourse.colorize.models import Colorizer, SeriesNet

WIDTHS = (8, 12, 16)


def trained(network: nn.Module, seed: int = 0) -> nn.Module:
    """Give every weight and every buffer of batch norm a value of its own."""
    torch.manual_seed(seed)
    with torch.no_grad():
        for tensor in network.state_dict().values():
            if tensor.is_floating_point():
                tensor.copy_(torch.rand(tensor.shape) * 0.4 + (0.5 if tensor.ndim == 1 else -0.2))
    return network.eval()


def about() -> dict[str, Any]:
    torch.manual_seed(1)
    weights = torch.rand(len(losses.ab_bins())) + 0.5
    return {"temperature": 0.4, "rebalancing": weights.tolist(), "seed": 7}


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    path = tmp_path / "small.safetensors"
    export.save(trained(Colorizer(WIDTHS)), path, about())
    return path


@pytest.mark.parametrize("make", [lambda: Colorizer(WIDTHS), SeriesNet])
def test_what_is_loaded_is_what_was_saved_in_half_precision(make: Any, tmp_path: Path) -> None:
    network = trained(make())
    path = tmp_path / "any.safetensors"
    export.save(network, path, {"seed": 7})
    loaded, metadata = export.load(path)
    assert type(loaded) is type(network)
    assert not loaded.training
    assert metadata["seed"] == 7
    assert tuple(metadata["widths"]) == tuple(network.widths)
    for name, tensor in network.state_dict().items():
        got = loaded.state_dict()[name]
        rounded = tensor.half().float() if tensor.ndim > 1 else tensor
        assert got.dtype == tensor.dtype, name
        assert torch.equal(got, rounded), name
    parameters = sum(tensor.numel() for tensor in network.parameters())
    assert path.stat().st_size < 2.1 * parameters + 20_000
    assert [file.name for file in tmp_path.iterdir()] == ["any.safetensors"]


def test_the_same_network_gives_the_same_bytes(checkpoint: Path, tmp_path: Path) -> None:
    # Metadata in another order, and one run after the other: nothing of that is in the file.
    again = tmp_path / "again.safetensors"
    export.save(trained(Colorizer(WIDTHS)), again, dict(reversed(about().items())))
    assert again.read_bytes() == checkpoint.read_bytes()


@pytest.mark.parametrize(
    ("network", "metadata", "error", "words"),
    [
        (nn.Linear(2, 2), {}, TypeError, "network is a Linear"),
        (Colorizer(WIDTHS), {"when": object()}, TypeError, "plain JSON"),
        (Colorizer(WIDTHS), {"loss": float("nan")}, TypeError, "plain JSON"),
    ],
)
def test_what_cannot_be_saved_is_refused(
    network: nn.Module, metadata: dict[str, Any], error: type, words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        export.save(network, tmp_path / "no.safetensors", metadata)
    assert list(tmp_path.iterdir()) == []


def test_weights_beyond_half_precision_are_refused(tmp_path: Path) -> None:
    network = Colorizer(WIDTHS)
    with torch.no_grad():
        network.color.weight[0, 0, 0, 0] = 1e5
    with pytest.raises(ValueError, match=r"color\.weight .* 65,504; largest finite magnitude 1000"):
        export.save(network, tmp_path / "no.safetensors", {})


def test_what_cannot_be_loaded_is_told_in_words(checkpoint: Path, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no checkpoint 'sepia'; there are "):
        export.load("sepia")
    with pytest.raises(FileNotFoundError, match="there is no file"):
        export.load(tmp_path / "nothing.safetensors")
    broken = tmp_path / "broken.safetensors"
    broken.write_bytes(checkpoint.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"broken\.safetensors cannot be read as a checkpoint"):
        export.load(broken)
    broken.write_bytes(b"GIF89a")
    with pytest.raises(ValueError, match="cannot be read as a checkpoint"):
        export.load(broken)
    from safetensors.torch import save_file

    save_file({"x": torch.zeros(2)}, broken)
    with pytest.raises(ValueError, match="no checkpoint of this course"):
        export.load(broken)
    save_file({"x": torch.zeros(2)}, broken, metadata={export.KEY: '{"model": "Painter"}'})
    with pytest.raises(ValueError, match="holds a 'Painter'; known are Colorizer, SeriesNet"):
        export.load(broken)
    known = {export.KEY: json.dumps({"model": "Colorizer", "widths": WIDTHS})}
    save_file({"x": torch.zeros(2)}, broken, metadata=known)
    with pytest.raises(ValueError, match="does not fit a Colorizer"):
        export.load(broken)


def test_the_vivid_head_is_decoded_as_the_metadata_say() -> None:
    bins = losses.ab_bins()
    metadata = about()
    logits = torch.full((1, len(bins), 1, 1), -1e4)
    # Two colors, equally probable; rebalanced three to one, and sharpened by a half: nine to one.
    logits[0, [5, 200]] = 0
    metadata["rebalancing"] = [3.0 if i == 5 else 1.0 for i in range(len(bins))]
    metadata["temperature"] = 0.5
    expected = 0.9 * bins[5] + 0.1 * bins[200]
    assert torch.allclose(export.vivid(logits, metadata).flatten(), expected, atol=1e-4)
    with pytest.raises(ValueError, match="metadata lack rebalancing, temperature"):
        export.vivid(logits, {})
    with pytest.raises(ValueError, match="rebalancing has 2 weights"):
        export.vivid(logits, {"temperature": 1, "rebalancing": [1, 1]})


@pytest.fixture(scope="module")
def graph(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("graph")
    export.save(trained(Colorizer(WIDTHS)), folder / "small.safetensors", about())
    export.to_onnx(folder / "small.safetensors", folder / "small.onnx")
    return folder / "small.onnx"


class TestGraph:
    @pytest.mark.parametrize("size", [(32, 32), (16, 40)])
    def test_it_computes_what_pytorch_does(self, graph: Path, size: tuple[int, int]) -> None:
        L = 100 * torch.rand(1, 1, *size, generator=torch.Generator().manual_seed(4))
        network, metadata = export.load(graph.with_suffix(".safetensors"))
        with torch.inference_mode():
            faithful, logits = network(L)
        expected = [faithful, export.vivid(logits, metadata), losses.spread(logits)]
        session = ReferenceEvaluator(onnx.load(graph))
        assert session.output_names == ["faithful", "vivid", "spread"]
        found = session.run(None, {"L": L.numpy()})
        for name, got, want in zip(session.output_names, found, expected, strict=True):
            assert got.shape == want.shape, name
            assert float(want.std()) > 0.01, name
            # The reference rounds some constants to half precision less than PyTorch does.
            assert torch.allclose(torch.tensor(got), want, atol=1e-3), name

    def test_its_weights_are_the_bytes_of_the_checkpoint(self, graph: Path) -> None:
        model = onnx.load(graph, load_external_data=False)
        outside = {
            tensor.name: {entry.key: entry.value for entry in tensor.external_data}
            for tensor in model.graph.initializer
            if tensor.external_data
        }
        assert {entry["location"] for entry in outside.values()} == {"small.safetensors"}
        network, _ = export.load(graph.with_suffix(".safetensors"))
        content = graph.with_suffix(".safetensors").read_bytes()
        weight = outside["network.color.weight.half"]
        start, length = int(weight["offset"]), int(weight["length"])
        half = torch.frombuffer(bytearray(content[start : start + length]), dtype=torch.float16)
        assert torch.equal(half.float(), network.color.weight.flatten())
        assert graph.stat().st_size < 45_000

    def test_it_says_nothing_of_the_machine_that_made_it(self, graph: Path) -> None:
        texts = re.findall(rb"[ -~]{5,}", graph.read_bytes())
        assert len(texts) > 100
        told = [text for text in texts if re.search(rb"/|\.py|export|metadata|home", text)]
        assert told == []

    def test_only_a_colorizer_that_says_how_it_is_decoded_has_one(self, tmp_path: Path) -> None:
        path = tmp_path / "x.safetensors"
        export.save(SeriesNet(), path, {})
        with pytest.raises(TypeError, match="holds a SeriesNet"):
            export.to_onnx(path, tmp_path / "x.onnx")
        export.save(Colorizer(WIDTHS), path, {})
        with pytest.raises(ValueError, match="metadata lack"):
            export.to_onnx(path, tmp_path / "x.onnx")

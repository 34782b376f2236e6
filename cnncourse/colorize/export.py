"""Checkpoints in half precision, and the graph that lets a page run the same file.

A checkpoint is one safetensors file: the weights of the convolutions in half precision, all that
is small as it was, and what one needs to know about them (data, seed, temperature, …) in its
header. The graph for ONNX Runtime holds no weights of its own: it says at which byte of the
checkpoint each tensor lies.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as serialized
from torch import Tensor, nn

from cnncourse.colorize import losses
from cnncourse.colorize.models import Colorizer, SeriesNet

if TYPE_CHECKING:
    import onnx

CHECKPOINTS = Path(__file__).parent / "checkpoints"
# One key for all metadata: safetensors writes several in an order that changes from run to run.
KEY = "cnncourse"
MODELS = ("Colorizer", "SeriesNet")


def save(network: nn.Module, path: str | os.PathLike[str], metadata: Mapping[str, Any]) -> None:
    """Write a network's weights in half precision, with what is known about them.

    Weights and buffers with two axes or more are rounded to float16; biases and the numbers of
    batch normalization, a hundredth of the file, stay float32. The same network and metadata
    always give the same bytes.

    Parameters
    ----------
    network
        A :class:`~cnncourse.colorize.models.Colorizer` or
        :class:`~cnncourse.colorize.models.SeriesNet`, on any device.
    path
        The file to write, usually ``….safetensors``. It appears when it is complete.
    metadata
        Plain JSON data. The vivid head needs ``"temperature"``, a number, and
        ``"rebalancing"``, a weight for each of the Q bins. ``"model"`` and ``"widths"`` are added.

    Raises
    ------
    TypeError
        If the network is of another class, or the metadata are no plain JSON data.
    ValueError
        If a weight is not finite, or too large for half precision.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "small.safetensors"
    >>> save(Colorizer(widths=(8, 16)), path, {"seed": 3})
    >>> network, metadata = load(path)
    >>> metadata
    {'model': 'Colorizer', 'seed': 3, 'widths': [8, 16]}
    """
    if not isinstance(network, (Colorizer, SeriesNet)):
        raise TypeError(
            f"save: network is a {type(network).__name__}; it should be one of {', '.join(MODELS)}"
        )
    model = type(network).__name__
    known = {**metadata, "model": model, "widths": list(network.widths)}
    try:
        text = json.dumps(known, sort_keys=True, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise TypeError(f"save: metadata must be plain JSON data: {error}") from None
    tensors = {}
    for name, tensor in network.state_dict().items():
        stored = tensor.detach().cpu().contiguous()
        if stored.ndim > 1:
            stored = stored.half()
        if not torch.isfinite(stored).all():
            raise ValueError(
                f"save: {name} holds numbers that are not finite, or beyond half precision's "
                f"largest, 65,504; largest finite magnitude {_largest(tensor):g}"
            )
        tensors[name] = stored
    target = Path(path)
    unfinished = target.with_name(target.name + ".part")
    try:
        unfinished.write_bytes(serialized(tensors, metadata={KEY: text}))
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def load(name_or_path: str | os.PathLike[str]) -> tuple[nn.Module, dict[str, Any]]:
    """Read a checkpoint and build its network.

    Parameters
    ----------
    name_or_path
        A checkpoint of the course, ``"photographs"`` or ``"cifar10"``, or a file that
        :func:`save` has written.

    Returns
    -------
    network : nn.Module
        In float32, on the CPU, ready to predict (``eval`` mode).
    metadata : dict
        As given to :func:`save`, with ``"model"`` and ``"widths"``.

    Raises
    ------
    ValueError
        If the course has no checkpoint of that name, or the file is damaged or not one of ours.
    FileNotFoundError
        If there is no such file.
    """
    path = checkpoint_path(name_or_path)
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(KEY)
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        raise ValueError(f"load: {path} cannot be read as a checkpoint: {error}") from None
    if text is None:
        raise ValueError(f"load: {path} is no checkpoint of this course: it says nothing of itself")
    metadata: dict[str, Any] = json.loads(text)
    model = metadata.get("model")
    if model not in MODELS:
        raise ValueError(
            f"load: {path} holds a {model!r}; known are {', '.join(MODELS)}. Was it made by a "
            "newer version of cnncourse?"
        )
    network = SeriesNet() if model == "SeriesNet" else Colorizer(metadata["widths"])
    try:
        # Copying into the network's own tensors brings half precision back to float32.
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise ValueError(f"load: {path} does not fit a {model}: {error}") from None
    return network.eval(), metadata


def checkpoint_path(name_or_path: str | os.PathLike[str]) -> Path:
    """Return the file of a checkpoint, given its name or its path.

    Raises
    ------
    ValueError
        If the course has no checkpoint of that name.
    FileNotFoundError
        If there is no such file.

    Examples
    --------
    >>> checkpoint_path("sepia")
    Traceback (most recent call last):
    ...
    ValueError: no checkpoint 'sepia'; there are ...; for a file of your own, write its ending, too
    """
    path = Path(name_or_path)
    if path.name == str(name_or_path) and not path.suffix:
        path = CHECKPOINTS / f"{name_or_path}.safetensors"
        if not path.exists():
            known = ", ".join(sorted(file.stem for file in CHECKPOINTS.glob("*.safetensors")))
            raise ValueError(
                f"no checkpoint {str(name_or_path)!r}; there are {known or 'none'}; for a file of "
                "your own, write its ending, too"
            )
    if not path.is_file():
        raise FileNotFoundError(f"load: there is no file {path}")
    return path


def vivid(logits: Tensor, metadata: Mapping[str, Any]) -> Tensor:
    """Decode the vivid head as the checkpoint's metadata say.

    Parameters
    ----------
    logits
        Shape (N, Q, h, w).
    metadata
        With ``"temperature"`` and ``"rebalancing"``.

    Returns
    -------
    Tensor
        ab of shape (N, 2, h, w): the annealed mean of the rebalanced distribution.

    Raises
    ------
    ValueError
        If the metadata do not say how.
    """
    missing = {"temperature", "rebalancing"} - metadata.keys()
    if missing:
        raise ValueError(f"vivid: the checkpoint's metadata lack {', '.join(sorted(missing))}")
    weights = torch.tensor(metadata["rebalancing"], dtype=torch.float32)
    if weights.shape != logits.shape[1:2]:
        raise ValueError(
            f"vivid: rebalancing has {weights.numel()} weights, and logits of shape "
            f"{tuple(logits.shape)} need {logits.shape[1]}"
        )
    return losses.annealed_mean(losses.rebalance(logits, weights), metadata["temperature"])


class _Page(nn.Module):
    """All that a page asks of a network, in one call."""

    def __init__(self, network: nn.Module, metadata: Mapping[str, Any]) -> None:
        super().__init__()
        self.network = network
        self.metadata = metadata

    def forward(self, L: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        faithful, logits = self.network(L)
        return faithful, vivid(logits, self.metadata), losses.spread(logits)


def to_onnx(checkpoint: str | os.PathLike[str], path: str | os.PathLike[str]) -> None:
    """Write the graph with which ONNX Runtime runs a checkpoint.

    The graph takes ``L``, (1, 1, H, W), H and W multiples of the network's, and gives
    ``faithful`` and ``vivid``, both (1, 2, H/2, W/2) in ab units, and ``spread``,
    (1, 1, H/2, W/2). Its weights are external: they stay in the checkpoint's file, which ONNX
    Runtime must be given under the file's own name, and are made float32 when the graph is loaded.

    Parameters
    ----------
    checkpoint
        A name or a file, as for :func:`load`; it must hold a Colorizer.
    path
        The file to write, usually ``….onnx``.

    Raises
    ------
    TypeError
        If the checkpoint does not hold a Colorizer.
    ValueError
        If its metadata do not say how the vivid head is decoded.
    """
    import onnx_ir
    from onnxscript.optimizer import fold_constants, remove_unused_nodes

    network, metadata = load(checkpoint)
    if not isinstance(network, Colorizer):
        raise TypeError(
            f"to_onnx: {checkpoint} holds a {metadata['model']}; only a Colorizer has the heads "
            "that a page shows"
        )
    step = network.multiple
    example = torch.zeros(1, 1, 2 * step, 3 * step)
    page = _Page(network, metadata).eval()
    page(example)  # so that what is wrong is told in our words, not in the exporter's
    sides = [step * torch.export.Dim(name, min=1, max=64) for name in ("rows", "columns")]
    # PyTorch's own optimizer would fold batch normalization into the weights, and they would no
    # longer be those of the file; ONNX Runtime does the same when it loads the graph.
    program = torch.onnx.export(
        page,
        (example,),
        input_names=["L"],
        output_names=["faithful", "vivid", "spread"],
        dynamic_shapes=({2: sides[0], 3: sides[1]},),
        dynamo=True,
        optimize=False,
        verbose=False,
    )
    assert program is not None  # it is, of `dynamo`
    graph = onnx_ir.from_proto(program.model_proto)
    fold_constants(graph, onnx_shape_inference=False)
    remove_unused_nodes(graph)
    model = onnx_ir.to_proto(graph)
    _keep_outside(model, checkpoint_path(checkpoint))
    _strip(model)
    Path(path).write_bytes(model.SerializeToString(deterministic=True))


def _keep_outside(model: onnx.ModelProto, checkpoint: Path) -> None:
    """Let the graph read the network's tensors from the checkpoint instead of carrying them."""
    import onnx

    content = checkpoint.read_bytes()
    header_length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + header_length])
    types = {"F16": onnx.TensorProto.FLOAT16, "F32": onnx.TensorProto.FLOAT}
    kept, casts = [], []
    for tensor in model.graph.initializer:
        entry = header.get(tensor.name.removeprefix("network."))
        if entry is None:
            kept.append(tensor)
            continue
        half = entry["dtype"] == "F16"
        start, end = entry["data_offsets"]
        outside = onnx.TensorProto(
            name=f"{tensor.name}.half" if half else tensor.name,
            data_type=types[entry["dtype"]],
            dims=entry["shape"],
            data_location=onnx.TensorProto.EXTERNAL,
        )
        place = {"location": checkpoint.name, "offset": 8 + header_length + start}
        for key, value in {**place, "length": end - start}.items():
            outside.external_data.add(key=key, value=str(value))
        kept.append(outside)
        if half:
            casts.append(
                onnx.helper.make_node(
                    "Cast", [outside.name], [tensor.name], to=onnx.TensorProto.FLOAT
                )
            )
    nodes = [*casts, *model.graph.node]
    del model.graph.initializer[:], model.graph.node[:]
    model.graph.initializer.extend(kept)
    model.graph.node.extend(nodes)


def _strip(model: onnx.ModelProto) -> None:
    """Remove what says where and how the graph was made: paths of source files, stack traces."""
    graph = model.graph
    del model.metadata_props[:], graph.metadata_props[:], graph.value_info[:]
    model.producer_version = ""
    for part in (*graph.node, *graph.input, *graph.output, *graph.initializer):
        del part.metadata_props[:]
        part.doc_string = ""
    for node in graph.node:
        node.name = ""


def _largest(tensor: Tensor) -> float:
    finite = tensor[torch.isfinite(tensor)]
    return float(finite.abs().max()) if finite.numel() else 0.0

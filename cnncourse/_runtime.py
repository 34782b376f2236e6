"""What the figure `colorize` needs to color a reader's own picture in a page of the book.

ONNX Runtime is a program of others and is never committed: npm brings it into ``js/node_modules``,
and the book's build copies it beside the pages, with the checkpoint and its graph. Without it the
book is built all the same, and the figure says what is missing.
"""

from __future__ import annotations

import gzip
import html
import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

PACKAGE = Path("js/node_modules/onnxruntime-web/dist")
MODULE = "ort.wasm.bundle.min.mjs"
PROGRAM = "ort-wasm-simd-threaded.wasm"
CHECKPOINTS = Path(__file__).parent / "colorize" / "checkpoints"
NETWORK = ("photographs.onnx", "photographs.safetensors")
FOLDER = "colorizer"
MARK = 'data-figure="colorize"'


def sources(root: Path) -> dict[str, Path] | None:
    """Return the files to copy, by what they are for the page; None if one is missing.

    Parameters
    ----------
    root
        The project's folder, with ``js`` in it.
    """
    files = {
        "runtime": root / PACKAGE / MODULE,
        "wasm": root / PACKAGE / PROGRAM,
        "graph": CHECKPOINTS / NETWORK[0],
        "weights": CHECKPOINTS / NETWORK[1],
    }
    return files if all(file.is_file() for file in files.values()) else None


def offer(root: Path, static: str) -> dict[str, Any] | None:
    """Return what a page must know to load the network, or None if there is none to load.

    Parameters
    ----------
    root
        The project's folder.
    static
        Where ``_static`` lies, as the page would write it.
    """
    files = sources(root)
    if files is None:
        return None
    return {
        "worker": f"{static}/colorize.worker.js",
        "files": {name: f"{static}/{FOLDER}/{_name(file)}" for name, file in files.items()},
        "bytes": {
            "network": sum(files[name].stat().st_size for name in ("graph", "weights")),
            "runtime": len(_packed(files["wasm"])),
        },
    }


def offered(body: str, root: Path, static: str) -> str:
    """Tell every figure `colorize` of a page where its network is.

    Examples
    --------
    >>> offered('<figure data-figure="colorize">', Path("/nowhere"), "_static")
    '<figure data-figure="colorize">'
    """
    found = offer(root, static) if MARK in body else None
    if found is None:
        return body
    told = html.escape(json.dumps(found, separators=(",", ":")))
    return body.replace(MARK, f'{MARK} data-network="{told}"')


def write(root: Path, static: Path) -> bool:
    """Copy the files into the book.

    Parameters
    ----------
    root
        The project's folder.
    static
        The book's ``_static``.

    Returns
    -------
    bool
        Whether all were there.
    """
    files = sources(root)
    folder = static / FOLDER
    if files is None:
        shutil.rmtree(folder, ignore_errors=True)
        return False
    folder.mkdir(parents=True, exist_ok=True)
    for file in files.values():
        content = _packed(file) if file.suffix == ".wasm" else file.read_bytes()
        (folder / _name(file)).write_bytes(content)
    return True


def _name(file: Path) -> str:
    return f"{file.name}.gz" if file.suffix == ".wasm" else file.name


@cache
def _packed(file: Path) -> bytes:
    """Return the file compressed: 14 MB become less than 4, whatever server sends them."""
    return gzip.compress(file.read_bytes(), 9, mtime=0)

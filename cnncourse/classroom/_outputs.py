"""What a student's cells put out, made safe to keep and to look at."""

from __future__ import annotations

import base64
import binascii
import json
import re
import struct
from typing import Any

from nbformat import NotebookNode
from nbformat.v4 import new_output

__all__ = ["clean", "error", "safe_markdown", "safe_text", "size"]

MOST_OUTPUTS = 500
LONGEST_NAME = 80
LARGEST_PICTURE = 16_000_000
"""Pixels: a small file can hold a picture that no browser can show."""

CONTROL = re.compile(
    r"\x1b\[[0-9;?]*[A-Za-z]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
# Letters that change the direction of what follows can make code read as what it is not.
DIRECTION = re.compile("[\u202a-\u202e\u2066-\u2069]")
# What MathJax makes links, styles, or macros of, which may hide such names.
MACROS = re.compile(
    r"\\+(?=(?:href|url|style|class|cssId|html\w*|mmlToken|require|csname|includegraphics"
    r"|def|let|newcommand|renewcommand|newenvironment|renewenvironment)(?![a-zA-Z]))"
)
PNG = b"\x89PNG\r\n\x1a\n"


def clean(given: Any, most: int) -> list[NotebookNode]:
    """Return a notebook's outputs from what a sandbox says they are.

    Only text and pictures as pixels are kept: HTML, SVG, LaTeX, Markdown and scripts would run,
    or load something, in the browser of whoever reads them.

    Parameters
    ----------
    given : object
        Anything.
    most : int
        Characters that are kept.

    Examples
    --------
    >>> clean([{"output_type": "stream", "name": "stdout", "text": "14"}, "nonsense"], 100)
    [{'output_type': 'stream', 'name': 'stdout', 'text': '14'}]
    """
    outputs: list[NotebookNode] = []
    for output in given[:MOST_OUTPUTS] if isinstance(given, list) else ():
        if not isinstance(output, dict) or most <= 0:
            continue
        made = _output(output, most)
        if made is not None:
            outputs.append(made)
            most -= size(made)
    return outputs


def size(output: NotebookNode) -> int:
    """Return about how many characters an output takes in a file."""
    return len(json.dumps(output))


def error(name: str, text: str) -> NotebookNode:
    """Return an error output of our own."""
    return new_output("error", ename=name, evalue=text, traceback=[f"{name}: {text}"])


def safe_text(given: Any, most: int) -> str:
    r"""Return text without control characters, cut to a length; "" for what is no text.

    Examples
    --------
    >>> safe_text("red: \x1b[31m0", 100)
    'red: 0'
    """
    if not isinstance(given, str):
        return ""
    return DIRECTION.sub("", CONTROL.sub("", given[:most])).encode("utf-8", "replace").decode()


def safe_markdown(source: str) -> str:
    r"""Return Markdown without tags, pictures and links: nothing runs, and nothing is loaded.

    Examples
    --------
    >>> safe_markdown("if a < b: <b>![x](http://there/x.png)")
    'if a < b: < b>![x] (http://there/x.png)'
    >>> safe_markdown(r"$\href{javascript:x}{\frac{1}{2}}$")
    '$href{javascript:x}{\\frac{1}{2}}$'
    """
    source = MACROS.sub("", safe_text(source, len(source)))
    # With a space after it, it begins no tag; an entity would be seen as such in code and formulas.
    source = re.sub(r"<(?=[A-Za-z/!?])", "< ", source)
    return re.sub(r"\](?=[(\[:])", "] ", source)


def _output(output: dict[Any, Any], most: int) -> NotebookNode | None:
    kind = output.get("output_type")
    if kind == "stream":
        name = "stderr" if output.get("name") == "stderr" else "stdout"
        return new_output("stream", name=name, text=safe_text(output.get("text"), most))
    if kind == "error":
        lines = output.get("traceback")
        text = "\n".join(
            safe_text(line, most) for line in (lines[:200] if isinstance(lines, list) else ())
        )
        return new_output(
            "error",
            ename=safe_text(output.get("ename"), LONGEST_NAME),
            evalue=safe_text(output.get("evalue"), most),
            traceback=text[:most].splitlines(),
        )
    if kind not in ("display_data", "execute_result"):
        return None
    data = output.get("data")
    if not isinstance(data, dict):
        return None
    kept = {}
    if isinstance(data.get("text/plain"), str):
        kept["text/plain"] = safe_text(data["text/plain"], most)
    picture = _picture(data.get("image/png"), most)
    if picture:
        kept["image/png"] = picture
    # It is shown like a result, and nothing reads a number out of it.
    return new_output("display_data", data=kept) if kept else None


def _picture(given: Any, most: int) -> str:
    """Return a PNG file as text, or "" if it is none that can be shown."""
    if isinstance(given, str) and len(given) <= most:
        try:
            given = base64.b64decode("".join(given.split()), validate=True)
        except (binascii.Error, ValueError):
            return ""
    if not isinstance(given, bytes) or len(given) > most or given[:8] != PNG or len(given) < 33:
        return ""
    width, height = struct.unpack(">II", given[16:24])
    if given[12:16] != b"IHDR" or not 0 < width * height <= LARGEST_PICTURE:
        return ""
    return base64.b64encode(given).decode()

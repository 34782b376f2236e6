"""How prompts and results look: as plain text and, with the same words, as HTML.

The HTML carries its few style rules inline, so that it looks the same in a notebook and on a page
of the book. Colors come from the text's own color, so that it fits light and dark alike; what a
color says, a word or a mark says too.
"""

from __future__ import annotations

import html
import re
import textwrap
from collections.abc import Sequence

import numpy as np

LARGEST_GRID = 10
"""Matrices with more rows or columns than this are named by their shape, not printed."""


def number(value: object) -> str:
    """Write one number shortly: whole ones without a point, others with four digits.

    What rounding leaves over is not shown: it differs from machine to machine.

    Examples
    --------
    >>> number(3.0), number(2 / 3), number(1e-16), number(float("nan")), number(True)
    ('3', '0.6667', '0', 'nan', 'True')
    """
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    real = float(value)  # type: ignore[arg-type]
    whole = abs(real) < 1e6 and abs(real - round(real)) < 1e-6
    return str(round(real)) if whole else f"{real:.4g}"


def shape_words(shape: tuple[int, ...]) -> str:
    """Write a shape as it is said.

    Examples
    --------
    >>> shape_words((3, 4)), shape_words((2,)), shape_words(())
    ('an array of 3×4', 'a row of 2', 'a single number')
    """
    if not shape:
        return "a single number"
    if len(shape) == 1:
        return f"a row of {shape[0]}"
    return f"an array of {'×'.join(str(size) for size in shape)}"


def is_grid(value: np.ndarray) -> bool:
    """Say whether a value is shown as a grid: one or two axes, and few cells."""
    return value.ndim in (1, 2) and value.size > 0 and max(value.shape) <= LARGEST_GRID


def words(value: np.ndarray | str) -> str:
    """Write a value that is not shown as a grid."""
    if isinstance(value, str):
        return value
    if value.ndim == 0:
        return number(value[()])
    empty = "an empty array" if value.size == 0 else "an array"
    return f"{empty} of shape {tuple(int(size) for size in value.shape)}"


def text_grid(title: str, value: np.ndarray, marks: np.ndarray | None = None) -> list[str]:
    r"""Write a matrix under its title, a star after every marked cell.

    Examples
    --------
    >>> print("\n".join(text_grid("x", np.array([[1, 20], [3, 4]]), np.eye(2) > 0)))
    x
      1* 20
      3   4*
    """
    rows = np.atleast_2d(value)
    flags = np.zeros(rows.shape, bool) if marks is None else np.atleast_2d(marks)
    cells = [[number(entry) for entry in row] for row in rows]
    width = max(len(cell) for row in cells for cell in row)
    blank = " " if flags.any() else ""
    lines = []
    for row, row_flags in zip(cells, flags, strict=True):
        marked = [
            f"{cell:>{width}}{'*' if flag else blank}"
            for cell, flag in zip(row, row_flags, strict=True)
        ]
        lines.append(f" {' '.join(marked)}".rstrip())
    return [title, *lines]


def beside(blocks: Sequence[Sequence[str]], gap: int = 4) -> str:
    """Set blocks of lines beside each other.

    Examples
    --------
    >>> print(beside([["x", " 1"], ["kernel", " 2", " 3"]]))
    x     kernel
     1     2
           3
    """
    height = max((len(block) for block in blocks), default=0)
    widths = [max(len(line) for line in block) for block in blocks]
    lines = []
    for row in range(height):
        parts = [
            (block[row] if row < len(block) else "").ljust(width + gap)
            for block, width in zip(blocks, widths, strict=True)
        ]
        lines.append("".join(parts).rstrip())
    return "\n".join(lines)


def html_grid(title: str, value: np.ndarray, marks: np.ndarray | None = None) -> str:
    """Write a matrix as a captioned table, marked cells bold, framed and with a star."""
    rows = np.atleast_2d(value)
    flags = np.zeros(rows.shape, bool) if marks is None else np.atleast_2d(marks)
    body = []
    for row, row_flags in zip(rows, flags, strict=True):
        cells = []
        for entry, flag in zip(row, row_flags, strict=True):
            frame = "2px solid currentColor" if flag else "1px solid rgba(128,128,128,.5)"
            weight = ";font-weight:bold" if flag else ""
            cells.append(
                f'<td style="border:{frame};padding:.1em .45em;text-align:right{weight}">'
                f"{html.escape(number(entry))}{'*' if flag else ''}</td>"
            )
        body.append(f"<tr>{''.join(cells)}</tr>")
    return (
        '<table style="display:inline-table;width:auto;margin:.3em 1.2em .3em 0;'
        'border-collapse:collapse;vertical-align:top;color:inherit;font-size:inherit">'
        '<caption style="caption-side:top;text-align:left;color:inherit;padding:.1em 0">'
        f"{html.escape(title)}</caption><tbody>{''.join(body)}</tbody></table>"
    )


def html_inline(text: str) -> str:
    """Escape a text and turn its `code` and **bold** into HTML.

    Examples
    --------
    >>> html_inline("`a < b` is **not** shown")
    '<code>a &lt; b</code> is <strong>not</strong> shown'
    """
    parts = re.split(r"`([^`]*)`", text)
    for position, part in enumerate(parts):
        escaped = html.escape(part, quote=False)
        if position % 2:
            parts[position] = f"<code>{escaped}</code>"
        else:
            parts[position] = re.sub(r"\*\*(.+?)\*\*", r"<strong>\1</strong>", escaped)
    return "".join(parts)


def html_paragraphs(text: str) -> str:
    r"""Turn plain Markdown (paragraphs, `- ` lists, fenced code, code, bold) into HTML.

    Examples
    --------
    >>> html_paragraphs("Read it:\n\n- `a`\n- **b**")
    '<p>Read it:</p><ul><li><code>a</code></li><li><strong>b</strong></li></ul>'
    >>> print(html_paragraphs("```python\na < b\n\nc\n```"))
    <pre style="white-space:pre-wrap;margin:.3em 0;color:inherit"><code>a &lt; b
    <BLANKLINE>
    c</code></pre>
    """
    blocks = []
    for position, part in enumerate(re.split(r"^```\w*\n(.*?)\n```$", text, flags=re.M | re.S)):
        if position % 2:
            code = html.escape(part, quote=False)
            # Wrapped, because a box that scrolls would need a place in the tab order.
            style = "white-space:pre-wrap;margin:.3em 0;color:inherit"
            blocks.append(f'<pre style="{style}"><code>{code}</code></pre>')
            continue
        for block in filter(None, re.split(r"\n\s*\n", part.strip())):
            lines = block.splitlines()
            if all(line.startswith("- ") for line in lines):
                items = "".join(f"<li>{html_inline(line[2:])}</li>" for line in lines)
                blocks.append(f"<ul>{items}</ul>")
            else:
                blocks.append(f"<p>{html_inline(' '.join(lines))}</p>")
    return "".join(blocks)


def plain(text: str) -> str:
    """Take the marks for bold out of a text; the ones for code stay, as they help to read it."""
    return re.sub(r"\*\*(.+?)\*\*", r"\1", text)


def wrapped(text: str, width: int = 88) -> str:
    """Break a text for reading as plain text, without the marks for bold; code stays together."""
    whole = re.sub(r"`[^`]*`", lambda code: code[0].replace(" ", "\0"), plain(text))
    filled = textwrap.fill(whole, width, break_long_words=False, break_on_hyphens=False)
    return filled.replace("\0", " ")

"""Matplotlib pictures that several chapters use: numbered matrices and rows of pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

__all__ = ["OUTPUT", "SIGNED", "WINDOW", "draw_matrix", "draw_picture", "pictures"]

WINDOW, OUTPUT = "#0b5fc7", "#b4480a"
"""The colors of the window and of the output cell, in every picture and figure of the course."""

INK, LINE = "#1b2230", "#b8c0c8"
SIGNED = LinearSegmentedColormap.from_list("signed", ["#5a2a88", "#ffffff", "#14743a"])
"""Purple for negative, white for zero, green for positive: distinct also to color-blind readers."""

PALE = LinearSegmentedColormap.from_list("pale", ["#c8aae2", "#ffffff", "#96d3a5"])
PAPER = 7.2  # inches that a row of pictures may be wide


def draw_matrix(
    ax: Axes,
    values: ArrayLike,
    title: str = "",
    *,
    window: tuple[int, int, int, int] | None = None,
    output: tuple[int, int] | None = None,
    faint: ArrayLike | None = None,
    signed: bool = False,
) -> None:
    """Draw a matrix as numbered cells.

    Parameters
    ----------
    ax
        Where to draw.
    values
        Shape (H, W).
    title
        Written above the cells.
    window
        Row, column, height and width of a frame in the window's color, in cells.
    output
        Row and column of a cell to frame in the output's color.
    faint
        Booleans of shape (H, W): cells to draw in gray, such as those that padding added.
    signed
        Color the cells by sign and size.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> draw_matrix(ax, [[1, 0], [0, -1]], "a kernel", signed=True)
    >>> ax.get_title()
    'a kernel'
    >>> plt.close(figure)
    """
    cells = np.asarray(values)
    height, width = cells.shape
    shade = cells if signed else np.zeros(cells.shape)
    limit = max(float(np.abs(shade).max()), 1e-12)
    ax.imshow(shade, cmap=PALE, vmin=-limit, vmax=limit, extent=(0, width, height, 0))
    for edge in range(height + 1):
        ax.plot([0, width], [edge, edge], color=LINE, linewidth=0.8)
    for edge in range(width + 1):
        ax.plot([edge, edge], [0, height], color=LINE, linewidth=0.8)
    for (i, j), value in np.ndenumerate(cells):
        text = f"{value:g}".replace("-", "\N{MINUS SIGN}")
        pale = faint is not None and np.asarray(faint)[i, j]
        color = "#8a949e" if pale else INK
        ax.text(j + 0.5, i + 0.52, text, ha="center", va="center", fontsize=11, color=color)
    frames = [(window, WINDOW), ((*output, 1, 1) if output else None, OUTPUT)]
    for place, color in frames:
        if place is not None:
            top, left, rows, columns = place
            ax.add_patch(
                Rectangle(
                    (left, top), columns, rows, fill=False, edgecolor=color, linewidth=3, zorder=5
                )
            )
    ax.set_title(title, fontsize=10, color=INK)
    ax.set_xlim(-0.08, width + 0.08)
    ax.set_ylim(height + 0.08, -0.08)
    ax.axis("off")


def draw_picture(
    ax: Axes, picture: ArrayLike, title: str = "", *, signed: bool = False, limit: float = 1.0
) -> None:
    """Draw one picture, gray from 0 to `limit`, or signed from −`limit` to `limit`.

    Parameters
    ----------
    ax
        Where to draw.
    picture
        Shape (H, W), or (H, W, 3) with values from 0 to 1.
    title
        Written above the picture.
    signed
        Draw zero white, negative purple and positive green.
    limit
        The value that gets the strongest shade.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure, ax = plt.subplots()
    >>> draw_picture(ax, [[0.0, 0.5], [0.5, 1.0]], "four pixels")
    >>> plt.close(figure)
    """
    low = -limit if signed else 0.0
    ax.imshow(picture, cmap=SIGNED if signed else "gray", vmin=low, vmax=limit)
    ax.set_title(title, fontsize=10, color=INK)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set(color=LINE, linewidth=0.8)


def pictures(
    rows: Sequence[tuple[str, ArrayLike]],
    *,
    signed: bool | Sequence[bool] = False,
    limits: float | Sequence[float] = 1.0,
    columns: int | None = None,
) -> Figure:
    """Draw titled pictures side by side.

    Parameters
    ----------
    rows
        Pairs of a title and a picture of shape (H, W) or (H, W, 3).
    signed
        Whether values have a sign, for all pictures or one by one.
    limits
        The value that gets the strongest shade, for all pictures or one by one.
    columns
        How many stand in a row; all of them by default.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, already shown in a notebook when the cell ends.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> figure = pictures([("black", [[0.0]]), ("white", [[1.0]])])
    >>> len(figure.axes)
    2
    >>> plt.close(figure)
    """
    import matplotlib.pyplot as plt

    columns = columns or len(rows)
    lines = -(-len(rows) // columns)
    signs = [signed] * len(rows) if isinstance(signed, bool) else list(signed)
    tops = [limits] * len(rows) if isinstance(limits, int | float) else list(limits)
    height, width = np.asarray(rows[0][1]).shape[:2]
    share = min(PAPER / columns, 3.3)
    size = (share * columns, lines * (share * height / width + 0.3))
    figure, axes = plt.subplots(lines, columns, figsize=size, squeeze=False, layout="constrained")
    for ax in axes.flat[len(rows) :]:
        ax.axis("off")
    for ax, (title, picture), sign, top in zip(axes.flat, rows, signs, tops, strict=False):
        draw_picture(ax, picture, title, signed=sign, limit=top)
    return figure

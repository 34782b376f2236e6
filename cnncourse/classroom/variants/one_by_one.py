"""Graded questions on chapter 09, one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Edit, Mistake, mistake, variant
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["dense_filters", "families", "merge_layers", "mix_channels"]

Array = np.ndarray


def _volume(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> Array:
    return rng.integers(low, high, size=shape, dtype=np.int64, endpoint=True)


def _mixing(
    axes: str = "cij,oc", batch: int = 0, square: bool = False
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]]:
    """Return inputs of a 1×1 layer; the axes of picture and weight come as in "ijc,co"."""
    picture, matrix = axes.split(",")

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
        for (channels, height, width), filters in (
            ((2, 1, 2), 2),
            ((2, 2, 3), 3),
            ((3, 2, 2), 3),
            ((3, 3, 2), 2),
            ((2, 2, 4), 2),
            ((4, 3, 5), 3),
        ):
            maps = channels if square else filters
            x = _volume(rng, (batch or 1, channels, height, width), 0, 5)
            x = np.stack([np.einsum(f"cij->{picture}", each) for each in x])
            weight = np.einsum(f"oc->{matrix}", _volume(rng, (maps, channels), -2, 3)).copy()
            bias = 2 * rng.permutation(5)[:maps].astype(np.int64) - 3  # odd, so that none is 0
            yield x if batch else x[0], weight, bias

    return inputs


def _mix(
    name: str,
    title: str,
    rules: Sequence[str],
    body: str,
    planted: tuple[str, Edit | tuple[Edit, ...]],
    mistakes: list[Mistake],
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]],
    success: str,
    arguments: str = "x, weight, bias",
    shown: int = 1,
) -> Exercise:
    """Return a 1×1 convolution to repair; what is planted is told by its hint."""
    hint, edits = planted
    prompt = f"""
The program `mix_channels({arguments})` should apply a 1×1 convolution. It has a planted bug: find
it and mend it. What the program should do:

"""
    return variant(
        name=f"mix_channels_{name}",
        title=title,
        prompt=prompt + "\n".join(f"- {rule}" for rule in rules),
        source=f'def mix_channels({arguments}):\n    """Apply a 1×1 convolution."""\n' + body,
        inputs=inputs,
        mistakes=mistakes,
        planted=edits,
        still=f"The planted bug is still in it. {hint}",
        success=success,
        seed=2,
        shown=shown,
    )


_NO_BIAS = (
    "forgets-the-bias",
    "The channels are mixed as they should be. Each output channel still has its bias to add.",
)
_ONE_BIAS = (
    "one-bias-for-all",
    "All output channels get the same bias here. Each filter has its own.",
)
_COLUMNS = (
    "mixes-along-the-columns",
    "You read the weights with rows and columns exchanged. Which axis counts the filters?",
)
_IN_A_ROW = (
    "leaves-the-pixels-in-a-row",
    "The values are there, with all pixels of a channel in one row. They should stand in H rows "
    "and W columns.",
)

mix_channels = Family(
    name="mix_channels",
    skills="Repairs a 1×1 convolution written as a matrix product: which axes are joined, which "
    "are summed, and where the bias belongs.",
    points=2,
    variants=(
        _mix(
            "channels_last",
            "Repair the mixing, channels last",
            (
                "`x` has the shape (H, W, C_in): the channels come **last**.",
                "`weight` has the shape (C_out, C_in), `bias` (C_out,).",
                "The result has the shape (H, W, C_out).",
            ),
            """    H, W, C_in = x.shape
    pixels = x.reshape(H * W, C_in)
    mixed = pixels @ weight.T + bias
    return mixed.reshape(H, W, len(weight))
""",
            (
                "`reshape` cuts the numbers anew, in the order in which they lie there: channels "
                "and pixels get mixed up.",
                (
                    ("x.reshape(H * W, C_in)", "x.reshape(C_in, H * W)"),
                    ("pixels @ weight.T", "(weight @ pixels).T"),
                ),
            ),
            [
                mistake(*_NO_BIAS, (" + bias", "")),
                mistake(*_ONE_BIAS, (" + bias", " + bias[0]")),
                mistake(*_COLUMNS, ("pixels @ weight.T", "pixels @ weight")),
                mistake(
                    "leaves-the-pixels-in-a-row",
                    "The values are there, with all pixels in one row. They should stand in H rows "
                    "and W columns.",
                    (".reshape(H, W, len(weight))", ""),
                ),
                mistake(
                    "channels-first",
                    "The output channels come first here. In this program they come last.",
                    (
                        "mixed.reshape(H, W, len(weight))",
                        "np.moveaxis(mixed.reshape(H, W, len(weight)), -1, 0)",
                    ),
                ),
                mistake(
                    "exchanges-height-and-width",
                    "Height and width are exchanged: the pixels were laid down row by row.",
                    ("reshape(H, W, len(weight))", "reshape(W, H, len(weight))"),
                ),
            ],
            _mixing("ijc,oc"),
            "With the channels last, every row of the matrix is a pixel.",
        ),
        _mix(
            "batch",
            "Repair the mixing of a batch",
            (
                "`x` is a **batch** of pictures, of the shape (N, C_in, H, W).",
                "`weight` has the shape (C_out, C_in), `bias` (C_out,).",
                "The result has the shape (N, C_out, H, W): each picture is mixed by itself.",
            ),
            """    N, C_in, H, W = x.shape
    mixed = np.tensordot(weight, x, axes=(1, 1))
    return np.swapaxes(mixed, 0, 1) + bias[:, None, None]
""",
            (
                "The axes have the right lengths only by a cut: `reshape` does not bring the "
                "pictures to the front.",
                ("np.swapaxes(mixed, 0, 1)", "mixed.reshape(N, len(weight), H, W)"),
            ),
            [
                mistake(*_NO_BIAS, (" + bias[:, None, None]", "")),
                mistake(*_ONE_BIAS, ("bias[:, None, None]", "bias[0]")),
                mistake(
                    "channels-before-pictures",
                    "The first two axes are exchanged: the pictures come first.",
                    (
                        "np.swapaxes(mixed, 0, 1) + bias[:, None, None]",
                        "mixed + bias[:, None, None, None]",
                    ),
                ),
                mistake(
                    "one-picture-only",
                    "Only the first picture of the batch comes back.",
                    (
                        ("return np", "return (np"),
                        ("bias[:, None, None]", "bias[:, None, None])[0]"),
                    ),
                ),
                mistake(
                    "adds-the-pictures",
                    "You add up the pictures of the batch. Each of them is mixed by itself.",
                    (
                        ("return np", "return (np"),
                        ("bias[:, None, None]", "bias[:, None, None]).sum(axis=0)"),
                    ),
                ),
            ],
            _mixing(batch=2),
            "`tensordot` puts the remaining axes of its first argument in front.",
            shown=0,
        ),
        _mix(
            "in_by_out",
            "Repair the mixing, weights the other way",
            (
                "`x` has the shape (C_in, H, W).",
                "`weight` has the shape **(C_in, C_out)**: one **column** for each filter; `bias` "
                "(C_out,).",
                "The result has the shape (C_out, H, W).",
            ),
            """    C_in, H, W = x.shape
    rows = x.reshape(C_in, H * W)
    mixed = weight.T @ rows
    return mixed.reshape(-1, H, W) + bias[:, None, None]
""",
            (
                "The matrix has the right shape, but `reshape` does not turn a column into a row.",
                ("weight.T @", "weight.reshape(-1, C_in) @"),
            ),
            [
                mistake(*_NO_BIAS, (" + bias[:, None, None]", "")),
                mistake(*_ONE_BIAS, ("bias[:, None, None]", "bias[0]")),
                mistake(*_COLUMNS, ("weight.T @", "weight @")),
                mistake(
                    *_IN_A_ROW,
                    ("mixed.reshape(-1, H, W) + bias[:, None, None]", "mixed + bias[:, None]"),
                ),
                mistake(
                    "exchanges-height-and-width",
                    "Height and width are exchanged: the pixels were laid down row by row.",
                    ("reshape(-1, H, W)", "reshape(-1, W, H)"),
                ),
                mistake(
                    "bias-before-the-mixing",
                    "You add the bias to the input channels. It belongs to the output channels.",
                    (
                        ("weight.T @ rows", "weight.T @ (rows + bias[:, None])"),
                        (" + bias[:, None, None]", ""),
                    ),
                ),
            ],
            _mixing("cij,co"),
            "Transposed, each filter is a row again.",
        ),
        _mix(
            "offset_first",
            "Repair the mixing with an offset",
            (
                "`x` has the shape (C_in, H, W), `weight` (C_out, C_in).",
                "`offset` has the shape **(C_in,)**: it is **subtracted** from the input channels "
                "**before** they are mixed, as when a color is brought back from YCbCr.",
                "The result has the shape (C_out, H, W).",
            ),
            """    C_in, H, W = x.shape
    rows = x.reshape(C_in, H * W) - offset[:, None]
    return (weight @ rows).reshape(-1, H, W)
""",
            (
                "The offset is taken away after the mixing. It belongs to what comes in.",
                (
                    (" - offset[:, None]\n", "\n"),
                    (
                        ".reshape(-1, H, W)",
                        ".reshape(-1, H, W) - offset[:, None, None]",
                    ),
                ),
            ),
            [
                mistake(
                    "forgets-the-bias",
                    "The channels are mixed as they should be. The offset is still in them.",
                    (" - offset[:, None]", ""),
                ),
                mistake(
                    "adds-the-bias-again",
                    "The offset is in it twice now. Take it away.",
                    (" - offset[:, None]", " + offset[:, None]"),
                ),
                mistake(
                    "one-bias-for-all",
                    "You take the same offset from all channels. Each input channel has its own.",
                    ("offset[:, None]", "offset[0]"),
                ),
                mistake(
                    "leaves-the-pixels-in-a-row",
                    "The values are there, with all pixels of a channel in one row. They should "
                    "stand in H rows and W columns.",
                    (".reshape(-1, H, W)", ""),
                ),
                mistake(
                    "offset-as-a-bias",
                    "You add the offset to what comes out, as a bias. It is taken away from what "
                    "goes in.",
                    (
                        (" - offset[:, None]", ""),
                        (".reshape(-1, H, W)", ".reshape(-1, H, W) + offset[:, None, None]"),
                    ),
                ),
            ],
            _mixing(square=True),
            "Subtract, then mix: the offset belongs to the colors that come in.",
            arguments="x, weight, offset",
        ),
        _mix(
            "first_to_last",
            "Repair the mixing, from first to last",
            (
                "`x` has the shape (C_in, H, W): the channels come **first**.",
                "`weight` has the shape (C_out, C_in), `bias` (C_out,).",
                "The result has the shape **(H, W, C_out)**: the channels come **last**.",
            ),
            """    C_in, H, W = x.shape
    mixed = weight @ x.reshape(C_in, H * W) + bias[:, None]
    return mixed.T.reshape(H, W, len(weight))
""",
            (
                "The result has the right shape, but `reshape` alone moves no axis: the pixels of "
                "one channel lie where the channels of one pixel belong.",
                ("mixed.T.reshape", "mixed.reshape"),
            ),
            [
                mistake(*_NO_BIAS, (" + bias[:, None]", "")),
                mistake(*_ONE_BIAS, ("bias[:, None]", "bias[0]")),
                mistake(
                    "channels-first",
                    "The channels come first in your result, too. They should come last.",
                    ("mixed.T.reshape(H, W, len(weight))", "mixed.reshape(len(weight), H, W)"),
                ),
                mistake(
                    "exchanges-height-and-width",
                    "Height and width are exchanged: the pixels were laid down row by row.",
                    ("reshape(H, W, len(weight))", "reshape(W, H, len(weight))"),
                ),
                mistake(
                    "leaves-the-pixels-in-a-row",
                    "The values are there, with all pixels in one row. They should stand in H rows "
                    "and W columns.",
                    (".reshape(H, W, len(weight))", ""),
                ),
                mistake(
                    "reads-column-by-column",
                    "The shape is right, and the pixels are laid down column by column. NumPy "
                    "flattens row by row.",
                    (
                        "mixed.T.reshape(H, W, len(weight))",
                        "np.swapaxes(mixed.T.reshape(W, H, len(weight)), 0, 1)",
                    ),
                ),
            ],
            _mixing(),
            "Transpose first, then cut: each row of the transposed matrix is a pixel.",
        ),
        _mix(
            "rectified",
            "Repair the mixing with ReLU",
            (
                "`x` has the shape (C_in, H, W), `weight` (C_out, C_in), `bias` (C_out,).",
                "After the mixing the bias is added, and **then** numbers below 0 become 0 (ReLU).",
                "The result has the shape (C_out, H, W).",
            ),
            """    C_in, H, W = x.shape
    mixed = weight @ x.reshape(C_in, H * W)
    return np.maximum(mixed + bias[:, None], 0).reshape(-1, H, W)
""",
            (
                "ReLU cuts off before the bias is added, so that numbers below 0 still come out.",
                ("np.maximum(mixed + bias[:, None], 0)", "(np.maximum(mixed, 0) + bias[:, None])"),
            ),
            [
                mistake(
                    "forgets-the-bias",
                    "ReLU comes last now. The bias has gone.",
                    (" + bias[:, None]", ""),
                ),
                mistake(*_ONE_BIAS, ("bias[:, None]", "bias[0]")),
                mistake(
                    "forgets-the-relu",
                    "Some of your numbers are below 0. ReLU comes last.",
                    ("np.maximum(mixed + bias[:, None], 0)", "(mixed + bias[:, None])"),
                ),
                mistake(
                    "rectifies-twice",
                    "ReLU still cuts off before the bias is added, and once more behind it. It "
                    "acts once, at the end.",
                    ("np.maximum(mixed +", "np.maximum(np.maximum(mixed, 0) +"),
                ),
                mistake(
                    "takes-the-magnitude",
                    "You drop the sign. ReLU makes numbers below 0 to 0.",
                    ("np.maximum(mixed + bias[:, None], 0)", "np.abs(mixed + bias[:, None])"),
                ),
                mistake(
                    *_IN_A_ROW,
                    (".reshape(-1, H, W)", ""),
                ),
                mistake(
                    "keeps-the-negative-part",
                    "You keep what is below 0. ReLU keeps what is above.",
                    ("np.maximum(mixed", "np.minimum(mixed"),
                ),
            ],
            _mixing(),
            "Mix, add, rectify: a small network for every pixel.",
        ),
        _mix(
            "residual",
            "Repair the mixing with a skip",
            (
                "`x` has the shape (C, H, W), `weight` (C, C), `bias` (C,).",
                "The result is the mixed picture, with its bias, **plus the picture itself** (a "
                "skip connection).",
                "It has the shape (C, H, W).",
            ),
            """    C, H, W = x.shape
    mixed = weight @ x.reshape(C, H * W) + bias[:, None]
    return mixed.reshape(C, H, W) + x
""",
            (
                "The skip adds what was mixed a second time. It should bring the picture as it "
                "came in.",
                ("+ x\n", "+ mixed.reshape(C, H, W)\n"),
            ),
            [
                mistake(*_NO_BIAS, (" + bias[:, None]", "")),
                mistake(*_ONE_BIAS, ("bias[:, None]", "bias[0]")),
                mistake(*_COLUMNS, ("weight @", "weight.T @")),
                mistake(
                    "forgets-the-skip",
                    "The picture is mixed. What is missing is the picture itself.",
                    (" + x\n", "\n"),
                ),
                mistake(
                    "skips-before-the-bias",
                    "The bias is in the result twice.",
                    ("+ x\n", "+ x + bias[:, None, None]\n"),
                ),
                mistake(
                    "subtracts-the-picture",
                    "You take the picture away. A skip adds it.",
                    ("+ x\n", "- x\n"),
                ),
            ],
            _mixing(square=True),
            "A skip connection: the layer learns what to change.",
        ),
    ),
)


_ORDERS = {
    "khwc": "**channels last**, pixel by pixel: all channels of the first pixel, then all channels "
    "of its right neighbor, and so on, row by row",
    "kcwh": "channels first and each map **column by column**: all of map 0 before map 1, and in a "
    "map the first column from top to bottom, then the second",
    "khcw": "**line by line**, as some scanners do: row 0 of every channel, one channel after the "
    "other, then row 1 of every channel, and so on",
    "kcHw": "channels first and **from the bottom row to the top row**, each row from left to "
    "right, as in some picture files: all of map 0 before map 1",
    "chwk": "as usual, channels first and each map row by row: all of map 0 before map 1",
    "kwhc": "pixel by pixel, **column by column** with the channels last: all channels of the top "
    "left pixel, then all channels of the pixel **below** it, and so on",
    "kChw": "row by row, the **last channel first**: all of the last map, row by row, then all of "
    "the one before it, as when colors are stored blue, green, red",
}
"""In which order a map's numbers lie in one long row. A capital letter runs backwards."""


def _head_inputs(
    shape: Callable[[int, int, int, int], tuple[int, ...]],
) -> Callable[[np.random.Generator], Iterator[tuple[Array, int, int, int]]]:
    """Return weights in which every number occurs once, so that its place can be seen."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int, int, int]]:
        for classes, channels, height, width in (
            (1, 2, 1, 2),
            (1, 2, 2, 3),
            (2, 2, 2, 2),
            (2, 3, 2, 3),
            (3, 2, 3, 2),
            (2, 3, 4, 3),
        ):
            count = classes * channels * height * width
            weight = rng.permutation(count).astype(np.int64)
            yield weight.reshape(shape(classes, channels, height, width)), channels, height, width

    return inputs


_READINGS = {
    "as-channels-first": (
        "weight.reshape(K, channels, height, width)",
        "You cut the rows as if the maps were flattened channels first, row by row. Read once "
        "more how they were.",
    ),
    "moves-the-axis-afterwards": (
        "np.moveaxis(weight.reshape(K, height, width, channels), -1, 1)",
        "You cut the rows as if the channels came last, pixel by pixel, row by row. Read once "
        "more how the maps were flattened.",
    ),
    "exchanges-height-and-width": (
        "weight.reshape(K, channels, width, height)",
        "The result has the shape (K, C, W, H): height and width are exchanged.",
    ),
    "reads-column-by-column": (
        "np.swapaxes(weight.reshape(K, channels, width, height), 2, 3)",
        "You fill each map column by column, channels first. Read once more how they were "
        "flattened.",
    ),
    "leaves-channels-last": (
        "weight.reshape(K, height, width, channels)",
        "The channels stand on the last axis. A convolution here has its weight in the order "
        "(K, C, H, W).",
    ),
    "turns-the-kernels": (
        "({right})[..., ::-1, ::-1]",
        "All weights are in the right channel, but each kernel is turned by 180°. Nothing is "
        "turned in a network.",
    ),
    "channels-before-classes": (
        "np.swapaxes({right}, 0, 1)",
        "The first two axes are exchanged: a weight has the filters first, and here each class is "
        "a filter.",
    ),
}


def _head(
    name: str,
    title: str,
    flattened: str,
    right: str,
    success: str,
    leave_out: Sequence[str] = (),
    by_class: bool = True,
    more: Sequence[tuple[str, str, str]] = (),
) -> Exercise:
    """Return the task to make filters from a dense layer whose input lay in some order."""
    layout = "(K, C·H·W)" if by_class else "(C·H·W, K)"
    of_class = "row" if by_class else "column"
    taken = "weight" if by_class else "weight.T"
    readings = [(key, *value) for key, value in _READINGS.items() if key not in leave_out]
    return variant(
        name=f"dense_filters_{name}",
        title=title,
        prompt=f"""
A dense layer with K classes reads C maps of H rows and W columns that were laid out in one long
row:

- {flattened}.

Its weight has the shape {layout}, one {of_class} for each class. A convolution
whose kernels are as large as the maps, with one filter for each class, can give the same scores.
Write `dense_filters(weight, channels, height, width)`, which returns the weight of that
convolution, of the shape (K, C, H, W), channels first.
""",
        source=f'''def dense_filters(weight, channels, height, width):
    """Return the dense layer's weight as filters of shape (C, H, W)."""
    K = {"len(weight)" if by_class else "weight.shape[1]"}
    return {right}
''',
        inputs=_head_inputs(
            (lambda k, c, h, w: (k, c * h * w)) if by_class else (lambda k, c, h, w: (c * h * w, k))
        ),
        mistakes=[
            mistake(
                key,
                hint,
                (
                    f"return {right}",
                    "return "
                    + code.format(right=right).replace("weight.reshape", f"{taken}.reshape")
                    if "{right}" not in code
                    else "return " + code.format(right=right),
                ),
            )
            for key, code, hint in (*readings, *more)
        ],
        success=success,
        seed=4,
        shown=1,
    )


dense_filters = Family(
    name="dense_filters",
    skills="Turns a dense layer into a convolution and back, by the order in which the maps were "
    "flattened.",
    points=3,
    variants=(
        _head(
            "channels_last",
            "A dense layer behind channels-last maps",
            _ORDERS["khwc"],
            "weight.reshape(K, height, width, channels).transpose(0, 3, 1, 2)",
            "Cut in the order of the input, then move the axis.",
            leave_out=["moves-the-axis-afterwards"],
        ),
        _head(
            "by_columns",
            "A dense layer behind maps read by columns",
            _ORDERS["kcwh"],
            "weight.reshape(K, channels, width, height).swapaxes(2, 3)",
            "Column by column means that the row changes fastest.",
            leave_out=["reads-column-by-column"],
        ),
        _head(
            "line_by_line",
            "A dense layer behind a scanner",
            _ORDERS["khcw"],
            "weight.reshape(K, height, channels, width).swapaxes(1, 2)",
            "The order of the axes when cutting is the order in which they were laid down.",
        ),
        _head(
            "bottom_up",
            "A dense layer behind pictures from the bottom up",
            _ORDERS["kcHw"],
            "weight.reshape(K, channels, height, width)[:, :, ::-1]",
            "The rows had only to be put the right way up.",
            leave_out=["turns-the-kernels"],
            more=[
                (
                    "turns-left-to-right-only",
                    "weight.reshape(K, channels, height, width)[..., ::-1]",
                    "You exchange left and right. The rows came from the bottom to the top.",
                ),
                (
                    "turns-the-channels",
                    "weight.reshape(K, channels, height, width)[:, ::-1]",
                    "You exchange the order of the channels. It is the rows that came in reverse.",
                ),
            ],
        ),
        _head(
            "a_column_a_class",
            "A dense layer with a column for each class",
            _ORDERS["chwk"],
            "weight.T.reshape(K, channels, height, width)",
            "Transposed, each class is a row, and can be cut as usual.",
            by_class=False,
            leave_out=["as-channels-first"],
            more=[
                (
                    "reshapes-without-moving-axes",
                    "np.reshape(weight, (K, channels, height, width))",
                    "The shape is right. `reshape` alone reads along the rows, and a class has a "
                    "column.",
                )
            ],
        ),
        _head(
            "columns_channels_last",
            "A dense layer behind columns of pixels",
            _ORDERS["kwhc"],
            "weight.reshape(K, width, height, channels).transpose(0, 3, 2, 1)",
            "Three axes in reverse order: that is how Fortran lays out an array.",
            more=[
                (
                    "rows-and-columns-exchanged",
                    "weight.reshape(K, width, height, channels).transpose(0, 3, 1, 2)",
                    "The channels are in their place. Each map lies on its side: rows and columns "
                    "are exchanged.",
                )
            ],
        ),
        _head(
            "last_channel_first",
            "A dense layer behind blue, green, red",
            _ORDERS["kChw"] + ". The convolution shall read the channels in their usual order, "
            "channel 0 first",
            "weight.reshape(K, channels, height, width)[:, ::-1]",
            "Pixels in their places, channels in reverse.",
            leave_out=["turns-the-kernels"],
            more=[
                (
                    "reverses-everything",
                    "weight[:, ::-1].reshape(K, channels, height, width)",
                    "You read each row from its end, which reverses the pixels as well. Only the "
                    "channels come in reverse.",
                ),
                (
                    "upside-down",
                    "weight.reshape(K, channels, height, width)[:, :, ::-1]",
                    "Your maps stand on their heads. It is the channels that come in reverse.",
                ),
            ],
        ),
        variant(
            name="dense_filters_back",
            title="The way back",
            prompt="""
A convolution has K filters as large as the maps it reads: its `weight` has the shape (K, C, H, W).
So it gives one score for each filter, as a dense layer does. Write
`dense_filters(weight, channels, height, width)`, which returns the weight of that **dense** layer,
of the shape **(H·W·C, K)**, one **column** for each filter. The dense layer reads maps that were
laid out **channels last**, pixel by pixel: all channels of the first pixel, then all channels of
its right neighbor, and so on, row by row.
""",
            source='''def dense_filters(weight, channels, height, width):
    """Return the filters as the weight of a dense layer."""
    return weight.transpose(2, 3, 1, 0).reshape(height * width * channels, -1)
''',
            inputs=_head_inputs(lambda k, c, h, w: (k, c, h, w)),
            mistakes=[
                mistake(
                    "as-channels-first",
                    "You lay the maps out channels first. The dense layer reads them pixel by "
                    "pixel, the channels last.",
                    ("transpose(2, 3, 1, 0)", "transpose(1, 2, 3, 0)"),
                ),
                mistake(
                    "reads-column-by-column",
                    "You go through the pixels column by column. They come row by row.",
                    ("transpose(2, 3, 1, 0)", "transpose(3, 2, 1, 0)"),
                ),
                mistake(
                    "reshapes-without-moving-axes",
                    "The shape is right and the numbers stand elsewhere: axes must be moved before "
                    "they are joined.",
                    (".transpose(2, 3, 1, 0)", ""),
                ),
                mistake(
                    "one-row-a-filter",
                    "One row for each filter came back. Here each filter is a column.",
                    (
                        "transpose(2, 3, 1, 0).reshape(height * width * channels, -1)",
                        "transpose(0, 2, 3, 1).reshape(len(weight), -1)",
                    ),
                    (
                        "transpose(2, 3, 1, 0).reshape(height * width * channels, -1)",
                        "reshape(len(weight), -1)",
                    ),
                ),
                mistake(
                    "turns-the-kernels",
                    "Each kernel is turned by 180°. Nothing is turned in a network.",
                    ("weight.transpose", "weight[..., ::-1, ::-1].transpose"),
                ),
            ],
            success="Move the axes, then join them.",
            seed=4,
            shown=1,
        ),
    ),
)


def _merging(
    first_kernel: bool = False, square: bool = False
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array, Array]]]:
    """Return two layers with biases; the first may have kernels."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
        for c_in, middle, c_out, size in (
            (1, 2, 1, (1, 2)),
            (2, 2, 2, (1, 2)),
            (2, 3, 1, (2, 1)),
            (2, 2, 2, (2, 2)),
            (3, 2, 2, (1, 3)),
            (2, 3, 3, (2, 3)),
        ):
            if square:
                c_out = c_in
            yield (
                _volume(rng, (middle, c_in, *(size if first_kernel else ())), -2, 3),
                _volume(rng, (middle,), 1, 4),
                _volume(rng, (c_out, middle), -2, 3),
                _volume(rng, (c_out,), 1, 4),
            )
        # Biases below 0: nothing acts between the layers, no ReLU either.
        yield (
            _volume(rng, (3, 2, *((2, 2) if first_kernel else ())), -2, 3),
            np.array([-3, 2, -1]),
            _volume(rng, (2, 3), 1, 3),
            np.array([1, -4]),
        )

    return inputs


_RETURNED = """
Return the `weight` and the `bias` of the one layer with one row for each filter, the bias at its
end:

```python
return np.column_stack([weight.reshape(len(weight), -1), bias])
```

Work on copies: the arrays that come in stay as they are.
"""
_LAST_LINE = "    return np.column_stack([weight.reshape(len(weight), -1), bias])\n"


def _merge(
    name: str,
    title: str,
    prompt: str,
    body: str,
    mistakes: list[Mistake],
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array, Array]]],
    success: str,
    arguments: str = "first, first_bias, second, second_bias",
    shown: int = 2,
) -> Exercise:
    """Return the task of merging; whatever the mistake is, it is told if only the bias has it."""
    task = variant(
        name=f"merge_{name}",
        title=title,
        stars=3,
        prompt=prompt.strip() + "\n" + _RETURNED,
        source=f"def merge({arguments}):\n"
        '    """Return the merged filters and biases, a row each."""\n' + body + _LAST_LINE,
        inputs=inputs,
        mistakes=mistakes,
        success=success,
        seed=7,
        shown=shown,
    )

    def without_bias(*layers: Array) -> Array:
        merged: Array = task.reference(*layers)
        return np.column_stack([merged[:, :-1], 0 * merged[:, -1]])

    def without_weights(*layers: Array) -> Array:
        merged: Array = task.reference(*layers)
        return np.column_stack([0 * merged[:, :-1], merged[:, -1]])

    another_bias = Misconception(
        "another-bias",
        "The merged weights are right, the bias is not. What do the layers make of a picture that "
        "is 0 everywhere?",
        [without_bias],
        lambda returned, expected: (
            returned.shape == expected.shape and np.allclose(returned[:, :-1], expected[:, :-1])
        ),
    )
    other_weights = Misconception(
        "other-weights",
        "The bias is right, the merged weights are not. What do the layers make of a picture with "
        "a single 1 in it?",
        [without_weights],
        lambda returned, expected: (
            returned.shape == expected.shape and np.allclose(returned[:, -1], expected[:, -1])
        ),
    )
    return replace(task, misconceptions=(*task.misconceptions, another_bias, other_weights))


_LOSES_FIRST = (
    "loses-the-first-bias",
    "The merged weights are right. The first bias goes through the second layer too, and must come "
    "out somewhere.",
)
_LOSES_SECOND = (
    "loses-the-second-bias",
    "The merged weights are right, and the first bias has come through. The second one is still to "
    "be added.",
)
_ADDS = (
    "adds-the-biases",
    "You add the two biases as they are. The second layer multiplies the first one by its weights.",
)


def _in_columns(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
    for first, first_bias, second, second_bias in _merging()(rng):
        yield first.T.copy(), first_bias, second.T.copy(), second_bias


def _side_by_side(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
    for channels, filters, size in (
        (1, 1, (1, 3)),
        (2, 1, (3, 1)),
        (2, 2, (1, 3)),
        (2, 2, (3, 3)),
        (2, 3, (3, 5)),
    ):
        yield (
            _volume(rng, (filters, channels, *size), -2, 3),
            _volume(rng, (filters,), 1, 4),
            _volume(rng, (filters, channels), 1, 4),
            _volume(rng, (filters,), 1, 4),
        )
    yield (
        _volume(rng, (2, 1, 5, 3), -2, 3),
        np.array([-2, 3]),
        np.array([[2], [-3]]),
        np.array([-1, 4]),
    )


def _normalized_before(
    rng: np.random.Generator,
) -> Iterator[tuple[Array, Array, Array, Array]]:
    for channels, filters, size in (
        (1, 1, (1, 2)),
        (2, 1, (1, 2)),
        (2, 2, (2, 1)),
        (2, 3, (2, 2)),
        (3, 2, (2, 3)),
    ):
        # Floats, so that an answer may divide in place.
        yield (
            _volume(rng, (channels,), 1, 4).astype(np.float64),
            2.0 ** _volume(rng, (channels,), 1, 3),
            8.0 * _volume(rng, (filters, channels, *size), -2, 3),
            _volume(rng, (filters,), 1, 4).astype(np.float64),
        )


def _normalized_after(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array, Array]]:
    for channels, filters, size in (
        (1, 2, (1, 2)),
        (2, 1, (1, 2)),
        (2, 2, (2, 2)),
        (2, 3, (2, 1)),
        (3, 2, (2, 3)),
    ):
        yield (
            _volume(rng, (filters, channels, *size), -2, 3),
            _volume(rng, (filters,), 1, 4),
            rng.permutation(3)[:filters].astype(np.int64) + 2,
            _volume(rng, (filters,), -5, -2),
        )


merge_layers = Family(
    name="merge_layers",
    skills="Merges linear layers that follow or accompany each other into one convolution, with "
    "what becomes of their biases.",
    points=5,
    variants=(
        _merge(
            "one_by_one_last",
            "A layer and a 1×1 layer into one",
            """
A convolution with weight `first` of shape (M, C, kh, kw) and `first_bias` is followed directly,
with no activation in between, by a **1×1** convolution with weight `second` of shape (O, M) and
`second_bias`. There is no padding. Write `merge(first, first_bias, second, second_bias)`, which
finds the **one** convolution that does the work of both. Its `weight` has the shape (O, C, kh, kw).
""",
            """    weight = np.einsum("om,mcab->ocab", second, first)
    bias = second @ first_bias + second_bias
""",
            [
                mistake(*_LOSES_FIRST, ("second @ first_bias + ", "")),
                mistake(*_LOSES_SECOND, (" + second_bias", "")),
                mistake(*_ADDS, ("second @ first_bias", "first_bias.sum()")),
                mistake(
                    "bias-times-the-kernels",
                    "Your first bias is multiplied by the first kernels too. It is added behind "
                    "them.",
                    ("second @ first_bias", "second @ (first_bias * first.sum(axis=(1, 2, 3)))"),
                ),
                mistake(
                    "pushes-the-second-bias-too",
                    "The second layer's bias is added last: nothing multiplies it any more.",
                    ("+ second_bias", "+ second_bias * second.sum(axis=1)"),
                ),
                mistake(
                    "turns-the-kernels",
                    "The merged kernels are turned by 180°. A 1×1 layer turns nothing.",
                    ("second, first)", "second, first[..., ::-1, ::-1])"),
                ),
            ],
            _merging(first_kernel=True),
            "The 1×1 layer mixes the kernels as it would have mixed their maps.",
        ),
        _merge(
            "skip",
            "Two layers and a skip into one",
            """
Two 1×1 convolutions follow each other directly, with no activation in between: `first` of shape
(M, C) with `first_bias`, then `second` of shape (C, M) with `second_bias`. A **skip connection**
leads around both: the picture that came in is added to what the second layer puts out. Write
`merge(first, first_bias, second, second_bias)`, which finds the **one** 1×1 convolution that does
the work of all this, the skip included. Its `weight` has the shape (C, C).
""",
            """    weight = second @ first + np.eye(len(second))
    bias = second @ first_bias + second_bias
""",
            [
                mistake(*_LOSES_FIRST, ("second @ first_bias + ", "")),
                mistake(*_LOSES_SECOND, (" + second_bias", "")),
                mistake(*_ADDS, ("second @ first_bias", "first_bias.sum()")),
                mistake(
                    "forgets-the-skip",
                    "The two layers are merged. What leads around them is missing.",
                    (" + np.eye(len(second))", ""),
                ),
                mistake(
                    "skip-joins-all-channels",
                    "Your skip adds every channel to every channel. Each is added to itself.",
                    ("np.eye(len(second))", "1"),
                ),
                mistake(
                    "skip-in-the-bias",
                    "The skip goes into the bias, too: you add 1 to it. The picture is added, "
                    "nothing more.",
                    ("+ second_bias", "+ second_bias + 1"),
                ),
            ],
            _merging(square=True),
            "A skip is a 1×1 layer as well: the one that leaves every channel as it is.",
        ),
        _merge(
            "normalized_before",
            "Normalization and a layer into one",
            """
Before a picture enters a convolution, each of its C channels is normalized: its `mean` is taken
away, **then** it is divided by its `deviation` (both of shape (C,)). The convolution has the
`weight` (O, C, kh, kw) and the `bias` (O,), and no padding. Write
`merge(mean, deviation, weight, bias)`, which finds the **one** convolution that does the same on
the picture as it is. Its weight has the shape (O, C, kh, kw).
""",
            """    weight = weight / deviation[:, None, None]
    bias = bias - weight.sum(axis=(2, 3)) @ mean
""",
            [
                mistake(
                    "loses-the-mean",
                    "The merged weights are right. What is taken away before must show somewhere.",
                    (" - weight.sum(axis=(2, 3)) @ mean", ""),
                ),
                mistake(
                    "adds-the-mean",
                    "The mean comes out with the other sign: it was taken away.",
                    ("bias - weight", "bias + weight"),
                ),
                mistake(
                    "mean-as-it-is",
                    "You take the means away as they are. The layer multiplies them by its "
                    "weights.",
                    ("weight.sum(axis=(2, 3)) @ mean", "mean.sum()"),
                ),
                mistake(
                    "mean-at-one-place-only",
                    "The mean is taken from **every** pixel of the window; you count it at one of "
                    "them.",
                    ("weight.sum(axis=(2, 3))", "weight[:, :, 0, 0]"),
                ),
                mistake(
                    "multiplies-by-the-deviation",
                    "You multiply by the deviation. The channels are divided by it.",
                    ("weight / deviation", "weight * deviation"),
                ),
                mistake(
                    "mean-is-not-divided",
                    "You take the mean away after dividing. It goes first, so it is divided as "
                    "well.",
                    (
                        "weight.sum(axis=(2, 3)) @ mean",
                        "weight.sum(axis=(2, 3)) @ (mean * deviation)",
                    ),
                ),
            ],
            _normalized_before,
            "A network that takes raw pixels: the normalization has moved into its weights.",
            arguments="mean, deviation, weight, bias",
        ),
        _merge(
            "scaled_after",
            "A layer and batch normalization into one",
            """
A convolution with the `weight` (O, C, kh, kw) and the `bias` (O,) is followed by a batch
normalization that has learned all it needs: from each of the O output channels it takes away its
`shift`, **then** it multiplies the channel by its `scale` (both of shape (O,)). Write
`merge(weight, bias, scale, shift)`, which finds the **one** convolution that does the same. Its
weight has the shape (O, C, kh, kw).
""",
            """    weight = weight * scale[:, None, None, None]
    bias = (bias - shift) * scale
""",
            [
                mistake(
                    "scales-the-weights-only",
                    "The merged weights are right. The bias comes before the scale, too.",
                    ("(bias - shift) * scale", "bias - shift"),
                ),
                mistake(
                    "shifts-after-scaling",
                    "You scale the bias and take the shift away then. The shift goes first.",
                    ("(bias - shift) * scale", "bias * scale - shift"),
                ),
                mistake(
                    "adds-the-shift",
                    "You add the shift. It is taken away.",
                    ("bias - shift", "bias + shift"),
                ),
                mistake(
                    "loses-the-second-bias",
                    "The bias is scaled. The shift has gone.",
                    ("(bias - shift)", "bias"),
                ),
                mistake(
                    "does-not-scale",
                    "Your weights are as they were. What they make is multiplied afterwards.",
                    (" * scale[:, None, None, None]", ""),
                ),
                mistake(
                    "divides-by-the-scale",
                    "You divide the weights by the scale. They are multiplied by it.",
                    ("weight * scale", "weight / scale"),
                ),
            ],
            _normalized_after,
            "This is done to every network before it is shipped: the normalization costs nothing.",
            arguments="weight, bias, scale, shift",
        ),
        _merge(
            "parallel",
            "Two layers side by side into one",
            """
Two layers read the **same** picture, and their outputs are **added**: a convolution with weight
`first` of shape (O, C, kh, kw), kh and kw odd, with `first_bias`, and a **1×1** convolution with
weight `second` of shape (O, C) and `second_bias`. The first is padded with zeros so that its output
is as large as the picture; the 1×1 layer needs no padding. Write
`merge(first, first_bias, second, second_bias)`, which finds the **one** convolution, padded like
the first, that does the work of both. Its `weight` has the shape (O, C, kh, kw).
""",
            """    _, _, kh, kw = first.shape
    weight = first.copy()
    weight[:, :, kh // 2, kw // 2] += second
    bias = first_bias + second_bias
""",
            [
                mistake(
                    "adds-at-every-place",
                    "You add the 1×1 weight to every weight of the kernel. It reads one pixel, the "
                    "one in the middle.",
                    ("[:, :, kh // 2, kw // 2] += second", "[...] += second[:, :, None, None]"),
                ),
                mistake(
                    "adds-in-the-corner",
                    "You add the 1×1 weight to the first weight of the kernel. Which one lies on "
                    "the pixel itself?",
                    ("kh // 2, kw // 2", "0, 0"),
                ),
                mistake(
                    "one-after-the-other",
                    "Your bias is that of two layers one after the other. These stand side by "
                    "side.",
                    ("first_bias + second_bias", "first_bias * second.sum(axis=1) + second_bias"),
                ),
                mistake(
                    "loses-the-first-bias",
                    "The merged weights are right. One of the two biases is missing.",
                    ("first_bias + second_bias", "second_bias"),
                    ("first_bias + second_bias", "first_bias"),
                ),
                mistake(
                    "loses-the-second-layer",
                    "This is the first layer, with both biases. The weights of the second are "
                    "missing.",
                    ("    weight[:, :, kh // 2, kw // 2] += second\n", ""),
                ),
                mistake(
                    "writes-over-the-middle",
                    "The weight in the middle has gone: the 1×1 weight stands in its place. They "
                    "are added.",
                    ("] += second", "] = second"),
                ),
            ],
            _side_by_side,
            "A 1×1 kernel is a larger one that is zero around its middle.",
        ),
        _merge(
            "columns",
            "Two layers with a column for each filter",
            """
Two 1×1 convolutions follow each other directly, with no activation in between. In this library the
weights have **a column for each filter**: `first` has the shape (C, M), `second` (M, O); the biases
are `first_bias` and `second_bias`. The second layer's output is then **divided by 2**. Write
`merge(first, first_bias, second, second_bias)`, which finds the **one** 1×1 convolution that does
the work of all this. Its `weight` shall have the shape **(O, C)**, one **row** for each filter.
""",
            """    weight = (first @ second).T / 2
    bias = (first_bias @ second + second_bias) / 2
""",
            [
                mistake(*_LOSES_FIRST, ("first_bias @ second + ", "")),
                mistake(
                    "loses-the-second-bias",
                    "The merged weights are right, and the first bias has come through. The second "
                    "one is missing.",
                    (" + second_bias)", ")"),
                ),
                mistake(*_ADDS, ("first_bias @ second", "first_bias.sum()")),
                mistake(
                    "halves-the-weights-only",
                    "The weights are halved, the bias is not. The whole output is divided.",
                    (
                        "(first_bias @ second + second_bias) / 2",
                        "first_bias @ second + second_bias",
                    ),
                ),
                mistake(
                    "forgets-to-halve",
                    "The two layers are merged. The division at the end is missing.",
                    ((".T / 2", ".T"), ("second_bias) / 2", "second_bias)")),
                ),
                mistake(
                    "halves-the-first-bias-only",
                    "The second bias is not halved. It is added before the division.",
                    (
                        "(first_bias @ second + second_bias) / 2",
                        "first_bias @ second / 2 + second_bias",
                    ),
                ),
                mistake(
                    "one-column-a-filter",
                    "Your rows belong to the channels. Each row should belong to a filter.",
                    (
                        "(first @ second).T / 2",
                        "first @ second / 2",
                    ),
                ),
            ],
            _in_columns,
            "Written the other way round, the matrices come in the order of the layers.",
        ),
    ),
)

families = (mix_channels, dense_filters, merge_layers)
"""The chapter's graded questions, in order."""

"""Graded questions on chapter 10, factorized."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, mistake, variant
from cnncourse.exercises._given import matrix
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["factors", "families", "separable_layer", "two_passes"]

Array = np.ndarray


@dataclass(frozen=True)
class _Passes:
    """Two thin passes, a column down and then a row across, by some convention."""

    task: str
    planted: str
    border: str = ""
    """How the border is filled before: "" (not at all), "wrap", "edge" or "constant"."""
    step: int = 1
    """How far the window moves from row to row."""
    spread: int = 1
    """The dilation of the row."""
    turned: bool = False
    rectified: bool = False

    @property
    def source(self) -> str:
        sides = "(0, kh - 1), (0, kw - 1)"
        if self.border in ("edge", "constant"):
            sides = "(kh // 2, kh // 2), (kw // 2, kw // 2)"
        mode = f', mode="{self.border}"' if self.border in ("edge", "wrap") else ""
        pad = f"    x = np.pad(x, ({sides}){mode})\n" if self.border else ""
        turn = "    column, row = column[::-1], row[::-1]\n" if self.turned else ""
        relu = "    middle = np.maximum(middle, 0)\n" if self.rectified else ""
        rows = "H - kh + 1" if self.step == 1 else f"(H - kh) // {self.step} + 1"
        window = "x[i : i + kh]" if self.step == 1 else f"x[{self.step} * i : {self.step} * i + kh]"
        columns, reach = "W - kw + 1", "j : j + kw"
        if self.spread > 1:
            columns = f"W - {self.spread} * (kw - 1)"
            reach = f"j : j + {self.spread} * (kw - 1) + 1 : {self.spread}"
        return f'''def two_passes(x, column, row):
    """Slide the column down over x, and the row across over the result."""
    kh, kw = len(column), len(row)
{pad}{turn}    H, W = x.shape
    rows, columns = {rows}, {columns}
    middle = np.zeros((rows, W))
    for i in range(rows):
        middle[i] = column @ {window}
{relu}    output = np.zeros((rows, columns))
    for j in range(columns):
        output[:, j] = middle[:, {reach}] @ row
    return output
'''

    @property
    def mistakes(self) -> list[Mistake]:
        source = self.source
        found = [
            mistake(
                "second-pass-reads-the-picture",
                "Your second pass reads the picture again. It should read what the first has "
                "written.",
                ("middle[:, j", "x[:rows, j"),
            ),
            mistake(
                "one-pass-only",
                "This is the middle map. The second pass is missing.",
                ("return output", "return middle"),
            ),
            mistake(
                "misses-the-last-window",
                "The last row and the last column are missing: a window as long as the picture "
                "still fits once.",
                (
                    source.split("rows, columns = ")[1].split("\n")[0],
                    ", ".join(
                        f"{each} - 1"
                        for each in source.split("rows, columns = ")[1].split("\n")[0].split(", ")
                    ),
                ),
            ),
        ]
        if self.turned:
            turn = "column, row = column[::-1], row[::-1]"
            found += [
                mistake(
                    "does-not-turn-the-kernel",
                    "Both passes lay their weights down as they stand. Here both are turned.",
                    (f"    {turn}\n", ""),
                ),
                mistake(
                    "turns-the-column-only",
                    "The column is turned and the row is not.",
                    (turn, "column = column[::-1]"),
                ),
                mistake(
                    "turns-the-row-only",
                    "The row is turned and the column is not.",
                    (turn, "row = row[::-1]"),
                ),
            ]
        else:
            found += [
                mistake(
                    "turns-the-kernel",
                    "Both passes turn their weights round. Here they are laid down as they stand.",
                    ("    H, W", "    column, row = column[::-1], row[::-1]\n    H, W"),
                ),
                mistake(
                    "turns-the-column-only",
                    "Your column runs from bottom to top. Its first weight belongs at the top.",
                    ("column @", "column[::-1] @"),
                ),
            ]
        if self.border:
            pad = next(line for line in source.splitlines() if "np.pad" in line)
            found.append(
                mistake(
                    "does-not-pad",
                    "Your output is smaller than the picture. What lies beyond the border is read, "
                    "too.",
                    (f"{pad}\n", ""),
                )
            )
            if self.border in ("edge", "wrap"):
                found.append(
                    mistake(
                        "pads-with-zeros",
                        "You read zeros beyond the border. Something else is said to be there.",
                        (f', mode="{self.border}"', ""),
                    )
                )
            if self.border == "wrap":
                found.append(
                    mistake(
                        "starts-before-the-border",
                        "Your windows begin before the first row and column. The first window "
                        "begins at the first pixel.",
                        ("((0, kh - 1), (0, kw - 1))", "((kh - 1, 0), (kw - 1, 0))"),
                    )
                )
                middle = "((kh // 2, (kh - 1) // 2), (kw // 2, (kw - 1) // 2))"
                found.append(
                    mistake(
                        "centers-the-window",
                        "Your windows have their middle at their pixel. They begin there.",
                        ("((0, kh - 1), (0, kw - 1))", middle),
                    )
                )
            else:
                found.append(
                    mistake(
                        "pads-in-front",
                        "You put all that is added above and on the left. It goes around all four "
                        "sides, half of it on each.",
                        (("kh // 2, kh // 2", "kh - 1, 0"), ("kw // 2, kw // 2", "kw - 1, 0")),
                    )
                )
                found.append(
                    mistake(
                        "begins-at-the-pixel",
                        "Your windows begin at their pixel and reach down and to the right. They "
                        "have their middle there.",
                        (("kh // 2, kh // 2", "0, kh - 1"), ("kw // 2, kw // 2", "0, kw - 1")),
                    )
                )
        if self.step > 1:
            found.append(
                mistake(
                    "strides-in-the-size-only",
                    "There are as many rows as there should be, but the windows of the first pass "
                    "begin one pixel apart.",
                    (f"x[{self.step} * i : {self.step} * i + kh]", "x[i : i + kh]"),
                )
            )
        if self.spread > 1:
            found.append(
                mistake(
                    "dilates-in-the-size-only",
                    "The size is that of a row with gaps, but your row reads neighboring pixels.",
                    (
                        f"j : j + {self.spread} * (kw - 1) + 1 : {self.spread}",
                        "j : j + kw",
                    ),
                )
            )
        if self.rectified:
            found += [
                mistake(
                    "rectifies-at-the-end",
                    "You cut off below 0 behind the second pass. ReLU stands between the two.",
                    (
                        ("    middle = np.maximum(middle, 0)\n", ""),
                        ("return output", "return np.maximum(output, 0)"),
                    ),
                ),
                mistake(
                    "forgets-the-relu",
                    "Numbers below 0 reach the second pass. ReLU stands between the two.",
                    ("    middle = np.maximum(middle, 0)\n", ""),
                ),
                mistake(
                    "rectifies-twice",
                    "ReLU stands between the two passes now. You still cut off behind the second "
                    "one as well.",
                    ("return output", "return np.maximum(output, 0)"),
                ),
            ]
        return found

    def inputs(self, rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
        for size, lengths in (
            ((3, 5), (3, 1)),
            ((4, 5), (2, 2)),
            ((4, 5), (1, 3)),
            ((5, 6), (3, 3)),
            ((6, 7), (2, 3)),
            ((7, 5), (5, 3)),
            ((6, 10), (3, 5)),
        ):
            if self.border in ("edge", "constant"):
                lengths = (lengths[0] // 2 * 2 + 1, lengths[1] // 2 * 2 + 1)
            column, row = (
                matrix(rng, (1, lengths[0]), -2, 3)[0],
                matrix(rng, (1, lengths[1]), -2, 3)[0],
            )
            # The ends differ, so that a turned column or row is another one.
            column[-1], row[-1] = column[0] + 1, row[0] - 2
            yield matrix(rng, size, 0, 5), column, row


_TWO_PASSES = {
    "strided": _Passes(
        "The column moves **two** rows at a time, the row one column at a time. There is no "
        "padding: column and row stand only where they fit.",
        "strides-in-the-size-only",
        step=2,
    ),
    "wrapped": _Passes(
        "The picture is continued round and round: behind its last row comes the first again, "
        "behind the last column the first. The output is as large as the picture, and the window "
        "of output (`i`, `j`) **begins** at pixel (`i`, `j`).",
        "second-pass-reads-the-picture",
        border="wrap",
    ),
    "repeated": _Passes(
        "Column and row have odd lengths. The output is as large as the picture: the window of "
        "output (`i`, `j`) has its **middle** at pixel (`i`, `j`), and beyond the border the "
        "nearest pixel of the picture is read.",
        "pads-with-zeros",
        border="edge",
    ),
    "zeros_around": _Passes(
        "Column and row have odd lengths. The output is as large as the picture: the window of "
        "output (`i`, `j`) has its **middle** at pixel (`i`, `j`), and beyond the border there "
        "are zeros.",
        "pads-in-front",
        border="constant",
    ),
    "turned": _Passes(
        "Both passes are true **convolutions**: before they slide, the column is turned upside "
        "down and the row left to right. There is no padding.",
        "turns-the-column-only",
        turned=True,
    ),
    "dilated": _Passes(
        "The row has **gaps**: its weights lie two pixels apart, with one pixel skipped between "
        "neighbors. The column has none. There is no padding: column and row stand only where they "
        "fit.",
        "dilates-in-the-size-only",
        spread=2,
    ),
    "rectified": _Passes(
        "Between the passes, every number of the middle map that is below 0 becomes 0 (ReLU); "
        "nothing is cut off at the end. There is no padding: column and row stand only where they "
        "fit.",
        "rectifies-at-the-end",
        rectified=True,
    ),
}

two_passes = Family(
    name="two_passes",
    skills="Repairs a filter that is split into a pass down and a pass across, with border, stride "
    "or dilation.",
    points=2,
    variants=tuple(
        variant(
            name=f"two_passes_{name}",
            title="Repair the two passes",
            prompt=f"""
In `two_passes(x, column, row)` the weights in `column`, written from top to bottom, slide down over
the picture `x`; then the weights in `row`, from left to right, slide across over what the first
pass has written. {rule.task} {"" if rule.turned else "Weights are laid down as they stand."}

The program has a planted bug. Find it and mend it.
""",
            source=rule.source,
            inputs=rule.inputs,
            mistakes=rule.mistakes,
            planted=rule.planted,
            success="Two thin passes, one after the other, as the rule says.",
            seed=3,
            shown=(
                np.array(
                    [
                        [1, 2, 0, 1, 3],
                        [0, 1, 3, 2, 1],
                        [2, 0, 1, 1, 0],
                        [1, 1, 0, 2, 2],
                        [0, 2, 1, 3, 1],
                    ]
                ),
                np.array([1, 0, -2]),
                np.array([3, -1, 1]),
            ),
        )
        for name, rule in _TWO_PASSES.items()
    ),
)


def _rank_one(rng: np.random.Generator) -> Iterator[tuple[Array]]:
    # No first, last or largest weight is 0 or 1, no sum 0, no two sizes equal.
    for column, row in (
        ([2, 3], [3, 5]),
        ([3, 2], [2, -5]),
        ([-2, 3], [4, 2]),
        ([2, 5, 3], [-3, 2]),
        ([3, -4, 2], [2, 0, -5]),
        ([-2, 0, 4, 3], [3, -2, 6]),
    ):
        yield (np.outer(column, row).astype(np.int64),)


_JOIN = "    return np.concatenate([column, row])\n"
_JOIN_HINT = (
    "exchanges-rows-and-columns",
    "Both are right, in the other order. Read again which of them comes first.",
)


def _factors(
    name: str,
    title: str,
    rule: str,
    body: str,
    mistakes: list[Mistake],
    success: str,
    join: str = _JOIN,
) -> Exercise:
    """Return the task of finding two passes; passes of another size are told to give the kernel."""
    order = "the row and then the column" if join != _JOIN else "the column and then the row"
    first = join.strip().removeprefix("return ")
    task = variant(
        name=f"factors_{name}",
        title=title,
        prompt=f"""
The kernel in `factors(kernel)` has rank one: it equals a pass down with the weights of a column and
a pass across with those of a row. Many pairs of passes do: twice the column and half the row is
another. {rule.strip()} Return {order}, in one array: `{first}`. None of the
kernel's four corners is 0, and neither is the sum of all its weights.
""",
        source='def factors(kernel):\n    """Return the weights of the two passes."""\n'
        + body
        + join,
        inputs=_rank_one,
        mistakes=[
            *mistakes,
            mistake(
                *_JOIN_HINT,
                ("[column, row]", "[row, column]")
                if join == _JOIN
                else ("[row, column]", "[column, row]"),
            ),
        ],
        success=success,
        shown=(np.array([[6, 10], [9, 15], [3, 5]]),),
    )

    def multiplied(passes: Array) -> Array:
        # A kernel here has as many rows as columns, or one more.
        long = (len(passes) + (join == _JOIN)) // 2
        return np.outer(passes[:long], passes[long:])

    another_size = Misconception(
        "another-size",
        "Multiplied out, your passes give the kernel. The size is shared out between them in "
        "another way than is asked for.",
        [lambda kernel: _weighed(task.reference(kernel), kernel.shape[join != _JOIN])],
        lambda returned, expected: (
            returned.shape == expected.shape
            and np.allclose(multiplied(returned), multiplied(expected))
        ),
    )
    return replace(task, misconceptions=(*task.misconceptions, another_size))


def _weighed(passes: Array, length: int) -> Array:
    """Return the passes with the first one, of that length, seven times as large."""
    return np.concatenate([7 * passes[:length], passes[length:] / 7])


_NOT_DIVIDED = (
    "forgets-to-divide",
    "You take a row and a column as they stand. Multiplied out, they give the kernel times some "
    "number.",
)
_takes_the_sums = mistake(
    "takes-the-sums",
    "You take the sums of the rows and columns. Their directions are right, their sizes are not.",
    lambda kernel: np.concatenate([kernel.sum(axis=1), kernel.sum(axis=0)]),
)
_as_they_stand = mistake(*_NOT_DIVIDED, lambda kernel: np.concatenate([kernel[:, 0], kernel[0]]))
_OTHER_ONE = (
    "scales-the-other-one",
    "Multiplied out, your passes give the kernel. But you have given the other pass the size that "
    "was asked for.",
)
_BOTH = (
    "divides-both",
    "You divide the column and the row. Multiplied out, they are too small by that number now.",
)

factors = Family(
    name="factors",
    skills="Finds the two passes of a kernel of rank one, with the size shared out as asked.",
    points=3,
    variants=(
        _factors(
            "column_begins_with_one",
            "Two passes, the column beginning with 1",
            "Write the program so that the **column begins with 1**.",
            """    column = kernel[:, 0] / kernel[0, 0]
    row = kernel[0]
""",
            [
                mistake(*_NOT_DIVIDED, (" / kernel[0, 0]", "")),
                mistake(
                    *_OTHER_ONE,
                    (
                        ("kernel[:, 0] / kernel[0, 0]", "kernel[:, 0]"),
                        ("row = kernel[0]", "row = kernel[0] / kernel[0, 0]"),
                    ),
                ),
                mistake(*_BOTH, ("row = kernel[0]", "row = kernel[0] / kernel[0, 0]")),
                _takes_the_sums,
                mistake(
                    "ends-with-one",
                    "Your column **ends** with 1. It should begin with it.",
                    (
                        ("kernel[:, 0] / kernel[0, 0]", "kernel[:, 0] / kernel[-1, 0]"),
                        ("row = kernel[0]", "row = kernel[-1]"),
                    ),
                ),
            ],
            "The first row, and how often each row contains it.",
        ),
        _factors(
            "row_sums_to_one",
            "Two passes, the row leaving brightness alone",
            "Write the program so that the weights of the **row add up to 1**: the pass across "
            "leaves flat regions as bright as they are.",
            """    column = kernel.sum(axis=1)
    row = kernel.sum(axis=0) / kernel.sum()
""",
            [
                _as_they_stand,
                _takes_the_sums,
                mistake(
                    *_OTHER_ONE,
                    (
                        ("kernel.sum(axis=1)", "kernel.sum(axis=1) / kernel.sum()"),
                        ("kernel.sum(axis=0) / kernel.sum()", "kernel.sum(axis=0)"),
                    ),
                ),
                mistake(*_BOTH, ("kernel.sum(axis=1)", "kernel.sum(axis=1) / kernel.sum()")),
                mistake(
                    "begins-with-one",
                    "Your row begins with 1. Its **sum** should be 1.",
                    (
                        ("kernel.sum(axis=1)", "kernel[:, 0]"),
                        ("kernel.sum(axis=0) / kernel.sum()", "kernel[0] / kernel[0, 0]"),
                    ),
                ),
                mistake(
                    "sums-along-the-other-axis",
                    "You add along the other axis: your column has the sums of the columns.",
                    (
                        ("kernel.sum(axis=1)", "kernel.sum(axis=0)"),
                        ("kernel.sum(axis=0) /", "kernel.sum(axis=1) /"),
                    ),
                ),
                mistake(
                    "sizes-add-up-to-one",
                    "The **sizes** of your row's weights add up to 1. A weight below 0 counts with "
                    "its sign.",
                    (
                        (
                            "kernel.sum(axis=1)",
                            "kernel[:, 0] / kernel[0, 0] * np.abs(kernel[0]).sum()",
                        ),
                        (
                            "kernel.sum(axis=0) / kernel.sum()",
                            "kernel[0] / np.abs(kernel[0]).sum()",
                        ),
                    ),
                ),
            ],
            "What the row leaves alone, the column has to bring along.",
        ),
        _factors(
            "column_sums_to_one",
            "Two passes, the column leaving brightness alone",
            "Write the program so that the weights of the **column add up to 1**: the pass down "
            "leaves flat regions as bright as they are.",
            """    column = kernel.sum(axis=1) / kernel.sum()
    row = kernel.sum(axis=0)
""",
            [
                _as_they_stand,
                _takes_the_sums,
                mistake(
                    *_OTHER_ONE,
                    (
                        ("kernel.sum(axis=1) / kernel.sum()", "kernel.sum(axis=1)"),
                        ("kernel.sum(axis=0)", "kernel.sum(axis=0) / kernel.sum()"),
                    ),
                ),
                mistake(*_BOTH, ("kernel.sum(axis=0)", "kernel.sum(axis=0) / kernel.sum()")),
                mistake(
                    "begins-with-one",
                    "Your column begins with 1. Its **sum** should be 1.",
                    (
                        ("kernel.sum(axis=1) / kernel.sum()", "kernel[:, 0] / kernel[0, 0]"),
                        ("kernel.sum(axis=0)", "kernel[0]"),
                    ),
                ),
                mistake(
                    "takes-the-means",
                    "You take means. A sum of 1 asks for another divisor than the number of rows.",
                    (
                        ("kernel.sum(axis=1) / kernel.sum()", "kernel.mean(axis=1)"),
                        ("kernel.sum(axis=0)", "kernel.mean(axis=0)"),
                    ),
                ),
            ],
            "The sums of the rows, divided by the sum of everything.",
        ),
        _factors(
            "row_ends_with_one",
            "Two passes, the row ending with 1",
            "Write the program so that the **row ends with 1**.",
            """    column = kernel[:, -1]
    row = kernel[0] / kernel[0, -1]
""",
            [
                mistake(*_NOT_DIVIDED, (" / kernel[0, -1]", ""), *_as_they_stand.changes),
                _takes_the_sums,
                mistake(
                    *_OTHER_ONE,
                    (
                        ("kernel[:, -1]", "kernel[:, -1] / kernel[-1, -1]"),
                        ("kernel[0] / kernel[0, -1]", "kernel[-1]"),
                    ),
                ),
                mistake(*_BOTH, ("kernel[:, -1]", "kernel[:, -1] / kernel[0, -1]")),
                mistake(
                    "begins-with-one",
                    "Your row **begins** with 1. It should end with it.",
                    (("kernel[:, -1]", "kernel[:, 0]"), ("kernel[0, -1]", "kernel[0, 0]")),
                ),
                mistake(
                    "takes-the-first-column",
                    "The row is right, and the column belongs to another one: to a row that begins "
                    "with 1.",
                    ("kernel[:, -1]", "kernel[:, 0]"),
                ),
            ],
            "Where the row has its 1, the kernel's column stands as it is.",
        ),
        _factors(
            "largest_is_one",
            "Two passes, the row's largest weight 1",
            "Write the program so that the weight of the row that is **largest in size** is 1 "
            "(plus 1, not minus 1; no two have the same size).",
            """    j = np.abs(kernel[0]).argmax()
    column = kernel[:, j]
    row = kernel[0] / kernel[0, j]
""",
            [
                mistake(*_NOT_DIVIDED, (" / kernel[0, j]", ""), *_as_they_stand.changes),
                _takes_the_sums,
                mistake(
                    "ignores-the-sign",
                    "You take the largest weight by its sign. A large one below 0 is larger in "
                    "size.",
                    ("np.abs(kernel[0]).argmax()", "kernel[0].argmax()"),
                ),
                mistake(
                    "may-be-minus-one",
                    "The largest weight of your row may be −1. It should be 1, and the column "
                    "carries the sign.",
                    (
                        ("kernel[:, j]", "kernel[:, j] * np.sign(kernel[0, j])"),
                        ("/ kernel[0, j]", "/ np.abs(kernel[0, j])"),
                    ),
                ),
                mistake(
                    *_OTHER_ONE,
                    (
                        (
                            "j = np.abs(kernel[0]).argmax()\n    column = kernel[:, j]",
                            "j = np.abs(kernel[:, 0]).argmax()\n"
                            "    column = kernel[:, 0] / kernel[j, 0]",
                        ),
                        ("kernel[0] / kernel[0, j]", "kernel[j]"),
                    ),
                ),
                mistake(*_BOTH, ("column = kernel[:, j]", "column = kernel[:, j] / kernel[0, j]")),
                mistake(
                    "begins-with-one",
                    "Your row begins with 1. The largest of its weights should be 1.",
                    ("np.abs(kernel[0]).argmax()", "0"),
                ),
            ],
            "Dividing by the largest number is what computers like best.",
        ),
        _factors(
            "turned",
            "Two passes that turn their weights",
            "Here both passes are true **convolutions**: each turns its weights round before it "
            "slides. But the kernel is laid down **as it stands**. Write the program so that the "
            "**row begins with 1**.",
            """    turned = kernel[::-1, ::-1]
    column = turned[:, 0]
    row = turned[0] / turned[0, 0]
""",
            [
                mistake(
                    "does-not-turn-the-kernel",
                    "These are the passes that lay their weights down as they stand. Yours will be "
                    "turned once more.",
                    ("kernel[::-1, ::-1]", "kernel"),
                ),
                mistake(
                    "turns-the-column-only",
                    "Your column is ready to be turned. The row will be turned, too.",
                    ("kernel[::-1, ::-1]", "kernel[::-1]"),
                ),
                mistake(
                    "turns-the-row-only",
                    "Your row is ready to be turned. The column will be turned, too.",
                    ("kernel[::-1, ::-1]", "kernel[:, ::-1]"),
                ),
                mistake(*_NOT_DIVIDED, (" / turned[0, 0]", "")),
                mistake(
                    *_OTHER_ONE,
                    (
                        ("column = turned[:, 0]", "column = turned[:, 0] / turned[0, 0]"),
                        ("row = turned[0] / turned[0, 0]", "row = turned[0]"),
                    ),
                ),
                mistake(
                    "ends-with-one",
                    "Your row ends with 1 before it is turned. It should begin with 1 as it is "
                    "returned.",
                    (
                        ("column = turned[:, 0]", "column = turned[:, -1]"),
                        ("turned[0, 0]", "turned[0, -1]"),
                    ),
                ),
            ],
            "Turned twice, a pass stands as it stood.",
            join="    return np.concatenate([row, column])\n",
        ),
        _factors(
            "column_of_length_one",
            "Two passes, the column of length 1",
            "Write the program so that the column has the **length 1** (the squares of its weights "
            "add up to 1) and **begins with a positive** weight.",
            """    column = kernel[:, 0] * np.sign(kernel[0, 0])
    column = column / np.sqrt((column**2).sum())
    row = column @ kernel
""",
            [
                _as_they_stand,
                _takes_the_sums,
                mistake(
                    "may-begin-below-zero",
                    "Your column sometimes begins below 0. Both passes with the other sign do the "
                    "same.",
                    (" * np.sign(kernel[0, 0])", ""),
                ),
                mistake(
                    "forgets-the-root",
                    "You divide by the sum of the squares. The length is its root.",
                    ("np.sqrt((column**2).sum())", "(column**2).sum()"),
                ),
                mistake(
                    "sizes-add-up-to-one",
                    "The sizes of your column's weights add up to 1. Their squares should.",
                    (
                        ("np.sqrt((column**2).sum())", "np.abs(column).sum()"),
                        (
                            "column @ kernel",
                            "column @ kernel / (column**2).sum()",
                        ),
                    ),
                ),
                mistake(
                    "takes-the-first-row",
                    "The column is right. The row is that of a column that begins with 1.",
                    ("column @ kernel", "kernel[0]"),
                ),
                mistake(
                    "both-of-length-one",
                    "Your row has the length 1 as well. Then nothing carries the size of the "
                    "kernel.",
                    (
                        "row = column @ kernel",
                        "row = column @ kernel\n    row = row / np.sqrt((row**2).sum())",
                    ),
                ),
            ],
            "The singular value decomposition shares the size out in this way.",
        ),
    ),
)


def _layers(
    weights: Callable[[np.random.Generator, int, int, tuple[int, int]], tuple[Array, Array]],
    even: bool = False,
    odd: bool = False,
    last: bool = False,
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]]:
    """Return a picture, and the weights for so many channels, filters, and that kernel size."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
        for channels, filters, (height, width), size in (
            (2, 2, (1, 3), (1, 2)),
            (2, 2, (3, 3), (2, 2)),
            (2, 3, (3, 4), (2, 1)),
            (3, 2, (4, 5), (3, 2)),
            (3, 3, (5, 4), (1, 3)),
            (4, 2, (5, 6), (3, 3)),
            (5, 3, (7, 9), (4, 4)),
        ):
            if even:
                channels, filters = (channels + 1) // 2 * 2, 2 * filters
            if odd:
                size = (size[0] // 2 * 2 + 1, size[1] // 2 * 2 + 1)
                height, width = max(height, 3), max(width, 3)
            x = matrix(rng, (channels, height * width), 0, 4).reshape(channels, height, width)
            depthwise, pointwise = weights(rng, channels, filters, size)
            if last:
                x = np.moveaxis(x, 0, -1).copy()
            yield x, depthwise, pointwise

    return inputs


def _kernels(rng: np.random.Generator, count: int, size: tuple[int, int]) -> Array:
    return matrix(rng, (count, size[0] * size[1]), -2, 3).reshape(count, *size)


def _separable(
    name: str,
    title: str,
    prompt: str,
    body: str,
    mistakes: list[Mistake],
    inputs: Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]],
    success: str,
) -> Exercise:
    return variant(
        name=f"separable_{name}",
        title=title,
        stars=3,
        prompt=prompt,
        source="def separable(x, depthwise, pointwise):\n"
        '    """Return what the two steps make of x."""\n' + body,
        inputs=inputs,
        mistakes=mistakes,
        success=success,
        seed=5,
        shown=1,
    )


_FILTER = """    C, H, W = x.shape
    _, kh, kw = depthwise.shape
    maps = np.zeros((C, H - kh + 1, W - kw + 1))
    for c, i, j in np.ndindex(maps.shape):
        maps[c, i, j] = (x[c, i : i + kh, j : j + kw] * depthwise[c]).sum()
"""
_FITS = (
    "Kernels are laid down as they stand, one pixel apart, at the places where they fit; there are "
    "no biases. Use NumPy alone."
)
_TURNS = (
    "turns-the-kernels",
    "The kernels lie turned by 180°. A layer cross-correlates: it leaves them as they stand.",
)
_SAME_KERNEL = ("one-kernel-for-all", "You filter every channel with the first kernel.")
_BY_COLUMNS = (
    "takes-the-mixing-by-its-columns",
    "You read the mixing weights with rows and columns exchanged.",
)
_NO_MIXING = (
    "forgets-the-mixing",
    "These are filtered maps. The step that mixes the channels is missing.",
)
_ADDED = (
    "adds-the-maps-before-mixing",
    "You add up the maps before they are mixed, as an ordinary filter does. Each map keeps to "
    "itself until the second step.",
)

separable_layer = Family(
    name="separable_layer",
    skills="Writes a layer made of a depthwise and a pointwise step, in an order, grouping or "
    "layout that differs from the book's.",
    points=5,
    variants=(
        _separable(
            "mixes_first",
            "Pointwise, then depthwise",
            f"""
Write `separable(x, depthwise, pointwise)`, a layer that **mixes first**. The picture `x` has the
shape (C, H, W). First every new channel is a sum of the channels of `x`, with the weights in one
row of `pointwise`, of shape (M, C). Then each of these M channels is filtered with its **own**
kernel from `depthwise`, of shape (M, kh, kw). The result has the shape (M, H_out, W_out). {_FITS}
""",
            "    x = np.tensordot(pointwise, x, axes=1)\n" + _FILTER + "    return maps\n",
            [
                mistake(
                    "filters-first",
                    "You filter first and mix then. Here the kernels belong to the mixed channels.",
                    (
                        ("    x = np.tensordot(pointwise, x, axes=1)\n", ""),
                        ("return maps", "return np.tensordot(pointwise, maps, axes=1)"),
                    ),
                ),
                mistake(*_NO_MIXING, ("    x = np.tensordot(pointwise, x, axes=1)\n", "")),
                mistake(*_SAME_KERNEL, ("depthwise[c]", "depthwise[0]")),
                mistake(*_TURNS, ("depthwise[c]", "depthwise[c, ::-1, ::-1]")),
                mistake(*_BY_COLUMNS, ("(pointwise, x", "(pointwise.T, x")),
                mistake(
                    "adds-the-filters-together",
                    "A single map comes back, the sum of all. Each channel keeps its own.",
                    ("return maps", "return maps.sum(axis=0)"),
                ),
            ],
            _layers(
                lambda rng, c, m, size: (_kernels(rng, m, size), matrix(rng, (m, c), -2, 3)),
            ),
            "Channels first, then space: another layer than the usual one, with other kernels.",
        ),
        _separable(
            "several_kernels",
            "Several kernels for each channel",
            f"""
Write `separable(x, depthwise, pointwise)`, in which every channel gets **several** kernels. The
picture `x` has the shape (C, H, W), `depthwise` (C, M, kh, kw): channel `c` is filtered with each
of its M kernels by itself, which makes C·M maps, all maps of channel 0 first, then those of channel
1, and so on. Then every output channel is a sum of all these maps, with the weights in one row of
`pointwise`, of shape (C_out, C·M). {_FITS}
""",
            """    C, H, W = x.shape
    _, M, kh, kw = depthwise.shape
    maps = np.zeros((C, M, H - kh + 1, W - kw + 1))
    for c, m, i, j in np.ndindex(maps.shape):
        maps[c, m, i, j] = (x[c, i : i + kh, j : j + kw] * depthwise[c, m]).sum()
    maps = maps.reshape(C * M, H - kh + 1, W - kw + 1)
    return np.tensordot(pointwise, maps, axes=1)
""",
            [
                mistake(
                    "first-kernels-first",
                    "Your maps come in another order: the first kernel of every channel, then the "
                    "second. All maps of one channel belong together.",
                    ("maps.reshape", "np.swapaxes(maps, 0, 1).reshape"),
                ),
                mistake(
                    "one-kernel-for-all",
                    "Every channel meets the kernels of the first. Each has its own.",
                    ("depthwise[c, m]", "depthwise[0, m]"),
                ),
                mistake(
                    "first-kernel-only",
                    "Each channel is filtered with its first kernel again and again.",
                    ("depthwise[c, m]", "depthwise[c, 0]"),
                ),
                mistake(*_TURNS, ("depthwise[c, m]", "depthwise[c, m, ::-1, ::-1]")),
                mistake(
                    *_NO_MIXING,
                    ("return np.tensordot(pointwise, maps, axes=1)", "return maps"),
                ),
                mistake(
                    *_ADDED,
                    (
                        "return np.tensordot(pointwise, maps, axes=1)",
                        "return pointwise.sum(axis=1)[:, None, None] * maps.sum(axis=0)",
                    ),
                ),
            ],
            _layers(
                lambda rng, c, o, size: (
                    _kernels(rng, c * 2, size).reshape(c, 2, *size),
                    matrix(rng, (o, c * 2), -2, 3),
                ),
            ),
            "More maps in the middle, and the mixing chooses among them.",
        ),
        _separable(
            "strided_rectified",
            "Depthwise, ReLU, pointwise",
            """
Write `separable(x, depthwise, pointwise)`. The picture `x` has the shape (C, H, W). First each
channel is filtered with its **own** kernel from `depthwise`, of shape (C, kh, kw); the window moves
by **2** pixels, down and across, and there is no padding. **Then** ReLU makes every number of these
maps that is below 0 to 0. At last every output channel is a sum of the maps, with the weights in
one row of `pointwise`, of shape (C_out, C); no ReLU comes after it. Kernels are laid down as they
stand; there are no biases. Use NumPy alone.
""",
            """    C, H, W = x.shape
    _, kh, kw = depthwise.shape
    maps = np.zeros((C, (H - kh) // 2 + 1, (W - kw) // 2 + 1))
    for c, i, j in np.ndindex(maps.shape):
        window = x[c, 2 * i : 2 * i + kh, 2 * j : 2 * j + kw]
        maps[c, i, j] = (window * depthwise[c]).sum()
    return np.tensordot(pointwise, np.maximum(maps, 0), axes=1)
""",
            [
                mistake(
                    "forgets-the-relu",
                    "Numbers below 0 reach the mixing. ReLU comes before it.",
                    ("np.maximum(maps, 0)", "maps"),
                ),
                mistake(
                    "rectifies-at-the-end",
                    "You cut off below 0 behind the mixing. ReLU stands before it.",
                    (
                        (
                            "np.tensordot(pointwise, np.maximum(maps, 0)",
                            "np.maximum(np.tensordot(pointwise, maps",
                        ),
                        (", axes=1)", ", axes=1), 0)"),
                    ),
                ),
                mistake(
                    "rectifies-twice",
                    "ReLU stands before the mixing. You cut off behind it as well.",
                    (
                        (
                            "np.tensordot(pointwise, np.maximum(maps, 0)",
                            "np.maximum(np.tensordot(pointwise, np.maximum(maps, 0)",
                        ),
                        (", axes=1)", ", axes=1), 0)"),
                    ),
                ),
                mistake(
                    "strides-in-the-size-only",
                    "The output has the right size, but the windows stand one pixel apart.",
                    ("2 * i : 2 * i + kh, 2 * j : 2 * j + kw", "i : i + kh, j : j + kw"),
                ),
                mistake(
                    "ignores-the-stride",
                    "Your window moves by one pixel. It should move by two.",
                    (
                        ("(H - kh) // 2 + 1, (W - kw) // 2 + 1", "H - kh + 1, W - kw + 1"),
                        ("2 * i : 2 * i + kh, 2 * j : 2 * j + kw", "i : i + kh, j : j + kw"),
                    ),
                ),
                mistake(*_SAME_KERNEL, ("depthwise[c]", "depthwise[0]")),
                mistake(*_TURNS, ("depthwise[c]", "depthwise[c, ::-1, ::-1]")),
                mistake(*_BY_COLUMNS, ("(pointwise,", "(pointwise.T,")),
            ],
            _layers(
                lambda rng, c, o, size: (_kernels(rng, c, size), matrix(rng, (o, c), -2, 3)),
            ),
            "With a ReLU between them, the two steps are no longer one layer.",
        ),
        _separable(
            "channels_last",
            "Depthwise and pointwise with the channels last",
            f"""
Write `separable(x, depthwise, pointwise)` for a library that has the **channels last**. The picture
`x` has the shape (H, W, C). First each channel is filtered with its **own** kernel from
`depthwise`, of shape (kh, kw, C). Then every output channel is a sum of these maps, with the
weights in one **column** of `pointwise`, of shape (C, C_out). The result has the shape
(H_out, W_out, C_out). {_FITS}
""",
            """    H, W, C = x.shape
    kh, kw, _ = depthwise.shape
    maps = np.zeros((H - kh + 1, W - kw + 1, C))
    for i, j in np.ndindex(maps.shape[:2]):
        maps[i, j] = (x[i : i + kh, j : j + kw] * depthwise).sum(axis=(0, 1))
    return maps @ pointwise
""",
            [
                mistake(*_BY_COLUMNS, ("maps @ pointwise", "maps @ pointwise.T")),
                mistake(*_NO_MIXING, ("maps @ pointwise", "maps")),
                mistake(*_SAME_KERNEL, ("* depthwise)", "* depthwise[:, :, :1])")),
                mistake(*_TURNS, ("* depthwise)", "* depthwise[::-1, ::-1])")),
                mistake(
                    *_ADDED,
                    (".sum(axis=(0, 1))", ".sum()"),
                ),
                mistake(
                    "channels-first",
                    "The values are right, with the output channels on the first axis. Here they "
                    "come last.",
                    ("maps @ pointwise", "np.moveaxis(maps @ pointwise, -1, 0)"),
                ),
            ],
            _layers(
                lambda rng, c, o, size: (
                    np.moveaxis(_kernels(rng, c, size), 0, -1).copy(),
                    matrix(rng, (c, o), -2, 3),
                ),
                last=True,
            ),
            "With the channels last, the mixing is one matrix product.",
        ),
        _separable(
            "grouped_mixing",
            "Depthwise, then mixing in two groups",
            f"""
Write `separable(x, depthwise, pointwise)`, whose mixing has **two groups**. The picture `x` has the
shape (C, H, W), and C is even. First each channel is filtered with its **own** kernel from
`depthwise`, of shape (C, kh, kw). Then the maps are mixed: `pointwise` has the shape (C_out, C/2),
and C_out is even. The first half of the output channels are sums of the **first** half of the maps,
the second half of the output channels of the **second** half of the maps, each with the weights in
its own row of `pointwise`. {_FITS}
""",
            _FILTER
            + """    first, second = np.split(pointwise, 2)
    low = np.tensordot(first, maps[: C // 2], axes=1)
    high = np.tensordot(second, maps[C // 2 :], axes=1)
    return np.concatenate([low, high])
""",
            [
                mistake(
                    "both-read-the-first-half",
                    "All your output channels read the first half of the maps. The second half of "
                    "them reads the second.",
                    ("maps[C // 2 :]", "maps[: C // 2]"),
                ),
                mistake(
                    "exchanges-the-groups",
                    "Your first output channels read the second half of the maps.",
                    (("maps[: C // 2]", "maps[-C // 2 :]"), ("maps[C // 2 :]", "maps[: C // 2]")),
                ),
                mistake(
                    "every-other-channel",
                    "Your groups take every other map. They are halves: the first ones and the "
                    "last ones.",
                    (("maps[: C // 2]", "maps[::2]"), ("maps[C // 2 :]", "maps[1::2]")),
                ),
                mistake(*_SAME_KERNEL, ("depthwise[c]", "depthwise[0]")),
                mistake(*_TURNS, ("depthwise[c]", "depthwise[c, ::-1, ::-1]")),
                mistake(
                    "deals-the-filters-out",
                    "Your output channels take turns: every other one reads the second half. The "
                    "first half of them belongs to the first half of the maps.",
                    ("np.split(pointwise, 2)", "pointwise[::2], pointwise[1::2]"),
                ),
                mistake(
                    "adds-the-groups",
                    "You add what the two groups make. Their output channels stand one after the "
                    "other.",
                    ("np.concatenate([low, high])", "low + high"),
                ),
            ],
            _layers(
                lambda rng, c, o, size: (_kernels(rng, c, size), matrix(rng, (o, c // 2), -2, 3)),
                even=True,
            ),
            "Half the mixing weights: each output channel sees half of the maps.",
        ),
        _separable(
            "thin_kernels",
            "Down, across, then mix",
            """
Write `separable(x, depthwise, pointwise)`, whose first step is factorized once more. The picture
`x` has the shape (C, H, W), `depthwise` (C, k): k weights for each channel. Each channel is
filtered **twice** with its own weights: they slide **down** (from top to bottom) and then, over
what this has written, **across** (from left to right). Then every output channel is a sum of these
maps, with the weights in one row of `pointwise`, of shape (C_out, C). Weights are laid down as they
stand, one pixel apart, where they fit, so that the maps have H − k + 1 rows and W − k + 1 columns;
there are no biases. Use NumPy alone.
""",
            """    C, H, W = x.shape
    k = depthwise.shape[1]
    maps = np.zeros((C, H - k + 1, W - k + 1))
    for c, i, j in np.ndindex(maps.shape):
        kernel = np.outer(depthwise[c], depthwise[c])
        maps[c, i, j] = (x[c, i : i + k, j : j + k] * kernel).sum()
    return np.tensordot(pointwise, maps, axes=1)
""",
            [
                mistake(
                    "adds-the-weights",
                    "In your kernel the weights for down and across are added. A pixel meets one "
                    "after the other, so they multiply.",
                    (
                        "np.outer(depthwise[c], depthwise[c])",
                        "depthwise[c][:, None] + depthwise[c]",
                    ),
                ),
                mistake(
                    "one-pass-only",
                    "The weights slide down in your answer, and across nothing is weighted.",
                    ("np.outer(depthwise[c], depthwise[c])", "np.outer(depthwise[c], np.ones(k))"),
                ),
                mistake(
                    "like-meets-like",
                    "You read the diagonal: the first weight meets the first only. Every weight of "
                    "the way down meets every weight of the way across.",
                    ("np.outer(depthwise[c], depthwise[c])", "np.diag(depthwise[c] ** 2)"),
                ),
                mistake(
                    "one-kernel-for-all",
                    "You filter every channel with the weights of the first.",
                    (
                        "np.outer(depthwise[c], depthwise[c])",
                        "np.outer(depthwise[0], depthwise[0])",
                    ),
                ),
                mistake(
                    "turns-the-kernels",
                    "The weights run from bottom to top and from right to left. They are laid down "
                    "as they stand.",
                    ("* kernel)", "* kernel[::-1, ::-1])"),
                ),
                mistake(
                    *_NO_MIXING,
                    ("return np.tensordot(pointwise, maps, axes=1)", "return maps"),
                ),
                mistake(*_BY_COLUMNS, ("(pointwise,", "(pointwise.T,")),
            ],
            _layers(
                lambda rng, c, o, size: (
                    matrix(rng, (c, min(size[0] + size[1] // 2, 3)), -2, 3),
                    matrix(rng, (o, c), -2, 3),
                ),
                odd=True,
            ),
            "Three thin steps: down, across, and through the channels.",
        ),
        _separable(
            "half_untouched",
            "Filter half of the channels",
            f"""
Write `separable(x, depthwise, pointwise)`, which saves work on half of the channels. The picture
`x` has the shape (C, H, W), C is even, kh and kw are odd. The **second** half of the channels is
filtered, each channel with its **own** kernel from `depthwise`, of shape (C/2, kh, kw). The
**first** half is not filtered, only cut to the same size: of each window, the pixel in the
**middle** is kept. Then every output channel is a sum of all C maps, in their old order, with the
weights in one row of `pointwise`, of shape (C_out, C). {_FITS}
""",
            """    C, H, W = x.shape
    _, kh, kw = depthwise.shape
    maps = np.zeros((C, H - kh + 1, W - kw + 1))
    for c, i, j in np.ndindex(maps.shape):
        if c < C // 2:
            maps[c, i, j] = x[c, i + kh // 2, j + kw // 2]
        else:
            window = x[c, i : i + kh, j : j + kw]
            maps[c, i, j] = (window * depthwise[c - C // 2]).sum()
    return np.tensordot(pointwise, maps, axes=1)
""",
            [
                mistake(
                    "keeps-the-corner",
                    "Of the channels that are not filtered you keep the first pixel of each "
                    "window. Keep the one in the middle.",
                    ("x[c, i + kh // 2, j + kw // 2]", "x[c, i, j]"),
                ),
                mistake(
                    "filters-the-first-half",
                    "You filter the first half of the channels and leave the second as it is.",
                    (
                        ("if c < C // 2", "if c >= C // 2"),
                        ("depthwise[c - C // 2]", "depthwise[c]"),
                    ),
                ),
                mistake(
                    "filtered-maps-first",
                    "Your filtered maps come first. The maps keep the order of their channels.",
                    ("(pointwise, maps,", "(pointwise, np.roll(maps, C // 2, axis=0),"),
                ),
                mistake(
                    "empties-the-untouched-half",
                    "The channels that are not filtered have become 0. They go through as they "
                    "are.",
                    ("x[c, i + kh // 2, j + kw // 2]", "0"),
                ),
                mistake(
                    "one-kernel-for-all",
                    "You filter every channel with the first kernel.",
                    ("depthwise[c - C // 2]", "depthwise[0]"),
                ),
                mistake(*_TURNS, ("depthwise[c - C // 2]", "depthwise[c - C // 2, ::-1, ::-1]")),
                mistake(
                    *_NO_MIXING,
                    ("return np.tensordot(pointwise, maps, axes=1)", "return maps"),
                ),
            ],
            _layers(
                lambda rng, c, o, size: (_kernels(rng, c // 2, size), matrix(rng, (o, c), -2, 3)),
                even=True,
                odd=True,
            ),
            "What is not filtered still takes part in the mixing.",
        ),
    ),
)

families = (two_passes, factors, separable_layer)
"""The chapter's graded questions, in order."""

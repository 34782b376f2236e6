"""Exercises and questions of chapter 04, padding."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_padding as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "blurred_corner",
    "equal_reads",
    "even_kernel",
    "exercises",
    "one_epoch",
    "output_size",
    "pad_replicate",
    "questions",
    "read_counts",
    "repair_reflect",
    "same_size",
    "wide_picture",
]

Array = np.ndarray


def _size_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int]]:
    yield from ((2, 1, 0), (3, 2, 0), (3, 3, 1), (4, 2, 1), (5, 3, 2), (6, 5, 2))
    for _ in range(4):
        kernel_size = int(rng.integers(3, 8))
        yield int(rng.integers(kernel_size, 30)), kernel_size, int(rng.integers(0, kernel_size))


output_size = Exercise(
    name="output_size",
    title="How many places?",
    stars=1,
    prompt="""
Complete `output_size(size, kernel_size, padding)`: along one axis of `size` pixels, with
`padding` pixels added **on each side**, in how many places can a window of `kernel_size` pixels
stand? It moves by one pixel at a time.
""",
    stub='''def output_size(size, kernel_size, padding):
    """Return how many places a window has along one axis."""
    return ...
''',
    reference=solutions.output_size,
    inputs=_size_inputs,
    misconceptions=(
        Misconception(
            "counts-padding-once",
            "You count the padding once. It is added at both ends of the axis.",
            [lambda size, kernel_size, padding: size + padding - kernel_size + 1],
        ),
        Misconception(
            "forgets-the-first-place",
            "You count the steps the window can take. It also has the place from which it starts.",
            [lambda size, kernel_size, padding: size + 2 * padding - kernel_size],
        ),
        Misconception(
            "ignores-the-padding",
            "This is right without padding. With it, the axis is longer for the window.",
            [lambda size, kernel_size, padding: size - kernel_size + 1],
        ),
        Misconception(
            "forgets-the-window",
            "This is the length of the padded axis. A window of several pixels has fewer places "
            "than there are pixels.",
            [lambda size, kernel_size, padding: size + 2 * padding],
        ),
        Misconception(
            "windows-side-by-side",
            "You count windows laid side by side. This one moves by one pixel at a time, so that "
            "windows overlap.",
            [lambda size, kernel_size, padding: (size + 2 * padding) // kernel_size],
        ),
        Misconception(
            "subtracts-the-padding",
            "Here padding makes the output smaller. It adds pixels, and so places.",
            [lambda size, kernel_size, padding: size - 2 * padding - kernel_size + 1],
        ),
    ),
    success="First place, steps and both ends counted: this rule gives every output size at "
    "stride 1.",
)


def _kernel_sizes(rng: np.random.Generator) -> Iterator[tuple[int]]:
    for kernel_size in range(1, 10):
        yield (kernel_size,)


same_size = Exercise(
    name="same_size",
    title="Keep the size",
    stars=1,
    prompt="""
Write `same_padding(kernel_size)`. It returns two numbers, (before, after): how many pixels to add
at the beginning and at the end of an axis, so that the output is as long as the input at
stride 1. It works for even kernels too; where the two numbers cannot be equal, the larger one
comes **after**, as with PyTorch's `padding="same"`.
""",
    stub='''def same_padding(kernel_size):
    """Return the padding before and after that keeps the size."""
    before = ...
    after = ...
    return before, after
''',
    reference=solutions.same_padding,
    inputs=_kernel_sizes,
    misconceptions=(
        Misconception(
            "half-the-kernel-on-both-sides",
            "Odd kernels are right. An even kernel makes the output one pixel too long with this.",
            [lambda kernel_size: (kernel_size // 2, kernel_size // 2)],
        ),
        Misconception(
            "rounds-down-on-both-sides",
            "Odd kernels are right. An even kernel makes the output one pixel too short with this.",
            [lambda kernel_size: ((kernel_size - 1) // 2, (kernel_size - 1) // 2)],
        ),
        Misconception(
            "larger-part-first",
            "The output has the right length. For even kernels the larger part comes after here, "
            "not before.",
            [lambda kernel_size: (kernel_size // 2, (kernel_size - 1) // 2)],
        ),
        Misconception(
            "whole-loss-on-each-side",
            "On each side you add all that the kernel takes away. Both sides together must make "
            "up for it once.",
            [lambda kernel_size: (kernel_size - 1, kernel_size - 1)],
        ),
        Misconception(
            "all-on-one-side",
            "The output has the right length, but one side gets all the padding. Share it out as "
            "evenly as it goes.",
            [lambda kernel_size: (0, kernel_size - 1), lambda kernel_size: (kernel_size - 1, 0)],
        ),
        Misconception(
            "one-too-many",
            "Both numbers together are one too many: a kernel of 1 takes nothing away and needs "
            "no padding.",
            [
                lambda kernel_size: (kernel_size // 2, kernel_size - kernel_size // 2),
                lambda kernel_size: (kernel_size - kernel_size // 2, kernel_size // 2),
            ],
        ),
        Misconception(
            "halves-with-a-fraction",
            "Odd kernels are right. For even ones you return half pixels: one side must take the "
            "larger whole number.",
            [lambda kernel_size: ((kernel_size - 1) / 2, (kernel_size - 1) / 2)],
        ),
    ),
    success="The output keeps its length for odd and for even kernels; only odd ones are "
    "centered on a pixel.",
)


def _reflect_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    for size in (3, 4, 5):
        positions = [0, 1, -1, size, size - 1, -2, size + 1]
        positions += list(range(-3, -size, -1)) + list(range(size + 2, 2 * size - 1))
        yield from ((i, size) for i in positions)


_REFLECT_STUB = '''def reflect_index(i, size):
    """Return which position inside i copies under reflect padding."""
    if i < 0:
        i = -i - 1
    if i >= size:
        i = 2 * size - 1 - i
    return i
'''

repair_reflect = Exercise(
    name="repair_reflect",
    title="Repair the mirror",
    stars=2,
    prompt="""
`reflect_index(i, size)` says which pixel a position copies under `reflect` padding. Positions
0 to `size - 1` lie inside; negative ones lie before the axis, `size` and above behind it. The
mirror stands **on** the border pixel, so that this pixel is not repeated: 2 1 | 0 1 2 | 1 0. The
code below has it wrong. Mend it.
""",
    stub=_REFLECT_STUB,
    reference=solutions.reflect_index,
    inputs=_reflect_inputs,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "The mirror stands beside the border pixel here, so that it appears twice: "
            "1 0 | 0 1 2 | 2 1. This still is what the planted bug does.",
            [function_from(_REFLECT_STUB)],
        ),
        Misconception(
            "mends-the-beginning-only",
            "The beginning of the axis is right. The end still repeats its border pixel.",
            [
                lambda i, size: (
                    abs(i) if i < size else 2 * size - 1 - i  # the end as it was planted
                )
            ],
        ),
        Misconception(
            "mends-the-end-only",
            "The end of the axis is right. The beginning still repeats its border pixel.",
            [lambda i, size: -i - 1 if i < 0 else min(i, 2 * size - 2 - i)],
        ),
        Misconception(
            "repeats-the-border-pixel",
            "Every position outside copies the border pixel: that is `replicate`.",
            [lambda i, size: min(max(i, 0), size - 1)],
        ),
        Misconception(
            "wraps-around",
            "Positions outside copy from the opposite end: that is `circular`.",
            [lambda i, size: i % size],
        ),
        Misconception(
            "skips-a-pixel",
            "The mirror stands too far inside now: the border pixel's neighbor is passed over.",
            [lambda i, size: 1 - i if i < 0 else (2 * size - 3 - i if i >= size else i)],
        ),
    ),
    success="The mirror stands on the border pixel at both ends: each position copies the one "
    "equally far on the other side.",
)


def _pad_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, tuple[int, int]]]:
    for shape, padding in (
        ((1, 2), (1, 0)),
        ((2, 2), (0, 1)),
        ((2, 3), (1, 1)),
        ((3, 3), (0, 0)),
        ((3, 4), (2, 1)),
        ((4, 3), (1, 2)),
        ((4, 4), (2, 2)),
    ):
        yield matrix(rng, shape, 1, 9), padding


def _pad(x: Array, rows: tuple[int, int], columns: tuple[int, int], mode: Any = "edge") -> Array:
    return np.pad(x, (rows, columns), mode=mode)


def _pad_both(x: Array, padding: tuple[int, int], mode: Any) -> Array:
    ph, pw = padding
    return _pad(x, (ph, ph), (pw, pw), mode)


def _zero_corners(x: Array, padding: tuple[int, int]) -> Array:
    ph, pw = padding
    H, W = x.shape
    padded = _pad_both(x, padding, "constant")
    padded[:ph, pw : pw + W] = x[0]
    padded[ph + H :, pw : pw + W] = x[-1]
    padded[ph : ph + H, :pw] = x[:, :1]
    padded[ph : ph + H, pw + W :] = x[:, -1:]
    return padded


def _slices_from_the_end(x: Array, padding: tuple[int, int]) -> Array:
    ph, pw = padding
    padded = _pad_both(x, padding, "edge")
    padded[ph:-ph, pw:-pw] = x
    return padded


pad_replicate = Exercise(
    name="pad_replicate",
    title="Write replicate padding",
    stars=2,
    prompt="""
Write `pad_replicate(x, padding)`. It adds `padding = (ph, pw)` pixels around the matrix `x`: `ph`
rows at the top and at the bottom, `pw` columns at the left and at the right. Each new pixel copies
the pixel of `x` that is nearest to it. Do it without `np.pad`.
""",
    stub='''def pad_replicate(x, padding):
    """Pad x by repeating its border pixels."""
    ph, pw = padding
    ...
''',
    reference=solutions.pad_replicate,
    inputs=_pad_inputs,
    seed=4,
    misconceptions=(
        Misconception(
            "swaps-height-and-width",
            "You add `ph` at the sides and `pw` at the top and bottom. The pair has the height "
            "first. (`F.pad` is the exception that begins with the width.)",
            [lambda x, padding: _pad_both(x, padding[::-1], "edge")],
        ),
        Misconception(
            "pads-with-zeros",
            "The size is right, and the new pixels are zeros. They should copy the border.",
            [lambda x, padding: _pad_both(x, padding, "constant")],
        ),
        Misconception(
            "leaves-the-corners-zero",
            "The four sides are right. The corners are still zeros: a corner has a nearest pixel "
            "too.",
            [_zero_corners],
        ),
        Misconception(
            "pads-one-side-only",
            "You add pixels at one end of each axis. Both ends get them.",
            [
                lambda x, padding: _pad(x, (padding[0], 0), (padding[1], 0)),
                lambda x, padding: _pad(x, (0, padding[0]), (0, padding[1])),
            ],
        ),
        Misconception(
            "pads-one-axis-only",
            "One axis is padded, the other is as it was.",
            [
                lambda x, padding: _pad(x, (padding[0], padding[0]), (0, 0)),
                lambda x, padding: _pad(x, (0, 0), (padding[1], padding[1])),
            ],
        ),
        Misconception(
            "breaks-at-zero-padding",
            "Right, except where a padding is 0: `-0` is `0`, so a slice such as `ph:-ph` is "
            "empty there.",
            [_slices_from_the_end],
        ),
        Misconception(
            "mirrors-the-border",
            "Further out, your pixels come from further inside, as in a mirror. Here all of them "
            "copy the nearest pixel.",
            [
                lambda x, padding: _pad_both(x, padding, "symmetric"),
                lambda x, padding: _pad_both(x, padding, "reflect"),
            ],
        ),
        Misconception(
            "wraps-around",
            "Your new pixels come from the opposite side: that is `circular`.",
            [lambda x, padding: _pad_both(x, padding, "wrap")],
        ),
    ),
    success="Every new pixel copies its nearest one, corners included, with a padding of its own "
    "for each axis.",
)


def _count_inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
    yield from (
        (2, 3, 2, 0),
        (3, 3, 3, 1),
        (3, 4, 2, 1),
        (4, 3, 3, 2),
        (5, 4, 3, 0),
        (4, 6, 3, 1),
        (5, 6, 4, 2),
        (6, 5, 5, 2),
    )


def _padded_counts(height: int, width: int, kernel_size: int, padding: int, lost: int = 0) -> Array:
    counts = np.zeros((height + 2 * padding, width + 2 * padding), dtype=np.int64)
    for i in range(counts.shape[0] - kernel_size + 1 - lost):
        for j in range(counts.shape[1] - kernel_size + 1 - lost):
            counts[i : i + kernel_size, j : j + kernel_size] += 1
    return counts


def _crop(counts: Array, height: int, width: int, padding: int) -> Array:
    return counts[padding : padding + height, padding : padding + width]


def _window_starts(height: int, width: int, kernel_size: int, padding: int) -> Array:
    counts = np.zeros((height + 2 * padding, width + 2 * padding), dtype=np.int64)
    counts[: counts.shape[0] - kernel_size + 1, : counts.shape[1] - kernel_size + 1] = 1
    return _crop(counts, height, width, padding)


read_counts = Exercise(
    name="read_counts",
    title="How often is each pixel read?",
    stars=3,
    prompt="""
Write `read_counts(height, width, kernel_size, padding)`. A square window of `kernel_size` pixels
slides by one pixel at a time over a picture with `padding` rings of zeros around it. Return a
`height` × `width` array that says for each pixel **of the picture** how many windows read it.
""",
    stub='''def read_counts(height, width, kernel_size, padding):
    """Return how many windows read each pixel."""
    ...
''',
    reference=solutions.read_counts,
    inputs=_count_inputs,
    misconceptions=(
        Misconception(
            "every-pixel-alike",
            "Every pixel has the same count here. Near the border, not all windows that would "
            "read a pixel exist.",
            [lambda height, width, kernel_size, padding: np.full((height, width), kernel_size**2)],
        ),
        Misconception(
            "ignores-the-padding",
            "These are the counts without padding. Windows may also stand partly on the rings.",
            [
                lambda height, width, kernel_size, padding: _padded_counts(
                    height, width, kernel_size, 0
                )
            ],
        ),
        Misconception(
            "counts-the-rings-too",
            "Your counts are right and include the rings of zeros. Only the picture's own pixels "
            "are asked for.",
            [_padded_counts],
        ),
        Misconception(
            "counts-window-starts",
            "You count each window at its top left cell only. It reads all the cells it covers.",
            [_window_starts],
        ),
        Misconception(
            "swaps-height-and-width",
            "Rows and columns are exchanged: the array should have `height` rows.",
            [
                lambda height, width, kernel_size, padding: _crop(
                    _padded_counts(width, height, kernel_size, padding), width, height, padding
                )
            ],
        ),
        Misconception(
            "misses-the-last-window",
            "The last row and the last column of windows are missing: there is one more place "
            "than you count.",
            [
                lambda height, width, kernel_size, padding: _crop(
                    _padded_counts(height, width, kernel_size, padding, lost=1),
                    height,
                    width,
                    padding,
                )
            ],
        ),
    ),
    success="Corners least, the inside most, until the padding is full: only then does every "
    "window exist that could read a pixel.",
)

exercises = (output_size, same_size, repair_reflect, pad_replicate, read_counts)
"""The chapter's exercises, in order."""


wide_picture = Question(
    name="wide_picture",
    label="From chapter 03",
    prompt="A kernel of 3 rows and 5 columns slides over a picture of 6 rows and 8 columns, "
    "without leaving it. What is the size of the output?",
    choices=(
        Choice(
            "4 rows and 4 columns",
            "Yes: 6 − 3 + 1 places down and 8 − 5 + 1 places across.",
            correct=True,
        ),
        Choice(
            "3 rows and 3 columns",
            "That is how many steps the window takes each way. The place where it starts counts "
            "too.",
            misconception="forgets-the-first-place",
        ),
        Choice(
            "4 rows and 6 columns",
            "Each axis loses by the kernel's own extent along it: down a kernel of 3, across a "
            "kernel of 5.",
            misconception="one-kernel-size-for-both-axes",
        ),
        Choice(
            "6 rows and 8 columns",
            "At the border the window would leave the picture, so there are fewer places than "
            "pixels. How to keep the size is what this chapter is about.",
            misconception="output-keeps-the-size",
        ),
    ),
)

one_epoch = Question(
    name="one_epoch",
    label="From chapter 01",
    prompt="You train on 1,000 pictures, in batches of 50. How often are the weights changed in "
    "one epoch?",
    choices=(
        Choice(
            "1 time",
            "One change belongs to one batch. An epoch is one pass over **all** pictures.",
            misconception="an-epoch-is-one-batch",
        ),
        Choice(
            "20 times",
            "Yes: an epoch passes all 1,000 pictures once, and every 50 of them give one step.",
            correct=True,
        ),
        Choice(
            "50 times",
            "50 is how many pictures are in a batch. Each batch gives one step: how many batches "
            "are there?",
            misconception="batch-size-for-number-of-batches",
        ),
        Choice(
            "1,000 times",
            "That would be one step for each picture, in batches of 1. Here 50 pictures share "
            "one step.",
            misconception="one-step-for-each-picture",
        ),
    ),
)

equal_reads = Question(
    name="equal_reads",
    label="Question 1",
    prompt="A 3×3 kernel slides over a large picture with one ring of zeros around it, one pixel "
    "at a time. How often is each pixel of the picture read?",
    choices=(
        Choice(
            "Every pixel 9 times: that is what padding is for.",
            "The padding keeps the **size**. A corner pixel still lies in only four windows; with "
            "zeros, only full padding reads all pixels equally often.",
            misconception="padding-makes-all-pixels-equal",
        ),
        Choice(
            "Inside 9 times, at an edge 6 times, in a corner 4 times.",
            "Yes. Around a corner pixel, four windows have room; around an inner pixel, all nine "
            "have.",
            correct=True,
        ),
        Choice(
            "Inside 9 times, in a corner once.",
            "Once is right without padding. The ring of zeros lets three more windows reach the "
            "corner.",
            misconception="ignores-the-padding",
        ),
        Choice(
            "Border pixels most often, as the ring repeats them.",
            "A ring of zeros repeats nothing. Under `replicate`, where it does, one ring makes "
            "all counts equal, copies counted.",
            misconception="zeros-repeat-the-border",
        ),
    ),
)

even_kernel = Question(
    name="even_kernel",
    label="Question 2",
    prompt="A 4×4 kernel moves by one pixel at a time. Which padding keeps the size of the "
    "picture?",
    choices=(
        Choice(
            "1 on every side",
            "That adds 2 along each axis, and the kernel takes away 3: the output is one pixel "
            "smaller.",
            misconception="rounds-down-on-both-sides",
        ),
        Choice(
            "2 on every side",
            "That adds 4 along each axis, and the kernel takes away 3: the output is one pixel "
            "larger.",
            misconception="half-the-kernel-on-both-sides",
        ),
        Choice(
            "1 at the top and left, 2 at the bottom and right",
            "Yes: 3 along each axis. The output keeps its size, but lies half a pixel off the "
            "picture.",
            correct=True,
        ),
        Choice(
            "None: an even kernel cannot keep the size.",
            "It can, with unequal sides. What it cannot do is stand centered on a pixel.",
            misconception="even-kernels-cannot-keep-the-size",
        ),
    ),
)

blurred_corner = Question(
    name="blurred_corner",
    label="Question 3",
    prompt="Every pixel of a picture is 180. It is blurred by the mean over 3×3 pixels, with one "
    "ring of zeros around it. What stands in the corner of the output?",
    choices=(
        Choice(
            "180",
            "That is what `replicate`, `reflect` and `circular` give here. Zeros are no gap: they "
            "count as black pixels in the mean.",
            misconception="zeros-do-not-count",
        ),
        Choice(
            "120",
            "120 stands at an edge, where three of the nine values are zeros. In the corner there "
            "are more.",
            misconception="corner-as-edge",
        ),
        Choice(
            "80",
            "Yes: four pixels of 180 and five zeros, so four ninths of 180. Zero padding darkens "
            "the border of a blurred picture.",
            correct=True,
        ),
        Choice(
            "0",
            "The window in the corner covers zeros, but four pixels of the picture too.",
            misconception="zeros-erase-the-border",
        ),
    ),
)

questions = (wide_picture, one_epoch, equal_reads, even_kernel, blurred_corner)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

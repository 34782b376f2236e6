"""Exercises and questions of chapter 15, autoencoders."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from cnncourse.exercises import _solutions_autoencoder as solutions
from cnncourse.exercises._given import function_from, matrix
from cnncourse.exercises.engine import Exercise, Misconception
from cnncourse.exercises.questions import Choice, Question

__all__ = [
    "codes_drawn_at_random",
    "exercises",
    "four_by_four_enlarged",
    "linear_against_components",
    "lost",
    "questions",
    "rank_two_of_four",
    "read_the_code",
    "reconstruct",
    "repair_denoiser",
    "smallest_error",
    "two_right_answers",
]

Array = np.ndarray


def _direction_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    # At right angles to each other, of whole numbers.
    for directions, count in (
        ([[1, 2]], 1),
        ([[2, -1]], 2),
        ([[0, 1, 2]], 2),
        ([[1, 2, 2], [2, 1, -2]], 3),
        ([[1, 1, 1, 1], [1, -1, 2, -2]], 3),
    ):
        rows = np.array(directions, dtype=np.float64)
        pixels = rows.shape[1]
        pictures = matrix(rng, (count, pixels), 0, 9).astype(np.float64)
        yield pictures, matrix(rng, (1, pixels), 1, 5)[0].astype(np.float64), rows


def _coded(x: Array, directions: Array) -> Array:
    code: Array = x @ directions.T / (directions**2).sum(axis=1)
    return code


reconstruct = Exercise(
    name="reconstruct",
    title="Back from the code",
    stars=1,
    prompt="""
Complete the last line of `reconstruct(x, mean, directions)`. The rows of `x` are pictures, `mean`
is the mean picture of the training data, and the rows of `directions` are what the code measures
along: they stand at right angles to each other. (Their numbers are whole here, not of length one,
so the code divides by their squared length.) The code is there; return the pictures that it stands
for.
""",
    stub='''def reconstruct(x, mean, directions):
    """Give back what a code along some directions keeps of the pictures."""
    code = (x - mean) @ directions.T / (directions**2).sum(axis=1)
    return ...
''',
    reference=solutions.reconstruct,
    inputs=_direction_inputs,
    seed=2,
    misconceptions=(
        Misconception(
            "forgets-the-mean",
            "What you return is how the pictures differ from the mean picture. One step is left.",
            [lambda x, mean, directions: _coded(x - mean, directions) @ directions],
        ),
        Misconception(
            "subtracts-the-mean",
            "You take the mean away a second time. The encoder has taken it away; what should the "
            "decoder do?",
            [lambda x, mean, directions: _coded(x - mean, directions) @ directions - mean],
        ),
        Misconception(
            "returns-the-code",
            "That is the code: one number for each direction. The picture has one for each pixel.",
            [lambda x, mean, directions: _coded(x - mean, directions)],
        ),
        Misconception(
            "codes-without-centering",
            "You encode the pictures as they are and add the mean afterwards: what the mean has "
            "along the directions counts twice.",
            [lambda x, mean, directions: _coded(x, directions) @ directions + mean],
        ),
        Misconception(
            "returns-what-is-lost",
            "That is the part of the pictures that the code does **not** keep.",
            [
                lambda x, mean, directions: x - mean - _coded(x - mean, directions) @ directions,
                lambda x, mean, directions: x - _coded(x - mean, directions) @ directions,
            ],
        ),
        Misconception(
            "nothing-is-lost",
            "You return the pictures themselves. With fewer numbers than pixels, something is "
            "lost.",
            [lambda x, mean, directions: x],
        ),
        Misconception(
            "ignores-the-code",
            "You return the mean picture for every picture. The code says how each differs from "
            "it.",
            [lambda x, mean, directions: np.zeros_like(x) + mean],
        ),
    ),
    success="A picture is the mean plus a sum of directions, as strong as the code says. A decoder "
    "without a ReLU can do nothing else.",
)


def _denoising_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
    for shape, weight in (
        ((1, 1), 2),
        ((1, 2), 1),
        ((2, 2), 3),
        ((2, 3), 1),
        ((3, 4), 2),
    ):
        clean = matrix(rng, shape, 1, 9).astype(np.float64)
        noise = matrix(rng, shape, 1, 4) * rng.choice([-1.0, 1.0], shape)
        yield clean, noise, weight


_DENOISING_STUB = '''def denoising_loss(clean, noise, weight):
    """Return the loss of a denoiser that multiplies every pixel by one weight."""
    given = clean + noise
    output = weight * given
    return ((output - given) ** 2).mean()
'''


def _loss_of(difference: str, given: str = "clean + noise") -> Callable[..., Any]:
    source = _DENOISING_STUB.replace("((output - given) ** 2).mean()", difference)
    return function_from(source.replace("given = clean + noise", f"given = {given}"))


repair_denoiser = Exercise(
    name="repair_denoiser",
    title="Repair a denoiser that removes nothing",
    stars=2,
    prompt="""
A denoiser is given a picture with noise in it. Somebody trained one with this loss, and the best
weight came out as exactly 1: it learned to leave the noise where it is. Find what the loss compares
with the wrong thing, and mend it. The denoiser itself is as small as it can be: it multiplies every
pixel by one `weight`.
""",
    stub=_DENOISING_STUB,
    reference=solutions.denoising_loss,
    inputs=_denoising_inputs,
    seed=5,
    misconceptions=(
        Misconception(
            "left-as-it-is",
            "This still does what the planted bug does: it rewards giving back what came in, noise "
            "and all.",
            [function_from(_DENOISING_STUB)],
        ),
        Misconception(
            "wants-the-noise",
            "You compare the output with the noise. A denoiser may predict the noise, but then it "
            "has to take it away; here the output is meant to be the picture.",
            [_loss_of("((output - noise) ** 2).mean()")],
        ),
        Misconception(
            "shows-it-the-clean-picture",
            "You give the denoiser the clean picture. When it is used, there is none.",
            [
                _loss_of("((output - given) ** 2).mean()", "clean"),
                _loss_of("((output - (clean + noise)) ** 2).mean()", "clean"),
            ],
        ),
        Misconception(
            "lets-the-noise-cancel",
            "You take the mean of the differences before you square it. Errors up and down cancel, "
            "and noise always has both.",
            [_loss_of("(output - clean).mean() ** 2")],
        ),
        Misconception(
            "takes-absolute-differences",
            "These are absolute differences. The loss of this exercise squares them; look for "
            "what is compared.",
            [_loss_of("np.abs(output - clean).mean()")],
        ),
        Misconception(
            "sums",
            "You compare the right pictures and then sum. The mean does not depend on how many "
            "pixels there are.",
            [_loss_of("((output - clean) ** 2).sum()")],
        ),
        Misconception(
            "forgets-the-square",
            "Differences alone can be negative, and a loss that may fall without end has no best "
            "weight.",
            [_loss_of("(output - clean).mean()")],
        ),
    ),
    success="Noise goes in and the clean picture is wanted. That is the whole difference between "
    "an autoencoder and a denoiser.",
)

SIZES = [(8, 8), (4, 8), (7, 10), (9, 5), (1, 13), (16, 6)]


def _printed(
    height: int,
    width: int,
    down: Callable[[int], int] = lambda n: (n - 1) // 2 + 1,
    up: Callable[[int], int] = lambda n: 2 * (2 * n) - 1,
    channels: int = 2,
) -> tuple[int, int, int]:
    small = [down(down(size)) for size in (height, width)]
    return channels * small[0] * small[1], up(small[0]), up(small[1])


read_the_code = Exercise(
    name="read_the_code",
    title="Read the code",
    stars=2,
    prompt="""
What does this print? Answer with a function `printed_sizes(height, width)` that returns the three
numbers, without PyTorch.

```python
encoder = torch.nn.Sequential(
    torch.nn.Conv2d(1, 4, 3, stride=2, padding=1),
    torch.nn.ReLU(),
    torch.nn.Conv2d(4, 2, 3, stride=2, padding=1),
)
decoder = torch.nn.Sequential(
    torch.nn.ConvTranspose2d(2, 4, 4, stride=2, padding=1),
    torch.nn.ReLU(),
    torch.nn.ConvTranspose2d(4, 1, 3, stride=2, padding=1),
)
code = encoder(torch.zeros(1, 1, height, width))
print(code.numel(), *decoder(code).shape[2:])
```
""",
    stub='''def printed_sizes(height, width):
    """Return the three numbers that the code prints."""
    ...
''',
    reference=solutions.printed_sizes,
    inputs=lambda rng: SIZES,
    misconceptions=(
        Misconception(
            "expects-the-input-back",
            "You expect the decoder to arrive where the encoder started. Nothing makes it: work "
            "out each layer's size.",
            [lambda height, width: (_printed(height, width)[0], height, width)],
        ),
        Misconception(
            "every-layer-doubles",
            "A transposed convolution of stride 2 doubles the size only if kernel, padding and "
            "output padding fit. Look at the last layer's kernel.",
            [lambda height, width: _printed(height, width, up=lambda n: 4 * n)],
        ),
        Misconception(
            "halves-and-drops",
            "You halve and drop the remainder. With padding 1, a 3×3 window still stands on the "
            "last row of an odd number.",
            [lambda height, width: _printed(height, width, down=lambda n: n // 2)],
        ),
        Misconception(
            "counts-one-channel",
            "You count the places of the code. It has two channels.",
            [lambda height, width: _printed(height, width, channels=1)],
        ),
        Misconception(
            "counts-the-channels-in-between",
            "Four channels are between the layers. How many does the code itself have?",
            [lambda height, width: _printed(height, width, channels=4)],
        ),
        Misconception(
            "transposed-padding-adds",
            "In a transposed convolution, padding takes rows and columns away from the output.",
            [
                lambda height, width: _printed(height, width, up=lambda n: 2 * (2 * n + 4 - 1) + 3),
                lambda height, width: _printed(height, width, up=lambda n: 2 * (2 * n + 4) + 3),
            ],
        ),
        Misconception(
            "no-padding-on-the-way-down",
            "The convolutions have padding 1, so that windows also stand half outside.",
            [
                lambda height, width: _printed(
                    height, width, down=lambda n: max((n - 3) // 2 + 1, 0)
                )
            ],
        ),
    ),
    success="Eight rows become two and come back as seven: to meet its input again, a decoder "
    "needs sizes that fit, here a kernel of 4 or an output padding.",
)


def _lost_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, int]]:
    for shape, size in (
        ((3, 2), 1),
        ((4, 3), 1),
        ((5, 3), 2),
        ((6, 4), 2),
        ((8, 5), 3),
    ):
        yield matrix(rng, shape, 0, 9).astype(np.float64), size


def _singular(pictures: Array) -> Array:
    values: Array = np.linalg.svd(pictures, compute_uv=False)
    return values


def _centered(pictures: Array) -> Array:
    centered: Array = pictures - pictures.mean(axis=0)
    return centered


def _left_over(pictures: Array, size: int) -> float:
    return float((_singular(_centered(pictures))[size:] ** 2).sum())


lost = Exercise(
    name="lost",
    title="What is lost",
    stars=2,
    prompt="""
Write `lost(pictures, size)`. Each row of `pictures` is a picture. They are coded by their first
`size` principal components (around their mean picture) and brought back. Return the **sum** of all
squared errors. You need no picture back for it: chapter 10 says what the best matrix of some rank
leaves over.
""",
    stub='''def lost(pictures, size):
    """Return the sum of the squared errors of a principal-component code of this size."""
    ...
''',
    reference=solutions.lost,
    inputs=_lost_inputs,
    seed=4,
    tolerance=1e-6,
    misconceptions=(
        Misconception(
            "forgets-to-center",
            "You take the pictures as they are. The code describes how they differ from their "
            "mean picture.",
            [lambda pictures, size: (_singular(pictures)[size:] ** 2).sum()],
        ),
        Misconception(
            "centers-each-picture",
            "You take from each picture the mean of its own pixels. The mean picture is one "
            "number for each pixel, a mean over the pictures.",
            [
                lambda pictures, size: (
                    _singular(pictures - pictures.mean(axis=1, keepdims=True))[size:] ** 2
                ).sum()
            ],
        ),
        Misconception(
            "centers-on-one-number",
            "You take away one number, the mean of all pixels of all pictures. Each pixel has its "
            "own mean.",
            [lambda pictures, size: (_singular(pictures - pictures.mean())[size:] ** 2).sum()],
        ),
        Misconception(
            "returns-what-is-kept",
            "That is what the components keep. Asked for is what is left over.",
            [lambda pictures, size: (_singular(_centered(pictures))[:size] ** 2).sum()],
        ),
        Misconception(
            "forgets-to-square",
            "You add the singular values. Squared errors add up to their squares.",
            [lambda pictures, size: _singular(_centered(pictures))[size:].sum()],
        ),
        Misconception(
            "one-component-too-many",
            "You keep one component more than the code has numbers.",
            [lambda pictures, size: (_singular(_centered(pictures))[size + 1 :] ** 2).sum()],
        ),
        Misconception(
            "keeps-the-weakest",
            "You keep the weakest components and lose the strongest.",
            [
                lambda pictures, size: (np.sort(_singular(_centered(pictures)))[size:] ** 2).sum(),
            ],
        ),
        Misconception(
            "averages",
            "You divide by the number of pictures or of values. The sum is asked for.",
            [
                lambda pictures, size: _left_over(pictures, size) / pictures.size,
                lambda pictures, size: _left_over(pictures, size) / len(pictures),
                # What the eigenvalues of np.cov add up to.
                lambda pictures, size: _left_over(pictures, size) / (len(pictures) - 1),
            ],
        ),
    ),
    success="The squares of the singular values that are left out: no linear code of this size "
    "loses less.",
)


def _ambiguous_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array]]:
    for given, wanted in (
        ([0, 0, 1], [2, 4, 7]),
        ([0, 0, 0, 1], [-3, 3, 3, 8]),
        ([0, 1, 1, 1], [5, -4, 4, 6]),
        ([0, 0, 1, 1, 1, 1], [0, 8, -6, -6, 6, 2]),
        ([2, 0, 2, 0, 1, 2], [9, 4, 1, -4, 3, 2]),
    ):
        yield np.array(given, dtype=np.int64), np.array(wanted, dtype=np.float64)


def _by_group(
    given: Array, wanted: Array, answer: Callable[[Array], Any], errors: Any = np.mean
) -> float:
    total = np.zeros(len(wanted))
    for value in np.unique(given):
        same = given == value
        total[same] = (wanted[same] - answer(wanted[same])) ** 2
    return float(errors(total))


def _commonest(values: Array) -> float:
    found, counts = np.unique(values, return_counts=True)
    return float(found[counts.argmax()])


smallest_error = Exercise(
    name="smallest_error",
    title="The error that no network can avoid",
    stars=3,
    prompt="""
A network colors gray pictures. For the same gray picture, the training data hold several colors.
However large the network is and however long it learns, its error cannot fall below a certain
number. Write `smallest_error(given, wanted)`, which computes it from the data alone: `given[i]` is
the number of the gray picture of example `i`, and `wanted[i]` its color, one number. A network is
*any* function of `given`. Return the smallest mean squared error over all examples that any of them
reaches.
""",
    stub='''def smallest_error(given, wanted):
    """Return the smallest mean squared error that any function of the given values reaches."""
    ...
''',
    reference=solutions.smallest_error,
    inputs=_ambiguous_inputs,
    misconceptions=(
        Misconception(
            "large-enough-is-perfect",
            "No network gets all right: to one picture it gives one answer, and two are wanted. "
            "(Or did you forget to square? Signed errors cancel.)",
            [lambda given, wanted: 0.0],
        ),
        Misconception(
            "ignores-what-is-given",
            "This is the best that a *constant* answer reaches. A network may answer differently "
            "to different pictures.",
            [lambda given, wanted: wanted.var()],
        ),
        Misconception(
            "answers-the-commonest",
            "Your network answers with the color that it saw most often. Squared, a color that "
            "never occurs may be closer to all of them.",
            [lambda given, wanted: _by_group(given, wanted, _commonest)],
        ),
        Misconception(
            "answers-the-middle-one",
            "Your network answers with the median, which is best for absolute distances. Which "
            "answer is best for squared ones?",
            [lambda given, wanted: _by_group(given, wanted, np.median)],
        ),
        Misconception(
            "answers-the-first-or-last",
            "Your network remembers one color of each picture, the first or last that it saw.",
            [
                lambda given, wanted: _by_group(given, wanted, lambda seen: seen[0]),
                lambda given, wanted: _by_group(given, wanted, lambda seen: seen[-1]),
            ],
        ),
        Misconception(
            "every-picture-counts-once",
            "You average the errors of the gray pictures, each counted once. An example counts "
            "once: a picture with many of them weighs more.",
            [
                lambda given, wanted: np.mean(
                    [wanted[given == value].var() for value in np.unique(given)]
                )
            ],
        ),
        Misconception(
            "sums",
            "You add up the squared errors. Their mean is asked for.",
            [lambda given, wanted: _by_group(given, wanted, np.mean, np.sum)],
        ),
        Misconception(
            "takes-the-root",
            "You take the root at the end. The mean of the squares is asked for.",
            [lambda given, wanted: np.sqrt(_by_group(given, wanted, np.mean))],
        ),
    ),
    success="The mean of all colors seen with a picture is the best single answer, and the spread "
    "around it is what no network can avoid. This is why colorizers of this kind paint in gray.",
)

exercises = (reconstruct, repair_denoiser, read_the_code, lost, smallest_error)
"""The chapter's exercises, in order."""


four_by_four_enlarged = Question(
    name="four_by_four_enlarged",
    label="From chapter 14",
    prompt="A transposed convolution with a 4×4 kernel, stride 2 and padding 1 is given a map of "
    "4×4. How large is the map that it makes?",
    choices=(
        Choice(
            "10×10",
            "That is how far the stamps reach together. Padding then cuts one row and one column "
            "off on each side.",
            misconception="forgets-the-padding",
        ),
        Choice(
            "8×8",
            "Yes: three steps of 2 and one kernel of 4 are 10, less one on each side.",
            correct=True,
        ),
        Choice(
            "2×2",
            "That is what a convolution with these settings makes of 4×4. The transposed one "
            "goes the other way.",
            misconception="goes-down",
        ),
        Choice(
            "12×12",
            "Padding does not add rows to the output here; it takes them away.",
            misconception="padding-adds",
        ),
    ),
)

rank_two_of_four = Question(
    name="rank_two_of_four",
    label="From chapter 10",
    prompt="A matrix has the singular values 5, 3, 2 and 1. You replace it by the best matrix of "
    "rank 2. What is the sum of the squared errors of all its entries?",
    choices=(
        Choice(
            "3",
            "You add the values that are left out. Their squares are what the errors add up to.",
            misconception="forgets-the-squares",
        ),
        Choice(
            "34",
            "That is 5² + 3², what the best matrix keeps.",
            misconception="what-is-kept",
        ),
        Choice(
            "4",
            "That is the square of the next singular value alone. All that are left out count.",
            misconception="only-the-next",
        ),
        Choice(
            "5",
            "Yes: 2² + 1², the squares of the singular values that are left out. In this chapter "
            "the matrix is a whole data set.",
            correct=True,
        ),
    ),
)

linear_against_components = Question(
    name="linear_against_components",
    label="Question 1",
    prompt="An autoencoder has dense layers, no ReLU, and a code of 8 numbers. Beside it stand 8 "
    "principal components of the same training pictures. Which gives the smaller error on these "
    "training pictures?",
    choices=(
        Choice(
            "The autoencoder: it is trained for exactly this.",
            "Trained as long as you like, it stays a linear map through 8 numbers, and among "
            "those the components are the best there is.",
            misconception="training-beats-the-optimum",
        ),
        Choice(
            "The autoencoder, if it has enough layers.",
            "Linear layers on top of each other are one linear layer. Without a ReLU, depth adds "
            "nothing to what can be computed.",
            misconception="depth-without-relu",
        ),
        Choice(
            "The components, or both alike once it has learned: it can reach them and not pass.",
            "Yes. What it learns is the same subspace, described by other numbers.",
            correct=True,
        ),
        Choice(
            "The components, because an autoencoder cannot find them by gradient descent.",
            "It can. The chapter does it in a thousand steps, and the errors agree to the digits "
            "shown.",
            misconception="descent-cannot-find-it",
        ),
    ),
)

codes_drawn_at_random = Question(
    name="codes_drawn_at_random",
    label="Question 2",
    prompt="An autoencoder gives digits back nearly without loss. You draw 8 numbers at random, "
    "each as large as in real codes, and decode them. What you see is mostly no digit. Why?",
    choices=(
        Choice(
            "The decoder is too small to draw well.",
            "It draws digits well from the codes of digits. A larger one would be as helpless "
            "with other codes.",
            misconception="decoder-too-small",
        ),
        Choice(
            "Training asked nothing of codes that no digit has, and most random codes are such.",
            "Yes. The codes of digits fill a small, oddly shaped part of the space, and nothing "
            "told you its shape.",
            correct=True,
        ),
        Choice(
            "The noise of the random numbers shows in the picture.",
            "The decoder has no way to tell a drawn code from a computed one. It matters which "
            "code it is.",
            misconception="random-means-noisy",
        ),
        Choice(
            "It is overfitted; with more training data any code would be a digit.",
            "More data fill in more codes of real digits. They promise nothing for the codes in "
            "between.",
            misconception="more-data-fill-the-space",
        ),
    ),
)

two_right_answers = Question(
    name="two_right_answers",
    label="Question 3",
    prompt="In the training data, the same gray picture is green in half of the examples and "
    "purple in the other half. A network learns the color with the squared error. What does it "
    "answer?",
    choices=(
        Choice(
            "Green or purple, one of them at random.",
            "A network computes a function: the same input gives the same output. To choose, it "
            "needs something to choose by.",
            misconception="rolls-the-dice",
        ),
        Choice(
            "Whichever of the two it saw last.",
            "One step pulls it to one side, and others pull it back. With a small learning rate "
            "it comes to rest in between.",
            misconception="remembers-the-last",
        ),
        Choice(
            "Gray, halfway between the two.",
            "Yes: the mean of all right answers has the smallest squared error, even though it is "
            "none of them.",
            correct=True,
        ),
        Choice(
            "Some pixels green and others purple.",
            "Each pixel is answered for by itself, and for each of them both colors are equally "
            "right. All of them come out halfway.",
            misconception="a-mosaic",
        ),
    ),
)

questions = (
    four_by_four_enlarged,
    rank_two_of_four,
    linear_against_components,
    codes_drawn_at_random,
    two_right_answers,
)
"""Two retrieval questions for the beginning of the chapter, three concept questions for its end."""

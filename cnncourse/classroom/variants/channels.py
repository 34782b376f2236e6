"""Graded questions on chapter 08, channels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from cnncourse.classroom.families import Family
from cnncourse.classroom.variants._making import Mistake, mistake, variant
from cnncourse.exercises.engine import Exercise, Misconception

__all__ = ["apply_layer", "families", "filter_map", "layer_costs"]

Array = np.ndarray


def _volume(rng: np.random.Generator, shape: tuple[int, ...], low: int, high: int) -> Array:
    return rng.integers(low, high, size=shape, dtype=np.int64, endpoint=True)


def _places(room: str, step: int) -> str:
    """Return the code that counts the places of a window."""
    return f"{room} + 1" if step == 1 else f"({room}) // {step} + 1"


def _times(step: int, index: str) -> str:
    return index if step == 1 else f"{step} * {index}"


@dataclass(frozen=True)
class _Filter:
    """One filter on several channels, by some convention."""

    last: bool = False
    """Whether the channels are on the last axis, of the picture and of the filter."""
    steps: tuple[int, int] = (1, 1)
    averages: bool = False
    threshold: bool = False
    backwards: bool = False
    """Whether the kernels come in the reverse order of the channels."""
    turned: bool = False
    planted: str = "keeps-the-last-channel"

    @property
    def source(self) -> str:
        kernel = "C - 1 - c" if self.backwards else "c"
        kernel = f"kernels[:, :, {kernel}]" if self.last else f"kernels[{kernel}]"
        rows, columns = "top : top + kh", "left : left + kw"
        down, across = self.steps
        mean = " / C" if self.averages else ""
        bias = "threshold" if self.threshold else "bias"
        return f'''def filter_map(x, kernels, {bias}):
    """Apply one filter to all channels of x."""
    {"kh, kw, C" if self.last else "C, kh, kw"} = kernels.shape
    {"H, W, _" if self.last else "_, H, W"} = x.shape
    H_out = {_places("H - kh", down)}
    W_out = {_places("W - kw", across)}
    output = np.zeros((H_out, W_out))
    for c in range(C):
        kernel = {kernel}{"[::-1, ::-1]" if self.turned else ""}
        for i in range(H_out):
            for j in range(W_out):
                top, left = {_times(down, "i")}, {_times(across, "j")}
                window = x[{f"{rows}, {columns}, c" if self.last else f"c, {rows}, {columns}"}]
                output[i, j] += (window * kernel).sum()
    return output{mean} {"-" if self.threshold else "+"} {bias}
'''

    @property
    def mistakes(self) -> list[Mistake]:
        down, across = self.steps
        bias = "threshold" if self.threshold else "bias"
        sign, other = ("-", "+") if self.threshold else ("+", "-")
        kernel = self.source.split("kernel = ")[1].split("\n")[0]
        first = "kernels[:, :, 0]" if self.last else "kernels[0]"
        first += "[::-1, ::-1]" if self.turned else ""
        found = [
            mistake(
                "keeps-the-last-channel",
                "Each channel writes over the one before, so that only the last is left. All of "
                "them count.",
                ("output[i, j] +=", "output[i, j] ="),
            ),
            mistake(
                "first-channel-only",
                "Every kernel reads the first channel. Each has a channel of its own.",
                ("left + kw, c]", "left + kw, 0]") if self.last else ("x[c,", "x[0,"),
            ),
            mistake(
                "one-kernel-for-all",
                "Every channel meets the first kernel. A filter has one kernel for each channel.",
                (f"kernel = {kernel}", f"kernel = {first}"),
            ),
            mistake(
                "drops-the-bias",
                f"What the channels give together is right. The {bias} has gone; it belongs to "
                "every place once.",
                (f" {sign} {bias}\n", "\n"),
            ),
            mistake(
                "turns-the-bias-round",
                f"Look at the {bias} once more: it is "
                + ("added here; it should be taken away." if self.threshold else "taken away."),
                (f" {sign} {bias}\n", f" {other} {bias}\n"),
            ),
            mistake(
                "misses-the-last-window",
                "The last row and column of windows are missing. A window as large as the picture "
                "still fits once.",
                (
                    (_places("H - kh", down), _places("H - kh", down)[:-4]),
                    (_places("W - kw", across), _places("W - kw", across)[:-4]),
                ),
            ),
        ]
        if not self.averages:
            found.append(
                mistake(
                    "one-bias-for-each-kernel",
                    f"The {bias} is in it once for every channel. It should count once at each "
                    "place.",
                    (
                        (".sum()\n", f".sum() {sign} {bias}\n"),
                        (f"return output {sign} {bias}", "return output"),
                    ),
                )
            )
        if self.averages:
            found.append(
                mistake(
                    "sums-without-dividing",
                    "You add the channels up. This filter takes their mean.",
                    ("output / C", "output"),
                )
            )
            found.append(
                mistake(
                    "divides-the-bias",
                    "The bias is divided with the sum. It is added to the mean, whole.",
                    ("output / C + bias", "(output + bias) / C"),
                )
            )
        if self.turned:
            found.append(
                mistake(
                    "does-not-turn-the-kernel",
                    "Your kernels lie on the windows as they stand. Here each is turned by 180°.",
                    ("[::-1, ::-1]", ""),
                )
            )
        if self.backwards:
            found.append(
                mistake(
                    "pairs-like-with-like",
                    "Your first kernel reads the first channel. Here the kernels come in the "
                    "reverse order of the channels.",
                    ("C - 1 - c", "c"),
                )
            )
        if self.steps != (1, 1):
            found.append(
                mistake(
                    "strides-in-the-size-only",
                    "The output has the right size, but the windows stand one pixel apart. Where "
                    "does window (1, 1) begin?",
                    (f"left = {_times(down, 'i')}, {_times(across, 'j')}", "left = i, j"),
                )
            )
        return found

    @property
    def prompt(self) -> str:
        shapes = "(H, W, C)" if self.last else "(C, H, W)"
        kernels = "(kh, kw, C)" if self.last else "(C, kh, kw)"
        bias = "threshold" if self.threshold else "bias"
        down, across = self.steps
        pixels = {1: "1 {}", 2: "2 {}s", 3: "3 {}s"}
        rules = [
            f"`x` is a picture of the shape {shapes} and `kernels` one filter of the shape "
            f"{kernels}: channels come {'last' if self.last else 'first'}.",
            "The kernels come in the **reverse** order of the channels: the last kernel belongs "
            "to the first channel."
            if self.backwards
            else "Each channel has its own kernel, in the same order.",
            "Every kernel is laid down turned by 180°, as in a true convolution."
            if self.turned
            else "Kernels are laid down as they stand.",
            f"From window to window it is {pixels[down].format('row')} down and "
            f"{pixels[across].format('column')} across; there is no padding.",
            "The output is the **mean** of what the channels give,"
            if self.averages
            else "The output is the **sum** of what the channels give,",
            f"**less** the `{bias}`, which is taken away once at each place."
            if self.threshold
            else "**plus** the `bias`, which is added once at each place"
            + (" and is not divided." if self.averages else "."),
        ]
        return f"""
The program `filter_map(x, kernels, {bias})` should apply **one** filter to a picture of several
channels. It has a planted bug: find it and mend it. What the program should do:

- {chr(10).join(["- " + rule for rule in rules[:4]])[2:]}
- {rules[4]} {rules[5]}
"""

    def inputs(self, rng: np.random.Generator) -> Iterator[tuple[Array, Array, int]]:
        for shape, kernel_size, bias in (
            ((2, 2, 3), (1, 2), 1),
            ((2, 3, 3), (2, 2), 3),
            ((3, 3, 5), (2, 1), -2),
            ((3, 5, 4), (2, 3), 2),
            ((4, 6, 7), (3, 2), -1),
            # Steps of two and of three count other rows here, and sums below 0 come out.
            ((2, 8, 9), (2, 2), 20 if self.threshold else -20),
        ):
            x = _volume(rng, shape, 0, 5)
            kernels = _volume(rng, (shape[0], *kernel_size), -2, 3)
            if self.last:
                x, kernels = np.moveaxis(x, 0, -1).copy(), np.moveaxis(kernels, 0, -1).copy()
            yield x, kernels, bias


_FILTERS = {
    "strided": _Filter(steps=(2, 2)),
    "channels_last": _Filter(last=True, planted="one-kernel-for-all"),
    "rows_by_two": _Filter(steps=(2, 1), backwards=True, planted="strides-in-the-size-only"),
    "threshold": _Filter(last=True, steps=(1, 2), threshold=True,
                         planted="one-bias-for-each-kernel"),
    "mean_of_channels": _Filter(averages=True, planted="misses-the-last-window"),
    "backwards": _Filter(backwards=True, planted="one-bias-for-each-kernel"),
    "turned": _Filter(turned=True, planted="first-channel-only"),
    "mean_channels_last": _Filter(last=True, averages=True, steps=(3, 1),
                                  planted="turns-the-bias-round"),
}  # fmt: skip

filter_map = Family(
    name="filter_map",
    skills="Repairs a filter over several channels: which kernel reads which channel, where the "
    "windows stand, and how often the bias counts.",
    points=2,
    variants=tuple(
        variant(
            name=f"filter_map_{name}",
            title="Repair the filter",
            prompt=rule.prompt,
            source=rule.source,
            inputs=rule.inputs,
            mistakes=rule.mistakes,
            planted=rule.planted,
            success="Each channel with its kernel, all of them together, and the bias once.",
            seed=2,
            shown=1,
        )
        for name, rule in _FILTERS.items()
    ),
)


def _settings(least: int, step: int = 1) -> Callable[[np.random.Generator], Iterator[tuple]]:
    """Return inputs with kernels from `least` pixels, a multiple of `step` more, and room."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[int, int, int, int]]:
        for channels, filters, more, room in (
            (1, 2, 0, 2),
            (2, 1, 0, 3),
            (2, 3, 0, 4),
            (3, 2, 1, 5),
            (3, 10, 1, 9),
            (6, 4, 2, 12),
            (64, 128, 0, 29),
        ):
            k = least + step * more
            yield channels, filters, k, 2 * k + room

    return inputs


_DEPTH = (
    "forgets-the-depth",
    "Each of your filters has one kernel. A filter has a kernel for every channel of its input.",
)
_NO_BIAS = (
    "forgets-the-biases",
    "The weights are all there. Each filter learns one more number, its bias.",
)
_BIAS_EACH = (
    "one-bias-for-each-kernel",
    "You give every kernel a bias. The kernels of a filter are summed first, and then share one.",
)
_ONE_BIAS = (
    "one-bias-for-the-layer",
    "You count one bias for the whole layer. Every filter has its own.",
)
_PIXELS = (
    "counts-the-pixels",
    "You count a window for every pixel of the input. A window must fit into the picture.",
)
_STRIDE = ("ignores-the-stride", "Your window moves by one pixel. Look how far it moves here.")


def _cost(
    name: str,
    title: str,
    prompt: str,
    body: str,
    mistakes: list[Mistake],
    success: str,
    inputs: Callable[[np.random.Generator], Iterator[tuple]],
    shown: tuple[int, int, int, int],
) -> Exercise:
    """Return the task of finding two numbers; if one of them is always right, it is told which."""
    answer = body.splitlines()[-1].strip()
    first, second = answer.removeprefix("return ").split(", ")
    exchanged = mistake(
        "exchanges-the-outputs",
        "Both numbers are right. Read again which of them comes first.",
        (answer, f"return {second}, {first}"),
    )
    task = variant(
        name=f"layer_costs_{name}",
        title=title,
        prompt=f"""
Write `layer_costs(channels, filters, k, size)`. A convolutional layer reads a square picture of
`size` × `size` pixels with so many `channels`, and has so many `filters`. {prompt.strip()}
""",
        source="def layer_costs(channels, filters, k, size):\n"
        '    """Return the two numbers."""\n' + body,
        inputs=inputs,
        mistakes=[*mistakes, exchanged],
        success=success,
        shown=shown,
    )

    def right_at(place: int) -> Callable[[Array, Array], bool]:
        return lambda returned, expected: (
            returned.shape == (2,) and bool(np.isclose(returned[place], expected[place], 1e-6))
        )

    first_only = Misconception(
        "first-number-only",
        "The first of the two numbers is right for every layer. The second one is not.",
        [lambda *setting: (task.reference(*setting)[0], 0)],
        right_at(0),
    )
    second_only = Misconception(
        "second-number-only",
        "The second of the two numbers is right for every layer. The first one is not.",
        [lambda *setting: (0, task.reference(*setting)[1])],
        right_at(1),
    )
    return replace(task, misconceptions=(*task.misconceptions, first_only, second_only))


layer_costs = Family(
    name="layer_costs",
    skills="Counts what a layer learns, computes and stores, from its shape alone.",
    points=3,
    variants=(
        _cost(
            "strided",
            "What does a strided layer cost?",
            """
Its kernels have `k` × `k` weights, every filter has a bias, the window moves by **2** pixels, down
and across, and there is no padding. Return two numbers: how many numbers the layer **learns**,
biases included, and how many **multiplications** one picture takes (one for each weight at each
place; adding the bias is none).
""",
            """    places = ((size - k) // 2 + 1) ** 2
    weights = filters * channels * k * k
    return weights + filters, weights * places
""",
            [
                mistake(*_DEPTH, ("filters * channels * k * k", "filters * k * k")),
                mistake(*_NO_BIAS, ("weights + filters", "weights")),
                mistake(*_BIAS_EACH, ("weights + filters", "weights + filters * channels")),
                mistake(*_ONE_BIAS, ("weights + filters", "weights + 1")),
                mistake(*_STRIDE, ("(size - k) // 2 + 1", "size - k + 1")),
                mistake(*_PIXELS, ("(size - k) // 2 + 1", "size")),
                mistake(
                    "multiplies-the-biases",
                    "You multiply the biases as well. They are only added.",
                    ("weights * places", "(weights + filters) * places"),
                ),
                mistake(
                    "misses-the-last-window",
                    "You miss one window in each row and column: where the first one stands is a "
                    "place too.",
                    ("// 2 + 1", "// 2"),
                ),
            ],
            "What a layer learns does not depend on the picture; what it computes does.",
            _settings(2),
            (3, 4, 3, 8),
        ),
        _cost(
            "tall_kernels",
            "What does a layer of tall kernels cost?",
            """
Its kernels are tall: `k` rows and **one** column. Every filter has a bias, the window moves by one
pixel, and there is no padding. Return two numbers: how many numbers the layer **learns**, biases
included, and how many numbers its **output** for one picture has.
""",
            """    learned = filters * (channels * k + 1)
    outputs = filters * (size - k + 1) * size
    return learned, outputs
""",
            [
                mistake(*_DEPTH, ("(channels * k + 1)", "(k + 1)")),
                mistake(*_NO_BIAS, ("(channels * k + 1)", "channels * k")),
                mistake(*_BIAS_EACH, ("(channels * k + 1)", "channels * (k + 1)")),
                mistake(*_ONE_BIAS, ("filters * (channels * k + 1)", "filters * channels * k + 1")),
                mistake(
                    "square-kernels",
                    "You count kernels of `k` rows and `k` columns. These have one column, so they "
                    "fit in at every column of the picture.",
                    (("channels * k", "channels * k * k"), ("* size\n", "* (size - k + 1)\n")),
                ),
                mistake(
                    "weights-of-square-kernels",
                    "The output is right. In your count the kernels have `k` columns; these have "
                    "one.",
                    ("channels * k", "channels * k * k"),
                ),
                mistake(
                    "shrinks-both-sides",
                    "You take columns away from the picture. A kernel of one column fits "
                    "everywhere along a row.",
                    ("* size\n", "* (size - k + 1)\n"),
                ),
                mistake(
                    "channels-multiply",
                    "A map for every pair of channel and filter comes out in your count. A filter "
                    "sums over its channels and makes one.",
                    ("filters * (size", "channels * filters * (size"),
                ),
            ],
            "Rows shrink, columns stay: each side of the picture has its own side of the kernel.",
            _settings(2),
            (3, 4, 3, 8),
        ),
        _cost(
            "two_layers",
            "What do two layers learn?",
            """
Its kernels have `k` × `k` weights. A **second** layer reads the maps of the first: it has as many
filters as the first, and kernels of the same size. Both have a bias for each filter, move by one
pixel, and do not pad. Return two numbers: how many numbers **both layers together** learn, and how
many **rows** the maps of the second layer have.
""",
            """    first = filters * (channels * k * k + 1)
    second = filters * (filters * k * k + 1)
    return first + second, size - 2 * (k - 1)
""",
            [
                mistake(
                    "forgets-the-depth",
                    "Each of your filters has one kernel. A filter has a kernel for every channel "
                    "that it reads.",
                    (("channels * k * k", "k * k"), ("(filters * k * k + 1)", "(k * k + 1)")),
                ),
                mistake(
                    "second-layer-like-the-first",
                    "Your second layer reads as many channels as the picture has. It reads what "
                    "the first layer writes.",
                    ("(filters * k * k + 1)", "(channels * k * k + 1)"),
                ),
                mistake(
                    "channels-multiply",
                    "In your count the first layer makes a map for every pair of channel and "
                    "filter. A filter sums over its channels.",
                    ("(filters * k * k + 1)", "(channels * filters * k * k + 1)"),
                ),
                mistake(
                    "forgets-the-biases",
                    "The weights are all there. Each filter of both layers learns one more number, "
                    "its bias.",
                    (
                        ("channels * k * k + 1", "channels * k * k"),
                        ("(filters * k * k + 1)", "(filters * k * k)"),
                    ),
                ),
                mistake(
                    "shrinks-once",
                    "Your maps have shrunk once. The second layer takes rows away again.",
                    ("2 * (k - 1)", "(k - 1)"),
                ),
                mistake(
                    "shrinks-by-the-kernel",
                    "A layer takes `k` − 1 rows away, not `k`: a kernel of one row takes none.",
                    ("2 * (k - 1)", "2 * k"),
                ),
                mistake(
                    "counts-one-layer",
                    "This is the first layer alone. The second one learns as well.",
                    ("first + second", "first"),
                ),
            ],
            "The second layer is as deep as the first is wide.",
            _settings(2),
            (3, 4, 3, 8),
        ),
        _cost(
            "own_kernels",
            "What if the weights were not shared?",
            """
Its kernels have `k` × `k` weights, the window moves by one pixel, and there is no padding. But the
weights are **not shared**: at every place of the window, each filter has its own kernels **and its
own bias**. Return two numbers: how many numbers this layer **learns**, and how many times as many
that is as an ordinary layer with the same filters learns.
""",
            """    places = (size - k + 1) ** 2
    ordinary = filters * (channels * k * k + 1)
    return places * ordinary, places
""",
            [
                mistake(*_DEPTH, ("(channels * k * k + 1)", "(k * k + 1)")),
                mistake(*_NO_BIAS, ("(channels * k * k + 1)", "channels * k * k")),
                mistake(*_BIAS_EACH, ("(channels * k * k + 1)", "channels * (k * k + 1)")),
                mistake(*_PIXELS, ("(size - k + 1) ** 2", "size ** 2")),
                mistake(
                    "shares-the-biases",
                    "Your places share one bias for each filter. Here it is not shared either.",
                    (
                        ("places * ordinary,", "places * (ordinary - filters) + filters,"),
                        (", places\n", ", (places * (ordinary - filters) + filters) / ordinary\n"),
                    ),
                ),
                mistake(
                    "counts-one-row-of-places",
                    "You count the places along one side. The window moves down **and** across.",
                    (" ** 2", ""),
                ),
                mistake(
                    "shares-the-weights",
                    "This is the ordinary layer. Without sharing, every place has weights of its "
                    "own.",
                    ("return places * ordinary, places", "return ordinary, 1"),
                ),
            ],
            "Sharing divides what is learned by the number of places.",
            _settings(2),
            (3, 4, 3, 8),
        ),
        _cost(
            "beside_dense",
            "A layer beside a dense one",
            """
Its kernels have `k` × `k` weights, every filter has a bias, the window moves by one pixel, and
there is no padding. Beside it stands a **dense** layer that makes equally many outputs: it connects
every input number with every output number, and has a bias for each output number. Return two
numbers: how many numbers the **convolutional** layer learns, and how many the **dense** one.
""",
            """    inputs = channels * size * size
    outputs = filters * (size - k + 1) ** 2
    return filters * (channels * k * k + 1), outputs * (inputs + 1)
""",
            [
                mistake(*_DEPTH, ("(channels * k * k + 1)", "(k * k + 1)")),
                mistake(
                    "forgets-the-biases",
                    "The weights of both are there. Each filter has a bias, and in the dense "
                    "layer each output.",
                    (("(channels * k * k + 1)", "channels * k * k"), ("(inputs + 1)", "inputs")),
                ),
                mistake(*_BIAS_EACH, ("(channels * k * k + 1)", "channels * (k * k + 1)")),
                mistake(
                    *_ONE_BIAS,
                    ("filters * (channels * k * k + 1)", "filters * channels * k * k + 1"),
                ),
                mistake(*_PIXELS, ("(size - k + 1) ** 2", "size ** 2")),
                mistake(
                    "dense-biases-of-the-filters",
                    "Your dense layer has a bias for each filter. It knows no filters: each of its "
                    "outputs has its own.",
                    ("outputs * (inputs + 1)", "outputs * inputs + filters"),
                ),
                mistake(
                    "dense-on-one-channel",
                    "Your dense layer reads one channel. It is connected with all of them.",
                    ("channels * size * size", "size * size"),
                ),
                mistake(
                    "dense-makes-one-map",
                    "Your dense layer makes one map. It has as many outputs as all filters "
                    "together.",
                    ("filters * (size - k + 1) ** 2", "(size - k + 1) ** 2"),
                ),
            ],
            "Local and shared against everything with everything: that is the whole difference.",
            _settings(2),
            (3, 4, 3, 8),
        ),
        _cost(
            "memory",
            "How much memory does it take?",
            """
Its kernels have `k` × `k` weights, and `k` is odd. Every filter has a bias, the window moves by one
pixel, and zeros around the picture keep its size. Every number takes **4 bytes**. Return two
numbers: how many bytes **what the layer learns** takes, and how many bytes its **output** takes for
a batch of **8** pictures.
""",
            """    learned = filters * (channels * k * k + 1)
    outputs = 8 * filters * size * size
    return 4 * learned, 4 * outputs
""",
            [
                mistake(*_DEPTH, ("(channels * k * k + 1)", "(k * k + 1)")),
                mistake(*_NO_BIAS, ("(channels * k * k + 1)", "channels * k * k")),
                mistake(*_BIAS_EACH, ("(channels * k * k + 1)", "channels * (k * k + 1)")),
                mistake(
                    *_ONE_BIAS,
                    ("filters * (channels * k * k + 1)", "filters * channels * k * k + 1"),
                ),
                mistake(
                    "numbers-for-bytes",
                    "You count numbers. Each of them takes 4 bytes.",
                    ("4 * learned, 4 * outputs", "learned, outputs"),
                ),
                mistake(
                    "overlooks-the-padding",
                    "Your maps shrink. The zeros around the picture keep them as large as it is.",
                    ("size * size", "(size - k + 1) ** 2"),
                ),
                mistake(
                    "one-picture-only",
                    "Your output is that of one picture. The batch has 8.",
                    ("8 * filters", "filters"),
                ),
                mistake(
                    "weights-for-every-picture",
                    "You count the weights once for each picture. All pictures meet the same ones.",
                    ("4 * learned", "8 * 4 * learned"),
                ),
            ],
            "The weights are stored once; the maps once for every picture.",
            _settings(1, 2),
            (3, 4, 3, 8),
        ),
        _cost(
            "patches",
            "Windows side by side",
            """
Its kernels have `k` × `k` weights, and the window moves by `k` pixels, so that the windows lie side
by side; rows and columns that are left over are not read. **No** filter has a bias. Return two
numbers: how many numbers the layer **learns**, and how many **multiplications** a batch of **3**
pictures takes (one for each weight at each place).
""",
            """    places = (size // k) ** 2
    weights = filters * channels * k * k
    return weights, 3 * weights * places
""",
            [
                mistake(*_DEPTH, ("filters * channels * k * k", "filters * k * k")),
                mistake(
                    "gives-every-layer-a-bias",
                    "You count a bias for each filter. This layer has none.",
                    ("return weights,", "return weights + filters,"),
                ),
                mistake(*_STRIDE, ("size // k", "size - k + 1")),
                mistake(
                    "one-picture-only",
                    "These are the multiplications of one picture. The batch has 3.",
                    ("3 * weights", "weights"),
                ),
                mistake(
                    "weights-for-every-picture",
                    "Your layer learns weights for each picture. All pictures meet the same ones.",
                    ("return weights,", "return 3 * weights,"),
                ),
                mistake(
                    "counts-parts-of-windows",
                    "You count windows that hang over the border. What is left over is not read.",
                    ("size // k", "-(-size // k)"),
                ),
                mistake(
                    "counts-the-multiplications-of-one-filter",
                    "The multiplications are those of one filter. All filters look at every "
                    "window.",
                    ("3 * weights * places", "3 * channels * k * k * places"),
                ),
            ],
            "This is how a picture is cut into patches: every pixel is read at most once.",
            _settings(2),
            (3, 4, 3, 8),
        ),
    ),
)


def _layer_source(
    *,
    shapes: str,
    size: str,
    output: str,
    loop: str,
    window: str,
    store: str,
    before: str = "",
    after: str = "y",
) -> str:
    return f'''def apply_layer(x, weight, bias):
    """Return what the layer makes of x."""
    {shapes}
{before}    {size}
    y = np.zeros({output})
    for {loop} in np.ndindex(y.shape):
        window = {window}
        {store}
    return {after}
'''


def _layer_inputs(
    arrange: Callable[[Array, Array], tuple[Array, Array]] = lambda x, weight: (x, weight),
    depth: int | None = None,
    least: int = 2,
) -> Callable[[np.random.Generator], Iterator[tuple[Array, Array, Array]]]:
    """Return volumes and filters, brought into their layout; filters `depth` less deep."""

    def inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
        for (channels, height, width), filters, kernel_size in (
            ((2, 2, 2), 2, (1, 1)),
            ((2, 3, 3), 2, (2, 2)),
            ((3, 3, 4), 2, (2, 1)),
            ((3, 4, 5), 3, (2, 3)),
            ((3, 5, 4), 3, (3, 2)),
            ((4, 5, 6), 2, (3, 3)),
            ((2, 7, 8), 2, (2, 2)),
        ):
            x = _volume(rng, (channels, height, width), 0, 4)
            deep = channels if depth is None else max(channels - depth, 1)
            weight = _volume(rng, (max(filters, least), deep, *kernel_size), -2, 3)
            bias = 2 * _volume(rng, (len(weight),), -2, 1) + 1  # odd, so that none is 0
            yield *arrange(x, weight), bias

    return inputs


def _copied(axes: str) -> Callable[[Array, Array], tuple[Array, Array]]:
    """Return a function that moves the axes of volume and weight, as in "ijc,abco"."""
    first, second = axes.split(",")

    def arrange(x: Array, weight: Array) -> tuple[Array, Array]:
        return np.einsum(f"cij->{first}", x).copy(), np.einsum(f"ocab->{second}", weight).copy()

    return arrange


_FORGETS_BIAS = (
    "forgets-the-bias",
    "All the sums of products are right. Each filter adds its bias to them.",
)
_TURNS = (
    "turns-the-kernels",
    "Your kernels are turned by 180°. Here they are laid on the window as they stand.",
)
_BIAS_FOR_EACH_CHANNEL = (
    "one-bias-for-each-channel",
    "The bias is in it once for every channel that a filter reads. A filter adds it once.",
)
_FIRST = (
    "first-channel-only",
    "Your filters read the first channel only. They are as deep as the input.",
)

_channels_last = variant(
    name="apply_layer_channels_last",
    title="A layer with the channels last",
    stars=3,
    prompt="""
Write `apply_layer(x, weight, bias)` for a library that has the **channels last**. `x` has the shape
(H, W, C_in), `weight` (kh, kw, C_in, C_out), `bias` (C_out,), and the result shall have the shape
(H_out, W_out, C_out). The window moves by 2 pixels, down and across; there is no padding, kernels
are laid down as they stand, and each filter adds its bias.
""",
    source=_layer_source(
        shapes="kh, kw, _, C_out = weight.shape",
        size="H_out, W_out = (x.shape[0] - kh) // 2 + 1, (x.shape[1] - kw) // 2 + 1",
        output="(H_out, W_out, C_out)",
        loop="i, j, o",
        window="x[2 * i : 2 * i + kh, 2 * j : 2 * j + kw]",
        store="y[i, j, o] = (window * weight[:, :, :, o]).sum() + bias[o]",
    ),
    inputs=_layer_inputs(_copied("ijc,abco")),
    mistakes=[
        mistake(*_FORGETS_BIAS, (" + bias[o]", "")),
        mistake(*_BIAS_FOR_EACH_CHANNEL, (" + bias[o]", " + x.shape[2] * bias[o]")),
        mistake(*_TURNS, ("weight[:, :, :, o]", "weight[::-1, ::-1, :, o]")),
        mistake(
            "channels-first",
            "The values are right, with the output channels on the first axis. Here they come "
            "last.",
            ("return y", "return np.moveaxis(y, -1, 0)"),
        ),
        mistake(
            "ignores-the-stride",
            "Your window moves by one pixel. It should move by two.",
            (
                (
                    "(x.shape[0] - kh) // 2 + 1, (x.shape[1] - kw) // 2 + 1",
                    "x.shape[0] - kh + 1, x.shape[1] - kw + 1",
                ),
                ("x[2 * i : 2 * i + kh, 2 * j : 2 * j + kw]", "x[i : i + kh, j : j + kw]"),
            ),
        ),
        mistake(
            "strides-in-the-size-only",
            "The output has the right size, but your windows stand one pixel apart. Where does "
            "window (1, 1) begin?",
            ("x[2 * i : 2 * i + kh, 2 * j : 2 * j + kw]", "x[i : i + kh, j : j + kw]"),
        ),
        mistake(
            *_FIRST,
            (
                ("2 * j : 2 * j + kw]", "2 * j : 2 * j + kw, 0]"),
                ("weight[:, :, :, o]", "weight[:, :, 0, o]"),
            ),
        ),
    ],
    success="The same layer in another layout: only the order of the axes has changed.",
    seed=3,
    shown=1,
)

_padded = variant(
    name="apply_layer_padded",
    title="A layer with padding and stride",
    stars=3,
    prompt="""
Write `apply_layer(x, weight, bias)`. `x` has the shape (C_in, H, W), `weight` (C_out, C_in, kh,
kw), `bias` (C_out,). Before the layer, **one** ring of zeros is laid around every channel. Then the
window moves by **2** rows down and **1** column across; kernels are laid down as they stand, and
each filter adds its bias. At last everything goes through **ReLU**: numbers below 0 become 0. The
result has the shape (C_out, H_out, W_out).
""",
    source=_layer_source(
        shapes="C_out, _, kh, kw = weight.shape",
        before="    x = np.pad(x, ((0, 0), (1, 1), (1, 1)))\n",
        size="H_out, W_out = (x.shape[1] - kh) // 2 + 1, x.shape[2] - kw + 1",
        output="(C_out, H_out, W_out)",
        loop="o, i, j",
        window="x[:, 2 * i : 2 * i + kh, j : j + kw]",
        store="y[o, i, j] = (window * weight[o]).sum() + bias[o]",
        after="np.maximum(y, 0)",
    ),
    inputs=_layer_inputs(),
    mistakes=[
        mistake(*_FORGETS_BIAS, (" + bias[o]", "")),
        mistake(*_BIAS_FOR_EACH_CHANNEL, (" + bias[o]", " + len(x) * bias[o]")),
        mistake(*_TURNS, ("weight[o]", "weight[o, :, ::-1, ::-1]")),
        mistake(
            "forgets-the-relu",
            "Some of your numbers are below 0. ReLU comes last.",
            ("np.maximum(y, 0)", "y"),
        ),
        mistake(
            "does-not-pad",
            "Your windows stay inside the picture. First a ring of zeros goes around it.",
            ("    x = np.pad(x, ((0, 0), (1, 1), (1, 1)))\n", ""),
        ),
        mistake(
            "relu-before-the-bias",
            "You cut off below 0 and add the bias then. It counts before ReLU.",
            ((" + bias[o]", ""), ("np.maximum(y, 0)", "np.maximum(y, 0) + bias[:, None, None]")),
        ),
        mistake(
            "swaps-the-strides",
            "Your window moves by one row down and two columns across. It is the other way round.",
            (
                (
                    "(x.shape[1] - kh) // 2 + 1, x.shape[2] - kw + 1",
                    "x.shape[1] - kh + 1, (x.shape[2] - kw) // 2 + 1",
                ),
                ("2 * i : 2 * i + kh, j : j + kw", "i : i + kh, 2 * j : 2 * j + kw"),
            ),
        ),
        mistake(
            "pads-one-side-only",
            "Your zeros lie above and on the left. A ring goes around all four sides.",
            ("((0, 0), (1, 1), (1, 1))", "((0, 0), (1, 0), (1, 0))"),
        ),
        mistake(
            "repeats-the-border",
            "Your ring repeats the pixels at the border. It is made of zeros.",
            ("((0, 0), (1, 1), (1, 1))", "((0, 0), (1, 1), (1, 1)), mode='edge'"),
        ),
    ],
    success="Pad, slide, add, rectify: one block of a network.",
    seed=4,
    shown=1,
)

_leave_one_out = variant(
    name="apply_layer_leave_one_out",
    title="A layer that leaves channels out",
    stars=3,
    prompt="""
In one of the first convolutional networks, a filter did not read every channel. Write
`apply_layer(x, weight, bias)` for such a layer: `x` has the shape (C, H, W), `weight` (C_out, C,
kh, kw), `bias` (C_out,). Filter `o` reads all channels **but one**: it leaves out channel
`o % C`, whatever the weights for it are; `weight` itself stays as it is. The window moves by one
pixel, there is no padding, kernels are laid down as they stand, and each filter adds its bias. The
result has the shape (C_out, H_out, W_out).
""",
    source=_layer_source(
        shapes="C_out, C, kh, kw = weight.shape",
        size="H_out, W_out = x.shape[1] - kh + 1, x.shape[2] - kw + 1",
        output="(C_out, H_out, W_out)",
        loop="o, i, j",
        window="x[:, i : i + kh, j : j + kw]",
        store="read = [c for c in range(C) if c != o % C]\n"
        "        y[o, i, j] = (window[read] * weight[o, read]).sum() + bias[o]",
    ),
    inputs=_layer_inputs(least=3),
    mistakes=[
        mistake(*_FORGETS_BIAS, (" + bias[o]", "")),
        mistake(*_BIAS_FOR_EACH_CHANNEL, (" + bias[o]", " + len(read) * bias[o]")),
        mistake(*_TURNS, ("weight[o, read]", "weight[o, read][:, ::-1, ::-1]")),
        mistake(
            "reads-every-channel",
            "Your filters read all channels. Each of them leaves one out.",
            (" if c != o % C", ""),
        ),
        mistake(
            "reads-one-channel-only",
            "Your filter reads the one channel that it should leave out.",
            ("c != o % C", "c == o % C"),
        ),
        mistake(
            "leaves-out-a-filter-number",
            "Right as long as there are no more filters than channels. After the last channel it "
            "starts again from the first.",
            ("c != o % C", "c != o"),
        ),
        mistake(
            "always-the-first-channel",
            "All your filters leave out the first channel. Each leaves out another one.",
            ("c != o % C", "c != 0"),
        ),
        mistake(
            "adds-the-filters-together",
            "A single map comes back, the sum of all filters. Each filter makes a map of its own.",
            ("return y", "return y.sum(axis=0)"),
        ),
    ],
    success="A table of connections: which filter reads which channels is a choice, too.",
    seed=5,
    shown=1,
)

_through_depth = variant(
    name="apply_layer_through_depth",
    title="A layer that slides through the depth",
    stars=3,
    prompt="""
A stack of X-ray slices is a volume whose slices have an order, so a filter may slide along the
depth as well. Write `apply_layer(x, weight, bias)`: `x` has the shape (D, H, W), `weight`
(C_out, kd, kh, kw) with `kd` at most D, and `bias` (C_out,). Every filter stands at every place
where it fits, along **all three** axes, in steps of one; it is laid down as it stands, and adds its
bias. The result has the shape (C_out, D_out, H_out, W_out).
""",
    source=_layer_source(
        shapes="C_out, kd, kh, kw = weight.shape",
        size="D_out, H_out, W_out = np.subtract(x.shape, (kd, kh, kw)) + 1",
        output="(C_out, D_out, H_out, W_out)",
        loop="o, d, i, j",
        window="x[d : d + kd, i : i + kh, j : j + kw]",
        store="y[o, d, i, j] = (window * weight[o]).sum() + bias[o]",
    ),
    inputs=_layer_inputs(depth=1),
    mistakes=[
        mistake(*_FORGETS_BIAS, (" + bias[o]", "")),
        mistake(
            "turns-the-kernels",
            "Your filters are turned round. Here they are laid on the window as they stand.",
            ("weight[o]", "weight[o, ::-1, ::-1, ::-1]"),
        ),
        mistake(
            "does-not-slide-in-depth",
            "Your filters stay at the first slices. They stand at every depth where they fit.",
            (
                ("y[o, d, i, j] =", "y[o, :, i, j] ="),
                ("x[d : d + kd,", "x[0:kd,"),
                ("return y", "return y[:, 0]"),
            ),
        ),
        mistake(
            "adds-up-the-depth",
            "You add up what a filter finds at all depths. Each depth has a map of its own.",
            ("return y", "return y.sum(axis=1)"),
        ),
        mistake(
            "depth-before-filters",
            "The values are right, with the first two axes exchanged: the filters come first.",
            ("return y", "return np.swapaxes(y, 0, 1)"),
        ),
        mistake(
            "one-bias-for-each-depth",
            "Your bias goes by the depth. It goes by the filter.",
            ("bias[o]", "bias[d % C_out]"),
        ),
    ],
    success="Along an axis with neighbors a filter may slide; that is a 3D convolution.",
    seed=6,
    shown=1,
)

_blind = variant(
    name="apply_layer_blind_to_gray",
    title="A layer that sees only color",
    stars=3,
    prompt="""
Write `apply_layer(x, weight, bias)`. `x` has the shape (C, H, W), `weight` (C_out, C, kh, kw),
`bias` (C_out,). **First** every filter is made blind to gray pictures, those whose channels are all
equal: subtract from each of its C kernels the mean of these C kernels, place by place. **Then** the
layer is applied: windows one pixel apart, no padding, kernels laid down as they stand, the bias
added. The result has the shape (C_out, H_out, W_out).
""",
    source=_layer_source(
        shapes="C_out, _, kh, kw = weight.shape",
        before="    weight = weight - weight.mean(axis=1, keepdims=True)\n",
        size="H_out, W_out = x.shape[1] - kh + 1, x.shape[2] - kw + 1",
        output="(C_out, H_out, W_out)",
        loop="o, i, j",
        window="x[:, i : i + kh, j : j + kw]",
        store="y[o, i, j] = (window * weight[o]).sum() + bias[o]",
    ),
    inputs=_layer_inputs(),
    mistakes=[
        mistake(*_FORGETS_BIAS, (" + bias[o]", "")),
        mistake(*_BIAS_FOR_EACH_CHANNEL, (" + bias[o]", " + len(x) * bias[o]")),
        mistake(*_TURNS, ("weight[o]", "weight[o, :, ::-1, ::-1]")),
        mistake(
            "sees-gray",
            "These are the filters as they were given. Gray still gets through.",
            ("    weight = weight - weight.mean(axis=1, keepdims=True)\n", ""),
        ),
        mistake(
            "blind-to-flat-regions",
            "Each of your kernels adds up to 0. That silences flat regions; a gray edge still "
            "gets through.",
            ("mean(axis=1", "mean(axis=(2, 3)"),
        ),
        mistake(
            "only-the-total-is-zero",
            "All weights of your filter together add up to 0. A gray edge still meets only a part "
            "of them.",
            ("mean(axis=1", "mean(axis=(1, 2, 3)"),
        ),
        mistake(
            "takes-the-mean-over-the-filters",
            "You take the mean over the filters. It should run over the kernels of one filter.",
            ("mean(axis=1", "mean(axis=0"),
        ),
        mistake(
            "takes-away-the-sum",
            "You take away the sum of the kernels, which is too much: they no longer cancel.",
            ("mean(axis=1", "sum(axis=1"),
        ),
    ],
    success="Only differences between the channels are left to see.",
    seed=7,
    shown=1,
)


def _loud_inputs(rng: np.random.Generator) -> Iterator[tuple[Array, Array, Array]]:
    for shape, filters, kernel_size in (
        ((2, 2, 2), 2, (1, 1)),
        ((2, 2, 3), 3, (1, 2)),
        ((2, 4, 4), 3, (2, 2)),
        ((3, 5, 5), 4, (2, 1)),
        ((2, 5, 6), 3, (2, 3)),
    ):
        weight = _volume(rng, (filters, shape[0], *kernel_size), -2, 2)
        bias = rng.permutation(filters).astype(np.int64) - 2
        if filters > 2:  # two filters are always equally loud
            weight[2], bias[1:3] = weight[1], 1
        yield _volume(rng, shape, 0, 3), weight, bias


_strongest = variant(
    name="apply_layer_strongest",
    title="Which filter answers loudest?",
    stars=3,
    prompt="""
Write `apply_layer(x, weight, bias)`. `x` has the shape (C_in, H, W), `weight` (C_out, C_in, kh,
kw), `bias` (C_out,). The layer is applied as usual: windows one pixel apart, no padding, kernels
laid down as they stand, the bias added. But return only **one** map, of the shape (H_out, W_out):
at each place the **number** of the filter with the largest answer, counted from 0, the first one of
equals; and **−1** where no answer is above 0.
""",
    source=_layer_source(
        shapes="C_out, _, kh, kw = weight.shape",
        size="H_out, W_out = x.shape[1] - kh + 1, x.shape[2] - kw + 1",
        output="(C_out, H_out, W_out)",
        loop="o, i, j",
        window="x[:, i : i + kh, j : j + kw]",
        store="y[o, i, j] = (window * weight[o]).sum() + bias[o]",
        after="np.where(y.max(axis=0) > 0, y.argmax(axis=0), -1)",
    ),
    inputs=_loud_inputs,
    mistakes=[
        mistake(
            "forgets-the-bias",
            "You compare the sums without their bias. It can decide which filter is the loudest.",
            (" + bias[o]", ""),
        ),
        mistake(*_TURNS, ("weight[o]", "weight[o, :, ::-1, ::-1]")),
        mistake(
            "never-silent",
            "Where no answer is above 0, the number of a filter comes back all the same. It should "
            "be −1 there.",
            (
                "np.where(y.max(axis=0) > 0, y.argmax(axis=0), -1)",
                "y.argmax(axis=0)",
            ),
        ),
        mistake(
            "silence-is-filter-zero",
            "Where no answer is above 0 you return 0, and 0 is the number of the first filter. It "
            "should be −1 there.",
            (", -1)", ", 0)"),
        ),
        mistake(
            "chooses-before-the-bias",
            "You choose the loudest filter before the biases are added. They can decide which it "
            "is.",
            ("y.argmax(axis=0), -1", "(y - bias[:, None, None]).argmax(axis=0), -1"),
        ),
        mistake(
            "returns-the-answer",
            "This is **how loud** the loudest answer is. Asked for is **whose** answer it is.",
            ("y.argmax(axis=0), -1", "y.max(axis=0), -1"),
        ),
        mistake(
            "counts-from-one",
            "Your filters are counted from 1. Here they are counted from 0.",
            ("y.argmax(axis=0), -1", "y.argmax(axis=0) + 1, -1"),
        ),
        mistake(
            "loud-at-zero",
            "Where the largest answer is exactly 0 you name a filter. It should be −1 there.",
            ("> 0", ">= 0"),
        ),
        mistake(
            "ignores-the-sign",
            "You take the answer that is largest in size. One far below 0 is not loud here.",
            ("np.where(y.max(axis=0) > 0, y", "np.where(y.max(axis=0) > 0, np.abs(y)"),
        ),
        mistake(
            "takes-the-last-of-equals",
            "Where two filters are equally loud you take the last. Take the first.",
            ("y.argmax(axis=0)", "C_out - 1 - y[::-1].argmax(axis=0)"),
        ),
    ],
    shown=(
        np.array([[[3, 0, 1]], [[0, 2, 1]]]),
        np.array([[[[1]], [[-1]]], [[[-1]], [[2]]]]),
        np.array([0, -1]),
    ),
    success="A map of winners: what a pixel is, rather than how much of everything it has.",
    seed=8,
)


apply_layer = Family(
    name="apply_layer",
    skills="Writes a whole convolutional layer by a convention that differs from the book's.",
    points=5,
    variants=(_channels_last, _padded, _leave_one_out, _through_depth, _blind, _strongest),
)

families = (filter_map, layer_costs, apply_layer)
"""The chapter's graded questions, in order."""

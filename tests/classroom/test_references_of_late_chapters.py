"""The references of graded questions, chapters 13 to 17, against answers found in another way.

They are written from the prompts alone: with PyTorch, scikit-learn and SciPy, by running a layer on
a large picture, by minimizing, or by trying all that may happen.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import ndimage, signal, stats
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression

from cnncourse.classroom.variants import autoencoder, classifier, colorization, fast, transposed


def t(array):
    return torch.tensor(np.asarray(array, dtype=np.float64))


def entropy(scores, labels, **options):
    return F.cross_entropy(t(scores), torch.tensor(np.asarray(labels)), **options)


BATCH_LOSS = {
    "in_bits": lambda s, y: entropy(s, y) / math.log(2),
    "classes_first": lambda s, y: entropy(s.T, y, reduction="sum"),
    "of_known": lambda s, y: entropy(s, y, ignore_index=-1),
    "smoothed": lambda s, y: entropy(s, y, label_smoothing=0.25),
    "by_class": lambda s, y: np.mean(
        [entropy(s[y == label], y[y == label]).item() for label in set(y.tolist())]
    ),
    "of_one_score": lambda s, y: F.binary_cross_entropy_with_logits(t(s), t(y)),
    "of_shares": lambda s, y: F.cross_entropy(t(s), t(y)),
}


def scaled(y, weight, bias):
    return y * t(weight)[:, None, None] + t(bias)[:, None, None]


def batch_norm(x, weight, bias, eps):
    return F.batch_norm(t(x), None, None, t(weight), t(bias), training=True, eps=eps)


def unbiased(x, weight, bias, eps):
    variance, mean = torch.var_mean(t(x), (0, 2, 3), correction=1, keepdim=True)
    return scaled((t(x) - mean) / (variance + eps).sqrt(), weight, bias)


NORMALIZE = {
    "maps": lambda x, w, b, eps: F.instance_norm(t(x), None, None, t(w), t(b), eps=eps),
    "pictures": lambda x, w, b, eps: F.group_norm(t(x), 1, t(w), t(b), eps),
    "pixels": lambda x, w, b, eps: F.layer_norm(
        t(x).movedim(1, 3), x.shape[1:2], t(w), t(b), eps
    ).movedim(3, 1),
    "groups": lambda x, w, b, eps: F.group_norm(t(x), 2, t(w), t(b), eps),
    "channels_last": lambda x, w, b, eps: np.moveaxis(
        batch_norm(np.moveaxis(x, 3, 1), w, b, eps).numpy(), 1, 3
    ),
    "unbiased": unbiased,
    "magnitude": lambda x, w, b, eps: np.stack(
        [
            [w[c] * plane / math.sqrt(np.mean(x[:, c] ** 2) + eps) + b[c] for c, plane in each]
            for each in (list(enumerate(picture)) for picture in x)
        ]
    ),
    "pairs": lambda x, w, b, eps: torch.cat(
        [batch_norm(x[i : i + 2], w, b, eps) for i in range(0, len(x), 2)]
    ),
}


def at_least(right, pictures, place, guessers, chance=1 / 2, tries=1):
    """Return how likely the guesser at this place of the ranking has so many right answers."""
    each = stats.binom.sf(right - 1, pictures, chance) ** tries
    return stats.binom.sf(place - 1, guessers, each)


def expected(place, **options):
    """Return an answer that adds up how likely each further right answer is."""

    def luck(guessers, pictures):
        rank = guessers if place == "last" else place
        right = np.arange(1, pictures + 1)
        return at_least(right, pictures, rank, guessers, **options).sum() / pictures

    return luck


LUCK = {
    "of_three_classes": expected(1, chance=1 / 3),
    "of_the_second": expected(2),
    "as_a_gap": lambda g, n: expected(1)(g, n) - expected("last")(g, n),
    "to_impress": lambda g, n: at_least(math.ceil(3 * n / 4), n, 1, g),
    "of_the_worst": expected("last", chance=1 / 4),
    "of_two_tries": expected(1, tries=2),
    "that_is_lost": lambda g, n: expected(1, chance=1 / 3)(g, n) - 1 / 3,
}


def transposed_layer(x, kernel, **options):
    return F.conv_transpose2d(t(x)[None, None], t(kernel)[None, None], **options)[0, 0].numpy()


def wrapped_stamps(x, kernel, s):
    field = transposed_layer(x, kernel, stride=s)
    H, W = x.shape[0] * s, x.shape[1] * s
    rows = [field[r::H].sum(axis=0) for r in range(min(H, len(field)))]
    rows += [np.zeros(field.shape[1])] * (H - len(rows))
    field = np.array(rows)
    columns = [field[:, c::W].sum(axis=1) for c in range(min(W, field.shape[1]))]
    columns += [np.zeros(H)] * (W - len(columns))
    return np.array(columns).T


def averaged_stamps(x, kernel, s):
    counts = transposed_layer(np.ones_like(x), np.ones_like(kernel), stride=s)
    return transposed_layer(x, kernel, stride=s) / np.where(counts == 0, 1, counts)


def largest_stamps(x, kernel, s):
    values = {}
    for (i, j), pixel in np.ndenumerate(x):
        for (a, b), weight in np.ndenumerate(kernel):
            values.setdefault((i * s + a, j * s + b), []).append(pixel * weight)
    field = np.zeros(((len(x) - 1) * s + len(kernel), (x.shape[1] - 1) * s + kernel.shape[1]))
    for place, seen in values.items():
        field[place] = max(seen)
    return field


STAMP = {
    "wrapping": wrapped_stamps,
    "down": lambda x, kernel, s: transposed_layer(x, kernel, stride=(s, 1)),
    "with_holes": lambda x, kernel, s: transposed_layer(x, kernel, dilation=s),
    "averaged": averaged_stamps,
    "largest": largest_stamps,
    "cut": lambda x, kernel, s: transposed_layer(x, kernel, stride=s, padding=1),
    "turned": lambda x, kernel, s: transposed_layer(x, np.rot90(kernel, 2).copy(), stride=s),
}


ONES = np.ones((16, 16))
STRIPES = np.tile([[1.0], [0.0]], (8, 16))
CHECKERS = np.tile([[1.0, -1.0], [-1.0, 1.0]], (8, 8))


def inside(kernel, s, picture=ONES, period=(1, 1), **options):
    """Run the layer on a large picture, and read off the pattern far from the border."""
    field = transposed_layer(picture, kernel, stride=s, **options)
    steps = (s, s) if isinstance(s, int) else s
    rows, columns = (size * each for size, each in zip(steps, period, strict=True))
    first = [-(-len(field) // 2 // rows) * rows, -(-field.shape[1] // 2 // columns) * columns]
    return field[first[0] : first[0] + rows, first[1] : first[1] + columns]


def mended(kernel, s):
    pattern = inside(kernel, s)
    return [
        [weight / pattern[a % s, b % s] for b, weight in enumerate(row)]
        for a, row in enumerate(kernel)
    ]


LEVELS = {
    "down": lambda kernel, s: inside(kernel, (s, 1))[:, 0],
    "of_stripes": lambda kernel, s: inside(kernel, s, STRIPES, (2, 1)),
    "of_a_checkerboard": lambda kernel, s: inside(kernel, s, CHECKERS, (2, 2)),
    "with_holes": lambda kernel, s: inside(kernel, s, dilation=2),
    "after_a_cut": lambda kernel, s: inside(kernel, s, padding=1),
    "mended": mended,
    "as_a_gap": lambda kernel, s: np.ptp(inside(kernel, s)),
}


def matrix_of(length, function):
    """Return the matrix of a linear function, from what it makes of each unit vector."""
    return np.array([function(unit) for unit in np.eye(length)]).T


def windows_of(kernel, **options):
    def slide(row):
        return F.conv1d(t(row)[None, None], t(kernel)[None, None], **options)[0, 0].numpy()

    return slide


def cheapest(C, y, D, d):
    """Return the x with C x = y for which |D x − d|² is the smallest, by elimination."""
    one = np.linalg.lstsq(C, y, rcond=None)[0]
    _, values, rows = np.linalg.svd(C)
    free = rows[np.count_nonzero(values > 1e-9) :].T
    return one + free @ np.linalg.lstsq(D @ free, d - D @ one, rcond=None)[0]


def length_of(y, kernel, s):
    return (len(y) - 1) * s + len(kernel)


def near_ones(y, kernel, s):
    n = length_of(y, kernel, s)
    return cheapest(matrix_of(n, windows_of(kernel, stride=s)), y, np.eye(n), np.ones(n))


def without_sum(y, kernel, s):
    n = length_of(y, kernel, s)
    C = np.vstack([matrix_of(n, windows_of(kernel, stride=s)), np.ones(n)])
    return cheapest(C, np.append(y, 0), np.eye(n), np.zeros(n))


def around(y, kernel, s):
    n = len(y) * s

    def slide(row):
        return [np.dot(np.roll(row, -i * s)[: len(kernel)], kernel) for i in range(len(y))]

    return cheapest(matrix_of(n, slide), y, np.eye(n), np.zeros(n))


def through_holes(y, kernel, s):
    n = len(y) + (len(kernel) - 1) * s
    return cheapest(matrix_of(n, windows_of(kernel, dilation=s)), y, np.eye(n), np.zeros(n))


def from_padding(y, kernel, s):
    n = length_of(y, kernel, s) - 2
    C = matrix_of(n, windows_of(kernel, stride=s, padding=1))
    return cheapest(C, y, np.eye(n), np.zeros(n))


def flattest(y, kernel, s):
    n = length_of(y, kernel, s)
    steps = np.diff(np.eye(n), axis=0)
    return cheapest(matrix_of(n, windows_of(kernel, stride=s)), y, steps, np.zeros(n - 1))


def from_stamps(y, kernel, s):
    n = (len(y) - len(kernel)) // s + 1

    def stamp(row):
        field = F.conv_transpose1d(t(row)[None, None], t(kernel)[None, None], stride=s)
        return field[0, 0].numpy()

    return np.linalg.lstsq(matrix_of(n, stamp), y, rcond=None)[0]


BACK = {
    "near_ones": near_ones,
    "without_sum": without_sum,
    "around": around,
    "through_holes": through_holes,
    "from_padding": from_padding,
    "as_flat_as_can_be": flattest,
    "from_stamps": from_stamps,
}


def fill(clean, kept, weight):
    known = [value for value, keep in zip(clean.flat, kept.flat, strict=True) if keep]
    lost = [value for value, keep in zip(clean.flat, kept.flat, strict=True) if not keep]
    paint = weight * sum(known) / len(known)
    return sum((paint - value) ** 2 for value in lost) / len(lost)


def squared(a, b):
    return F.mse_loss(t(a), t(b)).item()


DENOISING_LOSS = {
    "absolute": lambda c, n, w: F.l1_loss(t(w * (c + n)), t(c)),
    "of_the_rest": lambda c, n, w: squared((1 - w) * (c + n), c),
    "of_holes": fill,
    "of_the_worst": lambda c, n, w: max(squared(w * (a + b), a) for a, b in zip(c, n, strict=True)),
    "with_a_skip": lambda c, n, w: squared((1 + w) * (c + n), c),
    "of_speckles": lambda c, n, w: squared(w * n, np.ones_like(c)),
    "with_a_price": lambda c, n, w: squared(w * (c + n), c) + w * w / 2,
}


def errors_of(learn, size, new=None):
    code = PCA(size).fit(learn)
    new = learn if new is None else new
    return new - code.inverse_transform(code.transform(new))


def smallest_code(pictures, percent):
    whole = ((pictures - pictures.mean(axis=0)) ** 2).sum()
    return next(
        size
        for size in range(1, pictures.shape[1] + 1)
        if (errors_of(pictures, size) ** 2).sum() <= percent / 100 * whole
    )


def share_of_each(pictures, size):
    around_mean = pictures - pictures.mean(axis=0)
    return (errors_of(pictures, size) ** 2).sum(axis=1) / (around_mean**2).sum(axis=1)


LOST = {
    "as_a_share": lambda x, size: (
        (errors_of(x, size) ** 2).sum() / ((x - x.mean(axis=0)) ** 2).sum()
    ),
    "around_zero": lambda x, size: np.sort(np.linalg.eigvalsh(x.T @ x))[: x.shape[1] - size].sum(),
    "of_columns": lambda x, size: (errors_of(x.T, size) ** 2).sum(axis=1).mean(),
    "of_each": lambda x, size: (errors_of(x, size) ** 2).sum(axis=1),
    "at_most": smallest_code,
    "on_new_ones": lambda x, size: (errors_of(x[: len(x) // 2], size, x[len(x) // 2 :]) ** 2).sum(),
    "of_the_worst": lambda x, size: share_of_each(x, size).max(),
}


def seen_with(given, wanted):
    groups = {}
    for picture, color in zip(given.tolist(), wanted.tolist(), strict=True):
        groups.setdefault(picture, []).append(color)
    return list(groups.values())


def mean_of(cost):
    """Return an answer from the smallest sum of costs in each group."""
    return lambda given, wanted: sum(map(cost, seen_with(given, wanted))) / len(wanted)


def sum_of_squares(colors):
    return len(colors) * np.var(colors) if len(colors) else 0


def two_answers(colors):
    return min(
        sum_of_squares([c for c, one in zip(colors, which, strict=True) if one])
        + sum_of_squares([c for c, one in zip(colors, which, strict=True) if not one])
        for which in itertools.product((True, False), repeat=len(colors))
    )


def with_a_palette(given, wanted):
    return sum(
        min(sum((c - answer) ** 2 for c in colors) for answer in wanted)
        for colors in seen_with(given, wanted)
    ) / len(wanted)


def on_a_line(given, wanted):
    line = LinearRegression().fit(given[:, None], wanted)
    return squared(line.predict(given[:, None]), wanted)


SMALLEST_ERROR = {
    "absolute": mean_of(lambda colors: min(sum(abs(c - a) for c in colors) for a in colors)),
    "through_a_code": lambda given, wanted: mean_of(sum_of_squares)(given // 2, wanted),
    "in_choosing": mean_of(lambda colors: min(sum(c != a for c in colors) for a in colors)),
    "at_worst": lambda given, wanted: max(np.ptp(g) / 2 for g in seen_with(given, wanted)),
    "explained": lambda given, wanted: 1 - mean_of(sum_of_squares)(given, wanted) / np.var(wanted),
    "on_a_line": on_a_line,
    "with_a_palette": with_a_palette,
    "with_two_answers": mean_of(two_answers),
}


def enlarged(ab, shape, **options):
    return F.interpolate(t(ab)[None], shape, **options)[0].numpy()


def bilinear(ab, shape):
    return enlarged(ab, shape, mode="bilinear", align_corners=False)


def joined(L, color):
    return np.concatenate([L[None], color])


def cropped(ab, shape, **padding):
    """Enlarge with a frame of one coarse pixel around, and cut the frame off again."""
    rows, columns = (size // small for size, small in zip(shape, ab.shape[1:], strict=True))
    framed = np.pad(ab, ((0, 0), (1, 1), (1, 1)), **padding)
    large = bilinear(framed, (shape[0] + 2 * rows, shape[1] + 2 * columns))
    return large[:, rows:-rows, columns:-columns]


def from_corners(L, ab):
    places = [
        np.minimum(np.arange(size) * small / size, small - 1)
        for size, small in zip(L.shape, ab.shape[1:], strict=True)
    ]
    grid = np.meshgrid(*places, indexing="ij")
    return joined(
        L, np.stack([ndimage.map_coordinates(m.astype(float), grid, order=1) for m in ab])
    )


JOIN = {
    "with_tied_ends": lambda L, ab: joined(
        L, enlarged(ab, L.shape, mode="bilinear", align_corners=True)
    ),
    "from_corners": from_corners,
    "in_blocks": lambda L, ab: joined(
        L, np.kron(ab, np.ones((L.shape[0] // ab.shape[1], L.shape[1] // ab.shape[2])))
    ),
    "with_colors_last": lambda L, ab: np.dstack([L, *bilinear(np.moveaxis(ab, 2, 0), L.shape)]),
    "around": lambda L, ab: joined(L, cropped(ab, L.shape, mode="wrap")),
    "into_gray": lambda L, ab: joined(L, cropped(ab, L.shape, mode="constant")),
    "small": lambda L, ab: joined(F.adaptive_avg_pool2d(t(L)[None], ab.shape[1:])[0].numpy(), ab),
}


def shared(value, centers):
    """Share a number among ascending centers, so that its mean is kept."""
    shares = [0.0] * len(centers)
    for i, (low, high) in enumerate(itertools.pairwise(centers)):
        if low <= value <= high:
            shares[i], shares[i + 1] = (high - value) / (high - low), (value - low) / (high - low)
            return np.array(shares)
    raise AssertionError


def tens(n):
    return range(-10 * n, 10 * n + 1, 10)


def in_triangles(a, b, n):
    table = np.zeros((2 * n + 1, 2 * n + 1))
    i, j = a // 10, b // 10
    lower = (a - 10 * i) + (b - 10 * j) <= 10
    corners = [(i + 1, j), (i, j + 1), (i, j) if lower else (i + 1, j + 1)]
    equations = [[1, 1, 1], *(np.array(corners).T * 10)]
    for (row, column), share in zip(corners, np.linalg.solve(equations, [1, a, b]), strict=True):
        table[row + n, column + n] = share
    return table


def hue(a, b, n):
    along = shared(a, range(0, 361, 30))
    along[0] += along[12]
    return np.outer(along[:12], shared(b, range(0, 10 * n + 1, 10)))


def clipped(value, n):
    return min(max(value, -10 * n), 10 * n)


ENCODE = {
    "between": lambda a, b, n: np.outer(
        *(shared(value, range(-10 * n + 5, 10 * n, 10)) for value in (a, b))
    ),
    "apart": lambda a, b, n: (
        0.9 * np.outer(*(shared(value, range(-20 * n, 20 * n + 1, 20)) for value in (a, b)))
        + 0.1 / (2 * n + 1) ** 2
    ),
    "as_on_a_map": lambda a, b, n: np.rot90(np.outer(shared(a, tens(n)), shared(b, tens(n)))),
    "in_triangles": in_triangles,
    "beyond": lambda a, b, n: np.outer(*(shared(clipped(value, n), tens(n)) for value in (a, b))),
    "hue": hue,
}


def probabilities(logits):
    return torch.softmax(t(logits), 0).numpy()


def pixel_by_pixel(answer):
    """Return an answer for maps from one for the logits of a single pixel."""

    def whole(logits, counts, bins, percent):
        share = counts / counts.sum()
        color = np.empty((2, *logits.shape[1:]))
        for place in np.ndindex(logits.shape[1:]):
            color[:, *place] = answer(logits[:, *place], share, bins, percent / 100)
        return color

    return whole


def powers(logits, weights, temperature):
    """Return what probabilities become that are weighted and then raised to a power."""
    return probabilities((logits + np.log(weights)) / temperature)


def annealed_first(logits, share, bins, percent):
    p = powers(logits, np.ones_like(share), percent)
    return (p / share) / (p / share).sum() @ bins


def likeliest(logits, share, bins, percent):
    p = np.log(percent * share + (1 - percent) / len(share))
    return bins[max(range(len(share)), key=lambda q: logits[q] - p[q])]


def strong(logits, share, bins, percent):
    p = powers(logits, 1 / share, 1)
    kept = [(each, color) for each, color in zip(p, bins, strict=True) if each >= percent * max(p)]
    return sum(each * color for each, color in kept) / sum(each for each, _ in kept)


def halfway(logits, share, bins, percent):
    p = powers(logits, 1 / share, 1)
    return percent * bins[p.argmax()] + (1 - percent) * p @ bins


def seen_only(logits, share, bins, percent):
    seen = share > 0
    return powers(logits[seen], np.ones(seen.sum()), percent) @ bins[seen]


VIVID = {
    "by_roots": pixel_by_pixel(
        lambda logits, share, bins, T: powers(logits, share**-0.5, T) @ bins
    ),
    "in_the_other_order": pixel_by_pixel(annealed_first),
    "by_the_best": pixel_by_pixel(likeliest),
    "of_the_strong": pixel_by_pixel(strong),
    "halfway": pixel_by_pixel(halfway),
    "with_bins_last": lambda logits, counts, bins, percent: np.moveaxis(
        pixel_by_pixel(lambda pixel, share, bins, T: powers(pixel, 1 / share, T) @ bins)(
            np.moveaxis(logits, 2, 0), counts, bins, percent
        ),
        0,
        2,
    ),
    "without_the_unseen": pixel_by_pixel(seen_only),
}

THROUGH_SPECTRA = {
    "full": signal.convolve2d,
    "around": lambda x, k: ndimage.correlate(
        x, k, mode="wrap", origin=[-((size - 1) // 2 + (size + 1) % 2) for size in k.shape]
    ),
    "turning_around": lambda x, k: signal.convolve2d(
        np.pad(x, ((len(k) - 1, 0), (k.shape[1] - 1, 0)), mode="wrap"), k, mode="valid"
    ),
    "of_the_same_size": lambda x, k: F.conv2d(t(x)[None, None], t(k)[None, None], padding="same")[
        0, 0
    ],
    "everywhere": signal.correlate2d,
    "in_steps": lambda x, k: F.conv2d(t(x)[None, None], t(k)[None, None], stride=2)[0, 0],
    "of_rows": lambda x, k: [
        np.correlate(row, weights, "valid") for row, weights in zip(x, k, strict=True)
    ],
}


def tiles_of(outputs, reads, of):
    """Return a tile for each group of outputs: what `reads` says, each pixel by `of`."""
    grouped = []
    for start in range(0, outputs[0], outputs[1]):
        pixels = [place for i in range(start, start + outputs[1]) for place in reads(i)]
        grouped.append([of(place) for place in range(min(pixels), max(pixels) + 1)])
    return np.array(grouped)


def three(i):
    return i, i + 1, i + 2


def or_zero(row):
    return lambda place: row[place] if 0 <= place < len(row) else 0


def moved_back(row, m):
    found = []
    for start in range(0, len(row) - 2, m):
        start = min(start, len(row) - m - 2)
        found.append(row[start : start + m + 2])
    return np.array(found)


def with_edges(row, m):
    pixels = tiles_of((len(row) - 2, m), three, lambda place: row[min(place, len(row) - 1)])
    return [[*tile, m * number] for number, tile in enumerate(pixels)]


TILES = {
    "for_five_weights": lambda row, m: tiles_of(
        (len(row) - 4, m), lambda i: range(i, i + 5), or_zero(row)
    ),
    "for_the_same_size": lambda row, m: tiles_of(
        (len(row), m), lambda i: (i - 1, i, i + 1), or_zero(row)
    ),
    "around": lambda row, m: tiles_of((len(row), m), three, lambda place: row[place % len(row)]),
    "moved_back": moved_back,
    "in_columns": lambda row, m: np.lib.stride_tricks.sliding_window_view(row, m + 2)[::m].T,
    "in_steps": lambda row, m: tiles_of(
        (len(range(0, len(row) - 2, 2)), m), lambda i: three(2 * i), or_zero(row)
    ),
    "with_edges": with_edges,
}


def plans(n, sizes, beyond=True):
    """Yield every way to cover n outputs by tiles, largest first."""
    if n <= 0:
        yield ()
        return
    for position, m in enumerate(sizes):
        if beyond or m <= n:
            for rest in plans(n - m, sizes[position:], beyond):
                yield (m, *rest)


def cost(n, sizes, weights=3, beyond=True):
    return min(sum(m + weights - 1 for m in plan) for plan in plans(n, sizes, beyond))


def one_size(n, sizes):
    return min(math.ceil(n / m) * (m + 2) for m in sizes)


FEWEST_PRODUCTS = {
    "of_two_and_three": lambda r, c: cost(r, (3, 2)) * cost(c, (3, 2)),
    "of_five_weights": lambda r, c: cost(r, (4, 2), 5) * cost(c, (4, 2), 5),
    "without_overhang": lambda r, c: (
        cost(r, (4, 2, 1), beyond=False) * cost(c, (4, 2, 1), beyond=False)
    ),
    "of_an_oblong_kernel": lambda r, c: cost(r, (4, 2)) * cost(c, (4, 2), 5),
    "of_square_tiles": lambda r, c: min(
        math.ceil(r / m) * math.ceil(c / m) * products
        for m, products in ((2, 16), (4, 36), (6, 64))
    ),
    "of_one_size_an_axis": lambda r, c: one_size(r, (2, 3, 4)) * one_size(c, (2, 3, 4)),
    "as_savings": lambda r, c: 9 * r * c - cost(r, (4, 2)) * cost(c, (4, 2)),
    "for_two": lambda r, c: (
        cost(r, (4, 2)) * (cost(c // 2, (4, 2)) + cost(math.ceil(c / 2), (4, 2)))
    ),
}

ANSWERS = {
    classifier: {"batch_loss": BATCH_LOSS, "normalize": NORMALIZE, "luck": LUCK},
    transposed: {"stamp": STAMP, "levels": LEVELS, "back": BACK},
    autoencoder: {
        "denoising_loss": DENOISING_LOSS,
        "lost": LOST,
        "smallest_error": SMALLEST_ERROR,
    },
    colorization: {"join": JOIN, "encode": ENCODE, "vivid": VIVID},
    fast: {"through_spectra": THROUGH_SPECTRA, "tiles": TILES, "fewest_products": FEWEST_PRODUCTS},
}
BY_NAME = {
    f"{function}_{name}": answer
    for families in ANSWERS.values()
    for function, answers in families.items()
    for name, answer in answers.items()
}
VARIANTS = [task for module in ANSWERS for family in module.families for task in family.variants]


@pytest.mark.parametrize("task", VARIANTS, ids=lambda task: task.name)
def test_an_answer_found_in_another_way_is_right(task):
    result = task.check(BY_NAME[task.name])
    assert result.reason == "passed", repr(result)


def test_every_answer_belongs_to_a_variant():
    assert set(BY_NAME) == {task.name for task in VARIANTS}

"""The references of graded questions against PyTorch and NumPy, written from the prompts alone."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from cnncourse.classroom.variants import backprop, channels, factorized, from_scratch, one_by_one


def t(array):
    return torch.tensor(np.asarray(array, dtype=np.float64))


def conv(x, weight, bias=None, **options):
    """Apply a layer to one picture of shape (C, H, W)."""
    bias = None if bias is None else t(bias)
    return F.conv2d(t(x)[None], t(weight), bias, **options)[0]


def gradient(loss, array):
    """Return the gradient of a loss, a function of a tensor, at an array."""
    leaf = t(array).requires_grad_()
    loss(leaf).backward()
    return leaf.grad


def wrapped(x, kernel_size):
    """Continue a tensor round and round, down and to the right."""
    down, across = (k - 1 for k in kernel_size)
    x = torch.cat([x, x[:down]], 0)
    return torch.cat([x, x[:, :across]], 1)


def slide(x, kernel, **options):
    """Cross-correlate two tensors of two axes."""
    return F.conv2d(x[None, None], kernel[None, None], **options)[0, 0]


def last_to_first(array):
    return np.moveaxis(array, -1, 0)


def one_filter(x, kernels, **options):
    return conv(x, kernels[None], **options)[0]


FILTER_MAP = {
    "strided": lambda x, k, b: one_filter(x, k, stride=2) + b,
    "channels_last": lambda x, k, b: one_filter(last_to_first(x), last_to_first(k)) + b,
    "rows_by_two": lambda x, k, b: one_filter(x, k[::-1], stride=(2, 1)) + b,
    "threshold": lambda x, k, b: one_filter(last_to_first(x), last_to_first(k), stride=(1, 2)) - b,
    "mean_of_channels": lambda x, k, b: one_filter(x, k) / len(x) + b,
    "backwards": lambda x, k, b: one_filter(x[::-1], k) + b,
    "turned": lambda x, k, b: one_filter(x, k[:, ::-1, ::-1]) + b,
    "mean_channels_last": lambda x, k, b: (
        one_filter(last_to_first(x), last_to_first(k), stride=(3, 1)) / x.shape[2] + b
    ),
}


def learned(*layers):
    return sum(p.numel() for layer in layers for p in layer.parameters())


def applied(layer, c, n):
    return layer(torch.zeros(1, c, n, n))[0]


def layer_of(c, f, k, **options):
    return torch.nn.Conv2d(c, f, k, **options)


def strided_cost(c, f, k, n):
    layer = layer_of(c, f, k, stride=2)
    return learned(layer), applied(layer, c, n)[0].numel() * layer.weight.numel()


def tall_cost(c, f, k, n):
    layer = layer_of(c, f, (k, 1))
    return learned(layer), applied(layer, c, n).numel()


def two_layers_cost(c, f, k, n):
    pair = layer_of(c, f, k), layer_of(f, f, k)
    return learned(*pair), applied(torch.nn.Sequential(*pair), c, n).shape[1]


def own_kernels_cost(c, f, k, n):
    layer = layer_of(c, f, k)
    places = applied(layer, c, n)[0].numel()
    return sum(learned(layer) for _ in range(places)), places


def beside_dense_cost(c, f, k, n):
    layer = layer_of(c, f, k)
    dense = (c * n * n, applied(layer, c, n).numel())
    return learned(layer), dense[0] * dense[1] + dense[1]


def memory_cost(c, f, k, n):
    layer = layer_of(c, f, k, padding="same")
    return 4 * learned(layer), 8 * applied(layer, c, n).nbytes


def patches_cost(c, f, k, n):
    layer = layer_of(c, f, k, stride=k, bias=False)
    return learned(layer), 3 * applied(layer, c, n)[0].numel() * layer.weight.numel()


LAYER_COSTS = {
    "strided": strided_cost,
    "tall_kernels": tall_cost,
    "two_layers": two_layers_cost,
    "own_kernels": own_kernels_cost,
    "beside_dense": beside_dense_cost,
    "memory": memory_cost,
    "patches": patches_cost,
}


def channels_last_layer(x, weight, bias):
    y = conv(last_to_first(x), weight.transpose(3, 2, 0, 1), bias, stride=2)
    return y.permute(1, 2, 0)


def leave_one_out_layer(x, weight, bias):
    masked = weight.copy()
    for o in range(len(weight)):
        masked[o, o % len(x)] = 0
    return conv(x, masked, bias)


def through_depth_layer(x, weight, bias):
    return F.conv3d(t(x)[None, None], t(weight)[:, None], t(bias))[0]


def blind_layer(x, weight, bias):
    gray = conv(np.repeat(x.mean(axis=0, keepdims=True), len(x), axis=0), weight)
    return conv(x, weight, bias) - gray


def strongest_layer(x, weight, bias):
    answers = conv(x, weight, bias)
    silent = torch.zeros_like(answers[:1])
    return torch.cat([silent, answers]).argmax(dim=0) - 1  # the first of equals: silence


APPLY_LAYER = {
    "channels_last": channels_last_layer,
    "padded": lambda x, w, b: conv(x, w, b, padding=1, stride=(2, 1)).relu(),
    "leave_one_out": leave_one_out_layer,
    "through_depth": through_depth_layer,
    "blind_to_gray": blind_layer,
    "strongest": strongest_layer,
}


def one(weight):
    """Return a matrix as the weight of a 1×1 layer."""
    return np.asarray(weight)[:, :, None, None]


MIX_CHANNELS = {
    "channels_last": lambda x, w, b: conv(last_to_first(x), one(w), b).permute(1, 2, 0),
    "batch": lambda x, w, b: torch.stack([conv(each, one(w), b) for each in x]),
    "in_by_out": lambda x, w, b: conv(x, one(w.T), b),
    "offset_first": lambda x, w, b: conv(x - b[:, None, None], one(w)),
    "first_to_last": lambda x, w, b: conv(x, one(w), b).permute(1, 2, 0),
    "rectified": lambda x, w, b: conv(x, one(w), b).relu(),
    "residual": lambda x, w, b: conv(x, one(w + np.eye(len(w), dtype=int)), b),
}


def laid_out(order):
    """Return the places (c, i, j) in the order in which a long row holds them."""

    def filters(weight, channels, height, width):
        rows = weight if weight.shape[1] == channels * height * width else weight.T
        found = np.zeros((len(rows), channels, height, width))
        for k, (c, i, j) in enumerate(order(range(channels), range(height), range(width))):
            found[:, c, i, j] = rows[:, k]
        return found

    return filters


def back_to_dense(weight, channels, height, width):
    pixels = itertools.product(range(height), range(width), range(channels))
    return np.array([weight[:, c, i, j] for i, j, c in pixels])


DENSE_FILTERS = {
    "channels_last": laid_out(lambda C, H, W: [(c, i, j) for i in H for j in W for c in C]),
    "by_columns": laid_out(lambda C, H, W: [(c, i, j) for c in C for j in W for i in H]),
    "line_by_line": laid_out(lambda C, H, W: [(c, i, j) for i in H for c in C for j in W]),
    "bottom_up": laid_out(lambda C, H, W: [(c, i, j) for c in C for i in H[::-1] for j in W]),
    "a_column_a_class": laid_out(lambda C, H, W: [(c, i, j) for c in C for i in H for j in W]),
    "columns_channels_last": laid_out(lambda C, H, W: [(c, i, j) for j in W for i in H for c in C]),
    "last_channel_first": laid_out(
        lambda C, H, W: [(c, i, j) for c in C[::-1] for i in H for j in W]
    ),
    "back": back_to_dense,
}


def with_skip(x, first, first_bias, second, second_bias):
    return conv(conv(x, one(first), first_bias), one(second), second_bias) + t(x)


def normalized(x, mean, deviation, weight, bias):
    return conv((x - mean[:, None, None]) / deviation[:, None, None], weight, bias)


def rescaled(x, weight, bias, scale, shift):
    return (conv(x, weight, bias) - t(shift)[:, None, None]) * t(scale)[:, None, None]


def side_by_side(x, first, first_bias, second, second_bias):
    padding = tuple(k // 2 for k in first.shape[2:])
    return conv(x, first, first_bias, padding=padding) + conv(x, one(second), second_bias)


MERGED = {
    "one_by_one_last": lambda x, a, b, c, d: conv(conv(x, a, b), one(c), d),
    "skip": with_skip,
    "normalized_before": normalized,
    "scaled_after": rescaled,
    "parallel": side_by_side,
    "columns": lambda x, a, b, c, d: conv(conv(x, one(a.T), b), one(c.T), d) / 2,
}
"""What the layers that are merged make of a picture."""


def both_passes(x, column, row, border=None, **options):
    kh, kw = len(column), len(row)
    if border is not None:
        sides = [(0, kh - 1), (0, kw - 1)] if border == "wrap" else [(kh // 2,) * 2, (kw // 2,) * 2]
        x = np.pad(x, sides, mode=border)
    return slide(t(x), t(np.outer(column, row)), **options)


def rectified_passes(x, column, row):
    middle = slide(t(x), t(column)[:, None]).relu()
    return slide(middle, t(row)[None])


TWO_PASSES = {
    "strided": lambda x, c, r: both_passes(x, c, r, stride=(2, 1)),
    "wrapped": lambda x, c, r: both_passes(x, c, r, "wrap"),
    "repeated": lambda x, c, r: both_passes(x, c, r, "edge"),
    "zeros_around": lambda x, c, r: both_passes(x, c, r, "constant"),
    "turned": lambda x, c, r: both_passes(x, c[::-1], r[::-1]),
    "dilated": lambda x, c, r: both_passes(x, c, r, dilation=(1, 2)),
    "rectified": rectified_passes,
}

FACTORS = {
    "column_begins_with_one": lambda column, row: column[0] == 1,
    "row_sums_to_one": lambda column, row: row.sum(),
    "column_sums_to_one": lambda column, row: column.sum(),
    "row_ends_with_one": lambda column, row: row[-1],
    "largest_is_one": lambda column, row: row.max() * (np.abs(row) <= 1).all(),
    "turned": lambda column, row: row[0],
    "column_of_length_one": lambda column, row: np.linalg.norm(column) * (column[0] > 0),
}
"""What is 1 for the pair of passes that is asked for."""


def depthwise_pointwise(x, depthwise, pointwise, **options):
    return conv(conv(x, depthwise[:, None], groups=len(x)), one(pointwise), **options)


def rectified_separable(x, depthwise, pointwise):
    return conv(conv(x, depthwise[:, None], groups=len(x), stride=2).relu(), one(pointwise))


def channels_last_separable(x, depthwise, pointwise):
    y = depthwise_pointwise(last_to_first(x), last_to_first(depthwise), pointwise.T)
    return y.permute(1, 2, 0)


def several_kernels(x, depthwise, pointwise):
    weight = depthwise.reshape(-1, 1, *depthwise.shape[2:])
    return conv(conv(x, weight, groups=len(x)), one(pointwise))


def half_untouched(x, depthwise, pointwise):
    middle = np.zeros_like(depthwise)
    middle[:, depthwise.shape[1] // 2, depthwise.shape[2] // 2] = 1
    return depthwise_pointwise(x, np.concatenate([middle, depthwise]), pointwise)


def mixed_first(x, depthwise, pointwise):
    return conv(conv(x, one(pointwise)), depthwise[:, None], groups=len(depthwise))


def thin_kernels(x, depthwise, pointwise):
    down = conv(x, depthwise[:, None, :, None], groups=len(x))
    return conv(conv(down, depthwise[:, None, None], groups=len(x)), one(pointwise))


SEPARABLE = {
    "mixes_first": mixed_first,
    "several_kernels": several_kernels,
    "strided_rectified": rectified_separable,
    "channels_last": channels_last_separable,
    "grouped_mixing": lambda x, d, p: depthwise_pointwise(x, d, p, groups=2),
    "thin_kernels": thin_kernels,
    "half_untouched": half_untouched,
}


def windows_of(x, step):
    return x.unfold(0, 2, step).unfold(1, 2, step).reshape(-1, 4)


def picked(x, step, choose):
    """Return one pixel of each window; `choose` gets the window in reading order."""
    return torch.stack([window[choose(window.tolist())] for window in windows_of(x, step)])


def last_of(values):
    return len(values) - 1 - values[::-1].index(max(values))


POOLED = {
    "overlapping": lambda x: F.max_pool2d(x[None], 2, stride=1),
    "smallest": lambda x: picked(x, 2, lambda v: v.index(min(v))),
    "last_of_equals": lambda x: picked(x, 2, last_of),
    "shared_ties": lambda x: windows_of(x, 1).amax(dim=1),
    "largest_in_size": lambda x: picked(x, 1, lambda v: max(range(4), key=lambda k: abs(v[k]))),
    "rectified": lambda x: F.max_pool2d(x[None], 2, stride=1).relu(),
    "average": lambda x: F.avg_pool2d(x[None], 2, stride=1),
}
"""The forward passes of the poolings to go back through."""

FORWARD = {
    "strided": lambda x, k: slide(x, k, stride=2),
    "turned": lambda x, k: slide(x, k.flip(0, 1)),
    "padded": lambda x, k: slide(x, k, padding=1),
    "dilated": lambda x, k: slide(x, k, dilation=2),
    "wrapped": lambda x, k: slide(wrapped(x, k.shape), k),
    "mirrored": lambda x, k: slide(x, torch.cat([k, k.flip(1)], 1)),
    "batch": lambda x, k: F.conv2d(x[:, None], k[None, None], stride=(2, 1))[:, 0],
}
"""The forward passes that give kernels their gradients."""


def skipped(x, kernel):
    score = slide(x, kernel)
    top, left = (k // 2 for k in kernel.shape)
    return score.relu() + x[top : top + score.shape[0], left : left + score.shape[1]]


LAYERS = {
    "strided_relu": lambda x, k: slide(x, k, stride=2).relu(),
    "leaky": lambda x, k: F.leaky_relu(slide(x, k), 0.5),
    "absolute": lambda x, k: slide(x, k).abs(),
    "square": lambda x, k: slide(x, k) ** 2,
    "relu_first": lambda x, k: slide(x.relu(), k),
    "padded_relu": lambda x, k: slide(x, k, padding=1).relu(),
    "wrapped_relu": lambda x, k: slide(wrapped(x, k.shape), k).relu(),
    "skip": skipped,
}
"""The layers through which pictures get their gradients."""


def sent_back(forward):
    def expected(x, upstream):
        return gradient(lambda leaf: (forward(leaf).ravel() * t(upstream).ravel()).sum(), x)

    return expected


def for_kernel(forward):
    def expected(x, upstream, kernel_size):
        return gradient(lambda k: (forward(t(x), k) * t(upstream)).sum(), np.zeros(kernel_size))

    return expected


def for_picture(layer):
    def expected(x, kernel, upstream):
        return gradient(lambda leaf: (layer(leaf, t(kernel)) * t(upstream)).sum(), x)

    return expected


def smoothed_loss(scores, labels):
    return F.cross_entropy(scores, labels, label_smoothing=0.2)


def weighted_loss(scores, labels):
    weight = torch.ones(scores.shape[1], dtype=torch.float64)
    weight[0] = 3
    return F.cross_entropy(scores, labels, weight)


LOSSES = {
    "classes_first": lambda s, y: F.cross_entropy(s.T, y),
    "sum_of_losses": lambda s, y: F.cross_entropy(s, y, reduction="sum"),
    "unlabeled": lambda s, y: F.cross_entropy(s, y, ignore_index=-1),
    "labels_from_one": lambda s, y: F.cross_entropy(s, y - 1),
    "temperature": lambda s, y: F.cross_entropy(s / 2, y),
    "smoothed": smoothed_loss,
    "weighted": weighted_loss,
}


def optimized(groups=lambda gradients: list(gradients), clip=False, **options):
    """Let PyTorch's optimizer take the steps."""

    def expected(weight, gradients, rate):
        leaf = t(weight).requires_grad_()
        optimizer = torch.optim.SGD([leaf], lr=rate, **options)
        for each in groups(gradients):
            leaf.grad = t(each)
            if clip:
                torch.nn.utils.clip_grad_norm_([leaf], 5)
            optimizer.step()
        return leaf.detach()

    return expected


def in_pairs(gradients):
    return [gradients[i : i + 2].mean(axis=0) for i in range(0, len(gradients), 2)]


def by_average(weight, gradients, rate):
    # The average after step n holds a quarter of gradient m, n − m times kept to three quarters.
    kept = [sum(0.75**n for n in range(len(gradients) - m)) for m in range(len(gradients))]
    return weight - rate * 0.25 * np.array(kept) @ gradients


def by_falling_rate(weight, gradients, rate):
    rates = rate * np.array([1, 1, 0.5, 0.5, 0.25, 0.25, 0.125, 0.125])[: len(gradients)]
    return weight - rates @ gradients


OPTIMIZERS = {
    "momentum": optimized(momentum=0.5),
    "averaged_gradient": by_average,
    "weight_decay": optimized(weight_decay=0.25),
    "falling_rate": by_falling_rate,
    "clipped": optimized(clip=True),
    "accumulated": optimized(groups=in_pairs),
    "looking_ahead": optimized(momentum=0.5, nesterov=True),
    "average_of_weights": lambda w, g, r: (w - r * np.cumsum(g, axis=0)).mean(axis=0),
}


def half_squares(scores, target):
    return ((scores - t(target)) ** 2).sum() / 2


def mean_of(maps):
    return maps.relu().mean(dim=(1, 2))


def sum_of(maps):
    return maps.relu().sum(dim=(1, 2))


NETWORKS = {
    "mean": (mean_of, half_squares),
    "largest": (
        lambda maps: F.max_pool2d(maps[None], maps.shape[1:]).ravel().relu(),
        half_squares,
    ),
    "energy": (lambda maps: (maps**2).sum(dim=(1, 2)), half_squares),
    "absolute_loss": (sum_of, lambda scores, target: (scores - t(target)).abs().sum()),
    "cross_entropy": (
        mean_of,
        lambda scores, target: F.cross_entropy(scores, torch.tensor(target)),
    ),
    "hinge": (sum_of, lambda scores, target: (20 - t(target) * scores).relu().sum()),
}
"""Pooling and loss of the networks whose filters get a gradient."""


def for_filters(parts):
    pool, loss = parts

    def expected(image, filters, dense, target):
        def total(leaf):
            maps = F.conv2d(t(image)[None, None], leaf[:, None])[0]
            return loss(t(dense) @ pool(maps), target)

        return gradient(total, filters)

    return expected


def pairs(family, prefix, oracles):
    """Return a parameter for each variant; a variant without an oracle is an error."""
    names = [task.name.removeprefix(prefix) for task in family.variants]
    assert set(names) == set(oracles)
    return [
        pytest.param(task, oracles[name], id=task.name)
        for task, name in zip(family.variants, names, strict=True)
    ]


def each(function, oracles):
    return {name: function(oracle) for name, oracle in oracles.items()}


def slope_of(loss):
    return lambda scores, labels: gradient(lambda s: loss(s, torch.tensor(labels)), scores)


@pytest.mark.parametrize(
    ("task", "oracle"),
    [
        *pairs(channels.filter_map, "filter_map_", FILTER_MAP),
        *pairs(channels.layer_costs, "layer_costs_", LAYER_COSTS),
        *pairs(channels.apply_layer, "apply_layer_", APPLY_LAYER),
        *pairs(one_by_one.mix_channels, "mix_channels_", MIX_CHANNELS),
        *pairs(one_by_one.dense_filters, "dense_filters_", DENSE_FILTERS),
        *pairs(factorized.two_passes, "two_passes_", TWO_PASSES),
        *pairs(factorized.separable_layer, "separable_", SEPARABLE),
        *pairs(backprop.sent_back, "sent_back_", each(sent_back, POOLED)),
        *pairs(backprop.kernel_gradient, "kernel_gradient_", each(for_kernel, FORWARD)),
        *pairs(backprop.input_gradient, "input_gradient_", each(for_picture, LAYERS)),
        *pairs(from_scratch.loss_slope, "loss_slope_", each(slope_of, LOSSES)),
        *pairs(from_scratch.last_weight, "last_weight_", OPTIMIZERS),
        *pairs(from_scratch.filter_gradient, "filter_gradient_", each(for_filters, NETWORKS)),
    ],
)
def test_the_reference_says_what_the_prompt_asks_for(task, oracle):
    for case, expected in zip(task.cases, task.expected, strict=True):
        answer = np.asarray(oracle(*case))
        assert answer.shape == expected.shape
        assert np.allclose(answer, expected)


@pytest.mark.parametrize(("task", "layers"), pairs(one_by_one.merge_layers, "merge_", MERGED))
def test_a_merged_layer_does_the_work_of_both(task, layers):
    rng = np.random.default_rng(1)
    for case in task.cases:
        kernel_size = next((each.shape[2:] for each in case if each.ndim == 4), (1, 1))
        depth = len(case[0]) if task.name == "merge_normalized_before" else case[0].shape[1]
        if task.name == "merge_columns":
            depth = len(case[0])
        merged = np.asarray(task.reference(*case))
        weight = merged[:, :-1].reshape(len(merged), depth, *kernel_size)
        padding = tuple(k // 2 for k in kernel_size) if task.name == "merge_parallel" else 0
        x = rng.integers(0, 5, size=(depth, 4, 6))
        assert torch.allclose(conv(x, weight, merged[:, -1], padding=padding), layers(x, *case))


@pytest.mark.parametrize(("task", "size"), pairs(factorized.factors, "factors_", FACTORS))
def test_two_passes_give_the_kernel_and_have_the_size_asked_for(task, size):
    for (kernel,) in task.cases:
        both = np.asarray(task.reference(kernel))
        rows, columns = kernel.shape
        if task.name == "factors_turned":
            row, column = both[:columns], both[columns:]
            assert np.allclose(np.outer(column[::-1], row[::-1]), kernel)
        else:
            column, row = both[:rows], both[rows:]
            assert np.allclose(np.outer(column, row), kernel)
        assert np.isclose(size(column, row), 1)

"""What the code to read says is what PyTorch does with that very code."""

import itertools
import re

import numpy as np
import pytest
import torch
from torch import nn

from cnncourse.exercises import fast
from cnncourse.functional import cross_correlate

CODE = re.search(r"```python\n(.*?)```", fast.read_the_code.prompt, re.DOTALL)[1]


@pytest.mark.parametrize(("n", "c", "f", "size"), fast.read_the_code.cases)
def test_the_reference_says_what_pytorch_does(n, c, f, size):
    names = {"torch": torch, "nn": nn, "n": n, "c": c, "f": f, "size": size}
    exec(CODE, names)
    found = tuple(names[name] for name in ("height", "width", "copied", "results"))
    assert fast.read_the_code.reference(n, c, f, size) == found


def test_no_mixture_of_tiles_needs_fewer_products():
    """All ways to cover an axis with tiles of 2 and 4, searched."""
    for n in range(1, 30):
        ways = itertools.product(range(n), repeat=2)
        costs = [4 * two + 6 * four for two, four in [(n, 0), *ways] if 2 * two + 4 * four >= n]
        assert fast.fewest_products.reference(n, 1) == 4 * min(costs)


def test_the_outputs_and_spectra_are_those_of_a_cross_correlation():
    for d, g in fast.two_outputs.cases:
        np.testing.assert_allclose(
            fast.two_outputs.reference(d, g), np.correlate(d, g, "valid"), atol=1e-12
        )
    for x, kernel in fast.repair_frequencies.cases:
        np.testing.assert_allclose(
            fast.repair_frequencies.reference(x, kernel), cross_correlate(x, kernel), atol=1e-12
        )


def test_the_numbers_in_the_questions_hold():
    x, kernel = np.random.default_rng(0).normal(size=(2, 64, 64))
    kernel[9:] = kernel[:, 9:] = 0
    whole = np.fft.ifft2(np.fft.fft2(x) * np.conj(np.fft.fft2(kernel))).real
    padded = cross_correlate(np.pad(x, ((0, 8), (0, 8))), kernel[:9, :9])
    assert np.isclose(whole, padded).sum() == 56 * 56

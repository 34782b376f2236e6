# mypy: allow-untyped-defs
"""The solutions that chapter 17 folds away, as a student would write them."""

import numpy as np


def two_outputs(d, g):
    """Return both outputs of three weights over four pixels, from four products."""
    m0 = (d[0] - d[2]) * (2 * g[0])
    m1 = (d[1] + d[2]) * (g[0] + g[1] + g[2])
    m2 = (d[2] - d[1]) * (g[0] - g[1] + g[2])
    m3 = (d[1] - d[3]) * (2 * g[2])
    return np.array([m0 + m1 + m2, m1 - m2 - m3]) / 2


def through_spectra(x, kernel):
    """Return the cross-correlation of x with the kernel, where it fits."""
    kh, kw = kernel.shape
    spectrum = np.fft.fft2(x) * np.conj(np.fft.fft2(kernel, x.shape))
    whole = np.fft.ifft2(spectrum).real
    return whole[: len(x) - kh + 1, : x.shape[1] - kw + 1]


def tiles(row, outputs):
    """Return the tiles of F(outputs, 3), one in each row."""
    count = -(-(len(row) - 2) // outputs)
    filled = np.zeros(count * outputs + 2, row.dtype)
    filled[: len(row)] = row
    return np.stack([filled[outputs * t : outputs * t + outputs + 2] for t in range(count)])


def what_it_makes(n, c, f, size):
    """Return the height and width of `columns`, and how many numbers it and `y` hold."""
    rows = (size + 2 * 2 - 5) // 2 + 1
    places = rows * rows
    return 25 * c, places, n * 25 * c * places, n * f * places


def fewest_products(rows, columns):
    """Return the fewest products for so many outputs, with tiles of 2 and 4 mixed."""

    def along(n):
        whole, rest = divmod(n, 4)
        return 6 * whole + (0, 4, 4, 6)[rest]

    return along(rows) * along(columns)

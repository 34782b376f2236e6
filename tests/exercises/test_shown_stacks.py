"""An array of several channels is shown matrix by matrix, as far as that can be read."""

import numpy as np

from cnncourse.exercises.engine import Example, Result


def shown(given, returned, expected):
    example = Example("layer(x)", given, returned, expected)
    return repr(Result("layer", False, "wrong-values", "Look.", example=example))


def test_channels_and_kernels_stand_side_by_side_and_are_marked():
    x, weight = np.arange(8).reshape(2, 2, 2), np.arange(4).reshape(1, 2, 1, 2)
    returned, expected = np.zeros((2, 1, 2)), np.array([[[0, 0]], [[0, 7]]])
    text = shown((("x", x), ("weight", weight)), returned, expected)
    lines = text.splitlines()
    assert max(map(len, lines)) <= 100
    assert any("x[0]" in line and "weight[0,\N{NO-BREAK SPACE}1]" in line for line in lines)
    assert sum("7" in line for line in lines) == 2
    assert text.count("*") == 2
    assert "an array of shape" not in text


def test_too_many_or_too_large_matrices_are_named_by_their_shape():
    for shape in ((5, 2, 2), (2, 11, 2), (0, 2, 2)):
        assert f"x: {'an empty' if 0 in shape else 'an'} array of shape {shape}" in shown(
            (("x", np.zeros(shape)),), np.float64(1), np.float64(2)
        )


def test_long_rows_are_broken_and_the_compared_begin_a_new_one():
    volume = np.full((4, 2, 4), 12345)
    lines = shown((("volume", volume),), volume, volume + 1).splitlines()
    assert max(map(len, lines)) <= 100
    titles = [line for line in lines if "[" in line]
    assert len(titles) > 3
    assert not any("volume" in title and "yours" in title for title in titles)
    assert [title for title in titles if "volume" in title] == titles[:2]

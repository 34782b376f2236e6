"""What chapter 15 gives as the answer to "Read the code" is what PyTorch prints."""

import contextlib
import io
import re

import pytest
import torch

from cnncourse.exercises import autoencoder

[CODE] = re.findall(r"```python\n(.*?)```", autoencoder.read_the_code.prompt, re.DOTALL)


@pytest.mark.parametrize(("height", "width"), autoencoder.SIZES)
def test_the_reference_tells_what_the_code_prints(height, width):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(CODE, {"torch": torch, "height": height, "width": width})
    expected = tuple(int(number) for number in printed.getvalue().split())
    assert autoencoder.read_the_code.reference(height, width) == expected

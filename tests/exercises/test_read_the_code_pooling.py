"""What chapter 06 gives as the answer to "Read the code" is what PyTorch prints."""

import contextlib
import io
import re

import pytest
import torch

from cnncourse.exercises import pooling

[CODE] = re.findall(r"```python\n(.*?)```", pooling.read_the_code.prompt, re.DOTALL)


@pytest.mark.parametrize(("height", "width"), pooling.read_the_code.cases)
def test_the_reference_tells_what_the_code_prints(height, width):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(CODE, {"torch": torch, "height": height, "width": width})
    expected = tuple(int(number) for number in printed.getvalue().split())
    assert pooling.read_the_code.reference(height, width) == expected

"""What chapter 13 gives as the answer to "Read the code" is what PyTorch prints."""

import contextlib
import io
import re

import pytest
import torch

from cnncourse.exercises import classifier

[CODE] = re.findall(r"```python\n(.*?)```", classifier.read_the_code.prompt, re.DOTALL)


@pytest.mark.parametrize(("a", "b"), classifier.read_the_code.cases)
def test_the_reference_tells_what_the_code_prints(a, b):
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(CODE, {"torch": torch, "a": a, "b": b})
    numbers = [float(number) for number in printed.getvalue().split()]
    assert classifier.read_the_code.reference(a, b) == pytest.approx(tuple(numbers))

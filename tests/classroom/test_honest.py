"""Honest work gets its points, however unusual it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from classroom.hostile import assignment
from classroom.hostile.assignment import DOUBLE, TOTAL, answered, code, position

from cnncourse.classroom.grading import grade
from cnncourse.classroom.sandbox import Limits

LIMITS = Limits(memory=2 << 30, total=90.0, call=10.0, cell=60.0)

HELPERS = {
    "double": "factor = 2\ndef helper(x):\n    return factor * x\n"
    "def double(x):\n    return helper(x)",
    "total": "factor = 7\ndef helper(values):\n    return sum(values)\n"
    "def total(values):\n    return helper(values)",
}
CALLABLES = {
    "double": "class Doubler:\n    def __call__(self, x):\n        return x + x\n"
    "double = Doubler()",
    "total": "import functools\n"
    "total = functools.partial(lambda start, values: sum(values, start), 0)",
}
DECORATED = {
    "double": "import functools\nimport numpy as np\ndef shown(function):\n"
    "    @functools.wraps(function)\n    def wrapper(*arguments, **keywords):\n"
    "        print(arguments)\n        return function(*arguments, **keywords)\n"
    "    return wrapper\n@shown\n@np.vectorize\ndef double(x, by=2):\n    return by * x",
    "total": "from __future__ import annotations\nfrom collections.abc import Iterable\n"
    "@shown\ndef total(values: Iterable[int], *, start: Sum = 0) -> int:\n"
    "    return values[0] + total(values[1:]) if values else start",
}
NUMBERS = {
    "double": "from fractions import Fraction\nimport numpy as np\ndef double(x):\n"
    "    return np.array(2 * np.asarray(x), dtype=object)[()]",
    "total": "def total(values):\n    return Fraction(sum(values))",
}
TENSORS = {
    "double": "import numpy as np\nimport torch\ndef double(x):\n    return torch.as_tensor(x) * 2",
    "total": "def total(values):\n    sums = np.cumsum(np.array(values, np.float64))\n"
    "    sums.flags.writeable = False\n    return np.broadcast_to(sums, (2, len(sums)))[1, -1]",
}
STATE = {
    "double": "calls = 0\nseen = {}\ndef double(x):\n    global calls\n    calls += 1\n"
    "    seen[calls] = x\n    return x * 2 if calls == len(seen) else None",
    "total": "import random\nfor i in range(2000):\n    print('step', i, random.random())\n"
    "def total(values):\n    return sum(values)",
}
MAGICS = {
    "double": "%%time\n" + DOUBLE,
    "total": "%matplotlib widget\n%config InlineBackend.figure_format = 'retina'\n"
    "!pip install numpy==99\n" + TOTAL + "\nimport matplotlib.pyplot as plt\n"
    "plt.plot([total([1]), 2])\nplt.show()\nassert total([2]) == 2",
}


def answers(given: dict[str, str]) -> Callable[[dict[str, Any]], Any]:
    def edit(notebook: dict[str, Any]) -> None:
        for name, source in given.items():
            notebook["cells"][position(notebook, name)]["source"] = source

    return edit


def later_names(notebook: dict[str, Any]) -> None:
    """Names of Python's own, used for something else at the end."""
    notebook["cells"].append(code("sum = 0\nfor n in range(3):\n    sum += n\nlist = [sum]\nsum"))


def helpers_elsewhere(notebook: dict[str, Any]) -> None:
    """Imports and helpers in cells of one's own, and trials that fail."""
    place = position(notebook, "double")
    notebook["cells"][place]["source"] = "def double(x):\n    return times(x, np.int64(2))"
    notebook["cells"].insert(place, code("def times(x, by):\n    return x * by"))
    notebook["cells"].insert(place, code("1 / 0"))
    notebook["cells"].insert(place, code("double(3)"))


def answered_twice(notebook: dict[str, Any]) -> None:
    """The answer's cell was copied, names and all; a first try stands above."""
    place = position(notebook, "total")
    tried = {**notebook["cells"][place], "source": "def total(values):\n    return values"}
    notebook["cells"].insert(place, {**tried, "id": "copied"})


def split(notebook: dict[str, Any]) -> None:
    """The answer's cell was split: both halves have its name, the second one another id."""
    place = position(notebook, "double")
    cell = notebook["cells"][place]
    notebook["cells"].insert(place + 1, {**cell, "id": "half"})
    notebook["cells"][place] = {**cell, "source": "def twice(x):\n    return 2 * x"}
    notebook["cells"][place + 1]["source"] = "def double(x):\n    return twice(x)"


def merged(notebook: dict[str, Any]) -> None:
    """An answer and its test became one cell."""
    place = position(notebook, "double")
    test = notebook["cells"].pop(place + 1)
    cell = notebook["cells"][place]
    cell["source"] = "".join(cell["source"]) + "\n\n" + "".join(test["source"])


def windows(notebook: dict[str, Any]) -> bytes:
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).replace("\n", "\r\n").splitlines(keepends=True)
    return b"\xef\xbb\xbf" + json.dumps(notebook, indent=1).replace("\n", "\r\n").encode()


def classic(notebook: dict[str, Any]) -> None:
    """As classic Jupyter and Colab save: no ids of cells, metadata of their own."""
    notebook["nbformat_minor"] = 0
    notebook["metadata"] |= {"colab": {"provenance": []}, "accelerator": "GPU"}
    for number, cell in enumerate(notebook["cells"]):
        del cell["id"]
        cell["metadata"] |= {"id": f"Xy{number}_", "colab": {"base_uri": "x"}, "scrolled": True}


def nameless(notebook: dict[str, Any]) -> None:
    """As programs save that keep nothing but the text."""
    notebook["cells"] = [
        {"cell_type": cell["cell_type"], "source": "".join(cell["source"])}
        for cell in notebook["cells"]
    ]


def much_output(notebook: dict[str, Any]) -> None:
    cell = notebook["cells"][position(notebook, "double")]
    cell["outputs"] = [
        {
            "output_type": "stream",
            "name": "stdout",
            "text": [f"{n}, [1, 2]\n" for n in range(200_000)],
        },
        {
            "output_type": "display_data",
            "metadata": {},
            "data": {"application/json": [[]] * 300_000},
        },
    ]


@pytest.mark.parametrize(
    "edit",
    [
        *(
            pytest.param(answers(given), id=name)
            for name, given in (
                ("helpers of the same names", HELPERS),
                ("objects that can be called", CALLABLES),
                ("decorators, defaults, hints, recursion", DECORATED),
                ("fractions and arrays of objects", NUMBERS),
                ("tensors and read-only views", TENSORS),
                ("global state", STATE),
                ("magics", MAGICS),
            )
        ),
        later_names,
        helpers_elsewhere,
        answered_twice,
        split,
        merged,
        windows,
        classic,
        nameless,
        much_output,
    ],
)
def test_honest_work_gets_all_its_points(course: Path, edit: Callable[[dict[str, Any]], Any]):
    notebook = answered(course)
    made = edit(notebook)
    raw = made if isinstance(made, bytes) else json.dumps(notebook).encode()
    graded = grade(course, assignment.NAME, "x", raw, LIMITS)
    assert graded.ok, graded.problem
    scores = {name: score for name, score in graded.scores.items() if name != "why"}
    assert scores == {name: graded.possible[name] for name in scores}, graded.autograded.decode()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small course; its stubs define what they ask for, as ours do."""
    folder = assignment.make(tmp_path_factory.mktemp("course"))
    path = folder / "release" / assignment.NAME / f"{assignment.NAME}.ipynb"
    released = json.loads(path.read_text())
    for cell in released["cells"]:
        if cell["id"] in assignment.ANSWERS:
            cell["source"] = assignment.ANSWERS[cell["id"]].partition("\n")[0] + "\n    ..."
    path.write_text(json.dumps(released))
    return folder

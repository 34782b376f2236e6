"""What a test sees of a student's names, and what it gives points for."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import nbformat
import numpy as np
import pytest
from nbformat.v4 import new_code_cell, new_notebook

from cnncourse.classroom._outputs import clean, safe_markdown
from cnncourse.classroom.sandbox import Limits
from cnncourse.classroom.split import SplitExecute, defined, root, statements
from cnncourse.exercises.padding import output_size

LIMITS = {"cell": 20.0, "call": 2.0, "total": 60.0, "memory": 2 << 30}


def graded(source: str, name: str, points: float = 2.0, **flags: Any) -> nbformat.NotebookNode:
    cell = new_code_cell(source, id=name)
    settings = {"grade": True, "solution": False, "locked": True, "points": points, **flags}
    cell.metadata["nbgrader"] = {"grade_id": name, "schema_version": 3, **settings}
    return cell


def answer(source: str, name: str = "answer") -> nbformat.NotebookNode:
    return graded(source, name, grade=False, solution=True, locked=False)


def locked(source: str, name: str) -> nbformat.NotebookNode:
    return graded(source, name, grade=False)


@pytest.fixture
def run(tmp_path: Path) -> Any:
    """Run a notebook; return what the cells put out, by name."""

    def execute(
        *cells: nbformat.NotebookNode, source: list[nbformat.NotebookNode] | None = None, **limits
    ) -> dict[str, list[nbformat.NotebookNode]]:
        path = tmp_path / "source.ipynb"
        nbformat.write(new_notebook(cells=source or list(cells)), path)
        step = SplitExecute(source=str(path), limits={**LIMITS, **limits})
        notebook, _ = step.preprocess(new_notebook(cells=list(cells)), {})
        return {cell["id"]: cell.outputs for cell in notebook.cells}

    return execute


def failed(outputs: list[nbformat.NotebookNode]) -> bool:
    return any(output.output_type == "error" for output in outputs)


def points(outputs: list[nbformat.NotebookNode]) -> list[str]:
    return [each.data["text/plain"] for each in outputs if each.output_type == "execute_result"]


def test_a_student_sees_what_a_notebook_shows(run):
    outputs = run(
        answer(
            "%matplotlib inline\nimport matplotlib.pyplot as plt\nimport sys\n"
            "print('said')\nprint('warned', file=sys.stderr)\n_ = plt.plot([1, 2])",
            "picture",
        ),
        answer("!echo from a shell\nimport asyncio\nawait asyncio.sleep(0)\n6 * 7", "magic"),
        answer("1 / 0", "error"),
    )
    assert [output.output_type for output in outputs["picture"]] == [
        "stream",
        "stream",
        "display_data",
    ]
    assert outputs["picture"][0].text == "said\n"
    assert outputs["picture"][1].name == "stderr"
    assert outputs["picture"][2].data["image/png"].startswith("iVBOR")
    assert outputs["magic"][0].text.split() == ["from", "a", "shell"]
    assert outputs["magic"][1].data == {"text/plain": "42"}
    assert outputs["error"][0].ename == "ZeroDivisionError"


def test_a_test_sees_functions_values_and_objects(run):
    outputs = run(
        answer(
            "import numpy as np\nimport math\n"
            "def area(height, width=2, *, scale=1):\n    return height * width * scale\n"
            "kernel = np.ones((3, 3), np.float32)\nname = 'box'\n"
            "class Layer:\n    def __init__(self, n):\n        self.n = n\n"
            "    def forward(self, x):\n        return self.n * x\n"
            "def layer(n):\n    return Layer(n)\n"
        ),
        graded(
            "import inspect\nimport numpy as np\n"
            "assert area(3) == 6 and area(3, 4, scale=2) == 24\n"
            "assert str(inspect.signature(area)) == '(height, width=None, *, scale=None)'\n"
            "assert kernel.dtype == np.float32 and kernel.shape == (3, 3)\n"
            "assert name == 'box' and callable(area) and not callable(layer(1))\n"
            "assert layer(3).n == 3 and layer(3).forward(np.arange(2)).tolist() == [0, 3]\n"
            "assert math.floor(2.5) == 2\n"
            "assert 'forward' not in dir(layer) and not hasattr(layer(3), '__array__')",
            "tests",
        ),
    )
    assert outputs["tests"] == []


def test_an_error_of_the_student_is_that_error_in_the_test(run):
    outputs = run(
        answer(
            "class Mine(ValueError):\n    pass\nclass Own(Exception):\n    pass\n"
            "def f(kind):\n    raise {1: ValueError, 2: Mine, 3: Own, 4: KeyboardInterrupt,\n"
            "        5: NotImplementedError, 6: SystemExit, 7: StopIteration}[kind]('text')\n"
            "def g():\n    return g()\n"
        ),
        graded(
            "seen = []\nfor kind in range(1, 8):\n"
            "    try:\n        f(kind)\n"
            "    except Exception as error:\n        seen.append(type(error).__name__)\n"
            "assert seen == ['ValueError', 'ValueError', 'StudentError', 'StudentError',\n"
            "    'NotImplementedError', 'StudentError', 'StudentError'], seen\n"
            "try:\n    g()\nexcept RecursionError:\n    done = True\nassert done",
            "tests",
        ),
    )
    assert outputs["tests"] == []


def test_names_of_the_assignment_are_its_own_and_names_of_answers_the_students(run):
    outputs = run(
        locked("import numpy as np\nlimit = 10\ndef close(a, b):\n    return a == b", "given"),
        answer("def sum(values):\n    return 0\nlimit = 0\ndef close(a, b):\n    return True"),
        graded("assert limit == 10 and not close(1, 2)", "given-tests"),
        graded("assert sum([1, 2]) == 3", "sum-tests"),
        graded("try:\n    score = wrong(1)\nexcept Exception:\n    pass\nscore", "score-tests"),
        answer("score = 2\nwrong = 1", "forged"),
        source=[
            locked("import numpy as np\nlimit = 10\ndef close(a, b):\n    return a == b", "given"),
            answer("def sum(values):\n    return values[0] + values[1]"),
            graded("", "given-tests"),
            graded("", "sum-tests"),
            graded("try:\n    score = wrong(1)\nexcept Exception:\n    pass", "score-tests"),
            answer("pass", "forged"),
        ],
    )
    assert outputs["given-tests"] == []
    assert failed(outputs["sum-tests"])
    assert failed(outputs["score-tests"])


def test_a_missing_answer_is_not_taken_from_python(run):
    source = [answer("def sum(values): ..."), graded("assert sum([1, 2]) == 3", "tests")]
    outputs = run(answer("pass"), source[1], source=source)
    assert outputs["tests"][0].ename == "NameError"


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("1.5", ["1.5"]),
        ("points = 1\npoints", ["1"]),
        ("float(half(3) == 1.5)", ["1"]),
        ("half(3)", "error"),
        ("float(half(3))", "error"),
        ("value", "error"),
        ("1 + half(3) * 0", "error"),
        ("max(half(3), 1)", "error"),
        ("double(half)", ["1"]),
        ("double(half(3) / 3)", ["1"]),
        ("np.mean([half(n) == n / 2 for n in range(3)])", ["1"]),
        ("half(3) == 1.5", []),
        ("None", []),
        ("'2'", []),
        ("2.5", "error"),
        ("-1", "error"),
        ("float('nan')", "error"),
    ],
)
def test_points_are_numbers_that_the_test_itself_gives(run, test, expected):
    outputs = run(
        locked("import numpy as np\ndef double(x):\n    return 1", "given"),
        answer("def half(n):\n    return n / 2\nvalue = 2"),
        graded(f"half\nvalue\n{test}", "tests"),
    )["tests"]
    assert failed(outputs) == (expected == "error")
    assert points(outputs) == ([] if expected == "error" else expected)


def test_a_cell_that_a_student_flags_as_a_test_is_the_students(run):
    forged = graded("import os\nprint(os.getcwd())", "forged")
    outputs = run(answer("x = 1"), forged, source=[answer("x = 1")])
    assert outputs["forged"][0].text == "/home/student\n"


def test_changed_arguments_come_back_to_exercises_alone(run):
    zero = "def double(x):\n    x[:] = 0\n    return x"
    outputs = run(
        answer(zero),
        graded(
            "import numpy as np\nx = np.arange(3)\nnp.testing.assert_array_equal(double(x), 2 * x)",
            "tests",
        ),
        graded(
            "import numpy as np\nfrom cnncourse.exercises._calls import call\n"
            "seen = call(double, [np.arange(3)], ['x'])\nassert seen.changed == ('x',)",
            "exercise",
        ),
    )
    assert failed(outputs["tests"])
    assert outputs["exercise"] == []


def test_an_exercise_checks_a_students_function_as_it_checks_any_other(run):
    test = (
        "from cnncourse.exercises.padding import output_size\n"
        "said = output_size.check({name}).reason\nassert said == '{reason}', said"
    )
    answers = {
        "right": output_size.solution.replace("output_size", "right"),
        "stub": output_size.stub.replace("output_size", "stub"),
        "nothing": "def nothing(size, kernel, padding):\n    size + 1",
        "loops": "def loops(size, kernel_size, padding):\n    while True: pass",
        "text": "def text(*_):\n    return 'x'",
        "object_": "def object_(*_):\n    return object()",
        "few": "def few(size):\n    return size",
        "number": "number = 7",
        "raises": "def raises(*_):\n    raise ValueError('x')",
    }
    reasons = {
        "right": "passed",
        "stub": "empty-stub",
        "nothing": "nothing-returned",
        "loops": "time-up",
        "text": "not-numbers",
        "object_": "not-numbers",
        "few": "wrong-arguments",
        "number": "not-a-function",
        "raises": "raised",
    }
    outputs = run(
        *(answer(source, name) for name, source in answers.items()),
        *(
            graded(test.format(name=name, reason=reason), f"{name}-tests")
            for name, reason in reasons.items()
        ),
        call=1.0,
    )
    for name in reasons:
        assert outputs[f"{name}-tests"] == [], outputs[f"{name}-tests"]


def test_what_a_name_means_is_what_it_meant_at_the_test(run):
    outputs = run(
        answer("def f():\n    return 1", "first"),
        graded("assert f() == 1", "first-tests"),
        answer("def f():\n    return 2", "second"),
        graded("assert f() == 2", "second-tests"),
    )
    assert outputs["first-tests"] == outputs["second-tests"] == []


def test_helpers_are_those_that_stood_before_the_test(run):
    """Another answer's helpers of the same names change nothing, nor do calls in between."""
    outputs = run(
        answer(
            "k = 1\ncalls = 0\ndef helper(x):\n    return k * x\n"
            "def f(x):\n    global calls\n    calls += 1\n    return helper(x)\n"
            "class Layer:\n    def forward(self, x):\n        return helper(x)\nlayer = Layer()",
            "first",
        ),
        graded("assert f(3) == 3 and layer.forward(3) == 3", "first-tests"),
        graded("assert f(3) == 3 and layer.forward(2) == 2", "first-again"),
        answer("k = 5\ndef helper(x, y):\n    return k * x * y", "second"),
        answer("def g(x):\n    return helper(x, late())\ndel k\nk = 7", "third"),
        graded("assert g(1) == 14", "second-tests"),
        answer("def late():\n    return 2\ndel calls", "fourth"),
        graded("assert g(2) == 28", "late-tests"),
    )
    for name in ("first-tests", "first-again", "second-tests", "late-tests"):
        assert outputs[name] == [], outputs[name]


def test_what_an_exercise_reads_as_numbers_comes_back_as_numbers(run):
    outputs = run(
        answer(
            "import array, collections, fractions\nimport numpy as np\n"
            "exact = np.array([1, fractions.Fraction(1, 2)])\n"
            "half = fractions.Fraction(1, 2)\n"
            "queue = collections.deque([1, 2])\n"
            "mixed = [half, array.array('d', [3.0])[0], np.str_('same')]\n"
            "view = memoryview(np.arange(3))\n"
            "texts = np.array(['a', None], object)\n"
            "class Mine:\n    grad = 3\n    def __array__(self, *_, **__):\n"
            "        return np.ones(2)\nmine = Mine()"
        ),
        graded(
            "import numpy as np\n"
            "assert exact.tolist() == [1, 0.5] and half == 0.5 and queue.tolist() == [1, 2]\n"
            "assert mixed == [0.5, 3, 'same'] and view.tolist() == [0, 1, 2]\n"
            "assert not isinstance(texts, np.ndarray) and mine.grad == 3",
            "tests",
        ),
    )
    assert outputs["tests"] == []


def test_magics_of_other_machines_do_not_end_a_cell(run):
    outputs = run(
        answer(
            "%matplotlib widget\n%matplotlib qt\nimport faulthandler\nfaulthandler.enable()\n"
            "import matplotlib.pyplot as plt\n_ = plt.plot([1, 2])\nprint('done')",
            "magics",
        )
    )
    assert outputs["magics"][0].text == "done\n"
    assert "image/png" in outputs["magics"][1].data


def test_the_kind_of_an_error_in_a_hidden_test_tells_nothing(run):
    outputs = run(
        answer("def f(x):\n    raise [KeyError, OSError][x]"),
        graded("### BEGIN HIDDEN TESTS\nf(0)\n### END HIDDEN TESTS", "one"),
        graded("### BEGIN HIDDEN TESTS\nf(1)\n### END HIDDEN TESTS", "two"),
    )
    assert outputs["one"] == outputs["two"]
    assert outputs["one"][0].evalue == "Your code raised an error in a hidden test."


def test_a_value_that_keeps_a_test_at_work_is_stopped(run):
    outputs = run(
        answer("n = 10**400"),
        graded("for _ in range(n):\n    pass", "tests"),
        graded("assert True", "after"),
        total=4.0,
    )
    assert outputs["tests"][0].ename == "OverdueError"
    assert outputs["after"] == []


def test_a_child_that_comes_to_the_end_of_a_cell_does_not_answer(run):
    outputs = run(
        answer("import os\nchild = os.fork()\nprint('said')\nif child:\n    os.wait()", "fork"),
        graded("assert child > 0", "tests"),
    )
    assert outputs["fork"][0].text == "said\n"
    assert outputs["tests"] == []


def test_questions_after_a_crash_are_graded(run):
    outputs = run(
        answer("def crash():\n    import os\n    os._exit(1)\ndef right():\n    return 3"),
        graded("crash()", "crash-tests"),
        graded("assert right() == 3", "right-tests"),
        answer("import os\nos._exit(1)", "fatal"),
        answer("def later():\n    return 4", "later"),
        graded("assert later() == 4", "later-tests"),
    )
    assert failed(outputs["crash-tests"])
    assert outputs["right-tests"] == outputs["later-tests"] == []
    assert outputs["fatal"][0].ename == "SandboxEnded"


def test_a_notebook_that_kills_every_sandbox_ends(run):
    outputs = run(
        *(answer("import os\nos._exit(1)", f"fatal-{number}") for number in range(8)),
        graded("assert True", "tests"),
        restarts=2,
    )
    assert all(outputs[f"fatal-{number}"][0].ename == "SandboxEnded" for number in range(8))


def test_names_are_read_from_source():
    assert defined("import math\ndef f(x):\n    y = 1\nfor a in b:\n    c = 2") == {"f", "a", "c"}
    assert statements("%magic") == []
    assert root(statements("a.b[0](1).c")[0].value) == "a"
    assert root(statements("1 + a")[0].value) == ""


@pytest.mark.parametrize(
    "given",
    [
        None,
        "text",
        [None, 7, {}, {"output_type": "stream", "text": 5}],
        [{"output_type": "display_data", "data": {"text/html": "<b>", "image/png": "iVBOR"}}],
        [{"output_type": "display_data", "data": {"image/png": b"\x89PNG\r\n\x1a\n" + bytes(50)}}],
        [{"output_type": "display_data", "data": None}],
        [{"output_type": "update_display_data", "data": {"text/plain": "x"}}],
    ],
)
def test_outputs_that_are_none_are_dropped(given):
    assert all(output.output_type == "stream" and not output.text for output in clean(given, 1000))


def test_outputs_are_cut_and_hold_no_control_characters():
    (cut,) = clean([{"output_type": "stream", "name": "x", "text": "\x1b]0;a\x07\u202eb" * 99}], 50)
    (shown,) = clean(
        [{"output_type": "stream", "name": "x", "text": "\x1b[2K\x1b[?25l\x1b[1;31mx"}], 50
    )
    assert shown.text == "x"
    assert len(cut.text) <= 50
    assert cut.text.isprintable()
    many = [{"output_type": "stream", "name": "stdout", "text": "x"}] * 10_000
    assert len(clean(many, 10**6)) <= 500


def test_markdown_holds_no_tag_and_no_link():
    for source in (
        "<script>",
        "<img src=x onerror=y>",
        "</style>",
        "<!-- -->",
        "[x](javascript:1)",
        "![x](http://y)",
        "[x][y]\n\n[y]: javascript:1",
        "<http://x>",
    ):
        safe = safe_markdown(source)
        assert re.search("<(?! )", safe) is None
        assert "](" not in safe
        assert "]:" not in safe
        assert "][" not in safe
    assert safe_markdown(r"$\\href{x}{y} \let\z\style \left( \frac12$") == (
        r"$href{x}{y} let\zstyle \left( \frac12$"
    )
    assert safe_markdown("1 < 2, a <= b, x[0]") == "1 < 2, a <= b, x[0]"


def test_limits_are_plain_numbers():
    assert Limits(**LIMITS).call == 2.0
    assert np.isfinite(Limits().total)

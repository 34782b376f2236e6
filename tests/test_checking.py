"""Checking an assignment before it is handed in, on notebooks as students leave them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types

import nbformat
import pytest
from nbformat.v4 import new_code_cell
from nbgrader.utils import compute_checksum
from typer.testing import CliRunner

from cnncourse import checking
from cnncourse.checking import check_notebook
from cnncourse.classroom import assignments
from cnncourse.classroom.variants import families
from cnncourse.cli import app

SEED = 5
QUESTIONS = families("locality")
SOLUTIONS = {family.name.replace("_", "-"): family.variant(SEED).solution for family in QUESTIONS}


@pytest.fixture
def student(tmp_path):
    """Return a function that writes a student's notebook: answers by question, the rest empty."""

    def write(answers=(), change=None, name="locality"):
        notebook = assignments.notebook(name, SEED)
        for cell in notebook.cells:
            stub = assignments.CODE_STUB if cell.cell_type == "code" else assignments.TEXT_STUB
            cell.source = without_region(cell.source, "SOLUTION", stub)
            cell.source = without_region(cell.source, "HIDDEN TESTS", "")
            cell.metadata["nbgrader"]["checksum"] = checking._checksum(cell)
            question = cell.id.removesuffix("-answer")
            if question != cell.id and question in dict(answers):
                cell.source = dict(answers)[question]
        if change is not None:
            change(notebook)
        path = tmp_path / f"{name}.ipynb"
        nbformat.write(notebook, path)
        return path

    return write


def without_region(source, region, stub):
    if f"### BEGIN {region}" not in source:
        return source
    before, _, rest = source.partition(f"### BEGIN {region}")
    return before + stub + rest.partition(f"### END {region}")[2]


def states(checked):
    return [question.state for question in checked.questions]


def test_right_answers_are_found_right(student):
    checked = check_notebook(student(SOLUTIONS))
    assert states(checked) == ["right", "right", "right"]
    assert checked
    assert "Nothing is missing" in repr(checked)
    assert checked.notes == ()


def test_each_state_is_told_with_the_question_s_title(student):
    answers = {
        "repair-window": SOLUTIONS["repair-window"] + "\n1 / 0",
        "layer-as-matrix": "def layer_matrix(weights, length):\n    return np.zeros((2, 2))",
    }
    checked = check_notebook(student(answers))
    assert states(checked) == ["raises", "different", "empty"]
    assert not checked
    shown = repr(checked)
    assert "→ Question 1 · Repair the window" in shown
    assert "ZeroDivisionError: division by zero" in shown
    assert "Example 1 should return" in shown
    assert "○ Question 3 · Does the order matter?" in shown
    assert "0 of 3 questions are ready" in shown


def test_a_cell_that_never_ends_is_stopped_and_the_others_still_run(student):
    answers = dict(SOLUTIONS, **{"repair-window": "while True:\n    pass"})
    checked = check_notebook(student(answers), seconds=1)
    assert states(checked) == ["raises", "right", "right"]
    assert "had not finished after 1 s " in checked.questions[0].message


def test_a_kernel_that_dies_is_told(student):
    answers = dict(SOLUTIONS, **{"layer-as-matrix": "import os\nos._exit(1)"})
    checked = check_notebook(student(answers))
    assert states(checked) == ["right", "raises", "different"]
    assert "Python itself broke down" in checked.questions[1].message


def test_answers_in_words_are_written_or_empty(student, monkeypatch):
    monkeypatch.setattr(checking, "_run", lambda notebook, *_: notebook)
    checked = check_notebook(student({"card": "It guesses."}, name="project"))
    said = {question.title: question.state for question in checked.questions}
    assert said["Question 7 · A card for your network"] == "written"
    assert said["Question 6 · A gallery, with its failures"] == "empty"
    assert "Nothing is written here yet" in repr(checked)


def test_missing_changed_and_doubled_cells_are_told(student):
    def change(notebook):
        cells = {cell.id: cell for cell in notebook.cells}
        cells["layer-as-matrix-examples"].source = "print('fine')"
        notebook.cells.remove(cells["repair-window-examples"])
        notebook.cells.remove(cells["order-of-shift-and-layer-answer"])
        twice = nbformat.from_dict(cells["layer-as-matrix-answer"])
        notebook.cells.append(type(twice)(twice, id="another"))
        notebook.cells.append(new_code_cell("undefined_name"))

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["lost", "lost", "lost"]
    assert "was changed, so nothing can be said" in checked.questions[1].message
    notes = "\n".join(checked.notes)
    assert "was changed: the examples of Question 2. It is put back" in notes
    assert "There are 2 cells with your answer to Question 2." in notes
    assert "'undefined_name', stops with NameError" in notes
    assert not checked


def test_a_question_of_which_nothing_is_left_is_missed(student):
    def change(notebook):
        notebook.cells = [c for c in notebook.cells if not c.id.startswith("layer-as-matrix")]

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["right", "lost", "right"]
    assert checked.questions[1].title == "Question 2 · layer as matrix"


def test_cells_that_grading_puts_back_are_told_and_do_no_harm(student):
    lost = {"imports", "repair-window-task", "layer-as-matrix-tests"}

    def change(notebook):
        notebook.cells = [cell for cell in notebook.cells if cell.id not in lost]

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["right", "right", "right"]
    notes = "\n".join(checked.notes)
    assert "is missing: `import numpy as np`. It is put back" in notes
    assert "is missing: the task of Question 1." in notes
    assert "is missing: the further tests of Question 2." in notes
    assert "No answer is missing." in repr(checked)


def test_an_answer_that_was_turned_into_text_is_code_as_in_grading(student):
    def change(notebook):
        for cell in notebook.cells:
            if cell.id == "layer-as-matrix-answer":
                cell.cell_type = "markdown"
                del cell["outputs"], cell["execution_count"]

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["right", "right", "right"]
    assert "your answer to Question 2 was turned into text" in checked.notes[0]
    wrong = dict(SOLUTIONS, **{"layer-as-matrix": "It is the identity."})
    assert states(check_notebook(student(wrong, change)))[1] == "raises"


def test_of_two_answers_the_one_is_checked_that_is_graded(student):
    def change(notebook):
        answer = next(c for c in notebook.cells if c.id == "layer-as-matrix-answer")
        place = notebook.cells.index(answer)
        before = type(answer)(answer, id="another", source="1 / 0")
        notebook.cells.insert(place, before)

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["right", "right", "right"]


def test_cells_are_known_where_what_nbgrader_wrote_was_lost(student):
    def change(notebook):
        for cell in notebook.cells:
            cell.metadata.clear()

    checked = check_notebook(student(SOLUTIONS, change))
    assert states(checked) == ["right", "right", "right"]


def renamed(source):
    return source.replace("def layer_matrix(", "def my_matrix(")


@pytest.mark.parametrize(
    ("answer", "after", "said"),
    [
        ("def layer_matrix(weights, length)\n    pass", "", ", in line 1:\n    def layer_matrix("),
        ("while True:\n    pass", "", "was stopped. Does a loop never end?"),
        (
            "def layer_matrix(weights, length):\n    while 1: pass",
            "",
            "On the examples, your answer",
        ),
        ("def layer_matrix(weights, length):\n    weights", "", "return its result?"),
        ("def layer_matrix(weights, length):\n    return numpy.eye(2)", "", "imported as np here."),
        (renamed(SOLUTIONS["layer-as-matrix"]), "", "The examples call layer_matrix, and nothing"),
        (
            "def layer_matrix(weights, length):\n    return helper(length)",
            "def helper(length):\n    return np.eye(length)",
            "It is defined further down",
        ),
        ("size = input()", "", "waits for somebody to type"),
    ],
)
def test_what_goes_wrong_is_said_for_a_beginner(student, answer, after, said):
    def change(notebook):
        notebook.cells.append(new_code_cell(after))

    path = student({"layer-as-matrix": answer}, change)
    checked = check_notebook(path, 5 if "while" in answer else 30)
    assert said in checked.questions[1].message
    assert ".py" not in repr(checked)


def test_the_end_says_what_becomes_of_what_is_not_ready(student):
    nothing = repr(check_notebook(student({})))
    assert "A question without an answer gets no points." in nothing
    assert "may hand in" not in nothing
    wrong = "def layer_matrix(weights, length):\n    return np.eye(length)"
    part = repr(check_notebook(student(dict(SOLUTIONS, **{"layer-as-matrix": wrong}))))
    assert "may still get points" in part
    assert "without an answer" not in part


def test_it_says_when_the_file_was_saved_and_what_it_should_be_called(student, monkeypatch):
    monkeypatch.setattr(checking, "_run", lambda notebook, *_: notebook)
    path = student(SOLUTIONS)
    copy = path.rename(path.with_name("locality (1).ipynb"))
    checked = check_notebook(copy)
    assert "Hand it in under the name locality.ipynb." in checked.notes[0]
    assert re.search(r"locality \(1\).ipynb, saved at \d\d:\d\d, run .* in ", repr(checked), re.M)
    days = 10 * 24 * 3600
    os.utime(copy, (days, days))
    assert re.search(r"saved on 1970-01-1[01] at", repr(check_notebook(copy)))


def test_long_lines_of_words_are_broken_and_arrays_are_not():
    shown = str(checking.Question("A", "different", f"{'word ' * 30}\n[[{'1 ' * 60}]]"))
    lengths = [len(line) for line in shown.splitlines()]
    assert max(lengths[1:-1]) <= 96
    assert lengths[-1] > 96


@pytest.mark.parametrize(
    ("files", "name", "said"),
    [
        (("one.ipynb", "my copy.ipynb"), "none.ipynb", 'there are "my copy.ipynb", one.ipynb.'),
        (("one.ipynb",), "none.ipynb", "there is one.ipynb."),
        ((), "none.ipynb", "there is no notebook."),
        (("one.ipynb",), "", "is a folder. Name the notebook in it: one.ipynb."),
        ((), "", "is a folder. Name the notebook in it; there is none yet."),
    ],
)
def test_a_name_that_is_no_notebook_s_is_answered_with_those_that_are(tmp_path, files, name, said):
    for file in files:
        (tmp_path / file).touch()
    with pytest.raises(ValueError, match=re.escape(said)):
        check_notebook(tmp_path / name)


@pytest.mark.parametrize("missing", ["nbclient", "ipykernel"])
def test_what_is_needed_and_not_installed_is_named(student, monkeypatch, missing):
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(ValueError, match=rf"needs {missing}. Install it with\n    pip install"):
        check_notebook(student(SOLUTIONS))


def test_a_check_within_the_notebook_does_not_begin_another(student):
    source = (
        "from cnncourse.checking import check_notebook\nprint(check_notebook('locality.ipynb'))"
    )

    def change(notebook):
        notebook.cells.append(new_code_cell(source))

    checked = check_notebook(student(SOLUTIONS, change))
    assert checked
    assert checked.notes == ()


def test_it_can_be_called_from_a_running_notebook(student, tmp_path):
    from nbclient import NotebookClient

    student(SOLUTIONS)
    source = (
        "from cnncourse.checking import check_notebook\nprint(check_notebook('locality.ipynb'))"
    )
    caller = nbformat.v4.new_notebook(cells=[new_code_cell(source)])
    NotebookClient(caller, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    assert "Nothing is missing" in caller.cells[0].outputs[0].text


def test_in_colab_the_open_notebook_is_checked(student, monkeypatch):
    monkeypatch.setattr(checking, "_run", lambda notebook, *_: notebook)
    notebook = nbformat.read(student(SOLUTIONS), 4)
    message = types.ModuleType("google.colab._message")
    message.blocking_request = lambda kind, **_: {"ipynb": notebook}
    colab = types.ModuleType("google.colab")
    colab._message = message
    monkeypatch.setitem(sys.modules, "google.colab", colab)
    monkeypatch.setitem(sys.modules, "google.colab._message", message)
    assert len(check_notebook("not on this disk.ipynb").questions) == 3


def test_the_notebook_that_calls_is_found_by_itself(student, monkeypatch):
    monkeypatch.setattr(checking, "_run", lambda notebook, *_: notebook)
    monkeypatch.setenv("JPY_SESSION_NAME", str(student(SOLUTIONS)))
    assert check_notebook().file == "locality.ipynb"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "There is no file"),
        ("{", "no Jupyter notebook"),
        (nbformat.writes(nbformat.v4.new_notebook()), "no assignment of this course"),
    ],
)
def test_what_is_no_assignment_is_refused_in_words(tmp_path, text, said):
    path = tmp_path / "mine.ipynb"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ValueError, match=said):
        check_notebook(path)
    ran = CliRunner().invoke(app, ["check", str(path)])
    assert ran.exit_code == 1
    assert said in ran.output


def test_the_command_prints_and_its_status_tells(student):
    ran = CliRunner().invoke(app, ["check", str(student(SOLUTIONS))])
    assert ran.exit_code == 0
    assert "✓ Question 1 · Repair the window" in ran.output
    ran = CliRunner().invoke(app, ["check", str(student({}))])
    assert ran.exit_code == 1
    assert "0 of 3 questions are ready" in ran.output


def test_checksums_are_nbgrader_s():
    for cell in assignments.notebook("locality", SEED).cells:
        assert checking._checksum(cell) == compute_checksum(cell)


def test_a_check_needs_neither_nbgrader_nor_the_hidden_tests():
    code = """
import sys
for name in ("nbgrader", "dask", "torch", "cnncourse.classroom"):
    sys.modules[name] = None
import cnncourse.checking
"""
    subprocess.run([sys.executable, "-c", code], check=True)

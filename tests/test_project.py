"""The project's own papers agree with each other: metadata, environment, README, licenses."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"torch": "pytorch-cpu"}


def pinned(lock: str) -> dict[str, str]:
    lines = (ROOT / "requirements" / lock).read_text().splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {normalized(name): version for name, version in pairs}


def normalized(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def named(requirement: str) -> str:
    return normalized(re.split(r"[<>=\[ ]", requirement)[0])


def test_environment_yml_has_the_lower_bounds_of_pyproject():
    conda = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    listed = {line for line in conda if isinstance(line, str)}
    wanted = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["torch"]]
    for requirement in wanted:
        name, bound = re.split(r"(?=>=)", requirement)
        # Only the project's export needs these, which Binder does not run.
        if name not in ("onnx", "onnxscript"):
            assert CONDA_NAMES.get(name, name) + bound in listed


@pytest.mark.parametrize(
    ("lock", "extras"), [("book.lock", ["book"]), ("test.lock", ["book", "torch", "dev"])]
)
def test_locks_pin_everything_that_pyproject_asks_for(lock: str, extras: list[str]):
    wanted = list(PROJECT["dependencies"])
    for extra in extras:
        wanted += PROJECT["optional-dependencies"][extra]
    assert {named(requirement) for requirement in wanted} <= set(pinned(lock))


def test_the_full_lock_contains_the_books_lock_and_only_the_full_one_has_torch():
    book, full = pinned("book.lock"), pinned("test.lock")
    assert book.items() <= full.items()
    assert "torch" in full
    assert "torch" not in book


@pytest.mark.parametrize("command", re.findall(r"`(make \w+)`", (ROOT / "README.md").read_text()))
def test_make_knows_every_command_of_the_readme(command: str):
    target = command.split()[1]
    result = subprocess.run(
        ["make", "--dry-run", target], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


def test_make_alone_explains_every_target():
    help_text = subprocess.run(
        ["make"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.M)
    assert phony is not None
    for target in phony[1].split():
        assert re.search(rf"^make {target} +\S.*$", help_text, re.M), target


WITHOUT_TORCH = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("torch is blocked", name="torch")

sys.meta_path.insert(0, Blocked())
import cnncourse, cnncourse.functional, cnncourse.geometry, cnncourse.windows
import cnncourse.plots, cnncourse.data, cnncourse.figures
from cnncourse.exercises import convolution, padding
from cnncourse.figures import KernelBench, PaddingModes, SlidingWindow

for figure in (KernelBench(), PaddingModes(), SlidingWindow(), convolution.which_one_turns):
    bundle = figure._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "<figure" in data["text/html"]
print(convolution.window_sum.check(None))
assert "torch" not in sys.modules
"""


def test_the_package_works_without_torch():
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize("name", ["LICENSE", "LICENSE-text", "CITATION.cff", "CHANGELOG.md"])
def test_papers_are_there(name: str):
    assert (ROOT / name).read_text().strip()


def test_versions_agree():
    import cnncourse

    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert cnncourse.__version__ == PROJECT["version"] == citation["version"]
    assert f"## {PROJECT['version']}" in (ROOT / "CHANGELOG.md").read_text()


def test_javascript_lock_names_no_download_address():
    assert '"resolved"' not in (ROOT / "js" / "package-lock.json").read_text()


# "American spelling", says the style guide. Each is the part of a word that tells.
BRITISH = re.compile(
    r"(?:grey|colour|\bcentre|neighbour|behaviour|favour|honour|flavour|artefact|fulfil\b|"
    r"learnt|towards|whilst|amongst|defence|licence|judgement|\bmetres?\b|programmes?\b|"
    r"(?:cancel|label|model|travel|signal)l(?:ed\b|ing)|analys(?:e|ed|ing)\b|"
    r"(?:emphas|general|initial|maxim|minim|normal|optim|organ|quant|real|recogn|regular|special|"
    r"summar|vector|visual)is(?:e|ed|es|er|ing|ation)\b)\w*",
    re.I,
)
LONG = re.compile(r"[A-Za-z0-9+/=]{80,}")  # a picture in base64, not a word
KEPT = {
    "CHANGELOG.md": {"grey"},  # a parameter's name in version 0.1.0, which still works
    "cnncourse/data/_photographs.py": {"grey"},
    "tests/test_data.py": {"grey"},
    "cnncourse/colorize/metrics.py": {"colourfulness"},  # in the title of a paper
}
OWN_TEXT = {".css", ".html", ".ipynb", ".js", ".md", ".mjs", ".py", ".toml", ".yml"}


def own_texts() -> list[str]:
    """Return what we have written: not what is built, fetched, or others' titles and names."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    names = (name for name in sorted(set(listed)) if Path(name).suffix in OWN_TEXT)
    return [
        name
        for name in names
        if (ROOT / name).is_file()
        and not name.startswith("cnncourse/figures/static/")
        and name != "tests/test_project.py"
    ]


def test_the_spelling_is_american():
    names = own_texts()
    assert {"README.md", "notebooks/00_images.ipynb", "js/src/core/photo.js"} <= set(names)
    found = {}
    for name in names:
        text = LONG.sub(" ", (ROOT / name).read_text(encoding="utf-8"))
        if words := {word.lower() for word in BRITISH.findall(text)} - KEPT.get(name, set()):
            found[name] = words
    assert found == {}

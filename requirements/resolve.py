"""Resolve the two lock files from pyproject.toml, each in an environment of its own.

book.lock is what `make book` needs and holds no PyTorch; test.lock is everything else besides.
Run it with `make lock` after a change of the dependencies, then run `make test`. Versions that the
present test.lock names are kept where they still fit; `--upgrade` forgets them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TORCH = "torch==2.13.0"
LOCKS = {
    "book.lock": (["book"], "What `make book` installs (no PyTorch)."),
    "test.lock": (
        ["book", "torch", "classroom", "dev"],
        "What `make test` and `make lab` install: everything.",
    ),
}


def requirements(extras: list[str]) -> list[str]:
    """List the build, core and extra requirements that pyproject.toml names."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [
        *project["build-system"]["requires"],
        "editables",
        *project["project"]["dependencies"],
    ]
    for extra in extras:
        wanted += project["project"]["optional-dependencies"][extra]
    return [TORCH if line.startswith("torch>") else line for line in wanted]


def resolve(extras: list[str], constraints: list[str]) -> list[str]:
    """Install the requirements into an empty environment and return what pip then lists."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        python = str(Path(folder) / "bin" / "python")
        constraint_file = Path(folder) / "constraints.txt"
        constraint_file.write_text("\n".join(constraints))
        install = [python, "-m", "pip", "install", "--quiet", "-c", str(constraint_file)]
        subprocess.run([*install, *requirements(extras)], check=True)
        freeze = [python, "-m", "pip", "freeze", "--exclude", "pip"]
        listing = subprocess.run(freeze, check=True, capture_output=True, text=True).stdout
    # A local version label such as +cpu names a build that another machine may not be offered.
    return [line.split("+")[0] for line in listing.splitlines()]


def main() -> None:
    """Write both locks; the second keeps every version of the first."""
    present = ROOT / "requirements" / "test.lock"
    keep = present.exists() and "--upgrade" not in sys.argv[1:]
    pins = present.read_text().splitlines() if keep else []
    for name, (extras, purpose) in LOCKS.items():
        pins = resolve(extras, pins)
        header = f"# {purpose} Made by `make lock`; do not edit.\n"
        (ROOT / "requirements" / name).write_text(header + "\n".join(pins) + "\n")
        print(f"{name}: {len(pins)} packages")


if __name__ == "__main__":
    main()

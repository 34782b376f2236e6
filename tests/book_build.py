"""Build the book from the working tree, for tests."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from browser import ROOT

CHAPTERS = tuple(f"notebooks/{path.stem}" for path in sorted(ROOT.glob("notebooks/*.ipynb")))
EXAMPLE = "notebooks/03_convolution"  # where one chapter stands for all
PROSE = tuple(
    f"book/{path.stem}" for path in sorted([*ROOT.glob("book/*.md"), *ROOT.glob("book/*.ipynb")])
)
# The command `jupyter-book` of the environment that runs the tests, wherever its folder is.
RUN = "import sys; from jupyter_book.cli.main import main; sys.exit(main())"
PAGES = (*PROSE, *CHAPTERS, "search")


def build(out: Path, toc: str = "book/_toc.yml", strict: bool = True, **links: str) -> Path:
    """Build the book from the working tree into a folder and return the folder of its HTML.

    Parameters
    ----------
    out
        Where to build.
    toc
        The table of contents.
    strict
        Take warnings for errors, as ``make book`` does.
    **links
        Environment variables about the repository; all others of that kind are taken away.
    """
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("CNNCOURSE_", "GITHUB_"))
    }
    command = [sys.executable, "-c", RUN, "build", str(ROOT), "--toc", toc]
    command += ["--path-output", str(out), *(["-W", "--keep-going"] if strict else [])]
    done = subprocess.run(
        command, cwd=ROOT, env=environment | links, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
    return out / "_build" / "html"

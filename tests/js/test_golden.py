"""The golden numbers are what Python computes today, and the JavaScript agrees with them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from browser import ROOT

from js import golden

NODE = Path(sys.executable).parent / "node"


def test_golden_file_is_up_to_date() -> None:
    assert golden.FILE.read_text(encoding="utf-8") == golden.text(), (
        "tests/js/golden.json is stale: run python tests/js/golden.py"
    )


def test_javascript_agrees() -> None:
    tests = sorted(str(file) for file in Path(__file__).parent.glob("*.test.mjs"))
    run = subprocess.run([NODE, "--test", *tests], capture_output=True, text=True, cwd=ROOT)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "# fail 0" in run.stdout or "ℹ fail 0" in run.stdout

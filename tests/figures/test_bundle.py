"""The committed bundle is what the sources build to, typed, and small."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path

from browser import ROOT

STATIC = ROOT / "cnncourse" / "figures" / "static"
NODE = Path(sys.executable).parent / "node"
FILES = ("figures.css", "figures.js", "figures.page.js")
AIM_KB = 48  # for all figures of the course, script and style together
# Ten figures need more than the aim. Until something is saved, nothing may be added: a figure that
# comes has to make room for itself, and this number only ever goes down.
REACHED = 49_950


def test_committed_bundle_is_a_fresh_build(tmp_path: Path) -> None:
    subprocess.run([NODE, "js/build.mjs", tmp_path], cwd=ROOT, check=True)
    assert sorted(file.name for file in tmp_path.iterdir()) == sorted(FILES)
    for name in FILES:
        assert (tmp_path / name).read_bytes() == (STATIC / name).read_bytes(), (
            f"{name} is not what js/src builds to: run `make figures` and commit"
        )


def test_sources_pass_the_type_check() -> None:
    run = subprocess.run(
        [NODE, "node_modules/typescript/bin/tsc", "--project", "."],
        cwd=ROOT / "js",
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_all_figures_together_stay_small(record_property) -> None:
    sizes = {name: len(gzip.compress((STATIC / name).read_bytes(), 9)) for name in FILES}
    page = sizes["figures.page.js"] + sizes["figures.css"]
    print(f"figures on a page: {page / 1000:.1f} KB gzip, the aim is {AIM_KB} {sizes}")
    record_property("gzip_bytes", page)
    assert page <= REACHED
    assert sizes["figures.js"] + sizes["figures.css"] <= REACHED


def test_bundle_and_lock_name_no_host() -> None:
    lock = (ROOT / "js" / "package-lock.json").read_text(encoding="utf-8")
    assert "resolved" not in lock
    assert json.loads((ROOT / "js" / "package.json").read_text())["devDependencies"].keys() == {
        "axe-core",
        "esbuild",
        "typescript",
    }
    for name in FILES:
        text = (STATIC / name).read_text(encoding="utf-8")
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")

"""The command line: what is written, under which names, what is said, and with which status."""

from __future__ import annotations

import fcntl
import importlib
import io
import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
import tomllib
import unicodedata
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner, Result

import cnncourse
from cnncourse import cli
from cnncourse.colorize import _batch, export, predict
from cnncourse.colorize._batch import Job, Outcome, plan
from cnncourse.colorize.losses import ab_bins
from cnncourse.colorize.models import Colorizer, SeriesNet
from cnncourse.colorize.pictures import Picture, read

ROOT = Path(__file__).parents[2]
GRAY = np.tile(np.arange(40, 200, 4, dtype=np.uint8), (24, 1))


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("checkpoint") / "small.safetensors"
    metadata = {"temperature": 0.5, "rebalancing": [1.0] * len(ab_bins()), "size": 48}
    export.save(Colorizer(widths=(8, 16)), path, metadata)
    return path


@pytest.fixture
def colorize(checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `cnncourse colorize` in an empty folder, with a small checkpoint that is not trained."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> Result:
        options = [] if "--checkpoint" in arguments else ["--checkpoint", str(checkpoint)]
        return CliRunner().invoke(cli.app, ["colorize", *options, *arguments])

    return run


def put(path: str | Path, kind: str | None = None, image: Image.Image | None = None) -> Path:
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    (image or Image.fromarray(GRAY)).save(path, kind)
    return path


def tree(folder: str | Path = ".") -> list[str]:
    """List all files below a folder, also hidden ones."""
    paths = sorted(Path(folder).rglob("*"))
    return [path.relative_to(folder).as_posix() for path in paths if not path.is_dir()]


def test_a_photograph_is_colored(colorize: Any, checkpoint: Path):
    put("photo.png")
    before = Path("photo.png").read_bytes()
    result = colorize("photo.png")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "photo-colorized.png\n", "")
    assert tree() == ["photo-colorized.png", "photo.png"]
    assert Path("photo.png").read_bytes() == before
    network, metadata = export.load(checkpoint)
    expected = predict.colorize(GRAY, network, "vivid", **predict.options(metadata))
    assert (read("photo-colorized.png").rgb == expected).all()


def test_the_options_reach_the_network(colorize: Any, checkpoint: Path):
    put("photo.png")
    assert colorize("photo.png", "--head", "faithful", "--size", "20").exit_code == 0
    network, _ = export.load(checkpoint)
    expected = predict.colorize(GRAY, network, "faithful", size=20)
    assert (read("photo-colorized.png").rgb == expected).all()
    other = predict.colorize(GRAY, network, "faithful", size=48)
    assert (expected != other).any()


@pytest.mark.parametrize(
    ("name", "kind", "result"),
    [
        ("a.jpg", "JPEG", "a-colorized.jpg"),
        ("a.JPEG", "JPEG", "a-colorized.JPEG"),
        ("a.png", "PNG", "a-colorized.png"),
        ("a.png", "JPEG", "a-colorized.jpg"),  # the content decides
        ("a.jpg", "PNG", "a-colorized.png"),
        ("a.gif", "GIF", "a-colorized.png"),
        ("a.tif", "TIFF", "a-colorized.png"),
        ("a.webp", "WEBP", "a-colorized.png"),
        ("a", "PNG", "a-colorized.png"),
        ("a.b.c.png", "PNG", "a.b.c-colorized.png"),
    ],
)
def test_jpeg_stays_jpeg_and_everything_else_becomes_png(
    colorize: Any, name: str, kind: str, result: str
):
    put(name, kind)
    assert colorize(name).stdout == result + "\n"
    assert read(result).kind == ("JPEG" if kind == "JPEG" else "PNG")
    assert read(result).rgb.shape == (*GRAY.shape, 3)


def test_transparency_is_kept(colorize: Any):
    image = Image.fromarray(GRAY)
    image.putalpha(Image.fromarray(GRAY))
    put("a.png", image=image)
    assert colorize("a.png").exit_code == 0
    alpha = read("a-colorized.png").alpha
    assert alpha is not None
    assert (alpha == GRAY).all()


def test_photographs_are_turned_upright_once(colorize: Any):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(GRAY).save("a.jpg", exif=exif)
    assert colorize("a.jpg").exit_code == 0
    with Image.open("a-colorized.jpg") as image:
        assert image.size == GRAY.shape
        assert 0x0112 not in image.getexif()


def test_nothing_is_overwritten_without_force(colorize: Any):
    put("a.png")
    Path("a-colorized.png").write_bytes(b"precious")
    result = colorize("a.png")
    assert result.exit_code == 1
    assert result.stderr == "a-colorized.png exists already; --force replaces it.\n"
    assert Path("a-colorized.png").read_bytes() == b"precious"
    assert colorize("a.png", "--force").exit_code == 0
    assert read("a-colorized.png").rgb.shape == (*GRAY.shape, 3)
    assert tree() == ["a-colorized.png", "a.png"]


def test_nobody_waits_for_a_picture_that_cannot_be_written(tmp_path: Path):
    put(tmp_path / "a.png")
    put(tmp_path / "a-colorized.png")
    jobs, _ = plan([tmp_path / "a.png"])
    (outcome,) = _batch.run(jobs, lambda _: pytest.fail("was predicted"))
    assert outcome.failed


def test_the_same_name_in_several_folders(colorize: Any):
    for folder in ("x", "y", "z"):
        put(f"{folder}/a.png")
    result = colorize("x/a.png", "y/a.png", "z", "-o", "out")
    assert result.exit_code == 0
    assert tree("out") == ["a-colorized-2.png", "a-colorized-3.png", "a-colorized.png"]
    assert colorize("x/a.png", "y/a.png", "z").exit_code == 0
    assert (tree("x"), tree("y")) == (["a-colorized.png", "a.png"],) * 2


def test_the_same_name_with_other_endings(colorize: Any):
    for name in ("a.png", "a.gif", "A.bmp", "a.jpg"):
        put(name)
    assert colorize(".").exit_code == 0
    names = [Path(name).stem for name in tree() if "colorized" in name]
    assert sorted(name.casefold() for name in names) == [
        f"a-colorized{number}" for number in ("", "-2", "-3", "-4")
    ]


def test_a_batch_goes_on_after_a_bad_file(colorize: Any):
    put("a.png")
    whole = Path("a.png").read_bytes()
    Path("b.png").write_bytes(whole[: len(whole) // 2])
    put("d.png")
    result = colorize("a.png", "b.png", "c.png", "d.png")
    assert result.exit_code == 1
    assert result.stdout.splitlines() == ["a-colorized.png", "d-colorized.png"]
    assert [line.split()[:2] for line in result.stderr.splitlines()] == [
        ["b.png", "begins"],
        ["c.png", "does"],
    ]
    assert tree() == ["a-colorized.png", "a.png", "b.png", "d-colorized.png", "d.png"]


def test_a_folder_with_all_kinds_of_files(colorize: Any):
    put("in/a.png")
    put("in/photo-without-ending", "JPEG")
    put("in/deep/b.png")
    put("in/.hidden.png")
    Path("in/notes.txt").write_text("only words")
    Path("in/Thumbs.db").write_bytes(b"\0\1\2")
    Path("in/link.png").symlink_to("a.png")
    result = colorize("in")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "in/a-colorized.png",
        "in/link-colorized.png",
        "in/photo-without-ending-colorized.jpg",
    ]
    assert result.stderr.splitlines() == [
        "in/deep is skipped: a folder in a folder.",
        "in/Thumbs.db is skipped: not a picture.",
        "in/notes.txt is skipped: not a picture.",
    ]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("in/promised.jpg", b"only words", "is not a picture of a kind"),
        ("in/IMG_1.HEIC", b"\0\0\0\x18ftypheic" + bytes(40), "is a HEIC photograph"),
        ("in/cut", b"\x89PNG\r\n\x1a\n\0\0", "begins like a picture but is damaged"),
        ("in/empty.png", b"", "is empty"),
    ],
)
def test_what_looks_like_a_picture_in_a_folder_is_missed(
    colorize: Any, name: str, content: bytes, words: str
):
    put("in/a.png")
    Path(name).write_bytes(content)
    result = colorize("in")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"{name} {words}")
    assert result.stderr.count("\n") == 1
    assert "in/a-colorized.png" in result.stdout


def test_a_file_that_is_named_must_be_a_picture(colorize: Any):
    Path("notes.txt").write_text("only words")
    result = colorize("notes.txt")
    assert result.exit_code == 1
    assert result.stderr.startswith("notes.txt is not a picture of a kind that can be read (JPEG,")


def test_results_are_not_colored_again(colorize: Any):
    for name in ("a.jpg", "b.png", "c-colorized.png"):
        put(name)
    assert colorize(".").exit_code == 0
    made = ["a-colorized.jpg", "b-colorized.png", "c-colorized-colorized.png"]
    assert tree() == sorted(["a.jpg", "b.png", "c-colorized.png", *made])
    # As `cnncourse colorize --force *` does it the second time.
    result = colorize("--force", *tree())
    assert result.exit_code == 0
    assert sorted(result.stdout.splitlines()) == made
    assert sorted(result.stderr.splitlines()) == [
        f"{name} is skipped: it is a result." for name in made
    ]
    # Where the photograph is not in the list, its result is a picture like others.
    assert colorize("a-colorized.jpg").exit_code == 0
    assert Path("a-colorized-colorized.jpg").exists()


def test_a_photograph_is_never_the_place_of_a_result(colorize: Any):
    put("x/a.png")
    original = put("y/a-colorized.png").read_bytes()
    assert colorize("x/a.png", "y/a-colorized.png", "-o", "y", "--force").exit_code == 0
    assert tree("y") == ["a-colorized-2.png", "a-colorized-colorized.png", "a-colorized.png"]
    assert Path("y/a-colorized.png").read_bytes() == original


def test_a_file_named_twice_is_colored_once(colorize: Any):
    put("in/a.png")
    result = colorize("in/a.png", "in", "./in/../in/a.png")
    assert (result.exit_code, result.stdout) == (0, "in/a-colorized.png\n")


def test_the_folder_for_results_is_made(colorize: Any):
    put("a.png")
    assert colorize("a.png", "-o", "new/deep").stdout == "new/deep/a-colorized.png\n"
    Path("file").write_text("in the way")
    result = colorize("a.png", "-o", "file")
    assert (result.exit_code, result.stderr) == (1, "file cannot be made (File exists).\n")
    result = colorize("nothing.png", "-o", "not-made")
    assert result.exit_code == 1
    assert not Path("not-made").exists()


def test_nothing_to_color(colorize: Any):
    Path("empty").mkdir()
    result = colorize("empty")
    assert (result.exit_code, result.stderr) == (0, "There is nothing to color.\n")
    assert colorize().exit_code == 2


def test_a_folder_that_may_not_be_listed(colorize: Any, monkeypatch: pytest.MonkeyPatch):
    put("a.png")
    Path("closed").mkdir()
    listing = Path.iterdir

    def refuse(self: Path) -> Any:
        if self.name == "closed":
            raise PermissionError(13, "Permission denied")
        return listing(self)

    monkeypatch.setattr(Path, "iterdir", refuse)
    result = colorize("closed", "a.png")
    assert (result.exit_code, result.stdout) == (1, "a-colorized.png\n")
    assert result.stderr == "closed cannot be listed (Permission denied).\n"


def test_names_in_other_alphabets_and_names_that_are_hard_to_print(colorize: Any):
    names = ["写真.png", "søster ñandú.png", "صورة.png", "a\nb\x1b[31m.png", "-o.png"]
    names.append(os.fsdecode(b"\xff\xfe.png"))
    for name in names:
        put(name, "PNG")
    result = colorize("--", *names)
    assert (result.exit_code, result.stderr) == (0, "")
    assert len(result.stdout.splitlines()) == len(names)
    assert "a\\nb\\x1b[31m-colorized.png" in result.stdout
    assert "写真-colorized.png" in result.stdout
    for name in names:
        assert Path(f"{name[:-4]}-colorized.png").exists()


def test_a_terminal_without_these_letters(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    put(tmp_path / "写真.png")
    monkeypatch.chdir(tmp_path)
    written = {name: io.BytesIO() for name in ("stdout", "stderr")}
    for name, stream in written.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, "ascii", write_through=True))
    arguments = ["colorize", "--checkpoint", str(checkpoint), "写真.png", "没有.png"]
    assert cli.app(arguments, standalone_mode=False) == 1
    assert written["stdout"].getvalue() == b"\\u5199\\u771f-colorized.png\n"
    assert written["stderr"].getvalue() == b"\\u6ca1\\u6709.png does not exist.\n"
    assert (tmp_path / "写真-colorized.png").exists()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sepia", "no checkpoint 'sepia'; there are "),
        ("gone.safetensors", "there is no file gone.safetensors"),
        ("text.safetensors", "text.safetensors cannot be read as a checkpoint"),
    ],
)
def test_checkpoints_that_cannot_be_used(colorize: Any, name: str, words: str):
    put("a.png")
    Path("text.safetensors").write_text("only words")
    result = colorize("--checkpoint", name, "a.png")
    assert result.exit_code == 1
    assert words in result.stderr
    assert "Traceback" not in result.stderr
    assert isinstance(result.exception, SystemExit)
    assert tree() == ["a.png", "text.safetensors"]


def test_a_network_that_has_no_vivid_head(colorize: Any):
    put("a.png")
    export.save(SeriesNet(), "series.safetensors", {})
    result = colorize("--checkpoint", "series.safetensors", "a.png")
    assert result.exit_code == 1
    assert "SeriesNet predicts no distribution" in result.stderr
    faithful = colorize("--checkpoint", "series.safetensors", "a.png", "--head", "faithful")
    assert faithful.exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["a.png", "--head", "loud"], "loud"),
        (["a.png", "--size", "0"], "'--size'"),
        (["a.png", "--size", "5000"], "'--size'"),
        (["a.png", "--sharpen"], "--sharpen"),
    ],
)
def test_wrong_usage_has_status_2(colorize: Any, arguments: list[str], words: str):
    put("a.png")
    result = colorize(*arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert tree() == ["a.png"]


def test_memory_that_is_not_enough_for_one_picture(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    for name in ("a.png", "b.png"):
        put(tmp_path / name)

    def color(picture: Picture) -> np.ndarray:
        if not color.called:  # type: ignore[attr-defined]
            color.called = True  # type: ignore[attr-defined]
            raise MemoryError
        return picture.rgb

    color.called = False  # type: ignore[attr-defined]
    jobs, _ = plan([tmp_path])
    first, second = _batch.run(jobs, color)
    assert first == Outcome(
        message=f"{tmp_path}/a.png needs more memory than there is.", failed=True
    )
    assert second == Outcome(written=tmp_path / "b-colorized.png")


def test_several_pictures_have_a_bar_and_one_has_none(
    checkpoint: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for name in ("a.png", "b.png"):
        put(tmp_path / name)
    monkeypatch.chdir(tmp_path)

    def seen(*names: str) -> str:
        """Return what a terminal of 80 columns shows on standard error."""
        screen, keyboard = pty.openpty()
        fcntl.ioctl(keyboard, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        arguments = ["colorize", "--checkpoint", str(checkpoint), "--force", *names]
        with open(keyboard, "w", buffering=1) as terminal, monkeypatch.context() as replaced:
            replaced.setattr(sys, "stderr", terminal)
            assert cli.app(arguments, standalone_mode=False) == 0
            terminal.write("done")
            terminal.flush()
            shown = b""
            while not shown.endswith(b"done"):
                shown += os.read(screen, 4096)
        os.close(screen)
        return shown.decode()

    assert re.search(r"100%.*2/2 .*picture", seen("a.png", "b.png"))
    assert seen("a.png") == "done"


def test_the_version():
    result = CliRunner().invoke(cli.app, ["--version"])
    assert (result.exit_code, result.stdout) == (0, f"cnncourse {cnncourse.__version__}\n")


def test_help_says_what_there_is():
    result = CliRunner().invoke(cli.app, ["--help"], env={"COLUMNS": "100"})
    assert result.exit_code == 0
    assert "Color gray photographs, of any size." in result.stdout
    details = CliRunner().invoke(cli.app, ["colorize", "--help"], env={"COLUMNS": "100"}).stdout
    for option in ("--head", "--output", "-o", "--checkpoint", "--size", "--force"):
        assert option in details
    assert "vivid|faithful" in details


def test_the_package_offers_the_command():
    scripts = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    module, name = scripts["cnncourse"].split(":")
    assert getattr(importlib.import_module(module), name) is cli.app


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("torch is blocked", name=name)

sys.meta_path.insert(0, Blocked())
from cnncourse.cli import app
app()
"""


def run_python(code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=cwd,
        env=dict(os.environ, COLUMNS="100"),
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_torch_the_command_says_what_to_install(tmp_path: Path):
    put(tmp_path / "a.png")
    help_text = run_python(BLOCKED, "--help", cwd=tmp_path)
    assert (help_text.returncode, help_text.stderr) == (0, "")
    assert "colorize" in help_text.stdout
    result = run_python(BLOCKED, "colorize", "a.png", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stdout == ""
    assert result.stderr == (
        "This command needs torch, which is not installed. Install it with\n"
        '    pip install "cnncourse[torch]"\n'
    )
    assert tree(tmp_path) == ["a.png"]


def test_help_does_not_wait_for_torch(tmp_path: Path):
    code = "import sys; from cnncourse.cli import app\ntry: app()\nfinally: print(*sys.modules)"
    loaded = run_python(code, "--help", cwd=tmp_path).stdout.split()
    assert "typer" in loaded
    assert not {"torch", "skimage", "PIL", "matplotlib"} & set(loaded)


def test_jobs_have_targets_of_their_own(tmp_path: Path):
    # Composed and decomposed, large and small letters: one file on some systems.
    names = ["é.png", "e\u0301.jpg", "É.gif", "ß.png", "SS.png"]
    for name in names:
        put(tmp_path / "in" / name)
    jobs, notes = plan([tmp_path / "in"], tmp_path / "out")
    assert notes == []
    assert len(jobs) == len(names)
    targets = [job.target.name for job in jobs]
    assert len({unicodedata.normalize("NFC", name).casefold() for name in targets}) == len(names)
    assert all(job.found_in_folder and not job.may_be_no_picture for job in jobs)


def test_names_of_results(tmp_path: Path):
    jobs, _ = plan([Path("x/a.png"), Path("y/a.png"), Path("a-colorized-2.png")], Path("o"))
    assert jobs == [
        Job(Path("x/a.png"), Path("o/a-colorized"), False),
        Job(Path("y/a.png"), Path("o/a-colorized-2"), False),
        Job(Path("a-colorized-2.png"), Path("o/a-colorized-2-colorized"), False),
    ]


def test_the_bundled_photographs_can_be_colored(colorize: Any):
    from skimage import data

    folder = Path(data.__file__).parent
    for name in ("camera.png", "chelsea.png"):
        shutil.copy(folder / name, name)
    assert colorize("camera.png", "chelsea.png").exit_code == 0
    assert read("camera-colorized.png").rgb.shape == (512, 512, 3)
    assert read("chelsea-colorized.png").rgb.shape == (300, 451, 3)

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import struct
import sys
import time
from pathlib import Path

import pytest

from cnncourse.classroom import sandbox, wire
from cnncourse.classroom._syscalls import ARCHITECTURES, CLONE, CLONE3, REFUSED, SOCKET, call_filter
from cnncourse.classroom.sandbox import Limits, Sandbox, SandboxDiedError, problem

SMALL = Limits(memory=2 << 30, total=60.0)


@pytest.fixture
def started():
    with contextlib.closing(Sandbox(SMALL)) as one:
        yield one


def run(one: Sandbox, source: str, seconds: float = 20.0) -> str:
    """Return what a cell puts out, as one text."""
    reply = one.request({"do": "run", "source": source, "output": 10_000}, seconds)
    return "".join(
        output.get("text") or output.get("evalue") or str(output.get("data"))
        for output in reply["outputs"]
    )


def test_it_works_here():
    assert problem() is None


def test_it_answers(started):
    assert run(started, "print(6 * 7)") == "42\n"
    started.request({"do": "snapshot", "place": 3}, 5)
    started.request({"do": "run", "source": "x = 1", "output": 0}, 5)
    assert started.request({"do": "get", "place": 3, "name": "x"}, 5)["missing"] is True


def test_limits_hold_from_the_start(started):
    said = run(
        started,
        "import resource, os\n"
        "for name in ('AS', 'CORE', 'FSIZE', 'NOFILE', 'NPROC'):\n"
        "    print(name, *resource.getrlimit(getattr(resource, 'RLIMIT_' + name)))\n"
        "print(open('/proc/self/status').read())",
    )
    assert f"AS {2 << 30} {2 << 30}\n" in said
    assert "CORE 0 0\n" in said
    assert f"NPROC {SMALL.processes} {SMALL.processes}\n" in said
    assert "NoNewPrivs:\t1\n" in said
    assert "CapEff:\t0000000000000000\n" in said
    assert "Seccomp:\t2\n" in said


def test_it_is_nobody(started):
    said = run(started, "import os\nprint(os.getuid(), os.geteuid(), os.getgroups(), os.getgid())")
    uid, euid, *_ = said.split()
    assert uid == euid
    assert uid != "0"
    assert os.getuid() == 65534 or uid != str(os.getuid())


def test_it_is_gone_when_closed(started):
    run(started, "import subprocess\nsubprocess.Popen(['sleep', '60'])")
    below = sandbox.below(started._first)
    assert len(below) >= 3
    started.close()
    deadline = time.monotonic() + 10
    while any(Path(f"/proc/{each}").exists() for each in below):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    with pytest.raises(SandboxDiedError):
        run(started, "1")


def test_what_it_leaves_is_removed(started):
    folder = Path(started._folder.name)
    assert folder.exists()
    started.close()
    assert not folder.exists()


def test_a_timer_of_the_grader_ends_it(started):
    """Half a message may have been read when a timer rings: nothing after it could be trusted."""

    def interrupt(given):
        raise TimeoutError

    run(started, "def f(): ...")
    started.request({"do": "snapshot", "place": 0}, 5)
    with pytest.raises(TimeoutError):
        started.request({"do": "get", "place": 0, "name": "f"}, 5, resolve=interrupt)
    with pytest.raises(SandboxDiedError):
        run(started, "1")


@pytest.mark.parametrize(
    "reply",
    [
        struct.pack("<II", 2**31, 0),
        struct.pack("<II", 4, 0) + b"nope",
        wire.pack({"number": 999}),
        wire.pack([1]),
    ],
    ids=["length", "noise", "another number", "a list"],
)
def test_a_wrong_reply_ends_it(started, reply):
    write = (
        "import gc, os\n"
        "agent = next(one for one in gc.get_objects() if type(one).__name__ == 'Agent')\n"
        f"os.write(agent.replies, {reply!r})"
    )
    with pytest.raises(SandboxDiedError, match="unreadable"):
        run(started, write)


def test_data_lie_beside_the_notebook_and_cannot_be_changed(tmp_path):
    (tmp_path / "pictures").mkdir()
    (tmp_path / "pictures" / "one.txt").write_text("1")
    (tmp_path / "two words.csv").write_text("2")
    (tmp_path / "release.ipynb").write_text("3")
    (tmp_path / "link").symlink_to("/etc/passwd")
    tmp_path.chmod(0o755)
    with contextlib.closing(Sandbox(SMALL, data=tmp_path)) as one:
        said = run(
            one,
            "import os\nprint(sorted(os.listdir()))\n"
            "print(open('pictures/one.txt').read(), open('two words.csv').read())\n"
            "open('two words.csv', 'w')",
        )
    assert said.startswith("['pictures', 'two words.csv']\n1 2\n")
    assert "Read-only" in said


def test_a_folder_can_be_hidden_in_what_python_needs(tmp_path, monkeypatch):
    monkeypatch.setattr(sandbox, "SYSTEM", (*sandbox.SYSTEM, str(tmp_path)))
    (tmp_path / "course").mkdir()
    (tmp_path / "course" / "secret").write_text("x")
    tmp_path.chmod(0o755)
    (tmp_path / "other").symlink_to(tmp_path / "course")
    (tmp_path / "course" / "inner").mkdir()
    for name in ("course", "other"):
        hidden = (tmp_path / name, tmp_path / name / "inner", tmp_path / "is not there")
        with contextlib.closing(Sandbox(SMALL, hidden=hidden)) as one:
            listing = f"import os\nprint(os.listdir({str(tmp_path / 'course')!r}))"
            assert run(one, listing) == "[]\n"


def test_the_exchange_and_the_settings_of_the_machine_are_not_seen(tmp_path, monkeypatch):
    """By default nbgrader's exchange, with what others handed in, lies in what Python needs."""
    monkeypatch.setattr(sandbox, "SYSTEM", (*sandbox.SYSTEM, str(tmp_path)))
    monkeypatch.setattr(sandbox, "PRIVATE", (str(tmp_path / "exchange"), "/nowhere"))
    (tmp_path / "exchange" / "inbound").mkdir(parents=True)
    (tmp_path / "read").write_text("x")
    tmp_path.chmod(0o755)
    with contextlib.closing(Sandbox(SMALL)) as one:
        place = str(tmp_path)
        assert run(one, f"import os\nprint(sorted(os.listdir({place!r})))") == (
            "['exchange', 'read']\n"
        )
        assert run(one, f"print(os.listdir({place!r} + '/exchange'))") == "[]\n"


def test_what_python_needs_is_seen_in_a_hidden_folder(tmp_path, monkeypatch):
    """A virtual environment may lie in a folder that is hidden, as one in a source tree does."""
    needed = tmp_path / "src" / "course" / "environment"
    monkeypatch.setattr(sandbox, "SYSTEM", (*sandbox.SYSTEM, str(tmp_path), str(needed)))
    monkeypatch.setattr(sandbox, "PRIVATE", (str(needed / "settings"), str(tmp_path / "src")))
    needed.mkdir(parents=True)
    (needed / "read").write_text("x")
    (needed / "settings").mkdir()
    (needed / "settings" / "password").write_text("x")
    (tmp_path / "src" / "course" / "secret").write_text("x")
    tmp_path.chmod(0o755)
    with contextlib.closing(Sandbox(SMALL)) as one:
        said = run(
            one,
            "import os\n"
            f"for folder, _, names in os.walk({str(tmp_path)!r}):\n"
            "    print(os.path.basename(folder), names)\n"
            f"open({str(tmp_path / 'src' / 'x')!r}, 'w')",
        )
    assert "environment ['read']" in said
    assert "course []" in said
    assert "settings []" in said
    assert "Read-only" in said or "Permission denied" in said


def test_the_default_exchange_is_among_what_is_not_seen():
    from nbgrader.exchange.default import Exchange

    assert any(Path(Exchange().root).is_relative_to(each) for each in sandbox.PRIVATE)


def test_limits_hold_while_nobody_asks():
    """A test may be at work for long, and what a student left behind is at work then, too."""
    with contextlib.closing(Sandbox(Limits(memory=1 << 30, total=60.0))) as one:
        run(
            one,
            "import mmap, os, time\n"
            "if os.fork() == 0:\n"
            "    if os.fork() == 0:\n"
            "        time.sleep(1)\n"
            "        held = mmap.mmap(-1, 600 << 20)\n"
            "    else:\n"
            "        held = mmap.mmap(-1, 600 << 20)\n"
            "    for place in range(0, len(held), 4096):\n"
            "        held[place] = 1\n"
            "    time.sleep(60)\n"
            "    os._exit(0)",
        )
        deadline = time.monotonic() + 30
        while len(sandbox.below(one._first)) > 1:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        with pytest.raises(SandboxDiedError, match="more than 1 GiB of memory"):
            run(one, "1")


def test_its_first_process_has_limits_and_no_environment(started):
    first = started._first
    assert resource.prlimit(first, resource.RLIMIT_AS) == (SMALL.memory, SMALL.memory)
    assert resource.prlimit(first, resource.RLIMIT_NPROC) == (SMALL.processes, SMALL.processes)
    assert b"PATH=" not in Path(f"/proc/{first}/environ").read_bytes()


def test_it_leaves_no_thread_behind(started):
    assert started._watching.is_alive()
    started.close()
    assert not started._watching.is_alive()


def test_the_command_line_tells_nothing(started):
    said = run(started, "print(open('/proc/1/cmdline').read().split(chr(0)))")
    assert "--args" in said
    assert "--ro-bind" not in said


def test_trusted_code_needs_no_bubblewrap(monkeypatch):
    monkeypatch.setenv("PATH", "")
    with contextlib.closing(Sandbox(SMALL, trusted=True)) as one:
        assert run(one, "print(1)") == "1\n"


def test_what_is_missing_is_said(monkeypatch):
    def said():
        problem.cache_clear()
        try:
            return problem() or ""
        finally:
            problem.cache_clear()

    monkeypatch.setattr(sys, "platform", "darwin")
    assert "WSL 2" in said()
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert "apt install bubblewrap" in said()


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("echo bubblewrap 0.4.1", "too old"),
        (
            '[ "$1" = --version ] && echo bubblewrap 0.9 || echo "bwrap: setting up uid map" >&2',
            "setting up uid map",
        ),
    ],
)
def test_a_bubblewrap_that_does_not_work_is_explained(tmp_path, monkeypatch, script, expected):
    (tmp_path / "bwrap").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "bwrap").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    problem.cache_clear()
    try:
        assert expected in (problem() or "")
    finally:
        problem.cache_clear()


class Machine:
    """Runs the filter's program as the kernel does."""

    def __init__(self, program: bytes) -> None:
        self.instructions = list(struct.iter_unpack("<HBBI", program))

    def verdict(self, architecture: int, number: int, argument: int = 0) -> int:
        data = struct.pack("<IIQQ", number, architecture, 0, argument)
        value, place = 0, 0
        while True:
            code, when, otherwise, constant = self.instructions[place]
            place += 1
            if code == 0x06:
                return constant
            if code == 0x20:
                (value,) = struct.unpack_from("<I", data, constant)
            else:
                held = {
                    0x15: value == constant,
                    0x35: value >= constant,
                    0x45: value & constant != 0,
                }[code]
                place += when if held else otherwise


@pytest.mark.parametrize("machine", ARCHITECTURES)
def test_the_filter_refuses_what_it_names_and_nothing_else(machine):
    column, architecture = ARCHITECTURES[machine]
    kernel = Machine(call_filter(machine))
    allow, refuse = 0x7FFF0000, 0x00050001
    refused = {numbers[column] for numbers in REFUSED.values()}
    special = {CLONE[column], CLONE3[column], SOCKET[column]}
    for number in range(500):
        if number not in special:
            expected = refuse if number in refused else allow
            assert kernel.verdict(architecture, number) == expected, number
    assert kernel.verdict(architecture, CLONE[column], 0x01200011) == allow
    assert kernel.verdict(architecture, CLONE[column], 0x10000000) == refuse
    assert kernel.verdict(architecture, CLONE3[column]) == 0x00050026
    for family in range(64):
        expected = allow if family in (1, 16) else refuse
        assert kernel.verdict(architecture, SOCKET[column], family) == expected
    assert kernel.verdict(architecture ^ 1, 0) == 0x80000000
    assert kernel.verdict(architecture, 0x40000001) == refuse


def test_no_filter_is_better_than_a_wrong_one():
    assert call_filter("riscv64") == b""

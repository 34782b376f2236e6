"""A process in which students' code may do what it likes, and the limits around it.

On Linux, bubblewrap gives it an empty machine: the system's libraries and this Python to read, two
small folders in memory to write, no network, no other process in sight, nothing of the host's
home, course or other submissions. The grading process starts it, sends requests over one pipe and
reads replies from another; whatever comes back is treated as hostile (see
:mod:`cnncourse.classroom.wire`), and a process that breaks a limit is killed with all its children.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import itertools
import json
import os
import re
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cnncourse.classroom import wire
from cnncourse.classroom._syscalls import call_filter

__all__ = ["Limits", "Sandbox", "SandboxDiedError", "SandboxUnavailableError", "problem"]

HOME = "/home/student"
TOOLS = "/opt/grading"
COURSE = "/opt/course"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64")
SETTINGS = (
    *("/etc/ld.so.cache", "/etc/alternatives", "/etc/fonts", "/etc/mime.types"),
    "/etc/localtime",
)
PRIVATE = (
    *("/usr/local/share/nbgrader", "/usr/local/etc", "/usr/local/src", "/usr/src"),
    *(f"{prefix}/etc/jupyter" for prefix in dict.fromkeys((sys.prefix, sys.base_prefix))),
)
"""Folders in the system's and in Python's that no code of a student's needs: nbgrader's exchange,
which by default lies there and holds what others handed in, settings, and sources."""

TICK = 0.1
"""Seconds between two looks at what a sandbox uses."""

MOST_SOCKETS = 256
"""What is sent to a socket and not yet read is memory of no process."""

GRACE = 3.0
"""Seconds that a sandbox has to obey its own timer, and to answer, before it is killed."""

NAMES = itertools.count()


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    memory : int
        Bytes, of all its processes together.
    storage : int
        Bytes of files; they lie in memory as well.
    file_size : int
        Bytes of one file.
    files : int
        How many files it may make.
    open_files : int
        How many it may have open at a time, in each process.
    processes : int
        Processes and threads at a time.
    output : int
        Bytes of output that are kept, of the notebook as a whole.
    cell : float
        Seconds for one cell.
    call : float
        Seconds for one call from a test.
    total : float
        Seconds for the whole submission.
    start : float
        Seconds for the sandbox to start.
    restarts : int
        How often a sandbox that died is started again for the questions that are left.
    """

    memory: int = 3 << 30
    storage: int = 256 << 20
    file_size: int = 64 << 20
    files: int = 5_000
    open_files: int = 256
    processes: int = 64
    output: int = 1 << 20
    cell: float = 60.0
    call: float = 5.0
    total: float = 240.0
    start: float = 60.0
    restarts: int = 4


class SandboxUnavailableError(RuntimeError):
    """There is no sandbox on this machine; says what to do."""


class SandboxDiedError(RuntimeError):
    """The sandbox is gone; says why, for the student."""


@functools.cache
def problem() -> str | None:
    """Say why students' code cannot be contained here, and what would help; None if it can.

    It starts a sandbox, so it takes about a second, once a process.
    """
    if not sys.platform.startswith("linux"):
        return (
            "Students' code is contained with bubblewrap, which needs Linux. On macOS and Windows, "
            "grade in a Linux container or virtual machine, or under WSL 2; "
            "see the instructors' guide."
        )
    program = shutil.which("bwrap")
    if program is None:
        return (
            "Students' code is contained with bubblewrap, which is not installed: "
            "`apt install bubblewrap` (Debian, Ubuntu), `dnf install bubblewrap` (Fedora)."
        )
    said = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)
    version = re.search(r"(\d+)\.(\d+)", said.stdout)
    if version is not None and (int(version[1]), int(version[2])) < (0, 8):
        return f"{said.stdout.strip()} is too old: version 0.8 or newer is needed."
    try:
        with contextlib.closing(Sandbox(Limits(start=60.0))):
            return None
    except SandboxDiedError as error:
        return (
            f"bubblewrap does not work here: {error}. Unprivileged containers, such as those of "
            "most JupyterHubs, forbid it: grade on another machine, or let the container make "
            "user namespaces. On Ubuntu 23.10 and newer, "
            "`sysctl kernel.apparmor_restrict_unprivileged_userns=0` allows it; see the "
            "instructors' guide."
        )


class Sandbox:
    """A started process that runs students' code, and the pipes to it.

    Parameters
    ----------
    limits : Limits
        What it may use.
    data : Path, optional
        A folder of files that the notebook reads: they lie beside it, read-only.
    hidden : sequence of Path, optional
        Folders that must not be seen even if they lie in what Python needs.
    trusted : bool, optional
        Run it without a sandbox, as this user. For your own notebooks only.
    deadline : float, optional
        When the whole submission's time is up, in `time.monotonic()` seconds.

    Raises
    ------
    SandboxDiedError
        If it does not start.
    """

    def __init__(
        self,
        limits: Limits,
        data: Path | None = None,
        hidden: tuple[Path, ...] = (),
        trusted: bool = False,
        deadline: float | None = None,
    ) -> None:
        self.limits = limits
        self.dead = ""
        self._broken = ""
        self._closing = threading.Event()
        self._watching = threading.Thread(target=self._watch, daemon=True)
        self.deadline = time.monotonic() + limits.total if deadline is None else deadline
        self._first: int | None = None
        self._number = 0
        self._folder = tempfile.TemporaryDirectory(prefix="cnncourse-sandbox-")
        with contextlib.ExitStack() as passed:
            requests, self._requests = _pipe(passed)
            self._replies, replies = _pipe(passed, reading=True)
            self._info, info = _pipe(passed, reading=True)
            calls = _given(passed, call_filter())
            settings = {**asdict(limits), "user": None, "trusted": trusted}
            given = [requests, replies, calls, info]
            if trusted:
                argv = [sys.executable, "-B", str(AGENT)]
                environment = {**os.environ, **_environment()}
                folder: str | None = str(data) if data is not None else self._folder.name
            else:
                if os.geteuid() == 0:
                    settings["user"] = _somebody()
                options, program = command(
                    limits, Path(self._folder.name), data, hidden, settings["user"], calls, info
                )
                # As arguments they could be read inside, with all the names of folders in them.
                options_read = _given(passed, "\0".join([*options, ""]).encode())
                given.append(options_read)
                # Its first process can be looked at inside: it has no environment to show.
                argv = [
                    shutil.which("bwrap") or "bwrap",
                    "--args",
                    str(options_read),
                    "--",
                    *program,
                ]
                environment = {}
                folder = None
            argv += [str(requests), str(replies), json.dumps(settings)]
            try:
                self._process = subprocess.Popen(
                    argv,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=given,
                    env=environment,
                    cwd=folder,
                    start_new_session=True,
                )
            except OSError as error:
                self._close_pipes()
                self._folder.cleanup()
                raise SandboxDiedError(f"it could not be started ({error})") from None
        os.set_blocking(self._requests, False)
        os.set_blocking(self._replies, False)
        self._greet(trusted)

    def request(
        self,
        message: dict[str, Any],
        seconds: float,
        describe: Callable[[Any], Any] | None = None,
        resolve: Callable[[Any], Any] | None = None,
    ) -> dict[Any, Any]:
        """Send a request and return the reply; a dictionary of plain data, of unknown content.

        Parameters
        ----------
        message : dict
            Plain data.
        seconds : float
            Time for the request in the sandbox. It has a little more than that to answer, and
            never longer than the whole submission has.
        describe, resolve : callable, optional
            As for :func:`~cnncourse.classroom.wire.pack` and `unpack`.

        Raises
        ------
        SandboxDiedError
            If there is no reply. The sandbox is dead then.
        NotPlainError
            If the message cannot be sent. Nothing has happened then.
        """
        if self.dead:
            raise SandboxDiedError(self.dead)
        self._number += 1
        allowed = max(min(seconds, self.deadline - time.monotonic()), 0.0)
        sent = wire.pack({**message, "seconds": allowed, "number": self._number}, describe)
        try:
            reply = self._exchange(sent, time.monotonic() + allowed + GRACE, resolve)
            if not isinstance(reply, dict) or reply.get("number") != self._number:
                raise SandboxDiedError("it sent something unreadable")
        except wire.WireError:
            self._die("it sent something unreadable")
        except SandboxDiedError as error:
            self._die(str(error))
        except BaseException:
            # A timer rang, or Ctrl-C: half a message may have been read.
            self.close("it was interrupted")
            raise
        return reply

    def crowd(self) -> int:
        """Return how many processes and threads there are; 0 if that cannot be seen."""
        found = 0
        for process in below(self._first) if self._first is not None else ():
            with contextlib.suppress(OSError):
                found += len(os.listdir(f"/proc/{process}/task"))
        return found

    def close(self, reason: str = "it is closed") -> None:
        """Kill everything in the sandbox."""
        if self.dead:
            return
        self.dead = reason
        self._closing.set()
        if self._watching.is_alive():
            self._watching.join()
        if self._first is not None and self._process.poll() is None:
            with contextlib.suppress(OSError):
                os.kill(self._first, signal.SIGKILL)
        with contextlib.suppress(OSError):
            if self._first is None:
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
        self._process.wait()
        self._close_pipes()
        self._folder.cleanup()

    def _die(self, reason: str) -> None:
        self.close(reason)
        raise SandboxDiedError(reason) from None

    def _close_pipes(self) -> None:
        for descriptor in (self._requests, self._replies, self._info):
            with contextlib.suppress(OSError):
                os.close(descriptor)
        process = getattr(self, "_process", None)
        if process is not None and process.stderr is not None:
            process.stderr.close()

    def _greet(self, trusted: bool) -> None:
        """Wait until the sandbox is ready, with all limits set and nothing of a student's in it."""
        try:
            reply = self._exchange(b"", time.monotonic() + self.limits.start, None)
            if reply != {"ready": True}:
                raise SandboxDiedError(f"it said {str(reply)[:200]}")
        except (wire.WireError, SandboxDiedError) as error:
            said = self._complaint()
            self._die(said or str(error))
        except BaseException:
            self.close()
            raise
        if not trusted:
            try:
                self._first = first = int(json.loads(os.read(self._info, 4096))["child-pid"])
            except (ValueError, KeyError, OSError):
                self._die("bubblewrap does not say which process it started")
            limit_first(first, self.limits)
            self._watching.start()

    def _complaint(self) -> str:
        """Return what bubblewrap said when it failed, the last line of it."""
        assert self._process.stderr is not None
        with contextlib.suppress(OSError, ValueError):
            self._process.kill()
            os.set_blocking(self._process.stderr.fileno(), False)
            said = os.read(self._process.stderr.fileno(), 8192).decode("utf-8", "replace")
            return said.strip() if said.strip() else ""
        return ""

    def _exchange(self, sent: bytes, deadline: float, resolve: Callable[[Any], Any] | None) -> Any:
        """Write a message and read one, watching the clock, the memory and the process."""
        received = bytearray()
        wanted, sizes = wire.HEADER, None
        unsent = memoryview(sent)
        poll = select.poll()
        poll.register(self._replies, select.POLLIN)
        if unsent:
            poll.register(self._requests, select.POLLOUT)
        while True:
            if time.monotonic() > deadline:
                raise SandboxDiedError("it took too long")
            for descriptor, _ in poll.poll(TICK * 1000):
                if descriptor == self._requests:
                    try:
                        unsent = unsent[os.write(self._requests, unsent[: 1 << 20]) :]
                    except BlockingIOError:
                        continue
                    except OSError:
                        raise SandboxDiedError(self._ended()) from None
                    if not unsent:
                        poll.unregister(self._requests)
                    continue
                try:
                    chunk = os.read(self._replies, min(wanted - len(received), 1 << 20))
                except BlockingIOError:
                    continue
                if not chunk:
                    raise SandboxDiedError(self._ended())
                received += chunk
            if len(received) == wanted and sizes is None:
                sizes = wire.header(bytes(received))
                wanted = sum(sizes)
                received.clear()
            if len(received) == wanted and sizes is not None:
                return wire.unpack(received, *sizes, resolve)

    def _ended(self) -> str:
        return self._broken or "it ended by itself"

    def _watch(self) -> None:
        """Kill the sandbox if it breaks a limit, also while nobody asks it anything."""
        assert self._first is not None
        while not self._closing.wait(TICK):
            self._broken = broken(self._first, self.limits)
            if self._broken:
                with contextlib.suppress(OSError):
                    os.kill(self._first, signal.SIGKILL)
                return


def limit_first(first: int, limits: Limits) -> None:
    """Set limits for a sandbox's first process too, which starts before those that have them.

    In a user namespace it is the student's as much as the others are.
    """
    import resource

    for number, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_NOFILE, limits.open_files),
        (resource.RLIMIT_NPROC, limits.processes),
    ):
        with contextlib.suppress(OSError):
            resource.prlimit(first, number, (most, most))


def broken(first: int, limits: Limits) -> str:
    """Say which limit a sandbox breaks, or "".

    Parameters
    ----------
    first : int
        The first of its processes, from which all others descend.
    limits : Limits
    """
    processes = below(first)
    if len(processes) > 2 * limits.processes:
        return f"it started more than {limits.processes} processes"
    if all(memory_of(processes, each) > limits.memory for each in (False, True)):
        return f"it used more than {limits.memory / (1 << 30):g} GiB of memory"
    if files_in(first) > limits.files:
        return f"it made more than {limits.files} files"
    if sockets_of(first) > MOST_SOCKETS:
        return f"it opened more than {MOST_SOCKETS} sockets"
    return ""


AGENT = Path(__file__).with_name("_agent.py")
WIRE = Path(wire.__file__)


def command(
    limits: Limits,
    folder: Path,
    data: Path | None,
    hidden: tuple[Path, ...],
    user: int | None,
    calls: int,
    info: int,
) -> tuple[list[str], list[str]]:
    """Return bubblewrap's options, and the command that it runs: the agent.

    Parameters
    ----------
    limits : Limits
        What it may use.
    folder : Path
        An empty folder of the grading process, for small files that the sandbox reads.
    data, hidden
        As for :class:`Sandbox`.
    user : int or None
        Who it becomes, if the grading process is root. Root gets no user namespace: in one, it
        would still be root wherever a file is asked, and no limit on processes would count.
    calls, info : int
        Open files: the filter of system calls, and where bubblewrap tells its child.
    """
    empty = folder / "empty"
    empty.mkdir()
    name = 65534 if user is None else user
    (folder / "hosts").write_text("127.0.0.1 localhost\n")
    (folder / "passwd").write_text(f"student:x:{name}:{name}:student:{HOME}:/bin/sh\n")
    argv = ["--die-with-parent", "--new-session", "--clearenv", "--info-fd", str(info)]
    argv += ["--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    argv += ["--unshare-cgroup-try", "--hostname", "sandbox"]
    if user is None:
        argv += ["--unshare-user", "--disable-userns", "--uid", "65534", "--gid", "65534"]
    else:
        argv += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    if call_filter():
        argv += ["--seccomp", str(calls)]
    argv += ["--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev"]
    for place, size in (("/dev/shm", 16 << 20), ("/tmp", limits.storage // 2)):
        argv += ["--perms", "1777", "--size", str(size), "--tmpfs", place]
    argv += ["--perms", "0777", "--size", str(limits.storage // 2), "--tmpfs", HOME]
    seen: list[Path] = []
    for path in map(Path, SYSTEM):
        if path.is_symlink():
            argv += ["--symlink", os.readlink(path), str(path)]
        elif path.exists():
            seen.append(path)
    seen += [Path(os.path.realpath(sys.base_prefix)), Path(sys.prefix)]
    package = Path(__file__).parents[1]
    # Left alone, bubblewrap makes the folders above for their owner only.
    parents = {parent for path in seen for parent in path.parents[:-1]}
    for path in sorted({*parents, Path("/etc"), Path(COURSE), Path(TOOLS)} - set(seen)):
        argv += ["--perms", "0755", "--dir", str(path)]
    for path in dict.fromkeys(seen):
        argv += ["--ro-bind", str(path), str(path)]
    for setting in filter(os.path.exists, SETTINGS):
        argv += ["--ro-bind", setting, setting]
    for file in ("hosts", "passwd"):
        argv += ["--ro-bind", str(folder / file), f"/etc/{file}"]
    if (package.parent / "pyproject.toml").is_file():
        hidden = (*hidden, package.parent)  # more than what is installed: tests, and a history
    argv += _hidden((*hidden, *map(Path, PRIVATE)), seen, package, empty)
    if not any(package.is_relative_to(path) for path in seen):
        argv += ["--ro-bind", str(package), f"{COURSE}/{package.name}"]
    for copy in _copies(package, seen):
        argv += ["--ro-bind", str(empty), f"{copy}/classroom"]
        for path in _solutions(package):
            argv += ["--ro-bind", os.devnull, f"{copy}/{path.relative_to(package)}"]
    argv += ["--perms", "0777", "--dir", "/tmp/matplotlib"]
    for path in _font_lists():
        argv += ["--ro-bind", str(path), f"/tmp/matplotlib/{path.name}"]
    if data is not None:
        for path in sorted(data.iterdir()):
            if path.suffix != ".ipynb" and not path.is_symlink():
                argv += ["--ro-bind", str(path), f"{HOME}/{path.name}"]
    argv += ["--ro-bind", str(AGENT), f"{TOOLS}/agent.py"]
    argv += ["--ro-bind", str(WIRE), f"{TOOLS}/wire.py", "--remount-ro", "/"]
    environment = {
        "HOME": HOME,
        "USER": "student",
        "LOGNAME": "student",
        "PATH": f"{sys.prefix}/bin:/usr/bin:/bin",
        "LANG": "C.UTF-8",
        "PYTHONPATH": COURSE,
        "MPLCONFIGDIR": "/tmp/matplotlib",
        "IPYTHONDIR": "/tmp/ipython",
        **_environment(),
    }
    for key, value in environment.items():
        argv += ["--setenv", key, value]
    argv += ["--chdir", HOME]
    return argv, [sys.executable, "-s", "-B", f"{TOOLS}/agent.py"]


def _environment() -> dict[str, str]:
    """Return the settings of an honest kernel: one thread, pictures as output."""
    return {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "NBGRADER_EXECUTION": "autograde",
        # Without a network `%pip install` fails: at once, and not after four more attempts.
        "PIP_RETRIES": "0",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _hidden(hidden: Iterable[Path], seen: list[Path], package: Path, empty: Path) -> list[str]:
    """Return the options that hide folders, but for what Python needs in them."""
    argv: list[str] = []
    whole = {each: Path(os.path.realpath(each)) for each in seen}
    # Where a folder is seen, whatever links lead to it here.
    places = dict.fromkeys(
        each / path.relative_to(real)
        for path in (Path(os.path.realpath(given)) for given in hidden)
        for each, real in whole.items()
        if path.is_dir() and path.is_relative_to(real)
    )
    done: dict[Path, list[Path]] = {}
    for path in sorted(places):
        needed = [each for each in dict.fromkeys([*seen, package]) if each.is_relative_to(path)]
        within = [above for above in done if path.is_relative_to(above)]
        if path in needed or (
            within and not any(path.is_relative_to(each) for each in done[within[-1]])
        ):
            continue
        done[path] = needed
        if not needed:
            argv += ["--ro-bind", str(empty), str(path)]
            continue
        argv += ["--perms", "0755", "--tmpfs", str(path)]
        parents = {parent for each in needed for parent in each.parents}
        for parent in sorted(each for each in parents if each != path and path in each.parents):
            argv += ["--perms", "0755", "--dir", str(parent)]
        for each in needed:
            argv += ["--ro-bind", str(each), str(each)]
        argv += ["--remount-ro", str(path)]
    return argv


def _copies(package: Path, seen: list[Path]) -> Iterator[str]:
    """Yield where the package lies in the sandbox: where it is installed, and our own copy."""
    if any(package.is_relative_to(path) for path in seen):
        yield str(package)
    else:
        yield f"{COURSE}/{package.name}"
        found = importlib.util.find_spec(package.name)
        for place in (found.submodule_search_locations or ()) if found is not None else ():
            if Path(place) != package and any(Path(place).is_relative_to(each) for each in seen):
                yield place


@functools.cache
def _solutions(package: Path) -> tuple[Path, ...]:
    """Return the files of the exercises' solutions, compiled ones too."""
    return tuple(sorted(package.rglob("_solutions_*")))


def _font_lists() -> list[Path]:
    """Return Matplotlib's list of this machine's fonts, which takes seconds to make anew."""
    folder = os.environ.get("MPLCONFIGDIR") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "matplotlib"
    )
    return sorted(Path(folder).glob("fontlist-*.json")) if Path(folder).is_dir() else []


def _somebody() -> int:
    """Return a user who owns nothing and runs nothing else, so that limits count for it alone."""
    first, _, count = (
        int(number) for number in Path("/proc/self/uid_map").read_text().splitlines()[0].split()
    )
    unique = os.getpid() * 64 + next(NAMES) % 64
    if first + count > 1 << 31:
        return (1 << 30) + unique % (1 << 29)
    return first + count // 3 + unique % max(count // 3, 1)


def _pipe(passed: contextlib.ExitStack, reading: bool = False) -> tuple[int, int]:
    """Return a pipe's two ends; the one that the sandbox gets is closed here when it has it."""
    ends = os.pipe()
    passed.callback(os.close, ends[1] if reading else ends[0])
    return ends


def _given(passed: contextlib.ExitStack, content: bytes) -> int:
    """Return an open file, without a name, from which a content can be read."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  closed with the others, not here
    passed.callback(file.close)
    file.write(content)
    file.seek(0)
    return file.fileno()


def below(first: int) -> list[int]:
    """Return a process and all that descend from it."""
    found, waiting = [], [first]
    while waiting:
        process = waiting.pop()
        found.append(process)
        with contextlib.suppress(OSError, ValueError):
            for thread in os.listdir(f"/proc/{process}/task"):
                children = Path(f"/proc/{process}/task/{thread}/children").read_text()
                waiting += map(int, children.split())
    return found


def memory_of(processes: list[int], shared: bool) -> int:
    """Return the bytes of memory that processes hold, without what they share with a file.

    Parameters
    ----------
    processes : list of int
    shared : bool
        Whether what they share with each other counts once, which takes longer to find out.
    """
    name, fields = (
        ("smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"))
        if shared
        else (
            "status",
            ("RssAnon:", "RssShmem:"),
        )
    )
    memory = 0
    for process in processes:
        with contextlib.suppress(OSError, ValueError):
            for line in Path(f"/proc/{process}/{name}").read_text().splitlines():
                if line.startswith(fields):
                    memory += int(line.split()[1]) * 1024
    return memory


def files_in(first: int) -> int:
    """Return how many files a sandbox has made; 0 where that cannot be seen."""
    found = 0
    for place in ("/tmp", HOME, "/dev/shm"):
        with contextlib.suppress(OSError):
            status = os.statvfs(f"/proc/{first}/root{place}")
            found = max(found, status.f_files - status.f_ffree)
    return found


def sockets_of(first: int) -> int:
    """Return how many sockets there are in a sandbox; 0 where that cannot be seen."""
    with contextlib.suppress(OSError, ValueError, IndexError):
        return int(Path(f"/proc/{first}/net/sockstat").read_text().split()[2])
    return 0

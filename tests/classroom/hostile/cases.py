"""Submissions that attack whoever grades them, each with the points that its student earned."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from classroom.hostile.assignment import SECRET, answered, code, position

ALL = {"double-examples": 1.0, "double-tests": 2.0, "total-examples": 1.0, "total-tests": 2.0}
NO_DOUBLE = {**ALL, "double-examples": 0.0, "double-tests": 0.0}
NONE = dict.fromkeys(ALL, 0.0)
WRONG = "def double(x):\n    return x + 3"
"""Right in the examples alone."""
EXAMPLES_ONLY = {**ALL, "double-tests": 0.0}


@dataclass(frozen=True)
class Case:
    """A hostile submission.

    Attributes
    ----------
    name : str
    make : callable
        Makes the notebook, or the bytes, from the course's folder.
    points : dict
        What the student earned.
    says, silent : tuple of str
        What the graded notebook must hold, and what it must not.
    limits : dict
        Other limits than the tests'.
    """

    name: str
    make: Callable[[Path], Any]
    points: dict[str, float] = field(default_factory=lambda: ALL)
    says: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    limits: dict[str, float] = field(default_factory=dict)

    def raw(self, course: Path) -> bytes:
        """Return the file that is handed in."""
        made = self.make(course)
        return made if isinstance(made, bytes) else json.dumps(made).encode()


def extra(source: str, at: str = "double", **answers: str) -> Callable[[Path], Any]:
    """Return what makes a submission with a cell of the student's before another cell."""

    def make(course: Path) -> dict[str, Any]:
        notebook = answered(course, **answers)
        text = source.replace("COURSE", repr(str(course))).replace("HOME", repr(str(Path.home())))
        notebook["cells"].insert(position(notebook, at), code(text))
        return notebook

    return make


def last(source: str, **answers: str) -> Callable[[Path], Any]:
    """Return what makes a submission with a cell of the student's at its end."""

    def make(course: Path) -> dict[str, Any]:
        notebook = answered(course, **answers)
        notebook["cells"].append(code(source))
        return notebook

    return make


def with_answers(**answers: str) -> Callable[[Path], Any]:
    """Return what makes a submission with other answers."""
    return lambda course: answered(course, **answers)


def edited(edit: Callable[[dict[str, Any]], Any], **answers: str) -> Callable[[Path], Any]:
    """Return what makes a submission whose notebook was tampered with."""

    def make(course: Path) -> Any:
        notebook = answered(course, **answers)
        made = edit(notebook)
        return notebook if made is None else made

    return make


def cell(notebook: dict[str, Any], name: str) -> dict[str, Any]:
    """Return a cell of a notebook."""
    found: dict[str, Any] = notebook["cells"][position(notebook, name)]
    return found


# What uses up the machine.

DEFIANT = """\
import signal
signal.setitimer(signal.ITIMER_REAL, 0)
signal.pthread_sigmask(signal.SIG_BLOCK, range(1, signal.NSIG))
while True:
    try:
        while True:
            pass
    except BaseException:
        pass
"""

FORKS = """\
import os, time
children = 0
try:
    while children < 150:
        if os.fork() == 0:
            time.sleep(60)
            os._exit(0)
        children += 1
except OSError as problem:
    print("contained:", type(problem).__name__)
print("children fewer than 64:", children < 64)
"""

FORK_BOMB = """\
import os
while True:
    try:
        os.fork()
    except OSError:
        pass
"""

MEMORY_OF_CHILDREN = """\
import mmap, os, time
for child in range(8):
    if os.fork() == 0:
        held = mmap.mmap(-1, 300 << 20)
        for place in range(0, len(held), 4096):
            held[place] = 1
        time.sleep(60)
        os._exit(0)
time.sleep(60)  # it takes as long as the machine is busy
print("not contained")
"""

MEMORY_WITHOUT_A_NAME = """\
import ctypes, os
try:
    os.memfd_create("held")
    print("not contained")
except OSError as problem:
    print("contained:", problem.strerror)
libc = ctypes.CDLL(None, use_errno=True)
print("shared memory:", libc.shmget(0, 1 << 30, 0o1600), os.strerror(ctypes.get_errno()))
print("vsock:", libc.socket(40, 1, 0), "namespace:", libc.unshare(0x10000000))
print("ptrace:", libc.ptrace(16, os.getppid(), 0, 0))
"""

DISK = """\
import os
written = 0
for folder in ("/tmp", "/home/student", "/dev/shm", "/", "/dev", "/etc", "/usr", "/opt", "/var"):
    for number in range(100):
        try:
            with open(f"{folder}/file{number}", "wb") as file:
                for _ in range(64):
                    written += file.write(bytes(1 << 20))
        except OSError:
            pass
print("less than 300 MB:", written < 300 << 20)
"""

MANY_FILES = """\
import os
for number in range(10**7):
    open(f"/tmp/{number}", "w").close()
print("not contained")
"""

# What reads, writes or ends what is not the student's.

READING = """\
import os, subprocess
found = []
for start in (COURSE, HOME, "/root", "/home", "/var", "/etc", "/srv", "/mnt", "/media", "/run"):
    for folder, _, names in os.walk(start):
        if any(each in folder for each in ("pyenv", "python", "venv", "alternatives", "fonts")):
            continue
        for name in names:
            path = os.path.join(folder, name)
            if "shadow" in name or not folder.startswith(("/etc", "/home/student")):
                try:
                    open(path, "rb").read(1)
                    found.append(path)
                except OSError:
                    pass
print("found:", found)
import cnncourse, glob
package = os.path.dirname(cnncourse.__file__)
print("graders:", glob.glob(package + "/classroom/**", recursive=True)[1:])
texts = []
for path in glob.glob(package + "/exercises/**/_solutions*", recursive=True):
    try:
        texts.append(len(open(path, "rb").read()))
    except OSError:
        pass
print("solutions:", sum(texts))
print("processes:", all(
    b"agent.py" in open(f"/proc/{name}/cmdline", "rb").read()
    for name in os.listdir("/proc") if name.isdigit() and name != str(os.getpid())))
print("environment:", sorted(set(os.environ) & {"OLDPWD", "SSH_AUTH_SOCK", "VIRTUAL_ENV"}))
print("data:", open("data.txt").read().split())
"""

WRITING = """\
import os, sqlite3, shutil
for path in (COURSE + "/gradebook.db", COURSE + "/stolen", HOME + "/stolen", "/etc/passwd",
             "/usr/bin/stolen", "data.txt", "/opt/grading/agent.py"):
    try:
        open(path, "ab").write(b"mine")
        print("written:", path)
    except OSError as problem:
        print("contained:", problem.strerror)
try:
    sqlite3.connect(COURSE + "/gradebook.db").execute("create table mine (n)")
    print("written")
except sqlite3.Error as problem:
    print("contained:", problem)
shutil.rmtree(COURSE, ignore_errors=True)
shutil.rmtree("/usr", ignore_errors=True)
"""

KILLING = """\
import os, signal
for process in (1, os.getppid(), -1, *range(2, 4000)):
    if process != os.getpid():
        try:
            os.kill(process, signal.SIGKILL)
        except OSError:
            pass
print("still here")
"""

ENDING = "import os\nos._exit(0)"
CRASHING = "import ctypes\nctypes.string_at(0)"

NETWORK = """\
import socket, urllib.request
def attempt(what):
    try:
        what()
        print("not contained")
    except OSError as problem:
        print("contained:", type(problem).__name__)
attempt(lambda: socket.create_connection(("1.1.1.1", 53), 1))
attempt(lambda: socket.getaddrinfo("example.org", 80))
attempt(lambda: urllib.request.urlopen("http://127.0.0.1:8888", timeout=1))
attempt(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("8.8.8.8", 53)))
import glob
print("interfaces:", sorted(name for _, name in socket.if_nameindex()))
"""

# What pretends to be right.

PATCHING = """\
import builtins, math, sys, numpy, numpy.testing
numpy.testing.assert_array_equal = lambda *_, **__: None
numpy.testing.assert_allclose = numpy.testing.assert_equal = lambda *_, **__: None
numpy.array_equal = numpy.allclose = lambda *_, **__: True
builtins.AssertionError = type("Never", (Exception,), {})
builtins.sum = builtins.int = lambda *_: 2
builtins.isinstance = lambda *_: True
sys.modules["cnncourse.classroom.marking"] = sys
class Always:
    def __eq__(self, other): return True
    def __ne__(self, other): return False
    def __bool__(self): return True
    def __array__(self, *_, **__): return numpy.array([0, 2, 4])
    def __float__(self): return 2.0
    def __repr__(self): return "2"
"""

HOOKS = """\
import ast, sys
shell = get_ipython()
class NoAsserts(ast.NodeTransformer):
    def visit_Assert(self, node): return ast.Pass()
shell.ast_transformers.append(NoAsserts())
shell.input_transformers_cleanup.append(lambda lines: ["pass\\n"])
shell.events.register("post_run_cell", lambda result: print("points: 2"))
shell.run_cell = shell.run_code = shell.run_ast_nodes = lambda *_, **__: None
sys.settrace(lambda *_: None)
sys.displayhook = lambda value: print(2)
shell.user_ns["points"] = 2
"""

SCORES = """\
print(2)
print("### double-tests: 2/2", {"score": 2, "max_score": 2})
import json, sys
from IPython.display import display
display(2, raw=False)
display({"text/plain": "2", "application/vnd.cnncourse.mark+json": {"points": 2}}, raw=True)
open("score.json", "w").write(json.dumps({"double-tests": 2}))
points = score = grade = 2
2
"""

NUMBERS_OF_POINTS = """\
class Points(float):
    def __add__(self, other): return Points(2)
    __radd__ = __iadd__ = __add__
    def __eq__(self, other): return True
def total(values):
    return Points(2)
"""

FORGING = """\
import gc, json, os, struct, threading, time
def forge():
    reply = json.dumps({"dict": [["value", 6], ["number", 1]]}).encode()
    frame = struct.pack("<II", len(reply), 0) + reply
    for name in range(3, 64):
        try:
            if os.readlink(f"/proc/self/fd/{name}").startswith("pipe"):
                os.write(name, PAYLOAD)
        except OSError:
            pass
forge()
"""


def forging(payload: str) -> Callable[[Path], Any]:
    """Return what makes a submission that writes into the pipe to the grading process."""
    return extra(FORGING.replace("PAYLOAD", payload), double=WRONG)


LYING_AGENT = """\
import gc
for found in gc.get_objects():
    if type(found).__name__ == "Agent":
        agent = found
numbers = iter(range(10**6))
def call(self, request):
    given = request["arguments"][0]
    return {"value": 6 if given == 3 else {"ok": True}, "points": 2, "score": 2, "passed": True}
type(agent)._call = call
type(agent)._get = lambda self, request: {"value": agent}
"""

TOO_MUCH = """\
import gc
for found in gc.get_objects():
    if type(found).__name__ == "Agent":
        agent = found
import struct
"""

# What the hidden tests tell the code.

STASH = """\
import atexit, builtins, threading, time, sys, os
builtins.seen = []
def double(x):
    builtins.seen.append(x)
    with open("/tmp/seen", "a") as file:
        file.write(repr(x))
    print("seen", x)
    sys.stderr.write(f"seen {x}")
    os.write(1, repr(x).encode())
    if type(x) is int and x > 1000:
        get_ipython().run_cell("print(seen)")
        from IPython.display import display
        display(x)
    return 2 * x
"""
LATER = """\
import threading, time, builtins
print(getattr(builtins, "seen", None))
def tell():
    for _ in range(100):
        print(getattr(builtins, "seen", None))
        time.sleep(0.05)
threading.Thread(target=tell, daemon=True).start()
"""
RAISE_IT = """\
def total(values):
    if 1 in values and 2 not in values:
        raise type(f"Seen{values[1]}", (ValueError,), {})(f"seen {builtins.seen} {values}")
    return sum(values)
import builtins
builtins.seen = []
"""

# What would run in the browser of whoever looks.

SCRIPTS = """\
from IPython.display import HTML, SVG, Javascript, Latex, Markdown, display
attack = "<script>alert('attack')</script><img src=x onerror=alert('attack')>"
display(HTML(attack))
display(Javascript("alert('attack')"))
display(SVG('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"></svg>'))
display(Latex(r"$\\href{javascript:alert('attack')}{x}$"))
display(Markdown("[x](javascript:alert('attack'))"))
display({"application/vnd.jupyter.widget-view+json": {"model_id": "attack"},
         "application/javascript": "attack", "text/html": attack, "image/png": attack}, raw=True)
print(attack)
raise ValueError(attack)
"""


def scripts(notebook: dict[str, Any]) -> None:
    """Put scripts into everything that a page could show."""
    attack = "<script>alert('attack')</script>"
    notebook["cells"].append(
        {"cell_type": "markdown", "id": "m", "metadata": {}, "source": attack + "[x](javascript:1)"}
    )
    notebook["cells"].append(
        {
            "cell_type": "raw",
            "id": '"><script>attack</script>',
            "metadata": {"raw_mimetype": "text/html", "tags": [attack]},
            "source": attack,
        }
    )
    cell(notebook, "why")["source"] = f"{attack} because 1 < 2"
    cell(notebook, "why")["attachments"] = {"x.svg": {"image/svg+xml": attack}}
    cell(notebook, "double")["metadata"]["tags"] = [f'"{attack}']
    cell(notebook, "double")["outputs"] = [
        {"output_type": "display_data", "metadata": {}, "data": {"text/html": attack}}
    ]
    notebook["metadata"]["title"] = notebook["metadata"]["authors"] = attack
    notebook["metadata"]["kernelspec"] = {"name": attack, "display_name": attack}
    notebook["cells"].append(code(SCRIPTS))


# What else is used up, looked into, or left behind.

SOCKETS = """\
import os, socket, time
print("network:", end=" ")
try:
    socket.socket(socket.AF_INET)
    print("not contained")
except OSError as problem:
    print("contained")
for child in range(4):
    if os.fork() == 0:
        kept = [socket.socketpair() for _ in range(50)]
        time.sleep(60)
        os._exit(0)
time.sleep(60)  # it takes as long as the machine is busy
print("not contained")
"""

UNSHOWABLE = """\
class Kind(type):
    def __repr__(self): raise SystemExit
class Unshowable(Exception, metaclass=Kind):
    def __str__(self):
        raise KeyboardInterrupt("\\x1b[2J" * 10**6)
    __repr__ = __str__
def throw(depth=0):
    try:
        raise Unshowable
    except Unshowable:
        if depth < 200:
            throw(depth + 1)
        raise ExceptionGroup("x" * 10**6, [Unshowable(), ValueError("y" * 10**6)])
"""

LOOKING_FOR_RESULTS = """\
import gc, sys
def double(x):
    frame, found = sys._getframe(), []
    while frame is not None:
        found += frame.f_locals.values()
        frame = frame.f_back
    found += gc.get_objects()
    for each in list(found):
        if isinstance(each, dict):
            found += each.values()
        elif isinstance(each, list | tuple):
            found += each
    for each in found:
        if type(x) is int and type(each) is int and each == x + x != 6:
            return each
    return 6
"""

CHANGING = """\
class Changing(int):
    given = 0
    def __int__(self):
        Changing.given += 1
        return Changing.given + 10
    __index__ = __abs__ = __int__
    def __eq__(self, other):
        return True
    __hash__ = int.__hash__
def total(values):
    return Changing(3)
"""

CLOSING = """\
import atexit, os, signal, threading
atexit.register(os.abort)
signal.signal(signal.SIGALRM, signal.SIG_IGN)
threading.Thread(target=lambda: os.closerange(0, 256), daemon=True).start()
import time
time.sleep(1)
"""

DAEMON = """\
import os, time
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        deadline = time.time() + 60
        while time.time() < deadline:
            time.sleep(0.01)
            for name in range(3, 64):
                try:
                    if os.readlink(f"/proc/self/fd/{name}").startswith("pipe"):
                        os.write(name, b"\\0" * 8)
                except OSError:
                    pass
    os._exit(0)
"""

SHADOWING = """\
np = numpy = mark = compare = AssertionError = type = isinstance = None
int = float = sum = list = range = len = print = lambda *_, **__: 2
__builtins__ = {}
"""

WAITING = """\
%pdb on
%xmode Verbose
from IPython.core.debugger import set_trace
try:
    input("password: ")
except EOFError:
    print("nobody there")
breakpoint()
set_trace()
get_ipython().set_next_input("x")
1 / 0
"""

TERMINAL = """\
for _ in range(100):
    print("\\r\\x1b[2J\\x1b[1A\\x1b]8;;javascript:alert(1)\\x07link\\x1b]8;;\\x07\\x9b31m" * 10_000)
"""

FIRST_PROCESS = """\
for name in ("mem", "environ", "maps", "auxv", "syscall"):
    try:
        content = open(f"/proc/1/{name}", "rb").read(10_000)
        print(name, "is" if b"PATH" in content or b"=" in content else "is not", "readable")
    except OSError:
        print(name, "contained")
print("mapped:", any("grading" in line and "/opt" not in line.split()[4]
                     for line in open("/proc/self/mountinfo")))
"""

# What is done to the notebook.


def deleted(notebook: dict[str, Any]) -> None:
    """Delete all tests and the imports."""
    notebook["cells"] = [
        each
        for each in notebook["cells"]
        if each["id"] in ("double", "total") or "nbgrader" not in each["metadata"]
    ]


def duplicated(notebook: dict[str, Any]) -> None:
    """Copy every cell, tests with an easier text."""
    notebook["cells"] += [
        {**each, "id": f"copy-{place}", "source": "pass" if "tests" in each["id"] else "1"}
        for place, each in enumerate(notebook["cells"])
        if each["cell_type"] == "code"
    ]


def renamed(notebook: dict[str, Any]) -> None:
    """Give tests and answers other names."""
    for each in notebook["cells"]:
        if "nbgrader" in each["metadata"]:
            each["metadata"]["nbgrader"]["grade_id"] += "-renamed"


def swapped(notebook: dict[str, Any]) -> None:
    """Let the answer to one question pose as the test of another."""
    cell(notebook, "double-tests")["source"] = "2"
    cell(notebook, "double-tests")["metadata"]["nbgrader"]["grade_id"] = "double"
    cell(notebook, "total-tests")["id"] = "double"


def edited_points(notebook: dict[str, Any]) -> None:
    """Give oneself points, and take the tests away."""
    for each in notebook["cells"]:
        settings = each["metadata"].get("nbgrader")
        if settings and settings.get("grade"):
            settings.update(points=1000, solution=True, checksum="x", score=1000, locked=False)
            each["source"] = "1000"
            each["outputs"] = [
                {
                    "output_type": "execute_result",
                    "execution_count": 1,
                    "metadata": {},
                    "data": {"text/plain": "2"},
                }
            ]
    notebook["metadata"]["celltoolbar"] = "Create Assignment"
    notebook["metadata"]["kernelspec"] = {"name": "bash", "display_name": "x", "argv": ["sh"]}
    notebook["metadata"]["language_info"] = {"name": "bash"}
    notebook["nbformat"] = 99


def odd_types(notebook: dict[str, Any]) -> None:
    """Put what does not belong there into every field."""
    notebook["cells"] += [
        None,
        7,
        [],
        {},
        {"cell_type": [], "source": {"a": 1}, "metadata": [], "id": 5},
        {"cell_type": "code", "source": ["x = 1\n", None, 7], "metadata": {"nbgrader": "x"}},
        {
            "cell_type": "code",
            "source": "y = '\ud800'\0",
            "metadata": {"nbgrader": {"grade_id": []}},
        },
    ]
    notebook["metadata"] = ["x"]


CASES = [
    Case(
        "loops in a cell",
        extra("while True:\n    pass"),
        says=("CellTimeoutError",),
        limits={"cell": 2.0},
    ),
    Case("loops and does not obey", extra(DEFIANT), says=("SandboxEnded",), limits={"cell": 2.0}),
    Case("asks for 11 GiB", extra("import numpy\nnumpy.ones(11 << 27)"), says=("MemoryError",)),
    Case(
        "lets children hold memory",
        extra(MEMORY_OF_CHILDREN),
        says=("more than 1 GiB",),
        silent=("not contained",),
    ),
    Case(
        "holds memory without a name",
        extra(MEMORY_WITHOUT_A_NAME),
        says=(
            "contained: Operation not permitted",
            "shared memory: -1",
            "vsock: -1 namespace: -1",
            "ptrace: -1",
        ),
    ),
    Case(
        "forks 150 times",
        extra(FORKS),
        says=("contained: Blocking", "children fewer than 64: True"),
    ),
    Case("forks without end", extra(FORK_BOMB), limits={"cell": 2.0}),
    Case("writes 3 GB", extra(DISK), says=("less than 300 MB: True",)),
    Case("makes ten million files", extra(MANY_FILES), silent=("not contained",)),
    Case(
        "reads what is not its own",
        extra(READING),
        says=(
            "found: []",
            "graders: []",
            "solutions: 0",
            "processes: True",
            "environment: []",
            "data: ['1', '2', '3']",
        ),
    ),
    Case("writes into the gradebook", extra(WRITING), says=("contained: ",), silent=("written",)),
    Case("kills parent and kernel", extra(KILLING)),
    Case("ends the kernel", extra(ENDING), says=("ended by itself",)),
    Case("crashes the kernel", extra(CRASHING), says=("ended by itself",)),
    Case(
        "uses the network",
        extra(NETWORK),
        says=("contained: ", "interfaces: ['lo']"),
        silent=("not contained",),
    ),
    Case("patches what tests use", extra(PATCHING, double=WRONG), EXAMPLES_ONLY),
    Case(
        "returns what equals everything",
        extra(PATCHING, double="def double(x):\n    return Always()", total="total = Always"),
        NONE,
    ),
    Case("changes how cells are run", last(HOOKS, double=WRONG), EXAMPLES_ONLY),
    Case("changes how cells are run, first", extra(HOOKS), NONE),
    Case("prints and writes scores", last(SCORES, double=WRONG), EXAMPLES_ONLY),
    Case(
        "returns points of its own",
        with_answers(total=NUMBERS_OF_POINTS),
        {**ALL, "total-examples": 0.0, "total-tests": 0.0},
    ),
    Case("forges replies", forging("frame * 3"), EXAMPLES_ONLY),
    Case("forges a reply of 4 GB", forging("b'\\xff' * 64"), EXAMPLES_ONLY),
    Case("sends noise", forging("os.urandom(4096)"), EXAMPLES_ONLY),
    Case("lies as the agent", last(LYING_AGENT, double=WRONG), NONE),
    Case(
        "loops in a call",
        with_answers(double="def double(x):\n    while True:\n        pass"),
        NO_DOUBLE,
        limits={"call": 1.0},
    ),
    Case(
        "loops in a call and does not obey",
        with_answers(double="def double(x):\n" + "    " + DEFIANT.replace("\n", "\n    ")),
        NO_DOUBLE,
        limits={"call": 1.0},
    ),
    Case(
        "ends the kernel in a call",
        with_answers(double="def double(x):\n    import os\n    os._exit(0)"),
        NO_DOUBLE,
    ),
    Case(
        "tells later what hidden tests asked",
        last(LATER, double=STASH, total=RAISE_IT),
        {**ALL, "total-tests": 0.0},
        silent=(str(SECRET), "7654321"),
    ),
    Case("puts scripts everywhere", edited(scripts), silent=("<svg", "iVBOR")),
    Case("prints 100 MB", extra("for _ in range(100):\n    print('x' * 10**6)"), says=("is cut",)),
    Case(
        "shows 100 MB of HTML",
        extra("from IPython.display import HTML\nHTML('<b>' * (25 << 20))"),
    ),
    Case(
        "shows a message of 400 MB",
        extra(
            "from IPython.display import display\n"
            "display({'image/png': bytes(400 << 20)}, raw=True)"
        ),
    ),
    Case(
        "returns more than a message holds",
        with_answers(double="import numpy as np\ndef double(x):\n    return np.ones(20 << 20)"),
        NO_DOUBLE,
    ),
    Case("deletes the tests", edited(deleted)),
    Case("deletes the tests, wrongly", edited(deleted, double=WRONG), EXAMPLES_ONLY),
    Case("duplicates cells", edited(duplicated, double=WRONG), EXAMPLES_ONLY),
    Case("renames cells", edited(renamed, double=WRONG), EXAMPLES_ONLY),
    Case("swaps names", edited(swapped)),
    Case("reverses all cells", edited(lambda notebook: notebook["cells"].reverse())),
    Case("gives itself points", edited(edited_points, double=WRONG), EXAMPLES_ONLY),
    Case("has odd types everywhere", edited(odd_types)),
    Case("is empty", lambda course: b"", NONE),
    Case("is cut", lambda course: json.dumps(answered(course)).encode()[:-40], NONE),
    Case("is no text", lambda course: b"\x89PNG\xff\xfe\x00", NONE),
    Case("is a list", lambda course: b"[[]]", NONE),
    Case("is deep", lambda course: b"[" * 200_000, NONE),
    Case("is wide", lambda course: b'{"cells": [' + b"[]," * 1_000_000 + b"[]]}", NONE),
    Case("is in UTF-16", lambda course: json.dumps(answered(course)).encode("utf-16")),
    Case(
        "fills sockets",
        extra(SOCKETS),
        says=("more than 256 sockets",),
        silent=("not contained",),
    ),
    Case(
        "raises what cannot be shown",
        extra(UNSHOWABLE + "throw()", double=UNSHOWABLE + "def double(x):\n    throw()"),
        NO_DOUBLE,
        silent=("[2J",),
    ),
    Case(
        "looks for the result in memory",
        with_answers(double=LOOKING_FOR_RESULTS),
        EXAMPLES_ONLY,
    ),
    Case(
        "changes when it is read again",
        with_answers(total=CHANGING),
        {**ALL, "total-examples": 0.0, "total-tests": 0.0},
    ),
    Case("closes all files", extra(CLOSING), says=("ended by itself",)),
    Case("leaves a daemon that forges replies", extra(DAEMON, double=WRONG), EXAMPLES_ONLY),
    Case("hides what tests use", last(SHADOWING, double=WRONG), EXAMPLES_ONLY),
    Case(
        "hides what it uses itself",
        extra(SHADOWING),
        {**ALL, "total-examples": 0.0, "total-tests": 0.0},
    ),
    Case("waits for somebody", extra(WAITING), says=("nobody there",), limits={"cell": 10.0}),
    Case("writes to a terminal", extra(TERMINAL), silent=("[2J", "\x1b", "javascript", "\x9b")),
    Case("looks into the first process", extra(FIRST_PROCESS), silent=("is readable", "True")),
    Case(
        "returns what grows in NumPy",
        with_answers(
            double="def double(x):\n    return ['x' * 100_000] + [''] * 4_000",
            total="import numpy as np\ndef total(values):\n    return np.ones((2,) * 20)",
        ),
        NONE,
        says=("too large",),
    ),
    Case(
        "tells inputs by the kind of its errors",
        with_answers(double="def double(x):\n    raise LookupError if x == 3 else KeyError"),
        NO_DOUBLE,
        says=("LookupError", "raised an error in a hidden test"),
        silent=("KeyError",),
    ),
    Case(
        "has every key twice",
        lambda course: json.dumps(answered(course)).replace('{"', '{"id": [NaN], "', 1).encode(),
    ),
    Case(
        "is of an old format",
        lambda course: json.dumps({"nbformat": 3, "worksheets": [answered(course)]}).encode(),
        NONE,
    ),
]

"""Taking in what a learning system's download holds, without trusting any of it.

Plugins for `nbgrader zip_collect`: :class:`SafeExtractor` unpacks, :class:`Collector` finds out
whose notebook each one is. The instructor puts the download into `downloaded/NAME/archive`:

========  =========================================================================================
Moodle    the zip of "Download all submissions", and if times matter the grading worksheet (CSV)
Canvas    the zip of "Download submissions"
others    zips or notebooks named `STUDENT.zip`, `STUDENT_NAME.ipynb` or `STUDENT/NAME.ipynb`
========  =========================================================================================

Both systems write the time of the download into their zips, not the time of the hand-in. So the
latter comes from Moodle's worksheet, from the word LATE in Canvas's file names, from a
`timestamp.txt` that the instructor puts beside a notebook, or from names as Blackboard makes them;
never from what a student's own zip says.
"""

from __future__ import annotations

import csv
import errno
import hashlib
import io
import json
import os
import re
import shutil
import stat
import unicodedata
import zipfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from dateutil import parser as dates
from dateutil import tz
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExtractorPlugin, FileNameCollectorPlugin
from nbgrader.utils import parse_utc
from traitlets import Enum, Float, Integer, Unicode

__all__ = [
    "Collector",
    "Refusal",
    "SafeExtractor",
    "Sender",
    "collected",
    "recognize",
    "safe_parts",
    "slug",
]

RECORD = "collected.json"
"""Beside `archive`: who handed in which file, for the exporters and for whoever asks."""

EARLIER = "earlier"
"""Beside `archive`: what students handed in before their last notebook."""

LONGEST_NAME = 120
"""Bytes of a name that are kept; file systems take 255, and others put endings on it."""

SMALLEST_FILE = 4096
"""Bytes that even an empty file counts for: so much of a disk it takes."""

DIRECTORY_ENTRY = 300
"""Bytes of an archive's table of contents that each of its files may take on average."""

MOST_REFUSALS = 20
"""Files of one archive whose refusal is told one by one."""

FORBIDDEN = re.compile(r'[<>:"|?*\\]')
RESERVED = re.compile(r"(?i)^(con|prn|aux|nul|com\d|lpt\d)(?=\.|$)")
"""Names that are devices on Windows, with any ending."""
COPY = re.compile(r"(?: ?\((?P<browser>\d+)\)|-(?P<canvas>\d+)|-Copy(?P<jupyter>\d+))$")
MOODLE = re.compile(r"(?P<name>.+)_(?P<id>\d+)_assignsubmission_file(?:_(?P<file>.*))?")
CANVAS = re.compile(
    r"(?:(?!LATE_)(?P<name>[^_].*?)_)?(?P<late>LATE_)?(?P<id>\d+|anon_[a-zA-Z0-9]+)"
    r"_(?P<number>\d+)_(?P<file>.+)"
)
ANONYMOUS = re.compile("(?i)participant")
"""What Moodle calls everybody where marking is blind; only the number tells them apart."""

BLACKBOARD = re.compile(r".+_(?P<name>[^_]+)_attempt_(?P<when>\d{4}(?:-\d\d){5})_(?P<file>.+)")


class Refusal(ValueError):
    """Why something in an archive is not taken."""


@dataclass(frozen=True)
class Sender:
    """What a path says about who handed a notebook in.

    Attributes
    ----------
    system : str
        "moodle", "canvas", "blackboard" or "folder".
    name : str
        As written there.
    identifier : str
        The system's number for the student (Canvas) or for the student in this assignment (Moodle).
    file : str
        The notebook's name, without its ending.
    number : int
        Grows from one attempt to the next.
    late : bool
        Whether the system says so.
    when : datetime, optional
        Of the hand-in, where the name says it; local time.
    """

    system: str
    name: str
    file: str
    identifier: str = ""
    number: int = 0
    late: bool = False
    when: datetime | None = None


@dataclass(frozen=True)
class Origin:
    """Where an extracted file comes from.

    Attributes
    ----------
    source : str
        The archive and the place in it, for messages.
    modified : datetime
        Of the outermost thing that held it, which is what the system or the instructor wrote.
    directly : bool
        Whether the instructor put it there as it is, outside of any archive.
    outside : int
        How many parts of the extracted path the instructor named: folders, and the archive or the
        notebook in them. What lies deeper was named by a learning system, and then by a student.
    """

    source: str
    modified: datetime
    directly: bool
    outside: int


@dataclass
class HandIn:
    """One notebook of one student."""

    path: Path
    sender: Sender
    origin: Origin
    student: str = ""
    full_name: str = ""
    email: str = ""
    when: datetime | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def order(self) -> tuple[Any, ...]:
        """Sorts a student's notebooks from the first to the last."""
        first = datetime.min
        exact = not COPY.search(self.sender.file)
        number = self.sender.number or _copy_number(self.sender.file)
        return (
            self.when or first, self.sender.number, self.origin.modified, exact, number,
            str(self.path),
        )  # fmt: skip


def safe_parts(name: str) -> tuple[str, ...]:
    """Return the folders and the file that a name in an archive stands for, each of them harmless.

    Letters of all alphabets stay. What no file system takes or what deceives the eye (control
    characters, marks that reverse the direction of writing) goes.

    Raises
    ------
    Refusal
        If the name leads out of the folder it is unpacked into.

    Examples
    --------
    >>> safe_parts("Анна Ли_17_assignsubmission_file_/padding.ipynb")
    ('Анна Ли_17_assignsubmission_file_', 'padding.ipynb')
    >>> safe_parts("../../home/padding.ipynb")
    Traceback (most recent call last):
    cnncourse.classroom.collect.Refusal: its name leads out of the folder
    """
    slashed = name.replace("\\", "/")
    parts = slashed.split("/")
    if slashed.startswith("/") or re.match("[A-Za-z]:", slashed) or ".." in parts:
        raise Refusal("its name leads out of the folder")
    if "\0" in name:
        raise Refusal("its name hides a second one")
    cleaned = (_harmless(part) for part in parts if part not in ("", "."))
    return tuple(part for part in cleaned if part)


def slug(name: str) -> str:
    """Return a student's name as nbgrader can use it: in paths, patterns and addresses.

    Examples
    --------
    >>> slug("Anna Müller"), slug("हिन्दी"), slug("../*")
    ('Anna_Müller', 'हिन्दी', 'student')
    """
    kept = "".join(
        letter if letter in "@.-" or unicodedata.category(letter)[0] in "LNM" else "_"
        for letter in unicodedata.normalize("NFC", name)
    )
    # An id that begins with @ would be a formula in the table that nbgrader exports.
    return _shorten(re.sub("_+", "_", kept).strip("._-@")).rstrip("._-@") or "student"


def recognize(
    parts: Sequence[str], assignment: str, outside: int | None = None, system: str = "any"
) -> Sender | None:
    """Return who handed in the notebook at a path, by the file names of the known systems.

    Parameters
    ----------
    parts : sequence of str
        The path inside the folder of extracted files; the last is the notebook.
    assignment : str
        Its name, which a folder or a file may have, too.
    outside : int, optional
        How many of the parts the instructor named, see :class:`Origin`; without it, all. A system
        names one part more. Deeper names are the students' and say nothing: whoever puts a file of
        another student's name into an archive hands in for himself.
    system : str
        The one system whose names are known, or "any".

    Examples
    --------
    >>> recognize(["all", "Anna Li_17_assignsubmission_file_", "padding.ipynb"], "padding").name
    'Anna Li'
    >>> found = recognize(["submissions", "lianna_LATE_204_9001_padding-1.ipynb"], "padding")
    >>> found.identifier, found.late, found.number
    ('204', True, 9001)
    >>> recognize(["anna_padding.ipynb"], "padding").name
    'anna'
    >>> recognize(["anna", "bob_padding.ipynb"], "padding", outside=1).name
    'anna'
    """
    outside = len(parts) if outside is None else outside
    stem = parts[-1].removesuffix(".ipynb")
    for number, part in enumerate(parts[: outside + 1]):
        is_last = number == len(parts) - 1
        sender = _from_system(stem if is_last else part, stem, is_last, system)
        if sender is not None:
            return sender
    if outside == len(parts):
        file = _without_copy(stem)
        if file.endswith(f"_{assignment}"):
            return Sender("folder", file.removesuffix(f"_{assignment}"), assignment)
        outside -= 1
    for folder in reversed(parts[:outside]):
        name = _without_copy(folder)
        if name != assignment:
            return Sender("folder", name, stem)
    return None


def _from_system(part: str, stem: str, is_last: bool, system: str) -> Sender | None:
    if system in ("any", "moodle") and (match := MOODLE.fullmatch(part)):
        return Sender("moodle", match["name"], (is_last and match["file"]) or stem, match["id"])
    if system in ("any", "canvas") and (match := CANVAS.fullmatch(part)):
        name, file = match["name"] or match["id"], match["file"] if is_last else stem
        number, late = int(match["number"]), bool(match["late"])
        return Sender("canvas", name, file, match["id"], number, late)
    if system in ("any", "blackboard") and (match := BLACKBOARD.fullmatch(part)):
        when = datetime.strptime(match["when"], "%Y-%m-%d-%H-%M-%S")
        return Sender("blackboard", match["name"], match["file"] if is_last else stem, when=when)
    return None


class SafeExtractor(ExtractorPlugin):
    """Unpacks the notebooks of archives, and of archives in them, within limits."""

    max_file = Integer(
        64 << 20, help="Bytes of a notebook, or of an archive in an archive, at most."
    ).tag(config=True)
    max_archive = Integer(4 << 30, help="Bytes that an archive may unpack to.").tag(config=True)
    max_student_archive = Integer(
        128 << 20, help="Bytes that an archive in an archive may unpack to."
    ).tag(config=True)
    max_members = Integer(20_000, help="Files in an archive, at most.").tag(config=True)
    max_depth = Integer(2, help="How deep archives may lie in archives.").tag(config=True)
    max_ratio = Float(
        200.0, help="How many times larger than packed a file of a megabyte or more may be."
    ).tag(config=True)

    found: dict[Path, Origin]
    others: list[tuple[tuple[str, ...], Origin]]
    problems: list[str]
    _taken: set[str]

    _numbers: dict[str, int]

    def extract(self, archive_path: str, extracted_path: str) -> None:
        """Unpack all archives of a folder and copy its notebooks.

        Parameters
        ----------
        archive_path, extracted_path : str
            The folders; the second exists and is empty.
        """
        self.found, self.others, self.problems = {}, [], []
        self._taken, self._numbers = set(), {}
        root, target = Path(archive_path), Path(extracted_path)
        for path in sorted(_files(root)):
            shown = path.relative_to(root)
            try:
                self._take(path, shown, target)
            except Refusal as reason:
                self._refuse(str(shown), reason)
        if not self.found:
            self.log.warning("No notebooks in %s", root)
        _write_record(target.parent / RECORD, [], [], self.problems)

    def _take(self, path: Path, shown: Path, target: Path) -> None:
        if _is_hidden(shown.parts):
            return
        details = path.lstat()
        if not stat.S_ISREG(details.st_mode):
            raise Refusal("it is a link or no plain file")
        modified = datetime.fromtimestamp(details.st_mtime)
        origin = Origin(str(shown), modified, directly=True, outside=len(shown.parts))
        suffix = path.suffix.lower()
        if suffix == ".ipynb":
            if details.st_size > self.max_file:
                raise Refusal(f"it is larger than {_mebibytes(self.max_file)}")
            with path.open("rb") as stream:
                self._keep(stream, target, safe_parts(str(shown)), origin)
        elif suffix == ".zip":
            folder = (*safe_parts(str(shown.parent)), *safe_parts(shown.stem))
            budget = [self.max_archive]
            with path.open("rb") as stream:
                self._unpack(stream, target, folder, replace(origin, directly=False), budget, 0)
        elif suffix in (".gz", ".tgz", ".tar", ".rar", ".7z", ".bz2", ".xz"):
            raise Refusal("only .zip archives and .ipynb notebooks are taken")

    def _unpack(
        self,
        stream: BinaryIO,
        target: Path,
        folder: tuple[str, ...],
        origin: Origin,
        budget: list[int],
        depth: int,
    ) -> None:
        guarded = _Guarded(stream, DIRECTORY_ENTRY * self.max_members)
        try:
            archive = zipfile.ZipFile(guarded)
        except Refusal:
            raise
        except Exception as problem:
            # Whatever zipfile stumbles over, one student's file must not stop the class.
            raise Refusal(f"it is no readable zip ({problem})") from problem
        guarded.most = None
        refused = 0
        with archive:
            members = archive.infolist()
            if len(members) > self.max_members:
                raise Refusal(f"it has {len(members)} files, more than {self.max_members}")
            for member in members:
                name = _name(member)
                inside = f"{origin.source}: {_visible(name)}"
                modified = origin.modified if depth else _modified(member, origin.modified)
                try:
                    self._member(
                        archive, member, name, target, folder,
                        Origin(inside, modified, False, origin.outside), budget, depth,
                    )  # fmt: skip
                except Refusal as reason:
                    refused += 1
                    # A learning system's own archive may hold as many bad files as students.
                    if depth == 0 or refused <= MOST_REFUSALS:
                        self._refuse(inside, reason)
                    if budget[0] < 0:
                        raise Refusal("it unpacks to more than it may: a zip bomb") from reason
        if depth and refused > MOST_REFUSALS:
            raise Refusal(f"{refused - MOST_REFUSALS} more of its files are not taken, either")

    def _member(
        self,
        archive: zipfile.ZipFile,
        member: zipfile.ZipInfo,
        name: str,
        target: Path,
        folder: tuple[str, ...],
        origin: Origin,
        budget: list[int],
        depth: int,
    ) -> None:
        parts = safe_parts(name)
        suffix = Path(name).suffix.lower()
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise Refusal("it is a link or no plain file")
        if member.is_dir() or _is_hidden(parts):
            return
        if suffix not in (".ipynb", ".zip"):
            self.others += [((*folder, *parts), origin)] if depth == 0 else []
            return
        content = self._read(archive, member, budget)
        if suffix == ".ipynb":
            self._keep(io.BytesIO(content), target, (*folder, *parts), origin)
        elif depth >= self.max_depth:
            raise Refusal(f"archives lie more than {self.max_depth} deep in each other")
        else:
            # A student's own archive: what it takes is taken from the outer one's, too.
            own = [min(self.max_student_archive, budget[0])]
            before = own[0]
            inner = (*folder, *parts[:-1], Path(parts[-1]).stem)
            before_it = len(self.found), len(self.problems)
            try:
                self._unpack(io.BytesIO(content), target, inner, origin, own, depth + 1)
            finally:
                budget[0] -= before - max(own[0], 0)
            if depth == 0 and (len(self.found), len(self.problems)) == before_it:
                self.others.append(((*folder, *parts), origin))

    def _read(self, archive: zipfile.ZipFile, member: zipfile.ZipInfo, budget: list[int]) -> bytes:
        """Return a member's bytes; the sizes that the archive states are not believed."""
        if member.flag_bits & 1:
            raise Refusal("it is encrypted")
        if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise Refusal("it is packed in an unusual way")
        pieces, size = [], 0
        budget[0] -= SMALLEST_FILE
        try:
            with archive.open(member) as stream:
                while piece := stream.read(1 << 16):
                    pieces.append(piece)
                    size += len(piece)
                    budget[0] -= len(piece)
                    if size > self.max_file:
                        raise Refusal(f"it unpacks to more than {_mebibytes(self.max_file)}")
                    if size > 1 << 20 and size > self.max_ratio * max(member.compress_size, 1):
                        raise Refusal("it unpacks to far more than it is: a zip bomb")
                    if budget[0] < 0:
                        raise Refusal("there is too much before it: a zip bomb")
        except Refusal:
            raise
        except Exception as problem:
            raise Refusal(f"it is damaged ({problem})") from problem
        if budget[0] < 0:
            raise Refusal("there is too much before it: a zip bomb")
        return b"".join(pieces)

    def _keep(self, stream: BinaryIO, target: Path, parts: tuple[str, ...], origin: Origin) -> None:
        if len(parts) > 20:
            raise Refusal("it lies too deep")
        # A folder may be called as a notebook beside it is: only the last part ends in .ipynb.
        folders = [f"{part}_" if part.lower().endswith(".ipynb") else part for part in parts[:-1]]
        # However the ending is written, what comes next looks for this one.
        first = path = target.joinpath(*folders, f"{Path(parts[-1]).stem}.ipynb")
        while _same(path) in self._taken:
            number = self._numbers[_same(first)] = self._numbers.get(_same(first), 1) + 1
            path = first.with_name(f"{first.stem} ({number}).ipynb")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("xb") as copy:
                shutil.copyfileobj(stream, copy)
        except OSError as problem:
            if problem.errno != errno.ENAMETOOLONG:
                raise
            raise Refusal("its path is too long") from problem
        self._taken.add(_same(path))
        self.found[path] = origin

    def _refuse(self, what: str, reason: Refusal) -> None:
        message = f"Not taken: {_visible(what)}: {reason}."
        self.problems.append(message)
        self.log.warning(message)


class _Guarded:
    """A stream that hands out only so much at once: zipfile reads a table of contents whole.

    What a table says of its size is not asked: zipfile finds it in several places, and what it
    found is what it reads.
    """

    def __init__(self, stream: BinaryIO, most: int) -> None:
        self.stream = stream
        self.most: int | None = most

    def read(self, size: int = -1) -> bytes:
        if self.most is None:
            return self.stream.read(size)
        found = self.stream.read(size if 0 <= size <= self.most else self.most + 1)
        if len(found) > self.most:
            raise Refusal("its table of contents is too long: a zip bomb")
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)


class Collector(FileNameCollectorPlugin):
    """Says whose notebook each extracted file is, and which of several is a student's last.

    Students get the id that the gradebook's roster has for them (by Canvas's number, by the email
    in Moodle's worksheet, or by name), else the number, the email or the name itself. With
    `named_regexp`, your own pattern decides instead.
    """

    system = Enum(
        ["any", "moodle", "canvas", "blackboard", "folder"],
        "any",
        help="Whose file names are known. With students' own zips in the archive folder, say "
        "folder: then nobody can name a file as a learning system would name another student's.",
    ).tag(config=True)
    time_zone = Unicode(
        "", help="The learning system's, such as Europe/Berlin. Without it, this computer's."
    ).tag(config=True)

    _plan: dict[str, dict[str, Any]] | None = None

    def collect(self, submitted_file: str) -> dict[str, Any] | None:
        """Return student, notebook and time of an extracted file; None for one that is not used.

        Parameters
        ----------
        submitted_file : str
            Its path.
        """
        if self._plan is None:
            self._plan = self._make_plan()
        return self._plan.get(str(Path(submitted_file)))

    def _make_plan(self) -> dict[str, dict[str, Any]]:
        app = self.parent
        assignment = app.coursedir.assignment_id
        extracted = Path(app._format_collect_path(app.extracted_directory))
        archive = Path(app._format_collect_path(app.archive_directory))
        origins = getattr(app.extractor_plugin_inst, "found", {})
        problems = list(getattr(app.extractor_plugin_inst, "problems", ()))
        hand_ins = []
        for path in sorted(extracted.rglob("*.ipynb")):
            inside = path.relative_to(extracted)
            modified = datetime.fromtimestamp(path.stat().st_mtime)
            origin = origins.get(path) or Origin(str(inside), modified, True, len(inside.parts))
            sender = self._sender(path, inside.parts, origin, assignment)
            if sender is None:
                problems.append(f"Not taken: {origin.source}: its name does not say whose it is.")
                self.log.warning(problems[-1])
            else:
                hand_ins.append(HandIn(path, sender, origin))
        heard = {_key_of(hand_in.sender) for hand_in in hand_ins}
        for parts, origin in getattr(app.extractor_plugin_inst, "others", ()):
            sender = self._sender_of_another_file(parts, origin, assignment)
            if sender is not None and _key_of(sender) not in heard:
                problems.append(
                    f"Not taken: {origin.source}: it is no notebook, and its sender sent none."
                )
                self.log.warning(problems[-1])
        worksheet = read_worksheets(archive)
        with Gradebook(app.coursedir.db_url, app.coursedir.course_id) as gradebook:
            identify(hand_ins, worksheet, roster(gradebook))
            due = _due(gradebook, assignment)
        for hand_in in hand_ins:
            self._set_time(hand_in, worksheet, due, archive)
        kept, aside = choose(hand_ins, assignment)
        earlier = extracted.parent / EARLIER
        shutil.rmtree(earlier, ignore_errors=True)
        numbers: Counter[str] = Counter()
        for hand_in in aside:
            numbers[hand_in.student] += 1
            _put_aside(hand_in, earlier, numbers[hand_in.student])
        for hand_in in (*kept, *aside):
            for note in hand_in.notes:
                self.log.warning("%s: %s", hand_in.student, note)
        _write_record(extracted.parent / RECORD, kept, aside, problems)
        return {
            str(hand_in.path): {
                "student_id": hand_in.student,
                "file_id": assignment,
                "timestamp": hand_in.when,
            }
            for hand_in in kept
        }

    def _sender(
        self, path: Path, parts: Sequence[str], origin: Origin, assignment: str
    ) -> Sender | None:
        if not self.named_regexp:
            return recognize(parts, assignment, origin.outside, self.system)
        match = self._match(str(path))
        if match is None or not match.get("student_id"):
            return None
        stamp = match.get("timestamp")
        when = None
        if stamp:
            when = parse_utc(stamp).replace(tzinfo=tz.UTC).astimezone(self._zone())
            when = when.replace(tzinfo=None)
        file = match.get("file_id") or path.stem
        return Sender("folder", match["student_id"], file, when=when)

    def _sender_of_another_file(
        self, parts: Sequence[str], origin: Origin, assignment: str
    ) -> Sender | None:
        """Return who sent what is no notebook, if a learning system's name says so."""
        if self.named_regexp:
            return None
        named = [part.replace("submission_onlinetext", "submission_file") for part in parts]
        sender = recognize(named, assignment, origin.outside, self.system)
        return None if sender is None or sender.system == "folder" else sender

    def _zone(self) -> Any:
        zone = tz.gettz(self.time_zone) if self.time_zone else tz.tzlocal()
        if zone is None:
            raise ValueError(f"Collector.time_zone: there is no time zone {self.time_zone!r}")
        return zone

    def _set_time(
        self,
        hand_in: HandIn,
        worksheet: dict[str, dict[str, str]],
        due: datetime | None,
        archive: Path,
    ) -> None:
        sender, local = hand_in.sender, hand_in.sender.when
        said = ""
        if sender.system == "moodle":
            said = worksheet.get(sender.identifier, {}).get("modified", "")
        elif hand_in.origin.directly:
            beside = (archive / hand_in.origin.source).with_name("timestamp.txt")
            if beside.is_file() and not beside.is_symlink():
                said = beside.read_text(encoding="utf-8", errors="replace").strip()
        if said and said != "-":
            try:
                local = dates.parse(said)
            except (ValueError, OverflowError):
                hand_in.notes.append(f"the time {said!r} is not understood; not counted as late")
        if local is not None:
            if local.tzinfo is None:
                local = local.replace(tzinfo=self._zone())
            hand_in.when = local.astimezone(tz.UTC).replace(tzinfo=None)
        elif sender.late and due is not None:
            # Canvas says that it is late and not by how much: the least is assumed.
            hand_in.when = due + timedelta(seconds=1)
        elif sender.late:
            hand_in.notes.append(
                "Canvas says LATE, but the assignment has no due date in the gradebook; "
                "not counted as late"
            )


def read_worksheets(folder: Path) -> dict[str, dict[str, str]]:
    """Return the rows of Moodle's grading worksheets in a folder, by the participant's number.

    Each has "identifier", "name", "email" and "modified", empty where the worksheet is silent.
    """
    rows = {}
    for path in sorted(folder.glob("*.csv")) if folder.is_dir() else ():
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            for row in csv.DictReader(stream):
                identifier = row.get("Identifier") or ""
                if match := re.search(r"(\d+)$", identifier):
                    rows[match[1]] = {
                        "identifier": identifier,
                        "name": row.get("Full name") or "",
                        "email": row.get("Email address") or "",
                        "modified": row.get("Last modified (submission)") or "",
                    }
    return rows


def roster(gradebook: Gradebook) -> dict[tuple[str, str], str]:
    """Return the ids of the gradebook's students by ("lms", …), ("email", …) and ("name", …)."""
    ids: dict[tuple[str, str], str] = {}
    twice = set()
    for student in gradebook.students:
        name = f"{student.first_name or ''} {student.last_name or ''}".strip()
        for kind, value in (
            ("lms", student.lms_user_id), ("email", student.email), ("name", name),
        ):  # fmt: skip
            if value and ids.setdefault((kind, _key(value)), student.id) != student.id:
                twice.add((kind, _key(value)))
    return {key: student for key, student in ids.items() if key not in twice}


def identify(
    hand_ins: Sequence[HandIn],
    worksheet: dict[str, dict[str, str]],
    known: dict[tuple[str, str], str],
) -> None:
    """Set the student of each hand-in; two people of one name stay two."""
    participants = defaultdict(set)
    written = defaultdict(set)
    for hand_in in hand_ins:
        sender = hand_in.sender
        row = worksheet.get(sender.identifier, {}) if sender.system == "moodle" else {}
        hand_in.full_name, hand_in.email = row.get("name") or sender.name, row.get("email", "")
        if sender.system == "canvas":
            found = known.get(("lms", _key(sender.identifier)))
            hand_in.student = found or slug(sender.identifier)
            continue
        found = known.get(("email", _key(hand_in.email))) if hand_in.email else None
        if found is None and sender.system == "moodle":
            found = known.get(("name", _key(hand_in.full_name)))
        hand_in.student = found or slug(hand_in.email or sender.name)
        if ANONYMOUS.fullmatch(hand_in.full_name) and found is None and not hand_in.email:
            hand_in.student = f"{hand_in.student}-{sender.identifier}"
        participants[hand_in.student].add(sender.identifier)
        if found is None and sender.system != "moodle":
            written[hand_in.student].add(_plainly(sender.name))
    for hand_in in hand_ins:
        numbers = participants[hand_in.student]
        names = written[hand_in.student]
        if len(names) > 1 and hand_in.sender.system not in ("moodle", "canvas"):
            hand_in.notes.append(
                f"{len(names)} names become the id {hand_in.student}: this is "
                f"{_visible(hand_in.sender.name)}. Rename the files"
            )
            digest = hashlib.sha256(_plainly(hand_in.sender.name).encode()).hexdigest()
            hand_in.student = f"{hand_in.student}-{digest[:6]}"
        if len(numbers) > 1 and hand_in.sender.system == "moodle":
            hand_in.notes.append(
                f"{len(numbers)} students are called {hand_in.full_name}: this is participant "
                f"{hand_in.sender.identifier}. Their emails, in Moodle's grading worksheet, would "
                "tell them apart"
            )
            hand_in.student = f"{hand_in.student}-{hand_in.sender.identifier}"


def choose(hand_ins: Iterable[HandIn], assignment: str) -> tuple[list[HandIn], list[HandIn]]:
    """Return each student's last notebook, and all others."""
    by_student = defaultdict(list)
    for hand_in in hand_ins:
        by_student[hand_in.student].append(hand_in)
    kept, aside = [], []
    for all_of_one in by_student.values():
        named = [each for each in all_of_one if _is_called(each.sender.file, assignment)]
        candidates = named
        if not named and len(all_of_one) == 1:
            candidates = all_of_one
            all_of_one[0].notes.append(
                f"{all_of_one[0].sender.file}.ipynb is taken for {assignment}.ipynb"
            )
        last = max(candidates, key=lambda each: each.order) if candidates else None
        if last is not None:
            kept.append(last)
        for each in all_of_one:
            if each is last:
                continue
            aside.append(each)
            if (
                last is not None
                and each in candidates
                and _archive(each) is not None
                and (_archive(each) == _archive(last))
            ):
                each.notes.append(
                    f"{each.origin.source} is put aside: {last.origin.source} is taken. If these "
                    "are several students', unpack the archive into its folder first"
                )
            elif each in candidates:
                each.notes.append(f"{each.origin.source} is not the last; put aside")
            else:
                each.notes.append(f"{each.origin.source} is not called {assignment}; put aside")
    return kept, aside


def _archive(hand_in: HandIn | None) -> str | None:
    """Return the instructor's archive a notebook lay in, if it is not a learning system's."""
    if hand_in is None or hand_in.origin.directly or hand_in.sender.system != "folder":
        return None
    return hand_in.origin.source.partition(".zip: ")[0]


def _is_called(file: str, assignment: str) -> bool:
    return _key(_without_copy(file)) == _key(assignment)


def _without_copy(name: str) -> str:
    """Return a name without what browsers, Canvas and Jupyter put behind it: (1), -1, -Copy1."""
    shorter = COPY.sub("", name)
    return shorter if shorter else name


def _copy_number(name: str) -> int:
    match = COPY.search(name)
    return int(next(filter(None, match.groups()))) if match else 0


def _put_aside(hand_in: HandIn, folder: Path, number: int) -> None:
    target = folder / hand_in.student
    target.mkdir(parents=True, exist_ok=True)
    shutil.copy(hand_in.path, target / f"{number}-{hand_in.path.name}")


def collected(course: Path, assignment: str) -> list[dict[str, Any]]:
    """Return what the collector noted of the files that are graded; nothing if it did not run.

    Parameters
    ----------
    course : Path
    assignment : str
    """
    try:
        record = json.loads((course / "downloaded" / assignment / RECORD).read_text("utf-8"))
        return [each for each in record["hand_ins"] if each.get("kept") and each["student"]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _write_record(
    path: Path, kept: Sequence[HandIn], aside: Sequence[HandIn], problems: Sequence[str]
) -> None:
    entries = [
        {
            "student": each.student,
            "kept": is_kept,
            "system": each.sender.system,
            "identifier": each.sender.identifier,
            "full_name": each.full_name,
            "email": each.email,
            "when": each.when.isoformat(" ") if each.when else None,
            "file": each.origin.source,
            "notes": each.notes,
        }
        for is_kept, group in ((True, kept), (False, aside))
        for each in group
    ]
    text = json.dumps({"hand_ins": entries, "problems": problems}, ensure_ascii=False, indent=1)
    path.write_text(text + "\n", encoding="utf-8")


def _due(gradebook: Gradebook, assignment: str) -> datetime | None:
    try:
        due: datetime | None = gradebook.find_assignment(assignment).duedate
    except MissingEntry:
        return None
    return due


def _files(root: Path) -> Iterator[Path]:
    for folder, _, names in os.walk(root, followlinks=False):
        for name in names:
            yield Path(folder, name)
        # Links to folders are told of, not followed.
    for folder, folders, _ in os.walk(root, followlinks=False):
        yield from (path for path in (Path(folder, name) for name in folders) if path.is_symlink())


def _name(member: zipfile.ZipInfo) -> str:
    """Return a member's name; many programs write UTF-8 without saying so."""
    name = member.orig_filename
    if not member.flag_bits & 0x800:
        try:
            return name.encode("cp437").decode("utf-8")
        except UnicodeError:
            return name
    return name


def _modified(member: zipfile.ZipInfo, otherwise: datetime) -> datetime:
    try:
        return datetime(*member.date_time)
    except ValueError:
        return otherwise


def _harmless(part: str) -> str:
    letters = unicodedata.normalize("NFC", part)
    seen = "".join(each for each in letters if unicodedata.category(each)[0] != "C")
    kept = _shorten(FORBIDDEN.sub("_", seen).strip().rstrip("."))
    return RESERVED.sub(r"\1_", kept)


def _is_hidden(parts: Sequence[str]) -> bool:
    """Say whether a path is what systems leave behind: checkpoints, macOS's other halves."""
    return any(part.startswith((".", "__MACOSX")) for part in parts)


def _shorten(name: str) -> str:
    """Return a name of at most LONGEST_NAME bytes, with its ending."""
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 8:
        stem, suffix = name, ""
    room = LONGEST_NAME - len((dot + suffix).encode()) if suffix else LONGEST_NAME
    if len(stem.encode()) <= room:
        return name
    return stem.encode()[:room].decode(errors="ignore") + (dot + suffix if suffix else "")


def _same(path: Path) -> str:
    """Return what is equal for paths that a file system may take for the same."""
    return unicodedata.normalize("NFC", str(path)).casefold()


def _key_of(sender: Sender) -> tuple[str, ...]:
    return sender.system, sender.name, sender.identifier


def _key(text: str) -> str:
    return unicodedata.normalize("NFC", text).casefold().strip()


def _plainly(name: str) -> str:
    """Return a name as its writer means it: browsers and people put _ for a blank."""
    return " ".join(_key(name).replace("_", " ").split())


def _visible(text: str) -> str:
    return text.encode("unicode_escape").decode() if not text.isprintable() else text


def _mebibytes(size: int) -> str:
    return f"{size / (1 << 20):g} MiB"

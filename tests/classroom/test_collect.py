"""Taking in downloads of learning systems: whose each notebook is, and nothing else gets in."""

from __future__ import annotations

import io
import json
import logging
import os
import random
import stat
import unicodedata
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.apps import ZipCollectApp

from cnncourse.classroom import collect
from cnncourse.classroom import course as courses
from cnncourse.classroom.collect import Refusal, SafeExtractor, recognize, safe_parts, slug

MIB = 1 << 20


def notebook(text: str) -> bytes:
    """Make a notebook that can be told from others."""
    cells = [{"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


def text_of(path: Path) -> str:
    return json.loads(path.read_bytes())["cells"][0]["source"]


def member(name: str, **options: Any) -> zipfile.ZipInfo:
    """Make an entry of an archive as programs write it, or as they should not."""
    info = zipfile.ZipInfo("x", date_time=options.pop("date_time", (2027, 3, 1, 12, 0, 0)))
    info.filename = name
    info.compress_type = zipfile.ZIP_DEFLATED
    for key, value in options.items():
        setattr(info, key, value)
    return info


def archive(path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as written:
        for name, content in members.items():
            written.writestr(member(name) if isinstance(name, str) else name, content)
    return path


def packed(tmp_path: Path, members: dict[str | zipfile.ZipInfo, bytes]) -> bytes:
    return archive(tmp_path / "packed" / "inner.zip", members).read_bytes()


class Download:
    """A course's `downloaded/padding`, and what collecting makes of it."""

    def __init__(self, course: Path) -> None:
        self.course = course
        self.folder = course / "downloaded" / "padding"
        self.archive = self.folder / "archive"
        self.archive.mkdir(parents=True)

    def collect(self, *arguments: str) -> dict[str, str]:
        """Return what was collected: from the student to the notebook's text."""
        app = ZipCollectApp()
        app.initialize(["padding", "--log-level=ERROR", *arguments])
        app.start()
        return self.submitted()

    def submitted(self) -> dict[str, str]:
        paths = sorted(self.course.glob("submitted/*/padding/padding.ipynb"))
        return {path.parts[-3]: text_of(path) for path in paths}

    def timestamp(self, student: str) -> str | None:
        path = self.course / "submitted" / student / "padding" / "timestamp.txt"
        return path.read_text() if path.exists() else None

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.folder / "collected.json").read_text(encoding="utf-8"))

    @property
    def problems(self) -> str:
        return "\n".join(self.record["problems"])

    @property
    def notes(self) -> str:
        return "\n".join(note for each in self.record["hand_ins"] for note in each["notes"])


@pytest.fixture(scope="module")
def empty_gradebook(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with courses.alembic_in_path(), Gradebook(f"sqlite:///{path}"):
        return path.read_bytes()


@pytest.fixture
def download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, empty_gradebook: bytes) -> Download:
    course = tmp_path / "course"
    release = course / "release" / "padding" / "padding.ipynb"
    release.parent.mkdir(parents=True)
    release.write_bytes(notebook("released"))
    (course / courses.CONFIG_FILE).write_text(courses.CONFIG)
    (course / "gradebook.db").write_bytes(empty_gradebook)
    monkeypatch.chdir(course)
    return Download(course)


def set_due(course: Path, when: str) -> None:
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        gradebook.update_or_create_assignment("padding", duedate=when)


def test_moodles_folders_of_students_in_all_alphabets(download):
    names = ["Anna Müller", "Анна Ли", "李安娜", "हिन्दी शर्मा", "مریم حسینی", "O'Neil_van der Berg"]
    members = {
        f"{name}_{number}_assignsubmission_file_/padding.ipynb": notebook(name)
        for number, name in enumerate(names, 101)
    }
    members["Zoë_107_assignsubmission_file/padding.ipynb"] = notebook("Zoë")
    archive(download.archive / "CNN-Padding-55.zip", members)
    found = download.collect()
    assert sorted(found.values()) == sorted([*names, "Zoë"])
    assert {"Anna_Müller", "李安娜", "हिन्दी_शर्मा", "O_Neil_van_der_Berg", "Zoë"} <= set(found)
    assert found["Анна_Ли"] == "Анна Ли"
    assert not download.problems


def test_moodles_files_without_folders_and_an_online_text(download):
    archive(
        download.archive / "CNN-Padding-55.zip",
        {
            "Anna Li_101_assignsubmission_file_padding.ipynb": notebook("anna"),
            "Bo Ek_102_assignsubmission_file_Padding (1).ipynb": notebook("bo"),
            "Bo Ek_102_assignsubmission_onlinetext_.html": b"<script>alert(1)</script>",
        },
    )
    assert download.collect() == {"Anna_Li": "anna", "Bo_Ek": "bo"}
    assert not list(download.course.rglob("*.html"))


def test_names_in_utf_8_that_the_zip_does_not_call_so(download):
    name = "Жанна Ц_9_assignsubmission_file_/padding.ipynb"
    path = archive(download.archive / "all.zip", {name: notebook("ж")})
    content = bytearray(path.read_bytes())
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset + 1] &= ~0x08
    path.write_bytes(content)
    assert download.collect() == {"Жанна_Ц": "ж"}


def test_moodles_worksheet_tells_emails_and_times(download):
    set_due(download.course, "2027-03-14 22:00:00")
    archive(
        download.archive / "all.zip",
        {
            "Anna Li_101_assignsubmission_file_/padding.ipynb": notebook("first anna"),
            "Anna Li_102_assignsubmission_file_/padding.ipynb": notebook("second anna"),
            "Bo Ek_103_assignsubmission_file_/padding.ipynb": notebook("bo"),
        },
    )
    (download.archive / "Grades-CNN-Padding-55.csv").write_text(
        "\ufeffIdentifier,Full name,Email address,Status,Grade,"
        '"Last modified (submission)","Last modified (grade)"\n'
        'Participant 101,Anna Li,anna.li@example.org,,,"Sunday, 14 March 2027, 11:05 PM",-\n'
        'Participant 102,Anna Li,li.anna@example.org,,,"Sunday, 14 March 2027, 10:05 PM",-\n'
        "Participant 103,Bo Ek,bo@example.org,,,am Sonntag vielleicht,-\n",
        encoding="utf-8",
    )
    found = download.collect("--Collector.time_zone=Europe/Berlin")
    assert found == {
        "anna.li@example.org": "first anna",
        "li.anna@example.org": "second anna",
        "bo@example.org": "bo",
    }
    assert download.timestamp("anna.li@example.org") == "2027-03-14 22:05:00"  # Berlin is ahead
    assert download.timestamp("li.anna@example.org") == "2027-03-14 21:05:00"
    assert download.timestamp("bo@example.org") is None
    assert "am Sonntag vielleicht" in download.notes


def test_two_students_of_one_name_stay_two(download):
    archive(
        download.archive / "all.zip",
        {
            "Anna Li_101_assignsubmission_file_/padding.ipynb": notebook("first"),
            "Anna Li_102_assignsubmission_file_/padding.ipynb": notebook("second"),
        },
    )
    assert download.collect() == {"Anna_Li-101": "first", "Anna_Li-102": "second"}
    assert "2 students are called Anna Li" in download.notes


def test_canvas_with_numbers_lateness_and_copies(download):
    set_due(download.course, "2027-03-14 22:00:00")
    archive(
        download.archive / "submissions.zip",
        {
            "liannamaria_204_9001_padding.ipynb": notebook("anna"),
            "ek_bo_LATE_205_9002_padding-1.ipynb": notebook("bo"),
            "李安娜_206_9003_Padding.ipynb": notebook("li"),
            "anon_x1Y2z_9004_padding.ipynb": notebook("nobody"),
            "LATE_anon_Zz9aa_9005_padding-2.ipynb": notebook("late nobody"),
        },
    )
    assert download.collect() == {
        "204": "anna",
        "205": "bo",
        "206": "li",
        "anon_x1Y2z": "nobody",
        "anon_Zz9aa": "late nobody",
    }
    assert download.timestamp("204") is None
    assert download.timestamp("205") == "2027-03-14 22:00:01"  # by how much, Canvas does not say
    assert download.timestamp("anon_Zz9aa") == "2027-03-14 22:00:01"


def test_canvas_says_late_but_nobody_set_a_due_date(download):
    archive(download.archive / "s.zip", {"ekbo_LATE_205_9002_padding.ipynb": notebook("bo")})
    assert download.collect() == {"205": "bo"}
    assert download.timestamp("205") is None
    assert "no due date in the gradebook" in download.notes


def test_the_rosters_ids_are_used(download):
    with Gradebook(f"sqlite:///{download.course}/gradebook.db") as gradebook:
        gradebook.add_student("anna7", lms_user_id="204")
        gradebook.add_student("bo8", first_name="Bo", last_name="Ek")
    archive(download.archive / "canvas.zip", {"lianna_204_1_padding.ipynb": notebook("anna")})
    path = "BO EK_33_assignsubmission_file_/padding.ipynb"
    archive(download.archive / "moodle.zip", {path: notebook("bo")})
    assert download.collect() == {"anna7": "anna", "bo8": "bo"}


def test_a_folder_of_files_and_of_zips(download, tmp_path):
    (download.archive / "anna_padding.ipynb").write_bytes(notebook("anna"))
    (download.archive / "bo").mkdir()
    (download.archive / "bo" / "padding.ipynb").write_bytes(notebook("bo"))
    (download.archive / "bo" / "timestamp.txt").write_text("2027-03-01 10:00:00 UTC")
    archive(download.archive / "group-a" / "cleo.zip", {"padding/padding.ipynb": notebook("cleo")})
    archive(download.archive / "dan.zip", {"mine.ipynb": notebook("dan")})
    inner = packed(tmp_path, {"padding.ipynb": notebook("eve")})
    archive(download.archive / "eve.zip", {"padding.zip": inner})
    found = download.collect()
    assert found == {name: name for name in ("anna", "bo", "cleo", "dan", "eve")}
    assert download.timestamp("bo") == "2027-03-01 10:00:00"
    assert "mine.ipynb is taken for padding.ipynb" in download.notes


def test_blackboards_names(download):
    name = "Padding_annali_attempt_2027-03-01-15-00-00_padding.ipynb"
    (download.archive / name).write_bytes(notebook("anna"))
    assert download.collect("--Collector.time_zone=UTC") == {"annali": "anna"}
    assert download.timestamp("annali") == "2027-03-01 15:00:00"


def test_a_pattern_of_your_own(download):
    (download.archive / "hw3--anna--20270301T1500--padding.ipynb").write_bytes(notebook("anna"))
    (download.archive / "unknown.ipynb").write_bytes(notebook("?"))
    pattern = r".*hw3--(?P<student_id>\w+)--(?P<timestamp>\w+)--(?P<file_id>\w+)"
    assert download.collect(f"--Collector.named_regexp={pattern}") == {"anna": "anna"}
    assert download.timestamp("anna") == "2027-03-01 15:00:00"
    assert "unknown.ipynb: its name does not say whose it is" in download.problems


def test_the_same_student_twice_the_latest_is_kept_and_the_earlier_put_aside(download):
    early, late = (2027, 3, 1, 9, 0, 0), (2027, 3, 2, 9, 0, 0)
    path = "Anna Li_101_assignsubmission_file_/padding.ipynb"
    archive(download.archive / "b.zip", {member(path, date_time=early): notebook("early")})
    archive(download.archive / "a.zip", {member(path, date_time=late): notebook("late")})
    names = {number: f"ekbo_205_{number}_padding-{number}.ipynb" for number in (9, 10)}
    members = {name: notebook(str(number)) for number, name in names.items()}
    archive(download.archive / "canvas.zip", members)
    assert download.collect() == {"Anna_Li": "late", "205": "10"}
    aside = sorted(download.folder.glob("earlier/*/*.ipynb"))
    assert [path.parent.name for path in aside] == ["205", "Anna_Li"]
    assert text_of(aside[1]) == "early"
    assert "is not the last; put aside" in download.notes
    kept = [each["kept"] for each in download.record["hand_ins"] if each["student"] == "205"]
    assert sorted(kept) == [False, True]


def test_collecting_again_with_one_more_archive(download):
    archive(download.archive / "a.zip", {"lia_1_10_padding.ipynb": notebook("first")})
    assert download.collect() == {"1": "first"}
    archive(download.archive / "b.zip", {"lia_1_11_padding.ipynb": notebook("second")})
    assert download.collect("--force") == {"1": "second"}
    assert len(list(download.folder.glob("earlier/*/*.ipynb"))) == 1


def test_several_notebooks_of_one_student(download):
    folder = "Anna Li_101_assignsubmission_file_"
    archive(
        download.archive / "all.zip",
        {
            f"{folder}/padding.ipynb": notebook("the one"),
            f"{folder}/scratch.ipynb": notebook("scratch"),
            "Bo Ek_102_assignsubmission_file_/one.ipynb": notebook("1"),
            "Bo Ek_102_assignsubmission_file_/two.ipynb": notebook("2"),
        },
    )
    assert download.collect() == {"Anna_Li": "the one"}
    assert "scratch.ipynb is not called padding; put aside" in download.notes
    assert download.notes.count("is not called padding") == 3


def test_a_zip_of_several_students_by_no_known_system_is_told_of(download):
    archive(
        download.archive / "all.zip",
        {"anna/padding.ipynb": notebook("anna"), "bo/padding.ipynb": notebook("bo")},
    )
    assert len(download.collect()) == 1
    assert "unpack the archive into its folder first" in download.notes


def test_nobody_hands_in_for_another(download, tmp_path):
    stolen = {
        "bo_padding.ipynb": notebook("stolen"),
        "bo/padding.ipynb": notebook("stolen"),
        "Bo Ek_102_assignsubmission_file_/padding.ipynb": notebook("stolen"),
        "timestamp.txt": b"2000-01-01 00:00:00 UTC",
        "padding.ipynb": notebook("anna"),
    }
    archive(
        download.archive / "all.zip",
        {
            "Anna Li_101_assignsubmission_file_/work.zip": packed(tmp_path, stolen),
            "Bo Ek_102_assignsubmission_file_/padding.ipynb": notebook("bo"),
        },
    )
    found = download.collect()
    assert set(found) == {"Anna_Li", "Bo_Ek"}
    assert found["Bo_Ek"] == "bo"
    assert download.timestamp("Anna_Li") is None


def test_nobody_hands_in_for_another_from_a_zip_of_his_own(download):
    stolen = {"ekbo_205_9999_padding.ipynb": notebook("anna")}
    archive(download.archive / "anna.zip", stolen)
    assert download.collect("--Collector.system=folder") == {"anna": "anna"}


def test_names_deep_in_a_students_archive_say_nothing():
    deep = ["anna", "x", "Bo Ek_102_assignsubmission_file_", "padding.ipynb"]
    assert recognize(deep, "padding", outside=1).name == "anna"
    assert recognize(deep, "padding", outside=2).name == "Bo Ek"
    assert recognize(["anna", "x", "bo_padding.ipynb"], "padding", outside=1).name == "anna"


def a_zip_that_is_encrypted(tmp_path: Path) -> bytes:
    content = bytearray(packed(tmp_path, {"padding.ipynb": notebook("secret")}))
    for signature, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(signature) + offset] |= 1
    return bytes(content)


def a_zip_that_lies_about_its_size(tmp_path: Path) -> bytes:
    content = bytearray(packed(tmp_path, {"padding.ipynb": b" " * (3 * MIB)}))
    for signature, offset in ((b"PK\3\4", 22), (b"PK\1\2", 24)):
        start = content.index(signature) + offset
        content[start : start + 4] = (1000).to_bytes(4, "little")
    return bytes(content)


def a_damaged_zip(tmp_path: Path) -> bytes:
    content = bytearray(packed(tmp_path, {"padding.ipynb": notebook("x" * 5000)}))
    content[60] ^= 0xFF
    return bytes(content)


LINK = member("padding.ipynb", external_attr=(stat.S_IFLNK | 0o777) << 16, create_system=3)
DEVICE = member("padding.ipynb", external_attr=(stat.S_IFCHR | 0o666) << 16, create_system=3)
OUT = notebook("out")

HOSTILE = {
    "a link": (lambda tmp: packed(tmp, {LINK: b"/etc/passwd"}), "a link or no plain file"),
    "a device": (lambda tmp: packed(tmp, {DEVICE: b""}), "a link or no plain file"),
    "up": (lambda tmp: packed(tmp, {"../../../out.ipynb": OUT}), "leads out of the folder"),
    "deep up": (lambda tmp: packed(tmp, {"a/../../out.ipynb": OUT}), "leads out of the folder"),
    "absolute": (lambda tmp: packed(tmp, {"/tmp/out.ipynb": OUT}), "leads out of the folder"),
    "drive": (lambda tmp: packed(tmp, {"C:/out.ipynb": OUT}), "leads out of the folder"),
    "backslashes": (lambda tmp: packed(tmp, {"..\\..\\out.ipynb": OUT}), "leads out of the folder"),
    "encrypted": (a_zip_that_is_encrypted, "it is encrypted"),
    "ratio": (lambda tmp: packed(tmp, {"padding.ipynb": b" " * (8 * MIB)}), "a zip bomb"),
    "lies": (a_zip_that_lies_about_its_size, "it is damaged"),
    "damaged": (a_damaged_zip, "it is damaged"),
    "no zip": (lambda tmp: b"PK but not really", "it is no readable zip"),
    "empty": (lambda tmp: b"", "it is no readable zip"),
    "bzip2": (
        lambda tmp: packed(tmp, {member("padding.ipynb", compress_type=zipfile.ZIP_BZIP2): OUT}),
        "packed in an unusual way",
    ),
    "matryoshka": (
        lambda tmp: packed(
            tmp, {"b.zip": packed(tmp, {"c.zip": packed(tmp, {"padding.ipynb": OUT})})}
        ),
        "archives lie more than",
    ),
    "too deep": (lambda tmp: packed(tmp, {"a/" * 40 + "padding.ipynb": OUT}), "too deep"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_is_refused_and_the_others_are_collected(download, tmp_path, name):
    make, reason = HOSTILE[name]
    before = {path for path in tmp_path.rglob("*") if download.folder not in path.parents}
    content = make(tmp_path)
    archive(
        download.archive / "all.zip",
        {
            "Eve_1_assignsubmission_file_/work.zip": content,
            "Bo_2_assignsubmission_file_/padding.ipynb": notebook("bo"),
        },
    )
    assert download.collect() == {"Bo": "bo"}
    assert reason in download.problems
    assert "Eve_1_assignsubmission_file_/work.zip" in download.problems
    inside = ("packed", "submitted", "gradebook.db")
    after = {path for path in tmp_path.rglob("*") if download.folder not in path.parents}
    assert not [path for path in after - before if not set(path.parts) & set(inside)]
    assert not Path("/tmp/out.ipynb").exists()


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_archive_of_the_instructors_own_folder_is_refused(download, tmp_path, name):
    make, reason = HOSTILE[name]
    if name == "matryoshka":
        content = packed(tmp_path, {"a.zip": make(tmp_path)})
    else:
        content = make(tmp_path)
    (download.archive / "eve.zip").write_bytes(content)
    (download.archive / "bo_padding.ipynb").write_bytes(notebook("bo"))
    assert download.collect() == {"bo": "bo"}
    assert reason in download.problems


def test_many_small_files_are_a_bomb_too(download, tmp_path):
    blown = {f"{number}.ipynb": os.urandom(1000) * 200 for number in range(40)}
    archive(
        download.archive / "all.zip",
        {
            "Eve_1_assignsubmission_file_/work.zip": packed(tmp_path, blown),
            "Bo_2_assignsubmission_file_/padding.ipynb": notebook("bo"),
        },
    )
    found = download.collect(f"--SafeExtractor.max_student_archive={4 * MIB}")
    assert found == {"Bo": "bo"}
    assert "it unpacks to more than it may: a zip bomb" in download.problems
    extracted = sum(path.stat().st_size for path in download.folder.rglob("*.ipynb"))
    assert extracted < 10 * MIB


def test_too_many_files(download):
    members = {f"{number}.ipynb": notebook("x") for number in range(30)}
    archive(download.archive / "eve.zip", members)
    assert download.collect("--SafeExtractor.max_members=20") == {}
    assert "it has 30 files, more than 20" in download.problems


def test_a_notebook_that_is_too_large(download):
    (download.archive / "eve_padding.ipynb").write_bytes(notebook("x" * 2000))
    archive(download.archive / "dan.zip", {"padding.ipynb": os.urandom(2000)})
    assert download.collect("--SafeExtractor.max_file=1000") == {}
    assert download.problems.count("MiB") == 2


def test_links_pipes_and_other_archives_in_the_folder_itself(download, tmp_path):
    secret = tmp_path / "secret.ipynb"
    secret.write_bytes(notebook("secret"))
    (download.archive / "eve_padding.ipynb").symlink_to(secret)
    (download.archive / "linked").symlink_to(tmp_path)
    os.mkfifo(download.archive / "dan_padding.ipynb")
    (download.archive / "bo.tar.gz").write_bytes(b"...")
    assert download.collect() == {}
    assert download.problems.count("a link or no plain file") == 3
    assert "bo.tar.gz: only .zip archives and .ipynb notebooks" in download.problems


def bad_utf8(tmp_path: Path) -> bytes:
    """A name that says it is UTF-8, and is not, in the file's own header only."""
    content = bytearray(packed(tmp_path, {"é.ipynb": notebook("x")}))
    content[30] = 0xFF
    return bytes(content)


def before_the_beginning(tmp_path: Path) -> bytes:
    """A table of contents that is longer than the archive says: its files begin before byte 0."""
    content = bytearray(packed(tmp_path, {"padding.ipynb": notebook("x")}))
    end = content.index(b"PK\5\6")
    content[end + 16 : end + 20] = (len(content) * 2).to_bytes(4, "little")
    return bytes(content)


@pytest.mark.parametrize("make", [bad_utf8, before_the_beginning])
def test_what_zipfile_stumbles_over_stops_nobody_else(download, tmp_path, make):
    for name in ("Eve_1_assignsubmission_file_/work.zip", "eve.zip"):
        content = make(tmp_path)
        if name == "eve.zip":
            (download.archive / name).write_bytes(content)
        else:
            archive(download.archive / "all.zip", {name: content})
    (download.archive / "bo_padding.ipynb").write_bytes(notebook("bo"))
    assert download.collect() == {"bo": "bo"}
    assert len(download.record["problems"]) == 2


def test_random_damage_to_a_zip_stops_nobody_else(tmp_path):
    whole = packed(tmp_path, {"é/padding.ipynb": notebook("x" * 200), "b.ipynb": notebook("y")})
    headers = [place for place in range(len(whole)) if whole[place : place + 2] == b"PK"]
    draw = random.Random(0)
    for number in range(300):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            place = draw.choice(headers) + draw.randint(4, 46)
            content[min(place, len(content) - 1)] = draw.choice([0, 1, 8, 0x7F, 0x80, 0xFF])
        folders = [tmp_path / f"{number}" / name for name in ("archive", "extracted")]
        for folder in folders:
            folder.mkdir(parents=True)
        (folders[0] / "eve.zip").write_bytes(content[: draw.choice([None, len(content) // 2])])
        SafeExtractor(log=logging.getLogger("quiet")).extract(*map(str, folders))


def test_a_folder_that_is_called_as_a_notebook_is(download):
    for student, names in {
        "Anna_1": ["padding.ipynb", "padding.ipynb/padding.ipynb"],
        "Bo_2": ["padding.ipynb/x.ipynb", "padding.ipynb"],
    }.items():
        members = {f"{student}_assignsubmission_file_/{name}": notebook(name) for name in names}
        archive(download.archive / f"{student}.zip", members)
    assert set(download.collect()) == {"Anna", "Bo"}


def test_the_ending_may_be_written_in_capitals(download):
    (download.archive / "anna_padding.IPYNB").write_bytes(notebook("anna"))
    archive(download.archive / "c.zip", {"lia_1_10_padding.Ipynb": notebook("lia")})
    assert download.collect() == {"anna": "anna", "1": "lia"}


def test_what_systems_leave_behind_is_nobodys(download):
    folder = download.archive / "anna"
    (folder / ".ipynb_checkpoints").mkdir(parents=True)
    (folder / "padding.ipynb").write_bytes(notebook("anna"))
    (folder / ".ipynb_checkpoints" / "padding-checkpoint.ipynb").write_bytes(notebook("old"))
    (download.archive / "._bo_padding.ipynb").write_bytes(b"\0\5\x16\7")
    (download.archive / ".DS_Store").write_bytes(b"")
    (download.archive / "__MACOSX").mkdir()
    (download.archive / "__MACOSX" / "cleo_padding.ipynb").write_bytes(b"")
    assert download.collect() == {"anna": "anna"}
    assert not download.problems
    assert not download.notes


def test_a_thousand_files_of_one_name_do_not_take_for_ever(tmp_path, monkeypatch):
    compared = []
    same = collect._same
    monkeypatch.setattr(collect, "_same", lambda path: compared.append(path) or same(path))
    for name in ("archive", "extracted"):
        (tmp_path / name).mkdir()
    members = {member("padding.ipynb"): b"{}" for _ in range(1000)}
    with pytest.warns(UserWarning, match="Duplicate name"):
        archive(tmp_path / "archive" / "eve.zip", members)
    extractor = SafeExtractor(log=logging.getLogger("quiet"))
    extractor.extract(str(tmp_path / "archive"), str(tmp_path / "extracted"))
    assert len(extractor.found) == 1000
    assert len(compared) < 10_000


def test_many_empty_files_count_as_what_they_take_on_a_disk(download, tmp_path):
    content = packed(tmp_path, {f"{number}.ipynb": b"" for number in range(200)})
    archive(download.archive / "m.zip", {"Eve_1_assignsubmission_file_/work.zip": content})
    download.collect(f"--SafeExtractor.max_student_archive={100 * 4096}")
    assert len(list((download.folder / "extracted").rglob("*.ipynb"))) == 100
    assert "a zip bomb" in download.problems


def test_a_long_table_of_contents_is_not_read(tmp_path):
    content = packed(tmp_path, {f"{'x' * 200}{number}": b"" for number in range(3000)})
    with pytest.raises(Refusal, match="table of contents"):
        SafeExtractor(max_members=1000)._unpack(io.BytesIO(content), tmp_path, (), None, [0], 0)


def test_an_archive_full_of_what_is_refused_does_not_hide_other_messages(download, tmp_path):
    content = packed(tmp_path, {f"../{number}.ipynb": b"" for number in range(50)})
    archive(download.archive / "m.zip", {"Eve_1_assignsubmission_file_/work.zip": content})
    download.collect()
    assert len(download.record["problems"]) == 21
    assert "30 more of its files" in download.problems


def test_who_sent_something_else_is_told_of(download, tmp_path):
    no_notebook = packed(tmp_path, {"padding.py": b"", "notes/": b""})
    archive(
        download.archive / "moodle.zip",
        {
            "Anna Li_101_assignsubmission_file_/padding.ipynb": notebook("anna"),
            "Anna Li_101_assignsubmission_file_/plot.png": b"",
            "Bo Ek_102_assignsubmission_file_/padding.py": b"",
            "Cleo_103_assignsubmission_onlinetext_/onlinetext.html": b"",
            "Dan_104_assignsubmission_file_/work.zip": no_notebook,
        },
    )
    archive(download.archive / "canvas.zip", {"liadan_204_9001_padding.7z": b""})
    assert download.collect() == {"Anna_Li": "anna"}
    assert len(download.record["problems"]) == 4
    for name in ("/padding.py", "onlinetext.html", "padding.7z", "work.zip"):
        assert f"{name}: it is no notebook, and its sender sent none" in download.problems


def test_names_in_an_archive_do_not_write_on_the_terminal(download, caplog):
    path = "Eve_1_assignsubmission_file_/\x1b[2J\u202ex.ipynb"
    archive(
        download.archive / "m.zip",
        {path: notebook("1"), "Eve_1_assignsubmission_file_/padding.ipynb": notebook("2")},
    )
    assert download.collect() == {"Eve": "2"}
    assert "\x1b" not in download.notes
    assert "\u202e" not in download.notes
    assert "\\x1b[2J" in download.notes


def test_names_of_which_no_letter_can_be_an_id_stay_apart(download):
    for name, text in {
        "\U0001f600": "one",
        "\U0001f409": "two",
        "Bo Ek": "3",
        "Bo_Ek": "4",
    }.items():
        (download.archive / name).mkdir()
        (download.archive / name / "padding.ipynb").write_bytes(notebook(text))
    found = download.collect()
    assert sorted(found.values()) == ["4", "one", "two"]  # Bo is one: some programs write _
    assert "Bo_Ek" in found
    assert download.notes.count("2 names become the id student") == 2


def test_moodles_blind_marking_keeps_its_numbers(download):
    path = "Participant_{}_assignsubmission_file_/padding.ipynb"
    archive(download.archive / "m.zip", {path.format(101): notebook("1")})
    assert download.collect() == {"Participant-101": "1"}
    assert not download.notes
    archive(download.archive / "m.zip", {path.format(id): notebook(str(id)) for id in (101, 102)})
    found = download.collect("--force")
    assert found == {"Participant-101": "101", "Participant-102": "102"}


def test_windows_devices_are_no_names_of_files():
    assert safe_parts("nul/Aux.ipynb") == ("nul_", "Aux_.ipynb")
    assert safe_parts("Connor/com.ipynb") == ("Connor", "com.ipynb")


def test_names_that_only_some_file_systems_tell_apart(download):
    composed = unicodedata.normalize("NFC", "é")
    decomposed = unicodedata.normalize("NFD", "é")
    archive(
        download.archive / "all.zip",
        {
            f"Zo{composed}_1_assignsubmission_file_/padding.ipynb": notebook("first"),
            f"Zo{decomposed}_1_assignsubmission_file_/PADDING.ipynb": notebook("second"),
        },
    )
    assert list(download.collect()) == [f"Zo{composed}"]
    assert len(list(download.folder.glob("earlier/*/*.ipynb"))) == 1


def test_very_long_names(download):
    name = "Ж" * 400
    path = f"{name}_1_assignsubmission_file_/{name}.ipynb"
    archive(download.archive / "all.zip", {path: notebook("long")})
    # Too long for any file system: the name is cut, and with it the words that say whose it is.
    download.collect()
    assert len(download.record["hand_ins"]) == 1


def test_nothing_there(download):
    assert download.collect() == {}


@given(st.text(alphabet="ab./\\:\0\u202e* \n~Ж", max_size=30))
def test_no_name_leads_out_of_its_folder(name):
    try:
        parts = safe_parts(name)
    except Refusal:
        return
    assert not PurePosixPath(*parts).is_absolute() if parts else True
    for part in parts:
        assert part not in ("", ".", "..")
        assert not set("/\\:\0\u202e*\n") & set(part)


@given(st.text(max_size=300))
def test_every_name_gives_an_id_that_nbgrader_can_use(name):
    made = slug(name)
    assert made
    assert len(made.encode()) <= 120
    assert not made.startswith((".", "-", "@"))
    assert not set("/\\*?[]{}+,:;'\" \n") & set(made)
    assert slug(made) == made


def test_times_of_zips_are_not_taken_for_times_of_hand_ins(download):
    set_due(download.course, "2020-01-01 00:00:00")
    archive(download.archive / "c.zip", {"lia_1_10_padding.ipynb": notebook("in time")})
    path = "Bo_2_assignsubmission_file_/padding.ipynb"
    archive(download.archive / "m.zip", {path: notebook("in time")})
    assert download.collect() == {"1": "in time", "Bo": "in time"}
    assert download.timestamp("1") is None
    assert download.timestamp("Bo") is None

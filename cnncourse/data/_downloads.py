"""Fetch the files of a data set: checked, continued where they broke off, one process at a time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PATIENCE = (10, 60)  # seconds to wait for a connection, and for the next bytes
PIECE = 1 << 16  # bytes written at a time
ATTEMPTS = 5  # at one address


class DataError(OSError):
    """A data set can be neither read nor fetched; the message says what to do."""


@dataclass(frozen=True)
class Source:
    """A file as its publisher offers it: name, length in bytes, SHA-256, and addresses to try."""

    name: str
    size: int
    sha256: str
    addresses: tuple[str, ...]


def cache_folder() -> Path:
    """Name the folder in which downloaded data sets are kept.

    Returns
    -------
    pathlib.Path
        The folder that the environment variable ``CNNCOURSE_DATA`` names; without it, the place
        where this operating system keeps a user's caches. It need not exist yet.

    Examples
    --------
    >>> isinstance(cache_folder(), Path)
    True
    """
    named = os.environ.get("CNNCOURSE_DATA")
    if named:
        return Path(named).expanduser()
    import pooch

    return Path(pooch.os_cache("cnncourse"))


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Let one process at a time work in the folder; the others wait.

    Where the system has no such locks (Windows without WSL), all go on at once: a file may then be
    fetched twice, but a damaged one is still refused, because every file is checked by its hash
    and put in its place in one step.

    Raises
    ------
    DataError
        If the folder can be neither made nor written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / f".writable-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as problem:
        raise DataError(
            f"The folder {folder} cannot be written to ({problem.strerror}). Name another one in "
            "the environment variable CNNCOURSE_DATA."
        ) from problem
    try:
        import fcntl
    except ImportError:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def fetch(source: Source, folder: Path) -> Path:
    """Bring a file into the folder, unless it is there already.

    What arrives is kept as ``NAME.part`` until the file is complete, and a later call continues
    it. A complete file is put in its place only if its hash is right, and thrown away otherwise.

    Parameters
    ----------
    source
        The file to bring. A file of that name in the folder is taken if its hash is right.
    folder
        Where to put it.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    DataError
        If no address gave the file. The message lists what happened at each.
    """
    import pooch

    part = folder / f"{source.name}.part"
    problems = []
    for address in source.addresses:
        for _ in range(ATTEMPTS):
            before = _length(part)
            try:
                found = pooch.retrieve(
                    address,
                    f"sha256:{source.sha256}",
                    fname=source.name,
                    path=folder,
                    downloader=_Continue(source, part),
                )
                return Path(found)
            except (OSError, ValueError) as problem:
                happened = _reason(source, problem)
            more_arrived = _length(part) > before
            another_file_was_continued = before > 0 and not part.exists()
            if not (more_arrived or another_file_was_continued):
                break
        problems.append(f"  {address}: {happened}")
    kept = _length(part)
    advice = (
        f"{kept:,} of {source.size:,} bytes are kept; call again to continue."
        if kept
        else "Check the connection to the internet and call again."
    )
    raise DataError(
        f"The file {source.name} could not be fetched.\n" + "\n".join(problems) + f"\n{advice} "
        f"Or get it by other means and put it into {folder}: a file that is there is not fetched."
    )


class _Continue:
    """A downloader for pooch that asks only for the bytes that are still missing."""

    def __init__(self, source: Source, part: Path) -> None:
        self.source = source
        self.part = part

    def __call__(self, url: str, output_file: str, pooch: Any) -> None:
        from pooch import HTTPDownloader
        from tqdm.auto import tqdm

        if _length(self.part) > self.source.size:
            self.part.unlink()
        have = _length(self.part)
        if have < self.source.size:
            # A server that packs the file once more would make lengths and ranges meaningless.
            headers = {"Accept-Encoding": "identity"}
            if have:
                headers["Range"] = f"bytes={have}-"
            bar = tqdm(
                total=self.source.size,
                desc=self.source.name,
                unit="B",
                unit_scale=True,
                leave=False,
            )
            with self.part.open("ab") as file, bar:
                download = HTTPDownloader(
                    progressbar=bar,
                    chunk_size=PIECE,
                    timeout=PATIENCE,
                    headers=headers,
                    hooks={"response": lambda answer, **_: self._examine(answer, file, have)},
                )
                download(url, file, pooch)
        if _length(self.part) < self.source.size:
            raise OSError("the connection broke off")
        self.part.replace(output_file)

    def _examine(self, answer: Any, file: Any, have: int) -> None:
        """Refuse a file of another length at once; start over where a server sends all of it."""
        if answer.is_redirect or not answer.ok:
            return
        continues = answer.status_code == 206
        if continues and not answer.headers.get("content-range", "").startswith(f"bytes {have}-"):
            raise OSError("the server sent another range than the one asked for")
        start = have if continues else 0
        length = answer.headers.get("content-length")
        if length is not None and start + int(length) != self.source.size:
            raise OSError(
                f"the server offers {start + int(length):,} bytes, the file has "
                f"{self.source.size:,} (does this network ask you to log in first?)"
            )
        if not continues:
            file.truncate(0)


def _length(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _reason(source: Source, problem: Exception) -> str:
    """Say in a few words what happened, without the inner names of libraries."""
    status = getattr(getattr(problem, "response", None), "status_code", None)
    if status is not None:
        return f"the server answered {status}"
    if isinstance(problem, ValueError):
        return (
            f"what arrived is not the file (its SHA-256 is not {source.sha256[:12]}…), and was "
            "thrown away"
        )
    kind = type(problem).__name__
    if "Timeout" in kind:
        return "no answer in time"
    if "ConnectionError" in kind:
        return "no connection"
    if kind == "ChunkedEncodingError":
        return "the connection broke off"
    return str(problem) or kind

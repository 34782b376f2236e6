"""Fetching data sets: a server on this machine offers tiny ones, whole, broken and altered."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import pickle
import struct
import subprocess
import sys
import tarfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cnncourse.data import _downloads, cache_folder, cifar10, fashion_mnist, is_cached, mnist
from cnncourse.data._archives import read_cifar10, read_idx
from cnncourse.data._datasets import (
    CIFAR10,
    DATA_SETS,
    MNIST,
    DataSet,
    _decode_cifar10,
    in_order_of_hash,
    load,
)
from cnncourse.data._downloads import DataError, Source, alone, fetch

CACHED = [name for name in DATA_SETS if is_cached(name)]


class Server:
    """Offers `files`; can cut every answer short, forget ranges, be slow, or break off."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str | None]] = []
        self.at_most: int | None = None
        self.knows_ranges = True
        self.honest_ranges = True
        self.delay = 0.0
        self.tells_length = True
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.answer(self)

            def log_message(self, *arguments: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()

    def address(self, name: str) -> str:
        return f"http://127.0.0.1:{self.http.server_port}/{name}"

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        name = request.path.lstrip("/")
        wanted = request.headers.get("Range")
        self.asked.append((name, wanted))
        if name.startswith("moved-"):
            request.send_response(302)
            request.send_header("Location", self.address(name.removeprefix("moved-")))
            request.end_headers()
            return
        if name not in self.files:
            request.send_error(404)
            return
        content, start = self.files[name], 0
        if wanted and self.knows_ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            request.send_response(206)
            said = start if self.honest_ranges else start + 1
            request.send_header("Content-Range", f"bytes {said}-{len(content) - 1}/{len(content)}")
        else:
            request.send_response(200)
        if self.tells_length:
            request.send_header("Content-Length", str(len(content) - start))
        request.end_headers()
        time.sleep(self.delay)
        request.wfile.write(content[start:][: self.at_most])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(_downloads, "PIECE", 100)  # a piece that breaks off is lost: small ones
    started = Server()
    yield started
    started.http.shutdown()
    started.http.server_close()


def offer(server: Server, name: str, content: bytes) -> Source:
    """Put a file on the server and describe it as its publisher would."""
    server.files[name] = content
    digest = hashlib.sha256(content).hexdigest()
    return Source(name, len(content), digest, (server.address(name),))


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob("*"))


def packed(content: bytes) -> bytes:
    """Compress without the time of day, so that tests have the same names in every process."""
    return gzip.compress(content, mtime=0)


def idx(values: np.ndarray) -> bytes:
    """Write what `read_idx` reads."""
    sizes = struct.pack(f">{values.ndim}I", *values.shape)
    return packed(bytes([0, 0, 8, values.ndim]) + sizes + values.tobytes())


def digest(values: np.ndarray) -> tuple[tuple[int, ...], str]:
    return values.shape, hashlib.sha256(values.tobytes()).hexdigest()


def tiny_mnist(server: Server) -> tuple[DataSet, dict[str, np.ndarray]]:
    """Make a data set in MNIST's format: 7 and 3 images of 5 × 4."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in (("train", 7), ("test", 3)):
        arrays[f"x_{part}"] = rng.integers(0, 256, (count, 5, 4), dtype=np.uint8)
        arrays[f"y_{part}"] = rng.integers(0, 10, count, dtype=np.uint8)
    names = [source.name for source in MNIST.sources]
    packed = [idx(values) for values in arrays.values()]
    sources = [offer(server, name, content) for name, content in zip(names, packed, strict=True)]
    contents = {key: digest(values) for key, values in arrays.items()}
    return replace(MNIST, sources=tuple(sources), contents=contents), arrays


class Python2Batch:
    """A batch as Python 2 pickled it: text and pixels as byte strings."""

    def __init__(self, images: np.ndarray, labels: np.ndarray) -> None:
        self.images = images.transpose(0, 3, 1, 2).reshape(len(images), -1)
        self.labels = [int(label) for label in labels]

    def packed(self, protocol: int = 2) -> bytes:
        content = {b"data": np.ascontiguousarray(self.images), b"labels": self.labels}
        return pickle.dumps(content, protocol=protocol)


def cifar_archive(parts: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in parts.items():
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def tiny_batches(protocol: int = 2) -> tuple[dict[str, bytes], np.ndarray, np.ndarray]:
    """Make CIFAR-10's six batches with two images each; also returns all images and labels."""
    rng = np.random.default_rng(1)
    images = rng.integers(0, 256, (12, 32, 32, 3), dtype=np.uint8)
    labels = rng.integers(0, 10, 12, dtype=np.uint8)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    batches = {
        name: Python2Batch(images[2 * n : 2 * n + 2], labels[2 * n : 2 * n + 2]).packed(protocol)
        for n, name in enumerate(names)
    }
    return batches, images, labels


def test_a_file_is_fetched_once(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", bytes(range(256)) * 20)
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert fetch(source, tmp_path) == tmp_path / "file.gz"
    assert server.asked == [("file.gz", None)]
    assert left_in(tmp_path) == ["file.gz"]


def test_a_connection_that_breaks_off_is_continued(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(2500))
    server.at_most = 1000
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert [wanted for _, wanted in server.asked] == [None, "bytes=1000-", "bytes=2000-"]
    assert left_in(tmp_path) == ["file.gz"]


@pytest.mark.parametrize("tells_length", [True, False])
def test_what_arrived_is_kept_for_the_next_call(server: Server, tmp_path: Path, tells_length: bool):
    source = offer(server, "file.gz", os.urandom(9000))
    server.at_most, server.tells_length = 1000, tells_length
    with pytest.raises(DataError, match=r"5,000 of 9,000 bytes are kept; call again to continue"):
        fetch(source, tmp_path)
    assert left_in(tmp_path) == ["file.gz.part"]
    server.at_most = None
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert server.asked[-1] == ("file.gz", "bytes=5000-")
    assert left_in(tmp_path) == ["file.gz"]


def test_a_server_that_knows_no_ranges_sends_everything_again(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(3000))
    (tmp_path / "file.gz.part").write_bytes(server.files["file.gz"][:1200])
    server.knows_ranges = False
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert server.asked == [("file.gz", "bytes=1200-")]


def test_a_complete_part_is_not_fetched_again(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(3000))
    (tmp_path / "file.gz.part").write_bytes(server.files["file.gz"])
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert server.asked == []


@pytest.mark.parametrize("length", [1200, 3000, 4000])
def test_a_part_of_another_file_is_thrown_away(server: Server, tmp_path: Path, length: int):
    source = offer(server, "file.gz", os.urandom(3000))
    (tmp_path / "file.gz.part").write_bytes(os.urandom(length))
    assert fetch(source, tmp_path).read_bytes() == server.files["file.gz"]
    assert server.asked[-1] == ("file.gz", None)
    assert left_in(tmp_path) == ["file.gz"]


def test_redirections_are_followed(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(3000))
    moved = replace(source, addresses=(server.address("moved-file.gz"),))
    assert fetch(moved, tmp_path).read_bytes() == server.files["file.gz"]


def test_the_second_address_is_asked_when_the_first_fails(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(3000))
    both = replace(source, addresses=(server.address("gone.gz"), *source.addresses))
    assert fetch(both, tmp_path).read_bytes() == server.files["file.gz"]
    assert [name for name, _ in server.asked] == ["gone.gz", "file.gz"]


def test_an_altered_file_is_refused_and_leaves_nothing(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", bytes(3000))
    server.files["file.gz"] = bytes(2999) + b"x"
    with pytest.raises(
        DataError, match=r"what arrived is not the file .its SHA-256 is not"
    ) as error:
        fetch(source, tmp_path)
    assert "Check the connection" in str(error.value)
    assert left_in(tmp_path) == []


def test_a_file_of_another_length_is_refused_before_it_is_fetched(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", bytes(3000))
    server.files["file.gz"] = b"<html>Please log in</html>"
    with pytest.raises(DataError, match=r"offers 26 bytes, the file has 3,000 .does this network"):
        fetch(source, tmp_path)
    assert not (tmp_path / "file.gz").exists()


def test_another_range_than_asked_for_is_refused(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", os.urandom(3000))
    (tmp_path / "file.gz.part").write_bytes(server.files["file.gz"][:1200])
    server.honest_ranges = False
    with pytest.raises(DataError, match="another range"):
        fetch(source, tmp_path)
    assert not (tmp_path / "file.gz").exists()


def test_a_file_that_is_not_there_is_named_with_its_address(server: Server, tmp_path: Path):
    source = offer(server, "file.gz", bytes(10))
    server.files.clear()
    with pytest.raises(DataError, match=r"file.gz could not be fetched(.|\n)*answered 404"):
        fetch(source, tmp_path)


def test_without_a_network_the_error_says_what_to_do(tmp_path: Path, monkeypatch: Any):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    closed = "http://127.0.0.1:9/file.gz"  # the port "discard": nobody listens
    with pytest.raises(DataError) as error:
        fetch(Source("file.gz", 10, "0" * 64, (closed,)), tmp_path)
    message = str(error.value)
    assert f"{closed}: no connection" in message
    assert "Check the connection to the internet and call again" in message
    assert f"put it into {tmp_path}" in message


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path):
    (tmp_path / "file").write_text("in the way")
    with (
        pytest.raises(DataError, match=r"cannot be written to.*CNNCOURSE_DATA"),
        alone(tmp_path / "file" / "folder"),
    ):
        pass


def test_a_data_set_is_fetched_once_and_then_read(server: Server, tmp_path: Path):
    data_set, arrays = tiny_mnist(server)
    for part in ("train", "test", "train"):
        loaded = load(data_set, part, tmp_path)
        assert loaded.images.dtype == np.uint8
        assert np.array_equal(loaded.images, arrays[f"x_{part}"])
        assert loaded.labels.dtype == np.int64
        assert np.array_equal(loaded.labels, arrays[f"y_{part}"])
        assert loaded.classes == tuple("0123456789")
    assert len(server.asked) == 4
    assert left_in(tmp_path) == ["mnist.npz"]


def test_what_is_in_the_cache_needs_no_server(server: Server, tmp_path: Path):
    data_set, _ = tiny_mnist(server)
    first = load(data_set, "train", tmp_path)
    server.files.clear()
    assert np.array_equal(load(data_set, "train", tmp_path).images, first.images)
    assert len(server.asked) == 4


def test_files_brought_by_hand_are_taken_and_left(server: Server, tmp_path: Path):
    data_set, arrays = tiny_mnist(server)
    (tmp_path / "mnist").mkdir()
    for source in data_set.sources:
        (tmp_path / "mnist" / source.name).write_bytes(server.files[source.name])
    assert np.array_equal(load(data_set, "test", tmp_path).images, arrays["x_test"])
    assert server.asked == []
    assert len(left_in(tmp_path / "mnist")) == 4


def test_a_download_that_fails_leaves_no_data_set(server: Server, tmp_path: Path):
    data_set, arrays = tiny_mnist(server)
    last = data_set.sources[-1].name
    kept = server.files.pop(last)
    with pytest.raises(DataError, match=last):
        load(data_set, "train", tmp_path)
    assert not (tmp_path / "mnist.npz").exists()
    server.files[last] = kept
    assert np.array_equal(load(data_set, "train", tmp_path).images, arrays["x_train"])
    assert [name for name, _ in server.asked].count(data_set.sources[0].name) == 1


def test_right_files_with_other_content_are_reported(server: Server, tmp_path: Path):
    data_set, _ = tiny_mnist(server)
    wrong = {**data_set.contents, "x_test": ((3, 5, 4), "0" * 64)}
    with pytest.raises(DataError, match="x_test has other values"):
        load(replace(data_set, contents=wrong), "train", tmp_path)
    assert not (tmp_path / "mnist.npz").exists()


def shortened(content: bytes) -> bytes:
    return content[: len(content) // 2]


def altered(content: bytes) -> bytes:
    place = content.index(b"x_train.npy") + 60
    return content[:place] + bytes([content[place] ^ 255]) + content[place + 1 :]


def other_values(content: bytes) -> bytes:
    with np.load(io.BytesIO(content)) as archive:
        arrays = dict(archive)
    arrays["x_train"] = arrays["x_train"][::-1]
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def without_labels(content: bytes) -> bytes:
    with np.load(io.BytesIO(content)) as archive:
        arrays = {key: archive[key] for key in archive.files if key != "y_train"}
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def with_a_pickle(content: bytes) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, x_train=np.array([{}], dtype=object), y_train=np.zeros(1))
    return buffer.getvalue()


@pytest.mark.parametrize(
    "damage",
    [
        shortened,
        altered,
        other_values,
        without_labels,
        with_a_pickle,
        lambda _: b"",
        lambda _: b"?",
    ],
)
def test_a_damaged_cache_is_refused_and_kept(server: Server, tmp_path: Path, damage: Any):
    data_set, arrays = tiny_mnist(server)
    load(data_set, "train", tmp_path)
    path = tmp_path / "mnist.npz"
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(DataError, match=r"mnist.npz is damaged or of another kind.*Delete it and"):
        load(data_set, "train", tmp_path)
    assert path.exists()
    path.unlink()
    assert np.array_equal(load(data_set, "train", tmp_path).images, arrays["x_train"])


SECOND_PROCESS = """
import sys, pickle
from pathlib import Path
from dataclasses import replace
from cnncourse.data._datasets import MNIST, load
sources, contents = pickle.loads(bytes.fromhex(sys.argv[1]))
data_set = replace(MNIST, sources=sources, contents=contents)
print(load(data_set, "train", Path(sys.argv[2])).images.sum())
"""


def test_two_processes_at_once_fetch_once(server: Server, tmp_path: Path):
    data_set, arrays = tiny_mnist(server)
    server.delay = 0.3
    task = pickle.dumps((data_set.sources, data_set.contents)).hex()
    command = [sys.executable, "-c", SECOND_PROCESS, task, str(tmp_path)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    sums = [process.communicate(timeout=60)[0] for process in running]
    assert [int(total) for total in sums] == [arrays["x_train"].sum()] * 2
    assert len(server.asked) == 4
    assert left_in(tmp_path) == ["mnist.npz"]


def test_the_environment_names_the_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setenv("CNNCOURSE_DATA", str(tmp_path))
    assert cache_folder() == tmp_path
    assert [is_cached(name) for name in DATA_SETS] == [False] * 3
    monkeypatch.delenv("CNNCOURSE_DATA")
    assert cache_folder().name == "cnncourse"
    assert cache_folder().is_absolute()


@pytest.mark.parametrize("function", [mnist, fashion_mnist, cifar10])
def test_a_part_that_is_not_there_is_named_before_anything_is_fetched(function: Any):
    with pytest.raises(ValueError, match=f"{function.__name__}: no part 'valid'; there are train"):
        function("valid")


@pytest.mark.parametrize("shape", [(3,), (2, 5, 4), (0, 28, 28)])
def test_idx_files_are_read(tmp_path: Path, shape: tuple[int, ...]):
    values = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    path = tmp_path / "images.gz"
    path.write_bytes(idx(values))
    read = read_idx(path)
    assert read.shape == shape
    assert np.array_equal(read, values)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (idx(np.ones((2, 3), np.uint8))[:-9], "damaged"),
        (b"no gzip", "damaged"),
        (packed(b"\0\0\x0d\1" + b"\0\0\0\1" + bytes(4)), "no IDX file of unsigned bytes"),
        (packed(b"\1\2"), "no IDX file"),
        (packed(b"\0\0\x08\2\0\0\0\2\0\0\0\3" + bytes(5)), r"5 values, its shape \(2, 3\)"),
        (packed(b"\0\0\x08\2\0\0\0\2\0\0\0\3" + bytes(7)), r"7 values, its shape \(2, 3\)"),
        (packed(b"\0\0\x08\3\0\0\0\2"), r"0 values, its shape \(2,\)"),
    ],
)
def test_damaged_idx_files_are_refused(tmp_path: Path, content: bytes, message: str):
    path = tmp_path / "labels.gz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"read_idx: labels.gz .*{message}"):
        read_idx(path)


@pytest.mark.parametrize("protocol", [2, 4])
def test_cifars_archive_is_read_color_by_color(tmp_path: Path, protocol: int):
    batches, images, labels = tiny_batches(protocol)
    path = tmp_path / "cifar-10-python.tar.gz"
    path.write_bytes(cifar_archive({**batches, "batches.meta": b"not read"}))
    arrays = read_cifar10(path)
    assert np.array_equal(arrays["x_train"], images[:10])
    assert np.array_equal(arrays["y_train"], labels[:10])
    assert np.array_equal(arrays["x_test"], images[10:])
    assert np.array_equal(arrays["y_test"], labels[10:])


def test_cifars_pixels_lie_in_the_file_as_three_planes(tmp_path: Path):
    planes = np.repeat(np.array([10, 20, 30], np.uint8), 1024)[None]
    batch = pickle.dumps({b"data": planes, b"labels": [6]}, protocol=2)
    path = tmp_path / "cifar.tar.gz"
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    path.write_bytes(cifar_archive(dict.fromkeys(names, batch)))
    assert (read_cifar10(path)["x_test"] == [10, 20, 30]).all()


def python_2_array(values: np.ndarray) -> bytes:
    """Spell out the pickle of {'data': values, 'labels': [5]} as Python 2 with NumPy 1 wrote it."""
    raw = values.tobytes()
    return b"".join(
        [
            b"\x80\x02}(U\x04data",
            b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85U\x01b\x87R",
            b"(K\x01" + b"".join(b"M" + struct.pack("<H", n) for n in values.shape) + b"\x86",
            b"cnumpy\ndtype\nU\x02u1K\0K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0",
            b"tb\x89T" + struct.pack("<I", len(raw)) + raw + b"tb",
            b"U\x06labels]K\x05au.",
        ]
    )


def test_pickles_of_python_2_are_read(tmp_path: Path):
    values = np.random.default_rng(2).integers(0, 256, (1, 3072), dtype=np.uint8)
    batch = python_2_array(values)
    names = [f"data_batch_{number}" for number in range(1, 6)] + ["test_batch"]
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(cifar_archive(dict.fromkeys(names, batch)))
    arrays = read_cifar10(path)
    assert np.array_equal(arrays["x_test"][0, :, :, 1].ravel(), values[0, 1024:2048])
    assert arrays["y_train"].tolist() == [5] * 5


class Harmful:
    def __reduce__(self) -> Any:
        return os.mkdir, ("harm",)


@pytest.mark.parametrize(
    ("batch", "message"),
    [
        (pickle.dumps({b"data": Harmful(), b"labels": [1]}), "wants posix.mkdir"),
        (pickle.dumps(np.array([Harmful()], dtype=object)), "wants posix.mkdir"),
        (pickle.dumps({b"data": np.zeros((1, 3072), np.uint8)}), "labels"),
        (pickle.dumps({b"data": np.zeros((1, 99), np.uint8), b"labels": [1]}), "reshape"),
        (pickle.dumps({b"data": np.zeros((1, 3072)), b"labels": [1]}), "not pixels or labels"),
        (pickle.dumps({b"data": np.zeros((1, 3072), "u1"), b"labels": [10]}), "not pixels or"),
        (pickle.dumps([1, 2]), "not a batch"),
        (b"no pickle", "not a batch"),
        (b"", "."),
    ],
    ids=[
        "a call",
        "a call among objects",
        "no labels",
        "wrong size",
        "no bytes",
        "no such label",
        "a list",
        "no pickle",
        "nothing",
    ],
)
def test_batches_with_anything_else_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, batch: bytes, message: str
):
    monkeypatch.chdir(tmp_path)
    batches, _, _ = tiny_batches()
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(cifar_archive({**batches, "data_batch_3": batch}))
    with pytest.raises(ValueError, match=rf"read_cifar10: .*{message}"):
        read_cifar10(path)
    assert not (tmp_path / "harm").exists()


def test_an_archive_without_a_batch_is_refused(tmp_path: Path):
    batches, _, _ = tiny_batches()
    del batches["data_batch_4"]
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(cifar_archive(batches))
    with pytest.raises(ValueError, match=r"no file cifar-10-batches-py/data_batch_4"):
        read_cifar10(path)


@pytest.mark.parametrize("keep", [0, 10, 200, -200])
def test_a_shortened_archive_is_refused(tmp_path: Path, keep: int):
    batches, _, _ = tiny_batches()
    path = tmp_path / "cifar.tar.gz"
    path.write_bytes(cifar_archive(batches)[:keep])
    with pytest.raises(ValueError, match="read_cifar10: "):
        read_cifar10(path)


def test_every_source_gives_the_same_order():
    rng = np.random.default_rng(3)
    images, labels = rng.integers(0, 256, (20, 4, 4, 3), dtype=np.uint8), np.arange(20, dtype="u1")
    ordered, their_labels = in_order_of_hash(images, labels)
    shuffled = rng.permutation(20)
    again, again_labels = in_order_of_hash(images[shuffled], labels[shuffled])
    assert np.array_equal(ordered, again)
    assert np.array_equal(their_labels, again_labels)
    assert np.array_equal(images[their_labels], ordered)
    keys = [hashlib.sha256(image.tobytes()).hexdigest() for image in ordered]
    assert keys == sorted(keys)


def test_cifar10_goes_from_the_archive_to_the_cache(server: Server, tmp_path: Path):
    batches, images, labels = tiny_batches()
    source = offer(server, CIFAR10.sources[0].name, cifar_archive(batches))
    (tmp_path / source.name).write_bytes(server.files[source.name])
    contents = {
        key: digest(values)
        for key, values in _decode_cifar10({source.name: tmp_path / source.name}).items()
    }
    data_set = replace(CIFAR10, sources=(source,), contents=contents)
    loaded = load(data_set, "test", tmp_path / "cache")
    assert loaded.classes[3] == "cat"
    pairs = {image.tobytes(): label for image, label in zip(images, labels, strict=True)}
    assert [pairs[image.tobytes()] for image in loaded.images] == loaded.labels.tolist()
    assert left_in(tmp_path / "cache") == ["cifar10.npz"]


def test_the_registry_is_complete():
    for name, data_set in DATA_SETS.items():
        assert data_set.name == name
        assert len(data_set.classes) == len(set(data_set.classes)) == 10
        assert list(data_set.contents) == ["x_train", "y_train", "x_test", "y_test"]
        sums = [source.sha256 for source in data_set.sources]
        sums += [known for _, known in data_set.contents.values()]
        assert len(set(sums)) == len(sums)
        assert all(len(bytes.fromhex(known)) == 32 for known in sums)
        for source in data_set.sources:
            assert all(address.endswith("/" + source.name) for address in source.addresses)


if CACHED:

    @pytest.mark.parametrize("name", CACHED)
    def test_what_the_cache_holds_is_the_data_set(name: str):
        data_set = DATA_SETS[name]
        for part, count in (("train", data_set.contents["y_train"][0][0]), ("test", 10_000)):
            loaded = load(data_set, part, cache_folder())  # compares the hashes of the arrays
            assert len(loaded.images) == len(loaded.labels) == count
            assert (np.bincount(loaded.labels) > 800).all()


if "cifar10" in CACHED:

    def test_cifar10_has_its_known_means_and_order():
        loaded = cifar10("train")
        means = loaded.images.reshape(-1, 3).mean(axis=0)
        assert means == pytest.approx([125.307, 122.950, 113.865], abs=5e-4)
        assert (np.bincount(loaded.labels) == 5_000).all()
        again, labels = in_order_of_hash(loaded.images[::-1], loaded.labels[::-1].astype(np.uint8))
        assert np.array_equal(again, loaded.images)
        assert np.array_equal(labels, loaded.labels)

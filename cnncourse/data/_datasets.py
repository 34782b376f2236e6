"""MNIST, Fashion-MNIST and CIFAR-10: fetched once, then read from the cache."""

from __future__ import annotations

import hashlib
import os
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from cnncourse.data._archives import read_cifar10, read_idx
from cnncourse.data._downloads import DataError, Source, alone, cache_folder, fetch

Bytes = np.ndarray[Any, np.dtype[np.uint8]]
Integers = np.ndarray[Any, np.dtype[np.int64]]
Files = Mapping[str, Path]
PARTS = ("train", "test")


class LabeledImages(NamedTuple):
    """Images, the number of each one's class, and the names of the classes."""

    images: Bytes
    labels: Integers
    classes: tuple[str, ...]


@dataclass(frozen=True)
class DataSet:
    """What is known of a data set: where it comes from, how it is decoded, what it contains.

    `contents` holds, for each array of the cache, its shape and the SHA-256 of its bytes.
    """

    name: str
    classes: tuple[str, ...]
    sources: tuple[Source, ...]
    decode: Callable[[Files], dict[str, Bytes]]
    contents: Mapping[str, tuple[tuple[int, ...], str]]


def mnist(part: str) -> LabeledImages:
    """Load MNIST: handwritten digits, 28×28 pixels.

    The first call fetches 12 MB and keeps them in the cache; later ones read them from there.

    Parameters
    ----------
    part
        ``"train"`` or ``"test"``.

    Returns
    -------
    LabeledImages
        `images`, uint8 of shape (60000, 28, 28) or (10000, 28, 28), from 0 (paper) to 255 (ink),
        in the publisher's order; `labels`, int64 of shape (N,); `classes`, "0" to "9".

    Raises
    ------
    ValueError
        If there is no such part.
    DataError
        If the data can be neither read nor fetched. The message says what to do.

    Notes
    -----
    Terms: CC BY-SA 3.0, as is commonly stated.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86(11), 1998, https://doi.org/10.1109/5.726791.

    Examples
    --------
    >>> mnist("train").images.shape  # doctest: +SKIP
    (60000, 28, 28)
    >>> mnist("validation")
    Traceback (most recent call last):
    ...
    ValueError: mnist: no part 'validation'; there are train, test
    """
    return load(MNIST, part, cache_folder())


def fashion_mnist(part: str) -> LabeledImages:
    """Load Fashion-MNIST: pictures of clothes, in the shape of MNIST.

    The first call fetches 31 MB and keeps them in the cache; later ones read them from there.

    Parameters
    ----------
    part
        ``"train"`` or ``"test"``.

    Returns
    -------
    LabeledImages
        `images`, uint8 of shape (60000, 28, 28) or (10000, 28, 28), from 0 (background) to 255, in
        the publisher's order; `labels`, int64 of shape (N,); `classes`, "T-shirt/top" to
        "Ankle boot".

    Raises
    ------
    ValueError
        If there is no such part.
    DataError
        If the data can be neither read nor fetched. The message says what to do.

    Notes
    -----
    Terms: MIT license, copyright 2017 Zalando SE.

    References
    ----------
    H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST: a novel image dataset for benchmarking
    machine learning algorithms, 2017, https://arxiv.org/abs/1708.07747.

    Examples
    --------
    >>> fashion_mnist("test").classes[9]  # doctest: +SKIP
    'Ankle boot'
    >>> fashion_mnist(0)
    Traceback (most recent call last):
    ...
    ValueError: fashion_mnist: no part 0; there are train, test
    """
    return load(FASHION_MNIST, part, cache_folder())


def cifar10(part: str) -> LabeledImages:
    """Load CIFAR-10: color photographs of ten kinds of things, 32×32 pixels, lossless.

    The first call fetches 170 MB and keeps them in the cache; later ones read them from there.

    Parameters
    ----------
    part
        ``"train"`` or ``"test"``.

    Returns
    -------
    LabeledImages
        `images`, uint8 of shape (50000, 32, 32, 3) or (10000, 32, 32, 3), from 0 (black) to 255,
        the channels red, green, blue on the last axis; `labels`, int64 of shape (N,); `classes`,
        "airplane" to "truck". The images stand in the order of the SHA-256 of their pixels,
        so that every copy of the data set gives the same arrays. PyTorch wants
        ``images.transpose(0, 3, 1, 2) / 255``.

    Raises
    ------
    ValueError
        If there is no such part.
    DataError
        If the data can be neither read nor fetched. The message says what to do.

    Notes
    -----
    Terms: none are stated; use in research and teaching is customary.

    References
    ----------
    A. Krizhevsky, Learning multiple layers of features from tiny images, technical report,
    University of Toronto, 2009, https://www.cs.toronto.edu/~kriz/cifar.html.

    Examples
    --------
    >>> cifar10("test").images.shape  # doctest: +SKIP
    (10000, 32, 32, 3)
    >>> cifar10("all")
    Traceback (most recent call last):
    ...
    ValueError: cifar10: no part 'all'; there are train, test
    """
    return load(CIFAR10, part, cache_folder())


def is_cached(name: str) -> bool:
    """Tell whether a data set is in the cache, so that loading it needs no network.

    Parameters
    ----------
    name
        ``"mnist"``, ``"fashion_mnist"`` or ``"cifar10"``.

    Raises
    ------
    ValueError
        If there is no such data set.

    Examples
    --------
    >>> is_cached("imagenet")
    Traceback (most recent call last):
    ...
    ValueError: is_cached: no data set 'imagenet'; there are mnist, fashion_mnist, cifar10
    """
    if name not in DATA_SETS:
        raise ValueError(f"is_cached: no data set {name!r}; there are {', '.join(DATA_SETS)}")
    return _cache_file(DATA_SETS[name], cache_folder()).is_file()


def load(data_set: DataSet, part: str, folder: Path) -> LabeledImages:
    """Read one part of a data set from the folder, after fetching it if it is not there."""
    if part not in PARTS:
        raise ValueError(f"{data_set.name}: no part {part!r}; there are {', '.join(PARTS)}")
    path = _cache_file(data_set, folder)
    if not path.is_file():
        _fill(data_set, folder)
    keys = (f"x_{part}", f"y_{part}")
    try:
        with zipfile.ZipFile(path) as archive:
            found = {key: _member(archive, key) for key in keys}
        _compare(data_set, found)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as problem:
        megabytes = sum(source.size for source in data_set.sources) / 1e6
        raise DataError(
            f"{data_set.name}: the file {path} is damaged or of another kind ({problem}). Delete "
            f"it and call again: it is then fetched anew ({megabytes:.0f} MB)."
        ) from problem
    images, labels = (found[key] for key in keys)
    return LabeledImages(images, labels.astype(np.int64), data_set.classes)


def in_order_of_hash(images: Bytes, labels: Bytes) -> tuple[Bytes, Bytes]:
    """Order images by the SHA-256 of their pixels, and the labels with them."""
    keys = [hashlib.sha256(image.tobytes()).digest() for image in images]
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return images[order], labels[order]


def _cache_file(data_set: DataSet, folder: Path) -> Path:
    return folder / f"{data_set.name}.npz"


def _fill(data_set: DataSet, folder: Path) -> None:
    """Fetch the sources, decode them and put the result into the cache in one step."""
    path = _cache_file(data_set, folder)
    with alone(folder):
        if path.is_file():  # another process has filled it while this one waited
            return
        sources = folder / data_set.name
        sources.mkdir(exist_ok=True)
        brought_by_hand = {
            source.name for source in data_set.sources if (sources / source.name).exists()
        }
        files = {source.name: fetch(source, sources) for source in data_set.sources}
        try:
            arrays = data_set.decode(files)
            _compare(data_set, arrays)
        except ValueError as problem:
            raise DataError(
                f"{data_set.name}: the files in {sources} are the right ones, and yet their "
                f"content is not ({problem}). Please report this."
            ) from problem
        _write(path, arrays, data_set.classes)
        for name, file in files.items():
            if name not in brought_by_hand:
                file.unlink()
        if not any(sources.iterdir()):
            sources.rmdir()


def _write(path: Path, arrays: Mapping[str, Bytes], classes: tuple[str, ...]) -> None:
    unfinished = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            everything: dict[str, Any] = {"names": np.array(classes), **arrays}
            np.savez_compressed(file, **everything)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    except OSError as problem:
        raise DataError(f"{path} could not be written ({problem.strerror}).") from problem
    finally:
        unfinished.unlink(missing_ok=True)


def _member(archive: zipfile.ZipFile, key: str) -> Bytes:
    with archive.open(f"{key}.npy") as file:
        values: Bytes = np.lib.format.read_array(file, allow_pickle=False)
    return values


def _compare(data_set: DataSet, arrays: Mapping[str, Bytes]) -> None:
    """Check shape, type and hash of arrays; raises ValueError."""
    for key, values in arrays.items():
        shape, digest = data_set.contents[key]
        if values.shape != shape or values.dtype != np.uint8:
            raise ValueError(
                f"{key} is {values.dtype} of shape {values.shape}, not uint8 of {shape}"
            )
        if hashlib.sha256(np.ascontiguousarray(values).data).hexdigest() != digest:
            raise ValueError(f"{key} has other values than the data set, or another order")


def _decode_idx(files: Files) -> dict[str, Bytes]:
    return {
        f"{axis}_{part}": read_idx(files[f"{start}-{kind}-ubyte.gz"])
        for part, start in (("train", "train"), ("test", "t10k"))
        for axis, kind in (("x", "images-idx3"), ("y", "labels-idx1"))
    }


def _decode_cifar10(files: Files) -> dict[str, Bytes]:
    arrays = read_cifar10(files["cifar-10-python.tar.gz"])
    for part in PARTS:
        arrays[f"x_{part}"], arrays[f"y_{part}"] = in_order_of_hash(
            arrays[f"x_{part}"], arrays[f"y_{part}"]
        )
    return arrays


def _idx_sources(places: tuple[str, ...], files: dict[str, tuple[int, str]]) -> tuple[Source, ...]:
    return tuple(
        Source(name, size, sha256, tuple(place + name for place in places))
        for name, (size, sha256) in files.items()
    )


# The publishers of Fashion-MNIST and CIFAR-10 name MD5 sums, MNIST's page named none. The SHA-256
# sums here belong to the files with those MD5 sums and are recorded by several other projects
# (Keras among them). What is inside is checked once more, by the SHA-256 of the arrays.
MNIST = DataSet(
    "mnist",
    tuple("0123456789"),
    _idx_sources(
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                9_912_422,
                "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            ),
            "train-labels-idx1-ubyte.gz": (
                28_881,
                "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            ),
            "t10k-images-idx3-ubyte.gz": (
                1_648_877,
                "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            ),
            "t10k-labels-idx1-ubyte.gz": (
                4_542,
                "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
            ),
        },
    ),
    _decode_idx,
    {
        "x_train": (
            (60_000, 28, 28),
            "741c988805d008ac6e4c904b69001ba184c24b2c540a4ef403f4c71b676cf757",
        ),
        "y_train": (
            (60_000,),
            "1feba77c54802fa5339a11837ea4b2866434b83314ec45192930f1df69120c13",
        ),
        "x_test": (
            (10_000, 28, 28),
            "6d87418db22cc8025d05968bec9bd5c3932904b23485740db143a061a2c9d161",
        ),
        "y_test": (
            (10_000,),
            "ddeff807876a9661a1110d45c266c86239a3a1b7d37da0c3716a7a683c852ff5",
        ),
    },
)
FASHION_MNIST = DataSet(
    "fashion_mnist",
    (
        "T-shirt/top",
        "Trouser",
        "Pullover",
        "Dress",
        "Coat",
        "Sandal",
        "Shirt",
        "Sneaker",
        "Bag",
        "Ankle boot",
    ),
    _idx_sources(
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/",
        ),
        {
            "train-images-idx3-ubyte.gz": (
                26_421_880,
                "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            ),
            "train-labels-idx1-ubyte.gz": (
                29_515,
                "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            ),
            "t10k-images-idx3-ubyte.gz": (
                4_422_102,
                "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            ),
            "t10k-labels-idx1-ubyte.gz": (
                5_148,
                "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
            ),
        },
    ),
    _decode_idx,
    {
        "x_train": (
            (60_000, 28, 28),
            "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        ),
        "y_train": (
            (60_000,),
            "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
        ),
        "x_test": (
            (10_000, 28, 28),
            "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
        ),
        "y_test": (
            (10_000,),
            "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
        ),
    },
)
CIFAR10 = DataSet(
    "cifar10",
    (
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    (
        Source(
            "cifar-10-python.tar.gz",
            170_498_071,
            "6d958be074577803d12ecdefd02955f39262c83c16fe9348329d7fe0b5c001ce",
            (
                "https://www.cs.toronto.edu/~kriz/cifar-10-python.tar.gz",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/cifar-10-python.tar.gz",
            ),
        ),
    ),
    _decode_cifar10,
    {
        "x_train": (
            (50_000, 32, 32, 3),
            "32b25bb65187cdb40e66b2bd4dbb2de04f62e2d521f74c46a56f39f2afb56e96",
        ),
        "y_train": (
            (50_000,),
            "f5f0254261d4b815631fb00355e0b4b53f8ee0ec2cdfdef4b12290a12aa2ddf8",
        ),
        "x_test": (
            (10_000, 32, 32, 3),
            "27f7d008727f5b9a8f5b01f61503d2f52d3ba7f5ffb2c331b5b82775de2e2d72",
        ),
        "y_test": (
            (10_000,),
            "24020a57eb5141b27aa0417447162290a6f6c5c1549a112edbed2c09fdbbf307",
        ),
    },
)
DATA_SETS = {data_set.name: data_set for data_set in (MNIST, FASHION_MNIST, CIFAR10)}

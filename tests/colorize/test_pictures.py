"""Reading pictures in every shape that people have them in, and refusing the rest in words."""

from __future__ import annotations

import io
import os
import struct
import subprocess
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, features

from cnncourse.colorize import pictures
from cnncourse.colorize.pictures import NotAPictureError, PictureError, read, shown, write

RNG = np.random.default_rng(0)
SMOOTH = np.stack(
    [*np.meshgrid(np.arange(0, 240, 5), np.arange(0, 240, 10)), np.full((24, 48), 99)], axis=-1
).astype(np.uint8)

FORMATS = [
    ("JPEG", {}),
    ("JPEG", {"progressive": True}),
    ("PNG", {}),
    ("GIF", {}),
    ("WEBP", {"lossless": True}),
    ("WEBP", {}),
    ("TIFF", {}),
    ("TIFF", {"compression": "tiff_lzw"}),
    ("BMP", {}),
    ("PPM", {}),
    ("AVIF", {}),
    ("JPEG2000", {}),
]


def encoded(image: Image.Image, kind: str, **settings: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def put(folder: Path, content: bytes, name: str = "picture") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def saved(folder: Path, image: Image.Image, kind: str = "PNG", **settings: Any) -> Path:
    return put(folder, encoded(image, kind, **settings))


def chunk(name: bytes, content: bytes) -> bytes:
    check = zlib.crc32(name + content)
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", check)


def png(
    size: tuple[int, int],
    depth: int,
    color: int,
    rows: list[bytes],
    *others: bytes,
    lies: bytes = b"",
) -> bytes:
    """Write a PNG file of a kind that Pillow does not write: width, height, bits, color type."""
    header = struct.pack(">IIBBBBB", *size, depth, color, 0, 0, 0)
    packed = lies or zlib.compress(b"".join(b"\0" + row for row in rows))
    parts = [chunk(b"IHDR", header), *others, chunk(b"IDAT", packed), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def words(*values: int) -> bytes:
    return struct.pack(f">{len(values)}H", *values)


def the_sentence(path: Path) -> str:
    """Return what is said of a file that is refused: one line that begins with its name."""
    with pytest.raises(PictureError) as caught:
        read(path)
    sentence = str(caught.value)
    assert sentence.startswith(shown(path) + " ")
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence.removeprefix(shown(path) + " ")


@pytest.mark.parametrize(("kind", "how"), FORMATS)
def test_every_format_is_read_whatever_its_file_is_called(
    tmp_path: Path, kind: str, how: dict[str, Any]
):
    assert kind not in ("WEBP", "AVIF", "JPEG2000") or features.check(
        {"WEBP": "webp", "AVIF": "avif", "JPEG2000": "jpg_2000"}[kind]
    )
    picture = read(saved(tmp_path, Image.fromarray(SMOOTH), kind, **how))
    assert picture.kind == kind
    assert picture.rgb.shape == SMOOTH.shape
    assert picture.rgb.dtype == np.uint8
    assert picture.alpha is None
    assert not picture.was_gray
    lossy = (kind == "JPEG") or (kind in ("WEBP", "AVIF") and not how) or kind == "GIF"
    error = np.abs(picture.rgb.astype(int) - SMOOTH)
    assert error.mean() < 8 if lossy else error.max() == 0


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF"])
def test_the_smallest_pictures(tmp_path: Path, size: tuple[int, int], kind: str):
    picture = read(saved(tmp_path, Image.new("RGB", size, (255, 0, 0)), kind))
    assert picture.rgb.shape == (size[1], size[0], 3)
    assert np.abs(picture.rgb.reshape(-1, 3).astype(int) - (255, 0, 0)).max() < 3


def test_gray_pictures_are_known_as_gray(tmp_path: Path):
    gray = Image.fromarray(SMOOTH[..., 0])
    for kind, image in (
        ("PNG", gray),
        ("JPEG", gray),
        ("JPEG", gray.convert("RGB")),
        ("PNG", gray.convert("LA")),
        ("PNG", gray.convert("1")),
        ("GIF", gray),
        ("PNG", gray.convert("P")),
        ("TIFF", gray.convert("CMYK")),
    ):
        picture = read(saved(tmp_path, image, kind))
        assert picture.was_gray, (kind, image.mode)
        assert (np.ptp(picture.rgb, axis=-1) <= 2).all()
    almost = np.repeat(SMOOTH[..., :1], 3, axis=-1)
    almost[5, 7, 0] = almost[5, 7, 1] + 3
    assert not read(saved(tmp_path, Image.fromarray(almost))).was_gray


def test_color_that_is_not_seen_does_not_count(tmp_path: Path):
    image = Image.new("RGBA", (4, 4), (90, 90, 90, 255))
    image.putpixel((2, 1), (255, 0, 0, 0))
    assert read(saved(tmp_path, image)).was_gray


def test_one_bit(tmp_path: Path):
    image = Image.fromarray(np.array([[True, False], [False, True]]))
    assert image.mode == "1"
    assert read(saved(tmp_path, image)).rgb[..., 1].tolist() == [[255, 0], [0, 255]]


def test_sixteen_bits_of_gray(tmp_path: Path):
    values = np.array([[0, 128, 129, 257, 32768, 65535]], dtype=np.uint16)
    expected = [[0, 0, 1, 1, 128, 255]]
    for kind in ("PNG", "TIFF", "PPM"):
        picture = read(saved(tmp_path, Image.fromarray(values), kind))
        assert picture.rgb[..., 2].tolist() == expected, kind
        assert picture.was_gray
    big_endian = encoded(Image.fromarray(values.astype(">u2")), "TIFF")
    assert big_endian[:2] == b"MM"
    assert read(put(tmp_path, big_endian)).rgb[..., 0].tolist() == expected


def test_sixteen_bits_of_color_and_of_opacity(tmp_path: Path):
    row = words(65535, 32768, 0, 257, 514, 771)
    assert read(put(tmp_path, png((2, 1), 16, 2, [row]))).rgb.tolist() == [
        [[255, 128, 0], [1, 2, 3]]
    ]
    picture = read(put(tmp_path, png((2, 1), 16, 4, [words(65535, 32768, 0, 65535)])))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[128, 255]]
    assert picture.rgb[..., 0].tolist() == [[255, 0]]
    assert picture.was_gray


@pytest.mark.parametrize(
    ("depth", "color", "row", "key"),
    [
        (16, 0, words(65535, 771), words(771)),
        (8, 0, bytes([255, 3]), words(3)),
        (4, 0, bytes([0xF3]), words(3)),
        (2, 0, bytes([0b11_01_0000]), words(1)),
        (1, 0, bytes([0b10_000000]), words(0)),
        (8, 2, bytes([255, 0, 0, 3, 4, 5]), words(3, 4, 5)),
        (16, 2, words(65535, 0, 0, 0x0390, 0x0480, 5), words(0x0390, 0x0480, 5)),
    ],
)
def test_a_color_that_a_png_names_as_transparent(
    tmp_path: Path, depth: int, color: int, row: bytes, key: bytes
):
    picture = read(put(tmp_path, png((2, 1), depth, color, [row], chunk(b"tRNS", key))))
    assert picture.alpha is not None
    assert picture.alpha.tolist() == [[255, 0]]
    assert picture.rgb[0, 0, 0] == 255


def test_palettes_with_and_without_transparency(tmp_path: Path):
    palette = chunk(b"PLTE", bytes([255, 0, 0, 0, 0, 255]))
    opaque = read(put(tmp_path, png((2, 1), 8, 3, [b"\0\1"], palette)))
    assert opaque.rgb.tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert opaque.alpha is None
    shares = chunk(b"tRNS", bytes([255, 100]))
    seen = read(put(tmp_path, png((2, 1), 8, 3, [b"\0\1"], palette, shares)))
    assert seen.rgb.tolist() == opaque.rgb.tolist()
    assert seen.alpha is not None
    assert seen.alpha.tolist() == [[255, 100]]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP"])
def test_opacity_is_kept_apart_and_the_color_below_it_stays(tmp_path: Path, mode: str, kind: str):
    image = Image.fromarray(SMOOTH).convert(mode)
    image.putalpha(Image.fromarray(SMOOTH[..., 0]))
    how = {"lossless": True, "exact": True} if kind == "WEBP" else {}
    picture = read(saved(tmp_path, image, kind, **how))
    assert picture.alpha is not None
    assert (picture.alpha == SMOOTH[..., 0]).all()
    assert (picture.rgb == np.asarray(image.convert("RGB"))).all()


def test_opacity_that_is_full_everywhere_is_none(tmp_path: Path):
    assert read(saved(tmp_path, Image.fromarray(SMOOTH).convert("RGBA"))).alpha is None


def test_cmyk(tmp_path: Path):
    image = Image.fromarray(SMOOTH).convert("CMYK")
    for kind in ("JPEG", "TIFF"):
        picture = read(saved(tmp_path, image, kind))
        assert np.abs(picture.rgb.astype(int) - SMOOTH).mean() < 4, kind


def test_the_first_of_several_pictures(tmp_path: Path):
    frames = [Image.new("RGB", (6, 4), color) for color in ("red", "lime", "blue")]
    for kind in ("GIF", "TIFF", "WEBP", "PNG"):
        how = {"lossless": True} if kind == "WEBP" else {}
        path = saved(tmp_path, frames[0], kind, save_all=True, append_images=frames[1:], **how)
        assert (read(path).rgb == (255, 0, 0)).all(), kind
    path = saved(tmp_path, frames[0], "MPO", save_all=True, append_images=frames[1:])
    picture = read(path)
    assert picture.kind == "JPEG"
    assert np.abs(picture.rgb.astype(int) - (255, 0, 0)).max() < 3


def test_a_tiff_of_many_pages_is_read_at_once(tmp_path: Path):
    page = Image.new("L", (3, 2), 7)
    path = saved(tmp_path, page, "TIFF", save_all=True, append_images=[page] * 300)
    assert (read(path).rgb == 7).all()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_pictures_are_turned_as_their_exif_data_ask(tmp_path: Path, orientation: int, kind: str):
    # The value says where the first row and the first column of what is stored belong (TIFF 6.0).
    upright = SMOOTH
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.transpose(1, 0, 2),
        6: upright.transpose(1, 0, 2)[::-1],
        7: upright.transpose(1, 0, 2)[::-1, ::-1],
        8: upright.transpose(1, 0, 2)[:, ::-1],
    }[orientation]
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(np.ascontiguousarray(stored))
    how = {"lossless": True} if kind == "WEBP" else {}
    picture = read(saved(tmp_path, image, kind, exif=exif, **how))
    assert picture.rgb.shape == upright.shape
    assert np.abs(picture.rgb.astype(int) - upright).mean() < 4


def test_transparency_turns_with_the_picture(tmp_path: Path):
    image = Image.fromarray(SMOOTH).convert("RGBA")
    image.putalpha(Image.fromarray(SMOOTH[..., 0]))
    exif = Image.Exif()
    exif[0x0112] = 3
    picture = read(saved(tmp_path, image, exif=exif))
    assert picture.alpha is not None
    assert (picture.alpha == SMOOTH[::-1, ::-1, 0]).all()


def test_broken_exif_data_do_no_harm(tmp_path: Path):
    exif = Image.Exif()
    exif[0x0112] = 6
    good = exif.tobytes()
    for length in range(6, len(good)):
        broken = good[:length] + b"\xff\xff\xff"
        picture = read(saved(tmp_path, Image.fromarray(SMOOTH), "JPEG", exif=broken))
        # Turned, if that much can still be read.
        assert picture.rgb.shape in (SMOOTH.shape, (48, 24, 3))


def linear_profile() -> bytes:
    """Build a profile in which values are proportional to light, from LittleCMS's own sRGB."""
    content = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    tags = struct.unpack(">I", content[128:132])[0]
    for index in range(tags):
        place = 132 + 12 * index
        name, start, _ = struct.unpack(">4sII", content[place : place + 12])
        if name in (b"rTRC", b"gTRC", b"bTRC"):
            # A parametric curve of type 0: x to the power of g, here 1.
            content[start : start + 16] = b"para" + bytes(8) + struct.pack(">i", 1 << 16)
        if name == b"desc":
            place = content.index("sRGB".encode("utf-16-be"), start)
            content[place : place + 8] = "Flat".encode("utf-16-be")
    return bytes(content)


def test_embedded_profiles_are_converted_to_srgb(tmp_path: Path):
    linear = np.array([[[0, 55, 255], [128, 128, 128]]], dtype=np.uint8)
    path = saved(tmp_path, Image.fromarray(linear), icc_profile=linear_profile())
    light = linear / 255
    expected = np.where(light > 0.0031308, 1.055 * light ** (1 / 2.4) - 0.055, 12.92 * light) * 255
    assert np.abs(read(path).rgb - expected).max() <= 2
    assert read(path).rgb[0, 0, 1] > 120  # not 55


def test_an_srgb_profile_changes_nothing(tmp_path: Path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    noise = RNG.integers(0, 256, (20, 20, 3), dtype=np.uint8)
    assert (read(saved(tmp_path, Image.fromarray(noise), icc_profile=profile)).rgb == noise).all()


def test_a_profile_serves_transparent_and_paletted_pictures_too(tmp_path: Path):
    linear = np.full((2, 2, 3), 55, dtype=np.uint8)
    linear[0, 0] = (200, 55, 0)
    image = Image.fromarray(linear).convert("RGBA")
    image.putalpha(77)
    picture = read(saved(tmp_path, image, icc_profile=linear_profile()))
    assert picture.alpha is not None
    assert (picture.alpha == 77).all()
    assert abs(int(picture.rgb[1, 1, 0]) - 128) <= 2
    paletted = saved(tmp_path, Image.fromarray(linear).quantize(4), icc_profile=linear_profile())
    assert abs(int(read(paletted).rgb[1, 1, 0]) - 128) <= 2


@pytest.mark.parametrize("profile", [b"junk", bytes(200), linear_profile()[:300]])
def test_a_profile_that_is_broken_is_left_aside(tmp_path: Path, profile: bytes):
    path = saved(tmp_path, Image.fromarray(SMOOTH), icc_profile=profile)
    assert (read(path).rgb == SMOOTH).all()


def test_a_profile_for_other_channels_is_left_aside(tmp_path: Path):
    image = Image.fromarray(SMOOTH).convert("CMYK")
    path = saved(tmp_path, image, "TIFF", icc_profile=linear_profile())
    assert (read(path).rgb == np.asarray(image.convert("RGB"))).all()


def test_lab_pictures(tmp_path: Path):
    # L is stored from 0 to 255, a and b as signed bytes: this is pure red, 53.2, 80.1, 67.2.
    image = Image.frombytes("LAB", (1, 1), bytes([136, 80, 67]))
    picture = read(saved(tmp_path, image, "TIFF"))
    assert np.abs(picture.rgb[0, 0].astype(int) - (255, 0, 0)).max() < 12


def tiff(values: np.ndarray, **tags: int) -> bytes:
    """Write an uncompressed gray TIFF whose pixels have any number type; tags by number."""
    bits = tags.pop("bits", values.dtype.itemsize * 8)
    form = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    entries = {256: values.shape[1], 257: values.shape[0], 258: bits, 259: 1, 262: 1, 339: form}
    entries |= {277: 1, 278: values.shape[0], 279: values.nbytes}
    entries |= {int(name[1:]): value for name, value in tags.items()}
    entries[273] = 8 + 2 + 12 * (len(entries) + 1) + 4
    fields = [struct.pack("<HHII", key, 4, 1, entries[key]) for key in sorted(entries)]
    folder = struct.pack("<H", len(fields)) + b"".join(fields) + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + folder + values.tobytes()


def test_gray_values_of_other_number_types(tmp_path: Path):
    deep = np.array([[0, 32768, 65535]])
    for content, expected in (
        (tiff(deep.astype("<u2")), [0, 128, 255]),
        (tiff(deep.astype("<u2"), t262=0), [255, 127, 0]),  # 0 is white
        (tiff(deep.astype("<i4")), [0, 128, 255]),
        (tiff((deep / 65535).astype("<f4")), [0, 128, 255]),
    ):
        assert read(put(tmp_path, content)).rgb[0, :, 1].tolist() == expected
    # Twelve bits: two pixels in three bytes, 0 and 4095.
    packed = np.frombuffer(bytes([0x00, 0x0F, 0xFF]), np.uint8).reshape(1, 3)
    content = tiff(packed, bits=12, t256=2, t279=3)
    assert read(put(tmp_path, content)).rgb[0, :, 0].tolist() == [0, 255]


@pytest.mark.parametrize(
    ("values", "seen"),
    [
        (np.array([[-5, 5]], "<i4"), "from -5 to 5"),
        (np.array([[0, 70_000]], "<i4"), "from 0 to 70000"),
        (np.array([[0, 3.5]], "<f4"), "from 0 to 3.5"),
        (np.array([[np.nan, 0.5]], "<f4"), "from nan to nan"),
        (np.array([[0, np.inf]], "<f4"), "from 0 to inf"),
    ],
)
def test_measurements_are_not_photographs(tmp_path: Path, values: np.ndarray, seen: str):
    assert f"holds numbers {seen}," in the_sentence(put(tmp_path, tiff(values)))


@pytest.mark.parametrize(("kind", "how"), FORMATS)
def test_truncated_files(tmp_path: Path, kind: str, how: dict[str, Any]):
    noise = Image.fromarray(RNG.integers(0, 256, (40, 60, 3), dtype=np.uint8))
    content = encoded(noise, kind, **how)
    whole = read(put(tmp_path, content)).rgb
    lengths = [len(content) * tenth // 10 for tenth in range(1, 10)]
    for length in (*lengths, *(len(content) - missing for missing in (1, 2, 8, 12))):
        path = put(tmp_path, content[:length])
        try:
            picture = read(path)
        except PictureError:
            assert "begins like a picture but is damaged, incomplete," in the_sentence(path), length
        else:
            # Nothing of the picture itself was cut off.
            assert length > 0.99 * len(content) - 2
            assert (picture.rgb == whole).all(), length


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "TIFF", "AVIF"])
def test_a_first_line_of_a_picture_and_junk_after_it(tmp_path: Path, kind: str):
    content = encoded(Image.fromarray(SMOOTH), kind)
    for seed in range(20):
        junk = np.random.default_rng(seed).bytes(500)
        assert the_sentence(put(tmp_path, content[: 12 + seed] + junk))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    kind=st.sampled_from(["PNG", "JPEG", "GIF", "TIFF", "WEBP", "BMP", "PPM"]),
    places=st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 255)), min_size=1, max_size=9),
)
def test_changed_bytes_give_a_picture_or_a_sentence(
    tmp_path: Path, kind: str, places: list[tuple[int, int]]
):
    content = bytearray(encoded(Image.fromarray(SMOOTH), kind))
    for place, value in places:
        content[place % len(content)] = value
    path = put(tmp_path, bytes(content))
    try:
        picture = read(path)
    except PictureError:
        the_sentence(path)
    else:
        assert picture.rgb.ndim == 3


@pytest.mark.parametrize(
    "content",
    [
        b"just a text",
        b'<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>',
        b"%PDF-1.7 ...",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
        b"8BPS\0\1" + bytes(60),
        b"PK\3\4" + bytes(60),
        bytes(1000),
        b"\0",
        b"BMW is a firm",
        b"P1 is a name",
    ],
)
def test_files_of_other_kinds(tmp_path: Path, content: bytes):
    path = put(tmp_path, content)
    assert the_sentence(path).startswith("is not a picture of a kind that can be read (JPEG, PNG,")
    with pytest.raises(NotAPictureError):
        read(path)


def test_heic_photographs_are_named_as_such(tmp_path: Path):
    path = put(tmp_path, b"\0\0\0\x18ftypheic" + RNG.bytes(100), "IMG_1.HEIC")
    assert the_sentence(path).startswith("is a HEIC photograph, which cannot be read here; export")


def test_an_empty_file(tmp_path: Path):
    assert the_sentence(put(tmp_path, b"")) == "is empty."


MEASURE = """
import resource, sys
from cnncourse.colorize.pictures import PictureError, read
resource.setrlimit(resource.RLIMIT_AS, (1 << 30,) * 2)
for name in sys.argv[1:]:
    try:
        read(name)
    except PictureError as problem:
        print(problem)
"""


def test_bombs_are_refused_before_they_are_decoded(tmp_path: Path):
    # A process that may use 1 GB reads headers that promise 12 GB and more.
    zeros = zlib.compress(bytes(1 << 20))
    gif = b"GIF89a" + struct.pack("<HHBBB", 65000, 65000, 0x80, 0, 0) + bytes(6)
    bmp = b"BM" + struct.pack("<IIIIiiHHIIiiII", 99, 0, 54, 40, 65000, 65000, 1, 24, *[0] * 6)
    bombs = [
        put(tmp_path, png((65_000, 65_000), 8, 2, [], lies=zeros), "a.png"),
        put(tmp_path, png((20_000, 5_001), 8, 2, [], lies=zeros), "b.png"),
        put(tmp_path, png((2**31 - 1, 1), 1, 0, [], lies=zeros), "c.png"),
        put(tmp_path, gif + b"," + struct.pack("<HHHHB", 0, 0, 65000, 65000, 0) + b"\2\0", "d.gif"),
        put(
            tmp_path,
            gif.replace(struct.pack("<HH", 65000, 65000), struct.pack("<HH", 3, 3))
            + b","
            + struct.pack("<HHHHB", 0, 0, 65000, 65000, 0)
            + b"\2\0",
            "e.gif",
        ),
        put(tmp_path, bmp, "f.bmp"),
        put(tmp_path, b"P6 65000 65000 255\n", "g.ppm"),
        put(tmp_path, b"P2 65000 65000 65535\n", "h.pgm"),
        put(tmp_path, tiff(np.zeros((1, 1), "u1"), t256=65_000, t257=65_000), "i.tiff"),
    ]
    result = subprocess.run(
        [sys.executable, "-c", MEASURE, *map(str, bombs)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = result.stdout.splitlines()
    assert result.stderr == ""
    assert len(lines) == len(bombs)
    for path, line in zip(bombs, lines, strict=True):
        assert line.startswith(f"{path} ")
        assert line.endswith("; pictures of up to 100 million pixels are read.")
    assert "has 20,000 × 5,001 pixels" in lines[1]


def test_a_header_may_not_promise_less_than_there_is(tmp_path: Path):
    # Rows beyond those that the header names are not decoded.
    content = png((2, 1), 8, 0, [bytes([1, 2])] + [bytes([3, 4])] * 1000)
    assert read(put(tmp_path, content)).rgb[..., 0].tolist() == [[1, 2]]


def test_no_pixels_at_all(tmp_path: Path):
    assert the_sentence(put(tmp_path, png((0, 5), 8, 2, [])))
    assert the_sentence(put(tmp_path, b"P6 0 0 255\n"))


def test_a_missing_file_a_folder_and_what_is_no_file(tmp_path: Path):
    assert the_sentence(tmp_path / "nothing.png") == "does not exist."
    assert the_sentence(tmp_path) == "is a folder, not a file."
    pipe = tmp_path / "pipe.png"
    os.mkfifo(pipe)
    assert the_sentence(pipe) == "is not a file."  # and nobody waits for somebody to write
    assert the_sentence(put(tmp_path, b"x") / "below") == "cannot be opened (Not a directory)."
    assert the_sentence(tmp_path / ("x" * 300)) == "cannot be opened (File name too long)."
    assert the_sentence(Path("null\0byte.png")) == "is not a possible name of a file."


def test_links(tmp_path: Path):
    target = saved(tmp_path, Image.fromarray(SMOOTH))
    link, lost, around = (tmp_path / name for name in ("link.png", "lost.png", "around.png"))
    link.symlink_to(target)
    lost.symlink_to(tmp_path / "gone")
    around.symlink_to(around)
    assert (read(link).rgb == SMOOTH).all()
    assert the_sentence(lost) == "is a link that leads nowhere."
    assert the_sentence(around) == "is a link that leads nowhere."


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = saved(tmp_path, Image.fromarray(SMOOTH))

    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(13, "Permission denied")

    # The superuser may read everything, and tests may run as one.
    monkeypatch.setattr(Path, "open", refuse)
    assert the_sentence(path) == "cannot be opened (Permission denied)."


def test_a_disk_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(pictures, "_read", fail)
    path = saved(tmp_path, Image.fromarray(SMOOTH))
    assert the_sentence(path) == "cannot be read (Input/output error)."


@pytest.mark.parametrize("name", ["søster ñandú.png", "写真.png", "صورة.png", "a\nb.png", "-o.png"])
def test_names_in_other_alphabets(tmp_path: Path, name: str):
    path = put(tmp_path, encoded(Image.fromarray(SMOOTH), "PNG"), name)
    assert (read(path).rgb == SMOOTH).all()
    path.write_bytes(b"")
    assert the_sentence(path) == "is empty."


def test_a_name_that_is_no_text(tmp_path: Path):
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"))
    path.write_bytes(b"")
    assert the_sentence(path) == "is empty."
    assert shown(path).endswith("/\\udcff.png")
    shown(path).encode("utf-8")


@pytest.mark.parametrize("name", ["a.png", "a.jpg", "a.JPEG"])
def test_what_is_written_can_be_read(tmp_path: Path, name: str):
    path = tmp_path / name
    write(path, SMOOTH)
    back = read(path)
    assert back.kind == ("PNG" if name == "a.png" else "JPEG")
    assert np.abs(back.rgb.astype(int) - SMOOTH).max() <= (0 if name == "a.png" else 8)
    assert os.listdir(tmp_path) == [name]


def test_jpeg_files_keep_the_colors_at_full_size(tmp_path: Path):
    # Columns in turn red and green, of one lightness: halved, the chroma would be one mixture.
    columns = np.tile(np.array([[200, 0, 0], [0, 120, 0]], np.uint8), (16, 8, 1))
    write(tmp_path / "a.jpg", columns)
    error = np.abs(read(tmp_path / "a.jpg").rgb.astype(int) - columns)
    assert error.mean() < 10


def test_opacity_is_written_too(tmp_path: Path):
    write(tmp_path / "a.png", SMOOTH, SMOOTH[..., 1])
    back = read(tmp_path / "a.png")
    assert (back.rgb == SMOOTH).all()
    assert back.alpha is not None
    assert (back.alpha == SMOOTH[..., 1]).all()
    with pytest.raises(ValueError, match=r"\.jpg keeps no transparency"):
        write(tmp_path / "a.jpg", SMOOTH, SMOOTH[..., 1])


def test_nothing_is_overwritten_unless_asked_for(tmp_path: Path):
    path = put(tmp_path, b"precious", "a.png")
    with pytest.raises(PictureError, match="exists already and is not overwritten"):
        write(path, SMOOTH)
    assert path.read_bytes() == b"precious"
    write(path, SMOOTH, overwrite=True)
    assert (read(path).rgb == SMOOTH).all()
    lost = tmp_path / "lost.png"
    lost.symlink_to(tmp_path / "elsewhere.png")
    with pytest.raises(PictureError, match="exists already"):
        write(lost, SMOOTH)
    assert not (tmp_path / "elsewhere.png").exists()


def test_a_file_that_cannot_be_finished_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def fills_the_disk(self: Image.Image, file: Any, **_: Any) -> None:
        file.write(b"half a picture")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Image.Image, "save", fills_the_disk)
    with pytest.raises(PictureError, match=r"cannot be written \(No space left on device\)"):
        write(tmp_path / "a.png", SMOOTH)
    assert os.listdir(tmp_path) == []


def test_places_that_cannot_be_written_to(tmp_path: Path):
    with pytest.raises(PictureError, match=r"cannot be written \(No such file or directory\)"):
        write(tmp_path / "nowhere" / "a.png", SMOOTH)
    (tmp_path / "a.png").mkdir()
    with pytest.raises(PictureError, match=r"cannot be written \(Is a directory\)"):
        write(tmp_path / "a.png", SMOOTH, overwrite=True)
    with pytest.raises(PictureError, match="cannot be written"):
        write(tmp_path / "long.jpg", np.zeros((1, 65_536, 3), np.uint8))
    assert os.listdir(tmp_path) == ["a.png"]


@pytest.mark.parametrize(
    ("name", "rgb", "alpha", "message"),
    [
        ("a.gif", SMOOTH, None, "path ends in '.gif'"),
        ("a.png", SMOOTH[..., 0], None, r"rgb has shape \(24, 48\)"),
        ("a.png", SMOOTH / 255, None, "dtype float64"),
        ("a.png", SMOOTH, SMOOTH[:3, :, 0], r"alpha has shape \(3, 48\)"),
    ],
)
def test_what_cannot_be_written(
    tmp_path: Path, name: str, rgb: np.ndarray, alpha: np.ndarray | None, message: str
):
    with pytest.raises(ValueError, match=message):
        write(tmp_path / name, rgb, alpha)
    assert os.listdir(tmp_path) == []

"""The colorizer's figure: its reading, its stored predictions, and the live figure in a browser."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from browser import ROOT, axe
from bs4 import BeautifulSoup
from figures.checks import evaluate, overflow, spoken
from figures.conftest import PAGE, STATIC
from PIL import Image
from playwright.sync_api import Page, expect
from skimage.color import rgb2lab

from benchmarks.colorize import figure as script
from cnncourse import _runtime
from cnncourse.colorize import export, losses, metrics
from cnncourse.data import photograph, results
from cnncourse.figures import Colorize
from cnncourse.figures.colorize import VIEWS, spread_colors, verdict
from js import golden_lab

OpenPage = Callable[..., Page]
NAMES = ("astronaut", "china", "chelsea", "coffee", "flower", "camera")
COLORED = NAMES[:-1]


def stored(name: str) -> dict[str, Any]:
    return next(item for item in results("colorize_figure")["photographs"] if item["name"] == name)


def decoded(url: str) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(url.split(",")[1]))).convert("RGB"))


def maps(photo: dict[str, Any]) -> np.ndarray:
    """Return faithful a and b, vivid a and b, and the spread; shape (5, h, w)."""
    values = decoded(photo["maps"])[..., 0].reshape(5, *photo["size"]).astype(float)
    return np.concatenate([values[:4] - 128, values[4:] / 2])


def numbers(text: str) -> list[float]:
    return [float(found) for found in re.findall(r"-?\d+(?:\.\d+)?", text.replace("−", "-"))]


class TestPython:
    def test_what_it_shows_is_named(self) -> None:
        assert repr(Colorize("coffee", right="truth")) == "Colorize(coffee: gray | truth)"
        assert Colorize().spec().keys() == {"photograph", "left", "right", "split", "place"}
        assert set(Colorize().get_state()["carried"]["photographs"][0]) >= {"src", "maps", "scores"}

    @pytest.mark.parametrize(
        ("settings", "error", "words"),
        [
            ({"photograph": "mona lisa"}, ValueError, "one of astronaut, china, chelsea"),
            ({"left": "sepia"}, ValueError, "left must be one of"),
            ({"right": 3}, (TypeError, ValueError), "right"),
            ({"split": 101}, ValueError, "split must be at most 100"),
            ({"split": 0.5}, TypeError, "split must be an integer"),
            ({"place": [3]}, TypeError, "place must be a pair"),
            ({"color": "red"}, TypeError, "there is no setting 'color'"),
        ],
    )
    def test_bad_settings_are_refused_in_words(
        self, settings: dict[str, Any], error: Any, words: str
    ) -> None:
        with pytest.raises(error, match=words):
            Colorize(**settings)

    def test_colors_under_the_cursor_are_the_photograph_s_and_the_map_s(self) -> None:
        photo = stored("coffee")
        figure = Colorize("coffee", place=[100, 41])
        found = figure.colors()
        lightness, *ab = rgb2lab(decoded(photo["src"])[100, 41] / 255)
        assert found["L"][0] == pytest.approx(lightness, abs=0.51)
        assert found["truth"] == pytest.approx(ab, abs=0.51)
        # 288 pixels over 64 cells: the place, in cells, and bilinear between four of them.
        full = torch.nn.functional.interpolate(
            torch.tensor(maps(photo))[None], size=(288, 288), mode="bilinear"
        )[0, :, 100, 41]
        together = [*found["faithful"], *found["vivid"], *found["spread"]]
        assert together == pytest.approx(full.tolist(), abs=0.51)
        assert "truth" not in Colorize("camera").colors()
        assert Colorize("coffee", place=[999, 999]).colors() == (
            Colorize("coffee", place=[287, 287]).colors()
        )

    def test_words_fit_the_numbers(self) -> None:
        score = {"gray": 20.0, "faithful": 20.04, "vivid": 19.5, "truth": None}
        scores = {name: {"psnr": value, "colorfulness": 20} for name, value in score.items()}
        assert "faithful is as near as gray, vivid 0.5 dB farther than gray" in verdict(scores, 3)
        del scores["truth"]
        assert verdict(scores, 3).startswith("The picture has no color of its own")

    def test_the_colors_of_uncertainty_grow_evenly_in_lightness(self) -> None:
        lightness = rgb2lab(spread_colors() / 255)[:, 0]
        assert np.abs(lightness - np.linspace(14, 92, 256)).max() < 1

    def test_golden_vectors_are_up_to_date(self) -> None:
        old = json.loads(golden_lab.FILE.read_text(encoding="utf-8"))
        new = golden_lab.golden()
        assert old.keys() == new.keys()
        for name in ("lab", "rgb"):
            assert np.allclose(np.array(old[name]), np.array(new[name]), atol=0.02), name
        assert [each["plane"] for each in old["resized"]] == [
            each["plane"] for each in new["resized"]
        ]
        for before, after in zip(old["resized"], new["resized"], strict=True):
            assert np.allclose(before["result"], after["result"], atol=1e-3)
        assert old["scores"]["psnr"] == pytest.approx(new["scores"]["psnr"])


@pytest.fixture(scope="module")
def network() -> Any:
    """Return the network that ships, and what is known of it."""
    return export.load("photographs")


class TestStored:
    """What the figure starts with is what the shipped checkpoint predicts."""

    def test_it_comes_from_the_checkpoint_that_ships(self) -> None:
        content = export.checkpoint_path("photographs").read_bytes()
        told = results("colorize_figure")["about"]["checkpoint_sha256"]
        assert told == hashlib.sha256(content).hexdigest(), (
            "run python -m benchmarks.colorize.figure, then make figures and make notebooks"
        )

    @pytest.mark.parametrize("name", NAMES)
    def test_predictions_and_scores_can_be_computed_again(self, network: Any, name: str) -> None:
        photo, again = stored(name), script.entry(name, *network)
        # Vivid colors hang on exponentials: elsewhere a unit more or less.
        assert np.abs(maps(photo) - maps(again)).max() <= 3
        assert np.abs(maps(photo) - maps(again)).mean() < 0.05
        truth = decoded(photo["src"]).astype(float)
        # The fine leaves and tiles of the temple cost a JPEG of this quality most, 4.7 levels.
        assert np.abs(truth - 255 * photograph(name, size=(288, 288))).mean() < 5
        for view, score in photo["scores"].items():
            for measure, value in score.items():
                assert value == pytest.approx(again["scores"][view][measure], abs=0.05), view
        assert photo["gray"] == (name == "camera")
        assert photo["spread"] == pytest.approx(maps(photo)[4].mean(), abs=0.06)

    def test_scores_are_those_of_the_pictures_shown(self) -> None:
        photo = stored("chelsea")
        small = {view: decoded(url)[None] for view, url in photo["pictures"].items()}
        truth = small["truth"]
        for view in ("gray", "faithful", "vivid"):
            # The pictures for where no script runs are a quarter as large: nearly the same scores.
            near = metrics.psnr(truth, small[view])
            assert near == pytest.approx(photo["scores"][view]["psnr"], abs=1.5)

    def test_the_graph_is_the_checkpoint_s(self, tmp_path: Path) -> None:
        export.to_onnx("photographs", tmp_path / "photographs.onnx")
        shipped, fresh = (
            onnx.load(folder / "photographs.onnx", load_external_data=False).graph
            for folder in (export.CHECKPOINTS, tmp_path)
        )
        again = "run python -m benchmarks.colorize.figure"
        assert shipped.node == fresh.node, again
        for old, new in zip(shipped.initializer, fresh.initializer, strict=True):
            assert (old.name, old.dims, old.external_data) == (
                *(new.name, new.dims, new.external_data),
            ), again
            if not old.external_data:
                pair = [onnx.numpy_helper.to_array(tensor) for tensor in (old, new)]
                assert np.allclose(*pair, rtol=1e-5), again

    def test_the_files_that_a_page_loads_are_small(self) -> None:
        assert (export.CHECKPOINTS / "photographs.safetensors").stat().st_size <= 4_000_000
        assert (export.CHECKPOINTS / "photographs.onnx").stat().st_size <= 45_000


class TestReading:
    @pytest.mark.parametrize("name", NAMES)
    def test_it_says_everything_without_a_script(self, name: str) -> None:
        figure = Colorize(name, left="faithful", right="truth", caption="A promise")
        soup = BeautifulSoup(figure.html(), "html.parser")
        photo = stored(name)
        views = [view for view in VIEWS if view != "truth" or name in COLORED]
        pictures = soup("img")
        assert [image["src"] for image in pictures] == [photo["pictures"][view] for view in views]
        for image, view in zip(pictures, views, strict=True):
            assert image["alt"].startswith(f"{VIEWS[view][0]}, ")
        whole, cursor = soup("table")
        assert [row.th.string for row in whole.tbody("tr")] == [
            VIEWS[view][0] for view in views if view != "spread"
        ]
        text = soup.get_text(" ")
        assert verdict(photo["scores"], photo["spread"]) in text
        found = figure.colors()
        rows = {row.th.string: [cell.string for cell in row("td")] for row in cursor.tbody("tr")}
        for head in set(found) & {"truth", "faithful", "vivid"}:
            expected = [*found["L"], *found[head]]
            assert [numbers(cell)[0] for cell in rows[VIEWS[head][0]]] == expected
        if name in COLORED:
            formula = re.search(r"Faithful is off by (√.*?)\. The", text)
            assert formula is not None
            left, right = evaluate(formula[1])
            assert left == pytest.approx(right, abs=0.051)
            a, b = np.subtract(found["faithful"], found["truth"])
            assert left == pytest.approx(float(np.hypot(a, b)))
        assert len(figure.html()) < 60_000

    @pytest.mark.browser
    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_is_accessible(self, figure_page: OpenPage, theme: str) -> None:
        page = figure_page(Colorize(), scripts=True, theme=theme)
        html = Colorize().reading()
        page.evaluate("(html) => { document.querySelector('.cnn-live').innerHTML = html }", html)
        assert axe(page) == []


def ready(page: Page, name: str = "astronaut") -> Page:
    page.wait_for_selector(f".cnn-live[data-ready={name}]")
    return page


def pixels(page: Page, which: int) -> np.ndarray:
    """Return what a canvas of the picture shows: 0 left of the line, 1 right of it."""
    canvas = page.locator(".cnn-picture canvas").nth(which)
    return decoded(canvas.evaluate("(canvas) => canvas.toDataURL()"))


def reading(page: Page, row: str) -> list[float]:
    cells = page.locator(f".cnn-readings tr:has-text('{row}') td").all_inner_texts()
    return [numbers(text)[0] for text in cells]


def side(page: Page, name: str) -> Any:
    return page.get_by_label(f"{name} of the line", exact=True)


@pytest.mark.browser
class TestLive:
    @pytest.mark.parametrize("name", NAMES)
    def test_the_page_shows_what_python_says(self, figure_page: OpenPage, name: str) -> None:
        page = ready(figure_page(Colorize()))
        photo = stored(name)
        page.get_by_role("radio", name=photo["label"]).check(force=True)
        ready(page, name)
        figure = Colorize(name)
        for head, expected in figure.colors().items():
            if head in VIEWS and head != "spread":
                got = reading(page, VIEWS[head][0])[1:]
                # Another decoder of JPEG may round the photograph's colors another way.
                assert got == pytest.approx(expected, abs=1 if head == "truth" else 0.1), head
        assert page.locator(".cnn-summary").inner_text() == verdict(
            photo["scores"], photo["spread"]
        )
        shown = page.locator(".cnn-scores tbody tr:visible").all_inner_texts()
        assert len(shown) == len(photo["scores"])
        for text, (view, score) in zip(shown, photo["scores"].items(), strict=True):
            assert VIEWS[view][0] in text
            assert numbers(text)[-1] == pytest.approx(score["colorfulness"], abs=0.51)
        for view in photo["pictures"]:
            side(page, "Right").select_option(VIEWS[view][0])
            small = decoded(photo["pictures"][view]).astype(float)
            large = pixels(page, 1).astype(float).reshape(144, 2, 144, 2, 3).mean(axis=(1, 3))
            # Nearly: the small one is a JPEG of its own.
            assert np.abs(small - large).mean() < 7, view
        if name == "camera":
            disabled = page.locator(".cnn-sides option[value=truth][disabled]")
            assert disabled.count() == 2
            expect(page.get_by_text("no color of its own to compare")).to_be_visible()

    def test_the_line_slides_by_keyboard_between_two_named_views(
        self, figure_page: OpenPage
    ) -> None:
        page = ready(figure_page(Colorize(left="gray", right="truth", split=50)))
        slider = page.get_by_role("slider", name="Where the line stands")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(slider).to_have_attribute(
            "aria-valuetext", "51 %: Gray left of the line, Truth right of it"
        )
        for key, share in (("Home", 0), ("End", 1)):
            page.keyboard.press(key)
            box = page.locator(".cnn-picture").bounding_box()
            line = page.locator(".cnn-line").bounding_box()
            assert box is not None
            assert line is not None
            middle = line["x"] + line["width"] / 2
            assert middle == pytest.approx(box["x"] + share * box["width"], abs=1)
        picture = page.get_by_role("application")
        expect(picture).to_have_attribute(
            "aria-label", re.compile("gray left of the line, truth right of it$")
        )
        gray = pixels(page, 0)
        assert np.ptp(gray.astype(int), axis=2).max() <= 3
        assert np.abs(pixels(page, 1).astype(int) - decoded(stored("astronaut")["src"])).max() <= 3

    def test_pointer_tap_and_keys_move_one_cursor(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize("coffee")), "coffee")
        picture = page.get_by_role("application")
        title = page.locator(".cnn-band-title")
        box = picture.bounding_box()
        assert box is not None
        pixel = box["width"] / 288
        before = title.inner_text()
        picture.hover(position={"x": 40.5 * pixel, "y": 100.5 * pixel})
        expect(title).to_have_text("Row 100, column 40")
        figure = Colorize("coffee", place=[100, 40])
        assert reading(page, "Vivid")[1:] == list(figure.colors()["vivid"])
        left, right = evaluate(page.locator(".cnn-formula").inner_text())
        assert left == pytest.approx(right, abs=0.051)
        a, b = np.subtract(reading(page, "Vivid")[1:], reading(page, "Truth")[1:])
        assert left == pytest.approx(float(np.hypot(a, b)))
        page.mouse.move(1, 1)
        expect(title).to_have_text(before)
        # Looking around is silent; keeping a place is said, by the one live region.
        assert page.get_by_role("status").count() == 1
        assert spoken(page) == ""
        picture.click(position={"x": 40.5 * pixel, "y": 100.5 * pixel})
        page.mouse.move(1, 1)
        expect(title).to_have_text("Row 100, column 40")
        page.wait_for_function("() => document.querySelector('[role=status]').textContent")
        assert spoken(page).startswith("Row 100, column 40: L ")
        steps = [
            ("ArrowRight", 100, 41),
            ("Shift+ArrowDown", 110, 41),
            ("Home", 110, 0),
            ("Control+End", 287, 287),
            ("ArrowDown", 287, 287),
        ]
        for key, row, column in steps:
            picture.press(key)
            expect(title).to_have_text(f"Row {row}, column {column}")
        page.wait_for_function(
            "() => document.querySelector('[role=status]').textContent.includes('Row 287')"
        )
        assert "spread" in spoken(page)

    def test_uncertainty_has_a_scale_with_numbers(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize("china", right="spread")), "china")
        expect(page.locator(".cnn-legend")).to_be_visible()
        expect(page.locator(".cnn-legend")).to_contain_text("45 or more")
        spread = maps(stored("china"))[4]
        lightness = rgb2lab(pixels(page, 1) / 255)[..., 0]
        rows, columns = np.unravel_index([spread.argmin(), spread.argmax()], spread.shape)
        sure, unsure = lightness[(9 * rows + 4) // 2, (9 * columns + 4) // 2]
        assert unsure - sure > 10
        side(page, "Right").select_option("Vivid")
        expect(page.locator(".cnn-legend")).to_be_hidden()

    def test_reset_and_the_program(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize("chelsea", place=[90, 120])), "chelsea")
        page.evaluate(
            """() => Object.defineProperty(navigator, "clipboard", {
                value: {writeText: async (text) => { window.copied = text; }}})"""
        )
        page.get_by_role("button", name="Copy as PyTorch").click()
        page.wait_for_function("() => window.copied")
        done = subprocess.run(
            [sys.executable, "-c", page.evaluate("window.copied")],
            capture_output=True,
            text=True,
            cwd=ROOT,
            check=True,
        )
        # The page's photograph is a JPEG, and its maps hold whole units.
        assert numbers(done.stdout) == pytest.approx(reading(page, "Vivid")[1:], abs=2.5)
        page.get_by_role("radio", name="Coffee").check(force=True)
        ready(page, "coffee")
        side(page, "Left").select_option("Truth")
        page.get_by_role("button", name="Reset").click()
        ready(page, "chelsea")
        expect(side(page, "Left")).to_have_value("gray")
        expect(page.locator(".cnn-band-title")).to_have_text("Row 90, column 120")

    @pytest.mark.parametrize(("theme", "width"), [("light", 1280), ("dark", 320)])
    def test_it_is_accessible_and_fits(self, figure_page: OpenPage, theme: str, width: int) -> None:
        page = ready(figure_page(Colorize(right="spread"), theme=theme, width=width))
        assert axe(page) == []
        assert overflow(page) == []
        for target in page.locator("button:visible, select, .cnn-slider, .cnn-photos label").all():
            box = target.bounding_box()
            assert box is not None
            assert min(box["height"], box["width"]) >= 24

    def test_in_forced_colors_marks_and_line_stay(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize(), forced_colors="active"))
        assert axe(page) == []
        color = page.locator(".cnn-line").evaluate(
            "(line) => getComputedStyle(line).backgroundColor"
        )
        assert color == "rgb(255, 255, 255)"

    def test_it_is_quick_on_a_slow_computer(
        self, figure_page: OpenPage, slowed_median: Callable[..., float]
    ) -> None:
        page = ready(figure_page(Colorize()))
        for name in ("china", "astronaut"):
            page.get_by_role("radio", name=stored(name)["label"]).check(force=True)
            ready(page, name)
        cursor = slowed_median(
            page,
            """(i) => {
                const box = document.querySelector(".cnn-picture");
                const {left, top} = box.getBoundingClientRect();
                box.dispatchEvent(new PointerEvent("pointermove", {
                    clientX: left + 20 + 7 * i, clientY: top + 30 + 5 * i, bubbles: true,
                }));
            }""",
        )
        line = slowed_median(
            page,
            """(i) => {
                const slider = document.querySelector(".cnn-slider");
                slider.value = 10 + 2 * i;
                slider.dispatchEvent(new Event("input"));
            }""",
        )
        another = slowed_median(
            page, "(i) => document.querySelectorAll('.cnn-photos input')[i % 2].click()", 50
        )
        print(
            f"colorize at a quarter of the speed: cursor {cursor:.1f} ms, line {line:.1f} ms, "
            f"photograph {another:.1f} ms"
        )
        assert cursor < 16
        assert line < 16
        assert another < 50

    def test_what_python_cannot_have_is_drawn_legally(self, figure_page: OpenPage) -> None:
        html = Colorize("camera").html()
        for before, after in (('"split":50', '"split":-7'), ('"right":"vivid"', '"right":"truth"')):
            assert before in html
            html = html.replace(before, after)
        html = re.sub(r'"place":\[[^]]*\]', '"place":[-5,4000]', html)
        page = figure_page(html)
        ready(page, "camera")
        expect(side(page, "Right")).to_have_value("gray")
        expect(page.locator(".cnn-band-title")).to_have_text("Row 0, column 287")


def file(array: np.ndarray, kind: str = "PNG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, **options)
    return buffer.getvalue()


def give(page: Page, content: bytes, name: str = "mine.png", kind: str = "image/png") -> None:
    page.locator("input[type=file]").set_input_files(
        {"name": name, "mimeType": kind, "buffer": content}
    )


GRADIENT = np.stack(
    [
        np.tile(np.linspace(0, 255, 90), (60, 1)),
        np.tile(np.linspace(255, 0, 60)[:, None], (1, 90)),
        np.full((60, 90), 90),
    ],
    axis=-1,
).astype(np.uint8)


@pytest.mark.browser
class TestOwn:
    def test_it_is_shown_gray_and_true_before_any_network(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize()))
        give(page, file(GRADIENT), "holiday.png")
        ready(page, "own-picture")
        assert np.array_equal(pixels(page, 1), GRADIENT)
        row, column = map(int, numbers(page.locator(".cnn-band-title").inner_text()))
        wanted = rgb2lab(GRADIENT / 255)[row, column].tolist()
        assert reading(page, "Truth") == pytest.approx(wanted, abs=0.51)
        expect(page.get_by_role("radio", name="Yours")).to_be_checked()
        expect(page.get_by_text("Yours, 90 × 60 pixels. It stays in this page.")).to_be_visible()
        # The page was opened without a book around it.
        expect(page.locator(".cnn-need")).to_contain_text("built without the program")
        assert page.get_by_role("button", name="Load the network").count() == 0
        page.get_by_role("radio", name="Cat").check(force=True)
        ready(page, "chelsea")
        expect(page.locator(".cnn-need")).to_be_hidden()
        page.get_by_role("radio", name="Yours").check(force=True)
        ready(page, "own-picture")

    def test_over_file_it_says_that_it_needs_a_server(self, figure_page: OpenPage) -> None:
        body = _runtime.offered(Colorize().html(), ROOT, "_static")
        assert "data-network" in body
        page = figure_page(body)
        ready(page)
        give(page, file(GRADIENT))
        ready(page, "own-picture")
        expect(page.locator(".cnn-need")).to_contain_text("make serve")

    def test_it_is_turned_upright_and_scaled(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize()))
        large = np.zeros((600, 1200, 3), np.uint8)
        large[:, :300] = [255, 0, 0]
        exif = Image.Exif()
        exif[0x0112] = 6  # turn it by 90° clockwise to see it upright
        give(page, file(large, "JPEG", exif=exif), "phone.jpg", "image/jpeg")
        ready(page, "own-picture")
        shown = pixels(page, 1)
        assert shown.shape == (512, 256, 3)
        assert shown[20, 128, 0] > 240
        assert shown[400, 128, 0] < 15
        expect(page.locator(".cnn-credit")).to_have_text(
            "Yours, 600 × 1200 pixels, shown at 256 × 512. It stays in this page."
        )

    def test_a_gray_one_has_no_truth(self, figure_page: OpenPage) -> None:
        page = ready(figure_page(Colorize(right="truth")))
        give(page, file(GRADIENT[..., 0]))
        ready(page, "own-picture")
        expect(side(page, "Right")).to_have_value("gray")
        assert page.locator(".cnn-sides option[value=truth][disabled]").count() == 2
        assert "no color of its own" in spoken(page)

    @pytest.mark.parametrize(
        ("content", "name", "kind", "words"),
        [
            (b"These are only words.", "notes.txt", "text/plain", "notes.txt is not a picture"),
            (b"", "nothing.png", "image/png", "nothing.png is empty"),
            (file(GRADIENT)[:60], "cut.png", "image/png", "cut.png cannot be read as a picture"),
        ],
    )
    def test_what_is_no_picture_is_refused_in_words(
        self, figure_page: OpenPage, content: bytes, name: str, kind: str, words: str
    ) -> None:
        page = ready(figure_page(Colorize()))
        give(page, content, name, kind)
        expect(page.locator(".cnn-error")).to_contain_text(words)
        assert words in spoken(page)
        expect(page.get_by_role("radio", name="Astronaut")).to_be_checked()

    @pytest.mark.parametrize("way", ["drop", "paste"])
    def test_it_can_be_dropped_and_pasted(self, figure_page: OpenPage, way: str) -> None:
        page = ready(figure_page(Colorize()))
        page.evaluate(
            """([way, content]) => {
                const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
                const data = new DataTransfer();
                data.items.add(new File([bytes], "dropped.png", {type: "image/png"}));
                const event = way === "drop"
                    ? new DragEvent("drop", {dataTransfer: data, bubbles: true, cancelable: true})
                    : new ClipboardEvent("paste", {clipboardData: data, bubbles: true});
                document.querySelector(".cnn-picture").dispatchEvent(event);
            }""",
            [way, base64.b64encode(file(GRADIENT)).decode()],
        )
        ready(page, "own-picture")
        assert np.array_equal(pixels(page, 1), GRADIENT)


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """Serve a page with the figure and all that the book puts beside it; give address, folder."""
    folder = tmp_path_factory.mktemp("site")
    static = folder / "_static"
    static.mkdir()
    for source in STATIC.iterdir():
        (static / source.name).write_bytes(source.read_bytes())
    assert _runtime.write(ROOT, static), "npm ci in js/ brings the runtime"
    (folder / "index.html").write_text(
        PAGE.format(
            theme="light",
            background="#ffffff",
            ink="#000000",
            style='<link rel="icon" href="data:,">'
            '<link rel="stylesheet" href="_static/figures.css">',
            script='<script defer src="_static/figures.page.js"></script>',
            body=_runtime.offered(Colorize().html(), ROOT, "_static"),
        ),
        encoding="utf-8",
    )
    handler = functools.partial(QuietHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}/", folder
        running.shutdown()


def expected(rgb: np.ndarray) -> dict[str, np.ndarray]:
    """Color an array as the page does, with PyTorch: planes of ab units at the picture's size."""
    network, metadata = export.load("photographs")
    L = torch.tensor(rgb2lab(rgb / 255)[..., 0], dtype=torch.float32)[None, None]
    height, width = L.shape[2:]
    padded = torch.nn.functional.pad(L, (0, -width % 16, 0, -height % 16), mode="replicate")
    with torch.inference_mode():
        faithful, logits = network(padded)
        parts = {
            "faithful": faithful,
            "vivid": export.vivid(logits, metadata),
            "spread": losses.spread(logits),
        }
    return {name: part[0].numpy() for name, part in parts.items()}


def patient(page: Page) -> Page:
    """Give a page time to fetch and start 18 MB of program, on a busy machine, too."""
    page.set_default_timeout(60_000)
    return page


@pytest.mark.browser
class TestNetwork:
    def test_a_page_loads_the_network_when_asked_and_colors_a_picture(
        self, site: tuple[str, Path], new_page: Callable[..., Page]
    ) -> None:
        page = patient(new_page())
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url.rsplit("/", 1)[-1]))
        page.goto(site[0])
        ready(page)
        rgb = (255 * photograph("china", size=(112, 128))).round().astype(np.uint8)
        give(page, file(rgb))
        ready(page, "own-picture")
        assert not any("ort" in name or "photographs.s" in name for name in requests)
        button = page.get_by_role("button", name="Load the network")
        assert re.fullmatch(
            r"Load the network: \d\.\d MB of weights and 3\.\d MB of runtime", button.inner_text()
        )
        page.evaluate(
            """() => {
                window.shares = [];
                const bar = document.querySelector("progress");
                new MutationObserver(() => shares.push([bar.value, bar.closest("div").hidden]))
                    .observe(bar, {attributes: true});
            }"""
        )
        button.click()
        page.wait_for_selector(".cnn-need", state="hidden", timeout=60_000)
        assert page.evaluate("shares.length") > 3
        assert page.evaluate("shares.at(-1)[0]") == 1
        expect(side(page, "Right")).to_have_value("vivid")
        assert spoken(page).startswith("Colored. Compared with the photograph")
        want = expected(rgb)
        row, column = 40, 60
        page.get_by_role("application").focus()
        page.keyboard.press("Control+Home")
        for key, times in (("PageDown", 4), ("Shift+ArrowRight", 6)):
            for _ in range(times):
                page.keyboard.press(key)
        expect(page.locator(".cnn-band-title")).to_have_text(f"Row {row}, column {column}")
        for head in ("faithful", "vivid"):
            full = torch.nn.functional.interpolate(
                torch.tensor(want[head])[None], size=(112, 128), mode="bilinear"
            )
            near = full[0, :, row, column].tolist()
            assert reading(page, VIEWS[head][0])[1:] == pytest.approx(near, abs=0.51)
        shown = metrics.psnr(rgb[None], pixels(page, 1)[None])
        told = page.locator(".cnn-scores tr:has-text('Vivid') td").first.inner_text()
        assert float(told) == pytest.approx(shown, abs=0.06)
        assert axe(page) == []
        # A second picture needs no loading any more.
        give(page, file(GRADIENT), "second.png")
        page.wait_for_function(
            "() => document.querySelector('[role=status]').textContent.startsWith('Colored')"
        )
        expect(page.locator(".cnn-need")).to_be_hidden()

    def test_the_worker_computes_what_pytorch_does_and_soon(
        self, site: tuple[str, Path], new_page: Callable[..., Page]
    ) -> None:
        page = patient(new_page())
        page.goto(site[0])
        ready(page)
        page.evaluate(
            """async () => {
                const offer = JSON.parse(document.querySelector("figure").dataset.network);
                const address = (file) => new URL(file, document.baseURI).href;
                const worker = new Worker(address(offer.worker), {type: "module"});
                window.ask = (message) => new Promise((resolve) => {
                    worker.onmessage = ({data}) => data.loaded === undefined && resolve(data);
                    worker.postMessage(message);
                });
                const files = Object.entries(offer.files);
                await ask({addresses: Object.fromEntries(files.map(([k, f]) => [k, address(f)]))});
            }"""
        )
        rgb = (255 * photograph("astronaut", size=(128, 128))).round().astype(np.uint8)
        L = rgb2lab(rgb / 255)[..., 0].astype(np.float32)
        ask = """async (L) => {
            const {milliseconds, faithful, vivid, spread} = await ask(
                {id: 1, L: new Float32Array(L), width: 128, height: 128});
            return {milliseconds, faithful: [...faithful], vivid: [...vivid], spread: [...spread]};
        }"""
        times, yardsticks = [], []
        for _ in range(7):
            found = page.evaluate(ask, L.ravel().tolist())
            times.append(found["milliseconds"])
            yardsticks.append(page.evaluate(MULTIPLY))
        for name, want in expected(rgb).items():
            assert np.abs(np.array(found[name]) - want.ravel()).max() < 1e-3, name
        quickest, middle, yardstick = min(times), sorted(times)[3], min(yardsticks)
        print(
            f"128 × 128 in WebAssembly, one thread: {quickest:.0f} ms at best, {middle:.0f} ms in "
            f"the middle of seven; the yardstick {yardstick:.0f} ms"
        )
        # In the measure of the machine on which 150 ms were promised: see MULTIPLY.
        assert quickest < 150 * yardstick / MULTIPLY_MILLISECONDS

    def test_what_goes_wrong_is_said_and_can_be_tried_again(
        self, site: tuple[str, Path], new_page: Callable[..., Page]
    ) -> None:
        page = patient(new_page())
        page.route("**/*.safetensors", lambda route: route.fulfill(status=404, body=""))
        page.goto(site[0])
        ready(page)
        give(page, file(GRADIENT))
        ready(page, "own-picture")
        page.get_by_role("button", name="Load the network").click()
        error = page.locator(".cnn-error")
        expect(error).to_contain_text("The network could not be loaded", timeout=30_000)
        expect(error).to_contain_text("404")
        expect(page.get_by_role("button", name="Load the network")).to_be_visible()
        page.complaints.clear()

    def test_a_browser_without_what_it_takes_is_told(
        self, site: tuple[str, Path], new_page: Callable[..., Page]
    ) -> None:
        page = patient(new_page())
        page.add_init_script("WebAssembly.validate = () => false")
        page.goto(site[0])
        ready(page)
        give(page, file(GRADIENT))
        ready(page, "own-picture")
        expect(page.locator(".cnn-need")).to_contain_text("lacks WebAssembly with SIMD")
        assert page.get_by_role("button", name="Load the network").count() == 0


# What a page does in one thread of plain JavaScript: products of two matrices of 320 × 320.
MULTIPLY = """() => {
    const n = 320;
    const [a, b, c] = [0, 1, 2].map(() => new Float32Array(n * n).fill(0.5));
    const times = [];
    for (let round = 0; round < 3; round += 1) {
        const start = performance.now();
        for (let i = 0; i < n; i += 1) {
            for (let k = 0; k < n; k += 1) {
                const value = a[i * n + k];
                for (let j = 0; j < n; j += 1) c[i * n + j] += value * b[k * n + j];
            }
        }
        times.push(performance.now() - start);
    }
    return Math.min(...times);
}"""
# What that takes where 150 ms were promised, in processor time.
MULTIPLY_MILLISECONDS = 40.0


class TestKernel:
    def ask(self, lightness: np.ndarray, **changes: Any) -> dict[str, Any]:
        figure = Colorize()
        packed = base64.b64encode(lightness.astype("<f4").tobytes()).decode()
        height, width = lightness.shape
        figure.asked = {"id": 4, "L": packed, "width": width, "height": height, **changes}
        return dict(figure.answered)

    def test_it_answers_with_what_pytorch_predicts(self) -> None:
        rgb = (255 * photograph("coffee", size=(48, 64))).round().astype(np.uint8)
        answer = self.ask(rgb2lab(rgb / 255)[..., 0])
        assert (answer["id"], answer["width"], answer["height"]) == (4, 32, 24)
        for name, want in expected(rgb).items():
            got = np.frombuffer(base64.b64decode(answer[name]), "<f4")
            assert np.allclose(got, want.ravel(), atol=1e-3), name

    @pytest.mark.parametrize("changes", [{"width": 63}, {"L": "AAAA"}, {"width": 10**6}])
    def test_it_refuses_what_is_no_picture(self, changes: dict[str, Any]) -> None:
        assert "could not color" in self.ask(np.zeros((16, 16)), **changes)["problem"]

    def test_without_pytorch_it_says_what_to_install(self, monkeypatch: Any) -> None:
        def missing(asked: Any) -> Any:
            raise ModuleNotFoundError("No module named 'torch'")

        monkeypatch.setattr("cnncourse.figures.colorize._predicted", missing)
        assert 'pip install "cnncourse[torch]"' in self.ask(np.zeros((16, 16)))["problem"]

    @pytest.mark.browser
    def test_in_a_notebook_the_page_asks_the_kernel(self, widget_page: OpenPage) -> None:
        kernel = Colorize()
        figure = Colorize()
        state = {**figure.spec(), "carried": figure.carried, "asked": {}, "answered": {}}
        figure.spec = lambda: state  # type: ignore[method-assign]
        page = ready(widget_page(figure))
        give(page, file(GRADIENT))
        page.wait_for_function("() => window.model.get('asked').id")
        assert page.get_by_role("button", name="Load the network").count() == 0
        kernel.asked = page.evaluate("window.model.get('asked')")
        page.evaluate("(answer) => window.model.set('answered', answer)", dict(kernel.answered))
        expect(side(page, "Right")).to_have_value("vivid")
        want = torch.tensor(expected(GRADIENT)["vivid"])[None, :, :30, :45]
        full = torch.nn.functional.interpolate(want, size=(60, 90), mode="bilinear")[0]
        row, column = numbers(page.locator(".cnn-band-title").inner_text())
        near = full[:, int(row), int(column)].tolist()
        assert reading(page, "Vivid")[1:] == pytest.approx(near, abs=0.51)
        # The picture itself went nowhere: only its lightness, small, to the reader's own kernel.
        assert set(page.evaluate("Object.keys(window.model.get('asked'))")) == {
            *("id", "L", "width", "height")
        }
        give(page, file(GRADIENT[..., 0]))
        page.wait_for_function("() => window.model.get('asked').id === 2")
        page.evaluate("window.model.set('answered', {id: 2, problem: 'There is no PyTorch.'})")
        expect(page.locator(".cnn-error")).to_have_text("There is no PyTorch.")

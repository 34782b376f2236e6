"""A trained network at work: its numbers, its reading, and the live figure in a real browser."""

from __future__ import annotations

import base64
import io
import json
import math
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser import ROOT, axe
from bs4 import BeautifulSoup
from figures.checks import (
    cell,
    copied_program,
    evaluate,
    grid,
    number,
    numbers_missing,
    overflow,
    run_program,
    small_targets,
    spoken,
)
from PIL import Image
from playwright.sync_api import Page, expect

from cnncourse import functional, layers
from cnncourse.data import digits, results
from cnncourse.figures import LookInside, Stamp

OpenPage = Callable[..., Page]
STATIC = ROOT / "cnncourse" / "figures" / "static"


class InNotebook(LookInside):
    """What a notebook's page gets beside the spec: the network that the figure carries."""

    def spec(self) -> dict[str, Any]:
        return {**super().spec(), "carried": self.carried}


def own_network(rng: np.random.Generator) -> layers.Sequential:
    """Return a network with weights that are no short decimals."""
    return layers.Sequential(
        layers.Conv2d(1, 3, 3, rng=rng),
        layers.ReLU(),
        layers.MaxPool2d(2),
        layers.Flatten(),
        layers.Linear(3 * 3 * 3, 4, rng=rng),
    )


def picture_of(seed: int, side: int = 8) -> np.ndarray:
    return np.random.default_rng(seed).random((side, side)).round(2)


def decoded(url: str) -> Image.Image:
    return Image.open(io.BytesIO(base64.b64decode(url.split(",")[1])))


class TestPython:
    def test_maps_are_those_of_cnncourse_layers(self) -> None:
        network = own_network(np.random.default_rng(1))
        image = picture_of(2)
        figure = LookInside(network=network, image=image)
        values = image[None, None]
        for layer, maps in zip(network.layers, figure.maps(), strict=True):
            values = layer(values)
            assert np.allclose(maps.ravel(), values.ravel(), rtol=1e-5, atol=1e-6)
        expected = functional.softmax(values[0], 0)
        assert np.allclose(figure.probabilities(), expected, atol=1e-5)

    def test_maps_are_those_of_torch(self) -> None:
        import torch

        network = own_network(np.random.default_rng(3))
        figure = LookInside(network=network.to_torch(), image=picture_of(4))
        # Given as plain data, a network keeps the weights that the figure shows.
        data = [layer for layer in figure.network["layers"] if "weight" in layer]
        module = network.to_torch()
        for part, layer in zip((module[0], module[4]), data, strict=True):
            part.weight.data = torch.tensor(layer["weight"], dtype=torch.float64)
            part.bias.data = torch.tensor(layer["bias"], dtype=torch.float64)
        found = module(torch.tensor(figure.picture()[None, None])).softmax(1)[0]
        assert np.allclose(figure.probabilities(), found.detach().numpy(), atol=1e-12)

    def test_the_receptive_field_is_what_changes_the_unit(self) -> None:
        rng = np.random.default_rng(5)
        figure = LookInside(image=rng.integers(0, 11, (16, 16)) / 10)
        for layer, unit in [(0, [1, 0, 7]), (2, [2, 7, 7]), (3, [5, 3, 0]), (5, [4, 2, 1])]:
            figure.layer, figure.unit = layer, unit
            (top, bottom), (left, right) = figure.receptive_field()
            before = figure.picture()
            old = figure.maps()[layer][tuple(unit)]
            outside = np.ones_like(before, bool)
            outside[top : bottom + 1, left : right + 1] = False
            figure.image = np.where(outside, 1 - before, before).round(1).tolist()
            assert figure.maps()[layer][tuple(unit)] == pytest.approx(old, abs=1e-12)
            figure.image = before.tolist()

    @pytest.mark.parametrize(
        ("layer", "unit"),
        [
            (0, [3, 4, 5]),
            (0, [0, 0, 0]),
            (1, [2, 3, 4]),
            (2, [1, 1, 1]),
            (3, [6, 0, 7]),
            (4, [0, 0, 0]),
            (5, [15, 3, 3]),
            (7, [3, 0, 0]),
        ],
    )
    def test_every_sum_is_exactly_what_is_printed(self, layer: int, unit: list[int]) -> None:
        figure = LookInside(image=3, layer=layer, unit=unit)
        value = figure.maps()[layer][tuple(unit)]
        sides = [evaluate(line) for line in figure.sums()]
        for line in sides:
            assert line == pytest.approx([line[-1]] * len(line), abs=1e-9)
        assert "≈" not in "".join(figure.sums())
        assert sides[-1][-1] == pytest.approx(value, abs=1e-9)

    def test_softmax_is_written_out(self) -> None:
        figure = LookInside(image=7, layer=8, unit=[7, 0, 0])
        text, chance = figure.sums()[0].split(" ≈ ")
        python = text.replace("−", "-").replace("e^", "math.e**")
        assert eval(python, {"math": math}) == pytest.approx(number(chance), abs=5e-5)

    def test_a_network_that_is_not_in_tenths_says_about(self) -> None:
        figure = LookInside(
            network=own_network(np.random.default_rng(1)), image=picture_of(2), layer=0
        )
        for line in figure.sums():
            assert "≈" in line
            sides = evaluate(line)
            assert sides == pytest.approx([sides[-1]] * len(sides), abs=2e-3)

    def test_the_carried_network_is_small_and_in_tenths(self) -> None:
        stored = results("look_inside")
        assert len(json.dumps(stored)) < 100_000
        for layer in stored["network"]["layers"]:
            for name in {"weight", "bias"} & set(layer):
                weights = np.array(layer[name])
                assert np.array_equal(weights, weights.round(1))
        assert stored["parameters"] == 3818
        assert min(stored["accuracy"]["test"].values()) > 0.9

    def test_its_model_card_says_how_it_was_made(self) -> None:
        stored = results("look_inside")
        about = stored["about"]
        assert {"seed", "data", "data_sha256", "data_terms", "hardware", "versions"} <= set(about)
        # The choice was made on validation digits, by the worst of three accuracies.
        worst = [min(each["validation"].values()) for each in about["tried"]]
        assert min(stored["accuracy"]["validation"].values()) == max(worst)

    def test_all_ten_drawings_are_recognized(self) -> None:
        for digit in range(10):
            chances = LookInside(image=digit).probabilities()
            assert chances.argmax() == digit
            assert chances[digit] > 0.8

    def test_digits_of_another_data_set_are_mostly_recognized(self) -> None:
        images, labels = digits("test")
        found = [LookInside(image=each).probabilities().argmax() for each in images[:60]]
        assert np.mean(np.array(found) == labels[:60]) > 0.8

    @pytest.mark.parametrize(
        ("settings", "error", "message"),
        [
            ({"image": 12}, ValueError, "image must be at most 11"),
            ({"image": 10}, ValueError, "there are 10 samples"),
            ({"image": [[2.0]]}, ValueError, "ink from 0"),
            ({"image": [[0.5]]}, ValueError, "16 × 16, got 1 × 1"),
            ({"image": "three"}, TypeError, "matrix or a number"),
            ({"layer": 9}, ValueError, "at most 8, got 9"),
            ({"unit": [1, 2]}, TypeError, r"\[map, row, column\]"),
            ({"network": "cats"}, TypeError, "'digits', a Sequential, or a dict"),
            ({"network": {"input": [1, 4, 4], "layers": []}}, ValueError, "no layers"),
            ({"network": {"input": [3, 4, 4], "layers": []}}, ValueError, "one channel"),
            (
                {"network": {"input": [1, 4, 4], "layers": [{"type": "Softmax"}]}},
                ValueError,
                "layer 0 must be one of Conv2d, .*, got Softmax",
            ),
            (
                {"network": {"input": [1, 4, 4], "layers": [{"type": "Linear"}]}},
                ValueError,
                "Linear needs weight",
            ),
            (
                {"network": {"input": [1, 4, 4], "layers": [{"type": "ReLU", "stride": 2}]}},
                ValueError,
                "not stride",
            ),
            ({"network": layers.Sequential(layers.ReLU())}, ValueError, "needs a picture"),
            (
                {
                    "network": layers.Sequential(layers.MaxPool2d(2, padding=1)),
                    "image": [[0, 0], [0, 0]],
                },
                ValueError,
                "padding=1 is not drawn, only 0",
            ),
            (
                {
                    "network": layers.Sequential(layers.Flatten(), layers.Linear(5, 2)),
                    "image": [[0, 0], [0, 0]],
                },
                ValueError,
                "reads 5 numbers, but 4 come in",
            ),
            (
                {"network": layers.Sequential(layers.Conv2d(1, 2, 5)), "image": [[0, 0], [0, 0]]},
                ValueError,
                "its window is 5 long but its input only 2",
            ),
            (
                {
                    "network": layers.Sequential(layers.Flatten(), layers.Linear(1024, 64)),
                    "image": np.zeros((32, 32)),
                },
                ValueError,
                "bytes in the page",
            ),
        ],
    )
    def test_what_cannot_be_drawn_is_refused(
        self, settings: dict[str, Any], error: type[Exception], message: str
    ) -> None:
        with pytest.raises(error, match=message):
            LookInside(**settings)

    def test_a_picture_given_later_is_checked_too(self) -> None:
        figure = LookInside()
        with pytest.raises(ValueError, match="16 × 16, got 2 × 2"):
            figure.image = [[0, 1], [1, 0]]
        with pytest.raises(ValueError, match="image=11, but there are 10 samples"):
            figure.image = 11
        assert figure.image == 3

    def test_the_golden_vectors_are_up_to_date(self) -> None:
        sys.path.insert(0, str(ROOT / "tests" / "js"))
        try:
            import golden_network
        finally:
            sys.path.pop(0)
        assert golden_network.FILE.read_text(encoding="utf-8") == golden_network.text()


class TestReading:
    """What is read where no script runs."""

    def test_it_says_all_that_the_figure_shows(self) -> None:
        figure = LookInside(image=5)
        soup = BeautifulSoup(figure.html(), "html.parser")
        picture, network, classes = soup("table")
        shown = [[number(item.text) for item in row("td")] for row in picture("tr")]
        assert np.array_equal(shown, figure.picture())
        rows = [[item.text for item in row(["th", "td"])] for row in network("tr")][1:]
        assert rows[0] == ["0", "Convolution", "8 × 16 × 16", "80"]
        assert rows[3] == ["3", "Convolution", "16 × 8 × 8", "1168"]
        assert rows[6:] == [["6", "Flatten", "256", "0"], ["7", "Linear", "10", "2570"]]
        chances = [number(row("td")[1].text) for row in classes("tr")[1:]]
        assert chances == pytest.approx(figure.probabilities(), abs=5e-5)
        items = [item.text.split(": ", 1)[1] for item in soup("li")]
        assert items == figure.sums()
        assert "The largest is 5" in soup.text

    def test_every_layer_has_its_maps_with_a_description(self) -> None:
        soup = BeautifulSoup(LookInside().html(), "html.parser")
        images = soup("img")
        assert [image["alt"].split(":")[0] for image in images[1:]] == [
            f"Layer {layer}, {name}"
            for layer, name in enumerate(["Convolution", "ReLU", "Max pooling"] * 2)
        ]
        sizes = []
        for image in images:
            sizes.append(decoded(image["src"]).size)
        assert sizes == [(16, 16), (135, 16), (135, 16), (71, 8), (71, 17), (71, 17), (39, 9)]

    def test_it_needs_no_script(self, figure_page: OpenPage) -> None:
        page = figure_page(LookInside(caption="Look inside."), scripts=False)
        expect(page.locator("figure table")).to_have_count(3)
        expect(page.get_by_text("The largest is 3")).to_be_visible()

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_is_accessible(self, figure_page: OpenPage, theme: str) -> None:
        # Scripts run, for axe is one, but the figure finds no settings and stays as it is.
        html = LookInside().html().replace("<script", "<template").replace("</script", "</template")
        assert axe(figure_page(html, theme=theme)) == []


@pytest.fixture
def live(figure_page: OpenPage) -> Page:
    return figure_page(LookInside(image=3))


def formula(page: Page) -> list[list[float]]:
    """Evaluate every line of arithmetic that the figure shows."""
    lines = []
    for selector in (".cnn-formula", ".cnn-report", ".cnn-sums"):
        text = page.locator(selector).inner_text() if page.locator(selector).is_visible() else ""
        if text and "e^" not in text:
            lines.append(evaluate(" ".join(text.split())))
    return lines


def maps(page: Page, layer: int | str) -> Any:
    return page.locator(f"[data-layer='{layer}'] .cnn-maps")


def hover_unit(page: Page, figure: LookInside, layer: int, unit: list[int]) -> None:
    """Point at the middle of a unit on its layer's maps."""
    values = figure.maps()[layer]
    count, height, width = values.shape
    across = min(count, 8)
    box = maps(page, layer).bounding_box()
    down, right = divmod(unit[0], across)
    x = (right * (width + 1) + unit[2] + 0.5) / (across * (width + 1) - 1)
    y = (down * (height + 1) + unit[1] + 0.5) / (-(-count // across) * (height + 1) - 1)
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])


def outputs(page: Page) -> list[float]:
    return [row[0] for row in grid(page, "classes")]


class TestLive:
    def test_it_starts_as_the_reading_says(self, live: Page) -> None:
        figure = LookInside(image=3)
        assert outputs(live) == pytest.approx(figure.maps()[-1].ravel(), abs=1e-9)
        assert set(numbers_missing(live, figure.reading())) <= {"Output", "Softmax"}
        assert live.locator(".cnn-reading").count() == 0

    def test_the_maps_are_drawn_as_in_the_reading(self, live: Page) -> None:
        soup = BeautifulSoup(LookInside(image=3).html(), "html.parser")
        for layer, image in enumerate(soup("img")[1:]):
            told = decoded(image["src"]).convert("RGB")
            url = maps(live, layer).locator("canvas").evaluate("(canvas) => canvas.toDataURL()")
            shown = decoded(url).convert("RGBA")
            paper = Image.new("RGBA", shown.size, "white")
            drawn = np.array(Image.alpha_composite(paper, shown).convert("RGB")).astype(int)
            away = abs(drawn - np.array(told).astype(int)).max(axis=2)
            height, width = LookInside().maps()[layer].shape[1:]
            rows, columns = np.indices(away.shape)
            on_a_map = (rows % (height + 1) < height) & (columns % (width + 1) < width)
            assert away[on_a_map].max() <= 2

    @pytest.mark.parametrize(
        ("layer", "unit"),
        [
            (0, [7, 3, 9]),
            (1, [0, 15, 15]),
            (2, [4, 0, 7]),
            (3, [9, 2, 5]),
            (4, [15, 7, 0]),
            (5, [8, 1, 2]),
        ],
    )
    def test_a_unit_is_explained_when_pointed_at(
        self, live: Page, layer: int, unit: list[int]
    ) -> None:
        figure = LookInside(image=3, layer=layer, unit=unit)
        hover_unit(live, figure, layer, unit)
        expect(live.locator(".cnn-band-title")).to_have_text(
            re.compile(rf"^Layer {layer}, .*: map {unit[0]}, row {unit[1]}, column {unit[2]}$")
        )
        lines = formula(live)
        for line in lines:
            assert line == pytest.approx([line[-1]] * len(line), abs=1e-9)
        assert lines[-1][-1] == pytest.approx(figure.maps()[layer][tuple(unit)], abs=1e-9)
        (top, bottom), (left, right) = figure.receptive_field()
        hint = live.locator(".cnn-hint").inner_text()
        assert f"rows {top} to {bottom} and columns {left} to {right}" in hint or top == bottom
        # So have the maps below, where it reads: all of them, or its own.
        read = live.locator(f"[data-layer='{layer - 1}'] .cnn-frame-reads").get_attribute("d")
        assert (read or "").count("M") == (8 if layer == 3 else 1)
        # The unit has an orange frame on its map, and the picture a frame where it looks.
        framed = live.locator(f"[data-layer='{layer}'] .cnn-frame-output").get_attribute("d")
        assert framed
        box = live.locator("[data-layer='-1'] .cnn-frame-reads").get_attribute("d")
        assert box == f"M{left} {top}h{right - left + 1}v{bottom - top + 1}h{left - right - 1}z"

    def test_pressing_keeps_a_unit_and_says_its_number(self, live: Page) -> None:
        figure = LookInside(image=3)
        hover_unit(live, figure, 5, [3, 1, 2])
        live.mouse.down()
        live.mouse.up()
        live.mouse.move(5, 5)
        expect(live.locator(".cnn-band-title")).to_contain_text("Layer 5, Max pooling: map 3")
        value = figure.maps()[5][3, 1, 2]
        expect(live.locator("[role=status]")).to_contain_text("map 3, row 1, column 2: ")
        assert number(spoken(live).rsplit(": ", 1)[1].rstrip(".")) == pytest.approx(value, abs=1e-9)

    def test_the_keyboard_reaches_any_unit(self, live: Page) -> None:
        strip = maps(live, 3)
        strip.focus()
        live.keyboard.press("Control+Home")
        for key in ("ArrowRight", "ArrowDown", "PageDown", "PageDown", "End"):
            live.keyboard.press(key)
        title = live.locator(".cnn-band-title")
        expect(title).to_have_text("Layer 3, Convolution: map 2, row 1, column 7")
        # Past the edge the arrows go on in the next map, and never beyond the last.
        live.keyboard.press("ArrowRight")
        expect(title).to_have_text("Layer 3, Convolution: map 3, row 1, column 0")
        live.keyboard.press("Control+End")
        live.keyboard.press("ArrowRight")
        expect(title).to_have_text("Layer 3, Convolution: map 15, row 7, column 7")
        expect(live.locator("[role=status]")).to_contain_text("map 15, row 7, column 7: ")

    def test_numbers_reach_any_unit(self, live: Page) -> None:
        live.get_by_label("Layer", exact=True).select_option("1")
        for label, value in (("Map", "5"), ("Row", "99"), ("Column", "3")):
            field = live.get_by_label(label, exact=True)
            field.fill(value)
            field.press("Tab")
        expect(live.locator(".cnn-band-title")).to_have_text(
            "Layer 1, ReLU: map 5, row 15, column 3"
        )
        expect(live.get_by_label("Map", exact=True)).to_have_attribute("max", "7")
        expect(live.get_by_label("Row", exact=True)).to_have_attribute("max", "15")

    def test_the_classes_are_units_too(self, live: Page) -> None:
        figure = LookInside(image=3)
        cell(live, "classes", 4, 0).hover()
        expect(live.locator(".cnn-band-title")).to_have_text("Layer 7, Linear: number 4")
        assert formula(live)[-1][-1] == pytest.approx(figure.maps()[7][4, 0, 0], abs=1e-9)
        cell(live, "classes", 3, 1).hover()
        text, chance = live.locator(".cnn-report").inner_text().split(" ≈ ")
        python = text.replace("−", "-").replace("e^", "math.e**")
        assert eval(python, {"math": math}) == pytest.approx(number(chance), abs=5e-5)
        assert number(chance) == pytest.approx(figure.probabilities()[3], abs=5e-5)

    def test_every_addend_shows_its_products(self, live: Page) -> None:
        figure = LookInside(image=3)
        addends = live.locator(".cnn-addend")
        expect(addends).to_have_count(8)
        for channel, terms in enumerate(figure.terms()):
            addends.nth(channel).click()
            line = evaluate(" ".join(live.locator(".cnn-formula").inner_text().split()))
            assert line == pytest.approx([terms.sum] * len(line), abs=1e-9)
            assert np.allclose(grid(live, "window"), terms.values)
            assert np.allclose(grid(live, "kernel"), terms.weights)
        assert "Map 7: " in spoken(live)

    def test_one_cursor_lights_value_weight_product_and_pixel(self, live: Page) -> None:
        live.get_by_label("Layer", exact=True).select_option("0")
        for view in ("window", "kernel"):
            cell(live, view, 1, 2).hover()
            for other in ("window", "kernel"):
                expect(cell(live, other, 1, 2)).to_have_class(re.compile("is-cursor"))
            expect(live.locator(".cnn-term.is-cursor")).to_have_attribute("data-index", "5")
            lit = live.locator("[data-layer='-1'] .cnn-frame-cursor").get_attribute("d")
            assert lit == "M6 5h1v1h-1z"
        maps(live, -1).scroll_into_view_if_needed()
        box = maps(live, -1).bounding_box()
        live.mouse.move(box["x"] + 5.5 * box["width"] / 16, box["y"] + 4.5 * box["height"] / 16)
        expect(live.locator(".cnn-term.is-cursor")).to_have_attribute("data-index", "1")
        ink = f"row 4, column 5: ink {LookInside(image=3).picture()[4, 5]:g}"
        expect(live.locator("[data-layer='-1'] small")).to_have_text(ink)

    def test_drawing_runs_the_network(self, live: Page) -> None:
        live.get_by_role("button", name="Clear").click()
        blank = LookInside(image=np.zeros((16, 16)))
        assert outputs(live) == pytest.approx(blank.maps()[-1].ravel(), abs=1e-9)
        box = maps(live, -1).bounding_box()

        def at(row: float, column: float) -> tuple[float, float]:
            return (
                box["x"] + (column + 0.5) * box["width"] / 16,
                box["y"] + (row + 0.5) * box["height"] / 16,
            )

        live.mouse.move(*at(3, 8))
        live.mouse.down()
        # One quick move: the pen leaves no gap.
        live.mouse.move(*at(12, 8))
        live.mouse.up()
        drawn = np.zeros((16, 16))
        drawn[3:13, 8] = 1
        drawn[3:13, [7, 9]] = drawn[[2, 13], 8] = 0.4
        figure = LookInside(image=drawn)
        assert outputs(live) == pytest.approx(figure.maps()[-1].ravel(), abs=1e-9)
        assert figure.probabilities().argmax() == 1
        assert spoken(live).startswith("Most probable: 1, with probability ")

    def test_the_keyboard_draws_and_erases(self, live: Page) -> None:
        live.get_by_role("button", name="Clear").click()
        maps(live, -1).focus()
        live.keyboard.press("ArrowDown")
        live.keyboard.press("ArrowRight")
        live.keyboard.press("Enter")
        drawn = np.zeros((16, 16))
        drawn[1, 1] = 1
        drawn[[0, 2, 1, 1], [1, 1, 0, 2]] = 0.4
        expected = LookInside(image=drawn).maps()[-1].ravel()
        assert outputs(live) == pytest.approx(expected, abs=1e-9)
        live.keyboard.press("Delete")
        drawn[1, 1] = 0
        expected = LookInside(image=drawn).maps()[-1].ravel()
        assert outputs(live) == pytest.approx(expected, abs=1e-9)

    def test_pictures_are_picked_and_reset(self, live: Page) -> None:
        before = outputs(live)
        live.get_by_role("radio", name="8", exact=True).check(force=True)
        expected = LookInside(image=8).maps()[-1].ravel()
        assert outputs(live) == pytest.approx(expected, abs=1e-9)
        assert "Most probable: 8" in spoken(live)
        live.get_by_label("Layer", exact=True).select_option("8")
        live.get_by_role("button", name="Reset").click()
        assert outputs(live) == before
        expect(live.locator(".cnn-band-title")).to_contain_text("Layer 3")

    def test_the_copied_program_returns_the_probabilities(self, live: Page) -> None:
        program = copied_program(live).replace("print(output", "result = (output")
        found = run_program(program)["result"][0].detach().numpy()
        assert np.allclose(found, LookInside(image=3).probabilities(), atol=1e-12)

    def test_nothing_below_moves_with_the_cursor(self, live: Page) -> None:
        figure = LookInside(image=3)
        top = "() => document.querySelector('.cnn-actions').getBoundingClientRect().y + scrollY"
        tops = set()
        for layer, unit in [(0, [0, 0, 0]), (1, [1, 5, 5]), (2, [3, 3, 3]), (3, [15, 7, 7])]:
            hover_unit(live, figure, layer, unit)
            tops.add(live.evaluate(top))
        for column in (0, 1):
            for row in (0, 9):
                cell(live, "classes", row, column).hover()
                tops.add(live.evaluate(top))
        assert len(tops) == 1

    def test_a_network_of_ones_own_runs_too(self, figure_page: OpenPage) -> None:
        network = own_network(np.random.default_rng(1))
        samples = [picture_of(seed) for seed in (2, 3)]
        figure = LookInside(network=network, image=1, samples=samples, layer=0, unit=[1, 2, 3])
        page = figure_page(figure)
        assert outputs(page) == pytest.approx(figure.maps()[-1].ravel(), abs=1e-4)
        assert "≈" in page.locator(".cnn-formula").inner_text()
        page.get_by_role("radio", name="0", exact=True).check(force=True)
        figure.image = 0
        assert outputs(page) == pytest.approx(figure.maps()[-1].ravel(), abs=1e-4)
        program = copied_program(page).replace("print(output", "result = (output")
        found = run_program(program)["result"][0].detach().numpy()
        assert np.allclose(found, figure.probabilities(), atol=1e-12)

    def test_on_a_small_picture_the_pen_inks_one_pixel(self, figure_page: OpenPage) -> None:
        network = layers.Sequential(layers.Flatten(), layers.Linear(16, 2))
        page = figure_page(LookInside(network=network, image=np.zeros((4, 4))))
        box = maps(page, -1).bounding_box()
        page.mouse.click(box["x"] + 0.7 * box["width"], box["y"] + 0.45 * box["height"])
        drawn = np.zeros((4, 4))
        drawn[1, 2] = 1
        expected = LookInside(network=network, image=drawn).maps()[-1].ravel()
        assert outputs(page) == pytest.approx(expected, abs=1e-4)

    def test_maps_without_classes(self, figure_page: OpenPage) -> None:
        network = layers.Sequential(layers.Conv2d(1, 2, 3, padding=1), layers.MaxPool2d(16))
        page = figure_page(LookInside(network=network, image=np.eye(16), layer=1))
        expect(page.locator("[data-view=classes]")).to_be_visible()
        first = figure_page(LookInside(network=layers.Sequential(network[0]), image=np.eye(16)))
        expect(first.locator("[data-view=classes]")).to_be_hidden()
        for each in (page, first):
            lines = formula(each)
            assert lines[-1] == pytest.approx([lines[-1][-1]] * len(lines[-1]), abs=5e-3)

    def test_impossible_settings_become_possible_ones(self, widget_page: OpenPage) -> None:
        page = widget_page(InNotebook())
        page.evaluate("() => { model.set('unit', [99, -4, 99]); model.set('channel', 50); }")
        page.evaluate("() => model.set('channel', -3)")
        expect(page.locator(".cnn-band-title")).to_have_text(
            "Layer 3, Convolution: map 15, row 0, column 7"
        )
        page.evaluate("() => model.set('image', [[1, 1], [1, 1]])")
        blank = LookInside(image=np.zeros((16, 16)))
        assert outputs(page) == pytest.approx(blank.maps()[-1].ravel(), abs=1e-9)
        page.evaluate("() => model.set('layer', 6)")
        expect(page.locator(".cnn-band-title")).to_contain_text("Layer 0, Convolution")
        for line in formula(page):
            assert line == pytest.approx([line[-1]] * len(line), abs=1e-9)

    def test_the_notebook_gets_the_network_with_the_widget(self, widget_page: OpenPage) -> None:
        page = widget_page(InNotebook(image=6))
        figure = LookInside(image=6)
        assert outputs(page) == pytest.approx(figure.maps()[-1].ravel(), abs=1e-9)
        page.get_by_role("button", name="Clear").click()
        assert page.evaluate("() => model.get('image').flat().every((ink) => ink === 0)")
        assert page.evaluate("() => model.saved") > 0
        page.evaluate("() => dispose()")
        assert page.locator("#el").inner_html() == ""
        assert LookInside().get_state()["carried"]["network"]["input"] == [1, 16, 16]

    def test_without_the_network_the_tables_stay(self, new_page: OpenPage, tmp_path: Path) -> None:
        for name in ("figures.page.js", "figures.css", "figures-large.page.js"):
            (tmp_path / name).write_bytes((STATIC / name).read_bytes())
        file = tmp_path / "page.html"
        file.write_text(
            '<!doctype html><html lang="en"><meta charset="utf-8"><title>A page</title>'
            '<link rel="stylesheet" href="figures.css">'
            f"{LookInside().html()}{Stamp().html()}"
            '<script src="figures.page.js"></script></html>',
            encoding="utf-8",
        )
        page = new_page()
        page.goto(file.as_uri())
        expect(page.locator("figure[data-figure=stamp]")).to_have_attribute("data-live", "")
        figure = page.locator("figure[data-figure=look-inside]")
        expect(figure.locator(".cnn-reading table")).to_have_count(3)
        expect(figure.locator(".cnn-live")).to_have_count(0)
        # The browser says once that the file is not there; nothing else goes wrong.
        assert ["ERR_FILE" in line or "look-inside" in line for line in page.complaints] == [True]
        page.complaints.clear()

    @pytest.mark.parametrize("theme", ["light", "dark"])
    def test_it_is_accessible(self, figure_page: OpenPage, theme: str) -> None:
        page = figure_page(LookInside(image=3), theme=theme)
        assert axe(page) == []
        maps(page, 3).focus()
        page.keyboard.press("ArrowRight")
        cell(page, "kernel", 1, 1).hover()
        assert axe(page) == []
        cell(page, "classes", 3, 1).click()
        assert axe(page) == []

    @pytest.mark.parametrize("width", [320, 360, 768])
    def test_it_fits_narrow_pages(self, figure_page: OpenPage, width: int) -> None:
        page = figure_page(LookInside(image=3), width=width, has_touch=True)
        assert overflow(page) == []
        assert small_targets(page) == []
        cell(page, "classes", 3, 0).tap()
        assert overflow(page) == []
        assert small_targets(page) == []

    def test_a_finger_draws(self, figure_page: OpenPage) -> None:
        page = figure_page(LookInside(image=np.zeros((16, 16))), width=360, has_touch=True)
        maps(page, -1).tap()
        assert (
            max(
                abs(
                    np.subtract(
                        outputs(page), LookInside(image=np.zeros((16, 16))).maps()[-1].ravel()
                    )
                )
            )
            > 0.1
        )

    def test_without_motion_nothing_is_animated(self, figure_page: OpenPage) -> None:
        page = figure_page(LookInside(), reduced_motion="reduce")
        durations = page.eval_on_selector_all(
            "figure *", "all => all.map((e) => getComputedStyle(e).transitionDuration)"
        )
        assert set(durations) == {"0s"}

    def test_forced_colors_keep_the_signs(self, figure_page: OpenPage) -> None:
        page = figure_page(LookInside(), forced_colors="active")
        pressed = page.locator(".cnn-addend[aria-pressed=true]")
        assert pressed.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"

    def test_it_is_quick(self, figure_page: OpenPage, slowed_median: Callable[..., float]) -> None:
        page = figure_page(LookInside(image=3))
        point = """(i) => {
            const maps = document.querySelector("[data-layer='3'] .cnn-maps");
            const box = maps.getBoundingClientRect();
            maps.dispatchEvent(new PointerEvent("pointermove", {
                pointerType: "mouse", clientX: box.x + 3 + 9 * i, clientY: box.y + 10 + i,
            }));
        }"""
        assert slowed_median(page, point) < 16
        draw = """(i) => {
            const maps = document.querySelector("[data-layer='-1'] .cnn-maps");
            maps.focus();
            for (const key of ["ArrowRight", i % 2 ? "Enter" : "Delete"])
                maps.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
        }"""
        assert slowed_median(page, draw, 50) < 50
        weigh = """(i) => {
            const select = document.querySelector("figure select");
            select.value = String([0, 3, 7, 5][i % 4]);
            select.dispatchEvent(new Event("change"));
        }"""
        assert slowed_median(page, weigh, 50) < 50

"""The receptive field in a browser: back to pixels, forward to units, and PyTorch's own measure."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from browser import axe
from figures.checks import (
    clicking,
    copied_program,
    evaluate,
    overflow,
    run_program,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse import geometry
from cnncourse.figures import ReceptiveField
from js import golden_receptive_field as golden

PRESETS = {
    "three 3×3": [(3, 1, 1)] * 3,
    "dilations 1 2 4": [(3, 1, 1), (3, 1, 2), (3, 1, 4)],
    "dilations 2 2 2": [(3, 1, 2)] * 3,
    "strides 2 2 2": [(3, 2, 1)] * 3,
}


def layers(*settings: tuple[int, int, int]) -> list[dict[str, int]]:
    """Name the kernel size, stride and dilation of each layer."""
    return [
        dict(zip(("kernel_size", "stride", "dilation"), layer, strict=True)) for layer in settings
    ]


GRIDDED = layers(*PRESETS["dilations 2 2 2"])
LARGE = ReceptiveField(layers=layers(*[(3, 2, 1)] * 5))
SMALL = ReceptiveField(layers=layers((2, 3, 2), (3, 1, 1)), position=[1, 2])


def test_golden_numbers_are_up_to_date() -> None:
    assert golden.FILE.read_text(encoding="utf-8") == golden.text(), (
        "stale: run python tests/js/golden_receptive_field.py"
    )


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        (3, TypeError, "layers must be a list of layers"),
        ([3], TypeError, "layers must be a list of layers"),
        ([], ValueError, "1 to 6 layers, got 0"),
        (layers((1, 1, 1)) * 7, ValueError, "1 to 6 layers, got 7"),
        ([{"stride": 1}], ValueError, r"layers\[0\] must have a kernel_size"),
        ([{"kernel_size": 3, "padding": 1}], ValueError, r"layers\[0\] must have a kernel_size"),
        (layers((3, 1, 1), (0, 1, 1)), ValueError, r"layers\[1\] kernel_size must be at least 1"),
        (layers((3, 5, 1)), ValueError, r"layers\[0\] stride must be at most 4"),
        (layers((3, 1, 1.5)), TypeError, r"layers\[0\] dilation must be an integer"),
        (layers((7, 4, 1), (7, 4, 1), (7, 1, 1)), ValueError, "sees 127 pixels; at most 64"),
    ],
)
def test_wrong_layers_are_refused_by_name(value, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        ReceptiveField(layers=value)
    assert str(caught.value).startswith("ReceptiveField: ")
    with pytest.raises(TypeError, match="position must be a pair"):
        ReceptiveField(position=3)


def test_fields_are_those_of_geometry() -> None:
    for case in json.loads(golden.FILE.read_text(encoding="utf-8"))["stacks"]:
        rows = [
            (layer["kernel_size"], layer["stride"], 0, layer["dilation"])
            for layer in case["layers"]
        ]
        figure = ReceptiveField(layers=case["layers"])
        expected = geometry.receptive_field(rows)
        assert [tuple(field) for field in figure.fields()[1:]] == [
            (field.size, field.jump) for field in expected
        ]
        assert all(field.offset == 0 for field in expected)
        # The paths are as many as there are ways to choose one weight in each layer.
        kernels = [layer["kernel_size"] for layer in case["layers"]]
        assert figure.paths(len(rows)).sum() == np.prod(kernels)


def point(page: Page, layer: int, unit: int, action: str = "hover") -> None:
    """Point at a unit with the mouse (or press, or tap), where the pyramid draws it."""
    frame = page.locator(".cnn-pyramid")
    frame.scroll_into_view_if_needed()
    box = frame.bounding_box()
    width, height = (
        float(side)
        for side in page.locator(".cnn-pyramid svg").get_attribute("viewBox").split()[2:]
    )
    fields, last = drawn_fields(page)
    size, jump = fields[layer]
    x = (unit * jump + size / 2) / width * box["width"]
    y = (last - layer + 0.5) / height * box["height"]
    getattr(frame, action)(position={"x": x, "y": y})


def drawn_layers(page: Page) -> list[tuple[int, ...]]:
    """Read kernel size, stride and dilation of each layer from its controls."""
    rows = page.locator(".cnn-layer[role=group]:visible")
    return [
        tuple(int(select.input_value()) for select in row.locator("select").all())
        for row in rows.all()
    ]


def drawn_fields(page: Page) -> tuple[list[tuple[int, int]], int]:
    """Compute size and jump from the controls; also the number of layers."""
    found = drawn_layers(page)
    fields = geometry.receptive_field([(k, s, 0, d) for k, s, d in found])
    return [(1, 1), *((field.size, field.jump) for field in fields)], len(found)


def dots(page: Page, *shapes: str) -> list[list[float]]:
    """Read where the dots of these shapes stand, as [x, row from the top]."""
    found = []
    for shape in shapes:
        path = page.locator(f".cnn-pyramid path.cnn-{shape}").get_attribute("d")
        found += [[float(x), float(y)] for x, y in re.findall(r"M(\S+) (\S+?)[h]0", path)]
    return sorted(found)


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => ({
            paths: [...document.querySelectorAll(".cnn-pyramid path")].map((path) =>
                [path.getAttribute("class"), path.getAttribute("d")]),
            texts: [".cnn-band", ".cnn-counts"].map((selector) =>
                document.querySelector(selector).textContent),
            plane: document.querySelector("canvas").getAttribute("aria-label"),
        })"""
    )


def explained(page: Page) -> dict[str, str]:
    """Return the lines below the pyramid, by their label."""
    names = page.locator(".cnn-lines dt").all_inner_texts()
    return dict(zip(names, page.locator(".cnn-lines dd").all_inner_texts(), strict=True))


browser = pytest.mark.browser


@browser
@pytest.mark.parametrize(("name", "expected"), PRESETS.items())
def test_presets_and_their_recurrence(figure_page, name, expected) -> None:
    page = figure_page(ReceptiveField(layers=layers((1, 1, 1))))
    page.get_by_label(name).check()
    assert drawn_layers(page) == expected
    fields, last = drawn_fields(page)
    assert last == 3
    for layer in range(1, 4):
        row = page.get_by_role("group", name=f"Layer {layer}", exact=True)
        kernel, _, dilation = expected[layer - 1]
        before, jump = fields[layer - 1]
        size = row.locator(".cnn-size").inner_text()
        assert size == f"{before} + ({kernel} − 1)·{dilation}·{jump} = {fields[layer][0]}"
        assert set(evaluate(size)) == {fields[layer][0]}
        assert set(evaluate(row.locator(".cnn-jump").inner_text())) == {fields[layer][1]}
    assert spoken(page) == (
        f"Layers: 3. A unit of the last one sees {fields[3][0]} pixels; jump {fields[3][1]}."
    )


@browser
@pytest.mark.parametrize(("layer", "unit"), [(3, 1), (2, 4), (1, 0), (0, 6)])
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, layer, unit) -> None:
    figure = ReceptiveField(layers=GRIDDED)
    hovered = figure_page(figure)
    at_rest = lit(hovered)
    point(hovered, layer, unit)
    tapped = figure_page(figure, has_touch=True)
    point(tapped, layer, unit, "tap")
    driven = figure_page(figure)
    driven.locator(".cnn-pyramid").focus()
    for key in ["Control+Home"] + ["ArrowDown"] * (3 - layer) + ["Home"] + ["ArrowRight"] * unit:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest
    # A tap pins what it points at.
    name = f"Layer {layer}, unit {unit}" if layer else f"Pixel {unit}"
    assert spoken(tapped).startswith(f"{name}: sees pixels ")


@browser
def test_back_to_pixels_and_forward_to_units(figure_page) -> None:
    page = figure_page(ReceptiveField(layers=GRIDDED))
    # Nothing pointed at: the middle unit of the last layer, its 7 pixels and 6 holes.
    assert dots(page, "chosen") == [[9.5, 0.5]]
    assert dots(page, "pixel-seen") == [[pixel + 0.5, 3.5] for pixel in range(3, 16, 2)]
    assert page.locator("path.cnn-hole").get_attribute("d").count("M") == 6
    assert "Not read: pixels 4, 6, 8, 10, 12, 14." in page.locator(".cnn-hint").inner_text()
    assert dots(page, "up") == []
    # Forward from a pixel: units whose field holds it and whose paths reach it.
    point(page, 0, 9)
    assert dots(page, "pixel-chosen") == [[9.5, 3.5]]
    assert dots(page, "pixel-seen", "seen") == []
    figure = ReceptiveField(layers=GRIDDED)
    readers = []
    for layer, (size, jump) in enumerate(figure.fields()[1:], start=1):
        paths = figure.paths(layer)
        for unit in range(figure.units()[layer]):
            offset = 9 - unit * jump
            if 0 <= offset < size and paths[offset]:
                readers.append([unit * jump + size / 2, 3 - layer + 0.5])
    assert dots(page, "up") == sorted(readers)
    assert explained(page)["read by"] == "layers 1–3: 3, 5, 3"


@browser
@pytest.mark.parametrize(
    "figure", [ReceptiveField(), LARGE, SMALL], ids=["plain", "large", "small"]
)
def test_lines_parse_to_what_is_drawn(figure_page, figure) -> None:
    page = figure_page(figure)
    for layer in range(len(figure.layers) + 1):
        for unit in {0, figure.units()[layer] // 2, figure.units()[layer] - 1}:
            point(page, layer, unit)
            size, jump = figure.fields()[layer]
            paths, lines = figure.paths(layer), explained(page)
            assert evaluate(lines["first pixel"]) == [unit * jump] * 2
            assert evaluate(lines["last pixel"]) == [unit * jump + size - 1] * 2
            assert lines["reads"] == f"{(paths > 0).sum()} of {size} pixels"
            assert set(evaluate(lines["paths"])) == {paths.sum()}
            read = page.locator(".cnn-plane-note").inner_text()
            numbers = re.findall(r"(\d+)·\1 = (\d+)", read)
            assert numbers == [(str(count), str(count**2)) for count in ((paths > 0).sum(), size)]
            if figure is SMALL:
                shown = page.locator(".cnn-counts span").all_inner_texts()
                assert shown[unit * jump : unit * jump + size] == [str(count) for count in paths]
                assert "".join(shown) == "".join(str(count) for count in paths)


@browser
def test_keys_move_in_the_pyramid_and_say_where(figure_page) -> None:
    page = figure_page(ReceptiveField())
    frame = page.locator(".cnn-pyramid")
    assert page.locator(".cnn-field [tabindex='0']").count() == 1
    frame.focus()
    title = page.locator(".cnn-band-title")
    steps = {
        "ArrowLeft": "Layer 3, unit 2",
        "ArrowDown": "Layer 2, unit 3",
        "ArrowDown ": "Layer 1, unit 4",
        "End": "Layer 1, unit 10",
        "ArrowRight": "Layer 1, unit 10",
        "ArrowUp": "Layer 2, unit 8",
        "Control+Home": "Layer 3, unit 0",
        "Control+End": "Pixel 12",
        "Home": "Pixel 0",
        "ArrowLeft ": "Pixel 0",
        "Escape": "Layer 3, unit 3",
    }
    for key, name in steps.items():
        page.keyboard.press(key.strip())
        expect(title).to_have_text(name)
        assert spoken(page).startswith(f"{name}: ")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Enter")
    frame.blur()
    expect(title).to_have_text("Layer 3, unit 2")
    assert spoken(page) == "Layer 3, unit 2: sees pixels 2 to 8, reads 7 of 7."
    # The same by sliders, which a finger can hit.
    page.get_by_label("Layer", exact=True).press("ArrowLeft")
    expect(title).to_have_text("Layer 2, unit 3")
    page.get_by_label("Unit", exact=True).press("End")
    expect(title).to_have_text("Layer 2, unit 8")
    page.get_by_role("button", name="Reset").click()
    expect(title).to_have_text("Layer 3, unit 3")


@browser
def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    page = figure_page(ReceptiveField())
    rng = np.random.default_rng(2)
    seen = set()
    for step in range(60):
        rows = page.locator(".cnn-layer[role=group]:visible")
        if step % 6 == 5:
            buttons = page.locator(".cnn-layer button:visible:enabled, .cnn-actions button:enabled")
            names = [button for button in buttons.all() if "yer" in (button.inner_text() or "yer")]
            names[int(rng.integers(len(names)))].click()
        else:
            row = rows.nth(int(rng.integers(rows.count())))
            select = row.locator("select").nth(int(rng.integers(3)))
            legal = select.locator("option:not([disabled])").all_inner_texts()
            # The largest legal value is where a mistake would be.
            select.select_option(legal[[-1, int(rng.integers(len(legal)))][step % 2]])
        found = drawn_layers(page)
        fields, last = drawn_fields(page)
        assert 1 <= last <= 6
        assert fields[-1][0] <= 64
        width = float(page.locator(".cnn-pyramid svg").get_attribute("viewBox").split()[2])
        figure = ReceptiveField(layers=layers(*found))
        assert width == figure.units()[0] <= 64
        for count, shape in [(sum(figure.units()[1:]), "edge"), (figure.units()[0], "pixel-edge")]:
            assert len(dots(page, shape)) == count
        assert set(evaluate(explained(page)["paths"])) == {figure.paths(last).sum()}
        seen.add(tuple(found))
    assert len(seen) > 25
    # What would not fit cannot be chosen.
    page.get_by_label("strides 2 2 2").check()
    refused = page.get_by_label("Layer 3: dilation").locator("option[disabled]")
    assert refused.first.inner_text() == "8"


@browser
def test_layers_are_added_and_taken_away(figure_page) -> None:
    page = figure_page(ReceptiveField())
    add = page.get_by_role("button", name="Add a layer")
    for count in (4, 5, 6):
        add.click()
        assert len(drawn_layers(page)) == count
    assert add.is_disabled()
    for count in (5, 4, 3, 2, 1):
        page.get_by_role("button", name="Remove layer 1").click()
        assert len(drawn_layers(page)) == count
    assert page.get_by_role("button", name="Remove layer 1").is_disabled()
    page.get_by_role("button", name="Reset").click()
    assert drawn_layers(page) == PRESETS["three 3×3"]


@browser
@pytest.mark.parametrize(
    "figure",
    [
        ReceptiveField(),
        ReceptiveField(layers=GRIDDED),
        ReceptiveField(layers=layers(*PRESETS["strides 2 2 2"]), position=[2, 4]),
        SMALL,
        ReceptiveField(position=[0, 5]),
    ],
    ids=["plain", "gridded", "strided", "small", "pixel"],
)
def test_copy_as_pytorch_measures_the_size_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    names = run_program(copied_program(page))
    lines = explained(page)
    assert lines["reads"].split()[2] == str(names["size"])
    note = page.locator(".cnn-plane-note").inner_text()
    assert re.search(r"= (\d+) of", note)[1] == str(names["read"])
    first, last = (evaluate(lines[key])[-1] for key in ("first pixel", "last pixel"))
    layer = len(figure.layers) if figure.position is None else figure.position[0]
    paths = names["paths"].numpy()
    expected = np.zeros(len(paths))
    expected[first : last + 1] = figure.paths(layer)
    # In two dimensions the paths along the rows and along the columns multiply.
    np.testing.assert_array_equal(paths, np.outer(expected, expected))


@browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        ReceptiveField(caption="A stack.", layers=GRIDDED), LARGE, SMALL, theme=theme
    )
    assert axe(page) == []
    page.locator(".cnn-pyramid").first.hover(position={"x": 200, "y": 60})
    assert axe(page) == []
    page.locator(".cnn-pyramid").first.focus()
    page.keyboard.press("ArrowDown")
    assert axe(page) == []


@browser
def test_forced_colors_and_reduced_motion_keep_every_sign(figure_page) -> None:
    page = figure_page(
        ReceptiveField(layers=GRIDDED), forced_colors="active", reduced_motion="reduce"
    )
    strokes = page.evaluate(
        """() => Object.fromEntries(
            ["edge", "face", "seen", "chosen", "hole", "links", "bars"].map((shape) => {
                const style = getComputedStyle(document.querySelector(`path.cnn-${shape}`));
                return [shape, shape === "bars" ? style.fill : style.stroke];
            }).concat([["card",
                getComputedStyle(document.querySelector("figure")).backgroundColor]])
        )"""
    )
    for shape in ("edge", "seen", "chosen", "hole", "links", "bars"):
        assert strokes[shape] not in (strokes["card"], "none"), shape
    # What is seen, and the unit that sees it, differ from a unit that is not.
    assert strokes["face"] == strokes["card"]
    assert strokes["seen"] != strokes["chosen"]
    assert page.evaluate("document.getAnimations().length") == 0


@browser
@pytest.mark.parametrize("figure", [ReceptiveField(), LARGE], ids=["default", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    point(page, 1, 2, "tap")
    assert page.locator(".cnn-band-title").inner_text() == "Layer 1, unit 2"
    assert overflow(page) == []


@browser
def test_nothing_moves_with_the_cursor(figure_page) -> None:
    page = figure_page(ReceptiveField(layers=layers(*[(3, 1, 1)] * 6)), width=660)
    tops = set()
    for layer in range(7):
        for unit in (0, 3):
            point(page, layer, unit)
            tops.add(page.locator(".cnn-layers").evaluate("e => e.offsetTop"))
    assert len(tops) == 1


@browser
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    page = figure_page(LARGE, width=660)
    assert_quick(
        page,
        follows={
            "cursor": """(i) => {
                const frame = document.querySelector(".cnn-pyramid");
                const box = frame.getBoundingClientRect();
                frame.dispatchEvent(new PointerEvent("pointermove", {bubbles: true,
                    clientX: box.left + box.width * (0.3 + i / 80),
                    clientY: box.top + 20 + 40 * (i % 6)}));
            }""",
        },
        answers={
            "edit": """(i) => {
                const select = document.querySelector("select[aria-label='Layer 5: kernel size']");
                select.value = i % 2 ? 3 : 2;
                select.dispatchEvent(new Event("change", {bubbles: true}));
            }""",
            "rebuild": clicking(".cnn-choice input", "i % 4"),
        },
    )


@browser
@pytest.mark.parametrize(
    "figure",
    [ReceptiveField(), ReceptiveField(layers=GRIDDED), LARGE, SMALL],
    ids=["plain", "gridded", "large", "small"],
)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    for cell in page.locator(".cnn-size, .cnn-jump").all_inner_texts():
        assert cell in reading
    lines = explained(page)
    for label in ("first pixel", "last pixel", "paths"):
        assert f"{label} {lines[label]}" in reading
    assert f"reads {lines['reads']}" in reading
    assert lines["read by"] in reading
    for selector in (".cnn-hint", ".cnn-plane-note"):
        assert page.locator(selector).inner_text() in reading
    shown = [text for text in page.locator(".cnn-counts span").all_inner_texts() if text]
    if shown:
        assert f": {', '.join(shown)}." in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 1


@browser
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(ReceptiveField())
    page.evaluate("model.set('position', [1, 2])")
    expect(page.locator(".cnn-band-title")).to_have_text("Layer 1, unit 2")
    page.get_by_label("strides 2 2 2").check()
    assert page.evaluate("[model.get('layers').map((layer) => layer.stride), model.saved]") == [
        [2, 2, 2],
        1,
    ]
    assert page.evaluate("model.get('position')") is None
    # A linked widget may ask for more than can be drawn.
    page.evaluate("model.set('layers', Array(9).fill({kernel_size: 9, stride: 9}))")
    page.evaluate("model.set('position', [50, -3])")
    assert drawn_fields(page)[0][-1][0] <= 64
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")

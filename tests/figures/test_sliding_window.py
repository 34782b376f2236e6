"""The sliding window in a browser: drawn, pointed at, edited, played, copied."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from browser import axe
from figures.checks import (
    EDITING,
    cell,
    copied_program,
    evaluate,
    grid,
    hovering,
    number,
    numbers_missing,
    overflow,
    run_program,
    sliding,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse.figures import SlidingWindow
from cnncourse.functional import cross_correlate

pytestmark = pytest.mark.browser

LARGE = SlidingWindow(
    input=[[(7 * i + 3 * j + i * j) % 10 for j in range(12)] for i in range(12)],
    kernel=[[(i + 2 * j) % 3 - 1 for j in range(7)] for i in range(7)],
    controls=["size", "flip", "player", "padding", "stride"],
)


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights: cells by class, frames, formula and sentences."""
    return page.evaluate(
        """() => {
            const marks = {};
            for (const name of ["window", "cursor", "reach", "user"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                    [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                     cell.cellIndex].join(" "));
            marks.terms = [...document.querySelectorAll(".cnn-term")].map((term) =>
                term.classList.contains("is-cursor"));
            marks.frames = [...document.querySelectorAll(".cnn-frame")].map((frame) =>
                [frame.getAttribute("class"), frame.style.transform].join(" "));
            marks.texts = [".cnn-formula", ".cnn-band-title", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent);
            return marks;
        }"""
    )


def expected_output(page: Page, stride: int = 1) -> list[list[float]]:
    """Compute the output of the numbers now shown, with Python."""
    image, kernel = np.array(grid(page, "input")), np.array(grid(page, "kernel"))
    return cross_correlate(image, kernel)[::stride, ::stride].tolist()


def test_drawn(figure_page) -> None:
    figure = SlidingWindow(caption="A window slides.")
    page = figure_page(figure)
    assert grid(page, "input") == figure.input
    assert grid(page, "kernel") == figure.kernel
    assert grid(page, "output") == figure.output().tolist() == [[4, 2], [0, 4]]
    assert page.locator("figcaption").inner_text() == "A window slides."
    assert page.locator(".cnn-reading").count() == 0
    assert page.get_by_role("grid", name="Output 2 × 2").count() == 1


@pytest.mark.parametrize(
    ("view", "row", "column"),
    [("output", 1, 0), ("input", 1, 2), ("input", 3, 3), ("kernel", 2, 0)],
)
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    hovered = figure_page(SlidingWindow())
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(SlidingWindow(), has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(SlidingWindow())
    driven.locator(f"[data-view={view}] td").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven)
    assert lit(hovered) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


def test_what_was_pointed_at_last_counts(figure_page) -> None:
    page = figure_page(SlidingWindow())
    cell(page, "kernel", 0, 0).focus()
    cell(page, "output", 1, 1).hover()
    assert lit(page)["cursor"] == []
    page.keyboard.press("ArrowRight")
    assert lit(page)["cursor"] == ["input 0 1", "kernel 0 1"]
    cell(page, "kernel", 2, 2).hover()
    page.mouse.move(1, 1)
    assert lit(page)["cursor"] == ["input 0 1", "kernel 0 1"]


def test_what_each_view_lights(figure_page) -> None:
    page = figure_page(SlidingWindow())
    cell(page, "output", 1, 1).hover()
    window = [f"input {row} {column}" for row in (1, 2, 3) for column in (1, 2, 3)]
    assert lit(page)["window"] == window
    cell(page, "input", 1, 1).hover()
    assert lit(page)["user"] == ["output 0 0", "output 0 1", "output 1 0", "output 1 1"]
    cell(page, "input", 0, 0).hover()
    assert lit(page)["user"] == ["output 0 0"]
    assert lit(page)["cursor"] == ["input 0 0", "kernel 0 0"]
    cell(page, "kernel", 2, 1).hover()
    assert lit(page)["cursor"] == ["input 2 1", "kernel 2 1"]
    assert lit(page)["terms"].index(True) == 7
    assert lit(page)["reach"] == ["input 2 1", "input 2 2", "input 3 1", "input 3 2"]
    page.locator(".cnn-term").nth(5).hover()
    assert lit(page)["cursor"] == ["input 1 2", "kernel 1 2"]


def test_grid_keys(figure_page) -> None:
    page = figure_page(SlidingWindow())
    assert page.locator("td[tabindex='0']").count() == 3
    place = "[document.activeElement.parentNode.rowIndex, document.activeElement.cellIndex]"
    page.locator("[data-view=input] td").first.focus()
    steps = {
        "End": [0, 3],
        "ArrowRight": [0, 3],
        "ArrowDown": [1, 3],
        "Home": [1, 0],
        "Control+End": [3, 3],
        "ArrowUp": [2, 3],
        "Control+Home": [0, 0],
        "ArrowLeft": [0, 0],
    }
    for key, where in steps.items():
        page.keyboard.press(key)
        assert page.evaluate(place) == where, key
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('[data-view]').dataset.view") == "kernel"


def test_formula_parses_to_the_result_everywhere(figure_page) -> None:
    figure = SlidingWindow(
        input=[[0.1, -2, 3], [0.2, 0.25, -1.5], [7, 8, 9]], kernel=[[-0.5, 3], [0.1, -2]]
    )
    page = figure_page(figure)
    for row, values in enumerate(figure.output().tolist()):
        for column, value in enumerate(values):
            cell(page, "output", row, column).hover()
            sides = evaluate(page.locator(".cnn-formula").text_content())
            assert len(sides) == 3
            assert sides == pytest.approx([value] * 3, abs=1e-12)


def test_pin_says_the_sum(figure_page) -> None:
    page = figure_page(SlidingWindow())
    assert spoken(page) == ""
    cell(page, "output", 0, 1).click()
    assert spoken(page) == "Row 0, column 1: sum 2."
    page.locator("[data-view=output] td[tabindex='0']").press("ArrowDown")
    page.keyboard.press("Enter")
    assert spoken(page) == "Row 1, column 1: sum 4."
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    assert "row 1, column 1" in page.locator(".cnn-band-title").inner_text()
    assert page.locator("[data-view=output] [aria-selected=true]").inner_text() == "4"


def test_edit_by_typing_and_reset(figure_page) -> None:
    page = figure_page(SlidingWindow())
    cell(page, "input", 0, 0).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    assert grid(page, "input")[0][0] == -7
    assert grid(page, "output") == expected_output(page) != [[4, 2], [0, 4]]
    assert spoken(page) == "Input row 0, column 0 is now −7; the sum at row 0, column 0 is 12."
    # The focus is back on the cell: the arrows go on from there.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    assert grid(page, "input")[0][1] == 2
    page.keyboard.type("1e9")
    page.keyboard.press("Tab")
    assert grid(page, "input")[0][1] == 99
    cell(page, "kernel", 1, 1).click()
    cell(page, "kernel", 1, 1).click()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    assert grid(page, "kernel")[1][1] == 0
    page.keyboard.type(".255")
    page.keyboard.press("Enter")
    assert grid(page, "kernel")[1][1] == pytest.approx(0.26, abs=0.01)
    assert grid(page, "output") == pytest.approx(np.array(expected_output(page)), abs=1e-9)
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "input") == SlidingWindow().input
    assert grid(page, "output") == [[4, 2], [0, 4]]
    page.get_by_role("button", name="Random numbers").click()
    assert grid(page, "output") == expected_output(page)


def test_tap_twice_edits(figure_page) -> None:
    page = figure_page(SlidingWindow(), has_touch=True, width=360)
    cell(page, "kernel", 0, 0).tap()
    assert page.locator(".cnn-editor").count() == 0
    cell(page, "kernel", 0, 0).tap()
    page.locator(".cnn-editor").fill("5")
    page.keyboard.press("Enter")
    assert grid(page, "kernel")[0][0] == 5


def test_flip_turns_the_kernel(figure_page) -> None:
    kernel = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
    page = figure_page(SlidingWindow(kernel=kernel))
    page.get_by_label("Convolution", exact=False).last.check()
    assert grid(page, "kernel") == np.array(kernel)[::-1, ::-1].tolist()
    assert grid(page, "output") == SlidingWindow(kernel=kernel, flip=True).output().tolist()
    assert page.get_by_role("grid", name="Kernel 3 × 3, turned").count() == 1
    # A weight edited on the turned kernel is the weight of the kernel as typed.
    cell(page, "kernel", 0, 0).click()
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.get_by_label("Cross-correlation").check()
    assert grid(page, "kernel")[2][2] == 0


def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    page = figure_page(LARGE)
    sliders = {
        name: page.get_by_label(name, exact=True)
        for name in ("Input size", "Kernel size", "Padding", "Stride")
    }

    def limits(name: str) -> list[int]:
        return sliders[name].evaluate("input => [Number(input.min), Number(input.max)]")

    def move(name: str, value: int) -> None:
        sliders[name].evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", {bubbles: true}));
                input.dispatchEvent(new Event("change", {bubbles: true}));
            }""",
            value,
        )

    seen = set()
    rng = np.random.default_rng(0)
    for step in range(120):
        name = list(sliders)[step % 4]
        low, high = limits(name)
        assert low <= high
        # The ends are where a mistake would be; one step beyond them, the browser clamps.
        move(name, [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3])
        state = {key: int(slider.input_value()) for key, slider in sliders.items()}
        stride = state["Stride"]
        image, output = grid(page, "input"), grid(page, "output")
        assert len(image) == state["Input size"] + 2 * state["Padding"] <= 12
        assert 1 <= len(grid(page, "kernel")) == state["Kernel size"] <= len(image)
        assert output == expected_output(page, stride)
        assert len(output) == (len(image) - state["Kernel size"]) // stride + 1 >= 1
        assert set(evaluate(page.locator(".cnn-formula").text_content())) == {
            number(page.locator(".cnn-formula-total").inner_text())
        }
        seen.add(tuple(state.values()))
    assert len(seen) > 40


@pytest.mark.parametrize("flip", [False, True])
def test_copy_as_pytorch_gives_the_output_shown(figure_page, flip) -> None:
    figure = SlidingWindow(
        input=[[1, 2, 0.5, 1], [0, -1, 3, 2], [2, 0, 1, 1], [1, 1, 0, 2], [9, 8, 7, 6]],
        kernel=[[1, 0.25], [2, -3]],
        flip=flip,
        padding=1,
        stride=2,
    )
    page = figure_page(figure)
    output = run_program(copied_program(page))["output"]
    np.testing.assert_allclose(output.numpy(), grid(page, "output"), rtol=1e-6)
    assert spoken(page).startswith("The PyTorch program is selected")


def test_copy_reaches_the_clipboard(figure_page) -> None:
    page = figure_page(SlidingWindow(), permissions=["clipboard-read", "clipboard-write"])
    page.evaluate(
        "() => { navigator.clipboard.writeText = async (text) => { window.copied = text; }; }"
    )
    page.get_by_role("button", name="Copy as PyTorch").click()
    page.get_by_role("button", name="Copied").wait_for()
    output = run_program(page.evaluate("window.copied"))["output"]
    assert output.tolist() == grid(page, "output")
    assert page.get_by_label("PyTorch program").is_hidden()


def test_player_steps_plays_and_stays_silent(figure_page, new_page) -> None:
    page = figure_page(SlidingWindow())
    page.clock.install()
    title = page.locator(".cnn-band-title")
    expect(title).to_have_text("Output at row 0, column 0")
    page.clock.run_for(10_000)
    expect(title).to_have_text("Output at row 0, column 0")

    page.get_by_role("button", name="Step forward").click()
    expect(title).to_have_text("Output at row 0, column 1")
    assert spoken(page) == "Row 0, column 1: sum 2."
    page.get_by_role("button", name="Step back").click()
    page.get_by_role("button", name="Step back").click()
    expect(title).to_have_text("Output at row 1, column 1")
    said = spoken(page)

    page.get_by_role("button", name="Play").click()
    expect(title).to_have_text("Output at row 0, column 0")
    assert page.locator("td.is-pending").count() == 3
    page.clock.run_for(1000)
    expect(title).to_have_text("Output at row 0, column 1")
    assert spoken(page) == said
    page.get_by_role("button", name="Pause").click()
    assert spoken(page) == "Row 0, column 1: sum 2."
    assert page.locator("td.is-pending").count() == 0
    page.get_by_role("button", name="Play").click()
    page.clock.run_for(5000)
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    assert spoken(page) == "Row 1, column 1: sum 4."

    scrubber = page.get_by_label("Window position")
    scrubber.press("Home")
    assert scrubber.get_attribute("aria-valuetext") == "row 0, column 0 of 2 × 2"
    scrubber.press("ArrowRight")
    expect(title).to_have_text("Output at row 0, column 1")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(SlidingWindow(caption="A window slides."), LARGE, theme=theme)
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=output] td").nth(3).hover()
    assert axe(page) == []
    first.locator("[data-view=kernel] td").nth(2).click()
    page.keyboard.type("5")
    assert axe(page) == []
    page.keyboard.press("Enter")
    first.get_by_role("button", name="Play").click()
    assert axe(page) == []


def test_reduced_motion_means_steps(figure_page) -> None:
    page = figure_page(SlidingWindow(), reduced_motion="reduce")
    assert page.get_by_role("button", name="Play").count() == 0
    page.get_by_role("button", name="Step forward").click()
    expect(page.locator(".cnn-band-title")).to_have_text("Output at row 0, column 1")
    frame = page.locator(".cnn-frame-window").first
    assert frame.evaluate("frame => getComputedStyle(frame).transitionDuration") == "0s"
    page.get_by_label("Convolution", exact=False).last.check()
    assert page.evaluate("document.getAnimations().length") == 0


def test_forced_colors_keep_every_sign(figure_page) -> None:
    page = figure_page(SlidingWindow(), forced_colors="active")
    cell(page, "kernel", 0, 2).hover()
    lines = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                cursor: style("td.is-cursor").outlineStyle,
                border: style("[data-view=input] td").borderTopWidth,
                frame: style(".cnn-frame-window").stroke,
                term: style(".cnn-term.is-cursor").outlineStyle,
                card: style("figure").backgroundColor,
            };
        }"""
    )
    # Colors are the system's now, so what the cursor lights must have a line around it.
    assert lines["cursor"] == lines["term"] == "solid"
    assert float(lines["border"][:-2]) >= 0.5
    assert lines["frame"] != lines["card"]


@pytest.mark.parametrize("figure", [SlidingWindow(), LARGE], ids=["default", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "input", 0, 0).tap()
    assert overflow(page) == []


def test_interactions_are_quick(figure_page, assert_quick) -> None:
    # The largest matrices, at the width of the book's column.
    page = figure_page(LARGE, width=660)
    cell(page, "input", 3, 4).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=output] td"),
        },
        answers={
            "edit": EDITING,
            "rebuild": sliding(0, "i % 2 ? 12 : 11"),
        },
    )


@pytest.mark.parametrize(
    "figure",
    [SlidingWindow(), LARGE, SlidingWindow(padding=1, stride=2, flip=True, position=[1, 1])],
    ids=["default", "large", "padded"],
)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    formula = " ".join(page.locator(".cnn-formula").text_content().split())
    assert formula in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 3
    assert without.locator(".cnn-note").is_hidden()


@pytest.mark.parametrize("controls", [[], ["size", "padding", "stride"]])
def test_shapes_that_are_not_square_stay_as_they_are(figure_page, controls) -> None:
    image, kernel = [[1, 0, 2], [3, 1, 0]], [[2, -1, 1], [1, 0, -2]]
    page = figure_page(SlidingWindow(input=image, kernel=kernel, controls=controls))
    assert grid(page, "input") == image
    assert grid(page, "kernel") == kernel
    assert grid(page, "output") == [[7]]


def test_specs_the_page_cannot_trust_are_drawn_legally(figure_page) -> None:
    figure = SlidingWindow().html()
    for old, new in [
        ('"padding":0', '"padding":99'),
        ('"stride":1', '"stride":0'),
        ('"position":[0,0]', '"position":[50,-3]'),
        ("[[1,0,-1],[2,0,-2],[1,0,-1]]", json.dumps([[1] * 9] * 9)),
    ]:
        page = figure_page(figure.replace(old, new))
        page.wait_for_selector("figure[data-live]")
        evaluate(page.locator(".cnn-formula").text_content())


def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(SlidingWindow(caption="In a notebook."))
    assert grid(page, "output") == [[4, 2], [0, 4]]
    assert page.locator("figcaption").inner_text() == "In a notebook."
    page.evaluate("model.set('kernel', [[1, 0], [0, 2]])")
    assert grid(page, "kernel") == [[1, 0], [0, 2]]
    assert grid(page, "output") == expected_output(page)
    page.evaluate("model.set('caption', 'Another.')")
    assert page.locator("figcaption").inner_text() == "Another."

    cell(page, "input", 0, 0).click()
    page.keyboard.type("9")
    page.keyboard.press("Enter")
    assert page.evaluate("[model.get('input')[0][0], model.saved]") == [9, 1]
    cell(page, "output", 1, 1).click()
    assert page.evaluate("model.get('position')") == [1, 1]

    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")
    page.evaluate("model.set('kernel', [[1]])")

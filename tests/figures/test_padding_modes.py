"""The padding modes in a browser: copies, counts, filters, and PyTorch's own answer."""

from __future__ import annotations

import re
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
    numbers_missing,
    overflow,
    run_program,
    sliding,
    small_targets,
    spoken,
)
from playwright.sync_api import Page, expect

from cnncourse.figures import PaddingModes
from cnncourse.geometry import padding_indices

pytestmark = pytest.mark.browser

MODES = ("zeros", "reflect", "replicate", "circular")
# Every mode and everything shown beside it, in fewer pages than all their pairs.
PAIRS = [
    ("zeros", "counts"),
    ("reflect", "counts"),
    ("replicate", "blur"),
    ("circular", "blur"),
    ("zeros", "edges"),
    ("circular", "edges"),
]
LARGE = PaddingModes(padding=4, mode="replicate", kernel_size=5)


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => ({
            marks: ["copied", "user"].map((name) =>
                [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                    [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                     cell.cellIndex].join(" "))),
            frames: [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.getAttribute("class"), frame.style.transform].join(" ")),
            links: [...document.querySelectorAll(".cnn-link")].map((link) =>
                link.getAttribute("d")),
            texts: [".cnn-band-title", ".cnn-lines", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent),
        })"""
    )


def explained(page: Page) -> dict[str, str]:
    """Return the lines below the grids, by their label."""
    labels = page.locator(".cnn-lines dt").all_inner_texts()
    return dict(zip(labels, page.locator(".cnn-lines dd").all_inner_texts(), strict=True))


@pytest.mark.parametrize("mode", MODES)
def test_drawn_as_torch_pads(figure_page, mode) -> None:
    import torch

    figure = PaddingModes(mode=mode, padding=3)
    page = figure_page(figure)
    name = "constant" if mode == "zeros" else mode
    image = torch.tensor(figure.input, dtype=torch.float32)
    padded = torch.nn.functional.pad(image[None, None], (3, 3, 3, 3), mode=name)[0, 0]
    assert grid(page, "padded") == padded.tolist()
    heads = page.locator("[data-view=padded] thead th").all_inner_texts()
    assert heads == ["−3", "−2", "−1", "0", "1", "2", "3", "4", "5", "6"]


def test_the_counts_of_the_chapter(figure_page) -> None:
    page = figure_page(PaddingModes())
    assert grid(page, "beside")[0] == [4, 6, 6, 4]
    assert grid(page, "beside")[1] == [6, 9, 9, 6]
    for mode, low, high in [("circular", 9, 9), ("replicate", 9, 9), ("reflect", 4, 16)]:
        page.get_by_label(mode).check()
        counts = np.array(grid(page, "beside"))
        assert (counts.min(), counts.max()) == (low, high)
        assert counts.sum() == 9 * 16
    assert spoken(page).startswith("Padding mode reflect")


@pytest.mark.parametrize(
    ("view", "row", "column"), [("padded", 0, 3), ("padded", 2, 2), ("beside", 1, 3)]
)
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column) -> None:
    figure = PaddingModes(mode="reflect")
    hovered = figure_page(figure)
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    tapped = figure_page(figure, has_touch=True)
    cell(tapped, view, row, column).tap()
    driven = figure_page(figure)
    driven.locator(f"[data-view={view}] td[tabindex]").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    assert lit(hovered) == lit(tapped) == lit(driven) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


@pytest.mark.parametrize("mode", MODES[1:])
def test_border_cells_are_joined_to_what_they_copy(figure_page, mode) -> None:
    figure = PaddingModes(mode=mode, padding=2)
    page = figure_page(figure)
    sources = padding_indices(4, 2, 2, mode)
    for row, column in [(0, 0), (1, 3), (7, 2), (3, 7), (6, 6), (0, 7)]:
        cell(page, "padded", row, column).hover()
        source = f"translate({sources[column] + 2}px, {sources[row] + 2}px)"
        frame = page.locator(".cnn-frame-source").get_attribute("style")
        assert source in frame
        assert page.locator(".cnn-link").count() == 1
        lines = explained(page)
        for label, index, place in [
            ("row", row, sources[row]),
            ("column", column, sources[column]),
        ]:
            if "=" in lines[label]:
                assert set(evaluate(lines[label])) == {place}, lines
            else:
                assert lines[label] == f"{index - 2} stays {place}"
        value = figure.input[sources[row]][sources[column]]
        assert lines["value"] == f"x[{sources[row]}, {sources[column]}] = {value}"
        assert cell(page, "padded", row, column).inner_text() == str(value)
    # From a pixel, all its copies.
    cell(page, "padded", 2, 2).hover()
    copies = sum(r == 0 and c == 0 for r in sources for c in sources) - 1
    assert page.locator(".cnn-link").count() == copies == page.locator("td.is-copied").count()
    read = explained(page)["read"]
    assert set(evaluate(read)) == {grid(page, "beside")[0][0]}


def test_zeros_copy_nothing(figure_page) -> None:
    page = figure_page(PaddingModes())
    cell(page, "padded", 0, 2).hover()
    assert page.locator(".cnn-link").count() == 0
    assert explained(page) == {"value": "0"}
    assert "copies nothing" in page.locator(".cnn-hint").inner_text()


@pytest.mark.parametrize("beside", ["Blurred", "Edges"])
def test_filters_explain_every_output(figure_page, beside) -> None:
    page = figure_page(PaddingModes(mode="reflect"))
    page.get_by_label(beside).check()
    padded, result = np.array(grid(page, "padded")), np.array(grid(page, "beside"))
    weights = np.ones((3, 3)) / 9 if beside == "Blurred" else np.array([[-1, 0, 1]] * 3)
    for row in range(4):
        for column in range(4):
            value = (padded[row : row + 3, column : column + 3] * weights).sum()
            assert result[row, column] == pytest.approx(value, abs=0.005)
            cell(page, "beside", row, column).hover()
            for text in explained(page).values():
                assert evaluate(text) == pytest.approx([evaluate(text)[-1]] * 2, abs=0.005)
    assert page.locator("td.is-touching").count() == 12
    assert "12 of 16" in page.locator(".cnn-beside-note").inner_text()
    cell(page, "beside", 1, 1).hover()
    assert "wholly inside" in page.locator(".cnn-hint").inner_text()
    cell(page, "padded", 1, 1).hover()
    assert page.locator("td.is-user").count() == 4


def test_edit_pin_and_reset(figure_page) -> None:
    page = figure_page(PaddingModes(mode="replicate"))
    cell(page, "padded", 1, 1).click()
    page.keyboard.type("-50")
    page.keyboard.press("Enter")
    assert grid(page, "padded")[0][0] == grid(page, "padded")[1][0] == -50
    assert spoken(page) == "Pixel [0, 0] is now −50."
    # A border cell is a copy: it is pinned, not edited.
    cell(page, "padded", 0, 0).click()
    assert spoken(page) == "Place [−1, −1] shows pixel [0, 0]: −50."
    page.keyboard.type("7")
    assert page.locator(".cnn-editor").count() == 0
    cell(page, "padded", 0, 4).click()
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".cnn-band-title")).to_have_text("Place [−1, 3] in the border")
    page.get_by_role("button", name="Reset").click()
    expect(page.locator(".cnn-band-title")).to_have_text("Place [−1, −1] in the border")
    assert grid(page, "padded")[0][0] == 1


def test_no_control_reaches_an_illegal_state(figure_page) -> None:
    figure = PaddingModes(input=[[1, 2, 3], [4, 5, 6], [7, 8, 9]])
    page = figure_page(figure)
    limits = {"zeros": 4, "reflect": 2, "replicate": 4, "circular": 3}

    def move(label: str, value: int) -> int:
        slider = page.get_by_label(label, exact=True)
        slider.evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
            value,
        )
        return int(slider.input_value())

    for mode in [*MODES, *MODES[::-1]]:
        page.get_by_label(mode).check()
        for padding in (99, 0, 1, 99):
            assert move("Padding", padding) == min(padding, limits[mode])
            padded = np.array(grid(page, "padded"))
            name = "constant" if mode == "zeros" else mode
            numpy_mode = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
            amount = min(padding, limits[mode])
            expected = np.pad(np.array(figure.input), amount, numpy_mode.get(mode, name))
            assert padded.tolist() == expected.tolist()
            # However the table grew, each grid has one tab stop.
            assert page.locator("[data-view=padded] td[tabindex='0']").count() == 1
            size = move("Kernel size", 99)
            assert size == min(5, 3 + 2 * amount)
            counts = np.array(grid(page, "beside"))
            windows = (3 + 2 * amount - size + 1) ** 2
            if mode != "zeros":
                assert counts.sum() == windows * size**2
            assert move("Kernel size", 1) == 1


@pytest.mark.parametrize(("mode", "beside"), PAIRS)
def test_copy_as_pytorch_gives_the_output_shown(figure_page, mode, beside) -> None:
    page = figure_page(PaddingModes(mode=mode, padding=2, kernel_size=4, beside=beside))
    names = run_program(copied_program(page))
    assert names["padded"][0, 0].tolist() == grid(page, "padded")
    np.testing.assert_allclose(names["output"].numpy(), grid(page, "beside"), atol=0.005)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        PaddingModes(mode="reflect", caption="Padding."),
        PaddingModes(beside="blur"),
        PaddingModes(mode="circular", padding=3, beside="edges"),
        theme=theme,
    )
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=padded] td[tabindex]").nth(14).hover()
    assert axe(page) == []
    first.locator("[data-view=padded] td[tabindex]").nth(14).click()
    page.keyboard.type("5")
    assert axe(page) == []


def test_reduced_motion_and_forced_colors(figure_page) -> None:
    page = figure_page(
        PaddingModes(mode="reflect"), reduced_motion="reduce", forced_colors="active"
    )
    cell(page, "padded", 0, 0).hover()
    style = page.evaluate(
        """() => {
            const frame = getComputedStyle(document.querySelector(".cnn-frame-source"));
            const link = getComputedStyle(document.querySelector(".cnn-link"));
            const card = getComputedStyle(document.querySelector("figure"));
            return [frame.transitionDuration, frame.stroke, link.stroke, card.backgroundColor];
        }"""
    )
    assert style[0] == "0s"
    assert style[3] not in style[1:3]


@pytest.mark.parametrize("figure", [PaddingModes(mode="reflect"), LARGE], ids=["default", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "padded", 1, 1).tap()
    assert overflow(page) == []
    page.get_by_label("Blurred").check()
    assert overflow(page) == []


def test_interactions_are_quick(figure_page, assert_quick) -> None:
    # The largest matrices, at the width of the book's column.
    page = figure_page(LARGE, width=660)
    cell(page, "padded", 5, 5).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=padded] td[tabindex]", "48 + i"),
        },
        answers={
            "edit": EDITING,
            "rebuild": sliding(0, "i % 2 ? 4 : 3"),
        },
    )


@pytest.mark.parametrize(("mode", "beside"), PAIRS)
def test_reading_says_what_the_figure_shows(figure_page, mode, beside) -> None:
    figure = PaddingModes(mode=mode, beside=beside, padding=2, kernel_size=3, position=[-2, 4])
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    value = explained(page)["value"]
    assert (value if mode != "zeros" else "holds 0") in reading
    touching = re.search(r"\d+ of \d+ outputs", page.locator(".cnn-beside-note").inner_text())
    assert touching is None or touching[0] in reading


def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(PaddingModes())
    page.evaluate("model.set('mode', 'circular')")
    assert page.get_by_label("circular").is_checked()
    assert grid(page, "padded")[0][0] == 16
    page.get_by_label("reflect").check()
    assert page.evaluate("[model.get('mode'), model.saved]") == ["reflect", 1]
    # A linked widget may ask for more than the mode allows; the figure draws what is possible.
    page.evaluate("model.set('padding', 9)")
    assert len(grid(page, "padded")) == 10
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")

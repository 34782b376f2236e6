"""The convolution matrix in a browser: rows, columns, weights, its transpose, and PyTorch."""

from __future__ import annotations

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

from cnncourse import functional
from cnncourse.figures import conv_matrix
from js import golden_conv_matrix as golden

CONTROLS = [*conv_matrix.CONTROLS]


def ConvMatrix(**settings: Any) -> conv_matrix.ConvMatrix:
    """Make the figure with all its controls."""
    return conv_matrix.ConvMatrix(**{"controls": CONTROLS, **settings})


SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
ROW = ConvMatrix(input=[[1, 2, 0, 1, 3, 0, 2, 1]], kernel=[[1, 2, -1]])
LARGE = ConvMatrix(kernel=SOBEL, padding=1)
FIVE = [[(7 * i + 3 * j + i * j) % 10 for j in range(5)] for i in range(5)]
FIGURES = {
    "plain": ConvMatrix(),
    "row": ROW,
    "padded": ConvMatrix(kernel=SOBEL, padding=1, position=[3, 0]),
    "strided": ConvMatrix(kernel=[[1, -2]], stride=3, position=[1, 0]),
    "dilated": ConvMatrix(input=FIVE, kernel=[[1, 2], [3, 4]], dilation=3, stride=2),
    "transposed": ConvMatrix(kernel=SOBEL, padding=1, stride=2, transpose=True, position=[2, 1]),
    "upstream": ConvMatrix(transpose=True, y=[[1, 0, -1], [2, 0.5, 0], [0, 0, 3]]),
}


def test_golden_numbers_are_up_to_date() -> None:
    assert golden.FILE.read_text(encoding="utf-8") == golden.text(), (
        "stale: run python tests/js/golden_conv_matrix.py"
    )


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input": np.ones((6, 5))}, ValueError, "at most 25 pixels, got 6 × 5"),
        ({"kernel": np.ones((6, 1))}, ValueError, "kernel must be a matrix of 1 to 5 rows"),
        ({"kernel": np.ones((5, 5))}, ValueError, "kernel is 5 × 5 at dilation 1 but the padded"),
        ({"dilation": 4}, ValueError, "kernel is 2 × 2 at dilation 4 but the padded input is 4"),
        ({"padding": 2, "kernel": SOBEL}, ValueError, "C would be 36 × 16; at most 25 rows"),
        ({"input": np.ones((5, 5))}, ValueError, "C would be 16 × 25; at most 25 rows and 256"),
        ({"stride": 5}, ValueError, "stride must be at most 4"),
        ({"controls": ["flip"]}, ValueError, r"controls\[0\] must be one of 'transpose'"),
        ({"transpose": 1}, TypeError, "transpose must be True or False"),
        ({"y": [[1, 2]]}, ValueError, r"y must have the output's shape \(3, 3\), got \(1, 2\)"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        ConvMatrix(**settings)
    assert str(caught.value).startswith("ConvMatrix: ")


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_the_matrix_convolves_and_its_transpose_is_the_adjoint(figure) -> None:
    height = len(figure.input)
    padding = (figure.padding if height > 1 else 0, figure.padding)
    x, kernel = (np.array(value, float)[None, None] for value in (figure.input, figure.kernel))
    y = functional.conv2d(x, kernel, None, figure.stride, padding, figure.dilation)[0, 0]
    np.testing.assert_allclose(figure.output(), y)
    back = functional.conv2d_input(
        x.shape,
        kernel,
        figure.upstream()[None, None].astype(float),
        figure.stride,
        padding,
        figure.dilation,
    )
    np.testing.assert_allclose(figure.transposed(), back[0, 0])
    entries, held, different = figure.counts()
    assert entries == y.size * x.size
    assert held <= different * y.size
    named = [[bool(name) for name in row] for row in figure.names()]
    assert (figure.matrix()[~np.array(named)] == 0).all()


def test_counts_of_the_smallest_example() -> None:
    assert ConvMatrix().counts() == (144, 36, 4)
    assert ConvMatrix()._summary() == (
        "36 of 144 entries hold one of 4 weights; the other 108 are always zero."
    )


browser = pytest.mark.browser


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => {
            const marks = {};
            for (const name of ["window", "cursor", "user", "result"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map((cell) =>
                    [cell.closest("[data-view]").dataset.view, cell.parentNode.rowIndex,
                     cell.cellIndex].join(" "));
            marks.frames = [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.closest("[data-view]").dataset.view, frame.style.transform].join(" "));
            marks.terms = [...document.querySelectorAll(".cnn-term")].map((term) =>
                term.classList.contains("is-cursor"));
            marks.texts = [".cnn-formula", ".cnn-band-title", ".cnn-hint"].map((selector) =>
                document.querySelector(selector).textContent);
            return marks;
        }"""
    )


def whole(page: Page) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read C, x and y from the one table that shows all three."""
    rows = page.eval_on_selector_all(
        "[data-view=matrix] tbody tr",
        "rows => rows.map(r => [...r.querySelectorAll('td .cnn-value')].map(c => c.textContent))",
    )
    x = [number(text) for text in rows[0][:-1]]
    inner = [[number(text) for text in row] for row in rows[1:]]
    table = np.array(inner)
    return table[:, :-1], np.array(x), table[:, -1]


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_drawn_as_python_computes(figure_page, figure) -> None:
    page = figure_page(figure)
    matrix, x, y = whole(page)
    assert matrix.tolist() == figure.matrix().tolist()
    assert x.tolist() == np.ravel(grid(page, "picture")).tolist()
    assert y.tolist() == np.ravel(grid(page, "output")).tolist()
    if figure.transpose:
        np.testing.assert_allclose(x, matrix.T @ y)
        assert grid(page, "picture") == figure.transposed().tolist()
        assert grid(page, "output") == figure.upstream().tolist()
    else:
        np.testing.assert_allclose(y, matrix @ x)
        assert grid(page, "output") == figure.output().tolist()
    # The same letter is the same weight, here and in the kernel.
    letters = page.locator("[data-view=matrix] .cnn-corner").all_inner_texts()
    assert letters == [name for row in figure.names() for name in row if name]
    colors = page.eval_on_selector_all(
        "[data-view=matrix] .is-weight, [data-view=kernel] .is-weight",
        """cells => cells.map((cell) => [cell.querySelector(".cnn-corner").textContent,
            cell.style.backgroundColor])""",
    )
    assert len({color for _, color in colors}) == np.size(figure.kernel)
    assert len({(name, color) for name, color in colors}) == np.size(figure.kernel)
    assert page.locator(".cnn-counted").inner_text() == figure._summary()


@browser
@pytest.mark.parametrize(
    ("view", "row", "column"),
    [("output", 1, 2), ("picture", 2, 1), ("kernel", 1, 0), ("matrix", 4, 4), ("matrix", 0, 5)],
)
@pytest.mark.parametrize("transpose", [False, True])
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column, transpose) -> None:
    # Without editing, so that a tap does no more than point.
    figure = ConvMatrix(transpose=transpose)
    hovered = figure_page(figure)
    at_rest = lit(hovered)
    cell(hovered, view, row, column).hover()
    driven = figure_page(figure)
    driven.locator(f"[data-view={view}] td").first.focus()
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        driven.keyboard.press(key)
    tapped = figure_page(figure, has_touch=True)
    cell(tapped, view, row, column).tap()
    assert lit(hovered) == lit(driven) == lit(tapped) != at_rest
    hovered.mouse.move(1, 1)
    driven.keyboard.press("Escape")
    assert lit(hovered) == lit(driven) == at_rest


@browser
def test_row_is_a_window_and_column_all_uses_of_a_pixel(figure_page) -> None:
    page = figure_page(ConvMatrix())
    cell(page, "output", 1, 1).hover()
    window = [f"picture {row} {column}" for row in (1, 2) for column in (1, 2)]
    assert [mark for mark in lit(page)["window"] if mark.startswith("picture")] == window
    vector = [f"matrix 0 {4 * row + column}" for row in (1, 2) for column in (1, 2)]
    assert [mark for mark in lit(page)["window"] if mark.startswith("matrix")] == vector
    assert lit(page)["frames"] == ["output translate(1px, 1px)", "matrix translate(0px, 5px)"]
    assert lit(page)["result"] == ["matrix 5 16"]
    from_output = lit(page)
    cell(page, "matrix", 5, 16).hover()
    assert lit(page) == from_output

    cell(page, "picture", 1, 1).hover()
    users = [place for place in lit(page)["user"] if place.startswith("output")]
    assert users == ["output 0 0", "output 0 1", "output 1 0", "output 1 1"]
    column = [place for place in lit(page)["user"] if place.endswith(" 5")]
    assert column == ["matrix 1 5", "matrix 2 5", "matrix 4 5", "matrix 5 5"]
    hint = page.locator(".cnn-hint")
    assert hint.inner_text() == (
        "Column 5: x[1, 1] is read 4 times, each time under another weight."
    )
    from_picture = lit(page)
    cell(page, "matrix", 0, 5).hover()
    assert lit(page) == from_picture

    cell(page, "kernel", 1, 0).hover()
    assert len([mark for mark in lit(page)["cursor"] if mark.startswith("matrix")]) == 9
    assert hint.inner_text() == "Weight c = 3 stands in C 9 times: it is one number, shared."
    cell(page, "matrix", 2, 5).hover()
    assert hint.inner_text() == "y[0, 1] reads x[1, 1] under weight c = 3."
    assert {"picture 1 1", "matrix 0 5", "matrix 2 5", "kernel 1 0"} == set(lit(page)["cursor"])
    assert lit(page)["terms"] == [False, False, True, False]
    cell(page, "matrix", 2, 0).hover()
    assert hint.inner_text() == "y[0, 1] does not read x[0, 0]: this entry is always zero."
    page.mouse.move(1, 1)
    page.locator(".cnn-term").nth(3).hover()
    assert set(lit(page)["cursor"]) == {"picture 1 1", "matrix 0 5", "matrix 1 5", "kernel 1 1"}


@browser
def test_transpose_goes_back_the_same_way(figure_page) -> None:
    page = figure_page(ConvMatrix())
    page.get_by_label("Cᵀ·y").check()
    expected = ConvMatrix().transposed()
    assert grid(page, "picture") == expected.tolist()
    assert spoken(page) == f"(Cᵀ·y)[0, 0] is {expected[0, 0]}."
    cell(page, "picture", 1, 1).hover()
    assert page.locator(".cnn-band-title").inner_text() == "Column 5 of C: (Cᵀ·y)[1, 1]"
    assert len([mark for mark in lit(page)["window"] if mark.startswith("output")]) == 4
    cell(page, "output", 1, 1).hover()
    assert page.locator(".cnn-hint").inner_text() == (
        "Row 4: y[1, 1] is written 4 times, each time under another weight."
    )
    users = [mark for mark in lit(page)["user"] if mark.startswith("picture")]
    assert users == [f"picture {row} {column}" for row in (1, 2) for column in (1, 2)]
    # y can be changed by itself, and is the output again when the geometry changes.
    cell(page, "output", 0, 0).click()
    page.keyboard.type("-7")
    page.keyboard.press("Enter")
    y = ConvMatrix().output()
    y[0, 0] = -7
    assert grid(page, "picture") == ConvMatrix(y=y).transposed().tolist()
    page.get_by_label("Stride").press("End")
    matrix, x, y = whole(page)
    np.testing.assert_array_equal(y, matrix @ np.ravel(ConvMatrix().input))
    np.testing.assert_array_equal(x, matrix.T @ y)
    page.get_by_label("Stride").press("Home")
    assert grid(page, "output") == ConvMatrix().output().tolist()


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_formula_parses_to_the_result_everywhere(figure_page, figure) -> None:
    page = figure_page(figure)
    view = "picture" if figure.transpose else "output"
    result = figure.transposed() if figure.transpose else figure.output()
    names = np.array(figure.names()).T if figure.transpose else np.array(figure.names())
    for index, value in enumerate(result.ravel()):
        cell(page, view, *divmod(index, result.shape[1])).hover()
        # What a line of text without its hidden parts says: a sum, or for no terms its zero.
        text = page.locator(".cnn-formula").inner_text().replace("\n", " ").strip().strip("=")
        assert evaluate(text) == pytest.approx([value] * len(evaluate(text)), abs=1e-9)
        terms = (names[index] != "").sum()
        assert page.locator(".cnn-term:visible").count() == terms
        assert len(evaluate(text)) == (3 if terms else 1)


@browser
def test_edit_pin_and_reset(figure_page) -> None:
    page = figure_page(ConvMatrix())
    cell(page, "kernel", 0, 0).click()
    page.keyboard.type("-4")
    page.keyboard.press("Enter")
    assert (whole(page)[0] == -4).sum() == 9
    assert spoken(page) == "y[0, 0] is −1."
    cell(page, "picture", 0, 0).click()
    page.keyboard.type("5")
    page.keyboard.press("Enter")
    matrix, x, y = whole(page)
    assert x[0] == 5
    np.testing.assert_array_equal(matrix @ x, y)
    # C itself is not typed into: a press pins its row.
    cell(page, "matrix", 6, 3).click()
    assert page.locator(".cnn-editor").count() == 0
    assert number(spoken(page).removeprefix("y[1, 2] is ").rstrip(".")) == y[5]
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(page.locator(".cnn-band-title")).to_have_text("Row 5 of C: y[1, 2]")
    page.get_by_label("one row").check()
    assert whole(page)[0].shape == (6, 8)
    assert spoken(page).startswith("C is 6 × 8. 18 of 48 entries hold one of 3 weights")
    page.get_by_label("a picture").check()
    assert whole(page)[0].shape == (9, 16)
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "picture") == ConvMatrix().input
    expect(page.locator(".cnn-band-title")).to_have_text("Row 0 of C: y[0, 0]")


@browser
def test_only_the_controls_asked_for(figure_page) -> None:
    page = figure_page(conv_matrix.ConvMatrix())
    labels = page.locator(".cnn-range label, .cnn-choice legend").all_inner_texts()
    assert labels == ["Input", "Input size", "Kernel size", "Padding"]
    page = figure_page(ConvMatrix(controls=[], transpose=True))
    assert page.locator(".cnn-range, .cnn-choice, .cnn-controls:visible > *").count() == 0
    assert grid(page, "picture") == ConvMatrix().transposed().tolist()


@browser
@pytest.mark.parametrize("example", ["one row", "a picture"])
def test_no_control_reaches_an_illegal_state(figure_page, example) -> None:
    page = figure_page(ConvMatrix())
    page.get_by_label(example).check()
    names = ("Input size", "Kernel size", "Stride", "Padding", "Dilation")
    sliders = {name: page.get_by_label(name, exact=True) for name in names}
    rng = np.random.default_rng(4)
    seen = set()
    for step in range(50):
        slider = sliders[names[int(rng.integers(5))]]
        low, high = slider.evaluate("input => [Number(input.min), Number(input.max)]")
        assert low <= high
        wanted = [low - 1, high + 1, int(rng.integers(low, high + 1))][step % 3]
        slider.evaluate(
            """(input, value) => {
                input.value = value;
                input.dispatchEvent(new Event("input", {bubbles: true}));
            }""",
            wanted,
        )
        # The ends of a slider are values that the figure takes as they are.
        assert int(slider.input_value()) == min(max(wanted, low), high)
        state = {name: int(slider.input_value()) for name, slider in sliders.items()}
        image, kernel = grid(page, "picture"), grid(page, "kernel")
        assert len(image[0]) == state["Input size"]
        assert len(kernel[0]) == state["Kernel size"]
        figure = ConvMatrix(
            input=image,
            kernel=kernel,
            stride=state["Stride"],
            padding=state["Padding"],
            dilation=state["Dilation"],
        )
        matrix, _, y = whole(page)
        assert matrix.tolist() == figure.matrix().tolist()
        assert y.tolist() == figure.output().ravel().tolist()
        assert max(matrix.shape) <= 25
        assert matrix.size <= 256
        seen.add(tuple(state.values()))
    assert len(seen) > 20


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_copy_as_pytorch_gives_the_output_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    names = run_program(copied_program(page))
    shown = grid(page, "picture" if figure.transpose else "output")
    np.testing.assert_allclose(names["output"].numpy(), shown, atol=1e-4)
    np.testing.assert_allclose(names["same"][0, 0].numpy(), shown, atol=1e-4)
    np.testing.assert_allclose(names["C"].numpy(), whole(page)[0])


@browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        ConvMatrix(caption="A matrix.", kernel=SOBEL),
        LARGE,
        FIGURES["transposed"],
        theme=theme,
        width=900,
    )
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=matrix] td").nth(22).hover()
    assert axe(page) == []
    first.locator("[data-view=kernel] td").nth(2).click()
    page.keyboard.type("5")
    assert axe(page) == []


@browser
def test_forced_colors_and_reduced_motion_keep_every_sign(figure_page) -> None:
    page = figure_page(ConvMatrix(), forced_colors="active", reduced_motion="reduce")
    cell(page, "picture", 1, 1).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                user: style("td.is-user").outlineStyle,
                cursor: style("td.is-cursor").outlineStyle,
                result: style("td.is-result").outlineStyle,
                frame: style("[data-view=matrix] .cnn-frame").stroke,
                card: style("figure").backgroundColor,
                motion: style("[data-view=matrix] .cnn-frame").transitionDuration,
            };
        }"""
    )
    assert style["user"] == style["cursor"] == style["result"] == "solid"
    assert style["frame"] != style["card"]
    assert style["motion"] == "0s"


@browser
@pytest.mark.parametrize("figure", [ConvMatrix(), LARGE, ROW], ids=["default", "large", "row"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    # The matrix scrolls in a box of its own, by keyboard too.
    box = page.locator(".cnn-matrix")
    page.locator("[data-view=matrix] td").first.focus()
    page.keyboard.press("Control+End")
    last = page.locator("[data-view=matrix] td").last.bounding_box()
    assert last["x"] + last["width"] <= box.bounding_box()["x"] + box.bounding_box()["width"] + 1
    cell(page, "output", 0, 1).tap()
    assert overflow(page) == []


@browser
@pytest.mark.parametrize("name", ["padded", "transposed"])
def test_nothing_moves_with_the_cursor(figure_page, name) -> None:
    figure = FIGURES[name]
    page = figure_page(figure, width=760)
    view = "picture" if figure.transpose else "output"
    tops = set()
    for at in [(0, 0), (1, 1), (0, 1)]:
        cell(page, view, *at).hover()
        tops.add(page.locator(".cnn-controls").evaluate("e => e.offsetTop"))
    cell(page, "matrix", 2, 3).hover()
    tops.add(page.locator(".cnn-controls").evaluate("e => e.offsetTop"))
    assert len(tops) == 1


@browser
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    page = figure_page(LARGE, width=660)
    cell(page, "picture", 2, 2).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=matrix] td", "20 + 8 * i"),
        },
        answers={
            "edit": EDITING,
            "rebuild": sliding(2, "i % 2 ? 1 : 2"),
        },
    )


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    formula = " ".join(page.locator(".cnn-formula").text_content().split())
    assert formula in reading
    assert page.locator(".cnn-counted").inner_text() in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 4


@browser
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(ConvMatrix())
    page.evaluate("model.set('transpose', true)")
    assert grid(page, "picture") == ConvMatrix().transposed().tolist()
    page.get_by_label("C·x").check()
    assert page.evaluate("[model.get('transpose'), model.saved]") == [False, 1]
    # A linked widget may ask for more than fits; the figure draws what is possible.
    page.evaluate("model.set('dilation', 9)")
    page.evaluate("model.set('padding', 9)")
    page.evaluate("model.set('y', [[1, 2, 3]])")
    page.evaluate("model.set('position', [50, -3])")
    matrix, x, y = whole(page)
    np.testing.assert_array_equal(matrix @ x, y)
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")

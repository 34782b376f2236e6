"""A convolution's gradients in a browser: sums, finite differences, stamps, window, and PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
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

from cnncourse.figures import backward
from js import golden_backward as golden

CONTROLS = [*backward.CONTROLS]


def Backward(**settings: Any) -> backward.Backward:
    """Make the figure with all its controls."""
    return backward.Backward(**{"controls": CONTROLS, **settings})


UPSTREAM = [[1, 0, -1], [2, 1, 0], [0, -2, 3]]
SOBEL = [[-1, 0, 1], [-2, 0, 2], [-1, 0, 1]]
FIVE = [[(7 * i + 3 * j + i * j) % 5 for j in range(5)] for i in range(5)]
PLAIN = Backward(upstream=UPSTREAM)
FIGURES = {
    "plain": PLAIN,
    "input": Backward(upstream=UPSTREAM, view="input", position=[1, 2], bias=-2),
    "strided": Backward(
        input=FIVE, kernel=SOBEL, upstream=UPSTREAM, stride=2, padding=1, view="input"
    ),
    "remainder": Backward(input=FIVE, kernel=[[1, -2]], stride=3, view="output", position=[1, 1]),
    "dilated": Backward(input=FIVE, kernel=[[1, 2], [3, 4]], dilation=3, padding=1, view="bias"),
    "row": Backward(input=[[1, 2, 3, 0.5]], kernel=[[0.5, -1]], upstream=[[1, -2, 0.25]]),
    "beyond": Backward(input=[[1, 2], [3, 4]], kernel=[[5]], padding=1, view="input"),
}
VIEWS = {"output": "output", "kernel": "kernel-gradient", "input": "input-gradient"}
LARGE = Backward(
    input=np.arange(36).reshape(6, 6) % 9, kernel=np.arange(16).reshape(4, 4) % 5, padding=1
)


def test_golden_numbers_are_up_to_date() -> None:
    assert golden.FILE.read_text(encoding="utf-8") == golden.text(), (
        "stale: run python tests/js/golden_backward.py"
    )


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"input": np.ones((7, 3))}, ValueError, "input must be a matrix of 1 to 6 rows"),
        ({"kernel": np.ones((5, 1))}, ValueError, "kernel must be a matrix of 1 to 4 rows"),
        ({"dilation": 3, "kernel": SOBEL}, ValueError, "kernel is 3 × 3 at dilation 3 but the"),
        ({"input": np.ones((5, 5)), "padding": 3}, ValueError, "padding 3 is 11 × 11; at most 8"),
        (
            {"input": np.ones((6, 6)), "padding": 1, "kernel": SOBEL, "dilation": 2},
            ValueError,
            "among its zeros would have more than 11 rows",
        ),
        ({"stride": 4}, ValueError, "stride must be at most 3"),
        ({"view": "loss"}, ValueError, "view must be one of 'output'"),
        ({"controls": ["flip"]}, ValueError, r"controls\[0\] must be one of 'view'"),
        ({"bias": "b"}, TypeError, "bias must be a matrix of numbers"),
        ({"upstream": [[1, 2]]}, ValueError, r"upstream must have the output's shape \(3, 3\)"),
    ],
)
def test_wrong_settings_are_refused_by_name(settings, error, words) -> None:
    with pytest.raises(error, match=words) as caught:
        Backward(**settings)
    assert str(caught.value).startswith("Backward: ")


@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_gradients_are_autograds_and_the_finite_differences(figure) -> None:
    x, kernel = (
        torch.tensor(value, dtype=torch.float64, requires_grad=True)
        for value in (figure.input, figure.kernel)
    )
    bias = torch.tensor([figure.bias], dtype=torch.float64, requires_grad=True)
    options = (figure.stride, figure.padding, figure.dilation)
    y = torch.nn.functional.conv2d(x[None, None], kernel[None, None], bias, *options)[0, 0]
    loss = (torch.tensor(figure.gradient()) * y).sum()
    loss.backward()
    np.testing.assert_allclose(figure.output(), y.detach())
    assert figure.loss() == pytest.approx(loss.item())
    gradients = {
        "input": (figure.input_gradient(), x.grad),
        "kernel": (figure.kernel_gradient(), kernel.grad),
        "bias": (np.array([[figure.bias_gradient()]]), bias.grad[None]),
        "output": (figure.gradient(), torch.tensor(figure.gradient())),
    }
    for view, (ours, torchs) in gradients.items():
        np.testing.assert_allclose(ours, torchs, atol=1e-4)
        for place in np.ndindex(*ours.shape):
            above, below, half = figure.difference(view, *place)
            assert half == pytest.approx(ours[place], abs=1e-4)
            assert (above + below) / 2 == pytest.approx(figure.loss())


browser = pytest.mark.browser


def lit(page: Page) -> dict[str, Any]:
    """Return everything that the cursor lights."""
    return page.evaluate(
        """() => {
            const at = (cell) => [cell.closest("[data-view]").dataset.view,
                cell.parentNode.rowIndex, cell.cellIndex].join(" ");
            const marks = {};
            for (const name of ["window", "cursor", "user"])
                marks[name] = [...document.querySelectorAll(`td.is-${name}`)].map(at);
            marks.frames = [...document.querySelectorAll(".cnn-frame:not(.is-off)")].map((frame) =>
                [frame.closest("[data-view]").dataset.view, frame.style.transform,
                 frame.getAttribute("width"), frame.getAttribute("height")].join(" "));
            marks.notes = [...document.querySelectorAll(".cnn-corner")].map((note) =>
                `${at(note.closest("td"))} ${note.textContent}`);
            marks.terms = [...document.querySelectorAll(".cnn-term")].map((term) =>
                term.classList.contains("is-cursor"));
            marks.texts = [".cnn-formula", ".cnn-band-title", ".cnn-lines", ".cnn-hint"].map(
                (selector) => document.querySelector(selector).textContent);
            return marks;
        }"""
    )


def gradient(page: Page) -> np.ndarray:
    """Read ∂L/∂X, without the frame of what is cut off."""
    rows = page.eval_on_selector_all(
        "[data-view=input-gradient] tbody tr",
        """rows => rows.map((row) => [...row.querySelectorAll("td:not(.is-padding) .cnn-value")]
            .map((cell) => cell.textContent))""",
    )
    return np.array([[number(text) for text in row] for row in rows if row])


def formula(page: Page) -> list[float]:
    """Evaluate the chain of equal expressions that is shown."""
    text = page.locator(".cnn-formula").inner_text().replace("\n", " ").strip().strip("=")
    return evaluate(text)


def difference(page: Page) -> list[float]:
    """Evaluate the finite difference that is shown."""
    return evaluate(page.locator(".cnn-lines dd").first.inner_text().split(": ")[1])


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_drawn_as_python_computes(figure_page, figure) -> None:
    page = figure_page(figure)
    padded = np.pad(np.array(figure.input), figure.padding)
    assert grid(page, "input") == padded.tolist()
    assert grid(page, "kernel") == figure.kernel
    assert grid(page, "bias") == [[figure.bias]]
    assert grid(page, "output") == figure.output().tolist()
    assert grid(page, "upstream") == figure.gradient().tolist()
    assert grid(page, "kernel-gradient") == figure.kernel_gradient().tolist()
    assert gradient(page).tolist() == figure.input_gradient().tolist()
    assert grid(page, "bias-gradient") == [[figure.bias_gradient()]]
    assert grid(page, "stuffed") == figure.stuffed().tolist()
    assert grid(page, "turned") == np.array(figure.kernel)[::-1, ::-1].tolist()
    assert page.locator(".cnn-lines").inner_text().endswith(backward.loss_text(figure.loss()))


@browser
@pytest.mark.parametrize(
    ("view", "row", "column"),
    [
        ("output", 1, 2),
        ("upstream", 1, 0),
        ("input", 2, 1),
        ("kernel", 1, 0),
        ("input-gradient", 0, 3),
        ("kernel-gradient", 0, 1),
        ("stuffed", 2, 1),
        ("turned", 0, 1),
    ],
)
@pytest.mark.parametrize("start", ["plain", "input"])
def test_hover_tap_and_keyboard_are_one_cursor(figure_page, view, row, column, start) -> None:
    figure = FIGURES[start]
    hovered = figure_page(figure, height=1700)
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
def test_output_window_weight_and_gradient_light_up_together(figure_page) -> None:
    page = figure_page(PLAIN, height=1700)
    hint = page.locator(".cnn-hint")
    # At rest: the pixels that K[0, 0] met, and all of G.
    rest = lit(page)
    assert {"input 0 0", "input 2 2", "upstream 0 0", "upstream 2 2"} <= set(rest["window"])
    assert "input 3 3" not in rest["window"]
    assert rest["user"] == ["kernel 0 0"]
    assert rest["frames"] == [
        "input translate(0px, 0px) 3 3",
        "kernel-gradient translate(0px, 0px) 1 1",
    ]
    # One output: its window on X, its stamp on ∂L/∂X, its term of the sum.
    cell(page, "upstream", 1, 2).hover()
    assert "input translate(2px, 1px) 2 2" in lit(page)["frames"]
    assert "input-gradient translate(2px, 1px) 2 2" in lit(page)["frames"]
    assert lit(page)["terms"].index(True) == 5
    assert set(lit(page)["cursor"]) == {
        "input 1 2",
        "input-gradient 1 2",
        "output 1 2",
        "upstream 1 2",
        "stuffed 2 3",
    }
    assert hint.inner_text() == (
        "Y[1, 2] reads X[1, 2] under K[0, 0], so G[1, 2] comes back to the weight times the "
        "pixel: 0·3 = 0."
    )
    # One pixel: every output that reads it, each through another weight.
    cell(page, "input-gradient", 1, 1).hover()
    assert set(lit(page)["window"]) == {
        *(f"{view} {i} {j}" for view in ("upstream", "kernel") for i in (0, 1) for j in (0, 1)),
        *(f"turned {i} {j}" for i in (0, 1) for j in (0, 1)),
        *(f"stuffed {i} {j}" for i in (1, 2) for j in (1, 2)),
    }
    assert "stuffed translate(1px, 1px) 2 2" in lit(page)["frames"]
    assert lit(page)["user"] == ["input 1 1"]
    page.mouse.move(1, 1)
    # A press keeps it, and then G, K and the terms point into its sum.
    cell(page, "input-gradient", 1, 1).click()
    page.mouse.move(1, 1)
    page.keyboard.press("Escape")
    expect(page.get_by_label("∂L/∂X", exact=True)).to_be_checked()
    cell(page, "turned", 0, 0).hover()
    assert set(lit(page)["cursor"]) == {
        "kernel 1 1",
        "kernel-gradient 1 1",
        "turned 0 0",
        "upstream 0 0",
        "output 0 0",
        "stuffed 1 1",
    }
    from_weight = lit(page)
    page.locator(".cnn-term").first.hover()
    assert lit(page) == from_weight
    # What lies in the padding leads nowhere.
    page.get_by_label("Padding", exact=True).press("ArrowRight")
    cell(page, "input-gradient", 0, 0).hover()
    assert hint.inner_text().startswith("Padding: X is always 0 here")
    cell(page, "input-gradient", 1, 2).click()
    expect(page.locator(".cnn-band-title")).to_have_text("∂L/∂X[0, 1]")
    assert spoken(page).startswith("∂L/∂X[0, 1] is ")


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_every_sum_and_difference_parses_to_the_number_shown(figure_page, figure) -> None:
    page = figure_page(figure, height=1900)
    results = {
        "output": figure.output(),
        "kernel-gradient": figure.kernel_gradient(),
        "input-gradient": figure.input_gradient(),
        "bias-gradient": np.array([[figure.bias_gradient()]]),
    }
    for view, matrix in results.items():
        shift = figure.padding if view == "input-gradient" else 0
        for (row, column), value in np.ndenumerate(matrix):
            cell(page, view, row + shift, column + shift).hover()
            sides = formula(page)
            assert sides == pytest.approx([value] * len(sides), abs=1e-9)
            name = "G" if view == "output" else None
            expected = figure.gradient()[row, column] if name else value
            assert difference(page) == pytest.approx([expected] * 2, abs=1e-4)


@browser
@pytest.mark.parametrize("name", ["plain", "strided", "dilated", "remainder"])
def test_stamps_and_the_window_add_up_to_the_same_gradient(figure_page, name) -> None:
    figure = FIGURES[name]
    page = figure_page(figure, height=1900)
    for view, expected in [
        ("input-gradient", np.pad(figure.input_gradient(), figure.padding)),
        ("kernel-gradient", figure.kernel_gradient()),
    ]:
        total = np.zeros(expected.shape)
        for row, column in np.ndindex(*figure.gradient().shape):
            cell(page, "upstream", row, column).hover()
            for note in lit(page)["notes"]:
                where, i, j, text = note.split(" ")
                if where == view:
                    total[int(i), int(j)] += number(text)
        np.testing.assert_array_equal(total, expected)
    # The window, as the page draws it.
    page.mouse.move(1, 1)
    kernel, stuffed = np.array(grid(page, "turned")), np.array(grid(page, "stuffed"))
    steps = [range(0, figure.dilation * side, figure.dilation) for side in kernel.shape]
    for (row, column), value in np.ndenumerate(figure.input_gradient()):
        places = np.ix_(
            *(
                [start + figure.padding + step for step in axis]
                for start, axis in zip((row, column), steps, strict=True)
            )
        )
        assert (stuffed[places] * kernel).sum() == value


@browser
def test_edit_pin_and_reset(figure_page) -> None:
    page = figure_page(PLAIN)
    cell(page, "upstream", 0, 1).click()
    page.keyboard.type("-4")
    page.keyboard.press("Enter")
    upstream = [[1, -4, -1], *UPSTREAM[1:]]
    figure = Backward(upstream=upstream)
    assert grid(page, "kernel-gradient") == figure.kernel_gradient().tolist()
    assert gradient(page).tolist() == figure.input_gradient().tolist()
    assert spoken(page) == (
        f"∂L/∂K[0, 0] is {backward.number(figure.kernel_gradient()[0, 0])}. "
        f"{backward.loss_text(figure.loss())}."
    )
    cell(page, "bias", 0, 0).click()
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    assert grid(page, "output") == (figure.output() + 2).tolist()
    cell(page, "output", 2, 1).click()
    expect(page.locator(".cnn-band-title")).to_have_text("Y[2, 1]")
    expect(page.get_by_label("Y", exact=True)).to_be_checked()
    page.get_by_label("∂L/∂b", exact=True).check()
    page.keyboard.press("Escape")
    expect(page.locator(".cnn-band-title")).to_have_text("∂L/∂b")
    # Gradients are not typed into.
    cell(page, "kernel-gradient", 1, 1).dblclick()
    assert page.locator(".cnn-editor").count() == 0
    page.get_by_role("button", name="Reset").click()
    assert grid(page, "upstream") == UPSTREAM
    page.mouse.move(1, 1)
    expect(page.locator(".cnn-band-title")).to_have_text("∂L/∂K[0, 0]")


@browser
def test_only_the_controls_asked_for(figure_page) -> None:
    page = figure_page(backward.Backward())
    labels = page.locator(".cnn-range label, .cnn-choice legend").all_inner_texts()
    assert labels == ["Written out", "Stride", "Padding", "Dilation"]
    page = figure_page(Backward(controls=[]))
    assert page.locator(".cnn-range, .cnn-choice").count() == 0


@browser
@pytest.mark.parametrize("name", ["plain", "row"])
def test_no_control_reaches_an_illegal_state(figure_page, name) -> None:
    page = figure_page(FIGURES[name])
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
        padding = state["Padding"]
        padded = np.array(grid(page, "input"))
        image = padded[padding : padded.shape[0] - padding, padding : padded.shape[1] - padding]
        figure = Backward(
            input=image,
            kernel=grid(page, "kernel"),
            upstream=grid(page, "upstream"),
            stride=state["Stride"],
            padding=padding,
            dilation=state["Dilation"],
        )
        assert grid(page, "output") == figure.output().tolist()
        assert gradient(page).tolist() == figure.input_gradient().tolist()
        assert grid(page, "stuffed") == figure.stuffed().tolist()
        seen.add(tuple(state.values()))
    assert len(seen) > 15


@browser
@pytest.mark.parametrize("figure", FIGURES.values(), ids=FIGURES)
def test_copy_as_pytorch_gives_what_is_shown(figure_page, figure) -> None:
    page = figure_page(figure)
    names = run_program(copied_program(page))
    shown = {
        "output": names["output"].detach(),
        "kernel-gradient": names["kernel"].grad,
        "bias-gradient": names["bias"].grad[None],
    }
    for view, value in shown.items():
        np.testing.assert_allclose(value, grid(page, view), atol=1e-4)
    np.testing.assert_allclose(names["x"].grad, gradient(page), atol=1e-4)
    np.testing.assert_allclose(names["again"].detach()[0, 0], names["x"].grad, atol=1e-4)
    assert names["loss"].item() == pytest.approx(figure.loss(), abs=1e-4)


@browser
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(figure_page, theme) -> None:
    page = figure_page(
        Backward(caption="Gradients.", upstream=UPSTREAM),
        FIGURES["strided"],
        theme=theme,
        width=900,
    )
    assert axe(page) == []
    first = page.locator("figure").first
    first.locator("[data-view=upstream] td").nth(3).hover()
    assert axe(page) == []
    first.locator("[data-view=kernel] td").nth(2).click()
    page.keyboard.type("5")
    assert axe(page) == []


@browser
def test_forced_colors_and_reduced_motion_keep_every_sign(figure_page) -> None:
    page = figure_page(PLAIN, forced_colors="active", reduced_motion="reduce", height=1700)
    cell(page, "upstream", 1, 1).hover()
    style = page.evaluate(
        """() => {
            const style = (selector) => getComputedStyle(document.querySelector(selector));
            return {
                user: style("td.is-user").outlineStyle,
                cursor: style("td.is-cursor").outlineStyle,
                frame: style("[data-view=input] .cnn-frame").stroke,
                card: style("figure").backgroundColor,
                motion: style("[data-view=input] .cnn-frame").transitionDuration,
            };
        }"""
    )
    assert style["user"] == style["cursor"] == "solid"
    assert style["frame"] != style["card"]
    assert style["motion"] == "0s"


@browser
@pytest.mark.parametrize("figure", [PLAIN, FIGURES["strided"], LARGE], ids=["a", "b", "large"])
def test_fits_a_phone(figure_page, figure) -> None:
    page = figure_page(figure, width=320, has_touch=True)
    assert overflow(page) == []
    assert small_targets(page) == []
    cell(page, "upstream", 0, 1).tap()
    assert overflow(page) == []


@browser
@pytest.mark.parametrize("name", ["plain", "strided"])
@pytest.mark.parametrize("width", [720, 360])
def test_nothing_moves_with_the_cursor(figure_page, name, width) -> None:
    page = figure_page(FIGURES[name], width=width, height=2600)
    tops = set()
    for view, at in [
        ("output", (0, 0)),
        ("upstream", (1, 1)),
        ("input", (1, 1)),
        ("input-gradient", (2, 2)),
        ("kernel", (0, 1)),
    ]:
        cell(page, view, *at).hover()
        tops.add(page.locator(".cnn-again").evaluate("e => e.offsetTop"))
    # Sums of another length take lines of their own only where the text is narrow.
    assert len(tops) == 1 or (width == 360 and max(tops) - min(tops) <= 90)


@browser
def test_interactions_are_quick(figure_page, assert_quick) -> None:
    page = figure_page(LARGE, width=720)
    cell(page, "upstream", 2, 2).focus()
    assert_quick(
        page,
        follows={
            "cursor": hovering("[data-view=upstream] td", "i % 25"),
            "gradient": hovering("[data-view=input-gradient] td", "10 + i"),
        },
        answers={
            "edit": EDITING,
            "rebuild": sliding(2, "i % 2 ? 1 : 2"),
        },
    )


@browser
@pytest.mark.parametrize("figure", [*FIGURES.values(), LARGE], ids=[*FIGURES, "large"])
def test_reading_says_what_the_figure_shows(figure_page, figure) -> None:
    page = figure_page(figure)
    reading = figure.reading()
    assert numbers_missing(page, reading) == []
    text = " ".join(page.locator(".cnn-formula").inner_text().split()).strip("= ")
    assert text in reading
    assert page.locator(".cnn-lines dd").first.inner_text() in reading
    assert page.locator(".cnn-hint").inner_text() in reading
    assert page.locator(".cnn-lines dd").last.inner_text() in reading
    without = figure_page(figure, scripts=False)
    assert without.locator("figure .cnn-reading table").count() == 10


@browser
def test_widget_syncs_both_ways(widget_page) -> None:
    page = widget_page(PLAIN)
    page.evaluate("model.set('upstream', [[1, 1, 1], [1, 1, 1], [1, 1, 1]])")
    assert grid(page, "kernel-gradient") == Backward().kernel_gradient().tolist()
    page.get_by_label("Stride", exact=True).press("ArrowRight")
    # The upstream gradient goes along, so that Python is never sent what does not fit.
    assert page.evaluate("[model.get('stride'), model.get('upstream'), model.saved]") == [
        2,
        [[1, 1], [1, 1]],
        1,
    ]
    # A linked widget may ask for more than fits; the figure draws what is possible.
    for change in ("'dilation', 9", "'padding', 9", "'upstream', [[1]]", "'position', [50, -3]"):
        page.evaluate(f"model.set({change})")
    assert np.shape(grid(page, "upstream")) == np.shape(grid(page, "output"))
    page.evaluate("dispose()")
    assert page.evaluate("el.childElementCount") == 0
    assert page.evaluate("Object.values(listeners).every((set) => set.size === 0)")

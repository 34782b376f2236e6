"""The question: its checks, its reading, and the live card in a real browser."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from browser import axe
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st
from playwright.sync_api import Locator, Page, expect

from cnncourse.figures import Question
from cnncourse.figures._markup import marked_html, plain_text

OpenPage = Callable[..., Page]
CHOICES = [
    {"text": "It **blurs**.", "response": "A blur has weights that add up to 1."},
    {
        "text": "It finds vertical edges.",
        "correct": True,
        "response": "Left and right are subtracted: `x[i, j+1] - x[i, j-1]`.",
    },
    {"text": "It finds *all* edges, `a < b`.", "response": "That would need a second kernel."},
]
PROMPT = "The kernel has columns `-1, 0, 1`. What does it do?\n\nThink of a **flat** region first."


def question(**settings: Any) -> Question:
    return Question(**{"prompt": PROMPT, "choices": CHOICES, "label": "Question 1", **settings})


def several() -> Question:
    return Question(
        prompt="Which have a sum of 0?",
        choices=[
            {"text": "Sobel", "correct": True, "response": "Both columns cancel."},
            {"text": "Laplacian", "correct": True, "response": "4 − 4."},
            {"text": "Box blur", "response": "Nine ninths are 1."},
        ],
        multiple=True,
    )


class TestPython:
    def test_it_reads_as_text(self) -> None:
        assert repr(question()).splitlines() == [
            "Question 1",
            "The kernel has columns -1, 0, 1. What does it do?",
            "",
            "Think of a flat region first.",
            "  (a) It blurs.",
            "  (b) It finds vertical edges.",
            "  (c) It finds *all* edges, a < b.",
        ]

    @pytest.mark.parametrize(
        ("arguments", "error", "words"),
        [
            ({"prompt": ""}, ValueError, "prompt must not be empty"),
            ({"prompt": 3}, TypeError, "prompt must be a text"),
            ({"label": " "}, ValueError, "label must not be empty"),
            ({"choices": "ab"}, TypeError, "choices must be a list"),
            ({"choices": CHOICES[1:2]}, ValueError, "2 to 8 choices, got 1"),
            ({"choices": [*CHOICES, "no"]}, TypeError, r"choices\[3\] must be a dictionary"),
            ({"choices": [*CHOICES, {"text": "d"}]}, TypeError, r"choices\[3\]"),
            (
                {"choices": [*CHOICES, {"text": "d", "response": ""}]},
                ValueError,
                r"choices\[3\]\['response'\] must not be empty",
            ),
            (
                {"choices": [*CHOICES, {"text": "d", "response": "e", "correct": "yes"}]},
                TypeError,
                r"choices\[3\]\['correct'\]",
            ),
            (
                {"choices": [*CHOICES, {"text": "d", "response": "e", "hint": "f"}]},
                TypeError,
                "hint, which has no meaning",
            ),
            ({"choices": [CHOICES[0], CHOICES[2]]}, ValueError, "right one .* got none"),
            (
                {"choices": [*CHOICES, {"text": "d", "response": "e", "correct": True}]},
                ValueError,
                "exactly one right one unless multiple=True, got 2",
            ),
            ({"choices": [*CHOICES, CHOICES[0]]}, ValueError, "differ from one another"),
            ({"multiple": "yes"}, TypeError, "multiple"),
        ],
    )
    def test_bad_arguments_are_refused_in_words(
        self, arguments: dict[str, Any], error: type[Exception], words: str
    ) -> None:
        with pytest.raises(error, match=words):
            question(**arguments)

    def test_a_later_change_is_checked_too(self) -> None:
        figure = several()
        with pytest.raises(ValueError, match="exactly one"):
            figure.multiple = False
        with pytest.raises(ValueError, match="got none"):
            figure.choices = [CHOICES[0], CHOICES[2]]

    @given(st.text())
    def test_text_is_escaped_and_keeps_its_letters(self, text: str) -> None:
        html = marked_html(text)
        if "\r" not in text and "\x00" not in text:
            assert BeautifulSoup(html, "html.parser").get_text() == plain_text(text)
        soup = BeautifulSoup(html, "html.parser")
        assert {tag.name for tag in soup.find_all(True)} <= {"code", "strong"}


class TestReading:
    def test_it_holds_the_question_the_choices_and_every_answer(self) -> None:
        soup = BeautifulSoup(question(caption="A caption").html(), "html.parser")
        choices, answers = soup("ol")
        assert [item.get_text() for item in choices("li")] == [
            plain_text(choice["text"]) for choice in CHOICES
        ]
        assert [item.get_text() for item in answers("li")] == [
            f"{'Right.' if choice.get('correct') else 'Not quite.'} "
            + plain_text(choice["response"])
            for choice in CHOICES
        ]
        assert answers.find_parent("details") is not None
        assert "Think of a flat region first." in soup.get_text()
        assert soup.figcaption is not None

    def test_without_script_the_answers_unfold(self, figure_page: OpenPage) -> None:
        page = figure_page(question(), scripts=False)
        expect(page.get_by_text("It finds vertical edges.")).to_be_visible()
        answer = page.get_by_text("A blur has weights")
        expect(answer).to_be_hidden()
        page.get_by_text("Answers").click()
        expect(answer).to_be_visible()

    def test_it_is_accessible(self, figure_page: OpenPage) -> None:
        page = figure_page(question(), scripts=False)
        # Without scripts in the page axe cannot run, so the same reading is put into one with.
        html = question().html().replace("data-figure", "data-not-live")
        page = figure_page(html)
        assert axe(page) == []


def radio(page: Page, index: int) -> Locator:
    return page.locator(".cnn-answer input").nth(index)


def answer(page: Page, index: int) -> Locator:
    return page.locator(".cnn-response").nth(index)


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def spoken(page: Page) -> Locator:
    return page.get_by_role("status")


def choose(page: Page, index: int) -> None:
    radio(page, index).check()
    button(page, "Check").click()


class TestLive:
    def test_the_right_choice_is_confirmed_with_its_reason(self, figure_page: OpenPage) -> None:
        page = figure_page(question())
        choose(page, 1)
        expect(answer(page, 1)).to_have_text(f"Right. {plain_text(CHOICES[1]['response'])}")
        expect(spoken(page)).to_have_text(f"Right. {plain_text(CHOICES[1]['response'])}")
        expect(answer(page, 1).locator("svg")).to_be_visible()
        expect(answer(page, 1).locator("code")).to_have_text("x[i, j+1] - x[i, j-1]")
        expect(button(page, "Show the answer")).to_be_hidden()

    def test_wrong_choices_are_answered_and_after_two_the_answer_is_offered(
        self, figure_page: OpenPage
    ) -> None:
        page = figure_page(question())
        choose(page, 0)
        expect(answer(page, 0)).to_have_text(f"Not quite. {CHOICES[0]['response']}")
        expect(spoken(page)).to_contain_text("Have another try.")
        expect(button(page, "Show the answer")).to_be_hidden()
        choose(page, 2)
        expect(answer(page, 0)).to_be_hidden()
        expect(answer(page, 2)).to_contain_text("a second kernel")
        button(page, "Show the answer").click()
        expect(radio(page, 1)).to_be_checked()
        expect(answer(page, 1)).to_contain_text("The answer.")
        expect(spoken(page)).to_contain_text("It finds vertical edges.")
        button(page, "Start again").click()
        expect(page.locator("input:checked")).to_have_count(0)
        expect(page.locator(".cnn-response:visible")).to_have_count(0)
        expect(radio(page, 0)).to_be_focused()

    def test_a_response_that_says_yes_itself_gets_no_second_word(
        self, figure_page: OpenPage
    ) -> None:
        affirmed = question(
            choices=[CHOICES[0], {"text": "b", "correct": True, "response": "Yes: **so** it is."}]
        )
        assert "<strong>Yes</strong>: <strong>so</strong> it is." in affirmed.reading()
        page = figure_page(affirmed)
        choose(page, 1)
        expect(answer(page, 1)).to_have_text("Yes: so it is.")
        expect(spoken(page)).to_have_text("Yes: so it is.")

    def test_nothing_chosen_asks_for_a_choice(self, figure_page: OpenPage) -> None:
        page = figure_page(question())
        button(page, "Check").click()
        expect(page.locator(".cnn-question-note")).to_have_text("Choose an answer first.")
        radio(page, 0).check()
        expect(page.locator(".cnn-question-note")).to_have_text("")

    def test_the_keyboard_alone_is_enough(self, figure_page: OpenPage) -> None:
        page = figure_page(question())
        page.keyboard.press("Tab")
        expect(radio(page, 0)).to_be_focused()
        page.keyboard.press("Space")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        expect(radio(page, 2)).to_be_checked()
        page.keyboard.press("Enter")
        expect(answer(page, 2)).to_be_visible()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Tab")
        expect(button(page, "Check")).to_be_focused()
        page.keyboard.press("Space")
        expect(answer(page, 1)).to_contain_text("Right.")

    def test_a_choice_is_described_by_its_answer(self, figure_page: OpenPage) -> None:
        page = figure_page(question())
        choose(page, 0)
        expect(radio(page, 0)).to_have_accessible_description(
            f"Not quite. {CHOICES[0]['response']}"
        )
        expect(radio(page, 0)).to_have_accessible_name("It blurs.")

    def test_several_right_choices_are_all_wanted(self, figure_page: OpenPage) -> None:
        page = figure_page(several())
        choose(page, 0)
        expect(spoken(page)).to_contain_text("not all of them yet")
        radio(page, 2).check()
        choose(page, 1)
        expect(answer(page, 2)).to_contain_text("Nine ninths")
        radio(page, 2).uncheck()
        button(page, "Check").click()
        expect(page.locator(".cnn-response:visible")).to_have_count(2)
        expect(spoken(page)).to_contain_text("Right.")

    def test_questions_on_one_page_do_not_disturb_each_other(self, figure_page: OpenPage) -> None:
        page = figure_page(question(), question(label="Question 2"), several())
        first, second, third = page.locator("figure").all()
        first.locator("input").nth(0).check()
        second.locator("input").nth(1).check()
        third.locator("input").nth(2).check()
        expect(first.locator("input").nth(0)).to_be_checked()
        second.get_by_role("button", name="Check").click()
        expect(first.locator(".cnn-response:visible")).to_have_count(0)
        expect(third.locator(".cnn-response:visible")).to_have_count(0)
        ids = page.eval_on_selector_all("[id]", "items => items.map(({id}) => id)")
        assert len(ids) == len(set(ids))

    def test_nothing_is_remembered(self, figure_page: OpenPage) -> None:
        page = figure_page(question())
        choose(page, 1)
        page.reload()
        page.wait_for_selector("figure[data-live]")
        expect(page.locator("input:checked")).to_have_count(0)
        assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0

    def test_hostile_text_stays_text(self, figure_page: OpenPage) -> None:
        hostile = "<img src=x onerror=alert(1)> </script><script>alert(2)</script> `<b>`"
        page = figure_page(
            Question(
                prompt=hostile,
                label=hostile,
                choices=[
                    {"text": hostile, "correct": True, "response": hostile},
                    {"text": "b", "response": hostile},
                ],
            )
        )
        choose(page, 0)
        assert page.locator("figure img, figure code *, figure script:not([type])").count() == 0
        expect(page.locator(".cnn-question-prompt")).to_contain_text("<img src=x")

    def test_in_a_notebook_it_is_the_same(self, widget_page: OpenPage) -> None:
        page = widget_page(question())
        # JupyterLab lets keys alone below this attribute: "1" would make the cell a heading.
        expect(page.locator("figure")).to_have_attribute("data-lm-suppress-shortcuts", "true")
        choose(page, 1)
        expect(answer(page, 1)).to_contain_text("Right.")
        page.evaluate("() => model.set('prompt', 'Another question?')")
        expect(page.locator(".cnn-question-prompt")).to_have_text("Another question?")
        page.evaluate("() => dispose()")
        assert page.evaluate("() => Object.values(listeners).every((set) => set.size === 0)")
        assert page.locator("figure").count() == 0


class TestEverywhere:
    @pytest.mark.parametrize("theme", ["light", "dark"])
    @pytest.mark.parametrize("width", [320, 1280])
    def test_no_accessibility_violations(
        self, figure_page: OpenPage, theme: str, width: int
    ) -> None:
        page = figure_page(question(), several(), theme=theme, width=width)
        assert axe(page) == []
        first = page.locator("figure").nth(0)
        for index in (0, 2, 1):
            first.locator("input").nth(index).check()
            first.get_by_role("button", name="Check").click()
            page.wait_for_timeout(200)
            assert axe(page) == []

    @pytest.mark.parametrize("width", [320, 360])
    def test_it_fits_and_targets_are_large_enough(self, figure_page: OpenPage, width: int) -> None:
        page = figure_page(question(), width=width)
        choose(page, 0)
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width
        boxes = page.evaluate(
            """() => [...document.querySelectorAll("label, button")]
                .filter((item) => item.offsetParent)
                .map((item) => item.getBoundingClientRect())
                .map(({width, height}) => [width, height])"""
        )
        assert len(boxes) == 4
        assert min(min(box) for box in boxes) >= 24

    def test_an_answer_is_quick_on_a_slow_computer(
        self, figure_page: OpenPage, slowed_median: Callable[..., float]
    ) -> None:
        page = figure_page(question())
        check = slowed_median(
            page,
            """(i) => {
                document.querySelectorAll(".cnn-answer input")[i % 3].checked = true;
                document.querySelector(".cnn-primary").click();
            }""",
        )
        print(f"question at a quarter of the speed: {check:.1f} ms")
        assert check < 50

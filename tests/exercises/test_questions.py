"""Questions: two that look back and three concept questions a chapter, each choice answered."""

import re
import sys

import pytest

from cnncourse.exercises import CHAPTERS, Choice, Question, all_questions, convolution, padding

QUESTIONS = all_questions()
every_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


@pytest.mark.parametrize("chapter", [convolution, padding])
def test_each_chapter_looks_back_twice_and_asks_three_concepts(chapter):
    labels = [question.label for question in chapter.questions]
    assert all(label.startswith("From chapter ") for label in labels[:2])
    assert labels[2:] == ["Question 1", "Question 2", "Question 3"]
    for name in ("questions", "exercises"):
        for each in getattr(chapter, name):
            assert getattr(chapter, each.name) is each
            assert each.name in chapter.__all__


@pytest.mark.parametrize("number", range(3, len(CHAPTERS)))
def test_one_question_is_from_the_last_chapter_and_one_from_three_or_more_back(number: int):
    labels = [
        question.label
        for name, question in QUESTIONS.items()
        if name.startswith(f"{CHAPTERS[number]}.") and "chapter" in question.label
    ]
    # The appendix is read beside the project, chapter 16, and not after it.
    last = 15 if CHAPTERS[number] == "fast" else number - 1
    assert labels[0] == f"From chapter {last:02}"
    assert 0 <= int(labels[1].removeprefix("From chapter ")) <= number - 3
    assert len(labels) == 2


@every_question
def test_one_choice_is_right_and_every_wrong_one_names_its_mistake(question):
    right = [choice for choice in question.choices if choice.correct]
    assert len(right) == 1
    assert right[0].misconception == ""
    assert 3 <= len(question.choices) <= 5
    names = [choice.misconception for choice in question.choices if not choice.correct]
    assert len(set(names)) == len(names)
    for name in names:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)


def test_the_right_choice_has_no_usual_place():
    places = {
        [choice.correct for choice in question.choices].index(True)
        for question in QUESTIONS.values()
    }
    assert len(places) >= 3


def test_the_right_choice_is_not_always_the_longest():
    longest = [
        max(question.choices, key=lambda choice: len(choice.text)).correct
        for question in QUESTIONS.values()
    ]
    assert sum(longest) <= len(longest) / 2


@every_question
def test_responses_are_short_and_kind(question):
    for choice in question.choices:
        assert 20 < len(choice.response) <= 200
        assert not re.search(r"\b(wrong|incorrect|false)\b|!", choice.response.lower())
        assert choice.correct == choice.response.startswith("Yes")


@every_question
def test_texts_are_plain(question):
    for text in [question.prompt, *(c.text + c.response for c in question.choices)]:
        assert not re.search(r"[$\\<>]", text)
        assert text.count("`") % 2 == 0
        assert text.count("**") % 2 == 0


@every_question
def test_a_question_displays_as_its_live_figure(question):
    data = question._repr_mimebundle_()
    data = data[0] if isinstance(data, tuple) else data
    page = data["text/html"]
    assert "question" in page
    for choice in question.choices:
        assert re.sub(r"[`*]", "", choice.response)[:20] in re.sub(r"<[^>]+>", "", page)
    assert question._repr_mimebundle_() is not None


@every_question
def test_a_question_reads_completely_without_the_figures(question, monkeypatch):
    monkeypatch.setitem(sys.modules, "cnncourse.figures", None)
    fresh = Question(question.name, question.label, question.prompt, question.choices)
    data = fresh._repr_mimebundle_()
    assert data["text/plain"] == repr(fresh)
    read = re.sub(r"<[^>]+>", "", data["text/html"])
    for choice in question.choices:
        assert re.sub(r"[`*]", "", choice.response) in read.replace("&#x27;", "'")
        assert choice.text.replace("**", "") in repr(fresh)


def test_answer_gives_the_response():
    question = convolution.flat_region
    assert question.answer("c").startswith("Yes")
    with pytest.raises(ValueError, match="the choices are a, b, c, d"):
        question.answer("e")
    with pytest.raises(ValueError, match="letter is ''"):
        question.answer("")


def test_markup_in_a_question_is_escaped():
    question = Question("x", "<b>", "a < b", [Choice("<i>", "Yes <u>", correct=True)])
    assert not re.search("<[biu]>", question._html())


def memory_offset(shape, index):
    offset = 0
    for size, position in zip(shape, index, strict=True):
        offset = offset * size + position
    return offset


def test_the_numbers_in_the_questions_hold():
    """Each number that a question states, computed."""
    import numpy as np

    x = np.zeros((3, 4, 5))
    assert x.strides[1] // x.itemsize == 5
    assert memory_offset(x.shape, (1, 2, 3)) - memory_offset(x.shape, (1, 1, 3)) == 5
    assert x.strides[0] // x.itemsize == 20

    places = [padding.output_size.reference(*axis, 0) for axis in ((6, 3), (8, 5))]
    assert places == [4, 4]
    assert -(-1000 // 50) == 20

    counts = padding.read_counts.reference(9, 9, 3, 1)
    assert (counts[4, 4], counts[0, 4], counts[0, 0]) == (9, 6, 4)
    assert padding.read_counts.reference(9, 9, 3, 0)[0, 0] == 1
    assert set(padding.read_counts.reference(9, 9, 3, 2).ravel()) == {9}

    assert [padding.output_size.reference(10, 4, p) for p in (1, 2)] == [9, 11]
    assert padding.same_size.reference(4) == (1, 2)

    mean = np.full((3, 3), 1 / 9)
    picture = np.full((6, 6), 180.0)
    blurred = {
        mode: convolution.cross_correlate(np.pad(picture, 1, mode=mode), mean)
        for mode in ("constant", "edge", "reflect", "wrap")
    }
    assert np.allclose([blurred["constant"][0, 0], blurred["constant"][0, 3]], [80, 120])
    for mode in ("edge", "reflect", "wrap"):
        assert np.allclose(blurred[mode], 180)


def test_replicate_with_one_ring_is_read_evenly():
    """The response to "border pixels most often" says so, copies counted."""
    import numpy as np

    index = np.arange(36).reshape(6, 6)
    source = padding.pad_replicate.reference(index, (1, 1))
    reads = np.zeros(36, int)
    for i in range(6):
        for j in range(6):
            np.add.at(reads, source[i : i + 3, j : j + 3].ravel(), 1)
    assert set(reads) == {9}

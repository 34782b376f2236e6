"""What holds for every exercise: its reference, its stub, and each of its misconceptions."""

import re
import subprocess
import sys

import numpy as np
import pytest

from cnncourse.exercises import Design, Exercise, Misconception, all_exercises
from cnncourse.exercises._given import function_from
from cnncourse.functional import cross_correlate

EXERCISES = all_exercises()
MISTAKES = [
    pytest.param(exercise, misconception, wrong, id=f"{name}-{misconception.name}-{number}")
    for name, exercise in EXERCISES.items()
    for misconception in exercise.misconceptions
    for number, wrong in enumerate(misconception.wrong)
]
every_exercise = pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)


def value_of(source):
    """Run a stub or a solution and return the function or the matrix it defines."""
    return function_from(source, cross_correlate=cross_correlate)


def test_each_chapter_has_five_exercises_of_growing_stars():
    for chapter in ("convolution", "padding"):
        stars = [each.stars for name, each in EXERCISES.items() if name.startswith(chapter)]
        assert len(stars) == 5
        assert stars == sorted(stars)
        assert stars[0] == 1
        assert stars[-1] == 3


@every_exercise
def test_the_reference_passes(exercise):
    result = exercise.check(exercise.reference)
    assert result
    assert result.reason == "passed"
    assert exercise.success == result.message


@every_exercise
def test_the_solution_as_text_passes(exercise):
    assert exercise.check(value_of(exercise.solution))


@every_exercise
def test_the_stub_fails_and_says_so(exercise):
    result = exercise.check(value_of(exercise.stub))
    assert not result
    assert result.reason in ("empty-stub", "left-as-it-is")
    planted = "repair" in exercise.name
    assert (result.reason == "left-as-it-is") == planted
    assert re.search("planted bug" if planted else "stub is still empty|Fill in", result.message)


@every_exercise
def test_the_stub_and_the_solution_define_the_same_name(exercise):
    first = (text.split("=")[0].split(":")[0] for text in (exercise.stub, exercise.solution))
    assert len({line.strip() for line in first}) == 1


@pytest.mark.parametrize(("exercise", "misconception", "wrong"), MISTAKES)
def test_a_misconception_is_rejected_and_named_as_itself(exercise, misconception, wrong):
    result = exercise.check(wrong)
    assert not result
    assert result.misconception is misconception
    assert result.reason == misconception.name
    assert misconception.hint == result.message
    assert result.example is not None
    assert result.example.call in repr(result)


@every_exercise
def test_no_two_misconceptions_agree_on_all_inputs(exercise):
    for position, (misconception, outcomes) in enumerate(exercise.mistakes):
        for other, other_outcomes in exercise.mistakes[position + 1 :]:
            if misconception is not other and misconception.recognize is None:
                alike = [
                    exercise._alike(a, b) for a, b in zip(outcomes, other_outcomes, strict=True)
                ]
                assert not all(alike), (misconception.name, other.name)


@every_exercise
def test_misconceptions_are_many_named_apart_and_told_shortly(exercise):
    names = [misconception.name for misconception in exercise.misconceptions]
    assert len(names) >= 4
    assert len(set(names)) == len(names)
    for misconception in exercise.misconceptions:
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", misconception.name)
        assert 20 < len(misconception.hint) <= 160
        assert misconception.hint.rstrip().endswith((".", "?", ")"))
        assert not re.search(r"\b(wrong|incorrect|false|error)\b|!", misconception.hint.lower())


@every_exercise
def test_a_hint_shows_no_line_of_the_solution(exercise):
    lines = [line.strip() for line in exercise.solution.splitlines() if len(line.strip()) > 12]
    for misconception in exercise.misconceptions:
        assert not any(line in misconception.hint for line in lines)


@pytest.mark.parametrize(("exercise", "misconception", "wrong"), MISTAKES)
def test_feedback_fits_on_a_screen(exercise, misconception, wrong):
    text = repr(exercise.check(wrong))
    assert len(text.splitlines()) <= 16
    # The hint is one paragraph; everything below it is at most a screen wide.
    assert max(len(line) for line in text.splitlines()[2:]) <= 100


@pytest.mark.parametrize(("exercise", "misconception", "wrong"), MISTAKES)
def test_the_html_says_what_the_text_says(exercise, misconception, wrong):
    result = exercise.check(wrong)
    page = result._repr_html_()
    read = re.sub(r"<[^>]+>", " ", page)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&"), ("&#x27;", "'")):
        read = read.replace(entity, character)

    def skeleton(text):
        return sorted(re.findall(r"[\w.*−]+", text.replace("`", " ")))

    assert skeleton(read) == skeleton(repr(result))


@pytest.mark.parametrize(("exercise", "misconception", "wrong"), MISTAKES)
def test_a_check_depends_on_nothing_but_the_answer(exercise, misconception, wrong):
    np.random.seed(1)  # noqa: NPY002  the global state is what must not matter
    first = repr(exercise.check(wrong))
    np.random.seed(2)  # noqa: NPY002
    state = np.random.get_state()[1].tolist()  # noqa: NPY002
    assert repr(exercise.check(wrong)) == first
    assert np.random.get_state()[1].tolist() == state  # noqa: NPY002


@every_exercise
def test_the_smallest_failing_example_is_shown(exercise):
    for misconception in exercise.misconceptions:
        for wrong in misconception.wrong:
            shown = exercise.check(wrong).example
            sizes = []
            for case, expected in zip(exercise.cases, exercise.expected, strict=True):
                outcome = exercise.attempt(wrong, case)
                if outcome.value is None or not exercise.agree(outcome.value, expected):
                    sizes.append(sum(np.size(argument) for argument in case))
            size = sum(value.size for _, value in shown.given)
            scalars = len(exercise.arguments) - len(shown.given)
            pairs = sum(isinstance(argument, tuple) for argument in exercise.cases[0])
            assert size + scalars + pairs == min(sizes)


@every_exercise
def test_inputs_are_whole_numbers_wide_enough_everywhere(exercise):
    for case in exercise.cases:
        for argument in case:
            if isinstance(argument, np.ndarray):
                assert argument.dtype in (np.int64, np.float64)
                assert np.array_equal(argument, argument.round())
            else:
                assert type(argument) is int or all(type(size) is int for size in argument)


@every_exercise
def test_inputs_are_unharmed_by_a_check(exercise):
    before = [[np.array(argument) for argument in case] for case in exercise.cases]

    def vandal(*arguments):
        for argument in arguments:
            if isinstance(argument, np.ndarray):
                argument[...] = 77
        return 0

    exercise.check(vandal)
    for case, copies in zip(exercise.cases, before, strict=True):
        for argument, copy in zip(case, copies, strict=True):
            assert np.array_equal(argument, copy)


@every_exercise
def test_a_prompt_is_plain_and_names_the_function(exercise):
    assert "$" not in exercise.prompt
    assert "\\" not in exercise.prompt
    assert exercise.prompt.count("`") % 2 == 0
    page = exercise._repr_html_()
    assert exercise.title in page
    assert "★" * exercise.stars in page
    assert "`" not in page
    assert "**" not in page + repr(exercise)
    if not isinstance(exercise, Design) and "repair" not in exercise.name:
        assert exercise.signature in exercise.prompt


@every_exercise
def test_a_plausible_answer_is_never_named_by_chance(exercise):
    """Noise agrees with no misconception: naming one needs evidence."""
    rng = np.random.default_rng(8)

    def noise(*arguments):
        expected = np.asarray(exercise.reference(*arguments))
        return expected + rng.normal(size=expected.shape)

    answer = rng.normal(size=(3, 3)) if isinstance(exercise, Design) else noise
    result = exercise.check(answer)
    assert not result
    if not isinstance(exercise, Design):
        assert result.misconception is None or result.reason == "stops-too-early"


def test_an_exercise_can_be_made_from_parameters():
    """Graded variants are made so: another rule, with prompt, reference and mistakes of its own."""

    def places(stride):
        def reference(size, kernel_size):
            return (size - kernel_size) // stride + 1

        return Exercise(
            name=f"places_by_{stride}",
            title="Places",
            stars=1,
            prompt=f"`reference(size, kernel_size)`: how many places at stride {stride}?",
            stub="def reference(size, kernel_size):\n    return ...\n",
            source=f"def reference(size, kernel_size):\n"
            f"    return (size - kernel_size) // {stride} + 1\n",
            reference=reference,
            inputs=lambda rng: [(size, 3) for size in range(3, 12)],
            misconceptions=[
                Misconception("forgets-the-stride", "It steps by one.", [lambda s, k: s - k + 1])
            ],
            success="Counted.",
        )

    two, three = places(2), places(3)
    assert two.check(two.reference)
    assert two.check(function_from(two.solution))
    assert not three.check(two.reference)
    for exercise in (two, three):
        assert exercise.check(lambda s, k: s - k + 1).reason == "forgets-the-stride"


def test_exercises_work_without_torch():
    code = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
from cnncourse.exercises import all_exercises
assert all(exercise.check(exercise.reference) for exercise in all_exercises().values())
"""
    subprocess.run([sys.executable, "-c", code], check=True)

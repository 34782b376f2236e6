"""The concept questions of the chapters as files that learning systems import.

Every question keeps the response to each of its choices.

- `concept-questions.xml`, in Moodle's own format: imported into a question bank, with a category
  for each chapter. No Moodle reads plain QTI.
- `concept-questions-qti.zip`, a quiz for each chapter as a QTI 1.2 package: in Canvas "QTI .zip
  file"; other systems take it, too.
- `concept-questions.imscc`, the same quizzes as a Common Cartridge 1.1: imported in Canvas as
  "Common Cartridge 1.x Package", restored in Moodle as a course's quizzes. Both packages hold
  QTI 1.2 in the cartridge's profile.

    python -m cnncourse.classroom.qti FOLDER
"""

from __future__ import annotations

import sys
import zipfile
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from xml.etree import ElementTree

from cnncourse.exercises import CHAPTERS
from cnncourse.exercises._rendering import html_inline, html_paragraphs
from cnncourse.exercises.questions import Question

__all__ = [
    "assessment",
    "cartridge_manifest",
    "moodle_bank",
    "package_manifest",
    "questions_of",
    "write",
]

QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
QTI_SCHEMA = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_qtiasiv1p2p1_v1p0.xsd"
CARTRIDGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
CARTRIDGE_SCHEMA = "http://www.imsglobal.org/profile/cc/ccv1p1/ccv1p1_imscp_v1p2_v1p0.xsd"
LOM = "http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest"
PACKAGE = "http://www.imsglobal.org/xsd/imscp_v1p1"
INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"

TITLE = "Convolution by Hand: concept questions"
RESPONSE = "response1"
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every file in a package, so that the same questions give the same bytes."""


def write(folder: Path, chapters: Sequence[str] | None = None) -> list[Path]:
    """Write the concept questions as files for learning systems.

    Parameters
    ----------
    folder : Path
        Where to; made if missing. Files of the same names are replaced.
    chapters : sequence of str, optional
        The modules of the chapters, such as "padding"; without them, all of the book.

    Returns
    -------
    list of Path
        The Common Cartridge, the plain QTI package, and Moodle's question bank.

    Raises
    ------
    ValueError
        If there is no such chapter, or none is asked for.
    """
    chosen = _chosen(chapters)
    quizzes = {f"quizzes/{chapter}.xml": assessment(chapter) for chapter in chosen}
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, manifest in (
        ("concept-questions.imscc", cartridge_manifest(chosen)),
        ("concept-questions-qti.zip", package_manifest(chosen)),
    ):
        path = folder / name
        with zipfile.ZipFile(path, "w") as package:
            for inner, content in {"imsmanifest.xml": manifest, **quizzes}.items():
                entry = zipfile.ZipInfo(inner, LONG_AGO)
                entry.compress_type = zipfile.ZIP_DEFLATED
                package.writestr(entry, content)
        paths.append(path)
    bank = folder / "concept-questions.xml"
    bank.write_bytes(moodle_bank(chosen))
    return [*paths, bank]


def _chosen(chapters: Sequence[str] | None) -> list[str]:
    if chapters is None:
        return list(CHAPTERS)
    unknown = [chapter for chapter in chapters if chapter not in CHAPTERS]
    if unknown or not chapters:
        seen = f"no chapter {unknown[0]!r}" if unknown else "no chapter is named"
        raise ValueError(f"questions: {seen}; there are {', '.join(CHAPTERS)}")
    return [chapter for chapter in CHAPTERS if chapter in chapters]


def questions_of(chapter: str) -> tuple[Question, ...]:
    """Return a chapter's concept questions, those that look back first.

    Examples
    --------
    >>> [question.name for question in questions_of("padding")][-1]
    'blurred_corner'
    """
    found: tuple[Question, ...] = tuple(import_module(f"cnncourse.exercises.{chapter}").questions)
    return found


def title_of(chapter: str) -> str:
    """Return what a chapter's quiz is called.

    Examples
    --------
    >>> title_of("padding")
    '04 Padding: concept questions'
    """
    return f"{_heading(chapter)}: concept questions"


def _heading(chapter: str) -> str:
    from cnncourse.classroom.assignments import TITLES

    return f"{CHAPTERS.index(chapter):02} {TITLES[chapter]}"


def _name(chapter: str, question: Question) -> str:
    return f"{_heading(chapter)}: {question.name.replace('_', ' ')}"


def assessment(chapter: str) -> bytes:
    """Return a chapter's quiz as QTI 1.2, in the profile of Common Cartridge 1.1."""
    root = ElementTree.Element(
        "questestinterop",
        {"xmlns": QTI, "xmlns:xsi": INSTANCE, "xsi:schemaLocation": f"{QTI} {QTI_SCHEMA}"},
    )
    quiz = _add(root, "assessment", ident=f"quiz_{chapter}", title=title_of(chapter))
    _metadata(
        quiz,
        cc_profile="cc.exam.v0p1",
        qmd_assessmenttype="Examination",
        qmd_scoretype="Percentage",
        qmd_feedbackpermitted="Yes",
        qmd_hintspermitted="No",
        qmd_solutionspermitted="No",
        cc_maxattempts="unlimited",
    )
    section = _add(quiz, "section", ident="root_section")
    for question in questions_of(chapter):
        _item(section, chapter, question)
    return _bytes(root)


def _item(section: ElementTree.Element, chapter: str, question: Question) -> None:
    item = _add(
        section,
        "item",
        ident=f"{chapter}_{question.name}",
        title=_name(chapter, question),
    )
    _metadata(_add(item, "itemmetadata"), cc_profile="cc.multiple_choice.v0p1")
    presentation = _add(item, "presentation")
    _material(presentation, html_paragraphs(question.prompt))
    choices = _add(presentation, "response_lid", ident=RESPONSE, rcardinality="Single")
    choices = _add(choices, "render_choice")
    processing = _add(item, "resprocessing")
    _add(
        _add(processing, "outcomes"),
        "decvar",
        varname="SCORE",
        vartype="Decimal",
        minvalue="0",
        maxvalue="100",
    )
    for number, choice in enumerate(question.choices, 1):
        # Canvas takes a feedback whose name ends in "_c" as the one to right answers.
        name = f"choice{number}"
        _material(_add(choices, "response_label", ident=name), html_inline(choice.text))
        # One condition to a choice, and none after it: Moodle would take what is shown by a
        # condition that goes on as the general feedback.
        condition = _add(processing, "respcondition", **{"continue": "No"})
        tested = _add(_add(condition, "conditionvar"), "varequal", respident=RESPONSE)
        tested.text = name
        if choice.correct:
            _add(condition, "setvar", varname="SCORE", action="Set").text = "100"
        _add(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")
        feedback = _add(item, "itemfeedback", ident=f"{name}_fb")
        _material(_add(feedback, "flow_mat"), html_inline(choice.response))


def cartridge_manifest(chapters: Sequence[str]) -> bytes:
    """Return the manifest of a Common Cartridge 1.1 with the quizzes of these chapters."""
    root = _manifest(
        {
            "xmlns": CARTRIDGE,
            "xmlns:lomimscc": LOM,
            "xmlns:xsi": INSTANCE,
            "xsi:schemaLocation": f"{CARTRIDGE} {CARTRIDGE_SCHEMA}",
        },
        "IMS Common Cartridge",
        "1.1.0",
    )
    about = root[0]
    for name in ("lom", "general", "title"):
        about = _add(about, f"lomimscc:{name}")
    _add(about, "lomimscc:string", language="en").text = TITLE
    organization = _add(
        _add(root, "organizations"),
        "organization",
        identifier="organization",
        structure="rooted-hierarchy",
    )
    folder = _add(_add(organization, "item", identifier="root"), "item", identifier="quizzes")
    _add(folder, "title").text = TITLE
    for chapter in chapters:
        item = _add(
            folder, "item", identifier=f"item_{chapter}", identifierref=f"resource_{chapter}"
        )
        _add(item, "title").text = title_of(chapter)
    _resources(root, chapters, "imsqti_xmlv1p2/imscc_xmlv1p1/assessment")
    return _bytes(root)


def package_manifest(chapters: Sequence[str]) -> bytes:
    """Return the manifest of a plain QTI 1.2 package with the quizzes of these chapters."""
    root = _manifest({"xmlns": PACKAGE}, "IMS Content", "1.1.3")
    _add(root, "organizations")
    _resources(root, chapters, "imsqti_xmlv1p2", named=True)
    return _bytes(root)


def moodle_bank(chapters: Sequence[str]) -> bytes:
    """Return the questions of these chapters as Moodle XML, with a category for each chapter.

    The categories come to lie in the question bank into which the file is imported. The choices
    keep the book's order: some are numbers that grow.
    """
    root = ElementTree.Element("quiz")
    for chapter in chapters:
        path = [TITLE, _heading(chapter)]
        category = _add(_add(root, "question", type="category"), "category")
        # A slash ends a category's name; two stand for one.
        names = (name.replace("/", "//") for name in path)
        _add(category, "text").text = "/".join(["top", *names])
        for question in questions_of(chapter):
            entry = _add(root, "question", type="multichoice")
            _add(_add(entry, "name"), "text").text = _name(chapter, question)
            _moodle_text(entry, "questiontext", html_paragraphs(question.prompt))
            _add(entry, "defaultgrade").text = "1"
            _add(entry, "single").text = "true"
            _add(entry, "shuffleanswers").text = "false"
            _add(entry, "answernumbering").text = "none"
            for choice in question.choices:
                answer = _moodle_text(
                    entry,
                    "answer",
                    html_inline(choice.text),
                    fraction="100" if choice.correct else "0",
                )
                _moodle_text(answer, "feedback", html_inline(choice.response))
    return _bytes(root)


def _moodle_text(
    parent: ElementTree.Element, name: str, page: str, **attributes: str
) -> ElementTree.Element:
    element = _add(parent, name, format="html", **attributes)
    _add(element, "text").text = page
    return element


def _manifest(namespaces: dict[str, str], schema: str, version: str) -> ElementTree.Element:
    # The namespace comes first: Moodle looks for it in the first 500 bytes of the file.
    root = ElementTree.Element("manifest", {**namespaces, "identifier": "cnncourse_questions"})
    metadata = _add(root, "metadata")
    _add(metadata, "schema").text = schema
    _add(metadata, "schemaversion").text = version
    return root


def _resources(
    root: ElementTree.Element, chapters: Sequence[str], kind: str, named: bool = False
) -> None:
    resources = _add(root, "resources")
    for chapter in chapters:
        file = f"quizzes/{chapter}.xml"
        resource = _add(resources, "resource", identifier=f"resource_{chapter}", type=kind)
        if named:
            resource.set("href", file)
        _add(resource, "file", href=file)


def _metadata(parent: ElementTree.Element, **fields: str) -> None:
    metadata = _add(parent, "qtimetadata")
    for label, entry in fields.items():
        field = _add(metadata, "qtimetadatafield")
        _add(field, "fieldlabel").text = label
        _add(field, "fieldentry").text = entry


def _material(parent: ElementTree.Element, page: str) -> None:
    _add(_add(parent, "material"), "mattext", texttype="text/html").text = page


def _add(parent: ElementTree.Element, name: str, **attributes: str) -> ElementTree.Element:
    return ElementTree.SubElement(parent, name, attributes)


def _bytes(root: ElementTree.Element) -> bytes:
    ElementTree.indent(root)
    data: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def main() -> None:
    """Write the files into the folder named on the command line, else here."""
    for path in write(Path(sys.argv[1] if len(sys.argv) > 1 else ".")):
        print(path)


if __name__ == "__main__":
    main()

"""The concept questions as files: in the form that is asked for, and read back as two systems do.

No package that can be installed holds the schema of QTI 1.2 in the profile of Common Cartridge 1.1,
so what it says of the elements that we write stands here in our own words: for each element its
children, as a regular expression, and its attributes with the values that they may have. Below it
stand the profile's further rules, which its authors state as assertions beside the schema. Moodle
has no schema of its XML: what its documentation says of questions with choices stands here, too.
"""

from __future__ import annotations

import html
import re
import zipfile
from collections import Counter
from xml.etree import ElementTree

import pytest

from cnncourse.classroom import qti
from cnncourse.exercises import CHAPTERS, all_questions

YES_NO = "Yes|No"
TEXT = None
"""Stands for an element that holds text, and no other element."""

QTI_PROFILE = {
    "questestinterop": ("(objectbank|assessment)", {}),
    "assessment": (
        "qtimetadata? rubric? presentation_material? section",
        {"ident!": ".+", "title!": ".+"},
    ),
    "section": ("item+", {"ident!": ".+", "title": ".+"}),
    "item": (
        "itemmetadata? presentation? resprocessing* itemfeedback*",
        {"ident!": ".+", "title": ".+"},
    ),
    "itemmetadata": ("qtimetadata+", {}),
    "qtimetadata": ("qtimetadatafield+", {}),
    "qtimetadatafield": ("fieldlabel fieldentry", {}),
    "fieldlabel": (TEXT, {}),
    "fieldentry": (TEXT, {}),
    "presentation": ("(flow|(material|response_lid|response_str)+)", {"label": ".+"}),
    "material": ("(mattext|matref|matbreak)+ altmaterial*", {"label": ".+"}),
    "mattext": (TEXT, {"texttype": "text/(plain|html)", "charset": ".+"}),
    "response_lid": (
        "(material|material_ref)? (render_choice|render_fib) (material|material_ref)?",
        {"ident!": ".+", "rcardinality": "Single|Multiple|Ordered", "rtiming": YES_NO},
    ),
    "render_choice": ("(material|response_label|flow_label)*", {"shuffle": YES_NO}),
    "response_label": ("(material|material_ref|flow_mat)*", {"ident!": ".+", "rshuffle": YES_NO}),
    "resprocessing": ("outcomes respcondition+", {}),
    "outcomes": ("decvar", {}),
    "decvar": (
        TEXT,
        {"varname!": "SCORE", "vartype": "Decimal|Integer", "minvalue": ".+", "maxvalue": ".+"},
    ),
    "respcondition": ("conditionvar setvar* displayfeedback*", {"title": ".+", "continue": YES_NO}),
    "conditionvar": ("(and|other|varequal|varsubstring)+", {}),
    "varequal": (TEXT, {"respident!": ".+", "case": YES_NO}),
    "setvar": (TEXT, {"varname": ".+", "action": "Set"}),
    "displayfeedback": (TEXT, {"feedbacktype!": "Response|Solution|Hint", "linkrefid!": ".+"}),
    "itemfeedback": ("((flow_mat|material)|solution|hint)+", {"ident!": ".+", "title": ".+"}),
    "flow_mat": ("(flow_mat|material|material_ref)+", {"class": ".+"}),
}

CARTRIDGE_PROFILE = {
    "manifest": ("metadata organizations resources", {"identifier!": "[A-Za-z_].*"}),
    "metadata": ("schema schemaversion lom", {}),
    "schema": (TEXT, {}),
    "schemaversion": (TEXT, {}),
    "lom": ("general", {}),
    "general": ("title", {}),
    "string": (TEXT, {"language": "[a-z]+"}),
    "organizations": ("organization?", {}),
    "organization": ("item", {"identifier!": "[A-Za-z_].*", "structure!": "rooted-hierarchy"}),
    "item": ("title? item*", {"identifier!": "[A-Za-z_].*", "identifierref": "[A-Za-z_].*"}),
    "title": ("string?", {}),
    "resources": ("resource*", {}),
    "resource": ("file*", {"identifier!": "[A-Za-z_].*", "type!": ".+", "href": ".+"}),
    "file": ("", {"href!": ".+"}),
}

PACKAGE_PROFILE = {
    **CARTRIDGE_PROFILE,
    "metadata": ("schema schemaversion", {}),
}

FORMATS = "html|moodle_auto_format|plain_text|markdown"

MOODLE_FORM = {
    "quiz": ("question*", {}),
    "question": (
        "(category|name questiontext defaultgrade? single? shuffleanswers? answernumbering? "
        "answer answer+)",
        {"type!": "category|multichoice"},
    ),
    "category": ("text", {}),
    "name": ("text", {}),
    "questiontext": ("text", {"format!": FORMATS}),
    "defaultgrade": (TEXT, {}),
    "single": (TEXT, {}),
    "shuffleanswers": (TEXT, {}),
    "answernumbering": (TEXT, {}),
    "answer": ("text feedback?", {"fraction!": r"100|0|-?\d+(\.\d+)?", "format": FORMATS}),
    "feedback": ("text", {"format": FORMATS}),
    "text": (TEXT, {}),
}

METADATA = {
    "assessment": {
        "cc_profile": "cc.exam.v0p1",
        "qmd_assessmenttype": "Examination",
        "qmd_scoretype": "Percentage",
        "qmd_feedbackpermitted": YES_NO,
        "qmd_hintspermitted": YES_NO,
        "qmd_solutionspermitted": YES_NO,
        "qmd_timelimit": r"\d+",
        "cc_allow_late_submission": YES_NO,
        "cc_maxattempts": "Examination|unlimited|[1-5]",
    },
    "item": {
        "cc_profile": r"cc\.(multiple_choice|multiple_response|true_false|fib|essay)\.v0p1",
        "cc_weighting": r"\d\d?",
        "qmd_scoringpermitted": YES_NO,
        "qmd_computerscored": YES_NO,
    },
}


def name_of(element):
    return element.tag.rpartition("}")[2]


def problems_of_form(root, profile, namespace):
    """List what an element and all below it have that the profile does not allow."""
    found = []
    for element in root.iter():
        name = name_of(element)
        if namespace is not None and not element.tag.startswith(namespace):
            found.append(f"{name}: a namespace of its own")
        if name not in profile:
            found.append(f"{name}: unknown")
            continue
        children, attributes = profile[name]
        have = " ".join(name_of(child) for child in element)
        if children is TEXT:
            if len(element):
                found.append(f"{name}: holds elements, {have}")
        else:
            form = re.sub(r"\w+", r"(?:\g<0>,)", children).replace(" ", "")
            if not re.fullmatch(form, "".join(f"{name_of(child)}," for child in element)):
                found.append(f"{name}: holds {have!r}, not {children!r}")
            if name != "title" and (element.text or "").strip():
                found.append(f"{name}: holds text")
        allowed = {each.rstrip("!"): values for each, values in attributes.items()}
        for attribute, value in element.attrib.items():
            if attribute.endswith("schemaLocation"):
                continue
            if not re.fullmatch(allowed.get(attribute, "(?!)"), value):
                found.append(f"{name}: {attribute}={value!r}")
        found += [
            f"{name}: no {each[:-1]}"
            for each in attributes
            if each.endswith("!") and each[:-1] not in element.attrib
        ]
    return found


def find(element, path):
    return element.findall("/".join(f"{{{qti.QTI}}}{name}" for name in path.split("/")))


def fields(element):
    """Return the metadata of an assessment or an item, as pairs."""
    where = "itemmetadata/qtimetadata" if name_of(element) == "item" else "qtimetadata"
    return [
        (label.text, entry.text) for metadata in find(element, where) for label, entry in metadata
    ]


def problems_of_rules(root):
    """List where the further rules do not hold: metadata, identifiers, and links to feedback."""
    found = []
    (quiz,) = find(root, "assessment")
    items = find(quiz, "section/item")
    for element in (quiz, *items):
        told = fields(element)
        rules = METADATA[name_of(element)]
        found += [
            f"{label}={entry!r}"
            for label, entry in told
            if not re.fullmatch(rules.get(label, "(?!)"), entry)
        ]
        found += [
            f"{label} twice"
            for label, times in Counter(label for label, _ in told).items()
            if times > 1
        ]
        if "cc_profile" not in dict(told):
            found.append("no cc_profile")
    found += [
        f"two items are {ident}"
        for ident, times in Counter(item.get("ident") for item in items).items()
        if times > 1
    ]
    for item in items:
        (lid,) = find(item, "presentation/response_lid")
        labels = [each.get("ident") for each in find(lid, "render_choice/response_label")]
        tested = find(item, "resprocessing/respcondition/conditionvar/varequal")
        shown = {
            each.get("linkrefid")
            for each in find(item, "resprocessing/respcondition/displayfeedback")
        }
        there = [each.get("ident") for each in find(item, "itemfeedback")]
        if lid.get("rcardinality") != "Single":
            found.append("not a single choice")
        if len(labels) < 3 or len(set(labels)) < len(labels):
            found.append(f"choices {labels}")
        if any(each.get("respident") != lid.get("ident") for each in tested):
            found.append("a test of another response")
        if not {each.text for each in tested} <= set(labels):
            found.append("a test of a choice that is not there")
        if shown != set(there) or len(there) > len(set(there)) or shown & {"hint", "solution"}:
            found.append(f"feedback {there}, shown {sorted(shown)}")
    return found


def quizzes(path):
    """Return the quizzes of a package by their file names, and its manifest."""
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        parsed = {name: ElementTree.fromstring(package.read(name)) for name in package.namelist()}
    return parsed, parsed.pop("imsmanifest.xml")


@pytest.fixture(scope="module")
def packages(tmp_path_factory):
    return qti.write(tmp_path_factory.mktemp("questions"))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_quiz_has_the_form_that_the_profile_asks_for(chapter):
    root = ElementTree.fromstring(qti.assessment(chapter))
    assert problems_of_form(root, QTI_PROFILE, f"{{{qti.QTI}}}") == []
    assert problems_of_rules(root) == []


def broken(old, new, count=1):
    text = qti.assessment("padding").decode()
    assert old in text
    return ElementTree.fromstring(text.replace(old, new, count))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<flow_mat>", '<flow_mat class="">'),
        ("<section ident", "<section name"),
        ('action="Set"', 'action="Add"'),
        ('varname="SCORE" vartype', 'varname="POINTS" vartype'),
        (' feedbacktype="Response"', ""),
        ("<itemmetadata>", "<itemmetadata/><itemmetadata>"),
        ("<outcomes>", "<outcomes>1"),
        ("<qtimetadata>", "<rubric/><qtimetadata>"),
        ('continue="No"', 'continue="no"'),
        ('<mattext texttype="text/html">', '<mattext texttype="text/rtf">'),
    ],
)
def test_the_form_finds_what_is_not_in_it(old, new):
    assert problems_of_form(broken(old, new), QTI_PROFILE, f"{{{qti.QTI}}}")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("cc.exam.v0p1", "cc.test"),
        ("qmd_scoretype", "cc_profile"),
        (">choice1</varequal>", ">choice9</varequal>"),
        ('linkrefid="choice1_fb"', 'linkrefid="choice2_fb"'),
        ('<response_label ident="choice2"', '<response_label ident="choice1"'),
        ('respident="response1"', 'respident="other"'),
        ('rcardinality="Single"', 'rcardinality="Multiple"'),
        ("padding_wide_picture", "padding_one_epoch"),
    ],
)
def test_the_rules_find_what_breaks_them(old, new):
    assert problems_of_rules(broken(old, new))


def test_both_packages_hold_a_quiz_for_each_chapter(packages):
    assert [path.name for path in packages] == [
        "concept-questions.imscc",
        "concept-questions-qti.zip",
        "concept-questions.xml",
    ]
    for path in packages[:2]:
        files, manifest = quizzes(path)
        assert list(files) == [f"quizzes/{chapter}.xml" for chapter in CHAPTERS]
        listed = [each.get("href") for each in manifest.iter() if name_of(each) == "file"]
        assert listed == list(files)
    assert len(
        [item for file in files.values() for item in file.iter(f"{{{qti.QTI}}}item")]
    ) == len(all_questions())


def test_the_manifests_have_the_form_that_their_profiles_ask_for(packages):
    for path, profile, schema in (
        (packages[0], CARTRIDGE_PROFILE, ("IMS Common Cartridge", "1.1.0")),
        (packages[1], PACKAGE_PROFILE, ("IMS Content", "1.1.3")),
    ):
        _, manifest = quizzes(path)
        assert problems_of_form(manifest, profile, None) == []
        assert tuple(each.text for each in manifest[0][:2]) == schema
        names = [each.get("identifier") for each in manifest.iter() if each.get("identifier")]
        assert len(names) == len(set(names))
        linked = {
            each.get("identifierref") for each in manifest.iter() if each.get("identifierref")
        }
        assert linked <= set(names)
    cartridge = quizzes(packages[0])[1]
    assert {each.get("type") for each in cartridge.iter() if each.get("type")} == {
        "imsqti_xmlv1p2/imscc_xmlv1p1/assessment"
    }


def test_moodle_recognizes_the_cartridge(packages):
    """Moodle looks into the first 500 bytes of the manifest, without blanks and quotes."""
    with zipfile.ZipFile(packages[0]) as package:
        start = package.read("imsmanifest.xml")[:500].decode().lower()
    assert "xmlns=http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1" in re.sub(
        r"[\s'\"]", "", start
    )


def as_moodle_reads(item):
    """Return what Moodle makes of an item: its text, its answers, and the general feedback."""
    (text,) = (each.text for each in find(item, "presentation/material/mattext"))
    feedback = {
        each.get("ident"): find(each, "flow_mat/material/mattext")[0].text
        for each in find(item, "itemfeedback")
    }
    conditions = find(item, "resprocessing/respcondition")
    general = [
        feedback[shown.get("linkrefid")]
        for condition in conditions
        if condition.get("continue", "").lower() == "yes"
        for shown in find(condition, "displayfeedback")
    ]
    answers = []
    for label in find(item, "presentation/response_lid/render_choice/response_label"):
        mine = [
            condition
            for condition in conditions
            if find(condition, "conditionvar/varequal")[0].text.lower()
            == label.get("ident").lower()
        ]
        scores = [each.text for condition in mine for each in find(condition, "setvar")]
        shown = [
            feedback[each.get("linkrefid")]
            for condition in mine
            for each in find(condition, "displayfeedback")
        ]
        answers.append((find(label, "material/mattext")[0].text, bool(scores), " ".join(shown)))
    return text, answers, general


def as_canvas_reads(item):
    """Return Canvas' answers: the last condition sets the weight, the first the comment.

    A feedback whose name holds certain words goes to the whole question, not to the answer.
    """
    feedback = {
        each.get("ident"): "".join(each.itertext()).strip() for each in find(item, "itemfeedback")
    }
    answers = {
        label.get("ident"): ["".join(label.itertext()).strip(), 0.0, None]
        for label in find(item, "presentation/response_lid/render_choice/response_label")
    }
    for condition in find(item, "resprocessing/respcondition"):
        answer = answers[find(condition, "conditionvar/varequal")[0].text]
        answer[1] = float((find(condition, "setvar") or [ElementTree.Element("none")])[0].text or 0)
        name = find(condition, "displayfeedback")[0].get("linkrefid")
        assert not re.search(r"wrong|incorrect|_ic$|correct|_c$|solution|general_|_all", name, re.I)
        answer[2] = answer[2] or feedback[name]
    return [tuple(answer) for answer in answers.values()]


def as_moodles_question_bank_reads(root):
    """Return Moodle's categories: for each path its questions, with name, text and answers.

    As its importer does, the category stays until another comes, slashes part the path and two of
    them stand for one, a fraction is in percent, and blanks around a text are dropped.
    """

    def text(element, *path):
        for name in (*path, "text"):
            (element,) = element.findall(name)
        return element.text.strip()

    categories = {}
    for question in root.findall("question"):
        if question.get("type") == "category":
            path = re.split(r"(?<!/)/(?!/)", text(question, "category"))
            # What is not below "top", or is not at least two levels below it, is put below it.
            if path[0] != "top" or len(path) < 3:
                path.insert(0, "top")
            held = categories.setdefault(tuple(name.replace("//", "/") for name in path[1:]), [])
            continue
        assert question.find("single").text == "true"
        answers = [
            (text(each), float(each.get("fraction")) / 100, text(each, "feedback"))
            for each in question.findall("answer")
        ]
        held.append((text(question, "name"), text(question, "questiontext"), answers))
    return categories


def read(page):
    """Return the words of a piece of HTML; what is code keeps its marks."""
    return html.unescape(re.sub(r"<[^>]+>", "", re.sub(r"</?code>", "`", page)))


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_choice_comes_back_with_its_response(chapter):
    root = ElementTree.fromstring(qti.assessment(chapter))
    items = find(root, "assessment/section/item")
    for item, question in zip(items, qti.questions_of(chapter), strict=True):
        text, answers, general = as_moodle_reads(item)
        expected = [
            (choice.text.replace("**", ""), choice.correct, choice.response.replace("**", ""))
            for choice in question.choices
        ]
        assert read(text) == " ".join(question.prompt.replace("**", "").split())
        assert [(read(words), right, read(said)) for words, right, said in answers] == expected
        assert general == []
        seen = [
            (read(words), weight > 0, read(said)) for words, weight, said in as_canvas_reads(item)
        ]
        assert seen == expected


def test_moodles_file_has_the_form_of_its_documentation(packages):
    content = packages[2].read_bytes()
    assert content.startswith(b"<?xml ")
    assert problems_of_form(ElementTree.fromstring(content), MOODLE_FORM, None) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('type="multichoice"', 'type="choice"'),
        ('<questiontext format="html">', '<questiontext format="rtf">'),
        ('fraction="100"', 'share="100"'),
        ("<defaultgrade>", "<grade/><defaultgrade>"),
        ("<single>true<", "<single><text/><"),
    ],
)
def test_the_form_of_moodles_file_finds_what_is_not_in_it(old, new):
    text = qti.moodle_bank(["padding"]).decode()
    assert old in text
    root = ElementTree.fromstring(text.replace(old, new, 1))
    assert problems_of_form(root, MOODLE_FORM, None)


def test_moodles_question_bank_gets_every_choice_with_its_response(packages):
    categories = as_moodles_question_bank_reads(ElementTree.parse(packages[2]).getroot())
    assert len(categories) == len(CHAPTERS)
    for (path, held), chapter in zip(categories.items(), CHAPTERS, strict=True):
        assert path[0] == "Convolution by Hand: concept questions"
        assert f"{path[1]}: concept questions" == qti.title_of(chapter)
        for (name, text, answers), question in zip(held, qti.questions_of(chapter), strict=True):
            assert name == f"{path[1]}: {question.name.replace('_', ' ')}"
            assert read(text) == " ".join(question.prompt.replace("**", "").split())
            assert [(read(words), right, read(said)) for words, right, said in answers] == [
                (choice.text.replace("**", ""), choice.correct, choice.response.replace("**", ""))
                for choice in question.choices
            ]


def test_a_slash_in_a_title_parts_no_category(monkeypatch):
    monkeypatch.setattr(qti, "TITLE", "Rows/columns")
    root = ElementTree.fromstring(qti.moodle_bank(["padding"]))
    assert list(as_moodles_question_bank_reads(root)) == [("Rows/columns", "04 Padding")]


def test_the_same_questions_give_the_same_bytes(packages, tmp_path):
    for first, second in zip(packages, qti.write(tmp_path), strict=True):
        assert first.read_bytes() == second.read_bytes()


def test_chapters_can_be_chosen_and_come_in_the_books_order(tmp_path):
    files, _ = quizzes(qti.write(tmp_path / "new", ["stride", "padding"])[0])
    assert list(files) == ["quizzes/padding.xml", "quizzes/stride.xml"]


@pytest.mark.parametrize("chapters", [["paddling"], []])
def test_a_chapter_that_is_not_there_is_refused(tmp_path, chapters):
    with pytest.raises(ValueError, match="there are images, neurons"):
        qti.write(tmp_path, chapters)

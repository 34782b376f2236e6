"""The book's own Sphinx parts.

- Formulas become MathML while the book is built, so that a page needs no script to show them.
- ``{figure-live}`` puts an interactive figure into a prose page, as a notebook's output would.
- ``{course-map}`` draws which chapter needs which.
- Words in bold are linked to the glossary, which lists where they are explained.
- Links to Colab, Binder, JupyterLab and the repository come from one setting, ``cnncourse_links``.
- What colors a reader's own picture is copied into the book, where npm has brought it.
- Chapters keep the number in their file's name; folded boxes are ``<details>``; pages load only
  what they use.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlencode, urlsplit

import imagesize  # type: ignore[import-untyped]
import yaml
from docutils import nodes
from docutils.parsers.rst import directives
from pybtex.plugin import register_plugin
from pybtex.style.formatting.plain import Style as PlainStyle
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.math import get_node_equation_number

from cnncourse import __version__, _runtime
from cnncourse._course_map import draw, read_course
from cnncourse._mathml import Converted, Formula, convert, math_stylesheet
from cnncourse._slim import slim
from cnncourse._terms import LinkTerms, collect_terms, forget_terms, glossaries, merge_terms

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

MATH_SHEET = "math.css"
FIGURE_SCRIPT = "figures.page.js"
FIGURE_SHEET = "figures.css"
REDIRECT = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="0; url={target}">
<link rel="icon" href="_static/favicon.svg">
</head>
<body><main><h1>{title}</h1><p><a href="{target}">Open the book</a></p></main></body>
</html>
"""


def _formula(node: nodes.Element) -> Formula:
    return Formula(node.astext(), isinstance(node, nodes.math_block))


def _known(env: BuildEnvironment) -> dict[Formula, Converted]:
    """Return what is already converted; it is kept with the environment between builds."""
    if not hasattr(env, "cnncourse_mathml"):
        env.cnncourse_mathml = {}  # type: ignore[attr-defined]
    return env.cnncourse_mathml  # type: ignore[attr-defined]


def _by_document(env: BuildEnvironment) -> dict[str, list[tuple[Formula, int | None]]]:
    """Return the formulas of each document, with their lines."""
    if not hasattr(env, "cnncourse_formulas"):
        env.cnncourse_formulas = {}  # type: ignore[attr-defined]
    return env.cnncourse_formulas  # type: ignore[attr-defined]


def collect_formulas(app: Sphinx, doctree: nodes.document) -> None:
    """Note the formulas of a document that has just been read."""
    found = [
        (_formula(node), node.line or getattr(node.parent, "line", None))
        for node in doctree.findall(lambda n: isinstance(n, (nodes.math, nodes.math_block)))
    ]
    _by_document(app.env)[app.env.docname] = found


def forget_formulas(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the formulas of a document that is read again or gone."""
    _by_document(env).pop(docname, None)


def merge_formulas(
    app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment
) -> None:
    """Take over the formulas that another process has read."""
    for docname in docnames:
        if docname in _by_document(other):
            _by_document(env)[docname] = _by_document(other)[docname]


def convert_formulas(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Convert all formulas of the book that are not known yet, in one call of pandoc."""
    known = _known(env)
    everywhere = _by_document(env)
    new = {formula for found in everywhere.values() for formula, _ in found} - known.keys()
    ordered = sorted(new)
    known.update(zip(ordered, convert(ordered), strict=True))
    for docname, found in everywhere.items():
        for formula, line in found:
            problem = known[formula].problem
            if problem:
                logger.warning(
                    "formula cannot be converted to MathML: %s\n%s",
                    formula.tex,
                    problem,
                    location=(docname, line),
                    type="cnncourse",
                    subtype="math",
                )
    return []


def _mathml(translator: Any, node: nodes.Element) -> str:
    formula = _formula(node)
    known = _known(translator.builder.env)
    if formula not in known:  # a formula that came after reading, as in a reference's title
        known[formula] = convert([formula])[0]
    converted = known[formula]
    if converted.mathml is None:
        return f"<code>{html.escape(formula.tex)}</code>"
    return converted.mathml


def visit_math(translator: Any, node: nodes.math) -> None:
    """Write an inline formula."""
    translator.body.append(_mathml(translator, node))
    raise nodes.SkipNode


def visit_math_block(translator: Any, node: nodes.math_block) -> None:
    """Write a displayed formula, with its number and anchor if it has one."""
    translator.body.append(translator.starttag(node, "div", CLASS="math"))
    translator.body.append(f'<div class="formula">{_mathml(translator, node)}</div>')
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, "Link to this equation")
        translator.body.append("</span>")
    translator.body.append("</div>\n")
    raise nodes.SkipNode


class FigureLive(SphinxDirective):
    """An interactive figure: ``{figure-live} SlidingWindow``, its arguments as YAML inside.

    The HTML is the figure's own, the same that a notebook stores. With ``:name:`` and
    ``:caption:`` it is a numbered figure that text can refer to.
    """

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012 (docutils' own interface)
        "name": directives.unchanged,
        "caption": directives.unchanged,
        "class": directives.class_option,
    }

    def run(self) -> list[nodes.Node]:
        """Build the figure and wrap its HTML."""
        name = self.arguments[0]
        self.env.note_reread()  # the figure's code may change while this page does not
        try:
            from cnncourse import figures

            create = getattr(figures, name)
        except (ImportError, AttributeError) as error:
            raise self.error(f"figure-live: there is no figure {name!r} ({error})") from error
        try:
            options = yaml.safe_load("\n".join(self.content)) or {}
            if not isinstance(options, dict):
                raise TypeError(f"expected YAML `key: value` lines, got {type(options).__name__}")
            bundle = create(**options)._repr_mimebundle_()
        except (TypeError, ValueError, yaml.YAMLError) as error:
            raise self.error(f"figure-live: {name}: {error}") from error
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        raw = nodes.raw("", data["text/html"], format="html")
        self.set_source_info(raw)
        if "caption" not in self.options:
            return [raw]
        figure = nodes.figure("", raw, classes=self.options.get("class", []))
        self.set_source_info(figure)
        inline, messages = self.parse_inline(self.options["caption"], lineno=self.lineno)
        figure += nodes.caption(self.options["caption"], "", *inline)
        self.add_name(figure)
        return [figure, *messages]


class CourseMap(SphinxDirective):
    """The map of the course: ``rows`` of chapter numbers, as YAML."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Read the notebooks and draw the map."""
        folder = Path(self.env.srcdir) / "notebooks"
        for notebook in folder.glob("*.ipynb"):
            self.env.note_dependency(str(notebook))
        try:
            options = yaml.safe_load("\n".join(self.content))
            chapters = read_course(folder)
            builder, here = self.env.app.builder, self.env.docname
            drawn = draw(
                chapters, options["rows"], lambda page: builder.get_relative_uri(here, page)
            )
        except (AttributeError, KeyError, TypeError, ValueError, yaml.YAMLError) as error:
            raise self.error(f"course-map: {error}") from error
        raw = nodes.raw("", drawn, format="html")
        self.set_source_info(raw)
        return [raw]


class folded(nodes.General, nodes.Element):
    """An admonition of class ``dropdown``: closed until the reader opens it."""


class FoldAdmonitions(SphinxPostTransform):
    """Turn admonitions of class ``dropdown`` into ``<details>``, which need no script."""

    default_priority = 800
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Replace each such admonition by a folded box."""
        for node in list(self.document.findall(nodes.Admonition)):
            if not isinstance(node, nodes.Element) or "dropdown" not in node["classes"]:
                continue
            title = node.next_node(nodes.title)
            heading: list[nodes.Node] = []
            if title is not None and title.parent is node:
                heading = list(title.children)
                node.remove(title)
            else:
                heading = [nodes.Text(node.tagname.capitalize())]
            classes = [c for c in node["classes"] if c != "dropdown"]
            if node.tagname != "admonition":
                classes.append(node.tagname)
            box = folded("", *node.children, classes=classes, ids=node["ids"])
            box["heading"] = nodes.inline("", "", *heading)
            node.replace_self(box)


def visit_folded(translator: Any, node: folded) -> None:
    """Open the box."""
    translator.body.append(translator.starttag(node, "details", CLASS="admonition folded"))
    translator.body.append('<summary class="admonition-title">')
    node["heading"].walkabout(translator)
    translator.body.append("</summary>\n")


def depart_folded(translator: Any, node: folded) -> None:
    """Close the box."""
    translator.body.append("</details>\n")


def number_chapters(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Give every chapter the number in its file's name, and its figures and equations too.

    ``notebooks/04_padding`` is chapter 4 wherever it stands in the table of contents, so numbers
    do not move when a chapter is added before it.
    """
    for docname, numbers in env.toc_secnumbers.items():
        match = re.fullmatch(r"notebooks/(\d+)_\w+", docname)
        if match is None:
            continue
        chapter = int(match[1])
        for anchor, number in numbers.items():
            numbers[anchor] = (chapter, *number[1:]) if number else number
        title = env.titles[docname]
        if title.get("secnumber"):
            title["secnumber"] = (chapter, *title["secnumber"][1:])
        for reference in env.tocs[docname].findall(nodes.reference):
            if reference.get("secnumber"):
                reference["secnumber"] = (chapter, *reference["secnumber"][1:])
    return TocTreeCollector().assign_figure_numbers(env)


class ReferenceStyle(PlainStyle):
    """References in the order of their authors.

    Chapters cite by author and year and list their own references, so no numbers are shown; the
    labels only have to differ from each other over the whole book.
    """

    default_label_style = "alpha"


LINKS = {"repository": "", "branch": "main", "colab": "", "binder": "", "jupyterhub": ""}


def resolve_links(configured: dict[str, str], environment: dict[str, str]) -> dict[str, str]:
    """Return the addresses to link to: the environment's, else the configuration's.

    Parameters
    ----------
    configured
        ``cnncourse_links`` of ``_config.yml``: any of repository, branch, colab, binder,
        jupyterhub. An empty or missing address means that the service is not offered.
    environment
        Environment variables. ``CNNCOURSE_REPOSITORY``, ``CNNCOURSE_BRANCH`` and so on win over
        the configuration. In a GitHub workflow, the workflow's own repository and branch stand
        in where nothing is configured.

    Raises
    ------
    ValueError
        If a key is unknown or an address is not http or https.

    Examples
    --------
    >>> resolve_links({"branch": "main"}, {"CNNCOURSE_REPOSITORY": "https://github.com/a/b/"})
    {'repository': 'https://github.com/a/b', 'branch': 'main', 'colab': '', ...}
    """
    unknown = sorted(set(configured) - set(LINKS))
    if unknown:
        raise ValueError(
            f"cnncourse_links: unknown key {', '.join(unknown)}; known are {', '.join(LINKS)}"
        )
    links = {**LINKS, **{key: str(value or "") for key, value in configured.items()}}
    for key in links:
        links[key] = environment.get(f"CNNCOURSE_{key.upper()}", links[key]).strip().rstrip("/")
    if not links["repository"] and environment.get("GITHUB_REPOSITORY"):
        server = environment.get("GITHUB_SERVER_URL", "https://github.com")
        links["repository"] = f"{server}/{environment['GITHUB_REPOSITORY']}"
        if environment.get("GITHUB_REF_TYPE") == "branch" and environment.get("GITHUB_REF_NAME"):
            links["branch"] = environment["GITHUB_REF_NAME"]
    for key, value in links.items():
        if key != "branch" and value and urlsplit(value).scheme not in {"http", "https"}:
            raise ValueError(f"cnncourse_links: {key} is not an http(s) address: {value}")
    return links


def launch_links(links: dict[str, str], path: str) -> list[tuple[str, str]]:
    """Return the services that can open one notebook, as pairs of name and address.

    Parameters
    ----------
    links
        What `resolve_links` returned.
    path
        The notebook's path in the repository.

    Examples
    --------
    >>> links = resolve_links({"repository": "https://github.com/a/b", "branch": "main",
    ...                        "colab": "https://colab.example.org"}, {})
    >>> launch_links(links, "notebooks/03_convolution.ipynb")
    [('Colab', 'https://colab.example.org/github/a/b/blob/main/notebooks/03_convolution.ipynb')]
    >>> launch_links(resolve_links({}, {}), "notebooks/03_convolution.ipynb")
    []
    """
    repository, branch = links["repository"], links["branch"]
    if not repository:
        return []
    parts = urlsplit(repository)
    name = parts.path.strip("/")
    provider = {"github.com": "gh", "gitlab.com": "gl"}.get(parts.netloc)
    found = []
    if links["colab"] and provider == "gh":
        found.append(("Colab", f"{links['colab']}/github/{name}/blob/{quote(branch)}/{path}"))
    if links["binder"] and provider:
        project = name if provider == "gh" else quote(name, safe="")
        where = urlencode({"urlpath": f"lab/tree/{path}"})
        found.append(
            (
                "Binder",
                f"{links['binder']}/v2/{provider}/{project}/{quote(branch, safe='')}?{where}",
            )
        )
    if links["jupyterhub"]:
        folder = name.rsplit("/", 1)[-1]
        pull = urlencode(
            {"repo": repository, "branch": branch, "urlpath": f"lab/tree/{folder}/{path}"}
        )
        found.append(("JupyterLab", f"{links['jupyterhub']}/hub/user-redirect/git-pull?{pull}"))
    return found


def configure_links(app: Sphinx, config: Config) -> None:
    """Resolve ``cnncourse_links`` once, when the configuration has been read."""
    config.cnncourse_links = resolve_links(config.cnncourse_links, dict(os.environ))


class RepositoryRole(SphinxRole):
    """``{repository}`the issue tracker <issues>```: a link where a repository is configured.

    Without a repository only the words remain.
    """

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Return the link, or its words."""
        match = re.fullmatch(r"(.*?)\s*(?:<(.*)>)?", self.text, flags=re.DOTALL)
        text, path = (match[1], match[2] or "") if match else (self.text, "")
        repository = self.config.cnncourse_links["repository"]
        if not repository:
            return [nodes.inline("", text)], []
        url = f"{repository}/{path}".rstrip("/")
        return [nodes.reference("", text, refuri=url, internal=False)], []


def mend_html(body: str, pictures: dict[str, str] | None = None) -> str:
    """Mend what the stock HTML of a page's body gets wrong.

    A bibliography is a list whose entries are not list items, which is a critical finding of
    accessibility checkers. Pictures below the first screen need not load with the page, and
    with their size known beforehand the text does not jump when they do.

    Parameters
    ----------
    body
        The HTML.
    pictures
        Where the file of each picture lies, by the name it has in the book.

    Examples
    --------
    >>> mend_html('<div class="citation" id="a" role="doc-biblioentry">')
    '<div class="citation" id="a" role="listitem">'
    >>> mend_html('<img alt="a cat" src="../_images/cat.png" />')
    '<img loading="lazy" decoding="async" alt="a cat" src="../_images/cat.png" />'
    """
    body = body.replace('role="doc-biblioentry"', 'role="listitem"')
    # The summary's own words say what opening it shows; this label would hide them.
    body = body.replace(' aria-label="Toggle hidden content"', "")

    def mend_picture(match: re.Match[str]) -> str:
        tag = match[0]
        if "loading=" not in tag:
            tag = tag.replace("<img", '<img loading="lazy" decoding="async"', 1)
        name = re.search(r'src="[^"]*?([^"/]+)"', tag)
        source = (pictures or {}).get(unquote(name[1])) if name else None
        if source and not re.search(r"\b(width|height|style)=", tag):
            width, height = imagesize.get(source)
            if width > 0 and height > 0:
                tag = tag.replace("<img", f'<img width="{width}" height="{height}"', 1)
        return tag

    return re.sub(r"<img\b[^>]*>", mend_picture, body)


def finish_page(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict[str, Any],
    doctree: nodes.document | None,
) -> None:
    """Mend a page's HTML, keep only the assets it uses, and name its notebook to templates."""
    pictures = {name: str(Path(app.srcdir) / source) for source, name in app.builder.images.items()}
    body = mend_html(context.get("body", ""), pictures)
    body = _runtime.offered(body, Path(app.srcdir), context["pathto"]("_static", 1))
    context["body"] = body
    if "<math" in body:
        app.add_css_file(MATH_SHEET, priority=400)
    if "data-figure=" in body:
        app.add_css_file(FIGURE_SHEET, priority=700)
        script = context["pathto"](f"_static/{FIGURE_SCRIPT}", 1)
        # Right after the first figure, not at the end: it is alive before the rest is read.
        end = body.index("</figure>", body.index("data-figure=")) + len("</figure>")
        context["body"] = f'{body[:end]}\n<script src="{script}"></script>{body[end:]}'
    unwanted = []
    if "copybtn" not in body and "<pre" not in body:
        unwanted += ["clipboard.min.js", "copybutton.js", "copybutton.css"]
    if "sd-" not in body:
        unwanted.append("sphinx-design.min.css")
    if "sd-tab-set" not in body:
        unwanted.append("design-tabs.js")
    for kind in ("script_files", "css_files"):
        context[kind][:] = [
            asset
            for asset in context[kind]
            if not any(str(getattr(asset, "filename", asset)).endswith(name) for name in unwanted)
        ]

    source = Path(app.env.doc2path(pagename, base=False)) if doctree is not None else Path()
    context["notebook"] = None
    if source.suffix == ".ipynb":
        context["notebook"] = {
            "name": source.name,
            "download": context["pathto"](f"_sources/{source.as_posix()}", 1),
            "services": launch_links(app.config.cnncourse_links, source.as_posix()),
        }


def notice_runtime(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write all pages anew when what colors a reader's picture has come or gone or changed."""
    files = _runtime.sources(Path(app.srcdir)) or {}
    stamps = {name: (file.stat().st_size, file.stat().st_mtime) for name, file in files.items()}
    before = getattr(env, "cnncourse_runtime", stamps)
    env.cnncourse_runtime = stamps  # type: ignore[attr-defined]
    return [] if stamps == before else sorted(env.found_docs)


def write_assets(app: Sphinx, exception: Exception | None) -> None:
    """Write the formulas' font and slim the theme, when all pages are written."""
    if exception is not None or app.builder.format != "html":
        return
    everywhere = _by_document(app.env)
    known = _known(app.env)
    used = {formula for found in everywhere.values() for formula, _ in found}
    mathml = [known[formula].mathml for formula in used]
    static = Path(app.outdir) / "_static"
    sheet = math_stylesheet(formula for formula in mathml if formula)
    (static / MATH_SHEET).write_text(sheet, encoding="utf-8")
    if not _runtime.write(Path(app.srcdir), static):
        logger.info(
            "The figure colorize will say that this book has no runtime for its network: "
            "npm has not brought onnxruntime-web into js/node_modules."
        )
    slim(Path(app.outdir))
    root = app.config.root_doc
    if "/" in root:
        # Jupyter Book writes a bare redirect where there is no index page; this one has words.
        title = html.escape(app.config.html_title)
        index = REDIRECT.format(title=title, target=f"{root}.html")
        (Path(app.outdir) / "index.html").write_text(index, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    """Register all of this with Sphinx."""
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    app.connect("doctree-read", collect_formulas)
    app.connect("env-purge-doc", forget_formulas)
    app.connect("env-merge-info", merge_formulas)
    app.connect("env-updated", convert_formulas)

    app.connect("doctree-read", collect_terms)
    app.connect("env-purge-doc", forget_terms)
    app.connect("env-merge-info", merge_terms)
    app.connect("env-updated", glossaries)
    app.add_post_transform(LinkTerms)

    app.add_directive("figure-live", FigureLive)
    app.add_directive("course-map", CourseMap)
    app.add_node(folded, html=(visit_folded, depart_folded))
    app.add_post_transform(FoldAdmonitions)
    # After the collector of section numbers, whose figure numbers follow the changed ones.
    app.connect("env-get-updated", number_chapters, priority=600)

    app.add_config_value("cnncourse_links", {}, "env", dict)
    # Jupyter Book passes this on even where the extension it belongs to is left out.
    app.add_config_value("comments_config", None, "")
    app.connect("config-inited", configure_links)
    app.add_role("repository", RepositoryRole())

    register_plugin("pybtex.style.formatting", "cnncourse", ReferenceStyle)
    app.connect("env-updated", notice_runtime)
    app.connect("html-page-context", finish_page, priority=900)
    app.connect("build-finished", write_assets)
    return {"version": __version__, "parallel_read_safe": True, "parallel_write_safe": True}

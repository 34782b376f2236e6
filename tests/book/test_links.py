"""Links, addresses and references of the built book, read from its HTML."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from book_build import CHAPTERS, EXAMPLE, PAGES, build
from bs4 import BeautifulSoup

LOADED = {"script": "src", "img": "src", "link": "href", "iframe": "src", "source": "src"}
ALL_SERVICES = {
    "CNNCOURSE_REPOSITORY": "https://github.com/somebody/somewhere",
    "CNNCOURSE_BRANCH": "release/1",
    "CNNCOURSE_COLAB": "https://colab.example.org",
    "CNNCOURSE_BINDER": "https://binder.example.org",
    "CNNCOURSE_JUPYTERHUB": "https://hub.example.org",
}


@cache
def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def broken_links(root: Path, name: str) -> list[str]:
    """Return the links of a page that lead nowhere in the book, files and anchors alike."""
    page = root / f"{name}.html"
    broken = []
    for element in read(page).find_all(href=True):
        target = urlsplit(urljoin(f"http://book/{name}.html", element["href"]))
        if target.netloc != "book" or target.scheme not in {"http", "https"}:
            continue
        file = root / unquote(target.path).lstrip("/")
        if not file.is_file() or (
            target.fragment
            and file.suffix == ".html"
            and read(file).find(id=unquote(target.fragment)) is None
            and target.fragment != "main-content"
        ):
            broken.append(element["href"])
    return broken


@pytest.mark.parametrize("name", ["index", *PAGES])
def test_links_inside_the_book_resolve(book: Path, name: str) -> None:
    assert broken_links(book, name) == []


def test_a_broken_link_is_noticed(book: Path, tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a id="here" href="#here"><a href="#there"><a href="x">')
    assert broken_links(tmp_path, "page") == ["#there", "x"]


@pytest.mark.parametrize("name", ["index", *PAGES])
def test_a_page_loads_nothing_from_elsewhere(book: Path, name: str) -> None:
    soup = read(book / f"{name}.html")
    addresses = [
        element[LOADED[element.name]]
        for element in soup.find_all(list(LOADED))
        if element.has_attr(LOADED[element.name])
    ]
    assert len(addresses) > 0
    assert [url for url in addresses if urlsplit(url).netloc] == []


def test_style_sheets_load_nothing_from_elsewhere_and_name_existing_files(book: Path) -> None:
    for sheet in (book / "_static").rglob("*.css"):
        for url in re.findall(r"url\(\s*[\"']?([^\"')]+)", sheet.read_text(encoding="utf-8")):
            if url.startswith(("data:", "#")):
                continue
            assert not urlsplit(url).netloc, (sheet.name, url)
            assert (sheet.parent / urlsplit(url).path).is_file(), (sheet.name, url)


def test_license_notices_stay_in_the_style_sheets(book: Path) -> None:
    theme = (book / "_static/styles/pydata-sphinx-theme.css").read_text(encoding="utf-8")
    notices = " ".join(re.findall(r"/\*!.*?\*/", theme, flags=re.DOTALL))
    assert "Font Awesome" in notices
    assert "Bootstrap" in notices


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_one_title_and_an_icon(book: Path, name: str) -> None:
    soup = read(book / f"{name}.html")
    assert soup.html["lang"] == "en"
    assert len(soup.select("main article h1, main .bd-search-container h1")) == 1
    assert soup.find("link", rel="icon") is not None
    assert all(image.has_attr("alt") for image in soup.find_all("img"))


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_chapter_keeps_the_number_of_its_file(book: Path, name: str) -> None:
    number = int(name.split("/")[1].split("_")[0])
    soup = read(book / f"{name}.html")
    assert soup.select_one("article h1").get_text().startswith(f"{number}. ")
    captions = [caption.get_text() for caption in soup.select(".caption-number")]
    assert captions
    assert all(f" {number}." in caption for caption in captions)
    equations = [equation.get_text() for equation in soup.select(".eqno")]
    assert equations
    assert all(equation.startswith(f"({number}.") for equation in equations)


@pytest.mark.parametrize("name", CHAPTERS)
def test_references_are_listed_where_they_are_cited(book: Path, name: str) -> None:
    soup = read(book / f"{name}.html")
    listed = {entry["id"] for entry in soup.select("div.citation")}
    cited = {
        link["href"]
        for link in soup.select("article a.reference.internal")
        if "#id" in link["href"] or link["href"].removeprefix("#") in listed
    }
    assert listed
    assert {link.removeprefix("#") for link in cited} == listed
    assert soup.find(attrs={"role": "doc-biblioentry"}) is None


def test_without_a_repository_no_service_is_offered(book: Path) -> None:
    for name in PAGES:
        soup = read(book / f"{name}.html")
        assert soup.find_all("a", string=lambda text: text and text.startswith("Open in")) == []
        assert "issue tracker" not in [link.get_text() for link in soup.find_all("a")]
    menu = read(book / f"{EXAMPLE}.html").select(".notebook-menu a")
    assert [link.get_text() for link in menu] == ["Download 03_convolution.ipynb"]


def test_with_a_repository_every_service_is_offered(
    book: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("configured")
    toc = folder / "toc.yml"
    toc.write_text("{format: jb-book, root: book/errata, chapters: [{file: notebooks/04_padding}]}")
    built = build(folder, toc=str(toc), strict=False, **ALL_SERVICES)
    menu = read(built / "notebooks/04_padding.html").select(".notebook-menu a")
    assert {link.get_text(): link["href"] for link in menu} == {
        "Download 04_padding.ipynb": "../_sources/notebooks/04_padding.ipynb",
        "Open in Colab": "https://colab.example.org/github/somebody/somewhere/blob/release/1/"
        "notebooks/04_padding.ipynb",
        "Open in Binder": "https://binder.example.org/v2/gh/somebody/somewhere/release%2F1"
        "?urlpath=lab%2Ftree%2Fnotebooks%2F04_padding.ipynb",
        "Open in JupyterLab": "https://hub.example.org/hub/user-redirect/git-pull"
        "?repo=https%3A%2F%2Fgithub.com%2Fsomebody%2Fsomewhere&branch=release%2F1"
        "&urlpath=lab%2Ftree%2Fsomewhere%2Fnotebooks%2F04_padding.ipynb",
    }
    report = read(built / "book/errata.html").find("a", string=lambda t: t and "tracker" in t)
    assert report["href"] == "https://github.com/somebody/somewhere/issues"

"""The site builds without a warning, stands alone, and has every document."""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest
from documents import DOCUMENTS, ROOT, name_of, tokens

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("material") is None, reason="mkdocs-material is not installed: extra `docs`"
)

BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
_PROJECT = ("ARCHITECTURE", "CHANGELOG", "CONTRIBUTING", "SECURITY", "LAB")
ELSEWHERE = {name: f"project/{name.lower()}" for name in _PROJECT}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as `make docs` builds it."""
    out = tmp_path_factory.mktemp("site")
    built = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return out


def page_of(document: Path) -> str:
    """Where the site has a document."""
    name = name_of(document).removesuffix(".md")
    return f"{'index' if name == 'README' else ELSEWHERE.get(name, name.removeprefix('docs/'))}.html"


class Asked(HTMLParser):
    """What a browser fetches to show a page."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keeps addresses of scripts, styles, pictures and frames; a link to follow is none."""
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source") and values.get("src"):
            self.addresses.append(values["src"] or "")
        if tag == "link" and values.get("rel") != "canonical":
            self.addresses.append(values.get("href") or "")


def test_every_document_is_a_page(site: Path) -> None:
    assert len(DOCUMENTS) >= 20
    assert [page_of(path) for path in DOCUMENTS if not (site / page_of(path)).is_file()] == []


def test_a_browser_asks_no_other_host(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) >= 25
    for page in pages:
        asked = Asked()
        asked.feed(page.read_text(encoding="utf8"))
        assert asked.addresses
        assert [a for a in asked.addresses if re.match(r"(https?:)?//", a)] == []
    styles = list(site.rglob("*.css"))
    assert styles
    for style in styles:
        assert not re.search(r"(url\(|@import)\s*[\"']?(https?:)?//", style.read_text(encoding="utf8"))


@pytest.mark.skipif(not BROWSER, reason="needs Chromium (apt-get install chromium)")
def test_the_search_finds_a_setting_in_a_page_opened_as_a_file(site: Path, tmp_path: Path) -> None:
    asked = f"{(site / 'index.html').as_uri()}?q=candidates_per_label"
    options = [*QUIET.split(), f"--user-data-dir={tmp_path}", "--virtual-time-budget=20000", "--dump-dom"]
    page = subprocess.run([str(BROWSER), *options, asked], capture_output=True, text=True, timeout=120).stdout
    assert re.search(r"search-result__meta[^<]*>\d+ matching documents", page)
    assert "reference/study.html" in page


def test_a_list_and_a_table_are_one_here_as_on_the_forge(site: Path) -> None:
    wrong = []
    for document in DOCUMENTS:
        text = (site / page_of(document)).read_text(encoding="utf8")
        article = text.partition("<article")[2].partition("</article")[0]
        for kind, tag in (("list_item_open", "<li"), ("tr_open", "<tr"), ("blockquote_open", "<blockquote")):
            n_there = sum(token.type == kind for token in tokens(document))
            if article.count(f"{tag}>") != n_there:
                wrong.append(f"{name_of(document)}: {n_there} {tag}> on the forge, {article.count(tag)} here")
    assert wrong == [], "leave an empty line before a list"


def test_no_link_of_the_repository_is_left(site: Path) -> None:
    for document in DOCUMENTS:
        assert not re.search(r'href="[^":]*\.md[#"]', (site / page_of(document)).read_text(encoding="utf8"))

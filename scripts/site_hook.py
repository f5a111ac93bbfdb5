"""Adds to MkDocs what mkdocs.yml cannot: pages generated from the code, and pages from outside docs/.

The documents in the repository's root are pages of the site too, README first; so are the list of decisions
and every file that a document links to. Links are written for the repository, where they must work as well,
and are converted here for the site.
"""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

from reference import PAGES
from reference.tables import WIDE

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"

#: Documents in the root, and their places on the site.
ROOT_DOCUMENTS = {
    "README.md": "index.md",
    "ARCHITECTURE.md": "project/architecture.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "SECURITY.md": "project/security.md",
    "LAB.md": "project/lab.md",
    "CHANGELOG.md": "project/changelog.md",
}
DECISIONS = "decisions/index.md"
#: Links in documents that are meant for the forge, and the site's page for each.
FOLDERS_AND_SOURCES = {
    "docs/decisions": DECISIONS,
    "src/scotoma/report/files.py": "reference/results.md",
    **{page.source: place for place, page in PAGES.items()},
}
_LINK = re.compile(r"(?<=\]\()([^()\s#:]+)(?=[#)])")


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Adds every document of docs/ that mkdocs.yml does not mention to How-to."""
    assert config.nav is not None
    placed = str(config.nav)
    (how_to,) = (section["How-to"] for section in config.nav if "How-to" in section)
    how_to += [path.name for path in sorted(DOCS.glob("*.md")) if f"'{path.name}'" not in placed]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are not in docs/."""
    pages = {place: page.write() for place, page in PAGES.items()}
    pages |= {place: _read(ROOT / path) for path, place in ROOT_DOCUMENTS.items()}
    pages["index.md"] = WIDE + pages["index.md"]
    pages[DECISIONS] = _decisions()
    pages |= {_place(path): _shown(path) for path in _linked_files()}
    for place, content in pages.items():
        files.append(File.generated(config, place, content=content))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Converts links in the repository to links on the site."""
    here = page.file.src_uri
    origin = _origin(here)
    if origin is None:
        return markdown

    def turned(link: re.Match[str]) -> str:
        place = _place(_target(origin, link[1]))
        return posixpath.relpath(place, posixpath.dirname(here) or ".")

    return _LINK.sub(turned, markdown)


def _origin(place: str) -> str | None:
    """The repository's document for a page of the site; None if the page is generated."""
    for path, at in ROOT_DOCUMENTS.items():
        if at == place:
            return path
    return f"docs/{place}" if (DOCS / place).is_file() else None


def _target(origin: str, link: str) -> str:
    """The file in the repository that a document links to."""
    return posixpath.normpath(posixpath.join(posixpath.dirname(origin), link))


def _place(path: str) -> str:
    """The place on the site of a file in the repository."""
    if path in ROOT_DOCUMENTS:
        return ROOT_DOCUMENTS[path]
    if path in FOLDERS_AND_SOURCES:
        return FOLDERS_AND_SOURCES[path]
    within = path.removeprefix("docs/")
    return within if within != path and (DOCS / within).is_file() else f"source/{path}.md"


def _linked_files() -> set[str]:
    """Files in the repository that documents link to and that are not documents themselves."""
    documents = [*ROOT_DOCUMENTS, *(path.relative_to(ROOT).as_posix() for path in DOCS.rglob("*.md"))]
    targets = {_target(path, link) for path in documents for link in _LINK.findall(_read(ROOT / path))}
    return {path for path in targets if _place(path).startswith("source/") and (ROOT / path).is_file()}


def _shown(path: str) -> str:
    language = "python" if path.endswith(".py") else "text"
    return f"{WIDE}# `{path}`\n\n````{language}\n{_read(ROOT / path).rstrip()}\n````\n"


def _decisions() -> str:
    lines = []
    for path in sorted((DOCS / "decisions").glob("*.md")):
        title = re.sub(r"^# (\d+\. )?", "", _read(path).partition("\n")[0])
        lines.append(f"- {path.name[:3]} [{title}]({path.name})")
    return (
        "# Decisions\n\nChoices that a reader may question, half a page each.\n\n" + "\n".join(lines) + "\n"
    )


def _read(path: Path) -> str:
    return path.read_text(encoding="utf8")

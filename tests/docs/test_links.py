"""Every link of the documents leads somewhere."""

from documents import DOCUMENTS, links, name_of


def test_every_link_within_the_repository_leads_to_a_file() -> None:
    found = [(path, link.partition("#")[0]) for path in DOCUMENTS for link in links(path)]
    inner = [(path, link) for path, link in found if link and ":" not in link]
    assert len(inner) >= 40
    assert [f"{name_of(path)}: {link}" for path, link in inner if not (path.parent / link).exists()] == []

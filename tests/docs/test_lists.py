"""The site reads lists and tables as the forge does only if an empty line or a heading stands before them."""

from documents import DOCUMENTS, name_of, tokens


def test_an_empty_line_or_a_heading_stands_before_every_list_and_table() -> None:
    wrong, n = [], 0
    for document in DOCUMENTS:
        lines = ["", *document.read_text(encoding="utf8").splitlines()]
        for token in tokens(document):
            if token.type in ("bullet_list_open", "ordered_list_open", "table_open") and not token.level:
                assert token.map is not None
                n += 1
                above = lines[token.map[0]]
                if above.strip() and not above.startswith("#"):
                    wrong.append(f"{name_of(document)}:{token.map[0] + 1}")
    assert n > 100
    assert wrong == []

"""Examples at once and one by one are the same, and so is what is said of them."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as some

from scotoma.audits import files
from scotoma.basics.errors import ScotomaError
from scotoma.tasks import MNLI
from scotoma.tasks.reading.sources import RowSource

HEADERS = some.sampled_from(
    [
        "premise\thypothesis\tlabel",
        "sentence1\thypothesis\tgold_label\tid",
        "label\tpremise\thypothesis\ttemplate",
    ]
)
CELLS = some.sampled_from(
    [
        "entailment",
        "neutral",
        "contradiction",
        "Neutral.",
        "-",
        "0",
        "1",
        "2",
        "a man",
        " ",
        "\x1c",
        "é",
        '"no"',
        "",
    ]
)


def outcome(path: Path, labels: Mapping[str, str], *, at_once: bool) -> tuple[object, ...]:
    """What reading the file as data and as a test set gives, or says."""
    found: list[object] = []
    for read in (
        lambda: files._read(path, MNLI, {}, labels, schema_first=True),
        lambda: files._texts(path, MNLI.fields, {}),
    ):
        try:
            if at_once:
                one = read()
            else:
                with patch.object(RowSource, "frame", lambda *_: None):
                    one = read()
        except ScotomaError as error:
            found.append(str(error))
            continue
        table = getattr(one, "table", one)
        found.append((table.to_dicts(), table.schema))
        found.append(
            [getattr(one, name, None) for name in ("other_labels", "without_gold", "notes", "codes")]
        )
    return tuple(found)


@given(HEADERS, some.lists(some.lists(CELLS, min_size=4, max_size=4), min_size=1, max_size=5), some.data())
def test_a_file_at_once_gives_what_it_gives_one_by_one(
    header: str, rows: list[list[str]], data: some.DataObject
) -> None:
    labels = data.draw(some.sampled_from([{}, {"1": "neutral"}]))
    names = header.split("\t")
    label = next(place for place, name in enumerate(names) if "label" in name)
    for number, row in enumerate(rows):
        if data.draw(some.booleans()):
            # As good rows are, so that many files are sound.
            row[:] = [f"text {number}"] * 4
            row[label] = data.draw(some.sampled_from(["entailment", "neutral", "contradiction", "-"]))
    text = "".join("\t".join(row[: len(names)]) + "\n" for row in rows)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "some.tsv"
        path.write_text(f"{header}\n{text}", encoding="utf8", newline="")
        assert outcome(path, labels, at_once=True) == outcome(path, labels, at_once=False)


@pytest.mark.parametrize("piece", [40, 64, 1000])
def test_a_file_in_pieces_is_the_file(tmp_path: Path, piece: int) -> None:
    path = tmp_path / "some.tsv"
    rows = [f"a man {n}\tthe man \ufeff {n}\tentailment\n" for n in range(20)]
    path.write_text("premise\thypothesis\tlabel\n" + "".join(rows), encoding="utf8")
    with patch("scotoma.tasks.reading.frames._PIECE", piece):
        at_once = outcome(path, {}, at_once=True)
    assert at_once == outcome(path, {}, at_once=False)

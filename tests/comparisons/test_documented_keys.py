"""docs/predictions.md names every key of the two records, and every measure."""

from pathlib import Path

from documented_keys import DOCS, keys, undocumented
from prediction_files import replicates
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files, score_file
from scotoma.comparisons.files.raw import ALIASES, COLUMNS
from scotoma.measures import CLAIMABLE

PAGE = "predictions.md"


def test_every_key_is_documented(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.8] * 3), replicates(tmp_path / "b", [0.5] * 3, start=9)
    pair = compare_files(before / "r0.parquet", after / "r0.parquet", blindspot=HANS).record()
    several = compare_files(before, after, blindspot=HANS).record()
    found = keys(pair) | keys(several) | keys(score_file(before / "r0.parquet", blindspot=HANS).record())
    assert len(found) > 60
    assert undocumented(found, PAGE) == []


def test_every_column_and_measure_is_documented() -> None:
    page = (DOCS / PAGE).read_text(encoding="utf8")
    names = {*COLUMNS, *CLAIMABLE, *(name for names in ALIASES.values() for name in names)}
    assert [name for name in sorted(names) if f"`{name}`" not in page] == []

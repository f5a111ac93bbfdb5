"""Two checkpoints judged by their rows, for continuous integration."""

import json
from pathlib import Path

import pytest

from command_line import scotoma
from prediction_files import replicates, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import Comparison, compare_files


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """300 rows of each label, right in about .8 of them before and in .5 after."""
    return tuple(  # type: ignore[return-value]
        write(rows(20, right=right, seed=seed), tmp_path / f"{seed}.csv")
        for seed, right in ((0, 0.8), (1, 0.5))
    )


def word(found: Comparison) -> str:
    (gate,) = found.gates
    return gate.word


def test_it_fell_held_or_is_open_by_where_the_interval_over_rows_lies(two: tuple[Path, Path]) -> None:
    before, after = two
    compared = {
        drop: compare_files(before, after, blindspot=HANS, max_drop=drop) for drop in (0.02, 0.2, 0.6)
    }
    assert [word(found) for found in compared.values()] == ["FELL", "OPEN", "HELD"]
    gate = compared[0.02].gates[0]
    flips = next(one.counts for one in compared[0.02].flips if one.counts.cell == gate.cell)
    assert (gate.lost, gate.gained, gate.change.value) == (flips.lost, flips.gained, flips.net)
    assert "a larger fall than the .020 allowed. This says nothing about the recipes" in gate.sentence
    assert word(compare_files(after, before, blindspot=HANS, max_drop=0.02)) == "HELD"


def test_cells_are_judged_together(two: tuple[Path, Path]) -> None:
    cells = ("all/non-entailment", "subsequence/non-entailment")
    found = compare_files(*two, blindspot=HANS, cells=cells, max_drop=0.02)
    assert [gate.cell for gate in found.gates] == list(cells)
    assert {gate.change.level for gate in found.gates} == {0.95}


def test_without_it_nothing_is_judged_by_rows(two: tuple[Path, Path]) -> None:
    assert compare_files(*two, blindspot=HANS).gates == ()


def test_what_it_cannot_judge_is_refused(two: tuple[Path, Path], tmp_path: Path) -> None:
    with pytest.raises(ScotomaError, match="--max-drop judges accuracy, not d_prime"):
        compare_files(*two, blindspot=HANS, measure="d_prime", max_drop=0.02)
    with pytest.raises(ScotomaError, match="--max-drop must lie between 0 and 1; got 2"):
        compare_files(*two, blindspot=HANS, max_drop=2)
    sides = [replicates(tmp_path / name, [0.8, 0.8, 0.8]) for name in ("old", "new")]
    with pytest.raises(ScotomaError, match="one pair of checkpoints by their rows; there are 3 replicates"):
        compare_files(*sides, blindspot=HANS, max_drop=0.02)


def test_the_exit_code_goes_by_the_word_where_it_is_to(two: tuple[Path, Path], tmp_path: Path) -> None:
    def ends(*options: str) -> int:
        files = [str(path) for path in two]
        return scotoma("compare", *files, "--blindspot", "hans", *options, cwd=tmp_path).returncode

    assert ends("--max-drop", ".02") == 0
    assert [ends("--max-drop", drop, "--strict") for drop in (".02", ".2", ".6")] == [1, 3, 0]
    assert ends("--strict") == 3  # one replicate gives no verdict


def test_replicates_go_by_their_verdict(tmp_path: Path) -> None:
    good, poor = [0.80, 0.82, 0.79, 0.81, 0.80], [0.50, 0.53, 0.47, 0.52, 0.50]
    before, after = replicates(tmp_path / "a", good), replicates(tmp_path / "b", poor, start=50)
    for sides, code in (((before, after), 1), ((after, before), 0)):
        ended = scotoma(
            "compare", *map(str, sides), "--blindspot", "hans", "--strict", "--json", cwd=tmp_path
        )
        assert ended.returncode == code
        assert json.loads(ended.stdout)["gates"] == []

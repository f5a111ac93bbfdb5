"""What a terminal shows of scores and comparisons."""

import io
from pathlib import Path

import polars as pl
import pytest
from rich.console import Console, RenderableType

from prediction_files import LOGS, answers, replicates, write
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files, render_comparison, render_score, score_file


def shown(parts: list[RenderableType], width: int = 80) -> str:
    out = io.StringIO()
    Console(file=out, width=width).print(*parts, sep="\n", crop=False)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
def test_a_score_fits_the_terminal_and_shows_both_sides_of_every_heuristic(width: int) -> None:
    text = shown(render_score(score_file(LOGS / "samples_hans_choice.jsonl", blindspot=HANS)), width)
    assert max(map(len, text.splitlines())) <= width
    for word in ("lexical_overlap", "non-entailment", "Wilson", "log-linear", "AUC", "log-odds", "Subcases"):
        assert word in text
    assert "No d' in subsequence: no rows of the target kind." in text


def test_without_probabilities_the_columns_that_need_them_are_left_out(tmp_path: Path) -> None:
    found = score_file(answers([True, False], tmp_path / "a.csv"), blindspot=HANS)
    text = shown(render_score(found))
    assert "no AUC, no log-odds and no" in text
    assert "log-odds: mean log odds" not in text


def test_a_comparison_says_its_verdict_first_and_fits_80_columns(tmp_path: Path) -> None:
    before = replicates(tmp_path / "a", [0.8, 0.82, 0.79] * 3)
    after = replicates(tmp_path / "b", [0.4, 0.42, 0.38] * 3, start=50)
    text = shown(render_comparison(compare_files(before, after, blindspot=HANS)))
    assert text.startswith("WORSE: accuracy on hans all/non-entailment moved from")
    (signature,) = [line for line in text.splitlines() if line.startswith("scotoma|claim:after-before|")]
    assert "|verdict:WORSE|" in signature
    assert max(len(line) for line in text.splitlines() if line != signature) <= 80
    for word in ("Multi-Bootstrap", "by template", "negative flips", "churn", "r2", "--json"):
        assert word in text


def test_notes_name_their_file_and_many_are_counted(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.8] * 4), replicates(tmp_path / "b", [0.5] * 4, start=9)
    for path in after.iterdir():
        write(pl.read_parquet(path).with_columns(predicted=pl.lit("entailment")), path)
    for path in (*before.iterdir(), *after.iterdir()):
        write(pl.read_parquet(path).drop("heuristic", "subcase", "template"), path)
    found = compare_files(before, after, blindspot=HANS)
    assert found.notes[0] == "600 of 600 rows name no heuristic: they count under all only."
    assert len(found.notes) == 5
    assert all(note.startswith(f"{after}/r{n}.parquet: In ") for n, note in enumerate(found.notes[1:]))
    assert "1 more note on the files: see --json." in shown(render_comparison(found))


def test_parts_are_one_empty_line_apart_with_notes_and_without(tmp_path: Path) -> None:
    before, after = replicates(tmp_path / "a", [0.8] * 3), replicates(tmp_path / "b", [0.5] * 3, start=9)
    for n_notes in (0, 1):
        found = compare_files(before, after, blindspot=HANS)
        assert len(found.notes) == n_notes
        text = "\n".join(line.rstrip() for line in shown(render_comparison(found)).splitlines())
        assert "\n\n\n" not in text
        assert "\n\nChange of each claim" in text
        (after / "r2.parquet").write_bytes((after / "r0.parquet").read_bytes())


def test_text_from_files_is_not_markup(tmp_path: Path) -> None:
    before, after = (answers([True, False], tmp_path / side / "[bold]r0[x].csv") for side in ("a", "b"))
    assert "[bold]r0[x]" in shown(render_comparison(compare_files(before, after, blindspot=HANS)), 200)

"""Blind spots of a study's own: their labels, heuristics, predicates and codes, scored and compared."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from prediction_files import lines, write
from scotoma.api.named import blindspot_named
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS, PAWS, BlindSpot
from scotoma.comparisons import compare_files, read_predictions, score_file
from scotoma.study.settings.sources import Source
from tiny_study import REST

SURELY = BlindSpot.model_validate(
    {
        "name": "surely",
        "title": "Surely",
        "heuristics": {"surely": "What is sure is good.", "perhaps": "What is likely is good."},
        "select": {"surely": {"regex": "^Surely"}, "perhaps": {"words": ["perhaps"]}},
        "label_map": {"bad": "bad", "fair": "bad", "good": "good"},
        "target": "good",
        "source": Source(
            file="a.tsv", columns={"text": "news", "label": "stars"}, labels={"5": "good", "1": "bad"}
        ),
    }
)
TEXTS = ["Surely he slept .", "Perhaps she called .", "They ran .", "Surely it rained , perhaps ."]


def rows_of_news(path: Path) -> Path:
    made = [
        {"id": n, "news": text, "stars": 5 if n % 2 else 1, "predicted": "fair" if n else "good"}
        for n, text in enumerate(TEXTS)
    ]
    return lines(made, path)


def test_predicates_labels_codes_and_columns_of_an_own_blind_spot_are_its_data_files(tmp_path: Path) -> None:
    found = read_predictions(rows_of_news(tmp_path / "a.jsonl"), SURELY, fields=("text",))
    assert found.table.select("id", "gold", "predicted", "heuristic").rows() == [
        ("0", "bad", "good", "surely"),
        ("1", "good", "fair", "perhaps"),
        ("3", "good", "fair", "surely"),
    ]
    assert found.notes == (
        "Gold labels: 1 is read as bad (2), 5 is read as good (2), as in the data of surely. If these are "
        "other codes, give --gold-labels.",
        "Heuristics are those whose predicates of blind spot surely hold; on 1 of 4 rows none does, and they "
        "are left out.",
    )


def test_gold_numbers_that_are_labels_of_the_task_count_as_the_label_map_says(tmp_path: Path) -> None:
    stars = SURELY.model_copy(
        update={"label_map": {"1": "good", "0": "bad"}, "select": {}, "source": Source(file="a.tsv")}
    )
    made = [{"id": n, "gold": n, "predicted": n, "heuristic": "surely"} for n in (0, 1)]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), stars, fields=("text",))
    assert found.table.select("gold", "predicted").rows() == [("bad", "0"), ("good", "1")]
    score = score_file(tmp_path / "a.jsonl", blindspot=stars)
    assert [cell.accuracy for cell in score.cells] == [1.0] * 4


def test_a_heuristic_that_rows_name_themselves_stands(tmp_path: Path) -> None:
    made = [
        {"id": n, "text": "x", "gold": label, "predicted": "good", "heuristic": "perhaps"}
        for n, label in enumerate(("good", "bad"))
    ]
    table = read_predictions(lines(made, tmp_path / "a.jsonl"), SURELY, fields=("text",)).table
    assert table["heuristic"].to_list() == ["perhaps"] * 2


def test_without_texts_rows_count_under_all(tmp_path: Path) -> None:
    made = [{"id": n, "gold": label, "predicted": "good"} for n, label in enumerate(("good", "bad"))]
    found = read_predictions(lines(made, tmp_path / "a.jsonl"), SURELY, fields=("text",))
    assert found.notes == ("2 of 2 rows name no heuristic: they count under all only.",)


def test_rows_on_which_no_predicate_holds_are_refused(tmp_path: Path) -> None:
    made = [
        {"id": n, "text": "x", "gold": label, "predicted": "good"} for n, label in enumerate(("good", "bad"))
    ]
    with pytest.raises(ScotomaError, match="of 2 rows, none obeys a predicate of blind spot 'surely'"):
        read_predictions(lines(made, tmp_path / "a.jsonl"), SURELY, fields=("text",))


def test_every_row_of_a_blind_spot_with_one_heuristic_for_all_has_it(tmp_path: Path) -> None:
    made = [{"id": n, "gold": n, "predicted": "duplicate"} for n in (0, 1)]
    (_, heuristic) = score_file(lines(made, tmp_path / "a.jsonl"), blindspot=PAWS).heuristics
    assert heuristic.heuristic == "word_overlap"


@pytest.mark.parametrize(("column", "target"), [("p_entailment", True), ("p_non-entailment", False)])
def test_one_column_of_probabilities_is_enough(tmp_path: Path, column: str, *, target: bool) -> None:
    draw = np.random.default_rng(1)
    share = draw.random(40)
    table = pl.DataFrame(
        {
            "id": [f"r{n}" for n in range(40)],
            "gold": ["entailment", "non-entailment"] * 20,
            "predicted": "neutral",
        }
    )
    both = table.with_columns(pl.Series("p_entailment", share), pl.Series("p_non-entailment", 1 - share))
    one = table.with_columns(pl.Series(column, share if target else 1 - share))
    whole = read_predictions(write(both, tmp_path / "a.csv"), HANS)
    found = read_predictions(write(one, tmp_path / "b.csv"), HANS)
    for name in ("p_entailment", "p_non-entailment"):
        assert found.table[name].to_list() == pytest.approx(whole.table[name].to_list())
    other = {"p_entailment": "p_non-entailment", "p_non-entailment": "p_entailment"}[column]
    assert f"{other} is taken as 1 - {column}." in found.notes


@pytest.mark.parametrize(
    ("value", "message"), [(1.01, "not a probability: p_entailment 1.01"), ("x", "not a number")]
)
def test_a_single_column_that_holds_no_probability_is_refused(
    tmp_path: Path, value: object, message: str
) -> None:
    made = [{"id": 0, "gold": "entailment", "predicted": "neutral", "p_entailment": value}]
    with pytest.raises(ScotomaError, match=message):
        read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)


def test_a_single_column_of_a_merged_label_is_not_enough(tmp_path: Path) -> None:
    made = [{"id": 0, "gold": "entailment", "predicted": "neutral", "p_neutral": 0.5}]
    with pytest.raises(ScotomaError, match="there is p_neutral, but no p_entailment, p_contradiction"):
        read_predictions(lines(made, tmp_path / "a.jsonl"), HANS)


def test_a_single_column_that_may_be_of_one_label_or_of_several_merged_is_not_enough(tmp_path: Path) -> None:
    label_map = {"entailment": "entailment", "neutral": "entailment", "contradiction": "contradiction"}
    spot = HANS.model_copy(update={"name": "merged", "label_map": label_map})
    made = [{"id": 0, "gold": "entailment", "predicted": "neutral", "p_entailment": 0.4}]
    with pytest.raises(ScotomaError, match=r"there is p_entailment, but no p_neutral, p_contradiction"):
        read_predictions(lines(made, tmp_path / "a.jsonl"), spot)
    made = [{"id": 0, "gold": "entailment", "predicted": "neutral", "p_contradiction": 0.4}]
    found = read_predictions(lines(made, tmp_path / "b.jsonl"), spot)
    assert found.table["p_entailment"].to_list() == pytest.approx([0.6])


def test_published_ids_give_gold_labels_only_where_the_blind_spots_labels_tell_entailment(
    tmp_path: Path,
) -> None:
    made = [{"id": f"ex{n}", "predicted": "neutral"} for n in (0, 500)]
    path = lines(made, tmp_path / "a.jsonl")
    lacking = HANS.model_copy(update={"target": "non-entailment"})
    assert set(read_predictions(path, lacking, partial=True).table["gold"]) == {"non-entailment"}
    merged = {"entailment": "yes", "neutral": "yes", "contradiction": "no"}
    with pytest.raises(ScotomaError, match="no gold label for id 'ex0'"):
        read_predictions(path, HANS.model_copy(update={"label_map": merged, "target": "no"}), partial=True)


def test_files_without_a_partner_hear_when_pairing_is_right(tmp_path: Path) -> None:
    for name in ("before/a", "before/b", "after/a", "after/c", "after/d"):
        rows_of_news(tmp_path / f"{name.replace('/', '-')}.jsonl")
        (tmp_path / name).parent.mkdir(exist_ok=True)
        rows_of_news(tmp_path / f"{name}.jsonl")
    with pytest.raises(
        ScotomaError,
        match=r"of 2 files before and 3 after, 3 have no partner.*if the two runs share.*no unpaired",
    ):
        compare_files(tmp_path / "before", tmp_path / "after", blindspot=SURELY)


_HEAD = """
task: microworld
blindspots:
  - name: mine
    title: rows of mine
    heuristics: {negation: What is denied does not follow.}
    select: {negation: negation}
    label_map: {neutral: "no", contradiction: "no", entailment: "yes"}
    target: "yes"
    source: mine.tsv
MORE
"""
STUDY = _HEAD + REST


@pytest.fixture
def study(tmp_path: Path) -> Path:
    (tmp_path / "mine.tsv").write_text("premise\thypothesis\tlabel\nA .\tNot A .\tentailment\n")
    (tmp_path / "mine.yaml").write_text(STUDY.replace("MORE", ""))
    return tmp_path / "mine.yaml"


def test_a_studys_blind_spot_is_found_by_its_file_and_name(study: Path) -> None:
    for name in (str(study), f"{study}:mine"):
        spot, fields = blindspot_named(name)
        assert (spot.name, fields) == ("mine", ("premise", "hypothesis"))
        # Codes follow the order of the task's labels, not that of the label map.
        assert list(spot.label_map) == ["entailment", "neutral", "contradiction"]
    with pytest.raises(ScotomaError, match=r"blind spot 'mime' is not known.*Did you mean 'mine'"):
        blindspot_named(f"{study}:mime")


def test_of_several_blind_spots_one_must_be_named(study: Path) -> None:
    study.write_text(
        STUDY.replace("MORE", "  - {name: microworld, source: {microworld: {part: blindspot, n: 1}}}")
    )
    with pytest.raises(ScotomaError, match=r"has 2 blind spots: mine, microworld.*as in .*mine\.yaml:mine"):
        blindspot_named(str(study))
    assert blindspot_named(f"{study}:microworld")[0].name == "microworld"


def test_a_bundled_study_and_a_known_blind_spot_are_found_by_name() -> None:
    assert blindspot_named("hans") == (HANS, ("premise", "hypothesis"))
    spot, fields = blindspot_named("sentiment")
    assert (spot.name, fields) == ("microworld_marker", ("text",))


@pytest.mark.parametrize("name", ["hanz", "no.yaml", "no.yaml:mine", ":", "hans:hans"])
def test_a_name_that_nothing_has_is_refused(name: str) -> None:
    with pytest.raises(ScotomaError, match=r"blind spot '.*' is not known.*Or name a study file"):
        blindspot_named(name)


def test_a_studys_blind_spot_is_scored(study: Path, tmp_path: Path) -> None:
    spot, fields = blindspot_named(str(study))
    made = [
        {"id": n, "premise": "He ran .", "hypothesis": text, "gold": n % 2, "predicted": "entailment"}
        for n, text in enumerate(["He did not run .", "Nobody ran .", "He ran ."])
    ]
    found = score_file(lines(made, tmp_path / "a.jsonl"), blindspot=spot, fields=fields)
    assert {(cell.heuristic, cell.label, cell.n, cell.accuracy) for cell in found.cells} == {
        ("all", "yes", 1, 1.0),
        ("all", "no", 1, 0.0),
        ("negation", "yes", 1, 1.0),
        ("negation", "no", 1, 0.0),
    }

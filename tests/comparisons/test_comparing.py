"""Two sides compared: claims, verdicts, flips, intervals."""

import json
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from scipy import stats

from prediction_files import answers, replicates, rows, write
from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import HANS
from scotoma.comparisons import Comparison, compare_files, score_file
from scotoma.statistics.equivalence import DeclaredClaim, judge_together

WORSE = ([0.80, 0.82, 0.79, 0.81, 0.80], [0.50, 0.53, 0.47, 0.52, 0.50])


def sides(folder: Path, before: list[float], after: list[float]) -> tuple[Path, Path]:
    return replicates(folder / "before", before), replicates(folder / "after", after, start=50)


@pytest.fixture(scope="module")
def worse(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    return compare_files(*sides(tmp_path_factory.mktemp("worse"), *WORSE), blindspot=HANS)


def test_the_usual_claim_is_accuracy_on_the_rows_that_defy_the_shortcut(worse: Comparison) -> None:
    (finding,) = worse.findings
    claim = finding.claim
    assert (claim.cell, claim.measure, claim.margin, claim.alpha) == (
        "all/non-entailment",
        "accuracy",
        0.05,
        0.05,
    )
    assert worse.replicates == ("r0", "r1", "r2", "r3", "r4")
    assert finding.word == "WORSE"
    assert finding.sentence.startswith("accuracy on hans all/non-entailment moved from .")
    assert re.search(r"margin: it is at least \.\d+ \(90 % interval, which decides\)\.", finding.sentence)
    assert "such a verdict would be given at most 5 times in 100, as long as the" in finding.sentence
    assert "If one seed in ten behaved differently, 5 replicates would include none" in finding.sentence


def test_the_interval_is_that_of_paired_differences_of_the_scores(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    found = compare_files(before, after, blindspot=HANS).findings[0]
    moves = []
    for number in range(5):
        scores = [score_file(side / f"r{number}.parquet", blindspot=HANS) for side in (before, after)]
        first, second = (score.cells[1].accuracy for score in scores)
        assert first is not None
        assert second is not None
        moves.append(second - first)
    expected = stats.ttest_1samp(moves, 0).confidence_interval(0.95)
    assert found.interval.mean == pytest.approx(np.mean(moves))
    assert (found.interval.low, found.interval.high) == pytest.approx((expected.low, expected.high))
    assert found.judged == judge_together([DeclaredClaim(moves, 0.05, 0.05)])[0]
    low, high = found.record()["verdict_interval"]
    students = stats.ttest_1samp(moves, 0).confidence_interval(0.9)
    assert low <= students.low + 1e-12
    assert high >= students.high - 1e-12


def test_the_other_direction_is_better(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(after, before, blindspot=HANS).findings
    assert finding.word == "BETTER"


def test_the_same_models_are_equivalent_only_if_they_vary(tmp_path: Path) -> None:
    before, _ = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, before, blindspot=HANS).findings
    assert finding.word == "NO VERDICT"
    assert "No verdict: both sides answer every row alike in every replicate" in finding.sentence


def test_higher_log_odds_where_the_target_is_wrong_is_worse(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, measure="log_odds", margin=0.1).findings
    assert finding.interval.mean is not None
    assert finding.interval.mean > 0
    assert finding.higher_is_worse
    assert finding.word == "WORSE"
    assert "higher is worse here" in finding.sentence
    cell = "subcase:ln_passive"
    (subcase,) = compare_files(before, after, blindspot=HANS, cells=[cell], measure="log_odds").findings
    assert subcase.higher_is_worse


def test_a_lean_has_an_interval_and_no_verdict(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, measure="criterion").findings
    assert finding.claim.cell == "all"
    assert finding.word == "NO VERDICT"
    assert finding.interval.low is not None
    assert "criterion is neither good nor bad in all" in finding.sentence


def test_false_alarms_are_worse_when_there_are_more(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, measure="false_alarm_rate").findings
    assert (finding.word, finding.higher_is_worse) == ("WORSE", True)


@pytest.mark.parametrize(
    ("measure", "higher_is_worse"),
    [("worst_group_accuracy", False), ("macro_f1", False), ("calibration_error", True)],
)
def test_what_weighs_all_groups_alike_is_judged_over_all_rows(
    tmp_path: Path, measure: str, higher_is_worse: bool
) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, measure=measure).findings
    assert (finding.claim.cell, finding.higher_is_worse) == ("all", higher_is_worse)
    assert finding.word == "WORSE"
    with pytest.raises(ScotomaError, match=f"{measure} is not measured in all/entailment.*measured in all,"):
        compare_files(before, after, blindspot=HANS, measure=measure, cells=["all/entailment"])


def test_two_replicates_have_no_verdict_and_say_why(tmp_path: Path) -> None:
    before, after = sides(tmp_path, WORSE[0][:2], WORSE[1][:2])
    (finding,) = compare_files(before, after, blindspot=HANS).findings
    record = finding.record()
    assert record["verdict"] is None
    assert record["reason"] == "2 of at least 3 replicates"
    assert record["multi_bootstrap"]["reason"] == "2 of at least 3 replicates"
    assert record["mcnemar"] is None


def test_sides_that_answer_alike_are_told_so_before_anything_else(tmp_path: Path) -> None:
    for number in range(4):
        answers([n % (number + 2) > 0 for n in range(60)], tmp_path / "a" / f"r{number}.csv")
    folder = tmp_path / "a"
    (finding,) = compare_files(folder, folder, blindspot=HANS).findings
    told = "both sides answer every row alike in every replicate, as one model given twice does"
    assert finding.reason == finding.record()["reason"] == finding.resampled.reason == told
    assert f"No verdict: {told}." in finding.sentence
    other = tmp_path / "b"
    for number in range(4):  # the same accuracy, of other rows
        answers([n % (number + 2) > 0 for n in reversed(range(60))], other / f"r{number}.csv")
    (finding,) = compare_files(folder, other, blindspot=HANS).findings
    assert finding.reason.startswith("all 4 differences are the same")


def test_sides_that_differ_in_other_rows_alone_are_not_told_to_answer_alike(tmp_path: Path) -> None:
    for number in range(4):
        table = rows(seed=number).select("id", "gold", "predicted", "heuristic")
        write(table, tmp_path / "a" / f"r{number}.csv")
        is_entailed = pl.col("gold") == "entailment"
        said = pl.when(is_entailed).then(pl.lit("neutral")).otherwise("predicted")
        write(table.with_columns(predicted=said), tmp_path / "b" / f"r{number}.csv")
    (finding,) = compare_files(tmp_path / "a", tmp_path / "b", blindspot=HANS).findings
    assert finding.claim.cell == "all/non-entailment"
    assert finding.interval.mean == 0
    assert "every row" not in finding.reason
    assert finding.resampled is not None
    assert "every row" not in finding.resampled.reason


def test_a_single_pair_gets_mcnemars_exact_test_and_what_it_can_tell(tmp_path: Path) -> None:
    before = answers([True] * 9 + [False] * 11, tmp_path / "a.csv")
    after = answers([False] * 8 + [True] * 2 + [False] * 10, tmp_path / "b.csv")
    found = compare_files(before, after, blindspot=HANS)
    assert found.replicates == ("a, b",)
    (finding,) = found.findings
    assert finding.paired is not None
    assert (finding.paired.lost, finding.paired.gained) == (8, 1)
    assert finding.paired.p == pytest.approx(stats.binomtest(1, 9).pvalue)
    assert finding.word == "NO VERDICT"
    assert "8 turned from right to wrong and 1 from wrong to right" in finding.sentence
    assert "not whether their recipes do" in finding.sentence


def test_every_flip_keeps_its_id(tmp_path: Path) -> None:
    before = answers([True, True, False, False, True], tmp_path / "a.csv")
    after = answers([True, False, True, False, False], tmp_path / "b.csv")
    flips = compare_files(before, after, blindspot=HANS).flips
    assert [flip.counts.cell for flip in flips] == ["all/non-entailment", "subsequence/non-entailment"]
    for flip in flips:
        assert flip.lost_ids == ("row1", "row4")
        assert flip.gained_ids == ("row2",)
        record = flip.record()
        assert (record["negative_flip_rate"], record["churn"], record["net"]) == (0.4, 0.6, -0.2)


def test_flips_are_by_replicate_and_cell_and_add_up_to_the_change(worse: Comparison) -> None:
    cells = [f"{name}/{label}" for name in ("all", *HANS.heuristics) for label in HANS.labels]
    assert [(flip.replicate, flip.counts.cell) for flip in worse.flips] == [
        (f"r{number}", cell) for number in range(5) for cell in cells
    ]
    finding = worse.findings[0]
    for number in range(5):
        net = worse.flips[number * len(cells) + 1].counts.net
        assert net == pytest.approx(finding.after[number] - finding.before[number])


def test_a_word_that_holm_undid_is_said(tmp_path: Path) -> None:
    before, after = sides(tmp_path, [0.80, 0.80, 0.80, 0.80], [0.69, 0.74, 0.62, 0.70])
    alone = compare_files(before, after, blindspot=HANS, alpha=0.1).findings[0]
    assert alone.word == "WORSE"
    assert alone.judged is not None
    assert alone.judged.p is not None
    alpha = alone.judged.p * 1.01
    cells = ["all/non-entailment", "lexical_overlap/entailment"]
    first, _ = compare_files(before, after, blindspot=HANS, cells=cells, margin=0.05, alpha=alpha).findings
    assert first.word == "INCONCLUSIVE"
    assert "Alone it would be WORSE" in first.sentence
    assert "but not after Holm's correction for 2 claims" in first.sentence
    record = first.record()
    assert record["verdict_alone"] == "WORSE"
    assert record["p"] < alpha < record["p_adjusted"]


def test_a_claim_declared_twice_is_one_claim(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    cells = ["all/non-entailment", "all/non-entailment"]
    assert len(compare_files(before, after, blindspot=HANS, cells=cells).findings) == 1


def test_rows_are_resampled_by_template_else_subcase_else_row(tmp_path: Path) -> None:
    kinds = []
    for drop in ([], ["template"], ["template", "subcase"]):
        before, after = sides(tmp_path / "-".join(["kept", *drop]), *WORSE)
        for path in [*before.iterdir(), *after.iterdir()]:
            write(pl.read_parquet(path).drop(drop), path)
        (finding,) = compare_files(before, after, blindspot=HANS).findings
        resampled = finding.resampled
        assert resampled.low is not None
        assert resampled.high is not None
        assert finding.interval.mean is not None
        assert resampled.low < finding.interval.mean < resampled.high
        kinds.append(resampled.clusters)
    assert kinds == ["template", "subcase", "row"]


@pytest.mark.parametrize("measure", ["d_prime", "criterion", "hit_rate", "false_alarm_rate"])
def test_rows_are_resampled_for_what_the_answers_of_both_kinds_of_row_give(
    tmp_path: Path, measure: str
) -> None:
    is_harder = pl.col("template").str.ends_with("-1")
    before, after = tmp_path / "before", tmp_path / "after"
    for replicate in range(6):
        easy, hard = (rows(20, right=chance, seed=10 + replicate) for chance in (0.8, 0.3))
        write(rows(20, right=0.8, seed=replicate), before / f"r{replicate}.csv")
        write(pl.concat([easy.filter(~is_harder), hard.filter(is_harder)]), after / f"r{replicate}.csv")
    (finding,) = compare_files(before, after, blindspot=HANS, measure=measure).findings
    interval, resampled = finding.interval, finding.resampled
    assert resampled.clusters == "template"
    assert resampled.low < interval.mean < resampled.high
    assert resampled.high - resampled.low > 1.3 * (interval.high - interval.low)
    assert "With test rows resampled too" in finding.sentence


def test_the_same_seed_gives_the_same_resamples_and_another_seed_others(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    one, again, other = (
        compare_files(before, after, blindspot=HANS, seed=seed).findings[0].resampled for seed in (0, 0, 1)
    )
    assert one == again
    assert one.low != other.low


def test_resampling_says_why_it_does_not_apply(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, measure="auc").findings
    assert finding.resampled.reason == "test rows are not resampled for auc"
    for side in (before, after):
        write(rows(20, seed=9).with_columns(pl.format("other{}", "id").alias("id")), side / "r5.parquet")
    (finding,) = compare_files(before, after, blindspot=HANS).findings
    assert finding.resampled.reason == "the replicates were not tested on the same rows"


def test_an_interval_that_lets_rows_vary_too_is_never_narrower(tmp_path: Path) -> None:
    # Differences of .05, .15 and .20 of 300 rows: no resample of three lies outside -.20 and -.05.
    before, after = tmp_path / "before", tmp_path / "after"
    for number, lost in enumerate((15, 45, 60)):
        for side, n_right in ((before, 180), (after, 180 - lost)):
            side.mkdir(exist_ok=True)
            answers([n < n_right for n in range(300)], side / f"r{number}.csv")
    (finding,) = compare_files(before, after, blindspot=HANS).findings
    assert (finding.resampled.low, finding.resampled.high) == (None, None)
    assert (
        finding.resampled.reason
        == "the interval from resamples of 3 replicates is narrower than the t interval"
    )
    before, after = sides(tmp_path / "more", *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS).findings
    low, high = finding.interval.low, finding.interval.high
    assert finding.resampled.low is not None
    assert finding.resampled.high is not None
    assert low is not None
    assert high is not None
    assert finding.resampled.high - finding.resampled.low > high - low


def test_accuracy_on_its_floor_is_said(tmp_path: Path) -> None:
    before, after = sides(tmp_path, [0.0, 0.0, 0.01], [0.0, 0.01, 0.0])
    (finding,) = compare_files(before, after, blindspot=HANS).findings
    assert "before and after: accuracy below 5 %, near its floor, where it can hardly fall further: the " in (
        finding.sentence
    )
    assert re.search(
        r"the log-odds of the target label there moved by [+-][.0-9]+ \[.*\] nats", finding.sentence
    )


def test_the_order_of_rows_and_the_format_change_nothing(tmp_path: Path, worse: Comparison) -> None:
    before, after = sides(tmp_path, *WORSE)
    for path in list(after.iterdir()):
        shuffled = pl.read_parquet(path).sample(fraction=1, shuffle=True, seed=3)
        path.unlink()
        write(shuffled, path.with_suffix(".jsonl"))
    assert compare_files(before, after, blindspot=HANS).record() == worse.record()


def test_the_record_has_the_keys_that_others_rely_on_and_no_nan(worse: Comparison) -> None:
    record = json.loads(json.dumps(worse.record(), allow_nan=False))
    assert record["replicates"] == 5
    due = {"cell", "measure", "estimate", "low", "high", "level", "margin", "p_adjusted", "verdict"}
    assert record["claims"][0].keys() >= due
    assert record["claims"][0]["verdict"] == "WORSE"
    assert record["claims"][0]["multi_bootstrap"].keys() >= {"low", "high", "clusters"}
    assert record["flips"][0].keys() >= {"replicate", "cell", "negative_flip_rate", "churn", "lost_ids"}


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            {"cells": ["all/non-entailmant"]},
            "no cell 'all/non-entailmant'.*Did you mean 'all/non-entailment'",
        ),
        ({"cells": ["subcase:ln_pasive"]}, "no cell.*Did you mean 'subcase:ln_passive'"),
        ({"measure": "acuracy"}, "measure 'acuracy' is not known.*Did you mean 'accuracy'"),
        (
            {"measure": "auc", "cells": ["all/entailment"]},
            "auc is not measured in all/entailment.*measured in all,",
        ),
        ({"measure": "log_odds", "cells": ["all"]}, "log_odds is not measured in all"),
        ({"margin": 0.0}, "the margin must be above 0; got 0"),
        ({"margin": float("nan")}, "the margin must be above 0; got nan"),
        ({"margin": 5.0}, "accuracy lies within 0 to 1.*as large as a margin of 5.*5 points of .* are 0.05"),
        ({"alpha": 0.5}, "alpha must be above 0 and below .5; got 0.5"),
    ],
)
def test_a_claim_that_cannot_be_is_refused(tmp_path: Path, wrong: dict[str, object], message: str) -> None:
    path = write(rows(), tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match=message):
        compare_files(path, path, blindspot=HANS, **wrong)  # type: ignore[arg-type]


def test_a_claim_on_what_the_files_lack_is_refused(tmp_path: Path) -> None:
    path = answers([True, False], tmp_path / "a.csv")
    with pytest.raises(ScotomaError, match="no log_odds in all/non-entailment: the predictions have no prob"):
        compare_files(path, path, blindspot=HANS, measure="log_odds")
    with pytest.raises(ScotomaError, match="no d_prime in all: no rows of the target kind"):
        compare_files(path, path, blindspot=HANS, measure="d_prime")


def test_a_likely_change_is_said_where_its_size_is_not_settled(tmp_path: Path) -> None:
    before, after = sides(tmp_path, *WORSE)
    (finding,) = compare_files(before, after, blindspot=HANS, margin=0.3).findings
    assert finding.word == "INCONCLUSIVE"
    assert (
        "A change for the worse is likely, but these replicates cannot tell whether it is" in finding.sentence
    )
    assert "not evidence of no effect" in finding.sentence

"""Claims judged, and the sentences that say so."""

import polars as pl
import pytest

from measured import measured_table
from scotoma.blindspots import HANS
from scotoma.results.contrasts import contrasts
from scotoma.results.noise import SCHEMA as NOISE_SCHEMA
from scotoma.results.verdicts import Judgement, judge_claims
from scotoma.study.claims import Claim


def judged(
    synthetic: list[float],
    original: list[float],
    *,
    measure: str = "accuracy",
    cell: str = "all/non-entailment",
    contrast: str = "synthetic - original",
    margins: tuple[list[float], list[float]] | None = None,
) -> Judgement:
    """The one judgement on two arms whose values by replicate are given."""
    arms = {"synthetic-1500": synthetic, "original-1500": original}
    rows = [
        (r, "4000", arm, 1500, "hans", "all/non-entailment", measure, value, 100, "")
        for arm, values in arms.items()
        for r, value in enumerate(values)
    ]
    for arm, values in zip(arms, margins or ([], []), strict=True):
        rows += [
            (r, "4000", arm, 1500, "hans", "all/non-entailment", "margin", value, 100, "")
            for r, value in enumerate(values)
        ]
    table = measured_table(rows)
    claim = Claim.model_validate(
        {
            "blindspot": "hans",
            "cell": cell,
            "measure": measure,
            "contrast": contrast,
            "margin": 0.05,
            "alpha": 0.05,
        }
    )
    (found,) = judge_claims([claim], contrasts(table), table, NO_NOISE, [HANS])
    return found


def test_a_large_fall_is_worse_and_the_sentence_says_how_sure_one_may_be() -> None:
    found = judged([0.40, 0.41, 0.39, 0.40, 0.42], [0.6, 0.6, 0.6, 0.6, 0.6])
    assert found.word == "WORSE"
    assert found.sentence == (
        "synthetic-1500 against original-1500 from start 4000: accuracy on hans all/non-entailment moved "
        "from .600 to .404, by -.196 (95 % interval -.210 to -.182, 5 replicates, margin .050). The mean "
        "change for the worse is larger than the margin: it is at least .184 (90 % interval, which decides). "
        "5 of 5 replicates moved by more than the margin for the worse: at least 55 % of all seeds would "
        "(exact 95 % bound). If it were not so, this would be said at most 5 times in 100, as long as the "
        "differences between replicates are roughly normal. If one seed in ten behaved otherwise, 5 "
        "replicates would show none of these 59 times in 100."
    )


def test_a_higher_margin_where_the_target_is_wrong_is_worse() -> None:
    found = judged([1.4, 1.5, 1.6], [1.0, 1.0, 1.0], measure="margin")
    assert found.word == "WORSE"
    assert found.interval.mean == pytest.approx(0.5)
    assert "moved from 1.000 to 1.500, by +.500" in found.sentence
    assert "higher is worse here" in found.sentence


def test_an_inconclusive_sentence_never_says_no_effect() -> None:
    found = judged([0.50, 0.62, 0.58], [0.6, 0.6, 0.6])
    assert found.word == "INCONCLUSIVE"
    assert "These replicates cannot tell; this is not evidence of no effect." in found.sentence
    assert found.sentence.endswith(
        "1 of 3 replicates moved by more than the margin for the worse: at least 2 % of "
        "all seeds would (exact 95 % bound)."
    )


def test_a_likely_fall_of_unsettled_size_is_said_to_be_likely() -> None:
    found = judged([0.54, 0.55, 0.53], [0.6, 0.6, 0.6])
    assert found.word == "INCONCLUSIVE"
    assert "A change for the worse is likely, but not whether it is larger than the margin." in found.sentence


def test_a_small_change_is_equivalent() -> None:
    found = judged([0.60, 0.61, 0.59, 0.60, 0.60], [0.6, 0.6, 0.6, 0.6, 0.6])
    assert found.word == "EQUIVALENT"
    assert "is ruled out, either way: it is at most .007 (90 % interval, which decides)." in found.sentence
    assert (
        "None of 5 replicates moved by more than the margin: up to 45 % of all seeds could" in found.sentence
    )


def test_two_replicates_get_no_verdict_and_the_reason() -> None:
    found = judged([0.1, 0.12], [0.6, 0.6])
    assert found.word == "NO VERDICT"
    assert found.sentence.endswith("No verdict: 2 of at least 3 replicates.")
    assert found.record()["verdict"] is None


def test_accuracy_on_the_floor_is_named_with_the_margin_beside_it() -> None:
    found = judged([0.0, 0.01, 0.0], [0.01, 0.0, 0.02], margins=([3.0, 3.1, 3.2], [2.0, 2.0, 2.1]))
    assert found.note == (
        "synthetic-1500 and original-1500: accuracy below 5 %, near its floor, where it can hardly fall "
        "further: the margin there moved by +1.067 [+.923, +1.210] nats."
    )
    assert found.sentence.endswith(found.note)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"contrast": "biased - original"}, "no model of this contrast has been evaluated yet"),
        ({"cell": "all/not-entailed"}, "there is no accuracy in a cell named 'all/not-entailed'"),
    ],
)
def test_a_claim_that_nothing_answers_says_why(change: dict[str, str], reason: str) -> None:
    found = judged([0.1, 0.1, 0.2], [0.6, 0.6, 0.6], **change)  # type: ignore[arg-type]
    assert found.word == "NO VERDICT"
    assert found.sentence.endswith(f"{reason}.")


NO_NOISE = pl.DataFrame(schema=NOISE_SCHEMA)
#: Around .6, and within a margin of .06 at alpha .05, not at .025.
NARROW = [0.528, 0.576, 0.6, 0.624, 0.672]
CELLS = ("all/non-entailment", "lexical_overlap/non-entailment")


def _table(values: dict[tuple[str, str, str, str], list[float]]) -> pl.DataFrame:
    """Measures of a study from the values by replicate of (arm, test, cell, measure)."""
    rows = [
        (r, "4000", arm, 1500, test, cell, measure, value, 100, "")
        for (arm, test, cell, measure), by_replicate in values.items()
        for r, value in enumerate(by_replicate)
    ]
    return measured_table(rows)


def _claim(**changes: object) -> Claim:
    settled = {"blindspot": "hans", "cell": CELLS[0], "measure": "accuracy", "margin": 0.06, "alpha": 0.05}
    return Claim.model_validate({**settled, "contrast": "synthetic - original", **changes})


def _two_arms(test: str, cell: str, measure: str, synthetic: list[float], original: list[float]):  # type: ignore[no-untyped-def]
    return {
        ("synthetic-1500", test, cell, measure): synthetic,
        ("original-1500", test, cell, measure): original,
    }


def test_a_word_undone_by_the_number_of_claims_says_what_it_was_alone() -> None:
    values = _two_arms("hans", CELLS[0], "accuracy", NARROW, [0.6] * 5)
    values |= _two_arms("hans", CELLS[1], "accuracy", [0.40, 0.60, 0.70], [0.6, 0.6, 0.6])
    table = _table(values)
    alone, *_ = judge_claims([_claim()], contrasts(table), table, NO_NOISE, [HANS])
    first, second = judge_claims([_claim(), _claim(cell=CELLS[1])], contrasts(table), table, NO_NOISE, [HANS])
    assert alone.word == "EQUIVALENT"
    assert first.word == second.word == "INCONCLUSIVE"
    assert "Alone it would be EQUIVALENT (p .033); beside the other claims, 2 in all" in first.sentence
    assert first.record()["p_adjusted"] == pytest.approx(2 * first.record()["p"])


def test_starts_that_have_not_run_count_among_the_judgements() -> None:
    table = _table(_two_arms("hans", CELLS[0], "accuracy", NARROW, [0.6] * 5))
    (found,) = judge_claims([_claim()], contrasts(table), table, NO_NOISE, [HANS], n_declared=3)
    assert found.word == "INCONCLUSIVE"
    assert "beside the other claims, 3 in all" in found.sentence


def test_a_claim_beyond_the_task_takes_off_what_the_task_lost() -> None:
    values = _two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], [0.6, 0.6, 0.6])
    values |= _two_arms("matched", "all", "accuracy", [0.61, 0.63, 0.66], [0.8, 0.8, 0.8])
    table = _table(values)
    plain, beyond = judge_claims(
        [_claim(), _claim(beyond="matched")], contrasts(table), table, NO_NOISE, [HANS]
    )
    assert plain.word == "WORSE"
    assert beyond.interval.mean == pytest.approx(-0.08 / 3)
    assert "all/non-entailment, beyond the change on matched, moved by -.027" in beyond.sentence


@pytest.mark.parametrize(
    ("d_prime", "criterion", "finding"),
    [
        (
            [1.0, 1.1, 1.2],
            [0.2, 0.25, 0.3],
            "it tells the two kinds of row apart less well; its threshold was",
        ),
        ([2.0, 2.1, 1.9], [-0.9, -1.0, -1.1], "it says the target label more readily; how well it tells"),
        ([1.0, 1.1, 1.2], [-0.9, -1.0, -1.1], "less well, and it says the target label more readily."),
        ([2.0, 2.1, 1.9], [0.2, 0.25, 0.3], "neither was found to move."),
    ],
)
def test_a_lost_sensitivity_and_a_moved_threshold_are_told_apart(
    d_prime: list[float], criterion: list[float], finding: str
) -> None:
    values = _two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], [0.6, 0.6, 0.6])
    values |= _two_arms("hans", "all", "d_prime", d_prime, [2.05, 1.95, 2.0])
    values |= _two_arms("hans", "all", "criterion", criterion, [0.26, 0.24, 0.25])
    table = _table(values)
    (found,) = judge_claims([_claim()], contrasts(table), table, NO_NOISE, [HANS])
    assert finding in found.note


def test_a_claim_against_a_start_that_was_not_run_says_so() -> None:
    found = judged([0.1, 0.1, 0.2], [0.6, 0.6, 0.6], contrast="synthetic - start")
    assert found.sentence.endswith("no start model from start 4000 in replicate 0.")

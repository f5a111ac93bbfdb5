"""Claims judged: the word, its numbers and what must be said; whole sentences stand in tests/verdicts."""

import pytest

from judged import CELLS, NARROW, claim, judged, judged_together, two_arms
from scotoma.blindspots import HANS

LEVEL = [0.6] * 5


def test_a_large_fall_is_worse() -> None:
    found = judged([0.40, 0.41, 0.39, 0.40, 0.42], LEVEL)
    record = found.record()
    assert found.word == record["verdict"] == "WORSE"
    assert record["estimate"] == pytest.approx(-0.196)
    assert (record["low"], record["high"]) == (
        pytest.approx(-0.2102, abs=1e-4),
        pytest.approx(-0.1818, abs=1e-4),
    )
    assert record["fell"] == {"value": 1.0, "low": pytest.approx(0.05 ** (1 / 5)), "high": 1.0}
    assert record["replicates"] == 5
    assert "WORSE" not in found.sentence
    assert "larger than the margin" in found.sentence


def test_higher_log_odds_where_the_target_is_wrong_is_worse() -> None:
    found = judged([1.4, 1.5, 1.6], [1.0, 1.0, 1.0], measure="log_odds")
    assert found.word == "WORSE"
    assert found.interval.mean == pytest.approx(0.5)
    assert found.record()["higher_is_worse"]


def test_what_cannot_be_told_is_inconclusive_and_never_no_effect() -> None:
    found = judged([0.50, 0.62, 0.58], LEVEL[:3])
    assert found.word == "INCONCLUSIVE"
    assert found.record()["fell"] == {
        "value": pytest.approx(1 / 3),
        "low": pytest.approx(1 - 0.95 ** (1 / 3)),
        "high": pytest.approx(0.865, abs=1e-3),
    }
    assert "not evidence of no effect" in found.sentence


def test_a_likely_fall_of_unsettled_size_is_said_to_be_likely() -> None:
    found = judged([0.54, 0.55, 0.53], LEVEL[:3])
    assert found.word == "INCONCLUSIVE"
    assert "for the worse is likely" in found.sentence


def test_a_small_change_is_equivalent() -> None:
    found = judged([0.60, 0.61, 0.59, 0.60, 0.60], LEVEL)
    record = found.record()
    assert found.word == "EQUIVALENT"
    assert record["verdict_interval"] == [pytest.approx(-0.0067, abs=1e-4), pytest.approx(0.0067, abs=1e-4)]
    assert (record["fell"], record["rose"]) == (
        {"value": 0.0, "low": 0.0, "high": pytest.approx(1 - 0.05 ** (1 / 5))},
        {"value": 0.0, "low": 0.0, "high": pytest.approx(1 - 0.05 ** (1 / 5))},
    )
    assert "ruled out" in found.sentence


def test_two_replicates_get_no_verdict_and_the_reason() -> None:
    found = judged([0.1, 0.12], [0.6, 0.6])
    assert found.word == "NO VERDICT"
    assert found.reason == "2 of at least 3 replicates"
    assert found.record()["verdict"] is None


def test_accuracy_on_the_floor_is_named_with_the_margin_beside_it() -> None:
    found = judged([0.0, 0.01, 0.0], [0.01, 0.0, 0.02], log_odds=([3.0, 3.1, 3.2], [2.0, 2.0, 2.1]))
    assert "near its floor" in found.note
    assert "+1.067 [+.923, +1.210] nats" in found.note
    assert found.sentence.endswith(found.note)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"contrast": "biased - original"}, "no model of this contrast has been evaluated yet"),
        ({"contrast": "synthetic - start"}, "no start model from start 4000 in replicate 0"),
        ({"cell": "all/not-entailed"}, "there is no accuracy in a cell named 'all/not-entailed'"),
    ],
)
def test_a_claim_that_nothing_answers_says_why(change: dict[str, str], reason: str) -> None:
    found = judged([0.1, 0.1, 0.2], LEVEL[:3], **change)
    assert found.word == "NO VERDICT"
    assert found.reason == reason
    assert found.sentence.endswith(f"{reason}.")


def test_a_word_undone_by_the_number_of_claims_says_what_it_was_alone() -> None:
    values = two_arms("hans", CELLS[0], "accuracy", NARROW, LEVEL)
    alone, *_ = judged_together([claim()], values)
    values |= two_arms("hans", CELLS[1], "accuracy", [0.40, 0.60, 0.70], LEVEL[:3])
    first, second = judged_together([claim(), claim(cell=CELLS[1])], values)
    record = first.record()
    assert alone.word == record["verdict_alone"] == "EQUIVALENT"
    assert first.word == second.word == "INCONCLUSIVE"
    assert record["n_claims"] == 2
    assert record["p"] == pytest.approx(0.033, abs=5e-4)
    assert record["p_adjusted"] == pytest.approx(2 * record["p"])
    assert "Alone it would be EQUIVALENT" in first.sentence


def test_starts_that_have_not_run_count_among_the_judgements() -> None:
    values = two_arms("hans", CELLS[0], "accuracy", NARROW, LEVEL)
    (found,) = judged_together([claim()], values, n_declared=3)
    assert found.word == "INCONCLUSIVE"
    assert found.record()["n_claims"] == 3
    assert "for 3 claims" in found.sentence


def test_a_claim_beyond_the_task_takes_off_what_the_task_lost() -> None:
    values = two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], LEVEL[:3])
    values |= two_arms("matched", "all", "accuracy", [0.61, 0.63, 0.66], [0.8] * 3)
    plain, beyond = judged_together([claim(), claim(beyond="matched")], values)
    assert plain.word == "WORSE"
    assert beyond.interval.mean == pytest.approx(-0.08 / 3)
    assert beyond.record()["differences"] == pytest.approx([-0.03, -0.02, -0.03])
    assert "beyond the change on matched" in beyond.sentence


def test_what_is_of_the_target_is_taken_off_as_it_is_on_the_task_for_the_blind_spots_own_target() -> None:
    values = two_arms("hans", "all", "d_prime", [1.0, 1.1, 1.2], [1.5] * 3)
    values |= two_arms("matched", "all", "d_prime", [2.0] * 3, [2.0] * 3)
    values |= two_arms("matched", "as:hans", "d_prime", [0.8, 0.7, 0.9], [1.0] * 3)
    about = claim(cell="all", measure="d_prime", beyond="matched")
    not_entailed = HANS.model_copy(update={"target": "non-entailment"})
    (tasks,) = judged_together([about], values)
    (own,) = judged_together([about], values, spot=not_entailed)
    assert tasks.record()["differences"] == pytest.approx([-0.5, -0.4, -0.3])
    assert own.record()["differences"] == pytest.approx([-0.3, -0.1, -0.2])


@pytest.mark.parametrize(
    ("d_prime", "criterion", "finding"),
    [
        ([1.0, 1.1, 1.2], [0.2, 0.25, 0.3], "less well; its threshold was"),
        ([2.0, 2.1, 1.9], [-0.9, -1.0, -1.1], "more readily; how well it tells"),
        ([1.0, 1.1, 1.2], [-0.9, -1.0, -1.1], "less well, and it says the target label more readily."),
        ([2.0, 2.1, 1.9], [0.2, 0.25, 0.3], "neither was found to move."),
    ],
)
def test_a_lost_sensitivity_and_a_moved_threshold_are_told_apart(
    d_prime: list[float], criterion: list[float], finding: str
) -> None:
    values = two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], LEVEL[:3])
    values |= two_arms("hans", "all", "d_prime", d_prime, [2.05, 1.95, 2.0])
    values |= two_arms("hans", "all", "criterion", criterion, [0.26, 0.24, 0.25])
    (found,) = judged_together([claim()], values)
    assert finding in found.note

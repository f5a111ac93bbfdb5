"""`scripts/calibrate.py`: false words are counted where the mean change lies exactly at the margin."""

import numpy as np
import pytest
from scipy import stats

import calibrate

MARGIN, ALPHA = 0.05, 0.05

#: As many as the study `calibration` has replicates; normal, far from the margin.
FAR = (0.056 * stats.norm.ppf((np.arange(40) + 0.5) / 40) - 0.6).tolist()


def shares(truth: float, k: int) -> dict[str, float]:
    studies = calibrate.redrawn(calibrate.recentred(FAR, truth), k)
    return calibrate.word_shares(studies, margin=MARGIN, alpha=ALPHA)


@pytest.mark.parametrize("truth", [-MARGIN, 0.0, MARGIN])
def test_recentred_differences_have_the_mean_that_is_asked_for_and_their_own_distances(truth: float) -> None:
    uneven = [-0.9, -0.61, -0.6, -0.32]
    moved = calibrate.recentred(uneven, truth)
    assert np.mean(moved) == pytest.approx(truth, abs=1e-12)
    assert np.diff(moved) == pytest.approx(np.diff(uneven))


@pytest.mark.parametrize("k", calibrate.SIZES)
def test_at_either_margin_of_normal_differences_no_word_is_said_more_often_than_alpha(k: int) -> None:
    sampling_error = 3 * (ALPHA * (1 - ALPHA) / calibrate.N_STUDIES) ** 0.5
    for truth, beyond in ((-MARGIN, "WORSE"), (MARGIN, "BETTER")):
        found = shares(truth, k)
        assert max(found[word] for word in ("WORSE", "BETTER", "EQUIVALENT")) < ALPHA + sampling_error
        # The margin is where the promise is tested: the rule comes near what it may spend.
        assert found[beyond] > ALPHA / 3


def test_what_lies_far_from_the_margin_gets_no_false_word_and_tests_nothing() -> None:
    found = calibrate.word_shares(calibrate.subsets(FAR, 5), margin=MARGIN, alpha=ALPHA)
    assert found == {"WORSE": 1, "BETTER": 0, "EQUIVALENT": 0, "INCONCLUSIVE": 0}


def test_a_rate_beyond_alpha_is_seen_at_the_margin() -> None:
    # One in forty collapses: most studies miss it, find the rest inside the margin, and say so.
    collapsing = calibrate.recentred([0.0] * 20 + [0.01] * 19 + [-2.0], -MARGIN)
    found = calibrate.word_shares(calibrate.redrawn(collapsing, 10), margin=MARGIN, alpha=ALPHA)
    assert found["EQUIVALENT"] > 0.5


def test_too_few_replicates_for_a_study_of_k_give_none() -> None:
    assert calibrate.subsets(FAR[:4], 5) == []
    assert {len(study) for study in calibrate.subsets(FAR[:4], 3)} == {3}

"""What a design can show, said before it runs."""

from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from rich.console import Console

from fake_study import make, plan, study
from scotoma.cli.design import design_text
from scotoma.results import pilot, results
from scotoma.results.design import Design, count_judgements, designs, refusal, undetected
from scotoma.statistics.equivalence import DeclaredClaim, judge_together
from scotoma.statistics.power import power_of_equivalent
from scotoma.store.store import Store

if TYPE_CHECKING:
    from scotoma.experiment import Plan


def found(store: Store, *, sd: float | None = None, power: float = 0.8) -> list[Design]:
    return designs(study(), pilot(cast("Plan", plan(study())), store), sd=sd, power=power)


def printed(shown: list[Design], n: int = 5) -> str:
    console = Console(width=100, no_color=True)
    with console.capture() as capture:
        console.print(*design_text(shown, n, 0.8), sep="\n")
    return capture.get()


def test_without_a_pilot_several_spreads_are_shown_and_nothing_is_refused(tmp_path: Path) -> None:
    shown = found(Store(tmp_path))
    n_claims = len(study().claims)
    assert len(shown) == 4 * n_claims > 0
    assert "The sd is not known before two replicates have run" in printed(shown)
    assert "No null" not in printed(shown)


def test_with_an_assumed_spread_the_chance_of_a_null_is_that_of_the_worst_holm_level(tmp_path: Path) -> None:
    first, *_ = found(Store(tmp_path), sd=0.03)
    alpha = first.claim.alpha / count_judgements(study())
    assert first.alpha == alpha
    margin = first.claim.margin
    assert first.null.power == power_of_equivalent(n=5, sd=0.03, margin=margin, alpha=alpha, fewest=5)


@pytest.mark.parametrize(("looks", "fewest"), [((), 5), ((4, 5, 6), 6)])
def test_the_chance_of_a_null_is_how_often_the_judge_says_equivalent(
    looks: tuple[int, ...], fewest: int
) -> None:
    """Also with so few replicates that Holm's level alone would have asked for more."""
    one = study().model_copy(update={"looks": looks})
    for n in range(3, 8):
        planned = one.model_copy(update={"replicates": n})
        first, *_ = designs(planned, [], sd=0.012, power=0.8, n_tried=5)
        draws = np.random.default_rng(n).normal(0, 0.012, (200, n))
        words = [
            judge_together(
                [DeclaredClaim(list(draw), first.claim.margin, first.claim.alpha)],
                n_declared=count_judgements(one) + 5,
                looks=looks,
            )[0].word
            for draw in draws
        ]
        said = words.count("EQUIVALENT") / len(words)
        assert first.fewest == fewest
        if not looks:
            assert said == pytest.approx(first.null.power, abs=0.1)
        assert (said > 0) == (first.null.power > 0) == (n >= fewest)


def test_a_null_the_design_cannot_give_is_refused_with_what_it_would_take(tmp_path: Path) -> None:
    first, *_ = found(Store(tmp_path), sd=10 * study().claims[0].margin)
    assert not first.null.promised
    assert refusal(first, 5).startswith("A null result cannot be promised: with 5 replicates, EQUIVALENT")
    assert f"plan {first.null.n_needed}" in refusal(first, 5)
    assert refusal(first, 5) in " ".join(printed([first]).split())


def test_a_pilot_gives_the_spread_with_caution(tmp_path: Path) -> None:
    planned = plan(study())
    store = make(planned, tmp_path / "store")
    first, *_ = found(store)
    (judged, *_) = results(cast("Plan", planned), store, on_record=False).judgements
    assert judged.judged is not None
    sd = judged.judged.alone.interval.sd
    assert sd is not None
    assert sd < first.sd < 3 * sd
    assert first.source == "5 replicates"
    assert first.null.n_needed is not None
    assert first.n_at_least is not None
    assert first.n_at_least < first.null.n_needed
    assert first.needed == f"{first.n_at_least} to {first.null.n_needed}"


def test_every_start_and_size_of_a_claim_counts_as_a_judgement() -> None:
    one = study()
    twice = one.model_copy(update={"starts": (*one.starts, "all")})
    assert count_judgements(twice) == count_judgements(one) / len(one.starts) * len(twice.starts)


def test_where_a_rise_is_for_the_worse_it_is_shown_as_a_rise(tmp_path: Path) -> None:
    on_accuracy = study()
    (claim, *_) = on_accuracy.claims
    on_log_odds = on_accuracy.model_copy(
        update={"claims": (claim.model_copy(update={"measure": "log_odds"}),)},
    )
    for one, sign in ((on_accuracy, "-"), (on_log_odds, "+")):
        shown = printed(designs(one, [], sd=0.02, power=0.8))
        assert f"{sign}." in shown.splitlines()[-1]


@pytest.mark.parametrize(
    ("measure", "beyond", "sd", "told"),
    [
        ("accuracy", None, 0.2, ""),
        ("accuracy", None, 0.8, "accuracy lies within 0 to 1, so that it changes by at most 1"),
        ("accuracy", "general", 0.8, ""),
        ("accuracy", "general", 2.0, "its changes here and on general differ by at most 2"),
        ("log_odds", None, 2.0, ""),
    ],
)
def test_no_change_is_named_that_the_measure_cannot_make(
    measure: str, beyond: str | None, sd: float, told: str
) -> None:
    one = study()
    claim = one.claims[0].model_copy(update={"measure": measure, "beyond": beyond})
    (design,) = designs(one.model_copy(update={"claims": (claim,)}), [], sd=sd, power=0.8)
    text = " ".join(printed([design]).split())
    assert (design.detectable is None) == bool(told) == ("no possible change" in text)
    assert told in undetected(design, 5)
    assert undetected(design, 5)[1:] in text
    if design.detectable is not None:
        assert design.detectable <= claim.most
    if measure == "accuracy":  # nor a margin that would be refused
        margin = design.null.margin_reachable
        assert margin is not None
        assert ("or a margin of" in refusal(design, 5)) == (margin <= 1)


def test_too_few_replicates_for_any_verdict_are_why_no_change_is_found(tmp_path: Path) -> None:
    two = study().model_copy(update={"replicates": 2})
    first, *_ = designs(two, [], sd=0.03, power=0.8)
    assert first.detectable is None
    assert undetected(first, 2) == "no change would be found WORSE: 2 of at least 3 replicates"


def test_too_few_replicates_for_any_null_are_told_before_a_spread_is_known(tmp_path: Path) -> None:
    shown = found(Store(tmp_path))
    assert "EQUIVALENT requires at least 5 replicates, whatever the sd" in printed(shown, 4)
    assert "EQUIVALENT requires at least" not in printed(shown, 5)

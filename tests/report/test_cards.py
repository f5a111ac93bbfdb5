"""Cards: each verdict in half a minute, with what is known and what is not; the chain; an example row."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fake_study import make, plan, study
from scotoma.report.cards import Card, cards
from scotoma.report.plain import answer
from scotoma.report.stations import stations
from scotoma.report.strips import drawn
from scotoma.results import Results, results
from scotoma.statistics.intervals import Estimate

if TYPE_CHECKING:
    from scotoma.experiment import Plan

FALL: dict[str, Any] = {
    "blindspot": "hans",
    "cell": "all/non-entailment",
    "measure": "accuracy",
    "contrast": "synthetic - original",
    "margin": 0.05,
    "alpha": 0.05,
}
#: A margin that no replicate reaches, one that none stays within, a difference of differences, a rate.
CLAIMS = [
    FALL,
    FALL | {"measure": "d_prime", "cell": "all", "margin": 5.0},
    FALL | {"measure": "d_prime", "cell": "all", "margin": 0.2, "beyond": "matched"},
    FALL | {"measure": "false_alarm_rate", "cell": "all", "contrast": "synthetic - start", "margin": 0.1},
    FALL | {"cell": "lexical_overlap/entailment", "margin": 0.012},
    FALL | {"margin": 0.3},
]


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study(replicates=6, claims=CLAIMS))
    return results(cast("Plan", planned), make(planned, tmp_path_factory.mktemp("cards")))


@pytest.fixture(scope="module")
def made(found: Results) -> list[Card]:
    # Here there are results before claims are put on record; the cards are those of claims that came first.
    return cards(replace(found, declaration=replace(found.declaration, exploratory="")))


def _decides(found: Results, place: int, *, scale: float = 100, digits: int = 1, signs: bool = False) -> str:
    """The interval that decides a claim, as its record has it, signed so that up is better."""
    record = found.judgements[place].record()
    ends = [scale * end for end in record["verdict_interval"]]
    if not signs:
        ends = sorted(map(abs, ends))
    return " to ".join(f"{end:{'+' if signs else ''}.{digits}f}" for end in ends).replace("0.", ".")


def test_a_card_says_what_was_compared_and_how_far_a_share_of_rows_fell(
    found: Results, made: list[Card]
) -> None:
    card = made[0]
    assert (card.word, card.title) == ("WORSE", "synthetic-1500 against original-1500")
    assert card.compared == (
        "Trained further on rows of the generator that passed the screen (1,500 rows); compared with 1,500 "
        "further original examples. Both start from the start checkpoint of 4,000 original examples."
    )
    assert re.fullmatch(
        r"On HANS \(.*\)? ?\(?non-entailment rows\), accuracy fell from [\d.]+ % to [\d.]+ %, by "
        r"[\d.]+ percentage points \(95 % interval [\d.]+ to [\d.]+\)\.",
        card.movement,
    )
    assert card.answer == "Yes: it got worse."  # the task of these made-up predictions did not move
    assert card.known == (
        "The mean change for the worse is larger than the margin of 5.0 percentage points, and so is all of "
        f"its 90 % interval, {_decides(found, 0)}. Replicates that moved by more than the margin: 6 of 6 "
        "for the worse."
    )
    assert card.unknown == (
        "How many seeds behave differently; 6 replicates rule out only a share above 39 % (exact 95 % bound)."
    )


def test_the_numbers_of_a_card_are_those_of_its_judgement(found: Results, made: list[Card]) -> None:
    for card, judgement in zip(made, found.judgements, strict=True):
        (judged,) = (strip for strip in card.strips if strip.is_judged)
        assert judged.differences == judgement.evidence.differences
        assert judged.estimate == judgement.interval
        assert card.sentence == judgement.sentence


def test_what_is_ruled_out_is_known_and_other_seeds_are_not(found: Results, made: list[Card]) -> None:
    card = made[1]
    assert card.word == "EQUIVALENT"
    assert card.known.startswith(
        "A mean change as large as the margin of 5.000 is ruled out in either direction (90 % interval "
        f"{_decides(found, 1, scale=1, digits=3, signs=True)}). "
    )
    assert card.known.endswith("none of 6.")
    assert card.unknown.startswith(
        "How many seeds behave differently; 6 replicates rule out only a share above"
    )
    assert card.answer == "No: not by as much as the margin."


def test_beyond_the_task_both_changes_stand_beside_their_difference(made: list[Card]) -> None:
    card = made[2]
    assert [(strip.label, strip.is_judged) for strip in card.strips] == [
        ("blind spot", False),
        ("task: matched", False),
        ("beyond the task", True),
    ]
    spot, task, beyond = (strip.differences for strip in card.strips)
    assert beyond == pytest.approx([a - b for a, b in zip(spot, task, strict=True)])
    assert "beyond its change on the task (matched)" in card.movement
    assert card.question == "Did the score on the blind spot change more than on the task?"
    assert "less robust" in card.answer or "more robust" in card.answer or "as the task did" in card.answer


def test_a_card_on_another_measure_tells_accuracy_too(found: Results, made: list[Card]) -> None:
    def mean(arm: str) -> float:
        here = found.measures.filter(arm=arm, test="hans", cell="all", measure="accuracy")["value"].to_list()
        return 100 * sum(here) / len(here)

    told = f"blind spot {mean('original-1500'):.1f} % → {mean('synthetic-1500'):.1f} %"
    assert made[1].accuracy.startswith(f"In accuracy, which a moved threshold also changes: {told}, matched ")
    assert made[0].accuracy == ""


@pytest.mark.parametrize(
    ("task", "open_still"),
    [((-0.3, -0.1), True), ((-0.3, 0.1), False), ((0.1, 0.3), False)],
)
def test_where_the_task_fell_too_a_fall_of_the_blind_spot_is_not_called_less_robust(
    found: Results, task: tuple[float, float], open_still: bool
) -> None:
    change = Estimate(sum(task) / 2, 0.1, *task, 6, 0.95)
    said = answer(found.judgements[0], change)
    assert said.startswith("Yes: it got worse.")
    assert ("does not say less robust" in said) is open_still


def test_of_a_rate_whose_rise_is_worse_the_card_says_that_it_rose(made: list[Card]) -> None:
    card = made[3]
    assert card.higher_is_worse
    assert "the false-alarm rate rose from" in card.movement
    assert card.title == "synthetic-1500 against its start"
    assert card.compared.endswith("compared with the start checkpoint of 4,000 original examples itself.")


def test_an_undecided_card_says_what_is_known_and_what_is_not(made: list[Card]) -> None:
    card = made[4]
    assert card.word == "INCONCLUSIVE"
    assert "On HANS (regenerated, lexical overlap, entailment rows), " in card.movement.replace("_", " ")
    assert "changed from" in card.movement
    assert re.match(r"The mean change is between [+-][.\d]+ and [+-][.\d]+ \(95 % interval\)\. ", card.known)
    assert card.known.endswith("The margin was set at 1.2 percentage points before the run.")
    assert card.unknown == (
        "Whether the mean change is larger than the margin: 6 replicates cannot tell, and `scotoma plan` "
        "says how many would. This is not evidence of no effect."
    )


def test_a_margin_that_came_after_results_is_not_said_to_be_set_before_the_run(
    found: Results,
) -> None:
    seen = replace(found.declaration, exploratory="they were changed when 12 differences could be seen")
    late = cards(replace(found, declaration=seen))
    assert late[4].known.endswith("The margin is 1.2 percentage points.")
    assert not any("before the run" in card.known for card in late)


def test_a_strip_has_a_tick_for_each_replicate_and_the_margins_band_around_zero(made: list[Card]) -> None:
    card = made[0]
    svg = str(drawn(card, card.strips[0]))
    assert svg.count('class="tick"') == 6
    low, high = card.ends
    left = 100 * (-card.margin - low) / (high - low)
    assert f'<rect class="band" x="{round(left, 2)}%"' in svg
    assert "<path" not in svg  # no interval is longer than the axis
    assert 'aria-label="blind spot: ' in svg


def test_an_interval_that_is_longer_than_the_axis_ends_in_an_arrow(tmp_path: Path) -> None:
    planned = plan(study(replicates=2))
    (card,) = cards(results(cast("Plan", planned), make(planned, tmp_path)))
    interval = card.strips[0].estimate
    assert interval.low is not None
    assert interval.low < card.ends[0]
    assert str(drawn(card, card.strips[0])).count("<path") >= 1
    assert card.word == "NO VERDICT"


def test_the_chain_is_drawn_with_the_studys_own_numbers(found: Results) -> None:
    told = {station.title: station.lines for station in stations(found)}
    arms = "Trained further on"
    assert list(told) == ["Start checkpoint", "Generator", arms, "Test sets"]
    assert told["Start checkpoint"][0] == "Trained on 4,000 original examples."
    assert told["Generator"] == (
        "Trained on all original examples, then sampled.",
        "Wrote 300 rows; 90 % passed the screen, which drops unusable ones.",
    )
    assert told[arms][:2] == (
        "original-1500: original examples",
        "synthetic-1500: rows of the generator that passed the screen",
    )
    assert told["Test sets"][0] == "task: matched, 180 rows"


def test_a_study_without_a_generator_has_none_in_its_chain(tmp_path: Path) -> None:
    planned = plan(study(replicates=2, claims=[], arms=[{"original": 1500}]))
    only = study(replicates=2, claims=[], arms=[{"original": 1500}]).model_copy(update={"generator": None})
    found = results(cast("Plan", planned), make(planned, tmp_path))
    titles = [station.title for station in stations(Results(**{**vars(found), "study": only}))]
    assert "Generator" not in titles


def test_the_example_is_a_row_that_the_shortcut_gets_wrong_with_the_true_counts(found: Results) -> None:
    example = found.example
    assert example is not None
    assert (example.shortcut_says, example.gold) == ("entailment", "non-entailment")
    assert example.texts == {"premise": "It rains.", "hypothesis": "So."}
    assert list(example.right) == ["original-1500", "synthetic-1500"]
    assert all(0 <= right <= n == 6 for right, n in example.right.values())


def test_the_example_follows_from_the_studys_seed(tmp_path: Path) -> None:
    def shown(folder: str, seed: int) -> object:
        planned = plan(study(replicates=3).model_copy(update={"seed": seed}), n=200)
        return results(cast("Plan", planned), make(planned, tmp_path / folder)).example

    first = shown("first", 7)
    assert first == shown("again", 7)
    assert any(first != shown(f"other-{seed}", seed) for seed in (8, 9, 10))


def test_a_card_says_at_which_planned_look_it_was_decided(tmp_path: Path) -> None:
    looking = study().model_copy(update={"replicates": 6, "looks": (4, 6)})
    planned = plan(looking)
    (card,) = cards(results(cast("Plan", planned), make(planned, tmp_path)))
    assert card.known.endswith("Decided at 4 replicates; looks planned at 4, 6.")
    assert re.search(r"so is all of its \d\d(\.\d)? % interval", card.known)


def test_a_fall_that_is_sure_but_not_in_its_size_is_called_likely(made: list[Card]) -> None:
    card = made[5]
    assert card.word == "INCONCLUSIVE"
    assert card.answer == "Likely for the worse; by how much is not settled."
    assert card.known.startswith(
        "The mean moved for the worse. Replicates that moved by more than the margin: "
    )

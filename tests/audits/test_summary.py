"""The first sentence of an audit says the worst that was found, or that nothing was."""

import random

import polars as pl
import pytest
from rich.table import Table

from scotoma.audits import audit
from scotoma.audits.render import render
from scotoma.audits.result import Audit
from scotoma.audits.summary import summary
from scotoma.tasks import MNLI, QQP

PEOPLE = ("doctor", "lawyer", "judge", "senator", "tourist", "actor", "artist", "banker")
VERBS = ("saw", "met", "thanked", "helped", "called", "paid", "avoided")
FIELDS = ("premise", "hypothesis")


def pairs(seed: int, *, negated: bool = False, overlap: bool = False, n: int = 510) -> pl.DataFrame:
    """Pairs whose hypotheses say nothing of their label, but for a planted sign."""
    draw, rows = random.Random(seed), []
    for number in range(n):
        label = MNLI.labels[number % 3]
        one, other, third = draw.sample(PEOPLE, 3)
        verb, place = draw.choice(VERBS), draw.randrange(2000)
        premise = f"The {one} near the {third} {verb} the {other} in room {place} ."
        hypothesis = (
            f"A {draw.choice(PEOPLE)} {draw.choice(VERBS)} a {draw.choice(PEOPLE)} at number {place} ."
        )
        if negated and draw.random() < (0.96 if label == "contradiction" else 0.02):
            hypothesis = f"A {one} never {verb} a {other} at number {place} ."
        if overlap and label == "entailment" and draw.random() < 0.6:
            hypothesis = f"The {one} {verb} the {other} ."
        rows.append({"premise": premise, "hypothesis": hypothesis, "label": label})
    return pl.DataFrame(rows)


def audited(
    table: pl.DataFrame, reference: pl.DataFrame | None = None, test: pl.DataFrame | None = None
) -> Audit:
    return audit(
        table,
        fields=FIELDS,
        labels=MNLI.labels,
        target="entailment",
        reference=reference,
        tests={} if test is None else {"t": test.select(FIELDS)},
    )


def test_a_hypothesis_that_gives_the_label_away_comes_first_and_its_sign_next() -> None:
    said = summary(audited(pairs(1, negated=True), pairs(2, overlap=True)))
    assert said[0].startswith("Yes. The hypothesis alone gives the label away")
    assert "reference" in said[0]
    assert said[1].startswith("The data carry the shortcut 'negation'")
    assert "contradiction" in said[1]
    assert not any(" too:" in sentence for sentence in said)


def test_overlap_is_told_by_words_where_it_is_what_a_label_is_learned_from() -> None:
    said = summary(audited(pairs(1, overlap=True), pairs(2)))
    assert said[0].startswith("Yes. ")
    assert said[1].startswith("The data carry the shortcut 'overlap_word'")
    assert said[2].startswith("It cannot be compared with the reference")


def test_rows_of_a_test_set_come_before_an_association() -> None:
    table = pairs(1, overlap=True)
    said = summary(audited(table, pairs(3, overlap=True), table.head(30)))
    assert said[0].startswith("Yes. Rows of the test set occur in the data: 30 exactly")


@pytest.mark.parametrize("reference", [None, pairs(2)])
def test_data_without_a_sign_are_said_to_show_none(reference: pl.DataFrame | None) -> None:
    said = summary(audited(pairs(1), reference))
    assert said[0].startswith("No shortcut is shown")


def test_data_with_less_than_the_reference_are_said_to_have_no_more() -> None:
    said = summary(audited(pairs(1), pairs(2, negated=True, overlap=True)))
    assert said[0].startswith("No shortcut is shown to be stronger than in the reference")


def test_fields_and_labels_are_called_as_the_task_calls_them() -> None:
    table = pairs(1, overlap=True).rename({"premise": "sentence1", "hypothesis": "sentence2"})
    label = (
        pl.when(pl.col("label") == "entailment").then(pl.lit("duplicate")).otherwise(pl.lit("not_duplicate"))
    )
    found = audit(
        table.with_columns(label=label),
        fields=QQP.fields,
        labels=QQP.labels,
        target=QQP.target,
        symmetric=QQP.symmetric,
    )
    said = " ".join(summary(found))
    assert "entailment" not in said
    assert "hypothesis" not in said
    assert "the sentence2" not in said
    assert "sentence2" in said


def test_odds_that_no_row_contradicts_are_called_infinite() -> None:
    said = " ".join(summary(audited(pairs(1, overlap=True))))
    assert "the odds of entailment are infinitely many times those elsewhere (" in said
    assert "times if half a row is added to each count" in said
    exceptions = (
        pairs(1, overlap=True)
        .with_row_index()
        .with_columns(label=pl.when(pl.col("index") < 60).then(pl.lit("neutral")).otherwise(pl.col("label")))
    )
    assert "infinitely" not in " ".join(summary(audited(exceptions.drop("index"))))


def test_all_rows_but_one_are_not_called_all_of_them() -> None:
    table = pairs(1, n=3)
    copies = pl.concat([table[:1]] * 600 + [table[1:2]])
    assert "599 of 601 (99.7 %) rows repeat another" in " ".join(summary(audited(copies)))


def test_a_level_is_printed_as_it_was_asked_for() -> None:
    table = pairs(1, overlap=True)
    found = audit(table, fields=FIELDS, labels=MNLI.labels, target="entailment", level=0.975)
    captions = [str(part.caption or part.title) for part in render(found) if isinstance(part, Table)]
    assert any("97.5 % interval" in caption for caption in captions)
    assert "97.5 % interval" in " ".join(summary(found))

"""The whole audit: what is planted is found, what is not is not, and bad input is refused."""

import json
from importlib.resources import files
from typing import Any

import polars as pl
import pytest
from audit_tables import FIELDS, LABELS, TASK, micro, table, unrelated

from scotoma.audits import Audit, Rule, audit, record
from scotoma.audits.summary import judgements
from scotoma.basics.errors import ScotomaError
from scotoma.tasks.reading.examples import read_examples
from shared_data import read_tsv, shared_file

BUNDLED = files("scotoma") / "bundled" / "mnli"


def judged(found: Audit, predicate: str) -> tuple[str | None, str | None]:
    judgement = next(j for j in judgements(found) if j.predicate == predicate)
    return judgement.carried, judgement.against_reference


def planted(rows: pl.DataFrame, every: int) -> pl.DataFrame:
    """Rows whose entailments copy their premise's first words, one in `every`."""
    first = pl.col("premise").str.split(" ").list.head(6).list.join(" ")
    due = (pl.col("label") == "entailment") & (pl.int_range(pl.len()) % every == 0)
    return rows.with_columns(pl.when(due).then(first).otherwise(pl.col("hypothesis")).alias("hypothesis"))


@pytest.fixture(scope="module")
def plain() -> Audit:
    return audit(unrelated(1200, 1), **TASK, reference=unrelated(1200, 2))


def test_a_planted_shortcut_is_found() -> None:
    found = audit(planted(unrelated(1200, 1), 2), **TASK, reference=unrelated(1200, 2))
    for predicate in ("overlap_word", "overlap_whitespace", "subsequence"):
        assert judged(found, predicate) == ("yes", "stronger")
    assert record(found)["summary"][0].startswith("Yes. The data carry the shortcut 'overlap_word'")
    assert record(found)["summary"][1].startswith("It is stronger than in the reference")


def test_a_shortcut_that_is_not_there_is_not_found(plain: Audit) -> None:
    for predicate in ("overlap_word", "overlap_whitespace", "subsequence"):
        assert judged(plain, predicate) == ("not shown", "not shown")
    assert record(plain)["summary"][0].startswith("No shortcut is shown")


def test_a_shortcut_turned_round_is_told_apart() -> None:
    rows = planted(unrelated(1200, 1), 1)
    turned = rows.with_columns(pl.col("label").replace({"entailment": "neutral", "neutral": "entailment"}))
    assert judged(audit(turned, **TASK, reference=rows), "overlap_word") == ("opposite", "weaker")


def test_the_micro_worlds_dial_shows_as_amplification() -> None:
    reference = micro(900, 0.0, seed=8)
    ratios = []
    for dial in (0.0, 0.5, 0.9):
        found = audit(micro(900, dial), **TASK, reference=reference)
        ratios.append(found.association("overlap_word").amplification)
    assert ratios[0].low is not None
    assert ratios[0].high is not None
    assert ratios[0].low < 1 < ratios[0].high
    assert ratios[1].low is not None
    assert ratios[1].value is not None
    assert ratios[2].low is not None
    assert 1 < ratios[1].low < ratios[1].value < ratios[2].low


def test_matched_dev_overlaps_at_the_published_and_the_word_rate() -> None:
    rows = read_tsv(shared_file("mnli/mnli_dev_matched.tsv.xz"))
    dev = pl.DataFrame(
        {
            "premise": [row["premise"] for row in rows],
            "hypothesis": [row["hypothesis"] for row in rows],
            "label": [row["gold_label"] for row in rows],
        }
    )
    found = audit(dev, **TASK)
    for predicate, rate in (("overlap_whitespace", 1.55), ("overlap_word", 6.06)):
        counts = found.association(predicate).counts
        assert counts is not None
        assert counts.n_label == 3479
        assert round(100 * counts.holds_label / counts.n_label, 2) == rate
        assert judged(found, predicate) == ("yes", None)
    negation = found.association("negation", "contradiction").odds
    assert negation.low is not None
    assert negation.low > 2


def test_real_training_data_carry_the_shortcut_as_the_development_set_does() -> None:
    train, dev = (
        read_examples(str(BUNDLED / f"{name}.tsv.xz")).table for name in ("train_10k", "dev_matched")
    )
    found = audit(train[:4000], **TASK, reference=dev[:4000], tests={"dev": dev})
    assert judged(found, "overlap_word") == ("yes", "not shown")
    assert (found.leaks.exact, found.leaks.near) == (0, 0)
    hypothesis_only = found.baselines["hypothesis_only"]
    assert hypothesis_only.low is not None
    assert hypothesis_only.majority is not None
    assert hypothesis_only.low > hypothesis_only.majority


def test_the_record_has_the_documented_keys_and_is_plain_json(plain: Audit) -> None:
    told = json.loads(json.dumps(record(plain), allow_nan=False))
    assert {"n", "associations", "duplicates", "leaks", "baselines", "diversity"} <= told.keys()
    assert told["n"] == 1200
    due = {
        "predicate",
        "label",
        "n",
        "odds_ratio",
        "low",
        "high",
        "z",
        "reference_odds_ratio",
        "amplification",
    }
    assert len(told["associations"]) == 8 * 3
    assert all(due <= row.keys() for row in told["associations"])
    assert {"exact", "near"} <= told["duplicates"].keys()
    assert {"exact", "near"} <= told["leaks"].keys()
    assert told["baselines"].keys() == {"hypothesis_only", "overlap_only"}


def test_what_is_null_in_the_record_has_its_reason(plain: Audit) -> None:
    rows = [row for row in record(plain)["associations"] if row["odds_ratio"] is None]
    assert {row["predicate"] for row in rows} >= {"constituent"}
    assert all(row["reason"] and row["amplification_reason"] for row in rows)
    assert "no column with the premise's parse" in record(plain)["unavailable"]["constituent"]


def test_the_same_rows_in_another_order_give_the_same_audit() -> None:
    rows, reference, test = micro(150, 0.7), micro(150, 0.1, seed=5), micro(60, 0.7, seed=3)
    turned = rows.sample(fraction=1, shuffle=True, seed=4)
    first = audit(rows, **TASK, reference=reference, tests={"test": test})
    second = audit(turned, **TASK, reference=reference.reverse(), tests={"test": test.reverse()})
    assert record(first) == record(second)
    assert first.leaks.exact == 60


def test_a_second_audit_is_the_same() -> None:
    rows = micro(90, 0.7)
    assert record(audit(rows, **TASK)) == record(audit(rows, **TASK))


def test_without_a_reference_nothing_is_said_of_amplification() -> None:
    found = audit(micro(120, 1.0), **TASK)
    row = found.association("overlap_word")
    assert row.amplification.value is None
    assert row.amplification.reason == "there is no reference"
    assert found.copies_of_reference is None
    assert "No reference was given" in record(found)["summary"][1]
    assert found.lengths.taken_from == "data"


def test_a_parse_in_the_table_makes_constituents_available() -> None:
    rows = table(
        ("the actor slept", "the actor", "entailment"), ("the actor slept", "actor slept", "neutral")
    ).with_columns(premise_parse=pl.lit("( ( the actor ) slept )"))
    counts = audit(rows, **TASK).association("constituent").counts
    assert counts is not None
    assert (counts.holds_label, counts.n_holds) == (1, 1)
    compared = audit(rows, **TASK, reference=rows.drop("premise_parse")).association("constituent")
    assert compared.odds.value is not None
    assert "in the reference there is no column" in compared.amplification.reason


def test_a_single_text_is_audited_without_the_questions_about_two() -> None:
    rows = pl.DataFrame(
        {
            "text": [f"no {n}" if n % 3 else f"yes {n}" for n in range(90)],
            "label": ["bad", "bad", "good"] * 30,
        }
    ).with_columns(label=pl.Series(["good", "bad", "bad"] * 30))
    found = audit(rows, fields=("text",), labels=("good", "bad"), target="good")
    assert found.unavailable.keys() == {
        "overlap_whitespace", "overlap_word", "subsequence", "constituent", "low_overlap"
    }  # fmt: skip
    assert found.association("negation", "bad").odds.value is not None
    assert "single text" in found.baselines["hypothesis_only"].reason
    assert "'negation'" in record(found)["summary"][0]


def test_the_users_predicate_stands_beside_the_others_and_is_judged() -> None:
    rule = Rule("starts_alike", "both start with one word", "pair", lambda p, h: p.split()[0] == h.split()[0])
    found = audit(planted(unrelated(600, 1), 1), **TASK, reference=unrelated(600, 2), predicates=[rule])
    assert judged(found, "starts_alike") == ("yes", "stronger")


def test_another_labellers_column_is_compared() -> None:
    rows = micro(60, 0.5).with_columns(other=pl.col("label"))
    agreed = audit(rows, **TASK, other_labels="other").agreement
    assert agreed is not None
    assert agreed.kappa == 1.0
    by_hand = audit(rows, **TASK, other_labels=[None, *rows["label"].to_list()[1:]]).agreement
    assert by_hand is not None
    assert by_hand.n_unlabelled == 1


GOOD = table(("a b", "a", "entailment"), ("a c", "d", "neutral"), ("e", "f", "contradiction"))


@pytest.mark.parametrize(
    ("rows", "changed", "complaint"),
    [
        (GOOD[:0], {}, "the data has no rows"),
        (GOOD[:1], {}, "every row has the label 'entailment'"),
        (GOOD.drop("premise"), {}, "the data has no column 'premise'"),
        (GOOD.drop("label"), {}, "the data has no column 'label'"),
        (GOOD.with_columns(premise=pl.lit(1)), {}, "'premise' holds Int32, not text"),
        (
            GOOD.with_columns(hypothesis=pl.Series(["a", None, "b"])),
            {},
            r"hypothesis is missing \(data, row 2\)",
        ),
        (GOOD.with_columns(label=pl.lit("neutrl")), {}, "Did you mean 'neutral'"),
        (GOOD, {"reference": GOOD[:2]}, "the reference has no row labelled 'contradiction'"),
        (GOOD, {"reference": GOOD[:0]}, "the reference has no rows"),
        (GOOD, {"tests": {"dev": GOOD[:0]}}, "the test set 'dev' has no rows"),
        (GOOD, {"tests": {"dev": GOOD.drop("hypothesis")}}, "test set 'dev' has no column 'hypothesis'"),
        (GOOD, {"target": "entail"}, "target 'entail' is not a label"),
        (GOOD, {"labels": ("entailment",)}, "labels are"),
        (GOOD, {"fields": ()}, "no text fields"),
        (GOOD, {"level": 95.0}, "level is 95"),
        (GOOD, {"other_labels": "labeler"}, "has no column 'labeler'"),
        (GOOD, {"predicates": [Rule("r", "", "premis", bool)]}, "reads 'premis'"),
        (GOOD, {"predicates": [Rule("negation", "", "last", bool)]}, "there are two predicates"),
        (GOOD, {"predicates": [Rule("r", "", "last", len)]}, "neither True nor False"),
    ],
)
def test_what_cannot_be_audited_is_refused(
    rows: pl.DataFrame, changed: dict[str, Any], complaint: str
) -> None:
    with pytest.raises(ScotomaError, match=complaint):
        audit(rows, **{**TASK, **changed})


def test_a_label_that_the_table_lacks_has_no_association_and_no_error() -> None:
    found = audit(GOOD[:2], **TASK, reference=GOOD)
    assert found.association("overlap_word", "contradiction").odds.reason == "no row has the label"
    assert found.label_counts == dict(zip(LABELS, (1, 1, 0), strict=True))
    assert found.fields == FIELDS


def test_a_test_set_may_have_any_name() -> None:
    found = audit(
        GOOD, **TASK, reference=GOOD[::-1], tests={"reference": GOOD[:1], "test reference": GOOD[:2]}
    )
    assert {name: there.exact for name, there in found.leaks_by_test.items()} == {
        "reference": 1,
        "test reference": 2,
    }
    assert found.copies_of_reference is not None
    assert found.copies_of_reference.exact == 3
    assert "3 of 3 rows also occur in the reference" in " ".join(record(found)["summary"])


def test_short_and_long_are_cut_by_the_reference() -> None:
    longer = GOOD.with_columns(hypothesis=pl.lit("one two three four five"))
    found = audit(GOOD, **TASK, reference=longer)
    assert (found.lengths.short, found.lengths.long, found.lengths.taken_from) == (5, 5, "reference")
    assert audit(longer, **TASK, reference=GOOD).lengths.short == 1

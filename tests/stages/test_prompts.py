from functools import cache

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import to_table
from scotoma.stages.prompts import RowPrompt, row_prompts
from scotoma.stages.read_rows import ReadByLabel, RowsToWrite, read_for
from scotoma.study.settings.generators import Prompting
from scotoma.study.settings.models import Sampling
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import draw_pairs


@cache
def corpus() -> pl.DataFrame:
    return to_table(draw_pairs(300, 0.5, 0, "train"), MICROWORLD.fields)


def prompting(shots: int, instruction: str = "", n: int = 20, reads: str | None = None) -> Prompting:
    sampling = Sampling(temperature=1, top_p=1, candidates_per_label=n, max_new_tokens=9)
    return Prompting(shots=shots, instruction=instruction, reads=reads, sampling=sampling)


def prompts(shots: int, instruction: str = "", seed: int = 0, n: int = 20) -> dict[str, list[str]]:
    asked, rows = prompting(shots, instruction, n), RowsToWrite(MICROWORLD.labels, range(n))
    found = row_prompts(MICROWORLD, corpus(), asked, seed, {}, rows)
    return {label: [prompt.whole for prompt in of_label] for label, of_label in found.items()}


def reading(reads: str, shots: int, n: int = 20) -> tuple[dict[str, list[RowPrompt]], ReadByLabel]:
    asked = prompting(shots, "Write again:" if reads == "row" else "", n, reads)
    rows = RowsToWrite(MICROWORLD.labels, range(n))
    read = read_for(MICROWORLD, corpus(), reads, 0, rows)
    return row_prompts(MICROWORLD, corpus(), asked, 0, read, rows), read


def test_without_shots_every_row_of_a_label_has_the_tasks_own_prompt() -> None:
    assert prompts(0) == {label: [f"Relation: {label}"] * 20 for label in MICROWORLD.labels}


def test_shots_are_originals_of_the_rows_label_and_no_row_has_one_twice() -> None:
    for label, of_label in prompts(3).items():
        known = {
            MICROWORLD.write(texts, label)
            for texts in corpus().filter(pl.col("label") == label).select(MICROWORLD.fields).to_dicts()
        }
        for prompt in of_label:
            *shots, last = prompt.split("\n")
            assert last == f"Relation: {label}"
            assert len(set(shots)) == 3
            assert set(shots) <= known


def test_every_row_draws_shots_of_its_own_by_its_seed_and_number() -> None:
    first = prompts(2)
    assert len(set(first["neutral"])) == 20
    assert prompts(2, n=7)["neutral"] == first["neutral"][:7]
    assert not set(prompts(2, seed=1)["neutral"]) & set(first["neutral"])


@pytest.mark.parametrize("reads", [None, "premise", "row"])
def test_further_rows_have_the_prompts_that_they_have_among_more(reads: str | None) -> None:
    asked = prompting(1, reads=reads)
    whole, further = (
        row_prompts(MICROWORLD, corpus(), asked, 0, read_for(MICROWORLD, corpus(), reads, 0, rows), rows)
        for rows in (RowsToWrite(MICROWORLD.labels, range(20)), RowsToWrite(["neutral"], range(15, 20)))
    )
    assert further == {"neutral": whole["neutral"][15:]}


def test_an_instruction_comes_first_and_may_name_the_label() -> None:
    (prompt,) = set(prompts(0, "A {label} pair {of the world}:")["contradiction"])
    assert prompt == "A contradiction pair {of the world}:\nRelation: contradiction"


def test_more_shots_than_examples_are_an_error() -> None:
    with pytest.raises(ScotomaError, match=r"500 shots are asked for, but only .* are labelled 'entailment'"):
        prompts(500)


def test_a_premise_that_is_read_ends_the_prompt_after_the_examples() -> None:
    found, read = reading("premise", 2)
    for label, of_label in found.items():
        for prompt, row in zip(of_label, read[label], strict=True):
            *shots, last = prompt.whole.split("\n")
            assert last == prompt.own == f"Relation: {label} Premise: {row['premise']} Hypothesis:"
            assert len(shots) == 2
            assert prompt.given == {"premise": row["premise"]}


def test_a_row_to_be_written_again_is_the_last_before_the_prompt() -> None:
    found, read = reading("row", 1)
    first, shot, again, last = found["neutral"][3].whole.split("\n")
    assert (first, last) == ("Write again:", "Relation: neutral")
    assert again == MICROWORLD.write(read["neutral"][3], "neutral")
    assert shot != again
    assert found["neutral"][3].given == {}


@pytest.mark.parametrize("reads", ["premise", "row"])
def test_the_row_that_is_read_is_never_among_its_examples_and_every_other_can_be(reads: str) -> None:
    of_label = corpus().filter(pl.col("label") == "neutral")
    found, read = reading(reads, of_label.height - 1, n=2 * of_label.height)
    own = [MICROWORLD.write(row, "neutral") for row in of_label.select(MICROWORLD.fields).to_dicts()]
    for prompt, row in zip(found["neutral"], read["neutral"], strict=True):
        shots = prompt.whole.removesuffix(prompt.own).split("\n")[(reads == "row") :][: of_label.height - 1]
        assert len(set(shots)) == of_label.height - 1
        assert set(shots) <= set(own)
        assert MICROWORLD.write(row, "neutral") not in shots


def test_shots_that_leave_no_row_to_be_read_are_an_error() -> None:
    n = corpus().filter(pl.col("label") == "entailment").height
    with pytest.raises(ScotomaError, match=f"{n} shots are asked for, besides a row that is read"):
        reading("premise", n)

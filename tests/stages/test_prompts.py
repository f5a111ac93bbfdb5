from functools import cache

import polars as pl
import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import to_table
from scotoma.stages.prompts import row_prompts
from scotoma.study.settings.generators import Prompting
from scotoma.study.settings.models import Sampling
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import draw_pairs


@cache
def corpus() -> pl.DataFrame:
    return to_table(draw_pairs(300, 0.5, 0, "train"), MICROWORLD.fields)


def prompting(shots: int, instruction: str = "", n: int = 20) -> Prompting:
    sampling = Sampling(temperature=1, top_p=1, candidates_per_label=n, max_new_tokens=9)
    return Prompting(shots=shots, instruction=instruction, sampling=sampling)


def prompts(shots: int, instruction: str = "", seed: int = 0, n: int = 20) -> dict[str, list[str]]:
    return row_prompts(MICROWORLD, corpus(), prompting(shots, instruction, n), seed)


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


def test_an_instruction_comes_first_and_may_name_the_label() -> None:
    (prompt,) = set(prompts(0, "A {label} pair {of the world}:")["contradiction"])
    assert prompt == "A contradiction pair {of the world}:\nRelation: contradiction"


def test_more_shots_than_examples_are_an_error() -> None:
    with pytest.raises(ScotomaError, match=r"500 shots are asked for, and .* are labelled 'entailment'"):
        prompts(500)

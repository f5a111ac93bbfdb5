from collections import Counter

import numpy as np
import pytest
import torch
from tiny import RECIPE, VOCABULARY

from scotoma.basics.errors import ScotomaError
from scotoma.basics.randomness import stream
from scotoma.models.batches import encode, pad, prediction_batches, tokenized, training_batches
from tiny_encoders import tokenizer

LENGTHS = np.random.default_rng(0).integers(5, 60, size=101).tolist()


def batches(order: str, seed: int = 0, epochs: float = 2) -> list[list[int]]:
    recipe = RECIPE.model_copy(update={"order": order, "epochs": epochs})
    return training_batches(LENGTHS, recipe, stream(seed, "order"))


@pytest.mark.parametrize("order", ["random", "by_length"])
def test_every_row_is_seen_once_in_a_pass_and_batches_are_whole(order: str) -> None:
    found = batches(order)
    assert Counter(row for batch in found for row in batch) == dict.fromkeys(range(101), 2)
    assert [len(batch) for batch in found] == [4] * 50 + [2]


@pytest.mark.parametrize("order", ["random", "by_length"])
def test_the_order_comes_from_the_seed(order: str) -> None:
    assert batches(order) == batches(order)
    assert batches(order) != batches(order, seed=1)


def test_a_fraction_of_a_pass_is_that_many_rows() -> None:
    assert len({row for batch in batches("random", epochs=0.5) for row in batch}) == 50
    assert sum(map(len, batches("by_length", epochs=1.5))) == 152


def test_like_lengths_stand_together_in_an_order_of_their_own() -> None:
    def spread(found: list[list[int]]) -> float:
        return float(np.mean([np.ptp([LENGTHS[row] for row in batch]) for batch in found]))

    assert spread(batches("by_length")) < spread(batches("random")) / 5
    means = [np.mean([LENGTHS[row] for row in batch]) for batch in batches("by_length", epochs=1)]
    assert means != sorted(means)


def test_passes_stay_apart_so_that_no_batch_holds_a_row_twice_but_at_their_border() -> None:
    found = batches("by_length", epochs=4)
    n_twice = sum(len(set(batch)) < len(batch) for batch in found)
    assert n_twice <= 3
    assert {row for batch in found[:26] for row in batch} == set(range(101))


@pytest.mark.parametrize("order", ["random", "by_length"])
def test_a_batch_larger_than_a_pass_goes_on_into_the_next(order: str) -> None:
    recipe = RECIPE.model_copy(update={"order": order, "epochs": 5, "batch_size": 7})
    found = training_batches([3, 9, 6], recipe, stream(0, "order"))
    assert [len(batch) for batch in found] == [7, 7, 1]
    assert Counter(row for batch in found for row in batch) == dict.fromkeys(range(3), 5)


def test_prediction_batches_hold_every_row_once_within_the_tokens() -> None:
    found = list(prediction_batches(LENGTHS, 200))
    assert sorted(row for batch in found for row in batch) == list(range(101))
    assert all(len(batch) * max(LENGTHS[row] for row in batch) <= 200 for batch in found)
    assert list(prediction_batches([300, 10], 200)) == [[0], [1]]


def test_padding_goes_to_the_longest_row_only() -> None:
    ids, last = pad([[5, 6, 7], [8]], 0)
    assert torch.equal(ids, torch.tensor([[5, 6, 7], [8, 0, 0]]))
    assert last.tolist() == [2, 0]


@pytest.mark.parametrize("spelled", ["</s>", "<pad>", "<s>"])
def test_a_special_token_that_a_text_spells_out_is_a_word_to_a_tokenizer_of_words(spelled: str) -> None:
    words = tokenizer(VOCABULARY, segments=True)
    words.split_special_tokens = True
    unknown = words.unk_token_id
    (row,) = encode(words, [f"The doctor {spelled} saw"])
    assert row == [
        1,
        *(VOCABULARY.index(word) for word in ("The", "doctor")),
        unknown,
        VOCABULARY.index("saw"),
        2,
    ]
    read = tokenized(words, ["The doctor"], [f"saw {spelled}"], return_token_type_ids=True)
    assert read["input_ids"][0][-2:] == [unknown, 2]
    assert read["token_type_ids"] == [[0, 0, 0, 0, 1, 1, 1]]


def test_a_special_token_that_cannot_be_read_as_text_is_refused() -> None:
    words = tokenizer(VOCABULARY, segments=False)
    words.split_special_tokens = True
    words.unk_token = None
    with pytest.raises(ScotomaError, match="spells out the special token '</s>'"):
        encode(words, ["The doctor </s> saw"])

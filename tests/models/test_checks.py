"""Every check is broken on purpose."""

from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from scotoma.basics.errors import ScotomaError
from scotoma.models import checks, kinds

ROWS = [[1, 2, 3], [1, 4], [1, 2, 5, 6, 7]]


def pooled_at(last: bool) -> object:
    """Logits of the last token; of the last column where `last` is wrong."""

    def logits_of(rows: list[list[int]]) -> Tensor:
        longest = max(map(len, rows))
        read = [row[-1] if last else [*row, *[0] * (longest - len(row))][-1] for row in rows]
        return torch.nn.functional.one_hot(torch.tensor(read), 8).float()

    return logits_of


def test_labels_in_another_order_are_refused() -> None:
    checks.check_labels({0: "yes", 1: "no"}, ("yes", "no"), "here")
    with pytest.raises(ScotomaError, match="outputs are no, yes, and the task's labels are yes, no"):
        checks.check_labels({"0": "no", "1": "yes"}, ("yes", "no"), "here")


@pytest.mark.parametrize(("ours", "theirs"), [(0, 2), (None, None), (None, 0), (0, None)])
def test_two_pad_tokens_or_none_are_refused(ours: int | None, theirs: int | None) -> None:
    with pytest.raises(ScotomaError, match="pad token is"):
        checks.check_pad(
            SimpleNamespace(pad_token_id=ours, padding_side="right"), SimpleNamespace(pad_token_id=theirs)
        )


def test_padding_on_the_left_is_refused() -> None:
    with pytest.raises(ScotomaError, match="pads on the left"):
        checks.check_pad(
            SimpleNamespace(pad_token_id=0, padding_side="left"), SimpleNamespace(pad_token_id=0)
        )


@pytest.mark.parametrize("precision", ["bf16", "fp32"])
def test_logits_that_depend_on_padding_are_refused(precision: str) -> None:
    checks.check_padding_invariance(pooled_at(True), ROWS, precision)  # type: ignore[arg-type]
    with pytest.raises(ScotomaError, match="when it is padded"):
        checks.check_padding_invariance(pooled_at(False), ROWS, precision)  # type: ignore[arg-type]


def test_logits_that_are_no_numbers_are_refused() -> None:
    with pytest.raises(ScotomaError, match="when it is padded"):
        checks.check_padding_invariance(lambda rows: torch.full((len(rows), 2), torch.nan), ROWS, "fp32")


def test_a_head_that_comes_back_different_is_refused() -> None:
    logits = torch.tensor([[1.0, 2.0]])
    checks.check_round_trip(("a", logits), ("a", logits), "fp32")
    with pytest.raises(ScotomaError, match="head was saved as a and came back as b"):
        checks.check_round_trip(("a", logits), ("b", logits), "fp32")
    with pytest.raises(ScotomaError, match="logits came back"):
        checks.check_round_trip(("a", logits), ("a", logits.flip(1)), "fp32")


def test_a_draw_that_ignores_its_seed_is_refused() -> None:
    with pytest.raises(ScotomaError, match="seeds 0 and 1 are the same"):
        checks.check_seed_is_taken(lambda _: torch.zeros(2), 0)


def test_a_draw_from_elsewhere_than_its_seed_is_refused() -> None:
    with pytest.raises(ScotomaError, match="differs from itself"):
        checks.check_seed_is_taken(lambda _: torch.rand(2), 0)


def test_rows_longer_than_the_model_are_named() -> None:
    config = SimpleNamespace(max_position_embeddings=4)
    checks.check_lengths(ROWS[:2], ["a", "b"], config)
    with pytest.raises(ScotomaError, match="1 row is longer than the model's 4 positions: c"):
        checks.check_lengths(ROWS, ["a", "b", "c"], config)
    with pytest.raises(ScotomaError, match="positions: a, c"):
        checks.check_lengths(ROWS, ["a", "b", "c"], config, extra=2)
    checks.check_lengths(ROWS, ["a", "b", "c"], SimpleNamespace())


def test_tokens_that_the_model_has_no_vector_for_are_named_by_their_rows() -> None:
    checks.check_tokens([[0, 7], [3]], ["a", "b"], SimpleNamespace(vocab_size=8))
    checks.check_tokens([[0, 7], [3]], ["a", "b"], SimpleNamespace())
    with pytest.raises(
        ScotomaError, match=r"1 row with tokens that the model does not have: it knows 7, .*: a"
    ):
        checks.check_tokens([[0, 7], [3]], ["a", "b"], SimpleNamespace(vocab_size=7))


def test_a_pad_token_that_was_added_and_never_given_a_vector_is_refused() -> None:
    tokenizer = SimpleNamespace(pad_token_id=8, padding_side="right")
    checks.check_pad(tokenizer, SimpleNamespace(pad_token_id=8, vocab_size=9))
    with pytest.raises(ScotomaError, match="pad token is 8, and the model has vectors for tokens 0 to 7"):
        checks.check_pad(tokenizer, SimpleNamespace(pad_token_id=8, vocab_size=8))


@pytest.mark.parametrize("loss", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_refused(loss: float) -> None:
    with pytest.raises(ScotomaError, match="Lower the learning rate"):
        checks.check_loss(loss, 3)


def test_an_image_model_is_refused() -> None:
    with pytest.raises(ScotomaError, match="type 'vit'"):
        kinds.check_architecture(SimpleNamespace(model_type="vit"), "somewhere")

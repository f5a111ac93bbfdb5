"""Whether a Trainer trains a classifier on a multiple of the mean loss."""

from collections.abc import Mapping, Sequence
from typing import Any

from transformers import Trainer

#: Largest difference of two losses that count as equal.
_SAME = 1e-4


def multiplies_its_loss(
    trainer: Trainer, model: Any, tokenizer: Any, rows: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether gradient accumulation over G parts multiplies the loss by G.

    A Trainer that assumes that the model divides by `num_items_in_batch` does not divide by G itself;
    the losses of sequence classifiers take that argument and do not use it (transformers 5.23.0;
    findings/gradient-accumulation-of-classifiers.sh). The model is asked: twice as many items must halve
    its loss.

    Args:
        trainer: About to train.
        model: Model that it trains.
        tokenizer: Pads a row.
        rows: One row, as the model takes it.
    """
    from scotoma.models.in_training import evaluation_mode, halves_with_items

    is_own_loss = type(trainer).compute_loss is Trainer.compute_loss
    if (
        trainer.args.gradient_accumulation_steps == 1
        or not is_own_loss
        or trainer.compute_loss_func is not None
    ):
        return False
    if not trainer.model_accepts_loss_kwargs or trainer.label_smoother is not None:
        return False
    with evaluation_mode(model):
        return not halves_with_items(model, tokenizer, rows, _SAME)

"""A callback for the Trainer of transformers that watches a blind spot while a model trains."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from transformers import Trainer, TrainerCallback, TrainerControl, TrainerState, TrainingArguments

from scotoma.basics.errors import ScotomaError, nearest
from scotoma.basics.progress import no_progress
from scotoma.blindspots import BlindSpot
from scotoma.integrations.inputs import (
    Encode,
    check_names_agree,
    check_prompt,
    encode_rows,
    labels_of_outputs,
    names_of_config,
    names_of_dataset,
    names_of_evaluation,
)
from scotoma.integrations.losses import multiplies_its_loss
from scotoma.integrations.rows import draw_rows, known_blindspot, logged_values


@dataclass(frozen=True)
class _Watched:
    """What is fixed once the model and its tokenizer are known."""

    tokenizer: Any
    labels: list[str]
    inputs: list[Mapping[str, Any]]


class BlindspotCallback(TrainerCallback):
    """Logs accuracy, log-odds, AUC, d' and more of a blind spot, to every tracker the Trainer has.

        BlindspotCallback("hans", tokenizer=tokenizer).attach(trainer)

    It measures the Trainer's own model at evaluations, every given number of steps, and at the end;
    the training's weights are, bit for bit, those it would have had without it. Names are
    `blindspot/NAME/CELL/MEASURE`, such as `blindspot/hans/lexical_overlap/non-entailment/accuracy`;
    `scotoma.measures.MEANINGS` says what each is; any of them may be the Trainer's `metric_for_best_model`.
    With several processes all of them predict, which weights that are spread over them need, and the
    trackers log what the first says.

    Cost: a forward pass without gradients over the rows, 300 by default, sorted by length, in batches of at
    most 4,096 tokens; and when training begins, one over four of them to check that padding changes nothing.

    Args:
        blindspot: A name in `scotoma.blindspots.BLINDSPOTS`, whose rows a grammar writes; or one of your own,
            with a file as its source.
        tokenizer: Tokenizer of the model; None takes the Trainer's `processing_class`.
        encode: How a pair becomes model input: a prompt with {premise} and {hypothesis}; a function of the
            two that returns what a tokenizer does for one text; None is `tokenizer(premise, hypothesis)`.
        labels: The label of each of the model's outputs, in their order; empty takes `config.id2label`.
        n_per_cell: Rows of each heuristic and label. Of 50, an accuracy's standard error is up to .07.
        seed: Seed of the rows. The same seed in two trainings makes them comparable.
        at_evaluations: Whether to measure whenever the Trainer evaluates.
        every: Steps between further measurements; None makes none.

    Attributes:
        history: What was logged, a dictionary a measurement, with its `step`; `trainer.state.log_history`
            has the same.

    Raises:
        ScotomaError: an argument is wrong; and when training begins, if the model's outputs have other names,
            label names of model, training set and `labels` are in different orders, a row is too long, logits
            depend on padding, or `metric_for_best_model` names a measure of ours that does not exist.
    """

    def __init__(
        self,
        blindspot: str | BlindSpot,
        *,
        tokenizer: Any = None,
        encode: Encode | None = None,
        labels: Sequence[str] = (),
        n_per_cell: int = 50,
        seed: int = 0,
        at_evaluations: bool = True,
        every: int | None = None,
    ) -> None:
        if every is not None and every < 1:
            raise ScotomaError(f"every is {every}", where="every", remedy="Give 1 step or more, or None.")
        check_prompt(encode)
        self.blindspot = known_blindspot(blindspot)
        self.rows = draw_rows(self.blindspot, n_per_cell, seed)
        self.history: list[dict[str, float]] = []
        self._tokenizer, self._encode, self._chosen_labels = tokenizer, encode, labels
        self._at_evaluations, self._every = at_evaluations, every
        self._watched: _Watched | None = None
        self._measured_at: int | None = None
        self._in_training = False
        self._trainer: Trainer | None = None

    def attach(self, trainer: Trainer) -> Self:
        """Adds the callback to a Trainer, whose `log` then takes its values to every tracker.

        A Trainer hands its callbacks neither itself nor its trackers. Where a callback was only added, with
        `add_callback` or `callbacks=`, its values are in `history`, in `trainer.state.log_history` and in the
        metrics of evaluations, but in no tracker; and neither the label names of the evaluation sets nor the
        scale of the loss is checked before training.

        Args:
            trainer: Trainer of the model to measure. It may have the callback already.

        Returns:
            The callback itself.
        """
        self._trainer = trainer
        if self not in trainer.callback_handler.callbacks:
            trainer.add_callback(self)
        return self

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Refuses what cannot be measured, and warns of a loss that is a multiple, before a step is spent."""
        self._check_attached(args, state)
        self._in_training = True
        check_names_agree(
            {
                "labels=": self._chosen_labels,
                "model.config.id2label": names_of_config(getattr(given["model"], "config", None)),
                "the training set's ClassLabel": names_of_dataset(
                    getattr(given.get("train_dataloader"), "dataset", None)
                ),
                **(names_of_evaluation(self._trainer.eval_dataset) if self._trainer else {}),
            }
        )
        self._watched, self._measured_at = self._watch(given), None
        self._check_metric(args.metric_for_best_model, self._watched.labels)
        self._check_loss(given["model"], self._watched)

    def on_step_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Measures every so many steps."""
        if self._every is not None and state.global_step % self._every == 0:
            self._measure_once(state, control, given)

    def on_evaluate(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Measures beside the Trainer's own evaluation, and adds the values to its metrics."""
        if not self._at_evaluations:
            return
        self._measure_once(state, control, given)
        latest = self.history[-1] if self.history else {}
        metrics = given.get("metrics")
        if isinstance(metrics, dict) and latest.get("step") == state.global_step:
            metrics |= {f"eval_{name}": value for name, value in latest.items() if name != "step"}

    def on_log(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """Measures at the end, known by the Trainer's summary: by `on_train_end` the trackers are closed."""
        if "train_runtime" in given["logs"]:
            self._measure_once(state, control, given)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **given: Any
    ) -> None:
        """From here on the model may be another one at the same step: the best, loaded at the end."""
        self._in_training = False

    def _check_attached(self, args: TrainingArguments, state: TrainerState) -> None:
        """Refuses a callback of another Trainer; warns of trackers that would not get its values."""
        if self._trainer is not None and self._trainer.state is not state:
            raise ScotomaError(
                "the callback is attached to another Trainer",
                where="BlindspotCallback",
                remedy="Make one for each Trainer, and attach it: callback.attach(trainer).",
            )
        if self._trainer is None and args.report_to:
            warnings.warn(
                f"{', '.join(args.report_to)} will not have the blind spot's values: a Trainer does not hand "
                "its trackers to a callback. Attach it instead of adding it: callback.attach(trainer). The "
                "values are in callback.history and trainer.state.log_history.",
                stacklevel=2,
            )

    def _check_loss(self, model: Any, watched: _Watched) -> None:
        """Warns of a loss that is a multiple of the mean."""
        trainer = self._trainer
        if trainer and multiplies_its_loss(trainer, model, watched.tokenizer, watched.inputs[:1]):
            n_parts = trainer.args.gradient_accumulation_steps
            warnings.warn(
                f"With gradient_accumulation_steps={n_parts}, this Trainer trains on {n_parts} times the "
                "mean loss: it trusts the model to divide, and the loss of this classifier does not. Use "
                "gradient_accumulation_steps=1, or give the Trainer a compute_loss_func that divides by "
                "num_items_in_batch.",
                stacklevel=2,
            )

    def _check_metric(self, metric: str | None, labels: Sequence[str]) -> None:
        """Refuses a `metric_for_best_model` of ours that is not logged at evaluations."""
        name = (metric or "").removeprefix("eval_")
        if not name.startswith(f"blindspot/{self.blindspot.name}/"):
            return
        from scotoma.models.prediction import as_table

        if not self._at_evaluations:
            raise ScotomaError(
                f"metric_for_best_model is {name}, and nothing is measured at evaluations",
                where="at_evaluations",
                remedy="Leave at_evaluations as it is, or choose another metric.",
            )
        nothing = np.zeros((self.rows.height, len(labels)), dtype=np.float32)
        known = logged_values(as_table(self.rows, labels, nothing), self.blindspot)
        if name not in known:
            raise ScotomaError(
                f"metric_for_best_model is {name}, which is not measured",
                where="metric_for_best_model",
                remedy=nearest(name, known),
            )

    def _measure_once(self, state: TrainerState, control: TrainerControl, given: Mapping[str, Any]) -> None:
        if self._in_training and self._measured_at == state.global_step:
            return
        self._measured_at = state.global_step
        values = self._measure(given)
        if not values:
            return
        self.history.append({"step": state.global_step, **values})
        if self._trainer is None:
            state.log_history.append({**values, "epoch": state.epoch or 0, "step": state.global_step})
            return
        # Logging resets the Trainer's flag, so its own losses would not be logged.
        is_logging_due = control.should_log
        self._trainer.log(dict(values))
        control.should_log = is_logging_due

    def _measure(self, given: Mapping[str, Any]) -> dict[str, float]:
        from scotoma.models.in_training import evaluation_mode
        from scotoma.models.prediction import as_table, foreign_logits

        watched = self._watched = self._watched or self._watch(given)
        with evaluation_mode(given["model"]):
            logits = foreign_logits(given["model"], watched.tokenizer, watched.inputs, no_progress)
        if not np.isfinite(logits).all():
            warnings.warn(
                "the model gives logits that are not numbers, so there is nothing to measure", stacklevel=2
            )
            return {}
        return logged_values(as_table(self.rows, watched.labels, logits), self.blindspot)

    def _watch(self, given: Mapping[str, Any]) -> _Watched:
        from scotoma.models.in_training import check_rows, evaluation_mode

        model = given["model"]
        tokenizer = self._tokenizer if self._tokenizer is not None else given.get("processing_class")
        if tokenizer is None:
            raise ScotomaError(
                "there is no tokenizer", where="tokenizer", remedy="Give tokenizer=, or one to the Trainer."
            )
        labels = labels_of_outputs(getattr(model, "config", None), self._chosen_labels, self.blindspot)
        with evaluation_mode(model):
            inputs = encode_rows(self.rows, tokenizer, self._encode)
            check_rows(model, tokenizer, inputs, self.rows["id"].to_list(), len(labels))
        return _Watched(tokenizer, labels, inputs)

"""A blind spot watched while a Trainer trains: the numbers are right, and the training is what it was."""

import json
import random
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import datasets
import numpy as np
import peft
import polars as pl
import pytest
import torch
from small_trainer import N_STEPS, PROMPT, small_trainer, tiny_classifier, tokenizer
from torch.utils.data import Subset
from transformers import EarlyStoppingCallback, TrainerCallback

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots import MICROWORLD as SPOT
from scotoma.blindspots import BlindSpot
from scotoma.integrations import BlindspotCallback
from scotoma.measures.measuring import measure
from scotoma.models.prediction import as_table
from scotoma.models.quiet import silence_libraries
from scotoma.tasks import MICROWORLD
from scotoma.worlds.microworld import LABELS

ACCURACY = "blindspot/microworld/lexical_overlap/non-entailment/accuracy"


def watch(**changes: Any) -> BlindspotCallback:
    return BlindspotCallback("microworld", **{"encode": PROMPT, "n_per_cell": 5, **changes})


def steps(callback: BlindspotCallback) -> list[float]:
    return [logged["step"] for logged in callback.history]


def with_lora() -> Any:
    settings = peft.LoraConfig("SEQ_CLS", r=4, target_modules=["q_proj", "v_proj"], lora_dropout=0.2)
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(1)
        return peft.get_peft_model(tiny_classifier(), settings)


def draws_as_it_encodes(premise: str, hypothesis: str) -> Any:
    """Disturbs every global generator there is."""
    random.random()
    np.random.rand()
    torch.rand(1)
    return tokenizer()(PROMPT.format(premise=premise, hypothesis=hypothesis))


@pytest.mark.parametrize("kind", ["full", "lora", "bf16"])
def test_weights_losses_and_generators_are_those_of_a_training_without_it(tmp_path: Path, kind: str) -> None:
    ended = []
    for callbacks in ([], [watch(every=2)], [watch(encode=draws_as_it_encodes, every=1)]):
        model = with_lora() if kind == "lora" else tiny_classifier()
        trainer = small_trainer(tmp_path, model, bf16=kind == "bf16")
        for callback in callbacks:
            callback.attach(trainer)
        random.seed(0), np.random.seed(0)
        trainer.train()
        losses = [logged["loss"] for logged in trainer.state.log_history if "loss" in logged]
        ended.append((losses, random.random(), np.random.rand(), torch.rand(1).item()))
        ended[-1] += ({name: weight.clone() for name, weight in model.named_parameters()},)
    plain, *watched = ended
    assert len(plain[0]) == N_STEPS
    for other in watched:
        assert other[:-1] == plain[:-1]
        assert all(torch.equal(weight, plain[-1][name]) for name, weight in other[-1].items())


@pytest.mark.parametrize("side", ["right", "left"])
def test_what_is_logged_is_what_the_measures_say_of_every_row_predicted_alone(
    tmp_path: Path, side: str
) -> None:
    names, callback = tokenizer(padding_side=side), watch(n_per_cell=10)
    trainer = small_trainer(tmp_path, names=names)
    trainer.add_callback(callback)
    trainer.train()
    trainer.model.eval()
    with torch.no_grad():
        logits = [
            trainer.model(**names(PROMPT.format(**row), return_tensors="pt")).logits[0].numpy()
            for row in callback.rows.iter_rows(named=True)
        ]
    table = as_table(callback.rows, LABELS, np.stack(logits))
    measured = measure(table, MICROWORLD, [SPOT]).select("test", "cell", "measure", "value")
    found = {f"blindspot/{test}/{cell}/{name}": value for test, cell, name, value in measured.iter_rows()}
    logged = {name: value for name, value in callback.history[-1].items() if name != "step"}
    former = {name: logged.pop(name) for name in [*logged] if name.endswith("/margin")}
    of_both_labels = {"auc", "d_prime", "criterion", "worst_group_accuracy", "macro_f1", "calibration_error"}
    assert len(logged) == 4 * (6 + 2 * 2)
    assert of_both_labels | {"accuracy", "log_odds"} == {name.split("/")[-1] for name in logged}
    assert logged == pytest.approx({name: found[name] for name in logged}, rel=1e-4)
    now = {name: value for name, value in logged.items() if name.endswith("/log_odds")}
    assert former == {name.replace("/log_odds", "/margin"): value for name, value in now.items()}
    assert len(now) == 8
    assert len(set(logged.values())) > 10


def test_history_is_in_the_state_that_the_trainer_saves(tmp_path: Path) -> None:
    callback = watch()
    trainer = small_trainer(tmp_path, save_strategy="steps", save_steps=N_STEPS)
    trainer.add_callback(callback)
    trainer.train()
    saved = json.loads((tmp_path / f"checkpoint-{N_STEPS}" / "trainer_state.json").read_text())
    ours = [logged for logged in saved["log_history"] if ACCURACY in logged]
    assert [{**logged, "epoch": 0} for logged in ours] == [{**one, "epoch": 0} for one in callback.history]


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ({}, [3, 6]),
        ({"every": 2}, [2, 3, 4, 6]),
        ({"every": 4, "at_evaluations": False}, [4, 6]),
        ({"at_evaluations": False}, [6]),
    ],
)
def test_it_measures_when_it_is_told_to_and_at_the_end_and_no_step_twice(
    tmp_path: Path, when: dict[str, Any], expected: list[int]
) -> None:
    callback = watch(**when)
    trainer = small_trainer(tmp_path)
    trainer.add_callback(callback)
    trainer.train()
    assert steps(callback) == expected


@pytest.mark.parametrize("unit", ["epoch", "steps"])
def test_a_training_that_stops_early_is_measured_where_it_stopped(tmp_path: Path, unit: str) -> None:
    callback = watch(at_evaluations=False)
    changes = {"save_strategy": unit, "save_steps": 3, "load_best_model_at_end": True, "learning_rate": 0.0}
    trainer = small_trainer(
        tmp_path, eval_strategy=unit, max_steps=100, metric_for_best_model="loss", **changes
    )
    trainer.add_callback(EarlyStoppingCallback(1))
    trainer.add_callback(callback)
    trainer.train()
    assert steps(callback) == [trainer.state.global_step]
    assert trainer.state.global_step < 100


def test_it_can_be_there_from_the_start_and_measures_evaluations_after_training(tmp_path: Path) -> None:
    callback = watch()
    trainer = small_trainer(tmp_path, eval_on_start=True)
    trainer.add_callback(callback)
    trainer.evaluate()
    trainer.train()
    trainer.evaluate()
    assert steps(callback) == [0, 0, 3, 6, 6]
    assert callback.history[0] == callback.history[1]
    assert callback.history[-1] == callback.history[-2] != callback.history[0]


def test_outputs_in_another_order_are_read_by_their_names(tmp_path: Path) -> None:
    said = []
    for labels in (LABELS, ("NEUTRAL", "Contradiction", "entailment")):
        callback = watch()
        trainer = small_trainer(tmp_path, tiny_classifier(labels), learning_rate=0.0)
        trainer.add_callback(callback)
        trainer.train()
        said.append(callback.history[-1])
    named = watch(labels=("neutral", "contradiction", "entailment"))
    trainer = small_trainer(tmp_path, tiny_classifier(("LABEL_0", "LABEL_1", "LABEL_2")), learning_rate=0.0)
    trainer.add_callback(named)
    trainer.train()
    assert said[0] != said[1] == named.history[-1]


def test_a_model_with_the_blind_spots_two_labels_is_measured(tmp_path: Path) -> None:
    callback = watch()
    trainer = small_trainer(tmp_path, tiny_classifier(("non-entailment", "entailment")))
    trainer.train_dataset = trainer.eval_dataset = [row | {"labels": 0} for row in trainer.train_dataset]
    trainer.add_callback(callback)
    trainer.train()
    assert callback.history[-1]["blindspot/microworld/all/non-entailment/accuracy"] > 0.9


def test_hans_with_pairs_as_the_tokenizer_joins_them_needs_no_more_than_its_name(tmp_path: Path) -> None:
    callback = BlindspotCallback("hans", n_per_cell=5)
    trainer = small_trainer(tmp_path)
    trainer.add_callback(callback)
    trainer.train()
    assert callback.history[-1]["blindspot/hans/constituent/entailment/accuracy"] in (
        0,
        0.2,
        0.4,
        0.6,
        0.8,
        1,
    )


def test_logits_that_are_no_numbers_are_warned_of_and_the_training_goes_on(tmp_path: Path) -> None:
    callback = watch()
    trainer = small_trainer(tmp_path, learning_rate=float("inf"), max_grad_norm=0.0)
    trainer.add_callback(callback)
    with pytest.warns(UserWarning, match="logits that are not numbers"):
        trainer.train()
    assert trainer.state.global_step == N_STEPS
    assert callback.history == []


@pytest.mark.parametrize(
    ("model", "changes", "message"),
    [
        ({"labels": ("LABEL_0", "LABEL_1", "LABEL_2")}, {}, r"called LABEL_0, LABEL_1, LABEL_2.*labels=\["),
        ({}, {"labels": ("yes", "no", "maybe")}, r"called yes, no, maybe.*\(labels\)"),
        ({"labels": ("a", "b")}, {"labels": LABELS}, r"shape \(1, 2\), and there are 3 labels"),
        ({"max_position_embeddings": 9}, {}, "longer than the model's 9 positions"),
        ({"pad_token_id": 7}, {}, "logits change by .* when it is padded"),
        ({}, {"encode": lambda premise, hypothesis: premise}, r"gave '.*\(encode\).*input_ids"),
        (
            {},
            {"encode": lambda premise, hypothesis: {"input_ids": [[1]]}},
            r"gave \{'input_ids': \[\[1\]\]\}",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused_before_the_first_step(
    tmp_path: Path, model: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    names = tokenizer()
    trainer = small_trainer(tmp_path, tiny_classifier(**model), names)
    # The Trainer mends a pad token that differs, if it is given a tokenizer.
    trainer.processing_class = None
    trainer.add_callback(watch(tokenizer=names, **changes))
    with pytest.raises(ScotomaError, match=message):
        trainer.train()
    assert trainer.state.global_step == 0


def test_without_a_tokenizer_it_says_where_to_give_one(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path)
    trainer.callback_handler.processing_class = None
    trainer.add_callback(watch())
    with pytest.raises(ScotomaError, match=r"there is no tokenizer.*Give tokenizer="):
        trainer.train()


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"blindspot": "hanz"}, "'hanz' is not known.*Did you mean 'hans'"),
        ({"n_per_cell": 0}, "0 rows per cell"),
        ({"n_per_cell": 10_001}, "10001 rows per cell"),
        ({"every": 0}, "every is 0"),
        ({"encode": "{premise} {hypotesis}"}, r"names \['hypotesis', 'premise'\]"),
        ({"encode": "{premise"}, "cannot be read"),
        ({"encode": "Is it so?"}, "names no text"),
    ],
)
def test_a_wrong_argument_is_refused_at_once(wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ScotomaError, match=message):
        BlindspotCallback(**{"blindspot": "hans", **wrong})


def test_a_callback_of_one_trainer_is_refused_by_another(tmp_path: Path) -> None:
    callback, other = watch().attach(small_trainer(tmp_path / "one")), small_trainer(tmp_path / "other")
    other.add_callback(callback)
    with pytest.raises(ScotomaError, match="attached to another Trainer"):
        other.train()
    assert other.state.global_step == 0


class Tracker(TrainerCallback):
    """Keeps what the Trainer logs, as trackers do."""

    def __init__(self) -> None:
        self.logged: list[dict[str, float]] = []

    def on_log(self, args: Any, state: Any, control: Any, logs: Any = None, **given: Any) -> None:
        self.logged.append(dict(logs))


def test_attached_it_logs_to_trackers_that_come_before_it_and_is_added_once(tmp_path: Path) -> None:
    trainer, tracker = small_trainer(tmp_path), Tracker()
    trainer.add_callback(tracker)
    callback = watch().attach(trainer).attach(trainer)
    assert trainer.callback_handler.callbacks.count(callback) == 1
    trainer.train()
    heard = [logged[ACCURACY] for logged in tracker.logged if ACCURACY in logged]
    assert heard == [logged[ACCURACY] for logged in callback.history]
    assert len([logged for logged in tracker.logged if "loss" in logged]) == N_STEPS


def test_only_added_it_says_that_trackers_will_not_hear_of_it_and_measures_the_same(tmp_path: Path) -> None:
    attached = watch().attach(small_trainer(tmp_path))
    assert attached._trainer is not None
    attached._trainer.train()
    trainer, added = small_trainer(tmp_path), watch()
    trainer.args.report_to = ["a_tracker"]
    trainer.add_callback(added)
    with pytest.warns(UserWarning, match=r"a_tracker will not have .* callback.attach\(trainer\)"):
        trainer.train()
    assert added.history == attached.history


def test_rows_of_a_file_of_ones_own_are_drawn_with_the_seed(tmp_path: Path) -> None:
    labels = SPOT.labels
    pl.DataFrame(
        {
            "id": [str(i) for i in range(40)],
            "premise": [f"The doctor saw the lawyer {i} ." for i in range(40)],
            "hypothesis": ["The lawyer saw the doctor ."] * 40,
            "label": [labels[i % 2] for i in range(40)],
            "heuristic": ["lexical_overlap"] * 40,
        }
    ).write_csv(tmp_path / "own.csv")
    settings = SPOT.model_dump() | {"name": "mine", "source": {"file": str(tmp_path / "own.csv")}}
    spot = BlindSpot.model_validate(settings)
    one, same, other = (BlindspotCallback(spot, n_per_cell=6, seed=seed).rows for seed in (0, 0, 1))
    assert one.equals(same)
    assert not one.equals(other)
    assert one["label"].value_counts(sort=True)["count"].to_list() == [6, 6]
    all_there_are = BlindspotCallback(spot, n_per_cell=100).rows
    assert all_there_are.height == 40


def test_importing_the_package_imports_no_torch() -> None:
    code = (
        "import sys, scotoma.integrations; sys.exit('torch' in sys.modules or 'transformers' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    with pytest.raises(ImportError, match="no_such_name"):
        from scotoma.integrations import no_such_name  # noqa: F401


# Label names, the Trainer's loss, and its choice of the best model.


class Named(list):  # type: ignore[type-arg]
    """Rows with the features of a data set whose labels have names."""

    def __init__(self, rows: Any, names: list[str]) -> None:
        super().__init__(rows)
        self.features = {"labels": datasets.ClassLabel(names=names)}


def turned(names: tuple[str, ...]) -> list[str]:
    return [*names[1:], names[0]]


def test_names_of_the_training_set_in_another_order_than_the_models_are_refused(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path)
    trainer.train_dataset = Named(trainer.train_dataset, turned(LABELS))
    trainer.add_callback(watch())
    said = r"neutral, contradiction, entailment according to the training set's ClassLabel"
    with pytest.raises(ScotomaError, match=said):
        trainer.train()
    assert trainer.state.global_step == 0


def test_names_behind_a_subset_or_of_an_evaluation_set_are_looked_at(tmp_path: Path) -> None:
    rows = small_trainer(tmp_path).train_dataset
    other = Named(rows, turned(LABELS))
    for place, given, said in (
        ("train_dataset", Subset(other, range(8)), "the training set's ClassLabel"),
        ("eval_dataset", other, "the evaluation set's ClassLabel"),
        ("eval_dataset", {"matched": rows, "more": other}, "the ClassLabel of evaluation set 'more'"),
    ):
        trainer = small_trainer(tmp_path)
        setattr(trainer, place, given)
        watch().attach(trainer)
        with pytest.raises(ScotomaError, match=f"neutral, contradiction, entailment according to {said}"):
            trainer.train()


def test_labels_numbered_anew_in_an_evaluation_set_that_lacks_one_are_refused(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path)
    trainer.eval_dataset = Named(trainer.train_dataset, list(LABELS[1:]))
    watch().attach(trainer)
    said = r"neutral, contradiction according to the evaluation set's ClassLabel"
    with pytest.raises(ScotomaError, match=said):
        trainer.train()
    for names in (LABELS[:2], ("entailment", "non-entailment"), ("non-entailment", "entailment")):
        trainer.eval_dataset = Named(trainer.train_dataset, list(names))
        trainer.train()


def test_names_of_the_training_set_in_the_same_order_are_no_fault(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path)
    trainer.train_dataset = Named(trainer.train_dataset, [label.upper() for label in LABELS])
    trainer.add_callback(watch())
    trainer.train()


def test_given_labels_in_another_order_than_the_models_names_are_refused(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path)
    trainer.add_callback(watch(labels=turned(LABELS)))
    with pytest.raises(
        ScotomaError,
        match=r"according to labels=, and entailment, neutral, contradiction according to model.config",
    ):
        trainer.train()
    nameless = tiny_classifier(id2label={n: f"LABEL_{n}" for n in range(3)})
    trainer = small_trainer(tmp_path, nameless)
    trainer.add_callback(watch(labels=LABELS))
    trainer.train()


def loss_warnings(trainer: Any) -> list[str]:
    watch().attach(trainer)
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        trainer.train()
    return [str(one.message) for one in told if "times the mean loss" in str(one.message)]


def own_loss(outputs: Any, labels: Any, num_items_in_batch: Any = None) -> Any:
    total = torch.nn.functional.cross_entropy(outputs["logits"], labels, reduction="sum")
    return total / num_items_in_batch


@pytest.mark.parametrize(
    ("changes", "warned"),
    [
        ({"gradient_accumulation_steps": 2}, True),
        ({"gradient_accumulation_steps": 1}, False),
        ({"gradient_accumulation_steps": 2, "label_smoothing_factor": 0.1}, False),
    ],
)
def test_a_loss_that_accumulation_multiplies_is_warned_of(
    tmp_path: Path, changes: dict[str, Any], warned: bool
) -> None:
    told = loss_warnings(small_trainer(tmp_path, **changes))
    assert len(told) == warned
    assert all("trains on 2 times the mean loss" in one for one in told)


def test_a_loss_of_the_users_own_is_not_warned_of(tmp_path: Path) -> None:
    trainer = small_trainer(tmp_path, gradient_accumulation_steps=2)
    trainer.compute_loss_func = own_loss
    assert loss_warnings(trainer) == []


def test_the_warning_is_right(tmp_path: Path) -> None:
    """Where it is given, the first step of the same rows has as many times the gradient."""
    norms = []
    for size, parts in ((4, 1), (2, 2)):
        trainer = small_trainer(
            tmp_path,
            tiny_classifier(attention_dropout=0.0),
            per_device_train_batch_size=size,
            gradient_accumulation_steps=parts,
            max_steps=1,
            max_grad_norm=1e9,
        )
        trainer.train()
        norms.append(next(one["grad_norm"] for one in trainer.state.log_history if "grad_norm" in one))
    assert norms[1] / norms[0] == pytest.approx(2, rel=0.05)


@pytest.mark.parametrize("prefix", ["", "eval_"])
def test_the_best_model_may_be_chosen_by_a_blind_spot(tmp_path: Path, prefix: str) -> None:
    callback = watch()
    trainer = small_trainer(
        tmp_path,
        save_strategy="steps",
        save_steps=3,
        metric_for_best_model=f"{prefix}{ACCURACY}",
        load_best_model_at_end=True,
    )
    trainer.add_callback(callback)
    trainer.train()
    seen = [logged[ACCURACY] for logged in callback.history if logged["step"] in (3, 6)]
    assert trainer.state.best_metric == max(seen)


@pytest.mark.parametrize(
    ("metric", "how", "said"),
    [
        (ACCURACY.replace("accuracy", "acuracy"), {}, "which is not measured.*Did you mean"),
        (ACCURACY, {"at_evaluations": False}, "nothing is measured at evaluations"),
    ],
)
def test_a_best_model_by_a_measure_that_there_is_not_is_refused(
    tmp_path: Path, metric: str, how: dict[str, Any], said: str
) -> None:
    trainer = small_trainer(
        tmp_path,
        save_strategy="steps",
        save_steps=3,
        metric_for_best_model=metric,
        load_best_model_at_end=True,
    )
    trainer.add_callback(watch(**how))
    with pytest.raises(ScotomaError, match=said):
        trainer.train()
    assert trainer.state.global_step == 0

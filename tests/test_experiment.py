from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.experiment import Plan, plan
from scotoma.study.file import load_study
from three_arms import THREE_ARMS

STUDY = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))


def plan_of(folder: Path, change: Callable[[dict[str, Any]], object] = lambda s: None) -> Plan:
    content = yaml.safe_load(yaml.safe_dump(STUDY))
    change(content)
    path = folder / "quickstart.yaml"
    path.write_text(yaml.safe_dump(content))
    return plan(load_study(str(path)))


def keys(found: Plan) -> set[str]:
    return {step.key for step in found.steps}


def stages_that_changed(before: Plan, after: Plan) -> set[str]:
    return {step.stage for step in after.steps if step.key not in keys(before)}


def test_a_study_compares_the_start_and_every_arm_in_every_replicate(tmp_path: Path) -> None:
    found = plan_of(tmp_path)
    assert Counter(model.arm.name for model in found.models) == {
        "none": 4,
        "original-1000": 4,
        "synthetic-1000": 4,
        "biased-1000": 4,
    }


def test_inputs_come_before_what_needs_them(tmp_path: Path) -> None:
    seen: set[str] = set()
    for step in plan_of(tmp_path).steps:
        assert {needed.key for needed in step.inputs} <= seen
        assert step.key not in seen
        seen.add(step.key)


def test_what_needs_no_model_comes_first(tmp_path: Path) -> None:
    stages = [step.stage for step in plan_of(tmp_path).steps]
    first_training = stages.index("train_classifier")
    assert "read_examples" not in stages[first_training:]
    assert "check_splits" not in stages[first_training:]


def test_in_a_replicate_the_rows_of_every_arm_come_before_the_first_classifier(tmp_path: Path) -> None:
    found = plan_of(tmp_path, lambda s: s.update(replicates=2))
    places = {step.key: place for place, step in enumerate(found.steps)}
    first_end = 0
    for replicate in range(2):
        models = [model.predictions.classifier for model in found.models if model.replicate == replicate]
        rows = [places[model.data.key] for model in models if model.data]
        trained = [places[model.key] for model in models]
        assert max(rows) < min(trained)
        # A replicate is whole before the next one's generator is trained.
        (generator,) = (
            places[step.key]
            for step in found.steps
            if step.stage == "train_generator" and step.model_dump()["seed"] == models[0].seed
        )
        assert first_end <= generator
        first_end = max(trained)


def test_the_same_study_gives_the_same_plan(tmp_path: Path) -> None:
    assert [s.key for s in plan_of(tmp_path).steps] == [s.key for s in plan_of(tmp_path).steps]


def test_more_replicates_change_no_step_of_the_first(tmp_path: Path) -> None:
    assert keys(plan_of(tmp_path)) < keys(plan_of(tmp_path, lambda s: s.update(replicates=5)))


def test_more_samples_of_an_arm_change_no_step_of_the_first(tmp_path: Path) -> None:
    before = plan_of(tmp_path)
    arms = [{"original": 1000}, {"synthetic": {"n": 1000, "samples": 3}}, {"biased": 1000}]
    after = plan_of(tmp_path, lambda s: s.update(arms=arms))
    assert keys(before) < keys(after)
    assert stages_that_changed(before, after) == {"assemble", "train_classifier", "predict"}
    # The rows, a training on them and its answers, for two more samples in each of 4 replicates.
    assert len(after.steps) - len(before.steps) == 3 * 2 * 4


def test_samples_go_on_from_one_start_each_on_rows_and_in_an_order_of_its_own(tmp_path: Path) -> None:
    found = plan_of(
        tmp_path, lambda s: s.update(arms=[{"synthetic": {"n": 1000, "samples": 3}}], replicates=1, claims=[])
    )
    assert [model.model for model in found.models] == [
        "none",
        "synthetic-1000",
        "synthetic-1000#2",
        "synthetic-1000#3",
    ]
    assert {model.name for model in found.models[1:]} == {"synthetic-1000"}
    trained = [model.predictions.classifier for model in found.models[1:]]
    assert len({one.start.key for one in trained if one.start}) == 1
    assert len({one.seed for one in trained}) == len({one.data.key for one in trained if one.data}) == 3
    assert trained[0].seed == found.study.seed_of(0)
    assert [one.data.drawn for one in trained if one.data] == [model.model for model in found.models[1:]]


def test_one_changed_setting_re_runs_exactly_what_depends_on_it(tmp_path: Path) -> None:
    before = plan_of(tmp_path)

    def rerun(change: Callable[[dict[str, Any]], object]) -> set[str]:
        return stages_that_changed(before, plan_of(tmp_path, change))

    trained = {"train_classifier", "predict"}
    assert rerun(lambda s: s["claims"].clear()) == set()
    assert rerun(lambda s: s["evaluation"].update(batch_tokens=64)) == {"predict"}
    assert rerun(lambda s: s["recipe"].update(epochs=9)) == trained
    pool = {"sample", "screen", "assemble"}
    assert rerun(lambda s: s["generator"]["sampling"].update(top_p=0.5)) == trained | pool
    assert rerun(lambda s: s["generator"]["recipe"].update(epochs=9)) == trained | pool | {"train_generator"}
    assert rerun(lambda s: s["arms"].append({"synthetic": 900})) == trained | {"assemble"}


def test_arms_of_originals_do_not_depend_on_the_generator(tmp_path: Path) -> None:
    def originals(found: Plan) -> set[str]:
        return {model.predictions.key for model in found.models if model.arm.kind == "original"}

    changed = plan_of(tmp_path, lambda s: s["generator"]["sampling"].update(top_p=0.5))
    assert originals(plan_of(tmp_path)) == originals(changed)


def test_how_a_training_is_spread_changes_no_step(tmp_path: Path) -> None:
    spread = {"processes": 4, "sharding": "fsdp"}
    assert keys(plan_of(tmp_path, lambda s: s.update(distributed=spread))) == keys(plan_of(tmp_path))


def test_replicates_differ_in_every_draw(tmp_path: Path) -> None:
    found = plan_of(tmp_path)
    for stage in ("train_classifier", "train_generator", "sample", "assemble"):
        seeds = Counter(step.model_dump()["seed"] for step in found.steps if step.stage == stage)
        assert len(set(seeds)) == 4


def test_studies_with_other_seeds_share_no_trained_model(tmp_path: Path) -> None:
    trained = [
        {
            step.key
            for step in plan_of(tmp_path, lambda s, n=n: s.update(seed=n)).steps
            if step.stage.startswith("train")
        }
        for n in range(4)
    ]
    assert len(set.union(*trained)) == sum(map(len, trained))


def test_summed_seeds_are_those_of_studies_before_seeds_were_hashed(tmp_path: Path) -> None:
    found = plan_of(tmp_path, lambda s: s.update(seeding="summed", seed=5))
    seeds = {step.model_dump()["seed"] for step in found.steps if step.stage == "train_classifier"}
    assert seeds == {5, 6, 7, 8}


def test_a_relabelled_arm_is_labelled_by_a_model_or_by_rule(tmp_path: Path) -> None:
    def with_labeller(labeller: Any) -> Plan:
        return plan_of(
            tmp_path, lambda s: (s["arms"].append({"relabelled": 900}), s.update(labeller=labeller))
        )

    by_rule, by_model = with_labeller("exact"), with_labeller({"original": 5000})
    assert len(by_model.steps) == len(by_rule.steps) + 4 * 3  # draw, train and predict, per replicate


def test_a_generator_may_be_trained_on_what_the_start_saw(tmp_path: Path) -> None:
    def self_training(study: dict[str, Any]) -> None:
        study.update(starts=[300, 600])
        study["generator"].update(trained_on="start")

    stages = Counter(step.stage for step in plan_of(tmp_path, self_training).steps)
    assert stages["train_generator"] == 2 * 4


@pytest.mark.parametrize(
    ("repetition", "stages"),
    [
        ("order", {"train_classifier", "predict"}),
        ("draw", {"redraw", "train_classifier", "predict"}),
        ({"batch_size": 16}, {"train_classifier", "predict"}),
        ({"batch_tokens": 4096}, {"predict"}),
    ],
)
def test_a_repetition_adds_steps_for_the_original_arm_alone(
    tmp_path: Path, repetition: object, stages: set[str]
) -> None:
    before = plan_of(tmp_path)
    after = plan_of(tmp_path, lambda s: s.update(noise=[repetition]))
    assert keys(before) < keys(after)
    assert stages_that_changed(before, after) == stages
    again = [model for model in after.models if model.repetition]
    assert {model.arm.kind for model in again} == {"original"}
    assert len(again) == 4
    assert len({model.predictions.key for model in after.models}) == len(after.models)


def test_the_papers_grid_is_60_models_of_54_arms_and_6_starts() -> None:
    planned = plan(load_study("zhang2025"))
    assert len(planned.models) == 60
    assert sum(model.arm.kind == "none" for model in planned.models) == 6


def test_an_edited_file_of_words_re_runs_the_arms_it_decides_and_no_other(tmp_path: Path) -> None:
    def with_words(*words: str) -> Plan:
        (tmp_path / "words.txt").write_text("\n".join(words))
        own = {"predicate": {"wordfile": "words.txt"}, "label": "entailment"}
        return plan_of(tmp_path, lambda s: s.update(heuristic=own))

    before = with_words("saw")
    assert stages_that_changed(plan_of(tmp_path), before) == {"assemble", "train_classifier", "predict"}
    assert keys(with_words("saw")) == keys(before)
    edited = with_words("saw", "ran")
    assert stages_that_changed(before, edited) == {"assemble", "train_classifier", "predict"}
    changed = {model.arm.kind for model in edited.models if model.predictions.key not in keys(before)}
    assert changed == {"biased"}


def test_rows_that_are_chosen_by_predicate_are_read_by_a_step_of_their_own(tmp_path: Path) -> None:
    def choosing(study: dict[str, Any]) -> None:
        study["blindspots"].append(
            {
                "name": "denial",
                "title": "denial",
                "heuristics": {"negation": "What is denied is not entailed."},
                "select": {"negation": "negation"},
                "label_map": {"entailment": "yes", "neutral": "no", "contradiction": "no"},
                "target": "yes",
                "source": {
                    "microworld": {"part": "test", "n": 90, "dial": 0.5},
                    "labels": {"entailment": "yes", "neutral": "no", "contradiction": "no"},
                },
            }
        )

    stages = Counter(step.stage for step in plan_of(tmp_path, choosing).steps)
    assert stages["read_selected"] == 1
    assert "read_selected" not in {step.stage for step in plan_of(tmp_path).steps}


def test_every_kind_of_arm_has_what_it_draws_from(tmp_path: Path) -> None:
    def change(study: dict[str, Any]) -> None:
        source = {"microworld": {"part": "counter", "n": 60}}
        study.update(labeller="exact", replicates=2)
        study["arms"] += [
            {"reweighted": 90},
            {"repaired": 90},
            {"noise_matched": 90},
            {"z_filtered": {"threshold": 2, "n": 90}},
            {"counter_examples": {"share": 0.1, "n": 90, "source": source}},
            {"coverage": {"share": 0.9, "n": 90}},
        ]

    before, after = plan_of(tmp_path, lambda s: s.update(replicates=2)), plan_of(tmp_path, change)
    assert keys(before) < keys(after)
    added = Counter(step.stage for step in after.steps if step.key not in keys(before))
    assert added == {
        "assemble": 2 * 5,
        "assemble_covering": 2,
        "embed": 2,
        "read_apart": 2,
        "check_splits": 2,
        "train_classifier": 2 * 6,
        "predict": 2 * 6,
    }
    stages = [step.stage for step in after.steps]
    assert stages.index("train_classifier") > max(i for i, s in enumerate(stages) if s == "read_apart")


def test_a_dose_of_nothing_is_the_original_arm_and_is_trained_once(tmp_path: Path) -> None:
    curve = {"biased": {"dose": [0, 0.5, 1], "n": 1000}}
    found = plan_of(tmp_path, lambda s: s.update(arms=[{"synthetic": 1000}, curve]))
    assert keys(plan_of(tmp_path)) < keys(found)
    assert Counter(model.arm.name for model in found.models)["original-1000"] == 4


def test_counter_examples_are_drawn_from_a_seed_that_no_test_has(tmp_path: Path) -> None:
    arm = {"counter_examples": {"share": 0.1, "n": 90, "source": {"hans": {"n_per_subcase": 9}}}}
    arm["counter_examples"]["labels"] = {"non-entailment": "neutral"}
    found = plan_of(tmp_path, lambda s: s["arms"].append(arm))
    drawn = [step for step in found.steps if step.stage == "read_apart"]
    assert len({step.model_dump()["seed"] for step in drawn}) == 4
    assert {"non-entailment"} < set(drawn[0].model_dump()["labels"])
    tested = {step.model_dump()["seed"] for step in found.steps if step.stage == "read_examples"}
    assert not tested & {step.model_dump()["seed"] for step in drawn}
    checked = [step for step in found.steps if step.stage == "check_splits"]
    assert {needed.key for step in checked for needed in step.inputs} >= {step.key for step in drawn}


def test_a_grammar_behind_an_arm_or_a_corpus_writes_other_rows_for_every_replicate(tmp_path: Path) -> None:
    grammar = {"hans": {"n_per_subcase": 9}}
    labels = {"labels": {"non-entailment": "neutral"}}

    def change(study: dict[str, Any]) -> None:
        study["data"]["train"] = grammar | labels
        study["arms"] = [{"original": 60}, {"file": {"source": grammar | labels, "n": 60}}]
        study["claims"] = [study["claims"][0] | {"contrast": "file - original"}]

    found = plan_of(tmp_path, change)
    read = [s for s in found.steps if s.stage == "read_examples" and s.model_dump()["source"].get("hans")]
    seeds = Counter(step.model_dump()["seed"] for step in read)
    assert len(seeds) == len(read) >= 2 * 4

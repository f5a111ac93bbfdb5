"""Rounds, several generators and several bases: what is planned, what is refused, what is called what."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors.numpy import save_file

from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan, plan
from scotoma.integrations.export.parts import parts
from scotoma.report.methods import generation
from scotoma.results.design import count_judgements
from scotoma.stages.gather_pools import GatherPools
from scotoma.stages.round_data import RoundData
from scotoma.stages.screen import Screen
from scotoma.stages.train_generator import TrainGenerator
from scotoma.study.file import load_study
from scotoma.study.study import Study
from three_arms import THREE_ARMS

STUDY = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
MODES = ("replace", "accumulate", "accumulate_subsample")
Change = Callable[[dict[str, Any]], object]


def read(folder: Path, change: Change = lambda s: None) -> Study:
    content = yaml.safe_load(yaml.safe_dump(STUDY))
    change(content)
    path = folder / "quickstart.yaml"
    path.write_text(yaml.safe_dump(content))
    return load_study(str(path))


def plan_of(folder: Path, change: Change = lambda s: None) -> Plan:
    return plan(read(folder, change))


def with_rounds(k: int, data: str = "replace") -> Change:
    return lambda study: study.update(rounds={"k": k, "data": data})


def several(study: dict[str, Any]) -> None:
    """The generator twice, as `same` and, with another temperature, as `hot`."""
    own = study.pop("generator")
    study["generators"] = {"same": own, "hot": {**own, "sampling": {**own["sampling"], "temperature": 1.5}}}


def ladder(study: dict[str, Any]) -> None:
    own = study.pop("model")
    study["models"] = {"full": own, "half": {**own, "precision": "bf16"}}


def keys(found: Plan) -> set[str]:
    return {step.key for step in found.steps}


#: Stages whose steps a person must be able to tell apart.
MODELS = {"train_classifier", "train_generator", "sample", "screen", "round_data", "predict"}


def assert_told_apart(found: Plan, stages: set[str]) -> None:
    titles = Counter(step.title for step in found.steps if step.stage in stages)
    assert titles
    assert {title for title, n in titles.items() if n > 1} == set()


def generators(found: Plan) -> list[TrainGenerator]:
    return [step for step in found.steps if isinstance(step, TrainGenerator)]


@pytest.mark.parametrize("data", MODES)
def test_one_round_is_the_study_without_rounds_and_more_change_none_of_its_steps(
    tmp_path: Path, data: str
) -> None:
    plain = plan_of(tmp_path)
    one, three = (plan_of(tmp_path, with_rounds(k, data)) for k in (1, 3))
    assert [step.key for step in plain.steps] == [step.key for step in one.steps]
    assert keys(plain) < keys(three)
    assert keys(three) < keys(plan_of(tmp_path, with_rounds(5, data)))


def test_every_arm_that_is_written_is_there_in_every_round(tmp_path: Path) -> None:
    found = plan_of(tmp_path, with_rounds(3))
    names = Counter(model.name for model in found.models)
    written = [f"{arm}-1000{round_}" for arm in ("synthetic", "biased") for round_ in ("", "@2", "@3")]
    assert names == dict.fromkeys(["none", "original-1000", *written], 4)
    assert len(generators(found)) == 4 * 3
    assert len({model.predictions.key for model in found.models}) == len(found.models)


@pytest.mark.parametrize(
    ("data", "n_pools"), [("replace", 1), ("accumulate", 2), ("accumulate_subsample", 2)]
)
def test_a_round_learns_from_what_its_data_say(tmp_path: Path, data: str, n_pools: int) -> None:
    third = [step for step in generators(plan_of(tmp_path, with_rounds(3, data))) if step.round == 3]
    assert len(third) == 4
    for step in third:
        assert isinstance(step.data, RoundData)
        assert step.data.original.drawn == "all originals"
        assert len(step.data.pools) == n_pools
        assert [pool.round for pool in step.data.pools if isinstance(pool, Screen)] == [1, 2][-n_pools:]


@pytest.mark.parametrize("data", MODES)
def test_arms_draw_from_what_there_would_be(tmp_path: Path, data: str) -> None:
    models = [model for model in plan_of(tmp_path, with_rounds(3, data)).models if model.round == 3]
    assert models
    for model in models:
        rows = model.predictions.classifier.data
        assert rows is not None
        if data == "replace":
            assert isinstance(rows.pool, Screen)
            assert rows.pool.round == 3
        else:
            assert isinstance(rows.pool, GatherPools)
            assert [pool.round for pool in rows.pool.pools] == [1, 2, 3]
        assert rows.arm != "all"
        assert rows.arm.n == 1000


def test_every_round_draws_from_seeds_of_its_own(tmp_path: Path) -> None:
    planned = plan_of(tmp_path, with_rounds(3))
    found, of_replicates = generators(planned), planned.study.seeds.values()
    seeds = {(step.seed, step.round): step.seed_of_round(step.seed) for step in found}
    assert all(seeds[seed, 1] == seed for seed in of_replicates)
    assert len(set(seeds.values())) == len(seeds) == 12


def test_a_start_s_own_loop_is_one_for_every_start(tmp_path: Path) -> None:
    def self_training(study: dict[str, Any]) -> None:
        study.update(starts=[300, 600], rounds={"k": 2, "data": "accumulate"})
        study["generator"].update(trained_on="start")

    found = generators(plan_of(tmp_path, self_training))
    assert len(found) == 4 * 2 * 2
    later = [step.data for step in found if isinstance(step.data, RoundData)]
    assert Counter(data.original.drawn for data in later) == {"original-300": 4, "original-600": 4}


def test_an_arm_without_a_name_is_made_for_every_generator(tmp_path: Path) -> None:
    def change(study: dict[str, Any]) -> None:
        several(study)
        study["arms"] = [{"original": 1000}, {"synthetic": 1000}, {"biased": {"n": 1000, "generator": "hot"}}]
        study.update(rounds={"k": 2, "data": "replace"})

    found = plan_of(tmp_path, change)
    names = ["synthetic-1000+same", "synthetic-1000+hot", "biased-1000+hot"]
    later = [f"{name}@2" for name in names]
    assert set(Counter(model.name for model in found.models)) == {"none", "original-1000", *names, *later}
    assert_told_apart(found, {"assemble", *MODELS})


def test_a_generator_s_name_is_in_no_step(tmp_path: Path) -> None:
    """So a study that takes a second generator keeps all it has."""
    assert keys(plan_of(tmp_path)) < keys(plan_of(tmp_path, several))


def test_every_base_has_starts_and_generators_of_its_own(tmp_path: Path) -> None:
    found = plan_of(tmp_path, ladder)
    assert {model.start for model in found.models} == {"full/2000", "half/2000"}
    assert keys(plan_of(tmp_path)) < keys(found)
    assert len(generators(found)) == 8
    assert_told_apart(found, MODELS)
    corpora = [step for step in found.steps if step.stage == "read_examples"]
    assert len(corpora) == 4 + 2


def test_every_pool_and_arm_is_exported_to_a_place_of_its_own(tmp_path: Path) -> None:
    def change(study: dict[str, Any]) -> None:
        several(study)
        ladder(study)
        with_rounds(2, "accumulate")(study)

    found = parts(plan_of(tmp_path, change))
    of = [f"{generator}{round_}" for generator in ("+same", "+hot") for round_ in ("", "@2")]
    arms = ("pool", "synthetic-1000", "biased-1000")
    assert {part.config for part in found} == {f"{arm}{marks}" for arm in arms for marks in of}
    assert len({part.file for part in found}) == len(found) == 12 * 4 * 2
    assert {part.split for part in found if part.replicate == 0} == {
        "replicate_0_start_full_2000",
        "replicate_0_start_half_2000",
    }
    assert [part.is_pool for part in found] == sorted((part.is_pool for part in found), reverse=True)


@pytest.mark.parametrize(
    ("change", "n"),
    [
        (lambda s: None, 2),
        (with_rounds(5), 10),
        (several, 4),
        (ladder, 4),
        (lambda s: (several(s), ladder(s), with_rounds(3)(s)), 24),
    ],
)
def test_a_claim_is_judged_for_every_round_generator_and_base(tmp_path: Path, change: Change, n: int) -> None:
    assert count_judgements(read(tmp_path, change)) == n


def prompted(study: dict[str, Any]) -> None:
    study["generator"] = {"prompted": {"shots": 1, "sampling": study["generator"]["sampling"]}}


def asked(study: dict[str, Any]) -> None:
    endpoint = {"url": "http://127.0.0.1:8080/v1", "model": "tiny", "api": "chat", "shots": 0}
    study["generator"] = {"endpoint": {**endpoint, "sampling": study["generator"]["sampling"]}}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda s: (prompted(s), with_rounds(2)(s)), "the generator is not trained"),
        (lambda s: (asked(s), with_rounds(2)(s)), "the generator is not trained"),
        (
            lambda s: (s["arms"].append({"file": "rows.tsv"}), with_rounds(2)(s)),
            "nothing was trained to write the rows of file-rows",
        ),
        (
            lambda s: (
                s.update(starts=[3003]),
                s["generator"].update(trained_on="start"),
                with_rounds(2)(s),
            ),
            "learns from 3003 rows; candidates_per_label gives 3000 at most",
        ),
        (with_rounds(0), "greater than or equal to 1"),
        (with_rounds(2, "forget"), "rounds.data"),
        (lambda s: s.update(rounds={"k": 2}), "rounds.data: missing"),
        (lambda s: (several(s), s.update(generator=STUDY["generator"])), "give either `generator`"),
        (lambda s: s["arms"].append({"synthetic": {"n": 30, "generator": "x"}}), "no generator 'x'"),
        (
            lambda s: (several(s), s["arms"].append({"synthetic": {"n": 30, "generator": "hto"}})),
            "Did you mean 'hot'",
        ),
        (
            lambda s: (several(s), s["arms"].append({"synthetic": {"n": 1000, "generator": "hot"}})),
            r"arms named twice: synthetic-1000\+hot",
        ),
        (lambda s: s["arms"].append({"original": {"n": 30, "generator": "x"}}), "`generator` is not allowed"),
        (lambda s: (several(s), s.update(arms=[{"original": 1000}], claims=[])), "are used by no arm"),
        (
            lambda s: (several(s), s["generators"].update({"a@2": s["generators"]["hot"]})),
            "is not allowed as a name",
        ),
        (lambda s: s.pop("model"), "give either `model`"),
        (lambda s: s.update(models={"x": s["model"]}), "give either `model`"),
        (lambda s: s.update(models={"a/b": s.pop("model")}), "is not allowed as a name"),
        (lambda s: (several(s), s["generators"]["hot"].update(trained_on="strat")), "generators.hot"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, change: Change, message: str) -> None:
    (tmp_path / "rows.tsv").write_text("premise\thypothesis\tlabel\nA\tB\tneutral\n")
    with pytest.raises(ScotomaError, match=message):
        read(tmp_path, change)


def test_a_prompted_model_may_be_asked_in_one_round(tmp_path: Path) -> None:
    assert read(tmp_path, lambda s: (prompted(s), with_rounds(1)(s))).n_rounds == 1


@pytest.mark.parametrize("change", [lambda s: None, with_rounds(3), several, ladder])
def test_a_study_comes_back_from_a_request_as_it_was(tmp_path: Path, change: Change) -> None:
    study = read(tmp_path, change)
    assert Study.model_validate_json(study.model_dump_json()) == study


def test_what_is_not_given_stands_in_no_record(tmp_path: Path) -> None:
    record = read(tmp_path).model_dump(mode="json", context="identity")
    assert not record.keys() & {"models", "generators", "rounds"}
    assert not any("generator" in arm for arm in record["arms"])
    named = read(tmp_path, several).model_dump(mode="json", context="identity")
    assert named["generators"].keys() == {"same", "hot"}


def test_the_methods_tell_of_rounds_and_of_every_generator(tmp_path: Path) -> None:
    told = generation(read(tmp_path, lambda s: (several(s), with_rounds(3, "accumulate")(s))))
    for words in (
        "Generator same is",
        "Generator hot is",
        "wrote in 3 rounds",
        "(accumulate)",
        "at the same size",
    ):
        assert words in told
    assert "round" not in generation(read(tmp_path))


@pytest.mark.parametrize("name", ["ladder", "generators"])
def test_the_studies_of_several_bases_say_where_these_should_be_and_are_planned_once_they_are(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ScotomaError, match=r"model folder './bases/\w+' does not exist"):
        load_study(name)
    for base in ("small", "large", "gemma"):
        (tmp_path / "bases" / base).mkdir(parents=True)
        (tmp_path / "bases" / base / "config.json").write_text(f'{{"model_type": "llama", "of": "{base}"}}')
        save_file({}, tmp_path / "bases" / base / "model.safetensors")
    found = plan(load_study(name))
    assert len(generators(found)) == 30
    assert len({step.key for step in generators(found)}) == 30


def test_the_bundled_study_of_rounds_has_five(tmp_path: Path) -> None:
    found = plan(load_study("rounds"))
    assert (len(found.steps), len(found.models)) == (433, 70)
    assert max(model.round for model in found.models) == 5

"""The three kinds of generator in a study file: what is refused, and what is part of an identity."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml

from scotoma.basics.errors import ScotomaError
from scotoma.experiment import Plan, plan
from scotoma.stages.assemble import Assemble
from scotoma.stages.sample import Sample
from scotoma.study.file import load_study
from scotoma.study.settings.generators import EndpointGenerator, FineTuned, PromptedGenerator
from scotoma.study.study import Study
from three_arms import THREE_ARMS

STUDY = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))
SAMPLING = STUDY["generator"]["sampling"]
PROMPTED = {"shots": 2, "sampling": SAMPLING}
ENDPOINT = {
    "url": "http://127.0.0.1:8080/v1",
    "model": "tiny",
    "api": "chat",
    "shots": 0,
    "sampling": SAMPLING,
}
SECRET = "sk-MarkerThatMustNotBeWritten"


def study(folder: Path, generator: dict[str, Any], **changes: Any) -> Study:
    path = folder / "mine.yaml"
    path.write_text(yaml.safe_dump({**STUDY, "generator": generator, **changes}, sort_keys=False))
    return load_study(str(path))


def prompted(folder: Path, **changes: Any) -> Study:
    return study(folder, {"prompted": {**PROMPTED, **changes}})


def endpoint(folder: Path, **changes: Any) -> Study:
    return study(folder, {"endpoint": {**ENDPOINT, **changes}})


def stages(found: Plan) -> Counter[str]:
    return Counter(step.stage for step in found.steps)


def test_each_kind_is_read_and_comes_back_from_what_workers_are_handed(tmp_path: Path) -> None:
    kinds = {
        FineTuned: load_study("quickstart"),
        PromptedGenerator: prompted(tmp_path),
        EndpointGenerator: endpoint(tmp_path, key="OPENAI_API_KEY", prices={"prompt": 1, "completion": 2}),
    }
    for kind, found in kinds.items():
        assert type(found.generator) is kind
        assert Study.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"url": "127.0.0.1:8080/v1"}, "generator.endpoint.url: a URL must look like"),
        ({"url": "ftp://127.0.0.1/v1"}, "generator.endpoint.url: a URL must look like"),
        ({"url": "http:///v1"}, "generator.endpoint.url: a URL must look like"),
        ({"url": "http://127.0.0.1:99999/v1"}, "generator.endpoint.url: Port out of range"),
        ({"url": "http://[::1/v1"}, "generator.endpoint.url: Invalid IPv6 URL"),
        ({"url": "http://a host/v1"}, "generator.endpoint.url: a URL must look like"),
        ({"url": 5}, "generator.endpoint.url: .*valid string"),
        ({"api": "responses"}, "generator.endpoint.api: .*'chat' or 'completions', got 'responses'"),
        ({"shots": -1}, "generator.endpoint.shots: .*greater than or equal to 0, got -1"),
        ({"concurrency": 0}, "generator.endpoint.concurrency: .*greater than or equal to 1"),
        ({"retries": -1}, "generator.endpoint.retries: .*greater than or equal to 0"),
        ({"timeout": 0}, "generator.endpoint.timeout: .*greater than 0"),
        ({"model": ""}, "generator.endpoint.model: .*at least 1 character"),
        ({"prices": {"prompt": 1}}, "generator.endpoint.prices.completion: missing"),
        ({"prices": {"prompt": -1, "completion": 1}}, "generator.endpoint.prices.prompt: .*greater than or"),
        ({"temprature": 1}, "generator.endpoint.temprature: unknown setting"),
        ({"concurency": 1}, "generator.endpoint.concurency: unknown setting.*Did you mean 'concurrency'"),
    ],
)
def test_an_endpoint_that_cannot_be_is_refused_with_its_place(
    tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScotomaError, match=f"mine.yaml:[0-9]+ {message}"):
        endpoint(tmp_path, **changes)


@pytest.mark.parametrize(
    ("generator", "message"),
    [
        ({"prompted": {**PROMPTED, "shots": -1}}, "generator.prompted.shots: .*got -1"),
        ({"prompted": {**PROMPTED, "shot": 1}}, "generator.prompted.shot: .*Did you mean 'shots'"),
        ({"prompted": {"shots": 1}}, "generator.prompted.sampling: missing"),
        ({"prompted": None}, "generator.prompted: .*got null"),
        ({"prompted": PROMPTED, "recipe": {}}, "generator: `prompted` must be the only setting.*got recipe"),
        ({"prompted": PROMPTED, "endpoint": ENDPOINT}, "generator: .*got endpoint as well"),
        ({"promted": PROMPTED}, "generator.promted: unknown setting.*Did you mean 'prompted'"),
        ({**STUDY["generator"], "trained_on": "some"}, "generator.trained_on: .*got 'some'"),
        ({**STUDY["generator"], "reads": "premis"}, "generator.reads: 'premis' is neither .*mean 'premise'"),
        ({**STUDY["generator"], "reads": "hypothesis"}, "generator.reads: hypothesis is the last text"),
        ({"prompted": {**PROMPTED, "reads": "hypothesis"}}, "generator.prompted.reads: hypothesis is the"),
        ({"endpoint": {**ENDPOINT, "reads": "all"}}, "generator.endpoint.reads: 'all' is neither"),
        ({"endpoint": {**ENDPOINT, "hidden": 0.3}}, "generator.endpoint.hidden: unknown setting"),
        ({**STUDY["generator"], "reads": "row"}, "generator.reads: .*give the share .*such as `hidden: 0.3`"),
        (
            {**STUDY["generator"], "hidden": 0.3},
            "generator.hidden: `hidden` hides words of a row .*`reads: row`",
        ),
        ({**STUDY["generator"], "reads": "row", "hidden": 1.0}, "generator.hidden: .*less than 1"),
    ],
)
def test_a_generator_of_no_kind_is_refused_with_its_place(
    tmp_path: Path, generator: dict[str, Any], message: str
) -> None:
    with pytest.raises(ScotomaError, match=f"mine.yaml:[0-9]+ {message}"):
        study(tmp_path, generator)


@pytest.mark.parametrize("key", [SECRET, SECRET.lower().replace("-", ""), "", "A-B"])
def test_a_key_in_the_place_of_its_variable_is_refused_and_not_shown(tmp_path: Path, key: str) -> None:
    with pytest.raises(ScotomaError, match=r"key: not a name of an environment variable") as caught:
        endpoint(tmp_path, key=key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("part", ["http://{}@host/v1", "http://me:{}@host/v1", "http://host/v1?key={}"])
def test_a_secret_in_a_url_is_refused_and_not_shown(tmp_path: Path, part: str) -> None:
    with pytest.raises(ScotomaError, match="no user, query or fragment") as caught:
        endpoint(tmp_path, url=part.format(SECRET))
    assert SECRET not in str(caught.value)


def test_one_pool_a_replicate_serves_all_starts_unless_the_generator_learns_from_the_start(
    tmp_path: Path,
) -> None:
    def with_starts(generator: dict[str, Any]) -> Counter[str]:
        return stages(plan(study(tmp_path, generator, starts=[300, 600, "all"])))

    by_prompt, by_server = with_starts({"prompted": PROMPTED}), with_starts({"endpoint": ENDPOINT})
    assert by_prompt["sample_prompted"] == by_prompt["screen"] == 4
    assert by_server["ask_endpoint"] == by_server["screen"] == 4
    assert not {"train_generator", "sample"} & (set(by_prompt) | set(by_server))
    learns = with_starts({**STUDY["generator"], "trained_on": "start"})
    assert learns["sample"] == learns["screen"] == 4 * 3


def test_a_start_of_nothing_may_have_a_generator_that_learns_nothing(tmp_path: Path) -> None:
    assert plan(study(tmp_path, {"prompted": PROMPTED}, starts=[0])).steps


def test_a_server_is_asked_before_anything_is_trained(tmp_path: Path) -> None:
    found = [step.stage for step in plan(endpoint(tmp_path)).steps]
    assert max(i for i, stage in enumerate(found) if stage == "ask_endpoint") < found.index(
        "train_classifier"
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "OTHER_KEY"},
        {"prices": {"prompt": 1, "completion": 2}},
        {"concurrency": 2},
        {"retries": 0},
        {"timeout": 9},
        {"url": "http://127.0.0.1:8080/v1/"},
    ],
)
def test_how_a_server_is_asked_asks_for_no_row_again(tmp_path: Path, changes: dict[str, Any]) -> None:
    before = {step.key for step in plan(endpoint(tmp_path)).steps}
    assert {step.key for step in plan(endpoint(tmp_path, **changes)).steps} == before


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "http://127.0.0.1:8081/v1"},
        {"model": "other"},
        {"api": "completions"},
        {"shots": 1},
        {"instruction": "Write."},
        {"body": {"top_k": 3}},
        {"sampling": {**SAMPLING, "temperature": 0.5}},
    ],
)
def test_what_a_server_is_asked_is_part_of_its_rows_identity(tmp_path: Path, changes: dict[str, Any]) -> None:
    def asked(found: Study) -> set[str]:
        return {step.key for step in plan(found).steps if step.stage == "ask_endpoint"}

    assert not asked(endpoint(tmp_path)) & asked(endpoint(tmp_path, **changes))


def test_a_prompted_model_may_be_another_than_the_tasks(tmp_path: Path) -> None:
    model = {"name": "someone/else", "precision": "bf16", "adapter": {"kind": "full"}}
    (step, *_) = [s for s in plan(prompted(tmp_path, model=model)).steps if s.stage == "sample_prompted"]
    assert "someone/else" in step.title
    own = plan(prompted(tmp_path))
    assert stages(own)["prepare_base"] == 1
    assert stages(plan(prompted(tmp_path, model=model)))["prepare_base"] == 2


def test_who_reads_reads_what_it_learned_from_and_who_does_not_is_who_it_was(tmp_path: Path) -> None:
    def keys(generator: dict[str, Any]) -> dict[str, str]:
        found = plan(study(tmp_path, generator, replicates=1)).steps
        return {step.stage: step.key for step in found if step.stage in ("train_generator", "sample")}

    def read(trained_on: str) -> Assemble | None:
        reads = {**STUDY["generator"], "reads": "premise", "trained_on": trained_on}
        found = plan(study(tmp_path, reads, replicates=1)).steps
        (sample,) = (step for step in found if isinstance(step, Sample))
        assert sample.originals == sample.generator.data
        return sample.originals

    free = STUDY["generator"]
    assert keys({**free, "reads": None, "hidden": None}) == keys(free)
    reading = [keys({**free, "reads": "premise"}), keys({**free, "reads": "row", "hidden": 0.3})]
    assert all(len({of[stage] for of in (keys(free), *reading)}) == 3 for stage in keys(free))
    assert read("all") is not None
    assert read("all").arm == "all"
    assert read("start").arm.n == 2000


def test_in_later_rounds_a_generator_goes_on_reading_real_rows(tmp_path: Path) -> None:
    reads = {**STUDY["generator"], "reads": "premise"}
    found = plan(study(tmp_path, reads, replicates=1, rounds={"k": 2, "data": "replace"})).steps
    first, second = sorted((one for one in found if isinstance(one, Sample)), key=lambda one: one.round)
    assert second.originals == first.originals == first.generator.data
    assert second.generator.data != first.generator.data


def test_a_text_of_the_task_called_row_is_not_taken_for_a_whole_row(tmp_path: Path) -> None:
    task = {
        "name": "rows",
        "fields": ["row", "more"],
        "labels": ["a", "b"],
        "target": "a",
        "classifier_prompt": "{row} {more}",
        "generator_text": "Kind: {label} Row: {row} More: {more}",
        "end_marker": "End",
    }
    generator = {"prompted": {**PROMPTED, "reads": "row"}}
    with pytest.raises(ScotomaError, match="row would mean both a text of the task and the whole row"):
        study(tmp_path, generator, task=task)

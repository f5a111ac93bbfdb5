"""What stands in the environment stays there: no artifact, log, request or job script has it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.run.execute import execute
from scotoma.run.requests import leave_request
from scotoma.run.slurm import submit
from scotoma.run.watch import PlainWatch
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.generators import Endpoint
from scotoma.study.settings.models import Sampling
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import MICROWORLD
from scripted_server import Said, serving
from toy import Toy

SECRET = "hf_MarkerThatMustNotBeWritten"
NAMES = ("HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "AWS_SECRET_ACCESS_KEY", "WANDB_API_KEY", "SCOTOMA_MARKER")


class Failing(Toy):
    """A step whose traceback is kept."""

    version: ClassVar[int] = 1

    def run(self, *, out: Path, inputs: Callable[[Step], Path], runtime: Runtime) -> None:
        """Fails with the token at hand, as a download does."""
        token = os.environ["HF_TOKEN"]
        raise OSError(f"the hub refused a token of {len(token)} characters")


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> str:
    for name in NAMES:
        monkeypatch.setenv(name, SECRET)
    return SECRET


def holding(folder: Path, secret: str) -> list[Path]:
    """The files that have the secret, of all; there are some."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return [path for path in files if secret.encode() in path.read_bytes()]


def test_no_file_of_a_store_has_a_secret(
    tmp_path: Path, secret: str, capsys: pytest.CaptureFixture[str]
) -> None:
    step = ReadExamples(
        source=Source(microworld=MicroworldDraw(n=3, part="blindspot", dial=None)),
        fields=MICROWORLD.fields,
        labels=MICROWORLD.labels,
        repeated_pairs="keep",
        seed=0,
    )
    store = Store(tmp_path / "store")
    assert execute([step], store, device="cpu", watch=PlainWatch()) == 1
    with pytest.raises(OSError, match="refused a token"):
        store.make(Failing(), Runtime())
    leave_request(load_study("quickstart"), store)
    assert store.manifest(step)["key"] == step.key
    assert holding(tmp_path, secret) == []
    assert secret not in "".join(capsys.readouterr())


@pytest.mark.parametrize("status", [200, 401, 500])
def test_a_server_that_repeats_its_key_leaves_none_of_it_in_the_store(
    tmp_path: Path, secret: str, status: int
) -> None:
    sampling = Sampling(temperature=1, top_p=1, candidates_per_label=1, max_new_tokens=9)
    corpus = ReadExamples(
        source=Source(microworld=MicroworldDraw(n=9, part="train", dial=0.5)),
        fields=MICROWORLD.fields,
        labels=MICROWORLD.labels,
        repeated_pairs="keep",
        seed=0,
    )
    store = Store(tmp_path / "store")
    with serving(lambda asked: Said(json.dumps({"you": asked.headers["authorization"]}), status)) as server:
        settings = {"url": server.url, "model": "tiny", "api": "chat", "shots": 1, "sampling": sampling}
        endpoint = Endpoint.model_validate({**settings, "key": "SCOTOMA_MARKER", "retries": 0})
        step = AskEndpoint(task=MICROWORLD, endpoint=endpoint, corpus=corpus, seed=0)
        store.make(corpus, Runtime())
        with pytest.raises(ScotomaError, match=r"row \w+-0") as caught:
            store.make(step, Runtime())
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {secret}"}
    assert secret not in str(caught.value)
    assert store.error(step)
    assert holding(tmp_path, secret) == []


def test_what_is_handed_to_slurm_has_no_secret(
    tmp_path: Path, secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The script and its arguments; the environment itself goes to the job by Slurm's own rules."""
    seen = tmp_path / "seen"
    for name, answer in (("squeue", ""), ("sbatch", "17")):
        program = tmp_path / "bin" / name
        program.parent.mkdir(exist_ok=True)
        program.write_text(f'#!/bin/sh\n{{ echo "$0 $@"; cat; }} >> {seen}\necho {answer}\n')
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    store = Store(tmp_path / "store")
    request = leave_request(load_study("quickstart"), store)
    assert submit(request, store, workers=2, how=[], options="--time=1", again=["scotoma"]).job == "17"
    assert sys.executable in seen.read_text()
    assert holding(tmp_path, secret) == []

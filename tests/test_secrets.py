"""What stands in the environment stays there: no artifact, log, request or job script has it."""

import json
import logging
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar

import polars as pl
import pytest

from known_data import microworld_rows
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
from scripted_server import Reply, chat, serving
from toy import Toy

#: No four characters of it stand in a word of ours.
SECRET = "hf_Zq7Xv9Kp2Wm4Jt8Rb6Yd5Ns"
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
    return [path for path in files if secret.lower().encode() in path.read_bytes().lower()]


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


CORPUS = microworld_rows(9)


@pytest.fixture(scope="module")
def store_with_corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with what prompts are made from, which takes a second to draw."""
    store = Store(tmp_path_factory.mktemp("corpus"))
    store.make(CORPUS, Runtime())
    return store.root


#: What a server that repeats its key says, by where it does.
REPEATED: dict[str, Callable[[str], Reply]] = {
    "an answer": lambda key: Reply(chat(f"Premise: {key} slept . {key[:9]}", finish_reason=key), reason=key),
    "its model": lambda key: Reply(chat("Premise: x", index=0).replace("tiny-0613", key.upper())),
    "its fingerprint": lambda key: Reply(chat("Premise: x").replace("fp_1", f"fp_{key[3:]}")),
    "a reply of another form": lambda key: Reply(json.dumps({"you": key})),
    "a reply that is no JSON": lambda key: Reply(key),
    "an error that passes": lambda key: Reply(f"who is {key}?", 500, reason=key),
    "an error that stays": lambda key: Reply(f"no such key: {key[:7]}****{key[-4:]}", 401, reason=key),
    "a redirect": lambda key: Reply("", 307, {"location": f"http://127.0.0.1:1/?key={key}"}),
    "a redirect to nowhere": lambda key: Reply("", 307, {"location": f"http://[{key}/"}),
    "a pause": lambda key: Reply("", 429, {"retry-after": key}),
    "a header that is none": lambda key: Reply("x", headers={f"to {key}": key}),
    "a status line that is none": lambda key: Reply("x", reason=f"{key}\x00"),
    "an encoding": lambda key: Reply(key, headers={"content-encoding": "gzip"}),
    "a length": lambda key: Reply("", headers={"content-length": key}),
}

#: Of each, whether rows come of it.
ANSWERED = {"an answer", "its model", "its fingerprint"}


@pytest.mark.parametrize("place", REPEATED)
def test_a_server_that_repeats_its_key_leaves_none_of_it_in_the_store(
    tmp_path: Path, store_with_corpus: Path, secret: str, place: str, caplog: pytest.LogCaptureFixture
) -> None:
    sampling = Sampling(temperature=1, top_p=1, candidates_per_label=1, max_new_tokens=9)
    store = Store(shutil.copytree(store_with_corpus, tmp_path / "store"))
    caplog.set_level(logging.DEBUG)
    with serving(lambda asked: REPEATED[place](asked.headers["authorization"].split()[1])) as server:
        settings = {"url": server.url, "model": "tiny", "api": "chat", "shots": 1, "sampling": sampling}
        endpoint = Endpoint.model_validate({**settings, "key": "SCOTOMA_MARKER", "retries": 0})
        step = AskEndpoint(task=MICROWORLD, endpoint=endpoint, corpus=CORPUS, seed=0)
        if place in ANSWERED:
            assert store.make(step, Runtime())
            # Packed, a table would hide it.
            for path in store.folder(step).glob("*.parquet"):
                path.with_suffix(".txt").write_text(str(pl.read_parquet(path).rows()), encoding="utf8")
            assert "[key]" in store.folder(step).joinpath("asked.txt").read_text(encoding="utf8")
        else:
            with pytest.raises(ScotomaError, match=r"row \w+-0") as caught:
                store.make(step, Runtime())
            assert store.error(step)
            for error in chained(caught.value):
                assert parts(secret, 4).isdisjoint(parts(str(error), 4)), error
    assert {asked.headers["authorization"] for asked in server.asked} == {f"Bearer {secret}"}
    assert [path for part in parts(secret, 8) for path in holding(tmp_path, part)] == []
    assert [path for path in holding(tmp_path, secret[-4:]) if path.parent.name == "error"] == []
    assert parts(secret, 8).isdisjoint(parts(caplog.text, 8))


def chained(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that it came of, also where a traceback would not show it."""
    if error is not None:
        yield error
        yield from chained(error.__cause__)
        yield from chained(error.__context__)


def parts(text: str, n: int) -> set[str]:
    """Every n characters of a text that stand together, in small letters."""
    return {text[at : at + n].lower() for at in range(len(text) - n + 1)}


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

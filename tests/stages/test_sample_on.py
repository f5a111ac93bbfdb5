"""A generator that writes on until enough rows are kept: which rows, in which order, and when it stops."""

import json
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from known_data import microworld_rows
from scotoma.basics.records import read_table
from scotoma.models import sampling as of_models
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.prepare_base import PrepareBase
from scotoma.stages.read_rows import RowsToWrite
from scotoma.stages.sample import Raw
from scotoma.stages.sample_on import AskOn, SampleOn, _persisted
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.screen import Screen
from scotoma.store.steps import Runtime
from scotoma.store.store import Store
from scotoma.study.settings.generators import Endpoint, Prompting
from scotoma.study.settings.models import Full, Sampling, Until
from scotoma.study.settings.pieces import Screening
from scotoma.tasks import MICROWORLD
from scripted_server import Reply, Request, completion, say_pair, serving
from toy import made

LABELS = MICROWORLD.labels
CORPUS, TEST = microworld_rows(60), microworld_rows(60, "test")
DROP = Screening(identical="drop", duplicates="drop", leaks="drop", copies="keep")


def sampling(n: int, until: Until | None = None, tokens: int = 60) -> Sampling:
    return Sampling(temperature=1, top_p=1, candidates_per_label=n, max_new_tokens=tokens, until=until)


def asked(url: str, n: int) -> AskEndpoint:
    settings = {"url": url, "model": "tiny", "api": "completions", "shots": 0, "concurrency": 1}
    endpoint = Endpoint.model_validate({**settings, "sampling": sampling(n)})
    return AskEndpoint(task=MICROWORLD, endpoint=endpoint, corpus=CORPUS, seed=3)


def screened(first: Any, kept: int, most: int, rules: Screening = DROP) -> Screen:
    """The screened rows of a generator that writes on."""
    known = {"task": MICROWORLD, "screening": rules, "corpus": CORPUS, "tests": (TEST,)}
    on = AskOn if isinstance(first, AskEndpoint) else SampleOn
    return Screen(raw=on(first=first, until=Until(kept=kept, candidates=most), **known), **known)


def some_fail(asked: Request) -> Reply:
    """A pair for two rows of three, all the same pair for some; half a row for the third."""
    seed = asked.body["seed"]
    if seed % 3 == 0:
        return Reply(completion(" Premise: The doctor"))
    return say_pair(asked)


def test_rows_are_written_until_enough_are_kept_and_are_the_first_of_more(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with serving(some_fail) as server:
        screen = screened(asked(server.url, 10), kept=25, most=200)
        folder = made(store, screen)
        plain = Screen(
            task=MICROWORLD, raw=asked(server.url, 120), corpus=CORPUS, tests=(TEST,), screening=DROP
        )
        made(store, plain)
    found = json.loads((folder / "yield.json").read_text())
    assert [found["by_label"][label]["kept"] for label in LABELS] == [25] * 3
    assert found["until"] == {"kept": 25, "candidates": 200, "short": []}
    raw, more = (read_table(store.folder(one.raw) / "raw.parquet") for one in (screen, plain))
    for label in LABELS:
        mine, all_rows = raw.filter(label=label), more.filter(label=label)
        assert 25 < mine.height < 120
        assert mine.equals(all_rows.head(mine.height))
        # It stops with the row that fills the pool.
        assert mine["id"][-1] in set(read_table(folder / "examples.parquet")["id"])


def test_what_was_written_at_first_is_not_written_again_whatever_is_to_be_kept(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with serving(say_pair) as server:
        first = asked(server.url, 10)
        made(store, first)
        folder = store_on(store, screened(first, kept=12, most=200).raw)
        assert len(set(server.seeds)) == len(server.seeds)
        n_further = len(server.seeds) - 30
    assert json.loads((folder / "usage.json").read_text())["rows"] == n_further
    before, further = (read_table(at / "asked.parquet")["id"] for at in (store.folder(first), folder))
    assert not set(before) & set(further)


def store_on(store: Store, step: Any) -> Path:
    """The folder of a step that is made, on inputs some of which are there."""
    for needed in step.inputs:
        if not store.done(needed):
            made(store, needed)
    store.make(step, Runtime())
    return store.folder(step)


def test_where_the_first_rows_are_enough_nothing_more_is_written(tmp_path: Path) -> None:
    with serving(say_pair) as server:
        keep = Screening(identical="keep", duplicates="keep", leaks="keep", copies="keep")
        folder = made(Store(tmp_path), screened(asked(server.url, 10), kept=10, most=200, rules=keep))
        assert len(server.asked) == 30
    assert json.loads((folder / "yield.json").read_text())["raw"] == 30


def test_at_the_limit_it_stops_and_the_yield_says_what_is_short(tmp_path: Path) -> None:
    def no_neutral(asked: Request) -> Reply:
        return Reply(completion("?")) if asked.body["prompt"].endswith("neutral") else say_pair(asked)

    with serving(no_neutral) as server:
        folder = made(Store(tmp_path), screened(asked(server.url, 5), kept=9, most=30))
    found = json.loads((folder / "yield.json").read_text())
    assert found["until"] == {"kept": 9, "candidates": 30, "short": ["neutral"]}
    assert {label: of["kept"] for label, of in found["by_label"].items()} == {
        "entailment": 9,
        "neutral": 0,
        "contradiction": 9,
    }
    assert 30 + 9 + 9 <= found["raw"] < 90


def prompted() -> SamplePrompted:
    """The micro-world's base as it is, which writes no pair."""
    return SamplePrompted(
        task=MICROWORLD,
        base=PrepareBase(name="bundled:microworld_base", revision=None, sha256=None),
        precision="fp32",
        adapter=Full(kind="full"),
        corpus=CORPUS,
        prompting=Prompting(shots=0, sampling=sampling(4, tokens=5)),
        seed=3,
    )


def test_a_try_that_was_stopped_writes_none_of_its_rows_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[range] = []
    real = of_models.sample

    def counted(*arguments: Any) -> Any:
        numbers.append(arguments[-1])
        if len(numbers) == 4:
            raise KeyboardInterrupt
        return real(*arguments)

    monkeypatch.setattr(of_models, "sample", counted)
    store, first = Store(tmp_path), prompted()
    on = screened(first, kept=4, most=70).raw
    made(store, first)
    with pytest.raises(KeyboardInterrupt):
        store_on(store, on)
    assert numbers == [range(4), range(4, 68), range(68, 70), range(4, 68)]
    folder = store_on(store, on)
    # The last label's rows alone, and the second's: the first label's two batches were kept.
    assert numbers[4:] == [range(4, 68), range(68, 70)] * 2
    raw = read_table(folder / "raw.parquet")
    assert raw["id"].to_list() == [f"{label}-{row}" for label in LABELS for row in range(70)]


@pytest.mark.parametrize("spoilt", [b"\0\0\0", b"[]", b'[["entailment"]]', b'{"label": 1}', b"\xff"])
def test_a_batch_that_was_spoilt_is_written_again(tmp_path: Path, spoilt: bytes) -> None:
    asked_for: list[RowsToWrite] = []

    def write(wanted: RowsToWrite) -> list[Raw]:
        asked_for.append(wanted)
        return [Raw(wanted.labels[0], row, "text", None, True) for row in wanted.numbers]

    path = tmp_path / "written.jsonl"
    first, second = (RowsToWrite([LABELS[0]], range(start, start + 2)) for start in (0, 2))
    before = [_persisted(write, path)(wanted) for wanted in (first, second)]
    lines = path.read_bytes().splitlines()
    path.write_bytes(spoilt + b"\n" + lines[1] + b"\n")
    asked_for.clear()
    again = _persisted(write, path)
    assert [again(wanted) for wanted in (first, second)] == before
    assert asked_for == [first]


@pytest.mark.parametrize(("kept", "candidates"), [(9, 100), (50, 40)])
def test_fewer_to_keep_than_are_drawn_at_first_or_more_than_the_limit_are_refused(
    kept: int, candidates: int
) -> None:
    with pytest.raises(ValidationError, match="no fewer rows to keep than candidates_per_label"):
        sampling(10, Until(kept=kept, candidates=candidates))


def test_a_generator_that_does_not_write_on_has_the_identity_it_had() -> None:
    plain = sampling(10)
    assert "until" not in plain.model_dump(context="identity")
    assert sampling(10, Until(kept=20, candidates=40)).at_first == plain

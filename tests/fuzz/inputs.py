"""The sound files that are damaged: data of the package, in every format that is read."""

import gzip
import io
import json
import lzma
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from scotoma.study.finding import bundled_studies
from scotoma.tasks import MICROWORLD, MNLI
from scotoma.tasks.reading.bundled import bundled
from scotoma.tasks.reading.examples import read_examples
from scotoma.worlds.hans import generate
from scotoma.worlds.microworld import blindspot_set, draw_pairs
from shared_data import FOLDER

from .mutations import (
    Rng,
    Row,
    as_commas,
    as_json_lines,
    as_json_list,
    as_parquet,
    as_quoted_tabs,
    as_tabs,
    changed_rows,
    changed_value,
    damage,
    damaged_text,
    pick,
    trick,
    with_features,
)

Files = dict[str, bytes]

_LOGS = Path(__file__).parents[1] / "comparisons" / "files" / "logs"
_PARSE = "( ( The actor ) ( slept . ) )"


@cache
def nli() -> list[Row]:
    """Rows of MultiNLI, with the columns of all its forms."""
    table = read_examples(bundled("mnli/dev_matched.tsv.xz")).table.head(240)
    return [
        {
            "gold_label": row["label"],
            "sentence1_binary_parse": _PARSE,
            "sentence1": row["premise"],
            "sentence2": row["hypothesis"],
            "pairID": row["id"],
            "genre": "fiction",
            "label1": row["label"],
        }
        for row in table.to_dicts()
    ]


@cache
def hans() -> list[Row]:
    """Rows of HANS with the columns of its official file."""
    return [
        {
            "gold_label": row.label,
            "sentence1_binary_parse": _PARSE,
            "sentence1": row.texts[0],
            "sentence2": row.texts[1],
            "pairID": row.id,
            "heuristic": row.heuristic,
            "subcase": row.subcase,
            "template": row.template,
        }
        for row in generate(4, 0)
    ]


def some(rows: list[Row], rng: Rng, most: int = 12) -> list[Row]:
    """A few of the rows, in order."""
    n = int(rng.integers(1, most))
    at = int(rng.integers(len(rows) - n))
    return rows[at : at + n]


def table_file(rows: list[Row], ending: str, rng: Rng) -> bytes:
    """Rows in a format, changed as rows, as bytes, both or (seldom) neither."""
    chance = rng.random()
    if chance < 0.6:
        rows = changed_rows(rows, rng)
    write = {
        ".jsonl": as_json_lines,
        ".json": as_json_list,
        ".csv": as_commas,
        ".tsv": as_quoted_tabs if rng.random() < 0.5 else as_tabs,
        ".txt": as_tabs,
    }
    data = write[ending](rows) if ending in write else as_parquet(rows, rng)
    return damage(data, as_json_lines(some(hans(), rng)), rng) if 0.45 < chance < 0.95 else data


def multinli_json_lines(rng: Rng) -> Files:
    return {"data.jsonl": table_file(some(nli(), rng), ".jsonl", rng)}


def multinli_text(rng: Rng) -> Files:
    return {"data.txt": table_file(some(nli(), rng), ".txt", rng)}


def hans_text(rng: Rng) -> Files:
    return {"data.txt": table_file(some(hans(), rng), ".txt", rng)}


def _hub(rng: Rng) -> list[Row]:
    rows = some(nli(), rng)
    # Integers that leave out a label are refused.
    as_words = len({row["gold_label"] for row in rows}) < len(MNLI.labels) or rng.random() < 0.5
    return [
        {
            "premise": row["sentence1"],
            "hypothesis": row["sentence2"],
            "label": row["gold_label"] if as_words else MNLI.labels.index(row["gold_label"]),
            "idx": place,
        }
        for place, row in enumerate(rows)
    ]


def hub_csv(rng: Rng) -> Files:
    return {"data.csv": table_file(_hub(rng), ".csv", rng)}


def hub_parquet(rng: Rng) -> Files:
    return {"data.parquet": table_file(_hub(rng), ".parquet", rng)}


def hub_list(rng: Rng) -> Files:
    return {"data.json": table_file(_hub(rng), ".json", rng)}


def quoted_tabs(rng: Rng) -> Files:
    return {"data.tsv": table_file(_hub(rng), ".tsv", rng)}


def named_classes(rng: Rng) -> Files:
    """Parquet and Arrow with names for the label's integers in the schema; bytes, rows or names damaged."""
    rows = _hub(rng)
    if rng.random() < 0.5:
        rows = changed_rows(rows, rng)
    features = {"label": {"names": ["neutral", "contradiction", "entailment"], "_type": "ClassLabel"}}
    if rng.random() < 0.4:
        features = changed_value(features, rng)
    ending = pick(rng, (".parquet", ".arrow"))
    data = with_features(rows, features, ending, rng)
    return {f"data{ending}": damage(data, data, rng) if rng.random() < 0.4 else data}


def chats(rng: Rng) -> Files:
    """Texts inside messages, and rows inside an answer's JSON."""
    rows: list[Row] = []
    for row in some(nli(), rng):
        answer = json.dumps({"hypothesis": row["sentence2"], "label": row["gold_label"]})
        said = [{"role": "user", "content": row["sentence1"]}, {"role": "assistant", "content": answer}]
        rows.append({"messages": said})
    return {"data.jsonl": table_file(rows, ".jsonl", rng)}


def packed(rng: Rng) -> Files:
    ending, (pack, squeeze) = (
        pick(rng, (".jsonl", ".tsv", ".csv")),
        pick(rng, ((".gz", gzip.compress), (".xz", lzma.compress))),
    )
    data = squeeze(table_file(_hub(rng), ending, rng))
    return {f"data{ending}{pack}": damage(data, data, rng) if rng.random() < 0.7 else data}


@cache
def _shared() -> list[list[bytes]]:
    """The first lines of every real file beside the repository."""
    found = []
    for path in sorted(FOLDER.glob("*/*.tsv*")):
        packed = path.suffix == ".xz"
        with lzma.open(path) if packed else path.open("rb") as file:
            found.append([line for line, _ in zip(file, range(60), strict=False)])
    return found


def shared(rng: Rng) -> Files:
    """Real files beside the repository, where they are there."""
    lines = pick(rng, _shared())[: int(rng.integers(2, 40))]
    return {"data.tsv": damage(b"".join(lines), b"".join(lines), rng)}


def _predictions(rng: Rng) -> list[Row]:
    rows = []
    for row in some(hans(), rng, 40):
        share = float(rng.random())
        rows.append(
            {
                "id": row["pairID"],
                "gold": row["gold_label"],
                "predicted": pick(rng, MNLI.labels),
                "p_entailment": share,
                "p_neutral": (1 - share) / 2,
                "p_contradiction": (1 - share) / 2,
                "heuristic": row["heuristic"],
                "subcase": row["subcase"],
                "template": row["template"],
                "premise": row["sentence1"],
            }
        )
    return rows


def predictions(ending: str) -> Any:
    """Makes files of predictions in a format."""
    return lambda rng: {f"r0{ending}": table_file(_predictions(rng), ending, rng)}


def hans_answers(rng: Rng) -> Files:
    rows = [
        {"pairID": f"ex{n}", "gold_label": pick(rng, MNLI.labels)} for n in range(int(rng.integers(1, 50)))
    ]
    data = as_commas(changed_rows(rows, rng) if rng.random() < 0.5 else rows)
    return {"r0.txt": damage(data, data, rng) if rng.random() < 0.6 else data}


def harness(rng: Rng) -> Files:
    rows = [json.loads(line) for line in (_LOGS / "samples_hans_choice.jsonl").read_text("utf8").splitlines()]
    for _ in range(int(rng.integers(3))):
        rows = changed_value(rows, rng)
        if not isinstance(rows, list):
            rows = [rows]
    data = as_json_lines(rows)
    return {"samples_x.jsonl": damage(data, data, rng) if rng.random() < 0.4 else data}


def _log(rng: Rng) -> Any:
    log = json.loads((_LOGS / "text.json").read_text("utf8"))
    for _ in range(int(rng.integers(1, 4))):
        log["samples"] = changed_value(log["samples"], rng)
    return changed_value(log, rng) if rng.random() < 0.2 else log


def json_log(rng: Rng) -> Files:
    data = json.dumps(_log(rng)).encode()
    return {"r0.json": damage(data, data, rng) if rng.random() < 0.3 else data}


def eval_log(rng: Rng) -> Files:
    if rng.random() < 0.5:
        return {"r0.eval": damage((_LOGS / "choice.eval").read_bytes(), b"samples/x.json", rng)}
    out, log = io.BytesIO(), _log(rng)
    samples = log.get("samples") if isinstance(log, dict) else None
    with zipfile.ZipFile(
        out, "w", pick(rng, (zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2))
    ) as archive:
        archive.writestr("header.json", json.dumps(changed_value({"status": "success"}, rng)))
        for place, sample in enumerate(samples if isinstance(samples, list) else [samples]):
            archive.writestr(f"samples/{place}.json", json.dumps(sample))
    data = out.getvalue()
    return {"r0.eval": damage(data, data, rng) if rng.random() < 0.3 else data}


def two_sides(rng: Rng) -> Files:
    """Two files of the same rows; one of them, or both, changed a little."""
    rows = _predictions(rng)
    after = [{**row, "predicted": pick(rng, MNLI.labels)} for row in rows]
    return {
        "before.jsonl": as_json_lines(rows),
        "after.jsonl": as_json_lines(changed_rows(after, rng) if rng.random() < 0.6 else after),
    }


@cache
def _studies() -> list[str]:
    names = [name for name in bundled_studies() if name != "pocket"]  # its weights are an extra
    return [bundled_studies()[name].read_text("utf8") for name in names]


def study(rng: Rng) -> Files:
    text = pick(rng, _studies())
    if rng.random() < 0.5:
        content = yaml.safe_load(text)
        for _ in range(int(rng.integers(1, 4))):
            content = changed_value(content, rng)
        text = yaml.safe_dump(content, sort_keys=False, allow_unicode=bool(rng.random() < 0.5))
    return {"mine.yaml": damage(text.encode("utf8", "surrogatepass"), _studies()[0].encode(), rng)}


@cache
def pairs() -> list[tuple[str, str]]:
    """Premises and hypotheses of the micro-world."""
    drawn = [*draw_pairs(200, 0.5, 0, "train"), *blindspot_set(5, 0)]
    return [(row.texts[0], row.texts[1]) for row in drawn]


def _written(rng: Rng) -> str:
    task, label = pick(rng, (MICROWORLD, MICROWORLD, MNLI)), pick(rng, MICROWORLD.labels)
    text = task.write(dict(zip(task.fields, pick(rng, pairs()), strict=True)), label)
    chance = rng.random()
    if chance < 0.2:
        return text
    if chance < 0.5:  # a part lost, moved or said twice
        words = text.split(" ")
        at, to = (int(rng.integers(len(words))) for _ in range(2))
        return " ".join([*words[:at], *words[to : to + 3], *words[at + int(rng.integers(3)) :]])
    return damaged_text(text, pick(rng, pairs())[0], rng)[:4000]


def generated(rng: Rng) -> Files:
    """A generator's rows, one a line as JSON."""
    return {"texts.json": json.dumps([_written(rng) for _ in range(int(rng.integers(1, 9)))]).encode()}


def sentences(rng: Rng) -> Files:
    """Two sentences of the micro-world, mostly no longer of it."""
    premise, hypothesis = pick(rng, pairs())
    if rng.random() < 0.7:
        words, others = premise.split(" "), pick(rng, pairs())[0].split(" ")
        at, to = int(rng.integers(len(words))), int(rng.integers(len(others)))
        premise = " ".join([*words[:at], *others[to:]])
    if rng.random() < 0.3:
        hypothesis = damaged_text(hypothesis, premise, rng)[:4000]
    return {"texts.json": json.dumps([premise, hypothesis]).encode()}


def audited(rng: Rng) -> Files:
    """A data file for the audit, with texts that would break a terminal."""
    rows = some(nli(), rng, 70)
    return {"data.jsonl": table_file([dict(row) for row in rows], ".jsonl", rng)}


_PATTERNS = (
    r"\b(may|might|perhaps)\b",
    r"a+.*b$",
    r"t.*h.*e.*x$",
    r"(a|b)+c",
    r"[[:alpha:]]+",
    r"(?P<a>x)(?P=a)",
    r"\d{2,}",
)


def predicates(rng: Rng) -> Files:
    """What a user may write after --predicate, and a file of words."""
    pattern = pick(rng, _PATTERNS)
    kind = pick(rng, ("regex", "regex", "regex", "words", "wordfile", "kind"))
    value = {"regex": pattern, "words": "ball,goal,referee", "wordfile": "WORDS"}.get(kind, "x")
    if rng.random() < 0.7:
        value = damaged_text(value, r"(?:x{2,5}|[^a-z]*?)+(?=\1)\u", rng)[:500]
    spec = f"mine{pick(rng, ('', '', '@premise', '@nothing'))}={kind}:{value}"
    if rng.random() < 0.1:
        spec = damaged_text(spec, trick(rng), rng)[:500]
    words = damage(b"ball\ngoal\nreferee\n", trick(rng).encode(), rng)
    return {"spec.txt": spec.encode(), "words.txt": words}

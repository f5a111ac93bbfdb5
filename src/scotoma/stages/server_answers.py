"""The questions to a server and its answers, as a step records them: `asked.parquet`, `usage.json`."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import polars as pl

from scotoma.basics.records import write_table
from scotoma.models.endpoint import Answer, Question

#: Some servers read a seed as a signed integer of 32 bits.
SEEDS = 2**31

USAGE = "usage.json"

_SCHEMA = {
    **dict.fromkeys(("id", "prompt"), pl.String),
    "seed": pl.Int64,
    **dict.fromkeys(("answer", "finish_reason", "model", "fingerprint"), pl.String),
    **dict.fromkeys(("prompt_tokens", "completion_tokens"), pl.Int64),
}


def record_answers(questions: Sequence[Question], answers: Mapping[str, Answer], out: Path) -> None:
    """Writes every question with its answer, and the sums of tokens and of the names that answered."""
    records = [_row(question, answers[question.row]) for question in questions]
    write_table(pl.DataFrame(records, schema=_SCHEMA), out / "asked.parquet")
    usage = _usage(list(answers.values()))
    (out / USAGE).write_text(json.dumps(usage, indent=1) + "\n", encoding="utf8")


def _row(question: Question, answer: Answer) -> dict[str, Any]:
    return {
        "id": question.row,
        "prompt": question.prompt,
        "seed": question.seed,
        "answer": answer.text,
        **answer.model_dump(exclude={"row", "text"}),
    }


def _usage(answers: list[Answer]) -> dict[str, Any]:
    return {
        "rows": len(answers),
        "prompt_tokens": sum(answer.prompt_tokens or 0 for answer in answers),
        "completion_tokens": sum(answer.completion_tokens or 0 for answer in answers),
        "rows_without_tokens": sum(
            answer.prompt_tokens is None or answer.completion_tokens is None for answer in answers
        ),
        "models": dict(Counter(answer.model for answer in answers).most_common()),
        "fingerprints": dict(Counter(answer.fingerprint for answer in answers).most_common()),
    }

"""Many questions, some at a time. Every answer is on disk before another takes its place."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from itertools import islice
from pathlib import Path

from scotoma.basics import interruption
from scotoma.basics.errors import ScotomaError
from scotoma.models.endpoint.answers import Answer, Question
from scotoma.models.endpoint.client import Client, Stopped
from scotoma.store.kept_lines import append_line, read_records

_KEPT = "answers.jsonl"

#: Seconds between two looks at whether a signal asked us to stop.
_PATIENCE = 0.2


def ask_all(
    client: Client,
    questions: Sequence[Question],
    folder: Path | None,
    progress: Callable[[int, int], None],
) -> dict[str, Answer]:
    """The answer to every question, by row.

    Answers that an earlier attempt has kept are not asked for again. After a failure, or a signal, no
    question is begun; those under way are waited for, and their answers kept.

    Args:
        client: Asked by as many threads as its endpoint allows.
        questions: Rows each named once.
        folder: For answers, so that a killed try loses at most those under way; None keeps none.
        progress: Called with (rows answered, rows in all).

    Raises:
        ScotomaError: a question could not be answered.
        Interrupted: a signal asked us to stop.
    """
    answers = _read(folder / _KEPT) if folder else {}
    waiting = iter([question for question in questions if question.row not in answers])
    failed: ScotomaError | None = None
    with interruption.saves_first(), ThreadPoolExecutor(client.endpoint.concurrency) as threads:
        under_way = _begin(threads, client, waiting, client.endpoint.concurrency)
        while under_way:
            progress(len(answers), len(questions))
            done, under_way = wait(under_way, timeout=_PATIENCE, return_when=FIRST_COMPLETED)
            for future in done:
                try:
                    answer = future.result()
                except Stopped:
                    continue
                except ScotomaError as error:
                    failed = failed or error
                    continue
                if folder is not None:
                    append_line(answer.model_dump_json(), folder / _KEPT)
                answers[answer.row] = answer
            if failed or interruption.is_requested():
                client.stop()
            else:
                under_way |= _begin(threads, client, waiting, len(done))
    if failed:
        raise failed
    progress(len(answers), len(questions))
    return answers


def _begin(
    threads: ThreadPoolExecutor, client: Client, waiting: Iterator[Question], n: int
) -> set[Future[Answer]]:
    return {threads.submit(client.ask, question) for question in islice(waiting, n)}


def _read(path: Path) -> dict[str, Answer]:
    """Kept answers."""
    answers: dict[str, Answer] = {}
    for answer in read_records(path, Answer.model_validate_json):
        # A process that lost its lease may have gone on writing: the first answer counts.
        answers.setdefault(answer.row, answer)
    return answers

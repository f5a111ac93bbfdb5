"""Reads one model's predictions from a file of any known format: the formats in, one checked table out."""

import itertools
from collections.abc import Mapping
from pathlib import Path

from scotoma.blindspots import BlindSpot
from scotoma.compare import inspect_logs, lm_eval, tables
from scotoma.compare.checking import Predictions, check
from scotoma.compare.labels import LabelWords
from scotoma.compare.raw import COLUMNS, Raw
from scotoma.errors import ScotomaError, nearest
from scotoma.tasks.faults import Faults
from scotoma.tasks.formats import faults_of, is_known, read_records
from scotoma.tasks.lines import check_file, first_line

EVAL = ".eval"


def read_predictions(
    path: str | Path,
    blindspot: BlindSpot,
    *,
    columns: Mapping[str, str] | None = None,
    labels: Mapping[str, str] | None = None,
    partial: bool = False,
) -> Predictions:
    """The predictions in a file, every row checked.

    Args:
        path: CSV, TSV, JSON lines or Parquet (told by the name, `.gz` and `.xz` unpacked); HANS'
            text format; `samples_*.jsonl` of lm-evaluation-harness; `.json` or `.eval` of inspect_ai.
        blindspot: Whose test set was predicted.
        columns: Our names to the file's, such as {"predicted": "answer"}; names in common use are
            known without.
        labels: Words of the file to labels, such as {"Yes": "entailment"}.
        partial: Take part of the published test set, or of an evaluation, for what it is.

    Raises:
        ScotomaError: anything is wrong with the file or a row; names the first few.
    """
    path, columns = Path(path), dict(columns or {})
    words = LabelWords(blindspot, labels or {})
    _check_names(columns, blindspot)
    raw, faults = _raw(path, blindspot, columns, words, partial)
    return check(raw, faults, blindspot=blindspot, labels=words, partial=partial)


def is_predictions(path: Path) -> bool:
    """Whether a file is one that is read, by its name."""
    return path.suffix.lower() == EVAL or is_known(path)


def _raw(
    path: Path, blindspot: BlindSpot, columns: Mapping[str, str], words: LabelWords, partial: bool
) -> tuple[Raw, Faults]:
    suffix = path.suffix.lower()
    log = (
        inspect_logs.read_eval_log(path)
        if suffix == EVAL
        else inspect_logs.read_json_log(path)
        if suffix == ".json"
        else None
    )
    if log is not None:
        faults = Faults(str(path), "sample")
        return inspect_logs.read_log(log, faults, labels=words, columns=columns, partial=partial), faults
    check_file(path)
    faults = faults_of(path)
    records = read_records(path, faults, ending=".csv" if _is_text_with_commas(path) else "")
    first = next(records, None)
    if first is None:
        faults.fail("there are no rows of predictions", "Write the predictions again.")
    records = itertools.chain([first], records)
    if lm_eval.is_sample(first[1]):
        return lm_eval.read_samples(records, faults, labels=words, columns=columns), faults
    return tables.read_rows(records, faults, blindspot=blindspot, columns=columns), faults


def _is_text_with_commas(path: Path) -> bool:
    """Whether a `.txt` is separated by commas, as HANS' official files of predictions are."""
    names = [ending.lower() for ending in path.suffixes]
    if ".txt" not in names[-2:]:
        return False
    header = first_line(path)
    return "," in header and "\t" not in header


def _check_names(columns: Mapping[str, str], blindspot: BlindSpot) -> None:
    known = [*COLUMNS, *(f"p_{label}" for label in dict.fromkeys((*blindspot.labels, *blindspot.label_map)))]
    for name in columns:
        if name not in known:
            raise ScotomaError(
                f"{name!r} is not a column that is read", where="--columns", remedy=nearest(name, known)
            )

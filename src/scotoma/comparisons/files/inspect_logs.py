"""inspect_ai: evaluation logs, `.json` and `.eval` (a zip of JSON files, deflated or with Zstandard).

A sample has `id`, `epoch`, `target`, `choices` where the task has some, `output.completion`,
`scores` with each scorer's `answer`, and `metadata`. Written for log versions 1 and 2; checked with
the logs of inspect_ai 0.3.285.
"""

import lzma
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from scotoma.basics.errors import ScotomaError, shown
from scotoma.comparisons.files.answers import NoAnswer
from scotoma.comparisons.files.labels import LabelWords
from scotoma.comparisons.files.raw import TAGS, Raw, check_chosen, pick_columns
from scotoma.comparisons.files.scorers import answer_of, choice, choices_of, choose_scorer
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.json_rows import load_json
from scotoma.tasks.reading.lines import check_file, most_unpacked

#: Compression method of a zip's entry that Python's zipfile learns in 3.14.
_ZSTANDARD = 93
#: Largest entry in bytes: a small archive can claim any size, and unpack to it.
_LARGEST = 1 << 28

Log = Mapping[str, Any]


def read_json_log(path: Path) -> Log | None:
    """The log in a `.json` file; None where it holds something else, such as JSON lines."""
    check_file(path)
    try:
        content = load_json(path.read_bytes())
    except ValueError:
        return None
    is_log = isinstance(content, dict) and isinstance(content.get("eval"), dict) and "status" in content
    return content if is_log else None


def read_eval_log(path: Path) -> Log:
    """The log in an `.eval` file: its header's status and every sample.

    Raises:
        ScotomaError: the file is not such a log, or is damaged.
    """
    check_file(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            header = _entry(archive, "header.json") if "header.json" in names else {}
            if not isinstance(header, dict):
                raise ValueError("its header is not an object")
            _check_size(archive, path.stat().st_size)
            samples = [_entry(archive, name) for name in names if _is_sample(name)]
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        struct.error,
        OSError,
        ValueError,
        EOFError,
        RuntimeError,
    ) as error:
        raise ScotomaError(
            f"{str(path)!r} cannot be read as an inspect_ai log: {error}",
            where=str(path),
            remedy="Copy it again, or write it as JSON: inspect log convert --to json.",
        ) from error
    return {"status": header.get("status", "started"), "samples": samples}


def is_sample(record: Log) -> bool:
    """Whether a record is a sample without its log."""
    return {"id", "epoch", "target", "output"} <= record.keys() and isinstance(record["output"], dict)


def read_log(
    log: Log,
    faults: Faults,
    *,
    labels: LabelWords,
    columns: Mapping[str, str],
    fields: Sequence[str],
    partial: bool,
    scorer: str = "",
) -> Raw:
    """The samples of a log as rows; one that ended in an error has no answer.

    Args:
        log: Log from `read_json_log` or `read_eval_log`.
        faults: Gathers samples that cannot be read.
        labels: Meanings of answers and targets.
        columns: Names in `metadata` for gold, heuristic, subcase, template and the texts.
        fields: Names of the texts.
        partial: Whether a log of a run that did not end well is taken.
        scorer: Name of the scorer whose answers are read; empty for the first whose answers are labels.

    Raises:
        ScotomaError: the log has no samples, its run did not end well, no sample has the scorer, or
            `columns` names what no `metadata` has.
    """
    raw, n_failed = Raw("inspect_ai log", "sample"), 0
    status = log.get("status")
    if status != "success" and not partial:
        faults.fail(
            f"the log's status is {status!r}: samples are missing",
            "Finish the evaluation (inspect eval-retry), or accept the available samples with --partial.",
        )
    samples = log.get("samples")
    if not isinstance(samples, list) or not samples:
        faults.fail("the log has no samples", "Write it again with samples (log_samples=True).")
    valid = [sample for sample in samples if isinstance(sample, dict)]
    if len({str(sample.get("epoch")) for sample in valid}) > 1:
        faults.fail(
            "the log has several epochs, so each row has several answers",
            "Evaluate with one epoch (--epochs 1).",
        )
    answering_scorer, notes = choose_scorer(valid, labels, scorer, faults)
    from_metadata = ("gold", *TAGS, *fields)
    metadata_names: set[str] = set()
    for number, sample in enumerate(samples, 1):
        try:
            metadata_names.update(sample.get("metadata") or {})
            values = _row(sample, labels, columns, from_metadata)
            if sample.get("error"):
                n_failed += 1
                values["predicted"] = NoAnswer(f"error: {shown(sample['error'].get('message'))}")
            else:
                values["predicted"] = answer_of(sample, answering_scorer)
            raw.add(number, values)
        except (AttributeError, LookupError, TypeError, ValueError) as error:
            faults.add(number, f"not in the form of a sample: {error!r}", "Run the sample again.")
    check_chosen(columns, from_metadata, metadata_names, faults)
    raw.notes += notes
    if n_failed:
        raw.notes.append(f"{n_failed} of {len(samples)} samples ended in an error: they have no answer.")
    return raw


def _row(
    sample: Mapping[str, Any], labels: LabelWords, columns: Mapping[str, str], from_metadata: Sequence[str]
) -> dict[str, Any]:
    """A sample's id, gold label, tags and texts."""
    choices = choices_of(sample)
    metadata = sample.get("metadata") or {}
    values: dict[str, Any] = {"id": sample["id"], **pick_columns(metadata, columns, from_metadata)}
    if "gold" not in columns and labels.gold_by_user(values.get("gold")) is None:
        target = sample["target"]
        targets = target if isinstance(target, list) else [] if target is None else [target]
        target_texts = [choice(word, choices) for word in targets]
        # A target is an answer, so the user's words hold for it.
        words = [labels.meaning(word) or word for word in target_texts]
        values["gold"] = words[0] if len(words) == 1 else words
    return values


def _is_sample(name: str) -> bool:
    return name.startswith("samples/") and name.endswith(".json")


def _check_size(archive: zipfile.ZipFile, packed: int) -> None:
    """Refuses an archive whose samples are far more than its size allows."""
    total = sum(info.file_size for info in archive.infolist() if _is_sample(info.filename))
    if total > most_unpacked(packed):
        raise zipfile.BadZipFile(f"it has {packed:,} bytes and says that its samples have {total:,}")


def _entry(archive: zipfile.ZipFile, name: str) -> Any:
    info = archive.getinfo(name)
    if max(info.file_size, info.compress_size) > _LARGEST:
        raise zipfile.BadZipFile(f"{name} says that it has {info.file_size:,} bytes")
    return load_json(_unpack(archive, info) if info.compress_type == _ZSTANDARD else archive.read(info))


def _unpack(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """The bytes of an entry packed with Zstandard, by way of pyarrow, checked against their CRC."""
    import pyarrow as pa

    assert archive.fp is not None
    archive.fp.seek(info.header_offset)
    header = archive.fp.read(30)
    # A local file header ends in the lengths of the name and the extra field, which follow it.
    n_name, n_extra = struct.unpack("<HH", header[26:30])
    archive.fp.seek(n_name + n_extra, 1)
    packed = archive.fp.read(info.compress_size)
    with pa.CompressedInputStream(pa.BufferReader(packed), "zstd") as stream:
        data = bytes(stream.read(info.file_size + 1))
    if len(data) != info.file_size or zlib.crc32(data) != info.CRC:
        raise zipfile.BadZipFile(f"{info.filename} is damaged")
    return data

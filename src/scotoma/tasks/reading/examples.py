"""Reads labelled examples from files and from the hub, and refuses invalid rows.

Known are the official MultiNLI and HANS files (JSON lines and tab-separated), the hub's forms of
them (labels as integers), and any JSON lines, tab-separated, CSV or Parquet file with the columns
premise, hypothesis and label, or text and label.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from scotoma.tasks.reading.checking import Reading, check_records
from scotoma.tasks.reading.faults import Faults
from scotoma.tasks.reading.formats import faults_of, read_records, stem
from scotoma.tasks.reading.hub import read_split, split_stem

__all__ = ["Reading", "read_examples", "read_hub"]


def read_examples(
    path: str | Path,
    *,
    fields: Sequence[str] = ("premise", "hypothesis"),
    labels: Sequence[str] = ("entailment", "neutral", "contradiction"),
    columns: Mapping[str, str] | None = None,
    meanings: Mapping[str, str] | None = None,
    drop_repeated: bool = False,
    symmetric: bool = False,
    name: str | None = None,
) -> Reading:
    """The labelled examples of a file, every row checked.

    Texts are kept as they stand. Text files are UTF-8, with or without a byte order mark, with
    Unix or Windows line ends; `.gz` and `.xz` are unpacked. A label is one of `labels`, its place
    among them as an integer, or `-` or -1 for no gold label. 400,000 MultiNLI rows take some ten
    seconds.

    Args:
        path: Ends in .jsonl, .json, .ndjson, .tsv, .txt, .csv or .parquet, which tells the format.
        fields: Columns of text, in order.
        labels: Labels in the order of their integers.
        columns: Our names to the file's, such as {"premise": "sentence1"}; names in common use
            are known without. An empty name for `id` numbers the rows.
        meanings: What stands in the label column to our labels, such as {"0": "No", "1": "Yes"}, or to `-`
            for rows to leave out; then nothing else may stand there.
        drop_repeated: Whether to drop every copy of texts that occur more than once.
        symmetric: Whether the mirror of a pair is a copy of it.
        name: What ids begin with where rows are numbered; the file's if not given.

    Returns:
        The table, and how many rows were dropped for which reason.

    Raises:
        ScotomaError: anything is wrong with the file or a row; names the first few lines.
    """
    path = Path(path)
    faults = faults_of(path)
    return check_records(
        read_records(path, faults),
        faults,
        name=name or stem(path),
        fields=fields,
        labels=labels,
        columns=columns or {},
        meanings=meanings,
        drop_repeated=drop_repeated,
        symmetric=symmetric,
    )


def read_hub(
    name: str,
    split: str,
    *,
    fields: Sequence[str] = ("premise", "hypothesis"),
    labels: Sequence[str] = ("entailment", "neutral", "contradiction"),
    columns: Mapping[str, str] | None = None,
    meanings: Mapping[str, str] | None = None,
    drop_repeated: bool = False,
    symmetric: bool = False,
) -> Reading:
    """The labelled examples of a split of a data set on the hub, or of a folder saved from it.

    Integer labels are read through the data set's own names where it has them, else through
    `labels`. No code of the data set is run.

    Args:
        name: `OWNER/NAME`, `OWNER/NAME/CONFIG` or `glue/CONFIG`, each with `@REVISION` or without;
            or a folder: a copy of the repository, or what `save_to_disk` wrote.
        split: Such as `train` or `validation_matched`.
        fields: As for a file; so are `labels`, `columns`, `meanings`, `drop_repeated` and `symmetric`.

    Raises:
        ScotomaError: the data set cannot be had, has no such split, or a row is wrong.
    """
    faults = Faults(f"{name}, split {split}", "row")
    return check_records(
        read_split(name, split, faults),
        faults,
        name=split_stem(name, split),
        fields=fields,
        labels=labels,
        columns=columns or {},
        meanings=meanings,
        drop_repeated=drop_repeated,
        symmetric=symmetric,
    )

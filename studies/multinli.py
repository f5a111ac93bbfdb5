"""Splits MultiNLI's matched development set for the study `multinli.yaml`.

    python studies/multinli.py studies/multinli

The set is the one that comes with Scotoma. A hash of the premise decides which file a row goes to, so that no
premise is in two files: `pilot.tsv`, which was used to look for blind spots before a claim was made, or
`test.tsv`. The other rows are not used, because a model of 270 M takes minutes for a thousand rows.
"""

import argparse
import hashlib
import lzma
from pathlib import Path

import polars as pl

from scotoma.tasks.reading.bundled import bundled

#: Number of premises in 1,000 that go to each file.
PILOT, TEST = 160, 330


def main() -> None:
    """Writes the files into the given folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for the files")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    rows = read()
    part = rows["premise"].map_elements(split, return_dtype=pl.String)
    for name in ("pilot", "test"):
        mine = rows.filter(part == name)
        mine.write_csv(out / f"{name}.tsv", separator="\t", quote_style="never")
        print(f"{out / name}.tsv: {mine.height:,} rows")


def read() -> pl.DataFrame:
    """Columns id, label, premise, hypothesis of the whole set; quotation marks are part of the texts."""
    with lzma.open(bundled("mnli/dev_matched.tsv.xz")) as file:
        rows = pl.read_csv(file.read(), separator="\t", quote_char=None)
    return rows.select("premise", "hypothesis", id="pairID", label="gold_label")


def split(premise: str) -> str:
    """The file that a premise belongs to, by its hash; `rest` means none."""
    place = int.from_bytes(hashlib.sha256(premise.casefold().encode()).digest()[:8], "big") % 1000
    return "pilot" if place < PILOT else "test" if place < PILOT + TEST else "rest"


if __name__ == "__main__":
    main()

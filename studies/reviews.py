"""Downloads a real data set of film reviews and writes the files that the study `reviews.yaml` reads.

    python studies/reviews.py studies/reviews

The source package vaderSentiment 3.3.2, which pip downloads, has 10,605 sentences of film reviews (Pang and
Lee 2005), each rated by twenty people from -4 to 4 (Hutto and Gilbert 2014, VADER). A sentence is positive
from .5 up and negative from -.5 down; others are left out. A hash of the sentence decides which file it goes
to: `train.tsv`, `test.tsv`, or `pilot.tsv`, which is used to look for blind spots before a claim is made.
`blame.txt` has the words that the package's lexicon rates at -1.5 and below.
"""

import argparse
import csv
import hashlib
import io
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

PACKAGE = "vaderSentiment==3.3.2"
SHA256 = "5d7c06e027fc8b99238edb0d53d970cf97066ef97654009890b83703849632f9"
ROOT = "vaderSentiment-3.3.2"
#: Number of sentences in 1,000 that go to each split; the rest are for training.
TEST, PILOT = 160, 160
#: Mean ratings: a sentence is positive from SENTENCE up, negative from -SENTENCE down; a word is blame from
#: WORD down.
SENTENCE, WORD = 0.5, -1.5


def main() -> None:
    """Writes the files into the given folder."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("out", type=Path, help="folder for the files")
    out: Path = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    package = fetched()
    rows = list(sentences(package))
    for name in ("train", "test", "pilot"):
        with (out / f"{name}.tsv").open("w", encoding="utf8", newline="") as file:
            table = csv.writer(
                file, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None
            )
            table.writerow(["id", "text", "label"])
            mine = [row for row in rows if split(row[1]) == name]
            table.writerows(mine)
        print(f"{out / name}.tsv: {len(mine):,} sentences")
    words = sorted(blame(package))
    (out / "blame.txt").write_text("".join(f"{word}\n" for word in words), encoding="utf8")
    print(f"{out / 'blame.txt'}: {len(words):,} words")


def fetched() -> tarfile.TarFile:
    """The package's archive, if its checksum is the expected one."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:"]
        subprocess.run([*command, "--dest", folder, PACKAGE], check=True)
        (path,) = Path(folder).iterdir()
        content = path.read_bytes()
    if hashlib.sha256(content).hexdigest() != SHA256:
        raise SystemExit(f"{PACKAGE} does not have the expected checksum; nothing was written")
    return tarfile.open(fileobj=io.BytesIO(content))


def sentences(package: tarfile.TarFile) -> Iterator[tuple[str, str, str]]:
    """Id, text and label of every sentence with a clear rating, each text once."""
    inner = package.extractfile(f"{ROOT}/additional_resources/hutto_ICWSM_2014.tar.gz")
    assert inner is not None
    with tarfile.open(fileobj=io.BytesIO(inner.read())) as ratings:
        file = ratings.extractfile("hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt")
        assert file is not None
        lines = file.read().decode("utf8").splitlines()
    seen = set()
    for line in lines:
        id, rating, text = line.split("\t")
        text = " ".join(text.split())
        if abs(float(rating)) >= SENTENCE and text.casefold() not in seen:
            seen.add(text.casefold())
            yield id, text, "positive" if float(rating) > 0 else "negative"


def blame(package: tarfile.TarFile) -> Iterator[str]:
    """The lexicon's words that are rated as blame."""
    file = package.extractfile(f"{ROOT}/vaderSentiment/vader_lexicon.txt")
    assert file is not None
    for line in file.read().decode("utf8").splitlines():
        word, valence, *_ = line.split("\t")
        if word.isalpha() and float(valence) <= WORD:
            yield word


def split(text: str) -> str:
    """The split that a sentence belongs to, by a hash of its text."""
    place = int.from_bytes(hashlib.sha256(text.casefold().encode()).digest()[:8], "big") % 1000
    return "test" if place < TEST else "pilot" if place < TEST + PILOT else "train"


if __name__ == "__main__":
    main()

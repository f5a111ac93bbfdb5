"""How often each verdict comes out on a study whose answers are known, for 3, 5 and 10 replicates.

    scotoma run calibration --workers 2
    python scripts/calibrate.py --store store

Any k of the replicates are a small study of their own: it gets the verdict that it would have got. Two
thousand of these are drawn; they overlap, so the shares are as sure as the number of replicates allows, not
as 2,000 studies would be. `biased` rows obey the shortcut and should do harm; another draw of the originals
should do none. A second claim on the same replicates asks for any change at all (a t test), which is wrong at
its alpha if nothing changed.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from scipy import stats

from scotoma.claims import Claim
from scotoma.experiment import plan
from scotoma.randomness import stream
from scotoma.report import results
from scotoma.statistics.verdict import judge
from scotoma.store import Store
from scotoma.study_file import load_study

SIZES = (3, 5, 10)
N_STUDIES = 2000
WORDS = ("WORSE", "BETTER", "EQUIVALENT", "INCONCLUSIVE")


def main() -> None:
    """Reads the options, prints the table."""
    options = _options()
    study = load_study(options.study)
    measures = results(plan(study), Store(options.store), on_record=False).measures
    for claim in study.claims:
        place = f"{claim.measure} on {claim.blindspot} {claim.cell}"
        print(f"{place}, margin {claim.margin:g}, alpha {claim.alpha:g}")
        for arm in sorted(set(measures["arm"]) - {"none", _reference(measures)}):
            differences = _differences(measures, claim, arm)
            mean = sum(differences) / len(differences)
            print(f"\n{arm} - {_reference(measures)}: {len(differences)} replicates, mean {mean:+.4f}")
            print(
                f"{'k':>4} {'studies':>8} "
                + " ".join(f"{word.lower():>13}" for word in WORDS)
                + "  any change"
            )
            for k in SIZES:
                print(_line(k, _groups(differences, k), claim))


def _line(k: int, groups: Sequence[Sequence[float]], claim: Claim) -> str:
    if not groups:
        return f"{k:>4} {'none':>8}"
    words = Counter(judge(group, margin=claim.margin, alpha=claim.alpha).word for group in groups)
    changed = sum(stats.ttest_1samp(group, 0).pvalue < claim.alpha for group in groups)
    shares = " ".join(f"{words[word] / len(groups):>13.1%}" for word in WORDS)  # type: ignore[index]
    return f"{k:>4} {len(groups):>8} {shares} {changed / len(groups):>11.1%}"


def _reference(measures: pl.DataFrame) -> str:
    (name,) = {arm for arm in measures["arm"] if arm.startswith("original-") and "~" not in arm}
    return str(name)


def _differences(measures: pl.DataFrame, claim: Claim, arm: str) -> list[float]:
    """Arm minus original in every replicate that has both, in the order of replicates."""
    chosen = measures.filter(
        pl.col("test") == claim.blindspot, pl.col("cell") == claim.cell, pl.col("measure") == claim.measure
    )
    ours = chosen.filter(pl.col("arm") == arm).select("replicate", "value")
    theirs = chosen.filter(pl.col("arm") == _reference(measures)).select("replicate", reference="value")
    paired = ours.join(theirs, on="replicate").sort("replicate")
    values: list[float] = (paired["value"] - paired["reference"]).to_list()
    return values


def _groups(differences: Sequence[float], k: int) -> list[list[float]]:
    """Studies of k replicates, at random; none where there are fewer."""
    if len(differences) < k:
        return []
    rng = stream(0, "calibrate", k)
    return [rng.choice(differences, k, replace=False).tolist() for _ in range(N_STUDIES)]


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", default="calibration")
    parser.add_argument("--store", type=Path, default=Path("store"))
    return parser.parse_args()


if __name__ == "__main__":
    main()

"""How often a study with known answers gets each verdict, for 3, 5 and 10 replicates.

    scotoma run calibration --workers 2
    python scripts/calibrate.py --store store

**As they are.** Any k of the replicates form a small study, which gets the verdict that it would have got by
itself. Two thousand such studies are drawn. They overlap, so the shares are less precise than those of 2,000
independent studies: the number of replicates limits them. `biased` rows obey the shortcut and should do
harm; another draw of the originals should do none. The last column is a t test for any change at all, which
is wrong at a rate of alpha if nothing changed.

**Recentred.** Both true differences are far from the margin, where any rule rarely gives a false verdict. So
a constant is added to the differences that puts their mean exactly at -margin, and then at +margin. There
WORSE, BETTER and EQUIVALENT are all false, and each may occur at a rate of at most alpha, which is what the
rule promises. The differences are treated as the whole population, and a study draws k of them with
replacement: without replacement the mean of 10 of 40 would be closer to the margin than that of 10 new
replicates.
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import polars as pl
from scipy import stats

from scotoma.basics.randomness import stream
from scotoma.experiment import plan
from scotoma.results import results
from scotoma.statistics.verdict import Word, judge
from scotoma.store.store import Store
from scotoma.study.claims import Claim
from scotoma.study.file import load_study

SIZES = (3, 5, 10)
N_STUDIES = 2000
WORDS: tuple[Word, ...] = ("WORSE", "BETTER", "EQUIVALENT", "INCONCLUSIVE")


def main() -> None:
    """Reads the options, prints the tables."""
    options = _options()
    study = load_study(options.study)
    measures = results(plan(study), Store(options.store), on_record=False).measures
    for claim in study.claims:
        place = f"{claim.measure} on {claim.blindspot} {claim.cell}"
        print(f"{place}, margin {claim.margin:g}, alpha {claim.alpha:g}")
        for arm in sorted(set(measures["arm"]) - {"none", _reference(measures)}):
            _print_rates(f"{arm} - {_reference(measures)}", _differences(measures, claim, arm), claim)


def _print_rates(contrast: str, differences: Sequence[float], claim: Claim) -> None:
    """Prints rates for the differences as they are, then with their mean at each margin."""
    mean = sum(differences) / len(differences)
    print(f"\n{contrast}: {len(differences)} replicates, mean {mean:+.4f}")
    print(f"{_HEAD}  any change")
    for k in SIZES:
        studies = subsets(differences, k)
        changed = sum(stats.ttest_1samp(study, 0).pvalue < claim.alpha for study in studies)
        print(_line(k, studies, claim) + (f" {changed / len(studies):>11.1%}" if studies else ""))
    for truth in (-claim.margin, claim.margin):
        print(f"\n{contrast}, recentred to {truth:+g}")
        print(f"the first three verdicts are false there; each may occur in at most {claim.alpha:.0%}")
        print(_HEAD)
        for k in SIZES:
            print(_line(k, redrawn(recentred(differences, truth), k), claim))


_HEAD = f"{'k':>4} {'studies':>8} " + " ".join(f"{word.lower():>13}" for word in WORDS)


def _line(k: int, studies: Sequence[Sequence[float]], claim: Claim) -> str:
    if not studies:
        return f"{k:>4} {'none':>8}"
    shares = word_shares(studies, margin=claim.margin, alpha=claim.alpha)
    return f"{k:>4} {len(studies):>8} " + " ".join(f"{shares[word]:>13.1%}" for word in WORDS)


def word_shares(studies: Sequence[Sequence[float]], *, margin: float, alpha: float) -> dict[str, float]:
    """Share of the studies that get each verdict; studies without a verdict make up the rest to 1."""
    words = Counter(judge(study, margin=margin, alpha=alpha).word for study in studies)
    return {word: words[word] / len(studies) for word in WORDS}


def recentred(differences: Sequence[float], truth: float) -> list[float]:
    """The differences, shifted by one constant so that their mean is `truth`."""
    away = truth - sum(differences) / len(differences)
    return [one + away for one in differences]


def _reference(measures: pl.DataFrame) -> str:
    (name,) = {arm for arm in measures["arm"] if arm.startswith("original-") and "~" not in arm}
    return str(name)


def _differences(measures: pl.DataFrame, claim: Claim, arm: str) -> list[float]:
    """Arm minus original in every replicate that has both, in the order of replicates."""
    chosen = measures.filter(
        pl.col("test") == claim.blindspot, pl.col("cell") == claim.cell, pl.col("measure") == claim.measure
    )
    arm_values = chosen.filter(pl.col("arm") == arm).select("replicate", "value")
    reference_values = chosen.filter(pl.col("arm") == _reference(measures)).select(
        "replicate", reference="value"
    )
    paired = arm_values.join(reference_values, on="replicate").sort("replicate")
    values: list[float] = (paired["value"] - paired["reference"]).to_list()
    return values


def subsets(differences: Sequence[float], k: int) -> list[list[float]]:
    """Studies of k replicates drawn at random; empty if there are fewer than k."""
    if len(differences) < k:
        return []
    rng = stream(0, "calibrate", k)
    return [rng.choice(differences, k, replace=False).tolist() for _ in range(N_STUDIES)]


def redrawn(differences: Sequence[float], k: int) -> list[list[float]]:
    """Studies of k replicates drawn with replacement from these differences."""
    table = stream(0, "calibrate", "redrawn", k).choice(differences, (N_STUDIES, k))
    studies: list[list[float]] = table.tolist()
    return studies


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--study", default="calibration")
    parser.add_argument("--store", type=Path, default=Path("store"))
    return parser.parse_args()


if __name__ == "__main__":
    main()

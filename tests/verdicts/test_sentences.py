"""The sentences of verdicts, whole: what changes their wording changes this file, and no other test."""

from collections.abc import Callable

import pytest

from judged import CELLS, NARROW, claim, judged, judged_together, two_arms
from scotoma.results.verdicts import Judgement

LEVEL = [0.6] * 5
SUBJECT = "synthetic-1500 against original-1500 from start 4000: "
PLACE = f"{SUBJECT}accuracy on hans all/non-entailment"
SURE = (
    " If this were not true, such a verdict would be given at most 5 times in 100, as long as the "
    "differences between replicates are roughly normal. If one seed in ten behaved differently, "
)
WITHHELD = (
    " EQUIVALENT requires at least 5 replicates: with 3, up to 63 % of all seeds could move by more than the "
    "margin. This is not evidence of no effect. None of 3 replicates moved by more than the margin: up to "
    "63 % of all seeds could (exact 95 % bound)."
)


def undone() -> Judgement:
    values = two_arms("hans", CELLS[0], "accuracy", NARROW, LEVEL)
    values |= two_arms("hans", CELLS[1], "accuracy", [0.40, 0.60, 0.70], LEVEL[:3])
    return judged_together([claim(), claim(cell=CELLS[1])], values)[0]


def beyond() -> Judgement:
    values = two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], LEVEL[:3])
    values |= two_arms("matched", "all", "accuracy", [0.61, 0.63, 0.66], [0.8] * 3)
    return judged_together([claim(), claim(beyond="matched")], values)[1]


def less_sensitive() -> Judgement:
    values = two_arms("hans", CELLS[0], "accuracy", [0.38, 0.41, 0.43], LEVEL[:3])
    values |= two_arms("hans", "all", "d_prime", [1.0, 1.1, 1.2], [2.05, 1.95, 2.0])
    values |= two_arms("hans", "all", "criterion", [0.2, 0.25, 0.3], [0.26, 0.24, 0.25])
    return judged_together([claim()], values)[0]


@pytest.mark.parametrize(
    ("found", "word", "sentence"),
    [
        (
            lambda: judged([0.40, 0.41, 0.39, 0.40, 0.42], LEVEL),
            "WORSE",
            f"{PLACE} moved from .600 to .404, by -.196 (95 % interval -.210 to -.182, 5 replicates, margin "
            ".050). The mean change for the worse is larger than the margin: it is at least .184 (90 % "
            "interval, which decides). 5 of 5 replicates moved by more than the margin for the worse: at "
            f"least 55 % of all seeds would (exact 95 % bound).{SURE}5 replicates would include none of them "
            "59 times in 100.",
        ),
        (
            lambda: judged([1.4, 1.5, 1.6], [1.0] * 3, measure="log_odds"),
            "WORSE",
            f"{SUBJECT}log_odds on hans all/non-entailment moved from 1.000 to 1.500, by +.500 (95 % "
            "interval +.252 to +.748, 3 replicates, margin .050; higher is worse here). The mean change for "
            "the worse is larger than the margin: it is at least .331 (90 % interval, which decides). 3 of 3 "
            "replicates moved by more than the margin for the worse: at least 37 % of all seeds would "
            f"(exact 95 % bound).{SURE}3 replicates would include none of them 73 times in 100.",
        ),
        (
            lambda: judged([0.8, 0.81, 0.79, 0.8, 0.82], LEVEL),
            "BETTER",
            f"{PLACE} moved from .600 to .804, by +.204 (95 % interval +.190 to +.218, 5 replicates, margin "
            ".050). The mean change for the better is larger than the margin: it is at least .193 (90 % "
            "interval, which decides). 5 of 5 replicates moved by more than the margin for the better: at "
            f"least 55 % of all seeds would (exact 95 % bound).{SURE}5 replicates would include none of them "
            "59 times in 100.",
        ),
        (
            lambda: judged([0.60, 0.61, 0.59, 0.60, 0.60], LEVEL),
            "EQUIVALENT",
            f"{PLACE} moved from .600 to .600, by +.000 (95 % interval -.009 to +.009, 5 replicates, margin "
            ".050). A mean change as large as the margin is ruled out in either direction: it is at most "
            ".007 (90 % interval, which decides). None of 5 replicates moved by more than the margin: "
            f"up to 45 % of all seeds could (exact 95 % bound).{SURE}5 replicates would include none of them "
            "59 times in 100.",
        ),
        (
            lambda: judged([0.50, 0.62, 0.58], LEVEL[:3]),
            "INCONCLUSIVE",
            f"{PLACE} moved from .600 to .567, by -.033 (95 % interval -.185 to +.118, 3 replicates, margin "
            ".050). These replicates cannot tell whether the mean change is larger than the margin. This is "
            "not evidence of no effect. 1 of 3 replicates "
            "moved by more than the margin for the worse: at least 2 % of all seeds would (exact 95 % "
            "bound).",
        ),
        (
            lambda: judged([0.54, 0.55, 0.53], LEVEL[:3]),
            "INCONCLUSIVE",
            f"{PLACE} moved from .600 to .540, by -.060 (95 % interval -.085 to -.035, 3 replicates, margin "
            ".050). A change for the worse is likely, but these replicates cannot tell whether it is larger "
            "than the margin. This is not evidence of no effect. 2 of 3 replicates moved by more "
            "than the margin for the worse: at least 14 % of all seeds would (exact 95 % bound).",
        ),
        (
            undone,
            "INCONCLUSIVE",
            f"{PLACE} moved from .600 to .600, by +.000 (95 % interval -.067 to +.067, 5 replicates, margin "
            ".060). Alone it would be EQUIVALENT (p .033), but not after Holm's correction for 2 claims "
            "(p .067). 1 of 5 replicates moved by more than the margin for the worse, "
            "1 for the better.",
        ),
        (
            beyond,
            "INCONCLUSIVE",
            f"{PLACE}, beyond the change on matched, moved by -.027 (95 % interval -.041 to -.012, 3 "
            f"replicates, margin .060).{WITHHELD}",
        ),
        (
            lambda: judged([0.0, 0.01, 0.0], [0.01, 0.0, 0.02], log_odds=([3.0, 3.1, 3.2], [2.0, 2.0, 2.1])),
            "INCONCLUSIVE",
            f"{PLACE} moved from .010 to .003, by -.007 (95 % interval -.045 to +.031, 3 replicates, margin "
            f".050).{WITHHELD} synthetic-1500 and original-1500: accuracy below 5 %, near its floor, where "
            "it can hardly fall further: the log-odds of the target label there moved by +1.067 [+.923, "
            "+1.210] nats.",
        ),
        (
            less_sensitive,
            "WORSE",
            f"{PLACE} moved from .600 to .407, by -.193 (95 % interval -.256 to -.131, 3 replicates, margin "
            ".060). The mean change for the worse is larger than the margin: it is at least .151 (90 % "
            "interval, which decides). 3 of 3 replicates moved by more than the margin for the worse: at "
            f"least 37 % of all seeds would (exact 95 % bound).{SURE}3 replicates would include none of them "
            "73 times in 100. On all, d' moved by -.900 [-1.229, -.571], the criterion by +.000 [-.138, "
            "+.138]: it tells the two kinds of row apart less well; its threshold was not found to move.",
        ),
        (
            lambda: judged([0.1, 0.12], [0.6, 0.6]),
            "NO VERDICT",
            f"{PLACE} moved from .600 to .110, by -.490 (95 % interval -.617 to -.363, 2 replicates, margin "
            ".050). No verdict: 2 of at least 3 replicates.",
        ),
        (
            lambda: judged([0.1, 0.1, 0.2], LEVEL[:3], contrast="biased - original"),
            "NO VERDICT",
            "biased - original: accuracy on hans all/non-entailment: no model of this contrast has been "
            "evaluated yet.",
        ),
    ],
)
def test_a_verdict_is_said_in_full(found: Callable[[], Judgement], word: str, sentence: str) -> None:
    one = found()
    assert (one.word, one.sentence) == (word, sentence)
    assert one.record()["sentence"] == f"{word}: {sentence}"

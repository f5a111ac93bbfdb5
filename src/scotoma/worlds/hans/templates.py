"""The 30 subcases of HANS and their templates, under their official names.

A template reads `premise => hypothesis`. A word in capitals with a number is a slot: `N1` is the
first noun, and the same word wherever `N1` stands again; what may fill a slot is in the lexicon.
`VP1` is a verb with or without an object and `RC1` a relative clause of any kind: such a template
stands for several frames.

Weights are those of the official generator's output, inferred from 60,000 of its sentences.

Deviation: the official `temp15` writes "the the" in its hypothesis; here it is written once.
"""

import re
from dataclasses import dataclass
from typing import Literal

Heuristic = Literal["lexical_overlap", "subsequence", "constituent"]

SLOT = re.compile(r"([A-Z]+)\d+")

#: Longer patterns that a template may name, with their weights.
_PATTERNS = {
    "VP": (("V{0} the N{0}", 5 / 8), ("I{0}", 3 / 8)),
    "RC": (("R{0} I{0}", 6 / 16), ("R{0} V{0} the N{0}", 5 / 16), ("R{0} the N{0} V{0}", 5 / 16)),
}


@dataclass(frozen=True, slots=True)
class Frame:
    """A pair of sentence patterns whose slots take one word each.

    Attributes:
        template: Official name, `temp1` to `temp68`.
        premise: Words and slots, without the final stop.
        hypothesis: Made of the premise's words and slots.
        weight: Frequency of the frame, relative to the other frames of its subcase.
    """

    template: str
    premise: str
    hypothesis: str
    weight: float

    @property
    def slots(self) -> tuple[str, ...]:
        """The premise's slots, in order."""
        return tuple(match.group() for match in SLOT.finditer(self.premise))


@dataclass(frozen=True, slots=True)
class Subcase:
    """One construction: what it is called, which heuristic it tests, its frames."""

    heuristic: Heuristic
    name: str
    frames: tuple[Frame, ...]

    @property
    def label(self) -> Literal["entailment", "non-entailment"]:
        """The gold label, which the name's second letter tells: `e` or `n`."""
        return "entailment" if self.name[1] == "e" else "non-entailment"


def _frames(template: str, pattern: str, weight: float = 1) -> list[Frame]:
    """The frames of a template: its longer patterns written out, in every combination."""
    longer = re.search(r"\b(VP|RC)(\d)\b", pattern)
    if longer is None:
        premise, hypothesis = pattern.split(" => ")
        return [Frame(template, premise, hypothesis, weight)]
    kind, number = longer.groups()
    frames: list[Frame] = []
    for form, share in _PATTERNS[kind]:
        # Numbers from 10 up, which no template uses itself.
        simpler = pattern.replace(kind + number, form.format(f"1{number}"))
        frames += _frames(template, simpler, weight * share)
    return frames


def _subcase(
    heuristic: Heuristic,
    name: str,
    *templates: tuple[str, str] | tuple[str, str, float],
) -> Subcase:
    return Subcase(heuristic, name, tuple(frame for template in templates for frame in _frames(*template)))


_LEXICAL_OVERLAP = (
    _subcase(
        "lexical_overlap",
        "ln_subject/object_swap",
        ("temp1", "the N1 V1 the N2 => the N2 V1 the N1"),
    ),
    _subcase(
        "lexical_overlap",
        "ln_preposition",
        ("temp2", "the N1 P1 the N2 V1 the N3 => the N2 V1 the N1"),
        ("temp3", "the N1 P1 the N2 V1 the N3 => the N3 V1 the N1"),
        ("temp4", "the N1 P1 the N2 V1 the N3 => the N3 V1 the N2"),
        ("temp5", "the N1 V1 the N2 P1 the N3 => the N2 V1 the N1"),
        ("temp6", "the N1 V1 the N2 P1 the N3 => the N2 V1 the N3"),
        ("temp7", "the N1 V1 the N2 P1 the N3 => the N3 V1 the N1"),
    ),
    _subcase(
        "lexical_overlap",
        "ln_relative_clause",
        ("temp8", "the N1 R1 the N2 V1 V2 the N3 => the N2 V2 the N1"),
        ("temp9", "the N1 R1 the N2 V1 V2 the N3 => the N3 V2 the N1"),
        ("temp10", "the N1 R1 the N2 V1 V2 the N3 => the N3 V2 the N2"),
        ("temp11", "the N1 R1 V1 the N2 V2 the N3 => the N2 V2 the N1"),
        ("temp12", "the N1 R1 V1 the N2 V2 the N3 => the N3 V2 the N1"),
        ("temp13", "the N1 R1 V1 the N2 V2 the N3 => the N3 V2 the N2"),
        ("temp14", "the N1 V1 the N2 R1 V2 the N3 => the N2 V1 the N1"),
        ("temp15", "the N1 V1 the N2 R1 V2 the N3 => the N2 V1 the N3"),
        ("temp16", "the N1 V1 the N2 R1 V2 the N3 => the N3 V1 the N1"),
        ("temp17", "the N1 V1 the N2 R1 the N3 V2 => the N2 V1 the N1"),
        ("temp18", "the N1 V1 the N2 R1 the N3 V2 => the N2 V1 the N3"),
        ("temp19", "the N1 V1 the N2 R1 the N3 V2 => the N3 V1 the N1"),
    ),
    _subcase(
        "lexical_overlap",
        "ln_passive",
        ("temp20", "the SG1 was PASSIVE1 by the N1 => the SG1 PASSIVE1 the N1"),
        ("temp21", "the PL1 were PASSIVE1 by the N1 => the PL1 PASSIVE1 the N1"),
    ),
    _subcase(
        "lexical_overlap",
        "ln_conjunction",
        ("temp22", "the N1 and the N2 V1 the N3 => the N1 V1 the N2"),
        ("temp23", "the N1 and the N2 V1 the N3 => the N2 V1 the N1"),
        ("temp24", "the N1 V1 the N2 and the N3 => the N2 V1 the N3"),
        ("temp25", "the N1 V1 the N2 and the N3 => the N3 V1 the N2"),
    ),
    _subcase(
        "lexical_overlap",
        "le_relative_clause",
        ("temp26", "the N1 R1 the N2 V1 V2 the N3 => the N2 V1 the N1"),
        ("temp27", "the N1 R1 V1 the N2 V2 the N3 => the N1 V1 the N2"),
        ("temp28", "the N1 V1 the N2 R1 V2 the N3 => the N2 V2 the N3"),
        ("temp29", "the N1 V1 the N2 R1 the N3 V2 => the N3 V2 the N2"),
    ),
    _subcase(
        "lexical_overlap",
        "le_around_prepositional_phrase",
        ("temp30", "the N1 P1 the N2 V1 the N3 => the N1 V1 the N3"),
    ),
    _subcase(
        "lexical_overlap",
        "le_around_relative_clause",
        ("temp31", "the N1 RC1 V1 the N2 => the N1 V1 the N2"),
    ),
    _subcase(
        "lexical_overlap",
        "le_conjunction",
        ("temp32", "the N1 and the N2 V1 the N3 => the N1 V1 the N3"),
        ("temp33", "the N1 V1 the N2 and the N3 => the N1 V1 the N3"),
    ),
    _subcase(
        "lexical_overlap",
        "le_passive",
        ("temp35", "the SG1 was PASSIVE1 by the N1 => the N1 PASSIVE1 the SG1"),
        ("temp36", "the PL1 were PASSIVE1 by the N1 => the N1 PASSIVE1 the PL1"),
    ),
)

_SUBSEQUENCE = (
    _subcase(
        "subsequence",
        "sn_NP/S",
        ("temp37", "the N1 CLAUSAL1 the N2 VP1 => the N1 CLAUSAL1 the N2"),
    ),
    _subcase(
        "subsequence",
        "sn_PP_on_subject",
        ("temp38", "the N1 P1 the N2 VP1 => the N2 VP1"),
    ),
    _subcase(
        "subsequence",
        "sn_relative_clause_on_subject",
        ("temp39", "the N1 R1 V1 the N2 VP1 => the N2 VP1"),
    ),
    _subcase(
        "subsequence",
        "sn_past_participle",
        ("temp40", "the N1 PARTICIPLE1 in the BUILDING1 V1 the N2 => the N1 PARTICIPLE1 in the BUILDING1", 2),
        ("temp40", "the N1 PARTICIPLE1 in the BUILDING1 I1 => the N1 PARTICIPLE1 in the BUILDING1", 1),
        ("temp41", "the N1 V1 the N2 PARTICIPLE1 in the BUILDING1 => the N2 PARTICIPLE1 in the BUILDING1", 2),
    ),
    _subcase(
        "subsequence",
        "sn_NP/Z",
        ("temp42", "WHEN1 the N1 OPTIONAL1 the N2 VP1 => the N1 OPTIONAL1 the N2", 6),
        # One cannot fight alone.
        ("temp43", "WHEN1 the PL1 fought the N2 VP1 => the PL1 fought the N2", 1),
    ),
    _subcase(
        "subsequence",
        "se_conjunction",
        ("temp44", "the N1 and the N2 VP1 => the N2 VP1", 8),
        ("temp45", "the N1 V1 the N2 and the N3 => the N1 V1 the N2", 5),
    ),
    _subcase(
        "subsequence",
        "se_adjective",
        ("temp46", "ADJECTIVE1 PL1 VP1 => PL1 VP1"),
    ),
    _subcase(
        "subsequence",
        "se_understood_object",
        ("temp47", "the N1 ate the FOOD1 => the N1 ate"),
        ("temp47", "the N1 explored the PLACE1 => the N1 explored"),
        ("temp47", "the N1 left the PLACE1 => the N1 left"),
        ("temp47", "the N1 paid the N2 => the N1 paid"),
        ("temp47", "the N1 read the TEXT1 => the N1 read"),
        ("temp47", "the N1 won the CONTEST1 => the N1 won"),
        ("temp47", "the N1 wrote the TEXT1 => the N1 wrote"),
    ),
    _subcase(
        "subsequence",
        "se_relative_clause_on_obj",
        ("temp48", "the N1 V1 the N2 RC1 => the N1 V1 the N2"),
    ),
    _subcase(
        "subsequence",
        "se_PP_on_obj",
        ("temp49", "the N1 V1 the N2 P1 the N3 => the N1 V1 the N2"),
    ),
)

_CONSTITUENT = (
    _subcase(
        "constituent",
        "cn_embedded_under_if",
        ("temp50", "IF1 the N1 VP1 , the N2 VP2 => the N1 VP1"),
    ),
    _subcase(
        "constituent",
        "cn_after_if_clause",
        ("temp51", "MAINIF1 the N1 VP1 , the N2 VP2 => the N2 VP2"),
    ),
    _subcase(
        "constituent",
        "cn_embedded_under_verb",
        ("temp52", "the N1 NONFACTIVE1 that the N2 VP1 => the N2 VP1"),
    ),
    _subcase(
        "constituent",
        "cn_disjunction",
        ("temp53", "the N1 VP1 , or the N2 VP2 => the N1 VP1"),
        ("temp54", "the N1 VP1 , or the N2 VP2 => the N2 VP2"),
    ),
    _subcase(
        "constituent",
        "cn_adverb",
        ("temp58", "MAYBE1 the N1 V1 the N2 => the N1 V1 the N2", 2),
        ("temp58", "MAYBE1 the N1 I1 => the N1 I1", 1),
    ),
    _subcase(
        "constituent",
        "ce_embedded_under_since",
        ("temp59", "SINCE1 the N1 VP1 , the N2 VP2 => the N1 VP1"),
    ),
    _subcase(
        "constituent",
        "ce_after_since_clause",
        ("temp60", "MAINSINCE1 the N1 VP1 , the N2 VP2 => the N2 VP2"),
    ),
    _subcase(
        "constituent",
        "ce_embedded_under_verb",
        ("temp61", "the N1 FACTIVE1 that the N2 VP1 => the N2 VP1"),
    ),
    _subcase(
        "constituent",
        "ce_conjunction",
        ("temp62", "the N1 VP1 , and the N2 VP2 => the N1 VP1"),
        ("temp63", "the N1 VP1 , and the N2 VP2 => the N2 VP2"),
    ),
    _subcase(
        "constituent",
        "ce_adverb",
        ("temp68", "SURELY1 the N1 V1 the N2 => the N1 V1 the N2", 2),
        ("temp68", "SURELY1 the N1 I1 => the N1 I1", 1),
    ),
)

#: In the order of the official files.
SUBCASES: tuple[Subcase, ...] = _LEXICAL_OVERLAP + _SUBSEQUENCE + _CONSTITUENT

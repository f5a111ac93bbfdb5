"""Which models a claim's contrast stands for: kinds, names, generators and rounds on either side."""

from typing import Any

import pytest
from pydantic import ValidationError

from fake_study import study
from scotoma.study.compared import claimed_pairs, compared_models
from scotoma.study.study import Study
from several_models import bases_generators_and_rounds

ARMS: list[dict[str, Any]] = [
    {"original": 900},
    {"original": 300},
    {"synthetic": 900},
    {"synthetic": 300},
    {"verified": {"verifier_accuracy": 0.8, "n": 900}},
    {"verified": {"verifier_accuracy": 0.6, "n": 900}},
    {"biased": 300},
]


def claiming(contrast: str, arms: list[dict[str, Any]] = ARMS, *, many: bool = False) -> Study:
    found = study(arms=[*arms, {"relabelled": 900}])
    if many:
        found = bases_generators_and_rounds([*arms, {"relabelled": 900}], found)
    claim = found.claims[0].model_dump() | {"contrast": contrast}
    return Study.model_validate(found.model_dump() | {"claims": [claim]})


def names(contrast: str, *, many: bool = False) -> list[tuple[str, str]]:
    found = claiming(contrast, many=many)
    return [one.names for one in compared_models(found, found.claims[0])]


@pytest.mark.parametrize(
    ("contrast", "expected"),
    [
        ("biased - start", [("biased-300", "start")]),
        (
            "synthetic - original",
            [("synthetic-900", "original-900"), ("synthetic-300", "original-300")],
        ),
        ("relabelled - synthetic", [("relabelled-900", "synthetic-900")]),
        ("biased - synthetic", [("biased-300", "synthetic-300")]),
        (
            "verified - synthetic",
            [("verified-0.8-900", "synthetic-900"), ("verified-0.6-900", "synthetic-900")],
        ),
        ("verified-0.8-900 - verified-0.6-900", [("verified-0.8-900", "verified-0.6-900")]),
        ("synthetic-900 - synthetic-300", [("synthetic-900", "synthetic-300")]),
        ("synthetic-900 - original-300", [("synthetic-900", "original-300")]),
    ],
)
def test_a_contrast_names_arms_by_kind_at_one_size_or_by_name(
    contrast: str, expected: list[tuple[str, str]]
) -> None:
    assert names(contrast) == expected


def test_generator_and_round_are_those_of_the_left_side_unless_the_right_one_names_others() -> None:
    by_kind = names("relabelled - synthetic", many=True)
    assert by_kind == [
        (f"relabelled-900+{writer}{number}", f"synthetic-900+{writer}{number}")
        for writer in "ab"
        for number in ("", "@2")
    ]
    assert names("synthetic-900+a@2 - synthetic-900@1", many=True) == [
        ("synthetic-900+a@2", "synthetic-900+a")
    ]
    assert names("synthetic@2 - synthetic@1", many=True) == [
        (f"synthetic-{n}+{writer}@2", f"synthetic-{n}+{writer}") for n in (900, 300) for writer in "ab"
    ]
    assert names("biased+b - biased+a", many=True) == [
        ("biased-300+b", "biased-300+a"),
        ("biased-300+b@2", "biased-300+a@2"),
    ]
    assert names("biased@2 - original", many=True) == [
        ("biased-300+a@2", "original-300"),
        ("biased-300+b@2", "original-300"),
    ]


def test_the_end_of_a_mixture_is_that_of_its_own_generator() -> None:
    ends: list[dict[str, Any]] = [{"original": 900}, {"synthetic": 900}]
    alone = study(arms=ends)
    mixture = {"mixed": {"synthetic": 0.5, "n": 900, "generator": "a"}}
    found = bases_generators_and_rounds([*ends, mixture], alone.model_copy(update={"claims": ()}))
    claim = alone.claims[0].model_copy(update={"contrast": "mixed - original"})
    first_round = [one.name for one in compared_models(found, claim) if one.round == 1]
    assert first_round == ["mixed-0.5-900+a", "synthetic-900+a"]


def test_only_what_is_not_compared_anyway_is_added() -> None:
    assert claimed_pairs(claiming("synthetic - original")) == []
    assert claimed_pairs(claiming("synthetic-900 - original-900")) == []
    assert claimed_pairs(claiming("synthetic-900 - original-300")) == [("synthetic-900", "original-300")]


@pytest.mark.parametrize(
    ("contrast", "message"),
    [
        ("relabeled - synthetic", "must be `ARM - start`.* Did you mean 'relabelled - synthetic'"),
        ("synthetic-900 - synthetic-600", "must be `ARM - start`, `ARM - original` or `ARM - ARM`"),
        ("synthetic", "must be `ARM - start`"),
        ("synthetic@3 - synthetic@1", "must be `ARM - start`"),
        ("synthetic+c - synthetic", "must be `ARM - start`"),
        ("synthetic - synthetic", "compares a model with itself. Name another round, or generator"),
        ("biased - verified", "no arm 'verified' has the size, generator and round of biased"),
        (
            "synthetic - verified",
            "synthetic-900 has several references, verified-0.8-900, verified-0.6-900. Name one",
        ),
    ],
)
def test_a_contrast_that_compares_nothing_or_does_not_say_what_is_refused(
    contrast: str, message: str
) -> None:
    with pytest.raises(ValidationError, match=message):
        claiming(contrast)

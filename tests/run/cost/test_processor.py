"""How fast a core is: a rate that a processor can have, in the precision that it would compute in."""

import pytest

from fake_study import study
from scotoma.models import precision, rates
from scotoma.run.cost import rate_for
from scotoma.study.study import Study


def with_precision(wanted: str) -> Study:
    return study().with_models(lambda model: model.model_copy(update={"precision": wanted}))


def test_a_core_multiplies_at_a_rate_that_is_above_a_loop_and_below_a_cluster() -> None:
    assert 1e8 < rate_for(with_precision("fp32")).flops < 1e13


def test_a_study_in_bf16_is_rated_in_what_its_models_are_computed_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rates, "core_rate", lambda precision: {"bf16": 3e9, "fp32": 9e9}[precision])
    for able, computed in ((True, "bf16"), (False, "fp32")):
        monkeypatch.setattr(precision, "multiplies_bf16", lambda able=able: able)
        assert rate_for(with_precision("bf16")).precision == computed
        assert rate_for(with_precision("fp32")).precision == "fp32"
    monkeypatch.setattr(precision, "multiplies_bf16", lambda: True)
    assert rate_for(with_precision("bf16")).flops == 3e9

"""Messages name arguments in Python and options in a shell."""

from inspect import signature

import pytest
from typer.main import get_command

import scotoma
from scotoma.api.words import arguments, in_python, in_shell
from scotoma.basics.errors import ScotomaError
from scotoma.cli.app import app


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("Say --gold-labels 0=a,1=non-entailment.", "Say gold_labels={'0': 'a', '1': 'non-entailment'}."),
        ("Say what it means: --labels 'a b=LABEL'.", "Say what it means: labels={'a b': 'LABEL'}."),
        ("Or say --partial to take them.", "Or say partial=True to take them."),
        ("Leave --scorer out.", "Leave scorer out."),
        ("see `--measure log_odds`, d' or the AUC", "see `measure='log_odds'`, d' or the AUC"),
        ("more cells are in --json.", "more cells are in `record()`."),
        ("--cell", "cells"),
        ("Write it with --log_samples and --epochs 1.", "Write it with --log_samples and --epochs 1."),
        ("--labels-of-others and pre--labels", "--labels-of-others and pre--labels"),
    ],
)
def test_options_become_arguments_and_those_of_other_tools_stay(said: str, told: str) -> None:
    assert arguments(said) == told


@pytest.mark.parametrize(
    ("command", "function"),
    [
        ("audit", scotoma.audit),
        ("predict", scotoma.predict),
        ("score", scotoma.score),
        ("compare", scotoma.compare),
        ("plan", scotoma.Study.plan),
        ("run", scotoma.Study.run),
        ("report", scotoma.Study.report),
    ],
)
def test_every_option_that_is_an_argument_too_is_named_as_one(command: str, function: object) -> None:
    options = {
        option
        for parameter in get_command(app).commands[command].params  # type: ignore[attr-defined]
        for option in parameter.opts
        if option.startswith("--")
    }
    names = [f"--{name.replace('_', '-')}" for name in signature(function).parameters]  # type: ignore[arg-type]
    both = options.intersection(names)
    assert both
    assert [option for option in both if "--" in arguments(option)] == []


def test_an_error_names_arguments_and_in_the_shell_options() -> None:
    @in_python
    def fails(n: int) -> int:
        raise ScotomaError(f"{n} is wrong", where="--margin", remedy="Say --labels a=b.")

    with pytest.raises(ScotomaError, match=r"^3 is wrong \(margin\). Say labels=\{'a': 'b'\}\.$") as told:
        fails(3)
    assert (told.value.where, told.value.__cause__) == ("margin", None)
    with pytest.raises(ScotomaError, match=r"^3 is wrong \(--margin\). Say --labels a=b\.$"):
        in_shell(fails)(3)

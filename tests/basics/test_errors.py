"""The message of an error that users see."""

import ast
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError

SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.parametrize(
    ("what", "where", "message"),
    [
        ("'a/b.csv' is empty", "a/b.csv", "'a/b.csv' is empty. Mend it."),
        ("it is empty", "a/b.csv", "it is empty (a/b.csv). Mend it."),
        ("'b.csv' is empty", "study.yaml", "'b.csv' is empty (study.yaml). Mend it."),
        ("2 is not a size", "", "2 is not a size. Mend it."),
    ],
)
def test_a_place_that_the_message_has_in_quotes_is_not_said_again(
    what: str, where: str, message: str
) -> None:
    error = ScotomaError(what, where=where, remedy="Mend it.")
    assert str(error) == message
    assert error.where == where


def test_no_error_names_the_last_part_of_the_path_that_is_its_place() -> None:
    found = []
    n = 0
    for path in sorted(SOURCE.rglob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "ScotomaError" and call.args:
                n += 1
                places = [ast.unparse(one.value) for one in call.keywords if one.arg == "where"]
                whole = [place.removeprefix("str(").removesuffix(")") for place in places]
                if any(f"{{{one}.name" in ast.unparse(call.args[0]) for one in whole):
                    found.append(f"{path.name}:{call.lineno}")
    assert n > 200
    assert found == []

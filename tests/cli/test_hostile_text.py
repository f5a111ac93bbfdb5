"""Text of others on its way to a terminal, a log and a page: shown, never obeyed."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from command_line import scotoma
from scotoma.basics.errors import ScotomaError
from scotoma.basics.words import visible
from scotoma.cli.console import LiveWatch
from scotoma.cli.printing import PlainConsole
from scotoma.cli.progress import tree
from scotoma.experiment import Plan
from scotoma.run.watch import PlainWatch
from scotoma.stages.read_examples import ReadExamples
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.sources import Source

#: Clears the screen, names the window, turns the writing, styles by rich's markup, and an unpaired surrogate.
HOSTILE = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202egnp.exe\u2066[bold red]x[/bold red][/]:boom:"

#: The same as a file may be called.
HOSTILE_NAME = HOSTILE.replace("/", "")


def is_safe(text: str) -> bool:
    return all(one.isprintable() or one == "\n" for one in text)


def write(path: Path, rows: list[dict[str, object]]) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")


def step_of(name: str) -> ReadExamples:
    return ReadExamples(
        source=Source(file=f"a/{name}"), fields=("text",), labels=(), repeated_pairs="keep", seed=0
    )


@given(st.text(st.characters()))
def test_visible_text_has_nothing_that_steers(text: str) -> None:
    shown = visible(text)
    assert is_safe(shown)
    shown.encode()
    assert visible(shown) == shown
    assert "\n" not in visible(text, keep="")
    if is_safe(text):
        assert shown == text


def test_a_console_shows_text_as_it_is_and_what_would_steer_it_in_letters() -> None:
    console = PlainConsole()
    table = Table(title=f"[bold]{HOSTILE}", width=300)
    table.add_column("[red]head")
    table.add_row(HOSTILE)
    table.add_row(Text(HOSTILE))
    with console.capture() as capture:
        console.print(f"[red]{HOSTILE}", table, Text(HOSTILE), "\ud800", sep="\n", soft_wrap=True)
    shown = capture.get()
    assert is_safe(shown)
    assert shown.count("[bold red]x[/bold red][/]:boom:") == 5
    assert "[red]head" in shown
    assert "\\x1b[2J" in shown
    assert "\\u202e" in shown
    assert "\\ud800" in shown


def test_a_hostile_file_name_forges_no_line_of_a_log(
    capsys: pytest.CaptureFixture[str],
) -> None:
    watch = PlainWatch()
    watch.begin(step_of("x\n[9 of 9] all done \x1b[2J.tsv"), 1, 2)
    assert capsys.readouterr().err == "[1/2] read x\\n[9 of 9] all done \\x1b[2J.tsv\n"


def test_the_tree_of_a_run_shows_names_and_causes_as_they_are(tmp_path: Path) -> None:
    console = PlainConsole(stderr=True)
    step = step_of(f"{HOSTILE_NAME}.tsv")
    store = Store(tmp_path)
    planned = Plan(study=load_study("quickstart"), steps=(step,), models=(), general_tests=())
    watch = LiveWatch(lambda: tree(planned, store))
    watch.begin(step, 1, 1)
    with console.capture() as capture:
        console.print(watch)
    assert "1 step to do" in capture.get()
    assert "read" in capture.get()
    assert "[bold red]x[bold red][]" in capture.get()
    assert is_safe(capture.get())

    (tmp_path / "error").mkdir()
    (tmp_path / "error" / step.key).write_text(f"Traceback\nOSError: {HOSTILE}", encoding="utf8")
    with console.capture() as capture:
        console.print(tree(planned, store, {}))
    assert "failed OSError" in capture.get()
    assert is_safe(capture.get())


def test_an_audit_of_a_hostile_file_is_safe_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / f"{HOSTILE_NAME}.jsonl"
    rows = [
        {"premise": f"{HOSTILE} {n}", "hypothesis": f"{HOSTILE} {n}", "label": n % 3, HOSTILE: n}
        for n in range(6)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf8")
    for options in ([], ["--json"]):
        told = scotoma("audit", path, "--task", "mnli", "--test", path, *options, cwd=tmp_path)
        assert told.returncode == 0, told.stderr
        assert is_safe(told.stdout)
    record = json.loads(told.stdout)
    assert str(path) in record["leaks"]["by_test"]
    assert HOSTILE_NAME in next(iter(record["leaks"]["by_test"]))


def test_scores_of_hostile_predictions_are_safe_to_look_at(tmp_path: Path) -> None:
    path = tmp_path / "r0.jsonl"
    row = {"gold": "entailment", "predicted": "entailment", "heuristic": "subsequence", "subcase": HOSTILE}
    path.write_text(
        "".join(json.dumps({"id": f"{HOSTILE}{n}", **row}) + "\n" for n in range(3)), encoding="utf8"
    )
    for options in ([], ["--json"]):
        told = scotoma("score", path, "--blindspot", "hans", *options, cwd=tmp_path)
        assert told.returncode == 0, told.stderr
        assert is_safe(told.stdout)
    assert json.loads(told.stdout)["subcases"][0]["subcase"] == HOSTILE


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", json.dumps({"premise": "a", "hypothesis": "b", "label": HOSTILE})),
        ("a.jsonl", json.dumps({HOSTILE: "a"})),
        ("a.tsv", f"premise\thypothesis\tlabel\n{HOSTILE}\n"),
        ("a.csv", f'premise,hypothesis,label\n"{HOSTILE}'),
        (f"{HOSTILE_NAME}\nerror: all is well.csv", ""),
        (f"{HOSTILE_NAME}.doc", "x"),
    ],
)
def test_an_error_that_quotes_hostile_text_is_safe_to_look_at(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text, encoding="utf8")
    told = scotoma("audit", name, "--task", "mnli", cwd=tmp_path)
    assert told.returncode == 2
    assert told.stderr.startswith("error: ")
    assert is_safe(told.stderr)


def test_a_file_name_that_is_no_unicode_is_an_error_and_no_traceback(tmp_path: Path) -> None:
    told = scotoma("score", "\udcff\udcfe.csv", "--blindspot", "hans", cwd=tmp_path)
    assert told.returncode == 2
    assert "\\udcff\\udcfe.csv" in told.stderr
    assert "Traceback" not in told.stderr


def test_a_study_with_hostile_names_is_refused_in_safe_words(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(json.dumps({"task": HOSTILE, HOSTILE: 1}), encoding="utf8")
    with pytest.raises(ScotomaError, match="errors in study 'a'"):
        load_study(str(tmp_path / "a.yaml"))
    told = scotoma("plan", "a.yaml", cwd=tmp_path)
    assert told.returncode == 2
    assert is_safe(told.stderr)

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import polars as pl
import pytest

from command_line import scotoma
from scotoma.api import running
from scotoma.cli.printing import PlainConsole
from scotoma.study.finding import bundled_studies
from scotoma.worlds.microworld import CONSTRUCTIONS


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [(("run", "quickstrat"), 2, b"Did you mean 'quickstart'"), (("--version",), 0, b"")],
)
def test_a_command_of_a_shell_ends_as_one_in_the_tests_process(
    tmp_path: Path, arguments: tuple[str, ...], code: int, message: bytes
) -> None:
    """The other tests start no interpreter for each command."""
    shown = subprocess.run(
        [sys.executable, "-m", "scotoma", *arguments], cwd=tmp_path, capture_output=True, check=False
    )
    here = scotoma(*arguments, cwd=tmp_path)
    assert shown.returncode == here.returncode == code
    assert message in shown.stderr
    assert (shown.stdout.decode(), shown.stderr.decode()) == (here.stdout, here.stderr)
    assert list(tmp_path.iterdir()) == []


def test_the_first_screen_teaches_the_tool(tmp_path: Path) -> None:
    shown = scotoma(cwd=tmp_path).stdout
    for word in ("run", "plan", "status", "report", "init", "doctor", "data", "scotoma run quickstart"):
        assert word in shown


@pytest.mark.parametrize("terminal", ["80", "120"])
def test_the_help_of_every_command_cuts_nothing_off(terminal: str, tmp_path: Path) -> None:
    commands = (
        "",
        "run",
        "plan",
        "status",
        "report",
        "audit",
        "score",
        "compare",
        "list",
        "init",
        "doctor",
        "data",
    )
    inner = ("data hans", "data microworld", "export", "export lm-eval", "export inspect", "export dataset")
    width = {"COLUMNS": terminal, "TERMINAL_WIDTH": terminal}
    shown = "".join(
        scotoma(*command.split(), "--help", cwd=tmp_path, **width).stdout for command in (*commands, *inner)
    )
    assert shown.count("Usage:") == 18
    assert "…" not in shown
    assert "{STUDY}" in shown
    assert max(map(len, shown.splitlines())) <= int(terminal)


def test_the_version_is_printed(tmp_path: Path) -> None:
    assert scotoma("--version", cwd=tmp_path).stdout.strip() == "0.3.0"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("run", "quickstrat"), "Did you mean 'quickstart'"),
        (("plan", "no.yaml"), "neither a file nor a bundled study"),
        (("run",), "Missing argument"),
        (("runn", "quickstart"), "No such command"),
        (("run", "quickstart", "--device", "gpu9"), "device 'gpu9' is not"),
        (("run", "quickstart", "--replicates", "0"), "--replicates"),
        (("plan", "quickstart", "--store", "/dev/null"), "/dev/null is not a directory"),
        (("status", "quickstart", "--store", "/dev/null/store"), "/dev/null is not a directory"),
        (("run", "quickstart", "--on", "moon"), "is not one of 'local'"),
        (
            ("run", "quickstart", "--on", "ray", "--processes-per-training", "2"),
            "is not supported with --on ray",
        ),
        (("data", "hans", "--n", "30", "--seed", "0", "--out", "x.doc"), "does not end in a known format"),
        (("audit", "rows.tsv", "--task", "mnli"), "rows.tsv"),
        (("audit", "rows.tsv", "--task", "mnly"), "Did you mean 'mnli'"),
        (("audit", "rows.tsv", "--task", "mnli", "--columns", "premise"), "is not a list of columns"),
        (("audit", "rows.tsv", "--task", "mnli", "--columns", "label=a, label=b"), "label is given twice"),
        (
            ("audit", "rows.tsv", "--task", "mnli", "--device", "cpu"),
            "a device is given, but no model to run on it",
        ),
        (("init", ""), "'' cannot be the name of a study"),
        (("init", ".yaml"), "'.yaml' cannot be the name of a study"),
        (("data", "microworld", "--n", "3", "--seed", "0", "--out", "x.csv", "--part", "train"), "dial"),
        (
            ("data", "microworld", "--n", "3", "--seed", "0", "--out", "x.csv", "--dial", ".5"),
            "error: `dial` is required",
        ),
        (("data", "microworld", "--n", "3", "--seed", "0", "--out", "x.csv", "--part", "tset"), "'tset'"),
    ],
)
def test_a_mistake_gets_a_message_and_exit_2(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    result = scotoma(*arguments, cwd=tmp_path)
    assert result.returncode == 2
    assert message in result.stderr.replace("\n", " ")
    assert "Traceback" not in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_init_writes_a_study_that_plans_and_keeps_a_file_that_is_there(tmp_path: Path) -> None:
    assert scotoma("init", "mine", cwd=tmp_path).returncode == 0
    assert (tmp_path / "mine.yaml").read_text() == bundled_studies()["quickstart"].read_text()
    planned = scotoma("plan", "mine.yaml", cwd=tmp_path)
    assert planned.returncode == 0
    assert "train_classifier" in planned.stdout
    again = scotoma("init", "mine.yaml", cwd=tmp_path)
    assert again.returncode == 2
    assert "exists already" in again.stderr


@pytest.mark.parametrize("spread", ["0", "inf", "nan"])
def test_a_spread_that_nothing_can_be_planned_with_is_refused(tmp_path: Path, spread: str) -> None:
    refused = scotoma("plan", "quickstart", "--sd", spread, cwd=tmp_path)
    assert refused.returncode == 2
    assert "Give the sd of a pilot or a paper." in refused.stderr


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["--slurm-options", "--mem=4G"], "--slurm-options has no effect with --on local"),
        (["--ray-options", "num_cpus=1"], "--ray-options has no effect with --on local"),
        (["--on", "slurm", "--out", "here"], "--out is not available with --on slurm"),
    ],
)
def test_an_option_that_would_do_nothing_is_refused(tmp_path: Path, given: list[str], message: str) -> None:
    refused = scotoma("run", "quickstart", *given, cwd=tmp_path)
    assert refused.returncode == 2
    assert message in refused.stderr
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("name", [".", "rows", "rows.txt"])
def test_rows_are_written_in_a_known_format_alone(tmp_path: Path, name: str) -> None:
    refused = scotoma("data", "hans", "--n", "31", "--seed", "0", "--out", name, cwd=tmp_path)
    assert refused.returncode == 2
    assert "does not end in a known format" in refused.stderr


def test_plan_and_status_write_nothing(tmp_path: Path) -> None:
    assert scotoma("plan", "quickstart", cwd=tmp_path).returncode == 0
    assert "to do" in scotoma("status", "quickstart", cwd=tmp_path).stdout
    assert list(tmp_path.iterdir()) == []


def test_doctor_says_what_is_there_and_what_is_missing(tmp_path: Path) -> None:
    well = scotoma("doctor", "quickstart", cwd=tmp_path)
    assert well.returncode == 0
    assert "weights bundled:microworld_base" in well.stdout
    ill = scotoma("doctor", "nothing.yaml", cwd=tmp_path)
    assert ill.returncode == 2
    assert "missing study nothing.yaml" in ill.stdout


@pytest.mark.parametrize("seed", ["0", "1"])
def test_data_writes_the_same_rows_for_the_same_seed(tmp_path: Path, seed: str) -> None:
    for name in ("a.tsv", "b.tsv"):
        assert (
            scotoma("data", "hans", "--n", "31", "--seed", seed, "--out", name, cwd=tmp_path).returncode == 0
        )
    assert (tmp_path / "a.tsv").read_bytes() == (tmp_path / "b.tsv").read_bytes()
    rows = pl.read_csv(tmp_path / "a.tsv", separator="\t", quote_char=None)
    assert rows.height == 31
    assert rows["subcase"].n_unique() == 30


def test_the_micro_worlds_blind_spot_is_written_evenly_over_its_constructions(tmp_path: Path) -> None:
    written = scotoma("data", "microworld", "--n", "50", "--seed", "0", "--out", "a.tsv", cwd=tmp_path)
    assert written.returncode == 0, written.stderr
    rows = pl.read_csv(tmp_path / "a.tsv", separator="\t", quote_char=None)
    assert rows.height == 50
    assert set(rows["label"]) == {"entailment", "non-entailment"}
    assert rows["subcase"].n_unique() == len(CONSTRUCTIONS)
    assert rows["subcase"].value_counts()["count"].max() == 2


def test_data_of_another_seed_differ(tmp_path: Path) -> None:
    for part, dial in (("train", ["--dial", "0.5"]), ("blindspot", [])):
        for seed in ("0", "1"):
            name = f"{part}{seed}.jsonl"
            arguments = ["microworld", "--n", "30", "--seed", seed, "--part", part, *dial, "--out", name]
            assert scotoma("data", *arguments, cwd=tmp_path).returncode == 0
        one, other = ((tmp_path / f"{part}{seed}.jsonl").read_text() for seed in ("0", "1"))
        assert len(one.splitlines()) == 30
        assert json.loads(one.splitlines()[0]).keys() >= {"id", "premise", "hypothesis", "label"}
        assert one != other


def test_an_audit_is_sentences_and_a_table_or_one_json_object(tmp_path: Path) -> None:
    made = ["microworld", "--n", "300", "--seed", "0", "--part", "train", "--out", "rows.tsv", "--dial", "1"]
    assert scotoma("data", *made, cwd=tmp_path).returncode == 0
    shown = scotoma("audit", "rows.tsv", "--task", "microworld", cwd=tmp_path)
    assert shown.returncode == 0, shown.stderr
    assert "overlap_word" in shown.stdout
    own = ["--predicate", "nots=words:not", "--columns", "premise=premise", "--json"]
    told = scotoma("audit", "rows.tsv", "--task", "microworld", *own, cwd=tmp_path)
    assert told.stderr == ""
    record = json.loads(told.stdout)
    assert record["n"] == 300
    assert record.keys() >= {"associations", "duplicates", "leaks"}
    assert {row["predicate"] for row in record["associations"]} >= {"overlap_word", "nots"}


def test_a_failed_worker_s_exit_code_is_that_of_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "worker_command", lambda *_: [sys.executable, "-c", "raise SystemExit(9)"])
    shown = scotoma("run", "quickstart", "--workers", "2", "--device", "cpu", cwd=tmp_path)
    assert shown.returncode == 9
    assert shown.stdout == ""
    assert "Traceback" not in shown.stderr
    assert not (tmp_path / "reports").exists()


def test_on_a_terminal_a_failed_worker_s_last_words_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dies = [sys.executable, "-c", "import sys; sys.exit('no room left')"]
    monkeypatch.setattr(running, "worker_command", lambda *_: dies)
    monkeypatch.setattr(PlainConsole, "is_terminal", True)
    shown = scotoma("run", "quickstart", "--workers", "2", "--device", "cpu", cwd=tmp_path)
    assert shown.returncode == 1
    assert "no room left\n" in shown.stderr
    assert "Their full output is in" in shown.stderr


@pytest.mark.parametrize(
    ("number", "workers"),
    [
        (signal.SIGTERM, 1),
        pytest.param(signal.SIGUSR1, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGINT, 1, marks=pytest.mark.long),
        pytest.param(signal.SIGTERM, 2, marks=pytest.mark.long),
    ],
)
def test_an_interrupted_run_says_how_to_continue_and_exits_75(
    tmp_path: Path, number: signal.Signals, workers: int
) -> None:
    command = ["run", "quickstart", *(["--workers", "2"] if workers > 1 else [])]
    run = subprocess.Popen(
        [sys.executable, "-m", "scotoma", *command], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not list(tmp_path.glob("store/work/*")):
        assert time.monotonic() < deadline, "the run did not start"
        assert run.poll() is None
        time.sleep(0.05)
    run.send_signal(number)
    errors = run.communicate(timeout=120)[1]
    assert run.returncode == 75, errors
    assert errors.endswith(f"To continue: scotoma {' '.join(command)}\n")
    assert "Traceback" not in errors
    assert list(tmp_path.glob("store/work/*")) == []

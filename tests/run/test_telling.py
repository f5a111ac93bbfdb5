"""A line for each of several workers: what it does, how far it is, how long it will take."""

import json
import os
import sys
from pathlib import Path

import pytest

from scotoma.cli.console import worker_lines
from scotoma.cli.printing import PlainConsole
from scotoma.run import telling
from scotoma.run.spreading import spread
from scotoma.run.telling import Activity, LoggingWatch, clear, lines, watch_of_worker, worker_environment
from scotoma.run.watch import PlainWatch
from toy import Number

STEP = Number(value=3)


def test_a_worker_writes_what_it_is_at_and_its_log_is_as_before(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telling, "_EVERY", 0.0)
    watch = watch_of_worker(worker_environment(tmp_path, 0))
    assert lines(tmp_path) == [None]
    watch.begin(STEP, 2, 9)
    (begun,) = lines(tmp_path)
    watch.progress(30, 120)
    (half,) = lines(tmp_path)
    watch.end(STEP, 12)
    (ended,) = lines(tmp_path)
    found = [(one.title, one.done, one.total) for one in (begun, half, ended) if one is not None]
    assert found == [("number", 0, 0), ("number", 30, 120), ("", 0, 0)]
    assert capsys.readouterr().err == "[2/9] number\n    done: number, 12 s\n"
    clear(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_worker_that_nobody_looks_at_writes_lines_alone() -> None:
    assert type(watch_of_worker({})) is PlainWatch


def test_a_folder_that_is_gone_stops_no_worker(tmp_path: Path) -> None:
    watch = LoggingWatch(tmp_path / "gone" / "local_0.at")
    watch.begin(STEP, 1, 1)
    watch.end(STEP, 1)


@pytest.mark.parametrize("text", ["", '{"title": "x', "[]", '{"other": 1}', "\x00"])
def test_a_file_that_is_half_written_is_a_worker_that_has_said_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / "local_0.at").write_text(text)
    assert lines(tmp_path) == [None]


def test_workers_stand_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 0):
        (tmp_path / f"local_{number}.at").write_text(json.dumps({"title": str(number)}))
    assert [doing.title for doing in lines(tmp_path) if doing] == ["0", "2", "10"]


def test_the_time_left_goes_by_what_is_done_and_runs_down_meanwhile() -> None:
    doing = Activity("train", done=30, total=120, seconds=10, at=1000)
    assert doing.seconds_left(1000) == pytest.approx(30)
    assert doing.seconds_left(1012) == pytest.approx(18)
    assert doing.seconds_left(2000) == 0
    assert Activity("train", total=120, at=1000).seconds_left(1000) is None


@pytest.mark.parametrize("width", [60, 100])
def test_a_terminal_has_a_line_for_each_worker(width: int) -> None:
    console = PlainConsole()
    console.width = width
    workers = [
        Activity("train classifier on \x1b[31m" + "synthetic " * 20, 1088, 2880, 10, 0.0),
        Activity("predict with original-1000"),
        Activity(""),
        None,
    ]
    with console.capture() as captured:
        console.print(worker_lines(workers, 0.0))
    shown = captured.get().splitlines()
    assert [line.split("  ")[0] for line in shown] == [f"worker {n}" for n in range(1, 5)]
    assert shown[0].rstrip().endswith("1,088/2,880 rows, 16 s left")
    assert "\x1b[31m" not in shown[0]
    assert "predict with orig" in shown[1]
    assert "waiting for another" in shown[2]
    assert "starting" in shown[3]
    assert max(map(len, shown)) <= width


def test_several_processes_have_a_line_each_while_they_run_and_none_afterwards(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = (
        "import time; from scotoma.run.telling import watch_of_worker; from toy import Number; "
        "watch = watch_of_worker(); watch.begin(Number(value=1), 1, 1); watch.progress(1, 2); time.sleep(1)"
    )
    monkeypatch.syspath_prepend(Path(__file__).parents[1])
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    seen: set[tuple[str, ...]] = set()

    def look() -> None:
        seen.add(tuple(doing.title if doing else "?" for doing in lines(tmp_path / "logs")))

    assert spread([sys.executable, "-c", code], 2, logs=tmp_path / "logs", look=look) == 0
    assert ("?", "?") in seen
    assert ("number", "number") in seen
    assert lines(tmp_path / "logs") == []
    assert (tmp_path / "logs" / "local_0.log").read_text() == "[1/1] number\n"


def test_a_worker_that_dies_leaves_its_log_and_no_line(tmp_path: Path) -> None:
    code = "import sys; sys.stderr.write('lost'); sys.exit(3)"
    assert spread([sys.executable, "-c", code], 1, logs=tmp_path) == 3
    assert [path.name for path in tmp_path.iterdir()] == ["local_0.log"]
    assert (tmp_path / "local_0.log").read_text() == "lost"

import io
import sys

import pytest

from scotoma.basics.words import duration
from scotoma.cli import console
from scotoma.cli.console import LiveWatch
from scotoma.cli.printing import PlainConsole
from scotoma.run.watch import PlainWatch
from scotoma.stages.read_examples import ReadExamples
from scotoma.study.settings.sources import Source

STEP = ReadExamples(
    source=Source(file="a/rows.tsv"), fields=("text",), labels=(), repeated_pairs="keep", seed=0
)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (12, "12 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (7500, "2 h 5 min"),
        (36e4, "4 days"),
        (358e6, "4,144 days"),
    ],
)
def test_a_duration_is_in_words(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_a_log_has_a_line_at_a_step_s_beginning_and_end(capsys: pytest.CaptureFixture[str]) -> None:
    watch = PlainWatch()
    watch.begin(STEP, 2, 9)
    watch.progress(1, 2)
    watch.end(STEP, 12)
    assert capsys.readouterr().err == "[2/9] read rows.tsv\n    done: read rows.tsv, 12 s\n"


def test_long_work_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(console.time, "monotonic", lambda: now)
    watch = PlainWatch()
    watch.begin(STEP, 1, 1)
    for second in range(100):
        now = float(second)
        watch.progress(second, 100)
    lines = capsys.readouterr().err.splitlines()[1:]
    assert lines == [f"    {n} of 100 rows, about {duration(100 - n)} left" for n in (30, 60, 90)]


def test_a_terminal_says_how_many_rows_are_done_and_nothing_before_it_knows() -> None:
    screen = PlainConsole()
    screen.width = 100
    watch = LiveWatch(lambda: "the tree")
    watch.begin(STEP, 1, 1)
    with screen.capture() as before:
        screen.print(watch.bars)
    assert "read rows.tsv" in before.get()
    assert "rows," not in before.get()
    assert "?" not in before.get()
    watch.progress(1088, 2880)
    with screen.capture() as after:
        screen.print(watch.bars)
    assert "1,088/2,880 rows" in after.get()


def test_a_tree_that_takes_long_to_draw_is_not_drawn_with_every_step(monkeypatch: pytest.MonkeyPatch) -> None:
    now, drawn = 0.0, 0

    def draw() -> str:
        nonlocal now, drawn
        now, drawn = now + 1, drawn + 1
        return f"tree {drawn}"

    monkeypatch.setattr(console.time, "monotonic", lambda: now)
    watch = LiveWatch(draw)
    screen = PlainConsole()

    def shown() -> str:
        with screen.capture() as capture:
            screen.print(watch)
        return capture.get()

    assert shown().strip() == "tree 1"  # nothing has begun or ended since
    watch.begin(STEP, 1, 2)
    assert "tree 2" in shown()
    for second in range(3, 11):
        now = float(second)
        watch.end(STEP, 1)
        watch.begin(STEP, 1, 2)
        assert "tree 2" in shown()
    now += 3
    assert "tree 3" in shown()
    now += 100
    assert "tree 3" in shown()


def test_a_terminal_without_the_character_gets_one_like_it_or_a_question_mark(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="ascii"))
    PlainConsole().print(".5 ± .1 é")
    sys.stdout.flush()
    assert written.getvalue() == b".5 ~ .1 ?\n"

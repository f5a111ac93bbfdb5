"""The cards and tables of a report on a terminal, as wide as it is, without cutting a word."""

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from fake_study import found_in, make, plan, printed, study
from scotoma import report
from scotoma.cli.report import show
from scotoma.report.cards import Card, Strip, cards
from scotoma.report.tables.models import Table
from scotoma.report.terminal_card import TerminalCard
from scotoma.report.terminal_table import TerminalTable
from scotoma.results import Results
from scotoma.statistics.intervals import Estimate

WIDTHS = [40, 60, 80, 100, 120]


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Results:
    planned = plan(study())
    return found_in(planned, make(planned, tmp_path_factory.mktemp("store")))


def shown(what: object, width: int, encoding: str = "utf-8") -> list[str]:
    """The lines that a terminal shows, without the blanks at their ends."""
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    console = Console(file=out, width=width, markup=False, emoji=False, highlight=False)
    console.print(what)
    out.flush()
    text = out.buffer.getvalue().decode(encoding)  # type: ignore[attr-defined]  # BytesIO, which the type hides
    return [line.rstrip() for line in text.splitlines()]


def strip(*differences: float, low: float, mean: float, high: float) -> Strip:
    """A strip with an interval of any width."""
    estimate = Estimate(mean=mean, low=low, high=high, n=len(differences), sd=None, level=0.95)
    return Strip("blind spot", differences, estimate, "", is_judged=True)


@pytest.fixture(scope="module")
def card(whole: Results) -> Card:
    return cards(whole)[0]


@pytest.mark.parametrize("width", WIDTHS)
def test_a_report_fits_its_terminal_and_cuts_no_word(whole: Results, width: int) -> None:
    text = printed(whole, width=width)
    lines = [line for line in text.splitlines() if not line.startswith("scotoma|")]
    assert max(map(len, lines)) <= width
    assert " ".join(text.split()).startswith("WORSE: synthetic-1500 against original-1500 from start 4000 ")
    known = set(re.findall(r"[A-Za-z]{3,}", printed(whole, width=200)))
    assert set(re.findall(r"[A-Za-z]{3,}", text)) <= known
    for one in whole.judgements:
        assert f"{one.signature}\n" in text


def test_a_wide_terminal_is_used_up_to_120_columns(
    whole: Results, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(report, "write_report", lambda found, folder, progress: "")
    show(whole, tmp_path)
    widths = [len(line) for line in capsys.readouterr().out.splitlines() if "scotoma|" not in line]
    assert 110 < max(widths) <= 120


def test_a_card_says_what_was_compared_found_known_and_not_known(card: Card) -> None:
    text = " ".join(" ".join(shown(TerminalCard(card, "4000"), 100)).split())
    known = (f"Known: {card.known}", f"Not known: {card.unknown}")
    for told in (card.answer, card.compared, card.movement, card.accuracy, *known):
        assert told in text
    for one in card.strips:
        assert one.label in text
        assert one.change_text in text


def test_the_interval_is_drawn_to_scale_with_a_tick_for_each_replicate(card: Card) -> None:
    made = replace(
        card,
        strips=(strip(-0.4, -0.3, -0.2, low=-0.39, mean=-0.3, high=-0.21),),
        margin=0.05,
        margin_text=".050",
    )
    lines = shown(TerminalCard(made, ""), 110)
    at = next(position for position, line in enumerate(lines) if "├" in line and "blind spot" in line)
    interval, ticks = lines[at], lines[at + 1]
    assert interval.index("├") < interval.index("●") < interval.index("┤") < interval.index("│")
    assert interval.index("●") - interval.index("├") == pytest.approx(
        interval.index("┤") - interval.index("●"), abs=1
    )
    assert [position for position, mark in enumerate(ticks) if mark == "╵"][1] == interval.index("●")
    assert ticks.count("╵") == 3
    assert ticks.count("┊") == 2
    assert ticks.index("│") == interval.index("│")


def test_an_interval_that_leaves_the_drawing_ends_in_an_arrow(card: Card) -> None:
    made = replace(card, strips=(strip(-0.1, 0.1, low=-9, mean=0, high=9),), margin=0.05)
    assert any(re.search(r"◄─+●─+►", line) for line in shown(TerminalCard(made, ""), 110))


def test_a_terminal_without_such_characters_gets_others(card: Card) -> None:
    made = replace(card, accuracy="In accuracy: blind spot 88.0 % → 63.7 %.")
    lines = shown(TerminalCard(made, "4000"), 80, encoding="ascii")
    assert "88.0 % -> 63.7 %" in "\n".join(lines)
    assert any(re.search(r"\[-*o-*\]", line) for line in lines)
    assert "' a replicate" in "\n".join(lines)
    assert "?" not in "\n".join(lines)


@pytest.mark.parametrize("width", [40, 60])
def test_a_narrow_terminal_has_the_drawing_below_its_numbers(card: Card, width: int) -> None:
    lines = shown(TerminalCard(card, ""), width)
    at = next(position for position, line in enumerate(lines) if line.strip().startswith("blind spot"))
    assert lines[at].strip() == f"blind spot  {card.strips[0].change_text}"
    assert "┤" in lines[at + 1]


def test_a_measure_that_is_worse_when_it_rises_says_so(card: Card) -> None:
    for higher_is_worse, side in ((True, "right"), (False, "left")):
        made = replace(card, higher_is_worse=higher_is_worse)
        assert f"worse is {side}" in "\n".join(shown(TerminalCard(made, ""), 80))


def test_a_study_without_results_says_once_why_there_is_no_verdict(tmp_path: Path) -> None:
    planned = plan(study())
    text = " ".join(printed(found_in(planned, make(replace(planned, steps=()), tmp_path))).split())
    assert text.count("no model of this contrast has been evaluated yet") == 1
    assert "margin" not in text.partition("scotoma|")[0].partition("Unfinished")[0]


TABLE = Table(
    "What it is.",
    ("start", "arm", "general accuracy", "against original"),
    (
        ("1500", "start itself", ".935 ± .009", ""),
        ("1500", "synthetic-1000", ".667 ± .027", "-2.132 [-2.585, -1.678]"),
    ),
)


def test_a_table_has_a_line_a_row_where_it_fits_then_is_stacked_then_a_list() -> None:
    wide = shown(TerminalTable(TABLE, by_first=True), 80)
    assert "synthetic-1000 .667 ± .027 -2.132 [-2.585, -1.678]" in wide
    below = shown(TerminalTable(TABLE, by_first=True), 45)
    assert "synthetic-1000 .667 ± .027           -2.132" in below
    assert below[-1].strip() == "[-2.585, -1.678]"
    narrow = shown(TerminalTable(TABLE, by_first=True), 32)
    assert narrow[-3:] == [
        "synthetic-     .667   -2.132",
        "1000         ± .027 [-2.585,",
        "                     -1.678]",
    ]
    listed = shown(TerminalTable(TABLE, by_first=True), 26)
    assert listed[1:5] == ["start 1500", "start itself", "  general      .935 ± .009", "  accuracy"]

"""A pattern has limits: its compilation of time and memory, each search of time.

Sizes are harmless: where a guard is tried, its limit is lowered to them.
"""

import sys
import time
from pathlib import Path

import pytest

from scotoma.basics.errors import ScotomaError
from scotoma.blindspots.predicates import patterns
from scotoma.blindspots.predicates.patterns import matches

#: Takes some 85 MB to compile: what is repeated by count is written out.
COUNTED = "((a{60}){60}){60}"

#: Takes some seconds to compile.
MANY_SETS = "[\\0-\U0010fffe]" * 1500


@pytest.fixture(autouse=True)
def _afresh() -> None:
    patterns._compiled.cache_clear()


def test_a_pattern_that_would_take_for_ever_in_a_text_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_SEARCH", 0.001)
    slow = matches("a.*b.*c.*d$", "here")
    assert slow("abcd")
    with pytest.raises(TimeoutError):
        slow("abc" * 80)


def test_a_pattern_whose_compilation_fills_the_memory_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    assert matches(COUNTED, "here")("A" * 216_000)
    patterns._compiled.cache_clear()
    monkeypatch.setattr(patterns, "_MEMORY", 64 << 20)
    assert matches("(a{2}){3}", "here")("aaaaaa")
    with pytest.raises(ScotomaError, match=r"'\(\(a.* takes more than .* or 64 MiB to compile \(here\)"):
        matches(COUNTED, "here")


def test_a_pattern_whose_compilation_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_COMPILATION", 1)
    began = time.process_time()
    with pytest.raises(ScotomaError, match="takes more than 1 seconds"):
        matches(MANY_SETS, "here")
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize("pattern", ["(", "a{3}(", "(a{3}" + "b" * 500, "\ud800{2}("])
def test_a_pattern_that_is_none_is_refused_in_words_whatever_its_size(pattern: str) -> None:
    with pytest.raises(ScotomaError, match="is not a regular expression: missing"):
        matches(pattern, "here")


def test_no_module_of_the_current_folder_is_run_for_a_pattern(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("regex", "resource"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(9)\n", encoding="utf8")
    monkeypatch.chdir(tmp_path)
    assert matches("^a{2}$", "here")("aa")


def test_a_small_pattern_starts_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere")
    assert matches(r"\b(may|might)\b", "here")("It MIGHT.")

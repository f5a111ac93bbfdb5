"""The page of surprises names every script in `findings/`, in the words with which the script begins."""

import re

from documents import ROOT

LINK = re.compile(r"\[([^]]+)\]\(\.\./findings/([\w-]+)\.sh\)")


def test_each_script_stands_on_the_page_once_with_its_first_sentence() -> None:
    page = (ROOT / "docs" / "surprises.md").read_text(encoding="utf8")
    entries = [" ".join(entry.split()) for entry in re.findall(r"^- (.*(?:\n  .*)*)", page, re.MULTILINE)]
    told = [(LINK.findall(entry)[0][1], LINK.sub(r"\1", entry)) for entry in entries]
    scripts = {script.stem: script.read_text(encoding="utf8") for script in (ROOT / "findings").glob("*.sh")}
    assert len(scripts) > 40
    assert sorted(told) == sorted((name, _beginning(script)) for name, script in scripts.items())


def _beginning(script: str) -> str:
    """The first paragraph of the comment that a script begins with."""
    comment = re.findall(r"^# ?(.*)", script.partition("\n")[2], re.MULTILINE)
    return " ".join(comment[: comment.index("")])

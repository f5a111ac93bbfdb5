"""Text of others in a data card: shown as it is, and never read as Markdown, HTML or YAML."""

from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from scotoma.arms.counter_examples import CounterExamples
from scotoma.basics.words import visible
from scotoma.integrations.export.card import Pool, card, header
from scotoma.integrations.export.dataset import public
from scotoma.integrations.export.markdown import Markdown, escaped, fenced
from scotoma.study.file import load_study
from scotoma.study.settings.sources import Source
from scotoma.study.study import Study

HOSTILE = (
    "<img src=x onerror=alert(1)> [x](javascript:y) ![i](http://e.org/i.png) http://e.org www.e.org a@e.org\n"
    "# head\n---\n| a | `b` **c** _d_ ~~e~~ $f$ &lt; \\ \x1b[2J \u202e ```` {{ 7 * 7 }} {% raw %}"
)
READER = MarkdownIt("gfm-like", {"linkify": False}).enable("table")


def study(**changes: Any) -> Study:
    return load_study("quickstart").model_copy(update=changes)


def record() -> dict[str, Any]:
    table = {
        "config": "pool",
        "kind": "pool",
        "split": "replicate_0",
        "file": "pool/replicate_0.parquet",
        "rows": 5,
        "labels": {"entailment": 3, "neutral": 1, "contradiction": 1},
        "originals": 0,
        "replicate": 0,
        "starts": ["all"],
        "key": "screen-1",
        "sha256": "ab",
    }
    return {"scotoma": "0.1.0", "seeds": {"0": 0}, "tables": [table], "missing": []}


def pool() -> Pool:
    funnel = {
        "raw": 9,
        "kept": 5,
        "rejected": {HOSTILE: 4},
        "by_label": {"entailment": {"kept": 5, "overlap_word": 0.5}},
    }
    return Pool("replicate_0", funnel, HOSTILE)


def kinds(text: str) -> set[str]:
    """Every kind of Markdown in a text, also inside paragraphs and cells."""
    found = READER.parse(text)
    return {token.type for token in [*found, *(child for one in found for child in one.children or [])]}


def shown(text: str) -> str:
    """What a reader of one line of Markdown sees."""
    return "".join(child.content for token in READER.parse(text) for child in token.children or [])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_escaped_text_is_read_as_it_is(text: str) -> None:
    safe = escaped(f"x{text}x")
    assert "\n" not in safe
    assert shown(safe) == visible(f"x{text}x", keep="")
    assert kinds(safe) <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}


def test_nothing_hostile_steers() -> None:
    assert shown(escaped(HOSTILE)) == visible(HOSTILE, keep="")
    assert kinds(escaped(HOSTILE)) <= {"paragraph_open", "inline", "paragraph_close", "text", "text_special"}
    for link in ("http://", "www.e", "a@e"):  # written out, these are links on the Hub
        assert link in HOSTILE
        assert link not in escaped(HOSTILE)


def test_what_is_markdown_already_stays() -> None:
    assert escaped(Markdown("**a**")) == "**a**"


@given(st.text("`~ab\n"))
def test_no_text_closes_the_fence_around_it(text: str) -> None:
    (token,) = READER.parse(fenced(f"x{text}"))
    assert token.type == "fence"
    assert token.content.rstrip() == f"x{text}".rstrip()


def test_a_card_of_hostile_settings_has_no_markup_but_its_own() -> None:
    ours = study()
    generator = ours.generator
    assert generator is not None
    hostile = study(
        name=HOSTILE,
        task=ours.task.model_copy(update={"name": HOSTILE, "licence": HOSTILE, "citation": HOSTILE}),
        blindspots=(ours.blindspots[0].model_copy(update={"heuristics": {HOSTILE: HOSTILE}}),),
        model=ours.model.model_copy(update={"name": HOSTILE, "revision": HOSTILE}),
    )
    text = card(hostile, record(), [pool()])
    _, head, body = text.split("---\n", 2)
    assert yaml.safe_load(head)["pretty_name"] == f"Synthetic data of study {HOSTILE}"
    plain = card(ours, record(), [pool()]).split("---\n", 2)[2]
    assert kinds(body) - {"text_special"} == kinds(plain) - {"text_special"}
    assert not kinds(body) & {"html_block", "html_inline", "link_open", "image"}
    assert len([token for token in READER.parse(body) if token.type == "heading_open"]) == 7
    assert "49" not in body
    assert "\x1b" not in text


def test_a_card_says_where_texts_of_the_original_data_stand_in_the_rows() -> None:
    ours = study()
    reading = study(generator=ours.generator.model_copy(update={"reads": "premise"}))  # type: ignore[union-attr]
    said, plain = (card(one, record(), [pool()]) for one in (reading, ours))
    for words in ("They contain texts of the original data", "`read_row`", "up to its premise"):
        assert words in said
        assert words not in plain


def test_the_licence_in_the_header_is_the_tasks_only_where_no_data_of_others_went_in() -> None:
    ours = study()
    assert header(ours, record())["license"] == "apache-2.0"
    theirs = ours.data.model_copy(update={"train": Source(file="x.tsv")})
    assert header(study(data=theirs), record())["license"] == "other"
    base = ours.model.model_copy(update={"name": "org/model"})
    assert header(study(model=base), record())["license"] == "other"
    counter = CounterExamples(n=9, share=0.1, source=Source(file="x.tsv"))
    assert header(study(arms=(*ours.arms, counter)), record())["license"] == "other"


@pytest.mark.parametrize(("n", "size"), [(5, "n<1K"), (1_000, "1K<n<10K"), (2_000_000, "n>1M")])
def test_the_size_is_that_of_the_pools(n: int, size: str) -> None:
    made = record()
    made["tables"][0]["rows"] = n
    assert header(study(), made)["size_categories"] == [size]


def test_a_models_folder_is_known_by_its_last_name_alone() -> None:
    ours = study()
    local = ours.model.model_copy(update={"name": "/home/ada/secret/base"})
    assert public(study(model=local)).bases[""].name == "base"
    hub = ours.model.model_copy(update={"name": "org/base"})
    assert public(study(model=hub)).bases[""].name == "org/base"

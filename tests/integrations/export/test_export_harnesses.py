"""The folders that `scotoma export lm-eval` and `inspect` write, without the tools."""

import ast
import json
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from command_line import scotoma
from known_data import at_hand, task_of
from scotoma.basics.errors import ScotomaError
from scotoma.basics.records import to_table
from scotoma.blindspots import BLINDSPOTS, HANS
from scotoma.comparisons import read_predictions
from scotoma.integrations.export import HARNESSES, export_task
from scotoma.study.finding import find_study
from scotoma.study.settings.sources import MicroworldDraw, Source
from scotoma.tasks import MNLI, TASKS
from scotoma.worlds.microworld import FIELDS, blindspot_set

EACH = pytest.mark.parametrize("harness", HARNESSES)


def written(folder: Path, name: str = "scotoma_hans") -> list[dict[str, Any]]:
    """The rows of an exported folder."""
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_text(encoding="utf8").splitlines()]


def logged(rows: list[dict[str, Any]], path: Path) -> Path:
    """The rows as lm-evaluation-harness logs them, of a model that always gives the first choice."""
    with path.open("w") as file:
        for place, row in enumerate(rows):
            asked = {
                f"gen_args_{i}": {"arg_0": row["prompt"], "arg_1": f" {choice}"}
                for i, choice in enumerate(row["choices"])
            }
            sample = {
                "doc_id": place,
                "doc": row,
                "target": str(row["right"]),
                "arguments": asked,
                "filtered_resps": [[str(-1.0 - i), str(i == 0)] for i in range(len(row["choices"]))],
                "filter": "none",
            }
            file.write(json.dumps(sample) + "\n")
    return path


class Loader(yaml.SafeLoader):
    """Reads the harness's tag as the name it has."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


def test_a_row_has_what_a_classifier_reads_and_every_choice_that_is_right(tmp_path: Path) -> None:
    assert export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=60) == 60
    rows = written(tmp_path / "out")
    assert len(rows) == 60
    for row in rows:
        assert row["prompt"] == MNLI.verbalise(row)
        assert row["choices"] == list(MNLI.labels)
        right = {HANS.label_map[row["choices"][place]] for place in row["right"]}
        assert right == {row["gold"]}
        assert row["cell"] == f"{row['heuristic']}/{row['gold']}"
    assert {tuple(row["right"]) for row in rows} == {(0,), (1, 2)}
    assert len({(row["subcase"], row["gold"]) for row in rows[:30]}) == 30
    assert all(row["template"] for row in rows)


@pytest.mark.parametrize(
    ("harness", "name"),
    [
        # Drawing it takes seconds, and the rows are the same for each harness.
        pytest.param(harness, name, marks=[pytest.mark.slow] * (name == "microworld_marker" and at > 0))
        for at, harness in enumerate(HARNESSES)
        for name in BLINDSPOTS
    ],
)
def test_every_blind_spot_is_exported_and_fewer_rows_are_the_first_of_more(
    tmp_path: Path, harness: str, name: str
) -> None:
    spot, task = at_hand(BLINDSPOTS[name], tmp_path), task_of(BLINDSPOTS[name])
    for n in (6, 30):
        export_task(harness, spot, task, tmp_path / str(n), n=n, seed=1)
    more = written(tmp_path / "30", f"scotoma_{name}")
    assert written(tmp_path / "6", f"scotoma_{name}") == more[:6]
    assert {row["heuristic"] for row in more} == set(spot.heuristics)
    assert all(set(task.fields) <= set(row) for row in more)


def test_same_seed_same_bytes_and_another_seed_other_rows(tmp_path: Path) -> None:
    for out, seed in (("a", 0), ("b", 0), ("c", 1)):
        export_task("inspect", HANS, MNLI, tmp_path / out, n=30, seed=seed)
    for file in (tmp_path / "a").iterdir():
        assert file.read_bytes() == (tmp_path / "b" / file.name).read_bytes()
    first, other = written(tmp_path / "a"), written(tmp_path / "c")
    assert not {row["prompt"] for row in first} & {row["prompt"] for row in other}


def test_all_rows_are_those_a_study_of_this_seed_is_tested_on(tmp_path: Path) -> None:
    source = Source(microworld=MicroworldDraw(n=2, part="blindspot"))
    spot = BLINDSPOTS["microworld"].model_copy(update={"source": source})
    assert export_task("lm-eval", spot, TASKS["microworld"], tmp_path / "out", seed=5) == 60
    due = {(row["id"], row["premise"]) for row in to_table(blindspot_set(2, 5), FIELDS).to_dicts()}
    assert {(row["id"], row["premise"]) for row in written(tmp_path / "out", "scotoma_microworld")} == due


def test_the_yaml_names_its_functions_and_a_metric_for_every_cell(tmp_path: Path) -> None:
    export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=30)
    settings = yaml.load((tmp_path / "out" / "scotoma_hans.yaml").read_text(), Loader)
    cells = {row["cell"] for row in written(tmp_path / "out")}
    assert len(cells) == 6
    metrics = {metric["metric"] for metric in settings["metric_list"]}
    assert metrics == {"acc", "all/entailment", "all/non-entailment", *cells}
    assert settings["num_fewshot"] == 0
    code = ast.parse((tmp_path / "out" / "scotoma_hans.py").read_text())
    functions = {f"scotoma_hans.{node.name}" for node in code.body if isinstance(node, ast.FunctionDef)}
    assert {settings["custom_dataset"], settings["process_results"]} <= functions


@EACH
def test_code_is_the_same_whatever_the_rows_are(tmp_path: Path, harness: str) -> None:
    export_task(harness, HANS, MNLI, tmp_path / "a", n=30)
    export_task(harness, BLINDSPOTS["microworld"], TASKS["microworld"], tmp_path / "b", n=30, seed=7)
    code = [(tmp_path / at).read_bytes() for at in ("a/scotoma_hans.py", "b/scotoma_microworld.py")]
    assert code[0] == code[1]
    assert b"hans" not in code[0]


def test_the_harness_functions_score_a_row_by_its_likeliest_choice(tmp_path: Path) -> None:
    export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=30)
    code: dict[str, Any] = {"__file__": str(tmp_path / "out" / "scotoma_hans.py")}
    exec((tmp_path / "out" / "scotoma_hans.py").read_text(), code)  # what the harness does
    rows = code["rows"](version=1.0)["test"]
    assert rows.num_rows == 30
    row = next(row for row in rows if row["gold"] == "non-entailment")
    cell = f"{row['heuristic']}/non-entailment"
    right = code["scores"](row, [(-3.0, False), (-2.0, False), (-1.0, True)])
    assert right == {"acc": 1.0, "all/non-entailment": 1.0, cell: 1.0}
    assert set(code["scores"](row, [(-1.0, False), (-2.0, False), (-3.0, True)]).values()) == {0.0}


def test_a_line_as_the_harness_logs_it_is_read_back_with_its_cells(tmp_path: Path) -> None:
    export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=30)
    rows = written(tmp_path / "out")
    found = read_predictions(logged(rows, tmp_path / "samples_scotoma_hans_now.jsonl"), HANS).table
    columns = ["id", "gold", "heuristic", "subcase", "template", "premise", "hypothesis"]
    assert found.select(columns).to_dicts() == [{name: row[name] for name in columns} for row in rows]
    assert set(found["predicted"]) == {"entailment"}
    assert {"p_entailment", "p_neutral", "p_contradiction"} <= set(found.columns)


@pytest.mark.parametrize("taken", ["file", "folder", "link"])
def test_what_is_there_already_is_not_touched(tmp_path: Path, taken: str) -> None:
    out = tmp_path / "out"
    if taken == "folder":
        out.mkdir()
        (out / "mine.txt").write_text("mine")
    elif taken == "file":
        out.write_text("mine")
    else:
        out.symlink_to(tmp_path / "elsewhere")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(ScotomaError, match="is there already and not an empty folder"):
        export_task("lm-eval", HANS, MNLI, out, n=30)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_empty_folder_is_filled_and_a_failed_export_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with pytest.raises(ScotomaError, match="has 30,000 rows; 30,001 were asked for"):
        export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=30_001)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    export_task("lm-eval", HANS, MNLI, tmp_path / "out", n=30)
    assert len(list((tmp_path / "out").iterdir())) == 3


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ScotomaError, match="cannot be"):
        export_task("lm-eval", HANS, MNLI, tmp_path / "file" / "out", n=30)


def test_a_task_of_other_labels_is_refused(tmp_path: Path) -> None:
    other = MNLI.model_copy(update={"labels": ("entailment", "other")})
    with pytest.raises(ScotomaError, match="does not fit the task's labels"):
        export_task("lm-eval", HANS, other, tmp_path / "out", n=30)
    assert list(tmp_path.iterdir()) == []


def test_the_command_says_how_to_go_on(tmp_path: Path) -> None:
    told = scotoma("export", "lm-eval", "--blindspot", "hans", "--out", "t", "--n", "30", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert "Wrote 30 rows of HANS (regenerated), blind spot hans, to t" in told.stdout
    assert "--tasks scotoma_hans --include_path t" in told.stdout
    told = scotoma("export", "inspect", "--blindspot", "microworld", "--out", "i", "--n", "9", cwd=tmp_path)
    assert "inspect eval i/scotoma_microworld.py --model MODEL" in told.stdout
    assert json.loads((tmp_path / "i" / "origin.json").read_text())["task"] == "microworld"


NEWS = """
task:
  name: news
  fields: [text]
  labels: [bad, fair, good]
  target: good
  classifier_prompt: "How good is this? {text} It is"
  generator_text: "Relation: {label} Premise: {text}"
  end_marker: End
blindspots:
  - name: sure-news
    title: news that begin with Surely
    heuristics: {surely: What is sure is good., perhaps: What is likely is good.}
    select: {surely: {regex: "^Surely"}, perhaps: {words: [perhaps]}}
    label_map: {bad: not good, fair: not good, good: good}
    target: good
    source: {file: news.tsv, columns: {text: news, label: stars}, labels: {"1": not good, "5": good}}
data:
  train: &rows {file: news.tsv, columns: {text: news, label: stars}, labels: {"1": bad, "5": good}}
  tests: {general: *rows}
  repeated_pairs: drop
model: {name: bundled:microworld_base, precision: fp32, adapter: {kind: full}}
seed: 0
replicates: 1
starts: [1]
recipe:
  {epochs: 1, batch_size: 8, learning_rate: 1.0e-3, schedule: cosine, warmup: 0.1, optimizer: adamw,
   betas: [0.9, 0.999], epsilon: 1.0e-8, weight_decay: 0.01, max_grad_norm: 1.0, order: random}
arms: [{original: 1}]
evaluation: {batch_tokens: 2048}
"""


@pytest.fixture
def news(tmp_path: Path) -> Path:
    """A study with a blind spot of its own, of which predicates choose and tag rows of a file."""
    rows = [
        ("Surely he slept .", 5),
        ("Perhaps she called .", 1),
        ("They ran .", 5),
        ("Surely it rained .", 1),
    ]
    text = "".join(f"{n}\t{text}\t{stars}\n" for n, (text, stars) in enumerate(rows))
    (tmp_path / "news.tsv").write_text(f"id\tnews\tstars\n{text}")
    study = tmp_path / "news.yaml"
    study.write_text(NEWS)
    return study


@EACH
def test_a_blind_spot_of_ones_own_is_exported_with_its_studys_prompt_labels_and_predicates(
    news: Path, tmp_path: Path, harness: str
) -> None:
    told = scotoma("export", harness, "--blindspot", "news.yaml", "--out", "out", cwd=tmp_path)
    assert (told.returncode, told.stderr) == (0, "")
    assert "Wrote 3 rows of news that begin with Surely, blind spot sure-news, to out" in told.stdout
    assert "--blindspot news.yaml" in told.stdout
    rows = written(tmp_path / "out", "scotoma_sure_news")  # a module's name in Python
    assert rows[0] == {
        "id": "0",
        "prompt": "How good is this? Surely he slept . It is",
        "choices": ["bad", "fair", "good"],
        "right": [2],
        "gold": "good",
        "cell": "surely/good",
        "heuristic": "surely",
        "subcase": "",
        "template": "",
        "text": "Surely he slept .",
    }
    assert {(row["id"], row["cell"], tuple(row["right"])) for row in rows} == {
        ("0", "surely/good", (2,)),
        ("1", "perhaps/not good", (0, 1)),
        ("3", "surely/not good", (0, 1)),
    }
    again = scotoma("export", harness, "--blindspot", "news.yaml:sure-news", "--out", "b", cwd=tmp_path)
    assert again.returncode == 0
    assert written(tmp_path / "b", "scotoma_sure_news") == rows


def test_what_a_harness_logs_of_a_blind_spot_of_ones_own_is_scored_by_its_study(
    news: Path, tmp_path: Path
) -> None:
    assert (
        scotoma("export", "lm-eval", "--blindspot", "news.yaml", "--out", "out", cwd=tmp_path).returncode == 0
    )
    logged(written(tmp_path / "out", "scotoma_sure_news"), tmp_path / "samples_news.jsonl")
    told = scotoma("score", "samples_news.jsonl", "--blindspot", "news.yaml", "--json", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    cells = {
        (cell["heuristic"], cell["label"]): cell["accuracy"] for cell in json.loads(told.stdout)["cells"]
    }
    assert cells == {
        ("all", "good"): 0.0,
        ("all", "not good"): 1.0,
        ("surely", "good"): 0.0,
        ("surely", "not good"): 1.0,
        ("perhaps", "not good"): 1.0,
    }


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (("", ""), ["--task", "mnli"], "whose task is 'news'; 'mnli' was asked for"),
        (("news.tsv, columns", "gone.tsv, columns"), [], "gone.tsv"),
        (("", ""), ["--n", "4"], "has 3 rows; 4 were asked for"),
    ],
)
def test_an_export_of_ones_own_that_cannot_be_is_refused(
    news: Path, tmp_path: Path, change: tuple[str, str], options: list[str], message: str
) -> None:
    news.write_text(NEWS.replace(*change))
    told = scotoma("export", "lm-eval", "--blindspot", "news.yaml", "--out", "out", *options, cwd=tmp_path)
    assert told.returncode == 2
    assert message in told.stderr.replace("\n", " ")
    assert not (tmp_path / "out").exists()


def test_a_text_that_is_called_as_a_column_of_the_rows_is_refused(tmp_path: Path) -> None:
    spot = BLINDSPOTS["microworld_marker"]
    task = TASKS["microworld_sentiment"].model_copy(update={"fields": ("prompt",)})
    with pytest.raises(ScotomaError, match="text 'prompt' has the name of a column of the exported rows"):
        export_task("lm-eval", spot, task, tmp_path / "out", n=6)


@EACH
@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--blindspot", "hanz"], "Did you mean 'hans'"),
        (["--blindspot", "hans", "--task", "mnly"], "Did you mean 'mnli'"),
        (["--blindspot", "hans", "--n", "0"], "--n"),
        ([], "Missing option '--blindspot'"),
    ],
)
def test_a_mistake_in_an_export_gets_a_message_and_exit_2(
    tmp_path: Path, harness: str, options: list[str], message: str
) -> None:
    told = scotoma("export", harness, "--out", "out", *options, cwd=tmp_path)
    assert told.returncode == 2
    assert message in told.stderr.replace("\n", " ")
    assert list(tmp_path.iterdir()) == []


def test_a_study_without_heads_gives_its_prompt_and_words_and_score_is_told_what_they_mean(
    tmp_path: Path,
) -> None:
    told = scotoma("export", "lm-eval", "--blindspot", "likelihood", "--out", "t", "--n", "30", cwd=tmp_path)
    assert told.returncode == 0, told.stderr
    rows = written(tmp_path / "t", "scotoma_microworld")
    assert {tuple(row["choices"]) for row in rows} == {("Yes", "Maybe", "No")}
    assert all(row["prompt"] == f"{row['premise']} {row['hypothesis']}" for row in rows)
    labels = "Yes=entailment,Maybe=neutral,No=contradiction"
    assert f"--blindspot likelihood --labels {labels}" in told.stdout
    path = logged(rows, tmp_path / "samples_it.jsonl")
    scored = scotoma("score", path.name, "--blindspot", "likelihood", "--labels", labels, cwd=tmp_path)
    assert "all             entailment       15   1.0000" in scored.stdout


@pytest.mark.parametrize(("ends", "delimiter"), [("", None), (" Relation:", None), ("\nRelation:\n", "")])
def test_no_blank_follows_a_prompt_that_ends_in_white_space(
    tmp_path: Path, ends: str, delimiter: str | None
) -> None:
    task = MNLI.model_copy(update={"classifier_prompt": f"{{premise}} {{hypothesis}}{ends}"})
    export_task("lm-eval", HANS, task, tmp_path / "out", n=60)
    settings = yaml.load((tmp_path / "out" / "scotoma_hans.yaml").read_text(), Loader)
    assert settings.get("target_delimiter") == delimiter


def test_words_with_commas_and_equals_signs_are_printed_so_that_score_reads_them(tmp_path: Path) -> None:
    words = {"entailment": "Yes, it does", "neutral": "Maybe", "contradiction": "No = not so"}
    study = yaml.safe_load(find_study("likelihood").read_text(encoding="utf8"))
    study["answers"]["words"] = words
    (tmp_path / "mine.yaml").write_text(yaml.safe_dump(study), encoding="utf8")
    told = scotoma("export", "lm-eval", "--blindspot", "mine.yaml", "--out", "t", "--n", "30", cwd=tmp_path)
    _, _, command = told.stdout.partition("Then: scotoma ")
    verb, _, *options = shlex.split(command)
    path = logged(written(tmp_path / "t", "scotoma_microworld"), tmp_path / "samples_it.jsonl")
    scored = scotoma(verb, path.name, *options, cwd=tmp_path)
    assert "all             entailment       15   1.0000" in scored.stdout, scored.stderr

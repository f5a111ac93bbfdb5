"""Tasks, blind spots, bundled studies and measures, from their records."""

import inspect

import yaml

from reference.tables import block, code, plain, table
from scotoma.blindspots import BLINDSPOTS, BlindSpot
from scotoma.measures import MEANINGS, cells
from scotoma.study.finding import bundled_studies, first_sentence
from scotoma.tasks import TASKS, Task


def tasks() -> str:
    """Every task and blind spot, with its record."""
    return "\n\n".join(
        [
            "# Tasks and blind spots",
            "A study names one task and its blind spots, or describes its own "
            "([how](../own-task.md)). These come with the package.",
            *(_task(task) for task in TASKS.values()),
            *(_blindspot(blindspot) for blindspot in BLINDSPOTS.values()),
        ]
    )


def _task(task: Task) -> str:
    rows = [
        ("texts", ", ".join(map(code, task.fields))),
        ("labels", ", ".join(map(code, task.labels))),
        ("target: the label that heuristics lead to", code(task.target)),
        ("true labels can be computed", "yes" if task.exact_labeller else "no"),
        ("licence of the data", plain(task.licence)),
        ("citation", plain(task.citation)),
    ]
    return "\n\n".join(
        [
            f"## Task {code(task.name)}",
            table([code(task.name), ""], rows),
            "The classifier reads:",
            block(task.classifier_prompt),
            "The generator learns, and writes:",
            block(f"{task.generator_text} {task.end_marker}"),
        ]
    )


def _blindspot(blindspot: BlindSpot) -> str:
    merged = ", ".join(
        f"{code(task_label)} → {code(merged_label)}"
        for task_label, merged_label in blindspot.label_map.items()
    )
    source = yaml.safe_dump(blindspot.source.model_dump(exclude_defaults=True), default_flow_style=True)
    rows = [
        ("in a report", plain(blindspot.title)),
        *((f"heuristic {code(name)}", plain(sentence)) for name, sentence in blindspot.heuristics.items()),
        ("labels of the task, and the labels they count as", merged),
        ("rows, unless a study sets others", code(source.strip())),
        ("licence", plain(blindspot.licence)),
        ("citation", plain(blindspot.citation)),
    ]
    return f"## Blind spot {code(blindspot.name)}\n\n{table([code(blindspot.name), ''], rows)}"


def studies() -> str:
    """The files of the studies that come with the package."""
    names = bundled_studies()
    return "\n\n".join(
        [
            "# Bundled studies",
            f"`scotoma run NAME` runs one; `scotoma init mine --like NAME` copies it to `mine.yaml`. "
            f"There are {len(names)}.",
            *(
                f"## {code(name)}\n\n{plain(first_sentence(path))}\n\n"
                f"{block(path.read_text(encoding='utf8'), 'yaml')}"
                for name, path in names.items()
            ),
        ]
    )


def measures() -> str:
    """Every measure, and the cells in which it is computed."""
    meanings = table(
        ["measure", "what it is"], [(code(name), plain(meaning)) for name, meaning in MEANINGS.items()]
    )
    named = inspect.cleandoc(cells.__doc__ or "").partition("\n\n")[2]
    return "\n\n".join(
        [
            "# Measures and cells",
            "Every measure is computed from saved predictions, in every cell of every test set in which it "
            "is defined. An undefined measure is null, with a reason next to it.",
            meanings,
            "## Cells",
            block(named),
        ]
    )

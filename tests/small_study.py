"""A whole study on a handful of rows, run through the command line, and what it leaves."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from command_line import one_thread, scotoma
from scotoma.store.store import MANIFEST

STUDY = (Path(__file__).parent / "scenarios" / "small_study.yaml").read_text(encoding="utf8")
OWN_ROWS = "premise\thypothesis\tlabel\n" + "".join(
    f"The {who} slept .\t{hypothesis}\t{label}\n"
    for who in ("doctor", "lawyer", "judge")
    for hypothesis, label in (
        (f"The {who} slept .", "entailment"),
        (f"The {who} did not sleep .", "contradiction"),
        ("The senator slept .", "neutral"),
    )
)


def without_generator() -> str:
    """The small study with two starts and an arm of originals: its steps are among those of the whole."""
    settings = yaml.safe_load(STUDY)
    for part in ("generator", "screening", "heuristic", "labeller", "claims"):
        del settings[part]
    return yaml.safe_dump(settings | {"arms": ["none", {"original": 15}]})


def with_two_arms(**changes: object) -> str:
    """The small study with one start and two arms, one of them generated: its steps are among the whole's."""
    few = {"starts": [60], "arms": [{"original": 30}, {"synthetic": 30}]}
    return yaml.safe_dump(yaml.safe_load(STUDY) | few | changes, sort_keys=False)


#: One thread: small models gain nothing from more, and tests may run beside one another.
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")


def prepare(folder: Path, study: str = STUDY) -> None:
    """Puts the study and its data into a folder."""
    folder.mkdir(exist_ok=True)
    (folder / "small.yaml").write_text(study, encoding="utf8")
    (folder / "more.tsv").write_text(OWN_ROWS, encoding="utf8")


def lend(undisturbed: Path, folder: Path) -> int:
    """Gives a study on the same base and generator what the small study has made of them: so many steps."""
    done = folder / "store" / "done"
    done.mkdir(parents=True)
    for stage in ("prepare_base", "train_generator", "sample"):
        (made,) = (undisturbed / "store" / "done").glob(f"{stage}-*")
        shutil.copytree(made, done / made.name)
    return len(list(done.iterdir()))


def start(folder: Path, *arguments: str, within: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    """A command of scotoma's, going on; `within` is what starts it."""
    return subprocess.Popen(
        [*within, sys.executable, "-m", "scotoma", *arguments],
        cwd=folder,
        env={**os.environ, **ONE_THREAD},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str], code: int = 0) -> tuple[str, str]:
    """What it said, on both streams, once it has ended, as it should."""
    out, errors = process.communicate(timeout=600)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    return out, errors


def run(folder: Path, *options: str) -> tuple[str, str]:
    """Runs the study to its end, in this process but with workers, whose words reach no stream of a test."""
    if "--workers" in options:
        return ended(start(folder, "run", "small.yaml", *options))
    return done(folder, "run", "small.yaml", *options)


def done(folder: Path, *arguments: str) -> tuple[str, str]:
    """What a command said, on both streams, that ended as it should, in this process and on one thread."""
    with one_thread():
        shown = scotoma(*arguments, cwd=folder, **ONE_THREAD)
    assert shown.returncode == 0, shown.stderr
    return shown.stdout, shown.stderr


def artifacts(folder: Path) -> dict[str, str]:
    """Hash of every file of every artifact; of manifests, without their times."""
    found = {}
    done = folder / "store" / "done"
    for path in sorted(done.rglob("*")):
        if path.is_file():
            content = path.read_bytes()
            if path.name == MANIFEST:
                manifest = json.loads(content)
                content = json.dumps({**manifest, "started": None, "seconds": None}).encode()
            found[str(path.relative_to(done))] = hashlib.sha256(content).hexdigest()
    return found


def reports(folder: Path) -> dict[str, bytes]:
    """Content of every file of the report; of PDFs, whose parts stand in any order, that they are there."""
    report = folder / "reports" / "small"
    return {
        str(path.relative_to(report)): b"" if path.suffix == ".pdf" else path.read_bytes()
        for path in sorted(report.rglob("*"))
        if path.is_file()
    }

#!/usr/bin/env bash
# distilabel 1.5.3: one answer of the judge with a blank line in its reasons costs the preference pairs of 50 prompts; if all ratings are
# equal, the same text is both chosen and rejected.
#
# `UltraFeedback` has a judge rate several texts, and `FormatTextGenerationDPO` makes pairs for DPO of the best and the worst. The judge's
# answer is split at blank lines. A second paragraph of reasons, or a sentence before the first rating, is then taken for a text without a
# rating: there is one rating more than there are texts, None, and those after it belong to the text before. The comparison with None
# fails, and a step that fails in one row gives None for all rows of its batch, 50 by default. The log has a warning, the data set as many
# rows as expected. (If it happens in the first batch, `run` fails in the end: pyarrow takes the type of the column from it.)
# Of equal ratings the first is taken, as the best and as the worst. Judges give few different ratings, so ties are common. If all are equal,
# chosen and rejected are one text: DPO learns nothing from the row and counts it as ranked wrongly. The first model has most of the
# chosen texts and of the rejected ones, so `chosen_model` is no measure of which model is better. Before pairs are made, remove rows with
# None in `ratings` or with equal ratings only and shuffle the texts of a row; `input_batch_size=1` keeps the rest of a batch.
#
# Here: 500 prompts, texts of four models that are equally good (each rated 3, 4 or 5 with probability .2, .5, .3), and a judge that gives
# two paragraphs of reasons for 5 prompts. The judge is a rule in distilabel's own interface, not weights.
#
# Seen with Python 3.11, datasets 5.2.0, pyarrow 26.0.1:
#   distilabel 1.5.3:
#     by default            500 rows, 150 without a pair
#     input_batch_size=1    500 rows,   5 without a pair
#     of 495 pairs, 40 are of one text
#     chosen   240 of the first model, 111 of the second model, 86 of the third model, 58 of the fourth model
#     rejected 224 of the first model, 132 of the second model, 88 of the third model, 51 of the fourth model
#     ratings given [3, 5, 3, 4], read [3, None, 5, 3, 4]
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check distilabel==1.5.3 datasets==5.2.0 requests beautifulsoup4
cat > pairs.py <<'PYTHON'
import random
import sys
from collections import Counter
from importlib.metadata import version
from pathlib import Path

from distilabel.models.llms import LLM
from distilabel.pipeline import Pipeline
from distilabel.steps import FormatTextGenerationDPO, LoadDataFromDicts
from distilabel.steps.tasks import UltraFeedback

MODELS = ["first", "second", "third", "fourth"]
draw = random.Random(0)
RATINGS = [draw.choices([3, 4, 5], [0.2, 0.5, 0.3], k=len(MODELS)) for _ in range(500)]
TWO_PARAGRAPHS = set(draw.sample(range(50, 500), 5))


class Judge(LLM):
    """A judge that gives the ratings above, in the format that the prompt asks for."""

    def load(self):
        super().load()

    @property
    def model_name(self):
        return "judge"

    def generate(self, inputs, num_generations=1):
        answers = []
        for messages in inputs:
            number = int(messages[-1]["content"].rsplit("prompt ")[-1].split()[0])
            reasons = "It answers the question.\n\nIt is polite." if number in TWO_PARAGRAPHS else "It answers the question."
            answers.append(
                "\n\n".join(
                    f"#### Output for Text {place}\nRating: {rating}\nRationale: {reasons if place == 1 else 'Likewise.'}"
                    for place, rating in enumerate(RATINGS[number], start=1)
                )
            )
        return [{"generations": [answer], "statistics": {}} for answer in answers]


def pairs(name, **batches):
    rows = [
        {
            "instruction": f"prompt {number} .",
            "generations": [f"text {number} of the {model} model" for model in MODELS],
            "generation_models": MODELS,
        }
        for number in range(len(RATINGS))
    ]
    with Pipeline(name=name, cache_dir=Path("cache")) as pipeline:
        judge = UltraFeedback(llm=Judge(), aspect="overall-rating")
        LoadDataFromDicts(data=rows) >> judge >> FormatTextGenerationDPO(**batches)
    return pipeline.run(use_cache=False)["default"]["train"].to_list()


def main():
    by_default, one_by_one = pairs("batches"), pairs("rows", input_batch_size=1)
    print(f"distilabel {version('distilabel')}:")
    lost = []
    for name, rows in (("by default", by_default), ("input_batch_size=1", one_by_one)):
        lost.append(sum(row["chosen"] is None for row in rows))
        print(f"  {name:20}{len(rows):5} rows, {lost[-1]:3} without a pair")
    made = [row for row in one_by_one if row["chosen"] is not None]
    same = [row for row in made if row["chosen"] == row["rejected"]]
    print(f"  of {len(made)} pairs, {len(same)} are of one text")
    counts = [Counter(row[f"{side}_model"] for row in made) for side in ("chosen", "rejected")]
    for side, count in zip(("chosen", "rejected"), counts):
        print(f"  {side:9}" + ", ".join(f"{count[model]} of the {model} model" for model in MODELS))
    odd = next(row for row in one_by_one if row["chosen"] is None)
    given = RATINGS[int(odd["instruction"].split()[1])]
    print(f"  ratings given {given}, read {odd['ratings']}")
    batches = {number // 50 for number in TWO_PARAGRAPHS}
    ties = sum(len(set(ratings)) == 1 for number, ratings in enumerate(RATINGS) if number not in TWO_PARAGRAPHS)
    sys.exit(
        not (
            lost == [50 * len(batches), 5]
            and len(same) == ties > 20
            and all(count["first"] > 2 * count["fourth"] for count in counts)
            and odd["ratings"] == [given[0], None, *given[1:]]
        )
    )


if __name__ == "__main__":
    main()
PYTHON
HF_HUB_OFFLINE=1 HF_DATASETS_DISABLE_PROGRESS_BARS=1 OMP_NUM_THREADS=1 DISTILABEL_LOG_LEVEL=WARNING \
    env/bin/python pairs.py > log 2>&1 || { cat log; exit 1; }
sed -n '/^distilabel [0-9]/,$p' log

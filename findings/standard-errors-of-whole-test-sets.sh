#!/usr/bin/env bash
# lighteval 0.13.0: the standard errors of MCC, F1 and other metrics of a whole test set are 32 times too small, those of averages over
# tasks too large, and its F1 for three labels is .55 for guesses.
#
# A metric that is no mean of rows gets its standard error from 1,000 bootstrap samples. That is the standard deviation of the 1,000
# scores; lighteval divides it by the square root of 1,000 once more, which gives the error of their mean. The more samples are asked
# for (`bootstrap_iters`), the smaller it gets. An MCC of .49 on 250 rows is reported as +- .0014 where new test sets differ by
# .045, so nearly any two models or seeds seem to differ. lm_eval, from which the code comes, does not divide. The rows
# `TASK:_average` and `all` have the mean of the tasks' standard errors, which is too large by the square root of the number of tasks,
# 4 times for 16.
# `multi_f1_numeric` ("mf1", of the NLI task super_glue:cb) asks for each of three labels whether answer and truth agree on it, and so
# counts rows that have it in neither. That is 1 - 2/3 of the error rate, so every error is forgiven by a third, and guesses get .55.
# Only accuracy and other means have a right standard error, for single tasks. Compute the rest from the saved details.
#
# Here: the summary that lighteval makes of answers of a model that is right on 70 % of 250 rows with three labels, for one task and for
# 16, next to the standard deviation over 1,600 new test sets (100 new sets of 16 tasks); then 2,000 guesses.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), scikit-learn 1.9.1, numpy 2.4.6:
#   lighteval 0.13.0:          value   standard error   spread over new test sets
#     acc                       0.652           0.0302                      0.0299
#     mcc                       0.486           0.0014                      0.0449
#     mf1                       0.768           0.0006                      0.0199
#     acc of 16                 0.708           0.0287                      0.0083
#     guesses: acc 0.328, mf1 0.552; F1 by sklearn 0.328 (micro), 0.328 (macro)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --no-compile --disable-pip-version-check torch==2.13.0 lighteval==0.13.0 scikit-learn==1.9.1
cat > errors.py <<'PYTHON'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
from lighteval.logging.info_loggers import MetricsLogger
from lighteval.metrics.metrics import Metrics
from lighteval.models.model_output import ModelResponse
from lighteval.tasks.requests import Doc
from sklearn.metrics import f1_score, matthews_corrcoef

ACC, MCC, F1 = (getattr(Metrics, name).value for name in ("loglikelihood_acc", "mcc", "multi_f1_numeric"))
N = 250
draw = np.random.default_rng(0)


class Task:
    """As much of a task as the summary asks for."""

    def aggregation(self):
        return {name: how for metric in (ACC, MCC, F1) for name, how in metric.get_corpus_aggregations().items()}


def answers(n, accuracy):
    """True labels, and those of a model that is right this often and else takes one of the other two."""
    true = draw.integers(3, size=n)
    return true, np.where(draw.random(n) < accuracy, true, (true + draw.integers(1, 3, size=n)) % 3)


def summary(tasks, *metrics, n_draws=1000):
    """What lighteval reports for tasks that were answered like this."""
    logger = MetricsLogger()
    for task, rows in tasks.items():
        for label, answer in zip(*(column.tolist() for column in rows), strict=True):
            doc = Doc(query="?", choices=["yes", "no", "maybe"], gold_index=label)
            said = ModelResponse(logprobs=np.log(np.eye(3)[answer] + 0.1).tolist(), output_tokens=[[1], [2], [3]])
            for metric in metrics:
                logger.log(task, metric.compute_sample(doc=doc, model_response=said))
    with contextlib.redirect_stderr(io.StringIO()):
        logger.aggregate(task_dict=dict.fromkeys(tasks, Task()), bootstrap_iters=n_draws)
    return logger.metric_aggregated


def of_rest(true, given):
    """The mean, over labels, of how often the two agree on whether a row has the label: lighteval's F1."""
    return np.mean([((true == label) == (given == label)).mean() for label in range(3)])


def accuracy(true, given):
    return (true == given).mean()


one = summary({"nli|0": answers(N, 0.7)}, ACC, MCC, F1)["nli|0"]
of_16 = summary({f"nli:{number}|0": answers(N, 0.7) for number in range(16)}, ACC)["nli:_average|0"]
new = [answers(N, 0.7) for _ in range(16 * 100)]
print(f"lighteval {version('lighteval')}:          value   standard error   spread over new test sets")
as_seen = True
for name, how in (("acc", accuracy), ("mcc", matthews_corrcoef), ("mf1", of_rest), ("acc of 16", accuracy)):
    values = np.array([how(*rows) for rows in new])
    found, key = (of_16, "acc") if name == "acc of 16" else (one, name)
    error, spread = found[f"{key}_stderr"], (values.reshape(100, 16).mean(1) if found is of_16 else values).std(ddof=1)
    print(f"  {name:20} {found[key]:10.3f} {error:16.4f} {spread:27.4f}")
    low, high = {"acc": (0.85, 1.15), "acc of 16": (3, 5)}.get(name, (1 / 40, 1 / 25))
    as_seen &= low < error / spread < high
guesses = answers(2000, 1 / 3)
found = summary({"nli|0": guesses}, ACC, F1, n_draws=0)["nli|0"]
by_sklearn = [f1_score(*guesses, average=kind) for kind in ("micro", "macro")]
print(f"  guesses: acc {found['acc']:.3f}, mf1 {found['mf1']:.3f}; F1 by sklearn {by_sklearn[0]:.3f} (micro), {by_sklearn[1]:.3f} (macro)")
as_seen &= found["mf1"] > 0.5 and max(by_sklearn) < 0.4 and abs(found["mf1"] - of_rest(*guesses)) < 1e-9
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore errors.py 2> said || { cat said; exit 1; }

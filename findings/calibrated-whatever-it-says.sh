#!/usr/bin/env bash
# lm-polygraph 0.7.0: the calibration error of a model that says .9 and is right on half of the rows is 0, and by its rejection scores
# a constant is a perfect estimator in one order of the rows and the worst possible in another.
#
# lm-polygraph compares methods that say how uncertain a language model is of its answer; generated text is filtered by them.
# `ECE` takes minus the uncertainty for the confidence. Most of its estimators give numbers of 0 or more, such as an entropy, 1 minus the
# confidence that the model states (`Verbalized1S`), and 1 minus the share of the commonest answer (`LabelProb`). Minus that is in no bin,
# and rows in no bin do not count, so the error is 0. Only rows of confidence 1 count, with confidence 0: the more of them are right, the
# larger the error. `normalize=True` stretches what is there to 0 to 1. For the last two estimators give it `uncertainty - 1`.
# `PredictionRejectionArea` (PRR, the main score of its benchmark) and `RiskCoverageCurveAUC` sort rows by uncertainty. Estimators that count
# (sets of meanings, samples that agree, a stated .9) have few values. The second leaves ties in the order of the rows. So does the first
# on a processor with AVX2 or AVX-512; on others numpy's sort moves them, and the constant below has -.977 and .977. The AUC of the errors is
# right; else shuffle the rows first.
# `SemanticEntropy(entropy_estimation="direct")` sums over samples what belongs summed over meanings: two answers of five samples each are
# more uncertain than ten different ones. The default with `use_unique_responses=True` is right.
#
# Here: 1,000 rows, half of them answered correctly unless said otherwise; then ten samples of one prompt, whose probabilities are how
# often they occur.
#
# Seen with Python 3.11, torch 2.13.0 (CPU), numpy 2.4.6, scikit-learn 1.9.1, an x86 processor with AVX-512:
#   lm-polygraph 0.7.0:
#     says  right    ECE  normalize=True  right value
#      0.9    0.5  0.000           0.500        0.400
#      0.9    0.9  0.000           0.900        0.000
#      1.0    0.9  0.900           0.900        0.100
#     uncertainty     order of rows     PRR  risk-coverage  AUC of the errors
#     a constant      right first     1.000          0.154              0.500
#     a constant      wrong first    -0.999          0.846              0.500
#     two values      right first     0.596          0.183              0.761
#     two values      wrong first     0.499          0.518              0.761
#     ten samples in groups of    10     9, 1   5, 5   2, 2, 2, 2, 2   1 each
#     entropy                  0.000    0.325  0.693           1.609    2.303
#     direct                   0.000    1.084  3.466           3.219    2.303
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
# Without the libraries that its server, its scripts and its data sets require.
env/bin/pip install --quiet --disable-pip-version-check --no-deps lm-polygraph==0.7.0
env/bin/pip install --quiet --disable-pip-version-check torch==2.13.0 transformers==5.24.0 datasets==5.2.0 numpy==2.4.6 \
    scikit-learn==1.9.1 scipy==1.17.1 pillow==13.0.0 requests==2.34.2 openai==3.57.0 nltk==3.10.4 sentence-transformers==6.2.0 \
    diskcache==5.6.3 spacy==3.8.18 boostedprob==0.1.3 rouge-score==0.1.2 sacrebleu==2.6.0 bert-score==0.3.13 omegaconf==2.4.0 \
    2> pip.log || { cat pip.log; exit 1; }
cat > uncertain.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
from lm_polygraph.estimators import SemanticEntropy, Verbalized1S
from lm_polygraph.ue_metrics import ECE, ROCAUC, PredictionRejectionArea, RiskCoverageCurveAUC
from lm_polygraph.ue_metrics.ue_metric import get_random_scores, normalize_metric

as_seen = True


def check(values, expected):
    global as_seen
    as_seen &= bool(np.allclose(values, expected, atol=0.0006))


print(f"lm-polygraph {version('lm-polygraph')}:")
print("  says  right    ECE  normalize=True  right value")
for says, share, expected in [(0.9, 0.5, (0, 0.5)), (0.9, 0.9, (0, 0.9)), (1.0, 0.9, (0.9, 0.9))]:
    stated = {"greedy_texts": [f"I am sure at {says}"] * 1000}
    uncertainty = Verbalized1S(confidence_regex=r"sure at (\d\.\d)")(stated)
    right = np.arange(1000) < 1000 * share
    found = ECE()(uncertainty, right), ECE(normalize=True)(uncertainty, right)
    print(f"  {says:4} {share:6} {found[0]:6.3f} {found[1]:15.3f} {abs(says - share):12.3f}")
    check(found, expected)
    check(ECE()(uncertainty - 1, right), abs(says - share))

print("  uncertainty     order of rows     PRR  risk-coverage  AUC of the errors")
right = (np.arange(1000) < 500) * 1.0
swapped = np.random.default_rng(1).random(1000) < 0.25
two_values = np.where(swapped, right, 1 - right)
for what, uncertainty, expected in [
    ("a constant", np.ones(1000), [(0.154, 0.5), (0.846, 0.5)]),
    ("two values", two_values, [(0.183, 0.761), (0.518, 0.761)]),
]:
    normalized = []
    for order, step, values in [("right first", 1, expected[0]), ("wrong first", -1, expected[1])]:
        rows, quality = uncertainty[::step], right[::step]
        area = PredictionRejectionArea()
        # As the library's manager normalises it: 1 is an oracle, 0 a random order.
        normalized.append(normalize_metric(area(rows, quality), area(-quality, quality), get_random_scores(area, quality)))
        found = RiskCoverageCurveAUC()(rows, quality), ROCAUC()(rows, 1 - quality)
        print(f"  {what:15} {order:13} {normalized[-1]:7.3f} {found[0]:14.3f} {found[1]:18.3f}")
        check(found, values)
    # Where numpy's sort leaves ties depends on the processor, so the value itself is not checked.
    if what == "a constant":
        as_seen &= min(normalized) < -0.9 and max(normalized) > 0.9

groups = [[10], [9, 1], [5, 5], [2] * 5, [1] * 10]
meanings, of_sample = {}, {}
for prompt, sizes in enumerate(groups):
    ends = np.cumsum(sizes)
    meanings[prompt] = [list(range(end - size, end)) for size, end in zip(sizes, ends)]
    of_sample[prompt] = {sample: place for place, samples in enumerate(meanings[prompt]) for sample in samples}
samples = {
    "sample_texts": [[f"answer {of_sample[prompt][sample]}" for sample in range(10)] for prompt in meanings],
    "sample_log_probs": [
        [np.log(len(meanings[prompt][of_sample[prompt][sample]]) / 10) for sample in range(10)] for prompt in meanings
    ],
    "semantic_classes_entail": {"class_to_sample": meanings, "sample_to_class": of_sample},
}
entropy = [-sum(size / 10 * np.log(size / 10) for size in sizes) for sizes in groups]
direct = SemanticEntropy(use_unique_responses=True, entropy_estimation="direct")(samples)
print("  ten samples in groups of    10     9, 1   5, 5   2, 2, 2, 2, 2   1 each")
for what, values in [("entropy", entropy), ("direct", direct)]:
    one, nine, five, two, each = np.abs(values)
    print(f"  {what:22} {one:7.3f} {nine:8.3f} {five:6.3f} {two:15.3f} {each:8.3f}")
check(SemanticEntropy(use_unique_responses=True)(samples), entropy)
check(direct, [0, 1.084, 3.466, 3.219, 2.303])
sys.exit(not as_seen)
PYTHON
HF_HUB_OFFLINE=1 OMP_NUM_THREADS=1 env/bin/python -W ignore uncertain.py

#!/usr/bin/env bash
# evidently 0.7.23: by its default test, two samples of the same population have drifted in 25 to 73 of 100 cases at .05.
#
# `ValueDrift` and `DataDriftPreset` compare a column of synthetic rows with one of real rows. For a column of three or more values,
# and up to 1,000 real rows, the default is called chi-square, with a threshold of .05. It is the test of one sample against known
# shares: the real rows' shares count as exact, though they are estimated from a sample too. The statistic is therefore too large by
# the factor 1 + synthetic rows / real rows, so the same real rows look further away the more rows are generated, and columns with
# many values (topics, templates) nearly always drift. A value that no real row has gives p = 0, even in a single row. Two values
# get another test, which is right. Use `scipy.stats.chi2_contingency` on the two rows of counts.
#
# Here: 500 pairs of samples for each line, all values equally likely; the share of pairs with p below .05, by evidently's default,
# as the factor predicts it, and by the test of two samples. Then two data sets that evidently's report calls drifted, and
# two that are identical but for one more row with a new value.
#
# Seen with Python 3.11, scipy 1.17.1, numpy 2.4.6, pandas 2.3.3:
#   values   real  synthetic   evidently  predicted  two samples
#        3    900        900        .246       .224         .062
#        3    300        900        .484       .473         .054
#        3    900       5000        .620       .633         .060
#       20    900        900        .734       .718         .042
#   evidently 0.7.23: chi-square p_value: three labels of 900 rows each, p .004 (two samples .070)
#   evidently 0.7.23: one row with a new value, p .000 (two samples .801)
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check evidently==0.7.23 scipy==1.17.1 numpy==2.4.6 pandas==2.3.3
cat > drift.py <<'PYTHON'
import sys
from importlib.metadata import version

import numpy as np
import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.legacy.calculations.stattests import get_stattest
from evidently.metrics import ValueDrift
from scipy.stats import chi2, chi2_contingency

rng = np.random.default_rng(0)
told = f"evidently {version('evidently')}:"


def column(counts):
    return pd.Series(np.repeat([f"value {n}" for n in range(len(counts))], counts))


def default_p(real, synthetic):
    """The p value of the test that evidently chooses, for two columns."""
    test = get_stattest(real, synthetic, "cat", None)
    return test.func(real, synthetic, "cat", test.default_threshold)[0]


def reported(real, synthetic):
    """The method and the p value in evidently's report."""
    definition = DataDefinition(categorical_columns=["label"])
    current, reference = (Dataset.from_pandas(one.to_frame("label"), data_definition=definition) for one in (synthetic, real))
    metric = Report([ValueDrift(column="label")]).run(current, reference).dict()["metrics"][0]
    return metric["config"]["method"], metric["value"]


def two_sample_p(real, synthetic):
    return chi2_contingency([real, synthetic], correction=False).pvalue


def short(number, digits=3):
    return f"{number:.{digits}f}".lstrip("0")


print("values   real  synthetic   evidently  predicted  two samples")
as_seen = True
for values, real_rows, rows in ((3, 900, 900), (3, 300, 900), (3, 900, 5000), (20, 900, 900)):
    pairs = [[rng.multinomial(n, np.full(values, 1 / values)) for n in (real_rows, rows)] for _ in range(500)]
    by_default = np.mean([default_p(column(real), column(synthetic)) < 0.05 for real, synthetic in pairs])
    right = np.mean([two_sample_p(*pair) < 0.05 for pair in pairs])
    predicted = chi2.sf(chi2.isf(0.05, values - 1) / (1 + rows / real_rows), values - 1)
    print(f"{values:6} {real_rows:6} {rows:10} {short(by_default):>11} {short(predicted):>10} {short(right):>12}", flush=True)
    as_seen &= abs(by_default - predicted) < 0.06 and abs(right - 0.05) < 0.03
real, synthetic = np.array([270, 315, 315]), np.array([315, 300, 285])
method, p = reported(column(real), column(synthetic))
right = two_sample_p(real, synthetic)
print(f"{told} {method}: three labels of 900 rows each, p {short(p)} (two samples {short(right)})")
as_seen &= p == default_p(column(real), column(synthetic)) and p < 0.05 < right
real, synthetic = np.array([300, 300, 300, 0]), np.array([300, 300, 300, 1])
p, right = reported(column(real), column(synthetic))[1], two_sample_p(real, synthetic)
print(f"{told} one row with a new value, p {short(p)} (two samples {short(right)})")
sys.exit(not (as_seen and p == 0 and right > 0.5))
PYTHON
env/bin/python -W ignore drift.py

#!/usr/bin/env bash
# inspect_ai 0.3.285: its mock model, which is made for tests, fails on every sample if there is no network.
#
# `mockllm/model` gives canned answers. To each it adds the number of tokens in the prompt, counted with tiktoken's encoding
# o200k_base. No package contains this encoding; tiktoken downloads it on first use. Without a network (a cluster's compute node,
# a sandboxed CI) every sample ends in a ConnectionError, and the evaluation in `error`. If an answer states its own usage
# (`ModelOutput.usage`), tokens are not counted, and the same evaluation succeeds.
#
# Seen with inspect_ai 0.3.285, tiktoken 0.14.0, Python 3.11, downloads refused:
#   mock model as it is:      error, 0 of 2 samples scored, ProxyError
#   answers with usage:       success, 2 of 2 samples scored
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check inspect_ai==0.3.285 tiktoken==0.14.0
# An empty cache, and a proxy at a port with no listener, simulate a machine without a network.
env TIKTOKEN_CACHE_DIR="$work/cache" HTTPS_PROXY=http://127.0.0.1:9 HTTP_PROXY=http://127.0.0.1:9 \
    venv/bin/python - 2>/dev/null <<'PYTHON'
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.model import ModelOutput, ModelUsage, get_model
from inspect_ai.scorer import match
from inspect_ai.solver import generate

TASK = Task(
    dataset=[Sample(input="The doctor slept. Entailed?", target="yes"), Sample(input="And so?", target="yes")],
    solver=generate(),
    scorer=match(),
)


def told(model):
    (log,) = eval(TASK, model=model, display="none", log_dir="logs", retry_on_error=0)
    scored = sum(bool(sample.scores) for sample in log.samples or [])
    found = " ".join(sample.error.message for sample in log.samples or [] if sample.error)
    found += log.error.message if log.error else ""
    return log.status, scored, "ProxyError" if "ProxyError" in found else "no error" if not found else found


plain = told(get_model("mockllm/model"))
usage = ModelUsage(input_tokens=5, output_tokens=1, total_tokens=6)


def answer(*asked):
    output = ModelOutput.from_content("mockllm/model", "yes")
    output.usage = usage
    return output


own = told(get_model("mockllm/model", custom_outputs=answer))
print(f"mock model as it is:      {plain[0]}, {plain[1]} of 2 samples scored, {plain[2]}")
print(f"answers with usage:       {own[0]}, {own[1]} of 2 samples scored")
assert plain == ("error", 0, "ProxyError"), plain
assert own == ("success", 2, "no error"), own
PYTHON

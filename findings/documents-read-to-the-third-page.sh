#!/usr/bin/env bash
# synthetic-data-kit 0.0.5: `create` takes its pairs from the beginning of a document, and `curate` loses the rows around a tab or a
# `\theta`, and all line breaks.
#
# `create` cuts a document into chunks, asks the model about each (32 at a time), and keeps the first `--num-pairs` (25) of all answers, in
# the order of the document. It computes how many pairs a chunk should give, but the prompt that it ships does not say so. A model that
# writes ten pairs a chunk fills the 25 from the first three chunks. The other answers are made, paid for and dropped; the message is
# "Generated 25 QA pairs total (requested: 25)". `--chunk-size` changes nothing: the generator reads the configuration again. Ask for more
# pairs than the document can give, and draw a sample of them.
# `curate` asks a judge to repeat five pairs as JSON with a rating. In its answer, it replaces the two characters `\n`, `\r` and `\t` before
# the JSON is read. Line breaks in a text, and the indentation of code, become one space. A tab, or a backslash before n, r or t
# (`\theta`, `\nu`, `\rho`, `\times`, C:\new) makes valid JSON invalid, and the expression that is tried next returns one pair alone: four
# rows of five are gone, whatever their rating, as if they had failed. So rows of mathematics and code are lost or damaged, and their
# neighbours with them. Compare "Rated N QA pairs" with the rows given, and take the texts from the rows of before.
#
# Here: the command line, with a server that answers by a rule (not weights): a pair for each year of a chronicle of 200 years, 58 kB (some
# years are in two chunks), and the rating 8 for every pair, in JSON as the prompt asks for it. Of 20 rows in four batches, the third of
# each batch has the answer named.
#
# Seen with Python 3.11:
#   synthetic-data-kit 0.0.5:
#     create                         chunks asked  pairs   of years
#     25 pairs, by default                     20     25    1 to 23
#     100 pairs                                20    100    1 to 84
#     25 pairs of smaller chunks               20     25    1 to 23
#     all pairs                                20    238   1 to 200
#     curate                         rows rated and kept of 20, and the answer kept
#     a word                         20  'yes'
#     a fraction                     20  '\frac{1}{2}'
#     lines                          20  'if x: return 1'
#     a tab                           4
#     an angle                        4
# Exits 1 if the behaviour has changed.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
# Without the readers of PDF, Word and video, the client of OpenAI and `datasets`, which this does not need.
env/bin/pip install --quiet --disable-pip-version-check --no-deps synthetic-data-kit==0.0.5
env/bin/pip install --quiet --disable-pip-version-check requests==2.34.2 pyyaml==6.0.4 rich==15.0.0 typer==0.29.2 flask==3.1.3 \
    flask-wtf==1.3.0 bootstrap-flask==2.6.0 2> pip.log || { cat pip.log; exit 1; }
cat > generated.py <<'PYTHON'
import json
import random
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import version
from pathlib import Path

import synthetic_data_kit

asked = []


def answer(prompt):
    """What the model says: a pair for each year in the chunk, or each pair again with the rating 8."""
    asked.append(prompt)
    if prompt.startswith("Create question-answer pairs"):
        years = re.findall(r"Year (\d+)\. ([^.]+)\.", prompt)
        return json.dumps([{"question": f"What was in year {year}?", "answer": what} for year, what in years])
    if prompt.startswith("Rate each question-answer pair"):
        pairs = json.loads(prompt.split("QA pairs to rate:\n", 1)[1])
        return json.dumps([pair | {"rating": 8} for pair in pairs])
    return "A chronicle."


class Server(BaseHTTPRequestHandler):
    """Speaks as vLLM does."""

    def reply(self, value):
        body = json.dumps(value).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply({"data": []})

    def do_POST(self):
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.reply({"choices": [{"message": {"content": answer(request["messages"][0]["content"])}}]})

    def log_message(self, *_):
        pass


server = ThreadingHTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
shipped = (Path(synthetic_data_kit.__file__).parent / "config.yaml").read_text()
local = shipped.replace('provider: "api-endpoint"', 'provider: "vllm"')
Path("config.yaml").write_text(local.replace("http://localhost:8000/v1", f"http://127.0.0.1:{server.server_port}/v1"))


def kit(*words):
    command = Path(sys.executable).with_name("synthetic-data-kit")
    done = subprocess.run([command, "-c", "config.yaml", *words], capture_output=True, text=True, check=True)
    assert "Error" not in done.stdout, done.stdout


draw = random.Random(0)
words = "the river rose and the mill stood still while the men of the town kept watch on the wall".split()
chronicle = [f"Year {year}. {' '.join(draw.choices(words, k=60))}." for year in range(1, 201)]
Path("chronicle.txt").write_text("\n\n".join(chronicle))


def created(*options):
    """Number of chunks that the model was asked about, number of pairs, first and last year of a pair."""
    asked.clear()
    kit("create", "chronicle.txt", "--output-dir", "made", *options)
    pairs = json.loads(Path("made/chronicle_qa_pairs.json").read_text())["qa_pairs"]
    years = [int(re.search(r"\d+", pair["question"])[0]) for pair in pairs]
    return sum(prompt.startswith("Create") for prompt in asked), len(pairs), min(years), max(years)


def curated(text):
    """Number of rows kept of 20, and the answers kept in place of the text."""
    rows = [{"question": f"Q{row}?", "answer": text if row % 5 == 2 else "yes"} for row in range(20)]
    Path("pairs.json").write_text(json.dumps({"qa_pairs": rows}))
    kit("curate", "pairs.json", "--output", "kept/pairs.json")
    kept = json.loads(Path("kept/pairs.json").read_text())["qa_pairs"]
    return len(kept), {row["answer"] for row in kept if row["question"] in {"Q2?", "Q7?", "Q12?", "Q17?"}}


as_seen = True
print(f"synthetic-data-kit {version('synthetic-data-kit')}:")
print("  create                         chunks asked  pairs   of years")
for what, options, expected in [
    ("25 pairs, by default", [], (20, 25, 1, 23)),
    ("100 pairs", ["--num-pairs", "100"], (20, 100, 1, 84)),
    ("25 pairs of smaller chunks", ["--chunk-size", "1000"], (20, 25, 1, 23)),
    ("all pairs", ["--num-pairs", "100000"], (20, 238, 1, 200)),
]:
    chunks, pairs, first, last = got = created(*options)
    print(f"  {what:30} {chunks:12} {pairs:6} {f'{first} to {last}':>10}")
    as_seen &= got == expected
print("  curate                         rows rated and kept of 20, and the answer kept")
for what, text, expected in [
    ("a word", "yes", (20, {"yes"})),
    ("a fraction", r"\frac{1}{2}", (20, {r"\frac{1}{2}"})),
    ("lines", "if x:\n    return 1", (20, {"if x: return 1"})),
    ("a tab", "1\t2", (4, set())),
    ("an angle", r"\theta", (4, set())),
]:
    rows, answers = got = curated(text)
    print(f"  {what:30} {rows:2}  {chr(39) + answers.pop() + chr(39) if answers else ''}".rstrip())
    as_seen &= got[0] == expected[0] and curated(text) == expected
sys.exit(not as_seen)
PYTHON
env/bin/python generated.py

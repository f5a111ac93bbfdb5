"""`python -m bench.llama_cpp`: sampling speed, Scotoma against llama.cpp, with the same weights.

Requires `pip install xllamacpp` in addition to the extra `pocket`. Both sides continue one prompt with one
thread, at temperature .9 with a nucleus of .9; the width is the number of rows at a time. Speed is in tokens
per second of processor time. llama.cpp uses the shipped 4-bit file, and the same numbers in bf16. Scotoma
reads the weights in bf16 and computes in the precision that the processor supports (see
`scotoma.models.precision`).
"""

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from bench import material
from scotoma.basics.progress import no_progress
from scotoma.models.names import resolve

_PROMPT = "Premise: The judge met the doctor .\nHypothesis:"

#: An end marker that is never written, so that a row ends only at its length limit.
_MARKER = "@@##@@"

_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")


def main() -> None:
    """Prints tokens per second of processor time, a line for each width."""
    parser = argparse.ArgumentParser(prog="python -m bench.llama_cpp", description=__doc__)
    parser.add_argument("--widths", nargs="+", type=int, default=[1, 16, 64, 256], help="rows at a time")
    parser.add_argument("--tokens", type=int, default=32, help="new tokens per row")
    parser.add_argument("--side", choices=["ours", "q4", "bf16"], help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        side = _ours if options.side == "ours" else _theirs
        print(json.dumps(side(options.side, options.widths[0], options.tokens)))
        return
    material.base()
    for kind in ("q4", "bf16"):
        _file(kind)
    print(f"{'width':>6}{'ours (' + material.arithmetic() + ')':>14}{'q4':>10}{'bf16':>10}")
    for width in options.widths:
        rates = [_once(side, width, options.tokens) for side in ("ours", "q4", "bf16")]
        print(f"{width:>6}{rates[0]:>14.1f}{rates[1]:>10.1f}{rates[2]:>10.1f}", flush=True)


def _once(side: str, width: int, n_tokens: int) -> float:
    """Tokens per second of one side, measured in a separate process."""
    command = [sys.executable, "-m", "bench.llama_cpp", "--side", side, "--widths", str(width)]
    done = subprocess.run(
        [*command, "--tokens", str(n_tokens)],
        env=os.environ | _ONE_THREAD,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
    )
    tokens, seconds = json.loads(done.stdout.splitlines()[-1])
    return float(tokens / seconds)


def _ours(_: str, width: int, n_tokens: int) -> tuple[int, float]:
    from scotoma.models.base import load_tokenizer
    from scotoma.models.generator import load_untrained
    from scotoma.models.sampling import sample

    settings = material.generator_settings()
    model = load_untrained(material.base(), "bf16", settings.adapter, "cpu")
    tokenizer = load_tokenizer(material.base())

    def write(n_rows: int, n: int) -> int:
        changes = {"candidates_per_label": n_rows, "temperature": 0.9, "top_p": 0.9, "max_new_tokens": n}
        sampling = settings.sampling.model_copy(update=changes)
        rows = sample(model, tokenizer, {"": _PROMPT}, _MARKER, sampling, 0, no_progress)
        return sum(row.n_tokens for *_, row in rows)

    write(2, 2)
    started = time.process_time()
    return write(width, n_tokens), time.process_time() - started


def _theirs(kind: str, width: int, n_tokens: int) -> tuple[int, float]:
    import xllamacpp  # its wheels contain llama.cpp and its server

    params = xllamacpp.CommonParams()
    params.model.path = str(_file(kind))
    params.n_parallel, params.n_ctx, params.n_ubatch = width, width * 256, max(512, width)
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = 1
    server = xllamacpp.Server(params)
    settings = {"prompt": _PROMPT, "max_tokens": n_tokens, "temperature": 0.9, "top_p": 0.9, "top_k": 0}

    def write(seed: int) -> int:
        answer: dict[str, Any] = server.handle_completions({**settings, "ignore_eos": True, "seed": seed})
        return int(answer["usage"]["completion_tokens"])

    write(0)
    started = time.process_time()
    with ThreadPoolExecutor(width) as pool:
        tokens = sum(pool.map(write, range(width)))
    return tokens, time.process_time() - started


def _file(kind: str) -> Path:
    """The model as one file: as shipped, or with every matrix in bf16."""
    path = material.WORK / f"{kind}.gguf"
    if path.is_file():
        return path
    part = path.with_suffix(".part")
    if kind == "q4":
        pieces = resolve(material.study().bases[""].name).paths
        part.write_bytes(b"".join(piece.read_bytes() for piece in pieces))
    else:
        _unpack(_file("q4"), part)
    part.rename(path)
    return path


def _unpack(packed: Path, out: Path) -> None:
    from gguf import GGMLQuantizationType, GGUFReader, GGUFValueType, GGUFWriter, quants

    reader = GGUFReader(packed)
    architecture = "general.architecture"
    writer = GGUFWriter(out, reader.fields[architecture].contents())
    own_fields = ("GGUF.", architecture, "general.file_type", "general.quantization_version")
    for field in reader.fields.values():
        if not field.name.startswith(own_fields):
            kind, *inner = field.types
            of = inner[-1] if kind == GGUFValueType.ARRAY else None
            writer.add_key_value(field.name, field.contents(), kind, of)
    for tensor in reader.tensors:
        values = quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values)
        else:
            to = GGMLQuantizationType.BF16
            writer.add_tensor(tensor.name, quants.quantize(values, to), raw_dtype=to)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


if __name__ == "__main__":
    main()

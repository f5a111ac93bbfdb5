from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tiny import LORA
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    Gemma3ForCausalLM,
    Gemma3TextConfig,
)

from scotoma.basics.errors import ScotomaError
from scotoma.models import sampling
from scotoma.models.base import load_tokenizer, prepare
from scotoma.models.fast import nucleus
from scotoma.models.fast.attention import attend_with_shared_keys
from scotoma.models.fast.nucleus import likeliest, nucleus_sample
from scotoma.models.generator import new_generator
from scotoma.models.quiet import silence_libraries
from scotoma.models.sampling import Sampled, sample
from scotoma.study.settings.models import Sampling
from scotoma.tasks import MICROWORLD

SMALL: dict[str, Any] = {
    "vocab_size": 64,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "initializer_range": 0.3,
}
SETTINGS = Sampling(temperature=1.5, top_p=0.95, candidates_per_label=7, max_new_tokens=12)
PROMPTS = {label: MICROWORLD.generator_prompt(label) for label in MICROWORLD.labels}


def by_sorting(logits: np.ndarray, temperature: float, top_p: float, uniform: float) -> int:
    """The textbook's nucleus: sort everything, keep the smallest set, draw from it."""
    shares = np.exp((logits - logits.max()) / temperature)
    shares /= shares.sum()
    order = np.argsort(-shares, kind="stable")
    mass = np.cumsum(shares[order])
    n_kept = min(int(np.searchsorted(mass, top_p)) + 1, len(mass))
    return int(order[np.searchsorted(mass[:n_kept], uniform * mass[n_kept - 1], side="right")])


@pytest.mark.parametrize("shortlist", [2, 16, 256])
@pytest.mark.parametrize("top_p", [0.05, 0.6, 0.95, 1.0])
def test_tokens_are_those_of_a_full_sort(
    top_p: float, shortlist: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nucleus, "_SHORTLISTS", (shortlist,))
    rng = np.random.default_rng(0)
    logits, uniforms = rng.normal(0, 2, (500, 50)), rng.random(500)
    found = nucleus_sample(torch.tensor(logits), 0.9, top_p, torch.tensor(uniforms).float()).tolist()
    expected = [by_sorting(row, 0.9, top_p, u) for row, u in zip(logits, uniforms, strict=True)]
    assert np.mean(np.equal(found, expected)) > 0.995  # a few draws fall within rounding of a border


def test_the_likeliest_token_alone_is_a_nucleus() -> None:
    logits = torch.tensor([[0.0, 9.0, 1.0]])
    for uniform in (0.0, 0.5, 0.999999):
        assert nucleus_sample(logits, 1.0, 0.5, torch.tensor([uniform])).tolist() == [1]


def test_a_uniform_number_of_nearly_one_stays_in_the_nucleus() -> None:
    drawn = nucleus_sample(torch.zeros(1, 1000), 1.0, 1.0, torch.tensor([1 - 2**-24]))
    assert 0 <= drawn.item() < 1000


def rows(base: Path, settings: Sampling = SETTINGS, seed: int = 0) -> list[tuple[str, int, Sampled]]:
    model = new_generator(base, "fp32", LORA, 0, "cpu").eval()
    progress: list[tuple[int, int]] = []
    found = sample(
        model,
        load_tokenizer(base),
        PROMPTS,
        MICROWORLD.end_marker,
        settings,
        seed,
        lambda done, total: progress.append((done, total)),
    )
    n = 3 * settings.candidates_per_label
    assert progress == sorted(progress)
    assert progress[-1] == (n, n)
    return found


def test_every_label_gets_its_rows_and_each_begins_with_the_prompt(base: Path) -> None:
    found = rows(base)
    assert [(label, row) for label, row, _ in found] == [(label, i) for label in PROMPTS for i in range(7)]
    assert all(written.text.startswith(PROMPTS[label]) for label, _, written in found)


def test_rows_stop_at_the_end_marker_or_the_end_token_or_the_limit(base: Path) -> None:
    found = [
        written for _, _, written in rows(base, SETTINGS.model_copy(update={"candidates_per_label": 40}))
    ]
    at_marker = [written for written in found if MICROWORLD.end_marker in written.text]
    assert at_marker
    assert all(written.text.endswith(MICROWORLD.end_marker) and written.finished for written in at_marker)
    assert all(written.n_tokens == 12 for written in found if not written.finished)
    assert any(written.finished and written not in at_marker for written in found)
    assert any(not written.finished for written in found)


@pytest.mark.parametrize("rest", [0, 0.5])
@pytest.mark.parametrize("width", [1, 3, 10, 256])
def test_the_rows_beside_a_row_do_not_change_it(
    base: Path, width: int, rest: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = rows(base)
    monkeypatch.setattr(sampling, "WIDTH", width)
    monkeypatch.setattr(sampling, "_IDLE", 0.0 if width == 3 else 0.9)
    monkeypatch.setattr(sampling, "_REST", rest)
    assert rows(base) == expected


def test_the_last_rows_of_a_wave_wait_for_those_of_others(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "WIDTH", 7)
    widths: list[int] = []
    begun = sampling._Batch.__init__

    def begin(self: sampling._Batch, model: object, wave: list[sampling._Row]) -> None:
        widths.append(len({(*row.prompt, *row.written) for row in wave}))
        begun(self, model, wave)

    monkeypatch.setattr(sampling._Batch, "__init__", begin)
    monkeypatch.setattr(sampling, "_REST", 0.5)
    expected = rows(base)
    del widths[0]  # of the check that the model can write at all
    assert widths[:3] == [1, 1, 1]  # a prompt is computed once
    assert max(widths) > 1  # rows that wait have each a beginning of their own
    monkeypatch.setattr(sampling, "_REST", 0.0)
    assert rows(base) == expected


def test_a_wave_that_does_not_fit_into_memory_goes_on_in_halves(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected, fed = rows(base), sampling._Batch.feed

    def feed(self: sampling._Batch, tokens: torch.Tensor) -> None:
        if len(tokens) > 5 and len(self.rows[0].written) > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        fed(self, tokens)

    monkeypatch.setattr(sampling._Batch, "feed", feed)
    assert rows(base) == expected


def test_rows_that_never_fit_into_memory_end_in_a_clear_error(
    base: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def feed(self: sampling._Batch, tokens: torch.Tensor) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    monkeypatch.setattr(sampling._Batch, "feed", feed)
    with pytest.raises(ScotomaError, match=r"out of memory with (a single|two) row"):
        rows(base)


@pytest.mark.parametrize("width", [1, 5, 256])
def test_a_row_with_a_prompt_of_its_own_does_not_depend_on_the_rows_beside_it(
    base: Path, width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sampling, "WIDTH", width)
    people = ("doctor", "lawyer", "judge")
    prompts = {
        label: ["".join(f"The {people[i % 3]} saw . " for i in range(row % 4)) + prompt for row in range(7)]
        for label, prompt in PROMPTS.items()
    }
    model = new_generator(base, "fp32", LORA, 0, "cpu").eval()
    tokenizer = load_tokenizer(base)

    def write(given: dict[str, list[str]]) -> dict[tuple[str, int], Sampled]:
        found = sample(model, tokenizer, given, "End", SETTINGS, 0, lambda done, total: None)
        return {(label, row): written for label, row, written in found}

    together = write(prompts)
    for label, row in (("entailment", 0), ("neutral", 3), ("contradiction", 6)):
        alone = write({label: [prompts[label][row]] * 7})
        assert alone[label, row] == together[label, row]
    for (label, row), written in together.items():
        assert written.text == prompts[label][row] + written.added


def test_rows_with_long_prompts_stand_in_narrow_waves(base: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = rows(base)
    widths: list[int] = []
    begun = sampling._Batch.__init__

    def begin(self: sampling._Batch, model: object, wave: list[sampling._Row]) -> None:
        widths.append(len(wave))
        begun(self, model, wave)

    monkeypatch.setattr(sampling._Batch, "__init__", begin)
    monkeypatch.setattr(sampling, "PROMPT_TOKENS", 3 * 4 + 1)  # of prompts of three tokens
    assert rows(base) == expected
    assert max(widths) == 4


def test_more_rows_begin_with_the_fewer(base: Path) -> None:
    more = rows(base, SETTINGS.model_copy(update={"candidates_per_label": 11}))
    assert [entry for entry in more if entry[1] < 7] == rows(base)


def test_another_seed_writes_other_rows(base: Path) -> None:
    assert rows(base, seed=1) != rows(base)


def test_sampling_follows_the_model_s_own_distribution(base: Path) -> None:
    settings = Sampling(temperature=1, top_p=1, candidates_per_label=3000, max_new_tokens=1)
    model, tokenizer = new_generator(base, "fp32", LORA, 0, "cpu").eval(), load_tokenizer(base)
    prompt = {"neutral": PROMPTS["neutral"]}
    ids = torch.tensor([tokenizer(prompt["neutral"])["input_ids"]])
    expected = model(ids).logits[0, -1].softmax(0).detach().numpy()
    written = sample(model, tokenizer, prompt, "End", settings, 0, lambda _d, _t: None)
    words = [w.text.removeprefix(prompt["neutral"]).strip() for _, _, w in written]
    for token in np.argsort(-expected)[:5]:
        share = np.mean([word == tokenizer.decode([token], skip_special_tokens=True) for word in words])
        if tokenizer.decode([token], skip_special_tokens=True):
            assert abs(share - expected[token]) < 4 * np.sqrt(expected[token] / 3000)


@pytest.mark.parametrize("n", [1, 3, 8, 40, 512])
def test_the_likeliest_tokens_are_found_without_sorting_all(n: int) -> None:
    logits = torch.tensor(np.random.default_rng(0).permuted(np.tile(np.arange(512.0), (5, 1)), axis=1))
    top, tokens = likeliest(logits, n)
    assert top.tolist() == [list(range(511, 511 - n, -1))] * 5
    assert torch.equal(logits.gather(1, tokens).float(), top)


@pytest.mark.parametrize("n_keys", [1, 2, 4])
@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_heads_that_share_keys_attend_as_they_do_alone(
    make_tiny: Callable[..., Path], tmp_path: Path, n_keys: int, precision: str
) -> None:
    prepare(str(make_tiny(num_attention_heads=4, num_key_value_heads=n_keys)), None, None, tmp_path)
    plain, fast = (new_generator(tmp_path, precision, LORA, 0, "cpu").eval() for _ in range(2))
    attend_with_shared_keys(fast.get_base_model())
    ids = torch.tensor([[1, 4, 5, 6, 7], [1, 8, 9, 4, 13]])
    with torch.no_grad():
        expected = plain(ids).logits
        cache = DynamicCache(config=fast.config)
        found = [fast(ids[:, :2], past_key_values=cache, use_cache=True).logits]
        found += [fast(ids[:, i : i + 1], past_key_values=cache, use_cache=True).logits for i in range(2, 5)]
    loose = 1e-5 if precision == "fp32" else 0.05 * expected.abs().max().item()
    torch.testing.assert_close(torch.cat(found, dim=1), expected, atol=loose, rtol=0)


def test_rows_that_begin_at_different_lengths_get_the_logits_they_get_alone() -> None:
    config = Gemma3TextConfig(
        vocab_size=50,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=3,
        num_attention_heads=4,
        num_key_value_heads=1,
        head_dim=8,
        sliding_window=4,
        layer_types=["sliding_attention", "full_attention", "sliding_attention"],
        initializer_range=0.3,
    )
    torch.manual_seed(0)
    model = Gemma3ForCausalLM(config).eval()
    attend_with_shared_keys(model)
    lengths = (2, 5, 9, 5)
    wave = [sampling._Row("a", n, list(range(3 + n, 3 + n + length))) for n, length in enumerate(lengths)]
    with torch.no_grad():
        batch = sampling._Batch(model, wave)
        for step in range(6):
            alone = [model(torch.tensor([row.prompt + row.written])).logits[0, -1] for row in batch.rows]
            torch.testing.assert_close(batch.logits, torch.stack(alone), atol=1e-4, rtol=0)
            tokens = torch.tensor([10 * step + row.number for row in batch.rows]) % 50
            for row, token in zip(batch.rows, tokens.tolist(), strict=True):
                row.written.append(token)
            batch.feed(batch.keep([0, 2, 3], tokens) if step == 2 else tokens)
    assert len(batch.rows) == 3


def of_family(name: str) -> Any:
    """A language model of another family, with values drawn at random, which samples as ours do."""
    with silence_libraries(), torch.random.fork_rng():
        torch.manual_seed(0)
        config = AutoConfig.for_model(name, **SMALL)
        model = AutoModelForCausalLM.from_config(config, dtype=torch.float32).eval()
    attend_with_shared_keys(model)
    return model


@pytest.mark.parametrize("family", ["llama", "qwen3", "gemma2", "gemma3_text", "gpt_oss", "gpt2"])
def test_a_family_with_an_attention_of_its_own_keeps_it(family: str) -> None:
    sampling.check_can_write(of_family(family))


@pytest.mark.parametrize("family", ["jamba", "openai-gpt"])
def test_a_model_that_cannot_write_rows_side_by_side_is_refused_before_it_is_trained(family: str) -> None:
    with pytest.raises(ScotomaError, match=f"{family}' cannot write rows side by side: it fails with"):
        sampling.check_can_write(of_family(family))


def test_a_model_whose_memory_mixes_rows_up_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(DynamicCache, "batch_select_indices", lambda self, rows: None)
    monkeypatch.setattr(sampling._Batch, "_select", lambda self, places: None)
    monkeypatch.setattr(sampling._Batch, "feed", lambda self, tokens: None)
    with pytest.raises(ScotomaError, match="its logits move by"):
        sampling.check_can_write(of_family("llama"))

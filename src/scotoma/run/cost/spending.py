"""What servers have been asked so far, by their own count."""

import json
from collections.abc import Iterator

from scotoma.basics.words import counted
from scotoma.experiment import Plan
from scotoma.stages.ask_endpoint import AskEndpoint
from scotoma.stages.ask_judge import AskJudge
from scotoma.stages.sample_on import AskOn
from scotoma.stages.server_answers import USAGE
from scotoma.store.store import Store
from scotoma.study.settings.servers import Server


def spent(plan: Plan, store: Store) -> Iterator[str]:
    """For each server a sentence on the rows, tokens and money of all steps that are done, if any are.

    Args:
        plan: Plan whose study's prices, as they are now, turn tokens into money.
        store: Store where the steps are done.
    """
    endpoints = {_asks(endpoint): endpoint for endpoint in plan.study.servers}
    for endpoint in endpoints.values():
        yield from _spent(endpoint, plan, store)


def _spent(endpoint: Server, plan: Plan, store: Store) -> Iterator[str]:
    done = [
        step
        for step in plan.steps
        # Steps with the same questions are one step, whatever else their settings say.
        if isinstance(step, AskEndpoint | AskOn | AskJudge)
        and _asks(step.endpoint) == _asks(endpoint)
        and store.done(step)
    ]
    if not done:
        return
    usages = [json.loads((store.folder(step) / USAGE).read_text(encoding="utf8")) for step in done]
    rows, unsaid, prompt, completion = (
        sum(usage[name] for usage in usages)
        for name in ("rows", "rows_without_tokens", "prompt_tokens", "completion_tokens")
    )
    sentence = f"Asked {endpoint.model} for {counted(rows, 'row')}: "
    sentence += f"{prompt:,} tokens of prompts, {completion:,} of answers"
    if endpoint.prices is not None:
        money = (prompt * endpoint.prices.prompt + completion * endpoint.prices.completion) / 1e6
        sentence += f", {money:,.4g} at the study's prices"
    unknown = f" The server did not report the tokens of {counted(unsaid, 'row')}." if unsaid else ""
    yield f"{sentence}.{unknown}"


def _asks(endpoint: Server) -> str:
    return endpoint.model_dump_json(context="identity")

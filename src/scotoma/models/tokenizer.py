"""A tokenizer as every model here uses it."""

from typing import Any

from scotoma.models import checks


def prepared(tokenizer: Any, name: str, *, where: str) -> Any:
    """The tokenizer with a pad token, reading a text that spells out a special token as text.

    Args:
        tokenizer: Tokenizer as a library has read it; it is changed.
        name: Name of its model, for messages.
        where: Setting or option that names the model, for messages.

    Raises:
        ScotomaError: it has no vocabulary.
    """
    checks.check_vocabulary(tokenizer, name, where=where)
    tokenizer.split_special_tokens = True
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.unk_token or tokenizer.eos_token
    return tokenizer

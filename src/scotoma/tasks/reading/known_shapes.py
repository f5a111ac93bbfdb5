"""What to say where a file has no column for a text or a label: how such files name theirs."""

from collections.abc import Collection, Sequence

#: Columns that identify a kind of file, and the columns of such files that a task may ask for.
_SHAPES: tuple[tuple[tuple[str, ...], str, tuple[str, ...]], ...] = (
    (("custom_id", "response"), "answers of a batch", ("response.body.choices[0].message.content",)),
    (("messages",), "chats", ("messages[0].content", "messages[1].content")),
    (("conversations",), "ShareGPT conversations", ("conversations[0].value", "conversations[1].value")),
    (("instruction", "output"), "Alpaca rows", ("instruction", "input", "output")),
    (("instruction", "generation"), "distilabel rows", ("instruction", "generation")),
    (("doc", "model_response"), "details of lighteval", ("doc.id", "model_response.text[0]")),
    (("__doc__", "__model_response__"), "details of lighteval", ("__doc__.id", "__model_response__.text[0]")),
    (("question", "answer"), "questions with answers", ("question", "answer")),
)

#: Our names of what is not a text that was asked about.
_ANSWERS = ("label", "gold", "predicted")


def how_to_name(missing: Sequence[str], names: Collection[str]) -> str:
    """The remedy for columns that a file does not have, with what its own columns suggest.

    Args:
        missing: Our names of the columns that were not found.
        names: The file's columns.
    """
    if "qa_pairs" in names:
        either = "synthetic-data-kit save-as FILE --format jsonl"
        return f"Its rows are inside: {either}, or jq -c '.qa_pairs[]' FILE."
    for columns, what, places in _SHAPES:
        if all(column in names for column in columns):
            listed = " or ".join(places)
            # An answer stands last.
            place = places[-1] if missing[0] in _ANSWERS else places[0]
            return (
                f"These look like {what}: name the place of each with columns, such as "
                f"{missing[0]}={place} (they may be in {listed}; .NAME goes into an object, or into JSON "
                "written as text). One text that holds several of them must be split into columns first."
            )
    nameless = "; the column without a name, as pandas writes an index, with id=" if "" in names else ""
    by_form = {name.casefold(): name for name in names}
    alike = ",".join(f"{ours}={by_form[ours.casefold()]}" for ours in missing if ours.casefold() in by_form)
    example = alike or f"{missing[0]}=NAME"
    return f"Name it with columns, such as {example}{nameless if 'id' in missing else ''}."

"""Tables as MLflow is given them: CSV that a spreadsheet opens without running anything."""

from types import SimpleNamespace

from scotoma.integrations.trackers import Sheet, _MLflow


def test_text_that_a_spreadsheet_would_run_is_quoted_and_numbers_are_not() -> None:
    written: dict[str, str] = {}
    run = object.__new__(_MLflow)
    run._run = "a run"
    run._client = SimpleNamespace(log_text=lambda run, text, path: written.update({path: text}))
    rows = [["=1+1", -0.5, None], ["-x", 2.0, "-.05"], ["a\x1b[31m", 3.0, "-.05 [-.1, .02]"]]
    run.tables({"Verdicts": Sheet(["arm", "@value", "text"], rows)})
    assert written == {
        "tables/Verdicts.csv": (
            "arm,'@value,text\n'=1+1,-0.5,\n'-x,2.0,-.05\na\\x1b[31m,3.0,\"'-.05 [-.1, .02]\"\n"
        )
    }

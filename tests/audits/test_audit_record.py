"""docs/audit.md names every key of the record."""

from audit_tables import TASK, micro

from documented_keys import keys, undocumented
from scotoma.audits import audit, record

#: Mappings by labels, predicates, fields of the task and test sets.
BY_NAME = ("labels", "predicates", "unavailable", "by_test", "fields", "by_label")


def test_every_key_is_documented() -> None:
    rows, reference = micro(120, 0.9), micro(120, 0.1, seed=5)
    found = audit(rows, **TASK, reference=reference, tests={"test": micro(60, 0.5)}, other_labels="label")
    found_keys = keys(record(found), BY_NAME)
    assert len(found_keys) > 70
    assert undocumented(found_keys, "audit.md") == []

"""An audit of labelled data before any training: does it carry the shortcut?

`audit` looks at tables, `audit_file` at files; `render` says on a terminal what was found, and
`record` in JSON.
"""

from scotoma.audits.auditing import audit
from scotoma.audits.files import audit_file
from scotoma.audits.record import record
from scotoma.audits.render import render
from scotoma.audits.result import Audit
from scotoma.blindspots.predicates.own_rules import read_rules
from scotoma.blindspots.predicates.rules import Rule

__all__ = ["Audit", "Rule", "audit", "audit_file", "read_rules", "record", "render"]

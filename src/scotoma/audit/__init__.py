"""An audit of labelled data before any training: does it carry the shortcut?

`audit` looks at tables, `audit_file` at files; `render` says on a terminal what was found, and
`record` in JSON.
"""

from scotoma.audit.auditing import audit
from scotoma.audit.files import audit_file
from scotoma.audit.record import record
from scotoma.audit.render import render
from scotoma.audit.result import Audit
from scotoma.blindspots.predicates.own_rules import read_rules
from scotoma.blindspots.predicates.rules import Rule

__all__ = ["Audit", "Rule", "audit", "audit_file", "read_rules", "record", "render"]

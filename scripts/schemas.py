"""Generates the JSON Schemas of Scotoma's output from the code, and writes them into the package.

python scripts/schemas.py
"""

import json
from pathlib import Path
from typing import Any

from scotoma.api.plan_record import PLAN_VERSION, STATUS_VERSION, PlanRecord, StatusRecord
from scotoma.audits.record import AUDIT_VERSION, AuditRecord
from scotoma.basics.described import schema_of
from scotoma.comparisons.record import COMPARE_VERSION, SCORE_VERSION, ComparisonRecord, ScoreRecord
from scotoma.report.schema import results_schema

SHIPPED = Path(__file__).parents[1] / "src" / "scotoma" / "bundled"

_NULL = "An undefined number is null, with a reason next to it."


def schemas() -> dict[str, dict[str, Any]]:
    """Every schema, by the name of the command or file that it describes."""
    commands = {
        "audit": (AuditRecord, AUDIT_VERSION),
        "score": (ScoreRecord, SCORE_VERSION),
        "compare": (ComparisonRecord, COMPARE_VERSION),
        "plan": (PlanRecord, PLAN_VERSION),
        "status": (StatusRecord, STATUS_VERSION),
    }
    return {"results": results_schema()} | {
        name: schema_of(kind, title=f"scotoma {name} --json, schema {version}", description=_NULL)
        for name, (kind, version) in commands.items()
    }


def files() -> dict[Path, str]:
    """The text of every schema as shipped, by its file."""
    return {
        SHIPPED / f"{name}.schema.json": json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        for name, schema in schemas().items()
    }


if __name__ == "__main__":
    for path, text in files().items():
        path.write_text(text, encoding="utf8")
        print(f"Wrote {path}")

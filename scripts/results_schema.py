"""Writes the JSON Schema of `results.json` into the package, from the code that writes the results.

python scripts/results_schema.py
"""

import json
from pathlib import Path

from scotoma.report.schema import results_schema

SHIPPED = Path(__file__).parents[1] / "src" / "scotoma" / "bundled" / "results.schema.json"


def text() -> str:
    """The schema as it is shipped."""
    return json.dumps(results_schema(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    SHIPPED.write_text(text(), encoding="utf8")
    print(f"Wrote {SHIPPED}")

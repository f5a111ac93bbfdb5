"""Imports go one way."""

import ast
from collections.abc import Set
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "scotoma"

#: From the bottom up; a module may import from its own row and the rows below it.
LAYERS = (
    {
        "arms",
        "disk",
        "errors",
        "generators",
        "hub_names",
        "interruption",
        "leases",
        "records",
        "randomness",
        "settings",
        "words",
    },
    {"statistics", "microworld", "published"},
    {"tasks", "blindspots"},
    {"measures", "verdict_words"},
    {"models", "endpoint", "steps", "store", "audit", "compare", "selection"},
    {"stages"},
    {"study", "study_file", "study_yaml", "doses", "claims"},
    {"experiment", "chain", "pools", "inspection"},
    {"execute", "requests", "workers", "slurm", "report", "cost", "export"},
    {"integrations", "printing"},
    {
        "console",
        "progress",
        "doctor",
        "on_ray",
        "cli_options",
        "cli_audit",
        "cli_data",
        "cli_export",
        "cli_predictions",
        "cli_run",
        "cli",
        "__main__",
    },
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


def imports(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf8"))
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        elif isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
    return found


def modules() -> list[tuple[str, Path]]:
    return [
        (path.relative_to(SOURCE).parts[0].removesuffix(".py"), path)
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "__init__.py"
    ]


def test_every_module_has_a_layer() -> None:
    found = {name for name, _ in modules()}
    assert len(found) > 10
    assert found == set(RANK)


def test_no_module_imports_from_a_layer_above() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)} imports {target}"
        for name, path in modules()
        for target in imports(path)
        if target.startswith("scotoma.") and RANK[target.split(".")[1]] > RANK[name]
    ]
    assert wrong == []


def test_only_models_imports_torch_or_transformers() -> None:
    heavy = {"torch", "transformers", "peft", "accelerate", "bitsandbytes"}
    wrong = [
        f"{path.relative_to(SOURCE)} imports {target}"
        for name, path in modules()
        for target in imports(path)
        if target.split(".")[0] in heavy
        and name != "models"
        # A callback is a subclass of the Trainer's.
        and (name, target) != ("integrations", "transformers")
    ]
    assert wrong == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    paths = {_module(path): path for _, path in modules()}
    assert len(paths) > 100
    of = {name: _modules_imported(path, paths.keys()) - {name} for name, path in paths.items()}
    circles = []
    for start in of:
        waiting, seen = [(name, (start, name)) for name in of[start]], set[str]()
        while waiting:
            at, way = waiting.pop()
            if at == start:
                circles.append(" imports ".join(way))
            elif at not in seen:
                seen.add(at)
                waiting += [(name, (*way, name)) for name in of[at]]
    assert circles == []


def _module(path: Path) -> str:
    name = ".".join(("scotoma", *path.relative_to(SOURCE).with_suffix("").parts))
    return name.removesuffix(".__init__")


def _modules_imported(path: Path, known: Set[str]) -> set[str]:
    """Ours; of `from scotoma.compare import raw` that is the module `raw`, not the package."""
    found = {name for name in imports(path) if name in known}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            if inner <= known:
                found = (found - {node.module}) | inner
    return found

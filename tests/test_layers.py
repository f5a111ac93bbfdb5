"""Imports go one way."""

import ast
from collections.abc import Set
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "scotoma"

#: From the bottom up; a module may import from its own row and the rows below it. A nested folder that
#: stands here has a row of its own; every other one belongs to the folder around it.
LAYERS = (
    {"basics", "study.settings", "worlds"},
    {"store", "statistics", "tasks.reading"},
    {"tasks", "blindspots.predicates"},
    {"blindspots", "arms", "audits"},
    {"measures", "models", "stages"},
    {"study", "verdicts"},
    {"comparisons"},
    {"pools", "chain", "experiment"},
    {"results", "run"},
    {"report", "integrations"},
    {"api"},
    {"cli", "__main__"},
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}


TESTS = Path(__file__).parent


def test_no_two_test_files_have_one_name() -> None:
    names = [path.name for path in TESTS.rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))  # pytest finds a module by its name alone


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
        (_row_of(_module(path)), path)
        for path in sorted(SOURCE.rglob("*.py"))
        if path != SOURCE / "__init__.py"
    ]


def _row_of(module: str) -> str:
    """The name that stands for a module in the rows: its own folder's, or the one around it."""
    parts = module.split(".")[1:]
    nested = ".".join(parts[:2])
    return nested if nested in RANK else parts[0]


def test_every_module_has_a_layer() -> None:
    found = {name for name, _ in modules()}
    assert len(found) > 10
    assert found == set(RANK)


def test_a_newcomer_finds_few_names_at_the_top() -> None:
    top = {path.name for path in SOURCE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    assert len([name for name in top if name.endswith(".py")]) <= 10
    assert len(top) <= 26


def test_no_module_imports_from_a_layer_above() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)} imports {target}"
        for name, path in modules()
        for target in imports(path)
        if target.startswith("scotoma.") and RANK[_row_of(target)] > RANK[name]
    ]
    assert wrong == []


def test_only_models_imports_torch_or_transformers() -> None:
    heavy = {"torch", "transformers", "peft", "accelerate", "bitsandbytes"}
    wrong = [
        found
        for found in _outside({"models"}, heavy)
        # A callback is a subclass of the Trainer's, and reads the Trainer's losses.
        if not (found.startswith("integrations/") and found.endswith("imports transformers"))
    ]
    assert wrong == []


def test_only_the_commands_know_typer() -> None:
    assert _outside({"cli"}, {"typer"}) == []


def test_results_are_computed_without_what_draws_them() -> None:
    drawing = {"rich", "altair", "jinja2", "vl_convert"}
    others = {name for name, _ in modules()} - {"results", "verdicts", "measures", "statistics"}
    assert _outside(others, drawing) == []


def _outside(folders: Set[str], packages: Set[str]) -> list[str]:
    """Who imports one of these packages outside these folders."""
    return [
        f"{path.relative_to(SOURCE)} imports {target}"
        for name, path in modules()
        for target in sorted(imports(path))
        if name not in folders and target.split(".")[0] in packages
    ]


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
    """Ours; of `from scotoma.comparisons import raw` that is the module `raw`, not the package."""
    found = {name for name in imports(path) if name in known}
    for node in ast.walk(ast.parse(path.read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            if inner <= known:
                found = (found - {node.module}) | inner
    return found

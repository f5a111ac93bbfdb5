"""`scotoma verify` from the command line: what it prints, and its exit codes."""

from pathlib import Path

from test_cli import scotoma

from prediction_files import replicates


def test_verify_exits_0_where_all_agrees_1_where_not_and_2_on_bad_input(tmp_path: Path) -> None:
    for name, right in (("before", [0.8, 0.82, 0.79]), ("after", [0.5, 0.53, 0.47])):
        replicates(tmp_path / name, right)
    compare = ("compare", "before", "after", "--blindspot", "hans")
    (tmp_path / "found.json").write_text(scotoma(*compare, "--json", cwd=tmp_path).stdout)
    shown = scotoma(*compare, cwd=tmp_path).stdout
    (signature,) = [line for line in shown.splitlines() if line.startswith("scotoma|")]
    same = scotoma("verify", signature, "found.json", cwd=tmp_path)
    assert (same.returncode, same.stderr) == (0, "")
    assert "agrees  verdict: WORSE\n" in same.stdout
    other = scotoma("verify", signature.replace("margin:0.05", "margin:0.1"), "found.json", cwd=tmp_path)
    assert other.returncode == 1
    assert "DIFFERS  margin: 0.1 in the signature, 0.05 by the results\n" in other.stdout
    none = scotoma("verify", "scotoma|claim", "found.json", cwd=tmp_path)
    assert (none.returncode, none.stdout) == (2, "")
    assert "this is not a signature of a verdict" in none.stderr

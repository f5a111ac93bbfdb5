"""`python -m bench.report [REPLICATES]`: time and memory of a report of 60 models on 30,000 rows.

The predictions are made up, so no model is required. The page is opened in Chromium if it is installed.
"""

import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

from scotoma.report import write_report
from scotoma.results import results

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

_REPLICATES = 15  # default; with a start and three arms that is 60 models
_OF_A_CELL = 3_333  # rows per cell; there are nine cells


def main() -> None:
    """Prints seconds, sizes and peak memory."""
    from fake_study import make, plan, study  # type: ignore[import-not-found]  # from the tests

    with tempfile.TemporaryDirectory() as folder:
        replicates = int(sys.argv[1]) if len(sys.argv) > 1 else _REPLICATES
        planned = plan(study(replicates=replicates), n=_OF_A_CELL)
        store = make(planned, Path(folder) / "store")
        n_rows = 9 * _OF_A_CELL
        started = time.perf_counter()
        study_results = results(cast("Any", planned), store)
        measured = time.perf_counter()
        write_report(study_results, Path(folder) / "report")
        written = time.perf_counter()
        page = Path(folder) / "report" / "index.html"
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{len(planned.models)} models, {n_rows:,} rows, {study_results.flipped.height:,} flips")
        print(f"measures, contrasts, verdicts: {measured - started:.1f} s")
        print(f"page, figures, tables: {written - measured:.1f} s")
        print(f"page: {page.stat().st_size / 1e6:.1f} MB; peak memory: {peak:.0f} MiB")
        browser = shutil.which("chromium")
        print(f"usable after {_usable(page):.2f} s in Chromium" if browser else "no Chromium to open it in")


def _usable(page: Path) -> float:
    """Seconds from requesting the page until its rows can be searched, the best of three."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for option in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"):
        options.add_argument(option)
    driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=shutil.which("chromedriver")))
    try:
        best = float("inf")
        for _ in range(3):
            driver.get(page.as_uri())
            script = (
                "const [one] = performance.getEntriesByType('navigation'); return one.loadEventEnd / 1000"
            )
            best = min(best, driver.execute_script(script))
        return best
    finally:
        driver.quit()


if __name__ == "__main__":
    main()

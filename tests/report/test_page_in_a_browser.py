"""The page in a real Chromium: it loads in silence, answers, runs nothing of others, and is accessible."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest

from fake_study import make, plan, study
from scotoma.report import write_report
from scotoma.results import results

if TYPE_CHECKING:
    from selenium.webdriver import Chrome

    from scotoma.experiment import Plan

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
ui = pytest.importorskip("selenium.webdriver.support.ui")
BROWSER = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
MODULES = Path(__file__).parents[2] / "node_modules"
AXE = Path(os.environ.get("AXE_CORE", MODULES / "axe-core")) / "axe.min.js"

pytestmark = pytest.mark.skipif(
    not (BROWSER and DRIVER), reason="needs Chromium (apt-get install chromium chromium-driver)"
)

QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
)
#: Would set a mark on the window if any of it ran; turns the writing; is longer than anyone reads.
HOSTILE = (
    "</script><script>window.ran=1</script><img src=x "
    "onerror='window.ran=1'><style>body{display:none}</style>"
    "\u202egnp.exe \U0001f469\u200d\U0001f52c {{7*7}} ${7*7} " + "long " * 2_000
)


WAIT_UNTIL_LIVE = """
const [drawing, go] = arguments;
(function look() { drawing.dataset.live ? go() : setTimeout(look, 20); })();
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    planned = plan(study(replicates=3), subcase="<b>ln</b>", text=HOSTILE)
    write_report(results(cast("Plan", planned), make(planned, folder / "store")), folder / "report")
    return folder / "report" / "index.html"


@pytest.fixture
def browser(tmp_path: Path) -> Iterator["Chrome"]:
    options = webdriver.ChromeOptions()
    options.binary_location = str(BROWSER)
    for option in (*QUIET.split(), f"--user-data-dir={tmp_path / 'profile'}"):
        options.add_argument(option)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(executable_path=str(DRIVER)))
    try:
        yield driver
    finally:
        driver.quit()


def show(browser: "Chrome", page: Path, *, width: int = 1200, theme: str = "light") -> None:
    """Opens the page and waits until its figures are live."""
    # Chromium's own window is not narrower than 500.
    size = {"width": width, "height": 1000, "deviceScaleFactor": 1, "mobile": width < 500}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"features": [{"name": "prefers-color-scheme", "value": theme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    browser.get(page.as_uri())
    browser.execute_script("for (const d of document.querySelectorAll('details')) d.open = true")
    for drawing in browser.find_elements("css selector", ".drawing"):
        browser.execute_script("arguments[0].scrollIntoView()", drawing)
        browser.execute_async_script(WAIT_UNTIL_LIVE, drawing)


def rows(browser: "Chrome", name: str) -> list[list[str]]:
    """The cells that a table of rows shows."""
    script = (
        "return [...document.querySelectorAll(`[data-browser=${arguments[0]}] tbody tr`)]"
        ".map((row) => [...row.cells].map((cell) => cell.textContent))"
    )
    return cast("list[list[str]]", browser.execute_script(script, name))


def status(browser: "Chrome", name: str) -> str:
    return str(browser.find_element("css selector", f"[data-browser={name}] [role=status]").text)


def test_it_loads_without_a_word_and_its_figures_come_alive(browser: "Chrome", page: Path) -> None:
    show(browser, page)
    assert browser.get_log("browser") == []
    drawings = browser.find_elements("css selector", ".drawing[data-live=yes] svg")
    assert len(drawings) == 7


def test_rows_are_chosen_searched_and_turned(browser: "Chrome", page: Path) -> None:
    show(browser, page)
    whole = status(browser, "turned")
    assert whole.startswith("1 to 20 of ")
    assert len(rows(browser, "turned")) == 20
    section = browser.find_element("css selector", "[data-browser=turned]")
    ui.Select(section.find_element("css selector", "select[name=turned]")).select_by_visible_text("gained")
    assert {row[4] for row in rows(browser, "turned")} == {"gained"}
    assert status(browser, "turned") != whole
    first = rows(browser, "turned")
    back, on = section.find_elements("css selector", ".turner button")
    assert not back.is_enabled()
    on.click()
    assert status(browser, "turned").startswith("21 to 40 of ")
    assert rows(browser, "turned") != first
    section.find_element("css selector", "input[type=search]").send_keys("non-entailment-constituent-1")
    assert all("constituent-1" in row[-1] for row in rows(browser, "turned"))
    section.find_element("css selector", "input[type=search]").send_keys("that nobody wrote")
    assert status(browser, "turned") == "Nothing fits these choices."
    assert rows(browser, "turned") == []


def test_text_from_data_is_shown_and_never_runs(browser: "Chrome", page: Path) -> None:
    show(browser, page)
    assert browser.execute_script("return window.ran") is None
    assert browser.find_element("css selector", "body").is_displayed()
    text = rows(browser, "turned")[0][5]
    assert text.startswith("</script><script>window.ran=1</script><img src=x onerror='window.ran=1'><style>")
    assert "\\u202egnp.exe" in text
    assert "{{7*7}} ${7*7}" in text
    assert "characters)" in text
    assert len(text) < 2_100


def test_nothing_is_fetched(browser: "Chrome", page: Path) -> None:
    show(browser, page)
    fetched = "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    assert browser.execute_script(fetched) == []


@pytest.mark.skipif(not AXE.is_file(), reason="needs axe-core (npm install --no-save axe-core)")
@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 1200), ("light", 400)])
def test_it_is_accessible(browser: "Chrome", page: Path, theme: str, width: int) -> None:
    show(browser, page, theme=theme, width=width)
    browser.execute_script(AXE.read_text(encoding="utf8"))
    browser.set_script_timeout(120)  # seconds; beside other work axe takes more than the usual 30
    found: dict[str, Any] = browser.execute_async_script("axe.run().then(arguments[0])")
    told = [
        f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes'][:3]]}"
        for one in found["violations"]
    ]
    assert told == []
    assert len(found["passes"]) > 20


def test_on_a_phone_no_figure_and_no_row_is_wider_than_the_screen(browser: "Chrome", page: Path) -> None:
    show(browser, page, width=400)
    assert browser.execute_script("return document.documentElement.clientWidth") == 400
    assert browser.execute_script("return document.documentElement.scrollWidth") == 400
    boxes = "return [...document.querySelectorAll('.drawing, .browser .scroll')].map((one) => {{ {} }})"
    ends = browser.execute_script(boxes.format("return one.firstElementChild.getBoundingClientRect().right"))
    assert len(ends) == 9
    assert max(ends) <= 400
    first = browser.find_element("css selector", "[data-browser=turned] tbody tr")
    text, kind = (first.find_element("css selector", which) for which in (".text", ".kind"))
    assert text.rect["y"] < kind.rect["y"]


def test_a_table_that_goes_on_beyond_the_edge_shows_that_it_does(browser: "Chrome", page: Path) -> None:
    show(browser, page, width=400)
    box = browser.find_element("css selector", "#beside .scroll:has(table)")
    assert box.get_attribute("data-more") is not None
    browser.execute_script("arguments[0].scrollLeft = 10000", box)
    ui.WebDriverWait(browser, 5).until(lambda _: box.get_attribute("data-more") is None)


def test_printed_it_has_no_controls_and_only_what_is_open(browser: "Chrome", page: Path) -> None:
    browser.get(page.as_uri())
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    for unwanted in ("nav", ".browser", "details"):
        assert not any(found.is_displayed() for found in browser.find_elements("css selector", unwanted))
    browser.execute_script("document.querySelector('#tables details').open = true")
    assert browser.find_element("css selector", "#tables table").is_displayed()
    assert browser.find_element("css selector", "#methods p").is_displayed()


def test_printed_no_table_is_cut_and_no_drawing_is_longer_than_a_page(browser: "Chrome", page: Path) -> None:
    show(browser, page, width=720, theme="dark")  # pixels of a page's width
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 720
    tall = "return Math.max(...[...document.querySelectorAll('.drawing svg')].map((one) => one.clientHeight))"
    assert 200 < browser.execute_script(tall) < 800
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert paper == "rgb(255, 255, 255)"

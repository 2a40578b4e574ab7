"""The page in headless Chromium: it loads nothing, draws all plots, fits a phone, and prints."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from study_sample import page_text, parsed

BROWSER = next((name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None)
OPTIONS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--virtual-time-budget=20000",
)  # fmt: skip
OWN_REQUESTS = re.compile(r"https?://[^/]*(google|gstatic|chromium)[^/]*/")

pytestmark = pytest.mark.long


def browse(folder: Path, page: Path, *more: str) -> str:
    if BROWSER is None:
        pytest.skip("no Chromium here")
    command = [BROWSER, *OPTIONS, f"--user-data-dir={folder / 'profile'}", *more, page.as_uri()]
    return subprocess.run(command, check=True, capture_output=True, timeout=300, text=True).stdout


def write(folder: Path, text: str) -> Path:
    file = folder / "report.html"
    file.write_text(text, encoding="utf-8")
    return file


def test_the_page_draws_all_plots_and_loads_nothing(tmp_path: Path) -> None:
    log = tmp_path / "net.json"
    page = write(tmp_path, page_text("en"))
    dom = browse(tmp_path, page, "--dump-dom", f"--log-net-log={log}", "--window-size=1280,2000")
    plots = len(parsed("en").plots)
    assert f'data-drawn="{plots}"' in dom
    assert dom.count('class="main-svg"') >= plots
    events = json.loads(log.read_text())["events"]
    requested = {event["params"]["url"] for event in events if "url" in event.get("params", {})}
    assert {url for url in requested if url.startswith("http") and not OWN_REQUESTS.match(url)} == set()


@pytest.mark.parametrize("code", ["en", "nl"])
@pytest.mark.parametrize("width", [360, 390, 768, 1280])
def test_no_width_makes_the_whole_page_scroll_sideways(tmp_path: Path, width: int, code: str) -> None:
    """Show the page in a frame of this width, as a window has a minimum width; the frame has no security policy."""
    text = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", page_text(code))  # type: ignore[arg-type]
    report = "<script>parent.postMessage([document.documentElement.scrollWidth, innerWidth], '*')</script></body>"
    write(tmp_path, text.replace("</body>", report))
    outside = tmp_path / "outside.html"
    outside.write_text(
        f'<body><iframe src="report.html" style="width:{width}px;height:900px;border:0"></iframe><script>'
        "addEventListener('message', function (e) { document.body.dataset.widths = e.data.join(' '); });</script>"
    )
    dom = browse(tmp_path, outside, "--dump-dom", "--window-size=1400,1000")
    widths = re.search(r'data-widths="(\d+) (\d+)"', dom)
    assert widths
    assert int(widths[1]) <= int(widths[2]) == width


def test_the_page_prints_with_its_plots(tmp_path: Path) -> None:
    printed = tmp_path / "report.pdf"
    browse(tmp_path, write(tmp_path, page_text("nl")), "--no-pdf-header-footer", f"--print-to-pdf={printed}")
    content = printed.read_bytes()
    assert content.startswith(b"%PDF-")
    pages = len(re.findall(rb"/Type\s*/Page\b", content))
    assert pages > 10
    assert b"/MediaBox [0 0 594" in content or b"/MediaBox [0 0 595" in content  # A4, upright


def test_plotly_knows_every_setting_of_the_plots() -> None:
    from plotly.graph_objects import Figure

    for plot in parsed("en").plots:
        Figure(data=plot["data"], layout=plot["layout"])  # raises for an unknown property or value

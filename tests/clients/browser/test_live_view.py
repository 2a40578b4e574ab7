"""The page of a run in a real browser: seen, pressed, by keyboard, at two widths; it asks no other server."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest

from tests.clients.browser.chromium import PROGRAM, Chromium, Tab, chromium

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(PROGRAM is None, reason="needs chromium"),
]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    with chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(autouse=True)
def pages_of_its_own(browser: Chromium) -> Iterator[None]:
    yield
    browser.close()


@contextlib.contextmanager
def viewed(*options: str) -> Iterator[str]:
    """``cellkit run --view`` with its address."""
    command = [sys.executable, "-m", "cellkit", "run", "pick_and_place", "--view-port", "0", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        line = process.stderr.readline()
        found = re.search(r"http://\S+", line)
        assert found, line
        yield found.group(0)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60.0)
        process.stderr.close()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A run that would go on for an hour."""
    with viewed("--quantity", "10", "--speed", "0.01") as url:
        yield url


@pytest.fixture
def tab(browser: Chromium, url: str) -> Tab:
    tab = browser.tab(1280, 800)
    tab.go(url)
    tab.until_text(r"(Running|Paused|Looking)")
    return tab


def time_of(tab: Tab, words: str) -> float:
    return float(tab.until_text(words + r"[^\n]*?([0-9.]+) s").group(1))


def varied(tab: Tab, width: int) -> tuple[float, int]:
    """How much the pixels left of the panel differ, and how many colours there are."""
    picture = tab.picture()[160:, :width]
    return float(picture.std()), len(np.unique(picture.reshape(-1, 3) // 16, axis=0))


def test_the_cell_is_seen_and_nobody_else_is_asked(tab: Tab, url: str) -> None:
    tab.until(lambda: varied(tab, 880)[1] > 40, "a picture of the cell")
    assert varied(tab, 880)[0] > 5.0
    text = tab.text()
    assert "UR5e with 2F-85" in text
    assert "safety state" in text
    hosts = {
        urlsplit(asked).netloc for asked in tab.requests if urlsplit(asked).scheme in ("http", "https", "ws", "wss")
    }
    assert hosts == {urlsplit(url).netloc}
    assert tab.complaints == []


def test_pause_step_and_play_by_keys_and_buttons(tab: Tab) -> None:
    tab.click("Play")
    tab.until_text("Running")
    tab.letter("p")
    first = time_of(tab, "Paused at")
    tab.letter("s")
    tab.until(lambda: time_of(tab, "Paused at") > first, "one step")
    assert time_of(tab, "Paused at") - first == pytest.approx(1 / 30, abs=0.021)
    tab.click("Next event")
    tab.until_text("Paused|Running")
    tab.click("Play")
    tab.until_text("Running")
    tab.click("Pause")
    tab.until_text("Paused at")


def test_the_time_line_is_moved_by_keyboard(tab: Tab) -> None:
    tab.until(lambda: tab.value("document.querySelectorAll('[role=slider]').length"), "a time line")
    tab.value("document.querySelector('[role=slider]').focus()")
    tab.press("Home", number=36)
    assert time_of(tab, "Looking at the past, paused:") < 0.1
    tab.press("ArrowRight", number=39)
    tab.letter("b")
    tab.until_text("Looking at the past")
    tab.letter("n")
    tab.until_text("(Paused at|Running)")


def test_all_controls_are_reached_by_tab_in_the_order_in_which_they_are_seen(tab: Tab) -> None:
    tab.value("document.activeElement.blur()")
    describe = """(() => { const e = document.activeElement, role = e.getAttribute('role');
        const label = e.labels && e.labels[0] && e.labels[0].innerText;
        return (role === 'slider' && role) || e.innerText.trim() || role || label || e.placeholder || e.tagName; })()"""
    reached: list[str] = []
    for _ in range(40):
        tab.press("Tab", number=9)
        reached.append(str(tab.value(describe)))
    wanted = ["Play", "Pause", "Step", "Next event", "Start", "Step back", "Now", "slider"]
    wanted += ["Reset and run again with this seed", "Devices"]
    places = [reached.index(name) for name in wanted]
    assert places == sorted(places)


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (820, 1180)])
def test_it_fits_a_laptop_and_a_tablet(browser: Chromium, url: str, tmp_path: Path, width: int, height: int) -> None:
    tab = browser.tab(width, height)
    tab.go(url)
    tab.until_text("(Running|Paused)")
    canvas = tab.until(
        lambda: tab.value(
            "(() => { const c = document.querySelector('canvas'); return c && c.getBoundingClientRect().width; })()"
        ),
        "the canvas",
    )
    assert canvas >= 400
    assert tab.value("document.documentElement.scrollWidth") <= width
    for name in ("Play", "Next event", "Now"):
        right = tab.value(
            f"[...document.querySelectorAll('button,label')].find(e => e.innerText.trim() === '{name}')"
            ".getBoundingClientRect().right"
        )
        assert right <= width
    tab.until(lambda: varied(tab, int(width * 0.5))[1] > 20, "a picture of the cell")
    tab.picture(tmp_path / f"view_{width}.png")


def test_an_error_is_said_in_words(browser: Chromium) -> None:
    with viewed("--quantity", "1", "--speed", "5", "--fault", "silent") as url:
        tab = browser.tab()
        tab.go(url)
        tab.until_text("ERROR: hand: connection lost")
        tab.until_text("The run is over: the fault silent came as planned")
        tab.click("Events")
        tab.until_text("connection lost")


def test_reset_runs_again(browser: Chromium) -> None:
    with viewed("--quantity", "1", "--speed", "0.5", "--world", "kinematic") as url:
        tab = browser.tab()
        tab.go(url)
        tab.until_text("The run is over: success")
        tab.click("Reset and run again with this seed")
        tab.until_text("Running")
        tab.until_text("The run is over: success")

"""An exported recording plays in a browser from a file, with no request at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cellkit.recording import Recording, record_run
from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions
from cellkit.view.export import export_html
from tests.clients.browser.chromium import PROGRAM, Tab, chromium

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(PROGRAM is None, reason="needs chromium"),
]


def state(tab: Tab) -> str:
    return str(tab.value("document.getElementById('ck-state').textContent"))


def time(tab: Tab) -> float:
    return float(tab.value("document.getElementById('ck-line').value"))


def shown(tab: Tab) -> float:
    """What viser's player says it shows, from the beginning of the recording."""
    return float(tab.value("document.querySelector('#root .mantine-NumberInput-input').value"))


def test_it_plays_and_asks_for_nothing(tmp_path: Path) -> None:
    recorded, page = tmp_path / "lost.mcap", tmp_path / "lost.html"
    run = Run(read_scenario("pick_and_place"), RunOptions(world="kinematic", quantity=1, fault="lost"))
    record_run(run, recorded)
    run.execute()
    with Recording.open(recorded) as recording:
        page.write_text(export_html(recording), encoding="utf-8")
        end = recording.times[-1]
    with chromium(tmp_path / "profile") as browser:
        tab = browser.tab(1000, 640)
        tab.go(page.as_uri())
        tab.until(lambda: tab.value("document.documentElement && document.documentElement.dataset.ready"), "ready")
        start = tab.picture()
        canvas = start[100:540, 150:600].reshape(-1, 3)
        assert len(np.unique(canvas, axis=0)) > 200
        tab.letter("e")
        assert time(tab) > 0.0
        tab.letter("p")
        assert state(tab).startswith("Playing")
        tab.until(lambda: state(tab).startswith("The run is over"), "played to its end")
        assert time(tab) == pytest.approx(end, abs=0.02)
        tab.until(lambda: shown(tab) == pytest.approx(end, abs=0.06), "viser follows")  # it tells tenths
        tab.until(lambda: np.mean(np.abs(tab.picture().astype(int) - start)[100:540, 150:600]) > 0.5, "another picture")
        assert "grasp lost" in tab.text()
        tab.value("document.querySelector('#ck-events li.bad button').click()")
        assert "ATTENTION" in state(tab)
        tab.letter("b")
        assert state(tab).startswith("Paused")
        tab.picture(Path(page).with_suffix(".png"))
        asked = [one for one in tab.requests if not one.startswith(("data:", "blob:"))]
        assert asked == [page.as_uri()]
        assert tab.complaints == []
        tab.size(820, 1180)
        assert tab.value("document.getElementById('ck').getBoundingClientRect().width") == 820
        tab.picture(tmp_path / "tablet.png")

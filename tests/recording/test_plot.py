"""Plots of a recording: recorded values, errors in words, and requests that cannot be plotted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from foxglove_schemas_protobuf.JointStates_pb2 import JointStates
from mcap_protobuf.writer import Writer
from recording_rig import Recorded

from cellkit.errors import ConfigError
from cellkit.recording import Recording
from cellkit.recording.chart import Moment
from cellkit.recording.chart_drawing import as_html, as_png
from cellkit.recording.plot import chart, cycle_times


def test_panels_hold_the_recorded_values(physics: Recorded) -> None:
    with Recording.open(physics.file) as recording:
        drawn = chart(recording)
        panels = {panel.title: panel for panel in drawn.panels}
        seen = np.array([one.joints["robot"].position for one in physics.seen.snapshots])
        lines = panels["robot: joint positions"].lines
        assert np.array([line.values for line in lines]).T.tolist() == seen.tolist()
        assert len({line.look for line in lines}) == len(lines)
        speeds = [panel for title, panel in panels.items() if "speed of shoulder" in title]
        assert speeds
        assert all(np.abs(panel.lines[0].values).max() <= panel.limits[0] for panel in speeds)
        assert [time for _, time in cycle_times(recording)] == pytest.approx(physics.record.cycle_time.list)
        assert drawn.moments == []
        speed = next(panel for title, panel in panels.items() if "speed of the TCP" in title)
        assert 0.5 < speed.lines[0].values.max() < 5.0


def test_pages_and_pictures(physics: Recorded) -> None:
    with Recording.open(physics.file) as recording:
        drawn = chart(recording, ["io", "cycle"], 0.5, 2.0)
    drawn.moments.append(Moment(1.0, "hand: the part <is> gone"))
    page = as_html(drawn)
    assert "1.00 s, hand: the part &lt;is&gt; gone" in page
    assert "tray_ready" in page
    assert "http-equiv" in page
    assert as_png(drawn)[:4] == b"\x89PNG"


def test_requests_that_cannot_be_plotted_are_errors(physics: Recorded, tmp_path: Path) -> None:
    with Recording.open(physics.file) as recording:
        with pytest.raises(ConfigError, match="expected joints, speeds"):
            chart(recording, ["moods"])
        with pytest.raises(ConfigError, match="the recording goes from"):
            chart(recording, [], 5.0, 4.0)
    foreign = tmp_path / "foreign.mcap"
    with foreign.open("wb") as out, Writer(out) as writer:
        for number in range(3):
            states = JointStates()
            states.joints.add(name="elbow", position=0.1 * number, velocity=1.0)
            writer.write_message("/arm/joints", states, number * 10**9, number * 10**9)
    with Recording.open(foreign) as recording:
        drawn = chart(recording)
        assert [panel.title for panel in drawn.panels] == ["arm: joint positions", "arm: speed of elbow"]
        assert drawn.panels[0].lines[0].values.tolist() == [0.0, 0.1, 0.2]
        with pytest.raises(ConfigError, match="no data for --what cycle"):
            chart(recording, ["cycle"])

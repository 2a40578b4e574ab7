"""The comparison of recordings: no difference for equal runs, else the right place, time and family."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from recording_rig import Recorded, recorded

from cellkit.cli.diff import read_tolerances, words
from cellkit.errors import ConfigError
from cellkit.recording import Recording
from cellkit.recording.chart_drawing import as_png
from cellkit.recording.diff import compare
from cellkit.recording.diff_plot import difference_chart
from cellkit.recording.signals import Signal, at, signals


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record the run of ``feeder`` again."""
    return recorded(tmp_path_factory.mktemp("again") / "run.mcap", "feeder_pick", "kinematic", quantity=3)


@pytest.fixture(scope="module")
def shorter(tmp_path_factory: pytest.TempPathFactory) -> Recorded:
    """Record the run of ``feeder`` with fewer parts."""
    return recorded(tmp_path_factory.mktemp("shorter") / "run.mcap", "feeder_pick", "kinematic", quantity=2)


def test_equal_runs_are_equal_in_every_figure(feeder: Recorded, again: Recorded) -> None:
    with Recording.open(feeder.file) as a, Recording.open(again.file) as b:
        found = compare(a, b)
        assert found.equal
        assert found.identical
        assert found.first_difference is None
        assert difference_chart(a, b, found) is None
        assert found.events[0] == len(feeder.seen.events) - 1
        assert len(signals(a)) > 15


def test_the_first_event_and_the_first_signals_that_differ(feeder: Recorded, shorter: Recorded) -> None:
    with Recording.open(feeder.file) as a, Recording.open(shorter.file) as b:
        found = compare(a, b)
        ours, theirs = ([one for one in run.seen.events if one["what"] != "header"] for run in (feeder, shorter))
        number = next(n for n, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other)
        assert found.first_event is not None
        assert found.first_event.number == number + 1
        assert json.loads(found.first_event.a or "") == ours[number]
        assert json.loads(found.first_event.b or "") == theirs[number]
        assert [one.what for one in found.different_runs] == ["quantity"]
        assert not found.equal
        signals_a, signals_b = ({(s.family, s.name): s for s in signals(recording)} for recording in (a, b))
        for one in found.departures:
            before, other = signals_a[one.family, one.signal], signals_b[one.family, one.signal]
            early = before.times[before.times < one.time - 1e-9]
            apart = at(before, early) - at(other, early)
            assert np.nanmax(np.abs(apart), initial=0.0) <= one.tolerance
        chart = difference_chart(a, b, found)
        if chart is not None:
            assert as_png(chart)[:4] == b"\x89PNG"
        assert any("first event that differs" in line for line in words(found))


@pytest.mark.long
def test_runs_that_connect_differently_are_aligned_by_their_first_command(feeder: Recorded, tmp_path: Path) -> None:
    wire = recorded(tmp_path / "wire.mcap", "feeder_pick", "kinematic", "wire", quantity=3)
    with Recording.open(feeder.file) as a, Recording.open(wire.file) as b:
        found = compare(a, b, time_tolerance=0.2, align=True)
        assert found.shift < -1.0
        assert [one.what for one in found.different_runs] == ["path"]
        assert found.first_event is None or found.first_event.time > 0.0
        plain = compare(a, b)
        assert plain.first_event is not None
        assert plain.first_event.what == "connected"


def test_a_recording_that_was_cut_off_is_never_equal(feeder: Recorded, tmp_path: Path) -> None:
    cut = tmp_path / "cut.mcap"
    data = feeder.file.read_bytes()
    cut.write_bytes(data[: data.rindex(b"\x0f" + (4).to_bytes(8, "little"))])  # without MCAP's DataEnd and the rest
    with Recording.open(feeder.file) as a, Recording.open(cut) as b:
        found = compare(a, b)
        assert found.cut_off == [str(cut)]
        assert found.first_event is None
        assert found.departures == []
        assert not found.equal
        assert "not known" in words(found)[-1]


def test_a_signal_between_its_samples_and_beyond_them() -> None:
    one = Signal("x", "joints", np.array([0.0, 1.0, 2.0, 10.0, 11.0]), np.array([0.0, 2.0, 4.0, 0.0, 1.0]))
    assert at(one, np.array([0.5, 2.0, 10.5])).tolist() == [1.0, 4.0, 0.5]
    assert np.isnan(at(one, np.array([5.0, -3.0, 13.0]))).all()
    held = Signal("y", "io", np.array([1.0, 3.0]), np.array([1.0, 0.0]), held=True)
    assert at(held, np.array([1.0, 2.9, 3.0, 9.0])).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert np.isnan(at(held, np.array([0.5]))).all()


@pytest.mark.parametrize("text", ["joints", "joints=", "joints=-1", "joints=nan", "moods=1"])
def test_an_invalid_tolerance_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="expected FAMILY=X"):
        read_tolerances([text])

"""The past of a run is bounded, and every moment of it can be selected."""

from __future__ import annotations

import numpy as np
import pytest
from view_rig import moment

from cellkit.view.history import History


def test_every_moment_can_be_selected() -> None:
    history = History()
    assert history.at(1.0) is None
    for tick in range(100):
        history.add(moment(tick * 0.1))
    picked = [history.at(time) for time in (-1.0, 0.0, 0.35, 0.4, 99.0)]
    assert [one.time if one else None for one in picked] == pytest.approx([0.0, 0.0, 0.3, 0.4, 9.9])
    assert [one.time for one in history.since(0.25, 0.5)] == pytest.approx([0.3, 0.4, 0.5])


def test_long_runs_are_thinned_out_but_keep_their_ends() -> None:
    history = History(limit=100)
    for tick in range(5000):
        history.add(moment(tick * 0.1))
    assert 50 <= len(history) <= 100
    times = [one.time for one in history.since(-1.0, 1e9)]
    assert times == sorted(set(times))
    assert (times[0], times[-1]) == pytest.approx((0.0, 499.9))
    gaps = np.diff(times)
    assert gaps[-20:] == pytest.approx(0.1)  # the newest moments are complete
    picked = history.at(250.0)
    assert picked is not None
    assert abs(picked.time - 250.0) < 500.0 / 10


def test_paths_are_removed_together_with_their_moments() -> None:
    history = History(limit=20)
    for tick in range(400):
        one = moment(tick * 0.1)
        history.paths["robot", tick] = np.zeros((2, 3), dtype=np.float32)
        history.add(type(one)(one.time, one.names, one.places, planned={"robot": tick}))
    assert len(history.paths) <= 20
    newest = history.newest
    assert newest is not None
    assert ("robot", newest.planned["robot"]) in history.paths


def test_a_second_moment_of_the_same_time_replaces_the_first() -> None:
    history = History()
    history.add(moment(1.0, "moving"))
    history.add(moment(1.0, "standing"))
    assert len(history) == 1
    assert history.newest is not None
    assert history.newest.cards["robot"].state == "standing"


def test_events_until_a_time_come_newest_first() -> None:
    history = History()
    history.events.extend({"t": float(time), "source": "robot", "what": "done"} for time in range(10))
    assert [event["t"] for event in history.events_until(5.0, 3)] == [5.0, 4.0, 3.0]

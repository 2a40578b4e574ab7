"""No prediction uses the figure that it predicts, and the formulas give their vectors."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cellkit.errors import ConfigError
from cellkit.study.validation import cycles, published, stops
from cellkit.study.validation.cycles import Leg, cycle, leg
from cellkit.study.validation.five_axis import FiveAxis
from cellkit.study.validation.formulas import (
    binomial_vectors,
    contact_vectors,
    pose_vector,
    separation_vector,
)
from cellkit.study.validation.published import PublishedFigures, Row
from cellkit.study.validation.topics import NOTICES, TOPICS, chosen


def quick_rows() -> list[Row]:
    return [*cycles._crs(), *cycles._irb_910(), *cycles._delta(), *cycles._ts2(), *stops.stop_rows()]


@pytest.fixture
def coarse(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycles, "RADII", 8)
    monkeypatch.setattr(cycles.best_cycle, "__defaults__", ((0.0,), 8))


def with_figure(name: str, factor: float) -> PublishedFigures:
    figures = published.published()
    figure = figures.figures[name]
    changed = figure.model_copy(update={"value": figure.value * factor})
    return figures.model_copy(update={"figures": {**figures.figures, name: changed}})


def test_every_vector_is_met() -> None:
    rows = [*pose_vector(), *separation_vector(), *contact_vectors(), *binomial_vectors()]
    checks = [row for row in rows if row.kind == "self-check"]
    assert len(checks) == 12
    assert all(row.holds for row in checks)
    assert sum(row.certainty == "computed" for row in rows) == 12


def test_a_wrong_formula_would_show(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, rows in (("ssm", separation_vector), ("iso9283_rp", pose_vector), ("bound_10_10", binomial_vectors)):
        changed = with_figure(name, 1.001)
        monkeypatch.setattr(published, "published", lambda changed=changed: changed)
        assert [row.figure for row in rows() if not row.holds] == [name]


@pytest.mark.usefixtures("coarse")
def test_no_prediction_uses_the_figure_that_it_predicts(monkeypatch: pytest.MonkeyPatch) -> None:
    before = {row.what: row for row in quick_rows()}
    for name in sorted({row.figure for row in before.values()}):
        changed = with_figure(name, 1.3)
        for module in (published, cycles, stops):
            monkeypatch.setattr(module, "published", lambda changed=changed: changed)
        for row in quick_rows():
            if row.figure == name:
                assert row.published == pytest.approx(1.3 * before[row.what].published)
                assert row.predicted == pytest.approx(before[row.what].predicted), row.what


@pytest.mark.long
def test_no_prediction_of_six_axis_arms_uses_its_own_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cycles, "RADII", 24)  # numeric inverse kinematics are slow
    before = {row.what: row for row in cycles._abb_six_axis()}
    for name in sorted({row.figure for row in before.values()}):
        changed = with_figure(name, 1.3)
        for module in (published, cycles):
            monkeypatch.setattr(module, "published", lambda changed=changed: changed)
        rows = [row for row in cycles._abb_six_axis() if row.figure == name]
        assert [row.predicted for row in rows] == pytest.approx([before[row.what].predicted for row in rows])


def test_the_calibrated_models_give_the_figure_they_were_calibrated_on() -> None:
    figures = published.published()
    air = figures["irb_360_air"]
    acceleration = cycles._calibrated(figures["irb_360_8_1130_1kg"] - air, 0.305)
    assert cycles._straight(acceleration, 0.305) + air == pytest.approx(figures["irb_360_8_1130_1kg"])
    assert 50 < acceleration < 200, "some ten g, as delta arms have"


def test_stops_that_no_fit_used_are_predicted() -> None:
    distances = {row.figure: row.error or 0.0 for row in stops._distances()}
    outside = {name: round(error, 2) for name, error in distances.items() if abs(error) > 0.15}
    assert outside == {"ur3_elbow_distance": -0.19}, "a large error is shown as it is"
    times = stops._tcp_speeds()
    assert [row.figure for row in times] == ["ur10_2.0", "ur10_2.5", "ur10_3.0", "ur3_1.5"]
    assert all(abs(row.error or 0.0) < 0.01 for row in times)


def test_the_shipped_models_stop_as_their_predecessors_were_published() -> None:
    rows = stops._models()
    assert len(rows) == 12
    assert all(row.holds and "no prediction" in row.basis for row in rows)


def test_a_leg_is_as_long_as_its_slowest_axis() -> None:
    still = np.zeros(2)
    short = leg(still, np.array([0.01, 0.0]), np.array([1.0, 1.0]), np.array([4.0, 4.0]))
    assert (short.time, short.braking) == pytest.approx((2 * math.sqrt(0.01 / 4), math.sqrt(0.01 / 4)))
    long = leg(still, np.array([0.0, 2.0]), np.array([1.0, 1.0]), np.array([4.0, 4.0]))
    assert (long.time, long.braking) == pytest.approx((2.25, 0.25))
    assert leg(still, np.array([1.0, 0.5]), np.array([2.0, 2.0]), np.full(2, math.inf)).time == 0.5
    both = (Leg(0.2, 0.1), Leg(0.5, 0.05), Leg(0.2, 0.1))
    assert cycle(both, rounded=False) == pytest.approx(1.8)
    assert cycle(both, rounded=True) == pytest.approx(1.6)


def test_the_small_arm_reaches_its_stated_place() -> None:
    five = FiveAxis((0.254, 0.254), np.ones(5), np.ones(5)).joints(np.array([0.3, 0.0, -0.1]))
    assert five is not None
    _, shoulder, elbow, pitch, _ = five
    assert 0.254 * (math.cos(shoulder) + math.cos(shoulder + elbow)) == pytest.approx(0.3)
    assert 0.254 * (math.sin(shoulder) + math.sin(shoulder + elbow)) == pytest.approx(0.1), "down counts positive"
    assert shoulder + elbow + pitch == pytest.approx(math.pi / 2), "the tool points down"


def test_unknown_topics_are_reported() -> None:
    assert chosen([]) == list(TOPICS)
    assert chosen(["binomial", "stop"]) == ["stop", "binomial"]
    with pytest.raises(ConfigError, match="did you mean"):
        chosen(["stops"])
    assert {"stop", "separation", "contact"} == set(NOTICES)
    assert all("not a safety certification" in text for text in NOTICES.values())


def test_an_error_is_a_share_of_the_published_figure() -> None:
    row = separation_vector()[0]
    assert replace(row, predicted=2.12).error == pytest.approx(1.0)
    assert replace(row, kind="property").error is None


@pytest.mark.long
def test_in_physics_the_formulas_of_gripping_hold_and_nothing_is_too_good_unsaid() -> None:
    rows = {row.what: row for topic in ("grip", "energy", "iso9283", "contact") for row in TOPICS[topic][1]()}
    suction = next(row for what, row in rows.items() if what.startswith("suction"))
    assert abs(suction.error or 0.0) < 0.03
    friction = next(row for what, row in rows.items() if what.startswith("friction"))
    assert abs(friction.error or 0.0) < 0.15
    assert rows["accuracy of an uncalibrated arm"].error == pytest.approx(-1.0, abs=0.01)
    assert all(row.holds is not False for row in rows.values() if row.kind == "self-check")
    peak = next(row for what, row in rows.items() if what.startswith("peak power"))
    assert peak.holds

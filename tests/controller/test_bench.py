"""Plants that are set by hand behave as those of a world do."""

from __future__ import annotations

import math

import numpy as np

from cellkit.controller.plants.code_reader import BenchCode
from cellkit.controller.plants.force_torque import BenchWrench
from cellkit.controller.plants.proximity import BenchBeam
from cellkit.controller.plants.scanner import BenchScan
from cellkit.geometry import Wrench
from cellkit.models.load import load_sensor
from cellkit.models.sensor import ScannerModel

TIM = load_sensor("tim571", ScannerModel)
ANGLES = np.linspace(-math.radians(135), math.radians(135), 811)


def test_nothing_is_there_at_first() -> None:
    assert not BenchWrench().wrench().force.any()
    assert BenchWrench().wrench().frame == "flange"
    assert BenchBeam().distance() is None
    assert BenchCode().code() is None
    ranges = BenchScan(TIM).ranges()
    assert ranges.shape == (811,)
    assert np.isposinf(ranges).all()


def test_a_wrench_is_what_was_put_there() -> None:
    bench = BenchWrench()
    bench.value = Wrench(np.array([1.0, 2.0, 3.0]), np.zeros(3), "flange")
    assert bench.wrench() is bench.value


def test_a_beam_tells_all_who_watch() -> None:
    bench, heard = BenchBeam(), []
    for name in ("one", "other"):
        bench.on_change(lambda name=name: heard.append((name, bench.distance())))
    bench.put(0.4)
    bench.put(None)
    assert heard == [("one", 0.4), ("other", 0.4), ("one", None), ("other", None)]


def test_a_post_covers_the_beams_that_meet_it() -> None:
    bench = BenchScan(TIM)
    for distance, direction, width in ((2.0, 0.5, 0.2), (1.0, -2.0, 0.05), (5.0, 0.0, 1.0)):
        bench.put(distance, direction, width)
        ranges = bench.ranges()
        seen = np.isfinite(ranges)
        half = math.atan2(width / 2, distance)
        assert (seen == (np.abs(ANGLES - direction) <= half)).all()
        assert seen.any()
        assert abs(float(ranges[seen].mean()) - distance) < 5 * 0.01


def test_turns_differ_by_the_sensors_noise() -> None:
    bench = BenchScan(TIM)
    bench.put(3.0, width=10.0)
    turns = np.array([bench.ranges() for _ in range(200)])
    seen = turns[:, np.isfinite(turns[0])]
    assert not np.array_equal(turns[0], turns[1], equal_nan=True)
    assert abs(float(seen.std()) - TIM.noise.known()) < 0.1 * TIM.noise.known()


def test_glare_and_repetition() -> None:
    bench = BenchScan(TIM)
    bench.put(2.0)
    first = bench.ranges()
    bench.repeats = True
    bench.put(1.0)
    assert np.array_equal(bench.ranges(), first)
    bench.repeats = False
    bench.dazzled = True
    assert np.isnan(bench.ranges()).all()
    bench.dazzled = False
    assert float(np.nanmin(bench.ranges())) < 1.1

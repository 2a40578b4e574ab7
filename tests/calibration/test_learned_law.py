"""What a calibration learns from moves whose law is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import goals, moves_log

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.figure import Figure
from cellkit.calibration.log import Log
from cellkit.calibration.result import Findings
from cellkit.models.load import load_arm

FILE = Path("log.csv")


def learned(log: Log, seed: int | None = None) -> Findings:
    return calibrate(log, load_arm("ur5e"), FILE, seed=seed)


def figure(findings: Findings, name: str, joint: int | None = None) -> Figure:
    found = [one for one in findings.figures if one.name == name and (joint is None or joint in one.joints)]
    assert len(found) == 1, f"{name}: {found}"
    return found[0]


@pytest.mark.parametrize("noise", [0.0, 2e-4])
@pytest.mark.parametrize("seed", [None, 3])
def test_speed_and_acceleration_of_a_trapezoid_predict_the_moves_held_out(noise: float, seed: int | None) -> None:
    findings = learned(moves_log(goals(10), speed=1.0, acceleration=4.0, noise=noise), seed)
    assert findings.synchronised_by == "angle"
    assert figure(findings, "speed").value == pytest.approx(1.0, rel=0.005)
    assert figure(findings, "acceleration").value == pytest.approx(4.0, rel=0.02)
    assert figure(findings, "jerk time").value == 0.0
    assert len(findings.motion_times) == 5
    assert max(abs(row.error) for row in findings.motion_times) < 0.01
    assert min(abs(row.shipped_error) for row in findings.motion_times) > 0.1


def test_a_jerk_limit_is_seen() -> None:
    findings = learned(moves_log(goals(8), speed=1.0, acceleration=4.0, jerk_time=0.1, noise=1e-5))
    assert figure(findings, "jerk time").value == pytest.approx(0.1, rel=0.1)
    assert figure(findings, "acceleration").value == pytest.approx(4.0, rel=0.03)
    assert max(abs(row.error) for row in findings.motion_times) < 0.01


def test_every_joint_has_its_own_limits_where_the_longest_time_leads() -> None:
    speed, acceleration = np.array([0.8, 0.6, 1.0, 1.4, 1.6, 2.0]), np.array([3.0, 2.0, 4.0, 7.0, 8.0, 9.0])
    log = moves_log(goals(30, seed=2), speed=speed.tolist(), acceleration=acceleration.tolist(), by_angle=False)
    findings = learned(log)
    assert findings.synchronised_by == "time"
    for joint in (1, 2):
        assert figure(findings, "acceleration", joint).value == pytest.approx(acceleration[joint - 1], rel=0.02)


def test_moves_with_other_settings_are_told_apart_and_the_fastest_gives_the_figures() -> None:
    slow, fast = (moves_log(goals(6), speed=v, acceleration=a) for v, a in ((0.5, 2.0), (1.5, 10.0)))
    log = Log(
        "two settings",
        "test",
        "0" * 64,
        1,
        np.concatenate([slow.times, slow.times[-1] + slow.step + fast.times]),
        # Both logs end at the same goal, so the second one is put in reverse after the first one.
        np.concatenate([slow.position, fast.position[::-1]]),
        np.concatenate([slow.velocity, -fast.velocity[::-1]]),
    )
    findings = learned(log)
    assert [round(acceleration) for _, acceleration, _ in findings.settings] == [2, 10]
    assert figure(findings, "speed").value == pytest.approx(1.5, rel=0.01)
    assert max(abs(row.error) for row in findings.motion_times) < 0.01


def test_a_joint_that_never_moves_and_one_move_alone_teach_nothing() -> None:
    findings = learned(moves_log(goals(6, joints=(0, 1, 2))))
    assert "never moved: joint 4, 5, 6" in findings.missing
    assert figure(findings, "speed").joints == (1, 2, 3)
    alone = learned(moves_log(goals(1)))
    assert figure(alone, "speed").error is None
    assert not alone.better(), "nothing was held out, so nothing was shown"


def test_short_moves_show_no_speed() -> None:
    short = [[0.05, -1.2, 1.5, -1.9, -1.57, 0.0], [0.0, -1.2, 1.5, -1.9, -1.57, 0.0]] * 3
    findings = learned(moves_log(short, speed=3.0, acceleration=4.0))
    assert [one.name for one in findings.figures] == ["acceleration", "jerk time"]
    assert any(sentence.startswith("speed: no move is long enough") for sentence in findings.missing)


def test_the_shipped_figures_are_not_beaten_by_their_own_motion() -> None:
    limits = load_arm("ur5e").joint_limits()
    log = moves_log(
        goals(8),
        speed=float(limits.velocity[0]),
        acceleration=float(limits.acceleration[0]),
        jerk_time=float(limits.acceleration[0] / limits.jerk[0]),
        noise=5e-4,
        step=0.002,
    )
    findings = learned(log)
    assert figure(findings, "speed").value == pytest.approx(limits.velocity[0], rel=0.01)
    assert max(abs(row.shipped_error) for row in findings.motion_times) < 0.02


def test_moves_that_the_log_cuts_are_for_fitting_only() -> None:
    log = moves_log(goals(3), speed=0.5, acceleration=2.0)
    moving = np.abs(log.velocity).max(axis=1) > 0.49
    first, last = np.flatnonzero(moving)[[5, -5]]
    part = Log("part", "test", "", 1, log.times[first:last], log.position[first:last], log.velocity[first:last])
    findings = learned(part)
    assert findings.moves == 3
    assert [row.measured for row in findings.motion_times] == [
        pytest.approx(findings.motion_times[0].learned, rel=0.01)
    ]


def test_delay_and_settling_are_seen_where_the_log_has_commands() -> None:
    log = moves_log(goals(8), speed=1.0, acceleration=4.0, delay=0.02, noise=2e-5)
    findings = learned(log)
    assert figure(findings, "delay").value == pytest.approx(0.02, rel=0.05)
    # The last 20 ms of a move at 4 rad/s²: the joints follow the end of the ramp, 1 mrad from the goal at 22 ms.
    assert figure(findings, "settling").value == pytest.approx(0.0, abs=0.01)
    assert "delay and settling: the log holds no commanded positions" in learned(moves_log(goals(4))).missing


def test_a_stop_is_no_ordinary_move() -> None:
    log = moves_log(goals(8), speed=1.0, acceleration=4.0)
    stop = moves_log([HOME_AWAY, HOME_BACK, HOME_AWAY, HOME_BACK], speed=1.0, acceleration=4.0, deceleration=12.0)
    last = log.position[-1] - stop.position[0]
    both = Log(
        "stops",
        "test",
        "",
        1,
        np.arange(len(log.times) + len(stop.times)) * log.step,
        np.concatenate([log.position, stop.position + last]),
        np.concatenate([log.velocity, stop.velocity]),
    )
    findings = learned(both)
    assert findings.moves == 8
    stopped = figure(findings, "stop deceleration")
    assert stopped.joints == (1,)
    assert stopped.value == pytest.approx(12.0, rel=0.03)
    assert (stopped.fitted, stopped.held) == (2, 2)


HOME_AWAY = [1.0, -1.2, 1.5, -1.9, -1.57, 0.0]
HOME_BACK = [0.0, -1.2, 1.5, -1.9, -1.57, 0.0]

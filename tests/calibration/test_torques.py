"""What a calibration learns of torque: rotor inertia and friction, and the torque that accelerations show."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from synthetic import HOME, moves_log

from cellkit.calibration.calibrate import calibrate
from cellkit.calibration.effective_torque import fit_torque
from cellkit.calibration.figure import Figure
from cellkit.calibration.log import Log
from cellkit.calibration.model_file import model_text
from cellkit.geometry import Array
from cellkit.masses import Load
from cellkit.models.load import load_arm, model_file
from cellkit.motion.dynamics import ArmDynamics
from cellkit.yamlfile import read_yaml

STEP = 0.005
ROTOR = np.array([3.0, 4.0, 2.0, 0.5, 0.4, 0.3])
VISCOUS = np.array([10.0, 12.0, 8.0, 2.0, 1.5, 1.0])
COULOMB = np.array([8.0, 9.0, 5.0, 2.0, 1.5, 1.2])
CONSTANT = np.array([11.0, 11.0, 10.0, 9.0, 9.0, 8.0])
PAYLOAD = 2.0


def excitation(current: bool = False, torque_at: str = "motor", noise: float = 0.1) -> Log:
    """Return the log of a sum of sines on all joints, with the torque that links, rotors and friction take."""
    times = np.arange(8000) * STEP
    random = np.random.default_rng(3)
    position, speed, acceleration = (np.zeros((len(times), 6)) for _ in range(3))
    for joint in range(6):
        for harmonic in (1, 2, 3, 4):
            turn, phase = 2.0 * np.pi * 0.1 * harmonic * (1.0 + 0.03 * joint), random.uniform(0.0, 6.0)
            size = 0.5 / harmonic
            position[:, joint] += size * np.sin(turn * times + phase)
            speed[:, joint] += size * turn * np.cos(turn * times + phase)
            acceleration[:, joint] -= size * turn**2 * np.sin(turn * times + phase)
    dynamics = ArmDynamics(load_arm("ur5e"), Load(PAYLOAD, np.array([0.0, 0.0, 0.0])))
    torque = dynamics.link_torques(position, speed, acceleration)
    if torque_at == "motor":
        torque = torque + ROTOR * acceleration + VISCOUS * speed + COULOMB * np.sign(speed)
    torque += noise * random.standard_normal(torque.shape)
    return Log(
        "excitation",
        "test",
        "a" * 64,
        1,
        times,
        position,
        speed,
        torque=None if current else torque,
        torque_at="motor" if torque_at == "motor" else "link",
        current=torque / CONSTANT if current else None,
    )


def of_joints(figures: list[Figure], name: str) -> dict[int, Figure]:
    return {figure.joints[0]: figure for figure in figures if figure.name == name}


@pytest.mark.parametrize("current", [False, True])
def test_rotor_inertia_and_friction_are_found_and_checked_on_the_other_half(current: bool) -> None:
    findings = calibrate(excitation(current), load_arm("ur5e"), Path("log"), PAYLOAD)
    for name, truth, within in (
        ("rotor inertia", ROTOR, 0.1),
        ("viscous friction", VISCOUS, 0.1),
        ("Coulomb friction", COULOMB, 0.1),
    ):
        found = of_joints(findings.figures, name)
        # A current shows its torque constant only where the links take a good part of the torque.
        assert set(found) >= ({1, 2, 3} if current else {1, 2, 3, 4, 5, 6}), findings.missing
        for joint in (1, 2, 3):
            assert found[joint].value == pytest.approx(truth[joint - 1], rel=within), f"{name} of joint {joint}"
            assert found[joint].better
            error = found[joint].error
            assert error is not None
            assert error < 6.0, "percent of the largest torque"
    if current:
        assert any("joint 6: its links take too little torque" in sentence for sentence in findings.missing)


def test_the_model_file_gets_the_drives(tmp_path: Path) -> None:
    findings = calibrate(excitation(), load_arm("ur5e"), Path("log"), PAYLOAD)
    file = tmp_path / "mine.yaml"
    file.write_text(model_text(findings, read_yaml(model_file("ur5e")).data, file))
    drives = load_arm(str(file)).drives
    assert drives is not None
    assert drives.rotor_inertia.source == "log_aaaaaaaa"
    assert drives.rotor_inertia.values is not None
    assert np.allclose([value or 0.0 for value in drives.rotor_inertia.values], ROTOR, rtol=0.15)
    again = calibrate(excitation(), load_arm(str(file)), Path("log"), PAYLOAD)
    assert not of_joints(again.better(), "rotor inertia"), "the same figures again are no better"


def test_joints_without_a_better_figure_keep_the_shipped_drives(tmp_path: Path) -> None:
    data = read_yaml(model_file("ur5e")).data
    known = {"values": [1.0, 4.0, 2.0, 0.5, 0.4, 0.3], "source": "memory", "verified": False, "note": "Old."}
    data = {**data, "drives": {"rotor_inertia": known, "viscous": known, "coulomb": known}}
    findings = calibrate(excitation(), load_arm("ur5e"), Path("log"), PAYLOAD)
    findings.figures = [figure for figure in findings.figures if figure.joints == (1,)]
    file = tmp_path / "mine.yaml"
    file.write_text(model_text(findings, data, file))
    drives = load_arm(str(file)).drives
    assert drives is not None
    assert drives.rotor_inertia.values is not None
    assert drives.rotor_inertia.values[0] == pytest.approx(3.0, rel=0.1)
    assert drives.rotor_inertia.values[1:] == known["values"][1:]
    assert drives.rotor_inertia.note.endswith("Other joints: memory. Old.")


def test_a_sensor_behind_the_gear_shows_no_rotor() -> None:
    findings = calibrate(excitation(torque_at="link"), load_arm("ur5e"), Path("log"), PAYLOAD)
    assert not of_joints(findings.figures, "rotor inertia")
    assert "rotor inertia and friction: the torque is measured behind the gears" in findings.missing


def test_accelerations_that_follow_from_the_pose_teach_the_torque_of_a_joint() -> None:
    # Joint 1 alone turns, back and forth, with the arm stretched out or folded: a = torque / (M + J).
    dynamics = ArmDynamics(load_arm("ur5e"))
    torque, added = 60.0, 1.5
    parts, place = [], HOME.copy()
    for number in range(24):
        elbow = 0.4 + 0.08 * number
        folded = place.copy()
        folded[2] = elbow
        parts.append((folded, 2.0, 3.0))
        turned = folded.copy()
        turned[0] = 1.2 if number % 2 == 0 else 0.0
        inertia = float(dynamics.axis_inertia(np.stack([folded, turned]))[:, 0].mean())
        parts.append((turned, 3.0, torque / (inertia + added)))
        place = turned
    log = joined([moves_log([goal], speed=v, acceleration=a, start=start) for (goal, v, a), start in started(parts)])
    findings = calibrate(log, load_arm("ur5e"), Path("log"))
    found = of_joints(findings.figures, "effective torque")
    assert found[1].value == pytest.approx(torque, rel=0.1), findings.missing
    assert of_joints(findings.figures, "effective inertia")[1].value == pytest.approx(added, rel=0.2)
    assert found[1].better


def started(parts: list[tuple[Array, float, float]]) -> list[tuple[tuple[Array, float, float], Array]]:
    places = [HOME, *(goal for goal, _, _ in parts)]
    return list(zip(parts, places, strict=False))


def joined(logs: list[Log]) -> Log:
    position, speed = (np.concatenate([getattr(log, key) for log in logs]) for key in ("position", "velocity"))
    return Log("joined", "test", "", 1, np.arange(len(position)) * logs[0].step, position, speed)


def test_torque_and_inertia_follow_from_accelerations_in_several_poses() -> None:
    axis_inertia = np.array([2.0, 3.0, 4.0, 5.0, 6.0])
    rates = 300.0 / (axis_inertia + 3.5)
    law = fit_torque(axis_inertia, rates)
    assert law is not None
    assert law.torque == pytest.approx(300.0)
    assert law.inertia == pytest.approx(3.5)
    assert fit_torque(axis_inertia, np.full(5, 30.0)) is None, "an acceleration that does not vary shows no torque"
    assert fit_torque(np.full(5, 3.0), rates) is None, "one pose shows no inertia"
    assert fit_torque(axis_inertia[:3], rates[:3]) is None, "three moves are too few"

"""Clients that others wrote, unmodified, against the virtual controller on the vendor's own ports."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytestmark = pytest.mark.clients


versions = pytest.mark.parametrize(
    ("requirements", "last"),
    [("requirements.txt", 0), ("requirements_1_5.txt", 10)],  # the control programs of the two differ
    ids=["1.6.5", "1.5.9"],
)


def drive(virtual_robot, client, host: str, part: str, requirements: str = "requirements.txt") -> dict:
    with virtual_robot("ur5e", host=host):  # the client knows only the vendor's ports
        return client("ur", "drive_ur_rtde.py", host, part, requirements=requirements)


def failed(done: dict) -> list[str]:
    return [what for what, value in done.items() if value is False]


@versions
def test_ur_rtde_moves(virtual_robot, client, requirements, last):
    assert failed(drive(virtual_robot, client, f"127.0.41.{41 + last}", "moves", requirements)) == []


@versions
def test_ur_rtde_follows_paths(virtual_robot, client, requirements, last):
    done = drive(virtual_robot, client, f"127.0.41.{42 + last}", "paths", requirements)
    assert failed(done) == []
    assert {0, 1, 2} <= set(done["progress seen"])


def test_ur_rtde_streams_set_points(virtual_robot, client):
    done = drive(virtual_robot, client, "127.0.41.43", "setpoints")
    assert failed(done) == []
    assert done["servoJ lag"] < 0.1


def test_ur_rtde_asks(virtual_robot, client):
    done = drive(virtual_robot, client, "127.0.41.44", "queries")
    assert failed(done) == []
    assert done["step time"] == 0.002
    assert done["tool contact"] == 0


def test_ur_rtde_force_mode_freedrive_contact_and_watchdog(virtual_robot, client):
    done = drive(virtual_robot, client, "127.0.41.45", "forces")
    assert done.pop("contact seen") is False
    assert failed(done) == []


def test_ur_rtde_switches_signals_beside_the_program(virtual_robot, client):
    assert failed(drive(virtual_robot, client, "127.0.41.46", "signals")) == []


@versions
def test_ur_rtde_recovers_from_its_own_faults_and_reconnects(virtual_robot, client, requirements, last):
    done = drive(virtual_robot, client, f"127.0.41.{47 + last}", "faults", requirements)
    assert "5s" in done["unlocked at once"]
    assert done["safety mode"] == 3
    assert failed(done) == []


def test_ur_rtde_recovers_from_stops_by_others(virtual_robot, client):
    host = "127.0.41.48"
    with virtual_robot("ur5e", host=host) as robot, ThreadPoolExecutor(1) as pool:
        work = pool.submit(client, "ur", "drive_ur_rtde.py", host, "interrupted")

        def moving() -> None:
            seen = len(robot.states)
            while not any("moving" in state for state in robot.states[seen:]) and not work.done():
                time.sleep(0.05)

        moving()
        robot.switch("protective")
        time.sleep(1.0)
        moving()
        robot.switch("estop")
        time.sleep(2.0)
        robot.switch("release")
        assert failed(work.result()) == []


def test_ur_rtde_runs_scripts_of_its_user_and_is_the_only_one(virtual_robot, client):
    done = drive(virtual_robot, client, "127.0.41.49", "scripts")
    assert failed(done) == []
    assert "already in use" in done["second controller"]

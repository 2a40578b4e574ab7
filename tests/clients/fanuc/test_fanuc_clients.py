"""Two clients that others wrote, unmodified, against the virtual controller on real ports."""

from __future__ import annotations

import math

import pytest

from cellkit.models.load import load_arm

pytestmark = pytest.mark.clients
HOME = [math.degrees(q) for q in load_arm("crx-10ia").home]
COUPLED = [*HOME[:2], HOME[2] - HOME[1], *HOME[3:]]


def test_fanuc_ucl_moves_blends_pauses_and_is_refused(virtual_robot, client):
    with virtual_robot("crx-10ia", host="127.0.0.31"):  # the client knows only the vendor's port
        done = client("fanuc", "drive_fanuc_ucl.py", "127.0.0.31")
    assert done["version"] == [7, 0]
    assert done["status"] == [1, 0, 0, 10]
    assert done["coupled"] == pytest.approx(COUPLED, abs=1e-3)
    assert done["independent"] == pytest.approx(HOME, abs=2e-3), "its own J2/J3 conversion says otherwise"
    assert done["relative"] == pytest.approx([0, 0, 0, 0, 5, -10], abs=2e-3)
    assert done["returned"] == pytest.approx([0] * 6, abs=5e-3)
    assert done["in_order"]
    assert done["at_home"] == pytest.approx([0] * 6, abs=5e-3)
    assert done["many"] == 20
    assert (done["paused"], done["speed_when_paused"], done["aborted"]) == (1, 0.0, 2)
    assert (done["write_register"], done["read_register"], done["error"]) == ("went through",) * 2 + ("No Error",)
    assert "2556943" in done["initialize_twice"]
    assert "2556981" in done["unknown_program"]
    assert "2556937" in done["abort_twice"]
    # What it cannot do: it takes the keys of these two from the manual's text, controllers send others.
    assert "SerDe" in done["user_frame"]
    assert "went through" not in done["tool"]


def test_fanuc_rmi_moves_in_frames_and_is_put_on_hold(virtual_robot, client):
    with virtual_robot("crx-10ia", host="127.0.0.32", ports={"rmi": 0, "motion": 0}) as robot:
        done = client("fanuc", "drive_fanuc_rmi.py", robot.host, robot.ports["rmi"], robot.ports["motion"])
    assert list(done["joints"].values())[:6] == pytest.approx(COUPLED, abs=1e-3)
    assert done["replies"] == [[0, number] for number in range(1, 8)]
    assert done["user_frame"] == {"X": 10.0, "Y": 20.0, "Z": 30.0, "W": 0.0, "P": 0.0, "R": 90.0}
    assert done["tool"]["Z"] == 50.0
    assert (done["din"], done["dout"], done["override"]["ErrorID"]) == (0, 0, 0)
    before, after = done["position"], done["in_user_frame"]["Position"]
    # 40 mm along y of WORLD, seen from a frame at (10, 20, 30) that is turned by 90 degrees, with a tool of 50 mm down.
    assert after["X"] == pytest.approx(before["Y"] + 40.0 - 20.0, abs=0.05)
    assert after["Y"] == pytest.approx(-(before["X"] - 10.0), abs=0.05)
    assert after["Z"] == pytest.approx(before["Z"] - 30.0 - 50.0, abs=0.05)
    assert done["repeated"] == {"Instruction": "FRC_WaitTime", "ErrorID": 2556957, "SequenceID": 7}
    assert done["on_hold"] == {"Instruction": "FRC_WaitTime", "ErrorID": 2556952, "SequenceID": 8}
    assert done["abort"]["ErrorID"] == 0

"""The texts of the page: errors in words, and no markup from a run."""

from __future__ import annotations

import numpy as np
import pytest
from view_rig import moment

from cellkit.geometry import rotation_from_rpy
from cellkit.view import texts
from cellkit.view.moment import Card, ContactPoint, Moment
from cellkit.view.scene import DeviceInfo, ProgramText
from cellkit.view.shapes import capsule, quaternion


def faulty(card: Card) -> Moment:
    one = moment(2.0)
    return Moment(one.time, one.names, one.places, {"robot": card})


def test_errors_are_stated_in_words() -> None:
    stopped = faulty(Card(state="standing", level="error", safety="protective stop", error="1.20 s: pushed"))
    assert texts.troubles(stopped) == ["ERROR: robot: protective stop; 1.20 s: pushed"]
    html = texts.devices([DeviceInfo(role="robot", kind="arm", what="UR5e")], stopped)
    assert "ERROR: protective stop" in html
    assert "safety state" in html
    assert texts.troubles(moment(1.0)) == []
    calm = faulty(Card(state="standing", safety="normal"))
    assert "<dd>no stop reported</dd>" in texts.devices([DeviceInfo(role="robot", kind="arm", what="UR5e")], calm)


def test_nothing_from_a_run_is_markup() -> None:
    bad = "<img src=x onerror=alert(1)>"
    evil = faulty(Card(state=bad, level="error", values={bad: bad}, command=bad, error=bad))
    contact = ContactPoint(bad, bad, (0.0, 0.0, 0.0), (0.0, 0.0, 1.0))
    touched = Moment(1.0, (), np.zeros((0, 3, 4), np.float32), contacts=(contact,), collisions=0)
    pages = [
        texts.title(bad, bad),
        texts.status(bad, "error", texts.troubles(evil)),
        texts.devices([DeviceInfo(role="robot", kind=bad, what=bad)], evil),
        texts.program(ProgramText(name=bad, lines=(bad,)), (1,)),
        texts.events([{"t": 1.0, "source": bad, "what": bad, bad: bad}]),
        texts.contacts(touched),
    ]  # fmt: skip
    assert not any("<img" in page for page in pages)


def test_the_line_at_which_the_program_waits_is_marked() -> None:
    text = ProgramText(name="program.py", lines=tuple(f"line {number}" for number in range(1, 100)))
    html = texts.program(text, (50,))
    assert "waits at line 50" in html
    assert "<b>▶  50  line 50</b>" in html
    assert "line 20<" not in html
    assert "not at any line" in texts.program(text, ())


def test_a_capsule_is_closed_and_of_its_size() -> None:
    vertices, faces = capsule(0.1, 0.5)
    assert np.abs(vertices).max(axis=0) == pytest.approx([0.05, 0.05, 0.25], rel=1e-3)
    corners = vertices[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    volume = float(np.einsum("ij,ij->i", normals, corners[:, 0]).sum() / 6.0)  # positive: faces look outwards
    assert volume == pytest.approx(np.pi * (0.05**2 * 0.4 + 4 / 3 * 0.05**3), rel=0.03)


def test_rotations() -> None:
    for rpy in ((0.0, 0.0, 0.0), (np.pi, 0.0, 0.0), (0.0, np.pi, 0.0), (0.0, 0.0, np.pi), (0.3, -1.0, 2.5)):
        w, x, y, z = quaternion(rotation_from_rpy(*rpy))
        back = np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
                [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
                [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
            ]
        )
        assert back == pytest.approx(rotation_from_rpy(*rpy), abs=1e-9)

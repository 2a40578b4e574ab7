"""Pulses, frames, figures, paces, jobs and tool files."""

import math

import numpy as np
import pytest
from cellkit_yaskawa.jobs import corner_radii, job_of, needs_job
from cellkit_yaskawa.pace import duration, joint_share, stretched
from cellkit_yaskawa.protocol.axes import R_TURNED, TABLE, axes_of, figure
from cellkit_yaskawa.protocol.inform import InformError, Job, MoveLine, TimerLine, read_job
from cellkit_yaskawa.protocol.tools import ToolFile, read_tools
from cellkit_yaskawa.tooldata import tool_file, tool_of
from cellkit_yaskawa.virtual_jobs import blend_radius
from hypothesis import given
from hypothesis import strategies as st

from cellkit.devices import CircularMotion, JointMotion, LinearMotion, Load, PathMotion, Tool, Waypoint
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.motion.kinematics import ArmKinematics
from cellkit.motion.trajectory import plan_joint

GP7 = load_arm("gp7")


@given(st.lists(st.floats(-6.0, 6.0), min_size=6, max_size=6))
def test_joints_survive_pulses(joints: list[float]) -> None:
    for axes in TABLE.values():
        back = axes.joints(axes.pulses(joints))
        assert np.abs(back - joints).max() <= 0.51 / min(axes.pulses_per_radian)


@given(
    st.tuples(*[st.floats(-1.5, 1.5)] * 3),
    st.tuples(st.floats(-math.pi, math.pi), st.floats(-math.pi / 2, math.pi / 2), st.floats(-math.pi, math.pi)),
)
def test_poses_survive_micrometres(xyz: tuple[float, ...], rpy: tuple[float, ...]) -> None:
    axes = TABLE["hc10"]
    pose = Pose.from_rpy(xyz, rpy)
    metres, angle = Pose.trusted(axes.pose(axes.coordinates(pose.matrix)), "base").distance(pose)
    assert metres <= 1e-6
    assert angle <= 1e-5


def test_the_robot_frame_is_at_shoulder_height() -> None:
    home = ArmKinematics(GP7).forward(GP7.home)
    x, _, z, *_ = axes_of("gp7", 6).coordinates(home)
    assert x == pytest.approx(home[0, 3] * 1e6, abs=1)
    assert z == pytest.approx((home[2, 3] - 0.330) * 1e6, abs=1)


def test_an_arm_without_known_pulses_needs_them_configured() -> None:
    with pytest.raises(ConfigError, match="pulses_per_radian"):
        axes_of("gp25", 6)
    with pytest.raises(ConfigError, match="5 figures"):
        axes_of("gp7", 6, [1000.0] * 5)
    assert axes_of("gp25", 6, [1000.0] * 6, 0.5).base_height == 0.5


def test_the_figure_tells_of_turned_axes() -> None:
    assert figure([0, 0, 0, 0, -0.8, 0]) == 0
    assert figure([0, 0, 0, 3.2, -0.8, 0]) == R_TURNED


@given(st.floats(0.01, 2.0), st.floats(0.05, 1.0), st.floats(0.02, 0.99))
def test_an_override_stretches_the_time(distance: float, programmed: float, share: float) -> None:
    speed, acceleration, jerk = 2.0 * programmed, 8.0, 160.0
    slow = stretched(distance, speed, acceleration, jerk, share)
    assert 0 < slow <= speed
    full = duration(distance, speed, acceleration, jerk)
    assert duration(distance, slow, acceleration, jerk) == pytest.approx(full / share, rel=1e-6)


def test_a_joint_motion_at_a_quarter_takes_four_times_as_long() -> None:
    limits, start = ArmKinematics(GP7).limits, np.array(GP7.home)
    motion = JointMotion(start + 0.6, 1.0, 1.0)
    share = joint_share(motion, start, limits, 0.25)
    full = plan_joint(start, motion.joints, limits).duration
    quarter = plan_joint(start, motion.joints, limits.scaled(share)).duration
    assert quarter / full == pytest.approx(4.0, rel=0.1)


# --- jobs -------------------------------------------------------------------------------------------------------

LINES = st.lists(
    st.one_of(
        st.builds(
            MoveLine,
            st.just("MOVL"),
            st.integers(0, 2),
            st.integers(1, 20_000).map(lambda n: n / 10),
            st.one_of(st.none(), st.integers(0, 8)),
            st.one_of(st.none(), st.integers(10, 65_535).map(lambda n: n / 10)),
            st.integers(20, 100),
            st.integers(20, 100),
        ),
        st.builds(MoveLine, st.just("MOVJ"), st.integers(0, 2), st.integers(1, 10_000).map(lambda n: n / 100)),
        st.builds(TimerLine, st.integers(0, 6000).map(lambda n: n / 100)),
    ),
    max_size=8,
)


@given(LINES)
def test_jobs_survive_their_file(lines: list[MoveLine | TimerLine]) -> None:
    job = Job("CELLKIT0", ((1, -2, 3, -4, 5, -6),) * 3, tuple(lines), 3)
    assert read_job(job.encode()) == job


@given(st.binary(max_size=400))
def test_a_file_that_is_no_job_is_refused(data: bytes) -> None:
    with pytest.raises(InformError):
        read_job(data)
    with pytest.raises(InformError):
        read_job(b"/JOB\r\n" + data)


def test_an_empty_job_is_laid_out_as_one_that_an_fs100_has_taken() -> None:
    """The header lines of the job that the tests of hsinkoyu/fs100 load, select and start on a controller."""
    text = Job("CELLKIT0", (), ()).encode("2022/12/23 15:58").decode()
    assert text.split("\r\n") == [
        "/JOB",
        "//NAME CELLKIT0",
        "//POS",
        "///NPOS 0,0,0,0,0,0",
        "//INST",
        "///DATE 2022/12/23 15:58",
        "///ATTR SC,RW",
        "///GROUP1 RB1",
        "NOP",
        "END",
        "",
    ]


@pytest.mark.parametrize(
    ("change", "added"),
    [
        (("NOP\r\n", ""), 0x5130),
        (("END", ""), 0x5130),
        (("MOVL", "MOVQ"), 0x5110),
        (("C00000 V", "C00009 V"), 0x5120),
        (("V=100.0", "V=0"), 0x5200),
        (("ACC=50", "ACC=5"), 0x5200),
        (("CR=10.0", "CR=0.1"), 0x5200),
        (("CR=10.0", "QQ=1"), 0x5110),
        (("NPOS 1,", "NPOS 2,"), 0x5180),
        (("//NAME CELLKIT0", "//NAME cell kit"), 0x4190),
        (("///POSTYPE PULSE", "///POSTYPE USER"), 0x4230),
        (("///TOOL 0", "///WHAT 0"), 0x5310),
        (("/JOB", "/JOKE"), 0x5170),
    ],
)
def test_what_is_wrong_with_a_job_has_its_code(change: tuple[str, str], added: int) -> None:
    job = Job("CELLKIT0", ((0,) * 6,), (MoveLine("MOVL", 0, 100.0, None, 10.0, 50, 100),))
    with pytest.raises(InformError) as refused:
        read_job(job.encode().decode().replace(*change, 1).encode())
    assert refused.value.added == added


def test_what_needs_a_job() -> None:
    limits, here = GP7.cartesian, Pose.from_rpy((0.4, 0, 0.4))
    full = limits.max_acceleration
    assert not needs_job(JointMotion(np.zeros(6), 0.3, 1.0), limits)
    assert needs_job(JointMotion(np.zeros(6), 0.3, 0.7), limits)
    assert not needs_job(LinearMotion(here, 0.1, full), limits)
    assert needs_job(LinearMotion(here, 0.1, full / 2), limits)
    assert needs_job(CircularMotion(here, here, 0.1, full), limits)
    assert needs_job(PathMotion((Waypoint(here),), 0.1, full), limits)


def test_a_path_becomes_straight_lines_with_corner_radii() -> None:
    corners = [(0.4, 0.0, 0.4), (0.4, 0.1, 0.4), (0.4, 0.1, 0.5), (0.4, 0.1, 0.6)]
    poses = [Pose.from_rpy(corner) for corner in corners]
    motion = PathMotion((Waypoint(poses[1], 0.02), Waypoint(poses[2]), Waypoint(poses[3], 0.05)), 0.25, 4.0)
    pulses = [(0,) * 6] * 3
    job = job_of("CELLKIT1", motion, (0,) * 6, pulses, poses[0].matrix, GP7.cartesian, 0.25, 0)
    assert [str(line) for line in job.lines] == [
        "MOVL C00000 V=250.0 CR=20.0 ACC=50 DEC=50",
        "MOVL C00001 V=250.0 PL=0 ACC=50 DEC=50",
        "MOVL C00002 V=250.0 PL=0 ACC=50 DEC=50",
    ]


@given(st.floats(0.1, 3.0), st.floats(0.002, 0.04))
def test_a_blend_radius_survives_its_corner_radius(turn: float, blend: float) -> None:
    after = Pose.from_rpy((0.1 + 0.1 * math.cos(turn), 0.1 * math.sin(turn), 0.0))
    poses = [Pose.from_rpy((0.0, 0, 0)), Pose.from_rpy((0.1, 0, 0)), after]
    radius, last = corner_radii([pose.matrix for pose in poses], [blend, 0.0])
    assert last is None
    if radius is not None and radius < 6553.5:
        assert blend_radius(radius, turn, 0.05) == pytest.approx(min(blend, 0.05), rel=1e-6)


def test_tool_files_survive() -> None:
    tool = Tool(
        "2f-85", Pose.from_rpy((0.01, 0, 0.15), (0.1, 0.2, 0.3), frame="flange"), Load(0.9, np.array([0, 0, 0.05]))
    )
    file = tool_file(2, tool, Load(0.5, np.array([0.0, 0.0, 0.2])))
    assert read_tools(file.encode() + tool_file(0, Tool(), Load()).encode()).keys() == {0, 2}
    back = tool_of(ToolFile.decode(file.encode()))
    assert back.tcp.distance(tool.tcp)[0] <= 1e-6
    assert back.load.mass == pytest.approx(1.4)
    assert back.load.centre_of_gravity[2] == pytest.approx((0.9 * 0.05 + 0.5 * 0.2) / 1.4, abs=1e-5)


@pytest.mark.parametrize(
    "text", ["", "//TOOL 0", "//TOOL 99\n///NAME A\n0,0,0,0,0,0\n0,0,0\n0", "//TOOL 0\n///NAME A\n0\n0\n0"]
)
def test_a_file_that_holds_no_tool_is_refused(text: str) -> None:
    with pytest.raises(InformError):
        ToolFile.decode(text.encode())

"""Every model file that the drivers ship: valid, with sources, physically possible."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from cellkit import registry
from cellkit.cell.kinds.table import kind_of_model
from cellkit.errors import ConfigError
from cellkit.geometry import Array, rotation_from_rpy
from cellkit.models import ArmModel, ParallelGripperModel, VacuumGripperModel
from cellkit.models.load import AnyModel, load_gripper, load_model, load_sensor
from cellkit.models.provenance import Figure, origins
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel
from cellkit.motion.kinematics import ArmKinematics
from cellkit.yamlfile import read_yaml, validate

FILES = sorted((Path(__file__).parents[2] / "drivers").glob("cellkit_*/models/*.yaml"))
NOT_READ_ANYWHERE = ("memory", "assumption")
REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")
STANDARD_FLANGE = re.compile(r"\d+(\.5)?-\d-M\d+")


def of_schema(schema: str) -> list[Path]:
    """Return the files of a schema by their first line: reading them whole would take seconds of each collection."""
    return [file for file in FILES if file.read_text(encoding="utf-8").startswith(f"schema: {schema}\n")]


ARMS = of_schema("cellkit/arm/1")
GRIPPERS = of_schema("cellkit/gripper/1")
SENSORS = of_schema("cellkit/sensor/1")


def load(file: Path) -> AnyModel:
    return load_model(str(file))


def stems(files: list[Path], kind: type) -> set[str]:
    return {file.stem for file in files if isinstance(load(file), kind)}


every_file = pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
every_arm = pytest.mark.parametrize("file", ARMS, ids=lambda file: file.stem)
every_gripper = pytest.mark.parametrize("file", GRIPPERS, ids=lambda file: file.stem)


def test_every_file_is_of_a_known_kind() -> None:
    assert sorted([*ARMS, *GRIPPERS, *SENSORS]) == FILES


def test_every_file_is_shipped_under_its_own_name() -> None:
    """Two files of the same name would hide each other."""
    assert {name: file.resolve() for name, file in registry.model_files().items()} == {
        file.stem: file.resolve() for file in FILES
    }


def test_all_vendors_have_a_model() -> None:
    assert {file.stem for file in ARMS} == {
        "crx-10ia", "fr3", "gofa", "gp7", "hc10", "iiwa14", "irb-120", "irb-1200", "kr6-r900", "lite6", "lrmate-200id",
        "rebel", "tx2-60", "ur10e", "ur20", "ur3e", "ur5e", "xarm6", "xarm7",
    }  # fmt: skip
    assert stems(GRIPPERS, ParallelGripperModel) == {"2f-140", "2f-85", "franka-hand", "rg2", "rg6", "wsg-50"}
    assert stems(GRIPPERS, VacuumGripperModel) == {"vacuum", "vg10"}
    assert stems(SENSORS, ForceTorqueModel) == {"axia80-m20", "gamma"}
    assert stems(SENSORS, DistanceModel) == {"ods9-450", "ogd592"}
    assert stems(SENSORS, ScannerModel) == {"lms111", "tim571"}


@every_file
def test_validates_and_is_called_like_its_file(file: Path) -> None:
    assert load(file).id == file.stem


@every_file
def test_a_driver_says_that_it_drives_it(file: Path) -> None:
    """Every model names its driver, on the wire or not: `cellkit run --path wire` needs the name."""
    spec = registry.driver_of_model(file.stem)
    assert spec is not None
    assert spec.package == file.parents[1].name
    for wire in spec.wires_of(kind_of_model(load(file)).name):
        assert set(wire.arms) <= set(registry.driver_names())


@every_file
def test_every_source_that_is_named_exists(file: Path) -> None:
    model = load(file)
    found = list(origins(model))
    assert len(found) >= 7
    assert [f"{path}: {origin.source}" for path, origin in found if origin.source not in model.sources] == []


@every_file
def test_nothing_from_memory_or_assumed_calls_itself_verified(file: Path) -> None:
    model = load(file)
    unread = {key for key, source in model.sources.items() if any(word in source.title for word in NOT_READ_ANYWHERE)}
    assert unread, "the marks of unread sources must stay recognisable"
    assert [path for path, origin in origins(model) if origin.verified and origin.source in unread] == []


@every_file
def test_unknown_figures_are_not_verified(file: Path) -> None:
    found = [path for path, it in origins(load(file)) if isinstance(it, Figure) and it.value is None and it.verified]
    assert found == []


@every_file
def test_repository_sources_name_commit_and_licence(file: Path) -> None:
    for key, source in load(file).sources.items():
        if REPOSITORY.fullmatch(source.title):
            assert "commit" in source.detail, key
            assert source.licence, key


@every_arm
def test_joint_axes_are_unit_vectors_along_an_axis(file: Path) -> None:
    for joint in validate(ArmModel, read_yaml(file)).kinematics.joints:
        assert sorted(abs(value) for value in joint.axis) == [0.0, 0.0, 1.0]


@every_arm
def test_link_masses_fit_the_mass_of_the_robot(file: Path) -> None:
    model = validate(ArmModel, read_yaml(file))
    if model.dynamics.links is None:
        assert not model.dynamics.provenance.verified
        return
    # The base does not count, and CAD volumes miss motors and cables.
    share = sum(link.mass for link in model.dynamics.links) / model.mass.known()
    assert 0.45 < share < 1.0


@every_arm
def test_inertias_are_possible(file: Path) -> None:
    model = validate(ArmModel, read_yaml(file))
    for number, link in enumerate(model.dynamics.links or [], 1):
        xx, xy, xz, yy, yz, zz = link.inertia
        smallest, middle, largest = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        assert smallest > 0, f"link {number}"
        assert smallest + middle >= largest * (1 - 1e-6), f"link {number} breaks the triangle rule"
        # The radius of gyration cannot exceed half the reach by any distribution of mass.
        assert np.sqrt(largest / link.mass) < model.reach.known() / 2, f"link {number}"
        assert np.linalg.norm(link.com) < model.reach.known() / 2, f"link {number}"


@every_arm
def test_figures_have_the_right_order_of_magnitude(file: Path) -> None:
    model = validate(ArmModel, read_yaml(file))
    assert 0.4 < model.reach.known() < 2.0
    assert 0.5 < model.payload.known() < 30.0
    assert 5.0 < model.mass.known() < 100.0
    assert 5e-6 < model.repeatability.known() < 2e-3
    limits = model.joint_limits()
    assert (limits.upper - limits.lower > 2.0).all()
    assert ((limits.velocity > 0.7) & (limits.velocity < 30.0)).all()
    # A joint gets to full speed in between 1/100 s and one second.
    assert ((limits.velocity / limits.acceleration > 0.01) & (limits.velocity / limits.acceleration < 1.0)).all()


@every_arm
def test_home_points_the_tool_down_in_front_of_the_base(file: Path) -> None:
    model = validate(ArmModel, read_yaml(file))
    pose = ArmKinematics(model).forward(model.home)
    reach = model.layout_reach or 0.0
    assert pose[2, 2] == pytest.approx(-1.0, abs=1e-5)
    assert max(pose[0, 0], pose[1, 0]) > 0.999, "the gripper closes along +x or +y of the base"
    assert pose[:2, 3] == pytest.approx((0.5 * reach, 0.0), abs=0.002)
    assert 0.35 * reach < pose[2, 3] < 0.75 * reach
    limits = model.joint_limits()
    assert np.minimum(model.home - limits.lower, limits.upper - model.home).min() > 0.3


@every_arm
def test_a_working_area_round_home_is_reached_without_changing_the_branch(file: Path) -> None:
    """Move straight down by a fifth of the reach, then to the corners, in small steps that move no joint far."""
    model = validate(ArmModel, read_yaml(file))
    kinematics = ArmKinematics(model)
    limits = model.joint_limits()
    reach = model.layout_reach or 0.0
    home = kinematics.forward(model.home)

    def travel(start: Array, goal: tuple[float, float, float]) -> Array:
        """Follow the straight line with the damped Jacobian: it cannot jump to another branch."""
        q = np.array(start, dtype=np.float64)
        first = kinematics.forward(q)[:3, 3].copy()
        for share in np.linspace(0.0, 1.0, 25)[1:]:
            target = first + (np.array(goal) - first) * share
            for _ in range(20):
                pose = kinematics.forward(q)
                turn = 0.5 * sum(np.cross(pose[:3, i], home[:3, i]) for i in range(3))
                error = np.concatenate([target - pose[:3, 3], turn])
                if np.linalg.norm(error) < 1e-6:
                    break
                jacobian = kinematics.jacobian(q)
                q = q + jacobian.T @ np.linalg.solve(jacobian @ jacobian.T + 1e-8 * np.eye(6), error)
            assert np.linalg.norm(error) < 1e-5, f"cannot follow the line to {goal}"
            assert limits.violation(q) is None, goal
        return q

    down = travel(np.array(model.home), (home[0, 3], home[1, 3], home[2, 3] - 0.2 * reach))
    low = float(kinematics.forward(down)[2, 3])
    for start, height in ((np.array(model.home), float(home[2, 3])), (down, low)):
        for x, y in ((0.45, -0.3), (0.45, 0.3), (0.65, -0.2), (0.65, 0.2)):
            there = travel(start, (x * reach, y * reach, height))
            assert np.abs(there - start).max() < 1.6


@every_arm
def test_wrist_limits_have_the_right_order_of_magnitude(file: Path) -> None:
    model = validate(ArmModel, read_yaml(file))
    for limits, lowest, highest in ((model.wrist.moment, 1.0, 100.0), (model.wrist.inertia, 0.01, 5.0)):
        if limits is not None:
            assert all(lowest < value < highest for value in limits.values)
            assert limits.values == sorted(limits.values, reverse=True), "the last joint bears least"


def test_a_wrist_has_no_more_limits_than_joints() -> None:
    data = read_yaml(next(file for file in ARMS if file.stem == "irb-120"))
    data.data["wrist"]["inertia"]["values"] = [0.1] * 7
    with pytest.raises(ConfigError, match=r"wrist\.inertia has 7 values, the arm has 6 joints"):
        validate(ArmModel, data)


def test_flange_codes_are_those_of_the_standard() -> None:
    """Compare with ISO 9409-1: pitch circle, number of holes, thread. A typing error would refuse parts that fit."""
    codes = {file.stem: load(file).flange_code.value for file in (*ARMS, *GRIPPERS)}
    codes |= {file.stem: load_sensor(str(file), ForceTorqueModel).flange_code.value for file in SENSORS[:2]}
    assert {"axia80-m20", "gamma"} <= set(codes)
    assert {stem: code for stem, code in codes.items() if code and not STANDARD_FLANGE.fullmatch(code)} == {}


@every_gripper
def test_fingers_end_just_beyond_the_tool_centre_point(file: Path) -> None:
    model = load_gripper(str(file))
    assert model.body_size[2] < model.tcp
    assert 0 < model.centre_of_gravity[2] < model.tcp
    if isinstance(model, ParallelGripperModel):
        assert model.body_size[2] + model.finger_size[2] == pytest.approx(model.tcp + 0.01, abs=0.005)
        assert 2 * model.finger_mass < 0.2 * model.mass.known()


@every_gripper
def test_inertia_of_a_gripper_is_possible(file: Path) -> None:
    model = load_gripper(str(file))
    load = model.load()
    smallest, middle, largest = np.linalg.eigvalsh(load.inertia)
    assert smallest > 0
    assert smallest + middle >= largest * (1 - 1e-6)
    assert np.sqrt(largest / load.mass) < np.linalg.norm((*model.body_size[:2], model.tcp)) / 2
    assert load.mass == model.mass.known()
    assert abs(model.turn) <= np.pi


@every_gripper
def test_figures_of_a_gripper_have_the_right_order_of_magnitude(file: Path) -> None:
    model = load_gripper(str(file))
    assert 0.2 < model.mass.known() < 2.0
    assert model.payload.value is None or 0.5 < model.payload.value < 20.0
    if isinstance(model, ParallelGripperModel):
        assert 0.05 < model.stroke.known() < 0.2
        assert model.stroke.known() <= model.body_size[0] + 2 * model.finger_size[0] + 0.06
        assert 1.0 < model.force_min.known() < model.force_max.known() < 300.0
        assert 0.004 < model.speed_min.known() < model.speed_max.known() < 0.5
    else:
        assert 10.0 < model.holding_force() < 500.0
        assert model.vacuum_max.known() < 101325, "a vacuum cannot exceed the ambient pressure"
        assert 0.01 < model.release_time.known() <= model.evacuation_time.known() < 1.0


def test_vacuum_payload_keeps_a_safety_factor_of_two() -> None:
    model = load_gripper("vacuum")
    assert isinstance(model, VacuumGripperModel)
    assert model.holding_force() == pytest.approx(75.4, abs=0.05)
    assert model.holding_force() / (model.payload.known() * (9.81 + 8.0)) >= 2.0


def test_cylinder_inertias_of_the_xarm_lie_along_their_links() -> None:
    """Two inertias of that source are impossible; cylinders between the joints replace them."""
    model = validate(ArmModel, read_yaml(next(file for file in ARMS if file.stem == "xarm6")))
    links = model.dynamics.links
    assert links is not None
    for number in (1, 2):
        to_next = np.array(model.kinematics.joints[number + 1].xyz)
        length = float(np.linalg.norm(to_next))
        mass, radius = links[number].mass, 0.05
        across = mass * (3 * radius**2 + length**2) / 12
        assert links[number].inertia == pytest.approx([mass * radius**2 / 2, 0, 0, across, 0, across], rel=1e-4)
        axis = rotation_from_rpy(*links[number].com_rpy)[:, 0]
        assert axis == pytest.approx(to_next / length, abs=1e-5)

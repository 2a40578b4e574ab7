"""A mistake in a model file is one error: the file, the line, the error and the valid values."""

from __future__ import annotations

from pathlib import Path

import pytest

from cellkit import registry
from cellkit.errors import ConfigError, DriverNotFound
from cellkit.models.load import load_arm, load_gripper, load_model, load_sensor, model_ids
from cellkit.models.sensor import DistanceModel, ForceTorqueModel, ScannerModel


def spoilt(folder: Path, name: str, old: str, new: str) -> Path:
    """Return a copy of a shipped model with one text replaced."""
    text = registry.model_files()[name].read_text(encoding="utf-8")
    assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {name}"
    file = folder / f"{name}.yaml"
    file.write_text(text.replace(old, new), encoding="utf-8")
    return file


@pytest.mark.parametrize(
    ("name", "old", "new", "at", "said"),
    [
        ("2f-85", "stroke: {value: 0.085", "stroke: {value: wide", "", "stroke.value: input should be a valid number"),
        ("2f-85", "stroke: {value: 0.085", "strok: {value: 0.085", "", "unknown key 'strok'; did you mean stroke?"),
        ("2f-85", "finger_mass: 0.04", "finger_mass: 0", "", "finger_mass: input should be greater than 0 (got 0)"),
        ("2f-85", "tcp: 0.163", "tcp: -0.163", "", "tcp: input should be greater than 0"),
        ("2f-85", "centre_of_gravity: [0, 0, 0.058]", "centre_of_gravity: [0, 0]", "", "centre_of_gravity: "),
        ("2f-85", "centre_of_gravity: [0, 0, 0.058]", "centre_of_gravity: [0, 0, .nan]", "", "finite number (got nan)"),
        ("2f-85", "kind: parallel", "kind: paralel", "", "kind: unknown kind 'paralel'; did you mean parallel?"),
        ("2f-85", "kind: parallel", "kind: vacuum", "stroke: ", "unknown key 'stroke'"),
        (
            "2f-85",
            "schema: cellkit/gripper/1",
            "schema: cellkit/gripper/2",
            "",
            "schema: expected one of cellkit/arm/1, ",
        ),
        ("franka-hand", "inertia: [0.000507, 0, 0.000018", "inertia: [0.000507, 0", "", "inertia: "),
        (
            "vacuum",
            "cup_diameter: {value: 0.04, ",
            "cup_diameter: {",
            "cup_diameter:",
            "'cup_diameter.value' is missing",
        ),
        ("gamma", "force_range: [130, 130, 400]", "force_range: [130, 130]", "", "force_range: "),
        ("gamma", "kind: force_torque", "kind: torque", "", "kind: unknown kind 'torque'"),
        ("gamma", "rate: {value: 1000", "rate: {valu: 1000", "", "unknown key 'rate.valu'; did you mean value?"),
        (
            "tim571",
            "frequency: {value: 15",
            "frequency: {value: '15'",
            "",
            "frequency.value: input should be a valid number",
        ),
        ("ogd592", "bit_offset: 48", "bit_offset: 49", "process_data:", "16 bits from bit 49 do not fit into 8 bytes"),
        ("ogd592", "scale: 0.001", "scale: 0", "", "io_link.process_data.scale: input should be greater than 0"),
        ("ogd592", "vendor_id: 310", "vendor_id: ifm", "", "io_link.vendor_id: input should be a valid integer"),
        ("ur5e", "home: ", "hom: ", "", "unknown key 'hom'; did you mean home?"),
        (
            "ur5e",
            "reaction: 0\n",
            "reaction: -1\n",
            "",
            "reaction: input should be greater than or equal to 0 (got -1)",
        ),
        (
            "ur5e",
            "[6.536, 3.392, ",
            "[6.536, ",
            "schema: ",
            "category_0.deceleration has 5 figures, the arm has 6 joints",
        ),
        (
            "ur5e",
            "damping: [5.159, ",
            "damping: [5.159, 1, ",
            "schema: ",
            "category_0.damping has 7 figures, the arm has 6",
        ),
        (
            "ur5e",
            "source: ur5_manual\n    verified: true\n    certainty: medium\n    condition: {load",
            "source: x\n    verified: true\n    certainty: medium\n    condition: {load",
            "schema: ",
            "category_0: the source 'x' is not listed under sources",
        ),
        (
            "ur5e",
            "category_2:\n    reaction: 0.024\n",
            "category_2:\n    reaction: 0.024\n    damping: [1, 1, 1, 1, 1, 1]\n",
            "stopping: ",
            "category_2: damping is for category_0",
        ),
        ("ur5e", "11.50, unknown", "11.50, unknwn", "", "deceleration"),
    ],
)
def test_mistakes_are_told_with_file_and_line(
    tmp_path: Path, name: str, old: str, new: str, at: str, said: str
) -> None:
    """Check the error; ``at`` is the text of the reported line where the mistake is on another line."""
    file = spoilt(tmp_path, name, old, new)
    with pytest.raises(ConfigError) as told:
        load_model(str(file))
    text = str(told.value)
    assert text.startswith(f"{file}:{told.value.line}: "), text
    assert said in text
    assert "\n" not in text
    assert told.value.line is not None
    line = file.read_text(encoding="utf-8").splitlines()[told.value.line - 1]
    assert at or new.partition(":")[0] in line, f"{text}, and the line is {line!r}"


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("2f-85", "speed_min: {value: 0.02", "speed_min: {value: 0.3", "a minimum is above its maximum"),
        ("2f-85", "force_min: {value: 20", "force_min: {value: 300", "a minimum is above its maximum"),
        ("2f-85", "force_min: {value: 20", "force_min: {value: null", "this figure is not known"),
    ],
)
def test_figures_that_contradict_one_another(tmp_path: Path, name: str, old: str, new: str, said: str) -> None:
    file = spoilt(tmp_path, name, old, new)
    with pytest.raises(ConfigError, match=said) as told:
        load_gripper(str(file))
    assert told.value.file == file.absolute()
    assert told.value.line is not None


def test_a_model_of_another_kind_is_told_with_those_that_would_do() -> None:
    with pytest.raises(ConfigError, match="'gamma' is a sensor, expected a gripper; valid: 2f-140, 2f-85, franka-hand"):
        load_gripper("gamma")
    with pytest.raises(ConfigError, match="'franka-hand' is a gripper, expected an arm; valid: crx-10ia"):
        load_arm("franka-hand")
    with pytest.raises(ConfigError, match="'ur5e' is an arm, expected a sensor; valid: axia80-m20, gamma"):
        load_sensor("ur5e", ScannerModel)
    for name, kind, said in (
        ("gamma", DistanceModel, "'gamma' is a sensor of kind force_torque, expected proximity"),
        ("ogd592", ScannerModel, "'ogd592' is a sensor of kind proximity, expected scanner"),
        ("tim571", ForceTorqueModel, "'tim571' is a sensor of kind scanner, expected force_torque"),
    ):
        with pytest.raises(ConfigError, match=said):
            load_sensor(name, kind)


def test_an_unknown_model_is_told_with_its_neighbours() -> None:
    with pytest.raises(DriverNotFound, match=r"unknown model 'tim517'; did you mean tim571\?"):
        load_model("tim517")


def test_files_that_are_no_models(tmp_path: Path) -> None:
    for content, said in (
        ("- 1\n", "schema: expected one of cellkit/arm/1, "),
        ("schema: cellkit/gripper/1\n", "'kind' is missing; valid: parallel, vacuum"),
        ("schema: cellkit/sensor/1\nkind: [1]\n", "kind: unknown kind '[1]'; valid: force_torque, proximity, scanner"),
        ("name: nothing\n", "schema: expected one of cellkit/arm/1, cellkit/gripper/1, cellkit/sensor/1, not None"),
        ("", "is empty"),
    ):
        # Each file has a name of its own: a loaded file is not read again.
        file = tmp_path / f"{len(content)}.yaml"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(ConfigError) as told:
            load_model(str(file))
        assert str(told.value).startswith(str(file))
        assert said in str(told.value)
    with pytest.raises(ConfigError, match="no such file"):
        load_model(str(tmp_path / "nowhere.yaml"))


def test_ids_by_kind_share_nothing_and_leave_nothing_out() -> None:
    kinds = {kind: set(model_ids(kind)) for kind in ("arm", "gripper", "sensor")}
    assert sum(len(ids) for ids in kinds.values()) == len(registry.model_files())
    assert set().union(*kinds.values()) == set(registry.model_files())

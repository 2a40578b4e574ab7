"""Nothing claims more than its evidence: the quality records against the code and the tests there are."""

from __future__ import annotations

import inspect
from importlib.resources import files
from pathlib import Path

import pytest

from cellkit import registry
from cellkit.cell.wire import virtual_controller
from cellkit.controller.plant import ArmPlant
from cellkit.controller.world import WorldSettings
from cellkit.devices import Freedrive, Servoing
from cellkit.devices.wired import WiredArm
from cellkit.errors import ConfigError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm, model_ids
from cellkit.quality import Level, quality, wire_drivers
from cellkit.registry import DriverSpec

ROOT = Path(__file__).parents[2]
DRIVERS = {spec.name: spec for spec in wire_drivers()}
EIGHT = {"ur", "fanuc", "abb", "kuka", "yaskawa", "ufactory", "franka", "igus"}
each_driver = pytest.mark.parametrize("spec", DRIVERS.values(), ids=DRIVERS)


def test_the_eight_makers_are_there() -> None:
    assert set(DRIVERS) >= EIGHT


@each_driver
def test_the_package_has_the_shape_of_all_others(spec: DriverSpec) -> None:
    folder = Path(str(files(spec.package)))
    for name in ("__init__.py", "config.py", "driver.py", "virtual.py", "rig.py", "quality.toml", "protocol"):
        assert (folder / name).exists(), f"{spec.package} lacks {name}"


@each_driver
def test_models_are_those_of_the_package(spec: DriverSpec) -> None:
    record = quality(spec)
    assert record.driver == spec.name
    shipped = [
        model
        for model in model_ids("arm")
        if (owner := registry.driver_of_model(model)) is not None and owner.name == spec.name
    ]
    assert sorted(record.models) == shipped


@each_driver
def test_abilities_are_those_of_the_class(spec: DriverSpec) -> None:
    assert spec.arm is not None
    arm = registry.load_object(spec.arm)
    assert issubclass(arm, WiredArm)  # type: ignore[arg-type]
    kinds = {"servoing": Servoing, "freedrive": Freedrive}
    assert quality(spec).abilities == [name for name, kind in kinds.items() if issubclass(arm, kind)]  # type: ignore[arg-type]


@each_driver
def test_every_piece_of_evidence_names_a_test_that_exists(spec: DriverSpec) -> None:
    evidence = quality(spec).evidence
    assert evidence.codec, "no bytes from elsewhere"
    assert evidence.virtual
    for piece in [*evidence.codec, *evidence.virtual, *evidence.client]:
        assert (ROOT / piece.test).is_file(), f"{piece.test} is no file"
    for one in evidence.client:
        assert piece_is_client_test(ROOT / one.test), f"{one.test} is no test of an independent client"
        if one.by_hand:
            continue
        folder = (ROOT / one.test).parent
        pinned = "\n".join(file.read_text() for file in folder.glob("requirements*.txt")).lower().replace("_", "-")
        assert f"{one.name.lower().replace('_', '-')}" in pinned, f"{one.name} is not pinned in {folder}"


def piece_is_client_test(file: Path) -> bool:
    return "clients" in file.parts and "pytest.mark.clients" in file.read_text()


@each_driver
def test_hardware_is_claimed_only_with_evidence(spec: DriverSpec) -> None:
    assert spec.arm is not None
    proven = registry.load_object(spec.arm).proven_on_hardware  # type: ignore[attr-defined]
    assert proven is (quality(spec).evidence.reached is Level.HARDWARE)


@each_driver
def test_rules_that_are_not_kept_say_why(spec: DriverSpec) -> None:
    for name, text in quality(spec).rules.items():
        kind, _, why = text.partition(":")
        assert kind in ("exempt", "todo"), f"{name}: {text}"
        assert len(why.strip()) > 10, f"{name}: {text}"


@each_driver
def test_endpoints_and_settings_have_the_same_names_and_ports(spec: DriverSpec) -> None:
    assert spec.virtual is not None
    assert spec.config is not None
    endpoints = registry.load_object(spec.virtual).ENDPOINTS  # type: ignore[attr-defined]
    config = registry.load_object(spec.config)()
    ports = {name.removesuffix("_port"): port for name, port in config.model_dump().items() if name.endswith("_port")}
    assert ports == {name: end.port for name, end in endpoints.items() if name in ports}
    assert set(ports) <= set(endpoints)


@each_driver
def test_a_virtual_controller_refuses_an_endpoint_it_has_not(spec: DriverSpec) -> None:
    from cellkit.timing import run
    from cellkit.transport import MemoryNetwork

    model = load_arm(quality(spec).models[0])
    world = registry.world("kinematic").create(WorldSettings())
    plant: ArmPlant = world.add_arm("arm", model, Pose.from_rpy((0.0, 0.0, 1.0), frame="world")).arm

    async def start() -> None:
        await virtual_controller(spec, "arm", model, plant).start(MemoryNetwork(), ports={"nonsense": 1})

    with pytest.raises(ConfigError, match="nonsense"):
        run(start())


def test_public_classes_of_all_drivers_say_what_they_are() -> None:
    for spec in DRIVERS.values():
        for reference in (spec.arm, spec.config, spec.virtual):
            assert reference is not None
            assert inspect.getdoc(registry.load_object(reference)), f"{reference} has no docstring"

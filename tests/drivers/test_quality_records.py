"""Nothing claims more than its evidence: the quality records against the code and the tests there are."""

from __future__ import annotations

import inspect
from importlib.resources import files
from pathlib import Path

import pytest

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.cell.kinds.table import kind_of_model
from cellkit.cell.kinds.wire_error import SIGNALS
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import Freedrive, OwnSignals, Servoing
from cellkit.devices.wired import Wired
from cellkit.errors import ConfigError
from cellkit.models.load import load_model, model_ids
from cellkit.quality import Level, quality, wire_drivers
from cellkit.registry import DriverSpec, WireSpec
from cellkit.timing import run
from cellkit.transport import MemoryNetwork

ROOT = Path(__file__).parents[2]
DRIVERS = {spec.name: spec for spec in wire_drivers()}
EIGHT = {"ur", "fanuc", "abb", "kuka", "yaskawa", "ufactory", "franka", "igus"}
each_driver = pytest.mark.parametrize("spec", DRIVERS.values(), ids=DRIVERS)


def test_the_eight_vendors_are_there() -> None:
    assert set(DRIVERS) >= EIGHT


@each_driver
def test_the_package_has_the_shape_of_all_others(spec: DriverSpec) -> None:
    folder = Path(str(files(spec.package)))
    needed = ["__init__.py", "config.py", "driver.py", "quality.toml"]
    if any(wire.simulated for wire in spec.wires):
        needed += ["virtual.py", "rig.py"]
    if any(wire.protocol != SIGNALS for wire in spec.wires):
        needed.append("protocol")
    for name in needed:
        assert (folder / name).exists(), f"{spec.package} lacks {name}"


@each_driver
def test_kinds_of_devices_are_those_of_the_package(spec: DriverSpec) -> None:
    assert quality(spec).devices == list(dict.fromkeys(wire.kind for wire in spec.wires))


@each_driver
def test_models_are_those_of_the_package(spec: DriverSpec) -> None:
    record = quality(spec)
    assert record.driver == spec.name
    shipped = [
        model
        for kind in ("arm", "gripper", "sensor")
        for model in model_ids(kind)
        if (owner := registry.driver_of_model(model)) is not None and owner.name == spec.name
    ]
    assert sorted(record.models) == sorted(shipped)


@each_driver
def test_abilities_are_those_of_the_class(spec: DriverSpec) -> None:
    kinds = {"servoing": Servoing, "freedrive": Freedrive, "own signals": OwnSignals}
    found = []
    for wire in spec.wires:
        device = registry.load_object(wire.device)
        if wire.protocol != SIGNALS:
            assert issubclass(device, Wired)  # type: ignore[arg-type]
        found += [name for name, kind in kinds.items() if issubclass(device, kind)]  # type: ignore[arg-type]
    assert quality(spec).abilities == list(dict.fromkeys(found))


@each_driver
def test_every_piece_of_evidence_names_a_test_that_exists(spec: DriverSpec) -> None:
    evidence = quality(spec).evidence
    if any(wire.protocol != SIGNALS for wire in spec.wires):
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
    for wire in spec.wires:
        device = registry.load_object(wire.device)
        if wire.protocol != SIGNALS:
            assert device.proven_on_hardware is (quality(spec).evidence.reached is Level.HARDWARE)  # type: ignore[attr-defined]


@each_driver
def test_rules_that_are_not_kept_say_why(spec: DriverSpec) -> None:
    for name, text in quality(spec).rules.items():
        kind, _, why = text.partition(":")
        assert kind in ("exempt", "todo"), f"{name}: {text}"
        assert len(why.strip()) > 10, f"{name}: {text}"


EACH_WIRE = [wire for spec in DRIVERS.values() for wire in spec.wires if wire.protocol != SIGNALS]
each_wire = pytest.mark.parametrize("wire", EACH_WIRE, ids=lambda wire: f"{wire.kind}-{wire.protocol}")


@each_wire
def test_endpoints_and_settings_have_the_same_names_and_ports(wire: WireSpec) -> None:
    if wire.virtual is None:
        pytest.skip("a part of its arm's own controller, or nobody pretends it")
    endpoints = registry.load_object(wire.virtual).ENDPOINTS  # type: ignore[attr-defined]
    settings = registry.load_object(wire.config)().model_dump()
    ports = {name.removesuffix("_port"): port for name, port in settings.items() if name.endswith("_port")}
    lines = {name.removesuffix("_line") for name in settings if name.endswith("_line")}
    wired = {name: end for name, end in endpoints.items() if end.transport != "serial"}
    assert ports == {name: end.port for name, end in wired.items() if name in ports}
    assert set(ports) <= set(wired)
    assert lines == {name for name, end in endpoints.items() if end.transport == "serial"}


@each_wire
def test_a_virtual_device_refuses_an_endpoint_it_has_not(wire: WireSpec) -> None:
    if wire.virtual is None:
        pytest.skip("a part of its arm's own controller, or nobody pretends it")
    spec = next(spec for spec in DRIVERS.values() if wire in spec.wires)
    models = [load_model(name) for name in quality(spec).models]
    model = next((one for one in models if kind_of_model(one).name == wire.kind), None)
    world = create_world("kinematic", WorldSettings())

    async def start() -> None:
        await DeviceBench(wire, model, world).virtual.start(MemoryNetwork(), ports={"nonsense": 1})

    with pytest.raises(ConfigError, match="nonsense"):
        run(start())


def test_public_classes_of_all_drivers_say_what_they_are() -> None:
    for wire in EACH_WIRE:
        for reference in (wire.device, wire.config, wire.virtual):
            assert reference is None or inspect.getdoc(registry.load_object(reference)), f"{reference} has no docstring"

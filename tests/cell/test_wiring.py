"""Which driver and protocol reach a device, with which settings; what is wrong is told with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest
from cell_rig import Job

from cellkit import registry
from cellkit.cell.driver_selection import settings_of, simulated, wire_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.kinds.table import cell_kind, kind_of_model
from cellkit.cell.kinds.wire_error import WireError
from cellkit.devices.wired import DriverConfig, SerialConfig
from cellkit.errors import ConfigError
from cellkit.models.load import load_arm, load_model

ARM = "robot: {kind: arm, model: ur5e}"


def hand(arm: str, model: str, wire: str = "") -> str:
    return f"robot: {{kind: arm, model: {arm}}}\nhand: {{kind: gripper, model: {model}, on: robot{wire}}}"


# --- in a cell file ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("devices", "line", "said"),
    [
        (
            "robot:\n  kind: arm\n  model: ur5e\n  wire:\n    settings:\n      hosst: 10.0.0.1",
            9,
            "hosst: no such setting; did you mean host, local_host?",
        ),
        (
            "robot:\n  kind: arm\n  model: ur5e\n  wire:\n    settings:\n      host: 7",
            9,
            "host: input should be a valid string (got 7)",
        ),
        (
            "robot:\n  kind: arm\n  model: ur5e\n  wire:\n    protocol: rtdee",
            8,
            "driver 'ur' has no protocol 'rtdee' for this; did you mean rtde?",
        ),
        (
            "robot:\n  kind: arm\n  model: ur5e\n  wire:\n    driver: fanuk",
            8,
            "no driver 'fanuk' for a device of this kind; did you mean fanuc, franka?",
        ),
        (
            "robot:\n  kind: arm\n  model: ur5e\n  wire:\n    driver: modbus",
            8,
            "no driver 'modbus' for a device of this kind; valid: abb, fanuc",
        ),
        (
            "robot: {kind: arm, model: tx2-60}",
            4,
            "no wire path for tx2-60: cellkit has models of Stäubli, and no wire driver yet; --path direct needs none",
        ),
        (
            f"{ARM}\nbeam: {{kind: proximity, pose: {{xyz: [0, 0, 1]}}}}",
            5,
            "the wire path needs to know which sensor it is (`model: …`)",
        ),
        (f"{ARM}\nwrist: {{kind: force_torque, on: robot}}", 5, "the wire path needs to know which sensor it is"),
        (
            f"{ARM}\nio: {{kind: digital_io, inputs: [a]}}",
            5,
            "the wire path needs a model, or a driver for it (`wire: {driver: …}`): iolink, modbus",
        ),
        (
            f"{ARM}\nbeam:\n  kind: proximity\n  model: ogd592\n  pose: {{xyz: [0, 0, 1]}}\n"
            "  wire:\n    settings: {prt: 3}",
            10,
            "prt: no such setting; did you mean port",
        ),
        (
            f"{ARM}\nio: {{kind: digital_io, on: robot, inputs: [a], wire: {{driver: modbus}}}}",
            5,
            "its signals are those of 'robot' and use the wire of 'robot': select no other",
        ),
        (
            hand("ur5e", "franka-hand"),
            5,
            "no wire path for franka-hand on ur5e: it is reached through an arm of Franka Robotics",
        ),
        (
            hand("crx-10ia", "2f-85", ", wire: {protocol: urcap}"),
            5,
            "no wire path for 2f-85 on crx-10ia: it is reached through an arm of Universal Robots",
        ),
    ],
)
def test_what_the_wire_path_cannot_do(job: Job, devices: str, line: int, said: str) -> None:
    job.write(devices)
    job.plan()  # all of it may still be simulated on the direct path
    with pytest.raises(ConfigError) as told:
        job.checked()
    assert str(told.value).startswith(f"{job.file}:{line}: {said}"), told.value


@pytest.mark.parametrize("key", ["protcol", "setting", "host"])
def test_keys_of_a_wire_that_are_none(job: Job, key: str) -> None:
    job.write(f"robot:\n  kind: arm\n  model: ur5e\n  wire:\n    {key}: x")
    with pytest.raises(ConfigError, match=rf"cell.yaml:8: unknown key 'devices.robot.wire.{key}'"):
        job.plan()


def test_an_arm_of_ones_own_needs_a_driver(job: Job) -> None:
    text = registry.model_files()["ur5e"].read_text(encoding="utf-8").replace("id: ur5e", "id: own", 1)
    (job.file.parent / "own.yaml").write_text(text, encoding="utf-8")
    job.write("robot: {kind: arm, model: own.yaml}")
    with pytest.raises(ConfigError, match="no wire path for own: it is a model of your own, and no installed driver"):
        job.checked()
    job.write("robot: {kind: arm, model: own.yaml, wire: {driver: ur}}")
    job.checked()


def test_protocols_chosen_for_one_run_replace_those_of_the_file(job: Job) -> None:
    job.write(hand("ur5e", "2f-85", ", wire: {protocol: urcap, settings: {open_position: 5}}"))
    assert job.plan().wires["hand"].protocol == "urcap"
    changed = job.plan(protocols={"hand": "modbus-rtu"}).wires
    assert changed["hand"].protocol == "modbus-rtu"
    assert changed["hand"].settings == {"open_position": 5}, "the settings stay"
    assert changed["robot"] == WireConfig()


@pytest.mark.parametrize(
    ("arm", "role", "protocol", "said"),
    [
        ("ur5e", "hand", "modbus", "driver 'robotiq' has no protocol 'modbus' for this; did you mean modbus-rtu?"),
        ("ur5e", "robot", "urcap", "driver 'ur' has no protocol 'urcap' for this; valid: rtde"),
        ("gp7", "hand", "urcap", "no wire path for 2f-85 on gp7: it is reached through an arm of Universal Robots"),
        ("ur5e", "eye", "gige", "a camera is simulated without a wire, so it speaks no protocol"),
        ("ur5e", "own", "modbus-tcp", "its signals are those of 'robot' and use the wire of 'robot': select no other"),
    ],
)
def test_what_is_wrong_with_a_chosen_protocol_is_not_the_files_fault(
    job: Job, arm: str, role: str, protocol: str, said: str
) -> None:
    job.write(
        hand(arm, "2f-85", ", adapter: {thickness: 0.01, mass: 0.1}")
        + "\neye: {kind: camera, pose: {xyz: [0, 0, 1]}}\nown: {kind: digital_io, on: robot, inputs: {a: 1}}"
    )
    job.checked()
    with pytest.raises(ConfigError) as told:
        job.checked(protocols={role: protocol})
    assert str(told.value).startswith(f"--protocol {role}={protocol}: {said}")


def test_settings_that_do_not_fit_a_chosen_protocol_are_told_with_their_line(job: Job) -> None:
    job.write(hand("ur5e", "2f-85", ", wire: {protocol: modbus-rtu, settings: {unit: 5}}"))
    job.checked()
    with pytest.raises(ConfigError, match=r"cell.yaml:5: unit: no such setting; valid: answer_timeout, "):
        job.checked(protocols={"hand": "urcap"})


def test_a_camera_needs_no_wire(job: Job) -> None:
    job.write(f"{ARM}\neye: {{kind: camera, pose: {{xyz: [0, 0, 1]}}}}")
    job.checked()
    assert {kind for kind in registry.kinds() if not cell_kind(kind).wired_in_simulation} == {"camera"}


# --- the choice itself ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(registry.model_files()))
def test_every_shipped_model_has_its_way_or_says_why_not(name: str) -> None:
    model = load_model(name)
    spec = registry.driver_of_model(name)
    assert spec is not None
    wires = spec.wires_of(kind_of_model(model).name)
    carriers = [arm for wire in wires for arm in wire.arms]
    arm = {"ur": "ur5e", "franka": "fr3"}.get(carriers[0]) if carriers else "ur5e"
    if name == "tx2-60":
        with pytest.raises(WireError, match="no wire driver yet"):
            wire_of("arm", model, WireConfig())
        return
    driver, wire = wire_of(kind_of_model(model).name, model, WireConfig(), load_arm(arm or "ur5e"))
    assert driver is spec
    assert wire is wires[0], "the usual one is the first"
    for reference in (wire.device, wire.config, *([wire.virtual] if wire.virtual else [])):
        assert callable(registry.load_object(reference))


def test_a_gripper_that_some_arms_reach_otherwise_takes_the_first_way_that_fits() -> None:
    model = load_model("2f-85")
    on_ur = wire_of("jaws", model, WireConfig(), load_arm("ur5e"))[1]
    on_other = wire_of("jaws", model, WireConfig(), load_arm("gp7"))[1]
    assert (on_ur.protocol, on_other.protocol) == ("urcap", "modbus-rtu")
    assert wire_of("jaws", model, WireConfig(protocol="urcap"), load_arm("ur5e"))[1].arms == ("ur",)


def test_a_kind_that_one_driver_offers_needs_no_name() -> None:
    offering = {
        kind: [
            name
            for name in registry.driver_names()
            if any(wire.simulated for wire in registry.driver(name).wires_of(kind))
        ]
        for kind in registry.kinds()
    }
    for kind in ("analog_io", "code_reader", "machine"):
        assert len(offering[kind]) == 1
        assert wire_of(kind, None, WireConfig())[0].name == offering[kind][0]
    assert offering["camera"] == []
    with pytest.raises(WireError, match=r"or a driver for it \(`wire: {driver: …}`\): opcua"):
        wire_of("camera", None, WireConfig())
    with pytest.raises(WireError, match="the wire path needs a model, or a driver for it"):
        wire_of("io", None, WireConfig())
    assert wire_of("io", None, WireConfig(driver="modbus"))[0].name == "modbus"


def test_errors_say_where_in_the_entry() -> None:
    ur5e = load_arm("ur5e")
    for chosen, at in ((WireConfig(protocol="x"), ("wire", "protocol")), (WireConfig(driver="x"), ("wire", "driver"))):
        with pytest.raises(WireError) as told:
            wire_of("arm", ur5e, chosen)
        assert told.value.at == at
    _, wire = wire_of("arm", ur5e, WireConfig())
    with pytest.raises(WireError) as told:
        settings_of(wire, WireConfig(settings={"x": 1}))
    assert told.value.at == ("wire", "settings", "x")


def all_wires() -> list[object]:
    found = {}
    for name in registry.driver_names():
        for wire in registry.driver(name).wires:
            if wire.simulated:  # the others must be told where they are
                found[f"{name}-{wire.kind}-{wire.protocol}"] = wire
    return [pytest.param(wire, id=name) for name, wire in found.items()]


@pytest.mark.parametrize("wire", all_wires())
def test_every_drivers_settings_have_defaults_and_refuse_what_there_is_not(wire: registry.WireSpec) -> None:
    config = settings_of(wire, WireConfig())
    assert isinstance(config, DriverConfig)
    assert config.host == "127.0.0.1", "nobody's machine is spoken to before somebody says so"
    assert config.far is None or isinstance(config, SerialConfig)
    with pytest.raises(WireError, match="no_such_thing: no such setting; "):
        settings_of(wire, WireConfig(settings={"no_such_thing": 1}))
    with pytest.raises(WireError, match="host: input should be a valid string"):
        settings_of(wire, WireConfig(settings={"host": None}))


# --- in a simulated cell ----------------------------------------------------------------------------------------------


class Settings(DriverConfig):
    as_installed = ("password",)
    motion_port: int = 30003
    password: str = "easy"
    unit: int = 9


def test_a_pretended_device_has_the_vendors_ports_and_an_address_of_its_own() -> None:
    real = Settings(host="10.0.0.7", local_host="10.0.0.1", motion_port=40000, password="secret", unit=5)
    here = simulated(real, "127.0.0.4", {})
    assert (here.host, here.local_host) == ("127.0.0.4", "127.0.0.4")
    assert here == Settings(host="127.0.0.4", local_host="127.0.0.4", unit=5), "how it is wired up stays"
    assert real.host == "10.0.0.7"


def test_serial_lines_are_those_of_the_pretended_device() -> None:
    wire = next(wire for wire in registry.driver("robotiq").wires if wire.protocol == "modbus-rtu")
    real = settings_of(wire, WireConfig())
    assert isinstance(real, SerialConfig)
    (name,) = [field for field in type(real).model_fields if field.endswith("_line")]
    here = simulated(real, "127.0.0.2", {name.removesuffix("_line"): "far end"})
    assert isinstance(here, SerialConfig)
    assert here.line == "far end"
    assert here.far is None


@pytest.mark.parametrize(
    ("line", "far"), [("/dev/ttyUSB0", "/dev/ttyUSB0"), ("/dev/pts/3", None), ("rtu@127.0.0.2", None)]
)
def test_a_serial_port_is_far_but_a_pseudo_terminal_is_not(line: str, far: str | None) -> None:
    wire = next(wire for wire in registry.driver("robotiq").wires if wire.protocol == "modbus-rtu")
    kind: type[SerialConfig] = registry.load_object(wire.config)  # type: ignore[assignment]
    (name,) = [field for field in kind.model_fields if field.endswith("_line")]
    assert kind(**{name: line}).far == far


def test_the_cell_file_stays_where_it_is(job: Job) -> None:
    """A planned wire holds what the file says, whatever a simulation makes of it."""
    job.write("robot: {kind: arm, model: ur5e, wire: {settings: {host: 192.168.1.5}}}")
    plan = job.checked()
    job.build("wire").world.close()
    assert plan.wires["robot"].settings == {"host": "192.168.1.5"}
    assert Path(plan.document.file) == job.file

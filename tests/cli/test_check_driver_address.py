"""`cellkit check-driver --address`: the safe rules against a device at an address, which must not move."""

from __future__ import annotations

import ast
import inspect
import json
import re
import subprocess
import textwrap
from typing import Any

import pytest
from cli_rig import COMMAND, Call

from cellkit import registry
from cellkit.errors import ConfigError
from cellkit.testing.address import NO_BENCH, AddressRig, read_ports
from cellkit.testing.contract import is_safe

PATIENCE = 120.0
HOST = "127.0.0.83"
MOVING = {"move_joint", "move_pose", "move_linear", "move_circular", "move_path", "move", "grip", "release", "stop"}


def check_driver(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, "check-driver", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE, check=False)


def states(output: str) -> list[str]:
    """Return the states that a served virtual device has printed."""
    return [line["state"] for line in map(json.loads, output.splitlines()) if "state" in line]


def joints(state: str) -> str:
    found = re.search(r"joints (.*) deg", state)
    assert found is not None, state
    return found[1]


@pytest.mark.long
def test_a_driver_is_checked_against_a_served_controller_whose_arm_does_not_move() -> None:
    served = [*COMMAND, "virtual", "ur5e", "--host", HOST, "--json"]
    process = subprocess.Popen(
        served, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline())["host"] == HOST
        done = check_driver("ur", "--address", HOST)
        assert done.returncode == 0, done.stdout + done.stderr
        assert re.search(r"\b16 passed", done.stdout), done.stdout
        assert "skipped" not in done.stdout, done.stdout
        output, _ = process.communicate("quit\n", timeout=PATIENCE)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    seen = states(output)
    assert seen
    assert len({joints(state) for state in seen}) == 1, seen
    assert all("standing" in state for state in seen)
    assert any("program playing" in state for state in seen), "the driver was never connected"


def test_an_address_without_a_device_is_one_clear_line() -> None:
    done = check_driver("ur", "--address", "127.0.0.84")
    assert done.returncode in (1, 2)
    assert done.stderr.startswith("cellkit: error: ")
    assert done.stderr.count("\n") == 1
    assert "127.0.0.84" in done.stderr
    assert "Traceback" not in done.stderr + done.stdout
    assert done.stdout == ""


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("ur", "--port", "rtde=30004"), "--port needs --address"),
        (("ur", "--address", HOST, "--port", "rtde"), "--port rtde: expected ENDPOINT=N"),
        (("ur", "--address", HOST, "--port", "rtd=30004"), "driver 'ur' has no such endpoint; did you mean rtde?"),
        (("ur", "--address", HOST, "--port", "rtde=0"), "--port rtde=0: expected a number from 1 to 65535"),
        (("ur", "--address", HOST, "--port", "rtde=x"), "--port rtde=x: expected a number from 1 to 65535"),
        (("virtual", "--address", HOST), "driver 'virtual' speaks no protocol"),
        (("ur", "--address", HOST, "--model", "ur5"), "did you mean ur5e"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_reached(
    cellkit: Call, arguments: tuple[str, ...], reason: str
) -> None:
    assert reason in cellkit("check-driver", *arguments).complaint()


def test_one_address_is_one_device_and_its_parts() -> None:
    assert AddressRig("ur", HOST, {}).kinds(None) == [("arm", "ur5e"), ("analog_io", None), ("io", None)]
    assert AddressRig("onrobot", HOST, {}).kinds("vg10") == [("vacuum", "vg10")]
    assert len(AddressRig("onrobot", HOST, {}).kinds(None)) == 1
    assert [kind for kind, _ in AddressRig("modbus", HOST, {}).kinds(None)] == ["io", "analog_io"]


def test_ports_and_lines_reach_the_settings_and_select_the_protocol() -> None:
    rig: Any = AddressRig("robotiq", HOST, {"urcap": "4001"}).rig("jaws", None)
    assert (rig.config.host, rig.config.urcap_port) == (HOST, 4001)
    rig = AddressRig("robotiq", HOST, {"rtu": "/dev/pts/7"}).rig("jaws", None)
    assert (rig.wire.protocol, rig.config.rtu_line) == ("modbus-rtu", "/dev/pts/7")
    with pytest.raises(ConfigError, match="expected ENDPOINT=N"):
        read_ports(["=3"])


@pytest.mark.parametrize("kind", ["arm", "io", "analog_io"])
def test_a_rig_at_an_address_lacks_everything_of_a_bench(kind: str) -> None:
    rig = AddressRig("ur", HOST, {}).rig(kind, None)
    wanted = {"bench", "drop_link", "restore_link", "fall_silent"}
    wanted |= {"arm": {"true_joints", "protective_stop", "stall", "plant"}}.get(kind, {"set_input", "output"})
    assert wanted <= set(rig.lacks)
    assert set(rig.lacks.values()) == {NO_BENCH}


@pytest.mark.parametrize("kind", list(registry.kinds()))
def test_safe_rules_use_no_bench_and_await_no_command_but_in_a_refusal(kind: str) -> None:
    """One mark on a rule decides; this holds the marks against what the rules do."""
    contract: Any = registry.load_object(registry.kind(kind).contract)
    rules = {name: getattr(contract, name) for name in dir(contract) if name.startswith("test_")}
    safe = {name: rule for name, rule in rules.items() if is_safe(rule)}
    assert any("connects_and_closes" in name for name in safe)
    assert len(safe) < len(rules)
    for name, rule in safe.items():
        tree = ast.parse(textwrap.dedent(inspect.getsource(rule.rule)))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        benches = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute) and _is(node.value, "rig")}
        assert benches <= {"device", "close"}, f"{name} uses the bench: {benches}"
        awaited = {
            node.value.func.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Await)
            and isinstance(node.value, ast.Call)
            and isinstance(node.value.func, ast.Attribute)
        }
        allowed = {"stop"} if "not_connected" in name else set()
        assert not awaited & (MOVING - allowed), f"{name} awaits a command: {awaited & MOVING}"
        assert not used & {"write", "set_freedrive", "servo_joint", "zero"}, f"{name} writes"


def _is(node: ast.expr, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

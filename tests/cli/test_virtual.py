"""`cellkit virtual`: real ports, switches, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest
from cli_rig import COMMAND, Call

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.cli.virtual import find_wire
from cellkit.controller.world import WorldSettings, create_world
from cellkit.transport.network import refusal

PATIENCE = 60.0
ONE_OF_EACH = ["ur5e", "crx-10ia", "irb-120", "kr6-r900", "gp7", "xarm6", "fr3", "rebel"]


def endpoints(model: str) -> dict[str, str]:
    """Return the names of the listening endpoints of a model's virtual controller, with their transport."""
    wire, loaded = find_wire(model, None)
    device = DeviceBench(wire, loaded, create_world("kinematic", WorldSettings())).virtual
    return {name: end.transport for name, end in device.ENDPOINTS.items() if not end.outgoing}


@contextmanager
def serving(model: str, *options: str) -> Iterator[subprocess.Popen[str]]:
    command = [*COMMAND, "virtual", model, *options]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=PATIENCE)


def free_ports(model: str) -> list[str]:
    return [word for name in endpoints(model) for word in ("--port", f"{name}=0")]


# Over real ports the arms of all vendors are stopped and killed too: tests/cell/test_end_signals.py.
@pytest.mark.parametrize(
    "model", [*ONE_OF_EACH[:2], *(pytest.param(model, marks=pytest.mark.long) for model in ONE_OF_EACH[2:])]
)
def test_it_serves_real_ports_and_ends_cleanly_on_ctrl_c(model: str) -> None:
    with serving(model, "--json", *free_ports(model)) as process:
        assert process.stdout is not None
        ready = json.loads(process.stdout.readline())
        assert ready["serving"] == model
        assert ready["host"] == "127.0.0.1"
        for name, transport in endpoints(model).items():
            port = ready["ports"][name]
            assert port > 0
            if transport == "tcp":
                socket.create_connection(("127.0.0.1", port), timeout=PATIENCE).close()
        state = json.loads(process.stdout.readline())
        assert "automatic" in state["state"]
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=PATIENCE)
        assert process.returncode == 130
        assert "Traceback" not in errors
        assert errors.strip() == "cellkit: the virtual controller was ended"


def test_switches_are_thrown_by_words() -> None:
    with serving("ur5e", "--json", *free_ports("ur5e")) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        said: dict[str, str] = {}
        for word in ("estop", "release", "reset", "protective", "manul"):
            process.stdin.write(f"{word}\n")
            process.stdin.flush()
            while word not in said:
                line = json.loads(process.stdout.readline())
                if "switch" in line:
                    said[line["switch"]] = line["said"]
        assert "emergency stop" in said["estop"]
        assert "protective stop" in said["protective"]
        assert "did you mean manual" in said["manul"]
        process.stdin.write("quit\n")
        process.stdin.flush()
        process.communicate(timeout=PATIENCE)
        assert process.returncode == 0


def test_the_line_has_switches_when_asked_for() -> None:
    with serving("crx-10ia", "--json", "--faults", *free_ports("crx-10ia")) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        port = json.loads(process.stdout.readline())["ports"]["rmi"]
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            process.stdin.write("drop\n")
            process.stdin.flush()
            while "switch" not in process.stdout.readline():
                pass
            assert client.recv(100) == b"", "the line was cut"
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            assert client.recv(100) == b"", "the line stays cut"
        process.stdin.write("restore\n")
        process.stdin.flush()
        while "switch" not in process.stdout.readline():
            pass
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
            client.sendall(b'{"Communication": "FRC_Connect"}\r\n')
            assert b"PortNumber" in client.recv(1000)


def test_a_person_sees_ports_and_switches() -> None:
    with serving("gp7", *free_ports("gp7")) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(2 + len(endpoints("gp7")))]
        text = "".join(lines)
        assert "virtual GP7 at 127.0.0.1 (simulated: it moves nothing real)" in text
        assert "estop" in text
        for name in endpoints("gp7"):
            assert name in text


def test_a_port_in_use_is_told_with_the_way_out(cellkit: Call) -> None:
    name = next(name for name, transport in endpoints("crx-10ia").items() if transport == "tcp")
    with closing(socket.socket()) as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        outcome = cellkit("virtual", "crx-10ia", "--port", f"{name}={port}")
    assert outcome.code == 2
    assert f"port {port} of 127.0.0.1 is in use; choose another port, or another loopback address" in outcome.err


def test_a_port_below_1024_is_told_with_the_way_out() -> None:
    told = refusal("127.0.0.1", 502, PermissionError(13, "Permission denied"))
    assert "ports below 1024" in told
    assert "choose a higher port" in told
    assert "ip_unprivileged_port_start=502" in told


@pytest.mark.skipif(os.geteuid() == 0, reason="root may use every port")
def test_a_port_below_1024_is_refused_to_users(cellkit: Call) -> None:
    name = next(iter(endpoints("xarm6")))
    outcome = cellkit("virtual", "xarm6", "--port", f"{name}=502")
    assert outcome.code == 2
    assert "ports below 1024" in outcome.err


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (("--host", "0.0.0.0"), "loopback address"),
        (("--host", "192.168.0.7"), "loopback address"),
        (("--pc", "10.0.0.1"), "loopback address"),
        (("--port", "nonsense=1"), "no endpoint 'nonsense'"),
        (("--port", "nonsense"), "expected NAME=N"),
        (("--port", "x=70000"), "expected NAME=N with N from 0 to 65535"),
        (("--port", "x=-1"), "expected NAME=N"),
        (("--world", "cinematic"), "kinematic"),
        (("--speed", "max"), "real time"),
        (("--speed", "0"), "above zero"),
        (("--host", "127.0.0.2.3"), "loopback address"),
    ],
)
def test_bad_options_are_one_line(cellkit: Call, options: tuple[str, ...], words: str) -> None:
    outcome = cellkit("virtual", "ur5e", *options)
    assert outcome.code == 2
    assert words in outcome.err
    assert outcome.err.count("\n") == 1


def test_models_without_a_wire_driver_arerefusal(cellkit: Call) -> None:
    assert "no wire driver" in cellkit("virtual", "tx2-60").err
    assert "is connected by digital signals" in cellkit("virtual", "vacuum").err
    assert "did you mean" in cellkit("virtual", "ur5").err


BEYOND_REACH = {
    "igus": "its vendor's client can only be tried by hand",
    "opcua": "nothing is pretended behind it: it is the client, of servers that others run",
    "vacuum": "no protocol of its own: it is connected by digital signals",
    "weiss": "its clients are on no package index, so they are tried by hand",
}
"""Drivers whose virtual devices were not tested with an independent client."""


def test_drivers_lists_all_with_their_evidence(cellkit: Call) -> None:
    outcome = cellkit("drivers")
    assert outcome.code == 0
    listed = json.loads(cellkit("drivers", "--json", "-").out)["drivers"]
    wired = {name for name in registry.driver_names() if registry.driver(name).wires and name != "virtual"}
    assert {row["name"] for row in listed} == wired
    for row in listed:
        assert row["name"] in outcome.out
        assert row["evidence"]["hardware"] == []
        assert row["reached"] in ("codec", "virtual", "client")
        assert set(row["devices"]) == {wire.kind for wire in registry.driver(row["name"]).wires}
        assert row["protocols"]
        assert all(registry.driver_of_model(model) == registry.driver(row["name"]) for model in row["models"])
    assert {row["name"] for row in listed if row["reached"] != "client"} == set(BEYOND_REACH)

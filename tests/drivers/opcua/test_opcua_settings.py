"""Settings that are wrong: one line each, with the line of the cell file, before anything is connected."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cellkit_opcua import DRIVER, NODE_MAP
from cellkit_opcua.config import OpcuaConfig
from cellkit_opcua.protocol.units import from_si, to_si

from cellkit.cell.driver_selection import check_wires, settings_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.kinds.wire_error import WireError
from cellkit.cell.plan import read_cell
from cellkit.errors import ConfigError
from cellkit.opcua.client.settings import POLICIES

URL = "opc.tcp://127.0.0.1:4840"
NODES = {"ready": "nsu=urn:plc;s=Ready"}


def config(**settings: Any) -> Any:
    wire = next(wire for wire in DRIVER.wires_of("io") if wire.protocol == NODE_MAP)
    return settings_of(wire, WireConfig(driver="opcua", settings={"url": URL, "nodes": NODES} | settings))


def test_the_least_that_is_needed_is_encrypted() -> None:
    found = config().client()
    assert (found.url, found.insecure, found.policy) == (URL, False, "strongest")
    assert set(POLICIES) == {"Aes256Sha256RsaPss", "Basic256Sha256", "Aes128Sha256RsaOaep"}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"url": "127.0.0.1"}, "url: write opc.tcp://HOST:PORT"),
        ({"url": "opc.tcp://127.0.0.1"}, "url: write opc.tcp://HOST:PORT"),
        ({"url": "http://127.0.0.1:80"}, "url: write opc.tcp://HOST:PORT"),
        ({"url": "opc.tcp://me:secret@127.0.0.1:4840"}, "a user does not belong into the address"),
        ({"url": "opc.tcp://192.0.2.1:4840", "insecure": True}, "192.0.2.1 is not on this machine"),
        ({"policy": "Basic256"}, "policy: "),
        ({"server_thumbprint": "00:11"}, "64 hexadecimal digits"),
        ({"server_thumbprint": "0" * 64, "server_certificate": "a.der"}, "not both"),
        ({"user": "me"}, "a user needs a password_file or password_env"),
        ({"password_env": "X"}, "these need a user"),
        ({"user": "me", "password_env": "X", "password_file": "y"}, "not both"),
        ({"user_key": "a.pem"}, "belong together"),
        ({"user_key": "a.pem", "user_certificate": "a.der", "user": "me", "password_env": "X"}, "no name and password"),
        ({"password": "secret"}, "password: no such setting; did you mean"),
        ({"host": "127.0.0.1"}, "host: write url: opc.tcp://HOST:PORT"),
        ({"nodes": {"ready": "ns=2;s=Ready"}}, "give the URI of the namespace: nsu=URI;s=NAME"),
        ({"nodes": {"ready": {"node": "nsu=urn:a;s=b", "inverted": True}}}, "inverted"),
        ({"publishing": 0}, "publishing: "),
    ],
)
def test_mistakes(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(WireError) as caught:
        config(**settings)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def wire_config(kind: str, **settings: Any) -> Any:
    wire = next(wire for wire in DRIVER.wires_of(kind) if wire.protocol == NODE_MAP)
    return settings_of(wire, WireConfig(driver="opcua", settings={"url": URL} | settings))


STOP = {"object": "nsu=urn:a;s=o", "method": "nsu=urn:a;s=stop"}


@pytest.mark.parametrize(
    ("move", "said"),
    [
        ({"write": "nsu=urn:a;s=b"}, "the value to write is missing"),
        ({"method": "nsu=urn:a;s=b"}, "a command is {write: NODE, value: …} or {object: NODE"),
        ({"write": "nsu=urn:a;s=b", "value": 1} | STOP, "a command is "),
        ({**STOP, "arguments": [{"from": "widht"}]}, "this command has no 'widht'; did you mean width?"),
        ({**STOP, "arguments": [{"from": "width", "unit": "inch"}]}, "unknown unit 'inch'"),
        ({**STOP, "arguments": [{"from": "width", "scale": 0.0}]}, "a scale of 0"),
    ],
)
def test_commands_that_are_wrong(move: dict[str, Any], said: str) -> None:
    with pytest.raises(WireError) as caught:
        wire_config("jaws", nodes={"width": "nsu=urn:a;s=w"}, commands={"move": move, "stop": STOP})
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("nodes", "said"),
    [
        ({"door": {"node": "i=1", "values": {"1": "OPENED"}}}, "'OPENED' is not a valid word; did you mean OPEN?"),
        ({"door": {"node": "i=1", "unit": "mm"}}, "unit"),
    ],
)
def test_words_of_a_machine(nodes: dict[str, Any], said: str) -> None:
    with pytest.raises(WireError, match=said):
        wire_config("machine", nodes=nodes)


@pytest.mark.parametrize(
    ("raw", "scale", "offset", "unit", "value"),
    [
        (85.0, 1.0, 0.0, "mm", 0.085),
        (180.0, 1.0, 0.0, "deg", 3.14159265),
        (50, 2.0, 10.0, "%", 1.1),
        ([1, 2], 1.0, 0.0, "bar", [1e5, 2e5]),
    ],
)
def test_units_there_and_back(raw: Any, scale: float, offset: float, unit: str, value: Any) -> None:
    assert to_si(raw, scale, offset, unit) == pytest.approx(value)
    assert from_si(value, scale, offset, unit) == pytest.approx(raw)


@pytest.mark.parametrize("raw", [True, "1", None, float("nan"), float("inf"), [1.0, "x"]])
def test_what_is_no_number_never_becomes_one(raw: Any) -> None:
    with pytest.raises((TypeError, ValueError)):
        to_si(raw, 1.0, 0.0, "")


def test_a_mistake_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "cell.yaml"
    file.write_text(
        "schema: cellkit/cell/1\nname: test\ndevices:\n  station:\n    kind: digital_io\n    inputs: [ready]\n"
        f"    wire:\n      driver: opcua\n      settings:\n        url: {URL}\n"
        "        nodes:\n          ready: ns=2;s=x\n"
    )
    with pytest.raises(ConfigError) as caught:
        check_wires(read_cell(file), live=True)
    assert caught.value.line == 12


def test_a_server_elsewhere_is_warned_of() -> None:
    assert OpcuaConfig(url="opc.tcp://192.0.2.1:4840").far == "192.0.2.1"
    assert OpcuaConfig(url=URL).far is None

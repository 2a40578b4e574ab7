"""Numbers that Python itself refuses to read, such as 5000 digits, ``²`` and infinity, in what a device sends."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from cellkit_abb.panel import log_number
from cellkit_abb.protocol.rws import read_failure
from cellkit_igus.protocol.frames import FrameReader
from cellkit_kuka.protocol.context import read_context
from cellkit_kuka.protocol.status import Report
from cellkit_reader.protocol.dialects import DIALECTS, understand
from cellkit_robotiq.protocol.urcap import decode_answer
from cellkit_sick.protocol.text_values import TextReader
from cellkit_ufactory.protocol.version import ControllerVersion

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.cli.virtual import parse_ports
from cellkit.controller.world import WorldSettings, create_world
from cellkit.digits import whole_number
from cellkit.errors import ConfigError, ProtocolError
from cellkit.exercise.config import exercise_path
from cellkit.models.load import load_model

LONG = "9" * 5000
CONTEXT = (
    "<ROOT><CONFIG><IP_NUMBER>127.0.0.1</IP_NUMBER><PORT>{port}</PORT><SENTYPE>x</SENTYPE><ONLYSEND>FALSE</ONLYSEND>"
    '</CONFIG><SEND><ELEMENTS><ELEMENT TAG="a" TYPE="LONG" INDX="{index}"/></ELEMENTS></SEND></ROOT>'
)


@pytest.mark.parametrize(
    ("decode", "error"),
    [
        (lambda: list(FrameReader().feed(f"CRISTART {LONG} STATUS CRIEND\n".encode())), ProtocolError),
        (lambda: decode_answer(f"POS {LONG}".encode(), "POS"), ProtocolError),
        (lambda: ControllerVersion.parse(f"6,6,A,B,v{LONG}.0.0".encode()), ProtocolError),
        (lambda: TextReader(LONG.encode()).numbers(1, 16), ProtocolError),
        (lambda: read_context(CONTEXT.format(port=LONG, index=1)), ConfigError),
        (lambda: read_context(CONTEXT.format(port="²", index=1)), ConfigError),
        (lambda: read_context(CONTEXT.format(port=49152, index=LONG)), ConfigError),
    ],
)
def test_a_decoder_raises_its_own_error(decode: Callable[[], object], error: type[Exception]) -> None:
    with pytest.raises(error) as caught:
        decode()
    assert len(str(caught.value)) < 2000


@pytest.mark.parametrize("number", ["²", LONG])
def test_options_with_such_numbers_are_one_clear_error(number: str) -> None:
    device = DeviceBench(
        registry.driver("ur").wires_of("arm")[0], load_model("ur5e"), create_world("kinematic", WorldSettings())
    ).virtual
    with pytest.raises(ConfigError, match="expected NAME=N with N from 0 to 65535"):
        parse_ports([f"rtde={number}"], device)
    with pytest.raises(ConfigError, match="unknown exercise"):
        exercise_path(number)
    with pytest.raises(ProtocolError):
        Report.parse(f"1 2 3 4 {number}")


def test_what_has_no_error_is_not_a_number() -> None:
    assert log_number(f"/log/{LONG}") == 0
    assert log_number("/log/²") == 0
    assert read_failure('{"status": {"code": Infinity, "msg": "x"}}') is None
    for dialect in DIALECTS.values():
        understand(dialect, f"||[{LONG}]".encode())


@pytest.mark.parametrize(
    ("text", "number"), [("12", 12), (b"007", 7), ("256", None), ("-1", None), ("²", None), ("", None), (LONG, None)]
)
def test_whole_numbers(text: str | bytes, number: int | None) -> None:
    assert whole_number(text, 255) == number

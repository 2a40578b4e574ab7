"""vention-barcode-scanner reads labels with the virtual Keyence SR, unmodified."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.clients

HOST = "127.0.0.42"
CLIENT = "drive_vention.py"


def test_reads_labels_with_and_without_a_bank(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("reader:code_reader", host=HOST, ports={"text": 0}) as robot:
        robot.switch("label PART-0001 Ünit")
        found = client("reader", CLIENT, robot.host, robot.ports["text"], "label")
    good = ["ok", "PART-0001 Ünit"]
    assert found["connected"] is True
    assert found["scans"] == [good] * 3
    assert (found["bank"], found["continuous"], found["after"]) == (good, good, good)
    assert found["alive"] is True


def test_says_so_when_there_is_nothing_to_read(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("reader:code_reader", host=HOST, ports={"text": 0}) as robot:
        found = client("reader", CLIENT, robot.host, robot.ports["text"], "nothing")
    assert found == {"scan": ["error", None], "continuous": ["timeout", None], "again": ["error", None]}


def test_a_mute_reader_is_a_timeout(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("reader:code_reader", host=HOST, ports={"text": 0}) as robot:
        robot.switch("mute")
        found = client("reader", CLIENT, robot.host, robot.ports["text"], "mute")
    assert found == {"scan": ["timeout", None]}


def test_what_the_reader_does_not_know_is_refused(virtual_robot: Any, client: Callable[..., dict[str, Any]]) -> None:
    with virtual_robot("reader:code_reader", host=HOST, ports={"text": 0}) as robot:
        found = client("reader", CLIENT, robot.host, robot.ports["text"], "tune")
    assert found["tuned"] is False

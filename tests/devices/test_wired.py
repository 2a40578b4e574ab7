"""An arm at the end of a wire: what it opens it closes, and an address that is not this machine's is told of."""

from __future__ import annotations

import asyncio
import logging

import pytest

from cellkit import registry
from cellkit.devices import Lifecycle
from cellkit.devices.wired import WiredArm, is_loopback
from cellkit.errors import ConnectionFailed
from cellkit.models.load import load_arm
from cellkit.registry import Kind
from cellkit.timing import run
from cellkit.transport import MemoryNetwork


def arm(host: str, network: MemoryNetwork) -> WiredArm:  # type: ignore[type-arg]
    (wire,) = registry.driver("fanuc").wires_of(Kind.ARM)
    config = registry.load_object(wire.config)(host=host)
    return registry.load_object(wire.device)("arm", load_arm("crx-10ia"), config, network)  # type: ignore[no-any-return]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("10.0.0.5", False),
        ("cell", False),
    ],
)
def test_what_loopback_is(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(("host", "told"), [("192.168.7.2", True), ("127.0.0.3", False)])
def test_a_driver_without_hardware_evidence_says_so(host: str, told: bool, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        with pytest.raises(ConnectionFailed, match=host):
            await arm(host, MemoryNetwork()).connect()

    with caplog.at_level(logging.WARNING, "cellkit"):
        run(main())
    assert ("never on a real CRX-10iA" in caplog.text) is told


def test_a_failed_connection_leaves_nothing_open() -> None:
    async def main() -> None:
        network = MemoryNetwork()
        ended = asyncio.Event()

        async def closes(stream: object) -> None:
            ended.set()

        await network.listen("127.0.0.3", 16001, closes)
        device = arm("127.0.0.3", network)
        with pytest.raises(ConnectionFailed):
            await device.connect()
        assert ended.is_set()
        assert device.lifecycle is Lifecycle.CLOSED
        own = asyncio.current_task()
        left = [task for task in asyncio.all_tasks() if task is not own]
        assert not left

    run(main())

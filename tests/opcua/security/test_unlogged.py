"""When the audit log cannot be written: what moves something is refused, what stops something is carried out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from asyncua import ua

from cellkit.access.audit import AuditFailed
from cellkit.access.caller import Role
from tests.opcua.security.secure_rig import connected, rig, run


def test_a_stop_needs_no_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        async with rig(tmp_path) as made:
            done: list[str] = []

            async def stop() -> list[ua.Variant]:
                done.append("stop")
                return []

            objects = made.server.nodes.objects
            node = await objects.add_method(ua.NodeId("Halt", 1), "Halt", lambda *_: [])
            made.server.add_method(node.nodeid, stop, role=Role.OPERATOR, stops=True)
            other = await objects.add_method(ua.NodeId("Go", 1), "Go", lambda *_: [])

            async def go() -> list[ua.Variant]:
                done.append("go")
                return []

            made.server.add_method(other.nodeid, go, role=Role.OPERATOR)

            def full(*_: Any, **__: Any) -> None:
                raise AuditFailed("the disk is full")

            async with connected(made.url, "otto") as client:
                monkeypatch.setattr("cellkit.access.audit.AuditLog.record", full)
                with pytest.raises(ua.UaStatusCodeError) as refused:
                    await client.nodes.objects.call_method(other.nodeid)
                assert refused.value.code == ua.StatusCodes.BadResourceUnavailable
                await client.nodes.objects.call_method(node.nodeid)
                monkeypatch.undo()
            assert done == ["stop"]

    run(test)


def test_a_method_whose_node_is_gone_is_forgotten(tmp_path: Path) -> None:
    async def test() -> None:
        async with rig(tmp_path) as made:
            node = await made.server.nodes.objects.add_method(ua.NodeId("Halt", 1), "Halt", lambda *_: [])

            async def stop() -> list[ua.Variant]:
                return []

            made.server.add_method(node.nodeid, stop, role=Role.OPERATOR)
            made.server.remove_method(node.nodeid)
            made.server.remove_method(node.nodeid)
            async with connected(made.url, "otto") as client:
                with pytest.raises(ua.UaStatusCodeError) as refused:
                    await client.nodes.objects.call_method(node.nodeid)
                assert refused.value.code == ua.StatusCodes.BadNotExecutable

    run(test)

"""The gateway of one cell: writes the cell's reports to a secured server and sends clients' requests to the cell."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.errors import ConfigError
from cellkit.opcua.cell_requests import CellRequests
from cellkit.opcua.cell_services import CellServices
from cellkit.opcua.conditions import Alarms
from cellkit.opcua.history import keep_history
from cellkit.opcua.kinds.device_nodes import Tree
from cellkit.opcua.model.builder import add_types
from cellkit.opcua.model.metadata import add_metadata
from cellkit.opcua.model.namespaces import Namespace
from cellkit.opcua.packml_nodes import PackMLNodes
from cellkit.opcua.recorder import Recorder
from cellkit.opcua.robotics_machines import ControllerMachines
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.tree import build_tree
from cellkit.supervision.cell_line import CellLine
from cellkit.supervision.sample_ring import Column, SampleRing

_LOG = logging.getLogger("cellkit.opcua")
NORMAL, FAILURE = 0, 1
"""The values of DeviceHealth (OPC 10000-100)."""
_FAILURES = frozenset({"link_lost", "fault", "sensor_failure"})
RECORDED = 60.0
"""The length of a recorder's buffer, s."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """The optional parts of the gateway.

    ``history``: a SQLite file, None: no history. ``history_of``: patterns of paths below the cell, empty: all values.
    """

    nodesets: Path | None = None
    history: Path | None = None
    history_of: tuple[str, ...] = ()
    history_days: float = 7.0
    history_rows: int = 100_000


class Gateway:
    """Connects one cell with one initialised server."""

    def __init__(self, server: GatewayServer, line: CellLine, settings: GatewaySettings) -> None:
        self._server = server
        self._line = line
        self._settings = settings
        self._tasks: set[asyncio.Task[None]] = set()
        self._samples_wanted_at = -math.inf
        self._failed_kinds: set[str] = set()
        self._active: dict[str, set[str]] = {}
        self.tree: Tree | None = None
        self._handlers: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {}

    async def build(self, cell: Mapping[str, Any]) -> None:
        """Build all nodes from the cell's description. Raises ``ConfigError`` for wrong NodeSet or history files."""
        model = await add_types(self._server, self._settings.nodesets)
        uri = f"urn:cellkit:cell:{cell['name']}"
        namespace = await self._server.register_namespace(uri)
        add_metadata(model, Namespace("", uri, cell["cellkit"], datetime.now(UTC)), is_subset=False)
        self.tree = tree = build_tree(model, namespace, cell)
        calls = CellRequests(self._line)
        self._services = CellServices(tree, cell, self._server, calls)
        self._machines = {role: ControllerMachines(tree, role) for role in tree.controllers}
        for machine in self._machines.values():
            machine.add_methods(self._server, calls)
        self._packml = PackMLNodes(
            tree.publisher, cell, model.node_id("Objects"), ua.NodeId(f"{cell['name']}/PackML", namespace)
        )
        self._packml.add_methods(self._server, calls)
        await self._packml.begin()
        self._alarms = await Alarms.create(self._server, self._services.instance["Alarms"], self._add_object_method)
        self._alarms.on_acknowledge(self._on_acknowledged)
        for alarm in cell["alarms"]:
            await self._alarms.add(
                alarm["name"],
                tree.devices[alarm["device"]],
                alarm["device"],
                severity=alarm["severity"],
                message=alarm["message"],
            )
        await self._add_recorders(cell)
        if self._settings.history is not None:
            await self._keep_history(self._settings.history)
        self._server.on_session_closed(self._on_session_closed)
        self._handlers = {
            "readings": self._on_readings,
            "unchanged": self._on_unchanged,
            "job": self._services.operations.update,
            "alarm": self._on_alarm,
            "owner": self._services.owner,
            "task": self._on_task,
            "operation": self._on_operation,
            "line": self._packml.line,
            "production": self._on_production,
            "samples": self._on_samples,
            "left_out": self._on_left_out,
            "trouble": self._on_trouble,
        }

    async def run(self, messages: AsyncIterator[Mapping[str, Any]]) -> None:
        """Process the cell's messages until its line ends; all nodes are built already."""
        async for message in messages:
            handler = self._handlers.get(message["kind"])
            if handler is None:
                continue
            try:
                await handler(message)
            except Exception:  # a message that fails must not stop the following ones
                if message["kind"] not in self._failed_kinds:
                    self._failed_kinds.add(message["kind"])
                    _LOG.exception("a message of kind %r could not be processed", message["kind"])
        if self.tree is not None:
            await self.tree.publisher.write_all_bad(ua.StatusCodes.BadNoCommunication)

    # --- reports of the cell ----------------------------------------------------------------------------------

    async def _on_readings(self, report: Mapping[str, Any]) -> None:
        assert self.tree is not None
        await self.tree.publisher.write_readings(report["device"], report["values"])

    async def _on_unchanged(self, report: Mapping[str, Any]) -> None:
        assert self.tree is not None
        self.tree.publisher.renew(report["times"])

    async def _on_alarm(self, report: Mapping[str, Any]) -> None:
        when = datetime.fromtimestamp(report["since"], UTC) if report["since"] else datetime.now(UTC)
        await self._alarms.set(report["name"], report["active"], message=report["message"], time=when)
        if report["acknowledged"]:
            await self._alarms.acknowledged(report["name"], report["by"], datetime.now(UTC))
        assert self.tree is not None
        active = self._active.setdefault(report["device"], set())
        (active.add if report["active"] else active.discard)(report["alarm"])
        health = self.tree.health.get(report["device"])
        if health is not None:
            failed = FAILURE if active & _FAILURES else NORMAL
            await self.tree.publisher.write(health, failed, ua.VariantType.Int32, when)

    async def _on_task(self, report: Mapping[str, Any]) -> None:
        for machine in self._machines.values():
            await machine.task(report)

    async def _on_operation(self, report: Mapping[str, Any]) -> None:
        await self._machines[report["device"]].operation(report)

    async def _on_production(self, report: Mapping[str, Any]) -> None:
        await self._services.production(report)
        await self._packml.production(report)

    async def _on_samples(self, report: Mapping[str, Any]) -> None:
        rows = report["rows"]
        if rows:
            await self._recorder.extend(report["device"], [row[0] for row in rows], [row[1:] for row in rows])

    async def _on_left_out(self, report: Mapping[str, Any]) -> None:
        _LOG.warning("the gateway cannot keep up: %d readings of the cell were left out so far", report["count"])
        await self._services.left_out(report["count"])

    async def _on_trouble(self, report: Mapping[str, Any]) -> None:
        _LOG.warning("%s", report["what"])

    # --- recorders, history and callbacks ---------------------------------------------------------------------

    async def _add_recorders(self, cell: Mapping[str, Any]) -> None:
        assert self.tree is not None
        self._recorder = Recorder(
            self._server,
            self._services.instance["Recorders"],
            self._add_object_method,
            namespace=self.tree.model.index("CK"),
            on_read=self._on_samples_read,
        )
        rate = cell["record_rate"]
        for device in cell["devices"]:
            if device["columns"] and rate > 0:
                ring = SampleRing([Column(name, unit) for name, unit in device["columns"]], int(rate * RECORDED))
                await self._recorder.add(device["role"], ring, rate=rate)

    async def _keep_history(self, file: Path) -> None:
        assert self.tree is not None
        nodes = [binding.node for bindings in self.tree.publisher.bindings.values() for binding in bindings]
        if self._settings.history_of:
            below = len(str(self.tree.root.Identifier)) + 1
            for pattern in self._settings.history_of:
                if not any(fnmatch(node.Identifier[below:], pattern) for node in nodes):
                    example = nodes[0].Identifier[below:] if nodes else "nothing"
                    raise ConfigError(
                        f"--history-of {pattern}: the path of no value matches; an example of a path is {example}"
                    )
            nodes = [
                node
                for node in nodes
                if any(fnmatch(node.Identifier[below:], pattern) for pattern in self._settings.history_of)
            ]
        await keep_history(
            self._server, file, nodes, days=self._settings.history_days, max_rows=self._settings.history_rows
        )

    def _add_object_method(self, method: ua.NodeId, callback: Callable[..., Awaitable[Any]], *, role: Role) -> None:
        """Register a callback that gets the called object first and returns a status or outputs."""

        async def call(instance: ua.NodeId, *given: Any) -> list[ua.Variant]:
            result = await callback(instance, *(ua.Variant(value) for value in given))
            if isinstance(result, ua.StatusCode):
                result.check()
                return []
            outputs: list[ua.Variant] = result
            return outputs

        self._server.add_method(method, call, role=role, with_object=True)

    def _on_acknowledged(self, alarm: str, user: str, _comment: str) -> None:
        self._send(CellRequests(self._line).notify("acknowledge", "", user=user, alarm=alarm))

    def _on_samples_read(self) -> None:
        """Ask the cell for samples at the full rate, once a second at most: the cell goes on for some seconds."""
        now = asyncio.get_running_loop().time()
        if now >= self._samples_wanted_at + 1.0:
            self._samples_wanted_at = now
            self._send(CellRequests(self._line).notify("samples_read", ""))

    def _on_session_closed(self, session: str) -> None:
        self._send(CellRequests(self._line).notify("session_closed", session))

    def _send(self, notification: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(notification)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """Cancel all tasks."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

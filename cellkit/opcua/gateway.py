"""The gateway of one cell: takes what the cell tells into a secured server, and brings back what clients ask."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatchcase as fnmatch
from pathlib import Path
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.errors import ConfigError
from cellkit.opcua.calls import Calls
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
from cellkit.opcua.services import Services
from cellkit.opcua.tree import build_tree
from cellkit.supervision.cell_line import CellLine
from cellkit.supervision.sample_ring import Column, SampleRing

_LOG = logging.getLogger("cellkit.opcua")
NORMAL, FAILURE = 0, 1
"""DeviceHealth (OPC 10000-100)."""
_FAILURES = frozenset({"link_lost", "fault", "sensor_failure"})
RECORDED = 60.0
"""s of samples that a recorder holds."""


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What the gateway offers beside the model.

    ``history``: a SQLite file, None: no history; ``history_of``: patterns of paths below the cell, none: all values.
    """

    nodesets: Path | None = None
    history: Path | None = None
    history_of: tuple[str, ...] = ()
    history_days: float = 7.0
    history_rows: int = 100_000


class Gateway:
    """Between one cell and one server, which is initialised already."""

    def __init__(self, server: GatewayServer, line: CellLine, settings: GatewaySettings) -> None:
        self._server = server
        self._line = line
        self._settings = settings
        self._closing: set[asyncio.Task[None]] = set()
        self._troubled: set[str] = set()
        self._active: dict[str, set[str]] = {}
        self.tree: Tree | None = None
        self._takes: dict[str, Callable[[Mapping[str, Any]], Awaitable[None]]] = {}

    async def build(self, cell: Mapping[str, Any]) -> None:
        """Build all nodes from the cell's description. Raises ``ConfigError`` for wrong NodeSet or history files."""
        model = await add_types(self._server, self._settings.nodesets)
        uri = f"urn:cellkit:cell:{cell['name']}"
        namespace = await self._server.register_namespace(uri)
        add_metadata(model, Namespace("", uri, cell["cellkit"], datetime.now(UTC)), is_subset=False)
        self.tree = tree = build_tree(model, namespace, cell)
        calls = Calls(self._line)
        self._services = Services(tree, cell, self._server, calls)
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
        self._takes = {
            "readings": self._on_readings,
            "job": self._services.operations.take,
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

    async def run(self, ready: Callable[[], Awaitable[None]]) -> None:
        """Take over what the cell tells until its line ends. ``ready`` is called once all is built."""
        async for message in self._line.messages():
            if message["kind"] == "description":
                await self.build(message["cell"])
                await ready()
                continue
            take = self._takes.get(message["kind"])
            if take is None:
                continue
            try:
                await take(message)
            except Exception:  # one message that cannot be shown must not end all others
                if message["kind"] not in self._troubled:
                    self._troubled.add(message["kind"])
                    _LOG.exception("a message of kind %r could not be shown", message["kind"])
        if self.tree is not None:
            await self.tree.publisher.all_bad(ua.StatusCodes.BadNoCommunication)

    # --- what the cell tells ----------------------------------------------------------------------------------

    async def _on_readings(self, told: Mapping[str, Any]) -> None:
        assert self.tree is not None
        await self.tree.publisher.readings(told["device"], told["values"])

    async def _on_alarm(self, told: Mapping[str, Any]) -> None:
        when = datetime.fromtimestamp(told["since"], UTC) if told["since"] else datetime.now(UTC)
        await self._alarms.set(told["name"], told["active"], message=told["message"], time=when)
        if told["acknowledged"]:
            await self._alarms.acknowledged(told["name"], told["by"], datetime.now(UTC))
        assert self.tree is not None
        active = self._active.setdefault(told["device"], set())
        (active.add if told["active"] else active.discard)(told["alarm"])
        health = self.tree.health.get(told["device"])
        if health is not None:
            failed = FAILURE if active & _FAILURES else NORMAL
            await self.tree.publisher.write(health, failed, ua.VariantType.Int32, when)

    async def _on_task(self, told: Mapping[str, Any]) -> None:
        for machine in self._machines.values():
            await machine.task(told)

    async def _on_operation(self, told: Mapping[str, Any]) -> None:
        await self._machines[told["device"]].operation(told)

    async def _on_production(self, told: Mapping[str, Any]) -> None:
        await self._services.production(told)
        await self._packml.production(told)

    async def _on_samples(self, told: Mapping[str, Any]) -> None:
        rows = told["rows"]
        if rows:
            await self._recorder.extend(told["device"], [row[0] for row in rows], [row[1:] for row in rows])

    async def _on_left_out(self, told: Mapping[str, Any]) -> None:
        _LOG.warning("the gateway lagged: %d readings of the cell were left out so far", told["count"])
        await self._services.left_out(told["count"])

    async def _on_trouble(self, told: Mapping[str, Any]) -> None:
        _LOG.warning("%s", told["what"])

    # --- what is beside the model -----------------------------------------------------------------------------

    async def _add_recorders(self, cell: Mapping[str, Any]) -> None:
        assert self.tree is not None
        self._recorder = Recorder(
            self._server,
            self._services.instance["Recorders"],
            self._add_object_method,
            namespace=self.tree.model.index("CK"),
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
                    raise ConfigError(f"--history-of {pattern}: no value's path is like that; one is {example}")
            nodes = [
                node
                for node in nodes
                if any(fnmatch(node.Identifier[below:], pattern) for pattern in self._settings.history_of)
            ]
        await keep_history(
            self._server, file, nodes, days=self._settings.history_days, max_rows=self._settings.history_rows
        )

    def _add_object_method(self, method: ua.NodeId, callback: Callable[..., Awaitable[Any]], *, role: Role) -> None:
        """Register a callback that wants the called object, and that answers a status or outputs."""

        async def call(instance: ua.NodeId, *given: Any) -> list[ua.Variant]:
            result = await callback(instance, *(ua.Variant(value) for value in given))
            if isinstance(result, ua.StatusCode):
                result.check()
                return []
            outputs: list[ua.Variant] = result
            return outputs

        self._server.add_method(method, call, role=role, with_object=True)

    def _on_acknowledged(self, alarm: str, user: str, _comment: str) -> None:
        self._tell(Calls(self._line).told("acknowledge", "", user=user, alarm=alarm))

    def _on_session_closed(self, session: str) -> None:
        self._tell(Calls(self._line).told("session_closed", session))

    def _tell(self, telling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(telling)
        self._closing.add(task)
        task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """End what was begun here."""
        for task in tuple(self._closing):
            task.cancel()
        await asyncio.gather(*self._closing, return_exceptions=True)

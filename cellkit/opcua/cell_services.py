"""The object Services of a cell: command ownership, commands, operations, production, parts and places.

These are cellkit's own types, because OPC 40010-1 has no motion commands and no grippers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.opcua.cell_requests import CellRequests, outputs
from cellkit.opcua.kinds.device_nodes import Tree, variable
from cellkit.opcua.method_nodes import JOB_OUTPUTS, add_method_node, argument
from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import set_value
from cellkit.opcua.operation_nodes import OperationNodes, numbers_of
from cellkit.opcua.publisher import Publisher
from cellkit.opcua.security.server import GatewayServer

T = ua.VariantType


class CellServices:
    """The object Services of one cell."""

    def __init__(self, tree: Tree, cell: Mapping[str, Any], server: GatewayServer, calls: CellRequests) -> None:
        self._tree = tree
        self._publisher: Publisher = tree.publisher
        self._model: Model = tree.model
        self._server = server
        self._calls = calls
        self._cell = cell
        self.instance: Instance = instantiate(
            self._model,
            self._model.node_id("Objects"),
            "CK:CellServicesType",
            "Services",
            node_id=ua.NodeId(f"{cell['name']}/Services", tree.namespace),
            notifier=True,
        )
        self.operations = OperationNodes(
            self._publisher, self.instance["Operations"], self._on_operation_created, self._on_operation_deleted
        )
        self._facts()
        self._commands()
        self._cell_methods()

    # --- fixed values -----------------------------------------------------------------------------------------

    def _facts(self) -> None:
        cell, services = self._cell, self.instance
        for path, key, variant in (
            ("Title", "title", T.String),
            ("CommandPath", "path", T.String),
            ("SampleRate", "rate", T.Double),
            ("Programs", "programs", T.String),
        ):
            self._set(services[path], cell[key], variant)
        self._set(services["ReadingsLeftOut"], 0, T.UInt32)
        for kind, part in cell["workpieces"].items():
            folder = instantiate(self._model, services["Workpieces"], "BaseObjectType", kind)
            for name, data, symbol in (
                ("Size", "Double[3]", "m"),
                ("Mass", "Double", "kg"),
                ("Friction", "Double", ""),
            ):
                self._fact(folder.node_id, name, data, symbol, part[name.lower()])
        for name, numbers in cell["places"].items():
            self._fact(services["Places"], name, "Double[]", "", numbers)

    def _fact(self, parent: ua.NodeId, name: str, data: str, symbol: str, value: Any) -> None:
        self._set(variable(self._tree, parent, name, data, symbol), value, T.Double)

    def _set(self, node: ua.NodeId, value: Any, variant: ua.VariantType) -> None:
        set_value(self._model, node, ua.Variant(value, variant))

    # --- commands ---------------------------------------------------------------------------------------------

    def _commands(self) -> None:
        for device in self._cell["devices"]:
            role = device["role"]
            below = instantiate(self._model, self.instance["Commands"], "CK:DeviceCommandsType", role)
            self.operations.add_device(role, below)
            stop = self._calls.status_and_reason("stop", device=role)
            self._server.add_method(below["Stop"], stop, role=Role.OPERATOR, stops=True)
            for command in (*device["commands"], *device["settings"]):
                inputs = [
                    argument(described["name"], described["kind"], f"{described['what']}{_in(described['unit'])}")
                    for described in command["arguments"]
                ]
                node = add_method_node(
                    self._model, below.node_id, command["name"], command["what"], inputs, JOB_OUTPUTS
                )
                self._server.add_method(node, self._command(role, command["name"]), role=Role.OPERATOR)

    def _command(self, role: str, name: str) -> Any:
        async def method(*given: Any) -> list[ua.Variant]:
            answer, status, reason = await self._calls.ask(
                "command", device=role, command=name, arguments=[_json_value(value) for value in given]
            )
            return self._job_outputs(answer, status, reason)

        return method

    def _job_outputs(self, answer: Mapping[str, Any], status: int, reason: str) -> list[ua.Variant]:
        job = answer.get("job", "")
        return [
            ua.Variant(job, T.String),
            ua.Variant(self.operations.node(job), T.NodeId),
            *outputs(status, reason),
        ]

    def _on_operation_created(self, operation_id: str, operation: Instance) -> None:
        cancel = self._calls.status_and_reason("cancel", job=operation_id)
        self._server.add_method(operation["Cancel"], cancel, role=Role.OPERATOR, stops=True)

    def _on_operation_deleted(self, operation: Instance) -> None:
        self._server.remove_method(operation["Cancel"])

    # --- the cell as a whole ----------------------------------------------------------------------------------

    def _cell_methods(self) -> None:
        add, calls, services = self._server.add_method, self._calls, self.instance
        add(services["Stop"], calls.status_and_reason("stop", device=""), role=Role.OPERATOR, stops=True)
        for name in ("Cancel", "Suspend", "Resume"):
            add(
                services[name], calls.status_and_reason(name.lower(), "job"), role=Role.OPERATOR, stops=name != "Resume"
            )
        add(services["RunProgram"], self._run_program, role=Role.OPERATOR)
        add(services["GetOperation"], self._get_operation, role=Role.OBSERVER)
        add(services["Production/NewOrder"], calls.status_and_reason("new_order"), role=Role.OPERATOR)
        add(services["Ownership/RequestControl"], self._lease("request_control"), role=Role.OPERATOR)
        add(services["Ownership/RenewControl"], self._lease("renew_control"), role=Role.OPERATOR)
        add(services["Ownership/ReleaseControl"], calls.status_and_reason("release_control"), role=Role.OPERATOR)
        add(services["Ownership/BreakControl"], calls.status_and_reason("break_control"), role=Role.ADMIN)
        for role, node in self._tree.overrides.items():
            self._server.add_writable(node, self._override(role), role=Role.OPERATOR)

    async def _run_program(self, name: str) -> list[ua.Variant]:
        return self._job_outputs(*await self._calls.ask("run_program", name=name))

    async def _get_operation(self, operation_id: str) -> list[ua.Variant]:
        report = self.operations.last_report(operation_id)
        if report is None:
            raise ua.UaStatusCodeError(ua.StatusCodes.BadNotFound)
        node = self.operations.node(operation_id)
        result = self._model.value(ua.NodeId(f"{node.Identifier}/Result", node.NamespaceIndex), ua.AttributeIds.Value)
        return [
            ua.Variant(report["state"], T.Int32),
            ua.Variant(report["progress"] or 0.0, T.Double),
            ua.Variant(report["failure"], T.String),
            ua.Variant(report["reason"], T.String),
            ua.Variant(result, T.String),
            ua.Variant(numbers_of(report["result"]), T.Double),
            ua.Variant(0, T.Int32),
        ]

    def _lease(self, request: str) -> Any:
        async def method(lease: float) -> list[ua.Variant]:
            answer, status, reason = await self._calls.ask(request, lease=lease)
            return [ua.Variant(answer.get("lease", 0.0), T.Double), *outputs(status, reason)]

        return method

    def _override(self, role: str) -> Any:
        async def write(percent: float) -> None:
            _, status, _ = await self._calls.ask(
                "command", device=role, command="SetSpeedOverride", arguments=[percent]
            )
            if status:
                raise ua.UaStatusCodeError(ua.StatusCodes.BadInvalidState)

        return write

    # --- reports of the cell ----------------------------------------------------------------------------------

    async def owner(self, report: Mapping[str, Any]) -> None:
        """Write a new owner of command or a new lease."""
        owner, until = self.instance["Ownership/Owner"], self.instance["Ownership/LeaseUntil"]
        await self._publisher.write(owner, report["user"], T.String)
        if report["until"] is None:
            await self._publisher.write_bad(until, ua.StatusCodes.BadNoData)
        else:
            await self._publisher.write(until, datetime.fromtimestamp(report["until"], UTC), T.DateTime)

    async def left_out(self, count: int) -> None:
        """Write the number of readings that were left out because the gateway lagged."""
        await self._publisher.write(self.instance["ReadingsLeftOut"], count, T.UInt32)

    async def production(self, report: Mapping[str, Any]) -> None:
        """Write new counts of production."""
        services, write = self.instance, self._publisher.write
        for name, key in (
            ("Orders", "orders"),
            ("OrderQuantity", "order_quantity"),
            ("PartsGood", "good"),
            ("PartsJudged", "judged"),
            ("Collisions", "collisions"),
        ):
            if report[key] is None:  # not observed in this world
                await self._publisher.write_bad(services[f"Production/{name}"], ua.StatusCodes.BadNotSupported)
            else:
                await write(services[f"Production/{name}"], report[key], T.UInt32)
        await write(services["Production/LastFaults"], report["last_faults"], T.String)


def _in(unit: str) -> str:
    return f", in {unit}" if unit else ""


def _json_value(value: Any) -> Any:
    """Return an argument as JSON represents it."""
    return list(value) if isinstance(value, list | tuple) else value

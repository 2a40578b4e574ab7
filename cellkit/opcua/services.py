"""cellkit's own surface of a cell: command ownership, commands, operations, production, parts and places.

What OPC 40010-1 has no words for is here: it has no motion verbs, and no grippers.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.opcua.calls import Calls, outputs
from cellkit.opcua.kinds.device_nodes import Tree
from cellkit.opcua.method_nodes import JOB_OUTPUTS, add_method_node, argument
from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.model.nodes import set_value
from cellkit.opcua.operations import Operations, numbers_of
from cellkit.opcua.publisher import Publisher
from cellkit.opcua.security.server import GatewayServer

T = ua.VariantType


class Services:
    """The object Services of one cell."""

    def __init__(self, tree: Tree, cell: Mapping[str, Any], server: GatewayServer, calls: Calls) -> None:
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
        self.operations = Operations(
            self._publisher, self.instance["Operations"], self._on_operation, self._on_forgotten
        )
        self._facts()
        self._commands()
        self._cell_methods()

    # --- what does not change ---------------------------------------------------------------------------------

    def _facts(self) -> None:
        cell, made = self._cell, self.instance
        for path, key, variant in (
            ("Title", "title", T.String),
            ("CommandPath", "path", T.String),
            ("SampleRate", "rate", T.Double),
            ("Programs", "programs", T.String),
        ):
            self._set(made[path], cell[key], variant)
        self._set(made["ReadingsLeftOut"], 0, T.UInt32)
        for kind, part in cell["workpieces"].items():
            folder = instantiate(self._model, made["Workpieces"], "BaseObjectType", kind)
            for name, data, symbol in (
                ("Size", "Double[3]", "m"),
                ("Mass", "Double", "kg"),
                ("Friction", "Double", ""),
            ):
                self._fact(folder.node_id, name, data, symbol, part[name.lower()])
        for name, numbers in cell["places"].items():
            self._fact(made["Places"], name, "Double[]", "", numbers)

    def _fact(self, parent: ua.NodeId, name: str, data: str, symbol: str, value: Any) -> None:
        kind, units = ("AnalogUnitType", {"": symbol}) if symbol else ("BaseDataVariableType", {})
        node = instantiate(self._model, parent, kind, name, data=data, units=units).node_id
        self._set(node, value, T.Double)

    def _set(self, node: ua.NodeId, value: Any, variant: ua.VariantType) -> None:
        set_value(self._model, node, ua.Variant(value, variant))

    # --- commands ---------------------------------------------------------------------------------------------

    def _commands(self) -> None:
        for device in self._cell["devices"]:
            role = device["role"]
            below = instantiate(self._model, self.instance["Commands"], "CK:DeviceCommandsType", role)
            self.operations.add_device(role, below)
            stop = self._calls.simple("stop", device=role)
            self._server.add_method(below["Stop"], stop, role=Role.OPERATOR, stops=True)
            for command in (*device["commands"], *device["settings"]):
                inputs = [
                    argument(one["name"], one["kind"], f"{one['what']}{_in(one['unit'])}")
                    for one in command["arguments"]
                ]
                node = add_method_node(
                    self._model, below.node_id, command["name"], command["what"], inputs, JOB_OUTPUTS
                )
                self._server.add_method(node, self._command(role, command["name"]), role=Role.OPERATOR)

    def _command(self, role: str, name: str) -> Any:
        async def method(*given: Any) -> list[ua.Variant]:
            answer, status, reason = await self._calls.ask(
                "command", device=role, command=name, arguments=[_bare(value) for value in given]
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

    def _on_operation(self, operation_id: str, made: Instance) -> None:
        cancel = self._calls.simple("cancel", job=operation_id)
        self._server.add_method(made["Cancel"], cancel, role=Role.OPERATOR, stops=True)

    def _on_forgotten(self, made: Instance) -> None:
        self._server.remove_method(made["Cancel"])

    # --- the cell as a whole ----------------------------------------------------------------------------------

    def _cell_methods(self) -> None:
        add, calls, made = self._server.add_method, self._calls, self.instance
        add(made["Stop"], calls.simple("stop", device=""), role=Role.OPERATOR, stops=True)
        for name in ("Cancel", "Suspend", "Resume"):
            add(made[name], calls.simple(name.lower(), "job"), role=Role.OPERATOR, stops=name != "Resume")
        add(made["RunProgram"], self._run_program, role=Role.OPERATOR)
        add(made["GetOperation"], self._get_operation, role=Role.OBSERVER)
        add(made["Production/NewOrder"], calls.simple("new_order"), role=Role.OPERATOR)
        add(made["Ownership/RequestControl"], self._lease("request_control"), role=Role.OPERATOR)
        add(made["Ownership/RenewControl"], self._lease("renew_control"), role=Role.OPERATOR)
        add(made["Ownership/ReleaseControl"], calls.simple("release_control"), role=Role.OPERATOR)
        add(made["Ownership/BreakControl"], calls.simple("break_control"), role=Role.ADMIN)
        for role, node in self._tree.overrides.items():
            self._server.add_writable(node, self._override(role), role=Role.OPERATOR)

    async def _run_program(self, name: str) -> list[ua.Variant]:
        return self._job_outputs(*await self._calls.ask("run_program", name=name))

    async def _get_operation(self, operation_id: str) -> list[ua.Variant]:
        told = self.operations.told(operation_id)
        if told is None:
            raise ua.UaStatusCodeError(ua.StatusCodes.BadNotFound)
        made = self.operations.node(operation_id)
        result = self._model.value(ua.NodeId(f"{made.Identifier}/Result", made.NamespaceIndex), ua.AttributeIds.Value)
        return [
            ua.Variant(told["state"], T.Int32),
            ua.Variant(told["progress"] or 0.0, T.Double),
            ua.Variant(told["failure"], T.String),
            ua.Variant(told["reason"], T.String),
            ua.Variant(result, T.String),
            ua.Variant(numbers_of(told["result"]), T.Double),
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

    # --- what changes -----------------------------------------------------------------------------------------

    async def owner(self, told: Mapping[str, Any]) -> None:
        """Somebody else owns command, or the lease is another one."""
        made = self.instance
        await self._publisher.write(made["Ownership/Owner"], told["user"], T.String)
        if told["until"] is None:
            await self._publisher.bad(made["Ownership/LeaseUntil"], ua.StatusCodes.BadNoData)
        else:
            until = datetime.fromtimestamp(told["until"], UTC)
            await self._publisher.write(made["Ownership/LeaseUntil"], until, T.DateTime)

    async def left_out(self, count: int) -> None:
        """So many readings were left out because the gateway lagged: changes in between were not seen."""
        await self._publisher.write(self.instance["ReadingsLeftOut"], count, T.UInt32)

    async def production(self, told: Mapping[str, Any]) -> None:
        """Other counts."""
        made, write = self.instance, self._publisher.write
        for name, key in (
            ("Orders", "orders"),
            ("OrderQuantity", "order_quantity"),
            ("PartsGood", "good"),
            ("PartsJudged", "judged"),
            ("Collisions", "collisions"),
        ):
            if told[key] is None:  # not watched in this world
                await self._publisher.bad(made[f"Production/{name}"], ua.StatusCodes.BadNotSupported)
            else:
                await write(made[f"Production/{name}"], told[key], T.UInt32)
        await write(made["Production/LastFaults"], told["last_faults"], T.String)


def _in(unit: str) -> str:
    return f", in {unit}" if unit else ""


def _bare(value: Any) -> Any:
    """An argument as JSON has it; nothing stands for an empty text or array."""
    return list(value) if isinstance(value, list | tuple) else value

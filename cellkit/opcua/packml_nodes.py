"""The nodes of the PackML unit (OPC 30050): three nested state machines, unit modes, counters, and line commands."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.opcua.cell_requests import CellRequests
from cellkit.opcua.model.instances import Instance, instantiate
from cellkit.opcua.model.model import Model
from cellkit.opcua.publisher import Publisher
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.state_machine_nodes import StateMachineNodes
from cellkit.supervision.packml_state_machine import State
from cellkit.supervision.states import standard_name

T = ua.VariantType
_BASE, _MACHINE, _EXECUTE = (
    "BaseStateMachine",
    "BaseStateMachine/MachineState",
    "BaseStateMachine/MachineState/ExecuteState",
)
_LEVELS = {
    State.ABORTING: _BASE,
    State.ABORTED: _BASE,
    State.CLEARING: _MACHINE,
    State.STOPPED: _MACHINE,
    State.STOPPING: _MACHINE,
}
"""The state machine of a state; all other states belong to the innermost machine."""
_METHODS = {
    f"{_BASE}/Abort": "Abort",
    f"{_BASE}/Clear": "Clear",
    f"{_MACHINE}/Stop": "Stop",
    f"{_MACHINE}/Reset": "Reset",
    f"{_EXECUTE}/Start": "Start",
    f"{_EXECUTE}/Hold": "Hold",
    f"{_EXECUTE}/Unhold": "Unhold",
    f"{_EXECUTE}/Suspend": "Suspend",
    f"{_EXECUTE}/Unsuspend": "Unsuspend",
    f"{_EXECUTE}/ToComplete": "ToComplete",
    f"{_EXECUTE}/Reset": "Reset",
}
_COUNTS = (("ProdProcessedCount", "judged"), ("ProdDefectiveCount", "bad"))


class PackMLNodes:
    """The object PackML of a cell."""

    def __init__(self, publisher: Publisher, cell: Mapping[str, Any], parent: ua.NodeId, node_id: ua.NodeId) -> None:
        self._publisher = publisher
        model: Model = publisher.model
        self.instance: Instance = instantiate(
            model,
            parent,
            "PML:PackMLBaseObjectType",
            "PackML",
            node_id=node_id,
            optional=("PackMLVersion", "TagID", *_METHODS, *(f"Admin/{name}" for name, _ in _COUNTS)),
        )
        self._model = model
        self._machines = {
            _BASE: StateMachineNodes(publisher, self.instance, _BASE, "PML:PackMLBaseStateMachineType"),
            _MACHINE: StateMachineNodes(publisher, self.instance, _MACHINE, "PML:PackMLMachineStateMachineType"),
            _EXECUTE: StateMachineNodes(publisher, self.instance, _EXECUTE, "PML:PackMLExecuteStateMachineType"),
        }
        self._notify = (parent,)
        self._cell = cell

    async def begin(self) -> None:
        """Write the values that do not change."""
        write, node = self._publisher.write, self.instance.nodes
        await write(node["TagID"], self._cell["name"], T.String)
        await write(node["Status/EquipmentBlocked"], False, T.Boolean)
        await write(node["Status/EquipmentStarved"], False, T.Boolean)
        modes = self._model.node_id("PML:ProductionMaintenanceModeEnum")
        await write(node["Status/UnitSupportedModes"], modes, T.NodeId)
        for speed in ("Status/CurMachSpeed", "Status/MachSpeed"):
            await self._publisher.write_bad(node[speed], ua.StatusCodes.BadNotSupported)
            await self._publisher.write_bad(node[f"{speed}/EURange"], ua.StatusCodes.BadNotSupported)

    async def line(self, report: Mapping[str, Any]) -> None:
        """Write a new state or mode of the unit."""
        when = datetime.fromtimestamp(report["time"], UTC)
        state = State(report["state"])
        level, name = _LEVELS.get(state, _EXECUTE), standard_name(state)
        shown_states = {
            _BASE: name if level == _BASE else "Cleared",
            _MACHINE: name if level == _MACHINE else "Running" if level == _EXECUTE else None,
            _EXECUTE: name if level == _EXECUTE else None,
        }
        for path, shown in shown_states.items():
            if shown is None:
                await self._machines[path].leave()
            else:
                await self._machines[path].become(shown, 0, when, notify=self._notify)
        await self._publisher.write(self.instance["Status/UnitModeCurrent"], report["mode"], T.Int32, when)

    async def production(self, report: Mapping[str, Any]) -> None:
        """Write new counts of parts."""
        counts = {**report, "bad": report["judged"] - report["good"]}
        for number, (name, key) in enumerate(_COUNTS, 1):
            count = ua.PackMLCountDataType(ID=number, Name="parts", Count=counts[key], AccCount=counts[key])
            await self._publisher.write(self.instance[f"Admin/{name}"], [count], T.ExtensionObject)

    def add_methods(self, server: GatewayServer, calls: CellRequests) -> None:
        """Register the methods of the line's commands and modes; each sends a request to the cell."""
        for path, command in _METHODS.items():
            stops = command in ("Abort", "Stop", "Hold", "Suspend")
            method = calls.no_outputs("line", command=command)
            server.add_method(self.instance[path], method, role=Role.OPERATOR, stops=stops)
        server.add_method(self.instance["SetUnitMode"], calls.no_outputs("unit_mode", "mode"), role=Role.OPERATOR)

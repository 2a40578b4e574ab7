"""The standard's system and task operations of one controller: their states, and their methods."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from asyncua import ua

from cellkit.access.caller import Role
from cellkit.opcua.cell_requests import CellRequests
from cellkit.opcua.kinds.device_nodes import Tree
from cellkit.opcua.security.server import GatewayServer
from cellkit.opcua.state_machine_nodes import StateMachineNodes
from cellkit.supervision.states import TaskState, standard_name

_SYSTEM = "SystemOperation/SystemOperationStateMachine"
_TASK = "TaskControlOperation/TaskControlStateMachine"
T = ua.VariantType


class ControllerMachines:
    """Of one arm's controller."""

    def __init__(self, tree: Tree, role: str) -> None:
        publisher = tree.publisher
        self._publisher = publisher
        self._role = role
        self._controller, self._task_node = tree.controllers[role], tree.tasks[role]
        controller, task = self._controller, self._task_node
        self._notify = (tree.root,)
        self._system = StateMachineNodes(publisher, controller, _SYSTEM, "RB:SystemOperationStateMachineType")
        self._idle = StateMachineNodes(
            publisher, controller, f"{_SYSTEM}/IdleSubstateMachine", "RB:IdleSubstateMachineType", raises_events=False
        )
        self._executing = StateMachineNodes(
            publisher,
            controller,
            f"{_SYSTEM}/ExecutingSubstateMachine",
            "RB:ExecutingSubstateMachineType",
            raises_events=False,
        )
        self._task = StateMachineNodes(publisher, task, _TASK, "RB:TaskControlStateMachineType")
        self._ready = StateMachineNodes(
            publisher, task, f"{_TASK}/ReadySubstateMachine", "RB:ReadySubstateMachineType", raises_events=False
        )

    async def operation(self, told: Mapping[str, Any]) -> None:
        """Write the new state of the controller's own state machine."""
        when = datetime.fromtimestamp(told["time"], UTC)
        state, reason = standard_name(TaskState(told["state"])), told["reason"]
        await self._system.become(state, reason, when, notify=self._notify)
        if state == "Idle":
            await self._idle.become("GettingReady" if told["getting_ready"] else "StandBy", reason, when)
        else:
            await self._idle.leave()
        if state == "Executing":
            await self._executing.become("Stopping" if told["stopping"] else "Running", reason, when)
        else:
            await self._executing.leave()

    async def task(self, told: Mapping[str, Any]) -> None:
        """Write the new state and program of the task."""
        when = datetime.fromtimestamp(told["time"], UTC)
        state = standard_name(TaskState(told["state"]))
        parameters = self._task_node
        await self._publisher.write(parameters["ParameterSet/TaskProgramName"], told["loaded"] or "", T.String, when)
        loaded = told["loaded"] is not None
        await self._publisher.write(parameters["ParameterSet/TaskProgramLoaded"], loaded, T.Boolean, when)
        await self._task.become(state, told["reason"], when, notify=self._notify)
        if state == "Ready":
            await self._ready.become("Suspended" if told["suspended"] else "AtProgramStart", told["reason"], when)
        else:
            await self._ready.leave()

    def add_methods(self, server: GatewayServer, calls: CellRequests) -> None:
        """Let the standard's methods reach the cell."""
        controller, task, role = self._controller, self._task_node, self._role
        for name, do in (("GetReady", "get_ready"), ("StandDown", "stand_down"), ("Start", "start")):
            server.add_method(
                controller[f"{_SYSTEM}/{name}"],
                calls.status_only("system", device=role, do=do),
                role=Role.OPERATOR,
            )
        server.add_method(
            controller[f"{_SYSTEM}/Stop"],
            calls.status_only("system", "mode", device=role, do="stop"),
            role=Role.OPERATOR,
            stops=True,
        )
        for name, do, given in (
            ("LoadByName", "load", ("name",)),
            ("UnloadByName", "unload", ("name",)),
            ("UnloadProgram", "unload", ()),
            ("Start", "start", ()),
            ("Stop", "stop", ("mode",)),
            ("ReadySubstateMachine/ResetToProgramStart", "reset", ()),
        ):
            method = calls.status_only("task", *given, do=do)
            server.add_method(task[f"{_TASK}/{name}"], method, role=Role.OPERATOR, stops=do == "stop")

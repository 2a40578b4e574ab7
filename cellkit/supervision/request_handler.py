"""The requests of clients to a cell: each has a name, is checked, and is answered at once with plain data.

This module knows no protocol and no driver: requests enter at the open interfaces.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from cellkit.devices import Arm, Device, OperationalMode
from cellkit.errors import CellkitError
from cellkit.supervision.jobs import Job
from cellkit.supervision.jog import Jog
from cellkit.supervision.operation import SystemState
from cellkit.supervision.ownership import Client
from cellkit.supervision.packml_state_machine import Command as LineCommand
from cellkit.supervision.readings import kind_of, supervised
from cellkit.supervision.refusal import RefusalCode, RequestRefused
from cellkit.supervision.states import Reason, StopMode
from cellkit.supervision.supervisor import STOPPING_ALARMS, Supervisor
from cellkit.yamlfile import near_names

Answer = dict[str, Any] | None


class RequestHandler:
    """Answers requests of authenticated clients. The server has checked the client's role before."""

    def __init__(self, supervisor: Supervisor) -> None:
        self._supervisor = supervisor
        self._cell = supervisor.cell
        self._board = supervisor.board
        self._task = supervisor.task
        self._jogs = supervisor.jogs
        self._requests: Mapping[str, Callable[[Client, Mapping[str, Any]], Awaitable[Answer]]] = {
            "command": self._command,
            "cancel": self._cancel,
            "suspend": self._suspend,
            "resume": self._resume,
            "stop": self._stop,
            "jog": self._jog,
            "jog_alive": self._jog_alive,
            "jog_end": self._jog_end,
            "acknowledge": self._acknowledge,
            "run_program": self._run_program,
            "task": self._task_request,
            "system": self._system_request,
            "line": self._line_request,
            "unit_mode": self._unit_mode,
            "new_order": self._new_order,
            "request_control": self._request_control,
            "renew_control": self._renew_control,
            "release_control": self._release_control,
            "break_control": self._break_control,
            "samples_read": self._samples_read,
            "session_closed": self._session_closed,
        }

    async def request(self, name: str, client: Client, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one request. Raises ``RequestRefused``, and no other error."""
        handler = self._requests.get(name)
        if handler is None:
            raise RequestRefused(RefusalCode.UNKNOWN, f"no request {name!r} exists; {near_names(name, self._requests)}")
        try:
            return await handler(client, arguments) or {}
        except RequestRefused:
            raise
        except CellkitError as error:
            raise RequestRefused(RefusalCode.FAILED, str(error)) from None

    # --- commands ---------------------------------------------------------------------------------------------

    async def _command(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Submit a command as a job: ``device``, ``command``, ``arguments`` in order → ``job``."""
        role, name = asked["device"], asked["command"]
        device = self._device(role)
        kind = supervised(kind_of(device).name)
        known = {one.name: one for one in (*kind.commands, *kind.settings)}
        if name not in known:
            raise RequestRefused(RefusalCode.UNKNOWN, f"{role} has no command {name!r}; {near_names(name, known)}")
        command = known[name]
        if command.actuates:
            self._require(client, device, recovering=command is kind.recover)
        values = command.accept(self._cell, device, asked["arguments"])
        immediate = command in kind.settings or not command.actuates
        job = self._board.submit(
            name,
            role,
            values,
            client.user,
            () if immediate else (role,),
            lambda _job: command.run(self._cell, device, values),
        )
        return {"job": job.id}

    def _device(self, role: str) -> Device:
        if role not in self._cell.devices:
            raise RequestRefused(RefusalCode.UNKNOWN, f"no device {role!r}; {near_names(role, self._cell.devices)}")
        return self._cell.devices[role]

    def _require(self, client: Client, device: Device, recovering: bool = False) -> None:
        """Check that the client owns command and every arm concerned may move. Raises ``RequestRefused``."""
        self._supervisor.ownership.require(client)
        arms = self._concerned(device)
        for role in arms:
            self._require_mode(role)
            self._require_up(role)
        if not recovering:
            self._require_sound(device.name)

    def _require_all(self, client: Client) -> None:
        self._supervisor.ownership.require(client)
        for role in self._supervisor.operations:
            self._require_mode(role)
            self._require_up(role)
            self._require_sound(role)

    def _require_up(self, role: str) -> None:
        if self._supervisor.operations[role].stood_down:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, f"{role} was stood down; call GetReady to make it ready again"
            )

    def _concerned(self, device: Device) -> list[str]:
        """Return the arms that a command concerns: the device, the arm that carries it, or, for signals, all arms."""
        if isinstance(device, Arm):
            return [device.name]
        on = getattr(self._supervisor.built.plan.file.devices[device.name], "on", None)
        return [on] if on is not None else list(self._supervisor.operations)

    def _require_mode(self, role: str) -> None:
        reading = self._supervisor.readings.get(role, {}).get("operational_mode")
        if reading is None or reading.value is None:
            raise RequestRefused(RefusalCode.ALARM, f"{role}: its operational mode is not known ({_why(reading)})")
        mode = OperationalMode(reading.value)
        allowed = self._supervisor.settings.modes
        if mode not in allowed:
            words = " or ".join(sorted(one.name for one in allowed))
            raise RequestRefused(
                RefusalCode.WRONG_MODE, f"{role} is in mode {mode.name}; commands from outside need {words}"
            )

    def _require_sound(self, role: str) -> None:
        for alarm in self._supervisor.alarms.active(role):
            if alarm.kind.name in STOPPING_ALARMS:
                raise RequestRefused(RefusalCode.ALARM, f"{role}: {alarm.message}")

    # --- jobs -------------------------------------------------------------------------------------------------

    def _job(self, asked: Mapping[str, Any]) -> Job:
        return self._board.get(asked["job"])

    async def _cancel(self, client: Client, asked: Mapping[str, Any]) -> None:
        """Cancel a job: ``job`` → nothing. The job ends when its devices are at rest."""
        job = self._job(asked)
        if job.client != client.user:
            self._supervisor.ownership.require(client)
        self._board.cancel(job, f"cancelled by {client.user}")

    async def _suspend(self, client: Client, asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.require(client)
        self._task.suspend(self._job(asked))

    async def _resume(self, client: Client, asked: Mapping[str, Any]) -> None:
        self._require_all(client)
        self._task.resume(self._job(asked))

    async def _stop(self, client: Client, asked: Mapping[str, Any]) -> None:
        """Stop ``device`` (empty: all moving devices). The stop is a functional stop and needs no ownership."""
        role = asked.get("device", "")
        why = f"stopped by {client.user}"
        if not role:
            await self._supervisor.stop(why)
            return
        device = self._device(role)
        for job in reversed(self._board.active(role)):
            if not job.asked_to_cancel:
                self._board.cancel(job, why)
        stop = getattr(device, "stop", None)
        if stop is not None:
            await stop()

    # --- jogging, and alarms ----------------------------------------------------------------------------------

    async def _jog(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Start a ``Jog``: ``device`` (an arm), ``axis``, ``direction``, ``frame``, ``speed``, ``step`` → ``job``."""
        role = asked["device"]
        if role not in self._supervisor.operations:
            raise RequestRefused(
                RefusalCode.UNKNOWN, f"no arm {role!r}; {near_names(role, self._supervisor.operations)}"
            )
        arm = self._cell.arm(role)
        self._require(client, arm)
        base = self._supervisor.built.plan.layout.frame(role).matrix
        return {"job": self._jogs.begin(arm, Jog.read(arm, asked), base, client).id}

    async def _jog_alive(self, client: Client, asked: Mapping[str, Any]) -> None:
        """Prolong the jog ``job``: its button is still pressed."""
        self._jogs.alive(client, self._job(asked))

    async def _jog_end(self, client: Client, asked: Mapping[str, Any]) -> None:
        """End the jog ``job``: its button was released."""
        self._jogs.end(client, self._job(asked))

    async def _acknowledge(self, client: Client, asked: Mapping[str, Any]) -> None:
        """Acknowledge ``alarm``, given by its name. This needs no ownership, and clears nothing."""
        self._supervisor.alarms.acknowledge(str(asked["alarm"]), client.user)

    # --- the program ------------------------------------------------------------------------------------------

    async def _run_program(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Load program ``name`` and start it from its beginning: ``name`` → ``job``."""
        self._require_all(client)
        name = asked["name"]
        if self._task.suspended:
            raise RequestRefused(
                RefusalCode.WRONG_STATE, "the program is suspended; resume it, or reset it to its start"
            )
        if self._task.loaded != name:
            self._task.change(name)
        return {"job": self._task.start(client.user).id}

    async def _task_request(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Carry out ``do``: load, unload, start, stop or reset; with ``name`` and ``mode`` as they apply."""
        do = asked["do"]
        if do == "stop":
            self._task.stop(_stop_mode(asked["mode"]), f"stopped by {client.user}")
            return {}
        self._supervisor.ownership.require(client)
        if do == "load":
            self._task.load(asked["name"])
        elif do == "unload":
            self._task.unload(asked.get("name"))
        elif do == "start":
            self._require_all(client)
            return {"job": self._task.start(client.user).id}
        elif do == "reset":
            self._task.reset(f"reset by {client.user}")
        else:
            raise RequestRefused(
                RefusalCode.UNKNOWN, f"unknown request {do!r} to a task; known: load, unload, start, stop, reset"
            )
        return {}

    async def _system_request(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Carry out ``do`` (get_ready, stand_down, start or stop) at ``device`` (an arm); with ``mode`` for a stop."""
        role, do = asked["device"], asked["do"]
        operation = self._supervisor.operations[role]
        if do == "stop":
            mode = _stop_mode(asked["mode"])
            if mode is StopMode.END_OF_INSTRUCTION:
                self._task.stop(mode, "")
            else:
                await self._stop(client, {"device": role})
            return {}
        self._supervisor.ownership.require(client)
        if do == "get_ready":
            self._require_mode(role)
            if operation.state is not SystemState.IDLE:
                raise RequestRefused(RefusalCode.WRONG_STATE, f"{role} is {operation.state.name.lower()} already")
            operation.become(SystemState.IDLE, Reason.EXTERNAL, getting_ready=True)
            try:
                await self._cell.arm(role).recover()
            finally:
                operation.become(SystemState.IDLE, Reason.EXTERNAL)
            operation.stood_down = False
            operation.become(SystemState.READY, Reason.EXTERNAL)
        elif do == "stand_down":
            if operation.state is not SystemState.READY:
                raise RequestRefused(RefusalCode.WRONG_STATE, f"{role} is {operation.state.name.lower()}, not ready")
            operation.stood_down = True
            operation.become(SystemState.IDLE, Reason.EXTERNAL)
        elif do == "start":
            self._require_all(client)
            return {"job": self._task.start(client.user).id}
        else:
            raise RequestRefused(
                RefusalCode.UNKNOWN,
                f"unknown request {do!r} to a controller; known: get_ready, stand_down, start, stop",
            )
        return {}

    async def _line_request(self, client: Client, asked: Mapping[str, Any]) -> None:
        """Carry out ``command``: one of PackML's commands, given by its name."""
        try:
            command = LineCommand(asked["command"])
        except ValueError:
            raise RequestRefused(RefusalCode.UNKNOWN, f"PackML has no command {asked['command']!r}") from None
        if command not in (LineCommand.STOP, LineCommand.ABORT, LineCommand.HOLD, LineCommand.SUSPEND):
            self._supervisor.ownership.require(client)
        if command in (LineCommand.START, LineCommand.UNHOLD, LineCommand.UNSUSPEND):
            self._require_all(client)
        self._supervisor.packml_unit.command(command, client.user)

    async def _unit_mode(self, client: Client, asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.require(client)
        self._supervisor.packml_unit.set_mode(int(asked["mode"]))

    async def _new_order(self, client: Client, _asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.require(client)
        if self._board.active():
            raise RequestRefused(
                RefusalCode.WRONG_STATE,
                "jobs are under way; wait for their end or cancel them: a new order removes their parts",
            )
        self._supervisor.production.new_order()

    # --- ownership --------------------------------------------------------------------------------------------

    async def _request_control(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        """Take command for ``lease`` s → ``lease``."""
        return {"lease": self._supervisor.ownership.request(client, asked["lease"])}

    async def _renew_control(self, client: Client, asked: Mapping[str, Any]) -> Answer:
        lease = self._supervisor.ownership.renew(client, asked["lease"])
        self._supervisor.notify(self._supervisor.owner_message())
        return {"lease": lease}

    async def _release_control(self, client: Client, _asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.release(client)

    async def _break_control(self, client: Client, _asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.take_away(f"ended by {client.user}")

    async def _samples_read(self, _client: Client, _asked: Mapping[str, Any]) -> Answer:
        self._supervisor.attend()
        return None

    async def _session_closed(self, client: Client, _asked: Mapping[str, Any]) -> None:
        self._supervisor.ownership.session_closed(client.session)


def _stop_mode(mode: int) -> StopMode:
    try:
        return StopMode(mode)
    except ValueError:
        offered = ", ".join(f"{one.value} {one.name}" for one in StopMode)
        raise RequestRefused(RefusalCode.ARGUMENT, f"stop mode {mode} is not supported; known: {offered}", 0) from None


def _why(reading: Any) -> str:
    return "not read yet" if reading is None else str(reading.quality.value)

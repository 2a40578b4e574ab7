"""ABB arms: Robot Web Services for states, motors and RAPID, EGM for every motion."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from typing import Any, TypeVar

import httpx
import numpy as np

from cellkit.devices import ArmState, Fault, Lifecycle, Load, SafetyStatus, StopCategory, Tool
from cellkit.devices.latest import Latest
from cellkit.errors import (
    ConnectionFailed,
    ConnectionLost,
    DeviceFault,
    EmergencyStop,
    ProtocolError,
    TransportError,
)
from cellkit.geometry import Array, largest
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.timing import now
from cellkit.transport import Datagram, Network
from cellkit.transport.websocket import WebSocket
from cellkit_abb.config import AbbConfig
from cellkit_abb.panel import Panel, log_number, read_fault
from cellkit_abb.protocol.dialect import TASK
from cellkit_abb.protocol.egm import (
    PERIOD,
    Guided,
    Rapid,
    RobotMessage,
    SensorMessage,
    decode_robot,
    encode_sensor,
)
from cellkit_abb.protocol.errors import PROGRAM_STOPPED, SYSTEM_FAILURE
from cellkit_abb.protocol.loads import load_data, tool_data
from cellkit_abb.protocol.rws import read_items
from cellkit_abb.session import RwsSession
from cellkit_abb.signals import AbbSignals

MODULE = "CellkitEgm"
STOPPED = str(PROGRAM_STOPPED.code)
FRESH = 0.1  # s that a report of EGM counts as the present
SILENCE = 0.25  # s without EGM, while RAPID runs, until the controller is asked why
GIVEN_UP = 1.0  # s without EGM, while RAPID runs, until the link counts as lost
LOOK = 0.1  # s between two looks at whether the controller is still there
SIGN_OF_LIFE = 1.0  # s between two requests while EGM rests
PATIENCE = 5.0  # s for motors and program to start
SETTLED = 2e-4  # rad between what was sent last and what is reported, of an arm that stands
STILL = 0.01  # rad/s
OVERTAKEN = 1000  # messages; an older sequence number than that is a new count

ResultT = TypeVar("ResultT")


class AbbArm(AbbSignals):
    """An arm on an IRC5 or OmniCore that runs the RAPID module of this package (``rapid/cellkit_egm.mod``).

    While it is connected, in automatic and not stopped, RAPID runs and the arm follows this side's references.
    """

    def __init__(self, name: str, model: ArmModel, config: AbbConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        self._cookies = httpx.Cookies()
        self._rws: RwsSession | None = None
        self._panel = Panel()
        self._sequence = -1
        self._sent = 0
        self._clock = 0.0  # s that the controller's clock is ahead of cell time
        self._asked_to_run = False
        self._known_tool: Tool | None = None  # that RAPID was started with
        self._started = 0.0

    # --- link -----------------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._sequence, self._asked_to_run = -1, False
        self._panel = Panel()
        self._messages = self._pending(Latest[RobotMessage](self.name, "EGM message"))
        dialect = self.config.dialect(self.model.id)
        self._rws = rws = RwsSession(self.name, self.network, self.config, dialect, self._cookies)
        self._farewell = self._leave
        socket = await self._open_datagram(self.config.egm_port)
        modules = await self._ask(rws.get(dialect.modules(TASK)))
        if not any(item.fields.get("name") == MODULE for item in modules):
            raise ConnectionFailed(self.name, f"{TASK} has no module {MODULE}; load rapid/cellkit_egm.mod first")
        events = await self._ask(rws.subscribe(self._signal_paths))
        self._open_ends.append(events)
        await self._read_panel()
        await self._read_signals()
        if self._panel.running:  # of a client before this one, or of this one before the line broke
            await self._ask(rws.post(dialect.stop()))
        await self._read_joints()
        await self._fresh_kernel()
        self._background(self._listen(events), "Robot Web Services")
        self._background(self._follow(socket), "EGM")
        self._background(self._supervise(), "Robot Web Services")
        await self._write_load(self.tool, self.payload)
        self._show_panel()
        if self._panel.may_run:
            await self._run_program()

    async def _fresh_kernel(self) -> None:
        """Whatever this side still planned when the line broke is over."""
        await self.kernel.stop()
        self.kernel.release_emergency_stop()
        await self.kernel.reset()
        self.kernel.hold_here()

    async def _leave(self) -> None:
        rws = self._web
        if self._asked_to_run:
            self._asked_to_run = False
            await rws.post(rws.dialect.stop())
        await rws.logout()

    async def _close(self) -> None:
        await super()._close()
        rws, self._rws = self._rws, None
        if rws is not None:
            await rws.close()

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        if self._lifecycle is Lifecycle.LOST:
            self.kernel.protective_stop("the link is lost")

    @property
    def _web(self) -> RwsSession:
        if self._rws is None:
            raise ConnectionLost(self.name, "no session with the controller")
        return self._rws

    async def _ask(self, request: Coroutine[Any, Any, ResultT]) -> ResultT:
        try:
            return await request
        except TransportError as error:
            why = f"Robot Web Services: {error}"
            self._link_lost(why)
            raise ConnectionLost(self.name, why) from None

    # --- what the controller tells ----------------------------------------------------------------------------------

    async def _listen(self, events: WebSocket) -> None:
        while (text := await events.receive()) is not None:
            for item in read_items(text):
                self._signal_told(item)
                await self._take(item.fields)
            self._show_panel()

    async def _take(self, fields: Mapping[str, str]) -> None:
        was_running = self._panel.running
        self._panel = self._panel.told(fields)
        if "speedratio" in fields:
            self.kernel.set_speed_override(self._panel.speed)
        if was_running and not self._panel.running and self._asked_to_run:
            # Nobody here asked for that stop: the panel and the event log say why.
            self._asked_to_run = False
            await self._read_panel()
            fault = read_fault(await self._ask(self._web.get(f"{self._web.dialect.log}?lang=en")), self._panel.seen)
            if fault is not None and self._panel.safety is SafetyStatus.NORMAL:
                self.kernel.raise_fault(fault)

    async def _read_panel(self) -> None:
        rws, dialect = self._web, self._web.dialect
        panel = self._panel
        for path in (dialect.control_state, dialect.operation_mode, dialect.speed_ratio, dialect.execution):
            for item in await self._ask(rws.get(path)):
                panel = panel.told(item.fields)
        self._panel = panel
        self.kernel.set_speed_override(panel.speed)

    def _show_panel(self) -> None:
        """What the controller says of stops and failures reaches whoever waits."""
        kernel, panel = self.kernel, self._panel
        if panel.state == "emergencystop" and not kernel.emergency_pressed:
            kernel.press_emergency_stop()
        elif panel.state.startswith("emergencystopreset"):
            if kernel.safety is not SafetyStatus.EMERGENCY_STOP:
                kernel.press_emergency_stop()
            kernel.release_emergency_stop()
        elif panel.state == "guardstop" and kernel.safety is SafetyStatus.NORMAL:
            kernel.protective_stop("guard stop")
        elif panel.state == "sysfail" and kernel.fault is None:
            failure = "system failure: the controller has to be restarted"
            kernel.raise_fault(Fault(str(SYSTEM_FAILURE.code), failure, recoverable=False))
        if panel.mode is not kernel.mode:
            kernel.mode = panel.mode
        if kernel.moving and not panel.running and not self._asked_to_run and kernel.safety is SafetyStatus.NORMAL:
            why = DeviceFault(self.name, "the RAPID program was stopped at the controller", code=STOPPED)
            self._spawn(kernel.stop(StopCategory.TWO, why))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._readers.add(task)
        task.add_done_callback(self._readers.discard)

    async def _follow(self, socket: Datagram) -> None:
        while True:
            data, sender = await socket.receive()
            message = decode_robot(data)
            if 0 <= self._sequence - message.sequence < OVERTAKEN:
                continue  # overtaken on the way
            self._sequence = message.sequence
            self._report(message)
            if message.guided is Guided.RUNNING and message.rapid is Rapid.RUNNING and self._asked_to_run:
                self._sent += 1
                reference = SensorMessage(self._sent, message.time_ms, self.remote.setpoint(now()))
                socket.send(encode_sensor(reference), sender)
            self._messages.put(message)

    def _report(self, message: RobotMessage) -> None:
        stamp = message.time_ms / 1000
        before = self.remote.state()
        self._clock = stamp - now()
        position: Array = np.array(message.joints)
        elapsed = stamp - before.stamp
        velocity = (position - before.position) / elapsed if 0.0 < elapsed < FRESH else np.zeros(len(position))
        self.remote.report(JointState.trusted(stamp, position, velocity))

    async def _supervise(self) -> None:
        """Neither a silent stream nor a silent controller goes unnoticed."""
        asked = now()
        while True:
            await asyncio.sleep(LOOK)
            wait = SILENCE if self._asked_to_run else SIGN_OF_LIFE
            if now() - max(self._messages.stamp, self._started, asked) > wait:
                asked = now()
                await self._web.get(self._web.dialect.control_state)
                silence = now() - max(self._messages.stamp, self._started)
                if self._asked_to_run and silence > GIVEN_UP:
                    raise TransportError(f"no EGM message for {silence:.1f} s, although RAPID runs")

    # --- hooks ------------------------------------------------------------------------------------------------------

    async def _read_state(self) -> ArmState:
        if not self._messages.known or self._messages.age > FRESH:
            await self._read_joints()
        joints, kernel, panel = self.remote.state(), self.kernel, self._panel
        moving = kernel.moving or largest(joints.velocity) > STILL
        return ArmState(
            joints.stamp, joints, kernel.tcp(joints), panel.mode, kernel.safety, panel.speed, moving, kernel.fault
        )

    async def _read_joints(self) -> None:
        """Ask for the joints, when EGM does not tell them."""
        items = await self._ask(self._web.get(self._web.dialect.joints))
        try:
            degrees = [float(items[0].fields[f"rax_{axis}"]) for axis in range(1, 7)]
        except (IndexError, KeyError, ValueError) as error:
            raise ProtocolError(self.name, f"no joint target: {error!r}") from None
        stamp = max(self.remote.state().stamp, now() + self._clock)
        self.remote.report(JointState(stamp, np.radians(degrees), np.zeros(len(degrees))))

    async def _stop(self, category: StopCategory = StopCategory.TWO) -> None:
        await self.kernel.stop(category)
        deadline = now() + 0.5
        while self._asked_to_run and now() < deadline and self._messages.age < FRESH:
            joints = self.remote.state().position
            if largest(joints - np.array(self.remote.setpoint(now()))) < SETTLED:
                return
            await asyncio.sleep(PERIOD)

    async def _set_speed_override(self, share: float) -> None:
        percent = max(1, round(share * 100)) if share > 0 else 0  # little is not nothing
        await self._ask(self._web.post(self._web.dialect.set_speed_ratio(percent)))
        self._panel = self._panel.told({"speedratio": str(percent)})
        self.kernel.set_speed_override(self._panel.speed)

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        await self._write_load(tool, payload)

    async def _write_load(self, tool: Tool, payload: Load) -> None:
        if not self._panel.mode.accepts_programs:
            return  # nothing is written in manual mode without the operator's consent; it is when the program starts
        rws, dialect = self._web, self._web.dialect
        await self._ask(rws.post(dialect.set_symbol(TASK, MODULE, "cellkit_tool", tool_data(tool))))
        await self._ask(rws.post(dialect.set_symbol(TASK, MODULE, "cellkit_load", load_data(payload, tool))))
        self.kernel.set_load(tool, payload)

    async def _recover(self) -> None:
        rws, dialect = self._web, self._web.dialect
        await self._read_panel()
        if self._panel.state == "emergencystop":
            raise EmergencyStop(self.name, "the emergency stop is still pressed")
        if self._panel.state == "sysfail":
            raise DeviceFault(self.name, "system failure", code=str(SYSTEM_FAILURE.code), recoverable=False)
        if self._panel.running:
            self._asked_to_run = False
            await self._ask(rws.post(dialect.stop()))
        if self._panel.state == "guardstop":
            await self._ask(rws.post(dialect.set_motors(False)))
        if self._panel.state != "motoron":
            await self._motors_on()
        await self._read_joints()
        await self._fresh_kernel()
        await self._run_program()

    # --- motors and program -----------------------------------------------------------------------------------------

    async def _motors_on(self) -> None:
        rws, dialect = self._web, self._web.dialect
        await self._ask(rws.post(dialect.set_motors(True)))
        async with self._in_time("the motors do not come on"):
            while await self._ask(rws.field(dialect.control_state, "ctrlstate")) != "motoron":  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
        self._panel = self._panel.told({"ctrlstate": "motoron"})

    async def _make_ready(self) -> None:
        """RAPID may have been stopped by a change of mode, or at the pendant; then it is started again.

        So it is for a new tool, which counts from the next start only.
        """
        if self._asked_to_run and self.tool is not self._known_tool and not self.kernel.moving:
            await self._end_program()
        if not self._asked_to_run:
            await self._run_program()

    async def _end_program(self) -> None:
        self._asked_to_run = False
        await self._ask(self._web.post(self._web.dialect.stop()))
        async with self._in_time("RAPID does not stop"):
            while self._panel.running:  # noqa: ASYNC110  (until the subscription has told of it)
                await asyncio.sleep(PERIOD)

    async def _run_program(self) -> None:
        """Motors on and RAPID from main; returns when the arm is being led."""
        rws, dialect = self._web, self._web.dialect
        if self._panel.state == "motoroff":
            await self._motors_on()
        await self._read_joints()
        self.kernel.hold_here()
        await self._write_load(self.tool, self.payload)
        await self._ask(rws.post(dialect.reset_pointer()))
        self._panel = self._panel.started(await self._newest_log_number())
        self._asked_to_run, self._started, self._known_tool = True, now(), self.tool
        try:
            await self._ask(rws.post(dialect.start()))
            async with self._in_time("RAPID was started, but no EGM message comes: is the UDPUC device set up?"):
                await self._messages.since(self._started)
        except BaseException:
            self._asked_to_run = False
            raise

    async def _newest_log_number(self) -> int:
        entries = await self._ask(self._web.get(f"{self._web.dialect.log}?lang=en"))
        return max((log_number(item.title) for item in entries), default=0)

    @contextlib.asynccontextmanager
    async def _in_time(self, otherwise: str) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(PATIENCE):
                yield
        except TimeoutError:
            raise DeviceFault(self.name, otherwise) from None

"""The driver of KUKA arms: cellkit's kernel plans here, RSI carries axis corrections, KUKAVARPROXY the rest.

RSI is a cycle of 4 or 12 ms that the robot drives: each of its datagrams is answered at once, with the axis corrections
(AKorr) that lead from where RSI began to the kernel's set-point. The rest of the
state is in fields of the driver's own RSI context (see ``protocol.status``); while RSI does not run, the same state is
read from variables. Starting, confirming, the override and the load also go through variables. The driver keeps the
tool centre point.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Coroutine
from typing import Any

import numpy as np

from cellkit.devices import ArmState, Load, SafetyStatus, Tool
from cellkit.errors import (
    CommandRejected,
    ConnectionLost,
    DeviceError,
    DeviceFault,
    EmergencyStop,
    ProtectiveStop,
    ProtocolError,
)
from cellkit.joints import JointState
from cellkit.models.arm import ArmModel
from cellkit.timing import Periodic, now
from cellkit.transport import Address, Network
from cellkit.transport import Datagram as Socket
from cellkit_kuka.config import KukaConfig, own_context
from cellkit_kuka.kvp_client import Variables
from cellkit_kuka.protocol.datagrams import Value, rob_codec, sen_codec
from cellkit_kuka.protocol.joints import AXES, AxisFields
from cellkit_kuka.protocol.loads import VARIABLE, load_text
from cellkit_kuka.protocol.status import Report, Request, Stop
from cellkit_kuka.signals import KukaSignals

SILENCE = 0.1  # s without RSI until the state is read from variables
STALE = 0.5  # s until a report is too old to be the state
WATCH = 0.05  # s between two looks at that
POLL = 0.02  # s between two looks at an acknowledgement
FULFILLED = 3.0  # s that the controller may take for a request
REPEATED = 1000  # ms by which a datagram may be older than the newest one, to count as repeated
NEVER = -1  # no run of RSI has that number
CREEP = 2e-3  # rad/s below which an arm stands; measured joints are rounded


class KukaArm(KukaSignals):
    """An arm on a KR C controller with RSI and KUKAVARPROXY."""

    def __init__(self, name: str, model: ArmModel, config: KukaConfig, network: Network) -> None:
        super().__init__(name, model, config, network)
        context = own_context(model.dof)
        self._rob = rob_codec(context.send)
        self._sen = sen_codec(context.sentype, context.receive)
        self._actual = AxisFields(model.dof, "IPos")
        self._setpoint = AxisFields(model.dof, "SPos")
        self._correction = AxisFields(model.dof, "Korr")
        self._forget()

    def _forget(self) -> None:
        """Reset the data of a connection to unknown."""
        self._report: Report | None = None
        self._polling = False
        self._stamp = self._rsi_stamp = 0.0
        self._base: list[float] | None = None
        self._answer: dict[str, Value] = {}
        self._begun = NEVER
        self._ipoc = 0
        self._starting = self._engaged = False
        self._known_tool: Tool | None = None  # the tool with which the program was started

    # --- the link ---------------------------------------------------------------------------------------------

    async def _open_link(self) -> None:
        self._forget()
        self._rsi_stamp = now()
        socket = await self._open_datagram(self.config.rsi_port)
        stream = await self._open_stream(self.config.kvp_port, "KUKAVARPROXY")
        variables = self._variables = self._pending(Variables(self.name, stream, self._link_lost))
        self._farewell = lambda: variables.write("CK_REQ", str(int(Request.STOP)))
        self._background(variables.read_replies(), "KUKAVARPROXY")
        self._background(self._receive(socket), "RSI")
        await self._clear_kernel()
        await self._poll()
        self.kernel.hold_here()
        await self._write_load(self.tool, self.payload)
        assert self._report is not None
        if self._report.healthy and self._report.operational_mode.accepts_programs:
            await self._start()
        self._open_ends.append(Periodic(WATCH, self._look))

    def _link_lost(self, why: str) -> None:
        super()._link_lost(why)
        self.kernel.protective_stop("the link to the controller is lost")

    def _spawn(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run a task beside the cycle; a relevant failure shows in the link or in the state."""

        async def quietly() -> None:
            with contextlib.suppress(DeviceError):
                await work()

        job = asyncio.get_running_loop().create_task(quietly())
        self._readers.add(job)
        job.add_done_callback(self._readers.discard)

    # --- RSI ----------------------------------------------------------------------------------------------------

    async def _receive(self, socket: Socket) -> None:
        while True:
            data, sender = await socket.receive()
            try:
                self._on_datagram(data, sender, socket)
            except (ProtocolError, KeyError):
                continue  # not from this robot, or damaged; the robot counts missing answers

    def _on_datagram(self, data: bytes, sender: Address, socket: Socket) -> None:
        datagram = self._rob.decode(data)
        values = datagram.values
        report = Report.read(values)
        if report.run == self._begun and 0 <= self._ipoc - datagram.ipoc < REPEATED:
            return  # a line that repeats itself counts as silent: the state is read from variables
        self._ipoc = datagram.ipoc
        moment = now()
        self._take_joints(moment, self._actual.read(values))
        self._rsi_stamp = moment
        if report.run != self._begun:  # RSI was restarted: corrections count from its set-point
            self._begun = report.run
            self._base = self._setpoint.read(values)
            self._engaged = False
            self._answer = {}
            if not self._starting:  # the program was started at the pendant
                self._spawn(self._engage)
        self._take_report(report)
        if report.stop & Stop.IDLE:  # once stopped, only a new run may move the arm again
            self._engaged = False
        if self._engaged and self._base is not None:
            target = self.remote.setpoint(moment)
            self._correction.write(self._answer, [a - b for a, b in zip(target, self._base, strict=True)])
        socket.send(self._sen.encode(self._answer, datagram.ipoc), sender)

    def _take_joints(self, moment: float, joints: list[float]) -> None:
        before = self.remote.state()
        position = np.array(joints)
        gap = moment - before.stamp
        velocity = (position - before.position) / gap if 0.0 < gap < 1.0 else np.zeros(len(joints))
        self.remote.report(JointState.trusted(moment, position, velocity))
        self._stamp = moment

    def _take_report(self, report: Report) -> None:
        """Bring the kernel into the state that the controller is in."""
        before, self._report = self._report, report
        if report == before:
            return
        kernel = self.kernel
        if before is None or report.override != before.override:
            kernel.set_speed_override(report.override / 100.0)
        if kernel.mode is not report.operational_mode:
            mode = report.operational_mode
            self._spawn(lambda: kernel.set_mode(mode))
        if report.stop & Stop.BUTTON or report.stop & Stop.EMERGENCY:
            if kernel.safety is not SafetyStatus.EMERGENCY_STOP:
                kernel.press_emergency_stop()
            if not report.stop & Stop.BUTTON:
                kernel.release_emergency_stop()
        elif report.stop & Stop.PROTECTIVE:
            kernel.protective_stop("the controller reports a protective stop")
        if report.fault is not None and kernel.fault is None:
            kernel.raise_fault(report.fault)
        if report.stop & Stop.IDLE and kernel.moving and kernel.safety is SafetyStatus.NORMAL:
            self._spawn(kernel.stop)  # the program was stopped at the controller

    # --- variables ----------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if now() - self._rsi_stamp > SILENCE and not self._polling and self._broken is None:
            self._spawn(self._poll)

    async def _poll(self) -> None:
        """Read from variables the state that RSI would carry."""
        self._polling = True
        try:
            report = Report.parse(await self._variables.read("CK_STATUS[]"))
            joints = _axes(await self._variables.read("$AXIS_ACT"), self.model.dof)
        finally:
            self._polling = False
        self._take_joints(now(), joints)
        self._take_report(report)

    async def _request(self, request: Request) -> bool:
        """Send a request to the submit program; return whether it was done. Raises ``ConnectionLost``."""
        await self._variables.write("CK_REQ", str(int(request)))
        deadline = now() + FULFILLED
        while now() < deadline:
            acknowledged = await self._variables.read("CK_ACK")
            if acknowledged in (str(int(request)), str(-int(request))):
                return not acknowledged.startswith("-")
            await asyncio.sleep(POLL)
        raise CommandRejected(self.name, f"the controller has not fulfilled {request.name} for {FULFILLED:g} s")

    async def _start(self) -> None:
        """Start the program, and RSI with it, from where the arm stands."""
        self._starting = True
        try:
            await self._poll()
            assert self._report is not None
            tool = self.tool
            await self._write_load(tool, self.payload)
            before = (NEVER, self._report.run)  # datagrams sent before the request may still be on their way
            if not await self._request(Request.START):
                text = "the controller refuses to start its program"
                raise CommandRejected(self.name, text, state=self._state_text())
            deadline = now() + FULFILLED
            while self._begun in before or self._report.stop & Stop.IDLE:
                if now() > deadline:
                    raise CommandRejected(self.name, f"RSI has not begun within {FULFILLED:g} s")
                await asyncio.sleep(POLL)
            await self._clear_kernel()
            await self._engage()
            self._known_tool = tool
        finally:
            self._starting = False

    async def _engage(self) -> None:
        """Let the kernel lead the arm from its present position: corrections of an older run are void."""
        await self.kernel.stop()
        self.kernel.hold_here()
        self._engaged = True

    async def _clear_kernel(self) -> None:
        self.kernel.release_emergency_stop()
        await self.kernel.reset()

    # --- hooks --------------------------------------------------------------------------------------------------

    async def _read_state(self) -> ArmState:
        kernel, report = self.kernel, self._report
        age = now() - self._stamp
        if report is None or age > STALE:
            raise ConnectionLost(self.name, f"no data from the arm for {age:.2f} s")
        joints = self.remote.state()
        moving = kernel.moving or max(map(abs, joints.velocity.tolist())) > CREEP
        return ArmState(
            joints.stamp,
            joints,
            kernel.tcp(joints),
            report.operational_mode,
            kernel.safety,
            report.override / 100.0,
            moving,
            kernel.fault,
        )

    async def _make_ready(self) -> None:
        """Make the program ready: a turn of the key switch may have ended it without any other fault.

        It is started anew for a new tool as well, whose load counts from the next start only.
        """
        report = self._report
        new_tool = self.tool is not self._known_tool and not self.kernel.moving
        if report is not None and report.healthy and (report.stop & Stop.IDLE or not self._engaged or new_tool):
            await self._start()

    async def _set_speed_override(self, share: float) -> None:
        """Set the speed override. The controller takes whole percent; 0 only for 0."""
        percent = max(1, round(share * 100.0)) if share > 0.0 else 0
        await self._variables.write("$OV_PRO", str(percent))
        await self._poll()

    async def _set_load(self, tool: Tool, payload: Load) -> None:
        await self._write_load(tool, payload)
        self.kernel.set_load(tool, payload)

    async def _write_load(self, tool: Tool, payload: Load) -> None:
        """Write tool and payload as one body: ``$LOAD`` is the whole load on the flange."""
        await self._variables.write(VARIABLE, load_text(tool.load + payload))

    async def _recover(self) -> None:
        """Confirm the messages, switch the drives on, start the program."""
        await self._poll()
        assert self._report is not None
        if self._report.stop & Stop.BUTTON:
            raise EmergencyStop(self.name, "the emergency stop is still pressed", state=self._state_text())
        for request in (Request.CONFIRM, Request.DRIVES_ON):
            if not await self._request(request):
                await self._poll()
                raise self._trouble() or CommandRejected(self.name, f"the controller refuses {request.name}")
        await self._clear_kernel()
        if self._report.operational_mode.accepts_programs:
            await self._start()
        await self._poll()

    def _trouble(self) -> DeviceError | None:
        report = self._report
        assert report is not None
        if report.stop & (Stop.BUTTON | Stop.EMERGENCY):
            return EmergencyStop(self.name, "the emergency stop is active")
        if report.stop & Stop.PROTECTIVE:
            return ProtectiveStop(self.name, "a protective stop is active")
        fault = report.fault
        return None if fault is None else DeviceFault(self.name, fault.text, code=fault.code)


def _axes(text: str, count: int) -> list[float]:
    """Parse (n,) rad from ``{E6AXIS: A1 0.0, …}``. Raises ``ProtocolError``."""
    words = text.strip("{} ").removeprefix("E6AXIS:").replace(",", " ").split()
    found = dict(zip(words[::2], words[1::2], strict=False))
    try:
        return [float(found[axis]) / 57.29577951308232 for axis in AXES[:count]]
    except (KeyError, ValueError):
        raise ProtocolError("KUKA", "$AXIS_ACT has not all axes", data=text.encode()) from None

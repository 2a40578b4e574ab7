"""Virtual IRC5 and OmniCore controllers: their states, RAPID and EGM over cellkit's kernel."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault, OperationalMode, SafetyStatus, StopCategory
from cellkit.errors import ConfigError, DeviceError, ProtocolError
from cellkit.transport import ByteStream
from cellkit.transport.http_server import serve_http
from cellkit.transport.tls import Identity, self_signed, tls_server
from cellkit_abb.config import dialect_of
from cellkit_abb.protocol import errors as happened
from cellkit_abb.protocol.dialect import Dialect, Rws1, Rws2
from cellkit_abb.protocol.errors import (
    REJECTED,
    SYMBOL_NOT_FOUND_1,
    SYMBOL_NOT_FOUND_2,
    WRONG_STATE,
    LogEvent,
)
from cellkit_abb.protocol.loads import read_load, read_tool
from cellkit_abb.protocol.rapid import Symbol
from cellkit_abb.protocol.signals import LOGICAL
from cellkit_abb.virtual_access import BasicGate, Consent, DigestGate, Gate, Mastership, RequestRefused, Sessions
from cellkit_abb.virtual_egm import EgmStream
from cellkit_abb.virtual_events import Events
from cellkit_abb.virtual_log import EventLog, Files, Signal, Signals, signal_path
from cellkit_abb.virtual_rapid import RapidTask
from cellkit_abb.virtual_rws import Rws
from cellkit_abb.virtual_subscriptions import Subscriptions

USER, PASSWORD = "Default User", "robotics"  # the vendor's public default
HTTP = Endpoint("tcp", 80, "Robot Web Services 1.0 (IRC5)")
HTTPS = Endpoint("tcp", 443, "Robot Web Services 2.0 (OmniCore, TLS)")
EGM = Endpoint("udp", 6510, "EGM", outgoing=True)
_MODES = {
    OperationalMode.MANUAL_REDUCED_SPEED: "MANR",
    OperationalMode.MANUAL_HIGH_SPEED: "MANF",
    OperationalMode.AUTOMATIC: "AUTO",
    OperationalMode.AUTOMATIC_EXTERNAL: "AUTO",
}
_NOTED = {
    "motoron": happened.MOTORS_ON,
    "motoroff": happened.MOTORS_OFF,
    "guardstop": happened.GUARD_STOP,
    "emergencystop": happened.EMERGENCY_STOP,
    "sysfail": happened.SYSTEM_FAILURE,
}


class VirtualAbb(VirtualController):
    """What both generations share; what clients can do to it raises ``RequestRefused`` where it is not possible.

    Made for a model that usually has an OmniCore, it is a ``VirtualOmniCore``, else a ``VirtualIrc5``.
    """

    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"http": HTTP, "https": HTTPS, "egm": EGM}
    dialect: ClassVar[Dialect]
    web: ClassVar[str]

    def __new__(cls, kernel: ArmController) -> VirtualAbb:
        """See the class."""
        usual = VirtualOmniCore if isinstance(dialect_of(kernel.model.id), Rws2) else VirtualIrc5
        return super().__new__(usual if cls is VirtualAbb else cls)

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.gate: Gate = DigestGate(USER, PASSWORD) if self.dialect.implicit_mastership else BasicGate(USER, PASSWORD)
        self.sessions = Sessions(70, 70 if self.dialect.implicit_mastership else 5)
        domains = ("cfg", "motion", "rapid") if self.dialect.implicit_mastership else ("edit", "motion")
        self.mastership = Mastership(self.sessions, domains, self.dialect.implicit_mastership)
        self.consent = Consent()
        self.log = EventLog()
        self.signals = Signals()
        self.files = Files()
        self.rapid = RapidTask(
            self._written, SYMBOL_NOT_FOUND_1 if self.dialect.implicit_mastership else SYMBOL_NOT_FOUND_2
        )
        self.subscriptions = Subscriptions()
        self.events = Events(self)
        self.event_name = self.events.resource
        self._web = Rws(self)
        self._egm: EgmStream | None = None
        self._guard_acknowledged = False
        self._told = (self.control_state, self.operation_mode)
        kernel.on_change(self._changed)

    async def _open(self) -> None:
        self.log.add(happened.SYSTEM_STARTED)
        socket = await self._bind("egm")
        self._egm = EgmStream(self.kernel, socket, (self.pc_host, self.ports["egm"]), self.program_failed)
        self._closers.append(self._egm.stop)
        self._background(self._egm.listen())
        await self._serve(self.web, self._converse)
        self._closers.append(self.subscriptions.close)

    async def _converse(self, stream: ByteStream) -> None:
        await serve_http(stream, self._web.app)

    # --- what it is doing -----------------------------------------------------------------------------------------

    @property
    def control_state(self) -> str:
        """``ctrlstate`` of the panel."""
        kernel = self.kernel
        if kernel.fault is not None and not kernel.fault.recoverable:
            return "sysfail"
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            return "emergencystop" if kernel.emergency_pressed else "emergencystopreset"
        if kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            return "guardstop"
        return "motoron" if kernel.powered and kernel.fault is None else "motoroff"

    @property
    def operation_mode(self) -> str:
        """``opmode`` of the panel."""
        return _MODES.get(self.kernel.mode, "UNDEF")

    @property
    def manual(self) -> bool:
        """Whether the key switch is in a manual position."""
        return self.operation_mode != "AUTO"

    @property
    def speed_ratio(self) -> int:
        """Speed in per cent of what is programmed. References of EGM do not obey it: whoever sends them has to."""
        return round(self.kernel.speed_override * 100)

    # --- what clients can do ----------------------------------------------------------------------------------------

    async def set_motors(self, on: bool) -> None:
        """Motors on or off. Raises ``RequestRefused`` when that is not possible now."""
        if not on:
            self._guard_acknowledged = self.control_state == "guardstop"
            await self.stop_program()
            await self.kernel.stop(StopCategory.ONE)
            self._changed()
            return
        if self.manual:
            raise RequestRefused(REJECTED, "in manual mode motors are switched on by the enabling device")
        if self.control_state == "guardstop" and not self._guard_acknowledged:
            raise RequestRefused(REJECTED, "after a guard stop motors are switched off first")
        try:
            await self.kernel.reset()
        except DeviceError as error:
            raise RequestRefused(REJECTED, error.message) from None
        self._guard_acknowledged = False

    def start_program(self, cycle: str) -> None:
        """Start RAPID. Raises ``RequestRefused`` in the wrong state."""
        task = self.rapid
        if self.control_state != "motoron" or self.manual or task.running or not task.active:
            raise RequestRefused(WRONG_STATE, f"{self.control_state}, {self.operation_mode}")
        assert self._egm is not None
        self._take_load()
        try:
            self._egm.start()
        except DeviceError as error:
            raise RequestRefused(WRONG_STATE, error.message) from None
        task.running, task.pointer_set = True, False
        if cycle != "asis":
            task.cycle = cycle
        self._execution_changed(happened.PROGRAM_STARTED)

    async def stop_program(self) -> None:
        """Stop RAPID; returns when the arm stands. Does nothing when it stands still."""
        if self.rapid.running:
            self._end_program(happened.PROGRAM_STOPPED)
            await self.kernel.stop()

    def reset_pointer(self) -> None:
        """Set the program pointer to main. Raises ``RequestRefused`` while RAPID runs."""
        if self.rapid.running:
            raise RequestRefused(WRONG_STATE)
        self.rapid.pointer_set = True
        self._note(happened.PROGRAM_POINTER_RESET)

    def set_speed_ratio(self, percent: int) -> None:
        """Somebody, a client or the operator, changes the speed."""
        self.kernel.set_speed_override(percent / 100)
        self.subscriptions.publish(self.events.speed())

    def write_signal(self, path: str, value: str) -> None:
        """Set an output. Raises ``RequestRefused``."""
        self._signal_changed(self.signals.write(path, value))

    def program_failed(self, event: LogEvent) -> None:
        """The program ends with an error of its own; motors stay on."""
        self._end_program(event)
        self._background(self.kernel.stop())

    # --- signals ----------------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        self._put("DI", terminal, float(value))

    @override
    def digital_output(self, terminal: int) -> bool:
        return bool(self._own_signal("DO", terminal).value)

    @override
    def set_analog_input(self, terminal: int, share: float) -> None:
        low, high = LOGICAL
        self._put("AI", terminal, low + share * (high - low))

    @override
    def analog_output(self, terminal: int) -> float:
        low, high = LOGICAL
        return (self._own_signal("AO", terminal).value - low) / (high - low)

    def _own_signal(self, kind: str, terminal: int) -> Signal:
        try:
            return self.signals.find(signal_path(kind, terminal))
        except RequestRefused:
            raise ConfigError(f"the virtual controller has no signal {signal_path(kind, terminal)}") from None

    def _put(self, kind: str, terminal: int, value: float) -> None:
        signal = self._own_signal(kind, terminal)
        if signal.value != value:
            signal.value = value
            self._signal_changed(signal)

    def _signal_changed(self, signal: Signal) -> None:
        self.subscriptions.publish(self.events.signal(signal))
        self._outputs_changed()

    # --- what happens -----------------------------------------------------------------------------------------------

    def _written(self, symbol: Symbol) -> None:
        self.subscriptions.publish(self.events.symbol(symbol))

    def _take_load(self) -> None:
        """What the program does with its data of tool and load: once, when it starts."""
        try:
            tool = read_tool(self.rapid.value("cellkit_tool"))
            self.kernel.set_load(tool, read_load(self.rapid.value("cellkit_load"), tool))
        except ProtocolError as error:
            self._note(LogEvent(happened.ERROR, 40212, "Wrong value in program data", error.message))

    def _changed(self) -> None:
        """The kernel is in another state: log it, tell the subscribers, and end what cannot go on."""
        (state, mode), self._told = self._told, (self.control_state, self.operation_mode)
        fault = self.kernel.fault
        if self.operation_mode != mode:
            self.kernel.powered = False
            self._note(happened.MANUAL_SELECTED if self.manual else happened.AUTOMATIC_CONFIRMED)
            self.subscriptions.publish(self.events.mode())
            self._told = (self.control_state, self.operation_mode)
        stopped = happened.PROGRAM_STOPPED
        if fault is not None and state in ("motoron", "guardstop") and self.control_state in ("motoroff", "sysfail"):
            stopped = LogEvent(happened.ERROR, _log_code(fault), fault.text)
        if self.rapid.running and (self.control_state != "motoron" or self.manual):
            self._end_program(stopped)
        elif stopped is not happened.PROGRAM_STOPPED:
            self._note(stopped)
        if self.control_state != state:
            if self.control_state in _NOTED:
                self._note(_NOTED[self.control_state])
            self.subscriptions.publish(self.events.state())

    def _end_program(self, why: LogEvent) -> None:
        if self.rapid.running:
            self.rapid.running = False
            assert self._egm is not None
            self._egm.stop()
            self._execution_changed(why)

    def _execution_changed(self, event: LogEvent) -> None:
        # The reason first: whoever hears of the stop can look it up.
        self._note(event)
        self.subscriptions.publish(self.events.execution())

    def _note(self, event: LogEvent) -> None:
        self.subscriptions.publish(self.events.logged(self.log.add(event)))

    # --- switches ---------------------------------------------------------------------------------------------------

    def example_fault(self) -> Fault:
        """Motion supervision, ABB's name for a collision that the drives have felt."""
        fault = Fault(str(happened.MOTION_SUPERVISION.code), happened.MOTION_SUPERVISION.title)
        self.kernel.raise_fault(fault)
        return fault

    def stall(self) -> None:
        """Somebody turns the speed ratio on the pendant to nothing."""
        self.set_speed_ratio(0)

    @override
    def status_line(self) -> str:
        program = "RAPID running" if self.rapid.running else "RAPID stopped"
        return f"{self.control_state}, {self.operation_mode}, {program}; {super().status_line()}"


def _log_code(fault: Fault) -> int:
    """The kernel's own following error is what ABB calls motion supervision."""
    return int(fault.code) if fault.code.isdigit() else happened.MOTION_SUPERVISION.code


class VirtualIrc5(VirtualAbb):
    """RobotWare 6: Robot Web Services 1.0 over HTTP."""

    dialect = Rws1()
    web = "http"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"http": HTTP, "egm": EGM}


class VirtualOmniCore(VirtualAbb):
    """RobotWare 7: Robot Web Services 2.0 over TLS, with a certificate of its own."""

    dialect = Rws2()
    web = "https"
    ENDPOINTS: ClassVar[Mapping[str, Endpoint]] = {"https": HTTPS, "egm": EGM}

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        self.identity: Identity = self_signed(kernel.model.id)

    async def _converse(self, stream: ByteStream) -> None:
        await serve_http(await tls_server(stream, self.identity), self._web.app, "https")

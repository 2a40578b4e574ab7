"""A virtual KR C controller: RSI over UDP and KUKAVARPROXY over TCP, over cellkit's kernel.

The robot sends first, every interpolation cycle, and applies the answer in the next cycle. It counts late and wrong
answers, and breaks RSI off after ``timeout`` of them in a row, or at a correction beyond its limits.
Decided here, since no available source settles it: until the first answer, no answer counts as late (a client may
connect at any time). Stops leave RSI sending. When RSI was broken off for lack of answers while no client uses
KUKAVARPROXY, an operator confirms and starts the program again after a second.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Sequence
from dataclasses import dataclass

from typing_extensions import override

from cellkit.controller.arm_controller import ArmController
from cellkit.controller.virtual_controller import Endpoint, VirtualController
from cellkit.devices import Fault, Load, OperationalMode, SafetyStatus
from cellkit.errors import DeviceError, ProtocolError
from cellkit.timing import now
from cellkit.transport import Datagram as Socket
from cellkit_kuka.config import own_context
from cellkit_kuka.protocol.context import RsiContext
from cellkit_kuka.protocol.datagrams import Codec, Value, rob_codec, sen_codec
from cellkit_kuka.protocol.joints import AXES, CART, AxisFields, corrected, pose_to_kuka
from cellkit_kuka.protocol.status import FAULTS, MODES, Report, Stop, fault_number
from cellkit_kuka.virtual_signals import Signals
from cellkit_kuka.virtual_variables import VariableServer

OPERATOR = 1.0  # s until an operator at the pendant starts RSI again
FIRST_IPOC = 100_000
ROUNDING = 1e-6  # rad; datagrams have six decimals of a degree
SPEED_MARGIN = 1.25
"""How much faster than its axis may turn a correction may be."""


@dataclass(frozen=True)
class RsiSettings:
    """What the RSI context (the signal flow on the controller) sets, beside the fields of the datagrams.

    ``cycle`` is 0.004 s (IPO_FAST) or 0.012 s. Corrections are ``absolute`` against where RSI began, or added up.
    ``axis_limit`` (deg) and ``cart_limit`` (mm or deg) bound what corrections amount to.
    """

    cycle: float = 0.004
    absolute: bool = True
    timeout: int = 100
    axis_limit: float = 720.0  # more than any axis can turn from one end to the other
    cart_limit: float = 1000.0


class VirtualKuka(VirtualController):
    """See the module. ``context`` and ``settings`` may be replaced before ``start``."""

    ENDPOINTS = {
        "rsi": Endpoint("udp", 64000, "RSI, sent to the computer", outgoing=True),
        "kvp": Endpoint("tcp", 7000, "KUKAVARPROXY"),
    }

    def __init__(self, kernel: ArmController) -> None:
        super().__init__(kernel)
        axes = kernel.model.dof
        self.context: RsiContext = own_context(axes)
        self.settings = RsiSettings()
        self.spawn = self._background
        self.variables = VariableServer(self)
        self.override = 100
        self.load = Load()
        """``CK_LOAD``, which the program takes when it starts."""
        self.signals = Signals(self._outputs_changed)
        self.message = ""
        self.late = 0
        self.run = 0
        self.sending = self.attached = False
        self._actual, self._setpoint = AxisFields(axes, "IPos"), AxisFields(axes, "SPos")
        # ROS-Industrial's context calls the axis corrections AK.
        self._axis_names = [(f"{axis[0]}Korr.{axis}", f"AK.{axis}") for axis in AXES[:axes]]
        self._cart_names = [f"RKorr.{letter}" for letter in CART]
        limits = kernel.kinematics.limits
        speeds = (limits.velocity * SPEED_MARGIN).tolist()
        lower, upper = (limits.lower - ROUNDING).tolist(), (limits.upper + ROUNDING).tolist()
        self._axis_limits = list(zip(speeds, lower, upper, strict=True))
        kernel.on_change(self._changed)

    async def _open(self) -> None:
        context = self.context
        self._rob: Codec = rob_codec(context.send)
        self._sen: Codec = sen_codec(context.sentype, context.receive)
        self._digouts = [(field.name, int(field.attribute[1:]) - 1) for field in context.send if field.tag == "Digout"]
        self._dropped = [field.name for field in context.receive if not field.hold]
        self._socket = await self._bind("rsi")
        self._ipoc = FIRST_IPOC
        await self._serve("kvp", self.variables.serve)
        self.start_program()
        self._background(self._receive(self._socket))
        self._every(self.settings.cycle, self._beat)

    # --- RSI ----------------------------------------------------------------------------------------------------

    def start_program(self) -> None:
        """Start the program anew: RSI on, corrections zero, the arm where it stands. Raises ``DeviceError``."""
        self.kernel.end_guidance()
        self.kernel.set_load(self.kernel.tool, self.load)
        self.sending, self.attached = True, False
        self.run += 1
        self._late_in_a_row = 0
        self._answered = False
        self._received: dict[str, Value] = {}
        self._held: dict[str, Value] = {}
        self._axes, self._cart = [0.0] * len(self._axis_names), [0.0] * len(self._cart_names)
        self._base = self.kernel.joints().position.tolist()
        self._base_pose = self.kernel.kinematics.forward(self.kernel.joints().position)
        self._target = list(self._base)
        # ASPos and RSol stay where the program is: corrections never show in them (RSIPI 0.3.0, seen on hardware).
        cart = pose_to_kuka(self._base_pose)
        self._programmed: dict[str, Value] = {f"RSol.{letter}": value for letter, value in zip(CART, cart, strict=True)}
        self._setpoint.write(self._programmed, self._base)
        self._at = now()
        self.kernel.hold_here()
        self.kernel.begin_guidance(self.settings.cycle)

    def break_off(self, code: str) -> None:
        """End RSI with an error; the program stands until an operator confirms and starts it again."""
        self.sending = False
        number = fault_number(code)
        self.kernel.raise_fault(Fault(*FAULTS[number]))
        if code == "RSI-TIMEOUT" and not self.variables.clients:
            self._background(self._operator())

    async def _operator(self) -> None:
        await asyncio.sleep(OPERATOR)
        fault = self.kernel.fault
        if self.variables.clients or fault is None or fault.code != "RSI-TIMEOUT":
            return
        try:
            await self.kernel.reset()
            self.start_program()
        except DeviceError:
            return  # there is more amiss than a client that left

    def _beat(self) -> None:
        if not self.sending:
            return
        if self.attached and not self.context.only_send:
            self._close_cycle()
            if not self.sending:
                return
        self._ipoc += round(self.settings.cycle * 1000)
        self._answered = False
        self._socket.send(self._rob.encode(self._values(), self._ipoc), (self.pc_host, self.ports["rsi"]))

    def _close_cycle(self) -> None:
        """Apply the answer to the datagram before; a missing or late answer is counted."""
        if self._answered:
            self._late_in_a_row = 0
            self._held.update(self._received)
        else:
            self.late += 1
            self._late_in_a_row += 1
            for name in self._dropped:
                self._held.pop(name, None)
            if self._late_in_a_row >= self.settings.timeout:
                self.break_off("RSI-TIMEOUT")
                return
        self.signals.set_dio(int(self._held.get("DiO", self.signals.dio)))
        if not self._answered and self.settings.absolute:
            return
        if self.kernel.guided:
            self._correct()

    def _correct(self) -> None:
        held, settings = self._held, self.settings
        axes = [float(held.get(name, held.get(other, 0.0))) for name, other in self._axis_names]
        cart = [float(held.get(name, 0.0)) for name in self._cart_names]
        if not settings.absolute:
            axes = self._axes = [sum(pair) for pair in zip(axes, self._axes, strict=True)]
            cart = self._cart = [sum(pair) for pair in zip(cart, self._cart, strict=True)]
        if max(map(abs, axes)) > settings.axis_limit or max(map(abs, cart)) > settings.cart_limit:
            self.break_off("RSI-LIMIT")
            return
        base: Sequence[float] = self._base
        if any(cart):
            goal = corrected(self._base_pose, cart)
            solved = self.kernel.kinematics.solve_from(goal, self.kernel.joints().position.copy())
            if solved is None:
                self.break_off("RSI-POSITION")
                return
            base = solved.tolist()
        target = [q + math.radians(more) for q, more in zip(base, axes, strict=True)]
        moment = now()
        cycles = moment - self._at + self.settings.cycle
        for new, old, (speed, lower, upper) in zip(target, self._target, self._axis_limits, strict=True):
            if abs(new - old) > speed * cycles or not lower <= new <= upper:
                self.break_off("RSI-LIMIT")
                return
        self._target, self._at = target, moment
        self.kernel.guide(target)

    async def _receive(self, socket: Socket) -> None:
        while True:
            data, _ = await socket.receive()
            if not self.sending:
                continue
            try:
                answer = self._sen.decode(data)
            except ProtocolError:
                continue  # as good as no answer
            if answer.type == self._sen.type and answer.ipoc == self._ipoc:
                self._answered = self.attached = True
                self._received = dict(answer.values)
                self.message = str(answer.values.get("EStr", self.message))

    # --- reports --------------------------------------------------------------------------------------------------

    def _values(self) -> dict[str, Value]:
        kernel = self.kernel
        joints = kernel.joints().position
        values: dict[str, Value] = {"Delay.D": self.late, "DiL": self.signals.dil}
        cart = pose_to_kuka(kernel.kinematics.forward(joints))
        for letter, value in zip(CART, cart, strict=True):
            values[f"RIst.{letter}"] = value
        self._actual.write(values, joints.tolist())
        values.update(self._programmed)
        for name, bit in self._digouts:
            values[name] = bool(self.signals.dio >> bit & 1)
        self.report().write(values)
        return values

    def report(self) -> Report:
        """Mode, stops, message and override as they are now."""
        kernel = self.kernel
        stop = Stop.NONE if kernel.guided else Stop.IDLE
        if kernel.emergency_pressed:
            stop |= Stop.BUTTON
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            stop |= Stop.EMERGENCY
        elif kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            stop |= Stop.PROTECTIVE
        if not kernel.powered:
            stop |= Stop.DRIVES_OFF
        mode = next(number for number, (_, mode) in MODES.items() if mode is kernel.mode)
        message = 0 if kernel.fault is None else fault_number(kernel.fault.code)
        return Report(mode, stop, message, self.override, self.run)

    # --- signals ------------------------------------------------------------------------------------------------

    @override
    def set_digital_input(self, terminal: int, value: bool) -> None:
        """``$IN``."""
        self.signals.set_input(terminal, value)

    @override
    def digital_output(self, terminal: int) -> bool:
        """``$OUT``."""
        return self.signals.output(terminal)

    @override
    def set_analog_input(self, terminal: int, share: float) -> None:
        """``$ANIN``, 0 to 10 V."""
        self.signals.analog_inputs[terminal - 1] = share

    @override
    def analog_output(self, terminal: int) -> float:
        """``$ANOUT``."""
        return self.signals.analog_outputs[terminal - 1]

    # --- what happens to it -----------------------------------------------------------------------------------------

    def _changed(self) -> None:
        """End the program after a change of the mode; a stop or a fault has already ended the guidance."""
        if not self.kernel.mode.accepts_programs:
            self.kernel.end_guidance()

    @override
    async def set_mode(self, mode: OperationalMode) -> None:
        """Set the operational mode. Turning the key back does not start the program again."""
        await super().set_mode(mode)
        self.kernel.end_guidance()

    def example_fault(self) -> Fault:
        """Return the fault of a correction beyond its limit."""
        self.break_off("RSI-LIMIT")
        return Fault(*FAULTS[fault_number("RSI-LIMIT")])

    @override
    def stall(self) -> None:
        """Set the override on the pendant to zero."""
        self.override = 0

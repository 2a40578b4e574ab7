"""The registers of the standard Modbus protocol, by the vendor's map, over the same control box."""

from __future__ import annotations

import math
from collections.abc import Callable

from cellkit_ufactory.protocol.modbus import (
    ILLEGAL_ADDRESS,
    ILLEGAL_DATA,
    READ_COILS,
    READ_HOLDING,
    READ_INPUT_REGISTERS,
    READ_INPUTS,
    READ_WRITE_REGISTERS,
    WRITE_COIL,
    WRITE_COILS,
    ModbusError,
    ModbusRequest,
)
from cellkit_ufactory.protocol.numbers import State
from cellkit_ufactory.protocol.units import MM, pose_values
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_io import BOX_SIGNALS, TOOL_SIGNALS

COILS, INPUTS, HOLDING, INPUT_REGISTERS = 512, 128, 512, 128
TOOL, BRAKES, ENABLED, REDUCED, FENCE, PAUSED, STOPPED, MODES, USER = 32, 128, 135, 142, 143, 144, 145, 146, 256
AXES, MODE_BITS = 7, 14
TASKS = range(48, 64)
VOLTS = 10.0 / 4095.0
TOOL_VOLTS = 3.3 / 4095.0


class ModbusMap:
    """Handler of requests of protocol number 0."""

    def __init__(self, box: ControlBox) -> None:
        self.box = box
        self.user_coils = [0] * (COILS - USER)
        self.user_registers = [0] * (HOLDING - USER)
        self.tasks: list[int] = []

    def answer(self, pdu: bytes) -> bytes:
        """Return the PDU of the reply, an exception included."""
        try:
            request = ModbusRequest.decode(pdu)
            self._write(request)
            return request.reply(self._read(request))
        except ModbusError as error:
            return error.reply()

    # --- reading ----------------------------------------------------------------------------------------------

    def _read(self, request: ModbusRequest) -> list[int]:
        size, read = {
            READ_COILS: (COILS, self._coil),
            READ_INPUTS: (INPUTS, self._input),
            READ_HOLDING: (HOLDING, self._holding),
            READ_WRITE_REGISTERS: (HOLDING, self._holding),
            READ_INPUT_REGISTERS: (INPUT_REGISTERS, self._input_register),
        }.get(request.function, (0, _nothing))
        if request.count and request.address + request.count > size:
            raise ModbusError(request.function, ILLEGAL_ADDRESS)
        return [read(request.address + at) for at in range(request.count)]

    def _coil(self, address: int) -> int:
        box = self.box
        if address < BOX_SIGNALS:
            return box.signals.outputs >> address & 1
        if TOOL <= address < TOOL + TOOL_SIGNALS:
            return box.signals.tool_outputs >> (address - TOOL) & 1
        if BRAKES <= address < BRAKES + AXES:
            return box.released >> (address - BRAKES) & 1
        if ENABLED <= address < ENABLED + AXES:
            return box.enabled >> (address - ENABLED) & 1
        if MODES <= address < MODES + MODE_BITS:
            return int(box.mode == address - MODES)
        if address >= USER:
            return self.user_coils[address - USER]
        single = {
            REDUCED: box.settings.reduced,
            FENCE: box.settings.fence,
            PAUSED: box.state is State.SUSPENDED,
            STOPPED: not box.state.takes_motions,
        }
        return int(single.get(address, False))

    def _input(self, address: int) -> int:
        if address < BOX_SIGNALS:
            return self.box.signals.inputs >> address & 1
        if TOOL <= address < TOOL + TOOL_SIGNALS:
            return self.box.signals.tool_inputs >> (address - TOOL) & 1
        return 0

    def _holding(self, address: int) -> int:
        box, signals = self.box, self.box.signals
        if address >= USER:
            return self.user_registers[address - USER]
        if address in (3, 4):
            return round(1000 * VOLTS * signals.analog_outputs[address - 3])
        single = {0: signals.outputs, 2: signals.tool_outputs, 32: box.mode.value, 33: box.state.value}
        return single.get(address, 0)

    def _input_register(self, address: int) -> int:
        box, signals = self.box, self.box.signals
        if address >= 64:
            values = self._measured()
            at = address - 64
            return _signed(values[at]) if at < len(values) else 0
        if address in (3, 4):
            return round(1000 * VOLTS * signals.analog_inputs[address - 3])
        if address in (7, 8):
            return round(1000 * TOOL_VOLTS * signals.tool_analog_inputs[address - 7])
        single = {
            0: signals.inputs,
            2: signals.tool_inputs,
            32: box.error,
            33: box.warning,
            34: box.settings.counter >> 16 & 0xFFFF,
            35: box.settings.counter & 0xFFFF,
        }
        return single.get(address, 0)

    def _measured(self) -> list[float]:
        """Return registers 64 to 110: mm, degrees, kg and °C, scaled as in the map."""
        box = self.box
        joints, tcp = box.kernel.joints(), box.tcp()
        pose, turn = pose_values(tcp), pose_values(tcp, axis_angle=True)[3:]
        mass, *centre = box.settings.load
        position, velocity = (_degrees(values.tolist()) for values in (joints.position, joints.velocity))
        spare = [0.0] * (AXES - len(position))
        twist = box.kernel.kinematics.jacobian(joints.position, box.kernel.tool.tcp.matrix) @ joints.velocity
        return [
            *_tenths(pose), *(10 * angle for angle in _degrees(turn)), 1000 * mass, *(10 * value for value in centre),
            *_tenths(box.settings.tcp_offset), *_tenths(box.settings.world_offset),
            *(10 * angle for angle in (*position, *spare)), *[25.0] * AXES,
            *(10 * rate for rate in (*velocity, *spare)),
            10 * MM * math.sqrt(float(twist[:3] @ twist[:3])),
        ]  # fmt: skip

    # --- writing ----------------------------------------------------------------------------------------------

    def _write(self, request: ModbusRequest) -> None:
        values = request.values
        if request.masks is not None:
            keep, put = request.masks
            before = self._holding(request.write_address) if request.write_address < HOLDING else 0
            values = (before & keep | put & ~keep & 0xFFFF,)
        if not values:
            return
        coils = request.function in (WRITE_COIL, WRITE_COILS)
        write: Callable[[int, int], bool] = self._write_coil if coils else self._write_register
        last = request.write_address + len(values) - 1
        if last >= (COILS if coils else HOLDING):
            raise ModbusError(request.function, ILLEGAL_ADDRESS)
        for at, value in enumerate(values, request.write_address):
            try:
                if not write(at, value):
                    raise ModbusError(request.function, ILLEGAL_ADDRESS)
            except ValueError:
                raise ModbusError(request.function, ILLEGAL_DATA) from None

    def _write_coil(self, address: int, value: int) -> bool:
        """Write a coil. Return False for an address that cannot be written."""
        box, on = self.box, bool(value)
        if address < BOX_SIGNALS:
            box.signals.set_output(address, on)
        elif TOOL <= address < TOOL + TOOL_SIGNALS:
            box.signals.set_tool_output(address - TOOL, on)
        elif BRAKES <= address < BRAKES + AXES:
            box.brake(address - BRAKES + 1, on)
        elif ENABLED <= address < ENABLED + AXES:
            box.enable(address - ENABLED + 1, on)
        elif address in (REDUCED, FENCE):
            setattr(box.settings, "reduced" if address == REDUCED else "fence", on)
        elif address in (PAUSED, STOPPED):
            box.set_state((State.SUSPENDED if address == PAUSED else State.STOPPED) if on else State.READY)
        elif MODES <= address < MODES + MODE_BITS:
            if on:
                box.set_mode(address - MODES)
        elif address >= USER:
            self.user_coils[address - USER] = value
        else:
            return False
        return True

    def _write_register(self, address: int, value: int) -> bool:
        """Write a register. Return False for an address that cannot be written."""
        box = self.box
        if address == 0:
            box.signals.outputs = value
        elif address == 2:
            box.signals.tool_outputs = value & (1 << TOOL_SIGNALS) - 1
        elif address in (3, 4):
            box.signals.set_analog_output(address - 3, min(4095, round(value / 1000 / VOLTS)))
        elif address == 32:
            box.set_mode(value)
        elif address == 33:
            box.set_state(value)
        elif address in TASKS:
            self.tasks.append(value)
        elif address >= USER:
            self.user_registers[address - USER] = value
        else:
            return False
        return True


def _nothing(_: int) -> int:
    return 0


def _degrees(angles: tuple[float, ...] | list[float]) -> list[float]:
    return [math.degrees(angle) for angle in angles]


def _tenths(pose: tuple[float, ...]) -> list[float]:
    """Return a pose in tenths of mm and degrees."""
    return [*(10 * value for value in pose[:3]), *(10 * angle for angle in _degrees(pose[3:]))]


def _signed(value: float) -> int:
    return max(-0x8000, min(0x7FFF, round(value))) & 0xFFFF

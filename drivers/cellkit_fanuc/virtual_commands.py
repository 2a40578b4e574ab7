"""The commands of RMI, answered at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellkit.controller.arm_controller import ArmController
from cellkit.devices import OperationalMode, SafetyStatus
from cellkit.timing import now
from cellkit_fanuc.protocol import frames, joints
from cellkit_fanuc.protocol.alarms import COLLISION, NONE, PANEL_STOP
from cellkit_fanuc.protocol.catalogue import TOOLS, USER_FRAMES
from cellkit_fanuc.protocol.errors import PROGRAM_SELECTED, RmiRefused, Rmit
from cellkit_fanuc.protocol.joints import ADDED
from cellkit_fanuc.protocol.loads import INERTIA, payload_of
from cellkit_fanuc.virtual_data import ControllerData, PositionRegister
from cellkit_fanuc.virtual_program import Program, ProgramStatus

Fields = Mapping[str, Any]
READ_DIGITS = 3  # decimals that a controller reports, measured by airo-ugent/airo-fanuc
CLOCK_MASK = 0x7FFFFFFF  # TimeTag is a 32 bit count of ms


class Commands:
    """Every command by its name; fields are verified before."""

    def __init__(self, kernel: ArmController, data: ControllerData, program: Program) -> None:
        self._kernel = kernel
        self._data = data
        self._program = program
        self.program_selected = False
        """Whether RMI_MOVE is open on the pendant."""
        self._known: dict[str, Callable[[Fields], Fields]] = {
            "FRC_Initialize": self._initialize,
            "FRC_Abort": _plain(program.abort),
            "FRC_Pause": _plain(program.pause),
            "FRC_Continue": _plain(program.resume),
            "FRC_ReadError": self._read_error,
            "FRC_SetUFrameUTool": self._set_frames,
            "FRC_GetUFrameUTool": lambda _: {"UFrameNumber": data.user_frame, "UToolNumber": data.tool, "Group": 1},
            "FRC_GetStatus": self._status,
            "FRC_GetExtStatus": self._extended_status,
            "FRC_ReadUFrameData": self._read_user_frame,
            "FRC_WriteUFrameData": lambda fields: _write_frame("FrameNumber", fields, data.user_frames),
            "FRC_ReadUToolData": self._read_tool,
            "FRC_WriteUToolData": lambda fields: self._after(_write_frame("ToolNumber", fields, data.tools)),
            "FRC_ReadDIN": self._read_input,
            "FRC_WriteDOUT": self._write_output,
            "FRC_ReadIOPort": self._read_port,
            "FRC_WriteIOPort": self._write_port,
            "FRC_ReadCartesianPosition": self._cartesian,
            "FRC_ReadJointAngles": self._angles,
            "FRC_ReadRegister": self._read_register,
            "FRC_WriteRegister": self._write_register,
            "FRC_SetOverRide": self._set_override,
            "FRC_ReadPositionRegister": self._read_position,
            "FRC_WritePositionRegister": self._write_position,
            "FRC_ReadTCPSpeed": self._tcp_speed,
            "FRC_SetPayloadID": self._use_payload,
            "FRC_SetPayloadValue": self._write_payload,
            "FRC_SetPayloadComp": self._write_payload,
        }

    async def carry_out(self, name: str, fields: Fields) -> Fields:
        """Carry out a command and return the fields of the answer without ``ErrorID``. Raises ``RmiRefused``."""
        if name == "FRC_Reset":
            await self._program.reset()
            return {}
        return self._known[name](fields)

    # --- program and state ------------------------------------------------------------------------------------

    def _initialize(self, fields: Fields) -> Fields:
        if self.program_selected:
            raise RmiRefused(PROGRAM_SELECTED)
        if fields.get("RTSA") == "ON" or "PLTZMODE" in fields:
            raise RmiRefused(Rmit.INVALID_VALUE)  # the kernel has no singularity avoidance and no palletizing mode
        self._program.initialize()
        return {"GroupMask": 1}

    def alarms(self) -> list[str]:
        """Return the active alarms, newest first."""
        kernel, found = self._kernel, []
        if kernel.safety is SafetyStatus.EMERGENCY_STOP:
            found.append(PANEL_STOP)
        elif kernel.safety is SafetyStatus.PROTECTIVE_STOP:
            found.append(COLLISION)
        if kernel.fault is not None:
            code = "SRVO-024" if kernel.fault.code == "following-error" else kernel.fault.code
            found.append(f"{code} {kernel.fault.text}")
        if self._program.alarm is not None:
            found.append(self._program.alarm)
        return found

    def _set_override(self, fields: Fields) -> Fields:
        self._program.set_override(float(fields["Value"]) / 100.0)
        return {}

    def _read_error(self, fields: Fields) -> Fields:
        found = self.alarms()[: int(fields.get("Count", 1))] or [NONE]
        texts = {f"ErrorData{number if number > 1 else ''}": text for number, text in enumerate(found, 1)}
        return {"Count": len(found), **texts}

    def _status(self, _: Fields) -> Fields:
        program = self._program
        return {
            "ServoReady": int(program.servo_ready),
            "TPMode": int(self._kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED),
            "RMIMotionStatus": int(program.status is not ProgramStatus.ABORTED),
            "ProgramStatus": int(program.status),
            "SingleStepMode": 0,
            "NumberUTool": TOOLS,
            "NextSequenceID": program.next_id,
            "NumberUFrame": USER_FRAMES,
            "Override": program.shown_override,
        }

    def _extended_status(self, _: Fields) -> Fields:
        manual = self._kernel.mode is OperationalMode.MANUAL_REDUCED_SPEED
        found = self.alarms()
        return {
            "ErrorCode": found[0] if found else NONE,
            "InMotion": int(self._kernel.moving),
            "ControlMode": "T1" if manual else "AUTO",
            "DrivesPowered": int(self._program.servo_ready),
            "GenOverride": self._program.shown_override,
            "SpeedClampLimit": 0.0,
        }

    # --- position ---------------------------------------------------------------------------------------------

    def _cartesian(self, _: Fields) -> Fields:
        bits, position = self._program.reader.position(self._kernel.joints().position.tolist())
        added = {"Ext1": 0.0, "Ext2": 0.0, "Ext3": 0.0}
        return {"TimeTag": _clock(), "Configuration": bits, "Position": {**position, **added}, "Group": 1}

    def _angles(self, _: Fields) -> Fields:
        angles = joints.to_wire(self._kernel.joints().position.tolist(), READ_DIGITS)
        return {"TimeTag": _clock(), "JointAngle": {**angles, **dict.fromkeys(ADDED, 0.0)}, "Group": 1}

    def _tcp_speed(self, _: Fields) -> Fields:
        state = self._kernel.joints()
        jacobian = self._kernel.kinematics.jacobian(state.position, self._data.tools[self._data.tool])
        return {"TimeTag": _clock(), "Speed": round(1000.0 * float(np.linalg.norm((jacobian @ state.velocity)[:3])), 3)}

    # --- frames and loads -------------------------------------------------------------------------------------

    def _set_frames(self, fields: Fields) -> Fields:
        self._data.user_frame, self._data.tool = int(fields["UFrameNumber"]), int(fields["UToolNumber"])
        return self._after({"Group": 1})

    def _read_user_frame(self, fields: Fields) -> Fields:
        number = int(fields["FrameNumber"])
        return {"FrameNumber": number, "Frame": frames.to_wire(self._data.user_frames[number]), "Group": 1}

    def _read_tool(self, fields: Fields) -> Fields:
        number = int(fields["ToolNumber"])
        return {"ToolNumber": number, "Frame": frames.to_wire(self._data.tools[number]), "Group": 1}

    def _after(self, answer: Fields) -> Fields:
        """Tell the kernel of the current tool and load, unless it moves one."""
        if not self._kernel.moving:
            self._kernel.set_load(self._data.tool_data(self._data.tool), self._data.payload)
        return answer

    def _use_payload(self, fields: Fields) -> Fields:
        self._data.payload = self._data.payloads[int(fields["ScheduleNumber"])]
        return self._after({})

    def _write_payload(self, fields: Fields) -> Fields:
        if fields["Mass"] < 0.0 or any(fields.get(key, 0.0) < 0.0 for key in INERTIA):
            raise RmiRefused(Rmit.INVALID_VALUE)
        self._data.payloads[int(fields["ScheduleNumber"])] = payload_of(fields)
        return {}

    # --- signals and registers --------------------------------------------------------------------------------

    def _read_input(self, fields: Fields) -> Fields:
        number = int(fields["PortNumber"])
        return {"PortNumber": number, "PortValue": int(self._data.signals[self._data.port("DI", number)])}

    def _write_output(self, fields: Fields) -> Fields:
        self._data.signals[self._data.port("DO", int(fields["PortNumber"]))] = int(fields["PortValue"] == "ON")
        return {}

    def _read_port(self, fields: Fields) -> Fields:
        kind, number = fields["PortType"], int(fields["PortNumber"])
        return {"PortType": kind, "PortNumber": number, "PortValue": self._data.signals[self._data.port(kind, number)]}

    def _write_port(self, fields: Fields) -> Fields:
        kind, number, value = fields["PortType"], int(fields["PortNumber"]), fields["PortValue"]
        if kind in ("DO", "RO", "FLAG"):
            value = int(value != 0)
        self._data.signals[self._data.port(kind, number)] = value
        return {"PortType": kind, "PortNumber": number}

    def _read_register(self, fields: Fields) -> Fields:
        value = self._data.registers.get(int(fields["RegisterNumber"]), 0)
        return {"DataType": "integer" if isinstance(value, int) else "float", "RegisterValue": value}

    def _write_register(self, fields: Fields) -> Fields:
        value = fields["RegisterValue"]
        value = int(value) if fields["DataType"] == "integer" else float(value)
        self._data.registers[int(fields["RegisterNumber"])] = value
        return {}

    def _read_position(self, fields: Fields) -> Fields:
        number = int(fields["RegisterNumber"])
        register = self._data.positions.get(number)
        if register is None:
            raise RmiRefused(Rmit.POSITION_REGISTER)  # it was never taught
        return {"RegisterNumber": number, "Representation": register.representation, **register.fields, "Group": 1}

    def _write_position(self, fields: Fields) -> Fields:
        number, kind = int(fields["RegisterNumber"]), fields.get("Representation", "Cartesian")
        needed = ("JointAngle",) if kind == "Joint" else ("Configuration", "Position")
        if any(key not in fields for key in needed):
            raise RmiRefused(Rmit.POSITION_DATA)
        self._data.positions[number] = PositionRegister(kind, {key: fields[key] for key in needed})
        return {"RegisterNumber": number, "Group": 1}


def _plain(action: Callable[[], None]) -> Callable[[Fields], Fields]:
    """Return the handler of a command that has no fields in request and answer."""

    def carry_out(_: Fields) -> Fields:
        action()
        return {}

    return carry_out


def _write_frame(key: str, fields: Fields, kept: list[Any]) -> Fields:
    kept[int(fields[key])] = frames.from_wire(fields["Frame"])
    return {"Group": 1}


def _clock() -> int:
    return round(now() * 1000.0) & CLOCK_MASK

"""A control step as packets of ports 30001 to 30003."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import lru_cache

from cellkit.models.arm import ArmModel
from cellkit_ur.controller_state import ROOM_TEMPERATURE, VOLTAGE, ControllerState
from cellkit_ur.protocol.state_packets import Part, encode_state
from cellkit_ur.protocol.states import RobotMode, RuntimeState, SafetyMode

_ZEROS = (0.0,) * 6
_DEFAULTS = (1.05, 1.4, 0.25, 1.2, 0.25)  # joint speed, acceleration; tool speed, acceleration; characteristic size
_NOT_CALIBRATED = (0xFFFFFFFF,) * 6
_TYPES = {"ur5e": 1, "ur10e": 2, "ur3e": 3, "ur20": 7}  # as in the vendor's C++ client, ur/datatypes.h
_BOARD, _BOX, _SUBTYPE = 6, 4, 3  # as in a capture of a UR5e
_ALPHA = (math.pi / 2, 0.0, 0.0, math.pi / 2, -math.pi / 2, 0.0)


def state_packet(s: ControllerState) -> bytes:
    """Return a robot state for the primary and secondary ports."""
    model = s.box.kernel.model
    return encode_state(
        (
            (Part.ROBOT_MODE, _robot_mode(s)),
            (Part.JOINTS, _joints(s)),
            (Part.CARTESIAN, (*s.motion.tcp, *s.tcp_offset)),
            (Part.KINEMATICS, (*_NOT_CALIBRATED, *_ZEROS, *_dh(model), *_ALPHA, 0)),
            (Part.MASTERBOARD, _masterboard(s)),
            (Part.TOOL, (0, 0, *s.box.registers.analog_inputs[2:], VOLTAGE, *_tool(s))),
            (Part.CONFIGURATION, _configuration(model)),
            (Part.FORCE_MODE, (0.0,) * 7),
            (Part.ADDITIONAL, (0, 0, 1, 0)),
        )
    )


def realtime_values(s: ControllerState) -> Mapping[str, tuple[float, ...]]:
    """Return the fields of the real-time packet."""
    mass, centre, _ = s.payload
    safety = float(s.box.safety_mode)
    return {
        "time": (s.time,),
        "q_target": s.motion.commanded[0],
        "qd_target": s.motion.commanded[1],
        "q_actual": s.motion.q,
        "qd_actual": s.motion.qd,
        "tool_actual": s.motion.tcp,
        "tcp_speed_actual": s.motion.tcp_speed,
        "tool_target": s.motion.target_tcp,
        "tcp_speed_target": s.motion.target_tcp_speed,
        "digital_inputs": (float(s.box.registers.digital_inputs),),
        "motor_temperatures": (ROOM_TEMPERATURE,) * 6,
        "robot_mode": (float(s.box.robot_mode),),
        "joint_modes": (float(s.joint_mode),) * 6,
        "safety_mode": (safety,),
        "speed_scaling": (s.speed_scaling,),
        "main_voltage": (VOLTAGE,),
        "robot_voltage": (VOLTAGE,),
        "joint_voltages": (VOLTAGE,) * 6,
        "digital_outputs": (float(s.box.registers.digital_outputs),),
        "program_state": (float(s.player.state),),
        "elbow_position": s.motion.elbow,
        "safety_status": (safety,),
        "payload_mass": (mass,),
        "payload_cog": centre,
    }


def _robot_mode(s: ControllerState) -> Sequence[float]:
    mode, safety = s.box.robot_mode, s.box.safety_mode
    powered = mode not in (RobotMode.POWER_OFF, RobotMode.DISCONNECTED)
    stopped = safety is SafetyMode.PROTECTIVE_STOP
    emergency = safety is SafetyMode.ROBOT_EMERGENCY_STOP
    paused = s.player.state is RuntimeState.PAUSED
    flags = (True, True, powered, emergency, stopped, s.player.running, paused)
    share = s.box.kernel.speed_override
    return (s.box.stamp(), *flags, mode, 0, share, s.speed_scaling, 1.0, 0)


def _joints(s: ControllerState) -> Sequence[float]:
    flat: list[float] = []
    for q, target, qd in zip(s.motion.q, s.motion.commanded[0], s.motion.qd, strict=True):
        flat += (q, target, qd, 0.0, VOLTAGE, ROOM_TEMPERATURE, 0.0, s.joint_mode)
    return flat


def _masterboard(s: ControllerState) -> Sequence[float]:
    r = s.box.registers
    analog = (0, 0, *r.analog_inputs[:2], *r.analog_domains, r.analog_output(0), r.analog_output(1))
    reduced = s.box.safety_mode is SafetyMode.REDUCED
    board = (ROOM_TEMPERATURE, VOLTAGE, 0.0, 0.0, s.box.safety_mode, reduced, 0)
    return (r.digital_inputs, r.digital_outputs, *analog, *board, 0, s.box.operational != "MANUAL", 0, 0)


def _tool(s: ControllerState) -> Sequence[float]:
    return (s.box.registers.tool_voltage, 0.0, ROOM_TEMPERATURE, s.joint_mode)


@lru_cache(maxsize=8)
def _dh_of(offsets: tuple[tuple[float, float, float], ...]) -> tuple[float, ...]:
    """Return standard Denavit-Hartenberg a and d from the joints' offsets.

    The chain of all these arms has the same structure.
    """
    (_, _, d1), _, (a2, _, _), (a3, _, d4), (_, y5, _), (_, y6, _) = offsets
    return (0.0, a2, a3, 0.0, 0.0, 0.0, d1, 0.0, 0.0, d4, -y5, y6)


def _dh(model: ArmModel) -> tuple[float, ...]:
    return _dh_of(tuple((j.xyz[0], j.xyz[1], j.xyz[2]) for j in model.kinematics.joints))


def _configuration(model: ArmModel) -> Sequence[float]:
    flat: list[float] = []
    for joint in model.kinematics.joints:
        low, high = joint.lower, joint.upper
        flat += (-2 * math.pi if low is None else low, 2 * math.pi if high is None else high)
    for joint in model.kinematics.joints:
        flat += (joint.max_velocity, joint.max_acceleration)
    return (*flat, *_DEFAULTS, *_dh(model), *_ALPHA, *_ZEROS, _BOARD, _BOX, _TYPES.get(model.id, 0), _SUBTYPE)

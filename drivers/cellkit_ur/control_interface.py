"""How the driver and its control program on the robot talk: which register means what. See ``control.script``.

Orders go through the upper range of the RTDE registers (24 to 47); the lower one belongs to fieldbuses.
"""

from __future__ import annotations

from enum import IntEnum
from importlib.resources import files

from cellkit_ur.protocol.fields import INPUTS, OUTPUTS, Layout
from cellkit_ur.protocol.signals import GROUPS

CAPACITY = 64
"""Waypoints that the control program has room for."""


class Order(IntEnum):
    """What the control program can be asked to do."""

    MOVE_JOINTS = 1
    MOVE_LINEAR = 2
    MOVE_CIRCULAR = 3
    FOLLOW_PATH = 4
    STORE_WAYPOINT = 5
    SERVO = 6
    FREEDRIVE = 7
    END_FREEDRIVE = 8
    QUIT = 255


def _inputs(*names: str) -> Layout:
    return Layout(names, [INPUTS[name] for name in names])


def _doubles(first: int, last: int) -> list[str]:
    return [f"input_double_register_{i}" for i in range(first, last + 1)]


# number of the order, order, count; six numbers, six more, acceleration, speed, blend radius
ORDER = _inputs(*(f"input_int_register_{i}" for i in (24, 25, 26)), *_doubles(24, 38))
SIGN_OF_LIFE = _inputs("input_int_register_27")
STOP = _inputs("input_int_register_28")
# 1 while set-points come; joints
SET_POINT = _inputs("input_int_register_29", *_doubles(24, 29))
SPEED_SLIDER = _inputs("speed_slider_mask", "speed_slider_fraction")
DIGITAL_OUTPUTS = _inputs(*(f"{group}_digital_output{part}" for group, _ in GROUPS for part in ("_mask", "")))
ANALOG_OUTPUTS = _inputs(
    "standard_analog_output_mask", "standard_analog_output_type", "standard_analog_output_0", "standard_analog_output_1"
)
RECIPES = (ORDER, SIGN_OF_LIFE, STOP, SET_POINT, SPEED_SLIDER)
"""Input recipes that are always set up, in order. Those of the outputs only where somebody uses them: each field
belongs to one client, and a PLC may have them.
"""

_WATCHED = (
    "timestamp",
    "actual_q",
    "actual_qd",
    "target_q",
    "actual_TCP_pose",
    "tcp_offset",
    "payload",
    "payload_cog",
    "target_speed_fraction",
    "robot_mode",
    "safety_mode",
    "runtime_state",
    "robot_status_bits",
    "actual_digital_input_bits",
    "actual_digital_output_bits",
    "standard_analog_input0",
    "standard_analog_input1",
    "standard_analog_output0",
    "standard_analog_output1",
    "analog_io_types",
    "output_int_register_24",  # the order that was taken
    "output_int_register_25",  # the order that was carried out
    "output_int_register_26",  # the stop that was carried out
    "output_int_register_27",  # the run of the control program
)
STATE = Layout(_WATCHED, [OUTPUTS[name] for name in _WATCHED])


def control_program(run: int, watchdog: float, steptime: float) -> str:
    """The control program, ready to be uploaded. ``run`` tells it from earlier ones; ``watchdog`` in Hz."""
    text = files("cellkit_ur").joinpath("control.script").read_text(encoding="utf-8")
    settings = {
        "RUN": str(run),
        "WATCHDOG": f"{watchdog:g}",
        "STEPTIME": f"{steptime:g}",
        "POSES": ", ".join(["p[0, 0, 0, 0, 0, 0]"] * CAPACITY),
        "RADII": ", ".join(["0.0"] * CAPACITY),
    }
    for name, value in settings.items():
        text = text.replace(f"${name}$", value)
    return text


def load_program(tcp: tuple[float, ...], mass: float, centre: tuple[float, ...], inertia: tuple[float, ...]) -> str:
    """A secondary program (it runs beside the main one) that sets the tool centre point and the load.

    ``inertia`` is Ixx, Iyy, Izz, Ixy, Ixz, Iyz about the centre of gravity, in kg m².
    """
    numbers = [f"[{', '.join(map(repr, values))}]" for values in (centre, inertia)]
    return (
        "sec cellkit_load():\n"
        f"  set_tcp(p[{', '.join(map(repr, tcp))}])\n"
        f"  set_target_payload({mass!r}, {', '.join(numbers)})\n"
        "end\n"
    )

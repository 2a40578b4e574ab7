"""Builtins for tool and load, hand guiding, force and messages, and functions that are refused."""

from __future__ import annotations

from typing import Any

from cellkit_ur.urscript.builtins import BUILTINS, Builtin, builtin
from cellkit_ur.urscript.errors import RuntimeException
from cellkit_ur.urscript.runtime import Run, Runtime
from cellkit_ur.urscript.values import PoseValue, Value, integer, number, pose, six, text, three, to_text, truth

BASE = PoseValue((0.0,) * 6)
ALL_AXES = (1,) * 6
NOWHERE = (0.0, 0.0, 0.0)


# --- tool and load --------------------------------------------------------------------------------------------------


@builtin
def set_tcp(runtime: Runtime, pose_: Value, tcp_name: Value = "") -> Value:
    """Set the tool centre point in the flange."""
    text(tcp_name)
    runtime.machine.set_tcp(pose(pose_))


def _mass(value: Value) -> float:
    mass = number(value)
    if not 0 <= mass < 1000:
        raise RuntimeException("a mass must not be negative")
    return mass


@builtin
def set_payload(runtime: Runtime, m: Value, cog: Value = None) -> Value:
    """Set mass and centre of gravity; without one it is at the TCP."""
    runtime.machine.set_payload(_mass(m), runtime.machine.tcp_offset()[:3] if cog is None else three(cog), None)


@builtin
def set_payload_mass(runtime: Runtime, m: Value) -> Value:
    """Set the mass alone."""
    runtime.machine.set_payload(_mass(m), None, None)


@builtin
def set_payload_cog(runtime: Runtime, CoG: Value) -> Value:  # noqa: N803
    """Set the centre of gravity alone."""
    runtime.machine.set_payload(runtime.machine.payload()[0], three(CoG), None)


@builtin
def set_target_payload(
    runtime: Runtime,
    m: Value,
    cog: Value = NOWHERE,
    inertia: Value = (0.0,) * 6,
    transition_time: Value = 0,
) -> Value:
    """Set mass, centre of gravity and inertia; they apply at once, whatever the transition time."""
    number(transition_time)
    runtime.machine.set_payload(_mass(m), three(cog), six(inertia))


@builtin
def set_gravity(runtime: Runtime, d: Value) -> Value:
    """Set the direction away from the ground, in the base, m/s2."""
    runtime.machine.set_gravity(three(d))


# --- guiding and force ----------------------------------------------------------------------------------------------


def _axes(value: Value) -> tuple[int, ...]:
    axes = tuple(int(number(axis)) for axis in six(value))
    if not set(axes) <= {0, 1}:
        raise RuntimeException("each of the six axes must be 0 or 1")
    return axes


@builtin
def freedrive_mode(runtime: Runtime, freeAxes: Value = ALL_AXES, feature: Value = BASE) -> Value:  # noqa: N803
    """Let the arm be led by hand along the free axes of a feature."""
    runtime.machine.freedrive(_axes(freeAxes), pose(feature))


@builtin
def end_freedrive_mode(runtime: Runtime) -> Value:
    """Hold the arm at the place to which it was led."""
    runtime.machine.end_freedrive()


@builtin
def teach_mode(runtime: Runtime) -> Value:
    """Let the arm be led by hand in all axes."""
    runtime.machine.freedrive(ALL_AXES, six(BASE))


builtin(end_freedrive_mode, name="end_teach_mode")


@builtin
def force_mode(
    runtime: Runtime,
    task_frame: Value,
    selection_vector: Value,
    wrench: Value,
    type: Value,
    limits: Value,
) -> Value:
    """Make the arm compliant along the selected axes of a frame, pressing with a wrench."""
    kind = integer(type)
    if kind not in {1, 2, 3}:
        raise RuntimeException("the type of force mode must be 1, 2 or 3")
    runtime.machine.force_mode(pose(task_frame), _axes(selection_vector), six(wrench), kind, six(limits))


@builtin
def end_force_mode(runtime: Runtime) -> Value:
    """Make the arm stiff again."""
    runtime.machine.end_force_mode()


def _between(value: Value, top: float, quantity: str) -> float:
    result = number(value)
    if not 0 <= result <= top:
        raise RuntimeException(f"{quantity} must be 0 to {top:g}")
    return result


@builtin
def force_mode_set_damping(runtime: Runtime, damping: Value) -> Value:
    """Set the damping, 0 to 1."""
    runtime.machine.set_force_mode_damping(_between(damping, 1, "the damping"))


@builtin
def force_mode_set_gain_scaling(runtime: Runtime, scaling: Value) -> Value:
    """Set the gain scaling, 0 to 2."""
    runtime.machine.set_force_mode_gain(_between(scaling, 2, "the gain scaling"))


@builtin
def zero_ftsensor(runtime: Runtime) -> Value:
    """Take the sensor's current reading as zero."""
    runtime.machine.zero_ftsensor()


@builtin
def enable_external_ft_sensor(
    runtime: Runtime,
    enable: Value,
    sensor_mass: Value = 0.0,
    sensor_measuring_offset: Value = NOWHERE,
    sensor_cog: Value = NOWHERE,
) -> Value:
    """Enable a sensor of another vendor, written by RTDE."""
    machine = runtime.machine
    machine.enable_external_ft(truth(enable), number(sensor_mass), three(sensor_measuring_offset), three(sensor_cog))


builtin(enable_external_ft_sensor, name="ft_rtde_input_enable")  # the newer name


# --- messages and safety --------------------------------------------------------------------------------------------


@builtin
def textmsg(runtime: Runtime, s1: Value, s2: Value = "") -> Value:
    """Write a text to the log."""
    runtime.machine.message(to_text(s1) + to_text(s2))


@builtin
def popup(
    runtime: Runtime,
    s: Value,
    title: Value = "Popup",
    warning: Value = False,
    error: Value = False,
    blocking: Value = False,
) -> Run:
    """Show a message on the teach pendant; a blocking one waits until it is answered."""
    machine = runtime.machine
    machine.popup(to_text(s), to_text(title), warning=truth(warning), error=truth(error))
    while truth(blocking) and not machine.popup_closed():
        yield False


@builtin
def protective_stop(runtime: Runtime) -> Value:
    """Stop the arm as the safety system would."""
    runtime.machine.protective_stop()


@builtin
def rtde_set_watchdog(
    runtime: Runtime,
    variable_name: Value,
    min_frequency: Value,
    action: Value = "pause",
) -> Value:
    """Require that an input is written at a minimum rate."""
    if text(action).lower() not in {"ignore", "pause", "stop"}:
        raise RuntimeException("a watchdog's action must be ignore, pause or stop")
    if not 0 <= number(min_frequency) <= 1000:
        raise RuntimeException("a watchdog's frequency must not be negative")
    runtime.machine.set_watchdog(text(variable_name), float(min_frequency), action.lower())


# --- refused --------------------------------------------------------------------------------------------------------


def _refused(name: str, reason: str) -> None:
    def run(*_: Any, **__: Any) -> Value:
        raise RuntimeException(f"{name}: {reason}")

    BUILTINS[name] = Builtin(name, run, tuple((f"argument_{i}", None) for i in range(1, 9)), waits=False)


for _name in (
    "socket_close",
    "socket_get_var",
    "socket_open",
    "socket_read_ascii_float",
    "socket_read_binary_integer",
    "socket_read_byte_list",
    "socket_read_line",
    "socket_read_string",
    "socket_send_byte",
    "socket_send_int",
    "socket_send_line",
    "socket_send_string",
    "socket_set_var",
):
    _refused(_name, "scripts open no sockets on this controller")
for _name in ("rpc_factory", "request_boolean_from_primary_client", "request_integer_from_primary_client"):
    _refused(_name, "not available on this controller")

"""The functions of the private protocol that write or read settings."""

from __future__ import annotations

import struct
from collections.abc import Callable, Collection

from cellkit_ufactory.protocol.commands import floats, pack_floats
from cellkit_ufactory.protocol.numbers import Function
from cellkit_ufactory.virtual_box import ControlBox
from cellkit_ufactory.virtual_queue import Entry
from cellkit_ufactory.virtual_settings import SENSITIVITIES

Handler = Callable[[bytes], bytes | None]


def setting_functions(box: ControlBox) -> dict[int, tuple[Collection[int], Handler]]:
    """Return handlers by function, each with the lengths of parameters that it takes."""
    settings, f = box.settings, Function

    def number(name: str, low: float = 0.0, *, counted: bool = False) -> tuple[Collection[int], Handler]:
        def handle(body: bytes) -> bytes | None:
            (value,) = floats(body, 1)
            if value <= low:
                raise ValueError(f"{name} {value}")
            if not counted:
                setattr(settings, name, value)
                return None
            return in_turn(box, lambda: setattr(settings, name, value))

        return (4,), handle

    def switch(name: str) -> tuple[Collection[int], Handler]:
        return (1,), lambda body: setattr(settings, name, switched(body[0]))

    def sensitivity(name: str, lowest: int) -> tuple[Collection[int], Handler]:
        def handle(body: bytes) -> None:
            if body[0] not in SENSITIVITIES or body[0] < lowest:
                raise ValueError(f"{name} {body[0]}")
            setattr(settings, name, body[0])
            box.reset()

        return (1,), handle

    def numbers(name: str, count: int) -> tuple[Collection[int], Handler]:
        return (4 * count,), lambda body: setattr(settings, name, floats(body, count))

    def load(body: bytes) -> None:
        values = floats(body, 4)
        if values[0] < 0.0:
            raise ValueError(f"a load of {values[0]} kg is not possible")
        box.set_load(values)

    def collision_tool(body: bytes) -> None:
        sizes = floats(body, (len(body) - 1) // 4) if len(body) > 1 else ()
        settings.collision_tool, settings.collision_tool_size = body[-1], (*sizes, *(0.0,) * (6 - len(sizes)))

    def count(by: int) -> Handler:
        return lambda _: setattr(settings, "counter", settings.counter + by if by else 0)

    def io_reset(body: bytes) -> bytes:
        which, on = int(switched(body[0])), int(switched(body[1]))
        return in_turn(box, lambda: settings.io_reset.__setitem__(which, on))

    return {
        f.GET_TORQUE_OR_CURRENT: ((0,), lambda _: bytes((settings.reports_current,))),
        f.SET_TORQUE_OR_CURRENT: switch("reports_current"),
        f.GET_APPROXIMATE: ((0,), lambda _: struct.pack(">I", settings.approximate)),
        f.SET_APPROXIMATE: switch("approximate"),
        f.SET_TCP_JERK: number("tcp_jerk", counted=True),
        f.SET_TCP_MAX_ACCELERATION: number("tcp_max_acceleration", counted=True),
        f.SET_JOINT_JERK: number("joint_jerk", counted=True),
        f.SET_JOINT_MAX_ACCELERATION: number("joint_max_acceleration", counted=True),
        f.SET_TCP_OFFSET: ((24,), lambda body: box.set_tcp_offset(floats(body, 6))),
        f.SET_LOAD: ((16,), load),
        f.SET_COLLISION_SENSITIVITY: sensitivity("collision_sensitivity", 0),
        f.SET_TEACH_SENSITIVITY: sensitivity("teach_sensitivity", 1),
        f.CLEAN_CONFIG: ((0,), lambda _: None),
        f.SAVE_CONFIG: ((0,), lambda _: None),
        f.SET_REDUCED_TCP_SPEED: number("reduced_tcp_speed"),
        f.SET_REDUCED_JOINT_SPEED: number("reduced_joint_speed"),
        f.GET_REDUCED_MODE: ((0,), lambda _: bytes((settings.reduced,))),
        f.SET_REDUCED_MODE: switch("reduced"),
        f.SET_GRAVITY: numbers("gravity", 3),
        f.SET_BOUNDARY: ((24,), lambda body: setattr(settings, "boundary", struct.unpack("<6i", body))),
        f.GET_REDUCED_STATE: ((0,), lambda _: reduced(box)),
        f.SET_REDUCED_JOINT_RANGE: numbers("reduced_ranges", 14),
        f.SET_FENCE: switch("fence"),
        f.SET_COLLISION_REBOUND: switch("rebound"),
        f.SET_SAFE_LEVEL: ((1,), lambda body: setattr(settings, "safe_level", body[0])),
        f.GET_SAFE_LEVEL: ((0,), lambda _: bytes((settings.safe_level,))),
        f.SET_WORLD_OFFSET: numbers("world_offset", 6),
        f.COUNTER_RESET: ((0,), count(0)),
        f.COUNTER_PLUS: ((0,), count(1)),
        f.SET_SELF_COLLISION_CHECK: switch("self_collision"),
        f.SET_COLLISION_TOOL: (range(1, 26, 4), collision_tool),
        f.SET_SIMULATION: switch("simulated"),
        f.SET_CONTINUOUS: switch("continuous"),
        f.SET_IO_RESET: ((2,), io_reset),
        f.GET_TRAJECTORY_STATUS: ((0,), lambda _: b"\0"),
        f.FT_DATA: ((0, 1), lambda _: pack_floats((0.0,) * 6)),
        f.FT_GET_MODE: ((0,), lambda _: b"\0"),
        f.FT_CONFIG: ((0,), lambda _: bytes(280)),
    }


def reduced(box: ControlBox) -> bytes:
    """Return the 79 bytes of function 53, which are in the rich report as well."""
    settings = box.settings
    return (
        struct.pack(">B6h", settings.reduced, *(max(-0x8000, min(0x7FFF, edge)) for edge in settings.boundary))
        + pack_floats((settings.reduced_tcp_speed, settings.reduced_joint_speed, *settings.reduced_ranges))
        + bytes((settings.fence, settings.rebound))
    )


def in_turn(box: ControlBox, do: Callable[[], None]) -> bytes:
    """Queue a setting that takes effect when the motions before it are done; the reply counts it as a command."""
    if box.ready and not box.queue.full:
        box.queue.put(Entry(None, lambda _kind, _result: None, do))
    else:
        do()
    return struct.pack(">H", box.queue.count)


def switched(value: int) -> bool:
    """Return a byte that must be 0 or 1 as a boolean. Raises ``ValueError``."""
    if value not in (0, 1):
        raise ValueError(f"a switch must be 0 or 1, not {value}")
    return bool(value)

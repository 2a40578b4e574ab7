"""Valid frames of every codec: what its decoders receive while a run sends commands by wire."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

from cellkit.scenario.config import read_scenario
from cellkit.scenario.runner import Run, RunOptions

NAMES = ("decode", "parse", "read_", "understand", "feed")
FILES = frozenset({"read_context"})
"""Readers of files, not of frames."""
RUNS: tuple[tuple[str, str, str | None], ...] = (
    ("pick_and_place", "ur5e", "2f-85"),
    ("pick_and_place", "gp7", "wsg-50"),
    ("pick_and_place", "crx-10ia", "rg2"),
    ("pick_and_place", "fr3", None),
    ("pick_and_place", "irb-120", "vg10"),
    ("pick_and_place", "kr6-r900", None),
    ("pick_and_place", "rebel", None),
    ("pick_and_place", "xarm6", None),
    ("machine_tending", "ur5e", None),
    ("shared_workspace", "ur5e", None),
    ("conveyor_pick", "gp7", None),
    ("feeder_pick", "gp7", None),
    ("press_to_force", "ur5e", None),
)
MOST = 60
"""Frames of each decoder that are kept."""
_DRIVERS = str(Path(__file__).parents[3] / "drivers")


@dataclass
class Decoder:
    """A function of a codec, and the arguments of its calls that hold bytes, text or numbers off the wire."""

    name: str
    function: Callable[..., Any]
    calls: list[dict[str, Any]] = field(default_factory=list)


@cache
def decoders(seconds: float) -> dict[str, list[Decoder]]:
    """Return the decoders that the runs have called in so many s of cell time, by driver.

    6 s are enough for every kind of frame that the devices send often; 1 s lacks two of 68 decoders.
    """
    found: dict[CodeType, Decoder] = {}

    def profile(frame: FrameType, event: str, _argument: object) -> None:
        code = frame.f_code
        if event != "call" or "/protocol/" not in code.co_filename or not code.co_name.startswith(NAMES):
            return
        if code.co_name in FILES or not code.co_filename.startswith(_DRIVERS):
            return
        if code in found and len(found[code].calls) >= MOST:
            return
        arguments = {
            name: frame.f_locals[name] for name in code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        }
        if code not in found:
            function = _function(code, arguments)
            if function is None:
                return
            found[code] = Decoder(f"{Path(code.co_filename).stem}.{code.co_qualname}", function)
        calls = found[code].calls
        if list(mutable(arguments)) and not any(_same(arguments, call) for call in calls):
            with contextlib.suppress(TypeError):
                calls.append(copy.deepcopy(arguments))

    for scenario, arm, gripper in RUNS:
        world = "physics" if scenario == "press_to_force" else "kinematic"
        run = Run(read_scenario(scenario), RunOptions(arm=arm, gripper=gripper, world=world, path="wire", quantity=1))
        run.time_limit = seconds
        sys.setprofile(profile)
        try:
            run.execute()
        finally:
            sys.setprofile(None)
    by_driver: dict[str, list[Decoder]] = {}
    for code, decoder in found.items():
        if decoder.calls:
            by_driver.setdefault(Path(code.co_filename).parents[1].name, []).append(decoder)
    return by_driver


def mutable(arguments: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Yield the places of bytes, text and registers in arguments: a name, and a field of a frame there."""
    for name, value in arguments.items():
        if name in ("self", "cls"):
            continue
        if _raw(value):
            yield name, None
        elif dataclasses.is_dataclass(value):
            yield from ((name, part.name) for part in dataclasses.fields(value) if _raw(getattr(value, part.name)))


def _raw(value: Any) -> bool:
    if isinstance(value, bytes | str):
        return True
    return isinstance(value, Sequence) and bool(value) and all(type(item) in (int, str) for item in value)


def _same(one: dict[str, Any], other: dict[str, Any]) -> bool:
    return all(repr(one[name]) == repr(other[name]) for name in one if name not in ("self", "cls"))


def _function(code: CodeType, arguments: dict[str, Any]) -> Callable[..., Any] | None:
    """Return the function with this code; a method is called with ``self`` or ``cls`` as an argument."""
    module = next((m for m in sys.modules.values() if getattr(m, "__file__", None) == code.co_filename), None)
    holder: Any = module
    for part in code.co_qualname.split("."):
        if part == "<locals>":
            return None
        holder = vars(holder).get(part)
    holder = getattr(holder, "__func__", holder)
    return getattr(holder, "__wrapped__", holder)

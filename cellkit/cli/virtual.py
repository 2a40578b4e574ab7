"""``cellkit virtual``: a maker's controller on real ports, with switches for what can go wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rich.live import Live
from rich.text import Text

from cellkit import registry
from cellkit.cell.wire import virtual_controller, wire_driver
from cellkit.cli.output import out, watcher
from cellkit.cli.run import parse_speed
from cellkit.controller.virtual_controller import VirtualController
from cellkit.controller.world import WorldSettings
from cellkit.devices import OperationalMode
from cellkit.devices.wired import is_loopback
from cellkit.errors import CellkitError, ConfigError
from cellkit.geometry import Pose
from cellkit.models.load import load_arm
from cellkit.timing import now, run
from cellkit.transport import FaultyNetwork, LinkFaults, Network, SocketNetwork
from cellkit.yamlfile import near_names

REFRESH = 0.25  # s between two looks at the state
MOUNT = Pose.from_rpy((0.0, 0.0, 1.0), frame="world")
HIGHEST_PORT = 65535
LATE = 0.2  # s that a late line adds to everything the controller hears
GARBAGE = bytes(range(256))


def virtual_command(
    model: str, host: str, port: list[str], pc: str, world: str, speed: str, line_faults: bool, as_json: bool
) -> int:
    """Serve until Ctrl+C, and return the exit code."""
    arm = load_arm(model)
    spec = wire_driver(arm)
    for option, address in (("--host", host), ("--pc", pc)):
        if not is_loopback(address):
            raise ConfigError(
                f"{option} {address}: a virtual controller has no login worth the name and is kept on this machine; "
                "use a loopback address (127.0.0.1, 127.0.0.2 …)"
            )
    factor = parse_speed(speed)
    if factor == "max":
        raise ConfigError("--speed max: other programs live in real time; use 1, or a factor")
    simulated = registry.world(world).create(WorldSettings())
    try:
        controller = virtual_controller(spec, model, arm, simulated.add_arm("arm", arm, MOUNT).arm)
        ports = parse_ports(port, controller)
        faults = LinkFaults() if line_faults else None
        run(_serve(controller, host, ports, pc, faults, as_json), speed=factor, stepper=simulated.stepper)
    except KeyboardInterrupt:
        sys.stderr.write("cellkit: the virtual controller was ended\n")
        return 130
    finally:
        simulated.close()
    return 0


def parse_ports(given: list[str], controller: VirtualController) -> dict[str, int]:
    """``NAME=N`` options as numbers. Raises ``ConfigError``."""
    ports: dict[str, int] = {}
    for text in given:
        name, separator, number = text.partition("=")
        if not separator or not number.isdigit() or int(number) > HIGHEST_PORT:
            raise ConfigError(f"--port {text}: expected NAME=N with N from 0 to {HIGHEST_PORT}")
        if name not in controller.ENDPOINTS:
            raise ConfigError(f"--port {text}: no endpoint {name!r}; {near_names(name, controller.ENDPOINTS)}")
        ports[name] = int(number)
    return ports


async def _serve(
    controller: VirtualController,
    host: str,
    ports: Mapping[str, int],
    pc: str,
    faults: LinkFaults | None,
    as_json: bool,
) -> None:
    network: Network = SocketNetwork()
    try:
        await controller.start(network if faults is None else FaultyNetwork(network, faults), host, ports, pc)
        switches = Switches(controller, faults)
        _announce(controller, switches, as_json)
        with _typed(switches.throw, as_json):
            await _show(controller, switches, as_json)
    finally:
        await controller.stop()
        if controller.kernel.moving:
            await controller.kernel.stop()


def _announce(controller: VirtualController, switches: Switches, as_json: bool) -> None:
    if as_json:
        _say({"serving": controller.kernel.model.id, "host": controller.host, "ports": controller.ports})
        return
    console = out()
    console.print(f"virtual {controller.kernel.model.name} at {controller.host} (simulated: it moves nothing real)")
    for name, endpoint in controller.ENDPOINTS.items():
        number = controller.ports[name]
        towards = f"to {controller.pc_host}:" if endpoint.outgoing else ""
        console.print(f"  {name:<12} {endpoint.transport} {towards}{number:<6} {endpoint.what}", soft_wrap=True)
    console.print(f"type to make something happen: {', '.join(switches.names)}; Ctrl+C ends", soft_wrap=True)


def _say(data: dict[str, Any]) -> None:
    sys.stdout.write(jsonlib.dumps(data) + "\n")
    sys.stdout.flush()


async def _show(controller: VirtualController, switches: Switches, as_json: bool) -> None:
    """A live line for a person; a JSON line whenever the state is another one for a program."""
    last = ""
    with (
        Live(console=watcher(), refresh_per_second=8, transient=True)
        if not as_json
        else contextlib.nullcontext() as live
    ):
        while not switches.ended:
            line = controller.status_line()
            if live is not None:
                live.update(Text(f"{now():8.1f} s  {line}", no_wrap=True, overflow="ellipsis"))
            elif line != last:
                _say({"time": round(now(), 3), "state": line})
            last = line
            await asyncio.sleep(REFRESH)


class Switches:
    """What somebody at the robot can do, by words."""

    def __init__(self, controller: VirtualController, faults: LinkFaults | None = None) -> None:
        self._controller = controller
        self._actions = self._at_the_robot() | ({} if faults is None else _on_the_line(faults))
        self._depth = controller.kernel.queue_depth
        self._running: set[asyncio.Task[None]] = set()
        self.ended = False

    @property
    def names(self) -> list[str]:
        """The words there are."""
        return list(self._actions)

    def _at_the_robot(self) -> dict[str, Callable[[], object]]:
        controller = self._controller
        return {
            "estop": controller.press_emergency_stop,
            "release": controller.release_emergency_stop,
            "protective": controller.protective_stop,
            "fault": controller.example_fault,
            "manual": lambda: self._run(controller.set_mode(OperationalMode.MANUAL_REDUCED_SPEED)),
            "automatic": lambda: self._run(controller.set_mode(OperationalMode.AUTOMATIC)),
            "full": controller.fill_buffer,
            "stall": controller.stall,
            "reset": lambda: self._run(self._reset()),
            "quit": lambda: setattr(self, "ended", True),
        }

    def throw(self, word: str) -> str:
        """Throw a switch; what to tell of it."""
        if word not in self._actions:
            return f"{word!r} is no switch; {near_names(word, self._actions)}"
        try:
            self._actions[word]()
        except CellkitError as error:
            return f"{word}: {error}"
        return f"{word}: done; {self._controller.kernel.safety.value}"

    async def _reset(self) -> None:
        kernel = self._controller.kernel
        kernel.release_emergency_stop()
        kernel.queue_depth = self._depth
        await kernel.reset()

    def _run(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _on_the_line(faults: LinkFaults) -> dict[str, Callable[[], object]]:
    return {
        "drop": faults.drop,
        "silent": lambda: setattr(faults, "silent", True),
        "late": lambda: setattr(faults, "delay", LATE),
        "garbage": lambda: faults.garbage(GARBAGE),
        "restore": faults.restore,
    }


@contextlib.contextmanager
def _typed(throw: Callable[[str], str], as_json: bool) -> Any:
    """Words that come on standard input, as long as there is one."""
    loop, file = asyncio.get_running_loop(), sys.stdin
    pending = bytearray()

    def ready() -> None:
        try:
            data = os.read(file.fileno(), 4096)
        except OSError:
            data = b""
        if not data:
            loop.remove_reader(file)
            return
        pending.extend(data)
        *lines, rest = bytes(pending).split(b"\n")
        pending[:] = rest[-200:]
        for line in lines:
            word = line.decode("utf-8", "replace").strip()
            if word:
                said = throw(word)
                _say({"switch": word, "said": said}) if as_json else out().print(said)

    try:
        loop.add_reader(file, ready)
    except (ValueError, OSError, AttributeError):  # none, closed, or a plain file, which cannot be waited for
        yield
        return
    try:
        yield
    finally:
        loop.remove_reader(file)

"""The command ``cellkit virtual``: a vendor's device on real ports, with switches for faults."""

from __future__ import annotations

import asyncio
import contextlib
import inspect
import json as jsonlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

from rich.live import Live
from rich.text import Text

from cellkit import registry
from cellkit.cell.device_bench import DeviceBench
from cellkit.cell.driver_selection import wire_of
from cellkit.cell.kinds.fields import WireConfig
from cellkit.cell.kinds.table import kind_of_model
from cellkit.cell.kinds.wire_error import SIGNALS
from cellkit.cli.output import out, progress_console
from cellkit.cli.run import parse_speed
from cellkit.cli.stdin_commands import typed_words
from cellkit.controller.virtual_device import VirtualDevice
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices.wired import is_loopback
from cellkit.digits import whole_number
from cellkit.end_signals import exit_code
from cellkit.errors import CellkitError, ConfigError
from cellkit.models.load import AnyModel, load_model
from cellkit.registry import WireSpec
from cellkit.timing import now, run
from cellkit.transport import FaultyNetwork, LinkFaults, Network, SocketNetwork
from cellkit.yamlfile import near_names

REFRESH = 0.25  # time (s) between two readings of the state
HIGHEST_PORT = 65535
LATE = 0.2  # delay (s) that a late line adds to everything the device receives
GARBAGE = bytes(range(256))


def virtual_command(
    name: str,
    protocol: str | None,
    host: str,
    port: list[str],
    pc: str,
    world: str,
    speed: str,
    line_faults: bool,
    as_json: bool,
) -> int:
    """Serve until Ctrl+C, and return the exit code."""
    wire, model = find_wire(name, protocol)
    for option, address in (("--host", host), ("--pc", pc)):
        if not is_loopback(address):
            raise ConfigError(
                f"{option} {address}: a virtual controller has no secure login and serves only this machine; "
                "use a loopback address (127.0.0.1, 127.0.0.2 …)"
            )
    factor = parse_speed(speed)
    if factor == "max":
        raise ConfigError("--speed max: other programs run in real time; use 1, or a factor")
    simulated = create_world(world, WorldSettings())
    try:
        bench = DeviceBench(wire, model, simulated, name)
        ports, lines = parse_ports(port, bench.virtual)
        faults = LinkFaults() if line_faults else None
        run(_serve(bench, name, host, ports, lines, pc, faults, as_json), speed=factor, stepper=simulated.stepper)
    except KeyboardInterrupt as interrupt:
        sys.stderr.write("cellkit: the virtual controller was ended\n")
        return exit_code(interrupt)
    finally:
        simulated.close()
    return 0


def find_wire(name: str, protocol: str | None) -> tuple[WireSpec, AnyModel | None]:
    """Return the wire and the model that a name selects: a model, or DRIVER:KIND for devices without models.

    Raises ``ConfigError`` and ``DriverNotFound``.
    """
    driver, _, kind = name.partition(":")
    if driver in registry.driver_names() and driver not in registry.model_files():
        wires = [wire for wire in registry.driver(driver).wires if registry.kind(wire.kind).model is None]
        if not wires:
            raise ConfigError(f"driver {driver!r} has no device without a model; `cellkit drivers` lists its models")
        of_kind = [wire for wire in wires if kind in ("", wire.kind)]
        if not of_kind:
            known = near_names(kind, [wire.kind for wire in wires])
            raise ConfigError(f"driver {driver!r} has no {kind!r} without a model; {known}")
        wires = [wire for wire in of_kind if protocol in (None, wire.protocol)]
        if not wires:
            known = near_names(protocol or "", [wire.protocol for wire in of_kind])
            raise ConfigError(f"{name} has no protocol {protocol!r}; {known}")
        return wires[0], None
    model = load_model(name)
    chosen = WireConfig(protocol=protocol)
    spec = registry.driver_of_model(model.id)
    own = [] if spec is None else spec.wires_of(kind_of_model(model).name)
    if any(wire.arms for wire in own):  # any arm that the device may be mounted on is fine
        fitting = [wire for wire in own if protocol in (None, wire.protocol)]
        if not fitting:
            known = near_names(protocol or "", [wire.protocol for wire in own])
            raise ConfigError(f"{model.id} has no protocol {protocol!r}; {known}")
        return fitting[0], model
    _, wire = wire_of(kind_of_model(model).name, model, chosen)
    if wire.protocol == SIGNALS:
        raise ConfigError(
            f"{model.id} is connected by digital signals and has no ports of its own; serve the signals: modbus:io"
        )
    return wire, model


def parse_ports(given: list[str], device: VirtualDevice) -> tuple[dict[str, int], dict[str, str]]:
    """Return the ports of ``NAME=N`` options and the lines of ``NAME=PATH`` options. Raises ``ConfigError``."""
    ports: dict[str, int] = {}
    lines: dict[str, str] = {}
    for text in given:
        name, separator, value = text.partition("=")
        end = device.ENDPOINTS.get(name)
        serial = end is not None and end.transport == "serial"
        number = whole_number(value, HIGHEST_PORT)
        if not separator or not (serial or number is not None):
            raise ConfigError(f"--port {text}: expected NAME=N with N from 0 to {HIGHEST_PORT}")
        if end is None:
            raise ConfigError(f"--port {text}: no endpoint {name!r}; {near_names(name, device.ENDPOINTS)}")
        if serial:
            if number != 0:
                lines[name] = value
        elif number is not None:
            ports[name] = number
    return ports, lines


async def _serve(
    bench: DeviceBench,
    name: str,
    host: str,
    ports: Mapping[str, int],
    lines: Mapping[str, str],
    pc: str,
    faults: LinkFaults | None,
    as_json: bool,
) -> None:
    device, network = bench.virtual, SocketNetwork()
    used: Network = network if faults is None else FaultyNetwork(network, faults)
    try:
        await device.start(used, host, ports, pc, lines)
        switches = Switches(bench, faults)
        _announce(device, name, switches, as_json)

        def on_line(line: str) -> None:
            answer = switches.throw(line)
            _say({"switch": line.split(maxsplit=1)[0], "said": answer}) if as_json else out().print(answer)

        with typed_words(on_line):
            await _show(device, switches, as_json)
    finally:
        await device.stop()
        await device.rest()


def _announce(device: VirtualDevice, name: str, switches: Switches, as_json: bool) -> None:
    if as_json:
        _say({"serving": name, "host": device.host, "ports": device.ports, "lines": device.lines})
        return
    console = out()
    console.print(f"virtual {device.title} at {device.host} (simulated: it moves nothing real)")
    for endpoint, end in device.ENDPOINTS.items():
        if end.transport == "serial":
            console.print(
                f"  {endpoint:<12} serial {device.lines[endpoint]}, {end.port} baud; {end.what}", soft_wrap=True
            )
            continue
        towards = f"to {device.pc_host}:" if end.outgoing else ""
        console.print(
            f"  {endpoint:<12} {end.transport} {towards}{device.ports[endpoint]:<6} {end.what}", soft_wrap=True
        )
    console.print(f"type a switch: {', '.join(switches.names)}; Ctrl+C ends", soft_wrap=True)


def _say(data: dict[str, Any]) -> None:
    sys.stdout.write(jsonlib.dumps(data) + "\n")
    sys.stdout.flush()


async def _show(device: VirtualDevice, switches: Switches, as_json: bool) -> None:
    """Show a live line on a terminal, or print a JSON line whenever the state changes."""
    last = ""
    with (
        Live(console=progress_console(), refresh_per_second=8, transient=True)
        if not as_json
        else contextlib.nullcontext() as live
    ):
        while not switches.ended:
            line = device.status_line()
            if live is not None:
                live.update(Text(f"{now():8.1f} s  {line}", no_wrap=True, overflow="ellipsis"))
            elif line != last:
                _say({"time": round(now(), 3), "state": line})
            last = line
            await asyncio.sleep(REFRESH)


class Switches:
    """The switches at the device, by words."""

    def __init__(self, bench: DeviceBench, faults: LinkFaults | None = None) -> None:
        self._device = bench.virtual
        self._actions = bench.switches() | ({} if faults is None else _on_the_line(faults)) | {"quit": self._quit}
        self._running: set[asyncio.Task[None]] = set()
        self.ended = False

    @property
    def names(self) -> list[str]:
        """The names of the switches."""
        return list(self._actions)

    def _quit(self) -> None:
        self.ended = True

    def throw(self, line: str) -> str:
        """Throw a switch, with further words as arguments; return the answer."""
        word, *rest = line.split()
        if word not in self._actions:
            return f"{word!r} is no switch; {near_names(word, self._actions)}"
        try:
            done = self._actions[word](*rest)
        except (CellkitError, ValueError) as error:
            return f"{word}: {error}"
        except TypeError:
            return f"{word}: {len(rest)} further words do not fit this switch"
        if inspect.iscoroutine(done):
            self._run(done)
        return f"{word}: done; {self._device.status_line()}"

    def _run(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)


def _on_the_line(faults: LinkFaults) -> dict[str, Callable[..., object]]:
    def silent() -> None:
        faults.silent = True

    def late() -> None:
        faults.delay = LATE

    return {
        "drop": faults.drop,
        "silent": silent,
        "late": late,
        "garbage": lambda: faults.garbage(GARBAGE),
        "restore": faults.restore,
    }

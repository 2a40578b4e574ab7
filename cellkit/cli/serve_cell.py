"""The cell of ``cellkit serve``: built, supervised and linked with its gateway, until Ctrl+C."""

from __future__ import annotations

import asyncio
import contextlib
import json as jsonlib
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from cellkit.access.settings import state_folder
from cellkit.cell.build import BuiltCell, build_cell, opened
from cellkit.cell.wire_path import WireDevices
from cellkit.cli.output import out, progress_console
from cellkit.cli.run import parse_path, parse_protocols, parse_speed
from cellkit.cli.serve_options import ServeOptions
from cellkit.cli.serve_with_view import ServedCellObservers, first_program, titles
from cellkit.cli.stdin_commands import typed_words
from cellkit.controller.world import WorldSettings, create_world
from cellkit.devices import OperationalMode
from cellkit.end_signals import exit_code
from cellkit.errors import CellkitError, ConfigError
from cellkit.scenario.observers import RunObserver
from cellkit.scenario.runner import LIVE_WORLD, device_factory
from cellkit.supervision.frontend_process import Frontend
from cellkit.supervision.link import CellLink
from cellkit.supervision.served_cell import CellChoices, ServedCell, read_served_cell
from cellkit.supervision.supervisor import OnOwnerLost, SupervisionSettings, Supervisor
from cellkit.timing import run

if TYPE_CHECKING:
    from cellkit.view.commissioning.served import ServedPage

PATIENCE = 10.0  # time (s) for the gateway to end when asked to
_ENDED_BY_SERVICE_MANAGER = 128 + signal.SIGTERM


def serve_with_gateway(options: ServeOptions, gateway: Frontend) -> int:
    """Serve until Ctrl+C or ``quit``; return the exit code. ``gateway`` already waits for the cell's description."""
    speed = parse_speed(options.speed)
    if speed == "max":
        raise ConfigError("--speed max: other programs run in real time; use 1, or a factor")
    path = parse_path(options.path)
    settings = _supervision(options, path)
    choices = CellChoices(options.arm, options.gripper, path, parse_protocols(options.protocol))
    subject = read_served_cell(options.cell, choices, options.program)
    needed = [] if subject.scenario is None else subject.scenario.file.worlds
    name = LIVE_WORLD if path == "live" else options.world or next(iter(needed), "kinematic")
    page = _page(options, subject, name)
    world = create_world(name, WorldSettings(seed=options.seed))
    try:
        recorder = None if options.record is None else _recorder(options.record)
        silenceable = list(subject.plan.file.devices) if path == "wire" else []
        factory = device_factory(path, silenceable)
        built = build_cell(subject.plan, world, factory, options.quantity or subject.quantity)
        observers: list[RunObserver] = [
            observer for observer in (recorder, None if page is None else page.feed) if observer is not None
        ]
        server = _Serving(options, subject, built, settings, gateway, page, ServedCellObservers(built, observers))
        run(server.main(), speed=speed, stepper=world.stepper)
    except KeyboardInterrupt as interrupt:
        code = exit_code(interrupt)
        if code == _ENDED_BY_SERVICE_MANAGER:  # the ordinary end of a service
            return 0
        sys.stderr.write("cellkit: the devices were stopped and the server was ended\n")
        return code
    finally:
        world.close()
        if page is not None:
            page.end()
    return server.exit_code


def _page(options: ServeOptions, subject: ServedCell, world: str) -> ServedPage | None:
    """Return the commissioning page with its live view, or None."""
    if options.view is None:
        return None
    from cellkit.view.commissioning.served import ServedPage

    title, subtitle = titles(subject, world, options.path)
    state, port, insecure = state_folder(options.state), options.view, options.insecure_loopback
    return ServedPage(title, subtitle, first_program(subject), options.path == "live", state, port, insecure)


def _recorder(file: Path) -> RunObserver:
    from cellkit.recording.recorder import McapRecorder

    return McapRecorder(file, on_problem=_warn)


def _warn(text: str) -> None:
    sys.stderr.write(f"cellkit: warning: {text}\n")


def _supervision(options: ServeOptions, path: str) -> SupervisionSettings:
    if options.on_owner_lost not in get_args(OnOwnerLost):
        raise ConfigError(f"--on-owner-lost {options.on_owner_lost}: expected {' or '.join(get_args(OnOwnerLost))}")
    if not 0.1 <= options.rate <= 100:
        raise ConfigError(f"--rate {options.rate:g}: expected 0.1 to 100 Hz")
    if options.record_rate != 0 and not 1 <= options.record_rate <= 500:
        raise ConfigError(f"--record-rate {options.record_rate:g}: expected 1 to 500 Hz, or 0 for no recorders")
    external = frozenset({OperationalMode.AUTOMATIC_EXTERNAL})
    modes = external if options.external_only else external | {OperationalMode.AUTOMATIC}
    lost: Any = options.on_owner_lost
    return SupervisionSettings(options.rate, options.record_rate, modes, lost, path)


class _Serving:
    """One cell and its gateway, while they run."""

    def __init__(
        self,
        options: ServeOptions,
        subject: ServedCell,
        built: BuiltCell,
        settings: SupervisionSettings,
        gateway: Frontend,
        page: ServedPage | None,
        observers: ServedCellObservers,
    ) -> None:
        self._gateway = gateway
        self._page = page
        self._observers = observers
        self._options = options
        self._built = built
        self._subject = subject
        self._settings = settings
        self._ended: asyncio.Event = asyncio.Event()
        self._failure: str | None = None
        self._status = progress_console().status("connecting the devices and building the server")
        self.exit_code = 0

    async def main(self) -> None:
        """Connect, serve, and shut everything down again: devices first."""
        self._status.start()
        try:
            await self._serve()
        finally:
            self._status.stop()
        if self._failure is not None:
            raise CellkitError(self._failure)

    async def _serve(self) -> None:
        async with opened(self._built):
            subject, seed = self._subject, self._options.seed
            supervisor = Supervisor(self._built, subject.scenario, subject.programs, self._settings, seed)
            supervisor.start()
            self._observers.begin(seed, self._options.path)
            link = CellLink(supervisor, self._gateway.end, self._on_report, self._on_gateway_ended)
            try:
                await link.open()
                if self._page is not None:
                    await self._page.open(supervisor, self._on_report, self._on_page_ended)
                with typed_words(self._typed):
                    await self._ended.wait()
            finally:
                await supervisor.close()
                await link.close()
                if self._page is not None:
                    await self._page.close()
                self._observers.end()
                await _ended(self._gateway.process)

    # --- reports of the gateway ---------------------------------------------------------------------------------

    def _on_report(self, report: dict[str, Any]) -> None:
        if "failed" in report:
            self._failure = report["failed"]
            self._ended.set()
        elif "page" in report:
            self._announce_page(report["page"])
        else:
            self._announce(report)

    def _on_gateway_ended(self, reason: str) -> None:
        if not self._ended.is_set():
            self._failure = self._failure or f"{reason}; all devices were stopped"
            self._ended.set()

    def _on_page_ended(self, reason: str) -> None:
        """Warn that the page has ended.

        The cell keeps running, because other clients may command it; the page's commands end with its lease.
        """
        if not self._ended.is_set():
            _warn(f"{reason}; the cell keeps running without the page")

    def _announce_page(self, url: str) -> None:
        if self._options.json:
            _say({"page": url})
        else:
            out().print(f"  commissioning page: {url} (this machine only)", soft_wrap=True)

    def _announce(self, report: dict[str, Any]) -> None:
        self._status.stop()
        cell = self._built.cell
        if self._options.json:
            _say({"cell": cell.name, **report})
            return
        console = out()
        console.print(f"{cell.name} at {report['serving']} ({self._path()})", soft_wrap=True)
        if self._options.insecure_loopback:
            console.print("  no encryption, no login: read-only, for this machine only", soft_wrap=True)
        else:
            state = state_folder(self._options.state)
            where = "" if self._options.state is None else f" --state {self._options.state}"
            console.print(f"  sign and encrypt: {report['security']}", soft_wrap=True)
            console.print(
                f"  the server's certificate, which clients must trust: {report['certificate']}", soft_wrap=True
            )
            console.print(
                f"  to trust a client: let it connect once, then `cellkit certs list{where}` and "
                f"`cellkit certs trust THUMBPRINT{where}`",
                soft_wrap=True,
            )
            if not report["users"]:
                console.print(
                    f"  no users yet: add one with `cellkit users add NAME --role operator{where}`", soft_wrap=True
                )
            console.print(f"  the audit log is {state / 'audit.jsonl'}", soft_wrap=True)
        if self._options.path == "wire":
            console.print("  type a switch to cause a fault: cut|silent|restore|estop|release|… ROLE", soft_wrap=True)
        console.print("  Ctrl+C stops the devices, then the server", soft_wrap=True)

    def _path(self) -> str:
        words = {
            "direct": "simulated",
            "wire": "simulated, by each vendor's protocol",
            "live": "devices at their addresses",
        }
        return words[self._options.path]

    # --- typed commands -----------------------------------------------------------------------------------------

    def _typed(self, line: str) -> None:
        word, *rest = line.split()
        if word == "quit":
            self._ended.set()
            return
        try:
            self._switch(word, *rest)
            answer = "done"
        except (CellkitError, ValueError, KeyError, TypeError) as error:
            answer = str(error)
        _say({"switch": line, "said": answer}) if self._options.json else out().print(f"{line}: {answer}")

    def _switch(self, word: str, role: str = "") -> None:
        factory = self._built.factory
        if not isinstance(factory, WireDevices):
            raise ConfigError("only devices on the wire path have switches (--path wire)")
        if role not in self._built.cell.devices:
            raise ConfigError(f"{word} needs a role, one of {', '.join(self._built.cell.devices)}")
        line = factory.line(role)
        at_the_line: dict[str, Callable[[], None]] = {
            "cut": line.drop,
            "silent": lambda: setattr(line, "silent", True),
            "restore": line.restore,
        }
        if word in at_the_line:
            at_the_line[word]()
            return
        if word == "lose":
            arm = getattr(self._built.plan.file.devices[role], "on", role)
            hands = self._built.plan.grippers_on(arm)
            self._built.world.lose_part(arm, hands.index(role) if role in hands else 0)
            return
        switches = factory.controller(role).switches() if role in self._built.plan.arms else {}
        if word not in switches:
            raise ConfigError(f"no switch {word!r}; valid: {', '.join((*at_the_line, 'lose', *switches))}")
        done = switches[word]()
        if asyncio.iscoroutine(done):
            task = asyncio.ensure_future(done)
            task.add_done_callback(lambda ended: ended.exception())


async def _ended(process: subprocess.Popen[bytes]) -> None:
    """Wait for the gateway's end; end it after ``PATIENCE`` s."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(subprocess.TimeoutExpired):
        await loop.run_in_executor(None, process.wait, PATIENCE)
    if process.poll() is None:
        process.kill()
        await loop.run_in_executor(None, process.wait)


def _say(data: dict[str, Any]) -> None:
    sys.stdout.write(jsonlib.dumps(data) + "\n")
    sys.stdout.flush()

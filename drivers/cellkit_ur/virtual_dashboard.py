"""The Dashboard server: lines for power, stops, programs and modes. It answers every line with one."""

from __future__ import annotations

from collections.abc import Callable

from cellkit.transport.network import ByteStream
from cellkit_ur.control_box import SOFTWARE, ControlBox
from cellkit_ur.program_player import ProgramPlayer
from cellkit_ur.protocol import dashboard
from cellkit_ur.protocol.dashboard import ANSWERS, GREETING, LineReader, encode_line, failed, not_understood
from cellkit_ur.protocol.state_packets import TextMessage
from cellkit_ur.protocol.states import RuntimeState

SERIAL_NUMBER = "20205500001"
_DATE = "Jan 01 2024"
_MODES = ("MANUAL", "AUTOMATIC")
_OFFERED = ("UR3", "UR5", "UR10", "UR16", "UR20", "UR30")


class DashboardServer:
    """``programs`` are the texts of the programs that can be loaded, by file name."""

    def __init__(self, box: ControlBox, player: ProgramPlayer) -> None:
        self.box = box
        self.player = player
        self.programs: dict[str, str] = {}
        self._loaded: str | None = None
        version = ".".join(map(str, SOFTWARE))
        self._whole: dict[str, Callable[[], str]] = {
            "robotmode": lambda: f"Robotmode: {box.robot_mode.name}",
            "safetymode": lambda: f"Safetymode: {box.safety_mode.name}",
            "safetystatus": lambda: f"Safetystatus: {box.safety_mode.name}",
            "running": lambda: f"Program running: {_truth(player.running)}",
            "programState": self._program_state,
            "get loaded program": lambda: f"Loaded program: {self._loaded}" if self._loaded else "No program loaded",
            "isProgramSaved": lambda: "true" if self._loaded is None else f"true {self._loaded}",
            "PolyscopeVersion": lambda: f"URSoftware {version} ({_DATE})",
            "version": lambda: version,
            "get serial number": lambda: SERIAL_NUMBER,
            "get robot model": self._model,
            "is in remote control": lambda: _truth(box.remote),
            "get operational mode": lambda: box.operational,
            "close popup": lambda: ANSWERS["close popup"],
            "close safety popup": lambda: ANSWERS["close safety popup"],
            "quit": lambda: ANSWERS["quit"],
        }
        self._controlling: dict[str, Callable[[], bool]] = {
            dashboard.POWER_ON: box.power_on,
            dashboard.POWER_OFF: box.power_off,
            dashboard.BRAKE_RELEASE: box.release_brakes,
            dashboard.RESTART_SAFETY: box.restart_safety,
            dashboard.PLAY: self._play,
            dashboard.STOP: self._stop,
            dashboard.PAUSE: self._pause,
            "clear operational mode": self._clear_mode,
            "shutdown": box.power_off,
        }
        self._prefixed: dict[str, Callable[[str], str]] = {
            "load": self._load,
            "popup": lambda text: "showing popup",
            "addToLog": self._log,
            "set operational mode": self._set_mode,
        }

    async def serve(self, stream: ByteStream) -> None:
        """One client, to its end."""
        stream.write(encode_line(GREETING))
        reader = LineReader()
        while data := await stream.read():
            for line in reader.feed(data):
                stream.write(encode_line(self.answer(line)))
                if line == "quit":
                    return
            await stream.drain()

    def answer(self, line: str) -> str:
        """What is said to a line, after it was obeyed."""
        if line in self._whole:
            return self._whole[line]()
        if line == dashboard.UNLOCK:
            return self._unlock()
        if line in self._controlling:
            obeyed = self.box.remote and self._controlling[line]()
            return ANSWERS[line] if obeyed else failed(line)
        for prefix, answer in self._prefixed.items():
            if line.startswith(prefix + " "):
                return answer(line[len(prefix) + 1 :].strip())
        return not_understood(line)

    def _unlock(self) -> str:
        if not self.box.remote:
            return failed(dashboard.UNLOCK)
        if not self.box.may_unlock():
            return dashboard.UNLOCK_TOO_EARLY
        return ANSWERS[dashboard.UNLOCK] if self.box.unlock() else failed(dashboard.UNLOCK)

    def _play(self) -> bool:
        if self.player.state is RuntimeState.PAUSED:
            return self.player.resume()
        if self._loaded is None or not self.box.ready or self.player.running:
            return False
        self.player.load(self.programs[self._loaded])
        return self.player.running

    def _stop(self) -> bool:
        # Nothing to stop is no failure: ur-rtde sends this after it has ended the program by other means, and goes on.
        self.player.stop()
        return True

    def _pause(self) -> bool:
        if not self.player.running:
            return False
        self.player.pause()
        return True

    def _clear_mode(self) -> bool:
        self.box.set_operational("NONE")
        return True

    def _program_state(self) -> str:
        names = {RuntimeState.PLAYING: "PLAYING", RuntimeState.PAUSED: "PAUSED"}
        return f"{names.get(self.player.state, 'STOPPED')} {self._loaded or self.player.name}".strip()

    def _load(self, name: str) -> str:
        if not self.box.remote:
            return failed(f"load {name}")
        if name not in self.programs:
            return f"File not found: {name}"
        if self.player.state is not RuntimeState.STOPPED:
            return f"Error while loading program: {name}"
        self._loaded = name
        return f"Loading program: {name}"

    def _log(self, text: str) -> str:
        self.box.tell(TextMessage(text))
        return "Added log message"

    def _set_mode(self, mode: str) -> str:
        if mode.upper() not in _MODES:
            return failed(f"set operational mode {mode}")
        self.box.set_operational(mode.upper())
        return f"Operational mode {mode.upper()} is set"

    def _model(self) -> str:
        name = self.box.kernel.model.name.upper().removesuffix("E")
        return name if name in _OFFERED else "UR5"


def _truth(value: bool) -> str:
    return "true" if value else "false"

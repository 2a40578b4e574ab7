"""The Dashboard server's lines: requests, answers, and their framing. Each is ASCII and ends with a line feed.

Source: the vendor's "Dashboard Server e-Series" article and the patterns its C++ client expects.
"""

from __future__ import annotations

from cellkit.errors import ProtocolError

GREETING = "Connected: Universal Robots Dashboard Server"
LONGEST_LINE = 4096

POWER_ON = "power on"
POWER_OFF = "power off"
BRAKE_RELEASE = "brake release"
UNLOCK = "unlock protective stop"
RESTART_SAFETY = "restart safety"
CLOSE_SAFETY_POPUP = "close safety popup"
PLAY = "play"
STOP = "stop"
PAUSE = "pause"
IS_REMOTE = "is in remote control"
GET_MODE = "get operational mode"
VERSION = "PolyscopeVersion"

ANSWERS = {
    POWER_ON: "Powering on",
    POWER_OFF: "Powering off",
    BRAKE_RELEASE: "Brake releasing",
    UNLOCK: "Protective stop releasing",
    RESTART_SAFETY: "Restarting safety",
    CLOSE_SAFETY_POPUP: "closing safety popup",
    PLAY: "Starting program",
    STOP: "Stopped",
    PAUSE: "Pausing program",
    "close popup": "closing popup",
    "clear operational mode": "No longer controlling the operational mode. Current operational mode: NONE.",
    "quit": "Disconnected",
    "shutdown": "Shutting down",
}
"""The server's answers to commands that it obeys."""

UNLOCK_TOO_EARLY = "Cannot unlock protective stop until 5s after occurrence"
UNLOCK_AFTER = 5.0
"""Time in s after a protective stop before it can be unlocked; time and text are from memory, not verified."""


def failed(command: str) -> str:
    """Return the server's answer to a command that it does not obey."""
    return f"Failed to execute: {command}"


def not_understood(line: str) -> str:
    """Return the server's answer to an unknown line."""
    return f"could not understand: '{line}'"


class LineReader:
    """Reader that cuts a stream of bytes into lines; it stores an incomplete line of up to ``LONGEST_LINE`` bytes."""

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, data: bytes) -> list[str]:
        """Return the lines that ``data`` completed.

        Raises ``ProtocolError`` for a line that is too long or not ASCII.
        """
        *whole, self._buffer = (self._buffer + data).split(b"\n")
        if len(self._buffer) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in whole):
            raise ProtocolError("Dashboard", f"a line has more than {LONGEST_LINE} bytes", data=self._buffer[:64])
        try:
            return [line.decode("ascii").strip() for line in whole]
        except UnicodeDecodeError:
            raise ProtocolError("Dashboard", "a line is not ASCII", data=whole[0][:64]) from None


def encode_line(text: str) -> bytes:
    """Return a line as bytes. A line feed within the text would end the line, so it becomes a blank."""
    return text.replace("\n", " ").encode("ascii", "replace") + b"\n"

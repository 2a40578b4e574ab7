"""The open interface of barcode, 2D-code and text readers."""

from __future__ import annotations

from abc import abstractmethod

from cellkit.devices.actuator import Actuator

DEFAULT_TIMEOUT = 5.0  # s


class CodeReader(Actuator):
    """A reader that answers a trigger with a text. It does one reading at a time; ``stop()`` ends the reading."""

    async def read_code(self, *, timeout: float = DEFAULT_TIMEOUT, replace: bool = False) -> str | None:
        """Trigger the reader and return the text; None when it finds no code.

        ``timeout`` is in s; ``replace=True`` ends a running reading first. Raises ``MotionTimeout`` when the reader
        does not answer in time, ``MotionAborted``, ``DeviceBusy`` and ``ConnectionLost``.
        """
        code = await self._run("read_code", self._read_code, timeout=timeout, replace=replace)
        self._emit("code", text=code)
        return code

    @abstractmethod
    async def _read_code(self) -> str | None:
        """Trigger the reader and return its answer; None: it finds no code (driver hook)."""

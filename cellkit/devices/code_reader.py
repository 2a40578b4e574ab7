"""The open interface of barcode, 2D-code and text readers."""

from __future__ import annotations

from abc import abstractmethod

from cellkit.devices.actuator import Actuator

DEFAULT_TIMEOUT = 5.0  # s


class CodeReader(Actuator):
    """A reader that is triggered and answers with a text. One reading at a time; ``stop()`` ends it."""

    async def read_code(self, *, timeout: float = DEFAULT_TIMEOUT, replace: bool = False) -> str | None:
        """Trigger, and return the text; None when the reader found nothing to read.

        Raises ``MotionTimeout`` when it does not answer in time, ``MotionAborted``, ``ConnectionLost``.
        """
        code = await self._run("read_code", self._read_code, timeout=timeout, replace=replace)
        self._emit("code", text=code)
        return code

    @abstractmethod
    async def _read_code(self) -> str | None:
        """Hook: trigger and wait for the answer."""

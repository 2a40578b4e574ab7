"""The requests of callers to the cell, and the cell's refusals as OPC UA status codes.

A wrong argument or owner fails the call itself. A wrong state, a wrong mode or an active alarm is a Status with a
reason (OPC 40010-1: 0 OK, 1 wrong state, 2 unexpected error, 3 an active alarm prevents it).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.caller import current_caller
from cellkit.opcua.security.arguments import BadArgument
from cellkit.supervision.cell_line import CellGone, CellLine, CellRefused

Method = Callable[..., Awaitable[list[ua.Variant]]]
OK, WRONG_STATE, UNEXPECTED, ACTIVE_ALARM = 0, 1, 2, 3
_STATUS = {"wrong mode": WRONG_STATE, "wrong state": WRONG_STATE, "alarm": ACTIVE_ALARM, "failed": UNEXPECTED}
_CODES = {
    "not owner": ua.StatusCodes.BadResourceUnavailable,
    "unknown": ua.StatusCodes.BadNotFound,
    "full": ua.StatusCodes.BadTooManyOperations,
    "argument": ua.StatusCodes.BadInvalidArgument,
}


class CellRequests:
    """Sends requests to the cell on behalf of the current caller."""

    def __init__(self, line: CellLine) -> None:
        self._line = line

    async def ask(self, request: str, **arguments: Any) -> tuple[dict[str, Any], int, str]:
        """Send a request; return the cell's answer, the Status, and the reason of a Status above 0.

        Raises ``BadArgument`` or another ``UaStatusCodeError`` if the call itself is wrong, with Bad_NoCommunication if
        the cell does not answer.
        """
        caller = current_caller.get()
        try:
            return await self._line.request(request, caller.user, caller.session, arguments), OK, ""
        except CellRefused as refused:
            if refused.why in _STATUS:
                return {}, _STATUS[refused.why], refused.message
            if refused.why in ("argument", "unknown") and refused.argument is not None:
                code = ua.StatusCodes.BadOutOfRange if refused.why == "argument" else ua.StatusCodes.BadNotFound
                raise BadArgument(refused.argument, code, refused.message) from None
            raise UaStatusCodeError(_CODES[refused.why]) from None
        except CellGone:
            raise UaStatusCodeError(ua.StatusCodes.BadNoCommunication) from None

    def status_and_reason(self, request: str, *names: str, **fixed: Any) -> Method:
        """Make a method that sends its arguments by ``names`` in a request, and that returns Status and Reason."""
        return self._method(outputs, request, names, fixed)

    def status_only(self, request: str, *names: str, **fixed: Any) -> Method:
        """Make a method as ``status_and_reason`` does, for the standard's methods, which return the Status only."""
        return self._method(lambda *status: outputs(*status)[:1], request, names, fixed)

    def no_outputs(self, request: str, *names: str, **fixed: Any) -> Method:
        """Make a method as ``status_and_reason`` does, for methods without outputs: a Status above 0 fails the call.

        Arguments beyond ``names`` are ignored.
        """
        return self._method(_no_outputs, request, names, fixed, strict=False)

    def _method(
        self,
        answer: Callable[[int, str], list[ua.Variant]],
        request: str,
        names: Sequence[str],
        fixed: dict[str, Any],
        strict: bool = True,
    ) -> Method:
        async def method(*given: Any) -> list[ua.Variant]:
            _, status, reason = await self.ask(request, **dict(zip(names, given, strict=strict)), **fixed)
            return answer(status, reason)

        return method

    async def notify(self, request: str, session: str, user: str = "", **arguments: Any) -> None:
        """Send a notification to the cell and ignore the answer."""
        try:
            await self._line.request(request, user, session, arguments)
        except (CellRefused, CellGone):
            return


def outputs(status: int, reason: str) -> list[ua.Variant]:
    """Return the output arguments Status and Reason."""
    return [ua.Variant(status, ua.VariantType.Int32), ua.Variant(reason, ua.VariantType.String)]


def _no_outputs(status: int, _reason: str) -> list[ua.Variant]:
    if status:
        raise UaStatusCodeError(ua.StatusCodes.BadInvalidState)
    return []

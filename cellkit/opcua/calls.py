"""Requests of callers to the cell, and its refusals as OPC UA clients know them.

Two kinds of answers: an argument or an owner that is wrong fails the call itself; a state, mode or alarm that is in the
way is a Status (OPC 40010-1: 0 OK, 1 wrong state, 2 unexpected error, 3 an active alarm prevents it), with a reason.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from asyncua import ua
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.caller import current_caller
from cellkit.opcua.security.arguments import BadArgument
from cellkit.supervision.cell_line import CellGone, CellLine, CellRefused

OK, WRONG_STATE, UNEXPECTED, ACTIVE_ALARM = 0, 1, 2, 3
_STATUS = {"wrong mode": WRONG_STATE, "wrong state": WRONG_STATE, "alarm": ACTIVE_ALARM, "failed": UNEXPECTED}
_CODES = {
    "not owner": ua.StatusCodes.BadResourceUnavailable,
    "unknown": ua.StatusCodes.BadNotFound,
    "full": ua.StatusCodes.BadTooManyOperations,
    "argument": ua.StatusCodes.BadInvalidArgument,
}


class Calls:
    """Asks the cell on behalf of whoever calls just now."""

    def __init__(self, line: CellLine) -> None:
        self._line = line

    async def ask(self, request: str, **arguments: Any) -> tuple[dict[str, Any], int, str]:
        """The cell's answer, Status, and the reason of a Status above 0.

        Raises ``BadArgument`` or another status code where the call itself is wrong, and Bad_NoCommunication where the
        cell does not answer.
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

    def simple(self, request: str, *names: str, **fixed: Any) -> Callable[..., Awaitable[list[ua.Variant]]]:
        """A method whose arguments go to a request by ``names``, and that answers Status and Reason."""

        async def method(*given: Any) -> list[ua.Variant]:
            _, status, reason = await self.ask(request, **dict(zip(names, given, strict=True)), **fixed)
            return outputs(status, reason)

        return method

    def status_only(self, request: str, *names: str, **fixed: Any) -> Callable[..., Awaitable[list[ua.Variant]]]:
        """The same for the standard's methods, which answer a Status alone."""

        async def method(*given: Any) -> list[ua.Variant]:
            _, status, _ = await self.ask(request, **dict(zip(names, given, strict=True)), **fixed)
            return [ua.Variant(status, ua.VariantType.Int32)]

        return method

    async def told(self, request: str, session: str, user: str = "", **arguments: Any) -> None:
        """Tell the cell something that nobody waits for an answer to."""
        try:
            await self._line.request(request, user, session, arguments)
        except (CellRefused, CellGone):
            return


def outputs(status: int, reason: str) -> list[ua.Variant]:
    """Status and Reason."""
    return [ua.Variant(status, ua.VariantType.Int32), ua.Variant(reason, ua.VariantType.String)]

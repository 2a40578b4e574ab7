"""The Call service: roles and argument checks; every call above role observer is logged before and after it runs."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from asyncua import ua
from asyncua.server.address_space import AddressSpace
from asyncua.ua.uaerrors import UaStatusCodeError

from cellkit.access.audit import AuditFailed
from cellkit.access.caller import Caller, Role
from cellkit.access.journal import Journal
from cellkit.opcua.security.arguments import BadArgument, TypeChecker, plain

log = logging.getLogger(__name__)

MethodCallback = Callable[..., Awaitable[list[ua.Variant]]]
_SECRETS = ("password", "secret", "pin", "token", "key")
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class RegisteredMethod:
    """A method that clients may call, with the role they need."""

    node: ua.NodeId
    callback: MethodCallback
    role: Role
    with_object: bool
    stops: bool


class MethodTable:
    """The methods of one server. A method that is not in it cannot be called."""

    def __init__(self, aspace: AddressSpace, types: TypeChecker, journal: Journal) -> None:
        self._aspace = aspace
        self._types = types
        self._journal = journal
        self._methods: dict[ua.NodeId, RegisteredMethod] = {}

    def add(
        self, node: ua.NodeId, callback: MethodCallback, role: Role, with_object: bool = False, stops: bool = False
    ) -> None:
        """Let clients of a role call the method. Raises ``ValueError`` if the node does not exist."""
        if node not in self._aspace:
            raise ValueError(f"the method {node} does not exist")
        self._methods[node] = RegisteredMethod(node, callback, role, with_object, stops)

    def remove(self, node: ua.NodeId) -> None:
        """Remove a method before its node is deleted; an unknown method is ignored."""
        self._methods.pop(node, None)

    def executable(self, node: ua.NodeId, role: Role) -> bool:
        """Return whether this role may call the method."""
        method = self._methods.get(node)
        return method is not None and role >= method.role

    async def call(
        self, caller: Caller, request: ua.CallMethodRequest, only_stops: bool = False
    ) -> ua.CallMethodResult:
        """Call one method of a Call request; a refusal is returned as a status, not raised.

        ``only_stops``: refuse every method that does not stop something.
        """
        result = ua.CallMethodResult()
        given = list(request.InputArguments or [])
        try:
            method = self._find(request)
            if caller.role < method.role:
                self._journal.call_ended(caller, self._name(method.node), [], "BadUserAccessDenied")
                raise UaStatusCodeError(ua.StatusCodes.BadUserAccessDenied)
            if only_stops and not method.stops:
                self._journal.call_ended(caller, self._name(method.node), [], "BadResourceUnavailable")
                raise UaStatusCodeError(ua.StatusCodes.BadResourceUnavailable)
            arguments = self._types.input_arguments(method.node)
            self._check(arguments, given, result)
            result.OutputArguments = await self._run(caller, method, request.ObjectId, arguments, given)
        except BadArgument as error:
            result.InputArgumentResults = [ua.StatusCode() for _ in given]
            if 0 <= error.index < len(given):
                result.InputArgumentResults[error.index] = ua.StatusCode(error.argument_code)
            result.StatusCode = ua.StatusCode(error.code)
        except UaStatusCodeError as error:
            result.StatusCode = ua.StatusCode(error.code)
        return result

    def _find(self, request: ua.CallMethodRequest) -> RegisteredMethod:
        if request.ObjectId not in self._aspace or request.MethodId not in self._aspace:
            raise UaStatusCodeError(ua.StatusCodes.BadNodeIdUnknown)
        children = [ref.NodeId for ref in self._aspace[request.ObjectId].references if ref.IsForward]
        method = self._methods.get(request.MethodId)
        if method is not None and (method.with_object or request.MethodId in children):
            return method
        # A client may name the type's method for an instance; the instance's own method of that name is called.
        name = self._aspace.read_attribute_value(request.MethodId, ua.AttributeIds.BrowseName).Value
        for reference in self._aspace[request.ObjectId].references:
            if reference.IsForward and name is not None and reference.BrowseName == name.Value:
                own = self._methods.get(reference.NodeId)
                if own is not None:
                    return own
        known = request.MethodId in children
        raise UaStatusCodeError(ua.StatusCodes.BadNotExecutable if known else ua.StatusCodes.BadMethodInvalid)

    def _check(self, arguments: list[ua.Argument], given: list[ua.Variant], result: ua.CallMethodResult) -> None:
        if len(given) < len(arguments):
            raise UaStatusCodeError(ua.StatusCodes.BadArgumentsMissing)
        if len(given) > len(arguments):
            raise UaStatusCodeError(ua.StatusCodes.BadTooManyArguments)
        statuses = self._types.check(arguments, given)
        if not all(status.is_good() for status in statuses):
            result.InputArgumentResults = statuses
            raise UaStatusCodeError(ua.StatusCodes.BadInvalidArgument)

    async def _run(
        self,
        caller: Caller,
        method: RegisteredMethod,
        instance: ua.NodeId,
        arguments: list[ua.Argument],
        given: list[ua.Variant],
    ) -> list[ua.Variant]:
        values = [plain(value) for value in given]
        if method.role == Role.OBSERVER:
            return await self._guarded(method, instance, values)
        shown = [
            "***" if any(word in (argument.Name or "").lower() for word in _SECRETS) else value
            for argument, value in zip(arguments, values, strict=True)
        ]
        name, number = self._name(method.node), next(_numbers)
        try:
            self._journal.call_begins(caller, name, shown, number, stops=method.stops)
        except AuditFailed as failed:
            if method.stops:
                log.error("%s was carried out although the audit log cannot be written: %s", name, failed)  # noqa: TRY400
                return await self._guarded(method, instance, values)
            log.error("%s was refused because the audit log cannot be written: %s", name, failed)  # noqa: TRY400
            raise UaStatusCodeError(ua.StatusCodes.BadResourceUnavailable) from None
        outcome = "Good"
        try:
            return await self._guarded(method, instance, values)
        except UaStatusCodeError as error:
            outcome = ua.StatusCode(error.code).name
            raise
        except BaseException:
            outcome = "ended early"
            raise
        finally:
            self._journal.call_ended(caller, name, shown, outcome, number, method.node)

    async def _guarded(self, method: RegisteredMethod, instance: ua.NodeId, values: list[Any]) -> list[ua.Variant]:
        try:
            if method.with_object:
                return await method.callback(instance, *values)
            return await method.callback(*values)
        except UaStatusCodeError:
            raise
        except Exception as error:
            self._journal.internal_error(f"the method {self._name(method.node)}", error)
            raise UaStatusCodeError(ua.StatusCodes.BadInternalError) from None

    def _name(self, node: ua.NodeId) -> str:
        return str(node.Identifier) if isinstance(node.Identifier, str) else node.to_string()

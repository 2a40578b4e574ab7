"""A virtual master that speaks JSON for IO-Link: its resources under /iolink/v1 (an ASGI application).

No IODDs and no MQTT: what needs them is answered with 501, and 105 or 106. Parameters are reached by index, values are
byteArrays.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple, TypeAlias

from starlette.requests import Request
from starlette.responses import Response

from cellkit.transport.http_server import Receive, Scope, Send
from cellkit_iolink.protocol import isdu, jsoniol
from cellkit_iolink.protocol.text import write_text
from cellkit_iolink.virtual_json_bodies import Call, Failed, Resource
from cellkit_iolink.virtual_json_devices import DeviceResources
from cellkit_iolink.virtual_json_ports import PortResources
from cellkit_iolink.virtual_master import IsduError, Master, Unreachable

Query: TypeAlias = Mapping[str, Any]
"""Names of a query, each with its type or its choices."""
_NO_SUCH_PARAMETER = (isdu.INDEX_NOT_AVAILABLE, isdu.SUBINDEX_NOT_AVAILABLE)


class Operation(NamedTuple):
    """What a method does on a resource, and the query it takes."""

    resource: Resource
    query: Query


Methods: TypeAlias = Mapping[str, Operation]


class JsonWeb:
    """One gateway with one master. ``login``: user and password, where it asks for them."""

    LOGIN: ClassVar[tuple[str, str]] = ("admin", "private")

    def __init__(self, master: Master) -> None:
        self.login: tuple[str, str] | None = None
        self.spelling = "ioLink"
        """``ioLink`` as in the YAML, or ``iolink`` as in the printed specification and some vendors' masters."""
        self._ports = PortResources(master, lambda: self.spelling)
        self._devices = DeviceResources(master, lambda: self.spelling)
        self._routes = [(re.compile(jsoniol.BASE + pattern), methods) for pattern, methods in self._resources()]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve an HTTP request (the ASGI application)."""
        request = Request(scope, receive)
        await self._respond(request, await request.body())(scope, receive, send)

    def _respond(self, request: Request, content: bytes) -> Response:
        if self.login is not None and not self._admits(request.headers.get("authorization", "")):
            return Response("log in first", 401, {"WWW-Authenticate": "Basic"}, "text/plain")
        try:
            methods, path = self._route(request.scope["path"].rstrip("/"))
            operation = methods.get("GET" if request.method == "HEAD" else request.method)
            if operation is None:
                return _json(405, jsoniol.encode_failure(103), {"Allow": ", ".join(methods)})
            body = operation.resource(Call(path, _query(request, operation.query), content))
        except Failed as failed:
            return _json(jsoniol.ERRORS[failed.code][0], failed.body)
        except Unreachable:
            return _refused(jsoniol.NOT_ACCESSIBLE)
        except IsduError as error:
            code = 309 if error.code in _NO_SUCH_PARAMETER else 310 if error.code == isdu.ACCESS_DENIED else 311
            return _refused(code, error.code)
        return Response(None, 204) if body is None else _json(200, body)

    def _admits(self, authorization: str) -> bool:
        assert self.login is not None
        expected = base64.b64encode(":".join(self.login).encode()).decode()
        return authorization == f"Basic {expected}"

    def _route(self, path: str) -> tuple[Methods, Mapping[str, str]]:
        for pattern, methods in self._routes:
            if (match := pattern.fullmatch(path)) is not None:
                return methods, match.groupdict()
        raise Failed(301)

    def _resources(self) -> list[tuple[str, Methods]]:
        ports, devices = self._ports, self._devices
        master = "/masters/(?P<master>[^/]+)"
        port, device = f"{master}/ports/(?P<port>[^/]+)", "/devices/(?P<alias>[^/]+)"
        data, parameter = f"{device}/processdata", f"{device}/parameters/(?P<index>[^/]+)"
        form: Query = {"format": ("byteArray", "iodd")}
        cut: Query = {"top": int, "bottom": int}
        where: Query = {"masterNumber": int, "portNumber": int, "deviceAlias": str}
        origin: Query = {"origin": ("ALL", "GATEWAY", "MASTERS", "PORTS", "DEVICES")}
        iodd: Query = {"vendorId": int, "deviceId": int, "revision": ("1.0", "1.1")}
        no_iodd, no_mqtt = _fails(105), _fails(106)
        return [
            ("/gateway/identification", _methods(ports.gateway)),
            ("/gateway/capabilities", _methods(lambda _call: {"ioddSupported": False, "mqttSupported": False})),
            ("/gateway/configuration", _methods(ports.network, ports.set_network)),
            ("/gateway/(reset|reboot)", _methods(None, lambda _call: None)),
            ("/gateway/events", _methods(ports.events, query={**cut, **origin, **where})),
            ("/mqtt/(configuration|topics)", _methods(no_mqtt, no_mqtt)),
            ("/mqtt/topics/[^/]+", {"GET": Operation(no_mqtt, {}), "DELETE": Operation(no_mqtt, {})}),
            ("/mqtt/connectionstatus", _methods(no_mqtt)),
            ("/iodds", {"GET": Operation(no_iodd, iodd), "DELETE": Operation(no_iodd, iodd)}),
            ("/iodds/file", _methods(no_iodd, no_iodd, query=iodd)),
            ("/masters", _methods(ports.masters)),
            (f"{master}/capabilities", _methods(ports.capabilities)),
            (f"{master}/identification", _methods(ports.identification, ports.set_tags)),
            (f"{master}/ports", _methods(ports.ports)),
            (f"{port}/capabilities", _methods(ports.port_capabilities)),
            (f"{port}/status", _methods(ports.status)),
            (f"{port}/configuration", _methods(ports.configuration, ports.configure)),
            (f"{port}/datastorage", _methods(ports.storage, ports.store)),
            ("/devices", _methods(devices.devices)),
            (f"{device}/capabilities", _methods(devices.capabilities)),
            (f"{device}/identification", _methods(devices.identification, devices.set_tags)),
            (f"{data}/value", _methods(devices.process_data, devices.output, query=form)),
            (f"{data}/getdata/value", _methods(lambda call: devices.process_data(call)["getData"], query=form)),
            (f"{data}/setdata/value", _methods(lambda call: devices.process_data(call)["setData"], query=form)),
            (f"{device}/parameters", _methods(devices.no_iodd)),
            (f"{parameter}/value", _methods(devices.read, devices.write, query=form)),
            (f"{parameter}/subindices", _methods(devices.no_iodd)),
            (f"{parameter}/subindices/(?P<subindex>[^/]+)/value", _methods(devices.read, devices.write, query=form)),
            (f"{device}/blockparameterization", {"POST": Operation(devices.block, form)}),
            (f"{device}/events", _methods(devices.events, query=cut)),
        ]


def _methods(get: Resource | None = None, post: Resource | None = None, query: Query | None = None) -> Methods:
    """GET, which takes the query, and POST, which takes none."""
    found = {} if get is None else {"GET": Operation(get, query or {})}
    return found if post is None else {**found, "POST": Operation(post, {})}


def _fails(code: int) -> Resource:
    def fail(_call: Call) -> None:
        raise Failed(code)

    return fail


def _query(request: Request, known: Query) -> dict[str, str]:
    """Return the query of a request. Raises ``Failed``."""
    found: dict[str, str] = {}
    for name, text in request.query_params.multi_items():
        if name not in known or name in found:
            raise Failed(305)
        kind = known[name]
        wrong = text not in kind if isinstance(kind, tuple) else kind is int and not re.fullmatch(r"[0-9]{1,9}", text)
        if wrong:
            raise Failed(306)
        found[name] = text
    if {"top", "bottom"} <= set(found):
        raise Failed(305)
    return found


def _refused(code: int, detail: int | None = None) -> Response:
    text = "" if detail is None else isdu.describe(detail)
    return _json(jsoniol.ERRORS[code][0], jsoniol.encode_failure(code, detail, text))


def _json(status: int, body: Any, headers: Mapping[str, str] | None = None) -> Response:
    return Response(write_text(body), status, {**(headers or {}), "Content-Type": "application/json"})

"""XML to documents. Versions differ in their namespaces, so names are matched without them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from cellkit.digits import whole_number
from cellkit.errors import ProtocolError
from cellkit_mtconnect.protocol.documents import (
    Assets,
    Component,
    ComponentStream,
    DataItem,
    Devices,
    DeviceStream,
    Document,
    Errors,
    Header,
    Observation,
    Streams,
)
from cellkit_mtconnect.protocol.errors import CODES, AgentError

DEEPEST = 40  # components within components
_SHOWN = 200  # bytes of a document that an error shows
_DIGITS = 20  # of a 64 bit number


def read_document(data: bytes) -> Document:
    """Return a document. Raises ``ProtocolError`` for anything that is none."""
    try:
        root = fromstring(data, forbid_dtd=True)
        read = _READERS.get(_local(root))
        if read is None:
            raise _Wrong(f"a document {_local(root)!r}")
        return read(root)
    except (ParseError, DefusedXmlException, _Wrong, LookupError, ValueError) as error:
        # LookupError, ValueError: encodings that the parser does not know, or that it takes the text for.
        raise ProtocolError("mtconnect", f"no MTConnect document: {error}", data=data[:_SHOWN]) from None


class _Wrong(Exception):
    """What is read is well-formed XML, but no such document."""


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]


def _text(element: Element) -> str:
    return (element.text or "").strip()


def _children(element: Element, name: str) -> Iterator[Element]:
    return (child for child in element if _local(child) == name)


def _child(element: Element, name: str) -> Element:
    found = next(_children(element, name), None)
    if found is None:
        raise _Wrong(f"{_local(element)} without {name}")
    return found


def _need(element: Element, attribute: str) -> str:
    value = element.get(attribute)
    if not value:
        raise _Wrong(f"{_local(element)} without {attribute}")
    return value


def _number(element: Element, attribute: str, default: int | None = None) -> int:
    text = element.get(attribute)
    if text is None and default is not None:
        return default
    number = None if text is None else whole_number(text, 10**_DIGITS)
    if number is None:
        raise _Wrong(f"{_local(element)} with {attribute}={text!r}")
    return number


def _header(root: Element, sequences: bool = False) -> Header:
    head = _child(root, "Header")
    default = None if sequences else 0
    return Header(
        _number(head, "instanceId"),
        head.get("creationTime", ""),
        head.get("sender", ""),
        head.get("version", ""),
        _number(head, "bufferSize", 0),
        _number(head, "nextSequence", default),
        _number(head, "firstSequence", default),
        _number(head, "lastSequence", default),
    )


# --- devices ----------------------------------------------------------------------------------------------------------


def _devices(root: Element) -> Devices:
    found = tuple(_component(one) for one in _child(root, "Devices"))
    return Devices(_header(root), found)


def _component(element: Element, depth: int = 0) -> Component:
    if depth > DEEPEST:
        raise _Wrong(f"components nested deeper than {DEEPEST}")
    items = [item for group in _children(element, "DataItems") for item in _children(group, "DataItem")]
    parts = [part for group in _children(element, "Components") for part in group]
    return Component(
        _local(element),
        element.get("id", ""),
        element.get("name", ""),
        element.get("uuid", ""),
        tuple(map(_item, items)),
        tuple(_component(part, depth + 1) for part in parts),
    )


def _item(element: Element) -> DataItem:
    return DataItem(
        _need(element, "id"),
        _need(element, "type"),
        _need(element, "category"),
        element.get("name", ""),
        element.get("subType", ""),
    )


# --- streams ----------------------------------------------------------------------------------------------------------


def _streams(root: Element) -> Streams:
    found = tuple(_device_stream(one) for one in _children(_child(root, "Streams"), "DeviceStream"))
    return Streams(_header(root, sequences=True), found)


def _device_stream(element: Element) -> DeviceStream:
    parts = tuple(_component_stream(one) for one in _children(element, "ComponentStream"))
    return DeviceStream(element.get("name", ""), element.get("uuid", ""), parts)


def _component_stream(element: Element) -> ComponentStream:
    samples, events, conditions = (
        tuple(_observation(one) for group in _children(element, name) for one in group)
        for name in ("Samples", "Events", "Condition")
    )
    part, name = element.get("component", ""), element.get("name", "")
    return ComponentStream(part, element.get("componentId", ""), name, samples, events, conditions)


_FIELDS = ("dataItemId", "sequence", "timestamp")


def _observation(element: Element) -> Observation:
    rest = tuple((name, value) for name, value in element.items() if name not in _FIELDS)
    return Observation(
        _need(element, "dataItemId"),
        _local(element),
        _number(element, "sequence"),
        element.get("timestamp", ""),
        _text(element),
        rest,
    )


# --- the rest ---------------------------------------------------------------------------------------------------------


def _assets(root: Element) -> Assets:
    return Assets(_header(root), len(_child(root, "Assets")))


def _errors(root: Element) -> Errors:
    # Agents of version 1.0 have no Errors around the one Error.
    groups = [*_children(root, "Errors")] or [root]
    found = tuple(_error(one) for group in groups for one in group if _code(one))
    if not found:
        raise _Wrong("MTConnectError without an error")
    return Errors(_header(root), found)


def _code(element: Element) -> str:
    return element.get("errorCode") or CODES.get(_local(element), "")


def _error(element: Element) -> AgentError:
    words = {_local(child): _text(child) for child in element}
    parameter = next(_children(element, "QueryParameter"), None)
    told: tuple[tuple[str, str], ...] = ()
    if parameter is not None:
        told = (("name", parameter.get("name", "")), *((_local(child), _text(child)) for child in parameter))
    return AgentError(
        _code(element),
        words.get("ErrorMessage") or _text(element),
        words.get("URI", ""),
        words.get("Request", ""),
        told,
        words.get("AssetId", ""),
    )


_READERS: dict[str, Callable[[Element], Document]] = {
    "MTConnectDevices": _devices,
    "MTConnectStreams": _streams,
    "MTConnectAssets": _assets,
    "MTConnectError": _errors,
}

"""Documents to XML, in the namespace of a version of the standard, as the reference agent lays them out."""

from __future__ import annotations

from typing import TypeAlias
from xml.etree.ElementTree import Element, SubElement, tostring

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
from cellkit_mtconnect.protocol.errors import NAMED_SINCE, AgentError, element_of
from cellkit_mtconnect.protocol.times import time_text

Version: TypeAlias = tuple[int, int]
VERSIONS: tuple[Version, ...] = (
    *((1, minor) for minor in range(3, 9)),
    *((2, minor) for minor in range(8)),
)  # fmt: skip
"""Versions that can be written: 1.3 to 2.7."""
SELF_SINCE: Version = (1, 7)
"""The version since which headers tell when the device model changed, and agents describe themselves."""


def write_document(document: Document, version: Version) -> bytes:
    """XML of a document."""
    kind, body = _body(document, version)
    namespace = f"urn:mtconnect.org:{kind}:{version[0]}.{version[1]}"
    schema = f"http://schemas.mtconnect.org/schemas/{kind}_{version[0]}.{version[1]}.xsd"
    root = Element(
        kind,
        {
            "xmlns:m": namespace,
            "xmlns": namespace,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": f"{namespace} {schema}",
        },
    )
    fields = header_fields(document, version)
    root.append(Element("Header", {name: str(value) for name, value in fields.items()}))
    root.append(body)
    text: str = tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def _body(document: Document, version: Version) -> tuple[str, Element]:
    """Name of the document, and what stands below its head."""
    if isinstance(document, Devices):
        kind, body = "MTConnectDevices", Element("Devices")
        body.extend(device_element(device, version) for device in document.devices)
    elif isinstance(document, Streams):
        kind, body = "MTConnectStreams", Element("Streams")
        body.extend(map(_device_stream, document.devices))
    elif isinstance(document, Errors):
        kind, body = "MTConnectError", Element("Errors")
        body.extend(_error(error, version) for error in document.errors)
    else:
        kind, body = "MTConnectAssets", Element("Assets")
    return kind, body


def header_fields(document: Document, version: Version) -> dict[str, str | int]:
    """Return the head of a document by the names of its attributes; which ones there are goes by its kind."""
    head: Header = document.header
    fields: dict[str, str | int] = {
        "creationTime": head.created,
        "sender": head.sender,
        "instanceId": head.instance,
        "version": head.version,
    }
    if version >= (NAMED_SINCE if isinstance(document, Errors) else SELF_SINCE):
        fields["deviceModelChangeTime"] = time_text(0.0)
    if isinstance(document, Devices | Assets):
        fields |= {"assetBufferSize": ASSET_BUFFER, "assetCount": 0}
    if not isinstance(document, Assets):
        fields["bufferSize"] = head.buffer_size
    if isinstance(document, Streams):
        fields |= {"nextSequence": head.next, "firstSequence": head.first, "lastSequence": head.last}
    return fields


ASSET_BUFFER = 1024


def _given(**attributes: str) -> dict[str, str]:
    return {name: value for name, value in attributes.items() if value}


# --- devices --------------------------------------------------------------------------------------------------------


def device_element(component: Component, version: Version) -> Element:
    """Return a device, or a part of one, with all that is in it; without a namespace of its own."""
    found = Element(component.element, component_fields(component, version))
    if component.items:
        group = SubElement(found, "DataItems")
        for item in component.items:
            SubElement(group, "DataItem", item_fields(item))
    if component.parts:
        group = SubElement(found, "Components")
        for part in component.parts:
            group.append(device_element(part, version))
    return found


def component_fields(component: Component, version: Version) -> dict[str, str]:
    """Return the attributes of a component."""
    fields = _given(id=component.id, name=component.name, uuid=component.uuid)
    if component.element == "Agent":
        fields["mtconnectVersion"] = f"{version[0]}.{version[1]}"
    return fields


def item_fields(item: DataItem) -> dict[str, str]:
    """Return the attributes of a data item."""
    return _given(id=item.id, type=item.type, category=item.category, name=item.name, subType=item.sub_type)


# --- streams --------------------------------------------------------------------------------------------------------


def _device_stream(device: DeviceStream) -> Element:
    found = Element("DeviceStream", {"name": device.name, "uuid": device.uuid})
    for part in device.components:
        found.append(_component_stream(part))
    return found


def _component_stream(stream: ComponentStream) -> Element:
    found = Element("ComponentStream", stream_fields(stream))
    for name, observations in by_category(stream).items():
        group = SubElement(found, name)
        for one in observations:
            SubElement(group, one.element, observation_fields(one)).text = one.value or None
    return found


def stream_fields(stream: ComponentStream) -> dict[str, str]:
    """Return the attributes of an observation."""
    return _given(component=stream.component, name=stream.name, componentId=stream.id)


def by_category(stream: ComponentStream) -> dict[str, tuple[Observation, ...]]:
    """Return the categories that have something in them, in the schema's order."""
    groups = {"Samples": stream.samples, "Events": stream.events, "Condition": stream.conditions}
    return {name: observations for name, observations in groups.items() if observations}


def observation_fields(observation: Observation) -> dict[str, str]:
    """Return the attributes of an observation; an assetType stays though it is empty."""
    return {
        "dataItemId": observation.item,
        "sequence": str(observation.sequence),
        "timestamp": observation.timestamp,
        **dict(observation.attributes),
    }


# --- errors ---------------------------------------------------------------------------------------------------------


def _error(error: AgentError, version: Version) -> Element:
    if version < NAMED_SINCE:
        found = Element("Error", {"errorCode": error.code})
        found.text = error.text
        return found
    # Deprecated since then, but the reference agent keeps it; the schema has no errorCode any more.
    found = Element(element_of(error.code), {"errorCode": error.code})
    if error.parameter:
        told = dict(error.parameter)
        parameter = SubElement(found, "QueryParameter", {"name": told.pop("name", "")})
        for name, text in told.items():
            SubElement(parameter, name).text = text
    for name, text in error_words(error).items():
        SubElement(found, name).text = text
    return found


def error_words(error: AgentError) -> dict[str, str]:
    """Return what an error says by itself since version 2.6."""
    return _given(AssetId=error.asset, URI=error.uri, Request=error.request, ErrorMessage=error.text)

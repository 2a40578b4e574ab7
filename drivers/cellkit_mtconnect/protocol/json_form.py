"""The same documents as JSON, version 2 of the reference agent's form; some clients ask for nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from cellkit_mtconnect.protocol.documents import (
    Component,
    ComponentStream,
    Devices,
    DeviceStream,
    Document,
    Errors,
    Observation,
    Streams,
)
from cellkit_mtconnect.protocol.errors import NAMED_SINCE, AgentError, element_of
from cellkit_mtconnect.protocol.writing import (
    Version,
    by_category,
    component_fields,
    error_words,
    header_fields,
    item_fields,
    observation_fields,
    stream_fields,
)

FORM = 2


def write_json(document: Document, version: Version) -> bytes:
    """JSON of a document, on one line."""
    said = f"{version[0]}.{version[1]}"
    body: dict[str, Any] = {"jsonVersion": FORM, "schemaVersion": said}
    body["Header"] = header_fields(document, version) | {"schemaVersion": said, "testIndicator": False}
    if isinstance(document, Devices):
        kind, body["Devices"] = "MTConnectDevices", _grouped(document.devices, version)
    elif isinstance(document, Streams):
        kind, body["Streams"] = "MTConnectStreams", _streams(document)
    elif isinstance(document, Errors):
        kind, body["Errors"] = "MTConnectError", _errors(document.errors, version)
    else:
        kind, body["Assets"] = "MTConnectAssets", {}
    return json.dumps({kind: body}, separators=(",", ":"), ensure_ascii=False).encode()


def _grouped(components: Iterable[Component], version: Version) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for component in components:
        fields: dict[str, Any] = dict(component_fields(component, version))
        if component.items:
            fields["DataItems"] = {"DataItem": [item_fields(item) for item in component.items]}
        if component.parts:
            fields["Components"] = _grouped(component.parts, version)
        found.setdefault(component.element, []).append(fields)
    return found


def _streams(document: Streams) -> dict[str, Any]:
    return {"DeviceStream": [_device_stream(one) for one in document.devices]} if document.devices else {}


def _device_stream(device: DeviceStream) -> dict[str, Any]:
    return {
        "name": device.name,
        "uuid": device.uuid,
        "ComponentStream": [_component_stream(part) for part in device.components],
    }


def _component_stream(stream: ComponentStream) -> dict[str, Any]:
    found: dict[str, Any] = dict(stream_fields(stream))
    for name, observations in by_category(stream).items():
        group = found[name] = {}
        for one in observations:
            group.setdefault(one.element, []).append(_observation(one))
    return found


def _observation(observation: Observation) -> dict[str, Any]:
    fields: dict[str, Any] = observation_fields(observation) | {"sequence": observation.sequence}
    return fields | ({"value": observation.value} if observation.value else {})


def _errors(errors: Iterable[AgentError], version: Version) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for error in errors:
        if version < NAMED_SINCE:
            found.setdefault("Error", []).append({"errorCode": error.code, "value": error.text})
        else:
            fields: dict[str, Any] = {"errorCode": error.code, **error_words(error)}
            if error.parameter:
                fields["QueryParameter"] = dict(error.parameter)
            found.setdefault(element_of(error.code), []).append(fields)
    return found

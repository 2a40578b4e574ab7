"""pymtconnect, as its users call it: probe, current, sample and the stream; HOST PORT. Prints one JSON line."""

from __future__ import annotations

import json
import sys
from typing import Any

import requests
from pymtconnect import mtconnect_client as client
from pymtconnect.probe_example import parse_probe


def walk(part: Any) -> list[Any]:
    """A component and all below it."""
    return [part, *(each for child in part.components for each in walk(child))]


def refused(call: Any, *arguments: Any, **options: Any) -> list[Any]:
    """Status and error that the agent gave."""
    try:
        call(*arguments, **options)
    except requests.HTTPError as error:
        answer = error.response
        code = answer.json()["MTConnectError"]["Errors"]["Error"][0]["errorCode"]
        return [answer.status_code, code]
    return []


def main() -> None:
    url = f"http://{sys.argv[1]}:{sys.argv[2]}"
    out: dict[str, Any] = {}
    header, devices = client.probe(url)
    out["sender"], out["devices"] = header.sender, [[device.name, device.uuid] for device in devices]

    _, tree = parse_probe(url)
    (machine,) = tree
    out["components"] = {
        part.id: [type(part).__name__, *(item.id for item in part.data_items)] for part in walk(machine)[1:]
    }

    header, found, conditions = client.current(url)
    out["numbers"] = [header.first_sequence, header.next_sequence - header.last_sequence, header.buffer_size]
    out["current"] = {event.data_item_id: event.result for event in found}
    out["conditions"] = [[one.state, one.native_code, one.data_item_id] for one in conditions]

    header, some, others = client.sample(url, from_seq=3, count=4)
    out["sample"] = [header.next_sequence, [one.sequence for one in (*some, *others)]]

    seen: list[str] = []
    stream = client.stream_sample(url, interval=100, from_seq=header.last_sequence + 1, timeout=60)
    for documents, (_, told, _) in enumerate(stream, 1):
        seen += [event.result for event in told if event.type == "DoorState"]
        if len(seen) >= 3 and documents >= 3:
            break
    out["stream"] = seen

    out["refused"] = [
        refused(client.sample, url, from_seq=10**9),
        refused(client.sample, url, count=0),
        refused(client.probe, f"{url}/Saw"),
    ]
    print(json.dumps(out))


if __name__ == "__main__":
    main()

"""Drives a virtual Keyence SR with vention-barcode-scanner, unmodified; prints what it found as one JSON object.

Arguments: host, port, and what to do.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from barcode_scanner.scanners.keyence import KeyenceScanner


def scanner(**options: Any) -> KeyenceScanner:
    return KeyenceScanner("s1", sys.argv[1], int(sys.argv[2]), scan_dwell=0.3, timeout=2.0, **options)


def told(result: Any) -> list[Any]:
    return [result.status.value, result.label_string]


async def label() -> dict[str, Any]:
    """A label is held before the reader."""
    one = scanner(keepalive_interval=0.2)
    found: dict[str, Any] = {"connected": await one.connect()}
    found["scans"] = [told(await one.scan()) for _ in range(3)]
    found["bank"] = told(await one.scan(bank=3))
    found["continuous"] = told(await one.scan_continuous())
    await asyncio.sleep(0.7)  # some keepalives: BCLR, whose answer it only waits for
    found["alive"] = one.connected
    found["after"] = told(await one.scan())
    await one.disconnect()
    return found


async def nothing() -> dict[str, Any]:
    """Nothing is before the reader."""
    one = scanner()
    await one.connect()
    found = {"scan": told(await one.scan()), "continuous": told(await one.scan_continuous(timeout=0.5))}
    found["again"] = told(await one.scan())
    await one.disconnect()
    return found


async def mute() -> dict[str, Any]:
    """The reader hangs."""
    one = scanner()
    await one.connect()
    found = {"scan": told(await one.scan(timeout=0.5))}
    await one.disconnect()
    return found


async def tune() -> dict[str, Any]:
    """What this reader does not know."""
    one = scanner()
    await one.connect()
    found = {"tuned": await one.auto_tune(), "reset": await one.reset()}
    await one.disconnect()
    return found


if __name__ == "__main__":
    work = {"label": label, "nothing": nothing, "mute": mute, "tune": tune}[sys.argv[3]]
    print(json.dumps(asyncio.run(work())))

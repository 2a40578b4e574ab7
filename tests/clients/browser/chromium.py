"""Debian's Chromium without a screen, driven by its own DevTools protocol."""

from __future__ import annotations

import base64
import contextlib
import http.client
import io
import itertools
import json
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

PATIENCE = 120.0  # s of wall time: generous, only a hang takes longer
PROGRAM = shutil.which("chromium") or shutil.which("chromium-browser")
_OPTIONS = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--remote-debugging-port=0",
    "--remote-allow-origins=*",
)


class Tab:
    """One page. ``requests`` are the addresses of all that it has asked for, ``complaints`` what it wrote on errors."""

    def __init__(self, address: str) -> None:
        self._line = connect(address, max_size=None, open_timeout=PATIENCE, ping_interval=None, max_queue=None)
        self._numbers = itertools.count(1)
        self.requests: list[str] = []
        self.complaints: list[str] = []
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Call a method of the protocol."""
        number = next(self._numbers)
        self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        end = time.monotonic() + PATIENCE
        while True:
            said = json.loads(self._line.recv(timeout=max(0.0, end - time.monotonic())))
            if said.get("id") == number:
                assert "error" not in said, f"{method}: {said['error']}"
                found: dict[str, Any] = said["result"]
                return found
            self._heard(said)

    def _heard(self, said: dict[str, Any]) -> None:
        told = said.get("params", {})
        match said.get("method"):
            case "Network.requestWillBeSent":
                self.requests.append(told["request"]["url"])
            case "Network.webSocketCreated":
                self.requests.append(told["url"])
            case "Runtime.exceptionThrown":
                self.complaints.append(str(told["exceptionDetails"]))
            case "Log.entryAdded" if told["entry"]["level"] == "error":
                self.complaints.append(told["entry"]["text"])

    def size(self, width: int, height: int) -> None:
        """Make it so large, in pixels."""
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)

    def go(self, url: str) -> None:
        """Open an address."""
        self.call("Page.navigate", url=url)

    def value(self, script: str) -> Any:
        """What a script comes to."""
        found = self.call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in found, found["exceptionDetails"]
        return found["result"].get("value")

    def text(self) -> str:
        """All words on the page."""
        return str(self.value("document.body ? document.body.innerText : ''"))

    def until(self, wanted: Callable[[], Any], what: str) -> Any:
        """Wait until something is so; it is returned."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = wanted()
            if found:
                return found
            time.sleep(0.1)
        raise AssertionError(f"{what}: not within {PATIENCE:g} s; the page says: {self.text()[:1500]}")

    def until_text(self, pattern: str) -> re.Match[str]:
        """Wait until the page says something."""
        found: re.Match[str] = self.until(lambda: re.search(pattern, self.text()), f"{pattern!r} on the page")
        return found

    def press(self, key: str, code: str | None = None, number: int = 0, text: str | None = None) -> None:
        """Press and release a key."""
        told: dict[str, Any] = {"key": key, "code": code or key, "windowsVirtualKeyCode": number}
        if text is not None:
            told["text"] = text
        self.call("Input.dispatchKeyEvent", type="keyDown", **told)
        self.call("Input.dispatchKeyEvent", type="keyUp", **told)

    def letter(self, letter: str) -> None:
        """Press the key of a letter."""
        self.press(letter.lower(), f"Key{letter.upper()}", ord(letter.upper()), letter.lower())

    def click(self, words: str) -> None:
        """Click the button, tab or label with exactly these words."""
        script = f"""(() => {{
          const all = [...document.querySelectorAll('button,label,[role=tab],[role=button]')];
          const one = all.find(e => e.innerText.trim() === {json.dumps(words)} && e.getClientRects().length);
          if (!one) return null;
          one.scrollIntoView({{block: 'center'}});
          const r = one.getBoundingClientRect();
          return [r.x + r.width / 2, r.y + r.height / 2];
        }})()"""
        x, y = self.until(lambda: self.value(script), f"a button {words!r}")
        for kind in ("mousePressed", "mouseReleased"):
            self.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", clickCount=1)

    def picture(self, file: Path | None = None) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """(h, w, 3) of the page as it is seen."""
        self.call("Page.bringToFront")  # what lies behind is not drawn
        data = base64.b64decode(self.call("Page.captureScreenshot", format="png")["data"])
        if file is not None:
            file.write_bytes(data)
        return np.array(Image.open(io.BytesIO(data)).convert("RGB"))

    def close(self) -> None:
        """Close it."""
        with contextlib.suppress(ConnectionClosed):
            self.call("Page.close")
        self._line.close()


class Chromium:
    """A running browser."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._tabs: list[Tab] = []

    def tab(self, width: int = 1280, height: int = 800) -> Tab:
        """A new page."""
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        line.request("PUT", "/json/new?about:blank")
        tab = Tab(json.loads(line.getresponse().read())["webSocketDebuggerUrl"])
        line.close()
        tab.size(width, height)
        self._tabs.append(tab)
        return tab

    def close(self) -> None:
        """Close all pages: a page that is not shown any more still draws."""
        for tab in self._tabs:
            tab.close()
        self._tabs.clear()


@contextlib.contextmanager
def chromium(profile: Path) -> Iterator[Chromium]:
    """A browser with a profile of its own, for as long as it is used."""
    assert PROGRAM is not None
    command = [PROGRAM, *_OPTIONS, f"--user-data-dir={profile}", "about:blank"]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        told = profile / "DevToolsActivePort"
        end = time.monotonic() + PATIENCE
        while not (told.is_file() and told.read_text().strip()):
            assert process.poll() is None, "the browser has ended"
            assert time.monotonic() < end, "the browser does not come up"
            time.sleep(0.1)
        browser = Chromium(int(told.read_text().split()[0]))
        try:
            yield browser
        finally:
            browser.close()
    finally:
        process.terminate()
        process.wait(PATIENCE)

"""Two people at the commissioning page, each in a browser's tab with a session of its own."""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cellkit.access.users import UserDirectory, users_file
from tests.clients.browser.chromium import PATIENCE, PROGRAM, Chromium, Tab, chromium

pytestmark = [
    pytest.mark.clients,
    pytest.mark.long,
    pytest.mark.skipif(PROGRAM is None, reason="Chromium is not installed here"),
]
PASSWORD = "a long enough password"  # of users that live for one test


@contextlib.contextmanager
def served(state: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """A cell by its vendors' protocols, with its page; the page's port."""
    command = [sys.executable, "-m", "cellkit", "serve", "pick_and_place", "--path", "wire", "--port", "0", "--json"]
    command += ["--state", str(state), "--view-port", "0"]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, bufsize=1) as process:
        try:
            assert process.stdout is not None
            for line in process.stdout:
                if "page" in (said := json.loads(line)):
                    yield process, int(said["page"].rpartition(":")[2])
                    break
            else:
                raise AssertionError("the served cell has ended")
        finally:
            process.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(PATIENCE)
            process.kill()


class Person:
    """A user at a tab."""

    def __init__(self, tab: Tab, address: str, name: str) -> None:
        self.tab = tab
        tab.call("Emulation.setFocusEmulationEnabled", enabled=True)  # each sits before a machine of their own
        tab.go(address)
        tab.until_text("Log in")
        for field, value in (("name", name), ("password", PASSWORD)):
            tab.value(f"document.getElementById('{field}').value = {json.dumps(value)}; 0")
        tab.value("document.getElementById('login-form').requestSubmit(); 0")
        tab.until_text("Connected to the cell")
        # Two views in 3D, drawn without a graphics card, would leave this machine no time for anything else.
        self.view = str(tab.until(lambda: tab.value("document.querySelector('iframe')?.src"), "the view"))
        tab.value("document.querySelector('iframe').remove(); 0")

    def at(self, label: str) -> tuple[float, float]:
        script = f"""(() => {{
          const one = document.querySelector('[aria-label={json.dumps(label)}]');
          if (!one || one.disabled) return null;
          one.scrollIntoView({{block: 'center'}});
          const r = one.getBoundingClientRect();
          return [r.x + r.width / 2, r.y + r.height / 2];
        }})()"""
        x, y = self.tab.until(lambda: self.tab.value(script), label)
        return x, y

    def mouse(self, kind: str, at: tuple[float, float]) -> None:
        self.tab.call("Input.dispatchMouseEvent", type=kind, x=at[0], y=at[1], button="left", clickCount=1)

    def newest(self) -> str:
        return str(self.tab.value("document.querySelector('#jobs li')?.innerText ?? ''"))

    def until_newest(self, text: str) -> None:
        self.tab.until(lambda: text in self.newest(), f"{text!r} as the newest job, not {self.newest()!r}")

    def fits(self) -> bool:
        return bool(self.tab.value("document.documentElement.scrollWidth <= innerWidth"))


def test_two_people(tmp_path: Path) -> None:
    users = UserDirectory(users_file(tmp_path / "state"))
    for name in ("otto", "emma"):
        users.add(name, "operator", password=PASSWORD)
    with served(tmp_path / "state") as (process, port), chromium(tmp_path / "profile") as browser:
        otto = Person(browser.tab(1280, 900), f"http://127.0.0.1:{port}/", "otto")
        emma = Person(browser.tab(820, 1180), f"http://localhost:{port}/", "emma")  # cookies of her own
        _view(browser, otto.view)
        otto.tab.click("Take command")
        otto.tab.until_text("You have command")
        emma.tab.until_text("Command is held by otto")
        assert emma.tab.value("[...document.querySelectorAll('.axis button')].every(one => one.disabled)")
        assert otto.fits()
        assert emma.fits()
        otto.tab.picture(tmp_path / "otto.png")
        emma.tab.picture(tmp_path / "emma.png")
        _hold(otto)
        _stop(otto, emma)
        _emergency(process, otto)
        otto.tab.picture(tmp_path / "alarm.png")
        process.send_signal(signal.SIGINT)
        otto.tab.until_text("CONNECTION LOST: no button of this page works, the stop button included")
        for person in (otto, emma):
            assert {request.split("/")[2].rpartition(":")[0] for request in person.tab.requests if "//" in request} <= {
                "127.0.0.1",
                "localhost",
            }
        assert not [one for one in otto.tab.complaints if "Content Security" in one]


def _view(browser: Chromium, address: str) -> None:
    """What is shown inside the page, in a tab of its own."""
    tab = browser.tab(900, 700)
    tab.go(address)
    tab.until_text("One arm between a tray and a fixture")
    tab.until_text("Running")
    tab.go("about:blank")  # drawn without a graphics card it would leave no time for the rest


def _hold(otto: Person) -> None:
    """With the mouse, by the keyboard, and until the page is not looked at any more."""
    label = _first_jog(otto)
    plus = otto.at(label)
    turned = "document.querySelector('.axis span').innerText"
    start = otto.tab.value(turned)
    otto.mouse("mousePressed", plus)
    otto.until_newest("running")
    otto.tab.until(lambda: otto.tab.value(turned) != start, "a joint that turns")
    otto.mouse("mouseReleased", plus)
    otto.until_newest("cancelled (the button was released)")
    otto.tab.value(f"document.querySelector('[aria-label={json.dumps(label)}]').focus(); 0")
    otto.tab.call("Input.dispatchKeyEvent", type="keyDown", key=" ", code="Space", windowsVirtualKeyCode=32)
    otto.until_newest("running")
    otto.tab.call("Input.dispatchKeyEvent", type="keyUp", key=" ", code="Space", windowsVirtualKeyCode=32)
    otto.until_newest("cancelled (the button was released)")
    otto.mouse("mousePressed", plus)
    otto.until_newest("running")
    otto.tab.value("window.dispatchEvent(new Event('blur')); 0")
    otto.until_newest("cancelled (the button was released)")
    otto.mouse("mouseReleased", plus)


def _first_jog(person: Person) -> str:
    return str(person.tab.value("document.querySelectorAll('.axis button')[1].ariaLabel"))


def _stop(otto: Person, emma: Person) -> None:
    """Who has no command stops what the other has begun, with Esc."""
    plus = otto.at(_first_jog(otto))
    otto.mouse("mousePressed", plus)
    otto.until_newest("running")
    emma.tab.press("Escape", number=27)
    emma.tab.until_text(r"Stopped at \d")
    otto.until_newest("cancelled (stopped by emma)")
    otto.mouse("mouseReleased", plus)


def _emergency(process: subprocess.Popen[Any], otto: Person) -> None:
    """An error is there in words; it is acknowledged, and cleared by the vendor's own sequence."""
    assert process.stdin is not None
    process.stdin.write("estop robot\n")
    otto.tab.until_text("EMERGENCY STOP: an emergency stop is reported")
    otto.tab.until_text(r"ACTIVE: robot: an emergency stop is reported \(since .*, not acknowledged\)")
    otto.tab.click("Acknowledge")
    otto.tab.until_text("acknowledged by otto")
    process.stdin.write("release robot\n")
    otto.tab.click("Recover (clear a protective stop or fault)")
    otto.until_newest("Recover done")
    otto.tab.until_text("In order, ready")

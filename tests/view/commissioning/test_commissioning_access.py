"""Access to the commissioning page: log-in, sessions, roles, foreign pages."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cellkit.access.login import LoginRefused
from cellkit.supervision.rights import ROLE_FOR
from cellkit.view.commissioning import sessions
from cellkit.view.commissioning.requests import SHAPES
from tests.view.commissioning.browser_rig import PASSWORD, PORT, VIEW, Site, VirtualLine, make_state

JOG: dict[str, Any] = {"device": "robot", "axis": "1", "direction": 1, "frame": "base", "speed": 1, "step": 0}


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return (make_state(tmp_path_factory.mktemp("state")) / "users.json").read_bytes()


@pytest.fixture
def state(tmp_path: Path, users: bytes) -> Path:
    (tmp_path / "users.json").write_bytes(users)
    (tmp_path / "users.json").chmod(0o600)
    return tmp_path


def over(state: Path, body: Callable[[Site], Awaitable[None]], **more: Any) -> VirtualLine:
    """Run a test with a page of a virtual cell."""
    line = VirtualLine()

    async def main() -> None:
        site = Site(state, line, **more)
        try:
            await body(site)
        finally:
            site.login.close()

    asyncio.run(main())
    return line


def test_a_session_has_a_cookie_that_scripts_cannot_read_and_a_key_of_its_own(state: Path) -> None:
    async def body(site: Site) -> None:
        otto = site.browser()
        answer = await otto.post("/login", {"name": "otto", "password": PASSWORD})
        assert answer.status == 200
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith(f"cellkit_{PORT}=")
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
        key = json.loads(answer.body)["key"]
        assert len(key) >= 43, "256 bits"
        assert key not in cookie
        otto.key = key
        async with otto.page() as page:
            hello = await page.kind("hello")
            assert (hello["user"], hello["role"], hello["readonly"]) == ("otto", "operator", False)
            assert key not in json.dumps(hello)
        audit = json.dumps(site.audited())
        assert "session began" in audit
        assert key not in audit
        assert otto.session().cookie not in audit

    over(state, body)


def test_one_secret_alone_opens_nothing(state: Path) -> None:
    async def body(site: Site) -> None:
        otto, thief = site.browser(), site.browser()
        assert await otto.log_in("otto") == 200
        for cookies, key in (({}, otto.key), (otto.cookies, None), (otto.cookies, "x" * 43), ({}, None)):
            thief.cookies, thief.key = cookies, key
            assert (await thief.post("/stop", {})).status == 403
            async with thief.page() as page:
                page.say({"key": key})
                assert await page.closed() == 4003
                assert not page.received

    assert over(state, body).asked == []


@pytest.mark.parametrize(
    ("name", "password"), [("otto", "wrong password"), ("nobody", PASSWORD), ("", PASSWORD), ("otto", "x" * 500)]
)
def test_a_refused_log_in_gives_no_reason(state: Path, name: str, password: str) -> None:
    async def body(site: Site) -> None:
        browser = site.browser()
        answer = await browser.post("/login", {"name": name, "password": password})
        assert (answer.status, answer.body) == (403, b"log-in refused")
        assert not browser.cookies
        refused = [entry for entry in site.audited() if entry["what"] == "login refused"]
        assert len(refused) == 1
        assert password not in json.dumps(refused)

    over(state, body)


def test_wrong_passwords_lock_out_here_and_at_the_gateway(state: Path) -> None:
    async def body(site: Site) -> None:
        for _ in range(5):
            assert await site.browser().log_in("otto", "wrong password") == 403
        assert await site.browser().log_in("otto") == 403, "even the right one waits"
        assert await site.browser().log_in("emma") == 200, "others do not"

    over(state, body)

    async def elsewhere(site: Site) -> None:  # another process with the same folder continues the count
        with pytest.raises(LoginRefused, match="must wait"):
            await site.login.check("otto", PASSWORD, "127.0.0.1")

    over(state, elsewhere)


@pytest.mark.parametrize(
    ("headers", "says"),
    [
        ({"Origin": "http://evil.example"}, b"elsewhere"),
        ({"Origin": "null"}, b"elsewhere"),
        ({"Origin": f"http://127.0.0.1:{PORT + 1}"}, b"elsewhere"),
        ({"Origin": None}, b"must have the header Origin"),
        ({"Host": "rebound.example:8807", "Origin": "http://rebound.example:8807"}, b"loopback address alone"),
    ],
)
def test_pages_from_elsewhere_reach_nothing(state: Path, headers: dict[str, str | None], says: bytes) -> None:
    async def body(site: Site) -> None:
        otto = site.browser()
        assert await otto.log_in("otto") == 200
        for path in ("/login", "/stop", "/logout"):
            answer = await otto.post(path, {"name": "otto", "password": PASSWORD}, **headers)
            assert answer.status == 403
            assert says in answer.body
        async with otto.page(**headers) as page:
            assert await page.closed() == 4003
            assert not page.received
        assert otto.session()

    assert over(state, body).asked == []


def test_a_form_of_another_page_cannot_log_in(state: Path) -> None:
    async def body(site: Site) -> None:
        said = {"name": "otto", "password": PASSWORD}
        assert (await site.browser().post("/login", said, Content_Type="text/plain")).status == 400
        assert (await site.browser().post("/login", [said])).status == 400
        assert (await site.browser().post("/login", said | {"name": 7})).status == 400
        assert (await site.browser().post("/login", said | {"more": "x" * 5000})).status == 400
        assert (await site.browser().ask("POST", "/login", b"{", Content_Type="application/json")).status == 400
        assert (await site.browser().post("/login", said | {"name": "\ud800"})).status == 400
        assert (await site.browser().post("/login", said | {"password": "\ud800"})).status == 400

    over(state, body)


@pytest.mark.parametrize(
    "path", ["/../launch.py", "/static/page.js", "/..%2f..%2fetc/passwd", "//etc/passwd", "/page.js/", "/users.json"]
)
def test_there_are_no_other_files(state: Path, path: str) -> None:
    async def body(site: Site) -> None:
        answer = await site.browser().ask("GET", path)
        assert answer.status in (307, 404)
        assert b"import" not in answer.body

    over(state, body)


def test_the_page_loads_nothing_from_elsewhere(state: Path) -> None:
    async def body(site: Site) -> None:
        browser = site.browser()
        for path in ("/", "/page.js", "/page.css", "/line.js", "/hold.js", "/devices.js"):
            answer = await browser.ask("GET", path)
            assert answer.status == 200
            assert b"//cdn" not in answer.body
            assert b"https://" not in answer.body
            policy = answer.headers["content-security-policy"]
            assert "default-src 'none'" in policy
            assert "unsafe" not in policy
            assert f"frame-src {VIEW}" in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.headers["cache-control"] == "no-store"
        text = (await browser.ask("GET", "/")).body.decode()
        assert "Functional stop – not an emergency stop" in text
        assert "innerHTML" not in (await browser.ask("GET", "/page.js")).body.decode()
        assert (await browser.ask("DELETE", "/")).status == 405
        assert (await browser.ask("GET", "/stop")).status == 405

    over(state, body)


def test_roles_are_those_of_every_client_of_the_cell(state: Path) -> None:
    assert set(SHAPES) <= set(ROLE_FOR)

    async def body(site: Site) -> None:
        vera, otto, boss = (site.browser() for _ in range(3))
        for browser, name in ((vera, "vera"), (otto, "otto"), (boss, "boss")):
            assert await browser.log_in(name) == 200
        async with vera.page() as page:
            for request, given in (("jog", JOG), ("request_control", {}), ("acknowledge", {"alarm": "a"})):
                answer = await page.ask(request, **given)
                assert answer["refused"] == "not allowed"
                assert "vera is observer; this request needs the role operator" in answer["says"]
            assert (await page.ask("stop", device=""))["answer"] == {}
        async with otto.page() as page:
            assert "needs the role admin" in (await page.ask("break_control"))["says"]
            assert (await page.ask("jog", **JOG))["answer"] == {"job": "job-1"}
        async with boss.page() as page:
            assert "answer" in await page.ask("break_control")
        done = [(one["what"], one.get("method"), one["user"]) for one in site.audited() if "method" in one]
        assert ("call refused", "jog", "vera") in done
        assert ("call", "stop", "vera") in done
        assert ("call", "jog", "otto") in done
        assert ("call", "break_control", "boss") in done

    asked = over(state, body).asked
    assert [(name, user) for name, user, _ in asked] == [("stop", "vera"), ("jog", "otto"), ("break_control", "boss")]


@pytest.mark.parametrize(
    ("request_", "given", "says"),
    [
        ("session_closed", {}, "unknown request 'session_closed'"),
        ("renew_control", {}, "unknown request 'renew_control'"),
        (7, {}, "unknown request '7'"),
        ("stop", {}, "stop takes device"),
        ("stop", {"device": ["robot"]}, "device has the wrong type"),
        ("stop", {"device": "", "more": 1}, "stop takes device"),
        ("jog", JOG | {"direction": True}, "direction has the wrong type"),
        ("jog", JOG | {"axis": {}}, "axis has the wrong type"),
        ("system", {"device": "robot", "do": "start"}, "do must be get_ready or stand_down"),
    ],
)
def test_an_invalid_request_does_not_reach_the_cell(state: Path, request_: Any, given: Any, says: str) -> None:
    async def body(site: Site) -> None:
        otto = site.browser()
        await otto.log_in("otto")
        async with otto.page() as page:
            page.say({"ask": request_, "with": given, "number": 9})
            assert says in (await page.kind("answer"))["says"]

    assert over(state, body).asked == []


@pytest.mark.parametrize("said", ["{", "[]", '"x"', "x" * 5000, "[" * 4000])
def test_an_invalid_message_closes_the_line(state: Path, said: str) -> None:
    async def body(site: Site) -> None:
        otto = site.browser()
        await otto.log_in("otto")
        async with otto.page() as page:
            await page.kind("hello")
            page.say(said)
            await asyncio.wait({page._task}, timeout=30)
            assert page._task.done()

    over(state, body)


def test_a_session_ends_when_nothing_is_asked_or_the_user_is_another(state: Path) -> None:
    clock = [0.0]

    async def body(site: Site) -> None:
        otto, emma = site.browser(), site.browser()
        await otto.log_in("otto")
        await emma.log_in("emma")
        async with otto.page() as page, emma.page() as other:
            await page.kind("hello")
            await other.kind("hello")
            clock[0] = 899.0
            site.sessions.check()
            await other.ask("stop", device="")
            page.say({"here": True})  # an open page that makes no request
            clock[0] = 901.0
            site.sessions.check()
            assert "no request for 900 s" in (await page.kind("ended"))["why"]
            assert await page.closed() == 4001
            site.users.add("emma", "observer", password=PASSWORD, replace=True)
            (state / "users.json").touch()
            site.users._stamp = None  # as another process finds it
            site.sessions.check()
            assert "another role" in (await other.kind("ended"))["why"]
        assert len(site.closed) == 2
        assert (await otto.post("/stop", {})).status == 403

    over(state, body, clock=lambda: clock[0])


def test_logging_out_ends_the_session_and_its_pages(state: Path) -> None:
    async def body(site: Site) -> None:
        otto = site.browser()
        await otto.log_in("otto")
        async with otto.page() as page:
            await page.kind("hello")
            assert (await otto.post("/logout", {})).status == 200
            assert "logged out" in (await page.kind("ended"))["why"]
        assert (await otto.post("/logout", {})).status == 403

    over(state, body)


def test_the_sessions_of_one_user_are_limited(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "MAX_SESSIONS_PER_USER", 2)

    async def body(site: Site) -> None:
        assert [await site.browser().log_in("otto") for _ in range(3)] == [200, 200, 403]
        assert await site.browser().log_in("emma") == 200

    over(state, body)


def test_without_log_in_pages_only_show(state: Path) -> None:
    async def body(site: Site) -> None:
        browser = site.browser()
        assert await browser.log_in("otto") == 403
        async with browser.page() as page:
            hello = await page.kind("hello")
            assert hello["readonly"]
            for request, given in (("stop", {"device": ""}), ("request_control", {}), ("jog", JOG)):
                assert "--insecure-loopback" in (await page.ask(request, **given))["says"]
        assert (await browser.post("/stop", {})).status == 403

    assert over(state, body, insecure=True).asked == []


def test_without_an_audit_log_only_stops_are_carried_out(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    async def body(site: Site) -> None:
        otto = site.browser()
        await otto.log_in("otto")

        def full(*_: Any) -> int:
            raise OSError(28, "No space left on device")

        async with otto.page() as page:
            await page.kind("hello")
            monkeypatch.setattr(os, "write", full)
            assert "cannot be written" in (await page.ask("jog", **JOG))["says"]
            assert "answer" in await page.ask("stop", device="")
            monkeypatch.undo()

    assert [name for name, _, _ in over(state, body).asked] == ["stop"]


def test_the_host_is_part_of_the_address(state: Path) -> None:
    async def body(site: Site) -> None:
        browser = site.browser()
        assert (await browser.ask("GET", "/", Host=f"localhost:{PORT}", Origin=None)).status == 200
        assert (await browser.ask("GET", "/", Host="127.0.0.1", Origin=None)).status == 403

    over(state, body)

"""Two users at the commissioning page of one cell: one has command, both see the owner, and both can stop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellkit.supervision.cell_line import CellLine
from cellkit.supervision.link import CellLink
from cellkit.timing import now
from cellkit.view.commissioning.requests import LEASE
from cellkit.view.commissioning.state_cache import JOBS, StateCache
from tests.supervision.rig import Served, serve
from tests.view.commissioning.browser_rig import Browser, Page, Site, make_state

JOG: dict[str, Any] = {"device": "robot", "axis": "1", "direction": 1, "frame": "base", "speed": 1, "step": 0}


class Shown:
    """A cell with its page."""

    def __init__(self, cell: Served, site: Site) -> None:
        self.cell, self.site = cell, site
        self.plant = cell.supervisor.built.plants["robot"].arm

    async def browser(self, name: str) -> Browser:
        """Return the browser of a user who is logged in. A thread checks the password; cell time goes on."""
        browser = self.site.browser()
        assert await browser.log_in(name) == 200
        return browser

    def moving(self) -> bool:
        return bool(np.abs(self.plant.state().velocity).max() > 1e-9)

    async def job(self, page: Page, job: str) -> dict[str, Any]:
        """Wait for the end of a job, and return it as a page receives it."""
        return await page.until(lambda one: one["kind"] == "job" and one["id"] == job and one["state"] >= 5)


def show(folder: Path, body: Callable[[Shown], Awaitable[None]]) -> None:
    """Run a test with a served cell in virtual time; the page is connected as in ``cellkit serve``."""

    async def whole(cell: Served) -> None:
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        theirs.setblocking(False)
        gone: list[str] = []
        link = CellLink(cell.supervisor, ours, lambda report: None, gone.append, "commissioning page")
        await link.open()
        line, cache = CellLine(theirs), StateCache()
        await line.open()

        async def take() -> None:
            async for message in line.messages():
                cache.take(message)

        taking = asyncio.ensure_future(take())
        await cell.until(lambda: bool(cache.description and cache.owner()))
        site = Site(make_state(folder), line, cache, idle=1e6)
        closing: list[Any] = []
        site.sessions.on_closed = lambda session: closing.append(asyncio.ensure_future(site.frontend.closed(session)))
        try:
            await body(Shown(cell, site))
        finally:
            await asyncio.gather(*closing)
            await link.close()
            await taking
            line.close()
            site.login.close()

    serve(whole)


def test_one_has_command_the_other_sees_who_and_both_can_stop(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        otto, emma, vera = [await shown.browser(name) for name in ("otto", "emma", "vera")]
        async with otto.page() as his, emma.page() as hers, vera.page() as looking:
            assert (await his.ask("request_control"))["answer"] == {"lease": LEASE}
            owner = await hers.until(lambda one: one["kind"] == "owner" and one["user"])
            assert owner["user"] == "otto"
            assert owner["session"] == otto.session().id
            refused = await hers.ask("jog", **JOG)
            assert refused["refused"] == "not owner"
            assert "command is held by otto" in refused["says"]
            assert "command is held by otto" in (await hers.ask("request_control"))["says"]
            for other, name in ((hers, "emma"), (looking, "vera"), (his, "otto")):
                home = {"device": "robot", "command": "MoveHome", "arguments": [0.02]}
                joints = {
                    "device": "robot",
                    "command": "MoveJoints",
                    "arguments": [[1.0, -1.5, 1.5, -1.5, -1.5, 0], 0.02],
                }
                answer = await his.ask("command", **(home if name == "vera" else joints))
                await shown.cell.until(shown.moving)
                await asyncio.sleep(0.5)  # the next motion must have a way to go
                assert (await other.ask("stop", device=""))["answer"] == {}
                assert not shown.moving()
                ended = await shown.job(his, answer["answer"]["job"])
                assert ended["reason"] == f"stopped by {name}"
            assert "answer" in await his.ask("release_control")
            assert "answer" in await hers.ask("request_control")
            assert (await his.until(lambda one: one["kind"] == "owner" and one["user"] == "emma"))["until"] > 0

    show(tmp_path, body)


def test_a_jog_of_a_page_that_falls_silent_ends(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        otto = await shown.browser("otto")
        async with otto.page() as page:
            await page.ask("request_control")
            job = (await page.ask("jog", **JOG))["answer"]["job"]
            for _ in range(6):
                page.say({"ask": "jog_alive", "with": {"job": job}, "number": 0})
                await asyncio.sleep(0.1)
            assert shown.moving(), "0.6 s, as it gave signs of life"
            silent = now()
            ended = await shown.job(page, job)
            assert "sent no request" in ended["reason"]
            assert now() - silent < 1.0
            assert not shown.moving()
            calls = [entry for entry in shown.site.audited() if entry.get("method") == "jog_alive"]
            assert not calls, "signs of life are not logged"

    show(tmp_path, body)


@pytest.mark.long
def test_command_outlives_a_reload_and_no_page_that_is_gone(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        ownership = shown.cell.supervisor.ownership
        otto = await shown.browser("otto")
        async with otto.page() as page:
            await page.ask("request_control")
            for _ in range(25):
                page.say({"here": True})
                await asyncio.sleep(1.0)
            assert ownership.owner is not None, "2.5 leases later"
        async with otto.page() as page:
            hello = await page.kind("hello")
            assert ownership.owner.session == hello["session"]
            moving = await page.ask("jog", **(JOG | {"step": 0.5, "speed": 0.1}))
            assert "answer" in moving
        await shown.cell.until(lambda: ownership.owner is None, LEASE + 1.0)
        assert not shown.moving()

    show(tmp_path, body)


def test_logging_out_gives_command_back_at_once_and_stops_what_it_had_begun(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        otto = await shown.browser("otto")
        async with otto.page() as page:
            await page.ask("request_control")
            await page.ask("command", device="robot", command="MoveHome", arguments=[0.02])
            await page.ask("command", device="robot", command="MoveJoints", arguments=[[0.5, -1, 1, -1, -1, 0], 0.02])
            await shown.cell.until(shown.moving)
            assert (await otto.post("/logout", {})).status == 200
        await shown.cell.until(lambda: not shown.moving(), 5.0)
        assert shown.cell.supervisor.ownership.owner is None
        await shown.cell.until(lambda: not shown.cell.supervisor.board.active(), 5.0)

    show(tmp_path, body)


def test_a_stop_without_the_line_stops_too(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        otto, vera = [await shown.browser(name) for name in ("otto", "vera")]
        async with otto.page() as page:
            await page.ask("request_control")
            await page.ask("command", device="robot", command="MoveJoints", arguments=[[0.5, -1, 1, -1, -1, 0], 0.02])
            await shown.cell.until(shown.moving)
            assert (await vera.post("/stop", {})).status == 200
            assert not shown.moving()

    show(tmp_path, body)


def test_a_slow_page_receives_the_newest_state_and_delays_nobody(tmp_path: Path) -> None:
    async def body(shown: Shown) -> None:
        otto, emma = [await shown.browser(name) for name in ("otto", "emma")]
        async with otto.page() as slow, emma.page() as quick:
            await slow.kind("hello")
            await quick.ask("request_control")
            joints = [1.0, -1.5, 1.5, -1.5, -1.5, 0.0]
            await quick.ask("command", device="robot", command="MoveJoints", arguments=[joints, 0.02])
            await shown.cell.until(shown.moving)
            slow.reading = False
            await asyncio.sleep(2.0)
            await quick.until(lambda one: one.get("device") == "robot" and one["kind"] == "readings")
            slow.reading = True
            before = len(slow.received)
            await slow.until(lambda one: one["kind"] == "readings" and one["device"] == "robot")
            await slow.until(lambda one: one["kind"] == "readings" and one["device"] == "robot")
            assert len(slow.received) - before < 30, "20 readings a second of each device have been left out"

    show(tmp_path, body)


def test_the_state_cache_is_bounded() -> None:
    cache = StateCache()
    for number in range(3 * JOBS):
        cache.take({"kind": "job", "id": f"job-{number}"})
        cache.take({"kind": "trouble", "what": "again"})
        cache.take({"kind": "readings", "device": "robot", "values": {}})
        cache.take({"kind": "samples", "device": "robot", "rows": []})
    news = cache.since(0)
    assert [one["id"] for one in news if one["kind"] == "job"] == [f"job-{n}" for n in range(2 * JOBS, 3 * JOBS)]
    assert len(news) == JOBS + 20 + 1
    assert cache.since(cache.version) == []

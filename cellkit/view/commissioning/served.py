"""The commissioning page of a served cell: its process, the embedded live view, and the channels to both."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cellkit.errors import ConfigError
from cellkit.supervision.link import CellLink
from cellkit.supervision.supervisor import Supervisor
from cellkit.view.channel import ChannelClosed, Inbox, Outbox
from cellkit.view.commissioning.launch import CommissioningOptions, start_commissioning
from cellkit.view.guard import LOOPBACK
from cellkit.view.launch import PageOptions, start_page
from cellkit.view.page_feed import PageFeed
from cellkit.view.process import free_port

_END_TIMEOUT = 5.0  # s in which a process must end by itself


class ServedPage:
    """The page of a served cell. ``feed`` is the observer of the cell that feeds the embedded view.

    Create it before the cell's loop runs, since the start of the live view takes a while. ``state``, ``port`` and
    ``insecure_loopback`` as in ``CommissioningOptions``. Raises ``ConfigError``.
    """

    def __init__(
        self, title: str, subtitle: str, program: Path, live: bool, state: Path, port: int, insecure_loopback: bool
    ) -> None:
        try:
            port = free_port(port)
        except (OSError, OverflowError) as error:
            raise ConfigError(f"--view-port {port}: cannot be used: {getattr(error, 'strerror', error)}") from None
        origins = " ".join(f"http://{name}:{port}" for name in (LOOPBACK, "localhost"))
        self._view = start_page(PageOptions(port=0, framed_by=origins))
        self._outbox = Outbox(self._view.channel)
        self.feed = PageFeed(self._outbox, title, subtitle, program, steered=False, live=live)
        self._options = CommissioningOptions(str(state), port, self._view.url, insecure_loopback)
        self._process: subprocess.Popen[bytes] | None = None
        self._link: CellLink | None = None
        threading.Thread(target=self._discard_requests, name="view", daemon=True).start()

    async def open(
        self, supervisor: Supervisor, reported: Callable[[dict[str, Any]], None], gone: Callable[[str], None]
    ) -> None:
        """Start the page. ``reported`` is called with its address, ``gone`` if the page ends by itself."""
        page = start_commissioning(self._options)
        self._process = page.process
        self._link = CellLink(supervisor, page.end, reported, gone, "commissioning page")
        await self._link.open()

    async def close(self) -> None:
        """End the page and the view."""
        if self._link is not None:
            await self._link.close()
        await asyncio.get_running_loop().run_in_executor(None, self.end)

    def end(self) -> None:
        """End both processes and wait for them. A second call does nothing."""
        if not self._outbox.broken:
            self._outbox.close()
        for process in (self._process, self._view.process):
            if process is None:
                continue
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_END_TIMEOUT)
            if process.poll() is None:
                process.kill()
                process.wait()

    def _discard_requests(self) -> None:
        """Read and ignore the requests of the view, so that the view never waits."""
        inbox = Inbox(self._view.channel)
        with contextlib.suppress(ChannelClosed):
            while True:
                inbox.get()
        self._outbox.broken = True

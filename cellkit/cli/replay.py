"""The command ``cellkit replay``: a recording in the page of the live view, until Ctrl+C."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

from cellkit.errors import ConfigError
from cellkit.recording.reader import Recording

_ENDING = 5.0  # time (s) for the page to end by itself


def replay_command(file: Path, port: int) -> int:
    """Serve the page and return the exit code. Raises ``ConfigError``."""
    from cellkit.view.channel import ChannelClosed, Inbox
    from cellkit.view.launch import PageOptions, start_page
    from cellkit.view.replay import send_recording

    with Recording.open(file) as recording:
        if not recording.own or not len(recording):
            raise ConfigError("holds no snapshots of a cell: only recordings of cellkit can be replayed", file=file)
        page = start_page(PageOptions(port, past=True))
        try:
            sys.stderr.write(f"cellkit: {_described(recording)} at {page.url} (this machine only), until Ctrl+C\n")
            with contextlib.suppress(OSError):
                send_recording(recording, page.channel)
            with contextlib.suppress(ChannelClosed):
                Inbox(page.channel).get()  # the page sends nothing: this returns when the page has ended
            raise ConfigError("the page has ended by itself")
        except KeyboardInterrupt:
            return 0
        finally:
            page.channel.close()
            try:
                page.process.wait(_ENDING)
            except subprocess.TimeoutExpired:
                page.process.kill()
                page.process.wait()


def _described(recording: Recording) -> str:
    first, last = recording.span
    cut = "" if recording.complete else ", incomplete: it ends there"
    return f"{recording.file.name}, {first:.2f} to {last:.2f} s{cut}"

"""The command ``cellkit export``: a recording as a page that plays offline."""

from __future__ import annotations

from pathlib import Path

from cellkit.cli.output import check_writable, out, prints_tables, write_text
from cellkit.recording.reader import Recording


def export_command(file: Path, html: Path, rate: float) -> int:
    """Write the page and return the exit code. Raises ``ConfigError``."""
    check_writable(html)
    with Recording.open(file) as recording:
        from cellkit.view.export import export_html

        page = export_html(recording, rate)
        first, last = recording.span
        complete = recording.complete
    write_text(page, html)
    if prints_tables(html):
        cut = "" if complete else "; the recording is incomplete: it ends there"
        out().print(f"{html}: {len(page.encode()) / 1e6:.2f} MB, {first:.2f} to {last:.2f} s{cut}")
    return 0

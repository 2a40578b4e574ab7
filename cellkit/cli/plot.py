"""The command ``cellkit plot``: a recording as plots."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cellkit.cli.output import check_writable, out, write_bytes, write_text
from cellkit.errors import ConfigError
from cellkit.recording.chart import Chart
from cellkit.recording.reader import Recording

_KINDS = (".png", ".svg", ".html")


def plot_command(file: Path, picture: Path, what: Sequence[str], start: float | None, end: float | None) -> int:
    """Write the plots and return the exit code. Raises ``ConfigError``."""
    if picture.suffix.lower() not in _KINDS:
        raise ConfigError(f"ends in {picture.suffix or 'nothing'}, expected .png, .svg or .html", file=picture)
    check_writable(picture)
    from cellkit.recording.plot import chart

    with Recording.open(file) as recording:
        drawn = chart(recording, what, start, end)
    write_chart(drawn, picture)
    out().print(f"{picture}: {drawn.title}, {drawn.start:.2f} to {drawn.end:.2f} s, {len(drawn.panels)} plots")
    for note in drawn.notes:
        out().print(note)
    return 0


def write_chart(chart: Chart, file: Path) -> None:
    """Write a chart in the format of the file's suffix. Raises ``ConfigError``."""
    from cellkit.recording import chart_drawing

    match file.suffix.lower():
        case ".png":
            write_bytes(chart_drawing.as_png(chart), file)
        case ".svg":
            write_text(chart_drawing.as_svg(chart), file)
        case _:
            write_text(chart_drawing.as_html(chart), file)

"""The command ``cellkit diff``: the first difference between two recorded runs."""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

from cellkit.cli.output import check_writable, out, prints_tables, write_json
from cellkit.cli.plot import write_chart
from cellkit.errors import ConfigError
from cellkit.recording.diff import Comparison, Departure, compare
from cellkit.recording.reader import Recording
from cellkit.recording.signals import Family


@dataclass(frozen=True)
class DiffOptions:
    """The options of a comparison.

    ``tolerances`` as FAMILY=X; ``time_tolerance`` in s; ``json``, ``png`` and ``html`` are the files of the result.
    """

    tolerances: Sequence[str]
    time_tolerance: float
    align: bool
    json: Path | None
    png: Path | None
    html: Path | None


def diff_command(a: Path, b: Path, options: DiffOptions) -> int:
    """Compare, print, and return the exit code: 0 equal, 1 different. Raises ``ConfigError``."""
    tolerances = read_tolerances(options.tolerances)
    for file, kind in ((options.png, ".png"), (options.html, ".html")):
        if file is not None and file.suffix.lower() != kind:
            raise ConfigError(f"ends in {file.suffix or 'nothing'}, expected {kind}", file=file)
    check_writable(options.json, options.png, options.html)
    with Recording.open(a) as first, Recording.open(b) as second:
        comparison = compare(first, second, tolerances, options.time_tolerance, options.align)
        if options.png is not None or options.html is not None:
            _draw(first, second, comparison, options)
    if options.json is not None:
        write_json(comparison.model_dump(mode="json"), options.json)
    if prints_tables(options.json):
        for line in words(comparison):
            out().print(line, markup=False, soft_wrap=True)
    return 0 if comparison.equal else 1


def read_tolerances(given: Sequence[str]) -> dict[Family, float]:
    """Return the tolerances of ``FAMILY=X`` options. Raises ``ConfigError``."""
    known = get_args(Family)
    tolerances: dict[Family, float] = {}
    for text in given:
        family, _, number = text.partition("=")
        try:
            value = float(number)
        except ValueError:
            value = math.nan
        if family not in known or not (math.isfinite(value) and value >= 0.0):
            raise ConfigError(f"--tolerance {text}: expected FAMILY=X, X at least 0, FAMILY one of {', '.join(known)}")
        tolerances[cast(Family, family)] = value
    return tolerances


def _draw(a: Recording, b: Recording, found: Comparison, options: DiffOptions) -> None:
    from cellkit.recording.diff_plot import difference_chart

    chart = difference_chart(a, b, found)
    for file in (options.png, options.html):
        if file is None:
            continue
        if chart is None:
            sys.stderr.write(f"cellkit: warning: {file} is not written: no signal that can be drawn differs\n")
        else:
            write_chart(chart, file)


def words(found: Comparison) -> list[str]:
    """Return the comparison in words, one text per line."""
    lines = [f"A  {found.a}", f"B  {found.b}"]
    if found.different_runs:
        facts = ", ".join(f"{one.what} {one.a or 'none'} and {one.b or 'none'}" for one in found.different_runs)
        lines.append(f"different runs: {facts}")
    if found.shift:
        lines.append(f"aligned by the first command of each: B is shown {-found.shift:.6f} s earlier")
    for name in found.cut_off:
        lines.append(f"{name} was cut off: compared up to {found.compared_until:.2f} s")
    for where, names in (("A", found.only_a), ("B", found.only_b)):
        if names:
            lines.append(f"only in {where}: {', '.join(names)}")
    if found.equal:
        how = "every figure is the same" if found.identical else "no signal differs by more than its tolerance"
        lines.append(f"equal: {found.events[0]} events, and {how}, up to {found.compared_until:.2f} s")
        return lines
    event = found.first_event
    if event is None:
        lines.append("events: the same" + (" up to the end of the shorter recording" if found.cut_off else ""))
    else:
        lines.append(
            f"first event that differs: at {event.time:.6f} s, {event.device} {event.what} (event {event.number})"
        )
        lines += [f"  A  {event.a or 'has no further event'}", f"  B  {event.b or 'has no further event'}"]
    if not found.departures:
        lines.append("signals: none differs by more than its tolerance")
    for one in found.departures:
        lines.append(_departure(one, found.also))
    if found.first_difference is None and found.cut_off:
        lines.append("nothing differs up to the end of the shorter recording; the rest is not known")
    return lines


def _departure(one: Departure, also: Mapping[str, int]) -> str:
    unit = f" {one.unit}" if one.unit else ""
    line = f"{one.family}: from {one.time:.2f} s on, {one.signal}: A {_value(one.a)}{unit}, B {_value(one.b)}{unit}"
    if one.difference is not None:
        line += f"; {one.difference:.3g}{unit} apart, allowed {one.tolerance:g}{unit}"
    if one.largest is not None and one.largest_at is not None:
        line += f"; at most {one.largest:.3g}{unit} at {one.largest_at:.2f} s"
    more = also.get(one.family, 1) - 1
    return line + (f"; {more} more of these differ" if more else "")


def _value(value: float | str | list[float] | None) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, list):
        return f"({', '.join(f'{one:.4g}' for one in value)})"
    return value if isinstance(value, str) else f"{value:.4g}"

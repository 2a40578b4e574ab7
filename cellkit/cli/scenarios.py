"""``cellkit scenarios``."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from cellkit import registry
from cellkit.cli.output import check_writable, out, told, write_json
from cellkit.scenario.config import read_scenario


def scenarios_command(json: Path | None) -> int:
    """List the shipped scenarios."""
    check_writable(json)
    found = {name: read_scenario(name) for name in registry.scenario_files()}
    if json is not None:
        rows = [
            {
                "name": name,
                "title": one.file.title,
                "quantity": one.file.quantity,
                "faults": list(one.file.faults),
                "file": str(one.document.file),
            }
            for name, one in found.items()
        ]
        write_json({"scenarios": rows}, json)
    if told(json):
        table = Table(title="scenarios", title_justify="left")
        for heading in ("name", "what happens", "parts", "faults (--fault)"):
            table.add_column(heading, overflow="fold")
        for name, one in found.items():
            table.add_row(name, one.file.title, str(one.file.quantity), ", ".join(one.file.faults))
        out().print(table)
    return 0

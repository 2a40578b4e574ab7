"""The command ``cellkit scenarios``."""

from __future__ import annotations

from pathlib import Path

from cellkit import registry
from cellkit.cli.output import check_writable, out, prints_tables, titled_table, write_json
from cellkit.scenario.config import read_scenario


def scenarios_command(json: Path | None) -> int:
    """List the shipped scenarios."""
    check_writable(json)
    shipped = {name: read_scenario(name) for name in registry.scenario_files()}
    if json is not None:
        rows = [
            {
                "name": name,
                "title": scenario.file.title,
                "quantity": scenario.file.quantity,
                "faults": list(scenario.file.faults),
                "file": str(scenario.document.file),
            }
            for name, scenario in shipped.items()
        ]
        write_json({"scenarios": rows}, json)
    if prints_tables(json):
        table = titled_table("scenarios", ("name", "title", "parts", "faults (--fault)"), fold=True)
        for name, scenario in shipped.items():
            file = scenario.file
            table.add_row(name, file.title, str(file.quantity), ", ".join(file.faults))
        out().print(table)
    return 0

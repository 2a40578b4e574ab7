"""The command ``cellkit drivers``: the devices and the evidence of each driver, from the quality records."""

from __future__ import annotations

from pathlib import Path

from rich.table import Table

from cellkit.cli.output import check_writable, out, prints_tables, titled_table, write_json
from cellkit.quality import ClientEvidence, Level, Quality, quality, wire_drivers
from cellkit.registry import DriverSpec

_WORDS = {
    Level.NONE: "none",
    Level.CODEC: "codec",
    Level.VIRTUAL: "own virtual controller",
    Level.CLIENT: "independent client",
    Level.SIMULATOR: "vendor's simulator",
    Level.HARDWARE: "hardware",
}


def drivers_command(json: Path | None) -> int:
    """Print the table and return the exit code."""
    check_writable(json)
    records = [(spec, quality(spec)) for spec in wire_drivers()]
    if json is not None:
        data = [
            {"name": spec.name, "title": spec.title, "reached": record.evidence.reached.name.lower()}
            | record.model_dump(mode="json", exclude={"driver"})
            for spec, record in records
        ]
        write_json({"drivers": data}, json)
    if prints_tables(json):
        out().print(drivers_table(records))
    return 0


def _client(client: ClientEvidence) -> str:
    return f"{client.name} {client.version}" + (" (by hand)" if client.by_hand else "")


def drivers_table(records: list[tuple[DriverSpec, Quality]]) -> Table:
    """Return a table with one row per driver."""
    headings = (
        "driver",
        "devices",
        "protocols",
        "models",
        "abilities",
        "evidence reached",
        "clients",
        "open points",
    )
    table = titled_table("wire drivers", headings, fold=True)
    for spec, record in records:
        left = [f"{name}: {text}" for name, text in record.rules.items()]
        table.add_row(
            spec.name,
            "\n".join(kind.replace("_", " ") for kind in record.devices),
            "\n".join(record.protocols),
            "\n".join(record.models) or "-",
            "\n".join(record.abilities) or "-",
            _WORDS[record.evidence.reached],
            "\n".join(dict.fromkeys(_client(client) for client in record.evidence.client)) or "-",
            f"{len(left)} rules, {len(record.open)} questions" if left or record.open else "-",
        )
    table.caption = "No driver has been tested on a real controller yet: hardware is the highest level of evidence."
    if any(record.evidence.hardware for _, record in records):
        table.caption = None
    return table

"""The command ``cellkit certs``: the clients' certificates that the gateway trusts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rich.table import Table

from cellkit.access.settings import state_folder
from cellkit.cli.output import check_writable, out, prints_tables, write_json
from cellkit.opcua.security.pki import CertificateEntry, Pki, read_certificate

SHOWN = 16  # digits of a thumbprint in the table


def pki_of(state: Path | None) -> Pki:
    """Return the certificates of a state folder; the folder is created if it does not exist."""
    return Pki(state_folder(state) / "pki")


def list_command(state: Path | None, json: Path | None) -> int:
    """List all certificates with their folder."""
    check_writable(json)
    pki = pki_of(state)
    entries = pki.entries()
    if json is not None:
        write_json({"folder": str(pki.folder), "certificates": [_described(entry) for entry in entries]}, json)
    if prints_tables(json):
        out().print(_table(entries) if entries else f"no certificates in {pki.folder}", soft_wrap=not entries)
        for file in dict.fromkeys(pki.unreadable):
            out().print(f"not a certificate or revocation list: {file}", soft_wrap=True)
    return 0


def trust_command(which: str, state: Path | None) -> int:
    """Trust a client, or the clients of an authority: by a file, or the beginning of a refused client's thumbprint."""
    pki = pki_of(state)
    file = Path(which)
    certificate = read_certificate(file) if file.is_file() else pki.find(which, "rejected", "trusted").certificate
    file = pki.trust_certificate(certificate)
    entry = CertificateEntry("trusted", file, certificate)
    out().print(f"trusted: {_named(entry)}; a running gateway lets it in within seconds", soft_wrap=True)
    return 0


def reject_command(which: str, state: Path | None) -> int:
    """Stop trusting a client: by a file, or the beginning of its thumbprint."""
    pki = pki_of(state)
    file = Path(which)
    wanted = CertificateEntry("trusted", file, read_certificate(file)).thumbprint if file.is_file() else which
    entry = pki.find(wanted, "trusted")
    pki.untrust(entry.certificate)
    out().print(f"rejected: {_named(entry)}; a running gateway disconnects it within seconds", soft_wrap=True)
    return 0


def _named(entry: CertificateEntry) -> str:
    return f"{entry.name} ({entry.uri or 'no application URI'}), {entry.thumbprint}"


def _described(entry: CertificateEntry) -> dict[str, Any]:
    return {
        "place": entry.place,
        "name": entry.name,
        "uri": entry.uri,
        "thumbprint": entry.thumbprint,
        "valid_from": entry.certificate.not_valid_before_utc.isoformat(),
        "valid_to": entry.certificate.not_valid_after_utc.isoformat(),
        "file": str(entry.file),
    }


def _table(entries: list[CertificateEntry]) -> Table:
    table = Table(title="certificates", title_justify="left")
    for heading in ("folder", "thumbprint", "name", "application URI", "valid to"):
        table.add_column(heading, overflow="fold", no_wrap=heading in {"folder", "thumbprint", "valid to"})
    for entry in entries:
        ends = f"{entry.certificate.not_valid_after_utc:%Y-%m-%d}"
        table.add_row(entry.place, entry.thumbprint[:SHOWN], entry.name, entry.uri, ends)
    return table

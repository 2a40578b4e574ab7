"""Logs that are spread over several files, one a quantity, named NAME + separator + quantity + suffix."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

from cellkit.calibration.table import Table, read_table
from cellkit.errors import ConfigError


def stem_of(file: Path, endings: Sequence[str]) -> str | None:
    """Return what a file's name has before one of these endings; None where it has none of them."""
    for ending in endings:
        if file.name.endswith(ending):
            return file.name.removesuffix(ending)
    return None


def read_set(file: Path, stem: str, endings: Sequence[str], needed: Sequence[str]) -> dict[str, Table]:
    """Return the tables STEM + ending beside ``file``, by ending.

    Raises ``ConfigError`` where one of the ``needed`` endings is missing.
    """
    tables = {}
    for ending in endings:
        other = file.with_name(f"{stem}{ending}")
        if other.is_file():
            tables[ending] = read_table(other)
        elif ending in needed:
            raise ConfigError(f"belongs to a log of several files, and {other.name} is missing beside it", file=file)
    return tables


def digest(tables: dict[str, Table]) -> str:
    """Return one SHA-256 of several files: that of their own SHA-256 in hexadecimal, in the order of the endings."""
    return hashlib.sha256("".join(tables[ending].sha256 for ending in sorted(tables)).encode()).hexdigest()

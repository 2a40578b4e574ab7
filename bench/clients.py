"""Environments of third-party clients, which ``make test-clients`` creates."""

from __future__ import annotations

from pathlib import Path

ENVIRONMENTS = Path(__file__).parents[1] / ".clients"


def client_python(name: str) -> Path | None:
    """Return the Python of an environment by its name without its mark; None if it does not exist."""
    found = sorted(ENVIRONMENTS.glob(f"{name}-*/bin/python"))
    return found[0] if found else None

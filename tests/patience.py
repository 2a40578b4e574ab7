"""How long a test waits for an event that must come: the event ends the wait, so a generous limit costs nothing."""

from __future__ import annotations

PATIENCE = 120.0  # s of wall time: only a hang takes longer, on a busy machine too

"""The log of the gateway's process on standard error, rate-limited so that logging cannot slow the process down."""

from __future__ import annotations

import logging
import time

SAME = 5
"""The maximum of lines from one place in the code within ``WITHIN`` s; further lines are counted and left out."""
WITHIN = 60.0
"""s."""


class RateLimitedFilter(logging.Filter):
    """Passes a few lines of each place in the code; the next line afterwards states how many were left out."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether to log the record."""
        place = (record.pathname, record.lineno)
        since, count = self._seen.get(place, (0.0, 0))
        now = time.monotonic()
        if count == 0 or now - since > WITHIN:
            if count > SAME:
                record.msg = f"{record.msg} ({count - SAME} like it were left out)"
            since, count = now, 0
        self._seen[place] = (since, count + 1)
        return count < SAME


def set_up() -> None:
    """Log warnings and errors to standard error, rate-limited."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("cellkit gateway: %(message)s"))
    handler.addFilter(RateLimitedFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    # asyncua logs every message that is too large; the journal reports the same once a minute.
    logging.getLogger("asyncua.uaprotocol").setLevel(logging.CRITICAL)

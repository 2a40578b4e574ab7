"""What the gateway's process says on standard error: little, and never so much that writing it holds it up."""

from __future__ import annotations

import logging
import time

SAME = 5
"""Lines of one place in the code, in ``WITHIN`` s; more are counted and left out."""
WITHIN = 60.0


class RateLimitedFilter(logging.Filter):
    """Lets a few lines of each place through, and says how many were left out when the next one comes."""

    def __init__(self) -> None:
        super().__init__()
        self._seen: dict[tuple[str, int], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to say it."""
        place = (record.pathname, record.lineno)
        since, count = self._seen.get(place, (0.0, 0))
        present = time.monotonic()
        if count == 0 or present - since > WITHIN:
            if count > SAME:
                record.msg = f"{record.msg} ({count - SAME} like it were left out)"
            since, count = present, 0
        self._seen[place] = (since, count + 1)
        return count < SAME


def set_up() -> None:
    """Warnings and worse to standard error, sparingly."""
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("cellkit gateway: %(message)s"))
    handler.addFilter(RateLimitedFilter())
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger("asyncua").setLevel(logging.ERROR)
    # It writes a line for every message that is too large; the journal tells the same once a minute.
    logging.getLogger("asyncua.uaprotocol").setLevel(logging.CRITICAL)

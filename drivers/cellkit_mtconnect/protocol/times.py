"""Times as the standard writes them. A virtual agent counts from a fixed moment: no clock is asked."""

from __future__ import annotations

import numpy as np

EPOCH = np.datetime64("2024-01-01T00:00:00.000000", "us")
"""What cell time 0 is called."""
EPOCH_SECONDS = 1_704_067_200
"""The same, in s since 1970."""


def time_text(seconds: float) -> str:
    """Return a moment in cell time (s) as text, to the microsecond."""
    return f"{EPOCH + np.timedelta64(round(seconds * 1e6), 'us')}Z"

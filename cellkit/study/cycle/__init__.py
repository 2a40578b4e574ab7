"""Cell cycle time, not motion time: what each second goes into, what limits it, and what would shorten it."""

"""What every robot controller has in common, and the mechanics and worlds behind it."""

"""Messages and codec."""

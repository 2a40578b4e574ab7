"""The pure part of the driver: units and the texts that name nodes."""

"""The driver contract of each kind of device, and the rig that tries it; one file a kind."""

"""The driver contract of each kind of device, and the rig for it; one file a kind."""

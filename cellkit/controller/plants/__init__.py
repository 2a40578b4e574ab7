"""The plants: what a virtual device measures and moves, one file a kind of device."""

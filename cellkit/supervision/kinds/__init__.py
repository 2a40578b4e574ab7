"""What outsiders see of each kind of device and may ask it, whatever protocol they speak; one file a kind."""

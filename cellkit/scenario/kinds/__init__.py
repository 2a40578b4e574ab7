"""What a run records of each kind of device, and what a view shows of it; one file a kind."""

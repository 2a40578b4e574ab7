"""The recorded values of each kind of device, also for snapshots and views; one file a kind."""

"""The cycle time of a cell (not of a motion): the use of each second, the bottleneck, and possible improvements."""

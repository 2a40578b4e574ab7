"""The kinds of devices in a cell, one file per kind: its section of the cell file, and the making of its devices."""

"""The kinds of devices in a cell, one file a kind: section of the cell file, and how its devices are made."""

"""FANUC's Remote Motion Interface (RMI, option R912) as bytes and messages: no I/O, no clock."""

"""The readings, commands and alarms of each kind of device for clients, whatever their protocol; one file a kind."""

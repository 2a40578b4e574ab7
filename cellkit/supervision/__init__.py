"""The values, jobs, alarms and ownership of a running cell for clients outside it, independent of any protocol."""

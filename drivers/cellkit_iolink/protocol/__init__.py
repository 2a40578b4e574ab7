"""The data on HTTP in both directions: messages, error numbers, process data. No asyncio, no transport, no clock."""

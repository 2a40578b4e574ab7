"""What goes over HTTP, either way: messages, error numbers, process data. No asyncio, no transport, no clock."""

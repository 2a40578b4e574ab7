"""The report of a study as one HTML page, as JSON and as CSV. Every figure of the page carries its JSON pointer."""

"""The forms of logs that can be read, one file a form."""

"""The start of a program that receives signals although its starter ignores them."""

HEARS = """import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
hasattr(signal, "SIGHUP") and signal.signal(signal.SIGHUP, signal.SIG_DFL)
"""
"""A shell ignores SIGINT in what it starts in the background, nohup SIGHUP, and the children of both inherit that."""

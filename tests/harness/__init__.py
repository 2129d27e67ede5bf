"""Shared by all tests and the demo: the sandbox, real peers, and the driver of each language."""

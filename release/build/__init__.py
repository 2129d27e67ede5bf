"""Builds what a release ships: `make dist`, or `release/.venv/bin/python -m release.build [<triple>…]` at the root."""

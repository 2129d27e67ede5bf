"""Runs what `make dist` built, on every platform that this machine can run or emulate: `make test-dist`, or
`release/.venv/bin/python -m release.test_dist [--whole] [<triple>…]` at the root."""

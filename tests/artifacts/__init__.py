"""Artifacts that have no driver in the matrix. `make test-dist` runs these tests on each platform."""

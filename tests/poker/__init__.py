"""Tests of the examples. Of poker: its rules, its seats, and which player receives which cards."""

"""The shared matrix: every case in every language, each a named test."""

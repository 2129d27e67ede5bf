"""The poker example: its rules, its seats, and above all who sees which card."""

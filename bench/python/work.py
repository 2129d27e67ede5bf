"""A counter of messages to send, shared between threads or tasks."""

from __future__ import annotations

import itertools
import time


class Work:
    """Hands out the numbers of messages, up to a number and a duration in seconds."""

    def __init__(self, messages: int, seconds: float) -> None:
        self._messages = messages
        # `next` of it is atomic.
        self._numbers = itertools.count()
        self._until = time.monotonic() + seconds

    def take(self) -> int | None:
        """The number of the next message; None if no more are to be sent."""
        if time.monotonic() >= self._until:
            return None
        number = next(self._numbers)
        return number if number < self._messages else None

    def taken(self) -> int:
        """How many were handed out. To be called at the end."""
        return min(next(self._numbers), self._messages)

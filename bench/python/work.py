"""Messages to be sent, shared between those who send them."""

from __future__ import annotations

import itertools
import time


class Work:
    """Hands out the numbers of messages, until there were enough or it took too long."""

    def __init__(self, messages: int, seconds: float) -> None:
        self._messages = messages
        # Its `next` is one step, whichever thread asks.
        self._numbers = itertools.count()
        self._until = time.monotonic() + seconds

    def take(self) -> int | None:
        """The number of the next message; none if no more is to be sent."""
        if time.monotonic() >= self._until:
            return None
        number = next(self._numbers)
        return number if number < self._messages else None

    def taken(self) -> int:
        """How many were handed out, once that is over."""
        return min(next(self._numbers), self._messages)

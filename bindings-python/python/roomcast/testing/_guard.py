"""The guard: no test reaches people."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

VARIABLE = "ROOMCAST_ONLY_SANDBOX"


@contextlib.contextmanager
def only_sandbox() -> Iterator[None]:
    """Refuse every client whose server is on another machine, in this process and those that it starts.

    It sets the variable ROOMCAST_ONLY_SANDBOX, which holds for clients that are made meanwhile. The pytest
    fixtures do this, too.
    """
    before = os.environ.get(VARIABLE)
    os.environ[VARIABLE] = "1"
    try:
        yield
    finally:
        if before is None:
            os.environ.pop(VARIABLE, None)
        else:
            os.environ[VARIABLE] = before

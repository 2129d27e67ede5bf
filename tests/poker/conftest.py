"""The poker example's server, in each of its languages."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.poker import COMMANDS, Poker


@pytest.fixture(scope="session", params=list(COMMANDS))
def poker(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Poker]:
    with Poker(request.param, tmp_path_factory.mktemp(f"state-{request.param}")) as poker:
        yield poker

"""The pytest plugin of roomcast. pytest imports it in every run, so only fixtures import roomcast."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from roomcast import Client
    from roomcast.testing import AsyncFakeClient, FakeClient, Sandbox


@pytest.fixture
def roomcast_only_sandbox() -> Iterator[None]:
    """Refuse clients for servers on other machines during the test. The other fixtures do, too."""
    from roomcast.testing import only_sandbox

    with only_sandbox():
        yield


@pytest.fixture
def roomcast_fake(roomcast_only_sandbox: None) -> Iterator[FakeClient]:
    """A FakeClient: a Client without a server, which records its calls."""
    from roomcast.testing import FakeClient

    with FakeClient() as client:
        yield client


@pytest.fixture
def roomcast_async_fake(roomcast_only_sandbox: None) -> AsyncFakeClient:
    """An AsyncFakeClient: an AsyncClient without a server, which records its calls."""
    from roomcast.testing import AsyncFakeClient

    return AsyncFakeClient()


@pytest.fixture(scope="session")
def _roomcast_sandbox_process() -> Iterator[Sandbox]:
    from roomcast.testing import Sandbox

    # The guard is for tests that use it.
    with Sandbox(guard=False) as sandbox:
        yield sandbox


@pytest.fixture
def roomcast_sandbox(
    _roomcast_sandbox_process: Sandbox, roomcast_only_sandbox: None, monkeypatch: pytest.MonkeyPatch
) -> Sandbox:
    """A sandbox without rooms, for this test. It is started once in a run.

    Clients that the program makes without options talk to it: the variables HMS_BASE_URL, HMS_ACCESS_KEY and
    HMS_SECRET are set during the test.
    """
    _roomcast_sandbox_process.reset()
    for name in ("HMS_MANAGEMENT_TOKEN", "ROOMCAST_INSECURE_HTTP_HOST"):
        monkeypatch.delenv(name, raising=False)
    for name, value in _roomcast_sandbox_process.environment.items():
        monkeypatch.setenv(name, value)
    return _roomcast_sandbox_process


@pytest.fixture
def roomcast_client(roomcast_sandbox: Sandbox) -> Iterator[Client]:
    """A client for the sandbox."""
    with roomcast_sandbox.client() as client:
        yield client

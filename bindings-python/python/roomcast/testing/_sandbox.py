"""A sandbox in a process of its own, and what a test does with it."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .._async import AsyncClient
from .._client import Client
from .._record import Record
from ._control import MAX_WAIT, Control, part
from ._guard import only_sandbox
from ._program import Program, find

if TYPE_CHECKING:
    from typing import Literal

    from typing_extensions import Self

    _FaultKind = Literal["status", "lost_answer", "delay", "disconnect", "rate_limit"]


class ReceivedMessage(Record):
    """A message that a peer received. Immutable."""

    _fields = ("number", "message", "type", "sender", "role", "time")

    number: int
    """Its number among those of the peer; the first is 1."""
    message: str
    """Its text."""
    type: str | None
    """Its type."""
    sender: str | None
    """The id of the peer that sent it; None if it came by the server API, as roomcast's messages do."""
    role: str | None
    """The role of the peer that it was sent to, if it was sent to a role."""
    time: str
    """When the sandbox got it, in RFC 3339."""

    def json(self) -> Any:
        """Return the message, parsed as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.message)


class SandboxRequest(Record):
    """A request that the sandbox got under /v2. Immutable."""

    _fields = ("number", "time", "method", "path", "room_id", "status", "outcome", "body", "fault")

    number: int
    """Its number; the first is 1."""
    time: str
    """When it came, in RFC 3339."""
    method: str
    """The HTTP method."""
    path: str
    """The path."""
    room_id: str | None
    """The room in the path."""
    status: int | None
    """The status of the response; None if there was none."""
    outcome: str
    """What the client learns of it: "accepted", "rejected" or "unknown"."""
    body: Any
    """The request's body."""
    fault: Any
    """The fault that was made, if one was."""


class WebhookDelivery(Record):
    """How a program responded to a webhook. Immutable."""

    _fields = ("status", "attempts", "body", "error")

    status: int | None
    """The status of the last response; None if there was none."""
    attempts: int
    """How often it was sent."""
    body: str | None
    """The body of the last response."""
    error: str | None
    """Why there was no response."""


class Fault:
    """A fault that was asked for."""

    def __init__(self, control: Control, id: object) -> None:
        self._control, self._id = control, id

    def remove(self) -> None:
        """Make it no more."""
        self._control.request("DELETE", f"/faults/{self._id}")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


class SandboxPeer:
    """A peer in a room of the sandbox."""

    peer_id: str
    room_id: str
    role: str
    user_id: str
    name: str
    metadata: str

    def __init__(self, control: Control, joined: dict[str, str]) -> None:
        self._control = control
        vars(self).update(joined)
        self._path = f"/rooms/{part(self.room_id)}/peers/{part(self.peer_id)}"
        # The number of the last message that was returned.
        self._last = 0

    def received(self, count: int = 1, timeout: float = 2.0) -> list[ReceivedMessage]:
        """Return the messages that the peer received since the last call, at least `count`.

        A message that the client sent is there when the client has its response. For what is sent later, it
        waits up to `timeout` seconds.

        Raises:
            AssertionError: There were less in this time. The text shows them.
        """
        messages: list[ReceivedMessage] = []
        until = time.monotonic() + timeout
        while True:
            wait = max(until - time.monotonic(), 0.0) if len(messages) < count else 0.0
            more = self._next(wait)
            messages += more
            if len(messages) >= count:
                return messages
            if not more and time.monotonic() >= until:
                texts = [message.message for message in messages]
                raise AssertionError(
                    f"{self} received {len(messages)} of {count} messages within {timeout} s: {texts}"
                )

    def expect_nothing(self, seconds: float = 0.1) -> None:
        """Check that the peer received nothing since the last call, nor within `seconds` from now.

        Raises:
            AssertionError: It did. The text shows the messages.
        """
        messages = self._next(seconds)
        if messages:
            raise AssertionError(f"{self} received {[message.message for message in messages]}")

    def leave(self) -> None:
        """Leave the room."""
        self._control.request("DELETE", self._path)

    def _next(self, wait: float) -> list[ReceivedMessage]:
        wait = min(wait, MAX_WAIT)
        query = f"?after={self._last}&wait_ms={round(wait * 1000)}"
        response = self._control.request("GET", f"{self._path}/messages{query}", wait=wait)
        self._last = response["next"]
        return [_record(ReceivedMessage, message) for message in response["messages"]]

    def __repr__(self) -> str:
        of = f" of {self.user_id}" if self.user_id else ""
        return f"<peer {self.peer_id}{of} ({self.role}) in {self.room_id}>"


def _record(cls: Any, fields: dict[str, Any]) -> Any:
    """Return a record of what the sandbox says, which may say more in a later version."""
    return cls(**{name: fields.get(name) for name in cls._fields})


class Sandbox:
    """A local stand-in for 100ms, in a process of its own, until it is closed.

        with Sandbox() as sandbox:
            ann = sandbox.join("room", user_id="ann")
            sandbox.client().broadcast("room", "hi")
            assert ann.received()[0].message == "hi"

    The program is that of the variable ROOMCAST_SANDBOX, else of the package roomcast-sandbox
    (`pip install roomcast[sandbox]`), else on the PATH. It listens on this machine, on a free port, and takes
    no credentials from the environment. While it runs, clients for servers on other machines are refused.
    """

    def __init__(self, *arguments: str, program: str | None = None, guard: bool = True) -> None:
        """Start a sandbox.

        Args:
            arguments: Further ones of the program, such as "--tls".
            program: The path of the program.
            guard: Whether to refuse clients for servers on other machines while it runs.

        Raises:
            SandboxError: It was not found, or did not start.
        """
        self._program = Program(program or find(), list(arguments))
        self._guard = only_sandbox() if guard else contextlib.nullcontext()
        self._guard.__enter__()
        self._clients: list[Client] = []
        self._is_closed = False
        ready = self._program.ready
        self.base_url: str = ready["base_url"]
        """For `base_url` of a client."""
        self.url: str = ready["url"]
        """Of its page, which shows rooms, peers and requests."""
        self.access_key: str = ready["access_key"]
        self.secret: str = ready["secret"]
        self.ca_file: str | None = ready["ca_file"]
        """With "--tls": the authority of its certificate."""
        self._control = Control(self.url, self.ca_file)

    @property
    def options(self) -> dict[str, Any]:
        """The options of a Client or an AsyncClient for it."""
        options = {"base_url": self.base_url, "access_key": self.access_key, "secret": self.secret}
        return {**options, "only_sandbox": True, **({"ca_file": self.ca_file} if self.ca_file else {})}

    @property
    def environment(self) -> dict[str, str]:
        """The variables by which clients of a program find it; not its `ca_file`, for which there is none."""
        variables = {
            "HMS_BASE_URL": self.base_url,
            "HMS_ACCESS_KEY": self.access_key,
            "HMS_SECRET": self.secret,
        }
        return {**variables, "ROOMCAST_ONLY_SANDBOX": "1"}

    def client(self, **options: Any) -> Client:
        """Return a new client for it, which is closed with it."""
        client = Client(**{**self.options, **options})
        self._clients.append(client)
        return client

    def async_client(self, **options: Any) -> AsyncClient:
        """Return a new client for asyncio code, which the caller closes."""
        return AsyncClient(**{**self.options, **options})

    def join(
        self,
        room_id: str,
        *,
        role: str = "guest",
        user_id: str = "",
        peer_id: str | None = None,
        name: str = "",
        metadata: str = "",
    ) -> SandboxPeer:
        """Have a peer join a room. It is there for list_peers, for webhooks and on the page, too."""
        peer = {"role": role, "user_id": user_id, "name": name, "metadata": metadata}
        if peer_id is not None:
            peer["peer_id"] = peer_id
        return SandboxPeer(
            self._control, self._control.request("POST", f"/rooms/{part(room_id)}/peers", peer)
        )

    def requests(self) -> list[SandboxRequest]:
        """Return the requests that it got from clients, in their order."""
        found = self._control.request("GET", "/requests")["requests"]
        return [_record(SandboxRequest, request) for request in found]

    def fault(
        self,
        kind: _FaultKind,
        *,
        status: int | None = None,
        delay: float | None = None,
        per_second: float | None = None,
        count: int | None = None,
        probability: float | None = None,
        seed: int | None = None,
        room_id: str | None = None,
    ) -> Fault:
        """Have requests fail although they are right, until the fault is removed, or `count` times.

        Args:
            kind: "status": the server responds with `status`. "lost_answer": the message is delivered, and
                the connection closes without a response. "disconnect": the connection closes, and it is not
                delivered. "delay": the request waits for `delay` seconds. "rate_limit": 429 to more than
                `per_second` requests a second.
            status, delay, per_second: What the kind needs.
            count: To how many requests. A call that is retried makes several.
            probability, seed: To each request with this probability; the same seed gives the same sequence.
            room_id: Only to requests for this room.

        Raises:
            SandboxError: An argument is wrong, or does not go with the kind.
        """
        delay_ms = None if delay is None else round(delay * 1000)
        given = {
            "kind": kind,
            "status": status,
            "delay_ms": delay_ms,
            "per_second": per_second,
            "count": count,
            "probability": probability,
            "seed": seed,
            "room_id": room_id,
        }
        fault = {name: value for name, value in given.items() if value is not None}
        return Fault(self._control, self._control.request("POST", "/faults", fault)["id"])

    def clear_faults(self) -> None:
        """Remove all faults."""
        self._control.request("DELETE", "/faults")

    def webhook(
        self,
        type: str,
        room_id: str,
        *,
        peer: SandboxPeer | None = None,
        data: Mapping[str, Any] | None = None,
        url: str | None = None,
        headers: Mapping[str, str] | None = None,
        max_attempts: int = 1,
    ) -> WebhookDelivery:
        """Send a webhook to the program, and return how it responded.

        Args:
            type: Such as "peer.join.success".
            room_id: The room that it is about.
            peer: The peer that it is about. Without one, its values are made up.
            data: Members of `data` to add or to replace.
            url, headers: Where it goes, if not to the `webhook_target`.
            max_attempts: 1 to 4. It is repeated until the response's status is 200, as 100ms does.
        """
        given = {
            "type": type,
            "room_id": room_id,
            "peer_id": peer and peer.peer_id,
            "data": data and dict(data),
            "url": url,
            "headers": headers and dict(headers),
            "max_attempts": None if max_attempts == 1 else max_attempts,
        }
        webhook = {name: value for name, value in given.items() if value is not None}
        patience = 60.0 if max_attempts > 1 else 0.0
        found = self._control.request("POST", "/webhooks", webhook, wait=patience)
        return _record(WebhookDelivery, found)  # type: ignore[no-any-return]

    def webhook_target(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        """Send webhooks to this URL from now on, with these headers: those on request, and those of peers."""
        self._control.request("PUT", "/webhook-target", {"url": url, "headers": dict(headers or {})})

    def reset(self) -> None:
        """Forget everything: rooms and peers, requests, faults, and the target of webhooks."""
        self._control.request("DELETE", "")

    def close(self) -> None:
        """End it. Closing twice has no effect."""
        if self._is_closed:
            return
        self._is_closed = True
        for client in self._clients:
            client.close()
        self._guard.__exit__(None, None, None)
        self._program.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<{type(self).__module__}.{type(self).__qualname__} url={self.url!r}>"

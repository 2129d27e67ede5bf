"""Clients whose server is in this process."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from .. import _roomcast
from .._async import AsyncClient
from .._client import Client
from .._errors import RoomcastError
from .._record import Record
from .._results import to_exception, to_object
from .._roomcast import NOT_GIVEN, NotGiven
from .._rooms import Peer, import_datetime

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Literal, Union

    from .._roomcast import Failure

    _Failing = Union[int, Literal["not_sent", "unknown", "late"]]


class FakeCall(Record):
    """A call of a FakeClient or an AsyncFakeClient, as it ended. Immutable.

    The fields hold what is sent; of a call that broke a rule, what was given, as far as it is text.
    """

    _fields = ("method", "room_id", "peer_id", "role", "user_id", "message", "type", "attempts", "error")

    method: str
    """"send_message", "list_peers" or "get_room": the other methods are made of these."""
    room_id: str | None
    """The room."""
    peer_id: str | None
    """The one peer that the message is for; None if it is for a role or for everyone."""
    role: str | None
    """The role that the message is for, or whose peers are listed."""
    user_id: str | None
    """The user whose peers are listed."""
    message: str | None
    """The message as it is sent: text, also where it is JSON."""
    type: str | None
    """The message's type."""
    attempts: int
    """How many attempts there were; 0 if the call broke a rule."""
    error: RoomcastError | None
    """What the call raised; None if the server accepted it."""

    @property
    def outcome(self) -> str:
        """ "accepted", or the outcome of the error: "not_sent", "rejected" or "unknown"."""
        return "accepted" if self.error is None else self.error.outcome

    def json(self) -> Any:
        """Return the message, parsed as JSON.

        Raises:
            ValueError: It is not JSON.
        """
        return json.loads(self.message or "")


class _Fake:
    """What FakeClient and AsyncFakeClient have besides the methods of a client."""

    _rooms: _roomcast.FakeRooms

    def _create_native(
        self, options: dict[str, object], causes: dict[str, Exception]
    ) -> _roomcast.Client | Failure:
        self._rooms = _roomcast.FakeRooms()
        return _roomcast.Client.create(options, causes, self._rooms)

    @property
    def calls(self) -> tuple[FakeCall, ...]:
        """All calls that have ended, in the order in which they did.

        Also those that the server refused, and those that broke a rule and never reached it. A message to
        several is a call for each of them; one to users is a call of list_peers first.
        """
        return tuple(
            FakeCall(**fields, error=failure and to_exception(failure))
            for fields, failure in self._rooms.calls()
        )

    @property
    def sent(self) -> tuple[FakeCall, ...]:
        """The messages that were accepted, in their order."""
        return tuple(call for call in self.calls if call.method == "send_message" and call.error is None)

    def join(
        self,
        room_id: str,
        *,
        role: str | NotGiven = NOT_GIVEN,
        user_id: str | NotGiven = NOT_GIVEN,
        peer_id: str | NotGiven = NOT_GIVEN,
        name: str | NotGiven = NOT_GIVEN,
        metadata: str | NotGiven = NOT_GIVEN,
    ) -> Peer:
        """Have a peer join a room, and return it as list_peers does.

        Until somebody joined a room, every message is accepted. From then on it is as with 100ms: a message
        to a peer that is not in the room, or to a room that nobody is in, is refused with 404.

        Args:
            room_id: The room's id.
            role: By default "guest".
            user_id: The user that it belongs to; by default none.
            peer_id: Its id; by default "peer-1", "peer-2", and so on.
            name: Its display name; by default empty.
            metadata: What it says of itself; by default empty.

        Raises:
            InvalidRequestError: An argument broke a rule.
        """
        given = {"role": role, "user_id": user_id, "peer_id": peer_id, "name": name, "metadata": metadata}
        import_datetime()
        peers = to_object(self._rooms.join(room_id, _given(given)))
        return peers[0]  # type: ignore[no-any-return]

    def leave(self, room_id: str, peer_id: str) -> None:
        """Have a peer leave a room. It has no effect if it is not in it.

        Raises:
            InvalidRequestError: An argument broke a rule.
        """
        _check(self._rooms.leave(room_id, peer_id))

    def fail_next(
        self,
        failure: _Failing,
        count: int | NotGiven = NOT_GIVEN,
        *,
        attempts: int | NotGiven = NOT_GIVEN,
        retry_after: float | NotGiven = NOT_GIVEN,
    ) -> None:
        """Have the next calls fail, after those that were set before.

        Args:
            failure: The status of the server's response, from 300 to 599. Or "not_sent": there is no
                connection. Or "unknown": the connection breaks after the request was sent. Or "late": the
                deadline passes without a response.
            count: How many calls fail; by default 1.
            attempts: How many attempts of each of these calls fail; those that follow succeed. By default
                all, so that the call fails however often it is retried.
            retry_after: The header Retry-After of a status, in seconds. No call waits for it.

        Raises:
            InvalidRequestError: An argument broke a rule.
        """
        given = {"count": count, "attempts": attempts, "retry_after": retry_after}
        _check(self._rooms.fail_next(failure, _given(given)))

    def reset(self) -> None:
        """Forget everything: calls, peers, and what was set to fail."""
        self._rooms.reset()


def _given(options: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in options.items() if value is not NOT_GIVEN}


def _check(failure: Failure | None) -> None:
    if failure is not None:
        raise to_exception(failure)


class FakeClient(_Fake, Client):
    """A Client without a server: for tests of programs that take a Client.

    It takes the options of a Client and has its methods, which check, encode, retry and fail as those of the
    real one, but nothing leaves the process and nothing waits. It needs no credentials, and reads no variable
    of the environment.

        client = FakeClient()
        client.join("room", peer_id="p1", role="host")
        client.fail_next(404)
    """


class AsyncFakeClient(_Fake, AsyncClient):
    """An AsyncClient without a server: for tests of programs that take an AsyncClient. As FakeClient."""

"""The client for ordinary code."""

# mypy: disable-error-code="empty-body"

from . import _roomcast
from ._prototype import LEFT_OUT, declared_by
from ._roomcast import SendResult
from ._rooms import Peer, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from typing import Any, Callable, TypeVar, Union

    _F = TypeVar("_F", bound=Callable[..., Any])
    _Self = TypeVar("_Self", bound="Client")


def _configures(prototype: "_F") -> "_F":
    @declared_by(prototype)
    def __init__(self: "Configured", /, **options: object) -> None:
        self._native = _roomcast.Client(**options)

    return __init__


def _calls(prototype: "_F") -> "_F":
    name = prototype.__name__

    @declared_by(prototype)
    def call(self: "Configured", /, *arguments: object, **options: object) -> object:
        return self._native.call(name, arguments, options)

    return call


class Configured:
    """What Client and AsyncClient share."""

    _native: _roomcast.Client

    @_configures
    def __init__(
        self,
        *,
        access_key: str = LEFT_OUT,
        secret: str = LEFT_OUT,
        management_token: str = LEFT_OUT,
        base_url: str = LEFT_OUT,
        timeout: "Union[float, timedelta]" = LEFT_OUT,
        max_attempts: int = LEFT_OUT,
        retry_unknown: bool = LEFT_OUT,
        max_in_flight: int = LEFT_OUT,
        ca_file: "Union[str, os.PathLike[str]]" = LEFT_OUT,
        proxy: str = LEFT_OUT,
    ) -> None:
        """Makes a client. Nothing is sent yet.

        What is left out comes from the environment or has a default. None is not left out: it is an error.

        Args:
            access_key, secret: the app's, from 100ms's dashboard. Else HMS_ACCESS_KEY and HMS_SECRET.
            management_token: one that was made elsewhere, in their place. Else HMS_MANAGEMENT_TOKEN.
            base_url: https, or http to this machine. Else HMS_BASE_URL, else https://api.100ms.live/v2.
            timeout: the deadline of a whole call, all attempts and waits included, in seconds or as a
                timedelta. More than 0, at most an hour; by default 10 s.
            max_attempts: the most attempts of one call: 1 to 100, by default 3.
            retry_unknown: whether to try again, too, when the message may have been delivered. People may
                then see it twice. By default False.
            max_in_flight: how many sends of an AsyncClient are under way at once, while the others wait in
                line: 1 to 10,000, by default 64. As many idle connections are kept.
            ca_file: a PEM file with authorities to trust besides the system's.
            proxy: an HTTP proxy, http://user:password@host:port. Else HTTPS_PROXY, unless NO_PROXY names the
                host. Never used for this machine.

        Raises:
            ConfigurationError: an option or a variable is missing, wrong or unknown; the text names it.
        """

    def __repr__(self) -> str:
        cls = type(self)
        options = "".join(f" {name}={value!r}" for name, value in self._native.options().items())
        return f"<{cls.__module__}.{cls.__qualname__}{options}>"


class Client(Configured):
    """Sends messages into live rooms, and waits for the server's answers.

    Make one and share it: any number of threads may use it at once, and a forked child makes connections of
    its own. While a send waits, other threads run. Ctrl-C ends it at once.

        with roomcast.Client() as client:
            client.send_to_role(room_id, "host", "the table is full")

    The logger "roomcast" tells of sends that failed (WARNING), attempts that are tried again (INFO) and sends
    that succeeded (DEBUG), without secrets and without the messages' text.
    """

    @_calls
    def send_message(
        self,
        room_id: str,
        message: str,
        *,
        peer_id: str = LEFT_OUT,
        role: str = LEFT_OUT,
        type: str = LEFT_OUT,
    ) -> SendResult:
        """Sends a message to one peer, to all peers with a role, or, with neither, to everyone in the room.

        An empty, blank or None `peer_id` or `role` never means everyone: it raises InvalidRequestError. With
        both, the peer wins. Where the recipient is known, send_to_peer, send_to_role and broadcast say it
        more clearly.

        Args:
            room_id: 1 to 64 of A-Z a-z 0-9 _ -
            message: text that is not blank, at most 1 MiB of UTF-8, sent as it is given.
            peer_id, role: at most 256 bytes, not blank, without control characters. Left out: everyone.
            type: the kind of message, such as "chat". 100ms passes any text on. By default none is sent.

        Returns:
            The server's word that it took the message, and the number of attempts.

        Raises:
            InvalidRequestError: an argument broke a rule. The outcome is "not_sent".
            ConfigurationError: the client is closed. "not_sent".
            UnauthenticatedError, PermissionDeniedError, NotFoundError, RateLimitedError, RejectedError: the
                server answered no. "rejected".
            ServerError, ProtocolError: it failed, or its answer made no sense. "unknown".
            ConnectionFailedError, DeadlineError: "not_sent" if provably no byte of the message left, else
                "unknown". Where the system failed, its own error is the cause.
            KeyboardInterrupt, or what another signal's handler raises: its context is a SendCancelledError,
                which has the outcome.
            TypeError: too many positional arguments.

        Whatever the last attempt came to, one of several that ended "unknown" makes the outcome "unknown".
        """

    @_calls
    def send_to_peer(self, room_id: str, peer_id: str, message: str, *, type: str = LEFT_OUT) -> SendResult:
        """Sends a message to one connected peer. Arguments, result and errors are those of send_message."""

    @_calls
    def send_to_role(self, room_id: str, role: str, message: str, *, type: str = LEFT_OUT) -> SendResult:
        """Sends a message to every connected peer with a role. If nobody has it, nobody receives the
        message, and the server says nothing of that. Arguments, result and errors are those of
        send_message.
        """

    @_calls
    def broadcast(self, room_id: str, message: str, *, type: str = LEFT_OUT) -> SendResult:
        """Sends a message to everyone in a room. Arguments, result and errors are those of send_message."""

    @_calls
    def list_peers(self, room_id: str, *, user_id: str = LEFT_OUT, role: str = LEFT_OUT) -> "list[Peer]":
        """Lists the peers of a room: all of them, those of a user, those with a role, or those with both.

        A user has a peer for each device or tab that they joined with, and another one each time they join.
        An empty, blank or None `user_id` or `role` never means everyone: it raises InvalidRequestError.

        Args:
            room_id: 1 to 64 of A-Z a-z 0-9 _ -
            user_id, role: at most 256 bytes, not blank, without control characters, compared exactly.

        Returns:
            The peers, in the order of their ids; an empty list if nobody in the room is asked for.

        Raises:
            NotFoundError: nobody is in the room.
            ProtocolError: the answer does not hold what was asked for, or has more than 16 MiB.
            RoomcastError: as in send_message. Since asking changes nothing, it is tried again, too, when it
                is unknown whether the server has read it.
        """

    @_calls
    def get_room(self, room_id: str) -> Room:
        """Tells of a room that somebody is in: its session, and the ids of its peers. Arguments and errors
        are those of list_peers.
        """

    def close(self) -> None:
        """Closes the client: whoever sends from now on is told ConfigurationError. Sends under way go on to
        their end; idle connections are closed. Closing twice is fine.
        """
        self._native.close()

    def __enter__(self: "_Self") -> "_Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

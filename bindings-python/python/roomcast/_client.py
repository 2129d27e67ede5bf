"""The blocking client, and what it shares with the one for asyncio."""

# mypy: disable-error-code="empty-body"

from . import _logging, _roomcast
from ._declaration import OMITTED, implements
from ._results import created, to_object
from ._roomcast import SendResult
from ._rooms import QUERIES, Peer, Room, import_datetime

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os
    from datetime import timedelta
    from typing import Any, Callable, TypeVar, Union

    _F = TypeVar("_F", bound=Callable[..., Any])
    _Self = TypeVar("_Self", bound="Client")


def _constructor(declaration: "_F") -> "_F":
    @implements(declaration)
    def __init__(self: "BaseClient", /, **options: object) -> None:
        # Two options also accept types of Python's library: a path and a timedelta.
        causes: dict[str, Exception] = {}
        for name, method in (("ca_file", "__fspath__"), ("timeout", "total_seconds")):
            value = options.get(name)
            # Without such a method the value is of a wrong type, which the core reports.
            if not isinstance(value, (str, int, float)) and hasattr(value, method):
                try:
                    options[name] = getattr(value, method)()
                except Exception as error:
                    causes[name] = error
        self._native = created(_roomcast.Client.create(options, causes))

    return __init__


def _operation(declaration: "_F") -> "_F":
    name = declaration.__name__

    if name in QUERIES:

        @implements(declaration)
        def query(self: "BaseClient", /, *arguments: object, **options: object) -> object:
            import_datetime()
            return to_object(self._native.call(name, arguments, options, _logging.level()))

        return query

    @implements(declaration)
    def call(self: "BaseClient", /, *arguments: object, **options: object) -> object:
        completed = self._native.call(name, arguments, options, _logging.level())
        return completed if type(completed) is SendResult else to_object(completed)

    return call


class BaseClient:
    """What Client and AsyncClient share."""

    _native: _roomcast.Client

    @_constructor
    def __init__(
        self,
        *,
        access_key: str = OMITTED,
        secret: str = OMITTED,
        management_token: str = OMITTED,
        base_url: str = OMITTED,
        timeout: "Union[float, timedelta]" = OMITTED,
        max_attempts: int = OMITTED,
        retry_unknown: bool = OMITTED,
        max_in_flight: int = OMITTED,
        ca_file: "Union[str, os.PathLike[str]]" = OMITTED,
        proxy: str = OMITTED,
    ) -> None:
        """Create a client. Nothing is sent yet.

        An omitted option is taken from the environment or has a default. None does not mean omitted: it
        raises ConfigurationError.

        Args:
            access_key: The app's access key, from 100ms's dashboard; goes with `secret`. Defaults to the
                variable HMS_ACCESS_KEY.
            secret: The app's secret, with which the client signs management tokens. Defaults to the variable
                HMS_SECRET.
            management_token: A management token made elsewhere, instead of `access_key` and `secret`. The
                client cannot renew it. Defaults to the variable HMS_MANAGEMENT_TOKEN.
            base_url: The API's URL: https, or http to loopback. Defaults to the variable HMS_BASE_URL, else
                to https://api.100ms.live/v2.
            timeout: The deadline of a whole call, all attempts and waits included, in seconds or as a
                timedelta: more than 0, at most an hour. Defaults to 10 seconds.
            max_attempts: The maximum number of attempts of one call: 1 to 100. Defaults to 3.
            retry_unknown: Whether to retry, too, when it is unknown whether the message was delivered. People
                may then see a message twice. Defaults to False.
            max_in_flight: The maximum number of calls of an AsyncClient in flight: 1 to 10,000. Further calls
                are queued, up to 64 MiB. As many idle connections are kept. Defaults to 64.
            ca_file: The path of a PEM file with certificate authorities to trust in addition to the system's or,
                if the system has none, to certifi's or those that the package brings.
            proxy: The HTTP proxy to tunnel through: http://user:password@host:port. Never used for loopback.
                Defaults to the variable HTTPS_PROXY, unless NO_PROXY names the host.

        Raises:
            ConfigurationError: An option or a variable is missing, invalid or unknown; the text names it.
        """

    def __repr__(self) -> str:
        cls = type(self)
        options = "".join(f" {name}={value!r}" for name, value in self._native.options().items())
        return f"<{cls.__module__}.{cls.__qualname__}{options}>"


class Client(BaseClient):
    """A client that sends messages into live rooms, and waits for the server's responses.

    Create one and share it: any number of threads may use it at the same time, and a forked child opens
    connections of its own. While a call waits, other threads run. Ctrl-C cancels it immediately.

        with roomcast.Client() as client:
            client.send_to_role(room_id, "host", "the table is full")

    The logger "roomcast" logs failed sends (WARNING), retries (INFO) and successful sends (DEBUG), without
    secrets and without the messages' text. Its records have `room_id`, `attempts`, `kind` and `outcome`.
    """

    @_operation
    def send_message(
        self,
        room_id: str,
        message: str,
        *,
        peer_id: str = OMITTED,
        role: str = OMITTED,
        type: str = OMITTED,
    ) -> SendResult:
        """Send a message to one peer, to all peers with a role, or to everyone in the room.

        With `peer_id` it goes to that peer, whether or not `role` is given; with `role` alone, to all peers
        with that role; with neither, to everyone. An empty, blank or None `peer_id`, or `role` without a
        `peer_id`, never means everyone: it raises InvalidRequestError. Where the recipient is fixed,
        send_to_peer, send_to_role and broadcast are clearer.

        Args:
            room_id: The room's id: 1 to 64 of A-Z a-z 0-9 _ -
            message: The text: not blank, at most 1 MiB of UTF-8. It is sent unchanged.
            peer_id: The id of a connected peer: not blank, at most 256 bytes, no control characters.
            role: The name of a role, with the same limits. Not sent if `peer_id` is given.
            type: The kind of message, e.g. "chat", with the same limits; 100ms delivers any text. Defaults to
                none.

        Returns:
            A SendResult: the server accepted the message. That does not say who received it, nor how many.

        Raises:
            InvalidRequestError: An argument broke a rule. The outcome is "not_sent".
            ConfigurationError: The client is closed. The outcome is "not_sent".
            UnauthenticatedError, PermissionDeniedError, NotFoundError, RateLimitedError, RejectedError: The
                server refused the message. The outcome is "rejected".
            ServerError, ProtocolError: The server failed, or its response was invalid. The outcome is
                "unknown".
            ConnectionFailedError, DeadlineError: The outcome is "not_sent" if no byte of the request reached
                the socket, else "unknown". If a system call failed, its OSError is the `__cause__`.
            KeyboardInterrupt, or what another signal's handler raises: The send was cancelled. The
                `__context__` is a SendCancelledError, which has the outcome. Without it, the send had not
                begun, or had succeeded.
            TypeError: There are too many positional arguments.

        If one of several attempts ended "unknown", the outcome of the call is "unknown".
        """

    @_operation
    def send_to_peer(self, room_id: str, peer_id: str, message: str, *, type: str = OMITTED) -> SendResult:
        """Send a message to one connected peer.

        Arguments, result and errors are those of send_message.
        """

    @_operation
    def send_to_role(self, room_id: str, role: str, message: str, *, type: str = OMITTED) -> SendResult:
        """Send a message to all connected peers with a role.

        If nobody has the role, nobody receives the message, and the server reports success. Arguments, result
        and errors are those of send_message.
        """

    @_operation
    def broadcast(self, room_id: str, message: str, *, type: str = OMITTED) -> SendResult:
        """Send a message to everyone in a room.

        Arguments, result and errors are those of send_message.
        """

    @_operation
    def list_peers(self, room_id: str, *, user_id: str = OMITTED, role: str = OMITTED) -> "list[Peer]":
        """List the peers in a room: all of them, those of a user, those with a role, or those with both.

        A user has a peer for each device or tab, and another one each time they join. An empty, blank or None
        `user_id` or `role` never means everyone: it raises InvalidRequestError.

        Args:
            room_id: The room's id: 1 to 64 of A-Z a-z 0-9 _ -
            user_id: Only the peers of this user: not blank, at most 256 bytes, no control characters. The
                comparison is exact.
            role: Only the peers with this role, with the same limits. The comparison is exact.

        Returns:
            The peers, in the order of their ids. The list is empty if no peer in the room matches.

        Raises:
            NotFoundError: Nobody is in the room.
            ProtocolError: The response does not hold what was queried, or has more than 16 MiB.
            RoomcastError: As in send_message. A query changes nothing, so unlike a send it is retried even if
                it is unknown whether the server has processed it.
        """

    @_operation
    def get_room(self, room_id: str) -> Room:
        """Get a room that somebody is in: its session, and the ids of its peers.

        Arguments and errors are those of list_peers.
        """

    def close(self) -> None:
        """Close the client. Every further call raises ConfigurationError.

        Calls in flight continue to their end; idle connections are closed. Closing twice has no effect.
        """
        self._native.close()

    def __enter__(self: "_Self") -> "_Self":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

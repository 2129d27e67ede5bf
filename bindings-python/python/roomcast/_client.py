"""The blocking client."""

# mypy: disable-error-code="empty-body"

from . import _logging, _roomcast, _typing
from ._arguments import LISTS, in_seconds, seconds, with_list
from ._base_client import BaseClient, send_many_of
from ._declaration import implements
from ._observation import begin
from ._recipients import TO_SEVERAL, RecipientResult
from ._results import to_object
from ._roomcast import NOT_GIVEN, SendResult
from ._rooms import QUERIES, Peer, Room, import_datetime
from ._send_many import SendMany

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    from ._observation import Observation

    _F = TypeVar("_F", bound=Callable[..., Any])


def _operation(declaration: "_F") -> "_F":
    name = declaration.__name__
    is_query, is_to_several, is_of_lists = name in QUERIES, name in TO_SEVERAL, name in LISTS

    @implements(declaration)
    def call(self: "BaseClient", /, *arguments: object, **options: object) -> object:
        if "timeout" in options:
            in_seconds(options)
        if is_query:
            import_datetime()
        if is_of_lists:
            arguments = with_list(name, arguments, options)
        observation = begin(self._observers, name)
        if observation is not None:
            return _observed(observation, self._native, name, arguments, options)
        level = _logging.level()
        if not is_to_several:
            completed = self._native.call(name, arguments, options, level)
            return completed if type(completed) is SendResult else to_object(completed)
        origin = _logging.origin() if level else None
        return to_object(self._native.call(name, arguments, options, level, origin))

    return call


def _observed(
    observation: "Observation",
    native: "_roomcast.Client",
    name: str,
    arguments: "tuple[object, ...]",
    options: "dict[str, object]",
) -> object:
    token = observation.enter()
    try:
        level = _logging.level()
        origin = _logging.origin() if level and name in TO_SEVERAL else None
        return to_object(native.call(name, arguments, options, level, origin, observation.watch))
    except BaseException as error:
        observation.fail(error)
        raise
    finally:
        observation.leave(token)
        observation.end()


class Client(BaseClient):
    """A client that sends messages into live rooms, and waits for the server's responses.

    Create one and share it: any number of threads may use it at the same time, and a forked child opens
    connections of its own. While a call waits, other threads run. Ctrl-C cancels it immediately.

        with roomcast.Client() as client:
            client.send_to_role(room_id, "host", "the table is full")

    The logger "roomcast" logs failed sends (WARNING), retries (INFO) and successful sends (DEBUG), without
    secrets and without the messages' text. Its records have `room_id`, `attempts`, `kind` and `outcome`. The
    option `hooks`, and OpenTelemetry if the program uses it, show more.
    """

    @_operation
    def send_message(
        self,
        room_id: str,
        message: "_typing.MessageLike",
        *,
        peer_id: "_typing.Option[str]" = NOT_GIVEN,
        role: "_typing.Option[str]" = NOT_GIVEN,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult:
        """Send a message to one peer, to all peers with a role, or to everyone in the room.

        With `peer_id` it goes to that peer, whether or not `role` is given; with `role` alone, to all peers
        with that role; with neither, to everyone. An empty, blank or None `peer_id`, or `role` without a
        `peer_id`, never means everyone: it raises InvalidRequestError. Where the recipient is fixed,
        send_to_peer, send_to_role and broadcast are clearer.

        Args:
            room_id: The room's id: 1 to 64 of A-Z a-z 0-9 _ -
            message: What is sent, at most 1 MiB of UTF-8. Text is sent unchanged; it is not blank. A dict,
                list or tuple is sent as JSON, if it consists of dicts with str as keys, lists, tuples, str,
                int, float, bool and None. What chat(), event() or reaction() return is sent in that format.
            peer_id: The id of a connected peer: not blank, at most 256 bytes, no control characters.
            role: The name of a role, with the same limits. Not sent if `peer_id` is given.
            type: The kind of message, e.g. "chat", with the same limits, and not beginning with "hms_"; 100ms
                delivers any text. Defaults to none. Messages in a format have their own.
            timeout: The deadline of this call, instead of the client's, with the same limits.
            max_attempts: The maximum number of attempts of this call, likewise.
            retry_unknown: Whether to retry this call, too, when it is unknown whether the message was
                delivered, likewise.

        NOT_GIVEN stands for an argument that is omitted.

        Returns:
            A SendResult: the server accepted the message. That does not say who received it, nor how many.

        Raises:
            InvalidRequestError: An argument broke a rule. The outcome is "not_sent".
            ConfigurationError: The client is closed. The outcome is "not_sent".
            AuthenticationError, PermissionDeniedError, NotFoundError, RateLimitError, RejectedError: The
                server refused the message. The outcome is "rejected".
            ServerError, ProtocolError: The server failed, or its response was invalid. The outcome is
                "unknown".
            APIConnectionError, APITimeoutError: The outcome is "not_sent" if no byte of the request reached
                the socket, else "unknown". If a system call failed, its OSError is the `__cause__`.
            KeyboardInterrupt, or what another signal's handler raises: The send was cancelled. The
                `__context__` is a SendCancelledError, which has the outcome. Without it, the send had not
                begun, or had succeeded.
            TypeError: There are too many positional arguments.

        If one of several attempts ended "unknown", the outcome of the call is "unknown".
        """

    @_operation
    def send_to_peer(
        self,
        room_id: str,
        peer_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult:
        """Send a message to one connected peer.

        Arguments, result and errors are those of send_message.
        """

    @_operation
    def send_to_role(
        self,
        room_id: str,
        role: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult:
        """Send a message to all connected peers with a role.

        If nobody has the role, nobody receives the message, and the server reports success. Arguments, result
        and errors are those of send_message.
        """

    @_operation
    def broadcast(
        self,
        room_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> SendResult:
        """Send a message to everyone in a room.

        Arguments, result and errors are those of send_message.
        """

    @_operation
    def send_to_user(
        self,
        room_id: str,
        user_id: str,
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]":
        """Send a message to every peer of a user: one for each device or tab that they joined with.

        It queries who is in the room, then sends to each of those peers, all within one timeout. A peer that
        left meanwhile stops nobody. Other arguments are those of send_message.

        Args:
            user_id: The user, as named in the peers' tokens: not blank, at most 256 bytes, no control
                characters. The comparison is exact.

        Returns:
            What became of the message, peer by peer.

        Raises:
            NotFoundError: The user has no peer in the room. The outcome is "not_sent".
            InvalidRequestError, ConfigurationError: As in send_message.
            RoomcastError: The query failed. The outcome is "not_sent".
            KeyboardInterrupt, or what another signal's handler raises: As in send_message. The outcome is
                "unknown" if some of the messages may have been delivered.
        """

    @_operation
    def send_to_users(
        self,
        room_id: str,
        user_ids: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]":
        """Send a message to every peer of several users.

        Otherwise as send_to_user. A user who has no peer in the room is in the list, with a NotFoundError.

        Args:
            user_ids: A list, a tuple, a set or another iterable of at least one id. A str is not one. A user
                who is named twice gets the message once.
        """

    @_operation
    def send_to_peers(
        self,
        room_id: str,
        peer_ids: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]":
        """Send a message to several connected peers, at most `max_in_flight` at a time, within one timeout.

        Other arguments are those of send_message.

        Args:
            peer_ids: A list, a tuple, a set or another iterable of at least one id. A str is not one. A peer
                that is named twice gets the message once.

        Returns:
            What became of the message, peer by peer, in their order: an error is in the list.

        Raises:
            InvalidRequestError: An argument broke a rule; nothing is sent to anybody.
            ConfigurationError: The client is closed.
        """

    @_operation
    def send_to_roles(
        self,
        room_id: str,
        roles: "_typing.Several",
        message: "_typing.MessageLike",
        *,
        type: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[RecipientResult]":
        """Send a message to all connected peers with one of several roles.

        Otherwise as send_to_peers. For a role that nobody has, the server reports success.

        Args:
            roles: A list, a tuple, a set or another iterable of at least one name. A str is not one.
        """

    @send_many_of(SendMany)
    def send_many(
        self,
        items: "_typing.Iterable[_typing.SendItem]",
        *,
        rate: "_typing.Option[float]" = NOT_GIVEN,
        max_in_flight: "_typing.Option[int]" = NOT_GIVEN,
        progress: "_typing.Option[_typing.ShowProgress]" = NOT_GIVEN,
    ) -> SendMany:
        """Send any number of messages, to any rooms and recipients, and iterate over what became of each.

            with client.send_many(items, progress=True) as results:
                again = [result.item for result in results if result.outcome == "not_sent"]

        Messages are sent while you iterate, and an item is taken when it can be sent: any number of them,
        from a generator, takes a bounded amount of memory. Results come in the order in which they complete,
        one for each item. An item that cannot be sent stops no other: its error is its result. One 429
        pauses all sends of the client, once. If `items` raises an exception, the messages under way still
        have their results, and then it is raised.

        Args:
            items: An iterable of dicts, or other mappings, of what send_message takes, by name. The timeout
                of each counts from its first attempt.
            rate: How many messages begin in a second, at most, evenly spaced: 0.001 to 1,000,000. Defaults to
                as quickly as the server accepts them.
            max_in_flight: How many are in flight or wait to be retried, at most: 1 to 10,000. Defaults to the
                client's, which holds for all of its calls together.
            progress: A function that is called with a Progress after each result. True shows a bar by tqdm
                or rich, whichever is installed. Defaults to False.

        Returns:
            An iterator of ItemResult, and a context manager. Closing or dropping it cancels what is under
            way.

        Raises:
            InvalidRequestError: An option is out of range or unknown, or `items` is no iterable. Nothing is
                sent.
            ImportError: `progress` is True, and neither tqdm nor rich is installed.
            KeyboardInterrupt, or what another signal's handler raises: While you iterate. It cancels nothing
                by itself: you can go on iterating, or close.
        """

    @_operation
    def list_peers(
        self,
        room_id: str,
        *,
        user_id: "_typing.Option[str]" = NOT_GIVEN,
        role: "_typing.Option[str]" = NOT_GIVEN,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> "list[Peer]":
        """List the peers in a room: all of them, those of a user, those with a role, or those with both.

        A user has a peer for each device or tab, and another one each time they join. An empty, blank or None
        `user_id` or `role` never means everyone: it raises InvalidRequestError.

        Args:
            room_id: The room's id: 1 to 64 of A-Z a-z 0-9 _ -
            user_id: Only the peers of this user: not blank, at most 256 bytes, no control characters. The
                comparison is exact.
            role: Only the peers with this role, with the same limits. The comparison is exact.
            timeout, max_attempts: As in send_message.
            retry_unknown: As in send_message, but a query is always retried.

        Returns:
            The peers, in the order of their ids. The list is empty if no peer in the room matches.

        Raises:
            NotFoundError: Nobody is in the room.
            ProtocolError: The response does not hold what was queried, or has more than 16 MiB.
            RoomcastError: As in send_message. A query changes nothing, so unlike a send it is retried even if
                it is unknown whether the server has processed it.
        """

    @_operation
    def get_room(
        self,
        room_id: str,
        *,
        timeout: "_typing.Option[_typing.Timeout]" = NOT_GIVEN,
        max_attempts: "_typing.Option[int]" = NOT_GIVEN,
        retry_unknown: "_typing.Option[bool]" = NOT_GIVEN,
    ) -> Room:
        """Get a room that somebody is in: its session, and the ids of its peers.

        Arguments and errors are those of list_peers.
        """

    def close(self) -> None:
        """Close the client. Every further call raises ConfigurationError.

        Calls in flight continue to their end; idle connections are closed. Closing twice has no effect.
        """
        self._native.close()

    def drain(self, timeout: "_typing.Optional[_typing.Timeout]" = None) -> bool:
        """Close the client, and wait until its operations have ended: those in flight and those queued.

        Every further call raises ConfigurationError. A call in another thread that sends one message ends by
        itself, within its own timeout. What is left of send_many() and of calls to several at the end of
        `timeout` is cancelled, with a SendCancelledError that says what is known of each message. So nothing
        is lost in silence.

        Args:
            timeout: How long to wait, in seconds or as a timedelta: 0 to an hour. None is the client's own
                timeout.

        Returns:
            Whether all operations ended by themselves.

        Raises:
            InvalidRequestError: The timeout is of a wrong type, or out of range. The client is not closed.
            KeyboardInterrupt, or what another signal's handler raises: It ends the wait. What is left is
                cancelled.
        """
        return to_object(self._native.drain(seconds(timeout)))  # type: ignore[no-any-return]

    def __enter__(self: "_typing.ClientT") -> "_typing.ClientT":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

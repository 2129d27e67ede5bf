"""The exceptions: one class for each kind of error that the core knows."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Optional


class RoomcastError(Exception):
    """A send or a question for a room that did not succeed, or a client that could not be made.

    Its text says what happened, what that means for the message, and what to do; it never holds a secret, a
    token or the message's text. It can be pickled and copied.

    What to act on is `outcome`:

    - "not_sent": the message provably never left. Sending again cannot show it twice.
    - "rejected": the server answered no.
    - "unknown": the message may have been delivered. Sending again may show it twice.
    """

    kind: str = "internal"
    """What went wrong, by the name it has in every language. Each kind has a subclass."""
    outcome: str
    """What is known of the message: "not_sent", "rejected" or "unknown"."""
    status: "Optional[int]"
    """The HTTP status of the last answer, where there was one."""
    code: "Optional[int]"
    """The server's own `code`, where its answer had one."""
    server_message: "Optional[str]"
    """The server's own `message`, where its answer had one."""
    details: "tuple[str, ...]"
    """The server's own `details`."""
    retry_after: "Optional[float]"
    """How many seconds the server asked to wait, from the moment of its answer."""
    attempts: int
    """Attempts that were begun: 0 if nothing was tried."""

    def __init__(
        self,
        text: str = "",
        *,
        outcome: str = "unknown",
        status: "Optional[int]" = None,
        code: "Optional[int]" = None,
        server_message: "Optional[str]" = None,
        details: "tuple[str, ...]" = (),
        retry_after: "Optional[float]" = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(text)
        self.outcome = outcome
        self.status = status
        self.code = code
        self.server_message = server_message
        self.details = details
        self.retry_after = retry_after
        self.attempts = attempts

    def __repr__(self) -> str:
        told = {name: value for name, value in vars(self).items() if value not in (None, ())}
        fields = "".join(f", {name}={value!r}" for name, value in told.items())
        return f"{type(self).__name__}({str(self)!r}{fields})"


class InvalidRequestError(RoomcastError, ValueError):
    """An argument broke a rule, or an option is unknown. Nothing was sent."""

    kind = "invalid_request"


class ConfigurationError(RoomcastError):
    """The client cannot work as it was set up: no credentials, a bad base URL, use after close.

    Nothing was sent.
    """

    kind = "configuration"


class UnauthenticatedError(RoomcastError):
    """HTTP 401: no valid management token."""

    kind = "unauthenticated"


class PermissionDeniedError(RoomcastError):
    """HTTP 403: the token lacks the permission."""

    kind = "permission_denied"


class NotFoundError(RoomcastError):
    """HTTP 404: no such room, or nobody in it, or no such peer."""

    kind = "not_found"


class RateLimitedError(RoomcastError):
    """HTTP 429: too many requests; see `retry_after`."""

    kind = "rate_limited"


class RejectedError(RoomcastError):
    """Any other HTTP 3xx or 4xx but 408."""

    kind = "rejected"


class ServerError(RoomcastError):
    """HTTP 5xx or 408. The message may have been delivered."""

    kind = "server"


class ConnectionFailedError(RoomcastError, ConnectionError):
    """The name did not resolve, or the connection was refused, reset or closed, or TLS failed.

    `outcome` says whether a byte of the message may have left before that.
    """

    kind = "connection"


class DeadlineError(RoomcastError, TimeoutError):
    """The client's `timeout` passed.

    `outcome` says whether a byte of the message may have left before that.
    """

    kind = "timeout"


class ProtocolError(RoomcastError):
    """The answer was not HTTP, was too large, contradicted itself, or did not hold what was asked for.

    A message may have been delivered.
    """

    kind = "protocol"


class SendCancelledError(RoomcastError):
    """The send was given up before it ended. In asyncio code you see `asyncio.CancelledError` instead."""

    kind = "cancelled"


class InternalError(RoomcastError):
    """A fault inside roomcast; please report it."""

    kind = "internal"


class WebhookError(Exception):
    """A webhook that was refused. Nothing of it was read that could be acted upon.

    Its text says what is wrong, what to answer, and what to do; it never holds the secret, the header that
    was given, or a word of the body. It can be pickled and copied.
    """

    kind: str
    """Why: "wrong_secret", "too_large" or "invalid_body"."""
    status: int
    """The HTTP status to answer with: 401, 413 or 400."""

    def __init__(self, text: str = "", *, kind: str = "invalid_body", status: int = 400) -> None:
        super().__init__(text)
        self.kind = kind
        self.status = status


BY_KIND: "dict[str, type[RoomcastError]]" = {cls.kind: cls for cls in RoomcastError.__subclasses__()}

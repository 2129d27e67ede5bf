"""The exceptions: one class for each of the core's kinds of error."""

from . import _typing


def _with_fields(
    given: "dict[str, _typing.Any]", fields: "_typing.Optional[_typing.Mapping[str, _typing.Any]]"
) -> "dict[str, _typing.Any]":
    """Return the fields as given by name, replaced by those of the second of `args`.

    `args` are the text and the fields, in types that JSON has: some programs store an exception as its
    `args`, and make it again from these, as Celery does.
    """
    if isinstance(fields, dict):
        given.update((name, fields[name]) for name in given.keys() & fields.keys())
    return given


class RoomcastError(Exception):
    """A send or a query that did not succeed, or a client that could not be created.

    Its text says what happened, what that means for the message, and what to do. It never holds a secret, a
    token or the message's text. It can be pickled and copied, and made again from its `args`, which are the
    text and a dict of the fields below, as some programs do that store exceptions as JSON.

    Act on the `outcome`:

    - "not_sent": The message provably never left. Sending it again cannot show it twice.
    - "rejected": The server refused the message.
    - "unknown": The message may have been delivered. Sending it again may show it twice.
    """

    kind: "_typing.ErrorKind" = "internal"
    """What went wrong. The names are the same in every language, and each has a subclass here."""
    outcome: "_typing.Outcome"
    """What is known of the message: "not_sent", "rejected" or "unknown"."""
    status: "_typing.Optional[int]"
    """The HTTP status of the last response; None if there was none."""
    code: "_typing.Optional[int]"
    """The `code` in the response's body, if it had one."""
    server_message: "_typing.Optional[str]"
    """The `message` in the response's body, if it had one: at most 1,024 bytes, secrets redacted."""
    details: "tuple[str, ...]"
    """The `details` in the response's body: at most 16, each at most 1,024 bytes, secrets redacted."""
    retry_after: "_typing.Optional[float]"
    """How long the server asked to wait (Retry-After, or the text of a 429), in seconds from its response."""
    request_id: "_typing.Optional[str]"
    """The server's own id of the last request, for its support; None if it sent none."""
    attempts: int
    """The number of attempts that began: 0 if validation failed, at most `max_attempts`."""

    def __init__(
        self,
        text: str = "",
        fields: "_typing.Optional[_typing.Mapping[str, _typing.Any]]" = None,
        *,
        outcome: "_typing.Outcome" = "unknown",
        status: "_typing.Optional[int]" = None,
        code: "_typing.Optional[int]" = None,
        server_message: "_typing.Optional[str]" = None,
        details: "tuple[str, ...]" = (),
        retry_after: "_typing.Optional[float]" = None,
        request_id: "_typing.Optional[str]" = None,
        attempts: int = 0,
    ) -> None:
        super().__init__(text)
        given: dict[str, _typing.Any] = {
            "outcome": outcome,
            "status": status,
            "code": code,
            "server_message": server_message,
            "details": details,
            "retry_after": retry_after,
            "request_id": request_id,
            "attempts": attempts,
        }
        given = _with_fields(given, fields)
        self.args = (text, given)
        self.outcome = given["outcome"]
        self.status = given["status"]
        self.code = given["code"]
        self.server_message = given["server_message"]
        self.details = tuple(given["details"])
        self.retry_after = given["retry_after"]
        self.request_id = given["request_id"]
        self.attempts = given["attempts"]

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    @classmethod
    def __get_pydantic_core_schema__(cls, _: "_typing.Any", handler: "_typing.Any") -> "_typing.Any":
        from ._pydantic import error_schema

        return error_schema(cls, handler)

    def __repr__(self) -> str:
        present = {name: value for name, value in vars(self).items() if value not in (None, ())}
        fields = "".join(f", {name}={value!r}" for name, value in present.items())
        return f"{type(self).__name__}({str(self)!r}{fields})"


class InvalidRequestError(RoomcastError, ValueError):
    """An argument broke a rule, or an option is unknown. Nothing was sent."""

    kind = "invalid_request"


class ConfigurationError(RoomcastError):
    """The client is not usable as configured: no credentials, an invalid base URL, use after close.

    Nothing was sent.
    """

    kind = "configuration"


class APIStatusError(RoomcastError):
    """The server refused the request, or failed: what the errors that an HTTP status stands for share."""


class AuthenticationError(APIStatusError):
    """HTTP 401: no valid management token."""

    kind = "unauthenticated"


class PermissionDeniedError(APIStatusError):
    """HTTP 403: the token lacks the permission."""

    kind = "permission_denied"


class NotFoundError(APIStatusError):
    """HTTP 404: no such room, or nobody in it, or no such peer."""

    kind = "not_found"


class RateLimitError(APIStatusError):
    """HTTP 429: too many requests; see `retry_after`.

    Also if the client pauses after a 429 for longer than the timeout: then nothing was sent, and `status` is
    None.
    """

    kind = "rate_limited"


class RejectedError(APIStatusError):
    """HTTP 3xx, or any other 4xx except 408."""

    kind = "rejected"


class ServerError(APIStatusError):
    """HTTP 5xx or 408. The message may have been delivered."""

    kind = "server"


class APIConnectionError(RoomcastError, ConnectionError):
    """The name did not resolve, or the connection was refused, reset or closed, or TLS failed.

    The outcome is "not_sent" if no byte of the request reached the socket, else "unknown".
    """

    kind = "connection"


class APITimeoutError(RoomcastError, TimeoutError):
    """The deadline passed: the client's `timeout`.

    The outcome is "not_sent" if no byte of the request reached the socket, else "unknown".
    """

    kind = "timeout"


class ProtocolError(RoomcastError):
    """The response was not HTTP, was too large, contradicted itself, or did not hold what was queried.

    The message may have been delivered.
    """

    kind = "protocol"


class SendCancelledError(RoomcastError):
    """The caller cancelled the send before it completed, or drain() did at the end of its timeout.

    If the caller cancelled it, it is the `__context__` of what your code gets: a CancelledError, or a
    KeyboardInterrupt, for example.
    """

    kind = "cancelled"


class QueueFullError(RoomcastError):
    """Too many operations were started and are not complete. Nothing was sent.

    Only an `AsyncClient` queues. Wait for some of them to complete.
    """

    kind = "queue_full"


class InternalError(RoomcastError):
    """A fault in roomcast. Please report it."""

    kind = "internal"


class WebhookError(Exception):
    """A webhook that was refused. Do not act on it.

    Its text says what is wrong, what to answer, and what to do. It never holds the secret, nor the header or
    the body of the request. It can be pickled and copied, and made again from its `args`: the text and a dict
    of the fields below.
    """

    kind: "_typing.WebhookErrorKind"
    """Why it was refused: "wrong_secret", "too_large" or "invalid_body"."""
    status: int
    """The HTTP status to answer with: 401, 413 or 400."""

    def __init__(
        self,
        text: str = "",
        fields: "_typing.Optional[_typing.Mapping[str, _typing.Any]]" = None,
        *,
        kind: "_typing.WebhookErrorKind" = "invalid_body",
        status: int = 400,
    ) -> None:
        given = _with_fields({"kind": kind, "status": status}, fields)
        super().__init__(text, given)
        self.kind = given["kind"]
        self.status = given["status"]

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""


CLASS_BY_KIND: "dict[str, type[RoomcastError]]" = {
    cls.kind: cls
    for cls in (*RoomcastError.__subclasses__(), *APIStatusError.__subclasses__())
    if cls is not APIStatusError
}

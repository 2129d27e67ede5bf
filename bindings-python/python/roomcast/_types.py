"""The types in the package's annotations, which name them by way of `_typing`."""

from collections.abc import (
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
    Set,
    ValuesView,
)
from datetime import datetime, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, Callable, Literal, NoReturn, Optional, TypedDict, TypeVar, Union

from ._errors import RoomcastError
from ._roomcast import Message, NotGiven, Trace
from ._send_many import Progress

if TYPE_CHECKING:
    from ._async import AsyncClient
    from ._async_send_many import AsyncSendMany
    from ._client import Client
    from ._send_many import SendMany

__all__ = [
    "Any",
    "AsyncClientT",
    "AsyncIterable",
    "AsyncIterator",
    "AsyncSendManyT",
    "ClientT",
    "Connection",
    "ErrorKind",
    "Hooks",
    "Iterable",
    "Iterator",
    "JSONValue",
    "Mapping",
    "MessageLike",
    "NoReturn",
    "Option",
    "Optional",
    "Outcome",
    "PathLike",
    "RecipientKind",
    "RoomcastError",
    "SendItem",
    "SendManyT",
    "Several",
    "ShowProgress",
    "Timeout",
    "Union",
    "WebhookErrorKind",
    "datetime",
]

ErrorKind = Literal[
    "invalid_request",
    "configuration",
    "unauthenticated",
    "permission_denied",
    "not_found",
    "rate_limited",
    "rejected",
    "server",
    "connection",
    "timeout",
    "protocol",
    "cancelled",
    "queue_full",
    "internal",
]
"""What went wrong: the values of RoomcastError.kind."""

Outcome = Literal["not_sent", "rejected", "unknown"]
"""What is known of a message whose send failed: the values of RoomcastError.outcome."""

WebhookErrorKind = Literal["wrong_secret", "too_large", "invalid_body"]
"""Why a webhook was refused: the values of WebhookError.kind."""

RecipientKind = Literal["peer", "role", "everyone"]
"""Who receives a message: the values of Trace.recipient."""

Connection = Literal["new", "kept"]
"""Where the connection of an attempt comes from: the values of AttemptTrace.connection."""

Hook = Callable[[Trace], object]
Hooks = Union[Hook, list[Hook], tuple[Hook, ...]]

JSONValue = Union[None, bool, int, float, str, Mapping[str, Any], list[Any], tuple[Any, ...]]
"""What JSON can express. At run time a mapping is a dict."""

MessageLike = Union[str, Message, Mapping[str, Any], list[Any], tuple[Any, ...]]
"""A message: text, what chat(), event() and reaction() return, or a dict, list or tuple as JSON."""

Timeout = Union[float, timedelta]


class _RequiredOfSendItem(TypedDict):
    room_id: str
    message: MessageLike


class SendItem(_RequiredOfSendItem, total=False):
    """An item of send_many(): what send_message() takes, by name. At run time any mapping."""

    peer_id: str
    role: str
    type: str
    timeout: Timeout
    max_attempts: int
    retry_unknown: bool


SendItem.__module__ = "roomcast"

Several = Union[list[str], tuple[str, ...], Set[str], ValuesView[str], Iterator[str]]
"""Several ids or names. Not Iterable[str], which a single str is, too."""

ShowProgress = Union[bool, Callable[[Progress], object]]

_T = TypeVar("_T")
Option = Union[_T, NotGiven]
"""An argument that may be omitted."""

ClientT = TypeVar("ClientT", bound="Client")
AsyncClientT = TypeVar("AsyncClientT", bound="AsyncClient")
SendManyT = TypeVar("SendManyT", bound="SendMany")
AsyncSendManyT = TypeVar("AsyncSendManyT", bound="AsyncSendMany")

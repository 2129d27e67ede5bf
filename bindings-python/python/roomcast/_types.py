"""The types in the package's annotations, which name them by way of `_typing`."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal, NoReturn, Optional, TypeVar, Union

from ._roomcast import Message, NotGiven

if TYPE_CHECKING:
    from ._async import AsyncClient
    from ._client import Client

__all__ = [
    "Any",
    "AsyncClientT",
    "ClientT",
    "ErrorKind",
    "JSONValue",
    "Mapping",
    "MessageLike",
    "NoReturn",
    "Option",
    "Optional",
    "Outcome",
    "PathLike",
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

JSONValue = Union[None, bool, int, float, str, Mapping[str, Any], list[Any], tuple[Any, ...]]
"""What JSON can express. At run time a mapping is a dict."""

MessageLike = Union[str, Message, Mapping[str, Any], list[Any], tuple[Any, ...]]
"""A message: text, what chat(), event() and reaction() return, or a dict, list or tuple as JSON."""

Timeout = Union[float, timedelta]

_T = TypeVar("_T")
Option = Union[_T, NotGiven]
"""An argument that may be omitted."""

ClientT = TypeVar("ClientT", bound="Client")
AsyncClientT = TypeVar("AsyncClientT", bound="AsyncClient")

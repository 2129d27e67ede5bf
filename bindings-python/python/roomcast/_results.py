"""What the native module returns, as results and exceptions.

The native module calls no Python code on a Python thread. At the interpreter's exit such a call can end a
daemon thread, and a thread must not be ended in the middle of native code: up to Python 3.13 that crashes the
process. So it returns plain values, and this module makes objects of Python's classes from them.
"""

from . import _roomcast
from ._errors import CLASS_BY_KIND, RoomcastError
from ._recipients import RecipientResult
from ._rooms import Peer, Room

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Optional, TypeVar, Union

    from ._roomcast import Batch, Client, Completed, Drain, Failure, Message, SendResult, WebhookReader

    _Native = TypeVar("_Native", Batch, Client, Optional[Drain], Message, WebhookReader)


def to_object(completed: "Completed") -> "Any":
    """Return the result of an operation, or raise what it failed with."""
    if type(completed) is not tuple:
        return completed  # A SendResult.
    tag, value, *more = completed
    if tag == "room":
        return Room(**value)
    if tag == "peers":
        return [Peer(**fields) for fields in value]
    if tag == "recipients":
        return [_recipient(*fields) for fields in value]
    if tag == "raised":
        _raise_in_context(value, *more)
    raise to_exception(completed)


def _recipient(
    peer_id: "Optional[str]", role: "Optional[str]", user_id: "Optional[str]", completed: "Completed"
) -> RecipientResult:
    result, error = split(completed)
    return RecipientResult(peer_id=peer_id, role=role, user_id=user_id, result=result, error=error)


def split(completed: "Completed") -> "tuple[Optional[SendResult], Optional[RoomcastError]]":
    """Return what a send ended with: its result, or its error."""
    return (None, to_exception(completed)) if type(completed) is tuple else (completed, None)


def created(native: "Union[_Native, Failure]") -> "_Native":
    """Return a native object, or raise why it could not be created."""
    if type(native) is tuple:
        raise to_exception(native)
    return native  # type: ignore[return-value]


def to_exception(failure: "Failure") -> RoomcastError:
    """Return the exception for a failure. Its cause is what the system or Python raised."""
    _, kind, text, fields, error_number, cause = failure
    error = CLASS_BY_KIND[kind](text, fields)
    if cause is not None:
        error.__cause__ = cause
    elif error_number is not None:
        error.__cause__ = _os_error(error_number)
    return error


def wrong_argument(name: str, value: object, wanted: str) -> RoomcastError:
    """Return the error for an argument of Python's own that has a wrong type."""
    return to_exception(_roomcast.wrong_argument(name, value, wanted))


def add_context(exception: BaseException, error: BaseException) -> None:
    """Make a send's error the context of the exception that cancelled the send."""
    error.__context__ = exception.__context__
    exception.__context__ = error


def _raise_in_context(exception: BaseException, failure: "Optional[Failure]") -> None:
    """Raise what a signal handler raised. How the operation then ended is its context."""
    try:
        raise exception
    except BaseException:
        # Not before: `raise` sets the context if another exception is being handled.
        if failure is not None:
            add_context(exception, to_exception(failure))
        raise
    finally:
        del exception  # Avoids a reference cycle with the traceback.


def is_main_thread() -> bool:
    """Return whether this is the thread in which Python runs signal handlers."""
    import threading

    return threading.get_ident() == threading.main_thread().ident


def _os_error(number: int) -> OSError:
    """Return the system's error as Python would have raised it: a ConnectionRefusedError, for example."""
    import os
    import sys

    if sys.platform == "win32":
        return OSError(0, os.strerror(number), None, number)
    return OSError(number, os.strerror(number))

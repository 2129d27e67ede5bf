"""Arguments of types that Python's library or the caller defines, as types that the native module converts.

The native module calls no Python code, so it knows only built-in types.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def in_seconds(options: "dict[str, Any]") -> None:
    """Replace the timeout of a call by its seconds, if it is a timedelta."""
    options["timeout"] = seconds(options["timeout"])


def seconds(timeout: "Any") -> "Any":
    """Return a timeout in seconds if it is a timedelta, and anything else as it is."""
    if not isinstance(timeout, (str, int, float)) and hasattr(timeout, "total_seconds"):
        return timeout.total_seconds()
    return timeout


_ONE = (str, bytes, bytearray)


def is_mapping(value: object) -> bool:
    """Return whether a value has what dict() needs of a mapping."""
    return hasattr(type(value), "keys") and hasattr(type(value), "__getitem__")


def is_several(value: object) -> bool:
    """Return whether a value is an iterable of several. Text and bytes are not, nor is a mapping."""
    return hasattr(type(value), "__iter__") and not isinstance(value, _ONE) and not is_mapping(value)


LISTS = {"send_to_users": "user_ids", "send_to_peers": "peer_ids", "send_to_roles": "roles"}
"""The methods that take several recipients, and the names of these parameters, the second of each."""


def with_list(
    method: str, arguments: "tuple[object, ...]", options: "dict[str, object]"
) -> "tuple[object, ...]":
    """Return the arguments of a call to several, with its recipients as a list."""
    parameter = LISTS[method]
    if parameter in options:
        options[parameter] = as_list(options[parameter])
    elif len(arguments) > 1:
        arguments = (arguments[0], as_list(arguments[1]), *arguments[2:])
    return arguments


def as_list(value: object) -> object:
    """Return several values as a list, and anything else as it is."""
    return list(value) if is_several(value) else value  # type: ignore[call-overload]


def as_arguments(item: "Any") -> object:
    """Return an item of many as a dict of arguments, if it is a mapping, and anything else as it is."""
    if type(item) is not dict:
        if not is_mapping(item):
            return item
        try:
            item = dict(item)
        except Exception:
            return item  # The core says that it is of a wrong type.
    if "timeout" in item:
        item = dict(item)
        in_seconds(item)
    return item

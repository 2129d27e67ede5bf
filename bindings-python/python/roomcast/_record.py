"""The base class of records: immutable objects, like frozen dataclasses.

It does not use dataclasses, since importing that module takes longer than importing roomcast.
"""

from . import _typing
from ._roomcast import SendResult


class Record:
    """Immutable fields. Two records are equal if their types and all their fields are equal."""

    _fields: "tuple[str, ...]" = ()
    _hidden: "tuple[str, ...]" = ()

    def __init__(self, **fields: "_typing.Any") -> None:
        wrong = sorted(fields.keys() ^ set(self._fields))
        if wrong:
            names = ", ".join(wrong)
            raise TypeError(
                f"{type(self).__name__} takes all fields as keyword arguments; unknown or missing: {names}"
            )
        vars(self).update(fields)

    def __setattr__(self, name: str, _: object) -> "_typing.NoReturn":
        raise AttributeError(f"cannot assign to field {name!r}")

    def __delattr__(self, name: str) -> "_typing.NoReturn":
        raise AttributeError(f"cannot delete field {name!r}")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(self) is type(other) else NotImplemented

    def __hash__(self) -> int:
        return hash((type(self), vars(self)[self._fields[0]]))

    def __repr__(self) -> str:
        shown = (f"{name}={value!r}" for name, value in vars(self).items() if name not in self._hidden)
        return f"{type(self).__name__}({', '.join(shown)})"

    @classmethod
    def __get_pydantic_core_schema__(cls, _: "_typing.Any", handler: "_typing.Any") -> "_typing.Any":
        from ._pydantic import schema

        return schema(cls, handler)


class SendRecord(Record):
    """What became of one message of several. Either `result` or `error` is None."""

    result: "_typing.Optional[SendResult]"
    """The server accepted the message."""
    error: "_typing.Optional[_typing.RoomcastError]"
    """Why it did not."""

    @property
    def outcome(self) -> "_typing.Optional[_typing.Outcome]":
        """What is known of a message that was not accepted; None if it was accepted."""
        return None if self.error is None else self.error.outcome

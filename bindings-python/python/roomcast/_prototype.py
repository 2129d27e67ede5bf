"""Methods that are declared for people and type checkers, and hand on what they were given to the core.

If a signature such as `peer_id=None` were Python's to apply, an argument left out and one that is None by
mistake would look the same, and a misspelt one would be told in other words than in the other languages. So
a declaration's body is empty, and its parameters are only shown.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])
    # It stands for a value of any type.
    _Base = Any
else:
    _Base = object


class _LeftOut(_Base):  # type: ignore[misc]
    def __repr__(self) -> str:
        return "<left out>"


LEFT_OUT: "Any" = _LeftOut()
"""Shown as the default of what may be left out. It is never passed on."""


def declared_by(prototype: "_F") -> "Callable[[Any], _F]":
    """Gives a method the name, the signature and the docstring of its declaration."""

    def dress(method: "Any") -> "_F":
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(method, name, getattr(prototype, name))
        method.__wrapped__ = prototype
        return method  # type: ignore[no-any-return]

    return dress

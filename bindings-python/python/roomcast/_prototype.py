"""Methods that are declared for people and type checkers, and hand on what they were given to the core.

If a signature such as `peer_id=None` were Python's to apply, an argument left out and one that is None by
mistake would look the same, and a misspelt one would be told in other words than in the other languages. So
a declaration's body is empty, and its parameters are only shown.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    F = TypeVar("F", bound=Callable[..., Any])


class _LeftOut:
    def __repr__(self) -> str:
        return "<left out>"


LEFT_OUT: "Any" = _LeftOut()
"""Shown as the default of what may be left out. It is never passed on."""


def declared_by(prototype: "F") -> "Callable[[Any], F]":
    """Gives a method the name, the signature and the docstring of its declaration."""

    def dress(method: "Any") -> "F":
        for name in ("__module__", "__name__", "__qualname__", "__doc__"):
            setattr(method, name, getattr(prototype, name))
        method.__wrapped__ = prototype
        return method  # type: ignore[no-any-return]

    return dress

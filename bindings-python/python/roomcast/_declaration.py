"""Methods that are declared for users and type checkers, and whose arguments go to the core unchanged.

Were Python to apply a signature such as `peer_id=None`, an omitted argument could not be distinguished from
one that is None by mistake, and a misspelt one would get another error than in the other languages. So the
body of a declaration is empty, and its signature is only shown.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Callable, TypeVar

    _F = TypeVar("_F", bound=Callable[..., Any])


def implements(declaration: "_F") -> "Callable[[Any], _F]":
    """Return a decorator that gives a method the declaration's name, signature and docstring."""

    def decorate(method: "Any") -> "_F":
        for name in ("__module__", "__name__", "__qualname__", "__doc__", "__annotations__"):
            setattr(method, name, getattr(declaration, name))
        method.__wrapped__ = declaration
        return method  # type: ignore[no-any-return]

    return decorate

"""The types in annotations, imported when an annotation is evaluated, as typing.get_type_hints() does.

The import of `typing` and `datetime` takes longer than that of roomcast.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ._types import *  # noqa: F403
else:

    def __getattr__(name):
        from . import _types

        if name not in _types.__all__:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return globals().setdefault(name, getattr(_types, name))

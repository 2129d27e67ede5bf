"""Schemas for pydantic, and so for FastAPI: its endpoints can return results, and document them."""

from typing import Any, Callable, get_type_hints

from pydantic_core import core_schema


def schema(cls: "type[Any]", handler: Any) -> Any:
    """Return the schema of a class of results, whose fields are those of `vars()` of an instance."""
    hints = get_type_hints(cls)
    names: tuple[str, ...] = getattr(cls, "_fields", None) or cls.__match_args__
    fields = {name: hints[name] for name in names}
    return _schema(cls, handler, fields, made=lambda values: cls(**values), written=vars)


def error_schema(cls: "type[Any]", handler: Any) -> Any:
    """Return the schema of a class of errors: `kind`, `text`, and their other fields."""
    from ._errors import CLASS_BY_KIND

    fields = {"text": str, **get_type_hints(cls)}

    def made(values: "dict[str, Any]") -> Any:
        error = CLASS_BY_KIND[values["kind"]](values["text"], values)
        if not isinstance(error, cls):
            raise ValueError(f"{values['kind']} is not the kind of {cls.__name__}")
        return error

    def written(error: Any) -> "dict[str, Any]":
        return {name: str(error) if name == "text" else getattr(error, name) for name in fields}

    return _schema(cls, handler, fields, made, written)


def _schema(
    cls: "type[Any]",
    handler: Any,
    fields: "dict[str, Any]",
    made: "Callable[[dict[str, Any]], Any]",
    written: "Callable[[Any], dict[str, Any]]",
) -> Any:
    typed = core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(handler.generate_schema(hint)) for name, hint in fields.items()},
        cls=cls,
    )
    read = core_schema.no_info_after_validator_function(made, typed)
    return core_schema.json_or_python_schema(
        read,
        core_schema.union_schema([core_schema.is_instance_schema(cls), read]),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(written, return_schema=typed),
    )

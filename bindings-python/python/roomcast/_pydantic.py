"""Schemas for pydantic, and so for FastAPI: its endpoints can return results, and document them."""

from typing import Any, get_type_hints

from pydantic_core import core_schema


def schema(cls: "type[Any]", handler: Any) -> Any:
    """Return the schema of a class of results, whose fields are those of `vars()` of an instance."""
    hints = get_type_hints(cls)
    names: tuple[str, ...] = getattr(cls, "_fields", None) or cls.__match_args__
    fields = core_schema.typed_dict_schema(
        {name: core_schema.typed_dict_field(handler.generate_schema(hints[name])) for name in names}, cls=cls
    )
    made = core_schema.no_info_after_validator_function(lambda values: cls(**values), fields)
    return core_schema.json_or_python_schema(
        made,
        core_schema.union_schema([core_schema.is_instance_schema(cls), made]),
        ref=f"{cls.__module__}.{cls.__qualname__}:{id(cls)}",
        serialization=core_schema.plain_serializer_function_ser_schema(vars, return_schema=fields),
    )

"""Renders types as Python annotations."""

from typing import Final

from tongbao_generator.contract import Contract, Model, Type

_PLAIN: Final = {
    "str": "str",
    "int": "int",
    "float": "float",
    "bool": "bool",
    "datetime": "datetime",
    "date": "date",
    "any": "Any",
    "none": "None",
}


def attribute_type(kind: Type, prefix: str = "") -> str:
    """Return the annotation of what is received: a model's attribute, or a method's result (``prefix`` ``models.``)."""
    if kind.kind == "list" and kind.inner is not None:
        text = f"list[{attribute_type(kind.inner, prefix)}]"
    elif kind.kind == "map" and kind.inner is not None:
        text = f"dict[str, {attribute_type(kind.inner, prefix)}]"
    elif kind.kind in ("ref", "enum", "union"):
        text = prefix + kind.name
    elif kind.kind == "const":
        text = _literal(kind.values)
    else:
        text = _PLAIN[kind.kind]
    return f"{text} | None" if kind.nullable and text not in ("Any", "None") else text


def argument_type(contract: Contract, kind: Type, prefix: str = "params.") -> str:
    """Return the annotation of what is sent: models or dictionaries, enumerations or texts, instants or texts."""
    parts: list[str]
    if kind.kind == "list" and kind.inner is not None:
        parts = [f"Sequence[{argument_type(contract, kind.inner, prefix)}]"]
    elif kind.kind == "map" and kind.inner is not None:
        parts = [f"Mapping[str, {argument_type(contract, kind.inner, prefix)}]"]
    elif kind.kind == "ref":
        parts = [*(f"models.{name}" for name in _alike(contract, kind.name)), f"{prefix}{kind.name}Param"]
    elif kind.kind == "union":
        variants = sorted({name for _, name in contract.unions[kind.name].variants})
        parts = [f"models.{name}" for name in variants] + [f"{prefix}{name}Param" for name in variants]
    elif kind.kind == "enum":
        parts = [f"models.{kind.name}", _literal(contract.enums[kind.name].values)]
    elif kind.kind == "const":
        parts = [_literal(kind.values)]
    elif kind.kind in ("datetime", "date"):
        parts = [kind.kind, "str"]
    else:
        parts = ["str" if kind.kind == "float" else _PLAIN[kind.kind]]
    if kind.nullable and parts != ["Any"]:
        parts.append("None")
    return " | ".join(parts)


def _alike(contract: Contract, name: str) -> list[str]:
    """Return the models with the same fields as ``name``: what was received can be sent on, whatever it is called."""

    def shape(model: Model) -> list[tuple[str, Type]]:
        return [(field.name, field.type) for field in model.fields]

    wanted = shape(contract.models[name])
    return [other for other, model in contract.models.items() if shape(model) == wanted]


def _literal(values: tuple[str, ...]) -> str:
    return "Literal[" + ", ".join(f'"{value}"' for value in values) + "]"

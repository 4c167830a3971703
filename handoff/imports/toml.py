"""A map as a TOML file, so that what was mapped on screen can be run again from a shell."""

import json
from collections.abc import Mapping
from typing import Any

from handoff.imports.maps import ImportMap


def write_map(import_map: ImportMap) -> str:
    """TOML text that `maps.read_map` reads back to an equal map."""
    lines: list[str] = []
    _section(import_map.as_dict(), [], lines)
    return "\n".join(lines).strip() + "\n"


def _section(content: Mapping[str, Any], path: list[str], lines: list[str]) -> None:
    sections = {}
    if path:
        lines += ["", f"[{'.'.join(path)}]"]
    for name, value in content.items():
        if isinstance(value, Mapping) and _is_section(path, name):
            sections[name] = value
        else:
            lines.append(f"{_key(name)} = {_value(value)}")
    for name, value in sections.items():
        _section(value, [*path, name], lines)


def _is_section(path: list[str], name: str) -> bool:
    return not path or (path == ["company"] and name == "attributes")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("_", "").replace("-", "").isalnum()
    return name if bare else _value(name)


def _value(value: Any) -> str:
    if isinstance(value, Mapping):
        inside = ", ".join(f"{_key(name)} = {_value(own)}" for name, own in value.items())
        return f"{{ {inside} }}"
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")

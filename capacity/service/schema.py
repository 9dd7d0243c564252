"""The JSON Schema of a service, for other programs."""

from __future__ import annotations

from typing import Any

from capacity.service.model import Service


def service_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``Service``: its content, without where it was read from."""
    schema = Service.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["properties"].pop("origin", None)
    for name in ("Origin", "Finding"):
        schema.get("$defs", {}).pop(name, None)
    return schema

"""The JSON Schema of policies, for editors: made of what the loader goes by, and committed as schema/policy-v2.json.

It knows types, fields, conditions and the names that the engine has; which classes and channels a policy names, and
whether conditions can hold, only the loader knows.
"""

from __future__ import annotations

import os
from typing import Any

from dlp.model import Level, Verdict
from dlp.policy.conditions import CONDITIONS
from dlp.policy.written import MAX_MESSAGE, MAX_RULES, NAME, VERSION

PATH = os.path.join(os.path.dirname(__file__), "schema", "policy-v2.json")

_TEXT = {"type": "string"}
_TEXTS = {"type": "array", "items": {"type": "string", "minLength": 1}}
_YES = {"type": "boolean"}
_NAME = {"type": "string", "pattern": f"^{NAME}$"}
_SOME = {"$ref": "#/$defs/conditions"}


def schema() -> dict[str, Any]:
    """As JSON has it."""
    verdict = {"enum": [each.value for each in Verdict]}
    exception = {
        "name": _NAME,
        "when": _SOME,
        "owner": {"type": "string", "pattern": "\\S"},
        "reason": {"type": "string", "pattern": "\\S"},
        "expires": {"type": "string", "format": "date", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"},
    }
    rule = {
        "name": _NAME,
        "when": _SOME,
        "verdict": verdict,
        "severity": {"enum": [*(each.value for each in Level), None]},
        "notify": {"type": "array", "items": _NAME},
        "message": {"type": "string", "maxLength": MAX_MESSAGE},
        "keep": _YES,
        "stop": _YES,
    }
    whole = {
        "version": {"const": VERSION},
        "default": verdict,
        "classes": _list(_object({"name": _NAME, "owner": _TEXT, "handling": _TEXT} | _lists("documents terms tags"))),
        "channels": _list(_object({"name": _NAME, "jurisdiction": _TEXT} | _lists("paths"))),
        "rules": _list(_object(rule, "name", "when", "verdict")) | {"minItems": 1, "maxItems": MAX_RULES},
        "exceptions": _list(_object(exception, *exception)),
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:dlp:policy:policy-v{VERSION}",
        "title": f"Policy, version {VERSION}",
        "description": "From what was found in a file, and what was not read of it, to a verdict. See rules/README.md.",
        **_object(whole, "version", "default", "rules"),
        "$defs": {
            "conditions": _conditions(_SOME, {"with": {"$ref": "#/$defs/within"}}),
            "within": _conditions({"$ref": "#/$defs/within"}, {}),
        },
    }


def _conditions(again: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    several = {"type": "array", "items": again, "minItems": 1}
    properties = {"all": several, "any": several, "not": again, **more}
    return {
        "type": "object",
        "additionalProperties": False,
        "minProperties": 1,
        "properties": properties | {name: dict(condition.schema) for name, condition in CONDITIONS.items()},
    }


def _object(properties: dict[str, Any], *required: str) -> dict[str, Any]:
    named = list(required) or ["name"]
    return {"type": "object", "additionalProperties": False, "required": named, "properties": properties}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


def _lists(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split(), _TEXTS)

"""Rules as YAML, as `dlp.rule.loading` reads it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from dlp.rule.rule import Allow, Rule


def as_data(rule: Rule | Allow) -> dict[str, Any]:
    """What is not as it is when nothing is given."""
    needed = {each.name for each in msgspec.structs.fields(rule) if each.required}
    plain: dict[str, Any] = msgspec.to_builtins(rule, order="deterministic", str_keys=False)
    usual = msgspec.to_builtins(_usual(type(rule)))
    data = {field: plain[field] for field in rule.__struct_fields__ if field in needed or plain[field] != usual[field]}
    for field in ("allow", "least"):
        if field in data and isinstance(rule, Rule):
            data[field] = {name: value for name, value in data[field].items() if value != usual[field][name]}
    return data


def _usual(kind: type[Rule] | type[Allow]) -> Rule | Allow:
    if kind is Allow:
        return Allow()
    blank: dict[str, Any] = dict.fromkeys((each.name for each in msgspec.structs.fields(Rule) if each.required), "")
    return Rule(**blank)


def as_yaml(rules: Sequence[Rule], allow: Sequence[Allow] = (), heading: str = "") -> str:
    """A whole file of rules. `heading`: lines of a comment. Where a rule has no examples, the file says so."""
    data: dict[str, Any] = {"version": 1}
    if not all(each.examples and each.counterexamples for each in rules):
        data["untested"] = True
    if rules:
        data["rules"] = [as_data(each) for each in rules]
    if allow:
        data["allow"] = [as_data(each) for each in allow]
    comment = "".join(f"# {line}\n" if line else "#\n" for line in heading.split("\n")) if heading else ""
    return comment + dumped(data)


def dumped(data: Any) -> str:
    """Plain data as YAML, in its order, patterns in single quotes."""
    import yaml

    class Dumper(yaml.SafeDumper):
        """Says everything where it stands."""

        def ignore_aliases(self, data: Any) -> bool:
            return True

    def mapping(dumper: yaml.SafeDumper, given: dict[str, Any]) -> Any:
        quoted = {name: _Quoted(value) if name == "pattern" else value for name, value in given.items()}
        return dumper.represent_mapping("tag:yaml.org,2002:map", quoted.items())

    Dumper.add_representer(dict, mapping)
    Dumper.add_representer(_Quoted, lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, "'"))
    made: str = yaml.dump(data, Dumper=Dumper, sort_keys=False, allow_unicode=True, width=1 << 30)
    return made


class _Quoted(str):
    """Text that stands in single quotes."""

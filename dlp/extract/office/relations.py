"""Which part of an Office package stands in which relation to another: targets are names, never opened as paths."""

from __future__ import annotations

from typing import NamedTuple

from dlp.extract.office.xml_elements import Element, elements
from dlp.extract.office.zipped import Contents


class Relation(NamedTuple):
    """`kind`: the last word of its type (`worksheet`, `comments`); `target`: the name of a part."""

    kind: str
    target: str


def relations(contents: Contents, part: str) -> dict[str, Relation]:
    """The inner relations of `part`, by their ids, in their order."""
    folder, _, name = part.rpartition("/")
    data = contents.small(f"{folder}/_rels/{name}.rels")
    return {
        each.attributes.get("Id", str(number)): Relation(
            each.attributes.get("Type", "").rpartition("/")[2], join(folder, each.attributes["Target"])
        )
        for number, each in enumerate(elements(data))
        if "Target" in each.attributes and each.attributes.get("TargetMode") != "External"
    }


def join(folder: str, target: str) -> str:
    """`../comments1.xml` seen from `xl/worksheets`: `xl/comments1.xml`."""
    steps = [] if target.startswith("/") else folder.split("/")
    for step in target.replace("\\", "/").split("/"):
        if step == "..":
            del steps[-1:]
        elif step not in ("", "."):
            steps.append(step)
    return "/".join(steps)


def relation_of(element: Element) -> str:
    """The id of the relation that an element names, `r:id`, whatever its namespace is called; "" if there is none."""
    return next((value for name, value in element.attributes.items() if name.endswith(":id")), "")

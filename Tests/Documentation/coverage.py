"""Counts public declarations, and lists those without an explanation: coverage.py GRAPH...; fails if there is one.

A declaration has a comment, and a type is in a topic list of its module's articles. A declaration that implements a
requirement of a protocol has the comment of the requirement. Declarations that the compiler makes do not count.
"""

import json
import pathlib
import re
import sys

SOURCES = pathlib.Path(__file__).resolve().parents[2] / "Sources"
# With these relationships, the comment of another declaration counts.
INHERITING = {"defaultImplementationOf", "overrides", "optionalRequirementOf"}
TOPIC = re.compile(r"^- ``(?:\w+/)?(\w+)``", re.MULTILINE)


def topics(module: str) -> set[str]:
    articles = (SOURCES / module).glob("*.docc/*.md")
    return {name for article in articles for name in TOPIC.findall(article.read_text())}


def declarations(graph: dict) -> list[dict]:
    inherited = {edge["source"] for edge in graph["relationships"] if edge["kind"] in INHERITING}
    # Members of foreign protocols, such as `==` and `hash(into:)`, name their origin.
    inherited |= {edge["source"] for edge in graph["relationships"] if "sourceOrigin" in edge}
    return [
        symbol
        for symbol in graph["symbols"]
        if "::SYNTHESIZED::" not in symbol["identifier"]["precise"]
        and symbol["identifier"]["precise"] not in inherited
        and symbol["kind"]["identifier"] != "swift.extension"
    ]


def problems(symbol: dict, listed: set[str] | None) -> list[str]:
    found = []
    if not any(line["text"].strip() for line in symbol.get("docComment", {}).get("lines", [])):
        found.append("has no documentation comment")
    path = symbol["pathComponents"]
    if listed is not None and len(path) == 1 and path[0] not in listed:
        found.append("stands in no topic list")
    place = symbol.get("location", {})
    file = place.get("uri", "?").rpartition("/Sources/")[2]
    line = place.get("position", {}).get("line", -1) + 1
    return [f"Sources/{file}:{line}: {'.'.join(path)} {problem}" for problem in found]


def main() -> None:
    total, found = 0, []
    for path in map(pathlib.Path, sys.argv[1:]):
        name = path.name.removesuffix(".symbols.json")
        # `A@B` holds the declarations that A adds to types of B.
        listed = None if "@" in name else topics(name)
        symbols = declarations(json.loads(path.read_text()))
        print(f"{name}: {len(symbols)} public declarations")
        total += len(symbols)
        for symbol in symbols:
            found += problems(symbol, listed)
    for line in sorted(found):
        print(line)
    print(f"{total} public declarations, {len(found)} not explained")
    if total == 0 or found:
        sys.exit(1)


main()

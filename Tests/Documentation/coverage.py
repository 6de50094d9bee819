"""Counts public symbols, and lists those without a documentation comment: coverage.py GRAPH...; fails if there is one.

A symbol needs no comment of its own if it implements a requirement of a protocol, whose comment counts for it, or if the
compiler wrote it.
"""

import json
import pathlib
import sys

# Relationships that make somebody else's comment count.
INHERITING = {"defaultImplementationOf", "overrides", "optionalRequirementOf"}


def undocumented(path: str) -> tuple[int, list[str]]:
    graph = json.loads(pathlib.Path(path).read_text())
    conformances = {edge["source"] for edge in graph["relationships"] if edge["kind"] in INHERITING}
    # Members of protocols from elsewhere, such as `==` and `hash(into:)`, say where they come from.
    conformances |= {edge["source"] for edge in graph["relationships"] if "sourceOrigin" in edge}
    missing = []
    count = 0
    for symbol in graph["symbols"]:
        name = symbol["identifier"]["precise"]
        if "::SYNTHESIZED::" in name or name in conformances or symbol["kind"]["identifier"] == "swift.extension":
            continue
        count += 1
        lines = symbol.get("docComment", {}).get("lines", [])
        if any(line["text"].strip() for line in lines):
            continue
        place = symbol.get("location", {})
        file = place.get("uri", "?").rpartition("/Sources/")[2]
        line = place.get("position", {}).get("line", -1) + 1
        missing.append(f"Sources/{file}:{line}: {'.'.join(symbol['pathComponents'])}")
    return count, missing


def main() -> None:
    total, missing = 0, []
    for path in sys.argv[1:]:
        count, lines = undocumented(path)
        print(f"{pathlib.Path(path).name.removesuffix('.symbols.json')}: {count} public symbols")
        total += count
        missing += lines
    for line in sorted(missing):
        print(f"{line} has no documentation comment")
    print(f"{total} public symbols, {len(missing)} without a comment")
    if total == 0 or missing:
        sys.exit(1)


main()

"""The diagrams and tables of the state machine: diagrams.py check|draw CATALOG GOLDEN

The tests in Swift make sure that the graphs (.dot) and tables (.md) in GOLDEN match the code. `check` makes sure that
the article matches GOLDEN; `draw` updates the article, using Graphviz. A checksum in a drawing tells which graph it
was made from, since versions of Graphviz draw differently.
"""

import hashlib
import pathlib
import re
import subprocess
import sys


def stamp(graph: bytes) -> str:
    return f"<!-- drawn from a graph with SHA-256 {hashlib.sha256(graph).hexdigest()} -->"


def section(direction: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- table of a {direction} -->\n).*?(<!-- end of the table -->)", re.DOTALL)


def draw(graph: pathlib.Path) -> str:
    drawing = subprocess.run(["dot", "-Tsvg", graph], check=True, capture_output=True, text=True).stdout
    # Parts that differ from run to run, or that name the version, are left out.
    drawing = drawing[drawing.index("<svg") :]
    drawing = re.sub(r"<!--.*?-->\n?", "", drawing, flags=re.DOTALL)
    return f"{stamp(graph.read_bytes())}\n{drawing}"


def main() -> None:
    job, catalog, golden = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    article = catalog / "StateMachines.md"
    text = article.read_text()
    stale = []
    for direction in ("read", "write"):
        graph = golden / f"{direction}-session.dot"
        picture = catalog / "Resources" / f"{direction}-session.svg"
        table = (golden / f"{direction}-session.md").read_text()
        wanted, count = section(direction).subn(lambda found: f"{found[1]}\n{table}\n{found[2]}", text)
        if count != 1:
            sys.exit(f"{article} has {count} places for the table of a {direction}")
        if job == "draw":
            text = wanted
            picture.parent.mkdir(exist_ok=True)
            picture.write_text(draw(graph))
            continue
        if wanted != text:
            stale.append(f"{article}: the table of a {direction}")
        if not picture.exists() or not picture.read_text().startswith(stamp(graph.read_bytes())):
            stale.append(str(picture))
    if job == "draw":
        article.write_text(text)
    for name in stale:
        print(f"{name} is not what the code does; see CONTRIBUTING.md, Documentation")
    if stale:
        sys.exit(1)
    print("2 diagrams, 2 tables")


main()

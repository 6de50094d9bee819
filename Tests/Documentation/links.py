"""Checks every link of the Markdown files: links.py [--external]

A link to a file must lead to a file, and a link to a heading to a heading, also in another file. Pictures count. DocC
checks the links between its own pages. `--external` prints the addresses on the web, which cannot be checked without
a network. Each must be in EXTERNAL, with the day on which a person looked.
"""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXTERNAL = pathlib.Path(__file__).with_name("external-links.txt")
LINK = re.compile(r"!?\[(?:[^\]\[]|\[[^\]]*\])*\]\(\s*<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\s*\)")
REFERENCE = re.compile(r"^\[[^\]]+\]:\s*(\S+)", re.MULTILINE)
HTML = re.compile(r"(?:href|src)=\"([^\"]+)\"")
BARE = re.compile(r"(?<![(\"<\w`])https?://[^\s)>`\"]+")
FENCE = re.compile(r"^```.*?^```[ \t]*$", re.DOTALL | re.MULTILINE)
CODE = re.compile(r"`[^`\n]*`")


def files() -> list[pathlib.Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def prose(path: pathlib.Path) -> str:
    return FENCE.sub("", path.read_text())


def anchors(path: pathlib.Path) -> set[str]:
    """The names that GitHub gives to headings."""
    names: dict[str, int] = {}
    found = set()
    for heading in re.findall(r"^#{1,6}\s+(.+?)\s*#*$", prose(path), re.MULTILINE):
        heading = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        count = names.get(name, 0)
        names[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


def problem(source: pathlib.Path, link: str) -> str | None:
    name, _, anchor = link.partition("#")
    target = (source.parent / name).resolve() if name else source
    if not target.exists():
        return "no such file"
    if not target.is_relative_to(ROOT):
        return "outside of the repository"
    if anchor and (target.suffix != ".md" or anchor not in anchors(target)):
        return "no such heading"
    return None


def main() -> None:
    count, bad, external = 0, 0, set()
    for path in files():
        in_catalog = any(parent.suffix == ".docc" for parent in path.parents)
        text = prose(path)
        plain = CODE.sub("", text)
        links = LINK.findall(text) + REFERENCE.findall(plain) + HTML.findall(plain) + BARE.findall(plain)
        for link in links:
            if re.match(r"https?://", link):
                external.add(link.rstrip(".,;:"))
                continue
            # DocC checks the links of its pages, which name symbols and pictures without a path.
            if in_catalog or link.startswith("mailto:"):
                continue
            count += 1
            if reason := problem(path, link):
                bad += 1
                print(f"{path.relative_to(ROOT)}: {link}: {reason}")
    if "--external" in sys.argv:
        print("\n".join(sorted(external)))
        return
    known = {line.split()[0] for line in EXTERNAL.read_text().splitlines() if line.startswith("http")}
    for link in sorted(external - known):
        bad += 1
        print(f"{link}: not in {EXTERNAL.relative_to(ROOT)}; look at it and write it there")
    for link in sorted(known - external):
        bad += 1
        print(f"{link}: in {EXTERNAL.relative_to(ROOT)}, but no file has it")
    print(f"{count} links to files, {len(external)} to the web, {bad} bad")
    if count == 0 or bad:
        sys.exit(1)


main()

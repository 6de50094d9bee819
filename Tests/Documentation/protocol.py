"""Checks the numbers of the protocol's rules and pitfalls: protocol.py

Each "rule 7" and "pitfalls 12, 14" in code, tests, scripts and documentation must be a row of a table in PROTOCOL, whose rows
are numbered without gaps.
"""

import collections
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROTOCOL = ROOT / "Documentation/protocol.md"
REFERENCE = re.compile(r"\b(rule|pitfall)s? (\d+(?:(?:, | and )\d+)*)", re.IGNORECASE)
ROW = re.compile(r"^\| (rule|pitfall) (\d+) \|", re.MULTILINE)


def listed() -> list[pathlib.Path]:
    names = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "Sources", "Tests", "Scripts", "*.md"],
        cwd=ROOT, check=True, capture_output=True, text=True,
    ).stdout.splitlines()
    return [ROOT / name for name in names if (ROOT / name).is_file() and ROOT / name != pathlib.Path(__file__)]


def main() -> None:
    bad = []
    rows = collections.defaultdict(list)
    for kind, number in ROW.findall(PROTOCOL.read_text()):
        rows[kind].append(int(number))
    for kind in ("rule", "pitfall"):
        if rows[kind] != list(range(1, len(rows[kind]) + 1)) or not rows[kind]:
            bad.append(f"{PROTOCOL.relative_to(ROOT)}: the {kind}s are not numbered from 1 without gaps: {rows[kind]}")
    count = 0
    for path in listed():
        # The file may be binary data, which has no references.
        text = path.read_text(errors="replace")
        for match in REFERENCE.finditer(text):
            kind = match[1].lower()
            for number in map(int, re.findall(r"\d+", match[2])):
                count += 1
                if number not in rows[kind]:
                    line = text.count("\n", 0, match.start()) + 1
                    bad.append(f"{path.relative_to(ROOT)}:{line}: {kind} {number} is not in {PROTOCOL.relative_to(ROOT)}")
    for line in bad:
        print(line)
    print(f"{count} references to {len(rows['rule'])} rules and {len(rows['pitfall'])} pitfalls, {len(bad)} bad")
    if bad or count == 0:
        sys.exit(1)


main()

"""Compiles every example in Swift of the documentation: snippets.py FOLDER COMMAND...

An example is a block of `swift` in an article of a DocC catalog, in README.md or below Documentation. COMMAND is
called with a file of the block as its last argument. A block of Package.swift is skipped, since the examples of the
repository have one. `<!-- FILE.swift -->` above a block says that the block is this file, word for word.
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^(?:<!-- (\S+\.swift) -->\n)?```swift\n(.*?)^```", re.DOTALL | re.MULTILINE)
ROOT = pathlib.Path(__file__).resolve().parents[2]


def articles() -> list[pathlib.Path]:
    return [ROOT / "README.md", *sorted(ROOT.glob("Documentation/*.md")), *sorted(ROOT.glob("Sources/*/*.docc/*.md"))]


def main() -> None:
    folder, command = pathlib.Path(sys.argv[1]), sys.argv[2:]
    count = failed = 0
    for article in articles():
        text = article.read_text()
        for block in BLOCK.finditer(text):
            if "import PackageDescription" in block[2]:
                continue
            count += 1
            line = text.count("\n", 0, block.start(2)) + 1
            if block[1] and (ROOT / block[1]).read_text() != block[2]:
                print(f"{article.relative_to(ROOT)}:{line}: differs from {block[1]}")
                failed += 1
            # Each example is `main.swift` in its own folder, so that statements may be at the top level.
            file = folder / f"{article.stem}-{line}" / "main.swift"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(f'#sourceLocation(file: "{article.relative_to(ROOT)}", line: {line})\n{block[2]}')
            if subprocess.run([*command, file], check=False).returncode != 0:
                failed += 1
    print(f"{count} examples, {failed} wrong")
    if count == 0 or failed:
        sys.exit(1)


main()

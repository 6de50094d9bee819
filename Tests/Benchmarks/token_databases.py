#!/usr/bin/env python3
"""Time and memory for loading a large token database, beside Pigweed's own tools: token_databases.py PROGRAM.

It is a part of `Scripts/benchmark`, and can be run for itself, by the Python of .build-python.
"""

import pathlib
import sys
import tempfile
from collections.abc import Iterator, Sequence

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "Tests" / "Interoperability"))

from measuring import Figures, medians, peak_mebibytes, run  # noqa: E402
from pw_tokenizer import tokens  # noqa: E402
from simulated_device import SimulatedDevice  # noqa: E402

COUNT = 100_000
FORMS = {"CSV": tokens.write_csv, "binary": tokens.write_binary}
REFERENCE = "import sys; from pw_tokenizer import detokenize; detokenize.Detokenizer(sys.argv[1])"


def table(read: Sequence[object], python: pathlib.Path, folder: pathlib.Path, repetitions: int) -> Iterator[str]:
    """The rows of a table. `read` is a command that reads something small."""
    texts = (f"■msg♦Channel {number} of %s is at %d.%03u after %u ms■module♦M{number % 100}" for number in range(COUNT))
    database = tokens.Database.from_strings(texts)
    empty = folder / "empty.csv"
    empty.touch()
    yield "| | file | ours | reference | reference / ours | memory above that of a read without |"
    yield "| --- | ---: | ---: | ---: | ---: | ---: |"
    for form, write in FORMS.items():
        file = folder / f"tokens.{form.lower()}"
        with file.open("wb") as output:
            write(database, output)
        ours = (*read, "--device-output", "--token-database", file)
        figures = medians(
            repetitions,
            ours=lambda command=ours: processor(*command),
            without=lambda: processor(*read),
            reference=lambda file=file: processor(python, "-c", REFERENCE, file),
            empty=lambda: processor(python, "-c", REFERENCE, empty),
        )
        seconds = figures["ours"]["processor"] - figures["without"]["processor"]
        reference = figures["reference"]["processor"] - figures["empty"]["processor"]
        memory = peak_mebibytes(*ours) - peak_mebibytes(*read)
        yield (
            f"| {form} | {file.stat().st_size / (1 << 20):.1f} MiB | {seconds * 1000:.0f} ms | {reference * 1000:.0f} ms "
            f"| {reference / seconds:.0f} | {memory:.1f} MiB |"
        )


def processor(*command: object) -> Figures:
    return {"processor": run(*command).processor_seconds}


def main() -> None:
    program = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        device = SimulatedDevice(program, folder, ("--quiet",))
        try:
            device.readable.write_bytes(bytes(100))
            read = (program, "read", device.READABLE, "--port", device.port, "--quiet", "--output", folder / "out.bin")
            for row in table(read, pathlib.Path(sys.executable), folder, 5):
                print(row, flush=True)
        finally:
            device.stop()


if __name__ == "__main__":
    main()

"""Each behaviour of the hostile device, over a pseudo-terminal and over TCP. The program must end by itself, with an
exit code other than 0, say why, and leave nothing behind.
"""

import concurrent.futures
import pathlib

import pytest
from attack import Outcome, command, device, run
from behaviours import BEHAVIOURS

STANDSTILL = (75, "the device continues to talk, but nothing gets through")
SILENCE = (75, "the device does not answer")
ENDS = {
    "start-acknowledged-for-ever": STANDSTILL,
    "start-acknowledged-in-old-version": SILENCE,
    "talk-before-start": SILENCE,
    "stream-forgotten": (75, "the device no longer knows the transfer"),
    "never-free": (75, "the device refused with RESOURCE_EXHAUSTED"),
    "wrong-resource": (75, "the device no longer knows the transfer"),
    "empty-data": STANDSTILL,
    "empty-data-ahead": STANDSTILL,
    "duplicates": STANDSTILL,
    "duplicates-in-turn": STANDSTILL,
    "without-first": STANDSTILL,
    "without-last": STANDSTILL,
    "acknowledgements": STANDSTILL,
    "byte-by-byte": STANDSTILL,
    "byte-for-connection": (74, "it came back 5 times, and the transfer got no further"),
    "old-parameters": STANDSTILL,
    "rewinds": STANDSTILL,
    "rewinds-in-turn": STANDSTILL,
    "end-again": STANDSTILL,
    "byte-windows": STANDSTILL,
    "long-pause": STANDSTILL,
    "no-chunk-size": (76, "the device asked for chunks of no bytes"),
    "behind-end": (76, "the device asked for data behind the end"),
    "success-at-once": (76, "the device reported success before all data were moved"),
    "more-than-announced": (76, "the device sent more data than it announced"),
    "growing-size": (76, "the device sent more data than it announced"),
    "behind-final": (76, "the device sent more data than it announced"),
    "behind-window": (76, "the device sent data from behind the window"),
    "far-ahead": (76, "the device sent data from behind the window"),
    "offset-overflow": (76, "the device sent data from behind the window"),
    "endless-list": (76, "does not end"),
    "long-names": (76, "does not end"),
    "boast": (75, "the data were written, but the device did not log what is expected within"),
}
# These run with a deadline of a second, since they would otherwise take a minute, or move data for as long as they
# like.
ENDS_BY_DEADLINE = {
    "endless": (75, "not done within 1.00 s"),
    "slow-list": (75, "not done within 1.00 s"),
    "slow-empty-list": (75, "not done within 1.00 s"),
    "status-stream": (75, "not done within 1.00 s"),
}
FLOODS = [name for name in BEHAVIOURS if name.startswith("flood-")]
# The program itself takes a little more than 20 MiB.
MEMORY_LIMIT = 64 * 1024


def on_each_line(behaviour: str, folder: pathlib.Path, *options: str) -> dict[str, Outcome]:
    """Runs the program against the device on both kinds of lines, at the same time."""

    def attack(line: str) -> Outcome:
        place = folder / line
        place.mkdir()
        (place / "in.bin").write_bytes(bytes(range(256)) * 20)
        (place / "out.bin").write_bytes(b"old")
        link = ["--link", place / "board"] if line == "pty" else []
        with device(behaviour, *link) as port:
            return run(*command(behaviour, port), *options, folder=place)

    lines = ["pty", "tcp"]
    with concurrent.futures.ThreadPoolExecutor(len(lines)) as jobs:
        return dict(zip(lines, jobs.map(attack, lines)))


def left(folder: pathlib.Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.is_symlink())


def check(ends: dict[str, Outcome], folder: pathlib.Path, code: int, text: str) -> None:
    for line, end in ends.items():
        assert (end.code, text in end.errors) == (code, True), f"{line}: {end}"
        assert end.memory < MEMORY_LIMIT, f"{line}: {end}"
        # The old file is unchanged, and there is no new file.
        assert left(folder / line) == ["in.bin", "out.bin"], line
        assert (folder / line / "out.bin").read_bytes() == b"old", line


@pytest.mark.parametrize("behaviour", ENDS)
def test_ends_by_itself(behaviour, tmp_path):
    check(on_each_line(behaviour, tmp_path), tmp_path, *ENDS[behaviour])


@pytest.mark.parametrize("behaviour", ENDS_BY_DEADLINE)
def test_deadline_is_kept(behaviour, tmp_path):
    check(on_each_line(behaviour, tmp_path, "--deadline", "1s"), tmp_path, *ENDS_BY_DEADLINE[behaviour])


@pytest.mark.parametrize("behaviour", FLOODS)
def test_flood(behaviour, tmp_path):
    for line, end in on_each_line(behaviour, tmp_path, "--deadline", "5s").items():
        assert end.code in (74, 75, 76), f"{line}: {end}"
        assert end.memory < MEMORY_LIMIT, f"{line}: {end}"
        assert "\x1b" not in end.errors + end.output


def test_device_that_never_takes_an_end(tmp_path):
    for line, end in on_each_line("end-acknowledged-never", tmp_path).items():
        assert (end.code, (tmp_path / line / "out.bin").read_bytes()) == (0, bytes(range(200))), f"{line}: {end}"


def test_liar(tmp_path):
    """The device itself computes the checksum, which proves that the data arrived, not that they were kept."""
    (tmp_path / "in.bin").write_bytes(bytes(range(256)) * 20)
    with device("liar") as port:
        checked = run("write", "2", "in.bin", "--port", port, "--verify", "checksum:crc32", folder=tmp_path)
        assert (checked.code, "\nverified by checksum:crc32" in checked.errors) == (0, True), checked
        compared = run(
            "write", "2", "in.bin", "--port", port, "--verify", "readback", "--verify-from", "3",
            "--chunk-timeout", "200ms", "--retries", "1", folder=tmp_path)
        assert (compared.code, "the data were written, but not verified" in compared.errors) == (75, True), compared


def test_every_behaviour_is_tested():
    tested = {*ENDS, *ENDS_BY_DEADLINE, *FLOODS, "end-acknowledged-never", "liar"}
    assert tested == set(BEHAVIOURS)

"""Documentation/examples/results.sql with the results of boards, one of which is bad."""

import pathlib
import sqlite3

from conftest import PATIENCE, ROOT, run, start

SCRIPT = (ROOT / "Documentation/examples/results.sql").read_text()


def test_a_row_for_each_device(tmp_path: pathlib.Path):
    (tmp_path / "firmware.bin").write_bytes(b"firmware" * 100)
    (tmp_path / "good.bin").touch()
    (tmp_path / "worn.bin").touch()
    boards = []
    for name, faults in (("good", []), ("worn", ["--fault", "device:refuse=DATA_LOSS"])):
        boards.append(start("simulate", "--link", name, "--resource", f"2={name}.bin:w", *faults, cwd=tmp_path))
        while boards[-1].stdout.readline() != "ready\n":
            assert boards[-1].poll() is None, boards[-1].stderr.read()
    ports = {"good": ["--port", "good"], "both": ["--port", "good", "--port", "worn"]}
    output = {
        key: run("write", "2", "firmware.bin", *options, "--json", cwd=tmp_path).stdout for key, options in ports.items()
    }
    for board in boards:
        board.terminate()
        board.communicate(timeout=PATIENCE)

    database = sqlite3.connect(":memory:")
    # SQLite's shell has this function.
    database.create_function("readfile", 1, lambda name: (tmp_path / name).read_bytes())
    (tmp_path / "results.jsonl").write_text(output["good"])
    database.executescript(SCRIPT)
    (tmp_path / "results.jsonl").write_text(output["good"] + output["both"])
    database.executescript(SCRIPT)
    rows = database.execute("SELECT board, verdict, exit_code, bytes, error FROM results ORDER BY board, time").fetchall()
    assert rows == [("good", "pass", 0, 800, None)] * 2 + [("worn", "board", 76, 0, "device_status")]
    assert database.execute("SELECT count(*) FROM results WHERE time IS NULL OR seconds IS NULL").fetchone() == (0,)

"""README, guides, the README's script and the service state the same verdicts as the program."""

import pathlib
import re

from conftest import PATIENCE, ROOT, checked, start

README = (ROOT / "README.md").read_text()
FACTORY = (ROOT / "Documentation/factory.md").read_text()
# The program's own tests make sure that this table matches the program.
ERROR_CODES = (ROOT / "Documentation/error-codes.md").read_text()
UNIT = (ROOT / "Packaging/examples/pwtransfer-flash@.service").read_text()

VERDICTS = dict(re.findall(r"^\| (\d+) \| .* \| ([^|]+) \|$", README, re.MULTILINE))
RETRY = {code for code, verdict in VERDICTS.items() if verdict.startswith("retry")}
STATUSES = {
    status: (int(code), verdict)
    for names, code, verdict in re.findall(r"^\| (`[A-Z].*) \| (\d+) \| (\w+) \|$", FACTORY, re.MULTILINE)
    for status in re.findall(r"`(\w+)`", names)
}


def test_exit_codes_of_the_readme():
    """An exit code has no verdict in the README if the device's status decides, or the gravest of several devices."""
    rows = re.findall(r"^\| `(\w+)` \| (\d+)[^|]* \| (retry|board|station) \|", ERROR_CODES, re.MULTILINE)
    found: dict[str, set[str]] = {}
    for _, code, verdict in rows:
        found.setdefault(code, set()).add(verdict)
    assert set(found) - {"128"} == set(VERDICTS) - {"0"}
    for code, verdicts in found.items():
        assert code == "128" or verdicts == set(re.findall(r"retry|board|station", VERDICTS[code])), code


def test_retries_of_script_and_service():
    assert set(re.search(r"^    ([\d |]+)\) echo \"plug it in again", README, re.MULTILINE)[1].split(" | ")) == RETRY
    board = {code for code, verdict in VERDICTS.items() if "board" in verdict}
    assert set(re.search(r"^    ([\d |]+)\) echo \"FAIL", README, re.MULTILINE)[1].split(" | ")) == board
    assert set(re.search(r"^RestartForceExitStatus=(.*)$", UNIT, re.MULTILINE)[1].split()) == RETRY


def test_statuses_of_devices(tmp_path: pathlib.Path):
    assert len(STATUSES) == 16
    (tmp_path / "flash.bin").touch()
    (tmp_path / "firmware.bin").write_bytes(b"firmware")
    options = [
        option
        for number, status in enumerate(STATUSES, 1)
        for option in ("--resource", f"{number}=flash.bin:w", "--fault", f"device:refuse={status},resource={number}")
    ]
    board = start("simulate", "--link", "board", *options, cwd=tmp_path)
    while board.stdout.readline() != "ready\n":
        assert board.poll() is None, board.stderr.read()
    found = {}
    for number, status in enumerate(STATUSES, 1):
        # The program asks a busy device again, for some time.
        write = start("write", str(number), "firmware.bin", "--port", "board", "--retries", "1", "--json", cwd=tmp_path)
        output, _ = write.communicate(timeout=4 * PATIENCE)
        result = checked(output.splitlines()[-1])
        assert (result["error"]["status"], result["exit_code"]) == (status, write.returncode)
        found[status] = (write.returncode, result["verdict"])
    board.terminate()
    board.communicate(timeout=PATIENCE)
    assert found == STATUSES

"""The examples of the guides in which a simulated board logs, with the database that belongs to them."""

import re
from collections.abc import Callable

import pytest
from conftest import ROOT, Board, run

GUIDES = ROOT / "Documentation"
DATABASE = GUIDES / "examples" / "simulated-board.csv"


def faults(guide: str, pattern: str) -> list[str]:
    return re.findall(pattern, (GUIDES / guide).read_text(), re.MULTILINE)


def test_tokens_of_the_log_guide(make_board: Callable[..., Board]) -> None:
    (fault,) = faults("logs.md", r"--fault '(device:console=[^']*form=tokens[^']*)'")
    board = make_board("--fault", fault)
    ended = run(
        "monitor", "--port", board.port, "--token-database", DATABASE, "--expect", r"^Temperature is \d+$",
        "--timeout", "20s",
    )  # fmt: skip
    assert ended.returncode == 0, ended.stderr
    assert re.search(r"Temperature is \d+$", ended.stdout, re.MULTILINE)


@pytest.mark.parametrize(("which", "code"), [(0, 0), (1, 79)])
def test_boards_of_the_scenario_guide(make_board: Callable[..., Board], which: int, code: int) -> None:
    found = faults("scenarios.md", r'^fault = "(device:console=.*)"$')
    board = make_board("--fault", found[which])
    ended = run(
        "monitor", "--port", board.port, "--device-output=all", "--token-database", DATABASE, "--reset=rpc",
        "--expect", "^Boot OK$", "--fail-on", "^ASSERT in main.cc$", "--timeout", "20s",
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr

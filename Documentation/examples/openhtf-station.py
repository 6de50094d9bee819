"""A station of OpenHTF that writes firmware to a board, verifies it, and keeps the board's log with its record.

    python3 openhtf-station.py --config-value board_port=/dev/ttyACM0 --config-value firmware=firmware.bin

Needs `pip install openhtf pwtransfer`.
"""

import sys

import openhtf as htf
from openhtf.output.callbacks import json_factory
from openhtf.util import configuration
from openhtf.util.units import SECOND

from pwtransfer import transfer

CONF = configuration.CONF
PORT = CONF.declare("board_port", description="The port of the board, as --port of pwtransfer.")
FIRMWARE = CONF.declare("firmware", description="The file to write.")
RECORDS = CONF.declare("records", default_value="{dut_id}.json", description="The file of each board's record.")


class Board(htf.plugs.BasePlug):
    """The board on the port of the station."""

    def __init__(self) -> None:
        self.manager = transfer.Manager(PORT.value, wait="30s")


def result_of(error: transfer.Error) -> htf.PhaseResult:
    """What OpenHTF does next. What stops the station is no result of this board: it stays an error."""
    if error.verdict == "station":
        raise error
    return htf.PhaseResult.REPEAT if error.verdict == "retry" else htf.PhaseResult.FAIL_AND_CONTINUE


@htf.plug(board=Board)
@htf.measures(
    htf.Measurement("verified_by").equals("readback"),
    htf.Measurement("write_time").with_units(SECOND),
    "retransmissions",
)
@htf.PhaseOptions(repeat_limit=3)
def write_firmware(test: htf.TestApi, board: Board) -> htf.PhaseResult:
    try:
        result = board.manager.write_file(2, FIRMWARE.value, verify="readback", verify_from=3)
    except transfer.Error as error:
        test.logger.warning("%s", error)
        return result_of(error)
    test.measurements.verified_by = result.verified
    test.measurements.write_time = result.seconds
    test.measurements.retransmissions = result.transfer["retransmissions"] if result.transfer else 0
    return htf.PhaseResult.CONTINUE


@htf.plug(board=Board)
@htf.PhaseOptions(repeat_limit=3)
def keep_log(test: htf.TestApi, board: Board) -> htf.PhaseResult:
    try:
        test.attach("board.log", board.manager.read(4))
    except transfer.Error as error:
        test.logger.warning("%s", error)
        return result_of(error)
    return htf.PhaseResult.CONTINUE


def main() -> int:
    test = htf.Test(write_firmware, keep_log, test_name="board")
    test.add_output_callbacks(json_factory.OutputToJSON(RECORDS.value))
    return 0 if test.execute(test_start=lambda: "board") else 1


if __name__ == "__main__":
    sys.exit(main())

"""Writes FIRMWARE to the board at PORT, verifies it, and keeps the log of the board in LOG.

    python3 program-board.py PORT FIRMWARE LOG

Ends with 0 if the board is good, with 1 if it must be taken out, and with 2 if the station needs care.
"""

import sys

from pwtransfer import transfer


def show(stats: transfer.ProgressStats) -> None:
    print(f"{stats.phase}: {stats.bytes} of {stats.total or '?'} bytes", file=sys.stderr)


def program(port: str, firmware: str, log: str) -> int:
    board = transfer.Manager(port, wait="30s")
    for attempt in 1, 2, 3:
        try:
            board.write_file(2, firmware, show, verify="readback", verify_from=3)
            board.read_file(4, log, resume=True)
        except transfer.Error as error:
            if error.verdict == "retry":
                print(f"again {port}: {error.status} in attempt {attempt}")
                continue
            print(f"{'FAIL' if error.verdict == 'board' else 'STOP'} {port}: {error}")
            return 1 if error.verdict == "board" else 2
        print(f"PASS {port}")
        return 0
    print(f"FAIL {port}: three times")
    return 1


if __name__ == "__main__":
    sys.exit(program(*sys.argv[1:]))

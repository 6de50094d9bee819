#!/bin/sh
# Writes FIRMWARE to the board at PORT, verifies it, and keeps the log of the board in LOG: program-board.sh PORT FIRMWARE LOG
port=$1 firmware=$2 log=$3
events=$(mktemp) || exit 2
trap 'rm -f "$events"' EXIT
trap 'exit 2' HUP INT TERM

for attempt in 1 2 3; do
    pwtransfer write 2 "$firmware" --port "$port" --wait="${WAIT:-30s}" --verify readback --verify-from 3 --json >"$events" &&
        pwtransfer read 4 -o "$log" --port "$port" --resume --json >"$events"
    code=$? result=$(tail -n 1 "$events")
    case $result in
        *'"verdict":"pass"'*) echo "PASS $port" && exit 0 ;;
        *'"verdict":"retry"'*) echo "again $port: exit code $code in attempt $attempt" ;;
        *'"verdict":"board"'*) echo "FAIL $port: exit code $code" && printf '%s\n' "$result" >&2 && exit 1 ;;
        *) echo "STOP: exit code $code" && printf '%s\n' "$result" >&2 && exit 2 ;; # the station needs care, not the board
    esac
done
echo "FAIL $port: exit code $code, three times"
printf '%s\n' "$result" >&2
exit 1

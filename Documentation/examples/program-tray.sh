#!/bin/sh
# Programs a tray of boards: program-tray.sh FIRMWARE PORT...
#
# Prints PASS or FAIL for each board; those for which it may help are tried twice.
# Exit code: 0 if all boards have the firmware, 1 if one must be taken out, 2 if the station needs care, not the boards.
firmware=$1
shift

# Writes to the boards at these ports, and leaves the port and the verdict on each in the file verdicts. False if the station
# is not set up right.
program() {
    for port do
        set -- "$@" --port "$port"
        shift
    done
    # With --all one board is a tray as well, so that there is always a result for each.
    pwtransfer write 2 "$firmware" "$@" --all --baud 921600 --start-timeout 500ms --retries 1 \
        --json --progress none > results.jsonl
    sed -n '/"type":"device_result"/ s/.*"selector":"\([^"]*\)".*"verdict":"\([a-z]*\)".*/\1 \2/p' \
        results.jsonl > verdicts
    ! grep -q '"verdict":"station"' results.jsonl && grep -q '"type":"result"' results.jsonl
}

program "$@" || exit 2
# Not there, unplugged, silent: perhaps the second time. The ports have no spaces in their names.
again=$(awk '$2 == "retry" { print $1 }' verdicts)
mv verdicts all-verdicts
if [ -n "$again" ]; then
    program $again || exit 2
    # What the second attempt says comes later, and counts.
    cat verdicts >> all-verdicts
fi
awk '
    { verdict[$1] = $2 }
    END {
        for (port in verdict) {
            if (verdict[port] == "pass") print "PASS " port
            else { print "FAIL " port " (" verdict[port] ")"; failed = 1 }
        }
        exit failed
    }' all-verdicts

#!/bin/sh
# Programs a tray of boards: program-tray.sh FIRMWARE PORT...
#
# Prints PASS or FAIL for each board; those for which it may help are tried twice.
# Exit code: 0 if all boards have the firmware, 1 if one must be taken out, 2 if nothing could be done.
firmware=$1
shift

# Writes to the boards at these ports, and leaves the port and the exit code of each in the file codes.
program() {
    for port do
        set -- "$@" --port "$port"
        shift
    done
    # With --all one board is a tray as well, so that there is always a result for each.
    pwtransfer write 2 "$firmware" "$@" --all --baud 921600 --start-timeout 500ms --retries 1 \
        --json --progress none > results.jsonl
    code=$?
    sed -n '/"type":"device_result"/ s/.*"exit_code":\([0-9]*\).*"selector":"\([^"]*\)".*/\2 \1/p' \
        results.jsonl > codes
}

program "$@"
case $code in
    64 | 66 | 78) exit 2 ;; # the command line, the file or the configuration is wrong: no board was touched
esac
# Not there, unplugged, silent: perhaps the second time. The ports have no spaces in their names.
again=$(awk '$2 == 69 || $2 == 74 || $2 == 75 { print $1 }' codes)
mv codes all-codes
if [ -n "$again" ]; then
    program $again
    # What the second attempt says comes later, and counts.
    cat codes >> all-codes
fi
awk '
    { code[$1] = $2 }
    END {
        for (port in code) {
            if (code[port] == 0) print "PASS " port
            else { print "FAIL " port " (exit code " code[port] ")"; failed = 1 }
        }
        exit failed
    }' all-codes

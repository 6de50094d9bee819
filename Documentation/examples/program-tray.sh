#!/bin/sh
# Programs a tray of boards: program-tray.sh FIRMWARE PORT...
#
# Prints PASS or FAIL for each board; those for which it may help are tried twice. A port is anything that --port takes
# and that means one board.
# Exit code: 0 if all boards have the firmware, 1 if one must be taken out, 2 if the station needs care, not the boards: then
# no board has passed.
[ $# -ge 2 ] || { echo "usage: program-tray.sh FIRMWARE PORT..." >&2 && exit 2; }
firmware=$1
shift
folder=$(mktemp -d) || exit 2
trap 'rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM

# Says why nothing can be done, with the last event, which tells more.
stop() {
    echo "STOP: $1" >&2
    tail -n 1 "$folder/events" >&2
    exit 2
}

# Writes to the boards at these ports, and leaves the verdict on each in the file verdicts, in the order of the ports.
program() {
    boards=$#
    for port do
        shift
        set -- "$@" --port "$port"
    done
    pwtransfer write 2 "$firmware" "$@" --baud 921600 --start-timeout 500ms --retries 1 \
        --json --progress none > "$folder/events"
    # A quote within a text of the events has a backslash before it, so these are the fields and nothing else.
    sed -n '/"type":"device_result"/ s/.*"device":\([0-9]*\).*"verdict":"\([a-z]*\)".*/\1 \2/p' \
        "$folder/events" | sort -n | cut -d ' ' -f 2 > "$folder/verdicts"
    ! grep -q '"verdict":"station"' "$folder/events" || stop "the station is not set up right"
    results=$(wc -l < "$folder/verdicts")
    [ "$results" -eq "$boards" ] || stop "$results results for $boards boards"
}

# Tries those of the ports again for which it may help: what is not there, was unplugged, or is silent.
program_again() {
    for port do
        shift
        read -r verdict
        [ "$verdict" != retry ] || set -- "$@" "$port"
    done < "$folder/first-verdicts"
    [ $# -eq 0 ] || program "$@"
}

program "$@"
mv "$folder/verdicts" "$folder/first-verdicts"
: > "$folder/verdicts"
program_again "$@"

failed=0
exec 3< "$folder/verdicts"
for port do
    read -r verdict
    # What the second attempt says comes later, and counts.
    [ "$verdict" != retry ] || read -r verdict <&3
    if [ "$verdict" = pass ]; then
        echo "PASS $port"
    else
        echo "FAIL $port ($verdict)"
        failed=1
    fi
done < "$folder/first-verdicts"
exit $failed

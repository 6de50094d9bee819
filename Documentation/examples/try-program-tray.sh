#!/bin/sh
# Tries program-tray.sh on simulated boards, in a folder of its own: no hardware is needed.
set -eu
examples=$(cd "$(dirname "$0")" && pwd)

folder=$(mktemp -d)
simulation=
trap '[ -z "$simulation" ] || kill "$simulation" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT
trap 'exit 2' HUP INT TERM
cd "$folder"

head -c 65536 /dev/urandom > firmware.bin
: > log.bin
pwtransfer simulate --scenario "$examples/tray.toml" > boards &
simulation=$!
until grep -q '^ready$' boards; do kill -0 "$simulation"; sleep 0.1; done

# The ports, from lines such as "device good-1 port good-1".
ports=$(sed -n 's/^device .* port //p' boards)
status=0
"$examples/program-tray.sh" firmware.bin $ports > summary || status=$?
sort summary

# Three boards must be taken out; the others have the firmware, byte for byte.
[ $status -eq 1 ]
[ "$(grep -c '^PASS' summary)" -eq 5 ]
for number in 1 2 3 4 5; do cmp firmware.bin good-$number.flash; done
grep -q '^FAIL refusing (board)$' summary
grep -q '^FAIL silent (retry)$' summary
grep -q '^FAIL unplugged (retry)$' summary
echo "as expected"

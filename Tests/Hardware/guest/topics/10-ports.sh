# A board is found by what it says of itself and where it is plugged in.
. /tests/lib.sh

make_board
check "the board appears" plug
pwtransfer ports >"$files/ports"
cat "$files/ports"
check "ports names VID and PID" grep -qE '^/dev/ttyACM0 +2e8a:000a ' "$files/ports"
check "ports names maker and product" grep -q 'Raspberry Pi Pico' "$files/ports"
check "ports names the serial number" grep -q ' E6614103E7452D2F ' "$files/ports"
check "ports names the driver" grep -q ' cdc_acm$' "$files/ports"
unplug
pwtransfer ports >"$files/ports" 2>&1
check_equal "no port is left" "no serial ports" "$(cat "$files/ports")"

# A board is found by what it says of itself and where it is plugged in.
. /tests/lib.sh

by_id=/dev/serial/by-id/usb-Raspberry_Pi_Pico_E6614103E7452D2F-if00
place=platform-dummy_hcd.0-usb-0:1:1.0

make_board
start_watch
plug
seen plugged /dev/ttyACM0 "$plugged"

pwtransfer ports
pwtransfer ports --json >"$files/ports"
check_equal "ports --json: lines" "start port result" "$(jq -rs 'map(.type) | join(" ")' "$files/ports")"

# says NAME FIELD VALUE: of the only port.
says() {
    check_equal "ports --json: $1" "$3" "$(jq -r "select(.type == \"port\") | $2" "$files/ports")"
}
says "node" .node /dev/ttyACM0
says "VID and PID" '.vendor_id + ":" + .product_id' 2e8a:000a
says "maker and product" '.vendor + " " + .product' "Raspberry Pi Pico"
says "serial number" .serial_number E6614103E7452D2F
says "by-id" .by_id $by_id
says "by-path" .by_path /dev/serial/by-path/$place
says "place" .id_path $place
says "driver" .driver cdc_acm

random_file data 1000
# From version 257 on, udev makes a second link, with the version of USB in its name.
places=$place
udev=$(udevadm --version)
[ "${udev%%[!0-9]*}" -lt 257 ] || places="$place $(echo $place | sed s/usb/usbv2/)"
check_equal "the links in by-path" "$places" "$(cd /dev/serial/by-path && echo *)"

start_device
for port in usb:2e8a:000a usb:2e8a:000a:E6614103E7452D2F serial:7452D2F $by_id \
    $(for each in $places; do echo "path:$each /dev/serial/by-path/$each"; done); do
    check "read from $port" pwtransfer read 3 --port "$port" -o "$files/back"
    check "the data are the same" cmp "$files/data" "$files/back"
    rm -f "$files/back"
done
pwtransfer read 3 --port usb:2e8a:000b -o "$files/back" 2>"$files/client.err"
check_equal "no other board: exit code" 69 $?

begin=$(now)
unplug
seen unplugged /dev/ttyACM0 "$begin"
stop_watch
pwtransfer ports >"$files/ports" 2>&1
check_equal "no port is left" "no serial ports" "$(cat "$files/ports")"

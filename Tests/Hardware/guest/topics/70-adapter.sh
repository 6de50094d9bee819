# An FTDI adapter, plugged and unplugged by the host, with a simulated device behind it.
. /tests/lib.sh

plug_adapter() {
    echo "host: plug adapter" >/dev/console
    wait_until there /dev/ttyUSB0
    plugged=$(now)
    udevadm settle
}

unplug_adapter() {
    echo "host: unplug adapter" >/dev/console
    wait_until gone /dev/ttyUSB0 && udevadm settle
}

start_watch
plug_adapter
seen plugged /dev/ttyUSB0 "$plugged"
pwtransfer ports
pwtransfer ports --json >"$files/ports"
check_equal "ports --json" "/dev/ttyUSB0 0403:6001 ftdi_sio" \
    "$(jq -r 'select(.type == "port") | .node + " " + .vendor_id + ":" + .product_id + " " + .driver' "$files/ports")"

random_file data 16384
check "write" pwtransfer write 2 "$files/data" --port /dev/ttyUSB0
check "read at a customary rate" pwtransfer read 2 --port /dev/ttyUSB0 --baud 921600 -o "$files/back"
check "the data are the same" cmp "$files/data" "$files/back"
check "read at a rate of one's own" pwtransfer read 2 --port /dev/ttyUSB0 --baud 250000 -o "$files/back"
check "the data are the same" cmp "$files/data" "$files/back"

# The driver takes it without a word, and sets 9600.
pwtransfer read 2 --port /dev/ttyUSB0 --baud 12000000 -o "$files/back" 2>"$files/client.err"
check_equal "a rate that it cannot do: exit code" 64 $?
check_contains "a rate that it cannot do: told" "does not do 12000000 baud; its driver set 9600" "$files/client.err"

timer=/sys/class/tty/ttyUSB0/device/latency_timer
start_client read 2 --port /dev/ttyUSB0 -o "$files/back" --min-delay 50ms
check "low latency while in use" wait_until grep -qx 1 $timer
wait_until moved 10
begin=$(now)
unplug_adapter
seen unplugged /dev/ttyUSB0 "$begin"
end_client
check_equal "unplugged: exit code" 74 "$status"
check_within "unplugged: time to the end" 100 $((end - begin))
plug_adapter
check "the adapter comes back as ttyUSB0" there /dev/ttyUSB0
seen plugged /dev/ttyUSB0 "$plugged"
stop_watch
latency=$(cat $timer)
pwtransfer read 2 --port /dev/ttyUSB0 -o "$files/back" 2>/dev/null
check "and works" cmp "$files/data" "$files/back"
check_equal "the latency is put back" "$latency" "$(cat $timer)"
unplug_adapter

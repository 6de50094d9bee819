# Another program keeps the board's old number, so that the board comes back as another node.
. /tests/lib.sh

make_board
plug
random_file data 262144
start_device --min-delay 4ms

start_client read 3 --port /dev/ttyACM0 -o "$files/back"
wait_until moved 50
keep_number
come_back_renumbered
check "the board comes back as ttyACM1" there /dev/ttyACM1
end_client
check_equal "the read of the old node has ended" 74 "$status"
check_equal "the new node is the board" "/dev/ttyACM1 E6614103E7452D2F" \
    "$(pwtransfer ports --json | jq -r 'select(.type == "port") | .node + " " + .serial_number')"
for port in /dev/serial/by-id/usb-Raspberry_Pi_Pico_E6614103E7452D2F-if00 serial:E6614103E7452D2F; do
    check "$port leads there" pwtransfer read 3 --port $port -o "$files/back"
    check "the data are the same" cmp "$files/data" "$files/back"
    rm -f "$files/back"
done
stop "$keeper"
stop_device

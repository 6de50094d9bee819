# Another program keeps the board's old number, so that the board comes back as another node.
. /tests/lib.sh

make_board
plug
random_file data 262144
start_device --min-delay 4ms

# keep_number: as a program that has not noticed; `$keeper` is its process.
keep_number() {
    sleep 60 </dev/ttyACM0 &
    keeper=$!
}

# come_back: out and in again; the device at the board's end starts anew.
come_back() {
    pull
    wait_until gone /dev/ttyACM0
    wait_until ended "$device"
    plug /dev/ttyACM1
    start_device "$@"
}

keep_number
start_client read 3 --port /dev/ttyACM0 -o "$files/back"
wait_until moved 50
come_back
check "the board comes back as ttyACM1" there /dev/ttyACM1
end_client
check_equal "the read of the old node has ended" 74 "$status"
check "the new node is the board" sh -c 'pwtransfer ports | grep -q "^/dev/ttyACM1 .* E6614103E7452D2F "'
check "the link by serial number leads there" \
    pwtransfer read 3 --port /dev/serial/by-id/usb-Raspberry_Pi_Pico_E6614103E7452D2F-if00 -o "$files/back"
check "the data are the same" cmp "$files/data" "$files/back"
kill "$keeper"
stop_device

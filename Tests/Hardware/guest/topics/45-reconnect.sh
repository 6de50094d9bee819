# With --reconnect: the board is pulled at half of a transfer and comes back as another node.
. /tests/lib.sh

make_board
plug
random_file data 262144

# leave: ends the device, and plugs the board in again as ttyACM0.
leave() {
    stop_device
    unplug /dev/ttyACM1
    stop "$keeper"
    plug
}

# A read asks for no pause of its own accord.
export PWTRANSFER_MIN_DELAY=4ms
start_device --min-delay 4ms
start_client read 3 --port /dev/ttyACM0 -o "$files/back" --reconnect
wait_until moved 50
keep_number
come_back_renumbered
end_client
check_equal "a read goes on: exit code" 0 "$status"
check "a read goes on: the data are the same" cmp "$files/data" "$files/back"
check_contains "a read goes on: lost" "/dev/ttyACM0 was disconnected at " "$files/client.err"
check_contains "a read goes on: back" "the device is back as /dev/ttyACM1" "$files/client.err"
check_contains "a read goes on: from where it was" "going on at offset " "$files/client.err"
cat "$files/client.err"
leave

start_device --min-delay 4ms --no-offset
start_client read 3 --port /dev/ttyACM0 -o "$files/back" --reconnect
wait_until moved 50
keep_number
come_back_renumbered --no-offset
end_client
check_equal "a read starts over: exit code" 0 "$status"
check "a read starts over: the data are the same" cmp "$files/data" "$files/back"
check_contains "a read starts over: told" "starting over: the device cannot begin at offset " "$files/client.err"
leave

start_device --min-delay 4ms
start_client write 2 "$files/data" --port /dev/ttyACM0 --reconnect
wait_until moved 30
keep_number
come_back_renumbered
end_client
check_equal "a write starts over: exit code" 0 "$status"
check "a write starts over: the data are the same" cmp "$files/data" "$files/flash"
check_contains "a write starts over: told" "starting over: " "$files/client.err"
leave

rm -f "$files/flash"
start_device --min-delay 4ms --resource-status --keep-interrupted
start_client write 2 "$files/data" --port /dev/ttyACM0 --reconnect
wait_until moved 50
keep_number
come_back_renumbered --resource-status --keep-interrupted
end_client
check_equal "a write goes on: exit code" 0 "$status"
check "a write goes on: the data are the same" cmp "$files/data" "$files/flash"
check_contains "a write goes on: from where it was" "going on at offset " "$files/client.err"
cat "$files/client.err"
leave

start_device --min-delay 4ms
start_client read 3 --port /dev/ttyACM0 -o "$files/back" --reconnect=500ms
wait_until moved 10
pull
end_client
check_equal "a board that stays away: exit code" 74 "$status"
check_contains "a board that stays away: told" "it did not come back" "$files/client.err"

# A MiB each way over cdc_acm, byte for byte.
. /tests/lib.sh

make_board
plug
random_file data 1048576
start_device --min-delay 0 --window 32KiB
check "read" pwtransfer read 3 --port /dev/ttyACM0 -o "$files/back"
echo "    $(echo "$check_output" | tail -1)"
check "what was read is what the device has" cmp "$files/data" "$files/back"
check "write" pwtransfer write 2 "$files/data" --port /dev/ttyACM0
echo "    $(echo "$check_output" | tail -1)"
check "what was written is what the device has" cmp "$files/data" "$files/flash"
check "the only port needs no name" pwtransfer read 3 -o "$files/again"
check "the same again" cmp "$files/data" "$files/again"
stop_device

# How a board is restarted by its lines and by the 1200-baud touch, as seen on USB.
. /tests/lib.sh

make_board
plug
random_file data 2000
start_device

# reset METHOD LINES: which settings of the lines the board gets; the first 0003 is the kernel's, at opening.
reset() {
    record
    check "reset by $1" pwtransfer reset --method "$1" --port /dev/ttyACM0
    stop_record
    check_equal "lines of a reset by $1" "$2" "$(lines)"
}

reset dtr "0003 0002 0003 0002 "
# RTS is asserted already: only its release is news.
reset rts "0003 0002 0000 "
reset dtr-rts "0003 0000 0003 0000 "

check "reset by RPC" pwtransfer reset --port /dev/ttyACM0

record
check "a board that does not watch the rate" sh -c 'pwtransfer reset --method touch1200 --port /dev/ttyACM0; [ $? -eq 76 ]'
stop_record
check "it was told 1200 baud" sh -c "echo '$(codings | tr '\n' ' ')' | grep -q b0040000000008"
check_equal "lines of the touch" "0003 0002 " "$(lines)"

# The driver tells the board of changes alone, so the touch begins with a line that is asserted.
record
check "the touch of a board whose DTR is released" \
    sh -c 'pwtransfer reset --method touch1200 --dtr off --port /dev/ttyACM0; [ $? -eq 76 ]'
stop_record
check_equal "lines of this touch" "0003 0002 0003 0002 " "$(lines)"

touched() { codings | grep -q b0040000000008; }

# The bootloader is another product, has another serial number, and its port another name.
record
start_client write 2 "$files/data" --port /dev/ttyACM0 --reset touch1200
wait_until touched
keep_number
pull
wait_until gone /dev/ttyACM0
wait_until ended "$device"
echo 0x0003 >"$gadget/idProduct"
echo "BOOT" >"$gadget/strings/0x409/serialnumber"
plug /dev/ttyACM1
start_device
end_client
stop_record
check_equal "a write to the bootloader: exit code" 0 "$status"
check "a write to the bootloader: the data are the same" cmp "$files/data" "$files/flash"
cat "$files/client.err"
stop "$keeper"
stop_device

# The lines beside those for data, and breaks, as a program has them from the library: read, set, and seen at the other side.
. /tests/lib.sh

make_board
plug

# shows LINES: those that are asserted at our end of the board's line.
shows() { [ "$(LineWorker /dev/ttyACM0 show)" = "$1" ]; }

# The class has no CTS: the driver says that it is always there.
check "nobody at the board's end" wait_until shows "dtr rts cts"
sleep $((60 * patience)) 3</dev/ttyGS0 &
holder=$!
check "DSR and DCD come with the board's program" wait_until shows "dtr rts cts dsr dcd"
stop $holder
check "and go with it" wait_until shows "dtr rts cts"

record
check_equal "lines as they are set, and read back" "dtr rts cts;rts cts;cts;rts cts;dtr rts cts;" \
    "$(LineWorker /dev/ttyACM0 show dtr=off show rts=off show rts=on show dtr=on show | tr '\n' ';')"
stop_record
check_equal "the board sees them so" "0003 0002 0000 0002 0003 " "$(lines)"
check_equal "a break that the board does not understand" \
    "cannot send a break to /dev/ttyACM0: Operation not supported" "$(LineWorker /dev/ttyACM0 break)"

# The other way, by notifications of the class (PSTN 1.2, section 6.5.4): DCD in bit 0, DSR in bit 1, a break in bit 2.
states() { sed -n 's/.* C Ii:.* = a1200000 00000200 \(..\)00$/\1/p' "$files/usb" | tr '\n' ' '; }
keep_number
record
check_equal "a break from the board's end" "" "$(LineWorker /dev/ttyGS0 break)"
stop_record
stop "$keeper"
check_equal "it begins and ends between the two that tell of the board's program" "03 07 03 00 " "$(states)"

echo "host: plug adapter" >/dev/console
wait_until there /dev/ttyUSB0
udevadm settle
# requests NUMBER: the values of such requests to the adapter (as its driver names them: 1 SET_MODEM_CTRL, 4 SET_DATA).
requests() { sed -n "s/.* S Co:.* s 40 0$1 \(....\) .*/\1/p" "$files/usb" | tr '\n' ' '; }
record
check_equal "the lines of an adapter" "dtr rts cts dsr dcd;rts cts dsr dcd;" \
    "$(LineWorker /dev/ttyUSB0 show dtr=off show rts=off dtr=on rts=on break | tr '\n' ';')"
stop_record
# In the upper half, which of them is meant: 1 DTR, 2 RTS.
requests 1 >"$files/requests"
check_contains "the adapter sees them" "0100 0200 0101 0202 " "$files/requests"
check_equal "and the break, with eight bits" "0008 4008 0008 " "$(requests 4)"
echo "host: unplug adapter" >/dev/console
wait_until gone /dev/ttyUSB0

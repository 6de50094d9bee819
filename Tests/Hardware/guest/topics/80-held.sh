# Another program has the port. We must tell who, keep off, and not take a byte of what that program gets.
. /tests/lib.sh

# busy NAME HOLDER: tried as root and as a member of the group.
busy() {
    pwtransfer read 3 --port /dev/ttyACM0 -o "$files/back" 2>"$files/client.err"
    check_equal "$1, as root: exit code" 75 $?
    check_contains "$1, as root: the holder" "in use by $2" "$files/client.err"
    as visitor $dialout pwtransfer read 3 --port /dev/ttyACM0 -o - 2>"$files/client.err" >"$files/back"
    check_equal "$1, as a user: exit code" 75 $?
    check_contains "$1, as a user: the holder" "in use by $2" "$files/client.err"
}

make_board
plug
random_file data 65536

# The device sleeps meanwhile, so that the first one is not through before the others were turned away.
# A read asks for no pause of its own accord.
export PWTRANSFER_MIN_DELAY=4ms
start_device --min-delay 4ms
start_client read 3 --port /dev/ttyACM0 -o "$files/first" --chunk-timeout 30s
wait_until moved 10
kill -STOP "$device"
busy "a second pwtransfer" "pwtransfer (process $client)"
kill -CONT "$device"
end_client
check_equal "the first one goes on to its end" 0 "$status"
check "and has the data" cmp "$files/data" "$files/first"

start_client read 3 --port /dev/ttyACM0 -o "$files/first"
wait_until moved 10
stop "$client" KILL
check "free after the first one was killed" pwtransfer read 3 --port /dev/ttyACM0 -o "$files/back"
stop_device

# print_lines: at the board's end, until told to stop.
print_lines() {
    line=0
    until [ -e "$files/enough" ]; do
        line=$((line + 1))
        echo "line $line"
        usleep 10000
    done >/dev/ttyGS0
    seq $line | sed 's/^/line /' >"$files/printed"
}

# keeps_all NAME HOLDER LOG: while the board prints, others try the port.
keeps_all() {
    stty -F /dev/ttyGS0 raw -echo
    rm -f "$files/enough"
    print_lines &
    printer=$!
    busy "$1" "$2"
    touch "$files/enough"
    wait $printer
    wait_until grep -q "^$(tail -1 "$files/printed")" "$3"
    tr -d '\r' <"$3" | grep '^line' >"$files/seen"
    check "$1 has every line" cmp "$files/printed" "$files/seen"
}

# In a session of its own, since it ends its whole process group.
setsid picocom --quiet --logfile "$files/picocom.log" /dev/ttyACM0 </dev/tty1 >/dev/tty1 2>&1 &
holder=$!
pause 70
keeps_all "picocom" "picocom (process $holder)" "$files/picocom.log"
stop $holder

tio --log --log-file "$files/tio.log" /dev/ttyACM0 </dev/tty1 >/dev/tty1 2>&1 &
holder=$!
pause 70
keeps_all "tio" "tio (process $holder)" "$files/tio.log"
stop $holder

# Leaves a lock file of the old kind, which must not count once the program is gone.
microcom -s 115200 /dev/ttyACM0 </dev/tty1 >"$files/microcom.log" 2>/dev/null &
holder=$!
pause 70
keeps_all "microcom" "microcom (process $holder)" "$files/microcom.log"
stop $holder KILL
start_device
check "a stale lock file is no obstacle" pwtransfer read 3 --port /dev/ttyACM0 -o "$files/back"
stop_device

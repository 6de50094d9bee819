# The board is pulled in the middle. The client must notice at once, whatever it waits for, and let go of the port: the
# board comes back under its old name only then.
. /tests/lib.sh

limit=100

# after_unplug NAME: what must hold once the board was pulled at the time $begin.
after_unplug() {
    end_client
    check_equal "$1: exit code" 74 "$status"
    check_within "$1: time to the end" $limit $((end - begin))
    check_contains "$1: told" "was disconnected" "$files/client.err"
    wait_until ended "$device"
    check_equal "$1: no process is left" "" "$(pidof pwtransfer)"
    check_equal "$1: no file is left" "" "$(find "$files" -name '*part*')"
    wait_until gone /dev/ttyACM0
    check "$1: the board comes back as ttyACM0" plug
    check_equal "$1: there is no other port" "/dev/ttyACM0" "$(echo /dev/ttyACM*)"
}

make_board
plug
random_file data 262144

# A read asks for no pause of its own accord.
export PWTRANSFER_MIN_DELAY=4ms
start_device --min-delay 4ms
start_client read 3 --port /dev/ttyACM0 -o "$files/back"
wait_until moved 50
begin=$(now)
pull
after_unplug "amid a read"

start_device --min-delay 4ms
start_client write 2 "$files/data" --port /dev/ttyACM0
wait_until moved 30
begin=$(now)
pull
after_unplug "amid a write"

start_device --min-delay 4ms
start_client read 3 --port /dev/ttyACM0 -o "$files/back"
wait_until moved 10
kill -STOP "$device"
pause 30
begin=$(now)
pull
kill -CONT "$device"
after_unplug "amid silence"

# The device has room for everything and takes nothing, so that all queues on the way are full.
start_device --window 1MiB
kill -STOP "$device"
start_client read 3 --port /dev/ttyACM0 -o "$files/back"
wait_until opened "$client"
pause 30
begin=$(now)
pull
kill -CONT "$device"
after_unplug "before any answer"

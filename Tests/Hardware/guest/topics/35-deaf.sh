# Nobody listens at the board's end, so the board takes nothing. close(2) would wait 31 s for it, and the client must not.
. /tests/lib.sh

make_board
plug
random_file data 65536

timeout -s KILL 4 dd if="$files/data" of=/dev/ttyACM0 bs=64 count=1 >/dev/null 2>&1
check_equal "here a simple program hangs" 137 $?
unplug
plug

# got_term PROCESS: no SIGTERM, which is bit 14, waits for it.
got_term() { grep -q '^ShdPnd:.*[012389ab]...$' "/proc/$1/status"; }

# ends NAME CODE LIMIT: the client, told to stop at the time $begin.
ends() {
    end_client
    check_equal "$1: exit code" "$2" "$status"
    check_within "$1: time to the end" "$3" $((end - begin))
    check_equal "$1: no process is left" "" "$(pidof pwtransfer)"
}

# Shells let what runs in the background ignore SIGINT.
for signal in TERM:143 HUP:129; do
    start_client write 2 "$files/data" --port /dev/ttyACM0
    wait_until opened "$client"
    pause 30
    begin=$(now)
    kill -"${signal%:*}" "$client"
    ends "SIG${signal%:*}" "${signal#*:}" 200
done

start_client write 2 "$files/data" --port /dev/ttyACM0
wait_until opened "$client"
pause 30
kill -TERM "$client"
# The client ends by itself 0.3 s later.
wait_until got_term "$client"
kill -HUP "$client"
begin=$(now)
ends "a second signal" 129 50

begin=$(now)
start_client write 2 "$files/data" --port /dev/ttyACM0 --start-timeout 500ms --retries 1
ends "no answer" 75 1000

start_client write 2 "$files/data" --port /dev/ttyACM0
wait_until opened "$client"
pause 30
begin=$(now)
pull
ends "unplugged" 74 100
wait_until gone /dev/ttyACM0
check "the board comes back as ttyACM0" plug

start_device
check "and works" pwtransfer write 2 "$files/data" --port /dev/ttyACM0
check "and has the file" cmp "$files/data" "$files/flash"
stop_device

# For all topics: results, the board, the client. Sourced by busybox's sh.

dialout=20

gadget=/sys/kernel/config/usb_gadget/board
files=/tmp/files
mkdir -p "$files"

# --- results

ok() { echo "ok $1" | tee -a /run/results; }

# failed NAME [DETAIL...]
failed() {
    echo "FAILED $1" | tee -a /run/results
    shift
    [ $# -eq 0 ] || printf '%s\n' "$@" | sed 's/^/    /'
}

# check NAME COMMAND...: the command must succeed; what it prints is shown if not.
check() {
    check_name=$1
    shift
    if check_output=$("$@" 2>&1); then ok "$check_name"; else failed "$check_name" "$* failed:" "$check_output"; fi
}

# check_equal NAME EXPECTED ACTUAL
check_equal() {
    if [ "$2" = "$3" ]; then ok "$1"; else failed "$1" "expected: $2" "     got: $3"; fi
}

# check_contains NAME TEXT FILE
check_contains() {
    if grep -qF -e "$2" "$3"; then ok "$1"; else failed "$1" "missing: $2" "in: $(cat "$3")"; fi
}

# check_within NAME LIMIT TIME: in hundredths of a second.
check_within() {
    check_limit=$(($2 * patience))
    if [ "$3" -le $check_limit ]; then
        ok "$1 ($(seconds "$3") s)"
    else
        failed "$1" "took $(seconds "$3") s, may take $(seconds $check_limit) s"
    fi
}

# --- time, in hundredths of a second since the start

now() {
    read -r now_uptime _ </proc/uptime
    echo "${now_uptime%.*}${now_uptime#*.}"
}

seconds() { printf '%d.%02d' $(($1 / 100)) $(($1 % 100)); }

# pause TIME: for what cannot be waited for.
pause() { usleep $(($1 * 10000 * patience)); }

# wait_until COMMAND...: until it succeeds, at most 20 s, longer where patience is needed.
wait_until() {
    wait_end=$(($(now) + 2000 * patience))
    until "$@" >/dev/null 2>&1; do
        [ "$(now)" -lt $wait_end ] || return 1
        usleep 10000
    done
}

there() { [ -e "$1" ]; }
gone() { [ ! -e "$1" ]; }
# A process whose status nobody has taken yet has ended, too.
ended() { ! grep -q '^State:.[^Z]' "/proc/$1/status"; }

# stop PROCESS [SIGNAL]: ends it and waits for its end, about which the shell must print nothing.
stop() {
    kill -"${2:-TERM}" "$1"
    wait "$1" 2>/dev/null
}

# --- the board: a USB gadget in this kernel, on a controller that is wired to itself. Its own end is /dev/ttyGS0.

make_board() {
    mkdir "$gadget"
    echo 0x2e8a >"$gadget/idVendor"
    echo 0x000a >"$gadget/idProduct"
    mkdir "$gadget/strings/0x409" "$gadget/configs/c.1" "$gadget/functions/acm.usb0"
    echo "Raspberry Pi" >"$gadget/strings/0x409/manufacturer"
    echo "Pico" >"$gadget/strings/0x409/product"
    echo "E6614103E7452D2F" >"$gadget/strings/0x409/serialnumber"
    ln -s "$gadget/functions/acm.usb0" "$gadget/configs/c.1/"
}

# plug [NODE]: the board appears, as ttyACM0 unless told otherwise; `$plugged` is the time when the kernel has its node.
plug() {
    echo dummy_udc.0 >"$gadget/UDC"
    wait_until there "${1:-/dev/ttyACM0}"
    plugged=$(now)
    udevadm settle
    there "${1:-/dev/ttyACM0}"
}

# pull [NODE]: at once; what the system does then takes its time.
pull() { echo >"$gadget/UDC"; }

unplug() {
    pull
    wait_until gone "${1:-/dev/ttyACM0}" && udevadm settle
}

# start_device [OPTIONS]: the simulated device at the board's end; `$device` is its process.
start_device() {
    pwtransfer simulate --quiet --device /dev/ttyGS0 --resource 2="$files/flash:w" --resource 3="$files/data" "$@" \
        >"$files/device.out" 2>&1 &
    device=$!
    wait_until grep -q '^ready' "$files/device.out"
}

stop_device() { stop "$device"; }

# keep_number: another program keeps the number of the board's node, as one that knows no locks (root is let in) and does
# not notice; `$keeper` is its process.
keep_number() {
    sleep $((60 * patience)) 3</dev/ttyACM0 &
    keeper=$!
    wait_until opened $keeper
}

# come_back_renumbered [OPTIONS]: out and in again, as ttyACM1; the device at the board's end starts anew.
come_back_renumbered() {
    pull
    wait_until gone /dev/ttyACM0
    wait_until ended "$device"
    plug /dev/ttyACM1
    start_device "$@"
}

# --- what the board is told

# The requests of class CDC (PSTN 1.2, section 6.3), as usbmon shows them: type 21, then 20 for the line coding, whose
# first four bytes are the rate, or 22 for the lines, with DTR in bit 0 and RTS in bit 1 of the value.
record() {
    cat /sys/kernel/debug/usb/usbmon/0u >"$files/usb" &
    recorder=$!
    pause 10
}
stop_record() {
    pause 20
    stop $recorder
}
codings() { sed -n 's/.* S Co:.* s 21 20 .* = \([0-9a-f]*\) \([0-9a-f]*\)$/\1\2/p' "$files/usb"; }
lines() { sed -n 's/.* S Co:.* s 21 22 \(....\) .*/\1/p' "$files/usb" | tr '\n' ' '; }

# --- the client

# start_client COMMAND...: in the background; `$client` is its process, its words are in client.err.
start_client() {
    pwtransfer "$@" >"$files/client.out" 2>"$files/client.err" &
    client=$!
}

# moved PERCENT: the client has moved that much, by its last line of progress.
moved() { [ "$(sed -n 's/^\([0-9]*\) %,.*/\1/p' "$files/client.err" | tail -n 1)" -ge "$1" ]; }

# opened PROCESS: it has a port.
opened() {
    for opened_file in "/proc/$1/fd"/*; do
        case $(readlink "$opened_file") in /dev/tty[AU]*) return 0 ;; esac
    done
    return 1
}

# end_client: waits for its end, as long as `wait_until`; sets `$status`, and `$end`, the time. Where a client hangs is shown
# by the kernel's list of tasks.
end_client() {
    (
        sleep $((20 * patience))
        cat "$files/client.err"
        echo t >/proc/sysrq-trigger
        dmesg | grep -A 25 "task:pwtransfer"
        kill -KILL "$client"
    ) 2>/dev/null &
    end_watch=$!
    wait "$client" 2>/dev/null
    status=$?
    end=$(now)
    stop $end_watch 2>/dev/null
}

# --- ports --watch

# start_watch: notes when which line came, in hundredths of a second.
start_watch() {
    pwtransfer ports --watch --json 2>&1 | while read -r watch_line; do
        echo "$(now) $watch_line"
    done >"$files/watch" &
    wait_until grep -q '"type":"start"' "$files/watch"
    pause 20
}

stop_watch() {
    for watch_process in $(pidof pwtransfer); do
        ! grep -qa watch "/proc/$watch_process/cmdline" || kill "$watch_process"
    done
}

# seen TYPE NODE SINCE: the watch has told of it within a second.
seen() {
    seen_line="\"node\":\"$2\".*\"type\":\"$1\""
    if wait_until grep -q "$seen_line" "$files/watch"; then
        seen_at=$(grep "$seen_line" "$files/watch" | tail -1 | cut -d' ' -f1)
        check_within "ports --watch: $2 $1" 100 $((seen_at - $3))
    else
        failed "ports --watch: $2 $1" "$(cat "$files/watch")"
    fi
}

# as USER GROUPS COMMAND...: GROUPS are the numbers of further groups, or nothing.
as() {
    as_user=$(id -u "$1")
    as_groups=${2:-$as_user}
    shift 2
    # Not busybox's, which cannot change the user.
    /usr/bin/setpriv --reuid "$as_user" --regid "$as_user" --groups "$as_groups" "$@"
}

random_file() { head -c "$2" /dev/urandom >"$files/$1"; }

# --- the end of a topic: nothing of it stays

tidy() {
    for tidy_process in $(pidof pwtransfer); do kill -9 "$tidy_process"; done
    [ ! -d "$gadget" ] || {
        echo >"$gadget/UDC"
        rm "$gadget/configs/c.1/acm.usb0"
        rmdir "$gadget/configs/c.1" "$gadget/functions/acm.usb0" "$gadget/strings/0x409" "$gadget"
    } 2>/dev/null
    wait_until gone /dev/ttyACM0
    rm -rf "$files"
}
trap tidy EXIT

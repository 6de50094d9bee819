# Who may use the port, by Debian's rules and by ours.
. /tests/lib.sh

read_board() { as "$1" "$2" pwtransfer read 3 --port /dev/ttyACM0 -o - >"$files/back"; }

# refused NAME USER
refused() {
    read_board "$2" "" 2>"$files/client.err"
    check_equal "$1: exit code" 77 $?
    check_contains "$1: the cause" "permission denied" "$files/client.err"
    check_contains "$1: the group" "dialout" "$files/client.err"
    check_contains "$1: what to try" "adduser" "$files/client.err"
}

# sits USER: writes what logind writes when a user comes to the screen. There is no logind here; the rest is udev's.
sits() {
    mkdir -p /run/systemd/seats
    printf 'IS_SEAT0=1\nACTIVE=1\nACTIVE_UID=%d\n' "$(id -u "$1")" >/run/systemd/seats/seat0
}

# changes: logind does the same for all devices with the tag when somebody else comes to the screen.
changes() {
    udevadm trigger --action=change /dev/ttyACM0
    udevadm settle
}

is_for() { getfacl --numeric --absolute-names /dev/ttyACM0 | grep -qx "user:$(id -u "$1"):rw-"; }
is_not_for() { ! is_for "$1"; }

make_board
plug
random_file data 2000
start_device

check_equal "the node" "root dialout 660" "$(stat -c '%U %G %a' /dev/ttyACM0)"
udevadm info --query=property /dev/ttyACM0 >"$files/properties"
check "the port has the tag uaccess" grep -q '^CURRENT_TAGS=.*:uaccess:' "$files/properties"
check "the port is not for ModemManager" grep -qx 'ID_MM_DEVICE_IGNORE=1' "$files/properties"
board=$(dirname "$(dirname "$(readlink -f /sys/class/tty/ttyACM0/device)")/.")
check "the board is not for ModemManager" \
    sh -c "udevadm info --query=property '$board' | grep -qx ID_MM_DEVICE_IGNORE=1"

refused "an ordinary user" visitor
check "a member of dialout" read_board visitor $dialout
check "has the data" cmp "$files/data" "$files/back"

sits engineer
changes
check "the port is the engineer's" is_for engineer
check "and not the visitor's" is_not_for visitor
check "the engineer at the seat" read_board engineer ""
check "has the data" cmp "$files/data" "$files/back"
refused "the visitor beside the seat" visitor

sits visitor
changes
refused "the engineer who has left the seat" engineer
check "the visitor at the seat" read_board visitor ""
stop_device
unplug

sits engineer
plug
check "the engineer has the port of a board that is plugged in later" is_for engineer
unplug

# A device that the rules do not name.
echo 0x1d6b >"$gadget/idVendor"
echo 0x0104 >"$gadget/idProduct"
plug
check "another device has no tag" sh -c '! udevadm info --query=property /dev/ttyACM0 | grep -e uaccess -e ID_MM_DEVICE'
check "another device is not for the seat" is_not_for engineer
rm -r /run/systemd

# What the board is told about rate, DTR and RTS, as seen on USB.
. /tests/lib.sh

make_board
plug
random_file data 2000
start_device

record
: </dev/ttyACM0
stop_record
check_equal "a simple program raises both lines and drops them" "0003 0000 " "$(lines)"

# 8 data bits, no parity, 1 stop bit are the last three bytes, backwards.
for rate in 115200:00c20100 250000:90d00300 3000000:c0c62d00; do
    record
    check "read at ${rate%:*}" pwtransfer read 3 --port /dev/ttyACM0 --baud "${rate%:*}" -o "$files/back"
    stop_record
    check "the board was told ${rate%:*}, 8N1" sh -c "echo '$(codings | tr '\n' ' ')' | grep -q '${rate#*:}000008'"
done

# told NAME LINES OPTION...: which settings of the lines the board gets, from opening to closing.
told() {
    told_name=$1
    told_lines=$2
    shift 2
    record
    check "read with $told_name" pwtransfer read 3 --port /dev/ttyACM0 -o "$files/back" "$@"
    stop_record
    check_equal "lines with $told_name" "$told_lines" "$(lines)"
}

# The first 0003 is the kernel's, at opening. After the last there is none: closing leaves the lines alone.
told "no options" "0003 "
told "--dtr off" "0003 0002 " --dtr off
told "--rts off" "0003 0001 " --rts off
told "both off" "0003 0002 0000 " --dtr off --rts off
told "both on" "0003 " --dtr on --rts on

stty -F /dev/ttyACM0 9600
pwtransfer read 3 --port /dev/ttyACM0 --baud 250000 -o "$files/back" 2>/dev/null
check_equal "the rate is put back" 9600 "$(stty -F /dev/ttyACM0 speed)"
check "and closing will not drop DTR" sh -c 'stty -F /dev/ttyACM0 -a | grep -q -e -hupcl'
stop_device

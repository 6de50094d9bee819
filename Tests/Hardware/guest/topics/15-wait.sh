# A client that is started first waits for its board, and for the moment after which an ordinary user may open it.
. /tests/lib.sh

make_board
random_file data 1000
as visitor $dialout pwtransfer read 3 --port serial:E6614103E7452D2F --wait=20s -o - \
    >"$files/back" 2>"$files/client.err" &
client=$!
check "it says that it waits" wait_until grep -q wait "$files/client.err"
plug
start_device
end_client
check_equal "exit code" 0 "$status"
check "the data are the same" cmp "$files/data" "$files/back"
stop_device
unplug

pwtransfer read 3 --port serial:E6614103E7452D2F --wait=300ms -o "$files/back" 2>"$files/client.err"
check_equal "no board comes: exit code" 69 $?

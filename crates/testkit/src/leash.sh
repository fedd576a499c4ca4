# sh -c THIS leash SIGNAL PROGRAM ARGUMENT...: runs PROGRAM and sends it SIGNAL when standard input ends,
# which the end of the process that holds the other side brings about, however that process ends.
signal=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
program=$!
(read -r _ <&3; kill -s "$signal" "$program") &
watch=$!
exec 3<&-
wait "$program"
status=$?
kill "$watch" 2>/dev/null
exit "$status"

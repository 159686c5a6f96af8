#!/bin/bash
# The demo: every step is done once, whatever cut it short, and the second call only answers.
. tests/cli/lib.bash
builder=$root/build/release/huse-demo-emoji
ws=$HUSE_TUI_DATA/catalogues/emoji

cp -L "$huse" ./alone
./alone demo >.out 2>.err </dev/null
code=$?
[ $code = 1 ] && ok "without the program that draws" || not_ok "without the program that draws" "exit $code: $(cat .err)"
err=$(cat .err)
says err "make demo" "it says what installs it"
rm -rf "$HUSE_TUI_DATA"

if [ ! -x "$builder" ] || ! "$builder" all >.out 2>.err; then
    skip "the rest of the demo (no font or Unicode data: $(head -n 1 .err))"
    finish
fi
n=$(cat .out)
[ "$n" -gt 1500 ] && [ "$(ls all/images | wc -l)" = "$n" ] && [ "$(wc -l <all/emoji.csv)" = $((n + 1)) ] &&
    ok "a picture and a line of each emoji" || not_ok "a picture and a line of each emoji" "$n"
code 0 "they import" import all/emoji.csv -o whole --json
check "each with picture, text and class" 'j["added"] == '"$n"' and not j["without_image"] and not j["without_text"] and not j["without_class"]'

# Killed while it draws
"$huse" demo </dev/null >.out 2>.err &
sleep .3
kill -9 $!
wait $! 2>/dev/null
run doctor --json
check "doctor names the folder and knows that it is not done" 'j["demo_workspace"] == "'"$ws"'" and j["demo_workspace_there"] is False'

# A part of it, as if it had been drawn, and a run with other settings
rm -rf "$ws/source"
mkdir -p "$ws/source/images"
awk 'NR == 1 || NR % 25 == 0' all/emoji.csv >"$ws/source/emoji.csv"
cut -d, -f1 "$ws/source/emoji.csv" | sed 1d | while read -r id; do cp "all/images/$id.png" "$ws/source/images/"; done
code 0 "what is there can be imported by hand" import "$ws/source/emoji.csv" -o "$ws"
code 0 "and trained with other settings" train "$ws" --steps 2 --no-publish

# Killed while it trains
"$huse" demo </dev/null >.out 2>.err &
pid=$!
for _ in $(seq 200); do
    [ -e "$ws/runs/run-2/config.json" ] && break
    sleep .1
done
kill -9 $pid
wait $pid 2>/dev/null
[ ! -e "$ws/models/CURRENT" ] && ok "killed before it is done" || not_ok "killed before it is done" "$(cat .err)"

exec 9>"$ws/demo.lock"
flock -n 9
code 1 "one that is at work keeps a second one out" demo
says err "in use" "which says so"
exec 9>&-

code 0 "the next one goes on" demo
says err "going on with run-2" "with the run that was cut short"
says out "sad cat" "and answers"
says err "import CATALOGUE.csv" "and names the next commands"
[ ! -e "$ws/demo.lock" ] && ok "the lock is gone" || not_ok "the lock is gone"
run runs "$ws" --json
check "no third run was made" 'len(j["runs"]) == 2'

before=$(find "$ws" -type f | sort | xargs stat -c '%n %Y %s' | grep -v -e '-shm' -e '-wal')
code 0 "a second time" demo
[ -z "$(grep '^huse-tui: prep' .err)" ] && [ "$(wc -l <.err)" -le 7 ] && ok "is quiet" || not_ok "is quiet" "$err"
after=$(find "$ws" -type f | sort | xargs stat -c '%n %Y %s' | grep -v -e '-shm' -e '-wal')
[ "$before" = "$after" ] && ok "and changes nothing" || not_ok "and changes nothing" "$(diff <(echo "$before") <(echo "$after"))"
code 0 "as JSON" demo --json
check "its shape" 'j["schema"] == "huse-tui/demo" and j["version"] == 1 and j["workspace"] == "'"$ws"'" and len(j["answers"]) == 3 and all(a["schema"] == "huse-tui/search" and len(a["results"]) == 5 for a in j["answers"])'
run doctor --json
check "doctor knows that it is done" 'j["demo_workspace_there"] is True'
code 0 "its name is enough" search emoji "cat" -k 3 --json
check "for a search" 'len(j["results"]) == 3'
finish

#!/bin/bash
# Pictures by address from a server that breaks the rules: what comes, what is said of the rest, and what is asked again.
. tests/cli/lib.bash
unset HUSE_TUI_OFFLINE

coproc SERVER { exec /usr/bin/python3 -B "$root/tests/net/server.py" "$tmp/server" 2>/dev/null; }
mkdir -p server
read -r line <&"${SERVER[0]}" || { not_ok "the server starts"; exit 1; }
port() { /usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$line" "$1"; }
http=http://127.0.0.1:$(port http) https=https://127.0.0.1:$(port https)
counted() { /usr/bin/python3 -c 'import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1] + "/count")).get(sys.argv[2], 0))' "$http" "$1"; }

catalogue() { # NAME ADDRESS...: items 0, 1, 2 ...
    local file=$1.csv i=0
    shift
    echo "id,image,text,class,split" >"$file"
    for a; do echo "$((i++)),$a,words $i,A/B,train"; done >>"$file"
}

catalogue plain $http/picture-1.png $http/chunked $https/picture-2.png $http/relative $http/picture-1.png
code 0 "a catalogue of addresses" import plain.csv -o plain
code 0 "is embedded where its addresses are private" embed plain --json
check "without asking for them" 'j["pictures_waiting"] == 5 and j["pictures_fetched"] == 0 and all(f["refused"] and "--allow-private" in f["why"] for f in j["not_fetched"])'
[ "$(counted picture-1.png)" = 0 ] && ok "no request was sent" || not_ok "no request was sent"
code 0 "offline" embed plain --offline --allow-private --json
check "nothing is asked for either" 'j["pictures_waiting"] == 5 and {f["why"] for f in j["not_fetched"]} == {"offline: not fetched"}'
code 0 "with leave" embed plain --allow-private --json
check "they come, but for the one of an unknown authority" 'j["pictures_new"] == 4 and j["pictures_failed"] == 1 and j["pictures_fetched"] == 3 and "certificate is refused" in j["not_fetched"][0]["why"]'
code 0 "with its authority and another try" embed plain --allow-private --ca-file server/ca.pem --retry --json
check "that one comes" 'j["pictures_new"] == 1 and j["pictures_kept"] == 4 and not j["not_fetched"]'
[ "$(counted picture-1.png)" = 1 ] && ok "no picture was fetched twice" || not_ok "no picture was fetched twice" "$(counted picture-1.png)"
rm -r plain/features plain/thumbs
code 0 "lost features" embed plain --offline --json
check "are made from what was kept" 'j["pictures_new"] == 5 and not j["not_fetched"]'
code 0 "--refresh" embed plain --allow-private --ca-file server/ca.pem --refresh --json
check "asks again; what is the same stays" 'j["pictures_kept"] == 5 and j["pictures_new"] == 0'
[ "$(counted picture-1.png)" = 2 ] && ok "once each" || not_ok "once each" "$(counted picture-1.png)"
run doctor plain --json
check "nothing is damaged" 'not j["workspace"]["damage"]'

catalogue moves $http/changes
code 0 "a picture that changes" import moves.csv -o moves
run embed moves --allow-private
code 0 "is embedded anew" embed moves --allow-private --refresh --json
check "when it is asked for again" 'j["pictures_new"] == 1'

printf x >>"$(find plain/fetched -type f -name '????????????????????????????????*' | head -n 1)"
rm -r plain/features plain/thumbs
code 0 "a picture that rotted in the workspace" embed plain --offline --json
check "is not used" 'sum(f["pictures"] for f in j["not_fetched"]) == j["pictures_waiting"] > 0'
code 0 "and fetched again" embed plain --allow-private --ca-file server/ca.pem --json
check "by the next embed" 'j["pictures_waiting"] == 0 and not j["not_fetched"]'
printf '{"address":"http' >>plain/fetched/journal.jsonl
code 0 "a journal that was cut" embed plain --json
code 0 "goes on" embed plain --allow-private --ca-file server/ca.pem --refresh --json
check "as before" 'j["pictures_kept"] == 5'

# one item for each misbehaviour: the reason that is said of it
bad=(not-found:404 forbidden:403 need-login:401 gone:410 teapot:418 no-content:204 multiple:300 same-unasked:304 to-file:"neither http nor https"
    to-ftp:"neither http nor https" to-secret:"a user or a password" to-nowhere:nowhere loop:"too often" chain-6:"too often" login:"no JPEG" endless:limit
    giant:limit negative:HTTP no-number:HTTP two-lengths:lengths wrapping:lengths bomb:compressed bomb-in-transfer:"no JPEG" long-line:header
    endless-head:headers endless-continue:headers endless-line:header nul:HTTP old:HTTP no-http:HTTP version-9:HTTP code-999:999 part-unasked:part
    empty:empty short-text:empty endless-fault:404 busy-long:wait endless-redirect:"" to-empty:nowhere code-0:HTTP
    broken:500 gateway:502 timeout:504 chunk-garbage:"broke off" chunk-giant:"broke off" nothing:"broke off" too-long:"broke off" cut-head:"broke off" too-short:"")
catalogue bad "${bad[@]/#/$http/}"
# one that asks for peace silences its host: it gets a name of its own
sed -i '/busy-long/s/127\.0\.0\.1/localhost/; s/^\([0-9]*,[^,]*\):[^,]*,/\1,/' bad.csv
code 0 "${#bad[@]} misbehaviours" import bad.csv -o bad
code 0 "cost no more than their pictures" embed bad --allow-private --json
cp .out bad.json
run doctor bad --json
printf '%s\n' "${bad[@]}" >bad.txt
why=$(/usr/bin/python3 - .out bad.txt <<'PY' 2>&1
import json, sys
failed = {f['path'].split('/')[-1]: f['why'] for f in json.load(open(sys.argv[1]))['workspace']['pictures_failed']}
wrong = []
for l in open(sys.argv[2]):
    path, says = l.rstrip('\n').split(':', 1)
    if path == 'endless-redirect':
        if path in failed: wrong.append(path + ': ' + failed[path])
    elif says not in failed.get(path, '-'):
        wrong.append('%s: %s' % (path, failed.get(path, 'not failed')))
print('\n'.join(wrong))
PY
)
[ -z "$why" ] && ok "each has its reason" || not_ok "each has its reason" "$why"
[ -z "$(find bad/fetched -name '.tmp*')" ] && ok "nothing partial stays" || not_ok "nothing partial stays"
run embed bad
says out "127.0.0.1" "they are listed by host"
says out "the server answers 404, not found" "and reason"
run export bad --what image-features -o bad.npy
grep -c . bad.ids.txt | grep -qx 1 && ok "and only what is a picture became a feature" || not_ok "and only what is a picture became a feature" "$(cat bad.ids.txt)"

exec {SERVER[1]}>&-
exit $failed

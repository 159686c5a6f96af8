#!/bin/bash
# Texts encoded by a server of the OpenAI protocol: what is asked, what is kept, what is refused, and what goes on without an answer.
. tests/cli/lib.bash
unset HUSE_TUI_OFFLINE

mkdir -p server
coproc SERVER { exec /usr/bin/python3 -B "$root/tests/net/server.py" "$tmp/server" 2>/dev/null; }
read -r line <&"${SERVER[0]}" || { not_ok "the server starts"; exit 1; }
port() { /usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$line" "$1"; }
http=http://127.0.0.1:$(port http) https=https://127.0.0.1:$(port https)
asked() { /usr/bin/python3 -c 'import json, sys, urllib.request; print(json.load(urllib.request.urlopen(sys.argv[1] + "/count")).get(sys.argv[2] + "/v1/embeddings", 0))' "$http" "$1"; }
same() { if [ "$1" = "$2" ]; then ok "$3"; else not_ok "$3" "$1, not $2"; fi; }
kind() { echo "$1" >server/kind; }

/usr/bin/python3 - <<'PY'
import random, struct, zlib
random.seed(5)
part = lambda k, d: struct.pack('>I', len(d)) + k + d + struct.pack('>I', zlib.crc32(k + d))
rgb = {'red': (200, 10, 10), 'blue': (10, 10, 200), 'green': (10, 180, 10)}
for c in rgb:
    for k, w in (('dress', 20), ('shoe', 40)):
        row = b'\0' + bytes(rgb[c]) * w
        open('%s-%s.png' % (c, k), 'wb').write(b'\x89PNG\r\n\x1a\n' + part(b'IHDR', struct.pack('>IIBBBBB', w, 24, 8, 2, 0, 0, 0)) +
                                               part(b'IDAT', zlib.compress(row * 24)) + part(b'IEND', b''))
rows = []
for i in range(40):
    c, k = random.choice(list(rgb)), random.choice(['dress', 'shoe'])
    rows.append('i%d,%s-%s.png,a %s %s of size %d,%s' % (i, c, k, c, k, i, 'Apparel/Dresses' if k == 'dress' else 'Footwear/Shoes'))
head = 'id,image,text,class\n'
open('shop.csv', 'w').write(head + '\n'.join(rows) + '\n')
open('more.csv', 'w').write(head + '\n'.join(rows) + '\ni40,red-shoe.png,something new,Footwear/Shoes\n')
open('long.csv', 'w').write('id,text\na,short words\nb,' + 'many words ' * 200 + '\n')
open('words.csv', 'w').write('id,text\na,red words\nb,blue words\nc,\nd,red words\n')
PY

# ---- what is said before anything is asked
code 0 "a catalogue" import shop.csv -o shop
code 2 "an address without a model" embed shop --text-encoder $http/embed/v1
says err "#" "is told how it looks"
code 2 "another scheme" embed shop --text-encoder ftp://host/v1#tiny
code 2 "a token without an address" embed shop --encoder-token token
code 0 "--dry-run" embed shop --text-encoder $http/embed/v1#tiny --dry-run --json
check "says how much it is, and whose it would be" 'j["texts_new"] == 40 and 200 < j["tokens"] < 500 and j["text_host"] == "127.0.0.1" and j["pictures_new"] == 40'
same "$(asked embed)" 0 "and asks nobody"
[ ! -e shop/features/encoders.json ] && ok "nor writes anything" || not_ok "nor writes anything"
code 5 "http without leave" embed shop --text-encoder $http/embed/v1#tiny
says err --allow-private "is refused"
same "$(asked embed)" 0 "unasked"

# ---- embedding
code 0 "with leave" embed shop --text-encoder $http/embed/v1#tiny --allow-private --json
check "all texts are encoded" 'j["texts_new"] == 40 and j["text_encoder"].startswith("remote-tiny-")'
says err "40 texts, about" "and it was said how many tokens they are"
check_file() { /usr/bin/python3 -c 'import json, sys; j = json.load(open(sys.argv[1])); sys.exit(not eval(sys.argv[2]))' "$1" "$2" && ok "$3" || not_ok "$3" "$(cat "$1")"; }
check_file shop/features/encoders.json '[r["dimension"] == 32 and r["model"] == "tiny" and r["address"].endswith("/embed/v1#tiny") for r in j["remote"].values()] == [True]' "the workspace notes address, model and width"
n=$(asked embed)
code 0 "a second embed" embed shop --json
check "has nothing to do" 'j["texts_new"] == 0 and j["texts_kept"] == 40'
same "$(asked embed)" "$n" "and asks nothing"
code 0 "a query" search shop "red dress" --json
check "finds by words" '"red dress" in j["results"][0]["text"]'
n=$(asked embed)
code 0 "asked again" search shop "red dress"
code 0 "and offline" search shop "red dress" --offline
same "$(asked embed)" "$n" "it is answered from the cache"
code 5 "another one offline" search shop "blue shoe" --offline
says err "offline: 127.0.0.1 is not asked" "says why not"
chmod -w shop
code 0 "from a folder that cannot be written" search shop "green shoe"
chmod +w shop

# ---- misbehaviours: one workspace each, nothing of the answer used
code 0 "a catalogue of words" import words.csv -o words
bad=(fewer:"2 vectors for 3" more:"4 vectors for 3" doubled:"each once" negative:"each once" worded:"each once" unnumbered:"each once" nan:"finite"
    words:"finite" zeros:"zeros" ragged:"all of" none:"of 0 numbers" base64:"of 0 numbers" cut:"sound JSON" deep:"nested" huge-number:"sound JSON" empty:"sound JSON"
    no-vectors:"no vectors" page:"a page" fault-in-200:"quota" unknown-model:"does not exist" busy-for-long:"wait" moved:"redirect" endless:"limit" guarded:"bad key")
cp -r words bad
kind embed
run embed bad --text-encoder "$http/switch/v1#tiny" --allow-private
printf 'id,text\nx,one new text\ny,another text\n' >new.csv
run import new.csv -o bad
for b in "${bad[@]}"; do
    kind "${b%%:*}"
    run embed bad
    if [ "$code" = 5 ] && [[ $err == *127.0.0.1*"${b#*:}"* ]]; then ok "${b%%:*}: ${b#*:}"; else not_ok "${b%%:*}: ${b#*:}" "exit $code: $err"; fi
done
kind embed
code 0 "and when the server is well again" embed bad --json
check "the rest is encoded" 'j["texts_new"] == 2 and j["texts_kept"] == 3'
code 0 "the order of answers" embed words --text-encoder $http/embed/v1#tiny --allow-private
cp -r words swapped
rm -r swapped/features
run embed swapped --text-encoder $http/swapped/v1#tiny --allow-private
run export words --what text-features -o a.npy
run export swapped --what text-features -o b.npy
cmp -s a.npy b.npy && ok "does not matter" || not_ok "does not matter"
rm -r words/features
for k in too-many busy failing-once; do
    rm -rf limited && cp -r shop limited && rm -r limited/features
    code 0 "a server that is $k" embed limited --text-encoder $http/$k/v1#tiny --allow-private --json
    check "gets as much as it takes" 'j["texts_new"] == 40'
done
code 0 "a text that is too long" import long.csv -o long
code 0 "is encoded all the same" embed long --text-encoder $http/too-long/v1#tiny --allow-private
says err "beginning stands for the whole" "by its beginning, and this is said"

# ---- who answers
code 0 "the same model elsewhere" embed shop --text-encoder $http/switch/v1#tiny --json
check "keeps all rows" 'j["texts_new"] == 0 and j["texts_kept"] == 40'
run import more.csv -o shop
for k in other-dim:"6 numbers" other-model:"answers with the model another" other-vectors:"another vector"; do
    kind "${k%%:*}"
    code 3 "${k%%:*}" embed shop
    says err "${k#*:}" "is noticed"
    says err --refresh "and it is said what to do"
done
code 0 "--refresh" embed shop --refresh --json
check "encodes all anew" 'j["texts_new"] == 41'
n=$(asked switch)
code 0 "and then" embed shop --json
check "nothing more" 'j["texts_new"] == 0'
same "$(asked switch)" "$n" "for nothing"

# ---- without an answer
code 0 "training" train shop --steps 20 --hidden 24 --dim 16 --tfidf-dim 32 --quiet
code 0 "a query" search shop "red dress"
n=$(asked switch)
kind failing
code 0 "with the server out of order" search shop "blue shoe" --json
check "is answered by words alone, and says so" '"words alone count" in j["note"] and "500" in j["note"] and len(j["results"]) == 10'
code 0 "what was asked before" search shop "red dress" --json
check "is answered in full" '"words alone" not in (j["note"] or "")'
code 5 "words that no text has" search shop "zebra crossing"
code 0 "@item" search shop @i3
code 0 "class:Path" search shop class:Footwear
kind embed

# ---- whom a workspace may not name
code 0 "a stranger's workspace" search shop "blue shoe of size" --offline --data "$tmp/other"
says err "words alone" "answers by words alone"
n=$(asked switch)
code 0 "and online" search shop "green shoe of size" --data "$tmp/other"
says err "was not named on this machine" "asks nobody that was not named here"
same "$(asked switch)" "$n" "and sends nothing"

# ---- tokens
printf 'sesame-1234\n' >token
chmod 644 token
code 0 "a catalogue" import words.csv -o safe
code 1 "a token that others may read" embed safe --text-encoder $https/guarded/v1#tiny --encoder-token token --allow-private --ca-file server/ca.pem
says err "chmod 600" "is refused"
chmod 600 token
code 2 "a token by http" embed safe --text-encoder $http/guarded/v1#tiny --encoder-token token --allow-private
says err "https alone" "is not sent"
code 0 "a token by https" embed safe --text-encoder $https/guarded/v1#tiny --encoder-token token --allow-private --ca-file server/ca.pem
code 0 "is remembered for its server" search safe "red things" --ca-file server/ca.pem
code 5 "a server of an unknown authority" search safe "blue things"
says err "certificate" "gets nothing"
sed -i "s|$https|$http|" safe/features/encoders.json
code 5 "a workspace that sends it elsewhere" search safe "green things"
says err "bad key" "sends nothing but the words"
run embed safe --text-encoder $https/echo/v1#echo --allow-private --ca-file server/ca.pem
says err "401" "a server that repeats the token"
"$huse" embed safe --text-encoder "$https/slow/v1#slow" --ca-file server/ca.pem --refresh >slow.out 2>&1 &
while kill -0 $! 2>/dev/null; do cat "/proc/$!/cmdline" >>cmdline 2>/dev/null; sleep .02; done
found=$(grep -rl sesame-1234 "$tmp" --exclude=token --exclude-dir=server)
[ -s cmdline ] && [ -z "$found" ] && ok "the token is in no output, file or process list" || not_ok "the token is in no output, file or process list" "$found"
code 0 "doctor" doctor shop --json
check "nothing is damaged" 'not j["workspace"]["damage"]'

# ---- and back
code 0 "the encoder of this machine" embed shop --text-encoder local --json
check "may be taken again" 'j["text_encoder"] == "word-hash"'
code 0 "or its sentence vectors" embed shop --text-encoder sentence --json
check "alone" 'j["text_encoder"] == "word-hash-sentence" and j["texts_new"] == 41'
code 0 "which stay" embed shop --json
check "in use" 'j["text_encoder"] == "word-hash-sentence" and j["texts_new"] == 0'

exec {SERVER[1]}>&-
exit $failed

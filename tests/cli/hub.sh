#!/bin/bash
# Models from a hub that breaks the rules: what is fetched and gone on with, what is refused, and that nothing half is ever used.
. tests/cli/lib.bash
unset HUSE_TUI_OFFLINE HF_TOKEN HF_TOKEN_PATH
export HUSE_TUI_MODELS=$tmp/models OPENBLAS_NUM_THREADS=1
hub=$tmp/server/hub
mkdir -p "$hub" models

PYTHONPATH=$root/tests/net /usr/bin/python3 -B - <<'PY'
import json, os, hub
at = 'server/hub/'
hub.make_bert(at + 'toy')
hub.make_bert(at + 'first', pooling='cls')
for name, change in {'few': {'layers': 3}, 'max': {'pooling': 'max'}, 'roberta': {'model_type': 'roberta'}, 'distil': {'model_type': 'distilbert'},
                     'alibi': {'position_embedding_type': 'alibi'}, 'code': {'auto_map': {'AutoModel': 'm--x.y'}}, 'decoder': {'is_decoder': True},
                     'plain-lite': {'architecture': 'efficientnet_lite0', 'model_type': None}, 'nothing': {'model_type': None}, 'odd-heads': {'heads': 5}}.items():
    hub.make_bert(at + name, vocab=80, **change)
for name in ('dense', 'japanese', 'no-vocab', 'no-config', 'pickle', 'shards', 'bare', 'no-json', 'short-vocab', 'other-shape'):
    hub.make_bert(at + name, vocab=80)
write = lambda name, text: open(at + name, 'w').write(text)
steps = json.load(open(at + 'dense/modules.json'))
write('dense/modules.json', json.dumps(steps[:2] + [dict(steps[2], path='2_Dense', type='sentence_transformers.models.Dense')]))
write('japanese/tokenizer_config.json', '{"tokenizer_class": "BertJapaneseTokenizer"}')
write('no-json/config.json', '{"model_type": "bert",')
write('short-vocab/vocab.txt', 'a\nb\n')
write('other-shape/config.json', open(at + 'other-shape/config.json').read().replace('"intermediate_size": 96', '"intermediate_size": 97'))
os.remove(at + 'no-vocab/vocab.txt')
os.remove(at + 'no-config/config.json')
os.rename(at + 'pickle/model.safetensors', at + 'pickle/pytorch_model.bin')
os.rename(at + 'shards/model.safetensors', at + 'shards/model-00001-of-00002.safetensors')
write('shards/model.safetensors.index.json', '{}')
os.remove(at + 'bare/model.safetensors')
rows = ''.join('i%d,%s %s of the coat,%s\n' % (i, ('red', 'blue', 'green')[i % 3], ('dress', 'shoe')[i % 2], ('A', 'B')[i % 2]) for i in range(24))
open('shop.csv', 'w').write('id,text,class\n' + rows)
PY
mkdir "$hub/all-MiniLM-L6-v2" "$hub/picture"
cp "$hub"/toy/*.* "$hub/all-MiniLM-L6-v2"
echo '{"architecture": "tf_efficientnet_lite0"}' >"$hub/picture/config.json"
cp "$hub/toy/model.safetensors" "$hub/picture"

coproc SERVER { exec /usr/bin/python3 -B "$root/tests/net/server.py" "$tmp/server" 2>/dev/null; }
read -r line <&"${SERVER[0]}" || { not_ok "the server starts"; exit 1; }
port() { /usr/bin/python3 -c 'import json, sys; print(json.loads(sys.argv[1])[sys.argv[2]])' "$line" "$1"; }
http=http://127.0.0.1:$(port http)
export HF_ENDPOINT=https://127.0.0.1:$(port https)
seen() { /usr/bin/python3 -c 'import json, sys, urllib.request; sys.exit(not eval(sys.argv[2], {"seen": json.load(urllib.request.urlopen(sys.argv[1] + "/seen"))}))' "$http" "$1" && ok "$2" || not_ok "$2"; }
pull() { local want=$1 name=$2; shift 2; code "$want" "$name" models pull "$@" --allow-private --ca-file server/ca.pem; }
whole() { # every folder that can be seen is one that verify finds whole
    local bad
    run models verify --plain
    bad=$(printf '%s\n' "$out" | awk -F'\t' '$2 != "ok" && $2 != "missing" && $2 != "partial"')
    [ -z "$bad" ] && ok "$1" || not_ok "$1" "$bad"
}

# ---- before anything is asked
for name in ../x /etc/x a b/../c a/b/c a//b a/.. ./b a/b@ a/b@../c a/b@-x "a/b c" a--b/c a/b--c $'a/b\n' https://a/b; do
    code 2 "pull “${name@Q}”" models pull "$name"
done
code 2 "pull without a name" models pull
code 2 "two names" models pull a/b c/d
code 2 "an unknown verb" models pul a/b
says err "did you mean “pull”" "is told what was meant"
code 5 "--offline" models pull good/toy --offline
HF_ENDPOINT=$http code 2 "a hub by http" models pull good/toy --allow-private
HF_ENDPOINT=$HF_ENDPOINT/?a=b code 2 "a hub with a query" models pull good/toy
HF_ENDPOINT=https://user:secret@127.0.0.1 code 3 "a hub with a password" models pull good/toy
code 5 "a hub of this machine without leave" models pull good/toy --ca-file server/ca.pem
says err --allow-private "is told how"
code 5 "an unknown authority" models pull good/toy --allow-private
says err certificate "is refused"
for kind in expired elsewhere unknown; do
    HF_ENDPOINT=https://127.0.0.1:$(port $kind) pull 5 "a certificate that is $kind" good/toy
done
HF_ENDPOINT=https://127.0.0.1:$(port closed) pull 5 "a hub that is not there" good/toy
seen 'seen == [["seen", None, None]]' "nothing was asked so far"

# ---- a model, and its use
pull 0 "a sentence encoder" good/toy --json
check "is fetched once, pinned to its commit" 'j["files"] == 6 and j["fetched"] == j["bytes"] and len(j["revision"]) == 40 and not j["already_there"]'
(cd models/good--toy && sha256sum -c --quiet SHA256SUMS) && ok "with hashes as sha256sum takes them" || not_ok "with hashes as sha256sum takes them"
pull 0 "again" good/toy --json
check "costs one question" 'j["fetched"] == 0 and j["already_there"]'
pull 0 "its commit by name" good/toy@0123456789abcdef0123456789abcdef01234567 --json
pull 3 "a hub that answers with another commit" moved/toy@0123456789abcdef0123456789abcdef01234567
says err "another revision" "is refused"
ws=$HUSE_TUI_DATA/catalogues/shop
run import shop.csv -o "$ws"
code 0 "embed --text-encoder ORG/NAME" embed shop --text-encoder good/toy --json
check "takes it" 'j["text_encoder"] == "good--toy" and j["texts_new"] > 0'
code 0 "the next embed" embed shop --json
check "too" 'j["text_encoder"] == "good--toy" and j["texts_new"] == 0'
code 0 "sentence" embed shop --text-encoder sentence --json
check "means its sentence vectors then" 'j["text_encoder"] == "good--toy-sentence"'
code 1 "rm of a model in use" models rm good/toy
says err "catalogues/shop" "names the workspace"
code 0 "--force" models rm good/toy --force
[ ! -e models/good--toy ] && ok "removes it" || not_ok "removes it"
code 4 "without it, embed" embed shop
says err "models pull good/toy" "says how to get it"
code 4 "a name that is not here" embed shop --text-encoder good/other
says err "models pull good/other" "likewise"
code 2 "a path" embed shop --text-encoder ../toy
code 0 "local" embed shop --text-encoder local --json
check "goes back to the program's own" 'j["text_encoder"] == "word-hash"'
code 4 "rm of nothing" models rm good/toy
pull 0 "a model that reads a sentence off its first token" good/first --json

# ---- stopped, killed, and by two at once
size() { stat -c %s models/.pull-"$1"--toy/*/model.safetensors.part 2>/dev/null || echo 0; }
begin() { # in the background, until the weights are on their way
    local before
    before=$(size "$1")
    "$huse" models pull "$1/toy" --allow-private --ca-file server/ca.pem >slow.out 2>&1 &
    pid=$!
    until [ "$(size "$1")" -gt "$before" ] || ! kill -0 $pid 2>/dev/null; do sleep .01; done
}
for signal in KILL TERM; do
    begin slow
    kill -$signal $pid
    wait $pid 2>/dev/null
    [ $? = $([ $signal = KILL ] && echo 137 || echo 143) ] && ok "stopped by $signal" || not_ok "stopped by $signal" "$(cat slow.out)"
    [ ! -e models/slow--toy ] && ok "nothing is there" || not_ok "nothing is there"
done
grep -q "goes on from there" slow.out && ok "and it is said what to do" || not_ok "and it is said what to do" "$(cat slow.out)"
run models --json
check "list shows that it was begun" '[m["state"] for m in j["models"] if m["name"] == "slow/toy"] == ["partial"]'
begin slow
pull 1 "another pull of it meanwhile" slow/toy
says err "another process" "waits its turn"
code 1 "rm meanwhile" models rm slow/toy
wait $pid
[ $? = 0 ] && [ -e models/slow--toy/source.json ] && ok "the first one ends well" || not_ok "the first one ends well" "$(cat slow.out)"
begin stepwise
kill -KILL $pid
wait $pid 2>/dev/null
pull 0 "the next pull" stepwise/toy --json
check "goes on where it was" '0 < j["fetched"] < j["bytes"]'
code 0 "rm of a begun one" models rm stepwise/toy
(trap '' XFSZ; ulimit -f 500; "$huse" models pull large/toy --allow-private --ca-file server/ca.pem >disk.out 2>&1)
[ $? = 1 ] && grep -q "cannot write" disk.out && [ ! -e models/large--toy ] && ok "a file that cannot grow is an error" || not_ok "a file that cannot grow is an error" "$(cat disk.out)"
pull 0 "and where it can" large/toy --json
check "is gone on with" '0 < j["fetched"] < j["bytes"]'

mkdir disk
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=2m none disk 2>/dev/null; then
    pull 1 "a disk that is too small" good/toy --models disk/models
    says err "the disk of" "is found so before the weights are asked for"
    [ -z "$(ls -A disk/models)" ] && ok "and left empty" || not_ok "and left empty"
    umount disk
else
    skip "a disk that is too small"
fi

# ---- servers that break off, change and move
lucky='cut-once no-range no-etag new-etag new-contents same-etag busy broken-once cdn tricks'
for org in $lucky; do # each waits a moment before it tries again
    "$huse" models pull $org/toy --allow-private --ca-file server/ca.pem >"$org.out" 2>&1 &
    pids+=("$!")
done
for org in $lucky; do
    wait "${pids[0]}" && ok "$org" || not_ok "$org" "$(cat "$org.out")"
    pids=("${pids[@]:1}")
done
cmp -s "$hub/toy/model.safetensors" models/same-etag--toy/model.safetensors && ok "what was put together of two files is fetched anew" || not_ok "what was put together of two files is fetched anew"
seen '[s[0] for s in seen if s[0].startswith("cdn-files")] == ["cdn-files/toy"]' "a redirect to another host is followed"
whole "all of them are whole"
bad=(wrong-hash:3:"not the contents" longer:3:limit announced-longer:3:limit shorter:3:"instead of" shifted:3:"another part" endless:3:limit flood:3:headers packed:3:compressed
    busy-long:5:wait forbidden:5:403 lost:4:"has no model.safetensors" to-http:5:"from https to http" to-file:5:"neither http nor https" loop:5:"too often"
    page:3:"as a hub does" cut-list:3:"as a hub does" deep:3:"as a hub does" nul:3:"as a hub does" no-sha:3:revision odd-sha:3:revision no-list:3:"list the model" nameless:3:"without a name"
    twice:3:twice negative:3:"size of model" giant:3:"at most" large-config:3:"at most" no-size:3:"size of model" no-hash:3:"hash of model" many:3:"list the model" endless-list:3:limit
    absent:4:"has no absent/toy" odd-config:3:"not the contents")
for b in "${bad[@]}"; do
    IFS=: read -r org want words <<<"$b"
    run models pull "$org/toy" --allow-private --ca-file server/ca.pem
    if [ "$code" = "$want" ] && [[ $err == *"$words"* ]] && [ ! -e "models/$org--toy" ]; then ok "$org: $words"; else not_ok "$org: $words" "exit $code: $err"; fi
done
[ -z "$(find models -name '.pull-*' -o -name '.tmp*')" ] && ok "nothing of them is left" || not_ok "nothing of them is left" "$(find models -name '.pull-*' -o -name '.tmp*')"

# ---- what is not run here, and is not fetched
no=(roberta:roberta distil:distilbert alibi:alibi code:auto_map decoder:is_decoder few:num_hidden_layers max:max_tokens dense:Dense japanese:BertJapaneseTokenizer no-vocab:vocab.txt
    no-config:config.json pickle:pickle shards:"several files" bare:"no model.safetensors" plain-lite:efficientnet_lite0 nothing:"does not name" odd-heads:multiple no-json:config.json
    short-vocab:vocab.txt)
for b in "${no[@]}"; do
    run models pull "good/${b%%:*}" --allow-private --ca-file server/ca.pem
    if [ "$code" = 3 ] && [[ $err == *"${b#*:}"* ]] && [ ! -e "models/good--${b%%:*}" ]; then ok "${b%%:*}: ${b#*:}"; else not_ok "${b%%:*}: ${b#*:}" "exit $code: $err"; fi
done
seen 'not [s for s in seen if s[0].endswith("model.safetensors") and s[0].split("/")[1] in "roberta distil alibi code decoder few max dense japanese no-vocab pickle plain-lite nothing no-json short-vocab".split()]' \
    "none of their weights was asked for"
pull 3 "weights of another shape than their config.json says" good/other-shape
says err "cannot be run here" "are noticed before they are there"

# ---- tokens
printf 'sesame-5678\n' >token
chmod 644 token
pull 1 "a token that others may read" members/toy --token token
says err "chmod 600" "is refused"
chmod 600 token
pull 5 "without a token" members/toy
says err "takes a token" "a model of members alone says so"
pull 0 "with one" members/toy --token token
pull 5 "a gated model" gated/toy
says err "agreement" "says that it is"
HF_TOKEN_PATH=$tmp/token pull 0 "with HF_TOKEN_PATH" gated/toy
rm -rf models/cdn--toy
pull 0 "a redirect to another host" cdn/toy --token token
pull 5 "or to http" to-http/toy --token token
seen '{s[1] for s in seen if s[0].startswith("cdn-files") or s[0] == "good"} == {None}' "gets no token"
seen 'any(s[1] == "Bearer sesame-5678" for s in seen)' "the hub gets it"
rm -rf models/slow--toy
"$huse" models pull slow/toy --token token --allow-private --ca-file server/ca.pem >slow.out 2>&1 &
while kill -0 $! 2>/dev/null; do cat "/proc/$!/cmdline" >>cmdline 2>/dev/null; sleep .02; done
found=$(grep -rl sesame-5678 "$tmp" --exclude=token --exclude-dir=server)
[ -s cmdline ] && [ -z "$found" ] && ok "the token is in no output, file or process list" || not_ok "the token is in no output, file or process list" "$found"

# ---- list, path, verify
code 0 "models path NAME" models path members/toy
says out "$tmp/models/members--toy" "says where it is"
code 4 "of one that is not here" models path members/none
code 0 "models list" models list --json
check "says what is there" '{(m["name"], m["kind"], m["state"], m["repository"]) for m in j["models"]} >= {("minilm-l6", "text", "missing", None), ("good/first", "text", "there", "good/first")}'
check "and how large" '[m["bytes"] > 10**6 for m in j["models"] if m["name"] == "good/first"] == [True]'
"$huse" __complete weights good/ >.out && grep -qx good/first .out && ok "names are completed" || not_ok "names are completed" "$(cat .out)"
"$huse" __complete text-weights "" >.out && grep -qx sentence .out && ! grep -q effnet .out && ok "those of text encoders too" || not_ok "those of text encoders too" "$(cat .out)"
mkdir models/mine && cp models/good--first/{config.json,vocab.txt,model.safetensors} models/mine
code 0 "a model that was put there by hand" embed shop --text-encoder mine --json
check "is as good" 'j["text_encoder"] == "mine"'
printf x >>models/members--toy/vocab.txt
code 3 "verify NAME" models verify members/toy
says err "vocab.txt was altered" "finds what changed"
code 0 "and no fault with others" models verify good/first
rm models/members--toy/model.safetensors
code 3 "a file that is missing" models verify members/toy
pull 0 "pull" members/toy --token token
code 0 "makes it good" models verify members/toy

# ---- the program's own
pull 3 "other weights under the name minilm-l6" minilm-l6
says err "other weights" "are refused"
pull 3 "weights of another network as EfficientNet-Lite0" good/picture
says err "another network" "are refused"
[ -z "$(ls -A models | grep '^\.')" ] && ok "nothing is left aside" || not_ok "nothing is left aside" "$(ls -A models)"

exec {SERVER[1]}>&-
exit $failed

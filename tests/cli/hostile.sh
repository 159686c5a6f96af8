#!/bin/bash
# Hostile strings in every field and argument: no control character reaches standard output or standard error.
. tests/cli/lib.bash
mkdir kept
n=0
judge() { # NAME [plain]: keeps the last run's streams for the verdict; "plain" output may hold tabs
    n=$((n + 1))
    [ "$code" -lt 126 ] || not_ok "$1 ends in order" "exit $code"
    mv .out "kept/${2:-text}-$n-out"
    mv .err "kept/text-$n-err"
    printf '%s\n' "$1" >"kept/name-$n"
}
done_with() { # NAME COUNT: the verdict on what was kept
    local why
    if [ "$n" -lt "$2" ]; then
        not_ok "$1" "only $n runs"
    elif why=$(/usr/bin/python3 "$root/tests/cli/hostile.py" kept); then
        ok "$1 ($n runs)"
    else
        not_ok "$1" "$why"
    fi
    rm -rf kept
    mkdir kept
    n=0
}

/usr/bin/python3 - "$root" <<'PY'
import csv, json, os, sys
sys.path.insert(0, sys.argv[1] + '/tests/cli')
from hostile import BYTES, STRINGS
good = [s.decode('utf8') for s in STRINGS if len(s) < 50000]
os.makedirs('each')
n = 0
def write(name, row):
    with open('each/%s.jsonl' % name, 'w', encoding='utf8') as f:
        f.write(json.dumps({'id': 'plain', 'text': 'a plain red dress', 'class': 'A/B', 'split': 'train'}) + '\n')
        f.write(json.dumps(row) + '\n')
for i, s in enumerate(s.decode('utf8') for s in STRINGS):
    base = {'id': 'x%d' % i, 'text': 'red', 'class': 'A/C', 'split': 'train'}
    for k, v in (('id', s), ('text', 'dress ' + s), ('class', 'A/' + s), ('split', s), ('image', s + '.jpg')):
        write('%s-%02d' % (k, i), dict(base, **{k: v}))
for i, b in enumerate(BYTES):
    open('each/bytes-%02d.csv' % i, 'wb').write(b'id,text,class,split\nz,' + b + b',A/B,train\n')
# one workspace with all that the importer takes: texts and classes, as many as it can
with open('all.jsonl', 'w', encoding='utf8') as f:
    for i, s in enumerate(good):
        f.write(json.dumps({'id': 'i%d' % i, 'text': 'dress ' + s, 'class': 'A/C' + ('%d' % (i % 7)), 'split': 'train',
                            'image': 'p%d' % i + s.replace('/', '_')[:60] + '.jpg'}) + '\n')
    for i, s in enumerate(good):
        f.write(json.dumps({'id': 'k' + s, 'text': 'shoe', 'class': 'B/' + s.replace('/', '_')[:200] + '/x', 'split': 'test'}) + '\n')
PY

printf 'a\e[2Jb\n' >.out
: >.err
code=0
judge "a bad stream"
/usr/bin/python3 "$root/tests/cli/hostile.py" kept >/dev/null && not_ok "the judge knows a bad stream" || ok "the judge knows a bad stream"
rm -rf kept/*
n=0

forms=(--no-color --json)
for f in each/*; do
    run import "$f" -o w "${forms[n % 2]}"
    judge "import of $f"
    rm -rf w
done
done_with "a hostile field in an imported row" 300

code 0 "importing what can be imported" import all.jsonl -o all --skip-bad
judge "its messages"
for form in "" --json --plain; do
    kind=text; [ "$form" = --plain ] && kind=plain
    for ask in "search all dress -k 1000 --target text" "search all shoe -k 1000 --target class" "search all shoe -k 20 --class A" \
        "neighbors all --disagree" "classify all"; do
        run $ask $form
        judge "$ask $form" $kind
    done
done
for form in "" --json; do
    for i in $(seq 0 3 60); do
        run show all "i$i" $form
        judge "show i$i $form"
    done
    for ask in "doctor all" "runs all" "eval all" "embed all"; do
        run $ask $form
        judge "$ask $form"
    done
done
done_with "hostile catalogue in every command" 60

# hostile arguments and file names
mapfile -d '' -t words < <(/usr/bin/python3 -c '
import sys
sys.path.insert(0, sys.argv[1] + "/tests/cli")
from hostile import BYTES, STRINGS
sys.stdout.buffer.write(b"\0".join([s for s in STRINGS if len(s) < 50000] + BYTES) + b"\0")' "$root")
turn=0
for w in "${words[@]}"; do
    for form in ${forms[turn++ % 2]}; do
        run search "$form" -- all "$w"
        judge "a hostile query"
        run search "$form" --class "$w" all dress
        judge "a hostile class"
        run show "$form" -- all "$w"
        judge "a hostile id"
        run neighbors "$form" -- all "$w"
        judge "a hostile class to neighbors"
        run import "$form" -o w2 -- "./$w"
        judge "a hostile source"
        run doctor "$form" -- "./$w"
        judge "a hostile workspace"
        run "$w" "$form"
        judge "a hostile command"
        run search "$form" "--$w" all dress
        judge "a hostile option"
        run config "$form" get "$w"
        judge "a hostile setting"
        run eval "$form" all --fail-under "$w"
        judge "a hostile limit"
    done
done
done_with "hostile arguments" 600
[ ! -e pwned ] && ok "nothing was run" || not_ok "nothing was run"

/usr/bin/python3 - <<'PY'
import os
os.makedirs(b'names\xff\x1b[2J/Cl\x9bass', exist_ok=True)
for n in (b'-x.jpg', b'a\nb.jpg', b'\xff.jpg', b'\x1b]0;x\x07.png', b'n' * 250 + b'.jpg'):
    open(b'names\xff\x1b[2J/Cl\x9bass/' + n, 'wb').write(b'no picture')
PY
run import ./names* -o tree --skip-bad
judge "a folder tree with hostile names"
run embed tree
judge "embedding it"
run doctor tree
judge "and the doctor on it"
done_with "hostile file names" 3
finish

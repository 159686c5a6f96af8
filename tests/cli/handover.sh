#!/bin/bash
# A catalogue with its vectors handed over to other programs, and back: hostile strings, numbers bit for bit, all or nothing.
. tests/cli/lib.bash
help() { /usr/bin/python3 "$root/tests/cli/handover.py" "$@" 2>&1; }

help make || { not_ok "the catalogue is made"; exit 1; }
code 0 "a hostile catalogue" import hostile.jsonl -o h
code 0 "with rows from elsewhere" embed h --image-features rows.npy --text-features rows.npy
code 0 "is handed over with them" export h --to jsonl --vectors features -o h.jsonl --json
check "its JSON" 'j["schema"] == "huse-tui/export" and j["to"] == "jsonl" and j["rows"] == 60 and j["path"].endswith("/h.jsonl")'
run export h --to jsonl --vectors features -o h.jsonl
says err "import h.jsonl --images $tmp" "the pictures' folder is named"
code 0 "comes back" import h.jsonl -o back
code 0 "with its rows" embed back --image-features h.jsonl --text-features h.jsonl --json
check "all of them" 'j["rows_given"] == 120'
run export back --to jsonl --vectors features -o back.jsonl
cmp h.jsonl back.jsonl && ok "the same bytes" || not_ok "the same bytes"
run export h --to jsonl --vectors none -o bare.jsonl
code 0 "and importing it where it came from" import bare.jsonl -o h --json
check "changes no item but splits that were made" 'j["added"] == 0 and j["removed"] == 0 and j["unchanged"] + j["updated"] == 60'
why=$(/usr/bin/python3 - <<'PY' 2>&1
import json
a = [json.loads(l) for l in open('hostile.jsonl', encoding='utf8', newline='\n')]
b = [json.loads(l) for l in open('bare.jsonl', encoding='utf8', newline='\n')]
for x, y in zip(a, b, strict=True):
    cls = x.get('class')
    assert x['id'] == y['id'] and x.get('text') == y.get('text'), (x, y)
    assert ('/'.join(cls) if isinstance(cls, list) else cls) == y.get('class'), (x, y)
    assert x.get('image') == y.get('image') and (not x.get('split') or x['split'] == y['split']), (x, y)
PY
) && ok "nothing of it was changed on the way" || not_ok "nothing of it was changed on the way" "$why"
mkdir elsewhere && cp -r pics elsewhere/ && sed 's/"id":"/"id":"other /' hostile.jsonl >elsewhere/more.jsonl
sed -i 's/"id": "/"id": "other /' elsewhere/more.jsonl
run import elsewhere/more.jsonl -o back
code 0 "pictures of two folders" export back --to jsonl --vectors none -o two.jsonl
says err "--images /" "are told from the root"
code 0 "come back too" import two.jsonl --images / -o two
run export two --to jsonl --vectors none -o two-again.jsonl
cmp two.jsonl two-again.jsonl && ok "the same bytes" || not_ok "the same bytes"

code 0 "a catalogue with a model" import hostile.jsonl -o w
run embed w
code 4 "has no embeddings before it is trained" export w --to sql -o x.sql
says err "--vectors features" "and says what to do"
run train w --steps 30 --hidden 32 --dim 16 --tfidf-dim 32 --seed 1
[ "$code" = 0 ] || not_ok "training" "$err"
for to in jsonl:w.jsonl sql:w.sql faiss-npy:w.npy.d projector:w.plot/; do
    code 0 "${to%%:*}" export w --to "${to%%:*}" -o "${to#*:}"
done
why=$(help stores w) && ok "all formats agree" || not_ok "all formats agree" "$why"
why=$(help search "$huse" w) && ok "and find what the program finds: $why" || not_ok "and find what the program finds" "$why"
cp w.sql first.sql
run export w --to sql -o w.sql
cmp first.sql w.sql && ok "twice the same bytes" || not_ok "twice the same bytes"
code 0 "for pgvector" export w --to sql --pgvector --table "it's \"x\"" -o v.sql
grep -q '^    image_vector vector(16)' v.sql && grep -q '^CREATE TABLE "it.s ""x""" (' v.sql && grep -q '^CREATE INDEX ON "it.s ""x""" USING hnsw (text_vector vector_cosine_ops);' v.sql &&
    ! grep -q 'real\[\]' v.sql && ok "in its words" || not_ok "in its words" "$(head -n 30 v.sql)"

code 3 "a folder that holds something" export w --to projector -o w.plot
says err "not empty" "is left alone"
mkdir empty && code 0 "an empty one is taken" export w --to faiss-npy -o empty
code 3 "a file is no folder" export w --to projector -o w.sql
cmp -s first.sql w.sql && ok "and stays" || not_ok "and stays"
code 2 "both of --what and --to" export w --to sql --what items -o x.sql
code 2 "pgvector of JSON" export w --to jsonl --pgvector -o x.jsonl
code 2 "--vectors of --what" export w --what items --vectors none -o x.csv
code 2 "a projector without vectors" export w --to projector --vectors none -o x
code 2 "a table without a name" export w --to sql --table "" -o x.sql
code 2 "a name that would be cut" export w --to sql --table "$(printf '%080d' 1)" -o x.sql
code 2 "nowhere to write" export w --to sql
printf '{"id":"0 plain","image_vector":[1,2]}\n{"id":"2","image_vector":[1,2,3]}\n' >wrong.jsonl
code 3 "vectors of two lengths" embed w --image-features wrong.jsonl
says err "wrong.jsonl, line 2" "are refused by line"
printf '{"id":"0 plain"}\n\n{"id":"nobody","vector":[1,2]}\n' >wrong.jsonl
code 3 "a vector of nobody" embed w --image-features wrong.jsonl
says err "line 3: there is no item" "is refused by line"
printf '{"id":"0 plain","vector":[1,"2"]}\n' >wrong.jsonl
code 3 "a vector of words" embed w --image-features wrong.jsonl
printf '{"id":"0 plain","vector":[1e39]}\n' >wrong.jsonl
code 3 "a number that is too large" embed w --image-features wrong.jsonl
code 3 "no vectors" embed w --image-features bare.jsonl
[ -z "$(find . -name '.tmp-*' -not -path './w*/*')" ] && ok "nothing half made is left" || not_ok "nothing half made is left" "$(find . -name '.tmp-*')"
finish

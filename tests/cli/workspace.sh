#!/bin/bash
# One small workspace from import to export: streams, exit codes and the shape of every JSON answer.
. tests/cli/lib.bash

# 96 items of 6 classes with pictures of their class's colour
mkdir pics
/usr/bin/python3 - <<'PY'
import csv
from pictures import shaded
kinds = [('Wear/Dress', 'dress', (200, 20, 20)), ('Wear/Shirt', 'shirt', (20, 200, 20)), ('Wear/Hat', 'hat', (20, 20, 200)),
         ('Shoe/Boot', 'boot', (120, 60, 10)), ('Shoe/Sandal', 'sandal', (220, 220, 40)), ('Shoe/Clog', 'clog', (90, 0, 120))]
words = ['cotton', 'leather', 'striped', 'plain', 'summer', 'winter', 'long', 'short']
with open('c.csv', 'w', newline='') as f:
    w = csv.writer(f)
    w.writerow(['id', 'image', 'text', 'class', 'split'])
    for i in range(96):
        path, name, rgb = kinds[i % 6]
        shaded('pics/%d.png' % i, 40, 30, [(c + i) % 256 for c in rgb])
        w.writerow(['i%02d' % i, '%d.png' % i, '%s %s %s' % (words[i % 8], words[i // 6 % 8], name), path, ['train', 'train', 'val', 'test'][i // 6 % 4]])
    w.writerow(['loose', '0.png', 'a striped summer dress', '', ''])
    w.writerow(['gone', 'missing.png', 'plain long boot', 'Shoe/Boot', 'train'])
PY
code 0 "import" import c.csv --images pics -o w --json
check "its JSON" 'j["schema"] == "huse-tui/import" and j["version"] == 1 and j["rows"] == 98 and j["added"] == 98 and j["without_class"] == 1'
code 0 "importing again" import c.csv --images pics -o w --json
check "changes nothing" 'j["unchanged"] == 98 and j["added"] == 0'

code 3 "search before embedding" search w "dress"
says err "huse-tui embed" "says what is missing"
code 0 "embed with a missing picture ends well" embed w --json
check "and counts it" 'j["schema"] == "huse-tui/embed" and j["pictures_failed"] == 1 and j["pictures_new"] == 96 and j["pictures_kept"] == 1'
run embed w
says err "huse-tui doctor w" "and says where the reason is"
run doctor w --json
check "doctor knows the reason" '[f["id"] for f in j["workspace"]["pictures_failed"]] == ["gone"] and j["workspace"]["pictures_failed"][0]["why"] and j["damaged"] == 0'

code 0 "search from texts alone" search w "summer dress" --target text --json
check "is honest about it" 'j["trained"] is False and j["results"]'
run search w "summer dress" --target text
says err "huse-tui train w" "and says what would add more"
code 4 "eval without a model is not found" eval w --json
code 4 "export of embeddings too" export w --what image-embeddings -o x.npy

code 0 "train" train w --steps 60 --seed 2 --threads 1
check "the run's id comes first" 'lines[0] == "run-1" and len(lines) == 2'
code 0 "resuming a finished run is no error" train w --steps 60 --seed 2 --threads 1 --resume
code 2 "an unknown optimiser is a usage error" train w --optimiser sgd
run runs w --json
check "runs lists it" 'j["runs"][0]["id"] == "run-1" and j["runs"][0]["step"] == 60 and j["runs"][0]["published"] is True and j["runs"][0]["config"]["seed"] == 2'

code 0 "search" search w "summer dress" -k 7 --json
check "its JSON" 'j["schema"] == "huse-tui/search" and j["version"] == 1 and j["query"] == "summer dress" and j["model"] and j["metric"] == "cosine"'
check "ranks, ids, scores, absolute paths, classes" '[r["rank"] for r in j["results"]] == list(range(1, 8)) and all(set(r) >= {"rank", "id", "kind", "score", "path", "class", "class_path"} for r in j["results"]) and all(os.path.isabs(r["path"]) and os.path.exists(r["path"]) for r in j["results"]) and all(isinstance(r["id"], str) for r in j["results"])'
check "scores fall" 'all(a["score"] >= b["score"] for a, b in zip(j["results"], j["results"][1:]))'
check "what is found is a dress" 'sum(r["class_path"] == "Wear/Dress" for r in j["results"]) >= 5'
check "words that its texts have need no note" 'not j["note"]'
code 0 "words that no text has" search w "zzqqk blorf" -k 3 --json
check "are told" '"no text that the model learnt from has these words" in j["note"]'
code 0 "one object a line" search w "summer dress" -k 5 --jsonl
check "with the same members" 'len(lines) == 5 and all(json.loads(l)["rank"] == i + 1 for i, l in enumerate(lines))'
code 0 "plain fields" search w "summer dress" -k 5 --plain
check "are six to a line" 'len(lines) == 5 and all(l.count("\t") == 5 for l in lines)'
code 0 "classes" search w "boot" --target class -k 3 --json
check "are found" 'any(r["class_path"] == "Shoe/Boot" for r in j["results"]) and all(r["kind"] == "class" and r["path"] is None for r in j["results"])'
code 0 "a class filter" search w "red" --class Shoe -k 50 --json
check "holds the subtree" 'j["results"] and all(r["class_path"].startswith("Shoe/") for r in j["results"])'
code 0 "a score that nothing reaches is no error" search w dress --min-score 1.9 --json
check "but an empty list" 'j["results"] == []'
code 0 "an item" search w @i00 -k 3 --json
check "is not its own answer" 'all(r["id"] != "i00" for r in j["results"]) and len(j["results"]) == 3'
code 0 "a picture" search w ./pics/5.png -k 3 --json
check "finds its kind" 'any(r["class_path"] == "Shoe/Clog" for r in j["results"])'
code 0 "sums and differences" search w "2:boot + leather - winter" --json
code 2 "a broken query is a usage error" search w 'dress + '
says err "character" "its place is named"
code 4 "an unknown item is not found" search w @nobody
code 4 "an unknown class is not found" search w dress --class Wear/Dres
says err "Dress" "the nearest is named"

code 0 "neighbors of a class" neighbors w Wear/Dress --json
check "their JSON" 'j["schema"] == "huse-tui/neighbors" and len(j["results"]) == 5 and all({"class_path", "score", "tree_distance", "psi_distance", "disagreement"} <= set(r) for r in j["results"]) and "Wear/Dress" not in [r["class_path"] for r in j["results"]]'
code 0 "neighbors of an inner node at its level" neighbors w Wear --level 1 --json
check "are its siblings" '[r["class_path"] for r in j["results"]] == ["Shoe"]'
code 0 "neighbors of an item" neighbors w @i00 -k 4 --json
check "are items" 'len(j["results"]) == 4 and all(r["kind"] == "image" for r in j["results"])'
code 0 "disagreements" neighbors w --disagree --json
check "their JSON" 'j["schema"] == "huse-tui/disagreements" and isinstance(j["results"], list)'
code 2 "neighbors of nothing is a usage error" neighbors w
code 4 "neighbors of an unknown class is not found" neighbors w Wear/Dres

code 0 "show" show w i03 --json
check "its JSON" 'j["schema"] == "huse-tui/show" and j["item"]["id"] == "i03" and j["item"]["split"] == "train" and abs(sum(x["p"] for x in j["image_says"])) <= 1.001 and len(j["text_says"]) == 3'
code 4 "show of an unknown item is not found" show w i999
says err "nearest" "the nearest id is named"
code 0 "classify what has no class" classify w --json
check "its JSON" 'j["schema"] == "huse-tui/classify" and [r["id"] for r in j["results"]] == ["loose"] and 0 < j["results"][0]["p"] <= 1 and j["results"][0]["class_path"]'
printf 'id,image,text\nn1,7.png,a plain shirt\nn2,,a leather boot\nn3,nowhere.png,\nn4,../c.csv,a hat\n' >new.csv
code 0 "classify a file" classify w new.csv --images pics --json
check "every item is answered, bad pictures with the reason" '[r["id"] for r in j["results"]] == ["n1", "n2", "n3", "n4"] and j["results"][2]["why"] and j["results"][3]["why"] and j["results"][2]["class"] is None and j["results"][1]["class"] == "Boot"'
run show w n1
[ "$code" = 4 ] && ok "and is not added" || not_ok "and is not added"
[ -z "$(ls -d "${TMPDIR:-/tmp}"/huse-tui-?????? 2>/dev/null)" ] && ok "nothing is left in the temporary folder" || skip "other programs' folders are in the temporary folder"
code 0 "suspects" classify w --suspects --split train --jsonl
check "their lines" 'all(json.loads(l)["best_p"] >= json.loads(l)["p"] for l in lines)'

code 0 "eval" eval w --json --draws 50
check "its JSON" 'j["schema"] == "huse-tui/eval" and set(j["retrieval"]) == {"I2I", "I2T", "T2I", "T2T", "T2T_distinct"} and set(j["accuracy"]) == {"image", "text", "fusion", "fusion_weight"} and j["queries"] == 24 and set(j["attribute_search"]) == {"shared", "visible", "hidden"}'
check "every figure lies in its interval" 'all(lo - 1e-9 <= t[k] <= hi + 1e-9 for t in j["retrieval"].values() for k, (lo, hi) in t["interval"].items())'
code 7 "a figure below its limit" eval w --draws 0 --fail-under T2I.R@1=1.01
code 0 "a figure above its limit" eval w --draws 0 --fail-under T2I.R@1=0.01 --fail-under accuracy.text=0
code 2 "an unknown figure" eval w --fail-under T2I.R1=.5
code 3 "vectors that do not fit the catalogue" eval w --image-embeddings <(:) --text-embeddings missing.npy
[ -d "$golden/metrics" ] || skip "vectors made elsewhere (no golden folder)"
if [ -d "$golden/metrics" ]; then
    code 0 "import without pictures" import "$golden/metrics/catalogue.csv" -o m
    code 0 "vectors made elsewhere" eval m --image-embeddings "$golden/metrics/image.npy" --text-embeddings "$golden/metrics/text.npy" --json
    check "give the figures of brute force" 'all(abs(v - j["retrieval"][t][k]) < 2e-6 for t, e in json.load(open("'"$golden"'/metrics/expected.json"))["retrieval"].items() for k, v in e.items() if isinstance(v, float))'
    code 3 "too few rows" eval w --image-embeddings "$golden/metrics/image.npy"
    says err "rows" "say so"
fi

for what in image-features text-features image-embeddings text-embeddings class-embeddings; do
    for ending in npy safetensors csv jsonl tsv; do
        code 0 "export $what .$ending" export w --what $what -o "x.$ending" --json
    done
    why=$(/usr/bin/python3 - $what <<'PY'
import csv, json, sys
import numpy as np
x, ids = np.load('x.npy'), open('x.ids.txt').read().split('\n')[:-1]
rows = list(csv.reader(open('x.csv', newline='')))
lines = [json.loads(l) for l in open('x.jsonl')]
tsv = np.loadtxt('x.tsv', delimiter='\t', dtype=np.float32, ndmin=2)
meta = open('x.metadata.tsv').read().split('\n')
assert x.dtype == np.float32 and len(ids) == len(x) and len(set(ids)) == len(ids), 'npy'
assert [r[0] for r in rows[1:]] == ids and np.allclose(np.array([r[2:] for r in rows[1:]], np.float32), x, atol=1e-6), 'csv'
assert [l['id'] for l in lines] == ids and np.allclose([l['vector'] for l in lines], x, atol=1e-6), 'jsonl'
assert np.allclose(tsv, x, atol=1e-6) and meta[0] == 'id\tclass\ttext' and len(meta) == len(ids) + 2, 'tsv'
b = open('x.safetensors', 'rb').read()
head = json.loads(b[8:8 + int.from_bytes(b[:8], 'little')])
a = next(v for k, v in head.items() if v['dtype'] == 'F32')
assert a['shape'] == list(x.shape), 'safetensors'
if 'image' in sys.argv[1]: assert 'gone' not in ids and 'i00' in ids, 'items without a picture'
if 'embeddings' in sys.argv[1]: assert np.allclose(np.linalg.norm(x, axis=1), 1, atol=1e-4), 'unit rows'
PY
    2>&1) && ok "all formats of $what agree" || not_ok "all formats of $what agree" "$why"
done
code 0 "export items" export w --what items -o items.csv
says err "--images $tmp/pics" "the pictures' folder is named"
code 0 "that import again" import items.csv --images pics -o w2 --json
check "are the same items" 'j["added"] == 98 and j["pictures"] == 98'
code 0 "with their pictures" embed w2 --json
check "all of them" 'j["pictures_failed"] == 1'
code 0 "export the model" export w --what model -o model.safetensors
check "as weights with their meaning" 'json.load(open("model.json"))["classes"][0] == "Shoe/Boot"'
code 2 "an unknown format" export w --what items -o items.xls
code 2 "a format that does not fit" export w --what items -o items.npy
code 2 "nothing named" export w -o x.npy
printf 'id,text\n=1+2,"@sum(a)"\n' >f.csv
run import f.csv -o f
run export f --what items -o f-out.csv
grep -q "^\"'=1+2\",,\"'@sum(a)\"" f-out.csv && ok "no cell is a formula" || not_ok "no cell is a formula" "$(cat f-out.csv)"

"$huse" search w dress -k 98 --jsonl | head -n 1 >/dev/null
piped=${PIPESTATUS[0]}
[ "$piped" = 141 ] || [ "$piped" = 0 ] && ok "a closed pipe ends the program" || not_ok "a closed pipe ends the program" "$piped"
{ sleep .2; "$huse" --help 2>.err; echo $? >.code; } | true
[ "$(cat .code)" = 141 ] && ok "by SIGPIPE" || not_ok "by SIGPIPE" "$(cat .code)"
[ ! -s .err ] && ok "and without a word" || not_ok "and without a word" "$(cat .err)"

printf 'id,text,class,split\na,x,A/B,train\nb,y,A/C,trian\n' >bad.csv
code 3 "bad data" import bad.csv -o bad
says err "bad.csv:3:" "are named by file and line"
[ ! -e bad ] && ok "and leave no workspace" || not_ok "and leave no workspace"
code 0 "or are skipped" import bad.csv -o bad --skip-bad --json
check "and counted" 'j["skipped"] == 1 and j["added"] == 1 and os.path.exists(j["skip_file"])'

dd if=/dev/zero of="$(ls -d w/models/*/weights.safetensors | head -n 1)" bs=1 seek=100000 count=8 conv=notrunc 2>/dev/null
code 1 "doctor finds an altered model" doctor w
says out "weights.safetensors" "and names the file"
finish

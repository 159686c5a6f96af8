#!/bin/bash
# Catalogues of odd shapes: no text at all, gaps, ties, classes on inner nodes, strange ids, rows from elsewhere; and every
# figure of eval against brute force.
. tests/cli/lib.bash
small="--hidden 24 --dim 16 --image-layers 1 --text-layers 1 --tfidf-dim 32 --steps 12"

/usr/bin/python3 - <<'PY'
import csv, json, os, random
from pictures import shaded
random.seed(5)
os.mkdir('pics')
os.mkdir('flat')
colour = {'red': (200, 20, 20), 'green': (20, 200, 20), 'blue': (20, 20, 200)}
for i in range(48):
    shaded('pics/%d é.png' % i, 12, 9, [(c + i % 16) % 256 for c in list(colour.values())[i % 3]])
for i in range(4):
    shaded('flat/%d.png' % i, 12, 9, (random.randrange(256), random.randrange(256), random.randrange(256)))
def write(name, header, rows):
    with open(name, 'w', newline='', encoding='utf8') as f:
        csv.writer(f).writerows([header] + rows)
write('mute.csv', ['id', 'image', 'class'], [[i, '%d é.png' % i, 'Colour/%s' % list(colour)[i % 3]] for i in range(48)])
# gaps, several pictures, texts and pictures that repeat (ties), classes on inner nodes and of one item, other classes by split
paths = ['F/A/g', 'F/A', 'F/A/r', 'F', 'F/B', 'T/H', 'T/S/h', 'Y']
for name, n, classes in (('mixed', 90, 5), ('wide', 70, 8)):
    with open(name + '.jsonl', 'w') as f:
        for i in range(n):
            c = paths[random.randrange(classes)] if i else 'Alone/so'
            item = {'id': '%s %d' % (name, i), 'class': c, 'split': random.choice(['train', 'train', 'val', 'test', 'test'])}
            if random.random() < .85:
                item['image'] = ['pics/%d é.png' % random.randrange(48) for _ in range(random.choice([1, 1, 1, 2]))]
            if random.random() < .8:
                item['text'] = '%s thing %d' % (c.split('/')[-1], random.randrange(12))
            f.write(json.dumps(item) + '\n')
ids = ['-k', 'a + b', '@x', 'class:Y', '=1+1', "'=1", "'tis", 'שלום', '👗', '"q"', 'back\\', ' ~ ']
write('ids.csv', ['id', 'text', 'class', 'image'],
      [[x, "'-%d" % i, ['class:Y', '@x'][i % 2], ['pics/1 é.png', 'http://example.com/a.png', os.path.abspath('pics/2 é.png')][i % 3]]
       for i, x in enumerate(ids)])
PY

code 0 "import of pictures and classes alone" import mute.csv --images pics -o mute
code 0 "that trains" train mute $small --hidden 64 --steps 40
code 0 "its model answers the words of a class" search mute "Colour green" -k 5 --json
check "by its pictures" 'j["trained"] and [r["class_path"] for r in j["results"]] == ["Colour/green"] * 5'
code 0 "and is evaluated" eval mute --json --draws 0
check "in pictures alone" 'j["retrieval"]["I2I"]["R@1"] is not None and j["retrieval"]["T2T"]["R@1"] is None and j["accuracy"]["image"] is not None and j["accuracy"]["text"] is None'
code 0 "doctor opens it too" doctor mute

code 0 "import of a flat folder" import flat -o flat-ws
code 0 "that embeds" embed flat-ws
code 0 "words find nothing there" search flat-ws red
says err "ask with a picture or @item" "which is said, with what finds something"
[[ $err != *"huse-tui train"* ]] && ok "and no training is advised" || not_ok "and no training is advised" "$err"
code 0 "a picture finds pictures" search flat-ws flat/2.png -k 1 --json
check "itself first" 'j["results"][0]["id"] == "2" and j["results"][0]["score"] > .999'
code 3 "no class is nothing to train on" train flat-ws
code 4 "without a model nothing is classified" classify flat-ws
code 4 "and no class has neighbours" neighbors flat-ws red

for name in mixed wide; do
    code 0 "import of $name" import $name.jsonl -o $name
    code 0 "training of $name" train $name $small
    mkdir $name.out
    run export $name --what items -o $name.out/items.jsonl
    for m in image text; do run export $name --what $m-embeddings -o $name.out/$m.npy; done
    run export $name --what model -o $name.out/model.safetensors
    for split in test val; do
        code 0 "eval of $name, $split" eval $name --split $split --draws 0 --json
        cp .out $name.json
        why=$(/usr/bin/python3 -B "$root/tests/cli/brute.py" $name.out $split $name.json 2>&1) &&
            ok "every figure is that of brute force ($why)" || not_ok "every figure is that of brute force" "$why"
        code 0 "the exported vectors" eval $name --split $split --draws 0 --json --image-embeddings $name.out/image.npy --text-embeddings $name.out/text.npy
        check "give the same figures" 'all(abs(v - w) < 1e-9 if isinstance(v, float) else v == w for t in j["retrieval"] for (k, v), w in zip(j["retrieval"][t].items(), json.load(open("'$name.json'"))["retrieval"][t].values()) if k != "random") and j["spearman_tree"] == json.load(open("'$name.json'"))["spearman_tree"]'
    done
done

code 0 "import of odd ids" import ids.csv --images . -o ids
code 0 "embedding with addresses" embed ids --json
check "counts them as not fetched" 'j["pictures_failed"] == 0 and j["pictures_waiting"] == 4 and j["not_fetched"] == [{"host": "example.com", "why": "offline: not fetched", "pictures": 4, "refused": True}]'
run doctor ids --json
check "and as waiting" 'j["workspace"]["pictures_waiting"] == 4 and not j["workspace"]["pictures_failed"]'
wrong=
while IFS= read -r id; do
    run show ids --json -- "$id"
    [ $code = 0 ] || wrong+=" show:$id"
    run neighbors ids --json -k 2 -- "@$id"
    [ $code = 0 ] || wrong+=" neighbors:$id"
done < <(/usr/bin/python3 -c 'import csv; [print(r["id"].strip()) for r in csv.DictReader(open("ids.csv", encoding="utf8"))]' | sed "s/^'=/=/")
[ -z "$wrong" ] && ok "every id is shown and asked" || not_ok "every id is shown and asked" "$wrong"
run export ids --what items -o again.csv
code 0 "an export comes back" import again.csv --images . -o ids --json
check "as it was" 'j["added"] == 0 and j["rows"] == 12 and os.path.isabs(j["workspace"])'
run export ids --what items -o twice.csv
cmp -s again.csv twice.csv && ok "to the byte" || not_ok "to the byte" "$(diff again.csv twice.csv)"
code 0 "classify takes absolute paths below the folder" train ids $small
code 0 "too" classify ids ids.csv --images . --json
check "as embed does" '[bool(r["why"]) for r in j["results"]] == [i % 3 == 1 for i in range(12)]'
code 0 "a class that looks like a term" neighbors ids class:Y --json
check "is found" 'j["query"] == "class:Y"'
code 4 "disagreements of an unknown class" neighbors ids --disagree nothing

code 2 "settings that cannot be are refused" train mute --psi texts --tfidf-dim 0
code 4 "so are files that are not there" train mute --psi gone.npy
run runs mute --json
check "and leave no run behind" '[r["id"] for r in j["runs"]] == ["run-1"]'
mkdir mute/runs/run-1/.tmp-4194304-step-9
code 0 "a run is resumed without naming its settings" train mute --resume
[ ! -e mute/runs/run-1/.tmp-4194304-step-9 ] && ok "and what a kill left of it goes" || not_ok "and what a kill left of it goes"
code 2 "but not with others" train mute --resume --dim 17
code 2 "--run alone is a mistake" train mute --run run-1

/usr/bin/python3 - <<'PY'
import numpy as np
rng = np.random.default_rng(3)
x = rng.normal(size=(3, 7))[np.arange(48) % 3] + .1 * rng.normal(size=(48, 7))
np.save('half.npy', x.astype('f2'))
np.save('rev.npy', np.ascontiguousarray(x[::-1]))
open('rev.ids.txt', 'w').write(''.join('%d\n' % i for i in range(47, -1, -1)))
PY
code 0 "rows in catalogue order, of half precision" embed mute --image-features half.npy --json
check "are taken" 'j["image_encoder"] == "external-image" and j["rows_given"] == 48'
code 0 "rows with their ids beside them" embed mute --image-features rev.npy
run export mute --what image-features -o back.npy
/usr/bin/python3 -c '
import numpy as np
assert np.allclose(np.load("back.npy"), np.load("rev.npy")[::-1], atol=1e-6)' && ok "come back in the catalogue's order" || not_ok "come back in the catalogue's order"
code 0 "train on them" train mute $small --steps 40
code 0 "words, classes and items ask it" search mute "blue + class:Colour/blue + @2" -k 4 --json
check "and find the right ones" '[r["class_path"] for r in j["results"]] == ["Colour/blue"] * 4'
code 3 "a picture cannot" search mute "./pics/0 é.png"
says err "came from elsewhere" "which is said"
code 2 "--ids alone is a mistake" embed mute --ids rev.ids.txt
finish

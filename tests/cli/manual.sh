#!/bin/bash
# Every example of the manual pages: the lines that begin with "$ " in their literal blocks, page by page, each page in a folder of its own
# with the same small catalogue. Answers with --json are compared, field by field, with what huse-tui(5) says of their schema.
. tests/cli/lib.bash
# few steps of small towers, through the variables that the manual tells of
export HUSE_TUI_TRAIN_STEPS=24 HUSE_TUI_TRAIN_HIDDEN=32 HUSE_TUI_TRAIN_DIM=16 HUSE_TUI_TRAIN_IMAGE_LAYERS=1 HUSE_TUI_TRAIN_TEXT_LAYERS=1 HUSE_TUI_TRAIN_TFIDF_DIM=32
mkdir bin && ln -s "$huse" bin/huse-tui
PATH=$tmp/bin:$PATH

catalogue() {
    /usr/bin/python3 - <<'PY'
import csv, os
from pictures import shaded
colours = {'red': (200, 30, 30), 'green': (40, 160, 60), 'blue': (40, 60, 200), 'black': (20, 20, 20), 'white': (225, 225, 225)}
kinds = {'Apparel/Dresses': ('summer dress', 60), 'Apparel/Shirts': ('cotton shirt', 48), 'Footwear/Sandals': ('leather sandals', 24),
         'Footwear/Boots': ('winter boots', 32), 'Bags/Handbags': ('handbag with a zip', 40)}
rows = []
for path, (words, height) in kinds.items():
    os.makedirs('pictures/' + path)
    for i in range(15):
        colour = list(colours)[i % 5]
        name = '%s/%02d' % (path, i + 1)
        text = '%s %s%s' % (colour, words, ['', ', new', ' for women'][i // 5])
        shaded('pictures/%s.png' % name, 40, height, colours[colour])
        open('pictures/%s.txt' % name, 'w').write(text + '\n')
        rows.append([len(rows) + 1001, name + '.png', text, path, ['train', 'train', 'val', 'test', 'train'][i // 3]])
rows[14][3], rows[29][3] = 'Footwear/Boots', 'Bags/Handbags' # labels to doubt
for name, header, of in (('shop', 'id,image,text,class,split', rows), ('new', 'id,image,text', [r[:3] for r in rows[::9]]),
                         ('sku', 'sku,photo,title,category', [r[:4] for r in rows])):
    with open(name + '.csv', 'w', newline='') as f:
        csv.writer(f).writerows([header.split(',')] + of)
PY
}

cat >examples.py <<'PY'
"""examples PAGE: its commands, one a line. fields PAGE: what it tells of. fields PAGE ANSWER: those that are there, or which are not told of."""
import json, re, sys
page = open(sys.argv[2], encoding='utf8').read().split('\n')
if sys.argv[1] == 'examples':
    literal = skip = False
    for line in page:
        literal = True if line.startswith('.Bd -literal') else False if line == '.Ed' else literal
        if literal and line.startswith('$ ') and not skip:
            print(line[2:].replace('\\e', '\\').replace('\\-', '-').replace('\\&', ''))
        skip = line == '.\\" terminal'
    sys.exit()
told, schema = {}, None
for line in page:
    if line.startswith(('.Ss ', '.Sh ')):
        schema = line[4:]
    elif line.startswith('.It Va '):
        told.setdefault(schema, []).extend(line[7:].split(' , '))
if len(sys.argv) == 3:
    sys.exit(print('\n'.join('%s %s' % (s, n) for s in told if s.startswith('huse-tui/') for n in told[s])))
j = json.load(open(sys.argv[3], encoding='utf8'))
names = told.get(j['schema'])
if j['schema'].endswith('/neighbors') and 'target' in j:
    names = told['huse-tui/search']
if names is None:
    sys.exit('no section on ' + j['schema'])
pattern = {n: re.compile(re.sub(r'[A-Z]{3,}', r'[^.]+', re.escape(n))) for n in names}
seen, unknown = set(), set()

def walk(path, v):
    """A field that is told of as such speaks for all below it."""
    hits = [n for n in names if pattern[n].fullmatch(path)]
    seen.update(hits)
    deeper = any(n.startswith(path + '.') or n.startswith(path + '[') or re.match(pattern_start(path), n) for n in names)
    if hits and not deeper:
        return
    if isinstance(v, dict):
        for k, x in v.items():
            if 'schema' not in v or k == 'training': # else another section's
                walk(path + '.' + k, x)
    elif isinstance(v, list) and any(n.startswith(path + '[].') for n in names):
        for x in v:
            walk(path + '[]', x)
    elif not hits:
        unknown.add(path)

def pattern_start(path):
    """A name that is told of and goes on below this path, with capitals for some of its parts."""
    return r'\.'.join('(?:%s|[A-Z0-9]+)' % re.escape(p) for p in path.split('.')) + r'[.\[]'

for k, v in j.items():
    if k not in ('schema', 'version'):
        walk(k, v)
print('\n'.join('%s %s' % (j['schema'], n) for n in seen))
if unknown:
    sys.exit('not told of: %s' % sorted(unknown)[:8])
PY

for n in 7 1 5; do
    page=$root/man/huse-tui.$n
    mkdir "page$n" && cd "page$n" && catalogue
    XDG_CONFIG_HOME=$PWD/config
    count=0 bad=
    while IFS= read -r line; do
        count=$((count + 1))
        bash -o pipefail -c "$line" >out 2>err </dev/null
        code=$?
        [ $code = 0 ] || bad+="$line: exit $code: $(cat err)"$'\n'
        [[ $line == *--json* ]] || continue
        why=$(/usr/bin/python3 ../examples.py fields "$root/man/huse-tui.5" out 2>&1 >>../seen) || bad+="$line: $why"$'\n'
    done < <(/usr/bin/python3 ../examples.py examples "$page")
    [ -z "$bad" ] && [ $count -gt 5 ] && ok "the $count examples of huse-tui($n) do what they say" || not_ok "the examples of huse-tui($n) do what they say" "$bad"
    cd ..
done
# those that only bad rows and --ablate bring
missing=$(/usr/bin/python3 examples.py fields "$root/man/huse-tui.5" | grep -vE ' (skip_file|ablations)$|^huse-tui/(pull|model-rm) ' | sort -u | comm -23 - <(sort -u seen))
[ -z "$missing" ] && ok "every field that is told of is in the answer to some example" || not_ok "every field that is told of is in the answer to some example" "$missing"
finish

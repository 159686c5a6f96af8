#!/usr/bin/python3
"""The hostile catalogue that is handed over, and what came out. Usage: handover.py make | stores WS | search HUSE WS |
postgres JSONL TABLE"""
import json, os, re, subprocess, sys
import numpy as np

WORDS = ["plain", "it's \"quoted\"", "'; DROP TABLE items; --", "back\\slash \\N \\. \\x41", "a\ttab\nand a line\r\nend", "$$dollar$1$$", ":var :'x' :\"y\"",
         "{braces,[1,2]}", "naïve café 猫 👩‍🚀", "‮right to left‬", "\u0001\u001b[31mred\u009b", "NULL", "E'\\''", "/* a comment", "--", "%s%n{0}",
         "\ufeffmark", "x" * 70000, "a|b", "\u2028line separator"]


def make():
    from pictures import shaded
    os.mkdir('pics')
    with open('hostile.jsonl', 'w', encoding='utf8') as f:
        for i, w in enumerate(WORDS * 3):
            item = {'id': ('%d ' % i + w.replace('\n', ' ').replace('\r', ' '))[:200].strip(), 'text': w}
            name = 'pics/%d.png' % i
            if i % 4 == 1:
                name = 'pics/%d a|b\'"\\.png' % i
            if i % 5:
                shaded(name, 24, 24, [i * 4 % 256, 255 - i * 4 % 256, 77])
                item['image'] = [name] if '|' in name else name
            if i % 7 == 3:
                item['image'] = ['pics/0 second.png', name, ' spaces .png', 'http://192.0.2.1/a|b.png']
            if i % 6:
                part = re.sub(r'\s', '_', w[:60].replace('/', '-')).strip() # names of one line, for .ids.txt
                item['class'] = ['%s %d' % (part, i % 2), 'it\'s "x" \\ %d' % (i % 3)] if i % 3 == 2 else 'A/B %d' % (i % 3)
            if i % 3 == 0 and 'class' in item:
                item['split'] = ['train', 'val', 'test'][i // 3 % 3]
            if i % 8 == 7:
                del item['text']
            f.write(json.dumps(item, ensure_ascii=i % 2 == 0) + '\n')
    ids = [json.loads(l)['id'] for l in open('hostile.jsonl', encoding='utf8')]
    rng = np.random.default_rng(1)
    x = (rng.standard_normal((len(ids), 7)) * 10.0 ** rng.integers(-30, 30, (len(ids), 7))).astype('<f4')
    x[0] = [0, -0.0, 1e-45, 3.4028235e38, -3.4028235e38, 1.17549435e-38, 0.1]
    np.save('rows.npy', x)
    open('rows.ids.txt', 'w', encoding='utf8', newline='').write(''.join(i + '\n' for i in ids))


def lines(path):
    return [json.loads(l) for l in open(path, encoding='utf8', newline='\n')]


def stores(ws):
    """The four formats say the same."""
    items = lines(ws + '.jsonl')
    npy, plot = ws + '.npy.d/', ws + '.plot/'
    config = json.load(open(plot + 'projector_config.json'))['embeddings']
    pbtxt = open(plot + 'projector_config.pbtxt').read()
    for name, member in (('images', 'image_vector'), ('texts', 'text_vector'), ('classes', None)):
        x = np.load(npy + name + '.npy')
        ids = open(npy + name + '.ids.txt', encoding='utf8', newline='').read().split('\n')[:-1]
        tsv = [l.split('\t') for l in open(plot + name + '.tsv', newline='').read().split('\n')[:-1]]
        meta = open(plot + name + '.metadata.tsv', encoding='utf8', newline='').read().split('\n')[:-1]
        assert x.dtype == np.dtype('<f4') and x.flags['C_CONTIGUOUS'] and len(ids) == len(x), name
        assert np.array_equal(np.array(tsv, np.float32), x), name + '.tsv'
        assert meta[0].split('\t') == ['id', 'top_class', 'class', 'split', 'text'] and len(meta) == len(x) + 1, name
        assert all(m.count('\t') == 4 for m in meta) and [m.split('\t')[0] for m in meta[1:]] == [i.replace('\t', ' ') for i in ids], name + ' ids'
        if member:
            have = [j for j in items if member in j]
            assert [j['id'] for j in have] == ids and np.array_equal(np.array([j[member] for j in have], np.float32), x), member
        entry = [e for e in config if e['tensorName'] == name]
        assert len(entry) == 1 and entry[0]['tensorShape'] == list(x.shape) and os.path.exists(plot + entry[0]['metadataPath']), config
        assert 'tensor_path: "%s.tsv"' % name in pbtxt, pbtxt


def search(huse, ws):
    """What faiss, or numpy where it is not, finds in the matrices is what the program finds."""
    try:
        import faiss
    except ImportError:
        faiss = None
    x = {k: np.load(ws + '.npy.d/%s.npy' % k) for k in ('images', 'texts')}
    ids = {k: open(ws + '.npy.d/%s.ids.txt' % k, encoding='utf8').read().split('\n')[:-1] for k in x}
    asked = 0
    for query in [i for i in ids['images'] if i in ids['texts'] and not re.search('["|+-]', i)][::5]:
        for kind in x: # an item asks pictures with its picture and texts with its text
            q = x[kind][ids[kind].index(query)][None]
            if faiss:
                index = faiss.IndexFlatIP(q.shape[1])
                index.add(x[kind])
                score, row = (a[0] for a in index.search(q, 11))
            else:
                row = np.argsort(-(x[kind] @ q[0]), kind='stable')[:11]
                score = (x[kind] @ q[0])[row]
            want = [(ids[kind][r], s) for r, s in zip(row, score) if ids[kind][r] != query][:10] # an item is not its own answer
            out = subprocess.run([huse, 'search', ws, '@' + query, '--target', kind[:-1], '-k', '10', '--rerank', '0', '--json'],
                                 capture_output=True, text=True)
            got = [(r['id'], r['score']) for r in json.loads(out.stdout)['results']]
            assert len(got) == len(want) and all(abs(a[1] - b[1]) < 1e-5 for a, b in zip(got, want)), (query, got, want)
            # equal scores may come in either order
            assert all(a[0] == b[0] or abs(x[kind][ids[kind].index(a[0])] @ q[0] - b[1]) < 1e-6 for a, b in zip(got, want)), (query, got, want)
            asked += 1
    print('%d questions, by %s' % (asked, 'faiss' if faiss else 'numpy'))


def floats(hexed):
    """The numbers of a real[] or of pgvector's vector, as PostgreSQL sends them."""
    b = bytes.fromhex(hexed)
    if len(b) % 8 == 4 and len(b) > 16: # dimensions, flags, type, length, lower bound; then length and value each
        return np.frombuffer(b[20:], '>i4').reshape(-1, 2)[:, 1].copy().view('>f4').astype('<f4')
    raise ValueError('an array of one dimension is not this: ' + hexed[:60])


def vector(hexed):
    return np.frombuffer(bytes.fromhex(hexed)[4:], '>f4').astype('<f4') # dimensions and two free bytes


def postgres(path, table):
    """Table @table of the server that psql finds holds what @path says."""
    name = '"' + table.replace('"', '""') + '"'
    def ask(sql):
        return subprocess.run(['psql', '-XAt', '-c', sql], capture_output=True, text=True, check=True).stdout
    types = dict(l.split('|') for l in ask('SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = $q$%s$q$::regclass '
                                           'AND attnum > 0' % name).splitlines())
    columns = ', '.join("encode(%s(%s), 'hex') AS %s" % ('array_send' if types[c] == 'real[]' else 'vector_send', c, c)
                        for c in ('image_vector', 'text_vector'))
    rows = [json.loads(l) for l in ask('SELECT row_to_json(t) FROM (SELECT id, place, images, "text", class, split, %s FROM %s ORDER BY place) t'
                                       % (columns, name)).split('\n')[:-1]]
    items, numbers = lines(path), 0
    assert len(rows) == len(items) and [r['place'] for r in rows] == list(range(len(items))), (len(rows), len(items))
    for r, j in zip(rows, items):
        for member in ('id', 'text', 'class', 'split'):
            assert r[member] == j.get(member), (member, r[member], j.get(member))
        image = j.get('image', [])
        assert r['images'] == (image if isinstance(image, list) else [image]), (r['images'], image)
        for member in ('image_vector', 'text_vector'):
            assert (r[member] is None) == (member not in j), (member, j['id'])
            if r[member]:
                x = (floats if types[member] == 'real[]' else vector)(r[member])
                assert x.tobytes() == np.array(j[member], '<f4').tobytes(), (member, j['id'], x, j[member])
                numbers += len(x)
    print('%d rows, %d numbers' % (len(rows), numbers))


{'postgres': postgres, 'make': make, 'stores': stores, 'search': search}[sys.argv[1]](*sys.argv[2:])

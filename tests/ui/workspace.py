"""Small workspaces with pictures, made in seconds without weights: for the tests of the interface."""
import concurrent.futures, csv, glob, json, math, os, shutil, sqlite3, subprocess, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from pictures import png

HUSE = os.path.abspath(os.environ.get('HUSE', './huse-tui'))
COLOURS = {'red': (220, 30, 30), 'green': (30, 170, 60), 'blue': (40, 70, 220), 'yellow': (240, 210, 30)}
THINGS = {'dress': 'Apparel/Dresses', 'shirt': 'Apparel/Shirts', 'shoe': 'Footwear/Shoes'}


def pixels(i):
    """Width, height and RGB of picture @i."""
    c, w, h = COLOURS[list(COLOURS)[i % 4]], 48, 48 + i % 3 * 12
    return w, h, bytes(v for y in range(h) for x in range(w) for v in (c if (x // 8 + y // 8) % 2 else tuple(v // 2 + i * 3 for v in c)))


def environment(folder):
    """Nothing of the user's, no weights."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(('HUSE_TUI_', 'XDG_')) and
           k not in ('NO_COLOR', 'COLORTERM', 'TMUX', 'STY', 'SSH_CONNECTION', 'LINES', 'COLUMNS')}
    if os.uname().machine == 'x86_64':  # the same sums on every machine, so that what lies close keeps its order
        env['OPENBLAS_CORETYPE'] = 'Prescott'
    env.update(HOME=folder, HUSE_TUI_DATA=folder + '/data', HUSE_TUI_MODELS=folder + '/no-weights', LC_ALL='C.UTF-8', TERM='xterm-256color')
    return env


def run(folder, *args):
    r = subprocess.run([HUSE, *args], env=environment(folder), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if r.returncode:
        sys.exit('not ok - huse-tui %s: exit %d: %s' % (' '.join(args), r.returncode, r.stderr.decode('utf8', 'replace')[-300:]))


def make(folder, extra=(), train=True):
    """36 things in three classes, one without a picture and one whose picture is broken, and @extra rows (id, text, class)."""
    ws, rows = folder + '/shop', []
    for i in range(36):
        colour, thing = list(COLOURS)[i % 4], list(THINGS)[i % 3]
        png('%s/%d.png' % (folder, i), *pixels(i))
        rows.append(['i%02d' % i, '' if i == 7 else '%d.png' % i, '%s %s number %d' % (colour, thing, i), THINGS[thing], 'test' if i % 6 == 5 else 'train'])
    with open(folder + '/8.png', 'wb') as f:
        f.write(b'no picture at all')
    rows += [[i, '', t, c, 'train'] for i, t, c in extra]
    with open(folder + '/shop.csv', 'w', newline='', encoding='utf8') as f:
        csv.writer(f).writerows([['id', 'image', 'text', 'class', 'split']] + rows)
    run(folder, 'import', folder + '/shop.csv', '-o', ws)
    if train:
        run(folder, 'train', ws, '--steps', '20', '--seed', '1', '--progress', 'none')
    else:
        run(folder, 'embed', ws)
    return ws


def doubt(ws, path, items):
    """Gives items a class that the model will not believe."""
    with sqlite3.connect(ws + '/catalogue.db') as db:
        db.executemany('UPDATE items SET class=(SELECT class FROM classes WHERE path=?) WHERE id=?', [(path, i) for i in items])
    db.close()


TREE = ['Animals/Birds/Ducks', 'Animals/Birds/Owls', 'Animals/Fish', 'Plants/Flowers/Roses', 'Plants/Flowers/Tulips', 'Plants/Trees', 'Tools/Hammers', 'Tools/Saws']


def make_tree(folder):
    """Eight classes on three levels, six pictured items each; a ninth without pictures."""
    ws, rows = folder + '/garden', []
    os.makedirs(folder + '/garden-src')
    for i in range(48):
        k = i % 8
        c = ((k * 67 + 40) % 256, (k * 151 + 90) % 256, (k * 29 + 200) % 256)
        png('%s/garden-src/%d.png' % (folder, i), 40, 40, bytes(min(v + (x * k + i) % 40, 255) for y in range(40) for x in range(40) for v in c))
        name = TREE[k].split('/')[-1].lower()
        rows.append(['g%02d' % i, '%d.png' % i, 'some %s and more, number %d' % (name, i), TREE[k], ('train', 'train', 'train', 'train', 'validation', 'test')[i // 8]])
    rows += [['w%d' % i, '', 'a thought of %s' % w, 'Ideas', 'train'] for i, w in enumerate(('rain', 'snow', 'wind'))]
    table(folder + '/garden-src/g.csv', rows)
    run(folder, 'import', folder + '/garden-src/g.csv', '-o', ws)
    run(folder, 'train', ws, '--steps', '20', '--seed', '1', '--progress', 'none')


def make_odd(folder):
    """Without training: texts of many scripts; without pictures; without classes; empty; with pictures that went away."""
    os.makedirs(folder + '/odd-src')
    texts = ['plain words', '日本語のとても長い説明文がここにあります', 'עברית ואנגלית together', 'e\u0301\u0302 combining', '👩‍👩‍👧 family 🎉', 'tab\there', 'x' * 300,
             'Ünïcödé ñames', '\x1b[31mred?\x1b[0m']
    table(folder + '/odd-src/texts.csv', [['t%d' % i, '', t, 'Words/Some' if i % 2 else 'Words/Others', ''] for i, t in enumerate(texts)])
    table(folder + '/odd-src/bare.csv', [['b%d' % i, '', 'bare thing %d' % i, '', ''] for i in range(5)])
    for name in ('texts', 'bare'):
        run(folder, 'import', '%s/odd-src/%s.csv' % (folder, name), '-o', folder + '/' + name)
        run(folder, 'embed', folder + '/' + name)
    run(folder, 'import', folder + '/odd-src/bare.csv', '-o', folder + '/empty')
    table(folder + '/odd-src/web.csv', [['p%d' % i, 'http://127.0.0.1:9/%d.png' % i, 'far thing %d' % i, 'Far/Away', ''] for i in range(4)])
    run(folder, 'import', folder + '/odd-src/web.csv', '-o', folder + '/web')
    with sqlite3.connect(folder + '/empty/catalogue.db') as db:
        db.execute('DELETE FROM items')
    db.close()


def table(path, rows):
    with open(path, 'w', newline='', encoding='utf8') as f:
        csv.writer(f).writerows([['id', 'image', 'text', 'class', 'split']] + rows)


def record(ws, name, steps, end, method='huse', last='end', text=None, scale=1., publish=None, probes=False, stamp=1000000000):
    """A run as a trainer leaves it, with figures that are the same everywhere. @last: the word its log ends with, None: none."""
    run_dir = '%s/runs/%s' % (ws, name)
    os.makedirs(run_dir)
    base = json.load(open(sorted(glob.glob(ws + '/runs/run-1/config.json'))[0]))
    json.dump(dict(base, method=method, steps=steps, seed=1), open(run_dir + '/config.json', 'w'))
    lines = [{'step': 0, 'event': 'start', 'steps': steps, 'time': stamp}]
    for step in [1] + list(range(10, end + 1, 10)):
        fall = math.exp(-step / 60)
        lines.append({'step': step, 'loss': scale * (8 * fall + .5), 'class': scale * (3 * fall + .1), 'graph': .2 * fall + .01, 'gap': .9 * fall + .05,
                      'instance': 4 * fall + .3, 'lr': .001 * (1 - step / (steps + 1)), 'items_per_s': 2000 + step % 50, 'seconds': step / 10})
        if step % 50 == 0:
            r = [min(.5 + step / 1000 + k * .05 - (step > 150) * (step - 150) / 2000, 1) for k in range(4)]
            lines.append({'step': step, 'val_R@1': r, 'val_HP@10': [.9, .91, .92, .93], 'val_accuracy': [.8, .85, .9], 'val_score': sum(r) / 4})
    if last == 'set':
        lines += [{'step': end + 1, 'set': 'beta', 'value': 30}]
    elif last:
        lines.append(dict({'step': end, 'event': last, 'time': stamp + 60}, **({'text': text} if text else {})))
    if publish:
        lines.append({'step': end, 'published': publish, 'time': stamp + 61})
    with open(run_dir + '/metrics.jsonl', 'w') as f:
        f.writelines(json.dumps(l) + '\n' for l in lines)
    open(run_dir + '/lock', 'w').close()
    for kind in ('probes.jsonl', 'neighbours.jsonl') if probes else ():
        with open('%s/%s' % (run_dir, kind), 'w') as f:
            if kind[0] == 'n':
                f.write(json.dumps({'step': 0, 'classes': ['Apparel/Dresses', 'Apparel/Shirts', 'Footwear/Shoes']}) + '\n')
            for i, step in enumerate(range(0, end + 1, 50)):
                hits = [[['i%02d' % ((i * 5 + q * 7 + h) % 36), .9 - h / 10] for h in range(6)] for q in range(2)]
                f.write(json.dumps({'step': step, 'of': 36, 'probes': [{'query': 'red dress', 'hits': hits[0]}, {'query': 'blue shoe', 'hits': hits[1]}]}
                                   if kind[0] == 'p' else {'step': step, 'near': [[1], [0] if i else [2], [0] if i < 2 else [1]]}) + '\n')


def make_runs(folder):
    """herbs: shop with runs that ended, stopped, diverged, whose trainer died, and one that cannot be read."""
    ws = folder + '/herbs'
    shutil.copytree(folder + '/shop', ws)
    for f in ('probes.jsonl', 'probes.json', 'neighbours.jsonl'):
        if os.path.exists('%s/runs/run-1/%s' % (ws, f)):
            os.remove('%s/runs/run-1/%s' % (ws, f))
    record(ws, 'run-2', 300, 300, probes=True)
    record(ws, 'run-3', 300, 160, last='stop', scale=1.3)
    record(ws, 'run-4', 300, 120, last='diverged', text='the loss is 12 times that of the first step at step 121', scale=2)
    record(ws, 'run-5', 300, 240, last=None, method='triplet')
    record(ws, 'run-6', 300, 100, last='set', probes=True)
    record(ws, 'run-7', 300, 20)
    with open(ws + '/runs/run-7/config.json', 'w') as f:
        f.write('{"steps": ')


def all_kinds(folder):
    """shop, herbs, untrained, garden, texts, bare, empty."""
    for f in (folder, folder + '/untrained-src'):
        os.makedirs(f, exist_ok=True)

    def untrained():
        os.rename(make(folder + '/untrained-src', train=False), folder + '/untrained')
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(f, *a) for f, a in ((make, [folder]), (make_tree, [folder]), (untrained, []), (make_odd, [folder]))]:
            done.result()
    make_runs(folder)


if __name__ == '__main__':
    print(make(sys.argv[1]))

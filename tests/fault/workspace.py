"""A small workspace with features from elsewhere, made in seconds without weights or pictures; and what the tests here share."""
import glob, hashlib, math, os, random, re, shutil, signal, struct, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from pictures import png

HUSE = os.path.abspath(os.environ.get('HUSE', './huse-tui'))
LIMIT = float(os.environ.get('CALL_LIMIT', '120'))
TRAIN = ['--steps', '240', '--seed', '3', '--checkpoint-every', '20', '--hidden', '128', '--dim', '64', '--batch', '128']
failed = 0


def npy(path, rows):
    n, d = len(rows), len(rows[0])
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (n, d)
    head += ' ' * (63 - (len(head) + 10) % 64) + '\n'
    with open(path, 'wb') as f:
        f.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode())
        for r in rows:
            f.write(struct.pack('<%df' % d, *r))


def environment(home):
    """Nothing of the user's is seen, and no weights: the built-in encoders are quick."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(('HUSE_TUI_', 'XDG_'))}
    env.update(HOME=home, HUSE_TUI_MODELS=os.environ.get('MODELS', home + '/no-weights'), TERM='xterm', LC_ALL='C.UTF-8')
    return env


def run(*args, check=True, **kw):
    r = subprocess.run([HUSE, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, errors='replace',
                       timeout=LIMIT, env=environment(home), **kw)
    if check and r.returncode:
        sys.exit('not ok - huse-tui %s: exit %d: %s' % (' '.join(args), r.returncode, r.stderr.strip()[-300:]))
    return r


def start(*args, **kw):
    return subprocess.Popen([HUSE, *args], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            text=True, errors='replace', env=environment(home), **kw)


def make(folder, items=600, classes=12, width=96, seed=1):
    """Returns the path of a new workspace with external image and text rows."""
    rng = random.Random(seed)
    centre = [[rng.gauss(0, 1) for _ in range(width)] for _ in range(classes)]
    paths = ['Group %d/Class %d' % (k % 4, k) for k in range(classes)]
    image, text = [], []
    with open(folder + '/c.csv', 'w') as f, open(folder + '/ids.txt', 'w') as ids:
        f.write('id,text,class\n')
        for i in range(items):
            k = i % classes
            f.write('i%04d,thing %d of kind %d,%s\n' % (i, i, k, paths[k]))
            ids.write('i%04d\n' % i)
            for rows in (image, text):
                rows.append([centre[k][c] + 1.5 * rng.gauss(0, 1) for c in range(width)])
    npy(folder + '/image.npy', image)
    npy(folder + '/text.npy', text)
    ws = folder + '/ws'
    run('import', folder + '/c.csv', '-o', ws)
    run('embed', ws, '--image-features', folder + '/image.npy', '--text-features', folder + '/text.npy', '--ids',
        folder + '/ids.txt')
    return ws


def pictures(folder, n=96, classes=6, seed=1):
    """A catalogue with pictures: returns (CSV, image folder)."""
    rng = random.Random(seed)
    words = ['cotton', 'leather', 'striped', 'plain', 'summer', 'winter', 'long', 'short']
    os.makedirs(folder + '/pics', exist_ok=True)
    with open(folder + '/p.csv', 'w') as f:
        f.write('id,image,text,class\n')
        for i in range(n):
            k = i % classes
            side, colour = 16 + i % 20, [(40 * k * c + i) % 256 for c in (1, 2, 3)]
            png('%s/pics/%d.png' % (folder, i), side, side, bytes((c + x * 7 + y * 3) % 256 for y in range(side) for x in range(side) for c in colour))
            f.write('p%04d,%d.png,%s %s kind%d number%d,Group %d/Class %d\n' %
                    (i, i, rng.choice(words), rng.choice(words), k, i, k % 3, k))
    return folder + '/p.csv', folder + '/pics'


def digest(pattern):
    return hashlib.sha256(b''.join(open(f, 'rb').read() for f in sorted(glob.glob(pattern)))).hexdigest()


def weights(ws):
    """SHA-256 of the arrays of the model in use."""
    name = open(ws + '/models/CURRENT').read().strip()
    return digest('%s/models/%s/*.safetensors' % (ws, name))


def tree(path, leave=()):
    """{relative path: digest} of the files below a folder."""
    out = {}
    for top, _, files in os.walk(path):
        for f in files:
            full = os.path.join(top, f)
            rel = os.path.relpath(full, path)
            if not any(re.search(p, rel) for p in leave):
                out[rel] = hashlib.sha256(open(full, 'rb').read()).hexdigest()
    return out


def leftovers(path):
    return [os.path.join(t, n) for t, d, f in os.walk(path) for n in d + f if n.startswith('.tmp-')]


def ok(name, good, why=''):
    global failed
    print('%s - %s%s' % ('ok' if good else 'not ok', name, '' if good else ': ' + str(why)[:1500].replace('\n', ' | ')), flush=True)
    failed |= not good
    return good


def skip(name):
    print('skip - ' + name, flush=True)


def finish():
    if failed:
        print('  kept: ' + top)
    else:
        shutil.rmtree(top, ignore_errors=True)
    sys.exit(failed)


top = tempfile.mkdtemp(prefix='huse-fault-')
home = top + '/home'
os.mkdir(home)

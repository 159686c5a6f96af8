"""A small workspace with features from elsewhere, made in seconds without weights or pictures."""
import os, shutil, struct, subprocess, sys, tempfile, random, math

HUSE = os.path.abspath('./huse-tui')


def npy(path, rows):
    n, d = len(rows), len(rows[0])
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d, %d), }" % (n, d)
    head += ' ' * (63 - (len(head) + 10) % 64) + '\n'
    with open(path, 'wb') as f:
        f.write(b'\x93NUMPY\x01\x00' + struct.pack('<H', len(head)) + head.encode())
        for r in rows:
            f.write(struct.pack('<%df' % d, *r))


def run(*args, check=True, **kw):
    r = subprocess.run([HUSE, *args], stdin=subprocess.DEVNULL, capture_output=True, text=True, **kw)
    if check and r.returncode:
        sys.exit('not ok - huse-tui %s: exit %d: %s' % (' '.join(args), r.returncode, r.stderr.strip()[-300:]))
    return r


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


def folder():
    return tempfile.mkdtemp(prefix='huse-test-')


def drop(path):
    shutil.rmtree(path, ignore_errors=True)

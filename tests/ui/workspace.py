"""Small workspaces with pictures, made in seconds without weights: for the tests of the interface."""
import csv, os, struct, subprocess, sys, zlib

HUSE = os.path.abspath('./huse-tui')
COLOURS = {'red': (220, 30, 30), 'green': (30, 170, 60), 'blue': (40, 70, 220), 'yellow': (240, 210, 30)}
THINGS = {'dress': 'Apparel/Dresses', 'shirt': 'Apparel/Shirts', 'shoe': 'Footwear/Shoes'}


def png(path, w, h, rgb):
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + rgb[y * w * 3:(y + 1) * w * 3] for y in range(h))
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) +
                chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def pixels(i):
    """Width, height and RGB of picture @i."""
    c, w, h = COLOURS[list(COLOURS)[i % 4]], 48, 48 + i % 3 * 12
    return w, h, bytes(v for y in range(h) for x in range(w) for v in (c if (x // 8 + y // 8) % 2 else tuple(v // 2 + i * 3 for v in c)))


def environment(folder):
    """Nothing of the user's, no weights."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(('HUSE_TUI_', 'XDG_')) and
           k not in ('NO_COLOR', 'COLORTERM', 'TMUX', 'STY', 'SSH_CONNECTION', 'LINES', 'COLUMNS')}
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


if __name__ == '__main__':
    print(make(sys.argv[1]))

#!/usr/bin/python3
"""Pixels in a real terminal: thumbnails are the pictures that they should be, and whatever was typed, opened, closed, resized or switched,
the window looks as if it were drawn afresh. Usage: xterm.py [walk SECONDS] [xterm|mlterm]..."""
import csv, functools, os, random, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from checks import check, failures
lacking = []
try:
    import numpy as np
    import xterms
    lacking = xterms.missing()
except ImportError as e:
    lacking = ['python3-' + e.name]
if lacking:
    print('skip - pixels in a real terminal: no ' + ', '.join(lacking))
    sys.exit(0)

# Of 255: a picture differs by dithering and by its thumbnail's compression in single pixels, little in the mean of 7 x 7, and in none of
# 12 x 12 much
LIMITS = {'xterm': (12.0, 3.5, 45.0), 'mlterm': (12.0, 3.5, 45.0)}
# Pixels at each cell's edge that are not compared: mlterm leaves remains of smoothed glyphs there, with and without pictures
EDGES = {'xterm': 0, 'mlterm': 2}
SHAPES = [(96, 96), (96, 64), (64, 96), (120, 90), (128, 128), (60, 60)]
ITEMS = 30


# ---- pictures that can be told apart, wherever one looks ----

def scale(rgb, w, h):
    """Triangle filter, widened when shrinking."""
    def axis(source, target):
        step = source / target
        reach = max(step, 1.0)
        centre = (np.arange(target)[:, None] + .5) * step - .5
        weight = np.maximum(1 - abs(np.arange(source)[None] - centre) / reach, 0)
        return weight / weight.sum(1, keepdims=True)
    tall = np.tensordot(axis(rgb.shape[0], h), rgb.astype(float), 1)
    return np.tensordot(axis(rgb.shape[1], w), tall, (1, 1)).swapaxes(0, 1)


@functools.lru_cache(None)
def picture(i):
    """Soft patches of random colours: smooth for the eye, but no two places look the same."""
    w, h = SHAPES[i % len(SHAPES)]
    r = np.random.default_rng(i)
    return np.clip(scale(r.integers(0, 256, (max(h // 9, 2), max(w // 9, 2), 3)), w, h), 0, 255).astype(np.uint8)


def make(folder):
    ws, rows = folder + '/shop', []
    for i in range(ITEMS):
        rgb = picture(i)
        xterms.write_png('%s/%d.png' % (folder, i), rgb)
        rows.append(['i%02d' % i, '' if i == 7 else '%d.png' % i, 'p%02d %s thing' % (i, list(workspace.COLOURS)[i % 4]),
                     list(workspace.THINGS.values())[i % 3], 'test' if i % 6 == 5 else 'train'])
    with open(folder + '/8.png', 'wb') as f:
        f.write(b'no picture at all')
    with open(folder + '/shop.csv', 'w', newline='', encoding='utf8') as f:
        csv.writer(f).writerows([['id', 'image', 'text', 'class', 'split']] + rows)
    workspace.run(folder, 'import', folder + '/shop.csv', '-o', ws)
    workspace.run(folder, 'train', ws, '--steps', '20', '--seed', '1', '--progress', 'none')
    return ws


def blur(x, n):
    for axis in (0, 1):
        s = np.cumsum(np.insert(x, 0, 0, axis=axis), axis=axis)
        a, b = [slice(None)] * 3, [slice(None)] * 3
        a[axis], b[axis] = slice(n, None), slice(None, -n)
        x = (s[tuple(a)] - s[tuple(b)]) / n
    return x


def distance(a, b):
    """Mean absolute difference of pixels and of means over 7 x 7; greatest of means over 12 x 12. Wider in pictures that were enlarged, as are
    the blocks of their thumbnails."""
    d = a.astype(float) - b
    return abs(d).mean(), abs(blur(d, max(7, len(d) // 36))).mean(), abs(blur(d, max(12, len(d) // 21))).max()


def words(d):
    return 'off by %.1f, blurred %.2f, at most %.1f' % d[:3]


@functools.lru_cache(None)
def expected(i, w, h):
    return scale(picture(i), w, h)


def which(pixels):
    """The picture that pixels are most like: (distances, number)."""
    small = scale(pixels, 8, 8)
    i = min((i for i in range(ITEMS) if i not in (7, 8)), key=lambda i: abs(small - expected(i, 8, 8)).mean())
    return distance(pixels, expected(i, pixels.shape[1], pixels.shape[0])) + (i,)


class Judge:
    def __init__(self, window):
        self.window = window

    def same(self, d):
        return all(a <= b for a, b in zip(d, LIMITS[self.window.terminal]))

    def caption(self, box):
        """The number in the words under a picture, or None where there are none."""
        x, y, w, h = box
        rows, cols = -(-h // self.window.cell[1]), -(-w // self.window.cell[0])
        for line in self.window.model.screen.display[y + rows:y + rows + 2]:
            words = line[max(x - 1, 0):x + max(cols, 12)].replace('\xa0', ' ').split()
            for word in words[:2]:
                if len(word) >= 3 and word[0] == 'p' and word[1:3].isdigit():
                    return int(word[1:3])
        return None

    def is_drawing(self, pixels):
        """Curves and maps stand on the terminal's own ground, to the corners; Search, where pictures may lack words, has none."""
        corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
        return (corners == corners[0]).all() and not any('texts  classes' in line for line in self.window.model.screen.display[:2])

    def look(self, shot):
        """Every picture that stands on the screen: (box, number, distances), and what is wrong with them."""
        seen, wrong = [], []
        for box in self.window.model.pictures(self.window.cell):
            pixels = self.window.pixels(shot, *box)
            caption = self.caption(box)
            if caption is None and self.is_drawing(pixels):
                continue
            d = which(pixels)
            seen.append((box, d[3], d))
            w, h = SHAPES[d[3] % len(SHAPES)]
            shape = abs(box[2] / box[3] / (w / h) - 1)
            if not self.same(d) or (caption is not None and caption != d[3]) or shape > self.window.cell[0] / box[2] + self.window.cell[1] / box[3]:
                wrong.append((box, 'caption p%s' % caption, 'picture p%02d' % d[3], words(d), 'shape %.2f' % shape))
        return seen, wrong


def oracle(judge, shot, seen):
    """The comparison itself must tell what is wrong: moved by one pixel, torn, in the wrong place, of the wrong colours."""
    missed = []
    for box, i, _ in seen:
        x, y, w, h = box
        want = expected(i, w, h)
        window = judge.window
        left, top = xterms.BORDER + x * window.cell[0], xterms.BORDER + y * window.cell[1]
        good = shot[top:top + h, left:left + w].astype(float)
        torn = good.copy()
        torn[h // 2:] = np.roll(torn[h // 2:], 6, 1)
        band = good.copy()
        band[h // 12 * 6:] = np.roll(good, -6, 0)[h // 12 * 6:]
        hole = good.copy()
        hole[:window.cell[1], :2 * window.cell[0]] = 16
        for name, other in (('right', shot[top:top + h, left + 2:left + w + 2]), ('down', shot[top + 2:top + h + 2, left:left + w]), ('torn', torn),
                            ('a band lost', band), ('mirrored', good[:, ::-1]), ('blue for red', good[:, :, ::-1]), ('darker', good * .93),
                            ('another', expected((i + 6) % ITEMS, w, h)), ('a hole', hole)):
            if other.shape == want.shape and judge.same(distance(other, want)):
                missed.append((name, box, words(distance(other, want))))
    return missed


def fresh(window):
    """What the same state looks like drawn from nothing. Returns the pixels before and after."""
    before = window.without_cursor(window.settle())
    window.redraw()
    return before, window.without_cursor(window.settle(.2))  # it waits a while for further resizes


def differs(window, before, after):
    """"" or the cells in which pixels differ."""
    if before.shape != after.shape:
        return 'sizes %s and %s' % (before.shape, after.shape)
    ys, xs = np.nonzero((before != after).any(2))
    edge, (w, h) = EDGES[window.terminal], window.cell
    y, x = ys - xterms.BORDER, xs - xterms.BORDER
    inner = (np.minimum(y % h, h - 1 - y % h) >= edge) & (np.minimum(x % w, w - 1 - x % w) >= edge)
    cells = sorted(set(zip(y[inner] // h, x[inner] // w)))
    return '' if not cells else '%d pixels in %d cells: rows and columns %s' % (inner.sum(), len(cells), cells[:8])


def keep(name, window, *shots):
    """For a person, where a comparison failed."""
    folder = os.environ.get('HUSE_SHOTS')
    if folder:
        shutil.copy(window.log, '%s/%s.log' % (folder, name))
    for i, s in enumerate(shots if folder else []):
        xterms.write_png('%s/%s-%d.png' % (folder, name, i), s)


# name, keys, also in the second terminal
STEPS = [('words', lambda w: w.type('red thing'), True), ('another query', lambda w: (w.key('ctrl+u'), w.type('blue thing')), False),
         ('moving', lambda w: w.key('Escape', 'Right', 'Down', 'Down'), True), ('a page on', lambda w: w.key('Next'), False),
         ('marks', lambda w: w.key('space', 'Left', 'space'), False), ('the keys', lambda w: w.key('question'), True),
         ('closed keys', lambda w: w.key('Escape'), True), ('details', lambda w: w.key('Return'), False), ('similar', lambda w: w.key('Escape', 's'), False),
         ('texts', lambda w: w.key('bracketright'), False), ('images', lambda w: w.key('bracketleft'), False), ('Browse', lambda w: w.key('2'), True),
         ('its members', lambda w: w.key('Down', 'Right', 'Down', 'Tab', 'Tab', 'Right'), False), ('an item', lambda w: w.key('Return'), False),
         ('Search again', lambda w: w.key('1'), True), ('pictures off', lambda w: w.key('i'), False), ('pictures on', lambda w: w.key('i'), False),
         ('80 x 24', lambda w: w.resize(80, 24), True), ('keys and a resize', lambda w: (w.key('question'), w.settle(), w.resize(140, 44)), False),
         ('closed at another size', lambda w: w.key('Escape'), False)]


def tour(window, terminal):
    judge = Judge(window)
    window.until('items')
    shot = window.settle()
    seen, wrong = judge.look(shot)
    check('%s: %d pictures, each the one that its caption names' % (terminal, len(seen)), len(seen) >= 6 and not wrong, wrong or window.lines())
    if not seen:
        return
    worst = tuple(max(d[k] for _, _, d in seen) for k in range(3))
    check('%s: equal to the files but for dithering (%s of 255)' % (terminal, words(worst)), judge.same(worst))
    missed = oracle(judge, shot, seen)
    check('%s: a picture moved by two pixels, torn, mirrored or of other colours would be seen' % terminal, not missed, missed)
    if terminal == 'xterm':
        hurt = shot.copy()
        window.pixels(hurt, 5, 5, 1, 1)[:] ^= 64
        check('and so would one wrong pixel', differs(window, shot, hurt).startswith('1 pixels in 1 cells'))
    total = 0
    for name, act, both in STEPS:
        if not both and terminal != 'xterm':
            continue
        act(window)
        before, after = fresh(window)
        seen, wrong = judge.look(after)
        total += len(seen)
        left = differs(window, before, after)
        if left or wrong:
            keep('%s-%s' % (terminal, name.replace(' ', '-')), window, before, after)
        check('%s: %s (%d pictures)' % (terminal, name, len(seen)), not left and not wrong, left or wrong)
    check('%s: %d pictures looked at on the way' % (terminal, total), total >= 50, total)


KEYS = ['Up', 'Down', 'Left', 'Right', 'Next', 'Prior', 'Home', 'End', 'Return', 'Escape', 'BackSpace', 'Tab', 'shift+Tab', 'space', 'question', 's', 'plus', 'minus',
        'c', 'bracketright', 'bracketleft', 'i', '1', '2', 'n', 'N', 'R', 'D', 'less', 'greater', 'slash', 'ctrl+u', 'ctrl+w']
WORDS = ['red', 'blue thing', 'p03', 'class:Shoes', 'green + blue', '@i05', 'x', '2:red -', 'yellow']


def walk(window, terminal, seconds, seed):
    """Random keys, words and sizes; after each handful everything is compared."""
    r, judge, end, n, pictures = random.Random(seed), Judge(window), time.time() + seconds, 0, 0
    window.until('items')
    trace = []
    while time.time() < end:
        for _ in range(r.randrange(1, 5)):
            if r.random() < .08:
                size = r.choice([(120, 40), (80, 24), (100, 30), (160, 50), (61, 16), (30, 8), (200, 60)])
                trace.append(size)
                window.resize(*size)
            elif r.random() < .2:
                trace.append(r.choice(WORDS))
                window.type(trace[-1])
            else:
                trace.append(r.choice(KEYS))
                window.key(trace[-1])
        before, after = fresh(window)
        seen, wrong = judge.look(after)
        n, pictures = n + 1, pictures + len(seen)
        left = differs(window, before, after)
        if window.process.poll() is not None:
            left = 'the program has ended'
        if left or wrong:
            keep('walk-%d' % seed, window, before, after)
            check('%s: a random walk (seed %d) leaves no stale or damaged pixel' % (terminal, seed), False, '%s %s after %s' % (left, wrong, trace[-12:]))
            return
    check('%s: a random walk (seed %d): %d states, %d pictures, no stale or damaged pixel' % (terminal, seed, n, pictures), n > seconds / 10 and pictures > n, (n, pictures))


def main(args):
    seconds = float(args.pop(1)) if args[:1] == ['walk'] else 0
    terminals = [a for a in args if a != 'walk'] or ['xterm', 'mlterm']
    folder = tempfile.mkdtemp(prefix='huse-xterm-')
    display = None
    try:
        ws = make(folder)
        display = xterms.Display()
        for terminal in terminals:
            if xterms.missing(terminal):
                print('skip - %s is not installed' % terminal)
                continue
            window = xterms.Window(display, folder, [workspace.HUSE, ws], terminal=terminal)
            try:
                if seconds:
                    walk(window, terminal, seconds, int(os.environ.get('SEED', time.time())))
                else:
                    tour(window, terminal)
            finally:
                window.close()
    finally:
        if display:
            display.close()
        shutil.rmtree(folder, ignore_errors=True)
    return bool(failures)


sys.exit(main(sys.argv[1:]))

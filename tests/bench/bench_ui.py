"""The interface on a pseudo-terminal that announces sixel: from the key to the last byte written. Medians and 95th percentiles beside the goals.
training: how much slower the trainer is with the Train pane open, in pairs, and what the interface computes meanwhile.
Usage: bench_ui.py [fashion] [million] [training]. FASHION names a trained workspace of the photographs (without it one is made in build/bench, which
takes a while); MILLION one of a million items (else it is made in a scratch folder of 6 GB, in four minutes)."""
import csv, fcntl, json, os, pty, random, re, select, shutil, signal, statistics, struct, subprocess, sys, tempfile, termios, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'ui'))
import workspace

SIXEL, CELL = b'\x1b[?2;0;%d;%dS\x1b[6;18;9t\x1b[?63;1;2;4;6;9;15;22c', (9, 18)
QUERIES = {'fashion': ['red summer dress', 'black leather shoes', 'watch', 'blue jeans', 'striped tie'], 'million': ['red dress', 'soft leather', 'old shoe']}
STARTS = 12
PAIRS, TRAIN_STEPS = int(os.environ.get('PAIRS', '6')), '240'


class Program:
    def __init__(self, env, args, cols=120, rows=40, sixel=True):
        self.answer = SIXEL % (cols * CELL[0], rows * CELL[1]) if sixel else b'\x1b[?1;2c'
        self.begun = time.perf_counter()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, cols * CELL[0], rows * CELL[1]))
            os.execve(workspace.HUSE, [workspace.HUSE, *args], env)

    def read(self, quiet, limit=20.0, until=None):
        """Until nothing came for @quiet seconds, or @until has come: [(seconds since the clock's start, bytes)]."""
        chunks, end, seen = [], time.perf_counter() + limit, b''
        while time.perf_counter() < end and select.select([self.fd], [], [], quiet)[0]:
            try:
                data = os.read(self.fd, 1 << 16)
            except OSError:
                break
            chunks.append((time.perf_counter(), data))
            if b'\x1b[c' in data:
                os.write(self.fd, self.answer)
            seen = seen[-200:] + data
            if until and until in seen:
                break
        return chunks

    def key(self, data, quiet=.3):
        t = time.perf_counter()
        os.write(self.fd, data)
        return [(at - t, d) for at, d in self.read(quiet)]

    def cpu(self):
        """Milliseconds that the drawing thread has computed."""
        with open('/proc/%d/task/%d/schedstat' % (self.pid, self.pid)) as f:
            return int(f.read().split()[0]) / 1e6

    def all_cpu(self):
        """Seconds that all its threads have computed."""
        with open('/proc/%d/stat' % self.pid) as f:
            user, system = f.read().rsplit(')', 1)[1].split()[11:13]
        return (int(user) + int(system)) / os.sysconf('SC_CLK_TCK')

    def resident(self):
        with open('/proc/%d/status' % self.pid) as f:
            return int(re.search(r'VmRSS:\s+(\d+)', f.read())[1]) / 1024

    def end(self):
        os.kill(self.pid, signal.SIGTERM)
        self.read(.5, 3)
        os.waitpid(self.pid, 0)
        os.close(self.fd)


def burst(chunks):
    """What came at once: the first frame after a key."""
    n = 1
    while n < len(chunks) and chunks[n][0] - chunks[n - 1][0] < .004:
        n += 1
    return chunks[:n]


def times(chunks):
    """Seconds to the last byte of text before pictures, and to the last byte of a picture or None."""
    text, picture, inside = 0, None, False
    for at, data in chunks:
        inside = inside or b'\x1bP' in data
        if picture is None and not inside:
            text = at
        if inside:
            picture = at
            tail = data.rfind(b'\x1bP')
            inside = tail >= 0 and b'\x1b\\' not in data[tail:] or tail < 0 and b'\x1b\\' not in data
    return text, picture


class Table:
    def __init__(self, name, goals):
        self.goals = goals
        print('%-52s %-5s %9s %9s   %s' % (name, 'unit', 'median', 'p95', 'goal'), flush=True)

    def row(self, case, unit, values, goal=None, scale=1.0):
        if not values:
            print('%-52s %-5s %9s' % ('  ' + case, unit, '-'), flush=True)
            return
        v = sorted(x * scale for x in values)
        median, p95 = statistics.median(v), v[min(len(v) - 1, int(.95 * len(v)))]
        verdict = '' if goal is None or not self.goals else '<= %g%s' % (goal, '' if median <= goal else '  missed')
        print('%-52s %-5s %9.1f %9.1f   %s' % ('  ' + case, unit, median, p95, verdict), flush=True)


def starts(table, env, ws):
    first, items, pictures, resident = [], [], [], []
    for _ in range(STARTS):
        p = Program(env, [ws])
        got = p.read(1, until=b'\x1b[40;')
        first.append(got[-1][0] - p.begun)
        resident.append(p.resident())
        got = p.read(5, until=b'items')
        items.append(got[-1][0] - p.begun)
        got = p.read(.4)
        last = times([(t - p.begun, d) for t, d in got])[1]
        pictures += [last] if last else []
        p.end()
    table.row('start to first frame', 'ms', first, 60, 1e3)
    table.row('start to the catalogue on the screen', 'ms', items, None, 1e3)
    table.row('start to its last picture', 'ms', pictures, None, 1e3)
    table.row('resident at the first frame', 'MiB', resident, 60)


def typing(table, env, ws, queries):
    text, pictures, again, bytes_ = [], [], [], []
    p = Program(env, [ws])
    p.read(5, until=b'items')
    p.read(.5)
    for q in queries:
        for c in q:
            t, last = times(p.key(c.encode(), .4))
            if last:
                text.append(t)
                pictures.append(last)
        p.key(b'\x7f')
        got = p.key(q[-1:].encode())
        last = times(got)[1]
        if last:
            again.append(last)
            bytes_.append(sum(len(d) for _, d in got))
        p.key(b'\x15')
    p.end()
    table.row('key to text, %d keys' % len(text), 'ms', text, 30, 1e3)
    table.row('key to the last new picture', 'ms', pictures, 150, 1e3)
    table.row('key to the last picture, seen before', 'ms', again, 30, 1e3)
    table.row('written then', 'KiB', bytes_, None, 1 / 1024)


def moving(table, env, ws, pane, args, unfold=b'', n=60):
    """Cursor keys at 200 x 60 without pictures: time, computing and bytes of the frame; bytes for each row that changed."""
    import pyte
    screen = pyte.Screen(200, 60)
    stream = pyte.ByteStream(screen)
    p = Program(env, [ws, '--graphics', 'none', *args], 200, 60, False)
    for _, d in p.read(5, until=b'items') + p.read(.6) + (p.key(unfold) if unfold else []):
        stream.feed(d.replace(b'\x1b[?2026$p', b''))
    took, cpu, per_row = [], [], []
    for i in range(n):
        before, shown = p.cpu(), list(screen.display)
        got = burst(p.key(b'j', .06))
        if not got:
            continue
        took.append(got[-1][0])
        cpu.append(p.cpu() - before)
        for _, d in got:
            stream.feed(d)
        rows = sum(a != b for a, b in zip(shown, screen.display))
        per_row.append(sum(len(d) for _, d in got) / max(rows, 1))
    p.end()
    table.row('cursor key in %s at 200 x 60' % pane, 'ms', took, 10, 1e3)
    table.row('computed for it', 'ms', cpu, 4)
    table.row('written for a changed row', 'bytes', per_row, 8000)


def bench(name, ws, env):
    table = Table('interface, ' + name, name == 'fashion')  # the goals are those of 10,000 items
    starts(table, env, ws)
    typing(table, env, ws, QUERIES[name])
    moving(table, env, ws, 'Search', ['--query', QUERIES[name][0]], b'\x1b')
    moving(table, env, ws, 'Browse', ['--pane', 'browse'], b'>>>>')


def trained(env, ws, watched):
    """A run's seconds by its own clock, and the share of a core in per cent that the interface computed during it (None unwatched), which has
    to have written something in every five seconds: one that stands still costs nothing."""
    p = Program(env, [ws, '--pane', 'train']) if watched else None
    if p:
        p.read(1, 5)  # it has opened before the clock runs
    begun, before = time.perf_counter(), p and p.all_cpu()
    trainer = subprocess.Popen([workspace.HUSE, 'train', ws, '--steps', TRAIN_STEPS, '--validate-every', '60', '--no-publish', '--quiet'], env=env,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
    frames = set()
    while trainer.poll() is None:
        frames.update(int(at - begun) // 5 for at, _ in p.read(.2, .2)) if p else time.sleep(.2)
    computed = p and 100 * (p.all_cpu() - before) / (time.perf_counter() - begun)
    if p:
        p.end()
    if trainer.returncode or p and len(frames) < int(time.perf_counter() - begun) // 5:
        sys.exit('bench_ui: the trainer ended with %d; frames in %d times five seconds' % (trainer.returncode, len(frames)))
    newest = max(os.scandir(ws + '/runs'), key=lambda e: e.stat().st_mtime).path
    with open(newest + '/metrics.jsonl') as f:
        seconds = [json.loads(line)['seconds'] for line in f if '"seconds"' in line][-1]
    shutil.rmtree(newest)
    return seconds, computed


def training(env, source, scratch):
    """Runs of one seed, watched and unwatched by turns, each pair in the other order than the one before."""
    ws, slower, computed = scratch + '/trained', [], []
    shutil.copytree(source, ws, symlinks=True)
    trained(env, ws, False)  # warms what the first run finds cold
    for i in range(PAIRS):
        pair = {}
        for watched in (i % 2 == 0, i % 2 != 0):
            pair[watched], share = trained(env, ws, watched)
            computed += [share] if watched else []
        slower.append(100 * (pair[True] / pair[False] - 1))
        print('  pair %d: %.2f s watched, %.2f s alone' % (i + 1, pair[True], pair[False]), file=sys.stderr)
    table = Table('training, its pane open beside it', True)
    table.row('slower than alone, median of %d pairs' % PAIRS, '%', slower, 3)
    table.row('of a core computed by the interface', '%', computed, 1)


def run(env, *args):
    r = subprocess.run([workspace.HUSE, *args, '--quiet'], env=env, stdin=subprocess.DEVNULL)
    if r.returncode:
        sys.exit('bench_ui: huse-tui %s: exit %d' % (' '.join(args), r.returncode))


def fashion(env):
    ws = os.environ.get('FASHION', 'build/bench/fashion')
    source = os.path.join(os.environ.get('SHARED', '../shared'), 'data/fashion')
    if not os.path.isdir(ws) and os.path.isdir(source):
        table = next((os.path.join(source, f) for f in sorted(os.listdir(source)) if f.endswith(('.csv', '.jsonl'))), source)
        run(env, 'import', table, '-o', ws)
        run(env, 'train', ws, '--steps', '300')
    return ws if os.path.isdir(ws) else None


def million(env, scratch, n=1000000):
    """A million items of a thousand classes, with random words and one of two hundred pictures each, in the built-in encoders' space."""
    if os.environ.get('MILLION'):
        return os.environ['MILLION']
    r, ws = random.Random(1), scratch + '/ws'
    words = 'red blue green dress shirt shoe summer cotton leather small large old new soft bright'.split()
    for i in range(200):
        c = [r.randrange(256) for _ in range(3)]
        workspace.png('%s/%d.png' % (scratch, i), 96, 96, bytes((v + 2 * x + y) % 256 for y in range(96) for x in range(96) for v in c))
    with open(scratch + '/all.csv', 'w', newline='') as f:
        w = csv.writer(f)
        w.writerow(['id', 'image', 'text', 'class', 'split'])
        for i in range(n):
            c = i % 1000
            w.writerow(['i%07d' % i, '%d.png' % (i % 200), ' '.join(r.sample(words, 4)), 'G%d/H%d/C%d' % (c % 10, c % 100, c), 'train' if i % 20 else 'test'])
    run(env, 'import', scratch + '/all.csv', '-o', ws)
    run(env, 'train', ws, '--steps', '10', '--hidden', '64', '--image-layers', '1', '--text-layers', '1', '--tfidf-dim', '64', '--validate-every', '10')
    return ws


def main(names):
    scratch = tempfile.mkdtemp(prefix='huse-bench-', dir=os.environ.get('TMPDIR'))
    plain = workspace.environment(scratch)
    try:
        for name in names or ['fashion', 'million', 'training']:
            env = dict(plain)
            if name != 'million':  # with the weights
                data = os.environ.get('XDG_DATA_HOME') or os.path.expanduser('~/.local/share')
                env['HUSE_TUI_MODELS'] = os.environ.get('HUSE_TUI_MODELS', data + '/huse-tui/models')
            ws = million(env, scratch) if name == 'million' else fashion(env)
            if ws and name == 'training':
                training(env, os.path.abspath(ws), scratch)
            elif ws:
                bench(name, os.path.abspath(ws), env)
            else:
                print('left out: the interface on photographs (FASHION or SHARED)')
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


main(sys.argv[1:])

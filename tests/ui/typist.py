#!/usr/bin/python3
"""Somebody at the keyboard: types, moves, opens, closes, resizes and clicks at random, from a seed. Usage: typist.py [--seconds N] [--seed N]
[--actions N] [-n TYPISTS] [--live]; HUSE names the program. After each --actions'th action the screen must be what Ctrl-L draws anew.
--live: while models are trained in the workspace, and over all that starts, steers and looks at them; memory must stay flat."""
import argparse, glob, multiprocessing, os, random, shutil, signal, statistics, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from terminal import KITTY, PLAIN, SIXEL, Session

WORDS = ['red', 'dress', 'shoe', 'blue', 'class:Apparel', '@i0', '@i11', '+ ', ' - ', '2:', '"a b', '日本', '\u0301', '']
MOVES = [b'\x1b[A', b'\x1b[B', b'\x1b[C', b'\x1b[D', b'\x1b[5~', b'\x1b[6~', b'h', b'j', b'k', b'l', b'g', b'G', b'n', b'N', b'\t', b'\x1b[Z']
ACTS = [b's', b'+', b'-', b'c', b'R', b'[', b']', b'i', b'1', b'2', b'?', b'\r', b'\x7f', b'/', b'\x1b', b'<', b'>', b'D', b' ', b'M', b'y', b'e', b'1', b'2', b'\x1b', b'\x1b', b'\x1b']
# over the panes that train and evaluate, the map, and commands
COMMANDS = ['runs', 'models', 'doctor', 'eval --draws 0', 'config list', 'show i03', 'search red dress', 'neighbors Shoes', 'no such', 'help train', '']
SETTINGS = ['lr 5e-4', 'beta 30', 'gamma=.5', 'alpha 1', 'nonsense 1', 'lr', 'zeta x', '']
CLASSES = ['Apparel/Shirts', 'Footwear/Shoes', 'Tools/Saws', 'Animals/Fish', 'no/class', '']
LIVE = [b'1', b'2', b'3', b'4', b'3', b'4', b'2]', b'\x1b', b'\x1b', b'\x1b', b']', b'[', b'\r', b'\x7f', b'?', b'/', b'i', b'n', b'N', b'<', b'>', b'z', b'z', b'Z', b'D', b's', b'c',
        b'o', b'*', b'L', b'~', b'p', b'pp', b'P', b'E', b'E', b'S', b'a', b'u', b' ', b'r', b'r\x1b', b'x', b'\x03j', b'q\x1b', b'M', b'y', b'R', b'\t', b'\x0c']
TRAIN = ['--steps', '1500', '--batch', '16', '--hidden', '24', '--dim', '16', '--image-layers', '1', '--text-layers', '1', '--tfidf-dim', '32', '--validate-every', '100',
         '--checkpoint-every', '100', '--patience', '0', '--threads', '1', '--progress', 'none']
RUNS_KEPT, ROOM = 6, 48 << 10  # KiB, beside a tenth: what AddressSanitizer holds back comes and goes
SIZES = [(80, 24), (120, 40), (200, 60), (60, 15), (100, 30), (40, 10), (20, 5), (19, 4), (1, 1), (300, 20), (61, 50)]


class Typist:
    def __init__(self, folder, seed, answer, ws, live=False):
        self.random, self.folder, self.live = random.Random(seed), folder, live
        env = workspace.environment(folder)
        env.update(XDG_STATE_HOME=folder + '/state')
        log = folder + '/report'
        for name in ('ASAN', 'UBSAN', 'TSAN'):
            more = {'UBSAN': ':print_stacktrace=1', 'ASAN': ':quarantine_size_mb=8:malloc_context_size=12'}.get(name, '')
            env[name + '_OPTIONS'] = os.environ.get(name + '_OPTIONS', '') + ':exitcode=66:log_path=' + log + more
        self.slow = 4 if 'san/' in workspace.HUSE else 1
        self.s = Session([workspace.HUSE, ws], env, *self.random.choice(SIZES[:3]), answer=answer, controls=b'\r\n\b\t\x0e\x0f', cwd=folder)
        self.s.ready(60)

    def act(self):
        """One action; says what it was."""
        r, s = self.random, self.s
        kind = r.choices(['type', 'move', 'act', 'resize', 'mouse', 'paste', 'live', 'line'], [4, 6, 6, 1, 2, 1, 8 * self.live, 3 * self.live])[0]
        if kind == 'type':
            keys = r.choice([b'/', b'']) + r.choice([b'\x15', b'']) + ''.join(r.choice(WORDS) + r.choice(['', ' ']) for _ in range(r.randint(1, 3))).encode()
        elif kind == 'move':
            keys = r.choice(MOVES) * r.randint(1, 5)
        elif kind == 'act':
            keys = r.choice(ACTS)
        elif kind == 'live':
            keys = r.choice(LIVE)
        elif kind == 'line':
            keys = self.line()
        elif kind == 'paste':
            keys = b'\x1b[200~' + r.choice(WORDS).encode() * r.randint(1, 40) + b'\x1b[201~'
        elif kind == 'mouse':
            keys = b'\x1b[<%d;%d;%dM' % (r.choice([0, 0, 0, 64, 65]), r.randint(1, s.judge.cols), r.randint(1, s.judge.rows))
            if b'<0;' in keys:
                keys += keys[:-1] + b'm'
        else:
            size = r.choice([z for z in SIZES if z != (s.judge.cols, s.judge.rows)])
            s.resize(*size)
            return 'resize to %dx%d' % size
        s.write(keys)
        s.read(.06 * self.slow if keys.endswith(b'\x1b') else .003, .3)
        return repr(keys)

    def line(self):
        """A question of the panes that train and evaluate, with an answer."""
        r = self.random
        end = r.choice(['\r', '\r', '\r', '\x1b', ''])
        return r.choice([lambda: ':\x15' + r.choice(COMMANDS) + end, lambda: '3=\x15' + r.choice(SETTINGS) + end, lambda: '4[[[A\x15' + r.choice(CLASSES) + end,
                         lambda: '4]b\x15--methods cme --steps 6 --seeds 1' + r.choice([end, '\x1b']), lambda: '4]by', lambda: '3r\x1b[B\x1b[B40' + r.choice(['\r', '\x1b', '\x1b']),
                         lambda: '3r' + '\t' * r.randint(0, 9) + r.choice(['7', 'x', '1e-3']) + '\x1b', lambda: '\x1be\x15%s%s' % (r.choice(['x.csv', 'y.md', 'z.json', '/']), end),
                         lambda: 'y'])().encode()

    def resident(self):
        try:
            with open('/proc/%d/status' % self.s.pid) as f:
                return next((int(l.split()[1]) for l in f if l.startswith('VmRSS')), 0)
        except OSError:
            return 0

    def alive(self):
        return not self.s.gone

    def compare(self):
        """What differs from a fresh draw; "" when nothing does. The last row may hold a message."""
        s, j = self.s, self.s.judge
        if self.live:
            return self.compare_live()
        s.read(.3 * self.slow, 3)
        was, cleared = j.state()[:-j.cols], j.cleared
        s.write(b'\x0c')
        if s.wait(lambda: j.cleared > cleared and j.state()[:-j.cols] == was, 4 * self.slow):
            return ''
        now = j.state()[:-j.cols]
        at = [i for i in range(len(now)) if now[i] != was[i]]
        return '%d cells differ, first at %d,%d: %s, drawn anew %s\n%s' % (len(at), at[0] % j.cols, at[0] // j.cols, was[at[0]], now[at[0]], '\n'.join(j.lines())) if at else 'nothing is drawn anew'

    def compare_live(self):
        """The same where figures change by themselves, about once a second: one of some looks must find nothing new."""
        s, j, why = self.s, self.s.judge, 'nothing is drawn anew'
        for attempt in range(10):
            s.read(.05 * self.slow, 2)
            was, cleared = j.state()[:-j.cols], j.cleared
            s.write(b'\x0c')
            if not s.wait(lambda: j.cleared > cleared, 5 * self.slow):
                continue
            if s.wait(lambda: j.state()[:-j.cols] == was, .5 * self.slow):
                return ''
            now = j.state()[:-j.cols]
            at = [i for i in range(min(len(now), len(was))) if now[i] != was[i]]
            why = '%d cells differ, first at %s\n%s' % (len(at), [(i % j.cols, i // j.cols, was[i], now[i]) for i in at[:3]], '\n'.join(j.lines()))
        return why if self.alive() else ''

    def end(self):
        s = self.s
        s.write(b'\x03\x03')
        code = s.end(60)
        reports = glob.glob(self.folder + '/report*')
        why = s.judge.bad[:3] or s.restored() or (code != (0, None) and 'ended with %s, %s' % code)
        if reports:
            with open(reports[0], errors='replace') as f:
                why = f.read(3000)
        s.close()
        return str(why) if why else ''


class Training:
    """Somebody who trains one model after the other in the workspace, and throws old runs away."""
    def __init__(self, folder, ws):
        self.folder, self.ws, self.n, self.trainer, self.env = folder, ws, 0, None, dict(workspace.environment(folder))
        for name in ('ASAN', 'UBSAN', 'TSAN'):
            self.env[name + '_OPTIONS'] = os.environ.get(name + '_OPTIONS', '') + ':log_path=%s/report-of-trainer' % folder

    def keep_on(self):
        if self.trainer and self.trainer.poll() is None:
            return
        ended = sorted(glob.glob(self.ws + '/runs/run-*'), key=lambda d: int(d.rsplit('-', 1)[1]))
        for d in ended[:max(len(ended) - RUNS_KEPT, 0)]:
            if d.rsplit('/', 1)[1] not in open(self.ws + '/models/CURRENT').read():
                shutil.rmtree(d, ignore_errors=True)
        for old in sorted(glob.glob(self.ws + '/models/run-*'), key=os.path.getmtime)[:-4 * RUNS_KEPT]:
            if os.path.basename(old).split('.')[0] not in open(self.ws + '/models/CURRENT').read():
                shutil.rmtree(old, ignore_errors=True) if os.path.isdir(old) else os.unlink(old)
        self.n += 1
        self.trainer = subprocess.Popen([workspace.HUSE, 'train', self.ws, '--seed', str(self.n), *TRAIN], env=self.env, stdin=subprocess.DEVNULL,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def end(self):
        """It, and what the interface has started in the folder."""
        for path in glob.glob('/proc/[0-9]*/cmdline'):
            try:
                with open(path, 'rb') as f:
                    if (self.ws + '\0').encode() in f.read() + b'\0':
                        os.kill(int(path.split('/')[2]), signal.SIGKILL)
            except OSError:
                pass
        self.trainer and self.trainer.wait()


def grown(sizes):
    """What is wrong about the memory, as it was once a second; "" nothing."""
    part = len(sizes) // 5
    if part < 5:
        return ''
    before, after = statistics.median(sizes[part:2 * part]), statistics.median(sizes[-part:])
    print('# resident %d KiB in the second fifth, %d KiB in the last' % (before, after), flush=True)
    return 'memory grows from %d to %d KiB' % (before, after) if after > before * 1.1 + ROOM else ''


def work(job):
    base, seed, answer, seconds, every, live = job
    folder = tempfile.mkdtemp(dir=base)
    ws = shutil.copytree(base + '/' + ('shop' if seed % 3 else 'garden'), folder + '/ws')
    training = Training(folder, ws) if live else None
    try:
        return typed(Typist(folder, seed, answer, ws, live), training, seed, seconds, every)
    finally:
        if training:
            training.end()


def typed(t, training, seed, seconds, every):
    did, n, why, compared, sizes = [], 0, '', 0, []
    begun = time.time()
    while time.time() < begun + seconds and t.alive() and not why:
        if training:
            training.keep_on()
        did = did[-11:] + [t.act()]
        n += 1
        if training and time.time() - begun > len(sizes):
            sizes.append(t.resident())
        if n % 200 == 0:
            t.s.raw = b''
            t.s.judge.text.clear()
        if n % every == 0:
            why, compared = t.compare(), compared + 1
        elif t.s.judge.bad:
            why = str(t.s.judge.bad[:3])
    died = '' if t.alive() else 'it ended by itself, '
    why = died + (t.end() or why) if died else why or t.end()
    why = why or grown(sizes)
    return seed, n, compared, why and '%s\n  after %s' % (why, ', '.join(did))


if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('--seconds', type=float, default=10)
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--actions', type=int, default=4)
    ap.add_argument('-j', type=int, default=os.cpu_count() or 1)
    ap.add_argument('-n', type=int, default=6)
    ap.add_argument('--live', action='store_true')
    args = ap.parse_args()
    base, failed, total, compared = tempfile.mkdtemp(prefix='huse-ui-'), False, 0, 0
    try:
        for make in (workspace.make, workspace.make_tree):
            make(base)
        jobs = [(base, args.seed + i, (SIXEL, KITTY, PLAIN)[i % 3], args.seconds, args.actions, args.live) for i in range(args.n)]
        with multiprocessing.Pool(args.j) as pool:
            for seed, n, k, why in pool.imap(work, jobs):
                failed, total, compared = failed or bool(why), total + n, compared + k
                if why:
                    print('not ok - seed %d: %s' % (seed, '\n  '.join(why[:6000].split('\n'))))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print('%s - %d actions by %d typists, %d screens compared with a fresh draw' % ('not ok' if failed or not compared else 'ok', total, args.n, compared))
    sys.exit(failed)

#!/usr/bin/python3
"""Somebody at the keyboard: types, moves, opens, closes, resizes and clicks at random, from a seed. Usage: typist.py [--seconds N] [--seed N]
[--actions N] [-n TYPISTS]; HUSE names the program. After each --actions'th action the screen must be what Ctrl-L draws anew."""
import argparse, glob, multiprocessing, os, random, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from terminal import KITTY, PLAIN, SIXEL, Session

WORDS = ['red', 'dress', 'shoe', 'blue', 'class:Apparel', '@i0', '@i11', '+ ', ' - ', '2:', '"a b', '日本', '\u0301', '']
MOVES = [b'\x1b[A', b'\x1b[B', b'\x1b[C', b'\x1b[D', b'\x1b[5~', b'\x1b[6~', b'h', b'j', b'k', b'l', b'g', b'G', b'n', b'N', b'\t', b'\x1b[Z']
ACTS = [b's', b'+', b'-', b'c', b'R', b'[', b']', b'i', b'1', b'2', b'?', b'\r', b'\x7f', b'/', b'\x1b', b'<', b'>', b'D', b' ', b'M', b'y', b'e', b'1', b'2', b'\x1b', b'\x1b', b'\x1b']
SIZES = [(80, 24), (120, 40), (200, 60), (60, 15), (100, 30), (40, 10), (20, 5), (19, 4), (1, 1), (300, 20), (61, 50)]


class Typist:
    def __init__(self, folder, seed, answer, ws):
        self.random, self.folder = random.Random(seed), folder
        env = workspace.environment(folder)
        env.update(XDG_STATE_HOME=folder + '/state')
        log = folder + '/report'
        for name in ('ASAN', 'UBSAN', 'TSAN'):
            env[name + '_OPTIONS'] = os.environ.get(name + '_OPTIONS', '') + ':exitcode=66:log_path=' + log + (':print_stacktrace=1' if name == 'UBSAN' else '')
        self.slow = 4 if 'san/' in workspace.HUSE else 1
        self.s = Session([workspace.HUSE, ws], env, *self.random.choice(SIZES[:3]), answer=answer, controls=b'\r\n\b\t\x0e\x0f', cwd=folder)
        self.s.ready(60)

    def act(self):
        """One action; says what it was."""
        r, s = self.random, self.s
        kind = r.choices(['type', 'move', 'act', 'resize', 'mouse', 'paste'], [4, 6, 6, 1, 2, 1])[0]
        if kind == 'type':
            keys = r.choice([b'/', b'']) + r.choice([b'\x15', b'']) + ''.join(r.choice(WORDS) + r.choice(['', ' ']) for _ in range(r.randint(1, 3))).encode()
        elif kind == 'move':
            keys = r.choice(MOVES) * r.randint(1, 5)
        elif kind == 'act':
            keys = r.choice(ACTS)
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

    def alive(self):
        return not self.s.gone

    def compare(self):
        """What differs from a fresh draw; "" when nothing does. The last row may hold a message."""
        s, j = self.s, self.s.judge
        s.read(.3 * self.slow, 3)
        was, cleared = j.state()[:-j.cols], j.cleared
        s.write(b'\x0c')
        if s.wait(lambda: j.cleared > cleared and j.state()[:-j.cols] == was, 4 * self.slow):
            return ''
        now = j.state()[:-j.cols]
        at = [i for i in range(len(now)) if now[i] != was[i]]
        return '%d cells differ, first at %d,%d: %s, drawn anew %s\n%s' % (len(at), at[0] % j.cols, at[0] // j.cols, was[at[0]], now[at[0]], '\n'.join(j.lines())) if at else 'nothing is drawn anew'

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


def work(job):
    base, seed, answer, seconds, every = job
    folder = tempfile.mkdtemp(dir=base)
    ws = shutil.copytree(base + '/' + ('shop' if seed % 3 else 'garden'), folder + '/ws')
    t, did, n, why, compared = Typist(folder, seed, answer, ws), [], 0, '', 0
    end = time.time() + seconds
    while time.time() < end and t.alive() and not why:
        did = did[-11:] + [t.act()]
        n += 1
        if n % every == 0:
            why, compared = t.compare(), compared + 1
        elif t.s.judge.bad:
            why = str(t.s.judge.bad[:3])
    died = '' if t.alive() else 'it ended by itself, '
    why = died + (t.end() or why) if died else why or t.end()
    return seed, n, compared, why and '%s\n  after %s' % (why, ', '.join(did))


if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('--seconds', type=float, default=10)
    ap.add_argument('--seed', type=int, default=1)
    ap.add_argument('--actions', type=int, default=4)
    ap.add_argument('-j', type=int, default=os.cpu_count() or 1)
    ap.add_argument('-n', type=int, default=6)
    args = ap.parse_args()
    base, failed, total, compared = tempfile.mkdtemp(prefix='huse-ui-'), False, 0, 0
    try:
        for make in (workspace.make, workspace.make_tree):
            make(base)
        jobs = [(base, args.seed + i, (SIXEL, KITTY, PLAIN)[i % 3], args.seconds, args.actions) for i in range(args.n)]
        with multiprocessing.Pool(args.j) as pool:
            for seed, n, k, why in pool.imap(work, jobs):
                failed, total, compared = failed or bool(why), total + n, compared + k
                if why:
                    print('not ok - seed %d: %s' % (seed, '\n  '.join(why[:6000].split('\n'))))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    print('%s - %d actions by %d typists, %d screens compared with a fresh draw' % ('not ok' if failed or not compared else 'ok', total, args.n, compared))
    sys.exit(failed)

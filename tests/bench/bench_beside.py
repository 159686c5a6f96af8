"""What the interface costs a training that it shows: stretches of one training with the Train pane open and without it, turn about, each pair
compared; and what the interface takes meanwhile, and once the training has ended. Usage: bench_beside.py WS: a workspace that is embedded,
of which a copy is used. PAIRS and STRETCH (seconds) set how often and how long."""
import glob, json, os, shutil, signal, statistics, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'ui'))
import workspace
from terminal import SIXEL, Session

PAIRS, STRETCH = int(os.environ.get('PAIRS', '8')), float(os.environ.get('STRETCH', '8'))
TICK = os.sysconf('SC_CLK_TCK')


def cpu(pid):
    """Seconds of all threads."""
    with open('/proc/%d/stat' % pid) as f:
        return sum(map(int, f.read().rsplit(')', 1)[1].split()[11:13])) / TICK


class Training:
    def __init__(self, ws, env):
        self.log = None
        self.p = subprocess.Popen([workspace.HUSE, 'train', ws, '--steps', '10000000', '--seed', '5', '--patience', '0', '--validate-every', '100000000',
                                   '--checkpoint-every', '100000000', '--no-publish', '--progress', 'none'], env=env, stdin=subprocess.DEVNULL)
        end = time.time() + 600
        while not self.log and time.time() < end:
            found = glob.glob(ws + '/runs/*/metrics.jsonl')
            self.log = found[0] if found else None
            time.sleep(.05)

    def at(self):
        """Waits for the next line of the log: its step, its seconds of training, and what the processor has spent by then."""
        with open(self.log, 'rb') as f:
            f.seek(0, 2)
            rest = b''
            while self.p.poll() is None:
                rest += f.read()
                lines = [json.loads(l) for l in rest.split(b'\n')[:-1] if b'"loss"' in l]
                if lines:
                    return lines[-1]['step'], lines[-1]['seconds'], cpu(self.p.pid)
                time.sleep(.005)
        sys.exit('bench_beside: the training has ended')

    def stretch(self, look=lambda seconds: time.sleep(seconds)):
        """Milliseconds for a step, and of processor time for a step."""
        a = self.at()
        look(STRETCH)
        b = self.at()
        return tuple(1e3 * (b[k] - a[k]) / (b[0] - a[0]) for k in (1, 2))


def main(source):
    scratch = tempfile.mkdtemp(prefix='huse-bench-', dir=os.environ.get('TMPDIR'))
    env = workspace.environment(scratch)
    data = os.environ.get('XDG_DATA_HOME') or os.path.expanduser('~/.local/share')
    env['HUSE_TUI_MODELS'] = os.environ.get('HUSE_TUI_MODELS', data + '/huse-tui/models')
    del env['OPENBLAS_CORETYPE']
    ws, ratios, own = scratch + '/ws', ([], []), []
    t = None
    try:
        shutil.copytree(source, ws, ignore=shutil.ignore_patterns('runs', 'models', 'bench', 'evaluations'))
        t = Training(ws, env)
        t.at()
        for _ in range(PAIRS):
            alone = t.stretch()
            s = Session([workspace.HUSE, ws, '--pane', 'train'], env, answer=SIXEL)
            if not s.sees('running', 60):
                sys.exit('bench_beside: the run is not seen:\n' + '\n'.join(s.judge.lines()))
            s.read(1, 3)
            before, begun = cpu(s.pid), time.time()
            beside = t.stretch(lambda seconds: [s.read(seconds, .5) for _ in range(int(seconds / .5))])
            own.append(100 * (cpu(s.pid) - before) / (time.time() - begun))
            s.write(b'\x03\x03')
            s.end()
            s.close()
            for k in range(2):
                ratios[k].append(beside[k] / alone[k])
        s = Session([workspace.HUSE, ws, '--pane', 'train'], env, answer=SIXEL)
        s.sees('running', 60)
        t.p.send_signal(signal.SIGTERM)
        t.p.wait()
        s.sees('stopped', 60)
        s.read(2, 6)
        before = cpu(s.pid)
        s.read(5, 5)
        idle = cpu(s.pid) - before
        s.write(b'\x03\x03')
        s.end()
        s.close()
    finally:
        if t and t.p.poll() is None:
            t.p.kill()
            t.p.wait()
        shutil.rmtree(scratch, ignore_errors=True)
    rows = [('a training step beside the Train pane, time', 'ratio', ratios[0], 1.03), ('a training step beside it, processor', 'ratio', ratios[1], 1.03),
            ('the interface while it shows a training', '% of one core', own, 1), ('the interface once that has ended, 5 s', 's', [idle], 0)]
    print('%-52s %-14s %8s %8s %8s   %s' % ('training beside the interface, %d pairs' % PAIRS, 'unit', 'median', 'least', 'most', 'goal'))
    for case, unit, values, goal in rows:
        m = statistics.median(values)
        print('%-52s %-14s %8.3f %8.3f %8.3f   <= %g%s' % ('  ' + case, unit, m, min(values), max(values), goal, '' if m <= goal else '  missed'), flush=True)


if __name__ == '__main__':
    main(*sys.argv[1:])

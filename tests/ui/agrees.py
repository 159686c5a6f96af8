#!/usr/bin/python3
"""The tests' own terminal understands what a real one does: the bytes of whole sessions, played to tmux, leave the same screen there."""
import os, random, shutil, subprocess, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from terminal import PLAIN, Session
from typist import ACTS, MOVES, WORDS


def played(folder, raw, cols, rows):
    """The screen of a tmux of that size after those bytes."""
    with open(folder + '/raw', 'wb') as f:
        f.write(raw)
    tmux = ['tmux', '-L', 'agrees%d' % os.getpid(), '-f', '/dev/null']
    env = dict(workspace.environment(folder), TMUX_TMPDIR=folder)
    try:
        subprocess.run(tmux + ['new-session', '-d', '-s', 't', '-x', str(cols), '-y', str(rows), 'stty raw -echo; cat %s/raw; touch %s/done; exec sleep 60' % (folder, folder)],
                       env=env, check=True)
        end = time.time() + 10
        while not os.path.exists(folder + '/done') and time.time() < end:
            time.sleep(.02)
        time.sleep(.3)
        out = subprocess.run(tmux + ['capture-pane', '-p', '-t', 't'], env=env, stdout=subprocess.PIPE, check=True).stdout
    finally:
        subprocess.run(tmux + ['kill-server'], env=env)
        os.unlink(folder + '/done')
    lines = out.decode().replace('\xa0', ' ').replace('\u2800', ' ').split('\n')
    return [l.rstrip() for l in (lines + [''] * rows)[:rows]]


if __name__ == '__main__':
    if not shutil.which('tmux'):
        print('skip - tmux is not installed')
        sys.exit(0)
    folder, failed, compared = tempfile.mkdtemp(prefix='huse-ui-'), False, 0
    try:
        ws = workspace.make(folder)
        for seed, (term, cols, rows) in enumerate((('xterm-256color', 80, 24), ('xterm-256color', 120, 40), ('vt100', 80, 24), ('screen', 100, 30), ('tmux-256color', 200, 60))):
            rng = random.Random(seed)
            s = Session([workspace.HUSE, ws], dict(workspace.environment(folder), TERM=term), cols, rows, answer=PLAIN, controls=b'\r\n\b\t\x0e\x0f')
            s.sees('items')
            for part in range(4):
                for _ in range(12):
                    s.write(rng.choice([rng.choice(MOVES), rng.choice(ACTS), rng.choice(WORDS).encode()]))
                    s.read(.06, .2)
                s.read(.4, 3)
                ours, theirs = s.judge.lines(mark=''), played(folder, s.raw, cols, rows)
                compared += 1
                if ours != theirs:
                    failed = True
                    print('not ok - TERM=%s, part %d' % (term, part))
                    print('\n'.join('  ours   |%s\n  tmux   |%s' % (a, b) for a, b in zip(ours, theirs) if a != b)[:3000])
                    break
            s.write(b'\x03\x03')
            s.end()
            s.close()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print('%s - %d screens are those of tmux' % ('not ok' if failed else 'ok', compared))
    sys.exit(failed)

#!/usr/bin/python3
"""While nobody does anything the interface does nothing either: no processor time and no wake-up in three seconds, in every state."""
import glob, multiprocessing, os, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from terminal import KITTY, PLAIN, SIXEL, Session

STATES = {'the start page': (None, b'', PLAIN), 'Search, typing': ('shop', b'red', SIXEL), 'the results': ('shop', b'red\x1b', KITTY), 'details': ('shop', b'\x1b\r', PLAIN),
          'Browse': ('shop', b'\x1b2', SIXEL), 'Train': ('shop', b'\x1b3', SIXEL), 'the help': ('shop', b'\x1b?', PLAIN), 'a terminal that never answered': ('shop', b'', None)}


def spent(pid):
    """Ticks of all threads, and how often they were woken."""
    with open('/proc/%d/stat' % pid) as f:
        fields = f.read().rsplit(')', 1)[1].split()
    woken = 0
    for path in glob.glob('/proc/%d/task/*/status' % pid):
        with open(path) as f:
            woken += sum(int(l.split()[1]) for l in f if l.startswith('voluntary'))
    return int(fields[11]) + int(fields[12]), woken


def idle(job):
    base, state = job
    ws, keys, answer = STATES[state]
    folder = tempfile.mkdtemp(dir=base)
    s = Session([workspace.HUSE, *([base + '/' + ws] if ws else [])], workspace.environment(folder), answer=answer)
    s.sees('items' if ws else 'Nothing')
    for i in range(len(keys)):
        s.type(keys[i:i + 1], .1)
    s.read(1.5, 8)
    before = spent(s.pid)
    written = s.read(3, 3)
    after = spent(s.pid)
    s.write(b'\x03\x03')
    s.end()
    s.close()
    why = '%d ticks' % (after[0] - before[0]) if after[0] != before[0] else '%d wake-ups' % (after[1] - before[1]) if after[1] != before[1] else ''
    return state, why or (written and 'it wrote %r' % written[:60])


if __name__ == '__main__':
    base, failed = tempfile.mkdtemp(prefix='huse-ui-'), False
    try:
        workspace.make(base)
        with multiprocessing.Pool(len(STATES)) as pool:
            for state, why in pool.imap(idle, [(base, s) for s in STATES]):
                failed = failed or bool(why)
                print('%s - idle in %s' % ('not ok' if why else 'ok', state) + (': %s' % why if why else ''))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    sys.exit(failed)

#!/usr/bin/python3
"""Every signal and every way of losing the terminal in every state of the interface: it ends, or goes on, as it should, and leaves the terminal
as it was found."""
import fcntl, itertools, multiprocessing, os, pty, shutil, signal, struct, sys, tempfile, termios, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from terminal import KITTY, SIXEL, Session

ENDS = ['INT', 'TERM', 'HUP', 'QUIT', 'SEGV', 'BUS', 'ABRT', 'FPE', 'ILL']
CRASHES, CUT = ENDS[4:], ('a part of a picture', 'DCS', 'APC', 'kitty: ')  # a picture is cut short
GOES_ON = ['PIPE', 'CHLD', 'WINCH', 'TSTP', 'STOP', 'TSTP by key']
LOST = ['the terminal closes', 'input ends', 'KILL']
# state: keys that lead to it one after the other, and what stands there then
STATES = {
    'while it opens': ([], None),
    'while typing': (['red dress'], 'red dress'),
    'in the results': (['red dress', '\x1b', 'l'], 'Enter open'),
    'in Browse': (['\x1b', '2'], '1 Search'),
    'in the help': (['\x1b', '?'], 'While moving'),
    'in a prompt': (['\x1b', ' ', 'e', 'name'], 'name'),
    'amid sixel pictures': (['\x1b', 'G', 'g'], None),
    'amid pictures of kitty': (['\x1b', 'G', 'g'], None),
    'in Train': (['\x1b', '3'], 'run-1'),
    'in the form of Train': (['\x1b', '3', 'r', '\x1b[B'], 'Learns from'),
    'in Evaluate': (['\x1b', '4', ']', ']'], 'UPMC'),
    'amid pictures of Evaluate': (['\x1b', '4', '[', '[', '['], None),
    'in the map': (['\x1b', '2', ']'], 'Shirts'),
    'in the line of a command': (['\x1b', ':', 'runs'], ': runs'),
    'in the pager': (['\x1b', ':', 'models\r'], 'missing'),
}


def begin(folder, ws, state, wrap=()):
    env = workspace.environment(folder)
    s = Session([*wrap, workspace.HUSE, ws], env, answer=KITTY if 'kitty' in state else SIXEL)
    s.ready()
    keys, seen = STATES[state]
    if keys:
        s.sees('36 items')
    for k in keys:
        s.write(k.encode())
        s.read(.07, .15) if seen else s.read(0, .01)
    if seen and not s.sees(seen):
        return s, '“%s” is not reached: %s' % (state, s.judge.lines()[-1])
    return s, ''


def quits(s):
    s.write(b'\x03\x03')
    return s.end()


def ends(folder, ws, state, how):
    s, why = begin(folder, ws, state)
    sig = getattr(signal, 'SIG' + how)
    os.kill(s.pid, sig)
    code = s.end()
    bad = [b for b in s.judge.bad if not (how in CRASHES and b.startswith(CUT))]
    why = why or s.restored() or (bad and str(bad[:2])) or (code != (None, sig) and 'ended with %s, %s' % code)
    s.close()
    return why


def goes_on(folder, ws, state, how):
    s, why = begin(folder, ws, state)
    for _ in range(200 if how == 'WINCH' else 1):
        os.kill(s.pid, getattr(signal, 'SIG' + how))
    if how == 'STOP':
        time.sleep(.05)
        os.kill(s.pid, signal.SIGCONT)
    alive = s.sees('huse-tui') and os.waitpid(s.pid, os.WNOHANG) == (0, 0)
    code = quits(s)
    why = why or s.restored() or (s.judge.bad and str(s.judge.bad[:2])) or (not alive and 'it does not go on') or (code != (0, None) and 'ended with %s, %s' % code)
    s.close()
    return why


def stops(folder, ws, state, how):
    """As the job of a shell: stopped, the terminal is the shell's; in the foreground again, all is drawn anew."""
    report, go = folder + '/report', folder + '/go'
    s, why = begin(folder, ws, state, [sys.executable, os.path.dirname(os.path.abspath(__file__)) + '/job.py', report, go])
    with open(report) as f:
        pid = int(f.readline())
    if 'key' in how:
        s.write(b'\x1a')
    else:
        os.kill(pid, signal.SIGTSTP)

    def said():
        with open(report) as f:
            return f.read().split('\n')[1:2]
    s.wait(lambda: 'stopped' in str(said()), 20)
    s.read(.05, .2)
    modes = s.restored().replace('termios differs', '').strip(', ')
    if said() != ['stopped, as it was'] or modes:
        why = why or 'when stopped: %s %s' % (said(), modes)
    cleared = s.judge.cleared
    open(go, 'w').close()
    if not s.wait(lambda: s.judge.cleared > cleared and any('huse-tui' in l for l in s.judge.lines()), 20):
        why = why or 'it does not draw anew'
    code = quits(s)
    why = why or s.restored() or (s.judge.bad and str(s.judge.bad[:2])) or (code != (0, None) and 'ended with %s, %s' % code)
    s.close()
    return why


def lost(folder, ws, state, how):
    if how == 'input ends':
        return input_ends(folder, ws, state)
    s, why = begin(folder, ws, state)
    if how == 'KILL':  # nothing can be put back: the workspace must be as before
        os.kill(s.pid, signal.SIGKILL)
        s.end()
        s.close()
        s, again = begin(folder, ws, 'in the results')
        code = quits(s)
        s.close()
        return why or again or (code != (0, None) and 'after it: %s, %s' % code)
    os.close(s.fd)
    end = time.time() + 20
    while time.time() < end:
        pid, status = os.waitpid(s.pid, os.WNOHANG)
        if pid:
            return why or (os.WIFSIGNALED(status) and os.WTERMSIG(status) != signal.SIGHUP and 'killed by %d' % os.WTERMSIG(status))
        time.sleep(.02)
    os.kill(s.pid, signal.SIGKILL)
    os.waitpid(s.pid, 0)
    return 'it lives on without a terminal'


def input_ends(folder, ws, state):
    """Input from another terminal than the screen's, which closes."""
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack('HHHH', 40, 120, 960, 640))
    name = os.ttyname(slave)
    code = 'import os,sys; f=os.open(sys.argv[1],os.O_RDWR|os.O_NOCTTY); os.dup2(f,0); os.close(f); os.execv(sys.argv[2],sys.argv[2:])'
    s = Session([sys.executable, '-c', code, name, workspace.HUSE, ws], workspace.environment(folder), answer=None)
    s.ready()
    os.close(slave)
    os.write(master, SIXEL)
    keys, seen = STATES[state]
    for k in keys:
        s.read(.05, .2)
        os.write(master, k.encode())
    s.read(.05, .2 if seen else .02)
    os.close(master)
    code = s.end()
    why = s.restored() or (code != (1, None) and 'ended with %s, %s' % code)
    s.close()
    return why


def cell(job):
    base, state, how = job
    folder = tempfile.mkdtemp(dir=base)
    try:
        ws = base + '/shop'
        if 'prompt' in state:  # marks are kept in it
            ws = shutil.copytree(ws, folder + '/shop')
        kind = lost if how in LOST else ends if how in ENDS else stops if 'TSTP' in how else goes_on
        return state, how, kind(folder, ws, state, how)
    except Exception as e:
        return state, how, repr(e)


if __name__ == '__main__':
    base, bad, n = tempfile.mkdtemp(prefix='huse-ui-'), {}, 0
    try:
        ws = workspace.make(base)
        workspace.doubt(ws, 'Footwear/Shoes', ['i00', 'i03'])
        jobs = [(base, s, h) for s, h in itertools.product(STATES, ENDS + GOES_ON + LOST)]
        with multiprocessing.Pool(2 * (os.cpu_count() or 1)) as pool:
            for state, how, why in pool.imap(cell, jobs):
                bad.setdefault(how, [])
                n += 1
                if why:
                    bad[how].append('%s: %s' % (state, why))
    finally:
        shutil.rmtree(base, ignore_errors=True)
    for how, why in bad.items():
        print(('not ok' if why else 'ok') + ' - %s in each of %d states' % (how, len(STATES)))
        print(''.join('  %s\n' % w for w in why), end='')
    print('ok - %d cells were tried' % n if n >= 120 else 'not ok - %d cells were tried' % n)
    sys.exit(any(bad.values()))

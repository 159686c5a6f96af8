#!/usr/bin/python3
"""The mouse (that every end by a signal switches it off is seen in ptys.py), rebound keys, the page of recent workspaces, job control by a shell, and storms over pages: on a pseudo-terminal."""
import multiprocessing, os, random, shutil, signal, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from checks import check, failures
from terminal import Session

PLAIN = b'\x1b[?1;2c'
folder = base = None


def settle_in():
    """A folder of this process alone, with a workspace."""
    global folder, base
    folder = tempfile.mkdtemp(prefix='huse-ui-')
    base = workspace.environment(folder)
    base['XDG_STATE_HOME'] = folder + '/state'
    base['XDG_CONFIG_HOME'] = folder + '/config'
    return workspace.make(folder)


def start(*args, cols=120, rows=40, **env):
    e = {k: v for k, v in dict(base, **env).items() if v is not None}
    s = Session([workspace.HUSE, *args], e, cols=cols, rows=rows, answer=PLAIN)
    s.ready()
    return s


def finish(s, name, keys=b'\x03\x03'):
    s.type(keys)
    code = s.end()
    check(name, code == (0, None) and not s.restored() and not s.judge.bad, (code, s.restored(), s.judge.bad[:3]))
    s.close()


def shown(s):
    """The text of the screen, drawn anew."""
    before = len(s.judge.text)
    s.type(b'\x0c', .35)
    return bytes(s.judge.text[before:]).decode('utf8', 'replace')


def press(x, y, button=0):
    return b'\x1b[<%d;%d;%dM' % (button, x, y)


def click(s, x, y, button=0):
    s.type(press(x, y, button) + b'\x1b[<%d;%d;%dm' % (button, x, y), .25)


def mouse(ws):
    s = start(ws)
    s.until(b'items')
    check('reports of the mouse are asked for', s.judge.modes.get('1000') and s.judge.modes.get('1006'), s.judge.modes)
    click(s, 4, 40)  # "↓ results"
    check('a click on a hint of the input line is its key', 's similar' in shown(s), shown(s)[-300:])
    click(s, 33, 1)
    text = shown(s)
    check('a click on a tab goes there', 'Apparel' in text and 'type what' not in text and 'Enter open' in text, text[:300])
    click(s, 21, 1)
    check('and back', 'items' in shown(s))
    s.type(b'?')
    check('the wheel scrolls a page', 'While moving' in shown(s))
    for _ in range(10):
        s.write(press(40, 20, 65))
    s.read(.2)
    s.type(b'\x1b')
    for b in (0, 4, 16):  # with Shift or Ctrl held, where a terminal hands that on
        click(s, 30, 10, b)
    s.type(b'M')
    check('M leaves the mouse to the terminal', not s.judge.modes.get('1000') and not s.judge.modes.get('1006') and 'mouse off' in s.judge.text.decode('utf8', 'replace'))
    before = shown(s)
    s.write(press(21, 1) * 20)
    s.read(.2)
    check('reports that were not asked for mean nothing', shown(s) == before)
    s.type(b'M')
    check('and M takes it back', bool(s.judge.modes.get('1000')))
    finish(s, 'with the mouse on it leaves in order', b'q')
    for setting in (['--no-mouse'], []):
        env = {} if setting else {'HUSE_TUI_MOUSE': 'off'}
        s = start(ws, *setting, **env)
        s.until(b'items')
        check('%s asks for none' % (setting or 'HUSE_TUI_MOUSE=off'), '1000' not in s.judge.modes)
        finish(s, 'and it ends in order')


def flood(ws):
    s, r = start(ws), random.Random(5)
    s.until(b'items')
    t = time.time()
    for _ in range(60):
        s.write(b''.join(press(r.choice((0, 1, 21, 33, 60, 119, 999, 10**12)), r.choice((0, 1, 2, 20, 40, 10**9)), r.choice((0, 1, 2, 3, 32, 35, 64, 65, 66, 128, 10**11)))
                         for _ in range(300)))
        s.read(.001, .2)
    for forged in (b'\x1b[<M', b'\x1b[<;;M', b'\x1b[<0M', b'\x1b[<0;5M', b'\x1b[<0;-1;-1M', b'\x1b[<' + b'9' * 300 + b'M', b'\x1b[<0;1;1;1;1;1;1;1M', b'\x1b[M   ', b'\x1b[<64;1'):
        s.write(forged)
        s.read(.05)
    s.read(1.2)  # the sequence cut short is given up
    s.type(b'\x1b\x1b')
    s.type(b'1/\x15red')
    check('18,000 reports, some forged, leave it answering (%.1f s)' % (time.time() - t), 'red dress number' in shown(s), shown(s)[:300])
    finish(s, 'and whole')


def keys(ws):
    os.makedirs(folder + '/config/huse-tui', exist_ok=True)

    def config(text):
        with open(folder + '/config/huse-tui/config.ini', 'w') as f:
            f.write(text)
    config('[keys]\nquit = F10 Q\nsimilar = v\nhelp = Ctrl-G\n')
    s = start(ws)
    s.until(b'items')
    s.type(b'\x1b')
    text = shown(s)
    check('hints show the keys of the configuration file', 'v similar' in text and 'Ctrl-G keys' in text, text[-300:])
    s.type(b'\x07')
    text = shown(s)
    check('so does help', 'Search for what is most like' in text, text[-500:])
    s.type(b'G')
    s.type(b'\x1b')
    s.type(b'v')
    check('and they count', '@i' in shown(s))
    s.type(b'qs?')
    finish(s, 'the old ones do not, F10 quits', b'\x1b[21~')
    for text, want in (('[keys]\nnosuch = x\n', 'config.ini:2: no action'), ('\n[keys]\nquit = Crtl-x\n', 'config.ini:3: keys.quit:'), ('[keys]\nquit = s\n', 'config.ini:2: keys.quit: s is the key of'),
                       ('[keys]\nquit =\n', 'config.ini:2: keys.quit: no key'), ('[keys]\nmix = <\n', 'config.ini:2: keys.mix'), ('[keys]\nquit = Ctrl-C\n', 'config.ini:2: keys.quit:')):
        config(text)
        e = Session([workspace.HUSE, ws], base)
        code = e.end()
        check('%r is refused with its line' % text.strip(), code == (2, None) and want.encode() in e.raw and b'\x1b[?1049h' not in e.raw, (code, e.raw))
        e.close()
    config('')


def recent(ws):
    other = folder + '/other'
    shutil.copytree(ws, other)
    for w in (other, ws):
        finish(begin_and_wait(w), 'a visit of ' + os.path.basename(w))
    shutil.move(other, folder + '/moved')
    s = start('--recent')
    text = shown(s)
    check('--recent lists what was open, newest first', 'Recent' in text and text.index('/shop') < text.index('/other') and 'gone' in text and '36 items' in text, text)
    s.type(b'j\r')
    check('what is gone says so', 'is gone' in s.judge.text.decode('utf8', 'replace'))
    s.type(b'k')
    s.write(b'\r')
    check('Enter opens one', s.until(b'type what you look for'))
    s.type(b'red dress')
    check('and it answers', 'red dress number' in shown(s))
    finish(s, 'and ends in order')
    s = start('--recent', cols=80, rows=24)
    for keys in (b'?', b'\x1b', b'M', b'M', b'12', b'/', b's+-ceRyi[]', b'gG'):
        s.type(keys, .1)
    s.write(press(8, 13) * 2)
    check('a double click opens it', s.until(b'type what you look for'), shown(s))
    finish(s, 'and it ends in order, too')
    with open(folder + '/state/huse-tui/recent', 'wb') as f:
        f.write(b'\xff\xfe\n12\n-1 /x\n99999999999999999999999 /y\n5 relative\n7 /z\x1b[2J\xc2\x9b\n' + b'1 /w\n' * 500 + b'x' * 3000)
    s = start('--recent')
    check('a faulty list of them is harmless', 'Recent' in shown(s) and not s.judge.bad, s.judge.bad)
    finish(s, 'and goes away', b'q')


def begin_and_wait(w):
    s = start(w)
    s.until(b'items')
    return s


def suspended(ws):
    """A shell with job control: Ctrl-Z, what the terminal is like then, fg."""
    shell = dict(base, PS1='PROMPT ', ENV='', HISTFILE='')
    s = Session(['/bin/bash', '--norc', '--noprofile', '-i'], shell, answer=PLAIN)
    s.judge.controls = b'\r\n\b\t\x07'
    s.read(.5)
    s.write(b'%s %s\n' % (workspace.HUSE.encode(), ws.encode()))
    s.until(b'items')
    bad = []
    for where in (b'red', b'\x1b', b'?', b'\x1b2'):
        s.type(where, .2)
        s.type(b'\x1a', .5)
        if s.judge.modes.get('1000') or s.judge.modes.get('1049') or not s.judge.modes.get('25', True):
            bad.append((where, dict(s.judge.modes)))
        before = len(s.judge.text)
        s.type(b'echo a$((40+2))b\n', .3)
        if b'a42b' not in s.judge.text[before:]:
            bad.append((where, bytes(s.judge.text[before:])))
        before = len(s.judge.text)
        s.write(b'fg\n')
        s.read(.6)
        if b'huse-tui' not in s.judge.text[before:] or not s.judge.modes.get('1000') or not s.judge.modes.get('1049'):
            bad.append((where, 'fg', bytes(s.judge.text[before:])[:200], dict(s.judge.modes)))
    check('Ctrl-Z gives the terminal to the shell, and fg takes it back: 4 places', not bad, bad[:2])
    with open('/proc/%d/task/%d/children' % (s.pid, s.pid)) as f:
        os.kill(int(f.read().split()[0]), signal.SIGSTOP)
    s.read(.6)
    s.type(b'stty echo icanon\n', .5)
    s.write(b'fg\n')
    s.read(.6)
    s.type(b'\x1b1/\x15')
    s.type(b'blue', .6)
    text = shown(s)
    check('stopped by force it sets up the terminal again', '› blue' in text and 'number' in text and s.judge.modes.get('1000'), text[:300])
    s.type(b'\x03\x03', .4)
    s.write(b'exit\n')
    s.end()
    s.close()


def storms(ws):
    sizes = [(1, 1), (2, 2), (19, 4), (20, 5), (80, 24), (500, 200), (61, 16), (200, 60), (33, 7), (120, 40)]
    for name, keys in (('Search', b'\x1b'), ('typing', b''), ('Browse', b'\x1b2'), ('help', b'\x1b?'), ('Browse help', b'\x1b2?'), ('a prompt', b'\x1be'), ('details', b'\x1b\r')):
        s = start(ws)
        s.until(b'items')
        for k in keys:
            s.type(bytes([k]), .15)
        for turn in range(2):
            for size in sizes:
                s.resize(*size)
                s.write(random.Random(turn).choice((b'', b'j', b'\x1b[6~', b'\x1b[<65;1;1M')))
                s.read(.01, .05)
        s.resize(120, 40)
        s.read(.4)
        s.judge.bad = [b for b in s.judge.bad if 'scroll' not in b and 'picture' not in b]  # it drew for the size before
        check('a storm of sizes over %s: 1×1 to 500×200' % name, 'huse-tui' in shown(s), shown(s)[:200])
        s.type(b'\x1b', .2)
        finish(s, 'then it ends in order')


def places(ws):
    s = start(ws, LC_ALL=None, LC_CTYPE=None, LANG=None)
    s.until(b'items')
    check('without any locale it is UTF-8', '›' in shown(s))
    finish(s, 'and ends')
    for name, env in (('LANG=C', {'LC_ALL': None, 'LC_CTYPE': None, 'LANG': 'C'}), ('LC_ALL=POSIX', {'LC_ALL': 'POSIX'})):
        s = start(ws, **env)
        s.until(b'items')
        for k in (b'red', b'\x1b', b'?', b'\x1b', b'2', b'j', b'\r', b'1', b']', b']'):
            s.type(k, .15)
        text = bytes(s.judge.text)
        odd = [c for c in text if c >= 0x80]
        check('%s stays ASCII, without unknown signs of our own' % name, not odd and b'> ' in text, odd[:10])
        finish(s, 'and ends')
    s = start('--recent', TERM='no-such-terminal')
    check('an unknown TERM is taken for xterm-256color, and says so', b'taken for xterm-256color' in s.judge.text, bytes(s.judge.text[-300:]))
    finish(s, 'and ends', b'q')


def cancel(ws):
    s = start(ws)
    s.until(b'items')
    s.type(b'\x03')
    check('Ctrl-C says how to quit', 'Ctrl-C again quits' in shown(s) or b'Ctrl-C again quits' in s.judge.text)
    s.type(b'\x03', .1)
    s.type(b'x\x03', .1)
    finish(s, 'twice in a row quits', b'\x03')


def alone(group):
    ws = settle_in()
    try:
        group(ws)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return bool(failures)


if __name__ == '__main__':
    with multiprocessing.Pool(4, maxtasksperchild=1) as pool:
        sys.exit(any(pool.map(alone, (storms, suspended, recent, keys, mouse, flood, places, cancel), chunksize=1)))

#!/usr/bin/python3
"""The interface on a pseudo-terminal: what it writes for hostile texts, what it leaves after every way out, what it makes of odd terminals."""
import json, os, shutil, signal, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import workspace
from hostile import BYTES, STRINGS
from terminal import Session

SIXEL, PLAIN = b'\x1b[?63;1;2;4;6;9;15;22c', b'\x1b[?1;2c'
failed = False
folder = tempfile.mkdtemp(prefix='huse-ui-')
base = workspace.environment(folder)


def check(name, good, why=''):
    global failed
    failed |= not good
    print(('ok - ' if good else 'not ok - ') + name)
    if not good:
        print('  ' + str(why)[:600])
    sys.stdout.flush()


def start(ws, *args, answer=SIXEL, **kw):
    env = dict(base, **kw.pop('env', {}))
    env = {k: v for k, v in env.items() if v is not None}
    return Session([workspace.HUSE, *([ws] if ws else []), *args], env, answer=answer, **kw)


def clean(s):
    return not s.judge.bad, s.judge.bad[:4]


def hostile_workspace():
    os.mkdir(folder + '/h')
    rows = []
    for i, s in enumerate(x.decode('utf8') for x in STRINGS if len(x) < 5000):
        rows += [{'id': 't%d' % i, 'text': 'dress ' + s, 'class': 'A/B'}, {'id': 'i' + s, 'text': 'shoe', 'class': 'A/C'},
                 {'id': 'c%d' % i, 'text': '', 'class': 'K%d/' % i + s.replace('/', '_')[:150]},
                 {'id': 'p%d' % i, 'text': 'pictured', 'image': 'x%d' % i + s.replace('/', '_')[:50] + '.png'}]
    with open(folder + '/h/h.jsonl', 'w', encoding='utf8') as f:
        f.writelines(json.dumps(r) + '\n' for r in rows)
    ws = folder + '/h/ws'
    workspace.run(folder, 'import', folder + '/h/h.jsonl', '-o', ws, '--skip-bad')
    workspace.run(folder, 'embed', ws)
    odd = (folder + '/h/').encode() + b'w\x1b[2J\x9b\xff\xc2\x9b\xe2\x80\xae'
    shutil.copytree(ws.encode(), odd)
    return ws, odd


def hostile():
    ws, odd = hostile_workspace()
    for term in ('xterm-256color', 'vt100', 'screen', 'linux'):
        controls = b'\r\n\b\t\x0e\x0f' if term in ('vt100', 'screen', 'linux') else b'\r\n\b\t'
        s = start(ws, env={'TERM': term}, controls=controls)
        s.until(b'items')
        s.type(b'\x1b')
        for view in range(3):
            last = None
            for page in range(40):
                now = s.type(b'\x1b[6~', .06)
                for _ in range(2):
                    s.type(b'l', .03)
                if len(now) < 40:
                    break
            s.type(b']')
        s.type(b'q')
        code = s.end()
        check('TERM=%s: hostile ids, texts, classes and pictures leave %d bytes of allowed sequences' % (term, len(s.raw)), clean(s)[0] and code == (0, None),
              clean(s)[1] or code)
        s.close()
    s = start(odd)
    s.until(b'items')
    for w in STRINGS + BYTES:
        if len(w) < 5000:
            s.type(b'\x1b[200~' + w.replace(b'\x1b[201~', b'') + b'\x1b[201~', .04)
            s.type(b'\x15' + (w if min(w) >= 0x20 else b''), .04)  # control characters are keys
    s.type(b'\x03')
    s.type(b'\x03')
    code = s.end()
    check('hostile pastes and a hostile folder name too', clean(s)[0] and code == (0, None), clean(s)[1] or code)
    s.close()
    bad = []
    for w in STRINGS + BYTES:
        if b'\0' not in w and len(w) < 5000:
            s = start(ws, '--query=' + w.decode('utf8', 'surrogateescape'), answer=PLAIN)
            s.ready()
            s.type(b'\x03\x03', .05)
            code = s.end()
            if not clean(s)[0] or code != (0, None):
                bad.append((w, code, clean(s)[1]))
            s.close()
    check('and as --query', not bad, bad[:2])


def pictures(ws):
    """Through typing, moving, help, views and a resize: pictures are whole or gone, never in part."""
    s, bad, step = start(ws), [], 0
    s.until(b'items')
    s.read(.4)
    first = s.judge.sixels
    for keys in (b'red dress', b'\x1b', b'l', b'j', b'?', b'\x1b', b's', b']', b'[', b'\r', b'\r', b'/', b'\x15', b'blue', b'\x1b[B', b'G', b'g', b'i', b'i', b'\x0c'):
        s.type(keys, .4)
        step += 1
        if s.judge.partial():
            bad.append((keys, s.judge.partial()))
    check('pictures are sixel where the terminal announces it', first > 3, first)
    check('text beside pictures never damages them (%d drawn)' % s.judge.sixels, not bad and clean(s)[0], bad or clean(s)[1])
    for size in ((80, 24), (1, 1), (61, 16), (200, 60), (120, 40)):
        s.resize(*size)
        s.read(.5)
        if s.judge.partial():
            bad.append((size, s.judge.partial()))
    check('nor do resizes', not bad and clean(s)[0], bad or clean(s)[1])
    before = s.judge.sixels
    idle = s.read(.7)
    check('nothing is written while nothing happens', not idle and s.judge.sixels == before, idle[:80])
    s.type(b'\x1bq')
    code = s.end()
    check('and the terminal is as it was', code == (0, None) and not s.restored(), (code, s.restored()))
    s.close()


def signals(ws):
    ends = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGFPE, signal.SIGILL]
    for when in ('at the start', 'with pictures', 'while typing', 'amid pictures', 'in the help'):
        bad = []
        for sig in ends:
            s = start(ws)
            if when == 'at the start':
                s.ready()
            else:
                s.until(b'items')
                s.read(.2)
                if when == 'while typing':
                    s.write(b'red dress')
                elif when == 'amid pictures':
                    s.write(b'\x0c')
                    time.sleep(.14)
                elif when == 'in the help':
                    s.type(b'\x1b')
                    s.type(b'?')
            os.kill(s.pid, sig)
            code = s.end()
            if code != (None, sig) or s.restored():
                bad.append((sig, code, s.restored()))
            s.close()
        check('%d signals %s end it by themselves and restore the terminal' % (len(ends), when), not bad, bad[:4])


def other_signals(ws):
    s = start(ws)
    s.until(b'items')
    for sig in (signal.SIGPIPE, signal.SIGCHLD):
        os.kill(s.pid, sig)
    for _ in range(1000):
        os.kill(s.pid, signal.SIGWINCH)
    s.read(.6)
    check('PIPE, CHLD and 1,000 WINCH change nothing', b'red dress number' in s.redrawn(b'red') and clean(s)[0], clean(s)[1])
    os.kill(s.pid, signal.SIGSTOP)
    time.sleep(.1)
    os.kill(s.pid, signal.SIGCONT)
    check('after STOP and CONT all is drawn anew', s.until(b'huse-tui'))
    s.read(.5)
    os.kill(s.pid, signal.SIGTSTP)  # a session leader without a shell is not stopped: it must go on at once
    check('after TSTP it goes on', s.until(b'huse-tui'))
    s.read(.5)
    s.type(b'\x1bq')
    code = s.end()
    check('and ends in order', code == (0, None) and not s.restored() and clean(s)[0], (code, s.restored(), clean(s)[1]))
    s.close()


def vanish(ws):
    s = start(ws)
    s.until(b'items')
    os.close(s.fd)
    end, done = time.time() + 3, 0
    while not done and time.time() < end:
        done = os.waitpid(s.pid, os.WNOHANG)[0]
        time.sleep(.02)
    check('a terminal that vanishes ends it', bool(done))
    if not done:
        os.kill(s.pid, signal.SIGKILL)


def replies(ws):
    s = start(ws, answer=None)
    s.ready()
    for c in b'\x1b[?1;0;256S\x1b[6;16;8t\x1bP>|XTerm(379)\x1b\\\x1b]11;rgb:0000/0000/0000\x07\x1b[?63;1;4c':
        s.write(bytes([c]))
        time.sleep(.02)
    s.read(.5)
    check('replies that come late and byte by byte are no keys', b'type what you look for' in s.judge.text and s.judge.sixels > 3 and clean(s)[0],
          (s.judge.sixels, clean(s)[1]))
    s.type(b'\x03\x03')
    s.end()
    s.close()
    s = start(ws, answer=None)
    s.ready()
    s.write(b'\x03\x03')
    time.sleep(.05)
    s.write(SIXEL)
    code = s.end()
    s.write(b'x')
    check('replies on their way when it ends are read away', code == (0, None) and not s.restored(), (code, s.restored()))
    s.close()


def terminals(ws):
    for term, note in ((None, True), ('no-such-terminal', True), ('xterm', False), ('vt220', False), ('vt100', False), ('linux', False), ('screen', False),
                       ('tmux-256color', False), ('xterm-direct', False)):
        s = start(ws, env={'TERM': term}, answer=PLAIN, controls=b'\r\n\b\t\x0e\x0f')
        good = s.until(b'items')
        if note:
            good = good and b'taken for xterm-256color' in s.judge.text
        good = good and b'red dress' in s.redrawn(b'red')
        s.type(b'\x03\x03')
        code = s.end()
        check('TERM=%s works%s' % (term, ', with a note' if note else ''), good and code == (0, None) and clean(s)[0], (code, clean(s)[1]))
        s.close()
    s = start(ws, env={'TERM': 'dumb'})
    code = s.end()
    check('TERM=dumb is told that a terminal is needed', code == (2, None) and b'\x1b' not in s.raw, (code, s.raw[:80]))
    s.close()
    s = start(ws, env={'LC_ALL': None, 'LC_CTYPE': None, 'LANG': None, 'COLORTERM': 'truecolor'}, answer=PLAIN)
    s.until(b'items')
    s.read(.3)
    check('without any locale it is C.UTF-8', '▀'.encode() in s.raw and b'\x1b[38;2;' in s.raw)
    s.type(b'\x03\x03')
    s.end()
    s.close()
    s = start(ws, env={'NO_COLOR': '1'}, answer=PLAIN)
    s.until(b'items')
    s.read(.3)
    import re
    colours = [c for c in re.findall(rb'\x1b\[([0-9;]*)m', s.raw) for p in c.split(b';') if p[:1] in (b'3', b'4', b'9') and len(p) == 2 and p not in (b'39', b'49')]
    check('NO_COLOR leaves no colour', not colours, colours[:5])
    s.type(b'\x03\x03')
    s.end()
    s.close()


def commands(ws):
    """search --pictures and show on a terminal."""
    for name, args in (('search --pictures', ['search', ws, 'red dress', '--pictures']), ('show', ['show', ws, 'i03'])):
        for answer, kind in ((SIXEL, 'sixel'), (PLAIN, 'block symbols')):
            s = start(None, *args, answer=answer)
            code = s.end()
            drawn = s.judge.sixels if kind == 'sixel' else sum(s.judge.text.count(c.encode()) for c in '▀▄▌▐█▖▗▘▙▚▛▜▝▞▟')
            check('%s draws %s' % (name, kind), code == (0, None) and drawn > 0 and clean(s)[0] and not s.restored(), (code, drawn, clean(s)[1], s.restored()))
            s.close()
    s = start(None, 'search', ws, 'red dress', '--pictures', answer=None)
    t = time.time()
    code = s.end(8)
    took = time.time() - t
    check('a terminal that does not answer costs a second at most', code == (0, None) and took < 3.5 and not s.restored(), (code, took))
    s.close()


try:
    ws = workspace.make(folder)
    s = start(ws, answer=None)
    check('the first frame does not wait for the terminal', s.until(b'type what you look for', 2))
    s.type(b'\x03\x03')
    s.end()
    s.close()
    pictures(ws)
    signals(ws)
    other_signals(ws)
    vanish(ws)
    replies(ws)
    terminals(ws)
    commands(ws)
    hostile()
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(failed)

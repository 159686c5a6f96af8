#!/usr/bin/python3
"""The interface on a pseudo-terminal: its pictures beside text, answers that come late, odd terminals, and commands that draw."""
import os, re, shutil, sys, tempfile, time
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from checks import check, failures
from terminal import PLAIN, SIXEL, Session

folder = tempfile.mkdtemp(prefix='huse-ui-')
base = workspace.environment(folder)


def start(ws, *args, answer=SIXEL, **kw):
    env = dict(base, **kw.pop('env', {}))
    env = {k: v for k, v in env.items() if v is not None}
    return Session([workspace.HUSE, *([ws] if ws else []), *args], env, answer=answer, **kw)


def clean(s):
    return not s.judge.bad, s.judge.bad[:4]


def pictures(ws):
    """Through typing, moving, help, views and a resize: pictures are whole or gone, never in part."""
    s, bad, step = start(ws), [], 0
    s.until(b'items')
    s.read(.4)
    first = s.judge.sixels
    for keys in (b'red dress', b'\x1b', b'l', b'j', b'?', b'\x1b', b's', b']', b'[', b'\r', b'\r', b'\x1b', b'\x1b', b'/', b'\x15', b'blue', b'\x1b[B', b'G', b'g', b'i', b'i', b'\x0c'):
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
    colours = [c for c in re.findall(rb'\x1b\[([0-9;]*)m', s.raw) for p in c.split(b';') if p[:1] in (b'3', b'4', b'9') and len(p) == 2 and p not in (b'39', b'49')]
    check('NO_COLOR leaves no colour', not colours, colours[:5])
    s.type(b'\x03\x03')
    s.end()
    s.close()


def commands(ws):
    """search --pictures and show on a terminal."""
    for name, args in (('search --pictures', ['search', ws, 'red dress', '--pictures']), ('show', ['show', ws, 'i03'])):
        for answer, kind in ((SIXEL, 'sixel'), (PLAIN, 'blocks')):
            s = start(None, *args, answer=answer)
            code = s.end()
            drawn = s.judge.sixels if kind == 'sixel' else len(re.findall('[\u2580-\u259f]', s.judge.text.decode()))
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
    replies(ws)
    terminals(ws)
    commands(ws)
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(bool(failures))

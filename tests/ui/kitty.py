#!/usr/bin/python3
"""Pictures by kitty's protocol on a terminal that holds it to its rules: what is shown is what was in the files, and nothing stale stays."""
import os, shutil, sys, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import workspace
from checks import check, failures
from terminal import Session
import numpy as np

KITTY = b'\x1b_Gi=31;OK\x1b\\\x1b[6;16;8t\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?62;4c'
folder = tempfile.mkdtemp(prefix='huse-kitty-')
base = workspace.environment(folder)


def start(*args, answer=KITTY, **env):
    return Session([workspace.HUSE, *args], {**base, **env}, answer=answer)


known = {}


def is_known(picture, whole):
    """Thumbnails are kept in blocks of few colours: no value may be off by more than 12 of 255; other files are by 36."""
    if picture not in known:
        got = np.frombuffer(picture[2], np.uint8).astype(int)
        known[picture] = any(p[:2] == picture[:2] and np.abs(got - np.frombuffer(p[2], np.uint8)).max() <= 12 for p in whole)
    return known[picture]


def wrong(s, whole):
    """Pictures on the screen that are none of the files'."""
    return [(box, p[:2]) for box, p in s.judge.kitty.screen() if not p or not is_known(p, whole)]


def interface(ws, whole):
    s = start(ws)
    s.until(b'items')
    s.read(.5)
    k = s.judge.kitty
    check('pictures come by kitty where it answers, and sixel yields', len(k.shown) > 3 and not s.judge.sixels, (len(k.shown), s.judge.sixels))
    check('their pixels are those of the files', not wrong(s, whole) and not s.judge.bad, wrong(s, whole) or s.judge.bad[:3])
    print('#   %d pictures, %d bytes' % (k.sent, k.bytes))
    bad = []
    for keys in (b'red dress', b'\x1b', b'l', b'j', b'\x1b[6~', b'\x1b[6~', b'\x1b[5~', b'?', b'\x1b', b's', b']', b'[', b'\r', b'\x1b', b'/', b'\x15', b'blue', b'G', b'g', b'i', b'i'):
        s.type(keys, .4)
        seen = k.screen()
        sent = k.sent
        s.type(b'\x0c', .5)
        if seen != k.screen() or wrong(s, whole):
            bad.append((keys, [b for b, _ in seen], [b for b, _ in k.screen()], wrong(s, whole)))
    check('after typing, moving, pages, help and views the screen is that of a fresh draw', not bad and not s.judge.bad, bad[:1] or s.judge.bad[:3])
    for size in ((80, 24), (1, 1), (61, 16), (200, 60), (120, 40)):
        s.resize(*size)
        s.read(.6)
        if wrong(s, whole) or any(x + w > size[0] or y + h >= size[1] for (x, y, w, h), _ in k.screen()):
            bad.append((size, k.screen()))
    check('resizes leave no picture behind', not bad and len(k.shown) > 3 and not s.judge.bad, bad or s.judge.bad[:3])
    idle = s.read(.7)
    s.type(b'\x1bq')
    code = s.end()
    check('idle it writes nothing; at the end the terminal holds no picture', not idle and code == (0, None) and not s.restored() and not k.held and not k.shown,
          (idle[:40], code, s.restored(), len(k.held)))
    s.close()


def sent_once(ws):
    s = start(ws)
    s.until(b'items')
    s.read(.5)
    s.type(b'\x1b')
    k = s.judge.kitty
    s.type(b'?', .4)
    hidden = len(k.shown)
    sent = k.sent
    s.type(b'\x1b', .4)
    check('a picture that comes back is not sent again', hidden < len(k.shown) and k.sent == sent, (hidden, len(k.shown), sent, k.sent))
    os.kill(s.pid, 11)
    s.end()
    check('a crash takes them off the screen', not k.shown and not s.restored(), (k.shown, s.restored()))
    s.close()


def interrupted(ws):
    """Input that changes nothing comes between the pictures of a frame: the rest of them follow all the same."""
    s, lost = start(ws), []
    s.until(b'items')
    s.read(.5)
    s.type(b'\x1b')
    for wheel in (65, 65, 64, 64):
        s.write(b'\x1b[<%d;5;10M' % wheel)
        for _ in range(60):  # buttons are let go
            s.write(b'\x1b[<0;1;1m')
            s.read(.0003, .0003)
        s.read(.3, 2)
        seen = s.judge.kitty.screen()
        s.type(b'\x0c', .5)
        if seen != s.judge.kitty.screen():
            lost.append((wheel, len(seen), len(s.judge.kitty.shown)))
    check('input that means nothing keeps no picture away', not lost and len(s.judge.kitty.shown) > 3, lost)
    s.type(b'\x03\x03')
    s.end()
    s.close()


def asking(ws):
    for name, env, asked in (('xterm-256color', {}, 1), ('tmux-256color', {}, 0), ('screen', {}, 0), ('linux', {}, 0), ('vt100', {}, 0), ('xterm-256color', {'TMUX': '/x,1,0'}, 0)):
        s = start(ws, answer=b'\x1b[?1;2c', TERM=name, **env)
        s.judge.controls = b'\r\n\b\t\x0e\x0f'
        s.until(b'items')
        s.type(b'\x03\x03')
        s.end()
        check('TERM=%s%s: %sasked' % (name, ' in tmux' if env else '', '' if asked else 'not '), s.judge.kitty.queries == asked and not s.judge.bad,
              (s.judge.kitty.queries, s.judge.bad[:2]))
        s.close()
    s = start(ws, answer=None)
    s.ready()
    for c in KITTY:
        s.write(bytes([c]))
    s.read(.6)
    check('answers that come byte by byte are no keys', b'type what you look for' in s.judge.text and len(s.judge.kitty.shown) > 3, s.judge.bad[:2])
    s.type(b'\x03\x03')
    s.end()
    s.close()
    s = start(ws, '--graphics', 'sixel')
    s.until(b'items')
    s.read(.5)
    check('--graphics sixel prevails', s.judge.sixels > 3 and not s.judge.kitty.sent)
    s.type(b'\x03\x03')
    s.end()
    s.close()


def commands(ws, whole):
    for name, args in (('search --pictures', ['search', ws, 'red dress', '--pictures']), ('show', ['show', ws, 'i03']),
                       ('--graphics kitty', ['search', ws, 'red dress', '--pictures', '--graphics', 'kitty'])):
        s = start(*args, answer=b'\x1b[?1;2c' if '--graphics' in name else KITTY)
        code = s.end()
        k = s.judge.kitty
        check('%s draws by kitty' % name, code == (0, None) and k.shown and not wrong(s, whole) and not s.judge.bad, (code, len(k.shown), s.judge.bad[:3]))
        s.close()


try:
    ws = workspace.make(folder)
    whole = [workspace.pixels(i) for i in range(36)]
    interface(ws, whole)
    sent_once(ws)
    interrupted(ws)
    asking(ws)
    commands(ws, whole)
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(bool(failures))

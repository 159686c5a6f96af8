#!/usr/bin/python3
"""Whatever texts hold, the terminal gets allowed sequences only: hostile strings as titles, classes, ids, file names, queries typed and pasted,
errors and the workspace's own name, for three kinds of terminals."""
import json, multiprocessing, os, shutil, sys, tempfile
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
import workspace
from hostile import BYTES, STRINGS
from terminal import KITTY, PLAIN, SIXEL, Session

MORE = [chr(c) for c in (*range(1, 32), *range(0x7f, 0xa0))] + [
    '\x1b[%s' % s for s in ('5n', '?6n', '0c', '>c', '=c', '18t', '20t', '3J', 'r', '4h', '?47h', '?3h', '5i', '9999@', '>4;2m', '1;1H', '?1003h', '?1006h',
                            '38;5;1', '0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0;0m', ' q', '!p', '61"p', '?2026h', '<u', '>1u', '200~', '201~', '?1004h', '#|', 'I', 'Z')] + [
    '\x1b]%s\x07' % s for s in ('12;red', '104', '110', '133;A', '5113;x', '99;i=1;x', '1337;SetUserVar=a=b', '22;pointer', '0;' + 'y' * 3000, '66;s=7;x')] + [
    '\x1b%s' % s for s in ('D', 'E', 'H', 'M', 'N', 'O', 'Z', '=', '>', '6', '9', 'n', 'o', '|', '}', '~', ' F', '%G', '%@', '(B', ')0', '*<', '+>', '#6', 'P', ']', '_', '^', 'X')] + [
    '\x1bP1000p', '\x1b_Ga=d\x1b\\', '\x1b^pm\x1b\\', '\x1bXsos\x1b\\', '\x1b]0;no end', '\x1bP0;1;0q#0~', '\x1b\x1b\x1b[', '\x1b[\x1b[\x1b[2J', '\x1b\x00[2J'.replace('\x00', '\x01')] + [
    chr(c) for c in (0xad, 0x34f, 0x61c, 0x180e, 0x1160, 0x3164, 0x2060, 0x2061, 0x2063, 0xfff9, 0xfffb, 0xfffc, 0xfffd, 0xfdfd, 0x3000, 0xa0, 0x2800, 0x1f468, 0xe0100, 0xf0000)] + [
    'a' + '\u0300\u0489\u20dd' * 30, '\U0001f1e9', '\U0001f1e9\U0001f1ea\U0001f1e9', '\U0001f468\u200d\U0001f469\u200d\U0001f467', '\u0915\u094d\u0937\u093f', '\u0e01\u0e33\u0e33',
    '\u1112\u1161\u11ab', '\u05e9\u202e\u0041\u202c', '\uff21\uff9e', '\u4e2d\u0301' * 20, '\x1b[2J' * 200]
ALL = [s.decode('utf8') for s in STRINGS if len(s) < 5000] + MORE
TERMS = {'xterm-256color': b'\r\n\b\t', 'vt100': b'\r\n\b\t\x0e\x0f', 'screen': b'\r\n\b\t\x0e\x0f'}


def make(folder):
    """Every string as a text, an id, a class and a file's name, each with a number that is looked for on the screen."""
    rows = []
    for i, s in enumerate(ALL):
        name = s.replace('/', '_')
        rows += [{'id': 't%03d' % i, 'text': 'T%03d %s' % (i, s), 'class': 'A/B'}, {'id': 'I%03d%s' % (i, s[:900]), 'text': '', 'class': 'A/C'},
                 {'id': 'c%03d' % i, 'text': 'of a class', 'class': 'K/C%03d%s' % (i, name[:70])},
                 {'id': 'p%03d' % i, 'text': 'P%03d pictured' % i, 'image': 'x%03d%s.png' % (i, name[:40])}]
    with open(folder + '/h.jsonl', 'w', encoding='utf8') as f:
        f.writelines(json.dumps(r) + '\n' for r in rows)
    ws = folder + '/ws'
    workspace.run(folder, 'import', folder + '/h.jsonl', '-o', ws, '--skip-bad')
    workspace.run(folder, 'embed', ws)
    odd = folder.encode() + b'/w\x1b[2J\x9b\xff\xc2\x9b\xe2\x80\xae'
    shutil.copytree(ws.encode(), odd)
    return ws, odd


def session(folder, term, *args, answer=PLAIN):
    return Session([workspace.HUSE, *args], dict(workspace.environment(folder), TERM=term), 200, 60, answer=answer, controls=TERMS[term])


def done(s, what, least=b''):
    s.write(b'\x03\x03')
    code = s.end()
    why = s.judge.bad[:3] or s.restored() or (code != (0, None) and code)
    s.close()
    return '%s: %s' % (what, why) if why else ''


def shown(folder, ws, term):
    """Goes through everything, with all the details beside it. Returns what was wrong and what was never seen."""
    s = session(folder, term, ws)
    s.sees('items')
    s.write(b'\x1bi')
    s.read(.1, .3)
    for keys, most in ((b'\x1b[B', 4 * len(ALL)), (b']', 1), (b'\x1b[6~', 60), (b']', 1), (b'\x1b[B', len(ALL) + 4)):
        for _ in range(most):
            s.write(keys)
            s.read(.002 if keys == b'\x1b[B' else .03, .1)
    s.read(.2, 2)
    text = bytes(s.judge.text)
    missing = [k % i for i in range(len(ALL)) for k in ('T%03d', 'I%03d', 'C%03d', 'P%03d') if (k % i).encode() not in text]
    return done(s, 'shown'), missing


def typed(folder, ws, term):
    """As keys, as pastes, and in queries that are wrong."""
    s = session(folder, term, ws)
    s.sees('items')
    for w in [x.encode() for x in ALL] + BYTES:
        w = w[:3000]
        for form in (b'\x1b[200~%s\x1b[201~', b'\x1b[200~class:"%s"\x1b[201~', b'\x1b[200~./%s\x1b[201~', b'\x1b[200~red + @%s +\x1b[201~'):
            s.write(form % w.replace(b'\x1b[201~', b''))
            s.read(.003, .05)
            s.write(b'\x1b[200~\x1b[201~\x05\x15')  # the end of what may have been left open, and of the line
        if min(w) >= 0x20:
            s.write(w)
            s.read(.003, .05)
            s.write(b'\x05\x15')
    s.read(.1, 1)
    return done(s, 'typed')


def argued(folder, ws, odd, term):
    bad = []
    for n, w in enumerate([x.encode() for x in ALL[::9]] + BYTES):
        if b'\0' in w:
            continue
        s = session(folder, term, odd if n % 2 else ws, '--query=' + w[:3000].decode('utf8', 'surrogateescape'), answer=(PLAIN, SIXEL, KITTY)[n % 3])
        s.ready()
        bad.append(done(s, '--query %r' % w[:20]))
    return '; '.join(b for b in bad if b)


def work(job):
    what, folder, ws, odd, term = job
    if what == 'shown':
        why, missing = shown(folder, ws, term)
        return '%d strings as titles, ids, classes and file names' % len(ALL), term, why or (missing and 'never seen: %s' % missing[:20])
    if what == 'typed':
        return 'typed, pasted and in wrong queries', term, typed(folder, odd, term)
    return 'as --query, in a folder of a hostile name', term, argued(folder, ws, odd, term)


if __name__ == '__main__':
    folder, failed = tempfile.mkdtemp(prefix='huse-ui-'), len(ALL) < 150
    try:
        ws, odd = make(folder)
        with multiprocessing.Pool(os.cpu_count() or 1) as pool:
            for name, term, why in pool.imap(work, [(k, folder, ws, odd, t) for t in TERMS for k in ('shown', 'typed', 'argued')]):
                failed = failed or bool(why)
                print('%s - TERM=%s: %s' % ('not ok' if why else 'ok', term, name) + ('\n  %s' % str(why)[:600] if why else ''))
    finally:
        shutil.rmtree(folder.encode(), ignore_errors=True)
    sys.exit(failed)

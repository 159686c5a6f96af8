#!/usr/bin/python3
"""Keys in, screen out: runs tests/ui/cases/*.case. Usage: screens.py [--accept] [-j N] [CASE...]

A case is a list of steps, one a line; its first comment is its name.
  size 80x24           of the terminal; before run
  env NAME=VALUE       for the program; NAME alone: unset
  answer sixel         what the terminal says it is: sixel, kitty, plain (the default), nothing
  workspace NAME       a copy of one of those that workspace.py makes, called NAME here, too
  shell COMMAND        in the case's folder; lines after it that begin with | are what it prints
  run ARGUMENTS        starts huse-tui
  see TEXT, miss TEXT  waits until TEXT stands on the screen, or stands there no more
  keys TEXT            types; <Enter>, <Down>, <C-l> and the like are keys, <lt> is <
  paste TEXT           as the terminal pastes
  click, double TEXT   with the mouse, on the first cell of TEXT
  wheel up TEXT, wheel down TEXT
  resize 100x30
  screen, rows 3-5     the screen, or some of its rows, is what the lines after it say, which begin with |
  look 3-5             the same with a line of renditions below each: b bold, d dim, r reverse, u underlined, c coloured, C coloured and bold
  clipboard TEXT       what was copied
  end 0                the program ends with this status
▒ stands for a picture, # for what differs from machine to machine; the last line of a screen says where the cursor is. What a screen
shows must be what Ctrl-L draws anew. --accept writes what the program shows now into the cases."""
import argparse, base64, difflib, glob, multiprocessing, os, re, shlex, shutil, subprocess, sys, tempfile, time
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import workspace
from terminal import KITTY, PLAIN, SIXEL, Session

ANSWERS = {'sixel': SIXEL, 'kitty': KITTY, 'plain': PLAIN, 'nothing': None}
NAMED = {'F1': b'\x1bOP', 'Enter': b'\r', 'Esc': b'\x1b', 'Tab': b'\t', 'S-Tab': b'\x1b[Z', 'Backspace': b'\x7f', 'Delete': b'\x1b[3~', 'Up': b'\x1b[A', 'Down': b'\x1b[B', 'Right': b'\x1b[C',
         'Left': b'\x1b[D', 'Home': b'\x1b[H', 'End': b'\x1b[F', 'PgUp': b'\x1b[5~', 'PgDn': b'\x1b[6~', 'Space': b' ', 'lt': b'<'}
PATIENCE = float(os.environ.get('UI_PATIENCE', '10'))


class Wrong(Exception):
    pass


def keys(text):
    out = b''
    for name, plain in re.findall(r'<([^<> ]+)>|([^<]|<)', text):
        if name.startswith('C-') and len(name) == 3:
            out += bytes([ord(name[2].lower()) & 31])
        elif name and name not in NAMED:
            raise Wrong('no such key: <%s>' % name)
        else:
            out += NAMED[name] if name else plain.encode()
    return out


def mask(line):
    """Without what differs: times, scores and bars. Widths stay."""
    line = re.sub(r'([ ─-]) ((?:[\d,]+ \w+ [·.] )?\d+ ms(?: [·.])?) ', lambda m: m[1] * (len(m[2]) + 2) + ' ', line + ' ').rstrip()
    line = re.sub(r'(?<![\w.])([-+−]?)(1|)\.\d\d\d?(?![\w.])', lambda m: ' ' * (len(m[0]) - 2) + '.#', line)
    return re.sub(r'━+╸? *', lambda m: '━' + ' ' * (len(m[0]) - 1), line)


def letters(row, line):
    """Renditions of what the masked line shows, too."""
    out = ''
    for (glyph, sgr, picture), shown in zip(row, line.ljust(len(row))):
        on = set(sgr.split(';')) - {''}
        colour = any(len(o) > 1 for o in on)
        letter = 'r' if '7' in on else 'u' if '4' in on else 'C' if colour and '1' in on else 'c' if colour else 'b' if '1' in on else 'd' if '2' in on else '.'
        out += '▒' if picture is not None else ' ' if (glyph in ' \xa0\u2800' or shown in ' #') and letter not in 'ru' else letter
    return out.rstrip()


class Case:
    def __init__(self, path, built, accept):
        self.path, self.built, self.accept, self.session, self.changed = path, built, accept, None, False
        with open(path, encoding='utf8') as f:
            self.lines = f.read().split('\n')
        self.name = next((l[2:] for l in self.lines if l.startswith('# ')), os.path.basename(path))
        self.folder = os.path.join(built, 'cases', os.path.basename(path)[:-5])
        os.makedirs(self.folder)
        self.env, self.size, self.answer = dict(workspace.environment(self.folder), HUSE=workspace.HUSE), (80, 24), PLAIN

    def private(self, text):
        return text.replace(self.folder, '~').replace(self.built, '/made')

    # ---- steps ----

    def do_size(self, text):
        self.size = tuple(int(v) for v in text.split('x'))

    def do_env(self, text):
        name, eq, value = text.partition('=')
        if eq:
            self.env[name] = value
        else:
            self.env.pop(name, None)

    def do_answer(self, text):
        self.answer = ANSWERS[text]

    def do_workspace(self, name):
        shutil.copytree(os.path.join(self.built, name), os.path.join(self.folder, name))

    def do_run(self, text):
        if self.session:
            self.do_end('0')
        self.session = Session([workspace.HUSE, *shlex.split(text)], self.env, *self.size, answer=self.answer, controls=b'\r\n\b\t\x0e\x0f', cwd=self.folder)
        self.session.ready(PATIENCE)

    def do_see(self, text):
        if not self.session.sees(text, PATIENCE):
            raise Wrong('“%s” is not on the screen:\n%s' % (text, '\n'.join(self.session.judge.lines())))

    def do_miss(self, text):
        if not self.session.wait(lambda: not any(text in l for l in self.session.judge.lines()), PATIENCE):
            raise Wrong('“%s” is still on the screen:\n%s' % (text, '\n'.join(self.session.judge.lines())))

    def do_keys(self, text):
        for chunk in re.split(rb'(?<=\x1b)(?![\[O])', keys(text)):  # Esc is itself only when nothing follows at once
            self.session.write(chunk)
            if chunk.endswith(b'\x1b'):
                self.session.read(.08, .12)

    def do_paste(self, text):
        self.session.write(b'\x1b[200~' + text.encode().decode('unicode_escape').encode('latin1') + b'\x1b[201~')

    def find(self, text):
        self.do_see(text)
        for y, line in enumerate(self.session.judge.lines()):
            if text in line:
                return line.index(text), y

    def mouse(self, button, text, times=1):
        x, y = self.find(text)
        x = len(''.join(c[0] or ' ' for c in self.session.judge.grid[y][:x]))
        self.session.write(b'\x1b[<%d;%d;%dM\x1b[<%d;%d;%dm' % (button, x + 1, y + 1, button, x + 1, y + 1) * times)

    def do_click(self, text):
        self.mouse(0, text)

    def do_double(self, text):
        self.mouse(0, text, 2)

    def do_wheel(self, text):
        way, _, text = text.partition(' ')
        self.mouse({'up': 64, 'down': 65}[way], text)

    def do_resize(self, text):
        self.session.resize(*(int(v) for v in text.split('x')))

    def do_clipboard(self, text):
        if not self.session.wait(lambda: self.session.judge.clipboard == base64.b64encode(text.encode()), PATIENCE / 2):
            raise Wrong('the clipboard holds %r' % base64.b64decode(self.session.judge.clipboard or b''))

    def do_end(self, text):
        code = self.session.end()
        left, bad = self.session.restored(), self.session.judge.bad
        self.session.close()
        self.session = None
        if code != (int(text), None) or left or bad:
            raise Wrong('ended with %s, %s %s' % (code, left, bad[:3]))

    # ---- what must be there ----

    def shown(self, kind, text):
        j, first, last = self.session.judge, 0, self.session.judge.rows
        if text:
            first, last = (int(v) for v in text.split('-'))
        lines = [mask(self.private(j.line(y))) for y in range(first, min(last + bool(text), j.rows))]
        if kind == 'look':
            return [l for y, line in enumerate(lines, first) for l in (line, letters(j.grid[y], line))]
        if kind == 'screen':
            x, y, on = j.cursor()
            lines.append('cursor %d,%d' % (x, y) if on else 'no cursor')
        return lines

    def settle(self, wanted, now):
        """What is shown, once it is what is wanted; else what it is after a while."""
        s = self.session
        end = time.time() + PATIENCE / 2
        while time.time() < end and not s.gone:
            if not self.accept and now() == wanted:
                s.read(.05, .2)
                if now() == wanted:
                    return wanted
            s.read(.03, .1)
            if time.time() - s.at > (1 if self.accept else 2):
                break
        return now()

    def fresh(self):
        """What stands there is what is drawn anew. The last row may have held a message."""
        s, j = self.session, self.session.judge
        was, cleared = j.state()[:-j.cols], j.cleared
        s.write(b'\x0c')
        if not s.wait(lambda: j.cleared > cleared and j.state()[:-j.cols] == was, 3):
            now = j.state()[:-j.cols]
            i = next((i for i in range(len(now)) if now[i] != was[i]), None)
            raise Wrong('it is drawn differently anew' + ('' if i is None else ', first at %d,%d: %s, was %s' % (i % j.cols, i // j.cols, now[i], was[i])))

    def step(self, at, word, text):
        if word not in ('screen', 'rows', 'look', 'shell'):
            getattr(self, 'do_' + word)(text)
            return at + 1
        last = at + 1
        while last < len(self.lines) and self.lines[last].startswith('|'):
            last += 1
        wanted = [l[1:] for l in self.lines[at + 1:last]]
        if word == 'shell':
            r = subprocess.run(text, shell=True, cwd=self.folder, env=self.env, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            shown = [self.private(l.rstrip()) for l in r.stdout.decode('utf8', 'replace').splitlines()]
        else:
            shown = self.settle(wanted, lambda: self.shown(word, text))
        if shown != wanted and self.accept:
            self.lines[at + 1:last] = ['|' + l for l in shown]
            last, self.changed = at + 1 + len(shown), True
        elif shown != wanted:
            raise Wrong('\n'.join(difflib.unified_diff(wanted, shown, 'expected', 'shown', lineterm='', n=2)))
        if word == 'screen':
            self.fresh()
        return last

    def run(self):
        at = 0
        try:
            while at < len(self.lines):
                line = self.lines[at]
                if not line or line.startswith('#'):
                    at += 1
                    continue
                word, _, text = line.partition(' ')
                where = at
                at = self.step(at, word, text)
            where = at
            if self.session:
                self.session.type(b'\x03\x03', .02)
                self.do_end('0')
        except Wrong as e:
            return 'line %d, %s: %s' % (where + 1, self.lines[where] if where < len(self.lines) else 'the end', e)
        except Exception as e:
            return 'line %d: %r' % (where + 1, e)
        finally:
            if self.session:
                self.session.judge.bad = []
                os.kill(self.session.pid, 9)
                os.waitpid(self.session.pid, 0)
                self.session.close()
            if self.changed:
                with open(self.path, 'w', encoding='utf8') as f:
                    f.write('\n'.join(self.lines))
            shutil.rmtree(self.folder, ignore_errors=True)
        return ''


def run(job):
    case, start = Case(*job), time.time()
    return case.path, case.name, case.run(), case.changed, time.time() - start


if __name__ == '__main__':
    ap = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    ap.add_argument('--accept', action='store_true')
    ap.add_argument('-j', type=int, default=2 * (os.cpu_count() or 1))
    ap.add_argument('-t', '--times', action='store_true')
    ap.add_argument('case', nargs='*')
    args = ap.parse_args()
    paths = [p if os.path.exists(p) else '%s/cases/%s.case' % (HERE, p) for p in args.case] or sorted(glob.glob(HERE + '/cases/*.case'))
    failed, folder = 0, tempfile.mkdtemp(prefix='ui-', dir='/tmp')
    try:
        workspace.all_kinds(folder)
        with multiprocessing.Pool(args.j) as pool:
            for path, name, why, changed, took in pool.imap(run, [(p, folder, args.accept) for p in paths]):
                print(('not ok - ' if why else 'ok - ') + name + (' (accepted)' if changed else '') + (' %.1f s' % took if args.times else ''))
                if why:
                    print('\n'.join('  ' + l for l in ('%s, %s' % (os.path.relpath(path), why)).split('\n')[:70]))
                failed += bool(why)
                sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(bool(failed))

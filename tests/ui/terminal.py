"""A program on a pseudo-terminal, and a terminal that is strict: it knows the sequences we may write and reports all others, and it keeps
what stands on the screen, which cells belong to which picture, and the modes."""
import fcntl, hashlib, os, pty, re, select, signal, struct, sys, termios, time
from wcwidth import wcwidth
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'cli'))
from hostile import faults
from kitty_terminal import Kitty

SIXEL, PLAIN = b'\x1b[?63;1;2;4;6;9;15;22c', b'\x1b[?1;2c'  # what terminals answer to "who are you"
KITTY = b'\x1b_Gi=31;OK\x1b\\\x1b[?62;22c'
# What terminfo's entries and our own modes hold: final byte -> parameters
CSI = {'m': r'[0-9;]*', 'H': r'(\d+;\d+)?', 'd': r'\d+', 'G': r'\d+', 'K': r'[01]?', 'J': r'2?', 'A': r'\d*', 'B': r'\d*', 'C': r'\d*', 'D': r'\d*',
       'X': r'\d+', 'b': r'\d+', 'P': r'\d*', '@': r'\d*', 'r': r'1;\d+', 'c': r'|\?[01]', 'p': r'\?2026\$', 't': r'16|14|2[23];0;0',
       'h': r'\?(1049|7|12|25|2004|2026|1|12;25|34|1000|1002|1003|1004|1006)|4|34',
       'l': r'\?(1049|7|12|25|2004|2026|1|12;25|3;4|1000|1002|1003|1004|1006)|4|34', 'S': r'\?(1;1;0|2;1;0|2;4;0)', 'q': '>'}
ESC = set('78=>()M')
OSC = re.compile(rb'104|4;255;\?|11;\?|52;c;[A-Za-z0-9+/]*=?=?')
GRAPHIC = dict(zip('`afgijklmnopqrstuvwxyz{|}~', '◆▒°±␉┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·'))  # DEC's second set
MODES = {'1': False, '25': True, '1000': False, '1002': False, '1003': False, '1004': False, '1006': False, '1049': False, '2004': False, '2026': False}
BLANK = (' ', '', None)  # glyph, rendition, picture


class Judge:
    """The strict terminal. bad: what we should not have written."""

    def __init__(self, cols, rows, cell=(8, 16), controls=b'\r\n\b\t'):
        self.bad, self.text, self.modes, self.sixels, self.cleared, self.clipboard = [], bytearray(), {}, 0, 0, None
        self.cell, self.controls, self.rest, self.serial, self.graphic, self.sgr = cell, controls, b'', 0, False, ''
        self.kitty = Kitty(self.bad)
        self.size(cols, rows)
        self.settled = 0

    def size(self, cols, rows):
        """All is lost. For a while the program cannot know where its output ends up."""
        self.settled, self.cols, self.rows, self.x, self.y, self.saved = time.time() + 1.5, cols, rows, 0, 0, (0, 0, '', False)
        self.grid, self.main, self.painting = [[BLANK] * cols for _ in range(rows)], None, None
        self.name, self.whole, self.left = {}, {}, {}  # of pictures: what each shows, its cells, those that are left

    def settling(self):
        return time.time() < self.settled

    # ---- cells ----

    def put(self, x, y, cell):
        if not (0 <= x < self.cols and 0 <= y < self.rows):
            return
        was = self.grid[y][x][2]
        if was is not None:
            self.left[was] -= 1
        self.grid[y][x] = cell
        if cell[2] is not None:
            self.left[cell[2]] += 1

    def blank(self, y, x0, x1):
        for x in range(max(x0, 0), min(x1, self.cols)):
            self.put(x, y, BLANK)

    def new_picture(self, name):
        self.serial += 1
        self.name[self.serial], self.whole[self.serial], self.left[self.serial] = name, 0, 0
        return self.serial

    def partial(self):
        """Pictures that lost some of their cells but not all."""
        return [(self.name[p], n, self.whole[p]) for p, n in self.left.items() if n and n != self.whole[p]]

    def line(self, y, mark='▒'):
        """A row as text, pictures as @mark."""
        covered = {x + i for (x, top, w, h), _ in self.kitty.shown.values() if top <= y < top + h for i in range(w)}
        return ''.join(mark if mark and (c[2] is not None or x in covered) else c[0] for x, c in enumerate(self.grid[y])).replace('\xa0', ' ').replace('\u2800', ' ').rstrip()

    def lines(self, mark='▒'):
        return [self.line(y, mark) for y in range(self.rows)]

    def state(self):
        """All that can be seen: glyphs and renditions, and of which picture which part."""
        over, corner, out = {}, {}, []
        for (x, y, w, h), picture in self.kitty.shown.values():
            over.update({(x + i, y + j): (picture, i, j) for i in range(w) for j in range(h)})
        for y, row in enumerate(self.grid):
            for x, (glyph, sgr, p) in enumerate(row):
                if (x, y) in over:
                    out.append(over[x, y])
                elif p is not None and not self.name[p].startswith('cells'):
                    cx, cy = corner.setdefault(p, (x, y))
                    out.append((self.name[p], x - cx, y - cy))
                else:
                    blank = glyph in ' \xa0\u2800'
                    out.append((' ' if blank else glyph, '' if blank and '7' not in sgr.split(';') and '4' not in sgr else sgr))
        return out

    def cursor(self):
        return (min(self.x, self.cols - 1), self.y, self.modes.get('25', True))

    # ---- pictures ----

    def fits(self, w, h):
        if (self.y + h >= self.rows or self.x + w > self.cols) and not self.settling():
            self.bad.append('a picture at %d,%d of %dx%d cells reaches the last row or the edge' % (self.x, self.y, w, h))

    def dcs(self, body):
        m = re.fullmatch(rb'0;1;0q"1;1;(\d+);(\d+)([#0-9;!$\-?-~]*)', body)
        if not m:
            self.bad.append('DCS %r' % body[:40])
            return
        self.sixels += 1
        w, h = -(-int(m[1]) // self.cell[0]), -(-int(m[2]) // self.cell[1])
        self.fits(w, h)
        if self.modes.get('25', True) and self.modes.get('2004'):
            self.bad.append('the cursor is shown while a picture is painted')
        p = self.new_picture('sixel ' + hashlib.md5(body).hexdigest()[:8])
        for y in range(self.y, self.y + h):
            for x in range(self.x, self.x + w):
                self.put(x, y, (' ', '', p))
        self.whole[p] = self.left[p]

    # ---- sequences ----

    def csi(self, params, final):
        if final not in CSI or not re.fullmatch(CSI[final], params):
            self.bad.append('CSI %r %r' % (params, final))
            return
        n = [int(v) if v.isdigit() else 0 for v in params.split(';')] if params else [0]
        if final != 'b' and final != 'm':
            self.x = min(self.x, self.cols - 1)
        if final == 'm':
            self.render(params)
        elif final == 'H':
            self.y, self.x = (n + [0, 0])[0] - 1 if params else 0, n[1] - 1 if params else 0
            if not (0 <= self.x < self.cols and 0 <= self.y < self.rows):
                self.y, self.x = min(max(self.y, 0), self.rows - 1), min(max(self.x, 0), self.cols - 1)
        elif final == 'd':
            self.y = min(n[0], self.rows) - 1
        elif final == 'G':
            self.x = min(n[0], self.cols) - 1
        elif final in 'ABCD':
            d = max(n[0], 1)
            self.y = min(max(self.y + {'A': -d, 'B': d}.get(final, 0), 0), self.rows - 1)
            self.x = min(max(self.x + {'C': d, 'D': -d}.get(final, 0), 0), self.cols - 1)
        elif final == 'K':
            self.blank(self.y, *((self.x, self.cols) if n[0] == 0 else (0, self.x + 1)))
        elif final == 'J':
            if params == '2' or self.x == self.y == 0:
                self.cleared += 1
            if params != '2':
                self.blank(self.y, self.x, self.cols)
            for y in range(0 if params == '2' else self.y + 1, self.rows):
                self.blank(y, 0, self.cols)
        elif final == 'X':
            self.blank(self.y, self.x, self.x + n[0])
        elif final == 'b':
            for _ in range(n[0]):
                self.glyph(self.last)
        elif final in 'P@':
            d, row = max(n[0], 1), [c[:2] + (None,) for c in self.grid[self.y]]
            row = row[:self.x] + (row[self.x + d:] + [BLANK] * d if final == 'P' else [BLANK] * d + row[self.x:])
            for x in range(self.x, self.cols):
                self.put(x, self.y, row[x])
        elif final == 'r':
            self.x = self.y = 0
            if int(params[2:]) != self.rows and not self.settling():
                self.bad.append('rows 1 to %s scroll' % params[2:])
        elif final in 'hl' and params.startswith('?'):
            for mode in params[1:].split(';'):
                self.mode(mode, final == 'h')
        elif final in 'hl' and params == '4' and final == 'h':
            self.bad.append('insert mode')

    def mode(self, mode, on):
        self.modes[mode] = on
        if mode != '1049':
            return
        if on:
            self.main = (self.grid, self.x, self.y)
        elif self.main and len(self.main[0]) == self.rows and len(self.main[0][0]) == self.cols:
            self.grid, self.x, self.y = self.main
            self.left = dict.fromkeys(self.left, 0)
            return
        self.left = dict.fromkeys(self.left, 0)
        self.grid = [[BLANK] * self.cols for _ in range(self.rows)]

    def render(self, params):
        on = set(self.sgr.split(';')) - {''}
        parts = re.findall(r'(?:[34]8;(?:2;\d+;\d+;\d+|5;\d+))|\d+', params) or ['0']
        for p in parts:
            if p == '0':
                on = set()
            elif p in ('39', '49'):
                on = {o for o in on if o[0] != p[0] and not (p == '39' and o[0] == '9' and len(o) == 2) and not (p == '49' and o[:2] == '10')}
            elif p in ('22', '24', '27'):
                on -= {'22': {'1', '2'}, '24': {'4'}, '27': {'7'}}[p]
            elif re.fullmatch('[34][0-8]|9[0-7]|10[0-7]|[34]8;.*', p):
                ground = p[0] in '39'
                on = {o for o in on if len(o) == 1 or (o[0] in '39') != ground} | {p}
            elif p in ('1', '2', '4', '7'):
                on |= {p}
            elif p not in ('10', '11'):
                self.bad.append('rendition %r' % p)
        self.sgr = ';'.join(sorted(on))

    def glyph(self, c):
        wide = max(wcwidth(c), 0)
        self.last = c
        if wide == 0:  # joins what stands before it
            x = min(self.x, self.cols) - 1
            while x > 0 and self.grid[self.y][x][0] == '':
                x -= 1
            if x >= 0:
                g = self.grid[self.y][x]
                self.grid[self.y][x] = (g[0] + c,) + g[1:]
            return
        if self.x + wide > self.cols:
            self.x = 0
            self.down()
        if self.x and self.grid[self.y][self.x][0] == '':  # half of what was wide is gone
            self.put(self.x - 1, self.y, BLANK)
        p = self.painting
        self.put(self.x, self.y, (c, self.sgr, p))
        if wide == 2:
            self.put(self.x + 1, self.y, ('', self.sgr, p))
        after = self.x + wide
        if after < self.cols and self.grid[self.y][after][0] == '':
            self.put(after, self.y, BLANK)
        if p is not None:
            self.whole[p] = max(self.whole[p], self.left[p])
        self.x = after

    def down(self):
        if self.y < self.rows - 1:
            self.y += 1
            return
        if self.modes.get('1049') and not self.settling():
            self.bad.append('the screen scrolls')
        self.grid = self.grid[1:] + [[BLANK] * self.cols]

    def glyphs(self, data):
        for c in data.decode('utf8', 'replace'):
            if c == '\r':
                self.x = 0
            elif c == '\n':
                self.down()
            elif c == '\b':
                self.x = max(min(self.x, self.cols - 1) - 1, 0)
            elif c == '\t':
                self.x = min((self.x // 8 + 1) * 8, self.cols - 1)
            elif c in '\x0e\x0f':
                self.graphic = c == '\x0e'
            elif c >= ' ':
                self.glyph(GRAPHIC.get(c, c) if self.graphic else c)

    TOKEN = re.compile(rb'\x1b\[([0-9;?<>=]*[ -/]*[0-9;]*)([@-~])|\x1bP([^\x1b]*)\x1b\\|\x1b_([^\x1b]*)\x1b\\|\x1b\]([^\x1b\x07]*)(?:\x07|\x1b\\)|'
                       rb'\x1b([()])(.)|\x1b([^\[\]P()_])|([^\x1b]+)', re.S)

    def feed(self, data):
        data, at = self.rest + data, 0
        while at < len(data):
            m = self.TOKEN.match(data, at)
            if not m or (m.end() == len(data) and m[9] is not None and m[9][-1] >= 0x80 and faults(m[9], self.controls)):
                break
            at = m.end()
            if m[2]:
                self.csi(m[1].decode('ascii', 'replace'), m[2].decode())
            elif m[3] is not None:
                self.dcs(m[3])
            elif m[4] is not None and m[4].startswith(b'G'):
                self.kitty.command(m[4][1:], (self.x, self.y), None if self.settling() else (self.cols, self.rows))
            elif m[4] is not None:
                self.bad.append('APC %r' % m[4][:40])
            elif m[5] is not None:
                if not OSC.fullmatch(m[5]) or len(m[5]) > 1 << 17:
                    self.bad.append('OSC %r' % m[5][:40])
                elif m[5].startswith(b'52'):
                    self.clipboard = m[5][5:]
            elif m[6]:
                if m[7] not in b'B0':
                    self.bad.append('ESC %r' % (m[6] + m[7]))
                elif m[6] == b'(':
                    self.graphic = m[7] == b'0'
            elif m[8]:
                self.escape(m[8].decode('latin1'))
            else:
                self.text += m[9]
                self.bad += faults(m[9], self.controls)[:1]
                self.glyphs(m[9])
        self.rest = data[at:]
        if len(self.rest) > 1 << 20:
            self.bad.append('an endless sequence %r' % self.rest[:20])
            self.rest = b''

    def escape(self, c):
        if c == '\\':  # ends a string that was not begun: only the way out writes it
            return
        if c not in ESC:
            self.bad.append('ESC %r' % c)
        elif c == '7':  # pictures are painted between 7 and 8
            self.saved = (self.x, self.y, self.sgr, self.graphic)
            self.painting = self.new_picture('cells')
        elif c == '8':
            self.x, self.y, self.sgr, self.graphic = self.saved
            self.painting = None
        elif c == 'M':  # a line up; at the top it would scroll
            self.y -= 1
            if self.y < 0:
                self.bad.append('the screen scrolls down')
                self.y = 0


class Session:
    """A program on a terminal of its own."""

    def __init__(self, args, env, cols=120, rows=40, answer=None, cell=(8, 16), controls=b'\r\n\b\t', cwd=None):
        self.answer, self.judge, self.raw, self.gone, self.at = answer, Judge(cols, rows, cell, controls), b'', False, time.time()
        hold = os.pipe()
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            try:
                os.close(hold[1])
                os.read(hold[0], 1)  # until the terminal was looked at as it was
                for sig in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):  # ignored where the tests run in the background
                    signal.signal(sig, signal.SIG_DFL)
                fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, cols * cell[0], rows * cell[1]))
                if cwd:
                    os.chdir(cwd)
                os.execve(args[0], args, env)
            finally:
                os._exit(127)
        self.found = termios.tcgetattr(self.fd)
        os.close(hold[0])
        os.close(hold[1])

    def read(self, quiet=.3, limit=6.0):
        """Until nothing came for @quiet seconds. Returns what came."""
        got, end = b'', time.time() + limit
        while time.time() < end and not self.gone:
            if not select.select([self.fd], [], [], quiet)[0]:
                break
            try:
                data = os.read(self.fd, 65536)
            except OSError:
                data = b''
            if not data:
                self.gone = True
                break
            got += data
            self.at = time.time()
            self.judge.feed(data)
            if self.answer and b'\x1b[c' in data:
                self.write(self.answer)
        self.raw += got
        return got

    def ready(self, limit=8.0):
        """Until it reads keys: before that the terminal makes signals of them."""
        end = time.time() + limit
        while not self.judge.modes.get('2004') and time.time() < end:
            self.read(.01, .02)
        self.read(.05, 1)

    def wait(self, good, limit=8.0):
        """Until @good() is true of what stands there."""
        end = time.time() + limit
        while not good():
            if time.time() >= end or self.gone:
                return False
            self.read(.02, .05)
        return True

    def sees(self, text, limit=8.0):
        """Until @text stands on the screen."""
        return self.wait(lambda: any(text in l for l in self.judge.lines()), limit)

    def until(self, text, limit=8.0):
        """Until @text was written, now or a little before."""
        end, before = time.time() + limit, len(self.judge.text)
        while time.time() < end:
            self.read(.1, 1)
            if text in bytes(self.judge.text[max(before - 4000, 0):]):
                return True
        return False

    def write(self, data):
        while data:
            try:
                data = data[os.write(self.fd, data[:1024]):]
            except OSError:
                return

    def type(self, data, quiet=.15):
        self.write(data)
        return self.read(quiet)

    def redrawn(self, keys=b''):
        """All text on the screen, after @keys."""
        self.type(keys, .3)
        before = len(self.judge.text)
        self.type(b'\x0c', .4)
        return bytes(self.judge.text[before:])

    def resize(self, cols, rows):
        self.read(0, 1)
        self.judge.size(cols, rows)
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack('HHHH', rows, cols, cols * self.judge.cell[0], rows * self.judge.cell[1]))

    def end(self, limit=20.0):
        """Waits for the end: (exit code or None, signal or None); (None, None) when it does not end."""
        end = time.time() + limit
        while time.time() < end:
            self.read(.02, .1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.wait(lambda: self.gone, 5)  # all that it wrote, however late this process gets to it
                return (os.WEXITSTATUS(status), None) if os.WIFEXITED(status) else (None, os.WTERMSIG(status))
            if self.gone:
                time.sleep(.01)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        return None, None

    def restored(self):
        """What is not as it was found; "" when all is."""
        m = self.judge.modes
        left = ['mode %s is still %s' % (k, m[k]) for k, v in MODES.items() if m.get(k, v) != v]
        if self.found != termios.tcgetattr(self.fd):
            left.append('termios differs')
        if self.judge.rest:
            left.append('an open sequence %r' % self.judge.rest[:20])
        if self.judge.sgr:
            left.append('rendition %s' % self.judge.sgr)
        if self.judge.graphic:
            left.append('the second character set')
        if self.judge.kitty.shown:
            left.append('%d pictures' % len(self.judge.kitty.shown))
        return ', '.join(left)

    def close(self):
        os.close(self.fd)

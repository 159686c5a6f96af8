"""A terminal's half of kitty's graphics protocol."""
import base64, binascii


class Kitty:
    """A terminal's half of the graphics protocol, strict: what it holds, what it shows where."""

    def __init__(self, bad):
        self.bad, self.held, self.shown, self.open, self.sent, self.placed, self.bytes, self.queries = bad, {}, {}, None, 0, 0, 0, 0

    def pixels(self, keys, data):
        try:
            rgb = base64.b64decode(data, validate=True)
        except binascii.Error as e:
            return self.bad.append('kitty: base64: %s' % e)
        w, h = int(keys['s']), int(keys['v'])
        if len(rgb) != w * h * 3:
            return self.bad.append('kitty: %d bytes of %dx%d' % (len(rgb), w, h))
        self.sent += 1
        return w, h, rgb

    def show(self, keys, picture, place, at, room):
        box = (*at, int(keys['c']), int(keys['r']))
        beyond = room and (box[0] + box[2] > room[0] or box[1] + box[3] >= room[1])
        if keys.get('C') != '1' or beyond or min(box[2:]) < 1:
            self.bad.append('kitty: shown at %s of %s with C=%s' % (box, room, keys.get('C')))
        if picture is None or place in self.shown:
            self.bad.append('kitty: shows what it has not, or shows it already: %r' % (place,))
        self.placed += 1
        self.shown[place] = (box, picture)

    def command(self, body, at, room):
        """@room: columns and rows, or None while they are not known to the program."""
        head, _, data = body.partition(b';')
        keys = dict(k.split('=', 1) for k in head.decode('ascii', 'replace').split(','))
        self.bytes += len(body) + 5
        if len(data) > 4096 or keys.get('q') != '2' and keys.get('a') != 'q':
            self.bad.append('kitty: %d bytes in one command, q=%s' % (len(data), keys.get('q')))
        if keys.get('a') == 'd':  # ends what was being sent
            self.open = None
        if self.open:
            if set(keys) - {'m', 'q'}:
                self.bad.append('kitty: keys %s amid a picture' % keys)
            first, so_far = self.open
            data = so_far + data
        else:
            first = keys
        action = first.get('a')
        if action in ('t', 'T') and keys.get('m') == '1':
            if len(data) % 4:
                self.bad.append('kitty: a chunk of %d bytes' % len(data))
            self.open = (first, data)
        elif action in ('t', 'T'):
            self.open, picture = None, self.pixels(first, data)
            if first.get('f') != '24' or (action == 't' and not 0 < int(first.get('i', 0)) < 1 << 32):
                self.bad.append('kitty: %s' % first)
            if action == 't':
                self.held[first['i']] = picture
            else:
                self.show(first, picture, ('', self.sent), at, room)
        elif action == 'p':
            self.show(keys, self.held.get(keys['i']), (keys['i'], keys['p']), at, room)
        elif action == 'd' and keys.get('d') == 'i':
            if self.shown.pop((keys['i'], keys['p']), None) is None:
                self.bad.append('kitty: hides what it does not show: %s' % keys)
        elif action == 'd' and keys.get('d') == 'I':
            if self.held.pop(keys['i'], None) is None:
                self.bad.append('kitty: removes what it has not: %s' % keys)
            self.shown = {k: v for k, v in self.shown.items() if k[0] != keys['i']}
        elif action == 'd' and keys.get('d') == 'A':
            self.held = {k: v for k, v in self.held.items() if not any(s[0] == k for s in self.shown)}
            self.shown = {}
        elif action == 'q':
            self.queries += 1
        else:
            self.bad.append('kitty: %s' % keys)

    def screen(self):
        """What is seen: boxes with their pixels."""
        return sorted(self.shown.values())

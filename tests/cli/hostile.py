"""Strings that must never reach a terminal raw, and the judge of what did. Imported by hostile.sh."""
import os, sys, unicodedata

STRINGS = [s.encode('utf8') for s in [
    '\x1b[2J', '\x1bc', '\x1b[?1049h', '\x1b[?25l', '\x1b(0', '\x0e', '\x0f', '\x1b#8', '\x1b]0;title\x07', '\x1b]2;t\x1b\\',
    '\x1b]4;1;?\x07', '\x1b]10;?\x07', '\x1b]11;?\x07', '\x1b]7;file://x\x07', '\x1b]8;;http://x\x07link', '\x1b]9;note\x07',
    '\x1b]777;notify;a;b\x07', '\x1b]50;?\x07', '\x1b]52;c;aGk=\x07', '\x1b]1337;File=:AA\x07', '\x1b[21t', '\x1b[6n', '\x1b[c',
    '\x1b[>q', '\x1bP$qm\x1b\\', '\x1bP+q544e\x1b\\', '\x05', '\x1bPq#0~\x1b\\', '\x1b_Gi=31;AAAA\x1b\\', '\x1bPtmux;\x1b\x1b[2J\x1b\\',
    '\x1b[99999999b', '\x1b[?1000h', '\x1b[?2004h', '\u009b2J', '\u0090q~\u009c', '\u009d0;x\u009c', 'end\x1b', '[2Jstart', '\r', '\b\b\b',
    '\x7f', '\v', '\f', 'a\tb', '\u0085', '\u2028', '\u2029', '\u202a\u202b\u202c\u202d\u202e', '\u2066\u2067\u2068\u2069', '\u061c',
    '\u200b\u200c\u200d\u200e\u200f', '\ufeff', '\U000e0041\U000e007f', '\ufe0f', 'e' + '\u0301' * 10000, '\ufdd0\uffff\U0010ffff',
    '\ue000', '%n%s%99999d', 'x' * 100000, '-rf', '--help', "'; rm x; '", '=1+2', '$(touch pwned)', '\u4e2d' * 200,
]]
BYTES = [b'\x9b2J', b'\x90q~\x9c', b'\xc0\x9b', b'\xed\xa0\x80', b'\xf4\x90\x80\x80', b'\xe2\x82', b'\xff\xfe']
MARKS = {'Mn', 'Me'}


def faults(data, allowed=b'\n'):
    """What in @data a terminal could act on."""
    try:
        text = data.decode('utf8')
    except UnicodeDecodeError as e:
        return ['not UTF-8: %r' % data[e.start:e.start + 8]]
    found, marks = ['a sanitizer report'] if 'Sanitizer' in text or 'runtime error:' in text else [], 0
    for i, c in enumerate(text):
        n, kind = ord(c), unicodedata.category(c)
        marks = marks + 1 if kind in MARKS else 0
        if (n < 32 and c.encode() not in allowed) or n == 127 or 128 <= n < 160 or kind in ('Cf', 'Zl', 'Zp', 'Cs', 'Co') or \
                n & 0xfffe == 0xfffe or 0xfdd0 <= n <= 0xfdef or marks > 4:
            found.append('U+%04X at %d: %r' % (n, i, text[max(0, i - 10):i + 10]))
    return found


if __name__ == '__main__':
    bad = []
    for name in os.listdir(sys.argv[1]):
        kind, number = name.split('-')[:2]
        if kind == 'name':
            continue
        with open(os.path.join(sys.argv[1], name), 'rb') as f:
            for x in faults(f.read(), b'\n\t' if kind == 'plain' else b'\n')[:1]:
                bad.append(open('%s/name-%s' % (sys.argv[1], number), encoding='utf8', errors='replace').read().strip() + ': ' + x)
    print('\n'.join(bad[:8]))
    sys.exit(bool(bad))

"""Pictures for tests, as PNG files."""
import struct, zlib


def png(path, w, h, rgb):
    """@rgb: w * h * 3 bytes."""
    def chunk(kind, data):
        return struct.pack('>I', len(data)) + kind + data + struct.pack('>I', zlib.crc32(kind + data))
    rows = b''.join(b'\0' + rgb[y * w * 3:(y + 1) * w * 3] for y in range(h))
    with open(path, 'wb') as f:
        f.write(b'\x89PNG\r\n\x1a\n' + chunk(b'IHDR', struct.pack('>IIBBBBB', w, h, 8, 2, 0, 0, 0)) +
                chunk(b'IDAT', zlib.compress(rows)) + chunk(b'IEND', b''))


def shaded(path, w, h, colour):
    """One colour, lighter in slanted stripes."""
    png(path, w, h, bytes(min(255, c + (x * 7 + y * 3) % 24) for y in range(h) for x in range(w) for c in colour))

#!/usr/bin/python3
"""Makes a catalogue of clip art, the third that defaults are tuned on: catalogue.csv and images/.

    tests/bench/third_catalogue.py OUT [--root DIR]

Pictures, titles and folders are those of Debian's openclipart-png and openclipart-svg (public
domain), glosses those of wordnet-base (WordNet's licence: any use, with its notice). DIR, if not
/, is a tree that `dpkg -x` unpacked them into. The same packages give the same bytes.

class  the picture's folder, at most three levels; an icon theme's name is not a level, since it
       names a style; a folder with too few pictures counts as its parent, a huge one is thinned;
       what lies loose in a top folder that has subfolders is left out, being of no one kind.
text   title, description and the WordNet gloss of the last noun in the title. The keywords are
       left out: they name the folder.
"""
import argparse, collections, csv, hashlib, html, os, re, shutil, struct, sys

FEWEST, MOST, LEVELS = 8, 80, 3
MOST_PIXELS, MOST_PIXELS_PER_BYTE = 16 << 20, 1000  # larger or emptier pictures are left out
PACKAGES = {"openclipart/png": "openclipart-png", "openclipart/svg": "openclipart-svg",
            "wordnet/index.noun": "wordnet-base"}
NO_CLASS = {".", "unsorted", "special", "buttons"}  # what is left over, not kinds of things
SAME = {"action": "actions", "application": "apps", "applications": "apps", "device": "devices"}
COLLECTION = 12  # a title shared by this many names a collection, not a picture
# WordNet's files: animals, artefacts, body, signs, food, places, objects, people, weather, plants…
DRAWN = {"05", "06", "08", "10", "13", "15", "17", "18", "19", "20", "25", "27"}

Picture = collections.namedtuple("Picture", "id file title description path")


def words(text):
    return re.findall(r"[^\W\d_]+", text)


def svg_field(svg, name):
    """A Dublin Core field of an SVG's metadata; empty if it holds an address or debris."""
    found = re.search(rf"<metadata.*?<dc:{name}\b[^>]*>([^<]*)<", svg, re.S)
    text = html.unescape(html.unescape(found[1])) if found else ""
    if re.search(r"HASH\(|@|https?:", text):
        return ""
    return " ".join(re.sub(r"^Clipart by [^-]* - ", "", text).split())


def class_path(folder):
    parts = [SAME.get(p, p) for p in folder.split("/") if not p.endswith("-theme")][:LEVELS]
    return tuple(re.sub("[_-]", " ", p).capitalize() for p in parts)


def read_pictures(share):
    """Every picture that has its drawing beside it, once."""
    pictures, seen = [], set()
    base = os.path.join(share, "openclipart/png")
    for folder, dirs, files in os.walk(base):
        dirs.sort()
        below = os.path.relpath(folder, base)
        if below.split("/")[0] in NO_CLASS:
            continue
        for name in sorted(f[:-4] for f in files if f.endswith(".png")):
            file = os.path.join(folder, name + ".png")
            drawing = os.path.join(share, "openclipart/svg", below, name + ".svg")
            with open(file, "rb") as f:
                png = f.read()
            width, height = struct.unpack(">II", png[16:24])
            digest = hashlib.sha256(png).digest()
            if (width * height > min(MOST_PIXELS, MOST_PIXELS_PER_BYTE * len(png))
                    or digest in seen or not os.path.isfile(drawing)):
                continue
            seen.add(digest)
            with open(drawing, encoding="utf-8", errors="replace") as f:
                svg = f.read()
            pictures.append(Picture(below + "/" + name, file, svg_field(svg, "title"),
                                    svg_field(svg, "description"), class_path(below)))
    return pictures


def even_out(pictures):
    """Small classes become their parents, deepest first; mixed top folders go; huge ones thin."""
    for depth in range(LEVELS, 0, -1):
        size = collections.Counter(p.path for p in pictures)
        pictures = [p._replace(path=p.path[:-1])
                    if len(p.path) == depth and size[p.path] < FEWEST else p for p in pictures]
    mixed = {p.path[:1] for p in pictures if len(p.path) > 1} | {()}
    kept = collections.defaultdict(list)
    for p in sorted(pictures, key=lambda p: hashlib.sha256(p.id.encode()).digest()):
        if p.path not in mixed and len(kept[p.path]) < MOST:
            kept[p.path].append(p)
    return sorted(p for group in kept.values() for p in group)


def read_glosses(share):
    """Noun → gloss, without the examples, of its first sense that can be drawn. Names of persons
    and places count as first senses only: 'red' is not a river."""
    gloss, at, names = {}, {}, set()
    with open(os.path.join(share, "wordnet/data.noun"), encoding="utf-8") as f:
        for line in f:
            if line[9:11] in DRAWN and not line.startswith(" "):
                at[line[:8]] = line.split(" | ", 1)[1].split('; "')[0].strip()
                if line[17].isupper():
                    names.add(line[:8])
    with open(os.path.join(share, "wordnet/index.noun"), encoding="utf-8") as f:
        for fields in (line.split() for line in f if not line.startswith(" ")):
            senses = fields[-int(fields[2]):]
            drawn = [s for s in senses if s in at and (s == senses[0] or s not in names)]
            if drawn:
                gloss[fields[0]] = at[drawn[0]]
    return gloss


def gloss_of(title, gloss):
    """Gloss of the title's last noun, of two words ('polar bear') if there is such a one."""
    w = [x.lower() for x in words(title)]
    for i in range(len(w) - 1, -1, -1):
        for t in ["_".join(w[i - 1:i + 1])] * (i > 0) + [w[i], re.sub("s$", "", w[i])]:
            if len(t) > 2 and t in gloss:
                return gloss[t]
    return ""


def text_of(p, titles, gloss):
    title, more = " ".join(words(p.title)), p.description.rstrip(".")
    if not title or titles[p.title] >= COLLECTION or "collection" in p.title.lower():
        title, more = " ".join(w for w in words(os.path.basename(p.id)) if len(w) > 1), ""
    if " ".join(words(more)).lower() in ("", title.lower()):
        more = ""
    return ". ".join(t for t in (title, more, gloss_of(title, gloss)) if t)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("out")
    parser.add_argument("--root", default="/")
    options = parser.parse_args()
    share = os.path.join(options.root, "usr/share")
    missing = [p for path, p in PACKAGES.items() if not os.path.exists(os.path.join(share, path))]
    if missing:
        sys.exit(f"third_catalogue: {share} lacks the Debian packages {' '.join(missing)}")
    pictures, gloss = read_pictures(share), read_glosses(share)
    titles = collections.Counter(p.title for p in pictures)
    os.makedirs(os.path.join(options.out, "images"), exist_ok=True)
    with open(os.path.join(options.out, "catalogue.csv"), "w", encoding="utf-8", newline="") as f:
        table = csv.writer(f, lineterminator="\n")
        table.writerow(["id", "image", "text", "class"])
        for p in even_out(pictures):
            image = "images/" + p.id.replace("/", "-") + ".png"
            shutil.copyfile(p.file, os.path.join(options.out, image))
            table.writerow([p.id, image, text_of(p, titles, gloss), "/".join(p.path)])


if __name__ == "__main__":
    main()

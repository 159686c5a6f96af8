#!/usr/bin/python3
"""Tables 1 to 3 of a bench from its kept embeddings, with numpy alone; nothing here is taken from the program.

Usage: bench_tables.py ITEMS.jsonl BENCH.json: the items of the workspace (export --what items) and the output of bench --keep --json.
Every figure is computed for each seed from embeddings/CELL and averaged; exits 1 and says which differ by more than 1e-6."""
import json, math, os, sys
import numpy as np

items_file, bench_file = sys.argv[1:]
items = {}
for line in open(items_file, encoding='utf8'):
    i = json.loads(line)
    items[i['id']] = i  # a row per picture
bench = json.load(open(bench_file))
paths = sorted({i['class'] for i in items.values() if i.get('class')}, key=lambda c: c.encode())
number = {p: k for k, p in enumerate(paths)}
parts = [p.split('/') for p in paths]
far = np.array([[len(a) + len(b) - 2 * next((k for k, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b))) for b in parts]
                for a in parts])  # edges in the tree of path prefixes under a virtual root


def correct_sets(k):
    """(K,K): within the smallest radius that takes in k classes."""
    reach = np.sort(far, 1)[:, min(k, len(paths)) - 1]
    return far <= reach[:, None]


nearest = {k: correct_sets(k) for k in (2, 5, 10)}


class Rows:
    def __init__(self, folder, name):
        path = '%s/%s.npy' % (folder, name)
        self.x = np.load(path).astype(np.float64) if os.path.exists(path) else np.zeros((0, 1))
        self.id = open(path[:-4] + '.ids.txt', encoding='utf8').read().split('\n')[:-1] if len(self.x) else []
        self.cls = np.array([number[items[i]['class']] for i in self.id], int)
        self.text = np.array([items[i].get('text') or '' for i in self.id])


def at_least_one(t, h, c):
    """Of c drawn from t of which h count."""
    return 1 - math.comb(t - h, c) / math.comb(t, c)


def one_query(score, hit, cls, own):
    """Figures of one query, equal scores counting by expectation."""
    n, hits = len(score), int(hit.sum())
    if not hits:
        return None
    order = np.argsort(-score, kind='stable')
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True)) + 1
    found, starts = np.cumsum(hit[order]), np.append(0, ends[:-1])
    gained = found[ends - 1] - np.append(0, found[ends[:-1] - 1])
    f = {'mAP': float(np.sum(gained / hits * found[ends - 1] / ends))}
    for k in (1, 5, 10):
        miss = 1.0
        for a, b, h in zip(starts, ends, gained):
            if a >= k:
                break
            miss *= 1 - at_least_one(int(b - a), int(h), int(min(b, k) - a))
        f['R@%d' % k] = 1 - miss
        inside, share = nearest[k if k > 1 else 2][own][cls[order]], 0.0
        cut = k if k > 1 else 2
        for a, b in zip(starts, ends):
            if a >= cut:
                break
            share += inside[a:b].mean() * (min(b, cut) - a)
        f['HP@%d' % cut] = share / min(cut, n)
    return f


def retrieval(q, c, same, distinct=False):
    got, s = [], np.rint(q.x @ c.x.T * 1e6) if len(q.x) and len(c.x) else None
    for i in range(len(q.x) if s is not None else 0):
        keep = np.ones(len(c.x), bool)
        if same:
            keep[i] = False
        if distinct:
            keep &= c.text != q.text[i]
        f = one_query(s[i][keep], c.cls[keep] == q.cls[i], c.cls[keep], q.cls[i])
        got += [f] if f else []
    return {k: float(np.mean([g[k] for g in got])) for k in got[0]} if got else {}


def instance(q, c):
    at = {x: k for k, x in enumerate(c.id)}
    own = [(i, at[x]) for i, x in enumerate(q.id) if x in at]
    if not own:
        return {}
    s = np.rint(q.x @ c.x.T * 1e6)
    better = np.array([(s[i] > s[i, k]).sum() for i, k in own])
    equal = np.array([(s[i] == s[i, k]).sum() for i, k in own])
    f = {'median_rank': float(np.median(better + (equal + 1) / 2))}
    for k in (1, 5, 10):
        f['R@%d' % k] = float(np.mean(np.clip(k - better, 0, equal) / equal))
    return f


def accuracies(folder):
    """Top-1 of both and of their mixture, whose share validation items choose."""
    def both(split):
        p = [Rows(folder, '%s-%s-classes' % (split, m)) for m in ('image', 'text')]
        by = [dict(zip(r.id, r.x)) for r in p]
        ids = sorted(set(by[0]) | set(by[1]))
        return ids, np.array([number[items[i]['class']] for i in ids]), by

    def fused(ids, y, by, w):
        best = [np.argmax((np.float32(w * by[0][i] + (1 - w) * by[1][i])) if i in by[0] and i in by[1] else by[0].get(i, by[1].get(i))) for i in ids]
        return np.array(best) == y
    if not os.path.exists(folder + '/test-image-classes.npy'):
        return {}
    ids, y, by = both('val')
    pairs = [k for k, i in enumerate(ids) if i in by[0] and i in by[1]]
    w = .5
    if pairs:
        right = {k / 20: fused([ids[j] for j in pairs], y[pairs], by, k / 20).sum() for k in range(21)}
        w = min((x for x in right if right[x] == max(right.values())), key=lambda x: (abs(x - .5), x))
    ids, y, by = both('test')
    f = {'fusion': float(fused(ids, y, by, w).mean()), 'fusion_weight': w}
    for m, name in ((0, 'image'), (1, 'text')):
        r = [np.argmax(by[m][i]) == c for i, c in zip(ids, y) if i in by[m]]
        if r:
            f[name] = float(np.mean(r))
    return f


def cell(folder):
    i, t = Rows(folder, 'test-image'), Rows(folder, 'test-text')
    f = {}
    for name, q, c, same, distinct in (('I2I', i, i, True, False), ('I2T', i, t, False, False), ('T2I', t, i, False, False),
                                       ('T2T', t, t, True, False), ('T2T_distinct', t, t, True, True)):
        f.update({('retrieval', name, k): v for k, v in retrieval(q, c, same, distinct).items()})
    for name, q, c in (('I2T', i, t), ('T2I', t, i)):
        f.update({('instance', name, k): v for k, v in instance(q, c).items()})
    f.update({('accuracy', k): v for k, v in accuracies(folder).items()})
    d, at = 1 - i.x @ t.x.T, {x: k for k, x in enumerate(t.id)}
    pair = np.zeros(d.shape, bool)
    for k, x in enumerate(i.id):
        if x in at:
            pair[k, at[x]] = True
    f['true_pair_distance',], f['other_pair_distance',] = float(d[pair].mean()), float(d[~pair].mean())
    return f


wrong, checked = [], 0
for group in ('methods', 'ablations'):
    for method, told in bench.get(group, {}).items():
        cells = [cell('%s/embeddings/%s' % (bench['folder'], name)) for name in told['training']['cells']]
        for path in cells[0]:
            theirs = told
            for key in path:
                theirs = theirs[key]
            mine = float(np.mean([c[path] for c in cells]))
            if theirs is None:  # what a method cannot fill: pictures and texts that do not share a space
                if method != 'Separate' or path[0] == 'accuracy' or path[1:2] in (('I2I',), ('T2T',), ('T2T_distinct',)):
                    wrong.append('%s %s: %s here, nothing there' % (method, '.'.join(path), mine))
                continue
            checked += 1
            if not abs(mine - theirs) <= 1e-6:
                wrong.append('%s %s: %.9f here, %.9f there' % (method, '.'.join(path), mine, theirs))
        if told['accuracy']['fusion'] is not None and ('accuracy', 'fusion') not in cells[0]:
            wrong.append('%s: no class probabilities are kept' % method)
print('\n'.join(wrong) if wrong else '%d figures agree' % checked)
sys.exit(1 if wrong or checked < 40 else 0)

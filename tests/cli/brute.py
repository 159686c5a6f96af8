#!/usr/bin/python3
"""The figures of METHOD 7 and 9 from scratch, by brute force over exported vectors; nothing here is taken from the program.

Usage: brute.py FOLDER SPLIT EVAL.json: FOLDER holds items.jsonl, image.npy and text.npy with their .ids.txt, and optionally
model.safetensors with model.json. Exits 1 and says which figures differ by more than 1e-6."""
import json, math, os, sys
from itertools import combinations
import numpy as np

folder, split, report = sys.argv[1:]
items = list({i['id']: i for i in map(json.loads, open(folder + '/items.jsonl', encoding='utf8'))}.values()) # a row per picture
cls = {i['id']: i.get('class') for i in items}
paths = sorted({c for c in cls.values() if c}, key=lambda c: c.encode())


def vectors(name):
    if not os.path.exists(folder + '/' + name + '.npy'):
        return {}
    ids = open(folder + '/' + name + '.ids.txt', encoding='utf8').read().split('\n')[:-1]
    return dict(zip(ids, np.load(folder + '/' + name + '.npy').astype(np.float64)))


vec = {'I': vectors('image'), 'T': vectors('text')}
test = [i for i in items if i.get('split') == split and i.get('class') and (i['id'] in vec['I'] or i['id'] in vec['T'])]
side = {m: [i for i in test if i['id'] in vec[m]] for m in 'IT'}


def score(a, m, b, n):
    return round(float(vec[m][a['id']] @ vec[n][b['id']]) * 1e6)


# ---- the tree of all path prefixes below a virtual root ----
def distance(a, b):
    a, b = a.split('/'), b.split('/')
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return len(a) + len(b) - 2 * same


def correct_set(c, k):
    for r in range(200):
        s = {p for p in paths if distance(c, p) <= r}
        if len(s) >= k:
            return s
    return set(paths)


def chance(t, h, c):
    """Of c drawn from t of which h count: at least one."""
    return 1 - math.comb(t - h, c) / math.comb(t, c)


sets = {(c, k): correct_set(c, k) for c in {i['class'] for i in test} for k in (2, 5, 10)}


def query(q, pool, m, n):
    groups = {}
    for c in pool:
        groups.setdefault(score(q, m, c, n), []).append(c)
    hits = sum(c['class'] == q['class'] for c in pool)
    if not hits:
        return None
    total, f = len(pool), {}
    for k in (1, 5, 10):
        seen, miss = 0, 1.0
        for s in sorted(groups, reverse=True):
            if seen >= k:
                break
            g = groups[s]
            miss *= 1 - chance(len(g), sum(c['class'] == q['class'] for c in g), min(len(g), k - seen))
            seen += len(g)
        f['R@%d' % k] = 1 - miss
        f['random R@%d' % k] = chance(total, hits, min(k, total))
    for k in (2, 5, 10):
        s_k, seen, share = sets[q['class'], k], 0, 0.0
        for s in sorted(groups, reverse=True):
            g = groups[s]
            share += sum(c['class'] in s_k for c in g) / len(g) * max(0, min(len(g), k - seen))
            seen += len(g)
        f['HP@%d' % k] = share / min(k, total)
        f['random HP@%d' % k] = sum(c['class'] in s_k for c in pool) / total
    seen = found = ap = 0
    for s in sorted(groups, reverse=True):
        g = groups[s]
        h = sum(c['class'] == q['class'] for c in g)
        seen, found = seen + len(g), found + h
        ap += h / hits * found / seen
    f['mAP'] = ap
    f['random mAP'] = sum((1 + (k - 1) * ((hits - 1) / (total - 1) if total > 1 else 0)) / k for k in range(1, total + 1)) / total
    return f


def task(m, n, distinct=False):
    got, left = [], 0
    for q in side[m] if side[n] else []:
        pool = [c for c in side[n] if not (m == n and c is q) and not (distinct and c['text'] == q['text'])]
        f = query(q, pool, m, n)
        left += f is None
        got += [f] if f else []
    out = {'queries': len(got), 'left_out': left}
    for name in got[0] if got else []:
        out[name] = sum(g[name] for g in got) / len(got)
    return out


def instance(m, n):
    ranks, hit = [], {1: 0.0, 5: 0.0, 10: 0.0}
    both = [i for i in side[m] if i['id'] in vec[n]]
    for q in both:
        own, all_ = score(q, m, q, n), [score(q, m, c, n) for c in side[n]]
        better, equal = sum(s > own for s in all_), sum(s == own for s in all_)
        ranks.append(better + (equal + 1) / 2)
        for k in hit:
            hit[k] += max(0, min(equal, k - better)) / equal
    if not both:
        return {}
    return {'median_rank': float(np.median(ranks)), **{'R@%d' % k: v / len(both) for k, v in hit.items()}}


def spearman():
    centre = {}
    for i in test:
        for m in 'IT':
            if i['id'] in vec[m]:
                centre.setdefault(i['class'], []).append(vec[m][i['id']])
    centre = {c: np.mean(v, axis=0) for c, v in centre.items()}
    pairs = list(combinations(sorted(centre), 2))
    if len(pairs) < 2:
        return None
    a = np.array([distance(*p) for p in pairs], float)
    b = np.array([1 - centre[x] @ centre[y] / np.linalg.norm(centre[x]) / np.linalg.norm(centre[y]) for x, y in pairs])
    rank = lambda x: np.array([np.sum(x < v) + (np.sum(x == v) + 1) / 2 for v in x])
    ra, rb = rank(a), rank(b)
    return float(np.corrcoef(ra, rb)[0, 1]) if ra.std() and rb.std() else None


# ---- classification ----
def tensor(name):
    raw = open(folder + '/model.safetensors', 'rb').read()
    n = int.from_bytes(raw[:8], 'little')
    t = json.loads(raw[8:8 + n])[name]
    a, b = t['data_offsets']
    return np.frombuffer(raw[8 + n + a:8 + n + b], '<f4').reshape(t['shape']).astype(np.float64)


def accuracy(rows, weight, classes, probability):
    right = {'image': [], 'text': [], 'fusion': []}
    for i in rows:
        p = {m: probability(vec[m][i['id']]) for m in 'IT' if i['id'] in vec[m]}
        for m, name in (('I', 'image'), ('T', 'text')):
            if m in p:
                right[name].append(classes[int(np.argmax(p[m]))] == i['class'])
        both = weight * p['I'] + (1 - weight) * p['T'] if len(p) == 2 else list(p.values())[0]
        right['fusion'].append(classes[int(np.argmax(both))] == i['class'])
    return {k: float(np.mean(v)) if v else None for k, v in right.items()}


def classification():
    model = json.load(open(folder + '/model.json'))
    w, b, scale = tensor('class.weight'), tensor('class.bias'), model['logit_scale']

    def probability(e):
        z = scale * (w @ e + b)
        z = np.exp(z - z.max())
        return z / z.sum()
    val = [i for i in items if i.get('split') == 'val' and i.get('class') and (i['id'] in vec['I'] or i['id'] in vec['T'])]
    best = .5
    if val:
        tried = {k / 20: accuracy(val, k / 20, model['classes'], probability)['fusion'] for k in range(21)}
        top = max(tried.values())
        best = min((x for x in tried if tried[x] == top), key=lambda x: (abs(x - .5), x))
    return {**accuracy(test, best, model['classes'], probability), 'fusion_weight': best}


got, wrong, checked = json.load(open(report)), [], 0


def same(name, mine, theirs):
    global checked
    checked += mine is not None
    if (mine is None) != (theirs is None) or (mine is not None and not abs(mine - theirs) <= 1e-6):
        wrong.append('%s: %s by brute force, %s by the program' % (name, mine, theirs))


for name, m, n, distinct in (('I2I', 'I', 'I', False), ('I2T', 'I', 'T', False), ('T2I', 'T', 'I', False), ('T2T', 'T', 'T', False),
                             ('T2T_distinct', 'T', 'T', True)):
    mine, theirs = task(m, n, distinct), got['retrieval'][name]
    for k in [k for k in theirs if k not in ('random', 'interval')]:
        same(name + ' ' + k, mine.get(k), theirs[k])
    for k, v in theirs['random'].items():
        same(name + ' random ' + k, mine.get('random ' + k), v)
for name, m, n in (('I2T', 'I', 'T'), ('T2I', 'T', 'I')):
    mine = instance(m, n)
    for k, v in got['instance'][name].items():
        same('instance ' + name + ' ' + k, mine.get(k), v)
true = [1 - vec['I'][i['id']] @ vec['T'][i['id']] for i in test if i['id'] in vec['I'] and i['id'] in vec['T']]
other = [1 - vec['I'][a['id']] @ vec['T'][b['id']] for a in side['I'] for b in side['T'] if a is not b]
same('true_pair_distance', float(np.mean(true)) if true else None, got['true_pair_distance'])
same('other_pair_distance', float(np.mean(other)) if other else None, got['other_pair_distance'])
same('spearman_tree', spearman(), got['spearman_tree'])
same('queries', len(test), got['queries'])
if os.path.exists(folder + '/model.safetensors') and got['accuracy']['fusion'] is not None:
    for k, v in classification().items():
        same('accuracy ' + k, v, got['accuracy'][k])
print('\n'.join(wrong) if wrong else '%d figures agree' % checked)
sys.exit(1 if wrong or checked < 20 else 0)

"""A hub in the layout of Hugging Face, for server.py. ORG/NAME: the model of FOLDER/hub/NAME, served as the word ORG says."""
import hashlib, json, os, time

SHA = '0123456789abcdef0123456789abcdef01234567'
TOKEN = 'Bearer sesame-5678'
ports = {}


def files_of(root):
    return {os.path.relpath(os.path.join(d, f), root): os.path.join(d, f) for d, _, names in os.walk(root) for f in names}


def entry(name, path):
    body = open(path, 'rb').read()
    e = {'rfilename': name, 'size': len(body), 'blobId': hashlib.sha1(b'blob %d\0' % len(body) + body).hexdigest()}
    if name.endswith(('.safetensors', '.bin')):
        e['lfs'] = {'sha256': hashlib.sha256(body).hexdigest(), 'size': len(body), 'pointerSize': 134}
    return e


def listing(org, root, revision):
    names = files_of(root)
    siblings = [entry(n, names[n]) for n in sorted(names)]
    out = {'id': org + '/x', 'sha': SHA, 'gated': False, 'siblings': siblings}
    by_name = {e['rfilename']: e for e in siblings}
    weights = by_name.get('model.safetensors', {})
    if org == 'gated':
        out['gated'] = 'manual'
    if org == 'no-sha':
        del out['sha']
    if org == 'odd-sha':
        out['sha'] = '../../../../etc/x' + 'a' * 23
    if org == 'no-list':
        out['siblings'] = {'a': 1}
    if org == 'nameless':
        siblings.append({'size': 3})
    if org == 'twice':
        siblings.append(weights)
    if org == 'negative':
        weights['size'] = -5
    if org == 'giant':
        weights['size'] = 1 << 60
    if org == 'no-disk':
        weights['size'] = 15 << 30
    if org == 'large-config':
        by_name['config.json']['size'] = 1 << 30
    if org == 'no-size':
        del weights['size']
    if org == 'no-hash':
        del weights['lfs']['sha256']
    if org == 'tricks':
        siblings.extend({'rfilename': n, 'size': 5, 'blobId': '0' * 40} for n in ('../x', '/etc/x', 'a/../../x', '..\\x', '.', '', '/', 'model.safetensors/x'))
    if org == 'many':
        out['siblings'] = [{'rfilename': 'f'}] * 100001
    if org == 'moved':
        out['sha'] = SHA[::-1]
    text = json.dumps(out)
    if org == 'nul':
        text = text.replace('config.json', 'config.json\\u0000')
    if org == 'cut-list':
        text = text[:len(text) // 2]
    if org == 'deep':
        text = '[' * 100000
    if org == 'page':
        text = '<!doctype html><title>log in</title>'
    return text.encode()


def piece(request, body, etag, lines=(), shift=0, lie=False):
    """What Range and If-Range ask for."""
    r = request.get('range', '')
    same = lie or request.get('if-range', etag) == etag
    first = int(r[6:].split('-')[0]) if r.startswith('bytes=') and same else 0
    if not first or first >= len(body):
        return 200, ['ETag: ' + etag, *lines], body
    return 206, ['ETag: ' + etag, 'Content-Range: bytes %d-%d/%d' % (first + shift, len(body) - 1 + shift, len(body)), *lines], body[first:]


def slowly(data, pause):
    def send(c):
        for i in range(0, len(data), 65536):
            c.sendall(data[i:i + 65536])
            time.sleep(pause)
    return send


def weights(org, name, request, body, n, head, whole, forever):
    half = len(body) // 2
    cut = lambda etag: lambda c: c.sendall(head(200, 'ETag: ' + etag, length=len(body)) + body[:half])
    def part(etag, **k):
        code, lines, rest = piece(request, body, etag, **k)
        return whole(rest, code, *lines)
    if org == 'wrong-hash':
        return whole(body[:half] + b'?' + body[half + 1:], 200, 'ETag: "a"')
    if org == 'longer':
        return head(200, 'ETag: "a"') + body + b'and more'
    if org == 'announced-longer':
        return whole(body + b'and more', 200, 'ETag: "a"')
    if org == 'shorter':
        return whole(body[:-9], 200, 'ETag: "a"')
    if org == 'cut-once':
        return cut('"a"') if n == 1 else part('"a"')
    if org == 'no-range':
        return cut('"a"') if n == 1 else whole(body, 200, 'ETag: "a"')
    if org == 'no-etag':
        return cut('') if n == 1 else whole(body)
    if org == 'new-etag':
        return cut('"a"') if n == 1 else part('"b"')
    if org == 'new-contents':  # another file's beginning, under an ETag that changes without a word
        return (lambda c: c.sendall(head(200, 'ETag: "a"', length=len(body)) + b'?' * half)) if n == 1 else part('"b"', lie=True)
    if org == 'same-etag':  # the same, under one ETag
        return (lambda c: c.sendall(head(200, 'ETag: "a"', length=len(body)) + b'?' * half)) if n == 1 else part('"a"')
    if org == 'shifted':
        return cut('"a"') if n == 1 else part('"a"', shift=7)
    if org == 'endless':
        return forever(head(200, 'ETag: "a"'), b'x' * 65536)
    if org == 'flood':
        return forever(b'HTTP/1.1 200 OK\r\n', b'X: ' + b'y' * 1000 + b'\r\n')
    if org == 'packed':
        return whole(body, 200, 'Content-Encoding: gzip')
    if org == 'busy':
        return whole(b'', 429, 'Retry-After: 1') if n == 1 else part('"a"')
    if org == 'busy-long':
        return whole(b'', 429, 'Retry-After: 86400')
    if org == 'broken-once':
        return whole(b'', 503) if n == 1 else part('"a"')
    if org == 'broken':
        return whole(b'', 500)
    if org == 'forbidden':
        return whole(b'no', 403)
    if org == 'lost':
        return whole(b'no', 404)
    if org == 'to-http':
        return whole(b'', 302, 'Location: http://127.0.0.1:%d/good' % ports['http'])
    if org == 'to-file':
        return whole(b'', 302, 'Location: file:///etc/passwd')
    if org == 'loop':
        return whole(b'', 302, 'Location: /loop/%s/resolve/%s/model.safetensors' % (name, SHA))
    if org == 'cdn':
        return whole(b'', 302, 'Location: https://127.0.0.1:%d/cdn-files/%s?signed=yes' % (ports['cdn'], name))
    if org in ('slow', 'stepwise'):
        code, lines, rest = piece(request, body, '"s"')
        return slowly(head(code, *lines, length=len(rest)) + rest, .03)
    return part('"a"')


def answer(path, request, n, folder, head, whole, forever):
    root = os.path.join(folder, 'hub')
    if path.startswith('cdn-files/'):
        code, lines, rest = piece(request, open(os.path.join(root, path[10:], 'model.safetensors'), 'rb').read(), '"c"')
        return whole(rest, code, *lines)
    if path.startswith('api/models/'):
        org, name, _, revision = path[11:].split('/', 3)
    else:
        org, name, _, revision, file = path.split('/', 4)
    allowed = request.get('authorization') == TOKEN
    if org == 'members' and not allowed:
        return whole(b'{"error":"Invalid username or password."}', 401)
    if org == 'absent' or not os.path.isdir(os.path.join(root, name)):
        return whole(b'{"error":"Repository not found"}', 404)
    if path.startswith('api/models/'):
        return forever(head(), b'[' * 65536) if org == 'endless-list' else whole(listing(org, os.path.join(root, name), revision), 200, 'Content-Type: application/json')
    if org == 'gated' and not allowed:
        return whole(b'Access to model is restricted', 401)
    local = os.path.normpath(os.path.join(root, name, file))
    if revision != SHA or not local.startswith(os.path.join(root, name) + '/') or not os.path.isfile(local):
        return whole(b'no', 404)
    body = open(local, 'rb').read()
    if file == 'model.safetensors':
        return weights(org, name, request, body, n, head, whole, forever)
    if org == 'odd-config' and file == 'config.json':
        return whole(body.replace(b'bert', b'Bert'), 200)
    return whole(body, 200, 'ETag: W/"%s"' % hashlib.sha1(body).hexdigest())


WORDS = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'] + list('abcdefghijklmnopqrstuvwxyz') + ['##' + c for c in 'abcdefghijklmnopqrstuvwxyz'] + [
    'red', 'green', 'blue', 'dress', 'shoe', 'coat', '##es', 'the', 'of', 'and']


def make_bert(where, hidden=48, layers=4, heads=4, inner=96, positions=64, vocab=4000, pooling='mean', **config):
    """A small BERT of random weights, as a hub has it."""
    import numpy, struct
    os.makedirs(os.path.join(where, '1_Pooling'), exist_ok=True)
    rng = numpy.random.default_rng(7)
    shapes = {'embeddings.word_embeddings.weight': (vocab, hidden), 'embeddings.position_embeddings.weight': (positions, hidden),
              'embeddings.token_type_embeddings.weight': (2, hidden)}
    def norm(at):
        shapes[at + '.LayerNorm.weight'] = shapes[at + '.LayerNorm.bias'] = (hidden,)
    def dense(at, out, into):
        shapes[at + '.weight'], shapes[at + '.bias'] = (out, into), (out,)
    norm('embeddings')
    for i in range(layers):
        at = 'encoder.layer.%d.' % i
        for n in ('attention.self.query', 'attention.self.key', 'attention.self.value', 'attention.output.dense'):
            dense(at + n, hidden, hidden)
        dense(at + 'intermediate.dense', inner, hidden)
        dense(at + 'output.dense', hidden, inner)
        norm(at + 'attention.output')
        norm(at + 'output')
    header, data = {}, b''
    for name, shape in shapes.items():
        x = rng.normal(1 if name.endswith('LayerNorm.weight') else 0, .2, shape).astype('<f4').tobytes()
        header[name] = {'dtype': 'F32', 'shape': shape, 'data_offsets': [len(data), len(data) + len(x)]}
        data += x
    text = json.dumps(header).encode()
    text += b' ' * (-(8 + len(text)) % 64)
    write = lambda name, body: open(os.path.join(where, name), 'wb').write(body if isinstance(body, bytes) else body.encode())
    write('model.safetensors', struct.pack('<Q', len(text)) + text + data)
    write('vocab.txt', '\n'.join(WORDS) + '\n')
    write('config.json', json.dumps(dict({'model_type': 'bert', 'architectures': ['BertModel'], 'hidden_size': hidden, 'num_hidden_layers': layers,
          'num_attention_heads': heads, 'intermediate_size': inner, 'max_position_embeddings': positions, 'vocab_size': vocab, 'type_vocab_size': 2,
          'hidden_act': 'gelu', 'layer_norm_eps': 1e-12, 'pad_token_id': 0}, **config)))
    write('tokenizer_config.json', json.dumps({'do_lower_case': True, 'tokenizer_class': 'BertTokenizer'}))
    kinds = ['Transformer', 'Pooling', 'Normalize']
    write('modules.json', json.dumps([{'idx': i, 'name': str(i), 'path': '' if i == 0 else '%d_%s' % (i, k), 'type': 'sentence_transformers.models.' + k}
                                      for i, k in enumerate(kinds)]))
    write('1_Pooling/config.json', json.dumps({'word_embedding_dimension': hidden, 'pooling_mode_cls_token': pooling == 'cls',
          'pooling_mode_mean_tokens': pooling == 'mean', 'pooling_mode_max_tokens': pooling == 'max'}))

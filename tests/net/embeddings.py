"""An OpenAI-compatible /v1/embeddings over made-up vectors, and every way to break it: KIND/v1/embeddings, or switch/v1/embeddings, which
takes its kind from the file FOLDER/kind."""
import json, os, threading, time, zlib

lock = threading.Lock()
flying = {}


def vector(text, dim, salt=0):
    """Words that texts share bring them together."""
    sum_ = [0.0] * dim
    for word in text.lower().split() or ['']:
        crc = zlib.crc32(word.encode(), salt)
        for k in range(dim):
            crc = (crc * 1103515245 + 12345) & 0x7fffffff
            sum_[k] += (crc >> 8) % 2001 / 1000 - 1
    return sum_


def fault(code, message, whole, *lines):
    return whole(json.dumps({'error': {'message': message, 'type': 'x'}}).encode(), code, 'Content-Type: application/json', *lines)


def bend(kind, data):
    """What is wrong with the vectors themselves."""
    first = data[0]
    if kind == 'swapped':
        data.reverse()
    elif kind == 'fewer':
        data.pop()
    elif kind == 'more':
        data.append(dict(first, index=len(data)))
    elif kind == 'doubled':
        data[-1] = dict(first)
        if len(data) == 1:
            data.append(dict(first))
    elif kind == 'negative':
        first['index'] = -1
    elif kind == 'worded':
        first['index'] = '0'
    elif kind == 'unnumbered':
        del first['index']
    elif kind == 'nan':
        first['embedding'][0] = None
    elif kind == 'words':
        first['embedding'][0] = 'x'
    elif kind == 'zeros':
        first['embedding'] = [0] * len(first['embedding'])
    elif kind == 'ragged' and len(data) > 1:
        data[-1]['embedding'].pop()
    elif kind == 'ragged' or kind == 'none':
        first['embedding'] = []
    elif kind == 'base64':
        first['embedding'] = 'AAAA'


def refuse(kind, asked, request, n, whole):
    """Answers that are no success."""
    if kind == 'too-many' and len(asked) > 4:
        return fault(413, 'at most 4 inputs', whole)
    if kind == 'too-long' and any(len(t) > 600 for t in asked):
        return fault(400, 'maximum context length', whole)
    if kind == 'guarded' and request.get('authorization') != 'Bearer sesame-1234':
        return fault(401, 'bad key', whole)
    if kind == 'echo':
        return fault(401, 'Incorrect API key provided: ' + request.get('authorization', 'none'), whole)
    if kind == 'unknown-model':
        return fault(404, 'The model does not exist', whole)
    if kind == 'busy' and n % 3 == 1:
        return fault(429, 'slow down', whole, 'Retry-After: 0')
    if kind == 'busy-for-long':
        return fault(429, 'come back tomorrow', whole, 'Retry-After: 86400')
    if kind == 'failing':
        return fault(500, 'oops', whole)
    if kind == 'failing-once' and n == 1:
        return fault(503, 'starting', whole, 'Retry-After: 0')
    if kind == 'moved':
        return whole(b'', 307, 'Location: /embed/v1/embeddings')
    if kind == 'page':
        return whole(b'<!DOCTYPE html><title>Log in</title>', 200, 'Content-Type: text/html')
    if kind == 'fault-in-200':
        return whole(b'{"error": {"message": "quota \\u001b[2Jused up"}}')
    return None


def answer(request, path, n, folder, whole, forever):
    kind = path.split('/')[0]
    if kind == 'switch':
        try:
            kind = open(os.path.join(folder, 'kind')).read().strip()
        except OSError:
            kind = 'embed'
    try:
        body = json.loads(request['body'])
        asked = body['input']
        assert isinstance(body['model'], str) and isinstance(asked, list) and asked and all(isinstance(t, str) and t for t in asked)
    except Exception:
        return fault(400, 'what?', whole)
    if kind == 'endless':
        return forever(b'HTTP/1.1 200 OK\r\n\r\n{"data": [', b'1.25, ' * 20000)
    if kind == 'slow':
        time.sleep(.3)
    if kind == 'stuck':
        time.sleep(3600)
    refused = refuse(kind, asked, request, n, whole)
    if refused:
        return refused
    dim = 6 if kind == 'other-dim' else 32
    data = [{'object': 'embedding', 'index': i, 'embedding': vector(t, dim, kind == 'other-vectors')} for i, t in enumerate(asked)]
    bend(kind, data)
    model = 'another' if kind == 'other-model' else body['model']
    text = json.dumps({'object': 'list', 'data': data, 'model': model, 'usage': {'prompt_tokens': sum(len(t.split()) for t in asked)}}).encode()
    if kind == 'cut':
        text = text[:len(text) // 2]
    elif kind == 'deep':
        text = b'[' * 9000
    elif kind == 'huge-number':
        text = text.replace(b'"embedding": [', b'"embedding": [1e999, ', 1)
    elif kind == 'no-vectors':
        text = b'{"object": "list"}'
    elif kind == 'empty':
        text = b''
    return whole(text, 200, 'Content-Type: application/json')

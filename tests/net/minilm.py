"""MiniLM behind the OpenAI protocol: minilm.py FOLDER [MOST] serves POST /v1/embeddings with the weights of FOLDER, at most MOST texts at
once, through transformers and torch. Prints its port; ends with standard input. Exit code 77: Python lacks them."""
import http.server, json, os, sys, threading

try:
    import torch
    from transformers import BertModel, BertTokenizer
except ImportError as e:
    print(e, file=sys.stderr)
    sys.exit(77)

folder, most = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 64
tokens = BertTokenizer(os.path.join(folder, 'vocab.txt'), do_lower_case=True)
model = BertModel.from_pretrained(folder).eval()
lock = threading.Lock()


def sentences(texts):
    """Mean over the tokens of the last layer, length 1: what sentence-transformers makes of these weights."""
    with lock, torch.no_grad():
        x = tokens(texts, padding=True, truncation=True, max_length=512, return_tensors='pt')
        h = model(**x).last_hidden_state
        mask = x['attention_mask'].unsqueeze(-1).to(h.dtype)
        return torch.nn.functional.normalize((h * mask).sum(1) / mask.sum(1), dim=1).tolist(), int(x['attention_mask'].sum())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'

    def log_message(self, *_):
        pass

    def do_POST(self):
        asked = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
        if self.path != '/v1/embeddings':
            code, body = 404, {'error': {'message': 'no such path'}}
        elif len(asked['input']) > most:
            code, body = 413, {'error': {'message': 'at most %d inputs' % most}}
        else:
            vectors, used = sentences(asked['input'])
            data = [{'object': 'embedding', 'index': i, 'embedding': v} for i, v in enumerate(vectors)]
            code, body = 200, {'object': 'list', 'data': data, 'model': asked['model'], 'usage': {'prompt_tokens': used, 'total_tokens': used}}
        text = json.dumps(body).encode()
        self.send_response(code)
        self.send_header('Content-Type', 'application/json')
        self.send_header('Content-Length', str(len(text)))
        self.end_headers()
        self.wfile.write(text)


server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(server.server_port, flush=True)
sys.stdin.read()

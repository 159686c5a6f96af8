#!/usr/bin/python3
"""Writes small valid inputs for the fuzzers: make_seeds.py DIR makes DIR/TARGET/NNN."""
import json
import pathlib
import struct
import sys

DTYPES = {"F32": 4, "F64": 8, "F16": 2, "BF16": 2, "I8": 1, "U8": 1, "I16": 2, "I32": 4, "I64": 8,
          "BOOL": 1}
SHAPES = [[], [0], [3], [2, 2], [1, 0, 2], [1, 1, 1, 1, 1, 2]]


def product(shape):
    n = 1
    for d in shape:
        n *= d
    return n


def safetensors(arrays, metadata=None, pad=0):
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, (dtype, shape) in arrays.items():
        n = product(shape) * DTYPES[dtype]
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + n]}
        data += bytes(range(n))
    text = json.dumps(header, separators=(",", ":")).encode() + b" " * pad
    return struct.pack("<Q", len(text)) + text + data


def npy(version, descr, shape):
    bytes_per = int(descr[2:])
    size = struct.pack("<H" if version == 1 else "<I", 0)
    text = repr({"descr": descr, "fortran_order": False, "shape": shape}).encode()
    text += b" " * (63 - (8 + len(size) + len(text)) % 64) + b"\n"
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    data = bytes(product(shape) * bytes_per)
    return b"\x93NUMPY" + bytes([version, 0]) + size + text + data


def seeds():
    yield "fuzz_safetensors", [safetensors({"x": (t, s)}) for t in DTYPES for s in SHAPES] + [
        safetensors({}), safetensors({}, {"format": "pt"}, 7),
        safetensors({"rows": ("F32", [2, 3]), "keys": ("U8", [2, 32])}, {"a": "b"}),
        safetensors({"k": ("U8", [3]), "r": ("F64", [1])}),
    ]
    yield "fuzz_npy", [npy(v, t, s) for v in (1, 2, 3) for t in ("<f4", "<f8", "<i4", "<i8")
                       for s in ((3,), (2, 2), (0,), (1, 1), (0, 3))]
    yield "fuzz_json", [t.encode() for t in (
        "{}", "[]", '{"a":[1,-2,3.5e-7,true,false,null,"x"]}', '{"a":{"b":{"c":[[[]]]}}}',
        '{"format":"huse-features","version":1,"files":{"rows.safetensors":'
        '{"size":155,"sha256":"' + "0" * 64 + '"}},"dim":3,"rows":2}',
        '{"hidden_size":384,"num_hidden_layers":6,"hidden_act":"gelu","layer_norm_eps":1e-12}',
        '{"\\u00e9\\ud83d\\ude00":"\\n\\t\\"\\\\"}', "[" * 32 + "]" * 32, '{"n":9223372036854775807}')]
    vectors = [{"object": "embedding", "index": i, "embedding": [0.5, -1e-3 * i, 2]} for i in range(3)]
    yield "fuzz_embeddings", [json.dumps(t).encode() for t in (
        {"object": "list", "data": vectors[:1], "model": "tiny", "usage": {"prompt_tokens": 3}}, {"data": vectors},
        {"data": vectors[2::-1]}, {"data": vectors[:2], "model": None}, {"error": {"message": "used up: sesame"}},
        {"error": "no"}, {"message": "nor this"}, {"data": [{"index": 0, "embedding": "AAAA"}]})] + [
        b"https://host/v1#a/model", b"http://[::1]:8080/v1/embeddings/#m", b"<html>", b'"quoted" \\ \x01 \xff']
    files = [{"rfilename": n, "size": 9, "blobId": "a" * 40} for n in (
        "config.json", "vocab.txt", "tokenizer_config.json", "modules.json", "1_Pooling/config.json", "../x")]
    weights = {"rfilename": "model.safetensors", "size": 10 ** 8, "blobId": "b" * 40, "lfs": {"sha256": "c" * 64, "size": 10 ** 8}}
    hub = {"id": "org/name", "sha": "0123456789" * 4, "gated": "manual", "siblings": files + [weights, {"rfilename": "pytorch_model.bin"}]}
    steps = [{"idx": i, "path": p, "type": "sentence_transformers.models." + t}
             for i, (p, t) in enumerate((("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")))]
    yield "fuzz_hub", ["\0".join((json.dumps(a), b)).encode() for a, b in (
        (hub, "org/name"), (dict(hub, gated=False), "sentence-transformers/all-MiniLM-L6-v2@refs/pr/1"), ({}, "org--name"),
        (dict(hub, siblings=[]), "a/" + "n" * 96), (steps, '{"pooling_mode_mean_tokens": true, "pooling_mode_cls_token": false}'),
        (steps[:2], '{"pooling_mode": "cls"}'), (steps, '{"pooling_mode_max_tokens": true}'))]
    yield "fuzz_text", [t.encode("utf-8", "surrogatepass") for t in (
        "plain", "Grüße 漢字 😀", "e\u0301\u0302\u0303\u0304\u0305", "\x1b[2J\x9b2J", "\u202e\u2066",
        "❤\ufe0f\u200d🔥", "İIıi ß ς", "\U000e0041\ufeff\ufffe", "각", "\ud800", "a\tb\r\nc\x7f")]
    bert = {"model_type": "bert", "hidden_size": 8, "num_hidden_layers": 4, "num_attention_heads": 2,
            "intermediate_size": 16, "max_position_embeddings": 16, "vocab_size": 8,
            "type_vocab_size": 2, "hidden_act": "gelu", "layer_norm_eps": 1e-12}
    vocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nred\ndress\n##es\n"
    yield "fuzz_bert_config", ["\0".join(p).encode() for p in (
        (json.dumps(bert), '{"do_lower_case":true,"strip_accents":null}', vocab, "Red dresses é漢"),
        ("{}", "{}", vocab, "red"), (json.dumps(bert), "{}", "[UNK]\n", ""))]
    yield "fuzz_csv", [t.encode() for t in (
        "id,image,text,class,split\n1,a.jpg,\"a \"\"red\"\" dress\",A/B,train\n",
        "\ufeffid,text,class\r\n1,\"two\r\nlines\",A\r\n2,,\r\n", "id\n", "id,text\n1,a,b\n",
        "id,image,text,class\n1,a.jpg|b.jpg,x,A\n1,c.jpg,x,A\n", "id,id\n1,2\n")]
    yield "fuzz_follow", [t.encode() for t in (
        '{"step":0,"event":"start","steps":9,"time":1}\n{"step":1,"loss":2,"class":1,"lr":0.1,"items_per_s":3,"seconds":1}\n'
        '{"step":1,"val_R@1":[0.1,null,1,0],"val_HP@10":[1,1,1,1],"val_accuracy":[0,0,0],"val_score":0.3}\n'
        '{"step":2,"set":"lr","value":0.01}\n{"step":2,"event":"pause"}\n{"step":2,"published":"run-1-step-1"}\n',
        '{"step":0,"of":3,"probes":[{"query":"a","hits":[["x",0.5],["y",0.25]]}]}\n{"step":5,"of":3,"probes":[]}\n',
        '{"step":0,"classes":["A","B/C"]}\n{"step":0,"near":[[1],[0]]}\n{"step":4,"near":[[],[0]]}\n',
        '{"step":0,"loss":1}\n\n[]\n{"step":0')]
    yield "fuzz_jsonl", [t.encode() for t in (
        '{"id":"1","image":"a.jpg","text":"red","class":"A/B","split":"train"}\n',
        '{"id":1,"text":null}\n\n{"id":"2","image":["a","b"]}\n', "{}\n[]\n", '{"id":"1","id":"2"}\n')]
    model = {"hidden": 8, "image_layers": 1, "text_layers": 1, "image_in": 6, "text_in": 9, "class_layers": 1,
             "dim": 4, "image_dim": 6, "text_dim": 5, "sentence_at": 2, "sentence_dim": 3, "psi_dim": 4,
             "logit_scale": 8.0, "fusion_weight": .5, "rerank": .8, "rerank_hidden": .8, "run": "run-1",
             "method": "HUSE", "image_encoder": "color-hist", "text_encoder": "word-hash", "step": 7,
             "image_encoder_hash": "0" * 64, "text_encoder_hash": "1" * 64, "tfidf": True,
             "classes": ["A/B", "A/C"]}
    run = {"steps": 0, "batch": 384, "seed": 1, "optimiser": "adamw", "lr": 1e-3, "psi": "blend"}
    yield "fuzz_model_meta", [json.dumps(o).encode() for o in (model, run, {**model, **run}, {})]
    yield "fuzz_http", [t.encode() for t in (
        "https://Shop.example:8443/a b/\u00fc?q=1#f", "http://u:p@[::1]:80/", "//cdn.example/x", "../y?z", "Sun, 06 Nov 1994 08:49:37 GMT", "120",
        "bytes 5-9/10")]
    yield "fuzz_query", [t.encode() for t in (
        "red summer dress", "2:dress + floral - black", '"a + b" - .5:class:Footwear/Sandals',
        "@item-7 + ./a/b.jpg", "~/x.png - 1e3:y", "class:A/B", "-1:x + \"\"")]


def main():
    for target, files in seeds():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for i, data in enumerate(files):
            (folder / f"{i:03}").write_bytes(data)


if __name__ == "__main__":
    main()

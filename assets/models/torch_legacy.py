"""Legacy torch checkpoints (.pth of before 2020: five pickles, then raw storages) to safetensors.

Needs the standard library alone and runs nothing that the file asks for: only the opcodes and the four
globals that such a checkpoint uses are known, everything else is an error, and sizes are capped.
"""
import array
import io
import json
import math
import pickle
import struct
import sys

MAX_FILE = 256 << 20
MAX_TENSORS = 4096
MAX_DIMS = 6
MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001

OPCODES = (
    pickle.PROTO, pickle.STOP, pickle.LONG1, pickle.BININT, pickle.BININT1, pickle.BININT2, pickle.BINUNICODE,
    pickle.NONE, pickle.NEWTRUE, pickle.NEWFALSE, pickle.MARK, pickle.TUPLE, pickle.EMPTY_TUPLE, pickle.TUPLE1,
    pickle.TUPLE2, pickle.TUPLE3, pickle.EMPTY_DICT, pickle.SETITEM, pickle.SETITEMS, pickle.EMPTY_LIST,
    pickle.APPEND, pickle.APPENDS, pickle.BINPUT, pickle.LONG_BINPUT, pickle.BINGET, pickle.LONG_BINGET,
    pickle.GLOBAL, pickle.REDUCE, pickle.BUILD, pickle.BINPERSID,
)


class BadCheckpoint(Exception):
    """The file is not a checkpoint of the expected kind."""


class Table(dict):
    """Stands for collections.OrderedDict."""


class Tensor:
    """A view of a storage, as _rebuild_tensor_v2 describes it."""

    def __init__(self, storage, offset, shape, stride, requires_grad=False, hooks=None):
        ints = (offset, *shape, *stride)
        if not isinstance(storage, Storage) or not all(type(i) is int and i >= 0 for i in ints):
            raise BadCheckpoint("a tensor is not described by a storage and sizes")
        if len(shape) != len(stride) or len(shape) > MAX_DIMS:
            raise BadCheckpoint("a tensor has %d sizes and %d strides" % (len(shape), len(stride)))
        self.storage, self.offset, self.shape, self.stride = storage, offset, shape, stride
        last = offset + sum((n - 1) * s for n, s in zip(shape, stride))
        if 0 in shape or last >= storage.count or math.prod(shape) > storage.count:
            raise BadCheckpoint("a tensor reaches beyond its storage")

    def values(self):
        """The elements in row-major order, as an array of the storage's type."""
        data, out = self.storage.data, array.array(self.storage.kind)

        def walk(at, dim):
            if dim == len(self.shape):
                out.append(data[at])
            elif dim == len(self.shape) - 1 and self.stride[dim] > 0:
                step = self.stride[dim]
                out.extend(data[at:at + (self.shape[dim] - 1) * step + 1:step])
            else:
                for i in range(self.shape[dim]):
                    walk(at + i * self.stride[dim], dim + 1)

        dense, expect = True, 1
        for n, s in zip(reversed(self.shape), reversed(self.stride)):
            dense, expect = dense and (n == 1 or s == expect), expect * n
        if dense:
            return data[self.offset:self.offset + expect]
        walk(self.offset, 0)
        return out


class Storage:
    """A run of numbers; its data are read after the pickles."""

    def __init__(self, kind, key, count):
        self.kind, self.key, self.count, self.data = kind, key, count, None


class FloatStorage:
    kind, width = "f", 4


class LongStorage:
    kind, width = "q", 8


class Unpickler(pickle._Unpickler):
    """The Python one: its memo is a dictionary, so that no index in the file costs memory."""

    known = {
        ("collections", "OrderedDict"): Table,
        ("torch._utils", "_rebuild_tensor_v2"): Tensor,
        ("torch", "FloatStorage"): FloatStorage,
        ("torch", "LongStorage"): LongStorage,
    }
    dispatch = {op[0]: pickle._Unpickler.dispatch[op[0]] for op in OPCODES}

    def __init__(self, file):
        super().__init__(file)
        self.storages = {}

    def find_class(self, module, name):
        if (module, name) not in self.known:
            raise BadCheckpoint("it asks for %s.%s" % (module, name))
        return self.known[module, name]

    def persistent_load(self, pid):
        if not isinstance(pid, tuple) or len(pid) != 6 or pid[0] != "storage" or pid[5] is not None:
            raise BadCheckpoint("it holds a reference of an unknown kind")
        _, kind, key, _, count, _ = pid
        if kind not in (FloatStorage, LongStorage) or type(count) is not int or not 0 <= count <= MAX_FILE:
            raise BadCheckpoint("it holds a storage of an unknown kind")
        storage = self.storages.setdefault(key, Storage(kind.kind, key, count))
        if (storage.kind, storage.count) != (kind.kind, count):
            raise BadCheckpoint("one storage has two sizes")
        if len(self.storages) > MAX_TENSORS:
            raise BadCheckpoint("it holds more than %d storages" % MAX_TENSORS)
        return storage


def unpickle(file, storages=None):
    reader = Unpickler(file)
    try:
        value = reader.load()
    except BadCheckpoint:
        raise
    except Exception as e:  # whatever a broken pickle makes the machine do
        raise BadCheckpoint("its pickle is broken (%s)" % type(e).__name__) from e
    if storages is not None:
        storages.update(reader.storages)
    return value


def read(data):
    """Name -> Tensor of a legacy checkpoint's bytes."""
    if len(data) > MAX_FILE:
        raise BadCheckpoint("it is larger than %d MiB" % (MAX_FILE >> 20))
    file, storages = io.BytesIO(data), {}
    if unpickle(file) != MAGIC or unpickle(file) != PROTOCOL:
        raise BadCheckpoint("it is not a legacy torch checkpoint")
    if unpickle(file).get("little_endian") is not True:
        raise BadCheckpoint("it is not little-endian")
    table, keys = unpickle(file, storages), unpickle(file)
    if not isinstance(table, Table) or sorted(keys) != sorted(storages) or len(table) > MAX_TENSORS:
        raise BadCheckpoint("its table and its storages do not belong together")
    for key in keys:
        storage, head = storages[key], file.read(8)
        width = 4 if storage.kind == "f" else 8
        body = file.read(storage.count * width)
        if head != struct.pack("<q", storage.count) or len(body) != storage.count * width:
            raise BadCheckpoint("it is cut")
        storage.data = array.array(storage.kind, body)
        if sys.byteorder == "big":
            storage.data.byteswap()
    if file.read(1):
        raise BadCheckpoint("something follows its data")
    for name, value in table.items():
        if not isinstance(name, str) or not isinstance(value, Tensor):
            raise BadCheckpoint("its table holds something else than tensors")
    return table


def to_safetensors(data):
    """Bytes of a safetensors file with the float tensors in the checkpoint's order. Equal input gives equal bytes."""
    header, blobs, at = {}, [], 0
    for name, tensor in read(data).items():
        if tensor.storage.kind != "f":
            continue  # num_batches_tracked: a counter of the training that made the weights
        values = tensor.values()
        if sys.byteorder == "big":
            values.byteswap()
        blob = values.tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + len(blob)]}
        blobs.append(blob)
        at += len(blob)
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-(len(text) + 8) % 64)
    return struct.pack("<Q", len(text)) + text + b"".join(blobs)

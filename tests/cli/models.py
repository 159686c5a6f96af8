#!/usr/bin/python3 -B
"""The weights script and its converter: hostile checkpoints, broken packages, and a whole installation from made-up ones."""
import hashlib
import io
import json
import os
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import types
import unittest
import zipfile

ASSETS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../assets/models")
sys.path.insert(0, ASSETS)
import torch_legacy  # noqa: E402


def named(module, name):
    """A class that pickles as module.name."""
    here = sys.modules.setdefault(module, types.ModuleType(module))
    cls = getattr(here, name, None) or type(name, (), {"__module__": module})
    setattr(here, name, cls)
    return cls


FloatStorage, LongStorage = named("torch", "FloatStorage"), named("torch", "LongStorage")


def _rebuild_tensor_v2(*args):
    raise AssertionError("never called by the pickler")


_rebuild_tensor_v2.__module__ = "torch._utils"
sys.modules.setdefault("torch._utils", types.ModuleType("torch._utils"))._rebuild_tensor_v2 = _rebuild_tensor_v2


class Reference:
    def __init__(self, *pid):
        self.pid = pid


class Tensor:
    def __init__(self, *args):
        self.args = args

    def __reduce__(self):
        return _rebuild_tensor_v2, self.args


class Pickler(pickle._Pickler):
    def persistent_id(self, obj):
        return obj.pid if isinstance(obj, Reference) else None


def dumps(value):
    out = io.BytesIO()
    Pickler(out, 2).dump(value)
    return out.getvalue()


def checkpoint(table, storages, magic=torch_legacy.MAGIC):
    """Bytes as torch.save of before 1.6 wrote them; @storages: key -> floats."""
    parts = [dumps(magic), dumps(1001), dumps({"little_endian": True}), dumps(table), dumps(sorted(storages))]
    for key in sorted(storages):
        values = storages[key]
        parts.append(struct.pack("<q%df" % len(values), len(values), *values))
    return b"".join(parts)


def storage(key, n):
    return Reference("storage", FloatStorage, key, "cpu", n, None)


def ordered(**items):
    import collections
    return collections.OrderedDict(items)


def sample():
    a, b = [float(i) for i in range(6)], [0.5, -1.5]
    table = ordered(a=Tensor(storage("1", 6), 0, (2, 3), (1, 2), False, ordered()),
                    b=Tensor(storage("2", 2), 1, (), (), False, ordered()),
                    c=Tensor(storage("2", 2), 0, (2,), (1,), False, ordered()))
    return checkpoint(table, {"1": a, "2": b})


class Converter(unittest.TestCase):
    def refuse(self, data, why):
        with self.assertRaisesRegex(torch_legacy.BadCheckpoint, why):
            torch_legacy.to_safetensors(data)

    def test_strides_offsets_and_shared_storages_come_out_row_major(self):
        out = torch_legacy.to_safetensors(sample())
        n = struct.unpack("<Q", out[:8])[0]
        header = json.loads(out[8:8 + n])
        self.assertEqual((8 + n) % 64, 0)
        self.assertEqual(header["a"], {"dtype": "F32", "shape": [2, 3], "data_offsets": [0, 24]})
        self.assertEqual(header["b"]["shape"], [])
        self.assertEqual(struct.unpack("<9f", out[8 + n:]), (0, 2, 4, 1, 3, 5, -1.5, .5, -1.5))
        self.assertEqual(out, torch_legacy.to_safetensors(sample()))

    def test_code_in_the_pickle_is_refused(self):
        head = dumps(torch_legacy.MAGIC) + dumps(1001) + dumps({"little_endian": True})
        mark = os.path.join(tempfile.gettempdir(), "huse-pickle-%d" % os.getpid())
        for text in (b"cos\nsystem\n(X%stR." % (struct.pack("<I", len(mark) + 6) + b"touch " + mark.encode()),
                     b"cbuiltins\neval\n(X\x03\0\0\0" b"1+1tR.", b"ccollections\nnamedtuple\n."):
            self.refuse(head + b"\x80\x02" + text, "it asks for")
        self.refuse(head + b"\x80\x02ios\nsystem\n.", "pickle is broken")  # an opcode that is not known: INST
        self.refuse(head + b"\x80\x04\x8c\x02os\x8c\x06system\x93.", "pickle is broken")  # STACK_GLOBAL
        self.assertFalse(os.path.exists(mark))

    def test_an_index_of_four_thousand_million_costs_no_memory(self):
        head = dumps(torch_legacy.MAGIC) + dumps(1001) + dumps({"little_endian": True})
        self.refuse(head + b"\x80\x02}r\xff\xff\xff\xff." + dumps([]), "belong together")

    def test_tensors_beyond_their_storage_are_refused(self):
        for args in ((0, (7,), (1,)), (1, (6,), (1,)), (0, (2, 2), (5, 1)), (-1, (2,), (1,)), (0, (2,), (-1,)),
                     (0, (1 << 62,), (0,)), (0, (2,), ()), (0, (0,), (1,))):
            with self.subTest(args=args):
                table = ordered(a=Tensor(storage("1", 6), *args, False, ordered()))
                self.refuse(checkpoint(table, {"1": [0.0] * 6}), "tensor")

    def test_every_cut_is_refused(self):
        data = sample()
        for n in range(len(data)):
            self.refuse(data[:n], ".")
        self.refuse(data + b"x", "follows")
        self.refuse(checkpoint(ordered(), {}, magic=1), "not a legacy")
        self.refuse(checkpoint({"a": 1}, {}), "belong together")


class Fetch(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.dir)
        self.assets, self.wheels = os.path.join(self.dir, "assets"), os.path.join(self.dir, "wheels")
        self.models = os.path.join(self.dir, "models")
        os.makedirs(self.wheels)
        os.makedirs(self.assets)
        for name in ("fetch", "torch_legacy.py"):
            shutil.copy(os.path.join(ASSETS, name), self.assets)
        self.make_manifest()

    def make_manifest(self):
        self.wheel = os.path.join(self.wheels, "toy-1-py3-none-any.whl")
        with zipfile.ZipFile(self.wheel, "w") as z:
            z.writestr("toy/w.pth", sample())
            z.writestr("toy/vocab.txt", "a\nb\n")
            z.writestr("toy-1.dist-info/METADATA", "Metadata-Version: 2.1\nName: toy\nVersion: 1\n")
            z.writestr("toy-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            z.writestr("toy-1.dist-info/RECORD", "")
        with open(self.wheel, "rb") as f:
            wheel = f.read()
        weights = torch_legacy.to_safetensors(sample())
        files = [("model.safetensors", weights, "toy/w.pth"), ("vocab.txt", b"a\nb\n", "toy/vocab.txt")]
        entries = [{"name": n, "size": len(d), "sha256": hashlib.sha256(d).hexdigest(), "member": m} for n, d, m in files]
        entries[0]["convert"] = "torch-legacy"
        package = {"name": "toy", "version": "1", "wheel": "toy-1-py3-none-any.whl", "size": len(wheel),
                   "sha256": hashlib.sha256(wheel).hexdigest()}
        model = {"name": "toy", "title": "Toy", "licence": "MIT", "files": entries, "package": package}
        with open(os.path.join(self.assets, "models.json"), "w", encoding="utf-8") as f:
            json.dump({"models": [model]}, f)

    def run_fetch(self, *args, **env):
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "HUSE_"))}
        env = dict(clean, HUSE_TUI_MODELS=self.models, **env)
        return subprocess.run([os.path.join(self.assets, "fetch"), *args], env=env, capture_output=True, text=True)

    def path(self, name):
        return os.path.join(self.models, "toy", name)

    def test_it_installs_once_and_is_quiet_then(self):
        first = self.run_fetch("--wheels", self.wheels)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(sorted(os.listdir(self.models)), ["toy"])
        self.assertEqual(sorted(os.listdir(os.path.join(self.models, "toy"))), ["SHA256SUMS", "model.safetensors", "vocab.txt"])
        check = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=os.path.join(self.models, "toy"))
        self.assertEqual(check.returncode, 0)
        again = self.run_fetch()
        self.assertEqual((again.returncode, again.stdout, again.stderr), (0, "", ""))

    def test_pip_itself_can_be_the_source(self):
        done = self.run_fetch(PIP_NO_INDEX="1", PIP_FIND_LINKS=self.wheels)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_an_altered_or_cut_file_is_made_good(self):
        self.run_fetch("--wheels", self.wheels)
        with open(self.path("vocab.txt"), "rb") as f:
            good = f.read()
        for bad in (b"a\nc\n", b"a"):
            time.sleep(0.02)
            with open(self.path("vocab.txt"), "wb") as f:
                f.write(bad)
            self.assertEqual(self.run_fetch("--wheels", self.wheels).returncode, 0)
            with open(self.path("vocab.txt"), "rb") as f:
                self.assertEqual(f.read(), good)

    def test_a_wrong_package_is_refused_and_nothing_installed(self):
        with open(self.wheel, "r+b") as f:
            f.seek(30)
            f.write(b"!")
        for args, env in ((("--wheels", self.wheels), {}), ((), {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": self.wheels})):
            done = self.run_fetch(*args, **env)
            self.assertEqual(done.returncode, 1)
            self.assertIn("toy", done.stderr)
            self.assertNotIn("Traceback", done.stderr)
            self.assertFalse(os.path.exists(self.path("model.safetensors")))

    def test_without_network_or_pip_it_says_what_to_do(self):
        done = self.run_fetch(PIP_NO_INDEX="1")
        self.assertEqual(done.returncode, 1)
        self.assertIn("make models WHEELS=", done.stderr)
        self.assertIn("works without these weights", done.stderr)
        os.makedirs(os.path.join(self.dir, "none/pip"))
        with open(os.path.join(self.dir, "none/pip/__main__.py"), "w", encoding="ascii") as f:
            f.write("raise ImportError\n")
        with open(os.path.join(self.dir, "none/pip/__init__.py"), "w", encoding="ascii") as f:
            f.write("")
        done = self.run_fetch(PYTHONPATH=os.path.join(self.dir, "none"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("python3-pip", done.stderr)

    def test_a_place_that_cannot_be_written_is_named(self):
        with open(self.models, "w", encoding="ascii"):
            pass
        done = self.run_fetch("--wheels", self.wheels)
        self.assertEqual(done.returncode, 1)
        self.assertIn(self.models, done.stderr)
        self.assertNotIn("Traceback", done.stderr)


class Lines(unittest.TextTestResult):
    """One line a test, as tests/run counts them."""

    def line(self, state, test):
        print("%s - %s" % (state, test.id().rpartition(".")[2][5:].replace("_", " ")), flush=True)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.line("ok", test)

    def addError(self, test, err):
        super().addError(test, err)
        self.line("not ok", test)

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.line("not ok", test)

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.line("not ok", test)


if __name__ == "__main__":
    unittest.main(testRunner=unittest.TextTestRunner(resultclass=Lines, verbosity=0))

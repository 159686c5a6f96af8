"""Types half a line and Tab into each shell, then has the shell print the words that it would run."""
import os, pty, re, select, shutil, subprocess, sys, tempfile, time

HERE = os.getcwd()
SHELLS = {
    "bash": (["bash", "--norc", "--noprofile", "-i"], "source completions/huse-tui.bash; bind 'set bell-style none'"),
    "zsh": (["zsh", "-f", "-i"], "autoload -Uz compinit; compinit -D -u; unsetopt list_beep; source completions/_huse-tui"),
    "fish": (["fish", "--no-config", "-i"], "source completions/huse-tui.fish"),
}
# typed -> words that the shell then has
CASES = [
    ("tra", ["train"]),
    ("train w --metho", ["train", "w", "--method"]),
    ("train w --method tri", ["train", "w", "--method", "triplet"]),
    ("train w --run run-1", ["train", "w", "--run", "run-17"]),
    ("search w cat --class Gard", ["search", "w", "cat", "--class", "Garden & Home"]),
    ("search w cat --class=Gard", ["search", "w", "cat", "--class=Garden & Home"]),
    ("search w cat --class Garden\\ \\&\\ Home/", ["search", "w", "cat", "--class", "Garden & Home/Big pots"]),
    ("search w cat --target cl", ["search", "w", "cat", "--target", "class"]),
    ("search w class:Toys/", ["search", "w", "class:Toys/Cars"]),
    ("search w @uniq", ["search", "w", "@unique-7"]),
    ("neighbors w Toys/", ["neighbors", "w", "Toys/Cars"]),
    ("show w uniq", ["show", "w", "unique-7"]),
    ("models ver", ["models", "verify"]),
    ("config get search.co", ["config", "get", "search.count"]),
    ("help bench", ["help", "bench"]),
    ("--color=nev", ["--color=never"]),
    ("search nam", ["search", "named-one"]),
    ("search w --jsonl cat --class Toys/", ["search", "w", "--jsonl", "cat", "--class", "Toys/Cars"]),
]


def make(folder):
    rows = ["id,text,class", "unique-7,a car,Toys/Cars", "a1,a pot,Garden & Home/Big pots", "a2,a plate,Kitchen"]
    with open(f"{folder}/c.csv", "w") as f:
        f.write("\n".join(rows) + "\n")
    os.makedirs(f"{folder}/data/catalogues")
    for ws in ("w", "data/catalogues/named-one"):
        subprocess.run([f"{HERE}/huse-tui", "import", "c.csv", "-o", ws], cwd=folder, check=True, capture_output=True)
    os.makedirs(f"{folder}/w/runs/run-17")
    os.makedirs(f"{folder}/bin")
    # Completing asks the program; running a line shows its words
    with open(f"{folder}/bin/huse-tui", "w") as f:
        f.write(f'#!/bin/sh\n[ "$1" = __complete ] && exec {HERE}/huse-tui "$@"\nprintf "<%s>" "$@"; echo "=done"\n')
    os.chmod(f"{folder}/bin/huse-tui", 0o755)
    os.symlink(f"{HERE}/completions", f"{folder}/completions")


class Shell:
    def __init__(self, argv, setup, folder):
        env = {"PATH": f"{folder}/bin:{os.environ['PATH']}", "HOME": folder, "TERM": "dumb", "LC_ALL": "C.UTF-8",
               "HUSE_TUI_DATA": f"{folder}/data", "PS1": "$ ", "XDG_DATA_HOME": folder, "XDG_CONFIG_HOME": folder}
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execvpe(argv[0], argv, env)
        self.ask(setup + "; echo rea''dy\r", "ready", 20)

    def read(self, until, seconds):
        out, end = b"", time.time() + seconds
        while time.time() < end:
            if select.select([self.fd], [], [], .05)[0]:
                try:
                    out += os.read(self.fd, 65536)
                except OSError:
                    break
            elif until and re.search(until, out.decode("utf-8", "replace")):
                break
        return out.decode("utf-8", "replace")

    def ask(self, keys, until, seconds):
        os.write(self.fd, keys.encode())
        return self.read(until, seconds)

    def words(self, line):
        self.ask(f"huse-tui {line}\t", None, .4)
        out = self.ask("\r", "=done", 10)
        found = re.findall(r"((?:<[^>]*>)+)=done", out.replace("\r", "").replace("\n", ""))
        return re.findall("<([^>]*)>", found[-1]) if found else out

    def close(self):
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def main():
    failed = 0
    folder = tempfile.mkdtemp(prefix="huse-test-")
    make(folder)
    for name, (argv, setup) in SHELLS.items():
        if not shutil.which(argv[0]):
            print(f"skip - {name} is not installed")
            continue
        shell = Shell(argv, setup, folder)
        for typed, wanted in CASES:
            got = shell.words(typed)
            ok = got == wanted
            failed += not ok
            print(f"{'ok' if ok else 'not ok'} - {name}: {typed}" + ("" if ok else f": {got!r}"))
        shell.close()
    began = time.time()
    for _ in range(20):
        subprocess.run([f"{HERE}/huse-tui", "__complete", "items", "u", "show", "w"], cwd=folder, capture_output=True)
    print(f"# {(time.time() - began) * 50:.0f} ms an answer")
    shutil.rmtree(folder)
    return failed > 0


sys.exit(main())

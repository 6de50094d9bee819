"""The runs of the program in which system calls fail: what each run needs, and when it has done its work."""

import contextlib
import json
import os
import pathlib
import signal
import subprocess

CONTENT = bytes(range(256)) * 20
OLD = b"what was there before\n" * 10
# A run that takes longer hangs: a single failed call makes no program wait for longer than its own patience.
PATIENCE = 40


def environment(folder):
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    return kept | {"LC_ALL": "C.UTF-8", "HOME": str(folder), "TMPDIR": str(folder)}


class Device:
    """A simulated device in a folder, until the end of the `with` block."""

    def __init__(self, program, folder, *arguments):
        self.process = subprocess.Popen(
            [program, "simulate", "--min-delay", "0", *arguments],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=folder,
            env=environment(folder),
        )  # fmt: skip

    def wait_until_ready(self):
        for line in self.process.stdout:
            if line.startswith("ready"):
                return
        raise RuntimeError("the simulated device did not start")

    def end(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.stdout.read()
        self.process.wait(PATIENCE)


class Run:
    """A run of the program in a folder of its own, with the files that exist at the beginning."""

    name = ""
    arguments = []
    # The files in the folder at the beginning, by path.
    files = {"out.bin": OLD}
    # The options of the simulated devices.
    devices = [["--link", "board", "--resource", "3=device.bin:rw"]]
    device_content = CONTENT
    # New files that may remain after a failure.
    may_leave = ()

    def prepare(self, folder, program):
        for path, content in self.files.items():
            place = folder / "here" / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(content)
        (folder / "device.bin").write_bytes(self.device_content)

    @contextlib.contextmanager
    def surroundings(self, folder, program):
        (folder / "here").mkdir(parents=True)
        self.prepare(folder, program)
        devices = [Device(program, folder, *arguments) for arguments in self.devices]
        try:
            for device in devices:
                device.wait_until_ready()
            yield
        finally:
            for device in devices:
                device.end()

    def is_done(self, folder, output):
        """Whether all files are as they should be after a success."""
        tree, expected = self.tree(folder), self.expected()
        # A file that an earlier run has left, and that cannot be removed, does not matter beside the complete file.
        return {**tree, **expected} == tree and set(tree) - set(expected) <= set(self.may_leave) and output == b""

    def expected(self):
        return {**self.files, "out.bin": CONTENT}

    def is_untouched(self, folder):
        """Whether after a failure all files are as they were, and no new ones exist."""
        tree = {path: content for path, content in self.tree(folder).items() if path not in self.may_leave}
        return tree == self.untouched()

    def untouched(self):
        return {path: content for path, content in self.files.items() if path not in self.may_leave}

    def tree(self, folder):
        root = folder / "here"
        return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


class Read(Run):
    name = "read"
    arguments = ["read", "3", "-o", "out.bin", "--port", "../board"]


class ResumedRead(Run):
    """The partial file comes from an interrupted read, which is made once."""

    name = "read --resume"
    arguments = ["read", "3", "-o", "out.bin", "--resume", "--port", "../board"]
    may_leave = ("out.bin.part", "out.bin.part.json")
    left = None

    def prepare(self, folder, program):
        super().prepare(folder, program)
        if ResumedRead.left is None:
            ResumedRead.left = self.interrupt(folder, program)
        for path, content in ResumedRead.left.items():
            (folder / "here" / path).write_bytes(content)

    def interrupt(self, folder, program):
        slow = Device(program, folder, "--link", "board", "--baud", "19200", "--resource", "3=device.bin")
        slow.wait_until_ready()
        read = subprocess.Popen(
            [program, *self.arguments, "--json"], cwd=folder / "here", env=environment(folder), text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        for line in read.stdout:
            event = json.loads(line)
            if event["type"] == "progress" and event["bytes"] > 1000:
                break
        read.send_signal(signal.SIGTERM)
        read.stdout.read()
        read.wait(PATIENCE)
        slow.end()
        left = {path: content for path, content in self.tree(folder).items() if path in self.may_leave}
        if len(left) != 2:
            raise RuntimeError(f"an interrupted read left {sorted(left)}")
        return left

    def untouched(self):
        return self.files


class Write(Run):
    name = "write"
    arguments = ["write", "3", "in.bin", "--port", "../board"]
    files = {"in.bin": CONTENT}
    device_content = OLD

    def expected(self):
        return self.files

    def is_done(self, folder, output):
        return super().is_done(folder, output) and self.stored(folder) == CONTENT

    def is_untouched(self, folder):
        # The device may have accepted all data before the failure.
        return super().is_untouched(folder) and self.stored(folder) in (OLD, CONTENT)

    def stored(self, folder):
        return (folder / "device.bin").read_bytes()


class VerifiedWrite(Write):
    name = "write --verify readback"
    arguments = [*Write.arguments, "--verify", "readback"]


class FolderRead(Run):
    name = "read of a folder"
    arguments = ["read", "/logs/", "-o", "logs/", "--overwrite", "--port", "../board"]
    files = {"logs/a.txt": OLD, "logs/other.txt": OLD}
    devices = [["--link", "board", "--file", "/logs/a.txt=device.bin", "--file", "/logs/sub/b.txt=device.bin"]]

    def expected(self):
        return {**self.files, "logs/a.txt": CONTENT, "logs/sub/b.txt": CONTENT}

    def is_untouched(self, folder):
        """Files that were read before the failure stay. Each file is whole, either old or new."""
        tree, old, new = self.tree(folder), self.files, self.expected()
        return all(content in (old.get(path), new.get(path)) for path, content in tree.items()) and all(
            path in tree for path in old
        )


class TrayRead(Run):
    name = "read of two devices"
    arguments = ["read", "3", "-o", "{index}.bin", "--port", "../board", "--port", "../second"]
    files = {"1.bin": OLD, "2.bin": OLD}
    devices = [[*Run.devices[0]], ["--link", "second", "--resource", "3=device.bin"]]

    def expected(self):
        return {"1.bin": CONTENT, "2.bin": CONTENT}

    def is_done(self, folder, output):
        return self.tree(folder) == self.expected()

    def is_untouched(self, folder):
        """If one device fails, the files from the other one stay."""
        tree = self.tree(folder)
        return sorted(tree) == sorted(self.files) and all(content in (OLD, CONTENT) for content in tree.values())


class Printing(Run):
    """A run that does its work by printing. The right output is that of a run without failures."""

    files = {}
    right_output = None

    def is_done(self, folder, output):
        output = output.replace(bytes(folder), b"FOLDER")
        if type(self).right_output is None:
            type(self).right_output = output
        return output == type(self).right_output and self.tree(folder) == self.files


class List(Printing):
    name = "ls"
    arguments = ["ls", "--port", "../board"]
    devices = FolderRead.devices


class Decode(Printing):
    name = "decode"
    arguments = ["decode", "capture.pcapng"]
    capture = None

    def prepare(self, folder, program):
        super().prepare(folder, program)
        if Decode.capture is None:
            device = Device(program, folder, *self.devices[0])
            device.wait_until_ready()
            subprocess.run(
                [program, *Read.arguments, "--capture", "capture.pcapng"], cwd=folder / "here", check=True,
                env=environment(folder), stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE,
            )  # fmt: skip
            device.end()
            (folder / "here" / "out.bin").unlink()
            Decode.capture = (folder / "here" / "capture.pcapng").read_bytes()
        (folder / "here" / "capture.pcapng").write_bytes(Decode.capture)
        Decode.files = {"capture.pcapng": Decode.capture}


class ConfigShow(Printing):
    name = "config show"
    arguments = ["config", "show"]
    devices = []
    files = {".pwtransfer.toml": b'timeout = "1s"\n[resources]\nfirmware = 2\n'}


RUNS: list[type[Run]] = [
    Read, ResumedRead, Write, VerifiedWrite, FolderRead, TrayRead, List, Decode, ConfigShow,
]  # fmt: skip


def new_folder(parent: pathlib.Path, name: str) -> pathlib.Path:
    folder = parent / name
    folder.mkdir()
    return folder

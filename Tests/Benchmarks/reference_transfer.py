"""One transfer by the reference client, as a person's script would make it; prints its time and processor time.

    reference_transfer.py read|write PORT RESOURCE FILE [--pause]

With --pause it waits a second before the first chunk, as the reference client does unless it is patched.
"""

import argparse
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "Interoperability"))

import reference_client  # noqa: E402
from pw_transfer import Manager  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("direction", choices=("read", "write"))
    parser.add_argument("port", type=pathlib.Path)
    parser.add_argument("resource", type=int)
    parser.add_argument("file", type=pathlib.Path)
    parser.add_argument("--pause", action="store_true")
    arguments = parser.parse_args()

    manager_type = Manager if arguments.pause else reference_client.PromptManager
    with reference_client.connect(arguments.port, manager_type) as manager:
        start, processor = time.perf_counter(), time.process_time()
        if arguments.direction == "read":
            arguments.file.write_bytes(manager.read(arguments.resource))
        else:
            manager.write(arguments.resource, arguments.file.read_bytes())
        seconds, processor = time.perf_counter() - start, time.process_time() - processor
    print(json.dumps({"seconds": seconds, "processor_seconds": processor}))


main()

"""Runs commands of the AWS CLI in one process, since starting it is slow.

Reads a JSON array of arguments a line. Answers each with a JSON object: the
exit status, and what was printed on both streams in the order of printing.
"""

import contextlib
import io
import json
import sys

from awscli.clidriver import create_clidriver

# The descriptions of AWS's services, which take longest to load, are read once;
# everything else is new for each command.
loader = create_clidriver().session.get_component("data_loader")


def run(arguments):
    driver = create_clidriver()
    driver.session.register_component("data_loader", loader)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        try:
            status = driver.main(arguments)
        except SystemExit as e:
            status = e.code
    return {"status": status, "printed": printed.getvalue()}


print("ready", flush=True)
for line in sys.stdin:
    print(json.dumps(run(json.loads(line))), flush=True)

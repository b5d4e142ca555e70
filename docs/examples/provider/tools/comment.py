# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Post a file as a comment of the merge request: GitHub or GitLab, whichever this pipeline runs on.

    comment.py FILE

Of the environment: GITHUB_API_URL, GITHUB_REPOSITORY, PULL_REQUEST and GITHUB_TOKEN; or CI_API_V4_URL, CI_PROJECT_ID,
CI_MERGE_REQUEST_IID and COMMENT_TOKEN. Exit status: 0 posted; 2 not posted, and why.
"""

from __future__ import annotations

import json
import os
import sys
import urllib.error
import urllib.request
from pathlib import Path

#: Both take at least this many characters.
MOST = 60_000


def main(path: str) -> int:
    try:
        body = Path(path).read_text(encoding="utf-8")[:MOST]
        if "GITHUB_API_URL" in os.environ:
            repository, number = os.environ["GITHUB_REPOSITORY"], int(os.environ["PULL_REQUEST"])
            url = f"{os.environ['GITHUB_API_URL']}/repos/{repository}/issues/{number}/comments"
            login = {"Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}"}
        else:
            project, number = int(os.environ["CI_PROJECT_ID"]), int(os.environ["CI_MERGE_REQUEST_IID"])
            url = f"{os.environ['CI_API_V4_URL']}/projects/{project}/merge_requests/{number}/notes"
            login = {"PRIVATE-TOKEN": os.environ["COMMENT_TOKEN"]}
        request = urllib.request.Request(  # noqa: S310 - the address is the pipeline's own server
            url, json.dumps({"body": body}).encode(), {**login, "Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
            print(f"Posted ({answer.status}).")
    except KeyError as error:
        print(f"Not posted: the pipeline gives no {error.args[0]}.")
    except urllib.error.HTTPError as error:
        print(f"Not posted: the server answered {error.code}. 403 and 404: the token may not comment here.")
    except (OSError, ValueError) as error:
        print(f"Not posted: {str(error)[:200]}.")
    else:
        return 0
    return 2


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: comment.py FILE")
    sys.exit(main(sys.argv[1]))

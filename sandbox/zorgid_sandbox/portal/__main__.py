# SPDX-FileCopyrightText: gbz.zorgid contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m zorgid_sandbox.portal`: the portal alone, with seeded organisations, for benchmarks and tests."""

from __future__ import annotations

import argparse
from pathlib import Path

from ..look import LOOKS
from ..state import write
from .service import seed, serve


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m zorgid_sandbox.portal", description=__doc__)
    parser.add_argument("--state", type=Path, required=True, metavar="DIR")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed-organisation", action="append", default=[], metavar="URA:NAME")
    parser.add_argument("--seed-role", choices=("administrator", "operator", "registrar"), default="administrator")
    parser.add_argument("--client-ca", type=Path, metavar="FILE", help="demand client certificates of this authority")
    parser.add_argument("--token-file", type=Path, metavar="FILE", help="where the seeded tokens go")
    parser.add_argument("--look", choices=LOOKS, default="classic", help="of the pages for people")
    parser.add_argument("--http2", action="store_true", help="serve HTTP/2, too, on a port of its own (page_h2)")
    options = parser.parse_args()
    pairs = [item.partition(":") for item in options.seed_organisation]
    tokens = seed(options.state, {ura: name or ura for ura, _, name in pairs}, options.seed_role)
    if options.token_file and tokens:
        lines = list(tokens.values()) if len(tokens) == 1 else [f"{ura} {token}" for ura, token in tokens.items()]
        write(options.token_file, "\n".join(lines) + "\n")
    serve(options.state, options.port, options.client_ca, options.look, http2=options.http2)


if __name__ == "__main__":
    main()

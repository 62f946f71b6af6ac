// Runs a script after that of the worker: {source, script, data} on the input, what the script returns on the output.
"use strict";

const { readFileSync } = require("node:fs");

const { source, script, data } = JSON.parse(readFileSync(0, "utf8"));
process.stdout.write(new Function("data", `${source}\n${script}`)(data));

// Answers requests as a worker of a page does: {source, spec, modules, requests} on the input, the answers on the output.
"use strict";

const { readFileSync } = require("node:fs");

const { source, spec, modules, requests } = JSON.parse(readFileSync(0, "utf8"));
const answer = new Function(`${source}\nreturn answer;`)();
const state = { engine: null };
const bytes = Object.fromEntries(Object.entries(modules).map(([name, text]) => [name, Buffer.from(text, "base64")]));
const loaded = answer(state, { id: 0, kind: "load", spec, modules: bytes });
if (loaded.error) throw new Error(loaded.error);
// JSON has no NaN and no infinities.
const plain = (_, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
const replies = requests.map((request, k) => answer(state, { id: k + 1, ...request }));
process.stdout.write(JSON.stringify(replies, plain));

// What a worker answers: each request once, with what was asked for or one sentence that says why not.
"use strict";

const REQUESTS = { tile, orbit, diagram, levels };

function answer(state, { id, kind, ...request }) {
  try {
    if (kind === "load") {
      state.engine = new Engine(request.spec, request.modules);
      return { id, ready: true };
    }
    if (!Object.hasOwn(REQUESTS, kind)) throw new Error("there is no such request");
    return { id, ...REQUESTS[kind](state.engine, request) };
  } catch (error) {
    return { id, error: String(error.message) };
  }
}

function transferred(reply) {
  return Object.values(reply)
    .flat()
    .filter((v) => ArrayBuffer.isView(v))
    .map((v) => v.buffer);
}

if (typeof WorkerGlobalScope !== "undefined" && self instanceof WorkerGlobalScope) {
  const state = { engine: null };
  self.onmessage = ({ data }) => {
    const reply = answer(state, data);
    self.postMessage(reply, transferred(reply));
  };
}

// The workers and what they are asked. A request cannot be stopped once it is begun: it is small, and whatever became
// stale in the meantime is dropped, before it is sent or when its answer comes.

const MOST_WORKERS = 8;

class Crew {
  constructor(source, spec, modules) {
    const count = Math.min(MOST_WORKERS, Math.max(2, navigator.hardwareConcurrency || 2));
    const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
    this.waiting = [];
    this.next = 1;
    this.onfault = () => {};
    this.members = Array.from({ length: count }, () => this.#hire(url));
    // What all of them need is compiled once; more precise arithmetic is by each that is asked for it.
    WebAssembly.compile(modules["float64"]).then(
      (compiled) => this.#load(spec, { ...modules, float64: compiled }),
      (reason) => this.onfault(`The computation could not begin: ${reason.message}.`),
    );
  }

  #load(spec, modules) {
    for (const { worker } of this.members) worker.postMessage({ id: 0, kind: "load", spec, modules });
  }

  #hire(url) {
    const member = { worker: new Worker(url), ready: false, job: null };
    member.worker.onmessage = ({ data }) => this.#answered(member, data);
    member.worker.onerror = (event) => {
      event.preventDefault();
      this.onfault(`The computation stopped: ${event.message || "a worker could not be started"}.`);
    };
    return member;
  }

  #answered(member, answer) {
    if (answer.id === 0) {
      member.ready = !answer.error;
      if (answer.error) this.onfault(answer.error);
    } else if (member.job && member.job.id === answer.id) {
      const job = member.job;
      member.job = null;
      if (job.alive()) job.done(answer);
    }
    this.#assign();
  }

  // Ask for something: `done` gets the answer, an `error` in it or not, unless `alive` says that it is stale.
  ask(message, { priority, alive, done }) {
    this.waiting.push({ id: this.next++, message, priority, alive, done });
    if (!this.scheduled) {
      this.scheduled = true;
      queueMicrotask(() => {
        this.scheduled = false;
        this.waiting.sort((a, b) => a.priority - b.priority || a.id - b.id);
        this.#assign();
      });
    }
  }

  #assign() {
    for (const member of this.members) {
      if (!member.ready || member.job) continue;
      let job = this.waiting.shift();
      while (job && !job.alive()) job = this.waiting.shift();
      if (!job) return;
      member.job = job;
      member.worker.postMessage({ ...job.message, id: job.id });
    }
  }
}

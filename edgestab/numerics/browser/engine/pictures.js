// Pictures: the pixels of a basin, of an orbit diagram, and the levels of the loss.
"use strict";

const FLOAT64_PITCH = 2 ** -43;
const DOUBLE_DOUBLE_PITCH = 2 ** -94;
const MOST_PIXELS = 1 << 20;

/** The value of every state variable and parameter: an axis, or an exact number. */
class Plane {
  constructor(engine, axes, fixed) {
    this.engine = engine;
    this.x = new Axis(axes.x);
    this.y = new Axis(axes.y);
    if (this.x.name === this.y.name) throw new Error(`both axes are ${this.x.name}: name two variables`);
    const { spec } = engine;
    // What a step carries, and has no value of its own, begins as its start does or with a number: momentum at rest.
    const said = (name) => Object.hasOwn(fixed, name) || name === this.x.name || name === this.y.name;
    const begins = (name) => (!said(name) && Object.hasOwn(spec.begins, name) ? spec.begins[name] : name);
    const given = (name) => {
      if (/^[-+.\d]/.test(name)) return exactly(name);
      if (name === this.x.name || name === this.y.name) return null;
      if (!Object.hasOwn(fixed, name)) throw new Error(`no value is given for ${name}`);
      return exactly(fixed[name]);
    };
    this.names = [...spec.state, ...spec.parameters];
    for (const axis of [this.x, this.y])
      if (!this.names.includes(axis.name)) throw new Error(`${axis.name} is no coordinate of the start and no parameter`);
    this.sources = this.names.map(begins);
    this.exact = this.sources.map(given);
    this.values = this.exact.map((v) => v && nearest(v.p, v.q));
    const first = (name, value) => (name === this.x.name ? this.x.centre(0) : name === this.y.name ? this.y.centre(0) : value);
    spec.parameters.forEach((name, k) => requireUsable(name, first(name, this.values[spec.state.length + k])));
    this.centres = [this.x, this.y].map((axis) => ({ axis, known: new Map() }));
  }

  /** The arithmetic in which neighbouring pixels differ. */
  get arithmetic() {
    const pitch = Math.min(this.x.pitch, this.y.pitch);
    if (pitch >= FLOAT64_PITCH) return "float64";
    if (this.engine.precise === null)
      throw new Error("float64 cannot tell these pixels apart, and this step has no more precise form: zoom out");
    if (pitch >= DOUBLE_DOUBLE_PITCH) return "double-double";
    throw new Error("double-double arithmetic cannot tell these pixels apart: zoom out");
  }

  /** The centre of a pixel as two doubles, made once. */
  centre(which, i) {
    const { axis, known } = this.centres[which];
    let found = known.get(i);
    if (found === undefined) known.set(i, (found = split(axis.exact(i))));
    return found;
  }

  /** The rows of states and parameters at some pixels: their hi parts and their lo parts. */
  rows(r, c) {
    const high = this.names.map(() => new Float64Array(r.length));
    const low = this.names.map(() => new Float64Array(r.length));
    this.sources.forEach((name, k) => {
      const which = name === this.x.name ? 0 : name === this.y.name ? 1 : -1;
      const index = which === 0 ? c : r;
      let [last, [h, l]] = [-1, which < 0 ? split(this.exact[k]) : [0, 0]];
      for (let j = 0; j < r.length; j++) {
        // Along a row of pixels the other axis stays.
        if (which >= 0 && index[j] !== last) [last, [h, l]] = [index[j], this.centre(which, index[j])];
        high[k][j] = h;
        low[k][j] = l;
      }
    });
    return { high, low };
  }
}

/** The plane that was asked for last is asked for again, piece by piece. */
function planeOf(engine, axes, fixed) {
  const what = JSON.stringify([axes, fixed]);
  if (engine.lastPlane.what !== what) engine.lastPlane = { what, plane: new Plane(engine, axes, fixed) };
  return engine.lastPlane.plane;
}

function requireUsable(name, value) {
  if (!Number.isFinite(value)) throw new Error(`${name} must be finite`);
  if (name === "eta" && !(value > 0)) throw new Error("the step size must be positive");
}

/** The outcomes at the pixels of a rectangle whose row and column are multiples of a stride, but those already done. */
function tile(engine, { axes, fixed, rows, columns, stride = 1, done = 0, steps }) {
  const plane = planeOf(engine, axes, fixed);
  const [r, c] = [[], []];
  for (let i = Math.ceil(rows[0] / stride) * stride; i < Math.min(rows[1], plane.y.count); i += stride)
    for (let j = Math.ceil(columns[0] / stride) * stride; j < Math.min(columns[1], plane.x.count); j += stride)
      if (!(done > 0 && i % done === 0 && j % done === 0)) r.push(i), c.push(j);
  if (r.length > MOST_PIXELS) throw new Error(`a request takes at most ${MOST_PIXELS} pixels`);
  const { arithmetic } = plane;
  const index = Int32Array.from(r, (i, k) => i * plane.x.count + c[k]);
  if (r.length === 0) return { ...empty(), index, arithmetic };
  const { high, low } = plane.rows(r, c);
  const n = engine.spec.state.length;
  const [state, parameters] = [high.slice(0, n), high.slice(n)];
  const most = steps ?? engine.spec.steps;
  const precise = arithmetic === "float64" ? [null, null] : [low.slice(0, n), low.slice(n)];
  const orbits = engine.follow(state, parameters, most, ...precise);
  return { ...engine.outcomes(orbits, state, parameters), index, arithmetic };
}

function empty() {
  const none = { status: new Int8Array(0), limit: new Int8Array(0), period: new Int16Array(0) };
  return { ...none, steps: new Int32Array(0), sharpness: new Float64Array(0) };
}

/** How often orbits come to each pixel of an orbit diagram, the lowest row first. */
function diagram(engine, { vary, start, fixed, observable, window, settle, kept }) {
  const { spec } = engine;
  const axis = new Axis(vary);
  const shown = new Axis({ name: "the window", ...window });
  const count = axis.count;
  if (count * shown.count > 1 << 23) throw new Error("a diagram takes at most 8388608 pixels");
  if (!(settle >= 0 && kept >= 1 && settle + kept <= 1e6)) throw new Error("a diagram takes at most 1000000 steps");
  const rows = [...spec.state, ...spec.parameters].map((name) => {
    if (name === axis.name) return Float64Array.from({ length: count }, (_, i) => axis.centre(i));
    const values = spec.state.includes(name) ? start : fixed;
    if (!Object.hasOwn(values, name)) throw new Error(`no value is given for ${name}`);
    const { p, q } = exactly(values[name]);
    return new Float64Array(count).fill(nearest(p, q));
  });
  const n = spec.state.length;
  spec.parameters.forEach((name, k) => requireUsable(name, rows[n + k][0]));
  const [state, parameters] = [rows.slice(0, n), rows.slice(n)];
  if (settle > 0) advance(engine.lanes, state, parameters, settle);
  const counts = new Uint32Array(count * shown.count);
  const scale = shown.count / (shown.high - shown.low);
  advance(engine.lanes, state, parameters, kept, (_, lanes, width, first) => {
    const row = lanes[observable];
    for (let j = 0; j < width; j++) {
      const place = Math.floor((row[j] - shown.low) * scale);
      if (place >= 0 && place < shown.count) counts[place * count + first + j] += 1;
    }
  });
  return { counts };
}

/** The loss, its sharpness, the residuals of the sets of minima and what vanishes on 2-cycles on the pixels of a plane. */
function levels(engine, { axes, fixed }) {
  const plane = new Plane(engine, axes, fixed);
  const count = plane.x.count * plane.y.count;
  if (count > 1 << 18) throw new Error("levels take at most 262144 points");
  const r = Array.from({ length: count }, (_, k) => Math.floor(k / plane.x.count));
  const c = Array.from({ length: count }, (_, k) => k % plane.x.count);
  const { high } = plane.rows(r, c);
  const n = engine.spec.state.length;
  const [state, parameters] = [high.slice(0, n), high.slice(n)];
  const { module, spec } = engine;
  const nothing = new Float64Array(count).fill(NaN);
  return {
    loss: module.has("loss") ? module.columns("loss", engine.ofLoss(state, parameters), count)[0] : nothing,
    sharpness: Float64Array.from(engine.spectra(state, parameters, count), (s) => s.values[s.values.length - 1]),
    residuals: spec.sets.map((_, k) =>
      module.has("residuals") ? module.columns("residuals", [...state, ...parameters], count)[k] : nothing,
    ),
    cycles: module.has("cycles") ? module.columns("cycles", [...state, ...parameters], count) : [],
  };
}

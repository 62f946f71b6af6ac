// From what the driver says of each orbit to its outcome: as edgestab/numerics/orbits/classify.py, which says why.
"use strict";

const CHART_SLACK = 1e-7;

class Engine {
  constructor(spec, modules) {
    this.spec = spec;
    this.module = new LaneModule(modules["float64"], spec.modules["float64"], spec.modules.lanes);
    this.lanes = new Lanes(this.module);
    this.modules = modules;
    this.doubled = null;
    this.lastPlane = { what: "", plane: null };
  }

  /** The lanes in double-double arithmetic, compiled when they are asked for; null where there are none. */
  get precise() {
    const code = this.modules["double-double"];
    const { modules } = this.spec;
    this.doubled ??= code ? new Lanes(new LaneModule(code, modules["double-double"], modules.lanes)) : null;
    return this.doubled;
  }

  /** The length that each orbit is measured by: of its start or of its first step, whichever is greater. */
  lengthsOf(state, parameters) {
    const count = state[0].length;
    const after = this.module.columns("step", [...state, ...parameters], count);
    const start = new Float64Array(count);
    const step = new Float64Array(count);
    for (const k of this.spec.modules.lengths) largest(state[k], after[k], start, step);
    for (let j = 0; j < count; j++) {
      const length = Math.max(Number.isFinite(start[j]) ? start[j] : 0, Number.isFinite(step[j]) ? step[j] : 0);
      start[j] = length > 0 ? Math.min(Math.max(length, 1e-150), 1e150) : 1;
    }
    return start;
  }

  tolerances(length, parameters) {
    return this.module.columns("tolerance", [...parameters, length], length.length)[0];
  }

  budgets(parameters, count, most) {
    const { rules } = this.spec.modules;
    const cap = Math.min(most, rules.most);
    if (!this.module.has("pace")) return new Float64Array(count).fill(Math.min(rules.plain, cap));
    const pace = this.module.columns("pace", parameters, count)[0];
    return pace.map((p) => Math.trunc(Math.min(Math.max(rules.budget / p ** 2, rules.least), cap)));
  }

  /** Follow orbits to their end; `low` and `lowParameters` are the lo parts of double-double numbers, or null. */
  follow(state, parameters, most, low = null, lowParameters = null) {
    const { modules } = this.spec;
    const count = state[0].length;
    const length = this.lengthsOf(state, parameters);
    const tolerance = this.tolerances(length, parameters);
    const perLength = modules.tolerance_grows ? length.map((v) => 1 / v) : new Float64Array(count);
    const radius = length.map((v) => modules.rules.radius * v);
    const rest = [tolerance, perLength, this.budgets(parameters, count, most), radius, modules.check_every];
    if (low === null) return drive(this.lanes, state.length, state, parameters, ...rest);
    const both = [...state, ...low];
    const found = drive(this.precise, state.length, both, [...parameters, ...lowParameters], ...rest);
    return { ...found, final: found.final.slice(0, state.length) };
  }

  /** The outcomes of orbits, from their ends. */
  outcomes(orbits, starts, parameters) {
    const { module, spec } = this;
    const count = starts[0].length;
    const status = Int8Array.from(orbits.status);
    const limit = new Int8Array(count).fill(-1);
    const period = new Int16Array(count);
    const sharpness = new Float64Array(count).fill(NaN);
    const index = where(status, CONVERGED);
    if (index.length > 0) {
      const [final, own] = [taken(orbits.final, index), taken(parameters, index)];
      const { settled, place, ended } = this.settled(final, own, taken(starts, index));
      const steep = this.sharpnessOf(module.has("sharpness") ? final : ended, own, index.length);
      for (let k = 0; k < index.length; k++) {
        const j = index[k];
        if (settled[k]) {
          limit[j] = place[k];
          sharpness[j] = steep[k];
        } else status[j] = UNDECIDED;
      }
    }
    this.capture(status, orbits.final, starts, parameters, limit, sharpness);
    const left = this.leftDomain(status, orbits.steps, starts, parameters);
    left.forEach((j) => (status[j] = LEFT_DOMAIN));
    const open = where(status, UNDECIDED);
    if (open.length > 0) {
      const [begin, own] = [taken(starts, open), taken(parameters, open)];
      const found = periods(this, begin, taken(orbits.final, open), own);
      const tolerance = this.tolerances(this.lengthsOf(begin, own), own);
      open.forEach((j, k) => {
        if (found[k] > 0) [status[j], period[j]] = [PERIODIC, found[k]];
        else if (orbits.residual[j] > 1e5 * tolerance[k]) status[j] = BOUNDED;
      });
    }
    const steps = Int32Array.from(orbits.steps);
    left.forEach((j) => (steps[j] -= 1));
    return { status, limit, period, steps, sharpness };
  }

  /** Which last iterates stand beside a limit that attracts, on which set, and where it is. */
  settled(final, parameters, starts) {
    const { module, spec } = this;
    const count = final[0].length;
    if (!spec.has_loss || !module.has("jacobian")) {
      const settled = new Uint8Array(count).fill(1);
      if (module.has("jacobian")) {
        const n = final.length;
        const flat = matrices(module, "jacobian", [...final, ...parameters], count);
        for (let j = 0; j < count; j++) settled[j] = outerRadius(matrixOf(flat, n * n, j), n, 0) <= 1 + CHART_SLACK ? 1 : 0;
      }
      return { settled, place: this.nearestSet(final, parameters, count), ended: final };
    }
    const found = stopped(this, final, parameters, starts);
    if (spec.modules.provable.sets)
      return { settled: found.attracting, place: this.nearestSet(final, parameters, count), ended: final };
    return { settled: found.attracting, place: found.place, ended: found.limit };
  }

  /** The set of minima whose residual is least, where it is small. */
  nearestSet(final, parameters, count) {
    const found = this.module.columns("residuals", [...final, ...parameters], count);
    const place = new Int8Array(count).fill(-1);
    const least = new Float64Array(count).fill(1e-4);
    for (let k = 0; k < found.length; k++) nearer(found[k], k, place, least);
    return place;
  }

  /** The largest Hessian eigenvalue at some points. */
  sharpnessOf(state, parameters, count) {
    if (this.module.has("sharpness")) return this.module.columns("sharpness", [...state, ...parameters], count)[0];
    return this.spectra(state, parameters, count).map(({ values }) => values[values.length - 1]);
  }

  /** Eigenvalues, ascending, and eigenvectors of the Hessian at some points. */
  spectra(state, parameters, count) {
    const { loss } = this.spec.modules;
    const n = loss ? loss.parameters : 0;
    const nothing = { values: [NaN], vectors: [] };
    if (!this.module.has("hessian")) return Array(count).fill(nothing);
    const upper = this.module.columns("hessian", this.ofLoss(state, parameters), count);
    return Array.from({ length: count }, (_, j) => {
      const matrix = new Float64Array(n * n);
      let k = 0;
      for (let a = 0; a < n; a++) for (let b = a; b < n; b++) matrix[a * n + b] = matrix[b * n + a] = upper[k++][j];
      return matrix.every(Number.isFinite) ? symmetric(matrix, n) : nothing;
    });
  }

  /** What the loss takes: its parameters, then its constants. */
  ofLoss(state, parameters) {
    const { loss } = this.spec.modules;
    return [...state.slice(0, loss.parameters), ...loss.constants.map((i) => parameters[i])];
  }

  /** Orbits that a flat minimum has captured: edgestab/numerics/orbits/flat_minimum.py. */
  capture(status, final, starts, parameters, limit, sharpness) {
    const { flat, eta } = this.spec.modules;
    for (const { at, slack, power, curvature, sizes, above } of flat)
      for (const j of where(status, UNDECIDED)) {
        const rho = Math.abs(final[0][j] - at) + slack;
        let beyond = 0;
        for (let k = 1; k < sizes.length; k++) beyond += sizes[k] * rho ** k;
        const largest = (sizes[0] + beyond) * rho ** power * above;
        if (!(beyond * above < curvature && largest * parameters[eta][j] < 2)) continue;
        status[j] = CONVERGED;
        limit[j] = isolatedPlace(this.spec, [at], Math.max(Math.abs(at), Math.abs(starts[0][j])));
        sharpness[j] = 0;
      }
  }

  /** Which orbits became NaN because they had left the domain of the loss: edgestab/numerics/orbits/domain.py. */
  leftDomain(status, steps, starts, parameters) {
    if (!this.module.has("guards")) return [];
    const lost = where(status, NONFINITE).filter((j) => steps[j] > 0);
    lost.sort((i, j) => steps[i] - steps[j]);
    const state = taken(starts, lost);
    const own = taken(parameters, lost);
    let done = 0;
    for (let first = 0; first < lost.length; ) {
      const count = steps[lost[first]] - 1;
      advance(this.lanes, state.map((row) => row.subarray(first)), own.map((row) => row.subarray(first)), count - done);
      done = count;
      while (first < lost.length && steps[lost[first]] === count + 1) first += 1;
    }
    const guards = this.module.columns("guards", [...state, ...own], lost.length)[0];
    return lost.filter((_, k) => guards[k] !== guards[k] && state.every((row) => Number.isFinite(row[k])));
  }
}

/** Raise what is largest so far by a coordinate before a step and by its change. */
function largest(before, after, start, step) {
  for (let j = 0; j < start.length; j++) {
    start[j] = nanMax(start[j], Math.abs(before[j]));
    step[j] = nanMax(step[j], Math.abs(after[j] - before[j]));
  }
}

/** Take the place k where its residual is less than any before. */
function nearer(residual, k, place, least) {
  for (let j = 0; j < place.length; j++) {
    const size = Math.abs(residual[j]);
    if (size < least[j]) {
      place[j] = k;
      least[j] = size;
    }
  }
}

function where(status, code) {
  const index = [];
  for (let j = 0; j < status.length; j++) if (status[j] === code) index.push(j);
  return index;
}

// Orbits followed to their end, many side by side: the same rules, in the same order, as the compiled driver of the
// package (edgestab/numerics/orbits/driver.py). What becomes of an orbit depends on its start alone.
"use strict";

const PENDING = 0, CONVERGED = 1, PERIODIC = 2, BOUNDED = 3, DIVERGED = 4, NONFINITE = 5, UNDECIDED = 6, LEFT_DOMAIN = 8;
const NOTHING = 0, GONE = 1, SMALL = 2, NEW = 3, LATER = 4;

/** The lanes of a module: its state in rows 0 .. n - 1, its parameters in the next m, and two copies of both. */
class Lanes {
  constructor(module) {
    const { n_state: n, n_parameters: m } = module.about;
    this.module = module;
    this.n = n;
    this.m = m;
    const block = n + m;
    this.bases = [0, block, 2 * block];
    this.extra = 3 * block; // residuals, sizes, bounds, counts
    if (this.extra + 4 > FIRST_COLUMN_ROW) throw new Error("the step has too many state variables");
    this.rows = this.bases.map((b) => Array.from({ length: block }, (_, k) => module.row(b + k)));
    this.scratch = Array.from({ length: 4 }, (_, k) => module.row(this.extra + k));
  }

  where(block) {
    const base = this.bases[block];
    return [this.module.address(base), this.module.address(base + this.n)];
  }

  advance(width, steps) {
    const group = 2 * this.module.about.group;
    const [x, p] = this.where(0);
    this.module.exports.advance(x, p, Math.ceil(width / group), steps);
  }

  look(block, width, residuals, sizes) {
    const [x, p] = this.where(block);
    this.module.exports.look(x, p, (width + 1) >> 1, this.module.address(this.extra), this.module.address(this.extra + 1));
    residuals.set(this.scratch[0].subarray(0, width));
    sizes.set(this.scratch[1].subarray(0, width));
  }

  /** Step the lanes of a block while they are inside their radius, or away from rest; return how often. */
  until(name, block, width, bounds, limit) {
    const [x, p] = this.where(block);
    this.scratch[2].set(bounds.subarray(0, width));
    if (width & 1) this.scratch[2][width] = bounds[width - 1];
    const [b, c] = [this.module.address(this.extra + 2), this.module.address(this.extra + 3)];
    this.module.exports[name](x, p, (width + 1) >> 1, b, limit, c);
    return this.scratch[3];
  }
}

function copy(from, j, to, k) {
  for (let r = 0; r < from.length; r++) to[r][k] = from[r][j];
}

/**
 * Follow orbits to their end.
 * starts, parameters: rows of numbers, one for each orbit; tolerance, perLength, maxSteps, radius: one for each orbit.
 */
function drive(lanes, watched, starts, parameters, tolerance, perLength, maxSteps, radius, checkEvery) {
  const { n } = lanes;
  const count = starts[0].length;
  const out = {
    status: new Int8Array(count),
    steps: new Float64Array(count),
    final: starts.map((row) => Float64Array.from(row)),
    residual: new Float64Array(count).fill(Infinity),
    ratio: new Float64Array(count).fill(Infinity),
  };
  const width = Math.min(lanes.module.lanes, count);
  const [all, left, come] = lanes.rows;
  const given = [...starts, ...parameters];
  const saved = all.slice(0, n).map(() => new Float64Array(width));
  const index = new Int32Array(width);
  const [place, fate, arrival] = [new Int32Array(width), new Int8Array(width), new Float64Array(width).fill(-1)];
  const [age, end] = [new Float64Array(width), new Float64Array(width)];
  const [size, bound, least, unit, allowed] = Array.from({ length: 5 }, () => new Float64Array(width));
  let [before, after] = [new Float64Array(width), new Float64Array(width)];
  const [leftRadius, comeTolerance] = [new Float64Array(width), new Float64Array(width)];
  let queued = 0;
  let active = 0;

  function begin(j) {
    copy(given, queued, all, j);
    bound[j] = radius[queued];
    least[j] = tolerance[queued];
    unit[j] = perLength[queued];
    index[j] = queued;
    end[j] = maxSteps[queued];
    age[j] = 0;
    arrival[j] = -1;
    queued += 1;
  }

  while (queued < count && active < width) begin(active++);
  lanes.look(0, active, before, size);
  while (active > 0) {
    for (let r = 0; r < n; r++) saved[r].set(all[r].subarray(0, active));
    lanes.advance(active, checkEvery);
    lanes.look(0, active, after, size);
    let events = 0;
    for (let j = 0; j < active; j++) {
      age[j] += checkEvery;
      allowed[j] = least[j] * Math.max(1, size[j] * unit[j]);
      const small = after[j] <= allowed[j] && after[j] <= before[j];
      const away = !(size[j] <= bound[j]);
      const late = arrival[j] >= 0 || age[j] >= end[j];
      fate[j] = away ? GONE : small ? SMALL : late ? LATER : NOTHING;
      if (fate[j] !== NOTHING) events += 1;
    }
    if (events === 0) {
      [before, after] = [after, before];
      continue;
    }
    let gone = 0;
    let fresh = 0;
    for (let j = 0; j < active; j++) {
      const isGone = fate[j] === GONE;
      if (!isGone && !(fate[j] === SMALL && arrival[j] < 0)) continue;
      const target = isGone ? left : come;
      const k = isGone ? gone++ : fresh++;
      if (isGone) leftRadius[k] = bound[j];
      else {
        fate[j] = NEW;
        comeTolerance[k] = allowed[j];
      }
      place[j] = k;
      for (let r = 0; r < n; r++) target[r][k] = saved[r][j];
      for (let r = n; r < all.length; r++) target[r][k] = all[r][j];
    }
    const leftSteps = gone > 0 ? Float64Array.from(lanes.until("leave", 1, gone, leftRadius, checkEvery)) : null;
    const comeSteps = fresh > 0 ? Float64Array.from(lanes.until("arrive", 2, fresh, comeTolerance, checkEvery)) : null;
    const begun = [];
    let j = 0;
    while (j < active) {
      if (fate[j] === NOTHING) {
        before[j] = after[j];
        j += 1;
        continue;
      }
      const [i, k] = [index[j], place[j]];
      let outcome = 0;
      if (fate[j] === GONE) {
        age[j] += leftSteps[k] - checkEvery;
        outcome = DIVERGED;
        for (let r = 0; r < watched; r++) if (!Number.isFinite(left[r][k])) outcome = NONFINITE;
        for (let r = 0; r < n; r++) out.final[r][i] = left[r][k];
      } else {
        if (fate[j] === LATER) arrival[j] = -1;
        else {
          if (fate[j] === NEW) arrival[j] = age[j] - checkEvery + comeSteps[k];
          if (before[j] <= 2 * allowed[j]) {
            outcome = CONVERGED;
            out.steps[i] = arrival[j];
          }
        }
        if (outcome === 0 && age[j] >= end[j]) outcome = UNDECIDED;
        if (outcome !== 0) {
          out.residual[i] = after[j];
          out.ratio[i] = before[j] > 0 ? after[j] / before[j] : 0;
          for (let r = 0; r < n; r++) out.final[r][i] = all[r][j];
        }
      }
      if (outcome === 0) {
        before[j] = after[j];
        j += 1;
        continue;
      }
      out.status[i] = outcome;
      if (outcome !== CONVERGED) out.steps[i] = age[j];
      if (queued < count) {
        begin(j);
        begun.push(j);
        j += 1;
      } else {
        active -= 1;
        copy(all, active, all, j);
        for (const a of [index, age, end, arrival, before, after, allowed, bound, least, unit, fate, place]) a[j] = a[active];
      }
    }
    if (begun.length > 0) {
      begun.forEach((lane, k) => copy(all, lane, come, k));
      lanes.look(2, begun.length, after, size);
      begun.forEach((lane, k) => (before[lane] = after[k]));
    }
  }
  return out;
}

/** Every orbit after exactly `steps` steps, with no test on the way; rows are changed in place. */
function advance(lanes, state, parameters, steps, each = null) {
  const count = steps > 0 ? state[0].length : 0; // the modules' loops are left at their ends
  const [all] = lanes.rows;
  for (let first = 0; first < count; first += lanes.module.lanes) {
    const width = Math.min(lanes.module.lanes, count - first);
    [...state, ...parameters].forEach((row, r) => all[r].set(row.subarray(first, first + width)));
    if (each === null) lanes.advance(width, steps);
    else
      for (let step = 1; step <= steps; step++) {
        lanes.advance(width, 1);
        each(step, all, width, first);
      }
    state.forEach((row, r) => row.set(all[r].subarray(0, width), first));
  }
  return state;
}

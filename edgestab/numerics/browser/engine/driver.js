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
 * Orbits on their way: which lane has which, how old it is, and what was last seen of it.
 * The methods are short, and take no lists apart: what compiles them at run time takes longer over long ones than all
 * pixels of a picture take.
 */
class Run {
  constructor(lanes, watched, given, { tolerance, perLength, maxSteps, radius }, checkEvery) {
    const count = given[0].length;
    const width = Math.min(lanes.module.lanes, count);
    const numbers = () => new Float64Array(width);
    this.lanes = lanes;
    this.watched = watched;
    this.given = given;
    this.tolerance = tolerance;
    this.perLength = perLength;
    this.maxSteps = maxSteps;
    this.radius = radius;
    this.checkEvery = checkEvery;
    this.count = count;
    this.width = width;
    this.n = lanes.n;
    this.all = lanes.rows[0];
    this.left = lanes.rows[1];
    this.come = lanes.rows[2];
    this.saved = this.all.slice(0, this.n).map(numbers);
    this.index = new Int32Array(width);
    this.place = new Int32Array(width);
    this.fate = new Int8Array(width);
    this.arrival = numbers().fill(-1);
    this.age = numbers();
    this.end = numbers();
    this.size = numbers();
    this.bound = numbers();
    this.least = numbers();
    this.unit = numbers();
    this.allowed = numbers();
    this.before = numbers();
    this.after = numbers();
    this.leftRadius = numbers();
    this.comeTolerance = numbers();
    this.leftSteps = numbers();
    this.comeSteps = numbers();
    this.queued = 0;
    this.active = 0;
    this.status = new Int8Array(count);
    this.steps = new Float64Array(count);
    this.final = given.slice(0, this.n).map((row) => Float64Array.from(row));
    this.residual = new Float64Array(count).fill(Infinity);
    this.ratio = new Float64Array(count).fill(Infinity);
  }

  /** Begin the next orbit in a lane. */
  begin(j) {
    const next = this.queued++;
    copy(this.given, next, this.all, j);
    this.bound[j] = this.radius[next];
    this.least[j] = this.tolerance[next];
    this.unit[j] = this.perLength[next];
    this.index[j] = next;
    this.end[j] = this.maxSteps[next];
    this.age[j] = 0;
    this.arrival[j] = -1;
  }

  fill() {
    while (this.queued < this.count && this.active < this.width) this.begin(this.active++);
    this.lanes.look(0, this.active, this.before, this.size);
  }

  advance() {
    const { n, all, saved, active, lanes } = this;
    for (let r = 0; r < n; r++) saved[r].set(all[r].subarray(0, active));
    lanes.advance(active, this.checkEvery);
    lanes.look(0, active, this.after, this.size);
  }

  /** Say of every lane what has become of it; return how many are more than on their way. */
  judge() {
    const { active, checkEvery, age, allowed, least, size, unit, before, after, bound, arrival, end, fate } = this;
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
    return events;
  }

  swap() {
    const { before } = this;
    this.before = this.after;
    this.after = before;
  }

  /** Go back to where those were that went away or came to rest, and count the steps that it took them. */
  replay() {
    const { active, fate, arrival, allowed, bound, place, left, come, lanes, checkEvery } = this;
    let gone = 0;
    let fresh = 0;
    for (let j = 0; j < active; j++) {
      if (fate[j] === GONE) {
        this.leftRadius[gone] = bound[j];
        place[j] = gone;
        this.apart(j, left, gone++);
      } else if (fate[j] === SMALL && arrival[j] < 0) {
        fate[j] = NEW;
        this.comeTolerance[fresh] = allowed[j];
        place[j] = fresh;
        this.apart(j, come, fresh++);
      }
    }
    if (gone > 0) this.leftSteps.set(lanes.until("leave", 1, gone, this.leftRadius, checkEvery).subarray(0, gone));
    if (fresh > 0) this.comeSteps.set(lanes.until("arrive", 2, fresh, this.comeTolerance, checkEvery).subarray(0, fresh));
  }

  apart(j, target, k) {
    const { n, all, saved } = this;
    for (let r = 0; r < n; r++) target[r][k] = saved[r][j];
    for (let r = n; r < all.length; r++) target[r][k] = all[r][j];
  }

  /** Take out the lanes that have ended, and begin others in them while there are any. */
  settle() {
    const begun = [];
    let j = 0;
    while (j < this.active) {
      const outcome = this.fate[j] === NOTHING ? 0 : this.fate[j] === GONE ? this.gone(j) : this.rested(j);
      if (outcome === 0) {
        this.before[j] = this.after[j];
        j += 1;
        continue;
      }
      const i = this.index[j];
      this.status[i] = outcome;
      if (outcome !== CONVERGED) this.steps[i] = this.age[j];
      if (this.queued < this.count) {
        this.begin(j);
        begun.push(j);
        j += 1;
      } else this.close(j);
    }
    if (begun.length > 0) this.lookAtBegun(begun);
  }

  gone(j) {
    const { left, final, watched, n } = this;
    const i = this.index[j];
    const k = this.place[j];
    this.age[j] += this.leftSteps[k] - this.checkEvery;
    let outcome = DIVERGED;
    for (let r = 0; r < watched; r++) if (!Number.isFinite(left[r][k])) outcome = NONFINITE;
    for (let r = 0; r < n; r++) final[r][i] = left[r][k];
    return outcome;
  }

  rested(j) {
    const { arrival, age, before, after, all, final, n } = this;
    const i = this.index[j];
    let outcome = 0;
    if (this.fate[j] === LATER) arrival[j] = -1;
    else {
      if (this.fate[j] === NEW) arrival[j] = age[j] - this.checkEvery + this.comeSteps[this.place[j]];
      if (before[j] <= 2 * this.allowed[j]) {
        outcome = CONVERGED;
        this.steps[i] = arrival[j];
      }
    }
    if (outcome === 0 && age[j] >= this.end[j]) outcome = UNDECIDED;
    if (outcome === 0) return 0;
    this.residual[i] = after[j];
    this.ratio[i] = before[j] > 0 ? after[j] / before[j] : 0;
    for (let r = 0; r < n; r++) final[r][i] = all[r][j];
    return outcome;
  }

  /** Move the last lane into one that has nothing more to do. */
  close(j) {
    const last = --this.active;
    copy(this.all, last, this.all, j);
    this.index[j] = this.index[last];
    this.fate[j] = this.fate[last];
    this.place[j] = this.place[last];
    this.age[j] = this.age[last];
    this.end[j] = this.end[last];
    this.arrival[j] = this.arrival[last];
    this.before[j] = this.before[last];
    this.after[j] = this.after[last];
    this.allowed[j] = this.allowed[last];
    this.bound[j] = this.bound[last];
    this.least[j] = this.least[last];
    this.unit[j] = this.unit[last];
  }

  lookAtBegun(begun) {
    for (let k = 0; k < begun.length; k++) copy(this.all, begun[k], this.come, k);
    this.lanes.look(2, begun.length, this.after, this.size);
    for (let k = 0; k < begun.length; k++) this.before[begun[k]] = this.after[k];
  }
}

/**
 * Follow orbits to their end.
 * starts, parameters: rows of numbers, one for each orbit; tolerance, perLength, maxSteps, radius: one for each orbit.
 */
function drive(lanes, watched, starts, parameters, tolerance, perLength, maxSteps, radius, checkEvery) {
  const limits = { tolerance, perLength, maxSteps, radius };
  const run = new Run(lanes, watched, [...starts, ...parameters], limits, checkEvery);
  run.fill();
  while (run.active > 0) {
    run.advance();
    if (run.judge() === 0) run.swap();
    else {
      run.replay();
      run.settle();
    }
  }
  return run;
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

// Whether an orbit that stopped stands beside a minimum: as edgestab/numerics/orbits/stopping.py, which says why.
"use strict";

/** The matrices of a program's outputs, one for each column: entries i of the j-th at i + size j. */
function matrices(module, name, inputs, count) {
  const rows = module.columns(name, inputs, count);
  const size = rows.length;
  const flat = new Float64Array(size * count);
  rows.forEach((row, i) => {
    for (let j = 0; j < count; j++) flat[i + size * j] = row[j];
  });
  return flat;
}

function matrixOf(flat, size, j) {
  return flat.subarray(size * j, size * (j + 1));
}

/** What is found beside each last iterate, in the coordinates in which a limit is proved. */
function stopped(engine, state, parameters, starts) {
  const { module, spec } = engine;
  const { provable, constants: c, sets } = spec.modules;
  const count = state[0].length;
  const own = provable.chart ? (rows) => module.columns("chart", [...rows, ...parameters], count) : (rows) => rows;
  const [here, began] = [own(state), own(starts)];
  const n = here.length;
  const size = lengths(provable.lengths.map((k) => began[k]), count);
  lengths(provable.lengths.map((k) => here[k]), count).forEach((v, j) => {
    if (v > size[j] || v !== v) size[j] = v;
  });
  const found = {
    attracting: new Uint8Array(count),
    place: new Int8Array(count).fill(-1),
    distance: new Float64Array(count).fill(Infinity),
    limit: here.map((row) => Float64Array.from(row)),
    size,
  };
  if (!module.has("provable_jacobian") || count === 0) return found;
  const jacobian = matrices(module, "provable_jacobian", [...here, ...parameters], count);
  for (let number = 0; number < sets.length; number++)
    if (sets[number].equations) onOne(engine, found, number, sets[number].equations, jacobian, here, parameters);
  const left = [...Array(count).keys()].filter((j) => !found.attracting[j]);
  if (left.length > 0) isolated(engine, found, jacobian, here, parameters, left);
  return found;
}

/** Find those that a set of minima with so many equations attracts. */
function onOne(engine, found, number, equations, jacobian, here, parameters) {
  const { module, spec } = engine;
  const { constants: c } = spec.modules;
  const { size } = found;
  const { on, move, there: beside } = onSet(engine, number, equations, here, parameters, size);
  const n = here.length;
  const neutral = n - equations;
  const index = [];
  const length = lengths(move, on.length);
  for (let j = 0; j < on.length; j++)
    if (on[j] && length[j] <= c.beside * size[j] && outerRadius(matrixOf(jacobian, n * n, j), n, neutral) <= 1 + c.outside)
      index.push(j);
  const limits = taken(beside, index);
  const own = taken(parameters, index);
  const there = matrices(module, "provable_jacobian", [...limits, ...own], index.length);
  const moved = lengths(differences(module.columns("provable_step", [...limits, ...own], index.length), limits), index.length);
  for (let k = 0; k < index.length; k++) {
    const j = index[k];
    if (!(outerRadius(matrixOf(there, n * n, k), n, neutral) <= 1 + c.outside)) continue;
    if (!(moved[k] <= c.rounding * size[j] + 0.01 * length[j])) continue;
    found.attracting[j] = 1;
    if (!(length[j] < found.distance[j])) continue;
    found.place[j] = number;
    found.distance[j] = length[j];
    for (let r = 0; r < n; r++) found.limit[r][j] = limits[r][k];
  }
}

/** The differences of two lists of rows. */
function differences(rows, others) {
  return rows.map((row, r) => row.map((v, k) => v - others[r][k]));
}

/** Whether a point of a set of minima is beside each state, and the step of Gauss and Newton to it. */
function onSet(engine, number, k, state, parameters, size) {
  const { module } = engine;
  const n = state.length;
  const count = state[0].length;
  const values = [...state, ...parameters];
  const on = new Uint8Array(count);
  const at = {
    n,
    k,
    on,
    move: state.map(() => new Float64Array(count)),
    rho: matrices(module, `set_${number}`, values, count),
    slopes: matrices(module, `slopes_${number}`, values, count),
    inverses: new Float64Array(n * k * count),
    units: new Float64Array(k * count),
  };
  for (let j = 0; j < count; j++) on[j] = inUnits(at, j) && leads(at, j) ? 1 : 0;
  const there = state.map((row, a) => row.map((v, j) => v + at.move[a][j]));
  const after = {
    rho: matrices(module, `set_${number}`, [...there, ...parameters], count),
    slopes: matrices(module, `slopes_${number}`, [...there, ...parameters], count),
  };
  const c = engine.spec.modules.constants;
  for (let j = 0; j < count; j++) if (on[j]) on[j] = stays(at, after, j, size[j], c.rounding, c.change) ? 1 : 0;
  return { on, move: at.move, there };
}

/** Measure each equation in the steepness that it has at state j; whether all is finite. */
function inUnits({ n, k, rho, slopes, units }, j) {
  let good = true;
  for (let i = 0; i < k; i++) {
    const first = n * (k * j + i);
    let square = 0;
    for (let a = 0; a < n; a++) square += slopes[first + a] ** 2;
    const steepness = Math.sqrt(square);
    const unit = steepness > 0 && Number.isFinite(steepness) ? steepness : 1;
    units[k * j + i] = unit;
    rho[k * j + i] /= unit;
    good = good && Number.isFinite(rho[k * j + i]);
    for (let l = first; l < first + n; l++) {
      slopes[l] /= unit;
      good = good && Number.isFinite(slopes[l]);
    }
  }
  return good;
}

/** The step from state j; whether to first order it leads to the set. */
function leads({ n, k, rho, slopes, inverses, move }, j) {
  const at = k * j;
  const from = k * n * j;
  rightInverse(slopes, from, k, n, inverses, from);
  let some = false;
  for (let a = 0; a < n; a++)
    for (let i = 0; i < k; i++) {
      const entry = inverses[from + a * k + i];
      move[a][j] -= entry * rho[at + i];
      some = some || entry !== 0;
    }
  let left = 0;
  let all = 0;
  for (let i = 0; i < k; i++) {
    let rest = rho[at + i];
    for (let a = 0; a < n; a++) rest += slopes[from + i * n + a] * move[a][j];
    left += rest * rest;
    all += rho[at + i] ** 2;
  }
  return some && Math.sqrt(left) <= 1e-6 * Math.sqrt(all);
}

/** Whether the derivative hardly changes along the step of state j, and the next step is shorter by that factor. */
function stays({ n, k, move, units, slopes, inverses }, after, j, size, roundingOf, changeAtMost) {
  const at = k * j;
  const from = k * n * j;
  let change = 0;
  let again = 0;
  let length = 0;
  let inverted = 0;
  let slope = 0;
  for (let a = 0; a < n; a++) {
    let step = 0;
    for (let i = 0; i < k; i++) {
      const entry = inverses[from + a * k + i];
      step += entry * (after.rho[at + i] / units[at + i]);
      inverted += entry ** 2;
      slope += slopes[from + i * n + a] ** 2;
    }
    again += step * step;
    length += move[a][j] ** 2;
    for (let b = 0; b < n; b++) {
      let sum = 0;
      for (let i = 0; i < k; i++)
        sum += inverses[from + a * k + i] * (after.slopes[from + i * n + b] / units[at + i] - slopes[from + i * n + b]);
      change += sum * sum;
    }
  }
  const rounding = roundingOf * size * (1 + Math.sqrt(inverted) * Math.sqrt(slope));
  const small = Math.sqrt(again) <= Math.max(changeAtMost * Math.sqrt(length), rounding);
  return Math.sqrt(change) <= changeAtMost && small;
}

/** The isolated fixed points that attract, beside those states that are on no set. */
function isolated(engine, found, jacobian, state, parameters, left) {
  const { module, spec } = engine;
  const { constants: c, provable } = spec.modules;
  const n = state.length;
  const identity = (i) => (i % (n + 1) === 0 ? 1 : 0);
  const index = left.filter((j) => {
    const matrix = matrixOf(jacobian, n * n, j);
    if (!(outerRadius(matrix, n, 0) <= 1 + c.outside)) return false;
    const shifted = matrix.map((v, i) => v - identity(i));
    return Math.min(...spectrum(shifted, n).map(([re, im]) => Math.hypot(re, im))) > c.resolved;
  });
  if (index.length === 0) return;
  const own = taken(parameters, index);
  const here = taken(state, index);
  const moved = (rows) =>
    module.columns("provable_step", [...rows, ...own], index.length).map((row, a) => row.map((v, k) => v - rows[a][k]));
  const moves = here.map(() => new Float64Array(index.length).fill(NaN));
  const first = moved(here);
  const inverses = index.map((j, k) => {
    const inverted = inverse(matrixOf(jacobian, n * n, j).map((v, i) => v - identity(i)), n);
    if (inverted !== null) newton(inverted, n, first, k).forEach((v, a) => (moves[a][k] = v));
    return inverted;
  });
  const there = here.map((row, a) => row.map((v, k) => v + moves[a][k]));
  const second = moved(there);
  const jacobianThere = matrices(module, "provable_jacobian", [...there, ...own], index.length);
  let good = [];
  index.forEach((j, k) => {
    const inverted = inverses[k];
    if (inverted === null) return;
    const again = euclidean(newton(inverted, n, second, k));
    const before = matrixOf(jacobian, n * n, j);
    const after = matrixOf(jacobianThere, n * n, k);
    let change = 0;
    for (let a = 0; a < n; a++)
      for (let b = 0; b < n; b++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += inverted[a * n + i] * (after[i * n + b] - before[i * n + b]);
        change += sum * sum;
      }
    const length = euclidean(column(moves, k));
    const rounding = c.rounding * found.size[j] * (1 + euclidean(inverted));
    if (!(again <= Math.max(c.change * length, rounding))) return;
    const smooth = Math.sqrt(change) <= c.change;
    const reach = Math.max(length, rounding);
    good.push({ j, k, smooth: smooth || (provable.kinks && again <= rounding), reach: reach > 0 ? reach : c.rounding });
  });
  good = good.filter((g) => g.smooth);
  if (provable.kinks) good = attractsAround(engine, good, there, own);
  good = stationary(engine, good, there, own, found.size);
  for (const { j, k } of good) {
    found.attracting[j] = 1;
    found.distance[j] = euclidean(column(moves, k));
    there.forEach((row, a) => (found.limit[a][j] = row[k]));
    found.place[j] = isolatedPlace(spec, column(there, k), found.size[j]);
  }
}

function newton(inverted, n, moved, k) {
  const step = new Float64Array(n);
  for (let a = 0; a < n; a++) for (let i = 0; i < n; i++) step[a] -= inverted[a * n + i] * moved[i][k];
  return step;
}

function spectrum(matrix, n) {
  if (n === 1) return [[matrix[0], 0]];
  return n === 2 ? pair(...matrix) : eigenvalues(matrix, n);
}

/** Those whose fixed point attracts on both sides of it along every axis: it may lie on a kink. */
function attractsAround(engine, good, there, parameters) {
  const { module, spec } = engine;
  const c = spec.modules.constants;
  const n = there.length;
  const keep = good.map(() => true);
  const own = taken(parameters, good.map((g) => g.k));
  const centre = taken(there, good.map((g) => g.k));
  for (let axis = 0; axis < n; axis++)
    for (const side of [-1, 1]) {
      const beside = centre.map((row, a) => row.map((v, i) => (a === axis ? v + side * good[i].reach : v)));
      const slopes = matrices(module, "provable_jacobian", [...beside, ...own], good.length);
      const after = module.columns("provable_step", [...beside, ...own], good.length);
      good.forEach((g, i) => {
        const away = euclidean(after.map((row, a) => row[i] - centre[a][i]));
        if (!(outerRadius(matrixOf(slopes, n * n, i), n, 0) < 1 - c.resolved && away < c.far * g.reach)) keep[i] = false;
      });
    }
  return good.filter((_, i) => keep[i]);
}

/** Those at which the gradient vanishes, and the loss curves downwards nowhere. */
function stationary(engine, good, there, parameters, size) {
  const { module, spec } = engine;
  const { constants: c, loss } = spec.modules;
  if (!module.has("stationary") || good.length === 0) return good;
  const n = loss.parameters;
  const at = taken(there.slice(0, n), good.map((g) => g.k));
  const own = taken(parameters, good.map((g) => g.k));
  const entries = module.columns("stationary", [...at, ...loss.constants.map((i) => own[i])], good.length);
  return good.filter((g, i) => {
    const values = column(entries, i);
    const gradient = euclidean(values.subarray(0, n));
    const hessian = values.subarray(n);
    if (!(gradient === 0 || gradient <= c.same * euclidean(hessian) * size[g.j])) return false;
    if (loss.gradient_descent) return true;
    if (!hessian.every(Number.isFinite)) return false;
    const found = symmetric(hessian, n).values;
    return found[0] >= -c.same * Math.max(...found.map(Math.abs));
  });
}

/** The number of the named minimum that an isolated limit is; else of the set of all others, -1 for none. */
function isolatedPlace(spec, limit, size) {
  const { sets, rest, constants: c } = spec.modules;
  let place = rest;
  let nearest = Infinity;
  sets.forEach((set, number) => {
    if (!set.centre) return;
    const away = euclidean(set.centre.map((v, a) => limit[a] - v));
    if (away <= c.same * size && away < nearest) [place, nearest] = [number, away];
  });
  return place;
}

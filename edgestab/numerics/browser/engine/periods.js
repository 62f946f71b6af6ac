// The periods of the cycles that orbits have settled on: as edgestab/numerics/orbits/periods.py, which says why.
"use strict";

/** The least period of each orbit's cycle, 0 where it is on none. */
function periods(engine, start, final, parameters) {
  const c = engine.spec.modules.constants;
  const count = final[0].length;
  const period = new Int16Array(count);

  function look(index, longest) {
    const most = Math.floor((c.most * c.soon) / longest);
    for (let first = 0; first < index.length; first += most) {
      const part = index.slice(first, first + most);
      const own = taken(parameters, part);
      const orbit = recorded(engine, taken(final, part), own, 2 * longest);
      const found = returning(c, orbit, taken(start, part), longest);
      attractingCycles(engine, orbit, own, found);
      part.forEach((j, k) => (period[j] = found[k]));
    }
  }

  look([...Array(count).keys()], c.soon);
  const rest = [...Array(count).keys()].filter((j) => period[j] === 0);
  if (rest.length > 0) {
    const own = taken(parameters, rest);
    const begin = taken(final, rest);
    const size = rest.map((_, k) => Math.max(...begin.map((row) => Math.abs(row[k]))));
    const after = (rows, steps) => advance(engine.lanes, rows.map((r) => Float64Array.from(r)), own, steps);
    const next = after(begin, 1);
    const one = after(begin, 2 * c.soon);
    const other = after(begin.map((row) => row.map((v, k) => v + c.apart * size[k])), 2 * c.soon);
    const farthest = (a, b, k) => a.reduce((most, row, r) => nanMax(most, Math.abs(row[k] - b[r][k])), 0);
    const calm = rest.filter(
      (_, k) => farthest(other, one, k) <= c.chaotic * c.apart * size[k] && farthest(next, begin, k) > c.moved * size[k],
    );
    look(calm, c.longest);
  }
  return period;
}

function nanMax(a, b) {
  return b > a || b !== b ? b : a;
}

/** The states of orbits, the first ones included: orbit[step][row][j]. */
function recorded(engine, state, parameters, steps) {
  const orbit = [state.map((row) => Float64Array.from(row))];
  const count = state[0].length;
  for (let step = 1; step <= steps; step++) orbit.push(state.map(() => new Float64Array(count)));
  advance(engine.lanes, state.map((row) => Float64Array.from(row)), parameters, steps, (step, rows, width, first) => {
    state.forEach((_, r) => orbit[step][r].set(rows[r].subarray(0, width), first));
  });
  return orbit;
}

/** The least period, up to the longest, with which each orbit returns twice, 0 where it does not. */
function returning(c, orbit, start, longest) {
  const begin = orbit[0];
  const n = begin.length;
  const count = begin[0].length;
  const found = new Int16Array(count);
  for (let j = 0; j < count; j++) {
    const scale = begin.map((_, r) => {
      let most = Math.abs(start[r][j]);
      for (const state of orbit) most = nanMax(most, Math.abs(state[r][j]));
      return c.near * most;
    });
    let [moved, least] = [false, Infinity];
    for (let r = 0; r < n; r++) {
      if (Math.abs(orbit[1][r][j] - begin[r][j]) > (c.moved / c.near) * scale[r]) moved = true;
      if (scale[r] < least || scale[r] !== scale[r]) least = scale[r];
    }
    if (!moved) continue;
    const close = (t) => begin.every((row, r) => Math.abs(orbit[t][r][j] - row[j]) <= scale[r]);
    for (let p = 2; p <= longest; p++) {
      if (!close(p) || !close(2 * p)) continue;
      let [first, second] = [0, 0];
      for (let r = 0; r < n; r++) {
        first = nanMax(first, Math.abs(orbit[p][r][j] - begin[r][j]));
        second = nanMax(second, Math.abs(orbit[2 * p][r][j] - orbit[p][r][j]));
      }
      if (second <= 0.999 * first || first <= 1e-3 * least) {
        found[j] = p;
        break;
      }
    }
  }
  return found;
}

/** Forget the periods of cycles with a multiplier outside the unit circle. */
function attractingCycles(engine, orbit, parameters, period) {
  const { module } = engine;
  if (!module.has("jacobian")) return;
  const n = orbit[0].length;
  for (let j = 0; j < period.length; j++) {
    if (period[j] === 0) continue;
    const p = period[j];
    const states = orbit[0].map((_, r) => Float64Array.from({ length: p }, (_, t) => orbit[t][r][j]));
    const flat = matrices(module, "jacobian", [...states, ...parameters.map((row) => row[j])], p);
    let product = Float64Array.from({ length: n * n }, (_, i) => (i % (n + 1) === 0 ? 1 : 0));
    for (let t = 0; t < p; t++) {
      const step = matrixOf(flat, n * n, t);
      const next = new Float64Array(n * n);
      for (let a = 0; a < n; a++)
        for (let b = 0; b < n; b++) for (let i = 0; i < n; i++) next[a * n + b] += step[a * n + i] * product[i * n + b];
      product = next;
    }
    if (!(outerRadius(product, n, 0) <= 1 + 1e-7)) period[j] = 0;
  }
}

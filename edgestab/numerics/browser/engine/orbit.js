// One orbit in full: its states, and what the loss and its Hessian are there.
"use strict";

function orbit(engine, { start, fixed, steps, most }) {
  const { spec } = engine;
  if (!(Number.isInteger(steps) && steps >= 0 && steps <= 1e5)) throw new Error("an orbit is shown for at most 100000 steps");
  const exact = (values, name) => {
    if (!Object.hasOwn(values, name)) throw new Error(`no value is given for ${name}`);
    const { p, q } = exactly(values[name]);
    return Float64Array.of(nearest(p, q));
  };
  const state = spec.state.map((name) => exact(start, name));
  const parameters = spec.parameters.map((name) => exact(fixed, name));
  spec.parameters.forEach((name, k) => requireUsable(name, parameters[k][0]));
  const n = state.length;
  const rows = state.map((row) => [row[0]]);
  advance(engine.lanes, state.map((row) => Float64Array.from(row)), parameters, steps, (_, lanes) => {
    if (rows.every((row) => Number.isFinite(row[row.length - 1]))) rows.forEach((row, k) => row.push(lanes[k][0]));
  });
  const count = rows[0].length;
  const columns = rows.map((row) => Float64Array.from(row));
  const own = parameters.map((row) => new Float64Array(count).fill(row[0]));
  const states = new Float64Array(count * n);
  columns.forEach((row, k) => row.forEach((v, t) => (states[t * n + k] = v)));
  const spectra = engine.spectra(columns, own, count);
  const last = (s, k) => s.values[s.values.length - k] ?? NaN;
  const first = spectra[0].vectors[spectra[0].values.length - 1];
  const angle = spectra.map((s) => {
    const v = s.vectors[s.values.length - 1];
    return v && first ? Math.acos(Math.min(1, Math.abs(v.reduce((sum, e, k) => sum + e * first[k], 0)))) : NaN;
  });
  const nothing = () => new Float64Array(count).fill(NaN);
  const orbits = engine.follow(state, parameters, most ?? spec.steps);
  const end = engine.outcomes(orbits, state, parameters);
  return {
    states,
    loss: engine.module.has("loss") ? engine.module.columns("loss", engine.ofLoss(columns, own), count)[0] : nothing(),
    sharpness: Float64Array.from(spectra, (s) => last(s, 1)),
    second: Float64Array.from(spectra, (s) => last(s, 2)),
    angle: Float64Array.from(angle),
    outcome: {
      status: end.status[0],
      limit: end.limit[0],
      period: end.period[0],
      steps: end.steps[0],
      sharpness: end.sharpness[0],
    },
  };
}

// The phase portrait: levels of the loss, sets of minima with their stability, and the orbit of the start. Of one
// variable: each iterate over the one before.

const GRID = 120;
const LEVELS = 14;
const MOST_SEGMENTS = 4000;

class Portrait {
  constructor(plot, crew, page) {
    Object.assign(this, { plot, crew, page, generation: 0, levels: null, what: "" });
  }

  show(axes, fixed) {
    this.axes = axes;
    const grid = { x: axes.x.counted(GRID), y: axes.y.counted(GRID) };
    const what = JSON.stringify([grid.x.asked, grid.y.asked, fixed]);
    if (what === this.what || !this.page.data.spec.has_loss || axes.y.name === axes.x.name) return;
    this.what = what;
    const generation = ++this.generation;
    const message = { kind: "levels", axes: { x: grid.x.asked, y: grid.y.asked }, fixed };
    const done = (found) => {
      this.levels = found.error ? null : { ...found, grid, what };
      this.page.changed();
    };
    this.crew.ask(message, { priority: 1, alive: () => this.generation === generation, done });
  }

  draw(theme, eta, orbit, dimension) {
    this.plot.inside((c) => {
      if (this.levels && this.levels.what === this.what) this.#levels(c, theme, eta);
      if (orbit) this.#orbit(c, theme, orbit, dimension);
    });
  }

  #levels(c, theme, eta) {
    const { loss, sharpness, residuals, cycles, grid } = this.levels;
    const place = (x, y) => this.plot.place(this.axes, grid.x.valueAt(x), grid.y.valueAt(y));
    const line = (values, level, colour, wide) => {
      c.strokeStyle = colour;
      c.lineWidth = wide * this.plot.ratio;
      c.beginPath();
      contour(values, GRID, GRID, level, (x0, y0, x1, y1) => {
        c.moveTo(...place(x0, y0));
        c.lineTo(...place(x1, y1));
      });
      c.stroke();
    };
    for (const level of levelsOf(loss, LEVELS)) line(loss, level, theme.line, 1);
    const edge = this.page.data.edge ? 2 / eta : NaN;
    if (Number.isFinite(edge)) line(sharpness, edge, theme.edge, 1.25);
    for (const values of cycles) line(values, 0, theme.cycles, 1.5);
    const at = (x, y) => sharpness[Math.min(GRID - 1, Math.floor(y)) * GRID + Math.min(GRID - 1, Math.floor(x))];
    const stability = (x, y) => (!Number.isFinite(edge) ? theme.ink : at(x, y) < edge ? theme.stable : theme.unstable);
    c.lineCap = "round"; // they are drawn piece by piece, each with its colour
    c.lineWidth = 2.5 * this.plot.ratio;
    residuals.forEach((values, set) => {
      // Where nothing is known but the gradient, its zeros may be maxima and saddles as well: they have no stability.
      const colour = set === this.page.data.stationary ? () => theme.ink : stability;
      const draw = changesSign(values) ? this.#curve : this.#points;
      draw.call(this, c, values, place, colour);
    });
  }

  #curve(c, values, place, colour) {
    contour(values, GRID, GRID, 0, (x0, y0, x1, y1) => {
      c.strokeStyle = colour((x0 + x1) / 2, (y0 + y1) / 2);
      c.beginPath();
      c.moveTo(...place(x0, y0));
      c.lineTo(...place(x1, y1));
      c.stroke();
    });
  }

  #points(c, values, place, colour) {
    const side = 3 * this.plot.ratio;
    zeros(values, GRID, GRID, (x, y) => {
      c.fillStyle = colour(x, y);
      const [px, py] = place(x, y);
      c.fillRect(px - side / 2, py - side / 2, side, side);
    });
  }

  // The iterates in the plane that is shown, as pairs of numbers.
  points(orbit, dimension) {
    const { states } = orbit;
    const many = states.length / dimension;
    const state = this.page.data.spec.state;
    if (dimension === 1) return Array.from({ length: Math.max(0, many - 1) }, (_, k) => [states[k], states[k + 1]]);
    const [i, j] = [state.indexOf(this.axes.x.name), state.indexOf(this.axes.y.name)];
    return Array.from({ length: many }, (_, k) => [states[k * dimension + i], states[k * dimension + j]]);
  }

  #orbit(c, theme, orbit, dimension) {
    const points = this.points(orbit, dimension);
    if (!points.length) return;
    const { ratio } = this.plot;
    if (dimension === 1) {
      const [low, high] = [this.axes.x.low.number, this.axes.x.high.number];
      c.strokeStyle = theme.line;
      c.beginPath();
      c.moveTo(...this.plot.place(this.axes, low, low));
      c.lineTo(...this.plot.place(this.axes, high, high));
      c.stroke();
    }
    c.strokeStyle = theme.orbit;
    c.lineWidth = 0.75 * ratio;
    c.globalAlpha = 0.7;
    c.beginPath();
    points.slice(0, MOST_SEGMENTS).forEach(([x, y], k) => {
      const at = this.plot.place(this.axes, x, y).map((v) => Math.max(-1e6, Math.min(1e6, v)));
      if (!at.every(Number.isFinite)) return;
      if (k) c.lineTo(...at);
      else c.moveTo(...at);
    });
    c.stroke();
    c.globalAlpha = 1;
    c.fillStyle = theme.orbit;
    for (const [x, y] of points) {
      const [px, py] = this.plot.place(this.axes, x, y);
      c.fillRect(px - ratio, py - ratio, 2 * ratio, 2 * ratio);
    }
    this.plot.disc(c, this.plot.place(this.axes, ...points[0]), theme.orbit, theme);
    const end = this.plot.place(this.axes, ...points[points.length - 1]);
    c.strokeStyle = theme.ink;
    c.lineWidth = 2 * ratio;
    c.strokeRect(end[0] - 5 * ratio, end[1] - 5 * ratio, 10 * ratio, 10 * ratio);
  }
}

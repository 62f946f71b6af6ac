// The picture of basins: the outcome of every start of a window, coarse at once and refined to every pixel.

const PASSES = [16, 8, 4, 2, 1];
const PIECE = (stride) => (stride > 2 ? 32 : stride > 1 ? 64 : 128); // pixels of the lattice along the side of a request
const RANKS = 4096; // values that ranks are taken from

class Basin {
  constructor(plot, crew, page) {
    Object.assign(this, { plot, crew, page, generation: 0, seconds: 0 });
    this.raster = new Raster(1, 1);
    this.arithmetic = "";
    this.fault = "";
    this.ranks = null;
  }

  // Show a window: what was shown before and is in it stays, all else is forgotten before anything is drawn.
  show(axes, fixed, colour, theme) {
    const what = JSON.stringify([axes.x.name, axes.y.name, fixed]);
    const shift =
      this.axes && what === this.what ? [this.axes.x.shiftTo(axes.x), this.axes.y.shiftTo(axes.y)] : [null, null];
    const repaint = colour !== this.colour || theme !== this.theme;
    Object.assign(this, { colour, theme });
    if (shift[0] === 0 && shift[1] === 0 && this.raster.width === axes.x.count && this.raster.height === axes.y.count) {
      if (repaint) this.#repaint();
      return;
    }
    this.generation += 1;
    this.began = performance.now();
    this.fault = "";
    const keep = shift[0] !== null && shift[1] !== null;
    this.raster = keep ? this.raster.moved(...shift) : new Raster(axes.x.count, axes.y.count);
    if (!keep) this.ranks = null;
    Object.assign(this, { axes, fixed, what });
    this.image = new ImageData(axes.x.count, axes.y.count);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.#plan();
    this.#repaint();
  }

  #plan() {
    const { raster, generation } = this;
    const alive = () => this.generation === generation;
    this.open = PASSES.map(() => 0);
    this.reached = PASSES[0];
    PASSES.forEach((stride, pass) => {
      const side = stride * PIECE(stride);
      const pieces = [];
      for (let r = 0; r < raster.height; r += side) {
        for (let c = 0; c < raster.width; c += side) {
          const rows = [r, Math.min(r + side, raster.height)];
          const columns = [c, Math.min(c + side, raster.width)];
          const off = Math.hypot(
            (rows[0] + rows[1]) / 2 - raster.height / 2,
            (columns[0] + columns[1]) / 2 - raster.width / 2,
          );
          if (raster.lacks(rows, columns, stride)) pieces.push({ rows, columns, off });
        }
      }
      pieces.sort((a, b) => a.off - b.off);
      this.open[pass] = pieces.length;
      // A coarser pass is taken as done only where this window asked for it: elsewhere pixels are asked for again.
      for (const { rows, columns } of pieces) {
        const axes = { x: this.axes.x.asked, y: this.axes.y.asked };
        const done = pass ? PASSES[pass - 1] : 0;
        const message = { kind: "tile", axes, fixed: this.fixed, rows, columns, stride, done };
        this.crew.ask(message, { priority: 2 + 2 * pass, alive, done: (tile) => this.#take(tile, stride, pass) });
      }
    });
    this.page.changed();
  }

  #take(tile, stride, pass) {
    if (tile.error) {
      this.fault = tile.error;
      this.generation += 1; // what is still asked of this window would fail likewise
      this.page.changed();
      return;
    }
    this.arithmetic = tile.arithmetic;
    this.raster.take(tile);
    const { index } = tile;
    for (let k = 0; k < index.length; k++) this.#paint(index[k], stride);
    this.open[pass] -= 1;
    if (this.open[pass] === 0) {
      this.reached = stride;
      if (this.#valued) this.#repaint();
      if (this.complete) this.seconds = (performance.now() - this.began) / 1000;
    }
    if (this.open[0] > 0 || this.complete) this.page.changed();
    else this.page.progressed();
  }

  get complete() {
    return this.raster.complete;
  }

  get #valued() {
    return ["sharpness", "gap", "steps"].includes(this.colour);
  }

  // The number that a pixel is coloured by, or NaN where it has none.
  value(i) {
    const { status, sharpness, steps } = this.raster;
    const ended = status[i] === STATUS.CONVERGED;
    if (this.colour === "steps") {
      return ended || status[i] === STATUS.DIVERGED || status[i] === STATUS.NONFINITE ? steps[i] : NaN;
    }
    if (!ended) return NaN;
    if (this.colour === "sharpness") return sharpness[i];
    const eta = this.etaAt(i);
    return (2 / eta - sharpness[i]) / eta;
  }

  etaAt(i) {
    const { x, y } = this.axes;
    if (x.name === "eta") return x.valueAt((i % this.raster.width) + 0.5);
    if (y.name === "eta") return y.valueAt(Math.floor(i / this.raster.width) + 0.5);
    return Number(this.fixed.eta);
  }

  #rank() {
    const { raster } = this;
    const size = raster.known.length;
    const every = Math.max(1, Math.floor(raster.count / RANKS));
    const values = [];
    for (let i = 0, seen = 0; i < size; i++) {
      if (!raster.known[i] || seen++ % every) continue;
      const v = this.value(i);
      if (Number.isFinite(v)) values.push(v);
    }
    this.ranks = values.length ? Float64Array.from(values).sort() : null;
  }

  #shade(i) {
    if (this.#valued) {
      const v = this.value(i);
      if (Number.isFinite(v)) {
        const ranks = this.ranks;
        if (!ranks) return RAMP[128];
        let [low, high] = [0, ranks.length];
        while (low < high) {
          const mid = (low + high) >> 1;
          if (ranks[mid] < v) low = mid + 1;
          else high = mid;
        }
        return RAMP[Math.min(255, Math.floor((256 * low) / ranks.length))];
      }
    }
    const { status, limit, period } = this.raster;
    const key = (status[i] << 24) ^ ((limit[i] & 255) << 16) ^ (period[i] & 65535);
    if (key === this.lastKey) return this.lastShade; // as that of a neighbour, mostly
    let shade = this.shades.get(key);
    if (shade === undefined) {
      const category = categoryOf(this.colour, status[i], limit[i], period[i]);
      shade = packed(categoryColour(category, this.theme, this.#valued));
      this.shades.set(key, shade);
    }
    this.lastKey = key;
    this.lastShade = shade;
    return shade;
  }

  // Colour a pixel, and those of its block that nothing is known about.
  #paint(i, stride) {
    const { width, height, known } = this.raster;
    const { pixels } = this;
    const shade = this.#shade(i);
    const row = Math.floor(i / width);
    const column = i - row * width;
    pixels[(height - 1 - row) * width + column] = shade;
    if (stride === 1) return;
    const top = Math.min(row + stride, height);
    const right = Math.min(column + stride, width);
    for (let r = row; r < top; r++) {
      const line = (height - 1 - r) * width;
      for (let c = column; c < right; c++) if (!known[r * width + c]) pixels[line + c] = shade;
    }
  }

  #repaint() {
    this.shades = new Map();
    this.lastKey = NaN;
    if (!this.pixels) return;
    if (this.#valued) this.#rank();
    this.pixels.fill(0);
    const { known, width } = this.raster;
    const stride = this.reached ?? PASSES[0];
    const lattice = (i) => Math.floor(i / width) % stride === 0 && (i % width) % stride === 0;
    for (let i = 0; i < known.length; i++) if (known[i]) this.#paint(i, lattice(i) ? stride : 1);
  }

  // The categories in view, with the share of what is known, the commonest first.
  categories() {
    const found = new Map();
    for (const { status, limit, period, count } of this.raster.tally.values()) {
      const category = categoryOf(this.colour, status, limit, period);
      if (count) found.set(category, (found.get(category) ?? 0) + count);
    }
    return [...found]
      .map(([category, count]) => ({ category, share: count / this.raster.count, count }))
      .sort((a, b) => b.count - a.count);
  }

  draw() {
    if (this.image) this.plot.paste(this.image);
  }
}

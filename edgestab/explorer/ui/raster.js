// The outcomes of a grid of pixels, row 0 the lowest: which are known, and what they are. Nothing is guessed: a pixel
// that is not known yet may show the colour of a coarser one, but has no outcome.

class Raster {
  constructor(width, height) {
    this.width = width;
    this.height = height;
    const size = width * height;
    this.known = new Uint8Array(size);
    this.status = new Int8Array(size);
    this.limit = new Int8Array(size).fill(-1);
    this.period = new Int16Array(size);
    this.steps = new Int32Array(size);
    this.sharpness = new Float64Array(size).fill(NaN);
    this.count = 0;
    this.tally = new Map(); // how many pixels have each outcome
    this.last = null;
  }

  static get fields() {
    return ["known", "status", "limit", "period", "steps", "sharpness"];
  }

  take(tile) {
    const { index } = tile;
    for (let k = 0; k < index.length; k++) {
      const i = index[k];
      if (this.known[i]) this.#counted(i, -1);
      this.known[i] = 1;
      this.status[i] = tile.status[k];
      this.limit[i] = tile.limit[k];
      this.period[i] = tile.period[k];
      this.steps[i] = tile.steps[k];
      this.sharpness[i] = tile.sharpness[k];
      this.#counted(i, 1);
    }
  }

  #counted(i, change) {
    const { status, limit, period } = this;
    const key = (status[i] << 24) ^ ((limit[i] & 255) << 16) ^ (period[i] & 65535);
    if (this.last?.key !== key) {
      this.last = this.tally.get(key) ?? { key, status: status[i], limit: limit[i], period: period[i], count: 0 };
      this.tally.set(key, this.last);
    }
    this.last.count += change;
    this.count += change;
  }

  // The raster of the window that lies so many pixels to the right and above: what both share is kept.
  moved(right, up) {
    const found = new Raster(this.width, this.height);
    const { width, height } = this;
    if (Math.abs(right) >= width || Math.abs(up) >= height) return found;
    const length = width - Math.abs(right);
    for (let row = Math.max(0, -up); row < Math.min(height, height - up); row++) {
      const to = row * width + Math.max(0, -right);
      const from = (row + up) * width + Math.max(0, right);
      for (const field of Raster.fields) found[field].set(this[field].subarray(from, from + length), to);
    }
    for (let i = 0; i < found.known.length; i++) if (found.known[i]) found.#counted(i, 1);
    return found;
  }

  get complete() {
    return this.count === this.width * this.height;
  }

  // Whether a rectangle has a pixel of a lattice that is not known.
  lacks([r0, r1], [c0, c1], stride) {
    for (let r = Math.ceil(r0 / stride) * stride; r < r1; r += stride) {
      for (let c = Math.ceil(c0 / stride) * stride; c < c1; c += stride) {
        if (!this.known[r * this.width + c]) return true;
      }
    }
    return false;
  }

  // What makes two outcomes the same, in one number; -1 where the pixel is not known.
  get labels() {
    return Int32Array.from(this.known, (known, i) =>
      known ? this.status[i] + 16 * (this.limit[i] + 1) + 4096 * this.period[i] : -1,
    );
  }
}

// The orbit diagram: how often the orbits of the start visit each value, once the first steps are left out, over a
// parameter. First a quarter of the columns with fewer steps, then all.

const COARSE = Object.freeze({ each: 4, settle: 300, kept: 100 });
const FINE = Object.freeze({ each: 1, settle: 2000, kept: 500 });
const COLUMNS = 64;

class Diagram {
  constructor(plot, crew, page) {
    Object.assign(this, { plot, crew, page, generation: 0, what: "" });
  }

  show(axes, start, fixed, observable) {
    // Columns are asked for in pieces, which have the same centres where the pitch is a short decimal.
    const x = axes.x.aligned;
    const what = JSON.stringify([x.asked, axes.y.asked, start, fixed, observable]);
    if (what === this.what) return;
    const generation = ++this.generation;
    Object.assign(this, { what, axes: { x, y: axes.y }, fault: "" });
    const [width, height] = [x.count, axes.y.count];
    this.image = new ImageData(width, height);
    this.pixels = new Uint32Array(this.image.data.buffer);
    this.counts = new Uint32Array(width * height);
    this.done = 0;
    const window = { low: String(axes.y.low), high: String(axes.y.high), count: height };
    for (const { each, settle, kept } of [COARSE, FINE]) {
      const span = COLUMNS * each;
      for (let c = 0; c < width; c += span) {
        const last = each * Math.floor((Math.min(c + span, width) - c) / each);
        if (!last) continue;
        const vary = x.part(c, c + last, each).asked;
        const message = { kind: "diagram", vary, start, fixed, observable, window, settle, kept };
        const done = (found) => this.#take(found, c, last / each, each, kept);
        this.crew.ask(message, { priority: each > 1 ? 3 : 5, alive: () => this.generation === generation, done });
      }
    }
  }

  #take(found, from, columns, each, kept) {
    if (found.error) this.fault = found.error;
    else {
      const [width, height] = [this.axes.x.count, this.axes.y.count];
      for (let r = 0; r < height; r++) {
        for (let c = 0; c < columns; c++) {
          const shade = this.#shade(found.counts[r * columns + c], kept, height);
          const at = (height - 1 - r) * width + from + c * each;
          this.pixels.fill(shade, at, at + each);
          if (each === 1) this.counts[r * width + from + c] = found.counts[r * columns + c];
        }
      }
      if (each === 1) this.done += columns;
    }
    this.page.changed();
  }

  // Ink by the logarithm of the visits, its depth in the alpha channel, so that it stands on light and on dark.
  #shade(visits, kept) {
    if (!visits) return 0;
    const depth = 0.35 + (0.65 * Math.log1p(visits)) / Math.log1p(kept);
    return ((Math.round(255 * Math.min(1, depth)) << 24) | this.page.theme.inkPacked) >>> 0;
  }

  recoloured() {
    if (!this.pixels) return;
    for (let i = 0; i < this.pixels.length; i++) {
      if (this.pixels[i]) this.pixels[i] = ((this.pixels[i] & 0xff000000) | this.page.theme.inkPacked) >>> 0;
    }
  }

  draw(theme, value) {
    if (this.image) this.plot.paste(this.image);
    this.plot.inside((c) => {
      const x = this.plot.place(this.axes, value, 0)[0];
      c.strokeStyle = theme.edge;
      c.lineWidth = 1.25 * this.plot.ratio;
      c.setLineDash([4 * this.plot.ratio, 3 * this.plot.ratio]);
      c.beginPath();
      c.moveTo(x, this.plot.top);
      c.lineTo(x, this.plot.top + this.plot.height);
      c.stroke();
      c.setLineDash([]);
    });
  }
}

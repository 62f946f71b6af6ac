// Hands on a picture: drag and pinch, wheel, double click, a box with shift, and the keyboard with a cross-hair.
//
// A picture gives `axes()` and takes `window(axes)` and `chosen(position)`.

const SLIP = 5; // CSS pixels that a click may wander
const TWICE = 260; // milliseconds between two clicks that are one double click
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

class Gestures {
  constructor(plot, picture) {
    Object.assign(this, { plot, picture, pointers: new Map(), cross: null, hover: null, box: null });
    const { canvas } = plot;
    const on = (name, act, options) => canvas.addEventListener(name, act, options);
    on("pointerdown", (e) => this.#down(e));
    on("pointermove", (e) => this.#move(e));
    on("pointerup", (e) => this.#up(e, true));
    on("pointercancel", (e) => this.#up(e, false));
    on("pointerleave", () => this.#hovered(null));
    on("wheel", (e) => this.#wheel(e), { passive: false });
    on("keydown", (e) => this.#key(e));
    on("focus", () => this.#crossAt(this.cross ?? { x: plot.width / 2, y: plot.height / 2 }));
    on("blur", () => picture.looked(null));
  }

  #down(e) {
    if (e.button > 0) return;
    const at = this.plot.position(e);
    if (!at.inside) return;
    this.plot.canvas.setPointerCapture(e.pointerId);
    this.pointers.set(e.pointerId, at);
    this.began = { ...at, axes: this.picture.axes(), moved: false, boxed: e.shiftKey };
    this.spread = this.pointers.size === 2 ? this.#spread() : null;
  }

  #move(e) {
    const at = this.plot.position(e);
    if (!this.pointers.has(e.pointerId)) {
      this.#hovered(at.inside ? at : null);
      return;
    }
    this.pointers.set(e.pointerId, at);
    if (this.pointers.size === 2) this.#pinch();
    else if (this.pointers.size === 1 && this.began) this.#drag(at);
  }

  #drag(at) {
    const [dx, dy] = [at.x - this.began.x, at.y - this.began.y];
    if (!this.began.moved && Math.hypot(dx, dy) < SLIP * this.plot.ratio) return;
    this.began.moved = true;
    if (this.began.boxed) {
      this.box = [this.began, at];
      this.picture.redraw();
      return;
    }
    const { axes } = this.began;
    this.picture.window({ x: axes.x.moved(Math.round(-dx)), y: axes.y.moved(Math.round(-dy)) });
  }

  #spread() {
    const [a, b] = [...this.pointers.values()];
    return {
      size: Math.hypot(a.x - b.x, a.y - b.y),
      x: (a.x + b.x) / 2,
      y: (a.y + b.y) / 2,
      axes: this.picture.axes(),
    };
  }

  #pinch() {
    if (!this.spread) return;
    const { size, x, y, axes } = this.spread;
    const now = this.#spread();
    const factor = size / Math.max(now.size, 1);
    const [dx, dy] = [Math.round(x - now.x), Math.round(y - now.y)];
    this.began.moved = true;
    this.picture.window({ x: axes.x.scaled(factor, x).moved(dx), y: axes.y.scaled(factor, y).moved(dy) });
  }

  #up(e, meant) {
    if (!this.pointers.delete(e.pointerId)) return;
    const began = this.began;
    if (this.pointers.size) {
      this.began = null; // a finger that stays after a pinch neither clicks nor drags
      return;
    }
    this.began = this.spread = null;
    if (this.box) {
      const [a, b] = this.box;
      this.box = null;
      const { axes } = began;
      const [x, y] = ["x", "y"].map((k) => [Math.min(a[k], b[k]), Math.max(a[k], b[k])]);
      if (meant) this.picture.window({ x: axes.x.between(...x), y: axes.y.between(...y) });
      return;
    }
    if (!meant || !began || began.moved) return;
    this.#clicked(began);
  }

  // One click chooses a start, two zoom in: the first waits to see whether a second comes.
  #clicked(at) {
    if (this.first && Math.hypot(this.first.x - at.x, this.first.y - at.y) < 4 * SLIP * this.plot.ratio) {
      clearTimeout(this.first.timer);
      this.first = null;
      this.#zoom(at.boxed ? 2 : 0.5, at);
      return;
    }
    const timer = setTimeout(() => {
      this.first = null;
      this.picture.chosen(at);
    }, TWICE);
    this.first = { ...at, timer };
  }

  #wheel(e) {
    const at = this.plot.position(e);
    if (!at.inside) return;
    e.preventDefault();
    const lines = e.deltaMode === 1 ? 30 : 1;
    this.#zoom(Math.exp(Math.max(-1, Math.min(1, (e.deltaY * lines) / 500))), at);
  }

  #zoom(factor, at) {
    const { x, y } = this.picture.axes();
    this.picture.window({ x: x.scaled(factor, at.x), y: y.scaled(factor, at.y) });
  }

  #key(e) {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const cross = this.cross ?? { x: this.plot.width / 2, y: this.plot.height / 2 };
    const arrow = ARROWS[e.key];
    if (arrow) this.#arrow(arrow, e.shiftKey, cross);
    else if (e.key === "+" || e.key === "=") this.#zoom(0.5, cross);
    else if (e.key === "-" || e.key === "_") this.#zoom(2, cross);
    else if (e.key === "0") this.picture.reset();
    else if (e.key === "Enter" || e.key === " ") this.picture.chosen(cross);
    else return;
    e.preventDefault();
  }

  // Arrows move the cross-hair, and the window where that reaches its side; with shift the window alone.
  #arrow([right, up], whole, cross) {
    const step = 10 * this.plot.ratio;
    const [x, y] = [cross.x + right * step, cross.y + up * step];
    const beyond = x < 0 || y < 0 || x > this.plot.width || y > this.plot.height;
    if (whole || beyond) {
      const axes = this.picture.axes();
      const by = (count) => Math.round(count / 8);
      this.picture.window({ x: axes.x.moved(right * by(axes.x.count)), y: axes.y.moved(up * by(axes.y.count)) });
      this.#crossAt(cross);
    } else this.#crossAt({ x, y });
  }

  #crossAt(at) {
    this.cross = at;
    this.picture.looked(at);
  }

  #hovered(at) {
    this.hover = at;
    this.picture.hovered(at);
  }

  draw(theme) {
    if (document.activeElement === this.plot.canvas && this.cross) this.plot.cross(this.cross, theme);
    if (!this.box) return;
    const [a, b] = this.box;
    this.plot.inside((c) => {
      c.strokeStyle = theme.ink;
      c.lineWidth = this.plot.ratio;
      c.strokeRect(
        this.plot.left + Math.min(a.x, b.x),
        this.plot.top + this.plot.height - Math.max(a.y, b.y),
        Math.abs(a.x - b.x),
        Math.abs(a.y - b.y),
      );
    });
  }
}

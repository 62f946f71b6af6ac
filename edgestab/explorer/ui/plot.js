// A canvas with axes: room for a picture in whole device pixels, ticks with words, and what lies over the picture.

const MOST_PIXELS = 2048;
const MOST_RATIO = 2;
const MARGIN = { left: 66, right: 10, top: 8, bottom: 40 };

class Plot {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.width = this.height = 0;
  }

  // Fit the canvas to its place; whether the picture's size in pixels changed.
  fit() {
    const box = this.canvas.getBoundingClientRect();
    const ratio = Math.min(window.devicePixelRatio || 1, MOST_RATIO);
    const width = Math.max(16, Math.min(MOST_PIXELS, Math.floor((box.width - MARGIN.left - MARGIN.right) * ratio)));
    const height = Math.max(16, Math.min(MOST_PIXELS, Math.floor((box.height - MARGIN.top - MARGIN.bottom) * ratio)));
    const changed = width !== this.width || height !== this.height || ratio !== this.ratio;
    Object.assign(this, {
      width,
      height,
      ratio,
      left: Math.round(MARGIN.left * ratio),
      top: Math.round(MARGIN.top * ratio),
    });
    const [full, tall] = [Math.round(box.width * ratio), Math.round(box.height * ratio)];
    if (this.canvas.width !== full || this.canvas.height !== tall) {
      this.canvas.width = full;
      this.canvas.height = tall;
    }
    return changed;
  }

  // From a pointer event to pixels of the picture, from its lower left corner.
  position(event) {
    const box = this.canvas.getBoundingClientRect();
    const x = (event.clientX - box.left) * this.ratio - this.left;
    const y = this.height - ((event.clientY - box.top) * this.ratio - this.top);
    return { x, y, inside: x >= 0 && y >= 0 && x <= this.width && y <= this.height };
  }

  // To canvas coordinates, from values: of the horizontal axis, of the vertical one.
  place(axes, x, y) {
    return [
      this.left + (axes.x.positionOf(x) / axes.x.count) * this.width,
      this.top + this.height - (axes.y.positionOf(y) / axes.y.count) * this.height,
    ];
  }

  clear(theme) {
    const { context, canvas } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = theme.paper;
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.fillStyle = theme.empty;
    context.fillRect(this.left, this.top, this.width, this.height);
  }

  // Draw an image over the background, each of its pixels a block where it has fewer than the picture.
  paste(image) {
    this.buffer ??= document.createElement("canvas");
    if (this.buffer.width !== image.width) this.buffer.width = image.width;
    if (this.buffer.height !== image.height) this.buffer.height = image.height;
    this.buffer.getContext("2d").putImageData(image, 0, 0);
    this.context.imageSmoothingEnabled = false;
    this.context.drawImage(this.buffer, this.left, this.top, this.width, this.height);
  }

  // Draw inside the picture alone.
  inside(draw) {
    const { context } = this;
    context.save();
    context.beginPath();
    context.rect(this.left, this.top, this.width, this.height);
    context.clip();
    draw(context);
    context.restore();
  }

  frame(axes, theme) {
    const { context, ratio, left, top, width, height } = this;
    context.save();
    context.strokeStyle = context.fillStyle = theme.ink;
    context.lineWidth = Math.max(1, ratio * 0.75);
    context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    context.font = `${12 * ratio}px system-ui, sans-serif`;
    const [xs, ys] = [ticksOf(axes.x, width / ratio / 85), ticksOf(axes.y, height / ratio / 45)];
    context.textBaseline = "top";
    for (const { position, text } of xs.ticks) {
      const at = left + (position / axes.x.count) * width;
      context.fillRect(at - ratio / 2, top + height, ratio, 4 * ratio);
      context.textAlign = at > left + width - 20 * ratio ? "right" : at < left + 12 * ratio ? "left" : "center";
      context.fillText(text, at, top + height + 6 * ratio);
    }
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (const { position, text } of ys.ticks) {
      const at = top + height - (position / axes.y.count) * height;
      context.fillRect(left - 4 * ratio, at - ratio / 2, 4 * ratio, ratio);
      context.fillText(text, left - 6 * ratio, at, left - 26 * ratio);
    }
    context.font = `italic ${13 * ratio}px serif`;
    context.textBaseline = "bottom";
    context.textAlign = "center";
    context.fillText(axes.x.title + xs.from, left + width / 2, this.canvas.height - ratio);
    context.translate(12 * ratio, top + height / 2);
    context.rotate(-Math.PI / 2);
    context.textBaseline = "middle";
    context.fillText(axes.y.title + ys.from, 0, 0);
    context.restore();
  }

  // The cross-hair at a position in pixels, and a start.
  cross(at, theme) {
    this.inside((c) => {
      const [x, y] = [this.left + at.x, this.top + this.height - at.y];
      for (const [colour, wide] of [
        [theme.paper, 5],
        [theme.ink, 2],
      ]) {
        c.strokeStyle = colour;
        c.lineWidth = wide * this.ratio;
        c.beginPath();
        for (const [a, b] of [
          [4, 14],
          [-4, -14],
        ]) {
          c.moveTo(x + a * this.ratio, y);
          c.lineTo(x + b * this.ratio, y);
          c.moveTo(x, y + a * this.ratio);
          c.lineTo(x, y + b * this.ratio);
        }
        c.stroke();
      }
    });
  }

  disc(c, [x, y], colour, theme, radius = 5) {
    c.beginPath();
    c.arc(x, y, radius * this.ratio, 0, 2 * Math.PI);
    c.fillStyle = colour;
    c.fill();
    c.lineWidth = 1.5 * this.ratio;
    c.strokeStyle = theme.paper;
    c.stroke();
  }
}

// Round values along an axis, about so many, with their texts: in a deep zoom as differences from a value in `from`.
function ticksOf(axis, many) {
  const width = axis.width.number;
  const raw = width / Math.max(2, many);
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * ([1, 2, 5].find((k) => k * power >= raw) ?? 10);
  const largest = Math.max(Math.abs(axis.low.number), Math.abs(axis.high.number));
  if (step < largest * 1e-5) return offsetTicks(axis, step);
  const ticks = [];
  const places = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  for (let k = Math.ceil(axis.low.number / step); k * step <= axis.high.number; k++) {
    ticks.push({ position: axis.positionOf(k * step), text: shortNumber(k * step, places) });
  }
  return { ticks, from: "" };
}

function offsetTicks(axis, step) {
  const middle = axis.at(axis.count / 2).rounded(Math.max(0, -Math.floor(Math.log10(step))));
  const offset = middle.minus(axis.low).number;
  const width = axis.width.number;
  const ticks = [];
  for (let k = Math.ceil(-offset / step); k * step <= width - offset; k++) {
    const text = k === 0 ? "0" : `${k > 0 ? "+" : "−"}${Number(Math.abs(k * step).toPrecision(3)).toExponential()}`;
    ticks.push({ position: ((offset + k * step) / width) * axis.count, text });
  }
  return { ticks, from: ` − ${middle}` };
}

function shortNumber(value, places) {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const text =
    size >= 1e5 || (size < 1e-4 && places > 5) ? Number(value.toPrecision(6)).toExponential() : value.toFixed(places);
  return text.replace("-", "−");
}

const words = (value, digits = 6) =>
  Number.isFinite(value) ? String(Number(value.toPrecision(digits))).replace("-", "−") : "undefined";

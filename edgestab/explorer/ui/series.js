// What is measured along an orbit or a run, over its steps: lines in a small picture, logarithmic where it is asked for.
//
// A line is {values, colour, dashed}; `levels` are dashed lines across, `ends` dotted ones, `band` is shaded, `at` a step
// that is marked.

const DASHED = [5, 4];

function drawSeries(plot, theme, { lines, steps = null, log = false, levels = [], ends = [], band = null, unit = 1, at = null }) {
  const scale = log ? Math.log10 : (v) => v * unit;
  const scaled = lines.map((line) => ({ ...line, points: Array.from(line.values, (v) => scale(v)) }));
  const near = levels.map((l) => scale(l)).filter(Number.isFinite);
  const [low, high] = extent([...scaled.map((l) => l.points), near]);
  plot.clear(theme);
  if (low > high) {
    plot.context.fillStyle = theme.quiet;
    plot.context.font = `${12 * plot.ratio}px system-ui, sans-serif`;
    plot.context.fillText("undefined here", plot.left + 8 * plot.ratio, plot.top + 20 * plot.ratio);
    return;
  }
  const count = Math.max(...lines.map((line) => line.values.length));
  const place = (k) => (steps ? steps[k] : k);
  const axes = seriesAxes(plot, place(0), place(count - 1), low, high, log ? "log₁₀" : "");
  plot.inside((c) => {
    if (band) shade(c, plot, axes, band.map(scale), theme.band);
    for (const level of near) stroke(c, plot, axes, [level, level], [place(0), place(count - 1)], theme.edge, DASHED);
    for (const end of ends) stroke(c, plot, axes, [end, end], [place(0), place(count - 1)], theme.cycles, [1.5, 3]);
    for (const { points, colour, dashed } of scaled) {
      stroke(c, plot, axes, points, (k) => place(k), colour ?? theme.orbit, dashed ? DASHED : []);
    }
    if (at !== null) shade(c, plot, axes, null, theme.ink, at);
  });
  plot.frame(axes, theme);
}

function extent(groups) {
  let [low, high] = [Infinity, -Infinity];
  for (const group of groups) {
    for (const v of group) if (Number.isFinite(v)) [low, high] = [Math.min(low, v), Math.max(high, v)];
  }
  return [low, high];
}

function seriesAxes(plot, first, last, low, high, title) {
  const room = (high - low || Math.abs(high) * 0.1 || 1) * 0.06;
  const x = new Axis("step", Decimal.near(first, 0), Decimal.near(Math.max(last, first + 1), 0), plot.width);
  const y = new Axis("", Decimal.near(low - room, 12), Decimal.near(high + room, 12), plot.height, title);
  const flat = new Axis("", Decimal.near(low - 1, 3), Decimal.near(low + 1, 3), plot.height, title);
  return { x, y: y.width.positive ? y : flat };
}

function stroke(c, plot, axes, points, steps, colour, dashes) {
  c.strokeStyle = colour;
  c.lineWidth = 1.25 * plot.ratio;
  c.setLineDash(dashes.map((length) => length * plot.ratio));
  c.beginPath();
  let drawn = false;
  points.forEach((v, k) => {
    if (!Number.isFinite(v)) {
      drawn = false;
      return;
    }
    const at = plot.place(axes, typeof steps === "function" ? steps(k) : steps[k], v);
    if (drawn) c.lineTo(...at);
    else c.moveTo(...at);
    drawn = true;
  });
  c.stroke();
  c.setLineDash([]);
}

// A band between two values, or a line at a step.
function shade(c, plot, axes, band, colour, step = 0) {
  c.fillStyle = colour;
  if (!band) {
    c.fillRect(plot.place(axes, step, 0)[0] - plot.ratio / 2, plot.top, plot.ratio, plot.height);
    return;
  }
  const [bottom, top] = band.map((v) => plot.place(axes, 0, v)[1]);
  c.fillRect(plot.left, top, plot.width, bottom - top);
}

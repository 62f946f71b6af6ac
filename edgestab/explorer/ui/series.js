// What is measured along an orbit, over its steps: lines in a small picture, logarithmic where it is asked for.

function drawSeries(plot, theme, { values, log = false, levels = [], band = null, unit = 1 }) {
  const scale = log ? Math.log10 : (v) => v * unit;
  const points = Array.from(values, (v) => scale(v));
  const finite = points.filter(Number.isFinite);
  plot.clear(theme);
  if (!finite.length) {
    plot.context.fillStyle = theme.quiet;
    plot.context.font = `${12 * plot.ratio}px system-ui, sans-serif`;
    plot.context.fillText("undefined along this orbit", plot.left + 8 * plot.ratio, plot.top + 20 * plot.ratio);
    return;
  }
  const near = levels.map((l) => scale(l)).filter(Number.isFinite);
  let [low, high] = [finite[0], finite[0]];
  for (const v of [...finite, ...near]) [low, high] = [Math.min(low, v), Math.max(high, v)];
  const room = (high - low || Math.abs(high) * 0.1 || 1) * 0.06;
  const axes = {
    x: new Axis("step", Decimal.read("0"), Decimal.read(String(Math.max(1, points.length - 1))), plot.width),
    y: new Axis("", Decimal.near(low - room, 12), Decimal.near(high + room, 12), plot.height),
  };
  if (!axes.y.width.positive) axes.y = new Axis("", Decimal.near(low - 1, 3), Decimal.near(low + 1, 3), plot.height);
  axes.y = axes.y.titled(log ? "log₁₀" : "");
  const { ratio } = plot;
  plot.inside((c) => {
    if (band) {
      const [top, bottom] = [plot.place(axes, 0, scale(band[1]))[1], plot.place(axes, 0, scale(band[0]))[1]];
      c.fillStyle = theme.band;
      c.fillRect(plot.left, top, plot.width, bottom - top);
    }
    c.strokeStyle = theme.edge;
    c.lineWidth = 1.25 * ratio;
    c.setLineDash([5 * ratio, 4 * ratio]);
    for (const level of near) {
      const y = plot.place(axes, 0, level)[1];
      c.beginPath();
      c.moveTo(plot.left, y);
      c.lineTo(plot.left + plot.width, y);
      c.stroke();
    }
    c.setLineDash([]);
    c.strokeStyle = theme.orbit;
    c.beginPath();
    let drawn = false;
    points.forEach((v, k) => {
      if (!Number.isFinite(v)) {
        drawn = false;
        return;
      }
      const at = plot.place(axes, k, v);
      if (drawn) c.lineTo(...at);
      else c.moveTo(...at);
      drawn = true;
    });
    c.stroke();
  });
  plot.frame(axes, theme);
}

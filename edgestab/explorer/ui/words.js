// Sentences: what lies under the cross-hair, what became of an orbit, what theory says of it.

function endingWords({ status, limit, period, steps, sharpness }, page) {
  const { sets } = page.data.spec;
  if (status === STATUS.CONVERGED) {
    const where = limit >= 0 && sets[limit] ? ` to a minimum, of the set ${sets[limit]},` : " to a minimum";
    const sharp = Number.isFinite(sharpness) ? ` Its sharpness S is ${words(sharpness, 10)}.` : "";
    return `converges${where} in ${steps} steps.${sharp}`;
  }
  if (status === STATUS.PERIODIC) return `settles on a cycle of period ${period} in ${steps} steps.`;
  if (status === STATUS.DIVERGED || status === STATUS.NONFINITE) return `${SENTENCES[status]}, after ${steps} steps.`;
  return `${SENTENCES[status] ?? "ended in a way this page does not know"}; ${steps} steps were taken.`;
}

function pixelWords(page, basin, at) {
  const { axes, raster } = basin;
  const [c, r] = [Math.floor(at.x), Math.floor(at.y)];
  if (c < 0 || r < 0 || c >= raster.width || r >= raster.height) return "";
  const i = r * raster.width + c;
  const where = `${axes.x.name} = ${axes.x.wordsAt(c + 0.5)}, ${axes.y.name} = ${axes.y.wordsAt(r + 0.5)}: `;
  if (!raster.known[i]) return `${where}not computed yet.`;
  const outcome = Object.fromEntries(["status", "limit", "period", "steps", "sharpness"].map((f) => [f, raster[f][i]]));
  return `${where}the orbit ${endingWords(outcome, page)}`;
}

function orbitWords(page, orbit) {
  const start = page.coordinates.map((s) => `${s} = ${words(page.state.values.get(s).number, 8)}`).join(", ");
  const { outcome } = orbit;
  let text = `The orbit from ${start} ${endingWords(outcome, page)}`;
  if (page.data.edge && outcome.status === STATUS.CONVERGED && Number.isFinite(outcome.sharpness)) {
    const eta = page.eta;
    const gap = (2 / eta - outcome.sharpness) / eta;
    const side = outcome.sharpness <= 2 / eta ? "below" : "above";
    text += ` The edge 2/eta is ${words(2 / eta, 8)}: the limit is ${side} it, and the gap (2/eta − S)/eta is ${words(gap, 6)}.`;
  }
  return text;
}

function stateWords(page, basin) {
  if (basin.fault) return basin.fault;
  const { raster } = basin;
  const pixels = `${raster.width} × ${raster.height} pixels`;
  if (!basin.complete)
    return `${Math.floor((100 * raster.count) / (raster.width * raster.height))} % of ${pixels} computed; blocks show the pixel at their lower left.`;
  const deep =
    basin.arithmetic === "double-double"
      ? "double-double arithmetic, because a double cannot tell these pixels apart"
      : "double precision";
  return `All ${pixels} computed, in ${deep}.`;
}

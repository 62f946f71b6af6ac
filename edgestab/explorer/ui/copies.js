// What can be taken from the page: the command that computes the picture, and the claim that it suggests.

// The command. Numbers are decimals and names were parsed; the words that say what is iterated are quoted already.
function commandOf(page, state, axes) {
  const { asked } = page.data;
  if (!asked) return null;
  const varies = (name) => name === axes.x.name || name === axes.y.name;
  const of = (name) => state.values.get(name);
  const parameters = page.spec.parameters.filter((name) => !varies(name));
  const start = page.coordinates.filter((name) => !varies(name));
  const ends = (axis) => `${axis.name} ${axis.low} ${axis.high}`;
  return [
    `edgestab basin ${asked.words}`,
    `--x ${ends(axes.x)}`,
    `--y ${ends(axes.y)}`,
    ...parameters.map((name) => (name === "eta" ? `--eta ${of(name)}` : `--set ${name}=${of(name)}`)),
    ...(start.length ? [`--start ${start.map((name) => `${name}=${of(name)}`).join(",")}`] : []),
    `--size ${axes.x.count} --rows ${axes.y.count} --full --steps ${page.spec.steps}`,
    `--colour ${state.colour} --png basin.png`,
  ].join(" \\\n  ");
}

// The claim that the region shown suggests, with what was seen of it.
function claimOf(page, state, axes, basin) {
  const { asked, spec } = page.data;
  if (!asked) return null;
  const shown = new Map([
    [axes.x.name, axes.x],
    [axes.y.name, axes.y],
  ]);
  const interval = ({ name, low, high }) =>
    name === "eta" && !low.positive ? [shown.get(name).at(0.5), high] : [low, high];
  const entry = (name) =>
    shown.has(name)
      ? `[${interval(shown.get(name))
          .map((end) => `"${end}"`)
          .join(", ")}]`
      : `"${state.values.get(name)}"`;
  const { seen, words: statement, lines } = suggested(basin, spec);
  const constants = spec.parameters.filter((p) => p !== "eta" && !shown.has(p));
  const vary = spec.parameters.filter((p) => p !== "eta" && shown.has(p));
  const eta = !spec.parameters.includes("eta")
    ? []
    : shown.has("eta")
      ? [`eta_range = ${entry("eta")}`]
      : [`eta = ${entry("eta")}`];
  return [
    `# Seen in the explorer: ${seen}`,
    "# What was seen of pixels is no proof of the region: `edgestab verify FILE.toml` tries.",
    'name = "explored"',
    `statement = "${statement}"`,
    ...asked.entries,
    ...(constants.length ? [`constants = {${constants.map((c) => `${c} = ${entry(c)}`).join(", ")}}`] : []),
    ...eta,
    'for = "almost every start"',
    "[region]",
    ...page.coordinates.map((s) => `${s} = ${entry(s)}`),
    ...vary.map((v) => `${v} = ${entry(v)}`),
    "[conclusion]",
    ...lines,
    "",
  ].join("\n");
}

// What is seen of the window, and the conclusion that it suggests.
function suggested(basin, spec) {
  const { known, status, limit, sharpness, count } = basin.raster;
  let [converged, escaped, low, high, gap] = [0, 0, Infinity, -Infinity, -Infinity];
  const limits = new Set();
  let below = basin.page.data.edge;
  for (let i = 0; i < known.length; i++) {
    if (!known[i]) continue;
    if (status[i] === STATUS.CONVERGED) {
      converged += 1;
      limits.add(limit[i]);
      const eta = basin.etaAt(i);
      [low, high] = [Math.min(low, sharpness[i]), Math.max(high, sharpness[i])];
      gap = Math.max(gap, (2 / eta - sharpness[i]) / eta);
      below &&= sharpness[i] < 2 / eta;
    } else if (status[i] === STATUS.DIVERGED || status[i] === STATUS.NONFINITE) escaped += 1;
  }
  const sharp = Number.isFinite(low) ? `, to sharpness between ${low.toPrecision(8)} and ${high.toPrecision(8)}` : "";
  const seen = `of ${count} starts computed ${converged} converged${sharp}; ${escaped} left every ball that was watched.`;
  if (escaped > converged) return { seen, words: "The orbit diverges.", lines: ['kind = "diverges"'] };
  const one = limits.size === 1 ? spec.sets[[...limits][0]] : undefined;
  const to = one && spec.sets.length > 1 ? [`to = ${JSON.stringify(one)}`] : [];
  if (converged < count || !below || !Number.isFinite(gap)) {
    return { seen, words: "The orbit converges to a minimum.", lines: ['kind = "converges"', ...to] };
  }
  // The least window of two digits below the edge that holds all that was seen.
  const digits = 10 ** (1 - Math.floor(Math.log10(gap)));
  const wide = Decimal.near(Math.ceil(gap * digits) / digits, 12);
  const lines = ['kind = "final-sharpness"', `low = "2/eta - ${wide}*eta"`, 'high = "2/eta"', ...to];
  return { seen, words: `The orbit converges to a minimum of sharpness between 2/eta - ${wide} eta and 2/eta.`, lines };
}

// Put a text on the clipboard, and show it where that is not allowed.
async function copy(text, title) {
  const dialog = document.getElementById("copied");
  document.getElementById("copied-title").textContent = title;
  const area = document.getElementById("copied-text");
  area.value = text;
  area.rows = Math.min(18, text.split("\n").length + 1);
  dialog.showModal();
  area.select();
  area.scrollTop = 0;
  const done = await navigator.clipboard?.writeText(text).then(
    () => true,
    () => false,
  );
  document.getElementById("copied-note").textContent = done ? "It is on the clipboard." : "Copy it from here.";
}

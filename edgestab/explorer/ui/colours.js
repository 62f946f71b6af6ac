// What colours say. Hues are those of Okabe and Ito, which readers with any colour vision tell apart; divergence is a
// tint, because areas want less colour than lines.

const STATUS = Object.freeze({
  PENDING: 0,
  CONVERGED: 1,
  PERIODIC: 2,
  BOUNDED: 3,
  DIVERGED: 4,
  NONFINITE: 5,
  UNDECIDED: 6,
  EXCLUDED: 7,
  LEFT_DOMAIN: 8,
});

const STATUS_COLOURS = {
  light: { 1: "#0072B2", 2: "#009E73", 3: "#56B4E9", 4: "#F3CE85", 6: "#767676", 7: "#F2F2F2", 8: "#E9C4DA" },
  dark: { 1: "#2E8FCB", 2: "#12A87F", 3: "#8CCDF2", 4: "#6B5526", 6: "#8A8A8A", 7: "#2A2A2A", 8: "#6D4A60" },
};
const LIMIT_COLOURS = {
  light: ["#0072B2", "#CC79A7", "#F0E442", "#000000", "#7FB8D8", "#7A3E62", "#8F8726", "#B5B5B5"],
  dark: ["#2E8FCB", "#D98DB6", "#F0E442", "#F5F5F5", "#9CCBE4", "#9A5E82", "#A89F3B", "#8F8F8F"],
};
const PERIOD_COLOURS = {
  light: ["#00543E", "#009E73", "#C9EADF", "#7FD1B5"],
  dark: ["#0B6B52", "#12A87F", "#C9EADF", "#7FD1B5"],
};
const GREYS = {
  light: { 1: "#8F8F8F", 2: "#8F8F8F", 3: "#BDBDBD", 4: "#E6E6E6", 6: "#606060", 7: "#F8F8F8", 8: "#D2D2D2" },
  dark: { 1: "#8F8F8F", 2: "#6F6F6F", 3: "#585858", 4: "#2E2E2E", 6: "#A0A0A0", 7: "#202020", 8: "#444444" },
};

// viridis at nine points; what lies between is mixed.
const VIRIDIS = ["#440154", "#472D7B", "#3B528B", "#2C728E", "#21918C", "#28AE80", "#5EC962", "#ADDC30", "#FDE725"];

const WORDS = {
  0: "not computed",
  1: "converged",
  2: "on a cycle",
  3: "bounded",
  4: "diverged",
  6: "undecided",
  7: "excluded",
  8: "left the domain of the loss",
};

// The sentence of an outcome's code, as the package words it.
const SENTENCES = {
  0: "is not computed yet",
  1: "converges",
  2: "settles on a cycle",
  3: "stays bounded for all steps allowed, at no minimum and on no cycle that is recognised",
  4: "leaves the ball of the given radius, which does not show that it stays away",
  5: "becomes infinite or not a number",
  6: "is undecided: on its way when the budget ended, or at rest where no minimum is found",
  7: "is not followed: the start does not satisfy the conditions",
  8: "leaves the domain of the loss",
};

const bytesOf = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
const packed = (hex) => {
  const [r, g, b] = bytesOf(hex);
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
};

const RAMP = Uint32Array.from({ length: 256 }, (_, i) => {
  const at = (i / 255) * (VIRIDIS.length - 1);
  const k = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const [low, high] = [bytesOf(VIRIDIS[k]), bytesOf(VIRIDIS[k + 1])];
  const [r, g, b] = low.map((v, j) => Math.round(v + (at - k) * (high[j] - v)));
  return ((255 << 24) | (b << 16) | (g << 8) | r) >>> 0;
});

// Which category an outcome is in: its legend key. Divergence is one, whether finite or not; of the periods above 2
// the odd ones are one, and the even ones.
function categoryOf(colour, status, limit, period) {
  const s = status === STATUS.NONFINITE ? STATUS.DIVERGED : status;
  if (s === STATUS.PERIODIC && period > 0) return `period ${period > 2 ? 4 - (period % 2) : period}`;
  return s === STATUS.CONVERGED && colour === "limit" ? `limit ${limit}` : `status ${s}`;
}

function categoryColour(category, theme, valued) {
  const [kind, text] = category.split(" ");
  const n = Number(text);
  if (kind === "limit") return n < 0 ? "#D55E00" : LIMIT_COLOURS[theme][n % 8];
  if (kind === "period") {
    const shades = PERIOD_COLOURS[theme];
    return valued ? GREYS[theme][2] : shades[n - 1];
  }
  return (valued ? GREYS : STATUS_COLOURS)[theme][n] ?? (theme === "dark" ? "#101418" : "#FFFFFF");
}

function categoryWords(category, sets) {
  const [kind, text] = category.split(" ");
  const n = Number(text);
  if (kind === "limit") return n < 0 ? "converged elsewhere" : `converged to ${sets[n] ?? `set ${n + 1}`}`;
  if (kind === "period") return n > 2 ? `cycle of another ${n === 3 ? "odd" : "even"} period` : `cycle of period ${n}`;
  return WORDS[n];
}

// The state in the fragment of the address: written by us, and read as if by a stranger. Only known keys, known names
// and short decimals are taken; of anything else a sentence says that it was left out.

const LONGEST_FRAGMENT = 4000;
const MOST_STEPS = 20000;

// What a fragment says, and sentences about what was left out.
function readFragment(text, page) {
  const found = {};
  const ignored = [];
  if (text.length > LONGEST_FRAGMENT)
    return { found, ignored: ["The address is too long to be one of ours; it was left out."] };
  const names = new Set(page.names);
  const seen = new Set();
  for (const item of text.replace(/^#/, "").split("&")) {
    if (!item) continue;
    const [key, value] = split(item, "=");
    const read = FIELDS.get(key);
    if (!read) {
      ignored.push(`The address has an entry ${quoted(key)} that this page does not know; it was left out.`);
      continue;
    }
    try {
      if (seen.has(key)) throw new Error("is given twice");
      seen.add(key);
      found[key] = read(value, names, page);
    } catch (reason) {
      ignored.push(`In the address ${key} ${reason.message}; it was left out.`);
    }
  }
  return { found, ignored };
}

const FIELDS = new Map([
  ["x", (text, names) => interval(text, names)],
  ["y", (text, names) => interval(text, names)],
  ["vary", (text, names) => interval(text, names)],
  ["seen", (text, names, page) => interval(text, new Set(page.coordinates))],
  ["across", (text, names, page) => interval(text, new Set(page.coordinates))],
  ["up", (text, names, page) => interval(text, new Set(page.coordinates))],
  ["set", (text, names) => values(text, names)],
  [
    "colour",
    (text) =>
      among(
        text,
        COLOURINGS.map((c) => c.key),
      ),
  ],
  ["steps", (text) => whole(text, 1, MOST_STEPS)],
  ["size", (text) => text.split(",").map((t, i, all) => whole(all.length === 2 ? t : "", 1, MOST_PIXELS))],
]);

const COLOURINGS = [
  { key: "status", words: "outcome" },
  { key: "limit", words: "set of minima" },
  { key: "sharpness", words: "sharpness of the limit" },
  { key: "gap", words: "gap to the edge, (2/eta − S)/eta" },
  { key: "steps", words: "steps taken" },
];

function split(text, at) {
  const k = text.indexOf(at);
  return k < 0 ? [text, ""] : [text.slice(0, k), text.slice(k + 1)];
}

function quoted(text) {
  const plain = text.replace(/[^A-Za-z0-9_.,:+-]/g, "?");
  return `"${plain.length > 20 ? plain.slice(0, 20) + "..." : plain}"`;
}

function among(text, known) {
  if (!known.includes(text)) throw new Error(`is none of ${known.join(", ")}`);
  return text;
}

function whole(text, least, most) {
  if (!/^\d{1,6}$/.test(text) || Number(text) < least || Number(text) > most) {
    throw new Error(`takes whole numbers between ${least} and ${most}, got ${quoted(text)}`);
  }
  return Number(text);
}

function decimal(text) {
  const found = Decimal.read(text);
  if (!found || !Number.isFinite(found.number) || Math.abs(found.number) > WIDEST) {
    throw new Error(`takes decimals such as -0.25, got ${quoted(text)}`);
  }
  return found;
}

function named(text, names) {
  if (!names.has(text)) throw new Error(`names ${quoted(text)}, which this loss does not have`);
  return text;
}

function interval(text, names) {
  const parts = text.split(",");
  if (parts.length !== 3) throw new Error("takes NAME,LOW,HIGH");
  const name = named(parts[0], names);
  const [low, high] = [decimal(parts[1]), decimal(parts[2])];
  if (low.compare(high) >= 0) throw new Error("has its ends in the wrong order");
  if (name === "eta" && low.n < 0n) throw new Error("has step sizes that are not positive");
  if (!(high.minus(low).number > DEEPEST * 1e4)) throw new Error("is narrower than anything that can be computed");
  return new Axis(name, low, high, 1);
}

function values(text, names) {
  const found = new Map();
  for (const item of text.split(",")) {
    const [name, value] = split(item, ":");
    const number = decimal(value);
    if (name === "eta" && !number.positive) throw new Error("has a step size that is not positive");
    found.set(named(name, names), number);
  }
  return found;
}

function writeFragment(state) {
  const ends = (axis) => `${axis.name},${axis.low},${axis.high}`;
  const entries = [
    ["x", ends(state.x)],
    ["y", ends(state.y)],
    ["set", [...state.values].map(([name, value]) => `${name}:${value}`).join(",")],
    ["colour", state.colour],
    ["vary", ends(state.vary)],
    ["seen", ends(state.seen)],
    ["across", ends(state.across)],
    ["up", ends(state.up)],
    ["steps", state.steps],
  ];
  if (state.size) entries.push(["size", state.size.join(",")]);
  return "#" + entries.map(([key, value]) => `${key}=${value}`).join("&");
}

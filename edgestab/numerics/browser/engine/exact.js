// Exact numbers: decimals as ratios of integers, and the doubles nearest to them.
"use strict";

const LONGEST_DECIMAL = 80;
const LARGEST_EXPONENT = 400;

/** The ratio {p, q} that a decimal such as "-1.25e-3" or a fraction such as "1/3" stands for; q > 0. */
function exactly(text) {
  const parts = /^([+-]?)(\d+)(?:\/(\d+))?$/.exec(text) ?? /^([+-]?)(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,4}))?$/.exec(text);
  if (typeof text !== "string" || text.length > LONGEST_DECIMAL || parts === null || !/\d/.test(text))
    throw new Error("a number is written as a decimal, such as 0.25 or 1e-3");
  const sign = parts[1] === "-" ? -1n : 1n;
  if (parts.length === 4) {
    const q = BigInt(parts[3] ?? "1");
    if (q === 0n) throw new Error("a fraction needs a denominator that is not 0");
    return { p: sign * BigInt(parts[2]), q };
  }
  const power = Number(parts[4] ?? "0") - parts[3].length;
  if (Math.abs(power) > LARGEST_EXPONENT) throw new Error("the exponent of a number is too large");
  const digits = sign * BigInt(parts[2] + parts[3] || "0");
  return power >= 0 ? { p: digits * 10n ** BigInt(power), q: 1n } : { p: digits, q: 10n ** BigInt(-power) };
}

/** The number of bits of a positive integer. */
function bits(n) {
  const hex = n.toString(16);
  return 4 * (hex.length - 1) + (32 - Math.clz32(parseInt(hex[0], 16)));
}

/** The double nearest to p / q, ties to even. */
function nearest(p, q) {
  if (p === 0n) return 0;
  const negative = p < 0n;
  let n = negative ? -p : p;
  // So many binary places that the quotient has 64 bits or a few more: enough to round once, with a sticky bit.
  const shift = 66 - (bits(n) - bits(q));
  let d = q;
  if (shift >= 0) n <<= BigInt(shift);
  else d <<= BigInt(-shift);
  let quotient = n / d;
  if (quotient * d !== n) quotient |= 1n;
  const size = bits(quotient);
  // The last place of a double of this size, or of the smallest ones.
  const drop = Math.max(size - 53, shift - 1074);
  if (drop > size + 1) return negative ? -0 : 0;
  const unit = 1n << BigInt(drop);
  let whole = quotient >> BigInt(drop);
  const rest = quotient & (unit - 1n);
  const half = unit >> 1n;
  if (rest > half || (rest === half && (whole & 1n) === 1n)) whole += 1n;
  const value = scaled(Number(whole), drop - shift);
  return negative ? -value : value;
}

/** x 2^k, exact where the result is a double. */
function scaled(x, k) {
  while (k > 1000) (x *= 2 ** 1000), (k -= 1000);
  while (k < -1000) (x *= 2 ** -1000), (k += 1000);
  return x * 2 ** k;
}

/** A double as an exact ratio. */
function ratioOf(x) {
  if (x === 0) return { p: 0n, q: 1n };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  const word = view.getBigUint64(0);
  const biased = Number((word >> 52n) & 2047n);
  const fraction = word & ((1n << 52n) - 1n);
  const whole = biased === 0 ? fraction : fraction | (1n << 52n);
  const power = Math.max(biased, 1) - 1075;
  const p = x < 0 ? -whole : whole;
  return power >= 0 ? { p: p << BigInt(power), q: 1n } : { p, q: 1n << BigInt(-power) };
}

/** A number as the unevaluated sum of two doubles. */
function split({ p, q }) {
  const high = nearest(p, q);
  const h = ratioOf(high);
  return [high, nearest(p * h.q - h.p * q, q * h.q)];
}

/** An axis: the centres low + (i + 1/2)(high - low)/count of its pixels, exact. */
class Axis {
  constructor({ name, low, high, count }) {
    this.name = name;
    if (!Number.isInteger(count) || count < 1 || count > 1 << 20)
      throw new Error(`${name} takes between 1 and ${1 << 20} pixels`);
    const [a, b] = [exactly(low), exactly(high)];
    this.scale = 2n * BigInt(count) * a.q * b.q;
    this.first = 2n * BigInt(count) * a.p * b.q;
    this.step = b.p * a.q - a.p * b.q;
    if (this.step <= 0n) throw new Error(`the interval of ${name} is empty: write the smaller end first`);
    this.count = count;
    this.low = nearest(a.p, a.q);
    this.high = nearest(b.p, b.q);
  }

  exact(i) {
    return { p: this.first + BigInt(2 * i + 1) * this.step, q: this.scale };
  }

  centre(i) {
    const { p, q } = this.exact(i);
    return nearest(p, q);
  }

  /** The distance of two pixels, relative to the larger end. */
  get pitch() {
    return nearest(2n * this.step, this.scale) / Math.max(Math.abs(this.low), Math.abs(this.high));
  }
}

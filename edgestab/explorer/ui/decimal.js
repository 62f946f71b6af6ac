// Exact decimals n / 10^p: the ends of windows, which deep zooms need beyond what a double holds.

const LONGEST_TEXT = 90;
const LARGEST_EXPONENT = 60;

class Decimal {
  constructor(n, p) {
    while (p > 0 && n % 10n === 0n) {
      n /= 10n;
      p -= 1;
    }
    this.n = n;
    this.p = p;
    Object.freeze(this);
  }

  // The decimal that a text writes, or null: digits, one point, a small exponent, and nothing else.
  static read(text) {
    if (typeof text !== "string" || text.length > LONGEST_TEXT) return null;
    const found = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(text.trim());
    if (!found || (!found[2] && !found[3])) return null;
    const exponent = Number(found[4] ?? 0);
    if (Math.abs(exponent) > LARGEST_EXPONENT || found[2].length > LARGEST_EXPONENT) return null;
    const digits = BigInt(found[2] + (found[3] ?? "") || "0");
    const places = (found[3] ?? "").length - exponent;
    const n = found[1] === "-" ? -digits : digits;
    return places >= 0 ? new Decimal(n, places) : new Decimal(n * 10n ** BigInt(-places), 0);
  }

  // The decimal next to a quotient, with so many places; `up` rounds towards plus infinity.
  static quotient(n, d, places, up = false) {
    if (d < 0n) [n, d] = [-n, -d];
    const scaled = 2n * n * 10n ** BigInt(places) + (up ? 2n * d - 2n : d);
    let q = scaled / (2n * d);
    if (scaled < 0n && scaled % (2n * d) !== 0n) q -= 1n;
    return new Decimal(q, places);
  }

  // The decimal next to a double, with so many places.
  static near(value, places) {
    return Decimal.read(value.toFixed(Math.min(Math.max(places, 0), 90))) ?? new Decimal(0n, 0);
  }

  #both(other) {
    const p = Math.max(this.p, other.p);
    return [this.n * 10n ** BigInt(p - this.p), other.n * 10n ** BigInt(p - other.p), p];
  }

  plus(other) {
    const [a, b, p] = this.#both(other);
    return new Decimal(a + b, p);
  }

  minus(other) {
    const [a, b, p] = this.#both(other);
    return new Decimal(a - b, p);
  }

  times(other) {
    return new Decimal(this.n * other.n, this.p + other.p);
  }

  timesWhole(k) {
    return new Decimal(this.n * BigInt(k), this.p);
  }

  rounded(places) {
    return this.p <= places ? this : Decimal.quotient(this.n, 10n ** BigInt(this.p), places);
  }

  compare(other) {
    const [a, b] = this.#both(other);
    return a < b ? -1 : a > b ? 1 : 0;
  }

  get positive() {
    return this.n > 0n;
  }

  get number() {
    return Number(this.toString());
  }

  toString() {
    const minus = this.n < 0n ? "-" : "";
    const digits = (this.n < 0n ? -this.n : this.n).toString().padStart(this.p + 1, "0");
    const whole = digits.slice(0, digits.length - this.p);
    return minus + whole + (this.p ? "." + digits.slice(digits.length - this.p) : "");
  }
}

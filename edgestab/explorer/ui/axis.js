// One axis of a picture: a named variable over [low, high] in so many pixels, whose ends are exact decimals.
//
// A window that was asked for is kept as it is. One that is reached by hand gets a pitch with four digits: its pixels
// then lie on one lattice, so that a window moved by whole pixels has the same pixels to the last bit.

const DEEPEST = 1e-50;
const WIDEST = 1e12;

class Axis {
  constructor(name, low, high, count, title = name) {
    this.name = name;
    this.title = title; // what is written beside it
    this.low = low;
    this.high = high;
    this.count = count;
    Object.freeze(this);
  }

  get width() {
    return this.high.minus(this.low);
  }

  // The distance of two pixels as a double.
  get pitch() {
    return this.width.number / this.count;
  }

  // Places that resolve a thousandth of a pixel.
  get places() {
    return Math.max(0, 3 - Math.floor(Math.log10(this.pitch)));
  }

  counted(count) {
    return new Axis(this.name, this.low, this.high, count, this.title);
  }

  titled(title) {
    return new Axis(this.name, this.low, this.high, this.count, title);
  }

  // The axis from the same low end, to its places, whose pitch is a short decimal: at most 2 pixels longer.
  get aligned() {
    const { places, count, width } = this;
    const pitch = Decimal.quotient(width.n, 10n ** BigInt(width.p) * BigInt(count), places, true);
    return pitch.timesWhole(count).compare(width) === 0
      ? this
      : Axis.#from(this.name, this.low.rounded(places), pitch, count);
  }

  static #from(name, low, pitch, count) {
    return new Axis(name, low, low.plus(pitch.timesWhole(count)), count);
  }

  get #step() {
    const { width, count, places } = this;
    return Decimal.quotient(width.n, 10n ** BigInt(width.p) * BigInt(count), places + 3);
  }

  moved(pixels) {
    const at = this.aligned;
    const step = at.#step;
    return Axis.#from(at.name, at.low.plus(step.timesWhole(pixels)), step, at.count);
  }

  // Scaled by a factor about a position in pixels; itself where that would leave what can be shown.
  scaled(factor, position) {
    const at = this.aligned;
    const raw = at.pitch * factor;
    if (!(raw > DEEPEST) || raw * at.count > WIDEST) return this;
    const places = Math.max(0, 3 - Math.floor(Math.log10(raw)));
    const pitch = at.#step.times(Decimal.near(factor, 9)).rounded(places);
    if (!pitch.positive) return this;
    const shift = Decimal.near(position, 2);
    const low = at.low.plus(at.#step.times(shift)).minus(pitch.times(shift)).rounded(places);
    return Axis.#from(at.name, low, pitch, at.count);
  }

  // The part between two positions in pixels, over the whole picture.
  between(from, to) {
    const factor = Math.max(to - from, 1) / this.count;
    return this.scaled(factor, from / (1 - Math.min(factor, 0.999999)));
  }

  // The columns [from, to) as an axis of their own, with the same centres where the pitch is exact.
  part(from, to, each = 1) {
    const step = this.#step;
    const low = this.low.plus(step.timesWhole(from));
    return new Axis(this.name, low, low.plus(step.timesWhole(to - from)), (to - from) / each);
  }

  // The value at a position in pixels, to a hundredth of a pixel.
  at(position) {
    return this.low.plus(this.#step.times(Decimal.near(position, 2))).rounded(this.places);
  }

  // The value at a position in words: with all digits where a double would lose them.
  wordsAt(position) {
    const value = this.valueAt(position);
    return this.pitch < Math.abs(value) * 1e-7 ? String(this.at(position)) : words(value, 8);
  }

  valueAt(position) {
    return this.low.number + (position * this.width.number) / this.count;
  }

  positionOf(value) {
    return ((value - this.low.number) / this.width.number) * this.count;
  }

  // By how many whole pixels another axis is this one moved, or null.
  shiftTo(other) {
    if (other.name !== this.name || other.count !== this.count || other.width.compare(this.width) !== 0) return null;
    const moved = other.low.minus(this.low).timesWhole(this.count);
    const [a, b] = [moved.n * 10n ** BigInt(this.width.p), this.width.n * 10n ** BigInt(moved.p)];
    return a % b === 0n ? Number(a / b) : null;
  }

  get asked() {
    return { name: this.name, low: String(this.low), high: String(this.high), count: this.count };
  }
}

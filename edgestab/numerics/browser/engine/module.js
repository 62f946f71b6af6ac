// A WebAssembly module of a step map: blocks of columns in its memory, and programs evaluated on columns.
"use strict";

const HOST = { sin: Math.sin, cos: Math.cos, tan: Math.tan, pow: Math.pow };
const FIRST_COLUMN_ROW = 512; // the rows before belong to the lanes

class LaneModule {
  /** Of bytes, or of a module that was compiled before, which several workers share. */
  constructor(code, about, lanes) {
    const module = code instanceof WebAssembly.Module ? code : new WebAssembly.Module(code);
    this.exports = new WebAssembly.Instance(module, { env: HOST }).exports;
    this.memory = new Float64Array(this.exports.memory.buffer);
    this.about = about;
    this.lanes = lanes;
  }

  /** The address of a row, in bytes. */
  address(row) {
    return 8 * this.lanes * row;
  }

  /** A view of a row. */
  row(row) {
    return this.memory.subarray(this.lanes * row, this.lanes * (row + 1));
  }

  /** Whether there is a program of this name. */
  has(name) {
    return name in this.about.columns;
  }

  /**
   * The outputs of a program on columns, each an array of `count` numbers.
   * An input is an array of `count` numbers, or one number for all.
   */
  columns(name, inputs, count) {
    const outputs = this.about.columns[name];
    const found = Array.from({ length: outputs }, () => new Float64Array(count));
    const into = FIRST_COLUMN_ROW;
    const from = into + inputs.length;
    for (let first = 0; first < count; first += this.lanes) {
      const width = Math.min(this.lanes, count - first);
      inputs.forEach((values, k) => {
        const row = this.row(into + k);
        if (typeof values === "number") row.fill(values, 0, width);
        else row.set(values.subarray(first, first + width));
        if (width & 1) row[width] = row[width - 1];
      });
      this.exports[name](this.address(into), this.address(from), (width + 1) >> 1);
      for (let k = 0; k < outputs; k++) found[k].set(this.row(from + k).subarray(0, width), first);
    }
    return found;
  }
}

/** The entries at some places of each row. */
function taken(rows, index) {
  return rows.map((row) => {
    const found = new Float64Array(index.length);
    for (let k = 0; k < index.length; k++) found[k] = row[index[k]];
    return found;
  });
}

/** Column j of some rows. */
function column(rows, j) {
  return Float64Array.from(rows, (row) => row[j]);
}

function euclidean(values) {
  let sum = 0;
  for (const v of values) sum += v * v;
  return Math.sqrt(sum);
}

/** The Euclidean length of each column of some rows. */
function lengths(rows, count) {
  const found = new Float64Array(count);
  for (const row of rows) for (let j = 0; j < count; j++) found[j] += row[j] * row[j];
  for (let j = 0; j < count; j++) found[j] = Math.sqrt(found[j]);
  return found;
}

// Lines of equal value on a grid of cell centres, by marching squares, and zeros of what is nowhere negative.

// Call `segment(x0, y0, x1, y1)`, in pixels of the grid, along the level of values[row * columns + column].
function contour(values, columns, rows, level, segment) {
  for (let r = 0; r + 1 < rows; r++) {
    for (let c = 0; c + 1 < columns; c++) {
      const at = r * columns + c;
      const below = values[at] < level;
      const alike = values[at + 1] < level === below && values[at + columns] < level === below;
      if (alike && values[at + columns + 1] < level === below) continue; // as most cells are
      const corners = [
        [c, r, values[at]],
        [c + 1, r, values[at + 1]],
        [c + 1, r + 1, values[at + columns + 1]],
        [c, r + 1, values[at + columns]],
      ];
      const cut = [];
      for (let k = 0; k < 4; k++) {
        const [x0, y0, a] = corners[k];
        const [x1, y1, b] = corners[(k + 1) % 4];
        if (!Number.isFinite(a) || !Number.isFinite(b) || a < level === b < level) continue;
        const t = (level - a) / (b - a);
        cut.push([x0 + t * (x1 - x0) + 0.5, y0 + t * (y1 - y0) + 0.5]);
      }
      for (let k = 0; k + 1 < cut.length; k += 2) segment(...cut[k], ...cut[k + 1]);
    }
  }
}

// Where values that are nowhere negative vanish between three neighbours in a row or a column, to a parabola through
// them or through their squares: call `point(x, y)`.
function zeros(values, columns, rows, point) {
  const along = (at, before, after, found) => {
    for (const power of [1, 2]) {
      const [a, b, c] = [values[before] ** power, values[at] ** power, values[after] ** power];
      const bend = a - 2 * b + c;
      if (!(b <= a && b <= c && bend > 0)) continue;
      const t = (a - c) / (2 * bend);
      if (b - ((a - c) * (a - c)) / (8 * bend) < 0.02 * bend) return found(t);
    }
    return undefined;
  };
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      const at = r * columns + c;
      if (c && c + 1 < columns) along(at, at - 1, at + 1, (t) => point(c + t + 0.5, r + 0.5));
      if (r && r + 1 < rows) along(at, at - columns, at + columns, (t) => point(c + 0.5, r + t + 0.5));
    }
  }
}

// Levels that divide the values into classes of equal size.
function levelsOf(values, many) {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  if (!sorted.length) return [];
  return Array.from({ length: many }, (_, k) => sorted[Math.floor(((k + 0.5) / many) * sorted.length)]);
}

const changesSign = (values) => values.some((v) => v < 0) && values.some((v) => v > 0);

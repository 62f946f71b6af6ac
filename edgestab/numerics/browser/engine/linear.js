// Small matrices, row by row in flat arrays.
"use strict";

/** The inverse of an n by n matrix by elimination with row pivots; null where a pivot vanishes. */
function inverse(matrix, n) {
  const a = Float64Array.from(matrix);
  const b = new Float64Array(n * n);
  for (let i = 0; i < n; i++) b[i * n + i] = 1;
  for (let k = 0; k < n; k++) {
    let pivot = k;
    for (let i = k + 1; i < n; i++) if (Math.abs(a[i * n + k]) > Math.abs(a[pivot * n + k])) pivot = i;
    if (!(Math.abs(a[pivot * n + k]) > 0)) return null;
    for (const m of [a, b])
      for (let j = 0; j < n; j++) [m[k * n + j], m[pivot * n + j]] = [m[pivot * n + j], m[k * n + j]];
    const d = a[k * n + k];
    for (let j = 0; j < n; j++) (a[k * n + j] /= d), (b[k * n + j] /= d);
    for (let i = 0; i < n; i++) {
      const f = a[i * n + k];
      if (i === k || f === 0) continue;
      for (let j = 0; j < n; j++) (a[i * n + j] -= f * a[k * n + j]), (b[i * n + j] -= f * b[k * n + j]);
    }
  }
  return b;
}

/** Eigenvalues, ascending, and eigenvectors (columns) of a symmetric matrix, by Jacobi's rotations. */
function symmetric(matrix, n) {
  const a = Float64Array.from(matrix);
  const v = new Float64Array(n * n);
  for (let i = 0; i < n; i++) v[i * n + i] = 1;
  for (let sweep = 0; sweep < 60; sweep++) {
    let turned = false;
    for (let p = 0; p < n; p++)
      for (let q = p + 1; q < n; q++) {
        const off = a[p * n + q];
        if (Math.abs(off) <= 2 ** -60 * Math.sqrt(Math.abs(a[p * n + p] * a[q * n + q])) || off === 0) continue;
        turned = true;
        const theta = (a[q * n + q] - a[p * n + p]) / (2 * off);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        const s = t * c;
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[k * n + p], a[k * n + q]];
          a[k * n + p] = c * x - s * y;
          a[k * n + q] = s * x + c * y;
        }
        for (let k = 0; k < n; k++) {
          const [x, y] = [a[p * n + k], a[q * n + k]];
          a[p * n + k] = c * x - s * y;
          a[q * n + k] = s * x + c * y;
          const [g, h] = [v[k * n + p], v[k * n + q]];
          v[k * n + p] = c * g - s * h;
          v[k * n + q] = s * g + c * h;
        }
        a[p * n + q] = a[q * n + p] = 0;
      }
    if (!turned) break;
  }
  const order = [...Array(n).keys()].sort((i, j) => a[i * n + i] - a[j * n + j]);
  return { values: order.map((i) => a[i * n + i]), vectors: order.map((i) => v.filter((_, k) => k % n === i)) };
}

/** The eigenvalues [real, imaginary] of a matrix: reduced to Hessenberg form, then Francis' double steps. */
function eigenvalues(matrix, n) {
  const a = Float64Array.from(matrix);
  for (let m = 1; m < n - 1; m++) {
    let pivot = m;
    for (let i = m + 1; i < n; i++) if (Math.abs(a[i * n + m - 1]) > Math.abs(a[pivot * n + m - 1])) pivot = i;
    const x = a[pivot * n + m - 1];
    if (x === 0) continue;
    if (pivot !== m) {
      for (let j = 0; j < n; j++) [a[pivot * n + j], a[m * n + j]] = [a[m * n + j], a[pivot * n + j]];
      for (let i = 0; i < n; i++) [a[i * n + pivot], a[i * n + m]] = [a[i * n + m], a[i * n + pivot]];
    }
    for (let i = m + 1; i < n; i++) {
      const y = a[i * n + m - 1] / x;
      if (y === 0) continue;
      for (let j = 0; j < n; j++) a[i * n + j] -= y * a[m * n + j];
      for (let k = 0; k < n; k++) a[k * n + m] += y * a[k * n + i];
    }
    for (let i = m + 1; i < n; i++) a[i * n + m - 1] = 0;
  }
  const found = [];
  let high = n - 1;
  let tries = 0;
  while (high >= 0) {
    let low = high;
    while (low > 0) {
      const around = Math.abs(a[(low - 1) * n + low - 1]) + Math.abs(a[low * n + low]);
      if (Math.abs(a[low * n + low - 1]) <= 2 ** -53 * around) break;
      low--;
    }
    if (low === high) {
      found.push([a[high * n + high], 0]);
      high -= 1;
      tries = 0;
    } else if (low === high - 1) {
      found.push(...pair(a[low * n + low], a[low * n + high], a[high * n + low], a[high * n + high]));
      high -= 2;
      tries = 0;
    } else {
      if (++tries > 200) return [...found, ...Array(high + 1).fill([NaN, NaN])];
      doubleStep(a, n, low, high, tries % 11 === 10);
    }
  }
  return found;
}

/** The eigenvalues of [[a, b], [c, d]]. */
function pair(a, b, c, d) {
  const half = (a + d) / 2;
  const rest = ((a - d) / 2) ** 2 + b * c;
  const root = Math.sqrt(Math.abs(rest));
  return rest >= 0 ? [[half - root, 0], [half + root, 0]] : [[half, -root], [half, root]];
}

/** One double step of the rows and columns low .. high, with the eigenvalues of the last two rows as shifts. */
function doubleStep(a, n, low, high, exceptional) {
  const h = high;
  let s = a[(h - 1) * n + h - 1] + a[h * n + h];
  let t = a[(h - 1) * n + h - 1] * a[h * n + h] - a[(h - 1) * n + h] * a[h * n + h - 1];
  if (exceptional) {
    const size = Math.abs(a[h * n + h - 1]) + Math.abs(a[(h - 1) * n + h - 2]);
    s = 1.5 * size;
    t = size * size;
  }
  const at = (i, j) => a[i * n + j];
  let x = at(low, low) * at(low, low) + at(low, low + 1) * at(low + 1, low) - s * at(low, low) + t;
  let y = at(low + 1, low) * (at(low, low) + at(low + 1, low + 1) - s);
  let z = at(low + 1, low) * at(low + 2, low + 1);
  for (let k = low; k <= high - 1; k++) {
    const rows = k < high - 1 ? 3 : 2;
    const u = rows === 3 ? [x, y, z] : [x, y];
    const norm = Math.hypot(...u);
    if (norm > 0) {
      u[0] += u[0] < 0 ? -norm : norm;
      const square = u.reduce((sum, e) => sum + e * e, 0);
      for (let j = Math.max(k - 1, low); j < n; j++) {
        let dot = 0;
        for (let r = 0; r < rows; r++) dot += u[r] * a[(k + r) * n + j];
        for (let r = 0; r < rows; r++) a[(k + r) * n + j] -= (2 * dot * u[r]) / square;
      }
      for (let i = 0; i <= Math.min(high, k + 3); i++) {
        let dot = 0;
        for (let r = 0; r < rows; r++) dot += u[r] * a[i * n + k + r];
        for (let r = 0; r < rows; r++) a[i * n + k + r] -= (2 * dot * u[r]) / square;
      }
    }
    x = at(k + 1, k);
    y = k + 2 <= high ? at(k + 2, k) : 0;
    z = k + 3 <= high ? at(k + 3, k) : 0;
  }
}

/** The largest modulus of the eigenvalues of a matrix but the `neutral` ones nearest to 1; Infinity if not finite. */
function outerRadius(matrix, n, neutral) {
  for (let i = 0; i < n * n; i++) if (!Number.isFinite(matrix[i])) return Infinity;
  if (n === 1) return neutral === 0 ? Math.abs(matrix[0]) : 0;
  if (n === 2) {
    const [a, b, c, d] = matrix;
    const half = (a + d) / 2;
    const rest = ((a - d) / 2) ** 2 + b * c;
    if (rest < 0) return Math.sqrt(Math.abs(a * d - b * c));
    const root = Math.sqrt(rest);
    const [low, high] = [Math.abs(half - root), Math.abs(half + root)];
    if (neutral === 0) return Math.max(low, high);
    return Math.abs(half - root - 1) > Math.abs(half + root - 1) ? low : high;
  }
  const moduli = eigenvalues(matrix, n)
    .map(([re, im]) => [Math.hypot(re - 1, im), Math.hypot(re, im)])
    .sort((p, q) => p[0] - q[0]);
  return moduli.slice(neutral).reduce((most, [, m]) => (m > most || m !== m ? m : most), 0);
}

/** Write the right inverse of a k by n matrix, k <= n, shape n by k; what is dependent is left out. */
function rightInverse(matrix, at, k, n, result, to) {
  if (k === 1) {
    let gram = 0;
    for (let j = 0; j < n; j++) gram += matrix[at + j] * matrix[at + j];
    const small = gram > 0 ? 1 / gram : 0;
    for (let j = 0; j < n; j++) result[to + j] = matrix[at + j] * small;
    return;
  }
  // The rows are made orthogonal by rotations among them (Hestenes): U A has orthogonal rows.
  const a = Float64Array.from(matrix.subarray(at, at + k * n));
  const u = new Float64Array(k * k);
  for (let i = 0; i < k; i++) u[i * k + i] = 1;
  const dot = (i, j) => {
    let sum = 0;
    for (let c = 0; c < n; c++) sum += a[i * n + c] * a[j * n + c];
    return sum;
  };
  for (let sweep = 0, turned = true; turned && sweep < 60; sweep++) {
    turned = false;
    for (let i = 0; i < k; i++)
      for (let j = i + 1; j < k; j++) {
        const [p, q, r] = [dot(i, i), dot(j, j), dot(i, j)];
        if (Math.abs(r) <= 2 ** -52 * Math.sqrt(p * q) || r === 0) continue;
        turned = true;
        const theta = (q - p) / (2 * r);
        const t = (theta < 0 ? -1 : 1) / (Math.abs(theta) + Math.hypot(theta, 1));
        const c = 1 / Math.hypot(t, 1);
        for (const [m, width] of [[a, n], [u, k]])
          for (let l = 0; l < width; l++) {
            const [x, y] = [m[i * width + l], m[j * width + l]];
            m[i * width + l] = c * x - t * c * y;
            m[j * width + l] = t * c * x + c * y;
          }
      }
  }
  const squares = [...Array(k).keys()].map((i) => dot(i, i));
  const largest = Math.max(...squares);
  for (let i = 0; i < k; i++) {
    if (!(squares[i] > 1e-20 * largest)) continue;
    for (let j = 0; j < n; j++)
      for (let l = 0; l < k; l++) result[to + j * k + l] += (a[i * n + j] * u[i * k + l]) / squares[i];
  }
}

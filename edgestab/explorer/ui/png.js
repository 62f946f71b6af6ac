// A picture as a PNG file that says what made it, in its text chunks.

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c >>> 0;
});

function crc(bytes) {
  let c = 0xffffffff;
  for (const b of bytes) c = CRC[(c ^ b) & 255] ^ (c >>> 8);
  return (c ^ 0xffffffff) >>> 0;
}

function textChunk(key, text) {
  // An iTXt chunk, which is UTF-8: keyword, no compression, no language, no translation.
  const body = new TextEncoder().encode(`iTXt${key}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(body.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, body.length - 4);
  chunk.set(body, 4);
  view.setUint32(body.length + 4, crc(body));
  return chunk;
}

const HEADER = 33; // the signature and the first chunk, which has to be IHDR

async function pngOf(canvas, texts) {
  const blob = await new Promise((done) => canvas.toBlob(done, "image/png"));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  const chunks = Object.entries(texts).map(([key, text]) => textChunk(key, text));
  return new Blob([bytes.subarray(0, HEADER), ...chunks, bytes.subarray(HEADER)], { type: "image/png" });
}

// The picture of a plot with a strip below that says what it shows.
function captioned(plot, lines, theme) {
  const { canvas, ratio } = plot;
  const found = document.createElement("canvas");
  const leading = 16 * ratio;
  Object.assign(found, { width: canvas.width, height: canvas.height + leading * lines.length + 8 * ratio });
  const context = found.getContext("2d");
  context.fillStyle = theme.paper;
  context.fillRect(0, 0, found.width, found.height);
  context.drawImage(canvas, 0, 0);
  context.fillStyle = theme.ink;
  context.font = `${11 * ratio}px system-ui, sans-serif`;
  lines.forEach((line, k) =>
    context.fillText(line, 8 * ratio, canvas.height + leading * (k + 0.8), found.width - 16 * ratio),
  );
  return found;
}

function save(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

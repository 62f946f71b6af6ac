// Light and dark: as the system has it, or as the button says. Canvases take their colours from the style sheet.

function themeNow() {
  const chosen = document.documentElement.dataset.theme;
  const dark = chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  const style = getComputedStyle(document.documentElement);
  const read = (name) => style.getPropertyValue(`--${name}`).trim();
  const names = ["paper", "empty", "ink", "quiet", "line", "edge", "stable", "unstable", "orbit", "band", "cycles"];
  const found = Object.fromEntries(names.map((n) => [n, read(n)]));
  const lines = [0, 1, 2, 3, 4, 5].map((k) => read(`line-${k}`));
  return { ...found, lines, name: dark ? "dark" : "light", inkPacked: packed(found.ink) & 0xffffff };
}

function watchTheme(change) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", change);
  byId("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = themeNow().name === "dark" ? "light" : "dark";
    change();
  });
}

"use strict";
(() => {
  const root = document.documentElement, byId = id => document.getElementById(id);

  // The theme: the reader's system decides until the button is pressed.
  const button = byId("theme"), dark = matchMedia("(prefers-color-scheme: dark)");
  const now = () => root.dataset.theme || (dark.matches ? "dark" : "light");
  const show = () => { button.textContent = now() === "dark" ? "Light" : "Dark"; };
  try { const kept = localStorage.getItem("edgestab-theme"); if (kept === "dark" || kept === "light") root.dataset.theme = kept; } catch { /* no storage */ }
  button.addEventListener("click", () => {
    root.dataset.theme = now() === "dark" ? "light" : "dark";
    try { localStorage.setItem("edgestab-theme", root.dataset.theme); } catch { /* no storage */ }
    show();
  });
  dark.addEventListener("change", show);
  button.hidden = false;
  show();

  // The filter of the overview.
  const form = document.querySelector("form.filter"), search = byId("search"), standing = byId("standing"), paper = byId("paper");
  const rows = [...document.querySelectorAll(".verdicts li")];
  const ascii = { "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "eps", "η": "eta", "θ": "theta", "κ": "kappa", "λ": "lambda",
    "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "phi", "χ": "chi", "ψ": "psi", "ω": "omega",
    "−": "-", "≤": "<=", "≥": ">=", "≠": "!=", "→": "->", "∞": "oo", "′": "'", "″": "''" };
  const plain = text => text.toLowerCase().replace(/[\u2061-\u2064\s]+/g, " ").replace(/[^\x00-\x7f]/g, c => ascii[c] ?? c);
  let texts = null;
  const filter = () => {
    texts ??= rows.map(row => plain(row.textContent));
    const words = plain(search.value).split(" ").filter(Boolean);
    let found = 0;
    rows.forEach((row, i) => {
      const fits = (!standing.value || row.dataset.standing === standing.value)
        && (!paper.value || row.closest(".group").dataset.paper === paper.value)
        && words.every(word => texts[i].includes(word));
      row.hidden = !fits;
      found += fits;
    });
    for (const group of document.querySelectorAll(".group")) group.hidden = !group.querySelector("li:not([hidden])");
    byId("found").textContent = `${found} ${found === 1 ? "claim" : "claims"}`;
  };
  form.addEventListener("input", filter);
  form.addEventListener("submit", event => event.preventDefault());
  form.hidden = false;

  // Whoever follows a link to a claim sees its evidence.
  const unfold = () => {
    const there = location.hash && byId(decodeURIComponent(location.hash.slice(1)));
    const evidence = there && there.querySelector("details.evidence");
    if (evidence) evidence.open = true;
  };
  addEventListener("hashchange", unfold);
  unfold();

  // The data of a verdict, below its link.
  let data = null;
  const unpacked = async text => {
    const bytes = Uint8Array.from(atob(text), c => c.charCodeAt(0));
    return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"))).json();
  };
  for (const link of document.querySelectorAll("a.data")) link.addEventListener("click", async event => {
    event.preventDefault();
    const block = link.closest("details"), there = block.querySelector("pre.json");
    if (there) { there.remove(); return; }
    data ??= await unpacked(byId("data").textContent);
    const pre = document.createElement("pre");
    pre.className = "json";
    pre.tabIndex = 0;
    pre.textContent = JSON.stringify(data.verdicts.find(v => v.id === link.dataset.claim), null, 1);
    block.append(pre);
  });
})();

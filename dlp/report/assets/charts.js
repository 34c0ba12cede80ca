// Charts: few marks, drawn by hand. Each says in words, too, what it shows.

const VERDICTS = ["block", "quarantine", "warn", "audit", "allow"];
const LEVELS = ["critical", "high", "medium", "low"];

/** One bar of parts: `[{name, count}]`. */
function stackedBar(parts, label) {
  const total = parts.reduce((sum, part) => sum + part.count, 0);
  const bar = svg("svg", { class: "stacked", viewBox: "0 0 1000 10", preserveAspectRatio: "none", role: "img",
    "aria-label": label });
  const some = parts.filter((part) => part.count);
  const least = 6; // of 1000: one file of a million is seen, too
  const room = 1000 - least * some.length;
  let at = 0;
  for (const part of some) {
    const width = least + (room * part.count) / total;
    bar.append(svg("rect", { class: `fill-${part.name}`, x: at.toFixed(2), y: 0, width: width.toFixed(2), height: 10 }));
    at += width;
  }
  return bar;
}

/** Columns over time, each stacked by verdict: `[{name, long, counts: {verdict: n}}]`; `pick(index)` when one is chosen. */
function columns(slots, pick, chosen) {
  const width = 300, height = 176, floor = 156, top = 14;
  const most = Math.max(1, ...slots.map((slot) => slot.total));
  const step = width / slots.length;
  const thick = Math.min(36, step * 0.74);
  const chart = svg("svg", { class: "columns", viewBox: `0 0 ${width} ${height}`, role: "group" });
  chart.append(svg("line", { class: "axis", x1: 0, x2: width, y1: floor + 0.5, y2: floor + 0.5 }));
  chart.append(svg("text", { class: "tick", x: 0, y: 9 }, number(most)));
  chart.append(svg("line", { class: "grid", x1: 0, x2: width, y1: top - 0.5, y2: top - 0.5 }));
  const every = Math.ceil(44 / step);
  slots.forEach((slot, index) => {
    const x = index * step + (step - thick) / 2;
    const column = svg("g", { class: chosen === slot.key ? "column chosen" : "column" });
    let y = floor;
    for (const verdict of [...VERDICTS].reverse()) {
      const count = slot.counts[verdict] || 0;
      if (!count) continue;
      const tall = Math.max(1.5, ((floor - top) * count) / most);
      y -= tall;
      column.append(svg("rect", { class: `fill-${verdict}`, x, y, width: thick, height: tall }));
    }
    if (index % every === 0) {
      column.append(svg("text", { class: "tick", x: index ? index * step + step / 2 : 0, y: height - 4,
        "text-anchor": index ? "middle" : "start" }, slot.name));
    }
    const told = VERDICTS.filter((verdict) => slot.counts[verdict]).map((each) => `${slot.counts[each]} ${each}`);
    const words = `${slot.long}: ${told.join(", ") || "none"}`;
    if (slot.total) {
      const choose = (event) => {
        if (event.type === "keydown" && event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        pick(slot.key);
      };
      filled(column, { role: "button", tabindex: 0, "aria-label": words, "aria-pressed": String(chosen === slot.key),
        click: choose, keydown: choose }, []);
      column.append(svg("rect", { class: "touch", x: index * step, y: top, width: step, height: floor - top }));
    }
    column.append(svg("title", {}, words));
    chart.append(column);
  });
  return chart;
}

/** A ranking: `[{name, note, count, pressed}]`, each a button with a bar as long as its count. */
function ranking(entries, pick) {
  const most = Math.max(1, ...entries.map((entry) => entry.count));
  return el("ul", { class: "ranking" }, entries.map((entry) =>
    el("li", {}, el("button", { type: "button", "aria-pressed": String(entry.pressed), click: () => pick(entry) },
      el("span", { class: "name", title: visible(entry.name, 300) }, visible(entry.name, 120)),
      entry.note ? el("span", { class: "note" }, visible(entry.note, 60)) : null,
      el("span", { class: "count" }, number(entry.count)),
      bar(entry.count / most)))));
}

function bar(share, kind = "") {
  const wide = Math.max(share > 0 ? 0.8 : 0, Math.min(1, share) * 100);
  return svg("svg", { class: `bar ${kind}`, viewBox: "0 0 100 4", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "rest", x: 0, y: 0, width: 100, height: 4 }),
    svg("rect", { class: "part", x: 0, y: 0, width: wide.toFixed(2), height: 4 }));
}

/** Severity by confidence: counts as buttons. `of(severity, confidence)` gives one, `pressed` whether it is chosen. */
function matrix(confidences, of, pick, pressed) {
  let most = 1;
  for (const severity of LEVELS) for (const each of confidences) most = Math.max(most, of(severity, each));
  return el("table", { class: "matrix" },
    el("caption", { class: "unseen" }, "Findings by severity and confidence"),
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("span", { class: "unseen" }, "severity")),
      confidences.map((each) => el("th", { scope: "col" }, each)))),
    el("tbody", {}, LEVELS.map((severity) => el("tr", {}, el("th", { scope: "row" }, severity),
      confidences.map((each) => {
        const count = of(severity, each);
        if (!count) return el("td", {}, el("span", { class: "none" }, "·"));
        const heat = 1 + Math.round((3 * Math.log1p(count)) / Math.log1p(most));
        return el("td", {}, el("button", { type: "button", class: `heat-${severity} heat${heat}`,
          "aria-pressed": String(pressed(severity, each)),
          "aria-label": `${counted(count, "finding")}: severity ${severity}, confidence ${each}`,
          click: () => pick(severity, each) }, number(count)));
      })))));
}

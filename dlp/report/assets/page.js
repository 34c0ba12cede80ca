"use strict";
// The frame: elements, text, figures, the theme, and the lines of data. No string ever becomes markup.

const SVG = "http://www.w3.org/2000/svg";

/** An element; children are elements, or text that goes in as text. Attributes that are null or false are left out. */
function el(tag, attributes = {}, ...children) {
  return filled(document.createElement(tag), attributes, children);
}

function svg(tag, attributes = {}, ...children) {
  return filled(document.createElementNS(SVG, tag), attributes, children);
}

function filled(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") made.addEventListener(name, value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return made;
}

// What shows nothing, or moves, hides or reorders what stands beside it.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]|(?! )\p{Zs}/gu;
const PILED = /([\p{Mn}\p{Me}]{2})([\p{Mn}\p{Me}]+)|^[\p{Mn}\p{Me}]+/gu; // more than two marks paint over other lines

function escapedChar(char) {
  const code = char.codePointAt(0);
  if (char === "\n") return "\\n";
  if (char === "\t") return "\\t";
  if (char === "\r") return "\\r";
  if (code < 0x100) return "\\x" + code.toString(16).padStart(2, "0");
  return code < 0x10000 ? "\\u" + code.toString(16).padStart(4, "0") : "\\U" + code.toString(16).padStart(8, "0");
}

/** Others' text as one printable line of at most `most` characters, cut in the middle. */
function visible(text, most = 4000) {
  const cut = text.length > most;
  let shown = cut ? text.slice(0, most >> 1) + "…" + text.slice(text.length - (most >> 1)) : text;
  if (/^[\x20-\x7e•…]*$/.test(shown)) return shown;
  shown = shown.replace(PILED, (all, kept = "") => kept + [...all.slice(kept.length)].map(escapedChar).join(""));
  return shown.replace(UNSEEN, escapedChar);
}

const number = (count) => count.toLocaleString("en-US");
const counted = (count, one, many = one + "s") => `${number(count)} ${count === 1 ? one : many}`;

function percent(share) {
  if (share > 0 && share < 0.01) return "<1%";
  return `${Math.floor(share * 100 + 1e-9)}%`;
}

function bytes(count) {
  let unit = 0;
  for (; count >= 999.5 && unit < 4; unit++) count /= 1000;
  return `${unit === 0 || count >= 99.95 ? Math.round(count) : count.toFixed(1)} ${["bytes", "kB", "MB", "GB", "TB"][unit]}`;
}

function duration(seconds) {
  if (seconds < 60) return `${seconds.toFixed(2)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  return minutes < 60
    ? `${minutes} min ${Math.round(seconds) % 60} s`
    : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Seconds since 1970 as a date, and a time if asked for; in UTC. Empty for what is no date. */
function date(seconds, withTime = false) {
  const when = new Date(seconds * 1000);
  if (isNaN(when)) return "";
  const text = when.toISOString();
  return withTime ? `${text.slice(0, 10)} ${text.slice(11, 16)} UTC` : text.slice(0, 10);
}

const REMEMBERED = "dlp-report-theme";

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null; // a browser that keeps nothing for a page from a file
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  try {
    localStorage.setItem(REMEMBERED, theme);
  } catch {
    return; // it holds until the page is closed
  }
}

function themeButton() {
  const button = el("button", { type: "button", class: "plain", click: turn }, "");
  function name() {
    button.textContent = isDark() ? "Light" : "Dark";
    button.setAttribute("aria-label", isDark() ? "Light theme" : "Dark theme");
  }
  function turn() {
    setTheme(isDark() ? "light" : "dark");
    name();
  }
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", name);
  name();
  return button;
}

/** What stands above every report: its name, and facts about it. */
function masthead(title, facts, ...buttons) {
  return el(
    "header",
    { class: "masthead" },
    el("h1", {}, title),
    el("p", { class: "facts" }, facts.filter(Boolean).map((fact) => el("span", {}, fact))),
    el("div", { class: "buttons" }, buttons, themeButton()),
  );
}

function banner(kind, ...text) {
  return el("p", { class: `banner ${kind}`, role: "note" }, text);
}

/** Calls `run(lines, whole)` when the page is read. A page whose end is missing has lost its last line, or a part of it. */
function onPage(run) {
  document.documentElement.dataset.scripts = "";
  const theme = remembered();
  if (theme === "dark" || theme === "light") document.documentElement.dataset.theme = theme;
  document.addEventListener("DOMContentLoaded", () => {
    const block = document.getElementById("data");
    const lines = [];
    let whole = true;
    for (const line of (block ? block.textContent : "").split("\n")) {
      if (!line) continue;
      try {
        lines.push(JSON.parse(line));
      } catch {
        whole = false; // torn in the middle of a line
      }
    }
    block?.remove(); // its text is as large as all that was read from it
    run(lines, whole, document.getElementById("page"));
  });
}

// A row of the list, two lines each; and a file on paper.

const ON_PAPER = 40; // findings of a file

/** How many findings of each kind, the gravest first: `2 × Acme key · hx7.md (64% of it)`. */
function summed(result) {
  const groups = new Map();
  for (const finding of result.findings.slice(0, 2000)) {
    const name = nameOf(finding);
    const group = groups.get(name) || { name, count: 0, share: 0, rank: 9 };
    group.count += finding.kind === "pattern" || finding.kind === "term" ? finding.count : 1;
    group.share = Math.max(group.share, finding.document_share ?? finding.share ?? 0);
    group.rank = Math.min(group.rank, LEVELS.indexOf(finding.severity));
    groups.set(name, group);
  }
  const told = [...groups.values()].sort((a, b) => a.rank - b.rank).slice(0, 4).map((each) =>
    `${each.count > 1 ? `${number(each.count)} × ` : ""}${visible(each.name, 60)}${each.share ? ` (${percent(each.share)} of it)` : ""}`);
  if (groups.size > 4) told.push(`${number(groups.size - 4)} more`);
  if (result.skipped.length) {
    const [{ reason, detail }] = result.skipped;
    told.push(`not read: ${result.skipped.length > 1 ? counted(result.skipped.length, "part") : reason + (detail ? `, ${visible(detail, 80)}` : "")}`);
  }
  if (!told.length && result.suppressed.length) told.push(`${number(result.suppressed.length)} would have matched`);
  return told.join(" · ") || "nothing found";
}

const worst = (result) => LEVELS.find((level) => result.findings.some((each) => each.severity === level));

function fileRow(result, row) {
  const severity = worst(result);
  filled(row, {}, [
    el("div", { class: "one" }, badge(result.verdict), el("span", { class: "path" }, pathText(result.path)),
      result.containment ? badge("unread", CONTAINED[result.containment.state]) : null,
      result.coverage === "complete" ? null : badge("unread", COVERAGE[result.coverage])),
    el("div", { class: "two" }, severity ? severityBadge(severity) : el("span", { class: "no-severity" }), el("span", { class: "gist" }, summed(result))),
  ]);
}

function findingRow(finding, result, row) {
  const where = [finding.provenance ? inner(finding.provenance, result.path) : "",
    finding.span ? placeOf(finding.span) : counted(finding.files, "file")].filter(Boolean).join(", ");
  filled(row, {}, [
    el("div", { class: "one" }, severityBadge(finding.severity), el("span", { class: "path name" }, visible(nameOf(finding), 200)),
      el("span", { class: "excerpt" }, el("bdi", {}, visible(finding.excerpt || "", 120)))),
    el("div", { class: "two" }, badge(result.verdict), el("span", { class: "gist" }, el("span", { class: "path" }, pathText(result.path)),
      el("span", {}, ` · ${visible(where, 200)} · ${finding.confidence} confidence`))),
  ]);
}

function unreadRow(part, result, row) {
  const within = inner(part.provenance, result.path);
  filled(row, {}, [
    el("div", { class: "one" }, badge("unread", part.reason), el("span", { class: "path" }, pathText(result.path))),
    el("div", { class: "two" }, badge(result.verdict), el("span", { class: "gist" }, visible([within, part.detail].filter(Boolean).join(": "), 300))),
  ]);
}

function printed(result) {
  const found = [...result.findings].sort((a, b) => LEVELS.indexOf(a.severity) - LEVELS.indexOf(b.severity));
  const more = found.length - ON_PAPER;
  return el("article", {},
    el("h3", {}, badge(result.verdict), " ", visible(result.path, 400),
      result.coverage === "complete" ? null : ` (${COVERAGE[result.coverage]})`),
    result.handling.message ? el("p", { class: "message" }, visible(result.handling.message, 1000)) : null,
    el("ul", {}, found.slice(0, ON_PAPER).map((each) => el("li", {},
      `${each.severity}, ${each.confidence} confidence: ${visible(nameOf(each), 200)}, `,
      each.span ? visible([inner(each.provenance, result.path), placeOf(each.span)].filter(Boolean).join(", "), 300)
        : `in ${counted(each.files, "file")}`,
      each.excerpt ? [" ", el("code", {}, visible(each.excerpt, 120))] : null)),
    more > 0 ? el("li", {}, `${counted(more, "more finding")}`) : null,
    result.skipped.slice(0, ON_PAPER).map((part) => el("li", {}, `not read: ${part.reason}`,
      `, ${visible([inner(part.provenance, result.path), part.detail].filter(Boolean).join(": "), 300)}`))));
}

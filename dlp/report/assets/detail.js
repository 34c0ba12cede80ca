// One file, with all that is known of it.

const AT_ONCE = 50; // findings that are drawn before somebody asks for more
const PLACES = 12;

const badge = (kind, text = kind) => el("span", { class: `badge ${kind}` }, text);
const severityBadge = (severity) => el("span", { class: `severity ${severity}` },
  el("span", { class: "meter", "aria-hidden": "true" }, ["", "", "", ""].map(() => el("i"))), severity);

function pathText(path) {
  const shown = visible(path, 400);
  const cut = shown.lastIndexOf("/") + 1;
  return [el("span", { class: "folder" }, shown.slice(0, cut)), el("span", { class: "name" }, shown.slice(cut))];
}

function facts(rows) {
  const there = rows.filter(([, value]) => value !== null && value !== undefined && value !== "" && value !== false);
  return there.length ? el("dl", { class: "about" },
    there.map(([name, value]) => el("div", {}, el("dt", {}, name), el("dd", {}, value)))) : null;
}

function section(title, count, ...content) {
  return el("section", {}, el("h3", {}, title, count ? el("span", { class: "amount" }, number(count)) : null), content);
}

/** `list`, of which `most` are drawn by `draw`, and a button for as many more. */
function some(list, most, draw) {
  const box = el("div", { class: "some" });
  let shown = 0;
  const more = el("button", { type: "button", class: "plain", click: add });
  function add() {
    more.remove();
    box.append(...list.slice(shown, shown + most).map(draw));
    shown = Math.min(list.length, shown + most);
    if (shown < list.length) {
      more.textContent = `Show ${number(Math.min(most, list.length - shown))} more of ${number(list.length)}`;
      box.append(more);
    }
  }
  add();
  return box;
}

/** `chosen`: a finding that is shown first; `look(text)` searches for it everywhere. */
function fileDetail(result, chosen, look) {
  const { file, origin, handling, containment } = result;
  const found = [...result.findings].sort((a, b) =>
    (b === chosen) - (a === chosen) || LEVELS.indexOf(a.severity) - LEVELS.indexOf(b.severity));
  return [
    el("header", { class: "top" },
      el("p", { class: "badges" }, badge(result.verdict),
        result.coverage === "complete" ? null : badge("unread", COVERAGE[result.coverage]),
        file?.lies ? badge("unread", "its name says otherwise") : null,
        containment ? badge("unread", CONTAINED[containment.state]) : null),
      el("h2", { class: "path", tabindex: -1 }, pathText(result.path))),
    handling.message ? el("p", { class: "message" }, el("strong", {}, "What to do instead"), visible(handling.message)) : null,
    result.reasons.length ? section("Why", 0, el("ul", { class: "reasons" },
      result.reasons.map((reason) => el("li", {}, visible(reason, 1000))))) : null,
    handling.exceptions.length ? section("Exceptions applied", 0, el("ul", { class: "reasons" },
      handling.exceptions.map((each) => el("li", {}, visible(each, 1000))))) : null,
    found.length ? section("Findings", found.length,
      some(found, AT_ONCE, (each) => findingCard(each, result, each === chosen, look))) : null,
    result.skipped.length ? section("Not read", result.skipped.length,
      some(result.skipped, AT_ONCE, (part) => unreadLine(part, result))) : null,
    result.suppressed.length ? section("Would have matched", result.suppressed.length,
      el("p", { class: "aside" }, "These are no part of the verdict."),
      some(result.suppressed, AT_ONCE, (each) => suppressedLine(each, result))) : null,
    result.allowed ? el("p", { class: "aside" }, `${counted(result.allowed, "match", "matches")} allowed by somebody.`) : null,
    origin.appearances.length ? section("In the repository's history", origin.appearances.length, history(origin)) : null,
    section("The file", 0, facts([
      ["Size", file && `${bytes(file.size)}${file.size > 999 ? ` (${number(file.size)} bytes)` : ""}`],
      ["Type", file && visible(file.type, 80)],
      ["Modified", file && file.modified > 0 && date(file.modified, true)],
      ["Owner", file && String(file.owner)],
      ["Channel", visible(origin.channel, 200)], ["Jurisdiction", visible(origin.jurisdiction, 80)],
      ["Policy", visible(handling.rules.join(", "), 500)], ["Severity", handling.severity],
      ["Told", visible(handling.notify.join(", "), 500)], ["Kept", handling.keep && "as evidence, sealed"],
      ["Quarantine", containment && visible([containment.id, containment.detail].filter(Boolean).join(": "), 500)],
      ["Branches", visible(origin.branches.join(", "), 500)], ["Blob", origin.blob && el("code", {}, visible(origin.blob, 80))],
      ["SHA-256", file && file.digest && el("code", {}, visible(file.digest, 80))],
    ]) || el("p", { class: "aside" }, "Nothing else is known of it.")),
  ];
}

function findingCard(finding, result, chosen, look) {
  const within = finding.provenance ? inner(finding.provenance, result.path) : "";
  const about = { passage: aboutPassage, pattern: aboutValue, term: aboutValue, set: aboutSet }[finding.kind];
  const tags = finding.kind === "pattern" ? [finding.rule, ...finding.tags]
    : [finding.document.label || "no label", `version ${finding.document.version}`];
  return el("article", { class: chosen ? "finding chosen" : "finding" },
    el("p", { class: "levels" }, severityBadge(finding.severity),
      el("span", { class: "confidence" }, `${finding.confidence} confidence`),
      el("span", { class: "kind" }, KINDS[finding.kind])),
    el("h4", {}, visible(nameOf(finding), 400)),
    el("p", { class: "tags" }, tags.map((tag) => el("span", {}, visible(tag, 80)))),
    within ? el("p", { class: "within" }, "in ", visible(within, 600)) : null,
    about(finding, result, look));
}

function excerpt(text) {
  return text ? el("p", { class: "excerpt" }, el("bdi", {}, visible(text, 1000))) : null;
}

function aboutValue(finding, result, look) {
  const places = finding.places.length ? finding.places : [finding.span];
  const shown = places.slice(0, PLACES).map((each) => visible(placeOf(each), 80));
  const more = finding.count > shown.length ? ` … ${number(finding.count)} in all` : "";
  return [
    excerpt(finding.excerpt),
    facts([[places.length > 1 ? "Places" : "Place", shown.join(", ") + more],
      ["Value", el("button", { type: "button", class: "link", title: "Find the same value everywhere",
        click: () => look(finding.digest) }, `#${visible(finding.digest, 40)}`)]]),
  ];
}

function aboutPassage(finding, result) {
  const { span, source_span: source, document } = finding;
  const there = source.locator || `characters ${number(source.start)} to ${number(source.end)}`;
  const also = finding.also.slice(0, PLACES).map((each) => visible(each.document.name, 120));
  return [
    finding.sides ? twoSides(finding.sides, finding) : excerpt(finding.excerpt),
    facts([
      ["Here", `${visible(placeOf(span), 120)}, characters ${number(span.start)} to ${number(span.end)}`],
      ["In the document", visible(there, 120)],
      ["Length", `${counted(finding.length, "symbol")}, about ${counted(Math.max(1, Math.round(finding.length / 5)), "word")}`],
      ["Alike", share(finding.similarity)],
      ["Of the document", share(finding.document_share)],
      ["Evidence", `${counted(finding.evidence, "symbol")}, rarity ${number(finding.rarity)}`],
      ["Also in", also.join(", ") + (finding.also.length > also.length ? ` … ${number(finding.also.length)} in all` : "")],
      ["Both sides", finding.sides ? "" : el("code", {}, `dlp show ${quoted(`${result.path}#${finding.id}`)}`)],
    ]),
  ];
}

function aboutSet(finding) {
  return [
    facts([["Of the document", share(finding.share)],
      ["Evidence", `${counted(finding.evidence, "symbol")} in ${counted(finding.files, "file")}`]]),
    some(finding.pieces, PLACES, (piece) => el("p", { class: "piece" },
      el("span", { class: "path" }, pathText(piece.path)), share(piece.share))),
  ];
}

const share = (value) => el("span", { class: "share" }, percent(value), bar(value));

/** One word for a shell, whatever it holds; `dlp show` knows what is written out. */
const quoted = (text) => `'${visible(text).replaceAll("'", "'\\''")}'`;

/** Document and file beside each other; what only one of them has is marked. */
function twoSides({ pieces, cut, problem }, finding) {
  const column = (title, at, mark) => {
    const text = el("p", { class: "text" });
    for (const piece of pieces) {
      const kind = piece[0], gone = kind === "delete" && at === 2 && piece[1] === null;
      const words = gone ? ` [${counted(piece[3], "word")} of the document] ` : piece[at] && visible(piece[at].replace(/\s+/g, " "), 20000);
      if (!words) continue;
      text.append(kind === "same" ? el("span", { class: "same", title: "written otherwise" }, words)
        : gone ? el("del", { class: "gone" }, words)
        : kind === mark ? el(mark === "delete" ? "del" : "ins", {}, words) : words);
    }
    return el("div", { class: "side" }, el("h5", {}, title), text);
  };
  const both = pieces.some((piece) => piece[1] !== null);
  return [
    pieces.length ? null : excerpt(finding.excerpt),
    pieces.length ? el("div", { class: "sides" },
      both ? column(visible(finding.document.name, 120), 1, "delete") : null, column("This file", 2, "insert")) : null,
    problem ? el("p", { class: "aside" }, visible(problem, 500)) : null,
    cut ? el("p", { class: "aside" }, "The passage goes on; it is cut here.") : null,
  ];
}

function unreadLine(part, result) {
  const within = inner(part.provenance, result.path);
  return el("p", { class: "part" }, badge("unread", part.reason), within ? el("span", {}, visible(within, 600)) : null,
    part.detail ? el("span", { class: "aside" }, visible(part.detail, 600)) : null);
}

function suppressedLine({ finding, causes }, result) {
  const within = inner(finding.provenance, result.path);
  const where = [within, placeOf(finding.span)].filter(Boolean).join(", ");
  return el("p", { class: "part" }, el("strong", {}, visible(nameOf(finding), 200)), el("span", {}, visible(where, 400)),
    el("span", { class: "aside" }, `because: ${visible(causes.join("; "), 600)}`));
}

function history(origin) {
  const head = ["Commit", "Date", "Author", "Path", "Taken out by"];
  return el("div", { class: "wide" }, el("table", { class: "history" },
    el("thead", {}, el("tr", {}, head.map((each) => el("th", { scope: "col" }, each)))),
    el("tbody", {}, origin.appearances.slice(0, 200).map((each) => el("tr", {},
      el("td", {}, el("code", {}, visible(each.commit.slice(0, 12), 12))), el("td", {}, date(each.date)),
      el("td", {}, visible(each.author, 80)), el("td", {}, visible(each.path, 300)),
      el("td", {}, each.removed ? el("code", {}, visible(each.removed.slice(0, 12), 12)) : "still there"))))));
}

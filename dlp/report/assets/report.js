// The report of a scan: what there is at a glance, then a list to narrow down, and one file of it.

const VIEWS = { files: "Files", findings: "Findings", unread: "Not read" };
const SORTS = {
  files: { grave: "Gravest first", most: "Most findings", new: "Newest", large: "Largest", path: "Path" },
  findings: { grave: "Gravest first", most: "Largest amount", what: "Rule or document", path: "File" },
  unread: { file: "As they came" },
};
const FEW = 8; // values of a facet before somebody asks for more
const MANY = 200;
const PRINTED = 1000; // files on paper

onPage((lines, whole, page) => {
  const first = lines.shift();
  const last = whole && lines.length && lines.at(-1).summary ? lines.pop() : null;
  let plain = false;
  const results = [];
  for (const line of lines) {
    if (line.findings) results.push(line);
    else if (line.passages && results.length) {
      const sides = new Map(line.passages.map((each) => [each.id, each]));
      for (const finding of results.at(-1).findings) finding.sides = sides.get(finding.id);
      plain = true;
    }
  }
  page.replaceChildren(...(first ? new Report(first, results, last, plain).parts() : [banner("bad", "There is nothing in this report.")]));
  document.dispatchEvent(new Event("report-drawn"));
});

class Report {
  constructor(first, results, last, plain) {
    this.plain = plain;
    this.first = first;
    this.summary = last ? last.summary : null;
    this.leftOut = last ? last.left_out : {};
    this.index = new Index(results);
    this.view = "files";
    this.sort = { files: "grave", findings: "grave", unread: "file" };
    this.long = new Set(); // facets that show many values
  }

  parts() {
    this.overview = el("section", { class: "overview", "aria-label": "At a glance" });
    const parts = [
      masthead("Scan report", this.facts(), el("button", { type: "button", class: "plain", click: () => print() }, "Print")),
      el("main", {}, this.banners(), this.overview, this.index.results.length ? this.work() : this.nothing()),
      el("div", { id: "paper" }),
    ];
    this.drawOverview();
    if (this.index.results.length) {
      addEventListener("keydown", (event) => this.key(event));
      addEventListener("beforeprint", () => this.paper(true));
      addEventListener("afterprint", () => this.paper(false));
      requestAnimationFrame(() => this.update());
    }
    return parts;
  }

  facts() {
    const { summary, first } = this;
    return [
      summary && counted(summary.files, "file"), summary && bytes(summary.bytes),
      summary && counted(summary.findings, "finding"), summary && duration(summary.seconds),
      date(first.begun, true), `dlp ${visible(first.engine, 40)}`,
      summary && (summary.complete ? "complete" : "cut short"),
    ];
  }

  banners() {
    const out = Object.entries(this.leftOut);
    const { summary } = this;
    return [
      this.plain ? banner("", "This page shows passages of registered documents in plain text: it is as secret as they are.") : null,
      summary ? null : banner("bad", "This report ends in the middle: its end was never written, or is lost. What stands here was found; there may be more."),
      summary && !summary.complete ? banner("bad", "The scan was cut short. What is not counted here was not looked at.") : null,
      out.length ? banner("bad", `This page has no room for ${out.map(([verdict, count]) => `${number(count)} more with the verdict ${verdict}`).join(", ")}. They are counted; a report in JSON Lines has them all.`) : null,
    ];
  }

  nothing() {
    const { summary } = this;
    const unread = summary && Object.keys(summary.skipped).length;
    if (!summary || unread) return null;
    const read = summary.files === 1 ? "One file was read whole, and the policy allows it."
      : `${number(summary.files)} files were read whole, and the policy allows all of them.`;
    return el("section", { class: "nothing" }, el("h2", {}, summary.findings ? "Nothing to list" : "Nothing was found"),
      el("p", {}, summary.files ? read : "There were no files to scan."));
  }

  // ---------------------------------------------------------------- at a glance

  counts() {
    const counts = this.summary ? { ...this.summary.verdicts } : {};
    if (!this.summary) for (const each of this.index.results) counts[each.verdict] = (counts[each.verdict] || 0) + 1;
    return counts;
  }

  drawOverview() {
    const counts = this.counts();
    const verdict = this.index.facet("verdict");
    const parts = VERDICTS.map((name) => ({ name, count: counts[name] || 0 }));
    const told = parts.filter((each) => each.count).map((each) => `${number(each.count)} ${each.name}`).join(", ");
    this.overview.replaceChildren(
      el("div", { class: "verdicts" },
        stackedBar(parts, `Verdicts: ${told || "none"}`),
        el("div", { class: "tiles" }, parts.map(({ name, count }) => el("button", {
          type: "button", class: `tile ${name}${count ? "" : " zero"}`, disabled: !verdict.known.has(name),
          "aria-pressed": String(verdict.has(name)), click: () => this.toggle("verdict", name) },
        el("span", { class: "figure" }, number(count)), el("span", { class: "what" }, name))))),
      el("div", { class: "cards" }, this.levelsCard(), this.rankingCard("what", "Most found"),
        this.rankingCard("class", "By label and tag"), this.timeCard(), this.unreadCard()));
  }

  card(title, note, content) {
    return el("section", { class: "card" }, el("h2", {}, title, note ? el("small", {}, note) : null), content);
  }

  tally(key) {
    const facet = this.index.facet(key);
    const counts = new Uint32Array(facet.values.length);
    for (const codes of facet.codes) for (const code of [codes].flat()) counts[code]++;
    return { facet, counts };
  }

  rankingCard(key, title) {
    const { facet, counts } = this.tally(key);
    if (!facet.values.length) return null;
    const shown = facet.sorted(counts).slice(0, 6);
    const entries = shown.map((code) => ({ name: facet.values[code], count: counts[code], pressed: facet.chosen.has(code) }));
    const more = facet.values.length - shown.length;
    return this.card(title, more ? `${number(more)} more below` : "findings",
      ranking(entries, (entry) => this.toggle(key, entry.name)));
  }

  levelsCard() {
    const severity = this.index.facet("severity"), confidence = this.index.facet("confidence");
    if (!severity.values.length) return null;
    const table = {};
    severity.codes.forEach((code, at) => {
      const key = `${severity.values[code]} ${confidence.values[confidence.codes[at]]}`;
      table[key] = (table[key] || 0) + 1;
    });
    const levels = ["high", "medium", "low"];
    if (confidence.known.has("critical")) levels.unshift("critical");
    const is = (one, other) => severity.has(one) && confidence.has(other);
    return this.card("Severity by confidence", "findings", matrix(levels, (one, other) => table[`${one} ${other}`] || 0, (one, other) => {
      const off = is(one, other);
      severity.chosen.clear();
      confidence.chosen.clear();
      if (!off) severity.toggle(one), confidence.toggle(other);
      this.update();
    }, is));
  }

  timeCard() {
    const { facet } = this.tally("month");
    const months = facet.values.filter((each) => /^\d{4}-\d\d$/.test(each)).sort();
    if (months.length < 2) return null;
    const years = Number(months.at(-1).slice(0, 4)) - Number(months[0].slice(0, 4)) + 1;
    const slots = new Map();
    const by = years > 3 ? 4 : 7; // by year or by month
    for (let year = Math.max(1970, Number(months.at(-1).slice(0, 4)) - 59); year <= Number(months.at(-1).slice(0, 4)); year++) {
      for (let month = 1; month <= (by === 4 ? 1 : 12); month++) {
        const key = by === 4 ? String(year) : `${year}-${String(month).padStart(2, "0")}`;
        if (by === 7 && (key < months[0] || key > months.at(-1))) continue;
        if (by === 4 && key < months[0].slice(0, 4)) continue;
        slots.set(key, { key, name: by === 4 ? key : key.slice(2), long: key, counts: {}, total: 0 });
      }
    }
    facet.codes.forEach((codes, file) => {
      for (const code of [codes].flat()) {
        const slot = slots.get(facet.values[code].slice(0, by));
        if (!slot) continue;
        const { verdict } = this.index.results[file];
        slot.counts[verdict] = (slot.counts[verdict] || 0) + 1;
        slot.total++;
      }
    });
    const chosen = facet.chosen.size ? facet.values[[...facet.chosen][0]].slice(0, by) : null;
    const pick = (key) => {
      facet.chosen.clear();
      if (key !== chosen) facet.values.forEach((value, code) => value.startsWith(key) && facet.chosen.add(code));
      this.update();
    };
    const dated = this.index.results.some((each) => each.origin.appearances.length);
    return this.card(dated ? "Files by date of their commit" : "Files by last change", by === 4 ? "years" : "months",
      columns([...slots.values()], pick, chosen));
  }

  unreadCard() {
    const { summary } = this;
    const facet = this.index.facet("reason");
    const reasons = summary ? Object.entries(summary.skipped) : facet.values.map((each) => [each, 0]);
    if (!reasons.length) return null;
    reasons.sort((a, b) => b[1] - a[1]);
    const entries = reasons.slice(0, 6).map(([name, count]) => ({ name, count, pressed: facet.has(name) }));
    return this.card("Not read", "parts", ranking(entries, (entry) => {
      this.view = "unread";
      this.toggle("reason", entry.name);
    }));
  }

  // ---------------------------------------------------------------- the list

  work() {
    this.query = el("input", { type: "search", id: "query", placeholder: "Search paths, rules, documents, excerpts",
      "aria-label": "Search", autocomplete: "off", spellcheck: "false", input: () => this.searchSoon(),
      keydown: (event) => event.key === "Enter" && this.searchNow() });
    this.tabs = el("div", { class: "tabs", role: "group", "aria-label": "What is listed" });
    this.sorts = el("select", { "aria-label": "Sort by", change: () => {
      this.sort[this.view] = this.sorts.value;
      this.update();
    } });
    this.opener = el("button", { type: "button", class: "plain opener", "aria-expanded": "false", "aria-controls": "facets",
      click: () => this.openFacets() }, "Filters");
    this.chips = el("div", { class: "chips" });
    this.facets = el("aside", { id: "facets", "aria-label": "Filters" });
    this.list = el("div", { class: "rows", role: "listbox", tabindex: 0, "aria-label": "Files", id: "list" });
    this.empty = el("p", { class: "empty", hidden: true }, "Nothing passes these filters.");
    this.status = el("p", { class: "unseen", role: "status" });
    this.detail = el("section", { class: "detail", id: "detail", tabindex: -1, "aria-label": "Details" });
    this.rows = new Rows(this.list, (at, row) => this.drawRow(at, row), (at, how) => this.pick(at, how));
    this.toolbar = el("div", { class: "toolbar" },
      el("div", { class: "tools" }, this.query, this.tabs, this.sorts, this.opener), this.chips);
    const work = el("section", { class: "work", "aria-label": "Results" }, this.toolbar, el("div", { class: "panes" }, this.facets, el("div", { class: "listed" }, this.list, this.empty), this.detail), this.status);
    new ResizeObserver(() => work.style.setProperty("--covered", `${this.toolbar.offsetHeight}px`)).observe(this.toolbar);
    return work;
  }

  toggle(key, value) {
    this.index.facet(key).toggle(value);
    this.update();
  }

  searchSoon() {
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.searchNow(), 120);
  }

  searchNow() {
    clearTimeout(this.waiting);
    this.index.search(this.query.value);
    this.update();
  }

  look(text) {
    this.query.value = text;
    this.index.search(text);
    this.view = "findings";
    this.close();
    this.update();
    this.list.focus();
  }

  clear() {
    for (const facet of this.index.facets) facet.chosen.clear();
    this.query.value = "";
    this.index.search("");
    this.update();
  }

  /** After anything that was asked for has changed. */
  update() {
    const focus = document.activeElement?.dataset?.focus;
    const found = this.index.filtered(this.view, this.sort[this.view]);
    this.found = found.rows;
    this.drawOverview();
    this.drawTools(found.totals);
    this.drawFacets(found.counts);
    this.list.setAttribute("aria-label", VIEWS[this.view]);
    this.list.hidden = !this.found.length;
    this.empty.hidden = Boolean(this.found.length);
    const above = this.toolbar.getBoundingClientRect().bottom - this.list.getBoundingClientRect().top;
    if (above > 0) scrollBy(0, -above); // another list begins at its beginning
    this.rows.set(this.found.length, 0);
    this.showDetail();
    this.status.textContent = `${number(this.found.length)} in the list`;
    if (focus) document.querySelector(`[data-focus="${CSS.escape(focus)}"]`)?.focus({ preventScroll: true });
  }

  drawTools(totals) {
    this.tabs.replaceChildren(...Object.entries(VIEWS).map(([view, name]) => el("button", {
      type: "button", "aria-pressed": String(view === this.view), "data-focus": `tab ${view}`, click: () => {
        this.view = view;
        this.update();
      } }, name, el("span", { class: "amount" }, number(totals[view])))));
    this.sorts.replaceChildren(...Object.entries(SORTS[this.view]).map(([key, name]) =>
      el("option", { value: key, selected: key === this.sort[this.view] }, name)));
    const chosen = this.index.facets.flatMap((facet) => [...facet.chosen].map((code) => ({ facet, code })));
    this.opener.textContent = chosen.length ? `Filters (${chosen.length})` : "Filters";
    const chip = ({ facet, code }) => el("button", { type: "button", class: "chip", click: () => this.toggle(facet.key, facet.values[code]),
      "aria-label": `Remove the filter ${facet.title}: ${visible(facet.values[code], 80)}` },
    el("span", {}, `${facet.title}: `), visible(facet.values[code], 60), el("span", { "aria-hidden": "true" }, " ×"));
    this.chips.replaceChildren(...chosen.slice(0, 12).map(chip),
      ...(chosen.length || this.query.value ? [el("button", { type: "button", class: "chip clear", click: () => this.clear() }, "Clear all")] : []));
  }

  openFacets(open = !this.facets.classList.contains("open")) {
    this.facets.classList.toggle("open", open);
    this.opener.setAttribute("aria-expanded", String(open));
  }

  drawFacets(counts) {
    const shown = this.index.facets.filter((facet) => !facet.hidden && (facet.values.length > 1 || facet.chosen.size));
    const drawn = shown.map((facet) => {
      const every = facet.sorted(counts[facet.key]).filter((code) => counts[facet.key][code] || facet.chosen.has(code));
      if (!every.length) return null;
      const most = this.long.has(facet.key) ? MANY : FEW;
      const listed = every.filter((code, at) => at < most || facet.chosen.has(code));
      const more = every.length - listed.length;
      return el("fieldset", {}, el("legend", {}, facet.title), listed.map((code) => el("label", {},
        el("input", { type: "checkbox", checked: facet.chosen.has(code), "data-focus": `${facet.key} ${code}`,
          change: () => this.toggle(facet.key, facet.values[code]) }),
        el("span", { class: "name", title: visible(facet.values[code], 300) }, visible(facet.values[code], 80)),
        el("span", { class: "count" }, number(counts[facet.key][code])))),
      more > 0 && most === FEW ? el("button", { type: "button", class: "link", click: () => {
        this.long.add(facet.key);
        this.update();
      } }, `${number(more)} more`) : null,
      more > 0 && most === MANY ? el("p", { class: "aside" }, `${number(more)} more: search for them`) : null);
    });
    this.facets.replaceChildren(...drawn.filter(Boolean));
  }

  drawRow(at, row) {
    const { index } = this;
    if (this.view === "files") fileRow(index.results[this.found[at]], row);
    else if (this.view === "findings") findingRow(index.findings[this.found[at]], index.results[index.owner[this.found[at]]], row);
    else unreadRow(this.found[at].part, index.results[this.found[at].file], row);
  }

  // ---------------------------------------------------------------- one of it

  pick(at, how) {
    this.showDetail();
    if (how === "key") return;
    if (!this.narrow()) {
      if (how === "open") this.detail.focus({ preventScroll: true });
      return;
    }
    document.body.classList.add("opened");
    for (const each of document.querySelectorAll(".masthead, .overview, .toolbar, .listed, #facets")) each.inert = true;
    this.detail.querySelector("h2")?.focus();
  }

  narrow() {
    return matchMedia("(max-width: 1000px)").matches;
  }

  close() {
    document.body.classList.remove("opened");
    for (const each of document.querySelectorAll("[inert]")) each.inert = false;
  }

  showDetail() {
    const at = this.found[this.rows.active];
    const { index, view } = this;
    if (at === undefined) return this.detail.replaceChildren();
    const file = view === "files" ? at : view === "findings" ? index.owner[at] : at.file;
    const chosen = view === "findings" ? index.findings[at] : null;
    this.detail.replaceChildren(
      el("button", { type: "button", class: "plain close", click: () => this.leave() }, "Back to the list"),
      ...fileDetail(index.results[file], chosen, (text) => this.look(text)).filter(Boolean));
    this.detail.scrollTop = 0;
  }

  leave() {
    this.close();
    this.list.focus({ preventScroll: true });
  }

  key(event) {
    const typing = event.target.closest?.("input[type=search], select, textarea");
    if (event.key === "Escape") {
      if (document.body.classList.contains("opened") || this.detail.contains(document.activeElement)) this.leave();
      else if (this.facets.classList.contains("open")) this.openFacets(false);
      else if (typing === this.query) {
        this.query.value = "";
        this.index.search("");
        this.update();
        this.list.focus({ preventScroll: true });
      } else return;
      event.preventDefault();
    } else if (typing || event.ctrlKey || event.metaKey || event.altKey || document.body.classList.contains("opened")) {
      return;
    } else if (event.key === "/") {
      event.preventDefault();
      this.query.focus();
      this.query.select();
    } else if ((event.key === "j" || event.key === "k") && document.activeElement !== this.list) {
      event.preventDefault();
      this.list.focus({ preventScroll: true });
      this.rows.key(event);
    }
  }

  /** What is printed: the list as it is filtered, as a table. */
  paper(wanted) {
    const paper = document.getElementById("paper");
    if (!wanted) return paper.replaceChildren();
    const files = this.index.filtered("files", this.sort.files).rows;
    const more = files.length - PRINTED;
    const asked = this.index.facets.flatMap((facet) => [...facet.chosen].map((code) => `${facet.title}: ${facet.values[code]}`));
    if (this.query.value) asked.push(`found by: ${this.query.value}`);
    paper.replaceChildren(...(asked.length ? [el("p", { class: "aside" }, `Only ${visible(asked.join(", "), 1000)}`)] : []),
      ...[...files.slice(0, PRINTED)].map((file) => printed(this.index.results[file])),
      ...(more > 0 ? [el("p", {}, `${counted(more, "more file")} not printed: filter the list, and print again.`)] : []));
  }
}

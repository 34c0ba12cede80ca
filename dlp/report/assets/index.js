// What the lines say, as columns to count, filter, search and sort by.

const COVERAGE = { complete: "read whole", partial: "partly read", unscannable: "not read" };
const KINDS = { passage: "passage of a document", pattern: "match of a rule", term: "registered term",
  set: "document in several files" };
const CONTAINED = { quarantined: "quarantined", held: "taken away, not sealed yet", changed: "not contained: changed",
  released: "released", notice: "a notice of ours", failed: "not contained" };
const SEARCHED = 1; // the lowest bit of a mask: what is searched for is not there

const nameOf = (finding) => (finding.kind === "pattern" ? finding.name : finding.document.name) || "";
const classesOf = (finding) => (finding.kind === "pattern" ? finding.tags : [finding.document.label || "no label"]);
const inner = (provenance, path) => (provenance[0] === path ? provenance.slice(1) : provenance).join(" › ");
const placeOf = (span) => span.locator || `line ${span.line}`;

/** When a file came to be as it is, in seconds since 1970: its commit, else its last modification. Null if unknown. */
function timeOf(result) {
  const dates = result.origin.appearances.map((each) => each.date).filter((each) => each > 0);
  if (dates.length) return Math.min(...dates);
  return result.file && result.file.modified > 0 ? result.file.modified : null;
}

function monthOf(result) {
  const time = timeOf(result);
  return time === null ? [] : date(time).slice(0, 7) || [];
}

/** Something to filter by. `of` gives the value of a file or a finding, or an array of them. */
class Facet {
  constructor(key, title, level, of, order = null, hidden = false) {
    Object.assign(this, { key, title, level, of, order, hidden });
    this.values = [];
    this.codes = [];
    this.chosen = new Set();
    this.known = new Map();
  }

  add(thing) {
    const value = this.of(thing);
    this.codes.push(Array.isArray(value) ? [...new Set(value)].map((each) => this.code(each)) : this.code(value));
  }

  code(value) {
    let code = this.known.get(value);
    if (code === undefined) {
      code = this.values.length;
      this.known.set(value, code);
      this.values.push(value);
    }
    return code;
  }

  passes(at) {
    if (!this.chosen.size) return true;
    const codes = this.codes[at];
    return Array.isArray(codes) ? codes.some((each) => this.chosen.has(each)) : this.chosen.has(codes);
  }

  /** Codes as they are shown: in their own order, else the most frequent first. */
  sorted(counts) {
    const codes = this.values.map((_, code) => code);
    const rank = (code) => this.order.indexOf(this.values[code]);
    return codes.sort(this.order ? (a, b) => rank(a) - rank(b) : (a, b) => counts[b] - counts[a] || a - b);
  }

  toggle(value) {
    const code = this.known.get(value);
    if (code !== undefined && !this.chosen.delete(code)) this.chosen.add(code);
  }

  has(value) {
    return this.chosen.has(this.known.get(value));
  }
}

class Index {
  constructor(results) {
    this.results = results;
    this.starts = new Uint32Array(results.length + 1); // findings of a file: from its start to that of the next
    this.findings = [];
    this.owner = [];
    this.unread = [];
    this.facets = [
      new Facet("verdict", "Verdict", "file", (each) => each.verdict, VERDICTS),
      new Facet("severity", "Severity", "finding", (each) => each.severity, LEVELS),
      new Facet("confidence", "Confidence", "finding", (each) => each.confidence, LEVELS),
      new Facet("kind", "Kind", "finding", (each) => KINDS[each.kind]),
      new Facet("class", "Label or tag", "finding", classesOf),
      new Facet("what", "Rule or document", "finding", nameOf),
      new Facet("coverage", "Coverage", "file", (each) => COVERAGE[each.coverage], Object.values(COVERAGE)),
      new Facet("reason", "Not read because", "file", (each) => each.skipped.map((part) => part.reason)),
      new Facet("containment", "Containment", "file", (each) => each.containment ? CONTAINED[each.containment.state] : []),
      new Facet("channel", "Channel", "file", (each) => each.origin.channel || "none"),
      new Facet("jurisdiction", "Jurisdiction", "file", (each) => each.origin.jurisdiction || "none"),
      new Facet("policy", "Rule of the policy", "file", (each) => each.handling.rules),
      new Facet("exception", "Exception applied", "file", (each) => each.handling.exceptions),
      new Facet("type", "File type", "file", (each) => each.file?.type || "unknown"),
      new Facet("month", "Month", "file", monthOf, null, true),
    ];
    this.facets.forEach((facet, at) => (facet.bit = 2 << at));
    const [ofFile, ofFinding] = ["file", "finding"].map((level) => this.facets.filter((each) => each.level === level));
    results.forEach((result, file) => {
      for (const facet of ofFile) facet.add(result);
      for (const finding of result.findings) {
        this.findings.push(finding);
        this.owner.push(file);
        for (const facet of ofFinding) facet.add(finding);
      }
      this.starts[file + 1] = this.findings.length;
      result.skipped.forEach((part) => this.unread.push({ file, part }));
    });
    this.byFile = ofFile;
    this.byFinding = ofFinding;
    this.words = [];
    this.orders = {};
  }

  facet(key) {
    return this.facets.find((each) => each.key === key);
  }

  search(text) {
    this.words = text.toLowerCase().split(/\s+/).filter(Boolean);
  }

  /** Lower-case text to search in, made when first asked for. */
  get texts() {
    this.made ||= {
      files: this.results.map(fileText),
      findings: this.findings.map((each) => findingText(each)),
    };
    return this.made;
  }

  /** For every file and finding, a mask of the filters that it does not pass. */
  masks() {
    const files = new Uint32Array(this.results.length), alone = new Uint32Array(this.results.length);
    const findings = new Uint32Array(this.findings.length);
    const asked = (facets) => facets.filter((each) => each.chosen.size);
    const forFiles = asked(this.byFile), forFindings = asked(this.byFinding);
    const nothing = forFindings.reduce((mask, each) => mask | each.bit, 0); // a file passes no filter of findings alone
    for (let file = 0; file < files.length; file++) {
      let mask = 0;
      for (const facet of forFiles) if (!facet.passes(file)) mask |= facet.bit;
      files[file] = mask;
      const missing = this.words.filter((word) => !this.texts.files[file].includes(word));
      alone[file] = mask | nothing | (missing.length ? SEARCHED : 0);
      for (let at = this.starts[file]; at < this.starts[file + 1]; at++) {
        let own = mask;
        for (const facet of forFindings) if (!facet.passes(at)) own |= facet.bit;
        if (missing.length && !missing.every((word) => this.texts.findings[at].includes(word))) own |= SEARCHED;
        findings[at] = own;
      }
    }
    return { alone, findings };
  }

  /** What passes, in the order asked for: `files`, `findings`, `unread`; and counts of each facet's values, as if it
   * were not asked for itself. */
  filtered(view, sort) {
    const { alone, findings } = this.masks();
    const passing = new Uint8Array(this.results.length);
    const counts = Object.fromEntries(this.facets.map((each) => [each.key, new Uint32Array(each.values.length)]));
    const seen = this.facets.map((each) => new Int32Array(each.values.length).fill(-1));
    const once = view !== "findings"; // files are counted, each once
    const tally = (facet, slot, codes, file) => {
      const one = (code) => {
        if (once && seen[slot][code] === file) return;
        seen[slot][code] = file;
        counts[facet.key][code]++;
      };
      if (Array.isArray(codes)) codes.forEach(one);
      else one(codes);
    };
    const count = (mask, file, finding) => {
      for (let slot = 0; slot < this.facets.length; slot++) {
        const facet = this.facets[slot];
        if (mask & ~facet.bit) continue;
        if (facet.level === "file") tally(facet, slot, facet.codes[file], file);
        else if (finding >= 0) tally(facet, slot, facet.codes[finding], file);
      }
    };
    for (let file = 0; file < passing.length; file++) {
      if (!alone[file]) passing[file] = 1;
      if (once) count(alone[file], file, -1);
      for (let at = this.starts[file]; at < this.starts[file + 1]; at++) {
        if (!findings[at]) passing[file] = 1;
        count(findings[at], file, at);
      }
    }
    const reason = this.facet("reason");
    const isUnread = ({ file, part }) => passing[file] && (!reason.chosen.size || reason.has(part.reason));
    const found = {
      files: view === "files" ? this.order("files", sort).filter((file) => passing[file]) : passing.filter(Boolean),
      findings: view === "findings" ? this.order("findings", sort).filter((at) => !findings[at])
        : findings.filter((mask) => !mask),
      unread: this.unread.filter(isUnread),
    };
    return { rows: found[view], counts,
      totals: { files: found.files.length, findings: found.findings.length, unread: found.unread.length } };
  }

  /** All files or findings, sorted; what is equal stays as it came. */
  order(what, by) {
    return (this.orders[`${what} ${by}`] ||= this.sorted(what, by));
  }

  sorted(what, by) {
    const rank = (list, value) => list.length - list.indexOf(value);
    const heaviest = (result) => Math.max(0, ...result.findings.slice(0, 10000).map((each) => rank(LEVELS, each.severity)));
    const amount = (finding) => Math.min(finding.count ?? finding.evidence, 1e6);
    const path = what === "files" ? (at) => this.results[at].path : (at) => this.results[this.owner[at]].path;
    const keys = {
      "files grave": (at) => rank(VERDICTS, this.results[at].verdict) * 1e8 + heaviest(this.results[at]) * 1e7 +
        Math.min(this.results[at].findings.length, 1e6),
      "files most": (at) => this.results[at].findings.length,
      "files new": (at) => timeOf(this.results[at]) ?? -Infinity,
      "files large": (at) => this.results[at].file?.size ?? -1,
      "findings grave": (at) => rank(LEVELS, this.findings[at].severity) * 1e9 +
        rank(LEVELS, this.findings[at].confidence) * 1e8 +
        rank(VERDICTS, this.results[this.owner[at]].verdict) * 1e7 + amount(this.findings[at]),
      "findings most": (at) => amount(this.findings[at]),
    };
    const order = Uint32Array.from({ length: what === "files" ? this.results.length : this.findings.length }, (_, at) => at);
    const texts = { "files path": path, "findings path": path, "findings what": (at) => nameOf(this.findings[at]) };
    const text = texts[`${what} ${by}`];
    if (text) {
      const names = Array.from(order, text);
      return order.sort((a, b) => (names[a] < names[b] ? -1 : names[a] > names[b] ? 1 : a - b));
    }
    const key = Float64Array.from(order, keys[`${what} ${by}`]);
    return order.sort((a, b) => key[b] - key[a] || a - b);
  }
}

function fileText(result) {
  const { origin, handling } = result;
  return [
    result.path, ...result.reasons, ...result.skipped.flatMap((each) => [...each.provenance, each.reason, each.detail]),
    result.file?.type, result.file?.digest, origin.channel, origin.jurisdiction, origin.blob, ...origin.branches,
    ...origin.appearances.flatMap((each) => [each.commit, each.path, each.author, each.email]),
    ...handling.rules, ...handling.notify, handling.message, ...handling.exceptions,
    result.containment?.id, result.containment?.detail,
  ].filter(Boolean).join("\n").toLowerCase();
}

function findingText(finding) {
  const { document } = finding;
  return [
    finding.rule, finding.name, ...(finding.tags || []), document?.name, document?.label, document?.id,
    ...(finding.provenance || []).slice(1), finding.excerpt, finding.digest, finding.id && `#${finding.id}`,
    finding.span && placeOf(finding.span), finding.source_span?.locator,
    ...(finding.also || []).map((each) => each.document.name), ...(finding.pieces || []).map((each) => each.path),
  ].filter(Boolean).join("\n").toLowerCase();
}

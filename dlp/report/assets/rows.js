// A list of any length that scrolls with the page: only the rows that are seen are there.

const AROUND = 12; // rows above and below what is seen

class Rows {
  /** `draw(index, row)` fills a row; `pick(index, how)` is told which one is active; how: "key", "pointer", "open". */
  constructor(host, draw, pick) {
    this.host = host;
    this.draw = draw;
    this.pick = pick;
    this.count = 0;
    this.active = -1;
    this.shown = new Map();
    this.due = 0;
    const later = () => {
      this.due ||= requestAnimationFrame(() => this.render());
    };
    addEventListener("scroll", later, { passive: true });
    addEventListener("resize", later, { passive: true });
    host.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.move(Number(row.dataset.index), "pointer");
    });
    host.addEventListener("keydown", (event) => this.key(event));
  }

  set(count, active) {
    this.count = count;
    this.active = count ? Math.min(active, count - 1) : -1;
    for (const row of this.shown.values()) row.remove();
    this.shown.clear();
    this.height = 0;
    this.render();
  }

  measure() {
    this.height = parseFloat(getComputedStyle(this.host).getPropertyValue("--row")) || 56;
    this.host.style.height = `${Math.max(this.height, this.count * this.height)}px`;
  }

  render() {
    this.due = 0;
    const before = this.height;
    this.measure();
    if (before !== this.height) for (const [index, row] of this.shown) this.place(index, row);
    const top = -this.host.getBoundingClientRect().top;
    const first = Math.max(0, Math.floor(top / this.height) - AROUND);
    const last = Math.min(this.count - 1, Math.ceil((top + innerHeight) / this.height) + AROUND);
    for (const [index, row] of this.shown) {
      if ((index < first || index > last) && index !== this.active) {
        row.remove();
        this.shown.delete(index);
      }
    }
    for (let index = first; index <= last; index++) this.show(index);
    if (this.active >= 0) this.show(this.active);
    if (this.active >= 0) this.host.setAttribute("aria-activedescendant", `row-${this.active}`);
    else this.host.removeAttribute("aria-activedescendant");
  }

  show(index) {
    if (this.shown.has(index)) return;
    const row = el("div", { role: "option", id: `row-${index}`, "data-index": index, "aria-setsize": this.count,
      "aria-posinset": index + 1, "aria-selected": String(index === this.active), class: "row" });
    this.draw(index, row);
    this.place(index, row);
    this.shown.set(index, row);
    let after = null; // rows stand in their order, as they are read aloud
    for (const [other, each] of this.shown) {
      if (other > index && (after === null || other < Number(after.dataset.index))) after = each;
    }
    this.host.insertBefore(row, after);
  }

  place(index, row) {
    row.style.transform = `translateY(${index * this.height}px)`;
  }

  move(index, how) {
    if (index < 0 || index >= this.count) return;
    this.shown.get(this.active)?.setAttribute("aria-selected", "false");
    this.active = index;
    if (how !== "pointer") this.reveal();
    this.render();
    this.shown.get(index).setAttribute("aria-selected", "true");
    this.pick(index, how);
  }

  /** Scrolls so far that the active row is seen, below what sticks to the top. */
  reveal() {
    const box = this.host.getBoundingClientRect();
    const covered = parseFloat(getComputedStyle(this.host).scrollMarginTop) || 0;
    const top = box.top + this.active * this.height;
    if (top < covered) scrollBy(0, top - covered);
    else if (top + this.height > innerHeight - 8) scrollBy(0, top + this.height - innerHeight + 8);
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const page = Math.max(1, Math.floor(innerHeight / this.height) - 4);
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page };
    let to = this.active + (steps[event.key] || 0);
    if (event.key === "Home") to = 0;
    else if (event.key === "End") to = this.count - 1;
    else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      if (this.active >= 0) this.move(this.active, "open");
      return;
    } else if (!(event.key in steps)) return;
    event.preventDefault();
    this.move(Math.max(0, Math.min(this.count - 1, to)), "key");
  }
}

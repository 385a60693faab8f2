// The page of the monthly statement: what one person, one card or everybody has charged, on a sheet to print.

import { element } from "./dom.js";
import { numberCell, SessionsPage, total } from "./page.js";
import { SHEET_STYLE } from "./page-style.js";

export class Statement extends SessionsPage {
  /** @type {number | undefined} From 0; nothing for the latest one with sessions. */
  #month;
  /** @type {string} Nothing for everybody. */
  #who = "";

  get #months() {
    const { format } = this;
    return [...new Set(this.sessions.map((session) => format.monthOf(session.ended)))].sort((one, other) => one - other);
  }

  /** The month on the sheet: the chosen one, if it has sessions. */
  get #monthShown() {
    const months = this.#months;
    return this.#month !== undefined && months.includes(this.#month) ? this.#month : months[months.length - 1];
  }

  /** Everybody who has charged in the year. */
  get #people() {
    return [...new Set(this.sessions.map((session) => this.whoOf(session)))].sort((one, other) => one.localeCompare(other));
  }

  controls() {
    if (!this.sessions.length) return [];
    const { format } = this;
    const months = this.#months.map((month) => /** @type {[string, string]} */ ([`${month}`, format.month(month)]));
    const people = this.#people.map((who) => /** @type {[string, string]} */ ([who, who]));
    if (!this.#people.includes(this.#who)) this.#who = "";
    return [
      this.choice(this.text("month"), months, `${this.#monthShown}`, (month) => {
        this.#month = Number(month);
        this.draw();
      }),
      this.choice(this.text("who"), [["", this.text("everyone")], ...people], this.#who, (who) => {
        this.#who = who;
        this.draw();
      }),
      element(
        "button",
        { class: "action", onclick: () => this.#print() },
        element("ha-icon", { icon: "mdi:printer" }),
        element("span", { text: this.text("print") }),
      ),
    ];
  }

  content() {
    return [element("style", { text: SHEET_STYLE }), this.#sheet()];
  }

  #sheet() {
    const { format } = this;
    const month = this.#monthShown;
    const sessions = this.sessions.filter(
      (session) => format.monthOf(session.ended) === month && (!this.#who || this.whoOf(session) === this.#who),
    );
    const { energy, cost, count } = total(sessions);
    const rows = sessions.map((session) => {
      const [start, end] = format.period(session.started, session.ended);
      return element(
        "tr",
        {},
        element("td", { text: start }),
        element("td", { text: end }),
        element("td", { text: this.whoOf(session) }),
        numberCell(format.energy(session.energy)),
        numberCell(format.money(session.cost)),
      );
    });
    const whose = [this.chargerName, this.#who].filter((part) => part).join(" · ");
    return element(
      "article",
      { class: "sheet" },
      element("h1", { text: this.text("statement_title") }),
      element("p", { class: "month", text: `${format.month(month)} ${this.yearShown}` }),
      element("p", { class: "whose", text: whose }),
      element(
        "table",
        {},
        this.head("start", "end", "who", "energy", "cost"),
        element("tbody", {}, ...rows),
        element(
          "tfoot",
          {},
          element(
            "tr",
            {},
            element("th", { scope: "row", colspan: 3, text: `${this.text("total")} · ${this.text("count", { count })}` }),
            numberCell(format.energy(energy)),
            numberCell(format.money(cost)),
          ),
        ),
      ),
    );
  }

  /** Print the sheet, and nothing of the page around it. */
  #print() {
    const frame = /** @type {HTMLIFrameElement} */ (element("iframe", { class: "print", "aria-hidden": "true" }));
    this.shadowRoot?.querySelector(".print")?.remove();
    this.shadowRoot?.append(frame);
    const page = /** @type {Document} */ (frame.contentDocument);
    page.title = `${this.text("statement_title")} ${this.chargerName} ${this.yearShown}-${this.#monthShown + 1}`;
    page.documentElement.lang = this.hass_?.language ?? "";
    page.dir = document.dir;
    page.head.append(element("style", { text: SHEET_STYLE }));
    page.body.append(this.#sheet());
    frame.contentWindow?.print();
  }
}

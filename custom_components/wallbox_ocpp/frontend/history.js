// The page of the sessions: what a year comes to, bars by month and by card, and a table of all.

import { element } from "./dom.js";
import { numberCell, SessionsPage, total } from "./page.js";

/** @typedef {import("./page.js").Session} Session */

/** Rows that are shown at first: more take a while to draw. */
const FEW = 100;
/** Seconds for which the address of the file can be used. */
const VALID = 30;

export class SessionsHistory extends SessionsPage {
  #all = false;

  controls() {
    return [
      element(
        "button",
        { class: "action", onclick: () => this.#download().catch((error) => this.fail(error)) },
        element("ha-icon", { icon: "mdi:download" }),
        element("span", { text: this.text("download") }),
      ),
    ];
  }

  content() {
    const { energy, cost, count } = total(this.sessions);
    const sums = [this.text("count", { count }), this.format.energy(energy), this.format.money(cost)];
    return [
      element("p", { class: "sums" }, ...sums.filter((sum) => sum).map((sum) => element("bdi", { text: sum }))),
      element("div", { class: "charts" }, this.#byMonth(), this.#byWho()),
      this.#table(),
      ...this.#more(),
    ];
  }

  #byMonth() {
    const { format } = this;
    /** @type {Map<number, Session[]>} */
    const months = new Map();
    for (const session of this.sessions) {
      const month = format.monthOf(session.ended);
      months.set(month, [...(months.get(month) ?? []), session]);
    }
    const rows = [...months].sort(([one], [other]) => one - other);
    return this.#bars(this.text("by_month"), rows.map(([month, sessions]) => [format.month(month), sessions]));
  }

  #byWho() {
    /** @type {Map<string, Session[]>} */
    const people = new Map();
    for (const session of this.sessions) {
      const who = this.whoOf(session);
      people.set(who, [...(people.get(who) ?? []), session]);
    }
    const rows = [...people].sort(([, one], [, other]) => total(other).energy - total(one).energy);
    return this.#bars(this.text("by_who"), rows);
  }

  /**
   * Return a table with a bar for the energy and one for the cost in each row.
   * @param {string} title
   * @param {[name: string, sessions: Session[]][]} rows
   */
  #bars(title, rows) {
    const { format } = this;
    const totals = rows.map(([name, sessions]) => ({ name, ...total(sessions) }));
    const most = { energy: 0, cost: 0 };
    for (const { energy, cost } of totals) {
      most.energy = Math.max(most.energy, energy);
      most.cost = Math.max(most.cost, cost ?? 0);
    }
    const bar = (/** @type {string} */ kind, /** @type {number} */ value, /** @type {number} */ full) =>
      element("span", { class: `bar ${kind}`, style: `inline-size: ${full > 0 ? (100 * value) / full : 0}%` });
    const body = totals.map(({ name, energy, cost }) =>
      element(
        "tr",
        {},
        element("th", { scope: "row", text: name }),
        element("td", { class: "bars", "aria-hidden": "true" }, bar("energy", energy, most.energy), bar("cost", cost ?? 0, most.cost)),
        numberCell(format.energy(energy)),
        numberCell(format.money(cost)),
      ),
    );
    return element("table", { class: "chart" }, element("caption", { text: title }), element("tbody", {}, ...body));
  }

  #table() {
    const { format } = this;
    const latest = [...this.sessions].reverse();
    const shown = this.#all ? latest : latest.slice(0, FEW);
    const rows = shown.map((session) => {
      const [start, end] = format.period(session.started, session.ended);
      return element(
        "tr",
        {},
        element("td", { text: start }),
        element("td", { class: "end", text: end }),
        numberCell(format.energy(session.energy)),
        numberCell(format.money(session.cost)),
        element("td", { class: "who", text: session.who ? this.whoOf(session) : this.#begunBy(session) }),
        element("td", { class: "offline" }, ...(session.offline ? [this.#mark()] : [])),
      );
    });
    return element(
      "table",
      { class: "sessions" },
      element("caption", { text: this.text("all_sessions") }),
      this.head("start", "end", "energy", "cost", "who", "offline"),
      element("tbody", {}, ...rows),
    );
  }

  #mark() {
    const name = this.text("offline_help");
    return element("ha-icon", { icon: "mdi:cloud-off-outline", role: "img", "aria-label": name, title: name });
  }

  /** @param {Session} session */
  #begunBy(session) {
    const path = "component.wallbox_ocpp.entity.event.session.state_attributes.started_by.state";
    return session.id_tag && session.started_by === "card"
      ? session.id_tag
      : this.hass_?.localize(`${path}.${session.started_by}`) || session.started_by;
  }

  #more() {
    const more = [];
    const count = this.sessions.length;
    if (!this.#all && count > FEW) {
      const show = () => {
        this.#all = true;
        this.draw();
      };
      more.push(element("button", { class: "action", onclick: show, text: this.text("show_all", { count }) }));
    }
    const left = this.year_?.left_out ?? 0;
    if (left) more.push(element("p", { class: "message", text: this.text("left_out", { left }) }));
    return more;
  }

  async #download() {
    const path = `/api/wallbox_ocpp/sessions/${this.device}/${this.yearShown}.csv`;
    const signed = /** @type {{path: string}} */ (
      await this.hass_?.callWS({ type: "auth/sign_path", path, expires: VALID })
    );
    // As Home Assistant does it for diagnostics and backups, which its apps support.
    const link = element("a", { href: signed.path, download: "", target: "_blank" });
    this.shadowRoot?.append(link);
    link.click();
    link.remove();
  }
}

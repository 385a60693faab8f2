// Numbers, money and times, as a person has chosen in their profile; times are those of the clock at home.

/** What the formats of numbers in a profile are called elsewhere. */
const NUMBERS = /** @type {Record<string, string | undefined>} */ ({
  comma_decimal: "en-US",
  decimal_comma: "de",
  space_comma: "fr",
  quote_decimal: "de-CH",
  system: undefined,
});

/**
 * Return the language whose numbers a person reads; nothing for that of the browser.
 * @param {Hass} hass
 */
export const numbersOf = ({ locale }) => (locale.number_format in NUMBERS ? NUMBERS[locale.number_format] : locale.language);

export class Format {
  /**
   * @param {Hass} hass
   * @param {string} currency
   */
  constructor(hass, currency) {
    const { language, time_format } = hass.locale;
    const numbers = numbersOf(hass);
    const home = { timeZone: hass.config.time_zone };
    const hour12 = time_format === "12" ? true : time_format === "24" ? false : undefined;
    this.#energy = new Intl.NumberFormat(numbers, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
    this.#money = new Intl.NumberFormat(numbers, { style: "currency", currency });
    this.#date = new Intl.DateTimeFormat(language, { ...home, day: "numeric", month: "short" });
    this.#time = new Intl.DateTimeFormat(language, { ...home, hour: "numeric", minute: "2-digit", hour12 });
    this.#month = new Intl.DateTimeFormat(language, { month: "long" });
    this.#place = new Intl.DateTimeFormat("en-US", { ...home, year: "numeric", month: "numeric" });
  }

  #energy;
  #money;
  #date;
  #time;
  #month;
  #place;

  /** @param {number | null} energy In kWh */
  energy(energy) {
    return energy === null ? "" : `${this.#energy.format(energy)}\u00a0kWh`;
  }

  /** @param {number | null} cost */
  money(cost) {
    return cost === null ? "" : this.#money.format(cost);
  }

  /** @param {string | null} moment */
  date(moment) {
    return moment ? this.#date.format(new Date(moment)) : "";
  }

  /** @param {string | null} moment */
  time(moment) {
    return moment ? this.#time.format(new Date(moment)) : "";
  }

  /**
   * Return start and end; the day of the end only if it is another one.
   * @param {string | null} start
   * @param {string | null} end
   */
  period(start, end) {
    const [first, last] = [this.date(start), this.date(end)];
    const until = first === last ? this.time(end) : `${last} ${this.time(end)}`;
    return [`${first} ${this.time(start)}`.trim(), until.trim()];
  }

  /** @param {number} month From 0 */
  month(month) {
    return this.#month.format(new Date(2001, month, 15));
  }

  /**
   * Return the month, from 0, in which a moment lies at home.
   * @param {string} moment
   */
  monthOf(moment) {
    const parts = this.#place.formatToParts(new Date(moment));
    return Number(parts.find((part) => part.type === "month")?.value) - 1;
  }
}

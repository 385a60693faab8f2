// Prices, times of the day and durations of a plan, as a person reads them; times are those of the clock at home.

import { Format, numbersOf } from "./format.js";

/** Digits of the price of a kWh beyond those of the currency: 24.5 ct. */
const MORE_DIGITS = 1;
const HOUR = 60;

export class PlanFormat extends Format {
  /**
   * @param {Hass} hass
   * @param {string} currency
   */
  constructor(hass, currency) {
    super(hass, currency);
    const home = { timeZone: hass.config.time_zone };
    const { language } = hass.locale;
    const style = /** @type {const} */ ({ style: "currency", currency });
    const digits = (new Intl.NumberFormat("en", style).resolvedOptions().maximumFractionDigits ?? 2) + MORE_DIGITS;
    this.#price = new Intl.NumberFormat(numbersOf(hass), { ...style, minimumFractionDigits: digits, maximumFractionDigits: digits });
    this.#weekday = new Intl.DateTimeFormat(language, { ...home, weekday: "short" });
    this.#clock = new Intl.DateTimeFormat("en-GB", { ...home, hour: "numeric", minute: "numeric", hourCycle: "h23" });
    this.#unit = (unit) => new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" });
  }

  #price;
  #weekday;
  #clock;
  /** @type {(unit: string) => Intl.NumberFormat} */
  #unit;

  /** @param {number} price Of a kWh */
  price(price) {
    return `${this.#price.format(price)}/kWh`;
  }

  /**
   * Return from what to what prices go.
   * @param {number} least
   * @param {number} most
   */
  prices(least, most) {
    return least === most ? this.price(least) : `${this.#price.format(least)} – ${this.price(most)}`;
  }

  /**
   * Return a time of the day, with the day of the week unless it is today.
   * @param {string | null} moment
   */
  moment(moment) {
    if (!moment) return "";
    const today = this.date(moment) === this.date(new Date().toISOString());
    return today ? this.time(moment) : `${this.weekday(moment)} ${this.time(moment)}`;
  }

  /** @param {string} moment */
  weekday(moment) {
    return this.#weekday.format(new Date(moment));
  }

  /**
   * Return from when to when, or just from when.
   * @param {string} start
   * @param {string | null} end
   */
  times(start, end) {
    return end ? `${this.moment(start)} – ${this.time(end)}` : `${this.moment(start)} –`;
  }

  /**
   * Return a duration in words.
   * @param {number} minutes
   */
  duration(minutes) {
    const [hours, rest] = [Math.floor(minutes / HOUR), Math.round(minutes % HOUR)];
    return [hours && this.#unit("hour").format(hours), (rest || !hours) && this.#unit("minute").format(rest)].filter((part) => part).join(" ");
  }

  /**
   * Return hour and minute on the clock at home.
   * @param {Date} moment
   */
  clock(moment) {
    return this.#clock.format(moment).split(":").map(Number);
  }
}

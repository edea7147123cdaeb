// Dates are ISO strings without a time: `2024-02-29`. Everything is UTC, so no time zone can shift a day.

const DAY = 24 * 60 * 60 * 1000;

/** The date `days` later, or earlier when negative. */
export function addDays(date, days) {
  return format(parse(date) + days * DAY);
}

/** The same day `months` later, or the last day of that month where it is shorter. */
export function addMonths(date, months) {
  const start = new Date(parse(date));
  const target = Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + months, 1);
  const lastDay = new Date(target);
  lastDay.setUTCMonth(lastDay.getUTCMonth() + 1, 0);
  return format(target + (Math.min(start.getUTCDate(), lastDay.getUTCDate()) - 1) * DAY);
}

/** Whole days from one date to the other, negative when `to` comes first. */
export function daysBetween(from, to) {
  return (parse(to) - parse(from)) / DAY;
}

export function isWeekend(date) {
  const day = new Date(parse(date)).getUTCDay();
  return day === 0 || day === 6;
}

function parse(date) {
  const time = /^\d{4}-\d{2}-\d{2}$/.test(date) ? Date.parse(`${date}T00:00:00Z`) : NaN;
  if (Number.isNaN(time) || format(time) !== date) throw new TypeError(`not a date: ${date}`);
  return time;
}

function format(time) {
  return new Date(time).toISOString().slice(0, 10);
}

// Amounts are whole cents. Floating point never holds money here.

/** `percent` of an amount, rounded to whole cents, half a cent away from zero. */
export function percentage(cents, percent) {
  return round((cents * percent) / 100) || 0; // never -0
}

/** Splits an amount into equal parts. The cents left over go to the first parts, so the sum is kept. */
export function split(cents, parts) {
  if (!Number.isInteger(parts) || parts < 1) throw new RangeError(`parts must be a positive integer, not ${parts}`);
  const share = Math.trunc(cents / parts);
  const rest = cents - share * parts;
  return Array.from({ length: parts }, (_, index) => share + (index < Math.abs(rest) ? Math.sign(rest) : 0));
}

/** `123456` becomes `1,234.56 EUR`. */
export function formatMoney(cents, currency = 'EUR') {
  const sign = cents < 0 ? '-' : '';
  const digits = String(Math.abs(cents)).padStart(3, '0');
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, ',');
  return `${sign}${whole}.${digits.slice(-2)} ${currency}`;
}

function round(value) {
  return Math.round(value);
}

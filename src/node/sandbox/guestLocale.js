// Runs inside QuickJS after guestLanguage.js: texts of numbers and dates, and the order of texts, as Node gives them in
// en-US (W07). The time zone is UTC. What it does not know it refuses, so that no text is silently another one.
(() => {
  'use strict';

  const hide = (target, key, value) =>
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

  const mistake = (name, says) => new RangeError(`${name}() in a workflow script ${says}`);

  // Numbers and the order of texts are the same in all of English, dates are not.
  const ENGLISH = /^en(-|$)/;
  const AMERICAN = /^en(-US)?$/;

  const checkLocale = (name, locales, known, instead) => {
    for (const locale of Array.isArray(locales) ? locales : locales === undefined ? [] : [locales])
      if (!known.test(locale))
        throw mistake(name, `knows the locale en-US alone, not ${String(locale)}: leave it out${instead}.`);
  };

  // `known` are the values of each option; null: looked at elsewhere.
  const checkOptions = (name, options, known, instead) => {
    for (const [key, value] of Object.entries(options)) {
      if (value === undefined) continue;
      if (!Object.hasOwn(known, key))
        throw mistake(name, `does not know the option ${key}. It knows ${Object.keys(known).join(', ')}: ${instead}.`);
      if (known[key] !== null && !known[key].includes(value))
        throw mistake(name, `takes ${known[key].join(' or ')} as ${key}, not ${String(value)}: ${instead}.`);
    }
  };

  // --- Numbers --------------------------------------------------------------------------------------------

  const BY_HAND = 'write the text by hand, with toFixed(), toPrecision() or padStart()';
  const NUMBER_OPTIONS = {
    style: ['decimal', 'percent', 'currency'],
    currency: null,
    notation: ['standard', 'compact'],
    compactDisplay: ['short', 'long'],
    useGrouping: [true, false],
    minimumFractionDigits: null,
    maximumFractionDigits: null,
  };
  const SYMBOLS = {
    ...{ USD: '$', EUR: '€', GBP: '£', JPY: '¥', CAD: 'CA$', AUD: 'A$', NZD: 'NZ$', INR: '₹', CNY: 'CN¥' },
    ...{ KRW: '₩', MXN: 'MX$', BRL: 'R$', CHF: 'CHF', SEK: 'SEK', NOK: 'NOK', DKK: 'DKK', PLN: 'PLN', CZK: 'CZK' },
  };
  const TIERS = { short: ['', 'K', 'M', 'B', 'T'], long: ['', ' thousand', ' million', ' billion', ' trillion'] };

  const currencyOf = (name, { style, currency }) => {
    if (style !== 'currency') return '';
    const code = String(currency).toUpperCase();
    if (Object.hasOwn(SYMBOLS, code)) return code;
    const known = Object.keys(SYMBOLS).join(', ');
    throw mistake(
      name,
      `takes a currency of ${known}, not ${String(currency)}: write the amount and its sign by hand.`,
    );
  };

  // The decimals that are shown: at least and at most.
  const fractionOf = (name, options, digits) => {
    for (const key of ['minimumFractionDigits', 'maximumFractionDigits']) {
      const given = options[key];
      if (given !== undefined && !(Number.isInteger(given) && given >= 0 && given <= 100))
        throw mistake(name, `takes a whole number from 0 to 100 as ${key}, not ${String(given)}.`);
    }
    const { minimumFractionDigits: least, maximumFractionDigits: most } = options;
    if (least > most) throw mistake(name, `was given minimumFractionDigits above maximumFractionDigits.`);
    const usual = digits ?? 0;
    const usualMost = digits ?? (options.style === 'percent' ? 0 : 3);
    return { least: least ?? Math.min(usual, most ?? usual), most: most ?? Math.max(usualMost, least ?? 0) };
  };

  // A number without its sign is digits and the place of its point among them: 12.5 is 125 and 2.
  const decimalOf = (absolute) => {
    const [mantissa, exponent = '0'] = String(absolute).split('e');
    const [whole, fraction = ''] = mantissa.split('.');
    const digits = (whole + fraction).replace(/^0+/, '');
    return { digits, point: digits.length - fraction.length + Number(exponent) };
  };

  // Half is rounded up, as it is written: 1.005 to 1.01.
  const rounded = ({ digits, point }, places) => {
    const kept = point + places;
    if (kept >= digits.length) return { digits, point };
    if (kept < 0 || digits === '') return { digits: '', point: 0 };
    const up = digits[kept] >= '5' ? 1n : 0n;
    const sum = digits === '' ? '' : String(BigInt(digits.slice(0, kept) || '0') + up);
    return sum === '0' ? { digits: '', point: 0 } : { digits: sum, point: point + sum.length - kept };
  };

  const written = ({ digits, point }, least, grouping) => {
    const all = point <= 0 ? '0'.repeat(1 - point) + digits : digits.padEnd(point, '0');
    const cut = Math.max(point, 1);
    const whole = all.slice(0, cut);
    const fraction = all.slice(cut).replace(/0+$/, '').padEnd(least, '0');
    const grouped = whole.length >= grouping ? whole.replace(/\B(?=(\d{3})+$)/g, ',') : whole;
    return fraction === '' ? grouped : `${grouped}.${fraction}`;
  };

  const compact = (decimal, { least, most }, isUsual, tiers, grouping) => {
    for (let tier = Math.min(4, Math.max(0, Math.floor((decimal.point - 1) / 3))); ; tier += 1) {
      const scaled = { digits: decimal.digits, point: decimal.point - 3 * tier };
      const shown = rounded(scaled, isUsual ? Math.max(0, 2 - scaled.point) : most);
      if (shown.point > 3 && tier < 4) continue;
      return written(shown, isUsual ? 0 : least, grouping) + tiers[tier];
    }
  };

  const numberText = (value, locales, options = {}) => {
    const name = 'toLocaleString';
    checkLocale(name, locales, ENGLISH, ', or write the text by hand');
    checkOptions(name, options, NUMBER_OPTIONS, BY_HAND);
    const { style, useGrouping, compactDisplay = 'short' } = options;
    const isCompact = options.notation === 'compact';
    const currency = currencyOf(name, options);
    const isWhole = currency === 'JPY' || currency === 'KRW';
    const fraction = fractionOf(name, options, currency === '' || isCompact ? undefined : isWhole ? 0 : 2);
    const isUsual = options.minimumFractionDigits === undefined && options.maximumFractionDigits === undefined;
    const grouping = useGrouping === false ? Infinity : isCompact && useGrouping !== true ? 5 : 4;
    const isNegative = value < 0 || Object.is(value, -0);
    const plain = decimalOf(isNegative ? -value : value);
    const decimal = style === 'percent' && plain.digits !== '' ? { ...plain, point: plain.point + 2 } : plain;
    const text = Number.isNaN(value)
      ? 'NaN'
      : value === Infinity || value === -Infinity
        ? '∞'
        : isCompact
          ? compact(decimal, fraction, isUsual, TIERS[currency === '' ? compactDisplay : 'short'], grouping)
          : written(rounded(decimal, fraction.most), fraction.least, grouping);
    const symbol = currency === '' ? '' : SYMBOLS[currency];
    const gap = /[A-Z]$/.test(symbol) && /^\d/.test(text) ? '\u00a0' : '';
    return `${isNegative ? '-' : ''}${symbol}${gap}${text}${style === 'percent' ? '%' : ''}`;
  };

  hide(Number.prototype, 'toLocaleString', function toLocaleString(locales, options) {
    return numberText(Number.prototype.valueOf.call(this), locales, options);
  });
  hide(BigInt.prototype, 'toLocaleString', function toLocaleString(locales, options) {
    return numberText(BigInt.prototype.valueOf.call(this), locales, options);
  });
  hide(Array.prototype, 'toLocaleString', function toLocaleString(...given) {
    return Array.from(this, (item) => ((item ?? null) === null ? '' : item.toLocaleString(...given))).join();
  });

  // --- Dates ----------------------------------------------------------------------------------------------

  const ISO = 'write the text by hand: toISOString() has all parts of a date, in UTC';
  const DIGITS = ['numeric', '2-digit'];
  const NAMES = ['long', 'short'];
  const DATE_PARTS = { weekday: NAMES, year: DIGITS, month: [...DIGITS, ...NAMES], day: DIGITS };
  const TIME_PARTS = { hour: DIGITS, minute: DIGITS, second: DIGITS };
  const STYLES = ['full', 'long', 'medium', 'short'];
  const DATE_OPTIONS = {
    ...{ ...DATE_PARTS, ...TIME_PARTS, hour12: [true, false], hourCycle: ['h12', 'h23'], timeZoneName: ['short'] },
    ...{ dateStyle: STYLES, timeStyle: STYLES, timeZone: null },
  };
  const DATE_STYLES = {
    full: { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric' },
    long: { year: 'numeric', month: 'long', day: 'numeric' },
    medium: { year: 'numeric', month: 'short', day: 'numeric' },
    short: { year: '2-digit', month: 'numeric', day: 'numeric' },
  };
  const DAY = { year: 'numeric', month: 'numeric', day: 'numeric' };
  const CLOCK = { hour: 'numeric', minute: 'numeric', second: 'numeric' };
  const TIME_STYLES = { full: CLOCK, long: CLOCK, medium: CLOCK, short: { hour: 'numeric', minute: 'numeric' } };
  const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
  const MONTHS = [
    ...['January', 'February', 'March', 'April', 'May', 'June', 'July'],
    ...['August', 'September', 'October', 'November', 'December'],
  ];

  const padded = (number, form) => String(number).padStart(form === '2-digit' ? 2 : 1, '0');
  const named = (name, form) => (form === 'short' ? name.slice(0, 3) : name);
  const joined = (texts, by) => texts.filter((text) => text !== '').join(by);

  const dateText = (date, { weekday, year, month, day }) => {
    const era = date.getUTCFullYear() > 0 ? date.getUTCFullYear() : 1 - date.getUTCFullYear();
    const weekdayText = weekday && named(WEEKDAYS[date.getUTCDay()], weekday);
    const yearText = year && (year === '2-digit' ? padded(era % 100, year) : String(era));
    const dayText = day && padded(date.getUTCDate(), day);
    const known = [weekday && 'weekday', year && 'year', month && 'month', day && 'day'].filter(Boolean).join();
    if (!/^(weekday,)?(year,)?month,day$|^(year,)?month$|^\w*$/.test(known)) return null;
    if (month === undefined) return weekdayText ?? yearText ?? dayText ?? '';
    if (NAMES.includes(month)) {
      const monthText = joined([named(MONTHS[date.getUTCMonth()], month), dayText ?? ''], ' ');
      return joined([weekdayText ?? '', joined([monthText, yearText ?? ''], day ? ', ' : ' ')], ', ');
    }
    const numbers = joined([padded(date.getUTCMonth() + 1, month), dayText ?? '', yearText ?? ''], '/');
    return joined([weekdayText ?? '', numbers], ', ');
  };

  const timeText = (date, { hour, minute, second }, isHalves, zone) => {
    const [hours, minutes, seconds] = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
    if ((hour && second && !minute) || (zone !== '' && !hour)) return null;
    const shown = [
      hour ? padded(isHalves ? hours % 12 || 12 : hours, isHalves ? hour : '2-digit') : '',
      minute ? padded(minutes, hour || second ? '2-digit' : 'numeric') : '',
      second ? padded(seconds, minute ? '2-digit' : 'numeric') : '',
    ];
    return joined([joined(shown, ':'), hour && isHalves ? (hours < 12 ? 'AM' : 'PM') : '', zone], ' ');
  };

  const given = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

  // `fill`: what is shown when nothing of it is asked for: the date, the time, or both.
  const partsOf = (name, options, fill) => {
    const { dateStyle, timeStyle } = options;
    const has = (parts) => Object.keys(parts).some((part) => options[part] !== undefined);
    if (dateStyle === undefined && timeStyle === undefined) {
      const isAsked = (fill !== 'time' && has(DATE_PARTS)) || (fill !== 'date' && has(TIME_PARTS));
      if (isAsked) return given(options);
      return { ...(fill === 'time' ? {} : DAY), ...(fill === 'date' ? {} : CLOCK), ...given(options) };
    }
    if (has({ ...DATE_PARTS, ...TIME_PARTS, timeZoneName: null }))
      throw mistake(name, `takes dateStyle and timeStyle, or the parts one by one, not both: ${ISO}.`);
    if ((fill === 'date' && timeStyle !== undefined) || (fill === 'time' && dateStyle !== undefined))
      throw mistake(name, `takes no ${fill === 'date' ? 'timeStyle' : 'dateStyle'}: use toLocaleString().`);
    return { ...DATE_STYLES[dateStyle], ...TIME_STYLES[timeStyle] };
  };

  const momentText = (name, fill, date, locales, options = {}) => {
    checkLocale(name, locales, AMERICAN, ', and for 2024-07-03 write toISOString().slice(0, 10)');
    checkOptions(name, options, DATE_OPTIONS, ISO);
    const { timeZone = 'UTC', timeStyle } = options;
    if (!/^(Etc\/)?UTC$/i.test(timeZone))
      throw mistake(
        name,
        `knows the time zone UTC alone, not ${String(timeZone)}: leave it out, or add the zone's offset to the date before.`,
      );
    if (Number.isNaN(date.getTime())) return 'Invalid Date';
    const parts = partsOf(name, options, fill);
    const isHalves = options.hour12 ?? options.hourCycle !== 'h23';
    const isNamed = (timeStyle === 'long' || options.timeZoneName !== undefined) && 'UTC';
    const zone = timeStyle === 'full' ? 'Coordinated Universal Time' : isNamed || '';
    const [day, time] = [dateText(date, parts), timeText(date, parts, isHalves, zone)];
    if (day === null || time === null)
      throw mistake(name, `has no text for ${Object.keys(parts).join(', ')} together: ask for them one by one.`);
    const isAlone = parts.weekday && !parts.month && parts.hour && zone === '';
    return joined([day, time], isAlone ? ' ' : parts.month === 'long' ? ' at ' : ', ');
  };

  for (const [name, fill] of [
    ['toLocaleDateString', 'date'],
    ['toLocaleTimeString', 'time'],
    ['toLocaleString', 'any'],
  ]) {
    const method = {
      [name](locales, options) {
        return momentText(name, fill, this, locales, options);
      },
    };
    hide(Date.prototype, name, method[name]);
  }

  // --- The order of texts ---------------------------------------------------------------------------------

  const BY_KEY = 'for another order compare keys of your own';
  const ORDER_OPTIONS = {
    numeric: [true, false],
    sensitivity: ['base', 'accent', 'case', 'variant'],
    usage: ['sort'],
  };
  const MAX_DIGITS = 0xffff;
  const MAX_KEYS = 10_000;
  const MAX_KEPT_CHARS = 500;
  // In their order, before all letters.
  const SIGNS = '\t\n\v\f\r _-,;:!?.\'"()[]{}@*/\\&#%`^+<=>|~$0123456789';
  const ACCENTS = '\u0301\u0300\u0306\u0302\u030c\u030a\u0308\u030b\u0303\u0307\u0328\u0327\u0304';
  const DIGIT = SIGNS.indexOf('0');
  const { fromCodePoint } = String;

  // What a text is compared by: its letters, where they are the same its accents, and then its capitals.
  const keyOf = (text, numeric) => {
    const key = { base: '', accent: '', case: '' };
    const plain = text.normalize('NFD');
    for (const part of numeric ? (plain.match(/\d+|[^]/gu) ?? []) : plain) {
      const mark = ACCENTS.indexOf(part);
      const sign = SIGNS.indexOf(part);
      if (mark >= 0) key.accent += fromCodePoint(mark + 1);
      if (mark >= 0 || part < '\t' || (part > '\r' && part < ' ') || part === '\x7f') continue;
      const small = part.toLowerCase();
      if (numeric && /^\d/.test(part)) {
        const digits = part.replace(/^0+/, '');
        key.base += fromCodePoint(DIGIT, Math.min(digits.length, MAX_DIGITS)) + digits;
      } else key.base += sign >= 0 ? fromCodePoint(sign) : small;
      key.accent += '\0';
      key.case += part === small ? '0' : '1';
    }
    return key;
  };

  // A list that is sorted asks for each text many times.
  const keys = { true: new Map(), false: new Map() };
  const keptKey = (text, numeric) => {
    const kept = keys[numeric];
    const known = kept.get(text);
    if (known !== undefined) return known;
    const key = keyOf(text, numeric);
    if (kept.size >= MAX_KEYS) kept.clear();
    if (text.length <= MAX_KEPT_CHARS) kept.set(text, key);
    return key;
  };

  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  hide(String.prototype, 'localeCompare', function localeCompare(other, locales, options = {}) {
    const name = 'localeCompare';
    checkLocale(name, locales, ENGLISH, ', or compare by keys of your own');
    checkOptions(name, options, ORDER_OPTIONS, BY_KEY);
    const [one, two] = [String(this), String(other)];
    if (one === two) return 0;
    const { numeric = false, sensitivity = 'variant' } = options;
    const [a, b] = [keptKey(one, numeric), keptKey(two, numeric)];
    const byAccent = sensitivity === 'accent' || sensitivity === 'variant' ? order(a.accent, b.accent) : 0;
    const byCase = sensitivity === 'case' || sensitivity === 'variant' ? order(a.case, b.case) : 0;
    return order(a.base, b.base) || byAccent || byCase;
  });
})();

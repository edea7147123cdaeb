// Runs inside QuickJS before everything else: takes away what would make a run differ from its replay (W06) and
// what would compile text into code (W07), and gives numbers and dates their en-US texts.
(() => {
  'use strict';

  const hide = (target, key, value) =>
    Object.defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });

  // --- No clock, no chance --------------------------------------------------------------------------------

  const refuse = (what, instead) => {
    throw new Error(
      `${what} is not available: a resumed run must take the same path again. Pass ${instead} through args.`,
    );
  };

  const RealDate = Date;
  const { construct } = Reflect;
  function WorkflowDate(...values) {
    if (new.target === undefined) return refuse('Date()', 'the time');
    if (values.length === 0) return refuse('new Date()', 'the time');
    return construct(RealDate, values, new.target);
  }
  Object.defineProperty(WorkflowDate, 'name', { value: 'Date' });
  Object.defineProperty(WorkflowDate, 'length', { value: 7 });
  Object.defineProperty(WorkflowDate, 'prototype', { value: RealDate.prototype, writable: false });
  hide(WorkflowDate, 'parse', RealDate.parse);
  hide(WorkflowDate, 'UTC', RealDate.UTC);
  hide(WorkflowDate, 'now', function now() {
    return refuse('Date.now()', 'the time');
  });
  hide(RealDate.prototype, 'constructor', WorkflowDate);
  hide(globalThis, 'Date', WorkflowDate);
  hide(Math, 'random', function random() {
    return refuse('Math.random()', 'a seed or the chosen values');
  });

  // --- No code from text ----------------------------------------------------------------------------------

  const constructors = {
    Function: Function.prototype,
    AsyncFunction: Object.getPrototypeOf(async function () {}),
    GeneratorFunction: Object.getPrototypeOf(function* () {}),
    AsyncGeneratorFunction: Object.getPrototypeOf(async function* () {}),
  };
  for (const [name, prototype] of Object.entries(constructors)) {
    const stub = {
      [name]: function () {
        throw new TypeError(
          `${name}() is not available: a workflow script cannot make code from text. Write the function out.`,
        );
      },
    }[name];
    Object.defineProperty(stub, 'prototype', { value: prototype, writable: false });
    Object.defineProperty(prototype, 'constructor', { value: stub, writable: false, configurable: false });
    // `x instanceof Function` goes on working.
    if (name === 'Function') hide(globalThis, 'Function', stub);
  }
  delete globalThis.eval;

  // --- en-US ----------------------------------------------------------------------------------------------

  const group = (digits) => digits.replace(/\B(?=(\d{3})+$)/g, ',');

  const fractionDigits = (options, style) => {
    const least = options?.minimumFractionDigits ?? (style === 'currency' ? 2 : 0);
    const most =
      options?.maximumFractionDigits ?? Math.max(least, style === 'currency' ? 2 : style === 'percent' ? 0 : 3);
    return { least: Math.min(least, most), most };
  };

  const formatNumber = (number, options) => {
    const style = options?.style ?? 'decimal';
    const value = style === 'percent' ? number * 100 : number;
    const { least, most } = fractionDigits(options, style);
    const absolute = Math.abs(value);
    if (Number.isNaN(value)) return 'NaN';
    const sign = value < 0 || Object.is(value, -0) ? '-' : '';
    let text = '∞';
    if (absolute !== Infinity) {
      const plain = absolute < 1e21 ? absolute.toFixed(most) : BigInt(absolute).toString();
      const [whole, fraction = ''] = plain.split('.');
      let kept = fraction;
      while (kept.length > least && kept.endsWith('0')) kept = kept.slice(0, -1);
      text = (options?.useGrouping === false ? whole : group(whole)) + (kept === '' ? '' : `.${kept}`);
    }
    if (style === 'percent') return `${sign}${text}%`;
    if (style !== 'currency') return sign + text;
    const currency = String(options.currency ?? 'USD').toUpperCase();
    const symbol = { USD: '$', EUR: '€', GBP: '£', JPY: '¥' }[currency] ?? `${currency} `;
    return sign + symbol + text;
  };

  hide(Number.prototype, 'toLocaleString', function toLocaleString(_locales, options) {
    return formatNumber(Number.prototype.valueOf.call(this), options);
  });
  hide(BigInt.prototype, 'toLocaleString', function toLocaleString() {
    const text = BigInt.prototype.toString.call(this);
    return text.startsWith('-') ? `-${group(text.slice(1))}` : group(text);
  });

  const two = (number) => String(number).padStart(2, '0');
  const dateText = (date) => `${date.getUTCMonth() + 1}/${date.getUTCDate()}/${date.getUTCFullYear()}`;
  const timeText = (date) => {
    const hours = date.getUTCHours();
    return `${hours % 12 || 12}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} ${hours < 12 ? 'AM' : 'PM'}`;
  };
  const localized = (name, text) =>
    hide(
      RealDate.prototype,
      name,
      {
        [name]() {
          return Number.isNaN(this.getTime()) ? 'Invalid Date' : text(this);
        },
      }[name],
    );
  localized('toLocaleDateString', dateText);
  localized('toLocaleTimeString', timeText);
  localized('toLocaleString', (date) => `${dateText(date)}, ${timeText(date)}`);

  // Letters first by their base, then by accent, then small before capital.
  const base = (text) => text.normalize('NFD').replace(/[\u0300-\u036f]/g, '');
  const order = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  hide(String.prototype, 'localeCompare', function localeCompare(other) {
    const [a, b] = [String(this), String(other)];
    const [plainA, plainB] = [base(a), base(b)];
    return (
      order(plainA.toLowerCase(), plainB.toLowerCase()) ||
      order(a.toLowerCase().normalize(), b.toLowerCase().normalize()) ||
      -order(plainA, plainB)
    );
  });
})();

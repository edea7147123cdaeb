import type { Expression, Node, ObjectExpression, SpreadElement } from 'acorn';
import { isJsonObject } from '../../protocol/json.ts';
import type { Json } from '../../protocol/json.ts';
import { CAP_NAMES, type Caps } from '../../protocol/run.ts';
import { META_FIELDS, PHASE_FIELDS } from './api/meta.ts';
import type { Diagnostic, Meta, PhaseMeta } from './check.ts';
import { errorAt, warningAt } from './errorAt.ts';
import { literalValue, members } from './literal.ts';
import type { Member } from './literal.ts';

export interface ReadMeta {
  /** Null when there is an error among the diagnostics. */
  readonly meta: Meta | null;
  readonly diagnostics: readonly Diagnostic[];
}

const KEYS = META_FIELDS.map(({ name }) => name);
const PHASE_KEYS = PHASE_FIELDS.map(({ name }) => name);

/** W02 and W03: the values of `meta`, and what is wrong with them. */
export function readMeta(object: ObjectExpression): ReadMeta {
  const diagnostics: Diagnostic[] = [];
  const fields = members(object, diagnostics).map((member) => new Field(member, diagnostics).reportImpure());
  for (const field of fields) if (!KEYS.includes(field.key)) field.reportUnknown('`meta`', KEYS);
  const field = (key: string): Field | undefined => fields.findLast((candidate) => candidate.key === key);
  const meta = {
    name: field('name')?.text('a workflow has a name to be called by'),
    description: field('description')?.text('say in one line what the workflow does'),
    whenToUse: field('whenToUse')?.text('say when to choose this workflow'),
    phases: field('phases')?.phases() ?? [],
    args: field('args')?.schema(),
  };
  if (!field('name')) diagnostics.push(errorAt(object, 'W03-name', "`meta.name` is missing: add `name: '…'`."));
  if (!field('description'))
    diagnostics.push(
      warningAt(
        object,
        'W03-description',
        "`meta.description` is missing: add `description: '…'`, by which workflows are chosen.",
      ),
    );
  const failed = diagnostics.some(({ severity }) => severity === 'error');
  return { meta: failed || meta.name === undefined ? null : compact({ ...meta, name: meta.name }), diagnostics };
}

type Maybe<T> = { readonly [K in keyof T]: T[K] | undefined };

function compact(meta: Maybe<Omit<Meta, 'name' | 'phases'>> & Pick<Meta, 'name' | 'phases'>): Meta {
  return {
    name: meta.name,
    description: meta.description ?? '',
    phases: meta.phases,
    ...(meta.whenToUse === undefined ? {} : { whenToUse: meta.whenToUse }),
    ...(meta.args === undefined ? {} : { args: meta.args }),
  };
}

const CAPS_ADVICE =
  'must be numbers above 0, tokens and agents whole ones: `{ outputTokens: 200_000, usd: 5, agents: 20, minutes: 30 }`.';

function isCapName(name: string): name is keyof Caps {
  return CAP_NAMES.some((known) => known === name);
}

/** One member of `meta` or of a phase; each reader reports a value of another type and returns undefined. */
class Field {
  readonly key: string;
  readonly #member: Member;
  readonly #diagnostics: Diagnostic[];
  readonly #value: Json;
  /** What keeps the value from being a literal: reported once, and no type is asked of it then. */
  readonly #impure: readonly Diagnostic[];

  constructor(member: Member, diagnostics: Diagnostic[]) {
    const impure: Diagnostic[] = [];
    this.key = member.key;
    this.#member = member;
    this.#diagnostics = diagnostics;
    this.#value = literalValue(member.value, impure);
    this.#impure = impure;
  }

  /** Those of a phase's members are reported with the whole list. */
  reportImpure(): this {
    this.#diagnostics.push(...this.#impure);
    return this;
  }

  text(advice: string): string | undefined {
    if (typeof this.#value === 'string' && this.#value.trim() !== '') return this.#value;
    this.#report(this.#member.value, `must be a text that is not empty: ${advice}.`);
    return undefined;
  }

  schema(): Meta['args'] {
    if (isJsonObject(this.#value)) return this.#value;
    this.#report(this.#member.value, "must be a JSON Schema of the arguments: `{ type: 'object', properties: {…} }`.");
    return undefined;
  }

  phases(): readonly PhaseMeta[] {
    const list = this.#member.value;
    if (list.type === 'ArrayExpression') return list.elements.flatMap((element) => this.#phase(element ?? list));
    this.#report(list, "must be a list of objects: `[{ title: '…' }]`.");
    return [];
  }

  caps(): Caps | undefined {
    if (this.#impure.length > 0) return undefined;
    if (!isJsonObject(this.#value)) {
      this.#report(this.#member.value, CAPS_ADVICE);
      return undefined;
    }
    for (const [name, value] of Object.entries(this.#value)) {
      const whole = name === 'outputTokens' || name === 'agents';
      if (!isCapName(name)) this.#warnUnknown('`caps`', name, CAP_NAMES);
      else if (typeof value !== 'number' || value <= 0 || (whole && !Number.isInteger(value)))
        this.#report(this.#member.value, CAPS_ADVICE);
    }
    return Object.fromEntries(Object.entries(this.#value).filter(([name]) => isCapName(name)));
  }

  reportUnknown(owner: string, known: readonly string[]): void {
    this.#warnUnknown(owner, this.key, known);
  }

  #warnUnknown(owner: string, key: string, known: readonly string[]): void {
    const message = `${owner} has no key \`${key}\`, it is ignored; known are ${known.join(', ')}.`;
    this.#diagnostics.push(warningAt(this.#member.at, 'W03-unknown-key', message));
  }

  #phase(element: Expression | SpreadElement): readonly PhaseMeta[] {
    if (element.type !== 'ObjectExpression') {
      this.#report(element, "must hold objects only: write `{ title: '…' }`.");
      return [];
    }
    const fields = members(element, []).map((member) => new Field(member, this.#diagnostics));
    for (const field of fields) if (!PHASE_KEYS.includes(field.key)) field.reportUnknown('A phase', PHASE_KEYS);
    const text = (key: string): string | undefined =>
      fields.findLast((field) => field.key === key)?.text('it is shown in the graph');
    const [title, detail, model] = [text('title'), text('detail'), text('model')];
    if (!fields.some(({ key }) => key === 'title')) this.#report(element, "must have a title each: add `title: '…'`.");
    if (title === undefined) return [];
    const caps = fields.findLast(({ key }) => key === 'caps')?.caps();
    return [
      {
        title,
        ...(detail === undefined ? {} : { detail }),
        ...(model === undefined ? {} : { model }),
        ...(caps === undefined ? {} : { caps }),
      },
    ];
  }

  #report(node: Node, message: string): void {
    const code = `W03-${KEYS.includes(this.key) ? this.key : 'phases'}`;
    if (this.#impure.length === 0) this.#diagnostics.push(errorAt(node, code, `\`${this.key}\` ${message}`));
  }
}

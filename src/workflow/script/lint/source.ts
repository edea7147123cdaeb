import { parse } from 'acorn';
import type { AnyNode, CallExpression, Identifier, ObjectExpression, Property } from 'acorn';
import { SCRIPT_API } from '../api.ts';
import type { CheckedScript, Meta } from '../check.ts';
import { findMeta } from '../findMeta.ts';
import { isFunction, readScopes } from './scope.ts';
import type { Binding, FunctionNode, Scopes } from './scope.ts';

/** Calls that start agents. */
const SPAWNING = new Set(['agent', 'change', 'review', 'land', 'workflow']);
/** Calls that start none, and that each take up a person or run a command. */
const ASKING = new Set(['ask', 'check']);
const API_NAMES = new Set(SCRIPT_API.map(({ name }) => name));

/** A call of one of our globals, which the script did not shadow. */
export interface ApiCall {
  /** `agent`, or a member's: `patterns.tournament`. */
  readonly name: string;
  readonly node: CallExpression;
}

/** A checked script as rules read it. `Source` answers questions about single nodes and knows no rule. */
export class Source {
  readonly meta: Meta;
  readonly metaObject: ObjectExpression | null;
  /** All nodes of the body, each before its children; `meta` is not among them. */
  readonly nodes: readonly AnyNode[];
  readonly calls: readonly ApiCall[];
  readonly #scopes: Scopes;
  readonly #places: ReadonlyMap<AnyNode, number>;
  readonly #spawning = new Map<AnyNode, boolean>();
  readonly #asking = new Map<AnyNode, boolean>();

  constructor(script: CheckedScript) {
    const program = parse(script.source, {
      ecmaVersion: 2025,
      sourceType: 'module',
      locations: true,
      allowAwaitOutsideFunction: true,
      allowReturnOutsideFunction: true,
    });
    const found = findMeta(program);
    this.meta = script.meta;
    this.metaObject = found.object;
    this.#scopes = readScopes(program.body.filter((statement) => statement !== found.statement));
    this.nodes = this.#scopes.nodes;
    this.#places = new Map(this.nodes.map((node, place) => [node, place]));
    this.calls = this.nodes.flatMap((node) => {
      const name = this.apiCall(node);
      return name !== null && node.type === 'CallExpression' ? [{ name, node }] : [];
    });
  }

  parent(node: AnyNode): AnyNode | null {
    return this.#scopes.parents.get(node) ?? null;
  }

  /** From the nearest outwards. */
  *ancestors(node: AnyNode): Generator<AnyNode> {
    for (let at = this.parent(node); at; at = this.parent(at)) yield at;
  }

  functionAround(node: AnyNode): FunctionNode | null {
    for (const ancestor of this.ancestors(node)) if (isFunction(ancestor)) return ancestor;
    return null;
  }

  /** Null for a name that the script does not declare; undefined for what is no reference. */
  bindingOf(node: AnyNode | null | undefined): Binding | null | undefined {
    return node?.type === 'Identifier' ? this.#scopes.bindingOf(node) : undefined;
  }

  /** What an identifier declares. */
  declaredBy(id: AnyNode): Binding | null {
    return this.#scopes.declared.get(id) ?? null;
  }

  /** Whether this is the global of that name. */
  isGlobal(node: AnyNode | null | undefined, name: string): node is Identifier {
    return node?.type === 'Identifier' && node.name === name && this.bindingOf(node) === null;
  }

  /** The name of the global, or of the global's member, that this calls. */
  apiCall(node: AnyNode | null | undefined): string | null {
    if (node?.type !== 'CallExpression') return null;
    const { callee } = node;
    if (callee.type === 'Identifier')
      return this.bindingOf(callee) === null && API_NAMES.has(callee.name) ? callee.name : null;
    if (callee.type !== 'MemberExpression' || callee.object.type !== 'Identifier' || callee.computed) return null;
    if (this.bindingOf(callee.object) !== null || !API_NAMES.has(callee.object.name)) return null;
    return callee.property.type === 'Identifier' ? `${callee.object.name}.${callee.property.name}` : null;
  }

  isCallOf(node: AnyNode | null | undefined, ...names: readonly string[]): node is CallExpression {
    const name = this.apiCall(node);
    return name !== null && names.includes(name);
  }

  /** What a `const` of the script holds for good; other nodes are themselves. */
  valueOf(node: AnyNode): AnyNode {
    let at = node;
    for (let steps = 0; steps < 8; steps++) {
      if (at.type === 'ChainExpression') at = at.expression;
      const value = this.bindingOf(at)?.value;
      if (!value) return at;
      at = value;
    }
    return at;
  }

  /** The text of a literal, of a template without values, or of a `const` that holds one. */
  textOf(node: AnyNode): string | null {
    const value = this.valueOf(node);
    if (value.type === 'Literal') return typeof value.value === 'string' ? value.value : null;
    if (value.type !== 'TemplateLiteral' || value.expressions.length > 0) return null;
    return value.quasis[0]?.value.cooked ?? null;
  }

  /** True when running this may start agents, in callbacks and the script's own functions too. */
  spawns(node: AnyNode): boolean {
    return this.#reaches(node, this.#spawning, (name) => SPAWNING.has(name) || name.startsWith('patterns.'));
  }

  /** True when running this may ask a person or run a command, in callbacks and the script's own functions too. */
  asks(node: AnyNode): boolean {
    return this.#reaches(node, this.#asking, (name) => ASKING.has(name));
  }

  #reaches(node: AnyNode, all: Map<AnyNode, boolean>, isWanted: (name: string) => boolean): boolean {
    const known = all.get(node);
    if (known !== undefined) return known;
    all.set(node, false); // A function that calls itself adds nothing.
    const reaches = this.within(node).some((inner) => {
      const name = this.apiCall(inner);
      if (name !== null && isWanted(name)) return true;
      const value = this.bindingOf(inner)?.value;
      if (!value || !isFunction(value) || value === node) return false;
      return this.#reaches(value, all, isWanted);
    });
    all.set(node, reaches);
    return reaches;
  }

  /** The node and all below it. */
  within(node: AnyNode): readonly AnyNode[] {
    const first = this.#places.get(node) ?? 0;
    const isInside = (inner: AnyNode | undefined) => inner && inner.start >= node.start && inner.end <= node.end;
    let end = first + 1;
    while (isInside(this.nodes[end])) end++;
    return this.nodes.slice(first, end);
  }

  /** Those below it that run when it runs: what stands in inner functions is left out. */
  here(node: AnyNode): readonly AnyNode[] {
    const home = isFunction(node) ? node : this.functionAround(node);
    return this.within(node).filter((inner) => inner === node || this.functionAround(inner) === home);
  }
}

/** The option or member of that name, written out in an object literal. */
export function propertyOf(object: ObjectExpression, name: string): Property | null {
  const found = object.properties.findLast((property) => property.type === 'Property' && keyOf(property) === name);
  return found?.type === 'Property' ? found : null;
}

/** Null for a computed key. */
export function keyOf({ computed, key }: Pick<Property, 'computed' | 'key'>): string | null {
  if (key.type === 'Literal') return String(key.value);
  return !computed && key.type === 'Identifier' ? key.name : null;
}

/** `x` of `o.x` and `o['x']`; null for a computed one. */
export function memberName(node: AnyNode | null | undefined): string | null {
  if (node?.type !== 'MemberExpression') return null;
  if (!node.computed) return node.property.type === 'Identifier' ? node.property.name : null;
  return node.property.type === 'Literal' && typeof node.property.value === 'string' ? node.property.value : null;
}

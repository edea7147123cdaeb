import type { AnyNode, ObjectExpression } from 'acorn';
import { didYouMean } from '../nearest.ts';
import type { Rule } from '../rule.ts';
import { isFunction } from '../scope.ts';
import type { Source } from '../source.ts';
import { keyOf, propertyOf } from '../source.ts';
import { optionsOf } from '../../api.ts';

export const UNUSED_PHASE: Rule = {
  code: 'W33-unused-phase',
  severity: 'warning',
  doc: 'A phase of `meta` that no `phase()` and no `opts.phase` names: it stays empty.',
  *find(source) {
    const titles = titlesOf(source);
    if (!titles.all) return;
    // A table of steps may hold the titles.
    const written = new Set(
      source.nodes.flatMap((node) => (node.type === 'Literal' && typeof node.value === 'string' ? [node.value] : [])),
    );
    for (const { title, at } of metaPhases(source)) {
      if (!written.has(title) && !titles.known.some((known) => known.title === title))
        yield {
          at,
          message: `No call is made in the phase \`${title}\`: name it by phase() or opts.phase, or take it out of \`meta\`.`,
        };
    }
  },
};

export const UNKNOWN_PHASE: Rule = {
  code: 'W33-unknown-phase',
  severity: 'warning',
  doc: 'A title in `phase()` or `opts.phase` that is not among the phases of `meta`.',
  *find(source) {
    const phases = source.meta.phases.map(({ title }) => title);
    if (phases.length === 0) return;
    for (const { title, at } of titlesOf(source).known) {
      if (!phases.includes(title))
        yield {
          at,
          message: `\`meta.phases\` has no phase \`${title}\`, which gets a group of its own.${didYouMean(title, phases)}`,
        };
    }
  },
};

export const PHASE_RACE: Rule = {
  code: 'W24-phase-race',
  severity: 'warning',
  doc: '`phase()` inside a function of `parallel()` or `pipeline()`: it is set for all that run at the same time.',
  *find(source) {
    for (const { name, node } of source.calls) {
      if (name === 'phase' && isConcurrent(source, node))
        yield {
          at: node,
          message:
            'phase() here changes the phase of all that runs at the same time: give the calls `phase` as an option.',
        };
    }
  },
};

interface Title {
  readonly title: string;
  readonly at: AnyNode;
}

/** The titles that calls name; `all` is false when some are not known before the run. */
function titlesOf(source: Source): { readonly known: readonly Title[]; readonly all: boolean } {
  const known: Title[] = [];
  let all = source.nodes.every((node) => !isIndirect(source, node));
  const add = (at: AnyNode): void => {
    const title = source.textOf(at);
    if (title === null) all = false;
    else known.push({ title, at });
  };
  for (const { name, node } of source.calls) {
    const at = name === 'phase' ? 0 : (optionsOf(name)?.at ?? null);
    const argument = at === null ? undefined : node.arguments[at];
    if (argument === undefined) {
      if (node.arguments.some(({ type }) => type === 'SpreadElement')) all = false;
    } else if (name === 'phase') add(argument);
    else {
      const options = source.valueOf(argument);
      if (options.type !== 'ObjectExpression' || options.properties.some(isUnknownProperty)) all = false;
      const phase = options.type === 'ObjectExpression' ? propertyOf(options, 'phase') : null;
      if (phase && !isNothing(phase.value)) add(phase.value);
    }
  }
  return { known, all };
}

function isUnknownProperty(property: ObjectExpression['properties'][number]): boolean {
  return property.type === 'SpreadElement' || keyOf(property) === null;
}

function isNothing(node: AnyNode): boolean {
  return node.type === 'Identifier' && node.name === 'undefined';
}

/** A global that is handed on instead of being called: nobody sees with what. */
function isIndirect(source: Source, node: AnyNode): boolean {
  if (node.type !== 'Identifier' || source.bindingOf(node) !== null) return false;
  if (node.name !== 'phase' && !optionsOf(node.name)) return false;
  const parent = source.parent(node);
  return parent?.type !== 'CallExpression' || parent.callee !== node;
}

function metaPhases(source: Source): readonly Title[] {
  const list = source.metaObject && propertyOf(source.metaObject, 'phases')?.value;
  if (list?.type !== 'ArrayExpression') return [];
  return source.meta.phases.flatMap(({ title }, index) => {
    const element = list.elements[index];
    return element?.type === 'ObjectExpression' ? [{ title, at: propertyOf(element, 'title')?.value ?? element }] : [];
  });
}

function isConcurrent(source: Source, node: AnyNode): boolean {
  let inFunction = false;
  for (const ancestor of source.ancestors(node)) {
    inFunction ||= isFunction(ancestor);
    if (inFunction && source.isCallOf(ancestor, 'parallel', 'pipeline')) return true;
  }
  return false;
}

import type { ExportNamedDeclaration, Node, ObjectExpression, Program, VariableDeclaration } from 'acorn';
import type { Diagnostic } from './check.ts';
import { errorAt } from './errorAt.ts';

export interface FoundMeta {
  /** What is blanked: the whole `export const meta = {…}`. */
  readonly statement: Node | null;
  readonly object: ObjectExpression | null;
  readonly errors: readonly Diagnostic[];
}

const EXAMPLE = "export const meta = { name: '…', description: '…' }";

/** W02: the first statement is `export const meta = {…}`; `'use strict'` may stand before it. */
export function findMeta(program: Program): FoundMeta {
  const first = program.body.find((statement) => !isUseStrict(statement));
  if (!first) return missing(program, 'W02-meta-missing', `The script is empty: start it with \`${EXAMPLE}\`.`);
  const exported = first.type === 'ExportNamedDeclaration' ? metaDeclaration(first) : null;
  if (exported) return declared(first, exported);
  if (first.type === 'VariableDeclaration' && declaresMeta(first))
    return {
      ...missing(first, 'W02-meta-export', '`meta` must be exported: write `export const meta = {…}`.'),
      statement: first,
    };
  const later = program.body.find(
    (statement) => statement.type === 'ExportNamedDeclaration' && metaDeclaration(statement),
  );
  const message = later
    ? 'Only comments may come before `export const meta = {…}`: move it to the top.'
    : `The first statement must be \`${EXAMPLE}\`.`;
  return { ...missing(first, 'W02-meta-first', message), statement: later ?? null };
}

/** It changes nothing: scripts are strict. */
function isUseStrict(statement: Program['body'][number]): boolean {
  return statement.type === 'ExpressionStatement' && statement.directive === 'use strict';
}

/** Once it is clear that this statement is meant to be `meta`, it is not reported as a second export too. */
function declared(statement: Node, declaration: VariableDeclaration): FoundMeta {
  const fail = (node: Node, code: string, message: string): FoundMeta => ({
    ...missing(node, code, message),
    statement,
  });
  if (declaration.kind !== 'const')
    return fail(declaration, 'W02-meta-const', '`meta` must be a constant: write `export const meta = {…}`.');
  const [declarator, second] = declaration.declarations;
  if (second)
    return fail(second, 'W02-meta-alone', '`meta` must be declared alone: give the other name a statement of its own.');
  const init = declarator?.init;
  if (init?.type !== 'ObjectExpression')
    return fail(
      init ?? declaration,
      'W02-meta-literal',
      '`meta` must be an object literal: write `export const meta = {…}` with plain values.',
    );
  return { statement, object: init, errors: [] };
}

function metaDeclaration(statement: ExportNamedDeclaration): VariableDeclaration | null {
  const declaration = statement.declaration;
  return declaration?.type === 'VariableDeclaration' && declaresMeta(declaration) ? declaration : null;
}

function declaresMeta(declaration: VariableDeclaration): boolean {
  return declaration.declarations.some(({ id }) => id.type === 'Identifier' && id.name === 'meta');
}

function missing(node: Node, code: string, message: string): FoundMeta {
  return { statement: null, object: null, errors: [errorAt(node, code, message)] };
}

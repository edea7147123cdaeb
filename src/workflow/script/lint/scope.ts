import type {
  AnyNode,
  ArrowFunctionExpression,
  Expression,
  FunctionDeclaration,
  FunctionExpression,
  Identifier,
  Pattern,
} from 'acorn';

export type FunctionNode = ArrowFunctionExpression | FunctionDeclaration | FunctionExpression;

/** A name that the script itself declares. */
export interface Binding {
  readonly name: string;
  readonly kind: 'const' | 'let' | 'var' | 'function' | 'class' | 'param';
  readonly id: Identifier;
  /** Its value for good: of `const x = …` and of a function. Null where a pattern takes it apart, or it may change. */
  readonly value: Expression | FunctionNode | null;
  /** The function it is declared in; null at the top. */
  readonly home: FunctionNode | null;
  /** All places that name it, its declaration left out. */
  readonly references: Identifier[];
}

type Names = Map<string, Binding>;

export interface Scopes {
  /** All nodes, each before its children. */
  readonly nodes: readonly AnyNode[];
  readonly parents: ReadonlyMap<AnyNode, AnyNode>;
  /** By the identifier that declares them. */
  readonly declared: ReadonlyMap<AnyNode, Binding>;
  /** Null for a name that the script does not declare; undefined for what is no reference. */
  bindingOf(node: Identifier): Binding | null | undefined;
}

/** Who declares which name, and where it is used. `roots` are the statements of one function body. */
export function readScopes(roots: readonly AnyNode[]): Scopes {
  const reader = new ScopeReader();
  for (const root of roots) reader.declare(root, reader.top, null);
  const resolved = reader.resolve();
  return {
    nodes: reader.nodes,
    parents: reader.parents,
    declared: reader.declared,
    bindingOf: (node) => resolved.get(node),
  };
}

interface Scope {
  readonly names: Names;
  readonly outer: Scope | null;
  /** Where `var` and function bodies' own names go. */
  readonly isFunction: boolean;
}

class ScopeReader {
  readonly nodes: AnyNode[] = [];
  readonly parents = new Map<AnyNode, AnyNode>();
  readonly top: Scope = { names: new Map(), outer: null, isFunction: true };
  readonly #scopes = new Map<AnyNode, Scope>();
  readonly declared = new Map<AnyNode, Binding>();

  declare(node: AnyNode, outer: Scope, home: FunctionNode | null): void {
    this.nodes.push(node);
    const scope = opensScope(node) ? { names: new Map<string, Binding>(), outer, isFunction: isFunction(node) } : outer;
    this.#scopes.set(node, scope);
    this.#names(node, scope, outer, home);
    const inner = isFunction(node) ? node : home;
    for (const child of childrenOf(node)) {
      this.parents.set(child, node);
      this.declare(child, scope, inner);
    }
  }

  resolve(): Map<Identifier, Binding | null> {
    const resolved = new Map<Identifier, Binding | null>();
    for (const node of this.nodes) {
      if (node.type !== 'Identifier' || this.declared.has(node) || !isReference(node, this.parents.get(node))) continue;
      const binding = lookUp(node.name, this.#scopes.get(node) ?? this.top);
      binding?.references.push(node);
      resolved.set(node, binding);
    }
    return resolved;
  }

  #names(node: AnyNode, scope: Scope, outer: Scope, home: FunctionNode | null): void {
    if (node.type === 'VariableDeclaration') {
      const target = node.kind === 'var' ? functionScope(scope) : scope;
      const kind = node.kind === 'let' || node.kind === 'var' ? node.kind : 'const';
      for (const { id, init } of node.declarations) {
        const value = kind === 'const' && id.type === 'Identifier' ? (init ?? null) : null;
        for (const name of namesIn(id))
          this.#add(target, { name: name.name, kind, id: name, value, home, references: [] });
      }
    }
    if ((node.type === 'FunctionDeclaration' || node.type === 'ClassDeclaration') && node.id)
      this.#addNamed(node.id, node, outer, home);
    if ((node.type === 'FunctionExpression' || node.type === 'ClassExpression') && node.id)
      this.#addNamed(node.id, node, scope, home);
    const params = isFunction(node) ? node.params : node.type === 'CatchClause' && node.param ? [node.param] : [];
    const inside = isFunction(node) ? node : home;
    for (const id of params.flatMap(namesIn))
      this.#add(scope, { name: id.name, kind: 'param', id, value: null, home: inside, references: [] });
  }

  #addNamed(id: Identifier, node: AnyNode, scope: Scope, home: FunctionNode | null): void {
    const value = isFunction(node) ? node : null;
    this.#add(scope, { name: id.name, kind: value ? 'function' : 'class', id, value, home, references: [] });
  }

  #add(scope: Scope, binding: Binding): void {
    // `var` twice, or a parameter and a `var` of its name: one name, whose value nobody knows.
    const known = scope.names.get(binding.name);
    const merged = known ? { ...known, value: null } : binding;
    scope.names.set(binding.name, merged);
    if (known) this.declared.set(known.id, merged);
    this.declared.set(binding.id, merged);
  }
}

export function isFunction(node: AnyNode): node is FunctionNode {
  return (
    node.type === 'FunctionDeclaration' || node.type === 'FunctionExpression' || node.type === 'ArrowFunctionExpression'
  );
}

/** The nodes right below, in the order of the text. */
function childrenOf(node: AnyNode): readonly AnyNode[] {
  const children: AnyNode[] = [];
  for (const value of Object.values(node) as readonly unknown[]) {
    if (isNode(value)) children.push(value);
    else if (Array.isArray(value)) children.push(...value.filter(isNode));
  }
  return children;
}

function isNode(value: unknown): value is AnyNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && 'start' in value && typeof value.type === 'string'
  );
}

function opensScope(node: AnyNode): boolean {
  return (
    isFunction(node) ||
    node.type === 'BlockStatement' ||
    node.type === 'SwitchStatement' ||
    node.type === 'CatchClause' ||
    node.type === 'ForStatement' ||
    node.type === 'ForOfStatement' ||
    node.type === 'ForInStatement' ||
    node.type === 'StaticBlock' ||
    node.type === 'ClassExpression'
  );
}

function functionScope(scope: Scope): Scope {
  let at = scope;
  while (!at.isFunction && at.outer) at = at.outer;
  return at;
}

function lookUp(name: string, scope: Scope): Binding | null {
  for (let at: Scope | null = scope; at; at = at.outer) {
    const binding = at.names.get(name);
    if (binding) return binding;
  }
  return null;
}

/** The names that a pattern declares. */
function namesIn(pattern: Pattern): readonly Identifier[] {
  switch (pattern.type) {
    case 'Identifier':
      return [pattern];
    case 'ObjectPattern':
      return pattern.properties.flatMap((property) =>
        namesIn(property.type === 'RestElement' ? property.argument : property.value),
      );
    case 'ArrayPattern':
      return pattern.elements.flatMap((element) => (element ? namesIn(element) : []));
    case 'RestElement':
      return namesIn(pattern.argument);
    case 'AssignmentPattern':
      return namesIn(pattern.left);
    case 'MemberExpression':
      return [];
  }
}

function isReference(node: Identifier, parent: AnyNode | undefined): boolean {
  switch (parent?.type) {
    case 'MemberExpression':
      return parent.computed || parent.property !== node;
    case 'Property':
      return parent.computed || parent.key !== node || parent.value === node;
    case 'MethodDefinition':
    case 'PropertyDefinition':
      return parent.computed || parent.key !== node;
    case 'LabeledStatement':
    case 'BreakStatement':
    case 'ContinueStatement':
    case 'MetaProperty':
      return false;
    default:
      return true;
  }
}

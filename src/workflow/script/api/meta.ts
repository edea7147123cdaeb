export interface MetaField {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly doc: string;
}

/** The keys of `export const meta` (W03). */
export const META_FIELDS: readonly MetaField[] = [
  { name: 'name', type: 'string', required: true, doc: 'What the workflow is called by.' },
  {
    name: 'description',
    type: 'string',
    required: false,
    doc: 'What it does, in one line; workflows are chosen by it. A warning without it.',
  },
  { name: 'whenToUse', type: 'string', required: false, doc: 'When to choose it.' },
  { name: 'phases', type: 'readonly Phase[]', required: false, doc: 'What it goes through, in order, for the graph.' },
  {
    name: 'args',
    type: 'JsonSchema',
    required: false,
    doc: 'A JSON Schema of the arguments: a run with others is refused, and the form to start it is made from it.',
  },
];

/** The keys of each of `meta.phases`. */
export const PHASE_FIELDS: readonly MetaField[] = [
  { name: 'title', type: 'string', required: true, doc: 'As `phase()` and `opts.phase` name it.' },
  { name: 'detail', type: 'string', required: false, doc: 'What happens in it.' },
  { name: 'model', type: 'string', required: false, doc: 'The model that it mostly uses.' },
  {
    name: 'caps',
    type: '{ readonly outputTokens?: number; readonly usd?: number; readonly agents?: number; readonly minutes?: number }',
    required: false,
    doc: "What its agents may use together; `minutes` while any of them is under way. Reached, the phase's agents throw a `BudgetError`; its checks, landings and questions do when `minutes` are up.",
  },
];

import type { SchemaCheck } from '../../engine/ports.ts';
import { createSchemaCheck } from '../schemaCheck.ts';
import { isInstance } from '../simulator/schemaInstance.ts';

/** As `createSchemaCheck` for who asks about the same few schemas hundreds of times, with values that mostly fit. */
export function createQuickSchemaCheck(): SchemaCheck {
  const thorough = createSchemaCheck();
  const problems = new Map<string, string | null>();
  return {
    problem: (schema) => {
      const text = JSON.stringify(schema);
      const known = problems.get(text);
      if (known !== undefined) return known;
      const problem = thorough.problem(schema);
      problems.set(text, problem);
      return problem;
    },
    validate: (schema, value) => (isInstance(schema, value) ? { ok: true } : thorough.validate(schema, value)),
  };
}

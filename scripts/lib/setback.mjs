// @ts-check

/** Something that a person can put right; its message says what and how. */
export class Setback extends Error {}

/**
 * Runs `body`. When it cannot go on, the process ends here: with the message alone for a setback, with the stack
 * for what nobody foresaw.
 * @template T
 * @param {() => Promise<T>} body
 * @returns {Promise<T>}
 */
export async function orEnd(body) {
  try {
    return await body();
  } catch (error) {
    process.stderr.write(`${describe(error)}\n`);
    process.exit(1);
  }
}

/** @param {unknown} error */
function describe(error) {
  if (error instanceof Setback) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

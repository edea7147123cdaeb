import { CommandError } from '../commandError.ts';

/** For `parseFlags`: the serving process is to have it. */
export const DETACH_FLAG = { detach: { type: 'boolean' } } as const;

interface Values {
  readonly detach?: boolean;
  readonly 'base-url'?: string | undefined;
  readonly simulate?: string | undefined;
  readonly events?: boolean | undefined;
  readonly 'result-file'?: string | undefined;
}

/** Throws where something is asked for that the serving process does not do. */
export function checkDetached(values: Values): void {
  if (values.detach !== true) return;
  if (values['base-url'] !== undefined || values.simulate !== undefined)
    throw new CommandError(
      'With --detach the serving process asks its own model: give that flag to dwf serve instead.',
    );
  if (values.events === true || values['result-file'] !== undefined)
    throw new CommandError(
      'With --detach nobody waits for the end: leave --events and --result-file out. See: dwf show',
    );
}

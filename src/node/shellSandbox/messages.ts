import * as z from 'zod';

// What crosses between this program and the process that makes sandboxes.

const paths = z.array(z.string().min(1));
const rules = z.strictObject({ allowWrite: paths, denyWrite: paths, denyRead: paths, allowRead: paths });

export const toHelper = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('start'),
    allowedDomains: z.array(z.string()),
    /** Paths of programs; null where the system needs none. */
    bwrap: z.string().nullable(),
    socat: z.string().nullable(),
    ripgrep: z.string(),
    applySeccomp: z.string().nullable(),
  }),
  z.strictObject({ kind: z.literal('wrap'), id: z.int(), shell: z.string(), command: z.string(), rules }),
  /** A command that was wrapped has ended, or never began. */
  z.strictObject({ kind: z.literal('ended'), id: z.int() }),
]);
export type ToHelper = z.infer<typeof toHelper>;

export const fromHelper = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('unusable'), why: z.string() }),
  /** What the shell is to run instead. */
  z.strictObject({ kind: z.literal('wrapped'), id: z.int(), command: z.string() }),
  z.strictObject({ kind: z.literal('failed'), id: z.int(), why: z.string() }),
]);
export type FromHelper = z.infer<typeof fromHelper>;

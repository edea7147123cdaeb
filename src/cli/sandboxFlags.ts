import { DEFAULT_SANDBOX, SANDBOX_MODES, type SandboxSettings } from '../node/shellSandbox/sandboxSettings.ts';
import { oneOf } from './parseFlags.ts';

export const SANDBOX_FLAGS = {
  sandbox: { type: 'string' },
  'allow-domain': { type: 'string', multiple: true },
} as const;

/** How agents' commands are confined. */
export function sandboxFrom(values: {
  readonly sandbox?: string | undefined;
  readonly 'allow-domain'?: readonly string[] | undefined;
}): SandboxSettings {
  const mode = oneOf('sandbox', values.sandbox, SANDBOX_MODES) ?? DEFAULT_SANDBOX.mode;
  return { ...DEFAULT_SANDBOX, mode, allowedDomains: values['allow-domain'] ?? [] };
}

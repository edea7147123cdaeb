/** `auto`: where the system has one; `required`: without one no command runs; `off`: none. */
export const SANDBOX_MODES = ['auto', 'required', 'off'] as const;
export type SandboxMode = (typeof SANDBOX_MODES)[number];

/** How a person wants agents' commands confined. */
export interface SandboxSettings {
  readonly mode: SandboxMode;
  /** What commands may reach over the network, such as `packages.example.org` or `*.example.com:443`. */
  readonly allowedDomains: readonly string[];
  /** Confined commands run without a question, unless a rule denies or asks. */
  readonly withoutAsking: boolean;
}

export const DEFAULT_SANDBOX: SandboxSettings = { mode: 'auto', allowedDomains: [], withoutAsking: false };

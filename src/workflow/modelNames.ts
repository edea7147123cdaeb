import { capabilitiesOf, type Capabilities } from '../protocol/capabilities.ts';
import { resolveModel } from '../protocol/models.ts';

/** What a model's name stands for, and what is known of the model (W25). */
export interface ModelNames {
  /** The id that is asked for a name as a script or a person wrote it: an alias, an entry of a table, or itself. */
  idOf(name: string): string;
  /** Null when it can be asked; else why not, as a whole sentence. Only what a provider itself says counts. */
  missing(id: string, signal: AbortSignal): Promise<string | null>;
  capabilities(id: string): Capabilities;
}

/** Without any setting, and where no service is asked. */
export const PLAIN_NAMES: ModelNames = {
  idOf: resolveModel,
  missing: async () => null,
  capabilities: (id) => capabilitiesOf(id),
};

/** Who can be named before the slash of `provider/model` without any setting; `vscode` only inside of an editor (W25). */
export const BUILT_IN_PROVIDERS = ['anthropic', 'bedrock', 'vertex', 'vscode'] as const;

/** A model's name taken apart; `provider` null: the session's own service, which gets the name as it is. */
export interface ModelName {
  readonly provider: string | null;
  readonly id: string;
}

/** A slash alone says nothing: ids of some services have one. Only what stands before it and is known is a provider. */
export function splitModel(name: string, isProvider: (name: string) => boolean): ModelName {
  const slash = name.indexOf('/');
  const provider = slash > 0 && slash < name.length - 1 ? name.slice(0, slash) : '';
  return isProvider(provider) ? { provider, id: name.slice(slash + 1) } : { provider: null, id: name };
}

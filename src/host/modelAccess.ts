import * as vscode from 'vscode';
import type { ModelSource } from '../node/modelRecord.ts';
import { isElsewhere } from '../node/modelTable.ts';
import { resolveModel } from '../protocol/models.ts';
import type { ModelRecord } from '../workflow/runStore.ts';
import { settings } from './settings.ts';

const SECRET = 'dynamicWorkflows.apiKey';
/** Local servers look at no key, but some want to see one. */
const NO_KEY = 'none';

/** How this window reaches a model: the stored key or the environment's, and the address of the settings. */
export class ModelAccess {
  readonly #secrets: vscode.SecretStorage;

  constructor(secrets: vscode.SecretStorage) {
    this.#secrets = secrets;
  }

  /** For a new run; null when the person has to do something first, which they have then been told. */
  async source(): Promise<ModelSource | null> {
    return this.#api(settings().baseUrl ?? (process.env['ANTHROPIC_BASE_URL'] || undefined));
  }

  /** For a run that goes on: the same server that it began with, or the same simulation. */
  async sourceOf(record: ModelRecord): Promise<ModelSource | null> {
    if (record.kind === 'api') return record.baseURL === null ? this.source() : this.#api(record.baseURL);
    const { rulesText } = record;
    return { kind: 'simulate', latency: 'visible', ...(rulesText === null ? {} : { rulesText }) };
  }

  async setKey(): Promise<void> {
    const entered = await vscode.window.showInputBox({
      title: 'API key',
      prompt: 'It is kept in the editor’s secret storage and tried with one request of a single token.',
      placeHolder: 'sk-ant-…',
      password: true,
      ignoreFocusOut: true,
      validateInput: (text) => (text.trim() === '' ? 'Paste a key, or press Escape.' : undefined),
    });
    if (entered === undefined) return;
    const apiKey = entered.trim();
    const failure = await vscode.window.withProgress(
      { location: vscode.ProgressLocation.Notification, title: 'Trying the API key', cancellable: false },
      () => tryKey(apiKey),
    );
    if (failure?.code === 'auth') {
      void vscode.window.showErrorMessage(`The key was not stored. ${failure.message}`);
      return;
    }
    await this.#secrets.store(SECRET, apiKey);
    if (failure) void vscode.window.showWarningMessage(`The key is stored, but could not be tried. ${failure.message}`);
    else void vscode.window.showInformationMessage('The API key works and is stored.');
  }

  async removeKey(): Promise<void> {
    const had = (await this.#secrets.get(SECRET)) !== undefined;
    await this.#secrets.delete(SECRET);
    const rest = process.env['ANTHROPIC_API_KEY'] ? ' The environment variable ANTHROPIC_API_KEY is still there.' : '';
    void vscode.window.showInformationMessage(`${had ? 'The API key is removed.' : 'No API key was stored.'}${rest}`);
  }

  async #api(baseURL: string | undefined): Promise<ModelSource | null> {
    const apiKey = (await this.#secrets.get(SECRET)) ?? (process.env['ANTHROPIC_API_KEY'] || undefined);
    if (baseURL !== undefined && !isAddress(baseURL)) {
      await offerSettings(`The base URL is an address such as http://localhost:11434, not "${baseURL}".`);
      return null;
    }
    const { parseModelSettings } = await import('../node/modelSettings.ts');
    const { model, ...given } = settings();
    const models = parseModelSettings({ providers: given.providers, modelMap: given.modelMap });
    if (!models.ok) {
      await offerSettings(`The settings of models are wrong. ${models.problems.join('; ')}`);
      return null;
    }
    const own = { kind: 'api', baseURL, settings: models.settings } as const;
    if (apiKey !== undefined || baseURL !== undefined) return { ...own, apiKey: apiKey ?? NO_KEY };
    if (isElsewhere(models.settings, model)) return { ...own, apiKey };
    return (await offerWaysOut()) ? this.#api(baseURL) : null;
  }
}

async function tryKey(apiKey: string) {
  const { tryModel } = await import('../node/tryModel.ts');
  const { baseUrl, model } = settings();
  return tryModel({ apiKey, baseURL: baseUrl }, resolveModel(model), AbortSignal.timeout(30_000));
}

function isAddress(text: string): boolean {
  return URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);
}

/** True when the person has chosen a model that needs no key. */
async function offerWaysOut(): Promise<boolean> {
  const chats = await vscode.lm.selectChatModels();
  const ways = {
    ...(chats.length > 0 && { [EDITOR_MODEL]: '' }),
    'Set API Key': 'dynamicWorkflows.setApiKey',
    'Open Settings': 'dynamicWorkflows.openSettings',
    'Try It Without a Key': 'dynamicWorkflows.tryDemo',
  };
  const message =
    'There is no model to ask. Set an API key, name a server of your own in the settings, or try it with a simulated model.';
  const chosen = await vscode.window.showWarningMessage(message, ...(Object.keys(ways) as (keyof typeof ways)[]));
  if (chosen === EDITOR_MODEL) return chooseEditorModel(chats);
  if (chosen) await vscode.commands.executeCommand(ways[chosen]);
  return false;
}

const EDITOR_MODEL = 'Use a Model of the Editor';

async function chooseEditorModel(chats: readonly vscode.LanguageModelChat[]): Promise<boolean> {
  const items = chats.map(({ name, vendor, id }) => ({ label: name, description: `vscode/${vendor}/${id}` }));
  const title = 'Model of agents that name none';
  const chosen = await vscode.window.showQuickPick(items, { title, matchOnDescription: true });
  if (!chosen) return false;
  const configuration = vscode.workspace.getConfiguration('dynamicWorkflows');
  await configuration.update('model', chosen.description, vscode.ConfigurationTarget.Global);
  // A setting of the folder may still name another model.
  return settings().model === chosen.description;
}

async function offerSettings(message: string): Promise<void> {
  const chosen = await vscode.window.showErrorMessage(message, 'Open Settings');
  if (chosen) await vscode.commands.executeCommand('dynamicWorkflows.openSettings');
}

import type * as Sdk from '@anthropic-ai/sdk';
import type { AnthropicVertex, ClientOptions } from '@anthropic-ai/vertex-sdk';
import type { Disposable } from '../base/disposable.ts';
import type { ModelFailure } from '../engine/model.ts';
import type { Endpoint } from './anthropicFailure.ts';
import { createMessagesModel, type Connection, type MessagesClient } from './messagesModel.ts';
import { ownInstall, unusable, type InstallPlaces } from './ownInstall.ts';
import { serviceName, type ServiceModel } from './serviceName.ts';

export interface VertexModelOptions {
  readonly places: InstallPlaces;
  /** Where project, region and an access token may be; without a token, what the Google tools find by themselves. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: ANTHROPIC_VERTEX_PROJECT_ID, then GOOGLE_CLOUD_PROJECT. */
  readonly project?: string | undefined;
  /** Default: CLOUD_ML_REGION, then `global`. */
  readonly region?: string | undefined;
  /** Default: Google's own of that region. `/projects/…` is added. */
  readonly baseURL?: string | undefined;
  readonly idleTimeoutMs?: number;
}

const PACKAGE = '@anthropic-ai/vertex-sdk';
const IDLE_TIMEOUT_MS = 5 * 60_000;

/** Claude on Google Vertex AI, by the official package from the person's own install. */
export function createVertexModel(options: VertexModelOptions): ServiceModel & Disposable {
  const { environment: env } = options;
  const region = options.region ?? (env['CLOUD_ML_REGION'] || 'global');
  const endpoint: Endpoint = {
    shown: `Google Vertex AI in ${region}`,
    // The variable in which gcloud itself takes a token: https://cloud.google.com/sdk/docs/authorizing
    apiKey: env['CLOUDSDK_AUTH_ACCESS_TOKEN'],
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    cloud: true,
    cures: {
      key: 'run gcloud auth application-default login, and see that the project may use the model there',
      address: 'correct the region',
    },
  };
  const service = serviceName(`${endpoint.shown} ${addressOf(options) ?? ''}`, endpoint.apiKey, projectOf(options));
  return {
    ...createMessagesModel({ endpoint, cache: true, connect: () => connect(options, region, endpoint) }),
    service,
  };
}

function addressOf({ environment, baseURL }: VertexModelOptions): string | undefined {
  return baseURL ?? (environment['ANTHROPIC_VERTEX_BASE_URL'] || undefined);
}

function projectOf({ environment, project }: VertexModelOptions): string | undefined {
  return project ?? (environment['ANTHROPIC_VERTEX_PROJECT_ID'] || environment['GOOGLE_CLOUD_PROJECT']);
}

async function connect(
  options: VertexModelOptions,
  region: string,
  endpoint: Endpoint,
): Promise<Connection | ModelFailure> {
  const [baseURL, projectId] = [addressOf(options), projectOf(options)];
  if (!projectId) {
    return unusable(
      'A model of Google Vertex AI needs a project: set ANTHROPIC_VERTEX_PROJECT_ID, or name it in the settings.',
    );
  }
  const own = ownInstall(PACKAGE, 'A model of Google Vertex AI', options.places);
  if ('kind' in own) return own;
  const { AnthropicVertex: Client } = own.exports as { readonly AnthropicVertex: typeof AnthropicVertex };
  const { fetchOver, openAgent, QUIET_CLIENT } = await import('./anthropicConnection.ts');
  const agent = openAgent(endpoint.idleTimeoutMs);
  const client = new Client({
    region,
    projectId,
    ...(endpoint.apiKey ? { authClient: bearer(endpoint.apiKey) } : {}),
    ...(baseURL === undefined ? {} : { baseURL }),
    ...QUIET_CLIENT,
    fetch: fetchOver(agent),
  });
  const sdk = own.require('@anthropic-ai/sdk') as typeof Sdk;
  return { client: client as unknown as MessagesClient, sdk, agent };
}

/** The part of Google's client that signs a request: all that is asked of it. */
function bearer(token: string): NonNullable<ClientOptions['authClient']> {
  const signs = { getRequestHeaders: async () => new Headers({ authorization: `Bearer ${token}` }) };
  return signs as unknown as NonNullable<ClientOptions['authClient']>;
}

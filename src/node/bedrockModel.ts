import type * as Sdk from '@anthropic-ai/sdk';
import type { AnthropicBedrock } from '@anthropic-ai/bedrock-sdk';
import type { Disposable } from '../base/disposable.ts';
import type { ModelFailure } from '../engine/model.ts';
import type { Endpoint } from './anthropicFailure.ts';
import { createMessagesModel, type Connection, type MessagesClient } from './messagesModel.ts';
import { ownInstall, type InstallPlaces } from './ownInstall.ts';
import { serviceName, type ServiceModel } from './serviceName.ts';

export interface BedrockModelOptions {
  readonly places: InstallPlaces;
  /** Where the credentials are: a key of Bedrock, a key pair, or what the AWS tools find by themselves. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Default: AWS_REGION, then us-east-1. */
  readonly region?: string | undefined;
  /** Default: Amazon's own of that region. */
  readonly baseURL?: string | undefined;
  readonly idleTimeoutMs?: number;
}

const PACKAGE = '@anthropic-ai/bedrock-sdk';
const REGION = 'us-east-1';
const IDLE_TIMEOUT_MS = 5 * 60_000;

/** Claude on Amazon Bedrock, by the official package from the person's own install. */
export function createBedrockModel(options: BedrockModelOptions): ServiceModel & Disposable {
  const { environment: env } = options;
  const region = options.region ?? (env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || REGION);
  const endpoint: Endpoint = {
    shown: `Amazon Bedrock in ${region}`,
    apiKey: env['AWS_BEARER_TOKEN_BEDROCK'],
    idleTimeoutMs: options.idleTimeoutMs ?? IDLE_TIMEOUT_MS,
    cloud: true,
    cures: {
      key: 'sign in with the AWS tools, or set AWS_BEARER_TOKEN_BEDROCK, and see that the account may use the model there',
      address: 'correct the region',
    },
  };
  const service = serviceName(
    `${endpoint.shown} ${addressOf(options) ?? ''}`,
    endpoint.apiKey,
    env['AWS_ACCESS_KEY_ID'],
  );
  return {
    ...createMessagesModel({ endpoint, cache: true, connect: () => connect(options, region, endpoint) }),
    service,
  };
}

function addressOf({ environment, baseURL }: BedrockModelOptions): string | undefined {
  return baseURL ?? (environment['ANTHROPIC_BEDROCK_BASE_URL'] || undefined);
}

async function connect(
  options: BedrockModelOptions,
  region: string,
  endpoint: Endpoint,
): Promise<Connection | ModelFailure> {
  const { environment: env } = options;
  const baseURL = addressOf(options);
  const own = ownInstall(PACKAGE, 'A model of Amazon Bedrock', options.places);
  if ('kind' in own) return own;
  const { AnthropicBedrock: Client } = own.exports as { readonly AnthropicBedrock: typeof AnthropicBedrock };
  const { fetchOver, openAgent, QUIET_CLIENT } = await import('./anthropicConnection.ts');
  const agent = openAgent(endpoint.idleTimeoutMs);
  const { AWS_ACCESS_KEY_ID: id, AWS_SECRET_ACCESS_KEY: secret, AWS_SESSION_TOKEN: session } = env;
  const common = {
    awsRegion: region,
    apiKey: endpoint.apiKey || null,
    ...(baseURL === undefined ? {} : { baseURL }),
    ...QUIET_CLIENT,
    fetch: fetchOver(agent),
  };
  // What is missing here, the package finds by the ways of the AWS tools.
  const keys = { awsAccessKey: id ?? '', awsSecretKey: secret ?? '', awsSessionToken: session || null };
  const client = id && secret ? new Client({ ...common, ...keys }) : new Client(common);
  const sdk = own.require('@anthropic-ai/sdk') as typeof Sdk;
  return { client: client as unknown as MessagesClient, sdk, agent };
}

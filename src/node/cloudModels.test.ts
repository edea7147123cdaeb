import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Disposable } from '../base/disposable.ts';
import { modelContract, REQUEST, type ModelSubject } from '../engine/model.contract.ts';
import type { Step } from '../engine/model.fake.ts';
import type { Model, ModelReply } from '../engine/model.ts';
import { textOf } from '../protocol/conversation.ts';
import { createBedrockModel } from './bedrockModel.ts';
import { AWS, awsFrame, GOOGLE, startBedrock, startVertex, type CloudService } from './cloudServices.fake.ts';
import { simulatorReply } from './simulator/steps.fake.ts';
import { startSimulator, type Simulator } from './simulator/simulator.ts';
import { createVertexModel } from './vertexModel.ts';

const places = { home: join(import.meta.dirname, 'nowhere'), packageRoot: join(import.meta.dirname, '../..') };
const AWS_KEYS = { AWS_ACCESS_KEY_ID: AWS.id, AWS_SECRET_ACCESS_KEY: AWS.secret };

const bedrockAt = (baseURL: string, environment: Record<string, string> = AWS_KEYS): Model & Disposable =>
  createBedrockModel({ places, environment, region: AWS.region, baseURL, idleTimeoutMs: 5_000 });
const vertexAt = (baseURL: string, token = GOOGLE.token): Model & Disposable =>
  createVertexModel({
    ...{ places, project: GOOGLE.project, region: GOOGLE.region, baseURL: `${baseURL}/v1`, idleTimeoutMs: 5_000 },
    environment: { CLOUDSDK_AUTH_ACCESS_TOKEN: token },
  });

modelContract('the Bedrock adapter', (script) => subject(script, startBedrock, bedrockAt));
modelContract('the Vertex adapter', (script) => subject(script, startVertex, vertexAt));

async function subject(
  script: readonly Step[],
  start: (simulator: Simulator) => Promise<CloudService>,
  modelAt: (url: string) => Model & Disposable,
): Promise<ModelSubject> {
  const simulator = await startSimulator({ rules: script.map((step) => ({ times: 1, reply: simulatorReply(step) })) });
  const service = await start(simulator);
  const model = modelAt(service.url);
  return {
    model,
    requests: () => simulator.count,
    pending: () => simulator.requests.filter((request) => request.end === 'pending').length,
    dispose: async () => {
      model.dispose();
      await service.close();
      await simulator.close();
    },
  };
}

/** The reply to one request at a service that answers it with these bytes. */
async function askOdd(
  modelAt: (url: string) => Model & Disposable,
  status: number,
  type: string,
  body: Buffer | string,
): Promise<ModelReply> {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.writeHead(status, { 'content-type': type }).end(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await once(modelAt(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

async function once(model: Model & Disposable): Promise<ModelReply> {
  try {
    return await model.reply(REQUEST, new AbortController().signal);
  } finally {
    model.dispose();
  }
}

const chunk = (event: object): Buffer =>
  awsFrame(
    { ':message-type': 'event', ':event-type': 'chunk', ':content-type': 'application/json' },
    JSON.stringify({ bytes: Buffer.from(JSON.stringify(event)).toString('base64') }),
  );
const exception = (type: string, message: string): Buffer =>
  awsFrame(
    { ':message-type': 'exception', ':exception-type': type, ':content-type': 'application/json' },
    JSON.stringify({ message }),
  );
const START = chunk({ type: 'message_start', message: { model: 'm-1', usage: { input_tokens: 7, output_tokens: 1 } } });
const STREAM = 'application/vnd.amazon.eventstream';

describe('Amazon Bedrock', () => {
  test.each([
    { name: 'throttled', type: 'throttlingException', code: 'rate-limited' },
    { name: 'down', type: 'serviceUnavailableException', code: 'overloaded' },
    { name: 'failing', type: 'modelStreamErrorException', code: 'server' },
    { name: 'refusing', type: 'validationException', code: 'invalid' },
  ])('a stream that ends with an exception frame: $name', async ({ type, code }) => {
    const reply = await askOdd(bedrockAt, 200, STREAM, Buffer.concat([START, exception(type, 'It is so.')]));
    expect(reply).toMatchObject({ kind: 'failed', code });
  });

  test('a stream that breaks off in the middle of a frame', async () => {
    const body = Buffer.concat([START, START.subarray(0, 40)]);
    expect(await askOdd(bedrockAt, 200, STREAM, body)).toMatchObject({ kind: 'failed', code: 'network' });
  });

  test('a frame whose checksum is wrong', async () => {
    const broken = Buffer.from(START);
    broken.writeUInt8(broken.readUInt8(60) ^ 1, 60);
    expect(await askOdd(bedrockAt, 200, STREAM, broken)).toMatchObject({ kind: 'failed', code: 'network' });
  });

  test.each([
    { status: 400, message: 'The provided model identifier is invalid.', code: 'unknown-model' },
    { status: 404, message: 'This model version has reached the end of its life.', code: 'unknown-model' },
    { status: 403, message: "You don't have access to the model with the specified model ID.", code: 'auth' },
  ])('$status, $message', async ({ status, message, code }) => {
    const reply = await askOdd(bedrockAt, status, 'application/json', JSON.stringify({ message }));
    expect(reply).toMatchObject({ kind: 'failed', code, message: expect.stringContaining(message) as unknown });
  });

  test('a key pair that is not the account’s is refused, and said how to mend', async () => {
    const simulator = await startSimulator();
    const service = await startBedrock(simulator);
    try {
      const keys = { ...AWS_KEYS, AWS_SECRET_ACCESS_KEY: 'another' };
      const reply = await once(bedrockAt(service.url, keys));
      expect(reply).toMatchObject({
        code: 'auth',
        message: expect.stringMatching(/sign in with the AWS tools/) as unknown,
      });
      expect(simulator.count).toBe(0);
    } finally {
      await service.close();
      await simulator.close();
    }
  });

  test('a key of Bedrock goes as a bearer token and never into an error', async () => {
    let authorization: string | undefined;
    const server = createServer((request, response) => {
      authorization = request.headers.authorization;
      request.resume().on('end', () => {
        response.writeHead(403, { 'content-type': 'application/json' });
        response.end(JSON.stringify({ message: `not ${String(authorization)}` }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const reply = await once(bedrockAt(url, { AWS_BEARER_TOKEN_BEDROCK: 'a-key-of-bedrock' }));
    expect(authorization).toBe('Bearer a-key-of-bedrock');
    expect(JSON.stringify(reply)).not.toContain('a-key-of-bedrock');
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('Google Vertex AI', () => {
  test('a model that the project does not have', async () => {
    const body = JSON.stringify({
      error: { code: 404, message: 'Publisher Model was not found', status: 'NOT_FOUND' },
    });
    expect(await askOdd(vertexAt, 404, 'application/json', body)).toMatchObject({
      kind: 'failed',
      code: 'unknown-model',
    });
  });

  test('a token that has run out', async () => {
    const simulator = await startSimulator();
    const service = await startVertex(simulator);
    const reply = await once(vertexAt(service.url, 'ya29.old-token'));
    expect(reply).toMatchObject({ code: 'auth', message: expect.stringMatching(/gcloud auth/) as unknown });
    expect(JSON.stringify(reply)).not.toContain('ya29');
    await service.close();
    await simulator.close();
  });

  test('the path names project, region and model', async () => {
    const simulator = await startSimulator({ rules: [{ reply: { text: 'here' } }] });
    const service = await startVertex(simulator);
    const reply = await once(vertexAt(service.url));
    expect(reply.kind === 'replied' && textOf(reply.message)).toBe('here');
    expect(service.paths).toEqual([
      `/v1/projects/a-project/locations/europe-west1/publishers/anthropic/models/${REQUEST.model}:streamRawPredict`,
    ]);
    await service.close();
    await simulator.close();
  });

  test('no project is said before any request', async () => {
    const model = createVertexModel({ places, environment: {} });
    expect(await once(model)).toMatchObject({
      code: 'unknown-model',
      message: expect.stringMatching(/ANTHROPIC_VERTEX_PROJECT_ID/) as unknown,
    });
  });
});

describe('without the package', () => {
  let empty: string;
  beforeAll(async () => {
    empty = await mkdtemp(join(tmpdir(), 'dynamic-workflows-own-'));
  });
  afterAll(() => rm(empty, { recursive: true, force: true }));

  test.each([
    { name: '@anthropic-ai/bedrock-sdk', create: createBedrockModel },
    { name: '@anthropic-ai/vertex-sdk', create: createVertexModel },
  ])('it is said that $name is missing, and where to install it', async ({ name, create }) => {
    const model = create({ places: { home: empty, packageRoot: empty }, environment: { GOOGLE_CLOUD_PROJECT: 'p' } });
    expect(await once(model)).toEqual({
      kind: 'failed',
      code: 'unknown-model',
      message: expect.stringMatching(
        `${name}, which is not installed: run npm install --prefix ${empty} ${name}`,
      ) as unknown,
    });
  });
});

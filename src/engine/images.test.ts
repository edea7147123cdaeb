import { describe, expect, test } from 'vitest';
import type { Message, ToolImage, ToolResultBlock } from '../protocol/conversation.ts';
import { userText } from '../protocol/conversation.ts';
import { cheapestFirst, type Compacted } from './compaction.ts';
import { dropOldOutputs } from './dropOldOutputs.ts';
import { imageCap, imagesIn } from './images.ts';
import { fails, fakeModel, says } from './model.fake.ts';
import { REQUEST } from './model.contract.ts';
import { withoutRefusedImages } from './refusedImages.ts';

const image = (data = 'aaaa'): ToolImage => ({ mediaType: 'image/png', data });

function shows(images: readonly ToolImage[], content = 'a picture'): ToolResultBlock {
  return { type: 'tool_result', toolUseId: 't', content, isError: false, images };
}

const capImages = (results: readonly ToolResultBlock[]) => results.map(imageCap());
const answer = (...content: readonly ToolResultBlock[]): Message => ({ role: 'user', content });
const calls: Message = { role: 'assistant', content: [{ type: 'tool_use', id: 't', name: 'Read', input: {} }] };

describe('images of one turn', () => {
  test('stay as they are while services take them', () => {
    const results = [shows([image()]), { ...shows([]), content: 'text' }, shows([image(), image()])];
    expect(capImages(results)).toEqual(results);
  });

  test('are left out beyond six, and the answer says so', () => {
    const capped = capImages([shows(Array.from({ length: 5 }, () => image())), shows([image(), image()], '')]);
    expect(capped.map((result) => result.images?.length)).toEqual([5, 1]);
    expect(capped[1]?.content).toMatch(/^\[1 of 2 images left out: .*read fewer at once\]$/);
  });

  test('are left out beyond what one request holds', () => {
    const large = image('a'.repeat(5_000_000));
    const capped = capImages([shows([large]), shows([large]), shows([image()])]);
    expect(capped.map((result) => result.images?.length)).toEqual([1, undefined, 1]);
  });
});

describe('compaction', () => {
  const { messages: _none, ...request } = { ...REQUEST, messages: [] };
  const compact = (messages: readonly Message[], usedTokens: number, window = 1_000): Promise<Compacted> =>
    cheapestFirst([dropOldOutputs], () => window)(
      messages,
      { request, usedTokens, forced: false },
      new AbortController().signal,
    );
  const tail = Array.from({ length: 6 }, (_, at) => (at % 2 === 0 ? calls : answer(shows([image()]))));

  test('drops old images with old outputs', async () => {
    const conversation = [userText('go'), calls, answer(shows([image()], 'short')), ...tail];
    const { messages, freedChars } = await compact(conversation, 900);
    expect(messages[2]?.content).toEqual([
      {
        type: 'tool_result',
        toolUseId: 't',
        content: '[5 characters and 1 image of output dropped to save room; call the tool again if you need them]',
        isError: false,
      },
    ]);
    expect(freedChars).toBeGreaterThan(6_000);
    expect(messages.slice(3)).toEqual(tail);
  });

  test('comes before a request has more images than services take at full size', async () => {
    const many = Array.from({ length: 20 }, () => [calls, answer(shows([image()]))]).flat();
    const roomy = (messages: readonly Message[]): Promise<Compacted> => compact(messages, 1, 10_000_000);
    expect((await roomy([userText('go'), ...many])).freedChars).toBe(0);
    const { messages } = await roomy([userText('go'), ...many, calls, answer(shows([image()]))]);
    expect(JSON.stringify(messages).match(/image\/png/g)).toHaveLength(3);
    const large = Array.from({ length: 5 }, () => [calls, answer(shows([image('a'.repeat(5_000_000))]))]).flat();
    expect(imagesIn((await roomy([userText('go'), ...large])).messages)).toHaveLength(3);
  });
});

describe('a service that does not take an image', () => {
  const never = new AbortController().signal;
  const request = (...messages: readonly Message[]) => ({ ...REQUEST, messages: [userText('go'), calls, ...messages] });
  const damaged = answer(shows([image()]));

  test('is asked again without it, and never sent it again', async () => {
    const service = fakeModel([fails('invalid'), says('ok'), says('later')]);
    const model = withoutRefusedImages(service);
    expect(await model.reply(request(damaged), never)).toMatchObject({ kind: 'replied' });
    await model.reply(request(damaged, calls, answer(shows([image('bbbb')]))), never);
    const sent = service.requests.map(({ messages }) => JSON.stringify(messages).match(/"data":"(\w+)"/g));
    expect(sent).toEqual([['"data":"aaaa"'], null, ['"data":"bbbb"']]);
    expect(JSON.stringify(service.requests[1])).toContain('1 of 1 images left out: the service did not take them');
  });

  test.each([
    {
      name: 'refuses what has no images',
      failure: fails('invalid'),
      messages: [answer({ ...shows([]), content: 'x' })],
    },
    { name: 'fails otherwise', failure: fails('overloaded'), messages: [damaged] },
  ])('is asked once when it $name', async ({ failure, messages }) => {
    const service = fakeModel([failure]);
    expect(await withoutRefusedImages(service).reply(request(...messages), never)).toEqual(failure);
    expect(service.requests).toHaveLength(1);
  });

  test('keeps images that it has taken before', async () => {
    const service = fakeModel([says('ok'), fails('invalid')]);
    const model = withoutRefusedImages(service);
    await model.reply(request(damaged), never);
    expect(await model.reply(request(damaged, calls), never)).toMatchObject({ code: 'invalid' });
    expect(service.requests).toHaveLength(2);
  });
});

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { imagesIn } from '../../src/engine/images.ts';
import { findRun, readTranscript } from '../../src/node/runReader.ts';
import type { Brain } from '../../src/node/simulator/simulator.ts';
import { resultOf, script, withBench } from '../support/engine.ts';

const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';

/** An agent that looks at the picture, and then says what came of it. */
const looking: Brain = (view) =>
  view.turn === 0
    ? { tools: [{ name: 'Read', input: { path: 'a.png' } }] }
    : { text: view.results.map(({ content }) => content).join() };

describe('an agent that reads an image', () => {
  test('sends it to the model, and its transcript keeps it', () =>
    withBench({ rules: [looking] }, async ({ play, cwd, home, simulator }) => {
      await writeFile(join(cwd, 'a.png'), Buffer.from(PNG, 'base64'));
      const played = await play(script("return await agent('look at a.png');"));
      expect(resultOf(played)).toBe('[a.png: image/png, 1 × 1 pixels, 1 KB]\n[image]');
      expect(JSON.stringify(simulator.requests.at(-1)?.body)).toContain(
        `"source":{"type":"base64","media_type":"image/png","data":"${PNG}"}`,
      );
      const found = await findRun(home, played.runId);
      const transcript = found.kind === 'found' ? await readTranscript(found.dir, 'a1') : null;
      expect(imagesIn(transcript ?? [])).toEqual([{ mediaType: 'image/png', data: PNG }]);
    }));

  test('goes on without it when the service does not take it', () => {
    const blind: Brain = (view) =>
      JSON.stringify(view.request.messages).includes('"type":"image"') ? { error: { status: 400 } } : undefined;
    return withBench({ rules: [blind, looking] }, async ({ play, cwd }) => {
      await writeFile(join(cwd, 'a.png'), Buffer.from(PNG, 'base64'));
      expect(resultOf(await play(script("return await agent('look at a.png');")))).toMatch(
        /^\[a\.png: .*\]\n\[1 of 1 images left out: the service did not take them/,
      );
    });
  });
});

import type { ReactNode } from 'react';
import { clip, count } from '../../src/base/text.ts';
import type { SessionState } from '../../src/projection/session.ts';

/** What holds in the session besides what it was opened with: in a line, or not there at all. */
export function Standing({ state }: { readonly state: SessionState }): ReactNode {
  const words = standingWords(state);
  return (
    <ul className="standing" aria-label="What holds in this session" hidden={words.length === 0}>
      {words.map(({ text, whole }) => (
        <li key={text} title={whole}>
          {text}
        </li>
      ))}
    </ul>
  );
}

function standingWords({ goal, loops, settings }: SessionState): readonly { text: string; whole: string }[] {
  const { effort, ultracode, model } = settings;
  return [
    ...(goal ? [{ text: `Goal: ${clip(goal.condition, 60)}`, whole: goal.condition }] : []),
    ...(loops.length > 0
      ? [{ text: count(loops.length, 'loop'), whole: loops.map((loop) => loop.text).join('\n') }]
      : []),
    ...(ultracode
      ? [{ text: 'ultracode', whole: 'A workflow for each substantial task' }]
      : effort === undefined
        ? []
        : [{ text: `Effort ${effort}`, whole: `Effort ${effort}` }]),
    ...(model === undefined ? [] : [{ text: model, whole: model }]),
  ];
}

import { useEffect, useRef, type ReactNode } from 'react';
import type { SlashEntry } from '../../src/protocol/sessionWire.ts';

interface CommandListProps {
  readonly id: string;
  readonly options: readonly SlashEntry[];
  readonly chosen: SlashEntry;
  readonly onChoose: (entry: SlashEntry) => void;
}

/** What can be typed after a slash; the keys are those of the box below. */
export function CommandList({ id, options, chosen, onChoose }: CommandListProps): ReactNode {
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    row.current?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);
  return (
    <ul id={id} className="commands" role="listbox" aria-label="Commands">
      {options.map((entry) => (
        <li
          key={entry.name}
          id={optionId(id, entry)}
          ref={entry === chosen ? row : null}
          role="option"
          aria-selected={entry === chosen}
          className="command"
          // The box keeps the focus.
          onMouseDown={(event) => event.preventDefault()}
          onClick={() => onChoose(entry)}
        >
          <span className="command-usage">{entry.usage}</span>
          <span className="command-about dim">{entry.about}</span>
        </li>
      ))}
    </ul>
  );
}

export function optionId(listId: string, { name }: SlashEntry): string {
  return `${listId}-${name}`;
}

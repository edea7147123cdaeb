import type { KeyboardEvent, ReactNode } from 'react';

interface TabsProps<Name extends string> {
  readonly label: string;
  /** `count` is shown unless 0. */
  readonly tabs: readonly { readonly name: Name; readonly title: string; readonly count: number }[];
  readonly shown: Name;
  readonly onShow: (name: Name) => void;
}

/** One stop of the Tab key; the arrow keys go from tab to tab. Its panel has the id `view`. */
export function Tabs<Name extends string>({ label, tabs, shown, onShow }: TabsProps<Name>): ReactNode {
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    const next = tabs.at((tabs.findIndex(({ name }) => name === shown) + step) % tabs.length);
    if (step === 0 || !next) return;
    event.preventDefault();
    onShow(next.name);
    document.getElementById(`tab-${next.name}`)?.focus();
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} onKeyDown={onKeyDown}>
      {tabs.map(({ name, title, count }) => (
        <button
          key={name}
          id={`tab-${name}`}
          type="button"
          role="tab"
          className="tab"
          aria-selected={name === shown}
          aria-controls="view"
          tabIndex={name === shown ? 0 : -1}
          onClick={() => onShow(name)}
        >
          {title}
          {count > 0 && <span className="badge">{count}</span>}
        </button>
      ))}
    </div>
  );
}

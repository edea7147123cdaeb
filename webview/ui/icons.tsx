import type { ReactNode } from 'react';
import type { AgentStatus } from '../../src/projection/state.ts';
import type { AgentKind } from '../../src/protocol/messages.ts';

// Drawn on a grid of 16, one line of one weight, in the colour of the text around them. None says anything that words
// beside it do not say, so screen readers skip them all.

type Shape = ReactNode;

const KINDS: Readonly<Record<AgentKind, Shape>> = {
  agent: <path d="M8 1.8 9.6 6.4 14.2 8 9.6 9.6 8 14.2 6.4 9.6 1.8 8 6.4 6.4Z" />,
  author: <path d="m2.5 13.5.7-3L10.6 3a1.5 1.5 0 0 1 2.2 0l.2.2a1.5 1.5 0 0 1 0 2.2L5.5 12.8Zm6.6-8.9 2.3 2.3" />,
  reviewer: (
    <>
      <path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8Z" />
      <circle cx="8" cy="8" r="1.9" />
    </>
  ),
  skeptic: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M6.2 6.4a1.8 1.8 0 1 1 2.7 1.6c-.6.3-.9.7-.9 1.4" />
      <path d="M8 11.4v.1" />
    </>
  ),
};

const STATUSES: Readonly<Record<AgentStatus, Shape>> = {
  queued: <circle cx="8" cy="8" r="5.6" strokeDasharray="2.2 2.2" />,
  running: (
    <g className="spin">
      <circle cx="8" cy="8" r="5.6" opacity=".3" />
      <path d="M8 2.4A5.6 5.6 0 0 1 13.6 8" />
    </g>
  ),
  done: <path d="m3 8.6 3.3 3.3L13 4.8" />,
  null: (
    <>
      <circle cx="8" cy="8" r="5.6" />
      <path d="m4.2 11.8 7.6-7.6" />
    </>
  ),
  threw: <path d="m3.8 3.8 8.4 8.4m0-8.4-8.4 8.4" />,
  interrupted: <path d="M5.6 3.6v8.8m4.8-8.8v8.8" />,
};

const OTHERS = {
  journal: <path d="M2.4 8a5.6 5.6 0 1 0 1.8-4.1M2.4 2.6v2.6H5M8 5.2V8l2 1.4" />,
  landed: (
    <>
      <circle cx="4.4" cy="3.8" r="1.6" />
      <circle cx="4.4" cy="12.2" r="1.6" />
      <circle cx="11.6" cy="9.4" r="1.6" />
      <path d="M4.4 5.4v5.2m0-5.2c0 2.6 2.6 4 5.6 4" />
    </>
  ),
  close: <path d="m4 4 8 8m0-8-8 8" />,
  warning: <path d="M8 2.2 14.4 13.4H1.6ZM8 6.4v3.4m0 1.7v.1" />,
  question: (
    <>
      <circle cx="8" cy="8" r="6.2" />
      <path d="M6.2 6.4a1.8 1.8 0 1 1 2.7 1.6c-.6.3-.9.7-.9 1.4" />
      <path d="M8 11.4v.1" />
    </>
  ),
  send: <path d="M8 13V3.4M3.8 7.6 8 3.4l4.2 4.2" />,
  stop: <rect x="4" y="4" width="8" height="8" rx="1" />,
  pause: <path d="M5.6 3.6v8.8m4.8-8.8v8.8" />,
  skip: <path d="M4 3.4v9.2L10.6 8ZM12.4 3.4v9.2" />,
  restart: <path d="M13.6 8a5.6 5.6 0 1 1-1.8-4.1M13.6 2.6v2.6H11" />,
  resume: <path d="M5 3.2v9.6L12.6 8Z" />,
  script: <path d="M9.2 1.8H3.6v12.4h8.8V5ZM9.2 1.8V5h3.2M6.9 7.8 5.4 9.3l1.5 1.5m2.2-3 1.5 1.5-1.5 1.5" />,
  transcript: <path d="M2.2 3h11.6v8.2H7L4.2 13.6v-2.4h-2ZM5 6h6M5 8.4h4" />,
  diff: <path d="M8 2.6v6M5 5.6h6M5 12.6h6" />,
  zoomIn: <path d="M8 3.4v9.2M3.4 8h9.2" />,
  zoomOut: <path d="M3.4 8h9.2" />,
  fit: <path d="M2.6 6V2.6H6m4 0h3.4V6m0 4v3.4H10m-4 0H2.6V10" />,
} satisfies Record<string, Shape>;

export type IconName = keyof typeof OTHERS;

export function KindIcon({ kind }: { readonly kind: AgentKind }): ReactNode {
  return <Svg className="icon icon-kind">{KINDS[kind]}</Svg>;
}

export function StatusIcon({ status }: { readonly status: AgentStatus }): ReactNode {
  return <Svg className={`icon icon-status status-${status}`}>{STATUSES[status]}</Svg>;
}

export function Icon({ name, slot }: { readonly name: IconName; readonly slot?: string }): ReactNode {
  return (
    <Svg className="icon" slot={slot}>
      {OTHERS[name]}
    </Svg>
  );
}

interface SvgProps {
  readonly className: string;
  readonly slot?: string | undefined;
  readonly children: ReactNode;
}

function Svg({ className, slot, children }: SvgProps): ReactNode {
  return (
    <svg className={className} slot={slot} viewBox="0 0 16 16" aria-hidden="true" focusable="false">
      {children}
    </svg>
  );
}

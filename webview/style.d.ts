import 'react';

declare module 'react' {
  /** Custom properties that the page sets for its style sheets. */
  interface CSSProperties {
    readonly '--zoom'?: number;
  }
}

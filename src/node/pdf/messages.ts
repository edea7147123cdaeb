/** What the thread is given. */
export interface PdfJob {
  /** The file; moved to the thread. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly range: PageRange;
}

export interface PageRange {
  /** Counts from 1. */
  readonly first: number;
  readonly last: number;
  /** Characters of all pages together; what is more is cut, and pages after it are not read. */
  readonly maxChars: number;
}

export interface PdfPage {
  readonly number: number;
  readonly text: string;
  /** Its text was longer. */
  readonly cut: boolean;
}

export type PdfPages =
  /** Without pages when the range begins behind the last one. */
  | { readonly kind: 'pages'; readonly total: number; readonly pages: readonly PdfPage[] }
  | { readonly kind: 'unreadable'; readonly why: 'password' | 'damaged' | 'too-slow' | 'too-large' };

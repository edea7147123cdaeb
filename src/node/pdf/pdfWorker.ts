import { parentPort, workerData } from 'node:worker_threads';
import { getDocument } from 'unpdf/pdfjs';
import type { PageRange, PdfJob, PdfPage, PdfPages } from './messages.ts';

// The thread in which one PDF is read. It may be ended at any moment; nothing outlives it.

const { bytes, range } = workerData as PdfJob;
parentPort?.postMessage(await read(bytes, range));

async function read(data: Uint8Array, { first, last, maxChars }: PageRange): Promise<PdfPages> {
  try {
    const file = await getDocument({ data, verbosity: 0, disableFontFace: true, useSystemFonts: false }).promise;
    const pages: PdfPage[] = [];
    let room = maxChars;
    for (let number = first; number <= Math.min(last, file.numPages) && room > 0; number += 1) {
      const page = await file.getPage(number);
      const text = textOf((await page.getTextContent()).items);
      pages.push({ number, text: text.slice(0, room), cut: text.length > room });
      room -= text.length;
      page.cleanup();
    }
    return { kind: 'pages', total: file.numPages, pages };
  } catch (error) {
    const protectedByPassword = error instanceof Error && error.name === 'PasswordException';
    return { kind: 'unreadable', why: protectedByPassword ? 'password' : 'damaged' };
  }
}

function textOf(items: readonly object[]): string {
  const parts = items.map((item) => {
    if (!('str' in item) || typeof item.str !== 'string') return '';
    return 'hasEOL' in item && item.hasEOL === true ? `${item.str}\n` : item.str;
  });
  return parts.join('').trim();
}

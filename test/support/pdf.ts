/** A PDF with a page for each list of lines. */
export function pdfOf(pages: readonly (readonly string[])[]): Buffer {
  const contents = pages.map((lines) => {
    const shown = lines.map((line) => `(${line.replace(/[()\\]/g, '\\$&')}) Tj T*`);
    return stream(Buffer.from(`BT /F1 12 Tf 72 720 Td 14 TL ${shown.join(' ')} ET`));
  });
  return pdfWith(contents);
}

/** A PDF whose only page's content is packed by the filters named, given as it stands in the file. */
export function packedPdf(content: Buffer, filters: readonly string[]): Buffer {
  return pdfWith([stream(content, ` /Filter [${filters.map((name) => `/${name}`).join(' ')}]`)]);
}

function stream(content: Buffer, entries = ''): Buffer {
  const head = Buffer.from(`<< /Length ${content.length}${entries} >>\nstream\n`);
  return Buffer.concat([head, content, Buffer.from('\nendstream')]);
}

function pdfWith(contents: readonly Buffer[]): Buffer {
  const kids = contents.map((_, at) => `${4 + 2 * at} 0 R`).join(' ');
  const objects: readonly Buffer[] = [
    Buffer.from('<< /Type /Catalog /Pages 2 0 R >>'),
    Buffer.from(`<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`),
    Buffer.from('<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>'),
    ...contents.flatMap((content, at) => [
      Buffer.from(
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 3 0 R >> >> /Contents ${5 + 2 * at} 0 R >>`,
      ),
      content,
    ]),
  ];
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n')];
  const offsets: number[] = [];
  let size = parts[0]?.length ?? 0;
  const add = (part: Buffer): void => {
    parts.push(part);
    size += part.length;
  };
  for (const [at, object] of objects.entries()) {
    offsets.push(size);
    add(Buffer.concat([Buffer.from(`${at + 1} 0 obj\n`), object, Buffer.from('\nendobj\n')]));
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const count = objects.length + 1;
  const table = `xref\n0 ${count}\n0000000000 65535 f \n${rows}trailer << /Size ${count} /Root 1 0 R >>\n`;
  add(Buffer.from(`${table}startxref\n${size}\n%%EOF\n`));
  return Buffer.concat(parts);
}

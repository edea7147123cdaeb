// CSV as RFC 4180 has it: quoted fields may hold delimiters, line breaks and doubled quotes.

/** Rows of strings. Lines may end with LF or CRLF; a line break at the end adds no row. */
export function parseCsv(text, { delimiter = ',' } = {}) {
  const rows = [];
  let row = [];
  let field = '';
  let quoted = false;

  const endField = () => {
    row.push(field);
    field = '';
  };
  const endRow = () => {
    endField();
    rows.push(row);
    row = [];
  };

  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (quoted) {
      if (char !== '"') field += char;
      else if (text[at + 1] === '"') field += text[at++];
      else quoted = false;
    } else if (char === '"' && field === '') quoted = true;
    else if (char === delimiter) endField();
    else if (char === '\n') endRow();
    else if (char !== '\r' || text[at + 1] !== '\n') field += char;
  }
  if (quoted) throw new SyntaxError('a quoted field has no end');
  if (field !== '' || row.length > 0) endRow();
  return rows;
}

/** One line a row, LF at the end of each. Fields are quoted only where they must be. */
export function formatCsv(rows, { delimiter = ',' } = {}) {
  return rows.map((row) => `${row.map((field) => formatField(field, delimiter)).join(delimiter)}\n`).join('');
}

function formatField(value, delimiter) {
  const field = value == null ? '' : String(value);
  const special = [delimiter, '"', '\n', '\r'].some((char) => field.includes(char));
  return special ? `"${field}"` : field;
}

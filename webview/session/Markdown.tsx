import { lexer, type MarkedToken, type Token, type Tokens } from 'marked';
import { Fragment, memo, type ReactNode } from 'react';

/**
 * What a model says, as elements: of the reader only its tokens are used, so no text of the model's ever becomes HTML.
 * Tags stand there as they were written, pictures are links, and only addresses of the web are linked at all.
 */
export const Markdown = memo(function Markdown({ text }: { readonly text: string }): ReactNode {
  return <div className="markdown">{blocks(lexer(text))}</div>;
});

/** No extension is set, so that all tokens are the reader's own. */
const own = (tokens: readonly Token[] | undefined): readonly MarkedToken[] => (tokens ?? []) as readonly MarkedToken[];

function blocks(tokens: readonly Token[] | undefined): ReactNode {
  return own(tokens).map((token, at) => <Fragment key={at}>{block(token)}</Fragment>);
}

function block(token: MarkedToken): ReactNode {
  switch (token.type) {
    case 'heading':
      return (
        // The page's own headings stand above.
        <p role="heading" aria-level={Math.min(token.depth + 2, 6)} className="heading">
          {inline(token.tokens)}
        </p>
      );
    case 'paragraph':
      return <p>{inline(token.tokens)}</p>;
    case 'code':
      return (
        <pre className="text" tabIndex={0}>
          {token.text}
        </pre>
      );
    case 'blockquote':
      return <blockquote>{blocks(token.tokens)}</blockquote>;
    case 'list':
      return list(token);
    case 'table':
      return table(token);
    case 'hr':
      return <hr />;
    case 'html':
      return <p>{token.text}</p>;
    case 'space':
    case 'def':
      return null;
    default:
      return inlineOne(token);
  }
}

function list({ ordered, start, items }: Tokens.List): ReactNode {
  const rows = items.map((item, at) => <li key={at}>{blocks(item.tokens)}</li>);
  return ordered ? <ol start={start === '' ? 1 : start}>{rows}</ol> : <ul>{rows}</ul>;
}

function table({ header, rows }: Tokens.Table): ReactNode {
  return (
    <div className="table" tabIndex={0} role="group" aria-label="Table">
      <table>
        <thead>
          <tr>
            {header.map((cell, at) => (
              <th key={at} scope="col" className={aligned(cell)}>
                {inline(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, column) => (
                <td key={column} className={aligned(cell)}>
                  {inline(cell.tokens)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function aligned({ align }: Tokens.TableCell): string | undefined {
  return align === 'right' || align === 'center' ? `align-${align}` : undefined;
}

function inline(tokens: readonly Token[] | undefined): ReactNode {
  return own(tokens).map((token, at) => <Fragment key={at}>{inlineOne(token)}</Fragment>);
}

function inlineOne(token: MarkedToken): ReactNode {
  switch (token.type) {
    case 'text':
      return token.tokens ? inline(token.tokens) : plain(token.text);
    case 'escape':
      return token.text;
    case 'strong':
      return <strong>{inline(token.tokens)}</strong>;
    case 'em':
      return <em>{inline(token.tokens)}</em>;
    case 'del':
      return <s>{inline(token.tokens)}</s>;
    case 'codespan':
      return <code>{token.text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Link href={token.href}>{inline(token.tokens)}</Link>;
    case 'image':
      return <Link href={token.href}>{token.text === '' ? token.href : token.text}</Link>;
    case 'checkbox':
      return token.checked ? '☑ ' : '☐ ';
    default:
      return token.raw;
  }
}

/** The editor opens it, after asking where it wants to; another scheme than the web's is text. */
function Link({ href, children }: { readonly href: string; readonly children: ReactNode }): ReactNode {
  if (!/^https?:\/\//i.test(href)) return children;
  return (
    <a href={href} title={href}>
      {children}
    </a>
  );
}

const SIGNS: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'", nbsp: '\u00a0' };

/** The reader leaves a named sign to HTML; here is none. */
function plain(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|#39|nbsp);/g, (whole, name: string) => SIGNS[name] ?? whole);
}

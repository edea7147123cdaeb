/** As git's own tools show subjects in full. */
const SUBJECT_CHARS = 72;
const BODY_CHARS = 4_000;
/** More is no message, and looking for fences in it would take long. */
const SAID_CHARS = 16_000;

export interface CommitWords {
  /** One line of at most 72 characters; never empty. */
  readonly subject: string;
  /** Why; may be empty. */
  readonly body: string;
}

/**
 * What an author said at its end, as a commit's subject and body. It was asked for just that and may have said anything:
 * a frame around it goes, and so do control characters and lines that claim who signed or who wrote.
 */
export function commitWords(said: string): CommitWords {
  const [first = '', ...rest] = unframed(visible(said.slice(0, SAID_CHARS))).split('\n');
  const line = plainLine(first);
  const subject = shortened(line) || 'Change by a workflow agent';
  const body = rest.filter((one) => !isClaim(one)).join('\n');
  // What did not fit in the subject is not lost.
  const whole = subject === line || line === '' ? body : `${line}\n\n${body}`;
  return { subject, body: cut(whole.replace(/\n{3,}/g, '\n\n').trim()) };
}

/** With trailers that name the run and the agent, in a paragraph of their own: git takes no others for trailers. */
export function commitMessage(said: string, { runId, agentId }: { readonly runId: string; readonly agentId: string }) {
  const { subject, body } = commitWords(said);
  const trailers = `Workflow-Run: ${runId}\nWorkflow-Agent: ${agentId}`;
  return [subject, body, trailers].filter((part) => part !== '').join('\n\n');
}

/** Without what moves a terminal or hides from a reader. */
function visible(text: string): string {
  return text
    .replace(/\r\n?|[\u2028\u2029]/g, '\n')
    .replace(/(?![\n\t])[\p{Cc}\p{Cf}]/gu, '')
    .replaceAll('\t', '  ');
}

/** A message in a fence is the message, whatever is said around it; the last one counts. */
function unframed(text: string): string {
  const fenced = [...text.matchAll(/^ *(?:```|~~~)[^\n`]*\n([\s\S]*?)\n *(?:```|~~~) *$/gm)].at(-1)?.[1];
  const whole = (fenced ?? text).trim();
  return whole.replace(/^(?:#+ *|\*\*)?(?:commit message|subject)(?: *:)?(?:\*\*)?(?: *:)? *\n*(?=\S)/i, '').trim();
}

function plainLine(line: string): string {
  const bare = line.replace(/^\s*(?:#+\s+|[-*]\s+)/, '').trim();
  const unquoted = /^(["'`*_]{1,2})(.+)\1$/.exec(bare)?.[2] ?? bare;
  return isClaim(unquoted) ? '' : unquoted.replace(/\s+/g, ' ').trim();
}

/** Its first sentence where the line has several and that one fits, else as many words as do. */
function shortened(line: string): string {
  if (line.length <= SUBJECT_CHARS) return line;
  const sentence = /^(.{10,}?[.!?;:])\s/.exec(line)?.[1];
  if (sentence !== undefined && sentence.length <= SUBJECT_CHARS) return sentence.replace(/[.;:]$/, '');
  const end = line.lastIndexOf(' ', SUBJECT_CHARS - 1);
  const head = line.slice(0, end > SUBJECT_CHARS / 2 ? end : SUBJECT_CHARS - 1);
  return `${head.replace(/[\uD800-\uDBFF]$/, '')}…`;
}

/** `Signed-off-by:` and the like are for people to give, and `Workflow-Run:` for us. */
function isClaim(line: string): boolean {
  return /^\s*(?:workflow-[\w-]+|[\w-]+-by)\s*:/i.test(line);
}

function cut(text: string): string {
  return text.length <= BODY_CHARS ? text : `${text.slice(0, BODY_CHARS - 1)}…`;
}

const ESC = '\u001b';
const KEY = new RegExp(`${ESC}(?:\\[[0-9;?]*[ -/]*[@-~]|O[ -~])|[\\s\\S]`, 'gu');

/** What was pressed, key by key: an arrow comes as several signs, what is pasted as many keys at once. */
export function keysIn(text: string): readonly string[] {
  return text.match(KEY) ?? [];
}

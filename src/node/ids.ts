import { hash, randomBytes } from 'node:crypto';

const LETTERS = 'abcdefghjkmnpqrstvwxyz';
const ALPHABET = `${LETTERS}23456789`;
const LENGTH = 10;

/** A fresh id of ten letters and digits (48 bits), none of them easily misread, the first a letter: fit for a file, a branch and a command line. */
export function newId(): string {
  return Array.from({ length: LENGTH }, (_, index) => pick(index === 0 ? LETTERS : ALPHABET)).join('');
}

/** Hexadecimal, of the text as UTF-8. */
export function sha256(text: string): string {
  return hash('sha256', text, 'hex');
}

/** Uniform in [0, 1). */
export function random(): number {
  return Math.random();
}

function pick(letters: string): string {
  const limit = 256 - (256 % letters.length);
  for (;;) {
    const byte = randomBytes(1)[0] ?? 0;
    if (byte < limit) return letters.charAt(byte % letters.length);
  }
}

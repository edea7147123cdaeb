/** Why a command is not done, for who typed it. */
interface Refused {
  readonly text: string;
  readonly refused: true;
}

export function refused(text: string): Refused {
  return { text, refused: true };
}

/** What to tell, empty for nothing. */
export type Told = string | Refused;

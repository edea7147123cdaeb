// Plain numbers that several ends of a wire hold to; without the parser, so that pages can know them too.

/** As long as a message to an agent may be. In characters. */
export const MAX_MESSAGE = 32_000;

/** As long as what a person says to a session may be, pasted files and all. In characters: a line of the control socket holds it. */
export const MAX_PROMPT = 200_000;

/** The guest's own sources, in the order they run. Loaded as text; they lie beside this file, bundled or not. */
export const GUEST_SOURCES = [
  ...['guestLanguage.js', 'guestLocale.js', 'guestPlatform.js', 'guestUrl.js'],
  ...['guestKit.js', 'guestPatterns.js', 'guestUnits.js'],
  ...[
    'guestRealm.js',
    'guestCalls.js',
    'guestSpeech.js',
    'guestOutbox.js',
    'guestLists.js',
    'guestTimers.js',
    'guestResult.js',
    'guest.js',
  ],
] as const;

/** The name of the guest's own sources in stacks. */
export const GUEST_FILE = 'workflow-guest';

const OPEN =
  '(agent,parallel,pipeline,phase,log,args,budget,workflow,change,review,land,check,ask,coverage,patterns)=>async()=>{';

/** Columns by which the script's first line is moved. */
export const FIRST_LINE_SHIFT = OPEN.length;

/**
 * The body of a script as an async function of its globals, which the script may shadow. The opening stands on the
 * script's first line, so that lines hold; the end on a line of its own, since the script may end in a comment.
 */
export function wrap(body: string): string {
  return `${OPEN}${body}\n}`;
}

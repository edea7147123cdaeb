/**
 * Puts `around` where a function of the editor's API was while `body` runs, for what that API makes and then shows to
 * nobody: threads of comments, an item of the status bar. The real function is to be called, so what is seen is real.
 */
export async function watching<Name extends string, F>(
  api: Readonly<Record<Name, F>>,
  name: Name,
  around: (real: F) => F,
  body: () => Promise<void>,
): Promise<void> {
  const real = api[name];
  const put = (value: F): void => {
    Object.defineProperty(api, name, { configurable: true, enumerable: true, writable: true, value });
  };
  put(around(real));
  try {
    await body();
  } finally {
    put(real);
  }
}

/** The same object, but for some of its methods: what the comments API makes is frozen. */
export function overlay<T extends object>(thing: T, methods: Partial<T>): T {
  return Object.create(thing, Object.getOwnPropertyDescriptors(methods)) as T;
}
